/** The layers of convolution, over one, two or three axes, and their transposes. */
import { type Conv2dShape, type Fits, type Result, type Shape, ValueError } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import {
  type ConvOptions,
  type ConvPadding,
  type ConvTransposeOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type PaddingMode,
  type Pair,
  type Single,
  type Sizes,
  sizesOf,
  type Triple,
} from "../functional/index.ts";
import { convNames, convTransposeNames } from "../functional/option-names.ts";
import { defaultBias, defaultWeight, type InitOptions } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { checkLayerOptions, checkSize, showOptions } from "./check.ts";

interface LayerOptions extends InitOptions {
  /** Whether b is added; true by default. */
  readonly bias?: boolean;
  /** Number of blocks into which the channels are divided; 1 by default. */
  readonly groups?: number;
}

export interface ConvLayerOptions<P extends Sizes = Sizes> extends ConvOptions<P>, LayerOptions {
  readonly groups?: number;
}

export interface ConvTransposeLayerOptions<P extends Sizes = Sizes> extends ConvTransposeOptions<P>, LayerOptions {
  readonly groups?: number;
}

export interface Conv2dLayerOptions<
  Stride extends Pair = Pair,
  Padding extends ConvPadding = ConvPadding,
  Dilation extends Pair = Pair,
> extends LayerOptions {
  /** Steps of the window; 1 by default. */
  readonly stride?: Stride;
  /** Places added on each side: a number, a pair [height, width], or "same"; 0 by default. */
  readonly padding?: Padding;
  /** Distance between the places that a kernel looks at; 1 by default. */
  readonly dilation?: Dilation;
  /** What the added places hold; "zeros" by default. */
  readonly paddingMode?: PaddingMode;
}

const defaults = {
  stride: 1,
  padding: 0,
  outputPadding: 0,
  dilation: 1,
  groups: 1,
  paddingMode: "zeros",
  bias: true,
} as const;

/** What all layers of convolution have: kernels, a bias, options. `bias` is what `convolve` adds a channel. */
export abstract class Convolution<
  P extends Sizes = Sizes,
  Options extends LayerOptions = LayerOptions,
  Out extends number = number,
> extends Module {
  readonly inChannels: number;
  readonly outChannels: Out;
  readonly kernelSize: P;
  readonly options: Options;
  /** The options that the function takes. */
  protected readonly geometry: Omit<Options, "bias" | keyof InitOptions>;
  weight: Tensor;
  bias: Tensor<readonly [Out]> | null;

  /** `axes`: how many axes of space there are; `transposed`: the weight is [in, out / groups, …] instead. */
  constructor(
    inChannels: number,
    outChannels: Out,
    kernelSize: P,
    options: Options,
    { axes, transposed }: { readonly axes: number; readonly transposed: boolean },
  ) {
    super();
    const layer = this.constructor.name;
    checkLayerOptions(layer, options, [...(transposed ? convTransposeNames : convNames), "bias"]);
    const { bias = true, dtype, device, ...geometry } = options;
    const { groups = 1 } = geometry;
    checkSize(layer, "inChannels", inChannels);
    checkSize(layer, "outChannels", outChannels);
    checkSize(layer, "groups", groups);
    if (inChannels % groups !== 0 || outChannels % groups !== 0) {
      throw new ValueError(
        `${layer}: ${inChannels} channels in and ${outChannels} out do not divide into ${groups} groups`,
      );
    }
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = kernelSize;
    this.options = options;
    this.geometry = geometry;
    const kernel = sizesOf(layer, "kernelSize", kernelSize, 1, axes);
    const channels = transposed ? [inChannels, outChannels / groups] : [outChannels, inChannels / groups];
    const shape = [...channels, ...kernel];
    this.weight = new Parameter<Shape>(defaultWeight(shape, { dtype, device }));
    this.bias = bias ? new Parameter(defaultBias(outChannels, shape, { dtype, device })) : null;
  }

  override describe(): string {
    const { dtype: _dtype, device: _device, ...options } = this.options;
    return `${this.constructor.name}(${this.inChannels}, ${this.outChannels}, ${JSON.stringify(this.kernelSize)}${showOptions(options, defaults)})`;
  }
}

const plain = (axes: number) => ({ axes, transposed: false });
const transposed = (axes: number) => ({ axes, transposed: true });

/**
 * Convolution of sequences with learned kernels; the formula is at `conv1d`.
 *
 *     x [N, in, L],  `weight` [out, in / groups, K],  `bias` [out]  →  [N, out, OL]
 *
 * Weight and bias begin as U(−1/√fanIn, 1/√fanIn), as in PyTorch, with fanIn = in / groups · the kernel's places.
 *
 * @throws ValueError  when a size or an option is out of range, groups do not divide the channels, or an option does not exist
 * @throws ShapeError  when the input has other channels or axes, or is too small for the kernel
 * @example
 * new Conv1d(2, 8, 3, { stride: 2 }).forward(zeros([32, 2, 9])).shape; // => [ 32, 8, 4 ]
 */
export class Conv1d extends Convolution<Single, ConvLayerOptions<Single>> {
  constructor(inChannels: number, outChannels: number, kernelSize: Single, options: ConvLayerOptions<Single> = {}) {
    super(inChannels, outChannels, kernelSize, options, plain(1));
  }

  override forward(x: Tensor): Tensor {
    return conv1d(x, this.weight, this.bias, this.geometry);
  }
}

/**
 * Convolution of images with learned kernels; the formula is at `conv2d`.
 *
 *     x [N, in, H, W],  `weight` [out, in / groups, KH, KW],  `bias` [out]  →  [N, out, OH, OW]
 *
 * Weight and bias begin as U(−1/√fanIn, 1/√fanIn) with fanIn = in / groups · KH · KW, as in PyTorch.
 *
 * @throws ValueError  when a size or an option is out of range, groups do not divide the channels, or an option does not exist
 * @throws ShapeError  when the input has other channels or axes, or is too small for the kernel
 * @example
 * new Conv2d(1, 8, 3, { padding: 1 }).forward(zeros([32, 1, 8, 8])).shape; // => [ 32, 8, 8, 8 ]
 */
export class Conv2d<
  const In extends number = number,
  const Out extends number = number,
  const Kernel extends Pair = Pair,
  const Stride extends Pair = 1,
  const Padding extends ConvPadding = 0,
  const Dilation extends Pair = 1,
> extends Convolution<Kernel, Conv2dLayerOptions<Stride, Padding, Dilation>, Out> {
  declare readonly inChannels: In;

  constructor(
    inChannels: In,
    outChannels: Out,
    kernelSize: Kernel,
    options: Conv2dLayerOptions<Stride, Padding, Dilation> = {},
  ) {
    super(inChannels, outChannels, kernelSize, options, plain(2));
  }

  override forward<X extends Shape>(
    x: Tensor<X> & Fits<Conv2dShape<X, In, Out, Kernel, Stride, Padding, Dilation>, "Conv2d">,
  ): Tensor<Result<Conv2dShape<X, In, Out, Kernel, Stride, Padding, Dilation>>> {
    const y = conv2d(x, this.weight, this.bias, this.geometry);
    return y as Tensor<Result<Conv2dShape<X, In, Out, Kernel, Stride, Padding, Dilation>>>; // what conv2d checks at run time
  }
}

/**
 * Convolution of volumes with learned kernels; the formula is at `conv3d`.
 *
 *     x [N, in, D, H, W],  `weight` [out, in / groups, KD, KH, KW],  `bias` [out]  →  [N, out, OD, OH, OW]
 *
 * Weight and bias begin as U(−1/√fanIn, 1/√fanIn), as in PyTorch, with fanIn = in / groups · the kernel's places.
 *
 * @throws ValueError  when a size or an option is out of range, groups do not divide the channels, or an option does not exist
 * @throws ShapeError  when the input has other channels or axes, or is too small for the kernel
 * @example
 * new Conv3d(1, 4, [1, 3, 3]).forward(zeros([2, 1, 5, 5, 5])).shape; // => [ 2, 4, 5, 3, 3 ]
 */
export class Conv3d extends Convolution<Triple, ConvLayerOptions<Triple>> {
  constructor(inChannels: number, outChannels: number, kernelSize: Triple, options: ConvLayerOptions<Triple> = {}) {
    super(inChannels, outChannels, kernelSize, options, plain(3));
  }

  override forward(x: Tensor): Tensor {
    return conv3d(x, this.weight, this.bias, this.geometry);
  }
}

/**
 * Transposed convolution of sequences; the formula is at `convTranspose1d`.
 *
 *     x [N, in, L],  `weight` [in, out / groups, K],  `bias` [out]  →  [N, out, OL]
 *
 * Weight and bias begin as U(−1/√fanIn, 1/√fanIn), as in PyTorch, with fanIn = out / groups · the kernel's places.
 *
 * @throws ValueError  when a size or an option is out of range, groups do not divide the channels, or an option does not exist
 * @throws ShapeError  when the input has other channels or axes, or is too small for the kernel
 * @example
 * new ConvTranspose1d(8, 2, 4, { stride: 2, padding: 1 }).forward(zeros([3, 8, 5])).shape; // => [ 3, 2, 10 ]
 */
export class ConvTranspose1d extends Convolution<Single, ConvTransposeLayerOptions<Single>> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Single,
    options: ConvTransposeLayerOptions<Single> = {},
  ) {
    super(inChannels, outChannels, kernelSize, options, transposed(1));
  }

  override forward(x: Tensor): Tensor {
    return convTranspose1d(x, this.weight, this.bias, this.geometry);
  }
}

/**
 * Transposed convolution of images; the formula is at `convTranspose2d`.
 *
 *     x [N, in, H, W],  `weight` [in, out / groups, KH, KW],  `bias` [out]  →  [N, out, OH, OW]
 *
 * Weight and bias begin as U(−1/√fanIn, 1/√fanIn), as in PyTorch, with fanIn = out / groups · the kernel's places.
 *
 * @throws ValueError  when a size or an option is out of range, groups do not divide the channels, or an option does not exist
 * @throws ShapeError  when the input has other channels or axes, or is too small for the kernel
 * @example
 * new ConvTranspose2d(8, 1, 2, { stride: 2 }).forward(zeros([3, 8, 4, 4])).shape; // => [ 3, 1, 8, 8 ]
 */
export class ConvTranspose2d extends Convolution<Pair, ConvTransposeLayerOptions<Pair>> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Pair,
    options: ConvTransposeLayerOptions<Pair> = {},
  ) {
    super(inChannels, outChannels, kernelSize, options, transposed(2));
  }

  override forward(x: Tensor): Tensor {
    return convTranspose2d(x, this.weight, this.bias, this.geometry);
  }
}

/**
 * Transposed convolution of volumes; the formula is at `convTranspose3d`.
 *
 *     x [N, in, D, H, W],  `weight` [in, out / groups, KD, KH, KW],  `bias` [out]  →  [N, out, OD, OH, OW]
 *
 * Weight and bias begin as U(−1/√fanIn, 1/√fanIn), as in PyTorch, with fanIn = out / groups · the kernel's places.
 *
 * @throws ValueError  when a size or an option is out of range, groups do not divide the channels, or an option does not exist
 * @throws ShapeError  when the input has other channels or axes, or is too small for the kernel
 * @example
 * new ConvTranspose3d(4, 1, 2, { stride: 2 }).forward(zeros([1, 4, 2, 2, 2])).shape; // => [ 1, 1, 4, 4, 4 ]
 */
export class ConvTranspose3d extends Convolution<Triple, ConvTransposeLayerOptions<Triple>> {
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: Triple,
    options: ConvTransposeLayerOptions<Triple> = {},
  ) {
    super(inChannels, outChannels, kernelSize, options, transposed(3));
  }

  override forward(x: Tensor): Tensor {
    return convTranspose3d(x, this.weight, this.bias, this.geometry);
  }
}
