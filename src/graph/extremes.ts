/** The extremes along axes, which the result has no more. */
import { allocate, type Elements, ShapeError, show, sizeOf } from "../base/index.ts";
import { cast, div } from "./elementwise-arithmetic.ts";
import { equal, where } from "./elementwise-comparison.ts";
import { alongAxes, forEachJoined, type ReductionParams, reductionSamples } from "./families-shaping.ts";
import { constant, constantLike } from "./leaves.ts";
import { apply, type Node } from "./node.ts";
import type { Reduction } from "./primitive.ts";
import { anyDType, checkDType } from "./rules.ts";
import { spread, sum } from "./summation.ts";

/**
 * The greatest or the least along axes. The gradient is shared equally by all that are equal to it, as by PyTorch's
 * amax.
 */
function extreme(name: "max" | "min"): Reduction<ReductionParams> {
  const common = alongAxes(name);
  const word = name === "max" ? "greatest" : "least";
  const beats = (a: number | bigint, b: number | bigint) =>
    Number.isNaN(a) ||
    (name === "max" ? a > b || (a === 0 && Object.is(b, -0)) : a < b || (Object.is(a, -0) && b === 0));
  return {
    ...common,
    combine: name,
    bounds: ({ inputs: [x] }, of) => of(x!),
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
      const found: Elements = out;
      const begun = new Uint8Array(out.length);
      forEachJoined(x!, axes, shape, (place, element) => {
        if (begun[place] === 0 || beats(element, found[place]!)) found[place] = element;
        begun[place] = 1;
      });
      return out;
    },
    samples: reductionSamples,
  };
}

/** Which elements are the extreme ones, and how many of them there are. */
function winners(node: Node, axes: readonly number[]): { chosen: Node; count: Node } {
  const x = node.inputs[0]!;
  const chosen = equal(x, spread(node, x.shape, axes));
  return { chosen, count: sum(cast(chosen, x.dtype), axes) };
}

export const maxReduction = extreme("max");
export const minReduction = extreme("min");

/** The greatest along `axes`, ascending; NaN if one is among them. */
export function max(x: Node, axes: readonly number[]): Node {
  return axes.length === 0 ? x : apply(maxReduction, [x], { axes });
}

/** The least along `axes`, ascending; NaN if one is among them. */
export function min(x: Node, axes: readonly number[]): Node {
  return axes.length === 0 ? x : apply(minReduction, [x], { axes });
}
