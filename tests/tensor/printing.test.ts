/** Printing: what NumPy 2.4 prints for the same arrays. */
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { DType } from "../../src/base/index.ts";
import { arange, compile, type Tensor, tensor, zeros } from "../../src/tensor/index.ts";

const lines = (...text: string[]): string => text.join("\n");

describe("toString", () => {
  test.each<[string, Tensor, string]>([
    [
      "aligns floats at the point",
      tensor([
        [1, 2.5],
        [-3, 100],
      ]),
      lines("[[  1.    2.5]", " [ -3.  100. ]]"),
    ],
    [
      "keeps NaN and infinities in the column",
      tensor([1.5, Number.NaN, Number.NEGATIVE_INFINITY, 1e-3]),
      "[1.5e+00     nan    -inf 1.0e-03]",
    ],
    [
      "aligns integers at the right",
      tensor(
        [
          [1, -2],
          [300, 4],
        ],
        { dtype: "int32" },
      ),
      lines("[[  1  -2]", " [300   4]]"),
    ],
    ["spells bools as NumPy", tensor([[true, false]]), "[[ True False]]"],
    [
      "puts blank lines between matrices",
      arange(8).reshape([2, 2, 2]),
      lines("[[[0. 1.]", "  [2. 3.]]", "", " [[4. 5.]", "  [6. 7.]]]"),
    ],
    [
      "breaks long rows after 75 characters",
      arange(30).div(8),
      lines(
        "[0.    0.125 0.25  0.375 0.5   0.625 0.75  0.875 1.    1.125 1.25  1.375",
        " 1.5   1.625 1.75  1.875 2.    2.125 2.25  2.375 2.5   2.625 2.75  2.875",
        " 3.    3.125 3.25  3.375 3.5   3.625]",
      ),
    ],
    [
      "shows the ends of what has more than 1000 elements",
      arange(2000, { dtype: "int32" }).reshape([40, 50]),
      lines(
        "[[   0    1    2 ...   47   48   49]",
        " [  50   51   52 ...   97   98   99]",
        " [ 100  101  102 ...  147  148  149]",
        " ...",
        " [1850 1851 1852 ... 1897 1898 1899]",
        " [1900 1901 1902 ... 1947 1948 1949]",
        " [1950 1951 1952 ... 1997 1998 1999]]",
      ),
    ],
    ["shortens only long axes", zeros([2, 600]), lines("[[0. 0. 0. ... 0. 0. 0.]", " [0. 0. 0. ... 0. 0. 0.]]")],
    ["shows what float32 knows", tensor([1 / 3, 2 / 3]), "[0.33333334 0.6666667 ]"],
    ["shows eight digits of float64", tensor([1 / 3, 2 / 3], { dtype: "float64" }), "[0.33333333 0.66666667]"],
    ["takes exponents when sizes differ much", tensor([1e-10, 5], { dtype: "float64" }), "[1.e-10 5.e+00]"],
    ["gives exponents one width", tensor([1e100, -1e5], { dtype: "float64" }), "[ 1.e+100 -1.e+005]"],
    ["tells −0 from 0", tensor([-0, 0]), "[-0.  0.]"],
    ["prints nothing of nothing", zeros([2, 0]), "[]"],
  ])("%s", (_, x, text) => {
    expect(x.toString()).toBe(text);
  });

  test.each<[number, DType, string]>([
    [5, "float32", "5.0"],
    [0.1, "float32", "0.1"],
    [1e-5, "float64", "1e-05"],
    [123456.789, "float32", "123456.79"],
    [123456.789, "float64", "123456.789"],
    [1e20, "float32", "1e+20"],
    [7, "int32", "7"],
    [1, "bool", "True"],
  ])("prints the scalar %d of %s as a number", (value, dtype, text) => {
    expect(tensor(value, { dtype }).toString()).toBe(text);
  });

  test("is what console.log shows", () => {
    expect(inspect(tensor([1, 2]))).toBe("[1. 2.]");
    expect(inspect({ x: tensor([1, 2]) })).toBe("{ x: [1. 2.] }");
  });

  test("of a huge tensor is short and quick", () => {
    const huge = zeros([4000, 1000]);
    huge.dataSync();
    const times = [0, 1, 2, 3, 4].map(() => {
      const start = performance.now();
      expect(huge.toString().length).toBeLessThan(400);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(50); // whoever else has the machine may hold up one of them
  });

  test("inside compile says what is known", () => {
    let text = "";
    compile((x: Tensor) => {
      text = x.toString();
      return x.add(1);
    })(tensor([1, 2]));
    expect(text).toBe("Tensor(float32[2], not known while a step is traced)");
  });
});
