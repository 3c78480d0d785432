/**
 * Every dtype on every device: creation, arithmetic, comparison, reductions, indexing, casts, printing, the border and files. Expected
 * values are NumPy's, and PyTorch's for bfloat16 (`oracle.json`, written by `oracle.py`), or worked out in the test.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type DType,
  dtypeInfo,
  dtypes,
  isBigInt,
  isFloat,
  isHalf,
  leastSumDType,
  promote,
  ValueError,
} from "../../src/base/index.ts";
import { readSafetensors, writeSafetensors } from "../../src/io/index.ts";
import { crossEntropy, embedding, maxPool1d } from "../../src/nn/index.ts";
import { defaultDevice, setDefaultDevice } from "../../src/runtime/index.ts";
import * as T from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

interface Result {
  readonly dtype: DType;
  readonly values: readonly string[];
}

interface Table {
  readonly a: readonly string[];
  readonly b: readonly string[];
  readonly results: Readonly<Record<string, Result>>;
  readonly bytes: string;
  readonly text?: string;
  readonly scalars?: readonly string[];
}

interface Cast {
  readonly from: DType;
  readonly to: DType;
  readonly values: readonly string[];
  readonly result: readonly string[];
}

const oracle: {
  readonly tables: Readonly<Record<DType, Table>>;
  readonly casts: readonly Cast[];
  readonly promotions: Readonly<Record<string, Readonly<Record<string, DType>>>>;
} = JSON.parse(readFileSync(new URL("oracle.json", import.meta.url), "utf8"));

/** A text of the oracle as JavaScript has the number. */
function parse(text: string, dtype: DType): number | bigint {
  if (!isFloat(dtype)) return isBigInt(dtype) ? BigInt(text) : Number(text);
  return text === "nan" ? Number.NaN : Number(text.replace("inf", "Infinity"));
}

function of(texts: readonly string[], dtype: DType): T.Tensor {
  const values = texts.map((text) => parse(text, dtype));
  return T.tensor(values as number[], { dtype, shape: [values.length] }); // numbers or bigints
}

/** The dtype and the values of a tensor, as lists. */
function read(x: T.Tensor): { dtype: DType; values: (number | bigint)[] } {
  return { dtype: x.dtype, values: [...x.dataSync()] };
}

function expected({ dtype, values }: Result): { dtype: DType; values: (number | bigint)[] } {
  return { dtype, values: values.map((text) => parse(text, dtype)) };
}

const operations: Readonly<Record<string, (a: T.Tensor, b: T.Tensor) => T.Tensor>> = {
  add: (a, b) => a.add(b),
  sub: (a, b) => a.sub(b),
  mul: (a, b) => a.mul(b),
  maximum: (a, b) => a.maximum(b),
  minimum: (a, b) => a.minimum(b),
  less: (a, b) => a.less(b),
  lessEqual: (a, b) => a.lessEqual(b),
  equal: (a, b) => a.equal(b),
  notEqual: (a, b) => a.notEqual(b),
  neg: (a) => a.neg(),
  abs: (a) => a.abs(),
  sign: (a) => a.sign(),
  square: (a) => a.square(),
  floorDivide: (a, b) => a.floorDivide(b),
  remainder: (a, b) => a.remainder(b),
  fmod: (a, b) => a.fmod(b),
  bitwiseAnd: (a, b) => T.bitwiseAnd<readonly number[], readonly number[]>(a, b),
  bitwiseOr: (a, b) => T.bitwiseOr<readonly number[], readonly number[]>(a, b),
  bitwiseXor: (a, b) => T.bitwiseXor<readonly number[], readonly number[]>(a, b),
  bitwiseNot: (a) => T.bitwiseNot(a),
  power3: (a) => a.pow(3),
  max: (a) => finite(a).max(),
  min: (a) => finite(a).min(),
  argmax: (a) => finite(a).argmax(),
  argmin: (a) => finite(a).argmin(),
  sum: (a) => finite(a).sum(),
  prod: (a) => finite(a).prod(),
  cumsum: (a) => finite(a).cumsum(),
  sort: (a) => a.sort(),
};

/** The oracle reduces floats without the infinite ones. */
function finite(a: T.Tensor): T.Tensor {
  return isFloat(a.dtype) ? a.at(":4") : a;
}

const before = defaultDevice();
afterAll(() => setDefaultDevice(before));

describe.each(devices)("on %s", (device) => {
  beforeAll(() => setDefaultDevice(device));

  describe.each(dtypes)("%s", (dtype) => {
    const { a, b, results, bytes, text, scalars } = oracle.tables[dtype];

    test.each(Object.entries(results).filter(([name]) => name in operations))("%s", (name, result) => {
      expect(read(operations[name]!(of(a, dtype), of(b, dtype)))).toEqual(expected(result));
    });

    test("shapes, choices and joins keep the values", () => {
      const [x, y] = [of(a, dtype), of(b, dtype)];
      const values = a.map((v) => parse(v, dtype));
      expect(read(x.flip().flip().reshape([1, -1]).T.flatten())).toEqual({ dtype, values });
      expect(read(T.concat([x, y]).at(`:${a.length}`))).toEqual({ dtype, values });
      expect(read(T.where(T.zerosLike(x, { dtype: "bool" }), y, x))).toEqual({ dtype, values });
      expect(read(x.pad([[1, 0]]).at("1:"))).toEqual({ dtype, values });
    });

    test("indices of every integer dtype pick the same", () => {
      const x = of(a, dtype);
      for (const index of dtypes.filter((d) => dtypeInfo[d].kind === "integer")) {
        const picked = x.take(T.tensor([2, 0, 2], { dtype: index }));
        expect(read(picked)).toEqual({ dtype, values: [a[2]!, a[0]!, a[2]!].map((v) => parse(v, dtype)) });
        if (dtype === "bool") continue;
        const ones = T.ones([2], { dtype });
        const added = T.zeros([3], { dtype }).scatterAdd(T.tensor([2, 2], { dtype: index }), ones, { axis: 0 });
        expect(read(added)).toEqual({ dtype, values: [0, 0, 2].map((v) => parse(String(v), dtype)) });
      }
    });

    test("creation", () => {
      const numbers = (values: readonly number[]) => ({ dtype, values: values.map((v) => parse(String(v), dtype)) });
      expect(read(T.zeros([2], { dtype }))).toEqual(numbers([0, 0]));
      expect(read(T.ones([2], { dtype }))).toEqual(numbers([1, 1]));
      expect(read(T.full([2], 1, { dtype }))).toEqual(numbers([1, 1]));
      expect(read(T.eye(2, { dtype }))).toEqual(numbers([1, 0, 0, 1]));
      expect(read(T.tensor([true, false], { dtype }))).toEqual(numbers([1, 0]));
      if (dtype === "bool") return;
      expect(read(T.arange(4, { dtype }))).toEqual(numbers([0, 1, 2, 3]));
      expect(read(T.arange(8, 2, -3, { dtype }))).toEqual(numbers([8, 5]));
      expect(read(T.linspace(0, 6, 3, { dtype }))).toEqual(numbers([0, 3, 6]));
      const drawn = [...T.random.integers(3, 7, { shape: [50], dtype }).dataSync<BigInt64Array>()].map(Number);
      expect([Math.min(...drawn), Math.max(...drawn)]).toEqual([3, 6]);
    });

    test("the border: a typed array, nested lists, one item", () => {
      const x = of(a, dtype);
      const values = a.map((v) => parse(v, dtype));
      expect(x.dataSync()).toBeInstanceOf(dtypeInfo[dtype].array);
      const read = isBigInt(dtype) ? ({ bigint: true } as const) : undefined;
      expect(read ? x.reshape([1, -1]).arraySync(read) : x.reshape([1, -1]).arraySync()).toEqual([values]);
      expect(read ? x.at(0).item(read) : x.at(0).item()).toEqual(values[0]);
      expect(T.tensor(x.dataSync(), { dtype }).dataSync()).toEqual(x.dataSync());
      if (dtype !== "bool" && !isHalf(dtype)) expect(T.tensor(x.dataSync()).dtype).toBe(dtype);
    });

    test("printing, as NumPy", () => {
      if (text === undefined || scalars === undefined) return; // bfloat16: see below
      expect(String(of(a, dtype))).toBe(text);
      expect(scalars.map((_, i) => String(of(a, dtype).at(i)))).toEqual(scalars);
    });

    test("safetensors hold the bytes that NumPy has, and give the values back", async () => {
      const file = await writeSafetensors({ x: of(a, dtype) });
      expect(Buffer.from(file).toString("hex").slice(-bytes.length)).toBe(bytes);
      expect(read(readSafetensors(file).tensors.x!)).toEqual({ dtype, values: a.map((v) => parse(v, dtype)) });
    });

    test("variables hold it and change in compiled steps", () => {
      const x = T.variable(of(a, dtype));
      const step = T.compile((y: T.Tensor) => {
        x.assign(T.maximum<readonly number[], readonly number[]>(x, y).astype(dtype));
        return x.astype(dtype);
      });
      const found = [step(of(b, dtype)), step(of(b, dtype))].map(read);
      const greatest = dtype === "bool" ? { dtype, values: [1, 1, 1, 0] } : expected(results.maximum!);
      expect(found).toEqual([greatest, greatest]);
      expect(read(x)).toEqual(greatest);
    });
  });

  test.each(oracle.casts)("$from as $to", ({ from, to, values, result }) => {
    expect(read(of(values, from).astype(to))).toEqual(expected({ dtype: to, values: result }));
  });

  test("floats beyond the range of an integer: the ends of int32 or 64 bits first, then what the dtype holds of that", () => {
    const cast = (x: T.Tensor, to: DType) => [...x.astype(to).dataSync<BigInt64Array>()].map(String);
    for (const float of ["float32", "float64"] as const) {
      const x = T.tensor([300, -1, 2 ** 40, -(2 ** 40), Number.NaN, Infinity, 2 ** 63], { dtype: float });
      expect(cast(x, "int32")).toEqual(["300", "-1", "2147483647", "-2147483648", "0", "2147483647", "2147483647"]);
      expect(cast(x, "uint8")).toEqual(["44", "255", "255", "0", "0", "255", "255"]);
      expect(cast(x, "int8")).toEqual(["44", "-1", "-1", "0", "0", "-1", "-1"]);
      expect(cast(x, "uint32")).toEqual(["300", "4294967295", "0", "0", "0", "4294967295", "4294967295"]);
      const long = `${2n ** 63n - 1n}`;
      expect(cast(x, "int64")).toEqual(["300", "-1", `${2 ** 40}`, `${-(2 ** 40)}`, "0", long, long]);
      const [top, wrapped] = [`${2n ** 64n - 1n}`, `${2n ** 64n - 2n ** 40n}`];
      expect(cast(x, "uint64")).toEqual(["300", top, `${2 ** 40}`, wrapped, "0", top, `${2n ** 63n}`]);
    }
  });

  test("bfloat16 prints like the floats of NumPy, with the digits that it has", () => {
    const x = T.tensor([1.5, 0.1, -2, 99], { dtype: "bfloat16" });
    expect(String(x)).toBe("[ 1.5  0.1 -2.  99. ]");
    expect(String(T.tensor([Math.PI, 100], { dtype: "bfloat16" }))).toBe("[3.14e+00 1.00e+02]");
    expect(String(x.at(1))).toBe("0.1");
  });
});

describe("promotion", () => {
  test("of integers and bool is NumPy's", () => {
    for (const [a, row] of Object.entries(oracle.promotions))
      for (const [b, wanted] of Object.entries(row))
        expect([a, b, promote(a as DType, b as DType)]).toEqual([a, b, wanted]);
  });

  test("an integer beside a float takes the float's dtype, a float the wider one, the halves float32", () => {
    for (const a of dtypes) {
      for (const b of dtypes) {
        const found = promote(a, b);
        expect(promote(b, a)).toBe(found);
        if (isFloat(a) && !isFloat(b)) expect(found).toBe(a);
        if (!isFloat(a) || !isFloat(b) || a === b) continue;
        const [x, y] = [dtypeInfo[a].itemsize, dtypeInfo[b].itemsize];
        expect(found).toBe(x > y ? a : y > x ? b : "float32");
      }
    }
    expect(promote("int64", "uint64", "float32")).toBe("float32");
    expect(promote("float16", "int8", "bfloat16")).toBe("float32");
  });

  test("of tensors in arithmetic, and of numbers beside them", () => {
    const one = (dtype: DType) => T.ones([1], { dtype });
    for (const a of dtypes) {
      for (const b of dtypes) {
        const wanted = promote(a, b);
        expect([a, b, one(a).mul(one(b)).dtype]).toEqual([a, b, wanted === "bool" ? "int32" : wanted]);
      }
      const own = a === "bool" ? "int32" : a;
      expect([one(a).mul(2).dtype, one(a).mul(2.5).dtype]).toEqual([own, isFloat(a) ? a : "float32"]);
      expect(one(a).mul(2n).dtype).toBe(a === "bool" ? "int64" : a);
      expect(one(a).sum().dtype).toBe(leastSumDType(a));
      expect(T.ones([2], { dtype: a }).sum().dtype).toBe(a === "int32" ? "int64" : leastSumDType(a));
    }
  });
});

describe.each(devices)("numbers that an integer dtype does not hold, on %s", (device) => {
  beforeAll(() => setDefaultDevice(device));

  test.each([
    ["int8", 200, "int16"],
    ["int8", 40_000, "int32"],
    ["uint8", -1, "int16"],
    ["uint8", 300, "int16"],
    ["uint16", -1, "int32"],
    ["int32", 2 ** 31, "int64"],
    ["uint32", -1, "int64"],
    ["int64", 2n ** 63n, "float64"],
    ["uint64", -1, "float64"],
    ["bool", 2 ** 40, "int64"],
  ] as const)("%s beside %d is computed in %s", (dtype, value, wider) => {
    const x = T.ones([1], { dtype });
    const sum = x.add(value);
    expect([sum.dtype, Number(sum.dataSync()[0])]).toEqual([wider, Number(value) + 1]);
    expect([x.less(value).item(), x.equal(value).item()]).toEqual([Number(1 < value), 0]);
  });
});

describe.each(devices)("64 bits on %s", (device) => {
  beforeAll(() => setDefaultDevice(device));
  const odd = 2n ** 53n + 1n; // no float64

  test("bigints are int64, exact from end to end", () => {
    const x = T.tensor([odd, -odd]);
    expect(x.dtype).toBe("int64");
    expect(x.at(0).item({ bigint: true })).toBe(odd);
    expect(x.arraySync({ bigint: true })).toEqual([odd, -odd]);
    expect(x.add(1n).arraySync({ bigint: true })).toEqual([odd + 1n, 1n - odd]);
    expect(x.mul(3).arraySync({ bigint: true })).toEqual([3n * odd, -3n * odd]);
    expect(x.less(odd).arraySync()).toEqual([0, 1]);
    expect(x.equal(2n ** 53n).arraySync()).toEqual([0, 0]);
    expect(T.stack([x, x]).sum({ axis: 0 }).arraySync({ bigint: true })).toEqual([2n * odd, -2n * odd]);
    expect(x.maximum(0).arraySync({ bigint: true })).toEqual([odd, 0n]);
    expect(x.astype("uint64").astype("int64").arraySync({ bigint: true })).toEqual([odd, -odd]);
    expect(
      T.full([1], 2n ** 63n + 5n, { dtype: "uint64" })
        .add(1n)
        .arraySync({ bigint: true }),
    ).toEqual([2n ** 63n + 6n]);
    expect(x.matmul(x).item({ bigint: true })).toBe(BigInt.asIntN(64, 2n * odd * odd));
    expect(T.arange(3, { dtype: "int64" }).add(odd).cumsum().arraySync({ bigint: true })).toEqual([
      odd,
      2n * odd + 1n,
      3n * odd + 3n,
    ]);
    expect([x.argmax().item(), x.sort().arraySync({ bigint: true }), String(x)]).toEqual([
      0,
      [-odd, odd],
      `[ ${odd} ${-odd}]`,
    ]);
  });

  test("places, classes and words may be numbered with 64 bits", () => {
    expect(T.unique(T.tensor([odd, odd - 1n, odd])).arraySync({ bigint: true })).toEqual([odd - 1n, odd]);
    expect(T.searchsorted(T.tensor([odd - 1n, odd]), T.tensor([odd])).arraySync()).toEqual([1]);
    expect(T.oneHot(T.tensor([1n, 0n])).arraySync()).toEqual([
      [0, 1],
      [1, 0],
    ]);
    expect(embedding(T.tensor([1n]), T.tensor([[1], [2]])).arraySync()).toEqual([[2]]);
    expect(crossEntropy(T.zeros([2, 4]), T.tensor([1n, 3n])).item()).toBeCloseTo(Math.log(4), 6);
    const wrong = () => crossEntropy(T.zeros([1, 4]), T.tensor([4n]));
    expect(wrong).toThrow(/^crossEntropy: label 4 at position 0 is not a class/);
    expect(() => T.tensor([1]).take(T.tensor([2n ** 32n]))).toThrow(/place 4294967296 is out of range/);
  });

  test("random integers are refused where the dtype does not hold them", () => {
    expect(() => T.random.integers(0, 300, { dtype: "uint8" })).toThrow(
      new ValueError("integers: uint8 does not hold 299; choose a wider dtype"),
    );
    expect(() => T.random.integers(-1, 2, { dtype: "uint64" })).toThrow(/uint64 does not hold -1/);
  });

  test("the greatest of windows keeps its dtype, and what lies outside counts for less than anything", () => {
    for (const dtype of ["int8", "int32", "int64"] as const) {
      const x = T.tensor([[[-3, -1, -7]]], { dtype });
      expect(read(maxPool1d(x, 3, { stride: 2, padding: 1 }))).toEqual({
        dtype,
        values: ["-1", "-1"].map((v) => parse(v, dtype)),
      });
    }
  });

  test("uint64 beyond int64 compares, divides and finds its greatest unsigned", () => {
    const [top, half] = [2n ** 64n - 1n, 2n ** 63n];
    const x = T.tensor([top, half, 3n], { dtype: "uint64" });
    expect([x.max().item({ bigint: true }), x.min().item({ bigint: true }), x.argmin().item()]).toEqual([top, 3n, 2]);
    expect(x.floorDivide(2).arraySync({ bigint: true })).toEqual([half - 1n, half / 2n, 1n]);
    expect(x.remainder(10).arraySync({ bigint: true })).toEqual([top % 10n, half % 10n, 3n]);
    expect(x.greater(half).arraySync()).toEqual([1, 0, 0]);
    expect(x.astype("float64").arraySync()).toEqual([2 ** 64, 2 ** 63, 3]);
  });
});
