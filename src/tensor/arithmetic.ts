/**
 * Functions of two tensors (or a tensor and a number), element by element: arithmetic, extrema, comparison, logic,
 * choice.
 *
 * Operands broadcast as in NumPy and meet in their common dtype (`promote` in base; a JavaScript number takes the
 * tensor's dtype where that can hold it; bool counts as int32 in arithmetic). Division of integers gives float32.
 *
 * [...] is any shape, scalars and empty ones too. Integers that stay integers wrap around; halves stay halves. "Floating" is the common dtype where
 * that is a float, float32 for integers and bool. Tensors of two devices give a DeviceError.
 */
import { type Broadcast, floatDType, isInexact, type Result, type Shape, ValueError } from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { checkValues } from "../runtime/index.ts";
import { minusAbs } from "./elementwise.ts";
import {
  anchor,
  arithmetic,
  type Beside,
  binary,
  castNode,
  commonDType,
  fillNode,
  floating,
  isScalar,
  naming,
  type Operand,
  type Scalar,
  together,
} from "./operands.ts";
import type { Tensor } from "./tensor.ts";

type None = readonly [];
type Joined<A extends Shape, B extends Shape> = Tensor<Result<Broadcast<A, B>>>;

/** A constant beside `x`. */
const like = (x: Node, value: number): Node => fillNode(value, x.shape, x.dtype);

// ---------------------------------------------------------------------------------------------------------- arithmetic

/**
 * a + b.
 *
 * Source: NumPy's add.
 *
 * @returns  [...], the shape of a and b broadcast; common dtype (bool: int32)
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @example
 * add(tensor([1, 2]), 10); // => [11. 12.]
 */
export function add<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "add">,
): Joined<A, B> {
  return binary("add", a, b, graph.add);
}

/**
 * a − b.
 *
 * Source: NumPy's subtract; of bool as of 0 and 1, which NumPy refuses.
 *
 * @returns  [...], the shape of a and b broadcast; common dtype (bool: int32)
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @example
 * sub(tensor([[1], [2]]), tensor([1, 2])); // => [[ 0. -1.]
 * //  [ 1. 0.]]
 */
export function sub<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "sub">,
): Joined<A, B> {
  return binary("sub", a, b, graph.sub);
}

/**
 * a · b, element by element.
 *
 * Source: NumPy's multiply.
 *
 * @returns  [...], the shape of a and b broadcast; common dtype (bool: int32)
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @example
 * mul(tensor([1, 2, 3]), tensor([2, 0, -1])); // => [ 2. 0. -3.]
 */
export function mul<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "mul">,
): Joined<A, B> {
  return binary("mul", a, b, graph.mul);
}

/**
 * a / b; of integers in float32.
 *
 * ±∞ or NaN where b is 0. Source: NumPy's divide.
 *
 * @returns  [...], the shape of a and b broadcast; floating or complex64
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @example
 * div(tensor([1, -1, 0]), 0); // => [ inf -inf nan]
 */
export function div<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "div">,
): Joined<A, B> {
  return binary("div", a, b, graph.div, floating);
}

/**
 * ⌊a / b⌋, in the dtype of the operands; slope 0. An integer divided by 0 is 0.
 *
 * Of floats a / b where b is 0: ±∞ or NaN. Source: NumPy's floor_divide.
 *
 * @returns  [...], the shape of a and b broadcast; common dtype (bool: int32)
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @throws DTypeError  when one of them is complex64
 * @example
 * floorDivide(tensor([7, -7]), 2); // => [ 3. -4.]
 */
export function floorDivide<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "floorDivide">,
): Joined<A, B> {
  return binary("floorDivide", a, b, graph.floorDivide);
}

/**
 * a − b ⌊a / b⌋: has the sign of b (Python, NumPy).
 *
 * b = 0: NaN, of integers 0. Slopes 1 and −⌊a / b⌋. Source: NumPy's remainder.
 *
 * @returns  [...], the shape of a and b broadcast; common dtype (bool: int32)
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @throws DTypeError  when one of them is complex64
 * @example
 * remainder(tensor([7, -7]), 3); // => [1. 2.]
 */
export function remainder<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "remainder">,
): Joined<A, B> {
  return binary("remainder", a, b, graph.remainder);
}

/**
 * a − b trunc(a / b): has the sign of a (C).
 *
 * b = 0: NaN, of integers 0. Slopes 1 and −trunc(a / b). Source: NumPy's fmod.
 *
 * @returns  [...], the shape of a and b broadcast; common dtype (bool: int32)
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @throws DTypeError  when one of them is complex64
 * @example
 * fmod(tensor([7, -7]), 3); // => [ 1. -1.]
 */
export function fmod<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "fmod">,
): Joined<A, B> {
  return binary("fmod", a, b, graph.fmod);
}

/**
 * aᵇ.
 *
 * A JavaScript number as exponent is a constant, whose small whole values become products and division. Integers to a
 * whole power stay integers. NaN for a negative base with a broken exponent.
 *
 * Of real numbers a⁰ and 1ᵇ are 1, of NaN too. Of complex numbers the principal value e^(b ln a).
 * Error: at most 1.1 ulp, of cubes 2 ulp; more of complex numbers. Source: NumPy's power.
 *
 * @returns  [...], the shape of a and b broadcast; common dtype (bool: int32)
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor, or an integer is raised to a negative integer
 * @example
 * pow(tensor([1, 2, 3]), 2); // => [1. 4. 9.]
 */
export function pow<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "pow">,
): Joined<A, B> {
  const isWhole = !isInexact(commonDType([a, b]));
  if (isWhole && isScalar(b) && Number(b) < 0) {
    throw new ValueError(
      `pow: integers to negative integer powers are not allowed: ${b}; cast the base to float32 first`,
    );
  }
  if (!isScalar(a) && typeof b === "number") return a.derive(constantPower(a, b));
  return binary("pow", a, isWhole && !isScalar(b) ? fromZero(b) : b, graph.pow);
}

/** Exponents of integers. */
function fromZero(b: Tensor): Tensor {
  const message =
    "pow: integers to negative integer powers are not allowed: {0} at position {at}; cast the base to float32 first";
  const exponents = checkValues(b.node, { low: 0, high: Number.POSITIVE_INFINITY }, { error: "ValueError", message });
  return b.derive(exponents);
}

function constantPower(a: Tensor, exponent: number): Node {
  const whole = Number.isInteger(exponent) && exponent >= 0;
  const x = castNode(a.node, whole ? arithmetic(a.dtype, "pow") : floatDType(a.dtype));
  switch (exponent) {
    case 0:
      return like(x, 1);
    case 1:
      return x;
    case 2:
      return graph.mul(x, x);
    case 3:
      return graph.mul(graph.mul(x, x), x);
    case -1:
      return graph.div(like(x, 1), x);
    default:
      return graph.pow(x, like(x, exponent));
  }
}

/**
 * The angle of the point (b, a) from the axis of b, −π … π.
 *
 * At the origin 0 or ±π by the signs of the zeros (IEEE 754), with slope 0, as in PyTorch.
 * Error: at most 2 ulp. Source: NumPy's arctan2.
 *
 * @param a  the ordinate y, [...]
 * @param b  the abscissa x, [...]
 * @returns  [...], the shape of a and b broadcast; floating
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @throws DTypeError  when one of them is complex64
 * @example
 * atan2(tensor([1, 1, -1]), tensor([1, -1, -1])); // => [ 0.7853… 2.3561… -2.3561…]
 */
export function atan2<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "atan2">,
): Joined<A, B> {
  return binary("atan2", a, b, graph.atan2, floating);
}

/**
 * (a − b)².
 *
 * Of complex numbers the square, not |a − b|². Source: TensorFlow's math.squared_difference.
 *
 * @returns  [...], the shape of a and b broadcast; common dtype (bool: int32)
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @example
 * squaredDifference(tensor([1, 5]), tensor([2, 2])); // => [1. 9.]
 */
export function squaredDifference<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "squaredDifference">,
): Joined<A, B> {
  return binary("squaredDifference", a, b, (x, y) => square(graph.sub(x, y)));
}

const square = (x: Node): Node => graph.mul(x, x);

/**
 * √(a² + b²) without overflow: the greater of |a| and |b| is taken out. ∞ beats NaN (IEEE 754); slope 0 at the origin.
 *
 * Error: at most 2.5 ulp. Source: NumPy's hypot.
 *
 * @returns  [...], the shape of a and b broadcast; floating
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @throws DTypeError  when one of them is complex64
 * @example
 * hypot(tensor([3, 3e30]), tensor([4, 4e30])); // => [5.e+00 5.e+30]
 */
export function hypot<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "hypot">,
): Joined<A, B> {
  return binary("hypot", a, b, graph.hypot, floating);
}

function isInfinite(x: Node): Node {
  return graph.equal(graph.abs(x), like(x, Number.POSITIVE_INFINITY));
}

/**
 * ln(eᵃ + eᵇ) = m + ln(1 + e^(−|a − b|)), m = max(a, b).
 *
 * Each side of a = b has a formula of its own, and both have the same derivatives of every order where they meet.
 *
 * −∞ where both are −∞; NaN if one is.
 * Error: at most 2 ulp of the greatest of |a|, |b| and 1. Source: NumPy's logaddexp.
 *
 * @returns  [...], the shape of a and b broadcast; floating
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @throws DTypeError  when one of them is complex64
 * @example
 * // where exp(1000) alone is Infinity
 * logaddexp(tensor([1000]), 1000); // => [1000.6932]
 */
export function logaddexp<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "logaddexp">,
): Joined<A, B> {
  return binary("logaddexp", a, b, logaddexpNode, floating);
}

function logaddexpNode(a: Node, b: Node): Node {
  return graph.add(greater(a, b), graph.log1p(graph.exp(gap(a, b))));
}

const greater = (a: Node, b: Node): Node => graph.where(graph.less(a, b), b, a);

/** −|a − b|; −∞ for two infinities of one sign. */
function gap(a: Node, b: Node): Node {
  const sameInfinity = graph.logicalAnd(graph.equal(a, b), isInfinite(a)); // ∞ − ∞ would be NaN
  return graph.where(sameInfinity, like(a, Number.NEGATIVE_INFINITY), minusAbs(graph.sub(a, b)));
}

/**
 * log₂(2ᵃ + 2ᵇ) = m + log₂(1 + 2^(−|a − b|)), m = max(a, b).
 *
 * −∞ where both are −∞; NaN if one is.
 * Error: at most 2 ulp of the greatest of |a|, |b| and 1. Source: NumPy's logaddexp2.
 *
 * @returns  [...], the shape of a and b broadcast; floating
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @throws DTypeError  when one of them is complex64
 * @example
 * logaddexp2(tensor([3]), 3); // => [4.]
 */
export function logaddexp2<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "logaddexp2">,
): Joined<A, B> {
  return binary("logaddexp2", a, b, logaddexp2Node, floating);
}

function logaddexp2Node(a: Node, b: Node): Node {
  const excess = graph.mul(graph.log1p(graph.exp2(gap(a, b))), like(a, Math.LOG2E));
  return graph.add(greater(a, b), excess);
}

/**
 * |a| with the sign of b, that of −0 too.
 *
 * Slope ±1 in a, 0 in b. A NaN in b counts as positive. Source: NumPy's copysign, which reads the bit of NaN.
 *
 * @returns  [...], the shape of a and b broadcast; floating
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @throws DTypeError  when one of them is complex64
 * @example
 * copysign(tensor([1, -2]), tensor([-0, 5])); // => [-1. 2.]
 */
export function copysign<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "copysign">,
): Joined<A, B> {
  return binary("copysign", a, b, graph.copysign, floating);
}

/**
 * a · ln b, and 0 where a is 0, even for b = 0.
 *
 * But NaN where b is. Where a is 0 and b is 0, negative or ∞, the slopes are 0. Source: SciPy's special.xlogy.
 *
 * @returns  [...], the shape of a and b broadcast; floating
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @throws DTypeError  when one of them is complex64
 * @example
 * xlogy(tensor([0, 2]), tensor([0, 1])); // => [0. 0.]
 */
export function xlogy<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "xlogy">,
): Joined<A, B> {
  return binary(
    "xlogy",
    a,
    b,
    (x, y) => {
      const zero = like(x, 0);
      const usual = graph.logicalAnd(graph.less(zero, y), graph.less(y, like(y, Number.POSITIVE_INFINITY)));
      const exempt = graph.logicalAnd(
        graph.equal(x, zero),
        graph.logicalNot(graph.logicalOr(usual, graph.notEqual(y, y))),
      );
      return graph.where(exempt, zero, graph.mul(x, graph.log(y)));
    },
    floating,
  );
}

/**
 * a + weight · (b − a).
 *
 * Also beyond 0 … 1; at weight 1 it is b up to the rounding of b − a. Source: PyTorch's lerp.
 *
 * @param weight  [...], a tensor or a number
 * @returns  [...], the shape of all three broadcast; floating or complex64
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when none is a tensor
 * @example
 * lerp(tensor([0, 10]), tensor([10, 20]), 0.25); // => [ 2.5 12.5]
 */
export function lerp<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "lerp">,
  weight: Operand,
): Joined<A, B> {
  const [x, y, w] = together("lerp", [a, b, weight], floating);
  return anchor("lerp", [a, b, weight]).derive(graph.add(x!, graph.mul(w!, graph.sub(y!, x!))));
}

// ------------------------------------------------------------------------------------------------------------- extrema

/**
 * The greater of both; NaN if either is; where they are equal each side receives half of the gradient.
 *
 * Source: NumPy's maximum.
 *
 * @returns  [...], the shape of a and b broadcast; common dtype (bool: int32)
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @throws DTypeError  when one of them is complex64
 * @example
 * maximum(tensor([1, 5, NaN]), 3); // => [ 3. 5. nan]
 */
export function maximum<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "maximum">,
): Joined<A, B> {
  return binary("maximum", a, b, graph.maximum);
}

/**
 * The lesser of both; NaN if either is; where they are equal each side receives half of the gradient.
 *
 * Source: NumPy's minimum.
 *
 * @returns  [...], the shape of a and b broadcast; common dtype (bool: int32)
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither is a tensor
 * @throws DTypeError  when one of them is complex64
 * @example
 * minimum(tensor([1, 5, NaN]), 3); // => [ 1. 3. nan]
 */
export function minimum<A extends Shape = None, B extends Shape = None>(
  a: Operand<A>,
  b: Beside<A, B, "minimum">,
): Joined<A, B> {
  return binary("minimum", a, b, graph.minimum);
}

export interface ClampOptions<Bound extends Operand = Operand> {
  /** lower bound; none when absent */
  readonly min?: Bound | undefined;
  /** upper bound; none when absent */
  readonly max?: Bound | undefined;
}

/**
 * x held between `min` and `max`; slope 1 between and at the bounds, 0 outside; NaN stays NaN. The upper bound wins
 * where they cross.
 *
 * A bound that is NaN makes NaN. Source: NumPy's clip; PyTorch's clamp.
 *
 * @param x        [...]
 * @param options  `min`, `max`: tensors or numbers, [...]
 * @returns  [...], the shape of x and the bounds broadcast: of numbers as bounds x's own; common dtype (bool: int32)
 * @throws ShapeError  when the shapes do not broadcast
 * @throws ValueError  when neither bound is given
 * @throws DTypeError  when one of them is complex64
 * @example
 * clamp(tensor([-2, 0.5, 7]), { min: 0, max: 1 }); // => [0. 0.5 1. ]
 */
export function clamp<S extends Shape>(x: Tensor<S>, options: ClampOptions<Scalar>): Tensor<S>;
export function clamp(x: Tensor, options: ClampOptions): Tensor;
export function clamp(x: Tensor, { min, max }: ClampOptions): Tensor {
  if (min === undefined && max === undefined)
    throw new ValueError("clamp: neither min nor max is given; name at least one of them");
  let held = x;
  if (min !== undefined) held = bounded(held, min, graph.less, graph.maximum);
  if (max !== undefined) held = bounded(held, max, (v, bound) => graph.less(bound, v), graph.minimum);
  return held;
}

/** `bound` where x is `beyond` it or it is NaN, else x: of whole numbers, which have no slope, the `extreme` of both. */
function bounded(
  x: Tensor,
  bound: Operand,
  beyond: (x: Node, bound: Node) => Node,
  extreme: (x: Node, bound: Node) => Node,
): Tensor {
  const [v, limit] = together("clamp", [x, bound]);
  if (!isInexact(v!.dtype)) return x.derive(extreme(v!, limit!));
  const mayBeNaN = !isScalar(bound) || Number.isNaN(bound);
  return x.derive(
    naming("clamp", v!.dtype, () => {
      const isBeyond = beyond(v!, limit!);
      const binds = mayBeNaN ? graph.logicalOr(isBeyond, graph.notEqual(limit!, limit!)) : isBeyond;
      return graph.where(binds, limit!, v!);
    }),
  );
}
