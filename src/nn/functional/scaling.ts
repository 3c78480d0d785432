/** Scaling of data: vectors to length 1, features to mean 0 and deviation 1 or into a range. */
import { checkOptions, epsilonOf, floatDType, normalizeAxis, ValueError } from "../../base/index.ts";
import {
  abs,
  centre,
  div,
  equal,
  lessEqual,
  max,
  maximum,
  mean,
  min,
  mul,
  norm,
  sqrt,
  square,
  sub,
  type Tensor,
  where,
} from "../../tensor/index.ts";

export interface NormalizeOptions {
  /** Which norm; 2 by default. */
  readonly p?: number;
  /** Along which axis; 1 by default. */
  readonly axis?: number;
  /** The least that is divided by; 1e-12 by default. */
  readonly eps?: number;
}

/**
 * Vectors of length 1:
 *
 *     y = x / max(‖x‖ₚ, ε)   along `axis`
 *
 * @param x  floating, any shape with that axis
 * @returns  `x`'s shape
 * @throws ShapeError  when there is no such axis
 * @example
 * normalize(tensor([[3, 4]])); // => [[0.6 0.8]]
 */
export function normalize(x: Tensor, options: NormalizeOptions = {}): Tensor {
  checkOptions("normalize", options, ["p", "axis", "eps"]);
  const { p = 2, axis = 1, eps = 1e-12 } = options;
  normalizeAxis("normalize", axis, x.ndim);
  return div(x, maximum(norm(x, { ord: p, axis, keepdims: true }), eps)) as Tensor; // x's shape
}

export interface ScalingOptions {
  /** The axis of the samples; 0 by default. */
  readonly axis?: number;
}

/**
 * Each feature with mean 0 and (biased) standard deviation 1:
 *
 *     y = (x − μ) / σ
 *
 * A feature that is constant (up to rounding) has the scale 1. Use μ and σ of the training data for all data, as
 * scikit-learn's StandardScaler does.
 *
 * @param x  [samples, features], floating
 * @returns  y in `x`'s shape; `mean` μ and `scale` σ without the axis of the samples
 * @throws ShapeError  when there is no such axis
 * @example
 * standardize(tensor([[1, 5], [3, 5]])).y; // => [[-1.  0.]
 *                                          //     [ 1.  0.]]
 */
export function standardize(
  x: Tensor,
  options: ScalingOptions = {},
): { readonly y: Tensor; readonly mean: Tensor; readonly scale: Tensor } {
  checkOptions("standardize", options, ["axis"]);
  const { axis = 0 } = options;
  const { centred, mean: mu } = centre(x, [normalizeAxis("standardize", axis, x.ndim)]);
  const variance = mean(square(centred), { axis, keepdims: true }) as Tensor;
  // what rounding leaves of the variance of equal numbers, as in scikit-learn: σ² ≤ n ε σ² + (n ε μ)², where squares of μ could overflow
  const share = (x.shape.at(axis) ?? 1) * epsilonOf(floatDType(x.dtype));
  const isConstant = lessEqual(mul(sqrt(variance), Math.sqrt(Math.max(0, 1 - share))), mul(abs(mu), share));
  const scale = sqrt(where(isConstant, 1, variance)) as Tensor;
  return { y: div(centred, scale) as Tensor, mean: mu.squeeze(axis), scale: scale.squeeze(axis) };
}

export interface MinMaxOptions extends ScalingOptions {
  /** Where the least and the greatest value go; [0, 1] by default. */
  readonly range?: readonly [number, number];
}

/**
 * Each feature into a range:
 *
 *     y = low + (x − min x) / (max x − min x) · (high − low)
 *
 * A constant feature goes to `low`.
 *
 * @param x  [samples, features], floating
 * @returns  `x`'s shape
 * @throws ValueError  when the range is empty or upside down
 * @example
 * minMaxScale(tensor([[1], [2], [5]])).flatten(); // => [0.   0.25 1.  ]
 */
export function minMaxScale(x: Tensor, options: MinMaxOptions = {}): Tensor {
  checkOptions("minMaxScale", options, ["axis", "range"]);
  const { axis = 0, range = [0, 1] } = options;
  normalizeAxis("minMaxScale", axis, x.ndim);
  const [low, high] = range;
  if (!(low < high)) throw new ValueError(`minMaxScale: the range ${JSON.stringify(range)} does not go upwards`);
  const least = min(x, { axis, keepdims: true }) as Tensor;
  const span = sub(max(x, { axis, keepdims: true }), least) as Tensor;
  const scaled = div(sub(x, least), where(equal(span, 0), 1, span));
  return mul(scaled, high - low).add(low) as Tensor; // x's shape
}
