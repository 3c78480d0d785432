/**
 * Activations: the functions between the layers.
 *
 * The most used ones; further smooth ones, those made of pieces and those along an axis have files of their own.
 *
 * [...] stands for any shape, that of a scalar and empty ones too. Floats and halves keep their dtype; integers and bool
 * give float32. NaN stays NaN.
 */
import { checkOptions, normalizeAxis, type Shape, ValueError } from "../../base/index.ts";
import {
  erfc,
  exp,
  expandDims,
  inFloat32,
  log,
  max,
  mul,
  sub,
  sum,
  type Tensor,
  sigmoid as tensorSigmoid,
  tanh as tensorTanh,
} from "../../tensor/index.ts";

import { asFloat } from "./floating.ts";
import { alphaNames, axisNames, geluNames } from "./option-names.ts";

export { relu } from "../../tensor/index.ts";

/**
 * Hyperbolic tangent (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ); slope 1 − tanh²x.
 *
 * Source: NumPy's tanh.
 *
 * @param x  [...], real or complex
 * @returns  [...], as x
 * @example
 * tanh(tensor([0, 1])); // => [0. 0.7615…]
 */
export function tanh<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return tensorTanh(x);
}

/**
 * Logistic function with slope `alpha`:
 *
 *     σ(x) = 1 / (1 + e^(−αx));   σ′ = α σ (1 − σ)
 *
 * 0 at −∞, 1 at ∞. Source: PyTorch's sigmoid, which has no `alpha`.
 *
 * @param x      [...]
 * @param alpha  1 by default
 * @returns      [...], as x
 * @throws ValueError  for an option that does not exist
 * @throws DTypeError  for complex x
 * @example
 * sigmoid(tensor([0, Math.log(3)])); // => [0.5… 0.75…]
 */
export function sigmoid<S extends Shape>(x: Tensor<S>, options: { alpha?: number } = {}): Tensor<S> {
  checkOptions("sigmoid", options, alphaNames);
  const { alpha = 1 } = options;
  return tensorSigmoid(alpha === 1 ? x : (mul(x, alpha) as Tensor<S>));
}

export interface AxisOption {
  /** The axis of the classes; the last one by default. */
  readonly axis?: number;
}

/**
 * Probabilities from logits along `axis`:
 *
 *     softmax(x)ᵢ = e^(xᵢ − m) / Σⱼ e^(xⱼ − m),   m = max x, which keeps the exponentials below 1
 *
 * Same shape; sums to 1 along the axis. −∞ gives 0; a row of nothing but −∞ is NaN, as in PyTorch.
 *
 * +∞ makes its row NaN too. Halves are computed in float32. Source: PyTorch's softmax.
 *
 * @param x  [..., n, ...], n ≥ 1 classes along `axis`
 * @returns  [..., n, ...], as x
 * @throws ShapeError  when the axis does not exist (a scalar has none) or has no entries
 * @throws ValueError  for an option that does not exist
 * @throws DTypeError  for complex x
 * @example
 * softmax(tensor([0, Math.log(3)])); // => [0.25… 0.75…]
 */
export function softmax<S extends Shape>(x: Tensor<S>, options: AxisOption = {}): Tensor<S> {
  checkOptions("softmax", options, axisNames);
  const axis = normalizeAxis("softmax", options.axis ?? -1, x.ndim);
  return inFloat32(asFloat(x), (logits) => {
    const e = exp(shifted(logits, axis));
    return e.div(sum(e, { axis, keepdims: true })) as Tensor;
  }) as Tensor<S>; // sums keep their axis: the shape is x's
}

/**
 * * ln softmax(x) = x − m − ln Σ e^(xⱼ − m): without the underflow that a logarithm of softmax would meet.
 *
 * −∞ stays −∞; halves and rows of −∞ as in `softmax`. Source: PyTorch's log_softmax.
 *
 * @param x  [..., n, ...], n ≥ 1 classes along `axis`
 * @returns  [..., n, ...], as x
 * @throws ShapeError  when the axis does not exist (a scalar has none) or has no entries
 * @throws ValueError  for an option that does not exist
 * @throws DTypeError  for complex x
 * @example
 * logSoftmax(tensor([0, Math.log(3)])).exp(); // => [0.25… 0.75…]
 */
export function logSoftmax<S extends Shape>(x: Tensor<S>, options: AxisOption = {}): Tensor<S> {
  checkOptions("logSoftmax", options, axisNames);
  const axis = normalizeAxis("logSoftmax", options.axis ?? -1, x.ndim);
  return inFloat32(asFloat(x), (logits) => {
    const y = shifted(logits, axis);
    const lse: Tensor = log(sum(exp(y), { axis })); // one logarithm a row, in the kernel that has summed it
    return sub(y, expandDims(lse, axis)) as Tensor;
  }) as Tensor<S>; // the shape is x's
}

/** x − max x. The maximum cancels out of what is built on it, hence no gradient through it. */
function shifted(x: Tensor, axis: number): Tensor {
  return sub(x, max(x, { axis, keepdims: true }).detach());
}

export interface GeluOptions {
  /** "tanh" for the approximation that some networks were trained with; "none" by default. */
  readonly approximate?: "none" | "tanh";
}

/**
 * Gaussian error linear unit: x · Φ(x), Φ the distribution function of the normal distribution.
 *
 *     gelu(x) = x/2 · erfc(−x/√2)            "none"
 *             ≈ x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))   "tanh"
 *
 * erfc rather than 1 + erf, and ½ (1 + tanh u) as σ(2u), keep the digits of the left tail: the error is at most 4 ulp
 * for x ≥ 0 and below 4 + 1.5 x² ulp, 4 + 6|u| ulp for "tanh". NaN at −∞. Source: Hendrycks & Gimpel 2016; PyTorch's gelu.
 *
 * @param x  [...]
 * @returns  [...], as x
 * @throws ValueError  when `approximate` is neither "none" nor "tanh"; for an option that does not exist
 * @throws DTypeError  for complex x, unless "tanh"
 * @example
 * gelu(tensor([0, 1])); // => [0. 0.8413…]
 */
export function gelu<S extends Shape>(x: Tensor<S>, options: GeluOptions = {}): Tensor<S> {
  checkOptions("gelu", options, geluNames);
  const { approximate = "none" } = options;
  if (approximate !== "none" && approximate !== "tanh")
    throw new ValueError(`gelu: approximate "${String(approximate)}" does not exist; there are none and tanh`);
  const v: Tensor = asFloat(x);
  // elementwise: the shape is x's
  if (approximate === "none") return mul(mul(v, 0.5), erfc(mul(v, -Math.SQRT1_2))) as Tensor<S>;
  const twice = mul(v.add(mul(v.pow(3), 0.044715)), Math.sqrt(8 / Math.PI));
  return mul(v, tensorSigmoid(twice)) as Tensor<S>;
}

/**
 * x · σ(x), also called swish.
 * Error: at most 3.5 ulp; 55 ulp where the result is below 2⁻¹¹⁹ (float32). Source: Elfwing et al. 2017; PyTorch's silu. NaN at −∞.
 *
 * @param x  [...]
 * @returns  [...], as x
 * @throws DTypeError  for complex x
 * @example
 * silu(tensor([0, Math.log(3)])); // => [0. 0.8239…]
 */
export function silu<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return mul(x as Tensor, tensorSigmoid(x as Tensor)) as Tensor<S>; // elementwise: the shape is x's
}
