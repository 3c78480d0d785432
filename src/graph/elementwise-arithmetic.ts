/** Arithmetic: the four operations, signs, extremes, rounding, and the division of whole numbers in its three kinds. */
import {
  allocate,
  castScalar,
  type DType,
  dtypes,
  type Elements,
  isBigInt,
  isFloat,
  isHalf,
  sizeOf,
  wholeOf,
} from "../base/index.ts";
import { either, unbounded } from "./bounds.ts";
import { equal, less, notEqual, signbit, where } from "./elementwise-comparison.ts";
import { binary, flat, unary } from "./families.ts";
import { constantLike } from "./leaves.ts";
import { lowerFloorDivide, lowerFmod, lowerRemainder, lowerShorten } from "./math/index.ts";
import { apply, type Node } from "./node.ts";
import type { Elementwise } from "./primitive.ts";
import { checkDType, commonShape, floating, numeric, registerType } from "./rules.ts";
import type { ScalarBuilder, Value } from "./scalar.ts";

/** −x */
export const neg = unary("neg", {
  dtypes: numeric,
  exact: true,
  differential: (dx) => neg(dx),
  evaluate: (x) => -x,
  bigint: (x) => -x,
  lower: (b, x) => b.neg(x),
  at: [0, -0, Infinity, NaN],
});

/** −1, 0 or 1; NaN of NaN. */
export const sign = unary("sign", {
  dtypes: numeric,
  exact: true,
  differential: flat,
  evaluate: Math.sign,
  bigint: (x) => (x > 0n ? 1n : x < 0n ? -1n : 0n),
  lower: (b, x) => {
    const of = (value: number) => b.constant(x.type, value);
    return b.select(b.gt(x, of(0)), of(1), b.select(b.lt(x, of(0)), of(-1), x)); // x itself: 0, −0 and NaN
  },
  domain: [0.1, 2],
  at: [0, -0, -3, Infinity, -Infinity, NaN],
});

/** |x|; slope 0 at 0. */
export const abs = unary("abs", {
  dtypes: numeric,
  exact: true,
  differential: (dx, x) => mul(dx, sign(x)),
  evaluate: Math.abs,
  bigint: (x) => (x < 0n ? -x : x),
  lower: (b, x) => b.abs(x),
  domain: [0.1, 2],
  at: [0, -0, -3, -Infinity, NaN],
});

/** a − b */
export const sub = binary("sub", {
  dtypes: numeric,
  differentials: [(da) => da, (db) => neg(db)],
  evaluate: (a, b) => a - b,
  bigint: (a, b) => a - b,
  lower: (b, x, y) => b.sub(x, y),
});

/** a · b */
export const mul = binary("mul", {
  dtypes: numeric,
  commutative: true,
  differentials: [(da, _a, b) => mul(da, b), (db, a) => mul(db, a)],
  evaluate: (a, b) => a * b,
  integer: Math.imul,
  bigint: (a, b) => a * b,
  lower: (b, x, y) => b.mul(x, y),
  at: [
    [0, Infinity],
    [-0, 3],
    [NaN, 0],
  ],
});

/** a / b of floats. */
export const div = binary("div", {
  dtypes: floating,
  expensive: true,
  differentials: [(da, _a, b) => div(da, b), (db, _a, b, y) => neg(div(mul(db, y), b))], // −a/b² = −y/b
  evaluate: (a, b) => a / b,
  lower: (b, x, y) => b.div(x, y),
  domain: [
    [-2, 2],
    [0.5, 2],
  ],
  at: [
    [0, 0],
    [1, 0],
    [1, -0],
    [-1, 0],
    [Infinity, Infinity],
    [1, Infinity],
  ],
});

type Order = (a: Node, b: Node) => Node;

/** `dx` where the operand is the extreme one, half of it in a tie, nothing where the other one is. */
function extremeDifferential(dx: Node, self: Node, other: Node, loses: Order): Node {
  const tied = equal(self, other);
  const share = where(tied, constantLike(dx, 0.5), constantLike(dx, 1));
  return where(loses(self, other), constantLike(dx, 0), mul(dx, share));
}

/** The greater of a and b; NaN if one is. In a tie the gradient goes to both in halves. */
export const maximum = binary("maximum", {
  dtypes,
  exact: true,
  commutative: true,
  differentials: [(da, a, b) => extremeDifferential(da, a, b, less), (db, a, b) => extremeDifferential(db, b, a, less)],
  bounds: ([a, b]) => ({ low: Math.max(a!.low, b!.low), high: Math.max(a!.high, b!.high) }),
  evaluate: Math.max,
  bigint: (a, b) => (a > b ? a : b),
  lower: (b, x, y, dtype) => (dtype === "bool" ? b.or(x, y) : b.max(x, y)),
  at: [
    [NaN, 1],
    [1, NaN],
    [0, -0],
    [-Infinity, 3],
  ],
});

/** The lesser of a and b; NaN if one is. In a tie the gradient goes to both in halves. */
export const minimum = binary("minimum", {
  dtypes,
  exact: true,
  commutative: true,
  differentials: [
    (da, a, b) => extremeDifferential(da, a, b, (self, other) => less(other, self)),
    (db, a, b) => extremeDifferential(db, b, a, (self, other) => less(other, self)),
  ],
  bounds: ([a, b]) => ({ low: Math.min(a!.low, b!.low), high: Math.min(a!.high, b!.high) }),
  evaluate: Math.min,
  bigint: (a, b) => (a < b ? a : b),
  lower: (b, x, y, dtype) => (dtype === "bool" ? b.and(x, y) : b.min(x, y)),
  at: [
    [NaN, 1],
    [1, NaN],
    [0, -0],
    [Infinity, 3],
  ],
});

// ---- rounding -------------------------------------------------------------------------------------------------------

const halves = [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.25, -0.25, 0, -0, 8388609.5, 2 ** 53, Infinity, -Infinity, NaN];

/** A rounding: flat between its steps. */
/* @__NO_SIDE_EFFECTS__ */
function rounding(name: string, evaluate: (x: number) => number, lower: (b: ScalarBuilder, x: Value) => Value) {
  return unary(name, { dtypes: floating, differential: flat, evaluate, lower, domain: [0.1, 0.4], at: halves });
}

/** The next whole number down. */
export const floor = rounding("floor", Math.floor, (b, x) => b.floor(x));

/** The next whole number up. */
export const ceil = rounding("ceil", Math.ceil, (b, x) => b.ceil(x));

/** The whole part: the next whole number towards 0. */
export const trunc = rounding("trunc", Math.trunc, (b, x) => b.trunc(x));

/** The nearest whole number; of two equally near ones the even one. */
export const round = rounding("round", roundHalfToEven, (b, x) => b.nearest(x));

function roundHalfToEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  const nearest = rest < 0.5 ? down : rest > 0.5 ? down + 1 : down % 2 === 0 ? down : down + 1;
  if (!Number.isFinite(x)) return x;
  return nearest === 0 && (x < 0 || Object.is(x, -0)) ? -0 : nearest;
}

// ---- division with a rest -------------------------------------------------------------------------------------------

const divisions = [
  [7, 3],
  [-7, 3],
  [7, -3],
  [-7, -3],
  [1, 0],
  [-1, 0],
  [0, 0],
  [6, 3],
  [-6, 3],
  [0.5, Infinity],
  [Infinity, 2],
  [-2147483648, -1],
  [NaN, 1],
] as const;

const divisionDomain = [
  [0.1, 0.9],
  [1, 1.5],
] as const; // no step of a / b inside

/** ⌊a / b⌋; a whole number divided by 0 gives 0, as in NumPy. */
export const floorDivide = binary("floorDivide", {
  dtypes: numeric,
  expensive: true,
  widensIntegers: true,
  differentials: [flat, flat],
  evaluate: floorQuotient,
  integer: (a, b) => (b === 0 ? 0 : Math.floor(a / b)),
  bigint: (a, b) => (b === 0n ? 0n : (a - bigintRemainder(a, b)) / b),
  lower: (b, x, y) => lowerFloorDivide(b, x, y),
  domain: divisionDomain,
  at: divisions,
});

/** a − b·⌊a / b⌋, with the divisor's sign; a whole number divided by 0 leaves 0, as in NumPy. */
export const remainder = binary("remainder", {
  dtypes: numeric,
  expensive: true,
  widensIntegers: true,
  differentials: [(da) => da, (db, a, b) => neg(mul(db, floorDivide(a, b)))],
  bounds: ([, b], dtype) => (b!.low > 0 ? { low: 0, high: isFloat(dtype) ? b!.high : b!.high - 1 } : unbounded),
  evaluate: floorRemainder,
  integer: (a, b) => (b === 0 ? 0 : floorRemainder(a, b)),
  bigint: bigintRemainder,
  lower: (b, x, y) => lowerRemainder(b, x, y),
  domain: divisionDomain,
  at: divisions,
});

/** a − b·trunc(a / b), with the dividend's sign; a whole number divided by 0 leaves 0. */
export const fmod = binary("fmod", {
  dtypes: numeric,
  expensive: true,
  widensIntegers: true,
  differentials: [(da) => da, (db, a, b) => neg(mul(db, trunc(div(a, b))))],
  evaluate: (a, b) => a % b,
  integer: (a, b) => (b === 0 ? 0 : a % b),
  bigint: (a, b) => (b === 0n ? 0n : a % b),
  lower: (b, x, y) => lowerFmod(b, x, y),
  domain: divisionDomain,
  at: divisions,
});

/** The exact rest first, which is then lifted to the divisor's side: a / b itself may round up to a whole number. */
function floorRemainder(a: number, b: number): number {
  const rest = a % b;
  if (rest === 0) return b < 0 || Object.is(b, -0) ? -0 : 0;
  return rest < 0 !== b < 0 ? rest + b : rest;
}

function bigintRemainder(a: bigint, b: bigint): bigint {
  const rest = b === 0n ? 0n : a % b;
  return rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
}

function floorQuotient(a: number, b: number): number {
  if (b === 0) return a / b;
  const rest = a % b;
  const quotient = Math.round((a - rest) / b); // whole but for rounding
  return rest !== 0 && rest < 0 !== b < 0 ? quotient - 1 : quotient;
}

// ---- signs and dtypes -----------------------------------------------------------------------------------------------

/** |a| with the sign of b, that of −0 included; NaN counts as positive. */
export function copysign(a: Node, b: Node): Node {
  return where(notEqual(signbit(a), signbit(b)), neg(a), a);
}

type CastParams = { readonly dtype: DType };

/**
 * A float becomes a whole number as WebAssembly does it: truncated, held within int32 or, for wider dtypes, within 64 bits, NaN to 0. What
 * does not fit the dtype then wraps around, negative numbers in unsigned dtypes too, as in NumPy on most machines.
 */
function castElement(x: number | bigint, from: DType, to: DType): number | bigint {
  if (typeof x === "bigint" || !isFloat(from) || isFloat(to) || to === "bool") return castScalar(x, to);
  const wide = registerType(to) !== "i32";
  const [low, high] = wide ? [-(2 ** 63), to === "uint64" ? 2 ** 64 : 2 ** 63] : [-(2 ** 31), 2 ** 31 - 1];
  if (wide && x >= high) return castScalar(BigInt(high) - 1n, to);
  return castScalar(Math.max(low, Math.min(high, Math.trunc(x))), to);
}

export const castElementwise: Elementwise<CastParams> = {
  kind: "elementwise",
  name: "cast",
  shape: (shapes) => commonShape("cast", shapes),
  dtype(found, { dtype }) {
    checkDType("cast", found[0]!, dtypes);
    return dtype;
  },
  vjp: (ct, { inputs: [x] }) => [isFloat(x!.dtype) ? cast(ct, x!.dtype) : null],
  jvp: ([dx], _node, { dtype }) => (dx && isFloat(dtype) ? cast(dx, dtype) : null),
  evaluate: ([x], { dtype }, shape) => {
    const out = allocate(dtype, sizeOf(shape));
    const elements: Elements = out;
    const element = isBigInt(dtype) ? wholeOf : Number;
    for (let i = 0; i < out.length; i++) elements[i] = element(castElement(x!.data[i]!, x!.dtype, dtype));
    return out;
  },
  bounds({ dtype, inputs: [x] }, of) {
    const found = of(x!);
    if (isFloat(dtype)) return found;
    const { low, high } = either([found, { low: 0, high: 0 }]); // NaN becomes 0
    const ends = [Math.trunc(low), Math.trunc(high)];
    return ends.every((n) => Number(castScalar(n, dtype)) === n) ? { low, high } : unbounded;
  },
  widens: ([from], { dtype }) => isFloat(from!) && registerType(dtype) === "u32", // by way of 64 bits
  lower: (b, [x], { dtype }) => (isHalf(dtype) ? lowerShorten(b, x!) : b.convert(registerType(dtype), x!)),
  samples: dtypes.map((dtype) => ({ shapes: [[2, 3]], params: { dtype } })),
};

/**
 * The same numbers as `dtype`: rounded to shorter floats, truncated to integers (held within int32 or 64 bits, NaN to 0), bool where
 * not 0.
 */
export function cast(x: Node, dtype: DType): Node {
  return x.dtype === dtype ? x : apply(castElementwise, [x], { dtype });
}
