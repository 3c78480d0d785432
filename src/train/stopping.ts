/** Early stopping: watching one measure, remembering its best epoch, and giving up when it no longer gets better. */
import { checkOptions, ValueError } from "../base/index.ts";
import { type EpochRecord, measureOf } from "./history.ts";

export interface EarlyStopping {
  /** Epochs without progress after which the run ends; Infinity never ends it. */
  readonly patience: number;
  /** By how much a measure must be better to count as progress; 0 by default. */
  readonly minDelta?: number;
  /** Whether the model gets the weights of the best epoch when the run ends; true by default. */
  readonly restoreBest?: boolean;
  /** The measure that is watched, by its name: "loss" by default; of the validation set where there is one. */
  readonly monitor?: string;
  /** Whether more is better; by default it is not for names that end in "loss" or "error". */
  readonly mode?: "min" | "max";
}

/** Watches the epochs of a run. */
export class Watch {
  readonly #minDelta: number;
  readonly #patience: number;
  readonly #monitor: string;
  readonly #sign: 1 | -1;
  #best = Number.NEGATIVE_INFINITY;
  #bestEpoch: number | null = null;
  #sinceBest = 0;

  constructor(options: EarlyStopping) {
    checkOptions("fit: earlyStopping", options, ["patience", "minDelta", "restoreBest", "monitor", "mode"]);
    const { patience, minDelta = 0, monitor = "loss", mode } = options;
    if (!(patience >= 1))
      throw new ValueError(`fit: earlyStopping.patience is ${patience}; it is a number of epochs from 1`);
    if (!(minDelta >= 0)) throw new ValueError(`fit: earlyStopping.minDelta is ${minDelta}; it is a number from 0`);
    if (mode !== undefined && mode !== "min" && mode !== "max")
      throw new ValueError(`fit: there is no earlyStopping.mode "${String(mode)}"; there are min, max`);
    this.#patience = patience;
    this.#minDelta = minDelta;
    this.#monitor = monitor;
    this.#sign = (mode ?? (/(loss|error)$/i.test(monitor) ? "min" : "max")) === "max" ? 1 : -1;
  }

  /** The epoch with the best measure so far. */
  get bestEpoch(): number | null {
    return this.#bestEpoch;
  }

  /** True when there was no progress for as long as patience goes. */
  get exhausted(): boolean {
    return this.#sinceBest >= this.#patience;
  }

  /** Takes note of an epoch; true when it is the best so far. */
  see(record: EpochRecord): boolean {
    const value = this.#sign * measureOf(record, this.#monitor, "earlyStopping.monitor");
    if (!(value > this.#best + (this.#bestEpoch === null ? 0 : this.#minDelta))) {
      this.#sinceBest++;
      return false;
    }
    this.#best = value;
    this.#bestEpoch = record.epoch;
    this.#sinceBest = 0;
    return true;
  }
}
