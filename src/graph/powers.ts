/** Powers and roots whose slope at 0 is 0: what norms and power-averages are made of. xᵖ itself keeps its slope ∞ there, for 0 < p < 1. */

import { pow } from "./elementwise.ts";
import { equal, where } from "./elementwise-comparison.ts";
import { constantLike } from "./leaves.ts";
import type { Node } from "./node.ts";

/** xᵖ with slope 0 at 0: what is 0 is taken out before the power, so that no derivative of any order is ∞ or NaN there. */
export function powerOf(x: Node, p: number): Node {
  if (Number.isInteger(p) && p > 1) return pow(x, constantLike(x, p)); // has slope 0 there
  const isZero = equal(x, constantLike(x, 0));
  const power = pow(where(isZero, constantLike(x, 1), x), constantLike(x, p));
  return where(isZero, constantLike(x, powerOfZero(p)), power);
}

/** t^(1/p) of a sum of `powerOf`; 0 with slope 0 where the sum is 0, or ∞ by an entry of 0 under a negative p. */
export function rootOfPowers(t: Node, p: number): Node {
  const isZero = equal(t, constantLike(t, powerOfZero(p)));
  const root = pow(where(isZero, constantLike(t, 1), t), constantLike(t, 1 / p));
  return where(isZero, constantLike(t, 0), root);
}

const powerOfZero = (p: number): number => (p > 0 ? 0 : Number.POSITIVE_INFINITY);
