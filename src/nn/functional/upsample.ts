/** More or fewer places: interpolation between them, and channels laid out as places or in another order. */
import { checkOptions, range, ShapeError, show, ValueError } from "../../base/index.ts";
import { add, mul, type Tensor, take, tensor } from "../../tensor/index.ts";
import { upsampleNames } from "./option-names.ts";
import { type Sizes, sizesOf } from "./pair.ts";

/** The number of axes of space that a mode is for; null for any. */
const modes = { nearest: null, linear: 1, bilinear: 2, trilinear: 3, bicubic: 2 } as const;

export interface UpsampleOptions {
  /** The axes of space of the result; either this or `scaleFactor`. */
  readonly size?: Sizes;
  /** Factor of the axes of space; their sizes are rounded down. */
  readonly scaleFactor?: number | readonly number[];
  /**
   * "nearest" (the default); "linear", "bilinear", "trilinear" for one, two, three axes of space; "bicubic" for two.
   */
  readonly mode?: keyof typeof modes;
  /** Whether the middles of the corner places lie on each other, instead of the corners; false by default. */
  readonly alignCorners?: boolean;
}

/**
 * Interpolation of [N, C, …] to another number of places along each axis of space, as torch.nn.functional.interpolate.
 * A step s is L / O, or 1 / scaleFactor where that is given.
 *
 *     nearest   y_i = x at ⌊i s⌋
 *     linear    between the two neighbours of t = max(0, (i + ½) s − ½), or of i (L − 1) / (O − 1) when alignCorners
 *     cubic     Σ w(t − j) x_j over the four neighbours of t (not held above 0), places beyond the border being the border's
 *               w(u) = (a + 2)|u|³ − (a + 3)|u|² + 1 for |u| ≤ 1,  a|u|³ − 5a|u|² + 8a|u| − 4a for |u| < 2,  a = −¾
 *
 * Source: Keys 1981, Cubic convolution interpolation, for the cubic.
 *
 * @param x  [N, C, …] with one to three axes of space, floating
 * @returns  [N, C, …size]
 * @throws ShapeError  when there are no axes of space, another number of them than the mode is for, or no places
 * @throws ValueError  when neither or both of size and scaleFactor are given; for a mode or an option that does not exist
 * @example
 * upsample(tensor([[[1, 3]]]), { scaleFactor: 2, mode: "linear" }); // => [[[1.  1.5 2.5 3. ]]]
 */
export function upsample(x: Tensor, options: UpsampleOptions): Tensor {
  checkOptions("upsample", options, upsampleNames);
  const { mode = "nearest", alignCorners = false } = options;
  const space = x.ndim - 2;
  if (space < 1 || space > 3)
    throw new ShapeError(`upsample: ${show(x.shape)} has not one to three axes of space; the shape is [N, C, …]`);
  if (!Object.hasOwn(modes, mode))
    throw new ValueError(`upsample: mode "${mode}" does not exist; there are ${Object.keys(modes).join(", ")}`);
  if (modes[mode] !== null && modes[mode] !== space)
    throw new ShapeError(`upsample: ${mode} is for ${modes[mode]} axes of space, ${show(x.shape)} has ${space}`);
  if (x.shape.slice(2).includes(0)) throw new ShapeError(`upsample: ${show(x.shape)} has no places to look at`);
  return newAxes(x.shape.slice(2), options).reduce((y, { size, step }, i) => {
    const length = x.shape[2 + i]!;
    if (size === length && mode !== "bicubic") return y; // as it is, whatever the factor was
    if (mode === "nearest")
      return mixed(y, 2 + i, [{ places: range(size).map((k) => Math.min(length - 1, Math.floor(k * step))) }]);
    const aligned = size === 1 ? 0 : (length - 1) / (size - 1);
    const centres = range(size).map((k) => (alignCorners ? k * aligned : (k + 0.5) * step - 0.5));
    return mixed(y, 2 + i, mode === "bicubic" ? cubicTaps(centres, length) : linearTaps(centres, length));
  }, x);
}

/** Along an axis: the number of places of the result, and how far apart they lie in `x`. */
interface NewAxis {
  readonly size: number;
  readonly step: number;
}

function newAxes(lengths: readonly number[], { size, scaleFactor }: UpsampleOptions): readonly NewAxis[] {
  if ((size === undefined) === (scaleFactor === undefined))
    throw new ValueError(
      `upsample: takes either size or scaleFactor; ${size === undefined ? "neither" : "both"} found`,
    );
  if (scaleFactor === undefined) {
    const sizes = sizesOf("upsample", "size", size ?? 1, 1, lengths.length);
    return sizes.map((n, i) => ({ size: n, step: lengths[i]! / n }));
  }
  const factors = typeof scaleFactor === "number" ? lengths.map(() => scaleFactor) : scaleFactor;
  const axes = lengths.map((n, i) => ({ size: Math.floor(n * factors[i]!), step: 1 / factors[i]! }));
  if (factors.length !== lengths.length || !axes.every((axis) => axis.size >= 1))
    throw new ValueError(`upsample: scaleFactor ${JSON.stringify(scaleFactor)} leaves nothing of ${show(lengths)}`);
  return axes;
}

/** For every place of the result one place of `x`, and its share in the sum; 1 when absent. */
interface Tap {
  readonly places: readonly number[];
  readonly shares?: readonly number[];
}

function linearTaps(centres: readonly number[], length: number): Tap[] {
  const within = centres.map((t) => Math.max(0, t));
  const before = within.map((t) => Math.min(length - 1, Math.floor(t)));
  const shares = within.map((t, i) => t - before[i]!);
  return [
    { places: before, shares: shares.map((share) => 1 - share) },
    { places: before.map((place) => Math.min(length - 1, place + 1)), shares },
  ];
}

/** a of the cubic kernel, as in PyTorch and OpenCV; Keys has −½. */
const bend = -0.75;

/** w(u) for u ≥ 0 */
function cubic(u: number): number {
  if (u <= 1) return ((bend + 2) * u - (bend + 3)) * u * u + 1;
  return ((u - 5) * u + 8) * u * bend - 4 * bend;
}

function cubicTaps(centres: readonly number[], length: number): Tap[] {
  return [-1, 0, 1, 2].map((offset) => ({
    places: centres.map((t) => Math.min(length - 1, Math.max(0, Math.floor(t) + offset))),
    shares: centres.map((t) => cubic(Math.abs(t - Math.floor(t) - offset))),
  }));
}

/** Σ over the taps of share · x along an axis. */
function mixed(x: Tensor, axis: number, taps: readonly Tap[]): Tensor {
  const device = x.node.device ?? undefined;
  const parts = taps.map(({ places, shares }): Tensor => {
    const taken = take(x, tensor(Int32Array.from(places), { shape: [places.length], device }), { axis });
    if (shares === undefined) return taken;
    const shape = [shares.length, ...x.shape.slice(axis + 1).map(() => 1)];
    return mul(taken, tensor(Float64Array.from(shares), { shape, device }).astype(x.dtype));
  });
  return parts.reduce((a, b): Tensor => add(a, b));
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

/**
 * Channels in another order: channel j of group i becomes channel i of group j, so that groups of a convolution see what
 * others made. Source: Zhang et al. 2018, ShuffleNet.
 *
 * @param x  [N, C, …]
 * @returns  `x`'s shape
 * @throws ShapeError  when there are no channels, or they do not divide into the groups
 * @throws ValueError  when `groups` is not a whole number from 1
 * @example
 * channelShuffle(tensor([[1, 2, 3, 4, 5, 6]]), 2); // => [[1. 4. 2. 5. 3. 6.]]
 */
export function channelShuffle(x: Tensor, groups: number): Tensor {
  if (!Number.isInteger(groups) || groups < 1)
    throw new ValueError(`channelShuffle: groups ${groups} is not a whole number from 1`);
  const [batch, channels] = x.shape;
  if (batch === undefined || channels === undefined)
    throw new ShapeError(`channelShuffle: ${show(x.shape)} has no channels; the shape is [N, C, …]`);
  if (channels % groups !== 0)
    throw new ShapeError(
      `channelShuffle: the ${channels} channels of ${show(x.shape)} do not divide into ${groups} groups`,
    );
  const split = x.reshape([batch, groups, channels / groups, ...x.shape.slice(2)]);
  return split.swapaxes(1, 2).reshape(x.shape) as Tensor;
}

function imagesOf(operation: string, x: Tensor, factor: number): readonly [number, number, number, number] {
  if (x.ndim !== 4) throw new ShapeError(`${operation}: ${show(x.shape)} holds no images; the shape is [N, C, H, W]`);
  if (!Number.isInteger(factor) || factor < 1)
    throw new ValueError(`${operation}: the factor ${factor} is not a whole number from 1`);
  const [n, c, h, w] = x.shape;
  return [n!, c!, h!, w!]; // checked
}
