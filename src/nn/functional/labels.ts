/** Checking class labels: one that does not exist is an error, not a zero somewhere in a gradient. */
import { type Storage, ValueError } from "../../base/index.ts";
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
  const labels = storage.array();
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
