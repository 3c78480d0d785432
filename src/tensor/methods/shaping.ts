/** Methods that lay a tensor out in another way. Each calls the function of the same name, where it is explained. */
import type {
  AxisOption,
  BroadcastTo,
  Fits,
  Flatten,
  InsertAxes,
  Permute,
  Reshape,
  Result,
  Shape,
  Squeeze,
  SwapAxes,
  Transpose,
} from "../../base/index.ts";
import type { DiagonalOptions, PadOptions } from "../padding.ts";
import * as padding from "../padding.ts";
import type { Resized, RollOptions } from "../shaping.ts";
import * as shaping from "../shaping.ts";
import type { Tensor } from "../tensor.ts";
import { ReductionMethods } from "./reductions.ts";

export abstract class ShapingMethods<S extends Shape> extends ReductionMethods<S> {
  /** The same elements, row by row, in another shape; one size may be −1: whatever is left. */
  reshape<A extends Shape, const To extends number | Shape>(
    this: Tensor<A>,
    shape: To & Fits<Reshape<A, To>, "reshape">,
  ): Tensor<Result<Reshape<A, To>>> {
    return shaping.reshape<A, To>(this, shape);
  }

  /** Axes `startAxis` … `endAxis` joined into one; all of them when absent. */
  flatten<A extends Shape, const Start extends number = 0>(
    this: Tensor<A>,
    startAxis?: Start,
  ): Tensor<Result<Flatten<A, Start>>>;
  flatten(this: Tensor, startAxis?: number, endAxis?: number): Tensor;
  flatten(this: Tensor, startAxis?: number, endAxis?: number): Tensor {
    return shaping.flatten(this, startAxis, endAxis);
  }

  /** A new axis of size 1, which becomes axis `axis` of the result; or several. */
  expandDims<A extends Shape, const X extends number | readonly number[]>(
    this: Tensor<A>,
    axis: X & Fits<InsertAxes<A, X>, "expandDims">,
  ): Tensor<Result<InsertAxes<A, X>>> {
    return shaping.expandDims<A, X>(this, axis);
  }

  /** Without the axes of size 1, or without those named. */
  squeeze<A extends Shape, const X extends AxisOption = undefined>(
    this: Tensor<A>,
    axis?: X & Fits<Squeeze<A, X>, "squeeze">,
  ): Tensor<Result<Squeeze<A, X>>> {
    return shaping.squeeze<A, X>(this, axis);
  }

  /** Stretched to `shape` as in NumPy: leading axes are added, ones repeated. */
  broadcastTo<A extends Shape, const To extends Shape>(
    this: Tensor<A>,
    shape: To & Fits<BroadcastTo<A, To>, "broadcastTo">,
  ): Tensor<To> {
    return shaping.broadcastTo<A, To>(this, shape);
  }

  /** Axis i of the result is axis `axes[i]` of x. */
  permute<A extends Shape, const Axes extends readonly number[]>(
    this: Tensor<A>,
    axes: Axes & Fits<Permute<A, Axes>, "permute">,
  ): Tensor<Result<Permute<A, Axes>>> {
    return shaping.permute<A, Axes>(this, axes);
  }

  /** All axes reversed, or in the order given. */
  transpose<A extends Shape>(this: Tensor<A>): Tensor<Transpose<A>>;
  transpose<A extends Shape, const Axes extends readonly number[]>(
    this: Tensor<A>,
    axes: Axes & Fits<Permute<A, Axes>, "transpose">,
  ): Tensor<Result<Permute<A, Axes>>>;
  transpose(this: Tensor, axes?: readonly number[]): Tensor {
    return axes === undefined ? shaping.transpose(this) : shaping.transpose<Shape, readonly number[]>(this, axes);
  }

  /** Two axes exchanged. */
  swapaxes<A extends Shape, const X extends number, const Y extends number>(
    this: Tensor<A>,
    axis1: X,
    axis2: Y & Fits<SwapAxes<A, X, Y>, "swapaxes">,
  ): Tensor<Result<SwapAxes<A, X, Y>>> {
    return shaping.swapaxes<A, X, Y>(this, axis1, axis2);
  }

  /**
   * Axis `source` moved so that it becomes axis `destination`; the others keep their order. Several at once as lists.
   */
  moveaxis(this: Tensor, source: number | readonly number[], destination: number | readonly number[]): Tensor {
    return shaping.moveaxis(this, source, destination);
  }

  /** Elements in reverse order along `axis`; along all axes when absent. */
  flip<A extends Shape>(this: Tensor<A>, axis?: AxisOption): Tensor<A> {
    return shaping.flip(this, axis);
  }

  /** Elements moved on by `shift` places along `axis`; what leaves at the end comes in at the beginning. */
  roll<A extends Shape>(this: Tensor<A>, shift: number | readonly number[], options?: RollOptions): Tensor<A> {
    return shaping.roll(this, shift, options);
  }

  /**
   * Turned by k · 90° in the plane of two axes, from the first towards the second (counter-clockwise for a matrix as it
   * is printed).
   */
  rot90(this: Tensor, k?: number, axes?: readonly [number, number]): Tensor {
    return shaping.rot90(this, k, axes);
  }

  /** Cut along `axis`: into so many equal parts, or before the given places. */
  split(
    this: Tensor,
    sections: number | readonly number[],
    options?: { readonly axis?: number | undefined },
  ): Tensor[] {
    return shaping.split(this, sections, options);
  }

  /** Each element `repeats` times (or as often as the list says), along `axis`; of the flattened tensor when absent. */
  repeat(this: Tensor, repeats: number | readonly number[], options?: { readonly axis?: number | undefined }): Tensor {
    return shaping.repeat(this, repeats, options);
  }

  /** The whole tensor side by side, `reps[i]` times along axis i; axes are added in front where `reps` has more. */
  tile(this: Tensor, reps: number | readonly number[]): Tensor {
    return shaping.tile(this, reps);
  }

  /** Places before and after each axis. */
  pad<A extends Shape>(
    this: Tensor<A>,
    pads: readonly (readonly [number, number])[],
    options?: PadOptions,
  ): Resized<A> {
    return padding.pad(this, pads, options);
  }

  /** The lower triangle, up to the k-th diagonal; zeros above. */
  tril<A extends Shape>(this: Tensor<A>, k?: number): Tensor<A> {
    return padding.tril(this, k);
  }

  /** The upper triangle, from the k-th diagonal on; zeros below. */
  triu<A extends Shape>(this: Tensor<A>, k?: number): Tensor<A> {
    return padding.triu(this, k);
  }

  /** A vector as the k-th diagonal of a matrix, or the k-th diagonal of a matrix as a vector. */
  diag(this: Tensor, k?: number): Tensor {
    return padding.diag(this, k);
  }

  /** The k-th diagonal of the matrices in two axes, as the last axis of the result. */
  diagonal(this: Tensor, options?: DiagonalOptions): Tensor {
    return padding.diagonal(this, options);
  }
}
