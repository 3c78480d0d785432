/** Functions with a derivative written by hand. */
import { GradientError } from "../base/index.ts";
import { custom, type Node } from "../graph/index.ts";
import { noGrad, Tensor } from "../tensor/index.ts";

/** What `forward` leaves for `backward`. */
export interface FunctionContext {
  /** Keeps tensors: arguments, the result, or anything computed on the way. */
  save(...tensors: readonly Tensor[]): void;
  /** What was kept, in that order. */
  readonly saved: readonly Tensor[];
}

export interface FunctionDefinition<A extends readonly unknown[]> {
  /** how errors call it */
  readonly name?: string | undefined;
  /** The value. Derivatives do not flow through what happens here. */
  forward(ctx: FunctionContext, ...args: A): Tensor;
  /**
   * What a cotangent `g` of the result means for each tensor among the arguments: one tensor in its shape for each, in
   * order, or null where there is no derivative; a single one need not be wrapped.
   */
  backward(ctx: FunctionContext, g: Tensor): Tensor | null | readonly (Tensor | null)[];
}

class Context implements FunctionContext {
  saved: readonly Tensor[] = [];

  save(...tensors: readonly Tensor[]): void {
    this.saved = [...this.saved, ...tensors];
  }
}

/**
 * A function with a derivative of its own: for a formula that is shorter, faster or safer than the automatic one, or
 * where there should be another (straight-through estimators, clipped gradients).
 *
 * The derivative is made of tensor operations, so that it can be differentiated in turn. Forward mode does not exist
 * for it.
 *
 * @example
 * const roundThrough = defineFunction({
 *   forward: (ctx, x: Tensor) => x.round(),
 *   backward: (ctx, g) => g, // as if nothing had been rounded
 * });
 */
export function defineFunction<A extends readonly unknown[]>(
  definition: FunctionDefinition<A>,
): (...args: A) => Tensor {
  const { name = "defineFunction" } = definition;
  return (...args) => {
    const ctx = new Context();
    const result = noGrad(() => definition.forward(ctx, ...args));
    const tensors = args.filter((arg): arg is Tensor => arg instanceof Tensor);
    const pullBack = (ct: Node): (Node | null)[] => gradientsOf(name, definition.backward(ctx, new Tensor(ct)));
    const output = new Tensor(
      custom(
        result.node,
        tensors.map((t) => t.node),
        name,
        pullBack,
      ),
    );
    // the result that was kept is the one with this derivative, not the bare value
    ctx.saved = ctx.saved.map((t) => (t === result ? output : t));
    return output;
  };
}

function gradientsOf(name: string, found: Tensor | null | readonly (Tensor | null)[]): (Node | null)[] {
  const list: readonly (Tensor | null)[] = found === null || found instanceof Tensor ? [found] : found;
  return list.map((gradient) => {
    if (gradient !== null && !(gradient instanceof Tensor)) {
      throw new GradientError(`${name}: backward gave ${typeof gradient} where a tensor or null is wanted`);
    }
    return gradient?.node ?? null;
  });
}
