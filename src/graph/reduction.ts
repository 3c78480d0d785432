/** Reductions along whole axes, which the result has no more: sum, and the extremes. */
import { allocate, range, type Shape, ShapeError, show, sizeOf, stridesOf } from "../base/index.ts";
import type { Index } from "./affine.ts";
import { cast, div } from "./elementwise-arithmetic.ts";
import { equal, where } from "./elementwise-comparison.ts";
import { constant, constantLike } from "./leaves.ts";
import { expand, reshape } from "./movement.ts";
import { apply, type Node } from "./node.ts";
import type { NDArray, Reduction, Sample } from "./primitive.ts";
import { anyDType, checkAxes, checkDType, forEachIndex, positionOf, sumDType } from "./rules.ts";

export type ReductionParams = { readonly axes: readonly number[] };

function keptAxes(ndim: number, axes: readonly number[]): number[] {
  return range(ndim).filter((i) => !axes.includes(i));
}

/** `y`, which lacks `axes` of `shape`, repeated along them. */
function spread(y: Node, shape: Shape, axes: readonly number[]): Node {
  return expand(
    reshape(
      y,
      shape.map((n, i) => (axes.includes(i) ? 1 : n)),
    ),
    shape,
  );
}

/** What all reductions along axes have in common. */
function along(name: string) {
  return {
    kind: "reduction" as const,
    name,
    shape([x]: readonly Shape[], { axes }: ReductionParams): Shape {
      checkAxes(name, axes, x!);
      return keptAxes(x!.length, axes).map((i) => x![i]!);
    },
    loops: (input: Shape, { axes }: ReductionParams): Shape => axes.map((i) => input[i]!),
    source(out: readonly Index[], loop: readonly Index[], { axes }: ReductionParams, input: Shape) {
      const kept = keptAxes(input.length, axes);
      return { index: input.map((_, i) => (axes.includes(i) ? loop[axes.indexOf(i)]! : out[kept.indexOf(i)]!)) };
    },
  };
}

/** Combines in float64, starting from `initial`. */
function reduceEach(
  x: NDArray,
  axes: readonly number[],
  shape: Shape,
  initial: number,
  combine: (a: number, b: number) => number,
) {
  const out = new Float64Array(sizeOf(shape)).fill(initial);
  const strides = stridesOf(shape);
  const kept = keptAxes(x.shape.length, axes);
  forEachIndex(x.shape, (index, position) => {
    const at = positionOf(
      kept.map((i) => index[i]!),
      strides,
    );
    out[at] = combine(out[at]!, x.data[position]!);
  });
  return out;
}

const samples: readonly Sample<ReductionParams>[] = [
  { shapes: [[2, 3]], params: { axes: [1] } },
  { shapes: [[2, 3]], params: { axes: [0] } },
  { shapes: [[2, 3, 4]], params: { axes: [0, 2] } },
  { shapes: [[3, 1]], params: { axes: [1] } },
  { shapes: [[2, 2]], params: { axes: [0, 1] } },
  { shapes: [[0, 3]], params: { axes: [1] } },
];

export const sumReduction: Reduction<ReductionParams> = {
  ...along("sum"),
  combine: "add",
  dtype: ([dtype]) => sumDType(dtype!),
  vjp: (ct, { inputs: [x] }, { axes }) => [spread(ct, x!.shape, axes)],
  jvp: ([dx], _node, { axes }) => (dx ? sum(dx, axes) : null),
  evaluate([x], { axes }, shape, dtype) {
    const out = allocate(dtype, sizeOf(shape));
    out.set(reduceEach(x!, axes, shape, 0, (a, b) => a + b));
    return out;
  },
  samples: [...samples, { shapes: [[3, 0]], params: { axes: [1] } }, { shapes: [[0]], params: { axes: [0] } }],
};

/** Sum along `axes`, ascending; whole numbers and bool give int32. */
export function sum(x: Node, axes: readonly number[]): Node {
  if (axes.length === 0) return cast(x, sumDType(x.dtype));
  return apply(sumReduction, [x], { axes });
}

/**
 * The greatest or the least along axes. The gradient is shared equally by all that are equal to it, as by PyTorch's
 * amax.
 */
function extreme(
  name: "max" | "min",
  initial: number,
  combine: (a: number, b: number) => number,
): Reduction<ReductionParams> {
  const common = along(name);
  const word = name === "max" ? "greatest" : "least";
  return {
    ...common,
    combine: name,
    shape(shapes, params) {
      const shape = common.shape(shapes, params);
      const empty = params.axes.find((axis) => shapes[0]![axis] === 0);
      if (empty !== undefined && sizeOf(shape) > 0) {
        throw new ShapeError(`${name}: axis ${empty} of ${show(shapes[0]!)} has no entries, so none is the ${word}`);
      }
      return shape;
    },
    dtype([dtype]) {
      checkDType(name, dtype!, anyDType);
      return dtype!;
    },
    vjp(ct, node, { axes }) {
      const x = node.inputs[0]!;
      const { chosen, count } = winners(node, axes);
      return [where(chosen, spread(div(ct, count), x.shape, axes), constant(0, x.shape, ct.dtype))];
    },
    jvp([dx], node, { axes }) {
      if (!dx) return null;
      const { chosen, count } = winners(node, axes);
      return div(sum(where(chosen, dx, constantLike(dx, 0)), axes), count);
    },
    evaluate([x], { axes }, shape, dtype) {
      const out = allocate(dtype, sizeOf(shape));
      out.set(reduceEach(x!, axes, shape, initial, combine));
      return out;
    },
    samples,
  };
}

/** Which elements are the extreme ones, and how many of them there are. */
function winners(node: Node, axes: readonly number[]): { chosen: Node; count: Node } {
  const x = node.inputs[0]!;
  const chosen = equal(x, spread(node, x.shape, axes));
  return { chosen, count: sum(cast(chosen, x.dtype), axes) };
}

export const maxReduction = extreme("max", -Infinity, Math.max);
export const minReduction = extreme("min", Infinity, Math.min);

/** The greatest along `axes`, ascending; NaN if one is among them. */
export function max(x: Node, axes: readonly number[]): Node {
  return axes.length === 0 ? x : apply(maxReduction, [x], { axes });
}

/** The least along `axes`, ascending; NaN if one is among them. */
export function min(x: Node, axes: readonly number[]): Node {
  return axes.length === 0 ? x : apply(minReduction, [x], { axes });
}
