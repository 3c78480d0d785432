/** Pooling in two dimensions: the greatest or the mean value of each window of an image. */
import { type Shape, ShapeError, show, ValueError } from "../../base/index.ts";
import * as graph from "../../graph/index.ts";
import { div, mul, pad, reshape, sum, Tensor, tensor } from "../../tensor/index.ts";
import { type Pair, pairOf } from "./pair.ts";

interface PoolOptions {
  /** Steps of the window; its size by default. */
  readonly stride?: Pair;
  /** Places added on each side, at most half of the window; 0 by default. */
  readonly padding?: Pair;
  /** Whether a last window may reach over the border; false by default. */
  readonly ceilMode?: boolean;
}

export interface MaxPool2dOptions extends PoolOptions {
  /** Distance between the places of a window; 1 by default. */
  readonly dilation?: Pair;
}

export interface AvgPool2dOptions extends PoolOptions {
  /** Whether added places count in the mean; true by default. */
  readonly countIncludePad?: boolean;
  /** What the sum of a window is divided by instead of its size. */
  readonly divisorOverride?: number | null;
}

/**
 * The greatest value of each window:
 *
 *     y[n, c, i, j] = max_{u, v} x[n, c, s·i + d·u − p, s·j + d·v − p]
 *
 * Places outside are −∞; NaN wins. Of equal values the first in row order takes all of the gradient, as in PyTorch.
 *
 * @param x           [N, C, H, W], or [C, H, W]
 * @param kernelSize  size of the window: a number, or [height, width]
 * @returns           [N, C, OH, OW] with OH = ⌊(H + 2p − d (k − 1) − 1) / s⌋ + 1 (⌈⌉ under ceilMode)
 */
export function maxPool2d(x: Tensor, kernelSize: Pair, options: MaxPool2dOptions = {}): Tensor {
  return maxPool2dWithIndices(x, kernelSize, options).values;
}

/** `maxPool2d`, and where each value was found: int32, counted row by row in the plane of its channel. */
export function maxPool2dWithIndices(
  x: Tensor,
  kernelSize: Pair,
  options: MaxPool2dOptions = {},
): { values: Tensor; indices: Tensor } {
  checkImages("maxPool2d", x.shape);
  if (x.ndim === 3) {
    const { values, indices } = maxPool2dWithIndices(reshape(x, [1, ...x.shape]), kernelSize, options);
    return { values: reshape(values, values.shape.slice(1)), indices: reshape(indices, indices.shape.slice(1)) };
  }
  const axes = poolAxes("maxPool2d", x.shape, kernelSize, options.dilation ?? 1, options);
  const view = windows(pad(x, paddingOf(axes), { value: Number.NEGATIVE_INFINITY }).node, axes);
  const first = firstGreatest(view);
  const chosen = graph.equal(placeInWindow(view.shape), spread(first, view.shape));
  return {
    values: new Tensor(pick(view, chosen)),
    indices: new Tensor(pick(placeInPlane(view.shape, axes), chosen)),
  };
}

/**
 * The mean of each window:
 *
 *     y[n, c, i, j] = 1/D Σ_{u, v} x[n, c, s·i + u − p, s·j + v − p]
 *
 * Places outside are 0. D is the window's size, without the places that ceilMode adds, and without those of the padding
 * where `countIncludePad` is false; or `divisorOverride`.
 *
 * @param x           [N, C, H, W], or [C, H, W]
 * @param kernelSize  size of the window: a number, or [height, width]
 * @returns           [N, C, OH, OW]
 */
export function avgPool2d(x: Tensor, kernelSize: Pair, options: AvgPool2dOptions = {}): Tensor {
  checkImages("avgPool2d", x.shape);
  if (x.ndim === 3) {
    const y = avgPool2d(reshape(x, [1, ...x.shape]), kernelSize, options);
    return reshape(y, y.shape.slice(1));
  }
  const axes = poolAxes("avgPool2d", x.shape, kernelSize, 1, options);
  const total = sum(new Tensor(windows(pad(x, paddingOf(axes)).node, axes)), { axis: [-2, -1] });
  const { countIncludePad = true, divisorOverride = null } = options;
  if (divisorOverride !== null) {
    if (divisorOverride === 0) throw new ValueError("avgPool2d: the divisorOverride is 0");
    return mul(total, 1 / divisorOverride);
  }
  const [rows, columns] = axes.map((axis) => countsOf(axis, countIncludePad)) as [number[], number[]]; // of two axes
  const sizes = rows.flatMap((r) => columns.map((c) => r * c));
  if (sizes.every((size) => size === sizes[0])) return mul(total, 1 / sizes[0]!);
  return div(total, tensor(sizes, { shape: [rows.length, columns.length], dtype: x.dtype }));
}

/** The windows along one axis of an image. */
interface PoolAxis {
  readonly length: number;
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padding: number;
  /** Places needed behind the padding so that the last window fits. */
  readonly extra: number;
  /** Number of windows. */
  readonly positions: number;
}

function poolAxes(operation: string, shape: Shape, kernelSize: Pair, dilation: Pair, options: PoolOptions): PoolAxis[] {
  const size = pairOf(operation, "kernelSize", kernelSize, 1);
  const stride = pairOf(operation, "stride", options.stride ?? kernelSize, 1);
  const padding = pairOf(operation, "padding", options.padding ?? 0, 0);
  const apart = pairOf(operation, "dilation", dilation, 1);
  return [0, 1].map((i) => {
    const [length, k, s, p] = [shape[2 + i]!, size[i]!, stride[i]!, padding[i]!];
    if (p > k / 2) throw new ValueError(`${operation}: padding ${p} is more than half of the window's size ${k}`);
    const reach = apart[i]! * (k - 1) + 1; // from the window's first place to its last
    const room = length + 2 * p - reach;
    if (room < 0)
      throw new ShapeError(
        `${operation}: a window over ${reach} places does not fit into ${show(shape)} with padding ${p} (${reach} > ${length + 2 * p})`,
      );
    let positions = (options.ceilMode ? Math.ceil(room / s) : Math.floor(room / s)) + 1;
    if ((positions - 1) * s >= length + p) positions--; // a window that would begin behind the image
    const extra = Math.max(0, (positions - 1) * s - room);
    return { length, size: k, stride: s, dilation: apart[i]!, padding: p, extra, positions };
  });
}

function paddingOf([h, w]: readonly PoolAxis[]): [number, number][] {
  return [
    [0, 0],
    [0, 0],
    [h!.padding, h!.padding + h!.extra],
    [w!.padding, w!.padding + w!.extra],
  ];
}

/** [N, C, H, W] → [N, C, OH, OW, KH, KW] */
function windows(x: graph.Node, axes: readonly PoolAxis[]): graph.Node {
  const list = (of: (axis: PoolAxis) => number): number[] => axes.map(of);
  return graph.window(x, {
    axes: [2, 3],
    size: list((a) => a.size),
    stride: list((a) => a.stride),
    dilation: list((a) => a.dilation),
  });
}

/** The chosen one of each window, as a sum in which all others are 0: [N, C, OH, OW]. */
function pick(x: graph.Node, chosen: graph.Node): graph.Node {
  return graph.sum(graph.where(chosen, x, graph.constantLike(x, 0)), [4, 5]);
}

/** `x` [N, C, OH, OW] repeated over the places of its windows. */
function spread(x: graph.Node, shape: Shape): graph.Node {
  return graph.expand(graph.reshape(x, [...x.shape, 1, 1]), shape);
}

/** The number of each place in its window, counted row by row. */
function placeInWindow(shape: Shape): graph.Node {
  const row = graph.mul(graph.iota(shape, 4, "int32"), graph.constant(shape[5]!, shape, "int32"));
  return graph.add(row, graph.iota(shape, 5, "int32"));
}

/** The number of each place of each window in the image's plane, counted row by row. */
function placeInPlane(shape: Shape, [h, w]: readonly PoolAxis[]): graph.Node {
  const number = (value: number): graph.Node => graph.constant(value, shape, "int32");
  const times = (axis: number, factor: number): graph.Node =>
    graph.mul(graph.iota(shape, axis, "int32"), number(factor));
  const along = (axis: number, { stride, dilation, padding }: PoolAxis): graph.Node =>
    graph.sub(graph.add(times(axis, stride), times(axis + 2, dilation)), number(padding));
  return graph.add(graph.mul(along(2, h!), number(w!.length)), along(3, w!));
}

/**
 * Which place of each window holds its greatest value: the first of several, the first NaN before all; [N, C, OH, OW]
 * of int32.
 */
function firstGreatest(view: graph.Node): graph.Node {
  const x = graph.detach(view);
  const isGreatest = graph.logicalOr(graph.equal(x, spread(graph.max(x, [4, 5]), x.shape)), graph.notEqual(x, x));
  const none = graph.constant(x.shape[4]! * x.shape[5]!, x.shape, "int32");
  return graph.min(graph.where(isGreatest, placeInWindow(x.shape), none), [4, 5]);
}

/** How many places of each window along an axis are counted. */
function countsOf({ length, size, stride, padding, positions }: PoolAxis, countIncludePad: boolean): number[] {
  const [low, high] = countIncludePad ? [-padding, length + padding] : [0, length];
  return Array.from({ length: positions }, (_, i) => {
    const start = i * stride - padding;
    return Math.min(start + size, high) - Math.max(start, low);
  });
}

function checkImages(operation: string, shape: Shape): void {
  if (shape.length !== 3 && shape.length !== 4)
    throw new ShapeError(`${operation}: ${show(shape)} is no image; the shape is [N, C, H, W] or [C, H, W]`);
}
