/** Activations as modules, for `Sequential` and the layer table; the formulas are at the functions. */
import type { Shape } from "../../base/index.ts";
import type { Tensor } from "../../tensor/index.ts";
import { type GeluOptions, gelu, logSoftmax, relu, sigmoid, silu, softmax, tanh } from "../functional/index.ts";
import { Module } from "../module.ts";

/** A module that works element by element: the shape stays what it is. */
export abstract class Elementwise extends Module {
  abstract override forward<S extends Shape>(x: Tensor<S>): Tensor<S>;
}

/** max(x, 0) */
export class ReLU extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return relu(x);
  }
}

/** Hyperbolic tangent. */
export class Tanh extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return tanh(x);
  }
}

/** 1 / (1 + e^(−αx)) */
export class Sigmoid extends Elementwise {
  readonly alpha: number;

  constructor({ alpha = 1 }: { alpha?: number } = {}) {
    super();
    this.alpha = alpha;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return sigmoid(x, { alpha: this.alpha });
  }
}

/** x Φ(x) */
export class GELU extends Elementwise {
  readonly options: GeluOptions;

  constructor(options: GeluOptions = {}) {
    super();
    this.options = options;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return gelu(x, this.options);
  }
}

/** x σ(x) */
export class SiLU extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return silu(x);
  }
}

/** Probabilities along an axis, the last one by default. */
export class Softmax extends Elementwise {
  readonly axis: number;

  constructor({ axis = -1 }: { axis?: number } = {}) {
    super();
    this.axis = axis;
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return softmax(x, { axis: this.axis });
  }

  override describe(): string {
    return this.axis === -1 ? "Softmax" : `Softmax({ axis: ${this.axis} })`;
  }
}

/** Logarithms of probabilities along an axis, the last one by default. */
export class LogSoftmax extends Softmax {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return logSoftmax(x, { axis: this.axis });
  }

  override describe(): string {
    return super.describe().replace("Softmax", "LogSoftmax");
  }
}
