/** Reading between given points. */
import { checkOptions, type Shape, ShapeError, show, ValueError, wideDType } from "../base/index.ts";
import { checkNeighbours, strictlyAscending } from "../runtime/index.ts";
import { add, clamp, div, mul, remainder, sub } from "./arithmetic.ts";
import { take } from "./indexing.ts";
import { equal, greater, less, logicalAnd, where } from "./logic.ts";
import { anchor, checkReal, commonDType, floating, isScalar, type Operand } from "./operands.ts";
import { isfinite, logicalNot } from "./questions.ts";
import { argsort, searchsorted } from "./selection.ts";
import { concat } from "./shaping.ts";
import type { Tensor } from "./tensor.ts";

export interface InterpOptions {
  /** value below the first point; fp[0] when absent */
  readonly left?: Operand | undefined;
  /** value above the last point; fp[n − 1] when absent */
  readonly right?: Operand | undefined;
  /** the function repeats after this length; then xp may be in any order, and `left` and `right` mean nothing */
  readonly period?: number | undefined;
}

/** Points (xp, fp) with xp ascending. */
interface Points {
  readonly xp: Tensor;
  readonly fp: Tensor;
}

/**
 * The piecewise linear function through the points (xpᵢ, fpᵢ), at x.
 *
 *     y = fpᵢ + (x − xpᵢ) (fpᵢ₊₁ − fpᵢ) / (xpᵢ₊₁ − xpᵢ),   xpᵢ ≤ x < xpᵢ₊₁
 *
 * Differentiable in x, xp and fp; at a point the slope in x is that of the segment on its right. Source: `numpy.interp`.
 *
 * @param x        any shape
 * @param xp       [n], strictly ascending
 * @param fp       [n]
 * @param options  `left`, `right`, `period`
 * @returns        the shape of x, in the common floating dtype; NaN where x is
 * @throws ShapeError  when xp and fp are not vectors of one length ≥ 1
 * @throws ValueError  when xp does not ascend, or `period` is 0
 * @example
 * interp(tensor([-1, 0.5, 1.5, 9]), tensor([0, 1, 2]), tensor([0, 10, 40])); // => [ 0.  5. 25. 40.]
 */
export function interp<S extends Shape>(x: Tensor<S>, xp: Tensor, fp: Tensor, options?: InterpOptions): Tensor<S>;
export function interp(x: Tensor, xp: Tensor, fp: Tensor, options: InterpOptions = {}): Tensor {
  checkOptions("interp", options, ["left", "right", "period"]);
  if (xp.ndim !== 1 || fp.ndim !== 1 || xp.size !== fp.size || xp.size === 0) {
    throw new ShapeError(
      `interp: xp ${show(xp.shape)} and fp ${show(fp.shape)} are not vectors of one length, with one point at least`,
    );
  }
  for (const real of [x, xp, fp]) checkReal("interp", real);
  const dtype = floating(commonDType([x, xp, fp]), "interp");
  const [at, knots, values] = [x, xp, fp].map((v) => v.astype(wideDType(dtype))) as [Tensor, Tensor, Tensor]; // as many
  if (options.period !== undefined) return periodic(at, { xp: knots, fp: values }, options).astype(dtype);
  const message = "interp: xp does not ascend: {0} is followed by {1}; sort it and fp with argsort(xp)";
  const ascends = checkNeighbours(xp.node, strictlyAscending, { error: "ValueError", message });
  return bounded(at, { xp: xp.derive<Shape>(ascends).astype(knots.dtype), fp: values }, options).astype(dtype);
}

function bounded(x: Tensor, points: Points, { left, right }: InterpOptions): Tensor {
  const { xp, fp } = points;
  const last = xp.size - 1;
  const fromLeft = where(less(x, xp.at(0)), beside(x, left ?? fp.at(0)), between(x, points));
  return where(greater(x, xp.at(last)), beside(x, right ?? fp.at(last)), fromLeft);
}

/** A value for outside: one number, in the dtype of x. */
function beside(x: Tensor, value: Operand): Operand {
  if (isScalar(value)) return value;
  if (value.size !== 1) throw new ShapeError(`interp: left and right are one number each, not ${show(value.shape)}`);
  return anchor("interp", [value]).astype(x.dtype).reshape([]);
}

/** The segment's line; beyond the ends that of the first or the last segment. */
function between(x: Tensor, { xp, fp }: Points): Tensor {
  const last = xp.size - 1;
  const i = clamp(sub(searchsorted(xp, x, { side: "right" }), 1), { min: 0, max: Math.max(0, last - 1) });
  const j = clamp(add(i, 1), { max: last });
  const [x0, x1, f0, f1] = [take(xp, i), take(xp, j), take(fp, i), take(fp, j)];
  const offset = sub(x, x0);
  if (last === 0) return where(equal(offset, 0), f0, x); // elsewhere left or right holds, or x is NaN
  const slope = div(sub(f1, f0), sub(x1, x0));
  // a jump to infinity has no slope, but values at its ends, where the line would be 0 · ∞ or ∞ − ∞
  const jump = logicalNot(isfinite(slope));
  const line = add(f0, mul(offset, slope));
  return where(logicalAnd(jump, equal(offset, 0)), f0, where(logicalAnd(jump, equal(x, x1)), f1, line));
}

function periodic(x: Tensor, { xp, fp }: Points, options: InterpOptions): Tensor {
  const { left, right, period = 0 } = options;
  if (!(Math.abs(period) > 0 && Number.isFinite(period)))
    throw new ValueError(`interp: period is ${period}; it must be a number other than 0`);
  if (left !== undefined || right !== undefined)
    throw new ValueError("interp: with a period there is nothing outside; leave left and right away");
  const length = Math.abs(period);
  const within = remainder(xp, length);
  const order = argsort(within);
  const [xs, fs] = [take(within, order), take(fp, order)];
  const n = xp.size;
  // the last point before the first one, and the first after the last
  const around: Points = {
    xp: concat([sub(xs.at(`${n - 1}:`), length), xs, add(xs.at("0:1"), length)]),
    fp: concat([fs.at(`${n - 1}:`), fs, fs.at("0:1")]),
  };
  return between(remainder(x, length), around);
}
