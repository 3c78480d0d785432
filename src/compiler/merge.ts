/** Merging: kernels over the same space become one where no other kernel has to run between them. */
import { type Index, indexKey, type LoopVariable, linearIndex, variableIndex } from "../graph/index.ts";
import type { Assignment } from "./assignment.ts";
import { isFree, type Kernel, sameExtents, sameIndices, translate, volumeOf } from "./kernel.ts";

export function mergeKernels(plan: Assignment): void {
  new Merger(plan).run();
}

class Merger {
  readonly #plan: Assignment;

  constructor(plan: Assignment) {
    this.#plan = plan;
  }

  /** Kernels over the same space become one where that needs no order between them: one pass over what they share. */
  run(): void {
    for (let i = 0; i < this.#plan.kernels.length; i++) {
      for (let j = 0; j < this.#plan.kernels.length; j++) {
        const [a, b] = [this.#plan.kernels[i]!, this.#plan.kernels[j]!];
        if (i === j || !this.#mergeable(a, b)) continue;
        this.#merge(a, b);
        this.#plan.kernels.splice(j, 1);
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
    if (this.#plan.needs(a, b)) return false;
    if (this.#plan.producers.get(b)!.has(a)) return this.#continues(a, b);
    const small = volumeOf([...a.rows, ...a.loops]) <= 64;
    return a.kind === b.kind && (small || this.#shareInput(a, b)) && !this.#plan.needs(b, a);
  }

  /** Whether all that `b` reads of `a`'s results is what `a` has computed at the same place of their loops. */
  #continues(a: Kernel, b: Kernel): boolean {
    if ([...this.#plan.producers.get(b)!].some((k) => k !== a && this.#plan.needs(k, a))) return false;
    const place = (variables: readonly LoopVariable[], index: readonly Index[]) =>
      indexKey(
        linearIndex(
          index,
          variables.map((v) => v.extent),
        ),
      );
    const row = place(b.rows, b.rows.map(variableIndex));
    for (const node of a.outputs) {
      const isRow =
        node.size === volumeOf(a.rows) && (a.kind === "map" || a.reductions.includes(node) || volumeOf(a.loops) > 1);
      for (const d of (this.#plan.demands.get(node) ?? []).filter((x) => x.kernel === b)) {
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
    for (const [node, demands] of this.#plan.demands) {
      if (node.size * 2 < volume) continue;
      if (demands.some((d) => d.kernel === a) && demands.some((d) => d.kernel === b)) return true;
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
    for (const node of from.outputs) this.#plan.keeper.set(node, into);
    for (const producer of this.#plan.producers.get(from)!) this.#plan.producers.get(into)!.add(producer);
    this.#plan.producers.delete(from);
    for (const producers of this.#plan.producers.values()) if (producers.delete(from)) producers.add(into);
    this.#plan.producers.get(into)!.delete(into);
    for (const demands of this.#plan.demands.values()) {
      for (const [i, d] of demands.entries())
        if (d.kernel === from) demands[i] = { ...d, kernel: into, index: translate(d.index, old, now) };
    }
    for (const node of [...into.outputs]) {
      if (this.#plan.pinned.has(node) || this.#plan.demands.get(node)!.some((d) => d.kernel !== into)) continue;
      into.outputs.splice(into.outputs.indexOf(node), 1); // nobody outside needs it any more
      this.#plan.keeper.delete(node);
    }
  }
}
