/**
 * What the entries of primitives share: which dtypes they take, the checks of operands with their errors, and plain
 * loops over arrays for the reference evaluation.
 */
import {
  allocate,
  type DType,
  DTypeError,
  dtypeInfo,
  dtypes,
  type Elements,
  isBigInt,
  isFloat,
  numbersOf,
  type Shape,
  ShapeError,
  sameShape,
  show,
  sizeOf,
  stridesOf,
  type TypedArray,
  wholeOf,
} from "../base/index.ts";
import type { NDArray } from "./primitive.ts";
import type { Register } from "./scalar.ts";

export const floating: readonly DType[] = /* @__PURE__ */ dtypes.filter(isFloat);
export const integers: readonly DType[] = /* @__PURE__ */ dtypes.filter((d) => dtypeInfo[d].kind === "integer");
export const numeric: readonly DType[] = /* @__PURE__ */ dtypes.filter((d) => d !== "bool");
export const anyDType: readonly DType[] = dtypes;

/** The register in which compiled code holds a number of `dtype`. */
export function registerType(dtype: DType): Register {
  return dtypeInfo[dtype].register;
}

function listed(names: readonly DType[]): string {
  if (names === floating) return "floats";
  if (names === integers) return "integers";
  if (names === numeric) return "numbers";
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

/** Throws unless `dtype` is one of those allowed. */
export function checkDType(operation: string, dtype: DType, allowed: readonly DType[]): void {
  if (!allowed.includes(dtype)) {
    throw new DTypeError(`${operation}: takes ${listed(allowed)}, not ${dtype}; cast the operand first`);
  }
}

/** The dtype that all operands have. */
export function commonDType(operation: string, found: readonly DType[], allowed: readonly DType[]): DType {
  const dtype = found[0]!;
  if (found.some((d) => d !== dtype)) {
    throw new DTypeError(`${operation}: operands are ${found.join(" and ")}; cast them to one dtype first`);
  }
  checkDType(operation, dtype, allowed);
  return dtype;
}

/** The shape that all operands have. */
export function commonShape(operation: string, shapes: readonly Shape[]): Shape {
  const shape = shapes[0]!;
  if (shapes.some((s) => !sameShape(s, shape))) {
    throw new ShapeError(`${operation}: shapes ${shapes.map(show).join(" and ")} differ; broadcast the operands first`);
  }
  return shape;
}

/** Throws unless `axes` are axes of `shape`, ascending. */
export function checkAxes(operation: string, axes: readonly number[], shape: Shape): void {
  const fits = axes.every(
    (axis, i) => Number.isInteger(axis) && axis >= 0 && axis < shape.length && axis > (axes[i - 1] ?? -1),
  );
  if (!fits) throw new ShapeError(`${operation}: axes ${show(axes)} are not ascending axes of shape ${show(shape)}`);
}

/** Throws unless `axis` is an axis of `shape`. */
export function checkAxis(operation: string, axis: number, shape: Shape): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
    throw new ShapeError(`${operation}: axis ${axis} does not exist in shape ${show(shape)}`);
  }
}

/** Calls `visit` with every index of `shape` in row-major order; the array is reused. */
export function forEachIndex(shape: Shape, visit: (index: readonly number[], position: number) => void): void {
  const size = sizeOf(shape);
  const index = new Array<number>(shape.length).fill(0);
  for (let position = 0; position < size; position++) {
    visit(index, position);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = index[axis]! + 1;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

/** The position in row-major order of an index, given the strides. */
export function positionOf(index: readonly number[], strides: readonly number[]): number {
  let position = 0;
  for (let i = 0; i < strides.length; i++) position += index[i]! * strides[i]!;
  return position;
}

/** Sums at many places, accumulated in float64 or, for integers of 64 bits, exactly. */
export class Sums {
  readonly #dtype: DType;
  readonly #totals: Elements & TypedArray;

  constructor(dtype: DType, size: number) {
    this.#dtype = dtype;
    this.#totals = isBigInt(dtype) ? allocate(dtype, size) : new Float64Array(size);
  }

  add(place: number, term: number | bigint): void {
    this.set(place, this.plus(place, term));
  }

  /** What stands at a place and `term` together. */
  plus(place: number, term: number | bigint): number | bigint {
    const before = this.#totals[place]!;
    return typeof before === "bigint" ? before + BigInt(term) : before + Number(term);
  }

  set(place: number, total: number | bigint): void {
    const totals: Elements = this.#totals;
    totals[place] = total;
  }

  result(): TypedArray {
    return isBigInt(this.#dtype) ? this.#totals : storedAs(this.#dtype, numbersOf(this.#totals));
  }
}

/** Numbers as values of `dtype`: rounded or wrapped. */
export function storedAs(dtype: DType, numbers: ArrayLike<number>): TypedArray {
  const out = allocate(dtype, numbers.length);
  const elements: Elements = out;
  const element = isBigInt(dtype) ? wholeOf : Number;
  for (let i = 0; i < numbers.length; i++) elements[i] = element(numbers[i]!);
  return out;
}

/** An array of `shape` whose every element is read from `x` at the index that `from` gives; 0 where it gives null. */
export function collect(
  x: NDArray,
  shape: Shape,
  from: (index: readonly number[]) => readonly number[] | null,
): TypedArray {
  const out = allocate(x.dtype, sizeOf(shape));
  const elements: Elements = out;
  const strides = stridesOf(x.shape);
  forEachIndex(shape, (index, position) => {
    const source = from(index);
    if (source !== null) elements[position] = x.data[positionOf(source, strides)]!;
  });
  return out;
}
