/** Adagrad, RMSprop and Adadelta: rates of their own for every weight. */
import {
  adadelta,
  adagrad,
  rmsprop,
  rmspropCentered,
  rmspropCenteredMomentum,
  rmspropMomentum,
} from "./formulas/index.ts";
import type { Parameters } from "./group.ts";
import { type Kept, type Move, Optimizer, type StepContext } from "./optimizer.ts";
import { decay, flag, fromZero, type Ranges } from "./ranges.ts";

export interface AdagradOptions {
  /** Rate; 0.01 by default. */
  readonly lr: number;
  /** How fast the rate falls, lr / (1 + (t − 1) · lrDecay); 0 by default. */
  readonly lrDecay: number;
  /** λ of λ/2 |w|², which is added to the loss; 0 by default. */
  readonly weightDecay: number;
  /** What the sums of squares begin with; 0 by default. */
  readonly initialAccumulatorValue: number;
  /** Added to the root; 1e-10 by default. */
  readonly eps: number;
}

/**
 * Adagrad; the formula is `adagrad`: G ← G + g², w ← w − lr · g / (√G + ε). Source: Duchi, Hazan & Singer 2011.
 *
 * @throws ValueError  when an option is unknown or out of its range
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * w.square().sum().backward();
 * new optim.Adagrad([w], { lr: 0.5 }).step();
 * w; // => [1.5]
 */
export class Adagrad extends Optimizer<AdagradOptions, "G"> {
  constructor(parameters: Parameters<AdagradOptions>, options: Partial<AdagradOptions> = {}) {
    super(parameters, options, { lr: 0.01, lrDecay: 0, weightDecay: 0, initialAccumulatorValue: 0, eps: 1e-10 });
  }

  protected override ranges(): Ranges<AdagradOptions> {
    const own = { lrDecay: fromZero, initialAccumulatorValue: fromZero };
    return { lr: fromZero, weightDecay: fromZero, eps: fromZero, ...own };
  }

  protected override moments({ initialAccumulatorValue: start }: AdagradOptions): { G: Kept } {
    return { G: { name: "sum", start } };
  }

  protected override prepare({ options, lr, t }: StepContext<AdagradOptions>): Move<"G"> {
    const rate = options.lrDecay === 0 ? lr : lr.div(t.sub(1).mul(options.lrDecay).add(1));
    return (state) => adagrad(state, { ...options, lr: rate });
  }
}

export interface RmspropOptions {
  /** Rate; 0.01 by default. */
  readonly lr: number;
  /** α, how much of the mean square is kept; 0.99 by default. */
  readonly alpha: number;
  /** Added to the root; 1e-8 by default. */
  readonly eps: number;
  /** λ of λ/2 |w|², which is added to the loss; 0 by default. */
  readonly weightDecay: number;
  /** μ, how much of the last step is kept; 0 by default. */
  readonly momentum: number;
  /** Whether the mean square is taken around the mean; false by default. */
  readonly centered: boolean;
  /** Whether ε is added below the root rather than beside it; false by default. */
  readonly epsInsideRoot: boolean;
}

/**
 * RMSprop; the formulas are `rmsprop` and, with `centered` and `momentum`, its relatives:
 *
 *     v ← α v + (1 − α) g²,   w ← w − lr · g / (√v + ε)
 *
 * Source: Tieleman & Hinton 2012, lecture 6e.
 *
 * @throws ValueError  when an option is unknown or out of its range
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * w.square().sum().backward();
 * new optim.RMSprop([w], { lr: 0.1, alpha: 0.75 }).step();
 * w; // => [1.8]
 */
export class RMSprop extends Optimizer<RmspropOptions, "v" | "mean" | "m"> {
  constructor(parameters: Parameters<RmspropOptions>, options: Partial<RmspropOptions> = {}) {
    const defaults = { lr: 0.01, alpha: 0.99, eps: 1e-8, weightDecay: 0, momentum: 0 };
    super(parameters, options, { ...defaults, centered: false, epsInsideRoot: false });
  }

  protected override ranges(): Ranges<RmspropOptions> {
    const flags = { centered: flag, epsInsideRoot: flag };
    return { lr: fromZero, alpha: decay, eps: fromZero, weightDecay: fromZero, momentum: decay, ...flags };
  }

  protected override moments({ centered, momentum }: RmspropOptions): { v: Kept; mean?: Kept; m?: Kept } {
    return {
      v: "square_avg",
      ...(momentum > 0 ? { m: "momentum_buffer" } : {}),
      ...(centered ? { mean: "grad_avg" } : {}),
    };
  }

  protected override prepare({ options, lr, momentum }: StepContext<RmspropOptions>): Move<"v" | "mean" | "m"> {
    const hyper = { ...options, lr, momentum };
    if (options.centered)
      return (state) => (options.momentum > 0 ? rmspropCenteredMomentum(state, hyper) : rmspropCentered(state, hyper));
    return (state) => (options.momentum > 0 ? rmspropMomentum(state, hyper) : rmsprop(state, hyper));
  }
}

export interface AdadeltaOptions {
  /** Factor of the steps; 1 by default, as in the paper, which has no rate. */
  readonly lr: number;
  /** ρ, how much of the mean squares is kept; 0.9 by default. */
  readonly rho: number;
  /** Added below both roots; 1e-6 by default. */
  readonly eps: number;
  /** λ of λ/2 |w|², which is added to the loss; 0 by default. */
  readonly weightDecay: number;
}

/**
 * Adadelta; the formula is `adadelta`. Steps have the size of earlier steps, so that no rate is needed:
 *
 *     v ← ρ v + (1 − ρ) g²,   Δ = √(u + ε) / √(v + ε) · g,   u ← ρ u + (1 − ρ) Δ²,   w ← w − lr · Δ
 *
 * Source: Zeiler 2012, algorithm 1.
 *
 * @throws ValueError  when an option is unknown or out of its range
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * w.square().sum().backward();
 * new optim.Adadelta([w]).step();
 * w; // => [1.9968…]
 */
export class Adadelta extends Optimizer<AdadeltaOptions, "v" | "u"> {
  constructor(parameters: Parameters<AdadeltaOptions>, options: Partial<AdadeltaOptions> = {}) {
    super(parameters, options, { lr: 1, rho: 0.9, eps: 1e-6, weightDecay: 0 });
  }

  protected override ranges(): Ranges<AdadeltaOptions> {
    return { lr: fromZero, rho: decay, eps: fromZero, weightDecay: fromZero };
  }

  protected override moments(): { v: Kept; u: Kept } {
    return { v: "square_avg", u: "acc_delta" };
  }

  protected override prepare({ options, lr }: StepContext<AdadeltaOptions>): Move<"v" | "u"> {
    return (state) => adadelta(state, { ...options, lr });
  }
}
