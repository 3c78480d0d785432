/** Reductions: golden values, dtypes, errors. */
import * as T from "../../src/tensor/index.ts";
import { type Call, describeArea, direct } from "../fixtures-harness.ts";

const quantiles =
  (f: typeof T.quantile): Call =>
  ([x], { q, ...options }) =>
    f(x!, q as number | number[], options);

describeArea("reductions", {
  ...direct(
    T,
    `sum prod mean std min max median logsumexp argmax argmin any all countNonzero cumsum cumprod norm nansum nanprod nanmean nanstd
     nanvar nanmin nanmax nanmedian nanargmin nanargmax`,
  ),
  ...direct({ var: T.variance }, "var"),
  percentile: quantiles(T.percentile),
  quantile: quantiles(T.quantile),
  nanpercentile: quantiles(T.nanpercentile),
});
