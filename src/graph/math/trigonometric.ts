/**
 * sin, cos, tan and their inverses.
 *
 * The argument is reduced to |r| ≤ π/4 and the number of quarter turns, exactly for every number however large: the
 * product with 2/π is computed in integers and only the digits around the point are ever made (Payne & Hanek, "Radian
 * reduction for trigonometric functions", 1983). There is no branch, so small numbers cost as much as large ones: some
 * hundred operations.
 *
 * Errors are the largest found in units in the last place: for f32 over all numbers, for f64 over 10⁷ random ones.
 */
import type { ScalarBuilder, Value } from "../scalar.ts";
import { type Algebra, algebra } from "./algebra.ts";
import { powerOfTwo } from "./exponential.ts";

/** The first 1248 binary digits of 2/π after the point. */
const twoOverPi = BigInt(
  "0xa2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e006492eea09d1921cfe1deb1cb129a7" +
    "3ee88235f52ebb4484e99c7026b45f7e413991d639835339f49c845f8bbdf9283b1ff897ffde05980fef2f118b5a0a6d1f6d367ecf27cb" +
    "09b74f463f669e5fea2d7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d0856033046fc7b6babf0cfbc20",
);
const twoOverPiBits = 1248;

/**
 * How many half words of 2/π are multiplied: enough where x is nearest to a multiple of π/2, where leading digits
 * vanish.
 */
const windowLength = { f32: 6, f64: 7 } as const;

/** π/2 as a sum; the product of the first part with half a word is exact. */
const halfPi = {
  f32: { high: 201 / 2 ** 7, low: 0.0004838267948966193 },
  f64: { high: 1647099 / 2 ** 20, low: 3.139164786504813e-7 },
} as const;

interface Reduced {
  /** Quarter turns in the last two bits of an integer. */
  readonly turns: Value;
  /** Between −π/4 and π/4. */
  readonly r: Value;
}

/**
 * |x| = turns · π/2 + r, for |x| ≥ π/4. Digits are half words of H bits, so that a product of two fits in a word:
 *
 *     |x| = 4 · M · 2^(H·(q − 2) + s)      M an integer with all bits of x, 0 ≤ s < H
 *     2/π = Σ dⱼ · 2^(−H·j)
 *     |x| / 2π = Σ M · dⱼ · 2^(H·(q − 2 − j) + s)
 *
 * The terms with j ≤ q − 2 are whole turns and are left out: M is multiplied with the digits from d_(q−1) on, and what
 * the product has before its first digits' place is left out too.
 */
function reduceLarge(m: Algebra, magnitude: Value): Reduced {
  const { b, format, integer } = m;
  const H = halfWord[format.bits];
  const fractionMask = (1n << BigInt(format.fraction)) - 1n;
  const x = m.bits(magnitude);
  const M = b.or(b.and(x, integer(fractionMask)), integer(fractionMask + 1n));
  const exponent = b.add(b.shrU(x, format.fraction), integer(2 * H - 2 - format.bias - format.fraction)); // H · q + s
  const digits = productDigits(m, M, digitsFrom(m, exponent, H), H);

  // times 2^s: the four digits after the point, and a fifth for its carry
  const s = b.and(exponent, integer(H - 1));
  const power = powerOfTwo(m, m.float(b.add(s, integer(format.bias))));
  const scale = b.and(m.bits(m.add(power, 2 ** format.fraction)), integer(fractionMask)); // 2^s as an integer
  const [first, second, third, fourth] = chain(m, H, digits.slice(0, 5), (digit) => b.mul(digit, scale));
  return quarterTurns(m, b.or(b.shl(first!, H), second!), b.or(b.shl(third!, H), fourth!), H);
}

const halfWord = { i32: 16, i64: 32 } as const;

/** From the last digit to the first: each becomes `term` of it plus the carry, which goes on to the digit before. */
function chain(
  { b, integer }: Algebra,
  H: number,
  digits: readonly Value[],
  term: (digit: Value, index: number) => Value,
): Value[] {
  const results: Value[] = [];
  let carry = integer(0);
  for (let i = digits.length - 1; i >= 0; i--) {
    const sum = b.add(term(digits[i]!, i), carry);
    results[i] = b.and(sum, integer((1n << BigInt(H)) - 1n));
    carry = b.shrU(sum, H);
  }
  return results;
}

/** The product of M, which has two digits, with a fraction of many, modulo 1. */
function productDigits(m: Algebra, M: Value, fraction: readonly Value[], H: number): Value[] {
  const { b, integer } = m;
  const [low, high] = [b.and(M, integer((1n << BigInt(H)) - 1n)), b.shrU(M, H)];
  const byLow = chain(m, H, fraction, (digit) => b.mul(low, digit));
  return chain(m, H, byLow.slice(0, -1), (digit, i) => b.add(b.mul(high, fraction[i + 1]!), digit));
}

/** The digits of 2/π from d_(q−1) on, where q = ⌊exponent / H⌋: a selection by each bit of q, the highest first. */
function digitsFrom(m: Algebra, exponent: Value, H: number): readonly Value[] {
  const { b, integer } = m;
  const length = windowLength[m.type];
  const largestQ = m.type === "f32" ? 8 : 32;
  const digitMask = (1n << BigInt(H)) - 1n;
  const digit = (j: number) => (j < 1 ? 0n : (twoOverPi >> BigInt(twoOverPiBits - H * j)) & digitMask);
  let digits = Array.from({ length: largestQ + length }, (_, i) => integer(digit(i - 1)));
  for (let step = largestQ; step >= 1; step /= 2) {
    const isSet = b.ne(b.and(exponent, integer(H * step)), integer(0));
    const needed = Math.min(digits.length, length + step - 1);
    digits = Array.from({ length: needed }, (_, i) =>
      i + step < digits.length ? b.select(isSet, digits[i + step]!, digits[i]!) : digits[i]!,
    );
  }
  return digits;
}

/** Splits a fraction of a turn, in two words after the point, into quarter turns and the rest in radians. */
function quarterTurns(m: Algebra, first: Value, second: Value, H: number): Reduced {
  const { b, format, integer } = m;
  const { high, low } = halfPi[m.type];
  const W = 2 * H; // bits of a word
  const signed = b.or(b.shl(first, 2), b.shrU(second, W - 2)); // fraction of a quarter turn, from −½ to ½
  const turns = b.add(b.shrU(first, W - 2), b.shrU(signed, W - 1)); // below zero the quarter turn is rounded up
  const negative = b.shrS(signed, W - 1); // all ones or all zeros
  const magnitude = b.xor(signed, negative); // not −signed but that less 2^−2W, which is far too small to matter
  const rest = b.xor(b.shl(second, 2), negative);
  const toFloat = (x: Value) => m.sub(m.float(b.or(x, m.bits(m.of(2 ** format.fraction)))), 2 ** format.fraction);
  const A = toFloat(b.shrU(magnitude, H)); // in units of 2^−H
  const B = toFloat(b.and(magnitude, integer((1n << BigInt(H)) - 1n))); // of 2^−W
  const C = toFloat(b.shrU(rest, W - format.fraction)); // of 2^−(W + fraction)
  const small = m.add(
    m.mul(A, low * 2 ** -H),
    m.mul(m.add(B, m.mul(C, 2 ** -format.fraction)), (Math.PI / 2) * 2 ** -W),
  );
  const r = m.add(m.mul(A, high * 2 ** -H), small);
  return { turns, r: m.flipSign(r, b.and(signed, integer(format.sign))) };
}

function reduceByHalfPi(m: Algebra, x: Value): Reduced {
  const magnitude = m.b.abs(x);
  const large = reduceLarge(m, magnitude);
  const isSmall = m.lt(magnitude, Math.PI / 4);
  return { turns: m.b.select(isSmall, m.integer(0), large.turns), r: m.select(isSmall, magnitude, large.r) };
}

/** (sin r − r) / r³ as a polynomial in r² on |r| ≤ π/4. */
const sine = {
  f32: [-0.1666665524, 8.332189173e-3, -1.951826416e-4], // minimax for the relative error of sin, 2^−28
  f64: [
    // S1 … S6 of fdlibm k_sin.c, error 2^−58
    -0.16666666666666632, 0.00833333333332249, -0.0001984126982985795, 0.0000027557313707070068, -2.5050760253406863e-8,
    1.58969099521155e-10,
  ],
} as const;

/** (cos r − 1 + r²/2) / r⁴ as a polynomial in r² on |r| ≤ π/4. */
const cosine = {
  f32: [4.166664556e-2, -1.388731063e-3, 2.443255653e-5], // minimax for the relative error of cos, 2^−33
  f64: [
    // C1 … C6 of fdlibm k_cos.c, error 2^−58
    0.0416666666666666, -0.001388888888887411, 0.00002480158728947673, -2.7557314351390663e-7, 2.087572321298175e-9,
    -1.1359647557788195e-11,
  ],
} as const;

function sineAndCosine(m: Algebra, r: Value): { readonly sin: Value; readonly cos: Value } {
  const z = m.mul(r, r);
  return {
    sin: m.add(m.mul(m.mul(z, r), m.polynomial(z, sine[m.type])), r),
    cos: m.sub(1, m.sub(m.mul(z, 0.5), m.mul(m.mul(z, z), m.polynomial(z, cosine[m.type])))),
  };
}

/** NaN where x is infinite, y elsewhere. */
function finiteOnly(m: Algebra, x: Value, y: Value): Value {
  return m.sub(y, m.sub(x, x)); // −0 − 0 is −0
}

/** sin of r plus so many quarter turns, negated where the integer `sign` has its sign bit set. */
function sineAfterTurns(m: Algebra, turns: Value, r: Value, sign: Value): Value {
  const { b, integer, format } = m;
  const { sin, cos } = sineAndCosine(m, r);
  const odd = b.ne(b.and(turns, integer(1)), integer(0));
  const secondHalf = b.shl(b.and(turns, integer(2)), format.bits === "i32" ? 30 : 62); // moved to the sign bit
  return m.flipSign(m.select(odd, cos, sin), b.xor(secondHalf, sign));
}

/** Sine. Error: f32 1.68, f64 1.50 ulp, for arguments of any size. */
export function lowerSin(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const { turns, r } = reduceByHalfPi(m, x);
  return finiteOnly(m, x, sineAfterTurns(m, turns, r, m.sign(x)));
}

/** Cosine: the sine a quarter turn later. Error: f32 1.72, f64 1.50 ulp, for arguments of any size. */
export function lowerCos(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const { turns, r } = reduceByHalfPi(m, x);
  return finiteOnly(m, x, sineAfterTurns(m, b.add(turns, m.integer(1)), r, m.integer(0)));
}

/**
 * Tangent: sin r / cos r, and −cos r / sin r after an odd number of quarter turns. Error: f32 3.45, f64 3.19 ulp, for
 * arguments of any size.
 */
export function lowerTan(b: ScalarBuilder, x: Value): Value {
  const m = algebra(b, x.type);
  const { turns, r } = reduceByHalfPi(m, x);
  const { sin, cos } = sineAndCosine(m, r);
  const parity = b.shl(turns, m.format.bits === "i32" ? 31 : 63); // at the sign bit
  const odd = b.ne(parity, m.integer(0));
  const y = m.div(m.select(odd, cos, sin), m.select(odd, sin, cos));
  return finiteOnly(m, x, m.flipSign(y, b.xor(parity, m.sign(x))));
}
