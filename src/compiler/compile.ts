/** The pipeline: from a graph to a program of loops over planned memory. */
import { type DType, dtypeInfo } from "../base/index.ts";
import { detach, indexKey, type LoopVariable, linearIndex, type Node, variableIndex } from "../graph/index.ts";
import { LoopBuilder } from "./builder.ts";
import { isLeaf, type Kernel, type Schedule, sameValues } from "./kernel.ts";
import type { LoopFunction, LoopProgram, Placement } from "./loops.ts";
import { lowerKernel } from "./lower.ts";
import { type Lifetime, planMemory } from "./memory.ts";
import { schedule } from "./schedule.ts";
import { simplify } from "./simplify.ts";

/** What is to be compiled: see `Specification` of the devices. */
export interface Source {
  readonly inputs: readonly Node[];
  readonly states: readonly Node[];
  readonly outputs: readonly Node[];
  readonly updates: readonly { readonly state: number; readonly value: Node }[];
}

/** An operation for the host to compute between kernels. */
export interface HostCall {
  readonly node: Node;
  readonly inputs: readonly Placement[];
  readonly output: Placement;
}

/** A program, and how to feed it. */
export interface Program {
  readonly loops: LoopProgram;
  readonly scratchBytes: number;
  /** Offsets of the inputs in scratch memory. */
  readonly inputs: readonly number[];
  readonly inputTypes: readonly { readonly dtype: DType; readonly size: number }[];
  readonly outputs: readonly { readonly placement: Placement; readonly dtype: DType; readonly size: number }[];
  readonly hostCalls: readonly HostCall[];
  readonly kernels: readonly Kernel[];
  /** The graph after simplification: one node for every output, then one for every update. */
  readonly roots: readonly Node[];
  readonly updates: readonly number[];
  /** How many of the updates are made beside their state and copied. */
  readonly copies: number;
}

/** A buffer on its way to a place. */
interface Buffer {
  readonly bytes: number;
  from: number;
  to: number;
  /** Of a buffer that is not in scratch memory: the entry of the table of states. */
  readonly slot: number | null;
}

export function compile(source: Source): Program {
  const roots = simplify([...source.outputs, ...source.updates.map((u) => u.value)]).map(computed);
  const required = new Set(roots);
  const plan = schedule(required);
  const assembly = new Assembly(source, roots, plan);
  return assembly.finish();
}

/** The node whose buffer will hold a root: below what does not move values; a leaf is copied. */
function computed(root: Node): Node {
  const base = sameValues(root);
  return isLeaf(base) ? detach(base) : base;
}

class Assembly {
  readonly #source: Source;
  readonly #roots: readonly Node[];
  readonly #schedule: Schedule;
  readonly #buffers: Buffer[] = [];
  readonly #bufferOf = new Map<Node, number>();
  readonly #functions: LoopFunction[] = [];
  readonly #hostNodes: Node[] = [];
  readonly #order: readonly Kernel[];
  /** Updates that are written to scratch memory first and copied at the end. */
  readonly #copies: { readonly from: Node; readonly slot: number }[] = [];

  constructor(source: Source, roots: readonly Node[], plan: Schedule) {
    this.#source = source;
    this.#roots = roots;
    this.#schedule = plan;
    for (const node of source.inputs)
      this.#bufferOf.set(node, this.#buffer(bytesOf(node), null, 0, Number.MAX_SAFE_INTEGER));
    for (const [slot, node] of source.states.entries()) this.#bufferOf.set(node, this.#buffer(0, slot, 0, 0));
    const inPlace = this.#placeUpdates();
    this.#order = inPlace.order;
    for (const [at, kernel] of this.#order.entries()) {
      for (const node of kernel.outputs) {
        if (!this.#bufferOf.has(node)) this.#bufferOf.set(node, this.#buffer(bytesOf(node), null, at, at));
      }
    }
    this.#extendLifetimes();
  }

  #buffer(bytes: number, slot: number | null, from: number, to: number): number {
    this.#buffers.push({ bytes, slot, from, to });
    return this.#buffers.length - 1;
  }

  /** Lets updates overwrite their states where nobody needs the old value any more, and orders the kernels so. */
  #placeUpdates(): { order: readonly Kernel[] } {
    const { kernels, reads } = this.#schedule;
    const after = new Map<Kernel, Set<Kernel>>(kernels.map((k) => [k, new Set()]));
    const keeper = new Map<Node, Kernel>();
    for (const kernel of kernels) for (const node of kernel.outputs) keeper.set(node, kernel);
    for (const [node, kernel] of keeper) {
      for (const demand of reads.get(node) ?? []) if (demand.kernel !== kernel) after.get(demand.kernel)!.add(kernel);
    }
    const values = this.#roots.slice(this.#source.outputs.length);
    for (const [i, { state }] of this.#source.updates.entries()) {
      const value = values[i]!;
      const leaf = this.#source.states[state]!;
      const kernel = keeper.get(value)!;
      const others = [...new Set((reads.get(leaf) ?? []).map((d) => d.kernel))].filter((k) => k !== kernel);
      const free =
        !this.#bufferOf.has(value) && value.size > 0 && overwritesItself(kernel, value, leaf, this.#schedule);
      if (free && others.every((k) => !reaches(after, k, kernel))) {
        for (const k of others) after.get(kernel)!.add(k);
        this.#bufferOf.set(value, this.#bufferOf.get(leaf)!);
      } else if (value.size > 0) {
        this.#copies.push({ from: value, slot: state });
      }
    }
    return { order: sorted(kernels, after) };
  }

  #extendLifetimes(): void {
    const position = new Map(this.#order.map((kernel, i) => [kernel, i]));
    const reach = (node: Node, to: number): void => {
      const buffer = this.#buffers[this.#bufferOf.get(node)!]!;
      buffer.to = Math.max(buffer.to, to);
    };
    for (const [node, demands] of this.#schedule.reads) {
      if (!this.#bufferOf.has(node)) continue;
      for (const d of demands) reach(node, position.get(d.kernel)!);
    }
    for (const root of this.#roots) if (this.#bufferOf.has(root)) reach(root, Number.MAX_SAFE_INTEGER);
  }

  finish(): Program {
    for (const [at, kernel] of this.#order.entries()) {
      const made = lowerKernel(kernel, {
        bufferOf: (node) => this.#bufferOf.get(node),
        scratch: (bytes) => this.#buffer(bytes, null, at, at),
        host: (node) => this.#hostNodes.push(node) - 1,
      });
      if (made.body.length > 0) this.#functions.push(made);
    }
    if (this.#copies.length > 0) this.#functions.push(this.#copyUpdates());
    const { placements, bytes } = this.#placements();
    const placed = (node: Node) => placements[this.#bufferOf.get(node)!]!;
    return {
      loops: { functions: this.#functions, buffers: placements },
      scratchBytes: bytes,
      inputs: this.#source.inputs.map((node) => offsetOf(placed(node))),
      inputTypes: this.#source.inputs.map(({ dtype, size }) => ({ dtype, size })),
      outputs: this.#source.outputs.map((output, i) => ({
        placement: placed(this.#roots[i]!),
        dtype: output.dtype,
        size: output.size,
      })),
      hostCalls: this.#hostNodes.map((node) => ({
        node,
        inputs: node.inputs.map((input) => placed(sameValues(input))),
        output: placed(node),
      })),
      kernels: this.#order,
      roots: this.#roots,
      updates: this.#source.updates.map((u) => u.state),
      copies: this.#copies.length,
    };
  }

  #copyUpdates(): LoopFunction {
    const b = new LoopBuilder();
    for (const { from, slot } of this.#copies) {
      const target = this.#bufferOf.get(this.#source.states[slot]!)!;
      b.copy(b.buffer(target), b.buffer(this.#bufferOf.get(from)!), bytesOf(from));
    }
    return { name: "copy updates", body: b.statements };
  }

  #placements(): { placements: Placement[]; bytes: number } {
    const lifetimes: Lifetime[] = this.#buffers.filter((buffer) => buffer.slot === null);
    const { offsets, bytes } = planMemory(lifetimes);
    let next = 0;
    const placements = this.#buffers.map(
      (buffer): Placement =>
        buffer.slot === null ? { in: "scratch", offset: offsets[next++]! } : { in: "state", slot: buffer.slot },
    );
    return { placements, bytes };
  }
}

function offsetOf(placement: Placement): number {
  if (placement.in !== "scratch") throw new Error("compiler: an input lies in the table of states");
  return placement.offset;
}

/** Bytes of a node's values, with room behind them for reading whole vectors. */
function bytesOf(node: Node): number {
  return node.size * dtypeInfo[node.dtype].itemsize;
}

/** Whether a kernel that computes a state's new value reads the old one only where it is about to write. */
function overwritesItself(kernel: Kernel, value: Node, leaf: Node, plan: Schedule): boolean {
  const own = (plan.reads.get(leaf) ?? []).filter((d) => d.kernel === kernel);
  if (own.length === 0) return kernel.kind !== "host";
  if (value === kernel.turned) return false;
  if (kernel.kind !== "map" && kernel.kind !== "contract" && kernel.kind !== "reduce") return false;
  const rowsOnly = kernel.rows.reduce((n, v) => n * v.extent, 1) === value.size;
  if (!rowsOnly || value.size !== leaf.size) return false;
  const written = indexKey(linearIndex(kernel.rows.map(variableIndex), kernel.rows.map(extentOf)));
  return own.every((d) => !d.guarded && !d.operand && indexKey(linearIndex(d.index, leaf.shape)) === written);
}

function extentOf(variable: LoopVariable): number {
  return variable.extent;
}

/** Whether `from` must come after `to` already. */
function reaches(after: ReadonlyMap<Kernel, ReadonlySet<Kernel>>, from: Kernel, to: Kernel): boolean {
  const seen = new Set<Kernel>();
  const stack = [from];
  for (let kernel = stack.pop(); kernel !== undefined; kernel = stack.pop()) {
    if (kernel === to) return true;
    if (seen.has(kernel)) continue;
    seen.add(kernel);
    stack.push(...after.get(kernel)!);
  }
  return false;
}

/** The kernels in their given order as far as what must come first allows. */
function sorted(kernels: readonly Kernel[], after: ReadonlyMap<Kernel, ReadonlySet<Kernel>>): Kernel[] {
  const done = new Set<Kernel>();
  const order: Kernel[] = [];
  const visit = (kernel: Kernel): void => {
    if (done.has(kernel)) return;
    done.add(kernel);
    for (const earlier of after.get(kernel)!) visit(earlier);
    order.push(kernel);
  };
  for (const kernel of kernels) visit(kernel);
  return order;
}
