/**
 * Accumulators: what a reduction gathers in registers.
 *
 * Adding n positive numbers one after another in float32 costs up to (n − 1)·2⁻²⁴ of the sum. Long sums are therefore cut into chains: a
 * register adds up as many terms as the bound of (4 + log₂ n)·2⁻²⁴ has room for, then hands its sum to a total in float64 and begins anew.
 * Where chains end depends on shapes alone, so the same numbers are always added in the same order.
 */
import type { Register } from "../graph/index.ts";
import type { LoopBuilder } from "./builder.ts";
import type { Lanes, Reg } from "./loops.ts";

export type Combine = "add" | "max" | "min";

/**
 * How many terms one after another may join a chain of a sum of n terms in all, where each is a sum of 2^levels itself: k − 1 additions of
 * them, those of the levels, and the rounding of the total are k + levels in all; one more is left for the rounding of the terms themselves.
 */
export function chainLength(n: number, levels: number): number {
  return Math.max(1, 3 + Math.floor(Math.log2(n)) - levels);
}

/** Whether sums in a register lose digits as they grow long: float64 has enough of them, and integers do not round. */
export function needsChains(type: Register, how: Combine): boolean {
  return type === "f32" && how === "add";
}

export class Accumulator {
  readonly #b: LoopBuilder;
  readonly #how: Combine;
  readonly #identity: Reg;
  readonly #chain: Reg;
  /** What chains have handed over, in as many lanes together; null where the chain is all. */
  readonly #totals: readonly Reg[] | null;

  constructor(b: LoopBuilder, how: Combine, identity: Reg, lanes: Lanes, inChains: boolean) {
    [this.#b, this.#how] = [b, how];
    this.#identity = b.splat(identity, lanes);
    this.#chain = b.mutable(this.#identity);
    if (!inChains || !needsChains(identity.type, how)) this.#totals = null;
    else this.#totals = parts(lanes).map(() => b.mutable(b.splat(b.constant("f64", 0), lanes === 4 ? 2 : 1)));
  }

  /** Joins terms of one place: first with each other, in a tree. */
  join(terms: readonly Reg[]): void {
    const b = this.#b;
    b.set(this.#chain, this.#both(b.current(this.#chain), this.#tree(terms)));
  }

  /** Ends a chain. */
  endChain(): void {
    if (this.#totals === null) return;
    const b = this.#b;
    const chain = b.current(this.#chain);
    for (const [i, total] of this.#totals.entries()) {
      const part = chain.lanes === 4 ? b.widen(chain, i === 1) : b.convert("f64", chain);
      b.set(total, b.add(b.current(total), part));
    }
    b.set(this.#chain, this.#identity);
  }

  /** The result of each lane; chains have ended. */
  inLanes(): Reg {
    const b = this.#b;
    if (this.#totals === null) return b.current(this.#chain);
    const lanes = this.#totals.flatMap((total) => lanesOf(b, b.current(total)).map((x) => b.convert("f32", x)));
    return lanes.length === 1 ? lanes[0]! : b.join(lanes);
  }

  /** One result of all lanes, with that of an accumulator of what did not fill the lanes. */
  across(rest: Accumulator | null): Reg {
    const b = this.#b;
    if (this.#totals === null) {
      const total = this.#tree(lanesOf(b, b.current(this.#chain)));
      return rest === null ? total : this.#both(total, b.current(rest.#chain));
    }
    const totals = [...this.#totals, ...(rest === null ? [] : rest.#totals!)]; // made alike
    return b.convert("f32", this.#tree(totals.flatMap((total) => lanesOf(b, b.current(total)))));
  }

  #tree(terms: readonly Reg[]): Reg {
    let left = terms;
    while (left.length > 1) {
      const half = Math.ceil(left.length / 2);
      left = left.slice(0, half).map((term, i) => (half + i < left.length ? this.#both(term, left[half + i]!) : term));
    }
    return left[0]!;
  }

  #both(x: Reg, y: Reg): Reg {
    const b = this.#b;
    if (x.type === "mask") return this.#how === "max" ? b.or(x, y) : b.and(x, y);
    return this.#how === "add" ? b.add(x, y) : this.#how === "max" ? b.max(x, y) : b.min(x, y);
  }
}

/** Four lanes of float32 need two registers of float64. */
function parts(lanes: Lanes): readonly number[] {
  return lanes === 4 ? [0, 1] : [0];
}

function lanesOf(b: LoopBuilder, x: Reg): Reg[] {
  return Array.from({ length: x.lanes }, (_, lane) => b.extract(x, lane));
}

/**
 * x + y rounded, and what rounding took off: exactly, whichever is greater (Møller 1965, Knuth 1969); nothing if the sum is infinite. Added to the
 * next term, it makes the error of a sum independent of how many terms it has (Kahan 1965).
 */
export function exactSum(b: LoopBuilder, x: Reg, y: Reg): { sum: Reg; lost: Reg } {
  const sum = b.add(x, y);
  const partOfY = b.sub(sum, x);
  const lost = b.add(b.sub(x, b.sub(sum, partOfY)), b.sub(y, partOfY));
  return { sum, lost: b.select(b.eq(lost, lost), lost, b.constant(lost.type, 0)) };
}

/** The loop that is cut so that a chain has no more than `length` trips through it and the loops inside, and into how many trips; null if none has to be. */
export function cutAt(trips: readonly number[], length: number): { loop: number; trips: number } | null {
  let inside = 1;
  for (let loop = trips.length - 1; loop >= 0; loop--) {
    if (inside * trips[loop]! > length) return { loop, trips: Math.max(1, Math.floor(length / inside)) };
    inside *= trips[loop]!;
  }
  return null;
}
