/** Dropout. */
import { type Shape, ValueError } from "../../base/index.ts";
import { mul, random, type Tensor, where, zerosLike } from "../../tensor/index.ts";

export interface DropoutOptions {
  /** Probability of being dropped; 0.5 by default. */
  readonly p?: number;
  /** Whether anything is dropped at all; true by default. */
  readonly training?: boolean;
}

/**
 * Inverted dropout: sets each element to 0 with probability p and divides the others by 1 − p, so that the expectation
 * stays what it was and evaluation needs no correction. Every run of a compiled step draws a new mask. Source:
 * Srivastava et al. 2014.
 */
export function dropout<S extends Shape>(x: Tensor<S>, { p = 0.5, training = true }: DropoutOptions = {}): Tensor<S> {
  if (!(p >= 0 && p <= 1)) throw new ValueError(`dropout: the probability ${p} is not within 0 … 1`);
  if (!training || p === 0) return x;
  if (p === 1) return zerosLike(x);
  const kept = random.bernoulli(1 - p, { shape: x.shape, dtype: "bool", device: x.node.device ?? undefined });
  return where(kept, mul(x, 1 / (1 - p)), 0) as Tensor<S>; // all three have x's shape
}
