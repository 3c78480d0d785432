/** The layer of bags of words. */
import type { Tensor } from "../../tensor/index.ts";
import { type EmbeddingBagOptions, embeddingBag } from "../functional/index.ts";
import type { InitOptions } from "../init.ts";
import { showOptions } from "./check.ts";
import { Embedding } from "./embedding.ts";

export interface EmbeddingBagLayerOptions extends InitOptions, EmbeddingBagOptions {}

/**
 * The vectors of the words of each bag as one; the formula is at `embeddingBag`.
 *
 *     indices [N, L], integers;  `weight` [words, features]  →  [N, features]
 *
 * @example
 * new EmbeddingBag(10, 3).forward(zeros([2, 4], { dtype: "int32" })).shape; // => [ 2, 3 ]
 */
export class EmbeddingBag extends Embedding {
  readonly mode: NonNullable<EmbeddingBagOptions["mode"]>;

  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingBagLayerOptions = {}) {
    super(numEmbeddings, embeddingDim, options);
    this.mode = options.mode ?? "mean";
  }

  override forward(indices: Tensor): Tensor {
    return embeddingBag(indices, this.weight, { mode: this.mode, paddingIdx: this.paddingIdx });
  }

  override describe(): string {
    const { numEmbeddings, embeddingDim, mode, paddingIdx } = this;
    return `EmbeddingBag(${numEmbeddings}, ${embeddingDim}${showOptions({ mode, paddingIdx }, { mode: "mean", paddingIdx: null })})`;
  }
}
