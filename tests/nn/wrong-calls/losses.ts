/** Losses, as functions and as modules, and measures of likeness called wrongly. */
import * as nn from "../../../src/nn/index.ts";
import { ones, type Tensor, tensor } from "../../../src/tensor/index.ts";
import { each, int, library, noAxis, plain, type Row, type Rows, row, type Wrong, x, z } from "./row.ts";

type Loss = (input: Tensor, target: Tensor, options?: never) => unknown;

const shapesDiffer = (call: Loss): Wrong => ["shapes", () => call(z(4, 1), z(4)), "[4, 1]"];
const noReduction = (call: (o: never) => unknown): Wrong => [
  "a reduction",
  () => call({ reduction: "average" } as never),
  "average",
];

/** Of losses of numbers: their functions and their modules. */
function numberLoss(call: Loss, ...wrong: readonly Wrong[]): Row {
  return row(
    (o) => call(x, x, o),
    shapesDiffer(call),
    noReduction((o) => call(x, x, o)),
    ...wrong,
  );
}

const signs = tensor([1, -1, 1, 1, 1, -1], { shape: [2, 3] });
const notASign: (call: Loss) => Wrong = (call) => ["a sign", () => call(x, x), "0"];

/** Of losses of ±1. */
function signLoss(call: Loss): Row {
  return row(
    (o) => call(x, signs, o),
    shapesDiffer(call),
    notASign(call),
    noReduction((o) => call(x, signs, o)),
  );
}

function classLoss(call: Loss, ...wrong: readonly Wrong[]): Row {
  return row(
    (o) => call(x, int(0, 2), o),
    ["a label", () => call(x, int(0, 3)), "3"],
    ["a negative label", () => call(x, int(0, -1)), "-1"],
    ["a broken label", () => call(x, tensor([0, 0.5])), "0.5"],
    ["a number of labels", () => call(x, int(0)), "[1]"],
    ["a scalar", () => call(tensor(0), int(0)), "["],
    ["a weight", () => call(x, int(0, 2), { weight: z(2) } as never), "[2]"],
    noReduction((o) => call(x, int(0, 2), o)),
    ...wrong,
  );
}

type Threefold = (a: Tensor, b: Tensor, c: Tensor, options?: never) => unknown;

function rankingLoss(call: Threefold, target: Tensor): Row {
  return row(
    (o) => call(x, x, target, o),
    ["shapes", () => call(x, z(2, 4), target), "[2, 4]"],
    ["a target's shape", () => call(x, x, ones([5]) as Tensor), "[5]"],
    ["a sign", () => call(x, x, tensor(new Array(target.size).fill(2), { shape: target.shape })), "2"],
    noReduction((o) => call(x, x, target, o)),
  );
}

const ctcTargets = (): Tensor => tensor([[1, 2]], { dtype: "int32" });

export function lossRows(form: "function" | "module"): Rows {
  /** The loss as a function of its inputs and options, named as it is in this form. */
  const two = (name: string, module: string): readonly [string, Loss] =>
    form === "function"
      ? [name, (a, b, o) => (nn as unknown as Record<string, Loss>)[name]!(a, b, o)]
      : [module, (a, b, o) => new (lossModules()[module]!)(o).forward(a, b)];
  const three = (name: string, module: string): readonly [string, Threefold] =>
    form === "function"
      ? [name, (a, b, c, o) => (nn as unknown as Record<string, Threefold>)[name]!(a, b, c, o)]
      : [module, (a, b, c, o) => new (lossModules()[module]!)(o).forward(a, b, c)];
  const rows: (readonly [string, Row])[] = [];
  const add = (named: readonly [string, Loss], of: (call: Loss) => Row): void =>
    void rows.push([named[0], of(named[1])]);
  const add3 = (named: readonly [string, Threefold], of: (call: Threefold) => Row): void =>
    void rows.push([named[0], of(named[1])]);
  add(two("mse", "MSELoss"), (c) => numberLoss(c));
  add(two("l1", "L1Loss"), (c) => numberLoss(c));
  add(two("smoothL1", "SmoothL1Loss"), (c) => numberLoss(c, ["beta", () => c(x, x, { beta: -1 } as never), "-1"]));
  add(two("huber", "HuberLoss"), (c) => numberLoss(c, ["delta", () => c(x, x, { delta: 0 } as never), "0"]));
  add(two("bce", "BCELoss"), (c) =>
    numberLoss(
      c,
      ["a probability", () => c(tensor([0.5, 1.5]), z(2)), "1.5"],
      ["a target", () => c(tensor([0.5, 0.5]), tensor([0, 2])), "2"],
    ),
  );
  add(two("bceWithLogits", "BCEWithLogitsLoss"), (c) =>
    numberLoss(c, ["a target", () => c(z(2), tensor([0, -1])), "-1"]),
  );
  add(two("klDiv", "KLDivLoss"), (c) => numberLoss(c, ["a target", () => c(z(2), tensor([0, -1])), "-1"]));
  add(two("poissonNll", "PoissonNLLLoss"), (c) => numberLoss(c));
  for (const [name, module] of [
    ["hinge", "HingeLoss"],
    ["logisticMargin", "LogisticMarginLoss"],
    ["exponentialMargin", "ExponentialMarginLoss"],
    ["sigmoidMargin", "SigmoidMarginLoss"],
    ["hingeEmbedding", "HingeEmbeddingLoss"],
  ] as const)
    add(two(name, module), signLoss);
  add(two("crossEntropy", "CrossEntropyLoss"), (c) =>
    classLoss(
      c,
      ["a smoothing", () => c(x, int(0, 2), { labelSmoothing: 2 } as never), "2"],
      ["a dtype", () => c(x, x.astype("int32") as Tensor), "int32"],
      ["a probability", () => c(x, signs), "-1"],
    ),
  );
  add(two("nll", "NLLLoss"), (c) => classLoss(c));
  add(two("multiMargin", "MultiMarginLoss"), (c) =>
    classLoss(c, ["a power", () => c(x, int(0, 2), { p: 3 } as never), "3"]),
  );
  add(two("multilabelMargin", "MultiLabelMarginLoss"), (c) =>
    row(
      (o) => c(x, x.astype("int32") as Tensor, o),
      ["shapes", () => c(x, int(0, 2)), "[2]"],
      ["a label", () => c(x, tensor(Int32Array.of(3, 0, 0, 0, 0, 0), { shape: [2, 3] })), "3"],
      noReduction((o) => c(x, x.astype("int32") as Tensor, o)),
    ),
  );
  add(two("multilabelSoftMargin", "MultiLabelSoftMarginLoss"), (c) =>
    numberLoss(c, ["a target", () => c(x, signs), "-1"], ["a weight", () => c(x, x, { weight: z(2) } as never), "[2]"]),
  );
  add(two("ctc", "CTCLoss"), (c) =>
    row(
      (o) => c(z(4, 1, 3), ctcTargets(), o),
      ["axes", () => c(z(4, 3), ctcTargets()), "[4, 3]"],
      ["a batch", () => c(z(4, 2, 3), ctcTargets()), "[1, 2]"],
      ["a label", () => c(z(4, 1, 2), ctcTargets()), "2"],
      ["a blank", () => c(z(4, 1, 3), ctcTargets(), { blank: 3 } as never), "3"],
      ["a length", () => c(z(4, 1, 3), ctcTargets(), { inputLengths: [5] } as never), "5"],
      noReduction((o) => c(z(4, 1, 3), ctcTargets(), o)),
    ),
  );
  add3(three("cosineEmbedding", "CosineEmbeddingLoss"), (c) => rankingLoss(c, ones([2]) as Tensor));
  add3(three("marginRanking", "MarginRankingLoss"), (c) => rankingLoss(c, signs));
  add3(three("tripletMargin", "TripletMarginLoss"), (c) =>
    row(
      (o) => c(x, x, x, o),
      ["shapes", () => c(x, x, z(2, 4)), "[2, 4]"],
      ["a power", () => c(x, x, x, { p: 0 } as never), "0"],
      noReduction((o) => c(x, x, x, o)),
    ),
  );
  add3(three("gaussianNll", "GaussianNLLLoss"), (c) =>
    row(
      (o) => c(x, x, ones([2, 3]) as Tensor, o),
      ["shapes", () => c(z(4, 1), z(4), ones([4]) as Tensor), "[4, 1]"],
      ["a variance's shape", () => c(x, x, z(5)), "[5]"],
      ["a variance", () => c(x, x, signs), "-1"],
      ["eps", () => c(x, x, ones([2, 3]) as Tensor, { eps: 0 } as never), "0"],
      noReduction((o) => c(x, x, ones([2, 3]) as Tensor, o)),
    ),
  );
  return Object.fromEntries(rows);
}

type LossModule = new (options?: never) => nn.Module<readonly Tensor[]>;

/** The modules whose names end with Loss. */
function lossModules(): Readonly<Record<string, LossModule>> {
  return Object.fromEntries(Object.entries(nn).filter(([name]) => name.endsWith("Loss"))) as unknown as Readonly<
    Record<string, LossModule>
  >;
}

export const likeness: Rows = {
  cosineSimilarity: row(
    (o) => nn.cosineSimilarity(x, x, o),
    ["shapes", () => nn.cosineSimilarity(x, z(2, 4)), "[2, 4]"],
    noAxis((axis) => nn.cosineSimilarity(x, x, { axis })),
  ),
  pairwiseDistance: row(
    (o) => nn.pairwiseDistance(x, x, o),
    ["shapes", () => nn.pairwiseDistance(x, z(2, 4)), "[2, 4]"],
    ["scalars", () => nn.pairwiseDistance(tensor(1), tensor(2)), "scalars"],
    ["a power", () => nn.pairwiseDistance(x, x, { p: -1 }), "-1"],
  ),
  CosineSimilarity: row(
    (o) => new nn.CosineSimilarity(o).forward(x, x),
    ["shapes", () => new nn.CosineSimilarity().forward(x, z(2, 4)), "[2, 4]"],
  ),
  PairwiseDistance: row(
    (o) => new nn.PairwiseDistance(o).forward(x, x),
    ["shapes", () => new nn.PairwiseDistance().forward(x, z(2, 4)), "[2, 4]"],
  ),
  ...each(["l1Penalty", "l2Penalty"], (name) =>
    plain(
      () => library[name]([x], 1),
      ["lambda", () => library[name]([x], -1), "-1"],
      ["no parameters", () => library[name]([], 1), "no parameters"],
    ),
  ),
  elasticPenalty: row(
    (o) => nn.elasticPenalty([x], 1, o),
    ["lambda", () => nn.elasticPenalty([x], -1), "-1"],
    ["a ratio", () => nn.elasticPenalty([x], 1, { l1Ratio: 2 }), "2"],
  ),
  checkLabels: row((o) => nn.checkLabels(int(0, 1), 2, o), ["a label", () => nn.checkLabels(int(0, 2), 2), "2"]),
};
