/** Options that are one number for all axes of space or a list of one for each: `2`, or `[2, 1]` for [height, width]. */
import { ValueError } from "../../base/index.ts";

/** One number for the axis of a sequence. */
export type Single = number | readonly [number];
/** One number for both axes of an image, or a pair [height, width]. */
export type Pair = number | readonly [number, number];
/** One number for the three axes of a volume, or [depth, height, width]. */
export type Triple = number | readonly [number, number, number];
/** One number for all axes, or a list of one for each. */
export type Sizes = number | readonly number[];

/**
 * Both numbers; throws unless they are whole and at least `least`.
 *
 * @example
 * pairOf("conv2d", "stride", 2, 1); // => [ 2, 2 ]
 */
export function pairOf(operation: string, name: string, value: Pair, least: number): readonly [number, number] {
  const [first, second] = sizesOf(operation, name, value, least, 2);
  return [first!, second!]; // it has checked the length
}

const lists = ["", "a list of one such", "a pair of such", "three of such"]; // by the number of axes

/**
 * A number for each of `axes` axes; throws unless they are whole and at least `least`.
 *
 * @example
 * sizesOf("conv3d", "stride", [1, 2, 1], 1, 3); // => [ 1, 2, 1 ]
 */
export function sizesOf(operation: string, name: string, value: Sizes, least: number, axes: number): readonly number[] {
  const list = typeof value === "number" ? new Array<number>(axes).fill(value) : value;
  if (!Array.isArray(list) || list.length !== axes || !list.every((n) => Number.isInteger(n) && n >= least)) {
    throw new ValueError(
      `${operation}: ${name} ${JSON.stringify(value)} is not a whole number from ${least}, or ${lists[axes] ?? `a list of ${axes} such`}`,
    );
  }
  return list;
}
