/** Initial values with a structure. */
import { describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import { init } from "../../src/nn/index.ts";
import { matmul, random } from "../../src/tensor/index.ts";

const entries = (x: { dataSync(): ArrayLike<number | bigint> }): number[] => Array.from(x.dataSync(), Number);

describe("orthogonal", () => {
  test.each([
    [3, 5],
    [5, 3],
    [4, 4],
  ])("%d × %d: the shorter side is orthogonal with length gain", (rows, columns) => {
    random.manualSeed(1);
    const w = init.orthogonal([rows, columns], { gain: 2, dtype: "float64" });
    const product = rows <= columns ? matmul(w, w.T) : matmul(w.T, w);
    const size = Math.min(rows, columns);
    entries(product).forEach((x, i) => {
      expect(x).toBeCloseTo(i % (size + 1) === 0 ? 4 : 0, 12);
    });
  });
});

test("LeCun's draws have the variance 1 / fanIn", () => {
  random.manualSeed(1);
  for (const draw of [init.lecunNormal, init.lecunUniform]) {
    const values = entries(draw([100, 100]));
    expect(values.reduce((sum, x) => sum + x * x, 0) / values.length).toBeCloseTo(0.01, 3);
  }
});

test("dirac passes the channels of every group on", () => {
  const w = init.dirac([4, 2, 3], { groups: 2 });
  expect(w.arraySync()).toEqual([0, 1, 0, 1].map((c) => [0, 1].map((i) => [0, i === c ? 1 : 0, 0])));
});

test.each<[string, () => unknown, Error]>([
  [
    "orthogonal",
    () => init.orthogonal([3]),
    new ShapeError("orthogonal: [3] is no matrix; it needs at least [out, in]"),
  ],
  ["identity", () => init.identity([3]), new ShapeError("identity: [3] is no matrix [out, in]")],
  ["dirac", () => init.dirac([3, 3, 3], { groups: 2 }), new ValueError("dirac: 2 groups do not divide 3 outputs")],
])("%s refuses what makes no sense", (_, call, error) => {
  expect(call).toThrow(error);
});
