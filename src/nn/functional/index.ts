export { linear } from "../../tensor/index.ts";
export * from "./activation.ts";
export * from "./activation-axes.ts";
export {
  type HardtanhOptions,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  identity,
  type LeakyReluOptions,
  leakyRelu,
  prelu,
  type RReluOptions,
  relu6,
  rrelu,
  type ShrinkOptions,
  softshrink,
  step,
  type ThresholdOptions,
  tanhshrink,
  threshold,
} from "./activation-piecewise.ts";
export {
  type AlphaOption,
  arctan,
  celu,
  elu,
  isru,
  logSigmoid,
  mish,
  type SoftplusOptions,
  selu,
  softplus,
  softsign,
} from "./activation-smooth.ts";
export { type ActivationFacts, activations } from "./activation-table.ts";
export {
  type Attention,
  type AttentionOptions,
  type PositionOptions,
  rotaryPositions,
  scaledDotProductAttention,
  sinusoidalPositions,
} from "./attention.ts";
export { type CrossEntropyOptions, crossEntropy, type NllOptions, nll } from "./classification.ts";
export {
  type Conv1dOptions,
  type Conv2dOptions,
  type Conv3dOptions,
  type ConvOptions,
  type ConvPadding,
  conv1d,
  conv2d,
  conv3d,
  type PaddingMode,
} from "./conv.ts";
export * from "./conv-transpose.ts";
export * from "./ctc.ts";
export * from "./dropout.ts";
export { type EmbeddingOptions, embedding, type NormBoundOptions } from "./embedding.ts";
export * from "./embedding-bag.ts";
export * from "./graph.ts";
export type { Found } from "./greatest.ts";
export * from "./image.ts";
export { type CheckLabelsOptions, checkLabels } from "./labels.ts";
export * from "./layer-norm.ts";
export * from "./likelihood.ts";
export * from "./margin.ts";
export * from "./margin-classes.ts";
export { type BatchNormOptions, batchNorm } from "./normalization.ts";
export { type Pair, pairOf, type Single, type Sizes, sizesOf, type Triple } from "./pair.ts";
export * from "./penalty.ts";
export * from "./pooling.ts";
export * from "./pooling-adaptive.ts";
export {
  gru,
  type LstmOptions,
  lstm,
  type RecurrentOptions,
  type RnnOptions,
  rnn,
} from "./recurrent.ts";
export { gruCell, lstmCell, type RecurrentWeights, type RnnCellOptions, rnnCell } from "./recurrent-cells.ts";
export {
  gruOriginal,
  type PeepholeOptions,
  type PeepholeWeights,
  peepholeLstm,
  type SingleLayerOptions,
} from "./recurrent-forms.ts";
export type { LossOptions, Reduction } from "./reduction.ts";
export * from "./regression.ts";
export * from "./scaling.ts";
export * from "./similarity.ts";
export * from "./upsample.ts";
