/** The contraction of two nodes; of short integers in the dtype of their sums. */
import { sumDType } from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";

/** How many axes of both operands are the stack, how many of the left one rows, how many of the right one columns. */
export interface ContractAxes {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
}

/** Σ over the axes that are neither: a is [batch…, rows…, k…], b is [batch…, k…, columns…]. */
export function contractNode(a: Node, b: Node, axes: ContractAxes): Node {
  const dtype = sumDType(a.dtype);
  return graph.contract(graph.cast(a, dtype), graph.cast(b, dtype), axes);
}

export function permuteNode(x: Node, order: readonly number[]): Node {
  return order.every((axis, i) => axis === i) ? x : graph.permute(x, order);
}
