/** Slopes at the origin of norms and their relatives: 0, in any order, and NaN nowhere; of roots and powers ∞. */
import { beforeAll, describe, expect, test } from "vitest";
import * as T from "../../src/index.ts";
import { grad, nn, type Tensor, tensor } from "../../src/index.ts";

const slope = (f: (x: Tensor) => Tensor, x: Tensor) => grad(f)(x);
const second = (f: (x: Tensor) => Tensor, x: Tensor) => grad((y: Tensor) => grad(f)(y).sum())(x);
const flat = (x: Tensor) => Array.from(x.dataSync(), (v) => v + 0); // −0 is 0

describe.each(["reference", "wasm"])("on %s", (device) => {
  beforeAll(() => T.setDefaultDevice(device));

  test.each([0.5, 1, 1.5, 2, 3, -1, -0.5])("norm and lpPool of order %d have slope 0 at 0", (p) => {
    const pool = (x: Tensor) => nn.lpPool1d(x.reshape([1, 1, 2]), p, 2).sum();
    for (const f of [(x: Tensor) => T.norm(x, { ord: p }), pool]) {
      const zero = T.zeros([2]);
      expect([f(zero).item(), flat(slope(f, zero)), flat(second(f, zero))]).toEqual([0, [0, 0], [0, 0]]);
      const edge = tensor([0, 2]);
      expect(f(edge).item()).toBeCloseTo(p > 0 ? 2 : 0, 5); // one entry alone; 0 where 0 has the power ∞
      const [own, other] = flat(slope(f, edge));
      expect(own).toBe(0);
      expect(other).toBeCloseTo(p > 0 ? 1 : 0, 5);
      expect(flat(second(f, edge)).every(Number.isFinite)).toBe(true);
    }
  });

  test("roots and powers themselves have slope ∞ at 0", () => {
    expect(flat(slope((x) => x.sqrt().sum(), T.zeros([1])))).toEqual([Infinity]);
    expect(flat(slope((x) => x.pow(0.5).sum(), T.zeros([1])))).toEqual([Infinity]);
  });

  test("logarithms of sums of nothing but e^−∞ are −∞ and have finite slopes", () => {
    const rows = tensor([
      [-Infinity, -Infinity],
      [-Infinity, 3],
    ]);
    expect(flat(T.logsumexp(rows, { axis: 1 }))).toEqual([-Infinity, 3]);
    const picked = (x: Tensor) => T.where(tensor([false, true]), T.logsumexp(x, { axis: 1 }), 0).sum();
    for (const f of [picked, (x: Tensor) => T.logsumexp(x, { axis: 1 }).sum()])
      expect(flat(slope(f, rows))).toEqual([0, 0, 0, 1]);
    expect(flat(slope((x) => T.logaddexp(x, x).sum(), tensor([-Infinity, 3])))).toEqual([1, 1]);
  });

  test("atan2 and angle have slope 0 at the origin, and their own beside it", () => {
    const by = (f: (y: Tensor, x: Tensor) => Tensor) => (at: Tensor) => f(T.at(at, 0), T.at(at, 1));
    const angle = by((y, x) => T.angle(T.complex(x, y)));
    for (const f of [by(T.atan2), angle]) {
      expect([flat(slope(f, T.zeros([2]))), flat(slope(f, tensor([0, 2])))]).toEqual([
        [0, 0],
        [0.5, 0],
      ]);
    }
    expect(flat(second(by(T.atan2), T.zeros([2])))).toEqual([0, 0]);
  });

  test.each<[string, (x: Tensor) => Tensor]>([
    ["std", (x) => x.std()],
    ["hypot", (x) => T.hypot(x, x).sum()],
    ["xlogy", (x) => T.xlogy(x, x).sum()],
    ["pairwiseDistance", (x) => nn.pairwiseDistance(x, x).sum()],
    ["cosineSimilarity", (x) => nn.cosineSimilarity(x, x).sum()],
    ["normalize", (x) => nn.normalize(x).sum()],
    ["layerNorm", (x) => nn.layerNorm(x, [2]).sum()],
  ])("%s of zeros has finite derivatives of both orders", (_, f) => {
    const zero = T.zeros([2, 2]);
    expect(flat(slope(f, zero)).every(Number.isFinite)).toBe(true);
    expect(flat(second(f, zero)).every(Number.isFinite)).toBe(true);
  });

  test("a query that may look at no key gives 0 and finite gradients; softmax of −∞ alone stays NaN", () => {
    const x = tensor([
      [1, 0],
      [0, 1],
    ]);
    const masks = [
      tensor(
        [
          [0, 0],
          [1, 0],
        ],
        { dtype: "bool" },
      ),
      tensor([
        [-Infinity, -Infinity],
        [0, -Infinity],
      ]),
    ];
    for (const mask of masks) {
      const attention = (v: Tensor) => nn.scaledDotProductAttention(v, v, v, { mask });
      expect(attention(x).arraySync()).toEqual([
        [0, 0],
        [1, 0],
      ]);
      expect(flat(slope((v) => attention(v).sum(), x))).toEqual([1, 1, 0, 0]); // the second query takes the first value
      expect(flat(second((v) => attention(v).sum(), x)).every(Number.isFinite)).toBe(true);
    }
    expect(flat(nn.softmax(tensor([-Infinity, -Infinity])))).toEqual([NaN, NaN]);
  });
});

test("einsum refuses a letter of two sizes in one operand, and one that comes out twice", () => {
  expect(() => T.einsum("ii", T.ones([1, 3]))).toThrow(
    'einsum: "ii": i stands for axes of 1 and 3 in [1, 3]; a diagonal has one size',
  );
  expect(() => T.einsum("iij->j", T.ones([3, 1, 2]))).toThrow("i stands for axes of 3 and 1");
  expect(() => T.einsum("i->ii", T.ones([3]))).toThrow(
    'einsum: "i->ii": the result has i twice; name each of its axes once',
  );
  expect(T.einsum("ij,jk->ik", T.ones([1, 1]), T.ones([3, 2])).arraySync()).toEqual([[3, 3]]); // ones broadcast, as in NumPy
});
