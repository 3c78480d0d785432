/**
 * asin, acos, atan, atan2.
 *
 * Errors are the largest found in units in the last place: for f32 over all numbers, for f64 over 10⁷ random ones.
 */
import type { ScalarBuilder, Value } from "../scalar.ts";
import { type Algebra, algebra, type Operand } from "./algebra.ts";

/** π and π/2 as the nearest float plus the rest. */
const pi = {
  f32: { high: 3.1415927410125732, low: -8.742278000372485e-8 },
  f64: { high: Math.PI, low: 1.2246467991473532e-16 },
} as const;
const halfPi = {
  f32: { high: pi.f32.high / 2, low: pi.f32.low / 2 },
  f64: { high: pi.f64.high / 2, low: pi.f64.low / 2 },
} as const;

// ---- asin, acos

/** (asin t / t − 1) / t² as a polynomial in t² on |t| ≤ ½: minimax for the relative error of asin, 2^−27. */
const arcsine32 = [0.166667521, 7.495307922e-2, 4.546951875e-2, 2.418236807e-2, 4.216297343e-2];

/** The same as a quotient of polynomials: pS0 … qS4 of fdlibm e_asin.c, error 2^−58. */
const arcsine64 = {
  numerator: [
    0.16666666666666666, -0.3255658186224009, 0.20121253213486293, -0.04005553450067941, 0.0007915349942898145,
    0.00003479331075960212,
  ],
  denominator: [1, -2.403394911734414, 2.0209457602335057, -0.6882839716054533, 0.07703815055590194],
};

interface Arcsine {
  /** asin t = t + correction. */
  readonly t: Value;
  readonly correction: Value;
  /** Whether |x| > ½ and t = √((1 − |x|) / 2), the sine of half of π/2 − asin |x|; otherwise t = |x|. */
  readonly halved: Value;
}

function reducedArcsine(m: Algebra, x: Value): Arcsine {
  const magnitude = m.b.abs(x);
  const halved = m.gt(magnitude, 0.5);
  const square = m.select(halved, m.mul(m.sub(1, magnitude), 0.5), m.mul(x, x));
  const t = m.select(halved, m.b.sqrt(square), magnitude);
  const R =
    m.type === "f32"
      ? m.polynomial(square, arcsine32)
      : m.div(m.polynomial(square, arcsine64.numerator), m.polynomial(square, arcsine64.denominator));
  return { t, correction: m.mul(t, m.mul(square, R)), halved };
}

/** high + low − 2·(t + correction), the large parts first. */
function lessTwice(m: Algebra, { high, low }: { high: number; low: number }, { t, correction }: Arcsine): Value {
  return m.sub(m.sub(high, m.add(t, t)), m.sub(m.add(correction, correction), low));
}

/** Arcsine; NaN where |x| > 1. Error: f32 2.03, f64 2.01 ulp. */
export function lowerAsin(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const reduced = reducedArcsine(m, x);
  const y = m.select(reduced.halved, lessTwice(m, halfPi[m.type], reduced), m.add(reduced.correction, reduced.t));
  return m.setSign(y, m.sign(x));
}

/** Arccosine; NaN where |x| > 1. Error: f32 1.16, f64 1.16 ulp. */
export function lowerAcos(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const { high, low } = halfPi[m.type];
  const reduced = reducedArcsine(m, x);
  const asin = m.add(reduced.correction, reduced.t);
  const central = m.sub(high, m.sub(m.flipSign(asin, m.sign(x)), low));
  const outer = m.select(m.lt(x, 0), lessTwice(m, pi[m.type], reduced), m.add(asin, asin));
  return m.select(reduced.halved, outer, central);
}

// ---- atan, atan2

/** (atan t / t − 1) / t² as a polynomial in t² on |t| ≤ tan(π/8): minimax for the relative error of atan, 2^−30. */
const arctangent32 = [-0.3333331645, 0.1999852508, -0.1424430162, 0.1059833243, -6.087578088e-2];

/** The same as a quotient of polynomials, on |t| ≤ 0.66: Cephes atan.c, error 2^−57. */
const arctangent64 = {
  numerator: [-64.85021904942025, -122.88666844901361, -75.00855792314705, -16.157537187333652, -0.8750608600031904],
  denominator: [194.5506571482614, 485.3903996359137, 432.88106049129027, 165.02700983169885, 24.858464901423062, 1],
};

/**
 * The angle of the point (x, y) in the first quadrant, where x and y are not both zero or infinite. Turned by 0, π/4 or
 * π/2 it lies within π/8 of an axis:
 *
 *     atan(y / x) = π/4 + atan((y − x) / (y + x)) = π/2 + atan(−x / y)
 */
function firstQuadrant(m: Algebra, y: Value, x: Operand): Value {
  const { high, low } = halfPi[m.type];
  const steep = m.gt(y, m.mul(x, Math.SQRT2 + 1)); // tan(3π/8)
  const diagonal = m.gt(y, m.mul(x, Math.SQRT2 - 1)); // tan(π/8)
  const select = (ifSteep: Operand, ifDiagonal: Operand, ifFlat: Operand) =>
    m.select(steep, ifSteep, m.select(diagonal, ifDiagonal, ifFlat));
  const t = m.div(select(m.sub(0, x), m.sub(y, x), y), select(y, m.add(y, x), x));
  const z = m.mul(t, t);
  const R =
    m.type === "f32"
      ? m.polynomial(z, arctangent32)
      : m.div(m.polynomial(z, arctangent64.numerator), m.polynomial(z, arctangent64.denominator));
  const correction = m.add(m.mul(t, m.mul(z, R)), select(low, low / 2, 0));
  return m.add(m.add(correction, t), select(high, high / 2, 0));
}

/** Arctangent. Error: f32 1.89, f64 1.91 ulp. */
export function lowerAtan(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  return m.setSign(firstQuadrant(m, b.abs(x), 1), m.sign(x));
}

/**
 * The angle of the point (x, y) between −π and π: the arctangent of y / x in the right quadrant. Zeros and infinities
 * are as in C and Math.atan2: the sign of a zero y tells the side of the cut. Error: f32 1.92, f64 1.83 ulp.
 */
export function lowerAtan2(b: ScalarBuilder, y: Value, x: Value): Value {
  const m = algebra(b, y.type);
  const [absX, absY] = [b.abs(x), b.abs(y)];
  const scale = m.select(m.lt(m.add(absX, absY), largeSum[m.type]), 1, 0.25); // for sums that overflow
  const same = m.eq(absX, absY); // also both zero or both infinite, which have no quotient
  const Y = m.select(same, m.select(m.eq(y, 0), 0, 1), m.mul(absY, scale));
  const X = m.select(same, 1, m.mul(absX, scale));
  const angle = firstQuadrant(m, Y, X);
  const left = b.lt(m.bits(x), m.integer(0)); // the sign bit, also of −0
  const { high, low } = pi[m.type];
  return m.setSign(m.select(left, m.sub(high, m.sub(angle, low)), angle), m.sign(y));
}

const largeSum = { f32: 2 ** 127, f64: 2 ** 1023 } as const;
