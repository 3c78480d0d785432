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
  type LoopVariable,
  type Node,
  topological,
  variableIndex,
  variablesOf,
} from "../graph/index.ts";
import { Assignment } from "./assignment.ts";
import { Anchors, deepest, isCheap, isExpensive, longestMovement, most, workOf } from "./cost.ts";
import {
  contractionAxes,
  type Demand,
  isAllOf,
  isFree,
  isLeaf,
  type Kernel,
  type KernelKind,
  movedFrom,
  numberParam,
  type Schedule,
  sameIndices,
  sameValues,
  significant,
  splitOver,
  volume,
  volumeOf,
} from "./kernel.ts";
import { mergeKernels } from "./merge.ts";

class Scheduler {
  readonly plan: Assignment;
  readonly #anchors: Anchors;
  /** The kernels that run loops. */
  readonly #loops = new Map<Node, Kernel>();
  /** Movements that are made for whoever reads them, since too many follow one another. */
  readonly #cuts = new Set<Node>();
  #variables = 0;

  constructor(required: ReadonlySet<Node>, order: readonly Node[]) {
    this.plan = new Assignment(required);
    this.#anchors = new Anchors(order);
    const moves = new Map<Node, number>();
    for (const node of order) {
      if (node.op.kind === "movement" || node.op.kind === "alias") {
        const count = (moves.get(node.inputs[0]!) ?? 0) + 1;
        moves.set(node, count);
        if (count % longestMovement === 0) this.#cuts.add(node);
      }
      if (node.op.kind === "contraction") for (const operand of node.inputs) this.#forcePads(operand);
      if (node.op.kind === "host" || node.op.kind === "scan")
        for (const operand of node.inputs) this.plan.pinned.add(sameValues(operand)); // read as a whole
    }
    for (const node of this.#cuts) {
      if (this.plan.pinned.has(node)) this.#cuts.delete(node);
      else this.plan.pinned.add(node);
    }
  }

  /** Padding is not worth deciding for every element that a contraction packs: padded operands are made once. */
  #forcePads(operand: Node): void {
    for (let node = operand; node.op.kind === "movement" || node.op.kind === "alias"; node = node.inputs[0]!) {
      if (node.op.name === "pad") {
        this.plan.pinned.add(node);
        return;
      }
    }
  }

  variables(shape: Shape): LoopVariable[] {
    return shape.map((extent) => ({ id: this.#variables++, extent }));
  }

  visit(node: Node): void {
    if (isLeaf(node) || node.op.kind === "scan") return;
    const demands = this.plan.demandsOf(node);
    const required = this.plan.pinned.has(node) && !(this.#cuts.has(node) && demands.size === 0);
    if (isFree(node)) {
      if (required) this.#root(node);
      return;
    }
    if (demands.size === 0 && !required) return;
    if (node.op.kind === "result") {
      this.#keepResult(node);
      return;
    }
    const users = [...demands.keys()];
    const joined = users.length === 0 ? null : this.#join(node, users, required);
    if (joined === null) this.#root(node);
  }

  /** Tries to compute the node inside of its users; null if it must have a kernel of its own. */
  #join(node: Node, users: readonly Kernel[], required: boolean): true | null {
    switch (node.op.kind) {
      case "gather":
      case "elementwise": {
        if (!required && (users.length === 1 || isCheap(node)) && users.every((k) => this.#mayInline(node, k))) {
          for (const kernel of users) this.#inline(node, kernel);
          return true;
        }
        // what comes straight from a contraction or reduction stays where that can be computed along with it
        const anchored = this.#anchors.carried(node) && !required && !this.#anchors.broadcast(node);
        return this.#asExtraOutput(node, anchored ? users.filter((k) => k.kind === "map") : users, users);
      }
      case "reduction":
        for (const kernel of this.#candidates(users, users)) {
          if (this.#acyclic(kernel, users) && this.#joinReduction(node, kernel, users.length > 1 || required))
            return true;
        }
        return null;
      case "contraction": {
        const kernel = users[0]!;
        if (users.length > 1 || required || kernel.kind !== "map") return null;
        const demands = this.plan.demandsIn(node, kernel);
        if (!demands.every((d) => !d.guarded && isAllOf(node, d.index, kernel.rows))) return null;
        if (sizeOf(node.shape) === 0 || !growsByElements(kernel)) return null;
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
  #mayInline(node: Node, kernel: Kernel): boolean {
    const own = this.plan.demandsIn(node, kernel);
    const distinct = new Set(own.map((d) => d.index.map(indexKey).join()));
    if (!hasRoom(kernel, distinct.size * workOf(node), deepestOf(own))) return false;
    if (kernel.kind === "host" || kernel.kind === "scan" || own.some((d) => d.operand && kernel.kind === "scatter"))
      return own.every((d) => !d.operand);
    const expensive = isExpensive(node);
    if (own.some((d) => d.operand)) {
      // packed once for every block: cheap arithmetic is free there, but windows read every element several times
      const repeated = own.some((d) => volume(d.index) > node.size);
      return !expensive && !repeated && !this.#anchors.carried(node);
    }
    if (distinct.size > 1 && expensive) return false;
    if (expensive && own.some((d) => volume(d.index) > node.size)) return false;
    const inLoops = kernel.kind === "reduce" && own.some((d) => !this.#isRowIndex(d.index, kernel));
    const identity = own.every((d) => !d.guarded && sameIndices(d.index, this.#spaceIndex(kernel, d.index.length)));
    if (identity && !inLoops) return true;
    // with a reduction over what the kernel runs over anyway it may stay; any other must be finished before
    const reducesHere = this.#anchors.extent(node) === volumeOf([...kernel.rows, ...kernel.loops]);
    return !this.#anchors.carried(node) || this.#anchors.broadcast(node) || reducesHere;
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
    const own = this.plan.demandsIn(node, kernel);
    const depth = deepestOf(own) + 1;
    for (const d of own) {
      const key = d.index.map(indexKey).join();
      if (seen.has(key)) continue;
      seen.add(key);
      this.#demandInputs(node, { ...d, depth });
    }
    kernel.work += seen.size * workOf(node);
    kernel.depth = Math.max(kernel.depth, depth);
  }

  /**
   * Which of the kernels that read a node are asked to keep it. Where there are very many, only the one that runs first is: it needs none of the
   * others for certain.
   */
  #candidates(among: readonly Kernel[], users: readonly Kernel[]): readonly Kernel[] {
    if (users.length <= 16) return among;
    const at = (kernel: Kernel) => this.plan.precedence.place(kernel);
    return [users.reduce((first, kernel) => (at(kernel) < at(first) ? kernel : first))].filter((k) =>
      among.includes(k),
    );
  }

  /** Keeps the node as a further result of a kernel that computes it anyway, at the kernel's own index. */
  #asExtraOutput(node: Node, among: readonly Kernel[], users: readonly Kernel[]): true | null {
    for (const kernel of this.#candidates(among, users)) {
      if (notByElements.has(kernel.kind)) continue;
      if (!growsByElements(kernel)) continue;
      const own = this.plan.demandsIn(node, kernel);
      if (
        !hasRoom(kernel, workOf(node), deepestOf(own)) ||
        !own.every((d) => !d.guarded && !d.operand && this.#isOwnIndex(d.index, kernel, node)) ||
        !this.#acyclic(kernel, users)
      )
        continue;
      kernel.outputs.push(node);
      this.plan.keep(node, kernel);
      this.#inline(node, kernel);
      return true;
    }
    return null;
  }

  #isOwnIndex(index: readonly Index[], kernel: Kernel, node: Node): boolean {
    if (isAllOf(node, index, kernel.rows)) return true;
    return (
      kernel.kind === "reduce" &&
      sameIndices(index, kernel.full) &&
      node.size === volumeOf([...kernel.rows, ...kernel.loops])
    );
  }

  #joinReduction(node: Node, kernel: Kernel, keep: boolean): boolean {
    const own = this.plan.demandsIn(node, kernel);
    const depth = deepestOf(own) + 1;
    if (own.some((d) => d.guarded || d.operand) || node.op.kind !== "reduction") return false;
    if (!hasRoom(kernel, workOf(node), depth)) return false;
    if (kernel.moved?.op.kind === "concatenation") return false;
    const input = node.inputs[0]!.shape;
    const loops = node.op.loops(input, node.params, node.shape);
    const index = own[0]!.index;
    if (!own.every((d) => sameIndices(d.index, index)) || sizeOf(input) === 0 || kernel.outputs.some(isFree))
      return false;
    const sourceAt = (out: readonly Index[], over: readonly LoopVariable[]) =>
      node.op.kind === "reduction"
        ? node.op.source(out, over.map(variableIndex), node.params, input, node.shape)
        : null;
    if (kernel.kind === "map" && isAllOf(node, index, kernel.rows)) {
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
      if (node.size !== volumeOf(rows)) return false;
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
      this.plan.keep(node, kernel);
    }
    kernel.work += workOf(node);
    kernel.depth = Math.max(kernel.depth, depth);
    this.#push(node.inputs[0]!, { kernel, index: kernel.full, guarded: false, operand: false, depth });
    return true;
  }

  /** True if no other user of the node has results on which `kernel` depends: then `kernel` may produce it for them. */
  #acyclic(kernel: Kernel, users: readonly Kernel[]): boolean {
    return !this.plan.needs(kernel, users);
  }

  /** A result of a loop: all of them are kept by one kernel, which runs the loop. */
  #keepResult(node: Node): void {
    const scan = node.inputs[0]!;
    let kernel = this.#loops.get(scan);
    if (kernel === undefined) {
      kernel = this.#kernel("scan", null, []);
      kernel.anchor = scan;
      kernel.members.add(scan);
      this.#loops.set(scan, kernel);
      for (const input of scan.inputs) this.#pushWhole(input, kernel);
    }
    kernel.outputs.push(node);
    kernel.members.add(node);
    this.plan.keep(node, kernel);
  }

  #kernel(kind: KernelKind, moved: Node | null, rows: LoopVariable[]): Kernel {
    const kernel: Kernel = {
      id: this.plan.kernels.size,
      kind,
      moved,
      rows,
      loops: [],
      full: [],
      outputs: [],
      members: new Set(),
      reductions: [],
      anchor: null,
      work: 0,
      depth: 0,
    };
    this.plan.open(kernel);
    return kernel;
  }

  /** Notes that a kernel reads all elements of a node, in an order of its own. */
  #pushWhole(node: Node, kernel: Kernel): void {
    const index = this.variables(node.shape).map(variableIndex);
    this.#push(node, { kernel, index, guarded: false, operand: true, depth: 1 });
  }

  /** Opens a kernel that computes the node and keeps it. */
  #root(node: Node): void {
    const from = movedFrom(node);
    const own = node.op.kind === "check" ? node.inputs[0]! : node;
    const rows = this.variables(from === null ? own.shape : from[0]!.shape);
    const kernel = this.#kernel("map", from === null ? null : node, rows);
    kernel.outputs.push(node);
    kernel.members.add(node);
    this.plan.keep(node, kernel);
    const index = kernel.rows.map(variableIndex);
    if (from !== null) {
      for (const input of from) this.#push(input, { kernel, index, guarded: false, operand: false, depth: 1 });
      return;
    }
    kernel.work = workOf(node);
    switch (node.op.kind) {
      case "reduction": {
        const input = node.inputs[0]!;
        kernel.kind = "reduce";
        kernel.loops = this.variables(node.op.loops(input.shape, node.params, node.shape));
        const source = node.op.source(index, kernel.loops.map(variableIndex), node.params, input.shape, node.shape);
        kernel.full = source.index;
        kernel.reductions.push(node);
        const guarded = (source.within?.length ?? 0) > 0;
        this.#push(input, { kernel, index: source.index, guarded, operand: false, depth: 1 });
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
        for (const input of node.inputs) this.#pushWhole(input, kernel);
        return;
      case "check":
        kernel.kind = "check";
        kernel.anchor = node;
        this.#demandInputs(node, { kernel, index, guarded: false, operand: false, depth: 1 });
        return;
      case "cumulative":
        kernel.kind = "cumulative";
        kernel.anchor = node;
        this.#push(node.inputs[0]!, { kernel, index, guarded: false, operand: false, depth: 1 });
        return;
      default:
        this.#demandInputs(node, { kernel, index, guarded: false, operand: false, depth: 1 });
    }
  }

  #demandOperands(node: Node, kernel: Kernel): void {
    const { batch, rows } = contractionAxes(node);
    const at = kernel.rows.map(variableIndex);
    const contracted = this.variables(node.inputs[0]!.shape.slice(batch + rows)).map(variableIndex);
    const a = [...at.slice(0, batch + rows), ...contracted];
    const b = [...at.slice(0, batch), ...contracted, ...at.slice(batch + rows)];
    this.#push(node.inputs[0]!, { kernel, index: a, guarded: false, operand: true, depth: 1 });
    this.#push(node.inputs[1]!, { kernel, index: b, guarded: false, operand: true, depth: 1 });
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
    if (isFree(node) && !this.plan.pinned.has(node)) {
      this.#demandInputs(node, demand);
      return;
    }
    this.plan.demand(node, demand);
  }
}

/** Kernels that do not compute their results element by element, so that no other result can be computed beside. */
const notByElements: ReadonlySet<KernelKind> = new Set(["host", "scatter", "cumulative", "scan", "check"]);

/** Decides the kernels for everything that `required` needs. */
export function schedule(required: ReadonlySet<Node>): Schedule {
  const order = topological([...required]);
  const scheduler = new Scheduler(required, order);
  for (const node of [...order].reverse()) scheduler.visit(node);
  const { plan } = scheduler;
  mergeKernels(plan);
  return { kernels: plan.ordered(), reads: plan.demands, steps: plan.precedence.steps };
}

/** Whether a kernel stays of a size that an engine compiles well with so much more work, so far inside. */
function hasRoom(kernel: Kernel, work: number, depth: number): boolean {
  return kernel.work + work <= most && depth < deepest;
}

function deepestOf(demands: readonly Demand[]): number {
  return demands.reduce((depth, d) => Math.max(depth, d.depth), 0);
}

/** Whether more may be computed in the kernel's loops: not if they only move values. */
function growsByElements(kernel: Kernel): boolean {
  return kernel.outputs.every((node) => !isFree(node) || node === kernel.moved);
}
