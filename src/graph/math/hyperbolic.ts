/**
 * sinh, cosh, tanh and their inverses, from the exponentials and logarithms that stay precise near zero.
 *
 * Errors are the largest found in units in the last place: for f32 over all numbers, for f64 over 10⁷ random ones.
 */
import type { ScalarBuilder, Value } from "../scalar.ts";
import { algebra } from "./algebra.ts";
import { powerOfTwo, reduceByLn2, reducedExpm1 } from "./exponential.ts";

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
