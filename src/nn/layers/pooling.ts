/** Pooling layers: what is left of a window. They have no parameters. */
import type { Tensor } from "../../tensor/index.ts";
import { type AvgPool2dOptions, avgPool2d, type MaxPool2dOptions, maxPool2d, type Pair } from "../functional/index.ts";
import { Module } from "../module.ts";
import { showOptions } from "./check.ts";

/**
 * The greatest value of each window; the formula is at `maxPool2d`.
 *
 *     [N, C, H, W]  →  [N, C, OH, OW]
 *
 * The stride is the kernel's size unless named.
 */
export class MaxPool2d extends Module {
  readonly kernelSize: Pair;
  readonly options: MaxPool2dOptions;

  constructor(kernelSize: Pair, options: MaxPool2dOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this.options);
  }

  override describe(): string {
    const defaults = { stride: this.kernelSize, padding: 0, dilation: 1, ceilMode: false };
    return `MaxPool2d(${JSON.stringify(this.kernelSize)}${showOptions({ ...this.options }, defaults)})`;
  }
}

/**
 * The mean of each window; the formula is at `avgPool2d`.
 *
 *     [N, C, H, W]  →  [N, C, OH, OW]
 *
 * The stride is the kernel's size unless named.
 */
export class AvgPool2d extends Module {
  readonly kernelSize: Pair;
  readonly options: AvgPool2dOptions;

  constructor(kernelSize: Pair, options: AvgPool2dOptions = {}) {
    super();
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernelSize, this.options);
  }

  override describe(): string {
    const defaults = { stride: this.kernelSize, padding: 0, ceilMode: false, countIncludePad: true };
    return `AvgPool2d(${JSON.stringify(this.kernelSize)}${showOptions({ ...this.options }, defaults)})`;
  }
}
