/**
 * Methods that join a tensor with another one or a number, element by element. Each calls the function of the same
 * name, where it is explained.
 */
import type { Broadcast, Result, Shape } from "../../base/index.ts";
import type { ClampOptions } from "../arithmetic.ts";
import * as arithmetic from "../arithmetic.ts";
import type { CloseOptions } from "../logic.ts";
import * as logic from "../logic.ts";
import type { Beside, Operand, Scalar } from "../operands.ts";
import type { Tensor } from "../tensor.ts";
import { ElementwiseMethods } from "./elementwise.ts";

type Joined<A extends Shape, B extends Shape> = Tensor<Result<Broadcast<A, B>>>;

export abstract class ArithmeticMethods<S extends Shape> extends ElementwiseMethods<S> {
  /** a + b. */
  add<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "add">): Joined<A, B> {
    return arithmetic.add(this, b);
  }

  /** a − b. */
  sub<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "sub">): Joined<A, B> {
    return arithmetic.sub(this, b);
  }

  /** a · b, element by element. */
  mul<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "mul">): Joined<A, B> {
    return arithmetic.mul(this, b);
  }

  /** a / b; of integers in float32. */
  div<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "div">): Joined<A, B> {
    return arithmetic.div(this, b);
  }

  /** ⌊a / b⌋, in the dtype of the operands; slope 0. An integer divided by 0 is 0. */
  floorDivide<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "floorDivide">,
  ): Joined<A, B> {
    return arithmetic.floorDivide(this, b);
  }

  /** a − b ⌊a / b⌋: has the sign of b (Python, NumPy). */
  remainder<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "remainder">,
  ): Joined<A, B> {
    return arithmetic.remainder(this, b);
  }

  /** a − b trunc(a / b): has the sign of a (C). */
  fmod<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "fmod">): Joined<A, B> {
    return arithmetic.fmod(this, b);
  }

  /** aᵇ. */
  pow<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "pow">): Joined<A, B> {
    return arithmetic.pow(this, b);
  }

  /** The angle of the point (b, a) from the axis of b, −π … π. */
  atan2<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "atan2">): Joined<A, B> {
    return arithmetic.atan2(this, b);
  }

  /** (a − b)². */
  squaredDifference<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "squaredDifference">,
  ): Joined<A, B> {
    return arithmetic.squaredDifference(this, b);
  }

  /**
   * √(a² + b²) without overflow: the greater of |a| and |b| is taken out. ∞ beats NaN (IEEE 754); slope 0 at the
   * origin.
   */
  hypot<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "hypot">): Joined<A, B> {
    return arithmetic.hypot(this, b);
  }

  /** ln(eᵃ + eᵇ) = m + ln(1 + e^(−|a − b|)), m = max(a, b). */
  logaddexp<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "logaddexp">,
  ): Joined<A, B> {
    return arithmetic.logaddexp(this, b);
  }

  /** log₂(2ᵃ + 2ᵇ). */
  logaddexp2<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "logaddexp2">,
  ): Joined<A, B> {
    return arithmetic.logaddexp2(this, b);
  }

  /** |a| with the sign of b, that of −0 too. */
  copysign<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "copysign">): Joined<A, B> {
    return arithmetic.copysign(this, b);
  }

  /** a · ln b, and 0 where a is 0, even for b = 0. */
  xlogy<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "xlogy">): Joined<A, B> {
    return arithmetic.xlogy(this, b);
  }

  /** The greater of both; NaN if either is; where they are equal each side receives half of the gradient. */
  maximum<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "maximum">): Joined<A, B> {
    return arithmetic.maximum(this, b);
  }

  /** The lesser of both; NaN if either is; where they are equal each side receives half of the gradient. */
  minimum<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "minimum">): Joined<A, B> {
    return arithmetic.minimum(this, b);
  }

  /** Whether a = b; NaN equals nothing. Result: bool. */
  equal<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "equal">): Joined<A, B> {
    return logic.equal(this, b);
  }

  /** Whether a ≠ b; true of NaN. Result: bool. */
  notEqual<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "notEqual">): Joined<A, B> {
    return logic.notEqual(this, b);
  }

  /** Whether a < b. Result: bool. */
  less<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "less">): Joined<A, B> {
    return logic.less(this, b);
  }

  /** Whether a ≤ b. Result: bool. */
  lessEqual<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "lessEqual">,
  ): Joined<A, B> {
    return logic.lessEqual(this, b);
  }

  /** Whether a > b. Result: bool. */
  greater<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "greater">): Joined<A, B> {
    return logic.greater(this, b);
  }

  /** Whether a ≥ b. Result: bool. */
  greaterEqual<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "greaterEqual">,
  ): Joined<A, B> {
    return logic.greaterEqual(this, b);
  }

  /** Whether both are true (not 0). Result: bool. */
  logicalAnd<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "logicalAnd">,
  ): Joined<A, B> {
    return logic.logicalAnd(this, b);
  }

  /** Whether at least one is true (not 0). Result: bool. */
  logicalOr<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "logicalOr">,
  ): Joined<A, B> {
    return logic.logicalOr(this, b);
  }

  /** Whether exactly one is true (not 0). Result: bool. */
  logicalXor<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "logicalXor">,
  ): Joined<A, B> {
    return logic.logicalXor(this, b);
  }

  /** The bits set in both. Integers and bool. */
  bitwiseAnd<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "bitwiseAnd">,
  ): Joined<A, B> {
    return logic.bitwiseAnd(this, b);
  }

  /** The bits set in either. Integers and bool. */
  bitwiseOr<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "bitwiseOr">,
  ): Joined<A, B> {
    return logic.bitwiseOr(this, b);
  }

  /** The bits set in exactly one. Integers and bool. */
  bitwiseXor<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "bitwiseXor">,
  ): Joined<A, B> {
    return logic.bitwiseXor(this, b);
  }

  /** a + weight · (b − a). */
  lerp<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "lerp">,
    weight: Operand,
  ): Joined<A, B> {
    return arithmetic.lerp(this, b, weight);
  }

  /** Whether |a − b| ≤ atol + rtol · |b|; equal infinities are close. */
  isclose<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "isclose">,
    options?: CloseOptions,
  ): Joined<A, B> {
    return logic.isclose(this, b, options);
  }

  /**
   * x held between `min` and `max`; slope 1 between and at the bounds, 0 outside; NaN stays NaN. The upper bound wins
   * where they cross.
   */
  clamp<A extends Shape>(this: Tensor<A>, options: ClampOptions<Scalar>): Tensor<A>;
  clamp(this: Tensor, options: ClampOptions): Tensor;
  clamp(this: Tensor, options: ClampOptions): Tensor {
    return arithmetic.clamp(this, options);
  }

  /** This where `condition` is true, `other` elsewhere. */
  where(this: Tensor, condition: Tensor, other: Operand): Tensor {
    return logic.where<Shape, Shape, Shape>(condition, this, other);
  }
}
