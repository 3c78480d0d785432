/** Programs that once came out wrong, found at random and made small: what went wrong, and the program. */
import { describe, expect, test } from "vitest";
import {
  abs,
  argsort,
  concat,
  constant,
  contract,
  equal,
  expand,
  flip,
  gather,
  iota,
  maximum,
  min,
  minimum,
  mul,
  pad,
  remainder,
  reshape,
  scatterAdd,
  slice,
  sum,
  tanh,
  where,
  window,
} from "../../src/graph/index.ts";
import { disagreement } from "./agreement.ts";
import type { Program } from "./recipe.ts";

const found: readonly (readonly [what: string, program: Program])[] = [
  [
    "division of int32 by way of float64, in lanes",
    (p) => {
      const v0 = p.input([1, 3], "float32", 0);
      const v1 = p.input([1, 5], "int32", 1);
      const v2 = constant(3, [1, 5], "int32");
      p.output(gather(v0, remainder(v1, v2), { axis: 1 }));
    },
  ],
  [
    "an int32 remainder as the index of a scatter",
    (p) => {
      const v0 = p.input([8], "float32", 0);
      const v1 = p.input([5], "float32", 1);
      const v2 = remainder(p.input([8], "int32", 2), constant(5, [8], "int32"));
      p.output(scatterAdd(v1, v2, v0, { axis: 0 }));
    },
  ],
  [
    "a contraction of an operand that is repeated along the columns",
    (p) => {
      const v0 = expand(p.input([3, 1, 1], "float64", 1), [3, 13, 13]);
      const v1 = contract(v0, v0, { batch: 1, rows: 1, columns: 1 });
      p.output(expand(reshape(min(v1, [0, 2]), [1, 13, 1]), [3, 13, 13]));
    },
  ],
  [
    "bounds in two lanes of float64",
    (p) => {
      const v0 = p.input([5, 12], "float64", 0);
      const v1 = sum(concat([v0, v0], { axis: 1 }), [0]);
      const v2 = expand(reshape(v1, [1, 24]), [5, 24]);
      p.output(window(v2, { axes: [1], size: [2], stride: [2], dilation: [1] }));
    },
  ],
  [
    "an address that goes down from a constant offset",
    (p) => {
      const v0 = p.input([33], "float32", 4);
      p.output(flip(pad(v0, { before: [0], after: [0], interior: [2] }), [0]));
    },
  ],
  [
    "a slice of a contraction, which has the index of the whole",
    (p) => {
      const v0 = p.input([7, 5, 5], "float32", 1);
      const v1 = p.input([5, 6], "float32", 3);
      const v2 = contract(v0, v1, { batch: 0, rows: 2, columns: 1 });
      p.output(tanh(slice(v2, { start: [0, 0, 0], size: [7, 4, 6], step: [1, 1, 1] })));
    },
  ],
  [
    "a state that is kept by a kernel over a part of it",
    (p) => {
      const v0 = p.input([3, 12], "float32", 0);
      const v1 = where(p.input([3, 12], "bool", 1), v0, v0);
      const v2 = p.state([3, 12], "float32", 3);
      const v3 = slice(v1, { start: [0, 0], size: [1, 12], step: [1, 1] });
      p.output(minimum(v3, v3));
      p.update(v2, v1);
    },
  ],
  [
    "gradients of parts of a concatenation",
    (p) => {
      const v0 = p.input([40, 9], "float64", 1);
      const v1 = p.input([9, 9], "float64", 3);
      p.output(abs(concat([v0, v1], { axis: 0 })), v0);
      p.gradients();
    },
  ],
  [
    "sums over what stands beside what a gradient does not reach",
    (p) => {
      const v0 = p.input([4, 1], "float64", 0);
      const v1 = concat([maximum(v0, v0), p.input([4, 1], "float64", 5)], { axis: 1 });
      p.output(expand(reshape(sum(v1, [0]), [1, 2]), [4, 2]));
      p.gradients();
    },
  ],
  [
    "a quotient of an index that goes below zero: the gradient of windows of windows",
    (p) => {
      const v0 = p.input([7, 2, 3], "float32", 7);
      const v1 = window(v0, { axes: [1], size: [2], stride: [1], dilation: [1] });
      const v2 = window(v1, { axes: [3], size: [2], stride: [2], dilation: [1] });
      p.output(sum(reshape(sum(v2, [1, 2, 3, 4]), [7, 1, 1, 1, 1]), [1, 3, 4]));
      p.gradients();
    },
  ],
  [
    "a remainder of an index that goes below zero: padding between elements, backwards",
    (p) => {
      const v0 = pad(iota([5, 5], 0, "float32"), { before: [0, 0], after: [1, 2], interior: [0, 2] });
      p.output(flip(gather(v0, p.input([1, 15], "int32", 5, 6), { axis: 0 }), [0, 1]));
    },
  ],
  [
    "a contraction of float64 that gathers an operand by int32",
    (p) => {
      const v0 = p.input([33, 5], "float64", 2);
      const v1 = p.input([5, 33], "float64", 3);
      const v2 = p.input([5, 33], "int32", 10, 33);
      const v3 = scatterAdd(constant(0, [5, 33], "float64"), v2, v1, { axis: 1 });
      p.output(v3, contract(v0, v1, { batch: 0, rows: 1, columns: 1 }));
      p.gradients();
    },
  ],
  [
    "a lane gathered from what has been reduced in lanes",
    (p) => {
      const v0 = p.input([9, 9], "float32", 32);
      const v1 = remainder(p.input([9, 9], "int32", 33), constant(9, [9, 9], "int32"));
      const v2 = scatterAdd(v0, v1, v0, { axis: 0 });
      const v3 = mul(sum(v2, [0]), constant(0.015, [9], "float32"));
      p.output(expand(reshape(v3, [1, 9]), [9, 9]));
      p.gradients();
    },
  ],
  ["an operation for the host on constants alone, twice", (p) => p.output(argsort(constant(2, [6, 5], "float32")))],
  [
    "an update in place that another kernel still needs: two states change places",
    (p) => {
      const v0 = p.state([4, 4], "float32", 1);
      const v1 = p.state([4, 4], "float32", 2);
      p.update(v0, v1);
      p.update(v1, v0);
      p.output(sum(equal(v0, v1), [0]));
    },
  ],
];

describe.each(found)("%s", (_, program) => {
  test.each(["traced", "eager"] as const)("%s", (way) => {
    expect(disagreement(program, way).text).toBeNull();
  });
});
