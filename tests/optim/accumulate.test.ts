/** Gradients in chunks equal those of the whole batch: by hand, with `accumulate`, and over several compiled calls. */
import { describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import { Linear, mse, Parameter, ReLU, Sequential } from "../../src/nn/index.ts";
import { type AccumulateOptions, accumulate, GradientAccumulator, SGD } from "../../src/optim/index.ts";
import { compile, explain, type Tensor, tensor, zeros } from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

const values = (x: Tensor): number[] => [...x.dataSync()].map(Number);

describe.each(devices)("on %s", (device) => {
  // small whole numbers, and shares that are powers of two: every sum is exact, whatever its order
  const x = tensor(
    [
      [1, 2],
      [3, -1],
      [0, 4],
      [2, 2],
      [-3, 1],
      [5, 0],
      [1, 1],
      [-2, 3],
    ],
    { device },
  );
  const y = tensor([[1], [2], [-1], [0], [3], [1], [2], [-4]], { device });
  const parameter = (): Tensor<readonly [1, 2]> => new Parameter(tensor([[1, -2]], { device }));
  const mean = (w: Tensor) => (a: Tensor, b: Tensor) => a.matmul(w.T).sub(b).square().mean();
  const sum = (w: Tensor) => (a: Tensor, b: Tensor) => a.matmul(w.T).sub(b).square().sum();

  const whole = (loss: (w: Tensor) => (a: Tensor, b: Tensor) => Tensor): [number, number[]] => {
    const w = parameter();
    const found = loss(w)(x, y);
    found.backward();
    return [found.itemSync(), values(w.grad!)];
  };

  test.each([false, true])(
    "several calls of backward add up to the whole batch's gradient (compiled: %s)",
    (compiled) => {
      const w = parameter();
      const gradient = (a: Tensor, b: Tensor): Tensor => {
        w.grad = null;
        for (let i = 0; i < 8; i += 2)
          mean(w)(a.at(`${i}:${i + 2}`), b.at(`${i}:${i + 2}`))
            .mul(1 / 4)
            .backward();
        return w.grad!;
      };
      expect(values((compiled ? compile(gradient) : gradient)(x, y))).toEqual(whole(mean)[1]);
    },
  );

  test.each([
    ["mean", 1, false],
    ["mean", 4, false],
    ["mean", 8, true],
    ["mean", 2, true],
    ["sum", 4, false],
    ["sum", 3, true],
    ["sum", 8, false],
  ] as const)(
    "accumulate gives loss and gradient of the %s, in %i chunks (compiled: %s)",
    (reduction, chunks, compiled) => {
      const w = parameter();
      const loss = reduction === "mean" ? mean : sum;
      const step = (a: Tensor, b: Tensor): Tensor[] => {
        w.grad = null;
        const total = accumulate([w], loss(w), [a, b], { chunks, reduction });
        return [total, w.grad!];
      };
      const [total, gradient] = (compiled ? compile(step) : step)(x, y);
      expect([total!.itemSync(), values(gradient!)]).toEqual(whole(loss));
    },
  );

  test("chunks of unequal size have their share", () => {
    const w = parameter();
    accumulate([w], mean(w), [x, y], { chunks: 3 }); // 2, 3 and 3 of 8
    expect(values(w.grad!)).toEqual(whole(mean)[1].map((g) => expect.closeTo(g, 4)));
  });

  test("a step over chunks moves the weights as one over the whole batch", () => {
    const moved = (chunks: number): number[] => {
      const w = parameter();
      const optimizer = new SGD([w], { lr: 0.125, momentum: 0.5 });
      const step = compile((a: Tensor, b: Tensor) => {
        optimizer.zeroGrad();
        accumulate([w], mean(w), [a, b], { chunks });
        optimizer.step();
      });
      for (let k = 0; k < 3; k++) step(x, y);
      return values(w);
    };
    expect(moved(4)).toEqual(moved(1));
  });

  test.each([false, true])("GradientAccumulator keeps sums between calls (compiled: %s)", (compiled) => {
    const moved = (chunks: number): number[] => {
      const w = parameter();
      const optimizer = new SGD([w], { lr: 0.125 });
      const accumulator = new GradientAccumulator([w]);
      const chunk = (a: Tensor, b: Tensor): void => {
        optimizer.zeroGrad();
        mean(w)(a, b).backward();
        accumulator.add(1 / chunks);
      };
      const update = (): void => {
        accumulator.release();
        optimizer.step();
      };
      const [add, go] = compiled ? [compile(chunk), compile(update)] : [chunk, update];
      for (let k = 0; k < 3; k++) {
        for (let i = 0; i < 8; i += 8 / chunks) add(x.at(`${i}:${i + 8 / chunks}`), y.at(`${i}:${i + 8 / chunks}`));
        go();
      }
      return values(w);
    };
    expect(moved(4)).toEqual(moved(1));
  });
});

test("a compiled chunk that is accumulated needs an eighth of the whole batch's memory, or little more", () => {
  const model = new Sequential(new Linear(32, 256), new ReLU(), new Linear(256, 256), new ReLU(), new Linear(256, 1));
  const accumulator = new GradientAccumulator(model.parameters());
  const chunk = (x: Tensor, y: Tensor): Tensor => {
    model.zeroGrad();
    const loss = mse(model.forward(x) as Tensor, y);
    loss.backward();
    accumulator.add(1 / 8);
    return loss;
  };
  const megabytes = (samples: number): number => {
    const text = explain(chunk, zeros([samples, 32]), zeros([samples, 1]));
    return Number(/memory: ([\d.]+) MB planned/.exec(text)![1]);
  };
  expect(megabytes(2048 / 8)).toBeLessThan(0.2 * megabytes(2048));
});

describe("refuses", () => {
  const w = new Parameter(tensor([1]));
  const run = (inputs: Tensor[], options: object): Tensor =>
    accumulate([w], (...xs: Tensor[]) => xs[0]!.mul(w).mean(), inputs, options as AccumulateOptions);
  const [two, three] = [tensor([1, 2]), tensor([1, 2, 3])];
  test.each<[string, () => unknown, Error]>([
    [
      "no number of chunks",
      () => run([two], {}),
      new ValueError("accumulate: chunks is missing; it is a whole number from 1"),
    ],
    ["no chunks", () => run([two], { chunks: 0 }), new ValueError("accumulate: chunks 0 is not a whole number from 1")],
    [
      "an unknown option",
      () => run([two], { chunk: 1 }),
      new ValueError('accumulate: there is no option "chunk" (nearest: chunks); there are chunks, reduction'),
    ],
    [
      "a reduction that is none",
      () => run([two], { chunks: 1, reduction: "none" }),
      new ValueError('accumulate: there is no reduction "none"; there are mean, sum'),
    ],
    [
      "too many chunks",
      () => run([two], { chunks: 3 }),
      new ShapeError("accumulate: 2 samples do not make 3 chunks; take fewer"),
    ],
    [
      "inputs of different lengths",
      () => run([two, three], { chunks: 1 }),
      new ShapeError("accumulate: inputs have as many samples along axis 0, not [2], [3]"),
    ],
    [
      "no inputs",
      () => run([], { chunks: 1 }),
      new ShapeError("accumulate: inputs have as many samples along axis 0, not none"),
    ],
    [
      "a share that is none",
      () => new GradientAccumulator([w]).add(Number.NaN),
      new ValueError("GradientAccumulator: share NaN is not a finite number"),
    ],
    [
      "no parameters",
      () => new GradientAccumulator([]),
      new ValueError("GradientAccumulator: there are no parameters to optimize"),
    ],
  ])("%s", (_, call, error) => {
    expect(call).toThrow(error);
  });
});
