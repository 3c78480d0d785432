/**
 * Levenberg and Marquardt's method for sums of squares: Gauss and Newton's step while it leads downhill, shorter and
 * closer to the gradient's direction where it does not. For small networks: it solves a system of all weights.
 */
import { ValueError } from "../base/index.ts";
import type { StateDict } from "../nn/index.ts";
import { flush, isTracing } from "../runtime/index.ts";
import { compile, noGrad, type Tensor, tensor } from "../tensor/index.ts";
import { dampedStep } from "./formulas/index.ts";
import { parametersOf } from "./group.ts";
import { normalPrograms, type ResidualPrograms, residualPrograms } from "./levenberg-programs.ts";
import { loadNumbers, readNumbers, saveNumbers } from "./numbers.ts";
import { aboveOne, aboveZero, complete, count, oneOf, properShare, type Ranges } from "./ranges.ts";

export interface LevenbergMarquardtOptions {
  /** λ at the beginning; 1e-3 by default. */
  readonly damping?: number;
  /** By what λ grows after a trial that leads uphill; 10 by default. */
  readonly increase?: number;
  /** By what λ shrinks after one that leads downhill; 0.1 by default. */
  readonly decrease?: number;
  /** λ grows no further; 1e10 by default. */
  readonly maxDamping?: number;
  /** Trials of a step, with λ growing; 20 by default. */
  readonly maxTrials?: number;
  /** What λ is multiplied by: I ("identity", the default) or the diagonal of JᵀJ ("diagonal", Marquardt's). */
  readonly scaling?: "identity" | "diagonal";
}

const defaults: Required<LevenbergMarquardtOptions> = {
  ...{ damping: 1e-3, increase: 10, decrease: 0.1, maxDamping: 1e10, maxTrials: 20, scaling: "identity" },
};

const ranges: Ranges<LevenbergMarquardtOptions> = {
  ...{ damping: aboveZero, increase: aboveOne, decrease: properShare, maxDamping: aboveZero, maxTrials: count },
  scaling: /* @__PURE__ */ oneOf("identity", "diagonal"),
};

/** The residuals, of what it is given. */
export type Residuals<Inputs extends readonly Tensor[]> = (...inputs: Inputs) => Tensor;

/**
 * Levenberg–Marquardt: least squares, E = ½ Σ rᵢ², by
 *
 *     (JᵀJ + λ D) δ = −Jᵀ r,   w ← w + δ,   J = ∂r / ∂w [residuals, weights]
 *
 * Where E falls, the step is taken and λ ← λ · decrease; where it does not, the weights stay and the step is tried again
 * with λ ← λ · increase: Marquardt's rule. Sums are in float64 whatever the parameters are, since JᵀJ squares what J
 * spans. J is found column by column, or row by row where there are fewer residuals than weights.
 *
 * `step(residuals)` evaluates r, of any shape; `step(residuals, x, y)` hands x and y to it and compiles it, once for each
 * function and for their shapes, as in `compile`. Values are read, so that `step` cannot be inside `compile`.
 *
 * @throws ValueError  when an option is unknown or out of its range
 * Source: Levenberg 1944; Marquardt 1963; for networks Hagan & Menhaj 1994.
 * @example
 * const w = new nn.Parameter(tensor([1, 0], { dtype: "float64" }));
 * const [x, y] = [tensor([0, 1, 2], { dtype: "float64" }), tensor([2, 1, 0.5], { dtype: "float64" })];
 * const optimizer = new optim.LevenbergMarquardt([w]);
 * // w₀ exp(w₁ x) through three points: 2 · 2⁻ˣ
 * for (let k = 0; k < 10; k++) optimizer.step(() => w.at(0).mul(w.at(1).mul(x).exp()).sub(y));
 * w; // => [ 2.… -0.6931…]
 */
export class LevenbergMarquardt {
  readonly parameters: readonly Tensor[];
  readonly #options: Required<LevenbergMarquardtOptions>;
  readonly #programs = new WeakMap<Residuals<never>, ResidualPrograms>();
  readonly #normal = normalPrograms();
  readonly #solve: (A: Tensor, g: Tensor, lambda: Tensor) => Tensor;
  #lambda: number;
  #steps = 0;

  constructor(parameters: Iterable<Tensor>, options: LevenbergMarquardtOptions = {}) {
    this.parameters = parametersOf("LevenbergMarquardt", parameters);
    this.#options = complete("LevenbergMarquardt", options, defaults, ranges);
    const { scaling, damping } = this.#options;
    this.#lambda = damping;
    this.#solve = compile((A: Tensor, g: Tensor, lambda: Tensor) => dampedStep(A, g, lambda, scaling));
  }

  /** λ, as the last step has left it. */
  get damping(): number {
    return this.#lambda;
  }

  /**
   * Makes one step, if one is found that leads downhill; otherwise the weights stay and λ has grown.
   *
   * @returns  ½ Σ r² before the step, in float64
   * @throws ValueError  inside `compile`
   */
  step<Inputs extends readonly Tensor[]>(residuals: Residuals<Inputs>, ...inputs: Inputs): Tensor {
    if (isTracing())
      throw new ValueError(
        "LevenbergMarquardt: step reads values and cannot be inside compile(); hand it the batch, step(residuals, x, y), and the residuals are compiled",
      );
    return noGrad(() => {
      const programs = this.#programsOf(residuals, inputs);
      const { cost, r } = programs.here(inputs);
      const { A, g } = programs.normal(r, inputs);
      this.#search(readNumbers(cost)[0]!, A, g, (delta) => readNumbers(programs.at(delta, inputs))[0]!, programs);
      this.#steps++;
      return cost.detach();
    });
  }

  /** Tries greater and greater λ until the cost falls. */
  #search(
    cost: number,
    A: Tensor,
    g: Tensor,
    tried: (delta: Tensor) => number,
    { keep, restore }: ResidualPrograms,
  ): void {
    const { increase, decrease, maxDamping, maxTrials } = this.#options;
    keep();
    for (let trial = 0; trial < maxTrials; trial++) {
      const delta = this.#stepFor(A, g);
      if (delta !== null && tried(delta) < cost) {
        this.#lambda *= decrease;
        return;
      }
      if (this.#lambda >= maxDamping) break;
      this.#lambda = Math.min(this.#lambda * increase, maxDamping);
    }
    restore();
    flush();
  }

  /** δ; null where JᵀJ + λ D is not positive definite, which rounding can do while λ is small. */
  #stepFor(A: Tensor, g: Tensor): Tensor | null {
    try {
      const delta = this.#solve(A, g, tensor(this.#lambda, { dtype: "float64" }));
      delta.dataSync();
      return delta;
    } catch (error) {
      if (error instanceof ValueError) return null;
      throw error;
    }
  }

  #programsOf<Inputs extends readonly Tensor[]>(residuals: Residuals<Inputs>, inputs: Inputs): ResidualPrograms {
    const known = this.#programs.get(residuals);
    if (known !== undefined) return known;
    const call = (...given: readonly Tensor[]): Tensor => residuals(...(given as Inputs)); // given are the inputs
    const made = residualPrograms(this.parameters, call, this.#normal, inputs.length > 0);
    if (inputs.length > 0) this.#programs.set(residuals, made);
    return made;
  }

  /** λ and the number of steps; together with the parameters all that a run needs to go on bit for bit. */
  stateDict(): StateDict {
    return saveNumbers(this.#numbers);
  }

  /**
   * Takes over what `stateDict` gave.
   *
   * @throws ValueError  when names differ; nothing is changed then
   */
  loadStateDict(dict: StateDict): void {
    const { damping, n_iter } = loadNumbers("LevenbergMarquardt", this.#numbers, dict);
    [this.#lambda, this.#steps] = [damping[0]!, n_iter[0]!];
  }

  get #numbers(): { readonly damping: number; readonly n_iter: number } {
    return { damping: this.#lambda, n_iter: this.#steps };
  }
}
