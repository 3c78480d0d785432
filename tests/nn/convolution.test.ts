/** Convolutions of 1 to 3 axes and their transposes: golden values, derivatives of both orders, errors. */
import { describe, expect, test } from "vitest";
import { gradCheck } from "../../src/autodiff/index.ts";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import { ones, type Tensor, tensor, zeros } from "../../src/tensor/index.ts";
import { type Call, describeArea } from "../fixtures-harness.ts";
import { irregular } from "./irregular.ts";

type Layer = (x: Tensor, weight: Tensor, bias: Tensor | null, options: never) => Tensor;

const withWeights =
  (f: Layer): Call =>
  (_, options, { x, weight, bias }) =>
    f(x!, weight!, bias ?? null, options as never);

describeArea("conv", {
  conv1d: withWeights(nn.conv1d),
  conv2d: withWeights(nn.conv2d),
  conv3d: withWeights(nn.conv3d),
  convTranspose1d: withWeights(nn.convTranspose1d),
  convTranspose2d: withWeights(nn.convTranspose2d),
  convTranspose3d: withWeights(nn.convTranspose3d),
  unfold: ([x], { kernelSize, ...options }) => nn.unfold(x!, kernelSize as number[], options),
  fold: ([x], { outputSize, kernelSize, ...options }) =>
    nn.fold(x!, outputSize as number[], kernelSize as number[], options),
});

test.each<[string, (...xs: Tensor[]) => Tensor, readonly Tensor[]]>([
  [
    "conv1d, dilated, with circular borders",
    (x, w, b) => nn.conv1d(x!, w!, b!, { padding: 2, dilation: 2, paddingMode: "circular" }),
    [irregular(1, 2, 4), irregular(2, 2, 2), irregular(2)],
  ],
  [
    "conv3d, strided, grouped",
    (x, w) => nn.conv3d(x!, w!, null, { stride: [1, 2, 1], padding: [0, 1, 0], groups: 2 }),
    [irregular(1, 2, 2, 3, 2), irregular(2, 1, 2, 2, 1)],
  ],
  [
    "convTranspose1d, strided, dilated",
    (x, w, b) => nn.convTranspose1d(x!, w!, b!, { stride: 2, dilation: 3, padding: 1, outputPadding: 1 }),
    [irregular(2, 2, 3), irregular(2, 1, 2), irregular(1)],
  ],
  [
    "convTranspose2d, grouped",
    (x, w) => nn.convTranspose2d(x!, w!, null, { stride: [2, 1], groups: 2 }),
    [irregular(1, 2, 2, 2), irregular(2, 2, 2, 1)],
  ],
  ["convTranspose3d", (x, w) => nn.convTranspose3d(x!, w!), [irregular(1, 1, 2, 1, 2), irregular(1, 2, 1, 2, 2)]],
  ["unfold", (x) => nn.unfold(x!, 2, { padding: 1 }).square(), [irregular(1, 1, 2, 3)]],
  ["fold", (x) => nn.fold(x!, [3, 2], 2, { padding: [0, 1] }).square(), [irregular(1, 4, 6)]],
])("first and second derivatives of %s", (_, f, args) => {
  gradCheck(f, args, { rtol: 1e-5, atol: 1e-6 });
});

test("a single input is a batch of one that comes back without its axis", () => {
  expect(nn.conv1d(zeros([2, 5]), zeros([3, 2, 2])).shape).toEqual([3, 4]);
  expect(nn.convTranspose2d(zeros([2, 5, 5]), zeros([2, 3, 2, 2])).shape).toEqual([3, 6, 6]);
  expect(nn.unfold(zeros([2, 5, 5]), 2).shape).toEqual([8, 16]);
  expect(nn.fold(zeros([8, 16]), [5, 5], 2).shape).toEqual([2, 5, 5]);
});

describe("wrong calls", () => {
  test.each<[string, () => unknown, Error]>([
    [
      "an input of too many axes",
      () => nn.conv1d(zeros([1, 2, 3, 4]), zeros([1, 2, 3])),
      new ShapeError("conv1d: [1, 2, 3, 4] is no sequence; the shape is [N, C, L] or [C, L]"),
    ],
    [
      "a weight of too few axes",
      () => nn.conv3d(zeros([1, 2, 3, 4, 5]), zeros([1, 2, 3])),
      new ShapeError("conv3d: [1, 2, 3] is no set of kernels; the shape is [O, C / groups, KD, KH, KW]"),
    ],
    [
      "a stride for another number of axes",
      () => nn.conv3d(zeros([1, 1, 3, 3, 3]), zeros([1, 1, 1, 1, 1]), null, { stride: [1, 2] as never }),
      new ValueError("conv3d: stride [1,2] is not a whole number from 1, or three of such"),
    ],
    [
      "channels of a transposed convolution",
      () => nn.convTranspose1d(zeros([1, 2, 3]), zeros([3, 1, 2])),
      new ShapeError("convTranspose1d: [1, 2, 3] has 2 channels, the weight [3, 1, 2] takes 3 (2 ≠ 3)"),
    ],
    [
      "outputPadding",
      () => nn.convTranspose2d(zeros([1, 1, 2, 2]), zeros([1, 1, 2, 2]), null, { outputPadding: [0, 1] }),
      new ValueError("convTranspose2d: outputPadding 1 is not less than stride 1 or dilation 1"),
    ],
    [
      "padding that leaves nothing",
      () => nn.convTranspose1d(zeros([1, 1, 2]), zeros([1, 1, 2]), null, { padding: 2 }),
      new ShapeError("convTranspose1d: padding 2 on each side leaves nothing of 3 places along axis 2"),
    ],
    [
      "a bias of another size",
      () => nn.convTranspose1d(zeros([1, 2, 2]), zeros([2, 1, 2]), zeros([1]), { groups: 2 }),
      new ShapeError("convTranspose1d: the bias has shape [1], but there are 2 kernels; its shape is [2]"),
    ],
    [
      "groups of a transposed convolution",
      () => nn.convTranspose1d(zeros([1, 3, 2]), zeros([3, 1, 2]), null, { groups: 2 }),
      new ShapeError("convTranspose1d: the 3 channels of [1, 3, 2] do not divide into 2 groups"),
    ],
    [
      "a window larger than the image",
      () => nn.unfold(zeros([1, 1, 2, 2]), 3),
      new ShapeError("unfold: a window over 3 places does not fit into 2 with padding 0 (3 > 2)"),
    ],
    [
      "columns that are not the windows",
      () => nn.fold(zeros([1, 4, 3]), [3, 3], 2),
      new ShapeError("fold: [1, 4, 3] does not hold the windows [2, 2] of [3, 3]; the shape is [N, C · 4, 4]"),
    ],
  ])("%s", (_, call, error) => {
    expect(call).toThrow(error);
  });
});

describe("layers", () => {
  test.each<[nn.Module, Record<string, number[]>, readonly number[], readonly number[], string]>([
    [
      new nn.Conv1d(4, 6, 3, { groups: 2, padding: "same" }),
      { weight: [6, 2, 3], bias: [6] },
      [2, 4, 5],
      [2, 6, 5],
      'Conv1d(4, 6, 3, { groups: 2, padding: "same" })',
    ],
    [
      new nn.Conv3d(1, 2, [1, 2, 2]),
      { weight: [2, 1, 1, 2, 2], bias: [2] },
      [1, 1, 3, 3, 3],
      [1, 2, 3, 2, 2],
      "Conv3d(1, 2, [1,2,2])",
    ],
    [
      new nn.ConvTranspose2d(4, 6, [2, 3], { groups: 2, bias: false }),
      { weight: [4, 3, 2, 3] },
      [1, 4, 2, 2],
      [1, 6, 3, 4],
      "ConvTranspose2d(4, 6, [2,3], { groups: 2, bias: false })",
    ],
    [
      new nn.ConvTranspose1d(1, 1, 2),
      { weight: [1, 1, 2], bias: [1] },
      [1, 1, 2],
      [1, 1, 3],
      "ConvTranspose1d(1, 1, 2)",
    ],
    [
      new nn.ConvTranspose3d(1, 2, 2),
      { weight: [1, 2, 2, 2, 2], bias: [2] },
      [1, 1, 1, 1, 1],
      [1, 2, 2, 2, 2],
      "ConvTranspose3d(1, 2, 2)",
    ],
  ])("%o", (layer, state, from, to, described) => {
    const shapes = Object.entries(layer.stateDict()).map(([key, value]) => [key, value.shape]);
    expect(Object.fromEntries(shapes)).toEqual(state);
    expect(layer.forward(zeros(from)).shape).toEqual(to);
    expect(layer.describe()).toBe(described);
  });

  test("name themselves in errors", () => {
    expect(() => new nn.ConvTranspose1d(3, 4, 2, { groups: 2 })).toThrow(
      new ValueError("ConvTranspose1d: 3 channels in and 4 out do not divide into 2 groups"),
    );
  });
});

test("circular borders go round more than once", () => {
  const x = tensor([[[1, 2, 4]]]);
  const twice = [2, 4, 1, 2, 4, 1, 2, 4, 1, 2, 4, 1];
  expect(new nn.CircularPad1d([5, 4]).forward(x).arraySync()).toEqual([[twice]]);
  expect(nn.padImage(x, { left: 5, right: 4, mode: "circular" }).arraySync()).toEqual([[twice]]);
  const y = nn.conv1d(x, ones([1, 1, 9]), null, { padding: 4, paddingMode: "circular" });
  expect(y.arraySync()).toEqual([[[21, 21, 21]]]); // nine places in a row are three times the whole
  expect(() => new nn.CircularPad1d(1).forward(zeros([1, 1, 0]))).toThrow(
    new ShapeError("CircularPad1d: circular fills at most 0 places beside axis 2 of [1, 1, 0], not 1"),
  );
});
