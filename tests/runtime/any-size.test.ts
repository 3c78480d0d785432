/** Data and graphs of any size: nothing that grows with them is an argument of a call or a frame on the stack. */
import { expect, test } from "vitest";
import { checkDataset } from "../../src/data/index.ts";
import { crossEntropy, Flatten, Linear, Sequential } from "../../src/nn/index.ts";
import { SGD } from "../../src/optim/index.ts";
import { oneHot, ones, qr, tensor, zeros } from "../../src/tensor/index.ts";
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
