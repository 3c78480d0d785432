/**
 * Losses of linear classification: functions of the margin M = x · t, with t = ±1 the true side. The margin is the
 * greater, the further the score x lies on its true side; all of these bound the number of errors [M < 0] from above, or
 * smooth it.
 *
 * Losses come in the common dtype of scores and targets, floats and halves alike; two tensors of integers count as
 * float32, so that no margin wraps. The mean of nothing is NaN, and so is the loss of a score that is NaN.
 */
import { checkOptions } from "../../base/index.ts";
import { exp, mul, neg, relu, sigmoid, softplus, sub, type Tensor } from "../../tensor/index.ts";
import { asFloats } from "./floating.ts";
import { checkedSigns } from "./labels.ts";
import { lossNames } from "./option-names.ts";
import { type LossOptions, reduceLoss, refuseBroadcast } from "./reduction.ts";

function ofMargin(
  operation: string,
  input: Tensor,
  target: Tensor,
  options: LossOptions,
  loss: (margin: Tensor) => Tensor,
): Tensor {
  checkOptions(operation, options, lossNames);
  refuseBroadcast(operation, input, target);
  const signs = checkedSigns(operation, target);
  return reduceLoss(operation, loss(mul(...asFloats([input, signs]))), options.reduction);
}

/**
 * max(1 − M, 0), M = x · t; slope −t where M < 1, else 0. Source: Cortes & Vapnik 1995.
 *
 * @param input   scores x, [...], floating
 * @param target  t of −1 and 1, [...], in the shape of `input`
 * @returns       a scalar, or with reduction "none" [...]
 * @throws ShapeError  when the shapes differ
 * @throws ValueError  at a target that is not ±1; for a reduction or an option that does not exist
 * @throws DTypeError  for complex scores
 * @example
 * hinge(tensor([2, 0.5, -1]), tensor([1, 1, 1]), { reduction: "none" }); // => [0.  0.5 2. ]
 */
export function hinge(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return ofMargin("hinge", input, target, options, (m) => relu(sub(1, m)));
}

/**
 * ln(1 + e^(−M)), M = x · t, without overflow; slope −t σ(−M). Shapes and errors as in `hinge`.
 *
 * Source: PyTorch's soft_margin_loss.
 *
 * @throws ShapeError  when the shapes differ
 * @throws ValueError  at a target that is not ±1; for a reduction or an option that does not exist
 * @throws DTypeError  for complex scores
 * @example
 * logisticMargin(tensor([0]), tensor([1])); // => 0.6931…
 */
export function logisticMargin(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return ofMargin("logisticMargin", input, target, options, (m) => softplus(neg(m)));
}

/**
 * e^(−M), M = x · t: the loss of AdaBoost; slope −t e^(−M). Shapes and errors as in `hinge`. Source: Freund & Schapire
 * 1997.
 *
 * @throws ShapeError  when the shapes differ
 * @throws ValueError  at a target that is not ±1; for a reduction or an option that does not exist
 * @example
 * exponentialMargin(tensor([0, 2]), tensor([1, -1]), { reduction: "none" }); // => [1. 7.389…]
 */
export function exponentialMargin(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return ofMargin("exponentialMargin", input, target, options, (m) => exp(neg(m)));
}

/**
 * 1 / (1 + e^M) = σ(−M), M = x · t: a smoothed count of errors; slope −t σ(M) σ(−M). Shapes and errors as in `hinge`.
 *
 * @throws ShapeError  when the shapes differ
 * @throws ValueError  at a target that is not ±1; for a reduction or an option that does not exist
 * @throws DTypeError  for complex scores
 * @example
 * sigmoidMargin(tensor([0, Math.log(3)]), tensor([1, 1]), { reduction: "none" }); // => [0.5  0.25]
 */
export function sigmoidMargin(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  return ofMargin("sigmoidMargin", input, target, options, (m) => sigmoid(neg(m)));
}
