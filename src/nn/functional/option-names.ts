/**
 * The names of options, which functions and the layers that keep options for them both check. (Plain lists without spreads, so that
 * a bundler drops those that nobody uses.)
 */

// activations
export const axisNames = ["axis"] as const;
export const alphaNames = ["alpha"] as const;
export const geluNames = ["approximate"] as const;
export const maxoutNames = ["pieces", "axis"] as const;
export const gluNames = ["axis", "gate"] as const;
export const softplusNames = ["beta", "threshold"] as const;
export const leakyReluNames = ["negativeSlope"] as const;
export const rreluNames = ["lower", "upper"] as const;
export const hardtanhNames = ["minVal", "maxVal"] as const;
export const thresholdNames = ["threshold", "value"] as const;
export const shrinkNames = ["lambda"] as const;

// losses
export const lossNames = ["reduction"] as const;
export const crossEntropyNames = ["weight", "ignoreIndex", "labelSmoothing", "reduction"] as const;
export const nllNames = ["weight", "ignoreIndex", "reduction"] as const;
export const smoothL1Names = ["beta", "reduction"] as const;
export const huberNames = ["delta", "reduction"] as const;
export const bceNames = ["weight", "reduction"] as const;
export const bceWithLogitsNames = ["weight", "posWeight", "reduction"] as const;
export const klDivNames = ["logTarget", "reduction"] as const;
export const poissonNllNames = ["logInput", "full", "eps", "reduction"] as const;
export const gaussianNllNames = ["full", "eps", "reduction"] as const;
export const marginNames = ["margin", "reduction"] as const;
export const multiMarginNames = ["p", "margin", "weight", "reduction"] as const;
export const tripletMarginNames = ["margin", "p", "eps", "swap", "reduction"] as const;
export const ctcNames = ["blank", "inputLengths", "targetLengths", "zeroInfinity", "reduction"] as const;
export const cosineSimilarityNames = ["axis", "eps"] as const;
export const pairwiseDistanceNames = ["p", "eps", "keepdims"] as const;

// normalisation
export const normNames = ["weight", "bias", "eps"] as const;
export const instanceNormNames = [
  "weight",
  "bias",
  "eps",
  "runningMean",
  "runningVar",
  "useInputStats",
  "momentum",
] as const;
export const localResponseNormNames = ["alpha", "beta", "k"] as const;

// convolution and pooling
export const convNames = ["stride", "padding", "dilation", "groups", "paddingMode"] as const;
export const convTransposeNames = ["stride", "padding", "outputPadding", "dilation", "groups"] as const;
export const windowNames = ["stride", "padding", "dilation"] as const;
export const maxPoolNames = ["stride", "padding", "ceilMode", "dilation"] as const;
export const avgPoolNames = ["stride", "padding", "ceilMode", "countIncludePad", "divisorOverride"] as const;
export const lpPoolNames = ["stride", "ceilMode"] as const;
export const maxUnpoolNames = ["stride", "padding", "outputSize"] as const;

// pictures
export const upsampleNames = ["size", "scaleFactor", "mode", "alignCorners"] as const;
export const cropNames = ["top", "left", "height", "width"] as const;
export const padImageNames = ["top", "bottom", "left", "right", "mode", "value"] as const;
export const gridSampleNames = ["mode", "paddingMode", "alignCorners"] as const;
