/** Embedding: from numbers of words to vectors. */
import { ShapeError, show, ValueError } from "../../base/index.ts";
import { equal, expandDims, type Tensor, take, where } from "../../tensor/index.ts";

export interface EmbeddingOptions {
  /** A row that is looked up like any other but receives no gradient; none when null or absent. */
  readonly paddingIdx?: number | null | undefined;
}

/**
 * The rows of a table: y[…] = weight[indices[…]]. Same as the product of one-hot vectors with the table, without it.
 *
 * @param indices  integers in 0 … n − 1, any shape [*]
 * @param weight   [n, d], floating
 * @returns        [*, d]
 * @throws ShapeError  when the table is no matrix, or an index that is known already is out of range
 * @throws ValueError   when paddingIdx is no row
 * @throws DTypeError  when the indices are not integers
 * Source: PyTorch's nn.functional.embedding.
 * @example
 * embedding(tensor([2, 0], { dtype: "int32" }), tensor([[1, 2], [3, 4], [5, 6]])); // => [[5. 6.]
 *                                                                                 //     [1. 2.]]
 */
export function embedding(indices: Tensor, weight: Tensor, { paddingIdx = null }: EmbeddingOptions = {}): Tensor {
  if (weight.ndim !== 2)
    throw new ShapeError(`embedding: the weight ${show(weight.shape)} is no table; its shape is [words, features]`);
  const rows = take(weight, indices, { axis: 0 });
  if (paddingIdx === null) return rows;
  const words = weight.shape[0]!;
  if (!Number.isInteger(paddingIdx) || paddingIdx < -words || paddingIdx >= words)
    throw new ValueError(`embedding: paddingIdx ${paddingIdx} is no row of ${show(weight.shape)}`);
  const padding = paddingIdx < 0 ? paddingIdx + words : paddingIdx;
  return where(expandDims(equal(indices, padding), -1), rows.detach(), rows);
}
