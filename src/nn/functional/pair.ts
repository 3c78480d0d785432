/** Options that are one number for both axes of an image or a pair [height, width]. */
import { ValueError } from "../../base/index.ts";

export type Pair = number | readonly [number, number];

/** Both numbers; throws unless they are whole and at least `least`. */
export function pairOf(operation: string, name: string, value: Pair, least: number): readonly [number, number] {
  const pair = typeof value === "number" ? ([value, value] as const) : value;
  if (pair.length !== 2 || !pair.every((n) => Number.isInteger(n) && n >= least)) {
    throw new ValueError(
      `${operation}: ${name} ${JSON.stringify(value)} is not a whole number from ${least}, or a pair of such`,
    );
  }
  return pair;
}
