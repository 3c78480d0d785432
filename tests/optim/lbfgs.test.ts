/** L-BFGS beyond PyTorch's steps, which optimizers.test.ts holds: its parts, its history, saving, what it refuses. */
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/base/index.ts";
import { Linear, mse, Parameter } from "../../src/nn/index.ts";
import { formulas, LBFGS, type LbfgsOptions, Scheduler, stepLr } from "../../src/optim/index.ts";
import { compile, type Tensor, tensor } from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

describe("the two-loop recursion", () => {
  /** Nocedal & Wright's algorithm 7.4 on the vectors themselves. */
  function onVectors(s: number[][], y: number[][], g: number[], gamma: number): number[] {
    const dot = (a: number[], b: number[]): number => a.reduce((total, x, i) => total + x * b[i]!, 0);
    let q = [...g];
    const alpha: number[] = [];
    for (let i = s.length - 1; i >= 0; i--) {
      alpha[i] = dot(s[i]!, q) / dot(s[i]!, y[i]!);
      q = q.map((x, j) => x - alpha[i]! * y[i]![j]!);
    }
    let r = q.map((x) => gamma * x);
    for (let i = 0; i < s.length; i++) {
      const beta = dot(y[i]!, r) / dot(s[i]!, y[i]!);
      r = r.map((x, j) => x + (alpha[i]! - beta) * s[i]![j]!);
    }
    return r;
  }

  test.each([0, 1, 2, 5])("in coordinates is that on vectors, of %i pairs", (k) => {
    const s = Array.from({ length: k }, (_, i) => [1 + i, Math.sin(i), 0.5 * i, -1]);
    const y = s.map((row, i) => row.map((x, j) => (1 + j) * x + 0.1 * Math.cos(3 * i + j)));
    const g = [0.3, -2, 1, 0.7];
    const dot = (a: number[], b: number[]): number => a.reduce((total, x, i) => total + x * b[i]!, 0);
    const table = (a: number[][], b: number[][]) => a.map((row) => b.map((other) => dot(row, other)));
    const products = {
      sy: table(s, y),
      yy: table(y, y),
      sg: s.map((row) => dot(row, g)),
      yg: y.map((row) => dot(row, g)),
    };
    const r = formulas.twoLoop(products, 0.7);
    const sum = g.map(
      (x, j) =>
        r.g * x + s.reduce((t, row, i) => t + r.s[i]! * row[j]!, 0) + y.reduce((t, row, i) => t + r.y[i]! * row[j]!, 0),
    );
    for (const [j, x] of onVectors(s, y, g, 0.7).entries()) expect(sum[j]).toBeCloseTo(x, 10);
  });
});

describe("the line search", () => {
  /** φ with its trials counted. */
  function searched(f: (t: number) => number, slope: (t: number) => number, first = 1) {
    const tried: number[] = [];
    const phi = (t: number) => {
      tried.push(t);
      return { t, f: f(t), slope: slope(t), found: null };
    };
    const origin = { t: 0, f: f(0), slope: slope(0), found: null };
    return { found: formulas.strongWolfe(phi, origin, first, 1), tried };
  }

  test("takes a first step that is right", () => {
    expect(
      searched(
        (t) => (t - 1) ** 2,
        (t) => 2 * (t - 1),
      ).tried,
    ).toEqual([1]);
  });

  test("goes on where the slope is still steep, ten times as far at most", () => {
    const { tried } = searched(
      (t) => (t - 4) ** 2,
      (t) => 2 * (t - 4),
      0.01,
    );
    expect(tried).toEqual([0.01, 0.1, 1]); // slopes −7.98, −7.8, −6, where −7.2 is flat enough
  });

  test("comes back from a step too far", () => {
    const { found } = searched(
      (t) => (t - 1) ** 2,
      (t) => 2 * (t - 1),
      50,
    );
    expect(found.t).toBeCloseTo(1, 9);
  });

  test("comes back from where the loss is infinite or no number", () => {
    for (const far of [Number.POSITIVE_INFINITY, Number.NaN]) {
      const { found } = searched(
        (t) => (t > 2 ? far : (t - 1) ** 2),
        (t) => (t > 2 ? Number.NaN : 2 * (t - 1)),
        40,
      );
      expect(Math.abs(found.t - 1)).toBeLessThan(0.95); // |φ′(t)| ≤ 0.9 |φ′(0)|
    }
  });

  test("a cubic's minimum: t³ − 3t between 0 and 2 is least at 1", () => {
    const at = (t: number) => ({ t, f: t ** 3 - 3 * t, slope: 3 * t * t - 3 });
    expect(formulas.cubicMinimum(at(0), at(2), 0, 2)).toBeCloseTo(1, 12);
    expect(formulas.cubicMinimum(at(2), at(0), 0, 2)).toBeCloseTo(1, 12);
    expect(formulas.cubicMinimum(at(0), at(2), 0, 0.5)).toBe(0.5);
    // slopes 1 at both ends and a mean slope of ½ between: the cubic through them has no minimum
    const rising = (t: number) => ({ t, f: t / 2, slope: 1 });
    expect(formulas.cubicMinimum(rising(0), rising(2), 0, 2)).toBe(1);
  });
});

/** Rosenbrock's valley in many dimensions: Σ 100 (wᵢ₊₁ − wᵢ²)² + (1 − wᵢ)², with its minimum 0 where all are 1. */
const valley = (w: Tensor): Tensor => {
  const [here, next] = [w.at(":-1"), w.at("1:")];
  return next.sub(here.square()).square().mul(100).add(here.mul(-1).add(1).square()).sum();
};

describe.each(devices)("on %s", (device) => {
  const start = (): Tensor => new Parameter(tensor([-1.2, 1, -0.5, 2, 0.3], { dtype: "float64", device }));

  test.each<[string, Partial<LbfgsOptions>]>([
    ["a full history", {}],
    ["a history that turns over", { historySize: 3 }],
    ["a history of one pair", { historySize: 1 }],
  ])("finds the end of Rosenbrock's valley with %s", (_, options) => {
    const w = start();
    const optimizer = new LBFGS([w], {
      maxIter: 2000,
      toleranceChange: 1e-16,
      lineSearchFn: "strongWolfe",
      ...options,
    });
    const before = optimizer.step(() => valley(w));
    expect(before.itemSync()).toBeGreaterThan(100);
    expect(valley(w).itemSync()).toBeLessThan(1e-12);
    for (const x of w.dataSync()) expect(Number(x)).toBeCloseTo(1, 5);
  });

  test("minimises a quadratic of n weights in n + 1 iterations or so, several parameters together", () => {
    const [a, b] = [new Parameter(tensor([3, -2], { device })), new Parameter(tensor([[1.5]], { device }))];
    const loss = () =>
      a
        .sub(1)
        .square()
        .mul(tensor([1, 10]))
        .sum()
        .add(b.add(2).square().sum().mul(4));
    const optimizer = new LBFGS([a, b], { lineSearchFn: "strongWolfe", toleranceGrad: 1e-4 });
    optimizer.step(loss);
    expect(optimizer.evaluations).toBeLessThan(12);
    for (const x of a.dataSync()) expect(Number(x)).toBeCloseTo(1, 4);
    expect(b.itemSync()).toBeCloseTo(-2, 4);
  });

  test("a parameter that the loss does not use stays", () => {
    const [used, unused] = [new Parameter(tensor([2], { device })), new Parameter(tensor([7], { device }))];
    new LBFGS([used, unused], { lineSearchFn: "strongWolfe" }).step(() => used.square().sum());
    expect([used.itemSync(), unused.itemSync()]).toEqual([expect.closeTo(0, 5), 7]);
  });
});

test("a closure that calls zeroGrad and backward, one that does not, and a compiled one take the same steps", () => {
  const x = tensor([
    [1, 2],
    [3, -1],
    [0.5, 0.2],
  ]);
  const y = tensor([[1], [2], [-1]]);
  const run = (step: (optimizer: LBFGS, model: Linear) => Tensor): number[] => {
    const model = new Linear(2, 1);
    model.loadStateDict({ weight: tensor([[0.1, -0.2]]), bias: tensor([0.3]) });
    const optimizer = new LBFGS(model.parameters(), { maxIter: 3 });
    for (let k = 0; k < 4; k++) step(optimizer, model);
    return [...model.weight.dataSync(), ...model.bias!.dataSync()].map(Number);
  };
  const bare = run((optimizer, model) => optimizer.step(() => mse(model.forward(x), y)));
  const spelled = run((optimizer, model) =>
    optimizer.step(() => {
      optimizer.zeroGrad();
      const loss = mse(model.forward(x), y);
      loss.backward();
      return loss;
    }),
  );
  const closures = new Map<Linear, (x: Tensor, y: Tensor) => Tensor>();
  const compiled = run((optimizer, model) => {
    const closure = closures.get(model) ?? ((a: Tensor, b: Tensor) => mse(model.forward(a as typeof x), b as typeof y));
    closures.set(model, closure);
    return optimizer.step(closure, x, y);
  });
  expect(spelled).toEqual(bare);
  for (const [i, w] of compiled.entries()) expect(w).toBeCloseTo(bare[i]!, 5);
});

test("a compiled closure follows the batch that it is handed", () => {
  const w = new Parameter(tensor([0], { dtype: "float64" }));
  const optimizer = new LBFGS([w], { lineSearchFn: "strongWolfe" });
  const closure = (target: Tensor): Tensor => w.sub(target).square().sum();
  for (const target of [3, -5]) {
    optimizer.step(closure, tensor([target], { dtype: "float64" }));
    expect(w.itemSync()).toBeCloseTo(target, 6);
  }
});

test("a schedule drives the rate", () => {
  const w = new Parameter(tensor([1]));
  const optimizer = new LBFGS([w], { lr: 0.5 });
  const scheduler = new Scheduler(optimizer, stepLr({ stepSize: 1, gamma: 0.5 }));
  scheduler.step();
  expect(optimizer.lr).toBe(0.25);
});

describe("saving", () => {
  test.each([0, 1, 2, 5, 9])("a run continued after %i steps takes the same steps bit for bit", (steps) => {
    const begin = (): { w: Tensor; optimizer: LBFGS; step: () => Tensor } => {
      const w = new Parameter(tensor([-1.2, 1, -0.5, 2, 0.3]));
      const optimizer = new LBFGS([w], { maxIter: 2, historySize: 6, lineSearchFn: "strongWolfe" });
      return { w, optimizer, step: () => optimizer.step(() => valley(w)) };
    };
    const first = begin();
    for (let k = 0; k < steps; k++) first.step();
    const [weights, state] = [first.w.detach(), first.optimizer.stateDict()];
    const second = begin();
    second.step(); // what it has learned is forgotten
    second.w.assign(weights);
    second.optimizer.loadStateDict(state);
    for (let k = 0; k < 5; k++) expect(second.step().itemSync()).toBe(first.step().itemSync());
    expect(second.w.arraySync()).toEqual(first.w.arraySync());
    expect(second.optimizer.evaluations).toBe(first.optimizer.evaluations);
  });

  test("a longer history than there is room for, and another size of network, are refused", () => {
    const run = (n: number, historySize: number): LBFGS => {
      const w = new Parameter(tensor(new Array<number>(n).fill(0.5)));
      const optimizer = new LBFGS([w], { lr: 0.1, historySize, maxIter: 4 });
      optimizer.step(() => w.square().square().sum());
      return optimizer;
    };
    const state = run(2, 10).stateDict();
    expect(() => run(2, 1).loadStateDict(state)).toThrow(
      new ValueError("LBFGS: the state dict has 3 pairs, historySize is 1; make it 3 or more"),
    );
    expect(() => run(3, 10).loadStateDict(state)).toThrow(/does not fit LBFGS: d has shape \[2\], expected \[3\]/);
  });
});

describe("refuses", () => {
  const w = new Parameter(tensor([1, 2]));
  test.each<[string, () => unknown, string]>([
    [
      "several groups",
      () => new LBFGS([{ params: [w] }, { params: [new Parameter(tensor([1]))] }]),
      "LBFGS: there is one group of parameters, not 2; give it the parameters of all",
    ],
    [
      "a loss that is no number",
      () => new LBFGS([w]).step(() => w.square()),
      "LBFGS: the closure gives shape [2]; a loss is one number, reduce it with mean()",
    ],
    [
      "being compiled",
      () => compile(() => new LBFGS([w]).step(() => w.square().sum()))(),
      "LBFGS: step reads losses and cannot be inside compile(); hand it the batch, step(closure, x, y), and the closure is compiled",
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(new ValueError(message));
  });
});
