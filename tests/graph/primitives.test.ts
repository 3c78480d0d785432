/**
 * What holds of every primitive in the table: rules of shape and dtype, evaluation, and derivatives against central
 * differences.
 */
import { describe, expect, test } from "vitest";
import { allocate, DTypeError, dtypes, numbersOf, sizeOf } from "../../src/base/index.ts";
import {
  add,
  backward,
  forward,
  mul,
  type NDArray,
  type Node,
  type Primitive,
  primitives,
  primitivesByFamily,
  type Sample,
  sum,
  verifyGraph,
} from "../../src/graph/index.ts";
import { generator } from "../support/random.ts";
import { applySample, centralDifference, dot, inputsOf, nodeOf, rows, storedOf, valuesOf } from "./support.ts";

describe("the table", () => {
  test("names every primitive once, in its family", () => {
    const names = primitives.map((op) => op.name);
    expect(new Set(names).size).toBe(names.length);
    for (const [kind, family] of Object.entries(primitivesByFamily))
      for (const op of family) expect(op.kind).toBe(kind);
  });

  test("has samples of every primitive but the given leaves", () => {
    const bare = primitives.filter((op) => op.samples.length === 0).map((op) => op.name);
    expect(bare).toEqual(["data", "placeholder"]);
  });
});

const all = rows(primitives);

test.each(all)("$title: evaluation fills the shape and dtype that the rules give", ({ op, sample }) => {
  const node = applySample(op, sample, inputsOf(sample));
  const values = storedOf(node);
  verifyGraph([node]);
  expect(values.length).toBe(sizeOf(node.shape));
  expect(values.constructor).toBe(allocate(node.dtype, 0).constructor);
  if (node.dtype === "bool") for (const value of values) expect([0, 1]).toContain(value);
});

/** The first sample of a primitive with all floating operands as `dtype`, if the primitive takes that. */
function inDType(op: Primitive, sample: Sample, dtype: (typeof dtypes)[number]): Node | null {
  const found = sample.shapes.map((_, i) =>
    (sample.dtypes?.[i] ?? "float64") === "float64" ? dtype : sample.dtypes![i]!,
  );
  try {
    const other = { ...sample, dtypes: found };
    return applySample(op, other, inputsOf(other));
  } catch (error) {
    expect(error).toBeInstanceOf(DTypeError);
    return null;
  }
}

const firsts = primitives.flatMap((op) => (op.samples[0] === undefined ? [] : [{ op, sample: op.samples[0] }]));

describe.each(dtypes)("on %s", (dtype) => {
  test.each(firsts)("$op.name evaluates or refuses the dtype", ({ op, sample }) => {
    const node = inDType(op, sample, dtype);
    if (node !== null) expect(valuesOf(node).length).toBe(node.size);
  });
});

// ---- derivatives ----------------------------------------------------------------------------------------------------

/** Whether central differences make sense: smooth samples with float64 in and out. */
function isSmooth({ op, sample }: { op: Primitive; sample: Sample }): boolean {
  const indexed = op.kind === "gather" || op.kind === "scatter" || op.kind === "host"; // values chosen for a smooth place
  if (op.kind === "generator" || op.kind === "alias" || (sample.values !== undefined && !indexed)) return false;
  const inputs = inputsOf(sample);
  return inputs.some((x) => x.dtype === "float64") && applySample(op, sample, inputs).dtype === "float64";
}

const smooth = all.filter(isSmooth);

function numbers(length: number, seed: number): Float64Array {
  const random = generator(seed);
  return Float64Array.from({ length }, () => 2 * random() - 1);
}

/** Random directions for floating operands, null for others. */
function directionsFor(inputs: readonly NDArray[], seed: number): (Float64Array | null)[] {
  return inputs.map((x, i) => (x.dtype === "float64" ? numbers(x.data.length, seed + i) : null));
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-6): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    expect(Math.abs(actual[i]! - expected[i]!)).toBeLessThanOrEqual(tolerance * (1 + Math.abs(expected[i]!)));
  }
}

function evaluateSample(op: Primitive, sample: Sample) {
  return (inputs: readonly NDArray[]) => valuesOf(applySample(op, sample, inputs));
}

/** y and its gradient for the cotangent `weights`, as nodes over fresh leaves. */
function gradientGraph(op: Primitive, sample: Sample, inputs: readonly NDArray[], weights: Float64Array) {
  const node = applySample(op, sample, inputs);
  const cotangent = nodeOf({ data: weights, shape: node.shape, dtype: "float64" }, false);
  const found = backward([{ node, cotangent }], node.inputs);
  return { node, gradients: node.inputs.map((x) => found.get(x) ?? null) };
}

/** Σ ⟨direction, gradient⟩ over the operands; null if nothing flows. */
function paired(gradients: readonly (Node | null)[], directions: readonly (Float64Array | null)[]): Node | null {
  const parts = gradients.flatMap((g, i) => {
    if (g === null || directions[i] === null) return [];
    const direction = nodeOf({ data: directions[i]!, shape: g.shape, dtype: "float64" }, false);
    return [
      sum(
        mul(g, direction),
        g.shape.map((_, axis) => axis),
      ),
    ];
  });
  return parts.length === 0 ? null : parts.reduce((a, b) => add(a, b));
}

test.each(smooth)("$title: tangent and cotangent match central differences and each other", ({ op, sample }) => {
  const inputs = inputsOf(sample);
  const directions = directionsFor(inputs, 10);
  const weights = numbers(sizeOf(applySample(op, sample, inputs).shape), 20);
  const { node, gradients } = gradientGraph(op, sample, inputs, weights);
  const expected = centralDifference(evaluateSample(op, sample), inputs, directions);

  const tangents = node.inputs.flatMap((x, i): [Node, Node][] =>
    directions[i] === null ? [] : [[x, nodeOf({ data: directions[i]!, shape: x.shape, dtype: "float64" }, false)]],
  );
  const [tangent] = forward([node], new Map(tangents));
  expectClose(tangent ? valuesOf(tangent) : new Float64Array(node.size), expected);

  const pulled = paired(gradients, directions);
  const fromReverse = pulled === null ? 0 : valuesOf(pulled)[0]!;
  expectClose([fromReverse], [dot(weights, expected)]);
  if (tangent) expectClose([fromReverse], [dot(weights, valuesOf(tangent))], 1e-12);
});

test.each(smooth)("$title: every element of the gradient matches central differences", ({ op, sample }) => {
  const inputs = inputsOf(sample, 2);
  const weights = numbers(sizeOf(applySample(op, sample, inputs).shape), 30);
  const { gradients } = gradientGraph(op, sample, inputs, weights);
  const f = (xs: readonly NDArray[]) => [dot(weights, evaluateSample(op, sample)(xs))];
  inputs.forEach((x, i) => {
    if (x.dtype !== "float64") return;
    const found = gradients[i] ? valuesOf(gradients[i]) : new Float64Array(x.data.length);
    for (let j = 0; j < x.data.length; j++) {
      const unit = Float64Array.from(numbersOf(x.data), (_, k) => Number(k === j));
      const expected = centralDifference(
        f,
        inputs,
        inputs.map((_, k) => (k === i ? unit : null)),
      );
      expectClose([found[j]!], expected);
    }
  });
});

test.each(smooth)(
  "$title: second derivatives match, reverse over reverse and forward over reverse",
  ({ op, sample }) => {
    const inputs = inputsOf(sample, 3);
    const [first, second] = [directionsFor(inputs, 40), directionsFor(inputs, 50)];
    const weights = numbers(sizeOf(applySample(op, sample, inputs).shape), 60);
    const slope = (xs: readonly NDArray[]) => {
      const node = paired(gradientGraph(op, sample, xs, weights).gradients, first);
      return node === null ? [0] : valuesOf(node);
    };
    const expected = centralDifference(slope, inputs, second);

    const { node, gradients } = gradientGraph(op, sample, inputs, weights);
    const scalar = paired(gradients, first);
    if (scalar === null) return;
    const cotangent = nodeOf({ data: Float64Array.of(1), shape: [], dtype: "float64" }, false);
    const found = backward([{ node: scalar, cotangent }], node.inputs);
    const reverse = paired(
      node.inputs.map((x) => found.get(x) ?? null),
      second,
    );
    expectClose(reverse ? valuesOf(reverse) : [0], expected);

    const tangents = node.inputs.flatMap((x, i): [Node, Node][] =>
      second[i] === null ? [] : [[x, nodeOf({ data: second[i]!, shape: x.shape, dtype: "float64" }, false)]],
    );
    const [tangent] = forward([scalar], new Map(tangents));
    expectClose(tangent ? valuesOf(tangent) : [0], expected);
  },
);

test("the gradient checks cover every primitive through which a derivative flows", () => {
  const checked = new Set(smooth.map(({ op }) => op.name));
  const left = primitives.filter((op) => !checked.has(op.name)).map((op) => op.name);
  const discrete = [
    "less",
    "lessEqual",
    "equal",
    "notEqual",
    "logicalNot",
    "logicalAnd",
    "logicalOr",
    "logicalXor",
    "signbit",
  ];
  const bits = [
    "bitwiseNot",
    "bitwiseAnd",
    "bitwiseOr",
    "bitwiseXor",
    "shiftLeft",
    "shiftRight",
    "shiftRightLogical",
    "threefry",
  ];
  const generated = ["data", "placeholder", "constant", "iota", "argsort"];
  expect(new Set(left)).toEqual(new Set([...discrete, ...bits, ...generated, "detach", "check"]));
});
