/** The optimizers against PyTorch's steps, and what they share: groups, rates, saving. */
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/base/index.ts";
import { crossEntropy, Parameter } from "../../src/nn/index.ts";
import {
  Adadelta,
  Adagrad,
  Adam,
  Adamax,
  AdamW,
  ASGD,
  clipGradNorm,
  clipGradValue,
  LBFGS,
  Lion,
  NAdam,
  NadamDozat,
  NesterovLookahead,
  Polyak,
  RAdam,
  RMSprop,
  Rprop,
  SGD,
} from "../../src/optim/index.ts";
import { compile, linear, matmul, type Tensor, tanh, tensor } from "../../src/tensor/index.ts";
import {
  type Case,
  describeCases,
  expectClose,
  type Run,
  type Setting,
  tolerances,
  toTensor,
} from "../fixtures-harness.ts";

type Parameters = Readonly<Record<string, Tensor>>;

/** The problems of the fixtures: the loss from the parameters. */
const problems: Readonly<Record<string, (p: Parameters, inputs: Readonly<Record<string, Tensor>>) => Tensor>> = {
  // ½ wᵀA w − bᵀw
  quadratic: ({ w }, { A, b }) => matmul(w!, matmul(A!, w!)).mul(0.5).sub(matmul(b!, w!)),
  // (1 − w1)² + 100 (w2 − w1²)²
  rosenbrock: ({ w }) => {
    const [w1, w2] = [
      w!.mul(tensor([1, 0], { dtype: w!.dtype, device: w!.device })).sum(),
      w!.mul(tensor([0, 1], { dtype: w!.dtype, device: w!.device })).sum(),
    ];
    return w1.mul(-1).add(1).square().add(w2.sub(w1.square()).square().mul(100));
  },
  mlp: (p, { x, target }) => {
    const hidden = tanh(linear(x!, p["fc1.weight"]!, p["fc1.bias"]!));
    return crossEntropy(linear(hidden, p["fc2.weight"]!, p["fc2.bias"]!), target!);
  },
};

interface Trainer {
  zeroGrad(): void;
  step(): void;
  stateDict(): Readonly<Record<string, Tensor>>;
}
type Make = new (parameters: Tensor[], options: OptimizerOptions["optimizer"]) => Trainer;

// as one type: the compiler would join the parameters of a union of so many constructors in every combination
const optimizers: Readonly<Record<string, Make>> = {
  sgd: SGD,
  polyak: Polyak,
  nesterovLookahead: NesterovLookahead,
  adagrad: Adagrad,
  rmsprop: RMSprop,
  adadelta: Adadelta,
  adam: Adam,
  adamw: AdamW,
  nadam: NAdam,
  nadamDozat: NadamDozat,
  radam: RAdam,
  adamax: Adamax,
  rprop: Rprop,
  asgd: ASGD,
  lion: Lion,
};

interface OptimizerOptions {
  readonly problem: string;
  readonly steps: number;
  readonly optimizer: Readonly<Record<string, never>>;
}

function run(c: Case, setting: Setting, compiled: boolean): void {
  const options = c.options as unknown as OptimizerOptions;
  const names = Object.keys(c.inputs).filter((name) => name === "w" || name.startsWith("fc"));
  const parameters: Parameters = Object.fromEntries(
    names.map((name) => [name, new Parameter(toTensor(c.inputs[name]!, setting))]),
  );
  const inputs = Object.fromEntries(Object.entries(c.inputs).map(([name, t]) => [name, toTensor(t, setting)]));
  const problem = problems[options.problem]!;
  const { call, state } =
    c.fn === "lbfgs"
      ? lbfgs(parameters, options.optimizer, inputs, (given) => problem(parameters, given), compiled)
      : trained(c.fn, parameters, options.optimizer, () => problem(parameters, inputs), compiled);
  const [rtol, atol] = tolerances(c, setting);
  const expected = Object.fromEntries(Object.entries(c.outputs).map(([name, t]) => [name, t.data.map(Number)]));
  for (let k = 0; k < options.steps; k++) {
    const loss = call().itemSync();
    const wanted = expected.loss![k]!;
    if (!(Math.abs(loss - wanted) <= atol + rtol * Math.abs(wanted)))
      expect.fail(`loss[${k}]: ${loss} instead of ${wanted}`);
    if (expected.w !== undefined) {
      const { shape, data } = c.outputs.w!;
      const width = shape[1]!;
      const row = { dtype: "float64" as const, shape: [width], data: data.slice(k * width, (k + 1) * width) };
      expectClose(`w[${k}]`, parameters.w!, row, rtol, atol);
    }
    if (k === options.steps - 1 && expected.ax !== undefined)
      expectClose("ax", state()["0.ax"]!, c.outputs.ax!, rtol, atol);
    for (const name of names) {
      const after = c.outputs[`step${k + 1}.${name}`];
      if (after !== undefined) expectClose(`step${k + 1}.${name}`, parameters[name]!, after, rtol, atol);
    }
  }
}

/** A step, and what the optimizer saves. */
interface Stepped {
  readonly call: () => Tensor;
  readonly state: () => Readonly<Record<string, Tensor>>;
}

function trained(
  fn: string,
  parameters: Parameters,
  options: OptimizerOptions["optimizer"],
  problem: () => Tensor,
  compiled: boolean,
): Stepped {
  const optimizer = new optimizers[fn]!(Object.values(parameters), options);
  const step = (): Tensor => {
    optimizer.zeroGrad();
    const loss = problem();
    if (optimizer instanceof NesterovLookahead) {
      optimizer.ahead();
      problem().backward();
    } else loss.backward();
    optimizer.step();
    return loss;
  };
  return { call: compiled ? compile(step) : step, state: () => optimizer.stateDict() };
}

/** L-BFGS, whose closure closes over its inputs, or is handed them and compiled. */
function lbfgs(
  parameters: Parameters,
  options: OptimizerOptions["optimizer"],
  inputs: Readonly<Record<string, Tensor>>,
  problem: (inputs: Readonly<Record<string, Tensor>>) => Tensor,
  compiled: boolean,
): Stepped {
  const optimizer = new LBFGS(Object.values(parameters), options);
  const names = Object.keys(inputs);
  const given = Object.values(inputs);
  const closure = (...xs: Tensor[]): Tensor => problem(Object.fromEntries(names.map((name, i) => [name, xs[i]!])));
  const call = () => (compiled ? optimizer.step(closure, ...given) : optimizer.step(() => problem(inputs)));
  return { call, state: () => optimizer.stateDict() };
}

const all = (compiled: boolean): Record<string, Run> =>
  Object.fromEntries(
    [...Object.keys(optimizers), "lbfgs"].map((fn) => [fn, (c, setting) => run(c, setting, compiled)]),
  );

describeCases("optimizers", all(false));
describeCases("optimizers", all(true), "compiled optimizers");

const expectGradients = (c: Case, parameters: readonly Parameter[], setting: Setting): void => {
  for (const [i, p] of parameters.entries())
    expectClose(`g${i}`, p.grad!, c.outputs[`g${i}`]!, ...tolerances(c, setting));
};

describeCases("optimizers", {
  clipGradNorm(c, setting) {
    const { maxNorm, normType = 2 } = c.options;
    const parameters = withGradients(c, setting);
    const total = clipGradNorm(parameters, Number(maxNorm), { normType: Number(normType) });
    expectClose("totalNorm", total, c.outputs.totalNorm!, ...tolerances(c, setting));
    expectGradients(c, parameters, setting);
  },
  clipGradValue(c, setting) {
    const parameters = withGradients(c, setting);
    clipGradValue(parameters, Number(c.options.clipValue));
    expectGradients(c, parameters, setting);
  },
});

function withGradients(c: Case, setting: Setting): Parameter[] {
  return Object.values(c.inputs).map((g) => {
    const p = new Parameter(toTensor(g, setting));
    p.grad = toTensor(g, setting);
    return p;
  });
}

/** A parameter whose gradient is always 1. */
function slope(optimized: (p: Tensor) => SGD | Adam): { p: Tensor; optimizer: SGD | Adam; step: () => void } {
  const p = new Parameter(tensor([0, 0]));
  const optimizer = optimized(p);
  const step = (): void => {
    optimizer.zeroGrad();
    p.sum().backward();
    optimizer.step();
  };
  return { p, optimizer, step };
}

describe("rates and groups", () => {
  test("setting lr changes the next run of a compiled step without tracing anew", () => {
    const { p, optimizer, step } = slope((q) => new SGD([q], { lr: 1 }));
    const compiled = compile(step);
    compiled();
    expect(p.arraySync()).toEqual([-1, -1]);
    optimizer.lr = 0.5;
    compiled();
    expect([p.arraySync(), optimizer.lr, compiled.programs]).toEqual([[-1.5, -1.5], 0.5, 1]);
  });

  test("groups have options of their own", () => {
    const [a, b] = [new Parameter(tensor([0])), new Parameter(tensor([0]))];
    const optimizer = new SGD([{ params: [a] }, { params: [b], lr: 0.25 }], { lr: 1 });
    a.add(b).sum().backward();
    optimizer.step();
    expect([a.arraySync(), b.arraySync()]).toEqual([[-1], [-0.25]]);
    expect(optimizer.groups.map((group) => group.lr)).toEqual([1, 0.25]);
    optimizer.groups[1]!.lr = 0.5;
    expect(optimizer.groups.map((group) => group.lr)).toEqual([1, 0.5]);
  });

  test("a parameter without a gradient stays", () => {
    const [a, b] = [new Parameter(tensor([3])), new Parameter(tensor([3]))];
    const optimizer = new SGD([a, b], { lr: 1, weightDecay: 1 });
    a.sum().backward();
    optimizer.step();
    expect([a.arraySync(), b.arraySync()]).toEqual([[-1], [3]]);
  });

  test("gradients add up until zeroGrad", () => {
    const p = new Parameter(tensor([0]));
    p.sum().backward();
    p.mul(2).sum().backward();
    expect(p.grad!.arraySync()).toEqual([3]);
    new SGD([p]).zeroGrad();
    expect(p.grad).toBe(null);
  });
});

describe("saving", () => {
  test("a run continued from saved state takes the same steps", () => {
    const make4 = (): { p: Tensor; optimizer: Adam; step: () => void } => {
      const p = new Parameter(tensor([1, -2]));
      const optimizer = new Adam([p], { lr: 0.1, amsgrad: true });
      const step = (): void => {
        optimizer.zeroGrad();
        p.square().square().sum().backward();
        optimizer.step();
      };
      return { p, optimizer, step };
    };
    const first = make4();
    for (let i = 0; i < 3; i++) first.step();
    first.optimizer.lr = 0.05;
    const [weights, state] = [first.p.detach(), first.optimizer.stateDict()];
    for (let i = 0; i < 3; i++) first.step();
    const second = make4();
    second.p.assign(weights);
    second.optimizer.loadStateDict(state);
    expect(second.optimizer.lr).toBe(0.05);
    for (let i = 0; i < 3; i++) second.step();
    expect(second.p.arraySync()).toEqual(first.p.arraySync());
  });

  test("state has PyTorch's names for the moments", () => {
    const p = new Parameter(tensor([1, 2]));
    expect(Object.keys(new Adam([p], { amsgrad: true }).stateDict())).toEqual([
      "step",
      "0.exp_avg",
      "0.exp_avg_sq",
      "0.max_exp_avg_sq",
      "group0.lr",
    ]);
    expect(Object.keys(new SGD([p], { momentum: 0.9 }).stateDict())).toEqual([
      "step",
      "0.momentum_buffer",
      "group0.lr",
    ]);
    expect(Object.keys(new SGD([p]).stateDict())).toEqual(["step", "group0.lr"]);
  });

  test("state of another optimizer is refused", () => {
    const p = new Parameter(tensor([1, 2]));
    expect(() => new Adam([p]).loadStateDict(new SGD([p], { momentum: 0.9 }).stateDict())).toThrow(
      new ValueError(
        "loadStateDict: the state dict does not fit Adam: missing 0.exp_avg, 0.exp_avg_sq; unexpected 0.momentum_buffer",
      ),
    );
  });
});
