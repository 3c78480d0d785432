import { describe, expect, test } from "vitest";
import { emitContraction, type Tile } from "../../src/compiler/contraction.ts";
import { interpret } from "./interpreter.ts";
import {
  compileProduct,
  convolution,
  type Emit,
  everyPlan,
  expectedProduct,
  expectSame,
  type Operand,
  type Product,
  product,
  readResult,
  writeOperands,
} from "./products.ts";

/** Blocks so small that even small products have several of them in each direction. */
const tile: Tile = { rows: 4, vectors: 2, rowBlock: 8, depthBlock: 6, columnBlock: 16 };
const small: Emit = (b, job) => emitContraction(b, job, tile);

/**
 * Runs a product in the interpreter, and fails if it touches memory outside of its buffers or writes to its operands.
 */
function run(p: Product, emit?: Emit): number[] {
  const compiled = compileProduct(p, emit);
  const memory = new ArrayBuffer(compiled.bytes);
  writeOperands(p, compiled, memory);
  const written = new Map<number, number>();
  const access = (address: number, size: number, write: boolean) => {
    const at = compiled.regions.findIndex(([from, to]) => address >= from && address + size <= to);
    if (at < 0 || (write && at < 3)) throw new Error(`${write ? "writes" : "reads"} ${size} bytes at ${address}`);
    if (write && at === 3) written.set(address, (written.get(address) ?? 0) + 1);
  };
  interpret(compiled.program, { memory, access });
  expect([...written.values()].every((n) => n === 1)).toBe(true);
  expect(written.size).toBe(p.batch * p.rows * p.columns);
  return readResult(p, compiled, memory);
}

function check(p: Product, emit?: Emit): void {
  expectSame(run(p, emit), expectedProduct(p));
}

/** Checks every plan that might be chosen. */
function checkPlans(p: Product): void {
  const expected = expectedProduct(p);
  for (const { name, emit } of everyPlan(p)) expectSame(run(p, emit), expected, name);
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
