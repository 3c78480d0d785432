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
});
