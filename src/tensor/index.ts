/** Tensors: the class, and every function of tensors that has no parameters to learn. */
export * from "./arithmetic.ts";
export { type Compiled, type CompileOptions, compile, explain, kernelCount } from "./compile.ts";
export { angle, complex, conj, imag, real, viewAsComplex, viewAsReal } from "./complex.ts";
export { type CorrelationOptions, type CovarianceOptions, corrcoef, cov } from "./covariance.ts";
export {
  arange,
  type CreationOptions,
  type EyeOptions,
  eye,
  fromStorage,
  full,
  fullLike,
  linspace,
  logspace,
  ones,
  onesLike,
  parameter,
  type SpacingOptions,
  tensor,
  variable,
  variableOf,
  zeros,
  zerosLike,
} from "./creation.ts";
export * from "./einsum.ts";
export {
  abs,
  cbrt,
  ceil,
  erf,
  erfc,
  exp,
  exp2,
  expm1,
  floor,
  frac,
  log,
  log1p,
  log2,
  log10,
  logit,
  neg,
  reciprocal,
  relu,
  round,
  rsqrt,
  sigmoid,
  sign,
  softplus,
  sqrt,
  square,
  trunc,
} from "./elementwise.ts";
export {
  type Fourier2Options,
  type FourierNorm,
  type FourierOptions,
  type FrequencyOptions,
  fft,
  fft2,
  fftfreq,
  fftshift,
  ifft,
  ifft2,
  ifftshift,
  irfft,
  rfft,
  rfftfreq,
  type ShiftOptions,
} from "./fourier.ts";
export { type ArrayOf, type NestedNumbers, takeGradient } from "./handle.ts";
export {
  type BincountOptions,
  bincount,
  type DigitizeOptions,
  digitize,
  type HistogramOptions,
  histogram,
} from "./histogram.ts";
export { type AxisChoice, at, booleanMask, type Index, nonzero, take } from "./indexing.ts";
export { type InterpOptions, interp } from "./interpolation.ts";
export {
  bilinear,
  cross,
  dot,
  gram,
  inner,
  kron,
  linear,
  matmul,
  outer,
  tensordot,
  trace,
} from "./linear-algebra.ts";
export { cholesky, det, inverse, matrixPower, slogdet, solve } from "./linear-algebra-solve.ts";
export { eigh, eigvalsh, lstsq, type PinvOptions, pinv, qr, svd } from "./linear-algebra-spectral.ts";
export * from "./logic.ts";
export { type MeshgridOptions, meshgrid } from "./meshgrid.ts";
export { enableGrad, noGrad } from "./mode.ts";
export { type NormOptions, norm } from "./norms.ts";
export { type Beside, inFloat32, type Operand, type Scalar } from "./operands.ts";
export { type DiagonalOptions, diag, diagonal, type PadOptions, pad, tril, triu } from "./padding.ts";
export { type PrintOptions, printOptions, setPrintOptions, withPrintOptions } from "./print-options.ts";
export {
  bitwiseNot,
  isfinite,
  isinf,
  isnan,
  logicalNot,
  type NanToNumOptions,
  nanToNum,
  signbit,
} from "./questions.ts";
export * as random from "./random.ts";
export { manualSeed } from "./random.ts";
export {
  type ArgOptions,
  all,
  any,
  argmax,
  argmin,
  centre,
  countNonzero,
  cumprod,
  cumsum,
  logsumexp,
  max,
  mean,
  min,
  prod,
  type Reduced,
  type ReduceOptions,
  type ScanOptions,
  std,
  sum,
  type VarianceOptions,
  variance,
} from "./reductions.ts";
export { type LoopOptions, type Scanned, type Stepped, scan } from "./scan.ts";
export {
  argsort,
  diff,
  gather,
  indexAdd,
  indexSelect,
  oneHot,
  type SearchOptions,
  type SortOptions,
  scatter,
  scatterAdd,
  searchsorted,
  sort,
  type TopkOptions,
  takeAlongAxis,
  topk,
} from "./selection.ts";
export {
  broadcastTo,
  concat,
  expandDims,
  flatten,
  flip,
  matrixTranspose,
  moveaxis,
  permute,
  type RollOptions,
  repeat,
  reshape,
  roll,
  rot90,
  split,
  squeeze,
  stack,
  swapaxes,
  tile,
  transpose,
} from "./shaping.ts";
export {
  median,
  nanargmax,
  nanargmin,
  nanmax,
  nanmean,
  nanmedian,
  nanmin,
  nanpercentile,
  nanprod,
  nanquantile,
  nanstd,
  nansum,
  nanvar,
  percentile,
  quantile,
} from "./statistics.ts";
export { Tensor } from "./tensor.ts";
export {
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atanh,
  cos,
  cosh,
  deg2rad,
  rad2deg,
  sin,
  sinc,
  sinh,
  tan,
  tanh,
} from "./trigonometric.ts";
export { type UniqueOptions, type UniqueParts, unique } from "./unique.ts";
