/** NAdam, Dozat's Nadam, RAdam and Adamax. */
import { greater } from "../tensor/index.ts";
import { adamax, biasCorrection, nadam, nadamDozat, radam } from "./formulas/index.ts";
import type { Parameters } from "./group.ts";
import { type Kept, type Move, Optimizer, type StepContext } from "./optimizer.ts";
import { betas, fromZero, type Ranges } from "./ranges.ts";

/** What these methods share with Adam. */
export interface TwoMomentOptions {
  /** Rate; 2e-3 by default, in RAdam 1e-3. */
  readonly lr: number;
  /** β₁, β₂: how much of the moments is kept; 0.9 and 0.999 by default. */
  readonly betas: readonly [number, number];
  /** Added to the root; 1e-8 by default. */
  readonly eps: number;
  /** λ of λ/2 |w|², which is added to the loss; 0 by default. */
  readonly weightDecay: number;
}

const defaults: TwoMomentOptions = { lr: 2e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 };

const ranges: Ranges<TwoMomentOptions> = { lr: fromZero, betas, eps: fromZero, weightDecay: fromZero };

/** An optimizer with no options but these. */
abstract class TwoMoments<Moment extends string> extends Optimizer<TwoMomentOptions, Moment> {
  constructor(
    parameters: Parameters<TwoMomentOptions>,
    options: Partial<TwoMomentOptions> = {},
    own: TwoMomentOptions = defaults,
  ) {
    super(parameters, options, own);
  }

  protected override ranges(): Ranges<TwoMomentOptions> {
    return ranges;
  }
}

export interface NadamOptions extends TwoMomentOptions {
  /** ψ of μₜ = β₁ (1 − 0.96^(t ψ) / 2); 4e-3 by default. */
  readonly momentumDecay: number;
}

/**
 * NAdam, Adam with Nesterov's look-ahead, in the form that PyTorch documents; the formula is `nadam`:
 *
 *     w ← w − lr · (μₜ₊₁ m / (1 − μ₁ … μₜ₊₁) + (1 − μₜ) g / (1 − μ₁ … μₜ)) / (√v̂ + ε),   μₜ = β₁ (1 − 0.96^(t ψ) / 2)
 *
 * Source: Dozat 2016, algorithm 2.
 *
 * @throws ValueError  when an option is unknown or out of its range
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * w.square().sum().backward();
 * new optim.NAdam([w], { lr: 0.5 }).step();
 * w; // => [1.4717…]
 */
export class NAdam extends Optimizer<NadamOptions, "m" | "v"> {
  constructor(parameters: Parameters<NadamOptions>, options: Partial<NadamOptions> = {}) {
    super(parameters, options, { ...defaults, momentumDecay: 4e-3 });
  }

  protected override ranges(): Ranges<NadamOptions> {
    return { ...ranges, momentumDecay: fromZero };
  }

  protected override moments(): { m: Kept; v: Kept } {
    return { m: "exp_avg", v: "exp_avg_sq" };
  }

  protected override scalars(): Readonly<Record<string, number>> {
    return { mu_product: 1 };
  }

  protected override prepare({ options, lr, t, momentum: beta1, scalars }: StepContext<NadamOptions>): Move<"m" | "v"> {
    const { eps, weightDecay, momentumDecay } = options;
    const beta2 = options.betas[1];
    const [mu, muNext] = [t, t.add(1)].map((k) =>
      k
        .mul(momentumDecay * Math.log(0.96))
        .exp()
        .mul(-0.5)
        .add(1)
        .mul(beta1),
    ) as [typeof t, typeof t]; // two for two
    const product = scalars.mu_product!.mul(mu);
    scalars.mu_product!.assign(product);
    const [bias, biasNext] = [product, product.mul(muNext)].map((p) => p.mul(-1).add(1)) as [typeof t, typeof t];
    const bias2 = biasCorrection(beta2, t);
    return (state) => nadam(state, { lr, beta1, beta2, eps, weightDecay, bias2, mu, muNext, bias, biasNext });
  }
}

/**
 * Nadam with a constant momentum, as in Dozat's report and in the course; the formula is `nadamDozat`:
 *
 *     w ← w − lr · (β₁ m̂ + (1 − β₁) / (1 − β₁ᵗ) · g) / (√v̂ + ε)
 *
 * Source: Dozat 2015.
 *
 * @throws ValueError  when an option is unknown or out of its range
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * w.square().sum().backward();
 * new optim.NadamDozat([w], { lr: 0.5 }).step();
 * w; // => [1.05]
 */
export class NadamDozat extends TwoMoments<"m" | "v"> {
  protected override moments(): { m: Kept; v: Kept } {
    return { m: "exp_avg", v: "exp_avg_sq" };
  }

  protected override prepare({ options, lr, t, momentum: beta1 }: StepContext<TwoMomentOptions>): Move<"m" | "v"> {
    const beta2 = options.betas[1];
    const [bias1, bias2] = [biasCorrection(beta1, t), biasCorrection(beta2, t)];
    return (state) => nadamDozat(state, { ...options, lr, beta1, beta2, bias1, bias2 });
  }
}

/**
 * RAdam: Adam whose first steps, when the second moment is known from few gradients, do without the root; the formula
 * is `radam`:
 *
 *     w ← w − lr · r · m̂ / √v̂ where ρₜ > 5, else w − lr · m̂;   ρₜ = ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ),  ρ∞ = 2 / (1 − β₂) − 1
 *
 * Source: Liu et al. 2020, algorithm 2.
 *
 * @throws ValueError  when an option is unknown or out of its range
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * w.square().sum().backward();
 * new optim.RAdam([w], { lr: 0.1 }).step();
 * w; // => [1.6]
 */
export class RAdam extends TwoMoments<"m" | "v"> {
  constructor(parameters: Parameters<TwoMomentOptions>, options: Partial<TwoMomentOptions> = {}) {
    super(parameters, options, { ...defaults, lr: 1e-3 });
  }

  protected override moments(): { m: Kept; v: Kept } {
    return { m: "exp_avg", v: "exp_avg_sq" };
  }

  protected override prepare({ options, lr, t, momentum: beta1 }: StepContext<TwoMomentOptions>): Move<"m" | "v"> {
    const beta2 = options.betas[1];
    const [bias1, bias2] = [biasCorrection(beta1, t), biasCorrection(beta2, t)];
    const longest = 2 / (1 - beta2) - 1; // ρ∞
    const rho = t.mul(2).mul(bias2.mul(-1).add(1)).div(bias2).mul(-1).add(longest); // ρ∞ − 2 t β₂ᵗ / (1 − β₂ᵗ)
    const square = rho
      .sub(4)
      .mul(rho.sub(2))
      .div(rho)
      .mul(longest / ((longest - 4) * (longest - 2)));
    const [known, rectification] = [greater(rho, 5), square.sqrt()]; // the root may be NaN where it is not used
    return (state) => radam(state, { ...options, lr, beta1, beta2, bias1, bias2, known, rectification });
  }
}

/**
 * Adamax, Adam by the greatest gradient of late; the formula is `adamax`: u ← max(β₂ u, |g| + ε), w ← w − lr · m̂ / u.
 *
 * Source: Kingma & Ba 2015, section 7.1.
 *
 * @throws ValueError  when an option is unknown or out of its range
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * w.square().sum().backward();
 * new optim.Adamax([w], { lr: 0.5 }).step();
 * w; // => [1.5]
 */
export class Adamax extends TwoMoments<"m" | "u"> {
  protected override moments(): { m: Kept; u: Kept } {
    return { m: "exp_avg", u: "exp_inf" };
  }

  protected override prepare({ options, lr, t, momentum: beta1 }: StepContext<TwoMomentOptions>): Move<"m" | "u"> {
    const bias1 = biasCorrection(beta1, t);
    return (state) => adamax(state, { ...options, lr, beta1, beta2: options.betas[1], bias1 });
  }
}
