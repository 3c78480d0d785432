/**
 * Metrics: what is measured of a network's answers, batch by batch, without keeping the batches.
 *
 * A metric works on plain arrays, after the answers were read; it never becomes part of a compiled step, so it may count and
 * branch as it likes. `fit` and `evaluate` are given factories and make a fresh metric for each pass over a set.
 */
import { type NumberArray, type Shape, ShapeError, show, sizeOf, ValueError } from "../base/index.ts";

/** A network's answers to one batch and what they should have been; samples along the first axis. */
export interface MetricBatch {
  readonly outputs: NumberArray;
  readonly outputShape: Shape;
  readonly targets: NumberArray;
  readonly targetShape: Shape;
}

/** Takes batches and says what they come to. */
export interface Metric<V = number, Name extends string = string> {
  /** The metric's name in a history. */
  readonly name: Name;
  update(batch: MetricBatch): void;
  /** The measure of all batches so far. */
  value(): V;
}

/** Makes a metric that has seen nothing. */
export type MetricFactory<V = number, Name extends string = string> = () => Metric<V, Name>;

/** correct / all; NaN before the first sample. */
function share<Name extends string>(
  name: Name,
  isRight: (batch: Classified, sample: number) => boolean,
): Metric<number, Name> {
  let [right, all] = [0, 0];
  return {
    name,
    update(batch) {
      const classified = classify(name, batch);
      for (let i = 0; i < classified.samples; i++) if (isRight(classified, i)) right++;
      all += classified.samples;
    },
    value: () => right / all,
  };
}

/**
 * The share of samples whose greatest output is that of the true class.
 *
 * Outputs `[samples, classes]`, logits or probabilities; targets are class indices `[samples]`. With outputs `[samples]` or
 * `[samples, 1]` there are two classes, and a logit above 0 says 1. Of equal outputs the first counts, as with `argmax`.
 *
 *     hits / samples
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @throws ValueError  at a label that is no class
 * @example
 * metrics.measure(accuracy, tensor([[2, 1], [0, 3]]), tensor([0, 0])); // => 0.5
 */
export const accuracy: MetricFactory<number, "accuracy"> = () =>
  share("accuracy", (batch, i) => predictedClass(batch, i) === batch.labels[i]);

/**
 * The share of samples whose true class is among the `k` greatest outputs; ties go to the lower class. Outputs and targets
 * as in `accuracy`.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @throws ValueError  at a label that is no class
 * @throws ValueError  when k is no whole number from 1
 * @example
 * metrics.measure(topKAccuracy(2), tensor([[1, 3, 6], [9, 1, 0]]), tensor([1, 2])); // => 0.5
 */
export function topKAccuracy<const K extends number>(k: K): MetricFactory<number, `top${K}Accuracy`> {
  if (!Number.isInteger(k) || k < 1) throw new ValueError(`topKAccuracy: k is ${k}; it is a whole number from 1`);
  return () =>
    share(`top${k}Accuracy`, ({ outputs, classes, labels }, i) => {
      const row = outputs.subarray(i * classes, (i + 1) * classes);
      const label = labels[i]!;
      const own = row[label]!;
      let ahead = 0; // classes that come before the true one
      for (let j = 0; j < classes; j++) if (row[j]! > own || (row[j] === own && j < label)) ahead++;
      return ahead < k;
    });
}

/**
 * How often samples of class i (row) were taken for class j (column).
 *
 * The number of classes is that of the outputs; two for outputs `[samples]` and `[samples, 1]`.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @throws ValueError  at a label that is no class
 * @example
 * metrics.measure(confusionMatrix, tensor([[2, 1], [0, 3], [0, 1]]), tensor([0, 0, 1])); // => [ [ 1, 1 ], [ 0, 1 ] ]
 */
export const confusionMatrix: MetricFactory<number[][], "confusionMatrix"> = () => confusion("confusionMatrix");

/** Counts of [true class][predicted class], under any name. */
export function confusion<Name extends string>(name: Name): Metric<number[][], Name> {
  let counts: number[][] = [];
  return {
    name,
    update(batch) {
      const classified = classify(name, batch);
      const classes = Math.max(2, classified.classes);
      if (counts.length === 0) counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
      for (let i = 0; i < classified.samples; i++) {
        counts[classified.labels[i]!]![predictedClass(classified, i)]!++;
      }
    },
    value: () => counts.map((row) => [...row]),
  };
}

/**
 * Mean of |output − target| over all entries; both have the same shape.
 *
 * @throws ShapeError  when there is not one target for each output
 * @example
 * metrics.measure(meanAbsoluteError, tensor([1, 2]), tensor([1, 5])); // => 1.5
 */
export const meanAbsoluteError: MetricFactory<number, "meanAbsoluteError"> = () =>
  meanOf("meanAbsoluteError", Math.abs);

/**
 * Mean of (output − target)² over all entries; both have the same shape.
 *
 * @throws ShapeError  when there is not one target for each output
 * @example
 * metrics.measure(meanSquaredError, tensor([1, 2]), tensor([1, 5])); // => 4.5
 */
export const meanSquaredError: MetricFactory<number, "meanSquaredError"> = () =>
  meanOf("meanSquaredError", (d) => d * d);

function meanOf<Name extends string>(name: Name, measure: (difference: number) => number): Metric<number, Name> {
  let [total, count] = [0, 0];
  return {
    name,
    update({ outputs, outputShape, targets, targetShape }) {
      if (outputs.length !== targets.length) {
        throw new ShapeError(
          `${name}: outputs ${show(outputShape)} and targets ${show(targetShape)} differ; they have one target for each output`,
        );
      }
      for (let i = 0; i < outputs.length; i++) total += measure(outputs[i]! - targets[i]!);
      count += outputs.length;
    },
    value: () => total / count,
  };
}

export interface Classified {
  readonly samples: number;
  /** Outputs of one sample. */
  readonly classes: number;
  readonly outputs: NumberArray;
  readonly labels: NumberArray;
}

/** The batch as scores and classes; throws when it is not, or at a label that is no class. */
export function classify(name: string, { outputs, outputShape, targets, targetShape }: MetricBatch): Classified {
  const samples = outputShape[0] ?? 1;
  const classes = sizeOf(outputShape.slice(1));
  if (outputShape.length > 2 || targets.length !== samples) {
    const wanted = "outputs [samples, classes] and targets [samples]";
    throw new ShapeError(
      `${name}: outputs ${show(outputShape)} and targets ${show(targetShape)} found where ${wanted} are measured`,
    );
  }
  for (let i = 0; i < samples; i++) {
    const label = targets[i]!;
    if (!(Number.isInteger(label) && label >= 0 && label < Math.max(2, classes)))
      throw new ValueError(
        `${name}: label ${label} at sample ${i} is not a class; ${Math.max(2, classes)} classes are numbered 0 to ${Math.max(2, classes) - 1}`,
      );
  }
  return { samples, classes, outputs, labels: targets };
}

/** The class of the greatest output, the first of equals; by the sign where there is one output. */
function predictedClass({ outputs, classes }: Classified, sample: number): number {
  if (classes === 1) return outputs[sample]! > 0 ? 1 : 0;
  let best = 0;
  for (let j = 1; j < classes; j++) if (outputs[sample * classes + j]! > outputs[sample * classes + best]!) best = j;
  return best;
}
