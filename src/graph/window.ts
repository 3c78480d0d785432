/**
 * Windows: convolution and pooling look at an array through a small window at every place. `window` lays the windows
 * out along axes of their own, without copying anything when compiled; `fold`, its transpose, adds overlapping
 * windows up again.
 */
import {
  type DType,
  leastSumDType,
  range,
  type Shape,
  ShapeError,
  show,
  sizeOf,
  stridesOf,
  type TypedArray,
} from "../base/index.ts";
import { addIndex, type Bound, type Index, quotientIndex, remainderIndex, scaleIndex } from "./affine.ts";
import { behindFirst, movement } from "./families-shaping.ts";
import { permute, reshape } from "./movement.ts";
import { apply, type Node } from "./node.ts";
import type { NDArray, Reduction } from "./primitive.ts";
import { checkAxes, collect, forEachIndex, positionOf, Sums } from "./rules.ts";

/**
 * For each of `axes`: the window's size, the stride from one to the next, and the dilation, the distance of its
 * elements.
 */
export type WindowParams = {
  readonly axes: readonly number[];
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
};

export type FoldParams = WindowParams & { readonly lengths: readonly number[] };

/** In how many places a window lies wholly inside `length` elements. */
export function windowPositions(length: number, size: number, stride: number, dilation: number): number {
  const reach = dilation * (size - 1) + 1;
  return length < reach ? 0 : Math.floor((length - reach) / stride) + 1;
}

function checkWindow(name: string, shape: Shape, { axes, size, stride, dilation }: WindowParams): void {
  checkAxes(name, axes, shape);
  for (const list of [size, stride, dilation]) {
    if (list.length !== axes.length || list.some((n) => !Number.isInteger(n) || n < 1)) {
      throw new ShapeError(
        `${name}: ${show(list)} for axes ${show(axes)}; sizes, strides and dilations are one whole number from 1 for each axis`,
      );
    }
  }
}

function positionsOf(lengths: readonly number[], { size, stride, dilation }: WindowParams): number[] {
  return lengths.map((n, j) => windowPositions(n, size[j]!, stride[j]!, dilation[j]!));
}

/** `shape` with other sizes at some axes. */
function replaced(shape: Shape, axes: readonly number[], sizes: readonly number[]): number[] {
  return shape.map((n, i) => (axes.includes(i) ? sizes[axes.indexOf(i)]! : n));
}

const overlapping: WindowParams = { axes: [1], size: [3], stride: [1], dilation: [1] };
const spread: WindowParams = { axes: [0, 2], size: [2, 3], stride: [3, 2], dilation: [2, 1] };
const exact: WindowParams = { axes: [0, 1], size: [2, 3], stride: [2, 3], dilation: [1, 1] };

export const windowMovement = movement<WindowParams>("window", {
  repeats: true,
  shape(x, params) {
    checkWindow("window", x, params);
    const { axes, size } = params;
    return [
      ...replaced(
        x,
        axes,
        positionsOf(
          axes.map((a) => x[a]!),
          params,
        ),
      ),
      ...size,
    ];
  },
  batched: (params) => ({ ...params, axes: behindFirst(params.axes) }),
  transpose: (ct, x, params) => fold(ct, { ...params, lengths: params.axes.map((axis) => x[axis]!) }),
  source: (out, { axes, stride, dilation }, input) => ({
    index: input.map((_, i) => {
      const j = axes.indexOf(i);
      if (j < 0) return out[i]!;
      return addIndex(scaleIndex(out[i]!, stride[j]!), scaleIndex(out[input.length + j]!, dilation[j]!));
    }),
  }),
  evaluate: (x, { axes, stride, dilation }, shape) =>
    collect(x, shape, (index) => {
      const from = index.slice(0, x.shape.length);
      axes.forEach((axis, j) => {
        from[axis] = index[axis]! * stride[j]! + index[x.shape.length + j]! * dilation[j]!;
      });
      return from;
    }),
  samples: [
    { shapes: [[2, 5]], params: overlapping },
    { shapes: [[6, 2, 8]], params: spread },
    { shapes: [[4, 6]], params: exact },
    { shapes: [[2, 3]], params: overlapping },
    { shapes: [[2, 2]], params: overlapping },
    { shapes: [[0, 5]], params: overlapping },
    { shapes: [[3, 1]], params: { axes: [0, 1], size: [1, 1], stride: [2, 1], dilation: [1, 3] } },
  ],
});

/** True if the windows lie side by side and use every element once. */
function tiles(lengths: readonly number[], { size, stride, dilation }: WindowParams): boolean {
  return lengths.every((n, j) => size[j] === stride[j] && (dilation[j] === 1 || size[j] === 1) && n % size[j]! === 0);
}

/** The order of axes that brings window axes from behind their positions to the end: what `window` makes of tiles. */
function tileOrder(ndim: number, axes: readonly number[]): number[] {
  const places = range(ndim).map((i) => i + axes.filter((axis) => axis < i).length);
  return [...places, ...axes.map((axis) => places[axis]! + 1)];
}

/** The shape in which an axis of tiles is two: which tile, and where in it. */
function tiledShape(shape: Shape, positions: readonly number[], { axes, size }: WindowParams): number[] {
  return shape.flatMap((n, i) => (axes.includes(i) ? [positions[axes.indexOf(i)]!, size[axes.indexOf(i)]!] : [n]));
}

/**
 * out[…, o, …, k] = x[…, o·stride + k·dilation, …]: each of `axes` becomes the places of the window, whose axes are
 * the last.
 */
export function window(x: Node, params: WindowParams): Node {
  const node = apply(windowMovement, [x], params);
  const { axes } = params;
  const lengths = axes.map((axis) => x.shape[axis]!);
  if (axes.length === 0) return x;
  if (!tiles(lengths, params)) return node;
  const split = reshape(x, tiledShape(x.shape, positionsOf(lengths, params), params));
  return permute(split, tileOrder(x.shape.length, axes));
}

function foldShape(x: Shape, params: FoldParams): Shape {
  const { axes, size, lengths } = params;
  const ndim = x.length - size.length;
  checkWindow("fold", x.slice(0, Math.max(0, ndim)), params);
  const places = positionsOf(lengths, params);
  if (axes.some((axis, j) => x[axis] !== places[j] || x[ndim + j] !== size[j])) {
    throw new ShapeError(
      `fold: ${show(x)} does not hold the windows ${show(size)} of lengths ${show(lengths)} at axes ${show(axes)}`,
    );
  }
  return replaced(x.slice(0, ndim), axes, lengths);
}

function foldEach(x: NDArray, { axes, stride, dilation }: FoldParams, shape: Shape, dtype: DType): TypedArray {
  const sums = new Sums(dtype, sizeOf(shape));
  const strides = stridesOf(shape);
  forEachIndex(x.shape, (index, position) => {
    const to = index.slice(0, shape.length);
    axes.forEach((axis, j) => {
      to[axis] = index[axis]! * stride[j]! + index[shape.length + j]! * dilation[j]!;
    });
    sums.add(positionOf(to, strides), x.data[position]!);
  });
  return sums.result();
}

export const foldReduction: Reduction<FoldParams> = {
  kind: "reduction",
  combine: "add",
  name: "fold",
  shape: ([x], params) => foldShape(x!, params),
  dtype: ([dtype]) => leastSumDType(dtype!),
  vjp: (ct, _node, params) => [window(ct, withoutLengths(params))],
  jvp: ([dx], _node, params) => (dx ? apply(foldReduction, [dx], params) : null),
  evaluate: ([x], params, shape, dtype) => foldEach(x!, params, shape, dtype),
  loops: (_input, { size }) => size,
  batched: (params) => ({ ...params, axes: behindFirst(params.axes) }),
  source(out, loop, { axes, stride, dilation }, input) {
    const index: Index[] = [...out, ...loop];
    const within: Bound[] = [];
    axes.forEach((axis, j) => {
      const shifted = addIndex(out[axis]!, scaleIndex(loop[j]!, -dilation[j]!));
      within.push({ index: shifted, low: 0, high: Math.max(0, (input[axis]! - 1) * stride[j]! + 1) });
      if (stride[j]! > 1) within.push({ index: remainderIndex(shifted, stride[j]!), low: 0, high: 1 });
      index[axis] = quotientIndex(shifted, stride[j]!);
    });
    return { index, within };
  },
  samples: [
    { shapes: [[2, 3, 3]], params: { ...overlapping, lengths: [5] } },
    { shapes: [[2, 2, 3, 2, 3]], params: { ...spread, lengths: [6, 8] } },
    { shapes: [[2, 2, 2, 3]], params: { ...exact, lengths: [4, 6] } },
    { shapes: [[2, 0, 3]], params: { ...overlapping, lengths: [2] } },
    { shapes: [[0, 3, 3]], params: { ...overlapping, lengths: [5] } },
  ],
};

function withoutLengths({ axes, size, stride, dilation }: FoldParams): WindowParams {
  return { axes, size, stride, dilation };
}

/**
 * The transpose of `window`: adds every window's elements at the places they were read from; `lengths` are the sizes
 * of `axes`.
 */
export function fold(x: Node, params: FoldParams): Node {
  const node = apply(foldReduction, [x], params);
  const { axes, lengths } = params;
  if (!tiles(lengths, params) || node.dtype !== x.dtype) return node;
  const order = tileOrder(node.shape.length, axes);
  const back = order.map((_, i) => order.indexOf(i));
  return reshape(permute(x, back), node.shape);
}
