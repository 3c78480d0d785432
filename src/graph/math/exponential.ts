/**
 * exp, expm1, exp2, log, log1p, log2, log10.
 *
 * The exponential splits x = n·ln 2 + r with |r| ≤ ln 2 / 2, so that e^x = 2^n · e^r with e^r near 1. The logarithm
 * goes the other way: x = 2^k · (1 + f) with 1 + f between √½ and √2, so that log x = k·ln 2 + log(1 + f).
 *
 * ln 2 is used in two parts (Cody & Waite, Software Manual for the Elementary Functions, 1980): the last bits of the
 * first are zero, so its product with an integer is exact and nothing is lost when x and n·ln 2 cancel.
 *
 * Errors are the largest found in units in the last place: for f32 over all numbers, for f64 over 10⁷ random ones.
 */
import type { ScalarBuilder, Value } from "../scalar.ts";
import { type Algebra, algebra, type Float } from "./algebra.ts";

const ln2: Readonly<Record<Float, { readonly high: number; readonly low: number }>> = {
  f32: { high: 22713 / 2 ** 15, low: 0.0000014286068203094173 },
  f64: { high: 0.6931471803691238, low: 1.9082149292705877e-10 }, // fdlibm e_exp.c; high has 33 bits
};

interface Reduced {
  /** A float whose last bits are n + offset. */
  readonly encoded: Value;
  /** The remainder high − low, rounded r. */
  readonly high: Value;
  readonly low: Value;
  readonly r: Value;
}

/**
 * x − less = n·ln 2 + r, where `less` is small. Adding a number so large that no fraction fits behind it rounds
 * x / ln 2 to the integer n.
 */
export function reduceByLn2(m: Algebra, x: Value, offset: number, less?: Value): Reduced {
  const large = m.format.magic + offset;
  const encoded = m.add(m.mul(less === undefined ? x : m.sub(x, less), Math.LOG2E), large);
  const n = m.sub(encoded, large);
  const high = m.sub(x, m.mul(n, ln2[m.type].high));
  const lowOfN = m.mul(n, ln2[m.type].low);
  const low = less === undefined ? lowOfN : m.add(lowOfN, less);
  return { encoded, high, low, r: m.sub(high, low) };
}

/** 2^n for a reduction with offset = bias + k: the last bits, moved to the place of the exponent. Gives 2^(n + k). */
export function powerOfTwo(m: Algebra, encoded: Value): Value {
  return m.float(m.b.shl(m.bits(encoded), m.format.fraction));
}

/** (e^r − 1 − r) / r² on |r| ≤ ln 2 / 2: minimax for the relative error of e^r − 1, which is below 2^−26. */
const quadratic32 = [0.4999999702, 0.1666654646, 4.166744277e-2, 8.366252296e-3, 1.38699403e-3];

/** r·(e^r + 1) / (e^r − 1) − 2 as a polynomial in r², without its factor r²: P1 … P5 of fdlibm e_exp.c, error 2^−59. */
const symmetric64 = [
  0.16666666666666602, -0.0027777777777015593, 0.00006613756321437934, -0.0000016533902205465252, 4.1381367970572385e-8,
];

/** e^r − 1 − r, a small part of e^r, for |r| ≤ ln 2 / 2. */
export function expTail(m: Algebra, r: Value): Value {
  const z = m.mul(r, r);
  if (m.type === "f32") return m.mul(z, m.polynomial(r, quadratic32));
  const c = m.sub(r, m.mul(z, m.polynomial(z, symmetric64)));
  return m.div(m.mul(r, c), m.sub(2, c)); // e^r = 1 + r + r·c / (2 − c)
}

/** e^r − 1 for the remainder of a reduction, corrected for the rounding of r. */
export function reducedExpm1(m: Algebra, { high, low, r }: Reduced): Value {
  return m.add(m.sub(expTail(m, r), low), high);
}

/** Beyond these e^x is 0 or Infinity, e^x − 1 is −1, and sinh x is Infinity. */
const expRange = {
  f32: { lowest: -104, highest: 89, lowestMinusOne: -20, highestHalf: 89.5 },
  f64: { lowest: -746, highest: 710, lowestMinusOne: -40, highestHalf: 710.5 },
} as const;

/**
 * x · 2^n for an n encoded with offset 2 · bias, applied as 2^⌊n/2⌋ · 2^⌈n/2⌉: both factors are normal numbers also
 * where 2^n is not, and the last product rounds to a subnormal number once.
 */
export function scaleByPower(m: Algebra, x: Value, encoded: Value): Value {
  const exponents = m.bits(encoded);
  const half = m.b.shrU(exponents, 1);
  const rest = m.b.sub(exponents, half);
  return m.mul(x, powerOfTwo(m, m.float(half)), powerOfTwo(m, m.float(rest)));
}

interface ExpScale {
  /** A small number taken from the exponent, for exponents of more digits than a float has. */
  readonly less?: Value;
  /** Divides the result before it can become subnormal. */
  readonly divisor?: Value;
  /** Halves the result before it can overflow: 0 or −1. */
  readonly shift?: 0 | -1;
}

/** e^(x − less) / divisor · 2^shift, where only the whole may overflow or underflow. */
export function scaledExp(b: ScalarBuilder, x: Value, { less, divisor, shift = 0 }: ExpScale): Value {
  const m = algebra(b, x.type);
  const { lowest, highest } = expRange[m.type];
  const clamped = m.atLeast(m.atMost(x, highest - shift), lowest - shift);
  const { encoded, r } = reduceByLn2(m, clamped, 2 * m.format.bias + shift, less);
  const nearOne = m.add(expTail(m, r), r, 1);
  const scaled = divisor === undefined ? nearOne : m.div(nearOne, divisor);
  return scaleByPower(m, scaled, encoded);
}

/** e^x. Error: f32 1.01, f64 1.01 ulp; subnormal results included. */
export function lowerExp(b: ScalarBuilder, x: Value): Value {
  return scaledExp(b, x, {});
}

/** Beyond these 2^x is 0 or Infinity. */
const exp2Range = { f32: { lowest: -151, highest: 129 }, f64: { lowest: -1076, highest: 1025 } } as const;

/**
 * 2^x = 2^n · e^(r·ln 2) with x = n + r, where |r| ≤ ½ is exact. Error: f32 1.00, f64 1.00 ulp; exact where x is an
 * integer, subnormal results included.
 */
export function lowerExp2(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const { lowest, highest } = exp2Range[m.type];
  const clamped = m.atLeast(m.atMost(x, highest), lowest);
  const large = m.format.magic + 2 * m.format.bias;
  const encoded = m.add(clamped, large);
  const r = m.mul(m.sub(clamped, m.sub(encoded, large)), Math.LN2);
  return scaleByPower(m, m.add(expTail(m, r), r, 1), encoded);
}

/** (e^x − 1) / 4: does not overflow before sinh x does, and needs no 2^n beyond the largest. */
export function quarterExpm1(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const { lowestMinusOne, highestHalf } = expRange[m.type];
  const reduced = reduceByLn2(m, m.atLeast(m.atMost(x, highestHalf), lowestMinusOne), m.format.bias - 2);
  const scale = powerOfTwo(m, reduced.encoded); // 2^n / 4
  return m.add(m.mul(reducedExpm1(m, reduced), scale), m.sub(scale, 0.25)); // 2^n · (e^r − 1) + (2^n − 1), quartered
}

/** e^x − 1, also where e^x is near 1. Error: f32 1.75, f64 1.72 ulp. */
export function lowerExpm1(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const y = m.mul(quarterExpm1(b, x), 4);
  return m.select(m.lt(b.abs(x), m.format.halfEpsilon), x, y); // −0 and subnormal numbers, which have no quarter
}

/** (log(1 + f) − log(1 − f)) / f − 2 as a polynomial in f², without its factor f². */
const logarithm = {
  // FreeBSD e_logf.c: error 2^−34
  f32: [0.66666662693, 0.40000972152, 0.28498786688, 0.24279078841],
  // fdlibm e_log.c: error 2^−58
  f64: [
    0.6666666666666735, 0.3999999999940942, 0.2857142874366239, 0.22222198432149784, 0.1818357216161805,
    0.15313837699209373, 0.14798198605116586,
  ],
} as const;

/** The bits of √½, below which a fraction counts as that of the next power of two. */
const sqrtHalfBits = { f32: 0x3f3504f3n, f64: 0x3fe6a09e667f3bcdn } as const;

/** x = 2^k · (1 + f) with √½ ≤ 1 + f < √2, for positive normal x; what comes as k is k + `magic` + bias. */
function splitPower(m: Algebra, x: Value): { readonly k: Value; readonly f: Value } {
  const { b, format } = m;
  const one = BigInt(format.bias) << BigInt(format.fraction);
  const shifted = b.add(m.bits(x), m.integer(one - sqrtHalfBits[m.type])); // now the exponent field changes at √½
  const fraction = b.and(shifted, m.integer((1n << BigInt(format.fraction)) - 1n));
  const magic = b.bitcast(format.bits, m.of(format.magic));
  return {
    k: m.float(b.or(b.shrU(shifted, format.fraction), magic)),
    f: m.sub(m.float(b.add(fraction, m.integer(sqrtHalfBits[m.type]))), 1),
  };
}

/** The same for all positive x, subnormal ones too, with k itself. */
export function splitPositive(m: Algebra, x: Value): { readonly k: Value; readonly f: Value } {
  const { format } = m;
  const subnormal = m.lt(x, format.smallestNormal);
  const up = format.fraction + 1;
  const { k, f } = splitPower(m, m.select(subnormal, m.mul(x, 2 ** up), x));
  const offset = format.magic + format.bias;
  return { k: m.sub(k, m.select(subnormal, offset + up, offset)), f };
}

/** y as a logarithm of x: Infinity at Infinity, −Infinity at ±0, NaN below. */
function asLogarithm(m: Algebra, x: Value, y: Value): Value {
  const finite = m.select(m.lt(x, Infinity), y, x);
  return m.select(m.gt(x, 0), finite, m.select(m.eq(x, 0), -Infinity, NaN));
}

/**
 * log(1 + f) = f − halfSquare + rest: with s = f / (2 + f)
 *
 *     log(1 + f) = log(1 + s) − log(1 − s) = f − f²/2 + s·(f²/2 + R(s²))
 */
function logParts(m: Algebra, f: Value): { readonly halfSquare: Value; readonly rest: Value } {
  const { add, mul } = m;
  const s = m.div(f, add(2, f));
  const z = mul(s, s);
  const halfSquare = mul(mul(f, 0.5), f);
  const R = mul(z, m.polynomial(z, logarithm[m.type]));
  return { halfSquare, rest: mul(s, add(halfSquare, R)) };
}

/** k·ln 2 + log(1 + f) + correction, where the correction is small. */
function assembleLog(m: Algebra, k: Value, f: Value, correction?: Value): Value {
  const { add, sub, mul } = m;
  const { halfSquare, rest } = logParts(m, f);
  const kLow = mul(k, ln2[m.type].low);
  const small = add(rest, correction === undefined ? kLow : add(kLow, correction));
  return add(sub(small, halfSquare), f, mul(k, ln2[m.type].high));
}

/** Natural logarithm: −Infinity at ±0, NaN below. Error: f32 0.85, f64 0.84 ulp; subnormal arguments included. */
export function lowerLog(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const { k, f } = splitPositive(m, x);
  return asLogarithm(m, x, assembleLog(m, k, f));
}

/** The factor from ln x to a logarithm with another base, with a short first part, and what that gives for x = 2. */
interface Base {
  readonly high: number;
  readonly low: number;
  readonly ofTwoHigh: number;
  readonly ofTwoLow: number;
}

const bases: Readonly<Record<2 | 10, Readonly<Record<Float, Base>>>> = {
  2: {
    f32: { high: 2955 / 2 ** 11, low: -0.00017605286103659264, ofTwoHigh: 1, ofTwoLow: 0 },
    f64: { high: 48408813 / 2 ** 25, low: -1.0542692476429138e-8, ofTwoHigh: 1, ofTwoLow: 0 },
  },
  10: {
    // the product of the first part of log₁₀ 2 with k is exact
    f32: {
      high: 3558 / 2 ** 13,
      low: -0.00003168997174817235,
      ofTwoHigh: 19728 / 2 ** 16,
      ofTwoLow: 0.000004605038981195214,
    },
    f64: {
      high: 58290019 / 2 ** 27,
      low: -2.6524694553078553e-9,
      ofTwoHigh: 1323943922168 / 2 ** 42,
      ofTwoLow: -8.532344317057107e-14,
    },
  },
};

/**
 * k·log 2 + log(1 + f) to another base. ln(1 + f) comes as the sum of a part with half the digits, whose product with
 * the first part of the factor is exact, and a small one (FreeBSD e_log2.c, e_log10.c).
 */
function logToBase(b: ScalarBuilder, x: Value, base: 2 | 10): Value {
  const m = algebra(b, x.type);
  const { add, sub, mul } = m;
  const { high, low, ofTwoHigh, ofTwoLow } = bases[base][m.type];
  const { k, f } = splitPositive(m, x);
  const { halfSquare, rest } = logParts(m, f);
  const fHigh = m.leading(sub(f, halfSquare));
  const fLow = add(sub(sub(f, fHigh), halfSquare), rest);
  const small = add(mul(add(fLow, fHigh), low), mul(fLow, high));
  const main = mul(fHigh, high); // exact
  if (ofTwoLow === 0) return asLogarithm(m, x, add(small, main, k));
  return asLogarithm(m, x, add(small, mul(k, ofTwoLow), main, mul(k, ofTwoHigh)));
}

/** Logarithm to base 2; exact at powers of 2. Error: f32 1.00, f64 1.00 ulp. */
export function lowerLog2(b: ScalarBuilder, x: Value): Value {
  return logToBase(b, x, 2);
}

/** Logarithm to base 10; exact at powers of 10. Error: f32 1.00, f64 1.00 ulp. */
export function lowerLog10(b: ScalarBuilder, x: Value): Value {
  return logToBase(b, x, 10);
}

/**
 * log(1 + x), also where x is small: what rounding took from u = 1 + x comes back as (x − (u − 1)) / u.
 *
 * −Infinity at −1, NaN below. Error: f32 0.87, f64 0.84 ulp.
 */
export function lowerLog1p(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const { format } = m;
  const u = m.add(x, 1);
  const lost = m.sub(x, m.sub(u, 1));
  const { k, f } = splitPower(m, u);
  const y = assembleLog(m, m.sub(k, format.magic + format.bias), f, m.div(lost, u));
  const finite = m.setSign(m.select(m.lt(x, Infinity), y, x), m.sign(x)); // −0
  return m.select(m.gt(x, -1), finite, m.select(m.eq(x, -1), -Infinity, NaN));
}
