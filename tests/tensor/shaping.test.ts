/** Shaping, indexing, ordering, creation: golden values. */

import { describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import { grad } from "../../src/index.ts";
import type { Tensor } from "../../src/tensor/index.ts";
import * as T from "../../src/tensor/index.ts";
import { type Call, describeArea, direct, type Setting } from "../fixtures-harness.ts";

/** The options that the file has, each of the type that it has there. */
interface FileOptions {
  readonly shape: number[];
  readonly startAxis: number;
  readonly endAxis: number;
  readonly axes: number[];
  readonly axis: number;
  readonly axis1: number;
  readonly axis2: number;
  readonly source: number;
  readonly destination: number;
  readonly shift: number;
  readonly repeats: number | number[];
  readonly reps: number[];
  readonly k: number;
  readonly sections?: number;
  readonly indices: number[];
  readonly slices: (number | string)[];
  readonly padding: [number, number][];
  readonly n: number;
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly num: number;
  readonly mode: T.PadOptions["mode"];
  readonly endpoint: boolean;
  readonly indexing: "xy" | "ij";
}

const withOptions =
  (f: (inputs: readonly Tensor[], options: FileOptions, dtype: Setting["float"]) => ReturnType<Call>): Call =>
  (inputs, options, _, { float }) =>
    f(inputs, options as unknown as FileOptions, float); // the file's word

const index = (item: number | string): number | string | null => (item === "newaxis" ? null : item);

describeArea("shaping", {
  ...direct(
    T,
    "sort argsort searchsorted oneHot booleanMask nonzero unique take gather scatter scatterAdd indexSelect indexAdd takeAlongAxis transpose diagonal",
  ),
  reshape: withOptions(([x], { shape }) => T.reshape(x!, shape)),
  flatten: withOptions(([x], { startAxis, endAxis }) => T.flatten(x!, startAxis, endAxis)),
  permute: withOptions(([x], { axes }) => T.permute(x!, axes)),
  swapaxes: withOptions(([x], { axis1, axis2 }) => T.swapaxes(x!, axis1, axis2)),
  moveaxis: withOptions(([x], { source, destination }) => T.moveaxis(x!, source, destination)),
  flip: withOptions(([x], { axis }) => T.flip(x!, axis)),
  roll: withOptions(([x], { shift, ...options }) => T.roll(x!, shift, options)),
  repeat: withOptions(([x], { repeats, ...options }) => T.repeat(x!, repeats, options)),
  tile: withOptions(([x], { reps }) => T.tile(x!, reps)),
  rot90: withOptions(([x], { k }) => T.rot90(x!, k)),
  squeeze: withOptions(([x], { axis }) => T.squeeze(x!, axis)),
  expandDims: withOptions(([x], { axis }) => T.expandDims(x!, axis)),
  broadcastTo: withOptions(([x], { shape }) => T.broadcastTo(x!, shape)),
  stack: withOptions((xs, { axis }) => T.stack(xs, { axis })),
  concat: withOptions((xs, { axis }) => T.concat(xs, { axis })),
  split: withOptions(([x], { sections, indices, axis }) => T.split(x!, sections ?? indices, { axis })),
  slice: withOptions(([x], { slices }) => T.at<readonly number[], readonly T.Index[]>(x!, ...slices.map(index))),
  index: ([x, ...indices]) => T.at<readonly number[], readonly T.Index[]>(x!, ...indices),
  pad: withOptions(([x], { padding, ...options }) => T.pad(x!, padding, options)),
  tril: withOptions(([x], { k }) => T.tril(x!, k)),
  triu: withOptions(([x], { k }) => T.triu(x!, k)),
  diag: withOptions(([x], { k }) => T.diag(x!, k)),
  topk: withOptions(([x], { k, ...options }) => T.topk(x!, k, options)),
  eye: withOptions((_, { n, ...options }, dtype) => T.eye(n, { ...options, dtype })),
  arange: withOptions((_, { start, stop, step }, dtype) => T.arange(start, stop, step, { dtype })),
  linspace: withOptions((_, { start, stop, num, ...options }, dtype) =>
    T.linspace(start, stop, num, { ...options, dtype }),
  ),
  logspace: withOptions((_, { start, stop, num }, dtype) => T.logspace(start, stop, num, { dtype })),
  meshgrid: withOptions((xs, options) => T.meshgrid(xs, options)),
});

describe.each(["reference", "wasm"])("NumPy's forms, on %s", (device) => {
  const x = T.arange(6, { device }).reshape([2, 3]);

  test("several new axes are axes of the result, in any order", () => {
    expect(
      [[0, 2], [2, 0], [-1, 0], [-2, -1], []].map((axis): readonly number[] => T.expandDims(x, axis).shape),
    ).toEqual([
      [1, 2, 1, 3],
      [1, 2, 1, 3],
      [1, 2, 3, 1],
      [2, 3, 1, 1],
      [2, 3],
    ]);
    expect(() => T.expandDims<readonly number[], number[]>(x, [1, -3])).toThrow(
      new ShapeError("expandDims: axis [1,-3] names an axis twice"),
    );
    expect(() => T.expandDims<readonly number[], number[]>(x, [0, 4])).toThrow(
      new ShapeError("expandDims: axis 4 does not exist in 4 dimensions; axes go from -4 to 3"),
    );
  });

  test("one count in a list is for all", () => {
    const row = [0, 1, 2];
    const other = [3, 4, 5];
    expect(T.repeat(x, [2], { axis: 0 }).arraySync()).toEqual([row, row, other, other]);
    expect(T.repeat(x, [2]).arraySync()).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    expect(T.repeat(x, [0], { axis: 1 }).shape).toEqual([2, 0]);
    expect(() => T.repeat(x, [], { axis: 1 })).toThrow(new ShapeError("repeat: 0 repeats do not fit axis 1 of [2, 3]"));
  });

  test("shifts of one axis add up, and so do those of an axis named again", () => {
    const moved = [
      [1, 2, 0],
      [4, 5, 3],
    ];
    expect(T.roll(x, [1, 4], { axis: 1 }).arraySync()).toEqual(moved);
    expect(T.roll(x, [1, 2, 4], { axis: [1, 0, -1] }).arraySync()).toEqual(moved);
    expect(T.roll(x, 1, { axis: [1, -1] }).arraySync()).toEqual(moved);
    expect(T.roll(x, [1, -1], { axis: [0, 1] }).arraySync()).toEqual([moved[1], moved[0]]);
    expect(() => T.roll(x, [1, 2, 3], { axis: [0, 1] })).toThrow(new ShapeError("roll: 3 shifts do not fit 2 axes"));
  });

  test("several axes are flipped, squeezed and moved at once", () => {
    expect(T.flip(x, [1, 0]).arraySync()).toEqual([
      [5, 4, 3],
      [2, 1, 0],
    ]);
    expect(T.zeros([1, 2, 1, 3], { device }).squeeze([-2, 0]).shape).toEqual([2, 3]);
    expect(T.moveaxis(T.zeros([2, 3, 4], { device }), [0, 1], [-1, 0]).shape).toEqual([3, 4, 2]);
  });

  test("repetitions are fewer or more than the axes", () => {
    const row = [0, 1, 2, 0, 1, 2];
    const other = [3, 4, 5, 3, 4, 5];
    expect(T.tile(x, [2]).arraySync()).toEqual([row, other]);
    expect(T.tile(x, [2, 1, 2]).arraySync()).toEqual([
      [row, other],
      [row, other],
    ]);
    expect(T.tile(x, []).arraySync()).toEqual(x.arraySync());
  });

  test("places of cuts reach beyond the ends, and where they fall nothing lies between", () => {
    const parts = T.split(T.arange(5, { device }), [-9, 3, 1, -1, 9]).map((part) => part.arraySync());
    expect(parts).toEqual([[], [0, 1, 2], [], [1, 2, 3], [4], []]);
    expect(() => T.split(T.zeros([3], { device }), 1.5)).toThrow(
      new ShapeError("split: axis 0 of [3] does not divide into 1.5 equal parts; give the places instead"),
    );
    expect(() => T.split(T.zeros([3], { device }), [1.5])).toThrow(
      new ValueError("split: place 1.5 is not a whole number"),
    );
  });

  test("circular padding goes round as often as needed", () => {
    const wrapped = [2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1]; // (i − 7) mod 3
    const padded = T.pad(
      x,
      [
        [2, 1],
        [7, 8],
      ],
      { mode: "wrap" },
    );
    expect(padded.arraySync()).toEqual([0, 3, 0, 3, 0].map((first) => wrapped.map((i) => first + i)));
    const sums = grad((y: Tensor) =>
      T.pad(y, [[7, 8]], { mode: "circular" })
        .mul(T.arange(18, { device }))
        .sum(),
    );
    expect(sums(T.zeros([3], { device })).arraySync()).toEqual([51, 57, 45]); // Σ of the places i with (i − 7) mod 3 = 0, 1, 2
    expect(() => T.pad(T.zeros([0], { device }), [[1, 0]], { mode: "circular" })).toThrow(
      new ShapeError("pad: 1 places before axis 0 of [0] are more than circular can fill (0)"),
    );
  });
});
