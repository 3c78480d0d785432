/**
 * sinh, cosh, tanh and their inverses, from the exponentials and logarithms that stay precise near zero.
 *
 * Errors are the largest found in units in the last place: for f32 over all numbers, for f64 over 10⁷ random ones.
 */
import type { ScalarBuilder, Value } from "../scalar.ts";
import { algebra } from "./algebra.ts";
import { lowerLog1p, powerOfTwo, quarterExpm1, reduceByLn2, reducedExpm1, scaledExp } from "./exponential.ts";

/** So large that 1 + x, 1 + x² and x² − 1 are rounded to x and x², and yet x² does not overflow. */
const veryLarge = 2 ** 60;

/**
 * Hyperbolic tangent, from N = 1 − e^(−2|x|) without cancellation: tanh |x| = N / (2 − N).
 *
 * Error: f32 2.50, f64 2.50 ulp; exactly ±1 from where the result rounds to it.
 */
export function lowerTanh(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const magnitude = m.atMost(b.abs(x), m.type === "f32" ? 10 : 20);
  const reduced = reduceByLn2(m, m.mul(magnitude, -2), m.format.bias);
  const scale = powerOfTwo(m, reduced.encoded);
  const N = m.sub(m.sub(1, scale), m.mul(reducedExpm1(m, reduced), scale));
  return m.setSign(m.div(N, m.sub(2, N)), m.sign(x));
}

/** Hyperbolic sine, from E = e^|x| − 1: sinh |x| = (E + E / (E + 1)) / 2. Error: f32 2.36, f64 2.10 ulp. */
export function lowerSinh(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const magnitude = b.abs(x);
  const halfE = m.mul(quarterExpm1(b, magnitude), 2);
  const bounded = m.atMost(halfE, veryLarge); // from there E / (E + 1) is 1, and Infinity / Infinity would be NaN
  const y = m.add(halfE, m.div(bounded, m.add(bounded, bounded, 1)));
  return m.select(m.lt(magnitude, m.format.halfEpsilon), x, m.setSign(y, m.sign(x))); // as in expm1
}

/** Hyperbolic cosine, (e^x + e^−x) / 2. Error: f32 1.47, f64 1.40 ulp. */
export function lowerCosh(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const half = scaledExp(b, b.abs(x), { shift: -1 });
  return m.add(half, m.div(0.25, half));
}

/**
 * Inverse hyperbolic sine: asinh |x| = log(1 + |x| + x² / (1 + √(1 + x²))), log 2|x| for very large x. Error:
 * f32 1.78, f64 1.80 ulp.
 */
export function lowerAsinh(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const magnitude = b.abs(x);
  const square = m.mul(x, x);
  const large = m.gt(magnitude, veryLarge);
  const excess = m.add(m.div(square, m.add(b.sqrt(m.add(square, 1)), 1)), magnitude);
  const y = m.add(lowerLog1p(b, m.select(large, magnitude, excess)), m.select(large, Math.LN2, 0));
  return m.setSign(y, m.sign(x));
}

/**
 * Inverse hyperbolic cosine: with t = x − 1, acosh x = log(1 + t + √(t·(t + 2))), log 2x for very large x; NaN below 1.
 * Error: f32 2.42, f64 2.34 ulp.
 */
export function lowerAcosh(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const t = m.sub(x, 1);
  const large = m.gt(x, veryLarge);
  const excess = m.add(t, b.sqrt(m.mul(t, m.add(t, 2))));
  const y = m.add(lowerLog1p(b, m.select(large, x, excess)), m.select(large, Math.LN2, 0));
  return m.select(m.lt(x, 1), NaN, y);
}

/**
 * Inverse hyperbolic tangent: atanh |x| = log(1 + 2|x| / (1 − |x|)) / 2; ±Infinity at ±1, NaN beyond. Error:
 * f32 2.01, f64 1.90 ulp.
 */
export function lowerAtanh(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const magnitude = b.abs(x);
  const y = m.mul(lowerLog1p(b, m.div(m.add(magnitude, magnitude), m.sub(1, magnitude))), 0.5);
  return m.setSign(y, m.sign(x));
}
