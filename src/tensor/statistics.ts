/**
 * Order statistics, and the reductions that pass over NaN.
 *
 * Order statistics sort each row once; their gradient goes to the elements between which they lie. Of rows with a NaN
 * the plain ones are NaN (NumPy). Floats keep their dtype and integers and bool give float32, unless a function says
 * otherwise; float16 and bfloat16 are computed in float32 and rounded at the end.
 */
import {
  type AxisOption,
  type Fits,
  isFloat,
  isHalf,
  isInexact,
  normalizeAxes,
  type Reduce,
  range,
  type Shape,
  sizeOf,
  ValueError,
} from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { checkValues } from "../runtime/index.ts";
import { broadcastNode, castNode, checkReal, fillNode, floating, inFloat32 } from "./operands.ts";
import {
  type Along,
  type ArgOptions,
  type Axes,
  checkNotEmpty,
  firstPlace,
  isNaNNode,
  max,
  maxNode,
  min,
  minNode,
  prod,
  type Reduced,
  type ReduceOptions,
  reduce,
  reducedShape,
  reshapeNode,
  rootNode,
  rowsOf,
  scale,
  sum,
  sumNode,
  type VarianceOptions,
} from "./reductions.ts";
import type { Tensor } from "./tensor.ts";

const like = (x: Node, value: number): Node => fillNode(value, x.shape, x.dtype);

/** What comes out for one axis choice of x. */
interface Job {
  readonly operation: string;
  readonly x: Tensor;
  readonly axes: Axes;
  readonly keepdims: boolean;
}

function job(operation: string, x: Tensor, { axis, keepdims = false }: ReduceOptions): Job {
  return { operation, x, axes: normalizeAxes(operation, axis, x.ndim), keepdims };
}

// ---------------------------------------------------------------------------------------------------- order statistics

/** Rows [..., n] of x in ascending order, NaN last; of halves in float32, which can count their places. */
function sortedRows({ operation, x, axes }: Job): Node {
  checkNotEmpty(operation, x, axes);
  const rows = rowsOf(castNode(x.node, isHalf(x.dtype) ? "float32" : floating(x.dtype, operation)), axes);
  return graph.gather(rows, graph.argsort(rows), { axis: rows.shape.length - 1 });
}

/** The element of each row at a place of its own, [..., 1]; places are whole numbers. */
function elementAt(sorted: Node, place: Node): Node {
  return graph.gather(sorted, castNode(place, "int32"), { axis: sorted.shape.length - 1 });
}

/**
 * What lies at `place` of sorted rows, which may be between two elements: linear interpolation. `place` is [..., k] in float64, which counts as far
 * as there are elements. An element that counts nothing is left out, because 0 · ∞ would be NaN.
 */
function between(sorted: Node, place: Node): Node {
  const below = graph.floor(place);
  const share = castNode(graph.sub(place, below), sorted.dtype);
  const low = elementAt(sorted, below);
  const high = elementAt(sorted, graph.ceil(place));
  const mixed = graph.add(low, graph.mul(graph.sub(high, low), share));
  const isLow = graph.logicalOr(graph.equal(share, like(share, 0)), graph.equal(low, high));
  return graph.where(isLow, low, mixed);
}

/** As `between`, at the same place known now. */
function betweenConstant(sorted: Node, place: number): Node {
  const [low, high] = [Math.floor(place), Math.ceil(place)];
  const last = sorted.shape.length - 1;
  const at = (i: number): Node =>
    graph.slice(sorted, {
      start: sorted.shape.map((_, axis) => (axis === last ? i : 0)),
      size: sorted.shape.map((n, axis) => (axis === last ? 1 : n)),
      step: sorted.shape.map(() => 1),
    });
  if (low === high) return at(low);
  const [a, b] = [at(low), at(high)];
  return graph.where(graph.equal(a, b), a, graph.add(a, scale(graph.sub(b, a), place - low)));
}

/** The q-quantile of every row (0 ≤ q ≤ 1), [..., 1], or those at several q [k], [..., k]; NaN where the row has one. */
function quantileOfRows(sorted: Node, q: number | Node): Node {
  const n = sorted.shape.at(-1)!;
  const value =
    typeof q === "number"
      ? betweenConstant(sorted, q * (n - 1))
      : between(sorted, broadcastNode(scale(q, n - 1), [...sorted.shape.slice(0, -1), q.size]));
  const last = broadcastNode(betweenConstant(sorted, n - 1), value.shape);
  return graph.where(isNaNNode(last), last, value);
}

/** The q-quantile of what is not NaN in every row, as `quantileOfRows`; NaN where there is nothing. */
function nanquantileOfRows(sorted: Node, q: number | Node): Node {
  const axis = sorted.shape.length - 1;
  const valid = castNode(graph.logicalNot(isNaNNode(sorted)), "float64");
  const count = reduce(sumNode, valid, [axis], true);
  const last = graph.detach(graph.sub(graph.maximum(count, like(count, 1)), like(count, 1)));
  if (typeof q === "number") return between(sorted, scale(last, q));
  const shape = [...sorted.shape.slice(0, -1), q.size];
  return between(sorted, graph.mul(broadcastNode(last, shape), broadcastNode(q, shape)));
}

type RowQuantile = (sorted: Node, q: number | Node) => Node;

function quantiles(j: Job, q: number | readonly number[] | Tensor, ofRows: RowQuantile, highest: number): Tensor {
  if (typeof q === "object" && "node" in q) return quantilesAt(j, q, ofRows, highest);
  for (const one of [q].flat()) {
    if (!(one >= 0 && one <= highest)) throw new ValueError(`${j.operation}: q = ${one} is not in 0 … ${highest}`);
  }
  const sorted = sortedRows(j);
  const shape = reducedShape(j.x.shape, j.axes, j.keepdims);
  const dtype = floating(j.x.dtype, j.operation);
  const hasRows = sizeOf(shape) > 0; // else there is nothing to compute, and rows may be too short to have a last element
  const valueAt = (one: number): Node => (hasRows ? ofRows(sorted, one / highest) : fillNode(0, shape, sorted.dtype));
  const values = [q].flat().map((one) => castNode(reshapeNode(valueAt(one), shape), dtype));
  if (typeof q === "number") return j.x.derive(values[0]!);
  if (values.length === 0) throw new ValueError(`${j.operation}: q is empty`);
  const rows = values.map((v) => graph.reshape(v, [1, ...shape]));
  return j.x.derive(rows.length === 1 ? rows[0]! : graph.concat(rows, { axis: 0 }));
}

/** The quantiles at the elements of q, whose axes come first. */
function quantilesAt(j: Job, q: Tensor, ofRows: RowQuantile, highest: number): Tensor {
  checkReal(j.operation, q);
  if (q.size === 0) throw new ValueError(`${j.operation}: q is empty`);
  const message = `${j.operation}: q = {0} is not in 0 … ${highest}`;
  const known = checkValues(q.node, { low: 0, high: highest }, { error: "ValueError", message });
  const sorted = sortedRows(j);
  const shape = reducedShape(j.x.shape, j.axes, j.keepdims);
  const dtype = floating(j.x.dtype, j.operation);
  if (sizeOf(shape) === 0) return j.x.derive(fillNode(0, [...q.shape, ...shape], dtype));
  const flat = reshapeNode(castNode(known, "float64"), [q.size]);
  const shares = highest === 1 ? flat : graph.div(flat, like(flat, highest));
  const values = ofRows(sorted, shares); // [..., k]
  const last = values.shape.length - 1;
  const isUnknown = broadcastNode(isNaNNode(flat), values.shape);
  const rows = graph.where(isUnknown, like(values, Number.NaN), values);
  const ahead = last === 0 ? rows : graph.permute(rows, [last, ...range(last)]);
  return j.x.derive(castNode(reshapeNode(ahead, [...q.shape, ...shape]), dtype));
}

/**
 * The middle element of the sorted ones, the mean of the middle two when their number is even; NaN if there is one. Source: NumPy's median.
 *
 * @returns  x's shape without `axis`
 * @throws ShapeError  when there is nothing to choose from, x has no such axis, or it is named twice
 * @throws DTypeError  when x is complex
 * @example
 * median(tensor([4, 1, 3, 2])); // => 2.5
 */
export function median<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "median">,
): Reduced<S, A, K>;
export function median(x: Tensor, options: ReduceOptions = {}): Tensor {
  return quantiles(job("median", x, options), 0.5, quantileOfRows, 1);
}

/**
 * The value below which a share `q` (0 … 1) of the elements lies: element q(n − 1) of the sorted ones, between two by
 * linear interpolation. Several `q` make the first axis of the result.
 *
 * Source: NumPy's quantile with its method "linear"; Hyndman & Fan 1996, definition 7.
 *
 * @param q  one number or several, in a list or a tensor of any shape
 * @returns  x's shape without `axis`, [...]; of several q the axes of q come first, [q.length, ...]; NaN where there is one, or q is
 * @throws ShapeError  when there is nothing to choose from, x has no such axis, or it is named twice
 * @throws ValueError  when a q is not in 0 … 1 (inside a program when it runs), or there is none
 * @throws DTypeError  when x is complex
 * @example
 * quantile(tensor([1, 2, 3, 4, 5]), [0.25, 0.9]); // => [2. 4.6]
 */
export function quantile(x: Tensor, q: number | readonly number[] | Tensor, options: ReduceOptions = {}): Tensor {
  return quantiles(job("quantile", x, options), q, quantileOfRows, 1);
}

/**
 * As `quantile`, with q in percent. Source: NumPy's percentile.
 *
 * @param q  0 … 100, one number or several, in a list or a tensor of any shape
 * @returns  x's shape without `axis`, [...]; of several q the axes of q come first, [q.length, ...]; NaN where there is one, or q is
 * @throws ShapeError  when there is nothing to choose from, x has no such axis, or it is named twice
 * @throws ValueError  when a q is not in 0 … 100 (inside a program when it runs), or there is none
 * @throws DTypeError  when x is complex
 * @example
 * percentile(tensor([1, 2, 3, 4, 5]), 25); // => 2.0
 */
export function percentile(x: Tensor, q: number | readonly number[] | Tensor, options: ReduceOptions = {}): Tensor {
  return quantiles(job("percentile", x, options), q, quantileOfRows, 100);
}

/**
 * The median of what is not NaN. Source: NumPy's nanmedian.
 *
 * @returns  x's shape without `axis`; NaN where all are NaN
 * @throws ShapeError  when there is nothing to choose from, x has no such axis, or it is named twice
 * @throws DTypeError  when x is complex
 * @example
 * nanmedian(tensor([1, NaN, 3])); // => 2.0
 */
export function nanmedian<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "nanmedian">,
): Reduced<S, A, K>;
export function nanmedian(x: Tensor, options: ReduceOptions = {}): Tensor {
  return quantiles(job("nanmedian", x, options), 0.5, nanquantileOfRows, 1);
}

/**
 * The quantile of what is not NaN. Source: NumPy's nanquantile with its method "linear".
 *
 * @param q  0 … 1, one number or several, in a list or a tensor of any shape
 * @returns  x's shape without `axis`, [...]; of several q the axes of q come first, [q.length, ...]; NaN where all are NaN, or q is
 * @throws ShapeError  when there is nothing to choose from, x has no such axis, or it is named twice
 * @throws ValueError  when a q is not in 0 … 1 (inside a program when it runs), or there is none
 * @throws DTypeError  when x is complex
 * @example
 * nanquantile(tensor([1, NaN, 3]), 0.5); // => 2.0
 */
export function nanquantile(x: Tensor, q: number | readonly number[] | Tensor, options: ReduceOptions = {}): Tensor {
  return quantiles(job("nanquantile", x, options), q, nanquantileOfRows, 1);
}

/**
 * The percentile of what is not NaN. Source: NumPy's nanpercentile.
 *
 * @param q  0 … 100, one number or several, in a list or a tensor of any shape
 * @returns  x's shape without `axis`, [...]; of several q the axes of q come first, [q.length, ...]; NaN where all are NaN, or q is
 * @throws ShapeError  when there is nothing to choose from, x has no such axis, or it is named twice
 * @throws ValueError  when a q is not in 0 … 100 (inside a program when it runs), or there is none
 * @throws DTypeError  when x is complex
 * @example
 * nanpercentile(tensor([1, NaN, 3]), 75); // => 2.5
 */
export function nanpercentile(x: Tensor, q: number | readonly number[] | Tensor, options: ReduceOptions = {}): Tensor {
  return quantiles(job("nanpercentile", x, options), q, nanquantileOfRows, 100);
}

// ---------------------------------------------------------------------------------------------------- passing over NaN

/** x with `value` instead of NaN. */
function filled(x: Tensor, value: number): Tensor {
  return isInexact(x.dtype) ? x.derive(graph.where(isNaNNode(x.node), like(x.node, value), x.node)) : x;
}

/** How many elements are not NaN, in x's dtype. */
function countValid(x: Node, axes: Axes): Node {
  return reduce(sumNode, castNode(graph.logicalNot(isNaNNode(x)), x.dtype), axes, true);
}

/**
 * Σ of what is not NaN; 0 of nothing. A complex number is NaN if one of its parts is. Source: NumPy's nansum.
 *
 * @returns  x's shape without `axis`; dtypes as of `sum`
 * @throws ShapeError  when x has no such axis, or it is named twice
 * @example
 * nansum(tensor([1, NaN, 3])); // => 4.0
 */
export function nansum<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "nansum">,
): Reduced<S, A, K>;
export function nansum(x: Tensor, options: ReduceOptions = {}): Tensor {
  job("nansum", x, options); // names what is wrong with the axes
  return sum(filled(x, 0), options);
}

/**
 * Π of what is not NaN; 1 of nothing. A complex number is NaN if one of its parts is. Source: NumPy's nanprod.
 *
 * @returns  x's shape without `axis`; dtypes as of `prod`
 * @throws ShapeError  when x has no such axis, or it is named twice
 * @example
 * nanprod(tensor([2, NaN, 3])); // => 6.0
 */
export function nanprod<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "nanprod">,
): Reduced<S, A, K>;
export function nanprod(x: Tensor, options: ReduceOptions = {}): Tensor {
  job("nanprod", x, options); // names what is wrong with the axes
  return prod(filled(x, 1), options);
}

/**
 * Mean of what is not NaN; NaN of nothing. Source: NumPy's nanmean.
 *
 * @returns  x's shape without `axis`; complex numbers keep their dtype
 * @throws ShapeError  when x has no such axis, or it is named twice
 * @example
 * nanmean(tensor([1, NaN, 3])); // => 2.0
 */
export function nanmean<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "nanmean">,
): Reduced<S, A, K>;
export function nanmean(x: Tensor, options: ReduceOptions = {}): Tensor {
  if (isHalf(x.dtype)) return inFloat32(x, (v) => nanmean(v, options));
  const { axes, keepdims } = job("nanmean", x, options);
  const v = castNode(x.node, floating(x.dtype, "nanmean"));
  return x.derive(reshapeNode(nanmeanNode(v, axes), reducedShape(x.shape, axes, keepdims)));
}

/** The mean, with reduced axes kept. */
function nanmeanNode(x: Node, axes: Axes): Node {
  const total = reduce(sumNode, graph.where(isNaNNode(x), like(x, 0), x), axes, true);
  return graph.div(total, countValid(x, axes));
}

/**
 * Variance of what is not NaN: Σ (x − mean)² / (n − ddof). Where n ≤ ddof it is NaN or ∞.
 *
 * Source: NumPy's nanvar, which is NaN wherever n ≤ ddof.
 *
 * @returns  x's shape without `axis`
 * @throws ShapeError  when x has no such axis, or it is named twice
 * @throws DTypeError  when x is complex
 * @example
 * nanvar(tensor([1, NaN, 3])); // => 1.0
 */
export function nanvar<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: VarianceOptions<A, K> & Fits<Reduce<S, A, K>, "nanvar">,
): Reduced<S, A, K>;
export function nanvar(x: Tensor, options: VarianceOptions = {}): Tensor {
  return inFloat32(x, (v) => nanvariance("nanvar", v, options));
}

/** As `nanvar` of what is no half; errors name `operation`. */
function nanvariance(operation: string, x: Tensor, { ddof = 0, ...options }: VarianceOptions): Tensor {
  checkReal(operation, x);
  const { axes, keepdims } = job(operation, x, options);
  const v = castNode(x.node, floating(x.dtype, operation));
  const least = reduce(minNode, graph.where(isNaNNode(v), like(v, Number.POSITIVE_INFINITY), v), axes, true);
  const since = graph.sub(v, graph.expand(graph.detach(least), v.shape)); // as `variance`; the first element may be NaN
  const deviation = graph.sub(since, graph.expand(nanmeanNode(since, axes), v.shape));
  const counted = graph.where(isNaNNode(v), like(v, 0), deviation);
  const squares = reduce(sumNode, graph.mul(counted, counted), axes, true);
  const count = countValid(v, axes);
  const degrees = graph.maximum(graph.sub(count, like(count, ddof)), like(count, 0));
  return x.derive(reshapeNode(graph.div(squares, degrees), reducedShape(x.shape, axes, keepdims)));
}

/**
 * Standard deviation of what is not NaN. ∞ or NaN where n ≤ ddof, as `nanvar`; slope 0 where it is 0. Source: NumPy's nanstd.
 *
 * @returns  x's shape without `axis`
 * @throws ShapeError  when x has no such axis, or it is named twice
 * @throws DTypeError  when x is complex
 * @example
 * nanstd(tensor([1, NaN, 3])); // => 1.0
 */
export function nanstd<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: VarianceOptions<A, K> & Fits<Reduce<S, A, K>, "nanstd">,
): Reduced<S, A, K>;
export function nanstd(x: Tensor, options: VarianceOptions = {}): Tensor {
  return inFloat32(x, (v) => x.derive(rootNode(nanvariance("nanstd", v, options).node)));
}

/**
 * The greatest of what is not NaN; NaN of nothing. Equal ones share the gradient. Source: NumPy's nanmax.
 *
 * @returns  x's shape without `axis`, in x's dtype
 * @throws ShapeError  when there are no elements, not even NaN, x has no such axis, or it is named twice
 * @throws DTypeError  when x is complex
 * @example
 * nanmax(tensor([1, NaN, 3])); // => 3.0
 */
export function nanmax<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "nanmax">,
): Reduced<S, A, K>;
export function nanmax(x: Tensor, options: ReduceOptions = {}): Tensor {
  const asked = job("nanmax", x, options);
  return isFloat(x.dtype) ? nanextremum(asked, maxNode, Number.NEGATIVE_INFINITY) : max(x, options);
}

/**
 * The least of what is not NaN; NaN of nothing. Equal ones share the gradient. Source: NumPy's nanmin.
 *
 * @returns  x's shape without `axis`, in x's dtype
 * @throws ShapeError  when there are no elements, not even NaN, x has no such axis, or it is named twice
 * @throws DTypeError  when x is complex
 * @example
 * nanmin(tensor([1, NaN, 3])); // => 1.0
 */
export function nanmin<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: Along<S, A, K, "nanmin">,
): Reduced<S, A, K>;
export function nanmin(x: Tensor, options: ReduceOptions = {}): Tensor {
  const asked = job("nanmin", x, options);
  return isFloat(x.dtype) ? nanextremum(asked, minNode, Number.POSITIVE_INFINITY) : min(x, options);
}

function nanextremum({ operation, x, axes, keepdims }: Job, build: typeof maxNode, worst: number): Tensor {
  checkNotEmpty(operation, x, axes);
  const extreme = reduce(build, filled(x, worst).node, axes, true);
  const nothing = graph.equal(countValid(x.node, axes), like(extreme, 0));
  const y = graph.where(nothing, like(extreme, Number.NaN), extreme);
  return x.derive(reshapeNode(y, reducedShape(x.shape, axes, keepdims)));
}

/**
 * The place of the greatest of what is not NaN, the first of equal ones; int32. Where all are NaN: their number.
 *
 * It has no gradient. Source: NumPy's nanargmax, which refuses rows of NaN alone.
 *
 * @returns  x's shape without `axis`
 * @throws ShapeError  when there are no elements, not even NaN, or x has no such axis
 * @throws DTypeError  when x is complex
 * @example
 * nanargmax(tensor([1, NaN, 3])); // => 2
 */
export function nanargmax<S extends Shape, const A extends number | undefined = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: ArgOptions<A, K> & Fits<Reduce<S, A, K>, "nanargmax">,
): Reduced<S, A, K>;
export function nanargmax(x: Tensor, options: ArgOptions = {}): Tensor {
  return nanplace(job("nanargmax", x, options), maxNode, Number.NEGATIVE_INFINITY);
}

/**
 * The place of the least of what is not NaN, the first of equal ones; int32. Where all are NaN: their number.
 *
 * It has no gradient. Source: NumPy's nanargmin, which refuses rows of NaN alone.
 *
 * @returns  x's shape without `axis`
 * @throws ShapeError  when there are no elements, not even NaN, or x has no such axis
 * @throws DTypeError  when x is complex
 * @example
 * nanargmin(tensor([NaN, 1, 3])); // => 1
 */
export function nanargmin<S extends Shape, const A extends number | undefined = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: ArgOptions<A, K> & Fits<Reduce<S, A, K>, "nanargmin">,
): Reduced<S, A, K>;
export function nanargmin(x: Tensor, options: ArgOptions = {}): Tensor {
  return nanplace(job("nanargmin", x, options), minNode, Number.POSITIVE_INFINITY);
}

function nanplace({ operation, x, axes, keepdims }: Job, build: typeof maxNode, worst: number): Tensor {
  checkNotEmpty(operation, x, axes);
  const v = graph.detach(castNode(x.node, floating(x.dtype, operation)));
  const isNumber = graph.logicalNot(isNaNNode(v));
  const candidates = graph.where(isNumber, v, like(v, worst));
  const extreme = graph.expand(reduce(build, candidates, axes, true), v.shape);
  return x.derive(firstPlace(operation, graph.logicalAnd(isNumber, graph.equal(candidates, extreme)), axes, keepdims));
}
