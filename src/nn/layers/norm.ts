/** Batch normalisation layers. */
import { type Shape, ShapeError, show, wideDType } from "../../base/index.ts";
import { noGrad, ones, type Tensor, zeros } from "../../tensor/index.ts";
import { batchNorm } from "../functional/index.ts";
import type { InitOptions } from "../init.ts";
import { Module } from "../module.ts";
import { Buffer, Parameter } from "../parameter.ts";
import { checkLayerOptions, checkSize, showOptions } from "./check.ts";

export interface BatchNormLayerOptions extends InitOptions {
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number;
  /** Weight of a batch in the running statistics, 0.1 by default; null for the plain mean of all batches so far. */
  readonly momentum?: number | null;
  /** Whether γ and β are learned; true by default. */
  readonly affine?: boolean;
  /**
   * Whether running statistics are kept for evaluation; true by default. Without them the batch's own are always taken.
   */
  readonly trackRunningStats?: boolean;
}

const batchNormNames = ["eps", "momentum", "affine", "trackRunningStats"] as const;

const defaults = { eps: 1e-5, momentum: 0.1, affine: true, trackRunningStats: true } as const;

/**
 * Batch normalisation; the formula is at `batchNorm`.
 *
 *     γ `weight` [C], β `bias` [C] begin as 1 and 0; `runningMean`, `runningVar` [C] as 0 and 1.
 *
 * In training the running statistics move, inside a compiled step too; `eval()` normalises with them.
 */
abstract class BatchNorm extends Module {
  readonly numFeatures: number;
  readonly options: BatchNormLayerOptions;
  /** Weight of a batch in the running statistics; null for the plain mean of all batches so far. */
  momentum: number | null;
  weight: Tensor | null;
  bias: Tensor | null;
  runningMean: Tensor | null;
  runningVar: Tensor | null;
  numBatchesTracked: Tensor | null;

  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super();
    checkLayerOptions(this.constructor.name, options, batchNormNames);
    checkSize(this.constructor.name, "numFeatures", numFeatures);
    const { momentum = defaults.momentum, affine = true, trackRunningStats = true, dtype, device } = options;
    this.numFeatures = numFeatures;
    this.options = options;
    this.momentum = momentum;
    const [shape, statistics] = [[numFeatures], wideDType(dtype ?? "float32")];
    this.weight = affine ? new Parameter<Shape>(ones(shape, { dtype, device })) : null;
    this.bias = affine ? new Parameter<Shape>(zeros(shape, { dtype, device })) : null;
    this.runningMean = trackRunningStats ? new Buffer<Shape>(zeros(shape, { dtype: statistics, device })) : null;
    this.runningVar = trackRunningStats ? new Buffer<Shape>(ones(shape, { dtype: statistics, device })) : null;
    this.numBatchesTracked = trackRunningStats ? new Buffer<Shape>(zeros([], { dtype: "int64", device })) : null;
  }

  /** Throws unless `shape` is one that the layer is for. */
  protected abstract checkInput(shape: Shape): void;

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    this.checkInput(x.shape);
    const { runningMean, runningVar, weight, bias, training } = this;
    const momentum = this.#countBatch();
    const eps = this.options.eps ?? defaults.eps;
    return batchNorm(x, { runningMean, runningVar, weight, bias, training, momentum, eps }) as Tensor<S>; // same shape
  }

  /** Counts a batch of training; gives its weight in the running statistics. */
  #countBatch(): number | Tensor {
    const { momentum } = this;
    const counter = this.numBatchesTracked;
    if (!this.training || counter === null) return momentum ?? 0;
    const count = counter.add(1);
    noGrad(() => counter.assign(count));
    return momentum ?? count.astype(this.runningMean!.dtype).reciprocal(); // 1/n makes the running mean the mean of all
  }

  override describe(): string {
    const { dtype: _dtype, device: _device, ...options } = this.options;
    return `${this.constructor.name}(${this.numFeatures}${showOptions(options, defaults)})`;
  }
}

/**
 * Batch normalisation of features: [N, C] or [N, C, L]; the formula is at `batchNorm`.
 *
 * @throws ValueError  when the number of channels is not a whole number from 1, or an option does not exist; when training
 *                     on one value a channel
 * @throws ShapeError  when the input has another shape
 * @example
 * new BatchNorm1d(3).forward(ones([4, 3])).shape; // => [ 4, 3 ]
 */
export class BatchNorm1d extends BatchNorm {
  protected override checkInput(shape: Shape): void {
    if ((shape.length === 2 || shape.length === 3) && shape[1] === this.numFeatures) return;
    throw new ShapeError(
      `BatchNorm1d: the shape is [N, ${this.numFeatures}] or [N, ${this.numFeatures}, L], not ${show(shape)}`,
    );
  }
}

/**
 * Batch normalisation of the channels of images: [N, C, H, W]; the formula is at `batchNorm`.
 *
 * @throws ValueError  when the number of channels is not a whole number from 1, or an option does not exist; when training
 *                     on one value a channel
 * @throws ShapeError  when the input has another shape
 * @example
 * new BatchNorm2d(3).forward(ones([2, 3, 4, 4])).shape; // => [ 2, 3, 4, 4 ]
 */
export class BatchNorm2d extends BatchNorm {
  protected override checkInput(shape: Shape): void {
    if (shape.length === 4 && shape[1] === this.numFeatures) return;
    throw new ShapeError(`BatchNorm2d: the shape is [N, ${this.numFeatures}, H, W], not ${show(shape)}`);
  }
}

/**
 * Batch normalisation of the channels of volumes: [N, C, D, H, W]; the formula is at `batchNorm`.
 *
 * @throws ValueError  when the number of channels is not a whole number from 1, or an option does not exist; when training
 *                     on one value a channel
 * @throws ShapeError  when the input has another shape
 * @example
 * new BatchNorm3d(3).forward(ones([2, 3, 2, 4, 4])).shape; // => [ 2, 3, 2, 4, 4 ]
 */
export class BatchNorm3d extends BatchNorm {
  protected override checkInput(shape: Shape): void {
    if (shape.length === 5 && shape[1] === this.numFeatures) return;
    throw new ShapeError(`BatchNorm3d: the shape is [N, ${this.numFeatures}, D, H, W], not ${show(shape)}`);
  }
}
