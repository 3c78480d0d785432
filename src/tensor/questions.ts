/**
 * Questions about the elements of one tensor (is it NaN, is it negative), not, and what NaN and infinities become.
 *
 * x is [...]: any shape, scalars and empty ones too, of any dtype but where an error is named. Integers and bool are always finite.
 */
import { greatestOf, isComplex, isInexact, type Shape } from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { map } from "./elementwise.ts";
import { arithmetic, bits, castNode, fillNode } from "./operands.ts";
import type { Tensor } from "./tensor.ts";

/** A constant beside `x`. */
const like = (x: Node, value: number): Node => fillNode(value, x.shape, x.dtype);

/**
 * Whether x is NaN.
 *
 * A complex number is if one of its parts is. Source: NumPy's isnan.
 *
 * @param x  [...]
 * @returns  [...], bool
 * @example
 * isnan(tensor([1, NaN])); // => [False True]
 */
export function isnan<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("isnan", x, (v) => graph.notEqual(v, v));
}

/**
 * Whether x is ∞ or −∞.
 *
 * A complex number is if one of its parts is, even beside NaN. Source: NumPy's isinf.
 *
 * @param x  [...]
 * @returns  [...], bool
 * @example
 * isinf(tensor([1, -Infinity])); // => [False True]
 */
export function isinf<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("isinf", x, (v) => {
    const is = (part: Node): Node => graph.equal(graph.abs(part), like(part, Number.POSITIVE_INFINITY));
    return isComplex(v.dtype) ? graph.logicalOr(is(graph.real(v)), is(graph.imag(v))) : is(v);
  });
}

/**
 * Whether x is neither infinite nor NaN.
 *
 * A complex number is if both of its parts are. Source: NumPy's isfinite.
 *
 * @param x  [...]
 * @returns  [...], bool
 * @example
 * isfinite(tensor([1, NaN, Infinity])); // => [ True False False]
 */
export function isfinite<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("isfinite", x, (v) => {
    const is = (part: Node): Node => graph.less(graph.abs(part), like(part, Number.POSITIVE_INFINITY));
    return isComplex(v.dtype) ? graph.logicalAnd(is(graph.real(v)), is(graph.imag(v))) : is(v);
  });
}

/**
 * Whether x has a minus sign; −0 has one, NaN does not count.
 *
 * Integers have one below 0. Source: NumPy's signbit, which reads the bit of NaN too.
 *
 * @param x  [...]
 * @returns  [...], bool
 * @throws DTypeError  when x is complex64
 * @example
 * signbit(tensor([1, -0, -2])); // => [False True True]
 */
export function signbit<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return map("signbit", x, signbitNode, arithmetic);
}

/** As `signbit`, for nodes; integers have a sign bit below 0. */
export function signbitNode(x: Node): Node {
  return isInexact(x.dtype) ? graph.signbit(x) : graph.less(x, like(x, 0));
}

/**
 * Whether x is 0 (bool: whether it is false).
 *
 * NaN is not 0; a complex number is 0 if both parts are. Source: NumPy's logical_not.
 *
 * @param x  [...]
 * @returns  [...], bool
 * @example
 * logicalNot(tensor([0, 3])); // => [ True False]
 */
export function logicalNot<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return x.derive<S>(graph.logicalNot(castNode(x.node, "bool")));
}

/**
 * Every bit turned; of bool, not.
 *
 * −x − 1, in unsigned dtypes the greatest number minus x. Source: NumPy's bitwise_not.
 *
 * @param x  [...]
 * @returns  [...], x's dtype: an integer or bool
 * @throws DTypeError  when x is a float or complex64
 * @example
 * bitwiseNot(tensor([0, 5], { dtype: "int32" })); // => [-1 -6]
 */
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

/**
 * Replaces NaN and infinities; slope 1 elsewhere, 0 there.
 *
 * Integers and bool stay as they are. The parts of a complex number are replaced one by one. Source: NumPy's nan_to_num.
 *
 * @param x        [...]
 * @param options  `nan`, `posinf`, `neginf`
 * @returns        [...], x's dtype
 * @example
 * nanToNum(tensor([1, NaN, Infinity]), { posinf: 9 }); // => [1. 0. 9.]
 */
export function nanToNum<S extends Shape>(x: Tensor<S>, { nan = 0, posinf, neginf }: NanToNumOptions = {}): Tensor<S> {
  if (!isInexact(x.dtype)) return x;
  const greatest = greatestOf(x.dtype);
  const replace = (v: Node): Node => {
    const above = graph.equal(v, like(v, Number.POSITIVE_INFINITY));
    const below = graph.equal(v, like(v, Number.NEGATIVE_INFINITY));
    const finite = graph.where(above, like(v, posinf ?? greatest), graph.where(below, like(v, neginf ?? -greatest), v));
    return graph.where(graph.notEqual(v, v), like(v, nan), finite);
  };
  return map("nanToNum", x, (v) =>
    isComplex(v.dtype) ? graph.complex(replace(graph.real(v)), replace(graph.imag(v))) : replace(v),
  );
}
