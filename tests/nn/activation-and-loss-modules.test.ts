/** Activations and losses as modules: each gives what its function gives, with its options. */
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import { manualSeed, type Tensor, tensor } from "../../src/tensor/index.ts";
import { irregular } from "./irregular.ts";

const x = irregular(2, 4);
const signs = tensor([1, -1, -1, 1, 1, -1, 1, 1], { shape: [2, 4], dtype: "float64", device: "reference" });
const rows = tensor([1, -1], { dtype: "float64", device: "reference" });
const classes = tensor([3, 1], { dtype: "int32", device: "reference" });
const values = (y: Tensor): number[] => Array.from(y.dataSync());

describe("activations", () => {
  test.each<[string, nn.Module, Tensor]>([
    ["Step", new nn.Step(), nn.step(x)],
    ["Arctan", new nn.Arctan(), nn.arctan(x)],
    ["Softsign", new nn.Softsign(), nn.softsign(x)],
    ["SELU", new nn.SELU(), nn.selu(x)],
    ["Mish", new nn.Mish(), nn.mish(x)],
    ["Hardsigmoid", new nn.Hardsigmoid(), nn.hardsigmoid(x)],
    ["Hardswish", new nn.Hardswish(), nn.hardswish(x)],
    ["ReLU6", new nn.ReLU6(), nn.relu6(x)],
    ["LogSigmoid", new nn.LogSigmoid(), nn.logSigmoid(x)],
    ["Tanhshrink", new nn.Tanhshrink(), nn.tanhshrink(x)],
    ["ISRU({ alpha: 3 })", new nn.ISRU({ alpha: 3 }), nn.isru(x, { alpha: 3 })],
    [
      "LeakyReLU({ negativeSlope: 0.25 })",
      new nn.LeakyReLU({ negativeSlope: 0.25 }),
      nn.leakyRelu(x, { negativeSlope: 0.25 }),
    ],
    ["ELU({ alpha: 2 })", new nn.ELU({ alpha: 2 }), nn.elu(x, { alpha: 2 })],
    ["CELU({ alpha: 2 })", new nn.CELU({ alpha: 2 }), nn.celu(x, { alpha: 2 })],
    ["Softplus({ beta: 2 })", new nn.Softplus({ beta: 2 }), nn.softplus(x, { beta: 2 })],
    ["Hardtanh({ minVal: -0.5 })", new nn.Hardtanh({ minVal: -0.5 }), nn.hardtanh(x, { minVal: -0.5 })],
    ["Softshrink({ lambda: 0.25 })", new nn.Softshrink({ lambda: 0.25 }), nn.softshrink(x, { lambda: 0.25 })],
    ["Hardshrink({ lambda: 0.25 })", new nn.Hardshrink({ lambda: 0.25 }), nn.hardshrink(x, { lambda: 0.25 })],
    [
      "Threshold({ threshold: 0.5, value: 2 })",
      new nn.Threshold({ threshold: 0.5, value: 2 }),
      nn.threshold(x, { threshold: 0.5, value: 2 }),
    ],
    ["RReLU({ lower: 0.25 })", new nn.RReLU({ lower: 0.25 }).eval(), nn.rrelu(x, { lower: 0.25 })],
    ["Softmin({ axis: 0 })", new nn.Softmin({ axis: 0 }), nn.softmin(x, { axis: 0 })],
    ["Maxout({ pieces: 2 })", new nn.Maxout({ pieces: 2 }), nn.maxout(x, { pieces: 2 })],
    ['GLU({ gate: "silu" })', new nn.GLU({ gate: "silu" }), nn.glu(x, { gate: "silu" })],
  ])("%s", (name, module, wanted) => {
    expect(values(module.forward(x))).toEqual(values(wanted));
    expect(module.describe()).toBe(name);
  });

  test("PReLU learns a slope for each channel", () => {
    const layer = new nn.PReLU({ numParameters: 4, dtype: "float64", device: "reference" });
    expect(layer.parameters().map((p) => p.shape)).toEqual([[4]]);
    expect(Object.keys(layer.stateDict())).toEqual(["weight"]);
    expect(values(layer.forward(x))).toEqual(values(nn.leakyRelu(x, { negativeSlope: 0.25 })));
    expect(layer.describe()).toBe("PReLU({ numParameters: 4 })");
    expect(() => new nn.PReLU({ numParameters: 0 })).toThrow(
      new ValueError("PReLU: numParameters 0 is not a whole number from 1"),
    );
  });

  test("RReLU draws slopes in training only", () => {
    manualSeed(1);
    const layer = new nn.RReLU();
    const negative = tensor(new Float32Array(50).fill(-1));
    expect(new Set(values(layer.forward(negative))).size).toBeGreaterThan(10);
    layer.eval();
    expect(new Set(values(layer.forward(negative))).size).toBe(1);
  });

  test("Maxout of no pieces says so when it is made", () => {
    expect(() => new nn.Maxout({ pieces: 0 })).toThrow(new ValueError("Maxout: pieces 0 is not a whole number from 1"));
  });
});

describe("losses", () => {
  const sum = { reduction: "sum" } as const;
  const unit = nn.softmax(x);
  test.each<[string, Tensor, Tensor]>([
    ["MSELoss", new nn.MSELoss(sum).forward(x, signs), nn.mse(x, signs, sum)],
    ["L1Loss", new nn.L1Loss(sum).forward(x, signs), nn.l1(x, signs, sum)],
    ["SmoothL1Loss", new nn.SmoothL1Loss(sum).forward(x, signs), nn.smoothL1(x, signs, sum)],
    ["HuberLoss", new nn.HuberLoss(sum).forward(x, signs), nn.huber(x, signs, sum)],
    ["BCELoss", new nn.BCELoss(sum).forward(unit, unit), nn.bce(unit, unit, sum)],
    ["BCEWithLogitsLoss", new nn.BCEWithLogitsLoss(sum).forward(x, unit), nn.bceWithLogits(x, unit, sum)],
    ["CrossEntropyLoss", new nn.CrossEntropyLoss(sum).forward(x, classes), nn.crossEntropy(x, classes, sum)],
    ["NLLLoss", new nn.NLLLoss(sum).forward(x, classes), nn.nll(x, classes, sum)],
    ["KLDivLoss", new nn.KLDivLoss(sum).forward(x, unit), nn.klDiv(x, unit, sum)],
    ["HingeLoss", new nn.HingeLoss(sum).forward(x, signs), nn.hinge(x, signs, sum)],
    ["LogisticMarginLoss", new nn.LogisticMarginLoss(sum).forward(x, signs), nn.logisticMargin(x, signs, sum)],
    ["ExponentialMarginLoss", new nn.ExponentialMarginLoss(sum).forward(x, signs), nn.exponentialMargin(x, signs, sum)],
    ["SigmoidMarginLoss", new nn.SigmoidMarginLoss(sum).forward(x, signs), nn.sigmoidMargin(x, signs, sum)],
    ["HingeEmbeddingLoss", new nn.HingeEmbeddingLoss(sum).forward(x, signs), nn.hingeEmbedding(x, signs, sum)],
    ["PoissonNLLLoss", new nn.PoissonNLLLoss(sum).forward(x, signs), nn.poissonNll(x, signs, sum)],
    [
      "CosineEmbeddingLoss",
      new nn.CosineEmbeddingLoss(sum).forward(x, unit, rows),
      nn.cosineEmbedding(x, unit, rows, sum),
    ],
    ["MarginRankingLoss", new nn.MarginRankingLoss(sum).forward(x, unit, signs), nn.marginRanking(x, unit, signs, sum)],
    ["TripletMarginLoss", new nn.TripletMarginLoss(sum).forward(x, unit, signs), nn.tripletMargin(x, unit, signs, sum)],
    ["GaussianNLLLoss", new nn.GaussianNLLLoss(sum).forward(x, signs, unit), nn.gaussianNll(x, signs, unit, sum)],
    [
      "CosineSimilarity",
      new nn.CosineSimilarity({ axis: 0 }).forward(x, unit),
      nn.cosineSimilarity(x, unit, { axis: 0 }),
    ],
    [
      "CTCLoss",
      new nn.CTCLoss({ blank: 3 }).forward(x.reshape([2, 1, 4]), classes.at("1:").reshape([1, 1])),
      nn.ctc(x.reshape([2, 1, 4]), classes.at("1:").reshape([1, 1]), { blank: 3 }),
    ],
  ])("%s", (_, found, wanted) => {
    expect(values(found)).toEqual(values(wanted));
  });
});
