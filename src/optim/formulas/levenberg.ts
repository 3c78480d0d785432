/** Gauss and Newton's curvature JᵀJ with something added, so that every step is a small one downhill: whole or diagonal. */
import {
  add,
  cholesky,
  diag,
  diagonal,
  div,
  equal,
  eye,
  mul,
  neg,
  solve,
  sub,
  type Tensor,
  where,
} from "../../tensor/index.ts";
import { type Coefficient, decayed, type Update } from "./update.ts";

/**
 * The step of Levenberg and Marquardt for residuals r(w) with slopes J = ∂r / ∂w:
 *
 *     δ = −(JᵀJ + λ D)⁻¹ Jᵀ r,   D = I (Levenberg 1944) or diag(JᵀJ) (Marquardt 1963)
 *
 * by Cholesky's factor. A weight on which nothing depends has 1 in D.
 *
 * @param A       JᵀJ, [n, n]
 * @param g       Jᵀ r, [n]
 * @param lambda  λ
 * @throws ValueError  when JᵀJ + λ D is not positive definite, as soon as the value is read
 * @example
 * optim.formulas.dampedStep(tensor([[4]]), tensor([8]), 0, "identity"); // => [-2.]
 */
export function dampedStep(A: Tensor, g: Tensor, lambda: Coefficient, scaling: "identity" | "diagonal"): Tensor {
  const own = diagonal(A);
  const D =
    scaling === "identity" ? eye(g.size, { dtype: A.dtype, device: A.device }) : diag(where(equal(own, 0), 1, own));
  const L = cholesky(add(A, mul(lambda, D)));
  return neg(solve(L.T, solve(L, g)));
}

export interface DiagonalLevenbergHyper {
  readonly lr: Coefficient;
  /** μ: what keeps the step bounded where the loss is flat */
  readonly mu: number;
  readonly weightDecay: number;
}

/**
 * Stochastic diagonal Levenberg–Marquardt: every weight has the rate η / (μ + h), h being its second derivative.
 *
 *     w ← w − η / (μ + h) · g
 *
 * Source: LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, section 9.1: a stochastic diagonal Levenberg–Marquardt
 * method.
 *
 * @example
 * const { w } = optim.formulas.diagonalLevenberg(
 *   { w: tensor([1]), g: tensor([2]), h: tensor([0.5]) },
 *   { lr: 0.25, mu: 0.5, weightDecay: 0 },
 * );
 * w; // => [0.5]
 */
export const diagonalLevenberg: Update<"h", DiagonalLevenbergHyper> = ({ w, g, h }, { lr, mu, weightDecay }) => {
  return { w: sub(w, mul(div(lr, add(mu, h)), decayed(g, w, weightDecay))), h };
};

/**
 * The running average of the second derivatives: h ← (1 − γ) h + γ ĥ.
 *
 * @example
 * optim.formulas.averagedCurvature(tensor([1]), tensor([3]), 0.25); // => [1.5]
 */
export function averagedCurvature(h: Tensor, sample: Tensor, gamma: Coefficient): Tensor {
  return add(h, mul(gamma, sub(sample, h)));
}
