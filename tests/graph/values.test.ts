/**
 * Values of primitives at the places where a convention or an accuracy is at stake; expected numbers from IEEE 754,
 * NumPy or tables.
 */
import { describe, expect, test } from "vitest";
import { type DType, Storage } from "../../src/base/index.ts";
import * as g from "../../src/graph/index.ts";
import { leaf, listOf } from "./support.ts";

function of(build: (x: g.Node) => g.Node, values: readonly number[], dtype: DType = "float64"): number[] {
  return listOf(build(leaf(values, [values.length], dtype)));
}

function of2(
  build: (a: g.Node, b: g.Node) => g.Node,
  pairs: readonly (readonly [number, number])[],
  dtype: DType = "float64",
) {
  const column = (i: 0 | 1) =>
    leaf(
      pairs.map((pair) => pair[i]),
      [pairs.length],
      dtype,
    );
  return listOf(build(column(0), column(1)));
}

describe("rounding", () => {
  test("round takes the even neighbour of a half and keeps the sign of zero", () => {
    expect(of(g.round, [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 2.4, -0.2])).toEqual([0, 2, 2, -0, -2, -2, 2, -0]);
  });

  test("cast to integers truncates, holds within int32, makes 0 of NaN, and wraps for uint8", () => {
    expect(of((x) => g.cast(x, "int32"), [1.9, -1.9, 3e9, -3e9, NaN])).toEqual([1, -1, 2147483647, -2147483648, 0]);
    expect(of((x) => g.cast(x, "uint8"), [300, -1, 255.9])).toEqual([44, 255, 255]);
    expect(of((x) => g.cast(x, "bool"), [0, -0, NaN, 0.5])).toEqual([0, 0, 1, 1]);
  });
});

describe("integers", () => {
  test("products and powers wrap modulo 2³²", () => {
    expect(
      of2(
        g.mul,
        [
          [65537, 65537],
          [-5, 7],
        ],
        "int32",
      ),
    ).toEqual([131073, -35]);
    expect(
      of2(
        g.pow,
        [
          [3, 21],
          [-2, 31],
          [2, 32],
          [7, 0],
          [0, 0],
        ],
        "int32",
      ),
    ).toEqual([1870418611, -2147483648, 0, 1, 1]);
  });

  test("a negative power is the whole part of the fraction", () => {
    expect(
      of2(
        g.pow,
        [
          [1, -3],
          [-1, -3],
          [-1, -4],
          [2, -1],
          [0, -1],
        ],
        "int32",
      ),
    ).toEqual([1, -1, 1, 0, 0]);
  });

  test("division by zero gives 0 and leaves 0, as in NumPy", () => {
    expect(
      of2(
        g.floorDivide,
        [
          [5, 0],
          [-7, 2],
          [7, -2],
        ],
        "int32",
      ),
    ).toEqual([0, -4, -4]);
    expect(
      of2(
        g.remainder,
        [
          [5, 0],
          [-7, 3],
          [7, -3],
        ],
        "int32",
      ),
    ).toEqual([0, 2, -2]);
    expect(
      of2(
        g.fmod,
        [
          [5, 0],
          [-7, 3],
          [7, -3],
        ],
        "int32",
      ),
    ).toEqual([0, -1, 1]);
  });

  test("uint8 wraps modulo 256", () => {
    expect(
      of2(
        g.add,
        [
          [250, 10],
          [1, 2],
        ],
        "uint8",
      ),
    ).toEqual([4, 3]);
    expect(
      of2(
        g.sub,
        [
          [1, 2],
          [9, 4],
        ],
        "uint8",
      ),
    ).toEqual([255, 5]);
    expect(of(g.neg, [1, 0], "uint8")).toEqual([255, 0]);
  });
});

describe("floats", () => {
  test("remainder has the divisor's sign, fmod the dividend's", () => {
    const pairs = [
      [7, 3],
      [-7, 3],
      [7, -3],
      [-7, -3],
      [0.5, Infinity],
    ] as const;
    expect(of2(g.remainder, pairs)).toEqual([1, 2, -2, -1, 0.5]);
    expect(of2(g.fmod, pairs)).toEqual([1, -1, 1, -1, 0.5]);
    expect(of2(g.floorDivide, pairs)).toEqual([2, -3, -3, 2, 0]);
    expect(
      of2(g.floorDivide, [
        [1, 0.1],
        [-0.5, Infinity],
        [1, 0],
        [-1, 0],
      ]),
    ).toEqual([9, -1, Infinity, -Infinity]);
  });

  test("pow follows IEEE 754 where JavaScript does not: 1 to any power is 1, (−1)^±∞ is 1", () => {
    expect(
      of2(g.pow, [
        [1, NaN],
        [1, Infinity],
        [-1, -Infinity],
        [NaN, 0],
        [-8, 1 / 3],
      ]),
    ).toEqual([1, 1, 1, 1, NaN]);
  });

  test("extremes and reductions to extremes let NaN win", () => {
    expect(
      of2(g.maximum, [
        [NaN, 1],
        [1, NaN],
        [2, 1],
      ]),
    ).toEqual([NaN, NaN, 2]);
    expect(
      of2(g.minimum, [
        [NaN, 1],
        [1, NaN],
        [2, 1],
      ]),
    ).toEqual([NaN, NaN, 1]);
    expect(of((x) => g.max(x, [0]), [1, NaN, 3])).toEqual([NaN]);
    expect(of((x) => g.min(x, [0]), [1, NaN, 3])).toEqual([NaN]);
  });

  test("comparisons with NaN are false, but for notEqual; 0 equals −0", () => {
    const pairs = [
      [NaN, NaN],
      [1, NaN],
      [0, -0],
      [1, 2],
    ] as const;
    expect(of2(g.less, pairs)).toEqual([0, 0, 0, 1]);
    expect(of2(g.lessEqual, pairs)).toEqual([0, 0, 1, 1]);
    expect(of2(g.equal, pairs)).toEqual([0, 0, 1, 0]);
    expect(of2(g.notEqual, pairs)).toEqual([1, 1, 0, 1]);
  });

  test("signbit and copysign see −0", () => {
    expect(of(g.signbit, [0, -0, 3, -3, -Infinity])).toEqual([0, 1, 0, 1, 1]);
    expect(
      of2(g.copysign, [
        [3, -0],
        [-3, 0],
        [0, -1],
        [-0, 1],
      ]),
    ).toEqual([-3, 3, -0, 0]);
  });

  test("erf and erfc have the values of the tables, far out too", () => {
    const erf = of(g.erf, [0.5, 1, 2, -1, 1e-10, 3.5]); // Abramowitz & Stegun 7.1; DLMF 7.23
    const expected = [
      0.5204998778130465, 0.8427007929497149, 0.9953222650189527, -0.8427007929497149, 1.1283791670955126e-10,
      0.9999992569016276,
    ];
    erf.forEach((y, i) => {
      expect(Math.abs(y / expected[i]! - 1)).toBeLessThan(1e-15);
    });
    const erfc = of(g.erfc, [1, 5, 10, 26, -1]);
    const tails = [
      0.15729920705028513, 1.5374597944280349e-12, 2.088487583762545e-45, 5.663192408856143e-296, 1.8427007929497148,
    ];
    erfc.forEach((y, i) => {
      expect(Math.abs(y / tails[i]! - 1)).toBeLessThan(2e-15);
    });
  });
});

test("threefry gives the known answer of Random123 for key and counter 0", () => {
  const zero = leaf([0], [1], "int32");
  expect(listOf(g.threefry(zero, zero, zero))).toEqual([0x6b200159]);
});

test("threefry's words under one key do not repeat", () => {
  const key = (value: number) => g.constant(value, [1000], "int32");
  const words = listOf(g.threefry(key(1), key(2), g.iota([1000], 0, "int32")));
  expect(new Set(words).size).toBe(1000);
  const mean = words.reduce((a, b) => a + b, 0) / 1000;
  expect(Math.abs(mean)).toBeLessThan((4 * 2 ** 32) / Math.sqrt(12 * 1000)); // four standard deviations
});

describe("shapes with nothing in them", () => {
  const empty = (shape: readonly number[], dtype: DType = "float32") =>
    g.data(new Storage(dtype, 0, new Float32Array(0)), shape);

  test("sums over nothing are 0, contractions over nothing too", () => {
    expect(listOf(g.sum(empty([2, 0]), [1]))).toEqual([0, 0]);
    expect(listOf(g.contract(empty([2, 0]), empty([0, 1]), { batch: 0, rows: 1, columns: 1 }))).toEqual([0, 0]);
  });

  test("padding nothing gives zeros", () => {
    expect(listOf(g.pad(empty([0]), { before: [1], after: [2], interior: [5] }))).toEqual([0, 0, 0]);
  });
});

describe("reductions of whole numbers and bool", () => {
  test("sums are int32", () => {
    const bools = leaf([1, 0, 1], [3], "bool");
    expect(g.sum(bools, [0]).dtype).toBe("int32");
    expect(listOf(g.sum(bools, [0]))).toEqual([2]);
    expect(listOf(g.sum(leaf([200, 100], [2], "uint8"), [0]))).toEqual([300]);
    expect(g.sum(leaf([200], [1], "uint8"), []).dtype).toBe("int32");
  });

  test("extremes of bool are bool: any and all", () => {
    expect(listOf(g.max(leaf([0, 1, 0, 0], [2, 2], "bool"), [1]))).toEqual([1, 0]);
    expect(listOf(g.min(leaf([0, 1, 1, 1], [2, 2], "bool"), [1]))).toEqual([0, 1]);
  });
});

test("argsort is stable and puts NaN last", () => {
  expect(listOf(g.argsort(leaf([3, NaN, -1, 3, -Infinity, NaN, 0])))).toEqual([4, 2, 6, 0, 3, 1, 5]);
});

test("cumsum runs forwards and backwards", () => {
  const x = leaf([1, 2, 3, 4, 5, 6], [2, 3]);
  expect(listOf(g.cumsum(x, { reverse: false }))).toEqual([1, 3, 6, 4, 9, 15]);
  expect(listOf(g.cumsum(x, { reverse: true }))).toEqual([6, 5, 3, 15, 11, 6]);
});
