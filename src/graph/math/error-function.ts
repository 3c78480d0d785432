/**
 * The error function and its complement: erf x = 2/√π ∫₀ˣ e^(−t²) dt, erfc x = 1 − erf x (DLMF 7.2).
 *
 * Near zero erf is x plus a small odd correction. Beyond, erfc is e^(−x²) / (1 + 2·x) times a factor near 1, whose
 * logarithm joins x² in the exponent: there an error of its last place is small next to the result.
 *
 * Errors are the largest found in units in the last place: for f32 over all numbers, for f64 over 10⁷ random ones.
 */
import type { ScalarBuilder, Value } from "../scalar.ts";
import { type Algebra, algebra } from "./algebra.ts";
import { scaledExp } from "./exponential.ts";

/** erf x / x − 1 as a polynomial in x² on |x| ≤ 1.25: minimax for the relative error of erf, 2^−29. */
const correction32 = [
  0.1283791661, -0.3761262894, 0.1128365844, -2.685949393e-2, 5.207477137e-3, -8.323849179e-4, 1.031544525e-4,
  -7.420765996e-6,
];

/** erf x / x − 1 as a quotient of polynomials in x² on |x| ≤ 0.84375: pp and qq of fdlibm s_erf.c, error 2^−57. */
const correction64 = {
  numerator: [
    0.12837916709551256, -0.3250421072470015, -0.02848174957559851, -0.005770270296489442, -0.000023763016656650163,
  ],
  denominator: [
    1, 0.39791722395915535, 0.0650222499887673, 0.005081306281875766, 0.00013249473800432164, -0.000003960228278775368,
  ],
};

/** erf x − x near zero. */
function correction(m: Algebra, x: Value): Value {
  const z = m.mul(x, x);
  if (m.type === "f32") return m.mul(x, m.polynomial(z, correction32));
  return m.mul(x, m.div(m.polynomial(z, correction64.numerator), m.polynomial(z, correction64.denominator)));
}

/**
 * −log((1 + 2·x) · e^(x²) · erfc x) as a polynomial in u = 1 / (x + 2): minimax between 0.8 (f32) or 0.84375 (f64) and
 * where erfc underflows, error 2^−27 and 2^−55.
 */
const complement = {
  f32: [
    -0.1207507402, -0.5016872287, -0.3358270824, -6.100700423e-2, 6.989656925, -17.76561928, 93.10323334, -185.0790863,
    146.162384,
  ],
  f64: [
    -0.12078223764562052, -0.49999999796292466, -0.3750001834732469, 0.4583434163193849, 2.6402455780504384,
    6.129149802035696, 7.557815773560791, 2.1207620261088933, -74.69676378798458, 384.0652852479449,
    -3530.9019684261307, 23433.056379762213, -117380.75137486219, 477616.63652504265, -1501893.7165959876,
    3474476.999729362, -5738532.097999192, 6553470.406510731, -4884857.771067551, 2106748.099266047,
    -383580.96926927555,
  ],
} as const;

/** Where erfc has become 0. */
const vanished = { f32: 11, f64: 28 } as const;

/**
 * erfc of a number that is not near zero. The rounding error of x² would be one of the result, so with h for the
 * leading bits of x: x² = h² + (x − h)·(x + h), where h² is exact and the rest is small.
 */
function erfcBeyond(m: Algebra, x: Value): Value {
  const bounded = m.atMost(x, vanished[m.type]);
  const h = m.leading(bounded);
  const rest = m.mul(m.sub(bounded, h), m.add(bounded, h));
  const u = m.div(1, m.add(bounded, 2));
  return scaledExp(m.b, m.b.neg(m.mul(h, h)), {
    less: m.add(m.polynomial(u, complement[m.type]), rest),
    divisor: m.add(bounded, bounded, 1),
  });
}

/**
 * (erfc x)^(−1/8) on 1.1875 ≤ x ≤ 4: minimax for the relative error of 1 − erfc x, 2^−27. Beyond 4 it grows and grows.
 */
const eighthRoot32 = [
  0.9897992015, 0.1877435446, -2.047540154e-3, 0.1245743334, -6.271626055e-2, 2.799089253e-2, -5.933362059e-3,
  6.971952971e-4,
];

/**
 * 1 − erf x for x ≥ 1.1875, good enough next to 1: in the form of Abramowitz & Stegun 7.1.28, which needs no
 * exponential.
 */
function smallComplement32(m: Algebra, x: Value): Value {
  const root = m.polynomial(x, eighthRoot32);
  const square = m.mul(root, root);
  const fourth = m.mul(square, square);
  return m.div(1, m.mul(fourth, fourth));
}

/** Error function. Error: f32 1.83, f64 1.22 ulp; exactly ±1 from where the result rounds to it. */
export function lowerErf(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const magnitude = b.abs(x);
  const near = m.add(correction(m, x), x);
  const far = m.sub(1, m.type === "f32" ? smallComplement32(m, magnitude) : erfcBeyond(m, magnitude));
  return m.select(m.lt(magnitude, m.type === "f32" ? 1.1875 : 0.84375), near, m.setSign(far, m.sign(x)));
}

/** Complementary error function. Error: f32 2.98, f64 2.46 ulp, also where erfc is small. */
export function lowerErfc(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const magnitude = b.abs(x);
  const near = m.sub(1, x, correction(m, x)); // 1 − x is exact from ½ on
  const far = erfcBeyond(m, magnitude);
  const beyond = m.select(m.lt(x, 0), m.sub(2, far), far);
  return m.select(m.lt(magnitude, m.type === "f32" ? 0.8 : 0.84375), near, beyond);
}
