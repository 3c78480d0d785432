/** Gradus: everything that runs in a page as well as in Node. */

export * from "./autodiff/index.ts";
export {
  type BigIntArray,
  DeviceError,
  type DType,
  DTypeError,
  FormatError,
  GradientError,
  GradusError,
  type NumberArray,
  type Shape,
  ShapeError,
  type TypedArray,
  ValueError,
} from "./base/index.ts";
export * as data from "./data/index.ts";
export * as io from "./io/index.ts";
export * as nn from "./nn/index.ts";
export * as optim from "./optim/index.ts";
export {
  defaultDevice,
  deleteDevice,
  deviceNames,
  engineFeatures,
  getDevice,
  restartDevice,
  setDefaultDevice,
  useRelaxedSimd,
} from "./runtime/index.ts";
export * from "./tensor/index.ts";
export * from "./train/index.ts";
