/** Layers that only pass on or rearrange. */
import type { Shape } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { Module } from "../module.ts";
import { Elementwise } from "./activation.ts";

/**
 * Gives back what it gets: a place kept free.
 *
 * @example
 * new Identity().forward(tensor([1, 2])); // => [1. 2.]
 */
export class Identity extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return x;
  }
}

/**
 * All axes from `start` on (1: all but the batch's) become one: [N, C, H, W] → [N, C·H·W].
 *
 * @throws ShapeError  when there is no such axis
 * @example
 * new Flatten().forward(zeros([2, 3, 4])).shape; // => [ 2, 12 ]
 */
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
