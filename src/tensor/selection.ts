/**
 * Choosing, adding and ordering along one axis: gather and scatter as in PyTorch, sorting and searching as in NumPy.
 *
 * Places out of range are an error where their values are known when the function is called.
 */
import {
  checkOptions,
  DTypeError,
  isFloat,
  maxOf,
  normalizeAxis,
  range,
  type Shape,
  ShapeError,
  sameShape,
  show,
  type Unsized,
  ValueError,
} from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { type AxisChoice, placesNode, take, valuesNow } from "./indexing.ts";
import { arithmetic, broadcastNode, castNode, checkReal, commonDType, fillNode } from "./operands.ts";
import { sliceAxis } from "./shaping.ts";
import type { Tensor } from "./tensor.ts";

/** The first `size[i]` entries of every axis but `axis`. */
function cropTo(x: Node, size: Shape, axis: number): Node {
  return x.shape.reduce((y, n, i) => (i === axis || n === size[i] ? y : sliceAxis(y, i, 0, size[i]!)), x);
}

function checkRank(operation: string, x: Tensor, index: Tensor, axis: number): void {
  const fits = index.ndim === x.ndim && index.shape.every((n, i) => i === axis || n <= x.shape[i]!);
  if (!fits) {
    throw new ShapeError(
      `${operation}: an index of shape ${show(index.shape)} does not fit ${show(x.shape)} beside axis ${axis}`,
    );
  }
}

/**
 * y[i, j, …] = x[i, index[i, j, …], …] along `axis` (here 1); the shape of `index`, which may be smaller than x on
 * other axes. Source: PyTorch's gather, with negative places besides.
 *
 * @param index  integers, with as many axes as x
 * @returns      the shape of `index`, in x's dtype
 * @throws ShapeError  when x has no such axis, `index` other axes or more entries than x beside `axis`, or a place is out of range
 * @throws DTypeError  when `index` is not of integers
 * @example
 * gather(tensor([[1, 2], [3, 4]]), tensor([[1], [0]], { dtype: "int32" }), { axis: 1 }); // => [[2.]
 * //  [3.]]
 */
export function gather<I extends Shape>(x: Tensor, index: Tensor<I>, { axis }: { readonly axis: number }): Tensor<I> {
  const along = normalizeAxis("gather", axis, x.ndim);
  checkRank("gather", x, index, along);
  const places = placesNode("gather", index, x.shape[along]!, along);
  return x.derive<I>(graph.gather(cropTo(x.node, index.shape, along), places, { axis: along }));
}

/**
 * As `gather`, with NumPy's broadcasting of the other axes. Source: NumPy's take_along_axis.
 *
 * @param index  integers, with as many axes as x
 * @returns      x's and the index's common shape beside `axis`, the index's size along it; in x's dtype
 * @throws ShapeError  when x has no such axis, `index` has other axes or does not broadcast, or a place is out of range
 * @throws DTypeError  when `index` is not of integers
 * @example
 * const x = tensor([[3, 1, 2]]);
 * takeAlongAxis(x, argsort(x), { axis: 1 }); // => [[1. 2. 3.]]
 */
export function takeAlongAxis(x: Tensor, index: Tensor, { axis }: { readonly axis: number }): Tensor {
  const along = normalizeAxis("takeAlongAxis", axis, x.ndim);
  if (index.ndim !== x.ndim) {
    throw new ShapeError(
      `takeAlongAxis: an index of shape ${show(index.shape)} has not the ${x.ndim} axes of ${show(x.shape)}`,
    );
  }
  const fits = x.shape.every((n, i) => i === along || n === index.shape[i] || n === 1 || index.shape[i] === 1);
  if (!fits)
    throw new ShapeError(
      `takeAlongAxis: an index of shape ${show(index.shape)} does not fit ${show(x.shape)} beside axis ${along}`,
    );
  const sizes = x.shape.map((n, i) => (i === along ? 1 : n === 1 ? index.shape[i]! : n));
  const wide = broadcastNode(
    x.node,
    sizes.map((n, i) => (i === along ? x.shape[i]! : n)),
  );
  const places = broadcastNode(
    placesNode("takeAlongAxis", index, x.shape[along]!, along),
    sizes.map((n, i) => (i === along ? index.shape[i]! : n)),
  );
  return x.derive(graph.gather(wide, places, { axis: along }));
}

/** Throws if `x` is bool, to which nothing can be added. */
function checkAddable(operation: string, x: Tensor): void {
  if (x.dtype === "bool") throw new DTypeError(`${operation}: takes numbers, not bool; cast the operand first`);
}

interface Scatter {
  readonly along: number;
  /** places, in the sizes of x beside the axis */
  readonly places: Node;
  /** what goes there; 0 where the index had to be lengthened */
  readonly updates: Node;
  /** 1 where there is an update */
  readonly hits: Node;
}

/** Index and source as the primitive wants them: as long as x on every axis but the one that is indexed. */
function scatterOperands(operation: string, x: Tensor, index: Tensor, source: Tensor, axis: number): Scatter {
  checkAddable(operation, x);
  const along = normalizeAxis(operation, axis, x.ndim);
  checkRank(operation, x, index, along);
  if (source.ndim !== index.ndim || source.shape.some((n, i) => n < index.shape[i]!)) {
    throw new ShapeError(
      `${operation}: a source of shape ${show(source.shape)} does not fill an index of shape ${show(index.shape)}`,
    );
  }
  const cropped = cropTo(castNode(source.node, x.dtype), index.shape, -1);
  const after = x.shape.map((n, i) => (i === along ? 0 : n - index.shape[i]!));
  const lengthen = (v: Node): Node => {
    const none = x.shape.map(() => 0);
    return after.every((n) => n === 0) ? v : graph.pad(v, { before: none, after, interior: none });
  };
  return {
    along,
    places: lengthen(placesNode(operation, index, x.shape[along]!, along)),
    updates: lengthen(cropped),
    hits: lengthen(fillNode(1, index.shape, "int32")),
  };
}

/**
 * x with `source` added at the places that `index` names along `axis`: x[index[i, j], j] += source[i, j] for axis 0.
 *
 * What meets at one place adds up. Source: PyTorch's scatter_add, with negative places besides.
 *
 * @param index   integers, with as many axes as x and no more entries than x beside `axis`
 * @param source  no smaller than `index` on any axis, of which the first entries count; cast to x's dtype
 * @returns       x's shape and dtype
 * @throws ShapeError  when x has no such axis, the shapes do not fit, or a place is out of range
 * @throws DTypeError  when `index` is not of integers, x is bool, or `source` is complex and x is not
 * @example
 * scatterAdd(zeros([3]), tensor([0, 2, 0], { dtype: "int32" }), tensor([1, 2, 3]), { axis: 0 }); // => [4. 0. 2.]
 */
export function scatterAdd<S extends Shape>(
  x: Tensor<S>,
  index: Tensor,
  source: Tensor,
  { axis }: { readonly axis: number },
): Tensor<S> {
  const { along, places, updates } = scatterOperands("scatterAdd", x, index, source, axis);
  return x.derive<S>(graph.scatterAdd(x.node, places, updates, { axis: along }));
}

/**
 * x with `source` instead of what stood at the places that `index` names along `axis`; no place may be named twice.
 *
 * That is not checked: what meets at one place adds up. Source: PyTorch's scatter, with negative places besides.
 *
 * @param index   integers, with as many axes as x and no more entries than x beside `axis`
 * @param source  no smaller than `index` on any axis, of which the first entries count; cast to x's dtype
 * @returns       x's shape and dtype
 * @throws ShapeError  when x has no such axis, the shapes do not fit, or a place is out of range
 * @throws DTypeError  when `index` is not of integers, x is bool, or `source` is complex and x is not
 * @example
 * scatter(zeros([3]), tensor([2, 0], { dtype: "int32" }), tensor([5, 6]), { axis: 0 }); // => [6. 0. 5.]
 */
export function scatter<S extends Shape>(
  x: Tensor<S>,
  index: Tensor,
  source: Tensor,
  { axis }: { readonly axis: number },
): Tensor<S> {
  const { along, places, updates, hits } = scatterOperands("scatter", x, index, source, axis);
  const written = graph.scatterAdd(fillNode(0, x.shape, "int32"), places, hits, { axis: along });
  const kept = graph.where(castNode(written, "bool"), fillNode(0, x.shape, x.dtype), x.node);
  return x.derive<S>(graph.scatterAdd(kept, places, updates, { axis: along }));
}

/**
 * The entries of x at `index` (a vector) along `axis`. Source: PyTorch's index_select, with negative places besides.
 *
 * @param index  integers [k]
 * @returns      x's shape with size k along `axis`, in x's dtype
 * @throws ShapeError  when `index` is no vector, x has no such axis, or a place is out of range
 * @throws DTypeError  when `index` is not of integers
 * @example
 * indexSelect(tensor([[1, 2], [3, 4]]), tensor([1, 1], { dtype: "int32" }), { axis: 0 }); // => [[3. 4.]
 * //  [3. 4.]]
 */
export function indexSelect(x: Tensor, index: Tensor, { axis }: { readonly axis: number }): Tensor {
  if (index.ndim !== 1)
    throw new ShapeError(`indexSelect: the index is a vector, not ${show(index.shape)}; use take for other shapes`);
  return take(x, index, { axis });
}

/**
 * x with the entries of `source` along `axis` added at `index` (a vector). What meets at one place adds up.
 *
 * Source: PyTorch's index_add, with negative places besides.
 *
 * @param index   integers [k]
 * @param source  x's shape with size k along `axis`; cast to x's dtype
 * @returns       x's shape and dtype
 * @throws ShapeError  when x has no such axis, the shapes do not fit, or a place is out of range
 * @throws DTypeError  when `index` is not of integers, x is bool, or `source` is complex and x is not
 * @example
 * indexAdd(zeros([3]), tensor([1, 1], { dtype: "int32" }), tensor([5, 6]), { axis: 0 }); // => [ 0. 11. 0.]
 */
export function indexAdd<S extends Shape>(
  x: Tensor<S>,
  index: Tensor,
  source: Tensor,
  { axis }: { readonly axis: number },
): Tensor<S> {
  checkAddable("indexAdd", x);
  const along = normalizeAxis("indexAdd", axis, x.ndim);
  const expected = x.shape.map((n, i) => (i === along ? index.size : n));
  if (index.ndim !== 1 || !sameShape(source.shape, expected)) {
    throw new ShapeError(
      `indexAdd: an index of shape ${show(index.shape)} and a source of shape ${show(source.shape)} do not fit ${show(x.shape)} along axis ${along}`,
    );
  }
  const places = placesNode("indexAdd", index, x.shape[along]!, along);
  const aligned = graph.reshape(
    places,
    expected.map((n, i) => (i === along ? n : 1)),
  );
  return x.derive<S>(
    graph.scatterAdd(x.node, broadcastNode(aligned, expected), castNode(source.node, x.dtype), { axis: along }),
  );
}

// --------------------------------------------------------------------------------------------------------------- order

export interface SortOptions {
  /** along which axis; null for the flattened tensor; the last one when absent */
  readonly axis?: number | null | undefined;
  /** greatest first; false */
  readonly descending?: boolean | undefined;
}

/** Applies `build`, which works along the last axis, along `axis`. */
function alongLast(operation: string, x: Tensor, axis: number | null, build: (rows: Node) => Node): Tensor {
  checkReal(operation, x);
  if (axis === null) return x.derive(build(graph.reshape(x.node, [x.size])));
  const along = normalizeAxis(operation, axis, x.ndim);
  const order = [...range(x.ndim).filter((i) => i !== along), along];
  const back = range(x.ndim).map((i) => order.indexOf(i));
  return x.derive(graph.permute(build(graph.permute(x.node, order)), back));
}

/** Places of rows in order; equal elements keep theirs, NaN counts as greatest. */
function orderOfRows(rows: Node, descending: boolean): Node {
  const last = rows.shape.length - 1;
  const numbers = castNode(rows, arithmetic(rows.dtype, "argsort"));
  if (!descending) return graph.argsort(numbers);
  // ascending order of the reversed row, reversed: so equal elements keep their order
  const reversed = graph.flip(graph.argsort(graph.flip(numbers, [last])), [last]);
  return graph.sub(fillNode(rows.shape[last]! - 1, rows.shape, "int32"), reversed);
}

/**
 * The places of the elements in ascending order; equal ones keep their order, NaN counts as greatest; int32.
 *
 * With `descending` NaN comes first, and equal ones still keep their order. Source: NumPy's argsort with kind "stable".
 *
 * @returns  x's shape; [x.size] with axis null
 * @throws ShapeError  when x has no such axis, as a scalar has none
 * @throws DTypeError  when x is complex
 * @example
 * argsort(tensor([3, 1, 2])); // => [1 2 0]
 */
export function argsort<S extends Shape>(
  x: Tensor<S>,
  options: SortOptions & { readonly axis?: number | undefined },
): Tensor<S>;
export function argsort(x: Tensor, options?: SortOptions): Tensor;
export function argsort(x: Tensor, { axis = -1, descending = false }: SortOptions = {}): Tensor {
  return alongLast("argsort", x, axis, (rows) => orderOfRows(rows, descending));
}

/**
 * The elements in ascending order, NaN last. The gradient of an element goes to where it came from.
 *
 * With `descending` NaN comes first. Source: NumPy's sort with kind "stable".
 *
 * @returns  x's shape, [x.size] with axis null; in x's dtype
 * @throws ShapeError  when x has no such axis, as a scalar has none
 * @throws DTypeError  when x is complex
 * @example
 * sort(tensor([3, NaN, 1])); // => [ 1. 3. nan]
 */
export function sort<S extends Shape>(
  x: Tensor<S>,
  options: SortOptions & { readonly axis?: number | undefined },
): Tensor<S>;
export function sort(x: Tensor, options?: SortOptions): Tensor;
export function sort(x: Tensor, { axis = -1, descending = false }: SortOptions = {}): Tensor {
  return alongLast("sort", x, axis, (rows) =>
    graph.gather(rows, orderOfRows(rows, descending), { axis: rows.shape.length - 1 }),
  );
}

export interface TopkOptions {
  /** along which axis; the last one when absent */
  readonly axis?: number | undefined;
  /** the greatest (true) or the least; true */
  readonly largest?: boolean | undefined;
}

/**
 * The k greatest (or least) elements along an axis, in order, and their places. NaN counts as greatest; of equal elements the
 * first come first. Source: PyTorch's topk.
 *
 * @returns  `values` in x's dtype and `indices` in int32, both x's shape with size k along the axis
 * @throws ShapeError  when k is no whole number from 0 to the size of the axis, or x has no such axis
 * @throws DTypeError  when x is complex
 * @example
 * topk(tensor([3, 9, 5]), 2); // => { values: [9. 5.], indices: [1 2] }
 */
export function topk<S extends Shape>(
  x: Tensor<S>,
  k: number,
  { axis = -1, largest = true }: TopkOptions = {},
): { readonly values: Tensor<Unsized<S>>; readonly indices: Tensor<Unsized<S>> } {
  const along = normalizeAxis("topk", axis, x.ndim);
  const n = x.shape[along]!;
  if (!Number.isInteger(k) || k < 0 || k > n)
    throw new ShapeError(`topk: axis ${axis} of ${show(x.shape)} has no ${k} entries`);
  const order = alongLast("topk", x, along, (rows) =>
    sliceAxis(orderOfRows(rows, largest), rows.shape.length - 1, 0, k),
  );
  return { values: x.derive(graph.gather(x.node, order.node, { axis: along })), indices: x.derive(order.node) };
}

export interface SearchOptions {
  /** on which side of equal elements; "left" */
  readonly side?: "left" | "right" | undefined;
}

/**
 * Where each x would have to be put in so that the ascending vector `sorted` stays so: before the elements that are
 * equal to it ("left") or behind them ("right"). NaN counts as greatest, and as equal to NaN.
 *
 * It has no gradient. Source: NumPy's searchsorted.
 *
 * @param sorted  [n], ascending, which is not checked
 * @returns  0 … n, int32, in the shape of x
 * @throws ShapeError  when `sorted` is no vector
 * @throws ValueError  when the side is neither "left" nor "right", or there is no such option
 * @throws DTypeError  when `sorted` or x is complex
 * @example
 * searchsorted(tensor([1, 2, 2, 3]), tensor([2, 5]), { side: "right" }); // => [3 4]
 */
export function searchsorted<S extends Shape>(sorted: Tensor, x: Tensor<S>, options: SearchOptions = {}): Tensor<S> {
  checkOptions("searchsorted", options, ["side"]);
  const { side = "left" } = options;
  if (side !== "left" && side !== "right")
    throw new ValueError(`searchsorted: side is ${String(side)}; it must be "left" or "right"`);
  if (sorted.ndim !== 1) throw new ShapeError(`searchsorted: takes a vector to search in, not ${show(sorted.shape)}`);
  for (const real of [sorted, x]) checkReal("searchsorted", real);
  const dtype = arithmetic(commonDType([sorted, x]), "searchsorted");
  const values = graph.reshape(castNode(x.node, dtype), [x.size]);
  const places = castNode(sorted.node, dtype);
  const search = sorted.size <= fewPlaces ? compareAll : halve;
  return x.derive<S>(graph.reshape(graph.detach(search(places, values, side)), x.shape));
}

/** Up to so many places it is faster to compare with all of them than to look for the right one. */
const fewPlaces = 64;

/** How many places come before each value: counted. */
function compareAll(places: Node, values: Node, side: Side): Node {
  const shape = [values.size, places.size];
  const [row, column] = [graph.reshape(values, [values.size, 1]), graph.reshape(places, [1, places.size])];
  return graph.sum(castNode(comesBefore(graph.expand(column, shape), graph.expand(row, shape), side), "int32"), [1]);
}

/** How many places come before each value: found by halving what is left, in log₂ n steps for all values at once. */
function halve(places: Node, values: Node, side: Side): Node {
  const n = places.size;
  const whole = (value: number): Node => fillNode(value, values.shape, "int32");
  let found = whole(0);
  for (let step = 2 ** Math.floor(Math.log2(n)); step >= 1; step /= 2) {
    const further = graph.add(found, whole(step));
    const last = graph.minimum(graph.sub(further, whole(1)), whole(n - 1));
    const isBefore = comesBefore(graph.gather(places, last, { axis: 0 }), values, side);
    found = graph.where(graph.logicalAnd(graph.lessEqual(further, whole(n)), isBefore), further, found);
  }
  return found;
}

type Side = NonNullable<SearchOptions["side"]>;

/** Whether a place belongs before a value; NaN comes after every number, and on the right side NaN itself before it. */
function comesBefore(place: Node, value: Node, side: Side): Node {
  const ordered = side === "left" ? graph.less(place, value) : graph.lessEqual(place, value);
  if (!isFloat(place.dtype)) return ordered;
  const isNotNumber = graph.notEqual(value, value);
  return graph.logicalOr(
    ordered,
    side === "right" ? isNotNumber : graph.logicalAnd(isNotNumber, graph.equal(place, place)),
  );
}

/**
 * Ones at the places that `indices` name, zeros elsewhere, along a new last axis; int32. Without `numClasses`, one more
 * than the greatest index. Source: PyTorch's one_hot; negative indices count from the end.
 *
 * @param indices  integers [...]
 * @returns        [..., numClasses]
 * @throws ShapeError  when an index is out of range, or `numClasses` is no size
 * @throws DTypeError  when `indices` are not of integers
 * @throws ValueError  without `numClasses` inside `compile`, where the greatest index is not known
 * @example
 * oneHot(tensor([2, 0], { dtype: "int32" })); // => [[0 0 1]
 * //  [1 0 0]]
 */
export function oneHot<S extends Shape, const N extends number = number>(
  indices: Tensor<S>,
  { numClasses }: { readonly numClasses?: N } = {},
): Tensor<readonly [...S, N]> {
  const n = numClasses ?? 1 + maxOf(valuesNow("oneHot", indices, "pass { numClasses }"), -1);
  const places = placesNode("oneHot", indices, n, indices.ndim);
  const shape = [...indices.shape, n];
  const wide = graph.expand(graph.reshape(places, [...indices.shape, 1]), shape);
  return indices.derive(castNode(graph.equal(wide, graph.iota(shape, indices.ndim, "int32")), "int32"));
}

/**
 * Differences of neighbours along `axis`: x₁ − x₀, x₂ − x₁, … Without `axis` along the last one. Source: NumPy's diff.
 *
 * @returns  x's shape with one entry less along `axis` (none of none); in x's dtype, so that unsigned integers wrap; int32 of bool
 * @throws ShapeError  when x has no such axis, as a scalar has none
 * @example
 * diff(tensor([1, 4, 9])); // => [3. 5.]
 */
export function diff(x: Tensor, { axis = -1 }: AxisChoice = {}): Tensor {
  const along = normalizeAxis("diff", axis, x.ndim);
  const n = x.shape[along]!;
  const v = castNode(x.node, arithmetic(x.dtype, "diff"));
  const count = Math.max(0, n - 1);
  return x.derive(graph.sub(sliceAxis(v, along, Math.min(1, n), count), sliceAxis(v, along, 0, count)));
}
