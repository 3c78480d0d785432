/** Data sets: splits, batches, checks. */
import { describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import { checkDataset, type Dataset, loader, split } from "../../src/data/index.ts";
import { tensor } from "../../src/tensor/index.ts";

/** n samples of two columns; x[i] = [i, −i], y[i] = i modulo `classes`. */
function numbered(n: number, classes = 3): Dataset {
  const x = Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? i / 2 : -(i - 1) / 2));
  const y = Int32Array.from({ length: n }, (_, i) => i % classes);
  return { x: tensor(x, { shape: [n, 2] }), y: tensor(y, { shape: [n] }) };
}

/** Which samples of `numbered` these are. */
const samplesOf = (x: Dataset["x"]): number[] => [...x.dataSync()].filter((_, i) => i % 2 === 0);

describe("loader", () => {
  test("goes through the samples in order, the rest in a smaller last batch", () => {
    const batches = [...loader(numbered(7), { batchSize: 3 })];
    expect(batches.map(([x]) => samplesOf(x))).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(batches.map(([x, y]) => [x.shape, y.shape, y.dtype])).toEqual([
      [[3, 2], [3], "int32"],
      [[3, 2], [3], "int32"],
      [[1, 2], [1], "int32"],
    ]);
    expect(batches[1]![0].arraySync()).toEqual([
      [3, -3],
      [4, -4],
      [5, -5],
    ]);
  });

  test("dropLast leaves the smaller batch out", () => {
    const l = loader(numbered(7), { batchSize: 3, dropLast: true });
    expect([l.length, l.samples, [...l].length]).toEqual([2, 6, 2]);
  });

  test("shuffles every epoch anew, pairs staying together, and the same way for the same seed", () => {
    const order = (seed: number, epochs: number): number[][] => {
      const l = loader(numbered(50), { batchSize: 8, shuffle: true, seed });
      return Array.from({ length: epochs }, () =>
        [...l].flatMap(([x, y]) => {
          const samples = samplesOf(x);
          expect([...y.dataSync()]).toEqual(samples.map((i) => i % 3));
          return samples;
        }),
      );
    };
    const [first, second] = order(1, 2);
    expect([...first!].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect(second).not.toEqual(first);
    expect(order(1, 2)).toEqual([first, second]);
    expect(order(2, 1)[0]).not.toEqual(first);
  });

  test("an epoch can be asked for by number, from a batch on", () => {
    const l = loader(numbered(20), { batchSize: 4, shuffle: true });
    [...l];
    const second = [...l].map(([x]) => samplesOf(x));
    expect([...l.batches(1, 3)].map(([x]) => samplesOf(x))).toEqual(second.slice(3));
  });

  test("is an async iterable with the same batches", async () => {
    const seen: number[] = [];
    for await (const [x] of loader(numbered(5), { batchSize: 2 })) seen.push(...samplesOf(x));
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });

  test("every order is about equally likely", () => {
    // 6 orders of 3 samples in 6000 epochs: each 1000 times, standard deviation √(6000 · 1/6 · 5/6) = 28.9; five of them either way
    const counts = new Map<string, number>();
    const l = loader(numbered(3), { batchSize: 3, shuffle: true, seed: 7 });
    for (let epoch = 0; epoch < 6000; epoch++)
      for (const [x] of l.batches(epoch)) {
        const key = samplesOf(x).join("");
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(145);
  });

  test("refuses parts of different length and useless sizes", () => {
    expect(() => loader({ x: tensor([[1], [2]]), y: tensor([1]) })).toThrow(
      new ShapeError("loader: x has shape [2, 1], y [1]; both have one row a sample"),
    );
    expect(() => loader(numbered(3), { batchSize: 0 })).toThrow(
      new ValueError("loader: batchSize 0 is not a whole number from 1"),
    );
  });
});

describe("split", () => {
  test("parts are disjoint, together everything, of the right sizes, and named by the seed", () => {
    const parts = split(numbered(10), [0.7, 0.2, 0.1], { seed: 3 });
    expect(parts.map((p) => p.x.shape[0])).toEqual([7, 2, 1]);
    expect(parts.flatMap((p) => samplesOf(p.x)).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const again = split(numbered(10), [0.7, 0.2, 0.1], { seed: 3 });
    expect(again.map((p) => samplesOf(p.x))).toEqual(parts.map((p) => samplesOf(p.x)));
    expect(split(numbered(10), [1], { seed: 4 }).map((p) => samplesOf(p.x))).not.toEqual(
      split(numbered(10), [1], { seed: 3 }).map((p) => samplesOf(p.x)),
    );
  });

  test("stratified parts have their share of every class, also of rare ones", () => {
    const y = Int32Array.from({ length: 1000 }, (_, i) => (i < 900 ? 0 : i < 980 ? 1 : 2));
    const x = Float32Array.from({ length: 1000 }, (_, i) => i);
    const parts = split({ x: tensor(x, { shape: [1000, 1] }), y: tensor(y) }, [0.8, 0.2], { stratified: true });
    const counts = parts.map((p) => [0, 1, 2].map((c) => [...p.y.dataSync()].filter((label) => label === c).length));
    expect(counts).toEqual([
      [720, 64, 16],
      [180, 16, 4],
    ]);
    expect(new Set(parts.flatMap((p) => [...p.x.dataSync()])).size).toBe(1000);
  });

  test("fractions below 1 leave samples out", () => {
    expect(split(numbered(10), [0.5, 0.2], { stratified: true }).map((p) => p.x.shape[0])).toEqual([5, 2]);
  });

  test("refuses fractions that are no shares", () => {
    expect(() => split(numbered(10), [0.8, 0.3])).toThrow(
      new ValueError(
        "split: the fractions 0.8, 0.3 are not shares of one whole; they are at least 0 and add up to 1 or less",
      ),
    );
  });
});

describe("checkDataset", () => {
  test("names sample and column of the first value that is not finite", () => {
    const y = tensor([0, 1], { dtype: "int32" });
    expect(() =>
      checkDataset({
        x: tensor([
          [1, 2],
          [3, NaN],
        ]),
        y,
      }),
    ).toThrow(new ValueError("data: x of sample 1, column 1 is NaN; remove the sample or fill the gap"));
    expect(() => checkDataset({ x: tensor([[1], [2]]), y: tensor([1, Infinity]) }, { name: "train" })).toThrow(
      new ValueError("train: y of sample 1 is Infinity; remove the sample or fill the gap"),
    );
  });

  test("names the first label that is not a class", () => {
    const x = tensor([[1], [2], [3]]);
    expect(() => checkDataset({ x, y: tensor([0, 1, 2], { dtype: "int32" }) }, { classes: 2 })).toThrow(
      new ValueError("data: the label of sample 2 is 2; 2 classes are numbered 0 to 1"),
    );
    expect(() => checkDataset({ x, y: tensor([0, 0.5, 1]) }, { classes: 2 })).toThrow(
      new ValueError("data: the label of sample 1 is 0.5; 2 classes are numbered 0 to 1"),
    );
  });

  test("tells of columns that never change and of scales", () => {
    const x = tensor([
      [5, 0, 1],
      [5, 1, 20000],
    ]);
    expect(checkDataset({ x, y: tensor([0, 1]) })).toEqual([
      "1 of 3 columns never changes and teaches nothing: column 0",
      "columns differ in scale by a factor of 19999; standardise them",
      "values reach 20000; scale them to about 1",
    ]);
    expect(checkDataset(numbered(9))).toEqual([]);
  });
});
