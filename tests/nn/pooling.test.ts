/** Pooling over one to three axes: golden values, derivatives of both orders, conventions, errors. */
import { describe, expect, test } from "vitest";
import { grad, gradCheck } from "../../src/autodiff/index.ts";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import { type Tensor, tensor, zeros } from "../../src/tensor/index.ts";
import { type Call, describeArea } from "../fixtures-harness.ts";
import { irregular } from "./irregular.ts";

type Sized<Result> = (x: Tensor, kernelSize: never, options: never) => Result;

const found =
  (f: Sized<nn.Found>): Call =>
  ([x], { kernelSize, ...options }) => {
    const { values, indices } = f(x!, kernelSize as never, options as never);
    return { y: values, indices };
  };
const foundRegions =
  (f: (x: Tensor, outputSize: never) => nn.Found): Call =>
  ([x], { outputSize }) => {
    const { values, indices } = f(x!, outputSize as never);
    return { y: values, indices };
  };
const mean =
  (f: Sized<Tensor>): Call =>
  ([x], { kernelSize, ...options }) =>
    f(x!, kernelSize as never, options as never);
const regions =
  (f: (x: Tensor, outputSize: never) => Tensor): Call =>
  ([x], { outputSize }) =>
    f(x!, outputSize as never);
const power =
  (f: (x: Tensor, normType: number, kernelSize: never, options: never) => Tensor): Call =>
  ([x], { normType, kernelSize, ...options }) =>
    f(x!, normType as number, kernelSize as never, options as never);

describeArea("pooling", {
  maxPool1d: found(nn.maxPool1dWithIndices),
  maxPool2d: found(nn.maxPool2dWithIndices),
  maxPool3d: found(nn.maxPool3dWithIndices),
  avgPool1d: mean(nn.avgPool1d),
  avgPool2d: mean(nn.avgPool2d),
  avgPool3d: mean(nn.avgPool3d),
  lpPool1d: power(nn.lpPool1d),
  lpPool2d: power(nn.lpPool2d),
  lpPool3d: power(nn.lpPool3d),
  adaptiveAvgPool1d: regions(nn.adaptiveAvgPool1d),
  adaptiveAvgPool2d: regions(nn.adaptiveAvgPool2d),
  adaptiveAvgPool3d: regions(nn.adaptiveAvgPool3d),
  adaptiveMaxPool1d: foundRegions(nn.adaptiveMaxPool1dWithIndices),
  adaptiveMaxPool2d: foundRegions(nn.adaptiveMaxPool2dWithIndices),
  adaptiveMaxPool3d: foundRegions(nn.adaptiveMaxPool3dWithIndices),
  globalAvgPool: ([x], options) => nn.globalAvgPool(x!, options),
  globalMaxPool: ([x], options) => nn.globalMaxPool(x!, options),
});

const places = tensor(Int32Array.of(0, 3, 5), { shape: [1, 1, 3], device: "reference" });

test.each<[string, (...xs: Tensor[]) => Tensor, readonly Tensor[]]>([
  ["maxPool1d, dilated", (x) => nn.maxPool1d(x!, 2, { dilation: 2, stride: 1 }).square(), [irregular(1, 2, 5)]],
  ["maxPool3d", (x) => nn.maxPool3d(x!, [1, 2, 2], { stride: 1 }).square(), [irregular(1, 1, 2, 3, 2)]],
  [
    "avgPool1d without padded places",
    (x) => nn.avgPool1d(x!, 3, { padding: 1, countIncludePad: false }).square(),
    [irregular(1, 2, 5)],
  ],
  ["lpPool2d of positive numbers", (x) => nn.lpPool2d(x!.square().add(1), 3, 2), [irregular(1, 1, 2, 4)]],
  ["adaptiveAvgPool2d", (x) => nn.adaptiveAvgPool2d(x!, [2, 3]).square(), [irregular(1, 1, 3, 4)]],
  ["adaptiveMaxPool1d", (x) => nn.adaptiveMaxPool1d(x!, 3).square(), [irregular(1, 2, 5)]],
  ["globalMaxPool", (x) => nn.globalMaxPool(x!).square(), [irregular(2, 2, 3)]],
  ["maxUnpool1d", (x) => nn.maxUnpool1d(x!, places, 2).square(), [irregular(1, 1, 3)]],
])("first and second derivatives of %s", (_, f, args) => {
  gradCheck(f, args, { rtol: 1e-5, atol: 1e-6 });
});

test("of equal values the first takes the whole gradient, wherever windows come from", () => {
  const ties = tensor([[[1, 1, 1]]]);
  for (const pool of [
    (x: Tensor) => nn.maxPool1d(x, 3),
    (x: Tensor) => nn.adaptiveMaxPool1d(x, 1),
    (x: Tensor) => nn.globalMaxPool(x),
  ]) {
    expect(grad((x: Tensor) => pool(x).sum())(ties).toString()).toBe("[[[1. 0. 0.]]]");
  }
});

test("NaN wins; a region is not touched by what stands beside it", () => {
  const x = tensor([[[1, Number.NaN, 2, 9, Number.POSITIVE_INFINITY]]]);
  expect(nn.maxPool1d(x, 2, { stride: 2 }).toString()).toBe("[[[nan  9.]]]");
  expect(nn.adaptiveAvgPool1d(tensor([[[1, 2, 3, Number.POSITIVE_INFINITY]]]), 3).toString()).toBe("[[[1.5 2.5 inf]]]");
});

test("unpooling puts values back where they were, also into a larger plane", () => {
  const { values, indices } = nn.maxPool2dWithIndices(
    tensor([
      [
        [
          [1, 2, 0],
          [4, 3, 0],
          [0, 0, 0],
        ],
      ],
    ]),
    2,
  );
  expect(nn.maxUnpool2d(values, indices, 2, { outputSize: [3, 3] }).toString()).toBe(
    "[[[[0. 0. 0.]\n   [4. 0. 0.]\n   [0. 0. 0.]]]]",
  );
});

describe("wrong calls", () => {
  test.each<[string, () => unknown, Error]>([
    [
      "an input of too many axes",
      () => nn.maxPool1d(zeros([1, 1, 4, 4]), 2),
      new ShapeError("maxPool1d: [1, 1, 4, 4] is no sequence; the shape is [N, C, L] or [C, L]"),
    ],
    [
      "a window larger than the volume",
      () => nn.avgPool3d(zeros([1, 1, 2, 2, 2]), 3),
      new ShapeError("avgPool3d: a window over 3 places does not fit into [1, 1, 2, 2, 2] with padding 0 (3 > 2)"),
    ],
    [
      "no regions",
      () => nn.adaptiveAvgPool2d(zeros([1, 1, 2, 2]), 0),
      new ValueError("adaptiveAvgPool2d: outputSize 0 is not a whole number from 1, or a pair of such"),
    ],
    [
      "nothing to pool",
      () => nn.adaptiveMaxPool1d(zeros([1, 1, 0]), 1),
      new ShapeError("adaptiveMaxPool1d: [1, 1, 0] has no places to pool"),
    ],
    [
      "no axes of space",
      () => nn.globalAvgPool(zeros([2, 3])),
      new ShapeError("globalAvgPool: [2, 3] has no channels in one to three axes of space; the shape is [N, C, …]"),
    ],
    [
      "p",
      () => nn.lpPool1d(zeros([1, 1, 2]), 0, 2),
      new ValueError("lpPool1d: normType 0 is not a number other than 0"),
    ],
    [
      "divisor",
      () => nn.avgPool2d(zeros([1, 1, 2, 2]), 2, { divisorOverride: 0 }),
      new ValueError("avgPool2d: the divisorOverride is 0"),
    ],
    [
      "indices of another shape",
      () => nn.maxUnpool1d(zeros([1, 1, 2]), zeros([1, 2], { dtype: "int32" }), 2),
      new ShapeError("maxUnpool1d: the indices have shape [1, 2], the values [1, 1, 2]; each value has its index"),
    ],
  ])("%s", (_, call, error) => {
    expect(call).toThrow(error);
  });
});

describe("layers", () => {
  test.each<[nn.Module, readonly number[], readonly number[], string]>([
    [new nn.MaxPool1d(3, { stride: 2 }), [1, 2, 7], [1, 2, 3], "MaxPool1d(3, { stride: 2 })"],
    [new nn.MaxPool3d([1, 2, 2]), [1, 2, 4, 4, 4], [1, 2, 4, 2, 2], "MaxPool3d([1,2,2])"],
    [new nn.AvgPool1d(2), [1, 2, 7], [1, 2, 3], "AvgPool1d(2)"],
    [new nn.AvgPool3d(2, { ceilMode: true }), [1, 2, 3, 3, 3], [1, 2, 2, 2, 2], "AvgPool3d(2, { ceilMode: true })"],
    [new nn.LPPool1d(2, 2), [1, 1, 4], [1, 1, 2], "LPPool1d(2, 2)"],
    [new nn.LPPool2d(3, 2, { stride: 1 }), [1, 1, 4, 4], [1, 1, 3, 3], "LPPool2d(3, 2, { stride: 1 })"],
    [new nn.LPPool3d(1, 2), [1, 1, 2, 2, 2], [1, 1, 1, 1, 1], "LPPool3d(1, 2)"],
    [new nn.AdaptiveAvgPool1d(3), [1, 2, 7], [1, 2, 3], "AdaptiveAvgPool1d(3)"],
    [new nn.AdaptiveAvgPool2d(1), [1, 2, 7, 6], [1, 2, 1, 1], "AdaptiveAvgPool2d(1)"],
    [new nn.AdaptiveAvgPool3d(2), [1, 2, 3, 3, 3], [1, 2, 2, 2, 2], "AdaptiveAvgPool3d(2)"],
    [new nn.AdaptiveMaxPool1d(3), [1, 2, 7], [1, 2, 3], "AdaptiveMaxPool1d(3)"],
    [new nn.AdaptiveMaxPool2d([2, 1]), [1, 2, 7, 6], [1, 2, 2, 1], "AdaptiveMaxPool2d([2,1])"],
    [new nn.AdaptiveMaxPool3d(1), [1, 2, 3, 3, 3], [1, 2, 1, 1, 1], "AdaptiveMaxPool3d(1)"],
    [new nn.GlobalAvgPool(), [2, 3, 4, 5], [2, 3], "GlobalAvgPool"],
    [new nn.GlobalMaxPool({ keepdims: true }), [2, 3, 4], [2, 3, 1], "GlobalMaxPool"],
  ])("%o", (layer, from, to, described) => {
    expect(layer.forward(zeros(from)).shape).toEqual(to);
    expect(layer.describe()).toBe(described);
    expect(layer.parameters()).toEqual([]);
  });

  test("unpooling takes what pooling with indices gives", () => {
    const x = zeros([1, 1, 4, 4, 4]);
    for (const [pooled, unpool] of [
      [nn.maxPool1dWithIndices(x.reshape([4, 4, 4]), 2), new nn.MaxUnpool1d(2)],
      [nn.maxPool2dWithIndices(x.reshape([1, 4, 4, 4]), 2), new nn.MaxUnpool2d(2)],
      [nn.maxPool3dWithIndices(x, 2), new nn.MaxUnpool3d(2)],
    ] as const) {
      expect(unpool.forward(pooled.values, pooled.indices).size).toBe(64);
    }
  });
});

test.each(["reference", "wasm"])(
  "a window of nothing but −∞ is found in the image, not in its padding, on %s",
  (device) => {
    const x = tensor([[[Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 1]]], { device });
    const line = nn.maxPool1dWithIndices(x, 2, { stride: 1, padding: 1 });
    expect(line.values.arraySync()).toEqual([[[Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, 1]]]);
    expect(line.indices.arraySync()).toEqual([[[0, 0, 2, 2]]]);
    const plane = nn.maxPool2dWithIndices(x.reshape([1, 1, 1, 3]), 2, { stride: 1, padding: 1 });
    expect(plane.indices.arraySync()).toEqual([
      [
        [
          [0, 0, 2, 2],
          [0, 0, 2, 2],
        ],
      ],
    ]);
  },
);
