/** Recurrent layers: their state dicts, agreement with cells, dropout between layers, and training runs of PyTorch. */
import { describe, expect, test } from "vitest";
import { ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam, clipGradNorm, RMSprop, SGD } from "../../src/optim/index.ts";
import { compile, ones, random, stack, type Tensor, tensor, zeros } from "../../src/tensor/index.ts";
import {
  type Case,
  describeCases,
  expectClose,
  type Run,
  type Setting,
  tolerances,
  toTensor,
} from "../fixtures-harness.ts";

const dtype = "float64";

describe("state dicts", () => {
  test("of an LSTM have PyTorch's names and shapes in PyTorch's order", () => {
    const lstm = new nn.LSTM(3, 2, { numLayers: 2, bidirectional: true });
    expect(Object.entries(lstm.stateDict()).map(([name, { shape }]) => `${name} ${shape.join("×")}`)).toEqual([
      "weight_ih_l0 8×3",
      "weight_hh_l0 8×2",
      "bias_ih_l0 8",
      "bias_hh_l0 8",
      "weight_ih_l0_reverse 8×3",
      "weight_hh_l0_reverse 8×2",
      "bias_ih_l0_reverse 8",
      "bias_hh_l0_reverse 8",
      "weight_ih_l1 8×4",
      "weight_hh_l1 8×2",
      "bias_ih_l1 8",
      "bias_hh_l1 8",
      "weight_ih_l1_reverse 8×4",
      "weight_hh_l1_reverse 8×2",
      "bias_ih_l1_reverse 8",
      "bias_hh_l1_reverse 8",
    ]);
    expect(lstm.parameters().length).toBe(16);
  });

  test("of cells and of an embedding too", () => {
    expect(Object.keys(new nn.GRUCell(3, 2).stateDict())).toEqual(["weight_ih", "weight_hh", "bias_ih", "bias_hh"]);
    expect(Object.keys(new nn.RNNCell(3, 2, { bias: false }).stateDict())).toEqual(["weight_ih", "weight_hh"]);
    expect(Object.keys(new nn.Embedding(3, 2).stateDict())).toEqual(["weight"]);
    const peepholes = new nn.PeepholeLSTM(3, 2, { peepholes: ["f"] });
    expect(Object.keys(peepholes.stateDict())).toEqual(["weight_ih", "weight_hh", "bias", "weight_cf"]);
  });

  test("are named in a network by the layer's path", () => {
    class Net extends nn.Module {
      gru = new nn.GRU(2, 3, { bias: false });
      override forward(x: Tensor): Tensor {
        return this.gru.forward(x)[0];
      }
    }
    expect(Object.keys(new Net().stateDict())).toEqual(["gru.weight_ih_l0", "gru.weight_hh_l0"]);
    expect(() => new Net().forward(zeros([4, 1, 5]))).toThrow(
      "net.gru: gru: weightIh [9, 2] does not fit x [4, 1, 5] and weightHh [9, 3]; its shape is [9, 5]",
    );
  });
});

test("weights begin within ±1/√hidden, a padding row as zeros", () => {
  const largest = Math.max(...new nn.LSTM(8, 16).parameters().map((p) => p.abs().max().itemSync()));
  expect(largest).toBeLessThanOrEqual(0.25);
  expect(largest).toBeGreaterThan(0.24);
  expect(new nn.Embedding(3, 2, { paddingIdx: -1 }).weight.at(2).arraySync()).toEqual([0, 0]);
});

test("a layer is its cell, step by step", () => {
  random.manualSeed(4);
  const x = random.normal({ shape: [3, 2, 4], dtype });
  const cells = [new nn.RNNCell(4, 5, { dtype }), new nn.GRUCell(4, 5, { dtype })] as const;
  const layers = [new nn.RNN(4, 5, { dtype }), new nn.GRU(4, 5, { dtype })] as const;
  cells.forEach((cell, i) => {
    const renamed = Object.fromEntries(Object.entries(cell.stateDict()).map(([name, w]) => [`${name}_l0`, w]));
    layers[i]!.loadStateDict(renamed);
    const states: Tensor[] = [];
    for (let t = 0; t < 3; t++) states.push(cell.forward(x.at(t), states.at(-1) ?? null));
    const [y, hN] = layers[i]!.forward(x);
    expect(y.sub(stack(states)).abs().max().itemSync()).toBeLessThan(1e-14);
    expect(hN.at(0).arraySync()).toEqual(y.at(-1).arraySync());
  });
});

test("dropout acts between layers in training, and not behind the last one", () => {
  random.manualSeed(1);
  const x = ones([1, 1, 4]);
  const one = new nn.RNN(4, 64, { dropout: 0.5 });
  expect(one.forward(x)[0].arraySync()).toEqual(one.eval().forward(x)[0].arraySync());
  const two = new nn.RNN(4, 64, { dropout: 0.5, numLayers: 2 });
  expect(two.forward(x)[0].arraySync()).not.toEqual(two.forward(x)[0].arraySync());
  two.eval();
  expect(two.forward(x)[0].arraySync()).toEqual(two.forward(x)[0].arraySync());
});

test.each<[() => unknown, Error]>([
  [() => new nn.LSTM(0, 2), new ValueError("LSTM: inputSize 0 is not a whole number from 1")],
  [() => new nn.GRU(2, 2, { numLayers: 0 }), new ValueError("GRU: numLayers 0 is not a whole number from 1")],
  [() => new nn.RNN(2, 2, { dropout: 2 }), new ValueError("RNN: the probability dropout 2 is not within 0 … 1")],
  [
    () => new nn.PeepholeLSTM(2, 2, { peepholes: ["g" as "f"] }),
    new ValueError('PeepholeLSTM: gate "g" has no peephole; those of i, f and o may'),
  ],
])("%s", (call, error) => {
  expect(call).toThrow(error);
});

// ---- training runs ---------------------------------------------------------------------------------------------------

class CharRnn extends nn.Module<[tokens: Tensor]> {
  E: Tensor;
  We: Tensor;
  Wh: Tensor;
  b1: Tensor;
  W2: Tensor;
  b2: Tensor;

  constructor(given: Readonly<Record<string, Tensor>>) {
    super();
    const { E, We, Wh, b1, W2, b2 } = given;
    [this.E, this.We, this.Wh] = [new nn.Parameter(E!), new nn.Parameter(We!), new nn.Parameter(Wh!)];
    [this.b1, this.W2, this.b2] = [new nn.Parameter(b1!), new nn.Parameter(W2!), new nn.Parameter(b2!)];
  }

  override forward(tokens: Tensor): Tensor {
    const weights = { weightIh: this.We, weightHh: this.Wh, biasIh: this.b1 };
    const [h] = nn.rnn(nn.embedding(tokens, this.E.T), [weights]);
    return nn.linear(h, this.W2, this.b2);
  }
}

class Classifier extends nn.Module {
  lstm?: nn.LSTM;
  gru?: nn.GRU;
  fc: nn.Linear;

  constructor(kind: "lstm" | "gru", { device, float: dtype }: Setting) {
    super();
    const options = { batchFirst: true, dtype, device } as const;
    if (kind === "lstm") this.lstm = new nn.LSTM(2, 3, options);
    else this.gru = new nn.GRU(2, 3, options);
    this.fc = new nn.Linear(3, 2, { dtype, device });
  }

  override forward(x: Tensor): Tensor {
    const [y] = (this.lstm ?? this.gru)!.forward(x);
    return this.fc.forward(y.at(":", -1));
  }
}

/** Runs steps on what `batch` gives, and compares losses and final weights. */
function follow(
  c: Case,
  model: nn.AnyModule,
  loss: (x: Tensor, y: Tensor) => Tensor,
  update: () => void,
  batch: (k: number) => [Tensor, Tensor],
  compiled: boolean,
  setting: Setting,
): void {
  const step = (x: Tensor, y: Tensor): Tensor => {
    model.zeroGrad();
    const value = loss(x, y);
    value.backward();
    update();
    return value;
  };
  const call = compiled ? compile(step) : step;
  const found = Array.from({ length: c.options.steps as number }, (_, k) => call(...batch(k)).itemSync());
  const [rtol, atol] = tolerances(c, setting);
  expectClose("loss", tensor(found, { dtype }), c.outputs.loss!, rtol, atol);
  const after = model.stateDict();
  for (const [key, value] of Object.entries(c.outputs)) {
    const name = key.slice("final.".length);
    if (key.startsWith("final.")) expectClose(key, after[name] ?? after[name.toLowerCase()]!, value, rtol, atol);
  }
}

const runs: Readonly<Record<string, (c: Case, setting: Setting, compiled: boolean) => void>> = {
  charRnn(c, setting, compiled) {
    const { text, batches, ...initial } = c.inputs;
    const given = Object.fromEntries(Object.entries(initial).map(([name, w]) => [name, toTensor(w, setting)]));
    const model = new CharRnn(given);
    const sgd = new SGD(model.parameters(), { lr: 0.3 });
    const update = (): void => {
      clipGradNorm(model.parameters(), c.options.clipGradNorm as number);
      sgd.step();
    };
    const rows = toTensor(text!, setting);
    follow(
      c,
      model,
      (x, y) => nn.crossEntropy(model.forward(x), y),
      update,
      (k) => {
        const row = rows.at(Number(batches!.data[k]));
        return [row.at(":-1"), row.at("1:")];
      },
      compiled,
      setting,
    );
  },
  lstmClassifier: (c, setting, compiled) => classify("lstm", c, setting, compiled),
  gruClassifier: (c, setting, compiled) => classify("gru", c, setting, compiled),
};

function classify(kind: "lstm" | "gru", c: Case, setting: Setting, compiled: boolean): void {
  const { x, target, ...initial } = c.inputs;
  const model = new Classifier(kind, setting);
  model.loadStateDict(Object.fromEntries(Object.entries(initial).map(([name, w]) => [name, toTensor(w, setting)])));
  const parameters = model.parameters();
  const optimizer = kind === "lstm" ? new Adam(parameters, { lr: 0.02 }) : new RMSprop(parameters, { lr: 0.01 });
  const data: [Tensor, Tensor] = [toTensor(x!, setting), toTensor(target!, setting)];
  follow(
    c,
    model,
    (xs, ys) => nn.crossEntropy(model.forward(xs), ys),
    () => optimizer.step(),
    () => data,
    compiled,
    setting,
  );
}

const all = (compiled: boolean): Record<string, Run> =>
  Object.fromEntries(Object.entries(runs).map(([fn, run]) => [fn, (c, setting) => run(c, setting, compiled)]));

describeCases("training", all(false));
describeCases("training", all(true), "compiled training");
