/** Activations: golden values, derivatives at random and awkward points, precision, what wrong calls say. */
import { describe, expect, test } from "vitest";
import { grad, gradCheck } from "../../src/autodiff/index.ts";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import { compile, manualSeed, type Tensor, tensor, zeros } from "../../src/tensor/index.ts";
import { type Call, describeArea } from "../fixtures-harness.ts";
import { irregular } from "./irregular.ts";

/** Options as the files hold them; the functions check what they are given. */
type Given = Readonly<Record<string, never>>;
type Activation = (x: Tensor, options: Given) => Tensor;

const ofX: Readonly<Record<string, Activation>> = {
  identity: nn.identity,
  step: nn.step,
  sigmoid: nn.sigmoid,
  tanh: nn.tanh,
  arctan: nn.arctan,
  softsign: nn.softsign,
  isru: nn.isru,
  relu: nn.relu,
  leakyRelu: nn.leakyRelu,
  rrelu: nn.rrelu,
  elu: nn.elu,
  selu: nn.selu,
  celu: nn.celu,
  softplus: nn.softplus,
  gelu: nn.gelu,
  silu: nn.silu,
  mish: nn.mish,
  hardsigmoid: nn.hardsigmoid,
  hardswish: nn.hardswish,
  hardtanh: nn.hardtanh,
  relu6: nn.relu6,
  logSigmoid: nn.logSigmoid,
  threshold: (x, options) => nn.threshold(x, options as Readonly<Record<"threshold" | "value", never>>),
  tanhshrink: nn.tanhshrink,
  softshrink: nn.softshrink,
  hardshrink: nn.hardshrink,
  softmax: nn.softmax,
  logSoftmax: nn.logSoftmax,
  softmin: nn.softmin,
  maxout: (x, options) => nn.maxout(x, options as Readonly<Record<"pieces", never>>),
  glu: nn.glu,
};

const calls: Record<string, Call> = {
  ...Object.fromEntries(
    Object.entries(ofX).map(([name, f]): [string, Call] => [name, ([x], options) => f(x!, options as Given)]),
  ),
  prelu: ([x, weight]) => nn.prelu(x!, weight!),
};

describeArea("activations", calls);

const point = (...values: number[]): Tensor => tensor(values, { dtype: "float64", device: "reference" });

describe("first and second derivatives, against central differences", () => {
  const options: Readonly<Record<string, object>> = {
    threshold: { threshold: 0.3, value: -1 },
    maxout: { pieces: 2 },
    sigmoid: { alpha: 2 },
    isru: { alpha: 0.5 },
    elu: { alpha: 2 },
    celu: { alpha: 0.5 },
    softplus: { beta: 3 },
  };
  test.each(Object.keys(ofX))("of %s", (name) => {
    const f = (x: Tensor): Tensor => ofX[name]!(x, (options[name] ?? {}) as Given);
    gradCheck(f, [irregular(2, 4)], { rtol: 1e-5, atol: 1e-6 });
    gradCheck(f, [point(-40, -9, -4, 4.5, 9, 40)], { rtol: 1e-5, atol: 1e-6 }); // saturated
  });

  test("of prelu, by its slopes too", () => {
    gradCheck((x, w) => nn.prelu(x!, w!), [irregular(2, 3, 2), irregular(3)], { rtol: 1e-5, atol: 1e-6 });
  });

  test.each(["tanh", "relu", "gelu", "silu", "identity"] as const)("of glu gated by %s", (gate) => {
    gradCheck((x) => nn.glu(x, { gate }), [irregular(2, 4)], { rtol: 1e-5, atol: 1e-6 });
  });

  test.each(["sigmoid", "tanh", "arctan", "isru", "softplus", "gelu", "silu", "mish", "logSigmoid", "tanhshrink"])(
    "of %s at 0, where it is smooth",
    (name) => {
      gradCheck((x) => ofX[name]!(x, {}), [point(0, 0)], { rtol: 1e-5, atol: 1e-6 });
    },
  );
});

describe("digits", () => {
  /** f and its slope at x in float32. */
  const at = (f: (x: Tensor) => Tensor, x: number): [number, number] => [
    f(tensor(x)).itemSync(),
    (grad(f)(tensor(x)) as Tensor).itemSync(),
  ];
  const relative = (found: number, wanted: number): number => Math.abs(found / wanted - 1);

  test.each<[string, (x: Tensor) => Tensor, number, number, number]>([
    ["tanhshrink near 0: x³/3, slope x²", nn.tanhshrink, 2 ** -10, 2 ** -30 / 3, 2 ** -20],
    ["softsign far out: slope 1/(1 + |x|)²", nn.softsign, 999, 0.999, 1e-6],
    ["isru far out: slope (1 + x²)^(−3/2)", nn.isru, 1000, 0.9999995, 1e-9],
    ["elu near 0: x", nn.elu, -(2 ** -20), -(2 ** -20), 1],
    ["softplus far left: eˣ", nn.softplus, -40, Math.exp(-40), Math.exp(-40)],
    ["logSigmoid far right: −e^(−x)", nn.logSigmoid, 40, -Math.exp(-40), Math.exp(-40)],
    ["mish far left: x eˣ, slope (1 + x) eˣ", nn.mish, -40, -40 * Math.exp(-40), -39 * Math.exp(-40)],
  ])("%s", (_, f, x, value, slope) => {
    const [y, dy] = at(f, x);
    expect(relative(y, value)).toBeLessThan(2e-6);
    expect(relative(dy, slope)).toBeLessThan(3e-6);
  });

  test("bounded ones reach their bounds at infinity, without NaN", () => {
    const ends = tensor([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    const quarter = (x: Tensor): Tensor => nn.isru(x, { alpha: 4 });
    expect([...nn.softsign(ends).dataSync()]).toEqual([-1, 1]);
    expect([...quarter(ends).dataSync()]).toEqual([-0.5, 0.5]);
    expect([...(grad((x: Tensor) => quarter(x).sum())(ends) as Tensor).dataSync()]).toEqual([0, 0]);
    expect([...nn.hardtanh(ends).dataSync()]).toEqual([-1, 1]);
    expect([...nn.elu(ends).dataSync()]).toEqual([-1, Number.POSITIVE_INFINITY]);
  });

  test.each(Object.keys(ofX).filter((name) => !["maxout", "glu"].includes(name)))("%s keeps NaN", (name) => {
    const options = name === "threshold" ? { threshold: 0, value: 1 } : {};
    expect(ofX[name]!(tensor([Number.NaN]), options as Given).itemSync()).toBeNaN();
  });

  test.each(Object.keys(ofX).filter((name) => !["softmax", "logSoftmax", "softmin"].includes(name)))(
    "%s of nothing is nothing",
    (name) => {
      const needed: Readonly<Record<string, object>> = { threshold: { threshold: 0, value: 1 }, maxout: { pieces: 2 } };
      const options = needed[name] ?? {};
      expect(ofX[name]!(zeros([0, 4]), options as unknown as Given).shape[0]).toBe(0);
    },
  );
});

describe("rrelu in training", () => {
  test("draws a slope for every element, anew in every run", () => {
    manualSeed(3);
    const run = compile((x: Tensor) => nn.rrelu(x, { lower: 0.25, upper: 0.5, training: true }));
    const slopes = [run(tensor(new Float32Array(500).fill(-1))), run(tensor(new Float32Array(500).fill(-1)))].map((y) =>
      Array.from(y.dataSync(), (v) => -v),
    );
    for (const row of slopes) {
      expect(Math.min(...row)).toBeGreaterThanOrEqual(0.25);
      expect(Math.max(...row)).toBeLessThanOrEqual(0.5);
      expect(row.reduce((a, b) => a + b) / 500).toBeCloseTo(0.375, 1);
      expect(new Set(row).size).toBeGreaterThan(400);
    }
    expect(slopes[0]).not.toEqual(slopes[1]);
  });
});

describe("the table of activations", () => {
  const { activations } = nn;
  const grid = Array.from({ length: 201 }, (_, i) => (i - 100) / 10);
  const values = (name: string): number[] => {
    const options = name === "threshold" ? { threshold: 1, value: 2 } : {};
    return Array.from(ofX[name]!(tensor(Float64Array.from(grid)), options as Given).dataSync());
  };
  const elementwise = Object.entries(activations).filter(
    ([name]) => !["prelu", "maxout", "glu", "softmax", "logSoftmax", "softmin"].includes(name),
  );

  test("has a row for every activation", () => {
    expect(Object.keys(activations).sort()).toEqual(Object.keys(calls).sort());
  });

  test.each(elementwise)("%s is monotone and zero-centred as it says", (name, { monotone, zeroCentred }) => {
    const y = values(name);
    expect(y.every((v, i) => i === 0 || v >= y[i - 1]! - 1e-12)).toBe(monotone);
    expect(y.every((v, i) => Math.abs(v + y.at(-1 - i)!) < 1e-12)).toBe(zeroCentred);
  });
});

describe("wrong calls", () => {
  test.each<[string, () => unknown, Error]>([
    [
      "prelu",
      () => nn.prelu(zeros([2, 3]), zeros([4])),
      new ShapeError("prelu: the input [2, 3] has 3 channels, the weight is [4]; its shape is [3] or [1]"),
    ],
    [
      "rrelu",
      () => nn.rrelu(zeros([1]), { lower: 0.5, upper: 0.25 }),
      new ValueError("rrelu: the lower slope 0.5 is above the upper slope 0.25"),
    ],
    [
      "hardtanh",
      () => nn.hardtanh(zeros([1]), { minVal: 2 }),
      new ValueError("hardtanh: minVal 2 is not below maxVal 1"),
    ],
    [
      "softshrink",
      () => nn.softshrink(zeros([1]), { lambda: -1 }),
      new ValueError("softshrink: lambda -1 is negative; it is a number from 0"),
    ],
    [
      "hardshrink",
      () => nn.hardshrink(zeros([1]), { lambda: -1 }),
      new ValueError("hardshrink: lambda -1 is negative; it is a number from 0"),
    ],
    ["isru", () => nn.isru(zeros([1]), { alpha: 0 }), new ValueError("isru: alpha 0 is not above 0")],
    ["softplus", () => nn.softplus(zeros([1]), { beta: -1 }), new ValueError("softplus: beta -1 is not above 0")],
    ["celu", () => nn.celu(zeros([1]), { alpha: 0 }), new ValueError("celu: alpha is 0; x is divided by it")],
    [
      "maxout",
      () => nn.maxout(zeros([2, 5]), { pieces: 2 }),
      new ShapeError("maxout: axis -1 of [2, 5] has 5 entries, which do not make units of 2"),
    ],
    [
      "maxout of no pieces",
      () => nn.maxout(zeros([4]), { pieces: 0 }),
      new ValueError("maxout: pieces 0 is not a whole number from 1"),
    ],
    [
      "glu",
      () => nn.glu(zeros([2, 5])),
      new ShapeError("glu: axis -1 of [2, 5] has 5 entries, which do not make two halves"),
    ],
    [
      "glu along no axis",
      () => nn.glu(zeros([2, 4]), { axis: 2 }),
      new ShapeError("glu: axis 2 does not exist in 2 dimensions; axes go from -2 to 1"),
    ],
    [
      "glu with a strange gate",
      () => nn.glu(zeros([4]), { gate: "swish" as "silu" }),
      new ValueError('glu: there is no gate "swish"; there are sigmoid, tanh, relu, gelu, silu, identity'),
    ],
  ])("%s", (_, call, error) => {
    expect(call).toThrow(error);
  });
});
