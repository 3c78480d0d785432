/** Sizes beyond what 32 bits number, and sums of whole numbers beyond what they hold: right, or refused by name. */
import { beforeAll, describe, expect, expectTypeOf, test } from "vitest";
import * as T from "../../src/index.ts";
import { DTypeError, ShapeError, ValueError } from "../../src/index.ts";

const top = 2 ** 31 - 1;
const int32 = (...values: number[]) => T.tensor(values, { dtype: "int32" });

describe.each(["reference", "wasm"])("on %s", (device) => {
  beforeAll(() => T.setDefaultDevice(device));

  test.each<[string, () => T.Tensor, string]>([
    ["sum", () => T.ones([2 ** 31]).sum(), "[2147483648]"],
    ["a value that is read", () => T.ones([2 ** 31]), "[2147483648]"],
    ["a value of bytes", () => T.ones([3e9], { dtype: "uint8" }).add(1), "[3000000000]"],
    ["dot", () => T.ones([2 ** 31]).matmul(T.ones([2 ** 31])), "[1, 2147483648]"],
    ["random numbers", () => T.random.uniform({ shape: [2 ** 31] }).max(), "[2147483648]"],
    ["one element of a long range", () => T.arange(2 ** 31 + 5).at(2 ** 31 + 2), "[2147483653]"],
  ])("%s of 2³¹ elements is refused with its shape", (_, make, shape) => {
    expect(() => make().dataSync()).toThrow(ShapeError);
    expect(() => make().dataSync()).toThrow(shape);
  });

  test("a sum of integers is int32 where that surely holds it, else int64, and does not wrap", () => {
    const wide = int32(top, top, top);
    const all = 3 * top;
    expect(wide.sum().item()).toBe(all);
    expect(wide.sum({ axis: 0, keepdims: true }).arraySync()).toEqual([all]);
    expect(T.nansum(wide).item()).toBe(all);
    expect(wide.cumsum().arraySync()).toEqual([top, 2 * top, all]);
    expect(T.trace(int32(top, 0, 0, top).reshape([2, 2])).item()).toBe(2 * top);
    expect(T.bincount(int32(0, 0, 0), { weights: wide }).arraySync()).toEqual([all]);
    expect(int32(top, top).prod().item({ bigint: true })).toBe(BigInt(top) ** 2n);
    expect(T.cumprod(int32(top, 2)).arraySync()).toEqual([top, 2 * top]);
    expect(T.tensor([255, 255, 255, 255, 255], { dtype: "uint8" }).prod().item()).toBe(255 ** 5);
  });

  test("sums beyond ±2⁶³ wrap around, as NumPy's", () => {
    const most = T.tensor([2n ** 63n - 1n, 1n]);
    expect(most.sum().item({ bigint: true })).toBe(-(2n ** 63n));
  });

  test("a contraction of integers below 32 bits does not wrap; of int32 it keeps the dtype and does, as NumPy's matmul", () => {
    const x = T.full([40_000], 255, { dtype: "uint8" });
    expect(x.matmul(x).item()).toBe(40_000 * 255 * 255);
    const y = T.full([3], -32768, { dtype: "int16" });
    expect(T.einsum("i,i->", y, y).item()).toBe(3 * 2 ** 30);
    const z = int32(top, top);
    expect([z.matmul(z).dtype, z.matmul(z).item()]).toEqual(["int32", 2]); // (2³¹ − 1)² ≡ 1 modulo 2³²
  });
});

describe("dtypes of sums", () => {
  test.each<[T.DType, number, T.DType]>([
    ["bool", top, "int32"],
    ["bool", 2 ** 31, "int64"],
    ["uint8", 8_421_504, "int32"], // ⌊(2³¹ − 1) / 255⌋
    ["uint8", 8_421_505, "int64"],
    ["int8", 2 ** 24, "int32"], // −2³¹ is an int32
    ["int8", 2 ** 24 + 1, "int64"],
    ["uint16", 32_768, "int32"],
    ["uint16", 32_769, "int64"],
    ["int16", 2 ** 16, "int32"],
    ["int16", 2 ** 16 + 1, "int64"],
    ["int32", 1, "int32"],
    ["int32", 2, "int64"],
    ["uint32", 1, "int64"],
    ["uint64", 9, "uint64"],
    ["float16", 2 ** 31, "float16"],
  ])("of %s, %d of them, it is %s", (dtype, count, wanted) => {
    expect(T.zeros([count], { dtype }).sum().dtype).toBe(wanted);
    expect(T.zeros([2, count], { dtype }).sum({ axis: 1 }).dtype).toBe(wanted);
    if (dtype === "bool") expect(T.countNonzero(T.zeros([count])).dtype).toBe(wanted);
  });
});

describe("on wasm alone, where nothing is kept", () => {
  beforeAll(() => T.setDefaultDevice("wasm"));

  test("17 million bytes of 255 are 4,335,000,000", () => {
    expect(T.full([17_000_000], 255, { dtype: "uint8" }).sum().item()).toBe(4_335_000_000);
  });

  test("values that take more than 4 GiB at once are refused before anything runs", () => {
    const parts = [1, 2, 3].map((i) => T.ones([5e8]).mul(i).cumsum());
    const [a, b, c] = [parts[0]!, parts[1]!.flip(), parts[2]!.flip()];
    expect(() => a.add(b).add(c).max().item()).toThrow(/^compile: the program keeps .* GiB at once, and memory ends/);
    expect(() => T.ones([1.2e9]).add(1).dataSync()).toThrow(
      new ShapeError(
        "constant: float32 [1200000000] takes 4.5 GiB, and memory ends at 4 GiB; compute it in parts, along an axis",
      ),
    );
  });
});

test("places beyond int32 are refused by the call", () => {
  const x = T.ones([50_000, 50_000]);
  expect(() => T.argmax(x)).toThrow(
    new ShapeError("argmax: 2500000000 places are more than int32 numbers; take it in parts, along an axis"),
  );
  expect(() => T.nanargmin(x)).toThrow("nanargmin: 2500000000 places");
  expect(() => x.at(int32(1), int32(2))).toThrow("at: 2500000000 places");
  expect(() => T.take(x, int32(1))).toThrow("take: 2500000000 places");
  expect(T.argmax(x, { axis: 1 }).shape).toEqual([50_000]);
});

test("shapes of more than 2⁵³ elements are none", () => {
  expect(() => T.ones([2 ** 30, 2 ** 30])).toThrow(ShapeError);
  expect(() => T.ones([2 ** 30, 1]).mul(T.ones([1, 2 ** 30]))).toThrow(ShapeError);
  expect(T.ones([2 ** 30, 2 ** 30, 0]).size).toBe(0);
});

describe("reading whole numbers", () => {
  const odd = 2n ** 53n + 1n;

  test("gives numbers where all of them are exact, and says so where one is not", () => {
    const x = T.tensor([5n, odd]);
    expect(x.at(0).item()).toBe(5);
    expect(() => x.at(1).item()).toThrow(
      new ValueError(
        "item: 9007199254740993 of int64 is no JavaScript number exactly; read bigints with item({ bigint: true })",
      ),
    );
    expect(() => x.arraySync()).toThrow("array: 9007199254740993 of int64");
    expect(x.arraySync({ bigint: true })).toEqual([5n, odd]);
    expect(int32(7).item({ bigint: true })).toBe(7n);
    expect(() => T.tensor([0.5]).item({ bigint: true })).toThrow(DTypeError);
  });

  test("the type of item and array says what it is", () => {
    const x = T.full([3], 255, { dtype: "uint8" });
    expectTypeOf(x.sum().item()).toEqualTypeOf<number>();
    expectTypeOf(x.sum().item({ bigint: true })).toEqualTypeOf<bigint>();
    expectTypeOf(x.sum().itemSync()).toEqualTypeOf<number>();
    expectTypeOf(x.cumsum({ axis: 0 }).arraySync()).toEqualTypeOf<number[]>();
    // @ts-expect-error a type argument alone changes nothing at run time
    expect(() => x.item<bigint>()).toThrow(ShapeError);
  });
});
