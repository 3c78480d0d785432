/**
 * Pooling into a given number of regions, into one region, and back.
 *
 * Region i of O along an axis of L places is ⌊iL/O⌋ … ⌈(i + 1)L/O⌉ − 1: neighbours overlap where O does not divide L.
 * The places of all regions are gathered along an axis of their own, shorter regions filled up with places that count
 * for nothing; what is left is a mean or a maximum over windows.
 *
 * Means of integers and bool are float32, everything else is of the dtype of x; halves are added up in float32.
 */
import {
  checkOptions,
  DTypeError,
  floatDType,
  isFloat,
  isHalf,
  leastOf,
  maxOf,
  range,
  type Shape,
  ShapeError,
  sameShape,
  show,
  sizeOf,
} from "../../base/index.ts";
import * as graph from "../../graph/index.ts";
import {
  div,
  inFloat32,
  mean,
  reshape,
  scatter,
  sum,
  type Tensor,
  take,
  tensor,
  where,
  zeros,
} from "../../tensor/index.ts";
import { type Found, greatest } from "./greatest.ts";
import { maxUnpoolNames } from "./option-names.ts";
import { type Pair, type Single, type Sizes, sizesOf, type Triple } from "./pair.ts";
import { batched, checkSpatial } from "./spatial.ts";

/**
 * The means of regions of a sequence [N, C, L] → [N, C, O]; see `adaptiveAvgPool2d`.
 *
 * @param x           [N, C, L], or [C, L]
 * @param outputSize  number of regions
 * @returns           [N, C, O], or [C, O]
 * @throws ShapeError  when x is no sequence, or an empty one
 * @throws ValueError  when a number of regions is not a whole number from 1
 * Source: PyTorch's nn.functional.adaptive_avg_pool1d.
 * @example
 * adaptiveAvgPool1d(tensor([[[1, 2, 3, 4, 5]]]), 2); // => [[[2. 4.]]]
 */
export function adaptiveAvgPool1d(x: Tensor, outputSize: Single): Tensor {
  return adaptiveAvgPool("adaptiveAvgPool1d", 1, x, outputSize);
}

/**
 * The means of `outputSize` regions of an image:
 *
 *     y[n, c, i, j] = mean of x[n, c, ⌊iH/O⌋ … ⌈(i + 1)H/O⌉ − 1, and so along the second axis]
 *
 * @param x           [N, C, H, W], or [C, H, W]
 * @param outputSize  number of regions: a number, or [height, width]
 * @returns           [N, C, OH, OW], or [C, OH, OW]
 * @throws ShapeError  when x is no image, or an empty one
 * @throws ValueError  when a number of regions is not a whole number from 1
 * Source: PyTorch's nn.functional.adaptive_avg_pool2d.
 * @example
 * adaptiveAvgPool2d(tensor([[[[1, 2, 3]]]]), [1, 2]); // => [[[[1.5 2.5]]]]
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: Pair): Tensor {
  return adaptiveAvgPool("adaptiveAvgPool2d", 2, x, outputSize);
}

/**
 * The means of regions of a volume [N, C, D, H, W]; see `adaptiveAvgPool2d`.
 *
 * @param x           [N, C, D, H, W], or [C, D, H, W]
 * @param outputSize  number of regions: a number, or [depth, height, width]
 * @returns           [N, C, OD, OH, OW], or [C, OD, OH, OW]
 * @throws ShapeError  when x is no volume, or an empty one
 * @throws ValueError  when a number of regions is not a whole number from 1
 * Source: PyTorch's nn.functional.adaptive_avg_pool3d.
 * @example
 * adaptiveAvgPool3d(ones([1, 2, 4, 4, 4]), [2, 1, 1]).shape; // => [ 1, 2, 2, 1, 1 ]
 */
export function adaptiveAvgPool3d(x: Tensor, outputSize: Triple): Tensor {
  return adaptiveAvgPool("adaptiveAvgPool3d", 3, x, outputSize);
}

/**
 * The greatest values of regions of a sequence [N, C, L] → [N, C, O]; see `adaptiveMaxPool2d`.
 *
 * @param x           [N, C, L], or [C, L]
 * @param outputSize  number of regions
 * @returns           [N, C, O], or [C, O]
 * @throws ShapeError  when x is no sequence, or an empty one
 * @throws ValueError  when a number of regions is not a whole number from 1
 * @throws DTypeError  when x is complex
 * Source: PyTorch's nn.functional.adaptive_max_pool1d.
 * @example
 * adaptiveMaxPool1d(tensor([[[1, 2, 3, 4, 5]]]), 2); // => [[[3. 5.]]]
 */
export function adaptiveMaxPool1d(x: Tensor, outputSize: Single): Tensor {
  return adaptiveMaxPool("adaptiveMaxPool1d", 1, x, outputSize).values;
}

/**
 * The greatest values of `outputSize` regions of an image; regions as in `adaptiveAvgPool2d`, ties as in `maxPool2d`.
 *
 * @param x           [N, C, H, W], or [C, H, W]
 * @param outputSize  number of regions: a number, or [height, width]
 * @returns           [N, C, OH, OW], or [C, OH, OW]
 * @throws ShapeError  when x is no image, or an empty one
 * @throws ValueError  when a number of regions is not a whole number from 1
 * @throws DTypeError  when x is complex
 * Source: PyTorch's nn.functional.adaptive_max_pool2d.
 * @example
 * adaptiveMaxPool2d(tensor([[[[1, 3, 2]]]]), [1, 2]); // => [[[[3. 3.]]]]
 */
export function adaptiveMaxPool2d(x: Tensor, outputSize: Pair): Tensor {
  return adaptiveMaxPool("adaptiveMaxPool2d", 2, x, outputSize).values;
}

/**
 * The greatest values of regions of a volume [N, C, D, H, W]; see `adaptiveMaxPool2d`.
 *
 * @param x           [N, C, D, H, W], or [C, D, H, W]
 * @param outputSize  number of regions: a number, or [depth, height, width]
 * @returns           [N, C, OD, OH, OW], or [C, OD, OH, OW]
 * @throws ShapeError  when x is no volume, or an empty one
 * @throws ValueError  when a number of regions is not a whole number from 1
 * @throws DTypeError  when x is complex
 * Source: PyTorch's nn.functional.adaptive_max_pool3d.
 * @example
 * adaptiveMaxPool3d(ones([1, 2, 4, 4, 4]), [2, 1, 1]).shape; // => [ 1, 2, 2, 1, 1 ]
 */
export function adaptiveMaxPool3d(x: Tensor, outputSize: Triple): Tensor {
  return adaptiveMaxPool("adaptiveMaxPool3d", 3, x, outputSize).values;
}

/**
 * `adaptiveMaxPool1d`, and where each value was found: int32, counted along the sequence.
 *
 * @param x           [N, C, L], or [C, L]
 * @param outputSize  number of regions
 * @returns           values and indices, each [N, C, O], or [C, O]
 * @throws ShapeError  when x is no sequence, or an empty one
 * @throws ValueError  when a number of regions is not a whole number from 1
 * @throws DTypeError  when x is complex
 * @example
 * adaptiveMaxPool1dWithIndices(tensor([[[1, 9, 3, 4]]]), 2).indices; // => [[[1 3]]]
 */
export function adaptiveMaxPool1dWithIndices(x: Tensor, outputSize: Single): Found {
  return adaptiveMaxPool("adaptiveMaxPool1dWithIndices", 1, x, outputSize);
}

/**
 * `adaptiveMaxPool2d`, and where each value was found: int32, counted row by row in the plane of its channel.
 *
 * @param x           [N, C, H, W], or [C, H, W]
 * @param outputSize  number of regions: a number, or [height, width]
 * @returns           values and indices, each [N, C, OH, OW], or [C, OH, OW]
 * @throws ShapeError  when x is no image, or an empty one
 * @throws ValueError  when a number of regions is not a whole number from 1
 * @throws DTypeError  when x is complex
 * @example
 * adaptiveMaxPool2dWithIndices(tensor([[[[1, 9], [3, 4]]]]), 1).indices; // => [[[[1]]]]
 */
export function adaptiveMaxPool2dWithIndices(x: Tensor, outputSize: Pair): Found {
  return adaptiveMaxPool("adaptiveMaxPool2dWithIndices", 2, x, outputSize);
}

/**
 * `adaptiveMaxPool3d`, and where each value was found: int32, counted row by row in the volume of its channel.
 *
 * @param x           [N, C, D, H, W], or [C, D, H, W]
 * @param outputSize  number of regions: a number, or [depth, height, width]
 * @returns           values and indices, each [N, C, OD, OH, OW], or [C, OD, OH, OW]
 * @throws ShapeError  when x is no volume, or an empty one
 * @throws ValueError  when a number of regions is not a whole number from 1
 * @throws DTypeError  when x is complex
 * @example
 * adaptiveMaxPool3dWithIndices(tensor([[[[[1, 9], [3, 4]]]]]), 1).indices; // => [[[[[1]]]]]
 */
export function adaptiveMaxPool3dWithIndices(x: Tensor, outputSize: Triple): Found {
  return adaptiveMaxPool("adaptiveMaxPool3dWithIndices", 3, x, outputSize);
}

// ------------------------------------------------------------------------------------------------------------- global

export interface GlobalPoolOptions {
  /** Whether the axes of space stay, with size 1; false by default. */
  readonly keepdims?: boolean;
}

/**
 * The mean of each channel over all its places.
 *
 * @param x  [N, C, …] with one to three axes of space
 * @returns  [N, C], or [N, C, 1, …] when `keepdims`; NaN where there are no places
 * @throws ShapeError  when there are no axes of space, or more than three
 * @throws ValueError  for an option that does not exist
 * Source: Lin et al. 2013, Network in network.
 * @example
 * globalAvgPool(tensor([[[1, 2, 6]]])); // => [[3.]]
 */
export function globalAvgPool(x: Tensor, options: GlobalPoolOptions = {}): Tensor {
  checkOptions("globalAvgPool", options, ["keepdims"]);
  const { keepdims = false } = options;
  checkChannels("globalAvgPool", x.shape);
  return mean(x, { axis: range(x.ndim).slice(2), keepdims }) as Tensor;
}

/**
 * The greatest value of each channel; ties as in `maxPool2d`.
 *
 * @param x  [N, C, …] with one to three axes of space
 * @returns  [N, C], or [N, C, 1, …] when `keepdims`
 * @throws ShapeError  when there are no axes of space, or more than three, or one is empty
 * @throws ValueError  for an option that does not exist
 * @throws DTypeError  when x is complex
 * @example
 * globalMaxPool(tensor([[[1, 2, 6]]])); // => [[6.]]
 */
export function globalMaxPool(x: Tensor, options: GlobalPoolOptions = {}): Tensor {
  checkOptions("globalMaxPool", options, ["keepdims"]);
  const { keepdims = false } = options;
  checkChannels("globalMaxPool", x.shape);
  const { values } = adaptiveMaxPool("globalMaxPool", x.ndim - 2, x, 1);
  return keepdims ? values : reshape(values, x.shape.slice(0, 2));
}

function checkChannels(operation: string, shape: Shape): void {
  if (shape.length >= 3 && shape.length <= 5) return;
  throw new ShapeError(
    `${operation}: ${show(shape)} has no channels in one to three axes of space; the shape is [N, C, …]`,
  );
}

// ------------------------------------------------------------------------------------------------------------ regions

/** The regions along one axis: [O, K] places, and whether each belongs to its region. */
interface Regions {
  readonly count: number;
  readonly size: number;
  readonly places: readonly number[];
  readonly inside: readonly boolean[];
  /** The number of places of each region. */
  readonly counts: readonly number[];
}

function regionsOf(length: number, count: number): Regions {
  const starts = range(count).map((i) => Math.floor((i * length) / count));
  const counts = starts.map((start, i) => Math.ceil(((i + 1) * length) / count) - start);
  const size = maxOf(counts);
  const all = starts.flatMap((start, i) => range(size).map((k) => ({ place: start + k, inside: k < counts[i]! })));
  return {
    count,
    size,
    places: all.map(({ place }) => Math.min(place, length - 1)), // one outside of its region, but of the axis
    inside: all.map(({ inside }) => inside),
    counts,
  };
}

function allRegions(operation: string, shape: Shape, outputSize: Sizes): Regions[] {
  const lengths = shape.slice(2);
  const counts = sizesOf(operation, "outputSize", outputSize, 1, lengths.length);
  if (sizeOf(lengths) === 0) throw new ShapeError(`${operation}: ${show(shape)} has no places to pool`);
  return counts.map((count, i) => regionsOf(lengths[i]!, count));
}

/** [N, C, H, W] → [N, C, OH, OW, KH, KW]: the places of every region, with those of none at the ends. */
function gathered(x: Tensor, regions: readonly Regions[]): Tensor {
  const space = regions.length;
  const wide = regions.reduce((y, { count, size, places }, i) => {
    const index = tensor(Int32Array.from(places), { shape: [count, size] });
    return take(y, index, { axis: 2 + 2 * i }); // [N, C, OH, KH, W]
  }, x);
  return wide.permute([0, 1, ...range(space).map((i) => 2 + 2 * i), ...range(space).map((i) => 3 + 2 * i)]) as Tensor;
}

/** Whether each place of `gathered` belongs to its region: [OH, OW, KH, KW]; null when all do. */
function insideOf(regions: readonly Regions[]): Tensor | null {
  if (regions.every(({ inside }) => inside.every(Boolean))) return null;
  const space = regions.length;
  return regions
    .map(({ count, size, inside }, i): Tensor => {
      const shape = range(2 * space).map((axis) => (axis === i ? count : axis === space + i ? size : 1));
      return tensor(inside.map(Number), { shape, dtype: "bool" });
    })
    .reduce((a, b) => a.mul(b).astype("bool") as Tensor);
}

function adaptiveAvgPool(operation: string, space: number, x: Tensor, outputSize: Sizes): Tensor {
  if (isHalf(x.dtype)) return inFloat32(x, (wide) => adaptiveAvgPool(operation, space, wide, outputSize));
  checkSpatial(operation, x.shape, space);
  return batched(x, space, (images) => {
    const regions = allRegions(operation, images.shape, outputSize);
    const view = gathered(images, regions);
    const inside = insideOf(regions);
    const total = sum(inside === null ? view : where(inside, view, 0), { axis: range(2 * space + 2).slice(2 + space) });
    const sizes = regions.reduce((outer, { counts }) => outer.flatMap((n) => counts.map((m) => n * m)), [1]);
    return div(
      total as Tensor,
      tensor(sizes, { shape: regions.map(({ count }) => count), dtype: floatDType(x.dtype) }),
    );
  });
}

function adaptiveMaxPool(operation: string, space: number, x: Tensor, outputSize: Sizes): Found {
  checkSpatial(operation, x.shape, space);
  if (x.ndim === space + 1) {
    const { values, indices } = adaptiveMaxPool(operation, space, reshape(x, [1, ...x.shape]), outputSize);
    return { values: reshape(values, values.shape.slice(1)), indices: reshape(indices, indices.shape.slice(1)) };
  }
  const regions = allRegions(operation, x.shape, outputSize);
  const inside = insideOf(regions);
  const view = gathered(x, regions);
  const masked = (inside === null ? view : where(inside, view, leastOf(view.dtype))) as Tensor;
  const plane = x.shape.slice(2);
  const numbers = tensor(Int32Array.from(range(sizeOf(plane))), { shape: [1, 1, ...plane] });
  return greatest(masked.node, graph.expand(gathered(numbers, regions).node, masked.shape));
}

// --------------------------------------------------------------------------------------------------------------- back

export interface MaxUnpoolOptions<P extends Sizes = Sizes> {
  /** What the pooling had; the window's size by default. */
  readonly stride?: P;
  /** What the pooling had; 0 by default. */
  readonly padding?: P;
  /** The axes of space of the result, where several sizes are pooled alike; (O − 1) s − 2p + k by default. */
  readonly outputSize?: readonly number[];
}

/**
 * The partial inverse of `maxPool1dWithIndices`; see `maxUnpool2d`.
 *
 * @param x        [N, C, L], or [C, L]
 * @param indices  integers in the shape of x, counted along the result
 * @returns        [N, C, OL] with OL = (L − 1) s − 2p + k, or `outputSize`
 * @throws ShapeError  when x is no sequence, `indices` has another shape, or one names a place that the result has not
 * @throws ValueError  when a size is not a whole number, or an option does not exist
 * @throws DTypeError  when the indices are not integers, or x is bool
 * Source: PyTorch's nn.functional.max_unpool1d.
 * @example
 * const { values, indices } = maxPool1dWithIndices(tensor([[[1, 9, 3, 4]]]), 2);
 * maxUnpool1d(values, indices, 2); // => [[[0. 9. 0. 4.]]]
 */
export function maxUnpool1d(
  x: Tensor,
  indices: Tensor,
  kernelSize: Single,
  options: MaxUnpoolOptions<Single> = {},
): Tensor {
  return maxUnpool("maxUnpool1d", 1, x, indices, kernelSize, options);
}

/**
 * The partial inverse of `maxPool2dWithIndices`: puts each value back where it was found, zeros elsewhere.
 *
 * Where windows overlap and found the same place twice, their values are added.
 *
 * @param x        [N, C, H, W], or [C, H, W]
 * @param indices  integers in the shape of x, counted row by row in the plane of the result
 * @returns        [N, C, OH, OW] with OH = (H − 1) s − 2p + k, or `outputSize`
 * @throws ShapeError  when x is no image, `indices` has another shape, or one names a place that the result has not
 * @throws ValueError  when a size is not a whole number, or an option does not exist
 * @throws DTypeError  when the indices are not integers, or x is bool
 * Source: PyTorch's nn.functional.max_unpool2d.
 * @example
 * const { values, indices } = maxPool2dWithIndices(tensor([[[[1, 5], [2, 3]]]]), 2);
 * maxUnpool2d(values, indices, 2); // => [[[[0. 5.]
 *                                  //      [0. 0.]]]]
 */
export function maxUnpool2d(
  x: Tensor,
  indices: Tensor,
  kernelSize: Pair,
  options: MaxUnpoolOptions<Pair> = {},
): Tensor {
  return maxUnpool("maxUnpool2d", 2, x, indices, kernelSize, options);
}

/**
 * The partial inverse of `maxPool3dWithIndices`; see `maxUnpool2d`.
 *
 * @param x        [N, C, D, H, W], or [C, D, H, W]
 * @param indices  integers in the shape of x, counted row by row in the volume of the result
 * @returns        [N, C, OD, OH, OW] with OD = (D − 1) s − 2p + k, or `outputSize`
 * @throws ShapeError  when x is no volume, `indices` has another shape, or one names a place that the result has not
 * @throws ValueError  when a size is not a whole number, or an option does not exist
 * @throws DTypeError  when the indices are not integers, or x is bool
 * Source: PyTorch's nn.functional.max_unpool3d.
 * @example
 * const { values, indices } = maxPool3dWithIndices(tensor([[[[[1, 9, 3, 4]]]]]), [1, 1, 2]);
 * maxUnpool3d(values, indices, [1, 1, 2]); // => [[[[[0. 9. 0. 4.]]]]]
 */
export function maxUnpool3d(
  x: Tensor,
  indices: Tensor,
  kernelSize: Triple,
  options: MaxUnpoolOptions<Triple> = {},
): Tensor {
  return maxUnpool("maxUnpool3d", 3, x, indices, kernelSize, options);
}

function maxUnpool(
  operation: string,
  space: number,
  x: Tensor,
  indices: Tensor,
  kernelSize: Sizes,
  options: MaxUnpoolOptions,
): Tensor {
  checkOptions(operation, options, maxUnpoolNames);
  checkSpatial(operation, x.shape, space);
  if (!sameShape(x.shape, indices.shape))
    throw new ShapeError(
      `${operation}: the indices have shape ${show(indices.shape)}, the values ${show(x.shape)}; each value has its index`,
    );
  if (isFloat(indices.dtype))
    throw new DTypeError(
      `${operation}: the indices are ${indices.dtype}; places are numbered by integers, cast them first`,
    );
  const size = sizesOf(operation, "kernelSize", kernelSize, 1, space);
  const stride = sizesOf(operation, "stride", options.stride ?? kernelSize, 1, space);
  const padding = sizesOf(operation, "padding", options.padding ?? 0, 0, space);
  const places = x.shape.slice(-space);
  const plane = sizesOf(
    operation,
    "outputSize",
    options.outputSize ?? places.map((n, i) => (n - 1) * stride[i]! - 2 * padding[i]! + size[i]!),
    0,
    space,
  );
  const lead = x.shape.slice(0, -space);
  const empty = zeros([...lead, sizeOf(plane)], { dtype: x.dtype, device: x.node.device ?? undefined });
  const flat = [...lead, sizeOf(places)];
  const axis = lead.length;
  return reshape(scatter(empty, reshape(indices, flat), reshape(x, flat), { axis }), [...lead, ...plane]);
}
