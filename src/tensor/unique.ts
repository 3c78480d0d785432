/** Which elements, or which slices along an axis, are different, with the meanings of `numpy.unique`. */
import { checkOptions, type Elements, normalizeAxis, range, Storage, stridesOf } from "../base/index.ts";
import * as graph from "../graph/index.ts";
import { elementsNow, take } from "./indexing.ts";
import { flatten, moveaxis, reshape } from "./shaping.ts";
import type { Tensor } from "./tensor.ts";

export interface UniqueOptions {
  /** compares the slices along this axis rather than elements */
  readonly axis?: number | undefined;
  /** whether NaN equals NaN; true */
  readonly equalNan?: boolean | undefined;
  /** whether to give `indices`: where each value stands first */
  readonly returnIndex?: boolean | undefined;
  /** whether to give `inverse`: which of the values stands where */
  readonly returnInverse?: boolean | undefined;
  /** whether to give `counts`: how often each value occurs */
  readonly returnCounts?: boolean | undefined;
}

type Part<O, Option extends string, Name extends string> = O extends { readonly [K in Option]: true }
  ? { readonly [K in Name]: Tensor }
  : unknown;

/** The values, and what else was asked for. */
export type UniqueParts<O extends UniqueOptions> = { readonly values: Tensor } & Part<O, "returnIndex", "indices"> &
  Part<O, "returnInverse", "inverse"> &
  Part<O, "returnCounts", "counts">;

type Plain = UniqueOptions & {
  readonly returnIndex?: false | undefined;
  readonly returnInverse?: false | undefined;
  readonly returnCounts?: false | undefined;
};

/**
 * The different elements in ascending order, NaN last; with `axis` the different slices, in the order of their elements.
 *
 *     values = take(x, indices),   x = take(values, inverse),   countsᵢ = number of i in inverse
 *
 * The gradient of a value goes to where it stands first. Source: `numpy.unique`.
 *
 * @param x        any shape; its values must be known, since they decide the shape of the result
 * @param options  `axis`, `equalNan`, `returnIndex`, `returnInverse`, `returnCounts`
 * @returns        the values [k], or [.., k, ..] with `axis`; an object with `values`, `indices` [k], `inverse` (the shape
 *                 of x, or [n] with `axis`) and `counts` [k], all int32, where one of them is asked for
 * @throws ShapeError  when the axis does not exist
 * @throws ValueError  inside compile(), where values are not known
 * @example
 * unique(tensor([3, 1, 3])); // => [1. 3.]
 * unique(tensor([3, 1, 3]), { returnCounts: true }).counts; // => [1 2]
 */
export function unique(x: Tensor, options?: Plain & { readonly axis?: undefined }): Tensor<readonly [number]>;
export function unique(x: Tensor, options: Plain): Tensor;
export function unique<const O extends UniqueOptions>(x: Tensor, options: O): UniqueParts<O>;
export function unique(x: Tensor, options: UniqueOptions = {}): Tensor | UniqueParts<UniqueOptions> {
  checkOptions("unique", options, ["axis", "equalNan", "returnIndex", "returnInverse", "returnCounts"]);
  const { axis, equalNan = true, returnIndex, returnInverse, returnCounts } = options;
  const along = axis === undefined ? 0 : normalizeAxis("unique", axis, x.ndim);
  const slices = axis === undefined ? reshape(x, [x.size, 1]) : reshape(moveaxis(x, along, 0), rowsOf(x.shape, along));
  const groups = groupsOf(slices, equalNan);
  const firsts = indexTensor(
    x,
    groups.map((group) => group[0]!),
  );
  const values = axis === undefined ? take(flatten(x), firsts) : take(x, firsts, { axis: along });
  if (returnIndex !== true && returnInverse !== true && returnCounts !== true) return values;
  const inverse = indexTensor(x, inverseOf(groups, slices.shape[0]!));
  return {
    values,
    ...(returnIndex === true && { indices: firsts }),
    ...(returnInverse === true && { inverse: axis === undefined ? reshape(inverse, x.shape) : inverse }),
    ...(returnCounts === true && {
      counts: indexTensor(
        x,
        groups.map((group) => group.length),
      ),
    }),
  };
}

/** [n, elements of a slice] for the slices along an axis. */
function rowsOf(shape: readonly number[], axis: number): [number, number] {
  return [shape[axis]!, shape.reduce((size, n, i) => (i === axis ? size : size * n), 1)];
}

function indexTensor(x: Tensor, places: readonly number[]): Tensor {
  const storage = new Storage("int32", places.length, Int32Array.from(places));
  return x.derive(graph.data(storage, [places.length], { device: x.node.device }));
}

/** The numbers of equal rows, ascending in each group, groups in the order of the rows. */
function groupsOf(rows: Tensor, equalNan: boolean): number[][] {
  const values: Elements = elementsNow("unique", rows, "compute it outside");
  const [n] = rows.shape;
  const [width = 1] = stridesOf(rows.shape);
  const compare = (i: number, j: number): number => {
    for (let k = 0; k < width; k++) {
      const order = compareValues(values[i * width + k]!, values[j * width + k]!);
      if (order !== 0) return order;
    }
    return 0;
  };
  const holdsNaN = (i: number): boolean => range(width).some((k) => Number.isNaN(values[i * width + k]));
  const groups: number[][] = [];
  for (const i of range(n!).sort(compare)) {
    const last = groups.at(-1);
    if (last !== undefined && compare(last[0]!, i) === 0 && (equalNan || !holdsNaN(i))) last.push(i);
    else groups.push([i]);
  }
  return groups;
}

/** Ascending, NaN last. */
function compareValues(a: number | bigint, b: number | bigint): number {
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** For each of n rows the number of its group. */
function inverseOf(groups: readonly (readonly number[])[], n: number): number[] {
  const inverse = new Array<number>(n).fill(0);
  groups.forEach((group, at) => {
    for (const i of group) inverse[i] = at;
  });
  return inverse;
}
