/**
 * Trains every layer for 2,000 steps and evaluates it as often; prints what the memory holds along the way as JSON. Run by
 * `tests/runtime/layer-memory.test.ts`, bundled, with `--expose-gc`.
 */
import { Parameter } from "../../src/nn/index.ts";
import { SGD } from "../../src/optim/index.ts";
import { compile, manualSeed, mean, noGrad, square, sub, type Tensor } from "../../src/tensor/index.ts";
import { layers } from "./layers.ts";
import { type Sample, sample } from "./sample.ts";

const steps = 2000;

/** What a layer's memory came to: while it was trained and while it was evaluated, after each fifth of the steps. */
export interface LayerSamples {
  readonly name: string;
  readonly loss: number;
  readonly train: readonly Sample[];
  readonly eval: readonly Sample[];
}

function watch(step: () => Tensor): Sample[] {
  const samples: Sample[] = [];
  for (let i = 1; i <= steps; i++) {
    step().dataSync();
    if (i % (steps / 5) === 0) samples.push(sample(i));
  }
  return samples;
}

function trained(name: string): LayerSamples {
  const { module, inputs, forward } = layers[name]!();
  const variables = inputs.map((x): Tensor => new Parameter(x));
  const optimizer = new SGD([...module.parameters(), ...variables], { lr: 1e-3 });
  const lossOf = (): Tensor => mean(square(sub(forward(...variables), 0.5))) as Tensor;
  const step = compile(() => {
    optimizer.zeroGrad();
    const loss = lossOf();
    loss.backward();
    optimizer.step();
    return loss;
  });
  const evaluate = compile(() => noGrad(lossOf));
  module.train();
  const train = watch(step);
  module.eval();
  const evaluated = watch(evaluate);
  return { name, loss: Number(evaluate().itemSync()), train, eval: evaluated };
}

manualSeed(1);
console.log(JSON.stringify(Object.keys(layers).map(trained)));
