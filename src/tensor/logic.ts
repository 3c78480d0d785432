/**
 * Questions and answers about two tensors, element by element: comparison, logic, bits, choice.
 *
 * Operands broadcast and meet in their common dtype as in `arithmetic.ts`. [...] is any shape, scalars and empty ones too. Comparisons take bool as
 * 0 and 1, are false where NaN takes part unless said otherwise, and have no slope. Tensors of two devices give a DeviceError.
 */
import {
  type Broadcast,
  broadcastShapes,
  dtypeInfo,
  isBigInt,
  isComplex,
  isInexact,
  type Result,
  type Shape,
} from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import {
  type Beside,
  binary,
  bits,
  castNode,
  commonDType,
  comparable,
  type DTypeRule,
  fillNode,
  floating,
  isScalar,
  type Operand,
  operandNode,
  shapeOf,
  truth,
} from "./operands.ts";
import type { Tensor } from "./tensor.ts";

type None = readonly [];
type Joined<A extends Shape, B extends Shape> = Tensor<Result<Broadcast<A, B>>>;

/** A constant beside `x`. */
const like = (x: Node, value: number): Node => fillNode(value, x.shape, x.dtype);

// ---------------------------------------------------------------------------------------------------------- comparison

/**
 * Whether a = b; NaN equals nothing. Result: bool.
 *
 * 0 = −0. Complex numbers are equal if both parts are. Source: NumPy's equal.
 *
 * @returns  [...], the shape of a and b broadcast; bool
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @example
 * equal(tensor([1, 2, NaN]), tensor([1, 3, NaN])); // => [ True False False]
 */
export function equal<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "equal">,
): Joined<A, B> {
  return binary("equal", a, b, graph.equal, comparable);
}

/**
 * Whether a ≠ b; true of NaN. Result: bool.
 *
 * The opposite of `equal`, of complex numbers too. Source: NumPy's not_equal.
 *
 * @returns  [...], the shape of a and b broadcast; bool
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @example
 * notEqual(tensor([1, 2, NaN]), tensor([1, 3, NaN])); // => [False True True]
 */
export function notEqual<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "notEqual">,
): Joined<A, B> {
  return binary("notEqual", a, b, graph.notEqual, comparable);
}

/**
 * Whether a < b. Result: bool.
 *
 * Source: NumPy's less.
 *
 * @returns  [...], the shape of a and b broadcast; bool
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @throws DTypeError  when one of them is complex64
 * @example
 * less(tensor([1, 2, 3]), 2); // => [ True False False]
 */
export function less<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "less">,
): Joined<A, B> {
  return binary("less", a, b, graph.less, comparable);
}

/**
 * Whether a ≤ b. Result: bool.
 *
 * Source: NumPy's less_equal.
 *
 * @returns  [...], the shape of a and b broadcast; bool
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @throws DTypeError  when one of them is complex64
 * @example
 * lessEqual(tensor([1, 2, 3]), 2); // => [ True True False]
 */
export function lessEqual<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "lessEqual">,
): Joined<A, B> {
  return binary("lessEqual", a, b, graph.lessEqual, comparable);
}

/**
 * Whether a > b. Result: bool.
 *
 * Source: NumPy's greater.
 *
 * @returns  [...], the shape of a and b broadcast; bool
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @throws DTypeError  when one of them is complex64
 * @example
 * greater(tensor([1, 2, 3]), 2); // => [False False True]
 */
export function greater<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "greater">,
): Joined<A, B> {
  return binary("greater", a, b, graph.greater, comparable);
}

/**
 * Whether a ≥ b. Result: bool.
 *
 * Source: NumPy's greater_equal.
 *
 * @returns  [...], the shape of a and b broadcast; bool
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @throws DTypeError  when one of them is complex64
 * @example
 * greaterEqual(tensor([1, 2, 3]), 2); // => [False True True]
 */
export function greaterEqual<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "greaterEqual">,
): Joined<A, B> {
  return binary("greaterEqual", a, b, graph.greaterEqual, comparable);
}

export interface CloseOptions {
  /** relative to |b|; 1e-5 */
  readonly rtol?: number;
  /** 1e-8 */
  readonly atol?: number;
  /** whether NaN counts as close to NaN; false */
  readonly equalNan?: boolean;
}

/**
 * Whether |a − b| ≤ atol + rtol · |b|; equal infinities are close.
 *
 * Not symmetric: the tolerance is that of b. Integers are compared in float64, of 64 bits after an exact
 * a − b (int64 beside uint64: both rounded to float64); of complex numbers |·| is the modulus. Source: NumPy's isclose.
 *
 * @param options  `rtol`, `atol`, `equalNan`
 * @returns  [...], the shape of a and b broadcast; bool
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @example
 * isclose(tensor([1, 1]), tensor([1.000001, 1.1])); // => [ True False]
 */
export function isclose<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "isclose">,
  { rtol = 1e-5, atol = 1e-8, equalNan = false }: CloseOptions = {},
): Joined<A, B> {
  const build = (x: Node, y: Node): Node => {
    const distance = distanceNode(x, y);
    const size = graph.abs(isInexact(y.dtype) ? y : castNode(y, distance.dtype));
    const tolerance = graph.add(like(size, atol), graph.mul(like(size, rtol), size));
    const near = graph.lessEqual(distance, tolerance);
    const finite = graph.less(size, like(size, Number.POSITIVE_INFINITY)); // else the tolerance is infinite
    const close = graph.logicalOr(graph.equal(x, y), graph.logicalAnd(near, finite));
    return equalNan ? graph.logicalOr(close, graph.logicalAnd(graph.notEqual(x, x), graph.notEqual(y, y))) : close;
  };
  return binary("isclose", a, b, build, closeDType([a, b]));
}

/** Where an integer takes part: float64, which holds integers of 32 bits, or the integers themselves if they have 64. */
function closeDType(operands: readonly Operand[]): DTypeRule {
  const hasIntegers = operands.some((x) => !isScalar(x) && dtypeInfo[x.dtype].kind === "integer");
  return (dtype, operation) => {
    if (!hasIntegers || isComplex(dtype)) return floating(dtype, operation);
    return isBigInt(dtype) ? dtype : "float64";
  };
}

/** |a − b|, of integers exact before it is rounded to float64: it may need 64 bits without a sign. */
function distanceNode(a: Node, b: Node): Node {
  if (isInexact(a.dtype)) return graph.abs(graph.sub(a, b));
  const distance = graph.where(graph.less(a, b), graph.sub(b, a), graph.sub(a, b));
  return castNode(castNode(distance, "uint64"), "float64");
}

// ------------------------------------------------------------------------------------------------------ logic and bits

/**
 * Whether both are true (not 0). Result: bool.
 *
 * NaN is true, a complex number unless both parts are 0. Source: NumPy's logical_and.
 *
 * @returns  [...], the shape of a and b broadcast; bool
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @example
 * logicalAnd(tensor([0, 1, 2]), tensor([1, 1, 0])); // => [False True False]
 */
export function logicalAnd<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "logicalAnd">,
): Joined<A, B> {
  return binary("logicalAnd", a, b, graph.logicalAnd, truth);
}

/**
 * Whether at least one is true (not 0). Result: bool.
 *
 * NaN is true, a complex number unless both parts are 0. Source: NumPy's logical_or.
 *
 * @returns  [...], the shape of a and b broadcast; bool
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @example
 * logicalOr(tensor([0, 1, 0]), tensor([1, 1, 0])); // => [ True True False]
 */
export function logicalOr<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "logicalOr">,
): Joined<A, B> {
  return binary("logicalOr", a, b, graph.logicalOr, truth);
}

/**
 * Whether exactly one is true (not 0). Result: bool.
 *
 * NaN is true, a complex number unless both parts are 0. Source: NumPy's logical_xor.
 *
 * @returns  [...], the shape of a and b broadcast; bool
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @example
 * logicalXor(tensor([0, 1, 0]), tensor([1, 1, 0])); // => [ True False False]
 */
export function logicalXor<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "logicalXor">,
): Joined<A, B> {
  return binary("logicalXor", a, b, graph.logicalXor, truth);
}

/**
 * The bits set in both. Integers and bool.
 *
 * Source: NumPy's bitwise_and.
 *
 * @returns  [...], the shape of a and b broadcast; common dtype
 * @throws ShapeError  when the shapes do not broadcast
 * @throws DTypeError  when the common dtype is a float or complex64: beside a fraction, of int64 and uint64, of two plain numbers
 * @throws ValueError  when both are plain bools or bigints
 * @example
 * bitwiseAnd(tensor([6], { dtype: "int32" }), 3); // => [2]
 */
export function bitwiseAnd<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "bitwiseAnd">,
): Joined<A, B> {
  return binary("bitwiseAnd", a, b, bitwise(graph.bitwiseAnd, graph.logicalAnd), bits);
}

/**
 * The bits set in either. Integers and bool.
 *
 * Source: NumPy's bitwise_or.
 *
 * @returns  [...], the shape of a and b broadcast; common dtype
 * @throws ShapeError  when the shapes do not broadcast
 * @throws DTypeError  when the common dtype is a float or complex64: beside a fraction, of int64 and uint64, of two plain numbers
 * @throws ValueError  when both are plain bools or bigints
 * @example
 * bitwiseOr(tensor([6], { dtype: "int32" }), 3); // => [7]
 */
export function bitwiseOr<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "bitwiseOr">,
): Joined<A, B> {
  return binary("bitwiseOr", a, b, bitwise(graph.bitwiseOr, graph.logicalOr), bits);
}

/**
 * The bits set in exactly one. Integers and bool.
 *
 * Source: NumPy's bitwise_xor.
 *
 * @returns  [...], the shape of a and b broadcast; common dtype
 * @throws ShapeError  when the shapes do not broadcast
 * @throws DTypeError  when the common dtype is a float or complex64: beside a fraction, of int64 and uint64, of two plain numbers
 * @throws ValueError  when both are plain bools or bigints
 * @example
 * bitwiseXor(tensor([6], { dtype: "int32" }), 3); // => [5]
 */
export function bitwiseXor<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "bitwiseXor">,
): Joined<A, B> {
  return binary("bitwiseXor", a, b, bitwise(graph.bitwiseXor, graph.logicalXor), bits);
}

type BinaryBuild = (a: Node, b: Node) => Node;

/** Bits of integers, truth of bool. */
function bitwise(ofIntegers: BinaryBuild, ofBools: BinaryBuild): BinaryBuild {
  return (a, b) => (a.dtype === "bool" ? ofBools(a, b) : ofIntegers(a, b));
}

// -------------------------------------------------------------------------------------------------------------- choice

/**
 * a where `condition` is true, b elsewhere.
 *
 * The branch that is not taken never touches the gradient: its cotangent is 0 even where its slope is infinite or NaN. Source: NumPy's where.
 *
 * @param condition  [...], bool; other dtypes are true where they are not 0
 * @returns  [...], the shape of all three broadcast; the common dtype of a and b (of two plain numbers float32)
 * @throws ShapeError  when the shapes do not broadcast
 * @example
 * grad((x: Tensor) => where(x.greater(0), x.sqrt(), 0).sum())(tensor([-1, 0, 4])); // => [0. 0. 0.25]
 */
export function where<C extends Shape, A extends Shape = None, B extends Shape = None>(
  condition: Tensor<C>,
  a: Operand<A>,
  b: Beside<A, B, "where">,
): Tensor<Result<Broadcast<C, Result<Broadcast<A, B>>>>> {
  const dtype = commonDType([a, b]);
  const shape = broadcastShapes("where", condition.shape, shapeOf(a), shapeOf(b));
  const chosen = operandNode(condition, "bool", shape);
  return condition.derive(graph.where(chosen, operandNode(a, dtype, shape), operandNode(b, dtype, shape)));
}
