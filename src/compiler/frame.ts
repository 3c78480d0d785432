/** The frame in which every kind of kernel is lowered: the builder, the evaluator, nests of loops with one of them in lanes. */
import { show } from "../base/index.ts";
import type { Index, LoopVariable, Node } from "../graph/index.ts";
import { linearIndex, unravelIndex } from "../graph/index.ts";
import { LoopBuilder } from "./builder.ts";
import { type Access, accessesOf, Evaluator, lanesFor, type Vector } from "./evaluate.ts";
import type { Kernel } from "./kernel.ts";
import type { Lanes } from "./loops.ts";

/** What lowering must know of the program around a kernel. */
export interface Surroundings {
  /** The buffer that holds a kept node or a leaf. */
  bufferOf(node: Node): number | undefined;
  /** Makes a scratch buffer for the kernel's own use. */
  scratch(bytes: number): number;
  /** Registers an operation that the host computes; gives its number. */
  host(node: Node): number;
  /** Registers a check, with the buffer that says what it has found; gives the number of the call that throws. */
  fail(node: Node, report: number): number;
}

export class Frame {
  readonly b: LoopBuilder;
  readonly kernel: Kernel;
  readonly around: Surroundings;
  readonly evaluator: Evaluator;
  readonly lanes: Lanes;

  constructor(kernel: Kernel, around: Surroundings) {
    this.b = new LoopBuilder(() => subjectOf(kernel));
    this.kernel = kernel;
    this.around = around;
    this.evaluator = new Evaluator(this.b, (node) => around.bufferOf(node), kernel.members);
    this.lanes = lanesFor([...kernel.members].flatMap((n) => [n, ...n.inputs]));
  }

  /** The buffer of a node that has one. */
  buffer(node: Node): number {
    const buffer = this.around.bufferOf(node);
    if (buffer === undefined) throw new Error(`compiler: ${node.op.name} has no buffer`);
    return buffer;
  }

  isLoaded = (node: Node): boolean => !this.kernel.members.has(node) && this.around.bufferOf(node) !== undefined;

  /** The array accesses of computing the nodes, each at its index. */
  accesses(nodes: readonly Node[], index: (node: Node) => readonly Index[], bound: (node: Node) => boolean): Access[] {
    const [into, seen]: [Access[], Set<string>] = [[], new Set()];
    for (const node of nodes) accessesOf(node, index(node), this.isLoaded, bound, into, seen);
    return into;
  }

  /** Opens loops over all variables; the one in lanes is the innermost and is followed by its remainder. */
  nest(variables: readonly LoopVariable[], along: LoopVariable | null, body: (vector: Vector | null) => void): void {
    const outer = variables.filter((v) => v !== along);
    const open = (at: number): void => {
      if (at < outer.length) this.b.loop(outer[at]!, 1, () => open(at + 1));
      else if (along === null) body(null);
      else this.inLanes(along, 1, body);
    };
    open(0);
  }

  /** A loop in lanes, `strands` vectors at a time, and one for what is left over. */
  inLanes(
    along: LoopVariable,
    strands: number,
    body: (vector: Vector | null, strands: number) => void,
    chunk: Chunk | null = null,
  ): void {
    const step = this.lanes * strands;
    const whole = along.extent - (along.extent % step);
    this.counted(along, whole, step, chunk, () => body({ variable: along, lanes: this.lanes }, strands));
    if (strands > 1) {
      const rest = along.extent - (along.extent % this.lanes);
      this.b.range(along, whole, rest, this.lanes, () => body({ variable: along, lanes: this.lanes }, 1));
      this.b.range(along, rest, along.extent, 1, () => body(null, 1));
    } else {
      this.b.range(along, whole, along.extent, 1, () => body(null, 1));
    }
  }

  /** A loop from 0 to `to`, or chunks of its trips. */
  counted(variable: LoopVariable, to: number, step: number, chunk: Chunk | null, body: () => void): void {
    const b = this.b;
    const trips = Math.ceil(to / step);
    if (chunk === null || trips <= chunk.trips) {
      b.range(variable, 0, to, step, body);
      if (trips > 0) chunk?.end();
      return;
    }
    const size = Math.ceil(trips / Math.ceil(trips / chunk.trips)) * step; // as equal as can be
    b.walk(0, to, size, (from) => {
      const next = b.add(from, b.constant("i32", size));
      b.range(variable, from, to % size === 0 ? next : b.min(next, b.constant("i32", to)), step, body);
      chunk.end();
    });
  }
}

/** So many trips of a loop, and what is done after them. */
export interface Chunk {
  readonly trips: number;
  end(): void;
}

/** What a kernel computes, by its operation and the largest array in it. */
function subjectOf({ reductions, anchor, outputs, members }: Kernel): string {
  const node = reductions[0] ?? anchor ?? outputs[0];
  const all = [...members].flatMap((member) => [member, ...member.inputs]);
  const largest = all.reduce((a, b) => (b.size > a.size ? b : a));
  return `${node?.op.name}: ${show(largest.shape)} has ${largest.size} elements`;
}

/** An index of an array of `shape`, as an index of a node with as many elements in the same order. */
export function fit(index: readonly Index[], shape: readonly number[], node: Node): readonly Index[] {
  if (shape.length === node.shape.length && shape.every((n, i) => n === node.shape[i])) return index;
  return unravelIndex(linearIndex(index, shape), node.shape);
}
