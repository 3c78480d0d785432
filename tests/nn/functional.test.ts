/** The functions of nn against golden values: losses. */
import * as nn from "../../src/nn/index.ts";
import type { Tensor } from "../../src/tensor/index.ts";
import { type Call, describeArea, type Options } from "../fixtures-harness.ts";

/** Not of this stage of the project: the names of an area's functions that have no counterpart yet. */
function later(names: string): Record<string, string> {
  return Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, "not written yet"]),
  );
}

/** Functions of prediction and target; further tensors are options. */
function onPairs(table: Readonly<Record<string, (input: Tensor, target: Tensor, options: Options) => Tensor>>) {
  return Object.fromEntries(
    Object.entries(table).map(([name, f]): [string, Call] => [
      name,
      (_, options, { input, target, ...tensors }) => f(input!, target!, { ...options, ...tensors }),
    ]),
  );
}

describeArea(
  "losses",
  onPairs({
    mse: nn.mse,
    l1: nn.l1,
    bce: nn.bce,
    bceWithLogits: nn.bceWithLogits,
    crossEntropy: nn.crossEntropy,
    nll: nn.nll,
  }),
  later(`cosineEmbedding cosineSimilarity ctc exponentialMargin gaussianNll hinge hingeEmbedding huber klDiv logisticMargin
    marginRanking poissonNll sigmoidMargin smoothL1 tripletMargin`),
);
