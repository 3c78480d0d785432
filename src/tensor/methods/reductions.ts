/** Methods that reduce a tensor. Each calls the function of the same name, where it is explained. */
import type { AxisOption, Fits, Reduce, Shape } from "../../base/index.ts";
import type { NormOptions } from "../norms.ts";
import * as norms from "../norms.ts";
import type { Along, ArgOptions, Reduced, ReduceOptions, ScanOptions, VarianceOptions } from "../reductions.ts";
import * as reductions from "../reductions.ts";
import * as statistics from "../statistics.ts";
import type { Tensor } from "../tensor.ts";
import { ArithmeticMethods } from "./arithmetic.ts";

export abstract class ReductionMethods<S extends Shape> extends ArithmeticMethods<S> {
  /** Σ x. Of integers and bool in int32. */
  sum<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "sum">,
  ): Reduced<A, X, K> {
    return reductions.sum(this, options);
  }

  /** Σ x / n; NaN of nothing. */
  mean<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "mean">,
  ): Reduced<A, X, K> {
    return reductions.mean(this, options);
  }

  /** Π x, of integers and bool in int32. */
  prod<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "prod">,
  ): Reduced<A, X, K> {
    return reductions.prod(this, options);
  }

  /** The greatest element; NaN if there is one; equal ones share the gradient. */
  max<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "max">,
  ): Reduced<A, X, K> {
    return reductions.max(this, options);
  }

  /** The least element; NaN if there is one; equal ones share the gradient. */
  min<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "min">,
  ): Reduced<A, X, K> {
    return reductions.min(this, options);
  }

  /** log Σ exp(x), without overflow: the greatest entry m is taken out first. */
  logsumexp<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "logsumexp">,
  ): Reduced<A, X, K> {
    return reductions.logsumexp(this, options);
  }

  /**
   * The middle element of the sorted ones, the mean of the middle two when their number is even; NaN if there is one.
   */
  median<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "median">,
  ): Reduced<A, X, K> {
    return statistics.median(this, options);
  }

  /** Number of elements that are not 0; int32. */
  countNonzero<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "countNonzero">,
  ): Reduced<A, X, K> {
    return reductions.countNonzero(this, options);
  }

  /** Whether any element is true (not 0); false of nothing. */
  any<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "any">,
  ): Reduced<A, X, K> {
    return reductions.any(this, options);
  }

  /** Whether all elements are true (not 0); true of nothing. */
  all<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "all">,
  ): Reduced<A, X, K> {
    return reductions.all(this, options);
  }

  /** Σ of what is not NaN; 0 of nothing. */
  nansum<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "nansum">,
  ): Reduced<A, X, K> {
    return statistics.nansum(this, options);
  }

  /** Π of what is not NaN; 1 of nothing. */
  nanprod<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "nanprod">,
  ): Reduced<A, X, K> {
    return statistics.nanprod(this, options);
  }

  /** Mean of what is not NaN; NaN of nothing. */
  nanmean<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "nanmean">,
  ): Reduced<A, X, K> {
    return statistics.nanmean(this, options);
  }

  /** The least of what is not NaN; NaN of nothing. */
  nanmin<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "nanmin">,
  ): Reduced<A, X, K> {
    return statistics.nanmin(this, options);
  }

  /** The greatest of what is not NaN; NaN of nothing. */
  nanmax<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "nanmax">,
  ): Reduced<A, X, K> {
    return statistics.nanmax(this, options);
  }

  /** The median of what is not NaN. */
  nanmedian<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: Along<A, X, K, "nanmedian">,
  ): Reduced<A, X, K> {
    return statistics.nanmedian(this, options);
  }

  /**
   * Variance Σ (x − mean)² / (n − ddof), in two passes: the mean first, so that a large mean does not eat the digits.
   */
  var<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: VarianceOptions<X, K> & Fits<Reduce<A, X, K>, "var">,
  ): Reduced<A, X, K> {
    return reductions.variance(this, options);
  }

  /** Standard deviation √var; slope 0 where it is 0. */
  std<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: VarianceOptions<X, K> & Fits<Reduce<A, X, K>, "std">,
  ): Reduced<A, X, K> {
    return reductions.std(this, options);
  }

  /** Variance of what is not NaN: Σ (x − mean)² / (n − ddof); NaN where n ≤ ddof. */
  nanvar<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: VarianceOptions<X, K> & Fits<Reduce<A, X, K>, "nanvar">,
  ): Reduced<A, X, K> {
    return statistics.nanvar(this, options);
  }

  /** Standard deviation of what is not NaN. */
  nanstd<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: VarianceOptions<X, K> & Fits<Reduce<A, X, K>, "nanstd">,
  ): Reduced<A, X, K> {
    return statistics.nanstd(this, options);
  }

  /** The place of the greatest element, the first of equal ones; NaN counts as greatest (NumPy); int32. */
  argmax<A extends Shape, const X extends number | undefined = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: ArgOptions<X, K> & Fits<Reduce<A, X, K>, "argmax">,
  ): Reduced<A, X, K> {
    return reductions.argmax(this, options);
  }

  /** The place of the least element, the first of equal ones; NaN counts as least (NumPy); int32. */
  argmin<A extends Shape, const X extends number | undefined = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: ArgOptions<X, K> & Fits<Reduce<A, X, K>, "argmin">,
  ): Reduced<A, X, K> {
    return reductions.argmin(this, options);
  }

  /** The place of the greatest of what is not NaN, the first of equal ones; int32. Where all are NaN: their number. */
  nanargmax<A extends Shape, const X extends number | undefined = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: ArgOptions<X, K> & Fits<Reduce<A, X, K>, "nanargmax">,
  ): Reduced<A, X, K> {
    return statistics.nanargmax(this, options);
  }

  /** The place of the least of what is not NaN, the first of equal ones; int32. Where all are NaN: their number. */
  nanargmin<A extends Shape, const X extends number | undefined = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: ArgOptions<X, K> & Fits<Reduce<A, X, K>, "nanargmin">,
  ): Reduced<A, X, K> {
    return statistics.nanargmin(this, options);
  }

  /** A norm. */
  norm<A extends Shape, const X extends AxisOption = undefined, K extends boolean = false>(
    this: Tensor<A>,
    options?: NormOptions<X, K> & Fits<Reduce<A, X, K>, "norm">,
  ): Reduced<A, X, K> {
    return norms.norm(this, options);
  }

  /**
   * The value below which a share `q` (0 … 1) of the elements lies: element q(n − 1) of the sorted ones, between two by
   * linear interpolation. Several `q` make the first axis of the result.
   */
  quantile(this: Tensor, q: number | readonly number[] | Tensor, options?: ReduceOptions): Tensor {
    return statistics.quantile(this, q, options);
  }

  /** As `quantile`, with q in percent. */
  percentile(this: Tensor, q: number | readonly number[] | Tensor, options?: ReduceOptions): Tensor {
    return statistics.percentile(this, q, options);
  }

  /** The quantile of what is not NaN. */
  nanquantile(this: Tensor, q: number | readonly number[] | Tensor, options?: ReduceOptions): Tensor {
    return statistics.nanquantile(this, q, options);
  }

  /** The percentile of what is not NaN. */
  nanpercentile(this: Tensor, q: number | readonly number[] | Tensor, options?: ReduceOptions): Tensor {
    return statistics.nanpercentile(this, q, options);
  }

  /** Running sums x₀, x₀ + x₁, … along `axis`; of the flattened tensor without it. Integers and bool in int32. */
  cumsum<A extends Shape>(this: Tensor<A>, options: { readonly axis: number }): Tensor<A>;
  cumsum(this: Tensor, options?: ScanOptions): Tensor;
  cumsum(this: Tensor, options?: ScanOptions): Tensor {
    return reductions.cumsum(this, options);
  }

  /** Running products x₀, x₀x₁, … along `axis`; of the flattened tensor without it. Integers and bool in int32. */
  cumprod<A extends Shape>(this: Tensor<A>, options: { readonly axis: number }): Tensor<A>;
  cumprod(this: Tensor, options?: ScanOptions): Tensor;
  cumprod(this: Tensor, options?: ScanOptions): Tensor {
    return reductions.cumprod(this, options);
  }
}
