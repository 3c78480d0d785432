/** Derivatives of functions: reverse and forward mode, matrices of derivatives, derivatives written by hand, checks. */
export { enableGrad, noGrad } from "../tensor/index.ts";
export { type GradCheckOptions, gradCheck, type NumericOptions, numericGradient } from "./check.ts";
export { defineFunction, type FunctionContext, type FunctionDefinition } from "./define.ts";
export { jvp } from "./forward.ts";
export { hessian, hvp, type JacobianOptions, jacobian } from "./matrices.ts";
export { type Gradients, type GradOptions, grad, valueAndGrad, vjp } from "./reverse.ts";
