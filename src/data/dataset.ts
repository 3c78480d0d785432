/** Data sets: inputs and what is to be learned of them, and cutting them up. */
import {
  allocate,
  type Elements,
  maxOf,
  numbersOf,
  type Shape,
  ShapeError,
  Storage,
  show,
  sizeOf,
  type TypedArray,
  ValueError,
} from "../base/index.ts";
import { fromStorage, type Tensor } from "../tensor/index.ts";
import { generator, permutation, shuffle } from "./shuffle.ts";

/** Samples along axis 0 of both: inputs x [N, …], targets y [N, …]. */
export interface Dataset {
  readonly x: Tensor;
  readonly y: Tensor;
  /** Names of the classes that y numbers. */
  readonly classes?: readonly string[];
}

/** The number of samples; throws unless x and y have the same. */
export function sampleCount(operation: string, { x, y }: Dataset): number {
  const n = x.shape[0];
  if (n === undefined || n !== y.shape[0]) {
    throw new ShapeError(`${operation}: x has shape ${show(x.shape)}, y ${show(y.shape)}; both have one row a sample`);
  }
  return n;
}

/** Rows of a tensor's values, on the host. */
export interface Rows {
  readonly data: TypedArray;
  /** Elements of one row. */
  readonly width: number;
  /** Shape of one row. */
  readonly shape: Shape;
}

export function rowsOf(x: Tensor): Rows {
  const shape = x.shape.slice(1);
  return { data: x.dataSync(), width: sizeOf(shape), shape };
}

/** A tensor of the rows that `order` names from `start` to `end`. */
export function gatherRows(
  x: Tensor,
  { data, width, shape }: Rows,
  order: Int32Array,
  start: number,
  end: number,
): Tensor {
  const out = allocate(x.dtype, (end - start) * width);
  const elements: Elements = out;
  for (let i = start, to = 0; i < end; i++) {
    let from = order[i]! * width;
    for (const stop = from + width; from < stop; ) elements[to++] = data[from++]!;
  }
  return fromStorage(new Storage(x.dtype, out.length, out), [end - start, ...shape]);
}

/** The samples that `order` names. */
export function take(dataset: Dataset, order: Int32Array): Dataset {
  const { x, y } = dataset;
  const [xs, ys] = [rowsOf(x), rowsOf(y)];
  return { ...dataset, x: gatherRows(x, xs, order, 0, order.length), y: gatherRows(y, ys, order, 0, order.length) };
}

export interface SplitOptions {
  /** Names the random order; 0 by default. The same seed gives the same parts on every machine. */
  readonly seed?: number;
  /** Whether every part gets its share of every class (of every value of y); false by default. */
  readonly stratified?: boolean;
}

/**
 * Cuts a data set at random into parts of the given fractions.
 *
 * Sizes are the fractions' shares, rounded so that they add up. Fractions that add up to less than 1 leave samples out.
 *
 * @throws ValueError  when a fraction is negative, or they add up to more than 1
 * @example
 * const [train, test] = split(digits, [0.8, 0.2], { seed: 1, stratified: true });
 */
export function split<const Fractions extends readonly number[]>(
  dataset: Dataset,
  fractions: Fractions,
  { seed = 0, stratified = false }: SplitOptions = {},
): { -readonly [K in keyof Fractions]: Dataset } {
  const n = sampleCount("split", dataset);
  const total = fractions.reduce((a, b) => a + b, 0);
  if (!fractions.every((f) => f >= 0) || total > 1 + 1e-9) {
    throw new ValueError(
      `split: the fractions ${fractions.join(", ")} are not shares of one whole; they are at least 0 and add up to 1 or less`,
    );
  }
  const below = generator(seed);
  const order = permutation(n, below);
  const parts = stratified ? deal(groupByLabel(order, dataset.y), fractions) : cut(order, fractions);
  const taken = parts.map((part) => take(dataset, stratified ? shuffle(part, below) : part));
  return taken as { -readonly [K in keyof Fractions]: Dataset }; // a part for each fraction
}

function cut(order: Int32Array, fractions: readonly number[]): Int32Array[] {
  let sum = 0;
  return fractions.map((fraction) => {
    const start = Math.round(sum * order.length);
    sum += fraction;
    return order.slice(start, Math.round(sum * order.length));
  });
}

/** The order with equal labels side by side. */
function groupByLabel(order: Int32Array, y: Tensor): Int32Array {
  if (y.ndim !== 1)
    throw new ShapeError(`split: stratified parts need one label a sample, y has shape ${show(y.shape)}`);
  const labels = numbersOf(y.dataSync());
  return order.slice().sort((a, b) => labels[a]! - labels[b]!); // stable, so that each class stays in random order
}

/**
 * Deals the samples out one by one, each to the part that lacks most of its share. Shares so stay exact to one sample
 * along the whole way, hence nearly so within each class, whose samples follow on each other.
 */
function deal(order: Int32Array, fractions: readonly number[]): Int32Array[] {
  const rest = Math.max(0, 1 - fractions.reduce((a, b) => a + b, 0)); // what is left out gets its share too
  const shares = rest > 1e-9 ? [...fractions, rest] : fractions;
  const parts: number[][] = shares.map(() => []);
  order.forEach((sample, i) => {
    const lacks = shares.map((share, k) => share * (i + 1) - parts[k]!.length);
    parts[lacks.indexOf(maxOf(lacks))]!.push(sample);
  });
  return parts.slice(0, fractions.length).map((part) => Int32Array.from(part));
}
