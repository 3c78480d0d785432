/**
 * Reductions: what is left of many elements.
 *
 * `axis` names one axis, several, or (absent) all; the result has its shape without them, or with ones there under
 * `keepdims`. Sums of integers and bool are int32 where that holds them whatever they are, else int64 (`sumDType`), means are float32. float16 and bfloat16 are computed in
 * float32 and rounded at the end. Ties of max and min share the gradient.
 */
import {
  type AxisOption,
  checkPlaces,
  type Fits,
  normalizeAxes,
  normalizeAxis,
  productDType,
  type Reduce,
  type Result,
  type Shape,
  ShapeError,
  show,
  sizeOf,
  sumDType,
  wideDType,
} from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { arithmetic, castNode, checkReal, fillNode, floating, inFloat32 } from "./operands.ts";
import type { Tensor } from "./tensor.ts";

export interface ReduceOptions<Axis extends AxisOption = AxisOption, K extends boolean = boolean> {
  /** one axis or several; all when absent */
  readonly axis?: Axis | undefined;
  /** whether reduced axes stay, with size 1; false */
  readonly keepdims?: K | undefined;
}

/** Options of a reduction of a tensor of shape S; where an axis does not exist, the editor shows why. */
export type Along<S extends Shape, A extends AxisOption, K extends boolean, Operation extends string> = ReduceOptions<
  A,
  K
> &
  Fits<Reduce<S, A, K>, Operation>;

/** The result of such a reduction. */
export type Reduced<S extends Shape, A extends AxisOption, K extends boolean> = Tensor<Result<Reduce<S, A, K>>>;

// ------------------------------------------------------------------------------------------------------- axes of nodes

/** `shape` without `axes`, or with ones there. */
export function reducedShape(shape: Shape, axes: readonly number[], keepdims: boolean): number[] {
  return keepdims ? shape.map((n, i) => (axes.includes(i) ? 1 : n)) : shape.filter((_, i) => !axes.includes(i));
}

export function reshapeNode(x: Node, shape: Shape): Node {
  return x.shape.length === shape.length && x.shape.every((n, i) => n === shape[i]) ? x : graph.reshape(x, shape);
}

export type Axes = readonly number[];

/** Applies one of the reducing primitives along `axes`. */
export function reduce(build: (x: Node, axes: Axes) => Node, x: Node, axes: Axes, keepdims: boolean): Node {
  const y = axes.length === 0 ? x : build(x, axes);
  return reshapeNode(y, reducedShape(x.shape, axes, keepdims));
}

export const sumNode = (x: Node, axes: Axes): Node => graph.sum(x, axes);
export const maxNode = (x: Node, axes: Axes): Node => graph.max(x, axes);
export const minNode = (x: Node, axes: Axes): Node => graph.min(x, axes);

/** Number of elements that join into one. */
export function countOf(x: { readonly shape: Shape }, axes: Axes): number {
  return sizeOf(axes.map((axis) => x.shape[axis]!));
}

/** Throws if elements cannot be chosen by size: complex ones, or where there is nothing to choose from. */
export function checkNotEmpty(operation: string, x: Tensor, axes: Axes): void {
  checkReal(operation, x);
  if (countOf(x, axes) === 0 && sizeOf(reducedShape(x.shape, axes, false)) > 0) {
    throw new ShapeError(`${operation}: ${show(x.shape)} has no entries along axis ${show(axes)} to choose from`);
  }
}

/** x with `axes` moved to the end and joined into one: shape [...others, n]. */
export function rowsOf(x: Node, axes: Axes): Node {
  const others = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const order = [...others, ...axes];
  const moved = order.every((axis, i) => axis === i) ? x : graph.permute(x, order);
  return reshapeNode(moved, [...others.map((i) => x.shape[i]!), countOf(x, axes)]);
}

const like = (x: Node, value: number): Node => fillNode(value, x.shape, x.dtype);

/** x · factor */
export const scale = (x: Node, factor: number): Node => graph.mul(x, like(x, factor));

/** x / n: a product with 1 / n would be rounded twice. */
export const divided = (x: Node, n: number): Node => graph.div(x, like(x, n));

export const isNaNNode = (x: Node): Node => graph.notEqual(x, x);

// ---------------------------------------------------------------------------------------------------------------- sums

/**
 * Σ x; 0 of nothing. Of integers and bool in int32 where every sum of so many numbers of x's dtype fits into it (8,421,504 of
 * uint8, 65,536 of int16, one of int32), else in int64, where sums beyond ±2⁶³ wrap around as NumPy's do. Source: NumPy's sum.
 *
 * @returns  x's shape without `axis`; floats and complex keep their dtype
 * @throws ShapeError  when x has no such axis, or it is named twice
 * @example
 * sum(tensor([[1, 2], [3, 4]]), { axis: 0 }); // => [4. 6.]
 */
export function sum<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "sum">,
): Reduced<S, A, K>;
export function sum(x: Tensor, { axis, keepdims = false }: ReduceOptions = {}): Tensor {
  const axes = normalizeAxes("sum", axis, x.ndim);
  const summed = castNode(x.node, sumDType(x.dtype, countOf(x, axes)));
  return x.derive(reduce(sumNode, summed, axes, keepdims));
}

/**
 * Σ x / n; NaN of nothing. Source: NumPy's mean.
 *
 * @returns  x's shape without `axis`; floats and complex keep their dtype, the others give float32
 * @throws ShapeError  when x has no such axis, or it is named twice
 * @example
 * mean(tensor([[1, 2], [3, 4]]), { axis: 1 }); // => [1.5 3.5]
 */
export function mean<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "mean">,
): Reduced<S, A, K>;
export function mean(x: Tensor, { axis, keepdims = false }: ReduceOptions = {}): Tensor {
  const axes = normalizeAxes("mean", axis, x.ndim);
  return inFloat32(x, (v) => x.derive(meanNode(castNode(v.node, floating(v.dtype, "mean")), axes, keepdims)));
}

function meanNode(x: Node, axes: Axes, keepdims: boolean): Node {
  return divided(reduce(sumNode, x, axes, keepdims), countOf(x, axes));
}

export interface VarianceOptions<A extends AxisOption = AxisOption, K extends boolean = boolean>
  extends ReduceOptions<A, K> {
  /** what is taken off the number of elements in the divisor; 0 (NumPy) */
  readonly ddof?: number | undefined;
}

/**
 * Variance Σ (x − mean)² / (n − ddof), in two passes: the mean first, so that a large mean does not eat the digits. They
 * go over x − x₀, x₀ the first element: of large numbers that lie close together the mean itself would be rounded too
 * coarsely, and the variance is the same for any x₀. Of complex numbers Σ |x − mean|². Where n ≤ ddof it is ∞, or NaN if
 * no two elements differ. Source: NumPy's var; Chan, Golub & LeVeque 1983.
 *
 * @returns  x's shape without `axis`; floats keep their dtype, the others give float32
 * @throws ShapeError  when x has no such axis, or it is named twice
 * @example
 * variance(tensor([1, 2, 3, 4]), { ddof: 1 }); // => 1.6666…
 */
export function variance<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: VarianceOptions<A, K> & Fits<Reduce<S, A, K>, "var">,
): Reduced<S, A, K>;
export function variance(x: Tensor, options: VarianceOptions = {}): Tensor {
  return inFloat32(x, (v) => x.derive(varianceNode("var", v, options)));
}

function varianceNode(operation: string, x: Tensor, { axis, keepdims = false, ddof = 0 }: VarianceOptions): Node {
  const axes = normalizeAxes(operation, axis, x.ndim);
  const v = sinceFirst(castNode(x.node, floating(x.dtype, operation)), axes);
  const deviation = graph.sub(v, graph.expand(meanNode(v, axes, true), v.shape));
  const squares = reduce(sumNode, graph.squaredSize(deviation), axes, keepdims);
  return divided(squares, Math.max(0, countOf(v, axes) - ddof));
}

/** The first element along `axes`, which stay; it counts as a constant. */
function firstNode(x: Node, axes: Axes): Node {
  const size = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
  return graph.detach(graph.slice(x, { start: x.shape.map(() => 0), size, step: x.shape.map(() => 1) }));
}

/** x − x₀ with the first element x₀ along `axes`. */
function sinceFirst(x: Node, axes: Axes): Node {
  return countOf(x, axes) === 0 ? x : graph.sub(x, graph.expand(firstNode(x, axes), x.shape));
}

/**
 * x − μ and μ over `axis`, which stays: x₀ + mean(x − x₀) is the mean for any x₀, here the first element. What is constant gives exact zeros and
 * its own value, however large, and what varies little about a large mean keeps its digits. Derivatives are those of x − mean(x).
 *
 * @param x     floating, any shape
 * @param axis  the axes of the mean
 * @returns     `centred` in the shape of x, `mean` with ones along the axes; both in x's dtype
 * @example
 * const { centred, mean } = centre(tensor([[1e8, 1e8], [1, 3]]), [1]);
 * centred; // => [[ 0.  0.]
 *          //     [-1.  1.]]
 * mean.arraySync(); // => [ [ 100000000 ], [ 2 ] ]
 */
export function centre(x: Tensor, axis: readonly number[]): { readonly centred: Tensor; readonly mean: Tensor } {
  const dtype = floating(x.dtype, "mean");
  const v = castNode(x.node, wideDType(dtype));
  if (countOf(x, axis) === 0) return { centred: x, mean: mean(x, { axis, keepdims: true }) };
  const since = sinceFirst(v, axis);
  const shift = meanNode(since, axis, true);
  return {
    centred: x.derive(castNode(graph.sub(since, graph.expand(shift, x.shape)), dtype)),
    mean: x.derive(castNode(graph.add(firstNode(v, axis), shift), dtype)),
  };
}

/**
 * Standard deviation √var; slope 0 where it is 0. ∞ or NaN where n ≤ ddof, as `variance`. Source: NumPy's std.
 *
 * @returns  x's shape without `axis`; floats keep their dtype, the others give float32
 * @throws ShapeError  when x has no such axis, or it is named twice
 * @example
 * std(tensor([1, 3])); // => 1.0
 */
export function std<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: VarianceOptions<A, K> & Fits<Reduce<S, A, K>, "std">,
): Reduced<S, A, K>;
export function std(x: Tensor, options: VarianceOptions = {}): Tensor {
  return inFloat32(x, (v) => x.derive(rootNode(varianceNode("std", v, options))));
}

/** √x, with slope 0 instead of ∞ at 0. */
export function rootNode(x: Node): Node {
  const isZero = graph.equal(x, like(x, 0));
  return graph.where(isZero, like(x, 0), graph.sqrt(graph.where(isZero, like(x, 1), x))); // taken out before, for any order
}

/**
 * Number of elements that are not 0; int32. NaN counts. Source: NumPy's count_nonzero.
 *
 * @returns  x's shape without `axis`
 * @throws ShapeError  when x has no such axis, or it is named twice
 * @example
 * countNonzero(tensor([0, 3, -1])); // => 2
 */
export function countNonzero<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "countNonzero">,
): Reduced<S, A, K>;
export function countNonzero(x: Tensor, options: ReduceOptions = {}): Tensor {
  return x.derive(countNode("countNonzero", castNode(x.node, "bool"), options));
}

/** How many of a bool node are true, in the dtype of its sum. */
function countNode(operation: string, truth: Node, { axis, keepdims = false }: ReduceOptions): Node {
  const axes = normalizeAxes(operation, axis, truth.shape.length);
  return reduce(sumNode, castNode(truth, sumDType("bool", countOf(truth, axes))), axes, keepdims);
}

/**
 * Whether any element is true (not 0); false of nothing. NaN is true. Source: NumPy's any.
 *
 * @returns  bool, x's shape without `axis`
 * @throws ShapeError  when x has no such axis, or it is named twice
 * @example
 * any(tensor([[0, 1], [0, 0]]), { axis: 1 }); // => [ True False]
 */
export function any<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "any">,
): Reduced<S, A, K>;
export function any(x: Tensor, options: ReduceOptions = {}): Tensor {
  return x.derive(castNode(countNode("any", castNode(x.node, "bool"), options), "bool"));
}

/**
 * Whether all elements are true (not 0); true of nothing. NaN is true. Source: NumPy's all.
 *
 * @returns  bool, x's shape without `axis`
 * @throws ShapeError  when x has no such axis, or it is named twice
 * @example
 * all(tensor([[1, 1], [0, 1]]), { axis: 1 }); // => [ True False]
 */
export function all<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "all">,
): Reduced<S, A, K>;
export function all(x: Tensor, options: ReduceOptions = {}): Tensor {
  const falses = graph.logicalNot(castNode(x.node, "bool"));
  return x.derive(graph.logicalNot(castNode(countNode("all", falses, options), "bool")));
}

// ------------------------------------------------------------------------------------------------------------ products

/**
 * Π x; 1 of nothing. Of integers and bool in int32 where every such product fits into it, else in int64, where products beyond ±2⁶³
 * wrap around as NumPy's do. Source: NumPy's prod.
 *
 * Halves are multiplied with each other until one factor is left, so that zeros need no special rule in the derivative
 * of any order, and rounding errors grow with log n.
 *
 * @returns  x's shape without `axis`; floats and complex keep their dtype
 * @throws ShapeError  when x has no such axis, or it is named twice
 * @example
 * prod(tensor([2, 3, 4])); // => 24.0
 */
export function prod<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "prod">,
): Reduced<S, A, K>;
export function prod(x: Tensor, { axis, keepdims = false }: ReduceOptions = {}): Tensor {
  const axes = normalizeAxes("prod", axis, x.ndim);
  return inFloat32(x, (v) => {
    const factors = castNode(v.node, productDType(v.dtype, countOf(x, axes)));
    return x.derive(reshapeNode(productOfRows(rowsOf(factors, axes)), reducedShape(x.shape, axes, keepdims)));
  });
}

/** The product along the last axis, which is kept with size 1. */
function productOfRows(rows: Node): Node {
  let y = lengthen(rows, 2 ** Math.ceil(Math.log2(Math.max(1, rows.shape.at(-1)!))));
  for (let n = y.shape.at(-1)! / 2; n >= 1; n /= 2) y = graph.mul(part(y, 0, n), part(y, n, n));
  return y;
}

/** `count` entries of the last axis from `from` on. */
function part(x: Node, from: number, count: number): Node {
  const lead = x.shape.slice(0, -1);
  return graph.slice(x, { start: [...lead.map(() => 0), from], size: [...lead, count], step: x.shape.map(() => 1) });
}

/** Adds ones at the end of the last axis until it has n entries. */
function lengthen(x: Node, n: number): Node {
  return shift(x, 0, n - x.shape.at(-1)!);
}

/** Puts ones before and after the entries of the last axis. */
function shift(x: Node, before: number, after: number): Node {
  if (before === 0 && after === 0) return x;
  const lead = x.shape.slice(0, -1).map(() => 0);
  const padded = graph.pad(x, { before: [...lead, before], after: [...lead, after], interior: [...lead, 0] });
  const last = padded.shape.length - 1;
  const at = graph.iota(padded.shape, last, "int32");
  const outside =
    before > 0 ? graph.less(at, like(at, before)) : graph.lessEqual(like(at, padded.shape[last]! - after), at);
  return graph.where(outside, like(padded, 1), padded);
}

export interface ScanOptions {
  /** along which axis; the flattened tensor when absent */
  readonly axis?: number | undefined;
}

/**
 * Running sums x₀, x₀ + x₁, … along `axis`; of the flattened tensor without it. Dtypes as of `sum`. Source: NumPy's cumsum.
 *
 * @returns  x's shape; [x.size] without `axis`
 * @throws ShapeError  when x has no such axis
 * @example
 * cumsum(tensor([1, 2, 3])); // => [1. 3. 6.]
 */
export function cumsum<S extends Shape>(x: Tensor<S>, options: { readonly axis: number }): Tensor<S>;
export function cumsum(x: Tensor, options?: ScanOptions): Tensor;
export function cumsum(x: Tensor, { axis }: ScanOptions = {}): Tensor {
  const v = castNode(x.node, sumDType(x.dtype, lengthOf("cumsum", x, axis)));
  return x.derive(scan("cumsum", v, axis, (rows) => graph.cumsum(rows, { reverse: false })));
}

/**
 * Running products x₀, x₀x₁, … along `axis`; of the flattened tensor without it. Dtypes as of `prod`. Source: NumPy's
 * cumprod.
 *
 * Each element is multiplied by the one 1, 2, 4, … places before it (Hillis & Steele 1986), so that zeros need no
 * special rule in the derivative.
 *
 * @returns  x's shape; [x.size] without `axis`
 * @throws ShapeError  when x has no such axis
 * @example
 * cumprod(tensor([1, 2, 3])); // => [1. 2. 6.]
 */
export function cumprod<S extends Shape>(x: Tensor<S>, options: { readonly axis: number }): Tensor<S>;
export function cumprod(x: Tensor, options?: ScanOptions): Tensor;
export function cumprod(x: Tensor, { axis }: ScanOptions = {}): Tensor {
  return inFloat32(x, (v) =>
    x.derive(
      scan("cumprod", castNode(v.node, productDType(v.dtype, lengthOf("cumprod", x, axis))), axis, (rows) => {
        const n = rows.shape.at(-1)!;
        let y = rows;
        for (let gap = 1; gap < n; gap *= 2) y = graph.mul(y, shift(part(y, 0, n - gap), gap, 0));
        return y;
      }),
    ),
  );
}

/** How many elements a scan along `axis` goes through. */
function lengthOf(operation: string, x: Tensor, axis: number | undefined): number {
  return axis === undefined ? x.size : x.shape[normalizeAxis(operation, axis, x.ndim)]!;
}

/** Applies `build`, which works along the last axis, along `axis`. */
function scan(operation: string, x: Node, axis: number | undefined, build: (rows: Node) => Node): Node {
  if (axis === undefined) return build(reshapeNode(x, [x.size]));
  const along = normalizeAxis(operation, axis, x.shape.length);
  const order = [...x.shape.map((_, i) => i).filter((i) => i !== along), along];
  if (along === x.shape.length - 1) return build(x);
  const back = x.shape.map((_, i) => order.indexOf(i));
  return graph.permute(build(graph.permute(x, order)), back);
}

// ------------------------------------------------------------------------------------------------------------- extrema

/**
 * The greatest element; NaN if there is one; equal ones share the gradient. Source: NumPy's max, PyTorch's amax.
 *
 * @returns  x's shape without `axis`, in x's dtype
 * @throws ShapeError  when there is nothing to choose from, x has no such axis, or it is named twice
 * @throws DTypeError  when x is complex
 * @example
 * max(tensor([[1, 5], [7, 2]]), { axis: 1 }); // => [5. 7.]
 */
export function max<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "max">,
): Reduced<S, A, K>;
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  return extremum("max", maxNode, x, options);
}

/**
 * The least element; NaN if there is one; equal ones share the gradient. Source: NumPy's min, PyTorch's amin.
 *
 * @returns  x's shape without `axis`, in x's dtype
 * @throws ShapeError  when there is nothing to choose from, x has no such axis, or it is named twice
 * @throws DTypeError  when x is complex
 * @example
 * min(tensor([[1, 5], [7, 2]]), { axis: 1 }); // => [1. 2.]
 */
export function min<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "min">,
): Reduced<S, A, K>;
export function min(x: Tensor, options: ReduceOptions = {}): Tensor {
  return extremum("min", minNode, x, options);
}

function extremum(
  operation: string,
  build: typeof maxNode,
  x: Tensor,
  { axis, keepdims = false }: ReduceOptions,
): Tensor {
  return x.derive(reduce(build, x.node, normalizeAxes(operation, axis, x.ndim), keepdims));
}

export interface ArgOptions<A extends number | undefined = number | undefined, K extends boolean = boolean> {
  /** along which axis; the flattened tensor when absent */
  readonly axis?: A | undefined;
  /** whether the axis stays, with size 1; false */
  readonly keepdims?: K | undefined;
}

/**
 * The place of the greatest element, the first of equal ones; NaN counts as greatest (NumPy); int32. It has no gradient.
 *
 * @returns  x's shape without `axis`
 * @throws ShapeError  when there is nothing to choose from, or x has no such axis
 * @throws DTypeError  when x is complex
 * @example
 * argmax(tensor([1, 7, 7])); // => 1
 */
export function argmax<S extends Shape, const A extends number | undefined = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: ArgOptions<A, K> & Fits<Reduce<S, A, K>, "argmax">,
): Reduced<S, A, K>;
export function argmax(x: Tensor, options: ArgOptions = {}): Tensor {
  return place("argmax", maxNode, x, options);
}

/**
 * The place of the least element, the first of equal ones; NaN counts as least (NumPy); int32. It has no gradient.
 *
 * @returns  x's shape without `axis`
 * @throws ShapeError  when there is nothing to choose from, or x has no such axis
 * @throws DTypeError  when x is complex
 * @example
 * argmin(tensor([3, 1, 1])); // => 1
 */
export function argmin<S extends Shape, const A extends number | undefined = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: ArgOptions<A, K> & Fits<Reduce<S, A, K>, "argmin">,
): Reduced<S, A, K>;
export function argmin(x: Tensor, options: ArgOptions = {}): Tensor {
  return place("argmin", minNode, x, options);
}

function place(operation: string, build: typeof maxNode, x: Tensor, { axis, keepdims = false }: ArgOptions): Tensor {
  const axes = normalizeAxes(operation, axis, x.ndim);
  checkNotEmpty(operation, x, axes);
  const v = graph.detach(castNode(x.node, arithmetic(x.dtype, operation)));
  const extreme = graph.expand(reduce(build, v, axes, true), v.shape);
  const hit = graph.logicalOr(graph.equal(v, extreme), isNaNNode(v));
  return x.derive(firstPlace(operation, hit, axes, keepdims));
}

/**
 * The first place along `axes` (numbered row by row over all of them) where `hit` is true; their number where there is
 * none.
 */
export function firstPlace(operation: string, hit: Node, axes: Axes, keepdims: boolean): Node {
  checkPlaces(operation, countOf(hit, axes));
  let at = fillNode(0, hit.shape, "int32");
  for (const axis of axes) {
    at = graph.add(scale(at, hit.shape[axis]!), graph.iota(hit.shape, axis, "int32"));
  }
  return reduce(minNode, graph.where(hit, at, like(at, countOf(hit, axes))), axes, keepdims);
}

/**
 * log Σ exp(x), without overflow: the greatest entry m is taken out first. −∞ of nothing; of −∞ alone −∞ with slope 0.
 *
 *     logsumexp(x) = m + log Σ exp(x − m),   m = max(x);   gradient: softmax(x)     (Blanchard, Higham & Higham 2021)
 *
 * @returns  x's shape without `axis`; floats keep their dtype, integers and bool give float32
 * @throws ShapeError  when x has no such axis, or it is named twice
 * @throws DTypeError  when x is complex
 * @example
 * logsumexp(tensor([1000, 1000])).item(); // => 1000.6931…
 */
export function logsumexp<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "logsumexp">,
): Reduced<S, A, K>;
export function logsumexp(x: Tensor, { axis, keepdims = false }: ReduceOptions = {}): Tensor {
  checkReal("logsumexp", x);
  const axes = normalizeAxes("logsumexp", axis, x.ndim);
  return inFloat32(x, (v) => x.derive(logSumExpNode(castNode(v.node, floating(v.dtype, "logsumexp")), axes, keepdims)));
}

function logSumExpNode(v: Node, axes: Axes, keepdims: boolean): Node {
  if (countOf(v, axes) === 0) return graph.log(reduce(sumNode, v, axes, keepdims)); // log 0
  const greatest = reduce(maxNode, v, axes, true);
  const finite = graph.less(graph.abs(greatest), like(greatest, Number.POSITIVE_INFINITY));
  // cancels out, hence no gradient; ∞ − ∞ would be NaN
  const m = graph.detach(graph.where(finite, greatest, like(greatest, 0)));
  const total = reduce(sumNode, graph.exp(graph.sub(v, graph.expand(m, v.shape))), axes, true);
  const isNone = graph.equal(total, like(total, 0)); // all −∞: ln 0 has the slope 0 · ∞
  const logarithm = graph.log(graph.where(isNone, like(total, 1), total));
  const sums = graph.where(isNone, like(total, Number.NEGATIVE_INFINITY), graph.add(logarithm, m));
  return reshapeNode(sums, reducedShape(v.shape, axes, keepdims));
}
