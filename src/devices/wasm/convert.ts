/** How a number in one type of register becomes one in another. */
import type { Reg } from "../../compiler/index.ts";
import { type Code, constant, type NumberType, op, vectorConstant } from "./encoder.ts";
import { laneTypes, named, once, type Piece, type Spellings, shapeOf, vectorShapeOf } from "./shapes.ts";

const conversions: Spellings<(a: Reg) => readonly Piece[]> = {};

/** `a` in the type of `reg`. */
export function spellConversion(reg: Reg, a: Reg): readonly Piece[] {
  if (a.type === reg.type) return [a];
  const column = reg.lanes === 1 ? reg.type : (`${reg.type}s` as const);
  return once(conversions, a.type, column, () => (reg.lanes === 1 ? conversion(a, reg) : vectorConversion(a, reg)))(a);
}

type Conversion = (a: Reg) => readonly Piece[];
const then =
  (...code: readonly Code[]): Conversion =>
  (a) => [a, ...code];

/** Between integers of one width, and from a mask, which is 0 or 1, nothing happens. */
function conversion({ type }: Reg, result: Reg): Conversion {
  const [to, from] = [shapeOf(result), shapeOf({ type, lanes: 1 })];
  const sign = type.startsWith("u") ? "u" : "s";
  if (result.type === "mask") return then(constant(from as NumberType, 0), op(named(from, "ne"))); // one lane: a number
  if (to === from) return then();
  if (from === "f32" || from === "f64") {
    if (to === "f32" || to === "f64") return then(op(named(to, `${to === "f64" ? "promote" : "demote"}_${from}`)));
    if (result.type === "u64") return (a) => wideUnsigned(a, from);
    const wide = op(named(result.type === "u32" ? "i64" : to, `trunc_sat_${from}_s`));
    return result.type === "u32" ? then(wide, op("i32.wrap_i64")) : then(wide);
  }
  if (to === "f32" || to === "f64") return then(op(named(to, `convert_${from}_${sign}`)));
  return then(op(to === "i32" ? "i32.wrap_i64" : named("i64", `extend_i32_${sign}`)));
}

/** A float as u64: numbers from 0 on fill all its bits, negative ones wrap. `select` takes its first operand where the condition holds. */
function wideUnsigned(a: Reg, type: "f32" | "f64"): readonly Piece[] {
  const notNegative = [a, constant(type, 0), op(`${type}.ge`)];
  return [a, op(`i64.trunc_sat_${type}_u`), a, op(`i64.trunc_sat_${type}_s`), ...notNegative, op("select")];
}

/** The same of vectors. Where a mask has all bits, `and` with the bits of 1 gives 1. */
function vectorConversion(a: Reg, result: Reg): Conversion {
  const [to, from] = [vectorShapeOf(result), vectorShapeOf(a)];
  if (a.type === "mask") return then(vectorConstant(laneTypes[to], 1), op("v128.and"));
  if (result.type === "mask") return then(vectorConstant(laneTypes[from], 0), op(named(from, "ne")));
  if (to === from) return then();
  if (from === "f32x4" && result.type === "u32")
    throw new Error("wasm: vectors of f32 become u32 lane by lane, by way of i64");
  const sign = a.type === "u32" ? "u" : "s";
  return then(op(named(to, from === "f32x4" ? `trunc_sat_${from}_s` : `convert_${from}_${sign}`)));
}
