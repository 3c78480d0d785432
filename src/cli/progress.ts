/** How a training run shows itself: a bar that moves on a terminal, a line for each epoch in a pipe or a file. */
import cliProgress from "cli-progress"; // CommonJS: its names are not visible to import
import { type Callbacks, describeEpoch, type EpochRecord, type StartEvent, type StepEvent } from "../train/index.ts";
import type { Terminal } from "./terminal.ts";

export interface Progress {
  /** For `fit`. */
  readonly callbacks: Callbacks;
  /** Gives the terminal back, however the run ended. */
  close(): void;
}

/** Reports a run on `terminal`. */
export function progress(terminal: Terminal): Progress {
  if (terminal.screen === null) return { callbacks: new Lines(terminal), close: () => {} };
  const bar = new Bar(terminal.screen);
  return { callbacks: bar, close: () => bar.close() };
}

class Lines implements Callbacks {
  readonly #terminal: Terminal;
  #epochs = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  onStart({ epochs }: StartEvent): void {
    this.#epochs = epochs;
  }

  onEpochEnd(record: EpochRecord): void {
    this.#terminal.out(`${describeEpoch(record, this.#epochs)}\n`);
  }
}

class Bar implements Callbacks {
  readonly #bar: cliProgress.SingleBar;
  #stepsInEpoch = 1;
  /** What stands behind the bar. */
  #status = { epoch: 1, epochs: 1, loss: "–", validation: "" };

  constructor(stream: NodeJS.WriteStream) {
    const format = "epoch {epoch}/{epochs} {bar} loss {loss}{validation}, {eta_formatted} left";
    this.#bar = new cliProgress.SingleBar({
      format,
      stream,
      barCompleteChar: "━",
      barIncompleteChar: "─",
      barsize: 16, // the line fits into 80 columns
      fps: 10,
      hideCursor: true,
      gracefulExit: false, // Ctrl-C is the run's own business
      stopOnComplete: false,
    });
  }

  onStart({ epochs, stepsInEpoch }: StartEvent): void {
    this.#stepsInEpoch = stepsInEpoch ?? 1;
    this.#status = { ...this.#status, epochs };
    this.#bar.start(epochs * this.#stepsInEpoch, 0, this.#status);
  }

  onStepEnd({ epoch, step, loss }: StepEvent): void {
    this.#status = { ...this.#status, epoch, loss: loss.toFixed(4) };
    this.#bar.update(step, this.#status);
  }

  onEpochEnd({ epoch, validation }: EpochRecord): void {
    const last = Object.entries(validation ?? {}).at(-1); // what was asked for beside the loss
    if (last !== undefined)
      this.#status = { ...this.#status, validation: `, validation ${last[0]} ${last[1].toFixed(4)}` };
    this.#bar.update(epoch * this.#stepsInEpoch, this.#status);
  }

  close(): void {
    this.#bar.stop();
  }
}
