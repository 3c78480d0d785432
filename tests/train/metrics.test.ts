/** Metrics: scikit-learn's values, at once and in batches; what wrong calls say. */
import { describe, expect, test } from "vitest";
import { type NumberArray, ShapeError, ValueError } from "../../src/base/index.ts";
import { oneHot, type Tensor, tensor } from "../../src/tensor/index.ts";
import * as train from "../../src/train/index.ts";
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
import {
  type Case,
  describeCases,
  expectClose,
  type Options,
  type Run,
  type Setting,
  type StoredTensor,
  tolerances,
  toTensor,
} from "../fixtures-harness.ts";

type Value = number | number[] | number[][];
type Metric = (options: Options) => MetricFactory<Value>;

const whole = train.metrics;

/** Samples `from … to` of a case as a batch; predicted labels become scores with a one at the label. */
function batchOf({ inputs, options }: Case, from: number, to: number, setting: Setting): MetricBatch {
  const { yTrue, yScore, yProb, yPred } = inputs;
  const targets = rows(yTrue!, from, to, setting);
  const shape = (s: StoredTensor) => [to - from, ...s.shape.slice(1)];
  const given = yScore ?? yProb ?? yPred!;
  if (yPred === undefined || given.dtype !== "int32") {
    const outputs = rows(given, from, to, setting);
    return { outputs, outputShape: shape(given), targets, targetShape: shape(yTrue!) };
  }
  const classes = (options.numClasses as number) ?? Math.max(...given.data.map(Number), ...yTrue!.data.map(Number)) + 1;
  const outputs = oneHot(toTensor(given, setting).at(`${from}:${to}`), { numClasses: classes }).astype(setting.float);
  return { outputs: outputs.dataSync(), outputShape: [to - from, classes], targets, targetShape: [to - from] };
}

const rows = (stored: StoredTensor, from: number, to: number, setting: Setting): NumberArray =>
  toTensor(stored, setting).at(`${from}:${to}`).dataSync();

const metrics: Readonly<Record<string, Metric>> = {
  accuracy: () => accuracy,
  confusionMatrix: () => confusionMatrix,
  topKAccuracy: ({ k }) => topKAccuracy(k as number),
  mae: () => meanAbsoluteError,
  mse: () => meanSquaredError,
  precision: ({ average }) => precision({ average: average as Averaging }),
  recall: ({ average }) => recall({ average: average as Averaging }),
  f1: ({ average }) => f1({ average: average as Averaging }),
  rocAuc: ({ multiClass }) => rocAuc(multiClass === undefined ? {} : { multiClass: multiClass as "ovr" | "ovo" }),
  logLoss: () => logLoss({ from: "probabilities" }),
  r2: () => r2,
  rmse: () => rootMeanSquaredError,
};

/** The measure of the case's samples, given in the batches between `cuts`, is scikit-learn's. */
function expectMeasure(c: Case, cuts: readonly number[], setting: Setting): void {
  const metric = metrics[c.fn]!(c.options)();
  for (let i = 1; i < cuts.length; i++)
    if (cuts[i - 1]! < cuts[i]!) metric.update(batchOf(c, cuts[i - 1]!, cuts[i]!, setting));
  expectValue(c, metric.value(), setting);
}

function expectValue(c: Case, value: Value, setting: Setting): void {
  const found = tensor([value].flat(2), { shape: c.outputs.y!.shape, dtype: "float64" });
  expectClose(
    "value",
    found.astype(c.outputs.y!.dtype === "int32" ? "int32" : "float64"),
    c.outputs.y!,
    ...tolerances(c, setting),
  );
}

const samples = (c: Case): number => c.inputs.yTrue!.shape[0]!;
const inCuts = (cuts: (n: number) => readonly number[]): Record<string, Run> =>
  Object.fromEntries(Object.keys(metrics).map((fn) => [fn, (c, s) => expectMeasure(c, cuts(samples(c)), s)]));

describeCases(
  "metrics",
  inCuts((n) => [0, n]),
);
describeCases(
  "metrics",
  inCuts((n) => [0, Math.min(5, n), Math.min(6, n), n]),
  "metrics in batches of 5, 1 and the rest",
);

/** The same in one call. */
const wholes: Readonly<Record<string, (outputs: Tensor, targets: Tensor, options: Options) => Value>> = {
  accuracy: whole.accuracy,
  confusionMatrix: whole.confusionMatrix,
  topKAccuracy: (outputs, targets, { k }) => whole.topKAccuracy(outputs, targets, k as number),
  mae: whole.meanAbsoluteError,
  mse: whole.meanSquaredError,
  precision: (outputs, targets, options) => whole.precision(outputs, targets, averageOf(options)),
  recall: (outputs, targets, options) => whole.recall(outputs, targets, averageOf(options)),
  f1: (outputs, targets, options) => whole.f1(outputs, targets, averageOf(options)),
  rocAuc: (outputs, targets, { multiClass }) =>
    whole.rocAuc(outputs, targets, multiClass === undefined ? {} : { multiClass: multiClass as "ovr" | "ovo" }),
  logLoss: (outputs, targets) => whole.logLoss(outputs, targets, { from: "probabilities" }),
  r2: whole.r2,
  rmse: whole.rootMeanSquaredError,
};

const averageOf = ({ average }: Options) => ({ average: average as Averaging });

describeCases(
  "metrics",
  Object.fromEntries(
    Object.entries(wholes).map(([fn, call]): [string, Run] => [
      fn,
      (c, setting) => {
        const { outputs, outputShape, targets, targetShape } = batchOf(c, 0, samples(c), setting);
        const value = call(tensor(outputs, { shape: outputShape }), tensor(targets, { shape: targetShape }), c.options);
        expectValue(c, value, setting);
      },
    ]),
  ),
  "metrics in one call",
);

test("every stream has its whole form", () => {
  const streams = [
    "accuracy",
    "topKAccuracy",
    "confusionMatrix",
    "precision",
    "recall",
    "f1",
    "rocAuc",
    "logLoss",
    "perplexity",
    "calibrationError",
    "meanAbsoluteError",
    "meanSquaredError",
    "rootMeanSquaredError",
    "r2",
  ];
  const made = Object.entries(train).filter(([name]) => streams.includes(name));
  expect(made.map(([name]) => name).sort()).toEqual([...streams].sort());
  expect(
    Object.keys(whole)
      .filter((name) => name !== "measure")
      .sort(),
  ).toEqual([...streams].sort());
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
    new ValueError("confusionMatrix: label 3 at sample 1 is not a class; 3 classes are numbered 0 to 2"),
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
      new ValueError("logLoss: label 2 at sample 0 is not a class; 2 classes are numbered 0 to 1"),
    );
  });
});

describe("wrong calls", () => {
  const logits = tensor([
    [1, 0],
    [0, 1],
  ]);
  const classes = tensor([0, 1]);

  test.each<[string, () => unknown, Error]>([
    [
      "a label of the ROC area",
      () => whole.rocAuc(logits, tensor([0, 2])),
      new ValueError("rocAuc: label 2 at sample 1 is not a class; 2 classes are numbered 0 to 1"),
    ],
    [
      "a broken label",
      () => whole.accuracy(logits, tensor([0, 0.5])),
      new ValueError("accuracy: label 0.5 at sample 1 is not a class; 2 classes are numbered 0 to 1"),
    ],
    [
      "a way of many classes",
      () => rocAuc({ multiClass: "all" as "ovr" }),
      new ValueError('rocAuc: multiClass "all" does not exist; there are ovr and ovo'),
    ],
    [
      "an average",
      () => precision({ average: "mean" as "macro" }),
      new ValueError('precision: average "mean" does not exist; there are binary, macro, micro, weighted and null'),
    ],
    [
      "a form of outputs",
      () => logLoss({ from: "scores" as "logits" }),
      new ValueError('logLoss: from "scores" does not exist; there are logits and probabilities'),
    ],
    [
      "logits that are said to be probabilities",
      () => whole.perplexity(tensor([[3, -1]]), tensor([0]), { from: "probabilities" }),
      new ValueError(
        'perplexity: the probability 3 at sample 0 is not within 0 … 1; of logits, leave out from: "probabilities"',
      ),
    ],
    [
      "an option",
      () => whole.calibrationError(logits, classes, { bin: 3 } as object),
      new ValueError('calibrationError: there is no option "bin" (nearest: bins); there are bins, from'),
    ],
    [
      "shapes",
      () => whole.r2(tensor([1, 2]), tensor([1])),
      new ShapeError("r2: outputs [2] and targets [1] differ; they have one target for each output"),
    ],
  ])("%s", (_, call, error) => {
    expect(call).toThrow(error);
  });
});
