/** Functions of arrays called wrongly: the error names the function, what was found and the way out. */
import { beforeAll, describe, expect, test } from "vitest";
import { DTypeError, ShapeError, setDefaultDevice, ValueError } from "../../src/index.ts";
import * as T from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

describe.each(devices)("on %s", (device) => {
  beforeAll(() => {
    setDefaultDevice(device);
  });

  test.each<[name: string, call: (options: never) => unknown]>([
    ["tensor", (options) => T.tensor([1], options)],
    ["zeros", (options) => T.zeros([2], options)],
    ["ones", (options) => T.ones([2], options)],
    ["full", (options) => T.full([2], 3, options)],
    ["zerosLike", (options) => T.zerosLike(T.tensor([1]), options)],
    ["onesLike", (options) => T.onesLike(T.tensor([1]), options)],
    ["fullLike", (options) => T.fullLike(T.tensor([1]), 2, options)],
    ["eye", (options) => T.eye(2, options)],
    ["arange", (options) => T.arange(3, options)],
    ["arange", (options) => T.arange(0, 3, 1, options)],
    ["linspace", (options) => T.linspace(0, 1, 3, options)],
    ["logspace", (options) => T.logspace(0, 1, 3, options)],
    ["variable", (options) => T.variable([1], options)],
    ["parameter", (options) => T.parameter([1], options)],
  ])("%s refuses options that it does not know", (name, call) => {
    const misspelled = (): unknown => call({ requireGrad: true } as never);
    expect(misspelled).toThrow(ValueError);
    expect(misspelled).toThrow(`${name}: there is no option "requireGrad" (nearest: requiresGrad); there are dtype`);
    expect(() => call({ dtype: "float64", device, requiresGrad: false } as never)).not.toThrow();
  });

  test.each(["float32", "float64", "float16", "bfloat16", "complex64"] as const)(
    "eye and arange of %s keep a gradient when asked to",
    (dtype) => {
      for (const make of [
        (requiresGrad: boolean) => T.eye(2, { m: 3, k: 1, dtype, requiresGrad }) as T.Tensor,
        (requiresGrad: boolean) => T.arange(0.1, 1, 0.3, { dtype, requiresGrad }) as T.Tensor,
      ]) {
        const x = make(true);
        expect(x.requiresGrad).toBe(true);
        expect(x.dtype).toBe(dtype);
        expect(x.dataSync()).toEqual(make(false).dataSync());
        T.real(x.mul(3)).sum().backward();
        expect(T.real(x.grad as T.Tensor).dataSync()).toEqual(T.real(T.full(x.shape, 3, { dtype })).dataSync());
      }
      expect(T.eye(2, { dtype }).requiresGrad).toBe(false);
    },
  );

  test("eye and arange of integers have no derivatives", () => {
    expect(() => T.eye(2, { dtype: "int32", requiresGrad: true })).toThrow(
      new DTypeError("eye: int32 has no derivatives; requiresGrad is for floats"),
    );
    expect(() => T.arange(2, { dtype: "int32", requiresGrad: true })).toThrow(
      new DTypeError("arange: int32 has no derivatives; requiresGrad is for floats"),
    );
  });

  test.each<[call: (x: T.Tensor) => unknown, error: Error]>([
    [
      (x) => T.repeat(x, [-1, 2], { axis: 0 }),
      new ShapeError("repeat: [-1, 2] is no shape: sizes are whole numbers from 0"),
    ],
    [
      (x) => T.repeat(x, [0.5, 2], { axis: 0 }),
      new ShapeError("repeat: [0.5, 2] is no shape: sizes are whole numbers from 0"),
    ],
    [(x) => T.moveaxis(x, [0, -2], [0, 1]), new ShapeError("moveaxis: axis [0,-2] names an axis twice")],
    [(x) => T.moveaxis(x, [0, 1], [1, 1]), new ShapeError("moveaxis: axis [1,1] names an axis twice")],
    [(x) => T.rot90(x, 0.5), new ValueError("rot90: k 0.5 is not a whole number")],
    [(x) => T.rot90(x, Number.NaN), new ValueError("rot90: k NaN is not a whole number")],
    [(x) => T.roll(x, 1.5), new ValueError("roll: shift 1.5 is not a whole number")],
    [(x) => T.roll(x, [1, 0.5], { axis: [0, 1] }), new ValueError("roll: shift 0.5 is not a whole number")],
    ...[-1, 0.5, 3].map((axes): [call: (x: T.Tensor) => unknown, error: Error] => [
      (x) => T.tensordot(x, x, axes),
      new ShapeError(`tensordot: [2, 2] and [2, 2] have no ${axes} axes to sum over; the number is whole, from 0 to 2`),
    ]),
    [
      (x) => T.tensordot(x, x, [0.5, 0]),
      new ShapeError("tensordot: axis 0.5 does not exist in 2 dimensions; axes go from -2 to 1"),
    ],
    [
      (x) =>
        T.tensordot(x, x, [
          [0, 0],
          [0, 1],
        ]),
      new ShapeError("tensordot: axis [0,0] names an axis twice"),
    ],
  ])("%s", (call, error) => {
    expect(() => call(T.ones([2, 2]) as T.Tensor)).toThrow(error);
  });

  test("axes keep the order in which they are listed", () => {
    expect(T.moveaxis(T.zeros([2, 3, 4]), [2, 0], [0, 1]).shape).toEqual([4, 2, 3]);
    expect(
      T.tensordot(T.zeros([2, 3, 4]), T.zeros([5, 2, 3]), [
        [1, -3],
        [2, 1],
      ]).shape,
    ).toEqual([4, 5]);
  });

  test("linear names itself when the bias does not fit", () => {
    const x = T.ones([2, 3]) as T.Tensor;
    const wrong = (): unknown => T.linear(x, T.ones([4, 3]) as T.Tensor, T.ones([5]));
    expect(wrong).toThrow(ShapeError);
    expect(wrong).toThrow(/^linear: .*\[2, 4\].*\[5\]/);
    expect(T.linear(x, T.ones([4, 3]) as T.Tensor, T.ones([4])).arraySync()).toEqual([
      [4, 4, 4, 4],
      [4, 4, 4, 4],
    ]);
  });

  test("pad refuses a mode that it does not know", () => {
    const x = T.tensor([1, 2, 3]);
    const unknown = (): unknown => T.pad(x, [[1, 1]], { mode: "symmetric" as never });
    expect(unknown).toThrow(ValueError);
    expect(unknown).toThrow(
      'pad: there is no mode "symmetric"; there are constant, reflect, replicate, edge, circular, wrap',
    );
    expect(T.pad(x, [[1, 1]], { mode: "edge" }).arraySync()).toEqual([1, 1, 2, 3, 3]);
  });
});
