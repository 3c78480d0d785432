/** What a network makes of images, as plain numbers. */
import * as nn from "../nn/index.ts";
import { noGrad, type Tensor } from "../tensor/index.ts";
import type { Network } from "../train/index.ts";

export interface Answer {
  readonly predicted: number;
  /** That it gives to its prediction. */
  readonly probability: number;
}

/** The most probable class of each image; x is [N, 64]. The model is in evaluation mode. */
export async function answersOf(model: Network, x: Tensor): Promise<Answer[]> {
  const probabilities = noGrad(() => nn.softmax(model.forward(x), { axis: 1 }));
  const classes = probabilities.shape[1]!;
  const values = await probabilities.data();
  return Array.from({ length: x.shape[0]! }, (_, i) => {
    const row = Array.from(values.subarray(i * classes, (i + 1) * classes));
    const probability = Math.max(...row);
    return { predicted: row.indexOf(probability), probability };
  });
}
