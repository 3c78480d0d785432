/** The embedding layer. */
import type { Shape } from "../../base/index.ts";
import { type Tensor, tensor, where } from "../../tensor/index.ts";
import { paddingRow } from "../functional/embedding.ts";
import { embedding, type NormBoundOptions } from "../functional/index.ts";
import { type InitOptions, normal } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { checkLayerOptions, checkSize, showOptions } from "./check.ts";

export interface EmbeddingLayerOptions extends InitOptions, NormBoundOptions {
  /** A row that begins as zeros and is not trained; none when null or absent. */
  readonly paddingIdx?: number | null | undefined;
}

/** A table of words under PyTorch's name `weight`, which begins as N(0, 1) with zeros for the word that fills up. */
export abstract class WordTable<
  Options extends EmbeddingLayerOptions,
  Input extends readonly unknown[],
> extends Module<Input> {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly options: Omit<Options, keyof InitOptions>;
  weight: Tensor;

  constructor(numEmbeddings: number, embeddingDim: number, options: Options, names: readonly string[]) {
    super();
    const layer = this.constructor.name;
    checkLayerOptions(layer, options, names);
    checkSize(layer, "numEmbeddings", numEmbeddings);
    checkSize(layer, "embeddingDim", embeddingDim);
    const { dtype, device, ...others } = options;
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.options = others;
    const weight: Tensor = normal<Shape>([numEmbeddings, embeddingDim], 1, { dtype, device });
    const padding = paddingRow(layer, options.paddingIdx, weight);
    this.weight = new Parameter(padding === null ? weight : withoutRow(weight, padding));
  }

  override describe(): string {
    const defaults = { paddingIdx: null, maxNorm: null, normType: 2, mode: "mean", includeLastOffset: false };
    const shown = showOptions({ ...this.options }, defaults);
    return `${this.constructor.name}(${this.numEmbeddings}, ${this.embeddingDim}${shown})`;
  }
}

/**
 * A table of vectors, one for each word: y[…] = weight[indices[…]].
 *
 *     indices [*], integers;  `weight` [words, features]  →  [*, features]
 *
 * The weight begins as N(0, 1), as in PyTorch; rows longer than `maxNorm` are shortened when they are looked up.
 *
 * @throws ValueError  when a size is not a whole number from 1, paddingIdx is no row, or an option does not exist
 * @example
 * new nn.Embedding(10, 3).forward(tensor([1, 4, 1], { dtype: "int32" })).shape; // => [ 3, 3 ]
 */
export class Embedding extends WordTable<EmbeddingLayerOptions, [indices: Tensor]> {
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingLayerOptions = {}) {
    super(numEmbeddings, embeddingDim, options, ["paddingIdx", "maxNorm", "normType"]);
  }

  override forward(indices: Tensor): Tensor {
    return embedding(indices, this.weight, this.options);
  }
}

/** The table with zeros in one row. */
function withoutRow(weight: Tensor, row: number): Tensor {
  const words = weight.shape[0]!;
  const device = weight.node.device ?? undefined;
  const kept = Array.from({ length: words }, (_, i) => Number(i !== row));
  return where(tensor(kept, { shape: [words, 1], dtype: "bool", device }), weight, 0);
}
