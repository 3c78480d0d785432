/**
 * The Tensor: an immutable handle on a node of the graph, or on a variable whose present value is one.
 *
 * Operations build nodes and compute nothing; a value is computed when it is read (`data`, `array`, `item`, printing). Nobody
 * owns memory: what is no longer reachable is collected. The methods only forward: a function of the same name does the work and carries
 * the documentation.
 *
 * Most methods take the shape of `this` as a type parameter of their own. So nothing in the class but `shape` depends on S, and a
 * `Tensor<readonly [2, 3]>` is a `Tensor` without a cast.
 */
import {
  type At,
  type AxisOption,
  type Broadcast,
  type BroadcastTo,
  type DType,
  dtypeInfo,
  type Fits,
  type Flatten,
  GradientError,
  type InsertAxis,
  isFloat,
  type MatMul,
  type MatrixTranspose,
  type Permute,
  type Reduce,
  type Reshape,
  type Result,
  type Shape,
  ShapeError,
  type Squeeze,
  type SwapAxes,
  sameShape,
  show,
  sizeOf,
  type Transpose,
  type TypedArray,
  type Unsized,
  ValueError,
} from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { checkReadable, defaultDevice, expect, isTracing, realize, Variable } from "../runtime/index.ts";
import type { ClampOptions, CloseOptions } from "./arithmetic.ts";
import * as arithmetic from "./arithmetic.ts";
import type { NanToNumOptions } from "./elementwise.ts";
import * as elementwise from "./elementwise.ts";
import { Gradient } from "./gradient.ts";
import type { AxisChoice, Index } from "./indexing.ts";
import * as indexing from "./indexing.ts";
import * as algebra from "./linear-algebra.ts";
import { type Beside, broadcastNode, castNode, type Operand } from "./operands.ts";
import type { DiagonalOptions, PadOptions } from "./padding.ts";
import * as padding from "./padding.ts";
import { format } from "./printing.ts";
import type {
  Along,
  ArgOptions,
  NormOptions,
  Reduced,
  ReduceOptions,
  ScanOptions,
  VarianceOptions,
} from "./reductions.ts";
import * as reductions from "./reductions.ts";
import type { SortOptions, TopkOptions } from "./selection.ts";
import * as selection from "./selection.ts";
import type { Resized, RollOptions } from "./shaping.ts";
import * as shaping from "./shaping.ts";
import * as statistics from "./statistics.ts";

/** Nested arrays of numbers as deep as S has axes. */
export type ArrayOf<S extends Shape> = number extends S["length"]
  ? NestedNumbers
  : S extends readonly [number, ...infer Rest extends Shape]
    ? ArrayOf<Rest>[]
    : number;

/** Numbers in arrays of unknown depth. */
export type NestedNumbers = number | NestedNumbers[];

type Joined<A extends Shape, B extends Shape> = Tensor<Result<Broadcast<A, B>>>;

export class Tensor<S extends Shape = Shape> {
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

  /** A tensor on another node: how functions make their results, since the class imports them and not they the class. */
  derive<R extends Shape>(node: Node): Tensor<R> {
    return new Tensor<R>(node);
  }

  /** The state behind a tensor that can be assigned; else null. */
  get variable(): Variable | null {
    return this.#source instanceof Variable ? this.#source : null;
  }

  get #properties(): { readonly shape: Shape; readonly dtype: DType } {
    return this.#source instanceof Variable ? this.#source.cell : this.#source;
  }

  // ----------------------------------------------------------------------------------------------------------- properties

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
    if (wanted && !isFloat(this.dtype)) throw new ValueError(`requiresGrad: ${this.dtype} has no derivatives`);
    this.#source.sink = wanted ? (this.#source.sink ?? new Gradient()) : null;
    this.#source.requiresGrad = wanted;
  }

  get #gradient(): Gradient | null {
    return this.#source.sink instanceof Gradient ? this.#source.sink : null;
  }

  /** What `backward` has gathered for this leaf so far; null before, and for tensors that are no leaves. */
  get grad(): Tensor<S> | null {
    const value = this.#gradient?.value ?? null;
    return value === null ? null : new Tensor<S>(value);
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

  /** All axes reversed. */
  get T(): Tensor<Transpose<S>> {
    return shaping.transpose(this);
  }

  /** The last two axes exchanged. */
  get mT(): Tensor<Result<MatrixTranspose<S>>> {
    return shaping.matrixTranspose(this);
  }

  // -------------------------------------------------------------------------------------------------------------- reading

  /** The values, row by row, computed now if they are not known yet; not to be written to. */
  #values(): TypedArray {
    const { node } = this;
    if (node.storage === null) {
      checkReadable(node);
      realize([node]);
    }
    return node.storage!.array(); // realize has set it
  }

  /** The values, row by row, in an array of the reader's own; bool as 0 and 1. */
  dataSync(): TypedArray {
    return this.#values().slice();
  }

  /** As `dataSync`, without holding up whatever else runs. */
  async data(): Promise<TypedArray> {
    return this.dataSync();
  }

  /** The values as nested arrays; a number for a scalar. */
  arraySync<A extends Shape>(this: Tensor<A>): ArrayOf<A> {
    return nest(this.#values(), this.shape, 0) as ArrayOf<A>; // as deep as A is long
  }

  /** As `arraySync`, without holding up whatever else runs. */
  async array<A extends Shape>(this: Tensor<A>): Promise<ArrayOf<A>> {
    return this.arraySync();
  }

  /** The one value of a tensor of one element. */
  itemSync(): number {
    if (this.size !== 1) {
      throw new ShapeError(
        `item: ${show(this.shape)} has ${this.size} elements, not one; read it with array(), or reduce it first`,
      );
    }
    return this.#values()[0]!;
  }

  /** The one value of a tensor of one element. */
  item(): number {
    return this.itemSync();
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

  // ---------------------------------------------------------------------------------------------------------------- state

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
    if (!(value instanceof Tensor)) {
      this.#source.assign(broadcastNode(graph.constant(Number(value), [], dtype, null), shape));
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
    if (node.storage === null) return new Tensor<S>(graph.detach(node));
    return new Tensor<S>(graph.data(node.storage, node.shape, { device: node.device }));
  }

  /** The same values in another dtype: rounded to float32, truncated to integers, bool where not 0. */
  astype(dtype: DType): Tensor<S> {
    return dtype === this.dtype ? this : new Tensor<S>(graph.cast(this.node, dtype));
  }

  /** As `astype`. */
  cast(dtype: DType): Tensor<S> {
    return this.astype(dtype);
  }

  /** The values on another device: they are computed now. Derivatives do not pass from device to device. */
  to(device: string): Tensor<S> {
    if (this.#source.device === device) return this;
    const { node } = this;
    this.#values();
    return new Tensor<S>(graph.data(node.storage!, node.shape, { device })); // #values has computed it
  }

  /**
   * Finds the derivatives of this scalar with respect to all parameters and other leaves with `requiresGrad` that it is made of, and adds them to
   * their `grad`.
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
    if (gradient !== undefined && !sameShape(gradient.shape, this.shape)) {
      throw new ShapeError(
        `backward: a gradient of shape ${show(gradient.shape)} does not fit a value of shape ${show(this.shape)}`,
      );
    }
    expect(node);
    leaveGradients(node, gradient === undefined ? null : castNode(gradient.node, node.dtype));
  }

  // ---------------------------------------------------------------------------------------------- sign and rounding

  neg(): Tensor<S> {
    return elementwise.neg(this);
  }

  abs(): Tensor<S> {
    return elementwise.abs(this);
  }

  sign(): Tensor<S> {
    return elementwise.sign(this);
  }

  floor(): Tensor<S> {
    return elementwise.floor(this);
  }

  ceil(): Tensor<S> {
    return elementwise.ceil(this);
  }

  round(): Tensor<S> {
    return elementwise.round(this);
  }

  trunc(): Tensor<S> {
    return elementwise.trunc(this);
  }

  frac(): Tensor<S> {
    return elementwise.frac(this);
  }

  // ----------------------------------------------------------------------------------------------- powers and roots

  square(): Tensor<S> {
    return elementwise.square(this);
  }

  sqrt(): Tensor<S> {
    return elementwise.sqrt(this);
  }

  rsqrt(): Tensor<S> {
    return elementwise.rsqrt(this);
  }

  cbrt(): Tensor<S> {
    return elementwise.cbrt(this);
  }

  reciprocal(): Tensor<S> {
    return elementwise.reciprocal(this);
  }

  // -------------------------------------------------------------------------------------- exponential and logarithm

  exp(): Tensor<S> {
    return elementwise.exp(this);
  }

  exp2(): Tensor<S> {
    return elementwise.exp2(this);
  }

  expm1(): Tensor<S> {
    return elementwise.expm1(this);
  }

  log(): Tensor<S> {
    return elementwise.log(this);
  }

  log2(): Tensor<S> {
    return elementwise.log2(this);
  }

  log10(): Tensor<S> {
    return elementwise.log10(this);
  }

  log1p(): Tensor<S> {
    return elementwise.log1p(this);
  }

  // ---------------------------------------------------------------------------------------- circular and hyperbolic

  sin(): Tensor<S> {
    return elementwise.sin(this);
  }

  cos(): Tensor<S> {
    return elementwise.cos(this);
  }

  tan(): Tensor<S> {
    return elementwise.tan(this);
  }

  asin(): Tensor<S> {
    return elementwise.asin(this);
  }

  acos(): Tensor<S> {
    return elementwise.acos(this);
  }

  atan(): Tensor<S> {
    return elementwise.atan(this);
  }

  sinh(): Tensor<S> {
    return elementwise.sinh(this);
  }

  cosh(): Tensor<S> {
    return elementwise.cosh(this);
  }

  tanh(): Tensor<S> {
    return elementwise.tanh(this);
  }

  asinh(): Tensor<S> {
    return elementwise.asinh(this);
  }

  acosh(): Tensor<S> {
    return elementwise.acosh(this);
  }

  atanh(): Tensor<S> {
    return elementwise.atanh(this);
  }

  deg2rad(): Tensor<S> {
    return elementwise.deg2rad(this);
  }

  rad2deg(): Tensor<S> {
    return elementwise.rad2deg(this);
  }

  sinc(): Tensor<S> {
    return elementwise.sinc(this);
  }

  // ---------------------------------------------------------------------------------------------- special functions

  erf(): Tensor<S> {
    return elementwise.erf(this);
  }

  erfc(): Tensor<S> {
    return elementwise.erfc(this);
  }

  sigmoid(): Tensor<S> {
    return elementwise.sigmoid(this);
  }

  logit(): Tensor<S> {
    return elementwise.logit(this);
  }

  softplus(): Tensor<S> {
    return elementwise.softplus(this);
  }

  relu(): Tensor<S> {
    return elementwise.relu(this);
  }

  // ------------------------------------------------------------------------------------------------------ questions

  isnan(): Tensor<S> {
    return elementwise.isnan(this);
  }

  isinf(): Tensor<S> {
    return elementwise.isinf(this);
  }

  isfinite(): Tensor<S> {
    return elementwise.isfinite(this);
  }

  signbit(): Tensor<S> {
    return elementwise.signbit(this);
  }

  logicalNot(): Tensor<S> {
    return elementwise.logicalNot(this);
  }

  bitwiseNot(): Tensor<S> {
    return elementwise.bitwiseNot(this);
  }

  nanToNum(options?: NanToNumOptions): Tensor<S> {
    return elementwise.nanToNum(this, options);
  }

  // ---------------------------------------------------------------------------------- arithmetic, comparison, logic

  add<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "add">): Joined<A, B> {
    return arithmetic.add(this, b);
  }

  sub<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "sub">): Joined<A, B> {
    return arithmetic.sub(this, b);
  }

  mul<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "mul">): Joined<A, B> {
    return arithmetic.mul(this, b);
  }

  div<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "div">): Joined<A, B> {
    return arithmetic.div(this, b);
  }

  floorDivide<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "floorDivide">,
  ): Joined<A, B> {
    return arithmetic.floorDivide(this, b);
  }

  remainder<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "remainder">,
  ): Joined<A, B> {
    return arithmetic.remainder(this, b);
  }

  fmod<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "fmod">): Joined<A, B> {
    return arithmetic.fmod(this, b);
  }

  pow<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "pow">): Joined<A, B> {
    return arithmetic.pow(this, b);
  }

  atan2<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "atan2">): Joined<A, B> {
    return arithmetic.atan2(this, b);
  }

  squaredDifference<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "squaredDifference">,
  ): Joined<A, B> {
    return arithmetic.squaredDifference(this, b);
  }

  hypot<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "hypot">): Joined<A, B> {
    return arithmetic.hypot(this, b);
  }

  logaddexp<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "logaddexp">,
  ): Joined<A, B> {
    return arithmetic.logaddexp(this, b);
  }

  logaddexp2<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "logaddexp2">,
  ): Joined<A, B> {
    return arithmetic.logaddexp2(this, b);
  }

  copysign<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "copysign">): Joined<A, B> {
    return arithmetic.copysign(this, b);
  }

  xlogy<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "xlogy">): Joined<A, B> {
    return arithmetic.xlogy(this, b);
  }

  maximum<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "maximum">): Joined<A, B> {
    return arithmetic.maximum(this, b);
  }

  minimum<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "minimum">): Joined<A, B> {
    return arithmetic.minimum(this, b);
  }

  equal<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "equal">): Joined<A, B> {
    return arithmetic.equal(this, b);
  }

  notEqual<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "notEqual">): Joined<A, B> {
    return arithmetic.notEqual(this, b);
  }

  less<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "less">): Joined<A, B> {
    return arithmetic.less(this, b);
  }

  lessEqual<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "lessEqual">,
  ): Joined<A, B> {
    return arithmetic.lessEqual(this, b);
  }

  greater<A extends Shape, B extends Shape = readonly []>(this: Tensor<A>, b: Beside<A, B, "greater">): Joined<A, B> {
    return arithmetic.greater(this, b);
  }

  greaterEqual<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "greaterEqual">,
  ): Joined<A, B> {
    return arithmetic.greaterEqual(this, b);
  }

  logicalAnd<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "logicalAnd">,
  ): Joined<A, B> {
    return arithmetic.logicalAnd(this, b);
  }

  logicalOr<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "logicalOr">,
  ): Joined<A, B> {
    return arithmetic.logicalOr(this, b);
  }

  logicalXor<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "logicalXor">,
  ): Joined<A, B> {
    return arithmetic.logicalXor(this, b);
  }

  bitwiseAnd<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "bitwiseAnd">,
  ): Joined<A, B> {
    return arithmetic.bitwiseAnd(this, b);
  }

  bitwiseOr<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "bitwiseOr">,
  ): Joined<A, B> {
    return arithmetic.bitwiseOr(this, b);
  }

  bitwiseXor<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "bitwiseXor">,
  ): Joined<A, B> {
    return arithmetic.bitwiseXor(this, b);
  }

  lerp<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "lerp">,
    weight: Operand,
  ): Joined<A, B> {
    return arithmetic.lerp(this, b, weight);
  }

  isclose<A extends Shape, B extends Shape = readonly []>(
    this: Tensor<A>,
    b: Beside<A, B, "isclose">,
    options?: CloseOptions,
  ): Joined<A, B> {
    return arithmetic.isclose(this, b, options);
  }

  clamp(options: ClampOptions): Tensor<S> {
    return arithmetic.clamp(this, options);
  }

  /** This where `condition` is true, `other` elsewhere. */
  where(condition: Tensor, other: Operand): Tensor {
    return arithmetic.where<Shape, Shape, Shape>(condition, this, other);
  }

  // ----------------------------------------------------------------------------------------------------- reductions

  sum<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "sum">,
  ): Reduced<A, X, K> {
    return reductions.sum(this, options);
  }

  mean<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "mean">,
  ): Reduced<A, X, K> {
    return reductions.mean(this, options);
  }

  prod<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "prod">,
  ): Reduced<A, X, K> {
    return reductions.prod(this, options);
  }

  max<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "max">,
  ): Reduced<A, X, K> {
    return reductions.max(this, options);
  }

  min<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "min">,
  ): Reduced<A, X, K> {
    return reductions.min(this, options);
  }

  logsumexp<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "logsumexp">,
  ): Reduced<A, X, K> {
    return reductions.logsumexp(this, options);
  }

  median<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "median">,
  ): Reduced<A, X, K> {
    return statistics.median(this, options);
  }

  countNonzero<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "countNonzero">,
  ): Reduced<A, X, K> {
    return reductions.countNonzero(this, options);
  }

  any<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "any">,
  ): Reduced<A, X, K> {
    return reductions.any(this, options);
  }

  all<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "all">,
  ): Reduced<A, X, K> {
    return reductions.all(this, options);
  }

  nansum<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "nansum">,
  ): Reduced<A, X, K> {
    return statistics.nansum(this, options);
  }

  nanprod<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "nanprod">,
  ): Reduced<A, X, K> {
    return statistics.nanprod(this, options);
  }

  nanmean<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "nanmean">,
  ): Reduced<A, X, K> {
    return statistics.nanmean(this, options);
  }

  nanmin<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "nanmin">,
  ): Reduced<A, X, K> {
    return statistics.nanmin(this, options);
  }

  nanmax<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "nanmax">,
  ): Reduced<A, X, K> {
    return statistics.nanmax(this, options);
  }

  nanmedian<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "nanmedian">,
  ): Reduced<A, X, K> {
    return statistics.nanmedian(this, options);
  }

  var<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: VarianceOptions<X, K> & Fits<Reduce<A, X, K>, "var">,
  ): Reduced<A, X, K> {
    return reductions.variance(this, options);
  }

  std<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: VarianceOptions<X, K> & Fits<Reduce<A, X, K>, "std">,
  ): Reduced<A, X, K> {
    return reductions.std(this, options);
  }

  nanvar<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: VarianceOptions<X, K> & Fits<Reduce<A, X, K>, "nanvar">,
  ): Reduced<A, X, K> {
    return statistics.nanvar(this, options);
  }

  nanstd<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: VarianceOptions<X, K> & Fits<Reduce<A, X, K>, "nanstd">,
  ): Reduced<A, X, K> {
    return statistics.nanstd(this, options);
  }

  argmax<A extends Shape, const X extends number | undefined = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: ArgOptions<X, K> & Fits<Reduce<A, X, K>, "argmax">,
  ): Reduced<A, X, K> {
    return reductions.argmax(this, options);
  }

  argmin<A extends Shape, const X extends number | undefined = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: ArgOptions<X, K> & Fits<Reduce<A, X, K>, "argmin">,
  ): Reduced<A, X, K> {
    return reductions.argmin(this, options);
  }

  nanargmax<A extends Shape, const X extends number | undefined = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: ArgOptions<X, K> & Fits<Reduce<A, X, K>, "nanargmax">,
  ): Reduced<A, X, K> {
    return statistics.nanargmax(this, options);
  }

  nanargmin<A extends Shape, const X extends number | undefined = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: ArgOptions<X, K> & Fits<Reduce<A, X, K>, "nanargmin">,
  ): Reduced<A, X, K> {
    return statistics.nanargmin(this, options);
  }

  norm<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: NormOptions<X, K> & Fits<Reduce<A, X, K>, "norm">,
  ): Reduced<A, X, K> {
    return reductions.norm(this, options);
  }

  quantile(q: number | readonly number[], options?: ReduceOptions): Tensor {
    return statistics.quantile(this, q, options);
  }

  percentile(q: number | readonly number[], options?: ReduceOptions): Tensor {
    return statistics.percentile(this, q, options);
  }

  nanquantile(q: number | readonly number[], options?: ReduceOptions): Tensor {
    return statistics.nanquantile(this, q, options);
  }

  nanpercentile(q: number | readonly number[], options?: ReduceOptions): Tensor {
    return statistics.nanpercentile(this, q, options);
  }

  cumsum(options: { readonly axis: number }): Tensor<S>;
  cumsum(options?: ScanOptions): Tensor;
  cumsum(options?: ScanOptions): Tensor {
    return reductions.cumsum(this, options);
  }

  cumprod(options: { readonly axis: number }): Tensor<S>;
  cumprod(options?: ScanOptions): Tensor;
  cumprod(options?: ScanOptions): Tensor {
    return reductions.cumprod(this, options);
  }

  // -------------------------------------------------------------------------------------------------------- shaping

  reshape<A extends Shape, const To extends number | Shape>(
    this: Tensor<A>,
    shape: To & Fits<Reshape<A, To>, "reshape">,
  ): Tensor<Result<Reshape<A, To>>> {
    return shaping.reshape<A, To>(this, shape);
  }

  flatten<A extends Shape, const Start extends number = 0>(
    this: Tensor<A>,
    startAxis?: Start,
  ): Tensor<Result<Flatten<A, Start>>>;
  flatten(startAxis?: number, endAxis?: number): Tensor;
  flatten(startAxis?: number, endAxis?: number): Tensor {
    return shaping.flatten(this, startAxis, endAxis);
  }

  expandDims<A extends Shape, const X extends number>(
    this: Tensor<A>,
    axis: X & Fits<InsertAxis<A, X>, "expandDims">,
  ): Tensor<Result<InsertAxis<A, X>>> {
    return shaping.expandDims<A, X>(this, axis);
  }

  squeeze<A extends Shape, const X extends AxisOption = undefined>(
    this: Tensor<A>,
    axis?: X & Fits<Squeeze<A, X>, "squeeze">,
  ): Tensor<Result<Squeeze<A, X>>> {
    return shaping.squeeze<A, X>(this, axis);
  }

  broadcastTo<A extends Shape, const To extends Shape>(
    this: Tensor<A>,
    shape: To & Fits<BroadcastTo<A, To>, "broadcastTo">,
  ): Tensor<To> {
    return shaping.broadcastTo<A, To>(this, shape);
  }

  permute<A extends Shape, const Axes extends readonly number[]>(
    this: Tensor<A>,
    axes: Axes & Fits<Permute<A, Axes>, "permute">,
  ): Tensor<Result<Permute<A, Axes>>> {
    return shaping.permute<A, Axes>(this, axes);
  }

  transpose<A extends Shape>(this: Tensor<A>): Tensor<Transpose<A>>;
  transpose<A extends Shape, const Axes extends readonly number[]>(
    this: Tensor<A>,
    axes: Axes & Fits<Permute<A, Axes>, "transpose">,
  ): Tensor<Result<Permute<A, Axes>>>;
  transpose(axes?: readonly number[]): Tensor {
    return axes === undefined ? shaping.transpose(this) : shaping.transpose<Shape, readonly number[]>(this, axes);
  }

  swapaxes<A extends Shape, const X extends number, const Y extends number>(
    this: Tensor<A>,
    axis1: X,
    axis2: Y & Fits<SwapAxes<A, X, Y>, "swapaxes">,
  ): Tensor<Result<SwapAxes<A, X, Y>>> {
    return shaping.swapaxes<A, X, Y>(this, axis1, axis2);
  }

  moveaxis(source: number | readonly number[], destination: number | readonly number[]): Tensor {
    return shaping.moveaxis(this, source, destination);
  }

  flip(axis?: AxisOption): Tensor<S> {
    return shaping.flip(this, axis);
  }

  roll(shift: number | readonly number[], options?: RollOptions): Tensor<S> {
    return shaping.roll(this, shift, options);
  }

  rot90(k?: number, axes?: readonly [number, number]): Tensor {
    return shaping.rot90(this, k, axes);
  }

  split(sections: number | readonly number[], options?: { readonly axis?: number | undefined }): Tensor[] {
    return shaping.split(this, sections, options);
  }

  repeat(repeats: number | readonly number[], options?: { readonly axis?: number | undefined }): Tensor {
    return shaping.repeat(this, repeats, options);
  }

  tile(reps: number | readonly number[]): Tensor {
    return shaping.tile(this, reps);
  }

  pad<A extends Shape>(
    this: Tensor<A>,
    pads: readonly (readonly [number, number])[],
    options?: PadOptions,
  ): Resized<A> {
    return padding.pad(this, pads, options);
  }

  tril(k?: number): Tensor<S> {
    return padding.tril(this, k);
  }

  triu(k?: number): Tensor<S> {
    return padding.triu(this, k);
  }

  diag(k?: number): Tensor {
    return padding.diag(this, k);
  }

  diagonal(options?: DiagonalOptions): Tensor {
    return padding.diagonal(this, options);
  }

  // ------------------------------------------------------------------------------------------------------- products

  matmul<A extends Shape, B extends Shape>(
    this: Tensor<A>,
    b: Tensor<B> & Fits<MatMul<A, B>, "matmul">,
  ): Tensor<Result<MatMul<A, B>>> {
    return algebra.matmul(this, b);
  }

  dot(b: Tensor): Tensor {
    return algebra.dot(this, b);
  }

  inner(b: Tensor): Tensor {
    return algebra.inner(this, b);
  }

  outer(b: Tensor): Tensor<readonly [number, number]> {
    return algebra.outer(this, b);
  }

  tensordot(b: Tensor, axes?: Parameters<typeof algebra.tensordot>[2]): Tensor {
    return algebra.tensordot(this, b, axes);
  }

  kron(b: Tensor): Tensor {
    return algebra.kron(this, b);
  }

  cross(b: Tensor): Tensor {
    return algebra.cross<Shape, Shape>(this, b);
  }

  gram(): Tensor {
    return algebra.gram(this);
  }

  trace(k?: number): Tensor {
    return algebra.trace(this, k);
  }

  // ------------------------------------------------------------------------------------------------------- indexing

  at<A extends Shape, const I extends readonly Index[]>(
    this: Tensor<A>,
    ...index: I & Fits<At<A, I>, "at">
  ): Tensor<Result<At<A, I>>>;
  at(...index: readonly Index[]): Tensor {
    return indexing.at<Shape, readonly Index[]>(this, ...index);
  }

  take(indices: Tensor, options?: AxisChoice): Tensor {
    return indexing.take(this, indices, options);
  }

  booleanMask(mask: Tensor): Tensor {
    return indexing.booleanMask(this, mask);
  }

  nonzero(): Tensor<readonly [number, number]> {
    return indexing.nonzero(this);
  }

  gather<I extends Shape>(index: Tensor<I>, options: { readonly axis: number }): Tensor<I> {
    return selection.gather(this, index, options);
  }

  takeAlongAxis(index: Tensor, options: { readonly axis: number }): Tensor {
    return selection.takeAlongAxis(this, index, options);
  }

  scatterAdd(index: Tensor, source: Tensor, options: { readonly axis: number }): Tensor<S> {
    return selection.scatterAdd(this, index, source, options);
  }

  scatter(index: Tensor, source: Tensor, options: { readonly axis: number }): Tensor<S> {
    return selection.scatter(this, index, source, options);
  }

  indexSelect(index: Tensor, options: { readonly axis: number }): Tensor {
    return selection.indexSelect(this, index, options);
  }

  indexAdd(index: Tensor, source: Tensor, options: { readonly axis: number }): Tensor<S> {
    return selection.indexAdd(this, index, source, options);
  }

  sort(options: SortOptions & { readonly axis?: number | undefined }): Tensor<S>;
  sort(options?: SortOptions): Tensor;
  sort(options?: SortOptions): Tensor {
    return selection.sort(this, options);
  }

  argsort(options: SortOptions & { readonly axis?: number | undefined }): Tensor<S>;
  argsort(options?: SortOptions): Tensor;
  argsort(options?: SortOptions): Tensor {
    return selection.argsort(this, options);
  }

  topk<A extends Shape>(
    this: Tensor<A>,
    k: number,
    options?: TopkOptions,
  ): { readonly values: Tensor<Unsized<A>>; readonly indices: Tensor<Unsized<A>> } {
    return selection.topk(this, k, options);
  }

  oneHot<A extends Shape, const N extends number = number>(
    this: Tensor<A>,
    options?: { readonly numClasses?: N },
  ): Tensor<readonly [...A, N]> {
    return selection.oneHot(this, options);
  }

  unique(): Tensor<readonly [number]> {
    return selection.unique(this);
  }

  diff(options?: AxisChoice): Tensor {
    return selection.diff(this, options);
  }
}

/** Adds the gradient of every leaf below `root` to what the leaf's sink holds. */
function leaveGradients(root: Node, cotangent: Node | null): void {
  const ct = cotangent ?? graph.constant(1, root.shape, root.dtype);
  const gradients = graph.withRecording(false, () => graph.backward([{ node: root, cotangent: ct }]));
  for (const [leaf, gradient] of gradients) leaf.sink!.accumulate(gradient); // leaves with a sink are what was asked for
}

/** `values` from `offset` on as arrays nested as `shape` says. */
function nest(values: TypedArray, shape: Shape, offset: number): NestedNumbers {
  const [n, ...rest] = shape;
  if (n === undefined) return values[offset]!;
  if (rest.length === 0) return Array.from(values.subarray(offset, offset + n));
  const step = sizeOf(rest);
  return Array.from({ length: n }, (_, i) => nest(values, rest, offset + i * step));
}
