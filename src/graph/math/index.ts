/**
 * Elementary functions spelled in the operations of a ScalarBuilder, for f32 and f64 registers; division, sign and
 * rounding also for i32. They have no branches and no tables, so that every lane of a vector takes the same path.
 *
 * Operations of a builder that f32 functions take, constants and bitcasts not counted: exp 29, expm1 32, log 37, log1p
 * 40, tanh 31, erf 41, sinh 39, cosh 32, asin 25, atan 33, cbrt 34, erfc 86, pow 144, sin and cos 180, fmod and
 * remainder 220.
 */
export { lowerFloorDivide, lowerFmod, lowerRemainder, lowerRound, lowerSign } from "./division.ts";
export { lowerErf, lowerErfc } from "./error-function.ts";
export { lowerExp, lowerExpm1, lowerLog, lowerLog1p } from "./exponential.ts";
export { lowerAcosh, lowerAsinh, lowerAtanh, lowerCosh, lowerSinh, lowerTanh } from "./hyperbolic.ts";
export { lowerAcos, lowerAsin, lowerAtan, lowerAtan2 } from "./inverse-trigonometric.ts";
export { lowerCbrt, lowerPow } from "./power.ts";
export { lowerThreefry, threefry2x32 } from "./threefry.ts";
export { lowerCos, lowerSin, lowerTan } from "./trigonometric.ts";
