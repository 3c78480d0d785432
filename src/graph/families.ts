/**
 * Families of elementwise primitives: what follows from the kind is derived here, so that an entry states only what
 * is special about it.
 *
 * The derivative of an elementwise y = f(a, b) is written as its differential, one line an operand, as in calculus:
 * dy = cos(x) · dx. The Jacobian is diagonal, so the same line pushes a tangent forward (JVP) and pulls a cotangent
 * back (VJP).
 */
import { allocate, type DType, type Elements, isBigInt, isFloat, type Shape, sizeOf } from "../base/index.ts";
import { sumOfTangents } from "./addition.ts";
import type { Bounds } from "./bounds.ts";
import { constantLike, isZero } from "./leaves.ts";
import { apply, type Node } from "./node.ts";
import type { Elementwise, NDArray, Sample } from "./primitive.ts";
import { commonDType, commonShape } from "./rules.ts";
import type { ScalarBuilder, Value } from "./scalar.ts";

/** What one operand's change `dx` does to y. */
type Differential = (dx: Node, node: Node) => Node;

interface Spec {
  /** dtypes of the operands, which are all the same */
  readonly dtypes: readonly DType[];
  /** dtype of the result where it is not the operands' */
  readonly result?: DType;
  readonly commutative?: boolean;
  readonly expensive?: boolean;
  readonly exact?: boolean;
  /** Integers are spelled by way of float64. */
  readonly widensIntegers?: boolean;
  /** Bounds of the result from those of the operands. */
  readonly bounds?: (operands: readonly Bounds[], dtype: DType) => Bounds;
}

interface Formula {
  /** One for each operand; absent if nothing flows through: a result that is not floating. */
  readonly differentials?: readonly Differential[] | undefined;
  readonly evaluate: (a: number, b: number) => number;
  /** Instead of `evaluate` on integers: exact where float64 is not. */
  readonly integer?: ((a: number, b: number) => number) | undefined;
  /** The same for integers of 64 bits. */
  readonly bigint?: ((a: bigint, b: bigint) => bigint | number) | undefined;
  readonly lower: Elementwise["lower"];
  readonly samples: readonly Sample[];
}

/** The differential of whatever is constant between its steps: zero, as in PyTorch also at the steps. */
export function flat(dx: Node): Node {
  return constantLike(dx, 0);
}

function entry(name: string, spec: Spec, formula: Formula): Elementwise {
  const { differentials } = formula;
  const { bounds } = spec;
  return {
    kind: "elementwise",
    name,
    commutative: spec.commutative ?? false,
    expensive: spec.expensive ?? false,
    exact: spec.exact ?? false,
    widens: ([dtype]) => spec.widensIntegers === true && !isFloat(dtype!),
    shape: (shapes) => commonShape(name, shapes),
    dtype: (dtypes) => {
      const common = commonDType(name, dtypes, spec.dtypes);
      return spec.result ?? common;
    },
    vjp: (ct, node) => node.inputs.map((x, i) => (x.requiresGrad ? (differentials?.[i]?.(ct, node) ?? null) : null)),
    jvp: (tangents, node) => {
      const flows = tangents.map((dx, i) => (dx === null ? null : (differentials?.[i]?.(dx, node) ?? null)));
      return sumOfTangents(flows.filter((t) => t !== null && !isZero(t)));
    },
    evaluate: (operands, _params, shape, dtype) => evaluateEach(formula, operands, shape, dtype),
    ...(bounds && { bounds: (node, of) => bounds(node.inputs.map(of), node.dtype) }),
    lower: formula.lower,
    samples: formula.samples,
  };
}

/** Writes f of every element; storing in the array rounds and wraps. */
function evaluateEach(formula: Formula, operands: readonly NDArray[], shape: Shape, dtype: DType) {
  const out = allocate(dtype, sizeOf(shape));
  const results: Elements = out;
  const [a, b = a] = operands.map((x) => x.data); // a function of one operand does not look at the second
  const from = operands[0]!.dtype;
  const { bigint } = formula;
  if (isBigInt(from)) {
    if (bigint === undefined) throw new Error(`graph: a formula for ${from} is missing`);
    for (let i = 0; i < out.length; i++) results[i] = bigint(BigInt(a![i]!), BigInt(b![i]!));
  } else {
    const f = formula.integer !== undefined && !isFloat(from) ? formula.integer : formula.evaluate;
    for (let i = 0; i < out.length; i++) results[i] = f(Number(a![i]), Number(b![i]));
  }
  return out;
}

/** The shapes on which every elementwise primitive is tried: some elements, one, none, and a scalar. */
const sampleShapes: readonly Shape[] = [[2, 3], [1], [0, 2], []];

type Range = readonly [low: number, high: number];

/** Samples name their dtypes where the usual float64 is not taken. */
function sampleDTypes(spec: Spec, arity: number): Pick<Sample, "dtypes"> {
  if (spec.dtypes.includes("float64")) return {};
  return { dtypes: new Array<DType>(arity).fill(spec.dtypes[0]!) };
}

export interface UnarySpec extends Spec {
  /** dy from dx, x and y. */
  readonly differential?: (dx: Node, x: Node, y: Node) => Node;
  readonly evaluate: (x: number) => number;
  readonly integer?: (x: number) => number;
  readonly bigint?: (x: bigint) => bigint | number;
  readonly lower: (b: ScalarBuilder, x: Value, dtype: DType) => Value;
  /** Where the function is smooth; [−2, 2] when absent. */
  readonly domain?: Range;
  /** Values at which the convention matters. */
  readonly at?: readonly number[];
}

export type Unary = ((x: Node) => Node) & { readonly primitive: Elementwise };

/** A function of every element of one operand. */
/* @__NO_SIDE_EFFECTS__ */
export function unary(name: string, spec: UnarySpec): Unary {
  const { differential, domain, at } = spec;
  const common = sampleDTypes(spec, 1);
  const samples = sampleShapes.map(
    (shape): Sample => ({ ...common, shapes: [shape], ...(domain && { domain: [domain] }) }),
  );
  if (at !== undefined) samples.push({ ...common, shapes: [[at.length]], values: [at] });
  const primitive = entry(name, spec, {
    differentials: differential && [(dx, y) => differential(dx, y.inputs[0]!, y)],
    evaluate: spec.evaluate,
    integer: spec.integer,
    bigint: spec.bigint,
    lower: (b, [x], _params, [dtype]) => spec.lower(b, x!, dtype!),
    samples,
  });
  return Object.assign((x: Node) => apply(primitive, [x], {}), { primitive });
}

export interface BinarySpec extends Spec {
  /** dy from the change of one operand, for each of the two; with a, b and y. */
  readonly differentials?: readonly [BinaryDifferential, BinaryDifferential];
  readonly evaluate: (a: number, b: number) => number;
  readonly integer?: (a: number, b: number) => number;
  readonly bigint?: (a: bigint, b: bigint) => bigint | number;
  readonly lower: (b: ScalarBuilder, x: Value, y: Value, dtype: DType) => Value;
  readonly domain?: readonly [Range, Range];
  /** Pairs at which the convention matters. */
  readonly at?: readonly (readonly [number, number])[];
}

type BinaryDifferential = (dx: Node, a: Node, b: Node, y: Node) => Node;

export type Binary = ((a: Node, b: Node) => Node) & { readonly primitive: Elementwise };

/** A function of the elements of two operands at the same place. */
/* @__NO_SIDE_EFFECTS__ */
export function binary(name: string, spec: BinarySpec): Binary {
  const { differentials, domain, at } = spec;
  const common = sampleDTypes(spec, 2);
  const samples = sampleShapes.map(
    (shape): Sample => ({ ...common, shapes: [shape, shape], ...(domain && { domain }) }),
  );
  if (at !== undefined) {
    const shape = [at.length];
    samples.push({ ...common, shapes: [shape, shape], values: [at.map(([a]) => a), at.map(([, b]) => b)] });
  }
  const primitive = entry(name, spec, {
    differentials: differentials?.map(
      (d): Differential =>
        (dx, y) =>
          d(dx, y.inputs[0]!, y.inputs[1]!, y),
    ),
    evaluate: spec.evaluate,
    integer: spec.integer,
    bigint: spec.bigint,
    lower: (b, [x, y], _params, [dtype]) => spec.lower(b, x!, y!, dtype!),
    samples,
  });
  return Object.assign((a: Node, b: Node) => apply(primitive, [a, b], {}), { primitive });
}
