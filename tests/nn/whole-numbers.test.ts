/** Whole numbers as inputs: what integers and bool give is what the same numbers as float32 give, and it does not wrap. */
import { beforeEach, describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { setDefaultDevice } from "../../src/runtime/index.ts";
import { type Tensor, tensor } from "../../src/tensor/index.ts";

/** Where a negative, a difference, a square or a modulus of the dtype wraps. */
const inputs = [
  ["uint8", [0, 2, 255, 254]],
  ["int8", [-128, 127, 0, -1]],
  ["int16", [-32768, 32767, 300, 1]],
  ["uint32", [0, 1, 4294967295, 70000]],
  ["int32", [-2147483648, 2147483647, 0, 50000]],
  ["bool", [0, 1, 1, 0]],
] as const;

describe.each(["reference", "wasm"])("on %s", (device) => {
  beforeEach(() => setDefaultDevice(device));

  const activations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
    softmax: nn.softmax,
    logSoftmax: nn.logSoftmax,
    softmin: nn.softmin,
    logSigmoid: nn.logSigmoid,
    softplus: (x) => nn.softplus(x, { beta: 2 }),
    softsign: nn.softsign,
    isru: nn.isru,
    elu: nn.elu,
    celu: nn.celu,
    selu: nn.selu,
    silu: nn.silu,
    mish: nn.mish,
    gelu: nn.gelu,
    geluTanh: (x) => nn.gelu(x, { approximate: "tanh" }),
    hardsigmoid: nn.hardsigmoid,
    hardswish: nn.hardswish,
    tanhshrink: nn.tanhshrink,
  };

  describe.each(inputs)("%s", (dtype, numbers) => {
    test.each(Object.keys(activations))("%s", (name) => {
      const whole = tensor(numbers, { dtype: "float64" }).astype(dtype);
      const found = activations[name]!(whole);
      expect(found.dtype).toBe("float32");
      expect([...found.dataSync()]).toEqual([...activations[name]!(whole.astype("float32")).dataSync()]);
    });
  });

  test("softmax of bytes is the one of the numbers", () => {
    const [low, high] = nn.softmax(tensor([0, 2], { dtype: "uint8" })).dataSync();
    expect(low).toBeCloseTo(1 / (1 + Math.exp(2)), 6);
    expect(high).toBeCloseTo(1 / (1 + Math.exp(-2)), 6);
  });

  const losses: Readonly<Record<string, (x: Tensor, t: Tensor) => Tensor>> = {
    mse: (x, t) => nn.mse(x, t, { reduction: "none" }),
    l1: (x, t) => nn.l1(x, t, { reduction: "none" }),
    smoothL1: (x, t) => nn.smoothL1(x, t, { reduction: "none", beta: 2 }),
    huber: (x, t) => nn.huber(x, t, { reduction: "none", delta: 2 }),
    bce: (x, t) => nn.bce(x.greater(0).astype(x.dtype), t, { reduction: "none" }),
    bceWithLogits: (x, t) => nn.bceWithLogits(x, t, { reduction: "none" }),
    klDiv: (x, t) => nn.klDiv(x, t, { reduction: "none" }),
    klDivOfLogs: (x, t) => nn.klDiv(x, t, { reduction: "none", logTarget: true }),
    poissonNll: (x, t) => nn.poissonNll(x, t, { reduction: "none", full: true }),
    poissonNllOfRates: (x, t) => nn.poissonNll(x, t, { reduction: "none", logInput: false }),
    gaussianNll: (x, t) => nn.gaussianNll(x, t, t.add(1).astype(t.dtype), { reduction: "none" }),
    hinge: (x, t) => nn.hinge(x, t.mul(0).add(1).astype(t.dtype), { reduction: "none" }),
    hingeEmbedding: (x, t) => nn.hingeEmbedding(x, t.mul(0).add(1).astype(t.dtype), { reduction: "none", margin: 3 }),
    cosineSimilarity: (x, t) => nn.cosineSimilarity(x, t.add(1).astype(t.dtype), { axis: 0 }),
    pairwiseDistance: (x, t) => nn.pairwiseDistance(x, t, { eps: 0 }),
    marginRanking: (x, t) => nn.marginRanking(t, x, t.mul(0).add(1).astype(t.dtype), { reduction: "none" }),
    tripletMargin: (x, t) => nn.tripletMargin(t, t, x, { reduction: "none" }),
  };

  describe.each(["uint8", "int8", "uint32", "int32"] as const)("losses of two tensors of %s", (dtype) => {
    test.each(Object.keys(losses))("%s", (name) => {
      const x = tensor([20, 0, 100, 127], { dtype });
      const t = tensor([0, 1, 0, 1], { dtype });
      const found = losses[name]!(x, t);
      expect(found.dtype).toBe("float32");
      const [input, target] = [x.astype("float32"), t.astype("float32")];
      expect([...found.dataSync()]).toEqual([...losses[name]!(input, target).dataSync()]);
    });
  });

  test("bytes beside floats do not wrap either", () => {
    const x = tensor([20, 3], { dtype: "uint8" });
    expect(nn.bceWithLogits(x, tensor([0, 0])).item()).toBeCloseTo(
      nn.bceWithLogits(tensor([20, 3]), tensor([0, 0])).item(),
      6,
    );
  });

  test("the squared error of two bytes is that of the numbers", () => {
    expect(nn.mse(tensor([20], { dtype: "uint8" }), tensor([0], { dtype: "uint8" })).item()).toBe(400);
    expect(nn.mse(tensor([0], { dtype: "uint8" }), tensor([20], { dtype: "uint8" })).item()).toBe(400);
  });

  const convolutions = [
    ["conv", 1, nn.conv1d],
    ["conv", 2, nn.conv2d],
    ["conv", 3, nn.conv3d],
    ["transposed conv", 1, nn.convTranspose1d],
    ["transposed conv", 2, nn.convTranspose2d],
    ["transposed conv", 3, nn.convTranspose3d],
  ] as const;

  describe.each(convolutions)("%s over %i axes", (_, axes, convolve) => {
    const shape = [1, 1, ...new Array<number>(axes - 1).fill(1), 3];
    const half = [1, 1, ...new Array<number>(axes).fill(1)];

    test.each(["uint8", "int32", "int64", "bool"] as const)("of %s keeps the fractions of the weight", (dtype) => {
      const x = tensor([1, 0, 1], { shape }).astype(dtype);
      const y = convolve(x, tensor([0.5], { shape: half }), tensor([0.25]));
      expect(y.shape).toEqual(shape);
      expect([...y.astype("float64").dataSync()]).toEqual([0.75, 0.25, 0.75]);
    });

    test("of floats stays in their dtype", () => {
      const x = tensor([1, 2, 3], { shape, dtype: "float32" });
      expect(convolve(x, tensor([2], { shape: half, dtype: "float64" })).dtype).toBe("float32");
      expect(convolve(x, tensor([2], { shape: half, dtype: "int32" })).dtype).toBe("float32");
    });

    test("of integers with integers stays whole", () => {
      const y = convolve(tensor([1, 2, 3], { shape, dtype: "int32" }), tensor([2], { shape: half, dtype: "int32" }));
      expect(y.dtype).toBe("int32");
      expect([...y.dataSync()]).toEqual([2, 4, 6]);
    });
  });
});
