/** Pooling layers: what is left of a window or a region. They have no parameters. */
import { checkOptions } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import {
  type AvgPoolOptions,
  adaptiveAvgPool1d,
  adaptiveAvgPool2d,
  adaptiveAvgPool3d,
  adaptiveMaxPool1d,
  adaptiveMaxPool2d,
  adaptiveMaxPool3d,
  avgPool1d,
  avgPool2d,
  avgPool3d,
  type GlobalPoolOptions,
  globalAvgPool,
  globalMaxPool,
  type LpPoolOptions,
  lpPool1d,
  lpPool2d,
  lpPool3d,
  type MaxPoolOptions,
  type MaxUnpoolOptions,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  maxUnpool1d,
  maxUnpool2d,
  maxUnpool3d,
  type Pair,
  type Single,
  type Sizes,
  sizesOf,
  type Triple,
} from "../functional/index.ts";
import { avgPoolNames, lpPoolNames, maxPoolNames, maxUnpoolNames } from "../functional/option-names.ts";
import { Module } from "../module.ts";
import { showOptions } from "./check.ts";

/** A window of some size, and how it moves. */
abstract class WindowPool<
  P extends Sizes,
  Options extends object,
  Input extends readonly unknown[] = [x: Tensor],
> extends Module<Input> {
  readonly kernelSize: P;
  readonly options: Options;

  constructor(kernelSize: P, options: Options, names: readonly string[], axes: number) {
    super();
    checkOptions(this.constructor.name, options, names);
    sizesOf(this.constructor.name, "kernelSize", kernelSize, 1, axes);
    this.kernelSize = kernelSize;
    this.options = options;
  }

  override describe(): string {
    const defaults = { stride: this.kernelSize, padding: 0, dilation: 1, ceilMode: false, countIncludePad: true };
    return `${this.constructor.name}(${JSON.stringify(this.kernelSize)}${showOptions(Object.fromEntries(Object.entries(this.options)), defaults)})`;
  }
}

/** A number of regions. */
abstract class RegionPool<P extends Sizes> extends Module {
  readonly outputSize: P;

  constructor(outputSize: P, axes: number) {
    super();
    sizesOf(this.constructor.name, "outputSize", outputSize, 1, axes);
    this.outputSize = outputSize;
  }

  override describe(): string {
    return `${this.constructor.name}(${JSON.stringify(this.outputSize)})`;
  }
}

/**
 * The greatest value of each window; the formula is at `maxPool2d`.
 *
 *     [N, C, L]  →  [N, C, OL]
 *
 * The stride is the kernel's size unless named.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another number of axes, or a window does not fit
 * @example
 * new MaxPool1d(2).forward(zeros([1, 2, 6])).shape; // => [ 1, 2, 3 ]
 */
export class MaxPool1d extends WindowPool<Single, MaxPoolOptions<Single>> {
  constructor(kernelSize: Single, options: MaxPoolOptions<Single> = {}) {
    super(kernelSize, options, maxPoolNames, 1);
  }

  override forward(x: Tensor): Tensor {
    return maxPool1d(x, this.kernelSize, this.options);
  }
}

/**
 * The greatest value of each window; the formula is at `maxPool2d`.
 *
 *     [N, C, H, W]  →  [N, C, OH, OW]
 *
 * The stride is the kernel's size unless named.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another number of axes, or a window does not fit
 * @example
 * new MaxPool2d(2).forward(zeros([1, 2, 6, 4])).shape; // => [ 1, 2, 3, 2 ]
 */
export class MaxPool2d extends WindowPool<Pair, MaxPoolOptions<Pair>> {
  constructor(kernelSize: Pair, options: MaxPoolOptions<Pair> = {}) {
    super(kernelSize, options, maxPoolNames, 2);
  }

  override forward(x: Tensor): Tensor {
    return maxPool2d(x, this.kernelSize, this.options);
  }
}

/**
 * The greatest value of each window; the formula is at `maxPool2d`.
 *
 *     [N, C, D, H, W]  →  [N, C, OD, OH, OW]
 *
 * The stride is the kernel's size unless named.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another number of axes, or a window does not fit
 * @example
 * new MaxPool3d(2).forward(zeros([1, 2, 4, 4, 4])).shape; // => [ 1, 2, 2, 2, 2 ]
 */
export class MaxPool3d extends WindowPool<Triple, MaxPoolOptions<Triple>> {
  constructor(kernelSize: Triple, options: MaxPoolOptions<Triple> = {}) {
    super(kernelSize, options, maxPoolNames, 3);
  }

  override forward(x: Tensor): Tensor {
    return maxPool3d(x, this.kernelSize, this.options);
  }
}

/**
 * The mean of each window; the formula is at `avgPool2d`.
 *
 *     [N, C, L]  →  [N, C, OL]
 *
 * The stride is the kernel's size unless named.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another number of axes, or a window does not fit
 * @example
 * new AvgPool1d(2).forward(zeros([1, 2, 6])).shape; // => [ 1, 2, 3 ]
 */
export class AvgPool1d extends WindowPool<Single, AvgPoolOptions<Single>> {
  constructor(kernelSize: Single, options: AvgPoolOptions<Single> = {}) {
    super(kernelSize, options, avgPoolNames, 1);
  }

  override forward(x: Tensor): Tensor {
    return avgPool1d(x, this.kernelSize, this.options);
  }
}

/**
 * The mean of each window; the formula is at `avgPool2d`.
 *
 *     [N, C, H, W]  →  [N, C, OH, OW]
 *
 * The stride is the kernel's size unless named.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another number of axes, or a window does not fit
 * @example
 * new AvgPool2d(2).forward(zeros([1, 2, 6, 4])).shape; // => [ 1, 2, 3, 2 ]
 */
export class AvgPool2d extends WindowPool<Pair, AvgPoolOptions<Pair>> {
  constructor(kernelSize: Pair, options: AvgPoolOptions<Pair> = {}) {
    super(kernelSize, options, avgPoolNames, 2);
  }

  override forward(x: Tensor): Tensor {
    return avgPool2d(x, this.kernelSize, this.options);
  }
}

/**
 * The mean of each window; the formula is at `avgPool2d`.
 *
 *     [N, C, D, H, W]  →  [N, C, OD, OH, OW]
 *
 * The stride is the kernel's size unless named.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another number of axes, or a window does not fit
 * @example
 * new AvgPool3d(2).forward(zeros([1, 2, 4, 4, 4])).shape; // => [ 1, 2, 2, 2, 2 ]
 */
export class AvgPool3d extends WindowPool<Triple, AvgPoolOptions<Triple>> {
  constructor(kernelSize: Triple, options: AvgPoolOptions<Triple> = {}) {
    super(kernelSize, options, avgPoolNames, 3);
  }

  override forward(x: Tensor): Tensor {
    return avgPool3d(x, this.kernelSize, this.options);
  }
}

/**
 * The power-average of each window; the formula is at `lpPool2d`.
 *
 *     [N, C, L]  →  [N, C, OL]
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another number of axes, or a window does not fit
 * @example
 * new LPPool1d(2, 2).forward(zeros([1, 2, 6])).shape; // => [ 1, 2, 3 ]
 */
export class LPPool1d extends WindowPool<Single, LpPoolOptions<Single>> {
  readonly normType: number;

  constructor(normType: number, kernelSize: Single, options: LpPoolOptions<Single> = {}) {
    super(kernelSize, options, lpPoolNames, 1);
    this.normType = normType;
  }

  override forward(x: Tensor): Tensor {
    return lpPool1d(x, this.normType, this.kernelSize, this.options);
  }

  override describe(): string {
    return super.describe().replace("(", `(${this.normType}, `);
  }
}

/**
 * The power-average of each window; the formula is at `lpPool2d`.
 *
 *     [N, C, H, W]  →  [N, C, OH, OW]
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another number of axes, or a window does not fit
 * @example
 * new LPPool2d(2, 2).forward(zeros([1, 2, 6, 4])).shape; // => [ 1, 2, 3, 2 ]
 */
export class LPPool2d extends WindowPool<Pair, LpPoolOptions<Pair>> {
  readonly normType: number;

  constructor(normType: number, kernelSize: Pair, options: LpPoolOptions<Pair> = {}) {
    super(kernelSize, options, lpPoolNames, 2);
    this.normType = normType;
  }

  override forward(x: Tensor): Tensor {
    return lpPool2d(x, this.normType, this.kernelSize, this.options);
  }

  override describe(): string {
    return super.describe().replace("(", `(${this.normType}, `);
  }
}

/**
 * The power-average of each window; the formula is at `lpPool2d`.
 *
 *     [N, C, D, H, W]  →  [N, C, OD, OH, OW]
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another number of axes, or a window does not fit
 * @example
 * new LPPool3d(2, 2).forward(zeros([1, 2, 4, 4, 4])).shape; // => [ 1, 2, 2, 2, 2 ]
 */
export class LPPool3d extends WindowPool<Triple, LpPoolOptions<Triple>> {
  readonly normType: number;

  constructor(normType: number, kernelSize: Triple, options: LpPoolOptions<Triple> = {}) {
    super(kernelSize, options, lpPoolNames, 3);
    this.normType = normType;
  }

  override forward(x: Tensor): Tensor {
    return lpPool3d(x, this.normType, this.kernelSize, this.options);
  }

  override describe(): string {
    return super.describe().replace("(", `(${this.normType}, `);
  }
}

/**
 * Puts values back where `maxPool1dWithIndices` found them; see `maxUnpool1d`.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the indices have another shape
 * @example
 * const { values, indices } = maxPool1dWithIndices(ones([1, 2, 6]), 2);
 * new MaxUnpool1d(2).forward(values, indices).shape; // => [ 1, 2, 6 ]
 */
export class MaxUnpool1d extends WindowPool<Single, MaxUnpoolOptions<Single>, [x: Tensor, indices: Tensor]> {
  constructor(kernelSize: Single, options: MaxUnpoolOptions<Single> = {}) {
    super(kernelSize, options, maxUnpoolNames, 1);
  }

  override forward(x: Tensor, indices: Tensor): Tensor {
    return maxUnpool1d(x, indices, this.kernelSize, this.options);
  }
}

/**
 * Puts values back where `maxPool2dWithIndices` found them; see `maxUnpool2d`.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the indices have another shape
 * @example
 * const { values, indices } = maxPool2dWithIndices(ones([1, 2, 6, 4]), 2);
 * new MaxUnpool2d(2).forward(values, indices).shape; // => [ 1, 2, 6, 4 ]
 */
export class MaxUnpool2d extends WindowPool<Pair, MaxUnpoolOptions<Pair>, [x: Tensor, indices: Tensor]> {
  constructor(kernelSize: Pair, options: MaxUnpoolOptions<Pair> = {}) {
    super(kernelSize, options, maxUnpoolNames, 2);
  }

  override forward(x: Tensor, indices: Tensor): Tensor {
    return maxUnpool2d(x, indices, this.kernelSize, this.options);
  }
}

/**
 * Puts values back where `maxPool3dWithIndices` found them; see `maxUnpool3d`.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the indices have another shape
 * @example
 * const { values, indices } = maxPool3dWithIndices(ones([1, 2, 4, 4, 4]), 2);
 * new MaxUnpool3d(2).forward(values, indices).shape; // => [ 1, 2, 4, 4, 4 ]
 */
export class MaxUnpool3d extends WindowPool<Triple, MaxUnpoolOptions<Triple>, [x: Tensor, indices: Tensor]> {
  constructor(kernelSize: Triple, options: MaxUnpoolOptions<Triple> = {}) {
    super(kernelSize, options, maxUnpoolNames, 3);
  }

  override forward(x: Tensor, indices: Tensor): Tensor {
    return maxUnpool3d(x, indices, this.kernelSize, this.options);
  }
}

/**
 * The means of `outputSize` regions, [N, C, L]  →  [N, C, OL]; see `adaptiveAvgPool1d`.
 *
 * @throws ValueError  when a number of regions is not a whole number from 1
 * @throws ShapeError  when the input has another number of axes, or no places
 * @example
 * new AdaptiveAvgPool1d(2).forward(ones([1, 2, 6])).shape; // => [ 1, 2, 2 ]
 */
export class AdaptiveAvgPool1d extends RegionPool<Single> {
  constructor(outputSize: Single) {
    super(outputSize, 1);
  }

  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool1d(x, this.outputSize);
  }
}

/**
 * The means of `outputSize` regions, [N, C, H, W]  →  [N, C, OH, OW]; see `adaptiveAvgPool2d`.
 *
 * @throws ValueError  when a number of regions is not a whole number from 1
 * @throws ShapeError  when the input has another number of axes, or no places
 * @example
 * new AdaptiveAvgPool2d(2).forward(ones([1, 2, 6, 4])).shape; // => [ 1, 2, 2, 2 ]
 */
export class AdaptiveAvgPool2d extends RegionPool<Pair> {
  constructor(outputSize: Pair) {
    super(outputSize, 2);
  }

  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize);
  }
}

/**
 * The means of `outputSize` regions, [N, C, D, H, W]  →  [N, C, OD, OH, OW]; see `adaptiveAvgPool3d`.
 *
 * @throws ValueError  when a number of regions is not a whole number from 1
 * @throws ShapeError  when the input has another number of axes, or no places
 * @example
 * new AdaptiveAvgPool3d(2).forward(ones([1, 2, 4, 4, 4])).shape; // => [ 1, 2, 2, 2, 2 ]
 */
export class AdaptiveAvgPool3d extends RegionPool<Triple> {
  constructor(outputSize: Triple) {
    super(outputSize, 3);
  }

  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool3d(x, this.outputSize);
  }
}

/**
 * The greatest values of `outputSize` regions, [N, C, L]  →  [N, C, OL]; see `adaptiveMaxPool1d`.
 *
 * @throws ValueError  when a number of regions is not a whole number from 1
 * @throws ShapeError  when the input has another number of axes, or no places
 * @example
 * new AdaptiveMaxPool1d(2).forward(ones([1, 2, 6])).shape; // => [ 1, 2, 2 ]
 */
export class AdaptiveMaxPool1d extends RegionPool<Single> {
  constructor(outputSize: Single) {
    super(outputSize, 1);
  }

  override forward(x: Tensor): Tensor {
    return adaptiveMaxPool1d(x, this.outputSize);
  }
}

/**
 * The greatest values of `outputSize` regions, [N, C, H, W]  →  [N, C, OH, OW]; see `adaptiveMaxPool2d`.
 *
 * @throws ValueError  when a number of regions is not a whole number from 1
 * @throws ShapeError  when the input has another number of axes, or no places
 * @example
 * new AdaptiveMaxPool2d(2).forward(ones([1, 2, 6, 4])).shape; // => [ 1, 2, 2, 2 ]
 */
export class AdaptiveMaxPool2d extends RegionPool<Pair> {
  constructor(outputSize: Pair) {
    super(outputSize, 2);
  }

  override forward(x: Tensor): Tensor {
    return adaptiveMaxPool2d(x, this.outputSize);
  }
}

/**
 * The greatest values of `outputSize` regions, [N, C, D, H, W]  →  [N, C, OD, OH, OW]; see `adaptiveMaxPool3d`.
 *
 * @throws ValueError  when a number of regions is not a whole number from 1
 * @throws ShapeError  when the input has another number of axes, or no places
 * @example
 * new AdaptiveMaxPool3d(2).forward(ones([1, 2, 4, 4, 4])).shape; // => [ 1, 2, 2, 2, 2 ]
 */
export class AdaptiveMaxPool3d extends RegionPool<Triple> {
  constructor(outputSize: Triple) {
    super(outputSize, 3);
  }

  override forward(x: Tensor): Tensor {
    return adaptiveMaxPool3d(x, this.outputSize);
  }
}

/**
 * The mean of each channel, [N, C, …] → [N, C]; see `globalAvgPool`.
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the input has no axes of space
 * @example
 * new GlobalAvgPool().forward(tensor([[[2, 2, 2]]])); // => [[2.]]
 */
export class GlobalAvgPool extends Module {
  readonly options: GlobalPoolOptions;

  constructor(options: GlobalPoolOptions = {}) {
    super();
    checkOptions("GlobalAvgPool", options, ["keepdims"]);
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return globalAvgPool(x, this.options);
  }
}

/**
 * The greatest value of each channel, [N, C, …] → [N, C]; see `globalMaxPool`.
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  when the input has no axes of space
 * @example
 * new GlobalMaxPool().forward(tensor([[[2, 2, 2]]])); // => [[2.]]
 */
export class GlobalMaxPool extends Module {
  readonly options: GlobalPoolOptions;

  constructor(options: GlobalPoolOptions = {}) {
    super();
    checkOptions("GlobalMaxPool", options, ["keepdims"]);
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return globalMaxPool(x, this.options);
  }
}
