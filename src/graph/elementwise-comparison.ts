/**
 * Comparisons, logic on bool, and choice. Comparisons are false wherever NaN takes part, except `notEqual`. Their
 * results are bool, through which no derivative flows.
 */
import { allocate, type DType, DTypeError, type Elements, sizeOf } from "../base/index.ts";
import { either } from "./bounds.ts";
import { binary, unary } from "./families.ts";
import { constantLike } from "./leaves.ts";
import { apply, type Node } from "./node.ts";
import type { Elementwise } from "./primitive.ts";
import { anyDType, commonDType, commonShape, floating } from "./rules.ts";
import type { ScalarBuilder, Value } from "./scalar.ts";

const pairs = [
  [1, 2],
  [2, 1],
  [1, 1],
  [0, -0],
  [NaN, NaN],
  [NaN, 1],
  [Infinity, Infinity],
  [-Infinity, Infinity],
] as const;

type Spelling = (b: ScalarBuilder, x: Value, y: Value) => Value;

type Comparison = <T extends number | bigint>(a: T, b: T) => boolean;

/** A comparison; of bools as of 0 and 1, which masks spell by logic. */
/* @__NO_SIDE_EFFECTS__ */
function comparison(name: string, evaluate: Comparison, numbers: Spelling, masks: Spelling) {
  return binary(name, {
    dtypes: anyDType,
    result: "bool",
    commutative: name === "equal" || name === "notEqual",
    evaluate: (a, b) => Number(evaluate(a, b)),
    bigint: (a, b) => Number(evaluate(a, b)),
    lower: (b, x, y, dtype) => (dtype === "bool" ? masks : numbers)(b, x, y),
    at: pairs,
  });
}

/** a < b */
export const less = comparison(
  "less",
  (a, b) => a < b,
  (b, x, y) => b.lt(x, y),
  (b, x, y) => b.and(b.not(x), y),
);

/** a ≤ b */
export const lessEqual = comparison(
  "lessEqual",
  (a, b) => a <= b,
  (b, x, y) => b.le(x, y),
  (b, x, y) => b.or(b.not(x), y),
);

/** a = b; 0 = −0 */
export const equal = comparison(
  "equal",
  (a, b) => a === b,
  (b, x, y) => b.eq(x, y),
  (b, x, y) => b.not(b.xor(x, y)),
);

/** a ≠ b; true where NaN takes part */
export const notEqual = comparison(
  "notEqual",
  (a, b) => a !== b,
  (b, x, y) => b.ne(x, y),
  (b, x, y) => b.xor(x, y),
);

/** a > b */
export function greater(a: Node, b: Node): Node {
  return less(b, a);
}

/** a ≥ b */
export function greaterEqual(a: Node, b: Node): Node {
  return lessEqual(b, a);
}

const bits = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

/** not x */
export const logicalNot = unary("logicalNot", {
  dtypes: ["bool"],
  evaluate: (x) => 1 - x,
  lower: (b, x) => b.not(x),
  at: [0, 1],
});

/** a and b */
export const logicalAnd = binary("logicalAnd", {
  dtypes: ["bool"],
  commutative: true,
  evaluate: (a, b) => a & b,
  lower: (b, x, y) => b.and(x, y),
  at: bits,
});

/** a or b */
export const logicalOr = binary("logicalOr", {
  dtypes: ["bool"],
  commutative: true,
  evaluate: (a, b) => a | b,
  lower: (b, x, y) => b.or(x, y),
  at: bits,
});

/** either a or b, not both */
export const logicalXor = binary("logicalXor", {
  dtypes: ["bool"],
  commutative: true,
  evaluate: (a, b) => a ^ b,
  lower: (b, x, y) => b.xor(x, y),
  at: bits,
});

/**
 * Whether x has a minus sign: true for −0, which no comparison tells from 0; false for NaN, whose bit machines set as they like.
 *
 * The bits of −0 … −∞, read as a signed integer, are the least ones; those of NaN with the bit set follow.
 */
export const signbit = unary("signbit", {
  dtypes: floating,
  result: "bool",
  evaluate: (x) => Number(x < 0 || Object.is(x, -0)),
  lower: (b, x) => {
    const isSingle = x.type === "f32";
    const integer = isSingle ? "i32" : "i64";
    // −∞ is 1, an exponent of ones and a fraction of zeros: minus 1 unit of the exponent
    return b.le(b.bitcast(integer, x), b.constant(integer, isSingle ? -(2 ** 23) : -(2n ** 52n)));
  },
  at: [0, -0, 1, -1, Infinity, -Infinity, NaN],
});

function whereDType(condition: DType, a: DType, b: DType): DType {
  if (condition !== "bool")
    throw new DTypeError(`where: the condition is bool, not ${condition}; compare it with something first`);
  return commonDType("where", [a, b], anyDType);
}

/**
 * The choice between two operands. Its cotangents are cut by the condition: `differentiate.ts` sees that and keeps
 * the cut outside of whatever slope comes after, so that an infinite slope of the branch not taken meets no zero.
 */
export const whereElementwise: Elementwise = {
  kind: "elementwise",
  name: "where",
  exact: true,
  shape: (shapes) => commonShape("where", shapes),
  dtype: ([condition, a, b]) => whereDType(condition!, a!, b!),
  bounds: ({ inputs: [, a, b] }, of) => either([of(a!), of(b!)]),
  vjp(ct, node) {
    const [condition, a, b] = node.inputs;
    const zero = constantLike(ct, 0);
    return [
      null,
      a!.requiresGrad ? where(condition!, ct, zero) : null,
      b!.requiresGrad ? where(condition!, zero, ct) : null,
    ];
  },
  jvp([, da, db], node) {
    if (!da && !db) return null;
    const zero = constantLike(node, 0);
    return where(node.inputs[0]!, da ?? zero, db ?? zero);
  },
  evaluate([condition, a, b], _params, shape, dtype) {
    const out = allocate(dtype, sizeOf(shape));
    const chosen: Elements = out;
    for (let i = 0; i < out.length; i++) chosen[i] = (condition!.data[i]! !== 0 ? a : b)!.data[i]!;
    return out;
  },
  lower(b, [condition, x, y], _params, _dtypes, dtype) {
    if (dtype !== "bool") return b.select(condition!, x!, y!);
    return b.or(b.and(condition!, x!), b.and(b.not(condition!), y!));
  },
  samples: [
    {
      shapes: [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
      dtypes: ["bool", "float64", "float64"],
    },
    { shapes: [[], [], []], dtypes: ["bool", "float64", "float64"] },
    {
      shapes: [
        [0, 2],
        [0, 2],
        [0, 2],
      ],
      dtypes: ["bool", "float64", "float64"],
    },
    { shapes: [[3], [3], [3]], dtypes: ["bool", "bool", "bool"] },
    {
      shapes: [[2], [2], [2]],
      dtypes: ["bool", "float64", "float64"],
      values: [
        [1, 0],
        [1, NaN],
        [NaN, 2],
      ],
    },
  ],
};

/** `a` where the condition holds, else `b`. */
export const where = Object.assign(
  (condition: Node, a: Node, b: Node): Node => apply(whereElementwise, [condition, a, b], {}),
  { primitive: whereElementwise },
);
