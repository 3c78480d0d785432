/** Training: `fit` and what goes around it. */
export { type EvaluateOptions, type Evaluation, evaluate, type LossFunction, type Network } from "./evaluate.ts";
export { type Callbacks, DivergenceError, type EpochEvent, type StartEvent, type StepEvent } from "./events.ts";
export { type FitOptions, fit } from "./fit.ts";
export { describeEpoch, type Ending, type EpochRecord, type History, type Measures } from "./history.ts";
export {
  accuracy,
  confusionMatrix,
  type Metric,
  type MetricBatch,
  type MetricFactory,
  meanAbsoluteError,
  meanSquaredError,
  topKAccuracy,
} from "./metrics.ts";
export { type Averaging, f1, precision, recall } from "./metrics-classes.ts";
export { r2, rootMeanSquaredError } from "./metrics-numbers.ts";
export {
  type CalibrationOptions,
  calibrationError,
  logLoss,
  type ProbabilityOptions,
  perplexity,
  type RocAucOptions,
  rocAuc,
} from "./metrics-probability.ts";
export * as metrics from "./metrics-whole.ts";
export type { FitSchedule, SteppedSchedule } from "./rate.ts";
export { type CosineOptions, cosine, type Schedule } from "./schedule.ts";
export type { Batches, Source } from "./source.ts";
export type { EarlyStopping } from "./stopping.ts";
