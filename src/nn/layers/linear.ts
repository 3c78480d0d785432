/** The linear layer. */
import type { Fits, LinearShape, Result, Shape } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { linear } from "../functional/index.ts";
import { defaultBias, defaultWeight, type InitOptions } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { checkLayerOptions, checkSize } from "./check.ts";

export interface LinearOptions extends InitOptions {
  /** Whether b is added; true by default. */
  readonly bias?: boolean;
}

/**
 * y = x Wᵀ + b, along the last axis.
 *
 *     x [*, in],  W `weight` [out, in],  b `bias` [out]  →  [*, out]
 *
 * W and b begin as U(−1/√in, 1/√in), as in PyTorch.
 *
 * @throws ValueError  when a size is not a whole number from 1, or an option does not exist
 * @throws ShapeError  when the last axis of x is not `in`
 * @example
 * new Linear(784, 10).forward(zeros([32, 784])).shape; // => [ 32, 10 ]
 */
export class Linear<const In extends number = number, const Out extends number = number> extends Module {
  readonly inFeatures: In;
  readonly outFeatures: Out;
  weight: Tensor<readonly [Out, In]>;
  bias: Tensor<readonly [Out]> | null;

  constructor(inFeatures: In, outFeatures: Out, options: LinearOptions = {}) {
    super();
    checkLayerOptions("Linear", options, ["bias"]);
    const { bias = true, ...place } = options;
    checkSize("Linear", "inFeatures", inFeatures);
    checkSize("Linear", "outFeatures", outFeatures);
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    const shape = [outFeatures, inFeatures] as const;
    this.weight = new Parameter(defaultWeight(shape, place));
    this.bias = bias ? new Parameter(defaultBias(outFeatures, shape, place)) : null;
  }

  override forward<X extends Shape>(
    x: Tensor<X> & Fits<LinearShape<X, In, Out>, "Linear">,
  ): Tensor<Result<LinearShape<X, In, Out>>> {
    return linear(x as Tensor, this.weight as Tensor, this.bias ?? undefined) as Tensor<
      Result<LinearShape<X, In, Out>>
    >; // what linear checks at run time
  }

  override describe(): string {
    return `Linear(${this.inFeatures}, ${this.outFeatures}${this.bias === null ? ", { bias: false }" : ""})`;
  }
}
