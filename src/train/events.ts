/** What a training run tells those who listen, and the error with which it ends when the loss runs away. */
import { GradusError } from "../base/index.ts";
import type { EpochRecord, History } from "./history.ts";
import type { Snapshot } from "./keeper.ts";

export interface StartEvent {
  readonly epochs: number;
  /** Unknown for a source that does not say how many batches it has. */
  readonly stepsInEpoch: number | undefined;
}

export interface StepEvent {
  readonly epoch: number;
  /** Counted from 1 over the whole run. */
  readonly step: number;
  readonly stepsInEpoch: number | undefined;
  /** Before the step's update. */
  readonly loss: number;
  readonly lr: number;
}

export interface EpochEvent extends EpochRecord {
  /** Whether it is the best epoch so far. */
  readonly isBest: boolean;
}

/**
 * Listeners of a run. Each is awaited, and each may end the run by returning false. Steps are told in groups, when their losses have been
 * read; what a listener changes takes effect with the next step to be taken.
 */
export interface Callbacks {
  onStart?(event: StartEvent): unknown;
  onStepEnd?(event: StepEvent): unknown;
  onEpochEnd?(event: EpochEvent): unknown;
  onEnd?(history: History): unknown;
}

/** Where a run ran away. */
export interface Divergence {
  readonly epoch: number;
  readonly step: number;
  readonly lr: number;
  /** The weights that the model was given back. */
  readonly good: Snapshot;
  readonly history: History;
}

/**
 * The loss, or a weight, is NaN or infinite; the model holds its last good weights.
 *
 * @example
 * const train = { x: tensor([[1e30]]), y: tensor([[1]]) };
 * const model = new nn.Linear(1, 1);
 * const optimizer = new optim.SGD(model.parameters(), { lr: 1 });
 * const error = await fit(model, { train, loss: nn.mse, optimizer }).catch((thrown) => thrown);
 * [error.name, error.epoch, error.step]; // => [ 'DivergenceError', 1, 1 ]
 */
export class DivergenceError extends GradusError {
  override name = "DivergenceError";
  readonly epoch: number;
  readonly step: number;
  /** The epochs before. */
  readonly history: History;

  constructor(what: string, { epoch, step, lr, good, history }: Divergence) {
    const since =
      good.step === 0 ? "those from before the first step" : `those of epoch ${good.epoch}, step ${good.step}`;
    super(
      `fit: ${what} at epoch ${epoch}, step ${step}; the model has its last good weights again, ${since}; ` +
        `try a smaller learning rate than ${lr}, clip the gradients, or look at the data's scale`,
    );
    this.epoch = epoch;
    this.step = step;
    this.history = history;
  }
}
