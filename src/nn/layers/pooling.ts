/** Pooling layers: what is left of a window or a region. They have no parameters. */
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
  type Triple,
} from "../functional/index.ts";
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

  constructor(kernelSize: P, options: Options = {} as Options) {
    super();
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

  constructor(outputSize: P) {
    super();
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
 */
export class MaxPool1d extends WindowPool<Single, MaxPoolOptions<Single>> {
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
 */
export class MaxPool2d extends WindowPool<Pair, MaxPoolOptions<Pair>> {
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
 */
export class MaxPool3d extends WindowPool<Triple, MaxPoolOptions<Triple>> {
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
 */
export class AvgPool1d extends WindowPool<Single, AvgPoolOptions<Single>> {
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
 */
export class AvgPool2d extends WindowPool<Pair, AvgPoolOptions<Pair>> {
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
 */
export class AvgPool3d extends WindowPool<Triple, AvgPoolOptions<Triple>> {
  override forward(x: Tensor): Tensor {
    return avgPool3d(x, this.kernelSize, this.options);
  }
}

/**
 * The power-average of each window; the formula is at `lpPool2d`.
 *
 *     [N, C, L]  →  [N, C, OL]
 */
export class LPPool1d extends WindowPool<Single, LpPoolOptions<Single>> {
  readonly normType: number;

  constructor(normType: number, kernelSize: Single, options: LpPoolOptions<Single> = {}) {
    super(kernelSize, options);
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
 */
export class LPPool2d extends WindowPool<Pair, LpPoolOptions<Pair>> {
  readonly normType: number;

  constructor(normType: number, kernelSize: Pair, options: LpPoolOptions<Pair> = {}) {
    super(kernelSize, options);
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
 */
export class LPPool3d extends WindowPool<Triple, LpPoolOptions<Triple>> {
  readonly normType: number;

  constructor(normType: number, kernelSize: Triple, options: LpPoolOptions<Triple> = {}) {
    super(kernelSize, options);
    this.normType = normType;
  }

  override forward(x: Tensor): Tensor {
    return lpPool3d(x, this.normType, this.kernelSize, this.options);
  }

  override describe(): string {
    return super.describe().replace("(", `(${this.normType}, `);
  }
}

/** Puts values back where `maxPool1dWithIndices` found them; see `maxUnpool1d`. */
export class MaxUnpool1d extends WindowPool<Single, MaxUnpoolOptions<Single>, [x: Tensor, indices: Tensor]> {
  override forward(x: Tensor, indices: Tensor): Tensor {
    return maxUnpool1d(x, indices, this.kernelSize, this.options);
  }
}

/** Puts values back where `maxPool2dWithIndices` found them; see `maxUnpool2d`. */
export class MaxUnpool2d extends WindowPool<Pair, MaxUnpoolOptions<Pair>, [x: Tensor, indices: Tensor]> {
  override forward(x: Tensor, indices: Tensor): Tensor {
    return maxUnpool2d(x, indices, this.kernelSize, this.options);
  }
}

/** Puts values back where `maxPool3dWithIndices` found them; see `maxUnpool3d`. */
export class MaxUnpool3d extends WindowPool<Triple, MaxUnpoolOptions<Triple>, [x: Tensor, indices: Tensor]> {
  override forward(x: Tensor, indices: Tensor): Tensor {
    return maxUnpool3d(x, indices, this.kernelSize, this.options);
  }
}

/** The means of `outputSize` regions, [N, C, L]  →  [N, C, OL]; see `adaptiveAvgPool1d`. */
export class AdaptiveAvgPool1d extends RegionPool<Single> {
  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool1d(x, this.outputSize);
  }
}

/** The means of `outputSize` regions, [N, C, H, W]  →  [N, C, OH, OW]; see `adaptiveAvgPool2d`. */
export class AdaptiveAvgPool2d extends RegionPool<Pair> {
  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool2d(x, this.outputSize);
  }
}

/** The means of `outputSize` regions, [N, C, D, H, W]  →  [N, C, OD, OH, OW]; see `adaptiveAvgPool3d`. */
export class AdaptiveAvgPool3d extends RegionPool<Triple> {
  override forward(x: Tensor): Tensor {
    return adaptiveAvgPool3d(x, this.outputSize);
  }
}

/** The greatest values of `outputSize` regions, [N, C, L]  →  [N, C, OL]; see `adaptiveMaxPool1d`. */
export class AdaptiveMaxPool1d extends RegionPool<Single> {
  override forward(x: Tensor): Tensor {
    return adaptiveMaxPool1d(x, this.outputSize);
  }
}

/** The greatest values of `outputSize` regions, [N, C, H, W]  →  [N, C, OH, OW]; see `adaptiveMaxPool2d`. */
export class AdaptiveMaxPool2d extends RegionPool<Pair> {
  override forward(x: Tensor): Tensor {
    return adaptiveMaxPool2d(x, this.outputSize);
  }
}

/** The greatest values of `outputSize` regions, [N, C, D, H, W]  →  [N, C, OD, OH, OW]; see `adaptiveMaxPool3d`. */
export class AdaptiveMaxPool3d extends RegionPool<Triple> {
  override forward(x: Tensor): Tensor {
    return adaptiveMaxPool3d(x, this.outputSize);
  }
}

/** The mean of each channel, [N, C, …] → [N, C]; see `globalAvgPool`. */
export class GlobalAvgPool extends Module {
  readonly options: GlobalPoolOptions;

  constructor(options: GlobalPoolOptions = {}) {
    super();
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return globalAvgPool(x, this.options);
  }
}

/** The greatest value of each channel, [N, C, …] → [N, C]; see `globalMaxPool`. */
export class GlobalMaxPool extends Module {
  readonly options: GlobalPoolOptions;

  constructor(options: GlobalPoolOptions = {}) {
    super();
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return globalMaxPool(x, this.options);
  }
}
