/** First and second derivatives of layers and losses, in both modes, against central differences in float64. */
import { test } from "vitest";
import { gradCheck } from "../../src/autodiff/index.ts";
import * as nn from "../../src/nn/index.ts";
import { type Tensor, tensor } from "../../src/tensor/index.ts";

/** Irregular numbers in −1.5 … 1.5 without ties: fractions of multiples of the golden ratio. */
function irregular(...shape: number[]): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const golden = (1 + Math.sqrt(5)) / 2;
  const values = Float64Array.from({ length: size }, (_, i) => ((((i + 1) * golden) % 1) - 0.5) * 3);
  return tensor(values, { shape, device: "reference" });
}

const labels = tensor([2, 0, -100, 1], { dtype: "int32", device: "reference" });

type Case = readonly [name: string, f: (...xs: Tensor[]) => Tensor, args: readonly Tensor[]];

const cases: readonly Case[] = [
  [
    "conv2d, padded, strided, dilated, grouped",
    (x, w, b) => nn.conv2d(x!, w!, b!, { stride: [2, 1], padding: [1, 2], dilation: [1, 2], groups: 2 }),
    [irregular(1, 2, 5, 4), irregular(2, 1, 2, 3), irregular(2)],
  ],
  [
    "conv2d with reflected borders",
    (x, w) => nn.conv2d(x!, w!, null, { padding: 1, paddingMode: "reflect" }),
    [irregular(1, 1, 3, 3), irregular(1, 1, 3, 3)],
  ],
  ["maxPool2d with overlap", (x) => nn.maxPool2d(x!, 2, { stride: 1, padding: 1 }), [irregular(1, 1, 3, 4)]],
  ["avgPool2d in ceil mode", (x) => nn.avgPool2d(x!, 2, { ceilMode: true }), [irregular(1, 1, 3, 3)]],
  [
    "batchNorm",
    (x, w, b) => nn.batchNorm(x!, { weight: w!, bias: b!, training: true }),
    [irregular(3, 2), irregular(2), irregular(2)],
  ],
  ["softmax", (x) => nn.softmax(x!), [irregular(2, 3)]],
  ["logSoftmax along axis 0", (x) => nn.logSoftmax(x!, { axis: 0 }), [irregular(3, 2)]],
  ["gelu", (x) => nn.gelu(x!), [irregular(5)]],
  ["crossEntropy", (x) => nn.crossEntropy(x!, labels, { labelSmoothing: 0.1 }), [irregular(4, 3)]],
  ["crossEntropy with probabilities", (x, t) => nn.crossEntropy(x!, t!.sigmoid()), [irregular(2, 3), irregular(2, 3)]],
  [
    "bceWithLogits",
    (x, t) => nn.bceWithLogits(x!, t!.sigmoid(), { posWeight: tensor(3, { dtype: "float64", device: "reference" }) }),
    [irregular(4), irregular(4)],
  ],
  [
    "bceWithLogits at 0",
    (x) => nn.bceWithLogits(x!, tensor([1, 0], { dtype: "float64", device: "reference" })),
    [tensor([0, 0], { dtype: "float64", device: "reference" })],
  ],
  [
    "bce",
    (x) => nn.bce(x!, tensor([1, 0, 0.25], { dtype: "float64", device: "reference" })),
    [tensor([0.25, 0.5, 0.75], { dtype: "float64", device: "reference" })],
  ],
  ["mse", (x, t) => nn.mse(x!, t!), [irregular(3), irregular(3)]],
];

test.each(cases.map((c) => [...c] as [string, Case[1], Case[2]]))("%s", (_, f, args) => {
  gradCheck(f, args, { rtol: 1e-5, atol: 1e-6 });
});
