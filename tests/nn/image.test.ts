/** Pictures: golden values, derivatives, errors. */
import { describe, expect, test } from "vitest";
import { gradCheck } from "../../src/autodiff/index.ts";
import { DTypeError, ShapeError, ValueError } from "../../src/base/index.ts";
import * as image from "../../src/nn/functional/image.ts";
import { type Tensor, tensor, zeros } from "../../src/tensor/index.ts";
import { describeArea, direct } from "../fixtures-harness.ts";

describeArea(
  "image",
  direct(
    image,
    `crop centerCrop padImage flipHorizontal flipVertical rotate90 resize affineGrid gridSample affineSample
    normalizeImage`,
  ),
);

/** Irregular numbers in −1.5 … 1.5: fractions of multiples of the golden ratio. */
function irregular(...shape: number[]): Tensor {
  const golden = (1 + Math.sqrt(5)) / 2;
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: size }, (_, i) => ((((i + 1) * golden) % 1) - 0.5) * 3);
  return tensor(values, { shape, dtype: "float64", device: "reference" });
}

describe("derivatives, first and second order", () => {
  test.each<[string, (...xs: Tensor[]) => Tensor, Tensor[]]>([
    ["resize", (x) => image.resize(x!, { size: [5, 2], mode: "bilinear" }), [irregular(1, 1, 3, 4)]],
    ["padImage", (x) => image.padImage(x!, { left: 1, bottom: 2, mode: "reflect" }), [irregular(3, 3)]],
    [
      "gridSample with zeros outside",
      (x, grid) => image.gridSample(x!, grid!),
      [irregular(1, 2, 3, 4), irregular(1, 2, 3, 2)],
    ],
    [
      "gridSample mirrored",
      (x, grid) => image.gridSample(x!, grid!, { paddingMode: "reflection", alignCorners: true }),
      [irregular(1, 1, 3, 4), irregular(1, 2, 2, 2)],
    ],
    ["affineSample", (x, theta) => image.affineSample(x!, theta!), [irregular(1, 1, 3, 3), irregular(1, 2, 3).div(2)]],
    [
      "normalizeImage",
      (x, mean, std) => image.normalizeImage(x!, mean!, std!.add(3)),
      [irregular(2, 2, 2), irregular(2), irregular(2)],
    ],
  ])("%s", (_, f, args) => {
    gradCheck(f, args, { rtol: 1e-5, atol: 1e-6 });
  });
});

test("far outside, a mirrored picture repeats every two widths", () => {
  const x = tensor([1, 2, 4], { shape: [1, 1, 1, 3] });
  const at = (...places: number[]): number[] => {
    const grid = tensor(
      places.flatMap((p) => [p, 0]),
      { shape: [1, 1, places.length, 2] },
    );
    return image.gridSample(x, grid, { paddingMode: "reflection" }).flatten().arraySync() as number[];
  };
  const [first, second] = [at(-0.5, 0, 0.75), at(7.5, 8, 8.75)];
  second.forEach((value, i) => {
    expect(value).toBeCloseTo(first[i]!, 5);
  });
});

test("whole numbers are resized to the nearest pixel", () => {
  const x = tensor([[1, 2]], { dtype: "uint8" });
  const y = image.resize(x, { size: [2, 4] });
  expect([y.dtype, y.arraySync()]).toEqual([
    "uint8",
    [
      [1, 1, 2, 2],
      [1, 1, 2, 2],
    ],
  ]);
});

describe("wrong calls", () => {
  const z = (...shape: number[]): Tensor => zeros(shape);
  const x = z(1, 1, 4, 5);
  test.each<[() => unknown, Error]>([
    [
      () => image.flipVertical(z(3)),
      new ShapeError("flipVertical: [3] is no picture; its shape is [..., height, width]"),
    ],
    [
      () => image.crop(x, { top: 2, left: 0, height: 3, width: 5 }),
      new ShapeError("crop: rows 2 to 5 and columns 0 to 5 reach beyond [1, 1, 4, 5]"),
    ],
    [
      () => image.crop(x, { top: -1, left: 0, height: 3, width: 5 }),
      new ValueError("crop: top -1 is not a whole number from 0"),
    ],
    [
      () => image.centerCrop(x, { height: 9, width: 2 }),
      new ShapeError("centerCrop: [1, 1, 4, 5] is smaller than 9 × 2; use padImage first"),
    ],
    [
      () => image.padImage(x, { mode: "mirror" as never }),
      new ValueError('padImage: mode "mirror" does not exist; there are constant, reflect, replicate and circular'),
    ],
    [() => image.rotate90(x, { k: 0.5 }), new ValueError("rotate90: k 0.5 is not a whole number of quarters")],
    [() => image.resize(x, { size: [0, 2] }), new ValueError("resize: height 0 is not a whole number from 1")],
    [
      () => image.resize(x.astype("uint8"), { size: [2, 2], mode: "bilinear" }),
      new DTypeError("resize: bilinear mixes floats, not uint8; cast the picture first"),
    ],
    [
      () => image.affineGrid(z(2, 3), { size: [1, 1, 2, 2] }),
      new ShapeError("affineGrid: theta [2, 3] does not fit; for [1, 1, 2, 2] it is [1, 2, 3]"),
    ],
    [
      () => image.gridSample(x, z(1, 2, 2)),
      new ShapeError("gridSample: grid [1, 2, 2] does not fit x [1, 1, 4, 5]; its shape is [1, h, w, 2]"),
    ],
    [
      () => image.gridSample(x, z(1, 2, 2, 2), { paddingMode: "edge" as never }),
      new ValueError('gridSample: paddingMode "edge" does not exist; there are zeros, border and reflection'),
    ],
    [
      () => image.normalizeImage(x, [0, 0], [1]),
      new ShapeError("normalizeImage: mean [2] does not fit [1, 1, 4, 5], which has 1 channels"),
    ],
  ])("%s", (call, error) => {
    expect(call).toThrow(error);
  });
});
