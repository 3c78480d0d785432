/** Layers that rearrange, drop, hold others, or work on graphs: values, derivatives of both orders, state, errors. */
import { describe, expect, test } from "vitest";
import { gradCheck } from "../../src/autodiff/index.ts";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import { manualSeed, ones, random, type Tensor, tensor, zeros } from "../../src/tensor/index.ts";
import { describeCases, runCase } from "../fixtures-harness.ts";
import { irregular } from "./irregular.ts";

describeCases(
  "image",
  { resize: (c, setting) => runCase(c, ([x], options) => nn.upsample(x!, options), setting) },
  "upsample",
);

const path = tensor([
  [0, 1, 0],
  [1, 0, 1],
  [0, 1, 0],
]);

test.each<[string, (...xs: Tensor[]) => Tensor, readonly Tensor[]]>([
  ["upsample, linear", (x) => nn.upsample(x!, { size: 5, mode: "linear" }).square(), [irregular(1, 1, 3)]],
  ["pixelShuffle", (x) => nn.pixelShuffle(x!, 2).square(), [irregular(1, 4, 1, 2)]],
  [
    "graphConvolution",
    (x, a, w, b) => nn.graphConvolution(x!, a!.square(), w!, b!),
    [irregular(3, 2), irregular(3, 3), irregular(2, 2), irregular(2)],
  ],
  [
    "neighbourhoodConvolution",
    (x, w, u) => nn.neighbourhoodConvolution(x!, path.to("reference"), w!, u!).square(),
    [irregular(3, 2), irregular(1, 2), irregular(1, 2)],
  ],
  ["neighbourhoodPool", (x) => nn.neighbourhoodPool(x!, path.to("reference")).square(), [irregular(3, 2)]],
])("first and second derivatives of %s", (_, f, args) => {
  gradCheck(f, args, { rtol: 1e-5, atol: 1e-6 });
});

test("pixelUnshuffle undoes pixelShuffle", () => {
  const x = irregular(1, 4, 2, 3);
  expect(nn.pixelUnshuffle(nn.pixelShuffle(x, 2), 2).dataSync()).toEqual(x.dataSync());
});

describe("dropout", () => {
  test("scaled at inference: kept values stay what they are, in evaluation all are multiplied by 1 − p", () => {
    manualSeed(3);
    const layer = new nn.Dropout(0.25, { scaledAt: "inference" });
    expect(new Set(layer.forward(ones([200])).dataSync())).toEqual(new Set([0, 1]));
    expect(
      layer
        .eval()
        .forward(ones([2]))
        .toString(),
    ).toBe("[0.75 0.75]");
    expect(layer.describe()).toBe('Dropout(0.25, { scaledAt: "inference" })');
  });

  test("alpha dropout by channel: all places of a channel take SELU's least value together, mean and variance stay", () => {
    manualSeed(5);
    const x = random.normal({ shape: [200, 50, 4] });
    const y = new nn.FeatureAlphaDropout(0.3).forward(x);
    const rows = y.reshape([10_000, 4]).arraySync() as number[][];
    const isDropped = (row: readonly number[]): boolean => row.every((v) => v === row[0]);
    const dropped = rows.filter(isDropped);
    expect(dropped.length / rows.length).toBeCloseTo(0.3, 1);
    expect(new Set(dropped.map((row) => row[0])).size).toBe(1);
    expect(y.mean().itemSync()).toBeCloseTo(0, 1);
    expect(y.var().itemSync()).toBeCloseTo(1, 1);
    expect(new nn.FeatureAlphaDropout(0.3).eval().forward(x)).toBe(x);
  });

  test("by channel: all places of a channel fall or stay together", () => {
    manualSeed(3);
    const sums = new nn.Dropout2d(0.5)
      .forward(ones([20, 4, 2, 2]))
      .sum({ axis: [2, 3] })
      .dataSync();
    expect(new Set(sums)).toEqual(new Set([0, 8]));
  });

  test("alpha: mean 0 and variance 1 stay", () => {
    manualSeed(3);
    const x = tensor(Float64Array.from({ length: 40000 }, (_, i) => (i % 2 === 0 ? 1 : -1)));
    const y = new nn.AlphaDropout(0.3).forward(x);
    expect(y.mean().itemSync()).toBeCloseTo(0, 1);
    expect(y.square().mean().itemSync()).toBeCloseTo(1, 1);
  });
});

describe("layers", () => {
  const row = tensor([[[1, 2, 3]]]);

  test.each<[string, nn.Module, string]>([
    ["zeros", new nn.ZeroPad1d([1, 2]), "[[[0. 1. 2. 3. 0. 0.]]]"],
    ["a number", new nn.ConstantPad1d(1, 7), "[[[7. 1. 2. 3. 7.]]]"],
    ["mirrored", new nn.ReflectionPad1d(2), "[[[3. 2. 1. 2. 3. 2. 1.]]]"],
    ["the border", new nn.ReplicationPad1d([2, 0]), "[[[1. 1. 1. 2. 3.]]]"],
    ["the opposite side", new nn.CircularPad1d(1), "[[[3. 1. 2. 3. 1.]]]"],
  ])("padding with %s", (_, layer, expected) => {
    expect(layer.forward(row).toString()).toBe(expected);
  });

  test("padding begins with the last axis", () => {
    expect(new nn.ZeroPad2d([1, 2, 3, 4]).forward(zeros([1, 1, 5, 5])).shape).toEqual([1, 1, 12, 8]);
    expect(new nn.ReplicationPad3d([1, 0, 2, 0, 3, 0]).forward(zeros([1, 2, 2, 2])).shape).toEqual([1, 5, 4, 3]);
  });

  test("unflatten, shuffle, upsample, bilinear", () => {
    expect(new nn.Unflatten(-1, [3, 4]).forward(zeros([2, 12])).shape).toEqual([2, 3, 4]);
    expect(new nn.PixelShuffle(2).forward(zeros([1, 8, 3, 3])).shape).toEqual([1, 2, 6, 6]);
    expect(new nn.PixelUnshuffle(3).forward(zeros([1, 1, 3, 6])).shape).toEqual([1, 9, 1, 2]);
    expect(new nn.Upsample({ size: [3, 5], mode: "bilinear" }).describe()).toBe(
      'Upsample({ size: [3,5], mode: "bilinear" })',
    );
    const state = Object.entries(new nn.Bilinear(3, 4, 2).stateDict()).map(([key, value]) => [key, value.shape]);
    expect(state).toEqual([
      ["weight", [2, 3, 4]],
      ["bias", [2]],
    ]);
  });

  test("containers give their modules PyTorch's names", () => {
    class Net extends nn.Module {
      blocks = new nn.ModuleList([new nn.Linear(2, 2, { bias: false })]).push(new nn.Linear(2, 2, { bias: false }));
      heads = new nn.ModuleDict({ left: new nn.Linear(2, 1) });
      around = new nn.Residual(new nn.Linear(2, 2, { bias: false }));

      override forward(x: Tensor): Tensor {
        let h = x;
        for (const block of this.blocks) h = block.forward(h) as Tensor;
        return this.heads.get("left").forward(this.around.forward(h)) as Tensor;
      }
    }
    const net = new Net();
    expect(net.forward(zeros([3, 2])).shape).toEqual([3, 1]);
    expect(Object.keys(net.stateDict())).toEqual([
      "blocks.0.weight",
      "blocks.1.weight",
      "heads.left.weight",
      "heads.left.bias",
      "around.module.weight",
    ]);
    expect(net.blocks.length).toBe(2);
    expect(net.blocks.at(-1)).toBe([...net.blocks][1]);
  });

  test("graph layers have their own weights", () => {
    const layer = new nn.NeighbourhoodConv(3, 2, { bias: false });
    expect(Object.keys(layer.stateDict())).toEqual(["weight", "neighbour_weight"]);
    expect(layer.describe()).toBe("NeighbourhoodConv(3, 2, { bias: false })");
    expect(new nn.GraphConv(2, 4).forward(ones([3, 2]), path).shape).toEqual([3, 4]);
  });
});

describe("wrong calls", () => {
  test.each<[string, () => unknown, Error]>([
    [
      "neither size nor factor",
      () => nn.upsample(zeros([1, 1, 2]), {}),
      new ValueError("upsample: takes either size or scaleFactor; neither found"),
    ],
    [
      "a mode for other axes",
      () => nn.upsample(zeros([1, 1, 2]), { size: 3, mode: "bilinear" }),
      new ShapeError("upsample: bilinear is for 2 axes of space, [1, 1, 2] has 1"),
    ],
    [
      "channels",
      () => nn.pixelShuffle(zeros([1, 6, 2, 2]), 2),
      new ShapeError("pixelShuffle: the 6 channels of [1, 6, 2, 2] do not divide by 2² = 4"),
    ],
    [
      "padding",
      () => new nn.ZeroPad2d([1, 2]),
      new ValueError("ZeroPad2d: padding [1,2] is not a whole number from 0, or 4 of such"),
    ],
    [
      "sizes",
      () => new nn.Unflatten(1, [2, 2]).forward(zeros([1, 5])),
      new ShapeError("Unflatten: axis 1 of [1, 5] does not divide into [2, 2]"),
    ],
    [
      "an adjacency of other vertices",
      () => nn.graphConvolution(zeros([3, 2]), zeros([2, 2]), zeros([1, 2])),
      new ShapeError(
        "graphConvolution: an adjacency of shape [2, 2] does not belong to features of shape [3, 2]; the shapes are [V, V] and [V, features]",
      ),
    ],
    [
      "a probability",
      () => nn.alphaDropout(zeros([2]), { p: 2 }),
      new ValueError("alphaDropout: the probability 2 is not within 0 … 1"),
    ],
    [
      "no channels",
      () => nn.channelDropout(zeros([2])),
      new ShapeError("channelDropout: [2] has no channels; the shape is [N, C, …]"),
    ],
    [
      "calling a list",
      () => new nn.ModuleList().forward(),
      new ValueError("ModuleList: a list is not called; call the modules in it, or use a Sequential"),
    ],
  ])("%s", (_, call, error) => {
    expect(call).toThrow(error);
  });

  test("a shortcut around what changes the shape", () => {
    expect(() => new nn.Residual(new nn.Linear(2, 3)).forward(zeros([1, 2]))).toThrow(
      "Residual: Linear(2, 3) makes [1, 3] of [1, 2]; a shortcut needs the same shape",
    );
  });
});
