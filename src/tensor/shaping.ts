/**
 * Shaping: the same elements in another order, shape or number. Nothing is computed; the compiler folds most of it into the kernels that
 * read the result, and every dtype stays what it is. A negative axis counts from the end. Source of names and conventions: NumPy.
 */
import {
  type AxisOption,
  type BroadcastTo,
  broadcastShapes,
  type Concat,
  checkShape,
  checkWhole,
  type Fits,
  type Flatten,
  type InsertAxes,
  listedAxes,
  type MatrixTranspose,
  normalizeAxes,
  normalizeAxis,
  type Permute,
  promote,
  type Reshape,
  type Result,
  range,
  type Shape,
  ShapeError,
  type Squeeze,
  type Stack,
  type SwapAxes,
  sameShape,
  show,
  sizeOf,
  type Transpose,
  type Unsized,
  ValueError,
} from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { broadcastNode, castNode } from "./operands.ts";
import type { Tensor } from "./tensor.ts";

// ------------------------------------------------------------------------------------------------------------- reshape

/**
 * The same elements, row by row, in another shape; one size may be −1: whatever is left.
 *
 * @throws ShapeError  when the numbers of elements differ, or −1 stands twice or beside a 0, which leaves it open
 * @example
 * reshape(tensor([1, 2, 3, 4]), [2, -1]); // => [[1. 2.]
 * //  [3. 4.]]
 */
export function reshape<S extends Shape, const To extends number | Shape>(
  x: Tensor<S>,
  shape: To & Fits<Reshape<S, To>, "reshape">,
): Tensor<Result<Reshape<S, To>>>;
export function reshape(x: Tensor, shape: number | Shape): Tensor {
  const to = typeof shape === "number" ? [shape] : shape;
  const full = fillIn(x, to);
  return sameShape(full, x.shape) ? x : x.derive(graph.reshape(x.node, full));
}

/** `to` with its −1 replaced. */
function fillIn(x: Tensor, to: Shape): Shape {
  const known = to.filter((n) => n !== -1);
  checkShape("reshape", known);
  if (known.length < to.length - 1)
    throw new ShapeError(`reshape: ${show(to)} leaves several sizes open; only one may be -1`);
  const size = sizeOf(known);
  if (known.length === to.length) {
    if (size === x.size) return to;
    throw new ShapeError(
      `reshape: ${show(x.shape)} has ${x.size} elements, ${show(to)} has ${size} (${x.size} ≠ ${size})`,
    );
  }
  const open = x.size / size;
  if (Number.isInteger(open)) return to.map((n) => (n === -1 ? open : n));
  const reason = size === 0 ? "anything times 0 is 0" : `${x.size} is no multiple of ${size}`;
  throw new ShapeError(
    `reshape: the ${x.size} elements of ${show(x.shape)} do not divide into ${show(to)} (${reason})`,
  );
}

/**
 * Axes `startAxis` … `endAxis` joined into one; all of them when absent. A scalar becomes [1]. Source: PyTorch's flatten.
 *
 * @throws ShapeError  when an axis does not exist, or `endAxis` comes before `startAxis`
 * @example
 * flatten(tensor([[1, 2], [3, 4]])); // => [1. 2. 3. 4.]
 */
export function flatten<S extends Shape, const Start extends number = 0>(
  x: Tensor<S>,
  startAxis?: Start,
): Tensor<Result<Flatten<S, Start>>>;
export function flatten(x: Tensor, startAxis?: number, endAxis?: number): Tensor;
export function flatten(x: Tensor, startAxis = 0, endAxis = -1): Tensor {
  if (x.ndim === 0) return x.derive(graph.reshape(x.node, [1]));
  const [start, end] = [normalizeAxis("flatten", startAxis, x.ndim), normalizeAxis("flatten", endAxis, x.ndim)];
  if (end < start) throw new ShapeError(`flatten: axis ${endAxis} comes before axis ${startAxis} in ${show(x.shape)}`);
  return toShape(x, [...x.shape.slice(0, start), sizeOf(x.shape.slice(start, end + 1)), ...x.shape.slice(end + 1)]);
}

/** A shape of as many elements. */
function toShape(x: Tensor, shape: Shape): Tensor {
  return sameShape(shape, x.shape) ? x : x.derive(graph.reshape(x.node, shape));
}

/**
 * A new axis of size 1, which becomes axis `axis` of the result; of several each becomes the axis of the result that it names. Source: NumPy's
 * expand_dims.
 *
 * @throws ShapeError  when the result has no such axis, or it is named twice
 * @example
 * expandDims(tensor([1, 2]), 1).shape; // => [ 2, 1 ]
 * expandDims(tensor([1, 2]), [0, -1]).shape; // => [ 1, 2, 1 ]
 */
export function expandDims<S extends Shape, const A extends number | readonly number[]>(
  x: Tensor<S>,
  axis: A & Fits<InsertAxes<S, A>, "expandDims">,
): Tensor<Result<InsertAxes<S, A>>>;
export function expandDims(x: Tensor, axis: number | readonly number[]): Tensor {
  const ndim = x.ndim + [axis].flat().length;
  const axes = listedAxes("expandDims", axis, ndim);
  const sizes = [...x.shape];
  return toShape(
    x,
    range(ndim).map((i) => (axes.includes(i) ? 1 : sizes.shift()!)),
  );
}

/**
 * Without the axes of size 1, or without those named.
 *
 * @throws ShapeError  when a named axis has another size, does not exist or is named twice
 * @example
 * squeeze(tensor([[[1, 2]]])).shape; // => [ 2 ]
 */
export function squeeze<S extends Shape, const A extends AxisOption = undefined>(
  x: Tensor<S>,
  axis?: A & Fits<Squeeze<S, A>, "squeeze">,
): Tensor<Result<Squeeze<S, A>>>;
export function squeeze(x: Tensor, axis?: AxisOption): Tensor {
  const ones = range(x.ndim).filter((i) => x.shape[i] === 1);
  const axes = axis === undefined || axis === null ? ones : normalizeAxes("squeeze", axis, x.ndim);
  for (const i of axes) {
    if (x.shape[i] !== 1) throw new ShapeError(`squeeze: axis ${i} of ${show(x.shape)} has size ${x.shape[i]}, not 1`);
  }
  return toShape(
    x,
    x.shape.filter((_, i) => !axes.includes(i)),
  );
}

/**
 * Stretched to `shape` as in NumPy: leading axes are added, ones repeated.
 *
 * @throws ShapeError  when x does not stretch to `shape`
 * @example
 * broadcastTo(tensor([1, 2]), [2, 2]); // => [[1. 2.]
 * //  [1. 2.]]
 */
export function broadcastTo<S extends Shape, const To extends Shape>(
  x: Tensor<S>,
  shape: To & Fits<BroadcastTo<S, To>, "broadcastTo">,
): Tensor<To>;
export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  checkShape("broadcastTo", shape);
  if (!sameShape(broadcastShapes("broadcastTo", x.shape, shape), shape)) {
    throw new ShapeError(`broadcastTo: ${show(x.shape)} does not expand to ${show(shape)}`);
  }
  return sameShape(x.shape, shape) ? x : x.derive(broadcastNode(x.node, shape));
}

// ------------------------------------------------------------------------------------------------------- order of axes

/**
 * Axis i of the result is axis `axes[i]` of x. Source: PyTorch's permute.
 *
 * @throws ShapeError  unless `axes` names every axis of x once
 * @example
 * permute(zeros([2, 3, 4]), [2, 0, 1]).shape; // => [ 4, 2, 3 ]
 */
export function permute<S extends Shape, const A extends readonly number[]>(
  x: Tensor<S>,
  axes: A & Fits<Permute<S, A>, "permute">,
): Tensor<Result<Permute<S, A>>>;
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  const order = axes.map((axis) => normalizeAxis("permute", axis, x.ndim));
  if (order.length !== x.ndim || new Set(order).size !== x.ndim) {
    throw new ShapeError(`permute: axes ${show(axes)} do not name every axis of ${show(x.shape)} once`);
  }
  return order.every((axis, i) => axis === i) ? x : x.derive(graph.permute(x.node, order));
}

/**
 * All axes reversed, or in the order given.
 *
 * @throws ShapeError  unless the order names every axis of x once
 * @example
 * transpose(tensor([[1, 2], [3, 4]])); // => [[1. 3.]
 * //  [2. 4.]]
 */
export function transpose<S extends Shape>(x: Tensor<S>): Tensor<Transpose<S>>;
export function transpose<S extends Shape, const A extends readonly number[]>(
  x: Tensor<S>,
  axes: A & Fits<Permute<S, A>, "transpose">,
): Tensor<Result<Permute<S, A>>>;
export function transpose(x: Tensor, axes?: readonly number[]): Tensor {
  return permute(x, axes ?? range(x.ndim).reverse());
}

/**
 * The last two axes exchanged: every matrix of a stack transposed. [..., m, n] → [..., n, m].
 *
 * @throws ShapeError  when x has fewer than two axes
 * @example
 * matrixTranspose(zeros([5, 2, 3])).shape; // => [ 5, 3, 2 ]
 */
export function matrixTranspose<S extends Shape>(x: Tensor<S>): Tensor<Result<MatrixTranspose<S>>>;
export function matrixTranspose(x: Tensor): Tensor {
  if (x.ndim < 2) throw new ShapeError(`matrixTranspose: ${show(x.shape)} is no matrix`);
  return swapaxes(x, -2, -1);
}

/**
 * Two axes exchanged.
 *
 * @throws ShapeError  when an axis does not exist
 * @example
 * swapaxes(zeros([2, 3, 4]), 0, 2).shape; // => [ 4, 3, 2 ]
 */
export function swapaxes<S extends Shape, const A extends number, const B extends number>(
  x: Tensor<S>,
  axis1: A,
  axis2: B & Fits<SwapAxes<S, A, B>, "swapaxes">,
): Tensor<Result<SwapAxes<S, A, B>>>;
export function swapaxes(x: Tensor, axis1: number, axis2: number): Tensor {
  const [a, b] = [normalizeAxis("swapaxes", axis1, x.ndim), normalizeAxis("swapaxes", axis2, x.ndim)];
  return permute(
    x,
    range(x.ndim).map((i) => (i === a ? b : i === b ? a : i)),
  );
}

/**
 * Axis `source` moved so that it becomes axis `destination`; the others keep their order. Several at once as lists.
 *
 * @throws ShapeError  when an axis does not exist or is listed twice, or the lists differ in length
 * @example
 * moveaxis(zeros([2, 3, 4]), 0, -1).shape; // => [ 3, 4, 2 ]
 */
export function moveaxis(
  x: Tensor,
  source: number | readonly number[],
  destination: number | readonly number[],
): Tensor {
  const from = listedAxes("moveaxis", source, x.ndim);
  const to = listedAxes("moveaxis", destination, x.ndim);
  if (from.length !== to.length) throw new ShapeError(`moveaxis: ${from.length} axes cannot go to ${to.length} places`);
  const rest = range(x.ndim).filter((axis) => !from.includes(axis));
  const order = range(x.ndim).map((place) => {
    const moved = to.indexOf(place);
    return moved === -1 ? rest.shift()! : from[moved]!;
  });
  return permute(x, order);
}

// --------------------------------------------------------------------------------------------------- order of elements

/**
 * Elements in reverse order along `axis`; along all axes when absent.
 *
 * @throws ShapeError  when an axis does not exist or is named twice
 * @example
 * flip(tensor([1, 2, 3])); // => [3. 2. 1.]
 */
export function flip<S extends Shape>(x: Tensor<S>, axis?: AxisOption): Tensor<S> {
  const axes = normalizeAxes("flip", axis, x.ndim);
  return axes.length === 0 ? x : x.derive<S>(graph.flip(x.node, axes));
}

export interface RollOptions {
  /** along which axes; the flattened tensor when absent */
  readonly axis?: number | readonly number[] | undefined;
}

/**
 * Elements moved on by `shift` places along `axis`; what leaves at the end comes in at the beginning. Of the flattened tensor without `axis`.
 * One shift is for all axes; of several shifts of one axis, or of an axis named again, the sum counts. Source: NumPy's roll.
 *
 * @throws ShapeError  when an axis does not exist, or there are several shifts and several axes, but not as many
 * @throws ValueError  when a shift is not a whole number
 * @example
 * roll(tensor([1, 2, 3]), 1); // => [3. 1. 2.]
 */
export function roll<S extends Shape>(
  x: Tensor<S>,
  shift: number | readonly number[],
  { axis }: RollOptions = {},
): Tensor<S> {
  const shifts = [shift].flat();
  for (const places of shifts) checkWhole("roll", "shift", places);
  if (axis === undefined) {
    const total = shifts.reduce((a, b) => a + b, 0);
    const flat = rollAxis(graph.reshape(x.node, [x.size]), 0, total);
    return x.derive<S>(graph.reshape(flat, x.shape));
  }
  const axes = [axis].flat().map((a) => normalizeAxis("roll", a, x.ndim));
  if (shifts.length !== axes.length && shifts.length !== 1 && axes.length !== 1)
    throw new ShapeError(`roll: ${shifts.length} shifts do not fit ${axes.length} axes`);
  const along = (a: number): number =>
    axes.length === 1
      ? shifts.reduce((sum, by) => sum + by, 0)
      : axes.reduce((sum, named, i) => (named === a ? sum + (shifts[i] ?? shifts[0]!) : sum), 0);
  return x.derive<S>([...new Set(axes)].reduce((y, a) => rollAxis(y, a, along(a)), x.node));
}

function rollAxis(x: Node, axis: number, shift: number): Node {
  const n = x.shape[axis]!;
  const by = n === 0 ? 0 : ((shift % n) + n) % n;
  if (by === 0) return x;
  return graph.concat([sliceAxis(x, axis, n - by, by), sliceAxis(x, axis, 0, n - by)], { axis });
}

/** `count` places along `axis` from `start` on. */
export function sliceAxis(x: Node, axis: number, start: number, count: number, step = 1): Node {
  if (start === 0 && count === x.shape[axis] && step === 1) return x;
  return graph.slice(x, {
    start: x.shape.map((_, i) => (i === axis ? start : 0)),
    size: x.shape.map((n, i) => (i === axis ? count : n)),
    step: x.shape.map((_, i) => (i === axis ? step : 1)),
  });
}

/**
 * Turned by k · 90° in the plane of two axes, from the first towards the second (counter-clockwise for a matrix as it is printed).
 *
 * @throws ShapeError  when the axes are the same or do not exist
 * @throws ValueError  when k is not a whole number
 * @example
 * rot90(tensor([[1, 2], [3, 4]])); // => [[2. 4.]
 * //  [1. 3.]]
 */
export function rot90(x: Tensor, k = 1, axes: readonly [number, number] = [0, 1]): Tensor {
  checkWhole("rot90", "k", k);
  const [a, b] = axes.map((axis) => normalizeAxis("rot90", axis, x.ndim)) as [number, number]; // map forgets the length
  if (a === b) throw new ShapeError(`rot90: a plane needs two different axes of ${show(x.shape)}`);
  switch (((k % 4) + 4) % 4) {
    case 0:
      return x;
    case 1:
      return swapaxes(flip(x, b), a, b);
    case 2:
      return flip(x, [a, b]);
    default:
      return flip(swapaxes(x, a, b), b);
  }
}

// ---------------------------------------------------------------------------------------------------- joining, cutting

/** The shapes of a list of tensors. */
export type ShapesOf<T extends readonly Tensor[]> = {
  readonly [K in keyof T]: T[K] extends Tensor<infer S> ? S : Shape;
};

/**
 * Joined along an existing axis. Sizes n₁, n₂, … along it become Σ nᵢ; the dtype is the common one.
 *
 * @throws ShapeError  when there is nothing to join, the shapes differ beside `axis`, or it does not exist
 * @example
 * concat([tensor([1, 2]), tensor([3])]); // => [1. 2. 3.]
 */
export function concat<const T extends readonly Tensor[], const A extends number = 0>(
  tensors: T & Fits<Concat<ShapesOf<T>, A>, "concat">,
  options?: { readonly axis?: A | undefined },
): Tensor<Result<Concat<ShapesOf<T>, A>>>;
export function concat(tensors: readonly Tensor[], { axis = 0 }: { readonly axis?: number | undefined } = {}): Tensor {
  const first = tensors[0];
  if (first === undefined) throw new ShapeError("concat: there is nothing to join");
  const at = normalizeAxis("concat", axis, first.ndim);
  for (const x of tensors) {
    const fits = x.ndim === first.ndim && x.shape.every((n, i) => i === at || n === first.shape[i]);
    if (!fits)
      throw new ShapeError(`concat: shapes ${show(first.shape)} and ${show(x.shape)} differ beside axis ${axis}`);
  }
  const dtype = tensors.map((x) => x.dtype).reduce((a, b) => promote(a, b));
  const nodes = tensors.map((x) => castNode(x.node, dtype));
  return first.derive(nodes.length === 1 ? nodes[0]! : graph.concat(nodes, { axis: at }));
}

/**
 * Equal shapes joined along a new axis. The dtype is the common one.
 *
 * @throws ShapeError  when there is nothing to join, the shapes differ, or the result has no such axis
 * @example
 * stack([tensor([1, 2]), tensor([3, 4])]); // => [[1. 2.]
 * //  [3. 4.]]
 */
export function stack<const T extends readonly Tensor[], const A extends number = 0>(
  tensors: T & Fits<Stack<ShapesOf<T>, A>, "stack">,
  options?: { readonly axis?: A | undefined },
): Tensor<Result<Stack<ShapesOf<T>, A>>>;
export function stack(tensors: readonly Tensor[], { axis = 0 }: { readonly axis?: number | undefined } = {}): Tensor {
  const first = tensors[0];
  if (first === undefined) throw new ShapeError("stack: there is nothing to join");
  for (const x of tensors) {
    if (!sameShape(x.shape, first.shape))
      throw new ShapeError(`stack: shapes ${show(first.shape)} and ${show(x.shape)} differ`);
  }
  return concat(
    tensors.map((x): Tensor => expandDims(x, axis)),
    { axis: normalizeAxis("stack", axis, first.ndim + 1) },
  );
}

/**
 * Cut along `axis`: into so many equal parts, or before the given places. A negative place counts from the end. Source: NumPy's split.
 *
 * @throws ShapeError  when the parts would not be equal, or `axis` does not exist
 * @throws ValueError  when a place is not a whole number
 * @example
 * split(tensor([1, 2, 3, 4]), 2); // => [ [1. 2.], [3. 4.] ]
 */
export function split(
  x: Tensor,
  sections: number | readonly number[],
  { axis = 0 }: { readonly axis?: number | undefined } = {},
): Tensor[] {
  const at = normalizeAxis("split", axis, x.ndim);
  const n = x.shape[at]!;
  if (typeof sections === "number" && !(sections >= 1 && Number.isInteger(sections) && n % sections === 0)) {
    throw new ShapeError(
      `split: axis ${axis} of ${show(x.shape)} does not divide into ${sections} equal parts; give the places instead`,
    );
  }
  const places = typeof sections === "number" ? range(sections - 1).map((i) => ((i + 1) * n) / sections) : sections;
  for (const place of places) checkWhole("split", "place", place);
  const cuts = [0, ...places.map((p) => Math.min(n, p < 0 ? Math.max(0, p + n) : p)), n];
  return range(cuts.length - 1).map((i) =>
    x.derive(sliceAxis(x.node, at, cuts[i]!, Math.max(0, cuts[i + 1]! - cuts[i]!))),
  );
}

/**
 * Each element `repeats` times, or as often as the list says, along `axis`; of the flattened tensor when absent. One entry in a list is for all.
 * Source: NumPy's repeat.
 *
 * @throws ShapeError  when `repeats` is no whole number from 0, or a list of several that are not as many as the axis has places, or `axis` does
 *                     not exist
 * @example
 * repeat(tensor([1, 2]), 2); // => [1. 1. 2. 2.]
 */
export function repeat(
  x: Tensor,
  repeats: number | readonly number[],
  { axis }: { readonly axis?: number | undefined } = {},
): Tensor {
  const counts = [repeats].flat();
  checkShape("repeat", counts);
  const rows: Tensor = axis === undefined ? flatten(x) : x;
  const at = axis === undefined ? 0 : normalizeAxis("repeat", axis, x.ndim);
  const n = rows.shape[at]!;
  if (counts.length === 1) {
    const [before, after, count] = [rows.shape.slice(0, at), rows.shape.slice(at + 1), counts[0]!];
    const apart = graph.reshape(rows.node, [...before, n, 1, ...after]);
    return x.derive(
      graph.reshape(graph.expand(apart, [...before, n, count, ...after]), [...before, n * count, ...after]),
    );
  }
  if (counts.length !== n)
    throw new ShapeError(`repeat: ${counts.length} repeats do not fit axis ${at} of ${show(rows.shape)}`);
  const pieces = range(n).flatMap((i) => new Array<Node>(counts[i]!).fill(sliceAxis(rows.node, at, i, 1)));
  return x.derive(pieces.length === 0 ? sliceAxis(rows.node, at, 0, 0) : graph.concat(pieces, { axis: at }));
}

/**
 * The whole tensor side by side, `reps[i]` times along axis i; axes are added in front where `reps` has more.
 *
 * @throws ShapeError  when a number of `reps` is not whole from 0
 * @example
 * tile(tensor([1, 2]), 2); // => [1. 2. 1. 2.]
 */
export function tile(x: Tensor, reps: number | readonly number[]): Tensor {
  const given = [reps].flat();
  checkShape("tile", given);
  const ndim = Math.max(x.ndim, given.length);
  const times = [...new Array<number>(ndim - given.length).fill(1), ...given];
  const shape = [...new Array<number>(ndim - x.ndim).fill(1), ...x.shape];
  const apart = graph.reshape(
    x.node,
    shape.flatMap((n) => [1, n]),
  );
  const repeated = graph.expand(
    apart,
    shape.flatMap((n, i) => [times[i]!, n]),
  );
  return toShape(
    x.derive(repeated),
    shape.map((n, i) => n * times[i]!),
  );
}

/** The shape with sizes unknown. */
export type Resized<S extends Shape> = Tensor<Unsized<S>>;

/** Throws for what `pad` cannot do. */
export function checkPadding(x: Tensor, padding: readonly (readonly [number, number])[]): void {
  if (padding.length !== x.ndim) {
    throw new ShapeError(
      `pad: ${padding.length} pairs [before, after] do not fit the ${x.ndim} axes of ${show(x.shape)}`,
    );
  }
  for (const [before, after] of padding) {
    if (![before, after].every((n) => Number.isInteger(n) && n >= 0)) {
      throw new ValueError(`pad: [${before}, ${after}] is no padding; sizes are whole numbers from 0`);
    }
  }
}
