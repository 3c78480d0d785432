/** float64 is computed in float64: no number of an optimizer, a loss or a function reaches the program rounded to float32. */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  compile,
  defaultDevice,
  explain,
  nn,
  optim,
  parameter,
  setDefaultDevice,
  type Tensor,
  tensor,
  zeros,
} from "../../src/index.ts";

const before = defaultDevice();
beforeAll(() => setDefaultDevice("reference")); // whose listing names the dtype of every node
afterAll(() => setDefaultDevice(before));

const wide = { dtype: "float64" } as const;

/** The lines of a program that are computed in fewer than 64 bits of float. */
function short(step: (x: Tensor) => Tensor, x: Tensor): string[] {
  return explain(compile(step), x)
    .split("\n")
    .filter((line) => /float32|float16/.test(line));
}

const { SGD, Adam, AdamW, Adamax, Adadelta, Adagrad, ASGD, Lion, NAdam, NadamDozat, Polyak, RAdam, RMSprop, Rprop } =
  optim;

test.each<[string, (w: Tensor) => { step(): void; zeroGrad(): void }]>([
  ["SGD", (w) => new SGD([w], { weightDecay: 0.1 })],
  ["SGD with dampening", (w) => new SGD([w], { momentum: 0.9, dampening: 0.9 })],
  ["SGD with nesterov", (w) => new SGD([w], { momentum: 0.9, nesterov: true })],
  ["Adam", (w) => new Adam([w], { weightDecay: 0.1 })],
  ["Adam with amsgrad", (w) => new Adam([w], { amsgrad: true })],
  ["AdamW", (w) => new AdamW([w])],
  ["Adamax", (w) => new Adamax([w])],
  ["Adadelta", (w) => new Adadelta([w])],
  ["Adagrad", (w) => new Adagrad([w])],
  ["ASGD", (w) => new ASGD([w])],
  ["Lion", (w) => new Lion([w])],
  ["NAdam", (w) => new NAdam([w])],
  ["NadamDozat", (w) => new NadamDozat([w])],
  ["Polyak", (w) => new Polyak([w])],
  ["RAdam", (w) => new RAdam([w])],
  ["RMSprop", (w) => new RMSprop([w], { momentum: 0.9, centered: true })],
  ["Rprop", (w) => new Rprop([w])],
])("%s, with clipping, on float64 parameters", (_, make) => {
  const w = parameter(tensor([0.1, 0.2], wide));
  const optimizer = make(w);
  const step = (x: Tensor) => {
    optimizer.zeroGrad();
    const loss = w.sub(x).square().sum();
    loss.backward();
    optim.clipGradNorm([w], 1);
    optimizer.step();
    return loss;
  };
  expect(short(step, tensor([1, 2], wide))).toEqual([]);
});

test("SGD with dampening takes the steps of its formula to the last digits", () => {
  const w = parameter(tensor([1], wide));
  const optimizer = new SGD([w], { lr: 0.1, momentum: 0.9, dampening: 0.9 });
  let [expected, m] = [1, 0];
  for (let i = 0; i < 5; i++) {
    w.grad = tensor([0.7], wide);
    optimizer.step();
    m = i === 0 ? 0.7 : 0.9 * m + (1 - 0.9) * 0.7;
    expected -= 0.1 * m;
    expect(Math.abs(w.item() - expected)).toBeLessThan(1e-15);
  }
});

const y = tensor(
  [
    [0.2, 0.3],
    [0.4, 0.1],
  ],
  wide,
);
const labels = tensor([0, 1], { dtype: "int32" });

test.each<[string, (x: Tensor) => Tensor]>([
  ["crossEntropy", (x) => nn.crossEntropy(x, labels, { labelSmoothing: 0.1 })],
  ["bce", (x) => nn.bce(x, y)],
  ["bceWithLogits", (x) => nn.bceWithLogits(x, y)],
  ["huber", (x) => nn.huber(x, y, { delta: 0.1 })],
  ["smoothL1", (x) => nn.smoothL1(x, y, { beta: 0.1 })],
  ["poissonNll", (x) => nn.poissonNll(x, y, { full: true })],
  ["tripletMargin", (x) => nn.tripletMargin(x, y, y.mul(0.3), { margin: 0.1 })],
  ["normalize", (x) => nn.normalize(x)],
  ["layerNorm", (x) => nn.layerNorm(x, [2])],
  ["rmsNorm", (x) => nn.rmsNorm(x, [2])],
  ["batchNorm", (x) => nn.batchNorm(x, { training: true })],
  ["elu", (x) => nn.elu(x, { alpha: 0.1 })],
  ["gelu", (x) => nn.gelu(x)],
  ["leakyRelu", (x) => nn.leakyRelu(x, { negativeSlope: 0.1 })],
  ["softplus", (x) => nn.softplus(x)],
  ["norm", (x) => x.norm({ ord: 0.1, axis: 1 })],
  ["attention", (x) => nn.scaledDotProductAttention(x, x, x)],
])("%s of float64", (_, f) => {
  expect(short((x) => f(x).sum(), y.mul(0.7))).toEqual([]);
});

test("sines and cosines of positions are those of float64", () => {
  const x = new nn.PositionalEncoding({ dropout: 0 }).forward(zeros([2, 2], wide));
  expect([...x.dataSync()]).toEqual([0, 1, Math.sin(1), Math.cos(1)]);
});
