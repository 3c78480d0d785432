/**
 * Fusion: which nodes are computed together, and what is kept in memory between kernels.
 *
 * Nodes are visited from the results backwards. A node that all of its users compute inside one kernel joins it if the kernel's loops
 * can compute it there; otherwise it becomes the root of a kernel of its own and its values are kept. Movements cost nothing: they change where their operand is read, so every use
 * is described by the index at which the kernel's loops read the node.
 */
import { type Shape, sizeOf } from "../base/index.ts";
import {
  type Index,
  indexKey,
  linearIndex,
  type LoopVariable,
  type Node,
  quotientIndex,
  remainderIndex,
  topological,
  variableIndex,
  variablesOf,
} from "../graph/index.ts";

export type KernelKind = "map" | "reduce" | "contract" | "scatter" | "cumulative" | "host";

export interface Kernel {
  readonly id: number;
  kind: KernelKind;
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
  /** The contraction, scatter, running sum or host operation at its heart. */
  anchor: Node | null;
}

/** One way in which a kernel reads a node. */
interface Demand {
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
function isFree(node: Node): boolean {
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

class Scheduler {
  readonly demands = new Map<Node, Demand[]>();
  readonly kernels: Kernel[] = [];
  /** The kernel that keeps a node. */
  readonly keeper = new Map<Node, Kernel>();
  /** Kernels whose results a kernel reads, as far as is known. */
  readonly #producers = new Map<Kernel, Set<Kernel>>();
  #variables = 0;
  readonly #required: ReadonlySet<Node>;
  readonly #forced = new Set<Node>();

  constructor(required: ReadonlySet<Node>, order: readonly Node[]) {
    this.#required = required;
    for (const node of order) {
      if (node.op.kind === "contraction") for (const operand of node.inputs) this.#forcePads(operand);
      if (node.op.kind === "host") for (const operand of node.inputs) this.#forced.add(sameValues(operand)); // read as a whole
    }
  }

  /** Padding is not worth deciding for every element that a contraction packs: padded operands are made once. */
  #forcePads(operand: Node): void {
    for (let node = operand; node.op.kind === "movement" || node.op.kind === "alias"; node = node.inputs[0]!) {
      if (node.op.name === "pad") {
        this.#forced.add(node);
        return;
      }
    }
  }

  variables(shape: Shape): LoopVariable[] {
    return shape.map((extent) => ({ id: this.#variables++, extent }));
  }

  visit(node: Node): void {
    if (isLeaf(node)) return;
    const required = this.#required.has(node) || this.#forced.has(node);
    if (isFree(node)) {
      if (required) this.#root(node);
      return;
    }
    const demands = this.demands.get(node) ?? [];
    if (demands.length === 0 && !required) return;
    const users = [...new Set(demands.map((d) => d.kernel))];
    const joined = users.length === 0 ? null : this.#join(node, users, demands, required);
    if (joined === null) this.#root(node);
  }

  /** Tries to compute the node inside of its users; null if it must have a kernel of its own. */
  #join(node: Node, users: readonly Kernel[], demands: readonly Demand[], required: boolean): true | null {
    switch (node.op.kind) {
      case "gather":
      case "elementwise": {
        if (!required && (users.length === 1 || isCheap(node)) && users.every((k) => this.#mayInline(node, k, demands))) {
          for (const kernel of users) this.#inline(node, kernel);
          return true;
        }
        // what comes straight from a contraction or reduction stays where that can be computed along with it
        const anchored = carriesAnchor(node) && !required && !broadcastsAnchor(node);
        return this.#asExtraOutput(node, anchored ? users.filter((k) => k.kind === "map") : users, users, demands);
      }
      case "reduction":
        for (const kernel of users) {
          if (this.#acyclic(kernel, users) && this.#joinReduction(node, kernel, demands, users.length > 1 || required)) return true;
        }
        return null;
      case "contraction": {
        const kernel = users[0]!;
        if (users.length > 1 || required || kernel.kind !== "map") return null;
        if (!demands.every((d) => !d.guarded && sameIndices(d.index, kernel.rows.map(variableIndex)))) return null;
        if (sizeOf(node.shape) === 0 || kernel.outputs.some(isFree)) return null;
        kernel.kind = "contract";
        kernel.anchor = node;
        kernel.members.add(node);
        this.#demandOperands(node, kernel);
        return true;
      }
      default:
        return null;
    }
  }

  /** Whether computing an elementwise node inside the kernel costs no more than keeping it. */
  #mayInline(node: Node, kernel: Kernel, demands: readonly Demand[]): boolean {
    const own = demands.filter((d) => d.kernel === kernel);
    const distinct = new Set(own.map((d) => d.index.map(indexKey).join()));
    if (kernel.kind === "host" || own.some((d) => d.operand && kernel.kind === "scatter")) return own.every((d) => !d.operand);
    const expensive = isExpensive(node);
    if (own.some((d) => d.operand)) {
      // packed once for every block: cheap arithmetic is free there, but windows read every element several times
      const repeated = own.some((d) => volume(d.index) > node.size);
      return !expensive && !repeated && !carriesAnchor(node);
    }
    if (distinct.size > 1 && expensive) return false;
    if (expensive && own.some((d) => volume(d.index) > node.size)) return false;
    const inLoops = kernel.kind === "reduce" && own.some((d) => !this.#isRowIndex(d.index, kernel));
    const identity = own.every((d) => !d.guarded && sameIndices(d.index, this.#spaceIndex(kernel, d.index.length)));
    if ((inLoops || !identity) && carriesAnchor(node) && !broadcastsAnchor(node)) return false;
    return true;
  }

  #spaceIndex(kernel: Kernel, ndim: number): readonly Index[] {
    const rows = kernel.rows.map(variableIndex);
    return kernel.kind === "reduce" && ndim !== rows.length ? kernel.full : rows;
  }

  #isRowIndex(index: readonly Index[], kernel: Kernel): boolean {
    const loops = new Set(kernel.loops);
    return index.every((i) => [...variablesOf(i)].every((v) => !loops.has(v)));
  }

  /** Computes the node inside the kernel at every index at which it is read there. */
  #inline(node: Node, kernel: Kernel): void {
    kernel.members.add(node);
    const seen = new Set<string>();
    for (const d of (this.demands.get(node) ?? []).filter((x) => x.kernel === kernel)) {
      const key = d.index.map(indexKey).join();
      if (seen.has(key)) continue;
      seen.add(key);
      this.#demandInputs(node, d);
    }
  }

  /** Keeps the node as a further result of a kernel that computes it anyway, at the kernel's own index. */
  #asExtraOutput(node: Node, candidates: readonly Kernel[], users: readonly Kernel[], demands: readonly Demand[]): true | null {
    for (const kernel of candidates) {
      if (kernel.kind === "host" || kernel.kind === "scatter" || kernel.kind === "cumulative") continue;
      if (kernel.outputs.some(isFree)) continue;
      const own = demands.filter((d) => d.kernel === kernel);
      if (!own.every((d) => !d.guarded && !d.operand && this.#isOwnIndex(d.index, kernel, node)) || !this.#acyclic(kernel, users)) continue;
      kernel.outputs.push(node);
      this.#keep(node, kernel);
      this.#inline(node, kernel);
      return true;
    }
    return null;
  }

  #isOwnIndex(index: readonly Index[], kernel: Kernel, node: Node): boolean {
    if (sameIndices(index, kernel.rows.map(variableIndex))) return true;
    return kernel.kind === "reduce" && sameIndices(index, kernel.full) && node.size === volumeOf([...kernel.rows, ...kernel.loops]);
  }

  #joinReduction(node: Node, kernel: Kernel, demands: readonly Demand[], keep: boolean): boolean {
    const own = demands.filter((d) => d.kernel === kernel);
    if (own.some((d) => d.guarded || d.operand) || node.op.kind !== "reduction") return false;
    const input = node.inputs[0]!.shape;
    const loops = node.op.loops(input, node.params, node.shape);
    const index = own[0]!.index;
    if (!own.every((d) => sameIndices(d.index, index)) || sizeOf(input) === 0 || kernel.outputs.some(isFree)) return false;
    const sourceAt = (out: readonly Index[], over: readonly LoopVariable[]) =>
      node.op.kind === "reduction" ? node.op.source(out, over.map(variableIndex), node.params, input, node.shape) : null;
    if (kernel.kind === "map" && sameIndices(index, kernel.rows.map(variableIndex))) {
      // the kernel works on the reduction's results: its space becomes the rows
      const over = this.variables(loops);
      const source = sourceAt(index, over);
      if (source === null || source.within !== undefined) return false;
      kernel.loops = over;
      kernel.full = source.index;
    } else if (kernel.kind === "map") {
      // the kernel works on what is reduced: its space splits into rows and loops
      const kept = new Set(index.flatMap((i) => [...variablesOf(i)]));
      const over = kernel.rows.filter((v) => !kept.has(v));
      const rows = kernel.rows.filter((v) => kept.has(v));
      if (!sameIndices(significant(index), rows.filter((v) => v.extent > 1).map(variableIndex))) return false;
      const split = splitOver(over, loops);
      if (split === null) return false;
      const source = node.op.source(index, split, node.params, input, node.shape);
      if (source.within !== undefined || !sameIndices(source.index, kernel.rows.map(variableIndex))) return false;
      kernel.rows = rows;
      kernel.loops = over;
      kernel.full = source.index;
    } else if (kernel.kind === "reduce") {
      const split = splitOver(kernel.loops, loops);
      if (split === null) return false;
      const source = node.op.source(index, split, node.params, input, node.shape);
      if (!this.#isRowIndex(index, kernel) || source.within !== undefined) return false;
      if (!sameIndices(source.index, kernel.full) || sizeOf(node.shape) !== volumeOf(kernel.rows)) return false;
    } else {
      return false;
    }
    kernel.kind = "reduce";
    kernel.members.add(node);
    kernel.reductions.push(node);
    if (keep) {
      kernel.outputs.push(node);
      this.#keep(node, kernel);
    }
    this.#push(node.inputs[0]!, { kernel, index: kernel.full, guarded: false, operand: false });
    return true;
  }

  /** True if no other user of the node has results on which `kernel` depends: then `kernel` may produce it for them. */
  #acyclic(kernel: Kernel, users: readonly Kernel[]): boolean {
    const others = users.filter((k) => k !== kernel);
    if (others.length === 0) return true;
    const seen = new Set<Kernel>();
    const stack = [kernel];
    for (let k = stack.pop(); k !== undefined; k = stack.pop()) {
      if (seen.has(k)) continue;
      seen.add(k);
      if (others.includes(k)) return false;
      stack.push(...this.#producers.get(k)!);
    }
    return true;
  }

  /** Notes that a kernel keeps a node; all uses of the node are known by then. */
  #keep(node: Node, kernel: Kernel): void {
    this.keeper.set(node, kernel);
    for (const { kernel: user } of this.demands.get(node) ?? []) if (user !== kernel) this.#producers.get(user)!.add(kernel);
  }

  /** Opens a kernel that computes the node and keeps it. */
  #root(node: Node): void {
    const kernel: Kernel = {
      id: this.kernels.length,
      kind: "map",
      rows: this.variables(node.shape),
      loops: [],
      full: [],
      outputs: [node],
      members: new Set([node]),
      reductions: [],
      anchor: null,
    };
    this.kernels.push(kernel);
    this.#producers.set(kernel, new Set());
    this.#keep(node, kernel);
    const index = kernel.rows.map(variableIndex);
    const operand = (input: Node) => this.#push(input, { kernel, index: this.variables(input.shape).map(variableIndex), guarded: false, operand: true });
    switch (node.op.kind) {
      case "reduction": {
        const input = node.inputs[0]!;
        kernel.kind = "reduce";
        kernel.loops = this.variables(node.op.loops(input.shape, node.params, node.shape));
        const source = node.op.source(index, kernel.loops.map(variableIndex), node.params, input.shape, node.shape);
        kernel.full = source.index;
        kernel.reductions.push(node);
        this.#push(input, { kernel, index: source.index, guarded: (source.within?.length ?? 0) > 0, operand: false });
        return;
      }
      case "contraction":
        kernel.kind = "contract";
        kernel.anchor = node;
        this.#demandOperands(node, kernel);
        return;
      case "scatter":
      case "host":
        kernel.kind = node.op.kind;
        kernel.anchor = node;
        for (const input of node.inputs) operand(input);
        return;
      case "cumulative":
        kernel.kind = "cumulative";
        kernel.anchor = node;
        this.#push(node.inputs[0]!, { kernel, index, guarded: false, operand: false });
        return;
      default:
        this.#demandInputs(node, { kernel, index, guarded: false, operand: false });
    }
  }

  #demandOperands(node: Node, kernel: Kernel): void {
    const { batch, rows } = contractionAxes(node);
    const at = kernel.rows.map(variableIndex);
    const contracted = this.variables(node.inputs[0]!.shape.slice(batch + rows)).map(variableIndex);
    const a = [...at.slice(0, batch + rows), ...contracted];
    const b = [...at.slice(0, batch), ...contracted, ...at.slice(batch + rows)];
    this.#push(node.inputs[0]!, { kernel, index: a, guarded: false, operand: true });
    this.#push(node.inputs[1]!, { kernel, index: b, guarded: false, operand: true });
  }

  /** Says how the operands of a member are read when the member is computed at an index. */
  #demandInputs(node: Node, d: Demand): void {
    switch (node.op.kind) {
      case "movement": {
        const input = node.inputs[0]!;
        const source = node.op.source(d.index, node.params, input.shape, node.shape);
        this.#push(input, { ...d, index: source.index, guarded: d.guarded || (source.within?.length ?? 0) > 0 });
        return;
      }
      case "alias":
        this.#push(node.inputs[0]!, d);
        return;
      case "gather": {
        const [x, index] = [node.inputs[0]!, node.inputs[1]!];
        const axis = numberParam(node, "axis");
        const found = variableIndex({ id: this.#variables++, extent: x.shape[axis]! });
        this.#push(index, d);
        this.#push(x, { ...d, index: d.index.map((i, a) => (a === axis ? found : i)), guarded: true });
        return;
      }
      case "concatenation": {
        const axis = numberParam(node, "axis");
        let before = 0;
        for (const part of node.inputs) {
          const shifted = { constant: d.index[axis]!.constant - before, terms: d.index[axis]!.terms };
          this.#push(part, { ...d, index: d.index.map((i, a) => (a === axis ? shifted : i)), guarded: true });
          before += part.shape[axis]!;
        }
        return;
      }
      case "generator":
        return;
      default:
        for (const input of node.inputs) this.#push(input, d);
    }
  }

  /** Notes a use; movements pass it on to their operand. */
  #push(node: Node, demand: Demand): void {
    if (isFree(node) && !this.#required.has(node) && !this.#forced.has(node)) {
      this.#demandInputs(node, demand);
      return;
    }
    const list = this.demands.get(node);
    if (list === undefined) this.demands.set(node, [demand]);
    else list.push(demand);
  }

  /** Kernels over the same space become one where that needs no order between them: one pass over what they share. */
  mergeKernels(): void {
    for (let i = 0; i < this.kernels.length; i++) {
      for (let j = 0; j < this.kernels.length; j++) {
        const [a, b] = [this.kernels[i]!, this.kernels[j]!];
        if (i === j || !this.#mergeable(a, b)) continue;
        this.#merge(a, b);
        this.kernels.splice(j, 1);
        if (j < i) i--;
        j = -1; // what did not fit before may fit now
      }
    }
  }

  /** Whether `b` can be computed inside of `a`: beside it, or after it on what the same row has left in registers. */
  #mergeable(a: Kernel, b: Kernel): boolean {
    if ((a.kind !== "map" && a.kind !== "reduce") || (b.kind !== "map" && b.kind !== a.kind)) return false;
    if (a.outputs.some(isFree) || b.outputs.some(isFree)) return false;
    if (!sameExtents(a.rows, b.rows) || (b.kind === "reduce" && !sameExtents(a.loops, b.loops))) return false;
    if (b.kind === "reduce" && !sameIndices(b.full, this.#translated(a, b))) return false;
    if (this.#reaches(a, b)) return false;
    if (this.#producers.get(b)!.has(a)) return this.#continues(a, b);
    const small = volumeOf([...a.rows, ...a.loops]) <= 64;
    return a.kind === b.kind && (small || this.#shareInput(a, b)) && !this.#reaches(b, a);
  }

  /** Whether all that `b` reads of `a`'s results is what `a` has computed at the same place of their loops. */
  #continues(a: Kernel, b: Kernel): boolean {
    if ([...this.#producers.get(b)!].some((k) => k !== a && this.#reaches(k, a))) return false;
    const place = (variables: readonly LoopVariable[], index: readonly Index[]) =>
      indexKey(linearIndex(index, variables.map((v) => v.extent)));
    const row = place(b.rows, b.rows.map(variableIndex));
    for (const node of a.outputs) {
      const isRow = node.size === volumeOf(a.rows) && (a.kind === "map" || a.reductions.includes(node) || volumeOf(a.loops) > 1);
      for (const d of (this.demands.get(node) ?? []).filter((x) => x.kernel === b)) {
        if (d.guarded || d.operand) return false;
        const here = indexKey(linearIndex(d.index, node.shape));
        const full = b.kind === "reduce" && !isRow && sameIndices(d.index, b.full);
        if (!full && !(isRow && here === row)) return false;
      }
    }
    return true;
  }

  /** The full index of `a`, spelled in the variables of `b`. */
  #translated(a: Kernel, b: Kernel): readonly Index[] {
    return translate(a.full, [...a.rows, ...a.loops], [...b.rows, ...b.loops]);
  }

  #shareInput(a: Kernel, b: Kernel): boolean {
    const volume = volumeOf([...a.rows, ...a.loops]);
    for (const [node, demands] of this.demands) {
      if (node.size * 2 < volume) continue;
      if (demands.some((d) => d.kernel === a) && demands.some((d) => d.kernel === b)) return true;
    }
    return false;
  }

  /** Whether `from` needs a result of `to`, directly or not. */
  #reaches(from: Kernel, to: Kernel): boolean {
    const seen = new Set<Kernel>();
    const stack = [from];
    for (let k = stack.pop(); k !== undefined; k = stack.pop()) {
      if (seen.has(k)) continue;
      seen.add(k);
      for (const p of this.#producers.get(k)!) {
        if (p === to) return true;
        stack.push(p);
      }
    }
    return false;
  }

  #merge(into: Kernel, from: Kernel): void {
    const [old, now] = [
      [...from.rows, ...from.loops],
      [...into.rows, ...into.loops],
    ];
    into.outputs.push(...from.outputs);
    into.reductions.push(...from.reductions);
    for (const node of from.members) into.members.add(node);
    for (const node of from.outputs) this.keeper.set(node, into);
    for (const producer of this.#producers.get(from)!) this.#producers.get(into)!.add(producer);
    this.#producers.delete(from);
    for (const producers of this.#producers.values()) if (producers.delete(from)) producers.add(into);
    this.#producers.get(into)!.delete(into);
    for (const demands of this.demands.values()) {
      for (const [i, d] of demands.entries()) if (d.kernel === from) demands[i] = { ...d, kernel: into, index: translate(d.index, old, now) };
    }
    for (const node of [...into.outputs]) {
      if (this.#required.has(node) || this.#forced.has(node) || this.demands.get(node)!.some((d) => d.kernel !== into)) continue;
      into.outputs.splice(into.outputs.indexOf(node), 1); // nobody outside needs it any more
      this.keeper.delete(node);
    }
  }

  /** Kernels in an order that respects who reads whose results, else the order of the program as written. */
  ordered(): Kernel[] {
    const done = new Set<Kernel>();
    const order: Kernel[] = [];
    const visit = (kernel: Kernel): void => {
      if (done.has(kernel)) return;
      done.add(kernel);
      for (const producer of this.#producers.get(kernel)!) visit(producer);
      order.push(kernel);
    };
    const written = [...this.kernels].sort((a, b) => Math.max(...a.outputs.map((n) => n.id)) - Math.max(...b.outputs.map((n) => n.id)));
    for (const kernel of written) visit(kernel);
    return order;
  }
}

/** Decides the kernels for everything that `required` needs. */
export function schedule(required: ReadonlySet<Node>): Schedule {
  const order = topological([...required]);
  const scheduler = new Scheduler(required, order);
  for (const node of [...order].reverse()) scheduler.visit(node);
  scheduler.mergeKernels();
  return { kernels: scheduler.ordered(), kept: new Set(scheduler.keeper.keys()), reads: scheduler.demands };
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

/** Without the indices of axes of size 1. */
function significant(index: readonly Index[]): readonly Index[] {
  return index.filter((i) => i.terms.length > 0);
}

function sameExtents(a: readonly LoopVariable[], b: readonly LoopVariable[]): boolean {
  return a.length === b.length && a.every((v, i) => v.extent === b[i]!.extent);
}

function volumeOf(variables: readonly LoopVariable[]): number {
  return variables.reduce((n, v) => n * v.extent, 1);
}

/** At how many places something is computed whose index uses these variables. */
function volume(index: readonly Index[]): number {
  const all = new Set<LoopVariable>();
  for (const i of index) variablesOf(i, all);
  return volumeOf([...all]);
}

/** Loop variables `over` as indices of loops with extents `loops`, if they are the same loops. */
function splitOver(over: readonly LoopVariable[], loops: Shape): readonly Index[] | null {
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

function translate(indices: readonly Index[], from: readonly LoopVariable[], to: readonly LoopVariable[]): readonly Index[] {
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

function isExpensive(node: Node): boolean {
  return node.op.kind === "elementwise" && node.op.expensive === true;
}

/** Recomputing it costs no more than reading it: no expensive arithmetic and at most one operand that is an array. */
function isCheap(node: Node): boolean {
  if (node.op.kind !== "elementwise" || node.op.expensive === true) return false;
  return node.inputs.filter((input) => !isScalarLike(input)).length <= 1;
}

function isScalarLike(node: Node): boolean {
  let below = node;
  while (below.op.kind === "movement" || below.op.kind === "alias") below = below.inputs[0]!;
  return below.op.kind === "generator" || below.size <= 1;
}

/** Whether a reduction or contraction would be computed together with the node, were it a root: reached without broadcasting. */
function carriesAnchor(node: Node): boolean {
  return reachesAnchor(node, false);
}

/** Whether the node uses the broadcast result of a reduction. */
function broadcastsAnchor(node: Node): boolean {
  return reachesAnchor(node, true);
}

function reachesAnchor(root: Node, broadcast: boolean): boolean {
  const seen = new Set<string>();
  const stack: { node: Node; widened: boolean }[] = [{ node: root, widened: false }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, widened } = top;
    const key = `${node.id}${widened}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const kind = node.op.kind;
    if (kind === "reduction" || kind === "contraction") {
      if (widened === broadcast) return true;
      continue;
    }
    if (kind !== "elementwise" && kind !== "movement" && kind !== "alias") continue;
    for (const input of node.inputs) stack.push({ node: input, widened: widened || input.size < node.size });
  }
  return false;
}
