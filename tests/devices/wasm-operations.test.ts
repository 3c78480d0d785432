/**
 * Every operation of the loop language on every type and number of lanes, rendered to WebAssembly, against the same
 * operation in JavaScript, on the numbers where such things go wrong: NaN, both zeros, infinities, the ends of the
 * integers.
 */
import { describe, expect, test } from "vitest";
import { roundToFormat } from "../../src/base/index.ts";
import type { BinaryOp, Element, Expression, Lanes, Reg, ShiftOp, UnaryOp } from "../../src/compiler/index.ts";
import { type KernelWriter, type RegisterType, registerOf, runKernel, type Values } from "./wasm-kernel.ts";

type Scalar = number | bigint;

/** How the tests keep registers in memory; i64 and u64 travel as the bits of f64. */
interface Storage {
  readonly element: Element;
  readonly itemsize: number;
  readonly lanes: readonly Lanes[];
  readonly samples: readonly Scalar[];
  array(values: readonly Scalar[]): Values;
  read(buffer: ArrayBuffer): Scalar[];
}

const floats = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  3.7,
  -3.2,
  1e10,
  -1e10,
  Number.NaN,
  Infinity,
  -Infinity,
  2 ** 31,
  -(2 ** 31),
];
const integers = [0, 1, -1, 2, 7, -7, 255, 256, 65_537, 123_456_789, -987_654_321, 2 ** 31 - 1, -(2 ** 31)];

const storages: Readonly<Record<RegisterType, Storage>> = {
  f32: {
    element: "f32",
    itemsize: 4,
    lanes: [1, 4],
    samples: [...floats, 1e-45, 3.4028234663852886e38, 16_777_216].map(Math.fround),
    array: (values) => Float32Array.from(values, Number),
    read: (buffer) => [...new Float32Array(buffer)],
  },
  f64: {
    element: "f64",
    itemsize: 8,
    lanes: [1, 2],
    samples: [...floats, 5e-324, Number.MAX_VALUE, 2 ** 53 + 2],
    array: (values) => Float64Array.from(values, Number),
    read: (buffer) => [...new Float64Array(buffer)],
  },
  i32: {
    element: "i32",
    itemsize: 4,
    lanes: [1, 4],
    samples: integers,
    array: (values) => Int32Array.from(values, Number),
    read: (buffer) => [...new Int32Array(buffer)],
  },
  i64: {
    element: "f64",
    itemsize: 8,
    lanes: [1, 2],
    samples: [...integers.map(BigInt), 2n ** 40n + 5n, 2n ** 63n - 1n, -(2n ** 63n), 0x0123_4567_89ab_cdefn],
    array: (values) => BigInt64Array.from(values, BigInt),
    read: (buffer) => [...new BigInt64Array(buffer)],
  },
  u32: {
    element: "i32",
    itemsize: 4,
    lanes: [1, 4],
    samples: integers.map((x) => x >>> 0),
    array: (values) => Uint32Array.from(values, Number),
    read: (buffer) => [...new Uint32Array(buffer)],
  },
  u64: {
    element: "f64",
    itemsize: 8,
    lanes: [1],
    samples: [...integers.map((x) => BigInt.asUintN(64, BigInt(x))), 2n ** 40n + 5n, 2n ** 63n, 2n ** 64n - 1n],
    array: (values) => BigUint64Array.from(values, BigInt),
    read: (buffer) => [...new BigUint64Array(buffer)],
  },
  mask: {
    element: "bool",
    itemsize: 1,
    lanes: [1, 2, 4],
    samples: [0, 1],
    array: (values) => Uint8Array.from(values, Number),
    read: (buffer) => [...new Uint8Array(buffer)],
  },
};

/** Every combination of the samples of some types, one column a type, repeated until `lanes` divides their number. */
function combinations(types: readonly RegisterType[]): Scalar[][] {
  let rows: Scalar[][] = [[]];
  for (const type of types) rows = rows.flatMap((row) => storages[type].samples.map((sample) => [...row, sample]));
  while (rows.length % 4 !== 0) rows.push(rows[0]!);
  return types.map((_, i) => rows.map((row) => row[i]!));
}

/** Runs `compute` over columns of operands, as many elements at a time as there are lanes. */
function apply(
  types: readonly RegisterType[],
  result: RegisterType,
  lanes: Lanes,
  columns: readonly (readonly Scalar[])[],
  compute: (operands: readonly Reg[], k: KernelWriter) => Expression,
  relaxed = false,
): Scalar[] {
  const count = columns[0]!.length;
  const inputs = types.map((type, i) => storages[type].array(columns[i]!));
  const out = storages[result];
  const buffer = runKernel(
    inputs,
    count * out.itemsize,
    (k) => {
      const starts = [...types, result].map((_, i) => k.buffer(i));
      k.loop(0, count, lanes, (i) => {
        const addresses = [...types, result].map((type, j) => {
          const distance = k.let("i32", 1, { op: "mul", a: i, b: k.number("i32", storages[type].itemsize) });
          return k.add(starts[j]!, distance);
        });
        const operands = types.map((type, j) => {
          const loaded = k.load(storages[type].element, lanes, addresses[j]!);
          return loaded.type === type ? loaded : k.let(type, lanes, { op: "bitcast", a: loaded });
        });
        const value = k.let(result, lanes, compute(operands, k));
        const as = registerOf(out.element);
        const stored = as === result ? value : k.let(as, lanes, { op: "bitcast", a: value });
        k.store(out.element, addresses.at(-1)!, stored);
      });
    },
    relaxed,
  );
  return out.read(buffer);
}

/** What is computed from operands of which types, and what it means in JavaScript. */
interface Operation {
  readonly name: string;
  readonly types: readonly RegisterType[];
  readonly result: RegisterType;
  /** Whether there is no instruction for vectors. */
  readonly inOneLane?: boolean;
  compute(operands: readonly Reg[]): Expression;
  meaning(...operands: readonly Scalar[]): Scalar;
}

/** The operation with every number of lanes that all of its registers can have. */
function inLanes(operation: Operation): (Operation & { readonly lanes: Lanes })[] {
  const all = [...operation.types, operation.result];
  const common = ([1, 2, 4] as const).filter(
    (lanes) =>
      all.every((type) => storages[type].lanes.includes(lanes)) && (lanes === 1 || operation.inOneLane !== true),
  );
  return common.map((lanes) => ({ ...operation, lanes }));
}

function testAll(operations: readonly Operation[]): void {
  test.each(operations.flatMap(inLanes))(
    "$name of $types in $lanes lanes",
    ({ types, result, lanes, compute, meaning }) => {
      const columns = combinations(types);
      const expected = columns[0]!.map((_, i) => meaning(...columns.map((column) => column[i]!)));
      const found = apply(types, result, lanes, columns, compute);
      expect(found).toEqual(expected); // tells −0 from 0, takes NaN for NaN
    },
  );
}

// ---- meanings ------------------------------------------------------------------------------------------------------

/** To the nearest whole number, halves to the even one. */
function nearest(x: number): number {
  const fraction = x - Math.floor(x);
  const down = fraction === 0.5 ? Math.floor(x) % 2 === 0 : fraction < 0.5;
  return down ? Math.floor(x) : Math.ceil(x);
}

/** Truncation that stops at the ends of i32. */
function saturate(x: number): number {
  return Number.isNaN(x) ? 0 : Math.min(Math.max(Math.trunc(x), -(2 ** 31)), 2 ** 31 - 1) + 0; // + 0: no negative zero
}

type Meanings<Op extends string, T extends Scalar, R extends Scalar = T> = Readonly<Record<Op, (a: T, b: T) => R>>;

const comparisons: Meanings<Comparison, Scalar, number> = {
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  lt: (a, b) => Number(a < b),
  le: (a, b) => Number(a <= b),
  gt: (a, b) => Number(a > b),
  ge: (a, b) => Number(a >= b),
};
type Comparison = "eq" | "ne" | "lt" | "le" | "gt" | "ge";

const float: Meanings<Exclude<BinaryOp, Comparison | "and" | "or" | "xor">, number> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  min: Math.min, // propagates NaN and puts −0 below 0, as WebAssembly does
  max: Math.max,
};
const floatUnary: Readonly<Record<Exclude<UnaryOp, "not">, (a: number) => number>> = {
  neg: (a) => -a,
  abs: Math.abs,
  sqrt: Math.sqrt,
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  nearest,
};
const integer: Meanings<Exclude<BinaryOp, Comparison | "div">, bigint> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  min: (a, b) => (a < b ? a : b),
  max: (a, b) => (a > b ? a : b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
};
const integerUnary: Readonly<Record<"neg" | "abs" | "not", (a: bigint) => bigint>> = {
  neg: (a) => -a,
  abs: (a) => (a < 0n ? -a : a),
  not: (a) => ~a,
};
const shifts: Readonly<Record<ShiftOp, (a: bigint, bits: bigint, width: number) => bigint>> = {
  shl: (a, bits) => a << bits,
  shrS: (a, bits, width) => BigInt.asIntN(width, a) >> bits,
  shrU: (a, bits, width) => BigInt.asUintN(width, a) >> bits,
};

/** A number of `type` nearest to an exact or wider result. */
function rounded(type: "f32" | "f64", x: number): number {
  // + − · ÷ √ of float32, computed in float64 and rounded again, are rounded right (Figueroa 1995)
  return type === "f32" ? Math.fround(x) : x;
}
function wrapped(type: "i32" | "u32" | "i64" | "u64", x: bigint): Scalar {
  const [width, wrap] = [widths[type], type.startsWith("u") ? BigInt.asUintN : BigInt.asIntN];
  return width === 32 ? Number(wrap(32, x)) : wrap(64, x);
}
/** A float as an integer: truncated, NaN as 0, held within 64 bits, with the bits that the integer has of that. */
function whole(type: "u32" | "i64" | "u64", x: number): Scalar {
  const most = type === "u64" ? 2n ** 64n - 1n : 2n ** 63n - 1n;
  if (Number.isNaN(x)) return wrapped(type, 0n);
  return wrapped(type, x >= Number(most) ? most : x <= -(2 ** 63) ? -(2n ** 63n) : BigInt(Math.trunc(x)));
}
const widths = { i32: 32, u32: 32, i64: 64, u64: 64 } as const;

// ---- the table -----------------------------------------------------------------------------------------------------

const floatTypes = ["f32", "f64"] as const;
const integerTypes = ["i32", "u32", "i64", "u64"] as const;

function named<Op extends string, F>(table: Readonly<Record<Op, F>>): [Op, F][] {
  return Object.entries(table) as [Op, F][]; // Object.entries forgets the key type
}

const unary: Operation[] = [
  ...floatTypes.flatMap((type) =>
    named(floatUnary).map(([op, f]) => ({
      name: op,
      types: [type],
      result: type,
      compute: ([a]: readonly Reg[]): Expression => ({ op, a: a! }),
      meaning: (a: Scalar) => rounded(type, f(Number(a))),
    })),
  ),
  ...integerTypes.flatMap((type) =>
    named(integerUnary).map(([op, f]) => ({
      name: op,
      types: [type],
      result: type,
      compute: ([a]: readonly Reg[]): Expression => ({ op, a: a! }),
      meaning: (a: Scalar) => wrapped(type, f(BigInt(a))),
    })),
  ),
  {
    name: "not",
    types: ["mask"],
    result: "mask",
    compute: ([a]) => ({ op: "not", a: a! }),
    meaning: (a) => 1 - Number(a),
  },
];

const binary: Operation[] = [
  ...floatTypes.flatMap((type) =>
    named(float).map(([op, f]) => ({
      name: op,
      types: [type, type],
      result: type,
      compute: ([a, b]: readonly Reg[]): Expression => ({ op, a: a!, b: b! }),
      meaning: (a: Scalar, b: Scalar) => rounded(type, f(Number(a), Number(b))),
    })),
  ),
  ...integerTypes.flatMap((type) =>
    named(integer).map(([op, f]) => ({
      name: op,
      types: [type, type],
      result: type,
      compute: ([a, b]: readonly Reg[]): Expression => ({ op, a: a!, b: b! }),
      meaning: (a: Scalar, b: Scalar) => wrapped(type, f(BigInt(a), BigInt(b))),
    })),
  ),
  ...(["and", "or", "xor"] as const).map(
    (op): Operation => ({
      name: op,
      types: ["mask", "mask"],
      result: "mask",
      compute: ([a, b]) => ({ op, a: a!, b: b! }),
      meaning: (a, b) => Number(integer[op](BigInt(a), BigInt(b))),
    }),
  ),
  ...[...floatTypes, ...integerTypes].flatMap((type) =>
    named(comparisons).map(
      ([op, f]): Operation => ({
        name: op,
        types: [type, type],
        result: "mask",
        compute: ([a, b]) => ({ op, a: a!, b: b! }),
        meaning: f,
      }),
    ),
  ),
];

const shifted: Operation[] = integerTypes.flatMap((type) => {
  const width = widths[type];
  return named(shifts).flatMap(([op, f]) =>
    [0, 1, 5, width - 1].map(
      (bits): Operation => ({
        name: `${op} by ${bits}`,
        types: [type],
        result: type,
        compute: ([a]) => ({ op, a: a!, bits }),
        meaning: (a) => wrapped(type, f(BigInt(a), BigInt(bits), width)),
      }),
    ),
  );
});

const selected: Operation[] = ([...floatTypes, ...integerTypes, "mask"] as const).map((type) => ({
  name: "select",
  types: ["mask", type, type],
  result: type,
  compute: ([mask, a, b]) => ({ op: "select", mask: mask!, a: a!, b: b! }),
  meaning: (mask, a, b) => (mask === 1 ? a! : b!),
}));

const conversions: Operation[] = (
  [
    ["i32", "f32", (a) => Math.fround(Number(a))],
    ["i32", "f64", Number],
    ["f32", "i32", (a) => saturate(Number(a))],
    ["f64", "i32", (a) => saturate(Number(a))],
    ["f32", "f64", Number],
    ["f64", "f32", (a) => Math.fround(Number(a))],
    ["i32", "u32", (a) => wrapped("u32", BigInt(a))],
    ["i32", "i64", BigInt],
    ["i32", "u64", (a) => wrapped("u64", BigInt(a))],
    ["u32", "i32", (a) => wrapped("i32", BigInt(a))],
    ["u32", "i64", BigInt],
    ["u32", "u64", BigInt],
    ["u32", "f32", (a) => Math.fround(Number(a))],
    ["u32", "f64", Number],
    ["i64", "i32", (a) => wrapped("i32", BigInt(a))],
    ["i64", "u32", (a) => wrapped("u32", BigInt(a))],
    ["i64", "u64", (a) => wrapped("u64", BigInt(a))],
    ["i64", "f32", (a) => roundToFormat(BigInt(a), { exponent: 8, fraction: 23 })],
    ["i64", "f64", Number],
    ["u64", "i32", (a) => wrapped("i32", BigInt(a))],
    ["u64", "u32", (a) => wrapped("u32", BigInt(a))],
    ["u64", "i64", (a) => wrapped("i64", BigInt(a))],
    ["u64", "f32", (a) => roundToFormat(BigInt(a), { exponent: 8, fraction: 23 })],
    ["u64", "f64", Number],
    ["f32", "u32", (a) => whole("u32", Number(a))],
    ["f32", "i64", (a) => whole("i64", Number(a))],
    ["f32", "u64", (a) => whole("u64", Number(a))],
    ["f64", "u32", (a) => whole("u32", Number(a))],
    ["f64", "i64", (a) => whole("i64", Number(a))],
    ["f64", "u64", (a) => whole("u64", Number(a))],
    ["mask", "u32", Number],
    ["mask", "i64", BigInt],
    ["mask", "u64", BigInt],
    ["u32", "mask", (a) => Number(a !== 0)],
    ["i64", "mask", (a) => Number(a !== 0n)],
    ["u64", "mask", (a) => Number(a !== 0n)],
    ["mask", "i32", Number],
    ["mask", "f32", Number],
    ["mask", "f64", Number],
    ["i32", "mask", (a) => Number(a !== 0)],
    ["f32", "mask", (a) => Number(a !== 0)], // NaN is not 0
    ["f64", "mask", (a) => Number(a !== 0)],
    ["f32", "f32", Number],
    ["i64", "i64", BigInt],
    ["mask", "mask", Number],
  ] as const satisfies readonly (readonly [RegisterType, RegisterType, (a: Scalar) => Scalar])[]
).map(([from, to, meaning]) => ({
  name: `convert to ${to}`,
  types: [from],
  result: to,
  inOneLane: from !== to && ([from, to].includes("i64") || (from === "f32" && to === "u32")), // vectors do not convert 64 bits, f32 → u32 goes by way of them
  compute: ([a]) => ({ op: "convert", a: a! }),
  meaning,
}));

const bitcasts: Operation[] = (
  [
    ["f32", "i32", (a) => new Int32Array(Float32Array.of(Number(a)).buffer)[0]!],
    ["i32", "f32", (a) => new Float32Array(Int32Array.of(Number(a)).buffer)[0]!],
    ["f64", "i64", (a) => new BigInt64Array(Float64Array.of(Number(a)).buffer)[0]!],
    ["i64", "f64", (a) => new Float64Array(BigInt64Array.of(BigInt(a)).buffer)[0]!],
  ] as const satisfies readonly (readonly [RegisterType, RegisterType, (a: Scalar) => Scalar])[]
).map(([from, to, meaning]) => ({
  name: `bitcast to ${to}`,
  types: [from],
  result: to,
  compute: ([a]) => ({ op: "bitcast", a: a! }),
  meaning,
}));

const multiplyAdds: Operation[] = floatTypes.map((type) => ({
  name: "madd in two roundings",
  types: [type, type, type],
  result: type,
  compute: ([a, b, c]) => ({ op: "madd", a: a!, b: b!, c: c! }),
  meaning: (a, b, c) => rounded(type, rounded(type, Number(a) * Number(b)) + Number(c)),
}));

describe("one operand", () => testAll(unary));
describe("two operands", () => testAll(binary));
describe("shifts", () => testAll(shifted));

test.each(["i64", "u64"] as const)("division of %s towards 0", (type) => {
  const [a, b] = combinations([type, type]);
  // the instruction does not take 0, nor −2⁶³ / −1
  const pairs = a!.map((x, i) => [BigInt(x), BigInt(b![i]!)] as const).filter(([, y]) => y !== 0n && y !== -1n);
  const columns = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
  const found = apply([type, type], type, 1, columns, ([x, y]) => ({ op: "div", a: x!, b: y! }));
  expect(found).toEqual(pairs.map(([x, y]) => x / y));
});

describe("choice", () => testAll(selected));
describe("from type to type", () => testAll([...conversions, ...bitcasts]));
describe("multiply-add", () => testAll(multiplyAdds));
