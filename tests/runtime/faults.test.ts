/**
 * Values that a function cannot take are the same error everywhere: at the call where they are known, when they are read where they are not, inside compiled
 * programs, their loops and gradients. A program that ends in one has changed nothing.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type DType, type GradusError, ShapeError, ValueError } from "../../src/base/index.ts";
import type { Batch } from "../../src/data/index.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam, SGD } from "../../src/optim/index.ts";
import { setDefaultDevice } from "../../src/runtime/index.ts";
import * as g from "../../src/tensor/index.ts";
import { type NestedNumbers, ones, random, type Tensor, tensor, zeros } from "../../src/tensor/index.ts";
import { fit } from "../../src/train/index.ts";

const ints = (values: NestedNumbers<number>): Tensor => tensor(values as number[], { dtype: "int32" });
const five = (): Tensor => tensor([10, 20, 30, 40, 50]);
const table = (): Tensor =>
  tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ]) as Tensor;
const flat = (n: number, classes: number): Tensor => zeros([n, classes]) as Tensor;

interface Row {
  readonly name: string;
  readonly f: (x: Tensor) => Tensor;
  readonly good: NestedNumbers<number>;
  readonly bad: NestedNumbers<number>;
  readonly error: GradusError;
  /** int32 when absent */
  readonly dtype?: DType;
}

const place = (operation: string, found: number, axis: number, n: number): ShapeError =>
  new ShapeError(`${operation}: place ${found} is out of range for axis ${axis}, which has size ${n}`);
const label = (operation: string, found: number, at: number, classes: number): ValueError =>
  new ValueError(
    `${operation}: label ${found} at position ${at} is not a class; ${classes} classes are numbered 0 to ${classes - 1}`,
  );
const value = (what: string, wanted: string): ValueError => new ValueError(`${what} is not ${wanted}`);

const rows: readonly Row[] = [
  { name: "take", f: (i) => five().take(i), good: [0, -5, 4], bad: [1, 5, -9], error: place("take", 5, 0, 5) },
  { name: "take, below", f: (i) => five().take(i), good: [1], bad: [0, -6], error: place("take", -6, 0, 5) },
  { name: "at", f: (i) => table().at(":", i), good: [-1, 0], bad: [0, 2], error: place("at", 2, 1, 2) },
  {
    name: "gather",
    f: (i) => table().gather(i, { axis: 0 }),
    good: [[2, -3]],
    bad: [[0, 3]],
    error: place("gather", 3, 0, 3),
  },
  {
    name: "takeAlongAxis",
    f: (i) => table().takeAlongAxis(i, { axis: 1 }),
    good: [[1], [0], [-2]],
    bad: [[1], [-3], [9]],
    error: place("takeAlongAxis", -3, 1, 2),
  },
  {
    name: "indexSelect",
    f: (i) => table().indexSelect(i, { axis: 0 }),
    good: [2],
    bad: [3],
    error: place("take", 3, 0, 3),
  },
  {
    name: "scatterAdd",
    f: (i) => five().scatterAdd(i, ones([2]), { axis: 0 }),
    good: [4, -1],
    bad: [4, 7],
    error: place("scatterAdd", 7, 0, 5),
  },
  {
    name: "scatter",
    f: (i) => five().scatter(i, ones([2]), { axis: 0 }),
    good: [0, -1],
    bad: [4, -7],
    error: place("scatter", -7, 0, 5),
  },
  {
    name: "indexAdd",
    f: (i) => five().indexAdd(i, ones([2]), { axis: 0 }),
    good: [1, 1],
    bad: [5, 1],
    error: place("indexAdd", 5, 0, 5),
  },
  {
    name: "oneHot",
    f: (i) => g.oneHot(i, { numClasses: 3 }),
    good: [2, -1],
    bad: [0, 3],
    error: place("oneHot", 3, 1, 3),
  },
  {
    name: "bincount",
    f: (i) => g.bincount(i, { length: 4 }),
    good: [1, 1, 9],
    bad: [1, -2],
    error: new ValueError("bincount: x holds -2; it counts whole numbers from 0"),
  },
  {
    name: "pow",
    f: (i) => g.pow(ints([2, 3]), i),
    good: [0, 3],
    bad: [2, -1],
    error: new ValueError(
      "pow: integers to negative integer powers are not allowed: -1 at position 1; cast the base to float32 first",
    ),
  },
  {
    name: "embedding",
    f: (i) => nn.embedding(i, table()),
    good: [[0, 2]],
    bad: [
      [0, 1],
      [3, 0],
    ],
    error: new ShapeError("embedding: there is no word 3 (at position 2) among 3; they are numbered 0 to 2"),
  },
  {
    name: "embedding, from the end",
    f: (i) => nn.embedding(i, table()),
    good: [1],
    bad: [-1],
    error: new ShapeError("embedding: there is no word -1 (at position 0) among 3; they are numbered 0 to 2"),
  },
  {
    name: "embeddingBag",
    f: (i) => nn.embeddingBag(i, table()),
    good: [[0, 2]],
    bad: [[0, 5]],
    error: new ShapeError("embeddingBag: there is no word 5 (at position 1) among 3; they are numbered 0 to 2"),
  },
  {
    name: "offsets of embeddingBag, downwards",
    f: (offsets) => nn.embeddingBag(ints([0, 1, 2]), table(), { offsets }),
    good: [0, 1, 3],
    bad: [0, 2, 1],
    error: new ValueError(
      "embeddingBag: offset 1 at position 2 is not within 2 … 3; offsets go upwards to the number of words",
    ),
  },
  {
    name: "offsets of embeddingBag, the first",
    f: (offsets) => nn.embeddingBag(ints([0, 1, 2]), table(), { offsets }),
    good: [0, 2],
    bad: [1, 2],
    error: new ValueError("embeddingBag: the first of the offsets is 1; it is 0"),
  },
  {
    name: "maxUnpool1d",
    f: (i) => nn.maxUnpool1d(tensor([[[1, 2]]]), i, 2),
    good: [[[0, 3]]],
    bad: [[[0, 4]]],
    error: place("scatter", 4, 2, 4),
  },
  {
    name: "crossEntropy",
    f: (y) => nn.crossEntropy(flat(3, 4), y),
    good: [0, -100, 3],
    bad: [0, -1, 4],
    error: label("crossEntropy", -1, 1, 4),
  },
  {
    name: "crossEntropy of floats",
    f: (y) => nn.crossEntropy(flat(2, 4), y, { ignoreIndex: 9 }),
    good: [9, 3],
    bad: [1, 1.5],
    error: label("crossEntropy", 1.5, 1, 4),
    dtype: "float32",
  },
  {
    name: "crossEntropy of bytes",
    f: (y) => nn.crossEntropy(flat(2, 4), y),
    good: [0, 3],
    bad: [1, 200],
    error: label("crossEntropy", 200, 1, 4),
    dtype: "uint8",
  },
  {
    name: "crossEntropy of probabilities",
    f: (y) => nn.crossEntropy(flat(1, 2), y),
    good: [[0, 1]],
    bad: [[0, 1.5]],
    error: value("crossEntropy: the target 1.5 at position 1", "within 0 … 1"),
    dtype: "float32",
  },
  {
    name: "nll",
    f: (y) => nn.nll(flat(2, 3), y),
    good: [0, 2],
    bad: [0, 3],
    error: label("nll", 3, 1, 3),
    dtype: "int64",
  },
  {
    name: "multiMargin",
    f: (y) => nn.multiMargin(flat(1, 3), y),
    good: [2],
    bad: [-1],
    error: label("multiMargin", -1, 0, 3),
  },
  {
    name: "multilabelMargin",
    f: (y) => nn.multilabelMargin(flat(1, 3), y),
    good: [[2, -1, 0]],
    bad: [[2, -2, 0]],
    error: label("multilabelMargin", -2, 1, 3),
  },
  {
    name: "ctc",
    f: (y) => nn.ctc(zeros([4, 1, 3]), y),
    good: [[1, -1]],
    bad: [[1, 3]],
    error: label("ctc", 3, 1, 3),
  },
  {
    name: "bce, the probability",
    f: (p) => nn.bce(p, tensor([0, 1])),
    good: [0.25, 1],
    bad: [0.25, -0.5],
    error: value("bce: the probability -0.5 at position 1", "within 0 … 1"),
    dtype: "float32",
  },
  {
    name: "bceWithLogits",
    f: (t) => nn.bceWithLogits(zeros([2]), t),
    good: [0.25, 1],
    bad: [2, 0],
    error: value("bceWithLogits: the target 2 at position 0", "within 0 … 1"),
    dtype: "float64",
  },
  {
    name: "multilabelSoftMargin",
    f: (t) => nn.multilabelSoftMargin(flat(1, 2), t),
    good: [[0, 1]],
    bad: [[0, 2]],
    error: value("multilabelSoftMargin: the target 2 at position 1", "within 0 … 1"),
    dtype: "float16",
  },
  {
    name: "klDiv",
    f: (t) => nn.klDiv(zeros([2]), t),
    good: [0.5, 0],
    bad: [0.5, -0.25],
    error: value("klDiv: the target -0.25 at position 1", "within 0 … Infinity"),
    dtype: "float32",
  },
  {
    name: "gaussianNll",
    f: (v) => nn.gaussianNll(zeros([2]), ones([2]), v),
    good: [1, 0],
    bad: [1, -1],
    error: value("gaussianNll: the variance -1 at position 1", "within 0 … Infinity"),
    dtype: "float32",
  },
  ...[nn.hinge, nn.logisticMargin, nn.exponentialMargin, nn.sigmoidMargin].map(
    (loss): Row => ({
      name: loss.name,
      f: (t) => loss(zeros([2]), t),
      good: [1, -1],
      bad: [1, 0],
      error: value(`${loss.name}: the target 0 at position 1`, "-1 or 1"),
    }),
  ),
  {
    name: "hingeEmbedding",
    f: (t) => nn.hingeEmbedding(zeros([2]), t),
    good: [1, -1],
    bad: [1, Number.NaN],
    error: value("hingeEmbedding: the target NaN at position 1", "-1 or 1"),
    dtype: "float32",
  },
  {
    name: "cosineEmbedding",
    f: (t) => nn.cosineEmbedding(ones([1, 2]), ones([1, 2]), t),
    good: [-1],
    bad: [2],
    error: value("cosineEmbedding: the target 2 at position 0", "-1 or 1"),
  },
  {
    name: "marginRanking",
    f: (t) => nn.marginRanking(ones([1]), ones([1]), t),
    good: [-1],
    bad: [0],
    error: value("marginRanking: the target 0 at position 0", "-1 or 1"),
  },
  {
    name: "interp",
    f: (xp) => g.interp(tensor([0.5]), xp, tensor([1, 2, 3])),
    good: [0, 1, 2],
    bad: [0, 2, 2],
    error: new ValueError("interp: xp does not ascend: 2 is followed by 2; sort it and fp with argsort(xp)"),
    dtype: "float32",
  },
  {
    name: "histogram",
    f: (bins) => g.histogram(tensor([0.5]), { bins }).counts as Tensor,
    good: [0, 1, 1],
    bad: [0, 2, 1],
    error: new ValueError("histogram: edges do not ascend: 2 is followed by 1"),
    dtype: "float32",
  },
  {
    name: "cov",
    f: (fweights) => g.cov(tensor([1, 2, 4]), { fweights }),
    good: [1, 0, 2],
    bad: [1, 2.5, -1],
    error: new ValueError("cov: fweights contain 2.5; they are whole numbers from 0"),
    dtype: "float32",
  },
  {
    name: "solve",
    f: (a) => g.solve(a, ones([2, 1], { dtype: "float64" })),
    good: [
      [2, 1],
      [1, 3],
    ],
    bad: [
      [1, 2],
      [2, 4],
    ],
    error: new ValueError("solve: the matrix [2, 2] is singular; pinv and lstsq take such matrices"),
    dtype: "float64",
  },
  {
    name: "cholesky",
    f: (a) => g.cholesky(a),
    good: [
      [2, 1],
      [1, 3],
    ],
    bad: [
      [1, 2],
      [2, 1],
    ],
    error: new ValueError(
      "cholesky: the matrix [2, 2] is not positive definite; add a multiple of the identity, or use eigh",
    ),
    dtype: "float64",
  },
];

describe.each(["wasm", "reference"])("on %s", (device) => {
  beforeAll(() => setDefaultDevice(device));
  afterAll(() => setDefaultDevice("auto"));

  describe.each(rows)("$name", ({ f, good, bad, error, dtype = "int32" }) => {
    const of = (values: NestedNumbers<number>): Tensor => tensor(values as number[], { dtype });

    test("says the same at the call, when an unread value is read, and in a program", () => {
      expect(() => f(of(bad)).dataSync()).toThrow(error);
      const unread = f(
        of(bad)
          .reshape([1, -1])
          .mul(ones([1, 1], { dtype }))
          .reshape(of(bad).shape),
      );
      expect(() => unread.dataSync()).toThrow(error);
      const program = g.compile((x: Tensor) => f(x));
      const expected = f(of(good)).arraySync();
      expect(program(of(good)).arraySync()).toEqual(expected);
      expect(() => program(of(bad))).toThrow(error);
      expect(program(of(good)).arraySync()).toEqual(expected); // the program goes on
    });
  });

  const lookUp = (i: Tensor): Tensor => five().take(i);
  const outside = place("take", 7, 0, 5);

  test("a step of a loop says it, with a gradient through the loop too", () => {
    const weight = new nn.Parameter(tensor([1, 2, 3, 4, 5]));
    const walk = (i: Tensor): Tensor =>
      g.scan(([s], [k]) => ({ state: [s!.mul(weight.take(k!)).sin()] }), [tensor(1)], [i]).state[0]!;
    const step = g.compile((i: Tensor) => {
      weight.grad = null;
      const y = walk(i);
      y.backward();
      return weight.grad!;
    });
    const right = step(ints([0, 4, 1])).arraySync();
    expect(() => step(ints([0, 7, 1]))).toThrow(outside);
    expect(step(ints([0, 4, 1])).arraySync()).toEqual(right);
    expect(() => walk(ints([0, 1, 7])).item()).toThrow(outside);
  });

  test("inside a product that a loop makes for all steps beforehand, places are those of a step", () => {
    const rows = table();
    const mix = (i: Tensor): Tensor =>
      g.scan(([s], [k]) => ({ state: [s!.add(nn.embedding(k!, rows).matmul(ones([2, 2])))] }), [zeros([2, 2])], [i])
        .state[0]!;
    const bad = ints([
      [0, 1],
      [2, 2],
      [1, 3],
    ]);
    const said = new ShapeError("embedding: there is no word 3 (at position 1) among 3; they are numbered 0 to 2");
    expect(() => g.compile(mix)(bad)).toThrow(said);
    expect(() => mix(bad).dataSync()).toThrow(said);
  });

  test("a check whose result nobody reads runs all the same, in a program and in its loops", () => {
    const alone = g.compile((i: Tensor) => {
      lookUp(i);
      return i.add(1);
    });
    const inLoop = g.compile((i: Tensor) => {
      const run = ([s]: readonly Tensor[], [k]: readonly Tensor[]) => {
        lookUp(k!);
        return { state: [s!.add(1)] };
      };
      return g.scan(run, [tensor(0)], [i]).state[0]!;
    });
    for (const program of [alone, inLoop]) {
      program(ints([0, 1, 2]));
      expect(() => program(ints([0, 7, 2]))).toThrow(outside);
    }
  });

  test("finds the first wrong one of many, wherever it is", () => {
    const program = g.compile((i: Tensor) => five().take(i).sum());
    for (const at of [0, 1, 3, 4, 63, 64, 65, 66]) {
      const values = new Int32Array(67).fill(4);
      values[at] = -100 - at;
      values[66] = at === 66 ? -166 : 99;
      const first = at === 66 ? -166 : -100 - at;
      expect(() => program(tensor(values))).toThrow(place("take", first, 0, 5));
    }
  });

  describe("a step that ends with an error has changed nothing:", () => {
    /** Parameters, running statistics and their counter, moments and steps, the random generator. */
    function trained(loss: (y: Tensor, t: Tensor) => Tensor) {
      random.manualSeed(7);
      const net = new nn.Sequential(
        new nn.Linear(3, 4),
        new nn.BatchNorm1d(4),
        new nn.Dropout(0.5),
        new nn.Linear(4, 3),
      );
      const optimizer = new Adam(net.parameters(), { lr: 0.1 });
      const step = g.compile((x: Tensor, t: Tensor) => {
        optimizer.zeroGrad();
        const found = loss(net.forward(x), t);
        found.backward();
        optimizer.step();
        return found;
      });
      const state = () => {
        const all = Object.entries({ ...net.stateDict(), ...optimizer.stateDict() });
        return { values: all.map(([name, x]) => [name, x.arraySync()]), random: random.getState() };
      };
      return { step, state };
    }
    const x = (): Tensor =>
      tensor([
        [1, 2, 3],
        [3, 1, 0],
        [0, 1, 1],
      ]) as Tensor;

    test("labels are checked before the forward pass is", () => {
      const { step, state } = trained((y, t) => nn.crossEntropy(y, t));
      step(x(), ints([0, 1, 2]));
      const before = state();
      expect(() => step(x(), ints([0, 3, 2]))).toThrow(label("crossEntropy", 3, 1, 3));
      expect(state()).toEqual(before);
      expect(Number.isFinite(step(x(), ints([2, 1, 0])).item())).toBe(true);
      expect(state()).not.toEqual(before);
    });

    test("what is checked is the result of the forward pass, after its statistics", () => {
      const { step, state } = trained((y, t) => nn.bce(y.mul(0.01).add(t), ones([3, 3])));
      const shift = (v: number): Tensor => g.full([3, 3], v) as Tensor;
      step(x(), shift(0.5));
      const before = state();
      expect(() => step(x(), shift(4))).toThrow(/^bce: the probability/);
      expect(state()).toEqual(before);
    });

    test("a factorisation fails", () => {
      const w = new nn.Parameter(
        tensor(
          [
            [2, 0],
            [0, 1],
          ],
          { dtype: "float64" },
        ),
      );
      const optimizer = new SGD([w], { lr: 1 });
      const step = g.compile((a: Tensor) => {
        optimizer.zeroGrad();
        g.cholesky(w.mul(a)).sum().backward();
        optimizer.step();
      });
      const before = w.arraySync();
      expect(() =>
        step(
          tensor(
            [
              [1, 0],
              [0, -1],
            ],
            { dtype: "float64" },
          ),
        ),
      ).toThrow(/^cholesky: the matrix \[2, 2\]/);
      expect(w.arraySync()).toEqual(before);
    });

    test("outside of compile, labels that nobody has read", () => {
      const w = new nn.Parameter(zeros([2, 3]));
      const other = g.variable(tensor([1]));
      const optimizer = new Adam([w], { lr: 0.1 });
      const step = (labels: Tensor): void => {
        optimizer.zeroGrad();
        nn.crossEntropy(ones([2, 2]).matmul(w), labels).backward();
        optimizer.step();
      };
      step(ints([0, 1]));
      const before = [w.arraySync(), optimizer.stateDict().step];
      expect(() => {
        step(ints([2, 2]).add(1));
        w.dataSync();
      }).toThrow(label("crossEntropy", 3, 0, 3));
      expect([w.arraySync(), optimizer.stateDict().step]).toEqual(before);
      other.assign(other.add(1)); // has no part in what fails
      expect(() => lookUp(ints([3]).add(4)).dataSync()).toThrow(outside);
      expect(other.arraySync()).toEqual([2]);
    });
  });

  test("fit names a label out of range in the middle of a stream, and the weights are those before that batch", async () => {
    random.manualSeed(1);
    const net = new nn.Sequential(new nn.Linear(1, 2));
    const batch = (y: number[]): Batch => [ones([2, 1]), ints(y)];
    const seen: unknown[] = [];
    const weights = () => Object.values(net.stateDict()).map((x) => x.arraySync());
    const batches = {
      *[Symbol.iterator]() {
        yield batch([0, 1]);
        seen.push(weights());
        yield batch([0, 2]);
      },
    };
    const optimizer = new SGD(net.parameters(), { lr: 0.1 });
    const run = fit(net, { train: batches, loss: nn.crossEntropy, optimizer, epochs: 1 });
    await expect(run).rejects.toThrow(label("crossEntropy", 2, 1, 2));
    expect(seen).toEqual([weights()]);
  });

  test("integers to negative powers are refused at the call where the power is a number", () => {
    const said = (b: number) =>
      new ValueError(`pow: integers to negative integer powers are not allowed: ${b}; cast the base to float32 first`);
    expect(() => g.pow(ints([2]), -1)).toThrow(said(-1));
    expect(() => ints([2]).pow(-2)).toThrow(said(-2));
    expect(() => g.pow(tensor([true]), -1)).toThrow(said(-1));
    expect(() => g.pow(2, ints([1, -1]))).toThrow(/-1 at position 1/);
    expect(g.pow(ints([4]), -0.5).arraySync()).toEqual([0.5]);
    expect(g.pow(ints([2]).astype("float32"), -1).arraySync()).toEqual([0.5]);
    expect(g.pow(2.5, ints([-1])).dataSync()[0]).toBeCloseTo(0.4, 6);
  });
});

test("a place that cannot be out of range is not checked: whatever clamps, sorts or counts gives no kernel more", () => {
  const x = tensor([3, 1, 2]);
  const kernels = (f: (x: Tensor) => Tensor): number => g.kernelCount(f, x);
  const order = kernels((v) => g.argsort(v));
  expect(kernels((v) => v.take(g.argsort(v)))).toBe(order + 1);
  expect(kernels((v) => v.take(g.clamp(v.astype("int32"), { min: 0, max: 2 })))).toBe(1);
  expect(kernels((v) => v.take(g.remainder(v.astype("int32"), 3)))).toBe(1);
  expect(kernels((v) => v.take(v.astype("int32")))).toBe(2);
});
