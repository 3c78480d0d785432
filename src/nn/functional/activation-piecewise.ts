/**
 * Activations made of pieces: steps, rectifiers with a slope, bounded and shrinking ones.
 *
 * Where the pieces meet the slope is PyTorch's: that of the left piece for the leaky rectifiers, 0 at the bounds of the
 * bounded ones. NaN stays NaN everywhere.
 *
 * [...] stands for any shape, that of a scalar and empty ones too. Floats and halves keep their dtype. Integers stay
 * integers where slopes, bounds and values are whole numbers (of a wider dtype where it takes one to hold them; bool
 * becomes int32), else they become float32.
 */
import { checkOptions, floatDType, type Shape, ShapeError, show, ValueError } from "../../base/index.ts";
import {
  abs,
  add,
  div,
  greaterEqual,
  less,
  lessEqual,
  mul,
  type Operand,
  onesLike,
  random,
  reshape,
  sign,
  square,
  sub,
  type Tensor,
  tanh,
  where,
  zerosLike,
} from "../../tensor/index.ts";
import { asFloat } from "./floating.ts";
import { hardtanhNames, leakyReluNames, rreluNames, shrinkNames, thresholdNames } from "./option-names.ts";

/**
 * x itself; slope 1.
 *
 * Source: PyTorch's Identity.
 *
 * @param x  [...], of any dtype
 * @returns  x, not a copy
 * @example
 * identity(tensor([-1, 2])); // => [-1.  2.]
 */
export function identity<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return x;
}

/**
 * The step of Heaviside: 0 below 0, 1 from 0 on; slope 0 everywhere.
 *
 * NaN stays NaN, −0 gives 1. Source: NumPy's heaviside, with 1 at 0.
 *
 * @param x  [...]
 * @returns  [...], as x; integers and bool give float32
 * @throws DTypeError  for complex x
 * @example
 * step(tensor([-1, 0, 2])); // => [0. 1. 1.]
 */
export function step<S extends Shape>(x: Tensor<S>): Tensor<S> {
  const v: Tensor = x;
  const known = where(greaterEqual(v, 0), onesLike(v), Number.NaN); // NaN is neither
  return where(less(v, 0), zerosLike(v), known) as Tensor<S>; // elementwise: the shape is x's
}

export interface LeakyReluOptions {
  /** Slope of the left half; 0.01 by default. */
  readonly negativeSlope?: number;
}

/**
 * x for x > 0, a x else, a the `negativeSlope`; slope a at 0. Source: Maas et al. 2013;
 * PyTorch's leaky_relu. A slope of 0 makes −∞ NaN.
 *
 * @param x  [...]
 * @returns  [...], as x; integers give float32 unless the slope is whole
 * @throws ValueError  for an option that does not exist
 * @throws DTypeError  for complex x
 * @example
 * leakyRelu(tensor([-2, 3]), { negativeSlope: 0.25 }); // => [-0.5  3. ]
 */
export function leakyRelu<S extends Shape>(x: Tensor<S>, options: LeakyReluOptions = {}): Tensor<S> {
  checkOptions("leakyRelu", options, leakyReluNames);
  const { negativeSlope = 0.01 } = options;
  return leaky(x, negativeSlope);
}

/** x for x > 0, slope · x else. */
function leaky<S extends Shape>(x: Tensor, slope: Operand): Tensor<S> {
  return where(lessEqual(x, 0), mul(x, slope), x) as Tensor<S>; // the slope broadcasts to x
}

/**
 * x for x > 0, a x else, with a slope a that is learned. Source: He et al. 2015;
 * PyTorch's prelu. A vector x has one channel.
 *
 * @param x       [N, C, …], or [N]
 * @param weight  a: [C], one for each channel, or [1], one for all
 * @returns       in the shape of x and the common dtype of x and weight
 * @throws ShapeError  when there are not as many slopes as channels
 * @throws DTypeError  for complex x
 * @example
 * prelu(tensor([[-2, -2]]), tensor([0.5, 0.25])); // => [[-1.  -0.5]]
 */
export function prelu<S extends Shape>(x: Tensor<S>, weight: Tensor): Tensor<S> {
  if (weight.size === 1) return leaky(x, reshape(weight, []));
  const channels = x.ndim > 1 ? x.shape[1]! : 1;
  if (weight.ndim !== 1 || weight.size !== channels) {
    throw new ShapeError(
      `prelu: the input ${show(x.shape)} has ${channels} channels, the weight is ${show(weight.shape)}; its shape is [${channels}] or [1]`,
    );
  }
  return leaky(x, reshape(weight, [channels, ...new Array<number>(x.ndim - 2).fill(1)]));
}

export interface RReluOptions {
  /** Least slope; 1/8 by default. */
  readonly lower?: number;
  /** Greatest slope; 1/3 by default. */
  readonly upper?: number;
  /** Whether slopes are drawn; false by default. */
  readonly training?: boolean;
}

/**
 * x for x > 0, a x else. In training a is drawn from U(lower, upper) for every element and every run of a compiled
 * step; in evaluation it is the middle (lower + upper) / 2. Source: Xu et al. 2015; PyTorch's rrelu.
 *
 * @param x  [...]
 * @returns  [...], as x; integers give float32 unless the slope is whole, in training always
 * @throws ValueError  when `lower` is above `upper` or one of them is NaN; for an option that does not exist
 * @throws DTypeError  for complex x
 * @example
 * rrelu(tensor([-2, 3]), { lower: 0.25, upper: 0.75 }); // => [-1.  3.]
 */
export function rrelu<S extends Shape>(x: Tensor<S>, options: RReluOptions = {}): Tensor<S> {
  checkOptions("rrelu", options, [...rreluNames, "training"]);
  const { lower = 1 / 8, upper = 1 / 3, training = false } = options;
  checkSlopes("rrelu", lower, upper);
  if (!training) return leaky(x, (lower + upper) / 2);
  const device = x.node.device ?? undefined;
  const dtype = floatDType(x.dtype);
  return leaky(x, random.uniform<Shape>({ low: lower, high: upper, shape: x.shape, dtype, device }));
}

/** Throws unless slopes from `lower` to `upper` exist. */
export function checkSlopes(operation: string, lower: number, upper: number): void {
  if (!(lower <= upper))
    throw new ValueError(`${operation}: the lower slope ${lower} is above the upper slope ${upper}`);
}

export interface HardtanhOptions {
  /** −1 by default. */
  readonly minVal?: number;
  /** 1 by default. */
  readonly maxVal?: number;
}

/**
 * x between `minVal` and `maxVal`, the bounds outside; slope 0 at the bounds. Source: Collobert 2004;
 * PyTorch's hardtanh.
 *
 * @param x  [...]
 * @returns  [...], as x; integers give integers where both bounds are whole
 * @throws ValueError  unless minVal < maxVal; for an option that does not exist
 * @throws DTypeError  for complex x
 * @example
 * hardtanh(tensor([-3, 0.5, 3])); // => [-1.   0.5  1. ]
 */
export function hardtanh<S extends Shape>(x: Tensor<S>, options: HardtanhOptions = {}): Tensor<S> {
  checkOptions("hardtanh", options, hardtanhNames);
  const { minVal = -1, maxVal = 1 } = options;
  if (!(minVal < maxVal)) throw new ValueError(`hardtanh: minVal ${minVal} is not below maxVal ${maxVal}`);
  return between(x, minVal, maxVal, x);
}

/**
 * min(max(x, 0), 6); slope 0 at 0 and 6. Source: Krizhevsky 2010; PyTorch's relu6.
 *
 * @param x  [...]
 * @returns  [...], as x; integers stay integers
 * @throws DTypeError  for complex x
 * @example
 * relu6(tensor([-1, 2, 8])); // => [0. 2. 6.]
 */
export function relu6<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return between(x, 0, 6, x);
}

/**
 * min(max(x/6 + ½, 0), 1): the logistic function in straight lines; slope 0 at ±3. Source: Courbariaux et al. 2015;
 * PyTorch's hardsigmoid.
 *
 * @param x  [...]
 * @returns  [...], as x; integers and bool give float32
 * @throws DTypeError  for complex x
 * @example
 * hardsigmoid(tensor([-4, 0, 1.5, 4])); // => [0.   0.5  0.75 1.  ]
 */
export function hardsigmoid<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return between(x, -3, 3, mul(x as Tensor, 1 / 6).add(0.5), 0, 1);
}

/** `inside` where low < x < high; `below` and `above` elsewhere. */
function between<S extends Shape>(
  x: Tensor,
  low: number,
  high: number,
  inside: Tensor,
  below = low,
  above = high,
): Tensor<S> {
  return where(lessEqual(x, low), below, where(greaterEqual(x, high), above, inside)) as Tensor<S>; // x's shape
}

/**
 * x · hardsigmoid(x): 0 below −3, x above 3, x (x + 3) / 6 between and at the bounds, as in PyTorch. Source: Howard et
 * al. 2019.
 * Its slope at −3 is −½, at 3 it is 3/2.
 *
 * @param x  [...]
 * @returns  [...], as x; integers and bool give float32
 * @throws DTypeError  for complex x
 * @example
 * hardswish(tensor([-4, 1, 5])); // => [0.        0.6666667 5.       ]
 */
export function hardswish<S extends Shape>(x: Tensor<S>): Tensor<S> {
  const v: Tensor = asFloat(x);
  const inside = mul(mul(v, add(v, 3)), 1 / 6);
  return where(less(v, -3), 0, where(less(3, v), v, inside)) as Tensor<S>; // elementwise: the shape is x's
}

export interface ThresholdOptions {
  /** What x has to exceed. */
  readonly threshold: number;
  /** What takes its place where it does not. */
  readonly value: number;
}

/**
 * x where x > `threshold`, else `value`; slope 0 at the threshold.
 * Source: PyTorch's threshold.
 *
 * @param x  [...]
 * @returns  [...], as x; integers give float32 unless `value` is whole
 * @throws ValueError  for an option that does not exist
 * @throws DTypeError  for complex x
 * @example
 * threshold(tensor([0, 1, 2]), { threshold: 1, value: -1 }); // => [-1. -1.  2.]
 */
export function threshold<S extends Shape>(x: Tensor<S>, options: ThresholdOptions): Tensor<S> {
  checkOptions("threshold", options, thresholdNames, thresholdNames);
  const { threshold: bound, value } = options;
  return where(lessEqual(x as Tensor, bound), value, x as Tensor) as Tensor<S>; // elementwise: the shape is x's
}

export interface ShrinkOptions {
  /** Half the width of what becomes 0; 0.5 by default. */
  readonly lambda?: number;
}

/**
 * x − λ above λ, x + λ below −λ, 0 between and at ±λ. Source: Donoho 1995;
 * PyTorch's softshrink. Complex x is moved towards 0 by λ, its angle kept.
 *
 * @param x  [...]
 * @returns  [...], as x; integers give float32 unless λ is whole
 * @throws ValueError  when λ is negative or NaN; for an option that does not exist
 * @example
 * softshrink(tensor([-2, 0.25, 2])); // => [-1.5  0.   1.5]
 */
export function softshrink<S extends Shape>(x: Tensor<S>, options: ShrinkOptions = {}): Tensor<S> {
  checkOptions("softshrink", options, shrinkNames);
  const { lambda = 0.5 } = options;
  const v: Tensor = x;
  return shrink("softshrink", v, sub(v, mul(sign(v), lambda)), lambda);
}

/**
 * x outside of −λ … λ, 0 there and at ±λ. Source: Donoho & Johnstone 1994;
 * PyTorch's hardshrink. Of complex x it is the modulus that is compared.
 *
 * @param x  [...]
 * @returns  [...], as x; integers stay integers
 * @throws ValueError  when λ is negative or NaN; for an option that does not exist
 * @example
 * hardshrink(tensor([-2, 0.25, 2])); // => [-2.  0.  2.]
 */
export function hardshrink<S extends Shape>(x: Tensor<S>, options: ShrinkOptions = {}): Tensor<S> {
  checkOptions("hardshrink", options, shrinkNames);
  const { lambda = 0.5 } = options;
  return shrink("hardshrink", x, x, lambda);
}

function shrink<S extends Shape>(operation: string, x: Tensor, outside: Tensor, lambda: number): Tensor<S> {
  if (!(lambda >= 0)) throw new ValueError(`${operation}: lambda ${lambda} is negative; it is a number from 0`);
  return where(lessEqual(abs(x), lambda), 0, outside) as Tensor<S>; // elementwise: the shape is x's
}

/**
 * x − tanh x; slope tanh²x.
 *
 *     x c / (1 + c),   c = x²/(3 + x²/(5 + x²/(7 + …)))     for |x| < 3/2
 *
 * by Lambert's fraction tanh x = x / (1 + c) (DLMF 4.39.1): near 0 the difference, about x³/3, keeps all of its digits.
 *
 * Error: at most 4 ulp. Source: PyTorch's tanhshrink.
 *
 * @param x  [...], real or complex
 * @returns  [...], as x; integers and bool give float32
 * @example
 * tanhshrink(tensor(0.001)).item(); // => 3.3333…e-10
 */
export function tanhshrink<S extends Shape>(x: Tensor<S>): Tensor<S> {
  const v: Tensor = asFloat(x);
  const isSmall = less(abs(v), 1.5);
  const small = where(isSmall, v, 0);
  const squared = square(small);
  let c: Tensor = div(squared, 21); // below |x| = 3/2 the rest is less than 1e-18
  for (let n = 19; n >= 3; n -= 2) c = div(squared, add(c, n));
  return where(isSmall, div(mul(small, c), add(c, 1)), sub(v, tanh(v))) as Tensor<S>; // elementwise: the shape is x's
}
