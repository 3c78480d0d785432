/** Checking labels and probabilities: one that cannot be is an error, not a zero somewhere in a gradient. */
import { checkOptions, numbersOf, type Storage, ValueError } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";

export interface CheckLabelsOptions {
  /** What the message begins with. */
  readonly operation?: string;
  /** A label outside of the classes that is allowed; −100 by default. */
  readonly ignoreIndex?: number;
}

/** What has been checked already, so that a batch that is used again costs nothing. */
const checked = /* @__PURE__ */ new WeakMap<Storage, Set<string>>();

/**
 * Calls `check` with every value of `x` and its place; not at all when the values are not known yet (inside a compiled
 * step, or still to be computed), or `question` was put to them before.
 */
export function checkNumbers(x: Tensor, question: string, check: (value: number, place: number) => void): void {
  const storage = x.node.storage;
  if (storage === null) return;
  const answered = checked.get(storage) ?? new Set();
  if (answered.has(question)) return;
  const values = numbersOf(storage.array());
  for (let i = 0; i < values.length; i++) check(values[i]!, i);
  checked.set(storage, answered.add(question));
}

/**
 * Throws unless every label is a whole number in 0 … classes − 1, or `ignoreIndex`. Labels whose values are not known
 * yet (inside a compiled step, or still to be computed) are passed over.
 *
 * @throws ValueError  naming the first label that is wrong, and its place; for an option that does not exist
 * @example
 * checkLabels(tensor([0, 2, -100], { dtype: "int32" }), 3); // => undefined
 */
export function checkLabels(target: Tensor, classes: number, options: CheckLabelsOptions = {}): void {
  checkOptions("checkLabels", options, ["operation", "ignoreIndex"]);
  const { operation = "labels", ignoreIndex = -100 } = options;
  checkNumbers(target, `${classes}/${ignoreIndex}`, (label, i) => {
    if (label === ignoreIndex || (label >= 0 && label < classes && Number.isInteger(label))) return;
    throw new ValueError(
      `${operation}: label ${label} at position ${i} is not a class; ${classes} classes are numbered 0 to ${classes - 1}`,
    );
  });
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
  checkNumbers(x, wanted, (value, i) => {
    if (!isRight(value)) throw new ValueError(`${operation}: ${what} ${value} at position ${i} is not ${wanted}`);
  });
}
