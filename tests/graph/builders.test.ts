/** What builders leave out and join, and the texts of the errors they throw. */
import { describe, expect, test } from "vitest";
import { DeviceError, DTypeError, ShapeError, Storage, ValueError } from "../../src/base/index.ts";
import * as g from "../../src/graph/index.ts";
import { leaf, listOf } from "./support.ts";

const given = (shape: readonly number[], dtype: "float32" | "int32" = "float32") => g.placeholder(0, shape, dtype);
const windows = { axes: [1], size: [2], stride: [2], dilation: [1] };

describe("builders leave out what changes nothing", () => {
  const x = given([2, 3]);
  test.each([
    ["reshape", g.reshape(x, [2, 3])],
    ["permute", g.permute(x, [0, 1])],
    ["expand", g.expand(x, [2, 3])],
    ["pad", g.pad(x, { before: [0, 0], after: [0, 0], interior: [0, 0] })],
    ["slice", g.slice(x, { start: [0, 0], size: [2, 3], step: [1, 1] })],
    ["flip", g.flip(x, [])],
    ["cast", g.cast(x, "float32")],
    ["sum", g.sum(x, [])],
    ["max", g.max(x, [])],
    ["concat", g.concat([x], { axis: 0 })],
  ])("%s", (_, node) => {
    expect(node).toBe(x);
  });
});

describe("builders join what follows on each other", () => {
  test("reshapes", () => {
    const x = given([2, 6]);
    const y = g.reshape(g.reshape(x, [3, 4]), [12]);
    expect(y.inputs).toEqual([x]);
    expect(g.reshape(y, [2, 6])).toBe(x);
  });

  test("permutations", () => {
    const x = given([2, 3, 4]);
    const y = g.permute(g.permute(x, [1, 2, 0]), [1, 2, 0]);
    expect(y.inputs).toEqual([x]);
    expect(y.shape).toEqual([4, 2, 3]);
    expect(g.permute(y, [1, 2, 0])).toBe(x);
  });

  test("expansions", () => {
    const x = given([1, 1]);
    expect(g.expand(g.expand(x, [2, 1]), [2, 3]).inputs).toEqual([x]);
  });

  test("but not across a node through which a derivative flows: it may be asked for", () => {
    const y = g.reshape(leaf([1, 2, 3, 4], [2, 2]), [4]);
    const z = g.sum(g.reshape(y, [4, 1]), [0, 1]);
    const found = g.backward([{ node: z, cotangent: g.constant(1, [], "float64") }], [y]);
    expect(listOf(found.get(y)!)).toEqual([1, 1, 1, 1]);
  });

  test("a moved constant is a constant", () => {
    const one = g.constant(1, [1, 2], "float32");
    for (const y of [g.reshape(one, [2]), g.permute(one, [1, 0]), g.expand(one, [3, 2]), g.flip(one, [1])]) {
      expect(y.op).toBe(g.constantGenerator);
    }
  });

  test("windows side by side are a reshape and a permutation, and so is folding them", () => {
    const x = leaf([1, 2, 3, 4, 5, 6, 7, 8], [2, 4]);
    const tiles = g.window(x, windows);
    expect(tiles.op).not.toBe(g.windowMovement);
    expect(listOf(tiles)).toEqual(listOf(g.apply(g.windowMovement, [x], windows)));
    const folded = g.fold(g.apply(g.windowMovement, [x], windows), { ...windows, lengths: [4] });
    expect(folded.op).not.toBe(g.foldReduction);
    expect(listOf(folded)).toEqual(listOf(x));
  });

  test("several axes of tiles keep their order", () => {
    const x = leaf(
      Array.from({ length: 48 }, (_, i) => i),
      [4, 2, 6],
    );
    const params = { axes: [0, 2], size: [2, 3], stride: [2, 3], dilation: [1, 1] };
    expect(g.window(x, params).shape).toEqual([2, 2, 2, 2, 3]);
    expect(listOf(g.window(x, params))).toEqual(listOf(g.apply(g.windowMovement, [x], params)));
    expect(listOf(g.fold(g.window(x, params), { ...params, lengths: [4, 6] }))).toEqual(listOf(x));
  });
});

describe("errors name the operation, what was found and what to do", () => {
  const x = given([2, 3]);
  const index = given([2, 3], "int32");
  test.each([
    [() => g.add(x, given([3])), new ShapeError("add: shapes [2, 3] and [3] differ; broadcast the operands first")],
    [() => g.add(x, index), new DTypeError("add: operands are float32 and int32; cast them to one dtype first")],
    [() => g.sqrt(index), new DTypeError("sqrt: takes floats, not int32; cast the operand first")],
    [() => g.bitwiseAnd(x, x), new DTypeError("bitwiseAnd: takes integers, not float32; cast the operand first")],
    [
      () => g.where(x, x, x),
      new DTypeError("where: the condition is bool, not float32; compare it with something first"),
    ],
    [() => g.shiftLeft(index, 32), new ValueError("shiftLeft: shifts int32 by 0 to 31 bits, not by 32")],
    [() => g.reshape(x, [4]), new ShapeError("reshape: [2, 3] has 6 elements, [4] has 4")],
    [() => g.permute(x, [0, 0]), new ShapeError("permute: [0, 0] is no order of the 2 axes of shape [2, 3]")],
    [() => g.expand(x, [4, 3]), new ShapeError("expand: [2, 3] does not stretch to [4, 3]: only axes of size 1 do")],
    [
      () => g.pad(x, { before: [-1, 0], after: [0, 0], interior: [0, 0] }),
      new ShapeError("pad: amounts [-1, 0] for shape [2, 3]; they are one whole number from 0 for each axis"),
    ],
    [
      () => g.slice(x, { start: [0, 1], size: [2, 3], step: [1, 1] }),
      new ShapeError("slice: [2, 3] entries from [0, 1] by steps of [1, 1] do not lie in shape [2, 3]"),
    ],
    [() => g.flip(x, [2]), new ShapeError("flip: axes [2] are not ascending axes of shape [2, 3]")],
    [
      () => g.window(x, { ...windows, size: [0] }),
      new ShapeError(
        "window: [0] for axes [1]; sizes, strides and dilations are one whole number from 1 for each axis",
      ),
    ],
    [
      () => g.fold(given([2, 5, 2]), { ...windows, lengths: [4] }),
      new ShapeError("fold: [2, 5, 2] does not hold the windows [2] of lengths [4] at axes [1]"),
    ],
    [() => g.max(given([2, 0]), [1]), new ShapeError("max: axis 1 of [2, 0] has no entries, so none is the greatest")],
    [() => g.min(given([0]), [0]), new ShapeError("min: axis 0 of [0] has no entries, so none is the least")],
    [() => g.sum(x, [1, 0]), new ShapeError("sum: axes [1, 0] are not ascending axes of shape [2, 3]")],
    [
      () => g.contract(x, given([4, 2]), { batch: 0, rows: 1, columns: 1 }),
      new ShapeError("contract: contracted axes differ: [2, 3] · [4, 2] ([3] ≠ [4])"),
    ],
    [
      () => g.contract(given([2, 1, 3]), given([4, 3, 1]), { batch: 1, rows: 1, columns: 1 }),
      new ShapeError("contract: batch axes differ: [2, 1, 3] · [4, 3, 1] ([2] ≠ [4])"),
    ],
    [() => g.concat([], { axis: 0 }), new ShapeError("concat: there is nothing to join")],
    [
      () => g.concat([x, given([2, 4])], { axis: 0 }),
      new ShapeError("concat: shapes [2, 3] and [2, 4] differ outside of axis 0"),
    ],
    [() => g.gather(x, x, { axis: 0 }), new DTypeError("gather: the index is int32, not float32; cast it first")],
    [
      () => g.gather(x, given([2, 2], "int32"), { axis: 0 }),
      new ShapeError("gather: shape [2, 3] and the index's [2, 2] differ outside of axis 0"),
    ],
    [
      () => g.gather(given([0, 3]), index, { axis: 0 }),
      new ShapeError("gather: axis 0 of [0, 3] has no entries for an index of shape [2, 3]"),
    ],
    [
      () => g.scatterAdd(x, index, given([1, 3]), { axis: 0 }),
      new ShapeError("scatterAdd: updates of shape [1, 3] do not belong to an index of shape [2, 3]"),
    ],
    [
      () => g.cumsum(given([]), { reverse: false }),
      new ShapeError("cumsum: a scalar has no last axis; reshape it to [1] first"),
    ],
    [() => g.iota([2], 1, "int32"), new ShapeError("iota: axis 1 does not exist in shape [2]")],
    [
      () => g.data(new Storage("float32", 2, new Float32Array(2)), [3]),
      new ShapeError("data: 2 values do not fill shape [3] of 3 elements"),
    ],
    [
      () => g.add(g.placeholder(0, [1], "float32", { device: "a" }), g.placeholder(1, [1], "float32", { device: "b" })),
      new DeviceError('add: operands live on "a" and "b"; copy one of them with tensor(x.arraySync(), { device })'),
    ],
  ])("%s", (build, error) => {
    expect(build).toThrow(error);
  });
});
