/** Layers that rearrange: padding, interpolation, channels as places, axes; and the product of two inputs. */
import { type Shape, ShapeError, show, ValueError } from "../../base/index.ts";
import { bilinear, pad, type Tensor } from "../../tensor/index.ts";
import { pixelShuffle, pixelUnshuffle, type Sizes, type UpsampleOptions, upsample } from "../functional/index.ts";
import { uniform } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { checkSize, showOptions } from "./check.ts";
import type { LinearOptions } from "./linear.ts";

/**
 * yₒ = x₁ᵀ Wₒ x₂ + bₒ
 *
 *     x₁ [*, in1], x₂ [*, in2],  `weight` [out, in1, in2],  `bias` [out]  →  [*, out]
 *
 * Both begin as U(−1/√in1, 1/√in1), as in PyTorch.
 *
 * @example
 * new Bilinear(3, 4, 2).forward(ones([5, 3]), ones([5, 4])).shape; // => [ 5, 2 ]
 */
export class Bilinear extends Module<[x1: Tensor, x2: Tensor]> {
  weight: Tensor;
  bias: Tensor | null;

  constructor(in1Features: number, in2Features: number, outFeatures: number, options: LinearOptions = {}) {
    super();
    const { bias = true, dtype, device } = options;
    for (const [name, size] of Object.entries({ in1Features, in2Features, outFeatures }))
      checkSize("Bilinear", name, size);
    const bound = 1 / Math.sqrt(in1Features);
    const make = (shape: Shape): Tensor => new Parameter<Shape>(uniform(shape, bound, { dtype, device }));
    this.weight = make([outFeatures, in1Features, in2Features]);
    this.bias = bias ? make([outFeatures]) : null;
  }

  override forward(x1: Tensor, x2: Tensor): Tensor {
    const [, in1, in2] = this.weight.shape;
    if (x1.shape.at(-1) !== in1 || x2.shape.at(-1) !== in2) {
      throw new ShapeError(
        `Bilinear: ${show(x1.shape)} and ${show(x2.shape)} do not fit the weight ${show(this.weight.shape)}; the shapes are [*, ${in1}] and [*, ${in2}]`,
      );
    }
    return bilinear(x1, x2, this.weight, this.bias ?? undefined);
  }

  override describe(): string {
    const [out, in1, in2] = this.weight.shape;
    return `Bilinear(${in1}, ${in2}, ${out}${this.bias === null ? ", { bias: false }" : ""})`;
  }
}

/** One axis becomes several: the inverse of `Flatten`. [N, 12] with Unflatten(1, [3, 4]) → [N, 3, 4]. */
export class Unflatten extends Module {
  readonly axis: number;
  readonly sizes: readonly number[];

  constructor(axis: number, sizes: readonly number[]) {
    super();
    this.axis = axis;
    this.sizes = sizes;
  }

  override forward(x: Tensor): Tensor {
    const axis = this.axis < 0 ? this.axis + x.ndim : this.axis;
    const size = x.shape[axis];
    if (size !== this.sizes.reduce((a, b) => a * b, 1))
      throw new ShapeError(`Unflatten: axis ${this.axis} of ${show(x.shape)} does not divide into ${show(this.sizes)}`);
    return x.reshape([...x.shape.slice(0, axis), ...this.sizes, ...x.shape.slice(axis + 1)]) as Tensor;
  }

  override describe(): string {
    return `Unflatten(${this.axis}, ${JSON.stringify(this.sizes)})`;
  }
}

/**
 * Interpolation to a size or by a factor; the formula is at `upsample`.
 *
 * @example
 * new Upsample({ scaleFactor: 2 }).forward(ones([1, 1, 2, 3])).shape; // => [ 1, 1, 4, 6 ]
 */
export class Upsample extends Module {
  readonly options: UpsampleOptions;

  constructor(options: UpsampleOptions) {
    super();
    if ((options.size === undefined) === (options.scaleFactor === undefined))
      throw new ValueError("Upsample: takes either size or scaleFactor");
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return upsample(x, this.options);
  }

  override describe(): string {
    return `Upsample(${showOptions({ ...this.options }, { mode: "nearest", alignCorners: false }).slice(2)})`;
  }
}

/** [N, C r², H, W] → [N, C, r H, r W]; see `pixelShuffle`. */
export class PixelShuffle extends Module {
  readonly upscaleFactor: number;

  constructor(upscaleFactor: number) {
    super();
    checkSize("PixelShuffle", "upscaleFactor", upscaleFactor);
    this.upscaleFactor = upscaleFactor;
  }

  override forward(x: Tensor): Tensor {
    return pixelShuffle(x, this.upscaleFactor);
  }
}

/** [N, C, r H, r W] → [N, C r², H, W]; see `pixelUnshuffle`. */
export class PixelUnshuffle extends Module {
  readonly downscaleFactor: number;

  constructor(downscaleFactor: number) {
    super();
    checkSize("PixelUnshuffle", "downscaleFactor", downscaleFactor);
    this.downscaleFactor = downscaleFactor;
  }

  override forward(x: Tensor): Tensor {
    return pixelUnshuffle(x, this.downscaleFactor);
  }
}

// ------------------------------------------------------------------------------------------------------------ padding

/**
 * Places around the axes of space: `padding` is one number for all sides or, as in PyTorch, [left, right], then
 * [top, bottom] and [front, back], beginning with the last axis.
 */
abstract class Padding extends Module {
  readonly padding: Sizes;

  constructor(padding: Sizes) {
    super();
    const sides = 2 * this.axes();
    const list = typeof padding === "number" ? new Array<number>(sides).fill(padding) : padding;
    if (list.length !== sides || !list.every((n) => Number.isInteger(n) && n >= 0)) {
      throw new ValueError(
        `${this.constructor.name}: padding ${JSON.stringify(padding)} is not a whole number from 0, or ${sides} of such`,
      );
    }
    this.padding = padding;
  }

  /** How many axes of space there are. */
  protected abstract axes(): number;

  protected abstract get mode(): "constant" | "reflect" | "replicate" | "circular";

  /** What the places hold when the mode is "constant". */
  protected get fill(): number {
    return 0;
  }

  override forward(x: Tensor): Tensor {
    const [axes, padding] = [this.axes(), this.padding];
    if (x.ndim !== axes + 1 && x.ndim !== axes + 2)
      throw new ShapeError(
        `${this.constructor.name}: ${show(x.shape)} has not ${axes} axes of space beside [N, C] or [C]`,
      );
    const sides = x.shape.map((_, i): [number, number] => {
      const fromEnd = x.ndim - 1 - i;
      if (fromEnd >= axes) return [0, 0];
      return typeof padding === "number" ? [padding, padding] : [padding[2 * fromEnd]!, padding[2 * fromEnd + 1]!];
    });
    return pad(x, sides, { mode: this.mode, value: this.fill }) as Tensor;
  }

  override describe(): string {
    return `${this.constructor.name}(${JSON.stringify(this.padding)})`;
  }
}

/** Zeros around sequences [N, C, L]. */
export class ZeroPad1d extends Padding {
  protected override axes(): number {
    return 1;
  }
  protected override get mode() {
    return "constant" as const;
  }
}

/** Zeros around images [N, C, H, W]. */
export class ZeroPad2d extends Padding {
  protected override axes(): number {
    return 2;
  }
  protected override get mode() {
    return "constant" as const;
  }
}

/** Zeros around volumes [N, C, D, H, W]. */
export class ZeroPad3d extends Padding {
  protected override axes(): number {
    return 3;
  }
  protected override get mode() {
    return "constant" as const;
  }
}

/** The neighbours mirrored around sequences [N, C, L]. */
export class ReflectionPad1d extends Padding {
  protected override axes(): number {
    return 1;
  }
  protected override get mode() {
    return "reflect" as const;
  }
}

/** The neighbours mirrored around images [N, C, H, W]. */
export class ReflectionPad2d extends Padding {
  protected override axes(): number {
    return 2;
  }
  protected override get mode() {
    return "reflect" as const;
  }
}

/** The neighbours mirrored around volumes [N, C, D, H, W]. */
export class ReflectionPad3d extends Padding {
  protected override axes(): number {
    return 3;
  }
  protected override get mode() {
    return "reflect" as const;
  }
}

/** The border around sequences [N, C, L]. */
export class ReplicationPad1d extends Padding {
  protected override axes(): number {
    return 1;
  }
  protected override get mode() {
    return "replicate" as const;
  }
}

/** The border around images [N, C, H, W]. */
export class ReplicationPad2d extends Padding {
  protected override axes(): number {
    return 2;
  }
  protected override get mode() {
    return "replicate" as const;
  }
}

/** The border around volumes [N, C, D, H, W]. */
export class ReplicationPad3d extends Padding {
  protected override axes(): number {
    return 3;
  }
  protected override get mode() {
    return "replicate" as const;
  }
}

/** The opposite side around sequences [N, C, L]. */
export class CircularPad1d extends Padding {
  protected override axes(): number {
    return 1;
  }
  protected override get mode() {
    return "circular" as const;
  }
}

/** The opposite side around images [N, C, H, W]. */
export class CircularPad2d extends Padding {
  protected override axes(): number {
    return 2;
  }
  protected override get mode() {
    return "circular" as const;
  }
}

/** The opposite side around volumes [N, C, D, H, W]. */
export class CircularPad3d extends Padding {
  protected override axes(): number {
    return 3;
  }
  protected override get mode() {
    return "circular" as const;
  }
}

/** A number around sequences [N, C, L]. */
export class ConstantPad1d extends ZeroPad1d {
  readonly value: number;

  constructor(padding: Sizes, value: number) {
    super(padding);
    this.value = value;
  }

  protected override get fill(): number {
    return this.value;
  }
}

/** A number around images [N, C, H, W]. */
export class ConstantPad2d extends ZeroPad2d {
  readonly value: number;

  constructor(padding: Sizes, value: number) {
    super(padding);
    this.value = value;
  }

  protected override get fill(): number {
    return this.value;
  }
}

/** A number around volumes [N, C, D, H, W]. */
export class ConstantPad3d extends ZeroPad3d {
  readonly value: number;

  constructor(padding: Sizes, value: number) {
    super(padding);
    this.value = value;
  }

  protected override get fill(): number {
    return this.value;
  }
}
