/** Penalties on weights, to be added to a loss: over the parameters that one chooses, so that biases can go free. */
import { checkOptions, ValueError } from "../../base/index.ts";
import { abs, add, mul, square, sum, type Tensor } from "../../tensor/index.ts";

/**
 * λ Σ |w|; slope λ sign(w), 0 at 0: drives weights to 0. Source: Tibshirani 1996.
 *
 * @throws ValueError  when there are no parameters, or λ is negative
 * @example
 * l1Penalty([tensor([1, -2]), tensor(3)], 0.5); // => 3.…
 */
export function l1Penalty(parameters: Iterable<Tensor>, lambda: number): Tensor {
  return total("l1Penalty", parameters, lambda, abs);
}

/**
 * λ/2 Σ w²; slope λ w, the same as `weightDecay: λ` of plain gradient descent. Source: Hoerl & Kennard 1970.
 *
 * @throws ValueError  when there are no parameters, or λ is negative
 * @example
 * l2Penalty([tensor([1, -2]), tensor(3)], 0.5); // => 3.5
 */
export function l2Penalty(parameters: Iterable<Tensor>, lambda: number): Tensor {
  return total("l2Penalty", parameters, lambda, (w) => mul(square(w), 0.5));
}

export interface ElasticOptions {
  /** ρ: 1 is `l1Penalty`, 0 is `l2Penalty`; 0.5 by default. */
  readonly l1Ratio?: number;
}

/**
 * λ (ρ Σ |w| + (1 − ρ)/2 Σ w²), with scikit-learn's meaning of ρ. Source: Zou & Hastie 2005.
 *
 * @throws ValueError  when there are no parameters, λ is negative, or ρ is not within 0 … 1
 * @example
 * elasticPenalty([tensor([1, -2])], 1, { l1Ratio: 0.5 }); // => 2.75
 */
export function elasticPenalty(parameters: Iterable<Tensor>, lambda: number, options: ElasticOptions = {}): Tensor {
  checkOptions("elasticPenalty", options, ["l1Ratio"]);
  const { l1Ratio = 0.5 } = options;
  if (!(l1Ratio >= 0 && l1Ratio <= 1)) throw new ValueError(`elasticPenalty: l1Ratio ${l1Ratio} is not within 0 … 1`);
  const both = (w: Tensor): Tensor => add(mul(abs(w), l1Ratio), mul(square(w), (1 - l1Ratio) / 2));
  return total("elasticPenalty", parameters, lambda, both);
}

function total(operation: string, parameters: Iterable<Tensor>, lambda: number, of: (w: Tensor) => Tensor): Tensor {
  if (!(lambda >= 0)) throw new ValueError(`${operation}: lambda ${lambda} is negative; it is a number from 0`);
  const sums = Array.from(parameters, (w): Tensor => sum(of(w)));
  if (sums.length === 0) throw new ValueError(`${operation}: there are no parameters to be penalised`);
  return mul(
    sums.reduce((a, b): Tensor => add(a, b)),
    lambda,
  );
}
