/**
 * Blocks: the kernels of a program, or of the body of a loop, in their order, with the buffers that hold what they keep.
 *
 * Time is counted in moments, one for every kernel; a loop takes one before its body and one after it. A buffer of a loop's body belongs to one
 * step. What a loop reads or writes at every step is a part of a buffer outside, which moves with the counter of the steps. States have one place more than
 * there are steps where all of them are wanted: each step reads one place and writes the next. Else they have two places, and the step ends with
 * a copy.
 */
import { dtypeInfo, ShapeError, show } from "../base/index.ts";
import { detach, type Node, type ScanBody } from "../graph/index.ts";
import type { Buffers } from "./buffers.ts";
import { LoopBuilder } from "./builder.ts";

import { checksBelow, isLeaf, type Kernel, type Schedule, sameValues } from "./kernel.ts";
import type { LoopFunction, LoopStep, Move } from "./loops.ts";
import { lowerKernel } from "./lower.ts";
import { schedule } from "./schedule.ts";
import { simplify } from "./simplify.ts";

/** What all blocks of a program share. */
export interface Around {
  readonly buffers: Buffers;
  /** The next moment. */
  tick(): number;
  /** Registers an operation that the host computes; gives its number. */
  host(node: Node, block: Block): number;
  /** Registers a check, with the buffer that says what it has found; gives the number of the call that throws. */
  fail(node: Node, report: number): number;
}

/** Bytes that addresses of 32 bits reach. */
export const addressable = 2 ** 32;

/** Bytes of a node's values. */
export function bytesOf(node: Node): number {
  const bytes = node.size * dtypeInfo[node.dtype].itemsize;
  if (bytes >= addressable) {
    const size = `${node.dtype} ${show(node.shape)} takes ${(bytes / 2 ** 30).toFixed(1)} GiB`;
    throw new ShapeError(`${node.op.name}: ${size}, and memory ends at 4 GiB; compute it in parts, along an axis`);
  }
  return bytes;
}

/** The node whose buffer will hold a root: below what does not move values; a leaf is copied. */
export function computed(root: Node): Node {
  const base = sameValues(root);
  return isLeaf(base) ? detach(base) : base;
}

export class Block {
  readonly order: readonly Kernel[];
  readonly #around: Around;
  readonly #bufferOf: Map<Node, number>;
  readonly #loops = new Map<Kernel, Loop>();
  readonly #moments = new Map<Kernel, number>();

  /** `bufferOf` holds the leaves, and whatever else has its place already. */
  constructor(around: Around, order: readonly Kernel[], reads: Schedule["reads"], bufferOf: Map<Node, number>) {
    this.#around = around;
    this.order = order;
    this.#bufferOf = bufferOf;
    for (const kernel of order) this.#place(kernel);
    for (const [node, demands] of reads) {
      const buffer = bufferOf.get(node);
      if (buffer === undefined) continue;
      for (const kernel of demands.keys()) around.buffers.keep(buffer, this.#moments.get(kernel)!);
    }
  }

  /** The buffer of a node that is kept, or of a leaf. */
  bufferOf(node: Node): number | undefined {
    return this.#bufferOf.get(node);
  }

  /** The kernels of this block and of the loops in it; `runs` is how often the block itself runs. */
  listing(runs = 1): ListedKernel[] {
    return this.order.flatMap((kernel): ListedKernel[] => {
      const loop = this.#loops.get(kernel);
      if (loop === undefined) return [{ kernel, runs, body: null }];
      const inside = loop.block.listing(runs * loop.body.steps);
      return [{ kernel, runs, body: { steps: loop.body.steps, roots: loop.roots, kernels: inside } }];
    });
  }

  #place(kernel: Kernel): void {
    const { buffers } = this.#around;
    const from = this.#around.tick();
    if (kernel.kind === "scan") {
      const loop = new Loop(this.#around, kernel, from, (node) => this.#bufferOf.get(sameValues(node))!);
      for (const [result, buffer] of loop.results) {
        const place = this.#bufferOf.get(result);
        if (place === undefined) this.#bufferOf.set(result, buffer);
        else loop.after.push({ to: place, from: buffer, bytes: bytesOf(result) });
      }
      this.#loops.set(kernel, loop);
      this.#moments.set(kernel, loop.to);
      return;
    }
    this.#moments.set(kernel, from);
    for (const node of kernel.outputs)
      if (!this.#bufferOf.has(node)) this.#bufferOf.set(node, buffers.make(bytesOf(node), from, from));
  }

  lower(): LoopStep[] {
    return this.order.flatMap((kernel): LoopStep[] => {
      const loop = this.#loops.get(kernel);
      if (loop !== undefined) return loop.lower();
      const at = this.#moments.get(kernel)!;
      const made = lowerKernel(kernel, {
        bufferOf: (node) => this.#bufferOf.get(node),
        scratch: (bytes) => this.#around.buffers.make(bytes, at, at),
        host: (node) => this.#around.host(node, this),
        fail: (node, report) => this.#around.fail(node, report),
      });
      return made.body.length > 0 ? [made] : [];
    });
  }
}

/** A kernel as it is shown to people. */
export interface ListedKernel {
  readonly kernel: Kernel;
  /** How often it runs in one run of the program. */
  readonly runs: number;
  /** Of a loop: what one step computes, and the kernels that do. */
  readonly body: {
    readonly steps: number;
    readonly roots: readonly Node[];
    readonly kernels: readonly ListedKernel[];
  } | null;
}

interface Copy {
  readonly to: number;
  readonly from: number;
  readonly bytes: number;
}

/** Copies as a kernel. */
export function copies(name: string, list: readonly Copy[]): LoopFunction[] {
  if (list.length === 0) return [];
  const b = new LoopBuilder();
  for (const { to, from, bytes } of list) b.copy(b.buffer(to), b.buffer(from), bytes);
  return [{ name, body: b.statements }];
}

/** A loop: its body as a block, and where its states and results are. */
class Loop {
  readonly block: Block;
  /** The moment after the last step. */
  readonly to: number;
  readonly results = new Map<Node, number>();
  readonly body: ScanBody;
  /** What a step computes, simplified. */
  readonly roots: readonly Node[];
  readonly #counter: number;
  /** What is copied when the loop is done: results that have a place of their own, because a loop around this one keeps every step of them. */
  readonly after: Copy[] = [];
  readonly #begin: Copy[] = [];
  readonly #end: Copy[] = [];

  constructor(around: Around, kernel: Kernel, from: number, bufferOf: (node: Node) => number) {
    const { buffers } = around;
    const { op, inputs } = kernel.anchor!;
    if (op.kind !== "scan") throw new Error(`compiler: ${op.name} is no loop`);
    const { body } = op.closed();
    this.body = body;
    this.#counter = buffers.make(4, from, from);
    const wanted = kernel.outputs.map((result) => ({
      result,
      value: body.values[Number(result.params.value)]!,
      final: result.params.final === true,
    }));
    const { states, slices, constants, steps } = body;
    const values = [...body.next, ...wanted.map((w) => w.value)];
    const checks = checksBelow(values);
    const simple = simplify([...values, ...checks]);
    const next: Node[] = [];
    for (const root of simple.slice(0, states.length).map(computed))
      next.push(next.includes(root) ? detach(root) : root);
    const found = simple.slice(states.length);
    const bufferOfInner = new Map<Node, number>();
    const leaves = [...slices, ...constants];
    leaves.forEach((leaf, i) => {
      const whole = bufferOf(inputs[states.length + i]!);
      buffers.keep(whole, from);
      bufferOfInner.set(leaf, i < slices.length ? buffers.part(whole, 0, [this.#move(leaf)]) : whole);
    });
    // states of which somebody wants every step
    const stacked = states.map((leaf, k) =>
      wanted.some((w, i) => !w.final && (sameValues(found[i]!) === leaf || computedIs(found[i]!, next[k]!))),
    );
    const kept = new Map<Node, number>(); // where a value of every step is, from the first of them on
    const last = new Map<Node, number>();
    states.forEach((leaf, k) => {
      const bytes = bytesOf(leaf);
      const initial = bufferOf(inputs[k]!);
      const after = next[k]!;
      if (stacked[k]) {
        const all = buffers.make((steps + 1) * bytes, from, from);
        const [here, there] = body.reverse ? [bytes, 0] : [0, bytes];
        bufferOfInner.set(leaf, buffers.part(all, here, [this.#move(leaf)]));
        bufferOfInner.set(after, buffers.part(all, there, [this.#move(leaf)]));
        kept.set(leaf, buffers.part(all, here));
        kept.set(after, buffers.part(all, there));
        last.set(after, buffers.part(all, body.reverse ? 0 : steps * bytes));
        this.#begin.push({ to: buffers.part(all, body.reverse ? steps * bytes : 0), from: initial, bytes });
      } else {
        const [now, then] = [buffers.make(bytes, from, from), buffers.make(bytes, from, from)];
        bufferOfInner.set(leaf, now);
        bufferOfInner.set(after, then);
        last.set(after, now);
        this.#begin.push({ to: now, from: initial, bytes });
        this.#end.push({ to: now, from: then, bytes });
      }
    });
    const required = new Set([...next, ...simple.slice(values.length)]);
    wanted.forEach(({ result, final }, i) => {
      const below = sameValues(found[i]!);
      const place = (final ? last : kept).get(below);
      if (place !== undefined) {
        this.results.set(result, place);
        return;
      }
      let node = computed(found[i]!);
      // what has a place as a state, or at the last step, has no other: a copy of it has
      if (bufferOfInner.has(node)) node = detach(node);
      required.add(node);
      const bytes = bytesOf(node);
      const whole = buffers.make(final ? bytes : steps * bytes, from, from);
      bufferOfInner.set(node, final ? whole : buffers.part(whole, 0, [this.#move(node)]));
      (final ? last : kept).set(below, whole);
      this.results.set(result, whole);
    });
    this.roots = [...required];
    const plan = schedule(required);
    this.block = new Block(around, plan.kernels, plan.reads, bufferOfInner);
    this.to = around.tick();
    // everything that one step leaves to the next, and all that is read again, lives as long as the loop
    const through = [this.#counter, ...inputs.map(bufferOf), ...this.results.values()];
    for (const { to, from: source } of [...this.#begin, ...this.#end]) through.push(to, source);
    for (const buffer of through) buffers.keep(buffer, this.to);
  }

  #move(leaf: Node): Move {
    return { counter: this.#counter, stride: bytesOf(leaf) };
  }

  lower(): LoopStep[] {
    const { steps, reverse } = this.body;
    const body = [...this.block.lower(), ...copies("carry", this.#end)];
    const loop = { counter: this.#counter, steps, reverse, body };
    return [...copies("begin", this.#begin), loop, ...copies("end", this.after)];
  }
}

function computedIs(value: Node, node: Node): boolean {
  return sameValues(value) === node;
}
