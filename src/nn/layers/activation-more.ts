/**
 * Further activations as modules; the formulas are at the functions.
 *
 * So are the dtypes and the errors of `forward`, which takes [...], any shape, and gives [...] unless said otherwise:
 * complex x is a DTypeError for most. The names of options are checked when a layer is made, their values by `forward`.
 */
import { checkOptions, type Shape } from "../../base/index.ts";
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
import {
  alphaNames,
  gluNames,
  hardtanhNames,
  leakyReluNames,
  maxoutNames,
  rreluNames,
  shrinkNames,
  softplusNames,
  thresholdNames,
} from "../functional/option-names.ts";
import type { InitOptions } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { Elementwise, Softmax } from "./activation.ts";
import { checkLayerOptions, checkSize } from "./check.ts";

/** An activation with options; what it is called with shows in the layer table. */
abstract class Parametric<Options extends object> extends Elementwise {
  readonly options: Options;

  constructor(options: Options, names: readonly string[]) {
    super();
    checkOptions(this.constructor.name, options, names);
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

/**
 * 0 below 0, 1 from 0 on.
 *
 * @example
 * new Step().forward(tensor([-1, 0, 2])); // => [0. 1. 1.]
 */
export class Step extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return step(x);
  }
}

/**
 * arctan x
 *
 * @example
 * new Arctan().forward(tensor([0])); // => [0.]
 */
export class Arctan extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return arctan(x);
  }
}

/**
 * x / (1 + |x|)
 *
 * Source: PyTorch's Softsign.
 *
 * @example
 * new Softsign().forward(tensor([-3, 1])); // => [-0.75  0.5 ]
 */
export class Softsign extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return softsign(x);
  }
}

/**
 * λ elu(x), with mean 0 and variance 1 as a fixed point. Source: PyTorch's SELU.
 *
 * @example
 * new SELU().forward(tensor([0])); // => [0.]
 */
export class SELU extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return selu(x);
  }
}

/**
 * x tanh(ln(1 + eˣ))
 *
 * Source: PyTorch's Mish.
 *
 * @example
 * new Mish().forward(tensor([0])); // => [0.]
 */
export class Mish extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return mish(x);
  }
}

/**
 * min(max(x/6 + ½, 0), 1)
 *
 * Source: PyTorch's Hardsigmoid.
 *
 * @example
 * new Hardsigmoid().forward(tensor([-4, 0, 4])); // => [0.  0.5 1. ]
 */
export class Hardsigmoid extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return hardsigmoid(x);
  }
}

/**
 * x hardsigmoid(x)
 *
 * Source: PyTorch's Hardswish.
 *
 * @example
 * new Hardswish().forward(tensor([-4, 4])); // => [0. 4.]
 */
export class Hardswish extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return hardswish(x);
  }
}

/**
 * min(max(x, 0), 6)
 *
 * Source: PyTorch's ReLU6.
 *
 * @example
 * new ReLU6().forward(tensor([-1, 3, 9])); // => [0. 3. 6.]
 */
export class ReLU6 extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return relu6(x);
  }
}

/**
 * −ln(1 + e^(−x))
 *
 * Source: PyTorch's LogSigmoid.
 *
 * @example
 * new LogSigmoid().forward(tensor(0)).item(); // => -0.6931…
 */
export class LogSigmoid extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return logSigmoid(x);
  }
}

/**
 * x − tanh x
 *
 * Source: PyTorch's Tanhshrink.
 *
 * @example
 * new Tanhshrink().forward(tensor([0])); // => [0.]
 */
export class Tanhshrink extends Elementwise {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return tanhshrink(x);
  }
}

/**
 * x / √(1 + α x²)
 *
 * @throws ValueError  when an option does not exist; from `forward`, unless α > 0
 * @example
 * new ISRU({ alpha: 3 }).forward(tensor([0, 1])); // => [0.  0.5]
 */
export class ISRU extends Parametric<AlphaOption> {
  constructor(options: AlphaOption = {}) {
    super(options, alphaNames);
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return isru(x, this.options);
  }
}

/**
 * x for x > 0, a x else. Source: PyTorch's LeakyReLU.
 *
 * @throws ValueError  when an option does not exist
 * @example
 * new LeakyReLU({ negativeSlope: 0.25 }).forward(tensor([-2, 3])); // => [-0.5  3. ]
 */
export class LeakyReLU extends Parametric<LeakyReluOptions> {
  constructor(options: LeakyReluOptions = {}) {
    super(options, leakyReluNames);
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return leakyRelu(x, this.options);
  }
}

/**
 * x for x > 0, α (eˣ − 1) else. Source: PyTorch's ELU.
 *
 * @throws ValueError  when an option does not exist
 * @example
 * new ELU().forward(tensor([0, 2])); // => [0. 2.]
 */
export class ELU extends Parametric<AlphaOption> {
  constructor(options: AlphaOption = {}) {
    super(options, alphaNames);
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return elu(x, this.options);
  }
}

/**
 * x for x > 0, α (e^(x/α) − 1) else. Source: PyTorch's CELU.
 *
 * @throws ValueError  when an option does not exist; from `forward`, when α is 0 or NaN
 * @example
 * new CELU().forward(tensor([0, 2])); // => [0. 2.]
 */
export class CELU extends Parametric<AlphaOption> {
  constructor(options: AlphaOption = {}) {
    super(options, alphaNames);
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return celu(x, this.options);
  }
}

/**
 * ln(1 + e^(βx)) / β
 *
 * Source: PyTorch's Softplus.
 *
 * @throws ValueError  when an option does not exist; from `forward`, unless β > 0
 * @example
 * new Softplus().forward(tensor(0)).item(); // => 0.6931…
 */
export class Softplus extends Parametric<SoftplusOptions> {
  constructor(options: SoftplusOptions = {}) {
    super(options, softplusNames);
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return softplus(x, this.options);
  }
}

/**
 * x held between two bounds. Source: PyTorch's Hardtanh.
 *
 * @throws ValueError  when an option does not exist; from `forward`, unless minVal < maxVal
 * @example
 * new Hardtanh({ maxVal: 2 }).forward(tensor([-3, 3])); // => [-1.  2.]
 */
export class Hardtanh extends Parametric<HardtanhOptions> {
  constructor(options: HardtanhOptions = {}) {
    super(options, hardtanhNames);
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return hardtanh(x, this.options);
  }
}

/**
 * x moved towards 0 by λ, 0 within ±λ. Source: PyTorch's Softshrink.
 *
 * @throws ValueError  when an option does not exist; from `forward`, when λ is negative or NaN
 * @example
 * new Softshrink().forward(tensor([-2, 0.25])); // => [-1.5  0. ]
 */
export class Softshrink extends Parametric<ShrinkOptions> {
  constructor(options: ShrinkOptions = {}) {
    super(options, shrinkNames);
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return softshrink(x, this.options);
  }
}

/**
 * x outside of ±λ, 0 within. Source: PyTorch's Hardshrink.
 *
 * @throws ValueError  when an option does not exist; from `forward`, when λ is negative or NaN
 * @example
 * new Hardshrink().forward(tensor([-2, 0.25])); // => [-2.  0.]
 */
export class Hardshrink extends Parametric<ShrinkOptions> {
  constructor(options: ShrinkOptions = {}) {
    super(options, shrinkNames);
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return hardshrink(x, this.options);
  }
}

/**
 * x where x > threshold, else a value. Source: PyTorch's Threshold.
 *
 * @throws ValueError  when an option does not exist
 * @example
 * new Threshold({ threshold: 1, value: -1 }).forward(tensor([0, 2])); // => [-1.  2.]
 */
export class Threshold extends Parametric<ThresholdOptions> {
  constructor(options: ThresholdOptions) {
    super(options, thresholdNames);
    checkOptions("Threshold", options, thresholdNames, thresholdNames);
  }

  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return threshold(x, this.options);
  }
}

/**
 * x for x > 0, a x else; a is drawn from U(lower, upper) for every element in training, the middle in evaluation. Source: PyTorch's RReLU.
 *
 * @throws ValueError  when an option does not exist; from `forward`, when `lower` is above `upper`
 * @example
 * new RReLU({ lower: 0.25, upper: 0.75 }).eval().forward(tensor([-2, 3])); // => [-1.  3.]
 */
export class RReLU extends Parametric<Omit<RReluOptions, "training">> {
  constructor(options: Omit<RReluOptions, "training"> = {}) {
    super(options, rreluNames);
  }

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

/**
 * x for x > 0, a x else, with learned slopes a `weight` [numParameters]. Source: PyTorch's PReLU.
 *
 * @throws ValueError  when an option does not exist, or `numParameters` is not whole from 1
 * @throws DTypeError  when `dtype` is not floating
 * @throws ShapeError  from `forward`, when there are not as many slopes as channels
 * @example
 * new PReLU().forward(tensor([-2, 3])); // => [-0.5  3. ]
 */
export class PReLU extends Elementwise {
  weight: Tensor;

  constructor(options: PReLUOptions = {}) {
    super();
    checkLayerOptions("PReLU", options, ["numParameters", "init"]);
    const { numParameters = 1, init = 0.25, dtype, device } = options;
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

/**
 * Probabilities along an axis, the greatest for the least entry. Source: PyTorch's Softmin.
 *
 * @throws ValueError  when an option does not exist
 * @throws ShapeError  from `forward`, when x has no such axis, or no entries along it
 * @example
 * new Softmin().forward(tensor([5, 5])); // => [0.5 0.5]
 */
export class Softmin extends Softmax {
  override forward<S extends Shape>(x: Tensor<S>): Tensor<S> {
    return softmin(x, { axis: this.axis });
  }

  override describe(): string {
    return super.describe().replace("Softmax", "Softmin");
  }
}

/**
 * The greatest of every `pieces` neighbours along an axis, which becomes so many times shorter.
 * [..., k · pieces, ...] to [..., k, ...].
 *
 * @throws ValueError  when an option does not exist, or `pieces` is not whole from 1
 * @throws ShapeError  from `forward`, when `pieces` does not divide the axis, or x has none such
 * @example
 * new Maxout({ pieces: 2 }).forward(tensor([1, 5, 4, 2])); // => [5. 4.]
 */
export class Maxout extends Module {
  readonly options: MaxoutOptions;

  constructor(options: MaxoutOptions) {
    super();
    checkOptions("Maxout", options, maxoutNames, ["pieces"]);
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

/**
 * a · gate(b), a and b the halves of x along an axis. [..., 2k, ...] to [..., k, ...]. Source: PyTorch's GLU.
 *
 * @throws ValueError  when an option does not exist; from `forward`, when there is no such gate
 * @throws ShapeError  from `forward`, when the axis has no halves, or x has none such
 * @example
 * new GLU().forward(tensor([2, 4, 0, 0])); // => [1. 2.]
 */
export class GLU extends Module {
  readonly options: GluOptions;

  constructor(options: GluOptions = {}) {
    super();
    checkOptions("GLU", options, gluNames);
    this.options = options;
  }

  override forward(x: Tensor): Tensor {
    return glu(x, this.options);
  }

  override describe(): string {
    return described("GLU", this.options);
  }
}
