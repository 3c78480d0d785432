/**
 * Convolution over one, two or three axes, as a contraction over windows.
 *
 * The padded input is seen through a window that adds the kernel's axes, without copying anything; what is left is a
 * product of two matrices of several axes each. So the compiler's one contraction kernel serves the convolution and
 * both its gradients, of any order. A transposed convolution stands in a file of its own.
 */
import {
  checkOptions,
  isComplex,
  isInexact,
  promote,
  range,
  type Shape,
  ShapeError,
  show,
  ValueError,
} from "../../base/index.ts";
import { contract, type Node, permute, reshape as reshapeNode, window } from "../../graph/index.ts";
import { pad, reshape, Tensor } from "../../tensor/index.ts";
import { convNames } from "./option-names.ts";
import { type Pair, type Single, type Sizes, sizesOf, type Triple } from "./pair.ts";
import { axisLetters, batched, checkReach, checkSpatial } from "./spatial.ts";

const paddingModes = { zeros: "constant", reflect: "reflect", replicate: "replicate", circular: "circular" } as const;

export type PaddingMode = keyof typeof paddingModes;

/**
 * A number for both axes, a pair [height, width], "valid" (none) or "same" (as much as keeps the size; the odd place
 * comes after).
 */
export type ConvPadding = Pair | "same" | "valid";

/** The options of a convolution whose numbers an axis are given as `P`. */
export interface ConvOptions<P extends Sizes = Sizes> {
  /** Steps of the window; 1 by default. */
  readonly stride?: P;
  /** Places added on each side; 0 by default. "valid" is none, "same" as much as keeps the size (the odd place after). */
  readonly padding?: P | "same" | "valid";
  /**
   * What the added places hold: zeros (the default), the image mirrored at its border, its border, or its opposite
   * side.
   */
  readonly paddingMode?: PaddingMode;
  /** Distance between the places that a kernel looks at; 1 by default. */
  readonly dilation?: P;
  /** Number of blocks into which the channels are divided, each with kernels of its own; 1 by default. */
  readonly groups?: number;
}

export type Conv1dOptions = ConvOptions<Single>;
export type Conv2dOptions = ConvOptions<Pair>;
export type Conv3dOptions = ConvOptions<Triple>;

/**
 * Cross-correlation of sequences with kernels:
 *
 *     y[n, o, i] = bias[o] + Σ_c Σ_u weight[o, c, u] · x[n, c, s·i + d·u − p]
 *
 * In the dtype of x, or its common one with the bias; integers and bool in their common dtype with the weight. Source: PyTorch's conv1d.
 *
 * @param x       [N, C, L], or [C, L]
 * @param weight  [O, C / groups, K]; cast to the dtype of a floating x
 * @param bias    [O]; none when absent or null
 * @returns       [N, O, OL], or [O, OL], with OL = ⌊(L + 2p − d (K − 1) − 1) / s⌋ + 1
 * @throws ShapeError  when x has other axes, channels, groups, kernel or bias do not fit together, the kernel is larger than the
 *                     padded x, or `paddingMode` reaches further than x
 * @throws ValueError  when a stride or dilation is not whole from 1, a padding not whole from 0, "same" has a stride above 1; for a
 *                     `padding`, `paddingMode` or an option that does not exist
 * @throws DTypeError  when x and weight are bool, uint32 or integers of 8 or 16 bits, or the weight complex and x is not
 * @example
 * conv1d(tensor([[[1, 2, 4, 8]]]), tensor([[[-1, 1]]])); // => [[[1. 2. 4.]]]
 */
export function conv1d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: Conv1dOptions = {}): Tensor {
  return convolution("conv1d", 1, x, weight, bias, options);
}

/**
 * Cross-correlation of images with kernels:
 *
 *     y[n, o, i, j] = bias[o] + Σ_c Σ_u Σ_v weight[o, c, u, v] · x[n, c, s·i + d·u − p, s·j + d·v − p]
 *
 * In the dtype of x, or its common one with the bias; integers and bool in their common dtype with the weight. Source: PyTorch's conv2d.
 *
 * @param x       [N, C, H, W], or [C, H, W]
 * @param weight  [O, C / groups, KH, KW]; cast to the dtype of a floating x
 * @param bias    [O]; none when absent or null
 * @returns       [N, O, OH, OW], or [O, OH, OW], with OH = ⌊(H + 2p − d (KH − 1) − 1) / s⌋ + 1
 * @throws ShapeError  when x has other axes, channels, groups, kernel or bias do not fit together, the kernel is larger than the
 *                     padded x, or `paddingMode` reaches further than x
 * @throws ValueError  when a stride or dilation is not whole from 1, a padding not whole from 0, "same" has a stride above 1; for a
 *                     `padding`, `paddingMode` or an option that does not exist
 * @throws DTypeError  when x and weight are bool, uint32 or integers of 8 or 16 bits, or the weight complex and x is not
 * @example
 * conv2d(tensor([[[[1, 2], [3, 4]]]]), tensor([[[[1, 1]]]])); // => [[[[3.]
 *                                                             //      [7.]]]]
 */
export function conv2d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: Conv2dOptions = {}): Tensor {
  return convolution("conv2d", 2, x, weight, bias, options);
}

/**
 * Cross-correlation of volumes with kernels; the formula of `conv2d` with a third axis.
 *
 * Source: PyTorch's conv3d.
 *
 * @param x       [N, C, D, H, W], or [C, D, H, W]
 * @param weight  [O, C / groups, KD, KH, KW]; cast to the dtype of a floating x
 * @param bias    [O]; none when absent or null
 * @returns       [N, O, OD, OH, OW], or [O, OD, OH, OW], with OD = ⌊(D + 2p − d (KD − 1) − 1) / s⌋ + 1
 * @throws ShapeError  when x has other axes, channels, groups, kernel or bias do not fit together, the kernel is larger than the
 *                     padded x, or `paddingMode` reaches further than x
 * @throws ValueError  when a stride or dilation is not whole from 1, a padding not whole from 0, "same" has a stride above 1; for a
 *                     `padding`, `paddingMode` or an option that does not exist
 * @throws DTypeError  when x and weight are bool, uint32 or integers of 8 or 16 bits, or the weight complex and x is not
 * @example
 * conv3d(ones([1, 1, 3, 3, 3]), ones([1, 1, 3, 3, 3])).item(); // => 27
 */
export function conv3d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: Conv3dOptions = {}): Tensor {
  return convolution("conv3d", 3, x, weight, bias, options);
}

function convolution(
  operation: string,
  axes: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: ConvOptions,
): Tensor {
  checkOptions(operation, options, convNames);
  const { groups = 1, paddingMode = "zeros" } = options;
  checkConv(operation, axes, x.shape, weight.shape, groups);
  checkBias(operation, bias, weight.shape[0]!);
  const mode = paddingModes[paddingMode];
  if (mode === undefined)
    throw new ValueError(
      `${operation}: paddingMode "${paddingMode}" does not exist; there are ${Object.keys(paddingModes).join(", ")}`,
    );
  const [input, kernels] = together(x, weight);
  return batched(input, axes, (images) => {
    const geometry = geometryOf(operation, weight.shape.slice(2), options);
    checkFits(operation, images.shape, weight.shape, geometry);
    const sides = [[0, 0] as const, [0, 0] as const, ...geometry.padding];
    checkReach(operation, images.shape, sides, mode);
    const padded = pad(images, sides, { mode });
    const y = new Tensor(convolve(padded.node, kernels.node, geometry, groups));
    return addBias(y, bias, axes);
  });
}

/**
 * Input and weight in one dtype: that of a floating input, else what both have in common, as a weight of fractions has
 * no place among integers.
 */
export function together(x: Tensor, weight: Tensor): readonly [x: Tensor, weight: Tensor] {
  const own = isInexact(x.dtype) || isComplex(weight.dtype); // the cast of a complex weight throws
  const dtype = own ? x.dtype : promote(x.dtype, weight.dtype);
  return [x.astype(dtype), weight.astype(dtype)];
}

/** y + b, a number for each channel. */
export function addBias(y: Tensor, bias: Tensor | null, axes: number): Tensor {
  return bias === null ? y : y.add(reshape(bias, [-1, ...new Array<number>(axes).fill(1)]));
}

/** What of the options concerns the places looked at, as numbers. */
interface Geometry {
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /** Places before and after each axis. */
  readonly padding: readonly (readonly [number, number])[];
}

function geometryOf(
  operation: string,
  kernel: Shape,
  { stride: steps = 1, padding = 0, dilation: apart = 1 }: ConvOptions,
): Geometry {
  const stride = sizesOf(operation, "stride", steps, 1, kernel.length);
  const dilation = sizesOf(operation, "dilation", apart, 1, kernel.length);
  if (padding === "same") {
    if (stride.some((s) => s !== 1))
      throw new ValueError(`${operation}: padding "same" needs stride 1, not ${JSON.stringify(steps)}`);
    const lost = kernel.map((k, i) => dilation[i]! * (k - 1)); // what a window takes off the size
    return { stride, dilation, padding: lost.map((n) => [n >> 1, n - (n >> 1)] as const) };
  }
  if (typeof padding === "string" && padding !== "valid")
    throw new ValueError(
      `${operation}: padding "${String(padding)}" does not exist; there are same and valid, or a whole number from 0`,
    );
  const sides = padding === "valid" ? kernel.map(() => 0) : sizesOf(operation, "padding", padding, 0, kernel.length);
  return { stride, dilation, padding: sides.map((n) => [n, n] as const) };
}

/**
 * The contraction Σ over (c, u, v) for each group, with rows (n, i, j) and columns o; here for two axes:
 *
 *     a [G | N, OH, OW | C/G, KH, KW] · b [G | C/G, KH, KW | O/G]  →  [G, N, OH, OW, O/G]  →  [N, O, OH, OW]
 *
 * With one group the axis G is left out.
 */
function convolve(x: Node, weight: Node, { stride, dilation }: Geometry, groups: number): Node {
  const [out, inGroup, ...size] = weight.shape as readonly [number, number, ...number[]]; // checked
  const [batch, channels, ...lengths] = x.shape as readonly [number, number, ...number[]];
  const space = size.length;
  const along = (first: number): number[] => range(space).map((i) => first + i);
  if (groups === 1) {
    const windows = window(x, { axes: along(2), size, stride, dilation }); // [N, C, OH, OW, KH, KW]
    const a = permute(windows, [0, ...along(2), 1, ...along(2 + space)]);
    const b = permute(weight, [1, ...along(2), 0]);
    return permute(contract(a, b, { batch: 0, rows: 1 + space, columns: 1 }), [0, 1 + space, ...along(1)]);
  }
  const blocks = reshapeNode(x, [batch, groups, channels / groups, ...lengths]);
  const windows = window(blocks, { axes: along(3), size, stride, dilation }); // [N, G, C/G, OH, OW, KH, KW]
  const a = permute(windows, [1, 0, ...along(3), 2, ...along(3 + space)]);
  const b = permute(reshapeNode(weight, [groups, out / groups, inGroup, ...size]), [0, 2, ...along(3), 1]);
  const y = permute(contract(a, b, { batch: 1, rows: 1 + space, columns: 1 }), [1, 0, 2 + space, ...along(2)]);
  return reshapeNode(y, [batch, out, ...y.shape.slice(3)]); // of [N, G, O/G, OH, OW]
}

/** Throws where the kernel reaches over the padded image. */
function checkFits(operation: string, x: Shape, weight: Shape, { dilation, padding }: Geometry): void {
  padding.forEach(([before, after], i) => {
    const [reach, room] = [dilation[i]! * (weight[2 + i]! - 1) + 1, x[2 + i]! + before + after];
    if (reach <= room) return;
    throw new ShapeError(
      `${operation}: a kernel over ${reach} places does not fit into ${show(x)} with padding ${before}, ${after} (${reach} > ${room})`,
    );
  });
}

function checkConv(operation: string, axes: number, x: Shape, weight: Shape, groups: number): void {
  checkSpatial(operation, x, axes);
  if (weight.length !== axes + 2)
    throw new ShapeError(
      `${operation}: ${show(weight)} is no set of kernels; the shape is [O, C / groups, ${axisLetters(axes, "K")}]`,
    );
  if (!Number.isInteger(groups) || groups < 1 || weight[0]! % groups !== 0) {
    throw new ShapeError(
      `${operation}: the ${weight[0]} kernels of ${show(weight)} do not divide into ${groups} groups`,
    );
  }
  const channels = x.at(-1 - axes)!;
  const expected = weight[1]! * groups;
  if (channels !== expected) {
    const times = groups === 1 ? "" : ` in ${groups} groups`;
    throw new ShapeError(
      `${operation}: ${show(x)} has ${channels} channels, the weight ${show(weight)}${times} takes ${expected} (${channels} ≠ ${expected})`,
    );
  }
}

/** Throws unless the bias holds one number for each of `kernels` kernels. */
export function checkBias(operation: string, bias: Tensor | null, kernels: number): void {
  if (bias === null || (bias.ndim === 1 && bias.shape[0] === kernels)) return;
  throw new ShapeError(
    `${operation}: the bias has shape ${show(bias.shape)}, but there are ${kernels} kernels; its shape is [${kernels}]`,
  );
}
