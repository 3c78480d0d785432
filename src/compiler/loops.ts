/**
 * The second representation of the compiler: loops over registers and memory. One `LoopFunction` is one kernel; a renderer turns it into machine
 * code statement by statement and decides nothing.
 *
 * Registers hold one number or, in `lanes`, two or four of them. A register is written once, by its `let`, unless it is an accumulator
 * (`mutable`). Addresses are bytes in an i32 register.
 */
import type { Element } from "../base/index.ts";
import type { Register } from "../graph/index.ts";

/** How a number is stored; what is shorter than 32 bits loads as i32, bool as mask. */
export type { Element };

export type Lanes = 1 | 2 | 4;

/** A register. Masks are i32 0 or 1 when lanes is 1, else all bits of each lane (32-bit lanes when 4, 64-bit lanes when 2). */
export interface Reg {
  readonly id: number;
  readonly type: Register;
  readonly lanes: Lanes;
}

export type UnaryOp = "neg" | "abs" | "sqrt" | "floor" | "ceil" | "trunc" | "nearest" | "not";
export type BinaryOp =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "min"
  | "max"
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "and"
  | "or"
  | "xor";
export type ShiftOp = "shl" | "shrS" | "shrU";

export type Expression =
  | { readonly op: "constant"; readonly value: number | bigint } // masks: 0 or 1
  | { readonly op: UnaryOp; readonly a: Reg }
  | { readonly op: BinaryOp; readonly a: Reg; readonly b: Reg }
  | { readonly op: ShiftOp; readonly a: Reg; readonly bits: number }
  | { readonly op: "select"; readonly mask: Reg; readonly a: Reg; readonly b: Reg }
  | { readonly op: "convert"; readonly a: Reg } // to the register's own type
  | { readonly op: "bitcast"; readonly a: Reg } // to a type of the same width
  /** a·b + c in one rounding where the target has it, else in two; f32 and f64 */
  | { readonly op: "madd"; readonly a: Reg; readonly b: Reg; readonly c: Reg }
  /** One number in all lanes. */
  | { readonly op: "splat"; readonly a: Reg }
  /** Lanes from as many one-lane registers. */
  | { readonly op: "join"; readonly parts: readonly Reg[] }
  /** The first two, or last two, of four lanes of f32 as f64. */
  | { readonly op: "widen"; readonly a: Reg; readonly last: boolean }
  /** One lane of a vector. */
  | { readonly op: "extract"; readonly a: Reg; readonly lane: number }
  /** Quotient and remainder of i32 by a positive constant, for non-negative dividends. */
  | { readonly op: "quotient" | "remainder"; readonly a: Reg; readonly by: number }
  /** Start of a buffer, as an address. */
  | { readonly op: "buffer"; readonly buffer: number }
  /** From address + offset; consecutive elements fill the lanes. */
  | { readonly op: "load"; readonly element: Element; readonly address: Reg; readonly offset: number }
  /** One element in all lanes. */
  | { readonly op: "loadSplat"; readonly element: Element; readonly address: Reg; readonly offset: number };

export type Statement =
  | { readonly do: "let"; readonly reg: Reg; readonly value: Expression }
  /** Assigns a mutable register that a `let` has introduced. */
  | { readonly do: "set"; readonly reg: Reg; readonly value: Expression }
  | {
      readonly do: "store";
      readonly element: Element;
      readonly address: Reg;
      readonly offset: number;
      readonly value: Reg;
    }
  /**
   * `counter` (i32, not mutable by the body) runs from `from` while below `to`, by `step`. Bounds are constants or registers; where `from` is a
   * register, both are addresses or counts, not negative, and are compared unsigned.
   */
  | {
      readonly do: "loop";
      readonly counter: Reg;
      readonly from: number | Reg;
      readonly to: number | Reg;
      readonly step: number;
      readonly body: readonly Statement[];
    }
  /** Runs the body if the i32 or one-lane mask is not 0. */
  | { readonly do: "if"; readonly condition: Reg; readonly body: readonly Statement[] }
  /** Fills `bytes` from the address with zeros, or copies them. */
  | { readonly do: "zero"; readonly address: Reg; readonly bytes: number }
  | { readonly do: "copy"; readonly address: Reg; readonly from: Reg; readonly bytes: number }
  /** Calls back into the host: operation number `call` of the program. */
  | { readonly do: "host"; readonly call: number };

/** One kernel. */
export interface LoopFunction {
  readonly name: string;
  readonly body: readonly Statement[];
}

/** Steps to be done again and again. */
export interface Repetition {
  /** The buffer, one i32 in scratch memory, that holds the number of the step: it counts up from 0, or down to 0. */
  readonly counter: number;
  readonly steps: number;
  readonly reverse: boolean;
  readonly body: readonly LoopStep[];
}

/** A kernel, or a repetition of some. */
export type LoopStep = LoopFunction | Repetition;

/** How a buffer moves with a counter: by so many bytes for each step. */
export interface Move {
  /** The buffer that holds the counter. */
  readonly counter: number;
  readonly stride: number;
}

/** Where a buffer of the program begins. */
export type Placement =
  /** in the program's own scratch memory, whose base is an argument of the program */
  | { readonly in: "scratch"; readonly offset: number; readonly moves?: readonly Move[] }
  /** at the address in entry `slot` of the table of states, whose base is the other argument */
  | { readonly in: "state"; readonly slot: number; readonly moves?: readonly Move[] };

/** All kernels of a program in order of execution, and where its buffers are. */
export interface LoopProgram {
  readonly functions: readonly LoopStep[];
  readonly buffers: readonly Placement[];
}

/** The kernels among steps, repeated ones once, in the order of execution. */
export function functionsOf(steps: readonly LoopStep[]): LoopFunction[] {
  return steps.flatMap((step) => ("counter" in step ? functionsOf(step.body) : [step]));
}
