/**
 * Attention: every query looks at all keys and takes the values in proportion to how well the keys fit; and encodings
 * of where in a sequence something stands. Source: Vaswani et al. 2017, with their letters.
 */
import { checkOptions, type DType, type Shape, ShapeError, sameShape, show, ValueError } from "../../base/index.ts";
import {
  add,
  arange,
  concat,
  equal,
  expandDims,
  greaterEqual,
  matmul,
  max,
  mul,
  sub,
  type Tensor,
  tensor,
  where,
} from "../../tensor/index.ts";
import { softmax } from "./activation.ts";
import { dropout } from "./dropout.ts";

export interface AttentionOptions {
  /** Broadcasts to [*, L, S]: of bool, true where a query may look at a key; else numbers added to the scores. */
  readonly mask?: Tensor | null;
  /** Whether query i sees only the keys 0 … i; false by default. */
  readonly causal?: boolean;
  /** Factor of the scores; 1/√E by default. */
  readonly scale?: number | null;
  /** Probability with which a weight is dropped; 0 by default. */
  readonly dropout?: number;
}

/** What attention gives, and the weights of the values in it. */
export interface Attention {
  readonly output: Tensor;
  readonly weights: Tensor;
}

/**
 * Scaled dot-product attention:
 *
 *     Attention(Q, K, V) = softmax(Q Kᵀ / √E + mask) V
 *
 * A query that may look at no key at all gives 0, with gradients of 0, as in PyTorch.
 *
 * @param query  [*, L, E], floating
 * @param key    [*, S, E]
 * @param value  [*, S, V]
 * @returns      [*, L, V]
 * @throws ShapeError  when width or number of keys differ, or the mask does not broadcast
 * @throws ValueError  when dropout is no probability, or an option does not exist
 * @example
 * const x = tensor([[1, 0], [0, 1]]);
 * scaledDotProductAttention(x, x, x, { causal: true }).at(0); // => [1. 0.]
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  checkOptions("scaledDotProductAttention", options, ["mask", "causal", "scale", "dropout"]);
  return attend("scaledDotProductAttention", query, key, value, options).output;
}

/** `scaledDotProductAttention` with the weights softmax(…), [*, L, S]. */
export function attend(
  operation: string,
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { mask = null, causal = false, scale = null, dropout: p = 0 }: AttentionOptions = {},
): Attention {
  checkAttention(operation, query.shape, key.shape, value.shape);
  if (!(p >= 0 && p <= 1)) throw new ValueError(`${operation}: the probability dropout ${p} is not within 0 … 1`);
  const factor = scale ?? 1 / Math.sqrt(query.shape.at(-1)!);
  let scores = mul(matmul(query, key.mT), factor) as Tensor; // [*, L, S]
  if (mask !== null) {
    checkMask(operation, mask.shape, scores.shape);
    scores = (mask.dtype === "bool" ? where(mask, scores, Number.NEGATIVE_INFINITY) : add(scores, mask)) as Tensor;
  }
  if (causal) scores = where(causalMask(scores.shape), scores, Number.NEGATIVE_INFINITY) as Tensor;
  const masked = mask !== null; // causal alone leaves every query its first key
  const weights = dropout(masked ? softmaxOfSome(scores) : (softmax(scores) as Tensor), { p });
  return { output: matmul(weights, value) as Tensor, weights };
}

/** softmax(scores), 0 in rows that are −∞ throughout: those are taken out before, so that no NaN comes of them in any derivative. */
function softmaxOfSome(scores: Tensor): Tensor {
  if (scores.shape.at(-1) === 0) return softmax(scores) as Tensor;
  const none = equal(max(scores, { axis: -1, keepdims: true }), Number.NEGATIVE_INFINITY);
  return where(none, 0, softmax(where(none, 0, scores) as Tensor)) as Tensor;
}

/** [L, S], true where the key does not come after the query. */
export function causalMask(shape: Shape): Tensor {
  const [queries, keys] = [shape.at(-2)!, shape.at(-1)!];
  return greaterEqual(expandDims(arange(queries), 1) as Tensor, arange(keys) as Tensor) as Tensor;
}

function checkMask(operation: string, mask: Shape, scores: Shape): void {
  const lead = scores.length - mask.length;
  if (lead >= 0 && mask.every((n, i) => n === 1 || n === scores[lead + i])) return;
  throw new ShapeError(`${operation}: a mask of shape ${show(mask)} does not broadcast to the scores, ${show(scores)}`);
}

function checkAttention(operation: string, query: Shape, key: Shape, value: Shape): void {
  for (const [name, shape] of Object.entries({ query, key, value })) {
    if (shape.length < 2)
      throw new ShapeError(
        `${operation}: ${name} ${show(shape)} is no sequence of vectors; the shape is [*, length, width]`,
      );
  }
  if (query.at(-1) !== key.at(-1)) {
    throw new ShapeError(
      `${operation}: query ${show(query)} and key ${show(key)} differ in width (${query.at(-1)} ≠ ${key.at(-1)})`,
    );
  }
  if (key.at(-2) !== value.at(-2)) {
    throw new ShapeError(
      `${operation}: there are ${key.at(-2)} keys in ${show(key)} and ${value.at(-2)} values in ${show(value)}; each key has its value`,
    );
  }
}

/** A mask that is added to scores: of bool, −∞ where true (not to be looked at); numbers as they are. */
export function additiveMask(
  operation: string,
  name: string,
  mask: Tensor,
  like: Tensor,
  shapes: readonly Shape[],
): Tensor {
  if (!shapes.some((shape) => sameShape(shape, mask.shape))) {
    const wanted = shapes.map((shape) => show(shape)).join(" or ");
    throw new ShapeError(`${operation}: ${name} has shape ${show(mask.shape)}; its shape is ${wanted}`);
  }
  const { dtype } = like;
  if (mask.dtype !== "bool") return mask.astype(dtype) as Tensor;
  const device = like.node.device ?? undefined;
  return where(mask, tensor(Number.NEGATIVE_INFINITY, { dtype, device }), tensor(0, { dtype, device })) as Tensor;
}

// ---------------------------------------------------------------------------------------------------------- positions

export interface PositionOptions {
  /** The longest wavelength is 2π times this; 10000 by default. */
  readonly base?: number;
}

export interface SinusoidalOptions extends PositionOptions {
  /** float32 by default */
  readonly dtype?: DType;
}

function baseOf(operation: string, options: PositionOptions): number {
  checkOptions(operation, options, ["base"]);
  const { base = 10000 } = options;
  if (!(base > 0)) throw new ValueError(`${operation}: base ${base} is not above 0`);
  return base;
}

/** position / base^(2i/width) for every position and i < width/2; [length · width/2] */
function angles(operation: string, length: number, width: number, base: number): Float64Array {
  if (!Number.isInteger(width) || width < 2 || width % 2 !== 0)
    throw new ValueError(
      `${operation}: the width ${width} is not an even number from 2; sines and cosines come in pairs`,
    );
  const half = width / 2;
  return Float64Array.from(
    { length: length * half },
    (_, k) => Math.floor(k / half) / base ** ((2 * (k % half)) / width),
  );
}

/**
 * Sinusoidal encodings of positions:
 *
 *     PE[pos, 2i] = sin(pos / 10000^(2i/d)),   PE[pos, 2i + 1] = cos(pos / 10000^(2i/d))
 *
 * Source: Vaswani et al. 2017, section 3.5.
 *
 * @param length  number of positions
 * @param width   d, even
 * @returns       [length, d], float32 or the `dtype` named
 * @throws ValueError  when the width is odd
 * @example
 * sinusoidalPositions(1, 4); // => [[0. 1. 0. 1.]]
 */
export function sinusoidalPositions(length: number, width: number, options: SinusoidalOptions = {}): Tensor {
  const { dtype = "float32", ...others } = options;
  const base = baseOf("sinusoidalPositions", others);
  if (!Number.isInteger(length) || length < 0)
    throw new ValueError(`sinusoidalPositions: length ${length} is not a whole number from 0`);
  const phases = angles("sinusoidalPositions", length, width, base);
  const values = Float64Array.from({ length: length * width }, (_, k) =>
    k % 2 === 0 ? Math.sin(phases[k >> 1]!) : Math.cos(phases[k >> 1]!),
  );
  return tensor(values, { shape: [length, width], dtype });
}

/**
 * Rotary encodings of positions: pairs of features are turned by an angle that grows with the position, so that a dot
 * product of two turned vectors depends on their distance alone.
 *
 *     (x₂ᵢ, x₂ᵢ₊₁) ← (x₂ᵢ cos θ − x₂ᵢ₊₁ sin θ, x₂ᵢ sin θ + x₂ᵢ₊₁ cos θ),   θ = pos / 10000^(2i/d)
 *
 * Source: Su et al. 2021.
 *
 * @param x  [*, length, d] with even d, floating
 * @returns  `x`'s shape
 * @throws ShapeError  when `x` has fewer than two axes
 * @throws ValueError  when the width is odd
 * @example
 * rotaryPositions(tensor([[3, 4]])); // => [[3. 4.]]
 */
export function rotaryPositions(x: Tensor, options: PositionOptions = {}): Tensor {
  const base = baseOf("rotaryPositions", options);
  if (x.ndim < 2)
    throw new ShapeError(
      `rotaryPositions: ${show(x.shape)} is no sequence of vectors; the shape is [*, length, width]`,
    );
  const [length, width] = [x.shape.at(-2)!, x.shape.at(-1)!]; // checked
  const phases = angles("rotaryPositions", length, width, base);
  const table = (f: (angle: number) => number): Tensor =>
    tensor(phases.map(f), { shape: [length, width / 2], dtype: x.dtype, device: x.node.device ?? undefined });
  const [cosines, sines] = [table(Math.cos), table(Math.sin)];
  const pairs = x.reshape([...x.shape.slice(0, -1), width / 2, 2]) as Tensor;
  const [even, odd] = [pairs.at("...", 0) as Tensor, pairs.at("...", 1) as Tensor];
  const turned = [sub(mul(even, cosines), mul(odd, sines)), add(mul(even, sines), mul(odd, cosines))];
  return concat(
    turned.map((part) => expandDims(part as Tensor, -1) as Tensor),
    { axis: -1 },
  ).reshape(x.shape) as Tensor;
}
