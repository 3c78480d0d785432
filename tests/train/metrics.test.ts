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
import { type Averaging, f1, precision, recall } from "../../src/train/metrics-classes.ts";
import { r2, rootMeanSquaredError } from "../../src/train/metrics-numbers.ts";
import { calibrationError, logLoss, perplexity, rocAuc } from "../../src/train/metrics-probability.ts";

interface Stored {
  readonly dtype: string;
  readonly shape: number[];
  readonly data: number[];
}

interface Case {
  readonly id: string;
  readonly fn: string;
  readonly inputs: { yTrue: Stored; yPred?: Stored; yScore?: Stored; yProb?: Stored };
  readonly options: { k?: number; numClasses?: number; average?: Averaging; multiClass?: "ovr" | "ovo" };
  readonly outputs: { y: Stored };
}

const file = new URL("../fixtures/metrics.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] };

/** Samples `from … to` of a case as a batch; predicted labels become scores with a one at the label. */
function batchOf({ inputs, options }: Case, from: number, to: number): MetricBatch {
  const targets = slice(inputs.yTrue, from, to);
  const shape = (s: Stored) => [to - from, ...s.shape.slice(1)];
  const given = inputs.yScore ?? inputs.yProb ?? inputs.yPred!;
  if (inputs.yPred === undefined || given.dtype !== "int32") {
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

const metrics: Record<string, (options: Case["options"]) => MetricFactory<number | number[] | number[][]>> = {
  accuracy: () => accuracy,
  confusionMatrix: () => confusionMatrix,
  topKAccuracy: ({ k }) => topKAccuracy(k!),
  mae: () => meanAbsoluteError,
  mse: () => meanSquaredError,
  precision: ({ average }) => precision({ average: average! }),
  recall: ({ average }) => recall({ average: average! }),
  f1: ({ average }) => f1({ average: average! }),
  rocAuc: ({ multiClass }) => rocAuc(multiClass === undefined ? {} : { multiClass }),
  logLoss: () => logLoss({ from: "probabilities" }),
  r2: () => r2,
  rmse: () => rootMeanSquaredError,
};

describe.each(cases.filter((c) => c.fn in metrics))("$id", (item) => {
  const n = item.inputs.yTrue.shape[0]!;
  test.each([
    ["at once", [0, n]],
    ["in batches of 5, 1 and the rest", [0, Math.min(5, n), Math.min(6, n), n]],
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

test("every function of the file is measured", () => {
  expect(cases.filter((c) => !(c.fn in metrics)).map((c) => c.fn)).toEqual([]);
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

describe("probabilities", () => {
  const batch = (outputs: number[], targets: number[]): MetricBatch => ({
    outputs: Float64Array.from(outputs),
    outputShape: [targets.length, outputs.length / targets.length],
    targets: Int32Array.from(targets),
    targetShape: [targets.length],
  });

  test("perplexity of equal logits is the number of classes", () => {
    const metric = perplexity()();
    metric.update(batch([0, 0, 0, 7, 7, 7], [0, 2]));
    expect(metric.value()).toBeCloseTo(3, 12);
  });

  test("calibration error is the gap between confidence and accuracy, bin by bin", () => {
    const metric = calibrationError({ bins: 2, from: "probabilities" })();
    metric.update(batch([0.9, 0.1, 0.2, 0.8], [0, 0])); // confidences 0.9 and 0.8, one of two right
    expect(metric.value()).toBeCloseTo(0.85 - 0.5, 12);
    expect(() => calibrationError({ bins: 0 })).toThrow(
      new ValueError("calibrationError: bins is 0; it is a whole number from 1"),
    );
  });

  test("averages that do not fit the classes, and labels out of range, are errors", () => {
    const metric = precision()();
    metric.update(batch([1, 0, 0], [0]));
    expect(() => metric.value()).toThrow(
      new ValueError(
        'precision: there are 3 classes, "binary" is for two; name an average: macro, micro, weighted or null',
      ),
    );
    expect(() => logLoss()().update(batch([1, 0], [2]))).toThrow(
      new ValueError("logLoss: label 2 at sample 0 is not a class"),
    );
  });
});
