/** Bags of words: values by hand, derivatives, errors. */
import { expect, test } from "vitest";
import { gradCheck } from "../../src/autodiff/index.ts";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import { type Tensor, tensor, zeros } from "../../src/tensor/index.ts";
import { irregular } from "./irregular.ts";

const bags = tensor(Int32Array.of(0, 2, 1, 1, 0, 0), { shape: [3, 2], device: "reference" });
const table = tensor([0, 9, 1, -2, 5, 4], { shape: [3, 2], device: "reference" });

test.each([
  ["sum", "[[ 5.  4.]\n [ 2. -4.]\n [ 0.  0.]]"],
  ["mean", "[[ 5.  4.]\n [ 1. -2.]\n [ 0.  0.]]"],
  ["max", "[[ 5.  4.]\n [ 1. -2.]\n [ 0.  0.]]"],
] as const)("%s, where word 0 fills up", (mode, expected) => {
  expect(nn.embeddingBag(bags, table, { mode, paddingIdx: 0 }).toString()).toBe(expected);
});

test.each(["sum", "mean", "max"] as const)("first and second derivatives of %s", (mode) => {
  gradCheck((w: Tensor) => nn.embeddingBag(bags, w, { mode, paddingIdx: 1 }).square(), [irregular(3, 2)], {
    rtol: 1e-5,
    atol: 1e-6,
  });
});

test.each(["sum", "mean", "max"] as const)("bags without words give zeros: %s", (mode) => {
  const words = (...values: number[]): Tensor =>
    tensor(Int32Array.from(values), { shape: [values.length], device: "reference" });
  const empty = [0, 0, 0, 0];
  expect([...nn.embeddingBag(words(), table, { mode, offsets: words(0, 0) }).dataSync()]).toEqual(empty);
  expect([
    ...nn.embeddingBag(zeros([2, 0], { dtype: "int32", device: "reference" }), table, { mode }).dataSync(),
  ]).toEqual(empty);
  expect(nn.embeddingBag(words(), table, { mode, offsets: words() }).shape).toEqual([0, 2]);
});

test("the layer, and what wrong calls say", () => {
  const layer = new nn.EmbeddingBag(5, 3, { mode: "sum" });
  expect(layer.describe()).toBe('EmbeddingBag(5, 3, { mode: "sum" })');
  expect(Object.keys(layer.stateDict())).toEqual(["weight"]);
  expect(() => layer.forward(zeros([2], { dtype: "int32" }))).toThrow(
    new ShapeError("embeddingBag: [2] holds no bags; the shape is [bags, words], or [words] with offsets"),
  );
  expect(() => nn.embeddingBag(bags, table, { mode: "min" as "max" })).toThrow(
    new ValueError('embeddingBag: mode "min" does not exist; there are sum, mean, max'),
  );
});
