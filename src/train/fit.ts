/**
 * `fit`: the training loop with everything people expect around it.
 *
 * The step (forward, loss, backward, update) is one compiled program; the last, smaller batch of an epoch has a program of its own.
 * Losses are read in groups, so that a device can run ahead, and the thread is given up now and then, so that a page moves and Ctrl-C
 * is heard.
 */
import { ValueError } from "../base/index.ts";
import type { Optimizer } from "../optim/index.ts";
import { compile as compileStep, random, type Tensor } from "../tensor/index.ts";
import { EvaluationPass, type LossFunction, Measure, type Network } from "./evaluate.ts";
import { type Callbacks, DivergenceError } from "./events.ts";
import type { Ending, EpochRecord, History } from "./history.ts";
import { isFiniteSnapshot, restoreSnapshot, type Snapshot, takeSnapshot } from "./keeper.ts";
import type { MetricFactory } from "./metrics.ts";
import type { Schedule } from "./schedule.ts";
import { type Batches, batchesOf, checkSource, type Source } from "./source.ts";
import { type EarlyStopping, Watch } from "./stopping.ts";

// biome-ignore lint/suspicious/noExplicitAny: the options of an optimizer are invariant; no other type takes every optimizer
type AnyOptimizer = Pick<Optimizer<any, any>, "lr" | "parameters" | "step" | "zeroGrad">;

export interface FitOptions {
  /** What is learned from: a data set, or batches (see `data.loader`). */
  readonly train: Source;
  /** What is measured after every epoch, without learning from it. */
  readonly validation?: Source;
  /** The mean loss of a batch. */
  readonly loss: LossFunction;
  readonly optimizer: AnyOptimizer;
  /** Passes over the training set; 10 by default. */
  readonly epochs?: number;
  /** Samples in a step, where the source is not in batches; 32 by default. */
  readonly batchSize?: number;
  /** What is measured beside the loss; nothing by default. */
  readonly metrics?: readonly MetricFactory[];
  /** Told what happens; see `Callbacks`. */
  readonly callbacks?: readonly Callbacks[];
  /** When to give up. By default all epochs run, and the model keeps the last weights. */
  readonly earlyStopping?: EarlyStopping;
  /** The learning rate over the run, as a factor of the optimizer's; constant by default. */
  readonly schedule?: Schedule;
  /** Of the order of samples and of random numbers in the model; the generator goes on where it is by default. */
  readonly seed?: number;
  /** Given one line about each epoch; `console.log` will do. */
  readonly log?: (line: string) => void;
  /** Ends the run after the step at hand when it is aborted. */
  readonly signal?: AbortSignal;
  /** Whether steps are compiled; true by default. */
  readonly compile?: boolean;
}

/**
 * Trains `model` and says how it went.
 *
 * Before the first step the data are checked: shapes, finite numbers, labels within the classes. Afterwards the model is in evaluation
 * mode and holds the weights of the last epoch; those of the best epoch, when `earlyStopping` restores them or when `signal` ended the run.
 *
 * @throws ValueError, ShapeError  when data and model do not fit, before anything was changed
 * @throws DivergenceError  when the loss is no longer finite: at which epoch and step; the model holds the last good weights then
 * @example
 * const history = await fit(model, { train, validation, loss: nn.crossEntropy, optimizer, epochs: 10, metrics: [accuracy] });
 */
export async function fit(model: Network, options: FitOptions): Promise<History> {
  const { epochs = 10, batchSize = 32 } = options;
  checkCount("epochs", epochs);
  checkCount("batchSize", batchSize);
  checkOptimizer(model, options.optimizer);
  model.eval();
  await checkSource(model, "train", options.train, options.loss);
  if (options.validation !== undefined) await checkSource(model, "validation", options.validation, options.loss);
  const { lr } = options.optimizer;
  const run = new Run(model, options, epochs, batchSize);
  try {
    return await run.run();
  } finally {
    options.optimizer.lr = lr; // a schedule has set others
    model.eval();
  }
}

/** Steps whose losses have not been read yet. */
interface Pending {
  readonly step: number;
  readonly loss: Tensor;
  readonly output: Tensor | null;
  readonly target: Tensor;
}

/** At most so many losses wait to be read, and at most so long. */
const readingGroup = 16; // steps
const readingPause = 50; // milliseconds

/** Weights are kept as good ones after every epoch, and after so many steps in a long one. */
const keepingInterval = 1000; // steps

class Run {
  readonly #model: Network;
  readonly #options: FitOptions;
  readonly #epochs: number;
  readonly #batches: Batches;
  readonly #stepsInEpoch: number | undefined;
  readonly #trainStep: (x: Tensor, y: Tensor) => readonly Tensor[];
  readonly #validate: EvaluationPass<number>;
  readonly #watch: Watch;
  readonly #lr: number;
  readonly #batchSize: number;
  readonly #records: EpochRecord[] = [];
  readonly #started = performance.now();
  #pending: Pending[] = [];
  #lastRead = performance.now();
  #epoch = 0;
  #step = 0;
  #stopped = false;
  #good: Snapshot;
  #best: Snapshot | null = null;

  constructor(model: Network, options: FitOptions, epochs: number, batchSize: number) {
    const { loss, optimizer, metrics = [], compile = true, seed } = options;
    this.#model = model;
    this.#options = options;
    this.#epochs = epochs;
    this.#batchSize = batchSize;
    this.#batches = batchesOf(options.train, { batchSize, shuffle: true, seed: seed ?? 0 });
    this.#stepsInEpoch = this.#batches.length;
    this.#lr = optimizer.lr;
    this.#watch = new Watch(options.earlyStopping ?? { patience: Number.POSITIVE_INFINITY });
    this.#validate = new EvaluationPass(model, loss, metrics, compile);
    const step = (x: Tensor, y: Tensor): readonly Tensor[] => {
      optimizer.zeroGrad();
      const output = model.forward(x);
      const found = loss(output, y);
      found.backward();
      optimizer.step();
      return metrics.length > 0 ? [found, output.detach()] : [found]; // answers that nobody measures need not leave the program
    };
    this.#trainStep = compile ? compileStep(step) : step;
    if (seed !== undefined) random.manualSeed(seed);
    this.#good = takeSnapshot(model, 0, 0);
  }

  async run(): Promise<History> {
    await this.#tell("onStart", { epochs: this.#epochs, stepsInEpoch: this.#stepsInEpoch });
    let ending: Ending = this.#interrupted ? "interrupted" : "finished";
    while (this.#epoch < this.#epochs && ending === "finished") {
      await this.#runEpoch(this.#epoch + 1);
      if (this.#interrupted) ending = "interrupted";
      else if (this.#stopped) ending = "stopped";
      else if (this.#watch.exhausted) ending = "early";
    }
    const history = this.#history(ending, this.#settle(ending));
    await this.#tell("onEnd", history);
    return history;
  }

  get #interrupted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  async #runEpoch(epoch: number): Promise<void> {
    const begun = performance.now();
    const measure = new Measure(this.#options.metrics ?? []);
    this.#model.train();
    for await (const [x, y] of this.#batches) {
      await this.#takeStep(x, y, epoch, measure);
      if (this.#interrupted || this.#stopped) break;
    }
    await this.#read(epoch, measure);
    if (this.#interrupted || this.#stopped) return; // an epoch that was not finished is not in the history
    const { optimizer, validation } = this.#options;
    const train = measure.values("fit: train");
    const lr = optimizer.lr;
    const measured =
      validation === undefined
        ? {}
        : { validation: await this.#validate.run("fit: validation", validation, Math.max(this.#batchSize, 256)) };
    const record: EpochRecord = {
      epoch,
      step: this.#step,
      train,
      ...measured,
      lr,
      seconds: (performance.now() - begun) / 1000,
    };
    await this.#finishEpoch(record);
  }

  async #takeStep(x: Tensor, y: Tensor, epoch: number, measure: Measure<number>): Promise<void> {
    this.#setRate();
    const [loss, output = null] = this.#trainStep(x, y);
    this.#step++;
    this.#pending.push({ step: this.#step, loss: loss!, output, target: y });
    const due = this.#pending.length >= readingGroup || performance.now() - this.#lastRead > readingPause;
    if (due) await this.#read(epoch, measure);
    if (this.#step % keepingInterval === 0) await this.#keepIfGood(epoch - 1);
  }

  #setRate(): void {
    const { schedule, optimizer } = this.#options;
    if (schedule === undefined || this.#stepsInEpoch === undefined) return;
    const last = this.#epochs * this.#stepsInEpoch - 1;
    optimizer.lr = this.#lr * schedule(last === 0 ? 0 : this.#step / last);
  }

  /** Reads the losses that wait, checks them, and lets others have the thread if it was long theirs to ask for. */
  async #read(epoch: number, measure: Measure<number>): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    for (const { step, loss, output, target } of pending) {
      const value = (await loss.data())[0]!;
      if (!Number.isFinite(value)) throw await this.#diverged(`the loss is ${value}`, epoch, step);
      await measure.add(value, output, target);
      await this.#tell("onStepEnd", {
        epoch,
        step,
        stepsInEpoch: this.#stepsInEpoch,
        loss: value,
        lr: this.#options.optimizer.lr,
      });
    }
    if (performance.now() - this.#lastRead > readingPause) {
      await new Promise((resolve) => setTimeout(resolve)); // a macrotask: timers, signals and the page's own work come to their turn
      this.#lastRead = performance.now();
    }
  }

  async #finishEpoch(record: EpochRecord): Promise<void> {
    const { epoch, validation } = record;
    if (validation !== undefined && !Number.isFinite(validation.loss)) {
      throw await this.#diverged(`the validation loss is ${validation.loss}`, epoch, this.#step);
    }
    await this.#keepIfGood(epoch);
    this.#epoch = epoch;
    this.#records.push(record);
    const isBest = this.#watch.see(record);
    if (isBest) this.#best = this.#good;
    this.#options.log?.(describeEpoch(record, this.#epochs));
    await this.#tell("onEpochEnd", { ...record, isBest });
  }

  /** Takes a snapshot, and lets it take the place of the last one if all its numbers are finite. */
  async #keepIfGood(epoch: number): Promise<void> {
    const snapshot = takeSnapshot(this.#model, epoch, this.#step);
    if (!(await isFiniteSnapshot(snapshot))) throw await this.#diverged("a weight is not finite", epoch, this.#step);
    this.#good = snapshot;
  }

  async #diverged(what: string, epoch: number, step: number): Promise<DivergenceError> {
    restoreSnapshot(this.#model, this.#good);
    const history = this.#history("stopped", this.#good.epoch === 0 ? null : this.#good.epoch);
    return new DivergenceError(what, { epoch, step, lr: this.#lr, good: this.#good, history });
  }

  /** Gives the model the weights it should end with; the epoch they are from. */
  #settle(ending: Ending): number | null {
    const { earlyStopping } = this.#options;
    const wanted = ending === "interrupted" || (earlyStopping !== undefined && earlyStopping.restoreBest !== false);
    if (wanted && this.#best !== null) {
      restoreSnapshot(this.#model, this.#best);
      return this.#best.epoch;
    }
    return ending === "interrupted" ? null : this.#epoch;
  }

  #history(ending: Ending, keptEpoch: number | null): History {
    const seconds = (performance.now() - this.#started) / 1000;
    return { epochs: this.#records, bestEpoch: this.#watch.bestEpoch, keptEpoch, ending, steps: this.#step, seconds };
  }

  async #tell<E extends keyof Callbacks>(event: E, details: Parameters<NonNullable<Callbacks[E]>>[0]): Promise<void> {
    for (const callbacks of this.#options.callbacks ?? []) {
      const listener = callbacks[event] as ((details: unknown) => unknown) | undefined; // its details are those of its event
      if (listener !== undefined && (await listener.call(callbacks, details)) === false) this.#stopped = true;
    }
  }
}

function checkCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new ValueError(`fit: ${name} is ${value}; it is a whole number from 1`);
}

function checkOptimizer(model: Network, { parameters }: AnyOptimizer): void {
  const own = new Set<Tensor>(model.parameters());
  if (parameters.some((p: Tensor) => own.has(p))) return;
  throw new ValueError("fit: the optimizer moves none of the model's parameters; make it from model.parameters()");
}

/** `epoch  3/40  loss 0.1234  accuracy 0.9650  validation loss 0.1532  accuracy 0.9556  0.31 s` */
export function describeEpoch({ epoch, train, validation, seconds }: EpochRecord, epochs: number): string {
  const show = (measures: Readonly<Record<string, number>>) =>
    Object.entries(measures)
      .map(([name, value]) => `${name} ${value.toFixed(4)}`)
      .join("  ");
  const number = `epoch ${String(epoch).padStart(String(epochs).length)}/${epochs}`;
  return [
    number,
    show(train),
    ...(validation === undefined ? [] : [`validation ${show(validation)}`]),
    `${seconds.toFixed(2)} s`,
  ].join("  ");
}
