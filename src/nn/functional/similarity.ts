/** Losses of likeness: what lies together in a space and what apart. Kinks have PyTorch's slopes: that of the rising side. */
import { checkOptions, normalizeAxis, type Shape, ShapeError, sameShape, show, ValueError } from "../../base/index.ts";
import {
  add,
  clamp,
  div,
  equal,
  minimum,
  mul,
  neg,
  norm,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  where,
} from "../../tensor/index.ts";
import { asFloats } from "./floating.ts";
import { checkedSigns } from "./labels.ts";
import { cosineSimilarityNames, marginNames, pairwiseDistanceNames, tripletMarginNames } from "./option-names.ts";
import { type LossOptions, reduceLoss, refuseBroadcast } from "./reduction.ts";

export interface CosineSimilarityOptions {
  /** The axis of the vectors; 1 by default. */
  readonly axis?: number;
  /** The least length that is divided by; 1e-8 by default. */
  readonly eps?: number;
}

/**
 * Cosine of the angle between vectors along an axis:
 *
 *     a · b / (max(‖a‖, ε) · max(‖b‖, ε))
 *
 * @returns  the shape of `a` without the axis; −1 … 1
 * @throws ShapeError  when the shapes differ
 * @example
 * cosineSimilarity(tensor([[3, 4]]), tensor([[3, 0]])); // => [0.6]
 */
export function cosineSimilarity(a: Tensor, b: Tensor, options: CosineSimilarityOptions = {}): Tensor {
  checkOptions("cosineSimilarity", options, cosineSimilarityNames);
  const { axis = 1, eps = 1e-8 } = options;
  sameShapes("cosineSimilarity", { a, b });
  normalizeAxis("cosineSimilarity", axis, a.ndim);
  const unit = (x: Tensor): Tensor => div(x, clamp(norm(x, { axis, keepdims: true }) as Tensor, { min: eps }));
  const [x, y] = asFloats([a, b]);
  return sum(mul(unit(x), unit(y)), { axis });
}

export interface PairwiseDistanceOptions {
  /** Of the p-norm; 2 by default. */
  readonly p?: number;
  /** Added to each component of the difference, so that its norm has a slope at 0; 1e-6 by default. */
  readonly eps?: number;
  /** Whether the last axis stays, with size 1; false by default. */
  readonly keepdims?: boolean;
}

/**
 * Distance of vectors along the last axis:
 *
 *     ‖a − b + ε‖_p
 *
 * @param a, b  [*, D], floating, of one shape
 * @returns     [*], or [*, 1] with `keepdims`
 * @throws ShapeError  when the shapes differ, or are those of scalars
 * @throws ValueError  unless p > 0; for an option that does not exist
 * Source: torch.nn.functional.pairwise_distance.
 * @example
 * pairwiseDistance(tensor([[0, 0]]), tensor([[3, 4]]), { eps: 0 }); // => [5.]
 */
export function pairwiseDistance(a: Tensor, b: Tensor, options: PairwiseDistanceOptions = {}): Tensor {
  checkOptions("pairwiseDistance", options, pairwiseDistanceNames);
  const { p = 2, eps = 1e-6, keepdims = false } = options;
  sameShapes("pairwiseDistance", { a, b });
  if (a.ndim === 0) throw new ShapeError("pairwiseDistance: scalars are no vectors; the shape is [*, D]");
  if (!(p > 0)) throw new ValueError(`pairwiseDistance: p ${p} is not above 0`);
  return norm(add(sub(...asFloats([a, b])), eps), { ord: p, axis: -1, keepdims }) as Tensor;
}

export interface MarginOptions extends LossOptions {
  /** How far apart the unlike should be. */
  readonly margin?: number;
}

/**
 * Distances x of pairs: x for a like pair (t = 1), max(margin − x, 0) for an unlike one (t = −1).
 *
 * @param input   distances, floating
 * @param target  ±1, in the shape of `input`
 * @param options margin 1 by default
 * @throws ShapeError  when the shapes differ
 * @throws ValueError  at a target that is not ±1
 * @example
 * hingeEmbedding(tensor([0.25, 0.25]), tensor([1, -1]), { reduction: "none" }); // => [0.25 0.75]
 */
export function hingeEmbedding(input: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  checkOptions("hingeEmbedding", options, marginNames);
  const { margin = 1, reduction } = options;
  refuseBroadcast("hingeEmbedding", input, target);
  const signs = checkedSigns("hingeEmbedding", target);
  const [x] = asFloats([input]);
  const losses = where(equal(signs, 1), x, atLeast0(sub(margin, x)));
  return reduceLoss("hingeEmbedding", losses, reduction);
}

/** max(x, 0) with slope 1 at 0. */
function atLeast0(x: Tensor): Tensor {
  return clamp(x, { min: 0 });
}

/**
 * Angles of pairs of vectors: 1 − cos for a like pair (t = 1), max(cos − margin, 0) for an unlike one (t = −1), with
 * cos = a · b / √((‖a‖² + ε)(‖b‖² + ε)), ε = 1e-12.
 *
 * @param input1, input2  [N, D] or [D]
 * @param target          ±1, [N] or a scalar
 * @param options         margin 0 by default
 * @throws ShapeError  when the shapes do not belong together
 * @throws ValueError  at a target that is not ±1
 * @example
 * cosineEmbedding(tensor([[1, 0]]), tensor([[0, 2]]), tensor([1])); // => 1.…
 */
export function cosineEmbedding(input1: Tensor, input2: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  checkOptions("cosineEmbedding", options, marginNames);
  const { margin = 0, reduction } = options;
  sameShapes("cosineEmbedding", { input1, input2 });
  hasShape("cosineEmbedding", "target", target, input1.shape.slice(0, -1));
  const signs = checkedSigns("cosineEmbedding", target);
  const length2 = (x: Tensor): Tensor => add(sum(square(x), { axis: -1 }), 1e-12);
  const [u, v] = asFloats([input1, input2]);
  const cosine = div(sum(mul(u, v), { axis: -1 }), mul(sqrt(length2(u)), sqrt(length2(v))));
  const losses = where(equal(signs, 1), sub(1, cosine), atLeast0(sub(cosine, margin)));
  return reduceLoss("cosineEmbedding", losses, reduction);
}

/**
 * Which of two should rank higher: max(−t (x₁ − x₂) + margin, 0); t = 1 says the first.
 *
 * @param target   ±1; all three have one shape
 * @param options  margin 0 by default
 * @throws ShapeError  when the shapes differ
 * @throws ValueError  at a target that is not ±1
 * @example
 * marginRanking(tensor([1]), tensor([3]), tensor([1])); // => 2.…
 */
export function marginRanking(input1: Tensor, input2: Tensor, target: Tensor, options: MarginOptions = {}): Tensor {
  checkOptions("marginRanking", options, marginNames);
  const { margin = 0, reduction } = options;
  sameShapes("marginRanking", { input1, input2, target });
  const [u, v, t] = asFloats([input1, input2, checkedSigns("marginRanking", target)]);
  return reduceLoss("marginRanking", atLeast0(add(mul(neg(t), sub(u, v)), margin)), reduction);
}

export interface TripletMarginOptions extends MarginOptions {
  /** Of the p-norm; 2 by default. */
  readonly p?: number;
  /** Added to each component of a difference; 1e-6 by default. */
  readonly eps?: number;
  /** Whether the negative's distance to the positive counts where it is the smaller one; false by default. */
  readonly swap?: boolean;
}

/**
 * An anchor a should be nearer to the positive p than to the negative n, by the margin:
 *
 *     max(d(a, p) − d(a, n) + margin, 0),   d(u, v) = ‖u − v + ε‖_p
 *
 * @param options  margin 1 by default
 * @returns        a scalar; with reduction "none" the shape without the last axis
 * @throws ShapeError  when the shapes differ
 * @example
 * tripletMargin(tensor([[0, 0]]), tensor([[3, 4]]), tensor([[0, 2]]), { eps: 0 }); // => 4.…
 */
export function tripletMargin(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletMarginOptions = {},
): Tensor {
  checkOptions("tripletMargin", options, tripletMarginNames);
  const { margin = 1, p = 2, eps = 1e-6, swap = false, reduction } = options;
  sameShapes("tripletMargin", { anchor, positive, negative });
  if (!(p > 0)) throw new ValueError(`tripletMargin: p ${p} is not above 0`);
  const distance = (u: Tensor, v: Tensor): Tensor => norm(add(sub(u, v), eps), { ord: p, axis: -1 }) as Tensor;
  const [a, near, other] = asFloats([anchor, positive, negative]);
  const far = distance(a, other);
  const apart = swap ? minimum(far, distance(near, other)) : far;
  return reduceLoss("tripletMargin", atLeast0(add(sub(distance(a, near), apart), margin)), reduction);
}

/** Throws unless all have one shape. */
function sameShapes(operation: string, inputs: Readonly<Record<string, Tensor>>): void {
  const shapes = Object.entries(inputs).map(([name, x]) => [name, x.shape] as const);
  const [, first] = shapes[0]!;
  if (shapes.every(([, shape]) => sameShape(shape, first))) return;
  const found = shapes.map(([name, shape]) => `${name} ${show(shape)}`).join(", ");
  throw new ShapeError(`${operation}: the shapes differ: ${found}; a loss does not broadcast`);
}

function hasShape(operation: string, name: string, x: Tensor, shape: Shape): void {
  if (!sameShape(x.shape, shape))
    throw new ShapeError(
      `${operation}: the ${name} has shape ${show(x.shape)}; there is one for each vector, ${show(shape)}`,
    );
}
