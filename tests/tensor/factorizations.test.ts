/** Factorisations: what their results multiply to, first and second derivatives, awkward matrices, errors. */
import { describe, expect, test } from "vitest";
import { grad, gradCheck } from "../../src/autodiff/index.ts";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import * as T from "../../src/tensor/index.ts";
import { type Tensor, tensor } from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

const dtype = "float64";

/** Irregular numbers in −1.5 … 1.5: fractions of multiples of the golden ratio. */
function irregular(shape: readonly number[], device = "reference"): Tensor {
  const golden = (1 + Math.sqrt(5)) / 2;
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: size }, (_, i) => ((((i + 1) * golden) % 1) - 0.5) * 3);
  return tensor(values, { shape, dtype, device });
}

/** A stack of well conditioned matrices. */
function regular(shape: readonly number[], device = "reference"): Tensor {
  return irregular(shape, device).add(T.eye(shape.at(-2)!, { m: shape.at(-1)!, dtype, device }).mul(3));
}

const positive = (x: Tensor): Tensor => x.matmul(x.mT).add(T.eye(x.shape.at(-1)!, { dtype, device: "reference" }));

function expectEqual(a: Tensor, b: Tensor): void {
  expect(a.shape).toEqual(b.shape);
  const [x, y] = [a.dataSync(), b.dataSync()];
  for (let i = 0; i < x.length; i++) expect(x[i]!).toBeCloseTo(y[i]!, 12);
}

describe.each(devices)("on %s", (device) => {
  test.each(["float16", "bfloat16"] as const)("pinv and lstsq of %s are computed in float32", (half) => {
    const a = tensor(
      [
        [1, 0],
        [1, 1],
        [1, 2],
      ],
      { dtype: half, device },
    );
    const b = tensor([1, 3, 5], { dtype: half, device });
    const wide = T.pinv(a.astype("float32") as Tensor);
    expect(T.pinv(a).dtype).toBe(half);
    expect(T.pinv(a).arraySync()).toEqual(wide.astype(half).arraySync());
    const x = T.lstsq(a, b);
    expect(x.dtype).toBe(half);
    expect(x.arraySync()).toEqual(
      T.lstsq(a.astype("float32") as Tensor, b.astype("float32") as Tensor)
        .astype(half)
        .arraySync(),
    );
    expect(x.at(1).item()).toBeCloseTo(2, 2);
    // rank 1: without an rcond of its own, the second singular value must count as 0
    const flat = tensor(
      [
        [1, 2],
        [2, 4],
      ],
      { dtype: half, device },
    );
    expect(T.pinv(flat).at(1, 1).item()).toBeCloseTo(4 / 25, 2);
    expect(T.pinv(flat, { rcond: 0.1 }).at(0, 0).item()).toBeCloseTo(1 / 25, 2);
  });

  const shapes = [
    [3, 3],
    [5, 2],
    [2, 5],
    [2, 3, 4],
    [1, 1],
    [0, 3],
    [3, 0],
    [0, 2, 2],
  ].map((s) => [s] as const);

  test.each(shapes)("q r = x with orthonormal q and a diagonal that is not negative: %j", (shape) => {
    const x = irregular(shape, device);
    const { q, r } = T.qr(x);
    expectEqual(q.matmul(r), x);
    expectEqual(
      q.mT.matmul(q),
      T.broadcastTo(T.eye(q.shape.at(-1)!, { dtype, device }), [
        ...shape.slice(0, -2),
        q.shape.at(-1)!,
        q.shape.at(-1)!,
      ]),
    );
    expect(
      T.diagonal(r, { axis1: -2, axis2: -1 })
        .dataSync()
        .every((entry) => entry >= 0),
    ).toBe(true);
  });

  test.each(shapes)("u diag(s) vT = x with s descending: %j", (shape) => {
    const x = irregular(shape, device);
    const { u, s, vT } = T.svd(x);
    expectEqual(u.mul(T.expandDims(s, -2)).matmul(vT), x);
    const k = s.shape.at(-1)!;
    expectEqual(u.mT.matmul(u), T.broadcastTo(T.eye(k, { dtype, device }), [...shape.slice(0, -2), k, k]));
    expect(s.dataSync().every((entry, i, all) => i % k === 0 || all[i - 1]! >= entry)).toBe(true);
  });

  test("a matrix of rank 1 has orthonormal singular vectors all the same", () => {
    const x = tensor(
      [
        [1, 2, 3],
        [2, 4, 6],
        [0, 0, 0],
      ],
      { dtype, device },
    );
    const { u, s, vT } = T.svd(x);
    expectEqual(s, tensor([Math.sqrt(70), 0, 0], { dtype, device }));
    expectEqual(u.mT.matmul(u), T.eye(3, { dtype, device }));
    expectEqual(vT.matmul(vT.mT), T.eye(3, { dtype, device }));
    expectEqual(x.matmul(T.pinv(x)).matmul(x), x);
  });

  test("v diag(w) vᵀ is the symmetric matrix", () => {
    const x = irregular([2, 5, 5], device);
    const symmetric = x.add(x.mT).div(2);
    const { w, v } = T.eigh(symmetric);
    expectEqual(v.mul(T.expandDims(w, -2)).matmul(v.mT), symmetric);
  });

  test("systems of 40 unknowns are solved, and a and b broadcast", () => {
    const a = regular([40, 40], device);
    const b = irregular([3, 40, 2], device);
    expectEqual(a.matmul(T.solve(a, b)), b);
    expectEqual(T.det(a).log(), T.slogdet(a).logAbsDet);
  });

  test("in a compiled step, with a gradient", () => {
    const step = T.compile((a: Tensor) => grad((x: Tensor) => T.slogdet(x).logAbsDet)(a));
    const a = regular([3, 3], device);
    expectEqual(step(a), T.inverse(a).mT);
  });
});

describe("derivatives, first and second order", () => {
  const square = regular([2, 3, 3]);
  test.each<[string, (...xs: Tensor[]) => Tensor, Tensor[]]>([
    ["inverse", (x) => T.inverse(x!), [square]],
    ["det", (x) => T.det(x!), [square]],
    ["det of 5 × 5", (x) => T.det(x!).log(), [regular([5, 5])]],
    ["slogdet", (x) => T.slogdet(x!).logAbsDet, [square]],
    ["cholesky", (x) => T.cholesky(positive(x!)), [square]],
    ["solve with a vector", (a, b) => T.solve(a!, b!), [regular([3, 3]), irregular([3])]],
    ["solve, broadcast", (a, b) => T.solve(a!, b!), [regular([3, 3]), irregular([2, 3, 2])]],
    ["q", (x) => T.qr(x!).q, [regular([4, 3])]],
    ["r of a wide matrix", (x) => T.qr(x!).r, [regular([2, 4])]],
    ["singular values", (x) => T.svd(x!).s, [regular([4, 3])]],
    ["singular vectors", (x) => T.svd(x!).u.matmul(T.svd(x!).vT), [regular([3, 3])]],
    ["pinv of a tall matrix", (x) => T.pinv(x!), [regular([4, 2])]],
    ["pinv of a wide matrix", (x) => T.pinv(x!), [regular([2, 3])]],
    ["eigvalsh", (x) => T.eigvalsh(x!), [regular([3, 3])]],
    ["eigenvectors", (x) => T.eigh(x!).v, [regular([3, 3])]],
    ["lstsq", (a, b) => T.lstsq(a!, b!), [regular([4, 2]), irregular([4])]],
    ["third power", (x) => T.matrixPower(x!, 3), [regular([2, 2])]],
    ["power −2", (x) => T.matrixPower(x!, -2), [regular([2, 2])]],
  ])("%s", (_, f, args) => {
    gradCheck(f, args, { rtol: 1e-5, atol: 1e-6 });
  });

  test("the determinant of a singular matrix has the cofactors as its slope", () => {
    const x = tensor(
      [
        [1, 2],
        [2, 4],
      ],
      { dtype },
    );
    expectEqual(
      grad(T.det)(x),
      tensor(
        [
          [4, -2],
          [-2, 1],
        ],
        { dtype },
      ),
    );
  });

  test("equal eigenvalues and equal singular values can be differentiated", () => {
    const x = T.eye(3, { dtype });
    expectEqual(grad((m: Tensor) => T.eigvalsh(m).sum())(x), x);
    expectEqual(grad((m: Tensor) => T.svd(m).s.sum())(x), x);
  });
});

test("the power 0 is the identity, a vector's least squares are found, the empty determinant is 1", () => {
  expectEqual(T.matrixPower(irregular([2, 2]), 0), T.eye(2, { dtype, device: "reference" }));
  expectEqual(
    T.lstsq(
      tensor(
        [
          [1, 0],
          [1, 1],
          [1, 2],
        ],
        { dtype },
      ),
      tensor([1, 3, 5], { dtype }),
    ),
    tensor([1, 2], { dtype }),
  );
  expect(T.det(tensor([], { shape: [0, 0], dtype })).itemSync()).toBe(1);
  const { sign, logAbsDet } = T.slogdet(
    tensor(
      [
        [1, 2],
        [2, 4],
      ],
      { dtype },
    ),
  );
  expect([sign.itemSync(), logAbsDet.itemSync()]).toEqual([0, -Infinity]);
});

describe("wrong calls", () => {
  const z = (...shape: number[]): Tensor => T.zeros(shape);
  test.each<[() => unknown, Error]>([
    [() => T.inverse(z(3)), new ShapeError("inverse: [3] is no matrix; the shape is [..., rows, columns]")],
    [() => T.det(z(2, 3)), new ShapeError("det: [2, 3] is not square (2 ≠ 3); lstsq and pinv take any matrix")],
    [
      () => T.solve(z(2, 2), z(3)),
      new ShapeError("solve: a [2, 2] needs a b of 2 rows, not [3]; b is [2] or [..., 2, k]"),
    ],
    [
      () => T.lstsq(z(4, 2), z(2)),
      new ShapeError("lstsq: a [4, 2] needs a b of 4 rows, not [2]; b is [4] or [..., 4, k]"),
    ],
    [() => T.matrixPower(z(2, 2), 0.5), new ValueError("matrixPower: the power 0.5 is not a whole number")],
    [() => T.matrixPower(z(2, 3), 2), new ShapeError("matrixPower: [2, 3] is not square (2 ≠ 3)")],
    [() => T.pinv(z(2, 2), { rcond: -1 }), new ValueError("pinv: rcond -1 is not a number from 0")],
    [
      () => T.inverse(z(2, 2)).dataSync(),
      new ValueError("inverse: the matrix [2, 2] is singular; pinv and lstsq take such matrices"),
    ],
    [
      () => T.solve(T.stack([T.eye(2), z(2, 2)]), z(2)).dataSync(),
      new ValueError("solve: matrix 1 of [2, 2, 2] is singular; pinv and lstsq take such matrices"),
    ],
    [
      () => T.cholesky(T.eye(2).neg()).dataSync(),
      new ValueError(
        "cholesky: the matrix [2, 2] is not positive definite; add a multiple of the identity, or use eigh",
      ),
    ],
  ])("%s", (call, error) => {
    expect(call).toThrow(error);
  });
});
