/** Graphs as text, and what the verifier finds. */
import { describe, expect, test } from "vitest";
import { GradusError } from "../../src/base/index.ts";
import * as g from "../../src/graph/index.ts";
import { leaf } from "./support.ts";

test("a graph prints as one line a node", () => {
  const x = g.placeholder(0, [2, 3], "float32");
  const y = g.maximum(x, g.constant(-0, [2, 3], "float32"));
  const z = g.mul(g.sum(y, [1]), g.sum(y, [1]));
  expect(g.printGraph([z, y])).toBe(
    [
      "%0 = placeholder(index: 0) : float32[2, 3]",
      "%1 = constant(value: -0) : float32[2, 3]",
      "%2 = maximum(%0, %1) : float32[2, 3]",
      "%3 = sum(%2, axes: [1]) : float32[2]",
      "%4 = sum(%2, axes: [1]) : float32[2]",
      "%5 = mul(%3, %4) : float32[2]",
      "return %5, %2",
    ].join("\n"),
  );
});

test("what is known is printed as data and not taken apart", () => {
  const x = leaf([1, 2]);
  const y = g.reshape(g.add(x, x), [2, 1]);
  expect(g.printGraph([y])).toBe(
    [
      "%0 = data : float64[2]",
      "%1 = add(%0, %0) : float64[2]",
      "%2 = reshape(%1, shape: [2, 1]) : float64[2, 1]",
      "return %2",
    ].join("\n"),
  );
});

describe("the verifier finds", () => {
  const x = g.placeholder(0, [2, 3], "float32");
  const broken = (shape: readonly number[], dtype: "float32" | "int32" | "bool", options = {}) =>
    new g.Node(g.addition, [x, x], {}, shape, dtype, options);

  test("a wrong shape", () => {
    const node = broken([2], "float32");
    expect(() => g.verifyGraph([node])).toThrow(
      new GradusError(`graph: node ${node.id} (add float32[2]): the rule gives shape [2, 3]`),
    );
  });

  test("a wrong dtype", () => {
    expect(() => g.verifyGraph([g.neg(broken([2, 3], "int32"))])).toThrow("the rule gives float32");
  });

  test("a lost device", () => {
    const there = g.placeholder(0, [], "float32", { device: "wasm" });
    const node = new g.Node(g.addition, [there, there], {}, [], "float32", {});
    expect(() => g.verifyGraph([node])).toThrow(`operand ${there.id} lives on "wasm"`);
  });

  test("nothing in a sound graph", () => {
    const y = g.max(g.mul(x, x), [0]);
    g.verifyGraph([y, ...g.backward([{ node: y, cotangent: y }], [x]).values()]);
  });
});
