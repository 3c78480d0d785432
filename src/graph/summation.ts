/**
 * Repeating and adding up: each is the transpose of the other. What was read several times collects the sum of its
 * cotangents; what was added up hands its cotangent to every term.
 */
import { checkShape, leastSumDType, range, type Shape, ShapeError, sameShape, show, sizeOf } from "../base/index.ts";
import { zeroIndex } from "./affine.ts";
import { cast } from "./elementwise-arithmetic.ts";
import {
  alongAxes,
  below,
  forEachJoined,
  movement,
  ofConstant,
  type ReductionParams,
  reductionSamples,
} from "./families-shaping.ts";
import { reshape } from "./movement.ts";
import { apply, type Node } from "./node.ts";
import type { Reduction } from "./primitive.ts";
import { collect, Sums } from "./rules.ts";

function stretched(from: Shape, to: Shape): number[] {
  return range(to.length).filter((i) => from[i] === 1 && to[i] !== 1);
}

export const expandMovement = movement<{ readonly shape: Shape }>("expand", {
  repeats: true,
  shape(x, { shape }) {
    checkShape("expand", shape);
    if (x.length !== shape.length || x.some((n, i) => n !== 1 && n !== shape[i])) {
      throw new ShapeError(`expand: ${show(x)} does not stretch to ${show(shape)}: only axes of size 1 do`);
    }
    return shape;
  },
  transpose: (ct, x) => reshape(sum(ct, stretched(x, ct.shape)), x),
  batched: ({ shape }, n) => ({ shape: [n, ...shape] }),
  source: (out, _params, input) => ({ index: input.map((n, i) => (n === 1 ? zeroIndex : out[i]!)) }),
  evaluate: (x, _params, shape) => collect(x, shape, (index) => index.map((at, i) => (x.shape[i] === 1 ? 0 : at))),
  samples: [
    { shapes: [[2, 1]], params: { shape: [2, 3] } },
    { shapes: [[1, 1, 2]], params: { shape: [3, 1, 2] } },
    { shapes: [[1, 1]], params: { shape: [4, 5] } },
    { shapes: [[1, 2]], params: { shape: [0, 2] } },
    { shapes: [[0, 1]], params: { shape: [0, 3] } },
  ],
});

/** Axes of size 1 repeated to the sizes of `shape`. */
export function expand(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  const inner = below(expandMovement, x);
  const node = apply(expandMovement, [inner ?? x], { shape });
  return ofConstant(x, shape) ?? node;
}

/** `y`, which lacks `axes` of `shape`, repeated along them. */
export function spread(y: Node, shape: Shape, axes: readonly number[]): Node {
  return expand(
    reshape(
      y,
      shape.map((n, i) => (axes.includes(i) ? 1 : n)),
    ),
    shape,
  );
}

export const sumReduction: Reduction<ReductionParams> = {
  ...alongAxes("sum"),
  combine: "add",
  dtype: ([dtype]) => leastSumDType(dtype!),
  vjp: (ct, { inputs: [x] }, { axes }) => [spread(ct, x!.shape, axes)],
  jvp: ([dx], _node, { axes }) => (dx ? sum(dx, axes) : null),
  evaluate([x], { axes }, shape, dtype) {
    const sums = new Sums(dtype, sizeOf(shape));
    forEachJoined(x!, axes, shape, (place, element) => sums.add(place, element));
    return sums.result();
  },
  samples: [...reductionSamples, { shapes: [[3, 0]], params: { axes: [1] } }, { shapes: [[0]], params: { axes: [0] } }],
};

/** Sum along `axes`, ascending; whole numbers and bool give int32, or 64 bits if they have those: cast what int32 may not hold. */
export function sum(x: Node, axes: readonly number[]): Node {
  if (axes.length === 0) return cast(x, leastSumDType(x.dtype));
  return apply(sumReduction, [x], { axes });
}
