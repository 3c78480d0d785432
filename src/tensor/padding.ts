/** Padding, and the parts of matrices: triangles and diagonals. */
import { normalizeAxis, type Shape, ShapeError, sameShape, show, ValueError } from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { fillNode } from "./operands.ts";
import { checkPadding, type Resized, sliceAxis } from "./shaping.ts";
import type { Tensor } from "./tensor.ts";

export interface PadOptions {
  /**
   * What the new places hold: `constant` a number, `reflect` the neighbours mirrored without the border element,
   * `replicate` (NumPy: edge) the border element, `circular` (NumPy: wrap) the other end, as often as needed. "constant" when absent.
   */
  readonly mode?: "constant" | "reflect" | "replicate" | "edge" | "circular" | "wrap" | undefined;
  /** the number under `constant`; 0 */
  readonly value?: number | bigint | undefined;
}

const modes: readonly NonNullable<PadOptions["mode"]>[] = [
  "constant",
  "reflect",
  "replicate",
  "edge",
  "circular",
  "wrap",
];

/**
 * Places before and after each axis. One axis after the other is filled, so that corners come of places added before.
 *
 * @param padding  one [before, after] for every axis
 * @returns        [before + n + after, …] in the dtype of x, to which `value` is cast
 * @throws ShapeError  when the pairs are not one for every axis, or `reflect` is to fill more than n − 1 places beside an axis of n, or `replicate` or
 *                     `circular` any beside an empty one
 * @throws ValueError  when a size is not a whole number from 0, or there is no such mode
 * Source: NumPy's pad; PyTorch's nn.functional.pad for the names of modes.
 * @example
 * pad(tensor([1, 2]), [[1, 2]]); // => [0. 1. 2. 0. 0.]
 */
export function pad<S extends Shape>(
  x: Tensor<S>,
  padding: readonly (readonly [number, number])[],
  { mode = "constant", value = 0 }: PadOptions = {},
): Resized<S> {
  if (!modes.includes(mode)) throw new ValueError(`pad: there is no mode "${mode}"; there are ${modes.join(", ")}`);
  checkPadding(x, padding);
  if (mode === "constant") return x.derive(padConstant(x.node, padding, value));
  let y = x.node;
  padding.forEach(([before, after], axis) => {
    if (before + after > 0)
      y = graph.concat([...border(y, axis, before, mode, "before"), y, ...border(y, axis, after, mode, "after")], {
        axis,
      });
  });
  return x.derive(y);
}

function padConstant(x: Node, padding: readonly (readonly [number, number])[], value: number | bigint): Node {
  if (padding.every(([before, after]) => before + after === 0)) return x;
  const before = padding.map(([n]) => n);
  const after = padding.map(([, n]) => n);
  const spread = (v: Node): Node => graph.pad(v, { before, after, interior: x.shape.map(() => 0) });
  if (value === 0) return spread(x);
  const padded = spread(x);
  return graph.where(spread(fillNode(true, x.shape, "bool")), padded, fillNode(value, padded.shape, x.dtype));
}

/** The `count` places that come before or after x along `axis`; none when it is 0. */
function border(
  x: Node,
  axis: number,
  count: number,
  mode: NonNullable<PadOptions["mode"]>,
  side: "before" | "after",
): Node[] {
  if (count === 0) return [];
  const n = x.shape[axis]!;
  const room = mode === "reflect" ? n - 1 : n === 0 ? 0 : count;
  if (count > room)
    throw new ShapeError(
      `pad: ${count} places ${side} axis ${axis} of ${show(x.shape)} are more than ${mode} can fill (${room})`,
    );
  switch (mode) {
    case "reflect":
      return [graph.flip(sliceAxis(x, axis, side === "before" ? 1 : n - 1 - count, count), [axis])];
    case "circular":
    case "wrap":
      return around(x, axis, count, side);
    default: {
      const edge = sliceAxis(x, axis, side === "before" ? 0 : n - 1, 1);
      return [
        graph.expand(
          edge,
          edge.shape.map((size, i) => (i === axis ? count : size)),
        ),
      ];
    }
  }
}

/** What comes before or after x when it is repeated without end: whole copies beside it, and a part of one farther off. */
function around(x: Node, axis: number, count: number, side: "before" | "after"): Node[] {
  const n = x.shape[axis]!;
  const [copies, rest] = [Math.floor(count / n), count % n];
  const part = rest === 0 ? [] : [sliceAxis(x, axis, side === "before" ? n - rest : 0, rest)];
  if (copies === 0) return part;
  const [lead, tail] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const one = graph.reshape(x, [...lead, 1, n, ...tail]);
  const whole = graph.reshape(graph.expand(one, [...lead, copies, n, ...tail]), [...lead, copies * n, ...tail]);
  return side === "before" ? [...part, whole] : [whole, ...part];
}

// --------------------------------------------------------------------------------------------- triangles and diagonals

/** column − row of every place of the last two axes. */
function offsetOf(operation: string, x: Tensor): Node {
  if (x.ndim < 2) throw new ShapeError(`${operation}: ${show(x.shape)} is no matrix`);
  return graph.sub(graph.iota(x.shape, x.ndim - 1, "int32"), graph.iota(x.shape, x.ndim - 2, "int32"));
}

function keep(operation: string, x: Tensor, test: (offset: Node, k: Node) => Node, k: number): Node {
  const offset = offsetOf(operation, x);
  return graph.where(test(offset, fillNode(k, x.shape, "int32")), x.node, fillNode(0, x.shape, x.dtype));
}

/**
 * The lower triangle, up to the k-th diagonal; zeros above. NaN is cut off, too.
 *
 * @param x  [..., m, n], any dtype
 * @param k  0 the main diagonal, above it > 0, below it < 0
 * @returns  shape and dtype of x
 * @throws ShapeError  when x has fewer than two axes
 * Source: NumPy's tril.
 * @example
 * tril(ones([2, 3])); // => [[1. 0. 0.]
 * //  [1. 1. 0.]]
 */
export function tril<S extends Shape>(x: Tensor<S>, k = 0): Tensor<S> {
  return x.derive<S>(keep("tril", x, graph.lessEqual, k));
}

/**
 * The upper triangle, from the k-th diagonal on; zeros below. NaN is cut off, too.
 *
 * @param x  [..., m, n], any dtype
 * @param k  0 the main diagonal, above it > 0, below it < 0
 * @returns  shape and dtype of x
 * @throws ShapeError  when x has fewer than two axes
 * Source: NumPy's triu.
 * @example
 * triu(ones([2, 3]), 1); // => [[0. 1. 1.]
 * //  [0. 0. 1.]]
 */
export function triu<S extends Shape>(x: Tensor<S>, k = 0): Tensor<S> {
  return x.derive<S>(keep("triu", x, graph.greaterEqual, k));
}

/**
 * A vector as the k-th diagonal of a matrix, or the k-th diagonal of a matrix as a vector.
 *
 * @param x  [n] or [m, n], any dtype
 * @param k  0 the main diagonal, above it > 0, below it < 0
 * @returns  of a vector [n + |k|, n + |k|], zeros beside the diagonal; of a matrix the diagonal, empty where it lies outside
 * @throws ShapeError  when x is neither a vector nor a matrix
 * Source: NumPy's diag.
 * @example
 * diag(tensor([1, 2])); // => [[1. 0.]
 * //  [0. 2.]]
 * diag(tensor([[1, 2], [3, 4]])); // => [1. 4.]
 */
export function diag(x: Tensor, k = 0): Tensor {
  if (x.ndim === 2) return diagonal(x, { k });
  if (x.ndim !== 1) throw new ShapeError(`diag: ${show(x.shape)} is neither a vector nor a matrix`);
  return x.derive(diagonalMatrix(x.node, k));
}

/** The last axis laid on the k-th diagonal of a matrix; what comes before is kept. */
export function diagonalMatrix(x: Node, k = 0): Node {
  const lead = x.shape.slice(0, -1);
  const [n, size] = [x.shape.at(-1)!, x.shape.at(-1)! + Math.abs(k)];
  const shape = [...lead, n, n];
  const row = graph.iota(shape, lead.length, "int32");
  const column = graph.iota(shape, lead.length + 1, "int32");
  const spread = graph.expand(graph.reshape(x, [...lead, 1, n]), shape);
  const square = graph.where(graph.equal(row, column), spread, fillNode(0, shape, x.dtype));
  if (k === 0) return square;
  const zeros = lead.map(() => 0);
  const gap = size - n;
  return graph.pad(square, {
    before: [...zeros, k < 0 ? gap : 0, k > 0 ? gap : 0],
    after: [...zeros, k > 0 ? gap : 0, k < 0 ? gap : 0],
    interior: shape.map(() => 0),
  });
}

export interface DiagonalOptions {
  /** which diagonal: 0 the main one, above it > 0, below it < 0 */
  readonly k?: number | undefined;
  /** rows; 0 */
  readonly axis1?: number | undefined;
  /** columns; 1 */
  readonly axis2?: number | undefined;
}

/**
 * The k-th diagonal of the matrices in two axes, as the last axis of the result.
 *
 * @param x  of two axes or more, any dtype
 * @returns  the other axes in their order, then the diagonal, empty where it lies outside
 * @throws ShapeError  when the axes are the same or do not exist
 * Source: NumPy's diagonal.
 * @example
 * diagonal(tensor([[1, 2], [3, 4]])); // => [1. 4.]
 */
export function diagonal(x: Tensor, { k = 0, axis1 = 0, axis2 = 1 }: DiagonalOptions = {}): Tensor {
  const [a, b] = [normalizeAxis("diagonal", axis1, x.ndim), normalizeAxis("diagonal", axis2, x.ndim)];
  if (a === b) throw new ShapeError(`diagonal: a matrix needs two different axes of ${show(x.shape)}`);
  return x.derive(diagonalNode(x.node, a, b, k));
}

/**
 * A diagonal is read as a column: in a matrix of n columns laid out row by row, the elements of a diagonal are n + 1
 * places apart, so that rows of n + 1 places have it as their first column.
 */
export function diagonalNode(x: Node, a: number, b: number, k: number): Node {
  const others = x.shape.map((_, i) => i).filter((i) => i !== a && i !== b);
  const moved = graph.permute(x, [...others, a, b]);
  const lead = others.map((i) => x.shape[i]!);
  const [rows, columns] = [x.shape[a]!, x.shape[b]!];
  const [top, left] = [Math.max(0, -k), Math.max(0, k)];
  const n = Math.max(0, Math.min(rows - top, columns - left));
  const corner = cut(moved, [...lead, n, n], [...lead.map(() => 0), top, left]);
  const flat = graph.reshape(corner, [...lead, n * n]);
  const zeros = lead.map(() => 0);
  const padded = graph.pad(flat, { before: [...zeros, 0], after: [...zeros, n], interior: [...zeros, 0] });
  return n === 0
    ? graph.reshape(corner, [...lead, 0])
    : graph.reshape(cut(graph.reshape(padded, [...lead, n, n + 1]), [...lead, n, 1], [...zeros, 0, 0]), [...lead, n]);
}

function cut(x: Node, size: Shape, start: Shape): Node {
  return sameShape(size, x.shape) ? x : graph.slice(x, { start, size, step: size.map(() => 1) });
}
