/** What wrong calls of losses, convolution and pooling say. */
import { describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import { compile, type Tensor, tensor, zeros } from "../../src/tensor/index.ts";

const labels = (values: readonly number[]): Tensor => tensor(Int32Array.from(values), { shape: [values.length] });

describe("class labels", () => {
  test.each<[string, readonly number[], string]>([
    ["too large", [0, 3, 1], "label 3 at position 1 is not a class; 3 classes are numbered 0 to 2"],
    ["negative", [-1, 0, 1], "label -1 at position 0 is not a class; 3 classes are numbered 0 to 2"],
  ])("%s", (_, values, message) => {
    expect(() => nn.crossEntropy(zeros([3, 3]), labels(values))).toThrow(new ValueError(`crossEntropy: ${message}`));
    expect(() => nn.nll(zeros([3, 3]), labels(values))).toThrow(new ValueError(`nll: ${message}`));
  });

  test("whole-valued floats are labels, broken ones are not", () => {
    const logits = tensor([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(nn.crossEntropy(logits, tensor([0, 2])).itemSync()).toBeCloseTo(Math.log(3), 6);
    expect(() => nn.crossEntropy(logits, tensor([0, 0.5]))).toThrow(
      new ValueError("crossEntropy: label 0.5 at position 1 is not a class; 3 classes are numbered 0 to 2"),
    );
  });

  test("bytes are labels, and none of them is the label to ignore", () => {
    const logits = zeros([1, 200]);
    const label = tensor(Uint8Array.of(156), { shape: [1] }); // −100 modulo 256
    expect(nn.crossEntropy(logits, label).itemSync()).toBeCloseTo(Math.log(200), 5);
  });

  test("the label to ignore is allowed and counts for nothing", () => {
    const logits = tensor([
      [0, 0],
      [5, 9],
    ]);
    expect(nn.crossEntropy(logits, labels([1, -100])).itemSync()).toBeCloseTo(Math.LN2, 6);
    expect(nn.crossEntropy(logits, labels([1, 7]), { ignoreIndex: 7 }).itemSync()).toBeCloseTo(Math.LN2, 6);
  });

  test("inside a compiled step a label that does not exist is the same error", () => {
    const step = compile((x: Tensor, y: Tensor) => nn.crossEntropy(x, y));
    expect(step(zeros([2, 3]), labels([0, 2])).itemSync()).toBeCloseTo(Math.log(3), 6);
    expect(() => step(zeros([2, 3]), labels([0, 3]))).toThrow(
      new ValueError("crossEntropy: label 3 at position 1 is not a class; 3 classes are numbered 0 to 2"),
    );
  });

  test("checkLabels is for whoever hands labels to a compiled step", () => {
    expect(() => nn.checkLabels(labels([0, 9]), 3)).toThrow(
      new ValueError("labels: label 9 at position 1 is not a class; 3 classes are numbered 0 to 2"),
    );
    nn.checkLabels(labels([0, 2, -100]), 3);
  });
});

describe("losses do not broadcast", () => {
  test.each(["mse", "l1", "bce", "bceWithLogits"] as const)("%s", (name) => {
    const losses = { mse: nn.mse, l1: nn.l1, bce: nn.bce, bceWithLogits: nn.bceWithLogits };
    expect(() => losses[name](zeros([4, 1]), zeros([4]))).toThrow(
      new ShapeError(
        `${name}: the prediction has shape [4, 1], the target [4]; a loss does not broadcast; reshape one of them: target.reshape([4, 1])`,
      ),
    );
    expect(() => losses[name](zeros([4, 3]), zeros([3]))).toThrow(
      new ShapeError(`${name}: the prediction has shape [4, 3], the target [3]; a loss does not broadcast`),
    );
  });

  test("classes and probabilities have their shapes", () => {
    expect(() => nn.crossEntropy(zeros([4, 3]), zeros([4, 1]))).toThrow(
      new ShapeError(
        "crossEntropy: the prediction has shape [4, 3], the target [4, 1]; classes have shape [4], probabilities [4, 3]",
      ),
    );
    expect(() => nn.nll(zeros([4, 3]), zeros([3]))).toThrow(
      new ShapeError("nll: the prediction has shape [4, 3], the target [3]; classes have shape [4]"),
    );
    expect(() =>
      nn.crossEntropy(
        zeros([2, 2]),
        tensor(
          [
            [0, 1],
            [1, 0],
          ],
          { dtype: "int32" },
        ),
      ),
    ).toThrow(
      new ValueError(
        "crossEntropy: a target in the shape of the prediction, [2, 2], holds probabilities, but it is int32; cast it to float32",
      ),
    );
  });
});

describe("options", () => {
  test.each<[string, () => unknown, Error]>([
    [
      "labelSmoothing",
      () => nn.crossEntropy(zeros([1, 2]), labels([0]), { labelSmoothing: 2 }),
      new ValueError("crossEntropy: labelSmoothing 2 is not within 0 … 1"),
    ],
    [
      "weight",
      () => nn.crossEntropy(zeros([1, 2]), labels([0]), { weight: zeros([3]) }),
      new ShapeError("crossEntropy: the weight has shape [3], but there are 2 classes; its shape is [2]"),
    ],
    [
      "reduction",
      () => nn.mse(zeros([1]), zeros([1]), { reduction: "average" as "mean" }),
      new ValueError('mse: reduction "average" does not exist; there are mean, sum and none'),
    ],
    [
      "channels",
      () => nn.conv2d(zeros([1, 3, 5, 5]), zeros([2, 4, 3, 3])),
      new ShapeError("conv2d: [1, 3, 5, 5] has 3 channels, the weight [2, 4, 3, 3] takes 4 (3 ≠ 4)"),
    ],
    [
      "groups",
      () => new nn.Conv2d(3, 4, 3, { groups: 2 }),
      new ValueError("Conv2d: 3 channels in and 4 out do not divide into 2 groups"),
    ],
    [
      "a kernel larger than the image",
      () => nn.conv2d(zeros([1, 1, 2, 5]), zeros([1, 1, 3, 3])),
      new ShapeError("conv2d: a kernel over 3 places does not fit into [1, 1, 2, 5] with padding 0, 0 (3 > 2)"),
    ],
    [
      "a window larger than the image",
      () => nn.maxPool2d(zeros([1, 1, 2, 5]), 3),
      new ShapeError("maxPool2d: a window over 3 places does not fit into [1, 1, 2, 5] with padding 0 (3 > 2)"),
    ],
    [
      "padding",
      () => nn.maxPool2d(zeros([1, 1, 4, 4]), 2, { padding: 2 }),
      new ValueError("maxPool2d: padding 2 is more than half of the window's size 2"),
    ],
    [
      "stride",
      () => nn.avgPool2d(zeros([1, 1, 4, 4]), 2, { stride: 0 }),
      new ValueError("avgPool2d: stride 0 is not a whole number from 1, or a pair of such"),
    ],
    [
      "same with a stride",
      () => nn.conv2d(zeros([1, 1, 4, 4]), zeros([1, 1, 3, 3]), null, { padding: "same", stride: 2 }),
      new ValueError('conv2d: padding "same" needs stride 1, not 2'),
    ],
    ["sizes", () => new nn.Linear(0, 3), new ValueError("Linear: inFeatures 0 is not a whole number from 1")],
  ])("%s", (_, call, error) => {
    expect(call).toThrow(error);
  });
});
