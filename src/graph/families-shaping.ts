/**
 * The families of movements and of reductions along axes: what their entries have in common.
 */
import { range, type Shape, stridesOf, type TypedArray } from "../base/index.ts";
import type { Index } from "./affine.ts";
import { either } from "./bounds.ts";
import { constant, constantValue } from "./leaves.ts";
import { apply, type Node } from "./node.ts";
import type { Movement, NDArray, Params, Primitive, Sample } from "./primitive.ts";
import { checkAxes, forEachIndex, positionOf } from "./rules.ts";

interface MovementSpec<P extends Params> {
  shape(x: Shape, params: P): Shape;
  /** The transposed map: the cotangent of the operand, which has shape `x`. */
  transpose(ct: Node, x: Shape, params: P): Node;
  readonly source: Movement<P>["source"];
  evaluate(x: NDArray, params: P, shape: Shape): TypedArray;
  readonly repeats?: boolean;
  readonly batched: NonNullable<Movement<P>["batched"]>;
  readonly samples: readonly Sample<P>[];
}

/** What follows from linearity: a tangent moves as the operand does, a cotangent moves back. */
/* @__NO_SIDE_EFFECTS__ */
export function movement<P extends Params>(name: string, spec: MovementSpec<P>): Movement<P> {
  const entry: Movement<P> = {
    kind: "movement",
    name,
    repeats: spec.repeats ?? false,
    shape: ([x], params) => spec.shape(x!, params),
    dtype: ([dtype]) => dtype!,
    vjp: (ct, node, params) => [spec.transpose(ct, node.inputs[0]!.shape, params)],
    jvp: ([dx], _node, params) => (dx ? apply(entry, [dx], params) : null),
    evaluate: ([x], params, shape) => spec.evaluate(x!, params, shape),
    bounds: ({ inputs: [x] }, of) => either([of(x!), { low: 0, high: 0 }]), // what was not there before is 0
    source: spec.source,
    batched: spec.batched,
    samples: spec.samples,
  };
  return entry;
}

/** The result of a movement that leaves nothing but copies of one number: known at once. */
export function ofConstant(x: Node, shape: Shape): Node | null {
  const value = constantValue(x);
  return value === null ? null : constant(value, shape, x.dtype, x.device);
}

/** The operand of `x`, if `x` is made by `primitive` and may be passed over. */
export function below(primitive: Primitive, x: Node): Node | null {
  return x.op === primitive && !x.requiresGrad ? x.inputs[0]! : null;
}

export type ReductionParams = { readonly axes: readonly number[] };

/** The same axes where a new one comes before all others. */
export function behindFirst(axes: readonly number[]): number[] {
  return axes.map((axis) => axis + 1);
}

function keptAxes(ndim: number, axes: readonly number[]): number[] {
  return range(ndim).filter((i) => !axes.includes(i));
}

/** What all reductions along axes have in common. */
export function alongAxes(name: string) {
  return {
    kind: "reduction" as const,
    name,
    shape([x]: readonly Shape[], { axes }: ReductionParams): Shape {
      checkAxes(name, axes, x!);
      return keptAxes(x!.length, axes).map((i) => x![i]!);
    },
    loops: (input: Shape, { axes }: ReductionParams): Shape => axes.map((i) => input[i]!),
    batched: ({ axes }: ReductionParams): ReductionParams => ({ axes: behindFirst(axes) }),
    source(out: readonly Index[], loop: readonly Index[], { axes }: ReductionParams, input: Shape) {
      const kept = keptAxes(input.length, axes);
      return { index: input.map((_, i) => (axes.includes(i) ? loop[axes.indexOf(i)]! : out[kept.indexOf(i)]!)) };
    },
  };
}

/** Calls `visit` for every element with the place of the result that it joins into. */
export function forEachJoined(
  x: NDArray,
  axes: readonly number[],
  shape: Shape,
  visit: (place: number, element: number | bigint) => void,
): void {
  const strides = stridesOf(shape);
  const kept = keptAxes(x.shape.length, axes);
  forEachIndex(x.shape, (index, position) => {
    const place = positionOf(
      kept.map((i) => index[i]!),
      strides,
    );
    visit(place, x.data[position]!);
  });
}

export const reductionSamples: readonly Sample<ReductionParams>[] = [
  { shapes: [[2, 3]], params: { axes: [1] } },
  { shapes: [[2, 3]], params: { axes: [0] } },
  { shapes: [[2, 3, 4]], params: { axes: [0, 2] } },
  { shapes: [[3, 1]], params: { axes: [1] } },
  { shapes: [[2, 2]], params: { axes: [0, 1] } },
  { shapes: [[0, 3]], params: { axes: [1] } },
];
