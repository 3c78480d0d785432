/**
 * Whole training runs that must reproduce PyTorch's losses step by step, compiled and not, with layers and their state
 * dicts.
 */
import { expect } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { Adam, SGD } from "../../src/optim/index.ts";
import { compile, type Tensor, tensor } from "../../src/tensor/index.ts";
import {
  type Case,
  describeCases,
  expectClose,
  type Run,
  type Setting,
  type StoredTensor,
  tolerances,
  toTensor,
} from "../fixtures-harness.ts";

type Options = { readonly dtype: Setting["float"]; readonly device: string };

class Mlp extends nn.Module {
  fc1: nn.Linear;
  fc2: nn.Linear;

  constructor(options: Options) {
    super();
    this.fc1 = new nn.Linear(2, 3, options);
    this.fc2 = new nn.Linear(3, 1, options);
  }

  override forward(x: Tensor): Tensor {
    return this.fc2.forward(this.fc1.forward(x).tanh()).sigmoid().flatten();
  }
}

class Cnn extends nn.Module {
  conv: nn.Conv2d;
  pool = new nn.MaxPool2d(2);
  fc: nn.Linear;

  constructor(options: Options) {
    super();
    this.conv = new nn.Conv2d<number, number>(1, 4, 3, options);
    this.fc = new nn.Linear(36, 3, options);
  }

  override forward(x: Tensor): Tensor {
    return this.fc.forward(this.pool.forward(this.conv.forward(x).relu()).flatten(1));
  }
}

class BatchNormMlp extends nn.Module {
  fc1: nn.Linear;
  bn: nn.BatchNorm1d;
  fc2: nn.Linear;

  constructor(options: Options) {
    super();
    this.fc1 = new nn.Linear(3, 5, { bias: false, ...options });
    this.bn = new nn.BatchNorm1d(5, options);
    this.fc2 = new nn.Linear(5, 3, options);
  }

  override forward(x: Tensor): Tensor {
    return this.fc2.forward(this.bn.forward(this.fc1.forward(x)).relu());
  }
}

/** One output, without its axis; its parameters have no prefix. */
class Single extends nn.Module {
  weight: Tensor;
  bias: Tensor | null;

  constructor(options: Options) {
    super();
    const { weight, bias } = new nn.Linear(2, 1, options);
    this.weight = weight;
    this.bias = bias;
  }

  override forward(x: Tensor): Tensor {
    return nn.linear(x, this.weight, this.bias!).flatten();
  }
}

const models: Readonly<Record<string, (options: Options) => nn.Module>> = {
  linearRegression: (options) => new Single(options),
  logisticRegression: (options) => new Single(options),
  softmaxRegression: (options) => new nn.Linear(2, 3, options),
  xorMlp: (options) => new Mlp(options),
  cnn: (options) => new Cnn(options),
  batchNormMlp: (options) => new BatchNormMlp(options),
};

interface RunOptions {
  readonly loss: "mse" | "bce" | "bceWithLogits" | "crossEntropy";
  readonly steps: number;
  readonly lossEvery?: number;
  readonly optimizer: { readonly name: "sgd" | "adam"; readonly lr: number; readonly momentum?: number };
}

const losses = { mse: nn.mse, bce: nn.bce, bceWithLogits: nn.bceWithLogits, crossEntropy: nn.crossEntropy };

function numbersOf({ data }: StoredTensor): number[] {
  return data.map(Number);
}

/** The rows of a tensor of the file. */
function rows(c: Case, name: "x" | "target", picked: readonly number[] | null, setting: Setting): Tensor {
  const whole = c.inputs[name]!;
  if (picked === null) return toTensor(whole, setting);
  const width = whole.data.length / whole.shape[0]!;
  const data = picked.flatMap((row) => whole.data.slice(row * width, (row + 1) * width));
  return toTensor({ dtype: whole.dtype, shape: [picked.length, ...whole.shape.slice(1)], data }, setting);
}

function run(c: Case, setting: Setting, compiled: boolean): void {
  const { loss: lossName, steps, lossEvery = 1, optimizer: how } = c.options as unknown as RunOptions;
  const { device, float } = setting;
  const model = models[c.fn]!({ device, dtype: float });
  const [rtol, atol] = tolerances(c, setting);
  const { x: _x, target: _target, batches, ...initial } = c.inputs;
  const dict = Object.fromEntries(Object.entries(initial).map(([name, t]) => [name, toTensor(t, setting)]));
  if (c.fn === "batchNormMlp") dict["bn.num_batches_tracked"] = tensor(0, { dtype: "int64", device });
  model.loadStateDict(dict);
  const { name, ...options } = how;
  const optimizer = name === "sgd" ? new SGD(model.parameters(), options) : new Adam(model.parameters(), options);
  const step = (x: Tensor, y: Tensor): Tensor => {
    optimizer.zeroGrad();
    const loss = losses[lossName](model.forward(x), y);
    loss.backward();
    optimizer.step();
    return loss;
  };
  const call = compiled ? compile(step) : step;
  const expected = numbersOf(c.outputs.loss!);
  const width = batches?.shape[1] ?? 0;
  for (let k = 0; k < steps; k++) {
    const picked = batches === undefined ? null : numbersOf(batches).slice(k * width, (k + 1) * width);
    const loss = call(rows(c, "x", picked, setting), rows(c, "target", picked, setting)).itemSync();
    if (k % lossEvery !== 0) continue;
    const wanted = expected[k / lossEvery]!;
    if (!(Math.abs(loss - wanted) <= atol + rtol * Math.abs(wanted)))
      expect.fail(`loss[${k}]: ${loss} instead of ${wanted}`);
  }
  const after = model.stateDict();
  for (const [key, value] of Object.entries(c.outputs)) {
    if (key.startsWith("final.")) expectClose(key, after[key.slice("final.".length)]!, value, rtol, atol);
  }
  if (c.fn === "batchNormMlp") expect(after["bn.num_batches_tracked"]!.itemSync()).toBe(steps);
}

const all = (compiled: boolean): Record<string, Run> =>
  Object.fromEntries(Object.keys(models).map((fn) => [fn, (c, setting) => run(c, setting, compiled)]));

describeCases("training", all(false));
describeCases("training", all(true), "compiled training");
