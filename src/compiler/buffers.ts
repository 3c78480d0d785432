/** The buffers of a program on their way to places in memory. */

import type { Move, Placement } from "./loops.ts";
import { type Lifetime, planMemory } from "./memory.ts";

interface Buffer {
  readonly bytes: number;
  /** Between which moments of the program its content matters, both included. */
  from: number;
  to: number;
  /** Of a buffer that is not in scratch memory: the entry of the table of states. */
  readonly slot: number | null;
  /** Of a part of another one: which, and where in it. */
  readonly within: { readonly buffer: number; readonly offset: number; readonly moves: readonly Move[] } | null;
}

export class Buffers {
  readonly #all: Buffer[] = [];

  /** A buffer of its own in scratch memory. */
  make(bytes: number, from: number, to: number): number {
    return this.#all.push({ bytes, from, to, slot: null, within: null }) - 1;
  }

  /** The memory of a state of the program. */
  ofState(slot: number): number {
    return this.#all.push({ bytes: 0, from: 0, to: 0, slot, within: null }) - 1;
  }

  /** A part of another buffer, which may move with the steps of a loop. */
  part(buffer: number, offset: number, moves: readonly Move[] = []): number {
    return this.#all.push({ bytes: 0, from: 0, to: 0, slot: null, within: { buffer, offset, moves } }) - 1;
  }

  /** Says that the content matters until then. */
  keep(buffer: number, until: number): void {
    const { within } = this.#all[buffer]!;
    if (within !== null) this.keep(within.buffer, until);
    else this.#all[buffer]!.to = Math.max(this.#all[buffer]!.to, until);
  }

  placements(): { readonly placements: Placement[]; readonly bytes: number } {
    const own = this.#all.filter((b) => b.slot === null && b.within === null);
    const { offsets, bytes } = planMemory(own satisfies Lifetime[]);
    const offsetOf = new Map(own.map((b, i) => [b, offsets[i]!]));
    const place = (b: Buffer): Placement => {
      if (b.slot !== null) return { in: "state", slot: b.slot };
      if (b.within === null) return { in: "scratch", offset: offsetOf.get(b)! };
      const whole = place(this.#all[b.within.buffer]!);
      const all = [...(whole.moves ?? []), ...b.within.moves];
      const moves = all.length === 0 ? {} : { moves: all };
      if (whole.in === "scratch") return { in: "scratch", offset: whole.offset + b.within.offset, ...moves };
      if (b.within.offset !== 0) throw new Error("compiler: a part of a state begins where the state does");
      return { in: "state", slot: whole.slot, ...moves };
    };
    return { placements: this.#all.map(place), bytes };
  }
}
