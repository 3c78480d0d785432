/** Embedding: from numbers of words to vectors. */
import { checkOptions, DTypeError, isFloat, ShapeError, show, ValueError } from "../../base/index.ts";
import { checkValues } from "../../runtime/index.ts";
import {
  add,
  div,
  equal,
  expandDims,
  flatten,
  greater,
  logicalAnd,
  mul,
  noGrad,
  norm,
  onesLike,
  scatterAdd,
  type Tensor,
  take,
  where,
  zeros,
} from "../../tensor/index.ts";

export interface NormBoundOptions {
  /**
   * The greatest length of a row: a longer one that is looked up is shortened to it, in the table itself where that is a
   * variable; unbounded when null or absent.
   */
  readonly maxNorm?: number | null | undefined;
  /** Of the norm that `maxNorm` bounds; 2 by default. */
  readonly normType?: number | undefined;
}

export interface EmbeddingOptions extends NormBoundOptions {
  /** A row that is looked up like any other but receives no gradient; none when null or absent. */
  readonly paddingIdx?: number | null | undefined;
}

/**
 * The rows of a table: y[…] = weight[indices[…]]. Same as the product of one-hot vectors with the table, without it.
 *
 * @param indices  integers in 0 … n − 1, any shape [*]
 * @param weight   [n, d]
 * @returns        [*, d] in the dtype of the table
 * @throws ShapeError  when the table is no matrix, or an index is out of range
 * @throws ValueError  when paddingIdx is no row, maxNorm or normType is not above 0, or an option does not exist
 * @throws DTypeError  when the indices are not integers
 * Source: PyTorch's nn.functional.embedding.
 * @example
 * embedding(tensor([2, 0], { dtype: "int32" }), tensor([[1, 2], [3, 4], [5, 6]])); // => [[5. 6.]
 *                                                                                 //     [1. 2.]]
 */
export function embedding(indices: Tensor, weight: Tensor, options: EmbeddingOptions = {}): Tensor {
  checkOptions("embedding", options, ["paddingIdx", "maxNorm", "normType"]);
  checkTable("embedding", weight);
  const words = checkedWords("embedding", indices, weight);
  const padding = paddingRow("embedding", options.paddingIdx, weight);
  const rows = take(bounded("embedding", words, weight, options), words, { axis: 0 });
  return padding === null ? rows : where(expandDims(equal(words, padding), -1), rows.detach(), rows);
}

/** Throws unless the table is a matrix. */
export function checkTable(operation: string, weight: Tensor): void {
  if (weight.ndim !== 2)
    throw new ShapeError(`${operation}: the weight ${show(weight.shape)} is no table; its shape is [words, features]`);
}

/** The indices, integers of which each numbers a word: ShapeError at the first that does not. */
export function checkedWords(operation: string, indices: Tensor, weight: Tensor): Tensor {
  const words = weight.shape[0]!;
  if (isFloat(indices.dtype) || indices.dtype === "bool")
    throw new DTypeError(
      `${operation}: the indices are ${indices.dtype} ${show(indices.shape)}; words are numbered by integers, cast them first`,
    );
  const message = `${operation}: there is no word {0} (at position {at}) among ${words}; they are numbered 0 to ${words - 1}`;
  return indices.derive(checkValues(indices.node, { low: 0, high: words - 1 }, { error: "ShapeError", message }));
}

/** The row that fills up, counted from the front; null when there is none. */
export function paddingRow(operation: string, paddingIdx: number | null | undefined, weight: Tensor): number | null {
  if (paddingIdx === null || paddingIdx === undefined) return null;
  const words = weight.shape[0]!;
  if (!Number.isInteger(paddingIdx) || paddingIdx < -words || paddingIdx >= words)
    throw new ValueError(`${operation}: paddingIdx ${paddingIdx} is no row of ${show(weight.shape)}`);
  return paddingIdx < 0 ? paddingIdx + words : paddingIdx;
}

/**
 * The table with the rows that are looked up no longer than `maxNorm`:
 *
 *     w ← w · maxNorm / (‖w‖ + 1e-7)   where ‖w‖ > maxNorm
 *
 * No gradient goes through it, as in PyTorch. A variable keeps its shortened rows.
 */
export function bounded(
  operation: string,
  indices: Tensor,
  weight: Tensor,
  { maxNorm = null, normType = 2 }: NormBoundOptions,
): Tensor {
  if (maxNorm === null) return weight;
  if (!(maxNorm > 0)) throw new ValueError(`${operation}: maxNorm ${maxNorm} is not above 0`);
  if (!(normType > 0)) throw new ValueError(`${operation}: normType ${normType} is not above 0`);
  const table = weight.detach() as Tensor;
  const places = flatten(indices) as Tensor;
  const none = zeros([table.shape[0]!], { dtype: "int32", device: weight.node.device ?? undefined });
  const times = scatterAdd(none, places, onesLike(places).astype("int32") as Tensor, { axis: 0 });
  const lengths = norm(table, { ord: normType, axis: 1, keepdims: true }) as Tensor;
  const isLong = logicalAnd(greater(lengths, maxNorm), expandDims(greater(times, 0), 1) as Tensor);
  const shortened = where(isLong, mul(table, div(maxNorm, add(lengths, 1e-7))), table) as Tensor;
  if (weight.variable === null) return add(weight, shortened.sub(table)) as Tensor; // the slope by the table stays 1
  noGrad(() => weight.assign(shortened));
  return weight;
}
