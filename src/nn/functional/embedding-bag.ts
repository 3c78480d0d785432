/** Bags of words: the vectors of several words as one. */
import { normalizeAxis, ShapeError, show, ValueError } from "../../base/index.ts";
import { div, expandDims, max, maximum, mul, notEqual, onesLike, sum, type Tensor, where } from "../../tensor/index.ts";
import { embedding } from "./embedding.ts";

const bagModes = ["sum", "mean", "max"] as const;

export interface EmbeddingBagOptions {
  /** What becomes of the vectors of a bag; "mean" by default. */
  readonly mode?: (typeof bagModes)[number];
  /** A word that fills up bags: it counts for nothing; none when null or absent. */
  readonly paddingIdx?: number | null;
}

/**
 * Sum, mean or maximum of the vectors of each bag of words:
 *
 *     y[n] = Σ_l weight[indices[n, l]],   or the mean, or the greatest of each feature
 *
 * A bag of nothing but padding gives zeros. Same as torch.nn.functional.embedding_bag of bags of one length.
 *
 * @param indices  integers in 0 … words − 1, [N, L]
 * @param weight   [words, d], floating
 * @returns        [N, d]
 * @throws ShapeError  when the indices are not [N, L], or the weight is no table
 * @throws ValueError  when the mode does not exist
 * @example
 * const words = tensor([[0, 2]], { dtype: "int32" });
 * embeddingBag(words, tensor([[1, 2], [3, 4], [5, 6]])); // => [[3. 4.]]
 */
export function embeddingBag(
  indices: Tensor,
  weight: Tensor,
  { mode = "mean", paddingIdx = null }: EmbeddingBagOptions = {},
): Tensor {
  if (indices.ndim !== 2)
    throw new ShapeError(`embeddingBag: ${show(indices.shape)} holds no bags; the shape is [bags, words]`);
  if (!bagModes.includes(mode))
    throw new ValueError(`embeddingBag: mode "${mode}" does not exist; there are ${bagModes.join(", ")}`);
  const rows = embedding(indices, weight); // [N, L, d]
  const padding = paddingIdx === null ? null : normalizeAxis("embeddingBag: paddingIdx", paddingIdx, weight.shape[0]!);
  const counts = (padding === null ? onesLike(indices).astype("bool") : notEqual(indices, padding)) as Tensor; // [N, L]
  const counted = expandDims(counts, -1) as Tensor;
  const size = sum(counted.astype(weight.dtype), { axis: 1 }) as Tensor; // [N, 1]
  if (mode === "max") {
    const greatest = max(where(counted, rows, Number.NEGATIVE_INFINITY) as Tensor, { axis: 1 }) as Tensor;
    return where(notEqual(size, 0), greatest, 0) as Tensor;
  }
  const total = sum(mul(rows, counted.astype(weight.dtype)) as Tensor, { axis: 1 }) as Tensor;
  return mode === "sum" ? total : (div(total, maximum(size, 1)) as Tensor);
}
