/**
 * Tracing: running a function once on placeholders to learn the graph it builds, with every assignment it makes.
 *
 * While a trace is open, reading a variable gives a placeholder and assigning one is noted instead of done; both become states of the program. What
 * else decides which graph is built (modes and plain fields of modules, options, whether a gradient is there) is noted too: a program serves as long as
 * its notes hold.
 */
import { ValueError } from "../base/index.ts";
import { type Node, placeholder } from "../graph/index.ts";
import { FieldNotes, type FieldsNoted, type Noted } from "./fields.ts";
import type { Variable } from "./variable.ts";

export interface TracedState {
  readonly variable: Variable;
  readonly placeholder: Node;
  /** What the variable reads as now; a leaf of its own. */
  current: Node;
  /** What was assigned last, if anything. */
  assigned: Node | null;
}

/** A value from outside that is no variable and may be another one at every run: a gradient that was there before. */
export interface TracedInput {
  readonly placeholder: Node;
  read(): Node;
}

/** Something from outside that is there or not: a gradient. */
export interface Asked {
  /** What is there now. */
  readonly present: Node | null;
}

/** What a traced function leaves behind beside its result and its assignments: a gradient. */
export interface Leaving {
  /** What is left, to be computed by the program; null if nothing is. */
  readonly value: Node | null;
  /** Puts it where it belongs after a run. */
  put(value: Node | null): void;
}

export interface TraceOptions {
  /** Whether gradients that a step has consumed are left behind too. */
  readonly keepGradients?: boolean;
}

export class Trace {
  readonly states = new Map<Variable, TracedState>();
  readonly fields = new FieldNotes();
  readonly guards: Noted[] = [];
  readonly inputs: TracedInput[] = [];
  /** Checks that were made: they run with the program even if nothing needs them. */
  readonly checks: Node[] = [];
  /** What the function has asked for, and what it was told: nothing, or a placeholder. */
  readonly asked = new Map<Asked, Node | null>();
  readonly keepsGradients: boolean;
  /** How many arguments the traced function has. */
  readonly #arguments: number;
  readonly #leavings: (() => Leaving | null)[] = [];
  readonly #endings: (() => void)[] = [];

  constructor(count = 0, { keepGradients = false }: TraceOptions = {}) {
    this.#arguments = count;
    this.keepsGradients = keepGradients;
  }

  /** A placeholder for what `read` gives before each run. */
  input(read: () => Node): Node {
    const { shape, dtype, device } = read();
    const leaf = placeholder(this.#arguments + this.inputs.length, shape, dtype, { device });
    this.inputs.push({ placeholder: leaf, read });
    return leaf;
  }

  onEnd(action: () => void): void {
    this.#endings.push(action);
  }

  /** Has `leaving` asked, when the function is done, what it has left. */
  onLeaving(leaving: () => Leaving | null): void {
    this.#leavings.push(leaving);
  }

  /** What the function has left. */
  leavings(): Leaving[] {
    return this.#leavings.flatMap((leaving) => leaving() ?? []);
  }

  /** What must stay as it is for the trace to be what another one would be. */
  notes(): FieldsNoted {
    const modes = [...this.states.keys()].map((variable): Noted => {
      const { requiresGrad, sink } = variable;
      return { holds: () => variable.requiresGrad === requiresGrad && variable.sink === sink };
    });
    const { watched, unwatched } = this.fields.notes();
    return { watched: [...modes, ...watched], unwatched };
  }

  end(): void {
    for (const action of this.#endings.reverse()) action();
  }
}

let open: Trace | null = null;

export function currentTrace(): Trace | null {
  return open;
}

export function isTracing(): boolean {
  return open !== null;
}

/**
 * Notes the plain fields of `object`, which may decide what a traced function does (`training`, the `p` of a dropout, a weight decay), and which other objects
 * are its fields; modules and lists among them likewise. When they change, what was traced is traced anew. Does nothing outside of a trace.
 */
export function noteFields(object: object): void {
  open?.fields.note(object);
}

/** Who is told of checks before the trace is. */
let collected: Node[] | null = null;

/** Notes a check that runs with whatever is traced now. */
export function noteCheck(check: Node): void {
  (collected ?? open?.checks)?.push(check);
}

/** Runs `body`, which traces one step of a loop; gives its result and the checks that it has made. */
export function collectChecks<T>(body: () => T): { readonly result: T; readonly checks: readonly Node[] } {
  const before = collected;
  const checks: Node[] = [];
  collected = checks;
  try {
    return { result: body(), checks };
  } finally {
    collected = before;
  }
}

/** Runs `body` in a new trace, or in one that was prepared. */
export function inTrace<T>(body: (trace: Trace) => T, trace: Trace = new Trace()): T {
  if (open !== null)
    throw new ValueError(
      "compile: a compiled function was called while another one was being traced; call the plain function inside",
    );
  open = trace;
  try {
    return body(trace);
  } finally {
    open = null;
    trace.end();
  }
}

let plain = 0;

/** Whether compiled functions are for now the functions they were made of. */
export function isPlain(): boolean {
  return open !== null || plain > 0;
}

/**
 * Runs `body` with compiled functions in it taken for the functions they were made of: where derivatives with respect to what is inside are asked for, or
 * where there are no values yet.
 */
export function asPlain<T>(body: () => T): T {
  plain++;
  try {
    return body();
  } finally {
    plain--;
  }
}
