/**
 * What a tensor holds: a node of the graph, or a variable whose present value is one. Its properties, how its values
 * are read, how a variable is assigned, and `backward`.
 */
import {
  type DType,
  DTypeError,
  dtypeInfo,
  GradientError,
  isBigIntArray,
  isComplex,
  isInexact,
  type NumberArray,
  numbersOf,
  type Shape,
  ShapeError,
  sameShape,
  show,
  sizeOf,
  type TypedArray,
  ValueError,
} from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { checkReadable, defaultDevice, expect, isTracing, realize, Variable } from "../runtime/index.ts";
import { Gradient } from "./gradient.ts";
import { broadcastNode, castNode, fillNode, isScalar, type Operand } from "./operands.ts";
import { format } from "./printing.ts";
import type { Tensor } from "./tensor.ts";

/** Nested arrays of numbers as deep as S has axes. */
export type ArrayOf<S extends Shape> = number extends S["length"]
  ? NestedNumbers
  : S extends readonly [number, ...infer Rest extends Shape]
    ? ArrayOf<Rest>[]
    : number;

/** Numbers in arrays of unknown depth. */
export type NestedNumbers<E = number> = E | NestedNumbers<E>[];

export abstract class Handle<S extends Shape> {
  readonly #source: Node | Variable;

  /** For makers of operations; users make tensors with `tensor`, `zeros`, … */
  constructor(source: Node | Variable) {
    this.#source = source;
    if (source instanceof Variable && source.requiresGrad) source.sink ??= new Gradient();
  }

  /** The node that stands for the present value. */
  get node(): Node {
    return this.#source instanceof Variable ? this.#source.read() : this.#source;
  }

  /**
   * A tensor on another node: how functions make their results, since the class imports them and not they the class.
   */
  abstract derive<R extends Shape>(node: Node): Tensor<R>;

  /** The state behind a tensor that can be assigned; else null. */
  get variable(): Variable | null {
    return this.#source instanceof Variable ? this.#source : null;
  }

  get #properties(): { readonly shape: Shape; readonly dtype: DType } {
    return this.#source instanceof Variable ? this.#source.cell : this.#source;
  }

  // -------------------------------------------------------------------------------------------------------- properties

  /** Sizes of the axes, outermost first. */
  get shape(): S {
    return this.#properties.shape as S; // S says what the maker of this tensor knew
  }

  /** Number of axes. */
  get ndim(): number {
    return this.#properties.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.#properties.shape);
  }

  get dtype(): DType {
    return this.#properties.dtype;
  }

  /** Bytes of one element. */
  get itemsize(): number {
    return dtypeInfo[this.dtype].itemsize;
  }

  /** Where it is computed. */
  get device(): string {
    return this.#source.device ?? defaultDevice();
  }

  /** Whether derivatives with respect to it, or to something it is made of, are recorded. */
  get requiresGrad(): boolean {
    return this.#source.requiresGrad;
  }

  set requiresGrad(wanted: boolean) {
    if (!(this.#source instanceof Variable)) {
      throw new ValueError(
        "requiresGrad: only of variables can it be changed; make the tensor with { requiresGrad: true }, or cut with detach()",
      );
    }
    if (wanted && !isInexact(this.dtype)) throw new ValueError(`requiresGrad: ${this.dtype} has no derivatives`);
    this.#source.sink = wanted ? (this.#source.sink ?? new Gradient()) : null;
    this.#source.requiresGrad = wanted;
  }

  get #gradient(): Gradient | null {
    return this.#source.sink instanceof Gradient ? this.#source.sink : null;
  }

  /** What `backward` has gathered for this leaf so far; null before, and for tensors that are no leaves. */
  get grad(): Tensor<S> | null {
    const value = this.#gradient?.value ?? null;
    return value === null ? null : this.derive<S>(value);
  }

  set grad(value: Tensor | null) {
    const gradient = this.#gradient;
    if (gradient === null) {
      if (value === null) return;
      throw new ValueError(
        "grad: only leaves with requiresGrad have a gradient; make a parameter() or use { requiresGrad: true }",
      );
    }
    if (value !== null && !sameShape(value.shape, this.shape)) {
      throw new ShapeError(
        `grad: a gradient of shape ${show(value.shape)} does not fit a tensor of shape ${show(this.shape)}`,
      );
    }
    gradient.value = value === null ? null : castNode(value.node, this.dtype);
  }

  // ----------------------------------------------------------------------------------------------------------- reading

  /** The values, row by row, computed now if they are not known yet; not to be written to. */
  #values(): TypedArray {
    const { node } = this;
    if (node.storage === null) {
      const parts = graph.realNodes(node);
      parts.forEach(checkReadable);
      realize(parts);
      if (isComplex(node.dtype)) node.storage = graph.interleaved(node);
    }
    return node.storage!.array(); // set by realize, or here
  }

  /** As `#values`, where every element is one number. */
  #numbers(operation: string): TypedArray {
    if (!isComplex(this.dtype)) return this.#values();
    throw new DTypeError(
      `${operation}: complex numbers have two parts; read real(z) and imag(z), or data(), where both take turns`,
    );
  }

  /**
   * The values, row by row, in an array of the reader's own: the array of the dtype's name; of bool 0 and 1 in bytes, of float16 and
   * bfloat16 the same numbers in a Float32Array, of complex64 a Float32Array where real and imaginary parts take turns, of int64 and uint64 bigints. Who expects bigints says so: `dataSync<BigInt64Array>()`.
   */
  dataSync(): NumberArray;
  dataSync<T extends TypedArray>(): T;
  dataSync(): TypedArray {
    return this.#values().slice();
  }

  /** As `dataSync`, without holding up whatever else runs. */
  data(): Promise<NumberArray>;
  data<T extends TypedArray>(): Promise<T>;
  async data(): Promise<TypedArray> {
    return this.dataSync();
  }

  /**
   * The values as nested arrays; a number for a scalar. Where int64 or uint64 hold one that no number is exactly (beyond 2⁵³) that is an error,
   * and `{ bigint: true }` gives all of them as bigints.
   *
   * @throws DTypeError  when they are complex, or bigints are asked for and the dtype has fractions
   * @throws ValueError  when one of them is no number exactly
   */
  arraySync<A extends Shape>(this: Tensor<A>, options?: NumbersOption): ArrayOf<A>;
  arraySync(options: BigIntsOption): NestedNumbers<bigint>;
  arraySync(options: ReadOptions = {}): NestedNumbers<number | bigint> {
    return nest(readable("array", this.#numbers("array"), this.dtype, options), this.shape, 0);
  }

  /** As `arraySync`, without holding up whatever else runs. */
  array<A extends Shape>(this: Tensor<A>, options?: NumbersOption): Promise<ArrayOf<A>>;
  array(options: BigIntsOption): Promise<NestedNumbers<bigint>>;
  async array(options: ReadOptions = {}): Promise<NestedNumbers<number | bigint>> {
    return nest(readable("array", this.#numbers("array"), this.dtype, options), this.shape, 0);
  }

  /**
   * The one value of a tensor of one element. Where int64 or uint64 hold what no number is exactly (beyond 2⁵³) that is an error, and
   * `{ bigint: true }` gives the bigint.
   *
   * @throws ShapeError  when there is not one element
   * @throws DTypeError  when it is complex, or a bigint is asked for and the dtype has fractions
   * @throws ValueError  when it is no number exactly
   */
  itemSync(options?: NumbersOption): number;
  itemSync(options: BigIntsOption): bigint;
  itemSync(options: ReadOptions = {}): number | bigint {
    if (this.size !== 1) {
      throw new ShapeError(
        `item: ${show(this.shape)} has ${this.size} elements, not one; read it with array(), or reduce it first`,
      );
    }
    return readable("item", this.#numbers("item"), this.dtype, options)[0]!;
  }

  /** As `itemSync`. */
  item(options?: NumbersOption): number;
  item(options: BigIntsOption): bigint;
  item(options: ReadOptions = {}): number | bigint {
    return options.bigint === true ? this.itemSync({ bigint: true }) : this.itemSync();
  }

  /** As NumPy prints an array. Large ones are cut short with "...". */
  toString(): string {
    if (isTracing() && this.node.storage === null)
      return `Tensor(${this.dtype}${show(this.shape)}, not known while a step is traced)`;
    return format(this.#values(), this.shape, this.dtype);
  }

  /** What console.log shows in Node, Deno and Bun. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  // ------------------------------------------------------------------------------------------------------------- state

  /**
   * Makes `value` the value of this variable: at once for whoever reads it, in place when a compiled step does it.
   *
   * @throws ShapeError  when shapes differ
   * @throws ValueError  when this tensor is no variable
   */
  assign(value: Operand): this {
    if (!(this.#source instanceof Variable)) {
      throw new ValueError(
        `assign: tensors do not change, this one of shape ${show(this.shape)} neither; make it with variable() or parameter()`,
      );
    }
    const { shape, dtype } = this;
    if (isScalar(value)) {
      this.#source.assign(broadcastNode(fillNode(value, [], dtype), shape));
      return this;
    }
    if (!sameShape(value.shape, shape)) {
      throw new ShapeError(
        `assign: a value of shape ${show(value.shape)} does not fit a variable of shape ${show(shape)}`,
      );
    }
    this.#source.assign(castNode(value.node, dtype));
    return this;
  }

  /** The present value, cut off from derivatives. */
  detach(): Tensor<S> {
    const { node } = this;
    if (node.storage === null) return this.derive<S>(graph.detach(node));
    return this.derive<S>(graph.known(node.storage, node.shape, { device: node.device }));
  }

  /**
   * The same values in another dtype: rounded to shorter floats, truncated to integers, bool where not 0. What an integer does not hold wraps
   * around, except that floats beyond int32 (int64 where the dtype has 32 bits without sign, or 64) become its least or greatest first.
   */
  astype<A extends Shape>(this: Tensor<A>, dtype: DType): Tensor<A> {
    return dtype === this.dtype ? this : this.derive<A>(castNode(this.node, dtype));
  }

  /** As `astype`. */
  cast<A extends Shape>(this: Tensor<A>, dtype: DType): Tensor<A> {
    return this.astype(dtype);
  }

  /** The values on another device: they are computed now. Derivatives do not pass from device to device. */
  to<A extends Shape>(this: Tensor<A>, device: string): Tensor<A> {
    if (this.#source.device === device) return this;
    const { node } = this;
    this.#values();
    return this.derive<A>(graph.known(node.storage!, node.shape, { device })); // #values has computed it
  }

  /**
   * Finds the derivatives of this scalar with respect to all parameters and other leaves with `requiresGrad` that it is
   * made of, and adds them to their `grad`.
   *
   * @param gradient  what flows in from outside; 1 for a scalar, needed for anything else
   * @throws GradientError  when this is no scalar and `gradient` is absent, or nothing here records derivatives
   */
  backward({ gradient }: { readonly gradient?: Tensor } = {}): void {
    const { node } = this;
    if (gradient === undefined && this.size !== 1) {
      throw new GradientError(
        `backward: only a scalar has one gradient, this has shape ${show(this.shape)}; reduce it with sum() or mean(), or pass { gradient }`,
      );
    }
    if (!node.requiresGrad) {
      throw new GradientError(
        "backward: nothing that this value is made of has requiresGrad, or it was made under noGrad(); use parameter() or { requiresGrad: true }",
      );
    }
    if (gradient === undefined && isComplex(node.dtype)) {
      throw new GradientError(
        "backward: a complex number is no loss; take its real(), imag() or abs(), or pass { gradient }",
      );
    }
    if (gradient !== undefined && !sameShape(gradient.shape, this.shape)) {
      throw new ShapeError(
        `backward: a gradient of shape ${show(gradient.shape)} does not fit a value of shape ${show(this.shape)}`,
      );
    }
    expect(node);
    leaveGradients(node, gradient === undefined ? null : castNode(gradient.node, node.dtype));
  }
}

/**
 * A parameter's gradient, for a step that takes it in. Outside of `compile` it stays where it is; a compiled step does not leave it behind, unless `keepGradients` asks for
 * that: it would be computed and copied for nothing.
 *
 * @param p  a variable
 * @returns  its gradient, in p's shape and dtype; null where there is none
 * @throws GradientError  when a compiled step has taken it before
 * @example
 * const w = parameter([1, 2]);
 * const step = compile(() => {
 *   w.grad = null;
 *   w.square().sum().backward();
 *   w.assign(w.sub(takeGradient(w)!.mul(0.25)));
 * });
 * step();
 * w; // => [0.5 1. ]
 */
export function takeGradient(p: Tensor): Tensor | null {
  const sink = p.variable?.sink;
  const value = sink instanceof Gradient ? sink.consume() : null;
  return value === null ? null : p.derive(value);
}

/** Adds the gradient of every leaf below `root` to what the leaf's sink holds. */
export function leaveGradients(root: Node, cotangent: Node | null): void {
  const ct = cotangent ?? graph.constant(1, root.shape, root.dtype, root.device);
  const gradients = graph.withRecording(false, () => graph.backward([{ node: root, cotangent: ct }]));
  // leaves with a sink are what was asked for
  for (const [leaf, gradient] of gradients) leaf.sink!.accumulate(gradient);
}

/** Reading numbers, as usual. */
interface NumbersOption {
  readonly bigint?: false | undefined;
}

/** Reading whole numbers as bigints. */
interface BigIntsOption {
  readonly bigint: true;
}

interface ReadOptions {
  readonly bigint?: boolean | undefined;
}

/** The values as numbers, none of them rounded, or as bigints. */
function readable(operation: string, values: TypedArray, dtype: DType, { bigint = false }: ReadOptions): TypedArray {
  if (bigint) {
    if (isInexact(dtype))
      throw new DTypeError(
        `${operation}: ${dtype} has fractions and bigints have none; read it without { bigint: true }`,
      );
    return isBigIntArray(values) ? values : BigInt64Array.from(values, BigInt);
  }
  if (!isBigIntArray(values)) return values;
  const numbers = numbersOf(values);
  const rounded = values[numbers.findIndex((v, i) => BigInt(v) !== values[i])];
  if (rounded !== undefined) {
    throw new ValueError(
      `${operation}: ${rounded} of ${dtype} is no JavaScript number exactly; read bigints with ${operation}({ bigint: true })`,
    );
  }
  return numbers;
}

/** `values` from `offset` on as arrays nested as `shape` says. */
function nest(values: TypedArray, shape: Shape, offset: number): NestedNumbers<number | bigint> {
  const [n, ...rest] = shape;
  if (n === undefined) return values[offset]!;
  if (rest.length === 0) return Array.from<number | bigint>(values.subarray(offset, offset + n));
  const step = sizeOf(rest);
  return Array.from({ length: n }, (_, i) => nest(values, rest, offset + i * step));
}
