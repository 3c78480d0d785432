/** Kernels: what fusion decides, and the small questions that all passes after it ask of nodes and indices. */
import type { Shape } from "../base/index.ts";
import {
  type Index,
  indexKey,
  type LoopVariable,
  type Node,
  quotientIndex,
  remainderIndex,
  variableIndex,
  variablesOf,
} from "../graph/index.ts";

export type KernelKind = "map" | "reduce" | "contract" | "scatter" | "cumulative" | "host" | "scan";

export interface Kernel {
  readonly id: number;
  kind: KernelKind;
  /** A permuted result, which is computed in the order of what it permutes and stored in its own. */
  readonly turned: Node | null;
  /** The axes over which results are computed; for a reduction the rows. */
  rows: LoopVariable[];
  /** The axes over which a reduction runs. */
  loops: LoopVariable[];
  /** Index of a full element (rows and loops) of what is reduced. */
  full: readonly Index[];
  /** What the kernel writes. */
  readonly outputs: Node[];
  /** Nodes computed inside, roots included, in reverse topological order. */
  readonly members: Set<Node>;
  /** Reductions among the members. */
  readonly reductions: Node[];
  /** The contraction, scatter, running sum, host operation or loop at its heart. */
  anchor: Node | null;
}

/** One way in which a kernel reads a node. */
export interface Demand {
  readonly kernel: Kernel;
  readonly index: readonly Index[];
  /** Read under a condition (padding). */
  readonly guarded: boolean;
  /** Read while packing an operand of a contraction or by a host operation, not in the kernel's own loops. */
  readonly operand: boolean;
}

export interface Schedule {
  /** In an order in which every kernel comes after those whose results it reads. */
  readonly kernels: readonly Kernel[];
  /** Nodes that have a buffer: kernels' outputs. */
  readonly kept: ReadonlySet<Node>;
  /** How kernels read leaves, for deciding what may be overwritten. */
  readonly reads: ReadonlyMap<Node, readonly Demand[]>;
}

/** True for nodes that are never kept by themselves: they only say where or what to read. */
export function isFree(node: Node): boolean {
  const kind = node.op.kind;
  return kind === "movement" || kind === "alias" || kind === "generator";
}

export function isLeaf(node: Node): boolean {
  return node.op.kind === "leaf";
}

/** The node whose values `node` shows unchanged in the same order, below reshapes and aliases. */
export function sameValues(node: Node): Node {
  let below = node;
  while (below.op.kind === "alias" || below.op.name === "reshape") below = below.inputs[0]!;
  return below;
}

/** Where a result is stored whose element at `index` of the kernel's axes has been computed. */
export function storedAt(kernel: Kernel, node: Node, index: readonly Index[]): readonly Index[] {
  const { axes } = node.params;
  if (node !== kernel.turned || !Array.isArray(axes)) return index;
  return axes.map((axis) => index[Number(axis)]!);
}

/** What is computed at `index` of the kernel's axes for a result. */
export function computedFor(kernel: Kernel, node: Node): Node {
  return node === kernel.turned ? node.inputs[0]! : node;
}

export function contractionAxes(node: Node): { batch: number; rows: number; columns: number } {
  return { batch: numberParam(node, "batch"), rows: numberParam(node, "rows"), columns: numberParam(node, "columns") };
}

export function numberParam(node: Node, name: string): number {
  const value = node.params[name];
  if (typeof value !== "number") throw new Error(`compiler: ${node.op.name} has no number "${name}"`);
  return value;
}

export function sameIndices(a: readonly Index[], b: readonly Index[]): boolean {
  return a.length === b.length && a.every((x, i) => x === b[i] || indexKey(x) === indexKey(b[i]!));
}

/** Whether an index runs through all elements of a node, in order, while the variables run: a part of them has the same index. */
export function isAllOf(node: Node, index: readonly Index[], variables: readonly LoopVariable[]): boolean {
  return sameIndices(index, variables.map(variableIndex)) && variables.every((v, i) => v.extent === node.shape[i]);
}

/** Without the indices of axes of size 1. */
export function significant(index: readonly Index[]): readonly Index[] {
  return index.filter((i) => i.terms.length > 0);
}

export function sameExtents(a: readonly LoopVariable[], b: readonly LoopVariable[]): boolean {
  return a.length === b.length && a.every((v, i) => v.extent === b[i]!.extent);
}

export function volumeOf(variables: readonly LoopVariable[]): number {
  return variables.reduce((n, v) => n * v.extent, 1);
}

/** At how many places something is computed whose index uses these variables. */
export function volume(index: readonly Index[]): number {
  const all = new Set<LoopVariable>();
  for (const i of index) variablesOf(i, all);
  return volumeOf([...all]);
}

/** Loop variables `over` as indices of loops with extents `loops`, if they are the same loops. */
export function splitOver(over: readonly LoopVariable[], loops: Shape): readonly Index[] | null {
  if (over.length === loops.length && over.every((v, i) => v.extent === loops[i])) return over.map(variableIndex);
  const wide = over.filter((v) => v.extent > 1);
  const found: Index[] = [];
  for (const extent of loops) {
    if (extent === 1) found.push({ constant: 0, terms: [] });
    else if (wide[0]?.extent === extent) found.push(variableIndex(wide.shift()!));
    else return null;
  }
  return wide.length === 0 ? found : null;
}

export function translate(
  indices: readonly Index[],
  from: readonly LoopVariable[],
  to: readonly LoopVariable[],
): readonly Index[] {
  return indices.map((index) => translateIndex(index, from, to));
}

function translateIndex(index: Index, from: readonly LoopVariable[], to: readonly LoopVariable[]): Index {
  const terms = index.terms.map(({ coefficient, atom }) => {
    if (atom.kind !== "variable") {
      const of = translateIndex(atom.of, from, to);
      const again = (atom.kind === "quotient" ? quotientIndex : remainderIndex)(of, atom.by);
      return { coefficient, atom: again.terms[0]!.atom };
    }
    const at = from.indexOf(atom.variable);
    return at < 0 ? { coefficient, atom } : { coefficient, atom: variableIndex(to[at]!).terms[0]!.atom };
  });
  return { constant: index.constant, terms: terms.sort((a, b) => (a.atom.key < b.atom.key ? -1 : 1)) };
}
