/** Derivatives of composed functions: central differences in float64, first and second order, both directions. */
import { beforeAll, describe, expect, test } from "vitest";
import { grad, gradCheck } from "../../src/autodiff/index.ts";
import { setDefaultDevice } from "../../src/index.ts";
import * as T from "../../src/tensor/index.ts";
import { random, type Tensor, tensor } from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

const int = (values: number[] | number[][]): Tensor => tensor(values, { dtype: "int32" });
/** Random numbers between low and high, away from each other so that nothing ties. */
const drawn = (shape: readonly number[], low = -2, high = 2): Tensor =>
  random.uniform({ low, high, shape, dtype: "float64" });

type Row = readonly [
  name: string,
  f: (...xs: Tensor[]) => Tensor,
  shapes: readonly (readonly number[])[],
  low?: number,
  high?: number,
];

const rows: readonly Row[] = [
  ["exp2", (x) => T.exp2(x!), [[4]]],
  ["log2", (x) => T.log2(x!), [[4]], 0.5, 3],
  ["log10", (x) => T.log10(x!), [[4]], 0.5, 3],
  ["rsqrt", (x) => T.rsqrt(x!), [[4]], 0.5, 3],
  ["reciprocal", (x) => T.reciprocal(x!), [[4]], 0.5, 3],
  ["frac", (x) => T.frac(x!), [[4]], 0.1, 0.9],
  ["sinc", (x) => T.sinc(x!), [[6]]],
  ["sinc near 0", (x) => T.sinc(x!), [[6]], -0.003, 0.003],
  ["sigmoid", (x) => T.sigmoid(x!), [[6]]],
  ["logit", (x) => T.logit(x!), [[4]], 0.1, 0.9],
  ["softplus", (x) => T.softplus(x!), [[6]]],
  ["nanToNum", (x) => T.nanToNum(x!), [[4]]],
  ["div", (a, b) => T.div(a!, b!), [[3], [2, 3]], 0.5, 2],
  [
    "pow with 2, 3, −1, 0.5",
    (x) => T.pow(x!, 2).add(T.pow(x!, 3)).add(T.pow(x!, -1)).add(T.pow(x!, 0.5)),
    [[4]],
    0.5,
    2,
  ],
  ["pow", (a, b) => T.pow(a!, b!), [[3], [3]], 0.5, 2],
  ["squaredDifference", (a, b) => T.squaredDifference(a!, b!), [[2, 1], [3]]],
  ["hypot", (a, b) => T.hypot(a!, b!), [[4], [4]]],
  ["logaddexp", (a, b) => T.logaddexp(a!, b!), [[4], [4]]],
  ["logaddexp2", (a, b) => T.logaddexp2(a!, b!), [[4], [4]]],
  ["copysign", (a, b) => T.copysign(a!, b!.detach()), [[4], [4]]],
  ["xlogy", (a, b) => T.xlogy(a!, b!), [[4], [4]], 0.5, 2],
  ["lerp", (a, b) => T.lerp<readonly number[], readonly number[]>(a!, b!, 0.25), [[4], [4]]],
  ["clamp", (x) => T.clamp(x!, { min: -1, max: 1 }), [[6]]],
  ["mean", (x) => T.mean(x!, { axis: 1 }), [[2, 3]]],
  ["variance", (x) => T.variance(x!, { axis: 1, ddof: 1 }), [[2, 4]]],
  ["std", (x) => T.std(x!, { axis: 0 }), [[4, 2]]],
  ["prod", (x) => T.prod(x!, { axis: 1 }), [[2, 5]]],
  ["cumsum", (x) => T.cumsum(x!, { axis: 0 }), [[4, 2]]],
  ["cumprod", (x) => T.cumprod(x!, { axis: 1 }), [[2, 5]]],
  ["logsumexp", (x) => T.logsumexp(x!, { axis: 1 }), [[2, 4]]],
  ["max and min", (x) => T.max(x!, { axis: 1 }).mul(T.min(x!, { axis: 1 })), [[2, 4]]],
  [
    "norms",
    (x) =>
      T.norm(x!)
        .add(T.norm(x!, { ord: 3 }))
        .add(T.norm(x!, { ord: 1 })),
    [[5]],
    0.5,
    2,
  ],
  ["median", (x) => T.median(x!, { axis: 1 }).square(), [[2, 4]]],
  ["quantile", (x) => T.quantile(x!, [0.1, 0.6]).square(), [[7]]],
  ["nanvar", (x) => T.nanvar(x!, { axis: 1 }), [[2, 4]]],
  [
    "tensordot",
    (a, b) => T.tensordot(a!, b!, [[0], [1]]),
    [
      [3, 2],
      [4, 3],
    ],
  ],
  [
    "matmul of stacks",
    (a, b) => T.matmul(a!, b!),
    [
      [2, 1, 2, 3],
      [2, 3, 2],
    ],
  ],
  ["matmul of vectors", (a, b) => T.matmul(a!, b!), [[3], [3]]],
  [
    "einsum with a diagonal",
    (a, b) => T.einsum("iij,jk->ik", a!, b!),
    [
      [2, 2, 3],
      [3, 2],
    ],
  ],
  ["einsum of three", (a, b, c) => T.einsum("i,ij,j->", a!, b!, c!), [[2], [2, 3], [3]]],
  ["outer", (a, b) => T.outer(a!, b!), [[2], [3]]],
  [
    "kron",
    (a, b) => T.kron(a!, b!),
    [
      [2, 2],
      [1, 3],
    ],
  ],
  ["cross", (a, b) => T.cross(a!, b!), [[2, 3], [3]]],
  ["gram", (x) => T.gram(x!), [[2, 3]]],
  ["trace", (x) => T.trace(T.matmul(x!, x!)), [[3, 3]]],
  ["linear", (x, w, b) => T.linear(x!, w!, b!), [[2, 3], [4, 3], [4]]],
  [
    "bilinear",
    (x, y, w) => T.bilinear(x!, y!, w!),
    [
      [2, 2],
      [2, 3],
      [2, 2, 3],
    ],
  ],
  [
    "roll, flip, tile, repeat",
    (x) =>
      T.roll(x!, 1, { axis: 1 })
        .mul(T.flip(x!))
        .mul(T.tile(x!, [1, 1]))
        .sum()
        .add(T.repeat(x!, 2).square().sum()),
    [[2, 3]],
  ],
  [
    "pad, circular",
    (x) =>
      T.pad(
        x!,
        [
          [1, 0],
          [2, 1],
        ],
        { mode: "circular" },
      ).square(),
    [[2, 3]],
  ],
  [
    "pad, reflect",
    (x) =>
      T.pad(
        x!,
        [
          [1, 0],
          [2, 1],
        ],
        { mode: "reflect" },
      ).square(),
    [[2, 3]],
  ],
  [
    "pad, replicate",
    (x) =>
      T.pad(
        x!,
        [
          [1, 0],
          [2, 1],
        ],
        { mode: "replicate" },
      ).square(),
    [[2, 3]],
  ],
  [
    "pad with a value",
    (x) =>
      T.pad(
        x!,
        [
          [1, 0],
          [0, 1],
        ],
        { value: 2 },
      ).square(),
    [[2, 3]],
  ],
  ["tril, triu", (x) => T.tril(x!).matmul(T.triu(x!)), [[3, 3]]],
  ["diag, diagonal", (x) => T.diag(T.diagonal(x!).square()).add(x!.square()), [[3, 3]]],
  [
    "concat, stack, split",
    (a, b) =>
      T.concat([a!, b!])
        .square()
        .split(2)[1]!
        .add(T.stack([a!, b!]).prod({ axis: 0 })),
    [[2], [2]],
  ],
  ["at", (x) => T.at<readonly number[], readonly T.Index[]>(x!, "::-1", int([0, 2, 0])).square(), [[2, 3]]],
  [
    "gather",
    (x) =>
      T.gather(
        x!,
        int([
          [0, 2],
          [1, 1],
        ]),
        { axis: 1 },
      ).square(),
    [[2, 3]],
  ],
  [
    "scatter",
    (x, u) =>
      T.scatter(
        x!,
        int([
          [0, 2],
          [1, 0],
        ]),
        u!,
        { axis: 1 },
      ).square(),
    [
      [2, 3],
      [2, 2],
    ],
  ],
  [
    "scatterAdd",
    (x, u) =>
      T.scatterAdd(
        x!,
        int([
          [0, 0],
          [1, 0],
        ]),
        u!,
        { axis: 1 },
      ).square(),
    [
      [2, 3],
      [2, 2],
    ],
  ],
  [
    "indexAdd",
    (x, u) => T.indexAdd(x!, int([1, 1]), u!, { axis: 0 }).square(),
    [
      [2, 3],
      [2, 3],
    ],
  ],
  [
    "sort",
    (x) =>
      T.sort(x!, { axis: 0 })
        .square()
        .mul(T.arange(4, { dtype: "float64" }).reshape([4, 1])),
    [[4, 2]],
  ],
  [
    "where",
    (a, b) =>
      T.where<readonly number[], readonly number[], readonly number[]>(tensor([true, false]), a!.square(), b!.exp()),
    [[2], [2]],
  ],
];

describe.each(devices)("on %s", (device) => {
  beforeAll(() => {
    setDefaultDevice(device);
    T.manualSeed(1);
  });

  describe("agree with central differences", () => {
    test.each(rows.map((row) => [row[0], row] as const))("%s", (_, [, f, shapes, low, high]) => {
      gradCheck(
        f,
        shapes.map((shape) => drawn(shape, low, high)),
      );
    });
  });

  describe("at the awkward points", () => {
    const slope = (f: (x: Tensor) => Tensor, at: readonly number[]): number[] => {
      const x: Tensor = tensor([...at], { dtype: "float64" });
      return [...grad((v: Tensor) => f(v).sum())(x).dataSync()];
    };
    const curvature = (f: (x: Tensor) => Tensor, at: readonly number[]): number[] =>
      slope((v) => grad((w: Tensor) => f(w).sum())(v), at);

    test("functions of two formulas join smoothly where they meet", () => {
      expect(slope((x) => x.sigmoid(), [0])).toEqual([0.25]);
      expect(slope((x) => x.softplus(), [0])).toEqual([0.5]);
      expect(curvature((x) => x.softplus(), [0])).toEqual([0.25]);
      expect(curvature((x) => x.sinc(), [0])[0]).toBeCloseTo(-(Math.PI ** 2) / 3, 12);
      expect(slope((x) => x.logaddexp(x.detach()), [1])).toEqual([0.5]);
      expect(curvature((x) => x.logaddexp(x.detach()), [1])).toEqual([0.25]);
    });

    test("products with zeros have the derivatives of the polynomial", () => {
      expect(slope((x) => x.prod(), [0, 2, 3])).toEqual([6, 0, 0]);
      expect(slope((x) => x.prod(), [0, 0, 3])).toEqual([0, 0, 0]);
      // the gradient of x₁x₂ + x₀x₂ + x₀x₁, the sum of the gradient
      expect(curvature((x) => x.prod(), [0, 0, 3])).toEqual([3, 3, 0]);
      expect(slope((x) => x.cumprod(), [0, 2])).toEqual([3, 0]);
    });

    test("roots have slope 0 where they are 0", () => {
      expect(slope((x) => x.norm(), [0, 0])).toEqual([0, 0]);
      expect(slope((x) => x.std(), [1, 1])).toEqual([0, 0]);
      expect(slope((x) => x.hypot(x), [0])).toEqual([0]);
    });

    test("saturation leaves no NaN", () => {
      expect(slope((x) => x.sigmoid(), [-800, 800])).toEqual([0, 0]);
      expect(slope((x) => x.softplus(), [-800, 800])).toEqual([0, 1]);
      expect(slope((x) => x.logsumexp(), [1000, Number.NEGATIVE_INFINITY])).toEqual([1, 0]);
      expect(slope((x) => x.logaddexp(0), [1000, -1000])).toEqual([1, 0]);
    });

    test("the branch of where that is not taken does not poison the gradient, at any order", () => {
      const masked = (f: (x: Tensor) => Tensor) => (x: Tensor) => T.where(x.greater(0), f(x), 0);
      for (const f of [(x: Tensor) => x.sqrt(), (x: Tensor) => x.log(), (x: Tensor) => x.reciprocal()]) {
        expect(slope(masked(f), [0, -1])).toEqual([0, 0]);
        expect(curvature(masked(f), [0, -1])).toEqual([0, 0]);
      }
      expect(
        curvature(
          masked((x) => x.sqrt()),
          [4],
        )[0],
      ).toBeCloseTo(-1 / 32, 12);
    });
  });
});
