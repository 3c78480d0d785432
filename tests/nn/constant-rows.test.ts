/** What is constant has no deviation: means are quotients, and every normalisation gives exact zeros, however large or small the constant. */
import { describe, expect, test } from "vitest";
import type { DType } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import * as T from "../../src/tensor/index.ts";
import { compile, full, mean, ones, type Tensor, tensor, variable, zeros } from "../../src/tensor/index.ts";

const constants = [0.1, -0.1, 1e4, 123456.7, 3e38, -3e38, 1e-38, 1e-45, 0, -0];

/** Normalisations of [5, 6, 41]: what is constant is constant along every axis. */
const normalisations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  layerNorm: (x) => nn.layerNorm(x, 41),
  "layerNorm of two axes": (x) => nn.layerNorm(x, [6, 41]),
  groupNorm: (x) => nn.groupNorm(x, 3),
  instanceNorm: (x) => nn.instanceNorm(x),
  batchNorm: (x) => nn.batchNorm(x, { training: true }),
  "batchNorm of features": (x) => nn.batchNorm(x.reshape([30, 41]), { training: true }),
  standardize: (x) => nn.standardize(x).y,
  "standardize of the last axis": (x) => nn.standardize(x, { axis: -1 }).y,
  variance: (x) => T.variance(x, { axis: -1 }),
  "variance of everything": (x) => T.variance(x, { ddof: 1 }),
  std: (x) => T.std(x, { axis: 0 }),
  nanvar: (x) => T.nanvar(x, { axis: -1 }),
  nanstd: (x) => T.nanstd(x),
  cov: (x) => T.cov(x.reshape([30, 41])),
};

describe.each(Object.entries(normalisations))("%s of what is constant is 0", (_, f) => {
  const program = compile(f);
  const zero = (y: Tensor) => expect(Array.from(y.dataSync(), Number).every((value) => value === 0)).toBe(true);
  test.each(constants)("%d", (c) => {
    const x = full([5, 6, 41], c);
    zero(f(x));
    zero(program(x));
    zero(f(full([5, 6, 41], c, { device: "reference" })));
  });
  test.each(["float16", "bfloat16", "float64"] satisfies DType[])("%s", (dtype) => {
    for (const c of [0.1, 12345]) zero(f(full([5, 6, 41], c, { dtype })));
  });
});

test("a feature that is constant beside others that are not", () => {
  const x = T.concat([full([64, 1], 123456.7), T.arange(64).reshape([64, 1])], { axis: 1 });
  const y = nn.batchNorm(x, { training: true });
  expect(Array.from(y.at(":", 0).dataSync())).toEqual(new Array(64).fill(0));
  expect(Number(y.at(-1, 1).itemSync())).toBeCloseTo(31.5 / Math.sqrt((64 ** 2 - 1) / 12), 5);
});

test("running statistics of a constant are the constant and 0", () => {
  const [runningMean, runningVar] = [variable(zeros([3])), variable(ones([3]))];
  const statistics = { runningMean, runningVar, momentum: 1 };
  const x = full([7, 3, 41], 123456.7);
  for (const norm of [() => nn.batchNorm(x, { training: true, ...statistics }), () => nn.instanceNorm(x, statistics)]) {
    runningMean.assign(zeros([3]));
    runningVar.assign(ones([3]));
    norm();
    expect(Array.from(runningMean.dataSync())).toEqual(new Array(3).fill(Math.fround(123456.7)));
    expect(Array.from(runningVar.dataSync())).toEqual([0, 0, 0]);
  }
});

test("what varies little about a large mean keeps its digits", () => {
  // 2²⁰ ± 1/8: the mean and both deviations are numbers of float32
  const x = tensor([-1, 1, -1, 1, -1, 1, -1, 1])
    .mul(0.125)
    .add(2 ** 20)
    .reshape([1, 8]);
  const expected = [-1, 1, -1, 1, -1, 1, -1, 1];
  expect(Array.from(nn.layerNorm(x, 8, { eps: 0 }).dataSync())).toEqual(expected);
});

test("a mean is a quotient: as many ones as there are have the mean 1", () => {
  for (let n = 1; n < 200; n++) expect(mean(ones([n], { device: "reference" })).itemSync()).toBe(1);
  for (const n of [41, 47, 55, 61, 82, 83, 1_000_003]) expect(mean(ones([n])).itemSync()).toBe(1);
  expect(nn.avgPool1d(ones([1, 1, 41]), 41).itemSync()).toBe(1);
  expect(nn.adaptiveAvgPool1d(ones([1, 1, 41]), 1).itemSync()).toBe(1);
  expect(nn.mse(ones([41]), zeros([41])).itemSync()).toBe(1);
  const x = T.parameter(ones([41]));
  x.mean().backward();
  expect(x.grad!.at(0).itemSync()).toBe(Math.fround(1 / 41));
});
