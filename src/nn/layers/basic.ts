/** Layers that only pass on, rearrange or drop. */
import { type Shape, ValueError } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { alphaDropout, channelDropout, type DropoutOptions, dropout } from "../functional/index.ts";
import { Module } from "../module.ts";
import { Elementwise } from "./activation.ts";
import { showOptions } from "./check.ts";

/** Gives back what it gets: a place kept free. */
export class Identity extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return x;
  }
}

/** All axes from `start` on (1: all but the batch's) become one: [N, C, H, W] → [N, C·H·W]. */
export class Flatten extends Module {
  readonly start: number;

  constructor(start = 1) {
    super();
    this.start = start;
  }

  override forward(x: Tensor): Tensor {
    return x.flatten(this.start);
  }

  override describe(): string {
    return this.start === 1 ? "Flatten" : `Flatten(${this.start})`;
  }
}

/**
 * In training, drops each element with probability p and divides the others by 1 − p; in evaluation, passes everything
 * on.
 *
 * Same shape. Every run of a compiled step draws a new mask. Source: Srivastava et al. 2014.
 */
export class Dropout extends Elementwise {
  readonly p: number;
  readonly scaledAt: "training" | "inference";

  /** `scaledAt` "inference": nothing is divided in training, and all is multiplied by 1 − p in evaluation. */
  constructor(p = 0.5, { scaledAt = "training" }: Pick<DropoutOptions, "scaledAt"> = {}) {
    super();
    checkProbability("Dropout", p);
    this.p = p;
    this.scaledAt = scaledAt;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return dropout(x, { p: this.p, training: this.training, scaledAt: this.scaledAt });
  }

  override describe(): string {
    return `Dropout(${this.p}${showOptions({ scaledAt: this.scaledAt }, { scaledAt: "training" })})`;
  }
}

function checkProbability(layer: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new ValueError(`${layer}: the probability ${p} is not within 0 … 1`);
}

/** In training, drops whole channels of [N, C, …] with probability p; see `channelDropout`. */
export class ChannelDropout extends Elementwise {
  readonly p: number;

  constructor(p = 0.5) {
    super();
    checkProbability(this.constructor.name, p);
    this.p = p;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return channelDropout(x, { p: this.p, training: this.training });
  }

  override describe(): string {
    return `${this.constructor.name}(${this.p})`;
  }
}

/** `ChannelDropout` under PyTorch's name for sequences [N, C, L]. */
export class Dropout1d extends ChannelDropout {}
/** `ChannelDropout` under PyTorch's name for images [N, C, H, W]. */
export class Dropout2d extends ChannelDropout {}
/** `ChannelDropout` under PyTorch's name for volumes [N, C, D, H, W]. */
export class Dropout3d extends ChannelDropout {}

/** In training, drops to SELU's least value with probability p, so that mean and variance stay; see `alphaDropout`. */
export class AlphaDropout extends Elementwise {
  readonly p: number;

  constructor(p = 0.5) {
    super();
    checkProbability("AlphaDropout", p);
    this.p = p;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return alphaDropout(x, { p: this.p, training: this.training });
  }

  override describe(): string {
    return `AlphaDropout(${this.p})`;
  }
}
