/** Sample inputs of primitives as arrays and nodes, evaluation, and central differences. */
import {
  allocate,
  castScalar,
  type DType,
  dtypeInfo,
  type Elements,
  isBigInt,
  isFloat,
  type NumberArray,
  numbersOf,
  type Shape,
  Storage,
  sizeOf,
  type TypedArray,
  wholeOf,
} from "../../src/base/index.ts";
import { evaluateGraph } from "../../src/devices/reference/index.ts";
import { apply, data, type NDArray, type Node, type Primitive, type Sample } from "../../src/graph/index.ts";
import { generator } from "../support/random.ts";

function draw(dtype: DType, [low, high]: readonly [number, number], random: () => number): number {
  if (isFloat(dtype)) return low + (high - low) * random();
  if (dtype === "bool") return Math.floor(random() * 2);
  return dtypeInfo[dtype].signed ? Math.floor(random() * 11) - 5 : Math.floor(random() * 10);
}

export function arrayOf(values: readonly number[], shape: Shape, dtype: DType = "float64"): NDArray {
  const out = allocate(dtype, sizeOf(shape));
  const elements: Elements = out;
  for (const [i, value] of values.entries()) {
    const element = castScalar(value, dtype);
    elements[i] = isBigInt(dtype) ? wholeOf(element) : element;
  }
  return { data: out, shape, dtype };
}

/** The inputs of a sample; the same for the same sample and seed. */
export function inputsOf(sample: Sample, seed = 1): NDArray[] {
  const random = generator(seed);
  return sample.shapes.map((shape, i) => {
    const dtype = sample.dtypes?.[i] ?? "float64";
    const domain = sample.domain?.[i] ?? ([-2, 2] as const);
    const values = sample.values?.[i] ?? Array.from({ length: sizeOf(shape) }, () => draw(dtype, domain, random));
    return arrayOf(values, shape, dtype);
  });
}

export function nodeOf({ data: values, shape, dtype }: NDArray, requiresGrad = isFloat(dtype)): Node {
  return data(new Storage(dtype, values.length, values), shape, { requiresGrad });
}

/** A float64 leaf. */
export function leaf(values: readonly number[], shape: Shape = [values.length], dtype: DType = "float64"): Node {
  return nodeOf(arrayOf(values, shape, dtype));
}

export function applySample(op: Primitive, sample: Sample, inputs: readonly NDArray[]): Node {
  return apply(
    op,
    inputs.map((x) => nodeOf(x)),
    sample.params ?? {},
  );
}

/** The values of a node as they are stored. */
export function storedOf(node: Node): TypedArray {
  return evaluateGraph([node])[0]!.array();
}

/** The values of a node as numbers. */
export function valuesOf(node: Node): NumberArray {
  return numbersOf(storedOf(node));
}

export function listOf(node: Node): number[] {
  return Array.from(valuesOf(node));
}

/** Every sample of every primitive, with a title for the test. */
export function rows(primitives: readonly Primitive[]): { title: string; op: Primitive; sample: Sample }[] {
  return primitives.flatMap((op) =>
    op.samples.map((sample) => {
      const operands = sample.shapes.map((shape, i) => `${sample.dtypes?.[i] ?? ""}[${shape.join(", ")}]`);
      return { title: `${op.name}(${operands.join(", ")}) ${JSON.stringify(sample.params ?? {})}`, op, sample };
    }),
  );
}

/** `x` with `step` times `direction` added. */
export function moved(x: NDArray, direction: ArrayLike<number>, step: number): NDArray {
  return { ...x, data: numbersOf(x.data).map((value, i) => value + step * direction[i]!) };
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** d f(x + t·v)/dt at 0 by central differences, for f of several arrays; error about 1e-10 for functions of size 1. */
export function centralDifference(
  f: (inputs: readonly NDArray[]) => ArrayLike<number>,
  inputs: readonly NDArray[],
  directions: readonly (ArrayLike<number> | null)[],
): number[] {
  const step = 1e-5;
  const at = (t: number) => f(inputs.map((x, i) => (directions[i] ? moved(x, directions[i], t) : x)));
  const [above, below] = [at(step), at(-step)];
  return Array.from(above, (y, i) => (y - below[i]!) / (2 * step));
}
