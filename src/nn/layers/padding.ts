/** Layers that put places around sequences, images and volumes. They have no parameters. */
import { type Shape, ShapeError, show, ValueError } from "../../base/index.ts";
import { pad, type Tensor } from "../../tensor/index.ts";
import type { Sizes } from "../functional/index.ts";
import { checkReach } from "../functional/spatial.ts";
import { Module } from "../module.ts";

type Mode = "constant" | "reflect" | "replicate" | "circular";

/** What the places of a layer are: how many axes of space there are, and what they hold. */
interface Kind {
  readonly axes: 1 | 2 | 3;
  readonly mode: Mode;
  /** What they hold when the mode is "constant". */
  readonly value?: number;
}

/**
 * Places around the axes of space: `padding` is one number for all sides or, as in PyTorch, [left, right], then
 * [top, bottom] and [front, back], beginning with the last axis.
 */
abstract class Padding extends Module {
  readonly padding: Sizes;
  readonly #kind: Kind;

  constructor(padding: Sizes, kind: Kind) {
    super();
    const sides = 2 * kind.axes;
    const list = typeof padding === "number" ? [padding] : padding;
    const count = typeof padding === "number" ? sides : list.length;
    if (count !== sides || !list.every((n) => Number.isInteger(n) && n >= 0)) {
      throw new ValueError(
        `${this.constructor.name}: padding ${JSON.stringify(padding)} is not a whole number from 0, or ${sides} of such`,
      );
    }
    this.padding = padding;
    this.#kind = kind;
  }

  override forward(x: Tensor): Tensor {
    const { axes, mode, value = 0 } = this.#kind;
    this.#check(x.shape);
    const { padding } = this;
    const sides = x.shape.map((_, i): [number, number] => {
      const fromEnd = x.ndim - 1 - i;
      if (fromEnd >= axes) return [0, 0];
      return typeof padding === "number" ? [padding, padding] : [padding[2 * fromEnd]!, padding[2 * fromEnd + 1]!];
    });
    checkReach(this.constructor.name, x.shape, sides, mode);
    return pad(x, sides, { mode, value }) as Tensor;
  }

  #check(shape: Shape): void {
    const { axes } = this.#kind;
    if (shape.length === axes + 1 || shape.length === axes + 2) return;
    throw new ShapeError(`${this.constructor.name}: ${show(shape)} has not ${axes} axes of space beside [N, C] or [C]`);
  }

  override describe(): string {
    return `${this.constructor.name}(${JSON.stringify(this.padding)})`;
  }
}

/**
 * Zeros around sequences [N, C, L].
 *
 * @throws ValueError  when the padding is not a whole number from 0, or 2 of such
 * @throws ShapeError  when the input has another number of axes
 * @example
 * new ZeroPad1d(1).forward(tensor([[[1, 2, 3]]])); // => [[[0. 1. 2. 3. 0.]]]
 */
export class ZeroPad1d extends Padding {
  constructor(padding: Sizes) {
    super(padding, { axes: 1, mode: "constant" });
  }
}

/**
 * Zeros around images [N, C, H, W].
 *
 * @throws ValueError  when the padding is not a whole number from 0, or 4 of such
 * @throws ShapeError  when the input has another number of axes
 * @example
 * new ZeroPad2d(2).forward(ones([1, 1, 2, 3])).shape; // => [ 1, 1, 6, 7 ]
 */
export class ZeroPad2d extends Padding {
  constructor(padding: Sizes) {
    super(padding, { axes: 2, mode: "constant" });
  }
}

/**
 * Zeros around volumes [N, C, D, H, W].
 *
 * @throws ValueError  when the padding is not a whole number from 0, or 6 of such
 * @throws ShapeError  when the input has another number of axes
 * @example
 * new ZeroPad3d(2).forward(ones([1, 1, 2, 2, 3])).shape; // => [ 1, 1, 6, 6, 7 ]
 */
export class ZeroPad3d extends Padding {
  constructor(padding: Sizes) {
    super(padding, { axes: 3, mode: "constant" });
  }
}

/**
 * The neighbours mirrored around sequences [N, C, L].
 *
 * @throws ValueError  when the padding is not a whole number from 0, or 2 of such
 * @throws ShapeError  when the input has another number of axes,
 *                     or the places reach beyond those that are mirrored
 * @example
 * new ReflectionPad1d(1).forward(tensor([[[1, 2, 3]]])); // => [[[2. 1. 2. 3. 2.]]]
 */
export class ReflectionPad1d extends Padding {
  constructor(padding: Sizes) {
    super(padding, { axes: 1, mode: "reflect" });
  }
}

/**
 * The neighbours mirrored around images [N, C, H, W].
 *
 * @throws ValueError  when the padding is not a whole number from 0, or 4 of such
 * @throws ShapeError  when the input has another number of axes,
 *                     or the places reach beyond those that are mirrored
 * @example
 * new ReflectionPad2d(1).forward(ones([1, 1, 2, 3])).shape; // => [ 1, 1, 4, 5 ]
 */
export class ReflectionPad2d extends Padding {
  constructor(padding: Sizes) {
    super(padding, { axes: 2, mode: "reflect" });
  }
}

/**
 * The neighbours mirrored around volumes [N, C, D, H, W].
 *
 * @throws ValueError  when the padding is not a whole number from 0, or 6 of such
 * @throws ShapeError  when the input has another number of axes,
 *                     or the places reach beyond those that are mirrored
 * @example
 * new ReflectionPad3d(1).forward(ones([1, 1, 2, 2, 3])).shape; // => [ 1, 1, 4, 4, 5 ]
 */
export class ReflectionPad3d extends Padding {
  constructor(padding: Sizes) {
    super(padding, { axes: 3, mode: "reflect" });
  }
}

/**
 * The border around sequences [N, C, L].
 *
 * @throws ValueError  when the padding is not a whole number from 0, or 2 of such
 * @throws ShapeError  when the input has another number of axes
 * @example
 * new ReplicationPad1d(1).forward(tensor([[[1, 2, 3]]])); // => [[[1. 1. 2. 3. 3.]]]
 */
export class ReplicationPad1d extends Padding {
  constructor(padding: Sizes) {
    super(padding, { axes: 1, mode: "replicate" });
  }
}

/**
 * The border around images [N, C, H, W].
 *
 * @throws ValueError  when the padding is not a whole number from 0, or 4 of such
 * @throws ShapeError  when the input has another number of axes
 * @example
 * new ReplicationPad2d(1).forward(ones([1, 1, 2, 3])).shape; // => [ 1, 1, 4, 5 ]
 */
export class ReplicationPad2d extends Padding {
  constructor(padding: Sizes) {
    super(padding, { axes: 2, mode: "replicate" });
  }
}

/**
 * The border around volumes [N, C, D, H, W].
 *
 * @throws ValueError  when the padding is not a whole number from 0, or 6 of such
 * @throws ShapeError  when the input has another number of axes
 * @example
 * new ReplicationPad3d(1).forward(ones([1, 1, 2, 2, 3])).shape; // => [ 1, 1, 4, 4, 5 ]
 */
export class ReplicationPad3d extends Padding {
  constructor(padding: Sizes) {
    super(padding, { axes: 3, mode: "replicate" });
  }
}

/**
 * The opposite side around sequences [N, C, L].
 *
 * @throws ValueError  when the padding is not a whole number from 0, or 2 of such
 * @throws ShapeError  when the input has another number of axes, or an axis to fill is empty
 * @example
 * new CircularPad1d(1).forward(tensor([[[1, 2, 3]]])); // => [[[3. 1. 2. 3. 1.]]]
 */
export class CircularPad1d extends Padding {
  constructor(padding: Sizes) {
    super(padding, { axes: 1, mode: "circular" });
  }
}

/**
 * The opposite side around images [N, C, H, W].
 *
 * @throws ValueError  when the padding is not a whole number from 0, or 4 of such
 * @throws ShapeError  when the input has another number of axes, or an axis to fill is empty
 * @example
 * new CircularPad2d(1).forward(ones([1, 1, 2, 3])).shape; // => [ 1, 1, 4, 5 ]
 */
export class CircularPad2d extends Padding {
  constructor(padding: Sizes) {
    super(padding, { axes: 2, mode: "circular" });
  }
}

/**
 * The opposite side around volumes [N, C, D, H, W].
 *
 * @throws ValueError  when the padding is not a whole number from 0, or 6 of such
 * @throws ShapeError  when the input has another number of axes, or an axis to fill is empty
 * @example
 * new CircularPad3d(1).forward(ones([1, 1, 2, 2, 3])).shape; // => [ 1, 1, 4, 4, 5 ]
 */
export class CircularPad3d extends Padding {
  constructor(padding: Sizes) {
    super(padding, { axes: 3, mode: "circular" });
  }
}

/**
 * A number around sequences [N, C, L].
 *
 * @throws ValueError  when the padding is not a whole number from 0, or 2 of such
 * @throws ShapeError  when the input has another number of axes
 * @example
 * new ConstantPad1d(1, 9).forward(tensor([[[1, 2, 3]]])); // => [[[9. 1. 2. 3. 9.]]]
 */
export class ConstantPad1d extends Padding {
  readonly value: number;

  constructor(padding: Sizes, value: number) {
    super(padding, { axes: 1, mode: "constant", value });
    this.value = value;
  }

  override describe(): string {
    return `ConstantPad1d(${JSON.stringify(this.padding)}, ${this.value})`;
  }
}

/**
 * A number around images [N, C, H, W].
 *
 * @throws ValueError  when the padding is not a whole number from 0, or 4 of such
 * @throws ShapeError  when the input has another number of axes
 * @example
 * new ConstantPad2d(1, 9).forward(zeros([1, 1, 2, 3])).max().item(); // => 9
 */
export class ConstantPad2d extends Padding {
  readonly value: number;

  constructor(padding: Sizes, value: number) {
    super(padding, { axes: 2, mode: "constant", value });
    this.value = value;
  }

  override describe(): string {
    return `ConstantPad2d(${JSON.stringify(this.padding)}, ${this.value})`;
  }
}

/**
 * A number around volumes [N, C, D, H, W].
 *
 * @throws ValueError  when the padding is not a whole number from 0, or 6 of such
 * @throws ShapeError  when the input has another number of axes
 * @example
 * new ConstantPad3d(1, 9).forward(zeros([1, 1, 2, 2, 3])).max().item(); // => 9
 */
export class ConstantPad3d extends Padding {
  readonly value: number;

  constructor(padding: Sizes, value: number) {
    super(padding, { axes: 3, mode: "constant", value });
    this.value = value;
  }

  override describe(): string {
    return `ConstantPad3d(${JSON.stringify(this.padding)}, ${this.value})`;
  }
}
