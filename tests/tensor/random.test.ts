/** Random numbers: reproducible, the same on every device and inside compile, and distributed as they should be. */
import { beforeEach, describe, expect, test } from "vitest";
import { setDefaultDevice, ValueError } from "../../src/index.ts";
import { compile, manualSeed, random, type Tensor, tensor } from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

beforeEach(() => setDefaultDevice("reference"));

describe("a seed", () => {
  test("gives the same numbers again, another one others", () => {
    const draw = (seed: number): number[] => {
      manualSeed(seed);
      return [...random.uniform({ shape: [5] }).dataSync(), ...random.normal({ shape: [5] }).dataSync()];
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    expect(draw(2 ** 40)).not.toEqual(draw(2 ** 41));
    expect(() => manualSeed(0.5)).toThrow(
      new ValueError("manualSeed: 0.5 is no seed; seeds are whole numbers up to 2^53"),
    );
  });

  test.each(devices)("gives the same uniform bits on %s as on reference", (device) => {
    manualSeed(3);
    const expected = random.uniform({ shape: [1000], device: "reference" }).dataSync();
    manualSeed(3);
    expect(random.uniform({ shape: [1000], device }).dataSync()).toEqual(expected);
  });

  test("goes on from a state that was kept", () => {
    manualSeed(4);
    random.uniform({ shape: [3] });
    const state = random.getState();
    const next = random.uniform({ shape: [3] }).dataSync();
    random.setState(state);
    expect(random.uniform({ shape: [3] }).dataSync()).toEqual(next);
  });

  test("does not depend on when a number is computed", () => {
    manualSeed(5);
    const [a, b] = [random.uniform({ shape: [2] }), random.uniform({ shape: [2] })];
    const late = [b.dataSync(), a.dataSync()];
    manualSeed(5);
    expect(random.uniform({ shape: [2] }).dataSync()).toEqual(late[1]);
    expect(random.uniform({ shape: [2] }).dataSync()).toEqual(late[0]);
  });
});

describe.each(devices)("inside compile on %s", (device) => {
  test("every run draws anew, the same as outside", () => {
    setDefaultDevice(device);
    const step = compile(
      (x: Tensor) => [x.add(random.uniform({ shape: [3] })), random.uniform({ shape: [2] })] as const,
    );
    const zero = tensor([0, 0, 0]);
    manualSeed(6);
    const inside = [step(zero), step(zero)].map(([a, b]) => [...a.dataSync(), ...b.dataSync()]);
    manualSeed(6);
    const outside = [0, 1].map(() => [
      ...random.uniform({ shape: [3] }).dataSync(),
      ...random.uniform({ shape: [2] }).dataSync(),
    ]);
    expect(inside).toEqual(outside);
    expect(step.programs).toBe(1);
  });
});

describe("distributions", () => {
  const n = 100_000;
  const moments = (x: Tensor): [mean: number, std: number] => [x.mean().item(), x.std().item()];
  beforeEach(() => manualSeed(7));

  // four standard errors: σ/√n for means, about σ/√(2n) for deviations
  test.each<[string, () => Tensor, number, number]>([
    ["uniform", () => random.uniform({ shape: [n] }), 0.5, Math.sqrt(1 / 12)],
    [
      "uniform in float64",
      () => random.uniform({ low: -1, high: 3, shape: [n], dtype: "float64" }),
      1,
      4 * Math.sqrt(1 / 12),
    ],
    ["normal", () => random.normal({ shape: [n] }), 0, 1],
    ["normal in float64", () => random.normal({ mean: 2, std: 3, shape: [n], dtype: "float64" }), 2, 3],
    ["integers", () => random.integers(0, 10, { shape: [n] }).astype("float64"), 4.5, Math.sqrt(99 / 12)],
    ["bernoulli", () => random.bernoulli(0.3, { shape: [n] }), 0.3, Math.sqrt(0.21)],
    ["choice", () => random.choice(3, { shape: [n], p: tensor([0.5, 0, 0.5]) }).astype("float64"), 1, 1],
  ])("%s has the mean and the deviation of its formula", (_, draw, mean, std) => {
    const [m, s] = moments(draw());
    expect(Math.abs(m - mean)).toBeLessThan((4 * std) / Math.sqrt(n));
    expect(Math.abs(s - std)).toBeLessThan((4 * std) / Math.sqrt(n));
  });

  test("normal has the tails of the bell", () => {
    const z = random.normal({ shape: [n] }).abs();
    const beyond = (k: number): number => z.greater(k).astype("float64").mean().item();
    expect(Math.abs(beyond(1) - 0.3173)).toBeLessThan(0.006);
    expect(Math.abs(beyond(2) - 0.0455)).toBeLessThan(0.003);
    expect(Math.abs(beyond(3) - 0.0027)).toBeLessThan(0.0007);
  });

  test("neighbouring draws and numbers are independent", () => {
    const [a, b] = [random.normal({ shape: [n] }), random.normal({ shape: [n] })];
    expect(Math.abs(a.mul(b).mean().item())).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(a.at("1:").mul(a.at(":-1")).mean().item())).toBeLessThan(4 / Math.sqrt(n));
  });

  test("permutations hold every number once", () => {
    expect([...random.permutation(50).dataSync()].sort((p, q) => p - q)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
    expect(
      random.permutation(
        tensor([
          [1, 2],
          [3, 4],
        ]),
      ).shape,
    ).toEqual([2, 2]);
    expect(new Set(random.choice(20, { shape: [20], replace: false }).dataSync()).size).toBe(20);
  });

  test.each<[string, () => unknown, Error]>([
    [
      "a probability above 1",
      () => random.bernoulli(1.5),
      new ValueError("bernoulli: 1.5 is no probability; they are from 0 to 1"),
    ],
    [
      "an empty range",
      () => random.integers(3, 3),
      new ValueError("integers: there are no whole numbers from 3 up to 3, or more than 2^31"),
    ],
    [
      "more than there are",
      () => random.choice(3, { shape: [4], replace: false }),
      new ValueError("choice: 4 of 3 candidates cannot be drawn without putting them back"),
    ],
  ])("refuses %s", (_, draw, error) => {
    expect(draw).toThrow(error);
  });
});
