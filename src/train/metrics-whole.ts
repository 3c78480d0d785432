/**
 * Metrics of a whole set in one call, as `metrics`: what the streams of the same names come to. Outputs and targets are tensors,
 * in the shapes that the streams take.
 */
import { numbersOf } from "../base/index.ts";
import type { Tensor } from "../tensor/index.ts";
import * as streams from "./metrics.ts";
import * as classes from "./metrics-classes.ts";
import * as numbers from "./metrics-numbers.ts";
import * as probability from "./metrics-probability.ts";

/**
 * What any metric comes to over a whole set: the one-call form of a stream of one's own too.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @throws ValueError  at a label that is no class
 * @example
 * metrics.measure(accuracy, tensor([[2, 1], [0, 3]]), tensor([0, 0])); // => 0.5
 */
export function measure<V>(make: streams.MetricFactory<V>, outputs: Tensor, targets: Tensor): V {
  const metric = make();
  metric.update({
    outputs: numbersOf(outputs.dataSync()),
    outputShape: outputs.shape,
    targets: numbersOf(targets.dataSync()),
    targetShape: targets.shape,
  });
  return metric.value();
}

/**
 * The share of samples whose greatest output is that of the true class; see `accuracy`.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @throws ValueError  at a label that is no class
 * @example
 * metrics.accuracy(tensor([[2, 1], [0, 3]]), tensor([0, 0])); // => 0.5
 */
export function accuracy(outputs: Tensor, targets: Tensor): number {
  return measure(streams.accuracy, outputs, targets);
}

/**
 * The share of samples whose true class is among the `k` greatest outputs.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @throws ValueError  at a label that is no class
 * @example
 * metrics.topKAccuracy(tensor([[1, 3, 6]]), tensor([1]), 2); // => 1
 */
export function topKAccuracy(outputs: Tensor, targets: Tensor, k: number): number {
  return measure(streams.topKAccuracy(k), outputs, targets);
}

/**
 * How often samples of class i (row) were taken for class j (column).
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @throws ValueError  at a label that is no class
 * @example
 * metrics.confusionMatrix(tensor([[2, 1], [0, 3]]), tensor([0, 0])); // => [ [ 1, 1 ], [ 0, 0 ] ]
 */
export function confusionMatrix(outputs: Tensor, targets: Tensor): number[][] {
  return measure(streams.confusionMatrix, outputs, targets);
}

/**
 * Of what was taken for a class, the share that is of it.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @throws ValueError  at a label that is no class, or an option that does not exist
 * @example
 * metrics.precision(tensor([-1, 2, 3]), tensor([0, 1, 0])); // => 0.5
 */
export function precision<const A extends classes.Averaging = "binary">(
  outputs: Tensor,
  targets: Tensor,
  options: classes.AverageOptions<A> = {},
): classes.Averaged<A> {
  return measure(classes.precision(options), outputs, targets);
}

/**
 * Of what is of a class, the share that was taken for it.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @throws ValueError  at a label that is no class, or an option that does not exist
 * @example
 * metrics.recall(tensor([-1, 2, 3]), tensor([0, 1, 0])); // => 1
 */
export function recall<const A extends classes.Averaging = "binary">(
  outputs: Tensor,
  targets: Tensor,
  options: classes.AverageOptions<A> = {},
): classes.Averaged<A> {
  return measure(classes.recall(options), outputs, targets);
}

/**
 * The harmonic mean of precision and recall.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @throws ValueError  at a label that is no class, or an option that does not exist
 * @example
 * metrics.f1(tensor([-1, 2, 3]), tensor([0, 1, 0])); // => 0.6666666666666666
 */
export function f1<const A extends classes.Averaging = "binary">(
  outputs: Tensor,
  targets: Tensor,
  options: classes.AverageOptions<A> = {},
): classes.Averaged<A> {
  return measure(classes.f1(options), outputs, targets);
}

/**
 * How likely a sample of the class scores higher than one that is not of it.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @throws ValueError  at a label that is no class, or an option that does not exist
 * @example
 * metrics.rocAuc(tensor([0.1, 0.4, 0.3]), tensor([0, 1, 1])); // => 1
 */
export function rocAuc(outputs: Tensor, targets: Tensor, options: probability.RocAucOptions = {}): number {
  return measure(probability.rocAuc(options), outputs, targets);
}

/**
 * Mean of −ln of the probability of the true class.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @throws ValueError  at a label that is no class, or an option that does not exist
 * @example
 * metrics.logLoss(tensor([[0, 0]]), tensor([1])); // => 0.6931471805599453
 */
export function logLoss(outputs: Tensor, targets: Tensor, options: probability.ProbabilityOptions = {}): number {
  return measure(probability.logLoss(options), outputs, targets);
}

/**
 * e^(mean of −ln p): among how many equally likely classes the network is as unsure as it is.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @throws ValueError  at a label that is no class, or an option that does not exist
 * @example
 * metrics.perplexity(tensor([[0, 0]]), tensor([1])); // => 2
 */
export function perplexity(outputs: Tensor, targets: Tensor, options: probability.ProbabilityOptions = {}): number {
  return measure(probability.perplexity(options), outputs, targets);
}

/**
 * Expected calibration error: how far confidence and accuracy lie apart, over bins of confidence.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @throws ValueError  at a label that is no class, or an option that does not exist
 * @example
 * metrics.calibrationError(tensor([[0.25, 0.75]]), tensor([1]), { from: "probabilities" }); // => 0.25
 */
export function calibrationError(
  outputs: Tensor,
  targets: Tensor,
  options: probability.CalibrationOptions = {},
): number {
  return measure(probability.calibrationError(options), outputs, targets);
}

/**
 * Mean of |output − target| over all entries.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @example
 * metrics.meanAbsoluteError(tensor([1, 3]), tensor([1, 1])); // => 1
 */
export function meanAbsoluteError(outputs: Tensor, targets: Tensor): number {
  return measure(streams.meanAbsoluteError, outputs, targets);
}

/**
 * Mean of (output − target)² over all entries.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @example
 * metrics.meanSquaredError(tensor([1, 3]), tensor([1, 1])); // => 2
 */
export function meanSquaredError(outputs: Tensor, targets: Tensor): number {
  return measure(streams.meanSquaredError, outputs, targets);
}

/**
 * The root of the mean squared error of each output; the mean of these.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @example
 * metrics.rootMeanSquaredError(tensor([1, 4]), tensor([1, 1])).toFixed(4); // => 2.1213
 */
export function rootMeanSquaredError(outputs: Tensor, targets: Tensor): number {
  return measure(numbers.rootMeanSquaredError, outputs, targets);
}

/**
 * Coefficient of determination: 1 is perfect, 0 no better than the mean.
 *
 * @throws ShapeError  when outputs and targets do not belong together
 * @example
 * metrics.r2(tensor([1, 2, 3]), tensor([1, 2, 3])); // => 1
 */
export function r2(outputs: Tensor, targets: Tensor): number {
  return measure(numbers.r2, outputs, targets);
}
