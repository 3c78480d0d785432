import { describe, expect, test } from "vitest";
import { emitContraction, emitPlan, type Tile } from "../../src/compiler/contraction.ts";
import { plansFor } from "../../src/compiler/contraction-plan.ts";
import { addIndex, type Index, linearIndex, unravelIndex } from "../../src/graph/index.ts";
import { interpret } from "./interpreter.ts";
import { compileProduct, type Emit, expectedProduct, matrix, type Operand, type Product } from "./products.ts";

/** Blocks so small that even small products have several of them in each direction. */
const tile: Tile = { rows: 4, vectors: 2, rowBlock: 8, depthBlock: 6, columnBlock: 16 };
const small: Emit = (b, job) => emitContraction(b, job, tile);

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
function run(p: Product, emit?: Emit): number[] {
  const { program, offsets, bytes, regions } = compileProduct(p, emit);
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

function check(p: Product, emit?: Emit): void {
  const expected = expectedProduct(p, whole(p.a.size, 1), whole(p.b.size, 2), whole(p.columns, 3)).map((x) => x + 0);
  expect(run(p, emit)).toEqual(expected);
}

/** Checks every plan that might be chosen. */
function checkPlans(p: Product): void {
  const expected = expectedProduct(p, whole(p.a.size, 1), whole(p.b.size, 2), whole(p.columns, 3)).map((x) => x + 0);
  let count = 1;
  for (let i = 0; i < count; i++) {
    const emit: Emit = (b, job) => {
      const plans = plansFor(job);
      count = plans.length;
      emitPlan(b, job, plans[i]!);
    };
    expect(run(p, emit), `plan ${i} of ${p.rows} × ${p.depth} × ${p.columns}`).toEqual(expected);
  }
}

const orders = [
  ["depth", "across"],
  ["across", "across"],
  ["depth", "depth"],
  ["across", "depth"],
] as const;

describe.each(orders)("with A contiguous along %s and B along %s", (orderA, orderB) => {
  const order = { orderA, orderB };

  test("every plan", () => {
    for (const rows of [1, 2, 3, 5, 9])
      for (const columns of [1, 3, 7, 10, 29]) checkPlans(product(rows, 7, columns, order));
    checkPlans(product(15, 11, 15, { ...order, batch: 2, epilogue: true }));
    checkPlans(product(5, 3, 6, { ...order, type: "f64", prologue: true }));
  });

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

describe("operands that are not matrices", () => {
  /** Windows of 3 × 3 over images of C channels: rows are pixels (n, i, j), depth is (c, u, v). */
  function convolution(images: number, channels: number, size: number, filters: number): Product {
    const out = size - 2;
    const [rows, depth] = [images * out * out, channels * 9];
    const a = {
      size: images * channels * size * size,
      contiguous: null,
      at: (_: Index, row: Index, k: Index) => {
        const [n, i, j] = unravelIndex(row, [images, out, out]) as [Index, Index, Index];
        const [c, u, v] = unravelIndex(k, [channels, 3, 3]) as [Index, Index, Index];
        return linearIndex([n, c, addIndex(i, u), addIndex(j, v)], [images, channels, size, size]);
      },
    };
    const b = matrix(filters, depth, "depth");
    return { type: "f32", batch: 1, rows, columns: filters, depth, a, b, depthAxes: [channels, 3, 3] };
  }

  test("windows over images: pixels in rows of whole vectors and in others", () => {
    for (const size of [6, 7]) {
      checkPlans(convolution(2, 3, size, 5));
      check(convolution(2, 3, size, 17), small);
    }
  });

  test("what is the same for all rows, all columns or all depths is read once", () => {
    const repeated = (axis: "across" | "depth"): Operand => ({
      size: 40,
      contiguous: null,
      at: (_, across, depth) => (axis === "across" ? across : depth),
    });
    for (const a of [repeated("across"), repeated("depth")]) {
      for (const b of [repeated("across"), repeated("depth")]) {
        checkPlans({ ...product(9, 7, 11), a, b });
        checkPlans({ ...product(9, 7, 11), a: { ...a, contiguous: "depth" }, b: { ...b, contiguous: "depth" } });
      }
    }
  });
});
