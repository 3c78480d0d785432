/** Layers that add where in a sequence something stands: by sines and cosines, or by vectors that are learned. */
import { checkOptions, type DType, type Shape, ShapeError, show } from "../../base/index.ts";
import { at, type Tensor } from "../../tensor/index.ts";
import { sinusoidalPositions } from "../functional/index.ts";
import { type InitOptions, normal } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { checkLayerOptions, checkProbability, checkSize, showOptions } from "./check.ts";
import { Dropout } from "./dropout.ts";

export interface PositionLayerOptions {
  /** Probability with which an element of the sum is dropped; 0.1 by default. */
  readonly dropout?: number;
  /** Whether shapes are [N, L, E] instead of [L, N, E]; false by default. */
  readonly batchFirst?: boolean;
}

const defaults = { dropout: 0.1, batchFirst: false };

/** Adds a vector for each place, then drops. */
abstract class Positions extends Module {
  readonly batchFirst: boolean;
  readonly drop: Dropout;

  constructor({ dropout: p = 0.1, batchFirst = false }: PositionLayerOptions) {
    super();
    checkProbability(this.constructor.name, "dropout", p);
    this.batchFirst = batchFirst;
    this.drop = new Dropout(p);
  }

  /** The vectors of the first `length` places, [length, width]; computed ones in `dtype`. */
  protected abstract table(length: number, width: number, dtype: DType): Tensor;

  override forward(x: Tensor): Tensor {
    if (x.ndim !== 2 && x.ndim !== 3)
      throw new ShapeError(
        `${this.constructor.name}: ${show(x.shape)} is no batch of sequences; the shape has two or three axes`,
      );
    const axis = this.batchFirst && x.ndim === 3 ? 1 : 0;
    const [length, width] = [x.shape[axis]!, x.shape.at(-1)!];
    const table = this.table(length, width, x.dtype).astype(x.dtype) as Tensor;
    const placed = axis === 0 && x.ndim === 3 ? (table.reshape([length, 1, width]) as Tensor) : table;
    return this.drop.forward(x.add(placed) as Tensor);
  }

  protected get shown(): string {
    return showOptions({ dropout: this.drop.p, batchFirst: this.batchFirst }, defaults);
  }
}

/**
 * Adds sinusoidal encodings of positions, then drops; the formula is at `sinusoidalPositions`. There are no parameters.
 *
 *     x [L, N, E] ([N, L, E] when batchFirst, [L, E] without a batch)  →  the same
 *
 * @throws ValueError  when dropout is no probability, or an option does not exist; when the width is odd
 * @throws ShapeError  when the input has not two or three axes
 * @example
 * new PositionalEncoding({ dropout: 0 }).forward(zeros([1, 2])); // => [[0. 1.]]
 */
export class PositionalEncoding extends Positions {
  constructor(options: PositionLayerOptions = {}) {
    checkOptions("PositionalEncoding", options, ["dropout", "batchFirst"]);
    super(options);
  }

  protected override table(length: number, width: number, dtype: DType): Tensor {
    return sinusoidalPositions(length, width, { dtype });
  }

  override describe(): string {
    return `PositionalEncoding(${this.shown.slice(2)})`;
  }
}

export interface LearnedPositionOptions extends PositionLayerOptions, InitOptions {}

/**
 * Adds a learned vector for each position, then drops:
 *
 *     y[l] = x[l] + weight[l]
 *
 *     x [L, N, E] ([N, L, E] when batchFirst, [L, E] without a batch)  →  the same;  `weight` [maxLength, E]
 *
 * The weight begins as N(0, 0.02²). Source: Gehring et al. 2017; the deviation is that of Devlin et al. 2018.
 *
 * @throws ValueError  when a size is not a whole number from 1, dropout is no probability, or an option does not exist
 * @throws ShapeError  when the input has another width, or is longer than maxLength
 * @example
 * new LearnedPositionalEncoding(16, 8, { batchFirst: true }).forward(zeros([3, 5, 8])).shape; // => [ 3, 5, 8 ]
 */
export class LearnedPositionalEncoding extends Positions {
  readonly maxLength: number;
  readonly width: number;
  weight: Tensor;

  constructor(maxLength: number, width: number, options: LearnedPositionOptions = {}) {
    checkLayerOptions("LearnedPositionalEncoding", options, ["dropout", "batchFirst"]);
    checkSize("LearnedPositionalEncoding", "maxLength", maxLength);
    checkSize("LearnedPositionalEncoding", "width", width);
    super(options);
    const { dtype, device } = options;
    this.maxLength = maxLength;
    this.width = width;
    this.weight = new Parameter<Shape>(normal<Shape>([maxLength, width], 0.02, { dtype, device }));
  }

  protected override table(length: number, width: number): Tensor {
    if (length > this.maxLength || width !== this.width) {
      throw new ShapeError(
        `LearnedPositionalEncoding: there are vectors for ${this.maxLength} positions of width ${this.width}; ${length} of width ${width} found`,
      );
    }
    return at(this.weight, `0:${length}`) as Tensor;
  }

  override describe(): string {
    return `LearnedPositionalEncoding(${this.maxLength}, ${this.width}${this.shown})`;
  }
}
