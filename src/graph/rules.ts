/**
 * What the entries of primitives share: which dtypes they take, the checks of operands with their errors, and plain
 * loops over arrays for the reference evaluation.
 */
import {
  allocate,
  type DType,
  DTypeError,
  dtypes,
  type Shape,
  ShapeError,
  sameShape,
  show,
  sizeOf,
  stridesOf,
  type TypedArray,
} from "../base/index.ts";
import type { NDArray } from "./primitive.ts";
import type { Register } from "./scalar.ts";

export const floating: readonly DType[] = ["float32", "float64"];
export const integers: readonly DType[] = ["int32", "uint8"];
export const numeric: readonly DType[] = ["float32", "float64", "int32", "uint8"];
export const anyDType: readonly DType[] = dtypes;

/** The register in which compiled code holds a number of `dtype`. */
export function registerType(dtype: DType): Register {
  switch (dtype) {
    case "float32":
      return "f32";
    case "float64":
      return "f64";
    case "int32":
    case "uint8":
      return "i32";
    case "bool":
      return "mask";
    default:
      return dtype satisfies never;
  }
}

function listed(names: readonly string[]): string {
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

/** What adding up many numbers of `dtype` gives: whole numbers are counted in int32. */
export function sumDType(dtype: DType): DType {
  return floating.includes(dtype) ? dtype : "int32";
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

/** An array of `shape` whose every element is read from `x` at the index that `from` gives; 0 where it gives null. */
export function collect(
  x: NDArray,
  shape: Shape,
  from: (index: readonly number[]) => readonly number[] | null,
): TypedArray {
  const out = allocate(x.dtype, sizeOf(shape));
  const strides = stridesOf(x.shape);
  forEachIndex(shape, (index, position) => {
    const source = from(index);
    if (source !== null) out[position] = x.data[positionOf(source, strides)]!;
  });
  return out;
}
