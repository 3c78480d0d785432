/** The convolution layer. */
import { type Conv2dShape, type Fits, type Result, type Shape, ValueError } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { type ConvPadding, conv2d, type PaddingMode, type Pair, pairOf } from "../functional/index.ts";
import { defaultBias, defaultWeight, type InitOptions } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { checkSize, showOptions } from "./check.ts";

export interface Conv2dLayerOptions<
  Stride extends Pair = Pair,
  Padding extends ConvPadding = ConvPadding,
  Dilation extends Pair = Pair,
> extends InitOptions {
  /** Steps of the window; 1 by default. */
  readonly stride?: Stride;
  /** Places added on each side: a number, a pair [height, width], or "same"; 0 by default. */
  readonly padding?: Padding;
  /** Distance between the places that a kernel looks at; 1 by default. */
  readonly dilation?: Dilation;
  /** Number of blocks into which the channels are divided; 1 by default. */
  readonly groups?: number;
  /** What the added places hold; "zeros" by default. */
  readonly paddingMode?: PaddingMode;
  /** Whether b is added; true by default. */
  readonly bias?: boolean;
}

const defaults = { stride: 1, padding: 0, dilation: 1, groups: 1, paddingMode: "zeros", bias: true } as const;

/**
 * Convolution of images with learned kernels; the formula is at `conv2d`.
 *
 *     x [N, in, H, W],  `weight` [out, in / groups, KH, KW],  `bias` [out]  →  [N, out, OH, OW]
 *
 * Weight and bias begin as U(−1/√fanIn, 1/√fanIn) with fanIn = in / groups · KH · KW, as in PyTorch.
 *
 * @example
 * new Conv2d(1, 8, 3, { padding: 1 }).forward(zeros([32, 1, 8, 8])).shape; // [32, 8, 8, 8]
 */
export class Conv2d<
  const In extends number = number,
  const Out extends number = number,
  const Kernel extends Pair = Pair,
  const Stride extends Pair = 1,
  const Padding extends ConvPadding = 0,
  const Dilation extends Pair = 1,
> extends Module {
  readonly inChannels: In;
  readonly outChannels: Out;
  readonly kernelSize: Kernel;
  readonly options: Conv2dLayerOptions<Stride, Padding, Dilation>;
  weight: Tensor;
  bias: Tensor<readonly [Out]> | null;

  constructor(
    inChannels: In,
    outChannels: Out,
    kernelSize: Kernel,
    options: Conv2dLayerOptions<Stride, Padding, Dilation> = {},
  ) {
    super();
    const { groups = 1, bias = true, dtype, device } = options;
    checkSize("Conv2d", "inChannels", inChannels);
    checkSize("Conv2d", "outChannels", outChannels);
    checkSize("Conv2d", "groups", groups);
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new ValueError(
        `Conv2d: ${inChannels} channels in and ${outChannels} out do not divide into ${groups} groups`,
      );
    }
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernelSize;
    this.options = options;
    const shape = [outChannels, inChannels / groups, ...pairOf("Conv2d", "kernelSize", kernelSize, 1)] as const;
    this.weight = new Parameter<Shape>(defaultWeight(shape, { dtype, device }));
    this.bias = bias ? new Parameter(defaultBias(outChannels, shape, { dtype, device })) : null;
  }

  override forward<X extends Shape>(
    x: Tensor<X> & Fits<Conv2dShape<X, In, Out, Kernel, Stride, Padding, Dilation>, "Conv2d">,
  ): Tensor<Result<Conv2dShape<X, In, Out, Kernel, Stride, Padding, Dilation>>> {
    const y = conv2d(x, this.weight, this.bias, this.options);
    return y as Tensor<Result<Conv2dShape<X, In, Out, Kernel, Stride, Padding, Dilation>>>; // what conv2d checks at run time
  }

  override describe(): string {
    const { dtype: _dtype, device: _device, ...options } = this.options;
    return `Conv2d(${this.inChannels}, ${this.outChannels}, ${JSON.stringify(this.kernelSize)}${showOptions(options, defaults)})`;
  }
}
