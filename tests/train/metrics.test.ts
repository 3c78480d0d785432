import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ShapeError, type TypedArray, ValueError } from "../../src/base/index.ts";
import {
  accuracy,
  confusionMatrix,
  type MetricBatch,
  type MetricFactory,
  meanAbsoluteError,
  meanSquaredError,
  topKAccuracy,
} from "../../src/train/metrics.ts";

interface Stored {
  readonly dtype: string;
  readonly shape: number[];
  readonly data: number[];
}

interface Case {
  readonly id: string;
  readonly fn: string;
  readonly inputs: { yTrue: Stored; yPred?: Stored; yScore?: Stored };
  readonly options: { k?: number; numClasses?: number };
  readonly outputs: { y: Stored };
}

const file = new URL("../fixtures/metrics.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] };

/** Samples `from … to` of a case as a batch; predicted labels become scores with a one at the label. */
function batchOf({ inputs, options }: Case, from: number, to: number): MetricBatch {
  const targets = slice(inputs.yTrue, from, to);
  const shape = (s: Stored) => [to - from, ...s.shape.slice(1)];
  const given = inputs.yScore ?? inputs.yPred!;
  if (inputs.yScore !== undefined || given.dtype !== "int32") {
    return { outputs: slice(given, from, to), outputShape: shape(given), targets, targetShape: shape(inputs.yTrue) };
  }
  const classes = options.numClasses ?? Math.max(...given.data, ...inputs.yTrue.data) + 1;
  const labels = given.data.slice(from, to);
  const outputs = Float32Array.from(
    labels.flatMap((l) => Array.from({ length: classes }, (_, j) => (j === l ? 1 : 0))),
  );
  return { outputs, outputShape: [to - from, classes], targets, targetShape: [to - from] };
}

function slice({ data, shape, dtype }: Stored, from: number, to: number): TypedArray {
  const inRow = data.length / shape[0]!;
  const values = data.slice(from * inRow, to * inRow);
  return dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values);
}

const metrics: Record<string, (options: Case["options"]) => MetricFactory<number | number[][]>> = {
  accuracy: () => accuracy,
  confusionMatrix: () => confusionMatrix,
  topKAccuracy: ({ k }) => topKAccuracy(k!),
  mae: () => meanAbsoluteError,
  mse: () => meanSquaredError,
};

describe.each(cases.filter((c) => c.fn in metrics))("$id", (item) => {
  const n = item.inputs.yTrue.shape[0]!;
  test.each([
    ["at once", [0, n]],
    ["in batches of 5, 1 and the rest", [0, 5, 6, n]],
  ])("as scikit-learn, %s", (_, cuts) => {
    const metric = metrics[item.fn]!(item.options)();
    for (let i = 1; i < cuts.length; i++)
      if (cuts[i - 1]! < cuts[i]!) metric.update(batchOf(item, cuts[i - 1]!, cuts[i]!));
    const found = [metric.value()].flat(2);
    expect(found).toHaveLength(item.outputs.y.data.length);
    item.outputs.y.data.forEach((wanted, i) => {
      expect(found[i]).toBeCloseTo(wanted, 6);
    });
  });
});

test("the file holds cases of every metric", () => {
  for (const name of Object.keys(metrics))
    expect(
      cases.some((c) => c.fn === name),
      name,
    ).toBe(true);
});

test("one output a sample is a logit of class 1: above zero says 1", () => {
  const batch = {
    outputs: Float32Array.of(-1, 0, 2, 3),
    outputShape: [4, 1],
    targets: Int32Array.of(0, 0, 1, 0),
    targetShape: [4],
  };
  const [right, matrix] = [accuracy(), confusionMatrix()];
  right.update(batch);
  matrix.update(batch);
  expect(right.value()).toBe(0.75);
  expect(matrix.value()).toEqual([
    [2, 1],
    [0, 1],
  ]);
});

test("of equal outputs the first counts, as with argmax", () => {
  const metric = accuracy();
  metric.update({
    outputs: Float32Array.of(1, 1, 1, 1),
    outputShape: [2, 2],
    targets: Int32Array.of(0, 1),
    targetShape: [2],
  });
  expect(metric.value()).toBe(0.5);
});

test("a metric that has seen nothing has no value", () => {
  expect(accuracy().value()).toBeNaN();
});

test("shapes that do not belong together, labels out of range and a senseless k are errors", () => {
  const batch = { outputs: new Float32Array(6), outputShape: [2, 3], targets: Int32Array.of(0, 3), targetShape: [2] };
  expect(() => accuracy().update({ ...batch, targets: new Int32Array(3), targetShape: [3] })).toThrow(
    new ShapeError(
      "accuracy: outputs [2, 3] and targets [3] found where outputs [samples, classes] and targets [samples] are measured",
    ),
  );
  expect(() => meanAbsoluteError().update(batch)).toThrow(
    new ShapeError("meanAbsoluteError: outputs [2, 3] and targets [2] differ; they have one target for each output"),
  );
  expect(() => confusionMatrix().update(batch)).toThrow(
    new ValueError("confusionMatrix: label 3 at sample 1 is not one of 0 … 2"),
  );
  expect(() => topKAccuracy(0)).toThrow(new ValueError("topKAccuracy: k is 0; it is a whole number from 1"));
});
