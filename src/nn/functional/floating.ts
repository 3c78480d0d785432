/**
 * Integers and bool as floats, before a formula starts: differences, negatives and squares of integers wrap where they
 * are unsigned or narrow, and a quotient of them that is rounded is not what any formula here means.
 */
import { floatDType, isComplex, isInexact, promote, type Shape } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";

/**
 * x in its own dtype, or in float32 when it holds integers or bool.
 */
export function asFloat<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return isInexact(x.dtype) ? x : x.astype("float32");
}

/**
 * Integers and bool among `xs` in the floating dtype that all have in common; the others as they are.
 */
export function asFloats<const T extends readonly Tensor[]>(xs: T): { readonly [I in keyof T]: Tensor } {
  const common = floatDType(xs.map((x) => x.dtype).reduce((a, b) => promote(a, b)));
  const real = isComplex(common) ? "float32" : common;
  return xs.map((x) => (isInexact(x.dtype) ? x : x.astype(real))) as { readonly [I in keyof T]: Tensor }; // one for one
}
