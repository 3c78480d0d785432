/** Fourier transforms along axes, with the meanings of `numpy.fft`. How they are computed: `fourier-transform.ts`. */
import {
  checkOptions,
  DTypeError,
  isComplex,
  normalizeAxes,
  normalizeAxis,
  range,
  type Shape,
  show,
  sizeOf,
  ValueError,
} from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { arange } from "./creation.ts";
import { type Direction, transformRows } from "./fourier-transform.ts";
import { castNode } from "./operands.ts";
import { roll, sliceAxis } from "./shaping.ts";
import type { Tensor } from "./tensor.ts";

/** By what results are divided: nothing or n ("backward": forward, inverse), √n both ways ("ortho"), n or nothing ("forward"). */
export type FourierNorm = "backward" | "ortho" | "forward";

export interface FourierOptions {
  /** length of the transform: entries are left out at the end, or zeros added; the axis' own when absent */
  readonly n?: number | undefined;
  /** along which axis; the last one */
  readonly axis?: number | undefined;
  /** how results are scaled; "backward" */
  readonly norm?: FourierNorm | undefined;
}

export interface Fourier2Options {
  /** lengths of the transforms; the axes' own when absent */
  readonly s?: readonly [number, number] | undefined;
  /** along which axes; the last two */
  readonly axes?: readonly [number, number] | undefined;
  /** how results are scaled; "backward" */
  readonly norm?: FourierNorm | undefined;
}

/** Of a transform that keeps the axis' length, and with it the shape. */
type OwnLength = { readonly n?: undefined };
type OwnLengths = { readonly s?: undefined };

// ---------------------------------------------------------------------------------------------------------- transforms

/**
 * The discrete Fourier transform.
 *
 *     X[k] = Σ_j x[j] e^(−2πi jk/n),   k = 0 … n − 1
 *
 * Any length, n log n; differentiable any number of times. Source: `numpy.fft.fft`; Cooley & Tukey 1965, Bluestein 1970.
 *
 * @param x        real or complex, one axis at least; computed in float32
 * @param options  `n`, `axis`, `norm`
 * @returns        complex64, the shape of x with n along the axis
 * @throws ShapeError  when the axis does not exist
 * @throws ValueError  when n is not a whole number from 1, or the norm does not exist
 * @example
 * fft(tensor([1, 2, 3, 4])); // => [10.+0.j -2.+2.j -2.+0.j -2.-2.j]
 */
export function fft<S extends Shape>(x: Tensor<S>, options?: FourierOptions & OwnLength): Tensor<S>;
export function fft(x: Tensor, options?: FourierOptions): Tensor;
export function fft(x: Tensor, options: FourierOptions = {}): Tensor {
  return transform("fft", x, options, -1);
}

/**
 * The inverse of `fft`.
 *
 *     x[j] = 1/n Σ_k X[k] e^(2πi jk/n)
 *
 * Source: `numpy.fft.ifft`.
 *
 * @param x        real or complex, one axis at least; computed in float32
 * @param options  `n`, `axis`, `norm`
 * @returns        complex64, the shape of x with n along the axis
 * @throws ShapeError  when the axis does not exist
 * @throws ValueError  when n is not a whole number from 1, or the norm does not exist
 * @example
 * ifft(fft(tensor([1, 2, 4]))).real(); // => [1. 2. 4.]
 */
export function ifft<S extends Shape>(x: Tensor<S>, options?: FourierOptions & OwnLength): Tensor<S>;
export function ifft(x: Tensor, options?: FourierOptions): Tensor;
export function ifft(x: Tensor, options: FourierOptions = {}): Tensor {
  return transform("ifft", x, options, 1);
}

/**
 * `fft` of real numbers: the first n/2 + 1 results, of which the others are the conjugates.
 *
 *     X[k] = Σ_j x[j] e^(−2πi jk/n),   k = 0 … ⌊n/2⌋
 *
 * Source: `numpy.fft.rfft`.
 *
 * @param x        real, one axis at least; computed in float32
 * @param options  `n`, `axis`, `norm`
 * @returns        complex64, the shape of x with ⌊n/2⌋ + 1 along the axis
 * @throws DTypeError  when x is complex
 * @throws ShapeError  when the axis does not exist
 * @throws ValueError  when n is not a whole number from 1, or the norm does not exist
 * @example
 * rfft(tensor([1, 2, 3, 4])); // => [10.+0.j -2.+2.j -2.+0.j]
 */
export function rfft(x: Tensor, options: FourierOptions = {}): Tensor {
  if (isComplex(x.dtype)) throw new DTypeError(`rfft: takes real numbers, not complex64 ${show(x.shape)}; use fft`);
  const { axis, n, divisor } = plan("rfft", x, options, -1);
  const lines = linesOf(x, axis);
  const found = transformRows(joined(lines.parts.map((part) => resized(part, n))), -1);
  return complexOf(lines, sliceAxis(found, 2, 0, Math.floor(n / 2) + 1), divisor);
}

/**
 * The inverse of `rfft`: real numbers from the first half of their transform. Imaginary parts of X[0], and of X[n/2] for even n,
 * count nothing.
 *
 * Source: `numpy.fft.irfft`.
 *
 * @param x        real or complex, one axis at least; computed in float32
 * @param options  `n`, length of the result, 2(m − 1) for m entries when absent; `axis`, `norm`
 * @returns        float32, the shape of x with n along the axis
 * @throws ShapeError  when the axis does not exist
 * @throws ValueError  when n is not a whole number from 1, or the norm does not exist
 * @example
 * irfft(rfft(tensor([1, 2, 4])), { n: 3 }); // => [1. 2. 4.]
 */
export function irfft(x: Tensor, options: FourierOptions = {}): Tensor {
  const { axis: named = -1, n: wanted, norm } = options;
  const along = normalizeAxis("irfft", named, x.ndim);
  const { axis, n, divisor } = plan("irfft", x, { ...options, n: wanted ?? 2 * (x.shape[along]! - 1), norm }, 1);
  const lines = linesOf(x, axis);
  const half = Math.floor(n / 2) + 1;
  const whole = lines.parts.map((part, i) => {
    const first = resized(part, half);
    const mirrored = graph.flip(sliceAxis(first, 1, 1, n - half), [1]);
    return graph.concat([first, i === 0 ? mirrored : graph.neg(mirrored)], { axis: 1 });
  });
  const found = transformRows(joined(whole), 1);
  return x.derive(lines.back(divided(partOf(found, 0), divisor)));
}

/**
 * `fft` along two axes.
 *
 *     X[k, l] = Σ_i Σ_j x[i, j] e^(−2πi (ik/m + jl/n))
 *
 * Source: `numpy.fft.fft2`.
 *
 * @param x        real or complex, two axes at least; computed in float32
 * @param options  `s`, `axes`, `norm`
 * @returns        complex64, the shape of x with s along the axes
 * @throws ShapeError  when an axis does not exist, or is named twice
 * @throws ValueError  when a length is not a whole number from 1, or the norm does not exist
 * @example
 * fft2(tensor([[1, 2], [3, 4]])).real(); // => [[10. -2.]
 * //  [-4. 0.]]
 */
export function fft2<S extends Shape>(x: Tensor<S>, options?: Fourier2Options & OwnLengths): Tensor<S>;
export function fft2(x: Tensor, options?: Fourier2Options): Tensor;
export function fft2(x: Tensor, options: Fourier2Options = {}): Tensor {
  return twice("fft2", x, options, -1);
}

/**
 * The inverse of `fft2`.
 *
 * Source: `numpy.fft.ifft2`.
 *
 * @param x        real or complex, two axes at least; computed in float32
 * @param options  `s`, `axes`, `norm`
 * @returns        complex64, the shape of x with s along the axes
 * @throws ShapeError  when an axis does not exist, or is named twice
 * @throws ValueError  when a length is not a whole number from 1, or the norm does not exist
 * @example
 * ifft2(fft2(tensor([[1, 2], [3, 4]]))).real(); // => [[1. 2.]
 * //  [3. 4.]]
 */
export function ifft2<S extends Shape>(x: Tensor<S>, options?: Fourier2Options & OwnLengths): Tensor<S>;
export function ifft2(x: Tensor, options?: Fourier2Options): Tensor;
export function ifft2(x: Tensor, options: Fourier2Options = {}): Tensor {
  return twice("ifft2", x, options, 1);
}

function transform(operation: string, x: Tensor, options: FourierOptions, direction: Direction): Tensor {
  const { axis, n, divisor } = plan(operation, x, options, direction);
  const lines = linesOf(x, axis);
  return complexOf(lines, transformRows(joined(lines.parts.map((part) => resized(part, n))), direction), divisor);
}

function twice(operation: string, x: Tensor, options: Fourier2Options, direction: Direction): Tensor {
  checkOptions(operation, options, ["s", "axes", "norm"]);
  const { s, axes = [-2, -1], norm } = options;
  if (axes.length !== 2 || (s !== undefined && s.length !== 2))
    throw new ValueError(`${operation}: takes two axes and two lengths, not ${show(axes)} and ${show(s ?? [])}`);
  normalizeAxes(operation, axes, x.ndim); // they exist, and are two
  const along = (y: Tensor, i: 0 | 1): Tensor => transform(operation, y, { n: s?.[i], axis: axes[i], norm }, direction);
  return along(along(x, 1), 0);
}

// -------------------------------------------------------------------------------------------------- options and layout

/** What one transform is to do. */
interface Plan {
  readonly axis: number;
  readonly n: number;
  /** by what results are divided */
  readonly divisor: number;
}

const norms: readonly unknown[] = ["backward", "ortho", "forward"] satisfies FourierNorm[];

function plan(operation: string, x: Tensor, options: FourierOptions, direction: Direction): Plan {
  checkOptions(operation, options, ["n", "axis", "norm"]);
  const { norm = "backward" } = options;
  const axis = normalizeAxis(operation, options.axis ?? -1, x.ndim);
  const n = options.n ?? x.shape[axis]!;
  if (!Number.isInteger(n) || n < 1)
    throw new ValueError(`${operation}: n is ${n}; a transform has a whole number of entries from 1`);
  if (!norms.includes(norm))
    throw new ValueError(`${operation}: norm is ${String(norm)}; it must be "backward", "ortho" or "forward"`);
  if (norm === "ortho") return { axis, n, divisor: Math.sqrt(n) };
  return { axis, n, divisor: (norm === "forward") === (direction === -1) ? n : 1 };
}

/** A tensor's real and imaginary parts as rows along one axis, [rows, entries], and the way back from such rows. */
interface Lines {
  readonly x: Tensor;
  readonly parts: readonly Node[];
  back(rows: Node): Node;
}

function linesOf(x: Tensor, axis: number): Lines {
  const order = [...range(x.ndim).filter((i) => i !== axis), axis];
  const others = order.slice(0, -1).map((i) => x.shape[i]!);
  const inverse = range(x.ndim).map((i) => order.indexOf(i));
  const v = castNode(x.node, isComplex(x.dtype) ? x.dtype : "float32");
  const shape: Shape = [sizeOf(others), x.shape[axis]!];
  return {
    x,
    parts: graph.realNodes(v).map((part) => graph.reshape(graph.permute(part, order), shape)),
    back: (rows) => graph.permute(graph.reshape(rows, [...others, rows.shape[1]!]), inverse),
  };
}

/** Rows of n entries: cut off at the end, or filled with zeros. */
function resized(rows: Node, n: number): Node {
  const [, length] = rows.shape as [number, number]; // rows, entries
  if (n <= length) return sliceAxis(rows, 1, 0, n);
  return graph.pad(rows, { before: [0, 0], after: [0, n - length], interior: [0, 0] });
}

/** [rows, parts, n] */
function joined(parts: readonly Node[]): Node {
  return graph.concat(
    parts.map((part) => graph.reshape(part, [part.shape[0]!, 1, part.shape[1]!])),
    { axis: 1 },
  );
}

/** Real (0) or imaginary (1) parts of [rows, 2, n]. */
function partOf(rows: Node, part: 0 | 1): Node {
  return graph.reshape(sliceAxis(rows, 1, part, 1), [rows.shape[0]!, rows.shape[2]!]);
}

function divided(x: Node, divisor: number): Node {
  return divisor === 1 ? x : graph.div(x, graph.constantLike(x, divisor));
}

function complexOf(lines: Lines, rows: Node, divisor: number): Tensor {
  const [re, im] = ([0, 1] as const).map((part) => lines.back(divided(partOf(rows, part), divisor)));
  return lines.x.derive(graph.complex(re!, im!));
}

// --------------------------------------------------------------------------------------------------------- frequencies

export interface ShiftOptions {
  /** along which axes; all when absent */
  readonly axes?: number | readonly number[] | undefined;
}

/**
 * The results of `fft` in the order of their frequencies: 0 in the middle, at place ⌊n/2⌋.
 *
 * Source: `numpy.fft.fftshift`.
 *
 * @returns  the shape and dtype of x
 * @throws ShapeError  when an axis does not exist
 * @example
 * fftshift(fftfreq(4, { d: 0.25 })); // => [-2. -1.  0.  1.]
 */
export function fftshift<S extends Shape>(x: Tensor<S>, options: ShiftOptions = {}): Tensor<S> {
  return shifted("fftshift", x, options, (n) => Math.floor(n / 2));
}

/**
 * The inverse of `fftshift`.
 *
 * Source: `numpy.fft.ifftshift`.
 *
 * @returns  the shape and dtype of x
 * @throws ShapeError  when an axis does not exist
 * @example
 * ifftshift(tensor([-2, -1, 0, 1])); // => [ 0.  1. -2. -1.]
 */
export function ifftshift<S extends Shape>(x: Tensor<S>, options: ShiftOptions = {}): Tensor<S> {
  return shifted("ifftshift", x, options, (n) => -Math.floor(n / 2));
}

function shifted<S extends Shape>(
  operation: string,
  x: Tensor<S>,
  options: ShiftOptions,
  by: (n: number) => number,
): Tensor<S> {
  checkOptions(operation, options, ["axes"]);
  const axes = normalizeAxes(operation, options.axes, x.ndim);
  return axes.length === 0
    ? x
    : roll(
        x,
        axes.map((axis) => by(x.shape[axis]!)),
        { axis: axes },
      );
}

export interface FrequencyOptions {
  /** distance of two samples; 1 */
  readonly d?: number | undefined;
}

/**
 * The frequencies that the results of `fft` belong to, in cycles for each unit of d.
 *
 *     0, 1, …, ⌈n/2⌉ − 1, −⌊n/2⌋, …, −1,   each / (n d)
 *
 * Source: `numpy.fft.fftfreq`.
 *
 * @returns  float32 [n]
 * @throws ValueError  when n is not a whole number from 1
 * @example
 * fftfreq(5, { d: 0.2 }); // => [ 0.  1.  2. -2. -1.]
 */
export function fftfreq(n: number, options: FrequencyOptions = {}): Tensor<readonly [number]> {
  return ifftshift(frequencies("fftfreq", n, options, -Math.floor(n / 2), Math.ceil(n / 2)));
}

/**
 * The frequencies that the results of `rfft` belong to, in cycles for each unit of d.
 *
 *     0, 1, …, ⌊n/2⌋,   each / (n d)
 *
 * Source: `numpy.fft.rfftfreq`.
 *
 * @returns  float32 [⌊n/2⌋ + 1]
 * @throws ValueError  when n is not a whole number from 1
 * @example
 * rfftfreq(5, { d: 0.2 }); // => [0. 1. 2.]
 */
export function rfftfreq(n: number, options: FrequencyOptions = {}): Tensor<readonly [number]> {
  return frequencies("rfftfreq", n, options, 0, Math.floor(n / 2) + 1);
}

function frequencies(
  operation: string,
  n: number,
  options: FrequencyOptions,
  from: number,
  to: number,
): Tensor<readonly [number]> {
  checkOptions(operation, options, ["d"]);
  const { d = 1 } = options;
  if (!Number.isInteger(n) || n < 1) throw new ValueError(`${operation}: n is ${n}; it must be a whole number from 1`);
  return arange(from, to, 1).div(n * d) as Tensor<readonly [number]>; // a number beside a vector keeps its shape
}
