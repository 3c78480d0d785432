/** The schedules against PyTorch's rates, and how they drive an optimizer. */
import { expect, test } from "vitest";
import { Parameter } from "../../src/nn/index.ts";
import * as optim from "../../src/optim/index.ts";
import { compile, tensor } from "../../src/tensor/index.ts";
import { type Case, describeCases, type Run, type Setting, tolerances, toTensor } from "../fixtures-harness.ts";

const rules: Readonly<Record<string, unknown>> = {
  stepLr: optim.stepLr,
  multiStepLr: optim.multiStepLr,
  exponentialLr: optim.exponentialLr,
  constantLr: optim.constantLr,
  linearLr: optim.linearLr,
  polynomialLr: optim.polynomialLr,
  cosineAnnealingLr: optim.cosineAnnealingLr,
  cosineAnnealingWarmRestarts: optim.cosineAnnealingWarmRestarts,
  linearWarmup: optim.linearWarmup,
  warmupCosine: optim.warmupCosine,
  cyclicLr: optim.cyclicLr,
};

const sgd = (options: Partial<optim.SgdOptions>, setting?: Setting): optim.SGD =>
  new optim.SGD([new Parameter(tensor([1], { dtype: setting?.float, device: setting?.device }))], options);

function expectRates(found: readonly number[], c: Case, name: string, setting: Setting): void {
  const expected = c.outputs[name]!.data.map(Number);
  const [rtol, atol] = tolerances(c, setting);
  expect(found.length).toBe(expected.length);
  for (const [k, y] of expected.entries())
    if (!(Math.abs(found[k]! - y) <= atol + rtol * Math.abs(y)))
      expect.fail(`${name}[${k}] is ${found[k]}, expected ${y}`);
}

/** The rate that each of `steps` steps of an optimizer uses when a scheduler goes on after it. */
function driven(optimizer: optim.SGD, step: (k: number) => void, steps: number): number[] {
  return Array.from({ length: steps }, (_, k) => {
    const used = optimizer.lr;
    step(k);
    return used;
  });
}

const ruled: Run = (c, setting) => {
  const { lr, steps, ...options } = c.options as { lr: number; steps: number };
  const rule = (rules[c.fn] as (o: unknown) => optim.LrRule)(options); // the files' word for the options
  const plain = Array.from({ length: steps }, (_, k) => rule(k, lr));
  expectRates(plain, c, "lr", { ...setting, float: "float64" }); // numbers of JavaScript
  const optimizer = sgd({ lr }, setting);
  const scheduler = new optim.Scheduler(optimizer, rule);
  expectRates(
    driven(optimizer, () => scheduler.step(), steps),
    c,
    "lr",
    setting,
  );
};

describeCases("optimizers", {
  ...Object.fromEntries(Object.keys(rules).map((fn) => [fn, ruled])),
  oneCycleLr(c, setting) {
    const { steps, lr, ...options } = c.options as unknown as optim.OneCycleLrOptions & { steps: number; lr: number };
    const cycle = Array.from({ length: steps }, (_, k) => optim.oneCycleLr(options)(k));
    const exact = { ...setting, float: "float64" } as const;
    expectRates(
      cycle.map((step) => step.lr),
      c,
      "lr",
      exact,
    );
    expectRates(
      cycle.map((step) => step.momentum),
      c,
      "momentum",
      exact,
    );
    const optimizer = sgd({ lr, momentum: 0.9 }, setting);
    const scheduler = new optim.OneCycleLr(optimizer, options);
    expectRates(
      driven(optimizer, () => scheduler.step(), steps),
      c,
      "lr",
      setting,
    );
  },
  reduceLrOnPlateau(c, setting) {
    const { lr, steps, ...options } = c.options as { lr: number; steps: number };
    const optimizer = sgd({ lr }, setting);
    const scheduler = new optim.ReduceLrOnPlateau(optimizer, options);
    const metric = toTensor(c.inputs.metric!, setting).dataSync();
    expect(metric.length).toBe(steps);
    expectRates(
      driven(optimizer, (k) => scheduler.step(Number(metric[k])), steps),
      c,
      "lr",
      setting,
    );
  },
});

test("a compiled step follows rate and momentum without tracing anew", () => {
  const p = new Parameter(tensor([0], { dtype: "float64" }));
  const optimizer = new optim.SGD([p], { lr: 1, momentum: 0.5 });
  const scheduler = new optim.OneCycleLr(optimizer, { maxLr: 1, totalSteps: 8, pctStart: 0.5 });
  const step = compile(() => {
    optimizer.zeroGrad();
    p.sum().backward();
    optimizer.step();
  });
  let [w, m] = [0, 0];
  for (let k = 0; k < 8; k++) {
    const { lr, momentum } = optim.oneCycleLr({ maxLr: 1, totalSteps: 8, pctStart: 0.5 })(k);
    m = momentum * m + 1;
    w -= lr * m;
    step();
    scheduler.step();
    expect(p.itemSync()).toBeCloseTo(w, 12);
  }
  expect(step.programs).toBe(1);
});

test("rules one after the other: each counts from its milestone", () => {
  const rule = optim.sequentialLr({
    rules: [optim.linearWarmup({ warmupSteps: 3 }), optim.stepLr({ stepSize: 2, gamma: 0.5 }), () => 7],
    milestones: [3, 8],
  });
  const rates = Array.from({ length: 10 }, (_, step) => rule(step, 1));
  expect(rates).toEqual([1 / 3, 2 / 3, 1, 1, 1, 0.5, 0.5, 0.25, 7, 7]);
});

test("a milestone named twice counts twice, and a rule between two that are the same has no steps", () => {
  const rates = (rule: optim.LrRule) => [1, 2, 4, 5].map((step) => rule(step, 8));
  expect(rates(optim.multiStepLr({ milestones: [2, 2, 5], gamma: 0.5 }))).toEqual([8, 2, 2, 1]);
  const rules = [() => 1, () => 2, optim.stepLr({ stepSize: 2, gamma: 0.5 })];
  expect(rates(optim.sequentialLr({ rules, milestones: [2, 2] }))).toEqual([1, 8, 4, 4]);

  const optimizers = [0, 1].map(() => new optim.SGD([new Parameter(tensor([0]))], { lr: 8 }));
  const twice = optim.multiStepLr({ milestones: [2, 2], gamma: 0.5 });
  const [driven, resumed] = optimizers.map((optimizer) => new optim.Scheduler(optimizer, twice));
  driven!.step();
  resumed!.loadStateDict(driven!.stateDict());
  driven!.step();
  resumed!.step();
  expect(optimizers.map((optimizer) => optimizer.groups[0]!.lr)).toEqual([2, 2]);
});
