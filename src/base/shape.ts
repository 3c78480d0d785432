/** Shapes: sizes of axes, outermost first. Row-major strides, broadcasting, axis numbers. */
import { ShapeError, ValueError } from "./errors.ts";

export type Shape = readonly number[];

/** Number of elements; 1 for a scalar's empty shape. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/** As NumPy prints a shape, in brackets: `[2, 3]`. */
export function show(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i]!;
  }
  return strides;
}

/** 0, 1, …, n − 1. */
export function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}

/** `axis` as a number from 0; negative ones count from the end. */
export function normalizeAxis(operation: string, axis: number, ndim: number): number {
  const found = axis < 0 ? axis + ndim : axis;
  if (!Number.isInteger(axis) || found < 0 || found >= ndim) {
    const allowed = ndim === 0 ? "a scalar has no axes" : `axes go from ${-ndim} to ${ndim - 1}`;
    throw new ShapeError(`${operation}: axis ${axis} does not exist in ${ndim} dimensions; ${allowed}`);
  }
  return found;
}

/** The axes that `axis` names, ascending, without repetition; all of them when it is absent. */
export function normalizeAxes(
  operation: string,
  axis: number | readonly number[] | null | undefined,
  ndim: number,
): number[] {
  if (axis === undefined || axis === null) return range(ndim);
  return listedAxes(operation, axis, ndim).sort((a, b) => a - b);
}

/** Throws unless `n`, called `name`, is a whole number of either sign. */
export function checkWhole(operation: string, name: string, n: number): void {
  if (!Number.isInteger(n)) throw new ValueError(`${operation}: ${name} ${n} is not a whole number`);
}

/** The axes that `axis` names, in its order, without repetition. */
export function listedAxes(operation: string, axis: number | readonly number[], ndim: number): number[] {
  const axes = (typeof axis === "number" ? [axis] : axis).map((a) => normalizeAxis(operation, a, ndim));
  if (new Set(axes).size !== axes.length)
    throw new ShapeError(`${operation}: axis [${String(axis)}] names an axis twice`);
  return axes;
}

/** The common shape of operands as NumPy broadcasts them: aligned at the end, ones stretch. */
export function broadcastShapes(operation: string, ...shapes: readonly Shape[]): number[] {
  const ndim = Math.max(0, ...shapes.map((s) => s.length));
  const out = new Array<number>(ndim).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = ndim - shape.length + i;
      const n = shape[i]!;
      if (n === out[at] || n === 1) continue;
      if (out[at] !== 1) {
        const all = shapes.map(show).join(" and ");
        throw new ShapeError(`${operation}: shapes ${all} do not broadcast (${out[at]} ≠ ${n} at axis ${at - ndim})`);
      }
      out[at] = n;
    }
  }
  return out;
}

/** From how many places on int32 does not number them. */
export const placeLimit = 2 ** 31;

/** Throws if `count` places are more than int32 numbers. */
export function checkPlaces(operation: string, count: number): void {
  if (count >= placeLimit)
    throw new ShapeError(`${operation}: ${count} places are more than int32 numbers; take it in parts, along an axis`);
}

/** Throws if an array of `shape` has more elements than can be counted exactly. */
export function checkCountable(operation: string, shape: Shape): void {
  if (sizeOf(shape) > Number.MAX_SAFE_INTEGER)
    throw new ShapeError(`${operation}: ${show(shape)} has more than 2⁵³ elements, which nothing can count`);
}

/** Throws unless every size is a whole number from 0. */
export function checkShape(operation: string, shape: Shape): void {
  for (const n of shape) {
    if (!Number.isInteger(n) || n < 0)
      throw new ShapeError(`${operation}: ${show(shape)} is no shape: sizes are whole numbers from 0`);
  }
}
