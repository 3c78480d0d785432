/**
 * Builds the statements of a kernel: a stack of open blocks, registers numbered as they are made.
 *
 * Every value is emitted into the outermost open block in which its operands are known, so what does not depend on an inner
 * loop is computed outside of it; equal computations are made once a block. Only reads of memory that the kernel itself writes must stay where they are asked for:
 * they go through `here`.
 */
import { ShapeError } from "../base/index.ts";
import {
  type Index,
  type LoopVariable,
  type Register,
  rangeOf,
  type ScalarBuilder,
  type Value,
} from "../graph/index.ts";
import type { BinaryOp, Element, Expression, Lanes, Reg, ShiftOp, Statement, UnaryOp } from "./loops.ts";

interface Block {
  readonly statements: Statement[];
  /** Computations made in this block, by their text. */
  readonly known: Map<string, Reg>;
}

/** A register with the depth of the block that holds its definition. */
interface Made extends Reg {
  readonly depth: number;
}

const comparisons: ReadonlySet<string> = new Set(["eq", "ne", "lt", "le", "gt", "ge"]);

/** Loop variables stay below this: their counters are i32, which a last step may take a little beyond the extent. */
export const extentLimit = 2 ** 31 - 2 ** 10;

export class LoopBuilder implements ScalarBuilder {
  /** What is being computed, for errors. */
  readonly #subject: () => string;
  #blocks: Block[] = [{ statements: [], known: new Map() }];
  #registers = 0;
  #variables = 0;
  readonly #counters = new Map<number, Made>();
  /** What registers of one lane have been loaded by `load`. */
  readonly #loads = new Map<number, { readonly element: Element; readonly address: Reg; readonly offset: number }>();

  constructor(subject = () => "a kernel") {
    this.#subject = subject;
  }

  get statements(): readonly Statement[] {
    return this.#blocks[0]!.statements;
  }

  get depth(): number {
    return this.#blocks.length - 1;
  }

  // ---- values -------------------------------------------------------------------------------------------------------

  /** A value with its operands; `key` is its text, the same for equal values. */
  #emit(type: Register, lanes: Lanes, value: Expression, operands: readonly Reg[], key: string): Made {
    let depth = 0;
    for (const r of operands) depth = Math.max(depth, (r as Made).depth); // every register of this builder is Made
    for (let d = depth; d < this.#blocks.length; d++) {
      const known = this.#blocks[d]!.known.get(key);
      if (known !== undefined) return known as Made;
    }
    const reg: Made = { id: this.#registers++, type, lanes, depth };
    const block = this.#blocks[depth]!;
    block.statements.push({ do: "let", reg, value });
    block.known.set(key, reg);
    return reg;
  }

  /** The same number in all lanes. */
  splat(a: Reg, lanes: Lanes): Reg {
    if (a.lanes === lanes) return a;
    const loaded = this.#loads.get(a.id);
    if (loaded === undefined) return this.#emit(a.type, lanes, { op: "splat", a }, [a], `splat${lanes} ${a.id}`);
    const { element, address, offset } = loaded; // one instruction reads an element into all lanes
    return this.#emit(
      a.type,
      lanes,
      { op: "loadSplat", element, address, offset },
      [address],
      `splat${element}${lanes} ${address.id}+${offset}`,
    );
  }

  constant(type: Register, value: number | bigint | boolean): Reg {
    const number = typeof value === "boolean" ? Number(value) : value;
    return this.#emit(
      type,
      1,
      { op: "constant", value: number },
      [],
      `${type} ${Object.is(number, -0) ? "-0" : number}`,
    );
  }

  #unary(op: UnaryOp, a: Value): Reg {
    const x = a as Reg; // values of this builder are registers
    return this.#emit(x.type, x.lanes, { op, a: x }, [x], `${op} ${x.id}`);
  }

  #binary(op: BinaryOp, a: Value, b: Value): Reg {
    const lanes = widest(a as Reg, b as Reg);
    const [x, y] = [this.splat(a as Reg, lanes), this.splat(b as Reg, lanes)];
    if (x.type !== y.type) throw new Error(`compiler: ${op} of ${x.type} and ${y.type}`);
    return this.#emit(
      comparisons.has(op) ? "mask" : x.type,
      lanes,
      { op, a: x, b: y },
      [x, y],
      `${op} ${x.id} ${y.id}`,
    );
  }

  add(a: Value, b: Value): Reg {
    return this.#binary("add", a, b);
  }
  sub(a: Value, b: Value): Reg {
    return this.#binary("sub", a, b);
  }
  mul(a: Value, b: Value): Reg {
    return this.#binary("mul", a, b);
  }
  div(a: Value, b: Value): Reg {
    return this.#binary("div", a, b);
  }
  min(a: Value, b: Value): Reg {
    return this.#binary("min", a, b);
  }
  max(a: Value, b: Value): Reg {
    return this.#binary("max", a, b);
  }
  eq(a: Value, b: Value): Reg {
    return this.#binary("eq", a, b);
  }
  ne(a: Value, b: Value): Reg {
    return this.#binary("ne", a, b);
  }
  lt(a: Value, b: Value): Reg {
    return this.#binary("lt", a, b);
  }
  le(a: Value, b: Value): Reg {
    return this.#binary("le", a, b);
  }
  gt(a: Value, b: Value): Reg {
    return this.#binary("gt", a, b);
  }
  ge(a: Value, b: Value): Reg {
    return this.#binary("ge", a, b);
  }
  and(a: Value, b: Value): Reg {
    return this.#binary("and", a, b);
  }
  or(a: Value, b: Value): Reg {
    return this.#binary("or", a, b);
  }
  xor(a: Value, b: Value): Reg {
    return this.#binary("xor", a, b);
  }
  neg(a: Value): Reg {
    return this.#unary("neg", a);
  }
  abs(a: Value): Reg {
    return this.#unary("abs", a);
  }
  sqrt(a: Value): Reg {
    return this.#unary("sqrt", a);
  }
  floor(a: Value): Reg {
    return this.#unary("floor", a);
  }
  ceil(a: Value): Reg {
    return this.#unary("ceil", a);
  }
  trunc(a: Value): Reg {
    return this.#unary("trunc", a);
  }
  nearest(a: Value): Reg {
    return this.#unary("nearest", a);
  }
  not(a: Value): Reg {
    return this.#unary("not", a);
  }

  #shift(op: ShiftOp, a: Value, bits: number): Reg {
    const x = a as Reg;
    return this.#emit(x.type, x.lanes, { op, a: x, bits }, [x], `${op} ${x.id}#${bits}`);
  }
  shl(a: Value, bits: number): Reg {
    return this.#shift("shl", a, bits);
  }
  shrS(a: Value, bits: number): Reg {
    return this.#shift("shrS", a, bits);
  }
  shrU(a: Value, bits: number): Reg {
    return this.#shift("shrU", a, bits);
  }

  select(mask: Value, a: Value, b: Value): Reg {
    const lanes = widest(mask as Reg, a as Reg, b as Reg);
    const [m, x, y] = [this.splat(mask as Reg, lanes), this.splat(a as Reg, lanes), this.splat(b as Reg, lanes)];
    return this.#emit(x.type, lanes, { op: "select", mask: m, a: x, b: y }, [m, x, y], `?${m.id} ${x.id} ${y.id}`);
  }

  convert(to: Register, a: Value): Reg {
    const x = a as Reg;
    return x.type === to ? x : this.#emit(to, x.lanes, { op: "convert", a: x }, [x], `to${to} ${x.id}`);
  }

  bitcast(to: Register, a: Value): Reg {
    const x = a as Reg;
    return x.type === to ? x : this.#emit(to, x.lanes, { op: "bitcast", a: x }, [x], `as${to} ${x.id}`);
  }

  /** a·b + c, in one rounding where the target can. */
  madd(a: Reg, b: Reg, c: Reg): Reg {
    const lanes = widest(a, b, c);
    const [x, y, z] = [this.splat(a, lanes), this.splat(b, lanes), this.splat(c, lanes)];
    return this.#emit(x.type, lanes, { op: "madd", a: x, b: y, c: z }, [x, y, z], `madd ${x.id} ${y.id} ${z.id}`);
  }

  join(parts: readonly Reg[]): Reg {
    return this.#emit(
      parts[0]!.type,
      parts.length as Lanes,
      { op: "join", parts },
      parts,
      `join ${parts.map((p) => p.id).join()}`,
    ); // callers join 2 or 4
  }

  /** Two of four lanes of f32, as f64: the first two or the last. */
  widen(a: Reg, last: boolean): Reg {
    return this.#emit("f64", 2, { op: "widen", a, last }, [a], `widen${last ? 1 : 0} ${a.id}`);
  }

  extract(a: Reg, lane: number): Reg {
    return a.lanes === 1 ? a : this.#emit(a.type, 1, { op: "extract", a, lane }, [a], `lane${lane} ${a.id}`);
  }

  buffer(buffer: number): Reg {
    return this.#emit("i32", 1, { op: "buffer", buffer }, [], `@${buffer}`);
  }

  /** Reads memory that this kernel does not write, as early as the address is known. */
  load(element: Element, address: Reg, offset: number, lanes: Lanes): Reg {
    const reg = this.#emit(
      registerOf(element),
      lanes,
      { op: "load", element, address, offset },
      [address],
      `${element}${lanes} ${address.id}+${offset}`,
    );
    if (lanes === 1) this.#loads.set(reg.id, { element, address, offset });
    return reg;
  }

  /** Reads memory that this kernel has written: exactly here. */
  loadHere(element: Element, address: Reg, offset: number, lanes: Lanes, splat = false): Reg {
    const reg: Made = { id: this.#registers++, type: registerOf(element), lanes, depth: this.depth };
    const op = splat && lanes > 1 ? "loadSplat" : "load";
    this.#push({ do: "let", reg, value: { op, element, address, offset } });
    return reg;
  }

  // ---- statements ---------------------------------------------------------------------------------------------------

  #push(statement: Statement): void {
    this.#blocks[this.#blocks.length - 1]!.statements.push(statement);
  }

  store(element: Element, address: Reg, offset: number, value: Reg): void {
    this.#push({ do: "store", element, address, offset, value });
  }

  zero(address: Reg, bytes: number): void {
    this.#push({ do: "zero", address, bytes });
  }

  copy(address: Reg, from: Reg, bytes: number): void {
    this.#push({ do: "copy", address, from, bytes });
  }

  host(call: number): void {
    this.#push({ do: "host", call });
  }

  /** A register that `set` may change from now on; it belongs to the block that is open now. */
  mutable(initial: Reg): Reg {
    const reg: Made = { id: this.#registers++, type: initial.type, lanes: initial.lanes, depth: this.depth };
    // "convert" to its own type copies: a later set must not change what `initial` names
    this.#push({ do: "let", reg, value: { op: "convert", a: initial } });
    return reg;
  }

  /** Assigns a mutable register. What has been computed from it before keeps its value; ask for `current` afterwards. */
  set(reg: Reg, value: Reg): void {
    this.#push({ do: "set", reg, value: { op: "convert", a: value } });
  }

  /** The value that a mutable register has here, as a value of this block. */
  current(reg: Reg): Reg {
    const copy: Made = { id: this.#registers++, type: reg.type, lanes: reg.lanes, depth: this.depth };
    this.#push({ do: "let", reg: copy, value: { op: "convert", a: reg } });
    return copy;
  }

  /** Counts `variable` through its extent by `step`; `body` runs with the loop's block open. */
  loop(variable: LoopVariable, step: number, body: () => void): void {
    this.range(variable, 0, variable.extent, step, body);
  }

  /** The same over from … to − 1. */
  range(variable: LoopVariable, from: number | Reg, to: number | Reg, step: number, body: () => void): void {
    if (typeof from === "number" && typeof to === "number") {
      if (from >= to) return;
      if (from + step >= to) {
        // one trip needs no loop
        this.#counters.set(variable.id, this.constant("i32", from) as Made);
        body();
        return;
      }
    }
    this.walk(from, to, step, (counter) => {
      this.#counters.set(variable.id, counter as Made);
      body();
    });
    this.#counters.delete(variable.id);
  }

  /** A loop whose counter is no loop variable, such as an address. */
  walk(from: number | Reg, to: number | Reg, step: number, body: (counter: Reg) => void): void {
    const counter: Made = { id: this.#registers++, type: "i32", lanes: 1, depth: this.#blocks.length };
    const statements = this.#block(() => body(counter));
    this.#push({ do: "loop", counter, from, to, step, body: statements });
  }

  /** Emits `body` under a condition. */
  when(condition: Reg, body: () => void): void {
    const statements = this.#block(body);
    this.#push({ do: "if", condition, body: statements });
  }

  /** The statements that `body` emits into a block of its own. The caller pushes it after what has been hoisted out of it. */
  #block(body: () => void): readonly Statement[] {
    const block: Block = { statements: [], known: new Map() };
    this.#blocks.push(block);
    try {
      body();
    } finally {
      this.#blocks.pop();
    }
    return block.statements;
  }

  // ---- indices ------------------------------------------------------------------------------------------------------

  #checkIndex(greatest: number): void {
    if (greatest < extentLimit) return;
    throw new ShapeError(
      `${this.#subject()}: indices of 32 bits do not reach so far; compute it in parts, such as slices along an axis`,
    );
  }

  /** A fresh loop variable. */
  variable(extent: number): LoopVariable {
    this.#checkIndex(extent);
    return { id: this.#variables++, extent };
  }

  /** Says what register holds a loop variable, for loops that are not made by `loop`. */
  bind(variable: LoopVariable, reg: Reg): void {
    this.#counters.set(variable.id, reg as Made);
  }

  counter(variable: LoopVariable): Reg {
    const reg = this.#counters.get(variable.id);
    if (reg === undefined) throw new Error(`compiler: loop variable i${variable.id} is not open here`);
    return reg;
  }

  #divided(op: "quotient" | "remainder", a: Reg, by: number): Made {
    return this.#emit("i32", 1, { op, a, by }, [a], `${op} ${a.id}#${by}`);
  }

  /** An index as an i32, its parts computed as far out as their variables allow. */
  index(index: Index, scale = 1): Reg {
    if (scale === 1) this.#checkIndex(rangeOf(index).high); // bytes are counted modulo 2³², as addresses are
    const parts = index.terms.map(({ coefficient, atom }) => {
      const inner =
        atom.kind === "variable" ? this.counter(atom.variable) : this.#divided(atom.kind, this.index(atom.of), atom.by);
      const factor = coefficient * scale;
      return (factor === 1 ? inner : this.mul(inner, this.constant("i32", factor))) as Made;
    });
    parts.sort((a, b) => a.depth - b.depth);
    let sum: Reg | null = index.constant === 0 ? null : this.constant("i32", index.constant * scale);
    for (const part of parts) sum = sum === null ? part : this.add(sum, part);
    return sum ?? this.constant("i32", 0);
  }

  /** The byte address of an element, without the constant part, and that part: base + index·itemsize. */
  address(base: Reg, index: Index, itemsize: number): { address: Reg; offset: number } {
    // an instruction's offset does not wrap around: it may ride there only if the address without it is one of the buffer, too
    const rides = index.constant > 0 && index.terms.every((t) => t.coefficient > 0);
    const offset = rides ? index.constant * itemsize : 0;
    const moving: Index = { constant: rides ? 0 : index.constant, terms: index.terms };
    if (moving.terms.length === 0 && moving.constant === 0) return { address: base, offset };
    const parts = moving.terms.map((t) => this.index({ constant: 0, terms: [t] }, itemsize) as Made);
    parts.sort((a, b) => a.depth - b.depth);
    let sum: Reg = moving.constant === 0 ? base : this.add(base, this.constant("i32", moving.constant * itemsize));
    for (const part of parts) sum = this.add(sum, part);
    return { address: sum, offset };
  }
}

export function registerOf(element: Element): Register {
  switch (element) {
    case "i8":
    case "u8":
    case "i16":
    case "u16":
      return "i32";
    case "bool":
      return "mask";
    default:
      return element;
  }
}

/** The most lanes of any of the registers. */
function widest(a: Reg, b: Reg, c: Reg = b): Lanes {
  return a.lanes >= b.lanes ? (a.lanes >= c.lanes ? a.lanes : c.lanes) : b.lanes >= c.lanes ? b.lanes : c.lanes;
}
