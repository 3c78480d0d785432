/** Schedules: how the learning rate goes over a run, as a factor of the optimizer's own rate. */
import { checkOptions, ValueError } from "../base/index.ts";

/** The factor at `progress`, which goes from 0 at the first step to 1 at the last. */
export type Schedule = (progress: number) => number;

export interface CosineOptions {
  /** Share of the run in which the factor rises from 0 to 1; 0 by default. */
  readonly warmup?: number;
  /** The factor at the end; 0 by default. */
  readonly end?: number;
}

/**
 * A rise in a straight line, then half a cosine down:
 *
 *     factor(p) = p / warmup                                        while p < warmup
 *     factor(p) = end + (1 − end) · (1 + cos(π q)) / 2,  q = (p − warmup) / (1 − warmup)
 *
 * Source: Loshchilov & Hutter 2017, SGDR, equation 5, without restarts; the rise: Goyal et al. 2017, section 2.2.
 *
 * @throws ValueError  when warmup is not within 0 ≤ warmup < 1 or end not within 0 … 1, or an option is unknown
 * @example
 * cosine({ warmup: 0.5 })(0.25); // => 0.5
 */
export function cosine(options: CosineOptions = {}): Schedule {
  checkOptions("cosine", options, ["warmup", "end"]);
  const { warmup = 0, end = 0 } = options;
  if (!(warmup >= 0 && warmup < 1)) throw new ValueError(`cosine: warmup ${warmup} is not within 0 ≤ warmup < 1`);
  if (!(end >= 0 && end <= 1)) throw new ValueError(`cosine: end ${end} is not within 0 … 1`);
  return (progress) => {
    if (progress < warmup) return progress / warmup;
    const q = (progress - warmup) / (1 - warmup);
    return end + ((1 - end) * (1 + Math.cos(Math.PI * q))) / 2;
  };
}
