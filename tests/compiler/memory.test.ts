/** Planned memory: buffers share bytes only if they are never alive together. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Lifetime, planMemory } from "../../src/compiler/memory.ts";

const lifetime = fc
  .record({ bytes: fc.integer({ min: 0, max: 5000 }), from: fc.nat(20), length: fc.nat(8) })
  .map(({ bytes, from, length }): Lifetime => ({ bytes, from, to: from + length }));

function overlap(a: Lifetime, b: Lifetime): boolean {
  return a.from <= b.to && b.from <= a.to;
}

describe("planMemory", () => {
  test("keeps apart what is alive at the same time, on lines of the cache, within what it says", () => {
    fc.assert(
      fc.property(fc.array(lifetime, { maxLength: 40 }), (buffers) => {
        const { offsets, bytes } = planMemory(buffers);
        for (const [i, a] of buffers.entries()) {
          expect(offsets[i]! % 64).toBe(0);
          expect(offsets[i]! + a.bytes).toBeLessThanOrEqual(bytes);
          for (const [j, b] of buffers.entries()) {
            if (i === j || !overlap(a, b)) continue;
            const apart = offsets[i]! + a.bytes <= offsets[j]! || offsets[j]! + b.bytes <= offsets[i]!;
            expect(apart).toBe(true);
          }
        }
      }),
    );
  });

  test("a chain of equal buffers takes two of them", () => {
    const chain = Array.from({ length: 10 }, (_, i): Lifetime => ({ bytes: 1024, from: i, to: i + 1 }));
    expect(planMemory(chain).bytes).toBe(2048);
  });

  test("a small buffer lies in the gap that a large one leaves", () => {
    const buffers = [
      { bytes: 4096, from: 0, to: 1 },
      { bytes: 1024, from: 1, to: 9 },
      { bytes: 2048, from: 2, to: 3 },
    ];
    expect(planMemory(buffers).bytes).toBe(5120);
  });
});
