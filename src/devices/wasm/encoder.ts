/**
 * The binary format of WebAssembly: numbers, instructions, and a module of functions that share an imported memory.
 *
 * Source: WebAssembly core specification, chapter 5, "Binary Format".
 */
import { type Opcode, opcodes } from "./opcodes.ts";

/** Bytes: of a number, of an instruction with its immediates, of several in a row. */
export type Code = readonly number[];

export const valueTypes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

export type ValueType = keyof typeof valueTypes;
export type NumberType = Exclude<ValueType, "v128">;

// ---- numbers -------------------------------------------------------------------------------------------------------

/** Unsigned LEB128: seven bits a byte, lowest first; the top bit says that more follow. */
export function unsigned(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80); // offsets reach 2³² − 1, where the bitwise operators of JavaScript turn negative
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return bytes;
}

/** Signed LEB128: ends where all that is left repeats the sign, bit 6 of the last byte. */
export function signed(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    bytes.push(low);
    if (rest === (low & 0x40 ? -1 : 0)) return bytes;
    bytes[bytes.length - 1] = low | 0x80;
  }
}

/** The same for the 64 bits of an i64. */
function signed64(value: bigint): Code {
  const bytes: number[] = [];
  let rest = BigInt.asIntN(64, value);
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(low);
    if (rest === (low & 0x40 ? -1n : 0n)) return bytes;
    bytes[bytes.length - 1] = low | 0x80;
  }
}

const eightBytes = new DataView(new ArrayBuffer(8));

/** The first `length` bytes of a number in memory, repeated, lowest first. */
function littleEndian(type: NumberType, value: number | bigint, length: number): Code {
  if (type === "f32") eightBytes.setFloat32(0, Number(value), true);
  else if (type === "f64") eightBytes.setFloat64(0, Number(value), true);
  else if (type === "i32") eightBytes.setInt32(0, Number(value), true);
  else eightBytes.setBigInt64(0, BigInt(value), true);
  const bytes: number[] = [];
  for (let i = 0; i < length; i++) bytes.push(eightBytes.getUint8(i % widths[type]));
  return bytes;
}

const widths = { i32: 4, f32: 4, i64: 8, f64: 8 } as const;

// ---- instructions --------------------------------------------------------------------------------------------------

/** An instruction with the bytes of its immediates. */
export function op(name: Opcode, ...immediates: readonly number[]): Code {
  if (immediates.length > 0) return [...op(name), ...immediates];
  let code = bare.get(name);
  if (code === undefined) {
    const number: number = opcodes[name];
    code = number <= 0xff ? [number] : [number >> 12, ...unsigned(number & 0xfff)];
    bare.set(name, code);
  }
  return code;
}

/** Opcodes, encoded when they are first needed: most instructions have no immediates and share their bytes. */
const bare = new Map<Opcode, Code>();

export function local(name: "local.get" | "local.set" | "local.tee", index: number): Code {
  return op(name, ...unsigned(index));
}

/** A load or store at the address on the stack + `offset`, a multiple of `alignment` bytes by the caller's promise. */
export function access(name: Opcode, alignment: number, offset: number, ...lane: readonly number[]): Code {
  return op(name, Math.log2(alignment), ...unsigned(offset), ...lane);
}

/** A number on the stack; integers wrap to their width. */
export function constant(type: NumberType, value: number | bigint): Code {
  if (type === "i32") return op("i32.const", ...signed(Number(value) | 0));
  if (type === "i64") return op("i64.const", ...signed64(BigInt(value)));
  return op(`${type}.const`, ...littleEndian(type, value, widths[type]));
}

/** A vector on the stack: the same number in all lanes. */
export function vectorConstant(type: NumberType, value: number | bigint): Code {
  return op("v128.const", ...littleEndian(type, value, 16));
}

// ---- modules -------------------------------------------------------------------------------------------------------

export interface FunctionType {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export interface ImportedFunction {
  readonly module: string;
  readonly name: string;
  readonly type: FunctionType;
}

export interface DefinedFunction {
  /** For profilers and stack traces, and for callers when exported. */
  readonly name: string;
  readonly exported: boolean;
  readonly type: FunctionType;
  /** Types of the locals that follow the parameters. */
  readonly locals: readonly ValueType[];
  /** Instructions without the final `end`. */
  readonly code: Code;
}

/** Functions are numbered from 0, imported ones first. */
export interface Module {
  /** The names under which memory of any size is imported. */
  readonly memory: { readonly module: string; readonly name: string } | null;
  readonly imports: readonly ImportedFunction[];
  readonly functions: readonly DefinedFunction[];
}

export function encodeModule({ memory, imports, functions }: Module): Uint8Array<ArrayBuffer> {
  const types = [...imports, ...functions].map((f) => f.type); // entry i is the type of function i
  const anySize = [0x00, 0x00]; // a minimum of 0 pages and no maximum
  const importEntries = [
    ...imports.map((f, i) => join([text(f.module), text(f.name), [externs.function], unsigned(i)])),
    ...(memory ? [join([text(memory.module), text(memory.name), [externs.memory], anySize])] : []),
  ];
  const first = imports.length;
  const numbered = functions.map((f, i) => ({ ...f, index: unsigned(first + i) }));
  const exported = numbered.filter((f) => f.exported);
  return join([
    preamble,
    section("type", list(types.map(encodeType))),
    section("import", list(importEntries)),
    section("function", list(numbered.map((f) => f.index))),
    section("export", list(exported.map((f) => join([text(f.name), [externs.function], f.index])))),
    section("code", list(functions.map(encodeFunction))),
    section("custom", join([text("name"), functionNames(list(numbered.map((f) => join([f.index, text(f.name)]))))])),
  ]);
}

const preamble: Code = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]; // "\0asm", version 1
const sections = { custom: 0, type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const externs = { function: 0x00, memory: 0x02 } as const;

type Bytes = Uint8Array<ArrayBuffer>;

function section(name: keyof typeof sections, content: Bytes): Bytes {
  return join([[sections[name]], sized(content)]);
}

/** The part of the custom section "name" that names functions. */
function functionNames(names: Bytes): Bytes {
  return join([[1], sized(names)]);
}

function encodeType({ parameters, results }: FunctionType): Code {
  const types = (list: readonly ValueType[]) => [...unsigned(list.length), ...list.map((type) => valueTypes[type])];
  return [0x60, ...types(parameters), ...types(results)];
}

/** Locals are declared in runs of one type. */
function encodeFunction({ locals, code }: DefinedFunction): Bytes {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const run = runs.at(-1);
    if (run?.type === type) run.count++;
    else runs.push({ type, count: 1 });
  }
  const declarations = list(runs.map(({ type, count }) => [...unsigned(count), valueTypes[type]]));
  return sized(join([declarations, code, op("end")]));
}

function sized(content: Code | Bytes): Bytes {
  return join([unsigned(content.length), content]);
}

function list(items: readonly (Code | Bytes)[]): Bytes {
  return join([unsigned(items.length), ...items]);
}

function text(characters: string): Bytes {
  return sized(new TextEncoder().encode(characters));
}

function join(parts: readonly (Code | Bytes)[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
