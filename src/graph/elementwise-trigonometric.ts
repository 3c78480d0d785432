/** Circular and hyperbolic functions and their inverses. Angles are radians. */
import { add } from "./addition.ts";
import { div, mul, neg, sub } from "./elementwise-arithmetic.ts";
import { equal, where } from "./elementwise-comparison.ts";
import { sqrt } from "./elementwise-exponential.ts";
import { binary, unary } from "./families.ts";
import { hypot } from "./hypot.ts";
import { constantLike } from "./leaves.ts";
import {
  lowerAcos,
  lowerAcosh,
  lowerAsin,
  lowerAsinh,
  lowerAtan,
  lowerAtan2,
  lowerAtanh,
  lowerCos,
  lowerCosh,
  lowerSin,
  lowerSinh,
  lowerTan,
  lowerTanh,
} from "./math/index.ts";
import type { Node } from "./node.ts";
import { floating } from "./rules.ts";

const extremes = [0, -0, 1, -1, Infinity, -Infinity, NaN];
const tiny = [1e-7, -1e-7, 1e-30, 1e-3];
const far = [3.5, -20, 100, 12345.678, 1e6, 1e9];

/** 1 − x², by factors: no digits are lost where |x| is near 1. */
function oneMinusSquare(x: Node): Node {
  const one = constantLike(x, 1);
  return mul(sub(one, x), add(one, x));
}

/** 1 + x² */
function onePlusSquare(x: Node): Node {
  return add(constantLike(x, 1), mul(x, x));
}

/** Sine. */
export const sin = unary("sin", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => mul(dx, cos(x)),
  evaluate: Math.sin,
  lower: lowerSin,
  at: [...extremes, ...tiny, ...far],
});

/** Cosine. */
export const cos = unary("cos", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => neg(mul(dx, sin(x))),
  evaluate: Math.cos,
  lower: lowerCos,
  at: [...extremes, ...tiny, ...far],
});

/** Tangent. */
export const tan = unary("tan", {
  dtypes: floating,
  expensive: true,
  differential: (dx, _x, y) => mul(dx, onePlusSquare(y)), // 1/cos² = 1 + tan²
  evaluate: Math.tan,
  lower: lowerTan,
  domain: [-1, 1],
  at: [...extremes, ...tiny, ...far],
});

/** Inverse sine, −π/2 … π/2; NaN beyond ±1. */
export const asin = unary("asin", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => div(dx, sqrt(oneMinusSquare(x))),
  evaluate: Math.asin,
  lower: lowerAsin,
  domain: [-0.8, 0.8],
  at: [...extremes, ...tiny, 0.9999, -0.5, 2],
});

/** Inverse cosine, 0 … π; NaN beyond ±1. */
export const acos = unary("acos", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => neg(div(dx, sqrt(oneMinusSquare(x)))),
  evaluate: Math.acos,
  lower: lowerAcos,
  domain: [-0.8, 0.8],
  at: [...extremes, ...tiny, 0.9999, -0.5, 2],
});

/** Inverse tangent, −π/2 … π/2. */
export const atan = unary("atan", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => div(dx, onePlusSquare(x)),
  evaluate: Math.atan,
  lower: lowerAtan,
  at: [...extremes, ...tiny, 3, -50, 1e20],
});

/**
 * The angle of the point (x, y), −π … π, by the signs of both; the operands are y and x. At the origin, where there is no
 * derivative, it counts as 0, as in PyTorch.
 */
export const atan2 = binary("atan2", {
  dtypes: floating,
  expensive: true,
  differentials: [(dy, y, x) => mul(dy, overSquares(x, y)), (dx, y, x) => neg(mul(dx, overSquares(y, x)))],
  evaluate: Math.atan2,
  lower: lowerAtan2,
  domain: [
    [0.2, 2],
    [-2, 2],
  ],
  at: specialAngles(),
});

/** a / (a² + b²), where the squares may leave the range; 0 at the origin, in any order. */
function overSquares(a: Node, b: Node): Node {
  const r = hypot(a, b);
  const isOrigin = equal(r, constantLike(r, 0));
  const size = where(isOrigin, constantLike(r, 1), r);
  return where(isOrigin, constantLike(a, 0), div(div(a, size), size));
}

function specialAngles(): [number, number][] {
  const values = [0, -0, 1, -1, 2.5, -2, Infinity, -Infinity, NaN];
  return values.flatMap((y) => values.map((x): [number, number] => [y, x]));
}

/** (eˣ − e⁻ˣ) / 2 */
export const sinh = unary("sinh", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => mul(dx, cosh(x)),
  evaluate: Math.sinh,
  lower: lowerSinh,
  at: [...extremes, ...tiny, 5, -30, 89],
});

/** (eˣ + e⁻ˣ) / 2 */
export const cosh = unary("cosh", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => mul(dx, sinh(x)),
  evaluate: Math.cosh,
  lower: lowerCosh,
  at: [...extremes, ...tiny, 5, -30, 89],
});

/** (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ), within ±1. */
export const tanh = unary("tanh", {
  dtypes: floating,
  expensive: true,
  differential: (dx, _x, y) => mul(dx, oneMinusSquare(y)),
  evaluate: Math.tanh,
  lower: lowerTanh,
  at: [...extremes, ...tiny, 0.6, 5, -9, 20],
});

/** Inverse of sinh. */
export const asinh = unary("asinh", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => div(dx, hypot(constantLike(x, 1), x)), // √(1 + x²), whose square may overflow
  evaluate: Math.asinh,
  lower: lowerAsinh,
  at: [...extremes, ...tiny, 10, -1e6, 1e20],
});

/** Inverse of cosh, 0 at 1; NaN below 1. */
export const acosh = unary("acosh", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => {
    const one = constantLike(x, 1);
    return div(dx, mul(sqrt(sub(x, one)), sqrt(add(x, one)))); // √(x² − 1), NaN below 1 as acosh itself
  },
  evaluate: Math.acosh,
  lower: lowerAcosh,
  domain: [1.3, 3],
  at: [...extremes, 1.0001, 2, 1e20],
});

/** Inverse of tanh; ±∞ at ±1, NaN beyond. */
export const atanh = unary("atanh", {
  dtypes: floating,
  expensive: true,
  differential: (dx, x) => div(dx, oneMinusSquare(x)),
  evaluate: Math.atanh,
  lower: lowerAtanh,
  domain: [-0.7, 0.7],
  at: [...extremes, ...tiny, 0.9999, -0.5, 2],
});
