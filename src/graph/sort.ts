/** The order of elements: what sorting, ranks, medians and the like are made of, together with `gather`. */
import { ShapeError, sizeOf } from "../base/index.ts";
import { apply, type Node } from "./node.ts";
import type { Host } from "./primitive.ts";
import { anyDType, checkDType } from "./rules.ts";

/** Ascending, NaN last. */
function compare(a: number | bigint, b: number | bigint): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : Number(a > b);
}

export const sortingOrder: Host = {
  kind: "host",
  name: "argsort",
  shape([x]) {
    if (x!.length === 0) throw new ShapeError("argsort: a scalar has no last axis; reshape it to [1] first");
    return x!;
  },
  dtype([dtype]) {
    checkDType("argsort", dtype!, anyDType);
    return "int32";
  },
  vjp: () => [null],
  jvp: () => null,
  bounds: ({ shape }) => ({ low: 0, high: shape.at(-1)! - 1 }),
  evaluate([x], _params, shape) {
    const out = new Int32Array(sizeOf(shape));
    const length = shape.at(-1)!;
    const places = Array.from({ length }, (_, i) => i);
    for (let row = 0; row < out.length; row += length) {
      out.set(
        places.toSorted((i, j) => compare(x!.data[row + i]!, x!.data[row + j]!)),
        row,
      );
    }
    return out;
  },
  samples: [
    { shapes: [[2, 5]] },
    { shapes: [[7]], values: [[3, NaN, -1, 3, -Infinity, NaN, 0]] },
    { shapes: [[3, 1]] },
    { shapes: [[2, 0]] },
  ],
};

/**
 * The places of the elements along the last axis in ascending order, as int32; equal ones keep their order, NaN
 * counts as greatest.
 */
export function argsort(x: Node, _params: Readonly<Record<never, never>> = {}): Node {
  return apply(sortingOrder, [x], {});
}
