/**
 * Every layer, small enough to be trained for thousands of steps in a second: what it is made with, and what goes in. The inputs are trained
 * too, so that layers without parameters have something to pass gradients to.
 */
import * as nn from "../../src/nn/index.ts";
import { random, type Tensor, tensor } from "../../src/tensor/index.ts";

/** A layer and its inputs. */
export interface Trained {
  readonly module: nn.AnyModule;
  /** Floats, which are trained. */
  readonly inputs: readonly Tensor[];
  readonly forward: (...inputs: readonly Tensor[]) => Tensor;
}

const normal = (...shape: number[]): Tensor => random.normal({ shape });

/** A layer of one input. */
const one = (module: nn.Module, ...shape: number[]): Trained => ({
  module,
  inputs: [normal(...shape)],
  forward: (x) => module.forward(x!),
});

const images = [2, 4, 6, 6];
const spatial = { 1: [2, 4, 6], 2: images, 3: [2, 4, 4, 4, 4] } as const;

const words = (): Tensor => tensor(Int32Array.of(0, 3, 1, 3), { shape: [2, 2] });

/** A layer of words: nothing of its input can be trained. */
const ofWords = (module: nn.Module): Trained => ({ module, inputs: [], forward: () => module.forward(words()) });

const attention = (options: nn.MultiheadAttentionLayerOptions): Trained => {
  const module = new nn.MultiheadAttention(4, 2, { batchFirst: true, dropout: 0.1, ...options });
  return { module, inputs: [normal(2, 3, 4)], forward: (x) => module.forward(x!, x!, x!).output };
};

const transformer = { dimFeedforward: 6, batchFirst: true, numLayers: 2 };
const { numLayers: _numLayers, ...transformerLayer } = transformer;

const decoder = (module: nn.Module<[x: Tensor, memory: Tensor]>): Trained => ({
  module,
  inputs: [normal(2, 3, 4), normal(2, 5, 4)],
  forward: (x, memory) => module.forward(x!, memory!),
});

const graph = (module: nn.Module<[x: Tensor, adjacency: Tensor]>): Trained => ({
  module,
  inputs: [normal(4, 3)],
  forward: (x) => module.forward(x!, tensor([0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0], { shape: [4, 4] })),
});

/** A network over sequences whose first result is what it gives at each step. */
const sequences = (module: nn.Module<[x: Tensor], readonly [Tensor, unknown]>): Trained => ({
  module,
  inputs: [normal(4, 2, 3)],
  forward: (x) => module.forward(x!)[0],
});

const unpool = (module: nn.Module<[x: Tensor, indices: Tensor]>, shape: readonly number[]): Trained => {
  const places = shape.slice(2).reduce((a, b) => a * b, 1);
  const indices = tensor(
    Int32Array.from({ length: 8 * places }, (_, i) => i % places),
    { shape },
  );
  return { module, inputs: [normal(...shape)], forward: (x) => module.forward(x!, indices) };
};

const pair = (module: nn.Module<[a: Tensor, b: Tensor]>): Trained => ({
  module,
  inputs: [normal(3, 4), normal(3, 4)],
  forward: (a, b) => module.forward(a!, b!),
});

export const layers: Readonly<Record<string, () => Trained>> = {
  Linear: () => one(new nn.Linear(4, 3), 5, 4),
  Bilinear: () => {
    const module = new nn.Bilinear(3, 4, 2);
    return { module, inputs: [normal(5, 3), normal(5, 4)], forward: (a, b) => module.forward(a!, b!) };
  },
  Embedding: () => ofWords(new nn.Embedding(5, 3, { paddingIdx: 0, maxNorm: 1 })),
  EmbeddingBag: () => ofWords(new nn.EmbeddingBag(5, 3, { mode: "max" })),
  Conv1d: () => one(new nn.Conv1d(4, 3, 3, { padding: 1 }), ...spatial[1]),
  Conv2d: () => one(new nn.Conv2d(4, 4, 3, { groups: 2 }), ...spatial[2]),
  Conv3d: () => one(new nn.Conv3d(4, 2, 2), ...spatial[3]),
  ConvTranspose1d: () => one(new nn.ConvTranspose1d(4, 3, 3, { stride: 2 }), ...spatial[1]),
  ConvTranspose2d: () => one(new nn.ConvTranspose2d(4, 3, 2), ...spatial[2]),
  ConvTranspose3d: () => one(new nn.ConvTranspose3d(4, 2, 2), ...spatial[3]),
  BatchNorm1d: () => one(new nn.BatchNorm1d(4), 5, 4),
  BatchNorm2d: () => one(new nn.BatchNorm2d(4, { momentum: null }), ...spatial[2]),
  BatchNorm3d: () => one(new nn.BatchNorm3d(4), ...spatial[3]),
  InstanceNorm1d: () => one(new nn.InstanceNorm1d(4, { affine: true, trackRunningStats: true }), ...spatial[1]),
  InstanceNorm2d: () => one(new nn.InstanceNorm2d(4, { affine: true, trackRunningStats: true }), ...spatial[2]),
  InstanceNorm3d: () => one(new nn.InstanceNorm3d(4, { affine: true, trackRunningStats: true }), ...spatial[3]),
  LayerNorm: () => one(new nn.LayerNorm(4), 5, 4),
  RMSNorm: () => one(new nn.RMSNorm(4), 5, 4),
  GroupNorm: () => one(new nn.GroupNorm(2, 4), ...spatial[2]),
  LocalResponseNorm: () => one(new nn.LocalResponseNorm(2), ...spatial[2]),
  PReLU: () => one(new nn.PReLU({ numParameters: 4 }), 5, 4),
  RReLU: () => one(new nn.RReLU(), 5, 4),
  Dropout: () => one(new nn.Dropout(0.3), 5, 4),
  ChannelDropout: () => one(new nn.ChannelDropout(0.3), ...images),
  Dropout1d: () => one(new nn.Dropout1d(0.3), ...spatial[1]),
  Dropout2d: () => one(new nn.Dropout2d(0.3), ...spatial[2]),
  Dropout3d: () => one(new nn.Dropout3d(0.3), ...spatial[3]),
  AlphaDropout: () => one(new nn.AlphaDropout(0.3), 5, 4),
  FeatureAlphaDropout: () => one(new nn.FeatureAlphaDropout(0.3), ...images),
  MultiheadAttention: () => attention({ addBiasKv: true, addZeroAttn: true }),
  TransformerEncoderLayer: () => one(new nn.TransformerEncoderLayer(4, 2, transformerLayer) as nn.Module, 2, 3, 4),
  TransformerDecoderLayer: () =>
    decoder(new nn.TransformerDecoderLayer(4, 2, transformerLayer) as unknown as nn.Module<[Tensor, Tensor]>),
  TransformerEncoder: () => one(new nn.TransformerEncoder(4, 2, transformer) as nn.Module, 2, 3, 4),
  TransformerDecoder: () =>
    decoder(new nn.TransformerDecoder(4, 2, transformer) as unknown as nn.Module<[Tensor, Tensor]>),
  Transformer: () =>
    decoder(
      new nn.Transformer(4, 2, {
        ...transformerLayer,
        numEncoderLayers: 1,
        numDecoderLayers: 1,
      }) as unknown as nn.Module<[Tensor, Tensor]>,
    ),
  PositionalEncoding: () => one(new nn.PositionalEncoding({ batchFirst: true }), 2, 3, 4),
  LearnedPositionalEncoding: () => one(new nn.LearnedPositionalEncoding(5, 4, { batchFirst: true }), 2, 3, 4),
  GraphConv: () => graph(new nn.GraphConv(3, 2)),
  NeighbourhoodConv: () => graph(new nn.NeighbourhoodConv(3, 2)),
  RNN: () =>
    sequences(new nn.RNN(3, 4, { numLayers: 2, dropout: 0.2 }) as nn.Module<[Tensor], readonly [Tensor, unknown]>),
  LSTM: () => sequences(new nn.LSTM(3, 4, { bidirectional: true }) as nn.Module<[Tensor], readonly [Tensor, unknown]>),
  GRU: () => sequences(new nn.GRU(3, 4) as nn.Module<[Tensor], readonly [Tensor, unknown]>),
  PeepholeLSTM: () => sequences(new nn.PeepholeLSTM(3, 4) as nn.Module<[Tensor], readonly [Tensor, unknown]>),
  GRUOriginal: () => sequences(new nn.GRUOriginal(3, 4) as nn.Module<[Tensor], readonly [Tensor, unknown]>),
  RNNCell: () => one(new nn.RNNCell(3, 4) as nn.Module, 2, 3),
  GRUCell: () => one(new nn.GRUCell(3, 4) as nn.Module, 2, 3),
  LSTMCell: () => {
    const module = new nn.LSTMCell(3, 4);
    return { module, inputs: [normal(2, 3)], forward: (x) => module.forward(x!)[0] };
  },
  Sequential: () => one(new nn.Sequential(new nn.Linear(4, 3), new nn.Tanh(), new nn.Linear(3, 2)) as nn.Module, 5, 4),
  Residual: () => one(new nn.Residual(new nn.Linear(4, 4) as nn.Module), 5, 4),
  ModuleList: () => {
    const module = new nn.ModuleList([new nn.Linear(4, 4), new nn.Linear(4, 4)]);
    return {
      module,
      inputs: [normal(5, 4)],
      forward: (x) => [...module].reduce<Tensor>((h, layer) => layer.forward(h) as Tensor, x!),
    };
  },
  ModuleDict: () => {
    const module = new nn.ModuleDict({ first: new nn.Linear(4, 4) });
    return { module, inputs: [normal(5, 4)], forward: (x) => module.get("first").forward(x!) as Tensor };
  },
  CosineSimilarity: () => pair(new nn.CosineSimilarity() as unknown as nn.Module<[Tensor, Tensor]>),
  PairwiseDistance: () => pair(new nn.PairwiseDistance() as unknown as nn.Module<[Tensor, Tensor]>),
  Upsample: () => one(new nn.Upsample({ scaleFactor: 2, mode: "bicubic" }), ...images),
  PixelShuffle: () => one(new nn.PixelShuffle(2), ...images),
  PixelUnshuffle: () => one(new nn.PixelUnshuffle(2), ...images),
  ChannelShuffle: () => one(new nn.ChannelShuffle(2), ...images),
  Unfold: () => one(new nn.Unfold(2), ...images),
  Fold: () => one(new nn.Fold([4, 4], 2), 2, 4, 9),
  Flatten: () => one(new nn.Flatten(), ...images),
  Unflatten: () => one(new nn.Unflatten(1, [2, 2]), 5, 4),
  Maxout: () => one(new nn.Maxout({ pieces: 2 }), 5, 4),
  GLU: () => one(new nn.GLU(), 5, 4),
  Threshold: () => one(new nn.Threshold({ threshold: 0.1, value: 0 }), 5, 4),
  MaxUnpool1d: () => unpool(new nn.MaxUnpool1d(2), [2, 4, 3]),
  MaxUnpool2d: () => unpool(new nn.MaxUnpool2d(2), [2, 4, 3, 3]),
  MaxUnpool3d: () => unpool(new nn.MaxUnpool3d(2), [2, 4, 2, 2, 2]),
  LPPool1d: () => one(new nn.LPPool1d(2, 2), ...spatial[1]),
  LPPool2d: () => one(new nn.LPPool2d(2, 2), ...spatial[2]),
  LPPool3d: () => one(new nn.LPPool3d(2, 2), ...spatial[3]),
  ConstantPad1d: () => one(new nn.ConstantPad1d(1, 2), ...spatial[1]),
  ConstantPad2d: () => one(new nn.ConstantPad2d(1, 2), ...spatial[2]),
  ConstantPad3d: () => one(new nn.ConstantPad3d(1, 2), ...spatial[3]),
  MaxPool1d: () => one(new nn.MaxPool1d(2), ...spatial[1]),
  MaxPool2d: () => one(new nn.MaxPool2d(2), ...spatial[2]),
  MaxPool3d: () => one(new nn.MaxPool3d(2), ...spatial[3]),
  AvgPool1d: () => one(new nn.AvgPool1d(2), ...spatial[1]),
  AvgPool2d: () => one(new nn.AvgPool2d(2), ...spatial[2]),
  AvgPool3d: () => one(new nn.AvgPool3d(2), ...spatial[3]),
  AdaptiveAvgPool1d: () => one(new nn.AdaptiveAvgPool1d(4), ...spatial[1]),
  AdaptiveAvgPool2d: () => one(new nn.AdaptiveAvgPool2d(4), ...spatial[2]),
  AdaptiveAvgPool3d: () => one(new nn.AdaptiveAvgPool3d(3), ...spatial[3]),
  AdaptiveMaxPool1d: () => one(new nn.AdaptiveMaxPool1d(4), ...spatial[1]),
  AdaptiveMaxPool2d: () => one(new nn.AdaptiveMaxPool2d(4), ...spatial[2]),
  AdaptiveMaxPool3d: () => one(new nn.AdaptiveMaxPool3d(3), ...spatial[3]),
  GlobalAvgPool: () => one(new nn.GlobalAvgPool(), ...images),
  GlobalMaxPool: () => one(new nn.GlobalMaxPool(), ...images),
  ZeroPad1d: () => one(new nn.ZeroPad1d(1), ...spatial[1]),
  ZeroPad2d: () => one(new nn.ZeroPad2d(1), ...spatial[2]),
  ZeroPad3d: () => one(new nn.ZeroPad3d(1), ...spatial[3]),
  ReflectionPad1d: () => one(new nn.ReflectionPad1d(1), ...spatial[1]),
  ReflectionPad2d: () => one(new nn.ReflectionPad2d(1), ...spatial[2]),
  ReflectionPad3d: () => one(new nn.ReflectionPad3d(1), ...spatial[3]),
  ReplicationPad1d: () => one(new nn.ReplicationPad1d(1), ...spatial[1]),
  ReplicationPad2d: () => one(new nn.ReplicationPad2d(1), ...spatial[2]),
  ReplicationPad3d: () => one(new nn.ReplicationPad3d(1), ...spatial[3]),
  CircularPad1d: () => one(new nn.CircularPad1d(1), ...spatial[1]),
  CircularPad2d: () => one(new nn.CircularPad2d(1), ...spatial[2]),
  CircularPad3d: () => one(new nn.CircularPad3d(1), ...spatial[3]),
  Identity: () => one(new nn.Identity(), 5, 4),
  ReLU: () => one(new nn.ReLU(), 5, 4),
  Tanh: () => one(new nn.Tanh(), 5, 4),
  Sigmoid: () => one(new nn.Sigmoid(), 5, 4),
  GELU: () => one(new nn.GELU(), 5, 4),
  SiLU: () => one(new nn.SiLU(), 5, 4),
  Softmax: () => one(new nn.Softmax(), 5, 4),
  LogSoftmax: () => one(new nn.LogSoftmax(), 5, 4),
  Softmin: () => one(new nn.Softmin(), 5, 4),
  Arctan: () => one(new nn.Arctan(), 5, 4),
  CELU: () => one(new nn.CELU(), 5, 4),
  ELU: () => one(new nn.ELU(), 5, 4),
  Hardshrink: () => one(new nn.Hardshrink(), 5, 4),
  Hardsigmoid: () => one(new nn.Hardsigmoid(), 5, 4),
  Hardswish: () => one(new nn.Hardswish(), 5, 4),
  Hardtanh: () => one(new nn.Hardtanh(), 5, 4),
  ISRU: () => one(new nn.ISRU(), 5, 4),
  LeakyReLU: () => one(new nn.LeakyReLU(), 5, 4),
  LogSigmoid: () => one(new nn.LogSigmoid(), 5, 4),
  Mish: () => one(new nn.Mish(), 5, 4),
  ReLU6: () => one(new nn.ReLU6(), 5, 4),
  SELU: () => one(new nn.SELU(), 5, 4),
  Softplus: () => one(new nn.Softplus(), 5, 4),
  Softshrink: () => one(new nn.Softshrink(), 5, 4),
  Softsign: () => one(new nn.Softsign(), 5, 4),
  Step: () => one(new nn.Sequential(new nn.Step(), new nn.Linear(4, 2)) as nn.Module, 5, 4), // its own slope is 0 everywhere
  Tanhshrink: () => one(new nn.Tanhshrink(), 5, 4),
};
