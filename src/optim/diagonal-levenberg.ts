/** LeCun's stochastic diagonal Levenberg–Marquardt: a rate for every weight, from its own second derivative. */
import { grad, jvp } from "../autodiff/index.ts";
import { ShapeError, show, sizeOf, ValueError } from "../base/index.ts";
import type { StateDict } from "../nn/index.ts";
import {
  arange,
  enableGrad,
  equal,
  maximum,
  mul,
  noGrad,
  onesLike,
  random,
  reshape,
  sqrt,
  square,
  type Tensor,
  where,
} from "../tensor/index.ts";
import { averagedCurvature, diagonalLevenberg } from "./formulas/index.ts";
import type { Parameters } from "./group.ts";
import { type Kept, type Move, Optimizer, type StepContext } from "./optimizer.ts";
import { aboveZero, complete, decay, fromZero, oneOf, type Ranges } from "./ranges.ts";

export interface DiagonalLevenbergOptions {
  /** η; 0.01 by default. */
  readonly lr: number;
  /** μ, which is added to the second derivatives: the greatest rate is η / μ; 0.1 by default. */
  readonly mu: number;
  /** How much of the running average of the second derivatives is kept, 1 − γ; 0.99 by default. */
  readonly decay: number;
  /** λ of λ/2 |w|², which is added to the loss; 0 by default. */
  readonly weightDecay: number;
}

const defaults: DiagonalLevenbergOptions = { lr: 0.01, mu: 0.1, decay: 0.99, weightDecay: 0 };
const ranges: Ranges<DiagonalLevenbergOptions> = { lr: fromZero, mu: aboveZero, decay, weightDecay: fromZero };

const methods: Ranges<ObserveOptions> = { method: /* @__PURE__ */ oneOf("random", "exact") };

export interface ObserveOptions {
  /** Random signs, one pass for all outputs ("random", the default), or a pass for each output ("exact"). */
  readonly method?: "random" | "exact";
}

/**
 * Stochastic diagonal Levenberg–Marquardt: gradient descent in which every weight has a rate of its own,
 *
 *     w ← w − η / (μ + h) · g,   h ← (1 − γ) h + γ ĥ,   ĥₖ = Σᵢ (∂oᵢ/∂wₖ)² ∂²E/∂oᵢ²
 *
 * ĥ is the diagonal of Gauss and Newton's approximation of the Hessian, never negative for a convex loss E of the outputs
 * o. `observe(outputs, loss)` finds it, between `backward` and `step`, in every step or now and then:
 *
 * - ∂²E/∂oᵢ² exactly, with one directional derivative of ∇E for each output of a sample (a loss joins the outputs of one
 *   sample, never those of two);
 * - the sum over all outputs by one pass back with random signs vᵢ: (Σᵢ vᵢ √(∂²E/∂oᵢ²) ∂oᵢ/∂wₖ)² has the sum as its
 *   mean, since E[vᵢ vⱼ] is 0 for i ≠ j. `method: "exact"` makes a pass for each output instead, for small batches.
 *
 * @throws ValueError  when an option is unknown or out of its range
 * Source: LeCun, Bottou, Orr & Müller 1998, Efficient BackProp, section 9.1; random signs: Bekas, Kokiopoulou & Saad 2007.
 * @example
 * const w = new nn.Parameter(tensor([1]));
 * const optimizer = new optim.DiagonalLevenberg([w], { lr: 1, mu: 0.5 });
 * const outputs = w.mul(tensor([[3]])); // E = (3 w)², whose second derivative is 18
 * outputs.square().sum().backward();
 * optimizer.observe(outputs, (o) => o.square().sum());
 * optimizer.step(); // w − 1 / (0.5 + 18) · 18
 * w; // => [0.027…]
 */
export class DiagonalLevenberg extends Optimizer<DiagonalLevenbergOptions, "h"> {
  #isObserved = false;

  constructor(parameters: Parameters<DiagonalLevenbergOptions>, options: Partial<DiagonalLevenbergOptions> = {}) {
    super(parameters, options, defaults);
  }

  protected override ranges(): Ranges<DiagonalLevenbergOptions> {
    return ranges;
  }

  protected override moments(): { h: Kept } {
    return { h: "curvature" };
  }

  protected override scalars(): Readonly<Record<string, number>> {
    return { observations: 0 };
  }

  protected override prepare({ options, lr }: StepContext<DiagonalLevenbergOptions>): Move<"h"> {
    return (state) => diagonalLevenberg(state, { ...options, lr });
  }

  /**
   * Takes the second derivatives of a batch into the averages; the first time they are the averages.
   *
   * @param outputs  what the parameters gave, [samples, …]: call it before the parameters change
   * @param loss     the loss of such outputs, the same as in the step; of one sample's outputs each summand
   * @throws ShapeError  when there are no outputs
   */
  observe(outputs: Tensor, loss: (outputs: Tensor) => Tensor, options: ObserveOptions = {}): void {
    const { method } = complete("DiagonalLevenberg.observe", options, { method: "random" }, methods);
    if (outputs.size === 0)
      throw new ShapeError(`DiagonalLevenberg.observe: there are no outputs, the shape is ${show(outputs.shape)}`);
    noGrad(() => {
      const root = sqrt(maximum(outputCurvature(loss, outputs.detach()), 0)).astype(outputs.dtype);
      const samples = method === "exact" ? this.#exact(outputs, root) : this.#slopes(outputs, signs(root)).map(square);
      let k = 0;
      for (const group of this.groups) {
        const { observations } = this.scalarsOf(group) as { observations: Tensor }; // as `scalars` says
        const share = where(equal(observations, 0), onesLike(observations), 1 - group.options.decay);
        for (const p of group.params) {
          const h = this.momentsOf(p).h!;
          h.assign(averagedCurvature(h, samples[k++]!, share).astype(h.dtype));
        }
        observations.assign(observations.add(1));
      }
    });
    this.#isObserved = true;
  }

  /** Σᵢ (∂oᵢ/∂wₖ)² ∂²E/∂oᵢ², output by output. */
  #exact(outputs: Tensor, root: Tensor): Tensor[] {
    const passes = Array.from({ length: outputs.size }, (_, i) => {
      const here = reshape(equal(arange(outputs.size, { dtype: "int32" }), i), outputs.shape);
      return this.#slopes(outputs, where(here, root, 0)).map(square);
    });
    return passes.reduce((sums, pass) => sums.map((total, k) => total.add(pass[k]!)));
  }

  /** uᵀ ∂o/∂w for every parameter; the gradients that are there stay as they are. */
  #slopes(outputs: Tensor, u: Tensor): Tensor[] {
    const gradients = this.parameters.map((p) => p.grad);
    for (const p of this.parameters) p.grad = null;
    outputs.backward({ gradient: u });
    const slopes = this.parameters.map((p) => p.grad ?? p.mul(0));
    for (const [i, p] of this.parameters.entries()) p.grad = gradients[i]!;
    return slopes;
  }

  override step(): void {
    if (!this.#isObserved)
      throw new ValueError(
        "DiagonalLevenberg: nothing is known of the second derivatives; call observe(outputs, loss) before the first step",
      );
    super.step();
  }

  override loadStateDict(dict: StateDict): void {
    super.loadStateDict(dict);
    this.#isObserved = this.groups.every((group) => this.scalarsOf(group).observations!.itemSync() > 0);
  }
}

/** ±1, as likely, times x. */
function signs(x: Tensor): Tensor {
  const heads = random.bernoulli(0.5, { shape: x.shape, dtype: x.dtype, device: x.device });
  return mul(heads.mul(2).sub(1), x);
}

/**
 * ∂²E/∂oᵢ² of every output: of each sample's k-th output at once, since samples do not meet in the loss.
 *
 *     Σₖ eₖ ⊙ (∇²E eₖ),   eₖ the k-th output of every sample
 */
function outputCurvature(loss: (outputs: Tensor) => Tensor, outputs: Tensor): Tensor {
  const ofSample = sizeOf(outputs.shape.slice(1));
  const slope = grad((o: Tensor) => loss(o));
  const parts = Array.from({ length: ofSample }, (_, k) => {
    const e = ofSample === 1 ? onesLike(outputs) : unit(outputs, k, ofSample);
    return mul(
      e,
      enableGrad(() => jvp(slope, [outputs], [e])[1]),
    );
  });
  return parts.reduce((a, b) => a.add(b));
}

/** 1 at the k-th output of every sample, 0 elsewhere. */
function unit(outputs: Tensor, k: number, ofSample: number): Tensor {
  const here = equal(arange(ofSample, { dtype: "int32" }), k).astype(outputs.dtype);
  return onesLike(outputs).mul(reshape(here, [1, ...outputs.shape.slice(1)]));
}
