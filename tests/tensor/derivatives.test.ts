/**
 * First and second derivatives of functions of tensors, each for itself, in both modes, against central differences at
 * irregular points of its domain. Functions that are made of several others, and awkward points, are in gradients.test.ts.
 */
import { describe, test } from "vitest";
import { gradCheck } from "../../src/autodiff/index.ts";
import * as T from "../../src/tensor/index.ts";
import { type Tensor, tensor } from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

/** Irregular numbers between low and high without ties: fractions of multiples of the golden ratio. */
function between(low: number, high: number, shape: readonly number[], device: string): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const golden = (1 + Math.sqrt(5)) / 2;
  const values = Float64Array.from({ length: size }, (_, i) => low + (((i + 1) * golden) % 1) * (high - low));
  return tensor(values, { shape, device });
}

const functions: Readonly<Record<string, unknown>> = T;

/** Functions of one tensor, and the open interval in which they are checked. */
const ofOne: Readonly<Record<string, readonly [low: number, high: number]>> = {
  neg: [-2, 2],
  abs: [-2, 2],
  sign: [-2, 2],
  square: [-2, 2],
  sqrt: [0.5, 2],
  cbrt: [0.5, 2],
  exp: [-2, 2],
  expm1: [-2, 2],
  log: [0.5, 3],
  log1p: [-0.5, 2],
  sin: [-2, 2],
  cos: [-2, 2],
  tan: [-1, 1],
  asin: [-0.9, 0.9],
  acos: [-0.9, 0.9],
  atan: [-2, 2],
  sinh: [-2, 2],
  cosh: [-2, 2],
  tanh: [-2, 2],
  asinh: [-2, 2],
  acosh: [1.2, 3],
  atanh: [-0.9, 0.9],
  erf: [-2, 2],
  erfc: [-2, 2],
  deg2rad: [-90, 90],
  rad2deg: [-1, 1],
  floor: [-2.3, 2.4],
  ceil: [-2.3, 2.4],
  round: [-2.3, 2.4],
  trunc: [-2.3, 2.4],
};

const shapes = [[2, 3]];
const pair = [
  [2, 3],
  [2, 3],
];
const ints = (values: number[] | number[][]): Tensor => tensor(values, { dtype: "int32" });
const truths = tensor([
  [true, false, true],
  [false, true, true],
]);

type Row = readonly [name: string, f: (...xs: Tensor[]) => Tensor, shapes: readonly (readonly number[])[]];

/** The others at numbers in −1.5 … 1.5. Where a function is linear its square is checked, so that second derivatives are none of 0. */
const rows: readonly Row[] = [
  ["add", (a, b) => T.add(a!, b!).square(), pair],
  ["sub", (a, b) => T.sub(a!, b!).square(), pair],
  ["mul", (a, b) => T.mul(a!, b!), pair],
  ["atan2", (a, b) => T.atan2(a!, b!), pair],
  ["maximum", (a, b) => T.maximum(a!.square(), b!), pair],
  ["minimum", (a, b) => T.minimum(a!.square(), b!), pair],
  ["floorDivide", (a, b) => T.floorDivide(a!, b!.add(4)).mul(a!.square()), pair],
  ["remainder", (a, b) => T.remainder(a!, b!.square().add(1)), pair],
  ["fmod", (a, b) => T.fmod(a!, b!.square().add(1)), pair],
  ["dot", (a, b) => T.dot(a!, b!), [[3], [3]]],
  ["inner", (a, b) => T.inner(a!, b!), pair],
  ["sum", (x) => T.sum(x!, { axis: 0 }).square(), shapes],
  ["nansum", (x) => T.nansum(x!, { axis: 0 }).square(), shapes],
  ["nanmean", (x) => T.nanmean(x!, { axis: 1 }).square(), shapes],
  ["nanprod", (x) => T.nanprod(x!, { axis: 1 }), shapes],
  ["nanstd", (x) => T.nanstd(x!, { axis: 1 }), shapes],
  ["nanmax", (x) => T.nanmax(x!, { axis: 1 }).square(), shapes],
  ["nanmin", (x) => T.nanmin(x!, { axis: 1 }).square(), shapes],
  ["nanmedian", (x) => T.nanmedian(x!, { axis: 1 }).square(), shapes],
  ["percentile", (x) => T.percentile(x!, 30, { axis: 1 }).square(), shapes],
  ["nanpercentile", (x) => T.nanpercentile(x!, 30, { axis: 1 }).square(), shapes],
  ["nanquantile", (x) => T.nanquantile(x!, 0.3, { axis: 1 }).square(), shapes],
  ["diff", (x) => T.diff(x!).square(), shapes],
  ["booleanMask", (x) => T.booleanMask(x!, truths.to(x!.device)).square(), shapes],
  ["take", (x) => T.take(x!, ints([2, 0, 2]).to(x!.device), { axis: 1 }).square(), shapes],
  ["indexSelect", (x) => T.indexSelect(x!, ints([1, 1, 0]).to(x!.device), { axis: 0 }).square(), shapes],
  ["takeAlongAxis", (x) => T.takeAlongAxis(x!, ints([[2], [0]]).to(x!.device), { axis: 1 }).square(), shapes],
  ["topk", (x) => (T.topk(x!, 2).values as Tensor).square(), shapes],
  ["broadcastTo", (x) => (T.broadcastTo(x!, [4, 2, 3]) as Tensor).square(), shapes],
  ["expandDims", (x) => (T.expandDims(x!, 1) as Tensor).square(), shapes],
  ["flatten", (x) => (T.flatten(x!) as Tensor).square(), shapes],
  ["reshape", (x) => (T.reshape(x!, [3, 2]) as Tensor).square(), shapes],
  ["permute", (x) => (T.permute(x!, [1, 0]) as Tensor).square(), shapes],
  ["moveaxis", (x) => (T.moveaxis(x!, 0, 1) as Tensor).square(), shapes],
  ["swapaxes", (x) => (T.swapaxes(x!, 0, 1) as Tensor).square(), shapes],
  ["transpose", (x) => (T.transpose(x!) as Tensor).square(), shapes],
  ["matrixTranspose", (x) => (T.matrixTranspose(x!) as Tensor).square(), shapes],
  ["rot90", (x) => (T.rot90(x!) as Tensor).square(), shapes],
  ["split", (x) => (T.split(x!, [1, 2], { axis: 1 })[1] as Tensor).square(), shapes],
  ["meshgrid", (a, b) => T.mul(...(T.meshgrid([a!, b!]) as [Tensor, Tensor])), [[2], [3]]],
];

describe.each(devices)("on %s", (device) => {
  test.each(Object.keys(ofOne))("%s", (name) => {
    const [low, high] = ofOne[name]!;
    const f = functions[name] as (x: Tensor) => Tensor; // every name in the table is one of these
    gradCheck(f, [between(low, high, [5], device)], { rtol: 1e-5 });
  });

  test.each(rows)("%s", (_, f, sizes) => {
    const points = sizes.map((shape, i) => between(-1.5 + i / 7, 1.5 - i / 9, shape, device)); // no two alike
    gradCheck(f, points, { rtol: 1e-5 });
  });
});
