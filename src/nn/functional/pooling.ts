/**
 * Pooling over one, two or three axes: the greatest value, the mean or the power-average of each window.
 *
 * The greatest value is of the dtype of x. Means and power-averages of integers and bool are float32; floats and complex numbers keep
 * their dtype, and halves are added up in float32. OL, OH, OW, OD of all are those of `maxPool2d`, with d = 1 where there is no dilation.
 */
import {
  checkOptions,
  floatDType,
  isHalf,
  leastOf,
  range,
  type Shape,
  ShapeError,
  show,
  ValueError,
} from "../../base/index.ts";
import * as graph from "../../graph/index.ts";
import { div, inFloat32, pad, reshape, sum, Tensor, tensor } from "../../tensor/index.ts";
import { type Found, greatest, insidePlane, placeInPlane } from "./greatest.ts";
import { avgPoolNames, lpPoolNames, maxPoolNames } from "./option-names.ts";
import { type Pair, type Single, type Sizes, sizesOf, type Triple } from "./pair.ts";
import { batched, checkSpatial } from "./spatial.ts";

export interface PoolOptions<P extends Sizes = Sizes> {
  /** Steps of the window; its size by default. */
  readonly stride?: P;
  /** Places added on each side, at most half of the window; 0 by default. */
  readonly padding?: P;
  /** Whether a last window may reach over the border; false by default. */
  readonly ceilMode?: boolean;
}

export interface MaxPoolOptions<P extends Sizes = Sizes> extends PoolOptions<P> {
  /** Distance between the places of a window; 1 by default. */
  readonly dilation?: P;
}

export interface AvgPoolOptions<P extends Sizes = Sizes> extends PoolOptions<P> {
  /** Whether added places count in the mean; true by default. */
  readonly countIncludePad?: boolean;
  /** What the sum of a window is divided by instead of its size. */
  readonly divisorOverride?: number | null;
}

export type LpPoolOptions<P extends Sizes = Sizes> = Omit<PoolOptions<P>, "padding">;

export type MaxPool2dOptions = MaxPoolOptions<Pair>;
export type AvgPool2dOptions = AvgPoolOptions<Pair>;

// ------------------------------------------------------------------------------------------------------------ maximum

/**
 * The greatest value of each window of a sequence; the formula of `maxPool2d` with one axis.
 *
 * @param x  [N, C, L], or [C, L]
 * @returns  [N, C, OL] with OL = ⌊(L + 2p − d (k − 1) − 1) / s⌋ + 1 (⌈⌉ under ceilMode)
 * @throws ShapeError  when x is no sequence, or a window does not fit
 * @throws ValueError  when the padding is more than half of the window, a size is not a whole number, or an option does not exist
 * @throws DTypeError  when x is complex
 * Source: PyTorch's nn.functional.max_pool1d.
 * @example
 * maxPool1d(tensor([[[1, 5, 2, 3]]]), 2); // => [[[5. 3.]]]
 */
export function maxPool1d(x: Tensor, kernelSize: Single, options: MaxPoolOptions<Single> = {}): Tensor {
  return maxPool("maxPool1d", 1, x, kernelSize, options).values;
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
 * @throws ShapeError  when x is no image, or a window does not fit
 * @throws ValueError  when the padding is more than half of the window, a size is not a whole number, or an option does not exist
 * @throws DTypeError  when x is complex
 * Source: PyTorch's nn.functional.max_pool2d.
 * @example
 * maxPool2d(tensor([[[[1, 5], [2, 3]]]]), 2).item(); // => 5
 */
export function maxPool2d(x: Tensor, kernelSize: Pair, options: MaxPool2dOptions = {}): Tensor {
  return maxPool("maxPool2d", 2, x, kernelSize, options).values;
}

/**
 * The greatest value of each window of a volume [N, C, D, H, W]; the formula of `maxPool2d` with a third axis.
 *
 * @param x           [N, C, D, H, W], or [C, D, H, W]
 * @param kernelSize  size of the window: a number, or [depth, height, width]
 * @returns           [N, C, OD, OH, OW], or [C, OD, OH, OW]
 * @throws ShapeError  when x is no volume, or a window does not fit
 * @throws ValueError  when the padding is more than half of the window, a size is not a whole number, or an option does not exist
 * @throws DTypeError  when x is complex
 * Source: PyTorch's nn.functional.max_pool3d.
 * @example
 * maxPool3d(ones([1, 2, 4, 4, 4]), 2).shape; // => [ 1, 2, 2, 2, 2 ]
 */
export function maxPool3d(x: Tensor, kernelSize: Triple, options: MaxPoolOptions<Triple> = {}): Tensor {
  return maxPool("maxPool3d", 3, x, kernelSize, options).values;
}

/**
 * `maxPool1d`, and where each value was found: int32, counted along the sequence.
 *
 * @param x  [N, C, L], or [C, L]
 * @returns  values and indices, each in the shape of `maxPool1d`
 * @throws ShapeError  when x is no sequence, or a window does not fit
 * @throws ValueError  when the padding is more than half of the window, a size is not a whole number, or an option does not exist
 * @throws DTypeError  when x is complex
 * Source: PyTorch's nn.functional.max_pool1d with return_indices.
 * @example
 * maxPool1dWithIndices(tensor([[[1, 9, 3, 4]]]), 2).indices; // => [[[1 3]]]
 */
export function maxPool1dWithIndices(x: Tensor, kernelSize: Single, options: MaxPoolOptions<Single> = {}): Found {
  return maxPool("maxPool1dWithIndices", 1, x, kernelSize, options);
}

/**
 * `maxPool2d`, and where each value was found: int32, counted row by row in the plane of its channel.
 *
 * @param x           [N, C, H, W], or [C, H, W]
 * @param kernelSize  size of the window: a number, or [height, width]
 * @returns           values and indices, each in the shape of `maxPool2d`
 * @throws ShapeError  when x is no image, or a window does not fit
 * @throws ValueError  when the padding is more than half of the window, a size is not a whole number, or an option does not exist
 * @throws DTypeError  when x is complex
 * Source: PyTorch's nn.functional.max_pool2d with return_indices.
 * @example
 * maxPool2dWithIndices(tensor([[[[1, 9], [3, 4]]]]), 2).indices; // => [[[[1]]]]
 */
export function maxPool2dWithIndices(x: Tensor, kernelSize: Pair, options: MaxPool2dOptions = {}): Found {
  return maxPool("maxPool2dWithIndices", 2, x, kernelSize, options);
}

/**
 * `maxPool3d`, and where each value was found: int32, counted row by row in the volume of its channel.
 *
 * @param x           [N, C, D, H, W], or [C, D, H, W]
 * @param kernelSize  size of the window: a number, or [depth, height, width]
 * @returns           values and indices, each in the shape of `maxPool3d`
 * @throws ShapeError  when x is no volume, or a window does not fit
 * @throws ValueError  when the padding is more than half of the window, a size is not a whole number, or an option does not exist
 * @throws DTypeError  when x is complex
 * Source: PyTorch's nn.functional.max_pool3d with return_indices.
 * @example
 * maxPool3dWithIndices(tensor([[[[[1, 9], [3, 4]]]]]), [1, 2, 2]).indices; // => [[[[[1]]]]]
 */
export function maxPool3dWithIndices(x: Tensor, kernelSize: Triple, options: MaxPoolOptions<Triple> = {}): Found {
  return maxPool("maxPool3dWithIndices", 3, x, kernelSize, options);
}

function maxPool(operation: string, space: number, x: Tensor, kernelSize: Sizes, options: MaxPoolOptions): Found {
  checkOptions(operation, options, maxPoolNames);
  checkSpatial(operation, x.shape, space);
  if (x.ndim === space + 1) {
    const { values, indices } = maxPool(operation, space, reshape(x, [1, ...x.shape]), kernelSize, options);
    return { values: reshape(values, values.shape.slice(1)), indices: reshape(indices, indices.shape.slice(1)) };
  }
  const axes = poolAxes(operation, space, x.shape, kernelSize, options.dilation ?? 1, options);
  const view = windows(pad(x, paddingOf(axes), { value: leastOf(x.dtype) }).node, axes);
  return greatest(view, placeInPlane(view.shape, axes), insidePlane(view.shape, axes));
}

// --------------------------------------------------------------------------------------------------------------- mean

/**
 * The mean of each window of a sequence [N, C, L]; the formula of `avgPool2d` with one axis.
 *
 * @param x  [N, C, L], or [C, L]
 * @returns  [N, C, OL], or [C, OL]
 * @throws ShapeError  when x is no sequence, or a window does not fit
 * @throws ValueError  when the padding is more than half of the window, the divisor 0, a size not whole, or an option does not exist
 * Source: PyTorch's nn.functional.avg_pool1d.
 * @example
 * avgPool1d(tensor([[[1, 3, 5, 9]]]), 2); // => [[[2. 7.]]]
 */
export function avgPool1d(x: Tensor, kernelSize: Single, options: AvgPoolOptions<Single> = {}): Tensor {
  return avgPool("avgPool1d", 1, x, kernelSize, options);
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
 * @returns           [N, C, OH, OW], or [C, OH, OW]
 * @throws ShapeError  when x is no image, or a window does not fit
 * @throws ValueError  when the padding is more than half of the window, the divisor 0, a size not whole, or an option does not exist
 * Source: PyTorch's nn.functional.avg_pool2d.
 * @example
 * avgPool2d(tensor([[[[1, 5], [2, 4]]]]), 2).item(); // => 3
 */
export function avgPool2d(x: Tensor, kernelSize: Pair, options: AvgPool2dOptions = {}): Tensor {
  return avgPool("avgPool2d", 2, x, kernelSize, options);
}

/**
 * The mean of each window of a volume [N, C, D, H, W]; the formula of `avgPool2d` with a third axis.
 *
 * @param x           [N, C, D, H, W], or [C, D, H, W]
 * @param kernelSize  size of the window: a number, or [depth, height, width]
 * @returns           [N, C, OD, OH, OW], or [C, OD, OH, OW]
 * @throws ShapeError  when x is no volume, or a window does not fit
 * @throws ValueError  when the padding is more than half of the window, the divisor 0, a size not whole, or an option does not exist
 * Source: PyTorch's nn.functional.avg_pool3d.
 * @example
 * avgPool3d(ones([1, 2, 4, 4, 4]), 2).shape; // => [ 1, 2, 2, 2, 2 ]
 */
export function avgPool3d(x: Tensor, kernelSize: Triple, options: AvgPoolOptions<Triple> = {}): Tensor {
  return avgPool("avgPool3d", 3, x, kernelSize, options);
}

function avgPool(operation: string, space: number, x: Tensor, kernelSize: Sizes, options: AvgPoolOptions): Tensor {
  if (isHalf(x.dtype)) return inFloat32(x, (wide) => avgPool(operation, space, wide, kernelSize, options));
  checkOptions(operation, options, avgPoolNames);
  checkSpatial(operation, x.shape, space);
  const { countIncludePad = true, divisorOverride = null } = options;
  if (divisorOverride === 0) throw new ValueError(`${operation}: the divisorOverride is 0`);
  return batched(x, space, (images) => {
    const axes = poolAxes(operation, space, images.shape, kernelSize, 1, options);
    const view = windows(pad(images, paddingOf(axes)).node, axes);
    const total = sum(new Tensor(view), { axis: range(space).map((i) => 2 + space + i) });
    if (divisorOverride !== null) return div(total, divisorOverride) as Tensor;
    const counts = axes.map((axis) => countsOf(axis, countIncludePad));
    const sizes = counts.reduce((outer, inner) => outer.flatMap((n) => inner.map((m) => n * m)), [1]);
    if (sizes.every((size) => size === sizes[0])) return div(total, sizes[0]!) as Tensor;
    return div(total, tensor(sizes, { shape: counts.map((list) => list.length), dtype: floatDType(x.dtype) }));
  });
}

// ------------------------------------------------------------------------------------------------------ power-average

/**
 * The power-average of each window of a sequence [N, C, L]; the formula of `lpPool2d` with one axis.
 *
 * @param x         [N, C, L], or [C, L]
 * @param normType  p, not 0
 * @returns         [N, C, OL], or [C, OL]
 * @throws ShapeError  when x is no sequence, or a window does not fit
 * @throws ValueError  when p is 0 or not finite, a size is not a whole number, or an option does not exist
 * Source: PyTorch's nn.functional.lp_pool1d.
 * @example
 * lpPool1d(tensor([[[3, 4, 5, 12]]]), 2, 2); // => [[[ 5. 13.]]]
 */
export function lpPool1d(x: Tensor, normType: number, kernelSize: Single, options: LpPoolOptions<Single> = {}): Tensor {
  return lpPool("lpPool1d", 1, x, normType, kernelSize, options);
}

/**
 * The power-average of each window, between sum (p = 1) and maximum (p → ∞):
 *
 *     y = (Σ_{u, v} x[n, c, s·i + u, s·j + v]ᵖ)^(1/p)
 *
 * Where the sum is 0 the slope is 0, as it is at entries of 0 for p below 1; a negative sum (of an odd p) has no root. Source:
 * Gulcehre et al. 2014.
 *
 * @param x         [N, C, H, W], or [C, H, W]
 * @param normType  p, not 0
 * @returns         [N, C, OH, OW], or [C, OH, OW]
 * @throws ShapeError  when x is no image, or a window does not fit
 * @throws ValueError  when p is 0 or not finite, a size is not a whole number, or an option does not exist
 * Source: PyTorch's nn.functional.lp_pool2d.
 * @example
 * lpPool2d(tensor([[[[3, 4]]]]), 2, [1, 2]).item(); // => 5
 */
export function lpPool2d(x: Tensor, normType: number, kernelSize: Pair, options: LpPoolOptions<Pair> = {}): Tensor {
  return lpPool("lpPool2d", 2, x, normType, kernelSize, options);
}

/**
 * The power-average of each window of a volume [N, C, D, H, W]; the formula of `lpPool2d` with a third axis.
 *
 * @param x         [N, C, D, H, W], or [C, D, H, W]
 * @param normType  p, not 0
 * @returns         [N, C, OD, OH, OW], or [C, OD, OH, OW]
 * @throws ShapeError  when x is no volume, or a window does not fit
 * @throws ValueError  when p is 0 or not finite, a size is not a whole number, or an option does not exist
 * Source: PyTorch's nn.functional.lp_pool3d.
 * @example
 * lpPool3d(ones([1, 2, 4, 4, 4]), 2, 2).shape; // => [ 1, 2, 2, 2, 2 ]
 */
export function lpPool3d(x: Tensor, normType: number, kernelSize: Triple, options: LpPoolOptions<Triple> = {}): Tensor {
  return lpPool("lpPool3d", 3, x, normType, kernelSize, options);
}

function lpPool(
  operation: string,
  space: number,
  x: Tensor,
  p: number,
  kernelSize: Sizes,
  options: LpPoolOptions,
): Tensor {
  checkOptions(operation, options, lpPoolNames);
  const { stride, ceilMode = false } = options;
  if (!Number.isFinite(p) || p === 0) throw new ValueError(`${operation}: normType ${p} is not a number other than 0`);
  const sums = { ...(stride === undefined ? {} : { stride }), ceilMode, divisorOverride: 1 };
  return inFloat32(x, (v) => {
    const powers = v.derive(graph.powerOf(graph.cast(v.node, floatDType(v.dtype)), p));
    const total = avgPool(operation, space, powers, kernelSize, sums);
    return total.derive(graph.rootOfPowers(total.node, p));
  });
}

// ------------------------------------------------------------------------------------------------------------ windows

/** The windows along one axis. */
export interface PoolAxis {
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

function poolAxes(
  operation: string,
  space: number,
  shape: Shape,
  kernelSize: Sizes,
  dilation: Sizes,
  options: PoolOptions,
): PoolAxis[] {
  const size = sizesOf(operation, "kernelSize", kernelSize, 1, space);
  const stride = sizesOf(operation, "stride", options.stride ?? kernelSize, 1, space);
  const padding = sizesOf(operation, "padding", options.padding ?? 0, 0, space);
  const apart = sizesOf(operation, "dilation", dilation, 1, space);
  return range(space).map((i) => {
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

function paddingOf(axes: readonly PoolAxis[]): [number, number][] {
  return [[0, 0], [0, 0], ...axes.map(({ padding, extra }): [number, number] => [padding, padding + extra])];
}

/** [N, C, H, W] → [N, C, OH, OW, KH, KW] */
function windows(x: graph.Node, axes: readonly PoolAxis[]): graph.Node {
  const list = (of: (axis: PoolAxis) => number): number[] => axes.map(of);
  return graph.window(x, {
    axes: axes.map((_, i) => 2 + i),
    size: list((a) => a.size),
    stride: list((a) => a.stride),
    dilation: list((a) => a.dilation),
  });
}

/** How many places of each window along an axis are counted. */
function countsOf({ length, size, stride, padding, positions }: PoolAxis, countIncludePad: boolean): number[] {
  const [low, high] = countIncludePad ? [-padding, length + padding] : [0, length];
  return range(positions).map((i) => {
    const start = i * stride - padding;
    return Math.min(start + size, high) - Math.max(start, low);
  });
}
