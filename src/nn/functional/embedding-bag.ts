/** Bags of words: the vectors of several words as one. */
import { checkOptions, ShapeError, sameShape, show, ValueError } from "../../base/index.ts";
import { ascendingTo, checkFirst, checkNeighbours } from "../../runtime/index.ts";
import {
  arange,
  at,
  div,
  equal,
  expandDims,
  indexAdd,
  logicalAnd,
  max,
  maximum,
  mul,
  notEqual,
  onesLike,
  searchsorted,
  sub,
  sum,
  type Tensor,
  take,
  where,
  zeros,
} from "../../tensor/index.ts";
import { bounded, checkedWords, checkTable, type NormBoundOptions, paddingRow } from "./embedding.ts";

const bagModes = ["sum", "mean", "max"] as const;

/** Where bags begin, and how much their words count. */
export interface BagOptions {
  /** Where each bag begins among indices [L]: [bags], from 0 upwards, integers; none for indices [N, L]. */
  readonly offsets?: Tensor | null | undefined;
  /** Factor of each word's vector under "sum", in the shape of the indices; 1 when null or absent. */
  readonly perSampleWeights?: Tensor | null | undefined;
}

export interface EmbeddingBagOptions extends BagOptions, NormBoundOptions {
  /** What becomes of the vectors of a bag; "mean" by default. */
  readonly mode?: (typeof bagModes)[number];
  /** A word that fills up bags: it counts for nothing; none when null or absent. */
  readonly paddingIdx?: number | null | undefined;
  /** Whether the last of the offsets is the end of the last bag, [bags + 1]; false by default. */
  readonly includeLastOffset?: boolean;
}

/**
 * Sum, mean or maximum of the vectors of each bag of words:
 *
 *     y[n] = Σ_l s_l weight[indices[n, l]],   or the mean, or the greatest of each feature
 *
 * Bags of one length are rows of the indices; bags of several lengths lie one after the other, bag n from offsets[n] to
 * offsets[n + 1]. A bag without words, or of nothing but padding, gives zeros. Source: torch.nn.functional.embedding_bag.
 *
 * @param indices  integers in 0 … words − 1, [N, L]; or [L] with `offsets` [N]
 * @param weight   [words, d], floating
 * @returns        [N, d]
 * @throws ShapeError  when the indices are not of these shapes, the weight is no table, or the factors have not the shape
 *                     of the indices
 * @throws ValueError  for a mode or an option that does not exist; for factors under another mode than "sum"; at offsets
 *                     that do not begin at 0 or go down, where they are known at the call
 * @example
 * const words = tensor([0, 2, 1], { dtype: "int32" });
 * embeddingBag(words, tensor([[1, 2], [3, 4], [5, 6]]), { offsets: tensor([0, 2], { dtype: "int32" }) }); // => [[3. 4.]
 *                                                                                                        //     [3. 4.]]
 */
export function embeddingBag(indices: Tensor, weight: Tensor, options: EmbeddingBagOptions = {}): Tensor {
  checkOptions("embeddingBag", options, [
    "mode",
    "paddingIdx",
    "offsets",
    "perSampleWeights",
    "includeLastOffset",
    "maxNorm",
    "normType",
  ]);
  const { mode = "mean", offsets = null, perSampleWeights = null, includeLastOffset = false } = options;
  if (!bagModes.includes(mode))
    throw new ValueError(`embeddingBag: mode "${mode}" does not exist; there are ${bagModes.join(", ")}`);
  checkTable("embeddingBag", weight);
  checkBags(indices, offsets, includeLastOffset);
  const starts = offsets && checkedOffsets(offsets, indices.size);
  checkFactors(indices, perSampleWeights, mode);
  const words = checkedWords("embeddingBag", indices, weight);
  const padding = paddingRow("embeddingBag", options.paddingIdx, weight);
  const rows = take(bounded("embeddingBag", words, weight, options), words, { axis: 0 }); // [N, L, d] or [L, d]
  const counts = (padding === null ? onesLike(indices).astype("bool") : notEqual(indices, padding)) as Tensor;
  const factors = perSampleWeights ?? onesLike(rows.at("...", 0));
  const bags = { rows, counts, factors: factors.astype(rows.dtype) as Tensor };
  return combined(starts === null ? new Rows(bags) : new Pieces(bags, starts, includeLastOffset), mode);
}

function checkBags(indices: Tensor, offsets: Tensor | null, includeLastOffset: boolean): void {
  if (offsets === null) {
    if (indices.ndim === 2) return;
    throw new ShapeError(
      `embeddingBag: ${show(indices.shape)} holds no bags; the shape is [bags, words], or [words] with offsets`,
    );
  }
  if (indices.ndim !== 1 || offsets.ndim !== 1 || (includeLastOffset && offsets.size === 0)) {
    throw new ShapeError(
      `embeddingBag: indices ${show(indices.shape)} and offsets ${show(offsets.shape)} found; with offsets [bags] the indices have the shape [words]`,
    );
  }
}

/** The offsets, which begin at 0 and go upwards to the number of words. */
function checkedOffsets(offsets: Tensor, words: number): Tensor {
  const begun = checkFirst(offsets.node, 0, {
    error: "ValueError",
    message: "embeddingBag: the first of the offsets is {0}; it is 0",
  });
  const upwards = checkNeighbours(begun, ascendingTo(words), {
    error: "ValueError",
    message: `embeddingBag: offset {1} at position {at} is not within {0} … ${words}; offsets go upwards to the number of words`,
  });
  return offsets.derive(upwards);
}

function checkFactors(indices: Tensor, factors: Tensor | null, mode: string): void {
  if (factors === null) return;
  if (mode !== "sum")
    throw new ValueError(`embeddingBag: perSampleWeights are factors of a sum; the mode is "${mode}", not "sum"`);
  if (!sameShape(factors.shape, indices.shape))
    throw new ShapeError(
      `embeddingBag: perSampleWeights has shape ${show(factors.shape)}, the indices ${show(indices.shape)}; there is one for each word`,
    );
}

/** The vectors of all words, which of them count, and their factors. */
interface Bags {
  readonly rows: Tensor;
  readonly counts: Tensor;
  readonly factors: Tensor;
}

/** A way to go from words to bags. */
interface Layout {
  readonly bags: Bags;
  /** Σ over the words of each bag: [*words, …] → [N, …] */
  sum(x: Tensor): Tensor;
  /** The greatest over the words of each bag that count, −∞ for none: [*words, d] → [N, d] */
  max(x: Tensor): Tensor;
}

/** Bags of one length: [N, L]. */
class Rows implements Layout {
  readonly bags: Bags;

  constructor(bags: Bags) {
    this.bags = bags;
  }

  sum(x: Tensor): Tensor {
    return sum(x, { axis: 1 });
  }

  max(x: Tensor): Tensor {
    const counted = expandDims(this.bags.counts, -1) as Tensor;
    return max(where(counted, x, Number.NEGATIVE_INFINITY) as Tensor, { axis: 1 });
  }
}

/** Bags one after the other: [L], with where each begins. */
class Pieces implements Layout {
  readonly bags: Bags;
  readonly count: number;
  /** The bag of each word, [L]. */
  readonly bag: Tensor;

  constructor(bags: Bags, offsets: Tensor, includeLastOffset: boolean) {
    this.bags = bags;
    this.count = offsets.size - Number(includeLastOffset);
    const words = bags.rows.shape[0]!;
    const starts = at(offsets, `0:${this.count}`) as Tensor;
    const places = arange(words, { dtype: starts.dtype, device: offsets.node.device ?? undefined }) as Tensor;
    this.bag = sub(searchsorted(starts, places, { side: "right" }), 1) as Tensor;
  }

  sum(x: Tensor): Tensor {
    const empty = zeros([this.count, ...x.shape.slice(1)], { dtype: x.dtype, device: x.node.device ?? undefined });
    return indexAdd(empty, this.bag, x, { axis: 0 });
  }

  max(x: Tensor): Tensor {
    const numbers = arange(this.count, { dtype: this.bag.dtype, device: x.node.device ?? undefined }) as Tensor;
    const isIn = equal(expandDims(numbers, 1) as Tensor, expandDims(this.bag, 0) as Tensor); // [N, L]
    const counted = expandDims(logicalAnd(isIn, this.bags.counts) as Tensor, -1) as Tensor;
    const spread = where(counted, expandDims(x, 0) as Tensor, Number.NEGATIVE_INFINITY) as Tensor; // [N, L, d]
    return max(spread, { axis: 1 });
  }
}

function combined(layout: Layout, mode: (typeof bagModes)[number]): Tensor {
  const { rows, counts, factors } = layout.bags;
  const size = expandDims(layout.sum(counts.astype(rows.dtype) as Tensor), -1) as Tensor; // words that count, [N, 1]
  if (mode === "max" && counts.size === 0) return layout.sum(rows); // no words at all: zeros
  if (mode === "max") return where(notEqual(size, 0), layout.max(rows), 0) as Tensor;
  const shares = mul(factors, counts.astype(rows.dtype)) as Tensor;
  const total = layout.sum(mul(rows, expandDims(shares, -1)) as Tensor);
  return mode === "sum" ? total : (div(total, maximum(size, 1)) as Tensor);
}
