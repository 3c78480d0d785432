/**
 * A row for every function, layer and loss: a right call, which takes further options, and wrong ones. Options are handed over as `never`:
 * they are what the compiler refuses.
 */
import { activationLayers, activations } from "./activations.ts";
import { arrangements, graphs, pictures } from "./arrangement.ts";
import { tables } from "./attention.ts";
import { likeness, lossRows } from "./losses.ts";
import { droppings, norms, paddings } from "./normalization.ts";
import { cells, networks, recurrentLayers } from "./recurrent.ts";
import type { Rows } from "./row.ts";
import { convolutions, pools } from "./windows.ts";

/** The function that tells what is wrong, where a module's name is not the function's. */
export const functionOf: Readonly<Record<string, string>> = {
  MSELoss: "mse",
  L1Loss: "l1",
  SmoothL1Loss: "smoothL1",
  HuberLoss: "huber",
  BCELoss: "bce",
  BCEWithLogitsLoss: "bceWithLogits",
  CrossEntropyLoss: "crossEntropy",
  NLLLoss: "nll",
  KLDivLoss: "klDiv",
  PoissonNLLLoss: "poissonNll",
  GaussianNLLLoss: "gaussianNll",
  HingeLoss: "hinge",
  LogisticMarginLoss: "logisticMargin",
  ExponentialMarginLoss: "exponentialMargin",
  SigmoidMarginLoss: "sigmoidMargin",
  HingeEmbeddingLoss: "hingeEmbedding",
  CosineEmbeddingLoss: "cosineEmbedding",
  MarginRankingLoss: "marginRanking",
  TripletMarginLoss: "tripletMargin",
  MultiMarginLoss: "multiMargin",
  MultiLabelMarginLoss: "multilabelMargin",
  MultiLabelSoftMarginLoss: "multilabelSoftMargin",
  CTCLoss: "ctc",
  Dropout1d: "channelDropout",
  Dropout2d: "channelDropout",
  Dropout3d: "channelDropout",
  GraphConv: "graphConvolution",
  NeighbourhoodConv: "neighbourhoodConvolution",
  checkLabels: "labels", // unless it is told another operation
};

/** What is not called by users with tensors, has a page of its own, or is only a base. */
export const elsewhere: Readonly<Record<string, string>> = {
  activations: "a table of facts",
  init: "initial values: tests/nn/init.test.ts",
  Module: "the base of all modules: tests/nn/module.test.ts",
  Elementwise: "a base",
  Parameter: "a variable: tests/nn/module.test.ts",
  Buffer: "a variable: tests/nn/module.test.ts",
  loadState: "state dicts: tests/nn/module.test.ts",
  pairOf: "a check itself",
  sizesOf: "a check itself",
};

export const rows: Rows = {
  ...activations,
  ...activationLayers,
  ...convolutions,
  ...pools,
  ...norms,
  ...droppings,
  ...paddings,
  ...lossRows("function"),
  ...lossRows("module"),
  ...likeness,
  ...tables,
  ...graphs,
  ...pictures,
  ...arrangements,
  ...cells,
  ...networks,
  ...recurrentLayers,
};
