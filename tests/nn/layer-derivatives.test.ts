/**
 * First and second derivatives of every layer's square in its inputs, in both modes, against central differences in float64. Derivatives in
 * weights are those of the functions that layers call, which have tests of their own.
 */
import { describe, test } from "vitest";
import { gradCheck } from "../../src/autodiff/index.ts";
import * as nn from "../../src/nn/index.ts";
import { manualSeed, square, sum, type Tensor, tensor } from "../../src/tensor/index.ts";
import { irregular } from "./irregular.ts";

const place = { dtype: "float64", device: "reference" } as const;
const ints = (values: number[], shape: number[]): Tensor =>
  tensor(values, { shape, dtype: "int32", device: "reference" });
const floats = (values: number[], shape: number[]): Tensor => tensor(values, { shape, ...place });

type Row = readonly [make: () => nn.AnyModule, shapes: readonly (readonly number[])[], constants?: readonly Tensor[]];

/** What a layer gives as one tensor: y, or the first of several. */
function first(result: unknown): Tensor {
  if (Array.isArray(result)) return first(result[0]);
  const { output } = result as { output?: Tensor }; // of attention
  return output ?? (result as Tensor); // layers give nothing else
}

function check([make, shapes, constants = []]: Row): void {
  manualSeed(3);
  const layer = make().eval();
  const f = (...xs: Tensor[]): Tensor => square(first(Reflect.apply(layer.forward, layer, [...xs, ...constants])));
  gradCheck(
    f,
    shapes.map((shape, i) => irregular(...shape).add(i / 9)),
    { rtol: 1e-4, atol: 1e-5 },
  );
}

const rowsOf = (rows: Readonly<Record<string, Row>>): [string, Row][] => Object.entries(rows);
const one = [[2, 3]];
const square2 = [[1, 2, 3, 2]];

describe("activations", () => {
  const layers = {
    Identity: () => new nn.Identity(),
    ReLU: () => new nn.ReLU(),
    Tanh: () => new nn.Tanh(),
    Sigmoid: () => new nn.Sigmoid({ alpha: 2 }),
    GELU: () => new nn.GELU(),
    SiLU: () => new nn.SiLU(),
    Softmax: () => new nn.Softmax(),
    LogSoftmax: () => new nn.LogSoftmax(),
    Softmin: () => new nn.Softmin(),
    Step: () => new nn.Step(),
    Arctan: () => new nn.Arctan(),
    Softsign: () => new nn.Softsign(),
    SELU: () => new nn.SELU(),
    Mish: () => new nn.Mish(),
    Hardsigmoid: () => new nn.Hardsigmoid(),
    Hardswish: () => new nn.Hardswish(),
    ReLU6: () => new nn.ReLU6(),
    LogSigmoid: () => new nn.LogSigmoid(),
    Tanhshrink: () => new nn.Tanhshrink(),
    ISRU: () => new nn.ISRU(),
    LeakyReLU: () => new nn.LeakyReLU(),
    ELU: () => new nn.ELU({ alpha: 2 }),
    CELU: () => new nn.CELU({ alpha: 0.5 }),
    Softplus: () => new nn.Softplus(),
    Hardtanh: () => new nn.Hardtanh(),
    Softshrink: () => new nn.Softshrink(),
    Hardshrink: () => new nn.Hardshrink(),
    Threshold: () => new nn.Threshold({ threshold: 0.3, value: -1 }),
    RReLU: () => new nn.RReLU(),
    PReLU: () => new nn.PReLU({ numParameters: 3, ...place }),
    Maxout: () => new nn.Maxout({ pieces: 2 }),
    GLU: () => new nn.GLU(),
  };
  test.each(Object.entries(layers))("%s", (name, make) =>
    check([make, name === "Maxout" || name === "GLU" ? [[2, 4]] : one]),
  );
});

describe("losses", () => {
  const targets = floats([0.2, 0.7, 0.4, 0.9, 0.1, 0.5], [2, 3]);
  const signs = floats([1, -1, -1, 1, 1, -1], [2, 3]);
  const classes = ints([2, 0], [2]);
  const rows: Readonly<Record<string, Row>> = {
    MSELoss: [() => new nn.MSELoss(), one, [targets]],
    L1Loss: [() => new nn.L1Loss(), one, [targets]],
    SmoothL1Loss: [() => new nn.SmoothL1Loss(), one, [targets]],
    HuberLoss: [() => new nn.HuberLoss(), one, [targets]],
    BCEWithLogitsLoss: [() => new nn.BCEWithLogitsLoss(), one, [targets]],
    CrossEntropyLoss: [() => new nn.CrossEntropyLoss({ labelSmoothing: 0.1 }), one, [classes]],
    NLLLoss: [() => new nn.NLLLoss(), one, [classes]],
    KLDivLoss: [() => new nn.KLDivLoss({ reduction: "batchmean" }), one, [targets]],
    HingeLoss: [() => new nn.HingeLoss(), one, [signs]],
    LogisticMarginLoss: [() => new nn.LogisticMarginLoss(), one, [signs]],
    ExponentialMarginLoss: [() => new nn.ExponentialMarginLoss(), one, [signs]],
    SigmoidMarginLoss: [() => new nn.SigmoidMarginLoss(), one, [signs]],
    HingeEmbeddingLoss: [() => new nn.HingeEmbeddingLoss(), one, [signs]],
    PoissonNLLLoss: [() => new nn.PoissonNLLLoss(), one, [targets]],
    CTCLoss: [() => new nn.CTCLoss(), [[4, 1, 3]], [ints([1, 2], [1, 2])]],
    CosineEmbeddingLoss: [
      () => new nn.CosineEmbeddingLoss(),
      [
        [2, 3],
        [2, 3],
      ],
      [floats([1, -1], [2])],
    ],
    MarginRankingLoss: [() => new nn.MarginRankingLoss(), [[3], [3]], [floats([1, -1, 1], [3])]],
    TripletMarginLoss: [
      () => new nn.TripletMarginLoss(),
      [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
    ],
    GaussianNLLLoss: [
      () => new nn.GaussianNLLLoss(),
      [
        [2, 3],
        [2, 3],
      ],
      [targets],
    ],
    MultiMarginLoss: [() => new nn.MultiMarginLoss({ p: 2 }), one, [classes]],
    MultiLabelMarginLoss: [() => new nn.MultiLabelMarginLoss(), one, [ints([2, -1, 0, 0, 1, -1], [2, 3])]],
    MultiLabelSoftMarginLoss: [() => new nn.MultiLabelSoftMarginLoss(), one, [targets]],
    CosineSimilarity: [
      () => new nn.CosineSimilarity(),
      [
        [2, 3],
        [2, 3],
      ],
    ],
    PairwiseDistance: [
      () => new nn.PairwiseDistance(),
      [
        [2, 3],
        [2, 3],
      ],
    ],
  };
  test.each(rowsOf(rows))("%s", (_, row) => check(row));

  test("BCELoss of probabilities", () => {
    const loss = new nn.BCELoss();
    gradCheck((x: Tensor) => loss.forward(x.square().mul(0.3).add(0.1), targets), [irregular(2, 3)], { rtol: 1e-5 });
  });
});

describe("layers with weights", () => {
  const path = floats([0, 1, 0, 1, 0, 1, 0, 1, 0], [3, 3]);
  const small = { dimFeedforward: 3, batchFirst: true, ...place } as const;
  const rows: Readonly<Record<string, Row>> = {
    Linear: [() => new nn.Linear(3, 2, place), one],
    Bilinear: [
      () => new nn.Bilinear(3, 2, 2, place),
      [
        [2, 3],
        [2, 2],
      ],
    ],
    Conv1d: [() => new nn.Conv1d(2, 2, 2, { stride: 2, padding: 1, ...place }), [[1, 2, 4]]],
    Conv2d: [() => new nn.Conv2d(2, 2, 2, { dilation: 2, padding: 1, ...place }), square2],
    Conv3d: [() => new nn.Conv3d(1, 2, [1, 2, 2], place), [[1, 1, 1, 3, 2]]],
    ConvTranspose1d: [() => new nn.ConvTranspose1d(2, 2, 2, { stride: 2, ...place }), [[1, 2, 3]]],
    ConvTranspose2d: [() => new nn.ConvTranspose2d(2, 1, 2, { padding: 1, ...place }), square2],
    ConvTranspose3d: [() => new nn.ConvTranspose3d(1, 2, [1, 2, 1], place), [[1, 1, 1, 2, 2]]],
    BatchNorm1d: [() => new nn.BatchNorm1d(3, { trackRunningStats: false, ...place }), [[4, 3]]],
    BatchNorm2d: [() => new nn.BatchNorm2d(2, { trackRunningStats: false, ...place }), square2],
    BatchNorm3d: [() => new nn.BatchNorm3d(1, { trackRunningStats: false, ...place }), [[1, 1, 2, 1, 3]]],
    LayerNorm: [() => new nn.LayerNorm(3, place), one],
    RMSNorm: [() => new nn.RMSNorm(3, place), one],
    GroupNorm: [() => new nn.GroupNorm(2, 4, place), [[1, 4, 2]]],
    InstanceNorm1d: [() => new nn.InstanceNorm1d(2, { affine: true, ...place }), [[1, 2, 3]]],
    InstanceNorm2d: [() => new nn.InstanceNorm2d(2, place), square2],
    InstanceNorm3d: [() => new nn.InstanceNorm3d(1, place), [[1, 1, 1, 2, 3]]],
    LocalResponseNorm: [() => new nn.LocalResponseNorm(3), [[1, 4, 2]]],
    GraphConv: [() => new nn.GraphConv(2, 2, place), [[3, 2]], [path]],
    NeighbourhoodConv: [() => new nn.NeighbourhoodConv(2, 2, place), [[3, 2]], [path]],
    RNN: [() => new nn.RNN(2, 2, { bidirectional: true, ...place }), [[3, 1, 2]]],
    LSTM: [() => new nn.LSTM(2, 2, { numLayers: 2, ...place }), [[2, 1, 2]]],
    GRU: [() => new nn.GRU(2, 2, { batchFirst: true, ...place }), [[1, 3, 2]]],
    RNNCell: [
      () => new nn.RNNCell(2, 2, place),
      [
        [1, 2],
        [1, 2],
      ],
    ],
    LSTMCell: [() => new nn.LSTMCell(2, 2, place), [[2, 2]]],
    GRUCell: [
      () => new nn.GRUCell(2, 2, place),
      [
        [1, 2],
        [1, 2],
      ],
    ],
    PeepholeLSTM: [() => new nn.PeepholeLSTM(2, 2, place), [[2, 1, 2]]],
    GRUOriginal: [() => new nn.GRUOriginal(2, 2, place), [[2, 1, 2]]],
    MultiheadAttention: [
      () => new nn.MultiheadAttention(2, 2, { batchFirst: true, ...place }),
      [
        [1, 2, 2],
        [1, 3, 2],
        [1, 3, 2],
      ],
    ],
    TransformerEncoderLayer: [
      () => new nn.TransformerEncoderLayer(2, 1, { activation: "gelu", ...small }),
      [[1, 2, 2]],
    ],
    TransformerDecoderLayer: [
      () => new nn.TransformerDecoderLayer(2, 1, { activation: "gelu", ...small }),
      [
        [1, 2, 2],
        [1, 2, 2],
      ],
    ],
    TransformerEncoder: [
      () => new nn.TransformerEncoder(2, 1, { numLayers: 1, activation: "gelu", ...small }),
      [[1, 2, 2]],
    ],
    TransformerDecoder: [
      () => new nn.TransformerDecoder(2, 1, { numLayers: 1, activation: "gelu", ...small }),
      [
        [1, 2, 2],
        [1, 2, 2],
      ],
    ],
    Transformer: [
      () => new nn.Transformer(2, 1, { numEncoderLayers: 1, numDecoderLayers: 1, activation: "gelu", ...small }),
      [
        [1, 2, 2],
        [1, 2, 2],
      ],
    ],
    LearnedPositionalEncoding: [() => new nn.LearnedPositionalEncoding(4, 2, { dropout: 0, ...place }), [[3, 1, 2]]],
    Sequential: [() => new nn.Sequential(new nn.Linear(3, 2, place), new nn.Tanh()), one],
    Residual: [() => new nn.Residual(new nn.Linear(3, 3, place)), one],
  };
  test.each(rowsOf(rows))("%s", (_, row) => check(row));
});

describe("layers without weights", () => {
  const line = [[1, 2, 4]];
  const plane = [[1, 1, 3, 4]];
  const box = [[1, 1, 2, 2, 3]];
  const places = ints([0, 3], [1, 1, 2]);
  const rows: Readonly<Record<string, Row>> = {
    Flatten: [() => new nn.Flatten(), line],
    Unflatten: [() => new nn.Unflatten(1, [1, 3]), one],
    Upsample: [() => new nn.Upsample({ scaleFactor: 2, mode: "bilinear" }), plane],
    PixelShuffle: [() => new nn.PixelShuffle(2), [[1, 4, 1, 2]]],
    PixelUnshuffle: [() => new nn.PixelUnshuffle(2), [[1, 1, 2, 4]]],
    ChannelShuffle: [() => new nn.ChannelShuffle(2), [[1, 4, 2]]],
    Unfold: [() => new nn.Unfold(2), plane],
    Fold: [() => new nn.Fold([3, 2], 2), [[1, 4, 2]]],
    MaxPool1d: [() => new nn.MaxPool1d(2), line],
    MaxPool2d: [() => new nn.MaxPool2d(2), plane],
    MaxPool3d: [() => new nn.MaxPool3d([1, 2, 2]), box],
    AvgPool1d: [() => new nn.AvgPool1d(2), line],
    AvgPool2d: [() => new nn.AvgPool2d(2), plane],
    AvgPool3d: [() => new nn.AvgPool3d([1, 2, 2]), box],
    LPPool1d: [() => new nn.LPPool1d(2, 2), line],
    LPPool2d: [() => new nn.LPPool2d(2, 2), plane],
    LPPool3d: [() => new nn.LPPool3d(2, [1, 2, 2]), box],
    MaxUnpool1d: [() => new nn.MaxUnpool1d(2), [[1, 1, 2]], [places]],
    MaxUnpool2d: [() => new nn.MaxUnpool2d([1, 2]), [[1, 1, 1, 2]], [places.reshape([1, 1, 1, 2])]],
    MaxUnpool3d: [() => new nn.MaxUnpool3d([1, 1, 2]), [[1, 1, 1, 1, 2]], [places.reshape([1, 1, 1, 1, 2])]],
    AdaptiveAvgPool1d: [() => new nn.AdaptiveAvgPool1d(3), line],
    AdaptiveAvgPool2d: [() => new nn.AdaptiveAvgPool2d([2, 3]), plane],
    AdaptiveAvgPool3d: [() => new nn.AdaptiveAvgPool3d([1, 2, 2]), box],
    AdaptiveMaxPool1d: [() => new nn.AdaptiveMaxPool1d(3), line],
    AdaptiveMaxPool2d: [() => new nn.AdaptiveMaxPool2d([2, 3]), plane],
    AdaptiveMaxPool3d: [() => new nn.AdaptiveMaxPool3d([1, 2, 2]), box],
    GlobalAvgPool: [() => new nn.GlobalAvgPool(), plane],
    GlobalMaxPool: [() => new nn.GlobalMaxPool(), plane],
    ZeroPad1d: [() => new nn.ZeroPad1d(1), line],
    ZeroPad2d: [() => new nn.ZeroPad2d(1), plane],
    ZeroPad3d: [() => new nn.ZeroPad3d(1), box],
    ReflectionPad1d: [() => new nn.ReflectionPad1d(1), line],
    ReflectionPad2d: [() => new nn.ReflectionPad2d(1), plane],
    ReflectionPad3d: [() => new nn.ReflectionPad3d(1), box],
    ReplicationPad1d: [() => new nn.ReplicationPad1d(1), line],
    ReplicationPad2d: [() => new nn.ReplicationPad2d(1), plane],
    ReplicationPad3d: [() => new nn.ReplicationPad3d(1), box],
    CircularPad1d: [() => new nn.CircularPad1d(1), line],
    CircularPad2d: [() => new nn.CircularPad2d(1), plane],
    CircularPad3d: [() => new nn.CircularPad3d(1), box],
    ConstantPad1d: [() => new nn.ConstantPad1d(1, 2), line],
    ConstantPad2d: [() => new nn.ConstantPad2d(1, 2), plane],
    ConstantPad3d: [() => new nn.ConstantPad3d(1, 2), box],
    PositionalEncoding: [() => new nn.PositionalEncoding({ dropout: 0 }), [[3, 1, 2]]],
    Dropout: [() => new nn.Dropout(0.5), one],
    Dropout1d: [() => new nn.Dropout1d(0.5), line],
    Dropout2d: [() => new nn.Dropout2d(0.5), plane],
    Dropout3d: [() => new nn.Dropout3d(0.5), box],
    ChannelDropout: [() => new nn.ChannelDropout(0.5), line],
    AlphaDropout: [() => new nn.AlphaDropout(0.5), one],
    FeatureAlphaDropout: [() => new nn.FeatureAlphaDropout(0.5), line],
  };
  test.each(rowsOf(rows))("%s", (_, row) => check(row));
});

describe("functions that no layer calls", () => {
  const weights =
    (gates: number): ((...w: Tensor[]) => nn.RecurrentWeights) =>
    (weightIh, weightHh) => {
      if (weightIh === undefined || weightHh === undefined || weightHh.shape[0] !== 2 * gates)
        throw new Error("two weights");
      return { weightIh, weightHh };
    };
  const cell = (gates: number): number[][] => [
    [1, 2],
    [1, 2],
    [2 * gates, 2],
    [2 * gates, 2],
  ];
  const image = [[1, 1, 2, 3]];
  test.each<[string, (...xs: Tensor[]) => Tensor, number[][]]>([
    ["rnnCell", (x, h, ...w) => nn.rnnCell(x!, h!, weights(1)(...w)), cell(1)],
    ["gruCell", (x, h, ...w) => nn.gruCell(x!, h!, weights(3)(...w)), cell(3)],
    ["lstmCell", (x, h, ...w) => sum(nn.lstmCell(x!, [h!, x!], weights(4)(...w))[0]), cell(4)],
    ["crop", (x) => square(nn.crop(x!, { top: 0, left: 1, height: 2, width: 1 })), image],
    ["centerCrop", (x) => square(nn.centerCrop(x!, { height: 1, width: 2 })), image],
    ["flipHorizontal", (x) => square(nn.flipHorizontal(x!)).mul(irregular(1, 1, 2, 3)), image],
    ["flipVertical", (x) => square(nn.flipVertical(x!)).mul(irregular(1, 1, 2, 3)), image],
    ["rotate90", (x) => square(nn.rotate90(x!)), image],
    ["affineGrid", (theta) => square(nn.affineGrid(theta!, { size: [1, 1, 2, 2] })), [[1, 2, 3]]],
    ["maxPool2dWithIndices", (x) => square(nn.maxPool2dWithIndices(x!, 2).values), image],
    ["maxPool1dWithIndices", (x) => square(nn.maxPool1dWithIndices(x!, 2).values), [[1, 1, 4]]],
    ["maxPool3dWithIndices", (x) => square(nn.maxPool3dWithIndices(x!, [1, 2, 2]).values), [[1, 1, 1, 2, 2]]],
    ["adaptiveMaxPool1dWithIndices", (x) => square(nn.adaptiveMaxPool1dWithIndices(x!, 2).values), [[1, 1, 3]]],
    ["adaptiveMaxPool2dWithIndices", (x) => square(nn.adaptiveMaxPool2dWithIndices(x!, [2, 1]).values), image],
    [
      "adaptiveMaxPool3dWithIndices",
      (x) => square(nn.adaptiveMaxPool3dWithIndices(x!, [1, 1, 2]).values),
      [[1, 1, 1, 2, 3]],
    ],
  ])("%s", (_, f, shapes) => {
    gradCheck(
      f,
      shapes.map((shape, i) => irregular(...shape).add(i / 9)),
      { rtol: 1e-4, atol: 1e-5 },
    );
  });
});
