/**
 * First and second derivatives of every function of this room in all of its floating arguments, in both modes, against central differences in
 * float64: at irregular points and, where a function has kinks, ties or flat ends, beside and beyond them. What is linear is squared, so that
 * its second derivative is not 0. A function that is exported without a row fails.
 */
import { describe, expect, test } from "vitest";
import { gradCheck } from "../../src/autodiff/index.ts";
import * as nn from "../../src/nn/index.ts";
import { manualSeed, square, Tensor, tensor } from "../../src/tensor/index.ts";
import { irregular } from "./irregular.ts";

const place = { dtype: "float64", device: "reference" } as const;
const floats = (values: readonly number[], ...shape: number[]): Tensor =>
  tensor([...values], { shape: shape.length > 0 ? shape : [values.length], ...place });
const ints = (values: readonly number[], ...shape: number[]): Tensor =>
  tensor([...values], { shape: shape.length > 0 ? shape : [values.length], dtype: "int32", device: "reference" });

type F = (...xs: Tensor[]) => Tensor;
interface Row {
  readonly f: F;
  /** Points, each a list of arguments. */
  readonly at: readonly (readonly Tensor[])[];
}

const row = (f: F, ...at: readonly (readonly Tensor[])[]): Row => ({ f, at });
type Rows = Readonly<Record<string, Row>>;

const library: typeof nn = nn;

function each<N extends string>(names: readonly N[], of: (name: N) => Row): Rows {
  return Object.fromEntries(names.map((name) => [name, of(name)]));
}

const x = irregular(2, 3);
/** Shifted, so that two arguments have no ties. */
const other = (...shape: number[]): Tensor => irregular(...shape).add(0.11) as Tensor;
const flat = floats([-40, -9, -4, 4.5, 9, 40]); // where bounded functions are flat, and between the pieces of others
const atZero = floats([0, 0]);
const positive = (...shape: number[]): Tensor =>
  irregular(...shape)
    .square()
    .add(0.3) as Tensor;
const unit = (...shape: number[]): Tensor => irregular(...shape).sigmoid() as Tensor;

const spaces = { 1: [1, 2, 4], 2: [1, 1, 4, 4], 3: [1, 1, 2, 4, 2] } as const;
const axesOf = (name: string): 1 | 2 | 3 => Number(/(\d)d/.exec(name)![1]) as 1 | 2 | 3;

/** Of one tensor: at irregular points, beyond the bends, and at 0 where it is smooth. */
const activation = (f: (x: Tensor) => Tensor, isSmooth: boolean): Row =>
  row((v) => f(v!), [x], [flat], ...(isSmooth ? [[atZero]] : []));

const activations: Rows = {
  ...each(
    ["arctan", "logSigmoid", "mish", "silu", "tanh", "tanhshrink", "sigmoid", "gelu", "isru", "softplus"],
    (name) => activation((v) => library[name](v), true),
  ),
  ...each(
    [
      "hardsigmoid",
      "hardswish",
      "relu",
      "relu6",
      "selu",
      "softsign",
      "step",
      "elu",
      "celu",
      "leakyRelu",
      "rrelu",
      "hardtanh",
      "softshrink",
      "hardshrink",
    ],
    (name) => activation((v) => library[name](v), false),
  ),
  identity: activation((v) => square(nn.identity(v)), true),
  threshold: activation((v) => square(nn.threshold(v, { threshold: 0.3, value: 2 })), false),
  prelu: row((v, w) => nn.prelu(v!, w!), [irregular(2, 3, 2), irregular(3)]),
  ...each(["softmax", "logSoftmax", "softmin"], (name) =>
    row((v) => library[name](v!, { axis: 0 }), [x], [floats([1, 1, 1])], [floats([-800, 0, 3])]),
  ),
  maxout: row((v) => square(nn.maxout(v!, { pieces: 2 })), [irregular(2, 4)]),
  glu: row((v) => nn.glu(v!), [irregular(2, 4)]),
};

const convolutions: Rows = {
  linear: row((v, w, b) => square(nn.linear(v!, w!, b!)), [x, irregular(2, 3), irregular(2)]),
  ...each(["conv1d", "conv2d", "conv3d"], (name) => {
    const axes = axesOf(name);
    const call = library[name] as (x: Tensor, w: Tensor, b: Tensor, o: object) => Tensor;
    const kernel = irregular(2, 1, ...new Array<number>(axes).fill(2));
    const input = irregular(1, 2, ...spaces[axes].slice(2));
    return row(
      (v, w, b) => square(call(v!, w!, b!, { padding: 1, stride: 2, groups: 2 })),
      [input, kernel, irregular(2)],
    );
  }),
  ...each(["convTranspose1d", "convTranspose2d", "convTranspose3d"], (name) => {
    const axes = axesOf(name);
    const call = library[name] as (x: Tensor, w: Tensor, b: Tensor, o: object) => Tensor;
    const kernel = irregular(1, 2, ...new Array<number>(axes).fill(2));
    const input = irregular(1, 1, ...new Array<number>(axes).fill(2));
    return row((v, w, b) => square(call(v!, w!, b!, { stride: 2, padding: 1 })), [input, kernel, irregular(2)]);
  }),
  unfold: row((v) => square(nn.unfold(v!, 2, { padding: 1 })), [irregular(1, 1, 2, 3)]),
  fold: row((v) => square(nn.fold(v!, [2, 3], 2)), [irregular(1, 4, 2)]),
};

type Pool = (x: Tensor, size: never, options?: object) => Tensor;
type Found = { readonly values: Tensor };

const pools: Rows = {
  ...each(["maxPool1d", "maxPool2d", "maxPool3d", "avgPool1d", "avgPool2d", "avgPool3d"], (name) =>
    row((v) => square((library[name] as Pool)(v!, 2 as never, { padding: 1 })), [irregular(...spaces[axesOf(name)])]),
  ),
  ...each(["maxPool1dWithIndices", "maxPool2dWithIndices", "maxPool3dWithIndices"], (name) =>
    row(
      (v) => square((library[name] as unknown as (x: Tensor, size: never) => Found)(v!, 2 as never).values),
      [irregular(...spaces[axesOf(name)])],
    ),
  ),
  ...each(["lpPool1d", "lpPool2d", "lpPool3d"], (name) =>
    row(
      (v) => (library[name] as (x: Tensor, p: number, size: never) => Tensor)(v!, 3, 2 as never),
      [positive(...spaces[axesOf(name)])],
    ),
  ),
  ...each(
    [
      "adaptiveAvgPool1d",
      "adaptiveAvgPool2d",
      "adaptiveAvgPool3d",
      "adaptiveMaxPool1d",
      "adaptiveMaxPool2d",
      "adaptiveMaxPool3d",
    ],
    (name) => row((v) => square((library[name] as Pool)(v!, 3 as never)), [irregular(...spaces[axesOf(name)])]),
  ),
  ...each(["adaptiveMaxPool1dWithIndices", "adaptiveMaxPool2dWithIndices", "adaptiveMaxPool3dWithIndices"], (name) =>
    row(
      (v) => square((library[name] as unknown as (x: Tensor, size: never) => Found)(v!, 3 as never).values),
      [irregular(...spaces[axesOf(name)])],
    ),
  ),
  ...each(["globalAvgPool", "globalMaxPool"], (name) => row((v) => square(library[name](v!)), [irregular(1, 2, 3)])),
  ...each(["maxUnpool1d", "maxUnpool2d", "maxUnpool3d"], (name) => {
    const shape = { 1: [1, 1, 2], 2: [1, 1, 1, 2], 3: [1, 1, 1, 1, 2] }[axesOf(name)];
    const indices = ints([1, 1], ...shape); // one place twice: what is put there is added up
    const call = library[name] as (x: Tensor, indices: Tensor, size: never) => Tensor;
    return row((v) => square(call(v!, indices, 2 as never)), [irregular(...shape)]);
  }),
};

const norms: Rows = {
  batchNorm: row(
    (v, w, b) => square(nn.batchNorm(v!, { weight: w!, bias: b!, training: true })),
    [irregular(3, 2), irregular(2), other(2)],
  ),
  layerNorm: row((v, w, b) => square(nn.layerNorm(v!, 3, { weight: w!, bias: b! })), [x, irregular(3), other(3)]),
  rmsNorm: row((v, w) => square(nn.rmsNorm(v!, 3, { weight: w! })), [x, irregular(3)]),
  groupNorm: row(
    (v, w, b) => square(nn.groupNorm(v!, 2, { weight: w!, bias: b! })),
    [irregular(1, 4, 2), irregular(4), other(4)],
  ),
  instanceNorm: row(
    (v, w, b) => square(nn.instanceNorm(v!, { weight: w!, bias: b! })),
    [irregular(1, 2, 3), irregular(2), other(2)],
  ),
  localResponseNorm: row(
    (v) => nn.localResponseNorm(v!, 2, { alpha: 1 }),
    [irregular(1, 3, 2)],
    [floats([0, 0, 0], 1, 3)],
  ),
  normalize: row((v) => nn.normalize(v!), [x]),
  standardize: row((v) => square(nn.standardize(v!).y), [irregular(3, 2)]),
  minMaxScale: row((v) => square(nn.minMaxScale(v!)), [irregular(3, 2)]),
};

/** The same mask in every call: a derivative by differences needs one function. */
const seeded =
  (f: (x: Tensor) => Tensor): F =>
  (v) => {
    manualSeed(2);
    return square(f(v!));
  };

const droppings: Rows = each(["dropout", "channelDropout", "alphaDropout", "featureAlphaDropout"], (name) =>
  row(
    seeded((v) => library[name](v, { p: 0.4 })),
    [irregular(2, 3, 2)],
  ),
);

const signs = floats([1, -1, -1, 1, 1, -1], 2, 3);

const losses: Rows = {
  ...each(["mse", "smoothL1", "huber", "poissonNll", "l1"], (name) =>
    row((v, t) => square(library[name](v!, t!)), [x, positive(2, 3)], [x.mul(9) as Tensor, positive(2, 3)]),
  ),
  ...each(["hinge", "logisticMargin", "exponentialMargin", "sigmoidMargin", "hingeEmbedding"], (name) =>
    row((v) => square(library[name](v!, signs)), [x], [x.mul(9) as Tensor]),
  ),
  bce: row((v, t) => nn.bce(v!.sigmoid(), t!.sigmoid()), [x, other(2, 3)]),
  bceWithLogits: row(
    (v, t) => nn.bceWithLogits(v!, t!.sigmoid()),
    [x, other(2, 3)],
    [flat, other(6)],
    [atZero, other(2)],
  ),
  klDiv: row((v, t) => nn.klDiv(v!, t!), [x, unit(2, 3)]),
  gaussianNll: row((v, t, s) => nn.gaussianNll(v!, t!, s!), [x, other(2, 3), positive(2, 3)]),
  crossEntropy: row(
    (v) => nn.crossEntropy(v!, ints([2, -100]), { labelSmoothing: 0.1 }),
    [x],
    [floats([1, 1, 1, -500, 0, 500], 2, 3)],
  ),
  nll: row((v) => square(nn.nll(v!, ints([2, 0]))), [x]),
  multiMargin: row((v) => square(nn.multiMargin(v!, ints([2, 0]))), [x]),
  multilabelMargin: row((v) => square(nn.multilabelMargin(v!, ints([2, -1, 0, 1, 0, -1], 2, 3))), [x]),
  multilabelSoftMargin: row(
    (v, t) => nn.multilabelSoftMargin(v!, t!.sigmoid()),
    [x, other(2, 3)],
    [x.mul(30) as Tensor, other(2, 3)],
  ),
  ctc: row((v) => nn.ctc(v!, ints([1, 2], 1, 2)), [irregular(4, 1, 3)]),
  cosineEmbedding: row((a, b) => nn.cosineEmbedding(a!, b!, floats([1, -1])), [x, other(2, 3)]),
  marginRanking: row(
    (a, b) => square(nn.marginRanking(a!, b!, signs, { margin: 0.2 })),
    [x, irregular(2, 3).mul(-0.7).add(0.13) as Tensor],
  ),
  tripletMargin: row((a, b, c) => nn.tripletMargin(a!, b!, c!), [x, other(2, 3), irregular(2, 3).mul(-0.7) as Tensor]),
  cosineSimilarity: row((a, b) => nn.cosineSimilarity(a!, b!), [x, other(2, 3)]),
  pairwiseDistance: row((a, b) => nn.pairwiseDistance(a!, b!), [x, other(2, 3)]),
  l1Penalty: row((v) => square(nn.l1Penalty([v!], 0.5)), [x]),
  l2Penalty: row((v) => nn.l2Penalty([v!], 0.5), [x], [atZero]),
  elasticPenalty: row((v) => square(nn.elasticPenalty([v!], 0.5)), [x]),
};

const path = floats([0, 1, 0, 1, 0, 1, 0, 1, 0], 3, 3);
const picture = irregular(1, 1, 3, 3);

const others: Rows = {
  embedding: row((w) => square(nn.embedding(ints([2, 0, 2]), w!, { paddingIdx: 1 })), [irregular(3, 2)]),
  embeddingBag: row(
    (w, s) =>
      square(nn.embeddingBag(ints([2, 0, 2]), w!, { mode: "sum", offsets: ints([0, 2]), perSampleWeights: s! })),
    [irregular(3, 2), irregular(3)],
  ),
  scaledDotProductAttention: row(
    (q, k, v) => nn.scaledDotProductAttention(q!, k!, v!, { causal: true }),
    [irregular(2, 2), other(2, 2), irregular(2, 2)],
  ),
  rotaryPositions: row((v) => square(nn.rotaryPositions(v!)), [irregular(2, 4)]),
  graphConvolution: row(
    (v, a, w, b) => nn.graphConvolution(v!, a!.square(), w!, b!),
    [irregular(3, 2), irregular(3, 3), irregular(2, 2), irregular(2)],
  ),
  neighbourhoodConvolution: row(
    (v, w, u) => square(nn.neighbourhoodConvolution(v!, path, w!, u!)),
    [irregular(3, 2), irregular(1, 2), other(1, 2)],
  ),
  neighbourhoodPool: row((v) => square(nn.neighbourhoodPool(v!, path)), [irregular(3, 2)]),
  crop: row((v) => square(nn.crop(v!, { top: 1, left: 0, height: 1, width: 2 })), [picture]),
  centerCrop: row((v) => square(nn.centerCrop(v!, { height: 1, width: 2 })), [picture]),
  padImage: row((v) => square(nn.padImage(v!, { left: 2, top: 1, mode: "reflect" })), [picture]),
  flipHorizontal: row((v) => square(nn.flipHorizontal(v!)), [picture]),
  flipVertical: row((v) => square(nn.flipVertical(v!)), [picture]),
  rotate90: row((v) => square(nn.rotate90(v!)), [picture]),
  resize: row((v) => square(nn.resize(v!, { size: [2, 5], mode: "bilinear" })), [picture]),
  affineGrid: row((t) => square(nn.affineGrid(t!, { size: [1, 1, 2, 2] })), [irregular(1, 2, 3)]),
  gridSample: row(
    (v, g) => square(nn.gridSample(v!, g!)),
    [picture, irregular(1, 2, 1, 2).mul(0.4) as Tensor],
    [picture, irregular(1, 2, 1, 2).mul(3) as Tensor], // partly outside
  ),
  affineSample: row((v, t) => square(nn.affineSample(v!, t!)), [picture, irregular(1, 2, 3).mul(0.3) as Tensor]),
  normalizeImage: row((v) => square(nn.normalizeImage(v!, [0.1], [0.3])), [picture]),
  upsample: row((v) => square(nn.upsample(v!, { size: [4, 2], mode: "bicubic" })), [picture]),
  pixelShuffle: row((v) => square(nn.pixelShuffle(v!, 2)), [irregular(1, 4, 1, 2)]),
  pixelUnshuffle: row((v) => square(nn.pixelUnshuffle(v!, 2)), [irregular(1, 1, 2, 4)]),
  channelShuffle: row((v) => square(nn.channelShuffle(v!, 2)), [irregular(1, 4, 2)]),
};

const weights = (gates: number, features = 2, hidden = 2) => [
  irregular(gates * hidden, features),
  other(gates * hidden, hidden),
  irregular(gates * hidden).mul(0.3) as Tensor,
];

const named = ([weightIh, weightHh, biasIh]: readonly Tensor[]): nn.RecurrentWeights => ({
  weightIh: weightIh!,
  weightHh: weightHh!,
  biasIh: biasIh!,
});

const recurrent: Rows = {
  rnnCell: row((v, h, ...w) => nn.rnnCell(v!, h!, named(w)), [irregular(1, 2), other(1, 2), ...weights(1)]),
  gruCell: row((v, h, ...w) => nn.gruCell(v!, h!, named(w)), [irregular(1, 2), other(1, 2), ...weights(3)]),
  lstmCell: row(
    (v, h, c, ...w) => nn.lstmCell(v!, [h!, c!], named(w))[0],
    [irregular(1, 2), other(1, 2), irregular(1, 2), ...weights(4)],
  ),
  rnn: row((v, ...w) => nn.rnn(v!, [named(w)])[0], [irregular(2, 1, 2), ...weights(1)]),
  gru: row((v, ...w) => nn.gru(v!, [named(w)])[0], [irregular(2, 1, 2), ...weights(3)]),
  lstm: row((v, ...w) => nn.lstm(v!, [named(w)])[0], [irregular(2, 1, 2), ...weights(4)]),
};

const rows: Rows = {
  ...activations,
  ...convolutions,
  ...pools,
  ...norms,
  ...droppings,
  ...losses,
  ...others,
  ...recurrent,
};

/** Functions that are not of numbers that change smoothly, or are checked where their weights are made. */
const elsewhere: Readonly<Record<string, string>> = {
  checkLabels: "a check",
  loadState: "state",
  pairOf: "a check",
  sizesOf: "a check",
  sinusoidalPositions: "of whole numbers",
  peepholeLstm: "tests/nn/recurrent.test.ts",
  gruOriginal: "tests/nn/recurrent.test.ts",
};

const classes: readonly unknown[] = Object.values(nn).filter(
  (value) => typeof value === "function" && [nn.Module, Tensor].some((base) => value.prototype instanceof base),
);
const isClass = (value: unknown): boolean => value === nn.Module || classes.includes(value);

test("every exported function has a row, or a reason", () => {
  const functions = Object.entries(nn)
    .filter(([, value]) => typeof value === "function" && !isClass(value))
    .map(([name]) => name);
  const known = new Set([...Object.keys(rows), ...Object.keys(elsewhere)]);
  expect(functions.filter((name) => !known.has(name))).toEqual([]);
});

describe("first and second derivatives", () => {
  test.each(Object.keys(rows))("%s", (name) => {
    const { f, at } = rows[name]!;
    for (const args of at) gradCheck(f, args, { rtol: 1e-4, atol: 1e-5 });
  });
});
