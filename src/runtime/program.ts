/** Traced functions as programs: one graph of results, assignments and what is left behind; run again and again. */
import { type Cell, type DType, type Shape, type Storage, show, ValueError } from "../base/index.ts";
import type { Executable } from "../devices/index.ts";
import { complex, constant, data, type Node, placeholder, realNodes, topological } from "../graph/index.ts";
import { defaultDevice, getDevice } from "./devices.ts";
import type { FieldsNoted, Noted } from "./fields.ts";
import { dependsOnPlaceholder, flush, realize } from "./realize.ts";
import { structureOf, withPlaceholders } from "./structure.ts";
import {
  type Asked,
  inTrace,
  type Leaving,
  Trace,
  type TracedInput,
  type TracedState,
  type TraceOptions,
} from "./trace.ts";
import { pendingAssignments, type Variable } from "./variable.ts";
import { writes } from "./watched.ts";

/** What tracing a function gives: one graph, with everything that the function assigns and leaves. */
export interface TracedGraph {
  readonly placeholders: readonly Node[];
  readonly outputs: readonly Node[];
  readonly states: readonly TracedState[];
  /** States that were assigned, by their numbers. */
  readonly updates: readonly { readonly state: number; readonly value: Node }[];
  readonly inputs: readonly TracedInput[];
  readonly leavings: readonly Leaving[];
  /** Checks that run even if nothing else needs them. */
  readonly checks: readonly Node[];
  readonly notes: FieldsNoted;
  readonly guards: readonly Noted[];
  readonly asked: ReadonlyMap<Asked, Node | null>;
  /** Nodes with lower numbers were there before the trace. */
  readonly first: number;
}

interface InputType {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly device: string | null;
  readonly requiresGrad?: boolean;
}

/** Traces `body` on placeholders of the given shapes and dtypes. */
export function traceGraph(
  inputs: readonly InputType[],
  body: (placeholders: readonly Node[]) => readonly Node[],
  options: TraceOptions,
): TracedGraph {
  const placeholders = inputs.map(({ shape, dtype, ...options }, i) => placeholder(i, shape, dtype, options));
  const first = constant(0, [], "float32").id; // numbers count up
  const trace = new Trace(placeholders.length, options);
  return inTrace(() => {
    const outputs = body(placeholders);
    const states = [...trace.states.values()];
    const updates = states.flatMap(({ assigned }, state) => (assigned === null ? [] : [{ state, value: assigned }]));
    const leavings = trace.leavings();
    const graph = {
      placeholders,
      outputs,
      states,
      updates,
      inputs: trace.inputs,
      leavings,
      checks: trace.checks,
      notes: trace.notes(),
      guards: trace.guards,
      asked: trace.asked,
      first,
    };
    checkPlaceholders(graph);
    return graph;
  }, trace);
}

/** Everything that is to be computed: results, new values of states, what is left behind. */
export function rootsOf({ outputs, updates, leavings }: TracedGraph): Node[] {
  return [...outputs, ...updates.map(({ value }) => value), ...leavings.flatMap(partsOf)];
}

function partsOf({ value }: Leaving): readonly Node[] {
  return value === null ? [] : realNodes(value);
}

/** Placeholders of other traces and of steps of loops have no value here, whatever number they carry. */
function checkPlaceholders(graph: TracedGraph): void {
  const own = new Set([...graph.placeholders, ...[...graph.states, ...graph.inputs].map((x) => x.placeholder)]);
  for (const node of topological(rootsOf(graph), (x) => x.storage !== null)) {
    if (node.op.name !== "placeholder" || node.storage !== null || own.has(node)) continue;
    throw new ValueError(
      `compile: the function uses a tensor that is made of ${node.dtype} ${show(node.shape)} of another compiled function or of a step of scan(), where it ended with the call; return it from there and hand it over`,
    );
  }
}

/** A traced step, ready to run: its arguments come first, then what it captured from outside. */
export interface TracedProgram {
  /** Runs, assigns, and leaves behind what the function leaves behind. */
  run(inputs: readonly Storage[]): Storage[];
  /** Whether everything outside of tensors on which the traced graph depends is as it was. */
  holds(): boolean;
  /** Whether modes, options and fields are. */
  fieldsHold(): boolean;
  readonly graph: TracedGraph;
  readonly device: string;
  readonly executable: Executable;
}

/** Compiles everything that a traced function returns, assigns and leaves into one program. */
export function programOf(graph: TracedGraph): TracedProgram {
  const { placeholders, outputs, states, updates, inputs, leavings, notes, guards } = graph;
  const results = rootsOf(graph);
  const roots = [...results, ...graph.checks];
  const device =
    [...roots, ...states.map((s) => s.placeholder)].find((node) => node.device !== null)?.device ?? defaultDevice();
  computeCaptured(roots, graph.first);
  const structure = structureOf(roots, device);
  const fed = [...placeholders, ...inputs.map((input) => input.placeholder)];
  const rebuilt = withPlaceholders(roots, structure.inputs, [], fed.length);
  const count = outputs.length + updates.length;
  const executable = getDevice(device).prepare({
    inputs: [...fed, ...rebuilt.placeholders],
    states: states.map((s) => s.placeholder),
    outputs: [...rebuilt.roots.slice(0, outputs.length), ...rebuilt.roots.slice(count, results.length)],
    updates: updates.map((u, i) => ({ state: u.state, value: rebuilt.roots[outputs.length + i]! })),
    checks: rebuilt.roots.slice(results.length),
    repeated: true,
  });
  const captured = structure.inputs.map((input) => input.storage!);
  const cells: Cell[] = states.map((s) => s.variable.cell);
  const variables: Variable[] = states.map((s) => s.variable);
  const { watched, unwatched } = notes;
  let writesSeen = writes();
  const fieldsHold = (): boolean => {
    if (unwatched.length > 0 && !hold(unwatched)) return false;
    if (writesSeen === writes()) return true;
    if (!hold(watched)) return false;
    writesSeen = writes();
    return true;
  };
  const emptied = leavings.filter((leaving) => leaving.value === null);
  const filled = leavings.filter((leaving) => leaving.value !== null);
  return {
    graph,
    device,
    executable,
    holds: () => fieldsHold() && (guards.length === 0 || hold(guards)),
    fieldsHold,
    run(values) {
      if (pendingAssignments.size > 0 && variables.some((v) => pendingAssignments.has(v))) flush();
      const extra = inputs.length === 0 ? captured : [...inputs.map(storageOf), ...captured];
      const results = executable.run(extra.length === 0 ? values : [...values, ...extra], cells);
      let at = outputs.length;
      for (let i = 0; i < emptied.length; i++) emptied[i]!.put(null);
      for (let i = 0; i < filled.length; i++) at += put(filled[i]!, results, at, device);
      return results;
    },
  };
}

function hold(notes: readonly Noted[]): boolean {
  for (let i = 0; i < notes.length; i++) if (!notes[i]!.holds()) return false;
  return true;
}

function storageOf(input: TracedInput): Storage {
  const node = input.read();
  if (node.storage === null) realize([node]);
  return node.storage!; // realize has set it
}

/** Puts what a run has computed for `leaving`, from place `at` of its results on; gives the number of places. */
function put(leaving: Leaving, results: readonly Storage[], at: number, device: string): number {
  const parts = partsOf(leaving);
  const [re, im] = parts.map(({ shape }, i) => data(results[at + i]!, shape, { device }));
  leaving.put(im === undefined ? re! : complex(re!, im));
  return parts.length;
}

/** What was built before the trace and not computed yet is computed once, not at every run. */
export function computeCaptured(roots: readonly Node[], first: number): void {
  const seen = new Set<Node>();
  const outside: Node[] = [];
  const stack = [...roots];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node) || node.storage !== null) continue;
    seen.add(node);
    if (node.id < first && node.op.kind !== "generator" && node.op.kind !== "leaf" && !dependsOnPlaceholder(node))
      outside.push(node);
    else for (const input of node.inputs) stack.push(input);
  }
  if (outside.length > 0) realize(outside);
}
