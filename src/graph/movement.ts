/**
 * Movement: every element of the result is an element of the operand, or zero.
 *
 * Each entry states the same thing twice, independently: `source` for compilers, as index arithmetic, and `evaluate`
 * for the reference, as plain loops; a test compares them. The builders leave out what changes nothing and join what
 * follows on each other. They join only across nodes through which no derivative flows: a derivative with respect to
 * the node in between may be asked for.
 */

import { checkShape, range, type Shape, ShapeError, sameShape, show, sizeOf } from "../base/index.ts";
import {
  addConstant,
  type Bound,
  type Index,
  linearIndex,
  quotientIndex,
  remainderIndex,
  scaleIndex,
  unravelIndex,
} from "./affine.ts";
import { behindFirst, below, movement, ofConstant } from "./families-shaping.ts";
import { constant, constantValue } from "./leaves.ts";
import { apply, type Node } from "./node.ts";
import { checkAxes, collect } from "./rules.ts";

// ---- reshape --------------------------------------------------------------------------------------------------------

export const reshapeMovement = movement<{ readonly shape: Shape }>("reshape", {
  shape(x, { shape }) {
    checkShape("reshape", shape);
    if (sizeOf(x) !== sizeOf(shape)) {
      throw new ShapeError(`reshape: ${show(x)} has ${sizeOf(x)} elements, ${show(shape)} has ${sizeOf(shape)}`);
    }
    return shape;
  },
  transpose: (ct, x) => reshape(ct, x),
  batched: ({ shape }, n) => ({ shape: [n, ...shape] }),
  source: (out, _params, input, output) => ({ index: unravelIndex(linearIndex(out, output), input) }),
  evaluate: (x) => x.data.slice(),
  samples: [
    { shapes: [[2, 3]], params: { shape: [3, 2] } },
    { shapes: [[2, 6, 2]], params: { shape: [4, 3, 2] } },
    { shapes: [[1, 4]], params: { shape: [2, 1, 2, 1] } },
    { shapes: [[1, 1]], params: { shape: [] } },
    { shapes: [[]], params: { shape: [1] } },
    { shapes: [[0, 3]], params: { shape: [5, 0] } },
  ],
});

/** The same elements in row-major order under another shape. */
export function reshape(x: Node, shape: Shape): Node {
  if (sameShape(x.shape, shape)) return x;
  const inner = below(reshapeMovement, x);
  if (inner !== null && sizeOf(inner.shape) === sizeOf(shape)) return reshape(inner, shape);
  const node = apply(reshapeMovement, [x], { shape });
  return ofConstant(x, shape) ?? node;
}

// ---- permute --------------------------------------------------------------------------------------------------------

function inverse(axes: readonly number[]): number[] {
  const out = new Array<number>(axes.length);
  axes.forEach((axis, i) => {
    out[axis] = i;
  });
  return out;
}

export const permuteMovement = movement<{ readonly axes: readonly number[] }>("permute", {
  shape(x, { axes }) {
    if (
      !sameShape(
        [...axes].sort((a, b) => a - b),
        range(x.length),
      )
    ) {
      throw new ShapeError(`permute: ${show(axes)} is no order of the ${x.length} axes of shape ${show(x)}`);
    }
    return axes.map((axis) => x[axis]!);
  },
  transpose: (ct, _x, { axes }) => permute(ct, inverse(axes)),
  batched: ({ axes }) => ({ axes: [0, ...behindFirst(axes)] }),
  source: (out, { axes }) => ({ index: inverse(axes).map((i) => out[i]!) }),
  evaluate: (x, { axes }, shape) =>
    collect(x, shape, (index) => {
      const from = new Array<number>(axes.length);
      for (let i = 0; i < axes.length; i++) from[axes[i]!] = index[i]!;
      return from;
    }),
  samples: [
    { shapes: [[2, 3]], params: { axes: [1, 0] } },
    { shapes: [[2, 1, 4]], params: { axes: [2, 0, 1] } },
    { shapes: [[2, 0, 3]], params: { axes: [1, 2, 0] } },
    { shapes: [[]], params: { axes: [] } },
  ],
});

/** Axes in another order: axis i of the result is axis axes[i] of `x`. */
export function permute(x: Node, axes: readonly number[]): Node {
  const inner = below(permuteMovement, x);
  if (inner !== null && Array.isArray(x.params.axes) && axes.length === x.shape.length) {
    const before: readonly number[] = x.params.axes;
    return permute(
      inner,
      axes.map((axis) => before[axis]!),
    );
  }
  const node = apply(permuteMovement, [x], { axes });
  if (axes.every((axis, i) => axis === i)) return x;
  return ofConstant(x, node.shape) ?? node;
}

// ---- pad ------------------------------------------------------------------------------------------------------------

export type PadParams = { readonly before: Shape; readonly after: Shape; readonly interior: Shape };

export const padMovement = movement<PadParams>("pad", {
  shape(x, { before, after, interior }) {
    for (const amounts of [before, after, interior]) {
      if (amounts.length !== x.length || amounts.some((n) => !Number.isInteger(n) || n < 0)) {
        throw new ShapeError(
          `pad: amounts ${show(amounts)} for shape ${show(x)}; they are one whole number from 0 for each axis`,
        );
      }
    }
    return x.map((n, i) => before[i]! + n + Math.max(0, n - 1) * interior[i]! + after[i]!);
  },
  transpose: (ct, x, { before, interior }) => slice(ct, { start: before, size: x, step: interior.map((n) => n + 1) }),
  batched: ({ before, after, interior }) => ({
    before: [0, ...before],
    after: [0, ...after],
    interior: [0, ...interior],
  }),
  source(out, { before, interior }, input) {
    const index: Index[] = [];
    const within: Bound[] = [];
    input.forEach((n, i) => {
      const step = interior[i]! + 1;
      const shifted = addConstant(out[i]!, -before[i]!);
      within.push({ index: shifted, low: 0, high: n === 0 ? 0 : (n - 1) * step + 1 });
      if (step > 1) within.push({ index: remainderIndex(shifted, step), low: 0, high: 1 });
      index.push(quotientIndex(shifted, step));
    });
    return { index, within };
  },
  evaluate: (x, { before, interior }, shape) =>
    collect(x, shape, (index) => {
      const from = index.map((at, i) => (at - before[i]!) / (interior[i]! + 1));
      return from.every((at, i) => Number.isInteger(at) && at >= 0 && at < x.shape[i]!) ? from : null;
    }),
  samples: [
    { shapes: [[2, 3]], params: { before: [1, 0], after: [0, 2], interior: [0, 0] } },
    { shapes: [[3, 2]], params: { before: [0, 1], after: [1, 0], interior: [1, 2] } },
    { shapes: [[1]], params: { before: [2], after: [1], interior: [3] } },
    { shapes: [[0, 2]], params: { before: [2, 0], after: [1, 0], interior: [2, 0] } },
    { shapes: [[2, 0]], params: { before: [1, 0], after: [0, 0], interior: [0, 1] } },
  ],
});

/** Zeros put around the elements of every axis, and `interior` of them between any two. */
export function pad(x: Node, { before, after, interior }: PadParams): Node {
  const node = apply(padMovement, [x], { before, after, interior });
  const nothing = [before, after].every((amounts) => amounts.every((n) => n === 0)) && sameShape(node.shape, x.shape);
  if (nothing) return x;
  return constantValue(x) === 0 ? constant(0, node.shape, x.dtype, x.device) : node;
}

// ---- slice ----------------------------------------------------------------------------------------------------------

export type SliceParams = { readonly start: Shape; readonly size: Shape; readonly step: Shape };

function lastOf(start: number, size: number, step: number): number {
  return start + (size - 1) * step;
}

export const sliceMovement = movement<SliceParams>("slice", {
  shape(x, { start, size, step }) {
    const fits =
      [start, size, step].every(
        (list) => list.length === x.length && list.every((n) => Number.isInteger(n) && n >= 0),
      ) && x.every((n, i) => step[i]! >= 1 && (size[i] === 0 || lastOf(start[i]!, size[i]!, step[i]!) < n));
    if (!fits) {
      throw new ShapeError(
        `slice: ${show(size)} entries from ${show(start)} by steps of ${show(step)} do not lie in shape ${show(x)}`,
      );
    }
    return size;
  },
  transpose(ct, x, { start, size, step }) {
    if (size.includes(0)) return constant(0, x, ct.dtype, ct.device);
    const after = x.map((n, i) => n - 1 - lastOf(start[i]!, size[i]!, step[i]!));
    return pad(ct, { before: start, after, interior: step.map((n, i) => (size[i] === 1 ? 0 : n - 1)) });
  },
  batched: ({ start, size, step }, n) => ({ start: [0, ...start], size: [n, ...size], step: [1, ...step] }),
  source: (out, { start, step }) => ({ index: out.map((at, i) => addConstant(scaleIndex(at, step[i]!), start[i]!)) }),
  evaluate: (x, { start, step }, shape) =>
    collect(x, shape, (index) => index.map((at, i) => start[i]! + at * step[i]!)),
  samples: [
    { shapes: [[4, 5]], params: { start: [1, 0], size: [2, 5], step: [1, 1] } },
    { shapes: [[4, 7]], params: { start: [0, 1], size: [2, 3], step: [3, 2] } },
    { shapes: [[1, 3]], params: { start: [0, 2], size: [1, 1], step: [1, 4] } },
    { shapes: [[3, 2]], params: { start: [3, 0], size: [0, 2], step: [1, 1] } },
    { shapes: [[0, 2]], params: { start: [0, 0], size: [0, 1], step: [1, 1] } },
  ],
});

/** Every `step`-th of the elements from `start`, `size` of them, along each axis. */
export function slice(x: Node, { start, size, step }: SliceParams): Node {
  const node = apply(sliceMovement, [x], { start, size, step });
  if (sameShape(node.shape, x.shape)) return x; // all of them fit only in order
  return ofConstant(x, node.shape) ?? node;
}

// ---- flip -----------------------------------------------------------------------------------------------------------

export const flipMovement = movement<{ readonly axes: readonly number[] }>("flip", {
  shape(x, { axes }) {
    checkAxes("flip", axes, x);
    return x;
  },
  transpose: (ct, _x, { axes }) => flip(ct, axes),
  batched: ({ axes }) => ({ axes: behindFirst(axes) }),
  source: (out, { axes }, input) => ({
    index: out.map((at, i) => (axes.includes(i) ? addConstant(scaleIndex(at, -1), input[i]! - 1) : at)),
  }),
  evaluate: (x, { axes }, shape) =>
    collect(x, shape, (index) => index.map((at, i) => (axes.includes(i) ? shape[i]! - 1 - at : at))),
  samples: [
    { shapes: [[2, 3]], params: { axes: [1] } },
    { shapes: [[2, 1, 3]], params: { axes: [0, 1, 2] } },
    { shapes: [[0, 2]], params: { axes: [0, 1] } },
  ],
});

/** The order of the elements along `axes` reversed. */
export function flip(x: Node, axes: readonly number[]): Node {
  const node = apply(flipMovement, [x], { axes });
  return axes.every((axis) => x.shape[axis]! <= 1) || constantValue(x) !== null ? x : node;
}
