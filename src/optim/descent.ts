/** Polyak's and Nesterov's momentum in the course's form, Lion, Rprop, averaged descent. */
import { ValueError } from "../base/index.ts";
import { maximum, noGrad, type Tensor } from "../tensor/index.ts";
import { asgd, lion, lookAhead, polyak, rprop, shrink } from "./formulas/index.ts";
import type { Parameters } from "./group.ts";
import { type Kept, type Move, Optimizer, type StepContext } from "./optimizer.ts";
import { aboveOne, betas, decay, fromZero, fromZeroToInfinity, pairOf, properShare, type Ranges } from "./ranges.ts";

export interface PolyakOptions {
  /** Rate; 1e-3 by default. */
  readonly lr: number;
  /** μ; 0.9 by default. */
  readonly momentum: number;
  /** λ of λ/2 |w|², which is added to the loss; 0 by default. */
  readonly weightDecay: number;
}

/**
 * Momentum with the rate inside, v ← μ v + lr · g, w ← w − v; the formula is `polyak`. Source: Polyak 1964.
 *
 * @throws ValueError  when an option is unknown or out of its range
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * w.square().sum().backward();
 * new optim.Polyak([w], { lr: 0.25 }).step();
 * w; // => [1.]
 */
export class Polyak extends Optimizer<PolyakOptions, "v"> {
  constructor(parameters: Parameters<PolyakOptions>, options: Partial<PolyakOptions> = {}) {
    super(parameters, options, { lr: 1e-3, momentum: 0.9, weightDecay: 0 });
  }

  protected override ranges(): Ranges<PolyakOptions> {
    return { lr: fromZero, momentum: decay, weightDecay: fromZero };
  }

  protected override moments(): { v: Kept } {
    return { v: "momentum_buffer" };
  }

  protected override prepare({ options, lr, momentum }: StepContext<PolyakOptions>): Move<"v"> {
    return (state) => polyak(state, { weightDecay: options.weightDecay, lr, momentum });
  }
}

/**
 * Nesterov's momentum as it was written: the gradient is taken where the momentum leads, v ← μ v + lr · ∇f(w − μ v),
 * w ← w − v. Source: Nesterov 1983; Sutskever et al. 2013, equation 3.
 *
 * `ahead` moves the weights there before the gradient is computed, `step` moves them on from where they were; between
 * the two the parameters hold w − μ v. `SGD` with `nesterov` is PyTorch's form, which needs no `ahead`.
 *
 * @throws ValueError  when an option is unknown or out of its range, or on a step without `ahead`
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * const optimizer = new optim.NesterovLookahead([w], { lr: 0.25 });
 * optimizer.ahead();
 * w.square().sum().backward();
 * optimizer.step();
 * w; // => [1.]
 */
export class NesterovLookahead extends Polyak {
  #isAhead = false;

  /** Moves the weights to w − μ v. */
  ahead(): void {
    if (this.#isAhead) throw new ValueError("NesterovLookahead: ahead was called twice without a step between");
    this.#shift((w, v, mu) => lookAhead(w, v, mu));
    this.#isAhead = true;
  }

  override step(): void {
    if (!this.#isAhead)
      throw new ValueError("NesterovLookahead: call ahead() before the gradient is computed, then step()");
    super.step();
    this.#isAhead = false;
  }

  protected override prepare({ options, lr, momentum }: StepContext<PolyakOptions>): Move<"v"> {
    // w is w₀ − μ v: from there to w₀ − (μ v + lr g) it is −lr g
    return ({ w, g, v }) => {
      const { v: vt } = polyak({ w, g, v }, { weightDecay: options.weightDecay, lr, momentum });
      return { w: w.add(v.mul(momentum)).sub(vt), v: vt };
    };
  }

  #shift(move: (w: Tensor, v: Tensor, mu: number | Tensor) => Tensor): void {
    noGrad(() => {
      for (const group of this.groups)
        for (const p of group.params) p.assign(move(p, this.momentsOf(p).v!, group.momentumForStep()).astype(p.dtype));
    });
  }
}

export interface LionOptions {
  /** Rate; 1e-4 by default. */
  readonly lr: number;
  /** β₁, β₂; 0.9 and 0.99 by default. */
  readonly betas: readonly [number, number];
  /** λ, decoupled; 0 by default. */
  readonly weightDecay: number;
}

/**
 * Lion; the formula is `lion`. Every weight moves by the rate, up or down:
 *
 *     w ← w − lr · sign(β₁ m + (1 − β₁) g),   m ← β₂ m + (1 − β₂) g
 *
 * Source: Chen et al. 2023, algorithm 2.
 *
 * @throws ValueError  when an option is unknown or out of its range
 * @example
 * const w = new nn.Parameter(tensor([2, -3]));
 * w.square().sum().backward();
 * new optim.Lion([w], { lr: 0.5 }).step();
 * w; // => [ 1.5 -2.5]
 */
export class Lion extends Optimizer<LionOptions, "m"> {
  constructor(parameters: Parameters<LionOptions>, options: Partial<LionOptions> = {}) {
    super(parameters, options, { lr: 1e-4, betas: [0.9, 0.99], weightDecay: 0 });
  }

  protected override ranges(): Ranges<LionOptions> {
    return { lr: fromZero, betas, weightDecay: fromZero };
  }

  protected override moments(): { m: Kept } {
    return { m: "exp_avg" };
  }

  protected override prepare({ options, lr, momentum: beta1 }: StepContext<LionOptions>): Move<"m"> {
    const beta2 = options.betas[1];
    return (state) => lion({ ...state, w: shrink(state.w, lr, options.weightDecay) }, { lr, beta1, beta2 });
  }
}

export interface RpropOptions {
  /** The first step of every weight; 0.01 by default. Later rates change nothing. */
  readonly lr: number;
  /** η⁻ and η⁺; 0.5 and 1.2 by default. */
  readonly etas: readonly [number, number];
  /** The least and the greatest step; 1e-6 and 50 by default. */
  readonly stepSizes: readonly [number, number];
}

/**
 * Rprop, for gradients of the whole data; the formula is `rprop`: every weight has a step Δ of its own, which grows by η⁺
 * while the gradient keeps its sign and shrinks by η⁻ where it changes; w ← w − sign(g) Δ.
 *
 * Source: Riedmiller & Braun 1993.
 *
 * @throws ValueError  when an option is unknown or out of its range
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * w.square().sum().backward();
 * new optim.Rprop([w], { lr: 0.5 }).step();
 * w; // => [1.5]
 */
export class Rprop extends Optimizer<RpropOptions, "prev" | "delta"> {
  constructor(parameters: Parameters<RpropOptions>, options: Partial<RpropOptions> = {}) {
    super(parameters, options, { lr: 0.01, etas: [0.5, 1.2], stepSizes: [1e-6, 50] });
  }

  protected override ranges(): Ranges<RpropOptions> {
    const etas = pairOf(["etaMinus", properShare], ["etaPlus", aboveOne]);
    return { lr: fromZero, etas, stepSizes: pairOf(["stepSizes[0]", fromZero], ["stepSizes[1]", fromZeroToInfinity]) };
  }

  protected override check({ stepSizes: [least, greatest] }: RpropOptions): void {
    if (least > greatest)
      throw new ValueError(`Rprop: stepSizes [${least}, ${greatest}] are not 0 ≤ least ≤ greatest; exchange them`);
  }

  protected override moments({ lr }: RpropOptions): { prev: Kept; delta: Kept } {
    return { prev: "prev", delta: { name: "step_size", start: lr } };
  }

  protected override prepare({ options }: StepContext<RpropOptions>): Move<"prev" | "delta"> {
    const [[etaMinus, etaPlus], [least, greatest]] = [options.etas, options.stepSizes];
    return (state) => rprop(state, { etaMinus, etaPlus, least, greatest });
  }
}

export interface AsgdOptions {
  /** Rate; 0.01 by default. */
  readonly lr: number;
  /** λ, how much the weights shrink and the rate falls; 1e-4 by default. */
  readonly lambd: number;
  /** α, the power of the falling rate; 0.75 by default. */
  readonly alpha: number;
  /** The step from which the weights are averaged; 1e6 by default. */
  readonly t0: number;
  /** λ of λ/2 |w|², which is added to the loss; 0 by default. */
  readonly weightDecay: number;
}

/**
 * Averaged gradient descent; the formula is `asgd`. The averages are in the state dict as `0.ax`, `1.ax`, …
 *
 *     w ← (1 − λ η) w − η g,   η = lr / (1 + λ lr (t − 1))^α;   ax the mean of the weights since step t₀
 *
 * @throws ValueError  when an option is unknown or out of its range
 * Source: Polyak & Juditsky 1992; Bottou's form, as in PyTorch.
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * w.square().sum().backward();
 * new optim.ASGD([w], { lr: 0.25 }).step();
 * w; // => [0.9999…]
 */
export class ASGD extends Optimizer<AsgdOptions, "ax"> {
  constructor(parameters: Parameters<AsgdOptions>, options: Partial<AsgdOptions> = {}) {
    super(parameters, options, { lr: 0.01, lambd: 1e-4, alpha: 0.75, t0: 1e6, weightDecay: 0 });
  }

  protected override ranges(): Ranges<AsgdOptions> {
    const own = { lambd: fromZero, alpha: fromZero, t0: fromZeroToInfinity };
    return { lr: fromZero, weightDecay: fromZero, ...own };
  }

  protected override moments(): { ax: Kept } {
    return { ax: "ax" };
  }

  protected override prepare({ options, lr, t }: StepContext<AsgdOptions>): Move<"ax"> {
    const { lambd: lambda, alpha, t0, weightDecay } = options;
    const past = t.sub(1);
    const eta = lr.div(lr.mul(lambda).mul(past).add(1).pow(alpha));
    const mu = maximum(past.sub(t0), 1).reciprocal();
    return (state) => asgd(state, { eta, mu, lambda, weightDecay });
  }
}
