/** The schedules against PyTorch's rates, and how they drive an optimizer. */
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/base/index.ts";
import { Parameter } from "../../src/nn/index.ts";
import * as optim from "../../src/optim/index.ts";
import { compile, tensor } from "../../src/tensor/index.ts";
import { type Case, loadCases } from "../fixtures-harness.ts";

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

const cases = (functions: string[]): [string, Case][] => loadCases("optimizers", functions).map((c) => [c.id, c]);
const sgd = (options: Partial<optim.SgdOptions>): optim.SGD => new optim.SGD([new Parameter(tensor([1]))], options);

function expectRates(found: readonly number[], c: Case, name: string): void {
  const expected = c.outputs[name]!.data.map(Number);
  expect(found.length).toBe(expected.length);
  for (const [k, y] of expected.entries())
    if (!(Math.abs(found[k]! - y) <= 1e-8 + 1e-7 * Math.abs(y)))
      expect.fail(`${name}[${k}] is ${found[k]}, expected ${y}`);
}

describe("rates are PyTorch's", () => {
  test.each(cases(Object.keys(rules)))("%s", (_, c) => {
    const { lr, steps, ...options } = c.options as { lr: number; steps: number };
    const rule = (rules[c.fn] as (o: unknown) => optim.LrRule)(options); // the files' word for the options
    expectRates(
      Array.from({ length: steps }, (_, k) => rule(k, lr)),
      c,
      "lr",
    );
    const optimizer = sgd({ lr });
    const scheduler = new optim.Scheduler(optimizer, rule);
    const driven = Array.from({ length: steps }, () => {
      const used = optimizer.lr;
      scheduler.step();
      return used;
    });
    expectRates(driven, c, "lr");
  });

  test.each(cases(["oneCycleLr"]))("%s", (_, c) => {
    const {
      steps,
      lr: _lr,
      ...options
    } = c.options as unknown as optim.OneCycleLrOptions & { steps: number; lr: number };
    const cycle = Array.from({ length: steps }, (_, k) => optim.oneCycleLr(options)(k));
    expectRates(
      cycle.map(({ lr }) => lr),
      c,
      "lr",
    );
    expectRates(
      cycle.map(({ momentum }) => momentum),
      c,
      "momentum",
    );
  });

  test.each(cases(["reduceLrOnPlateau"]))("%s", (_, c) => {
    const { lr, steps: _steps, ...options } = c.options as { lr: number; steps: number };
    const optimizer = sgd({ lr });
    const scheduler = new optim.ReduceLrOnPlateau(optimizer, options);
    const rates = c.inputs.metric!.data.map((metric) => {
      const used = optimizer.lr;
      scheduler.step(Number(metric));
      return used;
    });
    expectRates(rates, c, "lr");
  });
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

describe("options that make no sense", () => {
  test.each<[string, () => unknown, string]>([
    ["a step of 0", () => optim.stepLr({ stepSize: 0 }), "stepLr: stepSize 0 is not a whole number from 1"],
    [
      "a run shorter than its warm-up",
      () => optim.warmupCosine({ warmupSteps: 5, totalSteps: 5 }),
      "warmupCosine: totalSteps 5 are not more than warmupSteps 5",
    ],
    [
      "an unknown mode",
      () => optim.cyclicLr({ baseLr: 0, maxLr: 1, mode: "round" as "triangular" }),
      'cyclicLr: there is no mode "round"; there are triangular, triangular2, expRange',
    ],
    [
      "a factor of 1",
      () => new optim.ReduceLrOnPlateau(sgd({}), { factor: 1 }),
      "ReduceLrOnPlateau: factor 1 is not within 0 … 1",
    ],
    [
      "no momentum to cycle",
      () => new optim.OneCycleLr(sgd({}), { maxLr: 1, totalSteps: 5 }),
      "optimizer: there is no momentum to change; give the optimizer one above 0",
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(new ValueError(message));
  });
});
