/** Normalisation within one sample: over features, groups of channels, single channels, neighbouring channels. */
import {
  checkOptions,
  epsilonOf,
  floatDType,
  isHalf,
  range,
  type Shape,
  ShapeError,
  sameShape,
  show,
  sizeOf,
  ValueError,
} from "../../base/index.ts";
import { window } from "../../graph/index.ts";
import { centre, div, inFloat32, mean, mul, pad, pow, reshape, rsqrt, square, Tensor } from "../../tensor/index.ts";
import { batchNorm, moveTowards } from "./normalization.ts";
import { instanceNormNames, localResponseNormNames, normNames } from "./option-names.ts";

export interface LayerNormOptions {
  /** γ and β, in the shape of the axes that are normalised; 1 and 0 when null. */
  readonly weight?: Tensor | null;
  readonly bias?: Tensor | null;
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number;
}

/** (x − μ) / √(σ² + ε) over `axis`, which stays. */
function centredAndScaled(x: Tensor, axis: readonly number[], eps: number): Tensor {
  const { centred } = centre(x, axis);
  return mul(centred, rsqrt(mean(square(centred), { axis, keepdims: true }).add(eps))) as Tensor; // x's shape
}

function affine(x: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor {
  const scaled = weight === null ? x : mul(x, weight);
  return bias === null ? scaled : scaled.add(bias);
}

/**
 * Layer normalisation: over the last axes, for each sample by itself:
 *
 *     y = γ (x − μ) / √(σ² + ε) + β,   μ, σ² of the last axes (σ² biased)
 *
 * Source: Ba, Kiros & Hinton 2016.
 *
 * @param x                [*, …normalizedShape], floating
 * @param normalizedShape  the last axes of `x`; a number for one axis
 * @returns                `x`'s shape
 * @throws ShapeError  when `x` does not end with `normalizedShape`, or γ or β have another shape
 * @example
 * layerNorm(tensor([[1, 3]]), 2, { eps: 0 }); // => [[-1.  1.]]
 */
export function layerNorm(
  x: Tensor,
  normalizedShape: number | readonly number[],
  options: LayerNormOptions = {},
): Tensor {
  if (isHalf(x.dtype)) return inFloat32(x, (wide) => layerNorm(wide, normalizedShape, options));
  checkOptions("layerNorm", options, normNames);
  const { weight = null, bias = null, eps = 1e-5 } = options;
  const axis = lastAxes("layerNorm", x.shape, normalizedShape, { weight, bias });
  return affine(centredAndScaled(x, axis, eps), weight, bias);
}

export interface RmsNormOptions {
  /** γ, in the shape of the axes that are normalised; 1 when null. */
  readonly weight?: Tensor | null;
  /** Added to the mean square; the spacing at 1 of the numbers computed with by default, as in PyTorch. */
  readonly eps?: number | null;
}

/**
 * Root-mean-square normalisation: layer normalisation without the mean.
 *
 *     y = γ x / √(mean x² + ε)   over the last axes
 *
 * Source: Zhang & Sennrich 2019.
 *
 * @param x                [*, …normalizedShape], floating
 * @param normalizedShape  the last axes of `x`; a number for one axis
 * @returns                `x`'s shape
 * @throws ShapeError  when `x` does not end with `normalizedShape`, or γ has another shape
 * @example
 * rmsNorm(tensor([3, 4, 0, 0]), 4, { eps: 0 }); // => [1.2 1.6 0.  0. ]
 */
export function rmsNorm(x: Tensor, normalizedShape: number | readonly number[], options: RmsNormOptions = {}): Tensor {
  if (isHalf(x.dtype)) return inFloat32(x, (wide) => rmsNorm(wide, normalizedShape, options));
  checkOptions("rmsNorm", options, ["weight", "eps"]);
  const { weight = null, eps = null } = options;
  const axis = lastAxes("rmsNorm", x.shape, normalizedShape, { weight });
  const spacing = epsilonOf(floatDType(x.dtype));
  const scale = rsqrt(mean(square(x), { axis, keepdims: true }).add(eps ?? spacing));
  return affine(mul(x, scale) as Tensor, weight, null);
}

/** The axes at the end of `shape` that `normalizedShape` names. */
function lastAxes(
  operation: string,
  shape: Shape,
  normalizedShape: number | readonly number[],
  tensors: Readonly<Record<string, Tensor | null>>,
): number[] {
  const wanted = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
  const first = shape.length - wanted.length;
  if (wanted.length === 0 || first < 0 || !sameShape(shape.slice(first), wanted))
    throw new ShapeError(`${operation}: ${show(shape)} does not end with the normalised axes ${show(wanted)}`);
  for (const [name, found] of Object.entries(tensors)) {
    if (found !== null && !sameShape(found.shape, wanted))
      throw new ShapeError(
        `${operation}: ${name} has shape ${show(found.shape)}, the normalised axes ${show(wanted)}; they have one shape`,
      );
  }
  return range(wanted.length).map((i) => first + i);
}

// ----------------------------------------------------------------------------------------------------------- channels

/**
 * Group normalisation: the channels of each sample in `numGroups` blocks, each with its mean and variance over all its
 * channels and places; γ and β for each channel. One group is layer normalisation, as many as channels instance
 * normalisation.
 *
 *     y = γ_c (x − μ_g) / √(σ²_g + ε) + β_c
 *
 * Source: Wu & He 2018.
 *
 * @param x          [N, C, …], floating
 * @param numGroups  a divisor of C
 * @returns          `x`'s shape
 * @throws ShapeError  when the channels do not divide into groups, or γ or β are not [C]
 * @example
 * groupNorm(tensor([[1, 3, 10, 30]]), 2, { eps: 0 }); // => [[-1.  1. -1.  1.]]
 */
export function groupNorm(x: Tensor, numGroups: number, options: LayerNormOptions = {}): Tensor {
  if (isHalf(x.dtype)) return inFloat32(x, (wide) => groupNorm(wide, numGroups, options));
  checkOptions("groupNorm", options, normNames);
  const { weight = null, bias = null, eps = 1e-5 } = options;
  checkChannelVectors("groupNorm", x.shape, { weight, bias });
  const [batch, channels] = x.shape as readonly [number, number]; // checked
  if (!Number.isInteger(numGroups) || numGroups < 1 || channels % numGroups !== 0)
    throw new ShapeError(
      `groupNorm: the ${channels} channels of ${show(x.shape)} do not divide into ${numGroups} groups`,
    );
  const groups = reshape(x, [batch, numGroups, sizeOf(x.shape.slice(1)) / numGroups]);
  const y = reshape(centredAndScaled(groups, [2], eps), x.shape);
  return affine(y, byChannel(weight, x.ndim), byChannel(bias, x.ndim));
}

export interface InstanceNormOptions extends LayerNormOptions {
  /** Variables with the running mean and variance, [C]; moved when the input's statistics are taken; null for none. */
  readonly runningMean?: Tensor | null;
  readonly runningVar?: Tensor | null;
  /** Whether the input's own statistics are taken, or the running ones; true by default. */
  readonly useInputStats?: boolean;
  /** Weight of the input in the running statistics; 0.1 by default. */
  readonly momentum?: number;
}

/**
 * Instance normalisation: each channel of each sample by itself, over its places.
 *
 *     y = γ_c (x − μ_nc) / √(σ²_nc + ε) + β_c
 *
 * Running statistics, where there are any, move towards the means of μ and of the unbiased σ² over the batch. Source:
 * Ulyanov et al. 2016.
 *
 * @param x  [N, C, …] with at least two places a channel, floating
 * @returns  `x`'s shape
 * @throws ShapeError  when there are no channels, or γ or β are not [C]
 * @throws ValueError  when a channel has one place, whose variance says nothing
 * @example
 * instanceNorm(tensor([[[1, 3], [10, 30]]]), { eps: 0 }); // => [[[-1.  1.]
 *                                                         //      [-1.  1.]]]
 */
export function instanceNorm(x: Tensor, options: InstanceNormOptions = {}): Tensor {
  if (isHalf(x.dtype)) return inFloat32(x, (wide) => instanceNorm(wide, options));
  checkOptions("instanceNorm", options, instanceNormNames);
  const { weight = null, bias = null, eps = 1e-5, runningMean = null, runningVar = null, momentum = 0.1 } = options;
  checkChannelVectors("instanceNorm", x.shape, { weight, bias, runningMean, runningVar });
  if (!(options.useInputStats ?? true) && runningMean !== null && runningVar !== null)
    return batchNorm(x, { runningMean, runningVar, weight, bias, eps });
  const axis = range(x.ndim).slice(2);
  const count = sizeOf(x.shape.slice(2));
  if (count === 1) {
    throw new ValueError(
      `instanceNorm: ${show(x.shape)} has one value a channel, which has no variance; it needs at least two`,
    );
  }
  if (runningMean !== null && runningVar !== null) {
    const variance = mean(square(centre(x, axis).centred), { axis: [0, ...axis] });
    moveTowards(runningMean, reshape(centre(x, [0, ...axis]).mean, [x.shape[1]!]), momentum);
    moveTowards(runningVar, mul(variance, count / (count - 1)), momentum);
  }
  return affine(centredAndScaled(x, axis, eps), byChannel(weight, x.ndim), byChannel(bias, x.ndim));
}

/** A number for each channel, beside [N, C, …]. */
function byChannel(vector: Tensor | null, ndim: number): Tensor | null {
  return vector === null ? null : reshape(vector, [-1, ...new Array<number>(ndim - 2).fill(1)]);
}

function checkChannelVectors(operation: string, shape: Shape, vectors: Readonly<Record<string, Tensor | null>>): void {
  if (shape.length < 2) throw new ShapeError(`${operation}: ${show(shape)} has no channels; the shape is [N, C, …]`);
  for (const [name, vector] of Object.entries(vectors)) {
    if (vector !== null && (vector.ndim !== 1 || vector.size !== shape[1])) {
      throw new ShapeError(
        `${operation}: ${name} has shape ${show(vector.shape)}, but ${show(shape)} has ${shape[1]} channels; its shape is [${shape[1]}]`,
      );
    }
  }
}

// --------------------------------------------------------------------------------------------------------- neighbours

export interface LocalResponseNormOptions {
  /** 1e-4 by default */
  readonly alpha?: number;
  /** 0.75 by default */
  readonly beta?: number;
  /** 1 by default */
  readonly k?: number;
}

/**
 * Local response normalisation: each value is weakened by what neighbouring channels show at its place.
 *
 *     y_c = x_c / (k + α/n Σ_j x_j²)^β,   j from c − ⌊n/2⌋ to c + ⌊(n − 1)/2⌋, as far as there are channels
 *
 * The sum is divided by n = `size`, as in PyTorch. Source: Krizhevsky, Sutskever & Hinton 2012.
 *
 * @param x     [N, C, …], floating
 * @param size  number of neighbouring channels
 * @returns     `x`'s shape
 * @throws ShapeError  when there are no channels
 * @throws ValueError  when `size` is not a whole number from 1
 * @example
 * localResponseNorm(tensor([[[1], [2]]]), 1, { alpha: 1, beta: 1, k: 0 }); // => [[[1. ]
 *                                                                          //      [0.5]]]
 */
export function localResponseNorm(x: Tensor, size: number, options: LocalResponseNormOptions = {}): Tensor {
  checkOptions("localResponseNorm", options, localResponseNormNames);
  const { alpha = 1e-4, beta = 0.75, k = 1 } = options;
  checkChannelVectors("localResponseNorm", x.shape, {});
  if (!Number.isInteger(size) || size < 1)
    throw new ValueError(`localResponseNorm: size ${size} is not a whole number from 1`);
  const around = x.shape.map((_, i): [number, number] => (i === 1 ? [size >> 1, (size - 1) >> 1] : [0, 0]));
  const padded = pad(square(x), around) as Tensor;
  const view = new Tensor(window(padded.node, { axes: [1], size: [size], stride: [1], dilation: [1] }));
  return div(x, pow(mul(mean(view, { axis: -1 }), alpha).add(k), beta)) as Tensor; // x's shape
}
