/**
 * How each operation of the loop language is spelled in WebAssembly: a sequence of operands and instructions for a
 * stack machine. An operand that is needed twice stands in the sequence twice, so whoever counts operands knows which
 * registers need a local.
 *
 * Most operations are one instruction, whose name follows from the shape of the register; the tables hold the rest.
 */
import type {
  BinaryOp,
  Element,
  Expression,
  Lanes,
  LoopProgram,
  Reg,
  Statement,
  UnaryOp,
} from "../../compiler/index.ts";
import { spellConversion } from "./convert.ts";
import { access, type Code, constant, local, type NumberType, op, vectorConstant } from "./encoder.ts";
import type { Opcode } from "./opcodes.ts";
import {
  laneTypes,
  named,
  once,
  type Piece,
  type Shape,
  type Signed,
  type Spellings,
  shapeOf,
  signedShapeOf,
  unsignedOf,
  vectorShapeOf,
} from "./shapes.ts";

export interface Target {
  /** Whether vectors multiply and add in one rounding. */
  readonly relaxed: boolean;
}

export interface Context {
  readonly buffers: LoopProgram["buffers"];
  readonly target: Target;
  /** What a register always holds, where that is known. */
  knownValue(reg: Reg): Expression | undefined;
}

const itemsizes: Readonly<Record<Element, number>> = {
  f32: 4,
  f64: 8,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  i64: 8,
  bool: 1,
};

// ---- expressions ---------------------------------------------------------------------------------------------------

/** `e` as the value of a register of `reg`'s type and lanes. */
export function spell(reg: Reg, e: Expression, context: Context): readonly Piece[] {
  switch (e.op) {
    case "constant":
      return [spellConstant(reg, e.value)];
    case "neg":
    case "abs":
    case "sqrt":
    case "floor":
    case "ceil":
    case "trunc":
    case "nearest":
    case "not": {
      return once(
        unarySpellings,
        e.op,
        e.a.type === "mask" && e.a.lanes === 1 ? "mask" : signedShapeOf(e.a),
        unarySpelling,
      )(e.a);
    }
    case "shl":
    case "shrS":
    case "shrU": {
      const name = ({ shl: "shl", shrS: "shr_s", shrU: "shr_u" } as const)[e.op];
      const shape = shapeOf(e.a);
      const distance = constant(shape === "i64" ? "i64" : "i32", e.bits); // vectors count bits in an i32
      return [e.a, distance, op(named(shape, name))];
    }
    case "select":
      return [e.a, e.b, e.mask, op(reg.lanes === 1 ? "select" : "v128.bitselect")];
    case "convert":
      return spellConversion(reg, e.a);
    case "bitcast": {
      const [to, from] = [shapeOf(reg), shapeOf(e.a)];
      return reg.lanes > 1 || to === from ? [e.a] : [e.a, op(named(to, `reinterpret_${from}`))];
    }
    case "madd": {
      const shape = shapeOf(reg);
      if (context.target.relaxed && reg.lanes > 1) return [e.a, e.b, e.c, op(named(shape, "relaxed_madd"))];
      return [e.a, e.b, op(named(shape, "mul")), e.c, op(named(shape, "add"))];
    }
    case "splat":
      return spellSplat(reg, e.a, context);
    case "join":
      return spellJoin(reg, e.parts);
    case "widen":
      return [e.a, ...(e.last ? [e.a, lastHalf] : []), op("f64x2.promote_low_f32x4")];
    case "extract":
      return [e.a, op(named(shapeOf(e.a), "extract_lane"), e.lane), ...(e.a.type === "mask" ? bitOfLane(e.a) : [])];
    case "quotient":
    case "remainder":
      return division[e.op][shapeOf(reg) as "i32" | "i32x4"](e.a, e.by); // the language divides nothing else
    case "buffer":
      return spellBuffer(e.buffer, context);
    case "load":
    case "loadSplat": {
      const [instruction, ...after] = found(reg.lanes === 1 || e.op === "load" ? loads : splats, e.element, reg.lanes);
      const { base, offset } = spellAddress(e.address, e.offset, context);
      return [base, access(instruction!, itemsizes[e.element], offset), ...after.map((name) => op(name))];
    }
    default: {
      return once(binarySpellings, e.op, signedShapeOf(e.a), binarySpelling)(e.a, e.b);
    }
  }
}

const unarySpellings: Spellings<(a: Reg) => readonly Piece[]> = {};
const binarySpellings: Spellings<(a: Reg, b: Reg) => readonly Piece[]> = {};

function unarySpelling(operation: UnaryOp, signed: Signed): (a: Reg) => readonly Piece[] {
  const { shape, unsigned } = unsignedOf(signed);
  if (unsigned && operation === "abs") return (a) => [a];
  const special = unary[`${operation} ${signed === "mask" ? "mask" : shape}`];
  if (special !== undefined) return special;
  const code = op(named(shape, operation));
  return (a) => [a, code];
}

function binarySpelling(operation: BinaryOp, signed: Signed): (a: Reg, b: Reg) => readonly Piece[] {
  const special = binary[`${operation} ${signed}`];
  if (special !== undefined) return special;
  const { shape, unsigned } = unsignedOf(signed);
  const code = op(binaryName(operation, shape, unsigned));
  return (a, b) => [a, b, code];
}

/** The entry of a table with rows by name and columns by lanes, which must exist. */
function found<T>(table: Readonly<Record<string, Partial<Record<Lanes, T>>>>, row: string, lanes: Lanes): T {
  const entry = table[row]?.[lanes];
  if (entry === undefined) throw new Error(`wasm: no spelling of ${row} in ${lanes} lanes`);
  return entry;
}

/** The bitwise operations do not care what the lanes of a vector are. */
function binaryName(operation: BinaryOp, shape: Shape, unsigned: boolean): Opcode {
  const [integer, vector] = [shape.startsWith("i"), shape.includes("x")];
  if (vector && (operation === "and" || operation === "or" || operation === "xor")) return named("v128", operation);
  const twofold = integer && ["lt", "le", "gt", "ge", "min", "max", "div"].includes(operation);
  return named(shape, twofold ? `${operation}_${unsigned ? "u" : "s"}` : operation);
}

/** Unary operations that are not the instruction of their name. |x| is (x ^ s) − s, where s = x >> 31 is 0 or −1. */
const unary: Readonly<Record<string, (a: Reg) => readonly Piece[]>> = {
  "neg i32": (a) => [constant("i32", 0), a, op("i32.sub")],
  "neg i64": (a) => [constant("i64", 0), a, op("i64.sub")],
  "abs i32": (a) => {
    const sign = [a, constant("i32", 31), op("i32.shr_s")];
    return [a, ...sign, op("i32.xor"), ...sign, op("i32.sub")];
  },
  "abs i64": (a) => {
    const sign = [a, constant("i64", 63), op("i64.shr_s")];
    return [a, ...sign, op("i64.xor"), ...sign, op("i64.sub")];
  },
  "not mask": (a) => [a, op("i32.eqz")],
  "not i32": (a) => [a, constant("i32", -1), op("i32.xor")],
  "not i64": (a) => [a, constant("i64", -1n), op("i64.xor")],
  "not i32x4": (a) => [a, op("v128.not")],
  "not i64x2": (a) => [a, op("v128.not")],
};

/**
 * Integers without an instruction for the smaller and the larger: `select` takes its first operand where the condition
 * holds.
 */
const binary: Readonly<Record<string, (a: Reg, b: Reg) => readonly Piece[]>> = {
  "min i32": (a, b) => [a, b, a, b, op("i32.lt_s"), op("select")],
  "max i32": (a, b) => [a, b, a, b, op("i32.gt_s"), op("select")],
  "min u32": (a, b) => [a, b, a, b, op("i32.lt_u"), op("select")],
  "max u32": (a, b) => [a, b, a, b, op("i32.gt_u"), op("select")],
  "min u64": (a, b) => [a, b, a, b, op("i64.lt_u"), op("select")],
  "max u64": (a, b) => [a, b, a, b, op("i64.gt_u"), op("select")],
  "min i64": (a, b) => [a, b, a, b, op("i64.lt_s"), op("select")],
  "max i64": (a, b) => [a, b, a, b, op("i64.gt_s"), op("select")],
  "min i64x2": (a, b) => [a, b, a, b, op("i64x2.lt_s"), op("v128.bitselect")],
  "max i64x2": (a, b) => [a, b, a, b, op("i64x2.gt_s"), op("v128.bitselect")],
};

// ---- constants and lanes -------------------------------------------------------------------------------------------

export function spellConstant(reg: Reg, value: number | bigint): Code {
  const shape = shapeOf(reg);
  if (reg.lanes === 1) return constant(shape as NumberType, value); // one lane: f32, f64, i32 or i64
  const lane = laneTypes[vectorShapeOf(reg)];
  return vectorConstant(lane, reg.type === "mask" ? -Number(value) : value);
}

function spellSplat(reg: Reg, a: Reg, context: Context): readonly Piece[] {
  const value = context.knownValue(a);
  if (value?.op === "constant") return [spellConstant(reg, value.value)];
  return [...lane(reg, a), op(named(shapeOf(reg), "splat"))];
}

function spellJoin(reg: Reg, parts: readonly Reg[]): readonly Piece[] {
  const shape = shapeOf(reg);
  const [first, ...others] = parts;
  const replace = named(shape, "replace_lane");
  const pieces = [...lane(reg, first!), op(named(shape, "splat"))]; // 2 or 4 parts
  others.forEach((part, i) => {
    pieces.push(...lane(reg, part), op(replace, i + 1));
  });
  return pieces;
}

/** A number as a lane of `vector`; a mask, which is 0 or 1 by itself, as all bits or none. */
function lane({ type, lanes }: Reg, part: Reg): Piece[] {
  if (type !== "mask") return [part];
  const bits = [constant("i32", 0), part, op("i32.sub")];
  return lanes === 2 ? [...bits, op("i64.extend_i32_s")] : bits;
}

/** The last two of four lanes in the place of the first. */
const lastHalf = op("i8x16.shuffle", ...Array.from({ length: 16 }, (_, i) => 8 + (i % 8)));

/** The way back. */
function bitOfLane({ lanes }: Reg): readonly Code[] {
  const bit = [constant("i32", 1), op("i32.and")];
  return lanes === 2 ? [op("i32.wrap_i64"), ...bit] : bit;
}

// ---- division ------------------------------------------------------------------------------------------------------

/** Quotient and remainder by a positive constant, for 0 ≤ n < 2³¹. */
const division = {
  quotient: {
    i32: (n: Reg, by: number): readonly Piece[] =>
      isPowerOfTwo(by)
        ? [n, constant("i32", Math.log2(by)), op("i32.shr_u")]
        : [n, constant("i32", by), op("i32.div_u")],
    i32x4: quotients,
  },
  remainder: {
    i32: (n: Reg, by: number): readonly Piece[] =>
      isPowerOfTwo(by) ? [n, constant("i32", by - 1), op("i32.and")] : [n, constant("i32", by), op("i32.rem_u")],
    i32x4: (n: Reg, by: number): readonly Piece[] =>
      isPowerOfTwo(by)
        ? [n, vectorConstant("i32", by - 1), op("v128.and")]
        : [n, ...quotients(n, by), vectorConstant("i32", by), op("i32x4.mul"), op("i32x4.sub")],
  },
};

function isPowerOfTwo(n: number): boolean {
  return Number.isInteger(Math.log2(n));
}

/**
 * ⌊n / d⌋ = ⌊n · m / 2ˢ⌋ with s = 31 + ⌈log₂ d⌉ and m = ⌊2ˢ / d⌋ + 1 < 2³², exact for n < 2³¹ (Granlund & Montgomery
 * 1994, theorem 4.2): the excess of m over 2ˢ / d is at most 1, and n · 1 / 2ˢ < 1 / d cannot reach the next whole
 * number. The products have 64 bits: two for the lower lanes, two for the upper ones, and a shuffle that takes the low
 * half of each quotient.
 */
function quotients(n: Reg, by: number): readonly Piece[] {
  if (isPowerOfTwo(by)) return [n, constant("i32", Math.log2(by)), op("i32x4.shr_u")];
  const shift = 31 + Math.ceil(Math.log2(by));
  const multiplier = vectorConstant("i32", Number(2n ** BigInt(shift) / BigInt(by) + 1n) | 0);
  const half = (multiply: Opcode): readonly Piece[] => [
    n,
    multiplier,
    op(multiply),
    constant("i32", shift),
    op("i64x2.shr_u"),
  ];
  const lowHalves = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];
  return [...half("i64x2.extmul_low_i32x4_u"), ...half("i64x2.extmul_high_i32x4_u"), op("i8x16.shuffle", ...lowHalves)];
}

// ---- memory --------------------------------------------------------------------------------------------------------

function spellBuffer(buffer: number, { buffers }: Context): readonly Piece[] {
  const placement = buffers[buffer];
  if (placement === undefined) throw new Error(`wasm: the program does not place buffer ${buffer}`);
  const moved = (placement.moves ?? []).flatMap(({ counter, stride }) => [
    ...counterValue(counterOffset(counter, buffers)),
    constant("i32", stride),
    op("i32.mul"),
    op("i32.add"),
  ]);
  if (placement.in === "state") return [local("local.get", table), access("i32.load", 4, 4 * placement.slot), ...moved];
  const base = local("local.get", scratch);
  const start = placement.offset === 0 ? [base] : [base, constant("i32", placement.offset), op("i32.add")];
  return [...start, ...moved];
}

/** Where in scratch memory a counter of steps is. */
export function counterOffset(buffer: number, buffers: LoopProgram["buffers"]): number {
  const placement = buffers[buffer];
  if (placement?.in !== "scratch" || placement.moves !== undefined)
    throw new Error("wasm: a counter of steps lies at a fixed place in scratch memory");
  return placement.offset;
}

function counterValue(offset: number): Code[] {
  return [local("local.get", scratch), access("i32.load", 4, offset)];
}

/** Writes the steps of a repetition: `body` once, in a loop over the counter in memory. */
export function repeat(offset: number, steps: number, reverse: boolean, body: Code): Code {
  const [first, change, end] = reverse ? [steps - 1, -1, -1] : [0, 1, steps];
  const set = (...value: Code[]): Code[] => [local("local.get", scratch), ...value, access("i32.store", 4, offset)];
  return [
    ...set(constant("i32", first)),
    op("loop", noResult),
    body,
    ...set(...counterValue(offset), constant("i32", change), op("i32.add")),
    ...counterValue(offset),
    constant("i32", end),
    op("i32.ne"),
    op("br_if", 0),
    op("end"),
  ].flat();
}

/** The type of a block that leaves nothing on the stack. */
export const noResult = 0x40;

/** Where to load or store: in a buffer of the scratch memory the buffer's place joins the constant offset. */
function spellAddress(address: Reg, offset: number, { buffers, knownValue }: Context): { base: Piece; offset: number } {
  const value = knownValue(address);
  const placement = value?.op === "buffer" ? buffers[value.buffer] : undefined;
  if (placement?.in !== "scratch" || placement.moves !== undefined) return { base: address, offset };
  return { base: local("local.get", scratch), offset: placement.offset + offset };
}

/**
 * The instruction that reads an element or as many as there are lanes, and what makes a register of it. Bools in bytes
 * are 0 or 1. The constant offset is part of the instruction, which adds it without wrapping: the address in the
 * register must be in range by itself.
 */
const loads: Readonly<Record<Element, Partial<Record<Lanes, readonly Opcode[]>>>> = {
  f32: { 1: ["f32.load"], 4: ["v128.load"] },
  f64: { 1: ["f64.load"], 2: ["v128.load"] },
  i32: { 1: ["i32.load"], 4: ["v128.load"] },
  i64: { 1: ["i64.load"] },
  i16: { 1: ["i32.load16_s"], 4: ["v128.load64_zero", "i32x4.extend_low_i16x8_s"] },
  u16: { 1: ["i32.load16_u"], 4: ["v128.load64_zero", "i32x4.extend_low_i16x8_u"] },
  i8: { 1: ["i32.load8_s"], 4: ["v128.load32_zero", "i16x8.extend_low_i8x16_s", "i32x4.extend_low_i16x8_s"] },
  u8: { 1: ["i32.load8_u"], 4: ["v128.load32_zero", "i16x8.extend_low_i8x16_u", "i32x4.extend_low_i16x8_u"] },
  bool: {
    1: ["i32.load8_u"],
    2: [
      "v128.load16_splat",
      "i16x8.extend_low_i8x16_u",
      "i32x4.extend_low_i16x8_u",
      "i64x2.extend_low_i32x4_u",
      "i64x2.neg",
    ],
    4: ["v128.load32_zero", "i16x8.extend_low_i8x16_u", "i32x4.extend_low_i16x8_u", "i32x4.neg"],
  },
};

/** The same for one element in all lanes. */
const splats: Readonly<Record<Element, Partial<Record<Lanes, readonly Opcode[]>>>> = {
  f32: { 4: ["v128.load32_splat"] },
  f64: { 2: ["v128.load64_splat"] },
  i32: { 4: ["v128.load32_splat"] },
  i64: {},
  i16: { 4: ["i32.load16_s", "i32x4.splat"] },
  u16: { 4: ["i32.load16_u", "i32x4.splat"] },
  i8: { 4: ["i32.load8_s", "i32x4.splat"] },
  u8: { 4: ["i32.load8_u", "i32x4.splat"] },
  bool: {
    2: ["i32.load8_u", "i64.extend_i32_u", "i64x2.splat", "i64x2.neg"],
    4: ["i32.load8_u", "i32x4.splat", "i32x4.neg"],
  },
};

const zero = vectorConstant("i32", 0);
/** The lowest bytes of four i32, of two i64, as the first bytes of a vector. */
const bytes4 = op("i8x16.shuffle", 0, 4, 8, 12, ...new Array<number>(12).fill(16));
/** The lower halves of four i32 as the first bytes of a vector. */
const halves4 = op("i8x16.shuffle", 0, 1, 4, 5, 8, 9, 12, 13, ...new Array<number>(8).fill(16));
const bytes2 = op("i8x16.shuffle", 0, 8, ...new Array<number>(14).fill(16));

/** The instruction that writes the lanes of a register, and what makes bytes of them before. */
const stores: Readonly<Record<Element, Partial<Record<Lanes, readonly [Opcode, ...before: readonly Code[]]>>>> = {
  f32: { 1: ["f32.store"], 4: ["v128.store"] },
  f64: { 1: ["f64.store"], 2: ["v128.store"] },
  i32: { 1: ["i32.store"], 4: ["v128.store"] },
  i64: { 1: ["i64.store"] },
  i16: { 1: ["i32.store16"], 4: ["v128.store64_lane", zero, halves4] },
  u16: { 1: ["i32.store16"], 4: ["v128.store64_lane", zero, halves4] },
  i8: { 1: ["i32.store8"], 4: ["v128.store32_lane", zero, bytes4] },
  u8: { 1: ["i32.store8"], 4: ["v128.store32_lane", zero, bytes4] },
  bool: {
    1: ["i32.store8"],
    2: ["v128.store16_lane", vectorConstant("i64", 1), op("v128.and"), zero, bytes2],
    4: ["v128.store32_lane", vectorConstant("i32", 1), op("v128.and"), zero, bytes4],
  },
};

type Store = Extract<Statement, { do: "store" }>;

export function spellStore(store: Store, context: Context): readonly Piece[] {
  const [instruction, ...before] = found(stores, store.element, store.value.lanes);
  const lane = instruction.endsWith("_lane") ? [0] : [];
  const { base, offset } = spellAddress(store.address, store.offset, context);
  return [base, store.value, ...before, access(instruction, itemsizes[store.element], offset, ...lane)];
}

/** `memory.fill` takes address, byte and length; `memory.copy` the two addresses and the length. */
export function spellZero({ address, bytes }: Extract<Statement, { do: "zero" }>): readonly Piece[] {
  return [address, constant("i32", 0), constant("i32", bytes), op("memory.fill", memory)];
}

export function spellCopy({ address, from, bytes }: Extract<Statement, { do: "copy" }>): readonly Piece[] {
  return [address, from, constant("i32", bytes), op("memory.copy", memory, memory)];
}

const memory = 0; // the only one

// ---- calls ---------------------------------------------------------------------------------------------------------

/** Parameters of every function: start of the scratch memory, start of the table of states. */
const [scratch, table] = [0, 1];
export const passParameters: Code = [...local("local.get", scratch), ...local("local.get", table)];

/** The host's callback is the first function: it gets the number of the call and both parameters. */
export const hostIndex = 0;

export function spellHost(call: number): readonly Piece[] {
  return [constant("i32", call), passParameters, op("call", hostIndex)];
}
