/** Data and graphs of any size: nothing that grows with them is an argument of a call or a frame on the stack. */
import { describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/index.ts";
import { schedule } from "../../src/compiler/schedule.ts";
import { simplify } from "../../src/compiler/simplify.ts";
import { checkDataset } from "../../src/data/index.ts";
import { crossEntropy, Flatten, Linear, Sequential } from "../../src/nn/index.ts";
import { SGD } from "../../src/optim/index.ts";
import { compile, concat, oneHot, ones, qr, stack, type Tensor, tensor, where, zeros } from "../../src/tensor/index.ts";
import { fit } from "../../src/train/index.ts";

const many = 200_000; // more than V8 takes as arguments

test("oneHot finds the number of classes of 200,000 labels", () => {
  const labels = tensor(Int32Array.from({ length: many }, (_, i) => i % 3));
  expect(oneHot(labels).shape).toEqual([many, 3]);
  expect(oneHot(labels).sum({ axis: 0 }).arraySync()).toEqual([66_667, 66_667, 66_666]);
});

test("a data set of 200,000 columns is checked, and fit trains on four images of 3 × 256 × 256", async () => {
  const wide = Float32Array.from({ length: 2 * many }, (_, i) => (i < many ? 0 : 1 + (i % 2) * 2000));
  const found = checkDataset({ x: tensor(wide, { shape: [2, many] }), y: zeros([2]) });
  expect(found).toEqual([
    "columns differ in scale by a factor of 2001; standardise them",
    "values reach 2001; scale them to about 1",
  ]);
  const model = new Sequential(new Flatten(), new Linear(3 * 256 * 256, 2));
  const train = {
    x: tensor(
      Float32Array.from({ length: 4 * 3 * 256 * 256 }, (_, i) => i % 2),
      { shape: [4, 3, 256, 256] },
    ),
    y: tensor([0, 1, 0, 1], { dtype: "int32" }),
  };
  const optimizer = new SGD(model.parameters(), { lr: 1e-6 });
  const { steps } = await fit(model, { train, loss: crossEntropy, optimizer, epochs: 1, batchSize: 4 });
  expect(steps).toBe(1);
});

test("qr takes a column of 200,000 entries", () => {
  expect(qr(ones([many, 1])).r.item()).toBeCloseTo(Math.sqrt(many), 3);
});

/** x with `step` done to it `n` times. */
function repeated(x: Tensor, n: number, step: (x: Tensor) => Tensor): Tensor {
  let y = x;
  for (let i = 0; i < n; i++) y = step(y);
  return y;
}

describe.each(["wasm", "reference"])("on %s", (device) => {
  const start = (values: number[]) => tensor(values, { device });

  test("3,000 unread additions, compiled or not, and 30,000", () => {
    const added = (n: number) => (x: Tensor) => repeated(x, n, (y) => y.add(1));
    expect(added(3000)(start([1, 2])).arraySync()).toEqual([3001, 3002]);
    expect(compile(added(3000))(start([1, 2])).arraySync()).toEqual([3001, 3002]);
    expect(added(30_000)(start([1, 2])).arraySync()).toEqual([30_001, 30_002]);
  });

  test("a gradient through 1,000 sines", () => {
    let [y, slope] = [0.5, 1]; // (sin ∘ … ∘ sin)′ = Π cos
    for (let i = 0; i < 1000; i++) [y, slope] = [Math.sin(y), slope * Math.cos(y)];
    const found = grad((x: Tensor) => repeated(x, 1000, (v) => v.sin()).sum())(start([0.5])) as Tensor;
    expect(found.arraySync()).toEqual([expect.closeTo(slope, 7)]);
  });

  test("3,000 movements in a row, and masks through 1,000 relus", () => {
    expect(repeated(start([1, 2, 3]), 3001, (x) => x.flip()).arraySync()).toEqual([3, 2, 1]);
    const relus = (x: Tensor): Tensor => repeated(x, 1000, (v) => where(v.greater(0), v, 0)).sum() as Tensor;
    expect((grad(relus)(start([1, -1])) as Tensor).arraySync()).toEqual([1, 0]);
  });

  test("a value that each step reads at two places", () => {
    const index = tensor([1, 2, 0], { dtype: "int32", device });
    // xᵢ + xᵢ₊₁, around a ring of three: the sum doubles
    expect(
      repeated(start([1, 2, 4]), 20, (x) => x.add(x.take(index)))
        .sum()
        .item(),
    ).toBe(7 * 2 ** 20);
  });

  test("stack and concat of 2,000 vectors, of equal lengths and not", () => {
    const vectors = Array.from({ length: 2000 }, (_, i) => start([i, 2 * i]));
    const ragged = vectors.map((v, i) => (i % 3 === 0 ? v : start([i])));
    expect(Array.from(stack(vectors).dataSync())).toEqual(vectors.flatMap((_, i) => [i, 2 * i]));
    expect(Array.from(concat(ragged).dataSync())).toEqual(vectors.flatMap((_, i) => (i % 3 === 0 ? [i, 2 * i] : [i])));
  });
});

test("what fusion looks at grows no faster than the program: recurrences of 50 to 400 steps with their gradients", () => {
  const perKernel = [50, 400].map((steps) => {
    const w = ones([12, 12]);
    const x = ones([8, 12]);
    const loss = (v: Tensor) => repeated(x, steps, (h) => h.matmul(v).tanh()).sum() as Tensor;
    const found = grad(loss)(w) as Tensor;
    const plan = schedule(new Set(simplify([found.node])));
    return plan.steps / plan.kernels.length;
  });
  expect(perKernel[1]! / perKernel[0]!).toBeLessThan(1.3);
});
