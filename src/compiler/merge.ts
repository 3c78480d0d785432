/** Merging: kernels over the same space become one where no other kernel has to run between them. */
import { type Index, indexKey, type LoopVariable, linearIndex, type Node, variableIndex } from "../graph/index.ts";
import type { Assignment } from "./assignment.ts";
import { isFree, type Kernel, sameExtents, sameIndices, significant, translate, volumeOf } from "./kernel.ts";

export function mergeKernels(plan: Assignment): void {
  new Merger(plan).run();
}

class Merger {
  readonly #plan: Assignment;
  /** What each kernel reads. */
  readonly #reads = new Map<Kernel, Set<Node>>();

  constructor(plan: Assignment) {
    this.#plan = plan;
    for (const kernel of plan.kernels) this.#reads.set(kernel, new Set());
    for (const [node, demands] of plan.demands) for (const d of demands) this.#reads.get(d.kernel)!.add(node);
  }

  /** Kernels over the same space become one where that needs no order between them: one pass over what they share. */
  run(): void {
    for (let i = 0; i < this.#plan.kernels.length; i++) {
      for (let j = 0; j < this.#plan.kernels.length; j++) {
        const [a, b] = [this.#plan.kernels[i]!, this.#plan.kernels[j]!];
        const renaming = i === j ? null : this.#fit(a, b);
        if (renaming === null) continue;
        this.#merge(a, b, renaming);
        this.#plan.kernels.splice(j, 1);
        if (j < i) i--;
        j = -1; // what did not fit before may fit now
      }
    }
  }

  /** How `b` can be computed inside of `a`, beside it or after it on what the same row has left in registers; null if it cannot. */
  #fit(a: Kernel, b: Kernel): Renaming | null {
    if ((a.kind !== "map" && a.kind !== "reduce") || (b.kind !== "map" && b.kind !== a.kind)) return null;
    if (a.moved !== null || b.moved !== null || a.outputs.some(isFree) || b.outputs.some(isFree)) return null;
    const renaming = sameLoops(a, b);
    if (renaming === null || this.#plan.needs(a, b)) return null;
    if (this.#plan.producers.get(b)!.has(a)) return this.#continues(a, b, renaming) ? renaming : null;
    const small = volumeOf([...a.rows, ...a.loops]) <= 64;
    const beside = a.kind === b.kind && (small || this.#shareInput(a, b)) && !this.#plan.needs(b, a);
    return beside ? renaming : null;
  }

  /** Whether all that `b` reads of `a`'s results is what `a` has computed at the same place of their loops. */
  #continues(a: Kernel, b: Kernel, { from, to }: Renaming): boolean {
    if ([...this.#plan.producers.get(b)!].some((k) => k !== a && this.#plan.needs(k, a))) return false;
    for (const node of a.outputs) {
      const here = placeOf(a, node);
      for (const d of this.#plan.demandsOf(node)) {
        if (d.kernel !== b) continue;
        if (d.guarded || d.operand) return false;
        if (indexKey(linearIndex(translate(d.index, from, to), node.shape)) !== here) return false;
      }
    }
    return true;
  }

  #shareInput(a: Kernel, b: Kernel): boolean {
    const volume = volumeOf([...a.rows, ...a.loops]);
    const others = this.#reads.get(b)!;
    for (const node of this.#reads.get(a)!) if (node.size * 2 >= volume && others.has(node)) return true;
    return false;
  }

  #merge(into: Kernel, from: Kernel, renaming: Renaming): void {
    into.outputs.push(...from.outputs);
    into.reductions.push(...from.reductions);
    for (const node of from.members) into.members.add(node);
    for (const node of from.outputs) this.#plan.keeper.set(node, into);
    for (const producer of this.#plan.producers.get(from)!) this.#plan.producers.get(into)!.add(producer);
    this.#plan.producers.delete(from);
    for (const producers of this.#plan.producers.values()) if (producers.delete(from)) producers.add(into);
    this.#plan.producers.get(into)!.delete(into);
    for (const node of this.#reads.get(from)!) {
      const demands = this.#plan.demands.get(node)!;
      for (const [i, d] of demands.entries())
        if (d.kernel === from)
          demands[i] = { ...d, kernel: into, index: translate(d.index, renaming.from, renaming.to) };
      this.#reads.get(into)!.add(node);
    }
    this.#reads.delete(from);
    for (const node of [...into.outputs]) {
      if (this.#plan.pinned.has(node) || this.#plan.demands.get(node)!.some((d) => d.kernel !== into)) continue;
      into.outputs.splice(into.outputs.indexOf(node), 1); // nobody outside needs it any more
      this.#plan.keeper.delete(node);
    }
  }
}

/** Loop variables of one kernel, and those of another that run in their stead. */
interface Renaming {
  readonly from: readonly LoopVariable[];
  readonly to: readonly LoopVariable[];
}

/** Axes of one element make no loop. */
function wide(variables: readonly LoopVariable[]): LoopVariable[] {
  return variables.filter((v) => v.extent !== 1);
}

/**
 * How the loops of `b` are loops of `a`: rows run with rows and what is reduced with what is reduced, or a map runs over all elements, rows and
 * reduced, that `a` reads.
 */
function sameLoops(a: Kernel, b: Kernel): Renaming | null {
  const [rows, otherRows] = [wide(a.rows), wide(b.rows)];
  if (sameExtents(rows, otherRows)) {
    const [from, to] = [
      [...otherRows, ...wide(b.loops)],
      [...rows, ...wide(a.loops)],
    ];
    if (b.kind === "map") return { from: otherRows, to: rows };
    if (!sameExtents(from, to)) return null;
    return sameIndices(translate(significant(b.full), from, to), significant(a.full)) ? { from, to } : null;
  }
  if (a.kind !== "reduce" || b.kind !== "map") return null;
  const all = fullVariables(a);
  return all !== null && sameExtents(all, otherRows) ? { from: otherRows, to: all } : null;
}

/** The loop variables of a reduction in the order of the axes of what it reads; null where these are not loop variables. */
function fullVariables(kernel: Kernel): LoopVariable[] | null {
  const variables: LoopVariable[] = [];
  for (const { constant, terms } of significant(kernel.full)) {
    const [only] = terms;
    if (constant !== 0 || terms.length !== 1 || only!.coefficient !== 1 || only!.atom.kind !== "variable") return null;
    variables.push(only!.atom.variable);
  }
  return volumeOf(variables) === volumeOf([...kernel.rows, ...kernel.loops]) ? variables : null;
}

/** The place in memory of the element of an output that a kernel computes in its loops. */
function placeOf(kernel: Kernel, node: Node): string {
  const { rows, loops, reductions } = kernel;
  const isFull = !reductions.includes(node) && volumeOf(loops) > 1 && node.size === volumeOf([...rows, ...loops]);
  if (isFull) return indexKey(linearIndex(kernel.full, reductions[0]!.inputs[0]!.shape));
  return indexKey(place(rows));
}

function place(variables: readonly LoopVariable[]): Index {
  return linearIndex(
    variables.map(variableIndex),
    variables.map((v) => v.extent),
  );
}
