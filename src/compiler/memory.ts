/** Planned memory: where in a program's scratch memory each buffer lies, so that buffers that are never alive together share bytes. */

/** A buffer and the kernels between which its content matters, both included. */
export interface Lifetime {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

/** Alignment of buffers in bytes: a cache line. */
const alignment = 64;

function aligned(bytes: number): number {
  return Math.ceil(Math.max(bytes, 1) / alignment) * alignment;
}

/**
 * Offsets for all buffers and the bytes needed in all. Large buffers are placed first, each at the lowest offset at which no buffer
 * that is alive at the same time lies (greedy by size; Pisarchyk & Lee 2020, "Efficient memory management for deep neural net inference").
 */
export function planMemory(lifetimes: readonly Lifetime[]): { offsets: number[]; bytes: number } {
  const sizes = lifetimes.map(({ bytes }) => aligned(bytes));
  const order = lifetimes.map((_, i) => i).sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const placed: number[] = []; // by offset
  let total = 0;
  for (const i of order) {
    const { from, to } = lifetimes[i]!;
    let at = 0;
    for (const j of placed) {
      if (lifetimes[j]!.from > to || from > lifetimes[j]!.to) continue;
      if (offsets[j]! - at >= sizes[i]!) break;
      at = Math.max(at, offsets[j]! + sizes[j]!);
    }
    offsets[i] = at;
    const next = placed.findIndex((j) => offsets[j]! > at);
    placed.splice(next < 0 ? placed.length : next, 0, i);
    total = Math.max(total, at + sizes[i]!);
  }
  return { offsets, bytes: total };
}
