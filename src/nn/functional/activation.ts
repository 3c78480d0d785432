/**
 * Activations: the functions between the layers.
 *
 * The most used ones; further smooth ones, those made of pieces and those along an axis have files of their own.
 */
import type { Shape } from "../../base/index.ts";
import {
  erfc,
  exp,
  expandDims,
  log,
  max,
  mul,
  sub,
  sum,
  type Tensor,
  sigmoid as tensorSigmoid,
  tanh as tensorTanh,
} from "../../tensor/index.ts";

export { relu } from "../../tensor/index.ts";

/** Hyperbolic tangent (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ); slope 1 − tanh²x. */
export function tanh<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return tensorTanh(x);
}

/**
 * Logistic function with slope `alpha`:
 *
 *     σ(x) = 1 / (1 + e^(−αx));   σ′ = α σ (1 − σ)
 *
 * @param alpha  1 by default
 */
export function sigmoid<S extends Shape>(x: Tensor<S>, { alpha = 1 }: { alpha?: number } = {}): Tensor<S> {
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
 */
export function softmax<S extends Shape>(x: Tensor<S>, { axis = -1 }: AxisOption = {}): Tensor<S> {
  const e = exp(shifted(x, axis));
  return e.div(sum(e, { axis, keepdims: true })) as Tensor<S>; // sums keep their axis: the shape is x's
}

/**
 * ln softmax(x) = x − m − ln Σ e^(xⱼ − m): without the underflow that a logarithm of softmax would meet.
 */
export function logSoftmax<S extends Shape>(x: Tensor<S>, { axis = -1 }: AxisOption = {}): Tensor<S> {
  const y = shifted(x, axis);
  const lse: Tensor = log(sum(exp(y), { axis })); // one logarithm a row, in the kernel that has summed it
  return sub(y, expandDims(lse, axis)) as Tensor<S>; // the shape is x's
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
 * erfc rather than 1 + erf keeps the digits of the left tail. Source: Hendrycks & Gimpel 2016.
 */
export function gelu<S extends Shape>(x: Tensor<S>, { approximate = "none" }: GeluOptions = {}): Tensor<S> {
  const v: Tensor = x;
  const half = mul(v, 0.5);
  // elementwise: the shape is x's
  if (approximate === "none") return mul(half, erfc(mul(v, -Math.SQRT1_2))) as Tensor<S>;
  const inner = mul(v.add(mul(v.pow(3), 0.044715)), Math.sqrt(2 / Math.PI));
  return mul(half, tensorTanh(inner).add(1)) as Tensor<S>;
}

/** x · σ(x), also called swish. Source: Elfwing et al. 2017. */
export function silu<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return mul(x as Tensor, tensorSigmoid(x as Tensor)) as Tensor<S>; // elementwise: the shape is x's
}
