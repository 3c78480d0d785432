/**
 * Builds the statements of a kernel: a stack of open blocks, registers numbered as they are made.
 *
 * Every value is emitted into the outermost open block in which its operands are known, so what does not depend on an inner
 * loop is computed outside of it; equal computations are made once a block. Only reads of memory that the kernel itself writes must stay where they are asked for:
 * they go through `here`.
 */
import type { Index, LoopVariable, Register, ScalarBuilder, Value } from "../graph/index.ts";
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

export class LoopBuilder implements ScalarBuilder {
  #blocks: Block[] = [{ statements: [], known: new Map() }];
  #registers = 0;
  #variables = 0;
  readonly #counters = new Map<number, Made>();
  /** What registers of one lane have been loaded by `load`. */
  readonly #loads = new Map<number, { readonly element: Element; readonly address: Reg; readonly offset: number }>();

  get statements(): readonly Statement[] {
    return this.#blocks[0]!.statements;
  }

  get depth(): number {
    return this.#blocks.length - 1;
  }

  // ---- values -------------------------------------------------------------------------------------------------------

  /** A value with its operands; lanes of operands are made equal by splatting. */
  #emit(type: Register, lanes: Lanes, value: Expression, operands: readonly Reg[], atDepth = 0): Made {
    let depth = atDepth;
    for (const r of operands) depth = Math.max(depth, (r as Made).depth); // every register of this builder is Made
    const key = expressionKey(type, lanes, value);
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

  #widest(...regs: readonly Reg[]): Lanes {
    return regs.reduce<Lanes>((lanes, r) => (r.lanes > lanes ? r.lanes : lanes), 1);
  }

  /** The same number in all lanes. */
  splat(a: Reg, lanes: Lanes): Reg {
    if (a.lanes === lanes) return a;
    const loaded = this.#loads.get(a.id);
    if (loaded === undefined) return this.#emit(a.type, lanes, { op: "splat", a }, [a]);
    const { element, address, offset } = loaded; // one instruction reads an element into all lanes
    return this.#emit(a.type, lanes, { op: "loadSplat", element, address, offset }, [address]);
  }

  constant(type: Register, value: number | bigint | boolean): Reg {
    return this.#emit(type, 1, { op: "constant", value: typeof value === "boolean" ? Number(value) : value }, []);
  }

  #unary(op: UnaryOp, a: Value): Reg {
    const x = a as Reg; // values of this builder are registers
    return this.#emit(x.type, x.lanes, { op, a: x }, [x]);
  }

  #binary(op: BinaryOp, a: Value, b: Value): Reg {
    const lanes = this.#widest(a as Reg, b as Reg);
    const [x, y] = [this.splat(a as Reg, lanes), this.splat(b as Reg, lanes)];
    if (x.type !== y.type) throw new Error(`compiler: ${op} of ${x.type} and ${y.type}`);
    return this.#emit(comparisons.has(op) ? "mask" : x.type, lanes, { op, a: x, b: y }, [x, y]);
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
    return this.#emit(x.type, x.lanes, { op, a: x, bits }, [x]);
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
    const lanes = this.#widest(mask as Reg, a as Reg, b as Reg);
    const [m, x, y] = [this.splat(mask as Reg, lanes), this.splat(a as Reg, lanes), this.splat(b as Reg, lanes)];
    return this.#emit(x.type, lanes, { op: "select", mask: m, a: x, b: y }, [m, x, y]);
  }

  convert(to: Register, a: Value): Reg {
    const x = a as Reg;
    return x.type === to ? x : this.#emit(to, x.lanes, { op: "convert", a: x }, [x]);
  }

  bitcast(to: Register, a: Value): Reg {
    const x = a as Reg;
    return x.type === to ? x : this.#emit(to, x.lanes, { op: "bitcast", a: x }, [x]);
  }

  /** a·b + c, in one rounding where the target can. */
  madd(a: Reg, b: Reg, c: Reg): Reg {
    const lanes = this.#widest(a, b, c);
    const [x, y, z] = [this.splat(a, lanes), this.splat(b, lanes), this.splat(c, lanes)];
    return this.#emit(x.type, lanes, { op: "madd", a: x, b: y, c: z }, [x, y, z]);
  }

  join(parts: readonly Reg[]): Reg {
    return this.#emit(parts[0]!.type, parts.length as Lanes, { op: "join", parts }, parts); // callers join 2 or 4
  }

  extract(a: Reg, lane: number): Reg {
    return a.lanes === 1 ? a : this.#emit(a.type, 1, { op: "extract", a, lane }, [a]);
  }

  buffer(buffer: number): Reg {
    return this.#emit("i32", 1, { op: "buffer", buffer }, []);
  }

  /** Reads memory that this kernel does not write, as early as the address is known. */
  load(element: Element, address: Reg, offset: number, lanes: Lanes): Reg {
    const reg = this.#emit(registerOf(element), lanes, { op: "load", element, address, offset }, [address]);
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

  /** A fresh loop variable. */
  variable(extent: number): LoopVariable {
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

  /** An index as an i32, its parts computed as far out as their variables allow. */
  index(index: Index, scale = 1): Reg {
    const parts = index.terms.map(({ coefficient, atom }) => {
      const inner =
        atom.kind === "variable"
          ? this.counter(atom.variable)
          : this.#emit("i32", 1, { op: atom.kind, a: this.index(atom.of), by: atom.by }, [this.index(atom.of)]);
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
  return element === "u8" ? "i32" : element === "bool" ? "mask" : element;
}

function expressionKey(type: Register, lanes: Lanes, e: Expression): string {
  let key = `${type}${lanes}${e.op}`;
  if ("a" in e) key += ` ${e.a.id}`;
  if ("b" in e) key += ` ${e.b.id}`;
  if ("c" in e) key += ` ${e.c.id}`;
  if ("mask" in e) key += ` ?${e.mask.id}`;
  if ("bits" in e) key += ` #${e.bits}`;
  if ("by" in e) key += ` #${e.by}`;
  if ("lane" in e) key += ` #${e.lane}`;
  if ("buffer" in e) key += ` #${e.buffer}`;
  if ("value" in e) key += ` ${Object.is(e.value, -0) ? "-0" : String(e.value)}`;
  if ("parts" in e) key += ` ${e.parts.map((p) => p.id).join(" ")}`;
  if ("address" in e) key += ` ${e.element}@${e.address.id}+${e.offset}`;
  return key;
}
