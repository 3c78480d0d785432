/** Methods of one tensor, element by element. Each calls the function of the same name, where it is explained. */
import type { Shape } from "../../base/index.ts";
import * as elementwise from "../elementwise.ts";
import { Handle } from "../handle.ts";
import type { NanToNumOptions } from "../questions.ts";
import * as questions from "../questions.ts";
import type { Tensor } from "../tensor.ts";
import * as trigonometric from "../trigonometric.ts";

export abstract class ElementwiseMethods<S extends Shape> extends Handle<S> {
  // ------------------------------------------------------------------------------------------------- sign and rounding

  /** −x. */
  neg<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.neg(this);
  }

  /** |x|; slope sign(x), 0 at 0. */
  abs<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.abs(this);
  }

  /** −1, 0 or 1; NaN stays NaN; slope 0. */
  sign<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.sign(this);
  }

  /** The greatest whole number ≤ x, in x's dtype; slope 0. */
  floor<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.floor(this);
  }

  /** The least whole number ≥ x, in x's dtype; slope 0. */
  ceil<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.ceil(this);
  }

  /** The nearest whole number, halves to the even one (NumPy, IEEE 754); slope 0. */
  round<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.round(this);
  }

  /** The whole part, towards zero; slope 0. */
  trunc<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.trunc(this);
  }

  /** x − trunc(x), with the sign of x; slope 1. */
  frac<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.frac(this);
  }

  // -------------------------------------------------------------------------------------------------- powers and roots

  /** x². */
  square<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.square(this);
  }

  /** √x; NaN below 0. */
  sqrt<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.sqrt(this);
  }

  /** 1/√x. */
  rsqrt<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.rsqrt(this);
  }

  /** ∛x, of negative numbers too. */
  cbrt<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.cbrt(this);
  }

  /** 1/x. */
  reciprocal<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.reciprocal(this);
  }

  // ----------------------------------------------------------------------------------------- exponential and logarithm

  /** eˣ. */
  exp<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.exp(this);
  }

  /** 2ˣ = e^(x ln 2). */
  exp2<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.exp2(this);
  }

  /** eˣ − 1, exact near 0. */
  expm1<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.expm1(this);
  }

  /** ln x; −∞ at 0, NaN below. */
  log<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.log(this);
  }

  /** log₂ x. */
  log2<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.log2(this);
  }

  /** log₁₀ x. */
  log10<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.log10(this);
  }

  /** ln(1 + x), exact near 0. */
  log1p<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.log1p(this);
  }

  // ------------------------------------------------------------------------------------------- circular and hyperbolic

  /** Sine of x radians. */
  sin<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return trigonometric.sin(this);
  }

  /** Cosine of x radians. */
  cos<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return trigonometric.cos(this);
  }

  /** Tangent of x radians. */
  tan<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return trigonometric.tan(this);
  }

  /** Arc sine, −π/2 … π/2; NaN outside −1 … 1. */
  asin<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return trigonometric.asin(this);
  }

  /** Arc cosine, 0 … π; NaN outside −1 … 1. */
  acos<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return trigonometric.acos(this);
  }

  /** Arc tangent, −π/2 … π/2. */
  atan<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return trigonometric.atan(this);
  }

  /** (eˣ − e⁻ˣ) / 2. */
  sinh<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return trigonometric.sinh(this);
  }

  /** (eˣ + e⁻ˣ) / 2. */
  cosh<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return trigonometric.cosh(this);
  }

  /** sinh x / cosh x. */
  tanh<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return trigonometric.tanh(this);
  }

  /** Inverse of sinh. */
  asinh<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return trigonometric.asinh(this);
  }

  /** Inverse of cosh, ≥ 0; NaN below 1. */
  acosh<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return trigonometric.acosh(this);
  }

  /** Inverse of tanh; NaN outside −1 … 1. */
  atanh<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return trigonometric.atanh(this);
  }

  /** Degrees to radians. */
  deg2rad<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return trigonometric.deg2rad(this);
  }

  /** Radians to degrees. */
  rad2deg<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return trigonometric.rad2deg(this);
  }

  /** sin(πx) / (πx), 1 at 0. */
  sinc<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return trigonometric.sinc(this);
  }

  // ------------------------------------------------------------------------------------------------- special functions

  /** Error function 2/√π ∫₀ˣ e^(−t²) dt. */
  erf<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.erf(this);
  }

  /** 1 − erf(x), exact where erf is near 1. */
  erfc<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.erfc(this);
  }

  /** Logistic function 1 / (1 + e⁻ˣ). */
  sigmoid<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.sigmoid(this);
  }

  /** Inverse of the logistic function, ln x − ln(1 − x). */
  logit<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.logit(this);
  }

  /** ln(1 + eˣ) = max(x, 0) + ln(1 + e^(−|x|)). */
  softplus<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.softplus(this);
  }

  /** max(x, 0); slope 0 at 0; NaN stays NaN. */
  relu<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return elementwise.relu(this);
  }

  // --------------------------------------------------------------------------------------------------------- questions

  /** Whether x is NaN. */
  isnan<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return questions.isnan(this);
  }

  /** Whether x is ∞ or −∞. */
  isinf<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return questions.isinf(this);
  }

  /** Whether x is neither infinite nor NaN. */
  isfinite<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return questions.isfinite(this);
  }

  /** Whether x has a minus sign; −0 has one, NaN does not count. */
  signbit<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return questions.signbit(this);
  }

  /** Whether x is 0 (bool: whether it is false). */
  logicalNot<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return questions.logicalNot(this);
  }

  /** Every bit turned; of bool, not. */
  bitwiseNot<A extends Shape>(this: Tensor<A>): Tensor<A> {
    return questions.bitwiseNot(this);
  }

  /** Replaces NaN and infinities; slope 1 elsewhere, 0 there. */
  nanToNum<A extends Shape>(this: Tensor<A>, options?: NanToNumOptions): Tensor<A> {
    return questions.nanToNum(this, options);
  }
}
