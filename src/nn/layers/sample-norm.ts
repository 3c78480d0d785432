/** The layers of normalisation within one sample; they do the same in training and in evaluation. */
import { checkOptions, type Shape, ShapeError, show, ValueError, wideDType } from "../../base/index.ts";
import { ones, type Tensor, zeros } from "../../tensor/index.ts";
import {
  groupNorm,
  instanceNorm,
  type LocalResponseNormOptions,
  layerNorm,
  localResponseNorm,
  rmsNorm,
} from "../functional/index.ts";
import { localResponseNormNames } from "../functional/option-names.ts";
import type { InitOptions } from "../init.ts";
import { Buffer, Parameter } from "../parameter.ts";
import { Elementwise } from "./activation.ts";
import { checkLayerOptions, checkSize, showOptions } from "./check.ts";

const one = (shape: Shape, options: InitOptions): Tensor => new Parameter<Shape>(ones(shape, options));
const zero = (shape: Shape, options: InitOptions): Tensor => new Parameter<Shape>(zeros(shape, options));

/** dtype and device of a layer's options. */
const placeOf = ({ dtype, device }: InitOptions): InitOptions => ({ dtype, device });

/** `LayerNorm([3,4], { eps: 0.1 })` */
function describeNorm(layer: string, first: string, options: InitOptions, defaults: Readonly<Record<string, unknown>>) {
  const { dtype: _dtype, device: _device, ...shown } = options;
  return `${layer}(${first}${showOptions(shown, defaults)})`;
}

export interface LayerNormLayerOptions extends InitOptions {
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number;
  /** Whether γ and β are learned; true by default. */
  readonly elementwiseAffine?: boolean;
  /** Whether there is β beside γ; true by default. */
  readonly bias?: boolean;
}

/**
 * Layer normalisation; the formula is at `layerNorm`.
 *
 *     x [*, …normalizedShape] → the same;  γ `weight` and β `bias` in normalizedShape begin as 1 and 0.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another shape
 * @example
 * new LayerNorm([3, 4]).forward(zeros([2, 3, 4])).shape; // => [ 2, 3, 4 ]
 */
export class LayerNorm extends Elementwise {
  readonly normalizedShape: readonly number[];
  readonly options: LayerNormLayerOptions;
  weight: Tensor | null;
  bias: Tensor | null;

  constructor(normalizedShape: number | readonly number[], options: LayerNormLayerOptions = {}) {
    super();
    checkLayerOptions("LayerNorm", options, ["eps", "elementwiseAffine", "bias"]);
    this.normalizedShape = shapeOf("LayerNorm", normalizedShape);
    this.options = options;
    const { elementwiseAffine = true, bias = true } = options;
    this.weight = elementwiseAffine ? one(this.normalizedShape, placeOf(options)) : null;
    this.bias = elementwiseAffine && bias ? zero(this.normalizedShape, placeOf(options)) : null;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    const { weight, bias } = this;
    return layerNorm(x, this.normalizedShape, { weight, bias, eps: this.options.eps ?? 1e-5 }) as Tensor<S>; // same shape
  }

  override describe(): string {
    const defaults = { eps: 1e-5, elementwiseAffine: true, bias: true };
    return describeNorm("LayerNorm", JSON.stringify(this.normalizedShape), this.options, defaults);
  }
}

export interface RMSNormLayerOptions extends InitOptions {
  /** Added to the mean square; the spacing of the dtype's numbers at 1 by default. */
  readonly eps?: number | null;
  /** Whether γ is learned; true by default. */
  readonly elementwiseAffine?: boolean;
}

/**
 * Root-mean-square normalisation; the formula is at `rmsNorm`.
 *
 *     x [*, …normalizedShape] → the same;  γ `weight` in normalizedShape begins as 1.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another shape
 * @example
 * new RMSNorm(4).forward(zeros([2, 4])).shape; // => [ 2, 4 ]
 */
export class RMSNorm extends Elementwise {
  readonly normalizedShape: readonly number[];
  readonly options: RMSNormLayerOptions;
  weight: Tensor | null;

  constructor(normalizedShape: number | readonly number[], options: RMSNormLayerOptions = {}) {
    super();
    checkLayerOptions("RMSNorm", options, ["eps", "elementwiseAffine"]);
    this.normalizedShape = shapeOf("RMSNorm", normalizedShape);
    this.options = options;
    this.weight = (options.elementwiseAffine ?? true) ? one(this.normalizedShape, placeOf(options)) : null;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    const { weight } = this;
    return rmsNorm(x, this.normalizedShape, { weight, eps: this.options.eps ?? null }) as Tensor<S>; // same shape
  }

  override describe(): string {
    const defaults = { eps: null, elementwiseAffine: true };
    return describeNorm("RMSNorm", JSON.stringify(this.normalizedShape), this.options, defaults);
  }
}

function shapeOf(layer: string, normalizedShape: number | readonly number[]): readonly number[] {
  const shape = typeof normalizedShape === "number" ? [normalizedShape] : normalizedShape;
  for (const size of shape) checkSize(layer, "normalizedShape", size);
  if (shape.length === 0) throw new ValueError(`${layer}: normalizedShape has no axes`);
  return shape;
}

export interface GroupNormLayerOptions extends InitOptions {
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number;
  /** Whether γ and β are learned; true by default. */
  readonly affine?: boolean;
}

/**
 * Group normalisation; the formula is at `groupNorm`.
 *
 *     x [N, C, …] → the same;  γ `weight` [C] and β `bias` [C] begin as 1 and 0.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another shape
 * @example
 * new GroupNorm(2, 6).forward(zeros([3, 6, 5])).shape; // => [ 3, 6, 5 ]
 */
export class GroupNorm extends Elementwise {
  readonly numGroups: number;
  readonly numChannels: number;
  readonly options: GroupNormLayerOptions;
  weight: Tensor | null;
  bias: Tensor | null;

  constructor(numGroups: number, numChannels: number, options: GroupNormLayerOptions = {}) {
    super();
    checkLayerOptions("GroupNorm", options, ["eps", "affine"]);
    checkSize("GroupNorm", "numGroups", numGroups);
    checkSize("GroupNorm", "numChannels", numChannels);
    if (numChannels % numGroups !== 0)
      throw new ValueError(`GroupNorm: ${numChannels} channels do not divide into ${numGroups} groups`);
    this.numGroups = numGroups;
    this.numChannels = numChannels;
    this.options = options;
    const affine = options.affine ?? true;
    this.weight = affine ? one([numChannels], placeOf(options)) : null;
    this.bias = affine ? zero([numChannels], placeOf(options)) : null;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    if (x.ndim < 2 || x.shape[1] !== this.numChannels)
      throw new ShapeError(`GroupNorm: the shape is [N, ${this.numChannels}, …], not ${show(x.shape)}`);
    const { weight, bias } = this;
    return groupNorm(x, this.numGroups, { weight, bias, eps: this.options.eps ?? 1e-5 }) as Tensor<S>; // same shape
  }

  override describe(): string {
    return describeNorm("GroupNorm", `${this.numGroups}, ${this.numChannels}`, this.options, {
      eps: 1e-5,
      affine: true,
    });
  }
}

export interface InstanceNormLayerOptions extends InitOptions {
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number;
  /** Weight of an input in the running statistics; 0.1 by default. */
  readonly momentum?: number;
  /** Whether γ and β are learned; false by default, as in PyTorch. */
  readonly affine?: boolean;
  /** Whether running statistics are kept and taken in evaluation; false by default. */
  readonly trackRunningStats?: boolean;
}

const instanceNames = ["eps", "momentum", "affine", "trackRunningStats"] as const;

abstract class InstanceNorm extends Elementwise {
  readonly numFeatures: number;
  readonly options: InstanceNormLayerOptions;
  weight: Tensor | null;
  bias: Tensor | null;
  runningMean: Tensor | null;
  runningVar: Tensor | null;
  numBatchesTracked: Tensor | null;

  constructor(numFeatures: number, options: InstanceNormLayerOptions = {}) {
    super();
    checkLayerOptions(this.constructor.name, options, instanceNames);
    checkSize(this.constructor.name, "numFeatures", numFeatures);
    const { affine = false, trackRunningStats = false, device } = options;
    const [shape, place] = [[numFeatures], placeOf(options)];
    this.numFeatures = numFeatures;
    this.options = options;
    this.weight = affine ? one(shape, place) : null;
    this.bias = affine ? zero(shape, place) : null;
    const statistics = { ...place, dtype: wideDType(place.dtype ?? "float32") };
    this.runningMean = trackRunningStats ? new Buffer<Shape>(zeros(shape, statistics)) : null;
    this.runningVar = trackRunningStats ? new Buffer<Shape>(ones(shape, statistics)) : null;
    this.numBatchesTracked = trackRunningStats ? new Buffer<Shape>(zeros([], { dtype: "int64", device })) : null; // never counted, as in PyTorch
  }

  /** `[N, 3, H, W]` */
  protected abstract readonly wanted: readonly string[];

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    if (x.ndim !== this.wanted.length + 2 || x.shape[1] !== this.numFeatures) {
      const shape = `[${["N", this.numFeatures, ...this.wanted].join(", ")}]`;
      throw new ShapeError(`${this.constructor.name}: the shape is ${shape}, not ${show(x.shape)}`);
    }
    const { weight, bias, runningMean, runningVar } = this;
    const { eps = 1e-5, momentum = 0.1 } = this.options;
    const useInputStats = this.training || runningMean === null;
    return instanceNorm(x, { weight, bias, runningMean, runningVar, useInputStats, eps, momentum }) as Tensor<S>; // same shape
  }

  override describe(): string {
    const defaults = { eps: 1e-5, momentum: 0.1, affine: false, trackRunningStats: false };
    return describeNorm(this.constructor.name, String(this.numFeatures), this.options, defaults);
  }
}

/**
 * Instance normalisation of sequences [N, C, L]; the formula is at `instanceNorm`.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another shape
 * @example
 * new InstanceNorm1d(3).forward(ones([2, 3, 4])).shape; // => [ 2, 3, 4 ]
 */
export class InstanceNorm1d extends InstanceNorm {
  protected override get wanted(): readonly string[] {
    return ["L"];
  }
}

/**
 * Instance normalisation of images [N, C, H, W]; the formula is at `instanceNorm`.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another shape
 * @example
 * new InstanceNorm2d(3).forward(ones([2, 3, 4, 4])).shape; // => [ 2, 3, 4, 4 ]
 */
export class InstanceNorm2d extends InstanceNorm {
  protected override get wanted(): readonly string[] {
    return ["H", "W"];
  }
}

/**
 * Instance normalisation of volumes [N, C, D, H, W]; the formula is at `instanceNorm`.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another shape
 * @example
 * new InstanceNorm3d(3).forward(ones([2, 3, 2, 4, 4])).shape; // => [ 2, 3, 2, 4, 4 ]
 */
export class InstanceNorm3d extends InstanceNorm {
  protected override get wanted(): readonly string[] {
    return ["D", "H", "W"];
  }
}

/**
 * Local response normalisation over `size` neighbouring channels; the formula is at `localResponseNorm`.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the input has another shape
 * @example
 * new LocalResponseNorm(1, { alpha: 1, beta: 1, k: 0 }).forward(tensor([[2, 4]])); // => [[0.5  0.25]]
 */
export class LocalResponseNorm extends Elementwise {
  readonly size: number;
  readonly options: LocalResponseNormOptions;

  constructor(size: number, options: LocalResponseNormOptions = {}) {
    super();
    checkOptions("LocalResponseNorm", options, localResponseNormNames);
    checkSize("LocalResponseNorm", "size", size);
    this.size = size;
    this.options = options;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return localResponseNorm(x, this.size, this.options) as Tensor<S>; // same shape
  }

  override describe(): string {
    return `LocalResponseNorm(${this.size}${showOptions({ ...this.options }, { alpha: 1e-4, beta: 0.75, k: 1 })})`;
  }
}
