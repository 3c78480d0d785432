/** Layers that rearrange: interpolation, channels as places, windows as columns, axes; and the product of two inputs. */
import { checkOptions, type Shape, ShapeError, show, sizeOf, ValueError } from "../../base/index.ts";
import { bilinear, type Tensor } from "../../tensor/index.ts";
import {
  channelShuffle,
  fold,
  pixelShuffle,
  pixelUnshuffle,
  type Sizes,
  type UnfoldOptions,
  type UpsampleOptions,
  unfold,
  upsample,
} from "../functional/index.ts";
import { upsampleNames, windowNames } from "../functional/option-names.ts";
import { uniform } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { checkLayerOptions, checkSize, showOptions } from "./check.ts";
import type { LinearOptions } from "./linear.ts";

/**
 * yₒ = x₁ᵀ Wₒ x₂ + bₒ
 *
 *     x₁ [*, in1], x₂ [*, in2],  `weight` [out, in1, in2],  `bias` [out]  →  [*, out]
 *
 * Both begin as U(−1/√in1, 1/√in1), as in PyTorch.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @example
 * new Bilinear(3, 4, 2).forward(ones([5, 3]), ones([5, 4])).shape; // => [ 5, 2 ]
 */
export class Bilinear extends Module<[x1: Tensor, x2: Tensor]> {
  weight: Tensor;
  bias: Tensor | null;

  constructor(in1Features: number, in2Features: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    checkLayerOptions("Bilinear", options, ["bias"]);
    const { bias = true, dtype, device } = options;
    for (const [name, size] of Object.entries({ in1Features, in2Features, outFeatures }))
      checkSize("Bilinear", name, size);
    const bound = 1 / Math.sqrt(in1Features);
    const make = (shape: Shape): Tensor => new Parameter<Shape>(uniform(shape, bound, { dtype, device }));
    this.weight = make([outFeatures, in1Features, in2Features]);
    this.bias = bias ? make([outFeatures]) : null;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    const [, in1, in2] = this.weight.shape;
    if (x1.shape.at(-1) !== in1 || x2.shape.at(-1) !== in2) {
      throw new ShapeError(
        `Bilinear: ${show(x1.shape)} and ${show(x2.shape)} do not fit the weight ${show(this.weight.shape)}; the shapes are [*, ${in1}] and [*, ${in2}]`,
      );
    }
    return bilinear(x1, x2, this.weight, this.bias ?? undefined);
  }

  override describe(): string {
    const [out, in1, in2] = this.weight.shape;
    return `Bilinear(${in1}, ${in2}, ${out}${this.bias === null ? ", { bias: false }" : ""})`;
  }
}

/**
 * One axis becomes several: the inverse of `Flatten`. [N, 12] with Unflatten(1, [3, 4]) → [N, 3, 4].
 *
 * @throws ValueError  when a size is not a whole number from 0
 * @throws ShapeError  when the axis does not divide into the sizes
 * @example
 * new Unflatten(1, [3, 4]).forward(zeros([2, 12])).shape; // => [ 2, 3, 4 ]
 */
export class Unflatten extends Module {
  readonly axis: number;
  readonly sizes: readonly number[];

  constructor(axis: number, sizes: readonly number[]) {
    super();
    if (!Number.isInteger(axis)) throw new ValueError(`Unflatten: axis ${axis} is not a whole number`);
    for (const size of sizes) checkSize("Unflatten", "size", size, 0);
    this.axis = axis;
    this.sizes = sizes;
  }

  override forward(x: Tensor): Tensor {
    const axis = this.axis < 0 ? this.axis + x.ndim : this.axis;
    if (x.shape[axis] !== sizeOf(this.sizes))
      throw new ShapeError(`Unflatten: axis ${this.axis} of ${show(x.shape)} does not divide into ${show(this.sizes)}`);
    return x.reshape([...x.shape.slice(0, axis), ...this.sizes, ...x.shape.slice(axis + 1)]) as Tensor;
  }

  override describe(): string {
    return `Unflatten(${this.axis}, ${JSON.stringify(this.sizes)})`;
  }
}

/**
 * Interpolation to a size or by a factor; the formulas are at `upsample`.
 *
 * @throws ValueError  when neither or both of size and scaleFactor are given, or an option does not exist
 * @example
 * new Upsample({ scaleFactor: 2 }).forward(ones([1, 1, 2, 3])).shape; // => [ 1, 1, 4, 6 ]
 */
export class Upsample extends Module {
  readonly options: UpsampleOptions;

  constructor(options: UpsampleOptions) {
    super();
    checkOptions("Upsample", options, upsampleNames);
    if ((options.size === undefined) === (options.scaleFactor === undefined))
      throw new ValueError(
        `Upsample: takes either size or scaleFactor; ${options.size === undefined ? "neither" : "both"} found`,
      );
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return upsample(x, this.options);
  }

  override describe(): string {
    return `Upsample(${showOptions({ ...this.options }, { mode: "nearest", alignCorners: false }).slice(2)})`;
  }
}

/**
 * [N, C r², H, W] → [N, C, r H, r W]; see `pixelShuffle`.
 *
 * @throws ValueError  when the factor is not a whole number from 1
 * @example
 * new PixelShuffle(2).forward(zeros([1, 8, 3, 3])).shape; // => [ 1, 2, 6, 6 ]
 */
export class PixelShuffle extends Module {
  readonly upscaleFactor: number;

  constructor(upscaleFactor: number) {
    super();
    checkSize("PixelShuffle", "upscaleFactor", upscaleFactor);
    this.upscaleFactor = upscaleFactor;
  }

  override forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.upscaleFactor);
  }
}

/**
 * [N, C, r H, r W] → [N, C r², H, W]; see `pixelUnshuffle`.
 *
 * @throws ValueError  when the factor is not a whole number from 1
 * @example
 * new PixelUnshuffle(2).forward(zeros([1, 2, 6, 6])).shape; // => [ 1, 8, 3, 3 ]
 */
export class PixelUnshuffle extends Module {
  readonly downscaleFactor: number;

  constructor(downscaleFactor: number) {
    super();
    checkSize("PixelUnshuffle", "downscaleFactor", downscaleFactor);
    this.downscaleFactor = downscaleFactor;
  }

  override forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.downscaleFactor);
  }
}

/**
 * Channels in another order, so that the groups of a convolution mix; see `channelShuffle`.
 *
 * @throws ValueError  when `groups` is not a whole number from 1
 * @example
 * new ChannelShuffle(2).forward(tensor([[1, 2, 3, 4]])); // => [[1. 3. 2. 4.]]
 */
export class ChannelShuffle extends Module {
  readonly groups: number;

  constructor(groups: number) {
    super();
    checkSize("ChannelShuffle", "groups", groups);
    this.groups = groups;
  }

  override forward(x: Tensor): Tensor {
    return channelShuffle(x, this.groups);
  }

  override describe(): string {
    return `ChannelShuffle(${this.groups})`;
  }
}

const windowDefaults = { stride: 1, padding: 0, dilation: 1 };

/**
 * Windows as columns, [N, C, H, W] → [N, C · KH · KW, windows]; see `unfold`.
 *
 * @throws ValueError  when an option does not exist
 * @example
 * new Unfold(2).forward(zeros([1, 3, 4, 4])).shape; // => [ 1, 12, 9 ]
 */
export class Unfold extends Module {
  readonly kernelSize: Sizes;
  readonly options: UnfoldOptions;

  constructor(kernelSize: Sizes, options: UnfoldOptions = {}) {
    super();
    checkOptions("Unfold", options, windowNames);
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return unfold(x, this.kernelSize, this.options);
  }

  override describe(): string {
    return `Unfold(${JSON.stringify(this.kernelSize)}${showOptions({ ...this.options }, windowDefaults)})`;
  }
}

/**
 * Columns as windows of images of `outputSize`, what overlaps added up: [N, C · KH · KW, windows] → [N, C, H, W]; see
 * `fold`.
 *
 * @throws ValueError  when an option does not exist
 * @example
 * new Fold([4, 4], 2).forward(zeros([1, 12, 9])).shape; // => [ 1, 3, 4, 4 ]
 */
export class Fold extends Module {
  readonly outputSize: readonly number[];
  readonly kernelSize: Sizes;
  readonly options: UnfoldOptions;

  constructor(outputSize: readonly number[], kernelSize: Sizes, options: UnfoldOptions = {}) {
    super();
    checkOptions("Fold", options, windowNames);
    this.outputSize = outputSize;
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return fold(x, this.outputSize, this.kernelSize, this.options);
  }

  override describe(): string {
    return `Fold(${JSON.stringify(this.outputSize)}, ${JSON.stringify(this.kernelSize)}${showOptions({ ...this.options }, windowDefaults)})`;
  }
}
