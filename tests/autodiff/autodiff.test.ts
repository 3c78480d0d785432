/** Transformations of functions: what they give, how they nest, what they refuse. */
import { beforeAll, describe, expect, test } from "vitest";
import {
  defineFunction,
  grad,
  gradCheck,
  hessian,
  hvp,
  jacobian,
  jvp,
  noGrad,
  numericGradient,
  valueAndGrad,
  vjp,
} from "../../src/autodiff/index.ts";
import { GradientError, ShapeError, setDefaultDevice, ValueError } from "../../src/index.ts";
import { compile, parameter, type Tensor, tensor, zeros } from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

const f = (x1: Tensor, x2: Tensor): Tensor => x1.sin().add(x1.mul(x2));
const cube = (x: Tensor): Tensor => x.pow(3).sum();

describe.each(devices)("on %s", (device) => {
  beforeAll(() => {
    setDefaultDevice(device);
  });

  describe("grad", () => {
    test("of sin(x₁) + x₁x₂ is cos(x₁) + x₂ and x₁", () => {
      const [d1, d2] = grad(f, { argnums: [0, 1] })(tensor(2), tensor(5));
      expect(d1.item()).toBeCloseTo(Math.cos(2) + 5, 6);
      expect(d2.item()).toBe(2);
      expect(grad(f, { argnums: -1 })(tensor(2), tensor(5)).item()).toBe(2);
    });

    test("nests to any order", () => {
      expect(grad(grad(grad((x: Tensor) => x.pow(4))))(tensor(2)).item()).toBe(48);
      // d/dx (x · d/dy (x + y) at y = 1) = 1: the inner y is not the outer x
      expect(grad((x: Tensor) => x.mul(grad((y: Tensor) => x.add(y))(tensor(1))))(tensor(2)).item()).toBe(1);
    });

    test("is zero where the result does not depend on the argument", () => {
      expect(grad((_: Tensor) => tensor(3))(tensor([1, 2])).arraySync()).toEqual([0, 0]);
      expect(grad((x: Tensor) => x.floor().sum())(tensor([1, 2])).arraySync()).toEqual([0, 0]);
    });

    test("keeps the shape, dtype and device of the argument", () => {
      const x = tensor([[1, 2]], { dtype: "float64", device: "reference" });
      const d = grad((v: Tensor) => v.sum())(x);
      expect([d.shape, d.dtype, d.device]).toEqual([[1, 2], "float64", "reference"]);
    });

    test("passes other arguments through, and gives what the function gives besides", () => {
      const scaled = (x: Tensor, options: { by: number }): readonly [Tensor, string] => [
        x.mul(options.by).sum(),
        "aux",
      ];
      const [d, aux] = grad(scaled, { hasAux: true })(tensor([1, 2]), { by: 3 });
      expect([d.arraySync(), aux]).toEqual([[3, 3], "aux"]);
      const [[value, text], e] = valueAndGrad(scaled, { hasAux: true })(tensor([1, 2]), { by: 3 });
      expect([value.item(), text, e.arraySync()]).toEqual([9, "aux", [3, 3]]);
    });

    test("leaves the grad of parameters alone, and sees through them", () => {
      const w = parameter([1, 2]);
      expect(grad((x: Tensor) => x.mul(w).sum())(tensor([1, 1])).arraySync()).toEqual([1, 2]);
      expect(w.grad).toBeNull();
      grad((x: Tensor) => x.mul(w).square().sum())(tensor([1, 1]))
        .sum()
        .backward(); // Σ 2 x w², by w: 4 x w
      expect(w.grad?.arraySync()).toEqual([4, 8]);
    });

    test("works under noGrad, and its results then remember nothing", () => {
      const w = parameter([3]);
      const d = noGrad(() => grad((x: Tensor) => x.mul(w).square().sum())(tensor([2])));
      expect(d.item()).toBe(36);
      expect(d.requiresGrad).toBe(false);
    });

    test("can be compiled", () => {
      const step = compile((x: Tensor) => grad(cube)(x));
      expect(step(tensor([1, 2])).arraySync()).toEqual([3, 12]);
      expect(step(tensor([3, 4])).arraySync()).toEqual([27, 48]);
    });

    test.each<[string, () => unknown, Error]>([
      [
        "what is no scalar",
        () => grad((x: Tensor) => x.mul(2))(tensor([1, 2])),
        new GradientError(
          "grad: only a scalar has a gradient, the function gives shape [2]; reduce it with sum() or mean(), or use jacobian() or vjp()",
        ),
      ],
      [
        "integers",
        () => grad((x: Tensor) => x.sum())(tensor([1], { dtype: "int32" })),
        new GradientError("grad: argument 0 is int32 [1]; derivatives are for float32 and float64, cast it first"),
      ],
      [
        "what is no tensor",
        () => grad((x: number) => tensor(x))(3),
        new GradientError("grad: argument 0 is number, not a tensor"),
      ],
      [
        "arguments that are not there",
        () => grad(cube, { argnums: 1 as 0 })(tensor([1])),
        new GradientError("grad: argnums 1 is none of the 1 arguments"),
      ],
      [
        "a result of integers",
        () => grad((x: Tensor) => x.argmax())(tensor([1, 2])),
        new GradientError("backward: a result of int32 has no gradient; only float32 and float64 have one"),
      ],
    ])("refuses %s", (_, run, error) => {
      expect(run).toThrow(error);
    });
  });

  describe("vjp and jvp", () => {
    const g = (x: Tensor, y: Tensor): Tensor => x.mul(y).exp();
    const [x, y] = [tensor([0.5, 1], { dtype: "float64" }), tensor([2, -1], { dtype: "float64" })];

    test("are each other's transpose: ⟨u, J v⟩ = ⟨Jᵀ u, v⟩", () => {
      const [u, v] = [tensor([3, 5], { dtype: "float64" }), tensor([-1, 2], { dtype: "float64" })];
      const [value, pull] = vjp(g, x, y);
      const [again, tangent] = jvp(g, [x, y], [v, v]);
      const [gx, gy] = pull(u);
      expect(value.dataSync()).toEqual(again.dataSync());
      expect(gx.add(gy).dot(v).item()).toBeCloseTo(tangent.dot(u).item(), 12);
    });

    test("pull back several cotangents", () => {
      const [, pull] = vjp((a: Tensor) => a.square(), tensor([1, 2]));
      expect(pull(tensor([1, 0]))[0].arraySync()).toEqual([2, 0]);
      expect(pull(tensor([0, 1]))[0].arraySync()).toEqual([0, 4]);
    });

    test("refuse what does not fit", () => {
      expect(() => vjp(g, x, y)[1](zeros([3]))).toThrow(
        new ShapeError("vjp: a cotangent of shape [3] does not fit a value of shape [2]"),
      );
      expect(() => jvp(g, [x, y], [x, zeros([3])])).toThrow(
        new ShapeError("jvp: a tangent of shape [3] does not fit argument 1 of shape [2]"),
      );
    });
  });

  describe("matrices of derivatives", () => {
    test("are the same row by row and column by column", () => {
      const g = (x: Tensor): Tensor => x.matmul(x.T).tanh();
      const x = tensor(
        [
          [0.1, 0.2, 0.3],
          [0.4, 0.5, 0.6],
        ],
        { dtype: "float64" },
      );
      const [rows, columns] = [jacobian(g, { mode: "reverse" })(x), jacobian(g, { mode: "forward" })(x)];
      expect(rows.shape).toEqual([2, 2, 2, 3]);
      expect(rows.sub(columns).abs().max().item()).toBeLessThan(1e-15);
    });

    test("of second order, and their product with a vector in both ways", () => {
      const x = tensor([1, 2]);
      expect(hessian(cube)(x).arraySync()).toEqual([
        [6, 0],
        [0, 12],
      ]);
      expect(hvp(cube)(x, tensor([1, 10])).arraySync()).toEqual([6, 120]);
      expect(hvp(cube, { mode: "reverse" })(x, tensor([1, 10])).arraySync()).toEqual([6, 120]);
      expect(
        hessian((a: Tensor, b: Tensor) => a.mul(b).square().sum(), { argnum: 1 })(tensor([3]), tensor([1])).item(),
      ).toBe(18);
    });
  });

  describe("defineFunction", () => {
    const straightThrough = defineFunction({
      name: "straightThrough",
      forward: (_, x: Tensor) => x.round(),
      backward: (_, g) => g,
    });

    test("has the derivative that it is given", () => {
      expect(straightThrough(tensor([0.4, 0.6])).arraySync()).toEqual([0, 1]);
      expect(grad((x: Tensor) => straightThrough(x).square().sum())(tensor([0.4, 1.6])).arraySync()).toEqual([0, 4]);
    });

    test("keeps arguments and results for the way back, to any order", () => {
      const exp = defineFunction({
        forward(ctx, x: Tensor) {
          const y = x.exp();
          ctx.save(y);
          return y;
        },
        backward: (ctx, g) => g.mul(ctx.saved[0]!),
      });
      gradCheck((x) => exp(x!), [tensor([0.5, -1])], { forward: false });
      expect(grad(grad(grad(exp)))(tensor(1, { dtype: "float64" })).item()).toBeCloseTo(Math.E, 14);
    });

    test("takes several arguments, of which some have no derivative, and plain values", () => {
      const scale = defineFunction({
        forward: (ctx, x: Tensor, mask: Tensor, factor: number) => {
          ctx.save(mask);
          return x.mul(mask).mul(factor);
        },
        backward: (ctx, g) => [g.mul(ctx.saved[0]!).mul(10), null],
      });
      expect(grad((x: Tensor) => scale(x, tensor([1, 0]), 2).sum())(tensor([5, 5])).arraySync()).toEqual([10, 0]);
    });

    test("says its name where it is wrong, or asked for forward mode", () => {
      const wrong = defineFunction({ name: "wrong", forward: (_, x: Tensor) => x.sum(), backward: (_, g) => g });
      expect(() => grad(wrong)(tensor([1, 2]))).toThrow(
        new GradientError("wrong: its derivative gave float32 [] for an operand of float32 [2]"),
      );
      const two = defineFunction({
        name: "two",
        forward: (_, x: Tensor, y: Tensor) => x.add(y),
        backward: (_, g) => g,
      });
      expect(() => grad(two)(tensor(1), tensor(2))).toThrow(
        new GradientError("two: backward gave 1 gradients for 2 arguments; give null where there is none"),
      );
      expect(() => jvp(straightThrough, [tensor(1)], [tensor(1)])).toThrow(
        new GradientError(
          "straightThrough: forward mode is not defined for it, only its backward function is; use reverse mode",
        ),
      );
    });

    test("runs inside compile", () => {
      const step = compile((x: Tensor) => grad((v: Tensor) => straightThrough(v).mul(3).sum())(x));
      expect(step(tensor([0.2, 0.7])).arraySync()).toEqual([3, 3]);
    });
  });

  describe("gradCheck", () => {
    test("finds a wrong derivative and says where", () => {
      const wrongCube = defineFunction({
        forward: (ctx, x: Tensor) => {
          ctx.save(x);
          return x.pow(3);
        },
        backward: (ctx, g) => g.mul(ctx.saved[0]!.square()).mul(2),
      });
      expect(() => gradCheck((x) => wrongCube(x!), [tensor([1])], { forward: false })).toThrow(
        /^gradCheck: first derivative by argument 0, element 0: by rule 2\.\d+, by differences 3\.\d+$/,
      );
    });

    test("finds a derivative that is only right once", () => {
      const detachedSquare = defineFunction({
        forward: (ctx, x: Tensor) => {
          ctx.save(x);
          return x.square();
        },
        backward: (ctx, g) => g.mul(ctx.saved[0]!.detach()).mul(2),
      });
      gradCheck((x) => detachedSquare(x!), [tensor([1])], { forward: false, order: 1 });
      expect(() => gradCheck((x) => detachedSquare(x!), [tensor([1])], { forward: false })).toThrow(
        /second derivative/,
      );
    });

    test("numericGradient is the slope to nine digits", () => {
      const d = numericGradient((x) => x.pow(3).sum(), tensor([1, -2], { dtype: "float64" }));
      expect(
        d
          .sub(tensor([3, 12], { dtype: "float64" }))
          .abs()
          .max()
          .item(),
      ).toBeLessThan(1e-8);
      expect(() => gradCheck(() => tensor(1), [])).toThrow(
        new ValueError("gradCheck: there is no argument to differentiate by"),
      );
    });
  });
});
