/**
 * Random numbers from a counter-based generator: Threefry-2x32 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers:
 * as easy as 1, 2, 3", 2011).
 *
 * The i-th number of a draw is a function of the seed, the number of the draw and i, so that it is the same in whatever
 * order, on however many threads and on whatever device it is computed. The state is two int32 words, seed and number
 * of the next draw. Outside of `compile` a draw takes its number at once; inside, the state is a variable of the
 * program, so that every run draws anew.
 */
import {
  castScalar,
  type DType,
  DTypeError,
  epsilonOf,
  greatestOf,
  isFloat,
  isHalf,
  numbersOf,
  type Shape,
  ShapeError,
  Storage,
  show,
  sizeOf,
  ValueError,
} from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { isTracing, Variable } from "../runtime/index.ts";
import { take } from "./indexing.ts";
import { broadcastNode, castNode, fillNode } from "./operands.ts";
import { cumsum } from "./reductions.ts";
import { argsort, searchsorted } from "./selection.ts";
import { sliceAxis } from "./shaping.ts";
import { Tensor } from "./tensor.ts";

export interface RandomOptions<S extends Shape = Shape> {
  /** a single number when absent */
  readonly shape?: S | undefined;
  /** float32 */
  readonly dtype?: DType | undefined;
  /** the default device when absent */
  readonly device?: string | undefined;
}

// --------------------------------------------------------------------------------------------------------------- state

let generator: Variable | null = null;

/** [seed, number of the next draw]; seeded by chance when nobody has seeded it. */
function state(): Variable {
  generator ??= new Variable([2], "int32", { values: Int32Array.of(Math.floor(Math.random() * 2 ** 32), 0) });
  return generator;
}

/**
 * Starts the generator anew: the same seed gives the same numbers. Any whole number up to 2⁵³. Source: PyTorch's manual_seed.
 *
 * @throws ValueError  when the seed is no whole number or beyond ±2⁵³, or inside `compile`
 * @example
 * manualSeed(7);
 * const first = random.normal({ shape: [2] }).arraySync();
 * manualSeed(7);
 * // the same numbers again
 * random.normal({ shape: [2] }).sub(tensor(first)); // => [0. 0.]
 */
export function manualSeed(seed: number): void {
  if (!Number.isSafeInteger(seed))
    throw new ValueError(`manualSeed: ${seed} is no seed; seeds are whole numbers up to 2^53`);
  const high = Math.floor(seed / 2 ** 32);
  const spread = Math.imul(high, 0x9e3779b9); // 2³² / golden ratio: the high bits over the whole word
  setState({ seed: (seed ^ spread) | 0, draws: 0 });
}

/** What has to be kept to go on with the same numbers later. */
export interface RandomState {
  readonly seed: number;
  /** draws so far */
  readonly draws: number;
}

/**
 * The generator's present state, for checkpoints.
 *
 * @returns  two whole numbers, fit for JSON
 * @example
 * const state = random.getState();
 * const first = random.uniform({ shape: [2] });
 * random.setState(state);
 * random.uniform({ shape: [2] }).equal(first); // => [True True]
 */
export function getState(): RandomState {
  const [seed, draws] = numbersOf(state().cell.read().array());
  return { seed: seed!, draws: draws! };
}

/**
 * Goes on from a state that `getState` gave.
 *
 * @throws ValueError  inside `compile`
 * @example
 * const state = random.getState();
 * const first = random.normal({ shape: [2] });
 * random.setState(state);
 * random.normal({ shape: [2] }).equal(first); // => [True True]
 */
export function setState({ seed, draws }: RandomState): void {
  if (isTracing())
    throw new ValueError(
      "random: the generator is seeded inside compile(), where it would be seeded at every run; seed it outside",
    );
  state().cell.write(new Storage("int32", 2, Int32Array.of(seed, draws)));
}

/** Takes a number for a draw: the node of [seed, number]. */
function nextDraw(device: string | null): Node {
  const variable = state();
  if (isTracing()) {
    const key = variable.read();
    variable.assign(graph.add(key, graph.iota([2], 0, "int32"))); // + [0, 1]
    return key;
  }
  const { seed, draws } = getState();
  setState({ seed, draws: (draws + 1) | 0 });
  return graph.data(new Storage("int32", 2, Int32Array.of(seed, draws)), [2], { device });
}

/** 32 random bits for every element of `shape`; `words` times independently. */
function randomBits(shape: Shape, words: number, device: string | null): Node[] {
  const key = nextDraw(device);
  const n = sizeOf(shape);
  const part = (i: number): Node => graph.expand(sliceAxis(key, 0, i, 1), [n]);
  const index = graph.iota([n], 0, "int32");
  const [seed, draw] = [part(0), part(1)];
  return Array.from({ length: words }, (_, word) => {
    const counter =
      words === 1 ? index : graph.add(graph.mul(index, fillNode(words, [n], "int32")), fillNode(word, [n], "int32"));
    return graph.reshape(graph.threefry(seed, draw, counter), shape);
  });
}

const scaled = (x: Node, factor: number): Node => graph.mul(x, fillNode(factor, x.shape, x.dtype));

/** The upper 53 of 64 bits (float64), or as many of 32 as the dtype holds exactly (float32: 24), as a fraction in [0, 1). */
function fractions(shape: Shape, dtype: DType, count: number, device: string | null): Node[] {
  if (dtype !== "float64") {
    const spacing = epsilonOf(dtype) / 2;
    return randomBits(shape, count, device).map((bits) =>
      scaled(castNode(graph.shiftRightLogical(bits, 32 + Math.log2(spacing)), dtype), spacing),
    );
  }
  const words = randomBits(shape, 2 * count, device);
  return Array.from({ length: count }, (_, i) => {
    const high = castNode(graph.shiftRightLogical(words[2 * i]!, 5), dtype); // 27 bits
    const low = castNode(graph.shiftRightLogical(words[2 * i + 1]!, 6), dtype); // 26 bits
    return scaled(graph.add(scaled(high, 2 ** 26), low), 2 ** -53);
  });
}

function floatOnly(operation: string, dtype: DType): DType {
  if (isFloat(dtype)) return dtype;
  throw new DTypeError(`${operation}: ${dtype} cannot hold its numbers; use float32 or another float, or integers()`);
}

// ------------------------------------------------------------------------------------------------------- distributions

/**
 * Uniform in [low, high), 0 … 1 when absent. The fraction of the way is a multiple of 2⁻²⁴ in float32, 2⁻⁵³ in float64; where rounding
 * low + (high − low) u would reach `high`, it is the number of the dtype before that. With low above high: in (high, low]. Source: NumPy's uniform.
 *
 * @returns  `shape`, float32 or the `dtype` named
 * @throws DTypeError  when the dtype is no float
 * @throws ValueError  when low, high or their distance is not finite in the dtype
 * @example
 * random.uniform({ low: 2, high: 3, shape: [2, 2] }).floor(); // => [[2. 2.]
 * //  [2. 2.]]
 */
export function uniform<const S extends Shape = readonly []>({
  low = 0,
  high = 1,
  shape,
  dtype = "float32",
  device,
}: RandomOptions<S> & { readonly low?: number; readonly high?: number } = {}): Tensor<S> {
  const [u] = fractions(shape ?? [], floatOnly("uniform", dtype), 1, device ?? null);
  if (low === 0 && high === 1) return new Tensor(u!);
  const wide = isHalf(dtype) ? "float32" : dtype; // a half is rounded once, at the end
  if (![low, high, high - low].every((v) => Math.abs(v) <= greatestOf(wide)))
    throw new ValueError(`uniform: numbers from ${low} to ${high} are not finite in ${wide}; choose nearer ends`);
  const between = graph.add(scaled(castNode(u!, wide), high - low), fillNode(low, u!.shape, wide));
  const rounded = castNode(between, dtype);
  if (low === high) return new Tensor(rounded);
  const last = fillNode(lastBefore(high, low, dtype), u!.shape, dtype);
  return new Tensor(low < high ? graph.minimum(rounded, last) : graph.maximum(rounded, last));
}

/** The number of a dtype nearest to `end`, on the side of `from` and not `end` itself; `from` where there is none between. */
function lastBefore(end: number, from: number, dtype: DType): number {
  const direction = Math.sign(end - from);
  const isBefore = (v: number) => direction * (end - v) > 0;
  let step = (epsilonOf(dtype) / 4) * Math.abs(end); // half the spacing below a power of two
  for (let v = castScalar(end, dtype); ; step *= 2) {
    if (isBefore(Number(v))) return direction * (Number(v) - from) > 0 ? Number(v) : from;
    v = castScalar(end - direction * (step === 0 ? 2 ** -1074 : step), dtype);
    if (step === 0) step = 2 ** -1074;
  }
}

/**
 * Normal with a mean (0) and a standard deviation (1).
 *
 *     √(−2 ln u₁) · cos(2π u₂),   u₁ in (0, 1], u₂ in [0, 1)     (Box & Muller 1958)
 *
 * As u₁ ≥ 2⁻²⁴ in float32 (2⁻⁵³ in float64), no number lies further than 5.77 (8.57) standard deviations from the mean. float16 and
 * bfloat16 are computed in float32.
 *
 * @returns  `shape`, float32 or the `dtype` named
 * @throws DTypeError  when the dtype is no float
 * @example
 * random.normal({ mean: 100, std: 0.01, shape: [3] }).round(); // => [100. 100. 100.]
 */
export function normal<const S extends Shape = readonly []>({
  mean = 0,
  std = 1,
  shape,
  dtype = "float32",
  device,
}: RandomOptions<S> & { readonly mean?: number; readonly std?: number } = {}): Tensor<S> {
  const wide = isHalf(floatOnly("normal", dtype)) ? "float32" : dtype; // a half is rounded once, at the end
  const [u1, u2] = fractions(shape ?? [], wide, 2, device ?? null);
  const positive = graph.sub(fillNode(1, u1!.shape, u1!.dtype), u1!);
  const radius = graph.sqrt(scaled(graph.log(positive), -2));
  const z = graph.mul(radius, graph.cos(scaled(u2!, 2 * Math.PI)));
  const spread = std === 1 ? z : scaled(z, std);
  return new Tensor(castNode(mean === 0 ? spread : graph.add(spread, fillNode(mean, z.shape, z.dtype)), dtype));
}

/**
 * Whole numbers from `low` to `high` − 1; int32. All equally likely but for rounding, from 31 random bits each.
 *
 * Source: NumPy's Generator.integers.
 *
 * @returns  `shape`, int32 or the `dtype` named
 * @throws ValueError  when there are none, or more than 2³¹, or the dtype does not hold them
 * @example
 * random.integers(4, 5, { shape: [3] }); // => [4 4 4]
 */
export function integers<const S extends Shape = readonly []>(
  low: number,
  high: number,
  { shape, dtype = "int32", device }: RandomOptions<S> = {},
): Tensor<S> {
  if (!(Number.isInteger(low) && Number.isInteger(high) && low < high && high - low <= 2 ** 31)) {
    throw new ValueError(`integers: there are no whole numbers from ${low} up to ${high}, or more than 2^31`);
  }
  const greatestWhole = isFloat(dtype) ? 2 / epsilonOf(dtype) : Number.POSITIVE_INFINITY; // beyond it a float leaves some out
  const ends = [low, high - 1];
  const outside = ends.find((end) => castScalar(end, dtype) !== end || Math.abs(end) > greatestWhole);
  if (outside !== undefined) throw new ValueError(`integers: ${dtype} does not hold ${outside}; choose a wider dtype`);
  const [bits] = randomBits(shape ?? [], 1, device ?? null);
  const share = scaled(castNode(graph.shiftRightLogical(bits!, 1), "float64"), 2 ** -31);
  const chosen = graph.add(graph.floor(scaled(share, high - low)), fillNode(low, share.shape, "float64"));
  return new Tensor(castNode(chosen, dtype));
}

/**
 * 1 with probability p, else 0. A tensor of probabilities gives a result of its shape. Source: PyTorch's bernoulli.
 *
 * @param p  0 … 1; in a tensor not checked: NaN gives 0, what lies outside counts as the nearer end
 * @returns  `shape`, to which a tensor p is broadcast; float32 or the `dtype` named
 * @throws ValueError  when the number p is not in 0 … 1
 * @throws ShapeError  when the tensor p does not broadcast to `shape`
 * @throws DTypeError  when p is complex
 * @example
 * random.bernoulli(1, { shape: [3] }); // => [1. 1. 1.]
 */
export function bernoulli<S extends Shape>(p: Tensor<S>, options?: RandomOptions): Tensor<S>;
export function bernoulli<const S extends Shape = readonly []>(p: number, options?: RandomOptions<S>): Tensor<S>;
export function bernoulli(p: number | Tensor, { shape, dtype = "float32", device }: RandomOptions = {}): Tensor {
  if (typeof p === "number" && !(p >= 0 && p <= 1))
    throw new ValueError(`bernoulli: ${p} is no probability; they are from 0 to 1`);
  const full = shape ?? (typeof p === "number" ? [] : p.shape);
  const compute = typeof p === "number" || p.dtype !== "float64" ? "float32" : "float64";
  const [u] = fractions(full, compute, 1, device ?? null);
  const bound = typeof p === "number" ? fillNode(p, full, compute) : broadcastNode(castNode(p.node, compute), full);
  return new Tensor(castNode(graph.less(u!, bound), dtype));
}

// ---------------------------------------------------------------------------------------------------- order and choice

/**
 * 0 … n − 1 in random order (int32), or the rows of a tensor in random order. Source: NumPy's permutation.
 *
 * @returns  [n], or the shape and dtype of the tensor
 * @throws ShapeError  when the tensor is a scalar, or n is no size
 * @example
 * random.permutation(4).sort(); // => [0 1 2 3]
 */
export function permutation<S extends Shape>(x: Tensor<S>): Tensor<S>;
export function permutation<const N extends number>(n: N): Tensor<readonly [N]>;
export function permutation(x: number | Tensor): Tensor {
  const n = typeof x === "number" ? x : x.shape[0];
  if (n === undefined) throw new ShapeError("permutation: a scalar has no rows to be ordered");
  const [bits] = randomBits([n], 1, typeof x === "number" ? null : x.node.device);
  const order = argsort(new Tensor(bits!));
  return typeof x === "number" ? order : take(x, order, { axis: 0 });
}

export interface ChoiceOptions<S extends Shape = Shape> {
  /** one when absent */
  readonly shape?: S | undefined;
  /** whether one may be drawn several times; true */
  readonly replace?: boolean | undefined;
  /** probabilities, a vector; all the same when absent */
  readonly p?: Tensor | undefined;
}

/**
 * Draws among 0 … n − 1 (int32), or among the rows of a tensor. Source: NumPy's choice; without putting back Efraimidis & Spirakis 2006.
 *
 * `p` is not checked. With putting back it must sum to 1; what is missing falls to the last candidate that has any. Without, only ratios count.
 *
 * @param x  n, or a tensor [n, ...row]
 * @returns  `shape`, or [...shape, ...row] in the dtype of the tensor
 * @throws ShapeError  when the tensor is a scalar, or `p` is not [n]
 * @throws ValueError  when without putting back more are drawn than there are, or with it (and no `p`) any from none
 * @throws DTypeError  when `p` is complex
 * @example
 * random.choice(tensor([7, 7]), { shape: [3] }); // => [7. 7. 7.]
 */
export function choice(x: number | Tensor, { shape = [], replace = true, p }: ChoiceOptions = {}): Tensor {
  const n = typeof x === "number" ? x : x.shape[0];
  if (n === undefined) throw new ShapeError("choice: a scalar has no rows to choose from");
  if (p !== undefined && (p.ndim !== 1 || p.size !== n)) {
    throw new ShapeError(`choice: probabilities of shape ${show(p.shape)} do not fit ${n} candidates`);
  }
  const count = sizeOf(shape);
  if (count > 0 && !(n >= 1)) throw new ValueError(`choice: ${n} candidates are none to draw from`);
  if (!replace && count > n)
    throw new ValueError(`choice: ${count} of ${n} candidates cannot be drawn without putting them back`);
  const places = replace ? drawn(n, shape, p) : new Tensor(graph.reshape(firstOf(n, count, p), shape));
  return typeof x === "number" ? places : take(x, places, { axis: 0 });
}

/** With putting back: where a uniform number falls among the running sums of the probabilities. */
function drawn(n: number, shape: Shape, p: Tensor | undefined): Tensor {
  if (p === undefined) return integers(0, n, { shape });
  const sums = cumsum(p, { axis: 0 });
  const u = uniform<Shape>({ shape });
  const found = searchsorted(sums, u, { side: "right" });
  // sums may end below 1 by rounding: what is missing falls to the last candidate that has a probability, where they reach their end
  const last = searchsorted(sums, sums.at(-1) as Tensor, { side: "left" });
  const reached = graph.minimum(last.node, fillNode(n - 1, [], "int32")); // n where p holds NaN
  return new Tensor(graph.minimum(found.node, broadcastNode(reached, found.shape)));
}

/** Without putting back: the least of n exponential waiting times with rates p (Efraimidis & Spirakis 2006). */
function firstOf(n: number, count: number, p: Tensor | undefined): Node {
  const [u] = fractions([n], "float32", 1, p?.node.device ?? null);
  const waiting = graph.neg(graph.log1p(graph.neg(u!)));
  const keys = p === undefined ? u! : graph.div(waiting, castNode(p.node, "float32"));
  return sliceAxis(graph.argsort(keys), 0, 0, count);
}
