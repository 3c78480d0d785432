/** float16 and bfloat16 on every device: rounding, accumulation in float32, derivatives, learning. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DType } from "../../src/base/index.ts";
import { grad } from "../../src/index.ts";
import { adaptiveAvgPool2d, avgPool2d, conv2d, crossEntropy, Linear, layerNorm, softmax } from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import { defaultDevice, setDefaultDevice } from "../../src/runtime/index.ts";
import * as T from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

const before = defaultDevice();
afterAll(() => setDefaultDevice(before));

/** The dtype and the values of a tensor, as lists. */
function read(x: T.Tensor): { dtype: DType; values: number[] } {
  return { dtype: x.dtype, values: [...x.dataSync()] };
}

describe.each(devices)("halves on %s", (device) => {
  beforeAll(() => setDefaultDevice(device));

  test.each(["float16", "bfloat16"] as const)(
    "all %s numbers survive storing, and every float between rounds to a neighbour",
    (dtype) => {
      const all = Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfOf(bits, dtype));
      const x = T.tensor(all, { dtype });
      expect(x.neg().neg().dataSync()).toEqual(all.map((v) => v)); // loaded, computed with and stored
      const ascending = all.filter((v) => v > 0 && v < Infinity).sort();
      const middles = Float32Array.from(ascending.subarray(1), (v, i) => (v + ascending[i]!) / 2);
      // in the middle of two the even one: every second of them, since neighbours differ in their last bit
      const even = Float32Array.from(middles, (_, i) => ascending[i + 1 - (i % 2)]!);
      expect(T.tensor(middles).astype(dtype).dataSync()).toEqual(even);
      const [up, down] = [1 + 2 ** -20, 1 - 2 ** -20];
      const above = T.tensor(middles, { dtype: "float64" }).mul(up).astype(dtype).dataSync();
      const below = T.tensor(middles, { dtype: "float64" }).mul(down).astype(dtype).dataSync();
      expect(above).toEqual(ascending.slice(1));
      expect(below).toEqual(ascending.slice(0, -1));
    },
  );

  test.each(["float16", "bfloat16"] as const)("%s: products, sums and softmax accumulate in float32", (dtype) => {
    const [n, step] = [3000, 2 ** -7];
    const x = T.full([n], step, { dtype });
    expect(x.sum().item()).toBe(nearest(n * step, dtype)); // added up in a half it would stay at 2 or 16
    expect(x.mean().item()).toBe(step);
    expect(x.matmul(T.ones([n], { dtype })).item()).toBe(nearest(n * step, dtype));
    const [a, b] = [T.random.normal({ shape: [70, 90], dtype }), T.random.normal({ shape: [90, 80], dtype })];
    const exact = a.astype("float64").matmul(b.astype("float64"));
    const close = (y: T.Tensor, wanted: T.Tensor, steps: number) => {
      const found = y.astype("float64").dataSync();
      wanted.dataSync().forEach((w, i) => {
        expect(Math.abs(found[i]! - w)).toBeLessThanOrEqual(
          steps * 2 ** (dtype === "float16" ? -11 : -8) * Math.abs(w) + 1e-5,
        );
      });
    };
    const product = a.matmul(b);
    expect(product.dtype).toBe(dtype);
    close(product, exact, 1.01);
    const logits = a.mul(3);
    close(softmax(logits), softmax(logits.astype("float64")), 1.01);
    expect(softmax(logits).dtype).toBe(dtype);
    close(logits.logsumexp({ axis: 1 }), logits.astype("float64").logsumexp({ axis: 1 }), 1.01);
    close(logits.var({ axis: 1 }), logits.astype("float64").var({ axis: 1 }), 1.01);
  });

  test("float16 overflows where its numbers end, statistics do not", () => {
    const x = T.tensor([300, 400], { dtype: "float16" });
    expect(x.square().arraySync()).toEqual([Infinity, Infinity]);
    expect([x.norm().item(), x.std().item()]).toEqual([500, 50]);
  });

  test("a cast there and back quantises, even inside one program", () => {
    const quantised = T.compile((x: T.Tensor) => x.mul(1).astype("bfloat16").astype("float32"));
    expect(quantised(T.tensor([1 + 2 ** -9, Math.PI])).arraySync()).toEqual([1, 3.140625]);
  });

  test.each(["float16", "bfloat16"] as const)(
    "gradients of %s have its dtype, through casts that of their operand",
    (dtype) => {
      const x = T.tensor([1, 2, 3], { dtype });
      const g = grad((v: T.Tensor) => v.square().sum())(x);
      expect(read(g)).toEqual({ dtype, values: [2, 4, 6] });
      const mixed = grad((v: T.Tensor) =>
        v
          .astype(dtype)
          .mul(T.tensor([1, 2, 3], { dtype }))
          .astype("float32")
          .sum(),
      );
      expect(read(mixed(T.tensor([5, 6, 7])))).toEqual({ dtype: "float32", values: [1, 2, 3] });
      expect(read(grad((v: T.Tensor) => v.max())(x))).toEqual({ dtype, values: [0, 0, 1] });
    },
  );

  test.each(["float16", "bfloat16"] as const)("uniform %s stay below 1, normal ones are rounded once", (dtype) => {
    const u = T.random.uniform({ shape: [20_000], dtype }).dataSync();
    expect([Math.min(...u) >= 0, Math.max(...u) < 1, Math.max(...u) > 0.99]).toEqual([true, true, true]);
    const z = T.random.normal({ shape: [20_000], dtype });
    expect([z.dtype, Math.abs(z.mean().item()) < 0.03, Math.abs(z.std().item() - 1) < 0.03]).toEqual([
      dtype,
      true,
      true,
    ]);
  });

  test("layers and optimizers hold the dtype that they are given", () => {
    const layer = new Linear(3, 2, { dtype: "bfloat16" });
    expect(layer.forward(T.ones([1, 3], { dtype: "bfloat16" })).dtype).toBe("bfloat16");
    const w = T.parameter(T.ones([2], { dtype: "bfloat16" }));
    const optimizer = new Adam([w], { lr: 0.25 });
    w.square().sum().backward();
    optimizer.step();
    expect(read(w)).toEqual({ dtype: "bfloat16", values: [0.75, 0.75] }); // Adam's first step is lr long
    expect(layerNorm(T.tensor([[300, -300]], { dtype: "float16" }), 2).arraySync()).toEqual([[1, -1]]);
    expect(conv2d(T.ones([1, 1, 3, 3], { dtype: "float16" }), T.ones([1, 1, 2, 2], { dtype: "float16" })).dtype).toBe(
      "float16",
    );
  });

  test("means of windows are computed in float32", () => {
    const x = T.full([1, 1, 4, 4], 30_000, { dtype: "float16" });
    expect(read(avgPool2d(x, 4))).toEqual({ dtype: "float16", values: [30_000] });
    expect(read(adaptiveAvgPool2d(x, 1))).toEqual({ dtype: "float16", values: [30_000] });
  });

  test("a network of bfloat16 learns", () => {
    T.random.manualSeed(1);
    const layer = new Linear(4, 3);
    const weights = layer.parameters().map((p) => T.parameter(p.detach().astype("bfloat16")));
    const x = T.random.normal({ shape: [12, 4], dtype: "bfloat16" });
    const y = x.at(":", ":3").argmax({ axis: 1 });
    const loss = () => crossEntropy(T.linear(x, weights[0]!, weights[1]!), y);
    const first = loss().item();
    const step = T.compile(() => {
      for (const w of weights) w.grad = null;
      const value = loss();
      value.backward();
      for (const w of weights) w.assign(w.sub(w.grad!.mul(0.5)));
      return value;
    });
    for (let i = 0; i < 30; i++) step();
    expect(loss().dtype).toBe("bfloat16");
    expect(loss().item()).toBeLessThan(first / 2);
  });
});

/** The number that the 16 bits hold: sign, exponent, fraction. */
function halfOf(bits: number, dtype: "float16" | "bfloat16"): number {
  const [fraction, bias] = dtype === "float16" ? [10, 15] : [7, 127];
  const exponent = (bits & 0x7fff) >> fraction;
  const rest = (bits & (2 ** fraction - 1)) / 2 ** fraction;
  const size =
    exponent === 2 * bias + 1
      ? rest === 0
        ? Number.POSITIVE_INFINITY
        : Number.NaN
      : exponent === 0
        ? rest * 2 ** (1 - bias)
        : (1 + rest) * 2 ** (exponent - bias);
  return bits & 0x8000 ? -size : size;
}

/** The nearest number of a half to one of moderate size. */
function nearest(value: number, dtype: "float16" | "bfloat16"): number {
  const step = 2 ** (Math.floor(Math.log2(value)) - (dtype === "float16" ? 10 : 7));
  const multiple = Math.round(value / step);
  return (multiple - value / step === 0.5 && multiple % 2 !== 0 ? multiple - 1 : multiple) * step;
}
