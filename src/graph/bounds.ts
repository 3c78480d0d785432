/** Between which numbers the elements of a node lie, as far as the way in which it is made tells. */
import { dtypeInfo } from "../base/index.ts";
import type { Node } from "./node.ts";

/** Both ends included. NaN may be there as well. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export const unbounded: Bounds = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };

/** How many operations above each other are looked at; most indices that are computed are made of a few. */
const depthLimit = 8;

/** Bounds of the elements of a node; infinite where nothing is known. */
export function boundsOf(node: Node, depth = depthLimit): Bounds {
  if (dtypeInfo[node.dtype].kind === "bool") return { low: 0, high: 1 };
  if (depth === 0) return unbounded;
  return node.op.bounds?.(node, (input) => boundsOf(input, depth - 1)) ?? unbounded;
}

/** Bounds of what is one of several things. */
export function either(all: readonly Bounds[]): Bounds {
  return {
    low: all.reduce((low, x) => Math.min(low, x.low), Number.POSITIVE_INFINITY),
    high: all.reduce((high, x) => Math.max(high, x.high), Number.NEGATIVE_INFINITY),
  };
}
