/**
 * The formulas of the optimizers, one pure function each, with the letters of the papers.
 *
 * Everything with the shape of the weights: w weights, g gradient, m and v moments. Everything else is one number for
 * all of them: a constant, or a scalar tensor where it changes from step to step (the rate, what depends on the step's
 * number). So an update is elementwise throughout, and the compiler makes one pass over memory of it.
 */
import { add, div, maximum, mul, sqrt, square, sub, type Tensor } from "../tensor/index.ts";

/** A number of the formula: constant, or a scalar that is computed anew in each step. */
export type Coefficient = number | Tensor;

/** One step for one parameter: from the weights, their gradient and the moments to new weights and new moments. */
export type Update<Moment extends string, Hyper> = (
  state: Readonly<Record<"w" | "g" | Moment, Tensor>>,
  hyper: Hyper,
) => Readonly<Record<"w" | Moment, Tensor>>;

export interface SgdHyper {
  readonly lr: Coefficient;
  readonly weightDecay: number;
}

/** Gradient descent: w ← w − lr · g, with λ/2 |w|² added to the loss. */
export const sgd: Update<never, SgdHyper> = ({ w, g }, { lr, weightDecay }) => {
  return { w: sub(w, mul(lr, decayed(g, w, weightDecay))) };
};

export interface MomentumHyper extends SgdHyper {
  /** μ */
  readonly momentum: number;
  /** 1 − dampening; 1 in the first step, so that m begins as the gradient */
  readonly share: Coefficient;
  readonly nesterov: boolean;
}

/**
 * Gradient descent with momentum, in PyTorch's form: m ← μ m + share · g, w ← w − lr · m; Nesterov's look ahead takes g
 * + μ m instead of m.
 *
 * Sources: Polyak 1964; Nesterov 1983 as in Sutskever et al. 2013.
 */
export const momentum: Update<"m", MomentumHyper> = (
  { w, g: slope, m },
  { lr, weightDecay, momentum: mu, share, nesterov },
) => {
  const g = decayed(slope, w, weightDecay);
  const mt = add(mul(mu, m), share === 1 ? g : mul(share, g));
  const step = nesterov ? add(g, mul(mu, mt)) : mt;
  return { w: sub(w, mul(lr, step)), m: mt };
};

export interface AdamHyper {
  readonly lr: Coefficient;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** λ of λ/2 |w|², which joins the gradient */
  readonly weightDecay: number;
  /** 1 − β₁ᵗ and 1 − β₂ᵗ; 1 where the bias is left alone */
  readonly bias1: Coefficient;
  readonly bias2: Coefficient;
}

/** Adam: Kingma & Ba 2015, algorithm 1. `t` counts from 1 (in `bias1`, `bias2`); m and v begin at 0. */
export const adam: Update<"m" | "v", AdamHyper> = (
  { w, g: slope, m, v },
  { lr, beta1, beta2, eps, weightDecay, bias1, bias2 },
) => {
  const g = decayed(slope, w, weightDecay);
  const mt = add(mul(beta1, m), mul(1 - beta1, g)); // first moment
  const vt = add(mul(beta2, v), mul(1 - beta2, square(g))); // second moment, not centred
  const mHat = div(mt, bias1); // both start at 0 and are too small at first
  const vHat = div(vt, bias2);
  return { w: sub(w, div(mul(lr, mHat), add(sqrt(vHat), eps))), m: mt, v: vt }; // ε outside the root, as in PyTorch
};

/**
 * AMSGrad: Adam with the greatest second moment so far, so that the step never grows again. Source: Reddi et al. 2018.
 */
export const amsgrad: Update<"m" | "v" | "vMax", AdamHyper> = (
  { w, g: slope, m, v, vMax },
  { lr, beta1, beta2, eps, weightDecay, bias1, bias2 },
) => {
  const g = decayed(slope, w, weightDecay);
  const mt = add(mul(beta1, m), mul(1 - beta1, g));
  const vt = add(mul(beta2, v), mul(1 - beta2, square(g)));
  const greatest = maximum(vMax, vt);
  const mHat = div(mt, bias1);
  const vHat = div(greatest, bias2);
  return { w: sub(w, div(mul(lr, mHat), add(sqrt(vHat), eps))), m: mt, v: vt, vMax: greatest };
};

/** Decoupled weight decay, before the step of AdamW: w ← w − lr · λ · w. Source: Loshchilov & Hutter 2019. */
export function shrink(w: Tensor, lr: Coefficient, weightDecay: number): Tensor {
  return weightDecay === 0 ? w : sub(w, mul(mul(lr, weightDecay), w));
}

/** 1 − βᵗ = −expm1(t ln β), which keeps its digits where βᵗ is near 1. */
export function biasCorrection(beta: number, t: Tensor): Tensor {
  return t.mul(Math.log(beta)).expm1().neg();
}

/** g + λ w, the gradient of the loss with λ/2 |w|² added. */
function decayed(g: Tensor, w: Tensor, weightDecay: number): Tensor {
  return weightDecay === 0 ? g : add(g, mul(weightDecay, w));
}
