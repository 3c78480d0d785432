/**
 * Complex tensors: made of two real ones, and taken apart again.
 *
 * A complex64 tensor takes part in whatever has a meaning for complex numbers: arithmetic, exp, log, sqrt, pow, sin,
 * cos, tan, sinh, cosh, tanh, abs, sign (z/|z|), equality, sums, means and products, matrix products, reshaping, indexing, joining, where, fft.
 * Ordering, rounding and the like are refused. A number or real tensor beside it counts as complex with imaginary part 0,
 * float64 is rounded to float32. The gradient of a real loss with respect to z = a + ib is ∂L/∂a + i ∂L/∂b (PyTorch).
 */
import { type Broadcast, isComplex, type Result, type Shape, ShapeError, show } from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { type Beside, binary, castNode, floating, type Operand } from "./operands.ts";
import { sliceAxis } from "./shaping.ts";
import type { Tensor } from "./tensor.ts";

/**
 * The complex numbers re + i im.
 *
 * @param re, im  real tensors or numbers that broadcast together, one tensor at least; rounded to float32
 * @returns       complex64
 * @throws ShapeError  when they do not broadcast
 * @example
 * complex(tensor([1, 2]), tensor([0.5, -1])); // => [1.+0.5j 2.-1.j ]
 */
export function complex<A extends Shape = readonly [], B extends Shape = readonly []>(
  re: Operand<A>,
  im: Beside<A, B, "complex">,
): Tensor<Result<Broadcast<A, B>>> {
  return binary("complex", re, im, graph.complex, () => "float32");
}

/**
 * The real part of every element; of a real tensor itself.
 *
 * @param z  any shape
 * @returns  float32 for complex64, else z
 * @example
 * real(complex(tensor([1, 2]), 3)); // => [1. 2.]
 */
export function real<S extends Shape>(z: Tensor<S>): Tensor<S> {
  return z.derive<S>(graph.real(z.node));
}

/**
 * The imaginary part of every element; of a real tensor zeros.
 *
 * @param z  any shape
 * @returns  float32 for complex64, else zeros in the dtype of z
 * @example
 * imag(complex(tensor([1, 2]), 3)); // => [3. 3.]
 */
export function imag<S extends Shape>(z: Tensor<S>): Tensor<S> {
  return z.derive<S>(graph.imag(z.node));
}

/**
 * The complex conjugate: a − ib of a + ib; of a real tensor itself.
 *
 * @param z  any shape
 * @returns  the shape and dtype of z
 * @example
 * conj(complex(tensor([1, 2]), 3)); // => [1.-3.j 2.-3.j]
 */
export function conj<S extends Shape>(z: Tensor<S>): Tensor<S> {
  return isComplex(z.dtype) ? z.derive<S>(graph.complex(graph.real(z.node), graph.neg(graph.imag(z.node)))) : z;
}

/**
 * The angle between a + ib and the positive real axis: atan2(b, a). Of a real number 0 or π.
 *
 * @param z  any shape; integers and bool count as float32
 * @returns  −π … π, float32 for complex64; slope 0 at 0
 * @example
 * angle(complex(tensor([1, 0, -1]), tensor([1, 1, 0]))); // => [0.7853982 1.5707964 3.1415927]
 */
export function angle<S extends Shape>(z: Tensor<S>): Tensor<S> {
  const v = castNode(z.node, floating(z.dtype, "angle"));
  return z.derive<S>(graph.atan2(graph.imag(v), graph.real(v)));
}

/**
 * The parts of z side by side along a new last axis.
 *
 * @param z  complex64 [...]
 * @returns  float32 [..., 2]
 * @example
 * viewAsReal(complex(tensor([1, 2]), 3)); // => [[1. 3.] [2. 3.]]
 */
export function viewAsReal(z: Tensor): Tensor {
  const shape = [...z.shape, 1];
  const parts = [graph.real(z.node), graph.imag(z.node)].map((part) => graph.reshape(part, shape));
  return z.derive(graph.concat(parts, { axis: z.ndim }));
}

/**
 * The complex numbers whose parts stand side by side along the last axis.
 *
 * @param x  [..., 2], rounded to float32
 * @returns  complex64 [...]
 * @throws ShapeError  when the last axis has not size 2
 * @example
 * viewAsComplex(tensor([[1, 3], [2, 3]])); // => [1.+3.j 2.+3.j]
 */
export function viewAsComplex(x: Tensor): Tensor {
  if (x.shape.at(-1) !== 2)
    throw new ShapeError(`viewAsComplex: the last axis of ${show(x.shape)} holds no pairs; it must have size 2`);
  const v = castNode(x.node, "float32");
  const part = (i: number): Node => graph.reshape(sliceAxis(v, x.ndim - 1, i, 1), x.shape.slice(0, -1));
  return x.derive(graph.complex(part(0), part(1)));
}
