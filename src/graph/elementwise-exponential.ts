/** Exponentials, logarithms, powers and roots, and the error function. */

import { add } from "./addition.ts";
import { div, mul, neg, sub } from "./elementwise-arithmetic.ts";
import { equal, lessEqual, logicalAnd, where } from "./elementwise-comparison.ts";
import { binary, unary } from "./families.ts";
import { constantLike, constantValue } from "./leaves.ts";
import {
  lowerCbrt,
  lowerErf,
  lowerErfc,
  lowerExp,
  lowerExp2,
  lowerExpm1,
  lowerLog,
  lowerLog1p,
  lowerLog2,
  lowerLog10,
  lowerPow,
} from "./math/index.ts";
import type { Node } from "./node.ts";
import { floating, numeric } from "./rules.ts";
import type { ScalarBuilder, Value } from "./scalar.ts";
import * as special from "./special.ts";

const extremes = [0, -0, 1, -1, Infinity, -Infinity, NaN];
const tiny = [1e-7, -1e-7, 1e-30, 1e-3];

/** eˣ */
export const exp = unary("exp", {
  dtypes: floating,
  expensive: true,
  differential: (dx, _x, y) => mul(dx, y),
  evaluate: Math.exp,
  lower: lowerExp,
  at: [...extremes, 88, -88, 104, -104, 709, -745],
});

/** eˣ − 1, exact near 0. */
export const expm1 = unary("expm1", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => mul(dx, exp(x)), // y + 1 has lost its digits where y is near −1
  evaluate: Math.expm1,
  lower: lowerExpm1,
  at: [...extremes, ...tiny, -40],
});

/** 2ˣ, exact at whole numbers. */
export const exp2 = unary("exp2", {
  dtypes: floating,
  expensive: true,
  differential: (dx, _x, y) => mul(dx, mul(y, constantLike(y, Math.LN2))),
  evaluate: special.exp2,
  lower: lowerExp2,
  at: [...extremes, ...tiny, 10, 127, 128, -126, -149, -150, 1023, -1074, -1075, 0.5, 100.25],
});

/** Natural logarithm; −∞ at 0, NaN below. */
export const log = unary("log", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => div(dx, x),
  evaluate: Math.log,
  lower: lowerLog,
  domain: [0.2, 3],
  at: [...extremes, 1e-40, 1e-310, 3e38],
});

/** Logarithm to base 2, exact at powers of 2; −∞ at 0, NaN below. */
export const log2 = unary("log2", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => div(mul(dx, constantLike(x, Math.LOG2E)), x),
  evaluate: Math.log2,
  lower: lowerLog2,
  domain: [0.2, 3],
  at: [...extremes, 8, 0.125, 1e-40, 1e-310, 3e38],
});

/** Logarithm to base 10, exact at powers of 10; −∞ at 0, NaN below. */
export const log10 = unary("log10", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => div(mul(dx, constantLike(x, Math.LOG10E)), x),
  evaluate: Math.log10,
  lower: lowerLog10,
  domain: [0.2, 3],
  at: [...extremes, 1000, 1e10, 1e22, 1e-40, 1e-310, 3e38],
});

/** log(1 + x), exact near 0. */
export const log1p = unary("log1p", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => div(dx, add(x, constantLike(x, 1))),
  evaluate: Math.log1p,
  lower: lowerLog1p,
  domain: [-0.7, 2],
  at: [...extremes, ...tiny, -2],
});

/** √x; NaN below 0. */
export const sqrt = unary("sqrt", {
  dtypes: floating,
  expensive: true,
  differential: (dx, _x, y) => div(dx, add(y, y)), // dx / 2√x
  evaluate: Math.sqrt,
  lower: (b, x) => b.sqrt(x),
  domain: [0.2, 3],
  at: extremes,
});

/** ∛x, also below 0. */
export const cbrt = unary("cbrt", {
  dtypes: floating,
  expensive: true,
  differential: (dx, _x, y) => div(dx, mul(constantLike(y, 3), mul(y, y))), // dx / 3x^(2/3)
  evaluate: Math.cbrt,
  lower: lowerCbrt,
  domain: [0.2, 3],
  at: [...extremes, -8, 27, 1e-40],
});

/** Error function, 2/√π ∫₀ˣ e^(−t²) dt: odd, ±1 far out. DLMF 7.2.1. */
export const erf = unary("erf", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => mul(dx, gaussian(x)),
  evaluate: special.erf,
  lower: lowerErf,
  domain: [-3, 3],
  at: [...extremes, ...tiny, 6, -6, 0.5, 1.9, 2.1, 3.9],
});

/** 1 − erf(x), to full relative accuracy where that is small. */
export const erfc = unary("erfc", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => neg(mul(dx, gaussian(x))),
  evaluate: special.erfc,
  lower: lowerErfc,
  domain: [-3, 3],
  at: [...extremes, 6, -6, 0.5, 1.1, 9, 26],
});

/** The slope of erf: 2/√π · e^(−x²). */
function gaussian(x: Node): Node {
  return mul(constantLike(x, 2 / Math.sqrt(Math.PI)), exp(neg(mul(x, x))));
}

/**
 * aᵇ. Of integers modulo 2³² or 2⁶⁴; there a negative power is the whole part of the fraction.
 *
 *     d aᵇ = b·aᵇ⁻¹ da + log(a)·aᵇ db
 *
 * The first is 0 where b = 0, the second where a = 0 and b ≥ 0, as in PyTorch: the limits, where the formulas say 0 ·
 * ∞.
 */
export const pow = binary("pow", {
  dtypes: numeric,
  expensive: true,
  differentials: [
    (da, a, b) => baseDifferential(da, a, b),
    (db, a, b, y) => {
      const zero = constantLike(a, 0);
      const settled = logicalAnd(equal(a, zero), lessEqual(zero, b));
      return where(settled, zero, mul(db, mul(y, log(a))));
    },
  ],
  evaluate: special.pow,
  integer: special.integerPow,
  bigint: special.bigintPow,
  lower: (b, x, y) => (x.type === "f32" || x.type === "f64" ? lowerPow(b, x, y) : lowerIntegerPow(b, x, y)),
  domain: [
    [0.3, 2],
    [-2, 3],
  ],
  at: specialPowers(),
});

function baseDifferential(da: Node, a: Node, b: Node): Node {
  const exponent = constantValue(b);
  const one = constantLike(a, 1);
  if (exponent === null)
    return where(equal(b, constantLike(b, 0)), constantLike(a, 0), mul(da, mul(b, pow(a, sub(b, one)))));
  if (exponent === 0) return constantLike(a, 0);
  if (exponent === 1) return da;
  if (exponent === 2) return mul(da, add(a, a));
  return mul(da, mul(b, pow(a, constantLike(b, exponent - 1))));
}

function specialPowers(): [number, number][] {
  const values = [0, -0, 1, -1, 2.5, -2, Infinity, -Infinity, NaN];
  return values.flatMap((a) => values.map((b): [number, number] => [a, b]));
}

/** Square and multiply, one bit of the exponent after another. */
function lowerIntegerPow(b: ScalarBuilder, x: Value, y: Value): Value {
  const integer = (value: number) => b.constant(x.type, value);
  const bits = { i32: 31, u32: 32, i64: 63, u64: 64 }[x.type as "i32" | "u32" | "i64" | "u64"]; // only these come here
  const isOdd = b.ne(b.and(y, integer(1)), integer(0));
  let [result, square] = [integer(1), x];
  for (let bit = 0; bit < bits; bit++) {
    const set = b.ne(b.and(y, integer(2 ** bit)), integer(0));
    result = b.select(set, b.mul(result, square), result);
    if (bit < bits - 1) square = b.mul(square, square);
  }
  const minusOne = b.select(isOdd, integer(-1), integer(1));
  const inverse = b.select(b.eq(x, integer(1)), integer(1), b.select(b.eq(x, integer(-1)), minusOne, integer(0)));
  return b.select(b.lt(y, integer(0)), inverse, result);
}
