/** What the compiler makes of losses, layers and updates: how many kernels run on wasm. */
import { expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { Adam, SGD } from "../../src/optim/index.ts";
import { kernelCount, ones, parameter, type Tensor, zeros } from "../../src/tensor/index.ts";

const logits = zeros([32, 10], { device: "wasm" });
const labels = zeros([32], { dtype: "int32", device: "wasm" });
const images = ones([2, 8, 6, 6], { device: "wasm" });

test("softmax and the cross entropy of rows are one kernel, the mean over rows and the check of the labels one more each", () => {
  expect(kernelCount((x: Tensor) => nn.softmax(x), logits)).toBe(1);
  expect(kernelCount((x: Tensor, y: Tensor) => nn.crossEntropy(x, y, { reduction: "none" }), logits, labels)).toBe(2);
  expect(kernelCount((x: Tensor, y: Tensor) => nn.crossEntropy(x, y), logits, labels)).toBeLessThanOrEqual(3);
});

test("pooling is one kernel", () => {
  expect(kernelCount((x: Tensor) => nn.maxPool2d(x, 2), images)).toBe(1);
  expect(kernelCount((x: Tensor) => nn.avgPool2d(x, 3, { stride: 1, padding: 1 }), images)).toBe(1);
});

test("batch normalisation reads the batch for its statistics, and once more to normalise; the counter is a kernel of its own", () => {
  const layer = new nn.BatchNorm2d(8);
  expect(kernelCount((x: Tensor) => layer.forward(x), images)).toBeLessThanOrEqual(3);
  layer.eval();
  expect(kernelCount((x: Tensor) => layer.forward(x), images)).toBeLessThanOrEqual(2);
});

test("an update reads and writes weights and moments once: one kernel a parameter, one for the counter", () => {
  const p = parameter(zeros([100], { device: "wasm" }));
  p.grad = zeros([100], { device: "wasm" }).add(1);
  for (const optimizer of [new Adam([p], { weightDecay: 0.1 }), new SGD([p], { momentum: 0.9, nesterov: true })]) {
    expect(kernelCount(() => optimizer.step())).toBeLessThanOrEqual(2);
  }
});

test("the train step of a three-layer perceptron with Adam is at most 16 kernels", () => {
  const model = new nn.Sequential(
    new nn.Linear(64, 48),
    new nn.ReLU(),
    new nn.Linear(48, 32),
    new nn.ReLU(),
    new nn.Linear(32, 10),
  );
  const optimizer = new Adam(model.parameters());
  const step = (x: Tensor, y: Tensor): Tensor => {
    optimizer.zeroGrad();
    const loss = nn.crossEntropy(model.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss;
  };
  expect(kernelCount(step, zeros([32, 64], { device: "wasm" }), labels)).toBeLessThanOrEqual(16);
});
