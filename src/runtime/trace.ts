/**
 * Tracing: running a function once on placeholders to learn the graph it builds, with every assignment it makes.
 *
 * While a trace is open, reading a variable gives a placeholder and assigning one is noted instead of done; both become states of the program.
 */
import { ValueError } from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import type { Variable } from "./variable.ts";

export interface TracedState {
  readonly variable: Variable;
  readonly placeholder: Node;
  /** What the variable reads as now; a leaf of its own. */
  current: Node;
  /** What was assigned last, if anything. */
  assigned: Node | null;
}

/** Something outside of tensors that a trace has looked at, and what it saw. */
export interface Guard {
  readonly read: () => unknown;
  readonly seen: unknown;
}

export class Trace {
  readonly states = new Map<Variable, TracedState>();
  readonly guards: Guard[] = [];
  readonly #endings: (() => void)[] = [];

  onEnd(action: () => void): void {
    this.#endings.push(action);
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
 * Reads something that decides which graph is built (training or evaluation, say). A trace that has read it is made anew when it changes.
 */
export function guarded<T>(read: () => T): T {
  const seen = read();
  open?.guards.push({ read, seen });
  return seen;
}

/** Has `action` run when the trace that is open ends: to take back what belongs to the trace alone. */
export function onTraceEnd(action: () => void): void {
  open?.onEnd(action);
}

/** Runs `body` in a new trace. */
export function inTrace<T>(body: (trace: Trace) => T): T {
  if (open !== null)
    throw new ValueError(
      "compile: a compiled function was called while another one was being traced; call the plain function inside",
    );
  const trace = new Trace();
  open = trace;
  try {
    return body(trace);
  } finally {
    open = null;
    trace.end();
  }
}
