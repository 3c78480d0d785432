/** The pipeline: from a graph to a program of loops over planned memory. */
import { DeviceError, type DType } from "../base/index.ts";
import { indexKey, type LoopVariable, linearIndex, type Node, variableIndex } from "../graph/index.ts";
import { type Around, addressable, Block, bytesOf, computed, copies, type ListedKernel } from "./block.ts";
import { Buffers } from "./buffers.ts";
import { checksBelow, type Kernel, mayFail, type Schedule, sameValues } from "./kernel.ts";
import type { LoopProgram, Placement } from "./loops.ts";
import { orderedBy, Precedence } from "./precedence.ts";
import { schedule } from "./schedule.ts";
import { simplify } from "./simplify.ts";

/** What is to be compiled: see `Specification` of the devices. */
export interface Source {
  readonly inputs: readonly Node[];
  readonly states: readonly Node[];
  readonly outputs: readonly Node[];
  readonly updates: readonly { readonly state: number; readonly value: Node }[];
  readonly checks?: readonly Node[];
}

/** What a program calls the host for. */
export type HostCall =
  /** to compute an operation between kernels */
  | { readonly do: "compute"; readonly node: Node; readonly inputs: readonly Placement[]; readonly output: Placement }
  /** to throw the error of a check; `report` says what was found (see `reportSlot`) */
  | { readonly do: "fail"; readonly node: Node; readonly report: Placement };

/** A program, and how to feed it. */
export interface Program {
  readonly loops: LoopProgram;
  readonly scratchBytes: number;
  /** Offsets of the inputs in scratch memory. */
  readonly inputs: readonly number[];
  readonly inputTypes: readonly { readonly dtype: DType; readonly size: number }[];
  readonly outputs: readonly { readonly placement: Placement; readonly dtype: DType; readonly size: number }[];
  readonly hostCalls: readonly HostCall[];
  /** In the order in which they run. */
  readonly kernels: readonly ListedKernel[];
  /** The graph after simplification: one node for every output, then one for every update. */
  readonly roots: readonly Node[];
  readonly updates: readonly number[];
  /** How many of the updates are made beside their state and copied. */
  readonly copies: number;
}

export function compile(source: Source): Program {
  const wanted = [...source.outputs, ...source.updates.map((u) => u.value)];
  const { checks = [] } = source;
  const simple = simplify([...wanted, ...checks, ...checksBelow([...wanted, ...checks])]);
  const roots = simple.slice(0, wanted.length).map(computed);
  const required = new Set([...roots, ...simple.slice(wanted.length)]);
  const plan = schedule(required);
  const assembly = new Assembly(source, roots, plan);
  return assembly.finish();
}

class Assembly {
  readonly #source: Source;
  readonly #roots: readonly Node[];
  readonly #schedule: Schedule;
  readonly #buffers = new Buffers();
  readonly #bufferOf = new Map<Node, number>();
  /** What the host is called for: operations of blocks, and checks with their reports. */
  readonly #hostNodes: { readonly node: Node; readonly from: Block | number }[] = [];
  readonly #block: Block;
  #moment = 0;
  /** Updates that are written to scratch memory first and copied at the end. */
  readonly #copies: { readonly from: Node; readonly slot: number }[] = [];

  constructor(source: Source, roots: readonly Node[], plan: Schedule) {
    this.#source = source;
    this.#roots = roots;
    this.#schedule = plan;
    for (const node of source.inputs) this.#bufferOf.set(node, this.#buffers.make(bytesOf(node), 0, end));
    for (const [slot, node] of source.states.entries()) this.#bufferOf.set(node, this.#buffers.ofState(slot));
    const order = this.#placeUpdates();
    const around: Around = {
      buffers: this.#buffers,
      tick: () => this.#moment++,
      host: (node, from) => this.#hostNodes.push({ node, from }) - 1,
      fail: (node, from) => this.#hostNodes.push({ node, from }) - 1,
    };
    this.#block = new Block(around, order, plan.reads, this.#bufferOf);
    for (const root of roots) this.#buffers.keep(this.#bufferOf.get(root)!, end);
  }

  /**
   * Lets updates overwrite their states where nobody needs the old value any more, and orders the kernels so. What may end in an error comes before
   * them: a run that does has changed nothing.
   */
  #placeUpdates(): readonly Kernel[] {
    const { kernels, reads } = this.#schedule;
    const precedence = new Precedence<Kernel>();
    for (const kernel of kernels) precedence.append(kernel);
    const keeper = new Map<Node, Kernel>();
    for (const kernel of kernels) for (const node of kernel.outputs) keeper.set(node, kernel);
    for (const [node, kernel] of keeper) {
      for (const user of reads.get(node)?.keys() ?? []) if (user !== kernel) precedence.add(user, kernel);
    }
    const failing = kernels.filter(mayFail);
    const early = behind(precedence, failing);
    const values = this.#roots.slice(this.#source.outputs.length);
    for (const [i, { state }] of this.#source.updates.entries()) {
      const value = values[i]!;
      const leaf = this.#source.states[state]!;
      const kernel = keeper.get(value)!;
      const others = [...(reads.get(leaf)?.keys() ?? [])].filter((k) => k !== kernel);
      const free =
        !this.#bufferOf.has(value) &&
        value.size > 0 &&
        !early.has(kernel) &&
        overwritesItself(kernel, value, leaf, this.#schedule);
      if (free && others.every((k) => !precedence.needs(k, [kernel]))) {
        for (const k of [...others, ...failing]) precedence.add(kernel, k);
        this.#bufferOf.set(value, this.#bufferOf.get(leaf)!);
      } else if (value.size > 0) {
        this.#copies.push({ from: value, slot: state });
      }
    }
    return orderedBy(kernels, (kernel) => precedence.directNeeds(kernel));
  }

  finish(): Program {
    const updates = this.#copies.map(({ from, slot }) => ({
      to: this.#bufferOf.get(this.#source.states[slot]!)!,
      from: this.#bufferOf.get(from)!,
      bytes: bytesOf(from),
    }));
    const functions = [...this.#block.lower(), ...copies("copy updates", updates)];
    const { placements, bytes } = this.#buffers.placements();
    if (bytes >= addressable) {
      const size = `${(bytes / 2 ** 30).toFixed(1)} GiB`;
      throw new DeviceError(
        `compile: the program keeps ${size} at once, and memory ends at 4 GiB; take a smaller batch or compute it in parts`,
      );
    }
    const placed = (node: Node, block = this.#block) => placements[block.bufferOf(node)!]!;
    return {
      loops: { functions, buffers: placements },
      scratchBytes: bytes,
      inputs: this.#source.inputs.map((node) => offsetOf(placed(node))),
      inputTypes: this.#source.inputs.map(({ dtype, size }) => ({ dtype, size })),
      outputs: this.#source.outputs.map((output, i) => ({
        placement: placed(this.#roots[i]!),
        dtype: output.dtype,
        size: output.size,
      })),
      hostCalls: this.#hostNodes.map(({ node, from }): HostCall => {
        if (typeof from === "number") return { do: "fail", node, report: placements[from]! };
        const inputs = node.inputs.map((input) => placed(sameValues(input), from));
        return { do: "compute", node, inputs, output: placed(node, from) };
      }),
      kernels: this.#block.listing(),
      roots: this.#roots,
      updates: this.#source.updates.map((u) => u.state),
      copies: this.#copies.length,
    };
  }
}

/** The moment after all others: what matters until then is read from outside. */
const end = Number.MAX_SAFE_INTEGER;

function offsetOf(placement: Placement): number {
  if (placement.in !== "scratch") throw new Error("compiler: an input lies in the table of states");
  return placement.offset;
}

/** Whether a kernel that computes a state's new value reads the old one only where it is about to write. */
function overwritesItself(kernel: Kernel, value: Node, leaf: Node, plan: Schedule): boolean {
  const own = plan.reads.get(leaf)?.get(kernel) ?? [];
  if (own.length === 0) return kernel.kind !== "host" && kernel.kind !== "scan";
  if (value === kernel.moved) return false;
  if (kernel.kind !== "map" && kernel.kind !== "contract" && kernel.kind !== "reduce") return false;
  const rowsOnly = kernel.rows.reduce((n, v) => n * v.extent, 1) === value.size;
  if (!rowsOnly || value.size !== leaf.size) return false;
  const written = indexKey(linearIndex(kernel.rows.map(variableIndex), kernel.rows.map(extentOf)));
  return own.every((d) => !d.guarded && !d.operand && indexKey(linearIndex(d.index, leaf.shape)) === written);
}

function extentOf(variable: LoopVariable): number {
  return variable.extent;
}

/** The kernels that some must come after, and these themselves. */
function behind(precedence: Precedence<Kernel>, some: readonly Kernel[]): Set<Kernel> {
  const found = new Set<Kernel>();
  const stack = [...some];
  for (let kernel = stack.pop(); kernel !== undefined; kernel = stack.pop()) {
    if (found.has(kernel)) continue;
    found.add(kernel);
    for (const earlier of precedence.directNeeds(kernel)) stack.push(earlier);
  }
  return found;
}
