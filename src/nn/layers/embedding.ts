/** The embedding layer. */
import { type Tensor, tensor, where } from "../../tensor/index.ts";
import { embedding } from "../functional/index.ts";
import { type InitOptions, normal } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { checkSize, showOptions } from "./check.ts";

export interface EmbeddingLayerOptions extends InitOptions {
  /** A row that begins as zeros and is not trained; none when null or absent. */
  readonly paddingIdx?: number | null | undefined;
}

/**
 * A table of vectors, one for each word: y[…] = weight[indices[…]].
 *
 *     indices [*], integers;  `weight` [words, features]  →  [*, features]
 *
 * The weight begins as N(0, 1), as in PyTorch.
 *
 * @throws ValueError  when a size is not a whole number from 1
 * @example
 * new nn.Embedding(10, 3).forward(tensor([1, 4, 1], { dtype: "int32" })).shape; // => [ 3, 3 ]
 */
export class Embedding extends Module {
  readonly numEmbeddings: number;
  readonly embeddingDim: number;
  readonly paddingIdx: number | null;
  weight: Tensor;

  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    { paddingIdx = null, ...options }: EmbeddingLayerOptions = {},
  ) {
    super();
    checkSize("Embedding", "numEmbeddings", numEmbeddings);
    checkSize("Embedding", "embeddingDim", embeddingDim);
    this.numEmbeddings = numEmbeddings;
    this.embeddingDim = embeddingDim;
    this.paddingIdx = paddingIdx;
    const weight: Tensor = normal([numEmbeddings, embeddingDim], 1, options);
    this.weight = new Parameter(paddingIdx === null ? weight : withoutRow(weight, paddingIdx));
  }

  override forward(indices: Tensor): Tensor {
    return embedding(indices, this.weight, { paddingIdx: this.paddingIdx });
  }

  override describe(): string {
    const { numEmbeddings, embeddingDim, paddingIdx } = this;
    return `Embedding(${numEmbeddings}, ${embeddingDim}${showOptions({ paddingIdx }, { paddingIdx: null })})`;
  }
}

/** The table with zeros in one row. */
function withoutRow(weight: Tensor, row: number): Tensor {
  const words = weight.shape[0]!;
  const device = weight.node.device ?? undefined;
  const kept = Array.from({ length: words }, (_, i) => Number(i !== (row + words) % words));
  return where(tensor(kept, { shape: [words, 1], dtype: "bool", device }), weight, 0);
}
