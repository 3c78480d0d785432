export { type AccumulateOptions, accumulate, GradientAccumulator } from "./accumulate.ts";
export { Adam, type AdamOptions, AdamW } from "./adam.ts";
export { Adamax, NAdam, NadamDozat, type NadamOptions, RAdam, type TwoMomentOptions } from "./adam-relatives.ts";
export {
  Adadelta,
  type AdadeltaOptions,
  Adagrad,
  type AdagradOptions,
  RMSprop,
  type RmspropOptions,
} from "./adaptive.ts";
export { type Average, AveragedModel, type AveragedModelOptions } from "./averaged.ts";
export { type ClipGradNormOptions, clipGradNorm, clipGradValue } from "./clip.ts";
export {
  ASGD,
  type AsgdOptions,
  Lion,
  type LionOptions,
  NesterovLookahead,
  Polyak,
  type PolyakOptions,
  Rprop,
  type RpropOptions,
} from "./descent.ts";
export { DiagonalLevenberg, type DiagonalLevenbergOptions, type ObserveOptions } from "./diagonal-levenberg.ts";
export * as formulas from "./formulas/index.ts";
export type { Group, ParameterGroup, Parameters } from "./group.ts";
export { LBFGS, type LbfgsOptions, type LossClosure } from "./lbfgs.ts";
export { LevenbergMarquardt, type LevenbergMarquardtOptions, type Residuals } from "./levenberg-marquardt.ts";
export { type Kept, type Move, Optimizer, type StepContext } from "./optimizer.ts";
export type { Range, Ranges } from "./ranges.ts";
export { OneCycleLr, type PlateauOptions, ReduceLrOnPlateau, type Scheduled, Scheduler } from "./scheduler.ts";
export * from "./schedules.ts";
export { SGD, type SgdOptions } from "./sgd.ts";
export { type InputBatches, updateBn } from "./update-bn.ts";
