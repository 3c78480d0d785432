export { Elementwise, GELU, LogSoftmax, ReLU, Sigmoid, SiLU, Softmax, Tanh } from "./activation.ts";
export {
  Arctan,
  CELU,
  ELU,
  GLU,
  Hardshrink,
  Hardsigmoid,
  Hardswish,
  Hardtanh,
  ISRU,
  LeakyReLU,
  LogSigmoid,
  Maxout,
  Mish,
  PReLU,
  type PReLUOptions,
  ReLU6,
  RReLU,
  SELU,
  Softmin,
  Softplus,
  Softshrink,
  Softsign,
  Step,
  Tanhshrink,
  Threshold,
} from "./activation-more.ts";
export * from "./arrange.ts";
export * from "./attention.ts";
export { Flatten, Identity } from "./basic.ts";
export * from "./containers.ts";
export {
  Conv1d,
  Conv2d,
  type Conv2dLayerOptions,
  Conv3d,
  type ConvLayerOptions,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  type ConvTransposeLayerOptions,
} from "./conv.ts";
export * from "./dropout.ts";
export { Embedding, type EmbeddingLayerOptions } from "./embedding.ts";
export * from "./embedding-bag.ts";
export * from "./graph.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export * from "./loss.ts";
export { BatchNorm1d, BatchNorm2d, BatchNorm3d, type BatchNormLayerOptions } from "./norm.ts";
export * from "./padding.ts";
export * from "./pooling.ts";
export * from "./positions.ts";
export * from "./recurrent.ts";
export * from "./sample-norm.ts";
export { Sequential } from "./sequential.ts";
export * from "./similarity.ts";
export {
  type DecoderOptions,
  type EncoderOptions,
  TransformerDecoderLayer,
  TransformerEncoderLayer,
  type TransformerLayerOptions,
} from "./transformer.ts";
export * from "./transformer-stacks.ts";
