/**
 * The formulas of the optimizers, one pure function each, with the letters of the papers.
 *
 * Everything with the shape of the weights: w weights, g gradient, m and v moments. Everything else is one number for
 * all of them: a constant, or a scalar tensor where it changes from step to step (the rate, what depends on the step's
 * number). So an update is elementwise throughout, and the compiler makes one pass over memory of it.
 */
import { add, mul, type Tensor } from "../../tensor/index.ts";

/** A number of the formula: constant, or a scalar that is computed anew in each step. */
export type Coefficient = number | Tensor;

/** One step for one parameter: from the weights, their gradient and the moments to new weights and new moments. */
export type Update<Moment extends string, Hyper> = (
  state: Readonly<Record<"w" | "g" | Moment, Tensor>>,
  hyper: Hyper,
) => Readonly<Record<"w" | Moment, Tensor>>;

/**
 * 1 − βᵗ = −expm1(t ln β), which keeps its digits where βᵗ is near 1.
 *
 * @example
 * optim.formulas.biasCorrection(0.5, tensor(2)); // => 0.75
 */
export function biasCorrection(beta: Coefficient, t: Tensor): Tensor {
  return t
    .mul(typeof beta === "number" ? Math.log(beta) : beta.log())
    .expm1()
    .neg();
}

/** g + λ w, the gradient of the loss with λ/2 |w|² added. */
export function decayed(g: Tensor, w: Tensor, weightDecay: number): Tensor {
  return weightDecay === 0 ? g : add(g, mul(weightDecay, w));
}

/** 1 − β */
export function rest(beta: Coefficient): Coefficient {
  return typeof beta === "number" ? 1 - beta : beta.mul(-1).add(1);
}
