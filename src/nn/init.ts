/**
 * Initial values of weights.
 *
 * Layers keep the size of signals and gradients when the variance of their weights fits the number of inputs (fan in)
 * and outputs (fan out) of a unit. Shapes are PyTorch's, [out, in, …receptive field]; gains are those of the activation
 * that follows.
 */
import { type DType, type Shape, ShapeError, show, sizeOf, ValueError } from "../base/index.ts";
import { random, type Tensor } from "../tensor/index.ts";

export interface InitOptions {
  /** float32 by default */
  readonly dtype?: DType | undefined;
  /** the default device when absent */
  readonly device?: string | undefined;
}

export interface XavierOptions extends InitOptions {
  /** Factor of the standard deviation; 1 by default. See `gainOf`. */
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

/** How much an activation shrinks a signal, inverted. `a` is the negative slope of leakyRelu. */
export function gainOf(nonlinearity: Nonlinearity, a = 0): number {
  return nonlinearity === "leakyRelu" ? Math.sqrt(2 / (1 + a * a)) : gains[nonlinearity];
}

/** Numbers of inputs and outputs of a unit: of [out, in, …field], in · |field| and out · |field|. */
export function fans(shape: Shape): { readonly fanIn: number; readonly fanOut: number } {
  if (shape.length < 2)
    throw new ShapeError(`init: ${show(shape)} has no fan in and fan out; they need at least [out, in]`);
  const field = sizeOf(shape.slice(2));
  return { fanIn: shape[1]! * field, fanOut: shape[0]! * field };
}

/** U(−a, a) with a = gain · √(6 / (fanIn + fanOut)). Source: Glorot & Bengio 2010. */
export function xavierUniform<const S extends Shape>(
  shape: S,
  { gain = 1, ...options }: XavierOptions = {},
): Tensor<S> {
  const { fanIn, fanOut } = fans(shape);
  return uniform(shape, gain * Math.sqrt(6 / (fanIn + fanOut)), options);
}

/** N(0, σ²) with σ = gain · √(2 / (fanIn + fanOut)). Source: Glorot & Bengio 2010. */
export function xavierNormal<const S extends Shape>(shape: S, { gain = 1, ...options }: XavierOptions = {}): Tensor<S> {
  const { fanIn, fanOut } = fans(shape);
  return normal(shape, gain * Math.sqrt(2 / (fanIn + fanOut)), options);
}

/** U(−a, a) with a = gain · √(3 / fan). Source: He et al. 2015. */
export function kaimingUniform<const S extends Shape>(shape: S, options: KaimingOptions = {}): Tensor<S> {
  return uniform(shape, Math.sqrt(3) * kaimingDeviation(shape, options), options);
}

/** N(0, σ²) with σ = gain / √fan. Source: He et al. 2015. */
export function kaimingNormal<const S extends Shape>(shape: S, options: KaimingOptions = {}): Tensor<S> {
  return normal(shape, kaimingDeviation(shape, options), options);
}

function kaimingDeviation(shape: Shape, { mode = "fanIn", nonlinearity = "leakyRelu", a = 0 }: KaimingOptions): number {
  const found = fans(shape);
  if (found[mode] === undefined)
    throw new ValueError(`init: mode "${mode}" does not exist; there are fanIn and fanOut`);
  return gainOf(nonlinearity, a) / Math.sqrt(found[mode]);
}

/** What PyTorch gives the weight of Linear and Conv: kaimingUniform with a = √5, which is U(−1/√fanIn, 1/√fanIn). */
export function defaultWeight<const S extends Shape>(shape: S, options: InitOptions = {}): Tensor<S> {
  return kaimingUniform(shape, { a: Math.sqrt(5), ...options });
}

/** What PyTorch gives the bias beside a weight of `weightShape`: U(−1/√fanIn, 1/√fanIn). */
export function defaultBias<const N extends number>(
  size: N,
  weightShape: Shape,
  options: InitOptions = {},
): Tensor<readonly [N]> {
  const { fanIn } = fans(weightShape);
  return uniform([size], fanIn === 0 ? 0 : 1 / Math.sqrt(fanIn), options);
}

/** U(−bound, bound) */
export function uniform<const S extends Shape>(
  shape: S,
  bound: number,
  { dtype, device }: InitOptions = {},
): Tensor<S> {
  return random.uniform({ low: -bound, high: bound, shape, dtype, device });
}

/** N(0, deviation²) */
export function normal<const S extends Shape>(
  shape: S,
  deviation: number,
  { dtype, device }: InitOptions = {},
): Tensor<S> {
  return random.normal({ mean: 0, std: deviation, shape, dtype, device });
}
