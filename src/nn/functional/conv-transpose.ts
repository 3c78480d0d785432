/**
 * Transposed convolution, and windows as columns.
 *
 * A transposed convolution is what a convolution's gradient does with its input: every element of x puts a kernel,
 * times itself, into the result, and what overlaps is added up. So it is the fold (the transpose of the window) of a
 * contraction over the channels, and its own gradient is a convolution again.
 */
import { checkOptions, range, type Shape, ShapeError, show, sizeOf, ValueError } from "../../base/index.ts";
import * as graph from "../../graph/index.ts";
import { at, pad, reshape, Tensor } from "../../tensor/index.ts";
import { addBias, checkBias, together } from "./conv.ts";
import { convTransposeNames, windowNames } from "./option-names.ts";
import { type Pair, type Single, type Sizes, sizesOf, type Triple } from "./pair.ts";
import { axisLetters, batched, checkSpatial } from "./spatial.ts";

/** The options of a transposed convolution whose numbers an axis are given as `P`. */
export interface ConvTransposeOptions<P extends Sizes = Sizes> {
  /** Distance between the places where kernels are put; 1 by default. */
  readonly stride?: P;
  /** Places cut off on each side; 0 by default. */
  readonly padding?: P;
  /** Places added behind, less than stride or dilation; 0 by default. A stride s leaves open which of s sizes is meant. */
  readonly outputPadding?: P;
  /** Distance between the places of a kernel; 1 by default. */
  readonly dilation?: P;
  /** Number of blocks into which the channels are divided; 1 by default. */
  readonly groups?: number;
}

export type ConvTranspose1dOptions = ConvTransposeOptions<Single>;
export type ConvTranspose2dOptions = ConvTransposeOptions<Pair>;
export type ConvTranspose3dOptions = ConvTransposeOptions<Triple>;

/**
 * The transpose of `conv1d`:
 *
 *     y[n, o, s·i + d·u − p] = bias[o] + Σ_c Σ_(i, u) x[n, c, i] · weight[c, o, u]
 *
 * @param x       [N, C, L], or [C, L]
 * @param weight  [C, O / groups, K]
 * @param bias    [O]; none when absent or null
 * @returns       [N, O, OL] with OL = (L − 1) s − 2p + d (K − 1) + outputPadding + 1
 * @throws ShapeError  when channels, groups and kernel do not fit together, or nothing is left
 * @throws ValueError  when outputPadding is as large as stride and dilation
 * @example
 * convTranspose1d(tensor([[[1, 2]]]), tensor([[[1, 10]]]), null, { stride: 2 }); // => [[[ 1. 10.  2. 20.]]]
 */
export function convTranspose1d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvTranspose1dOptions = {},
): Tensor {
  return transposed("convTranspose1d", 1, x, weight, bias, options);
}

/**
 * The transpose of `conv2d`:
 *
 *     y[n, o, s·i + d·u − p, s·j + d·v − p] = bias[o] + Σ_c Σ x[n, c, i, j] · weight[c, o, u, v]
 *
 * @param x       [N, C, H, W], or [C, H, W]
 * @param weight  [C, O / groups, KH, KW]
 * @param bias    [O]; none when absent or null
 * @returns       [N, O, OH, OW] with OH = (H − 1) s − 2p + d (KH − 1) + outputPadding + 1
 * @throws ShapeError  when channels, groups and kernel do not fit together, or nothing is left
 * @throws ValueError  when outputPadding is as large as stride and dilation
 * @example
 * convTranspose2d(ones([1, 1, 4, 4]), ones([1, 1, 3, 3]), null, { stride: 2 }).shape; // => [ 1, 1, 9, 9 ]
 */
export function convTranspose2d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvTranspose2dOptions = {},
): Tensor {
  return transposed("convTranspose2d", 2, x, weight, bias, options);
}

/**
 * The transpose of `conv3d`; the formula of `convTranspose2d` with a third axis.
 *
 * @param x       [N, C, D, H, W], or [C, D, H, W]
 * @param weight  [C, O / groups, KD, KH, KW]
 * @param bias    [O]; none when absent or null
 * @returns       [N, O, OD, OH, OW] with OD = (D − 1) s − 2p + d (KD − 1) + outputPadding + 1
 * @throws ShapeError  when channels, groups and kernel do not fit together, or nothing is left
 * @throws ValueError  when outputPadding is as large as stride and dilation
 * @example
 * convTranspose3d(ones([1, 1, 2, 2, 2]), ones([1, 1, 2, 2, 2])).shape; // => [ 1, 1, 3, 3, 3 ]
 */
export function convTranspose3d(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  options: ConvTranspose3dOptions = {},
): Tensor {
  return transposed("convTranspose3d", 3, x, weight, bias, options);
}

function transposed(
  operation: string,
  axes: number,
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  options: ConvTransposeOptions,
): Tensor {
  checkOptions(operation, options, convTransposeNames);
  const { groups = 1 } = options;
  checkTransposed(operation, axes, x.shape, weight.shape, groups);
  checkBias(operation, bias, weight.shape[1]! * groups);
  const list = (name: "stride" | "padding" | "outputPadding" | "dilation", otherwise: number, least: number) =>
    sizesOf(operation, name, options[name] ?? otherwise, least, axes);
  const [stride, dilation] = [list("stride", 1, 1), list("dilation", 1, 1)];
  const [padding, extra] = [list("padding", 0, 0), list("outputPadding", 0, 0)];
  const wrong = extra.findIndex((n, i) => n >= Math.max(stride[i]!, dilation[i]!));
  if (wrong >= 0) {
    throw new ValueError(
      `${operation}: outputPadding ${extra[wrong]} is not less than stride ${stride[wrong]} or dilation ${dilation[wrong]}`,
    );
  }
  const [input, kernels] = together(x, weight);
  return batched(input, axes, (images) => {
    const full = new Tensor(spread(images.node, kernels.node, { stride, dilation }, groups));
    return addBias(cropped(operation, full, padding, extra), bias, axes);
  });
}

/**
 * Σ over the channels of each group, then the fold; here for two axes:
 *
 *     x [G | N, H, W | C/G] · weight [G | C/G | O/G, KH, KW]  →  [G, N, H, W, O/G, KH, KW]  →  [N, O, OH, OW]
 *
 * With one group the axis G is left out.
 */
function spread(
  x: graph.Node,
  weight: graph.Node,
  { stride, dilation }: { readonly stride: readonly number[]; readonly dilation: readonly number[] },
  groups: number,
): graph.Node {
  const [batch, channels, ...places] = x.shape as readonly [number, number, ...number[]]; // checked
  const [, outGroup, ...size] = weight.shape as readonly [number, number, ...number[]];
  const space = size.length;
  const along = (first: number): number[] => range(space).map((i) => first + i);
  const lengths = places.map((n, i) => (n - 1) * stride[i]! + dilation[i]! * (size[i]! - 1) + 1);
  if (groups === 1) {
    const a = graph.permute(x, [0, ...along(2), 1]);
    const y = graph.contract(a, weight, { batch: 0, rows: 1 + space, columns: 1 + space }); // [N, H, W, O, KH, KW]
    const windows = graph.permute(y, [0, 1 + space, ...along(1), ...along(2 + space)]);
    return graph.fold(windows, { axes: along(2), size, stride, dilation, lengths });
  }
  const blocks = graph.reshape(x, [batch, groups, channels / groups, ...places]);
  const a = graph.permute(blocks, [1, 0, ...along(3), 2]);
  const b = graph.reshape(weight, [groups, channels / groups, outGroup, ...size]);
  const y = graph.contract(a, b, { batch: 1, rows: 1 + space, columns: 1 + space }); // [G, N, H, W, O/G, KH, KW]
  const windows = graph.permute(y, [1, 0, 2 + space, ...along(2), ...along(3 + space)]);
  const folded = graph.fold(windows, { axes: along(3), size, stride, dilation, lengths });
  return graph.reshape(folded, [batch, groups * outGroup, ...lengths]);
}

/** `padding` places less on each side of the axes of space, `extra` places more behind. */
function cropped(operation: string, x: Tensor, padding: readonly number[], extra: readonly number[]): Tensor {
  const lengths = x.shape.slice(2);
  const ends = lengths.map((n, i) => n - padding[i]! + extra[i]!);
  const empty = ends.findIndex((end, i) => end <= padding[i]!);
  if (empty >= 0) {
    throw new ShapeError(
      `${operation}: padding ${padding[empty]} on each side leaves nothing of ${lengths[empty]} places along axis ${2 + empty}`,
    );
  }
  const wider = pad(x, [[0, 0], [0, 0], ...lengths.map((n, i) => [0, Math.max(0, ends[i]! - n)] as const)]);
  return at(wider as Tensor, ":", ":", ...ends.map((end, i) => `${padding[i]}:${end}`)) as Tensor;
}

function checkTransposed(operation: string, axes: number, x: Shape, weight: Shape, groups: number): void {
  checkSpatial(operation, x, axes);
  if (weight.length !== axes + 2) {
    throw new ShapeError(
      `${operation}: ${show(weight)} is no set of kernels; the shape is [C, O / groups, ${axisLetters(axes, "K")}]`,
    );
  }
  const channels = x.at(-1 - axes)!;
  if (channels !== weight[0]) {
    throw new ShapeError(
      `${operation}: ${show(x)} has ${channels} channels, the weight ${show(weight)} takes ${weight[0]} (${channels} ≠ ${weight[0]})`,
    );
  }
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0)
    throw new ShapeError(`${operation}: the ${channels} channels of ${show(x)} do not divide into ${groups} groups`);
}

// ------------------------------------------------------------------------------------------------ windows as columns

/** Where windows lie. */
export interface UnfoldOptions {
  /** Steps of the window; 1 by default. */
  readonly stride?: Sizes;
  /** Zeros added on each side; 0 by default. */
  readonly padding?: Sizes;
  /** Distance between the places of a window; 1 by default. */
  readonly dilation?: Sizes;
}

/**
 * The windows of images as columns (im2col): column l holds the elements of window l, channel by channel, row by row.
 *
 * @param x           [N, C, H, W] or [C, H, W]; as many axes of space as `kernelSize` has numbers (a number: two)
 * @param kernelSize  size of the window
 * @returns           [N, C · KH · KW, number of windows]
 * @throws ShapeError  when a window does not fit
 * @example
 * unfold(tensor([[[[1, 2, 3], [4, 5, 6]]]]), 2).shape; // => [ 1, 4, 2 ]
 */
export function unfold(x: Tensor, kernelSize: Sizes, options: UnfoldOptions = {}): Tensor {
  const axes = typeof kernelSize === "number" ? 2 : kernelSize.length;
  checkSpatial("unfold", x.shape, axes);
  return batched(x, axes, (images) => {
    const { size, padding, ...steps } = windowsOf("unfold", kernelSize, axes, images.shape.slice(2), options);
    const padded = pad(images, [[0, 0], [0, 0], ...padding.map((n) => [n, n] as const)]);
    const space = range(axes);
    const windows = graph.window(padded.node, { axes: space.map((i) => 2 + i), size, ...steps });
    const order = [0, 1, ...space.map((i) => 2 + axes + i), ...space.map((i) => 2 + i)]; // [N, C, KH, KW, OH, OW]
    const columns = graph.permute(windows, order);
    const [batch, channels] = [columns.shape[0]!, columns.shape[1]! * sizeOf(size)];
    return new Tensor(graph.reshape(columns, [batch, channels, sizeOf(columns.shape.slice(2 + axes))]));
  });
}

/**
 * The transpose of `unfold` (col2im): puts the columns back as windows and adds up what overlaps.
 *
 * @param x           [N, C · KH · KW, number of windows], or without N
 * @param outputSize  [H, W]
 * @param kernelSize  size of the window
 * @returns           [N, C, H, W]
 * @throws ShapeError  when `x` does not hold the windows of images of that size
 * @example
 * fold(ones([1, 4, 2]), [2, 3], 2); // => [[[[1. 2. 1.]
 *                                   //      [1. 2. 1.]]]]
 */
export function fold(x: Tensor, outputSize: readonly number[], kernelSize: Sizes, options: UnfoldOptions = {}): Tensor {
  const axes = outputSize.length;
  sizesOf("fold", "outputSize", outputSize, 0, axes);
  if (x.ndim === 2) {
    const y = fold(reshape(x, [1, ...x.shape]), outputSize, kernelSize, options);
    return reshape(y, y.shape.slice(1));
  }
  const { size, padding, stride, dilation } = windowsOf("fold", kernelSize, axes, outputSize, options);
  const lengths = outputSize.map((n, i) => n + 2 * padding[i]!);
  const places = lengths.map((n, i) => graph.windowPositions(n, size[i]!, stride[i]!, dilation[i]!));
  const [batch, rows, columns] = x.shape as readonly [number, number, number];
  if (x.ndim !== 3 || rows % sizeOf(size) !== 0 || columns !== sizeOf(places)) {
    throw new ShapeError(
      `fold: ${show(x.shape)} does not hold the windows ${show(size)} of ${show(outputSize)}; the shape is [N, C · ${sizeOf(size)}, ${sizeOf(places)}]`,
    );
  }
  const channels = rows / sizeOf(size);
  const space = range(axes);
  const split = graph.reshape(x.node, [batch, channels, ...size, ...places]);
  const windows = graph.permute(split, [0, 1, ...space.map((i) => 2 + axes + i), ...space.map((i) => 2 + i)]);
  const folded = graph.fold(windows, { axes: space.map((i) => 2 + i), size, stride, dilation, lengths });
  return cropped(
    "fold",
    new Tensor(folded),
    padding,
    space.map(() => 0),
  );
}

/** What unfold and fold are told, as one number an axis. */
function windowsOf(operation: string, kernelSize: Sizes, axes: number, lengths: Shape, options: UnfoldOptions) {
  checkOptions(operation, options, windowNames);
  const { stride = 1, padding = 0, dilation = 1 } = options;
  const windows = {
    size: sizesOf(operation, "kernelSize", kernelSize, 1, axes),
    stride: sizesOf(operation, "stride", stride, 1, axes),
    padding: sizesOf(operation, "padding", padding, 0, axes),
    dilation: sizesOf(operation, "dilation", dilation, 1, axes),
  };
  windows.size.forEach((k, i) => {
    const [reach, room] = [windows.dilation[i]! * (k - 1) + 1, lengths[i]! + 2 * windows.padding[i]!];
    if (reach > room)
      throw new ShapeError(
        `${operation}: a window over ${reach} places does not fit into ${lengths[i]} with padding ${windows.padding[i]} (${reach} > ${room})`,
      );
  });
  return windows;
}
