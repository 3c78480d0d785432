/** The layer families of weights.py, with the same names and sizes, and how each is called. */
import * as nn from "../../../src/nn/index.ts";
import type { Tensor } from "../../../src/tensor/index.ts";

export interface Family {
  readonly make: () => nn.AnyModule;
  /** what the model gives, as one flat list: y, then states */
  readonly call: (model: nn.AnyModule, inputs: readonly Tensor[]) => readonly Tensor[];
}

/** Any result of a layer as a flat list. */
function flat(result: unknown): Tensor[] {
  if (Array.isArray(result)) return result.flatMap(flat);
  const { output, weights } = result as Partial<nn.Attention>; // of attention
  return output !== undefined && weights !== undefined ? [output, weights] : [result as Tensor]; // layers give nothing else
}

/** A layer called with its inputs in order. */
const plain = (make: () => nn.AnyModule): Family => ({
  make,
  call: (model, inputs) => flat(Reflect.apply(model.forward, model, inputs)),
});

/** Containers in containers, and a parameter of its own; modules have the names that PyTorch has for them. */
class Nested extends nn.Module<[x: Tensor], readonly Tensor[]> {
  scale = new nn.Parameter(nn.init.normal([3], 1));
  body = new nn.Sequential(
    new nn.Linear(3, 4),
    new nn.Tanh(),
    new nn.Sequential(new nn.Linear(4, 3), new nn.BatchNorm1d(3)),
  );
  heads = new nn.ModuleList([new nn.Linear(3, 2), new nn.Linear(3, 1, { bias: false })]);
  by_name = new nn.ModuleDict({ first: new nn.Linear(2, 2), second: new nn.PReLU() });

  override forward(x: Tensor): readonly Tensor[] {
    const h = (this.body.forward(x) as Tensor).mul(this.scale);
    const [wide, narrow] = [...this.heads].map((head) => head.forward(h) as Tensor);
    return [this.by_name.get("second").forward(this.by_name.get("first").forward(wide!) as Tensor), narrow!];
  }
}

const transformer = { dimFeedforward: 6, batchFirst: true } as const;

export const families: Readonly<Record<string, Family>> = {
  linear: plain(() => new nn.Linear(3, 2)),
  "linear-without-bias": plain(() => new nn.Linear(3, 2, { bias: false })),
  bilinear: plain(() => new nn.Bilinear(2, 3, 2)),
  conv1d: plain(() => new nn.Conv1d(2, 4, 3, { stride: 2, padding: 1, groups: 2 })),
  conv2d: plain(() => new nn.Conv2d(2, 3, [3, 2], { padding: [1, 0], dilation: [1, 2] })),
  "conv2d-circular": plain(() => new nn.Conv2d(1, 2, 3, { padding: 1, paddingMode: "circular", bias: false })),
  conv3d: plain(() => new nn.Conv3d(1, 2, [2, 1, 2], { stride: [1, 2, 1] })),
  "conv-transpose1d": plain(() => new nn.ConvTranspose1d(2, 4, 3, { stride: 2, outputPadding: 1, groups: 2 })),
  "conv-transpose2d": plain(() => new nn.ConvTranspose2d(2, 3, [2, 3], { stride: 2, padding: 1 })),
  "conv-transpose3d": plain(() => new nn.ConvTranspose3d(1, 2, 2, { dilation: 2 })),
  "batch-norm1d": plain(() => new nn.BatchNorm1d(3)),
  "batch-norm2d": plain(() => new nn.BatchNorm2d(2, { momentum: null })),
  "batch-norm3d": plain(() => new nn.BatchNorm3d(2, { affine: false })),
  "batch-norm-without-statistics": plain(() => new nn.BatchNorm1d(3, { trackRunningStats: false })),
  "layer-norm": plain(() => new nn.LayerNorm([2, 3])),
  "layer-norm-without-bias": plain(() => new nn.LayerNorm(3, { bias: false })),
  "rms-norm": plain(() => new nn.RMSNorm(3, { eps: 1e-5 })),
  "group-norm": plain(() => new nn.GroupNorm(2, 4)),
  "instance-norm1d": plain(() => new nn.InstanceNorm1d(2, { affine: true, trackRunningStats: true })),
  "instance-norm2d": plain(() => new nn.InstanceNorm2d(2, { affine: true })),
  "instance-norm3d": plain(() => new nn.InstanceNorm3d(2, { trackRunningStats: true })),
  embedding: plain(() => new nn.Embedding(5, 3, { paddingIdx: 1 })),
  "embedding-bag": plain(() => new nn.EmbeddingBag(5, 3, { mode: "mean" })),
  prelu: plain(() => new nn.PReLU({ numParameters: 3 })),
  rnn: plain(() => new nn.RNN(2, 3, { numLayers: 2, nonlinearity: "relu" })),
  lstm: plain(() => new nn.LSTM(2, 3, { numLayers: 2, bidirectional: true, batchFirst: true })),
  "lstm-without-bias": plain(() => new nn.LSTM(2, 3, { bias: false })),
  gru: plain(() => new nn.GRU(2, 3, { numLayers: 2, bidirectional: true })),
  "rnn-cell": plain(() => new nn.RNNCell(2, 3)),
  "lstm-cell": plain(() => new nn.LSTMCell(2, 3)),
  "gru-cell": plain(() => new nn.GRUCell(2, 3)),
  "multihead-attention": plain(() => new nn.MultiheadAttention(4, 2)),
  "multihead-attention-widths": plain(() => new nn.MultiheadAttention(4, 2, { kdim: 3, vdim: 5, batchFirst: true })),
  "multihead-attention-bias-kv": plain(() => new nn.MultiheadAttention(4, 2, { addBiasKv: true, batchFirst: true })),
  "transformer-encoder-layer": plain(
    () => new nn.TransformerEncoderLayer(4, 2, { activation: "gelu", ...transformer }),
  ),
  "transformer-decoder-layer": plain(() => new nn.TransformerDecoderLayer(4, 2, { normFirst: true, ...transformer })),
  transformer: plain(() => new nn.Transformer(4, 2, { numEncoderLayers: 1, numDecoderLayers: 2, ...transformer })),
  nested: plain(() => new Nested()),
};
