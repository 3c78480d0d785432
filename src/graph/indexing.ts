/**
 * Joining arrays, and reading and adding at places given by an index array. An index out of range is the caller's
 * mistake: compiled code does with it what it likes, the reference takes the nearest place.
 */
import {
  allocate,
  type DType,
  DTypeError,
  type Elements,
  type Shape,
  ShapeError,
  show,
  sizeOf,
  stridesOf,
} from "../base/index.ts";
import { either } from "./bounds.ts";
import { constant, constantLike } from "./leaves.ts";
import { slice } from "./movement.ts";
import { apply, type Node } from "./node.ts";
import type { Concatenation, Gather, NDArray, Scatter } from "./primitive.ts";
import { anyDType, checkAxis, commonDType, forEachIndex, numeric, positionOf, Sums } from "./rules.ts";

type AxisParams = { readonly axis: number };

function sameExcept(axis: number, a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, i) => i === axis || n === b[i]);
}

// ---- concat ---------------------------------------------------------------------------------------------------------

function concatShape(shapes: readonly Shape[], axis: number): Shape {
  const first = shapes[0];
  if (first === undefined) throw new ShapeError("concat: there is nothing to join");
  checkAxis("concat", axis, first);
  const other = shapes.find((shape) => !sameExcept(axis, first, shape));
  if (other !== undefined) {
    throw new ShapeError(`concat: shapes ${show(first)} and ${show(other)} differ outside of axis ${axis}`);
  }
  return first.map((n, i) => (i === axis ? shapes.reduce((total, shape) => total + shape[axis]!, 0) : n));
}

/** The part of `x` that operand `at` of a concatenation contributed. */
function part(x: Node, node: Node, axis: number, at: number): Node {
  const before = node.inputs.slice(0, at).reduce((total, input) => total + input.shape[axis]!, 0);
  const start = x.shape.map((_, i) => (i === axis ? before : 0));
  return slice(x, { start, size: node.inputs[at]!.shape, step: x.shape.map(() => 1) });
}

export const concatenation: Concatenation<AxisParams> = {
  kind: "concatenation",
  name: "concat",
  batched: ({ axis }) => ({ axis: axis + 1 }),
  shape: (shapes, { axis }) => concatShape(shapes, axis),
  dtype: (dtypes) => commonDType("concat", dtypes, anyDType),
  bounds: ({ inputs }, of) => either(inputs.map(of)),
  vjp: (ct, node, { axis }) => node.inputs.map((x, i) => (x.requiresGrad ? part(ct, node, axis, i) : null)),
  jvp(tangents, node, { axis }) {
    if (tangents.every((dx) => dx === null)) return null;
    return concat(
      tangents.map((dx, i) => dx ?? constantLike(node.inputs[i]!, 0)),
      { axis },
    );
  },
  evaluate(xs, { axis }, shape, dtype) {
    const out = allocate(dtype, sizeOf(shape));
    const elements: Elements = out;
    const strides = stridesOf(shape);
    let before = 0;
    for (const x of xs) {
      forEachIndex(x.shape, (index, position) => {
        elements[positionOf(index, strides) + before * strides[axis]!] = x.data[position]!;
      });
      before += x.shape[axis]!;
    }
    return out;
  },
  samples: [
    {
      shapes: [
        [2, 3],
        [1, 3],
      ],
      params: { axis: 0 },
    },
    {
      shapes: [
        [2, 1],
        [2, 2],
        [2, 3],
      ],
      params: { axis: 1 },
    },
    {
      shapes: [
        [2, 0],
        [2, 2],
      ],
      params: { axis: 1 },
    },
    {
      shapes: [
        [0, 2],
        [0, 2],
      ],
      params: { axis: 0 },
    },
    { shapes: [[3]], params: { axis: 0 } },
  ],
};

/** Operands one after another along `axis`. */
export function concat(xs: readonly Node[], { axis }: AxisParams): Node {
  const node = apply(concatenation, xs, { axis });
  return xs.length === 1 ? xs[0]! : node;
}

// ---- gather and scatterAdd ------------------------------------------------------------------------------------------

function checkIndexDType(name: string, index: DType): void {
  if (index !== "int32") throw new DTypeError(`${name}: the index is int32, not ${index}; cast it first`);
}

function checkIndexed(name: string, x: Shape, index: Shape, axis: number): void {
  checkAxis(name, axis, x);
  if (!sameExcept(axis, x, index)) {
    throw new ShapeError(`${name}: shape ${show(x)} and the index's ${show(index)} differ outside of axis ${axis}`);
  }
  if (x[axis] === 0 && sizeOf(index) > 0) {
    throw new ShapeError(`${name}: axis ${axis} of ${show(x)} has no entries for an index of shape ${show(index)}`);
  }
}

/** Calls `visit` for every place of the index with the position that it names in an array of `shape`. */
function forEachNamed(index: NDArray, shape: Shape, axis: number, visit: (place: number, named: number) => void): void {
  const strides = stridesOf(shape);
  forEachIndex(index.shape, (at, place) => {
    const named = Math.max(0, Math.min(shape[axis]! - 1, Number(index.data[place])));
    visit(place, positionOf(at, strides) + (named - at[axis]!) * strides[axis]!);
  });
}

export const gathering: Gather<AxisParams> = {
  kind: "gather",
  name: "gather",
  batched: ({ axis }) => ({ axis: axis + 1 }),
  shape([x, index], { axis }) {
    checkIndexed("gather", x!, index!, axis);
    return index!;
  },
  dtype([x, index]) {
    checkIndexDType("gather", index!);
    return x!;
  },
  bounds: ({ inputs: [x] }, of) => of(x!),
  vjp(ct, { inputs: [x, index] }, { axis }) {
    return [scatterAdd(constant(0, x!.shape, ct.dtype), index!, ct, { axis }), null];
  },
  jvp: ([dx], { inputs: [, index] }, { axis }) => (dx ? gather(dx, index!, { axis }) : null),
  evaluate([x, index], { axis }, shape, dtype) {
    const out = allocate(dtype, sizeOf(shape));
    const elements: Elements = out;
    forEachNamed(index!, x!.shape, axis, (place, named) => {
      elements[place] = x!.data[named]!;
    });
    return out;
  },
  samples: [
    {
      shapes: [
        [3, 2],
        [4, 2],
      ],
      dtypes: ["float64", "int32"],
      params: { axis: 0 },
      values: [
        [1, 2, 3, 4, 5, 6],
        [2, 0, 1, 1, 2, 2, 0, 1],
      ],
    },
    {
      shapes: [
        [2, 3],
        [2, 1],
      ],
      dtypes: ["float64", "int32"],
      params: { axis: 1 },
      values: [
        [1, 2, 3, 4, 5, 6],
        [2, 0],
      ],
    },
    {
      shapes: [
        [2, 3],
        [2, 0],
      ],
      dtypes: ["float64", "int32"],
      params: { axis: 1 },
    },
    {
      shapes: [
        [0, 3],
        [0, 3],
      ],
      dtypes: ["float64", "int32"],
      params: { axis: 0 },
    },
  ],
};

/** out[…, i, …] = x[…, index[…, i, …], …] along `axis`; the other sizes of `x` and `index` are equal. */
export function gather(x: Node, index: Node, { axis }: AxisParams): Node {
  return apply(gathering, [x, index], { axis });
}

export const scattering: Scatter<AxisParams> = {
  kind: "scatter",
  name: "scatterAdd",
  batched: ({ axis }) => ({ axis: axis + 1 }),
  shape([base, index, updates], { axis }) {
    checkIndexed("scatterAdd", base!, index!, axis);
    if (!sameExcept(-1, index!, updates!)) {
      throw new ShapeError(
        `scatterAdd: updates of shape ${show(updates!)} do not belong to an index of shape ${show(index!)}`,
      );
    }
    return base!;
  },
  dtype([base, index, updates]) {
    checkIndexDType("scatterAdd", index!);
    return commonDType("scatterAdd", [base!, updates!], numeric);
  },
  vjp: (ct, { inputs: [base, index, updates] }, { axis }) => [
    base!.requiresGrad ? ct : null,
    null,
    updates!.requiresGrad ? gather(ct, index!, { axis }) : null,
  ],
  jvp([dBase, , dUpdates], { inputs: [base, index] }, { axis }) {
    if (!dUpdates) return dBase ?? null;
    return scatterAdd(dBase ?? constantLike(base!, 0), index!, dUpdates, { axis });
  },
  evaluate([base, index, updates], { axis }, shape, dtype) {
    const sums = new Sums(dtype, sizeOf(shape));
    base!.data.forEach((element: number | bigint, place: number) => {
      sums.add(place, element);
    });
    forEachNamed(index!, shape, axis, (place, named) => sums.add(named, updates!.data[place]!));
    return sums.result();
  },
  samples: [
    {
      shapes: [
        [3, 2],
        [4, 2],
        [4, 2],
      ],
      dtypes: ["float64", "int32", "float64"],
      params: { axis: 0 },
      values: [
        [1, 2, 3, 4, 5, 6],
        [2, 0, 1, 1, 2, 2, 0, 1],
        [1, 2, 3, 4, 5, 6, 7, 8],
      ],
    },
    {
      shapes: [
        [2, 3],
        [2, 1],
        [2, 1],
      ],
      dtypes: ["float64", "int32", "float64"],
      params: { axis: 1 },
      values: [
        [1, 2, 3, 4, 5, 6],
        [2, 0],
        [10, 20],
      ],
    },
    {
      shapes: [
        [2, 3],
        [2, 0],
        [2, 0],
      ],
      dtypes: ["float64", "int32", "float64"],
      params: { axis: 1 },
    },
    {
      shapes: [
        [0, 3],
        [0, 3],
        [0, 3],
      ],
      dtypes: ["float64", "int32", "float64"],
      params: { axis: 0 },
    },
  ],
};

/** `base` with updates[…, i, …] added at […, index[…, i, …], …] along `axis`; what meets at one place adds up. */
export function scatterAdd(base: Node, index: Node, updates: Node, { axis }: AxisParams): Node {
  return apply(scattering, [base, index, updates], { axis });
}
