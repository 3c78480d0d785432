/**
 * float16 and bfloat16 in f32 registers: from and to their bits, and the rounding of a result, all with the nearest number and ties to even.
 * Spelled in operations on f32 and i32 that vectors have, too.
 *
 * A half's bits, moved to where a float32 has its exponent and fraction, are the float32 that is smaller by 2^(127 − bias), subnormal numbers
 * included; so a multiplication by a power of two converts, exactly, all that is finite.
 */
import type { FloatFormat } from "../../base/index.ts";
import type { ScalarBuilder, Value } from "../scalar.ts";

/** The bits of float32 that a half does not have, and the difference of the exponents' biases. */
function against({ exponent, fraction }: FloatFormat): { drop: number; bias: number; excess: number } {
  const bias = 2 ** (exponent - 1) - 1;
  return { drop: 23 - fraction, bias, excess: 127 - bias };
}

const infinity = 0x7f800000; // as bits of a float32
const signBit = -0x80000000;

/** The number, as f32, that the bits in an i32 stand for, which repeats the sign above them. */
export function lowerFromBits(b: ScalarBuilder, bits: Value, format: FloatFormat): Value {
  const { drop, bias, excess } = against(format);
  if (excess === 0) return b.bitcast("f32", b.shl(bits, 16));
  const inPlace = b.and(b.shl(bits, drop), b.constant("i32", signBit + 0x7fff * 2 ** drop));
  const finite = b.mul(b.bitcast("f32", inPlace), b.constant("f32", 2 ** excess));
  const whole = b.bitcast("i32", finite);
  const beyond = b.ge(b.abs(finite), b.constant("f32", 2 ** (bias + 1))); // its exponent says infinity or NaN
  return b.bitcast("f32", b.select(beyond, b.or(whole, b.constant("i32", infinity)), whole));
}

/** The bits of a number of the format that an f32 holds. */
export function lowerToBits(b: ScalarBuilder, x: Value, format: FloatFormat): Value {
  const { drop, excess } = against(format);
  const sign = b.shrU(b.bitcast("i32", x), 16);
  if (excess === 0) return sign; // and all the other bits
  const small = b.shrU(b.bitcast("i32", b.mul(x, b.constant("f32", 2 ** -excess))), drop);
  // of the exponents of infinity and NaN, which stay all ones, the lower bits are those of the format
  return b.or(b.and(sign, b.constant("i32", 0x8000)), b.and(small, b.constant("i32", 0x7fff)));
}

/** The nearest number of the format to an f32. */
export function lowerRoundToFormat(b: ScalarBuilder, x: Value, format: FloatFormat): Value {
  return against(format).excess === 0 ? roundBits(b, x, format) : roundByAddition(b, x, format);
}

/**
 * With the exponents of float32: half of a step is added to the bits, less the least bit where the digits that stay are even, so that a tie
 * goes up from odd ones only.
 */
function roundBits(b: ScalarBuilder, x: Value, format: FloatFormat): Value {
  const { drop } = against(format);
  const int = (value: number) => b.constant("i32", value);
  const bits = b.bitcast("i32", x);
  const odd = b.and(b.shrU(bits, drop), int(1));
  const up = b.add(b.add(bits, int(2 ** (drop - 1) - 1)), odd);
  return b.select(b.ne(x, x), b.constant("f32", Number.NaN), b.bitcast("f32", b.and(up, int(-(2 ** drop)))));
}

/** With shorter exponents: what is added to |x|, and taken off again, has the steps of the format as its last place. */
function roundByAddition(b: ScalarBuilder, x: Value, format: FloatFormat): Value {
  const { drop, bias } = against(format);
  const int = (value: number) => b.constant("i32", value);
  const bits = b.bitcast("i32", x);
  const sizeBits = b.and(bits, int(~signBit));
  const size = b.bitcast("f32", sizeBits);
  const normal = b.max(sizeBits, int((127 + 1 - bias) * 2 ** 23)); // below, the steps stay those of the smallest exponent
  const power = b.bitcast("f32", b.add(b.and(normal, int(infinity)), int(drop * 2 ** 23)));
  const rounded = b.sub(b.add(size, power), power);
  const overflow = (2 - 2 ** -(format.fraction + 1)) * 2 ** bias; // halfway from the greatest number to one with a larger exponent
  const below = b.lt(size, b.constant("f32", overflow));
  const held = b.select(below, rounded, b.mul(size, b.constant("f32", Number.POSITIVE_INFINITY))); // NaN stays NaN
  return b.bitcast("f32", b.or(b.bitcast("i32", held), b.and(bits, int(signBit))));
}

/**
 * A number as f32, on its way to a half: where digits are lost the last one left is odd, so that rounding again gives what rounding once
 * would (Boldo & Melquiond 2008).
 */
export function lowerShorten(b: ScalarBuilder, x: Value): Value {
  switch (x.type) {
    case "f64":
      return fromFloat64(b, x);
    case "i64":
    case "u64":
      return fromFloat64(b, b.convert("f64", oddInteger(b, x, 12)));
    case "i32":
    case "u32":
      return b.convert("f32", oddInteger(b, x, 8));
    default:
      return b.convert("f32", x);
  }
}

/** The integer without its last bits, except that the next one notes whether they were 0; itself if it is small. */
function oddInteger(b: ScalarBuilder, x: Value, bits: number): Value {
  const of = (value: number) => b.constant(x.type, value);
  const lost = b.ne(b.and(x, of(2 ** bits - 1)), of(0));
  const kept = b.and(x, of(-(2 ** bits)));
  const small = b.lt(b.abs(x), of(2 ** 24)); // exact in either float
  const odd = b.select(lost, b.or(kept, of(2 ** bits)), kept);
  return b.select(b.and(small, b.ge(b.abs(x), of(0))), x, odd); // |−2ⁿ| stays negative
}

function fromFloat64(b: ScalarBuilder, x: Value): Value {
  const nearest = b.convert("f32", x);
  const back = b.convert("f64", nearest);
  const bits = b.bitcast("i32", nearest);
  const one = b.constant("i32", 1);
  const even = b.eq(b.and(bits, one), b.constant("i32", 0));
  const inexact = b.and(b.ne(back, x), b.eq(x, x));
  const towards = b.select(b.lt(b.abs(back), b.abs(x)), b.add(bits, one), b.sub(bits, one));
  return b.bitcast("f32", b.select(b.and(inexact, even), towards, bits));
}
