/** Levenberg–Marquardt, full: against the formula by hand, known minima, small networks; saving and refusals. */
import { describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import { Linear, Parameter, Sequential, Tanh } from "../../src/nn/index.ts";
import { LevenbergMarquardt, type LevenbergMarquardtOptions } from "../../src/optim/index.ts";
import { compile, linspace, manualSeed, stack, type Tensor, tensor } from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

const values = (x: Tensor): number[] => [...x.dataSync()].map(Number);

describe.each(devices)("on %s", (device) => {
  const parameter = (list: number[], dtype: "float32" | "float64" = "float64"): Tensor =>
    new Parameter(tensor(list, { dtype, device }));
  const fixed = (list: number[]): Tensor => tensor(list, { dtype: "float64", device });

  // r = [w₀ + w₁ − 3, w₀ − w₁ + 1, 2 w₀ − 1] at w = 0: J = [[1, 1], [1, −1], [2, 0]], r = [−3, 1, −1],
  // JᵀJ = [[6, 0], [0, 2]], Jᵀ r = [−4, −4]
  const line = (w: Tensor): Tensor => {
    const [a, b] = [w.at(0), w.at(1)];
    return stack([a.add(b).sub(3), a.sub(b).add(1), a.mul(2).sub(1)]);
  };

  test.each<[LevenbergMarquardtOptions, number[]]>([
    [{ damping: 2 }, [4 / (6 + 2), 4 / (2 + 2)]],
    [{ damping: 2, scaling: "diagonal" }, [4 / (6 + 12), 4 / (2 + 4)]],
    [{ damping: 1e-12 }, [4 / 6, 4 / 2]],
  ])("takes the step of the formula by hand, %o", (options, expected) => {
    const w = parameter([0, 0]);
    const optimizer = new LevenbergMarquardt([w], options);
    expect(optimizer.step(() => line(w)).itemSync()).toBe(5.5); // ½ (9 + 1 + 1)
    expect(values(w)).toEqual(expected.map((x) => expect.closeTo(x, 10)));
    expect(optimizer.damping).toBeCloseTo(options.damping! * 0.1, 15);
  });

  test("fewer residuals than weights: the step of least length, nearly", () => {
    const w = parameter([0, 0, 0]);
    new LevenbergMarquardt([w], { damping: 1e-9 }).step(() =>
      w
        .mul(fixed([1, 2, 2]))
        .sum()
        .sub(9)
        .reshape([1]),
    );
    expect(values(w)).toEqual([1, 2, 2].map((x) => expect.closeTo(x, 6))); // 9 a / aᵀa
  });

  test("several parameters, of several shapes", () => {
    const [a, b] = [parameter([0]), new Parameter(tensor([[0, 0]], { dtype: "float64", device }))];
    const optimizer = new LevenbergMarquardt([a, b], { damping: 1e-12 });
    optimizer.step(() => stack([a.sum().sub(3), b.at(0, 0).sub(4), b.at(0, 1).add(5)]));
    expect([...values(a), ...values(b)]).toEqual([3, 4, -5].map((x) => expect.closeTo(x, 9)));
  });

  test.each(["identity", "diagonal"] as const)("walks down Rosenbrock's valley, %s", (scaling) => {
    // ½ Σ r² = ½ (100 (w₁ − w₀²)² + (1 − w₀)²), from (−1.2, 1) to its minimum 0 at (1, 1)
    const w = parameter([-1.2, 1]);
    const optimizer = new LevenbergMarquardt([w], { scaling });
    const residuals = () => stack([w.at(1).sub(w.at(0).square()).mul(10), w.at(0).mul(-1).add(1)]);
    const costs = Array.from({ length: 30 }, () => optimizer.step(residuals).itemSync());
    expect(costs[0]).toBeCloseTo(12.1, 10);
    for (const [k, cost] of costs.entries()) if (k > 0) expect(cost).toBeLessThanOrEqual(costs[k - 1]!);
    expect(values(w)).toEqual([1, 1].map((x) => expect.closeTo(x, 7)));
  });

  test("a step that would lead uphill is not taken: the weights stay to the bit, and λ grows", () => {
    const w = parameter([3]);
    const optimizer = new LevenbergMarquardt([w], { damping: 1, maxTrials: 4 });
    optimizer.step(() => w.mul(0).add(2)); // nothing to be gained
    expect([values(w), optimizer.damping]).toEqual([[3], 1e4]);
  });

  test("λ stops growing", () => {
    const w = parameter([3]);
    const optimizer = new LevenbergMarquardt([w], { damping: 1, maxDamping: 50 });
    for (let k = 0; k < 3; k++) optimizer.step(() => w.mul(0).add(2));
    expect(optimizer.damping).toBe(50);
  });

  test("a step too long is shortened until it leads downhill", () => {
    // Gauss and Newton's step for atan, from 3, goes to −9.5, where atan² is greater
    const w = parameter([3]);
    const optimizer = new LevenbergMarquardt([w], { damping: 1e-3 });
    const costs = Array.from({ length: 12 }, () => optimizer.step(() => w.atan()).itemSync());
    expect(costs[1]).toBeLessThan(costs[0]!);
    expect(w.itemSync()).toBeCloseTo(0, 6);
  });

  test("a weight on which nothing depends stays, with the diagonal too", () => {
    for (const scaling of ["identity", "diagonal"] as const) {
      const w = parameter([1, 7]);
      new LevenbergMarquardt([w], { scaling, damping: 1e-9 }).step(() => w.at("0:1").sub(5));
      expect(values(w)).toEqual([expect.closeTo(5, 6), 7]);
    }
  });

  test.each([true, false])("learns XOR with 2, 3 and 1 neurons (handed the data: %s)", (handed) => {
    manualSeed(3);
    const model = new Sequential(new Linear(2, 3, { device }), new Tanh(), new Linear(3, 1, { device }));
    const x = tensor(
      [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ],
      { device },
    );
    const y = tensor([[0], [1], [1], [0]], { device });
    const optimizer = new LevenbergMarquardt(model.parameters());
    const residuals = (input: Tensor, target: Tensor): Tensor => (model.forward(input) as Tensor).sub(target);
    for (let k = 0; k < 40; k++) handed ? optimizer.step(residuals, x, y) : optimizer.step(() => residuals(x, y));
    expect(model.forward(x).sub(y).abs().max().itemSync()).toBeLessThan(1e-4);
  });
});

test("fits a sine with ten weights of tanh better than gradient descent ever does", () => {
  manualSeed(1);
  const model = new Sequential(
    new Linear(1, 5, { dtype: "float64" }),
    new Tanh(),
    new Linear(5, 1, { dtype: "float64" }),
  );
  const x = linspace(-3, 3, 50, { dtype: "float64" }).reshape([50, 1]);
  const y = x.sin();
  const optimizer = new LevenbergMarquardt(model.parameters());
  const residuals = (input: Tensor, target: Tensor): Tensor => (model.forward(input) as Tensor).sub(target);
  for (let k = 0; k < 150; k++) optimizer.step(residuals, x, y);
  expect(model.forward(x).sub(y).abs().max().itemSync()).toBeLessThan(2e-3);
});

test("a run continued from saved state takes the same steps bit for bit", () => {
  const begin = (): { w: Tensor; optimizer: LevenbergMarquardt; step: () => number } => {
    const w = new Parameter(tensor([-1.2, 1]));
    const optimizer = new LevenbergMarquardt([w], { damping: 0.1 });
    const residuals = () => stack([w.at(1).sub(w.at(0).square()).mul(10), w.at(0).mul(-1).add(1)]);
    return { w, optimizer, step: () => optimizer.step(residuals).itemSync() };
  };
  const [first, second] = [begin(), begin()];
  for (let k = 0; k < 5; k++) first.step();
  second.w.assign(first.w.detach());
  second.optimizer.loadStateDict(first.optimizer.stateDict());
  expect(second.optimizer.damping).toBe(first.optimizer.damping);
  for (let k = 0; k < 5; k++) expect(second.step()).toBe(first.step());
  expect(second.w.arraySync()).toEqual(first.w.arraySync());
});

describe("refuses", () => {
  const w = new Parameter(tensor([1, 2]));
  const lm = (options: object): LevenbergMarquardt => new LevenbergMarquardt([w], options);
  test.each<[string, () => unknown, Error]>([
    ["no damping", () => lm({ damping: 0 }), new ValueError("LevenbergMarquardt: damping 0 is not a number above 0")],
    [
      "a factor of 1",
      () => lm({ increase: 1 }),
      new ValueError("LevenbergMarquardt: increase 1 is not a number above 1"),
    ],
    [
      "a decrease that is none",
      () => lm({ decrease: 1 }),
      new ValueError("LevenbergMarquardt: decrease 1 is not within 0 < decrease < 1"),
    ],
    [
      "an unknown scaling",
      () => lm({ scaling: "diag" }),
      new ValueError('LevenbergMarquardt: there is no scaling "diag"; there are identity, diagonal'),
    ],
    [
      "a rate",
      () => lm({ lr: 1 }),
      new ValueError(
        'LevenbergMarquardt: there is no option "lr"; there are damping, increase, decrease, maxDamping, maxTrials, scaling',
      ),
    ],
    [
      "groups",
      () => new LevenbergMarquardt([{ params: [w] }] as unknown as Tensor[]),
      new ValueError("LevenbergMarquardt: a parameter is a tensor made with parameter(), not [object Object]"),
    ],
    [
      "no residuals",
      () => lm({}).step(() => w.at(":0")),
      new ShapeError("LevenbergMarquardt: there are no residuals, the shape is [0]"),
    ],
    [
      "being compiled",
      () => compile(() => lm({}).step(() => w))(),
      new ValueError(
        "LevenbergMarquardt: step reads values and cannot be inside compile(); hand it the batch, step(residuals, x, y), and the residuals are compiled",
      ),
    ],
  ])("%s", (_, call, error) => {
    expect(call).toThrow(error);
  });
});
