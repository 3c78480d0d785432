/**
 * The renderer of the WebAssembly device: a program of loops becomes one module. It imports the memory and the host's
 * callback, has a function for each kernel, and exports `run`, which calls them in order.
 *
 * Registers become locals, with two exceptions. A constant is written where it is used. A register that is used once,
 * in the block that defines it, is computed on the operand stack at its use, unless something it reads changes in
 * between: the code is smaller, and a baseline compiler, which takes the code as it comes, moves less. Locals are used
 * again once their register is dead.
 */
import {
  type Expression,
  functionsOf,
  type LoopProgram,
  type LoopStep,
  type Reg,
  type Statement,
} from "../../compiler/index.ts";
import {
  type Code,
  constant,
  encodeModule,
  type FunctionType,
  local,
  op,
  unsigned,
  type ValueType,
} from "./encoder.ts";
import { type Piece, shapeOf } from "./shapes.ts";
import { counterOffset, hostIndex, noResult, passParameters, repeat, spellConstant, type Target } from "./spell.ts";
import { type Block, type Effects, type Facts, readUsage, type Usage } from "./usage.ts";

export type { Target } from "./spell.ts";

/** Scratch and table in, nothing out. */
const kernelType: FunctionType = { parameters: ["i32", "i32"], results: [] };
/** The number of the call before them. */
const hostType: FunctionType = { parameters: ["i32", "i32", "i32"], results: [] };

/**
 * A module that imports `gradus.memory` and `gradus.host(call, scratch, table)` and exports `run(scratch, table)`: the
 * addresses of the program's scratch memory and of the table of the addresses of its states.
 */
export function renderProgram(program: LoopProgram, target: Target): Uint8Array<ArrayBuffer> {
  const kernels = functionsOf(program.functions).map((f) => {
    const renderer = new KernelRenderer(readUsage(f.body, program.buffers, target));
    return { name: f.name, exported: false, type: kernelType, ...renderer.render(f.body) };
  });
  let next = hostIndex + 1; // functions are numbered in the order in which they are called
  const calls = (steps: readonly LoopStep[]): Code =>
    steps.flatMap((step) => {
      if (!("counter" in step)) return [...passParameters, ...op("call", ...unsigned(next++))];
      const offset = counterOffset(step.counter, program.buffers);
      return [...repeat(offset, step.steps, step.reverse, calls(step.body))];
    });
  return encodeModule({
    memory: { module: "gradus", name: "memory" },
    imports: [{ module: "gradus", name: "host", type: hostType }],
    functions: [
      ...kernels,
      { name: "run", exported: true, type: kernelType, locals: [], code: calls(program.functions) },
    ],
  });
}

/** A local variable; it gets its number when all of them are known and sorted by type. */
interface Local {
  readonly type: ValueType;
  index: number;
}

/** The order in which locals are declared. */
const localTypes: readonly ValueType[] = ["i32", "i64", "f32", "f64", "v128"];

/** Instructions, or the reading or writing of a local. */
type Item = Code | { access: "local.get" | "local.set" | "local.tee"; readonly local: Local };

/** The value of a register that waits for its only use. */
interface Pending {
  readonly reg: Reg;
  readonly pieces: readonly Piece[];
  /** Levels of waiting values inside of it. */
  readonly height: number;
  readonly readsMemory: boolean;
  /** Mutable registers that it reads. */
  readonly reads: readonly number[];
  /** Whether it is an operand of something that waits or is just being written. */
  claimed: boolean;
}

type Loop = Extract<Statement, { do: "loop" }>;

/** Deeper trees are cut: engines and this renderer recurse over them. */
const heightLimit = 100;

function neverRuns(statement: Statement): boolean {
  if (statement.do !== "loop" || typeof statement.from !== "number" || typeof statement.to !== "number") return false;
  return statement.from >= statement.to;
}

/** Writes one kernel, statement by statement. */
class KernelRenderer {
  readonly #usage: Usage;
  readonly #items: Item[] = [];
  readonly #locals: Local[] = [];
  readonly #free: Record<ValueType, Local[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };
  /** Where registers are, by number. */
  readonly #places: (Local | undefined)[] = [];
  #block: Block = [];
  #pending = new Map<number, Pending>();
  /**
   * Registers of outer blocks whose last use is behind: their locals may be needed in the next round of a loop still
   * open.
   */
  #ended: Reg[] = [];

  constructor(usage: Usage) {
    this.#usage = usage;
  }

  render(body: Block): { locals: ValueType[]; code: Code } {
    this.#writeBlock(body);
    const locals = localTypes.flatMap((type) => this.#locals.filter((l) => l.type === type));
    locals.forEach((l, i) => {
      l.index = kernelType.parameters.length + i;
    });
    const code: number[] = [];
    for (const item of this.#items) {
      const bytes = "access" in item ? local(item.access, item.local.index) : item;
      for (let i = 0; i < bytes.length; i++) code.push(bytes[i]!);
    }
    return { locals: locals.map((l) => l.type), code };
  }

  // ---- statements --------------------------------------------------------------------------------------------------

  #writeBlock(block: Block): void {
    const [outer, waiting] = [this.#block, this.#pending];
    this.#block = block;
    this.#pending = new Map();
    for (const statement of block) {
      this.#write(statement);
      if (this.#ended.length > 0) this.#ended = this.#ended.filter((reg) => !this.#releaseAtHome(reg));
    }
    this.#block = outer;
    this.#pending = waiting;
  }

  #write(statement: Statement): void {
    const pieces = this.#usage.pieces.get(statement)!;
    if (statement.do === "let") {
      this.#define(statement.reg, statement.value, pieces);
      return;
    }
    if (neverRuns(statement)) return;
    this.#claim(pieces);
    this.#settle(this.#usage.effectsOf(statement));
    if (statement.do === "loop") {
      this.#writeLoop(statement, pieces);
      return;
    }
    this.#push(pieces);
    if (statement.do === "set") this.#assign(statement.reg);
    else if (statement.do === "if") this.#writeIf(statement.body);
  }

  #define(reg: Reg, value: Expression, pieces: readonly Piece[]): void {
    const facts = this.#facts(reg);
    const remade = value.op === "constant" && reg.lanes === 1 && !facts.mutable; // written where it is used
    if (facts.uses === 0 || remade) return;
    const operands = this.#claim(pieces);
    const height = 1 + operands.reduce((highest, p) => Math.max(highest, p.height), 0);
    if (facts.mutable || facts.uses > 1 || facts.abroad || height > heightLimit) {
      this.#push(pieces);
      this.#store(reg);
      return;
    }
    const readsMemory = value.op === "load" || value.op === "loadSplat" || operands.some((p) => p.readsMemory);
    const reads = operands.flatMap((p) => p.reads);
    for (const piece of pieces) if ("id" in piece && this.#facts(piece).mutable) reads.push(piece.id);
    this.#pending.set(reg.id, { reg, pieces, height, readsMemory, reads, claimed: false });
  }

  #writeIf(body: Block): void {
    this.#items.push(op("if", noResult));
    this.#writeBlock(body);
    this.#items.push(op("end"));
  }

  /** Tests at the end of each trip whether there is another one; before the first trip only if there may be none. */
  #writeLoop({ counter, from, to, step, body }: Loop, start: readonly Piece[]): void {
    const known = typeof from === "number" && typeof to === "number";
    const sign = typeof from === "number" ? "s" : "u"; // in a register may be an address, and these reach 2³²
    const end = typeof to === "number" ? constant("i32", to) : to;
    const place = this.#allocate(counter);
    if (!known) this.#items.push(op("block", noResult));
    this.#push(start);
    this.#items.push({ access: "local.set", local: place });
    if (!known) {
      this.#get(place);
      this.#push([end, op(`i32.ge_${sign}`), op("br_if", 0)]);
    }
    this.#items.push(op("loop", noResult));
    this.#writeBlock(body);
    this.#items.push({ access: "local.get", local: place }, constant("i32", step), op("i32.add"));
    this.#items.push({ access: "local.tee", local: place });
    this.#push([end, op(`i32.lt_${sign}`), op("br_if", 0), op("end")]);
    if (!known) this.#items.push(op("end"));
    this.#release(counter);
  }

  // ---- operands ----------------------------------------------------------------------------------------------------

  /** Marks the waiting values among the operands of what is written next. */
  #claim(pieces: readonly Piece[]): Pending[] {
    const claimed: Pending[] = [];
    for (const piece of pieces) {
      const pending = "id" in piece ? this.#pending.get(piece.id) : undefined;
      if (pending === undefined) continue;
      pending.claimed = true;
      claimed.push(pending);
    }
    return claimed;
  }

  /** Computes the waiting values that a statement would change, unless they are its own operands. */
  #settle(effects: Effects): void {
    if (!effects.memory && effects.sets.size === 0) return;
    for (const pending of [...this.#pending.values()]) {
      if (pending.claimed) continue;
      const changed = (effects.memory && pending.readsMemory) || pending.reads.some((id) => effects.sets.has(id));
      if (!changed) continue;
      this.#pending.delete(pending.reg.id);
      this.#push(pending.pieces);
      this.#store(pending.reg);
    }
  }

  #push(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      if ("id" in piece) this.#pushRegister(piece);
      else this.#items.push(piece);
    }
  }

  #pushRegister(reg: Reg): void {
    const { value } = this.#facts(reg);
    const pending = this.#pending.get(reg.id);
    if (value?.op === "constant" && reg.lanes === 1) {
      this.#items.push(spellConstant(reg, value.value));
    } else if (pending !== undefined) {
      this.#pending.delete(reg.id);
      this.#push(pending.pieces);
    } else {
      this.#get(this.#local(reg));
      this.#countUse(reg);
    }
  }

  /** Reads a local; right after it was written, the writing keeps its value on the stack instead. */
  #get(place: Local): void {
    const last = this.#items.at(-1);
    if (last !== undefined && "access" in last && last.access === "local.set" && last.local === place)
      last.access = "local.tee";
    else this.#items.push({ access: "local.get", local: place });
  }

  // ---- locals ------------------------------------------------------------------------------------------------------

  #store(reg: Reg): void {
    this.#items.push({ access: "local.set", local: this.#allocate(reg) });
  }

  #assign(reg: Reg): void {
    this.#items.push({ access: "local.set", local: this.#local(reg) });
    this.#countUse(reg);
  }

  #allocate(reg: Reg): Local {
    const type = reg.lanes > 1 ? "v128" : (shapeOf(reg) as ValueType); // one lane: f32, f64, i32 or i64
    let place = this.#free[type].pop();
    if (place === undefined) {
      place = { type, index: -1 };
      this.#locals.push(place);
    }
    this.#places[reg.id] = place;
    return place;
  }

  #countUse(reg: Reg): void {
    const facts = this.#facts(reg);
    facts.uses--;
    if (facts.uses === 0 && !this.#releaseAtHome(reg)) this.#ended.push(reg);
  }

  /** Frees a register's local if its own block is the one being written. */
  #releaseAtHome(reg: Reg): boolean {
    if (this.#facts(reg).home !== this.#block) return false;
    this.#release(reg);
    return true;
  }

  #release(reg: Reg): void {
    const place = this.#local(reg);
    this.#free[place.type].push(place);
    this.#places[reg.id] = undefined;
  }

  #local(reg: Reg): Local {
    const place = this.#places[reg.id];
    if (place === undefined) throw new Error(`wasm: register ${reg.id} has no value here`);
    return place;
  }

  #facts(reg: Reg): Facts {
    const facts = this.#usage.facts[reg.id];
    if (facts === undefined) throw new Error(`wasm: register ${reg.id} is not defined`);
    return facts;
  }
}
