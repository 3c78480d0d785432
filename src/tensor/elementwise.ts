/**
 * Functions of one tensor, element by element.
 *
 * Functions of the real line take integers and bool as float32. Slopes at kinks are PyTorch's: |x|′(0) = 0, relu′(0) =
 * 0; roundings and signs have slope 0 everywhere. What is composed here from primitives is composed so that it neither
 * overflows on the way nor loses digits near zero or where it saturates, and so that the slope is right at the places
 * where two formulas meet, to any order.
 */
import { greatestOf, isInexact, type Shape } from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { arithmetic, bits, castNode, type DTypeRule, fillNode, floating } from "./operands.ts";
import type { Tensor } from "./tensor.ts";

/** Applies `build` to x in the dtype that `rule` asks for. */
function map<S extends Shape>(
  operation: string,
  x: Tensor<S>,
  build: (x: Node) => Node,
  rule: DTypeRule = floating,
): Tensor<S> {
  return x.derive<S>(build(castNode(x.node, rule(x.dtype, operation))));
}

/** A constant beside `x`. */
const like = (x: Node, value: number): Node => fillNode(value, x.shape, x.dtype);
const scale = (x: Node, factor: number): Node => graph.mul(x, like(x, factor));

// --------------------------------------------------------------------------------------------------- sign and rounding

/** −x. */
export function neg<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("neg", x, graph.neg, arithmetic);
}

/** |x|; slope sign(x), 0 at 0. */
export function abs<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("abs", x, graph.abs, arithmetic);
}

/** −1, 0 or 1; NaN stays NaN; slope 0. */
export function sign<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("sign", x, graph.sign, arithmetic);
}

/** The greatest whole number ≤ x, in x's dtype; slope 0. */
export function floor<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("floor", x, whole(graph.floor), arithmetic);
}

/** The least whole number ≥ x, in x's dtype; slope 0. */
export function ceil<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("ceil", x, whole(graph.ceil), arithmetic);
}

/** The nearest whole number, halves to the even one (NumPy, IEEE 754); slope 0. */
export function round<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("round", x, whole(graph.round), arithmetic);
}

/** The whole part, towards zero; slope 0. */
export function trunc<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("trunc", x, whole(graph.trunc), arithmetic);
}

/** A rounding, which leaves integers alone. */
function whole(rounding: (x: Node) => Node): (x: Node) => Node {
  return (x) => (isInexact(x.dtype) ? rounding(x) : x);
}

/** x − trunc(x), with the sign of x; slope 1. */
export function frac<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("frac", x, (v) => graph.sub(v, graph.trunc(v)));
}

// ---------------------------------------------------------------------------------------------------- powers and roots

/** x². */
export function square<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("square", x, (v) => graph.mul(v, v), arithmetic);
}

/** √x; NaN below 0. */
export function sqrt<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("sqrt", x, graph.sqrt);
}

/** 1/√x. */
export function rsqrt<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("rsqrt", x, (v) => graph.div(like(v, 1), graph.sqrt(v)));
}

/** ∛x, of negative numbers too. */
export function cbrt<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("cbrt", x, graph.cbrt);
}

/** 1/x. */
export function reciprocal<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("reciprocal", x, (v) => graph.div(like(v, 1), v));
}

// ------------------------------------------------------------------------------------------- exponential and logarithm

/** eˣ. */
export function exp<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("exp", x, graph.exp);
}

/** 2ˣ = e^(x ln 2). */
export function exp2<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("exp2", x, (v) => graph.exp(scale(v, Math.LN2)));
}

/** eˣ − 1, exact near 0. */
export function expm1<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("expm1", x, graph.expm1);
}

/** ln x; −∞ at 0, NaN below. */
export function log<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("log", x, graph.log);
}

/** log₂ x. */
export function log2<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("log2", x, (v) => scale(graph.log(v), Math.LOG2E));
}

/** log₁₀ x. */
export function log10<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("log10", x, (v) => scale(graph.log(v), Math.LOG10E));
}

/** ln(1 + x), exact near 0. */
export function log1p<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("log1p", x, graph.log1p);
}

// --------------------------------------------------------------------------------------------- circular and hyperbolic

/** Sine of x radians. */
export function sin<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("sin", x, graph.sin);
}

/** Cosine of x radians. */
export function cos<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("cos", x, graph.cos);
}

/** Tangent of x radians. */
export function tan<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("tan", x, graph.tan);
}

/** Arc sine, −π/2 … π/2; NaN outside −1 … 1. */
export function asin<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("asin", x, graph.asin);
}

/** Arc cosine, 0 … π; NaN outside −1 … 1. */
export function acos<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("acos", x, graph.acos);
}

/** Arc tangent, −π/2 … π/2. */
export function atan<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("atan", x, graph.atan);
}

/** (eˣ − e⁻ˣ) / 2. */
export function sinh<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("sinh", x, graph.sinh);
}

/** (eˣ + e⁻ˣ) / 2. */
export function cosh<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("cosh", x, graph.cosh);
}

/** sinh x / cosh x. */
export function tanh<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("tanh", x, graph.tanh);
}

/** Inverse of sinh. */
export function asinh<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("asinh", x, graph.asinh);
}

/** Inverse of cosh, ≥ 0; NaN below 1. */
export function acosh<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("acosh", x, graph.acosh);
}

/** Inverse of tanh; NaN outside −1 … 1. */
export function atanh<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("atanh", x, graph.atanh);
}

/** Degrees to radians. */
export function deg2rad<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("deg2rad", x, (v) => scale(v, Math.PI / 180));
}

/** Radians to degrees. */
export function rad2deg<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("rad2deg", x, (v) => scale(v, 180 / Math.PI));
}

/**
 * sin(πx) / (πx), 1 at 0.
 *
 * Near 0 by its series 1 − t²/6 + t⁴/120 − t⁶/5040 in t = πx (|t| < 0.01: the next term is below 10⁻²¹), so that every
 * derivative exists there.
 */
export function sinc<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("sinc", x, (v) => {
    const t = scale(v, Math.PI);
    const near = graph.less(graph.abs(t), like(t, 0.01));
    const t2 = graph.mul(t, t);
    const series = [-1 / 6, 1 / 120, -1 / 5040].reduceRight(
      (sum, c) => graph.add(like(t, c), graph.mul(t2, sum)),
      like(t, 0),
    );
    const away = graph.where(near, like(t, 1), t);
    return graph.where(near, graph.add(like(t, 1), graph.mul(t2, series)), graph.div(graph.sin(away), away));
  });
}

// --------------------------------------------------------------------------------------------------- special functions

/** Error function 2/√π ∫₀ˣ e^(−t²) dt. */
export function erf<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("erf", x, graph.erf);
}

/** 1 − erf(x), exact where erf is near 1. */
export function erfc<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("erfc", x, graph.erfc);
}

/** −|x|, with slope −1 at 0: the branches of what is built on it join smoothly there. */
export function minusAbs(x: Node): Node {
  return graph.where(graph.less(x, like(x, 0)), x, graph.neg(x));
}

/**
 * Logistic function 1 / (1 + e⁻ˣ).
 *
 *     σ(x) = 1 / (1 + z) for x ≥ 0,   z / (1 + z) for x < 0,   z = e^(−|x|);   σ′ = σ (1 − σ)
 *
 * which never overflows and keeps its digits where σ is small. The slope follows from the value, all that a backward
 * pass has to keep.
 */
export function sigmoid<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("sigmoid", x, (v) => {
    const z = graph.exp(minusAbs(v));
    const one = like(v, 1);
    const value = graph.div(graph.where(graph.less(v, like(v, 0)), z, one), graph.add(one, z));
    const slope = (dx: Node): Node => graph.mul(dx, graph.mul(y, graph.sub(one, y)));
    const y: Node = graph.custom(
      value,
      [v],
      "sigmoid",
      (ct) => [slope(ct)],
      ([dx]) => (dx == null ? null : slope(dx)),
    );
    return y;
  });
}

/** Inverse of the logistic function, ln x − ln(1 − x). */
export function logit<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("logit", x, (v) => {
    const [one, quarter] = [like(v, 1), like(v, 0.25)];
    const rest = graph.sub(one, v);
    // around ½ both terms are nearly equal; there it is ln(1 + (2x − 1) / (1 − x)), whose 2x − 1 is exact
    const odd = graph.div(graph.sub(graph.add(v, v), one), rest);
    const isNear = graph.logicalAnd(graph.less(quarter, v), graph.less(quarter, rest));
    return graph.where(isNear, graph.log1p(odd), graph.sub(graph.log(v), graph.log1p(graph.neg(v))));
  });
}

/** ln(1 + eˣ) = max(x, 0) + ln(1 + e^(−|x|)). */
export function softplus<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("softplus", x, (v) => {
    const zero = like(v, 0);
    return graph.add(graph.where(graph.less(v, zero), zero, v), graph.log1p(graph.exp(minusAbs(v))));
  });
}

/** max(x, 0); slope 0 at 0; NaN stays NaN. */
export function relu<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("relu", x, (v) => graph.where(graph.lessEqual(v, like(v, 0)), like(v, 0), v), arithmetic);
}

// ----------------------------------------------------------------------------------------------------------- questions

/** Whether x is NaN. */
export function isnan<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("isnan", x, (v) => graph.notEqual(v, v));
}

/** Whether x is ∞ or −∞. */
export function isinf<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("isinf", x, (v) => {
    const size = graph.abs(v);
    return graph.equal(size, like(size, Number.POSITIVE_INFINITY));
  });
}

/** Whether x is neither infinite nor NaN. */
export function isfinite<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("isfinite", x, (v) => {
    const size = graph.abs(v);
    return graph.less(size, like(size, Number.POSITIVE_INFINITY));
  });
}

/** Whether x has a minus sign; −0 has one, NaN does not count. */
export function signbit<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("signbit", x, signbitNode, arithmetic);
}

/** As `signbit`, for nodes; integers have a sign bit below 0. */
export function signbitNode(x: Node): Node {
  return isInexact(x.dtype) ? graph.signbit(x) : graph.less(x, like(x, 0));
}

/** Whether x is 0 (bool: whether it is false). */
export function logicalNot<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return x.derive<S>(graph.logicalNot(castNode(x.node, "bool")));
}

/** Every bit turned; of bool, not. */
export function bitwiseNot<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("bitwiseNot", x, (v) => (v.dtype === "bool" ? graph.logicalNot(v) : graph.bitwiseNot(v)), bits);
}

export interface NanToNumOptions {
  /** what NaN becomes; 0 */
  readonly nan?: number;
  /** what ∞ becomes; the dtype's greatest number */
  readonly posinf?: number;
  /** what −∞ becomes; the dtype's least number */
  readonly neginf?: number;
}

/** Replaces NaN and infinities; slope 1 elsewhere, 0 there. */
export function nanToNum<S extends Shape>(x: Tensor<S>, { nan = 0, posinf, neginf }: NanToNumOptions = {}): Tensor<S> {
  if (!isInexact(x.dtype)) return x;
  const greatest = greatestOf(x.dtype);
  return map("nanToNum", x, (v) => {
    const above = graph.equal(v, like(v, Number.POSITIVE_INFINITY));
    const below = graph.equal(v, like(v, Number.NEGATIVE_INFINITY));
    const finite = graph.where(above, like(v, posinf ?? greatest), graph.where(below, like(v, neginf ?? -greatest), v));
    return graph.where(graph.notEqual(v, v), like(v, nan), finite);
  });
}
