/** Functions of elements and of rows where values are awkward: integers that no float32 holds, NaN as a bound or as a part, nothing at all. */
import { beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import { grad } from "../../src/autodiff/index.ts";
import { DTypeError, ShapeError, setDefaultDevice } from "../../src/index.ts";
import * as T from "../../src/tensor/index.ts";
import { tensor, zeros } from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

describe.each(devices)("on %s", (device) => {
  beforeAll(() => {
    setDefaultDevice(device);
  });

  describe("isclose of integers", () => {
    const exact = { rtol: 0, atol: 0 };

    test("tells those apart that float32 would round to the same", () => {
      const large = tensor([16777216, -2147483648], { dtype: "int32" });
      const others = tensor([16777217, 2147483647], { dtype: "int32" });
      expect(T.isclose(large, others, exact).arraySync()).toEqual([0, 0]);
      expect(T.isclose(large, large, exact).arraySync()).toEqual([1, 1]);
      expect(T.isclose(large, others, { rtol: 0, atol: 1 }).arraySync()).toEqual([1, 0]);
      expect(T.isclose(large, 16777217, exact).arraySync()).toEqual([0, 0]);
    });

    test("tells those apart that float64 would round to the same", () => {
      const large = tensor([2n ** 53n, -(2n ** 63n), 5n], { dtype: "int64" });
      const others = tensor([2n ** 53n + 1n, 2n ** 63n - 1n, 5n], { dtype: "int64" });
      expect(T.isclose(large, others, exact).arraySync()).toEqual([0, 0, 1]);
      expect(T.isclose(large, others).arraySync()).toEqual([1, 0, 1]);
      const unsigned = tensor([2n ** 64n - 1n, 0n], { dtype: "uint64" });
      expect(T.isclose(unsigned, tensor([2n ** 64n - 2n, 0n], { dtype: "uint64" }), exact).arraySync()).toEqual([0, 1]);
      expect(T.isclose(tensor([0n], { dtype: "uint64" }), tensor([2n ** 64n - 1n], { dtype: "uint64" })).item()).toBe(
        0,
      );
    });

    test("beside floats in float64, and with a tolerance of fractions", () => {
      const x = tensor([16777217], { dtype: "int32" });
      expect(T.isclose(x, tensor([16777216]), exact).item()).toBe(0);
      expect(T.isclose(tensor([3], { dtype: "int32" }), 2.5, { rtol: 0, atol: 0.5 }).item()).toBe(1);
      expect(T.isclose(tensor([3], { dtype: "uint8" }), tensor([4], { dtype: "uint8" }), exact).item()).toBe(0);
    });
  });

  describe("complex numbers", () => {
    const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: low } = Number;
    const z = (): T.Tensor => T.complex(tensor([1, nan, inf, 2, low, 3e38]), tensor([2, 1, nan, low, 0, 3e38]));

    test("are infinite if a part is, finite if both are, NaN if a part is", () => {
      expect(T.isinf(z()).arraySync()).toEqual([0, 0, 1, 1, 1, 0]);
      expect(T.isfinite(z()).arraySync()).toEqual([1, 0, 0, 0, 0, 1]);
      expect(T.isnan(z()).arraySync()).toEqual([0, 1, 1, 0, 0, 0]);
    });

    test("have their parts replaced one by one by nanToNum", () => {
      const replaced = T.nanToNum(z(), { nan: 7, posinf: 8, neginf: -9 });
      expect(replaced.dtype).toBe("complex64");
      expect(T.real(replaced).arraySync()).toEqual([1, 7, 8, 2, -9, Math.fround(3e38)]);
      expect(T.imag(replaced).arraySync()).toEqual([2, 1, 7, -9, 0, Math.fround(3e38)]);
      const greatest = (2 - 2 ** -23) * 2 ** 127;
      expect(T.imag(T.nanToNum(z())).arraySync()).toEqual([2, 1, 0, -greatest, 0, Math.fround(3e38)]);
    });

    test("that are NaN are passed over by nansum and nanprod", () => {
      const some = T.complex(tensor([1, nan, 3, 5]), tensor([2, 1, nan, -1]));
      const parts = (x: T.Tensor): unknown[] => [T.real(x).arraySync(), T.imag(x).arraySync()];
      expect(parts(T.nansum(some))).toEqual([6, 1]);
      expect(parts(T.nanprod(some))).toEqual([7, 9]); // (1 + 2i)(5 − i)
      expect(parts(T.nansum(T.complex(tensor([nan]), 0)))).toEqual([0, 0]);
    });
  });

  describe("the sign of NaN", () => {
    test.each(["float32", "float64", "float16"] as const)("is positive, whatever its bit, in %s", (dtype) => {
      const x = tensor([0, -1, Number.NEGATIVE_INFINITY, -0, 1], { dtype });
      const infinite = T.mul(x, Number.POSITIVE_INFINITY); // 0 · ∞ is a NaN with the bit set on many machines
      const nan = T.sub(infinite, infinite);
      expect(T.signbit(T.neg(nan)).arraySync()).toEqual([0, 0, 0, 0, 0]);
      expect(T.signbit(nan).arraySync()).toEqual([0, 0, 0, 0, 0]);
      expect(T.copysign(tensor([2, -2, 2, -2, 2], { dtype }), T.neg(nan)).arraySync()).toEqual([2, 2, 2, 2, 2]);
      expect(T.signbit(x).arraySync()).toEqual([0, 1, 1, 1, 0]);
      expect(T.signbit(T.neg(x)).arraySync()).toEqual([1, 0, 0, 0, 1]);
    });
  });

  describe("errors name the function that was called", () => {
    const z = (): T.Tensor => T.complex(tensor([1, 2]), 1);
    const flags = (): T.Tensor => tensor([true, false]);
    const places = (): T.Tensor => tensor([0], { dtype: "int32" });
    const noAxis = (f: (x: T.Tensor, options: { axis: number }) => unknown) => () => f(tensor([1, 2]), { axis: 3 });

    test.each<[string, () => unknown, typeof DTypeError | typeof ShapeError]>([
      ["nanvar", () => T.nanvar(z()), DTypeError],
      ["nanstd", () => T.nanstd(z()), DTypeError],
      ["nanvar", noAxis(T.nanvar), ShapeError],
      ["nanstd", noAxis(T.nanstd), ShapeError],
      ["scatter", () => T.scatter(flags(), places(), flags(), { axis: 0 }), DTypeError],
      ["scatterAdd", () => T.scatterAdd(flags(), places(), flags(), { axis: 0 }), DTypeError],
      ["indexAdd", () => T.indexAdd(flags(), places(), tensor([true]), { axis: 0 }), DTypeError],
      ["median", () => T.median(zeros([0, 2]), { axis: 0 }), ShapeError],
    ])("%s", (name, run, kind) => {
      expect(run).toThrow(kind);
      expect(run).toThrow(new RegExp(`^${name}: `));
    });
  });

  test("order statistics of no rows are none, however short the rows", () => {
    const none = zeros([0, 0]);
    expect(T.median(none, { axis: 0 }).shape).toEqual([0]);
    expect(T.median(none, { axis: 1, keepdims: true }).shape).toEqual([0, 1]);
    expect(T.nanmedian(none, { axis: 0 }).arraySync()).toEqual([]);
    expect(T.quantile(none, [0.1, 0.5, 1], { axis: 0 }).shape).toEqual([3, 0]);
    expect(T.percentile(zeros([0, 3]), 50, { axis: 1 }).arraySync()).toEqual([]);
    expect(T.nanquantile(zeros([0, 0], { dtype: "float16" }), 0.5, { axis: 0 }).dtype).toBe("float16");
  });

  describe("clamp", () => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

    test("makes NaN of a bound that is NaN", () => {
      const x = tensor([-2, 0.5, 7, nan]);
      expect(T.clamp(x, { min: nan }).arraySync()).toEqual([nan, nan, nan, nan]);
      expect(T.clamp(x, { min: 0, max: nan }).arraySync()).toEqual([nan, nan, nan, nan]);
      expect(T.clamp(x, { min: tensor([0, nan, 0, 0]), max: 1 }).arraySync()).toEqual([0, nan, 1, nan]);
      expect(T.clamp(x, { max: tensor([nan, 1, 1, 1]) }).arraySync()).toEqual([nan, 0.5, 1, nan]);
      expect(T.clamp(tensor([1, 9], { dtype: "int32" }), { max: tensor([nan, 2]) }).arraySync()).toEqual([nan, 2]);
      expect(T.clamp(tensor([-inf, inf]), { min: -inf, max: inf }).arraySync()).toEqual([-inf, inf]);
    });

    test("has no slope where a bound is NaN", () => {
      const slope = grad((x: T.Tensor) => T.clamp(x, { min: tensor([nan, -1, -1]), max: 1 }).sum());
      expect(slope(tensor([0, 0, 3])).arraySync()).toEqual([0, 1, 0]);
    });

    test("broadcasts x and its bounds, which only bounds that are numbers leave as long as x in type", () => {
      const x = tensor([1, 5, 9]);
      const column = tensor([[2], [6]]);
      const wide = T.clamp(x, { min: column });
      expect(wide.arraySync()).toEqual([
        [2, 5, 9],
        [6, 6, 9],
      ]);
      expect(x.clamp({ max: column }).arraySync()).toEqual([
        [1, 2, 2],
        [1, 5, 6],
      ]);
      expectTypeOf(wide).toEqualTypeOf<T.Tensor>();
      expectTypeOf(x.clamp({ max: column })).toEqualTypeOf<T.Tensor>();
      expectTypeOf(T.clamp(zeros([3]), { min: 0, max: 1 })).toEqualTypeOf(zeros([3]));
      expectTypeOf(zeros([3]).clamp({ min: 0 })).toEqualTypeOf(zeros([3]));
      expect(() => T.clamp(x, { min: tensor([1, 2]) })).toThrow(ShapeError);
    });
  });
});
