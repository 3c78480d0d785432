/** Merging: kernels over the same space become one where no other kernel has to run between them. */
import { type Index, indexKey, type LoopVariable, linearIndex, type Node, variableIndex } from "../graph/index.ts";
import type { Assignment } from "./assignment.ts";
import { deepest, most } from "./cost.ts";
import { isFree, type Kernel, sameExtents, sameIndices, significant, translate, volumeOf } from "./kernel.ts";

export function mergeKernels(plan: Assignment): void {
  new Merger(plan).run();
}

/** How many kernels over the same loops, before and after a kernel in the order of the program, are looked at for one that may be joined to it. */
const reach = 32;

class Merger {
  readonly #plan: Assignment;
  /** What each kernel reads. */
  readonly #reads = new Map<Kernel, Set<Node>>();
  /** Kernels that can be merged, by the extents of their rows, in the order of the program. */
  readonly #byRows = new Map<string, Kernel[]>();

  constructor(plan: Assignment) {
    this.#plan = plan;
    for (const kernel of plan.kernels) {
      this.#reads.set(kernel, new Set());
      if (!isMergeable(kernel)) continue;
      const key = extentsKey(kernel.rows);
      const alike = this.#byRows.get(key);
      if (alike === undefined) this.#byRows.set(key, [kernel]);
      else alike.push(kernel);
    }
    for (const [node, users] of plan.demands) for (const kernel of users.keys()) this.#reads.get(kernel)!.add(node);
  }

  /** Kernels over the same space become one where that needs no order between them: one pass over what they share. */
  run(): void {
    for (const kernel of [...this.#plan.kernels]) {
      while (this.#plan.kernels.has(kernel) && this.#joinOne(kernel)); // what did not fit before may fit now
    }
  }

  /** Merges the first kernel that fits into `a`. */
  #joinOne(a: Kernel): boolean {
    for (const b of this.#candidates(a)) {
      const renaming = this.#fit(a, b);
      if (renaming === null) continue;
      this.#merge(a, b, renaming);
      return true;
    }
    return false;
  }

  /** The kernels near `a` over the same rows, or over all that `a` reduces, in the order of the program. */
  #candidates(a: Kernel): Kernel[] {
    if (!isMergeable(a)) return [];
    const beside = around(this.#byRows.get(extentsKey(a.rows))!, a.id);
    const all = a.kind === "reduce" ? fullVariables(a) : null;
    const inside = all === null ? [] : around(this.#byRows.get(extentsKey(all)) ?? [], a.id);
    return [...new Set([...beside, ...inside])].filter((b) => b !== a).sort((x, y) => x.id - y.id);
  }

  /** How `b` can be computed inside of `a`, beside it or after it on what the same row has left in registers; null if it cannot. */
  #fit(a: Kernel, b: Kernel): Renaming | null {
    if (b.kind !== "map" && b.kind !== a.kind) return null;
    if (a.outputs.some(isFree) || b.outputs.some(isFree)) return null;
    if (a.work + b.work > most || a.depth + b.depth > deepest) return null;
    const { precedence } = this.#plan;
    const follows = precedence.needsDirectly(b, a);
    const small = volumeOf([...a.rows, ...a.loops]) <= 64;
    if (!follows && (a.kind !== b.kind || !(small || this.#shareInput(a, b)))) return null;
    const renaming = sameLoops(a, b);
    if (renaming === null || precedence.needs(a, [b])) return null;
    if (follows) return this.#continues(a, b, renaming) ? renaming : null;
    return precedence.needs(b, [a]) ? null : renaming;
  }

  /** Whether all that `b` reads of `a`'s results is what `a` has computed at the same place of their loops. */
  #continues(a: Kernel, b: Kernel, { from, to }: Renaming): boolean {
    for (const node of a.outputs) {
      const here = placeOf(a, node);
      for (const d of this.#plan.demandsIn(node, b)) {
        if (d.guarded || d.operand) return false;
        if (indexKey(linearIndex(translate(d.index, from, to), node.shape)) !== here) return false;
      }
    }
    const { precedence } = this.#plan;
    return !precedence.directNeeds(b).some((k) => k !== a && precedence.needs(k, [a]));
  }

  #shareInput(a: Kernel, b: Kernel): boolean {
    const volume = volumeOf([...a.rows, ...a.loops]);
    const others = this.#reads.get(b)!;
    for (const node of this.#reads.get(a)!) if (node.size * 2 >= volume && others.has(node)) return true;
    return false;
  }

  #merge(into: Kernel, from: Kernel, renaming: Renaming): void {
    for (const node of from.outputs) into.outputs.push(node);
    for (const node of from.reductions) into.reductions.push(node);
    for (const node of from.members) into.members.add(node);
    for (const node of from.outputs) this.#plan.keeper.set(node, into);
    into.work += from.work;
    into.depth += from.depth;
    this.#plan.precedence.merge(into, from);
    for (const node of this.#reads.get(from)!) {
      const users = this.#plan.demands.get(node)!;
      for (const d of users.get(from)!)
        this.#plan.demand(node, { ...d, kernel: into, index: translate(d.index, renaming.from, renaming.to) });
      users.delete(from);
      this.#reads.get(into)!.add(node);
    }
    this.#reads.delete(from);
    this.#plan.kernels.delete(from);
    const alike = this.#byRows.get(extentsKey(from.rows))!;
    alike.splice(alike.indexOf(from), 1);
    for (const node of [...into.outputs]) {
      const users = this.#plan.demandsOf(node);
      if (this.#plan.pinned.has(node) || users.size > 1 || !users.has(into)) continue;
      into.outputs.splice(into.outputs.indexOf(node), 1); // nobody outside needs it any more
      this.#plan.keeper.delete(node);
    }
  }
}

function isMergeable({ kind, moved }: Kernel): boolean {
  return (kind === "map" || kind === "reduce") && moved === null;
}

function extentsKey(variables: readonly LoopVariable[]): string {
  return wide(variables)
    .map((v) => v.extent)
    .join();
}

/** The kernels next to the place of number `id` in a list ordered by number. */
function around(kernels: readonly Kernel[], id: number): readonly Kernel[] {
  let [low, high] = [0, kernels.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (kernels[middle]!.id < id) low = middle + 1;
    else high = middle;
  }
  return kernels.slice(Math.max(0, low - reach), low + reach + 1);
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
