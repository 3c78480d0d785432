/** Layers that only pass on, rearrange or drop. */
import { type Shape, ValueError } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { dropout } from "../functional/index.ts";
import { Module } from "../module.ts";
import { Elementwise } from "./activation.ts";

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

  constructor(p = 0.5) {
    super();
    if (!(p >= 0 && p <= 1)) throw new ValueError(`Dropout: the probability ${p} is not within 0 … 1`);
    this.p = p;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return dropout(x, { p: this.p, training: this.training });
  }

  override describe(): string {
    return `Dropout(${this.p})`;
  }
}
