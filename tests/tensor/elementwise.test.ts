/** Elementwise functions: golden values, dtypes, errors. */
import * as T from "../../src/tensor/index.ts";
import { describeArea, direct } from "../fixtures-harness.ts";

describeArea("elementwise", {
  ...direct(
    T,
    `neg abs sign exp exp2 expm1 log log2 log10 log1p sqrt rsqrt cbrt square reciprocal sin cos tan asin acos atan sinh cosh tanh
     asinh acosh atanh erf erfc sigmoid logit softplus relu floor ceil round trunc frac deg2rad rad2deg sinc isnan isinf isfinite
     signbit nanToNum add sub mul div floorDivide pow remainder fmod maximum minimum atan2 hypot logaddexp logaddexp2 copysign
     xlogy squaredDifference equal notEqual less lessEqual greater greaterEqual logicalAnd logicalOr logicalXor logicalNot where
     clamp isclose`,
  ),
  powScalar: ([x], { exponent }) => T.pow(x!, exponent as number),
  lerp: ([a, b], { weight }) => T.lerp<readonly number[], readonly number[]>(a!, b!, weight as number),
});
