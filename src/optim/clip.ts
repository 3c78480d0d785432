/** Clipping: keeping one steep place from throwing the weights far away. */
import { abs, add, clamp, div, max, minimum, mul, noGrad, pow, stack, sum, type Tensor } from "../tensor/index.ts";
import { gradientsOf } from "./gradients.ts";
import { checkRanges, complete, fromZeroToInfinity, numbers } from "./ranges.ts";

export interface ClipGradNormOptions {
  /** p of the norm; 2 by default, Infinity for the greatest absolute value. */
  readonly normType?: number;
}

/** p > 0, Infinity too. */
const normTypes = /* @__PURE__ */ numbers(
  () => "a number above 0, or Infinity",
  (p) => p > 0,
);

/**
 * Scales all gradients together so that their common norm is at most `maxNorm`; call it between `backward` and `step`.
 *
 *     g ← g · min(1, maxNorm / (‖g‖ₚ + 10⁻⁶)),   ‖g‖ₚ = (Σ |gᵢ|ᵖ)^(1/p) over all entries of all gradients
 *
 * Parameters without a gradient are left alone.
 *
 * @param maxNorm  Infinity only measures
 * @returns        the norm before, a scalar
 * @throws GradientError  when no parameter has a gradient
 * @throws ValueError  when maxNorm or normType is out of its range, or an option is unknown
 * Source: Pascanu, Mikolov & Bengio 2013, algorithm 1; ε as in PyTorch.
 * @example
 * const w = new nn.Parameter(tensor([3, 4]));
 * w.square().sum().mul(0.5).backward();
 * optim.clipGradNorm([w], 1); // => 5.0
 * w.grad; // => [0.5999… 0.7999…]
 */
export function clipGradNorm(parameters: Iterable<Tensor>, maxNorm: number, options: ClipGradNormOptions = {}): Tensor {
  checkRanges("clipGradNorm", { maxNorm }, { maxNorm: fromZeroToInfinity });
  const { normType } = complete("clipGradNorm", options, { normType: 2 }, { normType: normTypes });
  return noGrad(() => {
    const gradients = gradientsOf("clipGradNorm", [...parameters]);
    const total = norm([...gradients.values()], normType);
    const scale = minimum(div(maxNorm, add(total, 1e-6)), 1);
    for (const [p, g] of gradients) p.grad = mul(g, scale.astype(p.dtype));
    return total;
  });
}

/** The norm of all entries of all tensors. */
function norm(tensors: readonly Tensor[], p: number): Tensor {
  if (p === Number.POSITIVE_INFINITY) return max(stack(tensors.map((g) => max(abs(g)))));
  const powers = tensors.map((g) => sum(p === 2 ? g.square() : pow(abs(g), p)));
  const total = powers.reduce((a, b) => add(a, b));
  return p === 2 ? total.sqrt() : pow(total, 1 / p);
}

/**
 * Holds every entry of every gradient between −clipValue and clipValue; call it between `backward` and `step`.
 *
 *     gᵢ ← min(max(gᵢ, −clipValue), clipValue)
 *
 * @throws GradientError  when no parameter has a gradient
 * @throws ValueError  when clipValue is no number from 0
 * Source: Mikolov 2012, Statistical language models based on neural networks, 3.2.2; PyTorch's clip_grad_value_.
 * @example
 * const w = new nn.Parameter(tensor([3, -0.5]));
 * w.square().sum().backward();
 * optim.clipGradValue([w], 2);
 * w.grad; // => [ 2. -1.]
 */
export function clipGradValue(parameters: Iterable<Tensor>, clipValue: number): void {
  checkRanges("clipGradValue", { clipValue }, { clipValue: fromZeroToInfinity });
  noGrad(() => {
    for (const [p, g] of gradientsOf("clipGradValue", [...parameters]))
      p.grad = clamp(g, { min: -clipValue, max: clipValue });
  });
}
