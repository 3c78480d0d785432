/** Modules: what is found in them, how it is called, saved and shown, and what errors say. */
import { describe, expect, test } from "vitest";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import { compile, manualSeed, parameter, type Tensor, tensor, variable, zeros } from "../../src/tensor/index.ts";

class Block extends nn.Module {
  norm = new nn.BatchNorm1d(4);
  fc = new nn.Linear(4, 4, { bias: false });

  override forward(x: Tensor): Tensor {
    return this.fc.forward(this.norm.forward(x)).relu();
  }
}

class Net extends nn.Module {
  stem = new nn.Linear(3, 4);
  blocks = [new Block(), new Block()];
  heads = { left: new nn.Linear(4, 2), right: new nn.Linear(4, 2) };
  outputScale = parameter([1, 1]);
  stepsSeen = variable(zeros([]));
  rate = 0.5;
  constant = tensor([1, 2]);

  override forward(x: Tensor): Tensor {
    let h: Tensor = this.stem.forward(x);
    for (const block of this.blocks) h = block.forward(h);
    return this.heads.left.forward(h).add(this.heads.right.forward(h)).mul(this.outputScale);
  }
}

const blockKeys = (path: string): string[] =>
  ["norm.weight", "norm.bias", "norm.running_mean", "norm.running_var", "norm.num_batches_tracked", "fc.weight"].map(
    (key) => `${path}.${key}`,
  );

describe("what is found", () => {
  test("state comes under PyTorch's names, a module's own before that of inner ones, through lists and records", () => {
    expect(Object.keys(new Net().stateDict())).toEqual([
      "output_scale",
      "steps_seen",
      "stem.weight",
      "stem.bias",
      ...blockKeys("blocks.0"),
      ...blockKeys("blocks.1"),
      "heads.left.weight",
      "heads.left.bias",
      "heads.right.weight",
      "heads.right.bias",
    ]);
  });

  test("parameters are what is trained, buffers what is only kept, constants neither", () => {
    const net = new Net();
    expect([...net.namedParameters()].map(([name]) => name)).toContain("output_scale");
    expect([...net.namedParameters()].length).toBe(2 + 2 * 3 + 4 + 1);
    expect([...net.namedBuffers()].map(([name]) => name)).toEqual([
      "steps_seen",
      ...blockKeys("blocks.0").slice(2, 5),
      ...blockKeys("blocks.1").slice(2, 5),
    ]);
    expect(net.parameters().every((p) => p.requiresGrad)).toBe(true);
  });

  test("modules come with their paths, the module itself first", () => {
    expect(Array.from(new Net().namedModules(), ([name]) => name)).toEqual([
      "",
      "stem",
      "blocks.0",
      "blocks.0.norm",
      "blocks.0.fc",
      "blocks.1",
      "blocks.1.norm",
      "blocks.1.fc",
      "heads.left",
      "heads.right",
    ]);
  });

  test("Sequential numbers its layers as PyTorch does", () => {
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.ReLU(), new nn.Linear(3, 1));
    expect(Object.keys(model.stateDict())).toEqual(["0.weight", "0.bias", "2.weight", "2.bias"]);
  });

  test("a shared layer is trained once and saved under both names", () => {
    class Tied extends nn.Module {
      encoder = new nn.Linear(2, 2, { bias: false });
      decoder = this.encoder;
      override forward(x: Tensor): Tensor {
        return this.decoder.forward(this.encoder.forward(x));
      }
    }
    const tied = new Tied();
    expect([tied.parameters().length, Object.keys(tied.stateDict())]).toEqual([
      1,
      ["encoder.weight", "decoder.weight"],
    ]);
  });

  test("train and eval reach everything inside", () => {
    const net = new Net();
    expect(
      net
        .eval()
        .modules()
        .some((m) => m.training),
    ).toBe(false);
    expect(
      net
        .train()
        .modules()
        .every((m) => m.training),
    ).toBe(true);
  });

  test("zeroGrad forgets all gradients", () => {
    const layer = new nn.Linear(2, 1);
    layer
      .forward(tensor([[1, 2]]))
      .sum()
      .backward();
    expect(layer.weight.grad!.arraySync()).toEqual([[1, 2]]);
    layer.zeroGrad();
    expect([layer.weight.grad, layer.bias!.grad]).toEqual([null, null]);
  });

  test("apply visits inner modules first", () => {
    const seen: string[] = [];
    new nn.Sequential(new nn.ReLU(), new nn.Tanh()).apply((m) => seen.push(m.constructor.name));
    expect(seen).toEqual(["Tanh", "ReLU", "Sequential"]);
  });
});

describe("state dicts", () => {
  test("carry values from one network to another, and do not change with the first", () => {
    const [a, b] = [new Net(), new Net()];
    const state = a.stateDict();
    const before = a.stem.weight.arraySync();
    a.stem.weight.assign(0);
    expect(b.loadStateDict(state)).toEqual({ missing: [], unexpected: [] });
    expect(b.stem.weight.arraySync()).toEqual(before);
  });

  test("values are cast to the network's dtype", () => {
    const layer = new nn.Linear(1, 1, { dtype: "float64", bias: false });
    layer.loadStateDict({ weight: tensor([[0.5]]) });
    expect([layer.weight.dtype, layer.weight.arraySync()]).toEqual(["float64", [[0.5]]]);
  });

  test("missing and unexpected keys and wrong shapes are told together, and nothing is set", () => {
    const model = new nn.Sequential(new nn.Linear(2, 3), new nn.Linear(3, 1));
    const before = model.stateDict();
    const dict = { "0.weigth": zeros([3, 2]), "0.bias": zeros([3]), "1.weight": zeros([3, 1]), extra: zeros([1]) };
    expect(() => model.loadStateDict(dict)).toThrow(
      new ValueError(
        "loadStateDict: the state dict does not fit Sequential: missing 0.weight (nearest: 0.weigth), 1.bias; " +
          "unexpected 0.weigth (nearest: 0.weight), extra; 1.weight has shape [3, 1], expected [1, 3]",
      ),
    );
    const after = model.stateDict();
    for (const key of Object.keys(before)) expect(after[key]!.arraySync()).toEqual(before[key]!.arraySync());
  });

  test("without strict, what fits is loaded and the rest reported; shapes still must fit", () => {
    const layer = new nn.Linear(1, 1);
    expect(layer.loadStateDict({ weight: tensor([[7]]), other: zeros([1]) }, { strict: false })).toEqual({
      missing: ["bias"],
      unexpected: ["other"],
    });
    expect(layer.weight.arraySync()).toEqual([[7]]);
    expect(() => layer.loadStateDict({ weight: zeros([2, 1]) }, { strict: false })).toThrow(
      new ValueError("loadStateDict: the state dict does not fit Linear: weight has shape [2, 1], expected [1, 1]"),
    );
  });
});

describe("errors carry the path", () => {
  test("of the innermost module, once", () => {
    class Outer extends nn.Module {
      net = new Net();
      override forward(x: Tensor): Tensor {
        return this.net.forward(x);
      }
    }
    const model = new Outer();
    (model.net.blocks[1] as { fc: nn.Module }).fc = new nn.Linear(5, 4);
    expect(() => model.forward(zeros([2, 3]))).toThrow(
      new ShapeError("outer.net.blocks.1.fc: linear: x [2, 4] has 4 features, weight [4, 5] takes 5"),
    );
  });

  test("of the root alone where its own forward is wrong", () => {
    class Wrong extends nn.Module {
      fc = new nn.Linear(2, 3);
      override forward(x: Tensor): Tensor {
        return this.fc.forward(x).matmul(x);
      }
    }
    expect(() => new Wrong().forward(zeros([4, 2]))).toThrow(
      /^wrong: matmul: inner dimensions differ: \[4, 3\] · \[4, 2\] \(3 ≠ 4\)/,
    );
  });

  test("not of a layer by itself", () => {
    expect(() => new nn.Linear<number, number>(5, 4).forward(zeros([2, 3]))).toThrow(
      new ShapeError("linear: x [2, 3] has 3 features, weight [4, 5] takes 5"),
    );
  });
});

describe("the layer table", () => {
  test("shows types, outputs, weights and counts", () => {
    class Small extends nn.Module {
      conv = new nn.Conv2d(1, 8, 3, { padding: 1 });
      pool = new nn.MaxPool2d(2);
      body = new nn.Sequential(new nn.Flatten(), new nn.Dropout(0.1), new nn.Linear(128, 10));
      override forward(x: Tensor): Tensor {
        return this.body.forward(this.pool.forward(this.conv.forward(x)));
      }
    }
    const small = new Small();
    expect(small.toString({ input: [32, 1, 8, 8] })).toBe(
      [
        "Small",
        "layer   type                             output         weights                        parameters",
        "─────────────────────────────────────────────────────────────────────────────────────────────────",
        "conv    Conv2d(1, 8, 3, { padding: 1 })  [32, 8, 8, 8]  weight [8, 1, 3, 3], bias [8]          80",
        "pool    MaxPool2d(2)                     [32, 8, 4, 4]                                          0",
        "body.0  Flatten                          [32, 128]                                              0",
        "body.1  Dropout(0.1)                     [32, 128]                                              0",
        "body.2  Linear(128, 10)                  [32, 10]       weight [10, 128], bias [10]         1,290",
        "─────────────────────────────────────────────────────────────────────────────────────────────────",
        "total                                                                                       1,370",
      ].join("\n"),
    );
    expect(small.modules().every((m) => m.training)).toBe(true);
  });

  test("has no outputs before the first call, and tells of frozen parameters", () => {
    const layer = new nn.Linear(2, 1);
    layer.bias!.requiresGrad = false;
    expect(`${layer}`).toBe(
      [
        "Linear",
        "layer  type          weights                  parameters",
        "────────────────────────────────────────────────────────",
        "·      Linear(2, 1)  weight [1, 2], bias [1]           3",
        "────────────────────────────────────────────────────────",
        "total                                                  3",
        "1 of them are not trained",
      ].join("\n"),
    );
  });
});

describe("dropout", () => {
  test("keeps the expectation in training, passes everything on in evaluation", () => {
    manualSeed(1);
    const layer = new nn.Dropout(0.25);
    const x = zeros([100_000]).add(1);
    const values = layer.forward(x).dataSync();
    expect(new Set(values)).toEqual(new Set([0, Math.fround(4 / 3)]));
    // 75,000 expected, standard deviation √(10⁵ · ¼ · ¾) = 137; five of them
    expect(Math.abs(values.filter((v) => v > 0).length - 75_000)).toBeLessThan(685);
    expect(
      layer
        .eval()
        .forward(x)
        .dataSync()
        .every((v) => v === 1),
    ).toBe(true);
  });

  test("a compiled step draws a new mask at every run", () => {
    manualSeed(2);
    const layer = new nn.Dropout(0.5);
    const step = compile((x: Tensor) => layer.forward(x));
    const x = zeros([64]).add(1);
    expect(step(x).dataSync()).not.toEqual(step(x).dataSync());
    expect(step.programs).toBe(1);
  });

  test("the gradient goes where the mask is", () => {
    const x = tensor(new Float32Array(64).fill(1), { requiresGrad: true });
    const y = nn.dropout(x, { p: 0.5 });
    y.sum().backward();
    expect(x.grad!.dataSync()).toEqual(y.dataSync());
  });

  test("p = 1 drops everything, p = 0 nothing, others are refused", () => {
    const x = tensor([1, 2]);
    expect([nn.dropout(x, { p: 1 }).arraySync(), nn.dropout(x, { p: 0 }).arraySync()]).toEqual([
      [0, 0],
      [1, 2],
    ]);
    expect(() => new nn.Dropout(1.5)).toThrow(new ValueError("Dropout: the probability 1.5 is not within 0 … 1"));
  });
});

describe("batch normalisation", () => {
  test("moves its running statistics in training, also in a compiled step, and uses them in evaluation", () => {
    const layer = new nn.BatchNorm1d(1);
    const step = compile((x: Tensor) => layer.forward(x));
    const x = tensor([[1], [3]]); // mean 2, variance 1 (biased), 2 (unbiased)
    step(x);
    expect(layer.runningMean!.itemSync()).toBeCloseTo(0.2, 6);
    expect(layer.runningVar!.itemSync()).toBeCloseTo(1.1, 6);
    step(x);
    expect(layer.runningMean!.itemSync()).toBeCloseTo(0.38, 6);
    expect(layer.numBatchesTracked!.itemSync()).toBe(2);
    layer.eval();
    expect(layer.forward(tensor([[0.38]])).itemSync()).toBeCloseTo(0, 6);
    expect(layer.numBatchesTracked!.itemSync()).toBe(2);
  });

  test("momentum null keeps the plain mean of all batches", () => {
    const layer = new nn.BatchNorm1d(1, { momentum: null });
    for (const shift of [0, 3, 6]) layer.forward(tensor([[1 + shift], [3 + shift]]));
    expect(layer.runningMean!.itemSync()).toBeCloseTo(5, 5); // of 2, 5, 8
    expect(layer.runningVar!.itemSync()).toBeCloseTo(2, 5);
  });

  test("refuses other shapes, and training on one value a channel", () => {
    expect(() => new nn.BatchNorm2d(3).forward(zeros([2, 3]))).toThrow(
      new ShapeError("BatchNorm2d: the shape is [N, 3, H, W], not [2, 3]"),
    );
    expect(() => new nn.BatchNorm1d(3).forward(zeros([1, 3]))).toThrow(
      new ValueError(
        "batchNorm: training on [1, 3] has one value a channel, which has no variance; use a larger batch or eval()",
      ),
    );
  });
});

describe("initial values", () => {
  /** Mean, deviation and bound of a sample. */
  function statistics(t: Tensor): { mean: number; deviation: number; bound: number } {
    const values = Array.from(t.dataSync());
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
    return { mean, deviation, bound: values.reduce((a, b) => Math.max(a, Math.abs(b)), 0) };
  }

  // fanIn = 100 · 9, fanOut = 50 · 9; 45,000 numbers: the deviation is known to 0.5 % or better
  const shape = [50, 100, 3, 3] as const;
  test.each<[string, () => Tensor, number, number]>([
    ["xavierUniform", () => nn.init.xavierUniform(shape), Math.sqrt(2 / 1350), Math.sqrt(6 / 1350)],
    ["xavierNormal", () => nn.init.xavierNormal(shape, { gain: 2 }), 2 * Math.sqrt(2 / 1350), Infinity],
    ["kaimingUniform", () => nn.init.kaimingUniform(shape), Math.sqrt(2 / 900), Math.sqrt(6 / 900)],
    [
      "kaimingNormal",
      () => nn.init.kaimingNormal(shape, { mode: "fanOut", nonlinearity: "tanh" }),
      5 / 3 / Math.sqrt(450),
      Infinity,
    ],
    ["the default of layers", () => nn.init.defaultWeight(shape), 1 / 30 / Math.sqrt(3), 1 / 30],
    ["the default bias", () => nn.init.defaultBias(45_000, shape), 1 / 30 / Math.sqrt(3), 1 / 30],
  ])("%s", (_, make, deviation, bound) => {
    manualSeed(3);
    const found = statistics(make());
    expect(Math.abs(found.mean)).toBeLessThan((5 * deviation) / Math.sqrt(45_000));
    expect(found.deviation / deviation).toBeCloseTo(1, 1.5);
    expect(found.bound).toBeLessThanOrEqual(bound * (1 + 1e-6));
    if (Number.isFinite(bound)) expect(found.bound).toBeGreaterThan(bound * 0.99);
  });

  test("need two axes", () => {
    expect(() => nn.init.xavierUniform([3])).toThrow(
      new ShapeError("init: [3] has no fan in and fan out; they need at least [out, in]"),
    );
  });
});

test("freezing a parameter keeps its value", () => {
  manualSeed(4);
  const frozen = new nn.Linear(3, 2);
  frozen.weight.requiresGrad = false;
  manualSeed(4);
  expect(frozen.weight.arraySync()).toEqual(new nn.Linear(3, 2).weight.arraySync());
});
