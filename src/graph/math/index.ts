/**
 * Elementary functions spelled in the operations of a ScalarBuilder, for f32 and f64 registers; division, sign and
 * rounding also for i32. They have no branches and no tables, so that every lane of a vector takes the same path.
 *
 * Operations that they take in f32, constants and bitcasts not counted: exp2 26, exp 29, tanh 31, expm1 31, cosh 32,
 * cbrt 34, log 37, sinh 39, log1p 40, erf 41, log2 43, log10 46, the inverse functions 27 to 53, erfc 85, pow 144, sin,
 * cos and tan 179, fmod 216.
 */
export { lowerFloorDivide, lowerFmod, lowerRemainder, lowerRound, lowerSign } from "./division.ts";
export { lowerErf, lowerErfc } from "./error-function.ts";
export { lowerExp, lowerExp2, lowerExpm1, lowerLog, lowerLog1p, lowerLog2, lowerLog10 } from "./exponential.ts";
export { lowerFromBits, lowerRoundToFormat, lowerShorten, lowerToBits } from "./half.ts";
export { lowerAcosh, lowerAsinh, lowerAtanh, lowerCosh, lowerSinh, lowerTanh } from "./hyperbolic.ts";
export { lowerAcos, lowerAsin, lowerAtan, lowerAtan2 } from "./inverse-trigonometric.ts";
export { lowerCbrt, lowerPow } from "./power.ts";
export { lowerThreefry, threefry2x32 } from "./threefry.ts";
export { lowerCos, lowerSin, lowerTan } from "./trigonometric.ts";
