/**
 * The layer of attention with several heads. Source: Vaswani et al. 2017. Properties with underscores carry PyTorch's
 * names into the state dict.
 */
import { checkOptions, type Shape, ShapeError, show, ValueError } from "../../base/index.ts";
import { add, concat, linear, mean, pad, type Tensor, tensor, where, zeros } from "../../tensor/index.ts";
import { additiveMask, attend, causalMask } from "../functional/attention.ts";
import type { Attention } from "../functional/index.ts";
import { type InitOptions, xavierNormal, xavierUniform } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { checkLayerOptions, checkProbability, checkSize, showOptions } from "./check.ts";
import { Linear } from "./linear.ts";

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
  /** Whether there is a key and a value beside those of the input, both learned; false by default. */
  readonly addBiasKv?: boolean;
  /** Whether there is a key and a value of zeros beside those of the input; false by default. */
  readonly addZeroAttn?: boolean;
}

const layerNames = ["dropout", "bias", "kdim", "vdim", "batchFirst", "addBiasKv", "addZeroAttn"];
const callNames = ["attnMask", "keyPaddingMask", "causal", "averageAttnWeights"];

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
 * `Linear`. Weights begin as in PyTorch: Xavier's, biases as 0. With `addBiasKv` there are `bias_k` and `bias_v`
 * [1, 1, E], drawn as Xavier's normal numbers. Every key that is added stands behind the S others, and no mask hides it.
 *
 * Weights that nobody reads are not computed, so there is no switch for them.
 *
 * @throws ValueError  when a size is not a whole number from 1, the heads do not divide the width, dropout is no
 *                     probability, or an option does not exist
 * @throws ShapeError  when an input or a mask has another shape
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
  biasK: Tensor | null;
  biasV: Tensor | null;
  readonly out_proj: Linear;

  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionLayerOptions = {}) {
    super();
    checkLayerOptions("MultiheadAttention", options, layerNames);
    const { bias = true, kdim = embedDim, vdim = embedDim, dropout: p = 0, dtype, device } = options;
    for (const [name, size] of Object.entries({ embedDim, numHeads, kdim, vdim }))
      checkSize("MultiheadAttention", name, size);
    if (embedDim % numHeads !== 0)
      throw new ValueError(`MultiheadAttention: the width ${embedDim} does not divide into ${numHeads} heads`);
    checkProbability("MultiheadAttention", "dropout", p);
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
    const extra = () => new Parameter<Shape>(xavierNormal([1, 1, embedDim], place));
    this.biasK = options.addBiasKv ? extra() : null;
    this.biasV = options.addBiasKv ? extra() : null;
    this.out_proj = new Linear(embedDim, embedDim, { bias, ...place });
    if (bias) this.out_proj.bias = new Parameter(zeros([embedDim], place));
  }

  override forward(query: Tensor, key: Tensor, value: Tensor, options: MultiheadAttentionOptions = {}): Attention {
    checkOptions("MultiheadAttention", options, callNames);
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
    const ordered = inputs.map((x) => (batchFirst ? x : (x.permute([1, 0, 2]) as Tensor))); // [N, L, E]
    const [q, k, v] = ordered.map((x, i) => linear(x, this.#weight(i), this.#bias(i)) as Tensor);
    const { causal = false, averageAttnWeights = true } = options;
    const added = Number(this.biasK !== null) + Number(this.options.addZeroAttn ?? false);
    const mask = this.#mask(q!, k!, options, added);
    const p = this.training ? (this.options.dropout ?? 0) : 0;
    const heads = [q!, this.#longer(k!, this.biasK), this.#longer(v!, this.biasV)].map((x) => this.#heads(x));
    const { output, weights } = attend("MultiheadAttention", heads[0]!, heads[1]!, heads[2]!, {
      mask,
      causal: causal && added === 0, // else the mask says it
      dropout: p,
    });
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

  /** Keys or values [N, S, E] and behind them those that are added. */
  #longer(x: Tensor, learned: Tensor | null): Tensor {
    const one = [x.shape[0]!, 1, this.embedDim];
    const parts = [x];
    if (learned !== null) parts.push(learned.astype(x.dtype).broadcastTo(one) as Tensor);
    if (this.options.addZeroAttn)
      parts.push(zeros(one, { dtype: x.dtype, device: x.node.device ?? undefined }) as Tensor);
    return parts.length === 1 ? x : (concat(parts, { axis: 1 }) as Tensor);
  }

  /** All masks as numbers to be added, broadcasting to [N, heads, L, S + added]; 0 for the keys that are added. */
  #mask(q: Tensor, k: Tensor, options: MultiheadAttentionOptions, added: number): Tensor | null {
    const { attnMask = null, keyPaddingMask = null, causal = false } = options;
    const [batch, queries] = q.shape as readonly [number, number];
    const keys = k.shape[1]!;
    const operation = "MultiheadAttention";
    const masks: Tensor[] = [];
    if (attnMask !== null) {
      const each = [batch * this.numHeads, queries, keys];
      const mask = additiveMask(operation, "attnMask", attnMask, q, [[queries, keys], each]);
      masks.push(mask.ndim === 2 ? mask : (mask.reshape([batch, this.numHeads, queries, keys]) as Tensor));
    }
    if (keyPaddingMask !== null) {
      const mask = additiveMask(operation, "keyPaddingMask", keyPaddingMask, q, [[batch, keys]]);
      masks.push(mask.reshape([batch, 1, 1, keys]) as Tensor);
    }
    if (causal && added > 0) {
      const place = { dtype: q.dtype, device: q.node.device ?? undefined };
      const isSeen = causalMask([queries, keys]);
      masks.push(where(isSeen, tensor(0, place), tensor(Number.NEGATIVE_INFINITY, place)) as Tensor);
    }
    if (masks.length === 0) return null;
    const mask = masks.reduce((a, b) => add(a, b) as Tensor);
    return added === 0 ? mask : (pad(mask, [...mask.shape.slice(1).map(() => [0, 0] as const), [0, added]]) as Tensor);
  }

  override describe(): string {
    const { dtype: _dtype, device: _device, ...options } = this.options;
    const defaults = {
      dropout: 0,
      bias: true,
      kdim: this.embedDim,
      vdim: this.embedDim,
      batchFirst: false,
      addBiasKv: false,
      addZeroAttn: false,
    };
    return `MultiheadAttention(${this.embedDim}, ${this.numHeads}${showOptions(options, defaults)})`;
  }
}
