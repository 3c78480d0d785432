/**
 * The Tensor: an immutable handle on a node of the graph, or on a variable whose present value is one.
 *
 * Operations build nodes and compute nothing; a value is computed when it is read (`data`, `array`, `item`, printing).
 * Nobody owns memory: what is no longer reachable is collected. What a tensor holds is in `handle.ts`; the methods
 * stand in `methods`, a file a subject, each on top of the one before, and only forward: a function of the same name
 * does the work and carries the documentation.
 *
 * Methods take the shape of `this` as a type parameter of their own. So hardly anything in the class depends on S, and
 * a `Tensor<readonly [2, 3]>` is a `Tensor` without a cast.
 */
import type { At, Fits, MatMul, MatrixTranspose, Result, Shape, Transpose, Unsized } from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as complexes from "./complex.ts";
import type { AxisChoice, Index } from "./indexing.ts";
import * as indexing from "./indexing.ts";
import * as algebra from "./linear-algebra.ts";
import { ShapingMethods } from "./methods/shaping.ts";
import type { SortOptions, TopkOptions } from "./selection.ts";
import * as selection from "./selection.ts";
import { matrixTranspose, transpose } from "./shaping.ts";
import { unique } from "./unique.ts";

/**
 * An array of numbers of one dtype in a shape S, on a device: NumPy's array with PyTorch's derivatives.
 *
 * Made by `tensor`, `zeros`, `random.normal` and their like, and by every operation; never by `new`.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * x.matmul(x.T).add(1); // => [[ 6. 12.]
 *                       //     [12. 26.]]
 * x.shape; // => [ 2, 2 ]
 * x.sum({ axis: 0 }).mul(10); // => [40. 60.]
 */
export class Tensor<S extends Shape = Shape> extends ShapingMethods<S> {
  derive<R extends Shape>(node: Node): Tensor<R> {
    return new Tensor<R>(node);
  }

  /** All axes reversed. */
  get T(): Tensor<Transpose<S>> {
    return transpose(this);
  }

  /** The last two axes exchanged. */
  get mT(): Tensor<Result<MatrixTranspose<S>>> {
    return matrixTranspose(this);
  }

  // --------------------------------------------------------------------------------------------------- complex numbers

  /** The real part; of a real tensor itself. */
  real(): Tensor<S> {
    return complexes.real(this);
  }

  /** The imaginary part; of a real tensor zeros. */
  imag(): Tensor<S> {
    return complexes.imag(this);
  }

  /** The complex conjugate a − ib; of a real tensor itself. */
  conj(): Tensor<S> {
    return complexes.conj(this);
  }

  /** The angle of a + ib from the positive real axis, −π … π. */
  angle(): Tensor<S> {
    return complexes.angle(this);
  }

  // ---------------------------------------------------------------------------------------------------------- products

  /**
   * Matrix product. A vector on the left is a row, one on the right a column, and loses that axis again; of stacks of
   * matrices, [..., m, k] · [..., k, n], the stack's axes broadcast.
   */
  matmul<A extends Shape, B extends Shape>(
    this: Tensor<A>,
    b: Tensor<B> & Fits<MatMul<A, B>, "matmul">,
  ): Tensor<Result<MatMul<A, B>>> {
    return algebra.matmul(this, b);
  }

  /** NumPy's dot: Σ over the last axis of a and the last but one of b (the only one of a vector); scalars multiply. */
  dot(b: Tensor): Tensor {
    return algebra.dot(this, b);
  }

  /** Σ over the last axes of both. */
  inner(b: Tensor): Tensor {
    return algebra.inner(this, b);
  }

  /** aᵢ · bⱼ of the flattened operands. */
  outer(b: Tensor): Tensor<readonly [number, number]> {
    return algebra.outer(this, b);
  }

  /** Σ over pairs of axes: the last n of a with the first n of b (2 when absent), or those listed for a and for b. */
  tensordot(b: Tensor, axes?: Parameters<typeof algebra.tensordot>[2]): Tensor {
    return algebra.tensordot(this, b, axes);
  }

  /** Kronecker product: every element of a times all of b, in blocks. */
  kron(b: Tensor): Tensor {
    return algebra.kron(this, b);
  }

  /** Vector product of three-dimensional vectors along the last axis; the other axes broadcast. */
  cross(b: Tensor): Tensor {
    return algebra.cross<Shape, Shape>(this, b);
  }

  /** The products of all rows of x with all others, x xᵀ; of every matrix of a stack. */
  gram(): Tensor {
    return algebra.gram(this);
  }

  /** The sum of the k-th diagonal; of every matrix in the last two axes of a stack. */
  trace(k?: number): Tensor {
    return algebra.trace(this, k);
  }

  // ------------------------------------------------------------------------------------------------ indexing and order

  /** The part of x at an index. */
  at<A extends Shape, const I extends readonly Index[]>(
    this: Tensor<A>,
    ...index: I & Fits<At<A, I>, "at">
  ): Tensor<Result<At<A, I>>>;
  at(...index: readonly Index[]): Tensor {
    return indexing.at<Shape, readonly Index[]>(this, ...index);
  }

  /** The entries of x at `indices` along `axis`, in the shape of the indices; negative ones count from the end. */
  take(indices: Tensor, options?: AxisChoice): Tensor {
    return indexing.take(this, indices, options);
  }

  /** The entries where `mask` is true, one after another; a mask of fewer axes than x picks rows. */
  booleanMask(mask: Tensor): Tensor {
    return indexing.booleanMask(this, mask);
  }

  /** The places where x is not 0: int32 [count, ndim], one row for each. */
  nonzero(): Tensor<readonly [number, number]> {
    return indexing.nonzero(this);
  }

  /**
   * y[i, j, …] = x[i, index[i, j, …], …] along `axis` (here 1); the shape of `index`, which may be smaller than x on
   * other axes.
   */
  gather<I extends Shape>(index: Tensor<I>, options: { readonly axis: number }): Tensor<I> {
    return selection.gather(this, index, options);
  }

  /** As `gather`, with NumPy's broadcasting of the other axes. */
  takeAlongAxis(index: Tensor, options: { readonly axis: number }): Tensor {
    return selection.takeAlongAxis(this, index, options);
  }

  /**
   * x with `source` added at the places that `index` names along `axis`: x[index[i, j], j] += source[i, j] for axis 0.
   */
  scatterAdd(index: Tensor, source: Tensor, options: { readonly axis: number }): Tensor<S> {
    return selection.scatterAdd(this, index, source, options);
  }

  /**
   * x with `source` instead of what stood at the places that `index` names along `axis`; no place may be named twice.
   */
  scatter(index: Tensor, source: Tensor, options: { readonly axis: number }): Tensor<S> {
    return selection.scatter(this, index, source, options);
  }

  /** The entries of x at `index` (a vector) along `axis`. */
  indexSelect(index: Tensor, options: { readonly axis: number }): Tensor {
    return selection.indexSelect(this, index, options);
  }

  /** x with the entries of `source` along `axis` added at `index` (a vector). */
  indexAdd(index: Tensor, source: Tensor, options: { readonly axis: number }): Tensor<S> {
    return selection.indexAdd(this, index, source, options);
  }

  /** The elements in ascending order, NaN last. The gradient of an element goes to where it came from. */
  sort(options: SortOptions & { readonly axis?: number | undefined }): Tensor<S>;
  sort(options?: SortOptions): Tensor;
  sort(options?: SortOptions): Tensor {
    return selection.sort(this, options);
  }

  /** The places of the elements in ascending order; equal ones keep their order, NaN counts as greatest; int32. */
  argsort(options: SortOptions & { readonly axis?: number | undefined }): Tensor<S>;
  argsort(options?: SortOptions): Tensor;
  argsort(options?: SortOptions): Tensor {
    return selection.argsort(this, options);
  }

  /** The k greatest (or least) elements along an axis, in order, and their places. */
  topk<A extends Shape>(
    this: Tensor<A>,
    k: number,
    options?: TopkOptions,
  ): { readonly values: Tensor<Unsized<A>>; readonly indices: Tensor<Unsized<A>> } {
    return selection.topk(this, k, options);
  }

  /**
   * Ones at the places that `indices` name, zeros elsewhere, along a new last axis; int32. Without `numClasses`, one
   * more than the greatest index.
   */
  oneHot<A extends Shape, const N extends number = number>(
    this: Tensor<A>,
    options?: { readonly numClasses?: N },
  ): Tensor<readonly [...A, N]> {
    return selection.oneHot(this, options);
  }

  /** The different elements in ascending order; NaN once, last. */
  unique(): Tensor<readonly [number]> {
    return unique(this);
  }

  /** Differences of neighbours along `axis`: x₁ − x₀, x₂ − x₁, … */
  diff(options?: AxisChoice): Tensor {
    return selection.diff(this, options);
  }
}
