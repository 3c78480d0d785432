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
  const order = lifetimes.map((_, i) => i).sort((a, b) => lifetimes[b]!.bytes - lifetimes[a]!.bytes || a - b);
  const offsets = new Array<number>(lifetimes.length).fill(0);
  const placed: number[] = [];
  let total = 0;
  for (const i of order) {
    const { bytes, from, to } = lifetimes[i]!;
    const size = aligned(bytes);
    const busy = placed
      .filter((j) => lifetimes[j]!.from <= to && from <= lifetimes[j]!.to)
      .map((j) => ({ start: offsets[j]!, end: offsets[j]! + aligned(lifetimes[j]!.bytes) }))
      .sort((a, b) => a.start - b.start);
    let at = 0;
    for (const { start, end } of busy) {
      if (start - at >= size) break;
      at = Math.max(at, end);
    }
    offsets[i] = at;
    placed.push(i);
    total = Math.max(total, at + size);
  }
  return { offsets, bytes: total };
}
