/** The two kinds of state that a module has: what is trained, and what is only kept. */
import type { Shape } from "../base/index.ts";
import { type CreationOptions, Tensor, variableOf } from "../tensor/index.ts";

/**
 * A tensor that is trained: a variable that requires its gradient. Source: PyTorch's Parameter.
 *
 * @param values   what it begins with, [...], of a floating dtype
 * @param options  `dtype` and `device`, those of `values` when absent; `requiresGrad`, true when absent
 * @throws DTypeError  for complex numbers; for integers and bool, unless `requiresGrad` is false
 * @example
 * const weight = new Parameter(tensor([1, 2]));
 * weight.square().sum().backward();
 * weight.grad; // => [2. 4.]
 */
export class Parameter<S extends Shape = Shape> extends Tensor<S> {
  constructor(values: Tensor<S>, options: CreationOptions = {}) {
    super(variableOf("Parameter", values, { requiresGrad: true, ...options }));
  }
}

/**
 * A tensor that is part of a module's state but not trained, such as a running mean: a variable without a gradient. Source: PyTorch's Buffer.
 *
 * @param values   what it begins with, [...], of any dtype that is not complex
 * @param options  `dtype` and `device`, those of `values` when absent
 * @throws DTypeError  for complex numbers
 * @example
 * const runningMean = new Buffer(zeros([2]));
 * runningMean.assign(tensor([1, 2]));
 * [runningMean.requiresGrad, runningMean.toString()]; // => [ false, '[1. 2.]' ]
 */
export class Buffer<S extends Shape = Shape> extends Tensor<S> {
  constructor(values: Tensor<S>, options: CreationOptions = {}) {
    super(variableOf("Buffer", values, options));
  }
}

/** Whether a module's property is trained: a `Parameter`, or any variable that requires its gradient. */
export function isParameter(value: unknown): value is Tensor {
  return value instanceof Parameter || (isVariable(value) && !(value instanceof Buffer) && value.requiresGrad);
}

/** Whether a module's property is kept but not trained: a `Buffer`, or any variable without a gradient. */
export function isBuffer(value: unknown): value is Tensor {
  return isVariable(value) && !isParameter(value);
}

function isVariable(value: unknown): value is Tensor {
  return value instanceof Tensor && value.variable !== null;
}
