/** Shapes of registers: what WebAssembly calls them, which decides what their instructions are called; and spellings by shape. */
import type { Lanes, Reg } from "../../compiler/index.ts";
import type { Code } from "./encoder.ts";
import { type Opcode, opcodes } from "./opcodes.ts";

/** An operand to be pushed, or instructions. */
export type Piece = Reg | Code;

/** Register types with their lanes, as WebAssembly names them. A mask is an integer; unsigned ones differ in their instructions. */
const shapes = {
  f32: { 1: "f32", 4: "f32x4" },
  f64: { 1: "f64", 2: "f64x2" },
  i32: { 1: "i32", 4: "i32x4" },
  u32: { 1: "i32", 4: "i32x4" },
  i64: { 1: "i64", 2: "i64x2" },
  u64: { 1: "i64" },
  mask: { 1: "i32", 2: "i64x2", 4: "i32x4" },
} as const;

export type Shape = "f32" | "f64" | "i32" | "i64" | "f32x4" | "f64x2" | "i32x4" | "i64x2";

export function shapeOf({ type, lanes }: Pick<Reg, "type" | "lanes">): Shape {
  const shape = (shapes[type] as Partial<Record<Lanes, Shape>>)[lanes]; // not every type has every number of lanes
  if (shape === undefined) throw new Error(`wasm: no registers of ${type} in ${lanes} lanes`);
  return shape;
}

/** What one lane of a vector is. */
export const laneTypes = { f32x4: "f32", f64x2: "f64", i32x4: "i32", i64x2: "i64" } as const;

export function vectorShapeOf(reg: Reg): keyof typeof laneTypes {
  return shapeOf(reg) as keyof typeof laneTypes; // of several lanes
}

/** A shape, or one whose integers are unsigned: by these the spellings of operations are looked up. */
export type Signed = Shape | "u32" | "u32x4" | "u64" | "mask";

export function signedShapeOf(reg: Reg): Signed {
  if (reg.type === "u32") return reg.lanes === 1 ? "u32" : "u32x4";
  return reg.type === "u64" ? "u64" : shapeOf(reg);
}

export function unsignedOf(shape: Signed): { shape: Shape; unsigned: boolean } {
  if (shape === "mask") return { shape: "i32", unsigned: false };
  if (shape === "u32") return { shape: "i32", unsigned: true };
  if (shape === "u32x4") return { shape: "i32x4", unsigned: true };
  return shape === "u64" ? { shape: "i64", unsigned: true } : { shape, unsigned: false };
}

// ---- names ---------------------------------------------------------------------------------------------------------

export type Spellings<T> = Partial<Record<string, Partial<Record<string, T>>>>;

/** Looked up by operation and shape once: putting names together takes longer than anything else here. */
export function once<O extends string, S extends string, T>(
  known: Spellings<T>,
  operation: O,
  shape: S,
  make: (operation: O, shape: S) => T,
): T {
  let row = known[operation];
  if (row === undefined) {
    row = {};
    known[operation] = row;
  }
  let spelling = row[shape];
  if (spelling === undefined) {
    spelling = make(operation, shape);
    row[shape] = spelling;
  }
  return spelling;
}

/** The name of an instruction, which must exist. */
export function named(shape: Shape | "v128", operation: string): Opcode {
  const name = `${shape}.${operation}`;
  if (!Object.hasOwn(opcodes, name)) throw new Error(`wasm: there is no instruction ${name}`);
  return name as Opcode; // just looked up
}
