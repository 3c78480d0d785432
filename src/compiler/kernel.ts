/** Kernels: what fusion decides, and the small questions that all passes after it ask of nodes and indices. */
import { type Shape, sameShape } from "../base/index.ts";
import {
  addConstant,
  type Index,
  indexKey,
  type LoopVariable,
  type Node,
  quotientIndex,
  remainderIndex,
  topological,
  variableIndex,
  variablesOf,
} from "../graph/index.ts";

export type KernelKind = "map" | "reduce" | "contract" | "scatter" | "cumulative" | "host" | "scan" | "check";

export interface Kernel {
  readonly id: number;
  kind: KernelKind;
  /**
   * A result that is computed in the order of its operands and stored in its own: what it permutes, or equal parts that it joins, which are
   * computed side by side.
   */
  readonly moved: Node | null;
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
  /** The contraction, scatter, running sum, host operation, loop or check at its heart. */
  anchor: Node | null;
  /** What computing one element costs; see `workOf`. */
  work: number;
  /** Over how many nodes, one inside the other, an element is computed at most. */
  depth: number;
}

/** One way in which a kernel reads a node. */
export interface Demand {
  readonly kernel: Kernel;
  readonly index: readonly Index[];
  /** Read under a condition (padding). */
  readonly guarded: boolean;
  /** Read while packing an operand of a contraction or by a host operation, not in the kernel's own loops. */
  readonly operand: boolean;
  /** Through how many nodes the kernel's results lead there. */
  readonly depth: number;
}

export interface Schedule {
  /** In an order in which every kernel comes after those whose results it reads. */
  readonly kernels: readonly Kernel[];
  /** How kernels read leaves, for deciding what may be overwritten. */
  readonly reads: ReadonlyMap<Node, ReadonlyMap<Kernel, readonly Demand[]>>;
  /** How many kernels were looked at for deciding what needs what: it grows with the program and no faster. */
  readonly steps: number;
}

/** True for nodes that are never kept by themselves: they only say where or what to read. */
export function isFree(node: Node): boolean {
  const kind = node.op.kind;
  return kind === "movement" || kind === "alias" || kind === "generator";
}

export function isLeaf(node: Node): boolean {
  return node.op.kind === "leaf";
}

/** Checks among a graph: whoever computes it computes them too, though nothing waits for them. */
export function checksBelow(roots: readonly Node[]): Node[] {
  return topological(roots).filter((node) => node.op.kind === "check");
}

/** Whether running the kernel may end in an error. */
export function mayFail({ kind, anchor }: Kernel): boolean {
  return (kind === "check" || kind === "host" || kind === "scan") && failsAtSome(anchor!);
}

function failsAtSome({ op }: Node): boolean {
  if (op.kind === "scan") {
    const { states, slices, constants, next, values } = op.body;
    const leaves = new Set([...states, ...slices, ...constants]);
    const order = topological([...next, ...values], (node) => leaves.has(node));
    return order.some((node) => !leaves.has(node) && failsAtSome(node));
  }
  return op.kind === "check" || (op.kind === "host" && op.mayFail === true);
}

/** The node whose values `node` shows unchanged in the same order, below reshapes and aliases. */
export function sameValues(node: Node): Node {
  let below = node;
  while (below.op.kind === "alias" || below.op.name === "reshape") below = below.inputs[0]!;
  return below;
}

/** Something computed at an index of the kernel's axes, and where in a result it is stored. */
export interface Write {
  readonly value: Node;
  readonly result: Node;
  place(index: readonly Index[]): readonly Index[];
}

/** What is computed at every index of the kernel's axes for a result. */
export function writesFor(kernel: Kernel, result: Node): Write[] {
  if (result !== kernel.moved) return [{ value: result, result, place: (index) => index }];
  if (result.op.kind === "concatenation") {
    const axis = numberParam(result, "axis");
    return result.inputs.map((value, i) => ({
      value,
      result,
      place: (index) => index.map((at, a) => (a === axis ? addConstant(at, i * value.shape[axis]!) : at)),
    }));
  }
  const { axes } = result.params;
  if (!Array.isArray(axes)) throw new Error(`compiler: ${result.op.name} moves nothing`);
  return [{ value: result.inputs[0]!, result, place: (index) => axes.map((axis) => index[Number(axis)]!) }];
}

/** Operands of a result that are computed in their own order; null if the result is computed in its own. */
export function movedFrom(result: Node): readonly Node[] | null {
  const [first] = result.inputs;
  if (result.op.name === "permute" && !isFree(first!) && !isLeaf(first!)) return result.inputs;
  const parts = result.op.kind === "concatenation" && result.inputs.length > 1;
  return parts && result.inputs.every((part) => sameShape(part.shape, first!.shape)) ? result.inputs : null;
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
