/** Lowering of reductions: all passes over a row while it is in cache, several rows or several elements of a row at once. */
import { dtypeInfo } from "../base/index.ts";
import {
  type Index,
  type LoopVariable,
  linearIndex,
  type Node,
  type Reduction,
  type Register,
  unravelIndex,
} from "../graph/index.ts";
import { Accumulator, type Combine, chainLength, cutAt, needsChains } from "./accumulator.ts";
import { axesOver, chooseExtents, chooseVector } from "./axes.ts";
import type { LoopBuilder } from "./builder.ts";
import { type Access, accessesOf, advance, type Scope, shortened, type Vector } from "./evaluate.ts";
import { Frame, fit } from "./frame.ts";
import type { Lanes, Reg } from "./loops.ts";

/** Scopes whose elements are computed side by side in one loop body. */
interface Strand {
  readonly row: readonly Index[];
  readonly vector: Vector | null;
  readonly bound: Map<Node, Reg>;
}

interface ReducePlan {
  readonly first: Node;
  readonly rows: readonly Index[];
  readonly loops: readonly Index[];
  readonly loopShape: readonly number[];
  readonly loopVariables: readonly LoopVariable[];
  readonly levels: ReadonlyMap<Node, number>;
  inRows(node: Node): boolean;
  fullIndex(rows: readonly Index[], loops: readonly Index[]): readonly Index[];
}

export class ReduceLowering extends Frame {
  run(): void {
    const kernel = this.kernel;
    const first = kernel.reductions[0]!;
    const shapes = [first.shape, reductionOf(first).loops(first.inputs[0]!.shape, first.params, first.shape)];
    const levels = this.#levels();
    const inRows = (node: Node): boolean => node.size === first.size && !this.#isFull(node, first);
    const fullIndex = (rows: readonly Index[], loops: readonly Index[]) =>
      sourceOf(first, fit(rows, first.shape, first), loops).index;
    const probe = (rows: readonly Index[], loops: readonly Index[]): Access[] => {
      const bound = (node: Node) => kernel.reductions.includes(node);
      const roots = [...kernel.reductions.map((r) => r.inputs[0]!), ...kernel.outputs.filter((n) => !inRows(n))];
      const full = fullIndex(rows, loops);
      const found: Access[] = [];
      const seen = new Set<string>();
      for (const node of roots) {
        const reduction = kernel.reductions.find((r) => r.inputs[0] === node);
        const at =
          reduction === undefined
            ? fit(full, first.inputs[0]!.shape, node)
            : sourceOf(reduction, fit(rows, first.shape, reduction), fitLoops(loops, shapes[1]!, reduction)).index;
        accessesOf(node, at, this.isLoaded, bound, found, seen);
      }
      return found;
    };
    const [rowExtents, loopExtents] = chooseExtents(shapes, ([r, l]) => {
      const rows = axesOver(shapes[0]!, r!, (n) => this.b.variable(n));
      const loops = axesOver(shapes[1]!, l!, (n) => this.b.variable(n));
      return probe(rows.index, loops.index);
    });
    const rows = axesOver(shapes[0]!, rowExtents!, (n) => this.b.variable(n));
    const loops = axesOver(shapes[1]!, loopExtents!, (n) => this.b.variable(n));
    const fullStores = kernel.outputs
      .filter((n) => !inRows(n))
      .map((n) => linearIndex(fit(fullIndex(rows.index, loops.index), first.inputs[0]!.shape, n), n.shape));
    const along = chooseVector(
      [...rows.variables, ...loops.variables],
      probe(rows.index, loops.index),
      fullStores,
      this.lanes,
    );
    const plan: ReducePlan = {
      first,
      rows: rows.index,
      loops: loops.index,
      loopShape: shapes[1]!,
      loopVariables: loops.variables,
      levels,
      inRows,
      fullIndex,
    };
    if (along !== null && rows.variables.includes(along)) {
      const outer = rows.variables.filter((v) => v !== along);
      const open = (at: number): void => {
        if (at < outer.length) this.b.loop(outer[at]!, 1, () => open(at + 1));
        else
          this.inLanes(along, this.#strandCount(along), (vector, strands) =>
            this.#rows(plan, null, this.#strands(plan, along, vector, strands)),
          );
      };
      open(0);
    } else {
      this.nest(rows.variables, null, () =>
        this.#rows(plan, along, [{ row: plan.rows, vector: null, bound: new Map() }]),
      );
    }
  }

  /** How many vectors of rows go side by side: four fill a cache line; fewer where much is computed with each, for the size of the code. */
  #strandCount(along: LoopVariable): number {
    if (along.extent < 4 * this.lanes) return 1;
    return this.kernel.members.size > 16 ? 2 : 4;
  }

  #strands(plan: ReducePlan, along: LoopVariable, vector: Vector | null, count: number): Strand[] {
    return Array.from({ length: count }, (_, i) => ({
      row: advance(plan.rows, along, i * this.lanes),
      vector,
      bound: new Map<Node, Reg>(),
    }));
  }

  /** How many passes over the row each value waits for: reductions of one level share a pass. */
  #levels(): Map<Node, number> {
    const levels = new Map<Node, number>();
    const level = (node: Node): number => {
      const known = levels.get(node);
      if (known !== undefined) return known;
      let found = 0;
      if (!this.isLoaded(node)) for (const input of node.inputs) found = Math.max(found, level(input));
      if (this.kernel.reductions.includes(node)) found++;
      levels.set(node, found);
      return found;
    };
    for (const node of [...this.kernel.reductions, ...this.kernel.outputs]) level(node);
    return levels;
  }

  /** Whether an output has an element for every element that is reduced, not for every row. */
  #isFull(node: Node, first: Node): boolean {
    if (this.kernel.reductions.includes(node)) return false;
    return node.size === first.inputs[0]!.size && first.size !== first.inputs[0]!.size;
  }

  /** Everything about one row, or several neighbouring rows: the passes over it, then its results. */
  #rows(plan: ReducePlan, along: LoopVariable | null, strands: readonly Strand[]): void {
    const { outputs, reductions } = this.kernel;
    const last = Math.max(...reductions.map((r) => plan.levels.get(r)!));
    const full = outputs.filter((n) => !plan.inRows(n));
    for (let pass = 1; pass <= last; pass++) {
      const now = reductions.filter((r) => plan.levels.get(r) === pass);
      const alongside = full.filter((n) => plan.levels.get(n)! === pass - 1);
      this.#pass(plan, along, strands, now, alongside);
    }
    const after = full.filter((n) => plan.levels.get(n)! >= last);
    if (after.length > 0) this.#pass(plan, along, strands, [], after);
    for (const strand of strands) {
      const scope: Scope = { vector: strand.vector, bound: strand.bound, memo: new Map() };
      const nodes = outputs.filter(plan.inRows);
      const at = nodes.map((node) => fit(strand.row, plan.first.shape, node));
      const values = nodes.map((node, i) => this.evaluator.value(node, at[i]!, scope));
      for (const [i, node] of nodes.entries())
        this.evaluator.store(node, this.buffer(node), at[i]!, values[i]!, strand.vector);
    }
  }

  /** One run over the reduced axes: accumulates `reductions` and writes `outputs`. */
  #pass(
    plan: ReducePlan,
    along: LoopVariable | null,
    strands: readonly Strand[],
    reductions: readonly Node[],
    outputs: readonly Node[],
  ): void {
    const b = this.b;
    const wide = along === null ? 1 : this.#unrolled(along, reductions.length);
    const vector: Vector | null = along === null ? null : { variable: along, lanes: this.lanes };
    const run = this.#run(plan, along, wide, reductions);
    // an accumulator a strand and reduction, and one of one lane for the remainder
    const make = (strand: Strand, lanes: Lanes) =>
      reductions.map(
        (r) => new Accumulator(b, combineOf(r), identity(b, r), strand.vector?.lanes ?? lanes, run.inChains),
      );
    const sums = strands.map((strand) => make(strand, vector?.lanes ?? 1));
    const rest = along !== null && along.extent % this.lanes !== 0 ? strands.map((strand) => make(strand, 1)) : null;
    const termsOf = (strand: Strand, lanes: Vector | null, unrolled: number): Reg[] => {
      const scope: Scope = { vector: lanes ?? strand.vector, bound: strand.bound, memo: new Map() };
      const loops = lanes === null ? plan.loops : advance(plan.loops, lanes.variable, unrolled * lanes.lanes);
      const terms = reductions.map((r) => {
        const source = sourceOf(r, fit(strand.row, plan.first.shape, r), fitLoops(loops, plan.loopShape, r));
        return this.#term(r, source, scope);
      });
      const index = outputs.length === 0 ? [] : plan.fullIndex(strand.row, loops);
      const places = outputs.map((node) => fit(index, plan.first.inputs[0]!.shape, node));
      const values = outputs.map((node, i) => this.evaluator.value(node, places[i]!, scope));
      for (const [i, node] of outputs.entries())
        this.evaluator.store(node, this.buffer(node), places[i]!, values[i]!, scope.vector);
      return terms;
    };
    const body = (lanes: Vector | null, unrolled: number): void => {
      for (const [i, strand] of strands.entries()) {
        const terms = Array.from({ length: unrolled }, (_, u) => termsOf(strand, lanes, u));
        const into = along !== null && lanes === null ? rest![i]! : sums[i]!;
        for (const [j, sum] of into.entries()) sum.join(terms.map((t) => t[j]!));
      }
    };
    run.emit(body, () => {
      for (const sum of [...sums, ...(rest ?? [])].flat()) sum.endChain();
    });
    for (const [i, strand] of strands.entries()) {
      for (const [j, r] of reductions.entries()) {
        const sum = sums[i]![j]!;
        const total = vector === null ? sum.inLanes() : sum.across(rest === null ? null : rest[i]![j]!);
        strand.bound.set(r, shortened(b, r.dtype, total));
      }
    }
  }

  /** How many vectors are joined before they join an accumulator: more make longer chains worth it, fewer less code. */
  #unrolled({ extent }: LoopVariable, reductions: number): number {
    const vectors = extent / this.lanes;
    if (vectors < 8) return 1;
    if (reductions > 2) return 2;
    return vectors < 64 || this.kernel.members.size > 16 ? 4 : 8;
  }

  /** The loops of a pass, and where in them chains end. */
  #run(plan: ReducePlan, along: LoopVariable | null, wide: number, reductions: readonly Node[]) {
    const outer = plan.loopVariables.filter((v) => v !== along);
    const inner = along === null ? [] : [innerTrips(along.extent, this.lanes, wide)];
    const trips = [...outer.map((v) => v.extent), ...inner];
    const n = plan.loopVariables.reduce((product, v) => product * v.extent, 1);
    const levels = Math.log2(wide);
    const total = trips.reduce((product, count) => product * count, 1);
    // one after another, then the lanes, then what did not fill them
    const depth =
      total + levels + (along === null ? 0 : Math.log2(this.lanes) + (along.extent % this.lanes === 0 ? 0 : 1));
    const long = reductions.some((r) => needsChains(dtypeInfo[r.dtype].register, combineOf(r)));
    const inChains = long && depth > chainLength(n, 0) + 1;
    const cut = inChains ? cutAt(trips, chainLength(n, levels)) : null;
    const emit = (body: (lanes: Vector | null, unrolled: number) => void, endChains: () => void): void => {
      const open = (at: number): void => {
        const chunk = cut?.loop === at ? { trips: cut.trips, end: endChains } : null;
        if (at < outer.length) {
          this.counted(outer[at]!, outer[at]!.extent, 1, chunk, () => open(at + 1));
        } else if (along === null) body(null, 1);
        else this.inLanes(along, wide, body, chunk);
      };
      open(0);
      const left =
        cut === null || (cut.loop === outer.length && along !== null && along.extent % (wide * this.lanes) !== 0);
      if (inChains && left) endChains();
    };
    return { inChains, emit };
  }

  /** What joins into a reduction: its operand in the result's type, the identity where the operand is padding. */
  #term(reduction: Node, source: ReturnType<typeof sourceOf>, scope: Scope): Reg {
    const b = this.b;
    const bounds = source.within ?? [];
    const input = reduction.inputs[0]!;
    if (bounds.length === 0)
      return b.convert(dtypeInfo[reduction.dtype].register, this.evaluator.value(input, source.index, scope));
    const mask = this.evaluator.mask(bounds, scope.vector);
    const value = b.convert(
      dtypeInfo[reduction.dtype].register,
      this.evaluator.value(input, source.index, scope, mask),
    );
    return b.select(mask, value, identity(b, reduction));
  }
}

function reductionOf(node: Node): Reduction {
  if (node.op.kind !== "reduction") throw new Error(`compiler: ${node.op.name} is no reduction`);
  return node.op;
}

function sourceOf(reduction: Node, out: readonly Index[], loop: readonly Index[]) {
  return reductionOf(reduction).source(out, loop, reduction.params, reduction.inputs[0]!.shape, reduction.shape);
}

function fitLoops(index: readonly Index[], shape: readonly number[], reduction: Node): readonly Index[] {
  const own = reductionOf(reduction).loops(reduction.inputs[0]!.shape, reduction.params, reduction.shape);
  return unravelIndex(linearIndex(index, shape), own);
}

function combineOf(reduction: Node): Combine {
  return reductionOf(reduction).combine;
}

/** How often something joins an accumulator while a loop runs in lanes: vectors in groups, those left over, or elements one by one. */
function innerTrips(extent: number, lanes: number, wide: number): number {
  const vectors = Math.floor(extent / lanes);
  return Math.max(Math.floor(vectors / wide) + (vectors % wide), extent % lanes);
}

/** What changes nothing when it is combined. */
function identity(b: LoopBuilder, reduction: Node): Reg {
  const how = combineOf(reduction);
  const type = dtypeInfo[reduction.dtype].register;
  return b.constant(type, how === "add" ? 0 : ends[type][how === "max" ? 0 : 1]);
}

/** The least and the greatest value of every register. */
const ends: Readonly<Record<Register, readonly [number | bigint, number | bigint]>> = {
  mask: [0, 1],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 32 - 1],
  i64: [-(2n ** 63n), 2n ** 63n - 1n],
  u64: [0n, 2n ** 64n - 1n],
  f32: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  f64: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
};
