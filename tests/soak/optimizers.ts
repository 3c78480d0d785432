/**
 * Every optimizer for 2,000 compiled steps on a small perceptron, in one process: what the memory holds after half of
 * each run and at its end is printed as JSON. Run by `tests/optim/memory.test.ts`, bundled, with `--expose-gc`.
 */
import * as nn from "../../src/nn/index.ts";
import * as optim from "../../src/optim/index.ts";
import { getDevice } from "../../src/runtime/index.ts";
import { compile, manualSeed, type Tensor, tensor } from "../../src/tensor/index.ts";

/** What is held after a collection of garbage. */
export interface Sample {
  /** Of JavaScript objects, in bytes. */
  readonly heap: number;
  /** Of typed arrays' buffers, in bytes. */
  readonly buffers: number;
  /** What the wasm device says of itself; it ends with the size of its memory. */
  readonly device: string;
}

/** One run. */
export interface Soaked {
  readonly half: Sample;
  readonly end: Sample;
  /** The loss before the first step and before the last. */
  readonly losses: readonly [number, number];
}

function sample(): Sample {
  const collect = (globalThis as { gc?: () => void }).gc; // --expose-gc
  if (collect === undefined) throw new Error("run this with --expose-gc");
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { heap: heapUsed, buffers: arrayBuffers, device: getDevice("wasm").describe() };
}

const x = tensor([
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
]);
const y = tensor([[0.1], [0.9], [0.8], [0.2]]);

type Model = nn.Module<[x: Tensor], Tensor>;
type Step = () => Tensor;

const lossOf = (model: Model, a: Tensor, b: Tensor): Tensor => nn.mse(model.forward(a), b);

/** A compiled step of an optimizer that moves by one gradient. */
function trained(make: (parameters: Tensor[]) => { zeroGrad(): void; step(): void }): (model: Model) => Step {
  return (model) => {
    const optimizer = make(model.parameters());
    return compile(() => {
      optimizer.zeroGrad();
      if (optimizer instanceof optim.NesterovLookahead) optimizer.ahead();
      const loss = lossOf(model, x, y);
      loss.backward();
      optimizer.step();
      return loss;
    });
  };
}

const runs: Readonly<Record<string, (model: Model) => Step>> = {
  SGD: trained((p) => new optim.SGD(p, { lr: 0.1, momentum: 0.9, nesterov: true })),
  Polyak: trained((p) => new optim.Polyak(p, { lr: 0.1 })),
  NesterovLookahead: trained((p) => new optim.NesterovLookahead(p, { lr: 0.1 })),
  Adagrad: trained((p) => new optim.Adagrad(p, { lr: 0.1 })),
  RMSprop: trained((p) => new optim.RMSprop(p, { lr: 0.003, momentum: 0.5, centered: true })),
  Adadelta: trained((p) => new optim.Adadelta(p)),
  Adam: trained((p) => new optim.Adam(p, { lr: 0.01, amsgrad: true })),
  AdamW: trained((p) => new optim.AdamW(p, { lr: 0.01 })),
  NAdam: trained((p) => new optim.NAdam(p)),
  NadamDozat: trained((p) => new optim.NadamDozat(p)),
  RAdam: trained((p) => new optim.RAdam(p, { lr: 0.01 })),
  Adamax: trained((p) => new optim.Adamax(p)),
  Lion: trained((p) => new optim.Lion(p, { lr: 1e-3 })),
  Rprop: trained((p) => new optim.Rprop(p)),
  ASGD: trained((p) => new optim.ASGD(p, { lr: 0.3, t0: 100 })),
  DiagonalLevenberg: (model) => {
    const optimizer = new optim.DiagonalLevenberg(model.parameters(), { lr: 0.02 });
    return compile(() => {
      optimizer.zeroGrad();
      const outputs = model.forward(x);
      const loss = nn.mse(outputs, y);
      loss.backward();
      optimizer.observe(outputs, (o) => nn.mse(o, y));
      optimizer.step();
      return loss;
    });
  },
  LBFGS: (model) => {
    const optimizer = new optim.LBFGS(model.parameters(), { maxIter: 2, historySize: 5, lineSearchFn: "strongWolfe" });
    const closure = (a: Tensor, b: Tensor): Tensor => lossOf(model, a, b);
    return () => optimizer.step(closure, x, y);
  },
  "LBFGS, its closure not compiled": (model) => {
    const optimizer = new optim.LBFGS(model.parameters(), { maxIter: 2, historySize: 5 });
    return () => optimizer.step(() => lossOf(model, x, y));
  },
  LevenbergMarquardt: (model) => {
    const optimizer = new optim.LevenbergMarquardt(model.parameters(), { maxTrials: 3 });
    const residuals = (a: Tensor, b: Tensor): Tensor => model.forward(a).sub(b);
    return () => optimizer.step(residuals, x, y);
  },
  "Adam with a schedule, chunks, clipping and averages": (model) => {
    const optimizer = new optim.Adam(model.parameters(), { lr: 0.01 });
    const scheduler = new optim.OneCycleLr(optimizer, { maxLr: 0.02, totalSteps: 2000 });
    const averaged = new optim.AveragedModel(model, { decay: 0.99 });
    const step = compile(() => {
      optimizer.zeroGrad();
      const loss = (a: Tensor, b: Tensor): Tensor => lossOf(model, a, b);
      const total = optim.accumulate(model.parameters(), loss, [x, y], { chunks: 2 });
      optim.clipGradNorm(model.parameters(), 1);
      optimizer.step();
      averaged.update();
      return total;
    });
    return () => {
      const loss = step();
      scheduler.step();
      return loss;
    };
  },
};

const steps = 2000;
const soaked: Record<string, Soaked> = {};
for (const [name, begin] of Object.entries(runs)) {
  manualSeed(7);
  const step = begin(new nn.Sequential(new nn.Linear(2, 4), new nn.Tanh(), new nn.Linear(4, 1)) as Model);
  const first = step().item();
  for (let i = 1; i < steps / 2; i++) step().item();
  const half = sample();
  let last = first;
  for (let i = steps / 2; i < steps; i++) last = step().item();
  soaked[name] = { half, end: sample(), losses: [first, last] };
}
console.log(JSON.stringify(soaked));
