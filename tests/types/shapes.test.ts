/**
 * Shapes as types: what the editor knows, and what it refuses. Every mistake that it refuses is also tried when the
 * tests run, and is an error then too.
 */
import { describe, expect, expectTypeOf, test } from "vitest";
import type {
  Add,
  At,
  Broadcast,
  BroadcastTo,
  Concat,
  Conv2dShape,
  Divide,
  Fits,
  Flatten,
  InsertAxis,
  LinearShape,
  MatMul,
  Multiply,
  Permute,
  Reduce,
  Reshape,
  Result,
  Shape,
  ShapeOfNested,
  Squeeze,
  Stack,
  Subtract,
  SwapAxes,
} from "../../src/base/index.ts";
import * as T from "../../src/tensor/index.ts";
import { concat, stack, type Tensor, tensor, zeros } from "../../src/tensor/index.ts";

/** A size that the editor does not know. */
const n = Number("1");

test("creation from literals knows its shape; what is no literal is a number", () => {
  expectTypeOf(zeros([2, 3])).toEqualTypeOf<Tensor<readonly [2, 3]>>();
  expectTypeOf(zeros([n, 3])).toEqualTypeOf<Tensor<readonly [number, 3]>>();
  expectTypeOf(
    tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
  ).toEqualTypeOf<Tensor<readonly [3, 2]>>();
  expectTypeOf(tensor(1)).toEqualTypeOf<Tensor<readonly []>>();
  expectTypeOf(tensor(new Float32Array(4))).toEqualTypeOf<Tensor<readonly [number]>>();
  expectTypeOf(tensor(new Float32Array(4), { shape: [2, 2] })).toEqualTypeOf<Tensor<readonly [2, 2]>>();
  const rows: number[][] = [[1, 2]];
  expectTypeOf(tensor(rows)).toEqualTypeOf<Tensor<readonly [number, number]>>();
  expectTypeOf(T.eye(3)).toEqualTypeOf<Tensor<readonly [3, 3]>>();
  expectTypeOf(T.eye(2, { m: 4 })).toEqualTypeOf<Tensor<readonly [2, 4]>>();
  expectTypeOf(T.random.normal({ shape: [4, n] })).toEqualTypeOf<Tensor<readonly [4, number]>>();
  expectTypeOf(T.parameter(zeros([3]))).toEqualTypeOf<Tensor<readonly [3]>>();
});

test("plain Tensor takes and gives everything without a cast", () => {
  const plain: Tensor = zeros([2, 3]);
  const f = (x: Tensor): Tensor =>
    x
      .matmul(zeros([3, 4]))
      .add(plain.sum())
      .reshape([-1]);
  expectTypeOf(f).parameter(0).toEqualTypeOf<Tensor>();
  expectTypeOf(f(plain)).toEqualTypeOf<Tensor>();
  expectTypeOf(plain.add(plain)).toEqualTypeOf<Tensor>();
  expectTypeOf(plain.T).toEqualTypeOf<Tensor>();
  expectTypeOf(plain.sum()).toEqualTypeOf<Tensor<readonly []>>();
  const list: Tensor[] = [zeros([2]), zeros([3, 4]).T, zeros([1]).exp()];
  expectTypeOf(() => concat(list)).returns.toEqualTypeOf<Tensor>();
  const unknownRows: Tensor<readonly [number, 3]> = zeros([2, 3]);
  expectTypeOf(unknownRows.mul(zeros([2, 3]))).toEqualTypeOf<Tensor<readonly [2, 3]>>();
});

describe("results are computed", () => {
  test("of broadcasting", () => {
    expectTypeOf(zeros([2, 3]).add(zeros([3]))).toEqualTypeOf<Tensor<readonly [2, 3]>>();
    expectTypeOf(zeros([2, 1]).mul(zeros([3]))).toEqualTypeOf<Tensor<readonly [2, 3]>>();
    expectTypeOf(zeros([2, 3]).add(1)).toEqualTypeOf<Tensor<readonly [2, 3]>>();
    expectTypeOf(T.sub(1, zeros([2, 3]))).toEqualTypeOf<Tensor<readonly [2, 3]>>();
    expectTypeOf(T.where(zeros([2, 1]), zeros([3]), 0)).toEqualTypeOf<Tensor<readonly [2, 3]>>();
    expectTypeOf<Broadcast<readonly [2, number], readonly [3]>>().toEqualTypeOf<readonly [2, 3]>();
    expectTypeOf<Broadcast<readonly [2, number], readonly [1]>>().toEqualTypeOf<readonly [2, number]>();
    expectTypeOf<Broadcast<Shape, readonly [3]>>().toEqualTypeOf<Shape>();
    expectTypeOf<BroadcastTo<readonly [3], readonly [2, 3]>>().toEqualTypeOf<readonly [2, 3]>();
  });

  test("of products", () => {
    expectTypeOf(zeros([32, 784]).matmul(zeros([784, 10]))).toEqualTypeOf<Tensor<readonly [32, 10]>>();
    expectTypeOf(zeros([n, 784]).matmul(zeros([784, 10]))).toEqualTypeOf<Tensor<readonly [number, 10]>>();
    expectTypeOf(zeros([8, 1, 2, 3]).matmul(zeros([4, 3, 5]))).toEqualTypeOf<Tensor<readonly [8, 4, 2, 5]>>();
    expectTypeOf(zeros([3]).matmul(zeros([3]))).toEqualTypeOf<Tensor<readonly []>>();
    expectTypeOf(zeros([2, 3]).matmul(zeros([3]))).toEqualTypeOf<Tensor<readonly [2]>>();
    expectTypeOf(T.linear(zeros([32, 784]), zeros([10, 784]))).toEqualTypeOf<Tensor<readonly [32, 10]>>();
    expectTypeOf<LinearShape<readonly [5, number, 4], 4, 7>>().toEqualTypeOf<readonly [5, number, 7]>();
  });

  test("of reductions", () => {
    expectTypeOf(zeros([2, 3, 4]).sum({ axis: 1 })).toEqualTypeOf<Tensor<readonly [2, 4]>>();
    expectTypeOf(zeros([2, 3, 4]).mean({ axis: -1, keepdims: true })).toEqualTypeOf<Tensor<readonly [2, 3, 1]>>();
    expectTypeOf(zeros([2, 3, 4]).max({ axis: [0, -1] })).toEqualTypeOf<Tensor<readonly [3]>>();
    expectTypeOf(zeros([2, 3, 4]).var()).toEqualTypeOf<Tensor<readonly []>>();
    expectTypeOf(zeros([2, 3]).sum({ keepdims: true })).toEqualTypeOf<Tensor<readonly [1, 1]>>();
    expectTypeOf(zeros([2, 3]).argmax({ axis: 0 })).toEqualTypeOf<Tensor<readonly [3]>>();
    expectTypeOf(zeros([2, 3]).sum({ axis: n, keepdims: true })).toEqualTypeOf<Tensor<readonly [number, number]>>();
    expectTypeOf<Reduce<readonly [2, 3], number, false>>().toEqualTypeOf<Shape>();
  });

  test("of reshaping", () => {
    expectTypeOf(zeros([6, 4]).reshape([3, -1])).toEqualTypeOf<Tensor<readonly [3, 8]>>();
    expectTypeOf(zeros([6, 4]).reshape(-1)).toEqualTypeOf<Tensor<readonly [24]>>();
    expectTypeOf(zeros([n, 4]).reshape([2, -1])).toEqualTypeOf<Tensor<readonly [2, number]>>();
    expectTypeOf(zeros([32, 8, 4, 4]).flatten(1)).toEqualTypeOf<Tensor<readonly [32, 128]>>();
    expectTypeOf(zeros([2, 3]).expandDims(-1)).toEqualTypeOf<Tensor<readonly [2, 3, 1]>>();
    expectTypeOf(zeros([2, 3]).expandDims([0, 2])).toEqualTypeOf<Tensor<readonly [1, 2, 1, 3]>>();
    expectTypeOf(zeros([2, n]).expandDims([-1, 0])).toEqualTypeOf<Tensor<readonly [1, 2, number, 1]>>();
    expectTypeOf(zeros([2, 3]).expandDims([n])).toEqualTypeOf<Tensor>();
    expectTypeOf(zeros([2, 1, 3, 1]).squeeze()).toEqualTypeOf<Tensor<readonly [2, 3]>>();
    expectTypeOf(zeros([2, 1, 3]).squeeze(1)).toEqualTypeOf<Tensor<readonly [2, 3]>>();
    expectTypeOf<Flatten<readonly [number, 8, 4], 1>>().toEqualTypeOf<readonly [number, 32]>();
    expectTypeOf<InsertAxis<readonly [2, 3], 1>>().toEqualTypeOf<readonly [2, 1, 3]>();
  });

  test("of orders of axes", () => {
    expectTypeOf(zeros([2, 3, 4]).permute([2, 0, 1])).toEqualTypeOf<Tensor<readonly [4, 2, 3]>>();
    expectTypeOf(zeros([2, 3, 4]).permute([0, -1, 1])).toEqualTypeOf<Tensor<readonly [2, 4, 3]>>();
    expectTypeOf(zeros([2, 3, 4]).T).toEqualTypeOf<Tensor<readonly [4, 3, 2]>>();
    expectTypeOf(zeros([5, 2, 3]).mT).toEqualTypeOf<Tensor<readonly [5, 3, 2]>>();
    expectTypeOf(zeros([2, 3, 4]).swapaxes(0, -1)).toEqualTypeOf<Tensor<readonly [4, 3, 2]>>();
  });

  test("of joining and indexing", () => {
    expectTypeOf(concat([zeros([2, 3]), zeros([4, 3])])).toEqualTypeOf<Tensor<readonly [6, 3]>>();
    expectTypeOf(concat([zeros([2, 3]), zeros([2, n])], { axis: 1 })).toEqualTypeOf<Tensor<readonly [2, number]>>();
    expectTypeOf(stack([zeros([2, 3]), zeros([2, 3])], { axis: -1 })).toEqualTypeOf<Tensor<readonly [2, 3, 2]>>();
    expectTypeOf(zeros([2, 3]).at(0)).toEqualTypeOf<Tensor<readonly [3]>>();
    expectTypeOf(zeros([2, 3]).at(":", null, "0:2")).toEqualTypeOf<Tensor<readonly [2, 1, number]>>();
    expectTypeOf(zeros([2, 3]).at(0, "...")).toEqualTypeOf<Tensor<readonly [3]>>();
  });

  test("of layers, from sizes alone", () => {
    expectTypeOf<Conv2dShape<readonly [32, 1, 28, 28], 1, 8, 3, 1, 1>>().toEqualTypeOf<readonly [32, 8, 28, 28]>();
    expectTypeOf<Conv2dShape<readonly [32, 1, 28, 28], 1, 8, readonly [5, 3], 2>>().toEqualTypeOf<
      readonly [32, 8, 12, 13]
    >();
    expectTypeOf<Conv2dShape<readonly [number, 3, number, number], 3, 8, 3>>().toEqualTypeOf<
      readonly [number, 8, number, number]
    >();
    expectTypeOf<ShapeOfNested<readonly [readonly [1, 2], readonly [3, 4]]>>().toEqualTypeOf<readonly [2, 2]>();
  });

  test("with sizes of any number of digits", () => {
    expectTypeOf<Add<999, 1>>().toEqualTypeOf<1000>();
    expectTypeOf<Subtract<1000, 1>>().toEqualTypeOf<999>();
    expectTypeOf<Subtract<1, 2>>().toEqualTypeOf<number>();
    expectTypeOf<Multiply<123456, 789>>().toEqualTypeOf<97406784>();
    expectTypeOf<Multiply<0, 5>>().toEqualTypeOf<0>();
    expectTypeOf<Divide<25088, 32>>().toEqualTypeOf<[784, 0]>();
    expectTypeOf<Divide<100, 7>>().toEqualTypeOf<[14, 2]>();
  });
});

test("nested arrays are as deep as the shape", () => {
  expectTypeOf(zeros([2, 3]).arraySync()).toEqualTypeOf<number[][]>();
  expectTypeOf(zeros([2, 3]).sum().arraySync()).toEqualTypeOf<number>();
  expectTypeOf(zeros([2]).array()).toEqualTypeOf<Promise<number[]>>();
});

test("the editor refuses what would be an error, and the program throws it", () => {
  // @ts-expect-error matmul: inner dimensions differ: [32, 784] · [100, 10] (784 ≠ 100)
  expect(() => zeros([32, 784]).matmul(zeros([100, 10]))).toThrow("784 ≠ 100");
  // @ts-expect-error add: shapes [2, 3] and [4] do not broadcast (3 ≠ 4)
  expect(() => zeros([2, 3]).add(zeros([4]))).toThrow("3 ≠ 4");
  // @ts-expect-error sum: axis 2 does not exist in [2, 3]
  expect(() => zeros([2, 3]).sum({ axis: 2 })).toThrow("axis 2");
  // @ts-expect-error reshape: [2, 3] has 6 elements, [4, 4] has 16 (6 ≠ 16)
  expect(() => zeros([2, 3]).reshape([4, 4])).toThrow("6 ≠ 16");
  // @ts-expect-error the 24 elements of [6, 4] do not divide into [5, -1]
  expect(() => zeros([6, 4]).reshape([5, -1])).toThrow("24 is no multiple of 5");
  // @ts-expect-error permute: axes [0, 1] do not name every axis of [2, 3, 4] once
  expect(() => zeros([2, 3, 4]).permute([0, 1])).toThrow("do not name every axis");
  // @ts-expect-error squeeze: axis 0 of [2, 3] has size 2, not 1
  expect(() => zeros([2, 3]).squeeze(0)).toThrow("not 1");
  // @ts-expect-error concat: shapes [2, 3] and [4, 5] differ beside axis 0 (3 ≠ 5)
  expect(() => concat([zeros([2, 3]), zeros([4, 5])])).toThrow("differ");
  // @ts-expect-error stack: shapes [2, 3] and [2, 4] differ (3 ≠ 4)
  expect(() => stack([zeros([2, 3]), zeros([2, 4])])).toThrow("differ");
  // @ts-expect-error broadcastTo: [2, 3] does not expand to [1, 3]
  expect(() => zeros([2, 3]).broadcastTo([1, 3])).toThrow("does not expand");
  // @ts-expect-error linear: [32, 784] has 784 features, the layer takes 100 (784 ≠ 100)
  expect(() => T.linear(zeros([32, 784]), zeros([10, 100]))).toThrow("features");
  // @ts-expect-error misspelled options are no options
  zeros([2, 3]).sum({ axis: 0, keepDims: true });
});

test("what it says names both numbers", () => {
  expectTypeOf<
    Fits<MatMul<readonly [32, 784], readonly [100, 10]>, "matmul">
  >().toEqualTypeOf<"matmul: inner dimensions differ: [32, 784] · [100, 10] (784 ≠ 100)">();
  expectTypeOf<
    Fits<Broadcast<readonly [2, 3], readonly [2, 4]>, "add">
  >().toEqualTypeOf<"add: shapes [2, 3] and [2, 4] do not broadcast (3 ≠ 4)">();
  expectTypeOf<
    Reshape<readonly [2, 3], readonly [4, 4]>
  >().toEqualTypeOf<"[2, 3] has 6 elements, [4, 4] has 16 (6 ≠ 16)">();
  expectTypeOf<Reduce<readonly [2, 3], 5, false>>().toEqualTypeOf<"axis 5 does not exist in [2, 3]">();
  expectTypeOf<Squeeze<readonly [2, 3], 0>>().toEqualTypeOf<"axis 0 of [2, 3] has size 2, not 1">();
  expectTypeOf<Permute<readonly [2, 3], readonly [0, 5]>>().toEqualTypeOf<"axis 5 does not exist in [2, 3]">();
  expectTypeOf<SwapAxes<readonly [2, 3], 0, 4>>().toEqualTypeOf<"axis 4 does not exist in [2, 3]">();
  expectTypeOf<
    Concat<readonly [readonly [2, 3], readonly [2, 4]], 0>
  >().toEqualTypeOf<"shapes [2, 3] and [2, 4] differ beside axis 0 (3 ≠ 4)">();
  expectTypeOf<
    Stack<readonly [readonly [2, 3], readonly [2, 4]], 0>
  >().toEqualTypeOf<"shapes [2, 3] and [2, 4] differ (3 ≠ 4)">();
  expectTypeOf<At<readonly [2], readonly [0, 0]>>().toEqualTypeOf<"more indices than axes">();
  expectTypeOf<
    Conv2dShape<readonly [8, 3, 28, 28], 1, 8, 3>
  >().toEqualTypeOf<"[8, 3, 28, 28] has 3 channels, the layer takes 1 (3 ≠ 1)">();
  expectTypeOf<Fits<readonly [2], "add">>().toEqualTypeOf<unknown>();
  expectTypeOf<Result<"a mistake">>().toEqualTypeOf<Shape>();
});
