/** Contractions through the real renderer, with the blocks that are used in earnest. */
import v8 from "node:v8";
import { describe, expect, test } from "vitest";
import { emitContraction, type Tile } from "../../src/compiler/contraction.ts";
import { enableRelaxedSimd } from "../../src/devices/wasm/probe.ts";
import {
  compileProduct,
  convolution,
  type Emit,
  everyPlan,
  expectedProduct,
  expectSame,
  type Product,
  product,
  readResult,
  writeOperands,
} from "../compiler/products.ts";
import { Machine } from "./wasm-kernel.ts";

const { relaxed: hasRelaxed } = enableRelaxedSimd(v8.setFlagsFromString);
const targets = hasRelaxed ? [false, true] : [false];

function run(p: Product, relaxed: boolean, emit?: Emit): number[] {
  const compiled = compileProduct(p, emit);
  const start = 1024;
  const machine = new Machine(compiled.program, { relaxed, pages: Math.ceil((start + compiled.bytes) / 65_536) });
  writeOperands(p, compiled, machine.memory.buffer, start);
  machine.run(start);
  return readResult(p, compiled, machine.memory.buffer, start);
}

describe.each(targets)("with relaxed SIMD: %s", (relaxed) => {
  const orders = [
    ["depth", "across"],
    ["across", "across"],
    ["depth", "depth"],
    ["across", "depth"],
  ] as const;

  test.each(orders)("every plan, with A contiguous along %s and B along %s", (orderA, orderB) => {
    for (const type of ["f32", "f64"] as const) {
      for (const [rows, depth, columns] of [
        [1, 9, 30],
        [7, 5, 6],
        [29, 18, 31],
      ] as const) {
        const p = product(rows, depth, columns, { orderA, orderB, type, batch: 2, epilogue: true });
        const expected = expectedProduct(p);
        for (const { name, emit } of everyPlan(p)) expectSame(run(p, relaxed, emit), expected, name);
      }
    }
  });

  test("several blocks of rows, of depth and of columns", () => {
    const p = product(270, 1100, 530);
    expectSame(run(p, relaxed), expectedProduct(p));
  });

  test("strips of partial sums", () => {
    const tile: Tile = { rows: 4, vectors: 2, rowBlock: 16, depthBlock: 4, columnBlock: 512 };
    const p = product(700, 9, 517);
    expectSame(
      run(p, relaxed, (b, job) => emitContraction(b, job, tile)),
      expectedProduct(p),
    );
  });

  test("convolutions", () => {
    for (const p of [convolution(3, 5, 10, 16), convolution(2, 3, 9, 6)])
      expectSame(run(p, relaxed), expectedProduct(p));
  });
});

test("a product has the code of one tile for each edge, however many blocks there are", () => {
  const bytes = (n: number) => JSON.stringify(compileProduct(product(n, n, n)).program).length;
  expect(bytes(4096)).toBeLessThan(2 * bytes(256));
});
