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

/** Signed LEB128 of an i32 or i64: ends where all that is left repeats the sign, bit 6 of the last byte. */
export function signed(value: number | bigint): Code {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if (rest === (low & 0x40 ? -1n : 0n)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** The bytes of a number in memory, lowest first. */
function littleEndian(type: NumberType, value: number | bigint): Code {
  const view = new DataView(new ArrayBuffer(type === "f64" || type === "i64" ? 8 : 4));
  if (type === "f32") view.setFloat32(0, Number(value), true);
  else if (type === "f64") view.setFloat64(0, Number(value), true);
  else if (type === "i32") view.setInt32(0, Number(value), true);
  else view.setBigInt64(0, BigInt(value), true);
  return Array.from(new Uint8Array(view.buffer));
}

// ---- instructions --------------------------------------------------------------------------------------------------

export function op(name: Opcode, ...immediates: readonly number[]): Code {
  const code: number = opcodes[name];
  return code <= 0xff ? [code, ...immediates] : [code >> 12, ...unsigned(code & 0xfff), ...immediates];
}

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
  if (type === "i64") return op("i64.const", ...signed(BigInt.asIntN(64, BigInt(value))));
  return op(`${type}.const`, ...littleEndian(type, value));
}

/** A vector on the stack: the same number in all lanes. */
export function vectorConstant(type: NumberType, value: number | bigint): Code {
  const lane = littleEndian(type, value);
  return op("v128.const", ...Array.from({ length: 16 }, (_, i) => lane[i % lane.length]!));
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
  return Uint8Array.from(
    join([
      preamble,
      section("type", list(types.map(encodeType))),
      section("import", list(importEntries)),
      section("function", list(numbered.map((f) => f.index))),
      section("export", list(exported.map((f) => join([text(f.name), [externs.function], f.index])))),
      section("code", list(functions.map(encodeFunction))),
      section("custom", join([text("name"), functionNames(list(numbered.map((f) => join([f.index, text(f.name)]))))])),
    ]),
  );
}

const preamble: Code = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]; // "\0asm", version 1
const sections = { custom: 0, type: 1, import: 2, function: 3, export: 7, code: 10 } as const;
const externs = { function: 0x00, memory: 0x02 } as const;

function section(name: keyof typeof sections, content: Code): Code {
  return join([[sections[name]], sized(content)]);
}

/** The part of the custom section "name" that names functions. */
function functionNames(names: Code): Code {
  return join([[1], sized(names)]);
}

function encodeType({ parameters, results }: FunctionType): Code {
  const types = (list: readonly ValueType[]) => [...unsigned(list.length), ...list.map((type) => valueTypes[type])];
  return [0x60, ...types(parameters), ...types(results)];
}

/** Locals are declared in runs of one type. */
function encodeFunction({ locals, code }: DefinedFunction): Code {
  const runs: { type: ValueType; count: number }[] = [];
  for (const type of locals) {
    const run = runs.at(-1);
    if (run?.type === type) run.count++;
    else runs.push({ type, count: 1 });
  }
  const declarations = list(runs.map(({ type, count }) => [...unsigned(count), valueTypes[type]]));
  return sized(join([declarations, code, op("end")]));
}

function sized(content: Code): Code {
  return join([unsigned(content.length), content]);
}

function list(items: readonly Code[]): Code {
  return join([unsigned(items.length), ...items]);
}

function text(characters: string): Code {
  return sized(Array.from(new TextEncoder().encode(characters)));
}

/** Concatenation; a spread of arguments would overflow the stack on a long function. */
function join(parts: readonly Code[]): Code {
  const out: number[] = [];
  for (const part of parts) for (const byte of part) out.push(byte);
  return out;
}
