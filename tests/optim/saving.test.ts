/** Saving in the middle of a run: every optimizer and every schedule goes on bit for bit. */
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/base/index.ts";
import { readSafetensors, writeSafetensors } from "../../src/io/index.ts";
import { Parameter, type StateDict } from "../../src/nn/index.ts";
import * as optim from "../../src/optim/index.ts";
import { compile, type Tensor, tensor } from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

type Parameters = readonly [Tensor, Tensor];
interface Stepper {
  step(): void;
  stateDict(): StateDict;
  loadStateDict(dict: StateDict): void;
  readonly lr: number;
}

/** Every optimizer that moves by one gradient, with all the state that its options can give it. */
const optimizers: Readonly<Record<string, (p: Parameters) => Stepper>> = {
  SGD: (p) => new optim.SGD(p, { lr: 0.01 }),
  "SGD, all": (p) => new optim.SGD(p, { lr: 0.01, momentum: 0.9, dampening: 0.1, weightDecay: 0.1 }),
  "SGD, nesterov": (p) => new optim.SGD(p, { lr: 0.01, momentum: 0.9, nesterov: true }),
  Polyak: (p) => new optim.Polyak(p, { lr: 0.01 }),
  Adagrad: (p) => new optim.Adagrad(p, { lr: 0.1, lrDecay: 0.1, initialAccumulatorValue: 0.5 }),
  RMSprop: (p) => new optim.RMSprop(p, { momentum: 0.9, centered: true }),
  Adadelta: (p) => new optim.Adadelta(p),
  Adam: (p) => new optim.Adam(p, { lr: 0.1 }),
  "Adam, amsgrad": (p) => new optim.Adam(p, { lr: 0.1, amsgrad: true }),
  AdamW: (p) => new optim.AdamW(p, { lr: 0.1 }),
  NAdam: (p) => new optim.NAdam(p, { lr: 0.1 }),
  NadamDozat: (p) => new optim.NadamDozat(p, { lr: 0.1 }),
  RAdam: (p) => new optim.RAdam(p, { lr: 0.1 }),
  Adamax: (p) => new optim.Adamax(p, { lr: 0.1 }),
  Lion: (p) => new optim.Lion(p, { lr: 0.01 }),
  Rprop: (p) => new optim.Rprop(p),
  ASGD: (p) => new optim.ASGD(p, { t0: 2 }),
  "two groups": ([a, b]) =>
    new optim.Adam([{ params: [a] }, { params: [b], lr: 0.01, betas: [0.8, 0.99] }], { lr: 0.1 }),
  NesterovLookahead: (p) => new optim.NesterovLookahead(p, { lr: 0.01 }),
};

interface Run {
  readonly parameters: Parameters;
  readonly optimizer: Stepper;
  readonly step: () => void;
}

function begin(make: (p: Parameters) => Stepper, device: string, compiled: boolean): Run {
  const a: Tensor = new Parameter(tensor([1.5, -0.7, 0.3], { device }));
  const b: Tensor = new Parameter(tensor([[0.2], [-1.1]], { device }));
  const optimizer = make([a, b]);
  const step = (): void => {
    for (const p of [a, b]) p.grad = null;
    if (optimizer instanceof optim.NesterovLookahead) optimizer.ahead();
    a.square().square().sum().add(b.sub(0.3).square().sum()).add(a.sum().mul(b.sum()).mul(0.1)).backward();
    optimizer.step();
  };
  return { parameters: [a, b], optimizer, step: compiled ? compile(step) : step };
}

const bits = ({ parameters }: Run): number[] => parameters.flatMap((p) => [...p.dataSync()].map(Number));

/** The second run takes over everything from the first; then both go on. */
function expectSame(first: Run, second: Run, state: StateDict, steps: number): void {
  for (const [i, p] of second.parameters.entries()) p.assign(first.parameters[i]!.detach());
  second.optimizer.loadStateDict(state);
  for (let k = 0; k < steps; k++) {
    first.step();
    second.step();
    expect(bits(second)).toEqual(bits(first));
  }
}

describe.each(devices)("on %s", (device) => {
  test.each(Object.entries(optimizers).flatMap(([name, make]) => [false, true].map((c) => [name, c, make] as const)))(
    "%s goes on bit for bit (compiled: %s)",
    (_, compiled, make) => {
      const [first, second] = [begin(make, device, compiled), begin(make, device, compiled)];
      for (let k = 0; k < 4; k++) first.step();
      second.step(); // what it has learned is forgotten
      expectSame(first, second, first.optimizer.stateDict(), 5);
    },
  );
});

test("the table has every optimizer that steps by one gradient", () => {
  const special = ["Optimizer", "LBFGS", "LevenbergMarquardt", "DiagonalLevenberg"]; // they have tests of their own
  const known = Object.entries(optim).flatMap(([name, value]) =>
    typeof value === "function" && /^[A-Z]/.test(name) && "prototype" in value && "step" in value.prototype
      ? [name]
      : [],
  );
  const schedulers = ["Scheduler", "OneCycleLr", "ReduceLrOnPlateau"];
  expect(known.filter((name) => ![...special, ...schedulers, ...Object.keys(optimizers)].includes(name))).toEqual([]);
});

test("what is saved goes through a safetensors file", async () => {
  const make = optimizers["Adam, amsgrad"]!;
  const [first, second] = [begin(make, "wasm", false), begin(make, "wasm", false)];
  for (let k = 0; k < 4; k++) first.step();
  const scheduler = new optim.Scheduler(first.optimizer as optim.Adam, optim.exponentialLr({ gamma: 0.7 }));
  for (let k = 0; k < 3; k++) scheduler.step();
  const bytes = await writeSafetensors({ ...first.optimizer.stateDict(), ...scheduler.stateDict() });
  const { last_epoch, base_lrs, ...state } = readSafetensors(bytes).tensors;
  expectSame(first, second, state, 3);
  expect(second.optimizer.lr).toBe(first.optimizer.lr);
  const resumed = new optim.Scheduler(second.optimizer as optim.Adam, optim.exponentialLr({ gamma: 0.7 }));
  resumed.loadStateDict({ last_epoch: last_epoch!, base_lrs: base_lrs! });
  scheduler.step();
  resumed.step();
  expect(second.optimizer.lr).toBe(first.optimizer.lr);
});

describe("a schedule goes on in its middle", () => {
  const rules: Readonly<Record<string, optim.LrRule>> = {
    stepLr: optim.stepLr({ stepSize: 3, gamma: 0.3 }),
    multiStepLr: optim.multiStepLr({ milestones: [2, 6], gamma: 0.3 }),
    exponentialLr: optim.exponentialLr({ gamma: 0.9 }),
    constantLr: optim.constantLr({ totalIters: 7 }),
    linearLr: optim.linearLr({ totalIters: 9 }),
    polynomialLr: optim.polynomialLr({ totalIters: 9, power: 2 }),
    cosineAnnealingLr: optim.cosineAnnealingLr({ tMax: 10 }),
    cosineAnnealingWarmRestarts: optim.cosineAnnealingWarmRestarts({ t0: 3, tMult: 2 }),
    linearWarmup: optim.linearWarmup({ warmupSteps: 8 }),
    warmupCosine: optim.warmupCosine({ warmupSteps: 3, totalSteps: 10 }),
    cyclicLr: optim.cyclicLr({ baseLr: 0.01, maxLr: 0.1, stepSizeUp: 3, mode: "triangular2" }),
  };
  const two = (): optim.Adam => {
    const [a, b] = [new Parameter(tensor([1])), new Parameter(tensor([1]))];
    return new optim.Adam([{ params: [a] }, { params: [b], lr: 0.03 }], { lr: 0.1 });
  };
  const rates = ({ groups }: optim.Adam): unknown[] => groups.map(({ lr, momentum }) => [lr, momentum]);

  interface Counting {
    step(metric: number): void;
    stateDict(): StateDict;
    loadStateDict(dict: StateDict): void;
  }
  const schedulers: Readonly<Record<string, (optimizer: optim.Adam) => Counting>> = {
    ...Object.fromEntries(
      Object.entries(rules).map(([name, rule]) => [name, (o: optim.Adam) => new optim.Scheduler(o, rule)]),
    ),
    OneCycleLr: (optimizer) => new optim.OneCycleLr(optimizer, { maxLr: 0.3, totalSteps: 12 }),
    ReduceLrOnPlateau: (optimizer) => new optim.ReduceLrOnPlateau(optimizer, { patience: 1, factor: 0.3, cooldown: 1 }),
  };

  test.each(Object.entries(schedulers))("%s", (_, make) => {
    const metrics = [5, 4, 4.5, 4.2, 4.1, 4.3, 3.9, 3.9, 3.9, 3.9, 3.9, 3.9];
    const first = two();
    const going = make(first);
    for (const metric of metrics.slice(0, 5)) going.step(metric);
    for (const order of ["optimizer first", "scheduler first"]) {
      const second = two();
      const resumed = make(second);
      const [optimizerState, state] = [first.stateDict(), going.stateDict()];
      if (order === "optimizer first") second.loadStateDict(optimizerState);
      resumed.loadStateDict(state);
      if (order === "scheduler first") second.loadStateDict(optimizerState);
      expect(rates(second)).toEqual(rates(first));
      const [whole, part] = [two(), second];
      const again = make(whole);
      for (const metric of metrics.slice(0, 5)) again.step(metric);
      for (const metric of metrics.slice(5)) {
        again.step(metric);
        resumed.step(metric);
        expect(rates(part)).toEqual(rates(whole));
      }
    }
  });

  test("has PyTorch's names", () => {
    expect(Object.keys(schedulers.stepLr!(two()).stateDict())).toEqual(["last_epoch", "base_lrs"]);
    expect(Object.keys(schedulers.ReduceLrOnPlateau!(two()).stateDict())).toEqual([
      "best",
      "num_bad_epochs",
      "cooldown_counter",
      "lrs",
    ]);
  });

  test("of more groups is refused", () => {
    const state = schedulers.stepLr!(two()).stateDict();
    const one = new optim.Adam([new Parameter(tensor([1]))]);
    expect(() => schedulers.stepLr!(one).loadStateDict(state)).toThrow(
      new ValueError("loadStateDict: the state dict does not fit Scheduler: base_lrs has shape [2], expected [1]"),
    );
  });
});

describe("a momentum that a schedule changes", () => {
  const make = (): { p: Tensor; optimizer: optim.SGD; step: () => void } => {
    const p: Tensor = new Parameter(tensor([1, -2]));
    const optimizer = new optim.SGD([p], { lr: 0.1, momentum: 0.9 });
    const step = compile(() => {
      optimizer.zeroGrad();
      p.square().sum().backward();
      optimizer.step();
    });
    return { p, optimizer, step };
  };
  const cycle = { maxLr: 0.1, totalSteps: 9 };

  test("is saved, and found again by an optimizer that has none yet", () => {
    const first = make();
    const scheduler = new optim.OneCycleLr(first.optimizer, cycle);
    for (let k = 0; k < 4; k++) {
      first.step();
      scheduler.step();
    }
    const state = first.optimizer.stateDict();
    expect(Object.keys(state)).toEqual(["step", "0.momentum_buffer", "group0.lr", "group0.momentum"]);
    const second = make();
    second.p.assign(first.p.detach());
    second.optimizer.loadStateDict(state);
    expect(second.optimizer.groups[0]!.momentum).toBe(first.optimizer.groups[0]!.momentum);
    const resumed = new optim.OneCycleLr(second.optimizer, cycle);
    resumed.loadStateDict(scheduler.stateDict());
    for (let k = 0; k < 4; k++) {
      for (const run of [first, second]) run.step();
      scheduler.step();
      resumed.step();
      expect(second.p.arraySync()).toEqual(first.p.arraySync());
    }
  });

  test("is refused where steps have been taken with a constant one, and nothing is changed", () => {
    const first = make();
    new optim.OneCycleLr(first.optimizer, cycle);
    const second = make();
    second.step();
    const before = second.optimizer.stateDict();
    expect(() => second.optimizer.loadStateDict(first.optimizer.stateDict())).toThrow(
      new ValueError(
        "SGD: steps have been taken with a constant momentum; make the schedule of the momentum before the first",
      ),
    );
    expect(second.optimizer.stateDict()["0.momentum_buffer"]!.arraySync()).toEqual(
      before["0.momentum_buffer"]!.arraySync(),
    );
  });
});

test("a rate that makes no sense is refused, and nothing is changed", () => {
  const { optimizer } = begin(optimizers.Adam!, "wasm", false);
  const state = optimizer.stateDict();
  expect(() =>
    optimizer.loadStateDict({ ...state, step: tensor(7, { dtype: "int32" }), "group0.lr": tensor(-1) }),
  ).toThrow(new ValueError("Adam: lr -1 is not a number from 0"));
  expect(optimizer.stateDict().step!.itemSync()).toBe(0);
});
