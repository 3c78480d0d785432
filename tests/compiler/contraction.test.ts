import { describe, expect, test } from "vitest";
import type { Tile } from "../../src/compiler/contraction.ts";
import { interpret } from "./interpreter.ts";
import { compileProduct, expectedProduct, matrix, type Product } from "./products.ts";

/** So small that even small products have several blocks in each direction. */
const small: Tile = { rows: 4, vectors: 2, rowBlock: 8, depthBlock: 6, columnBlock: 16 };

type Order = "across" | "depth";

function product(
  rows: number,
  depth: number,
  columns: number,
  options: Partial<Product> & { orderA?: Order; orderB?: Order } = {},
): Product {
  const batch = options.batch ?? 1;
  const a = matrix(rows, depth, options.orderA ?? "depth", false, batch);
  const b = matrix(columns, depth, options.orderB ?? "across", false, batch);
  return { type: "f32", batch, rows, columns, depth, a, b, ...options };
}

/** Small whole numbers: every sum is exact, in whatever order and with or without fused multiplication. */
function whole(n: number, seed: number): number[] {
  return Array.from({ length: n }, (_, i) => ((i * 7919 + seed * 104729) % 11) - 5);
}

/** Runs a product in the interpreter, and fails if it touches memory outside of its buffers or writes to its operands. */
function run(p: Product, tile?: Tile): number[] {
  const { program, offsets, bytes, regions } = compileProduct(p, tile);
  const memory = new ArrayBuffer(bytes);
  const arrayOf = (offset: number, n: number) =>
    p.type === "f32" ? new Float32Array(memory, offset, n) : new Float64Array(memory, offset, n);
  const c = arrayOf(offsets.c, p.batch * p.rows * p.columns);
  arrayOf(offsets.a, p.a.size).set(whole(p.a.size, 1));
  arrayOf(offsets.b, p.b.size).set(whole(p.b.size, 2));
  arrayOf(offsets.bias, p.columns).set(whole(p.columns, 3));
  for (const [from, to] of regions.slice(4)) new Uint8Array(memory, from, to - from).fill(0xff); // NaN, if anyone reads it
  const written = new Map<number, number>();
  const access = (address: number, size: number, write: boolean) => {
    const at = regions.findIndex(([from, to]) => address >= from && address + size <= to);
    if (at < 0 || (write && at < 3)) throw new Error(`${write ? "writes" : "reads"} ${size} bytes at ${address}`);
    if (write && at === 3) written.set(address, (written.get(address) ?? 0) + 1);
  };
  interpret(program, { memory, access });
  expect([...written.values()].every((n) => n === 1)).toBe(true);
  expect(written.size).toBe(c.length);
  return Array.from(c, (x) => x + 0); // −0 is 0
}

function check(p: Product, tile?: Tile): void {
  const expected = expectedProduct(p, whole(p.a.size, 1), whole(p.b.size, 2), whole(p.columns, 3));
  expect(run(p, tile)).toEqual(expected.map((x) => x + 0));
}

const orders = [
  ["depth", "across"],
  ["across", "across"],
  ["depth", "depth"],
  ["across", "depth"],
] as const;

describe.each(orders)("with A contiguous along %s and B along %s", (orderA, orderB) => {
  const order = { orderA, orderB };

  test("every remainder of rows and columns by the register tile", () => {
    for (let rows = 1; rows <= 9; rows++)
      for (let columns = 1; columns <= 17; columns++) check(product(rows, 3, columns, order));
  });

  test("every remainder of rows, depth and columns by small blocks", () => {
    for (const rows of [8, 9, 12, 19]) {
      for (const columns of [9, 16, 17, 23, 30, 35])
        for (const depth of [5, 6, 7, 12, 13]) check(product(rows, depth, columns, order), small);
    }
  });

  test("in float64", () => {
    for (const rows of [1, 3, 4, 6, 9]) {
      for (const columns of [1, 3, 4, 7, 10]) check(product(rows, 7, columns, { ...order, type: "f64" }), small);
    }
  });

  test("in batches, with something computed before and after", () => {
    const options = { ...order, batch: 3, prologue: true, epilogue: true };
    for (const [rows, depth, columns] of [
      [2, 3, 5],
      [9, 13, 19],
      [16, 4, 4],
    ] as const)
      check(product(rows, depth, columns, options), small);
  });
});

test("sizes of one: outer product, inner product, matrix times vector, vector times matrix", () => {
  check(product(7, 1, 9));
  check(product(1, 9, 1));
  check(product(9, 10, 1));
  check(product(1, 10, 9));
  check(product(1, 1, 1));
});

test("sizes of zero: no rows or columns give nothing, no depth gives zeros that still go through the epilogue", () => {
  expect(run(product(0, 2, 3))).toEqual([]);
  expect(run(product(2, 2, 0))).toEqual([]);
  check(product(5, 0, 6));
  check(product(5, 0, 13, { epilogue: true }), small);
});
