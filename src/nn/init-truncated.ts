/**
 * Normal numbers that stay within bounds, by the inverse of the distribution function: a uniform number between Φ(a) and
 * Φ(b) is sent through Φ⁻¹.
 */
import { checkOptions, type Shape, ValueError } from "../base/index.ts";
import {
  add,
  clamp,
  div,
  erf,
  exp,
  less,
  log,
  mul,
  neg,
  random,
  sqrt,
  square,
  sub,
  type Tensor,
  where,
} from "../tensor/index.ts";
import type { InitOptions } from "./init.ts";
import { placeNames } from "./place.ts";

export interface TruncatedNormalOptions extends InitOptions {
  /** Mean before cutting; 0 by default. */
  readonly mean?: number;
  /** Standard deviation before cutting; 1 by default. */
  readonly std?: number;
  /** The least number; −2 by default. It is a number, not a multiple of std. */
  readonly a?: number;
  /** The greatest number; 2 by default. */
  readonly b?: number;
}

/**
 * N(mean, std²) given that the number lies in a … b:
 *
 *     x = mean + √2 std · erf⁻¹(u),   u from U(2Φ(α) − 1, 2Φ(β) − 1),   α = (a − mean)/std,   β = (b − mean)/std
 *
 * Source: torch.nn.init.trunc_normal_.
 *
 * @returns  numbers in a … b, of `shape`
 * @throws ValueError  unless std > 0 and a < b; when less than a ten-thousandth of the normal numbers lies in a … b; for
 *                     an option that does not exist
 * @example
 * const w = nn.init.truncatedNormal([100], { std: 3, a: -1, b: 0.5 });
 * [w.min().item() >= -1, w.max().item() <= 0.5]; // => [ true, true ]
 */
export function truncatedNormal<const S extends Shape>(shape: S, options: TruncatedNormalOptions = {}): Tensor<S> {
  checkOptions("truncatedNormal", options, ["mean", "std", "a", "b", ...placeNames]);
  const { mean = 0, std = 1, a = -2, b = 2, dtype = "float32", device } = options;
  if (!(std > 0)) throw new ValueError(`truncatedNormal: std ${std} is not above 0`);
  if (!(a < b)) throw new ValueError(`truncatedNormal: the least number a = ${a} is not below the greatest, b = ${b}`);
  const [low, high] = [a, b].map((bound) => twiceNormal((bound - mean) / std)) as [number, number];
  if (!(high - low > 2e-4)) {
    throw new ValueError(
      `truncatedNormal: hardly any number of N(${mean}, ${std}²) lies in ${a} … ${b}; move the mean or widen the bounds`,
    );
  }
  const u = random.uniform<Shape>({ low, high, shape, dtype, device });
  const x = add(mul(erfInverse(u, dtype === "float64" ? 2 : 0), Math.SQRT2 * std), mean) as Tensor;
  return clamp(x, { min: a, max: b }) as Tensor<S>; // elementwise: the shape is the draw's
}

/**
 * 2 Φ(z) − 1 = erf(z/√2) = 2/√π Σ (−1)ⁿ t^(2n+1) / (n! (2n + 1)),   t = z/√2 (DLMF 7.6.1); the bounds need no more digits
 * than are left of the alternating sum below |z| = 6, and beyond it is ±1.
 */
function twiceNormal(z: number): number {
  if (Math.abs(z) >= 6) return Math.sign(z);
  const t = z / Math.SQRT2;
  let [power, total] = [t, t];
  for (let n = 1; n < 120; n++) {
    power *= -(t * t) / n;
    total += power / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
}

/** Of Giles's polynomials, from the highest power: in w − 2.5 for w < 5, in √w − 3 else. */
const central = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503, -0.00417768164,
  0.246640727, 1.50140941,
];
const tail = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613, 0.00943887047,
  1.00167406, 2.83297682,
];

/**
 * erf⁻¹(x) = x · p(w), w = −ln(1 − x²), to 7 digits (Giles 2010, Approximating the erfinv function); each step of Newton's
 *
 *     y ← y − (erf(y) − x) · √π/2 · e^(y²)
 *
 * doubles them.
 */
function erfInverse(x: Tensor, steps: number): Tensor {
  const within = clamp(x, { min: -1 + 2 ** -24, max: 1 - 2 ** -24 }) as Tensor; // ±1 would be ±∞
  const w = neg(log(mul(sub(1, within), add(within, 1)))) as Tensor;
  const isCentral = less(w, 5);
  const horner = (coefficients: readonly number[], v: Tensor): Tensor =>
    coefficients.slice(1).reduce((p, c) => add(mul(p, v), c) as Tensor, mul(v, 0).add(coefficients[0]!) as Tensor);
  const far = sub(sqrt(where(isCentral, 5, w) as Tensor), 3) as Tensor;
  let y = mul(where(isCentral, horner(central, sub(w, 2.5) as Tensor), horner(tail, far)), within) as Tensor;
  for (let i = 0; i < steps; i++) {
    const slope = mul(exp(neg(square(y))), 2 / Math.sqrt(Math.PI));
    y = sub(y, div(sub(erf(y), within), slope)) as Tensor;
  }
  return y;
}
