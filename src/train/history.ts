/** What a training run leaves behind in numbers: plain data, so that it goes into JSON and pictures as it is. */

/** The measures of one pass over a set: `loss` and each metric by its name. */
export type Measures = { readonly loss: number } & Readonly<Record<string, number>>;

/** One epoch. */
export interface EpochRecord {
  /** Counted from 1. */
  readonly epoch: number;
  /** Steps of the run so far. */
  readonly step: number;
  /** Means over the epoch's steps, as the weights changed, with dropout and the like at work. */
  readonly train: Measures;
  /** After the epoch, in evaluation mode. */
  readonly validation?: Measures;
  /** The learning rate of its last step. */
  readonly lr: number;
  readonly seconds: number;
}

/** Why a run ended: all epochs done, no more progress, the signal, or a callback. */
export type Ending = "finished" | "early" | "interrupted" | "stopped";

/** A whole run. */
export interface History {
  readonly epochs: readonly EpochRecord[];
  /** The epoch with the best monitored measure; null before the first has ended. */
  readonly bestEpoch: number | null;
  /** The epoch whose weights the model holds; null where it holds those of an unfinished epoch. */
  readonly keptEpoch: number | null;
  readonly ending: Ending;
  readonly steps: number;
  readonly seconds: number;
}
