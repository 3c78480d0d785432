/** Losses: golden values, derivatives at random and awkward points, what wrong calls say. */
import { describe, expect, test } from "vitest";
import { grad, gradCheck } from "../../src/autodiff/index.ts";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import { type Tensor, tensor, where, zeros } from "../../src/tensor/index.ts";
import { type Call, describeArea, type Options } from "../fixtures-harness.ts";
import { irregular } from "./irregular.ts";

type PairLoss = (input: Tensor, target: Tensor, options: Options) => Tensor;

/** Functions of prediction and target; further tensors are options. */
const ofPairs: Readonly<Record<string, PairLoss>> = {
  mse: nn.mse,
  l1: nn.l1,
  smoothL1: nn.smoothL1,
  huber: nn.huber,
  bce: nn.bce,
  bceWithLogits: nn.bceWithLogits,
  crossEntropy: nn.crossEntropy,
  nll: nn.nll,
  klDiv: nn.klDiv,
  hinge: nn.hinge,
  logisticMargin: nn.logisticMargin,
  exponentialMargin: nn.exponentialMargin,
  sigmoidMargin: nn.sigmoidMargin,
  hingeEmbedding: nn.hingeEmbedding,
  poissonNll: nn.poissonNll,
};

const calls: Record<string, Call> = {
  ...Object.fromEntries(
    Object.entries(ofPairs).map(([name, f]): [string, Call] => [
      name,
      (_, options, { input, target, ...tensors }) => f(input!, target!, { ...options, ...tensors }),
    ]),
  ),
  cosineEmbedding: ([a, b, t], options) => nn.cosineEmbedding(a!, b!, t!, options),
  cosineSimilarity: ([a, b], options) => nn.cosineSimilarity(a!, b!, options),
  tripletMargin: ([a, p, n], options) => nn.tripletMargin(a!, p!, n!, options),
  marginRanking: ([a, b, t], options) => nn.marginRanking(a!, b!, t!, options),
  gaussianNll: ([x, t, v], options) => nn.gaussianNll(x!, t!, v!, options),
  // the file stores ln(1 + e^(−40)) as 0, with no tolerance: its oracle lost what is below 2⁻⁵²
  logisticMargin: ([x, t], options) => {
    const y = nn.logisticMargin(x!, t!, options);
    return y.sub(where(y.less(2 ** -52), y, 0).detach());
  },
  ctc: ([logits, targets], options) => nn.ctc(logits!, targets!, options),
};

describeArea("losses", calls);

const point = (...values: number[]): Tensor => tensor(values, { dtype: "float64", device: "reference" });
const labels = (values: number[], shape: number[]): Tensor =>
  tensor(values, { shape, dtype: "int32", device: "reference" });
const signs = point(1, -1, -1, 1);

describe("first and second derivatives, against central differences", () => {
  test.each<[string, (...xs: Tensor[]) => Tensor, readonly Tensor[]]>([
    ["smoothL1", (x, t) => nn.smoothL1(x!, t!, { beta: 0.7 }), [irregular(5), irregular(5).mul(0.3)]],
    ["huber", (x, t) => nn.huber(x!, t!, { delta: 0.7 }), [irregular(5), irregular(5).mul(0.3)]],
    ["klDiv", (x, t) => nn.klDiv(x!, t!.square().add(0.1)), [irregular(2, 3), irregular(2, 3)]],
    ["klDiv of logarithms", (x, t) => nn.klDiv(x!, t!, { logTarget: true }), [irregular(2, 3), irregular(2, 3)]],
    ["hinge", (x) => nn.hinge(x!, signs), [irregular(4)]],
    ["logisticMargin", (x) => nn.logisticMargin(x!, signs), [point(0, 0, -30, 30)]],
    ["exponentialMargin", (x) => nn.exponentialMargin(x!, signs), [irregular(4)]],
    ["sigmoidMargin", (x) => nn.sigmoidMargin(x!, signs), [point(0, 0, -9, 9)]],
    ["hingeEmbedding", (x) => nn.hingeEmbedding(x!, signs), [irregular(4)]],
    ["cosineSimilarity", (a, b) => nn.cosineSimilarity(a!, b!), [irregular(2, 3), irregular(2, 3).add(0.3)]],
    [
      "cosineEmbedding",
      (a, b) => nn.cosineEmbedding(a!, b!, point(1, -1), { margin: -1 }),
      [irregular(2, 3), irregular(2, 3).add(0.3)],
    ],
    ["marginRanking", (a, b) => nn.marginRanking(a!, b!, signs), [irregular(4), irregular(4).square()]],
    [
      "tripletMargin",
      (a, p, n) => nn.tripletMargin(a!, p!, n!, { margin: 5, p: 3 }),
      [irregular(2, 3), irregular(2, 3).add(0.3), irregular(2, 3).square()],
    ],
    ["poissonNll", (x, t) => nn.poissonNll(x!, t!, { full: true }), [irregular(3), point(2, 0, 5)]],
    [
      "gaussianNll",
      (x, t, v) => nn.gaussianNll(x!, t!, v!.square().add(0.2)),
      [irregular(2, 3), irregular(2, 3).add(0.3), irregular(2)],
    ],
    [
      "ctc with a repeated label, and one of another length",
      (x) => nn.ctc(x!, labels([1, 1, 2, -1], [2, 2]), { inputLengths: [4, 3], targetLengths: [2, 1] }),
      [irregular(4, 2, 3)],
    ],
    ["l1Penalty", (w) => nn.l1Penalty([w!], 0.3), [irregular(4)]],
    ["l2Penalty", (w) => nn.l2Penalty([w!], 0.3), [irregular(4)]],
    ["elasticPenalty", (w) => nn.elasticPenalty([w!], 0.3), [irregular(4)]],
  ])("of %s", (_, f, args) => {
    gradCheck(f, args, { rtol: 1e-5, atol: 1e-6 });
  });
});

describe("awkward points", () => {
  test("margins far out neither overflow nor lose digits", () => {
    const t = tensor([1, 1]);
    const far = tensor([-200, 40]);
    const [left, right] = [...nn.logisticMargin(far, t, { reduction: "none" }).dataSync()];
    expect(left).toBe(200);
    expect(right! / Math.exp(-40)).toBeCloseTo(1, 6);
  });

  test("a variance below eps is raised, and its slope still says to grow", () => {
    const slope = grad((v: Tensor) => nn.gaussianNll(point(1), point(0), v, { eps: 0.5 }))(point(0.25)) as Tensor;
    expect(slope.itemSync()).toBeCloseTo(0.5 * (1 / 0.5 - 1 / 0.25), 9);
  });

  test("a class that is certain not to be costs klDiv nothing where its target is 0", () => {
    expect(nn.klDiv(tensor([Number.NEGATIVE_INFINITY, 0]), tensor([0, 1])).itemSync()).toBe(0);
  });

  test("penalties have slope 0 at 0", () => {
    expect((grad((w: Tensor) => nn.l1Penalty([w], 2))(tensor(0)) as Tensor).itemSync()).toBe(0);
  });

  test("ctc: the probabilities of all label sequences add up to 1", () => {
    const logits = irregular(3, 1, 3);
    const all = [[], [1], [2], [1, 1], [1, 2], [2, 1], [2, 2], [1, 2, 1], [2, 1, 2]];
    const sum = all.reduce((total, list) => {
      const loss = nn.ctc(logits, labels(list, [1, list.length]));
      return total + Math.exp(-loss.itemSync() * Math.max(1, list.length));
    }, 0);
    expect(sum).toBeCloseTo(1, 9);
  });

  test("ctc: labels that do not fit are infinitely unlikely, or 0 when asked for", () => {
    const [logits, repeated] = [zeros([2, 1, 3]), labels([1, 1], [1, 2])];
    expect(nn.ctc(logits, repeated).itemSync()).toBe(Number.POSITIVE_INFINITY);
    expect(nn.ctc(logits, repeated, { zeroInfinity: true }).itemSync()).toBe(0);
    const slope = grad((x: Tensor) => nn.ctc(x, repeated, { zeroInfinity: true }))(logits) as Tensor;
    expect([...slope.dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe("wrong calls", () => {
  const ofOneShape = Object.keys(ofPairs).filter((name) => !["crossEntropy", "nll"].includes(name));
  test.each(ofOneShape)("%s does not broadcast", (name) => {
    expect(() => ofPairs[name]!(zeros([4, 1]), zeros([4]), {})).toThrow(
      new ShapeError(
        `${name}: the prediction has shape [4, 1], the target [4]; a loss does not broadcast; reshape one of them: target.reshape([4, 1])`,
      ),
    );
  });

  test.each<[string, () => unknown, Error]>([
    [
      "hinge with classes",
      () => nn.hinge(zeros([2]), tensor([1, 0])),
      new ValueError("hinge: the target 0 at position 1 is not -1 or 1"),
    ],
    [
      "bce with logits",
      () => nn.bce(tensor([0.5, 1.5]), tensor([1, 1])),
      new ValueError("bce: the probability 1.5 at position 1 is not within 0 … 1"),
    ],
    [
      "klDiv with logarithms",
      () => nn.klDiv(zeros([1]), tensor([-1])),
      new ValueError("klDiv: the target -1 at position 0 is not within 0 … Infinity"),
    ],
    [
      "smoothL1",
      () => nn.smoothL1(zeros([1]), zeros([1]), { beta: -1 }),
      new ValueError("smoothL1: beta -1 is negative; it is a number from 0"),
    ],
    ["huber", () => nn.huber(zeros([1]), zeros([1]), { delta: 0 }), new ValueError("huber: delta 0 is not above 0")],
    [
      "cosineSimilarity",
      () => nn.cosineSimilarity(zeros([2, 3]), zeros([3])),
      new ShapeError("cosineSimilarity: the shapes differ: a [2, 3], b [3]; a loss does not broadcast"),
    ],
    [
      "cosineEmbedding",
      () => nn.cosineEmbedding(zeros([2, 3]), zeros([2, 3]), zeros([2, 3])),
      new ShapeError("cosineEmbedding: the target has shape [2, 3]; there is one for each vector, [2]"),
    ],
    [
      "tripletMargin",
      () => nn.tripletMargin(zeros([2, 3]), zeros([2, 3]), zeros([2, 1])),
      new ShapeError(
        "tripletMargin: the shapes differ: anchor [2, 3], positive [2, 3], negative [2, 1]; a loss does not broadcast",
      ),
    ],
    [
      "gaussianNll",
      () => nn.gaussianNll(zeros([2, 3]), zeros([2, 3]), zeros([3])),
      new ShapeError(
        "gaussianNll: the prediction has shape [2, 3], the variance [3]; its shape is [2, 3], [2, 1] or [2]",
      ),
    ],
    [
      "gaussianNll with a negative variance",
      () => nn.gaussianNll(zeros([1]), zeros([1]), tensor([-2])),
      new ValueError("gaussianNll: the variance -2 at position 0 is not within 0 … Infinity"),
    ],
    [
      "ctc",
      () => nn.ctc(zeros([5, 2, 3]), labels([1], [1, 1])),
      new ShapeError(
        "ctc: logits [5, 2, 3] and targets [1, 1] do not belong together; their shapes are [T, N, C] and [N, S]",
      ),
    ],
    [
      "ctc with too long a sequence",
      () => nn.ctc(zeros([5, 1, 3]), labels([1], [1, 1]), { inputLengths: [6] }),
      new ValueError("ctc: inputLengths[0] is 6; it is a whole number from 1 to 5"),
    ],
    [
      "ctc with a label that does not exist",
      () => nn.ctc(zeros([5, 1, 3]), labels([3], [1, 1])),
      new ValueError("ctc: label 3 at position 0 is not a class; 3 classes are numbered 0 to 2"),
    ],
    [
      "ctc with a blank that does not exist",
      () => nn.ctc(zeros([5, 1, 3]), labels([1], [1, 1]), { blank: 3 }),
      new ValueError("ctc: the blank 3 is not a class; 3 classes are numbered 0 to 2"),
    ],
    ["l1Penalty", () => nn.l1Penalty([], 1), new ValueError("l1Penalty: there are no parameters to be penalised")],
    [
      "l2Penalty",
      () => nn.l2Penalty([zeros([1])], -1),
      new ValueError("l2Penalty: lambda -1 is negative; it is a number from 0"),
    ],
    [
      "elasticPenalty",
      () => nn.elasticPenalty([zeros([1])], 1, { l1Ratio: 2 }),
      new ValueError("elasticPenalty: l1Ratio 2 is not within 0 … 1"),
    ],
  ])("%s", (_, call, error) => {
    expect(call).toThrow(error);
  });
});
