/** What a training run leaves behind in numbers: plain data, so that it goes into JSON and pictures as it is. */
import { ValueError } from "../base/index.ts";

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
  /** The learning rate of its last step, of the first group of parameters. */
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

/**
 * A measure of an epoch by its name: of the validation set where there is one.
 *
 * @param option  that named it, for the error
 */
export function measureOf({ train, validation }: EpochRecord, monitor: string, option: string): number {
  const measures = validation ?? train;
  const found = measures[monitor];
  if (found === undefined)
    throw new ValueError(
      `fit: ${option} is "${monitor}", which is not measured; there are ${Object.keys(measures).join(", ")}`,
    );
  return found;
}

/**
 * An epoch in one line, as `log` gets it.
 *
 * @example
 * const record = { epoch: 3, step: 30, train: { loss: 0.25 }, validation: { loss: 0.5 }, lr: 0.1, seconds: 1.5 };
 * describeEpoch(record, 40); // => epoch  3/40  loss 0.2500  validation loss 0.5000  1.50 s
 */
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
