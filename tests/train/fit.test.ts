import { assertType, beforeEach, describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import { loader } from "../../src/data/index.ts";
import * as nn from "../../src/nn/index.ts";
import { SGD } from "../../src/optim/index.ts";
import { setDefaultDevice } from "../../src/runtime/index.ts";
import { type Tensor, tensor } from "../../src/tensor/index.ts";
import {
  accuracy,
  type Callbacks,
  DivergenceError,
  evaluate,
  type FitOptions,
  fit,
  type Metric,
  meanAbsoluteError,
} from "../../src/train/index.ts";

/** y = w x. */
class Slope extends nn.Module {
  w: nn.Parameter<readonly [1]>;
  /** Whether each call of forward was in training. */
  readonly calls: boolean[] = [];

  constructor(w = 0) {
    super();
    this.w = new nn.Parameter(tensor([w]));
  }

  override forward(x: Tensor): Tensor {
    this.calls.push(this.training);
    return x.mul(this.w as Tensor);
  }

  get value(): number {
    return this.w.dataSync()[0]!;
  }
}

/** Targets are 2 x, so the loss is 2.5 (w − 2)², its slope 5 (w − 2). */
const line = { x: tensor([[1], [2]]), y: tensor([[2], [4]]) };

function options(model: nn.Module, lr: number, more: Partial<FitOptions> = {}): FitOptions {
  return { train: line, loss: nn.mse, optimizer: new SGD(model.parameters(), { lr }), batchSize: 2, ...more };
}

/** A metric whose values are given, one for each pass. */
function programmed(name: string, values: readonly number[]): () => Metric {
  const left = [...values];
  return () => ({ name, update() {}, value: () => left.shift()! });
}

describe.each(["reference", "wasm"])("fit on %s", (device) => {
  beforeEach(() => setDefaultDevice(device));

  test.each([true, false])("takes the steps of gradient descent (compiled: %s)", async (compile) => {
    const model = new Slope();
    const history = await fit(model, options(model, 0.1, { epochs: 3, compile }));
    // w goes 0 → 1 → 1.5 → 1.75, each step half of the way; the loss is taken before the step
    expect(history.epochs.map((e) => e.train.loss)).toEqual([10, 2.5, 0.625].map((v) => expect.closeTo(v, 5)));
    expect(model.value).toBeCloseTo(1.75, 6);
    expect(history).toMatchObject({ ending: "finished", steps: 3, keptEpoch: 3, bestEpoch: 3 });
  });

  test("a smaller last batch has a program of its own and weighs less", async () => {
    const model = new Slope(1);
    const train = { x: tensor([[1], [1], [4]]), y: tensor([[0], [0], [0]]) };
    const { epochs } = await fit(model, options(model, 0, { train, epochs: 2 }));
    // (1 + 1 + 16) / 3, whatever the batches; unweighted it would be the mean of two batches' means
    expect(epochs.map((e) => e.train.loss)).toEqual([expect.closeTo(6, 5), expect.closeTo(6, 5)]);
    expect(epochs.map((e) => e.step)).toEqual([2, 4]);
  });

  test("validation happens after the epoch's steps, in evaluation mode, and changes nothing", async () => {
    const model = new Slope();
    const history = await fit(model, options(model, 0.1, { validation: line, epochs: 2, compile: false }));
    expect(history.epochs.map((e) => e.validation!.loss)).toEqual([expect.closeTo(2.5, 5), expect.closeTo(0.625, 5)]);
    expect(model.calls.filter((training) => training)).toHaveLength(2); // one for each step, none for checks and validation
    expect(model.training).toBe(false);
  });

  test("metrics are measured of training and validation", async () => {
    const model = new nn.Sequential(new nn.Linear(2, 2));
    model.loadStateDict({
      "0.weight": tensor([
        [1, 0],
        [0, 1],
      ]),
      "0.bias": tensor([0, 0]),
    });
    const train = {
      x: tensor([
        [1, 0],
        [0, 1],
        [1, 0],
        [1, 0],
      ]),
      y: tensor([0, 1, 1, 0], { dtype: "int32" }),
    };
    const validation = {
      x: tensor([
        [1, 0],
        [1, 0],
      ]),
      y: tensor([1, 1], { dtype: "int32" }),
    };
    const more = { train, validation, loss: nn.crossEntropy, metrics: [accuracy], epochs: 1 };
    const { epochs } = await fit(model, options(model, 0, more));
    expect(epochs[0]!.train.accuracy).toBe(0.75);
    expect(epochs[0]!.validation!.accuracy).toBe(0);
  });

  test("takes a loader and other batches in place of a data set", async () => {
    const model = new Slope();
    const steps: (number | undefined)[] = [];
    const onStart: Callbacks["onStart"] = ({ stepsInEpoch }) => void steps.push(stepsInEpoch);
    await fit(
      model,
      options(model, 0.1, { train: loader(line, { batchSize: 2 }), epochs: 1, callbacks: [{ onStart }] }),
    );
    await fit(model, options(model, 0.1, { train: [[line.x, line.y]], epochs: 1, callbacks: [{ onStart }] }));
    const again = {
      async *[Symbol.asyncIterator]() {
        yield [line.x, line.y] as const;
      },
    };
    await fit(model, options(model, 0.1, { train: again, epochs: 1, callbacks: [{ onStart }] }));
    expect(model.value).toBeCloseTo(1.75, 6);
    expect(steps).toEqual([1, 1, undefined]);
  });

  test("a schedule sets the rate before each step; the optimizer has its own again afterwards", async () => {
    const model = new Slope();
    const fitted = options(model, 0.1, { epochs: 3, schedule: (progress) => 1 - progress });
    const { epochs } = await fit(model, fitted);
    expect(epochs.map((e) => e.lr)).toEqual([0.1, 0.05, 0]); // progress 0, ½, 1
    expect(model.value).toBeCloseTo(2 - 2 * 0.5 * 0.75, 6); // w − 2 shrinks by 1 − 5 lr
    expect(fitted.optimizer.lr).toBe(0.1);
  });

  test("an error of a listener leaves the optimizer its own rate, too", async () => {
    const onEpochEnd = () => {
      throw new Error("mine");
    };
    const model = new Slope();
    const fitted = options(model, 0.1, { schedule: () => 0.5, callbacks: [{ onEpochEnd }] });
    await expect(fit(model, fitted)).rejects.toThrow(new Error("mine"));
    expect(fitted.optimizer.lr).toBe(0.1);
  });

  test("batches that can be gone through only once are found in the second epoch", async () => {
    const model = new Slope();
    const once = [[line.x, line.y] as const][Symbol.iterator]();
    await expect(fit(model, options(model, 0.1, { train: once }))).rejects.toThrow(
      new ValueError("fit: train has no batch; a generator can be gone through once only, a loader as often as needed"),
    );
  });

  test("the same seed goes through the samples in the same order", async () => {
    const order = async (seed: number) => {
      const model = new Slope();
      const x = tensor([[1], [2], [3], [4], [5], [6], [7], [8]]);
      const losses: number[] = [];
      const onStepEnd: Callbacks["onStepEnd"] = ({ loss }) => void losses.push(loss);
      await fit(
        model,
        options(model, 1e-3, { train: { x, y: x }, seed, batchSize: 1, epochs: 2, callbacks: [{ onStepEnd }] }),
      );
      return losses;
    };
    const [first, again, other] = [await order(1), await order(1), await order(2)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(first.slice(0, 8)).not.toEqual(first.slice(8)); // each epoch has an order of its own
  });
});

describe("listeners", () => {
  beforeEach(() => setDefaultDevice("reference"));

  test("are told everything in order, and log gets a line for each epoch", async () => {
    const model = new Slope();
    const told: string[] = [];
    const callbacks: Callbacks = {
      onStart: ({ epochs, stepsInEpoch }) => void told.push(`start ${epochs} × ${stepsInEpoch}`),
      onStepEnd: ({ epoch, step }) => void told.push(`step ${step} of epoch ${epoch}`),
      onEpochEnd: async ({ epoch, isBest }) => void told.push(`epoch ${epoch}${isBest ? " best" : ""}`),
      onEnd: ({ steps }) => void told.push(`end ${steps}`),
    };
    const lines: string[] = [];
    await fit(
      model,
      options(model, 0.1, { epochs: 2, batchSize: 1, callbacks: [callbacks], log: (l) => lines.push(l) }),
    );
    expect(told).toEqual([
      "start 2 × 2",
      "step 1 of epoch 1",
      "step 2 of epoch 1",
      "epoch 1 best",
      "step 3 of epoch 2",
      "step 4 of epoch 2",
      "epoch 2 best",
      "end 4",
    ]);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^epoch 2\/2 {2}loss \d+\.\d{4} {2}\d+\.\d\d s$/);
  });

  test("end the run by returning false", async () => {
    const model = new Slope();
    const history = await fit(
      model,
      options(model, 0.1, { epochs: 9, callbacks: [{ onEpochEnd: ({ epoch }) => epoch < 2 }] }),
    );
    expect(history).toMatchObject({ ending: "stopped", steps: 2, keptEpoch: 2 });
  });
});

describe("early stopping", () => {
  beforeEach(() => setDefaultDevice("reference"));

  const scored = async (values: number[], earlyStopping: Partial<FitOptions["earlyStopping"]> = {}) => {
    const model = new Slope();
    // the metric is made for training and for validation in turn
    const metrics = [
      programmed(
        "score",
        values.flatMap((v) => [0, v]),
      ),
    ];
    const stopping = { patience: 2, monitor: "score", ...earlyStopping };
    const history = await fit(
      model,
      options(model, 0.1, { validation: line, epochs: 8, metrics, earlyStopping: stopping }),
    );
    return { history, w: model.value };
  };

  test("ends after as many epochs without progress as patience says, with the weights of the best one", async () => {
    const { history, w } = await scored([0.5, 0.7, 0.6, 0.7, 0.9]);
    expect(history).toMatchObject({ ending: "early", bestEpoch: 2, keptEpoch: 2 });
    expect(history.epochs).toHaveLength(4);
    expect(w).toBeCloseTo(1.5, 6); // after two steps
  });

  test("keeps the last weights when it is told not to restore the best", async () => {
    const { history, w } = await scored([0.5, 0.7, 0.6, 0.7, 0.9], { restoreBest: false });
    expect(history).toMatchObject({ ending: "early", bestEpoch: 2, keptEpoch: 4 });
    expect(w).toBeCloseTo(1.875, 6);
  });

  test("counts only progress of more than minDelta", async () => {
    const { history } = await scored([0.5, 0.55, 0.59, 0.7], { minDelta: 0.1 });
    expect(history).toMatchObject({ ending: "early", bestEpoch: 1 });
    expect(history.epochs).toHaveLength(3);
  });

  test("takes less for better where the mode says so, and where the name does", async () => {
    expect((await scored([0.5, 0.7, 0.6, 0.8], { mode: "min" })).history.bestEpoch).toBe(1);
    const model = new Slope();
    const history = await fit(model, options(model, 0.1, { epochs: 3, earlyStopping: { patience: 1 } }));
    expect(history).toMatchObject({ ending: "finished", bestEpoch: 3 }); // the loss falls
  });

  test("names what is measured when the monitor is not", async () => {
    const model = new Slope();
    const stopping = { patience: 1, monitor: "f1" };
    await expect(fit(model, options(model, 0.1, { earlyStopping: stopping }))).rejects.toThrow(
      new ValueError('fit: earlyStopping.monitor is "f1", which is not measured; there are loss'),
    );
  });
});

describe("an abort signal", () => {
  beforeEach(() => setDefaultDevice("reference"));

  test("ends the run after the step at hand and gives back the best weights", async () => {
    const model = new Slope();
    const stop = new AbortController();
    const onStepEnd = ({ step }: { step: number }) => void (step === 4 && stop.abort());
    // the loss is read at the end of an epoch of one step, so step 4 is heard of in epoch 4
    const metrics = [programmed("score", [1, 3, 2])];
    const more = {
      epochs: 9,
      metrics,
      earlyStopping: { patience: 9, monitor: "score" },
      signal: stop.signal,
      callbacks: [{ onStepEnd }],
    };
    const history = await fit(model, options(model, 0.1, more));
    expect(history).toMatchObject({ ending: "interrupted", steps: 4, bestEpoch: 2, keptEpoch: 2 });
    expect(history.epochs).toHaveLength(3); // the fourth was not finished
    expect(model.value).toBeCloseTo(1.5, 6);
  });

  test("aborted before the first epoch has ended leaves the weights of the steps that were taken", async () => {
    const model = new Slope();
    const stop = new AbortController();
    const loss = (output: Tensor, target: Tensor) => {
      if (model.training) stop.abort(); // while the first step is traced
      return nn.mse(output, target);
    };
    const history = await fit(model, options(model, 0.1, { loss, signal: stop.signal }));
    expect(history).toMatchObject({ ending: "interrupted", steps: 1, bestEpoch: null, keptEpoch: null, epochs: [] });
    expect(model.value).toBeCloseTo(1, 6);
  });

  test("that was aborted already lets no step be taken", async () => {
    const model = new Slope();
    const history = await fit(model, options(model, 0.1, { signal: AbortSignal.abort() }));
    expect(history).toMatchObject({ ending: "interrupted", steps: 0, keptEpoch: null, epochs: [] });
    expect(model.value).toBe(0);
  });

  test("is heard from a timer while steps run without a pause", async () => {
    const model = new Slope();
    const x = tensor(new Float32Array(5000).fill(1)).reshape([5000, 1]);
    const history = await fit(
      model,
      options(model, 1e-6, { train: { x, y: x }, batchSize: 1, epochs: 1000, signal: AbortSignal.timeout(200) }),
    );
    expect(history.ending).toBe("interrupted");
  });
});

describe.each(["reference", "wasm"])("a loss that runs away, on %s", (device) => {
  beforeEach(() => setDefaultDevice(device));

  test("stops the run, names epoch and step, and gives back the last good weights", async () => {
    const model = new Slope();
    const error = await fit(model, options(model, 1, { epochs: 60 })).catch((e: unknown) => e as DivergenceError);
    // w − 2 is multiplied by −4 in each step; after 31 of them the second residual, 2 (w − 2), is 2⁶⁴, and its square beyond float32
    if (!(error instanceof DivergenceError)) throw new Error("the run did not fail as it should");
    expect(error.message).toBe(
      "fit: the loss is Infinity at epoch 32, step 32; the model has its last good weights again, those of epoch 31, step 31; " +
        "try a smaller learning rate than 1, clip the gradients, or look at the data's scale",
    );
    expect([error.epoch, error.step, error.history.epochs.length]).toEqual([32, 32, 31]);
    expect(model.value).toBe(Math.fround(2 + 2 * 4 ** 31)); // (−4)³¹ is negative, and so was w − 2
  });

  test("in the first step gives back the weights from before it", async () => {
    const model = new Slope(-1);
    const loss = (output: Tensor, target: Tensor) => nn.mse(output.log(), target); // log of a negative number
    await expect(fit(model, options(model, 0.1, { loss }))).rejects.toThrow(
      "fit: the loss is NaN at epoch 1, step 1; the model has its last good weights again, those from before the first step",
    );
    expect(model.value).toBe(-1);
  });

  test("a step that ruins the weights after a finite loss is found as well", async () => {
    const model = new Slope();
    const loss = (output: Tensor, target: Tensor) => nn.mse(output.sqrt(), target); // √ has an infinite slope at 0
    await expect(fit(model, options(model, 0.1, { loss, epochs: 1 }))).rejects.toThrow(
      "fit: a weight is not finite at epoch 1, step 1; the model has its last good weights again, those from before the first step",
    );
    expect(model.value).toBe(0);
  });

  test("in validation stops the run, too", async () => {
    const model = new Slope(1);
    const validation = { x: tensor([[-1]]), y: tensor([[1]]) };
    const loss = (output: Tensor, target: Tensor) => nn.mse(output.sqrt(), target);
    await expect(fit(model, options(model, 1e-3, { loss, validation }))).rejects.toThrow(
      "fit: the validation loss is NaN at epoch 1, step 1",
    );
  });
});

describe("before the first step", () => {
  beforeEach(() => setDefaultDevice("reference"));

  const rejects = (more: Partial<FitOptions>, error: Error) => {
    const model = new Slope();
    return expect(fit(model, options(model, 0.1, more))).rejects.toThrow(error);
  };

  test("a NaN in the data is found, with its place", async () => {
    const x = tensor([
      [1, 2],
      [3, Number.NaN],
    ]);
    await rejects(
      { train: { x, y: x } },
      new ValueError("fit: train: x of sample 1, column 1 is NaN; remove the sample or fill the gap"),
    );
    const y = tensor([[Number.POSITIVE_INFINITY]]);
    await rejects(
      { validation: { x: tensor([[1]]), y } },
      new ValueError("fit: validation: y of sample 0 is Infinity; remove the sample or fill the gap"),
    );
  });

  test("different numbers of samples are found", async () => {
    await rejects(
      { train: { x: line.x, y: tensor([[1], [2], [3]]) } },
      new ShapeError("fit: train: x has shape [2, 1], y [3, 1]; both have one row a sample"),
    );
  });

  test("a label out of range is found, with its place", async () => {
    const model = new nn.Sequential(new nn.Linear(1, 3));
    const train = { x: tensor([[1], [2], [3]]), y: tensor([0, 2, 3], { dtype: "int32" }) };
    await expect(fit(model, options(model, 0.1, { train, loss: nn.crossEntropy }))).rejects.toThrow(
      new ValueError("fit: train.y: label 3 at position 2 is not a class; 3 classes are numbered 0 to 2"),
    );
  });

  test("a model that does not take the data says so itself", async () => {
    const model = new nn.Sequential(new nn.Linear(3, 1));
    await expect(fit(model, options(model, 0.1))).rejects.toThrow(/linear: .*\[2, 1\].*\[1, 3\]/);
  });

  test("a loss that is not one number is refused", async () => {
    const loss = (output: Tensor, target: Tensor) => output.sub(target);
    await rejects(
      { loss },
      new ValueError("fit: the loss has shape [2, 1]; it is one number, the mean over the batch"),
    );
  });

  test("an optimizer of other parameters is refused", async () => {
    const model = new Slope();
    await expect(fit(model, options(new Slope(), 0.1))).rejects.toThrow(
      new ValueError("fit: the optimizer moves none of the model's parameters; make it from model.parameters()"),
    );
  });

  test.each([
    [{ epochs: 0 }, "fit: epochs is 0; it is a whole number from 1"],
    [{ batchSize: 1.5 }, "fit: batchSize is 1.5; it is a whole number from 1"],
    [{ earlyStopping: { patience: 0 } }, "fit: earlyStopping.patience is 0; it is a number of epochs from 1"],
  ])("%j is refused", async (more, message) => {
    await rejects(more, new ValueError(message));
  });

  test("nothing has changed then", async () => {
    const model = new Slope(7);
    await fit(model, options(model, 0.1, { epochs: 0 })).catch(() => {});
    expect(model.value).toBe(7);
  });
});

describe("evaluate", () => {
  beforeEach(() => setDefaultDevice("reference"));

  test("measures in evaluation mode and leaves the mode as it was", async () => {
    const model = new Slope(1);
    const found = await evaluate(model, line, { loss: nn.mse, compile: false });
    expect(found).toEqual({ loss: 2.5 });
    expect(model.calls).toEqual([false]);
    expect(model.training).toBe(true);
  });

  test("knows the names and values of its metrics in the type", async () => {
    const { loss: _, ...measured } = await evaluate(new Slope(), line, { loss: nn.mse, metrics: [meanAbsoluteError] });
    assertType<{ readonly meanAbsoluteError: number }>(measured);
    expect(measured).toEqual({ meanAbsoluteError: 3 }); // (|0 − 2| + |0 − 4|) / 2
  });

  test("a loss that is no single number is refused", async () => {
    const each = (output: Tensor, y: Tensor): Tensor => output.sub(y).square();
    await expect(evaluate(new Slope(), line, { loss: each })).rejects.toThrow(/^evaluate: the loss has shape \[/);
  });

  test("of batches that are gone says so", async () => {
    const batches = [[line.x, line.y] as const][Symbol.iterator]();
    for (const _ of batches);
    await expect(evaluate(new Slope(), batches, { loss: nn.mse })).rejects.toThrow(
      new ValueError(
        "evaluate: the set has no batch; a generator can be gone through once only, a loader as often as needed",
      ),
    );
  });
});
