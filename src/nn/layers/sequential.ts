/** Layers one after the other. */
import type { Conv2dShape, Fits, Flatten as FlattenShape, LinearShape, Result, Shape } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { Module } from "../module.ts";
import type { Elementwise } from "./activation.ts";
import type { Flatten } from "./basic.ts";
import type { Conv2d } from "./conv.ts";
import type { Linear } from "./linear.ts";
import type { AvgPool2d, MaxPool2d } from "./pooling.ts";

/**
 * Feeds each layer what the one before gives. Names are PyTorch's: "0", "1", …
 *
 * Layers that do not fit are an error in the editor where their sizes are literal: `Linear(4, 5)` before `Linear(6, 2)`
 * says 5 ≠ 6.
 *
 * @example
 * new Sequential(new Linear(64, 32), new ReLU(), new Linear(32, 10)).forward(zeros([7, 64])).shape; // [7, 10]
 */
export class Sequential<const Layers extends readonly Module[] = readonly Module[]> extends Module {
  readonly layers: Layers;

  constructor(...layers: Layers & Chained<Layers>) {
    super();
    this.layers = layers;
    Object.freeze(layers);
  }

  override forward<X extends Shape>(
    x: Tensor<X> & Fits<Through<X, Layers>, "Sequential">,
  ): Tensor<Result<Through<X, Layers>>> {
    const y = this.layers.reduce<Tensor>((h, layer) => layer.forward(h), x as Tensor);
    return y as Tensor<Result<Through<X, Layers>>>; // the layers check at run time
  }

  /** The i-th layer; negative numbers count from the end. */
  at(i: number): Module | undefined {
    return this.layers.at(i);
  }

  get length(): number {
    return this.layers.length;
  }

  protected override entries(): Iterable<[string, unknown]> {
    return Object.entries(this.layers);
  }
}

// ----------------------------------------------------------------------------------------- what layers do to types

/** The shape that comes out at the end when X goes in, or the first objection. */
type Through<X extends Shape, Layers extends readonly unknown[]> = number extends Layers["length"]
  ? Shape
  : Layers extends readonly [infer First, ...infer Rest]
    ? After<X, First> extends infer Y
      ? Y extends Shape
        ? Through<Y, Rest>
        : Y
      : never
    : X;

type After<X extends Shape, Layer> =
  Layer extends Linear<infer In, infer Out>
    ? LinearShape<X, In, Out>
    : Layer extends Conv2d<infer In, infer Out, infer Kernel, infer Stride, infer Padding, infer Dilation>
      ? Conv2dShape<X, In, Out, Kernel, Stride, Padding, Dilation>
      : Layer extends Flatten
        ? FlattenShape<X, 1>
        : Layer extends Elementwise
          ? X
          : Shape;

/**
 * What is known between two layers, whatever the input: the size of the last axis ("features") or of the second
 * ("channels").
 */
type Known = readonly ["features" | "channels", number] | null;

/** `unknown` for layers that fit, or what does not. */
type Chained<Layers extends readonly unknown[], Between extends Known = null> = Layers extends readonly [
  infer First,
  ...infer Rest,
]
  ? number extends Layers["length"]
    ? unknown
    : Next<Between, First> extends infer N
      ? N extends Known
        ? Chained<Rest, N>
        : N
      : never
  : unknown;

type Next<Between extends Known, Layer> =
  Layer extends Linear<infer In, infer Out>
    ? Takes<Between, "features", In> extends true
      ? readonly ["features", Out]
      : `Sequential: ${Between extends readonly [string, infer N extends number] ? N : never} features come in, Linear takes ${In}`
    : Layer extends Conv2d<infer In, infer Out>
      ? Takes<Between, "channels", In> extends true
        ? readonly ["channels", Out]
        : `Sequential: ${Between extends readonly [string, infer N extends number] ? N : never} channels come in, Conv2d takes ${In}`
      : Layer extends Elementwise
        ? Between
        : Layer extends MaxPool2d | AvgPool2d
          ? Between extends readonly ["channels", number]
            ? Between
            : null
          : null;

type Takes<Between extends Known, Kind extends string, In extends number> = Between extends readonly [
  Kind,
  infer N extends number,
]
  ? number extends N | In
    ? true
    : N extends In
      ? true
      : false
  : true;
