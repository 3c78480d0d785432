/**
 * Initial values of weights.
 *
 * Layers keep the size of signals and gradients when the variance of their weights fits the number of inputs (fan in)
 * and outputs (fan out) of a unit. Shapes are PyTorch's, [out, in, …receptive field]; gains are those of the activation
 * that follows.
 */
import { checkOptions, type DType, type Shape, ShapeError, show, sizeOf, ValueError } from "../base/index.ts";
import { random, type Tensor } from "../tensor/index.ts";
import { placeNames } from "./place.ts";

export interface InitOptions {
  /** float32 by default */
  readonly dtype?: DType | undefined;
  /** the default device when absent */
  readonly device?: string | undefined;
}

export interface XavierOptions extends InitOptions {
  /** Factor of the standard deviation; 1 by default. See `calculateGain`. */
  readonly gain?: number;
}

export interface KaimingOptions extends InitOptions {
  /** Whether the size of the signals ("fanIn", the default) or of the gradients ("fanOut") is kept. */
  readonly mode?: "fanIn" | "fanOut";
  /** The activation that follows; "leakyRelu" by default, as in PyTorch. */
  readonly nonlinearity?: Nonlinearity;
  /** Negative slope of leakyRelu; 0 by default. */
  readonly a?: number;
}

/** As in torch.nn.init.calculate_gain. */
const gains = { linear: 1, sigmoid: 1, tanh: 5 / 3, relu: Math.SQRT2, selu: 3 / 4 } as const;

export type Nonlinearity = keyof typeof gains | "leakyRelu";

/**
 * How much an activation shrinks a signal, inverted: the factor of the weights before it.
 *
 *     linear, sigmoid 1   tanh 5/3   relu √2   leakyRelu √(2 / (1 + a²))   selu 3/4
 *
 * @param a  the negative slope of leakyRelu; 0.01 by default, as of `leakyRelu` itself
 * @throws ValueError  when there is no such activation
 * Source: He et al. 2015, equation 15; torch.nn.init.calculate_gain.
 * @example
 * nn.init.calculateGain("leakyRelu", 1); // => 1
 */
export function calculateGain(nonlinearity: Nonlinearity, a = 0.01): number {
  if (nonlinearity === "leakyRelu") return Math.sqrt(2 / (1 + a * a));
  if (Object.hasOwn(gains, nonlinearity)) return gains[nonlinearity];
  throw new ValueError(
    `calculateGain: there is no gain of "${nonlinearity}"; there are ${Object.keys(gains).join(", ")}, leakyRelu`,
  );
}

/**
 * Numbers of inputs and outputs of a unit: of [out, in, …field], in · |field| and out · |field|.
 *
 * @throws ShapeError  when the shape has fewer than two axes
 * @example
 * nn.init.fans([8, 3, 5, 5]); // => { fanIn: 75, fanOut: 200 }
 */
export function fans(shape: Shape): { readonly fanIn: number; readonly fanOut: number } {
  if (shape.length < 2)
    throw new ShapeError(`init: ${show(shape)} has no fan in and fan out; they need at least [out, in]`);
  const field = sizeOf(shape.slice(2));
  return { fanIn: shape[1]! * field, fanOut: shape[0]! * field };
}

/**
 * U(−a, a) with a = gain · √(6 / (fanIn + fanOut)). Source: Glorot & Bengio 2010.
 *
 * @throws ShapeError  when the shape has fewer than two axes
 * @throws ValueError  for an option that does not exist
 * @example
 * nn.init.xavierUniform([3, 3], { gain: 0 }).sum(); // => 0.…
 */
export function xavierUniform<const S extends Shape>(shape: S, options: XavierOptions = {}): Tensor<S> {
  const { deviation, place } = xavier("xavierUniform", shape, options);
  return uniform(shape, Math.sqrt(3) * deviation, place);
}

/**
 * N(0, σ²) with σ = gain · √(2 / (fanIn + fanOut)). Source: Glorot & Bengio 2010.
 *
 * @throws ShapeError  when the shape has fewer than two axes
 * @throws ValueError  for an option that does not exist
 * @example
 * nn.init.xavierNormal([4, 3]).shape; // => [ 4, 3 ]
 */
export function xavierNormal<const S extends Shape>(shape: S, options: XavierOptions = {}): Tensor<S> {
  const { deviation, place } = xavier("xavierNormal", shape, options);
  return normal(shape, deviation, place);
}

function xavier(operation: string, shape: Shape, options: XavierOptions) {
  checkOptions(operation, options, ["gain", ...placeNames]);
  const { gain = 1, ...place } = options;
  const { fanIn, fanOut } = fans(shape);
  return { deviation: fanIn + fanOut === 0 ? 0 : gain * Math.sqrt(2 / (fanIn + fanOut)), place };
}

/**
 * U(−a, a) with a = gain · √(3 / fan). Source: He et al. 2015.
 *
 * @throws ShapeError  when the shape has fewer than two axes
 * @throws ValueError  for a mode, a nonlinearity or an option that does not exist
 * @example
 * nn.init.kaimingUniform([4, 3], { nonlinearity: "relu" }).shape; // => [ 4, 3 ]
 */
export function kaimingUniform<const S extends Shape>(shape: S, options: KaimingOptions = {}): Tensor<S> {
  const { deviation, place } = kaiming("kaimingUniform", shape, options);
  return uniform(shape, Math.sqrt(3) * deviation, place);
}

/**
 * N(0, σ²) with σ = gain / √fan. Source: He et al. 2015.
 *
 * @throws ShapeError  when the shape has fewer than two axes
 * @throws ValueError  for a mode, a nonlinearity or an option that does not exist
 * @example
 * nn.init.kaimingNormal([4, 3], { mode: "fanOut", nonlinearity: "relu" }).shape; // => [ 4, 3 ]
 */
export function kaimingNormal<const S extends Shape>(shape: S, options: KaimingOptions = {}): Tensor<S> {
  const { deviation, place } = kaiming("kaimingNormal", shape, options);
  return normal(shape, deviation, place);
}

function kaiming(operation: string, shape: Shape, options: KaimingOptions) {
  checkOptions(operation, options, ["mode", "nonlinearity", "a", ...placeNames]);
  const { mode = "fanIn", nonlinearity = "leakyRelu", a = 0, ...place } = options;
  const found = fans(shape);
  if (!Object.hasOwn(found, mode))
    throw new ValueError(`${operation}: mode "${mode}" does not exist; there are fanIn and fanOut`);
  return { deviation: found[mode] === 0 ? 0 : calculateGain(nonlinearity, a) / Math.sqrt(found[mode]), place };
}

/**
 * What PyTorch gives the weight of Linear and Conv: kaimingUniform with a = √5, which is U(−1/√fanIn, 1/√fanIn).
 *
 * @throws ShapeError  when the shape has fewer than two axes
 * @example
 * nn.init.defaultWeight([10, 784]).shape; // => [ 10, 784 ]
 */
export function defaultWeight<const S extends Shape>(shape: S, options: InitOptions = {}): Tensor<S> {
  return kaimingUniform(shape, { a: Math.sqrt(5), ...options });
}

/**
 * What PyTorch gives the bias beside a weight of `weightShape`: U(−1/√fanIn, 1/√fanIn).
 *
 * @throws ShapeError  when the weight's shape has fewer than two axes
 * @example
 * nn.init.defaultBias(10, [10, 784]).shape; // => [ 10 ]
 */
export function defaultBias<const N extends number>(
  size: N,
  weightShape: Shape,
  options: InitOptions = {},
): Tensor<readonly [N]> {
  const { fanIn } = fans(weightShape);
  return uniform([size], fanIn === 0 ? 0 : 1 / Math.sqrt(fanIn), options);
}

/**
 * U(−bound, bound)
 *
 * @throws ValueError  when the bound is negative, or for an option that does not exist
 * @example
 * nn.init.uniform([2], 0).sum(); // => 0.…
 */
export function uniform<const S extends Shape>(shape: S, bound: number, options: InitOptions = {}): Tensor<S> {
  checkOptions("init.uniform", options, placeNames);
  if (!(bound >= 0)) throw new ValueError(`init.uniform: the bound ${bound} is negative; it is a number from 0`);
  const { dtype, device } = options;
  return random.uniform({ low: -bound, high: bound, shape, dtype, device });
}

/**
 * N(0, deviation²)
 *
 * @throws ValueError  when the deviation is negative, or for an option that does not exist
 * @example
 * nn.init.normal([2], 0).sum(); // => 0.…
 */
export function normal<const S extends Shape>(shape: S, deviation: number, options: InitOptions = {}): Tensor<S> {
  checkOptions("init.normal", options, placeNames);
  if (!(deviation >= 0))
    throw new ValueError(`init.normal: the deviation ${deviation} is negative; it is a number from 0`);
  const { dtype, device } = options;
  return random.normal({ mean: 0, std: deviation, shape, dtype, device });
}
