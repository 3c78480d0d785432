/**
 * The layers of the transformer's encoder and decoder. Source: Vaswani et al. 2017. Properties with underscores carry
 * PyTorch's names into the state dict.
 */
import { checkOptions, ValueError } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { dropout, gelu, relu } from "../functional/index.ts";
import type { InitOptions } from "../init.ts";
import { Module } from "../module.ts";
import { MultiheadAttention } from "./attention.ts";
import { checkLayerOptions, checkProbability, checkSize, showOptions } from "./check.ts";
import { Linear } from "./linear.ts";
import { LayerNorm } from "./sample-norm.ts";

const feedforwards = { relu, gelu: (x: Tensor): Tensor => gelu(x) } as const;

export interface TransformerLayerOptions extends InitOptions {
  /** Width between the two linear layers; 2048 by default. */
  readonly dimFeedforward?: number;
  /** Probability of being dropped, in attention and behind each part; 0.1 by default. */
  readonly dropout?: number;
  /** "relu" by default. */
  readonly activation?: keyof typeof feedforwards;
  /** Added to variances; 1e-5 by default. */
  readonly layerNormEps?: number;
  /** Whether shapes are [N, L, E] instead of [L, N, E]; false by default. */
  readonly batchFirst?: boolean;
  /** Whether each part's input is normalised, instead of the sum of input and output; false by default. */
  readonly normFirst?: boolean;
  /** Whether biases are added; true by default. */
  readonly bias?: boolean;
}

/** The names of `TransformerLayerOptions`, but for those of place. */
export const transformerNames = [
  "dimFeedforward",
  "dropout",
  "activation",
  "layerNormEps",
  "batchFirst",
  "normFirst",
  "bias",
] as const;

export const transformerDefaults = {
  dimFeedforward: 2048,
  dropout: 0.1,
  activation: "relu",
  layerNormEps: 1e-5,
  batchFirst: false,
  normFirst: false,
  bias: true,
} as const;

/** Throws unless the sizes fit together and the options are in range. */
export function checkTransformer(
  layer: string,
  dModel: number,
  nhead: number,
  { activation = "relu", dimFeedforward = 2048, dropout: p = 0.1 }: TransformerLayerOptions,
): void {
  for (const [name, size] of Object.entries({ dModel, nhead, dimFeedforward })) checkSize(layer, name, size);
  if (dModel % nhead !== 0) throw new ValueError(`${layer}: the width ${dModel} does not divide into ${nhead} heads`);
  checkProbability(layer, "dropout", p);
  if (!Object.hasOwn(feedforwards, activation))
    throw new ValueError(`${layer}: activation "${activation}" does not exist; there are relu and gelu`);
}

/** What the layers of encoder and decoder share: attention to oneself, a perceptron, a shortcut around each part. */
abstract class TransformerLayer<Input extends readonly unknown[]> extends Module<Input> {
  readonly dModel: number;
  readonly nhead: number;
  readonly options: TransformerLayerOptions;
  readonly self_attn: MultiheadAttention;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions) {
    super();
    checkLayerOptions(this.constructor.name, options, transformerNames);
    checkTransformer(this.constructor.name, dModel, nhead, options);
    this.dModel = dModel;
    this.nhead = nhead;
    this.options = options;
    this.self_attn = this.attention();
  }

  protected attention(): MultiheadAttention {
    const { dropout: p = 0.1, batchFirst = false, bias = true, dtype, device } = this.options;
    return new MultiheadAttention(this.dModel, this.nhead, { dropout: p, batchFirst, bias, dtype, device });
  }

  protected linear(inFeatures: number, outFeatures: number): Linear {
    const { bias = true, dtype, device } = this.options;
    return new Linear(inFeatures, outFeatures, { bias, dtype, device });
  }

  protected norm(): LayerNorm {
    const { layerNormEps: eps = 1e-5, bias = true, dtype, device } = this.options;
    return new LayerNorm(this.dModel, { eps, bias, dtype, device });
  }

  /** x + part(x), normalised before the part or behind the sum. */
  protected around(x: Tensor, norm: LayerNorm, part: (x: Tensor) => Tensor): Tensor {
    const drop = (y: Tensor): Tensor => this.drop(y);
    if (this.options.normFirst) return x.add(drop(part(norm.forward(x)))) as Tensor;
    return norm.forward(x.add(drop(part(x))) as Tensor);
  }

  /** W₂ f(W₁ x + b₁) + b₂ */
  protected perceptron(x: Tensor, first: Linear, second: Linear): Tensor {
    const activation = feedforwards[this.options.activation ?? "relu"];
    return second.forward(this.drop(activation(first.forward(x) as Tensor))) as Tensor;
  }

  protected drop(x: Tensor): Tensor {
    return dropout(x, { p: this.options.dropout ?? 0.1, training: this.training });
  }

  override describe(): string {
    const { dtype: _dtype, device: _device, ...options } = this.options;
    return `${this.constructor.name}(${this.dModel}, ${this.nhead}${showOptions(options, transformerDefaults)})`;
  }
}

export interface EncoderOptions {
  /** [L, L] or [N · heads, L, L]: of bool, true where not to look; else numbers added to the scores. */
  readonly mask?: Tensor | null;
  /** [N, L]: true for places that only fill up. */
  readonly keyPaddingMask?: Tensor | null;
  /** Whether place i sees only the places 0 … i; false by default. */
  readonly causal?: boolean;
}

export const encoderCallNames = ["mask", "keyPaddingMask", "causal"] as const;

/**
 * A layer of the transformer's encoder:
 *
 *     h = LayerNorm(x + SelfAttention(x)),   y = LayerNorm(h + W₂ f(W₁ h + b₁) + b₂)
 *
 * With `normFirst` each part's input is normalised instead: h = x + SelfAttention(LayerNorm(x)), and so on.
 *
 *     x [L, N, E] ([N, L, E] when batchFirst, [L, E] without a batch)  →  the same
 *
 * @throws ValueError  when a size is not a whole number from 1, an activation or an option does not exist
 * @throws ShapeError  when an input or a mask has another shape
 * @example
 * new TransformerEncoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true }).forward(zeros([3, 5, 8])).shape; // => [ 3, 5, 8 ]
 */
export class TransformerEncoderLayer extends TransformerLayer<[x: Tensor, options?: EncoderOptions]> {
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super(dModel, nhead, options);
    const { dimFeedforward = 2048 } = options;
    this.linear1 = this.linear(dModel, dimFeedforward);
    this.linear2 = this.linear(dimFeedforward, dModel);
    this.norm1 = this.norm();
    this.norm2 = this.norm();
  }

  override forward(x: Tensor, options: EncoderOptions = {}): Tensor {
    checkOptions("TransformerEncoderLayer", options, encoderCallNames);
    const { mask: attnMask = null, keyPaddingMask = null, causal = false } = options;
    const masks = { attnMask, keyPaddingMask, causal };
    const h = this.around(x, this.norm1, (z) => this.self_attn.forward(z, z, z, masks).output);
    return this.around(h, this.norm2, (z) => this.perceptron(z, this.linear1, this.linear2));
  }
}

export interface DecoderOptions extends EncoderOptions {
  /** [L, S] or [N · heads, L, S]: where not to look in the memory. */
  readonly memoryMask?: Tensor | null;
  /** [N, S]: true for places of the memory that only fill up. */
  readonly memoryKeyPaddingMask?: Tensor | null;
}

export const decoderCallNames = ["mask", "keyPaddingMask", "causal", "memoryMask", "memoryKeyPaddingMask"] as const;

/**
 * A layer of the transformer's decoder: attention to oneself, attention to what the encoder gave, a perceptron.
 *
 *     x [L, N, E], memory [S, N, E]  →  [L, N, E] (N first when batchFirst)
 *
 * @throws ValueError  when a size is not a whole number from 1, an activation or an option does not exist
 * @throws ShapeError  when an input or a mask has another shape
 * @example
 * const layer = new TransformerDecoderLayer(8, 2, { dimFeedforward: 16, batchFirst: true });
 * layer.forward(zeros([3, 5, 8]), zeros([3, 7, 8]), { causal: true }).shape; // => [ 3, 5, 8 ]
 */
export class TransformerDecoderLayer extends TransformerLayer<[x: Tensor, memory: Tensor, options?: DecoderOptions]> {
  readonly multihead_attn: MultiheadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly norm3: LayerNorm;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super(dModel, nhead, options);
    const { dimFeedforward = 2048 } = options;
    this.multihead_attn = this.attention();
    this.linear1 = this.linear(dModel, dimFeedforward);
    this.linear2 = this.linear(dimFeedforward, dModel);
    this.norm1 = this.norm();
    this.norm2 = this.norm();
    this.norm3 = this.norm();
  }

  override forward(x: Tensor, memory: Tensor, options: DecoderOptions = {}): Tensor {
    checkOptions("TransformerDecoderLayer", options, decoderCallNames);
    const {
      mask = null,
      keyPaddingMask = null,
      causal = false,
      memoryMask = null,
      memoryKeyPaddingMask = null,
    } = options;
    const own = { attnMask: mask, keyPaddingMask, causal };
    const other = { attnMask: memoryMask, keyPaddingMask: memoryKeyPaddingMask };
    const h = this.around(x, this.norm1, (z) => this.self_attn.forward(z, z, z, own).output);
    const m = this.around(h, this.norm2, (z) => this.multihead_attn.forward(z, memory, memory, other).output);
    return this.around(m, this.norm3, (z) => this.perceptron(z, this.linear1, this.linear2));
  }
}
