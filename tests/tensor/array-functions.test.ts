/**
 * Covariance, interpolation between points, counting, different elements, searching, grids. Expected values: NumPy 2.4,
 * where no other source is named.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { grad, gradCheck } from "../../src/autodiff/index.ts";
import { defaultDevice, setDefaultDevice } from "../../src/index.ts";
import {
  bincount,
  compile,
  corrcoef,
  cov,
  digitize,
  histogram,
  interp,
  meshgrid,
  mul,
  searchsorted,
  sum,
  type Tensor,
  take,
  tensor,
  unique,
  zeros,
} from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const double = (values: number[] | number[][]): Tensor => tensor(values, { dtype: "float64" });
const int = (values: number[] | number[][]): Tensor => tensor(values, { dtype: "int32" });

function expectNear(x: Tensor, expected: unknown[] | number, digits = 12): void {
  const wanted = [expected].flat(Number.POSITIVE_INFINITY).map(Number);
  const found = Array.from(x.dataSync(), Number);
  expect(found.length).toBe(wanted.length);
  found.forEach((v, i) => {
    if (Number.isFinite(wanted[i])) expect(v).toBeCloseTo(wanted[i]!, digits);
    else expect(v).toBe(wanted[i]);
  });
}

const original = defaultDevice();
afterAll(() => setDefaultDevice(original));

const x = [
  [0, 2, 1],
  [1, 1, 4],
  [-1, 0, 2.5],
];
const y = [3, -1, 0.5];

describe.each(devices)("on %s", (device) => {
  beforeAll(() => setDefaultDevice(device));

  describe("cov", () => {
    test.each<[string, () => Tensor, unknown[] | number]>([
      ["of rows", () => cov(double(x)), [1, 0, 0.5, 0, 3, 3, 0.5, 3, 3.25]],
      ["of columns", () => cov(double(x), { rowvar: false }), [1, 0.5, 0.75, 0.5, 1, -0.75, 0.75, -0.75, 2.25]],
      [
        "with a variable more",
        () => cov(double(x), { y: double(y) }),
        [1, 0, 0.5, -2, 0, 3, 3, -0.5, 0.5, 3, 3.25, -1.5, -2, -0.5, -1.5, 4.083333333333333],
      ],
      ["of one variable is a number", () => cov(double(y)), 4.083333333333333],
      ["divided by n", () => cov(double(y), { bias: true }), 2.722222222222222],
      ["with ddof, which beats bias", () => cov(double(y), { bias: true, ddof: 1 }), 4.083333333333333],
      [
        "with frequencies",
        () => cov(double(x), { fweights: int([1, 2, 3]) }),
        [
          0.5666666666666668, -0.3, -0.016666666666666666, -0.3, 2.7, 2.55, -0.016666666666666666, 2.55,
          2.5416666666666665,
        ],
      ],
      [
        "with importances",
        () => cov(double(x), { aweights: double([0.5, 2, 1]) }),
        [0.9285714285714285, -0.6428571428571429, -0.17857142857142863, -0.6428571428571429, 3.2142857142857144].concat(
          [2.892857142857143, -0.17857142857142863, 2.892857142857143, 2.8035714285714284],
        ),
      ],
      [
        "with both",
        () => cov(double(x), { fweights: int([1, 2, 1]), aweights: double([0.5, 2, 1]) }),
        [0.5952380952380953, -0.5, -0.20238095238095238, -0.5, 1.9285714285714286, 1.6785714285714286].concat([
          -0.20238095238095238, 1.6785714285714286, 1.5773809523809523,
        ]),
      ],
      ["of one observation", () => cov(double([[1], [2]])), [nan, nan, nan, nan]],
      ["of no variable", () => cov(zeros([0, 3])), []],
    ])("%s", (_, f, expected) => expectNear(f(), expected));

    test("does not lose digits to a great mean", () => {
      expectNear(cov(tensor([10000, 10001, 10002])), 1, 6);
    });

    test("refuses what does not fit", () => {
      expect(() => cov(zeros([2, 2, 2]))).toThrow(
        "cov: x has shape [2, 2, 2]; it is a vector of observations, or a matrix of variables and observations",
      );
      expect(() => cov(zeros([2, 3]), { y: zeros([4]) })).toThrow("cov: x [2, 3] has 3 observations, y [4] has 4");
      expect(() => cov(zeros([3]), { fweights: tensor([1, 0.5, 1]) })).toThrow(
        "cov: fweights contain 0.5; they are whole numbers from 0",
      );
      expect(() => cov(zeros([3]), { aweights: tensor([1, -1, 1]) })).toThrow(
        "cov: aweights contain -1; they are numbers from 0",
      );
      expect(() => cov(zeros([3]), { aweights: tensor([1]) })).toThrow(
        "cov: aweights [1] are not one for each of 3 observations",
      );
      expect(() => cov(zeros([3]), { ddof: 0.5 })).toThrow("cov: ddof is 0.5; it must be a whole number");
    });

    test("has derivatives in variables and weights", () => {
      gradCheck(
        (a, b) => cov(a!, { y: b! }),
        [
          double([
            [1, 2, 4],
            [0, 3, -1],
          ]),
          double([2, -1, 1]),
        ],
      );
      gradCheck(
        (a, w) => cov(a!, { aweights: w!, fweights: int([1, 2, 1]) }),
        [
          double([
            [1, 2, 4],
            [0, 3, -1],
          ]),
          double([0.5, 2, 1]),
        ],
      );
    });
  });

  describe("corrcoef", () => {
    test.each<[string, () => Tensor, unknown[] | number]>([
      [
        "of rows",
        () => corrcoef(double(x)),
        [1, 0, 0.2773500981126146, 0, 1, 0.960768922830523, 0.2773500981126146, 0.960768922830523, 1],
      ],
      ["of columns", () => corrcoef(double(x), { rowvar: false }), [1, 0.5, 0.5, 0.5, 1, -0.5, 0.5, -0.5, 1]],
      ["of one variable", () => corrcoef(double(y)), 1],
      [
        "beside a constant",
        () =>
          corrcoef(
            double([
              [1, 1, 1],
              [1, 2, 3],
            ]),
          ),
        [nan, nan, nan, 1],
      ],
    ])("%s", (_, f, expected) => expectNear(f(), expected));

    test("stays within ±1", () => {
      const a = Array.from({ length: 50 }, (_, i) => Math.sin(i) / 3);
      const r = corrcoef(tensor([a, a.map((v) => -7 * v + 1), a.map((v) => 3 * v)])).dataSync();
      expect(Math.max(...r.map(Math.abs))).toBe(1);
    });

    test("has derivatives", () => {
      gradCheck(
        (a) => corrcoef(a!),
        [
          double([
            [1, 2, 4],
            [0, 3, -1],
          ]),
        ],
      );
    });
  });

  describe("interp", () => {
    const [xp, fp] = [double([0, 1, 3]), double([1, -2, 4])];
    const at = [-1, 0, 0.25, 1, 2, 3, 3.5, nan];

    test.each<[string, () => Tensor, unknown[]]>([
      ["between the points and beyond", () => interp(double(at), xp, fp), [1, 1, 0.25, -2, 1, 4, 4, nan]],
      ["left and right", () => interp(double(at), xp, fp, { left: -9, right: 9 }), [-9, 1, 0.25, -2, 1, 4, 9, nan]],
      [
        "with a period, points in any order",
        () => interp(double([-5, -0.5, 0, 2.9, 3, 7, 11]), double([5, 0, 2]), fp, { period: 4 }),
        [1, -0.5, -2, 1.3, 1, 1, 1],
      ],
      ["between one point", () => interp(double([0, 1, 2]), double([1]), double([7]), { left: -1 }), [-1, 7, 7]],
      ["of infinity", () => interp(double([0, 0.5, 1, 2]), double([0, 1, 2]), double([1, inf, 3])), [1, inf, inf, 3]],
      ["of nothing", () => interp(zeros([0]), xp, fp), []],
      ["of whole numbers", () => interp(int([0, 2, 9]), int([0, 4]), int([0, 10])), [0, 5, 10]],
    ])("%s", (_, f, expected) => expectNear(f(), expected));

    test("keeps the shape of x", () => {
      expect(interp(zeros([2, 1, 3]), xp, fp).shape).toEqual([2, 1, 3]);
    });

    test("has at a point the slope of the segment on its right", () => {
      const slope = grad((q: Tensor) => sum(interp(q, xp, fp)))(double([-1, 0, 0.5, 1, 3.5]));
      expect(Array.from(slope.dataSync())).toEqual([0, -3, -3, 3, 0]);
    });

    test("has derivatives in x, xp, fp, left and right", () => {
      const q = double([-1, 0.25, 0.5, 2.2, 4]);
      gradCheck((v, a, b) => interp(v!, a!, b!), [q, xp, fp]);
      gradCheck((v, a, b, l, r) => interp(v!, a!, b!, { left: l!, right: r! }), [q, xp, fp, double([2]), double([5])]);
      gradCheck((v, b) => interp(v!, xp, b!, { period: 4 }), [double([-1.5, 0.25, 5.7]), fp]);
    });

    test("refuses points that are none", () => {
      expect(() => interp(zeros([2]), tensor([0, 2, 1]), zeros([3]))).toThrow(
        "interp: xp does not ascend: 2 is followed by 1; sort it and fp with argsort(xp)",
      );
      expect(() => interp(zeros([2]), zeros([2]), zeros([3]))).toThrow(
        "interp: xp [2] and fp [3] are not vectors of one length, with one point at least",
      );
      expect(() => interp(zeros([2]), zeros([0]), zeros([0]))).toThrow("with one point at least");
      expect(() => interp(zeros([2]), xp, fp, { period: 0 })).toThrow("interp: period is 0");
      expect(() => interp(zeros([2]), xp, fp, { period: 1, left: 0 })).toThrow("leave left and right away");
    });
  });

  describe("histogram", () => {
    test.each<[string, () => ReturnType<typeof histogram>, number[], number[]]>([
      [
        "between edges, leaving out what is outside and NaN",
        () => histogram(double([1, 2, 1, 4, nan, -3, 4]), { bins: [0, 1, 2, 4] }),
        [0, 2, 3],
        [0, 1, 2, 4],
      ],
      [
        "of a range",
        () => histogram(double([1, 2, 1, 4]), { bins: 4, range: [0, 2] }),
        [0, 0, 2, 1],
        [0, 0.5, 1, 1.5, 2],
      ],
      [
        "as a density of weights",
        () => histogram(double([0.5, 2, 1, 4]), { bins: 3, density: true, weights: double([1, 0.5, 2, 1]) }),
        [0.5714285714285714, 0.09523809523809523, 0.1904761904761905],
        [0.5, 1.6666666666666667, 2.8333333333333335, 4],
      ],
      ["with an empty bin", () => histogram(double([1, 5, 2]), { bins: [1, 2, 2, 5] }), [1, 0, 2], [1, 2, 2, 5]],
      ["of nothing", () => histogram(zeros([0]), { bins: 2 }), [0, 0], [0, 0.5, 1]],
      ["of equal values", () => histogram(double([2, 2]), { bins: 2 }), [0, 2], [1.5, 2, 2.5]],
      [
        "of whole numbers",
        () =>
          histogram(
            int([
              [1, 2],
              [2, 3],
            ]),
            { bins: 2 },
          ),
        [1, 3],
        [1, 2, 3],
      ],
    ])("%s", (_, f, counts, edges) => {
      const found = f();
      expectNear(found.counts, counts);
      expectNear(found.edges, edges);
    });

    test("puts 0.3 of float32 into the bin that begins there", () => {
      expect(histogram(tensor([0.1, 0.3, 0.7]), { bins: [0, 0.1, 0.3, 0.7, 1] }).counts.arraySync()).toEqual([
        0, 1, 1, 1,
      ]);
    });

    test("is differentiable in the weights", () => {
      gradCheck(
        (w) => histogram(double([0.5, 2, 1, 4]), { bins: 3, density: true, weights: w! }).counts,
        [double([1, 0.5, 2, 1])],
      );
    });

    test("runs inside compile when it knows its range", () => {
      const count = compile((v: Tensor) => histogram(v, { bins: 2, range: [0, 1] }).counts);
      expect(count(tensor([0.2, 0.7, 0.9])).arraySync()).toEqual([1, 2]);
      expect(() => compile((v: Tensor) => histogram(v).counts)(tensor([1]))).toThrow(
        "histogram: the shape of the result depends on values",
      );
    });

    test("refuses bins that are none", () => {
      expect(() => histogram(tensor([1]), { bins: 0 })).toThrow(
        "histogram: bins is 0; it must be a whole number from 1",
      );
      expect(() => histogram(tensor([1]), { bins: [1, 3, 2] })).toThrow(
        "histogram: edges do not ascend: 3 is followed by 2",
      );
      expect(() => histogram(tensor([1]), { bins: [1] })).toThrow("not a vector of two at least");
      expect(() => histogram(tensor([1, nan]))).toThrow(
        "histogram: the values reach from NaN to NaN; pass { range: [low, high] } of finite numbers",
      );
      expect(() => histogram(tensor([1]), { range: [2, 1] })).toThrow("histogram: range goes from 2 to 1");
      expect(() => histogram(tensor([1]), { weights: tensor([1, 2]) })).toThrow(
        "histogram: weights [2] are not one for each of x [1]",
      );
    });
  });

  describe("bincount", () => {
    test.each<[string, () => Tensor, number[]]>([
      ["counts", () => bincount(int([1, 1, 3]), { minlength: 6 }), [0, 2, 0, 1, 0, 0]],
      ["adds weights", () => bincount(int([0, 2, 2]), { weights: double([0.5, 1, -3]) }), [0.5, 0, -2]],
      ["adds truth", () => bincount(int([0, 2, 2]), { weights: tensor([true, true, true]) }), [1, 0, 2]],
      [
        "adds short whole numbers in long ones",
        () => bincount(int([0, 0]), { weights: tensor([100, 100], { dtype: "int8" }) }),
        [200],
      ],
      ["nothing", () => bincount(zeros([0], { dtype: "int32" })), []],
      ["in a given length", () => bincount(int([0, 5, 1, 1]), { length: 2 }), [1, 2]],
    ])("%s", (_, f, expected) => expectNear(f(), expected));

    test("is differentiable in the weights", () => {
      gradCheck((w) => mul(bincount(int([0, 2, 2]), { weights: w! }), double([3, 4, 5])), [double([1, 2, 3])]);
    });

    test("refuses what cannot be counted", () => {
      expect(() => bincount(int([1, -2]))).toThrow("bincount: x holds -2; it counts whole numbers from 0");
      expect(() => bincount(tensor([1]))).toThrow("bincount: x is float32 [1]");
      expect(() => bincount(int([[1]]))).toThrow("bincount: x has shape [1, 1]; it must be a vector, flatten it");
    });
  });

  describe("digitize", () => {
    const values = double([0.2, 6.4, 3, 1.6, 1, 10, 11, -1, nan, 4]);
    test.each<[string, boolean, number[], number[]]>([
      ["ascending", false, [0, 1, 2.5, 4, 10], [1, 4, 3, 2, 2, 5, 5, 0, 5, 4]],
      ["ascending, closed on the right", true, [0, 1, 2.5, 4, 10], [1, 4, 3, 2, 1, 4, 5, 0, 5, 3]],
      ["descending", false, [10, 4, 2.5, 1, 0], [4, 1, 2, 3, 3, 0, 0, 5, 0, 1]],
      ["descending, closed on the right", true, [10, 4, 2.5, 1, 0], [4, 1, 2, 3, 4, 1, 0, 5, 0, 2]],
    ])("%s", (_, right, bins, expected) => {
      expect(digitize(values, bins, { right }).arraySync()).toEqual(expected);
      expect(digitize(values, double(bins), { right }).arraySync()).toEqual(expected);
    });

    test("refuses bins in no order", () => {
      expect(() => digitize(values, [1, 3, 2, 4])).toThrow("digitize: bins neither ascend nor descend: …, 1, 3, …");
    });
  });

  describe("unique", () => {
    const all = { returnIndex: true, returnInverse: true, returnCounts: true } as const;

    test("finds where values stand, which stands where, and how often", () => {
      const found = unique(
        double([
          [3, 1, 3],
          [nan, 1, nan],
        ]),
        all,
      );
      expect(found.values.arraySync()).toEqual([1, 3, nan]);
      expect(found.indices.arraySync()).toEqual([1, 0, 3]);
      expect(found.inverse.arraySync()).toEqual([
        [1, 0, 1],
        [2, 0, 2],
      ]);
      expect(found.counts.arraySync()).toEqual([2, 2, 2]);
    });

    test("takes every NaN for another one when told so", () => {
      expect(unique(double([nan, 1, nan]), { equalNan: false }).arraySync()).toEqual([1, nan, nan]);
    });

    test("compares rows and columns", () => {
      const v = int([
        [1, 2, 0],
        [0, 5, 1],
        [1, 2, 0],
        [0, 5, 0],
      ]);
      const rows = unique(v, { axis: 0, ...all });
      expect(rows.values.arraySync()).toEqual([
        [0, 5, 0],
        [0, 5, 1],
        [1, 2, 0],
      ]);
      expect(rows.indices.arraySync()).toEqual([3, 1, 0]);
      expect(rows.inverse.arraySync()).toEqual([2, 1, 2, 0]);
      expect(rows.counts.arraySync()).toEqual([1, 1, 2]);
      const columns = unique(v, { axis: -1, ...all });
      expect(columns.values.arraySync()).toEqual([
        [0, 1, 2],
        [1, 0, 5],
        [0, 1, 2],
        [0, 0, 5],
      ]);
      expect(columns.inverse.arraySync()).toEqual([1, 2, 0]);
    });

    test("tells whole numbers of 64 bits apart", () => {
      const great = tensor([2n ** 60n, 2n ** 60n + 1n, 2n ** 60n]);
      expect(unique(great).arraySync({ bigint: true })).toEqual([2n ** 60n, 2n ** 60n + 1n]);
    });

    test("of nothing, of one number, of bools", () => {
      expect(unique(zeros([0, 2])).shape).toEqual([0]);
      expect(unique(tensor(5)).arraySync()).toEqual([5]);
      expect(unique(tensor([true, false, true])).arraySync()).toEqual([0, 1]);
      expect(unique(zeros([3, 0]), { axis: 0 }).shape).toEqual([1, 0]);
    });

    test("gives back what it was made of", () => {
      const v = double([2, 7, 2, -1]);
      const { values, inverse } = unique(v, { returnInverse: true });
      expect(take(values, inverse).arraySync()).toEqual([2, 7, 2, -1]);
    });

    test("passes its gradient to where a value stands first", () => {
      const slope = grad((v: Tensor) => sum(mul(unique(v), tensor([10, 20]))))(tensor([3, 1, 3]));
      expect(slope.arraySync()).toEqual([20, 10, 0]);
    });
  });

  describe("searchsorted", () => {
    const values = double([0, 1, 2, 3, inf, nan, -inf]);
    test.each<["left" | "right", number[]]>([
      ["left", [0, 0, 1, 3, 3, 4, 0]],
      ["right", [0, 1, 3, 3, 4, 5, 0]],
    ])("on the %s, NaN counting as greatest", (side, expected) => {
      expect(searchsorted(double([1, 2, 2, inf, nan]), values, { side }).arraySync()).toEqual(expected);
      expect(searchsorted(zeros([0]), tensor([1, nan]), { side }).arraySync()).toEqual([0, 0]);
    });
  });

  test("of halves, everything is computed in float32", () => {
    const half = (values: number[] | number[][]): Tensor => tensor(values, { dtype: "float16" });
    expectNear(cov(half([2000, 2002, 2004])), 4, 6);
    expect(cov(half([1, 2])).dtype).toBe("float16");
    expectNear(
      corrcoef(
        half([
          [1000, 2000, 3000],
          [1, 2, 3],
        ]),
      ),
      [1, 1, 1, 1],
      6,
    ); // variances beyond float16
    expectNear(interp(half([1.5]), half([1, 2]), half([1000, 2000])), [1500], 6);
    const { counts, edges } = histogram(half([1, 2, 4]), { bins: 3 });
    expectNear(counts, [1, 1, 1]);
    expect(edges.dtype).toBe("float32");
    const many = bincount(zeros([3000], { dtype: "int32" }), {
      weights: tensor(new Float32Array(3000).fill(1)).astype("bfloat16"),
    });
    expectNear(many, [3000]);
  });

  test("searchsorted in long vectors gives what counting gives", () => {
    const long = Array.from({ length: 1000 }, (_, i) => Math.floor(i / 3) / 2).concat([inf, nan]);
    const queries = [-1, 0, 0.5, 0.75, 83, 166, 166.5, 1e9, inf, nan];
    for (const side of ["left", "right"] as const) {
      const before = (v: number, q: number): boolean => {
        if (Number.isNaN(q)) return side === "right" || !Number.isNaN(v);
        return side === "right" ? v <= q : v < q;
      };
      expect(searchsorted(double(long), double(queries), { side }).arraySync()).toEqual(
        queries.map((q) => long.filter((v) => before(v, q)).length),
      );
    }
    expect(searchsorted(double(long), zeros([0, 2])).shape).toEqual([0, 2]);
  });

  describe("meshgrid", () => {
    const [a, b] = [tensor([1, 2, 3]), tensor([4, 5])];
    test("runs along columns first, or along the axes in order", () => {
      expect(meshgrid([a, b]).map((v) => v.arraySync())).toEqual([
        [
          [1, 2, 3],
          [1, 2, 3],
        ],
        [
          [4, 4, 4],
          [5, 5, 5],
        ],
      ]);
      expect(meshgrid([a, b], { indexing: "ij" }).map((v) => v.arraySync())).toEqual([
        [
          [1, 1],
          [2, 2],
          [3, 3],
        ],
        [
          [4, 5],
          [4, 5],
          [4, 5],
        ],
      ]);
    });

    test("leaves the repeating to broadcasting when sparse", () => {
      const [across, down] = meshgrid([a, b], { sparse: true });
      expect([across?.arraySync(), down?.arraySync()]).toEqual([[[1, 2, 3]], [[4], [5]]]);
    });

    test("refuses matrices and other orders", () => {
      expect(() => meshgrid([zeros([2, 2])])).toThrow("meshgrid: takes vectors, not [2, 2]");
      expect(() => meshgrid([a], { indexing: "yx" } as never)).toThrow(
        'meshgrid: indexing is yx; it must be "xy" or "ij"',
      );
      expect(() => searchsorted(a, b, { side: "middle" } as never)).toThrow(
        'searchsorted: side is middle; it must be "left" or "right"',
      );
    });

    test("of three vectors, of one, of none, of an empty one", () => {
      const shapes = (...vectors: Tensor[]): unknown[] => meshgrid(vectors).map((v) => v.shape);
      expect(shapes(a, b, tensor([6]))).toEqual([
        [2, 3, 1],
        [2, 3, 1],
        [2, 3, 1],
      ]);
      expect(shapes(a)).toEqual([[3]]);
      expect(shapes()).toEqual([]);
      expect(shapes(a, zeros([0]))).toEqual([
        [0, 3],
        [0, 3],
      ]);
      expect(shapes(tensor(1), b)).toEqual([
        [2, 1],
        [2, 1],
      ]);
    });
  });
});
