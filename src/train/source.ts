/**
 * Where batches come from: a data set, whose order and batches `fit` sees to, or anything that can be gone through again and again, as a
 * loader can.
 */
import { ValueError } from "../base/index.ts";
import { type Batch, checkDataset, type Dataset, loader } from "../data/index.ts";
import { checkLabels } from "../nn/index.ts";
import { noGrad, type Tensor } from "../tensor/index.ts";
import type { LossFunction, Network } from "./evaluate.ts";

/** Gives batches; each time it is gone through, all of them. `length` is their number, where it is known. */
export type Batches = (Iterable<Batch> | AsyncIterable<Batch>) & { readonly length?: number };

export type Source = Dataset | Batches;

export interface BatchOptions {
  readonly batchSize: number;
  /** Whether each pass has an order of its own. */
  readonly shuffle: boolean;
  readonly seed: number;
}

function isDataset(source: Source): source is Dataset {
  return "x" in source && "y" in source;
}

/** Batches of a source; one that comes in batches already keeps them. */
export function batchesOf(source: Source, options: BatchOptions): Batches {
  return isDataset(source) ? loader(source, options) : source;
}

/**
 * Checks a data set, and that model and loss take it: as many inputs as targets, every number finite, every label a class, one
 * number as loss. Shapes are known without computing, so this costs a look at the numbers. The model is in evaluation mode.
 *
 * Batches cannot be looked at in advance; model and loss check them as they come.
 *
 * @param name  of the source, for errors: "train", "validation"
 */
export async function checkSource(model: Network, name: string, source: Source, loss: LossFunction): Promise<void> {
  if (!isDataset(source)) return;
  const { x, y } = source;
  await Promise.all([x.data(), y.data()]);
  checkDataset(source, { name: `fit: ${name}` });
  const output = noGrad(() => model.forward(x));
  const classes = output.ndim === 2 && y.ndim === 1 ? output.shape[1]! : 1;
  if (classes > 1) checkLabels(y, classes, { operation: `fit: ${name}.y` });
  checkLoss(
    "fit",
    noGrad(() => loss(output, y)),
  );
}

/** Throws unless a loss is one number. */
export function checkLoss(operation: string, loss: Tensor): void {
  if (loss.size === 1) return;
  throw new ValueError(
    `${operation}: the loss has shape [${loss.shape.join(", ")}]; it is one number, the mean over the batch`,
  );
}
