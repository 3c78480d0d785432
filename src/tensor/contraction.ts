/** The contraction of two nodes, of floats by the primitive, of integers by products and a sum. */
import { isFloat, range } from "../base/index.ts";
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
  if (isFloat(a.dtype)) return graph.contract(a, b, axes);
  // integers: products summed one by one, [batch…, rows…, k…, columns…]
  const { batch, rows, columns } = axes;
  const k = a.shape.length - batch - rows;
  const outer = b.shape.slice(batch + k);
  const full = [...a.shape, ...outer];
  const left = graph.expand(graph.reshape(a, [...a.shape, ...outer.map(() => 1)]), full);
  const spaced = [...b.shape.slice(0, batch), ...new Array<number>(rows).fill(1), ...b.shape.slice(batch)];
  const right = graph.expand(graph.reshape(b, spaced), full);
  const summed = range(k).map((i) => batch + rows + i);
  const total = k === 0 ? graph.mul(left, right) : graph.sum(graph.mul(left, right), summed);
  return graph.reshape(total, [...a.shape.slice(0, batch + rows), ...full.slice(full.length - columns)]);
}

export function permuteNode(x: Node, order: readonly number[]): Node {
  return order.every((axis, i) => axis === i) ? x : graph.permute(x, order);
}
