/** Programs by structure: what is compiled once, what anew, and that both compute the same. */
import { afterEach, beforeEach, describe, expect, type MockInstance, test, vi } from "vitest";
import { getDevice } from "../../src/runtime/index.ts";
import { compile, full, ones, parameter, type Tensor, tensor, where, zeros } from "../../src/tensor/index.ts";

let prepare: MockInstance;

beforeEach(() => {
  prepare = vi.spyOn(getDevice("wasm"), "prepare");
});

afterEach(() => vi.restoreAllMocks());

const device = "wasm";

function vector(...values: readonly number[]): Tensor {
  return tensor([...values], { device });
}

describe("without compile()", () => {
  test("a loop compiles its program once, whatever the values", () => {
    for (let i = 0; i < 10; i++) {
      expect(vector(i, 2).mul(3).add(vector(1, i)).arraySync()).toEqual([3 * i + 1, 6 + i]);
    }
    expect(prepare).toHaveBeenCalledTimes(1);
  });

  test("another shape, dtype or parameter is another program", () => {
    const flipped = (x: Tensor) => x.add(1).flip(0).dataSync();
    flipped(vector(1, 2));
    flipped(vector(1, 2, 3));
    flipped(tensor([1, 2], { device, dtype: "float64" }));
    vector(1, 2).add(1).at("1:2").dataSync();
    expect(prepare).toHaveBeenCalledTimes(4);
  });

  test("a number that keeps changing becomes an input: a rate, an annealed weight, a condition", () => {
    const x = vector(1, -2, 3);
    for (let i = 1; i <= 12; i++) {
      expect(x.mul(i).add(0.5).arraySync()).toEqual([i + 0.5, -2 * i + 0.5, 3 * i + 0.5]);
    }
    expect(prepare.mock.calls.length).toBeLessThanOrEqual(4); // three with the number inside, one without
  });

  test("numbers are told apart to the last bit, and by their sign at zero", () => {
    const by = (number: number) => vector(1).div(vector(1).mul(number)).arraySync();
    expect(by(0)).toEqual([Infinity]);
    expect(by(-0)).toEqual([-Infinity]);
    expect(by(0.1)).toEqual([Math.fround(1 / Math.fround(0.1))]);
    expect(by(Number.NaN)).toEqual([Number.NaN]);
  });

  test("whole and boolean numbers that keep changing", () => {
    for (let i = 0; i < 8; i++) {
      expect(tensor([1, 2], { device, dtype: "int32" }).add(i).arraySync()).toEqual([1 + i, 2 + i]);
      const mask = full([2], i % 2 === 0, { device });
      expect(where(mask, full([2], i, { device }), full([2], -i, { device })).arraySync()).toEqual(
        i % 2 === 0 ? [i, i] : [-i + 0, -i + 0],
      );
    }
  });

  test("a value that was read is not computed again, and what uses it begins there", () => {
    const x = vector(1, 2).exp();
    const [e, e2] = x.dataSync();
    expect(x.log().dataSync()[1]).toBeCloseTo(2, 6);
    expect(x.reshape([2, 1]).arraySync()).toEqual([[e], [e2]]);
    expect(prepare).toHaveBeenCalledTimes(2); // exp; log; no reshape
  });

  test("a loss that was asked for its gradient is computed with the step, not again when it is read", () => {
    const w = parameter([1, 2], { device });
    for (let i = 0; i < 3; i++) {
      w.grad = null;
      const loss = w.square().sum();
      loss.backward();
      w.assign(w.sub(w.grad!.mul(0.25)));
      expect(w.arraySync()).toEqual([1 / 2 ** (i + 1), 2 / 2 ** (i + 1)]);
      expect(loss.itemSync()).toBe(5 / 4 ** i);
    }
    expect(prepare).toHaveBeenCalledTimes(1);
  });
});

describe("with compile()", () => {
  test("a program serves all values of its shapes, and each combination of shapes, dtypes and plain values has one", () => {
    const step = compile((x: Tensor, factor: number) => x.mul(factor));
    expect(step(vector(1, 2), 3).arraySync()).toEqual([3, 6]);
    expect(step(vector(5, 7), 3).arraySync()).toEqual([15, 21]);
    expect(step.programs).toBe(1);
    step(vector(1, 2), 4);
    step(vector(1, 2, 3), 4);
    step(tensor([1, 2], { device, dtype: "int32" }), 4);
    expect(step.programs).toBe(4);
    expect(step(vector(1, 2), 3).arraySync()).toEqual([3, 6]);
    expect(step.programs).toBe(4);
  });

  test("what was built before is computed once, not at every run", () => {
    const table = ones([64, 64], { device }).matmul(ones([64, 64], { device }));
    const step = compile((x: Tensor) => x.add(table.sum()));
    expect(step(vector(1)).arraySync()).toEqual([64 ** 3 + 1]);
    expect(step(vector(2)).arraySync()).toEqual([64 ** 3 + 2]);
    expect(prepare).toHaveBeenCalledTimes(2); // table; the step
  });

  test("results stay what they are when the program runs again", () => {
    const step = compile((x: Tensor) => [x, x.add(1), zeros([2], { device })]);
    const [same, next] = step(vector(1, 2)) as [Tensor, Tensor];
    step(vector(5, 6));
    expect(same.arraySync()).toEqual([1, 2]);
    expect(next.arraySync()).toEqual([2, 3]);
  });

  test("a value of a parameter that was read before a run is the old one", () => {
    const w = parameter([1, 2], { device });
    const double = compile(() => {
      w.assign(w.mul(2));
    });
    const [before, lazily] = [w.dataSync(), w.add(0)];
    double();
    double();
    expect([...before]).toEqual([1, 2]);
    expect(lazily.arraySync()).toEqual([1, 2]);
    expect(w.arraySync()).toEqual([4, 8]);
  });

  test("an assignment made outside, computed or not, is seen by the next run", () => {
    const w = parameter([1], { device });
    const step = compile(() => {
      w.assign(w.add(1));
      return w.mul(10);
    });
    expect(step().arraySync()).toEqual([20]);
    w.assign(vector(5));
    expect(step().arraySync()).toEqual([60]);
    w.assign(w.mul(0).sub(1)); // nobody has read it
    expect(step().arraySync()).toEqual([0]);
  });
});
