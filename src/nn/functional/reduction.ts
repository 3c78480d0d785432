/** What all losses share: how they are summed up, and the refusal to broadcast. */
import { ShapeError, sameShape, show, ValueError } from "../../base/index.ts";
import { mean, sum, type Tensor } from "../../tensor/index.ts";

/** "mean" (the default): one number, the mean; "sum": one number, the sum; "none": one number for every element. */
export type Reduction = "mean" | "sum" | "none";

export interface LossOptions {
  readonly reduction?: Reduction;
}

/** The losses of single elements, summed up as asked. */
export function reduceLoss(operation: string, losses: Tensor, reduction: Reduction = "mean"): Tensor {
  switch (reduction) {
    case "mean":
      return mean(losses);
    case "sum":
      return sum(losses);
    case "none":
      return losses;
    default:
      reduction satisfies never;
      throw new ValueError(
        `${operation}: reduction "${String(reduction)}" does not exist; there are mean, sum and none`,
      );
  }
}

/**
 * Throws unless prediction and target have one shape: broadcasting [n, 1] against [n] would silently compare all with
 * all.
 */
export function refuseBroadcast(operation: string, input: Tensor, target: Tensor): void {
  if (sameShape(input.shape, target.shape)) return;
  const wayOut = input.size === target.size ? `; reshape one of them: target.reshape(${show(input.shape)})` : "";
  throw new ShapeError(
    `${operation}: the prediction has shape ${show(input.shape)}, the target ${show(target.shape)}; a loss does not broadcast${wayOut}`,
  );
}
