/**
 * Reverse and forward mode on graphs: where they start and end, what they share, the conventions at kinks, what they
 * refuse.
 */
import { describe, expect, test } from "vitest";
import { GradientError } from "../../src/base/index.ts";
import * as g from "../../src/graph/index.ts";
import { leaf, listOf } from "./support.ts";

const ones = (x: g.Node) => g.constant(1, x.shape, x.dtype);

/** Gradients of Σ y with respect to `xs`; null where nothing flows. */
function gradients(y: g.Node, xs: readonly g.Node[]): (number[] | null)[] {
  const found = g.backward([{ node: y, cotangent: ones(y) }], xs);
  return xs.map((x) => (found.has(x) ? listOf(found.get(x)!) : null));
}

describe("backward", () => {
  test("gives the book's example: f = sin x₁ + x₁·x₂ at (2, 5)", () => {
    const [x1, x2] = [leaf([2], []), leaf([5], [])];
    const [d1, d2] = gradients(g.add(g.sin(x1), g.mul(x1, x2)), [x1, x2]);
    expect(d1![0]).toBeCloseTo(Math.cos(2) + 5, 14);
    expect(d2).toEqual([2]);
  });

  test("adds up what comes along several paths", () => {
    const x = leaf([3]);
    expect(gradients(g.mul(g.mul(x, x), g.add(x, x)), [x])).toEqual([[54]]); // 2x³
  });

  test("serves several roots at once", () => {
    const x = leaf([3]);
    const [square, double] = [g.mul(x, x), g.add(x, x)];
    const roots = [square, double, square].map((node) => ({ node, cotangent: ones(node) }));
    expect(listOf(g.backward(roots, [x]).get(x)!)).toEqual([14]);
  });

  test("finds intermediate targets and does not stop at them", () => {
    const x = leaf([3]);
    const y = g.mul(x, x);
    const z = g.mul(y, y);
    expect(gradients(z, [x, y, z])).toEqual([[108], [18], [1]]);
  });

  test("leaves out targets that nothing reaches", () => {
    const [x, other] = [leaf([3]), leaf([4])];
    expect(gradients(g.mul(x, x), [x, other])).toEqual([[6], null]);
    expect(gradients(g.cast(g.less(x, other), "float64"), [x])).toEqual([null]);
  });

  test("without targets goes to the leaves that have a sink", () => {
    const [w, x] = [leaf([3]), leaf([4])];
    w.sink = { accumulate: () => {} };
    const found = g.backward([{ node: g.mul(w, x), cotangent: ones(w) }]);
    expect([...found.keys()]).toEqual([w]);
    expect(listOf(found.get(w)!)).toEqual([4]);
  });

  test("does not flow into what was computed without recording", () => {
    const x = leaf([3]);
    const square = g.withRecording(false, () => g.mul(x, x));
    expect(gradients(g.mul(square, x), [x])).toEqual([[9]]);
  });

  test("records its own nodes unless told not to", () => {
    const x = leaf([3]);
    const y = g.mul(x, g.mul(x, x));
    const once = () => g.backward([{ node: y, cotangent: ones(y) }], [x]).get(x)!;
    expect(once().requiresGrad).toBe(true);
    expect(g.withRecording(false, once).requiresGrad).toBe(false);
    expect(gradients(once(), [x])).toEqual([[18]]); // 6x
  });

  test("is not stopped by a graph of 200000 operations in a row", () => {
    const x = leaf([1]);
    let y: g.Node = x;
    for (let i = 0; i < 200_000; i++) y = g.neg(y);
    expect(gradients(y, [x])).toEqual([[1]]);
    expect(listOf(g.forward([y], new Map([[x, ones(x)]]))[0]!)).toEqual([1]);
  });

  test("does not multiply gradients that are known to be zero", () => {
    const x = leaf([0, 2]);
    const y = g.floor(g.div(ones(x), x)); // the slope of 1/x is infinite at 0, that of floor is 0
    expect(gradients(y, [x])).toEqual([[0, 0]]);
  });

  test("refuses roots that have no gradient and cotangents that do not belong", () => {
    const x = leaf([1, 2]);
    const order = g.argsort(x);
    expect(() => g.backward([{ node: order, cotangent: order }])).toThrow(
      new GradientError("backward: a result of int32 has no gradient; only float32 and float64 have one"),
    );
    expect(() => g.backward([{ node: x, cotangent: leaf([1], []) }])).toThrow(
      new GradientError("backward: a cotangent of float64 [] does not belong to a result of float64 [2]"),
    );
  });
});

describe("forward", () => {
  test("gives null where nothing moves", () => {
    const [x, y] = [leaf([3]), leaf([4])];
    const [moves, rests] = g.forward([g.mul(x, y), g.mul(y, y)], new Map([[x, ones(x)]]));
    expect(listOf(moves!)).toEqual([4]);
    expect(rests).toBeNull();
  });

  test("starts at intermediate nodes too", () => {
    const x = leaf([3]);
    const y = g.mul(x, x);
    const [dz] = g.forward([g.mul(y, x)], new Map([[y, ones(y)]]));
    expect(listOf(dz!)).toEqual([3]);
  });

  test("can be nested: the fourth derivative of x⁵", () => {
    let y = g.pow(leaf([2]), leaf([5]));
    const [x] = y.inputs;
    for (let i = 0; i < 4; i++) y = g.forward([y], new Map([[x!, ones(x!)]]))[0]!;
    expect(listOf(y)[0]).toBeCloseTo(240, 9);
  });
});

describe("conventions at kinks are PyTorch's", () => {
  const [zero, pairs] = [leaf([0, -0, 3, -3]), [leaf([1, 2, 2]), leaf([2, 2, 1])] as const];

  test("|x| and sign have slope 0 at 0", () => {
    expect(gradients(g.abs(zero), [zero])[0]!.map((v) => v + 0)).toEqual([0, 0, 1, -1]);
    expect(gradients(g.sign(zero), [zero])).toEqual([[0, 0, 0, 0]]);
  });

  test("roundings and floorDivide have gradient zero, not none", () => {
    for (const f of [g.floor, g.ceil, g.round, g.trunc]) expect(gradients(f(zero), [zero])).toEqual([[0, 0, 0, 0]]);
    const [a, b] = pairs;
    expect(gradients(g.floorDivide(a, b), [a, b])).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  test("maximum and minimum give half to each side of a tie", () => {
    const [a, b] = pairs;
    expect(gradients(g.maximum(a, b), [a, b])).toEqual([
      [0, 0.5, 1],
      [1, 0.5, 0],
    ]);
    expect(gradients(g.minimum(a, b), [a, b])).toEqual([
      [1, 0.5, 0],
      [0, 0.5, 1],
    ]);
  });

  test("max and min share equally among all that are extreme", () => {
    const x = leaf([3, 1, 3, 3, 2, 2], [2, 3]);
    expect(gradients(g.max(x, [1]), [x])).toEqual([[0.5, 0, 0.5, 1, 0, 0]]);
    expect(gradients(g.min(x, [1]), [x])).toEqual([[0, 1, 0, 0, 0.5, 0.5]]);
  });

  test("0^b has slope 0 in b where b ≥ 0, and slope 1 in its base for b = 1", () => {
    const [a, b] = [leaf([0, 0, 0]), leaf([0, 1, 2])];
    expect(gradients(g.pow(a, b), [a, b])).toEqual([
      [0, 1, 0],
      [0, 0, 0],
    ]);
  });

  test("powers with constant exponents do not take logarithms of negative bases", () => {
    const x = leaf([-2]);
    expect(gradients(g.pow(x, g.constantLike(x, 2)), [x])).toEqual([[-4]]);
    expect(gradients(g.pow(x, g.constantLike(x, 3)), [x])).toEqual([[12]]);
    expect(gradients(g.pow(x, g.constantLike(x, 0)), [x])).toEqual([[0]]);
  });
});

describe("slopes keep their digits", () => {
  const near = (f: (x: g.Node) => g.Node, x: number, expected: number) => {
    const v = leaf([x]);
    expect(gradients(f(v), [v])[0]![0]! / expected).toBeCloseTo(1, 13);
  };

  test("of expm1 far below zero", () => near(g.expm1, -40, Math.exp(-40)));
  test("of log1p next to −1", () => near(g.log1p, -1 + 2 ** -40, 2 ** 40));
  test("of erf and erfc far out", () => {
    near(g.erf, 5, (2 / Math.sqrt(Math.PI)) * Math.exp(-25));
    near(g.erfc, 5, (-2 / Math.sqrt(Math.PI)) * Math.exp(-25));
  });
  test("of asin and atanh next to 1", () => {
    near(g.asin, 1 - 2 ** -40, 1 / Math.sqrt(2 ** -40 * (2 - 2 ** -40)));
    near(g.atanh, 1 - 2 ** -40, 1 / (2 ** -40 * (2 - 2 ** -40)));
  });
});

describe("gather and scatterAdd", () => {
  test("what is read several times collects the sum", () => {
    const x = leaf([10, 20, 30]);
    const index = leaf([2, 0, 2, 2], [4], "int32");
    expect(gradients(g.gather(x, index, { axis: 0 }), [x])).toEqual([[1, 0, 3]]);
  });

  test("updates of one place share its cotangent", () => {
    const [base, updates] = [leaf([0, 0]), leaf([1, 2, 3])];
    const index = leaf([1, 1, 0], [3], "int32");
    const y = g.scatterAdd(base, index, updates, { axis: 0 });
    expect(listOf(y)).toEqual([3, 3]);
    expect(gradients(g.mul(y, leaf([5, 7])), [base, updates])).toEqual([
      [5, 7],
      [7, 7, 5],
    ]);
  });
});

test("casts pass derivatives between float dtypes and end them at integers", () => {
  const x = leaf([1.5, 2.5]);
  const narrow = g.cast(x, "float32");
  const found = g.backward([{ node: narrow, cotangent: ones(narrow) }], [x]).get(x)!;
  expect(found.dtype).toBe("float64");
  expect(gradients(g.cast(g.cast(x, "int32"), "float64"), [x])).toEqual([null]);
});

describe("aliases", () => {
  test("detach cuts derivatives in both modes and keeps the value", () => {
    const x = leaf([3]);
    const y = g.mul(g.detach(g.mul(x, x)), x);
    expect(listOf(y)).toEqual([27]);
    expect(gradients(y, [x])).toEqual([[9]]);
    expect(listOf(g.forward([y], new Map([[x, ones(x)]]))[0]!)).toEqual([9]);
    expect(g.detach(x).requiresGrad).toBe(false);
  });

  const doubled = (x: g.Node, forward?: g.CustomForward) =>
    g.custom(g.mul(x, x), [x], "square", (ct) => [g.mul(ct, g.constantLike(ct, 10))], forward);

  test("custom takes its own derivative, not that of its value", () => {
    const x = leaf([3]);
    expect(listOf(doubled(x))).toEqual([9]);
    expect(gradients(doubled(x), [x])).toEqual([[10]]);
  });

  test("custom's derivative can be differentiated", () => {
    const x = leaf([3]);
    const cube = g.custom(g.mul(x, g.mul(x, x)), [x], "cube", (ct) => [g.mul(ct, g.mul(x, x))]);
    const slope = g.backward([{ node: cube, cotangent: ones(cube) }], [x]).get(x)!;
    expect(gradients(slope, [x])).toEqual([[6]]);
  });

  test("custom in forward mode needs its own rule and says so", () => {
    const x = leaf([3]);
    const tangents = new Map([[x, ones(x)]]);
    expect(() => g.forward([doubled(x)], tangents)).toThrow(
      new GradientError("square: forward mode is not defined for it, only its backward function is; use reverse mode"),
    );
    const y = doubled(x, ([dx]) => (dx ? g.mul(dx, g.constantLike(dx, 7)) : null));
    expect(listOf(g.forward([y], tangents)[0]!)).toEqual([7]);
    const other = leaf([1]);
    expect(g.forward([doubled(x)], new Map([[other, ones(other)]]))).toEqual([null]);
  });

  test("custom's mistakes are named by its name", () => {
    const x = leaf([3]);
    const pull = (y: g.Node) => () => g.backward([{ node: y, cotangent: ones(y) }], [x]);
    expect(pull(g.custom(x, [x], "mine", () => []))).toThrow(
      new GradientError("mine: backward gave 0 gradients for 1 arguments; give null where there is none"),
    );
    expect(pull(g.custom(x, [x], "mine", () => [leaf([1, 2])]))).toThrow(
      new GradientError("mine: its derivative gave float64 [2] for an operand of float64 [1]"),
    );
  });
});
