/** Averages of weights along the training. */
import { add, div, mul, sub, type Tensor } from "../../tensor/index.ts";

/**
 * The plain mean of n + 1 values, from that of n: a ← a + (w − a) / (n + 1). Source: Izmailov et al. 2018.
 *
 * @example
 * optim.formulas.swaAverage(tensor([1]), tensor([4]), tensor(2)); // => [2.]
 */
export function swaAverage(a: Tensor, w: Tensor, n: Tensor): Tensor {
  return add(a, div(sub(w, a), add(n, 1).astype(w.dtype)));
}

/**
 * The exponential average: a ← β a + (1 − β) w. Source: Polyak & Juditsky 1992; Tarvainen & Valpola 2017.
 *
 * @example
 * optim.formulas.emaAverage(tensor([1]), tensor([3]), 0.75); // => [1.5]
 */
export function emaAverage(a: Tensor, w: Tensor, beta: number): Tensor {
  return add(mul(beta, a), mul(1 - beta, w));
}
