/**
 * The builder's operations with plain numbers as constants, so that a formula reads as in the book it comes from, and
 * the layout of IEEE 754 numbers for the formulas that work on their bits.
 *
 * A float is ±1.fraction · 2^(exponent − bias): from the top a sign bit, the biased exponent, and the fraction.
 */
import type { Register, ScalarBuilder, Value } from "../scalar.ts";

export type Float = "f32" | "f64";

/** A value, or a number that stands for a constant of the type at hand. */
export type Operand = Value | number;

export interface FloatFormat {
  /** The integer register that holds the bits. */
  readonly bits: "i32" | "i64";
  /** Number of fraction bits. */
  readonly fraction: number;
  /** What the exponent field holds for 2^0. */
  readonly bias: number;
  /** Number of fraction bits without which the square of a number is exact. */
  readonly lowHalf: number;
  /** Only the sign bit. */
  readonly sign: bigint;
  /** 1.5 · 2^fraction: a small number added to it is rounded to an integer, which then is the end of the sum's bits. */
  readonly magic: number;
  /** Smallest number with a full fraction. */
  readonly smallestNormal: number;
  /** Largest number whose sum with 1 is rounded to 1. */
  readonly halfEpsilon: number;
}

export const formats: Readonly<Record<Float, FloatFormat>> = {
  f32: {
    bits: "i32",
    fraction: 23,
    bias: 127,
    lowHalf: 12,
    sign: -(2n ** 31n),
    magic: 1.5 * 2 ** 23,
    smallestNormal: 2 ** -126,
    halfEpsilon: 2 ** -24,
  },
  f64: {
    bits: "i64",
    fraction: 52,
    bias: 1023,
    lowHalf: 27,
    sign: -(2n ** 63n),
    magic: 1.5 * 2 ** 52,
    smallestNormal: 2 ** -1022,
    halfEpsilon: 2 ** -53,
  },
};

export type Algebra = ReturnType<typeof algebra>;

/** The operations on registers of one type of float. Sums and products of several terms go from left to right. */
export function algebra(b: ScalarBuilder, type: Register) {
  if (type !== "f32" && type !== "f64") throw new Error(`elementary functions are for f32 and f64, not ${type}`);
  const format = formats[type];
  const of = (x: Operand): Value => (typeof x === "number" ? b.constant(type, x) : x);
  /** An integer of the size of the float's bits. */
  const integer = (n: bigint | number): Value =>
    format.bits === "i32" ? b.constant("i32", Number(n)) : b.constant("i64", BigInt(n));
  const bits = (x: Value): Value => b.bitcast(format.bits, x);
  const float = (x: Value): Value => b.bitcast(type, x);
  const add = (x: Operand, ...terms: readonly Operand[]): Value =>
    terms.reduce<Value>((s, t) => b.add(s, of(t)), of(x));
  const sub = (x: Operand, ...terms: readonly Operand[]): Value =>
    terms.reduce<Value>((s, t) => b.sub(s, of(t)), of(x));
  const mul = (x: Operand, ...terms: readonly Operand[]): Value =>
    terms.reduce<Value>((s, t) => b.mul(s, of(t)), of(x));
  const lt = (x: Operand, y: Operand): Value => b.lt(of(x), of(y));
  const gt = (x: Operand, y: Operand): Value => b.gt(of(x), of(y));
  const select = (mask: Value, x: Operand, y: Operand): Value => b.select(mask, of(x), of(y));
  return {
    b,
    type,
    format,
    of,
    integer,
    bits,
    float,
    add,
    sub,
    mul,
    lt,
    gt,
    select,
    div: (x: Operand, y: Operand): Value => b.div(of(x), of(y)),
    eq: (x: Operand, y: Operand): Value => b.eq(of(x), of(y)),
    ne: (x: Operand, y: Operand): Value => b.ne(of(x), of(y)),
    le: (x: Operand, y: Operand): Value => b.le(of(x), of(y)),
    ge: (x: Operand, y: Operand): Value => b.ge(of(x), of(y)),
    /** c[0] + c[1] · x + c[2] · x² + … by Horner's rule. */
    polynomial: (x: Value, c: readonly number[]): Value => {
      const highest = of(c[c.length - 1]!);
      return c.slice(0, -1).reduceRight<Value>((sum, ci) => b.add(b.mul(sum, x), of(ci)), highest);
    },
    /** x, but at most `limit`; NaN stays NaN. In this form it is one instruction: WebAssembly's pmin. */
    atMost: (x: Value, limit: number): Value => select(lt(limit, x), limit, x),
    /** x, but at least `limit`; NaN stays NaN. */
    atLeast: (x: Value, limit: number): Value => select(lt(x, limit), limit, x),
    /** The sign bit of x, all other bits zero. */
    sign: (x: Value): Value => b.and(bits(x), integer(format.sign)),
    /** |x| with its sign bit flipped where `sign` has one: a positive x takes the sign. */
    flipSign: (x: Value, sign: Value): Value => float(b.xor(bits(x), sign)),
    /**
     * x with the sign bit set where `sign` has one: for results that have the sign of the argument but may have lost
     * that of −0.
     */
    setSign: (x: Value, sign: Value): Value => float(b.or(bits(x), sign)),
    /** The leading half of the digits of x; the product of two such halves is exact. What is left has as few digits. */
    leading: (x: Value): Value => float(b.and(bits(x), integer(-(2n ** BigInt(format.lowHalf))))),
  };
}
