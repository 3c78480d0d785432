/** Complex tensors. Expected values: NumPy 2.4 in complex128, where no other source is named. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { grad, gradCheck, jacobian, jvp, vjp } from "../../src/autodiff/index.ts";
import { io } from "../../src/index.ts";
import { defaultDevice, setDefaultDevice } from "../../src/runtime/index.ts";
import * as T from "../../src/tensor/index.ts";
import { complex, type Tensor, tensor } from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

type Pair = readonly [re: number, im: number];

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

function vector(...pairs: Pair[]): Tensor {
  return complex(tensor(pairs.map(([re]) => re)), tensor(pairs.map(([, im]) => im)));
}

function expectComplex(z: Tensor, expected: readonly Pair[], tolerance = 1e-6): void {
  expect(z.dtype).toBe("complex64");
  expectNumbers(z.dataSync(), expected.flat(), tolerance);
}

function expectNumbers(found: ArrayLike<number>, expected: readonly number[], tolerance = 1e-6): void {
  expect(found.length).toBe(expected.length);
  expected.forEach((x, i) => {
    const y = found[i] ?? Number.NaN;
    const near = Object.is(x, y) || Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(x));
    if (!near) expect.fail(`number ${i} is ${y}, expected ${x}`);
  });
}

const z = vector([1, 2], [-3, 0.5], [0, -2], [-1, 0], [0.25, -0.75]);
const w = vector([2, -1], [0.5, 0.5], [-1, 3], [0, 1], [-4, 0]);
const a = complex(
  tensor([
    [1, 2],
    [0, 0],
    [3, 0.5],
  ]),
  tensor([
    [1, 0],
    [0, -1],
    [-1, 0],
  ]),
);
const b = complex(
  tensor([
    [0, 1, 2],
    [1, -1, 0],
  ]),
  tensor([
    [1, 0, 1],
    [0, 0, 0],
  ]),
);

const original = defaultDevice();
afterAll(() => setDefaultDevice(original));

describe.each(devices)("on %s", (device) => {
  beforeAll(() => setDefaultDevice(device));

  test.each<[string, () => Tensor, Pair[]]>([
    [
      "add",
      () => z.add(w),
      [
        [3, 1],
        [-2.5, 1],
        [-1, 1],
        [-1, 1],
        [-3.75, -0.75],
      ],
    ],
    [
      "sub",
      () => z.sub(w),
      [
        [-1, 3],
        [-3.5, 0],
        [1, -5],
        [-1, -1],
        [4.25, -0.75],
      ],
    ],
    [
      "mul",
      () => z.mul(w),
      [
        [4, 3],
        [-1.75, -1.25],
        [6, 2],
        [0, -1],
        [-1, 3],
      ],
    ],
    [
      "div",
      () => z.div(w),
      [
        [0, 1],
        [-2.5, 3.5],
        [-0.6, 0.2],
        [0, 1],
        [-0.0625, 0.1875],
      ],
    ],
    [
      "neg",
      () => z.neg(),
      [
        [-1, -2],
        [3, -0.5],
        [0, 2],
        [1, 0],
        [-0.25, 0.75],
      ],
    ],
    [
      "conj",
      () => z.conj(),
      [
        [1, -2],
        [-3, -0.5],
        [0, 2],
        [-1, 0],
        [0.25, 0.75],
      ],
    ],
    [
      "exp",
      () => z.exp(),
      [
        [-1.1312044, 2.4717267],
        [0.043692263, 0.023869192],
        [-0.41614684, -0.90929743],
        [0.36787944, 0],
        [0.9395071, -0.87524149],
      ],
    ],
    [
      "log",
      () => z.log(),
      [
        [0.80471896, 1.1071487],
        [1.1123118, 2.976444],
        [Math.LN2, -1.5707963],
        [0, Math.PI],
        [-0.23500181, -1.2490458],
      ],
    ],
    [
      "sqrt",
      () => z.sqrt(),
      [
        [1.2720196, 0.78615138],
        [0.14384239, 1.7380134],
        [1, -1],
        [0, 1],
        [0.72130764, -0.51988913],
      ],
    ],
    [
      "sin",
      () => z.sin(),
      [
        [3.1657785, 1.959601],
        [-0.15913059, -0.51588044],
        [0, -3.6268604],
        [-0.84147098, 0],
        [0.32030977, -0.7967529],
      ],
    ],
    [
      "cos",
      () => z.cos(),
      [
        [2.032723, -3.0518978],
        [-1.1163412, 0.073536974],
        [3.7621957, 0],
        [0.54030231, 0],
        [1.2544347, 0.20344442],
      ],
    ],
    [
      "sinh",
      () => z.sinh(),
      [
        [-0.48905626, 1.4031193],
        [-8.7915123, 4.8266943],
        [0, -0.90929743],
        [-1.1752012, 0],
        [0.18483362, -0.70305115],
      ],
    ],
    [
      "cosh",
      () => z.cosh(),
      [
        [-0.64214812, 1.0686074],
        [8.8352046, -4.8028251],
        [-0.41614684, 0],
        [1.5430806, 0],
        [0.75467348, -0.17219035],
      ],
    ],
    [
      "pow 3",
      () => z.pow(3),
      [
        [-11, -2],
        [-24.75, 13.375],
        [0, 8],
        [-1, 0],
        [-0.40625, 0.28125],
      ],
    ],
    [
      "pow −2",
      () => z.pow(-2),
      [
        [-0.12, -0.16],
        [0.10226443, 0.035062089],
        [-0.25, 0],
        [1, 0],
        [-1.28, 0.96],
      ],
    ],
    [
      "pow 0",
      () => z.pow(0),
      [
        [1, 0],
        [1, 0],
        [1, 0],
        [1, 0],
        [1, 0],
      ],
    ],
    [
      "pow ½",
      () => z.pow(0.5),
      [
        [1.2720196, 0.78615138],
        [0.14384239, 1.7380134],
        [1, -1],
        [0, 1],
        [0.72130764, -0.51988913],
      ],
    ],
    [
      "pow of a tensor",
      () => z.pow(w),
      [
        [2.4284477, 14.932415],
        [-0.1795753, 0.35040462],
        [-48.612757, -27.105568],
        [0.043213918, 0],
        [0.7168, -2.4576],
      ],
    ],
    [
      "tan",
      () => z.tan(),
      [
        [0.033812826, 1.0147936],
        [0.11162105, 0.46946999],
        [-0, -0.96402758],
        [-1.5574077, 0],
        [0.14842932, -0.65922124],
      ],
    ],
    [
      "tanh",
      () => z.tanh(),
      [
        [1.1667363, -0.2434582],
        [-0.99731637, 0.0041604266],
        [-0, 2.1850399],
        [-0.76159416, 0],
        [0.43483922, -0.83238121],
      ],
    ],
    [
      "sign",
      () => T.concat([z, vector([0, 0])]).sign(),
      [
        [0.4472136, 0.89442719],
        [-0.98639392, 0.16439899],
        [-0, -1],
        [-1, 0],
        [0.31622777, -0.9486833],
        [0, 0],
      ],
    ],
    [
      "square",
      () => z.square(),
      [
        [-3, 4],
        [8.75, -3],
        [-4, 0],
        [1, 0],
        [-0.5, -0.375],
      ],
    ],
    [
      "reciprocal",
      () => z.reciprocal(),
      [
        [0.2, -0.4],
        [-0.32432432, -0.054054054],
        [0, 0.5],
        [-1, 0],
        [0.4, 1.2],
      ],
    ],
    ["sum", () => z.sum(), [[-2.75, -0.25]]],
    ["mean", () => z.mean(), [[-0.55, -0.05]]],
    ["prod", () => z.prod(), [[-3.25, -10.25]]],
    [
      "cumsum",
      () => z.cumsum(),
      [
        [1, 2],
        [-2, 2.5],
        [-2, 0.5],
        [-3, 0.5],
        [-2.75, -0.25],
      ],
    ],
    [
      "cumprod",
      () => z.cumprod(),
      [
        [1, 2],
        [-4, -5.5],
        [-11, 8],
        [11, -8],
        [-3.25, -10.25],
      ],
    ],
    [
      "matmul",
      () => a.matmul(b),
      [
        [1, 1],
        [-1, 1],
        [1, 3],
        [0, -1],
        [0, 1],
        [0, 0],
        [1.5, 3],
        [2.5, -1],
        [7, 1],
      ],
    ],
    [
      "matmul with a real matrix",
      () =>
        a.matmul(
          tensor([
            [1, 2],
            [3, 4],
          ]),
        ),
      [
        [7, 1],
        [10, 2],
        [0, -3],
        [0, -4],
        [4.5, -1],
        [8, -2],
      ],
    ],
    [
      "einsum",
      () => T.einsum("ij,ij->i", a, a),
      [
        [4, 2],
        [-1, 0],
        [8.25, -6],
      ],
    ],
    [
      "outer",
      () => z.at("0:2").outer(w.at("0:2")),
      [
        [4, 3],
        [-0.5, 1.5],
        [-5.5, 4],
        [-1.75, -1.25],
      ],
    ],
    [
      "cov",
      () => T.cov(a.T),
      [
        [3.3333333, 0],
        [0.083333333, 0.083333333],
        [0.083333333, -0.083333333],
        [1.4166667, 0],
      ],
    ],
  ])("%s", (_, f, expected) => expectComplex(f(), expected));

  test.each<[string, () => Tensor, number[]]>([
    ["abs", () => z.abs(), [2.236068, 3.0413813, 2, 1, 0.79056942]],
    ["angle", () => z.angle(), [1.1071487, 2.976444, -1.5707963, Math.PI, -1.2490458]],
    ["angle of real numbers", () => T.angle(tensor([2, -1, 0])), [0, Math.fround(Math.PI), 0]],
    ["variance", () => T.variance(z), [3.67]],
    ["std", () => T.std(z), [1.9157244]],
    ["norm", () => T.norm(z), [4.4581386]],
    ["norm of order 1", () => T.norm(z, { ord: 1 }), [9.0680187]],
  ])("%s is real", (_, f, expected) => {
    expect(f().dtype).toBe("float32");
    expectNumbers(f().dataSync(), expected);
  });

  describe("extremes", () => {
    test("abs and division do not overflow on the way", () => {
      const great = vector([3e38, 0], [1e30, 1e30], [3e-30, 4e-30], [0, 0], [inf, nan]);
      expectNumbers(great.abs().dataSync(), [Math.fround(3e38), 1.4142135e30, 5e-30, 0, inf], 2e-7);
      expectComplex(vector([1e30, 1e30]).div(vector([1e30, 1e30])), [[1, 0]]);
      expectComplex(vector([1e-30, 2e-30]).div(vector([1e-30, -1e-30])), [[-0.5, 1.5]]);
    });

    test("the logarithm keeps its digits near the unit circle", () => {
      // |z|² = 1 + 2·10⁻⁴ + 10⁻⁸ for z = 1.0001: ln |z| = 9.9995…·10⁻⁵, and (0.6, 0.8) lies on the circle but for rounding
      const [x, y] = [Math.fround(1.0001), Math.fround(1e-3)];
      const exact = Math.log(Math.hypot(x, y));
      const found = vector([x, y]).log().real().dataSync()[0] ?? nan;
      expect(Math.abs(found - exact)).toBeLessThan(1e-6 * exact);
    });

    test("the root's imaginary part has the sign of z's on the branch cut", () => {
      expectComplex(vector([-4, 0], [-4, -0], [0, 0]).sqrt(), [
        [0, 2],
        [0, -2],
        [0, 0],
      ]);
    });

    test("tanh far out is 1", () => {
      expectComplex(vector([300, 1], [-300, 1]).tanh(), [
        [1, 0],
        [-1, 0],
      ]);
    });

    test("0 to a power", () => {
      expectComplex(vector([0, 0], [0, 0]).pow(vector([2, 1], [0, 0])), [
        [0, 0],
        [1, 0],
      ]);
    });

    test("NaN in one part makes the number NaN, an infinite part makes it infinite", () => {
      const odd = vector([nan, 1], [inf, 1], [1, 2]);
      expect(T.isnan(odd).arraySync()).toEqual([1, 0, 0]);
      expect(T.isinf(odd).arraySync()).toEqual([0, 1, 0]);
      expect(T.isfinite(odd).arraySync()).toEqual([0, 0, 1]);
    });
  });

  describe("making and taking apart", () => {
    test("parts, also of real tensors", () => {
      expect(z.real().arraySync()).toEqual([1, -3, 0, -1, 0.25]);
      expect(z.imag().arraySync()).toEqual([2, 0.5, -2, 0, -0.75]);
      const x = tensor([1, 2]);
      expect(x.real().arraySync()).toEqual([1, 2]);
      expect(x.imag().arraySync()).toEqual([0, 0]);
      expect(x.conj()).toBe(x);
    });

    test("creation with dtype complex64", () => {
      const { zeros, ones, full } = T;
      expectComplex(zeros([2], { dtype: "complex64" }), [
        [0, 0],
        [0, 0],
      ]);
      expectComplex(ones([1], { dtype: "complex64", requiresGrad: true }), [[1, 0]]);
      expectComplex(full([1], 2.5, { dtype: "complex64" }), [[2.5, 0]]);
      expectComplex(tensor([1, -2], { dtype: "complex64" }), [
        [1, 0],
        [-2, 0],
      ]);
      expectComplex(T.zerosLike(z).at("0:1"), [[0, 0]]);
      expectComplex(T.linspace(0, 1, 2, { dtype: "complex64" }), [
        [0, 0],
        [1, 0],
      ]);
      expectComplex(T.arange(2, { dtype: "complex64" }), [
        [0, 0],
        [1, 0],
      ]);
      expectComplex(T.eye(2, { dtype: "complex64" }), [
        [1, 0],
        [0, 0],
        [0, 0],
        [1, 0],
      ]);
      expectComplex(complex(tensor([1, 2]), 3), [
        [1, 3],
        [2, 3],
      ]);
      expectComplex(complex(0, tensor(1, { dtype: "float64" })), [[0, 1]]);
    });

    test("pairs as a last axis", () => {
      expect(T.viewAsReal(z.at("0:2")).arraySync()).toEqual([
        [1, 2],
        [-3, 0.5],
      ]);
      expectComplex(T.viewAsComplex(T.viewAsReal(z)), [
        [1, 2],
        [-3, 0.5],
        [0, -2],
        [-1, 0],
        [0.25, -0.75],
      ]);
      expect(() => T.viewAsComplex(tensor([1, 2, 3]))).toThrow(
        "viewAsComplex: the last axis of [3] holds no pairs; it must have size 2",
      );
    });

    test("beside other dtypes everything becomes complex64", () => {
      expectComplex(z.at("0:1").add(1), [[2, 2]]);
      expectComplex(z.at("0:1").mul(tensor([2], { dtype: "float64" })), [[2, 4]]);
      expectComplex(tensor([3], { dtype: "int32" }).sub(z.at("0:1")), [[2, -2]]);
      expectComplex(z.at("0:1").mul(tensor([true])), [[1, 2]]);
      expectComplex(T.div(1, z.at("0:1")), [[0.2, -0.4]]);
    });

    test("shapes, places, joining and choice", () => {
      const m = z.at("0:4").reshape([2, 2]);
      expectComplex(m.T, [
        [1, 2],
        [0, -2],
        [-3, 0.5],
        [-1, 0],
      ]);
      expectComplex(m.at(1), [
        [0, -2],
        [-1, 0],
      ]);
      expectComplex(m.flip(0).at(0), [
        [0, -2],
        [-1, 0],
      ]);
      expectComplex(T.concat([z.at("0:1"), tensor([5]).astype("complex64")]), [
        [1, 2],
        [5, 0],
      ]);
      expectComplex(T.stack([z.at(0), z.at(1)]), [
        [1, 2],
        [-3, 0.5],
      ]);
      expectComplex(z.take(tensor([4, 0], { dtype: "int32" })), [
        [0.25, -0.75],
        [1, 2],
      ]);
      expectComplex(T.where(tensor([true, false]), z.at("0:2"), 0), [
        [1, 2],
        [0, 0],
      ]);
      expectComplex(T.pad(z.at("0:1"), [[1, 0]]), [
        [0, 0],
        [1, 2],
      ]);
      expectComplex(T.broadcastTo(z.at("0:1"), [2, 1]), [
        [1, 2],
        [1, 2],
      ]);
      expectComplex(T.diag(z.at("0:2")), [
        [1, 2],
        [0, 0],
        [0, 0],
        [-3, 0.5],
      ]);
      expect(T.zeros([0, 2], { dtype: "complex64" }).sum().dataSync()).toEqual(new Float32Array(2));
    });

    test("equality and truth", () => {
      expect(z.equal(vector([1, 2], [-3, 1], [0, -2], [1, 0], [0.25, 0.75])).arraySync()).toEqual([1, 0, 1, 0, 0]);
      expect(z.notEqual(z).arraySync()).toEqual([0, 0, 0, 0, 0]);
      expect(vector([0, 0], [0, 1]).astype("bool").arraySync()).toEqual([0, 1]);
      expect(T.isclose(vector([1, 1]), vector([1, 1 + 1e-6])).arraySync()).toEqual([1]);
      expect(T.nonzero(vector([0, 0], [0, 1], [2, 0])).arraySync()).toEqual([[1], [2]]);
      expect(T.countNonzero(vector([0, 0], [0, 1])).item()).toBe(1);
    });
  });

  describe("derivatives", () => {
    const point = [tensor([0.7, -1.2, 0.3]), tensor([-0.4, 0.8, 1.1])];
    const other = vector([1.1, -0.3], [0.4, 0.9], [-0.8, 0.5]);
    // of both parts, with weights that tell them apart; float32 allows wide steps only
    const both = (y: Tensor): Tensor => y.real().mul(0.7).add(y.imag().mul(1.3));
    const check = (f: (v: Tensor) => Tensor): void =>
      gradCheck((x, y) => f(complex(x!, y!)), point, { step: 1e-2, rtol: 5e-3, atol: 2e-3 });

    test.each<[string, (v: Tensor) => Tensor]>([
      ["mul", (v) => both(v.mul(other).mul(v))],
      ["div", (v) => both(other.div(v))],
      ["abs", (v) => v.abs()],
      ["angle", (v) => v.angle()],
      ["exp", (v) => both(v.exp())],
      ["log", (v) => both(v.log())],
      ["sqrt", (v) => both(v.sqrt())],
      ["pow", (v) => both(v.pow(3).add(v.pow(-1)))],
      ["prod", (v) => both(v.prod())],
      ["matmul", (v) => both(v.reshape([3, 1]).matmul(v.conj().reshape([1, 3])))],
      ["sin and cosh", (v) => both(v.sin().mul(v.cosh()))],
      ["tan and tanh", (v) => both(v.tan().mul(v.tanh()))],
      ["sign", (v) => both(v.sign())],
    ])("%s", (_, f) => check(f));

    test("the gradient of a real loss is ∂L/∂a + i ∂L/∂b", () => {
      const of = (f: (v: Tensor) => Tensor): Tensor => grad(f)(vector([1, 2], [0, -3]));
      expectComplex(
        of((v) => v.abs().square().sum()),
        [
          [2, 4],
          [0, -6],
        ],
      ); // 2z
      expectComplex(
        of((v) => v.square().real().sum()),
        [
          [2, -4],
          [0, 6],
        ],
      ); // the conjugate of 2z
      expectComplex(
        of((v) => v.imag().sum()),
        [
          [0, 1],
          [0, 1],
        ],
      );
      expectComplex(
        of(() => tensor(1)),
        [
          [0, 0],
          [0, 0],
        ],
      );
    });

    test("|z| has slope 0 at 0", () => {
      expectComplex(grad((v: Tensor) => v.abs().sum())(vector([0, 0])), [[0, 0]]);
      expectComplex(grad((v: Tensor) => T.norm(v))(vector([0, 0])), [[0, 0]]);
    });

    test("the root's slope on the imaginary axis is 1/2√z", () => {
      // z = 2i: 1/2√z = 1/(2 + 2i) = (1 − i)/4, whose conjugate is the gradient of Re √z
      expectComplex(grad((v: Tensor) => v.sqrt().real().sum())(vector([0, 2])), [[0.25, 0.25]]);
    });

    test("a leaf collects its gradient", () => {
      const leaf = T.full([2], 3, { dtype: "complex64", requiresGrad: true });
      leaf
        .mul(vector([0, 1], [2, 0]))
        .real()
        .sum()
        .backward();
      leaf.imag().sum().backward();
      expect(leaf.grad?.dtype).toBe("complex64");
      expectComplex(leaf.grad ?? z, [
        [0, 0],
        [2, 1],
      ]); // conj(i) + i = 0, conj(2) + i
    });

    test("cotangents and tangents of complex results are complex", () => {
      const [y, pull] = vjp((v: Tensor) => v.mul(vector([0, 2])), vector([1, 1]));
      expectComplex(y, [[-2, 2]]);
      expectComplex(pull(vector([1, 0]))[0], [[0, -2]]); // conj(2i)
      const [, tangent] = jvp((v: Tensor) => v.square(), [vector([1, 2])], [vector([0, 1])]);
      expectComplex(tangent, [[-4, 2]]); // 2z · i
    });

    test("gradients have gradients", () => {
      const slope = (v: Tensor): Tensor =>
        grad((u: Tensor) => u.abs().square().square().sum())(v)
          .imag()
          .sum();
      // L = |z|⁴, ∂L/∂b = 4b(a² + b²): ∂/∂a = 8ab, ∂/∂b = 4a² + 12b²
      expectComplex(grad(slope)(vector([1, 2])), [[16, 52]], 1e-5);
    });
  });

  test("compile takes and gives complex tensors", () => {
    const f = T.compile((v: Tensor, x: Tensor) => ({ product: v.mul(v), size: v.abs(), shifted: [x.add(v), x] }));
    for (const factor of [1, 2]) {
      const { product, size, shifted } = f(vector([factor, 2]), tensor([1]));
      expectComplex(product, [[factor ** 2 - 4, 4 * factor]]);
      expectNumbers(size.dataSync(), [Math.hypot(factor, 2)]);
      expectComplex(shifted[0] ?? z, [[1 + factor, 2]]);
    }
    expect(f.programs).toBe(1);
    const slope = T.compile((v: Tensor) => grad((u: Tensor) => u.abs().square().sum())(v));
    expectComplex(slope(vector([1, 2])), [[2, 4]]);
  });

  test("detach, copies to other devices", () => {
    expectComplex(z.mul(1).detach().at("0:1"), [[1, 2]]);
    expectComplex(z.at("0:1").to("reference"), [[1, 2]]);
  });
});

describe("border", () => {
  test("data has both parts in turn", () => {
    expect(z.at("0:2").dataSync()).toEqual(Float32Array.of(1, 2, -3, 0.5));
    expect(z.itemsize).toBe(8);
    expect(() => z.arraySync()).toThrow("array: complex numbers have two parts; read real(z) and imag(z), or data()");
    expect(() => z.at(0).item()).toThrow("item: complex numbers have two parts");
  });

  test.each<[Tensor, string]>([
    [vector([1, 2], [-1.5, -0.25]), "[ 1. +2.j   -1.5-0.25j]"],
    [
      complex(
        tensor([
          [1, 100],
          [0, 0],
        ]),
        tensor([
          [2, -3],
          [0, 1],
        ]),
      ),
      "[[  1.+2.j 100.-3.j]\n [  0.+0.j   0.+1.j]]",
    ],
    [vector([nan, 1], [inf, -inf]), "[nan +1.j inf-infj]"],
    [vector([1e-10, 1], [2, 0]), "[1.e-10+1.j 2.e+00+0.j]"],
    [T.zeros([0], { dtype: "complex64" }), "[]"],
    [z.at(0), "(1+2j)"],
    [complex(tensor(0), 2), "2j"],
    [complex(tensor(-1.5), -0.25), "(-1.5-0.25j)"],
    [complex(tensor(1e10), 1e-7), "(1e+10+1e-07j)"],
    [complex(tensor(nan), inf), "(nan+infj)"],
    [complex(tensor(1 / 3), 1), "(0.33333334+1j)"],
  ])("prints %s", (x, text) => {
    expect(x.toString()).toBe(text);
  });

  test("goes through safetensors as C64", async () => {
    const bytes = await io.writeSafetensors({ z: a, x: tensor([1]) });
    expect(new TextDecoder().decode(bytes)).toContain('"dtype":"C64","shape":[3,2]');
    const read = io.readSafetensors(bytes).tensors.z ?? z;
    expect(read.shape).toEqual([3, 2]);
    expect(read.dtype).toBe("complex64");
    expect(read.dataSync()).toEqual(a.dataSync());
  });

  test.each<[string, () => Tensor]>([
    ["less", () => T.less(z, w)],
    ["floor", () => T.floor(z)],
    ["maximum", () => T.maximum(z, w)],
    ["max", () => T.max(z)],
    ["sort", () => T.sort(z)],
    ["argmax", () => T.argmax(z)],
    ["median", () => T.median(z)],
    ["logsumexp", () => T.logsumexp(z)],
    ["relu", () => T.relu(z)],
    ["clamp", () => T.clamp(z, { min: 0 })],
    ["hypot", () => T.hypot(z, w)],
    ["inverse", () => T.inverse(a.matmul(b))],
    ["searchsorted", () => T.searchsorted(z, w)],
    ["atan2", () => T.atan2(z, w)],
    ["unique", () => T.unique(z)],
    ["erf", () => T.erf(z)],
    ["remainder", () => T.remainder(z, w)],
    ["det", () => T.det(a.matmul(b))],
  ])("%s has no meaning", (name, f) => {
    expect(f).toThrow(
      `${name}: is not defined for complex64; take the real part, the imaginary part, abs() or angle() first`,
    );
  });

  test("refuses what would lose a part", () => {
    expect(() => z.astype("float32")).toThrow(
      "cast: complex64 to float32 would lose the imaginary part; take real() or abs() first",
    );
    expect(() => T.bitwiseAnd(z, 1)).toThrow("bitwiseAnd: bits of complex64 are not to be combined");
    expect(() => T.variable(z)).toThrow("variable: variables are real");
    expect(() => grad((v: Tensor) => v.sum())(z)).toThrow(
      "grad: the function gives a complex number, which is no loss",
    );
    expect(() => jacobian((v: Tensor) => v.mul(2))(z)).toThrow("jacobian, hessian: are defined for real arguments");
    expect(() => complex(tensor([1], { device: "wasm" }), tensor([1], { device: "reference" }))).toThrow(
      'complex: the real part lives on "wasm", the imaginary part on "reference"; copy one of them with to()',
    );
    const leaf = T.ones([1], { dtype: "complex64", requiresGrad: true });
    expect(() => leaf.sum().backward()).toThrow("backward: a complex number is no loss");
  });
});
