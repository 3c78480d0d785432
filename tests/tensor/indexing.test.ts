/** Indexing: NumPy's rules where the golden values do not reach. Expected numbers are NumPy's. */
import { beforeAll, describe, expect, test } from "vitest";
import { setDefaultDevice, ValueError } from "../../src/index.ts";
import {
  arange,
  at,
  compile,
  type Index,
  nanmax,
  nonzero,
  oneHot,
  random,
  type Tensor,
  takeAlongAxis,
  tensor,
  unique,
  where,
} from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

const int = (values: number[] | number[][] | number): Tensor => tensor(values, { dtype: "int32" });
const x: Tensor = arange(24).reshape([2, 3, 4]);
const pick = (...index: Index[]): Tensor => at<readonly number[], readonly Index[]>(x, ...index);

describe.each(devices)("on %s", (device) => {
  beforeAll(() => {
    setDefaultDevice(device);
  });

  describe("at", () => {
    test.each<[string, Index[], readonly number[], number[]]>([
      ["a place", [1], [3, 4], [12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23]],
      ["places from the end", [-1, -3, -4], [], [12]],
      ["a slice that goes too far", ["0:9", 0, "2:99"], [2, 2], [2, 3, 14, 15]],
      ["an empty slice", ["...", "3:1"], [2, 3, 0], []],
      ["a slice backwards", [0, 0, "::-2"], [2], [3, 1]],
      ["a slice backwards to the first place", [0, 0, "2::-1"], [3], [2, 1, 0]],
      ["a slice backwards beyond the ends", [0, 0, "9:-9:-3"], [2], [3, 0]],
      ["new axes", [null, 0, null, 0, "..."], [1, 1, 4], [0, 1, 2, 3]],
      ["places of a tensor, in front", [int([1, 0]), 0, 0], [2], [12, 0]],
      ["neighbouring tensors, where they stood", [":", int([0, 2]), int([1, 3])], [2, 2], [1, 11, 13, 23]],
      ["tensors that broadcast", [0, int([[0], [2]]), int([0, 1])], [2, 2], [0, 1, 8, 9]],
      ["tensors apart, in front", [int([0, 1]), ":", int([3, 0])], [2, 3], [3, 7, 11, 12, 16, 20]],
      ["a place and a tensor apart, in front", [1, ":", int([3, 0])], [2, 3], [15, 19, 23, 12, 16, 20]],
      ["a tensor between slices", [":", int([[2, 0]]), "1:3"], [2, 1, 2, 2], [9, 10, 1, 2, 21, 22, 13, 14]],
      ["a mask of one axis", [0, tensor([true, false, true]), 1], [2], [1, 9]],
      [
        "a mask of several axes",
        [
          tensor([
            [true, false, false],
            [false, false, true],
          ]),
        ],
        [2, 4],
        [0, 1, 2, 3, 20, 21, 22, 23],
      ],
      ["a mask of nothing", [tensor([false, false])], [0, 3, 4], []],
    ])("reads %s", (_, index, shape, values) => {
      const y = pick(...index);
      expect(y.shape).toEqual(shape);
      expect([...y.dataSync()]).toEqual(values);
    });

    test("with a mask inside compile says what to do instead", () => {
      expect(() =>
        compile((v: Tensor) => at<readonly number[], readonly Index[]>(v, v.greater(0)).sum())(tensor([1, -1])),
      ).toThrow(
        new ValueError(
          "at: the shape of the result depends on values, which compile() does not know while it traces; use where(mask, x, 0), which keeps the shape",
        ),
      );
      expect(compile((v: Tensor) => where(v.greater(0), v, 0).sum())(tensor([1, -1])).item()).toBe(1);
    });

    test("with a mask that is known can be compiled", () => {
      const mask = tensor([true, false, true]);
      const step = compile((v: Tensor) => at<readonly number[], readonly Index[]>(v, mask).mul(2));
      expect(step(tensor([1, 2, 3])).arraySync()).toEqual([2, 6]);
    });
  });

  describe("what depends on values", () => {
    test("nonzero of a scalar and of nothing", () => {
      expect(nonzero(tensor(3)).shape).toEqual([1, 0]);
      expect(nonzero(tensor([0, 0])).shape).toEqual([0, 1]);
    });

    test("unique takes NaN once and −0 for 0", () => {
      expect([...unique(tensor([Number.NaN, 0, -0, 2, Number.NaN])).dataSync()]).toEqual([0, 2, Number.NaN]);
    });

    test("oneHot counts the classes itself, or checks them", () => {
      expect(oneHot(int([0, 2])).arraySync()).toEqual([
        [1, 0, 0],
        [0, 0, 1],
      ]);
      expect(() => oneHot(int([0, 3]), { numClasses: 3 })).toThrow(
        "oneHot: place 3 is out of range for axis 1, which has size 3",
      );
    });
  });
});

test.each<[name: string, call: () => unknown, message: string]>([
  [
    "a mask that is a scalar",
    () => pick(tensor(false)),
    "at: a mask that is a scalar picks no places; a mask has one axis at least",
  ],
  [
    "an index that does not broadcast",
    () => takeAlongAxis(arange(6).reshape([2, 3]), int([[0], [1], [0]]), { axis: 1 }),
    "takeAlongAxis: an index of shape [3, 1] does not fit [2, 3] beside axis 1",
  ],
  ["drawing from nothing", () => random.choice(0, { p: tensor([]) }), "choice: 0 candidates are none to draw from"],
  ["an axis that is none", () => nanmax(int([1, 2]), { axis: 1 }), "nanmax: axis 1"],
])("%s is refused by the function's name", (_, call, message) => {
  expect(call).toThrow(message);
});
