/**
 * What the engine's WebAssembly can do. The engine is asked, not looked up in a list: a small function is validated,
 * and for relaxed SIMD also run, because the proposal's first drafts had the operands in another order and a processor
 * may not have the instruction.
 */
import { type Code, encodeModule, op, vectorConstant } from "./encoder.ts";
import type { Opcode } from "./opcodes.ts";

export interface EngineFeatures {
  /** Vectors of 128 bits. */
  readonly simd: boolean;
  /** A multiply-add on vectors of f32 and f64 that rounds once. */
  readonly relaxed: boolean;
}

let known: EngineFeatures | null = null;

export function engineFeatures(): EngineFeatures {
  known ??= {
    simd: WebAssembly.validate(moduleOf("f32", vectorConstant("f32", 0), "f32x4.extract_lane")),
    relaxed: probes.every(roundsOnce),
  };
  return known;
}

/**
 * Switches relaxed SIMD on in V8 before 11.4 (Node 20), which has it behind a flag. `setFlags` is `setFlagsFromString`
 * of `node:v8`. Call it before the first program is compiled; it does nothing where the engine knows the instruction,
 * since later versions reject the flag.
 */
export function enableRelaxedSimd(setFlags: (flags: string) => void): EngineFeatures {
  if (!probes.every(({ type, code, result }) => WebAssembly.validate(moduleOf(type, code, result)))) {
    setFlags("--experimental-wasm-relaxed-simd");
    known = null;
  }
  return engineFeatures();
}

interface Probe {
  readonly type: "f32" | "f64";
  /** Leaves a vector on the stack. */
  readonly code: Code;
  /** Takes a number out of it. */
  readonly result: Opcode;
  /** What that number is when a·b + c is rounded once; rounded twice it is 0. */
  readonly fused: number;
}

/**
 * x·x + c with x = 1 + 2⁻ⁿ and c = −(1 + 2¹⁻ⁿ): exactly 2⁻²ⁿ, which is half a unit in the last place of x·x and rounds
 * away.
 */
function multiplyAdd(type: "f32" | "f64", n: number, instruction: Opcode, result: Opcode): Probe {
  const [x, c] = [vectorConstant(type, 1 + 2 ** -n), vectorConstant(type, -(1 + 2 ** (1 - n)))];
  return { type, code: [...x, ...x, ...c, ...op(instruction)], result, fused: 2 ** (-2 * n) };
}

const probes: readonly Probe[] = [
  multiplyAdd("f32", 12, "f32x4.relaxed_madd", "f32x4.extract_lane"),
  multiplyAdd("f64", 27, "f64x2.relaxed_madd", "f64x2.extract_lane"),
];

function roundsOnce({ type, code, result, fused }: Probe): boolean {
  const bytes = moduleOf(type, code, result);
  if (!WebAssembly.validate(bytes)) return false;
  const { probe } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  return (probe as () => number)() === fused; // the only export
}

function moduleOf(type: "f32" | "f64", code: Code, result: Opcode): Uint8Array<ArrayBuffer> {
  const body = { name: "probe", exported: true, locals: [], code: [...code, ...op(result, 0)] };
  return encodeModule({
    memory: null,
    imports: [],
    functions: [{ ...body, type: { parameters: [], results: [type] } }],
  });
}
