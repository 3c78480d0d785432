/** Counting: how many values fall into which bin, with the meanings of NumPy's functions of the same names. */
import {
  checkOptions,
  type DType,
  isFloat,
  maxOf,
  type Shape,
  ShapeError,
  Storage,
  show,
  sumDType,
  ValueError,
  wideDType,
} from "../base/index.ts";
import * as graph from "../graph/index.ts";
import { ascending, checkNeighbours, checkValues } from "../runtime/index.ts";
import { clamp, div, sub } from "./arithmetic.ts";
import { valuesNow } from "./indexing.ts";
import { greaterEqual, lessEqual, logicalAnd, where } from "./logic.ts";
import { checkIndex, checkReal, fillNode, floating } from "./operands.ts";
import { sum } from "./reductions.ts";
import { diff, scatterAdd, searchsorted } from "./selection.ts";
import { flatten, flip } from "./shaping.ts";
import type { Tensor } from "./tensor.ts";

/** What places on the number line are computed in: float32 of halves, float64 of whole numbers, which float32 would blur. */
function lineDType({ dtype }: Tensor): DType {
  return isFloat(dtype) ? wideDType(dtype) : "float64";
}

/** A vector of numbers beside x. */
function vector(x: Tensor, values: readonly number[], dtype: DType): Tensor {
  const array = dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values);
  return x.derive(graph.data(new Storage(dtype, array.length, array), [array.length], { device: x.node.device }));
}

/** For each of `length` places the sum of the weights (1 when absent) of the indices that name it; the rest is dropped. */
function countInto(length: number, places: Tensor, weights: Tensor | null): Tensor {
  const dtype = wideDType(sumDType(weights?.dtype ?? "bool", places.size));
  const counts: Tensor = places.derive(fillNode(0, [length], dtype));
  if (length === 0) return counts;
  const valid = logicalAnd(greaterEqual(places, 0), lessEqual(places, length - 1));
  const each: Tensor = weights?.astype(dtype) ?? places.derive(fillNode(1, places.shape, dtype));
  return scatterAdd(counts, clamp(places, { min: 0, max: length - 1 }), where(valid, each, 0), { axis: 0 });
}

function checkWeights(operation: string, x: Tensor, weights: Tensor): void {
  if (weights.size !== x.size || weights.ndim !== x.ndim) {
    throw new ShapeError(`${operation}: weights ${show(weights.shape)} are not one for each of x ${show(x.shape)}`);
  }
}

// ----------------------------------------------------------------------------------------------------------- histogram

export interface HistogramOptions {
  /** how many bins of equal width, or the ascending edges of all bins; 10 */
  readonly bins?: number | readonly number[] | Tensor | undefined;
  /** where the first bin begins and the last one ends; least and greatest value when absent */
  readonly range?: readonly [low: number, high: number] | undefined;
  /** whether to give the density, whose integral is 1, rather than counts; false */
  readonly density?: boolean | undefined;
  /** what each value counts, in the shape of x; 1 when absent */
  readonly weights?: Tensor | undefined;
}

/** Edges that say how many bins there are. */
function evenEdges(x: Tensor, bins: number, range: HistogramOptions["range"], dtype: DType): Tensor {
  if (!Number.isInteger(bins) || bins < 1)
    throw new ValueError(`histogram: bins is ${bins}; it must be a whole number from 1, or edges`);
  let [low, high] = range ?? extent(x);
  if (!Number.isFinite(low) || !Number.isFinite(high) || low > high) {
    const found = range === undefined ? "the values reach" : "range goes";
    throw new ValueError(`histogram: ${found} from ${low} to ${high}; pass { range: [low, high] } of finite numbers`);
  }
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  const edges = Array.from({ length: bins + 1 }, (_, i) => low + (i * (high - low)) / bins);
  edges[bins] = high;
  return vector(x, edges, dtype);
}

/** The least and the greatest value; NaN if there is one; 0 … 1 of nothing. */
function extent(x: Tensor): [number, number] {
  const values = Array.from(valuesNow("histogram", x, "pass { range } or the edges of the bins"), Number);
  if (values.length === 0) return [0, 1];
  return values.reduce<[number, number]>(
    ([low, high], v) => [Math.min(low, v), Math.max(high, v)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

function givenEdges(x: Tensor, bins: readonly number[] | Tensor, dtype: DType): Tensor {
  const edges: Tensor = isNumbers(bins) ? vector(x, bins, dtype) : bins;
  if (edges.ndim !== 1 || edges.size < 2)
    throw new ShapeError(`histogram: edges of shape ${show(edges.shape)} are not a vector of two at least`);
  const message = "histogram: edges do not ascend: {0} is followed by {1}";
  return edges.derive(checkNeighbours(edges.node, ascending, { error: "ValueError", message }));
}

function isNumbers(bins: readonly number[] | Tensor): bins is readonly number[] {
  return Array.isArray(bins);
}

/**
 * How many values lie in each bin. A bin holds its lower edge but not its upper one; the last bin holds both. What lies
 * outside, and NaN beside given edges, is not counted.
 *
 *     countsᵢ = Σ wₖ over edgesᵢ ≤ xₖ < edgesᵢ₊₁;   density: countsᵢ / (Σ counts · (edgesᵢ₊₁ − edgesᵢ))
 *
 * Differentiable in the weights. Source: `numpy.histogram`; edges given as numbers are rounded to x's dtype.
 *
 * @param x        any shape
 * @param options  `bins`, `range`, `density`, `weights`
 * @returns        `counts` [bins], int32 or the dtype in which the weights are added up (floating under `density`), and
 *                 `edges` [bins + 1]
 * @throws ValueError  when `bins` is no number of bins, edges do not ascend, or the range is not finite
 * @throws ShapeError  when there are other weights than values
 * @example
 * const { counts, edges } = histogram(tensor([1, 2, 1, 4]), { bins: 3 });
 * counts; // => [2 1 1]
 * edges;  // => [1. 2. 3. 4.]
 */
export function histogram(
  x: Tensor,
  options: HistogramOptions = {},
): { readonly counts: Tensor<readonly [number]>; readonly edges: Tensor<readonly [number]> } {
  checkOptions("histogram", options, ["bins", "range", "density", "weights"]);
  const { bins = 10, range, density = false, weights } = options;
  if (weights !== undefined) checkWeights("histogram", x, weights);
  checkReal("histogram", x);
  const dtype = lineDType(x);
  const edges = typeof bins === "number" ? evenEdges(x, bins, range, dtype) : givenEdges(x, bins, dtype);
  const n = edges.size - 1;
  const values = flatten(x);
  const place = sub(searchsorted(edges, values, { side: "right" }), 1);
  const atEnd = logicalAnd(greaterEqual(values, edges.at(n)), lessEqual(values, edges.at(n)));
  const counts = countInto(n, where(atEnd, n - 1, place), weights === undefined ? null : flatten(weights));
  const result = density
    ? div(div(counts, sum(counts)), diff(edges).astype(floating(counts.dtype, "histogram")))
    : counts;
  return { counts: result as Tensor<readonly [number]>, edges: edges as Tensor<readonly [number]> }; // both are vectors
}

// ------------------------------------------------------------------------------------------------ bincount and digitize

export interface BincountOptions {
  /** what each value counts; 1 when absent */
  readonly weights?: Tensor | undefined;
  /** the result has at least so many entries; 0 */
  readonly minlength?: number | undefined;
  /** the result has just so many entries and greater values are dropped: for compile(), which does not know them */
  readonly length?: number | undefined;
}

/**
 * How often each whole number from 0 occurs.
 *
 *     countsᵢ = Σ wₖ over xₖ = i
 *
 * Differentiable in the weights. Source: `numpy.bincount`; `length` as in JAX.
 *
 * @param x        whole numbers from 0, a vector
 * @param options  `weights`, `minlength`, `length`
 * @returns        [max(x) + 1], or longer; int32, or the dtype in which the weights are added up
 * @throws ShapeError  when x is no vector, or there are other weights than values
 * @throws ValueError  when x holds negative numbers
 * @example
 * bincount(tensor([0, 1, 1, 3], { dtype: "int32" })); // => [1 2 0 1]
 */
export function bincount(x: Tensor, options: BincountOptions = {}): Tensor<readonly [number]> {
  checkOptions("bincount", options, ["weights", "minlength", "length"]);
  checkIndex("bincount", "x", x);
  if (x.ndim !== 1) throw new ShapeError(`bincount: x has shape ${show(x.shape)}; it must be a vector, flatten it`);
  const { weights, minlength = 0, length } = options;
  if (weights !== undefined) checkWeights("bincount", x, weights);
  for (const [name, size] of Object.entries({ minlength, length: length ?? 0 })) {
    if (!Number.isInteger(size) || size < 0)
      throw new ValueError(`bincount: ${name} is ${size}; it must be a whole number from 0`);
  }
  const message = "bincount: x holds {0}; it counts whole numbers from 0";
  const from0 = { low: 0, high: Number.POSITIVE_INFINITY };
  const n = length ?? Math.max(minlength, 1 + maxOf(valuesNow("bincount", x, "pass { length }"), -1));
  const counted: Tensor = x.derive(checkValues(x.node, from0, { error: "ValueError", message }));
  return countInto(n, counted.astype("int32"), weights ?? null) as Tensor<readonly [number]>; // a vector of n
}

export interface DigitizeOptions {
  /** whether a bin holds its upper edge (as the number line runs) rather than its lower one; false */
  readonly right?: boolean | undefined;
}

/**
 * The number of the bin in which each value lies.
 *
 *     ascending:   binsᵢ₋₁ ≤ x < binsᵢ,   with `right` binsᵢ₋₁ < x ≤ binsᵢ
 *     descending:  binsᵢ₋₁ > x ≥ binsᵢ,   with `right` binsᵢ₋₁ ≥ x > binsᵢ
 *
 * 0 before the first edge, n after the last one. Source: `numpy.digitize`.
 *
 * @param x     any shape
 * @param bins  [n], ascending or descending
 * @returns     i, int32, in the shape of x
 * @throws ValueError  when the bins neither ascend nor descend
 * @example
 * digitize(tensor([0.2, 6.4, 3]), [0, 1, 2.5, 4, 10]); // => [1 4 3]
 */
export function digitize<S extends Shape>(
  x: Tensor<S>,
  bins: readonly number[] | Tensor,
  options?: DigitizeOptions,
): Tensor<S>;
export function digitize(x: Tensor, bins: readonly number[] | Tensor, options: DigitizeOptions = {}): Tensor {
  checkOptions("digitize", options, ["right"]);
  const { right = false } = options;
  checkReal("digitize", x);
  const edges: Tensor = isNumbers(bins) ? vector(x, bins, lineDType(x)) : bins;
  if (edges.ndim !== 1) throw new ShapeError(`digitize: bins have shape ${show(edges.shape)}; they are a vector`);
  const side = right ? "left" : "right";
  const known = isNumbers(bins) ? bins : Array.from(valuesNow("digitize", edges, "pass the bins as numbers"), Number);
  if (known.every((v, i) => i === 0 || v >= known[i - 1]!)) return searchsorted(edges, x, { side });
  const broken = known.findIndex((v, i) => i > 0 && !(v <= known[i - 1]!));
  if (broken > 0) {
    const around = `${known.slice(Math.max(0, broken - 2), broken + 1).join(", ")}`;
    throw new ValueError(`digitize: bins neither ascend nor descend: …, ${around}, …`);
  }
  return sub(edges.size, searchsorted(flip(edges), x, { side }));
}
