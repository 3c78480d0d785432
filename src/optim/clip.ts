/** Clipping: keeping one steep place from throwing the weights far away. */
import { wideDType } from "../base/index.ts";
import {
  abs,
  add,
  clamp,
  div,
  exp2,
  floor,
  log2,
  logicalAnd,
  max,
  minimum,
  mul,
  noGrad,
  onesLike,
  pow,
  stack,
  sum,
  type Tensor,
  where,
  zeros,
} from "../tensor/index.ts";
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
 * Parameters without a gradient are left alone. Norms of halves are computed in float32, and powers never overflow.
 *
 * @param maxNorm  Infinity only measures, and leaves every gradient as it is
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
    const wide = Array.from(gradients, ([p, g]) => g.astype(wideDType(p.dtype)));
    const { total, share } = measured(wide, normType, maxNorm);
    const onlyMeasures = maxNorm === Number.POSITIVE_INFINITY;
    for (const [p, g] of gradients) p.grad = onlyMeasures ? g : mul(g, share.astype(wideDType(p.dtype)));
    return total;
  });
}

/** A norm as relative · unit, where the unit is a power of two: the product may lie beyond the dtype, its parts do not. */
interface Measure {
  readonly relative: Tensor;
  readonly unit: Tensor;
}

/** The norm of all entries of all tensors, and which share of them has a norm of `most`, at most 1. */
function measured(tensors: readonly Tensor[], p: number, most: number): { total: Tensor; share: Tensor } {
  const { relative, unit } = p <= 2 ? bySums(tensors, p) : byGreatest(tensors, p);
  const share = minimum(div(div(most, unit), add(relative, div(1e-6, unit))), 1);
  return { total: mul(relative, unit), share };
}

/**
 * For p ≤ 2 in one pass over memory: the sum of powers, and beside it, for when that overflows, the sum of powers of entries times 2⁻ˢ,
 * s = 64 (1 + 1/p), which puts the entries that make it overflow about 1. Source: Blue 1978, A portable Fortran program to find the Euclidean norm.
 */
function bySums(tensors: readonly Tensor[], p: number): Measure {
  const far = 2 ** Math.min(120, Math.round(64 * (1 + 1 / p)));
  const sums = (factor: number) =>
    tensors
      .map((g) => (factor === 1 ? g : mul(g, factor)))
      .map((u) => sum(p === 2 ? u.square() : pow(abs(u), p)))
      .reduce((a, b) => add(a, b));
  const near = sums(1);
  const overflows = near.equal(Number.POSITIVE_INFINITY);
  const total = where(overflows, sums(1 / far), near);
  const unit = where(overflows, onesLike(near).mul(far), 1);
  return { relative: p === 2 ? total.sqrt() : pow(total, 1 / p), unit };
}

/** For larger p by the greatest entry, near which the unit lies. */
function byGreatest(tensors: readonly Tensor[], p: number): Measure {
  const greatest = max(stack(tensors.map((g) => (g.size === 0 ? zeros([], { dtype: g.dtype }) : max(abs(g))))));
  if (p === Number.POSITIVE_INFINITY) return { relative: greatest, unit: onesLike(greatest) };
  const isScale = logicalAnd(greatest.greater(0), greatest.less(Number.POSITIVE_INFINITY));
  const unit = exp2(clamp(floor(log2(where(isScale, greatest, 1))), { min: -126, max: 127 }));
  const powers = tensors.map((g) => sum(pow(abs(div(g, unit.astype(g.dtype))), p)));
  return {
    relative: pow(
      powers.reduce((a, b) => add(a, b)),
      1 / p,
    ),
    unit,
  };
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
