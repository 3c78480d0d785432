/**
 * Wrong options of every optimizer, schedule and clip function: each error names whose option it is, what was found, and
 * what would have been right. The tables list every option, which a test compares with those that the classes know.
 */
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/base/index.ts";
import { Linear, Parameter } from "../../src/nn/index.ts";
import * as optim from "../../src/optim/index.ts";
import { onesLike, type Tensor, tensor } from "../../src/tensor/index.ts";

/** Wrong values of an option, each with what is said of it. */
type Wrong = readonly (readonly [value: unknown, complaint: string])[];

const rate = (name: string): Wrong => [
  [-1, `${name} -1 is not a number from 0`],
  [Number.NaN, `${name} NaN is not a number from 0`],
  [Number.POSITIVE_INFINITY, `${name} Infinity is not a number from 0`],
  ["0.1", `${name} "0.1" is not a number from 0`],
  [undefined, `${name} is missing; it is a number from 0`],
];
const decay = (name: string): Wrong => [
  [-0.1, `${name} -0.1 is not within 0 ≤ ${name} < 1`],
  [1, `${name} 1 is not within 0 ≤ ${name} < 1`],
  [null, `${name} null is not within 0 ≤ ${name} < 1`],
];
const unlimited = (name: string): Wrong => [
  [-1, `${name} -1 is not a number from 0, or Infinity`],
  [Number.NaN, `${name} NaN is not a number from 0, or Infinity`],
];
const count = (name: string, least = 1): Wrong => [
  [least - 1, `${name} ${least - 1} is not a whole number from ${least}`],
  [2.5, `${name} 2.5 is not a whole number from ${least}`],
];
const flag = (name: string): Wrong => [[1, `${name} 1 is not true or false`]];
const share = (name: string): Wrong => [
  [-0.1, `${name} -0.1 is not within 0 ≤ ${name} ≤ 1`],
  [1.5, `${name} 1.5 is not within 0 ≤ ${name} ≤ 1`],
];
const positive = (name: string): Wrong => [[0, `${name} 0 is not a number above 0`]];
const betas: Wrong = [
  [[1, 0.999], "beta1 1 is not within 0 ≤ beta1 < 1"],
  [[0.9, -0.5], "beta2 -0.5 is not within 0 ≤ beta2 < 1"],
  [[0.9, 1], "beta2 1 is not within 0 ≤ beta2 < 1"],
  [0.9, "betas 0.9 is not a pair [beta1, beta2]"],
  [[0.9], "betas [0.9] is not a pair [beta1, beta2]"],
];

type Table = Readonly<Record<string, Wrong>>;
const adam: Table = { lr: rate("lr"), betas, eps: rate("eps"), weightDecay: rate("weightDecay") };
const rates = (...names: string[]): Table => Object.fromEntries(names.map((name) => [name, rate(name)]));

const optimizers: Readonly<Record<string, Table>> = {
  SGD: {
    ...rates("lr", "momentum", "weightDecay"),
    dampening: [[Number.POSITIVE_INFINITY, "dampening Infinity is not a finite number"]],
    nesterov: [
      ...flag("nesterov"),
      [true, "nesterov needs a momentum above 0 and no dampening, not momentum 0 and dampening 0"],
    ],
  },
  Polyak: { ...rates("lr", "weightDecay"), momentum: decay("momentum") },
  NesterovLookahead: { ...rates("lr", "weightDecay"), momentum: decay("momentum") },
  Adagrad: rates("lr", "lrDecay", "weightDecay", "initialAccumulatorValue", "eps"),
  RMSprop: {
    ...rates("lr", "eps", "weightDecay"),
    ...{ alpha: decay("alpha"), momentum: decay("momentum") },
    ...{ centered: flag("centered"), epsInsideRoot: flag("epsInsideRoot") },
  },
  Adadelta: { ...rates("lr", "eps", "weightDecay"), rho: decay("rho") },
  Adam: { ...adam, amsgrad: flag("amsgrad"), biasCorrection: flag("biasCorrection") },
  AdamW: { ...adam, amsgrad: flag("amsgrad"), biasCorrection: flag("biasCorrection") },
  NAdam: { ...adam, momentumDecay: rate("momentumDecay") },
  NadamDozat: adam,
  RAdam: adam,
  Adamax: adam,
  Lion: { ...rates("lr", "weightDecay"), betas },
  Rprop: {
    lr: rate("lr"),
    etas: [
      [[0, 1.2], "etaMinus 0 is not within 0 < etaMinus < 1"],
      [[0.5, 1], "etaPlus 1 is not a number above 1"],
      [[1.2, 0.5], "etaMinus 1.2 is not within 0 < etaMinus < 1"],
    ],
    stepSizes: [
      [[-1, 50], "stepSizes[0] -1 is not a number from 0"],
      [[2, 1], "stepSizes [2, 1] are not 0 ≤ least ≤ greatest; exchange them"],
    ],
  },
  DiagonalLevenberg: { ...rates("lr", "weightDecay"), mu: positive("mu"), decay: decay("decay") },
  LBFGS: {
    ...rates("lr", "toleranceGrad", "toleranceChange"),
    ...{ maxIter: count("maxIter"), maxEval: count("maxEval"), historySize: count("historySize") },
    lineSearchFn: [["wolfe", 'there is no lineSearchFn "wolfe"; there are strongWolfe, or null']],
  },
  ASGD: { ...rates("lr", "lambd", "alpha", "weightDecay"), t0: unlimited("t0") },
};

type Make = (parameters: unknown, options?: unknown) => unknown;
const maker = (name: string): Make => {
  const Class = (optim as unknown as Readonly<Record<string, new (p: unknown, o: unknown) => unknown>>)[name]!; // wrong on purpose
  return (parameters, options) => new Class(parameters, options);
};
const parameter = (): Tensor => new Parameter(tensor([1]));

const rows = (tables: Readonly<Record<string, Table>>) =>
  Object.entries(tables).flatMap(([name, table]) =>
    Object.entries(table).flatMap(([option, wrong]) =>
      wrong.map(([value, complaint]) => ({ name, option, value, complaint })),
    ),
  );

const message = (error: string): ValueError => new ValueError(error);

describe("an optimizer refuses", () => {
  test.each(rows(optimizers))("$name: $complaint", ({ name, option, value, complaint }) => {
    expect(() => maker(name)([parameter()], { [option]: value })).toThrow(message(`${name}: ${complaint}`));
  });

  test.each(rows(optimizers).filter(({ value }) => value !== undefined))(
    "$name, in a group: $complaint",
    ({ name, option, value, complaint }) => {
      const groups = [{ params: [parameter()] }, { params: [parameter()], [option]: value }];
      const where = complaint.startsWith("nesterov needs") || complaint.startsWith("stepSizes [") ? "" : " group 1:";
      expect(() => maker(name)(groups)).toThrow(message(`${name}:${where} ${complaint}`));
    },
  );

  test.each(Object.entries(optimizers))("%s: unknown options, and tells all that there are", (name, table) => {
    const unknown = (): unknown => maker(name)([parameter()], { learningRate: 1 });
    expect(unknown).toThrow(ValueError);
    const told = /^(\w+): there is no option "learningRate"; there are (.*)$/.exec(errorOf(unknown))!;
    expect(told[1]).toBe(name);
    expect(told[2]!.split(", ").sort()).toEqual(Object.keys(table).sort());
  });

  test.each(Object.keys(optimizers))("%s: misspelled options, in a group too", (name) => {
    expect(() => maker(name)([parameter()], { Lr: 1 })).toThrow(/: there is no option "Lr" \(nearest: lr\); there are/);
    expect(() => maker(name)([{ params: [parameter()], Lr: 1 }])).toThrow(
      new RegExp(`^${name}: group 0: there is no option "Lr" \\(nearest: lr\\); there are`),
    );
  });

  test.each(Object.keys(optimizers))("%s: what are no options, no parameters", (name) => {
    const make = maker(name);
    expect(() => make([parameter()], 0.1)).toThrow(
      new RegExp(`^${name}: options are an object of names and values, not the number 0.1; there are lr`),
    );
    expect(() => make([])).toThrow(message(`${name}: there are no parameters to optimize`));
    expect(() => make([{ params: [] }])).toThrow(
      message(`${name}: group 0 has no parameters; give it { params: [...] }`),
    );
    expect(() => make([{ lr: 1 }])).toThrow(message(`${name}: group 0 has no parameters; give it { params: [...] }`));
    expect(() => make([{ params: parameter() }])).toThrow(
      message(`${name}: group 0 has no parameters; give it { params: [...] }`),
    );
    for (const none of [null, 3])
      expect(() => make([none])).toThrow(
        message(`${name}: parameters are tensors, or groups { params, … }, not ${none}`),
      );
    expect(() => make(new Linear(2, 1))).toThrow(
      message(`${name}: parameters are a list of them, or of groups { params, … }; write model.parameters()`),
    );
    expect(() => make([tensor([1])])).toThrow(
      message(`${name}: a tensor of shape [1] is no parameter and cannot change; make it with parameter()`),
    );
    const p = parameter();
    expect(() => make([p, p])).toThrow(message(`${name}: a parameter of shape [1] is given twice`));
    expect(() => make([{ params: [p] }, { params: [p] }])).toThrow(
      message(`${name}: a parameter of shape [1] is given twice`),
    );
  });

  test("a rate that makes no sense, whenever it is set", () => {
    const optimizer = new optim.SGD([parameter()], { lr: 0.5 });
    for (const lr of [Number.NaN, -1]) {
      expect(() => {
        optimizer.lr = lr;
      }).toThrow(message(`SGD: lr ${lr} is not a number from 0`));
    }
    expect(optimizer.lr).toBe(0.5);
  });

  test("a look-ahead that never looked, and one that looks twice", () => {
    const optimizer = new optim.NesterovLookahead([parameter()]);
    expect(() => optimizer.step()).toThrow(
      message("NesterovLookahead: call ahead() before the gradient is computed, then step()"),
    );
    optimizer.ahead();
    expect(() => optimizer.ahead()).toThrow(
      message("NesterovLookahead: ahead was called twice without a step between"),
    );
  });
});

function errorOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

/** Options with which each schedule works, and what is wrong of each. */
const schedules: Readonly<Record<string, { readonly right: object; readonly wrong: Table }>> = {
  stepLr: { right: { stepSize: 2 }, wrong: { stepSize: count("stepSize"), gamma: rate("gamma") } },
  multiStepLr: {
    right: { milestones: [1, 2] },
    wrong: {
      milestones: [
        [[2, 1], "milestones [2, 1] is not a list of whole numbers from 0 in ascending order"],
        [3, "milestones 3 is not a list of whole numbers from 0 in ascending order"],
      ],
      gamma: rate("gamma"),
    },
  },
  exponentialLr: { right: { gamma: 0.5 }, wrong: { gamma: rate("gamma") } },
  constantLr: { right: {}, wrong: { factor: rate("factor"), totalIters: count("totalIters") } },
  linearLr: {
    right: {},
    wrong: { ...rates("startFactor", "endFactor"), totalIters: count("totalIters") },
  },
  polynomialLr: { right: {}, wrong: { totalIters: count("totalIters"), power: rate("power") } },
  cosineAnnealingLr: { right: { tMax: 3 }, wrong: { tMax: count("tMax"), etaMin: rate("etaMin") } },
  cosineAnnealingWarmRestarts: {
    right: { t0: 3 },
    wrong: { t0: count("t0"), tMult: count("tMult"), etaMin: rate("etaMin") },
  },
  linearWarmup: { right: { warmupSteps: 3 }, wrong: { warmupSteps: count("warmupSteps") } },
  warmupCosine: {
    right: { warmupSteps: 5, totalSteps: 10 },
    wrong: {
      warmupSteps: [...count("warmupSteps"), [10, "totalSteps 10 are not more than warmupSteps 10"]],
      totalSteps: count("totalSteps"),
      minLr: rate("minLr"),
    },
  },
  sequentialLr: {
    right: { rules: [() => 1, () => 2], milestones: [3] },
    wrong: {
      rules: [
        [[], "rules [] is not a list of functions"],
        [[() => 1], "1 rules have 0 milestones between them, not 1"],
      ],
      milestones: [
        [[-1], "milestones [-1] is not a list of whole numbers from 0 in ascending order"],
        [[1, 2], "2 rules have 1 milestones between them, not 2"],
      ],
    },
  },
  cyclicLr: {
    right: { baseLr: 0.1, maxLr: 1 },
    wrong: {
      ...rates("baseLr", "maxLr", "gamma"),
      ...{ stepSizeUp: count("stepSizeUp"), stepSizeDown: count("stepSizeDown") },
      mode: [["round", 'there is no mode "round"; there are triangular, triangular2, expRange']],
    },
  },
  oneCycleLr: {
    right: { maxLr: 1, totalSteps: 10 },
    wrong: {
      ...{ maxLr: rate("maxLr"), totalSteps: count("totalSteps"), pctStart: share("pctStart") },
      ...{ divFactor: positive("divFactor"), finalDivFactor: positive("finalDivFactor") },
      ...{ threePhase: flag("threePhase"), cycleMomentum: flag("cycleMomentum") },
      ...{ baseMomentum: share("baseMomentum"), maxMomentum: share("maxMomentum") },
      annealStrategy: [["sin", 'there is no annealStrategy "sin"; there are cos, linear']],
    },
  },
  ReduceLrOnPlateau: {
    right: {},
    wrong: {
      mode: [["least", 'there is no mode "least"; there are min, max']],
      factor: [
        [1, "factor 1 is not within 0 < factor < 1"],
        [0, "factor 0 is not within 0 < factor < 1"],
      ],
      ...{ patience: count("patience", 0), cooldown: count("cooldown", 0) },
      ...rates("threshold", "minLr", "eps"),
      thresholdMode: [["relative", 'there is no thresholdMode "relative"; there are rel, abs']],
    },
  },
};

const schedule = (name: string): ((options?: unknown) => unknown) => {
  if (name === "ReduceLrOnPlateau")
    return (options) =>
      new optim.ReduceLrOnPlateau(new optim.SGD([parameter()]), options as optim.PlateauOptions | undefined); // wrong on purpose
  return (optim as unknown as Readonly<Record<string, (options: unknown) => unknown>>)[name]!;
};

describe("a schedule refuses", () => {
  test.each(rows(Object.fromEntries(Object.entries(schedules).map(([name, { wrong }]) => [name, wrong]))))(
    "$name: $complaint",
    ({ name, option, value, complaint }) => {
      const { right } = schedules[name]!;
      expect(() => schedule(name)(right)).not.toThrow();
      expect(() => schedule(name)({ ...right, [option]: value })).toThrow(message(`${name}: ${complaint}`));
    },
  );

  test.each(Object.entries(schedules))(
    "%s: unknown options, and tells all that there are",
    (name, { right, wrong }) => {
      const told = /^(\w+): there is no option "temperature"; there are (.*)$/.exec(
        errorOf(() => schedule(name)({ ...right, temperature: 1 })),
      )!;
      expect(told[1]).toBe(name);
      expect(told[2]!.split(", ").sort()).toEqual(Object.keys(wrong).sort());
      expect(() => schedule(name)(3)).toThrow(`${name}: options are an object of names and values, not the number 3`);
    },
  );

  test.each(Object.entries(schedules).filter(([, { right }]) => Object.keys(right).length > 0))(
    "%s: a call without what it needs",
    (name, { right }) => {
      const [first] = Object.keys(right);
      expect(errorOf(() => schedule(name)())).toMatch(new RegExp(`^${name}: ${first} is missing; it is `));
    },
  );

  test("a scheduler: what is no optimizer, and what is no rule", () => {
    const p = [parameter()] as unknown as optim.Scheduled;
    expect(() => new optim.Scheduler(p, optim.stepLr({ stepSize: 1 }))).toThrow(
      message("Scheduler: the first argument is the optimizer whose rate is set"),
    );
    expect(() => new optim.ReduceLrOnPlateau(p)).toThrow(
      message("ReduceLrOnPlateau: the first argument is the optimizer whose rate is set"),
    );
    const rule = { stepSize: 1 } as unknown as optim.LrRule;
    expect(() => new optim.Scheduler(new optim.SGD([parameter()]), rule)).toThrow(
      message(
        "Scheduler: a rule is a function of step and rate; write new Scheduler(optimizer, optim.stepLr({ stepSize: 10 }))",
      ),
    );
    const plateau = new optim.ReduceLrOnPlateau(new optim.SGD([parameter()]));
    expect(() => (plateau as unknown as optim.Scheduler).step()).toThrow(
      message("ReduceLrOnPlateau: step(metric) is told the measure of the epoch, not undefined"),
    );
  });

  test("OneCycleLr: momentum where there is none, or where steps have been taken with a constant one", () => {
    const cycle = { maxLr: 1, totalSteps: 5 };
    expect(() => new optim.OneCycleLr(new optim.SGD([parameter()]), cycle)).toThrow(
      message("SGD: there is no momentum to change; give the optimizer one above 0"),
    );
    expect(() => new optim.OneCycleLr(new optim.SGD([parameter()]), { ...cycle, cycleMomentum: false })).not.toThrow();
    const w = parameter();
    w.grad = onesLike(w);
    const optimizer = new optim.Adam([w]);
    optimizer.step();
    expect(() => new optim.OneCycleLr(optimizer, cycle)).toThrow(
      message(
        "Adam: steps have been taken with a constant momentum; make the schedule of the momentum before the first",
      ),
    );
  });
});

describe("clipping refuses", () => {
  test.each<[string, () => unknown, string]>([
    [
      "a negative norm",
      () => optim.clipGradNorm([], -1),
      "clipGradNorm: maxNorm -1 is not a number from 0, or Infinity",
    ],
    [
      "a norm that is none",
      () => optim.clipGradNorm([], 1, { normType: 0 }),
      "clipGradNorm: normType 0 is not a number above 0, or Infinity",
    ],
    [
      "an unknown option",
      () => optim.clipGradNorm([], 1, { normtype: 1 } as optim.ClipGradNormOptions),
      'clipGradNorm: there is no option "normtype" (nearest: normType); there are normType',
    ],
    [
      "a negative value",
      () => optim.clipGradValue([], -1),
      "clipGradValue: clipValue -1 is not a number from 0, or Infinity",
    ],
  ])("%s", (_, call, text) => {
    expect(call).toThrow(message(text));
  });
});
