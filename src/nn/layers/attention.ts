/**
 * The layers of the transformer: attention with several heads, the encoder's and the decoder's layer, encodings of
 * positions. Source: Vaswani et al. 2017. Properties with underscores carry PyTorch's names into the state dict.
 */
import { type Shape, ShapeError, show, ValueError } from "../../base/index.ts";
import { linear, mean, type Tensor, zeros } from "../../tensor/index.ts";
import { type Attention, additiveMask, attend, dropout, gelu, relu, sinusoidalPositions } from "../functional/index.ts";
import { type InitOptions, xavierUniform } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { Dropout } from "./basic.ts";
import { checkSize, showOptions } from "./check.ts";
import { Linear } from "./linear.ts";
import { LayerNorm } from "./sample-norm.ts";

export interface MultiheadAttentionLayerOptions extends InitOptions {
  /** Probability with which a weight is dropped in training; 0 by default. */
  readonly dropout?: number;
  /** Whether biases are added; true by default. */
  readonly bias?: boolean;
  /** Width of the keys; embedDim by default. */
  readonly kdim?: number;
  /** Width of the values; embedDim by default. */
  readonly vdim?: number;
  /** Whether shapes are [N, L, E] instead of [L, N, E]; false by default. */
  readonly batchFirst?: boolean;
}

export interface MultiheadAttentionOptions {
  /** [L, S] or [N · heads, L, S]: of bool, true where not to look; else numbers added to the scores. */
  readonly attnMask?: Tensor | null;
  /** [N, S] ([S] without a batch): true (or −∞) for keys that only fill up. */
  readonly keyPaddingMask?: Tensor | null;
  /** Whether query i sees only the keys 0 … i; false by default. */
  readonly causal?: boolean;
  /** Whether the weights are those of the heads in the mean, [N, L, S], or of each, [N, heads, L, S]; true by default. */
  readonly averageAttnWeights?: boolean;
}

/**
 * Attention with several heads, each in a subspace of its own:
 *
 *     headᵢ = Attention(Q Wᵢ^Q, K Wᵢ^K, V Wᵢ^V),   output = [head₁ … head_h] W^O
 *
 *     query [L, N, E], key [S, N, kdim], value [S, N, vdim]  →  output [L, N, E], weights [N, L, S]
 *
 * Without a batch the axis N is left out. `in_proj_weight` [3E, E] holds W^Q, W^K and W^V (of other widths:
 * `q_proj_weight` [E, E], `k_proj_weight` [E, kdim], `v_proj_weight` [E, vdim]), `in_proj_bias` [3E], `out_proj` is a
 * `Linear`. Weights begin as in PyTorch: Xavier's, biases as 0.
 *
 * @example
 * const attention = new MultiheadAttention(8, 2, { batchFirst: true });
 * const x = zeros([3, 5, 8]);
 * attention.forward(x, x, x).output.shape; // => [ 3, 5, 8 ]
 */
export class MultiheadAttention extends Module<
  [query: Tensor, key: Tensor, value: Tensor, options?: MultiheadAttentionOptions],
  Attention
> {
  readonly embedDim: number;
  readonly numHeads: number;
  readonly options: MultiheadAttentionLayerOptions;
  inProjWeight: Tensor | null;
  qProjWeight: Tensor | null;
  kProjWeight: Tensor | null;
  vProjWeight: Tensor | null;
  inProjBias: Tensor | null;
  readonly out_proj: Linear;

  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionLayerOptions = {}) {
    super();
    const { bias = true, kdim = embedDim, vdim = embedDim, dropout: p = 0, dtype, device } = options;
    for (const [name, size] of Object.entries({ embedDim, numHeads, kdim, vdim }))
      checkSize("MultiheadAttention", name, size);
    if (embedDim % numHeads !== 0)
      throw new ValueError(`MultiheadAttention: the width ${embedDim} does not divide into ${numHeads} heads`);
    if (!(p >= 0 && p <= 1)) throw new ValueError(`MultiheadAttention: the probability ${p} is not within 0 … 1`);
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.options = options;
    const place = { dtype, device };
    const weight = (rows: number, columns: number) => new Parameter<Shape>(xavierUniform([rows, columns], place));
    const alike = kdim === embedDim && vdim === embedDim;
    this.qProjWeight = alike ? null : weight(embedDim, embedDim);
    this.kProjWeight = alike ? null : weight(embedDim, kdim);
    this.vProjWeight = alike ? null : weight(embedDim, vdim);
    this.inProjWeight = alike ? weight(3 * embedDim, embedDim) : null;
    this.inProjBias = bias ? new Parameter<Shape>(zeros([3 * embedDim], place)) : null;
    this.out_proj = new Linear(embedDim, embedDim, { bias, ...place });
    if (bias) this.out_proj.bias = new Parameter(zeros([embedDim], place));
  }

  override forward(query: Tensor, key: Tensor, value: Tensor, options: MultiheadAttentionOptions = {}): Attention {
    const inputs = [query, key, value];
    const { kdim = this.embedDim, vdim = this.embedDim } = this.options;
    const widths = [this.embedDim, kdim, vdim];
    inputs.forEach((x, i) => {
      if ((x.ndim !== 2 && x.ndim !== 3) || x.ndim !== query.ndim || x.shape.at(-1) !== widths[i]) {
        throw new ShapeError(
          `MultiheadAttention: ${["query", "key", "value"][i]} has shape ${show(x.shape)}; the shape is ${this.#wanted(query.ndim, widths[i]!)}`,
        );
      }
    });
    if (query.ndim === 2) return this.#unbatched(inputs, options);
    const batchFirst = this.options.batchFirst ?? false;
    const [q, k, v] = inputs.map((x, i) => {
      const ordered = batchFirst ? x : (x.permute([1, 0, 2]) as Tensor); // [N, L, E]
      return this.#heads(linear(ordered, this.#weight(i), this.#bias(i)) as Tensor);
    });
    const mask = this.#mask(q!, k!, options);
    const p = this.training ? (this.options.dropout ?? 0) : 0;
    const { causal = false, averageAttnWeights = true } = options;
    const { output, weights } = attend("MultiheadAttention", q!, k!, v!, { mask, causal, dropout: p });
    const [batch, , length] = output.shape as readonly [number, number, number]; // [N, heads, L, E / heads]
    const joined = output.permute([0, 2, 1, 3]).reshape([batch, length, this.embedDim]) as Tensor;
    const projected = this.out_proj.forward(joined) as Tensor;
    return {
      output: batchFirst ? projected : (projected.permute([1, 0, 2]) as Tensor),
      weights: averageAttnWeights ? (mean(weights, { axis: 1 }) as Tensor) : weights,
    };
  }

  #wanted(ndim: number, width: number): string {
    if (ndim === 2) return `[length, ${width}]`;
    return this.options.batchFirst ? `[batch, length, ${width}]` : `[length, batch, ${width}]`;
  }

  /** One sample as a batch of one. */
  #unbatched(inputs: readonly Tensor[], { keyPaddingMask = null, ...options }: MultiheadAttentionOptions): Attention {
    const axis = this.options.batchFirst ? 0 : 1;
    const [query, key, value] = inputs.map((x) => x.expandDims(axis) as Tensor);
    const padding = keyPaddingMask === null ? null : (keyPaddingMask.expandDims(0) as Tensor);
    const { output, weights } = this.forward(query!, key!, value!, { ...options, keyPaddingMask: padding });
    return { output: output.squeeze(axis) as Tensor, weights: weights.squeeze(0) as Tensor };
  }

  /** W^Q, W^K or W^V. */
  #weight(i: number): Tensor {
    const own = [this.qProjWeight, this.kProjWeight, this.vProjWeight][i];
    return own ?? this.#third(this.inProjWeight!, i);
  }

  #bias(i: number): Tensor | undefined {
    return this.inProjBias === null ? undefined : this.#third(this.inProjBias, i);
  }

  #third(x: Tensor, i: number): Tensor {
    return x.at(`${i * this.embedDim}:${(i + 1) * this.embedDim}`) as Tensor;
  }

  /** [N, L, E] → [N, heads, L, E / heads] */
  #heads(x: Tensor): Tensor {
    const [batch, length] = x.shape as readonly [number, number];
    const split = x.reshape([batch, length, this.numHeads, this.embedDim / this.numHeads]);
    return split.permute([0, 2, 1, 3]) as Tensor;
  }

  /** Both masks as numbers to be added, broadcasting to [N, heads, L, S]. */
  #mask(q: Tensor, k: Tensor, { attnMask = null, keyPaddingMask = null }: MultiheadAttentionOptions): Tensor | null {
    const [batch, heads, queries] = q.shape as readonly [number, number, number];
    const keys = k.shape[2]!;
    const operation = "MultiheadAttention";
    const masks: Tensor[] = [];
    if (attnMask !== null) {
      const shapes = [
        [queries, keys],
        [batch * heads, queries, keys],
      ];
      const mask = additiveMask(operation, "attnMask", attnMask, q, shapes);
      masks.push(mask.ndim === 2 ? mask : (mask.reshape([batch, heads, queries, keys]) as Tensor));
    }
    if (keyPaddingMask !== null) {
      const mask = additiveMask(operation, "keyPaddingMask", keyPaddingMask, q, [[batch, keys]]);
      masks.push(mask.reshape([batch, 1, 1, keys]) as Tensor);
    }
    return masks.length === 0 ? null : masks.reduce((a, b) => a.add(b) as Tensor);
  }

  override describe(): string {
    const { dtype: _dtype, device: _device, ...options } = this.options;
    const defaults = { dropout: 0, bias: true, kdim: this.embedDim, vdim: this.embedDim, batchFirst: false };
    return `MultiheadAttention(${this.embedDim}, ${this.numHeads}${showOptions(options, defaults)})`;
  }
}

// -------------------------------------------------------------------------------------------------------- transformer

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

/** What the layers of encoder and decoder share: attention to oneself, a perceptron, a shortcut around each part. */
abstract class TransformerLayer<Input extends readonly unknown[]> extends Module<Input> {
  readonly dModel: number;
  readonly nhead: number;
  readonly options: TransformerLayerOptions;
  readonly self_attn: MultiheadAttention;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions) {
    super();
    const { activation = "relu" } = options;
    if (!Object.hasOwn(feedforwards, activation))
      throw new ValueError(
        `${this.constructor.name}: activation "${activation}" does not exist; there are relu and gelu`,
      );
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
}

export interface EncoderOptions {
  /** [L, L] or [N · heads, L, L]: of bool, true where not to look; else numbers added to the scores. */
  readonly mask?: Tensor | null;
  /** [N, L]: true for places that only fill up. */
  readonly keyPaddingMask?: Tensor | null;
  /** Whether place i sees only the places 0 … i; false by default. */
  readonly causal?: boolean;
}

/**
 * A layer of the transformer's encoder:
 *
 *     h = LayerNorm(x + SelfAttention(x)),   y = LayerNorm(h + W₂ f(W₁ h + b₁) + b₂)
 *
 * With `normFirst` each part's input is normalised instead: h = x + SelfAttention(LayerNorm(x)), and so on.
 *
 *     x [L, N, E] ([N, L, E] when batchFirst, [L, E] without a batch)  →  the same
 *
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

  override forward(
    x: Tensor,
    { mask: attnMask = null, keyPaddingMask = null, causal = false }: EncoderOptions = {},
  ): Tensor {
    const options = { attnMask, keyPaddingMask, causal };
    const h = this.around(x, this.norm1, (z) => this.self_attn.forward(z, z, z, options).output);
    return this.around(h, this.norm2, (z) => this.perceptron(z, this.linear1, this.linear2));
  }
}

export interface DecoderOptions extends EncoderOptions {
  /** [L, S] or [N · heads, L, S]: where not to look in the memory. */
  readonly memoryMask?: Tensor | null;
  /** [N, S]: true for places of the memory that only fill up. */
  readonly memoryKeyPaddingMask?: Tensor | null;
}

/**
 * A layer of the transformer's decoder: attention to oneself, attention to what the encoder gave, a perceptron.
 *
 *     x [L, N, E], memory [S, N, E]  →  [L, N, E] (N first when batchFirst)
 *
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

// ---------------------------------------------------------------------------------------------------------- positions

/**
 * Adds sinusoidal encodings of positions, then drops; the formula is at `sinusoidalPositions`. There are no parameters.
 *
 *     x [N, L, E] ([L, N, E] unless batchFirst, [L, E] without a batch)  →  the same
 *
 * @example
 * new PositionalEncoding({ dropout: 0 }).forward(zeros([1, 2])); // => [[0. 1.]]
 */
export class PositionalEncoding extends Module {
  readonly batchFirst: boolean;
  readonly drop: Dropout;

  constructor({ dropout: p = 0.1, batchFirst = false }: { dropout?: number; batchFirst?: boolean } = {}) {
    super();
    this.batchFirst = batchFirst;
    this.drop = new Dropout(p);
  }

  override forward(x: Tensor): Tensor {
    if (x.ndim !== 2 && x.ndim !== 3)
      throw new ShapeError(
        `PositionalEncoding: ${show(x.shape)} is no batch of sequences; the shape has two or three axes`,
      );
    const axis = this.batchFirst && x.ndim === 3 ? 1 : 0;
    const [length, width] = [x.shape[axis]!, x.shape.at(-1)!];
    const table = sinusoidalPositions(length, width).astype(x.dtype) as Tensor;
    const placed = axis === 0 && x.ndim === 3 ? (table.reshape([length, 1, width]) as Tensor) : table;
    return this.drop.forward(x.add(placed) as Tensor);
  }
}
