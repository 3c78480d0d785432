/** For the tests of the renderer: the functions of a module as text, one instruction a line. */
import { type Opcode, opcodes } from "../../src/devices/wasm/opcodes.ts";

const opcodeNames = Object.keys(opcodes) as Opcode[]; // Object.keys forgets the key type
const names = new Map<number, Opcode>(opcodeNames.map((name) => [opcodes[name], name]));
const valueTypes: Readonly<Record<number, string>> = { 127: "i32", 126: "i64", 125: "f32", 124: "f64", 123: "v128" };
const codeSection = 10;

class Reader {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.at++]!;
  }

  take(length: number): Uint8Array {
    this.at += length;
    return this.#bytes.slice(this.at - length, this.at);
  }

  unsigned(): number {
    const byte = this.byte();
    return byte < 0x80 ? byte : byte - 0x80 + 0x80 * this.unsigned();
  }

  signed(): bigint {
    let [value, shift, byte] = [0n, 0n, 0x80];
    while (byte >= 0x80) {
      byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
    }
    return BigInt.asIntN(Number(shift), value);
  }
}

/** The instructions of every function, indented by block; locals are declared in the first line. */
export function functionTexts(module: Uint8Array): string[] {
  const reader = new Reader(module.slice(8)); // after magic number and version
  while (!reader.done) {
    const id = reader.byte();
    const content = new Reader(reader.take(reader.unsigned()));
    if (id === codeSection)
      return Array.from({ length: content.unsigned() }, () => bodyText(content.take(content.unsigned())));
  }
  return [];
}

function bodyText(bytes: Uint8Array): string {
  const reader = new Reader(bytes);
  const locals = Array.from({ length: reader.unsigned() }, () => `${reader.unsigned()} ${valueTypes[reader.byte()]}`);
  const lines = [`locals: ${locals.join(", ") || "none"}`];
  let depth = 0;
  while (!reader.done) {
    const name = names.get(opcode(reader))!;
    if (name === "end") depth--;
    if (depth >= 0) lines.push(`${"  ".repeat(depth)}${[name, ...immediates(name, reader)].join(" ")}`);
    if (name === "block" || name === "loop" || name === "if") depth++;
  }
  return lines.join("\n");
}

function opcode(reader: Reader): number {
  const first = reader.byte();
  return first < 0xfc ? first : first * 0x1000 + reader.unsigned();
}

function immediates(name: Opcode, reader: Reader): unknown[] {
  if (name === "block" || name === "loop" || name === "if") return reader.byte() === 0x40 ? [] : ["with a result"];
  if (name === "br_if" || name === "call" || name.startsWith("local.") || name === "memory.fill")
    return [reader.unsigned()];
  if (name === "memory.copy") return [reader.unsigned(), reader.unsigned()];
  if (name === "i32.const" || name === "i64.const") return [reader.signed()];
  if (name === "f32.const") return [new DataView(reader.take(4).buffer).getFloat32(0, true)];
  if (name === "f64.const") return [new DataView(reader.take(8).buffer).getFloat64(0, true)];
  if (name === "v128.const" || name === "i8x16.shuffle") return [...reader.take(16)];
  if (name.endsWith("extract_lane") || name.endsWith("replace_lane")) return [reader.byte()];
  if (!/\.(load|store)/.test(name)) return [];
  reader.unsigned(); // the alignment is only a hint
  const offset = `offset=${reader.unsigned()}`;
  return name.endsWith("_lane") ? [offset, `lane=${reader.byte()}`] : [offset];
}
