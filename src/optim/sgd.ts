/** Stochastic gradient descent. */
import { ValueError } from "../base/index.ts";
import { equal, onesLike, where } from "../tensor/index.ts";
import { momentum, sgd } from "./formulas/index.ts";
import type { Parameters } from "./group.ts";
import { type Move, Optimizer, type StepContext } from "./optimizer.ts";
import { finite, flag, fromZero, type Ranges } from "./ranges.ts";

export interface SgdOptions {
  /** Rate; 1e-3 by default. */
  readonly lr: number;
  /** μ, how much of the last step is kept; 0 by default. */
  readonly momentum: number;
  /** How much less of the gradient joins the momentum; 0 by default. */
  readonly dampening: number;
  /** λ of λ/2 |w|², which is added to the loss; 0 by default. */
  readonly weightDecay: number;
  /** Whether the momentum looks ahead; false by default. */
  readonly nesterov: boolean;
}

const defaults: SgdOptions = { lr: 1e-3, momentum: 0, dampening: 0, weightDecay: 0, nesterov: false };

/**
 * Gradient descent, with momentum if wanted; the formulas are `sgd` and `momentum`:
 *
 *     w ← w − lr · g;   with momentum  m ← μ m + (1 − dampening) g,  w ← w − lr · m;   m begins as g
 *     with nesterov  w ← w − lr · (g + μ m)
 *
 * @throws ValueError  when an option is unknown or out of its range
 * Source: Robbins & Monro 1951; momentum: Polyak 1964; nesterov: Sutskever et al. 2013, in PyTorch's form.
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * w.square().sum().backward();
 * new optim.SGD([w], { lr: 0.125, momentum: 0.5 }).step();
 * w; // => [1.5]
 */
export class SGD extends Optimizer<SgdOptions, "m"> {
  constructor(parameters: Parameters<SgdOptions>, options: Partial<SgdOptions> = {}) {
    super(parameters, options, defaults);
  }

  protected override ranges(): Ranges<SgdOptions> {
    return { lr: fromZero, momentum: fromZero, dampening: finite, weightDecay: fromZero, nesterov: flag };
  }

  protected override check({ nesterov, momentum, dampening }: SgdOptions): void {
    if (nesterov && (momentum === 0 || dampening !== 0))
      throw new ValueError(
        `SGD: nesterov needs a momentum above 0 and no dampening, not momentum ${momentum} and dampening ${dampening}`,
      );
  }

  protected override moments(options: SgdOptions): { m?: string } {
    return options.momentum === 0 ? {} : { m: "momentum_buffer" };
  }

  protected override prepare({ options, lr, t, momentum: mu }: StepContext<SgdOptions>): Move<"m"> {
    const { weightDecay, dampening, nesterov } = options;
    if (options.momentum === 0) return (state) => sgd(state, { lr, weightDecay });
    const share = dampening === 0 ? 1 : where(equal(t, 1), onesLike(t), 1 - dampening);
    return (state) => momentum(state, { lr, weightDecay, momentum: mu, share, nesterov });
  }
}
