/** The functions of nn against golden values: convolution, pooling, normalisation, activations, losses. */
import { describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { type Tensor, variable } from "../../src/tensor/index.ts";
import { casesOf, devices, type FixtureCase, runCase } from "./harness.ts";

type Inputs = Readonly<Record<string, Tensor>>;
/** Options as the files hold them: the functions check what they are given. */
type Options = Readonly<Record<string, never>>;

const functions: Readonly<Record<string, (inputs: Inputs, options: Options) => Inputs>> = {
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
  ...Object.fromEntries(
    (["relu", "tanh", "sigmoid", "gelu", "silu", "softplus", "softmax", "logSoftmax"] as const).map((name) => [
      name,
      ({ x }: Inputs, options: Options) => ({ y: nn[name](x!, options) }),
    ]),
  ),
  ...Object.fromEntries(
    (["mse", "l1", "bce", "bceWithLogits", "crossEntropy", "nll"] as const).map((name) => [
      name,
      ({ input, target, ...tensors }: Inputs, options: Options) => ({
        y: nn[name](input!, target!, { ...options, ...tensors }),
      }),
    ]),
  ),
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
    runCase(c, device, functions[c.fn]! as Call),
  );
});

describe("in float64", () => {
  test.each(cases.map((c): [string, FixtureCase] => [c.id, c]))("%s", (_, c) =>
    runCase(c, "reference", functions[c.fn]! as Call, "float64"),
  );
});

type Call = Parameters<typeof runCase>[2];

test("every case of the named functions is here", () => {
  expect(cases.length).toBe(17 + 7 + 5 + 9 + 3 + 2 + 5 + 5 + 5 + 3 + 2 + 3 + 4 + 7 + 10 + 48 + 12);
});
