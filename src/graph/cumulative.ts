/** Running sums. */
import { leastSumDType, type Shape, ShapeError, sizeOf } from "../base/index.ts";
import { apply, type Node } from "./node.ts";
import type { Cumulative } from "./primitive.ts";
import { Sums } from "./rules.ts";

type CumsumParams = { readonly reverse: boolean };

function checkScalar(name: string, shape: Shape): Shape {
  if (shape.length === 0) throw new ShapeError(`${name}: a scalar has no last axis; reshape it to [1] first`);
  return shape;
}

export const cumulativeSum: Cumulative<CumsumParams> = {
  kind: "cumulative",
  name: "cumsum",
  shape: ([x]) => checkScalar("cumsum", x!),
  dtype: ([dtype]) => leastSumDType(dtype!),
  vjp: (ct, _node, { reverse }) => [cumsum(ct, { reverse: !reverse })],
  jvp: ([dx], _node, { reverse }) => (dx ? cumsum(dx, { reverse }) : null),
  evaluate([x], { reverse }, shape, dtype) {
    const sums = new Sums(dtype, sizeOf(shape));
    const length = shape.at(-1)!;
    for (let row = 0; row < sizeOf(shape); row += length) {
      for (let i = 0; i < length; i++) {
        const at = row + (reverse ? length - 1 - i : i);
        const before = reverse ? at + 1 : at - 1;
        sums.set(at, i === 0 ? sums.plus(at, x!.data[at]!) : sums.plus(before, x!.data[at]!));
      }
    }
    return sums.result();
  },
  samples: [
    { shapes: [[2, 4]], params: { reverse: false } },
    { shapes: [[2, 4]], params: { reverse: true } },
    { shapes: [[3, 1]], params: { reverse: false } },
    { shapes: [[2, 0]], params: { reverse: false } },
    { shapes: [[0, 3]], params: { reverse: true } },
  ],
};

/** y_i = x_0 + … + x_i along the last axis, or from the end: x_i + … + x_(n−1). Whole numbers give int32, or 64 bits if they have those. */
export function cumsum(x: Node, { reverse }: CumsumParams): Node {
  return apply(cumulativeSum, [x], { reverse });
}
