/**
 * Updates are one pass over memory: a kernel for each parameter, which reads weights, gradient and moments once and
 * writes weights and moments in place; whatever is one number for all of them is computed beside it.
 */
import { describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { Parameter } from "../../src/nn/index.ts";
import * as optim from "../../src/optim/index.ts";
import { explain, type Tensor, zeros } from "../../src/tensor/index.ts";

const shapes = [[100, 20], [20], [10, 20]];

/** What stands in a line of `explain` that begins with a word. */
const line = (text: string, word: string): string => text.split("\n").find((l) => l.trimStart().startsWith(word)) ?? "";

/** The kernels that go over arrays, as `explain` lists them: `3: map [100, 20]`; not those of a number or two. */
const passes = (text: string): string[] =>
  text
    .split("\n")
    .flatMap((l) => /^ {2}\d+: (\w+ (?:\[\] over )?\[\d[\d, ]*\])/.exec(l)?.[1] ?? [])
    .filter((pass) => !/^map \[[12]\]$/.test(pass));

/** Whether parameters, moments and sums are written where they lie; a counter may be copied, which is one number. */
const isInPlace = (text: string): boolean => /, [01] copied$/.test(line(text, "states:"));

const parameters = (): Tensor[] => shapes.map((shape) => new Parameter(zeros(shape)));

interface Stepper {
  step(): void;
}

const optimizers: readonly (readonly [string, (p: Tensor[]) => Stepper])[] = [
  ["SGD", (p) => new optim.SGD(p, { weightDecay: 0.1 })],
  ["SGD with Nesterov's momentum", (p) => new optim.SGD(p, { momentum: 0.9, nesterov: true })],
  ["SGD with dampening", (p) => new optim.SGD(p, { momentum: 0.9, dampening: 0.1, weightDecay: 0.1 })],
  ["Polyak", (p) => new optim.Polyak(p)],
  ["Adagrad", (p) => new optim.Adagrad(p, { lrDecay: 0.1 })],
  ["RMSprop", (p) => new optim.RMSprop(p)],
  ["RMSprop, centred, with momentum", (p) => new optim.RMSprop(p, { momentum: 0.9, centered: true, weightDecay: 0.1 })],
  ["Adadelta", (p) => new optim.Adadelta(p, { weightDecay: 0.1 })],
  ["Adam", (p) => new optim.Adam(p, { weightDecay: 0.1 })],
  ["Adam, AMSGrad", (p) => new optim.Adam(p, { amsgrad: true })],
  ["AdamW", (p) => new optim.AdamW(p)],
  ["NAdam", (p) => new optim.NAdam(p)],
  ["NadamDozat", (p) => new optim.NadamDozat(p)],
  ["RAdam", (p) => new optim.RAdam(p)],
  ["Adamax", (p) => new optim.Adamax(p)],
  ["Lion", (p) => new optim.Lion(p, { weightDecay: 0.1 })],
  ["Rprop", (p) => new optim.Rprop(p)],
  ["ASGD", (p) => new optim.ASGD(p, { weightDecay: 0.1 })],
];

/** The step on gradients that are given, explained. */
function explained(params: readonly Tensor[], step: () => void): string {
  const given = (...gradients: readonly Tensor[]): void => {
    for (const [i, p] of params.entries()) p.grad = gradients[i]!;
    step();
  };
  return explain(given, ...shapes.map((shape) => zeros(shape)));
}

describe("one pass over memory", () => {
  test.each(optimizers)("%s", (_, make) => {
    const params = parameters();
    const optimizer = make(params);
    const text = explained(params, () => optimizer.step());
    expect(passes(text).sort()).toEqual(shapes.map((shape) => `map [${shape.join(", ")}]`).sort());
    expect(line(text, "states:")).toMatch(/, 0 copied$/);
  });

  test.each(optimizers)("%s with an average of the weights", (_, make) => {
    class Holder extends nn.Module {
      readonly weights = parameters();
      override forward(x: Tensor): Tensor {
        return x;
      }
    }
    const model = new Holder();
    const optimizer = make(model.weights);
    const averaged = new optim.AveragedModel(model, { decay: 0.99 });
    const text = explained(model.weights, () => {
      optimizer.step();
      averaged.update();
    });
    expect(passes(text)).toHaveLength(shapes.length);
    expect(isInPlace(text)).toBe(true);
  });

  test("a sum of gradients is added to, and released into the update", () => {
    const params = parameters();
    const optimizer = new optim.Adam(params);
    const accumulator = new optim.GradientAccumulator(params);
    for (const step of [
      () => accumulator.add(0.5),
      () => {
        accumulator.release();
        optimizer.step();
      },
    ]) {
      const text = explained(params, step);
      expect(passes(text)).toHaveLength(shapes.length);
      expect(isInPlace(text)).toBe(true);
    }
  });

  test("clipping by value joins the update; clipping by norm reads the gradients once more, for the norm", () => {
    const params = parameters();
    const optimizer = new optim.Adam(params);
    const byValue = explained(params, () => {
      optim.clipGradValue(params, 1);
      optimizer.step();
    });
    expect(passes(byValue)).toHaveLength(shapes.length);
    const byNorm = explained(params, () => {
      optim.clipGradNorm(params, 1);
      optimizer.step();
    });
    expect(passes(byNorm).length).toBeLessThanOrEqual(2 * shapes.length);
  });

  test("diagonal Levenberg–Marquardt: averages and weights follow the products that they come from, with no pass more", () => {
    const layer = new nn.Linear(20, 10);
    const optimizer = new optim.DiagonalLevenberg(layer.parameters());
    const step = (x: Tensor, y: Tensor): void => {
      optimizer.zeroGrad();
      const outputs = layer.forward(x as Tensor<readonly [number, 20]>);
      nn.mse(outputs, y).backward();
      optimizer.observe(outputs, (o) => nn.mse(o, y));
      optimizer.step();
    };
    const text = explain(step, zeros([64, 20]), zeros([64, 10]));
    // the outputs, the gradient, the slopes of the signs; the bias by a sum over the batch
    expect(passes(text).sort()).toEqual(["contract [10, 20]", "contract [10, 20]", "contract [64, 10]", "reduce [10]"]);
    expect(isInPlace(text)).toBe(true);
  });
});
