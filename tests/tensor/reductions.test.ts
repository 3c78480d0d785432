/** Reductions: golden values, dtypes, errors. */
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/base/index.ts";
import { grad } from "../../src/index.ts";
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

describe.each(["reference", "wasm"])("quantiles at the elements of a tensor, on %s", (device) => {
  const make = (values: number | number[] | number[][], options: object = {}): T.Tensor =>
    T.tensor(values, { device, ...options });
  const x = make([
    [4, 1, 3, 2],
    [10, 40, 20, 30],
  ]);
  const expected = [
    [1, 10],
    [1.75, 17.5],
    [3.25, 32.5],
  ];

  test("their axes come first, inside a program as well", () => {
    const q = make([0, 0.25, 0.75]);
    expect(T.quantile(x, q, { axis: 1 }).arraySync()).toEqual(expected);
    expect(T.percentile(x, q.mul(100), { axis: 1 }).arraySync()).toEqual(expected);
    expect(T.nanquantile(x, q, { axis: 1, keepdims: true }).shape).toEqual([3, 2, 1]);
    expect(T.quantile(x, q.reshape([3, 1])).shape).toEqual([3, 1]);
    const rows = T.compile((at: T.Tensor) => x.quantile(at, { axis: 1 }));
    expect(rows(q).arraySync()).toEqual(expected);
    expect(rows(make([1, 0.5, 0])).arraySync()).toEqual([
      [4, 40],
      [2.5, 25],
      [1, 10],
    ]);
  });

  test("a scalar leaves no axis; whole numbers and float64 count as they are", () => {
    expect(T.quantile(x, make(1, { dtype: "int32" }), { axis: 1 }).arraySync()).toEqual([4, 40]);
    expect(T.percentile(x.astype("float64"), make(10, { dtype: "float64" }), { axis: 1 }).arraySync()).toEqual([
      1.3, 13,
    ]);
  });

  test("NaN are passed over where that is asked, and the rest of the rows are NaN", () => {
    const holes = make([
      [Number.NaN, 1, 3, Number.NaN],
      [10, 40, 20, 30],
    ]);
    const q = make([0.5, 1]);
    expect(T.nanquantile(holes, q, { axis: 1 }).arraySync()).toEqual([
      [2, 25],
      [3, 40],
    ]);
    expect(T.nanpercentile(holes, q.mul(100), { axis: 1 }).arraySync()).toEqual([
      [2, 25],
      [3, 40],
    ]);
    expect(T.quantile(holes, q, { axis: 1 }).arraySync()).toEqual([
      [Number.NaN, 25],
      [Number.NaN, 40],
    ]);
    expect(T.quantile(x, make([Number.NaN, 1]), { axis: 1 }).arraySync()).toEqual([
      [Number.NaN, Number.NaN],
      [4, 40],
    ]);
  });

  test("slopes go to the neighbours, and to q by their distance", () => {
    const q = make(0.25);
    const slopes = grad((y: T.Tensor) => T.quantile(y, q))(make([4, 1, 3, 2]));
    expect(slopes.arraySync()).toEqual([0, 0.25, 0, 0.75]);
    expect(grad((at: T.Tensor) => T.quantile(make([40, 10, 30, 20]), at))(q).item()).toBe(30); // (20 − 10) · 3
  });

  test("what is not in 0 … 1 is an error at the call and when a program runs", () => {
    const error = new ValueError("quantile: q = 1.5 is not in 0 … 1");
    expect(() => T.quantile(x, make([0.5, 1.5]))).toThrow(error);
    expect(() => T.percentile(x, make(-1))).toThrow(new ValueError("percentile: q = -1 is not in 0 … 100"));
    expect(() => T.compile((q: T.Tensor) => T.quantile(x, q))(make([0.5, 1.5])).dataSync()).toThrow(error);
    expect(() => T.quantile(x, make([]))).toThrow(new ValueError("quantile: q is empty"));
  });
});
