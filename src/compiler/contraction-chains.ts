/**
 * Long sums in a register tile. Each product rounds the sum that it joins: of equal terms, whose errors have one sign, a chain of k costs up to k/4 of
 * 2⁻²⁴. So chains end when they have cost most of (4 + log₂ n)·2⁻²⁴, and their sums are added up in memory, which stays in the first cache: some
 * chains make a group, and where there are many groups, what their addition loses is added to the next.
 */
import { exactSum } from "./accumulator.ts";
import type { LoopBuilder } from "./builder.ts";
import type { Reg } from "./loops.ts";

/** How many sums are added up plainly. */
export const fewSums = 8;

/**
 * The most products that join one after another in a contraction over `depth`; ends with the type where float64 has digits enough. Up to some
 * hundred depths chains are long: shorter ones would cost a twentieth of the speed there, and errors of either sign keep within the bound all the same.
 */
export function chainOf({ type, depth }: { readonly type: "f32" | "f64"; readonly depth: number }): number {
  if (type === "f64") return Number.POSITIVE_INFINITY;
  return depth <= 512 ? 128 : 3 * (4 + Math.floor(Math.log2(depth)));
}

/** A run over some depths: of at most `most` trips. */
export interface Run {
  readonly from: number | Reg;
  readonly to: number | Reg;
  readonly most: number;
}

/** Into how many groups chains of at most `length` trips fall. */
function groupsOf(most: number, length: number): number {
  return Math.ceil(Math.ceil(most / length) / fewSums);
}

/** The same where one of several loops is cut. */
export function groupsOfLoops(
  trips: readonly number[],
  cut: { readonly loop: number; readonly trips: number },
): number {
  return trips.slice(0, cut.loop).reduce((product, n) => product * n, groupsOf(trips[cut.loop]!, cut.trips));
}

/** Emits `body` for a run, in as many chains as it needs. */
export function inChains(
  b: LoopBuilder,
  job: Memory & { readonly depth: number },
  sums: readonly Reg[],
  run: Run,
  body: (from: number | Reg, to: number | Reg) => void,
): void {
  const length = chainOf(job);
  if (run.most <= length) {
    body(run.from, run.to);
    return;
  }
  const chains = new Chains(b, job, sums, groupsOf(run.most, length));
  chains.run(run, length, body);
  chains.end();
}

interface Memory {
  readonly type: "f32" | "f64";
  scratch(bytes: number): number;
}

/** The sums of a tile, in registers that may change, while chains end. */
export class Chains {
  readonly #b: LoopBuilder;
  readonly #type: "f32" | "f64";
  readonly #sums: readonly Reg[];
  readonly #zero: Reg;
  readonly #vectorBytes: number;
  /** The sums of chains; of groups, where there is more than one; and what these lost, where there are many. */
  readonly #chains: Reg;
  readonly #groups: Reg | null;
  readonly #lost: Reg | null;

  constructor(b: LoopBuilder, memory: Memory, sums: readonly Reg[], groups: number) {
    const { type } = memory;
    [this.#b, this.#type, this.#sums] = [b, type, sums];
    const { lanes } = sums[0]!;
    this.#vectorBytes = lanes * (type === "f32" ? 4 : 8);
    this.#zero = b.splat(b.constant(type, 0), lanes);
    const zeros = (): Reg => {
      const address = b.buffer(memory.scratch(sums.length * this.#vectorBytes));
      this.#each((_, offset) => b.store(type, address, offset, this.#zero));
      return address;
    };
    this.#chains = zeros();
    this.#groups = groups > 1 ? zeros() : null;
    this.#lost = groups > fewSums ? zeros() : null;
  }

  /** Emits `body` for a run, in chains of at most `length` trips. */
  run({ from, to, most }: Run, length: number, body: (from: Reg, to: Reg) => void): void {
    const b = this.#b;
    const size = Math.ceil(most / Math.ceil(most / length)); // as equal as can be
    const inParts = (start: number | Reg, stop: number | Reg, step: number, part: (from: Reg, to: Reg) => void) => {
      const end = typeof stop === "number" ? b.constant("i32", stop) : stop;
      b.walk(start, stop, step, (at) => part(at, b.min(b.add(at, b.constant("i32", step)), end)));
    };
    const chain = (start: Reg, stop: Reg): void => {
      for (const sum of this.#sums) b.set(sum, this.#zero);
      body(start, stop);
      this.#each((sum, offset) => this.#add(this.#chains, offset, b.current(sum)));
    };
    if (this.#groups === null) {
      inParts(from, to, size, chain);
      return;
    }
    inParts(from, to, size * fewSums, (start, stop) => {
      inParts(start, stop, size, chain);
      this.#endGroup();
    });
  }

  #endGroup(): void {
    const b = this.#b;
    this.#each((_, offset) => {
      const group = this.#load(this.#chains, offset);
      if (this.#lost === null) this.#add(this.#groups!, offset, group);
      else addExactly(b, this.#type, { sum: this.#groups!, lost: this.#lost }, offset, group);
      b.store(this.#type, this.#chains, offset, this.#zero);
    });
  }

  /** Puts the sums of all chains in the registers. */
  end(): void {
    this.#each((sum, offset) => this.#b.set(sum, this.#load(this.#groups ?? this.#chains, offset)));
  }

  #each(visit: (sum: Reg, offset: number) => void): void {
    for (const [i, sum] of this.#sums.entries()) visit(sum, i * this.#vectorBytes);
  }

  #load(address: Reg, offset: number): Reg {
    return this.#b.loadHere(this.#type, address, offset, this.#zero.lanes);
  }

  #add(address: Reg, offset: number, term: Reg): void {
    this.#b.store(this.#type, address, offset, this.#b.add(this.#load(address, offset), term));
  }
}

/** Adds a term to a sum in memory, along with what earlier terms lost there. */
export function addExactly(
  b: LoopBuilder,
  type: "f32" | "f64",
  at: { readonly sum: Reg; readonly lost: Reg },
  offset: number,
  term: Reg,
): void {
  const load = (address: Reg) => b.loadHere(type, address, offset, term.lanes);
  const { sum, lost } = exactSum(b, load(at.sum), b.add(term, load(at.lost)));
  b.store(type, at.sum, offset, sum);
  b.store(type, at.lost, offset, lost);
}
