/** How alike two inputs are, as modules; the formulas are at the functions. */
import { checkOptions } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import {
  type CosineSimilarityOptions,
  cosineSimilarity,
  type PairwiseDistanceOptions,
  pairwiseDistance,
} from "../functional/index.ts";
import { cosineSimilarityNames, pairwiseDistanceNames } from "../functional/option-names.ts";
import { Module } from "../module.ts";

/**
 * Cosine of the angle between vectors; see `cosineSimilarity`.
 *
 * @throws ValueError  when an option does not exist
 * @example
 * new CosineSimilarity().forward(tensor([[3, 4]]), tensor([[3, 0]])); // => [0.6]
 */
export class CosineSimilarity extends Module<[a: Tensor, b: Tensor]> {
  readonly options: CosineSimilarityOptions;

  constructor(options: CosineSimilarityOptions = {}) {
    super();
    checkOptions("CosineSimilarity", options, cosineSimilarityNames);
    this.options = options;
  }

  override forward(a: Tensor, b: Tensor): Tensor {
    return cosineSimilarity(a, b, this.options);
  }
}

/**
 * Distance of vectors; see `pairwiseDistance`.
 *
 * @throws ValueError  when an option does not exist
 * @example
 * new PairwiseDistance({ p: 1, eps: 0 }).forward(tensor([[1, 2]]), tensor([[0, 4]])); // => [3.]
 */
export class PairwiseDistance extends Module<[a: Tensor, b: Tensor]> {
  readonly options: PairwiseDistanceOptions;

  constructor(options: PairwiseDistanceOptions = {}) {
    super();
    checkOptions("PairwiseDistance", options, pairwiseDistanceNames);
    this.options = options;
  }

  override forward(a: Tensor, b: Tensor): Tensor {
    return pairwiseDistance(a, b, this.options);
  }
}
