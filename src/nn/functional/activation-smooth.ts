/**
 * Smooth activations beyond the logistic function and tanh: bounded ones, and rectifiers with a bent left half.
 *
 * Written so that value and slope keep their digits where the functions saturate, in infinities too.
 *
 * [...] stands for any shape, that of a scalar and empty ones too. Floats and halves keep their dtype; integers and bool
 * give float32. NaN stays NaN.
 */
import { checkOptions, type Shape, ValueError } from "../../base/index.ts";
import {
  abs,
  add,
  atan,
  div,
  expm1,
  greater,
  lessEqual,
  mul,
  neg,
  rsqrt,
  sign,
  square,
  sub,
  type Tensor,
  tanh,
  softplus as tensorSoftplus,
  where,
} from "../../tensor/index.ts";
import { asFloat } from "./floating.ts";
import { alphaNames, softplusNames } from "./option-names.ts";

/**
 * arctan x, within ±π/2; slope 1 / (1 + x²).
 *
 * Source: NumPy's arctan.
 *
 * @param x  [...]
 * @returns  [...], as x
 * @throws DTypeError  for complex x
 * @example
 * arctan(tensor([0, 1])).mul(4); // => [0.        3.1415927]
 */
export function arctan<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return atan(x);
}

/**
 * x / (1 + |x|); slope 1 / (1 + |x|)². Error: at most 2 ulp. Source: Bergstra et al. 2009.
 *
 * Beyond |x| = 1 as ±(1 − 1/(1 + |x|)), whose slope does not cancel.
 * PyTorch's softsign. Complex x is divided by 1 + |x| as well.
 *
 * @param x  [...]
 * @returns  [...], as x
 * @example
 * softsign(tensor([-3, 0, 1])); // => [-0.75  0.    0.5 ]
 */
export function softsign<S extends Shape>(x: Tensor<S>): Tensor<S> {
  const v: Tensor = asFloat(x);
  const scale = add(abs(v), 1);
  const far = mul(sign(v), sub(1, div(1, scale)));
  return where(greater(abs(v), 1), far, div(v, scale)) as Tensor<S>; // elementwise: the shape is x's
}

export interface AlphaOption {
  /** α; 1 by default. */
  readonly alpha?: number;
}

/**
 * Inverse square root unit:
 *
 *     x / √(1 + α x²);   slope (1 + α x²)^(−3/2);   within ±1/√α
 *
 * Error: at most 3 ulp. Source: Carlile et al. 2017. Beyond √α |x| = 1 as ±1/√(α + 1/x²), which neither overflows nor cancels.
 *
 * @param x  [...], real
 * @returns  [...], as x
 * @throws ValueError  unless α > 0; for an option that does not exist
 * @example
 * isru(tensor([0, 1]), { alpha: 3 }); // => [0.  0.5]
 */
export function isru<S extends Shape>(x: Tensor<S>, options: AlphaOption = {}): Tensor<S> {
  checkOptions("isru", options, alphaNames);
  const { alpha = 1 } = options;
  checkPositive("isru", "alpha", alpha);
  const v: Tensor = asFloat(x);
  const isFar = greater(abs(v), 1 / Math.sqrt(alpha));
  const far = mul(sign(v), rsqrt(add(square(div(1, where(isFar, v, 1))), alpha)));
  const near = where(isFar, 0, v);
  return where(isFar, far, mul(near, rsqrt(add(mul(square(near), alpha), 1)))) as Tensor<S>; // elementwise
}

/**
 * Exponential linear unit: x for x > 0, α (eˣ − 1) else; slope α at 0.
 * Error: at most 1.8 ulp. Source: Clevert et al. 2015; PyTorch's elu.
 *
 * @param x  [...]
 * @returns  [...], as x
 * @throws ValueError  for an option that does not exist
 * @throws DTypeError  for complex x
 * @example
 * elu(tensor([-1, 2])); // => [-0.632…  2. …]
 */
export function elu<S extends Shape>(x: Tensor<S>, options: AlphaOption = {}): Tensor<S> {
  checkOptions("elu", options, alphaNames);
  const { alpha = 1 } = options;
  return bent(asFloat(x), alpha, 1);
}

/**
 * Continuously differentiable ELU: x for x > 0, α (e^(x/α) − 1) else; slope 1 at 0. Source: Barron 2017;
 * PyTorch's celu.
 *
 * @param x  [...]
 * @returns  [...], as x
 * @throws ValueError  when α is 0 or NaN; for an option that does not exist
 * @throws DTypeError  for complex x
 * @example
 * celu(tensor([-1, 0, 2]), { alpha: 0.5 }); // => [-0.43233237  0.          2.        ]
 */
export function celu<S extends Shape>(x: Tensor<S>, options: AlphaOption = {}): Tensor<S> {
  checkOptions("celu", options, alphaNames);
  const { alpha = 1 } = options;
  if (alpha === 0 || Number.isNaN(alpha)) throw new ValueError(`celu: alpha is ${alpha}; x is divided by it`);
  return bent(asFloat(x), alpha, 1 / alpha);
}

/** x for x > 0, scale · (e^(rate · x) − 1) else. */
function bent<S extends Shape>(x: Tensor, scale: number, rate: number): Tensor<S> {
  const left = lessEqual(x, 0);
  const below = where(left, x, 0); // keeps the exponential finite on the right
  return where(left, mul(expm1(mul(below, rate)), scale), x) as Tensor<S>; // elementwise: the shape is x's
}

/** α and λ of SELU, for which mean 0 and variance 1 are a fixed point; Klambauer et al. 2017, equation 14. */
const seluAlpha = 1.6732632423543772;
const seluScale = 1.0507009873554805;

/**
 * λ · elu(x) with the α and λ that keep mean 0 and variance 1 through layers. Source: Klambauer et al. 2017;
 * PyTorch's selu. Slope λα at 0.
 *
 * @param x  [...]
 * @returns  [...], as x
 * @throws DTypeError  for complex x
 * @example
 * selu(tensor([-1, 0, 1])); // => [-1.111… 0. 1.050…]
 */
export function selu<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return mul(bent<Shape>(asFloat(x), seluAlpha, 1), seluScale) as Tensor<S>; // elementwise: the shape is x's
}

export interface SoftplusOptions {
  /** β: how sharp the bend is; 1 by default. */
  readonly beta?: number;
  /** Where β x is above it the function is x itself; never by default, as nothing overflows. */
  readonly threshold?: number;
}

/**
 * ln(1 + e^(βx)) / β = (max(βx, 0) + ln(1 + e^(−|βx|))) / β; slope σ(βx). Source: Dugas et al. 2000;
 * PyTorch's softplus, whose `threshold` is 20 by default.
 *
 * @param x  [...]
 * @returns  [...], as x
 * @throws ValueError  unless β > 0; for an option that does not exist
 * @throws DTypeError  for complex x
 * @example
 * softplus(tensor([-40, 0, 40])); // => [4.24…e-18 6.93…e-01 4.00…e+01]
 */
export function softplus<S extends Shape>(x: Tensor<S>, options: SoftplusOptions = {}): Tensor<S> {
  checkOptions("softplus", options, softplusNames);
  const { beta = 1, threshold = Number.POSITIVE_INFINITY } = options;
  checkPositive("softplus", "beta", beta);
  if (beta === 1 && threshold === Number.POSITIVE_INFINITY) return tensorSoftplus(x);
  const v: Tensor = asFloat(x);
  const scaled = mul(v, beta);
  return where(greater(scaled, threshold), v, mul(tensorSoftplus(scaled), 1 / beta)) as Tensor<S>; // elementwise
}

/**
 * ln σ(x) = −ln(1 + e^(−x)); slope σ(−x). Keeps its digits where σ(x) is close to 1.
 * −∞ at −∞. Error: at most 2 ulp. Source: PyTorch's logsigmoid.
 *
 * @param x  [...]
 * @returns  [...], as x
 * @throws DTypeError  for complex x
 * @example
 * logSigmoid(tensor([0, 100])); // => [-6.93…e-01 -3.78…e-44]
 */
export function logSigmoid<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return neg(tensorSoftplus(neg(asFloat(x))));
}

/**
 * x · tanh(ln(1 + eˣ)).
 * Error: at most 4 ulp; 55 ulp where the result is below 2⁻¹¹⁹ (float32). Source: Misra 2019; PyTorch's mish. NaN at −∞.
 *
 * @param x  [...]
 * @returns  [...], as x
 * @throws DTypeError  for complex x
 * @example
 * mish(tensor([0, 1])); // => [0.         0.86509836]
 */
export function mish<S extends Shape>(x: Tensor<S>): Tensor<S> {
  const v: Tensor = x;
  return mul(v, tanh(tensorSoftplus(v))) as Tensor<S>; // elementwise: the shape is x's
}

/** Throws unless `value` is above 0. */
function checkPositive(operation: string, name: string, value: number): void {
  if (!(value > 0)) throw new ValueError(`${operation}: ${name} ${value} is not above 0`);
}
