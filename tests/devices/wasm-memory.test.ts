/** The allocator of the WebAssembly device. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeviceError } from "../../src/base/index.ts";
import { DeviceMemory } from "../../src/devices/wasm/memory.ts";

const pageBytes = 65_536;

describe("blocks", () => {
  test("begin on cache lines, never at address 0", () => {
    const memory = new DeviceMemory();
    const addresses = [1, 100, 0, 64].map((bytes) => memory.allocate(bytes));
    expect(addresses).toEqual([64, 128, 256, 320]); // a block without bytes has an address of its own too
  });

  test("begin at multiples of a larger alignment when asked; the gap before them is used", () => {
    const memory = new DeviceMemory();
    memory.allocate(10);
    expect(memory.allocate(10, 4096)).toBe(4096);
    expect(memory.allocate(10)).toBe(128);
  });

  test("take the first hole that is large enough", () => {
    const memory = new DeviceMemory();
    const blocks = [64, 64, 256, 64].map((bytes) => memory.allocate(bytes));
    memory.free(blocks[0]!);
    memory.free(blocks[2]!);
    expect(memory.allocate(128)).toBe(blocks[2]);
    expect(memory.allocate(64)).toBe(blocks[0]);
    expect(memory.allocate(64)).toBe(blocks[2]! + 128);
  });

  test.each([
    [0, 1, 2],
    [2, 1, 0],
    [0, 2, 1],
    [1, 0, 2],
  ])("freed in the order %i, %i, %i are one hole again", (...order) => {
    const memory = new DeviceMemory();
    const blocks = order.map(() => memory.allocate(1000));
    for (const i of order) memory.free(blocks[i]!);
    expect(memory.bytesInUse).toBe(0);
    expect(memory.allocate(pageBytes - 64)).toBe(64);
    expect(memory.bytes).toBe(pageBytes);
  });

  test("that are not there cannot be freed", () => {
    const memory = new DeviceMemory();
    const block = memory.allocate(8);
    memory.free(block);
    expect(() => memory.free(block)).toThrow(new DeviceError("wasm: no block begins at address 64"));
  });

  test("never overlap, whatever is allocated and freed, and leave nothing behind", () => {
    const step = fc.record({
      bytes: fc.nat({ max: 300_000 }),
      align: fc.constantFrom(64, 256, 65_536),
      free: fc.nat(),
    });
    const property = fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const memory = new DeviceMemory();
      const live: { start: number; end: number }[] = [];
      for (const { bytes, align, free } of steps) {
        const start = memory.allocate(bytes, align);
        const block = { start, end: start + bytes };
        expect(start % align).toBe(0);
        expect(start).toBeGreaterThan(0);
        expect(block.end).toBeLessThanOrEqual(memory.bytes);
        for (const other of live) expect(block.end <= other.start || other.end <= start).toBe(true);
        live.push(block);
        if (free % 2 === 0) memory.free(live.splice(free % live.length, 1)[0]!.start);
      }
      for (const { start } of live) memory.free(start);
      expect(memory.bytesInUse).toBe(0);
    });
    fc.assert(property, { numRuns: 100 });
  });
});

describe("growth", () => {
  test("keeps what is written; views are made anew", () => {
    const memory = new DeviceMemory();
    const block = memory.allocate(16);
    memory.write("float32", block, Float32Array.of(1, 2, 3, 4).subarray(1));
    const stale = memory.view("float32", block, 3);
    memory.allocate(10 * pageBytes);
    expect(stale.length).toBe(0); // its buffer was detached
    expect([...memory.view("float32", block, 3)]).toEqual([2, 3, 4]);
    expect(memory.read("int32", block, 1)).toEqual(new Int32Array(Float32Array.of(2).buffer));
  });

  test("a copy that was read does not change with the memory, a view does", () => {
    const memory = new DeviceMemory();
    const block = memory.allocate(8);
    const [view, copy] = [memory.view("uint8", block, 1), memory.read("uint8", block, 1)];
    memory.write("uint8", block, Uint8Array.of(9));
    expect([view[0], copy[0]]).toEqual([9, 0]);
  });

  test("uses the free end of the memory before it adds pages", () => {
    const memory = new DeviceMemory({ maximumPages: 3 });
    memory.allocate(pageBytes / 2);
    expect(memory.allocate(2.25 * pageBytes)).toBe(64 + pageBytes / 2);
    expect(memory.bytes).toBe(3 * pageBytes);
  });

  test("ends with an error that says what was asked and what is held", () => {
    const memory = new DeviceMemory({ maximumPages: 32 });
    memory.allocate(2 ** 20);
    expect(() => memory.allocate(1.5 * 2 ** 20)).toThrow(
      new DeviceError(
        "wasm: out of memory: 1.5 MiB asked for, 1 MiB in use of at most 2 MiB; " +
          "take a smaller batch or model, or another device",
      ),
    );
    expect(memory.allocate(2 ** 19)).toBeGreaterThan(0); // what fits still does
  });

  test("reaches beyond 2 GiB, where addresses are negative as i32", () => {
    const memory = new DeviceMemory();
    memory.allocate(2 ** 31);
    const high = memory.allocate(64);
    expect(high).toBeGreaterThan(2 ** 31);
    memory.write("int32", high, Int32Array.of(42));
    expect([...memory.read("int32", high, 1)]).toEqual([42]);
    expect(() => memory.allocate(2 ** 31)).toThrow(
      /^wasm: out of memory: 2 GiB asked for, 2 GiB in use of at most 4 GiB/,
    );
  });
});

describe("scratch memory", () => {
  const [one, other] = [{}, {}];

  test("is shared, and grows for whoever needs more", () => {
    const memory = new DeviceMemory();
    const first = memory.scratch(1000, one);
    expect(memory.scratch(500, other)).toBe(first);
    memory.allocate(64); // directly behind it
    expect(memory.scratch(5000, other)).not.toBe(first);
    expect(memory.allocate(900)).toBe(first); // the old region is free
  });

  test("has a generation that changes when another user comes or the region moves", () => {
    const memory = new DeviceMemory();
    const generations = [
      { bytes: 100, user: one },
      { bytes: 100, user: one },
      { bytes: 50, user: other },
      { bytes: 100, user: one },
      { bytes: 100_000, user: one },
      { bytes: 100_000, user: one },
    ].map(({ bytes, user }) => {
      memory.scratch(bytes, user);
      return memory.scratchGeneration;
    });
    expect(generations).toEqual([1, 1, 2, 3, 4, 4]);
  });

  test("can be asked for again after it did not fit", () => {
    const memory = new DeviceMemory({ maximumPages: 2 });
    memory.scratch(1000, one);
    expect(() => memory.scratch(3 * pageBytes, other)).toThrow(DeviceError);
    const before = memory.scratchGeneration;
    expect(memory.scratch(1000, one)).toBeGreaterThan(0);
    expect(memory.scratchGeneration).not.toBe(before); // what was there may be gone
  });
});
