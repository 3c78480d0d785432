/**
 * L-BFGS's product of the inverse Hessian with the gradient: the two-loop recursion, in coordinates.
 *
 * All vectors of the recursion are sums of the pairs sᵢ = xᵢ₊₁ − xᵢ, yᵢ = ∇fᵢ₊₁ − ∇fᵢ and of the gradient g. Their
 * coordinates need only inner products, so two passes over the history, one for the products with g and one for the sum,
 * do what 4m passes would, and a history of any length is one program.
 *
 * Sources: Nocedal & Wright 2006, algorithm 7.4; in coordinates: Chen, Wang & Zhou 2014, Large-scale L-BFGS using
 * MapReduce.
 */

/** Inner products of a history of k pairs, the oldest first. */
export interface PairProducts {
  /** sᵢᵀ yⱼ */
  readonly sy: readonly (readonly number[])[];
  /** yᵢᵀ yⱼ */
  readonly yy: readonly (readonly number[])[];
  /** sᵢᵀ g */
  readonly sg: readonly number[];
  /** yᵢᵀ g */
  readonly yg: readonly number[];
}

/** A vector Σ sᵢ s⁽ⁱ⁾ + Σ yᵢ y⁽ⁱ⁾ + g g. */
export interface Coordinates {
  readonly s: readonly number[];
  readonly y: readonly number[];
  readonly g: number;
}

/**
 * r = H g, with H as the pairs make it of the start γ I:
 *
 *     q = g;    for i = k − 1 … 0:  αᵢ = ρᵢ sᵢᵀ q,  q ← q − αᵢ yᵢ        ρᵢ = 1 / (yᵢᵀ sᵢ)
 *     r = γ q;  for i = 0 … k − 1:  β = ρᵢ yᵢᵀ r,   r ← r + (αᵢ − β) sᵢ
 *
 * @example
 * // of f(x) = x², with s = 1 and y = 2, at a gradient of 4: H g = 2 s − y + ½ g = 2
 * optim.formulas.twoLoop({ sy: [[2]], yy: [[4]], sg: [4], yg: [8] }, 0.5); // => { s: [ 2 ], y: [ -1 ], g: 0.5 }
 */
export function twoLoop({ sy, yy, sg, yg }: PairProducts, gamma: number): Coordinates {
  const k = sg.length;
  const alpha = new Array<number>(k).fill(0);
  const s = new Array<number>(k).fill(0);
  for (let i = k - 1; i >= 0; i--) {
    let sq = sg[i]!; // sᵢᵀ q, of q = g − Σ αⱼ yⱼ with j > i
    for (let j = i + 1; j < k; j++) sq -= alpha[j]! * sy[i]![j]!;
    alpha[i] = sq / sy[i]![i]!;
  }
  for (let i = 0; i < k; i++) {
    let yq = yg[i]!; // yᵢᵀ q
    for (let j = 0; j < k; j++) yq -= alpha[j]! * yy[i]![j]!;
    let yr = gamma * yq; // yᵢᵀ r, of r = γ q + Σ sⱼ s⁽ʲ⁾ with j < i
    for (let j = 0; j < i; j++) yr += s[j]! * sy[j]![i]!;
    s[i] = alpha[i]! - yr / sy[i]![i]!;
  }
  return { s, y: alpha.map((a) => -gamma * a), g: gamma };
}
