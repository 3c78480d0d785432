/** Layers that drop in training and pass everything on in evaluation; the formulas are at the functions. */
import { checkOptions, type Shape, ValueError } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import {
  alphaDropout,
  channelDropout,
  type DropoutOptions,
  dropout,
  featureAlphaDropout,
} from "../functional/index.ts";
import { Elementwise } from "./activation.ts";
import { showOptions } from "./check.ts";

/** What all of them have: the probability of being dropped. */
abstract class Dropping extends Elementwise {
  readonly p: number;

  constructor(p = 0.5) {
    super();
    if (!(p >= 0 && p <= 1)) throw new ValueError(`${this.constructor.name}: the probability ${p} is not within 0 … 1`);
    this.p = p;
  }

  override describe(): string {
    return `${this.constructor.name}(${this.p})`;
  }
}

/**
 * In training, drops each element with probability p and divides the others by 1 − p; in evaluation, passes everything
 * on. With `scaledAt` "inference" nothing is divided in training, and all is multiplied by 1 − p in evaluation.
 *
 * Same shape. Every run of a compiled step draws a new mask. Source: Srivastava et al. 2014.
 *
 * @throws ValueError  when p is no probability, or an option does not exist
 * @example
 * const layer = new Dropout(0.25, { scaledAt: "inference" }).eval();
 * layer.forward(tensor([4, 8])); // => [3. 6.]
 */
export class Dropout extends Dropping {
  readonly scaledAt: NonNullable<DropoutOptions["scaledAt"]>;

  constructor(p = 0.5, options: Pick<DropoutOptions, "scaledAt"> = {}) {
    super(p);
    checkOptions("Dropout", options, ["scaledAt"]);
    const { scaledAt = "training" } = options;
    if (scaledAt !== "training" && scaledAt !== "inference")
      throw new ValueError(`Dropout: scaledAt "${String(scaledAt)}" does not exist; there are training and inference`);
    this.scaledAt = scaledAt;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return dropout(x, { p: this.p, training: this.training, scaledAt: this.scaledAt });
  }

  override describe(): string {
    return `Dropout(${this.p}${showOptions({ scaledAt: this.scaledAt }, { scaledAt: "training" })})`;
  }
}

/**
 * In training, drops whole channels of [N, C, …] with probability p; see `channelDropout`.
 *
 * @throws ValueError  when p is no probability
 * @example
 * new ChannelDropout(0.5).eval().forward(ones([1, 2, 3])).sum().item(); // => 6
 */
export class ChannelDropout extends Dropping {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return channelDropout(x, { p: this.p, training: this.training });
  }
}

/**
 * `ChannelDropout` under PyTorch's name for sequences [N, C, L].
 *
 * @example
 * new Dropout1d(0.5).describe(); // => Dropout1d(0.5)
 */
export class Dropout1d extends ChannelDropout {}

/**
 * `ChannelDropout` under PyTorch's name for images [N, C, H, W].
 *
 * @example
 * new Dropout2d(0.5).describe(); // => Dropout2d(0.5)
 */
export class Dropout2d extends ChannelDropout {}

/**
 * `ChannelDropout` under PyTorch's name for volumes [N, C, D, H, W].
 *
 * @example
 * new Dropout3d(0.5).describe(); // => Dropout3d(0.5)
 */
export class Dropout3d extends ChannelDropout {}

/**
 * In training, drops to SELU's least value with probability p, so that mean and variance stay; see `alphaDropout`.
 *
 * @throws ValueError  when p is no probability
 * @example
 * new AlphaDropout(0.5).eval().forward(tensor([1, -1])); // => [ 1. -1.]
 */
export class AlphaDropout extends Dropping {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return alphaDropout(x, { p: this.p, training: this.training });
  }
}

/**
 * `AlphaDropout` of whole channels of [N, C, …]; see `featureAlphaDropout`.
 *
 * @throws ValueError  when p is no probability
 * @example
 * new FeatureAlphaDropout(0.5).eval().forward(ones([1, 2, 3])).sum().item(); // => 6
 */
export class FeatureAlphaDropout extends Dropping {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return featureAlphaDropout(x, { p: this.p, training: this.training });
  }
}
