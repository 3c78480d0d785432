/** How variables move together: covariances and correlations, with the meanings of `numpy.cov` and `numpy.corrcoef`. */
import { checkOptions, type DType, ShapeError, show, ValueError, wideDType } from "../base/index.ts";
import { detach } from "../graph/index.ts";
import { checkValues } from "../runtime/index.ts";
import { add, clamp, div, maximum, mul, sub } from "./arithmetic.ts";
import { conj } from "./complex.ts";
import { sqrt } from "./elementwise.ts";
import { matmul } from "./linear-algebra.ts";
import { commonDType, floating } from "./operands.ts";
import { diagonal } from "./padding.ts";
import { sum } from "./reductions.ts";
import { concat, reshape, sliceAxis, transpose } from "./shaping.ts";
import type { Tensor } from "./tensor.ts";

export interface CorrelationOptions {
  /** further variables, observed together with those of x */
  readonly y?: Tensor | undefined;
  /** whether each row is a variable and each column an observation; true */
  readonly rowvar?: boolean | undefined;
}

export interface CovarianceOptions extends CorrelationOptions {
  /** whether to divide by n rather than n − 1; false */
  readonly bias?: boolean | undefined;
  /** what is taken off n in the divisor, instead of what `bias` says */
  readonly ddof?: number | undefined;
  /** how often each observation occurred: whole numbers, [n] */
  readonly fweights?: Tensor | undefined;
  /** how much each observation counts, [n] */
  readonly aweights?: Tensor | undefined;
}

/** The variables of x as rows: [variables, n]. A vector is one variable. */
function variablesOf(operation: string, name: string, x: Tensor, rowvar: boolean): Tensor {
  if (x.ndim > 2) {
    throw new ShapeError(
      `${operation}: ${name} has shape ${show(x.shape)}; it is a vector of observations, or a matrix of variables and observations`,
    );
  }
  if (x.ndim < 2) return reshape(x, [1, x.size]);
  return rowvar ? x : transpose(x);
}

/** The dtype of the result: floating, and of halves a half, though they are computed in float32. */
function resultDType(operation: string, x: Tensor, { y }: CorrelationOptions): DType {
  return floating(commonDType(y === undefined ? [x] : [x, y]), operation);
}

/** All variables, [variables, n], in the dtype in which they are computed. */
function allVariables(operation: string, x: Tensor, options: CorrelationOptions): Tensor {
  const { y, rowvar = true } = options;
  const dtype = wideDType(resultDType(operation, x, options));
  const rows = variablesOf(operation, "x", x, rowvar);
  if (y === undefined) return rows.astype(dtype);
  const more = variablesOf(operation, "y", y, rowvar);
  if (rows.shape[1] !== more.shape[1]) {
    throw new ShapeError(
      `${operation}: x ${show(x.shape)} has ${rows.shape[1]} observations, y ${show(y.shape)} has ${more.shape[1]}`,
    );
  }
  return concat([rows.astype(dtype), more.astype(dtype)], { axis: 0 });
}

/** The weights, numbers from 0. */
function checkedWeights(name: string, weights: Tensor, n: number, whole: boolean): Tensor {
  if (weights.ndim !== 1 || weights.size !== n) {
    throw new ShapeError(`cov: ${name} ${show(weights.shape)} are not one for each of ${n} observations`);
  }
  const message = `cov: ${name} contain {0}; they are ${whole ? "whole numbers" : "numbers"} from 0`;
  const from0 = { low: 0, high: Number.POSITIVE_INFINITY, whole };
  return weights.derive(checkValues(weights.node, from0, { error: "ValueError", message }));
}

/**
 * Covariances of variables, each with each.
 *
 *     C[i, j] = Σₖ wₖ (xᵢₖ − x̄ᵢ) (xⱼₖ − x̄ⱼ)* / d,   x̄ᵢ = Σ w xᵢ / Σ w,   w = f · a
 *     d = n − ddof,   with weights Σ w − ddof · Σ w a / Σ w
 *
 * Differentiable in x, y and the weights. Source: `numpy.cov`.
 *
 * @param x        a variable [n], or variables as rows [m, n] (as columns without `rowvar`); integers count as float32
 * @param options  `y`, `rowvar`, `bias`, `ddof`, `fweights` (f), `aweights` (a)
 * @returns        [m, m], the variables of y after those of x; a scalar for one variable; NaN or ∞ where d ≤ 0
 * @throws ShapeError  for more than two axes, or other numbers of observations or weights
 * @throws ValueError  for negative weights, or broken ones where they count
 * @example
 * cov(tensor([[0, 1, 2], [2, 1, 0]])); // => [[ 1. -1.]
 * //  [-1.  1.]]
 */
export function cov(x: Tensor, options: CovarianceOptions = {}): Tensor {
  checkOptions("cov", options, ["y", "rowvar", "bias", "ddof", "fweights", "aweights"]);
  return covariances("cov", x, options).astype(resultDType("cov", x, options));
}

function covariances(operation: string, x: Tensor, options: CovarianceOptions): Tensor {
  const { bias = false, ddof = bias ? 0 : 1, fweights, aweights } = options;
  if (!Number.isInteger(ddof)) throw new ValueError(`cov: ddof is ${ddof}; it must be a whole number`);
  const values = allVariables(operation, x, options);
  const n = values.shape[1]!;
  // since the first observation, so that what is constant varies by nothing and a large mean takes no digits
  const rows = n === 0 ? values : sub(values, values.derive(detach(sliceAxis(values.node, 1, 0, 1))));
  const f = fweights && checkedWeights("fweights", fweights, n, true).astype(rows.dtype);
  const a = aweights && checkedWeights("aweights", aweights, n, false).astype(rows.dtype);
  const w = f === undefined ? a : a === undefined ? f : mul(f, a);
  const products = w === undefined ? plainProducts(rows, ddof) : weightedProducts(rows, w, a, ddof);
  return rows.shape[0] === 1 ? reshape(products, []) : products;
}

function plainProducts(rows: Tensor, ddof: number): Tensor {
  const n = rows.shape[1]!;
  const deviation = sub(rows, div(sum(rows, { axis: 1, keepdims: true }), n));
  return div(matmul(deviation, conj(transpose(deviation))), Math.max(0, n - ddof));
}

/** w [n] are all weights together, of which `a` are those that say how much an observation counts. */
function weightedProducts(rows: Tensor, w: Tensor, a: Tensor | undefined, ddof: number): Tensor {
  const total = sum(w);
  const deviation = sub(rows, div(sum(mul(rows, w), { axis: 1, keepdims: true }), total));
  const lost = a === undefined ? ddof : mul(div(sum(mul(w, a)), total), ddof);
  return div(matmul(mul(deviation, w), conj(transpose(deviation))), maximum(sub(total, lost), 0));
}

/**
 * Pearson's correlation of variables, each with each: −1 … 1.
 *
 *     R[i, j] = C[i, j] / √(C[i, i] C[j, j])
 *
 * Differentiable; what rounding puts beyond ±1 is drawn back without changing the slope. Source: `numpy.corrcoef`.
 *
 * @param x        a variable [n], or variables as rows [m, n] (as columns without `rowvar`); integers count as float32
 * @param options  `y`, `rowvar`
 * @returns        [m, m], the variables of y after those of x; a scalar for one variable; NaN beside a constant one
 * @throws ShapeError  for more than two axes, or other numbers of observations
 * @example
 * corrcoef(tensor([1, 2, 3]), { y: tensor([2, 4, 9]) }); // => [[1. 0.97072…]
 * //  [0.97072… 1. ]]
 */
export function corrcoef(x: Tensor, options: CorrelationOptions = {}): Tensor {
  checkOptions("corrcoef", options, ["y", "rowvar"]);
  return correlations(covariances("corrcoef", x, options)).astype(resultDType("corrcoef", x, options));
}

function correlations(c: Tensor): Tensor {
  if (c.ndim === 0) return div(c, c);
  const deviation = sqrt(diagonal(c));
  const n = deviation.size;
  const r = div(div(c, reshape(deviation, [n, 1])), deviation);
  return add(r, sub(clamp(r, { min: -1, max: 1 }), r).detach());
}
