/** Checking labels and probabilities: one that cannot be is an error, not a zero somewhere in a gradient. */
import { checkOptions } from "../../base/index.ts";
import { type Allowed, checkValues } from "../../runtime/index.ts";
import type { Tensor } from "../../tensor/index.ts";

export interface CheckLabelsOptions {
  /** What the message begins with. */
  readonly operation?: string;
  /** A label outside of the classes that is allowed; −100 by default. */
  readonly ignoreIndex?: number;
}

/**
 * Throws unless every label is a whole number in 0 … classes − 1, or `ignoreIndex`. Labels whose values are not known yet are checked when the
 * program runs (inside `compile`), or not at all.
 *
 * @throws ValueError  naming the first label that is wrong, and its place; for an option that does not exist
 * @example
 * checkLabels(tensor([0, 2, -100], { dtype: "int32" }), 3); // => undefined
 */
export function checkLabels(target: Tensor, classes: number, options: CheckLabelsOptions = {}): void {
  checkOptions("checkLabels", options, ["operation", "ignoreIndex"]);
  checkedLabels(options.operation ?? "labels", target, classes, options.ignoreIndex);
}

/** The labels, each a whole number in 0 … classes − 1, or `ignoreIndex`; ValueError naming the first that is not. */
export function checkedLabels(operation: string, target: Tensor, classes: number, ignoreIndex = -100): Tensor {
  return checked(target, { low: 0, high: classes - 1, whole: true, or: ignoreIndex }, [
    `${operation}: label`,
    `is not a class; ${classes} classes are numbered 0 to ${classes - 1}`,
  ]);
}

/** x, whose values are within low … high; ValueError at the first that is not. NaN is passed over. */
export function checkedRange(operation: string, what: string, x: Tensor, low: number, high: number): Tensor {
  return checked(x, { low, high }, [`${operation}: ${what}`, `is not within ${low} … ${high}`]);
}

/** The target, whose values are 1 or −1; ValueError at the first that is not. */
export function checkedSigns(operation: string, target: Tensor): Tensor {
  return checked(target, { low: -1, high: -1, whole: true, or: 1 }, [`${operation}: the target`, "is not -1 or 1"]);
}

function checked(x: Tensor, allowed: Allowed, [before, after]: readonly [string, string]): Tensor {
  const node = checkValues(x.node, allowed, {
    error: "ValueError",
    message: `${before} {0} at position {at} ${after}`,
  });
  return node === x.node ? x : x.derive(node);
}
