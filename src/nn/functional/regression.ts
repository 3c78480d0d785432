/**
 * Losses between numbers: squared and absolute errors, and the binary cross entropies of probabilities and logits.
 *
 * Losses come in the common dtype of prediction and target, floats and halves alike; two tensors of integers count as
 * float32, so that no difference wraps. The mean of nothing is NaN, and so is the loss of NaN.
 */
import { checkOptions, ValueError } from "../../base/index.ts";
import { abs, clamp, exp, less, log, log1p, mul, neg, square, sub, type Tensor, where } from "../../tensor/index.ts";
import { asFloats } from "./floating.ts";
import { checkedRange } from "./labels.ts";
import { bceNames, bceWithLogitsNames, huberNames, lossNames, smoothL1Names } from "./option-names.ts";
import { type LossOptions, reduceLoss, refuseBroadcast } from "./reduction.ts";

/**
 * Squared error (x − t)²; slope 2 (x − t).
 *
 * Two tensors of integers give float32. Complex numbers are squared as they are: (x − t)², not
 * |x − t|². Source: PyTorch's mse_loss.
 *
 * @param input   prediction x, [...]
 * @param target  t, [...], of the same shape
 * @returns       a scalar, or with reduction "none" [...]
 * @throws ShapeError  when the shapes differ
 * @throws ValueError  for a reduction or an option that does not exist
 * @example
 * mse(tensor([1, 2]), tensor([1, 5])); // => 4.5
 */
export function mse(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkOptions("mse", options, lossNames);
  const { reduction } = options;
  refuseBroadcast("mse", input, target);
  const [x, t] = asFloats([input, target]);
  return reduceLoss("mse", square(sub(x, t)), reduction);
}

/**
 * Absolute error |x − t|; slope the sign of x − t, 0 at 0. Shapes as in `mse`.
 *
 * Two tensors of integers as in `mse`; of complex numbers the modulus, real. Source: PyTorch's l1_loss.
 *
 * @throws ShapeError  when the shapes differ
 * @throws ValueError  for a reduction or an option that does not exist
 * @example
 * l1(tensor([1, 2]), tensor([1, 5])); // => 1.5
 */
export function l1(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkOptions("l1", options, lossNames);
  const { reduction } = options;
  refuseBroadcast("l1", input, target);
  const [x, t] = asFloats([input, target]);
  return reduceLoss("l1", abs(sub(x, t)), reduction);
}

export interface SmoothL1Options extends LossOptions {
  /** β: where the parabola ends; 1 by default. 0 makes it `l1`. */
  readonly beta?: number;
}

/**
 * A parabola near 0, straight lines beyond, with d = x − t:
 *
 *     d² / (2β)  for |d| < β,   |d| − β/2  else;   slope d/β within ±β, ±1 beyond
 *
 * Shapes as in `mse`. Source: Girshick 2015; PyTorch's smooth_l1_loss. Complex numbers as in `l1`.
 *
 * @throws ShapeError  when the shapes differ
 * @throws ValueError  when β is negative or NaN; for a reduction or an option that does not exist
 * @example
 * smoothL1(tensor([0.5, 3]), tensor([0, 0]), { reduction: "none" }); // => [0.125 2.5  ]
 */
export function smoothL1(input: Tensor, target: Tensor, options: SmoothL1Options = {}): Tensor {
  checkOptions("smoothL1", options, smoothL1Names);
  const { beta = 1, reduction } = options;
  refuseBroadcast("smoothL1", input, target);
  const [x, t] = asFloats([input, target]);
  if (!(beta >= 0)) throw new ValueError(`smoothL1: beta ${beta} is negative; it is a number from 0`);
  const size = abs(sub(x, t));
  if (beta === 0) return reduceLoss("smoothL1", size, reduction);
  const losses = where(less(size, beta), mul(square(size), 0.5 / beta), sub(size, beta / 2));
  return reduceLoss("smoothL1", losses, reduction);
}

export interface HuberOptions extends LossOptions {
  /** δ: where the parabola ends; 1 by default. */
  readonly delta?: number;
}

/**
 * δ times `smoothL1` with β = δ:
 *
 *     d²/2  for |d| < δ,   δ (|d| − δ/2)  else;   slope d within ±δ, ±δ beyond
 *
 * Shapes as in `mse`. Source: Huber 1964; PyTorch's huber_loss. Complex numbers as in `l1`.
 *
 * @throws ShapeError  when the shapes differ
 * @throws ValueError  unless δ > 0; for a reduction or an option that does not exist
 * @example
 * huber(tensor([0.5, 3]), tensor([0, 0]), { delta: 2, reduction: "none" }); // => [0.125 4.   ]
 */
export function huber(input: Tensor, target: Tensor, options: HuberOptions = {}): Tensor {
  checkOptions("huber", options, huberNames);
  const { delta = 1, reduction } = options;
  refuseBroadcast("huber", input, target);
  const [x, t] = asFloats([input, target]);
  if (!(delta > 0)) throw new ValueError(`huber: delta ${delta} is not above 0`);
  const size = abs(sub(x, t));
  const losses = where(less(size, delta), mul(square(size), 0.5), mul(sub(size, delta / 2), delta));
  return reduceLoss("huber", losses, reduction);
}

export interface BceOptions extends LossOptions {
  /** Factor of each element's loss; broadcasts to the input. */
  readonly weight?: Tensor | null;
}

/**
 * Binary cross entropy of probabilities p with targets t in 0 … 1:
 *
 *     −w (t · max(ln p, −100) + (1 − t) · max(ln(1 − p), −100))
 *
 * The bound keeps a wrong certainty finite, as in PyTorch; beyond it the slope is 0. Prefer `bceWithLogits`, which
 * needs none.
 *
 * Source: PyTorch's binary_cross_entropy.
 *
 * @param input   probabilities p, [...]
 * @param target  t, [...], of the same shape
 * @returns       a scalar, or with reduction "none" [...]; integers and bool give float32
 * @throws ShapeError  when the shapes differ, or that of `weight` does not broadcast with theirs
 * @throws ValueError  at a p or t outside of 0 … 1; for a reduction or an option that does not exist
 * @throws DTypeError  for complex numbers
 * @example
 * bce(tensor([0.25, 0.5]), tensor([0, 1]), { reduction: "none" }).exp(); // => [1.333… 2. …]
 */
export function bce(input: Tensor, target: Tensor, options: BceOptions = {}): Tensor {
  checkOptions("bce", options, bceNames);
  const { weight = null, reduction } = options;
  refuseBroadcast("bce", input, target);
  const [p, t] = asFloats([
    checkedRange("bce", "the probability", input, 0, 1),
    checkedRange("bce", "the target", target, 0, 1),
  ]);
  const hit = mul(t, clamp(log(p), { min: -100 }));
  const miss = mul(sub(1, t), clamp(log1p(neg(p)), { min: -100 }));
  const losses = neg(hit.add(miss));
  return reduceLoss("bce", weight === null ? losses : mul(losses, weight), reduction);
}

export interface BceWithLogitsOptions extends BceOptions {
  /** Factor of the positive part: more than 1 where positives are rare. Broadcasts to the input, usually [classes]. */
  readonly posWeight?: Tensor | null;
}

/**
 * Binary cross entropy of logits x, p = σ(x), without overflow and without loss of digits:
 *
 *     w ((1 − t) x + c · ln(1 + e^(−x))),   c = 1 + (posWeight − 1) t,   ln(1 + e^(−x)) = max(−x, 0) + ln(1 + e^(−|x|))
 *
 * Infinite logits can give NaN, as in PyTorch. Source: PyTorch's binary_cross_entropy_with_logits.
 *
 * @param input   logits x, [...]
 * @param target  t in 0 … 1, [...], of the same shape
 * @returns       a scalar, or with reduction "none" [...]; integers and bool give float32
 * @throws ShapeError  when the shapes differ, or that of a weight does not broadcast with theirs
 * @throws ValueError  at a t outside of 0 … 1; for a reduction or an option that does not exist
 * @throws DTypeError  for complex numbers
 * @example
 * bceWithLogits(tensor([0, Math.log(3)]), tensor([1, 1]), { reduction: "none" }).exp(); // => [2. 1.333…]
 */
export function bceWithLogits(input: Tensor, target: Tensor, options: BceWithLogitsOptions = {}): Tensor {
  checkOptions("bceWithLogits", options, bceWithLogitsNames);
  const { weight = null, posWeight = null, reduction } = options;
  refuseBroadcast("bceWithLogits", input, target);
  const [x, t] = asFloats([input, checkedRange("bceWithLogits", "the target", target, 0, 1)]);
  const v = neg(x);
  const negative = less(v, 0);
  const hinge = where(negative, 0, v); // at 0 hinge and tail both take the branch v ≥ 0: their slopes add up to ½
  const tail = log1p(exp(where(negative, v, x))); // ln(1 + e^(−|x|))
  const scaled = (y: Tensor): Tensor => (posWeight === null ? y : mul(y, mul(sub(posWeight, 1), t).add(1)));
  // in this order the large parts cancel before the small one comes
  const losses = mul(sub(1, t), x).add(scaled(hinge)).add(scaled(tail));
  return reduceLoss("bceWithLogits", weight === null ? losses : mul(losses, weight), reduction);
}
