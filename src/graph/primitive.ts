/**
 * What a primitive is: one entry that holds its shape rule, dtype rule, derivative, tangent, reference evaluation, what compilers
 * must know, and the sample inputs that the tests feed to it.
 *
 * Operands of primitives have been broadcast and cast by the caller: an elementwise primitive sees equal shapes and one dtype.
 */
import type { DType, Shape, TypedArray } from "../base/index.ts";
import type { Index, Source } from "./affine.ts";
import type { Bounds } from "./bounds.ts";
import type { Node } from "./node.ts";
import type { ScalarBuilder, Value } from "./scalar.ts";

/**
 * What one step of a scan computes: a graph whose leaves are the nodes listed here, whatever they are made of outside of it. The operands of
 * the scan stand for them: a state's value before the first step, a slice's values of all steps, a constant's value.
 */
export interface ScanBody {
  /** Tells bodies apart. */
  readonly id: number;
  /** How many steps there are; 1 at least. */
  readonly steps: number;
  /** Whether the last entries of the slices come first. */
  readonly reverse: boolean;
  readonly states: readonly Node[];
  readonly slices: readonly Node[];
  readonly constants: readonly Node[];
  /** What the states are after the step. */
  readonly next: readonly Node[];
  /** Nodes that somebody wants to know of every step or of the last one; grows as more is asked for. */
  readonly values: Node[];
}

export type ParamValue = number | bigint | string | boolean | readonly number[] | readonly (readonly number[])[];
export type Params = Readonly<Record<string, ParamValue>>;

/** Values in row-major order with their shape. */
export interface NDArray {
  readonly data: TypedArray;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** One set of sample inputs of a primitive for the table-driven tests. */
export interface Sample<P extends Params = Params> {
  readonly shapes: readonly Shape[];
  readonly params?: P;
  /** Per operand: the range in which floating operands are drawn, default [−2, 2]. */
  readonly domain?: readonly (readonly [number, number])[];
  /** Per operand: dtypes; default float64 for gradient checks, all allowed for agreement. */
  readonly dtypes?: readonly DType[];
  /** Per operand: exact values instead of random ones. */
  readonly values?: readonly (readonly number[])[];
}

interface Common<P extends Params> {
  readonly name: string;
  shape(inputs: readonly Shape[], params: P): Shape;
  dtype(inputs: readonly DType[], params: P): DType;
  /** Cotangents of the operands from the cotangent `ct` of the result; null where there is none (integers, discrete operands). */
  vjp(ct: Node, node: Node, params: P): readonly (Node | null)[];
  /** The tangent of the result from those of the operands (null: zero); null if it is zero. */
  jvp(tangents: readonly (Node | null)[], node: Node, params: P): Node | null;
  /** The result, computed in the plainest way. Accumulates in float64. */
  evaluate(inputs: readonly NDArray[], params: P, shape: Shape, dtype: DType): TypedArray;
  readonly samples: readonly Sample<P>[];
  /**
   * The parameters with which the primitive does the same to each of `n` entries along a new first axis of all operands; absent where they
   * are the same (see `overSteps`).
   */
  batched?(params: P, n: number): P;
  /** Between which numbers the elements lie, given those of the operands; absent where nothing can be said. */
  bounds?(node: Node, of: (input: Node) => Bounds): Bounds;
  /** Of what makes complex nodes: what another primitive gives when an operand is made by this one. */
  overload?(op: Primitive, inputs: readonly Node[], params: Params): Node;
}

/** Has no operands: its value is given from outside (`data`, `placeholder`) or by a formula. */
export interface Leaf<P extends Params = Params> extends Common<P> {
  readonly kind: "leaf";
}

/** The value at an index follows from the index alone (constants, iota). Recomputed wherever it is needed. */
export interface Generator<P extends Params = Params> extends Common<P> {
  readonly kind: "generator";
  /** `at` gives the index along an axis as an i32. */
  generate(b: ScalarBuilder, at: (axis: number) => Value, params: P, dtype: DType, shape: Shape): Value;
}

/** Every element of the result follows from the elements at the same place. */
export interface Elementwise<P extends Params = Params> extends Common<P> {
  readonly kind: "elementwise";
  readonly commutative?: boolean;
  /** Costs as much as a division or more; worth keeping rather than computing twice. */
  readonly expensive?: boolean;
  /** Whether of floats it gives nothing but operands, their negatives and small whole numbers, which need no rounding. */
  readonly exact?: boolean;
  /** Whether operands of these dtypes are spelled by way of a wider type, of which a register holds fewer. */
  widens?(dtypes: readonly DType[], params: P): boolean;
  /** Spells one element. `dtypes` are the operands'; registers are those of the dtypes' rows. */
  lower(b: ScalarBuilder, operands: readonly Value[], params: P, dtypes: readonly DType[], dtype: DType): Value;
}

/** Every element of the result is an element of the operand, or zero. Linear. */
export interface Movement<P extends Params = Params> extends Common<P> {
  readonly kind: "movement";
  /** Whether one element of the operand may be read several times (expand, window). */
  readonly repeats?: boolean;
  /** Where the element at index `out` of the result is read. */
  source(out: readonly Index[], params: P, input: Shape, output: Shape): Source;
}

/** Every element of the result combines several elements of the operand. */
export interface Reduction<P extends Params = Params> extends Common<P> {
  readonly kind: "reduction";
  readonly combine: "add" | "max" | "min";
  /** Sizes of the loops that run over what is combined. */
  loops(input: Shape, params: P, output: Shape): Shape;
  /** Where the element of the operand is that joins into element `out` at position `loop` of those loops. */
  source(out: readonly Index[], loop: readonly Index[], params: P, input: Shape, output: Shape): Source;
}

/** C[batch, m, n] = Σ_k A[batch, m, k] · B[batch, k, n], where each letter stands for several axes. */
export interface Contraction<P extends Params = Params> extends Common<P> {
  readonly kind: "contraction";
}

/** Joins operands along an axis. */
export interface Concatenation<P extends Params = Params> extends Common<P> {
  readonly kind: "concatenation";
}

/** out[…, i, …] = x[…, index[…, i, …], …] along one axis; operands: x, index. */
export interface Gather<P extends Params = Params> extends Common<P> {
  readonly kind: "gather";
}

/** base with updates added at index along one axis; operands: base, index, updates. */
export interface Scatter<P extends Params = Params> extends Common<P> {
  readonly kind: "scatter";
}

/** Running sum along the last axis. */
export interface Cumulative<P extends Params = Params> extends Common<P> {
  readonly kind: "cumulative";
}

/** The first operand, under another name: for derivatives that are cut off or written by hand. */
export interface Alias<P extends Params = Params> extends Common<P> {
  readonly kind: "alias";
}

/** Whatever has no loops that a compiler could make: computed by `evaluate` on every CPU device. */
export interface Host<P extends Params = Params> extends Common<P> {
  readonly kind: "host";
  /** Whether there are operands at which it throws. */
  readonly mayFail?: boolean;
}

/** Throws if an element of its first operand is true, showing the elements of the others there. Leaves nothing. See `check.ts`. */
export interface Check<P extends Params = Params> extends Common<P> {
  readonly kind: "check";
}

/** The first operand, whose second operand is a check of it. */
export interface Checked<P extends Params = Params> extends Common<P> {
  readonly kind: "checked";
}

/** A loop over steps; operands: states before the first step, arrays with a first axis of steps, constants. See `scan.ts`. */
export interface Scan<P extends Params = Params> extends Common<P> {
  readonly kind: "scan";
  readonly body: ScanBody;
  /** The same loop with a body that holds on to nothing outside of it: copies in place of its leaves. */
  closed(): Scan<P>;
  /** What the body does, as a text: two loops with the same text do the same. */
  text(): string;
}

/** What a node of a scan's body is at every step, or at the last; operand: the scan. */
export interface ScanResult<P extends Params = Params> extends Common<P> {
  readonly kind: "result";
}

/** Cotangents of several results on their way to the scan that they are of. Never computed. */
export interface Bundle<P extends Params = Params> extends Common<P> {
  readonly kind: "bundle";
}

export type Primitive<P extends Params = Params> =
  | Leaf<P>
  | Generator<P>
  | Elementwise<P>
  | Movement<P>
  | Reduction<P>
  | Contraction<P>
  | Concatenation<P>
  | Gather<P>
  | Scatter<P>
  | Cumulative<P>
  | Alias<P>
  | Host<P>
  | Check<P>
  | Checked<P>
  | Scan<P>
  | ScanResult<P>
  | Bundle<P>;
