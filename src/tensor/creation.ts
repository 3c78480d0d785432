/** Making tensors: from values, from a rule, like another tensor; and variables, which can be assigned. */
import {
  allocate,
  castScalar,
  checkOptions,
  checkShape,
  type DType,
  DTypeError,
  dtypeInfo,
  dtypes,
  type Elements,
  filledArray,
  isBigInt,
  isComplex,
  isFloat,
  isHalf,
  isInexact,
  type Nested,
  type Shape,
  ShapeError,
  type ShapeOfNested,
  Storage,
  show,
  sizeOf,
  type TypedArray,
  ValueError,
  wholeOf,
} from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { isTracing, Variable } from "../runtime/index.ts";
import { Gradient } from "./gradient.ts";
import { castNode, fillNode, type Scalar, scalarDType } from "./operands.ts";
import { Tensor } from "./tensor.ts";

export interface CreationOptions {
  /** float32 unless the values say otherwise */
  readonly dtype?: DType | undefined;
  /** where it is computed; the default device when absent */
  readonly device?: string | undefined;
  /** whether derivatives with respect to it are wanted; false */
  readonly requiresGrad?: boolean | undefined;
}

/** Throws for options that no creation function knows, nor this one alone: `more`. */
function checkCreation(operation: string, options: object, ...more: readonly string[]): void {
  checkOptions(operation, options, ["dtype", "device", "requiresGrad", ...more]);
}

// --------------------------------------------------------------------------------------------------------- from values

/**
 * A tensor of the given values.
 *
 * Numbers become float32, booleans bool and bigints int64; a typed array keeps its type. With `shape`, a flat array is laid out in
 * that shape, row by row.
 * The first value decides for all. Put into integers, fractions are cut off and what is too large wraps around; NaN becomes 0.
 *
 * @param values  a number, boolean or bigint, nested arrays, a typed array, or arrays of them
 * @returns       in the shape of the nesting; [] of a number
 * @throws ShapeError  when rows have different lengths, or the values do not fill `shape`
 * @throws DTypeError  when an entry is no number, or `requiresGrad` is asked of integers or bool
 * @throws ValueError  for an option that does not exist
 * Source: NumPy's array for nesting, PyTorch's tensor for float32.
 * @example
 * tensor([[1, 2], [3, 4]]).shape; // => [ 2, 2 ]
 */
export function tensor<const S extends Shape>(
  values: ArrayLike<number> | ArrayLike<bigint>,
  options: CreationOptions & { readonly shape: S },
): Tensor<S>;
export function tensor<const T extends Nested>(values: T, options?: CreationOptions): Tensor<ShapeOfNested<T>>;
export function tensor(values: Nested, options: CreationOptions & { readonly shape?: Shape } = {}): Tensor {
  checkCreation("tensor", options, "shape");
  return fromValues(values, options);
}

function fromValues(values: Nested, options: CreationOptions & { readonly shape?: Shape } = {}): Tensor {
  const { dtype = dtypeOf(values) } = options;
  const shape = options.shape ?? nestedShape(values);
  if (isComplex(dtype)) {
    const reals = fromValues(values, { ...options, dtype: "float32", requiresGrad: false });
    return fromStorage(graph.interleaved(castNode(reals.node, dtype)), shape, options);
  }
  const array = allocate(dtype, sizeOf(shape));
  const target: Target = { array, element: elementOf(dtype) };
  if (options.shape === undefined) fill(values, target, 0);
  else fillFlat(values, target, shape);
  return fromStorage(new Storage(dtype, array.length, array), shape, options);
}

/** An array that is filled, and what stands in it for a value. */
interface Target {
  readonly array: Elements;
  readonly element: (value: number | bigint | boolean) => number | bigint;
}

/** How values are put into an array of `dtype`. Typed arrays round and wrap by themselves, but for bool, halves and bigints. */
function elementOf(dtype: DType): Target["element"] {
  if (isBigInt(dtype)) return (value) => wholeOf(typeof value === "boolean" ? Number(value) : value);
  if (dtype === "bool" || isHalf(dtype))
    return (value) => castScalar(typeof value === "boolean" ? Number(value) : value, dtype);
  return Number;
}

/**
 * A tensor over values that nobody writes to any more: no copy is made.
 *
 * @returns  `shape`, in the dtype of `storage`
 * @throws ShapeError  when the values do not fill `shape`
 * @throws DTypeError  when `requiresGrad` is asked of integers or bool
 * @example
 * const x = tensor([1, 2, 3, 4]);
 * fromStorage(x.node.storage, [2, 2]); // => [[1. 2.]
 *                                      //     [3. 4.]]
 */
export function fromStorage<S extends Shape>(storage: Storage, shape: S, options: CreationOptions = {}): Tensor<S> {
  const { requiresGrad = false, device = null } = options;
  checkGradable("tensor", storage.dtype, requiresGrad);
  const leaf = graph.known(storage, shape, { requiresGrad, device });
  if (requiresGrad) collectGradient(leaf);
  return new Tensor<S>(leaf);
}

/** Gives a leaf a place for its gradient; to that of a complex leaf both parts add theirs. */
function collectGradient(leaf: Node): void {
  const gradient = new Gradient();
  leaf.sink = gradient;
  if (!isComplex(leaf.dtype)) return;
  const zero = fillNode(0, leaf.shape, "float32");
  graph.real(leaf).sink = { accumulate: (re) => gradient.accumulate(graph.complex(re, zero)) };
  graph.imag(leaf).sink = { accumulate: (im) => gradient.accumulate(graph.complex(zero, im)) };
}

function checkGradable(operation: string, dtype: DType, requiresGrad: boolean): void {
  if (requiresGrad && !isInexact(dtype)) {
    throw new DTypeError(`${operation}: ${dtype} has no derivatives; requiresGrad is for floats`);
  }
}

/** The dtype that values suggest. */
function dtypeOf(values: Nested): DType {
  let first: Nested | undefined = values;
  while (Array.isArray(first)) first = first[0];
  if (typeof first === "boolean") return "bool";
  if (typeof first === "bigint") return "int64";
  if (first instanceof Uint8ClampedArray) return "uint8";
  return arrayDTypes.find((dtype) => first instanceof dtypeInfo[dtype].array) ?? "float32";
}

/** dtypes that have an array of their own. */
const arrayDTypes: readonly DType[] = /* @__PURE__ */ dtypes.filter((dtype) => dtype !== "bool" && !isHalf(dtype));

/** The shape of nested arrays, told by the first entry of each; `fill` finds the entries that differ. */
function nestedShape(values: Nested): number[] {
  const shape: number[] = [];
  let first: Nested | undefined = values;
  while (isArray(first)) {
    shape.push(first.length);
    first = first[0];
  }
  return shape;
}

function isArray(values: Nested | undefined): values is readonly Nested[] | ArrayLike<number> | ArrayLike<bigint> {
  return typeof values === "object" && values !== null;
}

/** Writes `values` from `position` on and returns where it ended. */
function fill(
  values: Nested,
  out: Target,
  position: number,
  path: readonly number[] = [],
  shape = nestedShape(values),
): number {
  if (!isArray(values)) {
    if (shape.length > path.length)
      throw new ShapeError(`tensor: ragged array: ${place(path)} is a number, others are arrays`);
    if (typeof values !== "number" && typeof values !== "boolean" && typeof values !== "bigint") {
      throw new DTypeError(`tensor: ${place(path)} is ${values === null ? "null" : typeof values}, not a number`);
    }
    out.array[position] = out.element(values);
    return position + 1;
  }
  const size = shape[path.length];
  if (size === undefined) throw new ShapeError(`tensor: ragged array: ${place(path)} is an array, others are numbers`);
  if (values.length !== size) {
    throw new ShapeError(`tensor: ragged array: ${place(path)} has ${values.length} entries, others have ${size}`);
  }
  if (ArrayBuffer.isView(values) && shape.length === path.length + 1) {
    const numbers: Elements = values as TypedArray; // the only views of numbers
    for (let i = 0; i < size; i++) out.array[position + i] = out.element(numbers[i]!);
    return position + size;
  }
  for (let i = 0; i < size; i++) position = fill(values[i]!, out, position, [...path, i], shape);
  return position;
}

function place(path: readonly number[]): string {
  return path.length === 0 ? "the value" : `entry [${path.join(", ")}]`;
}

function fillFlat(values: Nested, out: Target, shape: Shape): void {
  checkShape("tensor", shape);
  const count = isArray(values) ? values.length : 1;
  if (count !== sizeOf(shape)) {
    throw new ShapeError(`tensor: ${count} values do not fill shape ${show(shape)} of ${sizeOf(shape)} elements`);
  }
  fill(values, out, 0);
}

// --------------------------------------------------------------------------------------------------------- from a rule

/**
 * The same number everywhere. Source: NumPy's full.
 *
 * @returns  `shape`; without a `dtype`, a number gives float32, a boolean bool, a bigint int64
 * @throws ShapeError  when `shape` holds anything but whole numbers from 0
 * @throws DTypeError  when `requiresGrad` is asked of integers or bool
 * @throws ValueError  for an option that does not exist
 * @example
 * full([2, 2], 7); // => [[7. 7.]
 * //  [7. 7.]]
 */
export function full<const S extends Shape>(shape: S, value: Scalar, options: CreationOptions = {}): Tensor<S> {
  return filled("full", shape, value, options);
}

/**
 * Zeros. Source: NumPy's zeros.
 *
 * @returns  `shape`, float32 unless `dtype` says otherwise
 * @throws ShapeError  when `shape` holds anything but whole numbers from 0
 * @throws DTypeError  when `requiresGrad` is asked of integers or bool
 * @throws ValueError  for an option that does not exist
 * @example
 * zeros([3], { dtype: "int32" }); // => [0 0 0]
 */
export function zeros<const S extends Shape>(shape: S, options: CreationOptions = {}): Tensor<S> {
  return filled("zeros", shape, 0, options);
}

/**
 * Ones. Source: NumPy's ones.
 *
 * @returns  `shape`, float32 unless `dtype` says otherwise
 * @throws ShapeError  when `shape` holds anything but whole numbers from 0
 * @throws DTypeError  when `requiresGrad` is asked of integers or bool
 * @throws ValueError  for an option that does not exist
 * @example
 * ones([2, 2]); // => [[1. 1.]
 * //  [1. 1.]]
 */
export function ones<const S extends Shape>(shape: S, options: CreationOptions = {}): Tensor<S> {
  return filled("ones", shape, 1, options);
}

/** A constant, which the compiler knows; a leaf of its own if its gradient is wanted. */
function filled<S extends Shape>(operation: string, shape: S, value: Scalar, options: CreationOptions): Tensor<S> {
  checkCreation(operation, options);
  checkShape(operation, shape);
  const { dtype = scalarDType(value), device = null, requiresGrad = false } = options;
  if (!requiresGrad) return new Tensor<S>(fillNode(value, shape, dtype, device));
  if (isComplex(dtype)) return fromStorage(graph.interleaved(fillNode(value, shape, dtype)), shape, options);
  const array = filledArray(
    dtype,
    sizeOf(shape),
    castScalar(typeof value === "boolean" ? Number(value) : value, dtype),
  );
  return fromStorage(new Storage(dtype, array.length, array), shape, options);
}

/**
 * The same number everywhere in the shape and (unless another is named) the dtype of `x`. Source: NumPy's full_like.
 *
 * @throws DTypeError  when `requiresGrad` is asked of integers or bool
 * @throws ValueError  for an option that does not exist
 * @example
 * fullLike(tensor([1, 2]), 9); // => [9. 9.]
 */
export function fullLike<S extends Shape>(x: Tensor<S>, value: Scalar, options: CreationOptions = {}): Tensor<S> {
  return filledLike("fullLike", x, value, options);
}

/**
 * Zeros in the shape and dtype of `x`. Source: NumPy's zeros_like.
 *
 * @throws DTypeError  when `requiresGrad` is asked of integers or bool
 * @throws ValueError  for an option that does not exist
 * @example
 * zerosLike(tensor([true, false])); // => [False False]
 */
export function zerosLike<S extends Shape>(x: Tensor<S>, options: CreationOptions = {}): Tensor<S> {
  return filledLike("zerosLike", x, 0, options);
}

/**
 * Ones in the shape and dtype of `x`. Source: NumPy's ones_like.
 *
 * @throws DTypeError  when `requiresGrad` is asked of integers or bool
 * @throws ValueError  for an option that does not exist
 * @example
 * onesLike(tensor([[1, 2]])); // => [[1. 1.]]
 */
export function onesLike<S extends Shape>(x: Tensor<S>, options: CreationOptions = {}): Tensor<S> {
  return filledLike("onesLike", x, 1, options);
}

function filledLike<S extends Shape>(operation: string, x: Tensor<S>, value: Scalar, options: CreationOptions) {
  checkCreation(operation, options); // before it is spread, which makes an object of anything
  return filled(operation, x.shape, value, { dtype: x.dtype, ...options });
}

export interface EyeOptions<M extends number = number> extends CreationOptions {
  /** columns; as many as rows when absent */
  readonly m?: M | undefined;
  /** which diagonal: 0 the main one, above it > 0, below it < 0 */
  readonly k?: number | undefined;
}

/**
 * Ones on a diagonal of an n × m matrix, zeros elsewhere.
 *
 * @returns  [n, m], float32 unless `dtype` says otherwise; all zeros where the diagonal lies outside
 * @throws ShapeError  when n or m is not a whole number from 0
 * @throws DTypeError  when `requiresGrad` is asked of integers or bool
 * @throws ValueError  for an option that does not exist
 * Source: NumPy's eye.
 * @example
 * eye(2, { m: 3, k: 1 }); // => [[0. 1. 0.]
 * //  [0. 0. 1.]]
 */
export function eye<const N extends number, const M extends number = N>(
  n: N,
  options: EyeOptions<M> = {},
): Tensor<readonly [N, M]> {
  checkCreation("eye", options, "m", "k");
  const { k = 0, device = null } = options;
  const shape = [n, options.m ?? n];
  checkShape("eye", shape);
  const row = graph.iota(shape, 0, "int32", device);
  const column = graph.iota(shape, 1, "int32", device);
  return fromComputed("eye", graph.equal(graph.add(row, fillNode(k, shape, "int32")), column), options);
}

/**
 * start, start + step, start + 2 step, … before `stop`; with one argument, 0, 1, … before it.
 *
 * @returns  [n] with n = ⌈(stop − start) / step⌉, none where `step` leads away from `stop`; float32 unless `dtype` says otherwise.
 *           Each start + i · step is put into `dtype` by itself: cut off, and wrapped around, for integers
 * @throws ValueError  when `step` is 0 or NaN, the range has no end, or an option does not exist
 * @throws DTypeError  when `requiresGrad` is asked of integers or bool
 * Source: NumPy's arange.
 * @example
 * arange(5, 0, -2); // => [5. 3. 1.]
 */
export function arange<const N extends number>(stop: N, options?: CreationOptions): Tensor<readonly [number]>;
export function arange(
  start: number,
  stop: number,
  step?: number,
  options?: CreationOptions,
): Tensor<readonly [number]>;
export function arange(
  start: number,
  stop?: number | CreationOptions,
  step = 1,
  options: CreationOptions = {},
): Tensor<readonly [number]> {
  if (typeof stop !== "number") return arange(0, start, 1, stop);
  checkCreation("arange", options);
  if (step === 0 || Number.isNaN(step)) throw new ValueError(`arange: a step of ${step} leads nowhere`);
  const { dtype = "float32", device = null } = options;
  const n = Math.max(0, Math.ceil((stop - start) / step));
  if (!Number.isFinite(n)) throw new ValueError(`arange: from ${start} to ${stop} there is no end`);
  const computed = rangeDType(dtype, Number.isInteger(start) && Number.isInteger(step));
  const index = graph.iota([n], 0, computed, device);
  const scaled = step === 1 ? index : graph.mul(index, fillNode(step, [n], computed));
  return fromComputed("arange", start === 0 ? scaled : graph.add(scaled, fillNode(start, [n], computed)), options);
}

/** What is computed, in the dtype of `options`; if its gradient is wanted a leaf of those values, which are computed at once. */
function fromComputed<S extends Shape>(operation: string, node: Node, options: CreationOptions): Tensor<S> {
  const { dtype = "float32", requiresGrad = false } = options;
  checkGradable(operation, dtype, requiresGrad);
  if (!requiresGrad) return new Tensor<S>(castNode(node, dtype));
  const values = new Tensor(isComplex(dtype) ? node : castNode(node, dtype)).dataSync();
  const { shape } = new Tensor<S>(node);
  return fromValues(values, { dtype, device: options.device, requiresGrad, shape }) as Tensor<S>; // the shape named
}

/** In what a range of `dtype` is computed: integers wrap at the end, and a half cannot count far. */
function rangeDType(dtype: DType, whole: boolean): DType {
  if (isFloat(dtype)) return isHalf(dtype) ? "float32" : dtype;
  if (!whole) return "float64";
  return isBigInt(dtype) ? dtype : "int32";
}

export interface SpacingOptions extends CreationOptions {
  /** whether `stop` is the last value; true */
  readonly endpoint?: boolean | undefined;
}

/**
 * `num` values evenly spaced from `start` to `stop`.
 *
 * xᵢ = start + i (stop − start) / (num − 1), or / num without `endpoint`; a single value is `start`.
 *
 * @param num  50 when absent
 * @returns    [num], computed in double precision and put into `dtype` (float32 when absent); cut off for integers
 * @throws ShapeError  when `num` is not a whole number from 0
 * @throws DTypeError  when `requiresGrad` is asked of integers or bool
 * @throws ValueError  for an option that does not exist
 * Source: NumPy's linspace.
 * @example
 * linspace(0, 1, 5); // => [0. 0.25 0.5 0.75 1. ]
 */
export function linspace<const N extends number = 50>(
  start: number,
  stop: number,
  num?: N,
  options: SpacingOptions = {},
): Tensor<readonly [N]> {
  checkCreation("linspace", options, "endpoint");
  return spaced("linspace", start, stop, num ?? 50, options, (x) => x) as Tensor<readonly [N]>; // 50 is N's default
}

/**
 * `base` to the power of `num` values evenly spaced from `start` to `stop`. The exponents are those of `linspace`; the base is 10 when absent.
 *
 * @param num  50 when absent
 * @returns    [num], computed in double precision and put into `dtype` (float32 when absent); cut off for integers
 * @throws ShapeError  when `num` is not a whole number from 0
 * @throws DTypeError  when `requiresGrad` is asked of integers or bool
 * @throws ValueError  for an option that does not exist
 * Source: NumPy's logspace.
 * @example
 * logspace(0, 3, 4); // => [ 1. 10. 100. 1000.]
 */
export function logspace<const N extends number = 50>(
  start: number,
  stop: number,
  num?: N,
  options: SpacingOptions & { readonly base?: number } = {},
): Tensor<readonly [N]> {
  checkCreation("logspace", options, "endpoint", "base");
  const { base = 10 } = options;
  return spaced("logspace", start, stop, num ?? 50, options, (x) => base ** x) as Tensor<readonly [N]>; // 50 is N's default
}

function spaced(
  name: string,
  start: number,
  stop: number,
  num: number,
  options: SpacingOptions,
  f: (x: number) => number,
): Tensor {
  checkShape(name, [num]);
  const { endpoint = true, dtype = "float32" } = options;
  const intervals = endpoint ? num - 1 : num;
  if (isComplex(dtype)) {
    const reals = spaced(name, start, stop, num, { ...options, dtype: "float32", requiresGrad: false }, f);
    return fromStorage(graph.interleaved(castNode(reals.node, dtype)), [num], options);
  }
  const array = allocate(dtype, num);
  const [elements, element]: [Elements, Target["element"]] = [array, elementOf(dtype)];
  for (let i = 0; i < num; i++) {
    const at = endpoint && i === intervals && i > 0 ? stop : start + (i * (stop - start)) / Math.max(1, intervals);
    elements[i] = element(f(at));
  }
  return fromStorage(new Storage(dtype, num, array), [num], options);
}

// ----------------------------------------------------------------------------------------------------------- variables

/**
 * A tensor that can be assigned: `x.assign(value)`. Its first value is that of `values`.
 *
 * @returns  in the shape and dtype of `values`, or in the `dtype` named
 * @throws ShapeError  when rows of nested arrays have different lengths
 * @throws DTypeError  for complex64, or when `requiresGrad` is asked of integers or bool
 * @throws ValueError  for an option that does not exist
 * @example
 * const count = variable(0);
 * count.assign(count.add(1));
 * count; // => 1.0
 */
export function variable<S extends Shape>(values: Tensor<S>, options?: CreationOptions): Tensor<S>;
export function variable<const T extends Nested>(values: T, options?: CreationOptions): Tensor<ShapeOfNested<T>>;
export function variable(values: Tensor | Nested, options: CreationOptions = {}): Tensor {
  return new Tensor(variableOf("variable", values, options));
}

/**
 * A variable that is trained: floating, with `requiresGrad`.
 *
 * @returns  in the shape and dtype of `values`, or in the `dtype` named; numbers become float32
 * @throws ShapeError  when rows of nested arrays have different lengths
 * @throws DTypeError  for integers, bool and complex64
 * @throws ValueError  for an option that does not exist
 * Source: PyTorch's nn.Parameter.
 * @example
 * const w = parameter([1, 2]);
 * w.square().sum().backward();
 * w.grad; // => [2. 4.]
 */
export function parameter<S extends Shape>(values: Tensor<S>, options?: CreationOptions): Tensor<S>;
export function parameter<const T extends Nested>(values: T, options?: CreationOptions): Tensor<ShapeOfNested<T>>;
export function parameter(values: Tensor | Nested, options: CreationOptions = {}): Tensor {
  return new Tensor(variableOf("parameter", values, { requiresGrad: true, ...options }));
}

/**
 * The state behind `variable` and `parameter`, for classes derived from Tensor.
 *
 * @param operation  the name that errors begin with
 * @throws ShapeError  when rows of nested arrays have different lengths
 * @throws DTypeError  for complex64, or when `requiresGrad` is asked of integers or bool
 * @throws ValueError  for an option that does not exist
 * @example
 * variableOf("parameter", [1, 2], { requiresGrad: true }).requiresGrad; // => true
 */
export function variableOf(operation: string, values: Tensor | Nested, options: CreationOptions = {}): Variable {
  checkCreation(operation, options);
  const source: Tensor = values instanceof Tensor ? values : fromValues(values);
  const { dtype = source.dtype, requiresGrad = false, device = source.node.device } = options;
  checkGradable(operation, dtype, requiresGrad);
  if (isComplex(dtype)) {
    throw new DTypeError(`${operation}: variables are real; make one of the real and one of the imaginary part`);
  }
  const cast: Node = castNode(source.node, dtype);
  if (cast.storage !== null || isTracing()) {
    return new Variable(source.shape, dtype, { values: new Tensor(cast).dataSync(), requiresGrad, device });
  }
  const made = new Variable(source.shape, dtype, { requiresGrad, device });
  made.assign(cast); // computed with the first program, together with the other initial values
  return made;
}
