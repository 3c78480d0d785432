import { expect, test } from "vitest";
import { warpImages } from "../../src/cli/warp.ts";

const side = 4;
const image = Float32Array.from({ length: 16 }, (_, i) => i + 1);
/** A generator whose numbers are given: 0.5 is the middle, no change. */
const drawn =
  (...numbers: number[]) =>
  () =>
    numbers.shift()!;

function warped(limits: Parameters<typeof warpImages>[3], ...draws: number[]): number[] {
  const to = new Float32Array(16);
  warpImages(image, to, side, limits, drawn(...draws));
  return Array.from(to, (v) => Math.round(v * 1000) / 1000);
}

test("limits of zero change nothing", () => {
  expect(warped({ turn: 0, scale: 0, shift: 0 }, 0.9, 0.1, 0.2, 0.8)).toEqual([...image]);
});

test("a shift by one pixel looks one pixel to the right, and finds paper outside", () => {
  // draws: turn, scale, across = +1, down = 0
  const to = warped({ turn: 0, scale: 0, shift: 1 }, 0.5, 0.5, 1, 0.5);
  expect(to).toEqual([2, 3, 4, 0, 6, 7, 8, 0, 10, 11, 12, 0, 14, 15, 16, 0]);
});

test("half a pixel is the mean of two neighbours", () => {
  const to = warped({ turn: 0, scale: 0, shift: 0.5 }, 0.5, 0.5, 1, 0.5);
  expect(to.slice(0, 4)).toEqual([1.5, 2.5, 3.5, 2]);
});

test("a quarter turn maps rows to columns", () => {
  // (u, v) is looked up at (−v, u): the result's row 0 is column 3 of the image, from top to bottom reversed in x
  const to = warped({ turn: Math.PI / 2, scale: 0, shift: 0 }, 1, 0.5, 0.5, 0.5);
  expect(to).toEqual([4, 8, 12, 16, 3, 7, 11, 15, 2, 6, 10, 14, 1, 5, 9, 13]);
});

test("every image is warped by its own draws", () => {
  const two = Float32Array.from([...image, ...image]);
  const to = new Float32Array(32);
  warpImages(two, to, side, { turn: 0, scale: 0, shift: 1 }, drawn(0.5, 0.5, 1, 0.5, 0.5, 0.5, 0.5, 0.5));
  expect(to.slice(0, 4)).toEqual(Float32Array.of(2, 3, 4, 0));
  expect(to.slice(16)).toEqual(image);
});
