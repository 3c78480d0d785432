/** Running statistics for weights that no step has left: those of averages. */
import { ValueError } from "../base/index.ts";
import { BatchNorm1d, BatchNorm2d, BatchNorm3d, type Module } from "../nn/index.ts";
import { compile, noGrad, Tensor } from "../tensor/index.ts";
import { AveragedModel } from "./averaged.ts";

/** Inputs of a model: tensors, or batches whose first part they are. */
export type InputBatches = Iterable<InputBatch> | AsyncIterable<InputBatch>;
type InputBatch = Tensor | readonly [x: Tensor, ...rest: unknown[]];

/**
 * Sets the running statistics of all batch normalisation in a model to the plain mean over some batches, in one pass in
 * training mode and without derivatives; with an `AveragedModel`, those that belong to the averages:
 *
 *     runningMean = Σᵦ meanᵦ / batches,   runningVar = Σᵦ varᵦ / batches
 *
 * Layers without running statistics stay as they are. The model keeps its mode.
 *
 * @param batches  inputs [N, …], or what a loader gives: [inputs, targets]
 * @throws ValueError  when there is no batch
 * Source: Izmailov et al. 2018, algorithm 1; PyTorch's update_bn.
 * @example
 * const model = new nn.Sequential(new nn.BatchNorm1d(1));
 * await optim.updateBn([tensor([[1], [3]]), tensor([[5], [11]])], model);
 * model.stateDict()["0.running_mean"]; // => [5.]
 * model.stateDict()["0.running_var"]; // => [10.]
 */
export async function updateBn<Output>(batches: InputBatches, model: Module<[x: Tensor], Output>): Promise<void> {
  const isAveraged = model instanceof AveragedModel;
  const inside = (body: () => void): void => noGrad(() => (isAveraged ? model.applied(body) : body()));
  const network = isAveraged ? model.module : model;
  const layers = network.modules().filter(isBatchNorm);
  const momenta = layers.map(({ momentum }) => momentum);
  const modes = model.modules().map((module) => [module, module.training] as const);
  const observe = compile((x: Tensor) => inside(() => void network.forward(x)));
  let count = 0;
  try {
    model.train();
    for (const layer of layers) layer.momentum = null; // the plain mean of what follows
    for await (const batch of batches) {
      if (count++ === 0) inside(() => forget(layers));
      observe(batch instanceof Tensor ? batch : batch[0]);
    }
  } finally {
    for (const [i, layer] of layers.entries()) layer.momentum = momenta[i]!;
    for (const [module, mode] of modes) module.training = mode;
  }
  if (count === 0) throw new ValueError("updateBn: there are no batches; the statistics stay as they were");
}

type BatchNorm = BatchNorm1d | BatchNorm2d | BatchNorm3d;

const isBatchNorm = (module: unknown): module is BatchNorm =>
  module instanceof BatchNorm1d || module instanceof BatchNorm2d || module instanceof BatchNorm3d;

/** Statistics as they begin. */
function forget(layers: readonly BatchNorm[]): void {
  for (const { runningMean, runningVar, numBatchesTracked } of layers) {
    runningMean?.assign(0);
    runningVar?.assign(1);
    numBatchesTracked?.assign(0);
  }
}
