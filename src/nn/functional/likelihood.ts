/** Losses that are negative log likelihoods of distributions, and the divergence between two of them. */
import { checkOptions, ShapeError, sameShape, show, ValueError } from "../../base/index.ts";
import {
  add,
  div,
  exp,
  expandDims,
  greater,
  less,
  log,
  mul,
  square,
  sub,
  sum,
  type Tensor,
  where,
  xlogy,
} from "../../tensor/index.ts";
import { asFloats } from "./floating.ts";
import { checkedRange } from "./labels.ts";
import { gaussianNllNames, klDivNames, poissonNllNames } from "./option-names.ts";
import { type LossOptions, type Reduction, reduceLoss, refuseBroadcast } from "./reduction.ts";

export interface KlDivOptions {
  /** Whether the target holds logarithms of probabilities; false by default. */
  readonly logTarget?: boolean;
  /** Besides the others "batchmean": the sum divided by the batch, which is the divergence's own mean. */
  readonly reduction?: Reduction | "batchmean";
}

/**
 * Kullback–Leibler divergence from log probabilities x to probabilities t, element by element:
 *
 *     t (ln t − x),   0 where t = 0;   eᵗ (t − x) with `logTarget`
 *
 * @param input   ln of probabilities, [N, …]
 * @param target  of the same shape
 * @throws ShapeError  when the shapes differ
 * @throws ValueError  at a negative target without `logTarget`
 * @example
 * klDiv(tensor([[0.5, 0.5]]).log(), tensor([[1, 0]]), { reduction: "sum" }); // => 0.6931…
 */
export function klDiv(input: Tensor, target: Tensor, options: KlDivOptions = {}): Tensor {
  checkOptions("klDiv", options, klDivNames);
  const { logTarget = false, reduction } = options;
  refuseBroadcast("klDiv", input, target);
  const given = logTarget ? target : checkedRange("klDiv", "the target", target, 0, Number.POSITIVE_INFINITY);
  const [x, t] = asFloats([input, given]);
  const losses = logTarget ? mul(exp(t), sub(t, x)) : sub(xlogy(t, t), xlogyOfLog(t, x));
  if (reduction !== "batchmean") return reduceLoss("klDiv", losses, reduction);
  return div(sum(losses), input.shape[0] ?? 1);
}

/** t · x, where 0 · −∞ is 0. */
function xlogyOfLog(t: Tensor, x: Tensor): Tensor {
  return where(t.equal(0), 0, mul(t, x));
}

export interface PoissonNllOptions extends LossOptions {
  /** Whether the input is ln of the rate; true by default. */
  readonly logInput?: boolean;
  /** Whether Stirling's approximation of ln t! is added for t > 1; false by default. */
  readonly full?: boolean;
  /** Added to the rate before its logarithm; 1e-8 by default. */
  readonly eps?: number;
}

/**
 * Counts t that are Poisson distributed, with the rate or its logarithm x predicted:
 *
 *     eˣ − t x;   x − t ln(x + ε)  without `logInput`;   + t ln t − t + ½ ln(2πt)  for t > 1 with `full`
 *
 * @throws ShapeError  when the shapes differ
 * @example
 * poissonNll(tensor([0]), tensor([2])); // => 1.…
 */
export function poissonNll(input: Tensor, target: Tensor, options: PoissonNllOptions = {}): Tensor {
  checkOptions("poissonNll", options, poissonNllNames);
  const { logInput = true, full = false, eps = 1e-8, reduction } = options;
  refuseBroadcast("poissonNll", input, target);
  const [x, t] = asFloats([input, target]);
  const losses = logInput ? sub(exp(x), mul(t, x)) : sub(x, mul(t, log(add(x, eps))));
  return reduceLoss("poissonNll", full ? add(losses, stirling(t)) : losses, reduction);
}

/** t ln t − t + ½ ln(2πt) for t > 1, about ln t!; else 0. */
function stirling(t: Tensor): Tensor {
  const many = greater(t, 1);
  const n = where(many, t, 1);
  return where(many, add(sub(mul(n, log(n)), n), mul(log(mul(n, 2 * Math.PI)), 0.5)), 0);
}

export interface GaussianNllOptions extends LossOptions {
  /** Whether the constant ½ ln 2π is added; false by default. */
  readonly full?: boolean;
  /** The least variance; 1e-6 by default. */
  readonly eps?: number;
}

/**
 * Numbers t that are normally distributed about x with variance v:
 *
 *     ½ (ln v + (x − t)² / v),   v raised to ε;   + ½ ln 2π  with `full`
 *
 * The slope by v is taken as if v had not been raised, as in PyTorch: a variance below ε can still grow.
 *
 * @param input     x, [N, …]
 * @param target    of the same shape
 * @param variance  of the same shape, with 1 in the place of the last axis, or without it
 * @throws ShapeError  when the shapes do not belong together
 * @throws ValueError  at a negative variance; unless ε > 0
 * @example
 * gaussianNll(tensor([1]), tensor([3]), tensor([4])); // => 1.1931…
 */
export function gaussianNll(input: Tensor, target: Tensor, variance: Tensor, options: GaussianNllOptions = {}): Tensor {
  checkOptions("gaussianNll", options, gaussianNllNames);
  const { full = false, eps = 1e-6, reduction } = options;
  refuseBroadcast("gaussianNll", input, target);
  if (!(eps > 0)) throw new ValueError(`gaussianNll: eps ${eps} is not above 0`);
  const spread = checkedRange("gaussianNll", "the variance", variance, 0, Number.POSITIVE_INFINITY);
  const [x, t, given] = asFloats([input, target, besideInput(input, spread)]);
  const v = where(less(given, eps), add(given, sub(eps, given).detach()), given);
  const losses = mul(add(log(v), div(square(sub(x, t)), v)), 0.5);
  return reduceLoss("gaussianNll", full ? add(losses, Math.log(2 * Math.PI) / 2) : losses, reduction);
}

/** The variance as it broadcasts to the input along the last axis only. */
function besideInput(input: Tensor, variance: Tensor): Tensor {
  const rows = input.shape.slice(0, -1);
  if (sameShape(variance.shape, input.shape) || sameShape(variance.shape, [...rows, 1])) return variance;
  if (sameShape(variance.shape, rows)) return expandDims(variance, -1);
  throw new ShapeError(
    `gaussianNll: the prediction has shape ${show(input.shape)}, the variance ${show(variance.shape)}; its shape is ${show(input.shape)}, ${show([...rows, 1])} or ${show(rows)}`,
  );
}
