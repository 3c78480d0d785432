/**
 * Division with remainder, sign and rounding.
 *
 * remainder and floorDivide follow NumPy and Python: the quotient is rounded down and the remainder has the sign of the
 * divisor. fmod follows C and JavaScript's %: the quotient is rounded towards zero and the remainder has the dividend's
 * sign. Floats also follow them at zeros, infinities and NaN; integers give 0 where the divisor is 0.
 */
import type { ScalarBuilder, Value } from "../scalar.ts";
import { type Algebra, algebra } from "./algebra.ts";

// ---- integers of 32 bits: rounding to f64 cannot lift a quotient to the next integer, which is at least 2^−32 of it away

function isInteger({ type }: Value): boolean {
  return type !== "f32" && type !== "f64";
}

interface IntegerQuotient {
  readonly quotient: Value;
  readonly nonzero: Value;
}

function integerQuotient(b: ScalarBuilder, a: Value, c: Value, rounding: "floor" | "trunc"): IntegerQuotient {
  const nonzero = b.ne(c, b.constant(a.type, 0));
  if (a.type === "i64" || a.type === "u64") return { quotient: wideQuotient(b, a, c, nonzero, rounding), nonzero };
  const exact = b.convert(a.type, b[rounding](b.div(b.convert("f64", a), b.convert("f64", c))));
  if (a.type === "u32") return { quotient: exact, nonzero };
  const minusOne = b.eq(c, b.constant("i32", -1)); // −2^31 / −1 wraps around, as in NumPy
  return { quotient: b.select(minusOne, b.neg(a), exact), nonzero };
}

/** Of 64 bits, with 1 instead of the divisors that the instruction does not take: 0, and −1 because of −2^63 / −1. */
function wideQuotient(b: ScalarBuilder, a: Value, c: Value, nonzero: Value, rounding: "floor" | "trunc"): Value {
  const [zero, one] = [b.constant(a.type, 0), b.constant(a.type, 1)];
  if (a.type === "u64") return b.div(a, b.select(nonzero, c, one));
  const minusOne = b.eq(c, b.constant(a.type, -1));
  const divisor = b.select(b.and(nonzero, b.not(minusOne)), c, one);
  const truncated = b.div(a, divisor);
  const rest = b.sub(a, b.mul(truncated, divisor));
  const below = b.and(b.ne(rest, zero), b.xor(b.lt(rest, zero), b.lt(divisor, zero)));
  const quotient = rounding === "floor" ? b.select(below, b.sub(truncated, one), truncated) : truncated;
  return b.select(minusOne, b.neg(a), quotient);
}

function integerRemainder(b: ScalarBuilder, a: Value, c: Value, rounding: "floor" | "trunc"): Value {
  const { quotient, nonzero } = integerQuotient(b, a, c, rounding);
  return b.select(nonzero, b.sub(a, b.mul(quotient, c)), b.constant(a.type, 0));
}

// ---- floats

/** Bits of the quotient that one step of the long division finds, and how many powers of two are above 1, and below. */
const longDivisionSteps = {
  f32: { bitsPerStep: 11, exponents: 126 },
  f64: { bitsPerStep: 25, exponents: 1022 },
} as const;

/**
 * r modulo y by long division in base 2^11 (f32) or 2^25 (f64); r / y must not overflow.
 *
 * q holds the leading bits of the quotient, y = high + low; then both products are exact, and so are both differences,
 * because the new remainder is a multiple of the last place of q times that of y and less than 2^24 (2^53) of these.
 * The result may be off by y to either side.
 */
function longDivision(m: Algebra, r: Value, y: Value, bits: number): Value {
  const yHigh = m.leading(y);
  const yLow = m.sub(y, yHigh);
  const reciprocal = m.div(1, y);
  for (let step = 0; step < bits / longDivisionSteps[m.type].bitsPerStep; step++) {
    const q = m.leading(m.b.trunc(m.mul(r, reciprocal)));
    r = m.sub(r, m.mul(q, yHigh), m.mul(q, yLow));
  }
  return r;
}

/**
 * |x| modulo |y|. The quotient may have twice as many bits as an exponent can count, so it is found in three parts: for
 * y times a large power of two, for y itself, and for y that is subnormal, for which y · 2^24 (2^53) stands in the
 * first two parts.
 */
function absoluteModulo(m: Algebra, x: Value, y: Value): Value {
  const { b, format } = m;
  const { exponents } = longDivisionSteps[m.type];
  const up = format.fraction + 1;
  const subnormal = m.lt(y, format.smallestNormal);
  const scale = m.select(subnormal, 2 ** up, 1);
  const divisor = m.mul(y, scale);
  const multiple = m.select(m.lt(divisor, 1), m.mul(divisor, 2 ** exponents), divisor);
  const first = longDivision(m, x, multiple, exponents + 1);
  const second = longDivision(m, first, divisor, exponents + 1);
  const third = m.mul(longDivision(m, m.mul(second, scale), divisor, up + 1), m.select(subnormal, 2 ** -up, 1));
  const fromZero = m.select(m.lt(third, 0), m.add(third, y), third);
  const belowY = m.select(m.ge(fromZero, y), m.sub(fromZero, y), fromZero);
  return m.select(b.lt(x, y), x, belowY); // also for y = Infinity
}

/** x − y · trunc(x / y), exact, with the sign of x; NaN where x is infinite or y is 0. On f32, f64 and integers. */
export function lowerFmod(b: ScalarBuilder, x: Value, y: Value): Value {
  if (isInteger(x)) return integerRemainder(b, x, y, "trunc");
  const m = algebra(b, x.type);
  return m.setSign(absoluteModulo(m, b.abs(x), b.abs(y)), m.sign(x));
}

/** x − y · floor(x / y) with the sign of y, rounded once; NaN where x is infinite or y is 0. On f32, f64 and integers. */
export function lowerRemainder(b: ScalarBuilder, x: Value, y: Value): Value {
  if (isInteger(x)) return integerRemainder(b, x, y, "floor");
  const m = algebra(b, x.type);
  const modulo = lowerFmod(b, x, y);
  const otherSide = b.xor(m.lt(modulo, 0), m.lt(y, 0));
  const nonzero = m.select(otherSide, m.add(modulo, y), modulo);
  return m.select(m.eq(modulo, 0), m.float(m.sign(y)), nonzero);
}

/**
 * floor(x / y), exact below 2^24 (f32) and 2^53 (f64), from where it is x / y itself; x / 0 where y is 0, NaN where x
 * is infinite. On f32, f64 and integers.
 *
 * Rounding can lift x / y to the next integer. That shows in the remainder x − q·y, whose parts are exact as in the
 * long division.
 */
export function lowerFloorDivide(b: ScalarBuilder, x: Value, y: Value): Value {
  if (isInteger(x)) {
    const { quotient, nonzero } = integerQuotient(b, x, y, "floor");
    return b.select(nonzero, quotient, b.constant(x.type, 0));
  }
  const m = algebra(b, x.type);
  const q = b.floor(m.div(x, y));
  const [qHigh, yHigh] = [m.leading(q), m.leading(y)];
  const [qLow, yLow] = [m.sub(q, qHigh), m.sub(y, yHigh)];
  const difference = m.sub(x, m.mul(qHigh, yHigh), m.mul(qHigh, yLow), m.mul(qLow, yHigh), m.mul(qLow, yLow));
  const remainder = m.select(m.eq(q, 0), x, difference); // y may be infinite
  const tooHigh = b.and(b.xor(m.lt(remainder, 0), m.lt(y, 0)), m.ne(remainder, 0));
  const floored = m.select(b.and(tooHigh, m.le(b.abs(q), 2 ** (m.format.fraction + 1))), m.sub(q, 1), q);
  const finite = m.sub(floored, m.sub(x, x)); // Infinity − Infinity is NaN; −0 − 0 is −0
  return m.select(m.eq(y, 0), m.div(x, y), finite);
}

// ---- sign and rounding

/** 1, −1, or x itself where it is ±0 or NaN. On f32, f64 and integers. */
export function lowerSign(b: ScalarBuilder, x: Value): Value {
  const zero = b.constant(x.type, 0);
  const negative = b.select(b.lt(x, zero), b.constant(x.type, -1), x);
  return b.select(b.gt(x, zero), b.constant(x.type, 1), negative);
}

/** The nearest integer; halves go to the even one, as in NumPy and PyTorch. On f32, f64 and integers. */
export function lowerRound(b: ScalarBuilder, x: Value): Value {
  return x.type === "i32" ? x : b.nearest(x);
}
