/** The gradients that a step or a clipping works with; none at all is a mistake, and says what may have caused it. */
import { GradientError } from "../base/index.ts";
import { type Tensor, takeGradient } from "../tensor/index.ts";

/**
 * The gradients of those parameters that have one, for a step that takes them in.
 *
 * @throws GradientError  when none has one
 */
export function takenGradients(operation: string, parameters: readonly Tensor[]): Map<Tensor, Tensor> {
  return found(operation, parameters, takeGradient);
}

/**
 * The gradients of those parameters that have one.
 *
 * @throws GradientError  when none has one
 */
export function gradientsOf(operation: string, parameters: readonly Tensor[]): Map<Tensor, Tensor> {
  return found(operation, parameters, (p) => p.grad);
}

function found(
  operation: string,
  parameters: readonly Tensor[],
  gradientOf: (p: Tensor) => Tensor | null,
): Map<Tensor, Tensor> {
  const gradients = new Map<Tensor, Tensor>();
  for (const p of parameters) {
    const gradient = gradientOf(p);
    if (gradient !== null) gradients.set(p, gradient);
  }
  if (gradients.size > 0) return gradients;
  const whose =
    parameters.length === 1
      ? "the parameter has no gradient"
      : `none of the ${parameters.length} parameters has a gradient`;
  const cause = parameters.every((p) => !p.requiresGrad)
    ? "requiresGrad is false; set it to true before the loss is computed"
    : "backward() was not called since they were forgotten, or the loss is not made of these parameters, or was computed under noGrad()";
  throw new GradientError(`${operation}: ${whose}: ${cause}`);
}
