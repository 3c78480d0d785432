/** Clipping: keeping one steep place from throwing the weights far away. */
import { ValueError } from "../base/index.ts";
import {
  abs,
  add,
  clamp,
  div,
  max,
  minimum,
  mul,
  noGrad,
  pow,
  stack,
  sum,
  type Tensor,
  zeros,
} from "../tensor/index.ts";

export interface ClipGradNormOptions {
  /** p of the norm; 2 by default, Infinity for the greatest absolute value. */
  readonly normType?: number;
}

/**
 * Scales all gradients together so that their common norm is at most `maxNorm`:
 *
 *     g ← g · min(1, maxNorm / (‖g‖ₚ + 10⁻⁶))
 *
 * @returns  the norm before, a scalar
 */
export function clipGradNorm(
  parameters: Iterable<Tensor>,
  maxNorm: number,
  { normType = 2 }: ClipGradNormOptions = {},
): Tensor {
  if (!(maxNorm >= 0)) throw new ValueError(`clipGradNorm: maxNorm ${maxNorm} is not a number from 0`);
  if (!(normType > 0)) throw new ValueError(`clipGradNorm: normType ${normType} is not a number above 0`);
  return noGrad(() => {
    const withGradient = [...parameters].filter((p) => p.grad !== null);
    if (withGradient.length === 0) return zeros([]);
    const total = norm(
      withGradient.map((p) => p.grad!),
      normType,
    );
    const scale = minimum(div(maxNorm, add(total, 1e-6)), 1);
    for (const p of withGradient) p.grad = mul(p.grad!, scale.astype(p.dtype));
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

/** Holds every entry of every gradient between −clipValue and clipValue. */
export function clipGradValue(parameters: Iterable<Tensor>, clipValue: number): void {
  if (!(clipValue >= 0)) throw new ValueError(`clipGradValue: clipValue ${clipValue} is not a number from 0`);
  noGrad(() => {
    for (const p of parameters) if (p.grad !== null) p.grad = clamp(p.grad, { min: -clipValue, max: clipValue });
  });
}
