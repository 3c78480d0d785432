/** LeCun's diagonal Levenberg–Marquardt: second derivatives against formulas by hand, steps, saving, refusals. */
import { describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import { crossEntropy, Linear, mse, Parameter } from "../../src/nn/index.ts";
import { DiagonalLevenberg } from "../../src/optim/index.ts";
import { compile, linear, manualSeed, type Tensor, tensor } from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

const values = (x: Tensor): number[] => [...x.dataSync()].map(Number);
const curvature = (optimizer: DiagonalLevenberg, k = 0): number[] => values(optimizer.stateDict()[`${k}.curvature`]!);

describe.each(devices)("on %s", (device) => {
  const float64 = { dtype: "float64", device } as const;
  const x = tensor(
    [
      [1, 2],
      [3, -1],
      [0.5, 4],
    ],
    float64,
  );

  test("squared error: ĥₖ = Σₙ xₙₖ² · 2 / N, exactly", () => {
    const w = new Parameter(tensor([[0.3, -0.7]], float64));
    const optimizer = new DiagonalLevenberg([w]);
    const target = tensor([[1], [2], [3]], float64);
    optimizer.observe(linear(x, w), (o) => mse(o, target), { method: "exact" });
    expect(curvature(optimizer)).toEqual([10.25, 21].map((sum) => expect.closeTo((sum * 2) / 3, 12)));
  });

  test("the running average keeps the digits of float64", () => {
    const w = new Parameter(tensor([[0.3, -0.7]], float64));
    const optimizer = new DiagonalLevenberg([w], { decay: 0.9 });
    const target = tensor([[1], [2], [3]], float64);
    for (const inputs of [x, x.mul(2)])
      optimizer.observe(linear(inputs, w), (o) => mse(o, target), { method: "exact" });
    expect(curvature(optimizer)).toEqual([10.25, 21].map((sum) => expect.closeTo(((0.9 + 0.1 * 4) * sum * 2) / 3, 12)));
  });

  test("cross-entropy: ∂²E/∂oᵢ² is pᵢ (1 − pᵢ) / N", () => {
    const w = new Parameter(
      tensor(
        [
          [0.3, -0.7],
          [1, 0.2],
          [-0.4, 0.1],
        ],
        float64,
      ),
    ); // three classes
    const optimizer = new DiagonalLevenberg([w]);
    const labels = tensor([0, 2, 1], { dtype: "int32", device });
    optimizer.observe(linear(x, w), (o) => crossEntropy(o, labels), { method: "exact" });
    const rows = [
      [1, 2],
      [3, -1],
      [0.5, 4],
    ];
    const weights = [
      [0.3, -0.7],
      [1, 0.2],
      [-0.4, 0.1],
    ];
    const expected = weights.flatMap((_, c) =>
      [0, 1].map((k) =>
        rows.reduce((sum, row) => {
          const scores = weights.map((v) => Math.exp(v[0]! * row[0]! + v[1]! * row[1]!));
          const p = scores[c]! / scores.reduce((a, b) => a + b);
          return sum + (row[k]! ** 2 * p * (1 - p)) / 3;
        }, 0),
      ),
    );
    expect(curvature(optimizer)).toEqual(expected.map((h) => expect.closeTo(h, 10)));
  });

  test("random signs have the exact sum as their mean", () => {
    manualSeed(5);
    const w = new Parameter(tensor([[0.3, -0.7]], float64));
    const target = tensor([[1], [2], [3]], float64);
    const samples = 3000;
    const optimizer = new DiagonalLevenberg([w], { decay: 0 }); // the last sample alone
    const observe = compile(() => optimizer.observe(linear(x, w), (o) => mse(o, target)));
    const total = [0, 0];
    for (let i = 0; i < samples; i++) {
      observe();
      for (const [k, h] of curvature(optimizer).entries()) total[k]! += h / samples;
    }
    // one sample is off by at most √2 of the mean: four standard errors are √2 · 4 / √3000
    for (const [k, sum] of [10.25, 21].entries()) expect(Math.abs((total[k]! / sum) * 1.5 - 1)).toBeLessThan(0.104);
  });

  test("the first observation is the average, later ones are mixed in", () => {
    const w = new Parameter(tensor([1], float64));
    const optimizer = new DiagonalLevenberg([w], { decay: 0.75 });
    const observe = (factor: number): void =>
      optimizer.observe(w.mul(factor).reshape([1, 1]), (o) => o.square().sum().mul(0.5));
    observe(2);
    expect(curvature(optimizer)).toEqual([4]);
    observe(4);
    expect(curvature(optimizer)).toEqual([0.75 * 4 + 0.25 * 16]);
  });

  test("goes to the minimum of a quadratic with axes of its own in one step", () => {
    const w = new Parameter(tensor([3, -2, 1], float64));
    const optimizer = new DiagonalLevenberg([w], { lr: 1, mu: 1e-12 });
    const loss = (o: Tensor): Tensor =>
      o
        .sub(1)
        .square()
        .mul(tensor([1, 100, 0.01], float64))
        .sum();
    const outputs = w.reshape([1, 3]);
    loss(outputs).backward();
    optimizer.observe(outputs, loss); // each weight has one output: signs do not matter
    optimizer.step();
    expect(values(w)).toEqual([1, 1, 1].map((v) => expect.closeTo(v, 8)));
  });

  test("a concave loss counts as flat: the rate is η / μ", () => {
    const w = new Parameter(tensor([2], float64));
    const optimizer = new DiagonalLevenberg([w], { lr: 0.1, mu: 0.5 });
    const outputs = w.reshape([1, 1]);
    outputs.square().neg().sum().backward();
    optimizer.observe(outputs, (o) => o.square().neg().sum());
    optimizer.step();
    expect(values(w)).toEqual([expect.closeTo(2 + (0.1 / 0.5) * 4, 12)]);
  });
});

test("observing leaves the gradients as they are, and works inside compile", () => {
  const model = new Linear(2, 3);
  const x = tensor([
    [1, 2],
    [3, -1],
  ]);
  const y = tensor([0, 2], { dtype: "int32" });
  const gradients = (observing: boolean): number[][] => {
    const optimizer = new DiagonalLevenberg(model.parameters());
    const step = compile(() => {
      optimizer.zeroGrad();
      const outputs = model.forward(x);
      crossEntropy(outputs, y).backward();
      if (observing) optimizer.observe(outputs, (o) => crossEntropy(o, y));
      return model.parameters().map((p) => p.grad!);
    });
    return step().map(values);
  };
  expect(gradients(true)).toEqual(gradients(false));
});

test("a run continued from saved state takes the same steps bit for bit", () => {
  const begin = () => {
    const w = new Parameter(tensor([[0.3, -0.7]]));
    const optimizer = new DiagonalLevenberg([w], { lr: 0.05 });
    const x = tensor([
      [1, 2],
      [3, -1],
    ]);
    const loss = (o: Tensor): Tensor => mse(o, tensor([[1], [2]]));
    const step = (): void => {
      optimizer.zeroGrad();
      const outputs = linear(x, w);
      loss(outputs).backward();
      optimizer.observe(outputs, loss, { method: "exact" });
      optimizer.step();
    };
    return { w, optimizer, step };
  };
  const [first, second] = [begin(), begin()];
  for (let k = 0; k < 3; k++) first.step();
  second.w.assign(first.w.detach());
  second.optimizer.loadStateDict(first.optimizer.stateDict());
  for (let k = 0; k < 3; k++) {
    first.step();
    second.step();
  }
  expect(values(second.w)).toEqual(values(first.w));
});

test("saved state is knowledge: a step may follow without observing again", () => {
  const w = new Parameter(tensor([1]));
  const first = new DiagonalLevenberg([w]);
  first.observe(w.reshape([1, 1]), (o) => o.square().sum());
  const second = new DiagonalLevenberg([w]);
  second.loadStateDict(first.stateDict());
  w.grad = tensor([1]);
  expect(() => second.step()).not.toThrow();
});

describe("refuses", () => {
  const w = new Parameter(tensor([1]));
  test.each<[string, () => unknown, Error]>([
    [
      "a step that knows nothing",
      () => new DiagonalLevenberg([w]).step(),
      new ValueError(
        "DiagonalLevenberg: nothing is known of the second derivatives; call observe(outputs, loss) before the first step",
      ),
    ],
    [
      "an unknown method",
      () => new DiagonalLevenberg([w]).observe(w, (o) => o.sum(), { method: "all" as "exact" }),
      new ValueError('DiagonalLevenberg.observe: there is no method "all"; there are random, exact'),
    ],
    [
      "no outputs",
      () => new DiagonalLevenberg([w]).observe(w.at(":0"), (o) => o.sum()),
      new ShapeError("DiagonalLevenberg.observe: there are no outputs, the shape is [0]"),
    ],
  ])("%s", (_, call, error) => {
    expect(call).toThrow(error);
  });
});
