/** LeCun's draws, constants, and initial values with a structure: orthogonal rows, identities. */
import { type Shape, ShapeError, show, sizeOf, ValueError } from "../base/index.ts";
import { eye, full, mul, qr, random, type Tensor, tensor } from "../tensor/index.ts";
import { fans, type InitOptions, normal } from "./init.ts";

/** N(0, 1 / fanIn). Source: LeCun et al. 1998, Efficient BackProp, section 4.6. */
export function lecunNormal<const S extends Shape>(shape: S, options: InitOptions = {}): Tensor<S> {
  return normal(shape, 1 / Math.sqrt(fans(shape).fanIn), options);
}

/** U(−√(3 / fanIn), √(3 / fanIn)), whose variance is 1 / fanIn. Source: LeCun et al. 1998, section 4.6. */
export function lecunUniform<const S extends Shape>(shape: S, { dtype, device }: InitOptions = {}): Tensor<S> {
  const bound = Math.sqrt(3 / fans(shape).fanIn);
  return random.uniform({ low: -bound, high: bound, shape, dtype, device });
}

/**
 * `value` everywhere.
 *
 * @example
 * nn.init.constant([2], 0.5); // => [0.5 0.5]
 */
export function constant<const S extends Shape>(shape: S, value: number, options: InitOptions = {}): Tensor<S> {
  return full(shape, value, options);
}

export interface OrthogonalOptions extends InitOptions {
  /** Factor of the matrix; 1 by default. */
  readonly gain?: number;
}

/**
 * A random matrix with orthogonal rows or, if there are more rows than columns, columns, of length `gain`; further axes
 * count as columns. Drawn evenly: Q of a normal matrix's QR with a non-negative diagonal in R. Source: Saxe et al. 2014.
 *
 * @throws ShapeError  when the shape has fewer than two axes
 */
export function orthogonal<const S extends Shape>(shape: S, options: OrthogonalOptions = {}): Tensor<S> {
  if (shape.length < 2) throw new ShapeError(`orthogonal: ${show(shape)} is no matrix; it needs at least [out, in]`);
  const { gain = 1, ...rest } = options;
  const [rows, columns] = [shape[0]!, sizeOf(shape.slice(1))];
  const draw = normal([Math.max(rows, columns), Math.min(rows, columns)], 1, rest);
  const { q } = qr(draw);
  const matrix = mul(rows < columns ? q.T : q, gain);
  const target: Shape = shape;
  return matrix.reshape(target) as Tensor<S>; // as many entries as `shape` says
}

/**
 * Ones on the diagonal of a matrix, zeros elsewhere: the layer passes its input on.
 *
 * @throws ShapeError  when the shape has not two axes
 * @example
 * nn.init.identity([2, 3]); // => [[1. 0. 0.]
 *                           //     [0. 1. 0.]]
 */
export function identity(shape: Shape, options: InitOptions = {}): Tensor {
  if (shape.length !== 2) throw new ShapeError(`identity: ${show(shape)} is no matrix [out, in]`);
  return eye(Math.max(...shape), options).at(`0:${shape[0]}`, `0:${shape[1]}`);
}

/**
 * A convolution that passes its channels on: in each of `groups`, 1 at the middle of the field where out = in.
 *
 * @throws ShapeError  when the shape has not three to five axes
 * @throws ValueError  when `groups` does not divide the outputs
 * @example
 * nn.init.dirac([1, 1, 3]); // => [[[0. 1. 0.]]]
 */
export function dirac(
  shape: Shape,
  { groups = 1, ...options }: InitOptions & { readonly groups?: number } = {},
): Tensor {
  if (shape.length < 3 || shape.length > 5)
    throw new ShapeError(`dirac: ${show(shape)} is no weight of a convolution, [out, in, …field of 1 to 3 axes]`);
  const [out, channels, field] = [shape[0]!, shape[1]!, shape.slice(2)];
  if (!(Number.isInteger(groups) && groups >= 1 && out % groups === 0))
    throw new ValueError(`dirac: ${groups} groups do not divide ${out} outputs`);
  const size = sizeOf(field);
  const middle = field.reduce((place, axis) => place * axis + Math.floor(axis / 2), 0);
  const values = new Array<number>(sizeOf(shape)).fill(0);
  const each = out / groups;
  for (let o = 0; o < out; o++) if (o % each < channels) values[(o * channels + (o % each)) * size + middle] = 1;
  return tensor(values, { shape, dtype: options.dtype ?? "float32", device: options.device });
}
