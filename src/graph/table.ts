/** All primitives by family, for whoever must treat each of them: the table-driven tests, the renderers' coverage. */
import { addition } from "./addition.ts";
import { detachAlias } from "./alias.ts";
import { checkEach, checkedValues } from "./check.ts";
import { contraction } from "./contraction.ts";
import { cumulativeSum } from "./cumulative.ts";
import * as arithmetic from "./elementwise-arithmetic.ts";
import * as bits from "./elementwise-bits.ts";
import * as comparison from "./elementwise-comparison.ts";
import * as exponential from "./elementwise-exponential.ts";
import * as trigonometric from "./elementwise-trigonometric.ts";
import { maxReduction, minReduction } from "./extremes.ts";
import {
  choleskyFactor,
  cofactorMatrix,
  determinants,
  linearSolve,
  signedLogDeterminants,
} from "./factorization-solve.ts";
import { pseudoInverse, singularValues, symmetricEigenvalues, tallQr } from "./factorization-spectral.ts";
import { concatenation, gathering, scattering } from "./indexing.ts";
import { constantGenerator, dataLeaf, iotaGenerator, placeholderLeaf } from "./leaves.ts";
import { flipMovement, padMovement, permuteMovement, reshapeMovement, sliceMovement } from "./movement.ts";
import type { Primitive } from "./primitive.ts";
import { sortingOrder } from "./sort.ts";
import { expandMovement, sumReduction } from "./summation.ts";
import { foldReduction, windowMovement } from "./window.ts";

const { neg, sign, abs, sub, mul, div, maximum, minimum } = arithmetic;
const { floor, ceil, trunc, round, floorDivide, remainder, fmod, castElementwise } = arithmetic;
const { less, lessEqual, equal, notEqual, logicalNot, logicalAnd, logicalOr, logicalXor, signbit, whereElementwise } =
  comparison;
const { exp, expm1, exp2, log, log2, log10, log1p, sqrt, cbrt, erf, erfc, pow } = exponential;
const { sin, cos, tan, asin, acos, atan, atan2, sinh, cosh, tanh, asinh, acosh, atanh } = trigonometric;
const { bitwiseNot, bitwiseAnd, bitwiseOr, bitwiseXor, leftShift, arithmeticRightShift, logicalRightShift } = bits;

const built = [
  [neg, sign, abs, sub, mul, div, maximum, minimum, floor, ceil, trunc, round, floorDivide, remainder, fmod],
  [less, lessEqual, equal, notEqual, logicalNot, logicalAnd, logicalOr, logicalXor, signbit],
  [exp, expm1, exp2, log, log2, log10, log1p, sqrt, cbrt, erf, erfc, pow],
  [sin, cos, tan, asin, acos, atan, atan2, sinh, cosh, tanh, asinh, acosh, atanh],
  [bitwiseNot, bitwiseAnd, bitwiseOr, bitwiseXor],
].flat();

export const primitivesByFamily = {
  leaf: [dataLeaf, placeholderLeaf],
  generator: [constantGenerator, iotaGenerator],
  elementwise: [
    addition,
    ...built.map((builder) => builder.primitive),
    castElementwise,
    whereElementwise,
    leftShift,
    arithmeticRightShift,
    logicalRightShift,
    bits.threefryElementwise,
  ],
  movement: [
    reshapeMovement,
    permuteMovement,
    expandMovement,
    padMovement,
    sliceMovement,
    flipMovement,
    windowMovement,
  ],
  reduction: [sumReduction, maxReduction, minReduction, foldReduction],
  contraction: [contraction],
  concatenation: [concatenation],
  gather: [gathering],
  scatter: [scattering],
  cumulative: [cumulativeSum],
  alias: [detachAlias],
  host: [
    sortingOrder,
    linearSolve,
    determinants,
    cofactorMatrix,
    signedLogDeterminants,
    choleskyFactor,
    tallQr,
    symmetricEigenvalues,
    singularValues,
    pseudoInverse,
  ],
  check: [checkEach],
  checked: [checkedValues],
  // each loop is a primitive of its own, made of its body: `scan.test.ts` tries them
  scan: [],
  result: [],
  bundle: [],
} as const satisfies Record<Primitive["kind"], readonly Primitive[]>;

export const primitives: readonly Primitive[] = Object.values(primitivesByFamily).flat();
