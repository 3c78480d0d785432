/** LeCun's draws, constants, and initial values with a structure: orthogonal rows, identities. */
import { checkOptions, type Shape, ShapeError, show, sizeOf, ValueError } from "../base/index.ts";
import { argsort, eye, full, greaterEqual, mul, qr, random, type Tensor, tensor, where } from "../tensor/index.ts";
import { fans, type InitOptions, normal, uniform } from "./init.ts";
import { placeNames } from "./place.ts";

/**
 * N(0, 1 / fanIn). Source: LeCun et al. 1998, Efficient BackProp, section 4.6.
 *
 * @throws ShapeError  when the shape has fewer than two axes
 * @throws ValueError  for an option that does not exist
 * @example
 * nn.init.lecunNormal([4, 3]).shape; // => [ 4, 3 ]
 */
export function lecunNormal<const S extends Shape>(shape: S, options: InitOptions = {}): Tensor<S> {
  return normal(shape, lecunDeviation(shape), options);
}

/**
 * U(−√(3 / fanIn), √(3 / fanIn)), whose variance is 1 / fanIn. Source: LeCun et al. 1998, section 4.6.
 *
 * @throws ShapeError  when the shape has fewer than two axes
 * @throws ValueError  for an option that does not exist
 * @example
 * nn.init.lecunUniform([4, 3]).shape; // => [ 4, 3 ]
 */
export function lecunUniform<const S extends Shape>(shape: S, options: InitOptions = {}): Tensor<S> {
  return uniform(shape, Math.sqrt(3) * lecunDeviation(shape), options);
}

function lecunDeviation(shape: Shape): number {
  const { fanIn } = fans(shape);
  return fanIn === 0 ? 0 : 1 / Math.sqrt(fanIn);
}

/**
 * `value` everywhere.
 *
 * @throws ValueError  for an option that does not exist
 * @example
 * nn.init.constant([2], 0.5); // => [0.5 0.5]
 */
export function constant<const S extends Shape>(shape: S, value: number, options: InitOptions = {}): Tensor<S> {
  checkOptions("constant", options, placeNames);
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
 * @throws ValueError  for an option that does not exist
 * @example
 * nn.init.orthogonal([3, 5, 5], { gain: 2 }).shape; // => [ 3, 5, 5 ]
 */
export function orthogonal<const S extends Shape>(shape: S, options: OrthogonalOptions = {}): Tensor<S> {
  checkOptions("orthogonal", options, ["gain", ...placeNames]);
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
 * @throws ValueError  for an option that does not exist
 * @example
 * nn.init.identity([2, 3]); // => [[1. 0. 0.]
 *                           //     [0. 1. 0.]]
 */
export function identity(shape: Shape, options: InitOptions = {}): Tensor {
  checkOptions("identity", options, placeNames);
  if (shape.length !== 2) throw new ShapeError(`identity: ${show(shape)} is no matrix [out, in]`);
  return eye(Math.max(...shape), options).at(`0:${shape[0]}`, `0:${shape[1]}`);
}

export interface DiracOptions extends InitOptions {
  /** Number of blocks into which the outputs are divided; 1 by default. */
  readonly groups?: number;
}

/**
 * A convolution that passes its channels on: in each of `groups`, 1 at the middle of the field where out = in.
 *
 * @throws ShapeError  when the shape has not three to five axes
 * @throws ValueError  when `groups` does not divide the outputs
 * @example
 * nn.init.dirac([1, 1, 3]); // => [[[0. 1. 0.]]]
 */
export function dirac(shape: Shape, options: DiracOptions = {}): Tensor {
  checkOptions("dirac", options, ["groups", ...placeNames]);
  const { groups = 1 } = options;
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

export interface SparseOptions extends InitOptions {
  /** Which share of each column is 0, rounded up to whole rows. */
  readonly sparsity: number;
  /** Standard deviation of the others; 0.01 by default. */
  readonly std?: number;
}

/**
 * N(0, std²) with zeros in ⌈sparsity · rows⌉ places of every column, drawn evenly: each input reaches a few outputs only.
 * Source: Martens 2010, Deep learning via Hessian-free optimization; torch.nn.init.sparse_.
 *
 * @throws ShapeError  when the shape has not two axes
 * @throws ValueError  when the sparsity is no share, std is negative, or an option does not exist
 * @example
 * nn.init.sparse([4, 3], { sparsity: 0.5 }).equal(0).astype("int32").sum({ axis: 0 }); // => [2 2 2]
 */
export function sparse<const S extends Shape>(shape: S, options: SparseOptions): Tensor<S> {
  checkOptions("sparse", options, ["sparsity", "std", ...placeNames]);
  const { sparsity, std = 0.01, ...place } = options;
  if (shape.length !== 2) throw new ShapeError(`sparse: ${show(shape)} is no matrix [out, in]`);
  if (!(sparsity >= 0 && sparsity <= 1)) throw new ValueError(`sparse: the sparsity ${sparsity} is not within 0 … 1`);
  if (!(std >= 0)) throw new ValueError(`sparse: std ${std} is negative; it is a number from 0`);
  const drawn = normal(shape, std, place);
  const order = argsort(random.uniform<Shape>({ shape, device: options.device }), { axis: 0 });
  const ranks = argsort(order as Tensor, { axis: 0 }) as Tensor; // a permutation in each column
  const kept = greaterEqual(ranks, Math.ceil(sparsity * shape[0]!));
  return where(kept, drawn as Tensor, 0) as Tensor<S>; // elementwise: the shape is the draw's
}
