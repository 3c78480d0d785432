/** Initial values that are drawn: gains, fans, truncated normals, sparse matrices, and values fitted to data. */
import { describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import { manualSeed, ones, random, type Shape, type Tensor } from "../../src/index.ts";
import * as nn from "../../src/nn/index.ts";

const { init } = nn;

const entries = (x: Tensor): number[] => Array.from(x.dataSync(), Number);

function momentsOf(x: Tensor): { mean: number; variance: number } {
  const values = entries(x);
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return { mean, variance: values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length };
}

test.each([
  // torch.nn.init.calculate_gain
  ["linear", 1],
  ["sigmoid", 1],
  ["tanh", 1.6666666666666667],
  ["relu", Math.SQRT2],
  ["leakyRelu", 1.4141428569978354],
  ["selu", 0.75],
] as const)("the gain of %s is PyTorch's", (name, gain) => {
  expect(init.calculateGain(name)).toBeCloseTo(gain, 15);
});

test("the slope of leakyRelu counts", () => {
  expect(init.calculateGain("leakyRelu", 0.5)).toBeCloseTo(Math.sqrt(1.6), 15);
});

// a weight [40, 30, 2, 2]: fan in 120, fan out 160
describe.each<[string, (shape: Shape) => Tensor, number]>([
  ["xavierUniform", (s) => init.xavierUniform(s, { gain: 2 }), 4 * (2 / 280)],
  ["xavierNormal", (s) => init.xavierNormal(s, { gain: 2 }), 4 * (2 / 280)],
  ["kaimingUniform", (s) => init.kaimingUniform(s, { nonlinearity: "relu" }), 2 / 120],
  ["kaimingNormal", (s) => init.kaimingNormal(s, { mode: "fanOut", a: 1 }), 1 / 160],
  ["lecunUniform", (s) => init.lecunUniform(s), 1 / 120],
  ["lecunNormal", (s) => init.lecunNormal(s), 1 / 120],
  ["defaultWeight", (s) => init.defaultWeight(s), 1 / 3 / 120],
])("%s", (name, draw, variance) => {
  test("has mean 0 and the variance of its formula", () => {
    manualSeed(7);
    const weight = draw([40, 30, 2, 2]);
    const found = momentsOf(weight);
    expect(Math.abs(found.mean)).toBeLessThan(4 * Math.sqrt(variance / 4800));
    expect(found.variance / variance).toBeGreaterThan(0.9);
    expect(found.variance / variance).toBeLessThan(1.1);
    if (name.endsWith("Uniform") || name === "defaultWeight")
      expect(Math.max(...entries(weight).map(Math.abs))).toBeLessThanOrEqual(Math.sqrt(3 * variance) * (1 + 1e-6));
  });

  test("of no inputs gives nothing, not NaN", () => {
    expect(entries(draw([0, 3]))).toEqual([]);
    expect(entries(draw([3, 0]))).toEqual([]);
  });
});

describe("truncatedNormal", () => {
  /** Mean and variance of N(0, 1) within a … b: −[φ]/Z and 1 − [zφ]/Z − mean². */
  test.each<[number, number, number, number]>([
    // a, b, mean, variance: scipy.stats.truncnorm(a, b).stats("mv")
    [-2, 2, 0, 0.7737413035499232],
    [-1, 0.5, -0.20663121806153306, 0.1727732590864931],
    [1, 3, 1.5100495132439835, 0.1734529049241228],
  ])("within %f … %f", (a, b, mean, variance) => {
    manualSeed(3);
    const found = momentsOf(init.truncatedNormal([40_000], { a, b, dtype: "float64" }));
    expect(Math.abs(found.mean - mean)).toBeLessThan(0.015);
    expect(Math.abs(found.variance - variance)).toBeLessThan(0.015);
  });

  test("is the inverse of the distribution function", () => {
    manualSeed(5);
    const u = random.uniform({ low: -0.999, high: 0.999, shape: [1000], dtype: "float64" });
    manualSeed(5);
    const x = init.truncatedNormal([1000], { a: -3.290526731491926, b: 3.290526731491926, dtype: "float64" }); // Φ = 0.9995
    const back = x.astype("float64").mul(Math.SQRT1_2).erf();
    entries(back).forEach((v, i) => void expect(v).toBeCloseTo(entries(u)[i]!, 8));
  });

  test("reaches neither bound by a wide margin, and respects both", () => {
    manualSeed(1);
    const values = entries(init.truncatedNormal([20_000], { mean: 1, std: 5, a: 0, b: 1.5 }));
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(1.5);
    expect(Math.max(...values)).toBeGreaterThan(1.49);
  });

  test("open on both sides it is the normal distribution", () => {
    manualSeed(2);
    const found = momentsOf(init.truncatedNormal([20_000], { a: -Infinity, b: Infinity, std: 2 }));
    expect(found.mean).toBeCloseTo(0, 1);
    expect(found.variance).toBeCloseTo(4, 0);
  });
});

describe("sparse", () => {
  test("has as many zeros in each column as said, in places that differ", () => {
    manualSeed(4);
    const w = init.sparse([10, 50], { sparsity: 0.25, std: 2 });
    const rows = w.arraySync() as number[][];
    const zeros = Array.from({ length: 50 }, (_, j) => rows.flatMap((row, i) => (row[j] === 0 ? [i] : [])));
    expect(zeros.every((places) => places.length === 3)).toBe(true); // ⌈2.5⌉
    expect(new Set(zeros.map(String)).size).toBeGreaterThan(20);
    const others = entries(w).filter((v) => v !== 0);
    expect(others.reduce((sum, v) => sum + v * v, 0) / others.length).toBeGreaterThan(3);
  });

  test("none and all", () => {
    expect(entries(init.sparse([3, 2], { sparsity: 0 })).every((v) => v !== 0)).toBe(true);
    expect(entries(init.sparse([3, 2], { sparsity: 1 }))).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe("layerSequentialUnitVariance", () => {
  const deep = (): nn.Sequential =>
    new nn.Sequential(
      new nn.Conv2d(2, 4, 3),
      new nn.ReLU(),
      new nn.Flatten(),
      new nn.Linear(64, 30),
      new nn.Tanh(),
      new nn.Dropout(0.5),
      new nn.Linear(30, 5),
    );

  test("brings every layer's outputs to variance 1, in the order of the calls", () => {
    manualSeed(6);
    const model = deep();
    const batch = random.normal({ shape: [40, 2, 6, 6], std: 3 });
    const variances = init.layerSequentialUnitVariance(model, batch, { tolerance: 0.02 });
    expect(Object.keys(variances)).toEqual(["0", "3", "6"]);
    for (const variance of Object.values(variances)) expect(Math.abs(variance - 1)).toBeLessThan(0.02);
    model.eval();
    let x: Tensor = batch;
    model.layers.forEach((layer, i) => {
      x = layer.forward(x);
      if ([0, 3, 6].includes(i)) expect(momentsOf(x).variance).toBeCloseTo(1, 1);
    });
  });

  test("keeps the directions of the weights unless they are drawn anew, and the mode of every module", () => {
    manualSeed(6);
    const model = deep();
    model.at(5)!.eval();
    const before = entries(model.stateDict()["3.weight"]!);
    init.layerSequentialUnitVariance(model, random.normal({ shape: [40, 2, 6, 6] }), { orthogonal: false });
    const ratios = entries(model.stateDict()["3.weight"]!).map((v, i) => v / before[i]!);
    expect(Math.max(...ratios) - Math.min(...ratios)).toBeLessThan(1e-4 * ratios[0]!);
    expect(model.modules().map((m) => m.training)).toEqual([true, true, true, true, true, true, false, true]);
  });

  test("leaves everything as it was when a layer cannot be scaled", () => {
    const model = new nn.Sequential(new nn.Linear(3, 4), new nn.ReLU(), new nn.Linear(4, 1, { bias: false }));
    const before = model.parameters().map((p) => entries(p));
    expect(() => init.layerSequentialUnitVariance(model, ones([1, 3]))).toThrow(
      new ValueError(
        "sequential.2: layerSequentialUnitVariance: the outputs have the variance 0, which cannot be brought to 1; give a batch of several different samples",
      ),
    );
    expect(model.parameters().map((p) => entries(p))).toEqual(before);
    expect(model.training).toBe(true);
  });
});

test.each<[string, () => unknown, Error]>([
  [
    "a gain of what is not in the table",
    () => init.calculateGain("gelu" as "relu"),
    new ValueError('calculateGain: there is no gain of "gelu"; there are linear, sigmoid, tanh, relu, selu, leakyRelu'),
  ],
  [
    "fans of a vector",
    () => init.xavierNormal([3]),
    new ShapeError("init: [3] has no fan in and fan out; they need at least [out, in]"),
  ],
  [
    "a fan mode that does not exist",
    () => init.kaimingUniform([3, 3], { mode: "fan_in" as "fanIn" }),
    new ValueError('kaimingUniform: mode "fan_in" does not exist; there are fanIn and fanOut'),
  ],
  [
    "an option that does not exist",
    () => init.kaimingNormal([3, 3], { nonLinearity: "relu" } as object),
    new ValueError(
      'kaimingNormal: there is no option "nonLinearity" (nearest: nonlinearity); there are mode, nonlinearity, a, dtype, device',
    ),
  ],
  [
    "a negative deviation",
    () => init.normal([3], -1),
    new ValueError("init.normal: the deviation -1 is negative; it is a number from 0"),
  ],
  [
    "a negative bound",
    () => init.uniform([3], -1),
    new ValueError("init.uniform: the bound -1 is negative; it is a number from 0"),
  ],
  ["std 0", () => init.truncatedNormal([3], { std: 0 }), new ValueError("truncatedNormal: std 0 is not above 0")],
  [
    "bounds upside down",
    () => init.truncatedNormal([3], { a: 1, b: 1 }),
    new ValueError("truncatedNormal: the least number a = 1 is not below the greatest, b = 1"),
  ],
  [
    "bounds where nothing lies",
    () => init.truncatedNormal([3], { mean: 10 }),
    new ValueError("truncatedNormal: hardly any number of N(10, 1²) lies in -2 … 2; move the mean or widen the bounds"),
  ],
  [
    "a sparsity that is no share",
    () => init.sparse([3, 3], { sparsity: 2 }),
    new ValueError("sparse: the sparsity 2 is not within 0 … 1"),
  ],
  ["a sparse vector", () => init.sparse([3], { sparsity: 0.5 }), new ShapeError("sparse: [3] is no matrix [out, in]")],
  [
    "a tolerance of 0",
    () => init.layerSequentialUnitVariance(new nn.Linear(2, 2), ones([2, 2]), { tolerance: 0 }),
    new ValueError("layerSequentialUnitVariance: tolerance 0 is not above 0"),
  ],
])("%s is refused", (_, call, error) => {
  expect(call).toThrow(error);
});
