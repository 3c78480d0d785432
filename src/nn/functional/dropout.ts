/** Dropout. */
import { checkOptions, type Shape, ShapeError, show, ValueError } from "../../base/index.ts";
import { mul, random, type Tensor, where, zerosLike } from "../../tensor/index.ts";

export interface DropoutOptions {
  /** Probability of being dropped; 0.5 by default. */
  readonly p?: number;
  /** Whether anything is dropped at all; true by default. */
  readonly training?: boolean;
  /**
   * When the values are scaled: in "training", those that are kept by 1 / (1 − p) (inverted dropout, the default); or at
   * "inference", all by 1 − p, as in the first papers.
   */
  readonly scaledAt?: "training" | "inference";
}

/** What dropout of channels and alpha dropout take. */
export type ChannelDropoutOptions = Omit<DropoutOptions, "scaledAt">;

/** Throws unless p is a probability. */
function checkProbability(operation: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new ValueError(`${operation}: the probability ${p} is not within 0 … 1`);
}

/**
 * Inverted dropout: sets each element to 0 with probability p and divides the others by 1 − p, so that the expectation
 * stays what it was and evaluation needs no correction. Every run of a compiled step draws a new mask. Source:
 * Srivastava et al. 2014.
 *
 * @throws ValueError  when p is no probability
 * @example
 * dropout(tensor([2, 4]), { p: 0.5, training: false, scaledAt: "inference" }); // => [1. 2.]
 */
export function dropout<S extends Shape>(x: Tensor<S>, options: DropoutOptions = {}): Tensor<S> {
  checkOptions("dropout", options, ["p", "training", "scaledAt"]);
  const { p = 0.5, training = true, scaledAt = "training" } = options;
  checkProbability("dropout", p);
  if (scaledAt !== "training" && scaledAt !== "inference")
    throw new ValueError(`dropout: scaledAt "${scaledAt}" does not exist; there are training and inference`);
  if (p === 0) return x;
  if (!training) return scaledAt === "training" ? x : (mul(x, 1 - p) as Tensor<S>); // x's shape
  if (p === 1) return zerosLike(x);
  const kept = keptPlaces(x.shape, p, x);
  return where(kept, (scaledAt === "training" ? mul(x, 1 / (1 - p)) : x) as Tensor, 0) as Tensor<S>; // all three have x's shape
}

/** True with probability 1 − p. */
function keptPlaces(shape: Shape, p: number, { node }: Tensor): Tensor {
  return random.bernoulli(1 - p, { shape, dtype: "bool", device: node.device ?? undefined });
}

/**
 * Inverted dropout of whole channels: neighbouring places of a channel say nearly the same, so that dropping single
 * ones would hide nothing. Source: Tompson et al. 2015.
 *
 * @param x  [N, C, …]
 * @returns  `x`'s shape
 * @throws ShapeError  when `x` has no channels
 * @throws ValueError  when p is no probability
 * @example
 * channelDropout(ones([2, 3, 4]), { p: 0.5, training: false }).sum().item(); // => 24
 */
export function channelDropout<S extends Shape>(x: Tensor<S>, options: ChannelDropoutOptions = {}): Tensor<S> {
  const { p, training } = settingsOf("channelDropout", options);
  checkChannels("channelDropout", x.shape);
  if (!training || p === 0) return x;
  if (p === 1) return zerosLike(x);
  const kept = keptPlaces(channelsOf(x.shape), p, x);
  return where(kept, mul(x, 1 / (1 - p)), 0) as Tensor<S>; // the mask broadcasts to x's shape
}

const saturation = -1.7580993408473766; // −λα: what SELU tends to at −∞

/**
 * Dropout that keeps mean 0 and variance 1, for networks of SELU: what is dropped takes SELU's least value α′.
 *
 *     y = a (x or α′) + b,   a = 1/√((1 − p)(1 + p α′²)),   b = −a p α′
 *
 * Source: Klambauer et al. 2017.
 *
 * @param x  floating, any shape
 * @returns  `x`'s shape
 * @throws ValueError  when p is no probability
 * @example
 * alphaDropout(tensor([1, 2]), { p: 0 }); // => [1. 2.]
 */
export function alphaDropout<S extends Shape>(x: Tensor<S>, options: ChannelDropoutOptions = {}): Tensor<S> {
  return alpha("alphaDropout", x, x.shape, options);
}

/**
 * `alphaDropout` of whole channels: all places of a channel are dropped together, or none.
 *
 * @param x  [N, C, …], floating
 * @returns  `x`'s shape
 * @throws ShapeError  when `x` has no channels
 * @throws ValueError  when p is no probability
 * @example
 * featureAlphaDropout(ones([2, 3, 4]), { training: false }).sum().item(); // => 24
 */
export function featureAlphaDropout<S extends Shape>(x: Tensor<S>, options: ChannelDropoutOptions = {}): Tensor<S> {
  checkChannels("featureAlphaDropout", x.shape);
  return alpha("featureAlphaDropout", x, channelsOf(x.shape), options);
}

/** Alpha dropout with one draw for each place of `shape`, which broadcasts to `x`. */
function alpha<S extends Shape>(
  operation: string,
  x: Tensor<S>,
  shape: Shape,
  options: ChannelDropoutOptions,
): Tensor<S> {
  const { p, training } = settingsOf(operation, options);
  if (!training || p === 0) return x;
  if (p === 1) return zerosLike(x);
  const a = 1 / Math.sqrt((1 - p) * (1 + p * saturation ** 2));
  const mixed = where(keptPlaces(shape, p, x), x as Tensor, saturation);
  return mul(mixed, a).add(-a * p * saturation) as Tensor<S>; // x's shape
}

function settingsOf(operation: string, options: ChannelDropoutOptions) {
  checkOptions(operation, options, ["p", "training"]);
  const { p = 0.5, training = true } = options;
  checkProbability(operation, p);
  return { p, training };
}

function checkChannels(operation: string, shape: Shape): void {
  if (shape.length < 2) throw new ShapeError(`${operation}: ${show(shape)} has no channels; the shape is [N, C, …]`);
}

/** [N, C, 1, …]: one place for each channel. */
function channelsOf(shape: Shape): Shape {
  return [...shape.slice(0, 2), ...shape.slice(2).map(() => 1)];
}
