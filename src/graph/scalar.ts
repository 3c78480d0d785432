/**
 * The language in which an elementwise primitive spells itself to compilers: operations on single numbers that every
 * instruction set has. A compiler hands the primitive a builder; the same spelling serves one number or a vector of them.
 */

import type { Register } from "../base/index.ts";

export type { Register };

/** A number in a register, known to the builder that made it. */
export interface Value {
  readonly type: Register;
}

/**
 * Builds computations on registers. Both operands of a binary operation have one type. Integers wrap around. `min` and `max` of floats propagate
 * NaN; `nearest` rounds ties to even; `sqrt` and the roundings are for floats only. A mask is the result of a comparison: true or false, all
 * bits of a vector's lane.
 */
export interface ScalarBuilder {
  /** A constant; bigint for the bits of an i64. */
  constant(type: Register, value: number | bigint | boolean): Value;

  add(a: Value, b: Value): Value;
  sub(a: Value, b: Value): Value;
  mul(a: Value, b: Value): Value;
  /** Of floats, and of i64 and u64 towards 0: there b must not be 0, and not −1 where a is −2⁶³. */
  div(a: Value, b: Value): Value;
  min(a: Value, b: Value): Value;
  max(a: Value, b: Value): Value;
  neg(a: Value): Value;
  abs(a: Value): Value;
  sqrt(a: Value): Value;
  floor(a: Value): Value;
  ceil(a: Value): Value;
  trunc(a: Value): Value;
  nearest(a: Value): Value;

  eq(a: Value, b: Value): Value;
  ne(a: Value, b: Value): Value;
  lt(a: Value, b: Value): Value;
  le(a: Value, b: Value): Value;
  gt(a: Value, b: Value): Value;
  ge(a: Value, b: Value): Value;

  /** Bitwise, on integers and masks. */
  and(a: Value, b: Value): Value;
  or(a: Value, b: Value): Value;
  xor(a: Value, b: Value): Value;
  not(a: Value): Value;
  /** Shifts of integers by a constant: left, arithmetic right, logical right. */
  shl(a: Value, bits: number): Value;
  shrS(a: Value, bits: number): Value;
  shrU(a: Value, bits: number): Value;

  /** `mask ? a : b`, both computed. */
  select(mask: Value, a: Value, b: Value): Value;
  /**
   * The same number in another type. A float becomes a whole number truncated, held within i32 or (u32, i64, u64) within 64 bits, NaN as 0;
   * a number that does not fit an integer then keeps its low bits. A mask gives 0 or 1; as a mask, a number says whether it is not 0.
   */
  convert(to: Register, a: Value): Value;
  /** The same bits in another type of the same width. */
  bitcast(to: Register, a: Value): Value;
}
