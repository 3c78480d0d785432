/**
 * Circular and hyperbolic functions of one tensor, element by element; integers and bool count as float32.
 *
 * x is [...]: any shape, scalars and empty ones too. Halves, float32 and float64 keep their dtype, NaN stays NaN. Complex64 is taken where that is
 * said. Errors are said as in `elementwise.ts`. Formulas: NIST Digital Library of Mathematical Functions (DLMF), chapter 4.
 */
import type { Shape } from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { map } from "./elementwise.ts";
import { fillNode } from "./operands.ts";
import type { Tensor } from "./tensor.ts";

/** A constant beside `x`. */
const like = (x: Node, value: number): Node => fillNode(value, x.shape, x.dtype);
const scale = (x: Node, factor: number): Node => graph.mul(x, like(x, factor));

/**
 * Sine of x radians.
 *
 * NaN at ±∞. Of complex z = a + ib it is sin a cosh b + i cos a sinh b.
 * Error: at most 1.75 ulp. Source: NumPy's sin; DLMF 4.21.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * sin(tensor([0, Math.PI / 2])); // => [0. 1.]
 */
export function sin<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("sin", x, graph.sin);
}

/**
 * Cosine of x radians.
 *
 * NaN at ±∞. Of complex z = a + ib it is cos a cosh b − i sin a sinh b.
 * Error: at most 1.75 ulp. Source: NumPy's cos; DLMF 4.21.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * cos(tensor([0, Math.PI])); // => [ 1. -1.]
 */
export function cos<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("cos", x, graph.cos);
}

/**
 * Tangent of x radians.
 *
 * sin x / cos x; NaN at ±∞. Error: at most 3.5 ulp. Source: NumPy's tan; DLMF 4.14.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * tan(tensor([0, 1])); // => [0. 1.5574…]
 */
export function tan<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("tan", x, graph.tan);
}

/**
 * Arc sine, −π/2 … π/2; NaN outside −1 … 1.
 *
 * Slope ∞ at ±1. Error: at most 2.1 ulp. Source: NumPy's arcsin; DLMF 4.23.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * asin(tensor([0, 1, 2])); // => [0. 1.5707… nan]
 */
export function asin<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("asin", x, graph.asin);
}

/**
 * Arc cosine, 0 … π; NaN outside −1 … 1.
 *
 * Slope −∞ at ±1. Error: at most 1.2 ulp. Source: NumPy's arccos; DLMF 4.23.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * acos(tensor([1, 0, 2])); // => [0. 1.5707… nan]
 */
export function acos<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("acos", x, graph.acos);
}

/**
 * Arc tangent, −π/2 … π/2.
 *
 * ±π/2 at ±∞. Error: at most 2 ulp. Source: NumPy's arctan; DLMF 4.23.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * atan(tensor([0, 1, Infinity])); // => [0. 0.7853… 1.5707…]
 */
export function atan<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("atan", x, graph.atan);
}

/**
 * (eˣ − e⁻ˣ) / 2.
 *
 * ±∞ at ±∞. Error: at most 2.4 ulp. Source: NumPy's sinh; DLMF 4.28.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * sinh(tensor([0, 1])); // => [0. 1.1752…]
 */
export function sinh<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("sinh", x, graph.sinh);
}

/**
 * (eˣ + e⁻ˣ) / 2.
 *
 * ∞ at ±∞. Error: at most 1.5 ulp. Source: NumPy's cosh; DLMF 4.28.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * cosh(tensor([0, 1])); // => [1. 1.5430…]
 */
export function cosh<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("cosh", x, graph.cosh);
}

/**
 * sinh x / cosh x.
 *
 * ±1 at ±∞. Error: at most 2.5 ulp. Source: NumPy's tanh; DLMF 4.28.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * tanh(tensor([0, 1, 50])); // => [0. 0.7615… 1. ]
 */
export function tanh<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("tanh", x, graph.tanh);
}

/**
 * Inverse of sinh.
 *
 * ln(x + √(x² + 1)); ±∞ at ±∞. Error: at most 2 ulp. Source: NumPy's arcsinh; DLMF 4.37.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * asinh(tensor([0, 1])); // => [0. 0.8813…]
 */
export function asinh<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("asinh", x, graph.asinh);
}

/**
 * Inverse of cosh, ≥ 0; NaN below 1.
 *
 * ln(x + √(x² − 1)); slope ∞ at 1. Error: at most 2.5 ulp. Source: NumPy's arccosh; DLMF 4.37.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * acosh(tensor([1, 2, 0])); // => [0. 1.3169… nan]
 */
export function acosh<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("acosh", x, graph.acosh);
}

/**
 * Inverse of tanh; NaN outside −1 … 1.
 *
 * ½ ln((1 + x) / (1 − x)); ±∞ at ±1. Error: at most 2.1 ulp. Source: NumPy's arctanh; DLMF 4.37.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * atanh(tensor([0, 0.5, 1])); // => [0. 0.5493… inf]
 */
export function atanh<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("atanh", x, graph.atanh);
}

/**
 * Degrees to radians.
 *
 * x · π/180. Error: at most 1.5 ulp. Source: NumPy's deg2rad.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * deg2rad(tensor([0, 180])); // => [0. 3.1415…]
 */
export function deg2rad<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("deg2rad", x, (v) => scale(v, Math.PI / 180));
}

/**
 * Radians to degrees.
 *
 * x · 180/π. Error: at most 1.5 ulp. Source: NumPy's rad2deg.
 *
 * @param x  [...]
 * @returns  [...], floating or complex64
 * @example
 * rad2deg(tensor([0, Math.PI])); // => [ 0. 180.]
 */
export function rad2deg<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("rad2deg", x, (v) => scale(v, 180 / Math.PI));
}

/**
 * sin(πx) / (πx), 1 at 0; exactly 0 at all other whole numbers.
 *
 * The sine is that of π(x − n), ± by the whole number n nearest to x, whose digits are exact. Near 0 by its series 1 − t²/6 + t⁴/120 − t⁶/5040 in
 * t = πx (|t| < 0.01: the next term is below 10⁻²¹), so that every derivative exists there.
 *
 * NaN at ±∞. Error: at most 4 ulp, also beside its zeros. Source: NumPy's sinc.
 *
 * @param x  [...]
 * @returns  [...], floating
 * @throws DTypeError  when x is complex64
 * @example
 * sinc(tensor([0, 0.5, 1])); // => [1. 0.6366… 0. ]
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
    return graph.where(near, graph.add(like(t, 1), graph.mul(t2, series)), graph.div(sineOfPi(v), away));
  });
}

/** sin(πx), 0 and not −0 at whole numbers. */
function sineOfPi(x: Node): Node {
  const whole = graph.round(x);
  const half = scale(whole, 0.5);
  const odd = graph.notEqual(half, graph.floor(half));
  const rest = graph.where(odd, graph.sub(whole, x), graph.sub(x, whole));
  return graph.sin(scale(rest, Math.PI));
}
