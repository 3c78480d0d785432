export { Adam, type AdamOptions, AdamW } from "./adam.ts";
export { type ClipGradNormOptions, clipGradNorm, clipGradValue } from "./clip.ts";
export * as formulas from "./formulas.ts";
export { Group, Optimizer, type ParameterGroup, type Parameters } from "./optimizer.ts";
export { SGD, type SgdOptions } from "./sgd.ts";
