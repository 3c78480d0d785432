/** Adam and its relatives: two moments of the gradient. */
import { abs, add, div, maximum, mul, sqrt, square, sub, type Tensor, where } from "../../tensor/index.ts";
import { type Coefficient, decayed, rest, type Update } from "./update.ts";

export interface AdamHyper {
  readonly lr: Coefficient;
  readonly beta1: Coefficient;
  readonly beta2: number;
  readonly eps: number;
  /** λ of λ/2 |w|², which joins the gradient */
  readonly weightDecay: number;
  /** 1 − β₁ᵗ and 1 − β₂ᵗ; 1 where the bias is left alone */
  readonly bias1: Coefficient;
  readonly bias2: Coefficient;
}

/**
 * Adam: Kingma & Ba 2015, algorithm 1. `t` counts from 1 (in `bias1`, `bias2`); m and v begin at 0.
 *
 * @example
 * const { w } = optim.formulas.adam(
 *   { w: tensor([1]), g: tensor([2]), m: zeros([1]), v: zeros([1]) },
 *   { lr: 0.5, beta1: 0.9, beta2: 0.99, eps: 0, weightDecay: 0, bias1: 0.1, bias2: 0.01 },
 * );
 * w; // => [0.5…]
 */
export const adam: Update<"m" | "v", AdamHyper> = (
  { w, g: slope, m, v },
  { lr, beta1, beta2, eps, weightDecay, bias1, bias2 },
) => {
  const g = decayed(slope, w, weightDecay);
  const mt = add(mul(beta1, m), mul(rest(beta1), g)); // first moment
  const vt = add(mul(beta2, v), mul(1 - beta2, square(g))); // second moment, not centred
  const mHat = div(mt, bias1); // both start at 0 and are too small at first
  const vHat = div(vt, bias2);
  return { w: sub(w, div(mul(lr, mHat), add(sqrt(vHat), eps))), m: mt, v: vt }; // ε outside the root, as in PyTorch
};

/**
 * * AMSGrad: Adam with the greatest second moment so far, so that the step never grows again. Source: Reddi et al. 2018.
 *
 * @example
 * const { w } = optim.formulas.amsgrad(
 *   { w: tensor([1]), g: tensor([2]), m: zeros([1]), v: zeros([1]), vMax: zeros([1]) },
 *   { lr: 0.5, beta1: 0.9, beta2: 0.99, eps: 0, weightDecay: 0, bias1: 0.1, bias2: 0.01 },
 * );
 * w; // => [0.5…]
 */
export const amsgrad: Update<"m" | "v" | "vMax", AdamHyper> = (
  { w, g: slope, m, v, vMax },
  { lr, beta1, beta2, eps, weightDecay, bias1, bias2 },
) => {
  const g = decayed(slope, w, weightDecay);
  const mt = add(mul(beta1, m), mul(rest(beta1), g));
  const vt = add(mul(beta2, v), mul(1 - beta2, square(g)));
  const greatest = maximum(vMax, vt);
  const mHat = div(mt, bias1);
  const vHat = div(greatest, bias2);
  return { w: sub(w, div(mul(lr, mHat), add(sqrt(vHat), eps))), m: mt, v: vt, vMax: greatest };
};

/**
 * Decoupled weight decay, before the step of AdamW: w ← w − lr · λ · w. Source: Loshchilov & Hutter 2019.
 *
 * @example
 * optim.formulas.shrink(tensor([2]), tensor(0.5), 0.5); // => [1.5]
 */
export function shrink(w: Tensor, lr: Coefficient, weightDecay: number): Tensor {
  return weightDecay === 0 ? w : sub(w, mul(mul(lr, weightDecay), w));
}

export interface NadamHyper extends Omit<AdamHyper, "bias1"> {
  /** μₜ and μₜ₊₁: how much of the momentum is kept now and in the next step */
  readonly mu: Coefficient;
  readonly muNext: Coefficient;
  /** 1 − μ₁ … μₜ and 1 − μ₁ … μₜ₊₁ */
  readonly bias: Coefficient;
  readonly biasNext: Coefficient;
}

/**
 * NAdam in the form that PyTorch documents: Adam that looks one step of its momentum ahead, with a μ that grows.
 *
 * w ← w − lr · (μₜ₊₁ m / (1 − μ₁ … μₜ₊₁) + (1 − μₜ) g / (1 − μ₁ … μₜ)) / (√(v / (1 − β₂ᵗ)) + ε). Source: Dozat 2016,
 * algorithm 2.
 *
 * @example
 * const { w } = optim.formulas.nadam(
 *   { w: tensor([1]), g: tensor([2]), m: zeros([1]), v: zeros([1]) },
 *   {
 *     ...{ lr: 0.5, beta1: 0.9, beta2: 0.99, eps: 0, weightDecay: 0, bias2: 0.01 },
 *     ...{ mu: tensor(0.5), muNext: tensor(0.5), bias: tensor(0.5), biasNext: tensor(0.75) },
 *   },
 * );
 * w; // => [0.46…]
 */
export const nadam: Update<"m" | "v", NadamHyper> = (
  { w, g: slope, m, v },
  { lr, beta1, beta2, eps, weightDecay, bias2, mu, muNext, bias, biasNext },
) => {
  const g = decayed(slope, w, weightDecay);
  const mt = add(mul(beta1, m), mul(rest(beta1), g));
  const vt = add(mul(beta2, v), mul(1 - beta2, square(g)));
  const ahead = add(mul(div(muNext, biasNext), mt), mul(div(rest(mu), bias), g));
  return { w: sub(w, div(mul(lr, ahead), add(sqrt(div(vt, bias2)), eps))), m: mt, v: vt };
};

/**
 * Nadam as Dozat's report and the course write it: w ← w − lr · (β₁ m̂ + (1 − β₁) / (1 − β₁ᵗ) · g) / (√v̂ + ε).
 *
 * Source: Dozat 2015, Incorporating Nesterov Momentum into Adam.
 *
 * @example
 * const { w } = optim.formulas.nadamDozat(
 *   { w: tensor([1]), g: tensor([2]), m: zeros([1]), v: zeros([1]) },
 *   { lr: 0.5, beta1: 0.9, beta2: 0.99, eps: 0, weightDecay: 0, bias1: tensor(0.1), bias2: 0.01 },
 * );
 * w; // => [0.05…]
 */
export const nadamDozat: Update<"m" | "v", AdamHyper> = (
  { w, g: slope, m, v },
  { lr, beta1, beta2, eps, weightDecay, bias1, bias2 },
) => {
  const g = decayed(slope, w, weightDecay);
  const mt = add(mul(beta1, m), mul(rest(beta1), g));
  const vt = add(mul(beta2, v), mul(1 - beta2, square(g)));
  const ahead = add(mul(beta1, div(mt, bias1)), mul(div(rest(beta1), bias1), g));
  return { w: sub(w, div(mul(lr, ahead), add(sqrt(div(vt, bias2)), eps))), m: mt, v: vt };
};

export interface RadamHyper extends AdamHyper {
  readonly bias2: Tensor;
  /** Whether ρₜ > 5, the length of the average is enough for its variance to be known */
  readonly known: Tensor;
  /** r = √((ρₜ − 4)(ρₜ − 2) ρ∞ / ((ρ∞ − 4)(ρ∞ − 2) ρₜ)) */
  readonly rectification: Tensor;
}

/**
 * RAdam: Adam without the root until the second moment can be trusted. Source: Liu et al. 2020, algorithm 2.
 *
 * @example
 * const { w } = optim.formulas.radam(
 *   { w: tensor([1]), g: tensor([2]), m: zeros([1]), v: zeros([1]) },
 *   {
 *     ...{ lr: 0.25, beta1: 0.9, beta2: 0.99, eps: 0, weightDecay: 0, bias1: tensor(0.1), bias2: tensor(0.01) },
 *     ...{ known: tensor(false), rectification: tensor(1) }, // too early to trust v
 *   },
 * );
 * w; // => [0.5…]
 */
export const radam: Update<"m" | "v", RadamHyper> = (
  { w, g: slope, m, v },
  { lr, beta1, beta2, eps, weightDecay, bias1, bias2, known, rectification },
) => {
  const g = decayed(slope, w, weightDecay);
  const mt = add(mul(beta1, m), mul(rest(beta1), g));
  const vt = add(mul(beta2, v), mul(1 - beta2, square(g)));
  const adaptive = div(mul(rectification, sqrt(bias2)), add(sqrt(vt), eps)); // ε beside √v, not √v̂, as in PyTorch
  return { w: sub(w, mul(mul(lr, div(mt, bias1)), where(known, adaptive, 1))), m: mt, v: vt };
};

/**
 * Adamax: Adam with the greatest gradient in place of the root, u ← max(β₂ u, |g| + ε). Source: Kingma & Ba 2015, 7.1.
 *
 * @example
 * const { w } = optim.formulas.adamax(
 *   { w: tensor([1]), g: tensor([2]), m: zeros([1]), u: zeros([1]) },
 *   { lr: 0.5, beta1: 0.9, beta2: 0.99, eps: 0, weightDecay: 0, bias1: tensor(0.1) },
 * );
 * w; // => [0.5…]
 */
export const adamax: Update<"m" | "u", Omit<AdamHyper, "bias2">> = (
  { w, g: slope, m, u },
  { lr, beta1, beta2, eps, weightDecay, bias1 },
) => {
  const g = decayed(slope, w, weightDecay);
  const mt = add(mul(beta1, m), mul(rest(beta1), g));
  const ut = maximum(mul(beta2, u), add(abs(g), eps));
  return { w: sub(w, div(mul(div(lr, bias1), mt), ut)), m: mt, u: ut };
};
