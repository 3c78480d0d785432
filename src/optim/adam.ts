/** Adam and AdamW. */
import { adam, amsgrad, biasCorrection, shrink } from "./formulas/index.ts";
import type { Parameters } from "./group.ts";
import { type Move, Optimizer, type StepContext } from "./optimizer.ts";
import { betas, flag, fromZero, type Ranges } from "./ranges.ts";

export interface AdamOptions {
  /** Rate; 1e-3 by default. */
  readonly lr: number;
  /** β₁, β₂: how much of the moments is kept; 0.9 and 0.999 by default. */
  readonly betas: readonly [number, number];
  /** Added to the root; 1e-8 by default. */
  readonly eps: number;
  /** λ; 0 by default, 0.01 in AdamW. */
  readonly weightDecay: number;
  /** Whether the greatest second moment so far is taken; false by default. */
  readonly amsgrad: boolean;
  /** Whether the moments' start from 0 is made up for; true by default. */
  readonly biasCorrection: boolean;
}

const defaults: AdamOptions = {
  lr: 1e-3,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  amsgrad: false,
  biasCorrection: true,
};

type Moment = "m" | "v" | "vMax";

/**
 * Adam; the formulas are `adam` and `amsgrad`:
 *
 *     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²
 *     w ← w − lr · m̂ / (√v̂ + ε),   m̂ = m / (1 − β₁ᵗ),  v̂ = v / (1 − β₂ᵗ)
 *
 * Weight decay joins the gradient: λ/2 |w|² is added to the loss. AMSGrad takes the greatest v̂ so far.
 *
 * @throws ValueError  when an option is unknown or out of its range
 * Source: Kingma & Ba 2015, algorithm 1; AMSGrad: Reddi, Kale & Kumar 2018.
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * w.square().sum().backward();
 * new optim.Adam([w], { lr: 0.5 }).step();
 * w; // => [1.5]
 */
export class Adam extends Optimizer<AdamOptions, Moment> {
  constructor(parameters: Parameters<AdamOptions>, options: Partial<AdamOptions> = {}, own: AdamOptions = defaults) {
    super(parameters, options, own);
  }

  protected override ranges(): Ranges<AdamOptions> {
    const flags = { amsgrad: flag, biasCorrection: flag };
    return { lr: fromZero, betas, eps: fromZero, weightDecay: fromZero, ...flags };
  }

  protected override moments(options: AdamOptions): Partial<Record<Moment, string>> {
    return { m: "exp_avg", v: "exp_avg_sq", ...(options.amsgrad ? { vMax: "max_exp_avg_sq" } : {}) };
  }

  protected override prepare({ options, lr, t, momentum: beta1 }: StepContext<AdamOptions>): Move<Moment> {
    const beta2 = options.betas[1];
    const { eps, weightDecay } = options;
    const [bias1, bias2] = options.biasCorrection ? [biasCorrection(beta1, t), biasCorrection(beta2, t)] : [1, 1];
    const hyper = { lr, beta1, beta2, eps, weightDecay, bias1, bias2 };
    return (state) => (options.amsgrad ? amsgrad(state, hyper) : adam(state, hyper));
  }
}

/**
 * Adam with decoupled weight decay: the weights shrink beside Adam's step, w ← w − lr · λ · w.
 *
 * @throws ValueError  when an option is unknown or out of its range
 * Source: Loshchilov & Hutter 2019, algorithm 2.
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * w.square().sum().backward();
 * new optim.AdamW([w], { lr: 0.5, weightDecay: 0.1 }).step();
 * w; // => [1.4]
 */
export class AdamW extends Adam {
  constructor(parameters: Parameters<AdamOptions>, options: Partial<AdamOptions> = {}) {
    super(parameters, options, { ...defaults, weightDecay: 0.01 });
  }

  protected override prepare(step: StepContext<AdamOptions>): Move<Moment> {
    const { weightDecay } = step.options;
    const move = super.prepare({ ...step, options: { ...step.options, weightDecay: 0 } });
    return (state) => move({ ...state, w: shrink(state.w, step.lr, weightDecay) });
  }
}
