/**
 * What the renderer must know of a kernel before it writes it: how often and where each register is used, and what each
 * statement changes.
 */
import type { Expression, LoopProgram, Reg, Statement } from "../../compiler/index.ts";
import { constant } from "./encoder.ts";
import type { Piece } from "./shapes.ts";
import { type Context, spell, spellCopy, spellHost, spellStore, spellZero, type Target } from "./spell.ts";

export type Block = readonly Statement[];

export interface Facts {
  /** The block that defines the register. */
  readonly home: Block;
  /** Whether `set` changes it. */
  readonly mutable: boolean;
  /** What it always holds, if `let` says so and `set` does not. */
  readonly value: Expression | undefined;
  /** How many times it is pushed or set after its definition. */
  uses: number;
  /** Whether any of them is in a block inside of its home. */
  abroad: boolean;
}

/** What a statement changes under the feet of a value that was computed before it. */
export interface Effects {
  readonly memory: boolean;
  /** Numbers of mutable registers. */
  readonly sets: ReadonlySet<number>;
}

export interface Usage {
  /** By number of the register. */
  readonly facts: readonly (Facts | undefined)[];
  effectsOf(statement: Statement): Effects;
  /** What each statement puts on the stack machine itself, without the blocks inside of it. */
  readonly pieces: ReadonlyMap<Statement, readonly Piece[]>;
}

export function readUsage(body: Block, buffers: LoopProgram["buffers"], target: Target): Usage {
  const facts: (Facts | undefined)[] = [];
  const effects = new Map<Statement, Effects>();
  const pieces = new Map<Statement, readonly Piece[]>();
  const mutable = new Set<number>();
  const knownValue = (reg: Reg) => facts[reg.id]?.value;
  const context: Context = { buffers, target, knownValue };

  const introduce = (reg: Reg, home: Block, value?: Expression) => {
    const isMutable = mutable.has(reg.id);
    facts[reg.id] = { home, mutable: isMutable, value: isMutable ? undefined : value, uses: 0, abroad: false };
  };
  const use = (reg: Reg, block: Block) => {
    const known = facts[reg.id];
    if (known === undefined) throw new Error(`wasm: register ${reg.id} is used before its definition`);
    known.uses++;
    if (known.home !== block) known.abroad = true;
  };

  const readEffects = (statement: Statement): Effects => {
    if (statement.do === "let") return nothing;
    let found = plainEffects[statement.do];
    if (statement.do === "set") {
      mutable.add(statement.reg.id);
      found = { memory: false, sets: new Set([statement.reg.id]) };
    } else if (statement.do === "loop" || statement.do === "if") {
      const inner = statement.body.map(readEffects).filter((e) => e !== nothing);
      found = { memory: inner.some((e) => e.memory), sets: new Set(inner.flatMap((e) => [...e.sets])) };
    }
    if (found !== plainEffects[statement.do]) effects.set(statement, found);
    return found;
  };

  const read = (block: Block): void => {
    for (const statement of block) {
      const spelled = spellStatement(statement, context);
      pieces.set(statement, spelled);
      for (const piece of spelled) if ("id" in piece) use(piece, block);
      if (statement.do === "let") {
        introduce(statement.reg, block, statement.value);
      } else if (statement.do === "set") {
        use(statement.reg, block);
      } else if (statement.do === "if") {
        read(statement.body);
      } else if (statement.do === "loop") {
        introduce(statement.counter, statement.body);
        facts[statement.counter.id]!.uses = Number.POSITIVE_INFINITY; // it lives until the loop ends
        if (typeof statement.to !== "number") {
          use(statement.to, statement.body); // compared before the first trip
          use(statement.to, statement.body); // and after each one
        }
        read(statement.body);
      }
    }
  };

  for (const statement of body) readEffects(statement);
  read(body);
  const effectsOf = (statement: Statement) => effects.get(statement) ?? plainEffects[statement.do];
  return { facts, effectsOf, pieces };
}

const nothing: Effects = { memory: false, sets: new Set() };
const writes: Effects = { memory: true, sets: new Set() };
/** What a statement does by itself; `set`, `loop` and `if` are asked for more. */
const plainEffects: Readonly<Record<Statement["do"], Effects>> = {
  let: nothing,
  set: nothing,
  store: writes,
  zero: writes,
  copy: writes,
  host: writes,
  loop: nothing,
  if: nothing,
};

function spellStatement(statement: Statement, context: Context): readonly Piece[] {
  switch (statement.do) {
    case "let":
    case "set":
      return spell(statement.reg, statement.value, context);
    case "store":
      return spellStore(statement, context);
    case "zero":
      return spellZero(statement);
    case "copy":
      return spellCopy(statement);
    case "host":
      return spellHost(statement.call);
    case "loop":
      return typeof statement.from === "number" ? [constant("i32", statement.from)] : [statement.from];
    case "if":
      return [statement.condition];
    default:
      return statement satisfies never;
  }
}
