/**
 * Convolution in two dimensions, as a contraction over windows.
 *
 * The padded image is seen through a window that adds the kernel's axes, without copying anything; what is left is a
 * product of two matrices of several axes each. So the compiler's one contraction kernel serves the convolution and
 * both its gradients, of any order.
 */
import { type Shape, ShapeError, show, ValueError } from "../../base/index.ts";
import { contract, type Node, permute, reshape as reshapeNode, window } from "../../graph/index.ts";
import { pad, reshape, Tensor } from "../../tensor/index.ts";
import { type Pair, pairOf } from "./pair.ts";

const paddingModes = { zeros: "constant", reflect: "reflect", replicate: "replicate", circular: "circular" } as const;

export type PaddingMode = keyof typeof paddingModes;

/**
 * A number for both axes, a pair [height, width], "valid" (none) or "same" (as much as keeps the size; the odd place
 * comes after).
 */
export type ConvPadding = Pair | "same" | "valid";

export interface Conv2dOptions {
  /** Steps of the window; 1 by default. */
  readonly stride?: Pair;
  /** Places added on each side; 0 by default. */
  readonly padding?: ConvPadding;
  /**
   * What the added places hold: zeros (the default), the image mirrored at its border, its border, or its opposite
   * side.
   */
  readonly paddingMode?: PaddingMode;
  /** Distance between the places that a kernel looks at; 1 by default. */
  readonly dilation?: Pair;
  /** Number of blocks into which the channels are divided, each with kernels of its own; 1 by default. */
  readonly groups?: number;
}

/**
 * Cross-correlation of images with kernels:
 *
 *     y[n, o, i, j] = bias[o] + Σ_c Σ_u Σ_v weight[o, c, u, v] · x[n, c, s·i + d·u − p, s·j + d·v − p]
 *
 * @param x       [N, C, H, W], or [C, H, W]
 * @param weight  [O, C / groups, KH, KW]
 * @param bias    [O]; none when absent or null
 * @returns       [N, O, OH, OW] with OH = ⌊(H + 2p − d (KH − 1) − 1) / s⌋ + 1
 * @throws ShapeError  when channels, groups and kernel do not fit together
 */
export function conv2d(x: Tensor, weight: Tensor, bias: Tensor | null = null, options: Conv2dOptions = {}): Tensor {
  checkConv(x.shape, weight.shape, bias?.shape ?? null, options.groups ?? 1);
  if (x.ndim === 3) {
    const y = conv2d(reshape(x, [1, ...x.shape]), weight, bias, options);
    return reshape(y, y.shape.slice(1));
  }
  const geometry = geometryOf(weight.shape, options);
  const { top, bottom, left, right } = geometry;
  checkFits(x.shape, weight.shape, geometry);
  const mode = paddingModes[options.paddingMode ?? "zeros"];
  if (mode === undefined)
    throw new ValueError(
      `conv2d: paddingMode "${options.paddingMode}" does not exist; there are ${Object.keys(paddingModes).join(", ")}`,
    );
  const padded = pad(
    x,
    [
      [0, 0],
      [0, 0],
      [top, bottom],
      [left, right],
    ],
    { mode },
  );
  const y = new Tensor(convolve(padded.node, weight.astype(x.dtype).node, geometry, options.groups ?? 1));
  return bias === null ? y : y.add(reshape(bias, [-1, 1, 1]));
}

/** What of the options concerns the places looked at, as numbers. */
interface Geometry {
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

function geometryOf(weight: Shape, { stride = 1, padding = 0, dilation = 1 }: Conv2dOptions): Geometry {
  const s = pairOf("conv2d", "stride", stride, 1);
  const d = pairOf("conv2d", "dilation", dilation, 1);
  if (padding === "same") {
    if (s[0] !== 1 || s[1] !== 1)
      throw new ValueError(`conv2d: padding "same" needs stride 1, not ${JSON.stringify(stride)}`);
    const [h, w] = [d[0] * (weight[2]! - 1), d[1] * (weight[3]! - 1)]; // what a window takes off the size
    return { stride: s, dilation: d, top: h >> 1, bottom: h - (h >> 1), left: w >> 1, right: w - (w >> 1) };
  }
  const [h, w] = padding === "valid" ? [0, 0] : pairOf("conv2d", "padding", padding, 0);
  return { stride: s, dilation: d, top: h, bottom: h, left: w, right: w };
}

/**
 * The contraction Σ over (c, u, v) for each group, with rows (n, i, j) and columns o:
 *
 *     a [G | N, OH, OW | C/G, KH, KW] · b [G | C/G, KH, KW | O/G]  →  [G, N, OH, OW, O/G]  →  [N, O, OH, OW]
 *
 * With one group the axis G is left out.
 */
function convolve(x: Node, weight: Node, { stride, dilation }: Geometry, groups: number): Node {
  const [batch, channels] = [x.shape[0]!, x.shape[1]!];
  const [out, inGroup, kh, kw] = weight.shape as readonly [number, number, number, number]; // checked
  const size = [kh, kw];
  if (groups === 1) {
    const a = permute(window(x, { axes: [2, 3], size, stride, dilation }), [0, 2, 3, 1, 4, 5]);
    return permute(contract(a, permute(weight, [1, 2, 3, 0]), { batch: 0, rows: 3, columns: 1 }), [0, 3, 1, 2]);
  }
  const blocks = reshapeNode(x, [batch, groups, channels / groups, x.shape[2]!, x.shape[3]!]);
  const a = permute(window(blocks, { axes: [3, 4], size, stride, dilation }), [1, 0, 3, 4, 2, 5, 6]);
  const b = permute(reshapeNode(weight, [groups, out / groups, inGroup, kh, kw]), [0, 2, 3, 4, 1]);
  const y = permute(contract(a, b, { batch: 1, rows: 3, columns: 1 }), [1, 0, 4, 2, 3]); // [N, G, O/G, OH, OW]
  return reshapeNode(y, [batch, out, y.shape[3]!, y.shape[4]!]);
}

/** Throws where the kernel reaches over the padded image. */
function checkFits(x: Shape, weight: Shape, { dilation, top, bottom, left, right }: Geometry): void {
  const axes = [
    { axis: 2, before: top, after: bottom, apart: dilation[0] },
    { axis: 3, before: left, after: right, apart: dilation[1] },
  ];
  for (const { axis, before, after, apart } of axes) {
    const [reach, room] = [apart * (weight[axis]! - 1) + 1, x[axis]! + before + after];
    if (reach <= room) continue;
    throw new ShapeError(
      `conv2d: a kernel over ${reach} places does not fit into ${show(x)} with padding ${before}, ${after} (${reach} > ${room})`,
    );
  }
}

function checkConv(x: Shape, weight: Shape, bias: Shape | null, groups: number): void {
  if (x.length !== 3 && x.length !== 4)
    throw new ShapeError(`conv2d: ${show(x)} is no image; the shape is [N, C, H, W] or [C, H, W]`);
  if (weight.length !== 4)
    throw new ShapeError(`conv2d: ${show(weight)} is no set of kernels; the shape is [O, C / groups, KH, KW]`);
  if (!Number.isInteger(groups) || groups < 1 || weight[0]! % groups !== 0) {
    throw new ShapeError(`conv2d: the ${weight[0]} kernels of ${show(weight)} do not divide into ${groups} groups`);
  }
  const channels = x.at(-3)!;
  const expected = weight[1]! * groups;
  if (channels !== expected) {
    const times = groups === 1 ? "" : ` in ${groups} groups`;
    throw new ShapeError(
      `conv2d: ${show(x)} has ${channels} channels, the weight ${show(weight)}${times} takes ${expected} (${channels} ≠ ${expected})`,
    );
  }
  if (bias !== null && (bias.length !== 1 || bias[0] !== weight[0])) {
    throw new ShapeError(
      `conv2d: the bias has shape ${show(bias)}, but there are ${weight[0]} kernels; its shape is [${weight[0]}]`,
    );
  }
}
