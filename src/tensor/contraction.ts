/** The contraction of two nodes; of integers below 32 bits in the dtype that holds the sum of their products. */
import { contractionDType, sizeOf } from "../base/index.ts";
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
  const { batch, columns } = axes;
  const dtype = contractionDType(a.dtype, sizeOf(b.shape.slice(batch, b.shape.length - columns)));
  return graph.contract(graph.cast(a, dtype), graph.cast(b, dtype), axes);
}

export function permuteNode(x: Node, order: readonly number[]): Node {
  return order.every((axis, i) => axis === i) ? x : graph.permute(x, order);
}
