/**
 * Long runs whose memory must stay flat. Run by `tests/runtime/memory.test.ts` in a process of its own, bundled, with `--expose-gc`: the
 * argument names the workload; what the memory holds along the way is printed as JSON.
 *
 * Loops are synchronous where the name does not say otherwise: there no finalizer ever runs.
 */
import * as nn from "../../src/nn/index.ts";
import { Adam, SGD } from "../../src/optim/index.ts";
import { compile, manualSeed, type Tensor, tensor, zeros } from "../../src/tensor/index.ts";
import { type Sample, sample } from "./sample.ts";

/** Makes `steps` steps; looks at the memory after a tenth, after half and at the end. */
function watch(steps: number, step: (i: number) => void): Sample[] {
  const samples: Sample[] = [];
  for (let i = 1; i <= steps; i++) {
    step(i);
    if (i === steps / 10 || i === steps / 2 || i === steps) samples.push(sample(i));
  }
  return samples;
}

const xor = {
  x: tensor([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]),
  y: tensor([[0], [1], [1], [0]]),
};

/** One step of training on all of the data. */
function trainer(model: nn.Sequential, optimizer: SGD | Adam) {
  return (x: Tensor, y: Tensor): Tensor => {
    optimizer.zeroGrad();
    const loss = nn.bceWithLogits(model.forward(x) as Tensor, y);
    loss.backward();
    optimizer.step();
    return loss;
  };
}

function smallNetwork(): nn.Sequential {
  return new nn.Sequential(new nn.Linear(2, 3), new nn.Tanh(), new nn.Linear(3, 1));
}

/** A million compiled steps of a network of 2, 3 and 1 neurons. */
function compiled(): Sample[] {
  const model = smallNetwork();
  const step = compile(trainer(model, new SGD(model.parameters(), { lr: 0.1, momentum: 0.9 })));
  return watch(1_000_000, () => step(xor.x, xor.y).itemSync());
}

/** Steps of a perceptron that are not compiled by the user, with Adam and with what a loop usually keeps. */
function eager(): Sample[] {
  const model = new nn.Sequential(
    new nn.Linear(2, 16),
    new nn.ReLU(),
    new nn.Linear(16, 8),
    new nn.ReLU(),
    new nn.Linear(8, 1),
  );
  const step = trainer(model, new Adam(model.parameters(), { lr: 0.01 }));
  let smooth = 0;
  return watch(20_000, () => {
    smooth = 0.9 * smooth + 0.1 * step(xor.x, xor.y).itemSync();
  });
}

/** The same without ever reading a loss. */
function unread(): Sample[] {
  const model = smallNetwork();
  const step = trainer(model, new SGD(model.parameters(), { lr: 0.1 }));
  return watch(5000, () => step(xor.x, xor.y));
}

/** A value that is made of itself again and again. */
function recurrence(): Sample[] {
  let x: Tensor = zeros([100]);
  return watch(20_000, () => {
    x = x.mul(0.9).add(1);
    x.dataSync();
  });
}

/** Programs of ever new shapes: more than are kept. */
function programs(): Sample[] {
  return watch(10_000, (i) =>
    zeros([1 + (i % 71), 1 + Math.floor(i / 71)])
      .add(1)
      .sum()
      .itemSync(),
  );
}

/** Models that are made, trained for some steps and dropped. */
async function droppedModels(): Promise<Sample[]> {
  const samples: Sample[] = [];
  const count = 60;
  for (let i = 1; i <= count; i++) {
    const model = new nn.Sequential(new nn.Linear(2, 1000), new nn.Tanh(), new nn.Linear(1000, 1));
    const step = compile(trainer(model, new Adam(model.parameters())));
    for (let k = 0; k < 3; k++) await step(xor.x, xor.y).item();
    if (i === count / 10 || i === count / 2 || i === count) samples.push(sample(i));
    if (i % 5 === 0) {
      (globalThis as { gc?: () => void }).gc?.();
      await new Promise((resolve) => setTimeout(resolve, 0)); // finalizers run between tasks
    }
  }
  return samples;
}

const workloads: Readonly<Record<string, () => Sample[] | Promise<Sample[]>>> = {
  compiled,
  eager,
  unread,
  recurrence,
  programs,
  droppedModels,
};

manualSeed(1);
console.log(JSON.stringify(await workloads[process.argv[2]!]!()));
