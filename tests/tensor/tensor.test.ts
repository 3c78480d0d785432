/** The class: properties, reading, creation, assignment, `backward`; and the texts of errors. */
import { beforeAll, describe, expect, test } from "vitest";
import { DTypeError, GradientError, ShapeError, setDefaultDevice, ValueError } from "../../src/index.ts";
import * as T from "../../src/tensor/index.ts";
import { arange, compile, noGrad, parameter, type Tensor, tensor, variable, zeros } from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

describe.each(devices)("on %s", (device) => {
  beforeAll(() => {
    setDefaultDevice(device);
  });

  describe("properties", () => {
    test("say shape, rank, size, dtype, bytes of an element, device", () => {
      const x = zeros([2, 3]);
      expect([x.shape, x.ndim, x.size, x.dtype, x.itemsize, x.device, x.requiresGrad]).toEqual([
        [2, 3],
        2,
        6,
        "float32",
        4,
        device,
        false,
      ]);
      expect(tensor(1, { dtype: "float64", device: "reference" }).device).toBe("reference");
    });
  });

  describe("creation", () => {
    test("takes dtypes from the values", () => {
      expect(tensor([1, 2]).dtype).toBe("float32");
      expect(tensor([true]).dtype).toBe("bool");
      expect(tensor(new Float64Array(2)).dtype).toBe("float64");
      expect(tensor(Int32Array.of(1)).dtype).toBe("int32");
      expect(tensor(Uint8Array.of(1)).dtype).toBe("uint8");
      expect(tensor([Float64Array.of(1, 2), Float64Array.of(3, 4)]).arraySync()).toEqual([
        [1, 2],
        [3, 4],
      ]);
      expect(tensor([1, 2], { dtype: "int32" }).dtype).toBe("int32");
    });

    test("copies typed arrays", () => {
      const values = Float32Array.of(1, 2);
      const x = tensor(values);
      values[0] = 5;
      expect(x.arraySync()).toEqual([1, 2]);
    });

    test("of bool is true of anything but 0", () => {
      expect(
        tensor(
          [
            [0, 7],
            [-1, 0],
          ],
          { dtype: "bool" },
        ).arraySync(),
      ).toEqual([
        [0, 1],
        [1, 0],
      ]);
      expect(tensor(0.5, { dtype: "bool" }).add(1).item()).toBe(2);
    });

    test("keeps empty shapes", () => {
      expect(tensor([]).shape).toEqual([0]);
      expect(tensor([[], []]).shape).toEqual([2, 0]);
    });

    test.each<[string, () => unknown, Error]>([
      [
        "ragged rows",
        () => tensor([[1, 2], [3]]),
        new ShapeError("tensor: ragged array: entry [1] has 1 entries, others have 2"),
      ],
      [
        "numbers among rows",
        () => tensor([[1, 2], 3] as never),
        new ShapeError("tensor: ragged array: entry [1] is a number, others are arrays"),
      ],
      [
        "rows among numbers",
        () => tensor([1, [2]] as never),
        new ShapeError("tensor: ragged array: entry [1] is an array, others are numbers"),
      ],
      ["texts", () => tensor(["1"] as never), new DTypeError("tensor: entry [0] is string, not a number")],
      [
        "values that do not fill a shape",
        () => tensor([1, 2, 3], { shape: [2, 2] }),
        new ShapeError("tensor: 3 values do not fill shape [2, 2] of 4 elements"),
      ],
      [
        "negative sizes",
        () => zeros([-1, 2]),
        new ShapeError("zeros: [-1, 2] is no shape: sizes are whole numbers from 0"),
      ],
      [
        "gradients of integers",
        () => tensor([1], { dtype: "int32", requiresGrad: true }),
        new DTypeError("tensor: int32 has no derivatives; requiresGrad is for floats"),
      ],
      ["a step of 0", () => arange(0, 5, 0), new ValueError("arange: a step of 0 leads nowhere")],
    ])("refuses %s", (_, make, error) => {
      expect(make).toThrow(error);
    });
  });

  describe("reading", () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);

    test("gives typed arrays, nested arrays, single values; now or later", async () => {
      expect(x.dataSync()).toEqual(Float32Array.of(1, 2, 3, 4));
      expect(await x.data()).toEqual(Float32Array.of(1, 2, 3, 4));
      expect(await x.array()).toEqual([
        [1, 2],
        [3, 4],
      ]);
      expect(x.sum().item()).toBe(10);
      expect(tensor([true, false]).arraySync()).toEqual([1, 0]);
    });

    test("gives copies", () => {
      x.dataSync()[0] = 9;
      expect(x.at(0, 0).item()).toBe(1);
    });

    test("of one value from many is an error", () => {
      expect(() => x.item()).toThrow(
        new ShapeError("item: [2, 2] has 4 elements, not one; read it with array(), or reduce it first"),
      );
    });

    test("inside compile is an error that says what to do", () => {
      expect(() => compile((v: Tensor) => v.add(v.sum().item()))(x)).toThrow(
        "reading a value inside compile(): it is not known while the step is traced; return the tensor and read it from the step's result",
      );
    });
  });

  describe("dtypes", () => {
    const f32 = tensor([1.5, 2]);
    const f64 = tensor([1, 2], { dtype: "float64" });
    const i32 = tensor([1, 2], { dtype: "int32" });
    const u8 = tensor([1, 2], { dtype: "uint8" });
    const bool = tensor([true, false]);

    test.each<[string, Tensor, string]>([
      ["float32 + float64", f32.add(f64), "float64"],
      ["int32 + float32", i32.add(f32), "float32"],
      ["uint8 + int32", u8.add(i32), "int32"],
      ["bool + bool", bool.add(bool), "int32"],
      ["int32 + 1", i32.add(1), "int32"],
      ["int32 + 1.5", i32.add(1.5), "float32"],
      ["float32 + 1.5", f32.add(1.5), "float32"],
      ["bool + 1", bool.add(1), "int32"],
      ["int32 / int32", i32.div(i32), "float32"],
      ["int32 // int32", i32.floorDivide(i32), "int32"],
      ["√int32", i32.sqrt(), "float32"],
      ["int32 < 1.5", i32.less(1.5), "bool"],
      ["sum of uint8", u8.sum(), "int32"],
      ["sum of bool", bool.sum(), "int32"],
      ["mean of int32", i32.mean(), "float32"],
      ["max of uint8", u8.max(), "uint8"],
      ["argmax", f64.argmax(), "int32"],
      ["int32 · int32", i32.matmul(i32), "int32"],
      ["int32 & int32", i32.bitwiseAnd(i32), "int32"],
      ["where with a number", T.where(bool, i32, 0), "int32"],
    ])("%s is as NumPy and JAX have it", (_, x, dtype) => {
      expect(x.dtype).toBe(dtype);
    });

    test("integer products are whole and exact", () => {
      const a = tensor(
        [
          [46341, 2],
          [3, 4],
        ],
        { dtype: "int32" },
      );
      expect(a.matmul(a).arraySync()).toEqual([
        [(46341 * 46341 + 6) | 0, 92690],
        [139035, 22],
      ]);
    });
  });

  describe("variables", () => {
    test("are assigned, and what was read before stays", () => {
      const w = variable([1, 2]);
      const before = w.mul(1);
      w.assign(w.add(1));
      w.assign(w.mul(2));
      expect(w.arraySync()).toEqual([4, 6]);
      expect(before.arraySync()).toEqual([1, 2]);
      w.assign(0);
      expect(w.arraySync()).toEqual([0, 0]);
    });

    test("are cast to, not reshaped", () => {
      const w = variable([1, 2]);
      w.assign(tensor([3, 4], { dtype: "int32" }));
      expect(w.dtype).toBe("float32");
      expect(() => w.assign(zeros([3]))).toThrow(
        new ShapeError("assign: a value of shape [3] does not fit a variable of shape [2]"),
      );
      expect(() => tensor([1]).assign(tensor([2]))).toThrow(
        new ValueError(
          "assign: tensors do not change, this one of shape [1] neither; make it with variable() or parameter()",
        ),
      );
    });

    test("change inside compile when the step runs", () => {
      const count = variable(0);
      const step = compile((x: Tensor) => {
        count.assign(count.add(1));
        return x.mul(count);
      });
      expect(step(tensor([1, 2])).arraySync()).toEqual([1, 2]);
      expect(step(tensor([1, 2])).arraySync()).toEqual([2, 4]);
      expect(count.item()).toBe(2);
    });
  });

  describe("backward", () => {
    test("adds up in grad until it is set to null", () => {
      const w = parameter([1, 2, 3]);
      expect(w.grad).toBeNull();
      w.square().sum().backward();
      expect(w.grad?.arraySync()).toEqual([2, 4, 6]);
      w.sum().backward();
      expect(w.grad?.arraySync()).toEqual([3, 5, 7]);
      w.grad = null;
      expect(w.grad).toBeNull();
    });

    test("reaches every leaf, and tensors made with requiresGrad too", () => {
      const [a, b] = [parameter([1, 2]), tensor([3, 4], { requiresGrad: true })];
      const frozen = variable([5, 6]);
      a.mul(b).mul(frozen).sum().backward();
      expect(a.grad?.arraySync()).toEqual([15, 24]);
      expect(b.grad?.arraySync()).toEqual([5, 12]);
      expect(frozen.grad).toBeNull();
    });

    test("takes a cotangent for what is no scalar", () => {
      const w = parameter([1, 2]);
      w.square().backward({ gradient: tensor([1, 10]) });
      expect(w.grad?.arraySync()).toEqual([2, 40]);
    });

    test("stops at detach and under noGrad", () => {
      const w = parameter([1, 2]);
      w.mul(w.detach()).sum().backward();
      expect(w.grad?.arraySync()).toEqual([1, 2]);
      expect(noGrad(() => w.mul(2)).requiresGrad).toBe(false);
      expect(w.mul(2).requiresGrad).toBe(true);
    });

    test("follows an assigned variable from its new value", () => {
      const w = parameter([1, 2]);
      for (let step = 0; step < 3; step++) {
        w.grad = null;
        w.square().sum().backward();
        noGrad(() => w.assign(w.sub(w.grad!.mul(0.25))));
      }
      expect(w.arraySync()).toEqual([0.125, 0.25]);
    });

    test("inside compile gives the gradients of each run", () => {
      const w = parameter([1, 2]);
      const step = compile((x: Tensor) => {
        w.grad = null;
        w.mul(x).sum().backward();
        const g = w.grad as Tensor | null;
        w.assign(w.sub(g!));
        return g!;
      });
      expect(step(tensor([1, 1])).arraySync()).toEqual([1, 1]);
      expect(step(tensor([2, 3])).arraySync()).toEqual([2, 3]);
      expect(w.arraySync()).toEqual([-2, -2]);
      expect(w.grad!.arraySync()).toEqual([2, 3]);
    });

    test("inside compile adds to a gradient from outside, as it does without", () => {
      const w = parameter([1, 2]);
      w.sum().backward();
      const step = compile(() => w.mul(2).sum().backward());
      step();
      expect(w.grad!.arraySync()).toEqual([3, 3]);
      step();
      expect(w.grad!.arraySync()).toEqual([5, 5]);
    });

    test.each<[string, () => unknown, Error]>([
      [
        "what is no scalar",
        () => parameter([1, 2]).mul(2).backward(),
        new GradientError(
          "backward: only a scalar has one gradient, this has shape [2]; reduce it with sum() or mean(), or pass { gradient }",
        ),
      ],
      [
        "what nothing flows through",
        () => tensor([1, 2]).sum().backward(),
        new GradientError(
          "backward: nothing that this value is made of has requiresGrad, or it was made under noGrad(); use parameter() or { requiresGrad: true }",
        ),
      ],
      [
        "a cotangent of another shape",
        () =>
          parameter([1, 2])
            .mul(2)
            .backward({ gradient: zeros([3]) }),
        new ShapeError("backward: a gradient of shape [3] does not fit a value of shape [2]"),
      ],
    ])("refuses %s", (_, run, error) => {
      expect(run).toThrow(error);
    });
  });

  describe("errors name the operation, what was found, and the way out", () => {
    const plain = (...shape: number[]): Tensor => zeros(shape);
    test.each<[string, () => unknown, Error]>([
      [
        "matmul",
        () => plain(32, 784).matmul(plain(10, 784)),
        new ShapeError(
          "matmul: inner dimensions differ: [32, 784] · [10, 784] (784 ≠ 10); the transposed right side would fit: b.mT",
        ),
      ],
      [
        "matmul of vectors",
        () => plain(3).matmul(plain(4)),
        new ShapeError("matmul: inner dimensions differ: [3] · [4] (3 ≠ 4)"),
      ],
      [
        "matmul of a scalar",
        () => plain().matmul(plain(4)),
        new ShapeError("matmul: the left operand is a scalar; use mul"),
      ],
      [
        "add",
        () => plain(2, 3).add(plain(4)),
        new ShapeError("add: shapes [2, 3] and [4] do not broadcast (3 ≠ 4 at axis -1)"),
      ],
      [
        "sum",
        () => plain(2, 3).sum({ axis: 2 }),
        new ShapeError("sum: axis 2 does not exist in 2 dimensions; axes go from -2 to 1"),
      ],
      [
        "max of nothing",
        () => plain(2, 0).max({ axis: 1 }),
        new ShapeError("max: axis 1 of [2, 0] has no entries, so none is the greatest"),
      ],
      [
        "argmax of nothing",
        () => plain(2, 0).argmax({ axis: 1 }),
        new ShapeError("argmax: [2, 0] has no entries along axis [1] to choose from"),
      ],
      [
        "reshape",
        () => plain(2, 3).reshape([4, 2]),
        new ShapeError("reshape: [2, 3] has 6 elements, [4, 2] has 8 (6 ≠ 8)"),
      ],
      [
        "reshape with −1",
        () => plain(2, 3).reshape([4, -1]),
        new ShapeError("reshape: the 6 elements of [2, 3] do not divide into [4, -1] (6 is no multiple of 4)"),
      ],
      ["squeeze", () => plain(2, 3).squeeze(0), new ShapeError("squeeze: axis 0 of [2, 3] has size 2, not 1")],
      [
        "permute",
        () => plain(2, 3).permute([0, 0]),
        new ShapeError("permute: axes [0, 0] do not name every axis of [2, 3] once"),
      ],
      [
        "broadcastTo",
        () => plain(2, 3).broadcastTo([1, 3]),
        new ShapeError("broadcastTo: [2, 3] does not expand to [1, 3]"),
      ],
      [
        "concat",
        () => T.concat([plain(2, 3), plain(2, 4)]),
        new ShapeError("concat: shapes [2, 3] and [2, 4] differ beside axis 0"),
      ],
      ["stack", () => T.stack([plain(2), plain(3)]), new ShapeError("stack: shapes [2] and [3] differ")],
      [
        "split",
        () => plain(5).split(2),
        new ShapeError("split: axis 0 of [5] does not divide into 2 equal parts; give the places instead"),
      ],
      [
        "pad",
        () => plain(3).pad([[3, 0]], { mode: "reflect" }),
        new ShapeError("pad: 3 places before axis 0 of [3] are more than reflect can fill (2)"),
      ],
      [
        "at",
        () => plain(2, 3).at(0, 3),
        new ShapeError("at: place 3 is out of range for axis 1 of [2, 3], which has size 3"),
      ],
      [
        "at with a tensor",
        () => plain(2, 3).at(tensor([2], { dtype: "int32" })),
        new ShapeError("at: place 2 is out of range for axis 0, which has size 2"),
      ],
      [
        "at with floats",
        () => plain(2, 3).at(tensor([1])),
        new DTypeError("at: the index is float32 [1]; places are numbered by int32, cast it first"),
      ],
      ["at with too much", () => plain(2).at(0, 0), new ShapeError("at: 2 indices for the 1 axes of [2]")],
      [
        "at with no slice",
        () => plain(2).at("1-2"),
        new ValueError('at: "1-2" is no slice; slices are written "start:stop:step", with any of them left out'),
      ],
      [
        "einsum",
        () => T.einsum("ij,jk->ik", plain(2, 3), plain(4, 5)),
        new ShapeError('einsum: "ij,jk->ik": j has two sizes (3 ≠ 4)'),
      ],
      [
        "bits of floats",
        () => plain(2).bitwiseAnd(1),
        new DTypeError("bitwiseAnd: bits of float32 are not to be combined; cast it to int32 first"),
      ],
      [
        "clamp without bounds",
        () => plain(2).clamp({}),
        new ValueError("clamp: neither min nor max is given; name at least one of them"),
      ],
      [
        "numbers only",
        () => T.add(1, 2),
        new ValueError("add: none of the operands is a tensor; wrap one of the numbers with tensor()"),
      ],
      ["percentile", () => plain(2).percentile(101), new ValueError("percentile: q = 101 is not in 0 … 100")],
      ["topk", () => plain(2).topk(3), new ShapeError("topk: axis -1 of [2] has no 3 entries")],
    ])("%s", (_, run, error) => {
      expect(run).toThrow(error);
    });
  });
});
