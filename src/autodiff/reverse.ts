/**
 * Reverse mode: gradients of functions.
 *
 * Transformations take functions of tensors and give functions of tensors. What they give can be differentiated again,
 * by themselves or by each other, to any order.
 */
import { GradientError, isComplex, ShapeError, sameShape, show } from "../base/index.ts";
import { backward, constant, fill, type Node } from "../graph/index.ts";
import { asPlain } from "../runtime/index.ts";
import { enableGrad, Tensor } from "../tensor/index.ts";
import { argument, type Differentiable, type LikeArgument, replaceArguments } from "./argument.ts";

export interface GradOptions<N extends number | readonly number[] = number | readonly number[]> {
  /** which arguments to differentiate by: one number, or several for a list of gradients; 0 */
  readonly argnums?: N | undefined;
}

/** One gradient, or one for each of several arguments. */
export type Gradients<A extends readonly unknown[], N extends number | readonly number[]> = N extends readonly number[]
  ? { readonly [K in keyof N]: LikeArgument<A[N[K] & keyof A]> }
  : N extends number
    ? LikeArgument<A[N]>
    : never;

/** The places that `argnums` names, from 0. */
function placesOf(operation: string, argnums: number | readonly number[], count: number): number[] {
  return [argnums].flat().map((n) => {
    const place = n < 0 ? n + count : n;
    if (!Number.isInteger(n) || place < 0 || place >= count) {
      throw new GradientError(`${operation}: argnums ${n} is none of the ${count} arguments`);
    }
    return place;
  });
}

/** Cotangents of the arguments; zeros where nothing flows. */
function cotangents(result: Tensor, cotangent: Node, leaves: readonly Tensor[]): Tensor[] {
  const found = backward(
    [{ node: result.node, cotangent }],
    leaves.map((leaf) => leaf.node),
  );
  return leaves.map(({ node }) => new Tensor(found.get(node) ?? fill(0, node.shape, node.dtype, node.device)));
}

/** The function's value and gradients, and whatever else it gives. */
function differentiate<A extends readonly unknown[], R>(
  operation: string,
  f: (...args: A) => R,
  args: A,
  argnums: number | readonly number[],
  scalarOf: (result: R) => Tensor,
): { result: R; gradients: Tensor | Tensor[] } {
  const places = placesOf(operation, argnums, args.length);
  const leaves = places.map((place) => argument(operation, args[place], place));
  const result = asPlain(() => enableGrad(() => f(...replaceArguments(args, places, leaves))));
  const scalar = scalarOf(result);
  if (scalar.size !== 1) {
    throw new GradientError(
      `${operation}: only a scalar has a gradient, the function gives shape ${show(scalar.shape)}; reduce it with sum() or mean(), or use jacobian() or vjp()`,
    );
  }
  const { shape, dtype, device } = scalar.node;
  if (isComplex(dtype)) {
    throw new GradientError(
      `${operation}: the function gives a complex number, which is no loss; take its real(), imag() or abs(), or use vjp()`,
    );
  }
  const gradients = cotangents(scalar, constant(1, shape, dtype, device), leaves);
  return { result, gradients: typeof argnums === "number" ? gradients[0]! : gradients };
}

/**
 * The gradient of a function: a function of the same arguments.
 *
 *     grad(f)(x)ᵢ = ∂f / ∂xᵢ
 *
 * @param f        gives a scalar; with `hasAux`, a pair of a scalar and anything
 * @param argnums  which arguments to differentiate by, 0; a list gives a list of gradients
 * @returns        for each of them a tensor in its shape and dtype, zeros if f does not depend on it; with `hasAux` a pair with what f gave besides
 * @throws GradientError  when f gives no scalar, or the argument is no floating tensor
 * @example
 * grad((x: Tensor) => x.square().sum())(tensor([1, 2, 3])); // => [2. 4. 6.]
 */
export function grad<A extends readonly unknown[], R, const N extends number | readonly number[] = 0>(
  f: (...args: A) => readonly [Tensor, R],
  options: GradOptions<N> & { readonly hasAux: true },
): (...args: A) => [Gradients<A, N>, R];
export function grad<A extends readonly unknown[], const N extends number | readonly number[] = 0>(
  f: Differentiable<A>,
  options?: GradOptions<N>,
): (...args: A) => Gradients<A, N>;
export function grad<A extends readonly unknown[]>(
  f: (...args: A) => Tensor | readonly [Tensor, unknown],
  options: GradOptions & { readonly hasAux?: boolean } = {},
): (...args: A) => unknown {
  const { argnums = 0, hasAux = false } = options;
  return (...args) => {
    const { result, gradients } = differentiate("grad", f, args, argnums, firstOf);
    return hasAux ? [gradients, auxOf(result)] : gradients;
  };
}

/**
 * As `grad`, with the function's value: [value, gradient], or [[value, aux], gradient] with `hasAux`.
 *
 * @example
 * const [value, slope] = valueAndGrad((x: Tensor) => x.square().sum())(tensor([1, 2]));
 * value; // => 5.0
 * slope; // => [2. 4.]
 */
export function valueAndGrad<A extends readonly unknown[], R, const N extends number | readonly number[] = 0>(
  f: (...args: A) => readonly [Tensor, R],
  options: GradOptions<N> & { readonly hasAux: true },
): (...args: A) => [[Tensor, R], Gradients<A, N>];
export function valueAndGrad<A extends readonly unknown[], const N extends number | readonly number[] = 0>(
  f: Differentiable<A>,
  options?: GradOptions<N>,
): (...args: A) => [Tensor, Gradients<A, N>];
export function valueAndGrad<A extends readonly unknown[]>(
  f: (...args: A) => Tensor | readonly [Tensor, unknown],
  options: GradOptions & { readonly hasAux?: boolean } = {},
): (...args: A) => unknown {
  const { argnums = 0 } = options;
  return (...args) => {
    const { result, gradients } = differentiate("valueAndGrad", f, args, argnums, firstOf);
    return [result, gradients];
  };
}

function firstOf(result: Tensor | readonly [Tensor, unknown]): Tensor {
  return result instanceof Tensor ? result : result[0];
}

function auxOf(result: Tensor | readonly [Tensor, unknown]): unknown {
  return result instanceof Tensor ? undefined : result[1];
}

/** One gradient for every argument. */
export type AllGradients<A extends readonly unknown[]> = { readonly [K in keyof A]: LikeArgument<A[K]> };

/**
 * A function's value, and the function that pulls a cotangent u of it back to all arguments: uᵀ J.
 *
 * @param f     gives a tensor of any shape
 * @param args  floating tensors
 * @example
 * const [y, pull] = vjp((x: Tensor) => x.square(), tensor([1, 2]));
 * pull(tensor([1, 10])); // => [ [ 2. 40.] ]
 */
export function vjp<A extends readonly Tensor[]>(
  f: Differentiable<A>,
  ...args: A
): [value: Tensor, pullback: (cotangent: Tensor) => AllGradients<A>] {
  const places = args.map((_, i) => i);
  const leaves = places.map((place) => argument("vjp", args[place], place));
  const value = asPlain(() => enableGrad(() => f(...replaceArguments(args, places, leaves))));
  const pullback = (cotangent: Tensor): AllGradients<A> => {
    if (!sameShape(cotangent.shape, value.shape)) {
      throw new ShapeError(
        `vjp: a cotangent of shape ${show(cotangent.shape)} does not fit a value of shape ${show(value.shape)}`,
      );
    }
    // one for each argument, in its shape
    return cotangents(value, cotangent.astype(value.dtype).node, leaves) as unknown as AllGradients<A>;
  };
  return [value, pullback];
}
