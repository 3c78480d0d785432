/** Batch normalisation. */
import { checkOptions, isHalf, type Shape, ShapeError, show, sizeOf, ValueError } from "../../base/index.ts";
import { centre, inFloat32, mean, mul, noGrad, reshape, rsqrt, square, sub, type Tensor } from "../../tensor/index.ts";

export interface BatchNormOptions {
  /** Variables with the running mean and variance, [C]; read in evaluation, updated in training; null for none. */
  readonly runningMean?: Tensor | null;
  readonly runningVar?: Tensor | null;
  /** γ and β, [C]; 1 and 0 when null. */
  readonly weight?: Tensor | null;
  readonly bias?: Tensor | null;
  /** Whether the batch's own statistics are taken (always when there are no running ones); false by default. */
  readonly training?: boolean;
  /** Weight of the batch in the running statistics; 0.1 by default. */
  readonly momentum?: number | Tensor;
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number;
}

/**
 * Batch normalisation of each channel c:
 *
 *     y = γ_c (x − μ_c) / √(σ²_c + ε) + β_c
 *
 * In training μ and σ² are mean and (biased) variance of the batch over all axes but 1, and the running ones move
 * towards them: running = (1 − momentum) running + momentum batch, with the unbiased variance. Source: Ioffe & Szegedy
 * 2015.
 *
 * @param x  [N, C] or [N, C, …], floating
 * @throws ValueError  when training on one value a channel, whose variance says nothing
 * @example
 * batchNorm(tensor([[1, 10], [3, 30]]), { training: true, eps: 0 }); // => [[-1. -1.]
 *                                                                    //     [ 1.  1.]]
 */
export function batchNorm(x: Tensor, options: BatchNormOptions = {}): Tensor {
  if (isHalf(x.dtype)) return inFloat32(x, (wide) => batchNorm(wide, options));
  checkOptions("batchNorm", options, ["runningMean", "runningVar", "weight", "bias", "training", "momentum", "eps"]);
  const {
    runningMean = null,
    runningVar = null,
    weight = null,
    bias = null,
    training = false,
    momentum = 0.1,
    eps = 1e-5,
  } = options;
  checkBatchNorm(x.shape, { runningMean, runningVar, weight, bias });
  const channels = x.shape[1]!;
  const byChannel = (v: Tensor): Tensor => reshape(v, [channels, ...new Array<number>(x.ndim - 2).fill(1)]);
  if (!training && runningMean !== null && runningVar !== null) {
    const scale = rsqrt(runningVar.add(eps));
    return affine(mul(sub(x, byChannel(runningMean)), byChannel(scale)), weight, bias, byChannel);
  }
  const count = x.size / channels;
  if (count === 1)
    throw new ValueError(
      `batchNorm: training on ${show(x.shape)} has one value a channel, which has no variance; use a larger batch or eval()`,
    );
  const axis = x.shape.map((_, i) => i).filter((i) => i !== 1);
  const { centred, mean: mu } = centre(x, axis);
  const variance = mean(square(centred), { axis });
  if (runningMean !== null && runningVar !== null) {
    moveTowards(runningMean, reshape(mu, [channels]), momentum);
    moveTowards(runningVar, mul(variance, count / (count - 1)), momentum);
  }
  return affine(mul(centred, byChannel(rsqrt(variance.add(eps)))), weight, bias, byChannel);
}

function affine(x: Tensor, weight: Tensor | null, bias: Tensor | null, byChannel: (v: Tensor) => Tensor): Tensor {
  const scaled = weight === null ? x : mul(x, byChannel(weight));
  return bias === null ? scaled : scaled.add(byChannel(bias));
}

/** running ← running + momentum (batch − running) */
export function moveTowards(running: Tensor, batch: Tensor, momentum: number | Tensor): void {
  noGrad(() => {
    const value = batch.detach().astype(running.dtype);
    running.assign(running.add(mul(sub(value, running), momentum)));
  });
}

function checkBatchNorm(shape: Shape, vectors: Readonly<Record<string, Tensor | null>>): void {
  if (shape.length < 2)
    throw new ShapeError(`batchNorm: ${show(shape)} has no channels; the shape is [N, C] or [N, C, …]`);
  for (const [name, vector] of Object.entries(vectors)) {
    if (vector !== null && (vector.ndim !== 1 || sizeOf(vector.shape) !== shape[1])) {
      throw new ShapeError(
        `batchNorm: ${name} has shape ${show(vector.shape)}, but ${show(shape)} has ${shape[1]} channels; its shape is [${shape[1]}]`,
      );
    }
  }
}
