/** Normalisation: golden values, derivatives of both orders, layers, errors. */
import { describe, expect, test } from "vitest";
import { gradCheck } from "../../src/autodiff/index.ts";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import { ones, type Tensor, tensor, variable, zeros } from "../../src/tensor/index.ts";
import { type Call, describeArea } from "../fixtures-harness.ts";
import { irregular } from "./irregular.ts";

/** A variable that begins as `x`. */
const running = (x: Tensor | undefined): Tensor | null => (x === undefined ? null : variable(x));

/** Functions of x, a first argument among the options, and the rest with the tensors. */
const after =
  (f: (x: Tensor, first: never, options: never) => Tensor, name: string): Call =>
  (_, { [name]: first, ...options }, { x, ...tensors }) =>
    f(x!, first as never, { ...options, ...tensors } as never);

describeArea("normalization", {
  batchNorm: (_, options, { x, weight = null, bias = null, ...statistics }) => {
    const [runningMean, runningVar] = [running(statistics.runningMean), running(statistics.runningVar)];
    const y = nn.batchNorm(x!, { ...options, weight, bias, runningMean, runningVar });
    return runningMean === null ? { y } : { y, runningMean, runningVar: runningVar! };
  },
  batchNormModule: (_, options, { weight, bias, ...inputs }) => {
    const { dtype, node } = weight!;
    const layer = new nn.BatchNorm1d(weight!.size, { ...options, dtype, device: node.device ?? undefined });
    Object.assign(layer, { weight, bias });
    const outputs = Object.values(inputs).map((x, i) => [`y${i}`, layer.forward(x)] as const);
    const evaluated = layer.eval().forward(inputs.x0!);
    return {
      ...Object.fromEntries(outputs),
      evaluated,
      runningMean: layer.runningMean!,
      runningVar: layer.runningVar!,
    };
  },
  layerNorm: after(nn.layerNorm, "normalizedShape"),
  rmsNorm: after(nn.rmsNorm, "normalizedShape"),
  groupNorm: after(nn.groupNorm, "numGroups"),
  instanceNorm: (_, options, { x, ...tensors }) => nn.instanceNorm(x!, { ...options, ...tensors }),
  localResponseNorm: after(nn.localResponseNorm, "size"),
  normalize: ([x], options) => nn.normalize(x!, options),
  standardize: ([x], options) => nn.standardize(x!, options),
  minMaxScale: ([x], options) => nn.minMaxScale(x!, options),
});

test.each<[string, (...xs: Tensor[]) => Tensor, readonly Tensor[]]>([
  [
    "layerNorm",
    (x, w, b) => nn.layerNorm(x!, [2, 2], { weight: w!, bias: b! }),
    [irregular(2, 2, 2), irregular(2, 2), irregular(2, 2)],
  ],
  ["rmsNorm", (x, w) => nn.rmsNorm(x!, 3, { weight: w! }), [irregular(2, 3), irregular(3)]],
  [
    "groupNorm",
    (x, w, b) => nn.groupNorm(x!, 2, { weight: w!, bias: b! }),
    [irregular(1, 4, 2), irregular(4), irregular(4)],
  ],
  ["instanceNorm", (x, w) => nn.instanceNorm(x!, { weight: w! }), [irregular(2, 1, 3), irregular(1)]],
  ["localResponseNorm", (x) => nn.localResponseNorm(x!, 3, { alpha: 0.5 }), [irregular(1, 4, 2)]],
  ["normalize", (x) => nn.normalize(x!, { p: 3 }), [irregular(2, 3)]],
  ["standardize", (x) => nn.standardize(x!).y, [irregular(4, 2)]],
  ["minMaxScale", (x) => nn.minMaxScale(x!, { range: [-1, 2] }).square(), [irregular(4, 2)]],
])("first and second derivatives of %s", (_, f, args) => {
  gradCheck(f, args, { rtol: 1e-5, atol: 1e-6 });
});

test("a variance of 1 beside a mean of 4096 keeps its digits", () => {
  const y = nn.layerNorm(tensor([4095, 4096, 4097]), 3, { eps: 0 }).dataSync();
  expect(y[2]).toBeCloseTo(Math.sqrt(1.5), 6);
});

test("a vector of zeros stays one when normalised, a constant feature has the scale 1", () => {
  expect(nn.normalize(zeros([1, 2])).toString()).toBe("[[0. 0.]]");
  expect(nn.standardize(tensor([[0.1], [0.1], [0.1]])).scale.toString()).toBe("[1.]");
});

describe("layers", () => {
  test.each<[nn.Module, readonly string[], readonly number[], string]>([
    [new nn.LayerNorm([2, 3]), ["weight", "bias"], [4, 2, 3], "LayerNorm([2,3])"],
    [new nn.LayerNorm(3, { bias: false }), ["weight"], [4, 3], "LayerNorm([3], { bias: false })"],
    [new nn.RMSNorm(3, { elementwiseAffine: false }), [], [4, 3], "RMSNorm([3], { elementwiseAffine: false })"],
    [new nn.GroupNorm(2, 4), ["weight", "bias"], [2, 4, 3], "GroupNorm(2, 4)"],
    [new nn.InstanceNorm1d(2), [], [1, 2, 3], "InstanceNorm1d(2)"],
    [
      new nn.InstanceNorm2d(2, { affine: true, trackRunningStats: true }),
      ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"],
      [1, 2, 3, 3],
      "InstanceNorm2d(2, { affine: true, trackRunningStats: true })",
    ],
    [new nn.InstanceNorm3d(2), [], [1, 2, 2, 2, 2], "InstanceNorm3d(2)"],
    [new nn.LocalResponseNorm(3, { k: 2 }), [], [1, 4, 2], "LocalResponseNorm(3, { k: 2 })"],
  ])("%o", (layer, keys, shape, described) => {
    expect(Object.keys(layer.stateDict())).toEqual(keys);
    expect(layer.forward(ones(shape)).shape).toEqual(shape);
    expect(layer.describe()).toBe(described);
  });

  test("running statistics of instances are those of channels in the mean, and are taken in evaluation", () => {
    const layer = new nn.InstanceNorm1d(1, { trackRunningStats: true, momentum: 1, eps: 0 });
    layer.forward(tensor([[[1, 3]], [[5, 9]]]));
    expect(layer.runningMean!.toString()).toBe("[4.5]");
    expect(layer.runningVar!.toString()).toBe("[5.]"); // the mean of 2 and 8
    const y = layer
      .eval()
      .forward(tensor([[[4.5, 4.5 + Math.sqrt(5)]]]))
      .dataSync();
    expect(y[1]).toBeCloseTo(1, 6);
  });
});

describe("wrong calls", () => {
  test.each<[string, () => unknown, Error]>([
    [
      "axes that are not there",
      () => nn.layerNorm(zeros([2, 3]), 4),
      new ShapeError("layerNorm: [2, 3] does not end with the normalised axes [4]"),
    ],
    [
      "a weight of another shape",
      () => nn.rmsNorm(zeros([2, 3]), 3, { weight: zeros([2]) }),
      new ShapeError("rmsNorm: weight has shape [2], the normalised axes [3]; they have one shape"),
    ],
    [
      "groups",
      () => nn.groupNorm(zeros([1, 4]), 3),
      new ShapeError("groupNorm: the 4 channels of [1, 4] do not divide into 3 groups"),
    ],
    [
      "a bias for other channels",
      () => nn.groupNorm(zeros([1, 4]), 2, { bias: zeros([2]) }),
      new ShapeError("groupNorm: bias has shape [2], but [1, 4] has 4 channels; its shape is [4]"),
    ],
    [
      "one value a channel",
      () => nn.instanceNorm(zeros([2, 3, 1])),
      new ValueError("instanceNorm: [2, 3, 1] has one value a channel, which has no variance; it needs at least two"),
    ],
    [
      "size",
      () => nn.localResponseNorm(zeros([1, 2]), 0),
      new ValueError("localResponseNorm: size 0 is not a whole number from 1"),
    ],
    [
      "a range upside down",
      () => nn.minMaxScale(zeros([2, 1]), { range: [1, 0] }),
      new ValueError("minMaxScale: the range [1,0] does not go upwards"),
    ],
    [
      "channels of a layer",
      () => new nn.InstanceNorm2d(3).forward(zeros([1, 2, 4, 4])),
      new ShapeError("InstanceNorm2d: the shape is [N, 3, H, W], not [1, 2, 4, 4]"),
    ],
    [
      "volumes",
      () => new nn.BatchNorm3d(3).forward(zeros([1, 3, 4, 4])),
      new ShapeError("BatchNorm3d: the shape is [N, 3, D, H, W], not [1, 3, 4, 4]"),
    ],
    [
      "groups of a layer",
      () => new nn.GroupNorm(3, 4),
      new ValueError("GroupNorm: 4 channels do not divide into 3 groups"),
    ],
  ])("%s", (_, call, error) => {
    expect(call).toThrow(error);
  });
});
