/** The functions of nn against golden values: activations, losses. */
import * as nn from "../../src/nn/index.ts";
import type { Tensor } from "../../src/tensor/index.ts";
import { type Call, describeArea, type Options } from "../fixtures-harness.ts";

/** Options as the files hold them; the functions check what they are given. */
type Given = Readonly<Record<string, never>>;

/** Not of this stage of the project: the names of an area's functions that have no counterpart yet. */
function later(names: string): Record<string, string> {
  return Object.fromEntries(
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, "not written yet"]),
  );
}

/** Functions of x and options. */
function onX(table: Readonly<Record<string, (x: Tensor, options: Given) => Tensor>>): Record<string, Call> {
  return Object.fromEntries(
    Object.entries(table).map(([name, f]): [string, Call] => [name, ([x], options) => f(x!, options as Given)]),
  );
}

describeArea(
  "activations",
  onX({
    relu: nn.relu,
    tanh: nn.tanh,
    sigmoid: nn.sigmoid,
    gelu: nn.gelu,
    silu: nn.silu,
    softmax: nn.softmax,
    logSoftmax: nn.logSoftmax,
  }),
  later(`arctan celu elu glu hardshrink hardsigmoid hardswish hardtanh identity isru leakyRelu logSigmoid maxout mish prelu
    relu6 rrelu selu softmin softplus softshrink softsign step tanhshrink threshold`),
);

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
