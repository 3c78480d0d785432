/** Print options: what NumPy 2.4 prints for the same arrays under the same options. */
import { afterEach, describe, expect, test } from "vitest";
import {
  arange,
  type PrintOptions,
  printOptions,
  setPrintOptions,
  type Tensor,
  tensor,
  withPrintOptions,
} from "../../src/tensor/index.ts";

const defaults = printOptions();
afterEach(() => setPrintOptions(defaults));

const lines = (...text: string[]): string => text.join("\n");
const doubles = (...values: number[]): Tensor => tensor(values, { dtype: "float64" });
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

describe("print options", () => {
  test.each<[Partial<PrintOptions>, Tensor, string]>([
    [{ precision: 3 }, doubles(1 / 3, 2 / 3, 1), "[0.333 0.667 1.   ]"],
    [{ precision: 0 }, doubles(1.5, 2.5, 10), "[ 2.  2. 10.]"],
    [{ precision: 1 }, doubles(0.25, 0.75, -0.25, 0.35), "[ 0.2  0.8 -0.2  0.3]"],
    [{ precision: 3 }, tensor([0.1, 1.2345678e-10]), "[1.000e-01 1.235e-10]"],
    [{ precision: 2 }, doubles(123456.789, 0.5), "[1.23e+05 5.00e-01]"],
    [{ suppress: true }, doubles(1e-10, 5), "[0. 5.]"],
    [{ suppress: true, precision: 4 }, tensor([1e-7, 1.5]), "[0.  1.5]"],
    [{ suppress: true }, doubles(1e9, 5), "[1.e+09 5.e+00]"],
    [{ sign: "+" }, doubles(1, -2.5, nan, inf), "[+1.  -2.5 +nan +inf]"],
    [{ sign: "+" }, doubles(1e-10, 5), "[+1.e-10 +5.e+00]"],
    [{ sign: " " }, doubles(1, 2.5), "[ 1.   2.5]"],
    [{ sign: " " }, doubles(1, nan), "[  1.  nan]"],
    [{ floatMode: "fixed", precision: 2 }, doubles(1, 1 / 3, -0), "[ 1.00  0.33 -0.00]"],
    [{ floatMode: "fixed", precision: 2 }, doubles(1e-10, 12345.678), "[1.00e-10 1.23e+04]"],
    [{ floatMode: "fixed", precision: 0 }, doubles(1.5, 2.5), "[2. 2.]"],
    [{ floatMode: "maxprec_equal" }, doubles(1, 0.5, 0.125), "[1.000 0.500 0.125]"],
    [{ floatMode: "unique", precision: 2 }, doubles(1 / 3, 0.5), "[0.3333333333333333 0.5               ]"],
    [{ floatMode: "unique" }, tensor([1 / 3, 1e-7]), "[3.3333334e-01 1.0000000e-07]"],
    [{ nanStr: "NA", infStr: "oo" }, doubles(1.5, nan, inf, -inf), "[1.5  NA  oo -oo]"],
    [{ nanStr: "missing" }, doubles(1.5, nan), "[    1.5 missing]"],
    [{ threshold: 5, edgeItems: 1 }, arange(10), "[0. ... 9.]"],
    [{ threshold: 5, edgeItems: 1 }, arange(12).reshape([3, 4]), lines("[[ 0. ...  3.]", " ...", " [ 8. ... 11.]]")],
    [{ threshold: inf }, arange(1001, { dtype: "int32" }).at("998:"), "[ 998  999 1000]"],
    [
      { lineWidth: 20 },
      arange(10).div(8),
      lines("[0.    0.125 0.25", " 0.375 0.5   0.625", " 0.75  0.875 1.", " 1.125]"),
    ],
    [{ precision: 3, nanStr: "NA" }, tensor(1 / 3, { dtype: "float64" }), "0.3333333333333333"],
    [{ nanStr: "NA" }, tensor(nan), "nan"],
  ])("%j", (options, x, text) => {
    expect(withPrintOptions(options, () => x.toString())).toBe(text);
  });

  test("hold until they are changed, and only those that are named", () => {
    setPrintOptions({ precision: 2 });
    setPrintOptions({ suppress: true });
    expect(printOptions()).toEqual({ ...defaults, precision: 2, suppress: true });
    expect(doubles(1 / 3, 1e-9).toString()).toBe("[0.33 0.  ]");
  });

  test("come back after withPrintOptions, even when it throws", () => {
    expect(() =>
      withPrintOptions({ precision: 1 }, () => {
        throw new Error("stop");
      }),
    ).toThrow("stop");
    expect(printOptions()).toEqual(defaults);
  });

  test("refuse what does not exist or cannot be, and change nothing then", () => {
    const set = (options: object) => () => setPrintOptions(options);
    expect(set({ precision: 2, edgeitems: 1 })).toThrow(
      'setPrintOptions: there is no option "edgeitems" (nearest: edgeItems); there are precision, threshold, edgeItems, lineWidth, suppress, nanStr, infStr, sign, floatMode',
    );
    expect(set({ precision: -1 })).toThrow("setPrintOptions: precision is -1; it must be a whole number from 0 to 100");
    expect(set({ suppress: true, edgeItems: 0 })).toThrow(
      "setPrintOptions: edgeItems is 0; it must be a whole number from 1",
    );
    expect(set({ sign: "x" })).toThrow('setPrintOptions: sign is x; it must be one of "-", "+", " "');
    expect(set({ suppress: 1 })).toThrow("setPrintOptions: suppress is 1; it must be a boolean");
    expect(() => withPrintOptions({ lineWidth: 0 }, () => 0)).toThrow(
      "withPrintOptions: lineWidth is 0; it must be a whole number from 1",
    );
    expect(printOptions()).toEqual(defaults);
  });
});
