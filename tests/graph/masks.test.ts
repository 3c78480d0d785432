/** The branch of `where` that is not taken never poisons a derivative, in either mode and at any order. */
import { describe, expect, test } from "vitest";
import * as g from "../../src/graph/index.ts";
import { leaf, listOf } from "./support.ts";

const like = g.constantLike;
const ones = (x: g.Node) => like(x, 1);

/** x where it is positive as seen by `f`, else 0. */
function masked(f: (x: g.Node) => g.Node): (x: g.Node) => g.Node {
  return (x) => g.where(g.less(like(x, 0), x), f(x), like(x, 0));
}

/** The elementwise function's derivative by reverse mode, as a function of the same kind. */
function slope(f: (x: g.Node) => g.Node): (x: g.Node) => g.Node {
  return (x) => {
    const y = f(x);
    return g.backward([{ node: y, cotangent: ones(y) }], [x]).get(x) ?? like(x, 0);
  };
}

/** The same by forward mode. */
function forwardSlope(f: (x: g.Node) => g.Node): (x: g.Node) => g.Node {
  return (x) => g.forward([f(x)], new Map([[x, ones(x)]]))[0] ?? like(x, 0);
}

const functions = [
  {
    name: "√x",
    f: g.sqrt,
    derivatives: [(x: number) => 0.5 * x ** -0.5, (x: number) => -0.25 * x ** -1.5, (x: number) => 0.375 * x ** -2.5],
  },
  {
    name: "log x",
    f: g.log,
    derivatives: [(x: number) => 1 / x, (x: number) => -(x ** -2), (x: number) => 2 * x ** -3],
  },
  {
    name: "1/x",
    f: (x: g.Node) => g.div(ones(x), x),
    derivatives: [(x: number) => -(x ** -2), (x: number) => 2 * x ** -3, (x: number) => -6 * x ** -4],
  },
  {
    name: "x^½",
    f: (x: g.Node) => g.pow(x, like(x, 0.5)),
    derivatives: [(x: number) => 0.5 * x ** -0.5, (x: number) => -0.25 * x ** -1.5, (x: number) => 0.375 * x ** -2.5],
  },
  {
    name: "x^½ with an exponent that is no constant",
    f: (x: g.Node) => g.pow(x, g.mul(ones(x), leaf([0.5, 0.5, 0.5, 0.5]))),
    derivatives: [(x: number) => 0.5 * x ** -0.5, (x: number) => -0.25 * x ** -1.5, (x: number) => 0.375 * x ** -2.5],
  },
  {
    name: "3·log(√x)",
    f: (x: g.Node) => g.mul(like(x, 3), g.log(g.sqrt(x))),
    derivatives: [(x: number) => 1.5 / x, (x: number) => -1.5 * x ** -2, (x: number) => 3 * x ** -3],
  },
];

const modes = [
  { mode: "reverse", differentiate: [slope, slope, slope] },
  { mode: "forward", differentiate: [forwardSlope, forwardSlope, forwardSlope] },
  { mode: "forward over reverse", differentiate: [slope, forwardSlope, slope] },
  { mode: "reverse over forward", differentiate: [forwardSlope, slope, forwardSlope] },
];

const points = [0, -0, -1.5, 0.7];

describe.each(functions)("$name under a mask", ({ f, derivatives }) => {
  describe.each(modes)("by $mode", ({ differentiate }) => {
    test.each([1, 2, 3])("has derivative 0 of order %i where the mask is off", (order) => {
      const build = differentiate.slice(0, order).reduce((h, d) => d(h), masked(f));
      const found = listOf(build(leaf(points)));
      expect(found.slice(0, 3).map(Math.abs)).toEqual([0, 0, 0]);
      expect(found[3]).toBeCloseTo(derivatives[order - 1]!(0.7), 10);
    });
  });
});

/** The gradient of the sum of `build(x)`. */
function gradient(build: (x: g.Node) => g.Node, x: g.Node): number[] {
  return listOf(slope(build)(x));
}

describe("the mask stays outside of what comes after it", () => {
  const off = (x: g.Node) => g.less(like(x, 0), x);

  test("through reshape, permute, flip, slice, pad and expand", () => {
    const moved = (x: g.Node) => {
      const y = g.pad(g.flip(g.reshape(g.sqrt(x), [2, 2]), [0]), { before: [1, 0], after: [0, 1], interior: [0, 0] });
      const z = g.expand(
        g.reshape(g.slice(g.permute(y, [1, 0]), { start: [0, 0], size: [2, 3], step: [1, 1] }), [1, 2, 3]),
        [4, 2, 3],
      );
      const total = g.sum(z, [0]); // the mask comes after a sum, and must be spread again
      return g.where(g.less(like(total, 0), total), total, like(total, 0));
    };
    expect(gradient(moved, leaf([0, 1, 4, 0]))).toEqual([0, 2, 1, 0]);
  });

  test("through sums and extremes", () => {
    const x = leaf([0, 0, 1, 4], [2, 2]);
    const ofSum = (v: g.Node) => masked((s) => s)(g.sum(g.sqrt(v), [1]));
    expect(gradient(ofSum, x)).toEqual([0, 0, 0.5, 0.25]);
    const ofMax = (v: g.Node) => masked((s) => s)(g.max(g.sqrt(v), [1]));
    expect(gradient(ofMax, x)).toEqual([0, 0, 0, 0.25]);
  });

  test("through joins", () => {
    const joined = (x: g.Node) => masked((v) => v)(g.concat([g.sqrt(x), g.sqrt(x)], { axis: 0 }));
    expect(gradient(joined, leaf([0, 4]))).toEqual([0, 0.5]);
  });

  test("when operand and condition are broadcast together", () => {
    const wide = (x: g.Node) => {
      const [condition, root] = [off(x), g.sqrt(x)].map((v) => g.expand(g.reshape(v, [1, 2]), [3, 2]));
      return g.where(condition!, root!, like(root!, 0));
    };
    expect(gradient(wide, leaf([0, 4]))).toEqual([0, 0.75]);
  });

  test("under a mask within a mask", () => {
    const nested = (x: g.Node) => g.where(g.less(x, like(x, 9)), masked(g.sqrt)(x), like(x, 0));
    expect(gradient(nested, leaf([0, 4, 16]))).toEqual([0, 0.25, 0]);
  });

  test("when two masks meet", () => {
    const twice = (x: g.Node) => {
      const root = g.sqrt(x);
      const first = g.where(off(x), root, like(x, 0));
      const second = g.where(g.less(like(x, 1), x), root, like(x, 0));
      return g.add(first, second);
    };
    expect(gradient(twice, leaf([0, 1, 4]))).toEqual([0, 0.5, 0.5]);
  });

  test("when the other branch uses the same operand", () => {
    const both = (x: g.Node) => {
      const root = g.sqrt(g.abs(x));
      return g.where(off(x), root, g.mul(x, x));
    };
    expect(gradient(both, leaf([-3, 4]))).toEqual([-6, 0.25]);
  });

  test("when both branches flow into one root", () => {
    const chosen = (x: g.Node) => {
      const root = g.sqrt(x);
      return g.where(g.less(x, like(x, 2)), root, g.neg(root));
    };
    expect(gradient(chosen, leaf([1, 4]))).toEqual([0.5, -0.25]);
  });

  test("from an operand that is masked before the root", () => {
    const before = (x: g.Node) => g.sqrt(g.where(off(x), x, like(x, 0)));
    expect(gradient(before, leaf([-1, 4]))).toEqual([0, 0.25]);
    expect(listOf(forwardSlope(before)(leaf([-1, 4])))).toEqual([0, 0.25]);
    expect(gradient(slope(before), leaf([-1, 4]))).toEqual([0, -0.03125]);
  });

  test("of maximum, whose other operand wins", () => {
    const floor = (x: g.Node) => g.maximum(g.log(x), like(x, 0));
    expect(gradient(floor, leaf([0, 4]))).toEqual([0, 0.25]);
  });

  test("where a NaN was computed in the branch not taken", () => {
    expect(gradient(masked(g.log), leaf([-1, 4]))).toEqual([0, 0.25]);
  });
});

test("an infinite slope where the mask is on stays infinite", () => {
  const always = (x: g.Node) => g.where(g.lessEqual(like(x, 0), x), g.sqrt(x), like(x, 0));
  expect(gradient(always, leaf([0, 4]))).toEqual([Infinity, 0.25]);
});

test("a cut is written once, after the slopes", () => {
  const x = g.placeholder(0, [2], "float64", { requiresGrad: true });
  const found = slope(masked((v) => g.log(g.sqrt(v))))(x);
  expect(g.printGraph([found]).match(/where/g)).toHaveLength(1);
});
