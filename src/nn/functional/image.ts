/**
 * Pictures as tensors [..., channels, height, width]: cutting, turning, resizing, warping, normalising. All can be differentiated
 * with respect to the picture, and warping with respect to the warp. Coordinates in a sampling grid are those of PyTorch: (x, y) with −1
 * and 1 at the border of the picture, or with `alignCorners` in the middle of its outermost pixels.
 */
import {
  checkOptions,
  DTypeError,
  isFloat,
  type Shape,
  ShapeError,
  sameShape,
  show,
  ValueError,
} from "../../base/index.ts";
import {
  abs,
  add,
  clamp,
  div,
  flip,
  floor,
  gather,
  greaterEqual,
  lessEqual,
  logicalAnd,
  matmul,
  mul,
  pad,
  rot90,
  round,
  sub,
  type Tensor,
  take,
  tensor,
  where,
} from "../../tensor/index.ts";
import { cropNames, gridSampleNames, padImageNames } from "./option-names.ts";
import { checkReach } from "./spatial.ts";

/** Height and width of pictures. */
function sizeOfPicture(operation: string, x: Tensor): readonly [height: number, width: number] {
  if (x.ndim < 2)
    throw new ShapeError(`${operation}: ${show(x.shape)} is no picture; its shape is [..., height, width]`);
  return [x.shape.at(-2)!, x.shape.at(-1)!];
}

/** Throws unless `value` is a whole number from `least`. */
function checkWhole(operation: string, name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw new ValueError(`${operation}: ${name} ${value} is not a whole number from ${least}`);
}

function checkChoice(operation: string, name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  const listed = `${choices.slice(0, -1).join(", ")} and ${choices.at(-1)}`;
  throw new ValueError(`${operation}: ${name} "${value}" does not exist; there are ${listed}`);
}

// ---------------------------------------------------------------------------------------------------- cutting and turning

export interface CropOptions {
  /** the first row and column that are kept */
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * A rectangle of the picture.
 *
 * @param x  [..., H, W]
 * @returns  [..., height, width]
 * @throws ShapeError  when the rectangle reaches beyond the picture
 * Source: torchvision's crop.
 * @example
 * crop(tensor([[1, 2, 3], [4, 5, 6]]), { top: 0, left: 1, height: 2, width: 2 }); // => [[2. 3.]
 *                                                                                //     [5. 6.]]
 */
export function crop(x: Tensor, options: CropOptions): Tensor {
  checkOptions("crop", options, cropNames);
  const { top, left, height, width } = options;
  const [rows, columns] = sizeOfPicture("crop", x);
  for (const [name, value] of Object.entries({ top, left, height, width })) checkWhole("crop", name, value, 0);
  if (top + height > rows || left + width > columns) {
    throw new ShapeError(
      `crop: rows ${top} to ${top + height} and columns ${left} to ${left + width} reach beyond ${show(x.shape)}`,
    );
  }
  return x.at("...", `${top}:${top + height}`, `${left}:${left + width}`);
}

/**
 * The middle of the picture; an odd margin leaves its larger part below and at the right.
 *
 * @param x  [..., H, W]
 * @returns  [..., height, width]
 * @throws ShapeError  when the picture is smaller
 * Source: torchvision's center_crop.
 * @example
 * centerCrop(tensor([[1, 2, 3, 4]]), { height: 1, width: 2 }); // => [[2. 3.]]
 */
export function centerCrop(x: Tensor, options: { readonly height: number; readonly width: number }): Tensor {
  checkOptions("centerCrop", options, ["height", "width"]);
  const { height, width } = options;
  const [rows, columns] = sizeOfPicture("centerCrop", x);
  checkWhole("centerCrop", "height", height, 0);
  checkWhole("centerCrop", "width", width, 0);
  if (height > rows || width > columns)
    throw new ShapeError(`centerCrop: ${show(x.shape)} is smaller than ${height} × ${width}; use padImage first`);
  return crop(x, { top: Math.floor((rows - height) / 2), left: Math.floor((columns - width) / 2), height, width });
}

export interface PadImageOptions {
  /** how many rows and columns are added; 0 when absent */
  readonly top?: number;
  readonly bottom?: number;
  readonly left?: number;
  readonly right?: number;
  /** what they hold: a number, the picture mirrored without its border, its border, its other end; "constant" when absent */
  readonly mode?: "constant" | "reflect" | "replicate" | "circular";
  /** the number under "constant"; 0 when absent */
  readonly value?: number;
}

/**
 * Rows and columns added around the picture.
 *
 * @param x  [..., H, W]
 * @returns  [..., top + H + bottom, left + W + right]
 * @throws ShapeError  when "reflect" reaches beyond the picture, or "circular" finds it empty
 * @throws ValueError  for a mode that does not exist, or a number of rows that is not whole
 * Source: PyTorch's nn.functional.pad.
 * @example
 * padImage(tensor([[1, 2, 3]]), { left: 2, mode: "reflect" }); // => [[3. 2. 1. 2. 3.]]
 */
export function padImage(x: Tensor, options: PadImageOptions = {}): Tensor {
  checkOptions("padImage", options, padImageNames);
  const { top = 0, bottom = 0, left = 0, right = 0, mode = "constant", value = 0 } = options;
  sizeOfPicture("padImage", x);
  checkChoice("padImage", "mode", mode, ["constant", "reflect", "replicate", "circular"]);
  for (const [name, count] of Object.entries({ top, bottom, left, right })) checkWhole("padImage", name, count, 0);
  const none = Array.from({ length: x.ndim - 2 }, () => [0, 0] as const);
  const sides = [...none, [top, bottom] as const, [left, right] as const];
  checkReach("padImage", x.shape, sides, mode);
  return pad(x, sides, { mode, value }) as Tensor;
}

/**
 * Left and right exchanged.
 *
 * @param x  [..., H, W]
 * @throws ShapeError  when x is no picture
 * @example
 * flipHorizontal(tensor([[1, 2, 3]])); // => [[3. 2. 1.]]
 */
export function flipHorizontal<S extends Shape>(x: Tensor<S>): Tensor<S> {
  sizeOfPicture("flipHorizontal", x as Tensor);
  return flip(x, -1);
}

/**
 * Top and bottom exchanged.
 *
 * @param x  [..., H, W]
 * @throws ShapeError  when x is no picture
 * @example
 * flipVertical(tensor([[1], [2]])).flatten(); // => [2. 1.]
 */
export function flipVertical<S extends Shape>(x: Tensor<S>): Tensor<S> {
  sizeOfPicture("flipVertical", x as Tensor);
  return flip(x, -2);
}

/**
 * The picture turned counter-clockwise by k quarters of a turn; clockwise when k is negative.
 *
 * @param x  [..., H, W]
 * @returns  [..., W, H] for odd k, else [..., H, W]
 * @throws ShapeError  when x is no picture
 * @throws ValueError  when k is not whole
 * Source: NumPy's rot90.
 * @example
 * rotate90(tensor([[1, 2], [3, 4]])); // => [[2. 4.]
 *                                    //     [1. 3.]]
 */
export function rotate90(x: Tensor, options: { readonly k?: number } = {}): Tensor {
  checkOptions("rotate90", options, ["k"]);
  const { k = 1 } = options;
  sizeOfPicture("rotate90", x);
  if (!Number.isInteger(k)) throw new ValueError(`rotate90: k ${k} is not a whole number of quarters`);
  return rot90(x, k, [-2, -1]);
}

// --------------------------------------------------------------------------------------------------------------- resizing

export interface ResizeOptions {
  /** [height, width] */
  readonly size: readonly [number, number];
  /** "nearest" takes pixel ⌊i · in / out⌋, "bilinear" mixes the two nearest along each axis; "nearest" when absent */
  readonly mode?: "nearest" | "bilinear";
  /** Under "bilinear": whether the outermost pixels keep their places; false when absent. */
  readonly alignCorners?: boolean;
}

/**
 * The picture in another size.
 *
 *     bilinear: y_i = (1 − w) x_j + w x_(j+1) along each axis, where j + w is the place of i in the source:
 *     max(0, (i + ½) in / out − ½), or i (in − 1) / (out − 1) with `alignCorners`
 *
 * @param x  [..., H, W]; floating under "bilinear"
 * @returns  [..., height, width]
 * @throws ShapeError  when the picture is empty
 * @throws ValueError  for a mode that does not exist, or a size that is not a whole number from 1
 * Source: PyTorch's nn.functional.interpolate.
 * @example
 * resize(tensor([[0, 4]]), { size: [1, 4], mode: "bilinear" }); // => [[0. 1. 3. 4.]]
 */
export function resize(x: Tensor, options: ResizeOptions): Tensor {
  checkOptions("resize", options, ["size", "mode", "alignCorners"]);
  const { size, mode = "nearest", alignCorners = false } = options;
  const [rows, columns] = sizeOfPicture("resize", x);
  checkChoice("resize", "mode", mode, ["nearest", "bilinear"]);
  checkWhole("resize", "height", size[0], 1);
  checkWhole("resize", "width", size[1], 1);
  if (rows === 0 || columns === 0) throw new ShapeError(`resize: ${show(x.shape)} has no pixels`);
  if (mode === "bilinear" && !isFloat(x.dtype))
    throw new DTypeError(`resize: bilinear mixes floats, not ${x.dtype}; cast the picture first`);
  const along = mode === "nearest" ? nearestAlong : bilinearAlong(alignCorners);
  return along(along(x, -2, size[0]), -1, size[1]);
}

const indices = (x: Tensor, values: readonly number[]): Tensor =>
  tensor(values, { dtype: "int32", device: x.node.device ?? undefined });

function nearestAlong(x: Tensor, axis: -1 | -2, size: number): Tensor {
  const n = x.shape.at(axis)!;
  const places = Array.from({ length: size }, (_, i) => Math.floor((i * n) / size));
  return take(x, indices(x, places), { axis });
}

function bilinearAlong(alignCorners: boolean): (x: Tensor, axis: -1 | -2, size: number) => Tensor {
  return (x, axis, size) => {
    const n = x.shape.at(axis)!;
    const place = (i: number): number => {
      if (alignCorners) return size === 1 ? 0 : (i * (n - 1)) / (size - 1);
      return Math.max(0, ((i + 0.5) * n) / size - 0.5);
    };
    const places = Array.from({ length: size }, (_, i) => place(i));
    const before = places.map((at) => Math.min(Math.floor(at), n - 1));
    const weights = tensor(
      places.map((at, i) => at - before[i]!),
      { shape: axis === -1 ? [size] : [size, 1], dtype: x.dtype, device: x.node.device ?? undefined },
    );
    const low = take(x, indices(x, before), { axis });
    const next = before.map((at) => Math.min(at + 1, n - 1));
    const high = take(x, indices(x, next), { axis });
    return add(mul(low, sub(1, weights)), mul(high, weights));
  };
}

// ---------------------------------------------------------------------------------------------------------------- warping

export interface AffineGridOptions {
  /** [N, C, H, W] of the picture that is to be made */
  readonly size: readonly [number, number, number, number];
  /** Whether −1 and 1 are the middles of the outermost pixels instead of the border; false when absent. */
  readonly alignCorners?: boolean;
}

/**
 * For every pixel of a picture to be made, the place in the source that an affine map sends it to:
 *
 *     (x_source, y_source) = θ (x, y, 1)
 *
 * @param theta  [N, 2, 3], floating
 * @returns      [N, H, W, 2], the last axis (x, y) in −1 … 1
 * @throws ShapeError  when theta is not [N, 2, 3]
 * @throws ValueError  when a size is not a whole number from 1
 * Source: Jaderberg et al. 2015, Spatial transformer networks, formula 1; PyTorch's affine_grid.
 * @example
 * const theta = tensor([[[1, 0, 0], [0, 1, 0]]]);
 * affineGrid(theta, { size: [1, 1, 1, 2] }).flatten(); // => [-0.5 0. 0.5 0. ]
 */
export function affineGrid(theta: Tensor, options: AffineGridOptions): Tensor {
  checkOptions("affineGrid", options, ["size", "alignCorners"]);
  const { size, alignCorners = false } = options;
  const [n, , height, width] = size;
  if (!sameShape(theta.shape, [n, 2, 3]))
    throw new ShapeError(`affineGrid: theta ${show(theta.shape)} does not fit; for ${show(size)} it is [${n}, 2, 3]`);
  checkWhole("affineGrid", "height", height, 1);
  checkWhole("affineGrid", "width", width, 1);
  const place = (i: number, count: number): number => {
    if (alignCorners) return count === 1 ? 0 : (2 * i) / (count - 1) - 1;
    return (2 * i + 1) / count - 1;
  };
  const points = Array.from({ length: height * width }, (_, i) => [
    place(i % width, width),
    place(Math.floor(i / width), height),
    1,
  ]);
  const base: Tensor = tensor(points.flat(), {
    shape: [1, height * width, 3],
    dtype: theta.dtype,
    device: theta.node.device ?? undefined,
  });
  return (matmul(base, theta.mT) as Tensor).reshape([n, height, width, 2]);
}

export interface GridSampleOptions {
  /** "bilinear" mixes the four nearest pixels, "nearest" takes one; "bilinear" when absent */
  readonly mode?: "bilinear" | "nearest";
  /** What lies outside: zeros, the border's pixels, or the picture mirrored; "zeros" when absent. */
  readonly paddingMode?: "zeros" | "border" | "reflection";
  /** Whether −1 and 1 are the middles of the outermost pixels instead of the border; false when absent. */
  readonly alignCorners?: boolean;
}

/**
 * The picture read at given places.
 *
 *     bilinear: y = Σ over the four pixels around (x, y) of (1 − |x − i|) (1 − |y − j|) · pixel(i, j)
 *
 * The gradient with respect to the grid is that of this formula under "bilinear", and 0 under "nearest".
 *
 * @param x     [N, C, H, W], floating
 * @param grid  [N, h, w, 2], the last axis (x, y) in −1 … 1
 * @returns     [N, C, h, w]
 * @throws ShapeError  when a shape does not fit
 * @throws ValueError  for a mode that does not exist
 * Source: Jaderberg et al. 2015, formula 5; PyTorch's grid_sample.
 * @example
 * gridSample(tensor([[[[1, 3]]]]), tensor([[[[0, 0], [9, 0]]]])).flatten(); // => [2. 0.]
 */
export function gridSample(x: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  checkOptions("gridSample", options, gridSampleNames);
  const { mode = "bilinear", paddingMode = "zeros", alignCorners = false } = options;
  checkChoice("gridSample", "mode", mode, ["bilinear", "nearest"]);
  checkChoice("gridSample", "paddingMode", paddingMode, ["zeros", "border", "reflection"]);
  checkGrid(x, grid);
  const [, , height, width] = x.shape as [number, number, number, number];
  const [n, h, w] = grid.shape as [number, number, number, number];
  const placed = (axis: 0 | 1, size: number): Tensor => {
    const coordinate: Tensor = grid.at("...", axis).reshape([n, h * w]);
    return inside(inPixels(coordinate, size, alignCorners), size, paddingMode, alignCorners);
  };
  const [px, py] = [placed(0, width), placed(1, height)];
  const y = mode === "nearest" ? pixelAt(x, round(px), round(py)) : mixed(x, px, py);
  return y.reshape([n, x.shape[1]!, h, w]);
}

function checkGrid(x: Tensor, grid: Tensor): void {
  if (x.ndim !== 4)
    throw new ShapeError(`gridSample: x ${show(x.shape)} is no batch of pictures; its shape is [N, C, H, W]`);
  if (x.size === 0) throw new ShapeError(`gridSample: x ${show(x.shape)} has no pixels`);
  if (grid.ndim !== 4 || grid.shape[0] !== x.shape[0] || grid.shape[3] !== 2)
    throw new ShapeError(
      `gridSample: grid ${show(grid.shape)} does not fit x ${show(x.shape)}; its shape is [${x.shape[0]}, h, w, 2]`,
    );
}

/** From −1 … 1 to 0 … size − 1. */
function inPixels(coordinate: Tensor, size: number, alignCorners: boolean): Tensor {
  const from0: Tensor = add(coordinate, 1);
  return alignCorners ? mul(from0, (size - 1) / 2) : sub(mul(from0, size / 2), 0.5);
}

/** Places outside of the picture brought back into it, as the padding mode says. */
function inside(
  place: Tensor,
  size: number,
  mode: NonNullable<GridSampleOptions["paddingMode"]>,
  alignCorners: boolean,
): Tensor {
  if (mode === "zeros") return place;
  const within = mode === "reflection" ? reflected(place, size, alignCorners) : place;
  return clamp(within, { min: 0, max: size - 1 });
}

/** Mirrored at both ends until inside: a triangle wave. */
function reflected(place: Tensor, size: number, alignCorners: boolean): Tensor {
  const low = alignCorners ? 0 : -0.5;
  const span = alignCorners ? size - 1 : size;
  if (span === 0) return mul(place, 0);
  const distance: Tensor = abs(sub(place, low));
  const turns: Tensor = floor(div(distance, 2 * span));
  const along: Tensor = sub(distance, mul(turns, 2 * span)); // 0 … 2 span
  return add(where(lessEqual(along, span), along, sub(2 * span, along)), low);
}

/** x [N, C, H, W] at whole places [N, P]: [N, C, P]; 0 outside. */
function pixelAt(x: Tensor, px: Tensor, py: Tensor): Tensor {
  const [n, channels, height, width] = x.shape as [number, number, number, number];
  const count = px.shape[1]!;
  const within = (place: Tensor, size: number): Tensor =>
    logicalAnd(greaterEqual(place, 0), lessEqual(place, size - 1));
  const whole = (place: Tensor, size: number): Tensor =>
    clamp(place, { min: 0, max: size - 1 })
      .detach()
      .astype("int32");
  const index: Tensor = add(mul(whole(py, height), width), whole(px, width));
  const spread: Tensor = index.reshape([n, 1, count]).broadcastTo([n, channels, count]);
  const pixels: Tensor = gather(x.reshape([n, channels, height * width]), spread, { axis: 2 });
  const valid: Tensor = logicalAnd(within(px, width), within(py, height));
  return where(valid.reshape([n, 1, count]), pixels, 0);
}

/** x between pixels: the mean of four, weighted by their nearness. */
function mixed(x: Tensor, px: Tensor, py: Tensor): Tensor {
  const [n, count] = px.shape as [number, number];
  const [left, top] = [floor(px), floor(py)];
  const [toRight, down] = [sub(px, left), sub(py, top)] as [Tensor, Tensor];
  const corner = (dx: 0 | 1, dy: 0 | 1): Tensor => {
    const weight: Tensor = mul(dx === 1 ? toRight : sub(1, toRight), dy === 1 ? down : sub(1, down));
    return mul(pixelAt(x, add(left, dx), add(top, dy)), weight.reshape([n, 1, count]));
  };
  return add(add(corner(0, 0), corner(1, 0)), add(corner(0, 1), corner(1, 1)));
}

export interface AffineSampleOptions extends GridSampleOptions {
  /** [height, width] of the result; those of x when absent */
  readonly size?: readonly [number, number];
}

/**
 * The picture moved, turned, stretched or sheared: `gridSample` at `affineGrid`.
 *
 * @param x      [N, C, H, W], floating
 * @param theta  [N, 2, 3]: where each pixel of the result comes from
 * @returns      [N, C, height, width]
 * @throws ShapeError  when a shape does not fit
 * Source: Jaderberg et al. 2015, Spatial transformer networks.
 * @example
 * const mirror = tensor([[[-1, 0, 0], [0, 1, 0]]]);
 * affineSample(tensor([[[[1, 2, 3]]]]), mirror).flatten(); // => [3. 2. 1.]
 */
export function affineSample(x: Tensor, theta: Tensor, options: AffineSampleOptions = {}): Tensor {
  checkOptions("affineSample", options, ["size", ...gridSampleNames]);
  const { size, ...others } = options;
  if (x.ndim !== 4)
    throw new ShapeError(`affineSample: x ${show(x.shape)} is no batch of pictures; its shape is [N, C, H, W]`);
  const [n, channels, height, width] = x.shape as [number, number, number, number];
  const { alignCorners = false } = others;
  const grid = affineGrid(theta, { size: [n, channels, ...(size ?? ([height, width] as const))], alignCorners });
  return gridSample(x, grid, others);
}

// ------------------------------------------------------------------------------------------------------------ normalising

/**
 * Every channel brought to mean 0 and deviation 1, given its mean and deviation: (x_c − mean_c) / std_c.
 *
 * @param x     [..., C, H, W]
 * @param mean  [C]
 * @param std   [C]
 * @throws ShapeError  when mean or std are not one number a channel
 * Source: torchvision's normalize.
 * @example
 * normalizeImage(ones([2, 1, 1]), [0.5, 1], [0.25, 2]).flatten(); // => [2. 0.]
 */
export function normalizeImage(x: Tensor, mean: Tensor | readonly number[], std: Tensor | readonly number[]): Tensor {
  const channels = x.shape.at(-3);
  if (channels === undefined)
    throw new ShapeError(`normalizeImage: ${show(x.shape)} has no channels; its shape is [..., C, H, W]`);
  const dtype = isFloat(x.dtype) ? x.dtype : "float32";
  const byChannel = (name: string, values: Tensor | readonly number[]): Tensor => {
    const v: Tensor = "node" in values ? values : tensor(values, { dtype, device: x.node.device ?? undefined });
    if (!sameShape(v.shape, [channels])) {
      throw new ShapeError(
        `normalizeImage: ${name} ${show(v.shape)} does not fit ${show(x.shape)}, which has ${channels} channels`,
      );
    }
    return v.reshape([channels, 1, 1]);
  };
  return div(sub(x, byChannel("mean", mean)), byChannel("std", std));
}
