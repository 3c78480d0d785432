/** What all transformations of functions begin with: arguments to differentiate by. */
import { GradientError, isComplex, isInexact, show } from "../base/index.ts";
import { complex, custom, imag, Node, real } from "../graph/index.ts";
import { Tensor } from "../tensor/index.ts";

/** A function of any arguments, some of which are tensors. */
export type Differentiable<A extends readonly unknown[]> = (...args: A) => Tensor;

/** A tensor of the same shape as an argument of type T. */
export type LikeArgument<T> = T extends Tensor<infer S> ? Tensor<S> : Tensor;

/**
 * `x` under a name of its own: a node to which derivatives can be asked for. They flow on to `x`, so that an outer
 * transformation sees through an inner one.
 */
export function argument(operation: string, x: unknown, at: number): Tensor {
  if (!(x instanceof Tensor))
    throw new GradientError(`${operation}: argument ${at} is ${x === null ? "null" : typeof x}, not a tensor`);
  if (!isInexact(x.dtype)) {
    throw new GradientError(
      `${operation}: argument ${at} is ${x.dtype} ${show(x.shape)}; derivatives are for float32 and float64, cast it first`,
    );
  }
  return new Tensor(named(x.node));
}

function named(x: Node): Node {
  if (isComplex(x.dtype)) return complex(named(real(x)), named(imag(x)));
  const { op, inputs, params, shape, dtype, device } = custom(
    x,
    [x],
    "argument",
    (ct) => [ct],
    ([dx]) => dx ?? null,
  );
  return new Node(op, inputs, params, shape, dtype, { device, requiresGrad: true });
}

/** `args` with those at `places` replaced. */
export function replaceArguments<A extends readonly unknown[]>(
  args: A,
  places: readonly number[],
  by: readonly unknown[],
): A {
  const replaced = [...args];
  places.forEach((place, i) => {
    replaced[place] = by[i];
  });
  return replaced as unknown as A; // same length, and tensors where there were tensors
}
