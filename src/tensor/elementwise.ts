/**
 * Functions of one tensor, element by element.
 *
 * Functions of the real line take integers and bool as float32. Slopes at kinks are PyTorch's: |x|′(0) = 0, relu′(0) =
 * 0; roundings and signs have slope 0 everywhere. What is composed here from primitives is composed so that it neither
 * overflows on the way nor loses digits near zero or where it saturates, and so that the slope is right at the places
 * where two formulas meet, to any order.
 *
 * x is [...]: any shape, scalars and empty ones too. Halves, float32 and float64 keep their dtype, NaN stays NaN. Where integers stay integers they
 * wrap around; bool counts as int32 there. Complex64 is taken where that is said, with principal values.
 *
 * Errors are said of real numbers in float32 and float64, over the whole range, subnormal numbers included: in units in the last place (ulp) of
 * the correct result. `tests/numerics/elementary.test.ts` holds them.
 */
import { isInexact, type Shape } from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { arithmetic, castNode, type DTypeRule, fillNode, floating, naming } from "./operands.ts";
import type { Tensor } from "./tensor.ts";

/** Applies `build` to x in the dtype that `rule` asks for. */
export function map<S extends Shape>(
  operation: string,
  x: Tensor<S>,
  build: (x: Node) => Node,
  rule: DTypeRule = floating,
): Tensor<S> {
  const v = castNode(x.node, rule(x.dtype, operation));
  return x.derive<S>(naming(operation, v.dtype, () => build(v)));
}

/** A constant beside `x`. */
const like = (x: Node, value: number): Node => fillNode(value, x.shape, x.dtype);

// --------------------------------------------------------------------------------------------------- sign and rounding

/**
 * −x.
 *
 * Unsigned integers wrap around: of 1 in uint8 comes 255. Source: NumPy's negative.
 *
 * @param x  [...]
 * @returns  [...], x's dtype, complex64 too (bool: int32)
 * @example
 * neg(tensor([1, -2])); // => [-1. 2.]
 */
export function neg<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("neg", x, graph.neg, arithmetic);
}

/**
 * |x|; slope sign(x), 0 at 0.
 *
 * Of complex z = a + ib it is √(a² + b²). −128 in int8 has no opposite and stays. Source: NumPy's abs.
 *
 * @param x  [...]
 * @returns  [...], x's dtype (bool: int32; complex64: float32)
 * @example
 * abs(tensor([-1.5, 2])); // => [1.5 2. ]
 */
export function abs<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("abs", x, graph.abs, arithmetic);
}

/**
 * −1, 0 or 1; NaN stays NaN; slope 0.
 *
 * −0 stays −0. Of complex z it is z/|z|, 0 at 0, and has a slope. Source: NumPy's sign.
 *
 * @param x  [...]
 * @returns  [...], x's dtype, complex64 too (bool: int32)
 * @example
 * sign(tensor([-3, 0, 5])); // => [-1. 0. 1.]
 */
export function sign<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("sign", x, graph.sign, arithmetic);
}

/**
 * The greatest whole number ≤ x, in x's dtype; slope 0.
 *
 * Integers, ±∞ and NaN stay. Source: NumPy's floor.
 *
 * @param x  [...]
 * @returns  [...], x's dtype (bool: int32)
 * @throws DTypeError  when x is complex64
 * @example
 * floor(tensor([1.7, -1.2])); // => [ 1. -2.]
 */
export function floor<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("floor", x, whole(graph.floor), arithmetic);
}

/**
 * The least whole number ≥ x, in x's dtype; slope 0.
 *
 * Integers, ±∞ and NaN stay; −0.5 gives −0. Source: NumPy's ceil.
 *
 * @param x  [...]
 * @returns  [...], x's dtype (bool: int32)
 * @throws DTypeError  when x is complex64
 * @example
 * ceil(tensor([1.2, -1.7])); // => [ 2. -1.]
 */
export function ceil<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("ceil", x, whole(graph.ceil), arithmetic);
}

/**
 * The nearest whole number, halves to the even one (NumPy, IEEE 754); slope 0.
 *
 * Integers, ±∞ and NaN stay; −0.5 gives −0. Source: NumPy's rint.
 *
 * @param x  [...]
 * @returns  [...], x's dtype (bool: int32)
 * @throws DTypeError  when x is complex64
 * @example
 * round(tensor([0.5, 1.5, 2.5])); // => [0. 2. 2.]
 */
export function round<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("round", x, whole(graph.round), arithmetic);
}

/**
 * The whole part, towards zero; slope 0.
 *
 * Integers, ±∞ and NaN stay; −0.5 gives −0. Source: NumPy's trunc.
 *
 * @param x  [...]
 * @returns  [...], x's dtype (bool: int32)
 * @throws DTypeError  when x is complex64
 * @example
 * trunc(tensor([1.7, -1.7])); // => [ 1. -1.]
 */
export function trunc<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("trunc", x, whole(graph.trunc), arithmetic);
}

/** A rounding, which leaves integers alone. */
function whole(rounding: (x: Node) => Node): (x: Node) => Node {
  return (x) => (isInexact(x.dtype) ? rounding(x) : x);
}

/**
 * x − trunc(x), with the sign of x; slope 1.
 *
 * NaN at ±∞. Source: PyTorch's frac.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * frac(tensor([1.25, -1.25])); // => [ 0.25 -0.25]
 */
export function frac<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("frac", x, (v) => graph.sub(v, graph.trunc(v)));
}

// ---------------------------------------------------------------------------------------------------- powers and roots

/**
 * x².
 *
 * Integers wrap around; of complex z it is z², not |z|². Source: NumPy's square.
 *
 * @param x  [...]
 * @returns  [...], x's dtype, complex64 too (bool: int32)
 * @example
 * square(tensor([1, -2, 3])); // => [1. 4. 9.]
 */
export function square<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("square", x, (v) => graph.mul(v, v), arithmetic);
}

/**
 * √x; NaN below 0.
 *
 * Slope ∞ at 0. Of complex z the root with Re ≥ 0. Error: at most 0.5 ulp. Source: NumPy's sqrt.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * sqrt(tensor([4, 2, -1])); // => [2. 1.4142… nan]
 */
export function sqrt<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("sqrt", x, graph.sqrt);
}

/**
 * 1/√x.
 *
 * ∞ at 0, −∞ at −0, NaN below. Error: at most 1.5 ulp. Source: PyTorch's rsqrt.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * rsqrt(tensor([4, 16])); // => [0.5 0.25]
 */
export function rsqrt<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("rsqrt", x, (v) => graph.div(like(v, 1), graph.sqrt(v)));
}

/**
 * ∛x, of negative numbers too.
 *
 * Slope ∞ at 0. Error: at most 1 ulp. Source: NumPy's cbrt.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * cbrt(tensor([8, -27])); // => [ 2. -3.]
 */
export function cbrt<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("cbrt", x, graph.cbrt);
}

/**
 * 1/x.
 *
 * ±∞ at ±0; of integers in float32. Source: PyTorch's reciprocal.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * reciprocal(tensor([2, -4])); // => [ 0.5 -0.25]
 */
export function reciprocal<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("reciprocal", x, (v) => graph.div(like(v, 1), v));
}

// ------------------------------------------------------------------------------------------- exponential and logarithm

/**
 * eˣ.
 *
 * 0 at −∞. Of complex z = a + ib it is eᵃ (cos b + i sin b). Error: at most 1.1 ulp. Source: NumPy's exp; DLMF 4.2.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * exp(tensor([0, 1])); // => [1. 2.7182…]
 */
export function exp<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("exp", x, graph.exp);
}

/**
 * 2ˣ, exact where x is a whole number.
 *
 * 0 at −∞. Of complex z = a + ib it is 2ᵃ (cos(b ln 2) + i sin(b ln 2)). Error: at most 1 ulp. Source: NumPy's exp2.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * exp2(tensor([0, 3, -1])); // => [1. 8. 0.5]
 */
export function exp2<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("exp2", x, graph.exp2);
}

/**
 * eˣ − 1, exact near 0.
 *
 * −1 at −∞. Error: at most 1.8 ulp. Source: NumPy's expm1; Abramowitz & Stegun 4.2.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * // where exp(x) − 1 would be 0
 * expm1(tensor([1e-8])); // => [1.e-08]
 */
export function expm1<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("expm1", x, graph.expm1);
}

/**
 * ln x; −∞ at 0, NaN below.
 *
 * Of complex z it is ln |z| + i arg z. Error: at most 0.9 ulp. Source: NumPy's log; DLMF 4.2.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * log(tensor([1, Math.E, 0])); // => [ 0. 1. -inf]
 */
export function log<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("log", x, graph.log);
}

/**
 * log₂ x.
 *
 * Exact at powers of 2; −∞ at 0, NaN below. Of complex z it is ln z / ln 2.
 * Error: at most 1 ulp. Source: NumPy's log2.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * log2(tensor([1, 8])); // => [0. 3.]
 */
export function log2<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("log2", x, graph.log2);
}

/**
 * log₁₀ x.
 *
 * Exact at powers of 10; −∞ at 0, NaN below. Of complex z it is ln z / ln 10.
 * Error: at most 1.75 ulp. Source: NumPy's log10.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * log10(tensor([1, 1000])); // => [0. 3.]
 */
export function log10<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("log10", x, graph.log10);
}

/**
 * ln(1 + x), exact near 0.
 *
 * −∞ at −1, NaN below. Error: at most 0.9 ulp. Source: NumPy's log1p; Abramowitz & Stegun 4.1.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * // where log(1 + x) would be 0
 * log1p(tensor([1e-8])); // => [1.e-08]
 */
export function log1p<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("log1p", x, graph.log1p);
}

// --------------------------------------------------------------------------------------------------- special functions

/**
 * Error function 2/√π ∫₀ˣ e^(−t²) dt.
 *
 * Odd; ±1 at ±∞. Error: at most 1.9 ulp. Source: SciPy's special.erf; DLMF 7.2.1.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * erf(tensor([0, 1])); // => [0. 0.8427…]
 */
export function erf<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("erf", x, graph.erf);
}

/**
 * 1 − erf(x), exact where erf is near 1.
 *
 * 2 at −∞, 0 at ∞. Error: at most 3 ulp. Source: SciPy's special.erfc; DLMF 7.2.2.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * // where 1 − erf(5) would be 0
 * erfc(tensor([5])); // => [1.5374…e-12]
 */
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
 *
 * 0 at −∞, 1 at ∞. Error: at most 2.5 ulp. Source: PyTorch's sigmoid.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * sigmoid(tensor([0, 2])); // => [0.5 0.8807…]
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

/**
 * Inverse of the logistic function, ln x − ln(1 − x).
 *
 * −∞ at 0, ∞ at 1, NaN outside 0 … 1. Error: at most 3.5 ulp. Source: PyTorch's logit without `eps`.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * logit(tensor([0.5, 0.9])); // => [0. 2.1972…]
 */
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

/**
 * ln(1 + eˣ) = max(x, 0) + ln(1 + e^(−|x|)).
 *
 * 0 at −∞, ∞ at ∞; the slope is σ(x).
 * Error: at most 2 ulp. Source: PyTorch's softplus with β = 1, but without its threshold.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * softplus(tensor([0, 100])); // => [ 0.6931… 100. ]
 */
export function softplus<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("softplus", x, (v) => {
    const zero = like(v, 0);
    return graph.add(graph.where(graph.less(v, zero), zero, v), graph.log1p(graph.exp(minusAbs(v))));
  });
}

/**
 * max(x, 0); slope 0 at 0; NaN stays NaN.
 *
 * −0 gives 0. Source: PyTorch's relu.
 *
 * @param x  [...]
 * @returns  [...], x's dtype (bool: int32)
 * @throws DTypeError  when x is complex64
 * @example
 * relu(tensor([-1, 0, 2])); // => [0. 0. 2.]
 */
export function relu<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("relu", x, (v) => graph.where(graph.lessEqual(v, like(v, 0)), like(v, 0), v), arithmetic);
}
