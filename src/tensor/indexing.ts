/**
 * Indexing as in NumPy: `x.at(0, "1:3", "...", null, rows)`.
 *
 * Integers and slices are movement, folded into whatever reads the result. Integer tensors gather; a boolean tensor
 * stands for the places where it is true, whose number is the size of the result, so that its values have to be known.
 */
import {
  type At,
  broadcastShapes,
  checkPlaces,
  type Fits,
  minOf,
  normalizeAxis,
  numbersOf,
  type Result,
  range,
  type Shape,
  ShapeError,
  Storage,
  sameShape,
  show,
  sizeOf,
  stridesOf,
  type TypedArray,
  ValueError,
} from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { checkValues, isTracing } from "../runtime/index.ts";
import { broadcastNode, castNode, checkIndex, checkReal, fillNode } from "./operands.ts";
import { sliceAxis } from "./shaping.ts";
import type { Tensor } from "./tensor.ts";

/**
 * What may stand for an axis: a place, a slice "start:stop:step", "..." for all axes not named, null for a new one, a
 * tensor of places or of truth.
 */
export type Index = number | string | null | Tensor;

/**
 * The part of x at an index.
 *
 *     number       one place of an axis, which goes away; negative from the end
 *     "1:3" "::-1" a slice, Python's notation
 *     "..."        all axes that are not named
 *     null         a new axis of size 1
 *     int tensor   the places it names, in its shape; several broadcast against each other
 *     bool tensor  the places where it is true, of as many axes as it has
 *
 * Slices that reach beyond the ends are cut there. The axes of tensors come out where the axes they index stood if those
 * are neighbours (numbers beside tensors count among them), else in front. Source: NumPy's indexing.
 *
 * @returns  x's dtype, and the axes that the index leaves
 * @throws ShapeError  when there are more indices than axes, or a place is out of range; when "..." stands twice, a mask has not the
 *                     shape of its axes, or tensors do not broadcast
 * @throws ValueError  when a place is no whole number, a slice cannot be read or has step 0, or a mask is not known yet inside `compile`
 * @throws DTypeError  when a tensor is neither of integers nor bool
 * @example
 * tensor([[1, 2], [3, 4]]).at(":", -1); // => [2. 4.]
 */
export function at<S extends Shape, const I extends readonly Index[]>(
  x: Tensor<S>,
  ...index: I & Fits<At<S, I>, "at">
): Tensor<Result<At<S, I>>>;
export function at(x: Tensor, ...index: readonly Index[]): Tensor {
  const entries = parseIndex(x.shape, index);
  const sliced = entries.reduce((y, e) => (e.kind === "slice" ? sliceEntry(y, e) : y), x.node);
  const gathers = entries.some((e) => e.kind === "gather");
  return x.derive(gathers ? gatherEntries(sliced, entries) : dropAndInsert(sliced, entries));
}

/** What happens to an axis of x, or that an axis is inserted. */
type Entry =
  | {
      readonly kind: "slice";
      readonly axis: number;
      readonly start: number;
      readonly count: number;
      readonly step: number;
    }
  | { readonly kind: "place"; readonly axis: number; readonly place: number }
  | { readonly kind: "gather"; readonly axis: number; readonly places: Node }
  | { readonly kind: "insert" };

/** One entry for every axis of x and every inserted one, in their order. */
function parseIndex(shape: Shape, index: readonly Index[]): Entry[] {
  const named = index.reduce<number>((n, item) => n + axesOf(item), 0);
  const dots = index.filter((item) => item === "...").length;
  if (named > shape.length) {
    throw new ShapeError(`at: ${named} indices for the ${shape.length} axes of ${show(shape)}`);
  }
  if (dots > 1) throw new ShapeError('at: "..." may stand only once in an index');
  const open = shape.length - named;
  const entries: Entry[] = [];
  let axis = 0;
  for (const item of dots === 1 ? index : [...index, "..."]) {
    if (item === "...") {
      for (let i = 0; i < open; i++, axis++)
        entries.push({ kind: "slice", axis, start: 0, count: shape[axis]!, step: 1 });
    } else {
      for (const entry of entriesOf(item, axis, shape)) entries.push(entry);
      axis += axesOf(item);
    }
  }
  return entries;
}

/** How many axes an index item stands for. */
function axesOf(item: Index): number {
  if (item === null || item === "...") return 0;
  return typeof item === "object" && item.dtype === "bool" ? item.ndim : 1;
}

function entriesOf(item: Index, axis: number, shape: Shape): Entry[] {
  const n = shape[axis]!;
  if (item === null) return [{ kind: "insert" }];
  if (typeof item === "number") return [{ kind: "place", axis, place: checkedPlace("at", item, axis, shape) }];
  if (typeof item === "string") return [{ kind: "slice", axis, ...parseSlice(item, n) }];
  if (item.dtype !== "bool") return [{ kind: "gather", axis, places: placesNode("at", item, n, axis) }];
  if (item.ndim === 0)
    throw new ShapeError("at: a mask that is a scalar picks no places; a mask has one axis at least");
  const covered = shape.slice(axis, axis + item.ndim);
  if (!sameShape(covered, item.shape)) {
    throw new ShapeError(
      `at: a mask of shape ${show(item.shape)} does not fit the axes ${show(covered)} of ${show(shape)}`,
    );
  }
  return truePlaces("at", item).map((places, i) => ({ kind: "gather", axis: axis + i, places }));
}

function checkedPlace(operation: string, place: number, axis: number, shape: Shape): number {
  const n = shape[axis]!;
  const found = place < 0 ? place + n : place;
  if (!Number.isInteger(place)) throw new ValueError(`${operation}: ${place} is no place; places are whole numbers`);
  if (found < 0 || found >= n) {
    throw new ShapeError(
      `${operation}: place ${place} is out of range for axis ${axis} of ${show(shape)}, which has size ${n}`,
    );
  }
  return found;
}

/** Python's slice of an axis of n: which place comes first, how many there are, how far apart. */
export function parseSlice(text: string, n: number): { start: number; count: number; step: number } {
  const match = /^\s*(-?\d+)?\s*:\s*(-?\d+)?\s*(?::\s*(-?\d+)?\s*)?$/.exec(text);
  if (match === null)
    throw new ValueError(`at: "${text}" is no slice; slices are written "start:stop:step", with any of them left out`);
  const step = match[3] === undefined ? 1 : Number(match[3]);
  if (step === 0) throw new ValueError(`at: "${text}" has step 0, which leads nowhere`);
  // places beyond the ends are drawn back to them; backwards, the place before the first one is −1
  const [low, high] = step > 0 ? [0, n] : [-1, n - 1];
  const bound = (part: string | undefined, absent: number): number => {
    if (part === undefined) return absent;
    const place = Number(part);
    return Math.max(low, Math.min(high, place < 0 ? place + n : place));
  };
  const start = bound(match[1], step > 0 ? low : high);
  const stop = bound(match[2], step > 0 ? high : low);
  return { start, count: Math.max(0, Math.ceil((stop - start) / step)), step };
}

/** Slices one axis; a negative step is a flip of what a positive one finds. */
function sliceEntry(x: Node, { axis, start, count, step }: Entry & { kind: "slice" }): Node {
  if (step > 0) return sliceAxis(x, axis, start, count, step);
  if (count === 0) return sliceAxis(x, axis, 0, 0);
  return graph.flip(sliceAxis(x, axis, start + (count - 1) * step, count, -step), [axis]);
}

/** The index without tensors: places are read, axes inserted. */
function dropAndInsert(x: Node, entries: readonly Entry[]): Node {
  const read = entries.reduce((y, e) => (e.kind === "place" ? sliceAxis(y, e.axis, e.place, 1) : y), x);
  const shape = entries.flatMap((e) => (e.kind === "insert" ? [1] : e.kind === "slice" ? [read.shape[e.axis]!] : []));
  return graph.reshape(read, shape);
}

/**
 * With tensors among the indices: the indexed axes are brought to the front and joined into one, along which one gather
 * reads. The axes of the places come out where the indexed axes stood if those are neighbours, else in front (NumPy).
 */
function gatherEntries(x: Node, entries: readonly Entry[]): Node {
  const indexed = entries.filter((e) => e.kind === "place" || e.kind === "gather");
  const inserted = graph.reshape(
    x,
    entries.map((e) => (e.kind === "insert" ? 1 : x.shape[e.axis]!)),
  );
  const at = indexed.map((e) => entries.indexOf(e));
  const rest = range(entries.length).filter((i) => !at.includes(i));
  const places = indexed.map((e) => (e.kind === "place" ? fillNode(e.place, [], "int32") : e.places));
  const shape = broadcastShapes("at", ...places.map((p) => p.shape));
  const sizes = at.map((i) => inserted.shape[i]!);
  checkPlaces("at", sizeOf(sizes));
  const strides = stridesOf(sizes);
  const linear = places
    .map((p, i) => graph.mul(broadcastNode(p, shape), fillNode(strides[i]!, shape, "int32")))
    .reduce(graph.add);
  const others = rest.map((i) => inserted.shape[i]!);
  const rows = graph.reshape(graph.permute(inserted, [...at, ...rest]), [sizeOf(sizes), sizeOf(others)]);
  const found = graph.reshape(takeRows(rows, graph.reshape(linear, [sizeOf(shape)])), [...shape, ...others]);
  const together = at.every((i, k) => k === 0 || i === at[k - 1]! + 1);
  const before = together ? rest.filter((i) => i < at[0]!).length : 0;
  const order = [
    ...range(before).map((i) => shape.length + i),
    ...range(shape.length),
    ...range(rest.length - before).map((i) => shape.length + before + i),
  ];
  return graph.permute(found, order);
}

/** Rows of [n, r] at `places` [k]. */
function takeRows(rows: Node, places: Node): Node {
  const [k, r] = [places.shape[0]!, rows.shape[1]!];
  return graph.gather(rows, graph.expand(graph.reshape(places, [k, 1]), [k, r]), { axis: 0 });
}

// -------------------------------------------------------------------------------------------------------------- places

/**
 * Places along an axis of n as int32 from 0: negative ones count from the end.
 *
 * @throws ShapeError  when one is out of range: at once where it is known, else when what needs it is computed
 */
export function placesNode(operation: string, index: Tensor, n: number, axis: number): Node {
  checkIndex(operation, "the index", index);
  checkPlaces(operation, n);
  const message = `${operation}: place {0} is out of range for axis ${axis}, which has size ${n}`;
  const inRange = checkValues(index.node, { low: -n, high: n - 1 }, { error: "ShapeError", message });
  const places = castNode(inRange, "int32");
  const { storage } = index.node;
  const least = storage === null ? graph.boundsOf(inRange).low : minOf(numbersOf(storage.array()));
  if (least >= 0) return places;
  const wrapped = graph.add(places, fillNode(n, places.shape, "int32"));
  return graph.where(graph.less(places, fillNode(0, places.shape, "int32")), wrapped, places);
}

/** The values of `x`, which decide a shape and hence must be known now, as numbers. */
export function valuesNow(operation: string, x: Tensor, wayOut: string): ArrayLike<number> {
  return numbersOf(elementsNow(operation, x, wayOut));
}

/** The values of `x`, which decide a shape and hence must be known now. */
export function elementsNow(operation: string, x: Tensor, wayOut: string): TypedArray {
  checkReal(operation, x);
  if (isTracing() && x.node.storage === null) {
    throw new ValueError(
      `${operation}: the shape of the result depends on values, which compile() does not know while it traces; ${wayOut}`,
    );
  }
  return x.dataSync<TypedArray>();
}

/** For every axis of a mask, the places where it is true, in row-major order: int32 [count]. */
export function truePlaces(operation: string, mask: Tensor): Node[] {
  const values = valuesNow(operation, mask, "use where(mask, x, 0), which keeps the shape");
  const found: number[] = [];
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) found.push(i);
  const strides = stridesOf(mask.shape);
  return mask.shape.map((n, axis) => {
    const places = Int32Array.from(found, (i) => Math.floor(i / strides[axis]!) % n);
    return graph.data(new Storage("int32", places.length, places), [places.length], { device: mask.node.device });
  });
}

export interface AxisChoice {
  /** along which axis; the flattened tensor when absent */
  readonly axis?: number | undefined;
}

/**
 * The entries of x at `indices` along `axis`, in the shape of the indices; negative ones count from the end.
 *
 * Source: NumPy's take with mode "raise".
 *
 * @param x        [...before, n, ...after], n along `axis`
 * @param indices  integers [...indices]
 * @returns        [...before, ...indices, ...after], or [...indices] without `axis`; in x's dtype
 * @throws ShapeError  when x has no such axis, or a place is out of range
 * @throws DTypeError  when `indices` are not of integers
 * @example
 * take(tensor([10, 20, 30]), tensor([2, -3], { dtype: "int32" })); // => [30. 10.]
 */
export function take(x: Tensor, indices: Tensor, { axis }: AxisChoice = {}): Tensor {
  const flat = axis === undefined ? x.derive(graph.reshape(x.node, [x.size])) : x;
  const along = axis === undefined ? 0 : normalizeAxis("take", axis, x.ndim);
  const entries: Entry[] = flat.shape.map((n, i) =>
    i === along
      ? { kind: "gather", axis: i, places: placesNode("take", indices, n, i) }
      : { kind: "slice", axis: i, start: 0, count: n, step: 1 },
  );
  return x.derive(gatherEntries(flat.node, entries));
}

/**
 * The entries where `mask` is true, one after another; a mask of fewer axes than x picks rows. Source: NumPy's x[mask].
 *
 * @param x     [...mask, ...rest]
 * @param mask  [...mask], of one axis at least and any dtype; what is not 0 is true, NaN too
 * @returns     [count, ...rest] in x's dtype
 * @throws ShapeError  when the shape of x does not begin with that of the mask
 * @throws ValueError  when the mask is not known yet inside `compile`
 * @example
 * booleanMask(tensor([1, 2, 3]), tensor([true, false, true])); // => [1. 3.]
 */
export function booleanMask(x: Tensor, mask: Tensor): Tensor {
  const truth = x.derive(castNode(mask.node, "bool"));
  return at(x, truth);
}

/**
 * The places where x is not 0: int32 [count, ndim], one row for each. In row-major order; NaN is not 0.
 *
 * Source: PyTorch's nonzero, NumPy's argwhere.
 *
 * @throws ValueError  when x is not known yet inside `compile`
 * @example
 * nonzero(tensor([[0, 5], [7, 0]])); // => [[0 1]
 * //  [1 0]]
 */
export function nonzero(x: Tensor): Tensor<readonly [number, number]> {
  const truth: Tensor = x.astype("bool");
  const columns = truePlaces("nonzero", truth);
  const count = columns[0]?.shape[0] ?? truth.item();
  if (columns.length === 0) return x.derive(graph.constant(0, [count, 0], "int32"));
  return x.derive(
    graph.concat(
      columns.map((c) => graph.reshape(c, [count, 1])),
      { axis: 1 },
    ),
  );
}
