/** The layer of bags of words. */
import { checkOptions } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { type BagOptions, type EmbeddingBagOptions, embeddingBag } from "../functional/index.ts";
import type { InitOptions } from "../init.ts";
import { WordTable } from "./embedding.ts";

export interface EmbeddingBagLayerOptions extends InitOptions, Omit<EmbeddingBagOptions, keyof BagOptions> {}

/**
 * The vectors of the words of each bag as one; the formula is at `embeddingBag`.
 *
 *     indices [N, L], integers, or [L] with offsets [N];  `weight` [words, features]  →  [N, features]
 *
 * @throws ValueError  when a size is not a whole number from 1, paddingIdx is no row, or an option does not exist
 * @example
 * new EmbeddingBag(10, 3).forward(zeros([2, 4], { dtype: "int32" })).shape; // => [ 2, 3 ]
 */
export class EmbeddingBag extends WordTable<EmbeddingBagLayerOptions, [indices: Tensor, options?: BagOptions]> {
  constructor(numEmbeddings: number, embeddingDim: number, options: EmbeddingBagLayerOptions = {}) {
    super(numEmbeddings, embeddingDim, options, ["mode", "paddingIdx", "includeLastOffset", "maxNorm", "normType"]);
  }

  override forward(indices: Tensor, options: BagOptions = {}): Tensor {
    checkOptions("EmbeddingBag", options, ["offsets", "perSampleWeights"]);
    return embeddingBag(indices, this.weight, { ...this.options, ...options });
  }
}
