/** Further activations as modules; the formulas are at the functions. */
import type { Shape } from "../../base/index.ts";
import { full, type Tensor } from "../../tensor/index.ts";
import {
  type AlphaOption,
  arctan,
  celu,
  elu,
  type GluOptions,
  glu,
  type HardtanhOptions,
  hardshrink,
  hardsigmoid,
  hardswish,
  hardtanh,
  isru,
  type LeakyReluOptions,
  leakyRelu,
  logSigmoid,
  type MaxoutOptions,
  maxout,
  mish,
  prelu,
  type RReluOptions,
  relu6,
  rrelu,
  type ShrinkOptions,
  type SoftplusOptions,
  selu,
  softmin,
  softplus,
  softshrink,
  softsign,
  step,
  type ThresholdOptions,
  tanhshrink,
  threshold,
} from "../functional/index.ts";
import type { InitOptions } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { Elementwise, Softmax } from "./activation.ts";
import { checkSize } from "./check.ts";

/** An activation with options; what it is called with shows in the layer table. */
abstract class Parametric<Options extends object> extends Elementwise {
  readonly options: Options;

  constructor(options: Options = {} as Options /* where an option is required, the subclass asks for it */) {
    super();
    this.options = options;
  }

  override describe(): string {
    return described(this.constructor.name, this.options);
  }
}

/** `ELU({ alpha: 2 })` */
function described(name: string, options: object): string {
  const entries = Object.entries(options).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return entries.length === 0 ? name : `${name}({ ${entries.join(", ")} })`;
}

/** 0 below 0, 1 from 0 on. */
export class Step extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return step(x);
  }
}

/** arctan x */
export class Arctan extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return arctan(x);
  }
}

/** x / (1 + |x|) */
export class Softsign extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return softsign(x);
  }
}

/** λ elu(x), with mean 0 and variance 1 as a fixed point. */
export class SELU extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return selu(x);
  }
}

/** x tanh(ln(1 + eˣ)) */
export class Mish extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return mish(x);
  }
}

/** min(max(x/6 + ½, 0), 1) */
export class Hardsigmoid extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return hardsigmoid(x);
  }
}

/** x hardsigmoid(x) */
export class Hardswish extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return hardswish(x);
  }
}

/** min(max(x, 0), 6) */
export class ReLU6 extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return relu6(x);
  }
}

/** −ln(1 + e^(−x)) */
export class LogSigmoid extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return logSigmoid(x);
  }
}

/** x − tanh x */
export class Tanhshrink extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return tanhshrink(x);
  }
}

/** x / √(1 + α x²) */
export class ISRU extends Parametric<AlphaOption> {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return isru(x, this.options);
  }
}

/** x for x > 0, a x else. */
export class LeakyReLU extends Parametric<LeakyReluOptions> {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return leakyRelu(x, this.options);
  }
}

/** x for x > 0, α (eˣ − 1) else. */
export class ELU extends Parametric<AlphaOption> {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return elu(x, this.options);
  }
}

/** x for x > 0, α (e^(x/α) − 1) else. */
export class CELU extends Parametric<AlphaOption> {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return celu(x, this.options);
  }
}

/** ln(1 + e^(βx)) / β */
export class Softplus extends Parametric<SoftplusOptions> {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return softplus(x, this.options);
  }
}

/** x held between two bounds. */
export class Hardtanh extends Parametric<HardtanhOptions> {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return hardtanh(x, this.options);
  }
}

/** x moved towards 0 by λ, 0 within ±λ. */
export class Softshrink extends Parametric<ShrinkOptions> {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return softshrink(x, this.options);
  }
}

/** x outside of ±λ, 0 within. */
export class Hardshrink extends Parametric<ShrinkOptions> {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return hardshrink(x, this.options);
  }
}

/** x where x > threshold, else a value. */
export class Threshold extends Parametric<ThresholdOptions> {
  constructor(options: ThresholdOptions) {
    super(options);
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return threshold(x, this.options);
  }
}

/** x for x > 0, a x else; a is drawn from U(lower, upper) for every element in training, the middle in evaluation. */
export class RReLU extends Parametric<Omit<RReluOptions, "training">> {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return rrelu(x, { ...this.options, training: this.training });
  }
}

export interface PReLUOptions extends InitOptions {
  /** How many slopes are learned: one for each channel (axis 1), or 1 for all; 1 by default. */
  readonly numParameters?: number;
  /** What the slopes begin as; 0.25 by default. */
  readonly init?: number;
}

/** x for x > 0, a x else, with learned slopes a `weight` [numParameters]. */
export class PReLU extends Elementwise {
  weight: Tensor;

  constructor({ numParameters = 1, init = 0.25, dtype, device }: PReLUOptions = {}) {
    super();
    checkSize("PReLU", "numParameters", numParameters);
    this.weight = new Parameter<Shape>(full([numParameters], init, { dtype, device }));
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return prelu(x, this.weight);
  }

  override describe(): string {
    return this.weight.size === 1 ? "PReLU" : `PReLU({ numParameters: ${this.weight.size} })`;
  }
}

/** Probabilities along an axis, the greatest for the least entry. */
export class Softmin extends Softmax {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return softmin(x, { axis: this.axis });
  }

  override describe(): string {
    return super.describe().replace("Softmax", "Softmin");
  }
}

/** The greatest of every `pieces` neighbours along an axis, which becomes so many times shorter. */
export class Maxout extends Module {
  readonly options: MaxoutOptions;

  constructor(options: MaxoutOptions) {
    super();
    checkSize("Maxout", "pieces", options.pieces);
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return maxout(x, this.options);
  }

  override describe(): string {
    return described("Maxout", this.options);
  }
}

/** a · gate(b), a and b the halves of x along an axis. */
export class GLU extends Module {
  readonly options: GluOptions;

  constructor(options: GluOptions = {}) {
    super();
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return glu(x, this.options);
  }

  override describe(): string {
    return described("GLU", this.options);
  }
}
