/** Averaged weights, EMA and SWA: the averages, the model on them, running statistics, saving, refusals. */
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import { AveragedModel, type AveragedModelOptions, SGD, updateBn } from "../../src/optim/index.ts";
import { compile, manualSeed, random, type Tensor, tensor } from "../../src/tensor/index.ts";

const values = (x: Tensor): number[] => [...x.dataSync()].map(Number);
/** y = w x, without a bias. */
const slope = (w: number): nn.Linear => {
  const layer = new nn.Linear(1, 1, { bias: false });
  layer.weight.assign(tensor([[w]]));
  return layer;
};

describe.each<[string, AveragedModelOptions, number[]]>([
  ["SWA", {}, [8, 6, 5]], // 8, (8 + 4) / 2, (8 + 4 + 3) / 3
  ["EMA", { decay: 0.75 }, [8, 7, 6]], // 8, 0.75 · 8 + 0.25 · 4, 0.75 · 7 + 0.25 · 3
  ["an average of one's own", { averageFn: (a, w, n) => a.add(w).add(n.astype(w.dtype)) }, [8, 13, 18]],
])("%s", (_, options, expected) => {
  test.each([false, true])("averages step by step (compiled: %s)", (compiled) => {
    const model = slope(0);
    const averaged = new AveragedModel(model, options);
    const update = (w: Tensor): void => {
      model.weight.assign(w);
      averaged.update();
    };
    const call = compiled ? compile(update) : update;
    const found = [8, 4, 3].map((w) => {
      call(tensor([[w]]));
      return averaged.stateDict()["module.weight"]!.itemSync();
    });
    expect(found).toEqual(expected);
    expect(averaged.nAveraged.itemSync()).toBe(3);
    expect(model.weight.itemSync()).toBe(3);
  });
});

test("forward runs on the averages, inside compile too, and leaves the model alone", () => {
  const model = slope(1);
  const averaged = new AveragedModel(model);
  averaged.update();
  model.weight.assign(tensor([[5]]));
  averaged.update();
  const both = (x: Tensor): Tensor[] => [averaged.forward(x), model.forward(x as Tensor<readonly [1, 1]>)];
  for (const call of [both, compile(both)])
    for (let k = 0; k < 2; k++) expect(call(tensor([[10]])).map((y) => y.itemSync())).toEqual([30, 50]);
});

test("a compiled step trains the model and averages it", () => {
  const model = slope(0);
  const averaged = new AveragedModel(model, { decay: 0.5 });
  const optimizer = new SGD(model.parameters(), { lr: 0.25 });
  const step = compile(() => {
    optimizer.zeroGrad();
    model.weight.sub(4).square().sum().backward();
    optimizer.step();
    averaged.update();
  });
  for (let k = 0; k < 3; k++) step();
  expect([model.weight.itemSync(), averaged.stateDict()["module.weight"]!.itemSync()]).toEqual([3.5, 3]); // of 2, 3, 3.5
  expect(step.programs).toBe(1);
});

test("each of the two has its own mode", () => {
  const seen: boolean[] = [];
  class Probe extends nn.Module {
    override forward(x: Tensor): Tensor {
      seen.push(this.training);
      return x;
    }
  }
  const model = new nn.Sequential(new Probe());
  const averaged = new AveragedModel(model);
  averaged.eval();
  averaged.forward(tensor([1]));
  model.forward(tensor([1]));
  expect(seen).toEqual([false, true]);
  expect(averaged.parameters()).toEqual([]);
});

test("buffers are copied, or averaged where that is wanted; whole numbers are copied", () => {
  for (const useBuffers of [false, true]) {
    const model = new nn.BatchNorm1d(1);
    const averaged = new AveragedModel(model, { useBuffers });
    for (const [i, mean] of [2, 6].entries()) {
      model.runningMean!.assign(tensor([mean]));
      model.numBatchesTracked!.assign(i + 1);
      averaged.update();
    }
    const state = averaged.stateDict();
    expect(values(state["module.running_mean"]!)).toEqual([useBuffers ? 4 : 6]);
    expect(values(state["module.num_batches_tracked"]!)).toEqual([2]);
  }
});

describe("saving", () => {
  test("has PyTorch's names", () => {
    class Network extends nn.Module {
      readonly convBlock = [new nn.Linear(1, 1)];
      override forward(x: Tensor): Tensor {
        return x;
      }
    }
    expect(Object.keys(new AveragedModel(new Network()).stateDict())).toEqual([
      "n_averaged",
      "module.convBlock.0.weight",
      "module.convBlock.0.bias",
    ]);
  });

  test.each<AveragedModelOptions>([{}, { decay: 0.9 }])("a continued average goes on bit for bit, %o", (options) => {
    const begin = () => {
      const model = slope(0);
      const averaged = new AveragedModel(model, options);
      return (w: number): AveragedModel => {
        model.weight.assign(tensor([[w]]));
        averaged.update();
        return averaged;
      };
    };
    const [first, second] = [begin(), begin()];
    for (const w of [0.1, 0.7, 0.3]) first(w);
    second(9).loadStateDict(first(0.2).stateDict());
    for (const w of [0.6, 0.4]) {
      const [a, b] = [first(w).stateDict(), second(w).stateDict()];
      expect(values(b["module.weight"]!)).toEqual(values(a["module.weight"]!));
    }
  });
});

describe("updateBn", () => {
  const network = (): nn.Sequential => {
    manualSeed(2);
    return new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3, { momentum: 0.4 }), new nn.Tanh());
  };
  const batches = Array.from({ length: 3 }, (_, i) => random.normal({ shape: [4 + i, 2] }).mul(i + 1));
  for (const batch of batches) batch.dataSync();

  /** Means over batches of the batches' means and variances, by hand. */
  function expected(weight: Tensor, bias: Tensor): { mean: number[]; variance: number[] } {
    const parts = batches.map((x) => {
      const h = x.matmul(weight.T).add(bias);
      return [h.mean({ axis: 0 }), h.var({ axis: 0, ddof: 1 })].map(values) as [number[], number[]];
    });
    const meanOf = (k: 0 | 1) => [0, 1, 2].map((j) => parts.reduce((sum, part) => sum + part[k][j]! / 3, 0));
    return { mean: meanOf(0), variance: meanOf(1) };
  }

  test.each([false, true])("is the mean over the batches, of tensors or of a loader's pairs (%s)", async (pairs) => {
    const model = network().eval();
    const state = model.stateDict();
    const { mean, variance } = expected(state["0.weight"]!, state["0.bias"]!);
    await updateBn(pairs ? batches.map((x) => [x, null] as const) : batches, model);
    const after = model.stateDict();
    expect(values(after["1.running_mean"]!)).toEqual(mean.map((x) => expect.closeTo(x, 5)));
    expect(values(after["1.running_var"]!)).toEqual(variance.map((x) => expect.closeTo(x, 4)));
    expect(values(after["1.num_batches_tracked"]!)).toEqual([3]);
    expect(model.modules().map(({ training }) => training)).toEqual([false, false, false, false]);
    expect(model.modules().map((m) => (m instanceof nn.BatchNorm1d ? m.momentum : null))).toContain(0.4);
  });

  test("of an averaged model: the statistics of the averages, the model's own stay", async () => {
    const model = network();
    const averaged = new AveragedModel(model);
    averaged.update();
    const own = model.stateDict();
    const weight = own["0.weight"]!.mul(3);
    model.loadStateDict({ ...own, "0.weight": weight });
    averaged.update(); // the mean of 1 and 3 times the weight
    const { mean, variance } = expected(own["0.weight"]!.mul(2), own["0.bias"]!);
    await updateBn(batches, averaged);
    const after = averaged.stateDict();
    expect(values(after["module.1.running_mean"]!)).toEqual(mean.map((x) => expect.closeTo(x, 4)));
    expect(values(after["module.1.running_var"]!)).toEqual(variance.map((x) => expect.closeTo(x, 3)));
    expect(values(model.stateDict()["1.running_mean"]!)).toEqual([0, 0, 0]);
    expect(values(model.stateDict()["0.weight"]!)).toEqual(values(weight));
    // in evaluation the averages are normalised with these
    averaged.eval();
    const h = batches[0]!.matmul(own["0.weight"]!.mul(2).T).add(own["0.bias"]!);
    const y = h.sub(tensor(mean)).div(tensor(variance).add(1e-5).sqrt()).tanh();
    expect(values(averaged.forward(batches[0]!) as Tensor)).toEqual(values(y).map((x) => expect.closeTo(x, 4)));
  });

  test("needs a batch", async () => {
    await expect(updateBn([], network())).rejects.toThrow(
      new ValueError("updateBn: there are no batches; the statistics stay as they were"),
    );
  });
});

describe("refuses", () => {
  test.each<[object, string]>([
    [{ decay: 1 }, "AveragedModel: decay 1 is not within 0 ≤ decay < 1, or null"],
    [
      { Decay: 0.9 },
      'AveragedModel: there is no option "Decay" (nearest: decay); there are decay, averageFn, useBuffers',
    ],
    [{ useBuffers: 1 }, "AveragedModel: useBuffers 1 is not true or false"],
    [{ averageFn: "ema" }, "AveragedModel: averageFn ema is not a function, or null"],
    [
      { decay: 0.9, averageFn: (a: Tensor) => a },
      "AveragedModel: decay and averageFn are two averages; give one of them",
    ],
  ])("%o", (options, message) => {
    expect(() => new AveragedModel(slope(1), options)).toThrow(new ValueError(message));
  });
});
