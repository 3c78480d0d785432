/**
 * Where graphs begin: values given from outside (`data`, `placeholder`) and values given by a formula of the index
 * (`constant`, `iota`). Nothing flows back into them; a leaf that requires its gradient is where `backward` ends.
 */
import {
  castScalar,
  checkShape,
  type DType,
  filledArray,
  GradusError,
  type Shape,
  ShapeError,
  type Storage,
  show,
  sizeOf,
} from "../base/index.ts";
import { type GradientSink, Node, type NodeOptions } from "./node.ts";
import type { Generator, Leaf, NDArray, Sample } from "./primitive.ts";
import { checkAxis, checkDType, forEachIndex, numeric, registerType, storedAs } from "./rules.ts";
import type { ScalarBuilder, Value } from "./scalar.ts";

type Described = { readonly shape: Shape; readonly dtype: DType };

/** What all leaves have in common: the parameters say shape and dtype, and there is no operand to have a derivative. */
function rules<P extends Described>(name: string) {
  return {
    name,
    shape: (_: readonly Shape[], params: P): Shape => params.shape,
    dtype: (_: readonly DType[], params: P): DType => params.dtype,
    vjp: () => [],
    jvp: () => null,
  };
}

function given(name: string): Leaf<Described>["evaluate"] {
  return () => {
    throw new GradusError(`${name}: its value is given from outside and cannot be computed`);
  };
}

export const dataLeaf: Leaf<Described> = {
  kind: "leaf",
  ...rules<Described>("data"),
  evaluate: given("data"),
  samples: [],
};

/** A leaf with known values. */
export function data(storage: Storage, shape: Shape, options: NodeOptions = {}): Node {
  checkShape("data", shape);
  if (storage.size !== sizeOf(shape)) {
    throw new ShapeError(`data: ${storage.size} values do not fill shape ${show(shape)} of ${sizeOf(shape)} elements`);
  }
  const node = new Node(dataLeaf, [], { shape, dtype: storage.dtype }, shape, storage.dtype, options);
  node.storage = storage;
  return node;
}

/**
 * Notes the value of a node. Unless derivatives flow through it, the node is a leaf from then on: a value that is made of itself again
 * and again would else hold all that it ever was.
 */
export function know(node: Node, storage: Storage): void {
  node.storage = storage;
  const { shape, dtype, inputs } = node;
  if (inputs.length === 0) return;
  if (node.requiresGrad) {
    const refusing = refusal(inputs);
    if (refusing === null) return;
    node.sink = refusing;
  }
  node.become(dataLeaf, { shape, dtype });
}

/** What refuses derivatives with respect to all of these nodes; null if one can have them. */
function refusal(nodes: readonly Node[]): GradientSink | null {
  const through = nodes.filter((x) => x.requiresGrad);
  return through.every((x) => x.sink?.refuses === true) ? (through[0]?.sink ?? null) : null;
}

type PlaceholderParams = Described & { readonly index: number };

export const placeholderLeaf: Leaf<PlaceholderParams> = {
  kind: "leaf",
  ...rules<PlaceholderParams>("placeholder"),
  evaluate: given("placeholder"),
  samples: [],
};

/** A leaf whose value is given anew at each run of a program: its input number `index`. */
export function placeholder(index: number, shape: Shape, dtype: DType, options: NodeOptions = {}): Node {
  checkShape("placeholder", shape);
  return new Node(placeholderLeaf, [], { index, shape, dtype }, shape, dtype, options);
}

type ConstantParams = Described & { readonly value: number | bigint };

export const constantGenerator: Generator<ConstantParams> = {
  kind: "generator",
  ...rules<ConstantParams>("constant"),
  generate(b, _at, { value }, dtype) {
    return b.constant(registerType(dtype), dtype === "bool" ? value !== 0 : value);
  },
  bounds: ({ params: { value } }) => ({ low: Number(value), high: Number(value) }),
  evaluate: (_inputs, { value }, shape, dtype) => filledArray(dtype, sizeOf(shape), value),
  samples: [
    { shapes: [], params: { value: 2.5, shape: [2, 3], dtype: "float64" } },
    { shapes: [], params: { value: -7, shape: [], dtype: "int32" } },
    { shapes: [], params: { value: 1, shape: [4], dtype: "bool" } },
    { shapes: [], params: { value: 3, shape: [0, 2], dtype: "float32" } },
  ],
};

/** The same number everywhere, rounded or wrapped to `dtype`. */
export function constant(
  value: number | bigint | boolean,
  shape: Shape,
  dtype: DType,
  device: string | null = null,
): Node {
  checkShape("constant", shape);
  const params = { value: castScalar(typeof value === "boolean" ? Number(value) : value, dtype), shape, dtype };
  return new Node(constantGenerator, [], params, shape, dtype, { device });
}

/** `value` in the shape and dtype of `x`. */
export function constantLike(x: Node, value: number): Node {
  return constant(value, x.shape, x.dtype);
}

/** The number that `x` is everywhere, if it is a constant that a JavaScript number holds; else null. */
export function constantValue(x: Node): number | null {
  return x.op === constantGenerator && typeof x.params.value === "number" ? x.params.value : null;
}

export function isZero(x: Node): boolean {
  return constantValue(x) === 0;
}

type IotaParams = Described & { readonly axis: number };

export const iotaGenerator: Generator<IotaParams> = {
  kind: "generator",
  ...rules<IotaParams>("iota"),
  generate: (b: ScalarBuilder, at: (axis: number) => Value, { axis }, dtype) =>
    b.convert(registerType(dtype), at(axis)),
  bounds: ({ shape, params: { axis } }) => ({ low: 0, high: shape[Number(axis)]! - 1 }),
  evaluate(_inputs: readonly NDArray[], { axis }, shape, dtype) {
    const places = new Float64Array(sizeOf(shape));
    forEachIndex(shape, (index, position) => {
      places[position] = index[axis]!;
    });
    return storedAs(dtype, places);
  },
  samples: [
    { shapes: [], params: { axis: 0, shape: [3, 2], dtype: "int32" } },
    { shapes: [], params: { axis: 1, shape: [2, 5], dtype: "float32" } },
    { shapes: [], params: { axis: 0, shape: [300], dtype: "uint8" } },
    { shapes: [], params: { axis: 1, shape: [2, 0], dtype: "float64" } },
  ] satisfies Sample<IotaParams>[],
};

/** 0, 1, 2, … along `axis`, the same along all others. */
export function iota(shape: Shape, axis: number, dtype: DType, device: string | null = null): Node {
  checkShape("iota", shape);
  checkAxis("iota", axis, shape);
  checkDType("iota", dtype, numeric);
  return new Node(iotaGenerator, [], { axis, shape, dtype }, shape, dtype, { device });
}
