/** Every function on every dtype: the compiled device gives what the reference gives, or the same error. */
import { describe, expect, test } from "vitest";
import { dtypes } from "../../src/base/index.ts";
import { setDefaultDevice } from "../../src/index.ts";
import type { Tensor } from "../../src/tensor/index.ts";
import * as T from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

const values = [
  [0, 1, 2, 3],
  [7, 0, 200, 5],
  [1, 1, 0, 4],
];

const functions: Readonly<Record<string, (x: Tensor) => Tensor | readonly Tensor[]>> = {
  neg: (x) => x.neg(),
  abs: (x) => x.abs(),
  sign: (x) => x.sign(),
  floor: (x) => x.floor(),
  square: (x) => x.square(),
  relu: (x) => x.relu(),
  not: (x) => x.logicalNot(),
  bnot: (x) => T.bitwiseNot(x.dtype.startsWith("float") ? x.astype("int32") : x),
  sqrt: (x) => x.sqrt(),
  signbit: (x) => x.signbit(),
  isnan: (x) => x.isnan(),
  add: (x) => x.add(x),
  sub: (x) => x.sub(3),
  mul: (x) => x.mul(2),
  div: (x) => x.div(x),
  fdiv: (x) => x.floorDivide(3),
  rem: (x) => x.remainder(3),
  fmod: (x) => x.fmod(3),
  pow2: (x) => x.pow(2),
  powx: (x) => x.pow(x.remainder(3)),
  maximum: (x) => x.maximum(2),
  minimum: (x) => x.minimum(2),
  eq: (x) => x.equal(1),
  ne: (x) => x.notEqual(x.T.T),
  lt: (x) => x.less(2),
  le: (x) => x.lessEqual(x),
  land: (x) => x.logicalAnd(x.less(3)),
  lor: (x) => x.logicalOr(0),
  lxor: (x) => x.logicalXor(1),
  clamp: (x) => x.clamp({ min: 1, max: 3 }),
  sum: (x) => x.sum({ axis: 0 }),
  mean: (x) => x.mean(),
  prod: (x) => x.prod({ axis: 1 }),
  max: (x) => x.max({ axis: 1 }),
  min: (x) => x.min(),
  any: (x) => x.any({ axis: 0 }),
  all: (x) => x.all({ axis: 1 }),
  cnz: (x) => x.countNonzero(),
  argmax: (x) => x.argmax({ axis: 1 }),
  argmin: (x) => x.argmin(),
  cumsum: (x) => x.cumsum({ axis: 1 }),
  cumprod: (x) => x.cumprod({ axis: 0 }),
  var: (x) => x.var(),
  median: (x) => x.median({ axis: 0 }),
  lse: (x) => x.logsumexp(),
  norm: (x) => x.norm(),
  quant: (x) => x.quantile(0.3),
  nansum: (x) => x.nansum(),
  nanmax: (x) => x.nanmax(),
  nanargmax: (x) => x.nanargmax({ axis: 1 }),
  reshape: (x) => x.reshape([2, -1]),
  T: (x) => x.T,
  flip: (x) => x.flip(),
  roll: (x) => x.roll(1),
  rep: (x) => x.repeat(2, { axis: 1 }),
  tile: (x) => x.tile([2, 1]),
  pad: (x) =>
    x.pad([
      [1, 0],
      [0, 2],
    ]),
  padv: (x) =>
    x.pad(
      [
        [1, 0],
        [0, 2],
      ],
      { value: 1 },
    ),
  padr: (x) =>
    x.pad(
      [
        [1, 1],
        [2, 2],
      ],
      { mode: "reflect" },
    ),
  tril: (x) => x.tril(),
  diag: (x) => x.diag(),
  diagm: (x) => x.at(0).diag(),
  concat: (x) => T.concat([x, x]),
  stack: (x) => T.stack([x, x]),
  split: (x) => x.split(2, { axis: 1 }),
  at: (x) => x.at("::-1", 1),
  take: (x) => x.take(T.tensor([2, -1, 0], { dtype: "int32" }), { axis: 0 }),
  mask: (x) => x.booleanMask(T.tensor([true, false, true])),
  gather: (x) =>
    x.gather(
      T.tensor(
        [
          [0, 1],
          [1, 2],
          [3, 0],
        ],
        { dtype: "int32" },
      ),
      { axis: 1 },
    ),
  scatterAdd: (x) => x.scatterAdd(T.tensor([[0], [1], [1]], { dtype: "int32" }), x, { axis: 1 }),
  sort: (x) => x.sort(),
  sortd: (x) => x.sort({ axis: 0, descending: true }),
  argsort: (x) => x.argsort(),
  topk: (x) => x.topk(2).values,
  unique: (x) => x.unique(),
  ss: (x) => T.searchsorted(x.at(0), x),
  onehot: (x) => T.oneHot(x.clamp({ max: 4 }).astype("int32"), { numClasses: 5 }),
  where: (x) => T.where(x.greater(1), x, 0),
  matmul: (x) => x.matmul(x.T),
  einsum: (x) => T.einsum("ij,kj->ik", x, x),
  trace: (x) => x.trace(),
  outer: (x) => T.outer(x.at(0), x.at(1)),
  cast8: (x) => x.astype("uint8"),
  castb: (x) => x.astype("bool"),
  castf: (x) => x.astype("float64"),
  diff: (x) => x.diff(),
  nonzero: (x) => x.nonzero(),
  iota: (x) => T.arange(3, { dtype: x.dtype === "bool" ? "int32" : x.dtype }),
  eye: (x) => T.eye(3, { dtype: x.dtype }),
  isclose: (x) => x.isclose(x),
  hyp: (x) => x.hypot(x),
  lerp: (x) => T.lerp<readonly number[], readonly number[]>(x, x.mul(2), 0.5),
  broadcast: (x) => x.at(0).broadcastTo([2, 4]),
};

/** What the function gives on a device, as text: dtypes, shapes, and values to five digits. */
function outcome(device: string, make: () => Tensor, f: (x: Tensor) => Tensor | readonly Tensor[]): string {
  setDefaultDevice(device);
  try {
    return [f(make())]
      .flat()
      .map(
        (y) =>
          `${y.dtype} [${y.shape}] ${Array.from<number | bigint, number>(y.dataSync(), (v) => Number(Number(v).toPrecision(5)))}`,
      )
      .join("; ");
  } catch (error) {
    return String(error);
  }
}

describe.each(devices.filter((device) => device !== "reference"))("%s agrees with reference", (device) => {
  test.each(dtypes)("on %s", (dtype) => {
    const make = (): Tensor => T.tensor(values, { dtype });
    const found = Object.entries(functions).map(([name, f]) => [name, outcome(device, make, f)]);
    expect(found).toEqual(Object.entries(functions).map(([name, f]) => [name, outcome("reference", make, f)]));
  });

  test.each([[[0, 3]], [[3, 0]], [[1, 1]], [[]]])("on shape %j", (shape) => {
    const make = (): Tensor => T.full(shape, 2);
    const found = Object.entries(functions).map(([name, f]) => [name, outcome(device, make, f)]);
    expect(found).toEqual(Object.entries(functions).map(([name, f]) => [name, outcome("reference", make, f)]));
  });
});
