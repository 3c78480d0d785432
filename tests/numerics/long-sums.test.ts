/**
 * Sums of n positive numbers of float32 are at most (4 + log₂ n)·2⁻²⁴ of them off, in every kind of kernel and at any length. The terms are those
 * that show it: random ones, one number again and again (whose rounding errors all have one sign), and a great one before many that are lost beside it one by one.
 */
import { describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import {
  compile,
  cumsum,
  full,
  indexAdd,
  matmul,
  mean,
  ones,
  sum,
  type Tensor,
  tensor,
  variance,
  zeros,
} from "../../src/tensor/index.ts";
import { generator } from "../support/random.ts";

const terms: Readonly<Record<string, (n: number) => Float32Array>> = {
  random: (n) => {
    const random = generator(n);
    return Float32Array.from({ length: n }, () => random());
  },
  equal: (n) => new Float32Array(n).fill(0.1),
  lost: (n) => new Float32Array(n).fill(2 ** -25).fill(1, 0, 1),
};

/** Around the ends of vectors, groups of vectors and chains. */
const sizes = [2, 3, 7, 9, 31, 33, 61, 127, 129, 255, 257, 521, 1023, 1025, 4099, 65537];

/** All of `found` is close to `exact`, a sum of n terms. */
function expectClose(found: Tensor, exact: number, n: number): void {
  const errors = Array.from(found.dataSync(), (x) => Math.abs(Number(x) - exact) / exact);
  expect(Math.max(...errors)).toBeLessThanOrEqual((4 + Math.log2(n)) * 2 ** -24);
}

/** The terms along the middle axis of [before, n, after], turned from row to row so that no two are in step. */
function spread(values: Float32Array, before: number, after: number): Tensor {
  const n = values.length;
  const data = new Float32Array(before * n * after);
  for (let i = 0; i < data.length; i++) {
    const [row, column] = [Math.floor(i / (n * after)), i % after];
    data[i] = values[(Math.floor(i / after) + 3 * row + 5 * column) % n]!;
  }
  return tensor(data).reshape([before, n, after]);
}

interface Kind {
  readonly before?: number;
  readonly after?: number;
  /** What is summed of each element. */
  readonly term?: (x: number) => number;
  readonly of: (x: Tensor) => Tensor;
}

const kinds: Readonly<Record<string, Kind>> = {
  everything: { of: (x) => sum(x).reshape([1]) },
  rows: { before: 3, of: (x) => sum(x, { axis: 1 }) },
  columns: { after: 4, of: (x) => sum(x, { axis: 1 }) },
  "columns beside vectors": { after: 5, of: (x) => sum(x, { axis: 1 }) },
  "an axis in the middle": { before: 2, after: 3, of: (x) => sum(x, { axis: 1 }) },
  squares: { before: 2, term: (x) => x * x, of: (x) => sum(x.square(), { axis: 1 }) },
  "running sums": { before: 2, of: (x) => cumsum(x, { axis: 1 }).at(":", -1) },
  "running sums from the end": { of: (x) => cumsum(x.flip(1), { axis: 1 }).at(":", -1) },
  "additions at one place": {
    of: (x) => indexAdd(zeros([2]), zeros([x.size], { dtype: "int32" }), x.flatten(), { axis: 0 }).at("0:1"),
  },
};

describe.each(Object.entries(kinds))("%s", (_, { before = 1, after = 1, term = (x) => x, of }) => {
  const program = compile((x: Tensor) => of(x));
  test.each(sizes)("%i terms", (n) => {
    for (const make of Object.values(terms)) {
      const values = make(n);
      const exact = values.reduce((total, x) => total + term(x), 0);
      expectClose(program(spread(values, before, after)), exact, n);
    }
  });
});

describe("contractions", () => {
  /** Rows and columns for inner products, for tiles with operands in their places, and for packed panels with edges. */
  const shapes = [
    [1, 1, true],
    [1, 9, true],
    [3, 5, false],
    [33, 20, false],
  ] as const;
  test.each(shapes)("[%i, n] · [n, %i], transposed: %s", (m, columns, transposed) => {
    // equal terms keep within the bound where chains are short, beyond some hundred of them
    for (const [n, makes] of [
      [129, [terms.random!]],
      [257, [terms.random!]],
      [777, [terms.random!, terms.equal!]],
      [1025, [terms.random!, terms.equal!]],
      [9973, [terms.random!, terms.equal!]],
    ] as const) {
      for (const make of makes) {
        const [a, b] = [make(n), make(n + 1).subarray(1)];
        const x = tensor(a)
          .reshape([1, n])
          .add(zeros([m, n]));
        const y = tensor(b)
          .reshape([1, n])
          .add(zeros([columns, n]));
        const product = matmul(x, transposed ? y.transpose() : y.transpose().add(zeros([n, columns])));
        const exact = a.reduce((total, value, i) => total + value * b[i]!, 0);
        expectClose(product.flatten(), exact, n);
      }
    }
  });
  test("a million products", () => {
    const n = 1_000_000;
    expectClose(matmul(full([1, n], 0.1), full([n, 3], 0.1)).flatten(), Math.fround(0.1) ** 2 * n, n);
  });
});

describe("a million terms", () => {
  const n = 1_000_000;
  const tenth = Math.fround(0.1);

  test("a mean", () => expectClose(mean(full([n], 0.1)), tenth, n));
  test("the columns of a long matrix", () => expectClose(mean(full([n / 4, 4], 0.1), { axis: 0 }), tenth, n / 4));
  test("a variance", () => {
    const x = full([n / 2, 2], 0.1).mul(tensor([1, -1]));
    expectClose(variance(x), tenth ** 2, n);
  });
  test("a loss", () => expectClose(nn.mse(full([n], 0.1), zeros([n])), tenth ** 2, n));
  test("the denominator of a softmax", () => expectClose(nn.softmax(zeros([n]), { axis: 0 }).at("0:3"), 1 / n, n));
  test("the statistics of a channel", () => {
    const x = full([n / 8, 1, 8], 0.1).mul(tensor([1, -1, 1, -1, 1, -1, 1, -1]));
    expectClose(nn.batchNorm(x, { training: true, eps: 0 }).abs().at("0:3"), 1, n);
  });
  test("infinity and NaN stay what they are", () => {
    const x = ones([n]);
    expect(sum(x.mul(Number.POSITIVE_INFINITY)).itemSync()).toBe(Number.POSITIVE_INFINITY);
    expect(sum(x.mul(3e38)).itemSync()).toBe(Number.POSITIVE_INFINITY);
    expect(sum(x.mul(Number.NaN)).itemSync()).toBeNaN();
    const added = (first: number) =>
      indexAdd(zeros([1]), zeros([9], { dtype: "int32" }), tensor([first, 1, 2, 3, 4, 5, 6, 7, 8]), { axis: 0 });
    expect(added(Number.POSITIVE_INFINITY).itemSync()).toBe(Number.POSITIVE_INFINITY);
    expect(added(Number.NaN).itemSync()).toBeNaN();
  });
});
