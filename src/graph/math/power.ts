/**
 * Powers and cube roots.
 *
 * x^y = 2^(y · log₂ x) loses as many digits as the exponent has before its point, so log₂ x is needed with more digits
 * than a float has: as the sum of a high part, short enough for exact products, and a low part. The algorithm is that
 * of fdlibm's e_pow.c, without its division of the interval by 3/2.
 *
 * Errors are the largest found in units in the last place: for f32 over all numbers (cbrt) or 10⁸ random pairs (pow),
 * for f64 over 10⁷.
 */
import type { ScalarBuilder, Value } from "../scalar.ts";
import { type Algebra, algebra } from "./algebra.ts";
import { expTail, scaleByPower, splitPositive } from "./exponential.ts";

/** A sum of two floats, the first with half the digits. */
interface Sum {
  readonly high: Value;
  readonly low: Value;
}

/** 2 / (3·ln 2) and ln 2 with the first part short. */
const constants = {
  f32: {
    scaleHigh: 3939 / 2 ** 12,
    scaleLow: 0.0001267720509756049,
    ln2High: 2839 / 2 ** 12,
    ln2Low: 0.000031946184945309415,
  },
  f64: {
    scaleHigh: 64545083 / 2 ** 26,
    scaleLow: 7.872699542894899e-9,
    ln2High: 46516319 / 2 ** 26,
    ln2Low: 1.299650689388989e-8,
  },
} as const;
const scale = 2 / (3 * Math.LN2);

/**
 * (3·atanh s / s − 3 − s²) / s⁴ as a polynomial in s² for |s| ≤ (√2 − 1) / (√2 + 1): minimax for the relative error of
 * the logarithm, 2^−43 and 2^−73.
 */
const logarithm = {
  f32: [0.5999999642, 0.4285795987, 0.3326942325, 0.2933914959],
  f64: [
    0.5999999999999996, 0.42857142857168656, 0.3333333332609063, 0.2727272832924445, 0.23076833819365175,
    0.20004529144078007, 0.17511222012993538, 0.17991402682230412,
  ],
} as const;

/** log₂ of a positive number. With 1 + f = x / 2^k, s = f / (2 + f): log₂ x = k + 2 / (3·ln 2) · s · (3 + s² + …). */
function preciseLog2(m: Algebra, x: Value): Sum {
  const { add, sub, mul, leading } = m;
  const { k, f } = splitPositive(m, x);

  // s = sHigh + sLow: the rest of the division by 2 + f = tHigh + tLow
  const denominator = add(f, 2);
  const reciprocal = m.div(1, denominator);
  const s = mul(f, reciprocal);
  const sHigh = leading(s);
  const tHigh = leading(denominator);
  const tLow = sub(f, sub(tHigh, 2));
  const sLow = mul(sub(f, mul(sHigh, tHigh), mul(sHigh, tLow)), reciprocal);

  // 3 + s² + R = uHigh + uLow
  const z = mul(s, s);
  const R = add(mul(mul(z, z), m.polynomial(z, logarithm[m.type])), mul(sLow, add(sHigh, s)));
  const square = mul(sHigh, sHigh); // exact
  const uHigh = leading(add(square, 3, R));
  const uLow = sub(R, sub(uHigh, 3, square));

  // their product, times 2 / (3·ln 2), plus k
  const product = mul(sHigh, uHigh); // exact
  const productRest = add(mul(sLow, uHigh), mul(uLow, s));
  const pHigh = leading(add(product, productRest));
  const pLow = sub(productRest, sub(pHigh, product));
  const { scaleHigh, scaleLow } = constants[m.type];
  const logHigh = mul(pHigh, scaleHigh); // exact
  const logLow = add(mul(pHigh, scaleLow), mul(pLow, scale));
  const high = leading(add(logHigh, logLow, k));
  return { high, low: sub(logLow, sub(high, k, logHigh)) };
}

/** Exponents of 2 beyond which the power is certainly 0 or Infinity, and of y beyond which it is unless |x| = 1. */
const limits = { f32: { power: 200, exponent: 2 ** 32 }, f64: { power: 1200, exponent: 2 ** 65 } } as const;

/** |x|^y for finite |x| > 0. */
function powerOfMagnitude(m: Algebra, magnitude: Value, y: Value): Value {
  const { add, sub, mul, leading } = m;
  const limit = limits[m.type];
  const bound = (v: Value, largest: number) => m.atLeast(m.atMost(v, largest), -largest);
  const exponent = bound(y, limit.exponent); // Infinity − Infinity would be NaN
  const log2 = preciseLog2(m, magnitude);
  const yHigh = leading(exponent);
  const high = bound(mul(yHigh, log2.high), limit.power); // exact
  const low = bound(add(mul(sub(exponent, yHigh), log2.high), mul(exponent, log2.low)), 1); // beyond 1 only for 0 or ∞

  // 2^(high + low) = 2^n · e^(r + rest)
  const large = m.format.magic + 2 * m.format.bias;
  const encoded = add(high, low, large);
  const fraction = sub(high, sub(encoded, large)); // exact
  const t = leading(add(low, fraction));
  const { ln2High, ln2Low } = constants[m.type];
  const main = mul(t, ln2High); // exact
  const remainder = add(mul(sub(low, sub(t, fraction)), Math.LN2), mul(t, ln2Low));
  const r = add(main, remainder);
  const rest = sub(remainder, sub(r, main));
  const nearOne = add(add(expTail(m, r), add(rest, mul(r, rest))), r, 1);
  return scaleByPower(m, nearOne, encoded);
}

/**
 * x^y with the special cases of C and IEEE 754: x^0 and 1^y are 1 even for NaN, (−1)^±∞ is 1, a negative base wants an
 * integer exponent and takes the sign of odd ones. Error: f32 0.88, f64 1.10 ulp; exact where the power is a number of
 * the type.
 */
export function lowerPow(b: ScalarBuilder, x: Value, y: Value): Value {
  const m = algebra(b, x.type);
  const magnitude = b.abs(x);
  const isZero = m.eq(magnitude, 0);
  const isInfinite = m.eq(magnitude, Infinity);
  const extreme = m.select(b.xor(m.lt(y, 0), isZero), 0, Infinity); // of 0 and ∞ by the sign of y
  const power = m.select(b.or(isZero, isInfinite), extreme, powerOfMagnitude(m, magnitude, y));

  const half = m.mul(y, 0.5);
  const integer = m.eq(b.trunc(y), y);
  const odd = b.and(integer, m.ne(b.trunc(half), half));
  const signed = m.flipSign(power, b.select(odd, m.sign(x), m.integer(0)));

  const noRoot = b.and(m.lt(x, 0), b.not(b.or(integer, isInfinite)));
  const invalid = b.or(noRoot, b.or(m.ne(x, x), m.ne(y, y)));
  return m.select(b.or(m.eq(x, 1), m.eq(y, 0)), 1, m.select(invalid, NaN, signed));
}

/**
 * The bits of a third of the exponent's bias, less what makes the straight line through the cube root best: FreeBSD
 * s_cbrt.c.
 */
const cubeRootBias = { f32: 127 - 127 / 3 - 0.03306235651, f64: 1023 - 1023 / 3 - 0.03306235651 } as const;

/** Cube root, with the sign of x. Error: f32 0.97, f64 0.96 ulp. */
export function lowerCbrt(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const { format, add, sub, mul, select } = m;
  const magnitude = b.abs(x);
  const tiny = m.lt(magnitude, 2 ** -100); // scaled, so that neither cubes underflow nor three times x overflows
  const a = mul(magnitude, select(tiny, 2 ** 60, 2 ** -3));

  // The bits of a float are almost its logarithm: a third of their upper part is almost that of the cube root
  const lower = format.bits === "i32" ? 8 : 32;
  const implicitOne = b.bitcast(format.bits, m.of(2 ** format.fraction));
  const upper = sub(m.float(b.or(b.shrU(m.bits(a), lower), implicitOne)), 2 ** format.fraction);
  const bias = Math.round(cubeRootBias[m.type] * 2 ** (format.fraction - lower));
  const third = add(mul(upper, 1 / 3), bias + 2 ** format.fraction);
  let t = m.float(b.shl(m.bits(third), lower));

  const steps = m.type === "f32" ? 2 : 3; // of Halley: the relative error e becomes ⅔·e³, beginning with 4 %
  for (let step = 0; step < steps; step++) {
    const cube = mul(mul(t, t), t);
    t = add(mul(m.div(sub(a, cube), add(cube, cube, a)), t), t);
  }
  const y = m.setSign(mul(t, select(tiny, 2 ** -20, 2)), m.sign(x));
  return select(b.and(m.gt(magnitude, 0), m.lt(magnitude, Infinity)), y, x);
}
