/** Checking labels and probabilities: one that cannot be is an error, not a zero somewhere in a gradient. */
import { numbersOf, type Storage, ValueError } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";

export interface CheckLabelsOptions {
  /** What the message begins with. */
  readonly operation?: string;
  /** A label outside of the classes that is allowed; −100 by default. */
  readonly ignoreIndex?: number;
}

/** What has been checked already, so that a batch that is used again costs nothing. */
const checked = new WeakMap<Storage, Set<string>>();

/**
 * Throws unless every label is a whole number in 0 … classes − 1, or `ignoreIndex`. Labels whose values are not known
 * yet (inside a compiled step, or still to be computed) are passed over.
 *
 * @throws ValueError  naming the first label that is wrong, and its place
 */
export function checkLabels(
  target: Tensor,
  classes: number,
  { operation = "labels", ignoreIndex = -100 }: CheckLabelsOptions = {},
): void {
  const storage = target.node.storage;
  if (storage === null) return;
  const question = `${classes}/${ignoreIndex}`;
  const answered = checked.get(storage) ?? new Set();
  if (answered.has(question)) return;
  const labels = numbersOf(storage.array());
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    if (label >= 0 && label < classes && Number.isInteger(label)) continue;
    if (label !== ignoreIndex)
      throw new ValueError(
        `${operation}: label ${label} at position ${i} is not a class; ${classes} classes are numbered 0 to ${classes - 1}`,
      );
  }
  checked.set(storage, answered.add(question));
}

/** Throws at the first value outside of low … high; values that are not known yet, and NaN, are passed over. */
export function checkRange(operation: string, what: string, x: Tensor, low: number, high: number): void {
  const between = (v: number): boolean => !(v < low || v > high);
  checkValues(operation, what, x, between, `within ${low} … ${high}`);
}

/** Throws at the first value that is neither 1 nor −1; values that are not known yet are passed over. */
export function checkSigns(operation: string, target: Tensor): void {
  checkValues(operation, "the target", target, (v) => v === 1 || v === -1, "-1 or 1");
}

function checkValues(
  operation: string,
  what: string,
  x: Tensor,
  isRight: (value: number) => boolean,
  wanted: string,
): void {
  const storage = x.node.storage;
  if (storage === null) return;
  const answered = checked.get(storage) ?? new Set();
  if (answered.has(wanted)) return;
  const wrong = Array.from(storage.array(), Number).findIndex((value) => !isRight(value));
  if (wrong >= 0)
    throw new ValueError(`${operation}: ${what} ${storage.array()[wrong]} at position ${wrong} is not ${wanted}`);
  checked.set(storage, answered.add(wanted));
}
