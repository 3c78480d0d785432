/**
 * Activations as modules, for `Sequential` and the layer table; the formulas are at the functions.
 *
 * So are the dtypes and the errors of `forward`, which takes [...], any shape, and gives [...]. The names of options are
 * checked when a layer is made, their values by `forward`.
 */
import { checkOptions, type Shape } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { type GeluOptions, gelu, logSoftmax, relu, sigmoid, silu, softmax, tanh } from "../functional/index.ts";
import { alphaNames, axisNames, geluNames } from "../functional/option-names.ts";
import { Module } from "../module.ts";

/**
 * A module that works element by element: the shape stays what it is.
 *
 * @example
 * class Cube extends Elementwise {
 *   override forward(x) {
 *     return x.pow(3);
 *   }
 * }
 * new Sequential(new Cube(), new ReLU()).forward(tensor([-2, 2])); // => [0. 8.]
 */
export abstract class Elementwise extends Module {
  abstract override forward<S extends Shape>(x: Tensor<S>): Tensor<S>;
}

/**
 * max(x, 0)
 *
 * Source: PyTorch's ReLU.
 *
 * @throws DTypeError  from `forward`, for complex x
 * @example
 * new ReLU().forward(tensor([-1, 2])); // => [0. 2.]
 */
export class ReLU extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return relu(x);
  }
}

/**
 * Hyperbolic tangent. Source: PyTorch's Tanh.
 *
 * @example
 * new Tanh().forward(tensor([0])); // => [0.]
 */
export class Tanh extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return tanh(x);
  }
}

/**
 * 1 / (1 + e^(−αx))
 *
 * Source: PyTorch's Sigmoid, which has no `alpha`.
 *
 * @throws ValueError  when an option does not exist
 * @throws DTypeError  from `forward`, for complex x
 * @example
 * new Sigmoid({ alpha: 2 }).forward(tensor([0])); // => [0.5]
 */
export class Sigmoid extends Elementwise {
  readonly alpha: number;

  constructor(options: { readonly alpha?: number } = {}) {
    super();
    checkOptions("Sigmoid", options, alphaNames);
    const { alpha = 1 } = options;
    this.alpha = alpha;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return sigmoid(x, { alpha: this.alpha });
  }
}

/**
 * x Φ(x)
 *
 * Source: PyTorch's GELU.
 *
 * @throws ValueError  when an option does not exist; from `forward`, when `approximate` is neither "none" nor "tanh"
 * @throws DTypeError  from `forward`, for complex x, unless "tanh"
 * @example
 * new GELU().forward(tensor([0])); // => [0.]
 */
export class GELU extends Elementwise {
  readonly options: GeluOptions;

  constructor(options: GeluOptions = {}) {
    super();
    checkOptions("GELU", options, geluNames);
    this.options = options;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return gelu(x, this.options);
  }
}

/**
 * x σ(x)
 *
 * Source: PyTorch's SiLU.
 *
 * @throws DTypeError  from `forward`, for complex x
 * @example
 * new SiLU().forward(tensor([0])); // => [0.]
 */
export class SiLU extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return silu(x);
  }
}

/**
 * Probabilities along an axis, the last one by default. Source: PyTorch's Softmax.
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  from `forward`, when x has no such axis, or no entries along it
 * @throws DTypeError  from `forward`, for complex x
 * @example
 * new Softmax().forward(tensor([5, 5])); // => [0.5 0.5]
 */
export class Softmax extends Elementwise {
  readonly axis: number;

  constructor(options: { readonly axis?: number } = {}) {
    super();
    checkOptions(this.constructor.name, options, axisNames);
    const { axis = -1 } = options;
    this.axis = axis;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return softmax(x, { axis: this.axis });
  }

  override describe(): string {
    return this.axis === -1 ? "Softmax" : `Softmax({ axis: ${this.axis} })`;
  }
}

/**
 * Logarithms of probabilities along an axis, the last one by default. Source: PyTorch's LogSoftmax.
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  from `forward`, when x has no such axis, or no entries along it
 * @throws DTypeError  from `forward`, for complex x
 * @example
 * new LogSoftmax().forward(tensor([3])); // => [0.]
 */
export class LogSoftmax extends Softmax {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return logSoftmax(x, { axis: this.axis });
  }

  override describe(): string {
    return super.describe().replace("Softmax", "LogSoftmax");
  }
}
