/**
 * The reference device: values in, values out, states assigned after everything has been read, nothing once it is
 * deleted.
 */
import { describe, expect, test } from "vitest";
import { Cell, DeviceError, GradusError, Storage } from "../../src/base/index.ts";
import { createReferenceDevice, evaluateGraph } from "../../src/devices/reference/index.ts";
import * as g from "../../src/graph/index.ts";

const storage = (...values: number[]) => new Storage("float32", values.length, Float32Array.from(values));
const input = (index: number, shape: readonly number[]) => g.placeholder(index, shape, "float32");

describe("a prepared program", () => {
  test("computes its outputs from its inputs, run after run", () => {
    const [a, b] = [input(0, [2]), input(1, [2])];
    const program = createReferenceDevice().prepare({
      inputs: [a, b],
      states: [],
      outputs: [g.add(a, b), a],
      updates: [],
    });
    const run = (x: Storage, y: Storage) => program.run([x, y], []).map((value) => Array.from(value.array(), Number));
    expect(run(storage(1, 2), storage(10, 20))).toEqual([
      [11, 22],
      [1, 2],
    ]);
    expect(run(storage(3, 4), storage(0, 1))).toEqual([
      [3, 5],
      [3, 4],
    ]);
    expect(program.kernels).toBe(0);
  });

  test("starts from values that are known already", () => {
    const x = input(0, [2]);
    const known = g.mul(x, x);
    known.storage = storage(5, 6);
    expect(evaluateGraph([g.neg(known)]).map((value) => Array.from(value.array(), Number))).toEqual([[-5, -6]]);
  });

  test("assigns states after everything has been read", () => {
    const [x, y] = [input(-1, [1]), input(-2, [1])];
    const updates = [
      { state: 0, value: y },
      { state: 1, value: g.add(x, y) },
    ];
    const program = createReferenceDevice().prepare({ inputs: [], states: [x, y], outputs: [x], updates });
    const cells = [new Cell([1], "float32", Float32Array.of(1)), new Cell([1], "float32", Float32Array.of(1))];
    const seen = Array.from({ length: 5 }, () => program.run([], cells)[0]!.array()[0]);
    expect(seen).toEqual([1, 1, 2, 3, 5]); // Fibonacci
    expect(cells.map((cell) => cell.read().array()[0])).toEqual([8, 13]);
  });

  test("rounds to float32 between operations and accumulates in float64 inside of one", () => {
    const x = input(0, [3]);
    const program = createReferenceDevice().prepare({ inputs: [x], states: [], outputs: [g.sum(x, [0])], updates: [] });
    expect(program.run([storage(2 ** 24, 1, 1)], [])[0]!.array()[0]).toBe(2 ** 24 + 2); // 2²⁴ + 1 is no float32
  });

  test("computes a chain of 100000 nodes", () => {
    const x = input(0, []);
    let y: g.Node = x;
    for (let i = 0; i < 100_000; i++) y = g.neg(y);
    const program = createReferenceDevice().prepare({ inputs: [x], states: [], outputs: [y], updates: [] });
    expect(program.run([storage(7)], [])[0]!.array()[0]).toBe(7);
  });

  test("prints its graph", () => {
    const x = input(0, [2]);
    const program = createReferenceDevice().prepare({ inputs: [x], states: [], outputs: [g.neg(x)], updates: [] });
    expect(program.describe()).toContain("%1 = neg(%0) : float32[2]");
  });

  test("refuses a value that does not fit its input", () => {
    const x = input(0, [3]);
    const program = createReferenceDevice().prepare({ inputs: [x], states: [], outputs: [g.neg(x)], updates: [] });
    expect(() => program.run([storage(1, 2)], [])).toThrow(
      new GradusError("reference: a value of 2 elements of float32 was given for 3 of float32"),
    );
  });
});

test("a leaf without a value is named", () => {
  expect(() => evaluateGraph([g.neg(input(0, [1]))])).toThrow(
    new GradusError("placeholder: its value is given from outside and cannot be computed"),
  );
});

test("a deleted device computes no more", () => {
  const device = createReferenceDevice();
  const x = input(0, [1]);
  const specification = { inputs: [x], states: [], outputs: [g.neg(x)], updates: [] };
  const program = device.prepare(specification);
  device.dispose();
  expect(device.deleted).toBe(true);
  const gone = new DeviceError('the device "reference" was deleted; start it anew before using it');
  expect(() => program.run([storage(1)], [])).toThrow(gone);
  expect(() => device.prepare(specification)).toThrow(gone);
});
