/** The functions of nn against golden values: convolution, pooling, normalisation, activations, losses. */
import { describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { type Tensor, variable } from "../../src/tensor/index.ts";
import { casesOf, devices, type FixtureCase, runCase } from "./harness.ts";

type Inputs = Readonly<Record<string, Tensor>>;
/** Options as the files hold them: the functions check what they are given. */
type Options = Readonly<Record<string, never>>;

type Call = (inputs: Inputs, options: Options) => Inputs;
type Table = Readonly<Record<string, Call>>;

/** Functions of x and options. */
function onX(table: Readonly<Record<string, (x: Tensor, options: Options) => Tensor>>): Table {
  return Object.fromEntries(
    Object.entries(table).map(([name, f]) => [name, ({ x }, options) => ({ y: f(x!, options) })]),
  );
}

/** Functions of prediction and target, with other tensors among the options. */
function losses(table: Readonly<Record<string, (input: Tensor, target: Tensor, options: object) => Tensor>>): Table {
  return Object.fromEntries(
    Object.entries(table).map(([name, f]) => [
      name,
      ({ input, target, ...tensors }, options) => ({ y: f(input!, target!, { ...options, ...tensors }) }),
    ]),
  );
}

const functions: Table = {
  conv2d: ({ x, weight, bias }, options) => ({ y: nn.conv2d(x!, weight!, bias ?? null, options) }),
  maxPool2d: ({ x }, { kernelSize, ...options }) => {
    const { values, indices } = nn.maxPool2dWithIndices(x!, kernelSize!, options);
    return { y: values, indices };
  },
  avgPool2d: ({ x }, { kernelSize, ...options }) => ({ y: nn.avgPool2d(x!, kernelSize!, options) }),
  batchNorm: ({ x, weight, bias, ...running }, options) => {
    const runningMean = running.runningMean && variable(running.runningMean);
    const runningVar = running.runningVar && variable(running.runningVar);
    const given = {
      weight: weight ?? null,
      bias: bias ?? null,
      runningMean: runningMean ?? null,
      runningVar: runningVar ?? null,
    };
    return { y: nn.batchNorm(x!, { ...options, ...given }), runningMean: runningMean!, runningVar: runningVar! };
  },
  ...onX({
    relu: nn.relu,
    tanh: nn.tanh,
    sigmoid: nn.sigmoid,
    gelu: nn.gelu,
    silu: nn.silu,
    softmax: nn.softmax,
    logSoftmax: nn.logSoftmax,
  }),
  ...losses({
    mse: nn.mse,
    l1: nn.l1,
    bce: nn.bce,
    bceWithLogits: nn.bceWithLogits,
    crossEntropy: nn.crossEntropy,
    nll: nn.nll,
  }),
};

const areas = {
  conv: ["conv2d"],
  pooling: ["maxPool2d", "avgPool2d"],
  normalization: ["batchNorm"],
  activations: ["relu", "tanh", "sigmoid", "softmax", "logSoftmax", "gelu", "silu"],
  losses: ["mse", "l1", "bce", "bceWithLogits", "crossEntropy", "nll"],
} as const;

const cases = Object.entries(areas).flatMap(([area, names]) => casesOf(area, names));

describe.each(devices)("on %s", (device) => {
  test.each(cases.map((c): [string, FixtureCase] => [c.id, c]))("%s", (_, c) =>
    runCase(c, device, functions[c.fn]! as Run),
  );
});

describe("in float64", () => {
  test.each(cases.map((c): [string, FixtureCase] => [c.id, c]))("%s", (_, c) =>
    runCase(c, "reference", functions[c.fn]! as Run, "float64"),
  );
});

type Run = Parameters<typeof runCase>[2];

test("every case of the named functions is here", () => {
  expect(cases.length).toBe(17 + 7 + 5 + 9 + 3 + 2 + 5 + 5 + 5 + 3 + 2 + 3 + 4 + 7 + 10 + 48 + 12);
});
