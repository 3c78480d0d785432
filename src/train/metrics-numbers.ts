/** Measures of predicted numbers, output by output, averaged over outputs. */
import { ShapeError, show, sizeOf } from "../base/index.ts";
import type { Metric, MetricFactory } from "./metrics.ts";

/** Running sums of one output. */
interface Sums {
  /** Samples so far. */
  n: number;
  /** Mean of the targets, and the sum of their squared distances from it (Welford 1962). */
  mean: number;
  spread: number;
  /** Sum of squared errors. */
  errors: number;
}

/**
 * The root of the mean squared error of each output, √(Σ (t − x)² / n); the mean of these.
 *
 * @throws ShapeError  when there is not one target for each output
 * @example
 * metrics.measure(rootMeanSquaredError, tensor([1, 2]), tensor([4, 6])); // => 3.5355…
 */
export const rootMeanSquaredError: MetricFactory<number, "rootMeanSquaredError"> = () =>
  perOutput("rootMeanSquaredError", ({ errors, n }) => Math.sqrt(errors / n));

/**
 * Coefficient of determination 1 − Σ (t − x)² / Σ (t − mean t)²: 1 is perfect, 0 no better than the mean. Of constant
 * targets 1 if they are met, else 0. The mean over outputs.
 *
 * @throws ShapeError  when there is not one target for each output
 * Source: scikit-learn's r2_score; running sums: Welford 1962.
 * @example
 * metrics.measure(r2, tensor([1, 2, 4]), tensor([1, 2, 3])); // => 0.5
 */
export const r2: MetricFactory<number, "r2"> = () =>
  perOutput("r2", ({ errors, spread }) => {
    if (spread === 0) return errors === 0 ? 1 : 0;
    return 1 - errors / spread;
  });

function perOutput<Name extends string>(name: Name, measure: (sums: Sums) => number): Metric<number, Name> {
  let sums: Sums[] = [];
  return {
    name,
    update({ outputs, outputShape, targets, targetShape }) {
      const width = sizeOf(outputShape.slice(1));
      if (outputs.length !== targets.length || (sums.length > 0 && sums.length !== width)) {
        throw new ShapeError(
          `${name}: outputs ${show(outputShape)} and targets ${show(targetShape)} differ; they have one target for each output`,
        );
      }
      if (sums.length === 0) sums = Array.from({ length: width }, () => ({ n: 0, mean: 0, spread: 0, errors: 0 }));
      for (let i = 0; i < outputs.length; i++) add(sums[i % width]!, outputs[i]!, targets[i]!);
    },
    value: () => sums.reduce((total, s) => total + measure(s), 0) / sums.length,
  };
}

function add(sums: Sums, output: number, target: number): void {
  const before = target - sums.mean;
  sums.n++;
  sums.mean += before / sums.n;
  sums.spread += before * (target - sums.mean);
  sums.errors += (target - output) ** 2;
}
