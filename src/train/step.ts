/** The programs of a training step: one for all of it, or one for each batch and one for the update. */
import { type AveragedModel, GradientAccumulator, type Optimizer } from "../optim/index.ts";
import { compile as compileStep, type Tensor, tensor } from "../tensor/index.ts";
import type { LossFunction, Network } from "./evaluate.ts";

// biome-ignore lint/suspicious/noExplicitAny: the options of an optimizer are invariant; no other type takes every optimizer
export type AnyOptimizer = Pick<Optimizer<any, any>, "groups" | "lr" | "parameters" | "step" | "zeroGrad">;

export interface StepOptions {
  readonly loss: LossFunction;
  readonly optimizer: AnyOptimizer;
  /** Updated after each step. */
  readonly average: AveragedModel | null;
  /** Whether the network's answers are wanted beside the loss; if not, they need not leave the program. */
  readonly answers: boolean;
  /** Batches in a step. */
  readonly accumulate: number;
  readonly compile: boolean;
  /** Whether the gradients of the last step can be read. */
  readonly keepGradients: boolean;
}

export interface TrainStep {
  /** Loss, and answers if they are wanted, of a batch. Where a step is one batch, the weights have moved. */
  batch(x: Tensor, y: Tensor): readonly Tensor[];
  /** Moves the weights by the batches since the last time; `samples` is how many samples they had. */
  update(samples: number): void;
}

export function trainStep(model: Network, options: StepOptions): TrainStep {
  const { loss, optimizer, average, answers, accumulate, compile, keepGradients } = options;
  const backward = (x: Tensor, y: Tensor): readonly Tensor[] => {
    optimizer.zeroGrad();
    const output = model.forward(x);
    const found = loss(output, y);
    found.backward();
    return answers ? [found, output.detach()] : [found];
  };
  const move = (): void => {
    optimizer.step();
    average?.update();
  };
  const program = <A extends readonly unknown[], R>(f: (...args: A) => R): ((...args: A) => R) =>
    compile ? compileStep(f, { keepGradients }) : f;
  if (accumulate === 1) {
    const batch = program((x: Tensor, y: Tensor) => {
      const results = backward(x, y);
      move();
      return results;
    });
    return { batch, update: () => {} };
  }
  // a batch's loss is a mean: its gradient counts as often as it has samples, and the sum is divided by all of them
  const accumulator = new GradientAccumulator(optimizer.parameters);
  const batch = program((x: Tensor, y: Tensor) => {
    const results = backward(x, y);
    accumulator.add(y.shape[0] ?? 1);
    return results;
  });
  const update = program((share: Tensor) => {
    accumulator.release(share);
    move();
  });
  return { batch, update: (samples) => update(tensor(1 / samples, { dtype: "float64" })) };
}
