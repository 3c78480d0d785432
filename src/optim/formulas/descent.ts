/** Plain descent and its momenta; the sign methods; the averaged form. */
import { add, clamp, greater, less, mul, sign, sub, type Tensor, where } from "../../tensor/index.ts";
import { type Coefficient, decayed, rest, type Update } from "./update.ts";

export interface SgdHyper {
  readonly lr: Coefficient;
  readonly weightDecay: number;
}

/**
 * Gradient descent: w ← w − lr · g, with λ/2 |w|² added to the loss.
 *
 * @example
 * const { w } = optim.formulas.sgd(
 *   { w: tensor([1]), g: tensor([2]) },
 *   { lr: 0.25, weightDecay: 0 },
 * );
 * w; // => [0.5]
 */
export const sgd: Update<never, SgdHyper> = ({ w, g }, { lr, weightDecay }) => {
  return { w: sub(w, mul(lr, decayed(g, w, weightDecay))) };
};

export interface MomentumHyper extends SgdHyper {
  /** μ */
  readonly momentum: Coefficient;
  /** 1 − dampening; 1 in the first step, so that m begins as the gradient */
  readonly share: Coefficient;
  readonly nesterov: boolean;
}

/**
 * Gradient descent with momentum, in PyTorch's form: m ← μ m + share · g, w ← w − lr · m; Nesterov's look ahead takes g
 * + μ m instead of m.
 *
 * Sources: Polyak 1964; Nesterov 1983 as in Sutskever et al. 2013.
 *
 * @example
 * const { w } = optim.formulas.momentum(
 *   { w: tensor([1]), g: tensor([2]), m: ones([1]) },
 *   { lr: 0.25, momentum: 0.5, share: 1, nesterov: false, weightDecay: 0 },
 * );
 * w; // => [0.375]
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

/**
 * Polyak's momentum as the course writes it, with the rate inside: v ← μ v + lr · g, w ← w − v.
 *
 * With one rate for the whole run the same steps as `momentum`; when the rate changes, v keeps the old steps' sizes.
 * Source: Polyak 1964. Nesterov's look-ahead is the same with the gradient of w − μ v (`lookAhead`).
 *
 * @example
 * const { w } = optim.formulas.polyak(
 *   { w: tensor([1]), g: tensor([2]), v: ones([1]) },
 *   { lr: 0.25, momentum: 0.5, weightDecay: 0 },
 * );
 * w; // => [0.]
 */
export const polyak: Update<"v", Omit<MomentumHyper, "share" | "nesterov">> = (
  { w, g: slope, v },
  { lr, weightDecay, momentum: mu },
) => {
  const vt = add(mul(mu, v), mul(lr, decayed(slope, w, weightDecay)));
  return { w: sub(w, vt), v: vt };
};

/**
 * Where Nesterov's momentum takes the gradient: w − μ v. Source: Nesterov 1983, as in Sutskever et al. 2013.
 *
 * @example
 * optim.formulas.lookAhead(tensor([1]), tensor([2]), 0.25); // => [0.5]
 */
export function lookAhead(w: Tensor, v: Tensor, momentum: Coefficient): Tensor {
  return sub(w, mul(momentum, v));
}

export interface LionHyper {
  readonly lr: Coefficient;
  readonly beta1: Coefficient;
  readonly beta2: number;
}

/**
 * Lion: only the sign of the mixed gradient moves the weights, w ← w − lr · sign(β₁ m + (1 − β₁) g); then m ← β₂ m +
 * (1 − β₂) g. Weight decay is decoupled. Source: Chen et al. 2023, algorithm 2.
 *
 * @example
 * const { w } = optim.formulas.lion(
 *   { w: tensor([1]), g: tensor([2]), m: zeros([1]) },
 *   { lr: 0.25, beta1: 0.9, beta2: 0.99 },
 * );
 * w; // => [0.75]
 */
export const lion: Update<"m", LionHyper> = ({ w, g, m }, { lr, beta1, beta2 }) => {
  const c = add(mul(beta1, m), mul(rest(beta1), g));
  return { w: sub(w, mul(lr, sign(c))), m: add(mul(beta2, m), mul(1 - beta2, g)) };
};

export interface RpropHyper {
  /** η⁻, η⁺: factors of the step where the gradient changed and where it kept its sign */
  readonly etaMinus: number;
  readonly etaPlus: number;
  readonly least: number;
  readonly greatest: number;
}

/**
 * Rprop: every weight has a step Δ of its own, which grows by η⁺ while the gradient keeps its sign and shrinks by η⁻
 * where it changes; there the weight rests. Source: Riedmiller & Braun 1993, with the rest of iRprop⁻ (Igel & Hüsken
 * 2000), as in PyTorch.
 *
 * @example
 * const { w } = optim.formulas.rprop(
 *   { w: tensor([1]), g: tensor([2]), prev: ones([1]), delta: full([1], 0.5) },
 *   { etaMinus: 0.5, etaPlus: 1.5, least: 0, greatest: 50 },
 * );
 * w; // => [0.25]
 */
export const rprop: Update<"prev" | "delta", RpropHyper> = (
  { w, g, prev, delta },
  { etaMinus, etaPlus, least, greatest },
) => {
  const agreement = mul(g, prev); // 0 in the first step: Δ stays
  const scaled = where(
    greater(agreement, 0),
    mul(delta, etaPlus),
    where(less(agreement, 0), mul(delta, etaMinus), delta),
  );
  const step = clamp(scaled, { min: least, max: greatest });
  const gt = where(less(agreement, 0), 0, g);
  return { w: sub(w, mul(sign(gt), step)), prev: gt, delta: step };
};

export interface AsgdHyper {
  /** η = lr / (1 + λ lr (t − 1))^α */
  readonly eta: Coefficient;
  /** 1 / max(1, t − 1 − t₀) */
  readonly mu: Coefficient;
  readonly lambda: number;
  readonly weightDecay: number;
}

/**
 * Averaged gradient descent: w ← (1 − λ η) w − η g, and ax, the mean of the weights since step t₀. Source: Polyak &
 * Juditsky 1992, in the form of Bottou's, as in PyTorch.
 *
 * @example
 * const { w } = optim.formulas.asgd(
 *   { w: tensor([1]), g: tensor([2]), ax: zeros([1]) },
 *   { eta: tensor(0.25), mu: tensor(1), lambda: 0, weightDecay: 0 },
 * );
 * w; // => [0.5]
 */
export const asgd: Update<"ax", AsgdHyper> = ({ w, g: slope, ax }, { eta, mu, lambda, weightDecay }) => {
  const g = decayed(slope, w, weightDecay);
  const wt = sub(sub(w, mul(w, mul(lambda, eta))), mul(eta, g));
  return { w: wt, ax: add(ax, mul(sub(wt, ax), mu)) };
};
