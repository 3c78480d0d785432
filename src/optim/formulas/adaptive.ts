/** Methods that divide by the root of the gradient's squares: summed, or averaged over the last steps. */
import { add, div, mul, sqrt, square, sub, type Tensor } from "../../tensor/index.ts";
import { type Coefficient, decayed, type Update } from "./update.ts";

export interface AdagradHyper {
  /** lr / (1 + (t − 1) · decay) */
  readonly lr: Coefficient;
  readonly eps: number;
  readonly weightDecay: number;
}

/**
 * Adagrad: G ← G + g², w ← w − lr · g / (√G + ε). Source: Duchi, Hazan & Singer 2011.
 *
 * @example
 * const { w } = optim.formulas.adagrad(
 *   { w: tensor([1]), g: tensor([2]), G: zeros([1]) },
 *   { lr: 0.5, eps: 0, weightDecay: 0 },
 * );
 * w; // => [0.5]
 */
export const adagrad: Update<"G", AdagradHyper> = ({ w, g: slope, G }, { lr, eps, weightDecay }) => {
  const g = decayed(slope, w, weightDecay);
  const Gt = add(G, square(g));
  return { w: sub(w, div(mul(lr, g), add(sqrt(Gt), eps))), G: Gt };
};

export interface RmspropHyper extends AdagradHyper {
  /** α: how much of the mean square is kept */
  readonly alpha: number;
  /** Whether ε is added below the root, √(v + ε), or beside it, √v + ε */
  readonly epsInsideRoot: boolean;
}

/**
 * RMSprop: v ← α v + (1 − α) g², w ← w − lr · g / (√v + ε). Source: Tieleman & Hinton 2012, lecture 6e.
 *
 * @example
 * const { w } = optim.formulas.rmsprop(
 *   { w: tensor([1]), g: tensor([2]), v: zeros([1]) },
 *   { lr: 0.5, alpha: 0.75, eps: 0, epsInsideRoot: false, weightDecay: 0 },
 * );
 * w; // => [0.]
 */
export const rmsprop: Update<"v", RmspropHyper> = ({ w, g: slope, v }, hyper) => {
  const g = decayed(slope, w, hyper.weightDecay);
  const vt = meanSquare(v, g, hyper.alpha);
  return { w: sub(w, div(mul(hyper.lr, g), root(vt, hyper))), v: vt };
};

/**
 * RMSprop by the variance v − ḡ², ḡ ← α ḡ + (1 − α) g. Source: Graves 2013, equation 38.
 *
 * @example
 * const { w } = optim.formulas.rmspropCentered(
 *   { w: tensor([1]), g: tensor([2]), v: zeros([1]), mean: zeros([1]) },
 *   { lr: 0.5, alpha: 0.75, eps: 0, epsInsideRoot: false, weightDecay: 0 },
 * );
 * w; // => [-0.15…]
 */
export const rmspropCentered: Update<"v" | "mean", RmspropHyper> = ({ w, g: slope, v, mean }, hyper) => {
  const g = decayed(slope, w, hyper.weightDecay);
  const vt = meanSquare(v, g, hyper.alpha);
  const meanT = add(mul(hyper.alpha, mean), mul(1 - hyper.alpha, g));
  const variance = sub(vt, square(meanT));
  return { w: sub(w, div(mul(hyper.lr, g), root(variance, hyper))), v: vt, mean: meanT };
};

export interface RmspropMomentumHyper extends RmspropHyper {
  readonly momentum: Coefficient;
}

/**
 * RMSprop with momentum: m ← μ m + g / (√v + ε), w ← w − lr · m.
 *
 * @example
 * const { w } = optim.formulas.rmspropMomentum(
 *   { w: tensor([1]), g: tensor([2]), v: zeros([1]), m: ones([1]) },
 *   { lr: 0.5, alpha: 0.75, eps: 0, epsInsideRoot: false, weightDecay: 0, momentum: 0.5 },
 * );
 * w; // => [-0.25]
 */
export const rmspropMomentum: Update<"v" | "m", RmspropMomentumHyper> = ({ w, g: slope, v, m }, hyper) => {
  const g = decayed(slope, w, hyper.weightDecay);
  const vt = meanSquare(v, g, hyper.alpha);
  const mt = add(mul(hyper.momentum, m), div(g, root(vt, hyper)));
  return { w: sub(w, mul(hyper.lr, mt)), v: vt, m: mt };
};

/**
 * RMSprop by the variance, with momentum: m ← μ m + g / (√(v − ḡ²) + ε), w ← w − lr · m.
 *
 * @example
 * const { w } = optim.formulas.rmspropCenteredMomentum(
 *   { w: tensor([1]), g: tensor([2]), v: zeros([1]), mean: zeros([1]), m: ones([1]) },
 *   { lr: 0.5, alpha: 0.75, eps: 0, epsInsideRoot: false, weightDecay: 0, momentum: 0.5 },
 * );
 * w; // => [-0.40…]
 */
export const rmspropCenteredMomentum: Update<"v" | "mean" | "m", RmspropMomentumHyper> = (
  { w, g: slope, v, mean, m },
  hyper,
) => {
  const g = decayed(slope, w, hyper.weightDecay);
  const vt = meanSquare(v, g, hyper.alpha);
  const meanT = add(mul(hyper.alpha, mean), mul(1 - hyper.alpha, g));
  const mt = add(mul(hyper.momentum, m), div(g, root(sub(vt, square(meanT)), hyper)));
  return { w: sub(w, mul(hyper.lr, mt)), v: vt, mean: meanT, m: mt };
};

export interface AdadeltaHyper extends AdagradHyper {
  /** ρ: how much of both mean squares is kept */
  readonly rho: number;
}

/**
 * Adadelta: v ← ρ v + (1 − ρ) g², Δ = √(u + ε) / √(v + ε) · g, u ← ρ u + (1 − ρ) Δ², w ← w − lr · Δ.
 *
 * Source: Zeiler 2012, algorithm 1, where lr is 1.
 *
 * @example
 * const { w } = optim.formulas.adadelta(
 *   { w: tensor([1]), g: tensor([2]), v: zeros([1]), u: ones([1]) },
 *   { lr: 1, rho: 0.75, eps: 0, weightDecay: 0 },
 * );
 * w; // => [-1.]
 */
export const adadelta: Update<"v" | "u", AdadeltaHyper> = ({ w, g: slope, v, u }, { lr, rho, eps, weightDecay }) => {
  const g = decayed(slope, w, weightDecay);
  const vt = meanSquare(v, g, rho);
  const delta = mul(div(sqrt(add(u, eps)), sqrt(add(vt, eps))), g);
  return { w: sub(w, mul(lr, delta)), v: vt, u: meanSquare(u, delta, rho) };
};

/** α v + (1 − α) g² */
function meanSquare(v: Tensor, g: Tensor, alpha: number): Tensor {
  return add(mul(alpha, v), mul(1 - alpha, square(g)));
}

function root(v: Tensor, { eps, epsInsideRoot }: RmspropHyper): Tensor {
  return epsInsideRoot ? sqrt(add(v, eps)) : add(sqrt(v), eps);
}
