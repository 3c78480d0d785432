/** Losses between numbers: squared and absolute errors, and the binary cross entropies of probabilities and logits. */
import { abs, clamp, exp, less, log, log1p, mul, neg, square, sub, type Tensor, where } from "../../tensor/index.ts";
import { type LossOptions, reduceLoss, refuseBroadcast } from "./reduction.ts";

/**
 * Squared error (x − t)²; slope 2 (x − t).
 *
 * @param input   prediction x, floating
 * @param target  t, of the same shape
 * @returns       a scalar, or with reduction "none" the shape of `input`
 * @throws ShapeError  when the shapes differ
 */
export function mse(input: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor {
  refuseBroadcast("mse", input, target);
  return reduceLoss("mse", square(sub(input, target)), reduction);
}

/** Absolute error |x − t|; slope the sign of x − t, 0 at 0. Shapes as in `mse`. */
export function l1(input: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor {
  refuseBroadcast("l1", input, target);
  return reduceLoss("l1", abs(sub(input, target)), reduction);
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
 */
export function bce(input: Tensor, target: Tensor, { weight = null, reduction }: BceOptions = {}): Tensor {
  refuseBroadcast("bce", input, target);
  const hit = mul(target, clamp(log(input), { min: -100 }));
  const miss = mul(sub(1, target), clamp(log1p(neg(input)), { min: -100 }));
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
 */
export function bceWithLogits(
  input: Tensor,
  target: Tensor,
  { weight = null, posWeight = null, reduction }: BceWithLogitsOptions = {},
): Tensor {
  refuseBroadcast("bceWithLogits", input, target);
  const v = neg(input);
  const negative = less(v, 0);
  const hinge = where(negative, 0, v); // at 0 hinge and tail both take the branch v ≥ 0: their slopes add up to ½
  const tail = log1p(exp(where(negative, v, input))); // ln(1 + e^(−|x|))
  const scaled = (y: Tensor): Tensor => (posWeight === null ? y : mul(y, mul(sub(posWeight, 1), target).add(1)));
  // in this order the large parts cancel before the small one comes
  const losses = mul(sub(1, target), input).add(scaled(hinge)).add(scaled(tail));
  return reduceLoss("bceWithLogits", weight === null ? losses : mul(losses, weight), reduction);
}
