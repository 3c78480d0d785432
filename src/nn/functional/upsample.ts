/** More or fewer places: interpolation between them, and channels laid out as places. */
import { range, ShapeError, show, ValueError } from "../../base/index.ts";
import { add, mul, type Tensor, take, tensor } from "../../tensor/index.ts";
import { type Sizes, sizesOf } from "./pair.ts";

/** The number of axes of space that each way of linear interpolation is for. */
const linearAxes = { linear: 1, bilinear: 2, trilinear: 3 } as const;

export interface UpsampleOptions {
  /** The axes of space of the result; either this or `scaleFactor`. */
  readonly size?: Sizes;
  /** Factor of the axes of space, rounded down. */
  readonly scaleFactor?: number | readonly number[];
  /** "nearest" (the default), or "linear", "bilinear", "trilinear" for one, two, three axes of space. */
  readonly mode?: "nearest" | keyof typeof linearAxes;
  /** Whether the middles of the corner places lie on each other, instead of the corners; false by default. */
  readonly alignCorners?: boolean;
}

/**
 * Interpolation of [N, C, …] to another number of places along each axis of space, as torch.nn.functional.interpolate.
 *
 *     nearest   y_i = x at ⌊i L / O⌋
 *     linear    between the two neighbours of (i + ½) L / O − ½, or of i (L − 1) / (O − 1) when alignCorners
 *
 * @param x  [N, C, …] with one to three axes of space, floating
 * @returns  [N, C, …size]
 * @throws ShapeError  when there are no axes of space, or another number of them than the mode is for
 * @throws ValueError  when neither or both of size and scaleFactor are given
 * @example
 * upsample(tensor([[[1, 3]]]), { scaleFactor: 2, mode: "linear" }); // => [[[1.  1.5 2.5 3. ]]]
 */
export function upsample(x: Tensor, options: UpsampleOptions): Tensor {
  const { mode = "nearest", alignCorners = false } = options;
  const space = x.ndim - 2;
  if (space < 1 || space > 3)
    throw new ShapeError(`upsample: ${show(x.shape)} has not one to three axes of space; the shape is [N, C, …]`);
  if (mode !== "nearest" && !Object.hasOwn(linearAxes, mode))
    throw new ValueError(`upsample: mode "${mode}" does not exist; there are nearest, linear, bilinear, trilinear`);
  if (mode !== "nearest" && linearAxes[mode] !== space)
    throw new ShapeError(`upsample: ${mode} is for ${linearAxes[mode]} axes of space, ${show(x.shape)} has ${space}`);
  return newSizes(x.shape.slice(2), options).reduce((y, size, i) => {
    const length = x.shape[2 + i]!;
    if (size === length) return y;
    return mode === "nearest" ? nearestAlong(y, 2 + i, size) : linearAlong(y, 2 + i, size, alignCorners);
  }, x);
}

function newSizes(lengths: readonly number[], { size, scaleFactor }: UpsampleOptions): readonly number[] {
  if ((size === undefined) === (scaleFactor === undefined))
    throw new ValueError("upsample: takes either size or scaleFactor");
  if (size !== undefined) return sizesOf("upsample", "size", size, 1, lengths.length);
  const factors = typeof scaleFactor === "number" ? lengths.map(() => scaleFactor) : scaleFactor!;
  const sizes = lengths.map((n, i) => Math.floor(n * factors[i]!));
  if (factors.length !== lengths.length || !sizes.every((n) => n >= 1))
    throw new ValueError(`upsample: scaleFactor ${JSON.stringify(scaleFactor)} leaves nothing of ${show(lengths)}`);
  return sizes;
}

const placesAlong = (x: Tensor, axis: number, places: readonly number[]): Tensor =>
  take(x, tensor(Int32Array.from(places), { shape: [places.length] }), { axis });

function nearestAlong(x: Tensor, axis: number, size: number): Tensor {
  const length = x.shape[axis]!;
  return placesAlong(
    x,
    axis,
    range(size).map((i) => Math.floor((i * length) / size)),
  );
}

function linearAlong(x: Tensor, axis: number, size: number, alignCorners: boolean): Tensor {
  const length = x.shape[axis]!;
  const step = alignCorners ? (size === 1 ? 0 : (length - 1) / (size - 1)) : length / size;
  const sources = range(size).map((i) => Math.max(0, alignCorners ? i * step : (i + 0.5) * step - 0.5));
  const before = sources.map((source) => Math.min(length - 1, Math.floor(source)));
  const after = before.map((place) => Math.min(length - 1, place + 1));
  const share = tensor(
    Float64Array.from(sources, (source, i) => source - before[i]!),
    {
      shape: [size, ...x.shape.slice(axis + 1).map(() => 1)],
    },
  ).astype(x.dtype) as Tensor;
  const parts = [mul(placesAlong(x, axis, before), share.neg().add(1)), mul(placesAlong(x, axis, after), share)];
  return add(parts[0] as Tensor, parts[1] as Tensor) as Tensor;
}

/**
 * Channels laid out as places: each r · r channels become one, r times as high and wide. Source: Shi et al. 2016.
 *
 * @param x  [N, C r², H, W]
 * @returns  [N, C, r H, r W]
 * @throws ShapeError  when there are no images, or their channels do not divide by r²
 * @example
 * pixelShuffle(tensor([1, 2, 3, 4]).reshape([1, 4, 1, 1]), 2); // => [[[[1. 2.]
 *                                                              //      [3. 4.]]]]
 */
export function pixelShuffle(x: Tensor, upscaleFactor: number): Tensor {
  const [batch, channels, height, width] = imagesOf("pixelShuffle", x, upscaleFactor);
  const r = upscaleFactor;
  if (channels % r ** 2 !== 0)
    throw new ShapeError(
      `pixelShuffle: the ${channels} channels of ${show(x.shape)} do not divide by ${r}² = ${r ** 2}`,
    );
  const split = x.reshape([batch, channels / r ** 2, r, r, height, width]).permute([0, 1, 4, 2, 5, 3]);
  return split.reshape([batch, channels / r ** 2, height * r, width * r]) as Tensor;
}

/**
 * The inverse of `pixelShuffle`: [N, C, r H, r W] → [N, C r², H, W].
 *
 * @throws ShapeError  when there are no images, or height and width do not divide by r
 * @example
 * pixelUnshuffle(ones([1, 2, 4, 6]), 2).shape; // => [ 1, 8, 2, 3 ]
 */
export function pixelUnshuffle(x: Tensor, downscaleFactor: number): Tensor {
  const [batch, channels, height, width] = imagesOf("pixelUnshuffle", x, downscaleFactor);
  const r = downscaleFactor;
  if (height % r !== 0 || width % r !== 0)
    throw new ShapeError(`pixelUnshuffle: height and width of ${show(x.shape)} do not divide by ${r}`);
  const split = x.reshape([batch, channels, height / r, r, width / r, r]).permute([0, 1, 3, 5, 2, 4]);
  return split.reshape([batch, channels * r ** 2, height / r, width / r]) as Tensor;
}

function imagesOf(operation: string, x: Tensor, factor: number): readonly [number, number, number, number] {
  if (x.ndim !== 4) throw new ShapeError(`${operation}: ${show(x.shape)} holds no images; the shape is [N, C, H, W]`);
  if (!Number.isInteger(factor) || factor < 1)
    throw new ValueError(`${operation}: the factor ${factor} is not a whole number from 1`);
  return x.shape as unknown as readonly [number, number, number, number]; // checked
}
