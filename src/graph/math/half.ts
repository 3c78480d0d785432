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

/** The number, as f32, that the lower 16 bits of an i32 stand for; the upper ones are 0. */
export function lowerFromBits(b: ScalarBuilder, bits: Value, format: FloatFormat): Value {
  const { drop, excess } = against(format);
  if (excess === 0) return b.bitcast("f32", b.shl(bits, 16));
  const int = (value: number) => b.constant("i32", value);
  const sign = b.shl(b.and(bits, int(0x8000)), 16);
  const size = b.shl(b.and(bits, int(0x7fff)), drop);
  const finite = b.bitcast("i32", b.mul(b.bitcast("f32", size), b.constant("f32", 2 ** excess)));
  const top = int((2 ** format.exponent - 1) * 2 ** 23); // the exponent of infinity and NaN
  return b.bitcast("f32", b.or(sign, b.select(b.ge(size, top), b.or(finite, int(infinity)), finite)));
}

/** The bits of a number of the format that an f32 holds. */
export function lowerToBits(b: ScalarBuilder, x: Value, format: FloatFormat): Value {
  const { drop, excess } = against(format);
  if (excess === 0) return b.shrU(b.bitcast("i32", x), 16);
  const int = (value: number) => b.constant("i32", value);
  const sign = b.and(b.shrU(b.bitcast("i32", x), 16), int(0x8000));
  const small = b.shrU(b.bitcast("i32", b.mul(b.abs(x), b.constant("f32", 2 ** -excess))), drop);
  const top = (2 ** format.exponent - 1) * 2 ** format.fraction;
  const size = b.select(b.ne(x, x), int(top + 2 ** (format.fraction - 1)), b.min(small, int(top)));
  return b.or(sign, size);
}

/** The nearest number of the format to an f32. */
export function lowerRoundToFormat(b: ScalarBuilder, x: Value, format: FloatFormat): Value {
  const { drop, bias, excess } = against(format);
  const int = (value: number) => b.constant("i32", value);
  const float = (value: number) => b.constant("f32", value);
  // half of a step is added, less the least bit where the digits that stay are even, so that a tie goes up from odd ones only
  const cut = (bits: Value): Value => {
    const odd = b.and(b.shrU(bits, drop), int(1));
    return b.and(b.add(b.add(bits, int(2 ** (drop - 1) - 1)), odd), int(-(2 ** drop)));
  };
  if (excess === 0) return b.select(b.ne(x, x), float(Number.NaN), b.bitcast("f32", cut(b.bitcast("i32", x))));
  const size = b.abs(x);
  const normal = b.bitcast("f32", cut(b.bitcast("i32", size)));
  const grid = float(2 ** (1 - bias - format.fraction + 23)); // has the steps of subnormal numbers
  const subnormal = b.sub(b.add(size, grid), grid);
  const rounded = b.select(b.lt(size, float(2 ** (1 - bias))), subnormal, normal);
  const finite = b.select(b.ge(rounded, float(2 ** (bias + 1))), float(Number.POSITIVE_INFINITY), rounded);
  const signed = b.or(b.bitcast("i32", finite), b.and(b.bitcast("i32", x), int(signBit)));
  return b.select(b.ne(x, x), float(Number.NaN), b.bitcast("f32", signed));
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
