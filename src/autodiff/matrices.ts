/** Matrices of first and second derivatives, and products with them that never build the matrix. */
import { allocate, GradientError, isComplex, numbersOf, ShapeError, Storage, show } from "../base/index.ts";
import { concat, data, type Node, reshape } from "../graph/index.ts";
import { Tensor } from "../tensor/index.ts";
import { type Differentiable, replaceArguments } from "./argument.ts";
import { jvp } from "./forward.ts";
import { grad, vjp } from "./reverse.ts";

export interface JacobianOptions {
  /** which argument to differentiate by; 0 */
  readonly argnum?: number | undefined;
  /**
   * row by row from the results ("reverse"), or column by column from the argument ("forward"); what takes fewer passes
   * when absent
   */
  readonly mode?: "reverse" | "forward" | undefined;
}

/** The i-th of `size` unit vectors, in the shape and dtype of `like`. */
function unit(like: Tensor, i: number): Tensor {
  if (isComplex(like.dtype)) {
    throw new GradientError(
      "jacobian, hessian: are defined for real arguments and results; take real() and imag() of a complex one",
    );
  }
  const values = numbersOf(allocate(like.dtype, like.size));
  values[i] = 1;
  const storage = new Storage(like.dtype, values.length, values);
  return new Tensor(data(storage, like.shape, { device: like.node.device }));
}

/** The function of one argument that is left when the others are held. */
function ofArgument<A extends readonly unknown[]>(
  operation: string,
  f: Differentiable<A>,
  args: A,
  argnum: number,
): [(x: Tensor) => Tensor, Tensor] {
  const x = args[argnum];
  if (!(x instanceof Tensor)) throw new GradientError(`${operation}: argument ${argnum} is not a tensor`);
  return [(moved) => f(...replaceArguments(args, [argnum], [moved])), x];
}

/** Parts of one shape along a new first axis. */
function pile(parts: readonly Node[], part: readonly number[]): Node {
  const rows = parts.map((p) => reshape(p, [1, ...part]));
  return rows.length === 1 ? rows[0]! : concat(rows, { axis: 0 });
}

/**
 * All first derivatives of a function: J[i…, j…] = ∂fᵢ / ∂xⱼ, of shape [...f(x).shape, ...x.shape].
 *
 * @example
 * jacobian((x: Tensor) => x.square())(tensor([1, 2])); // => [[2. 0.] [0. 4.]]
 */
export function jacobian<A extends readonly unknown[]>(
  f: Differentiable<A>,
  { argnum = 0, mode }: JacobianOptions = {},
): (...args: A) => Tensor {
  return (...args) => {
    const [g, x] = ofArgument("jacobian", f, args, argnum);
    const [y, pull] = vjp(g, x);
    const shape = [...y.shape, ...x.shape];
    if (y.size === 0 || x.size === 0) throw new ShapeError(`jacobian: ${show(shape)} has no entries`);
    if (mode === "forward" || (mode === undefined && x.size < y.size)) return new Tensor(columns(g, x, y, shape));
    const rows = Array.from({ length: y.size }, (_, i) => pull(unit(y, i))[0].node);
    return new Tensor(reshape(pile(rows, x.shape), shape));
  };
}

function columns(g: (x: Tensor) => Tensor, x: Tensor, y: Tensor, shape: readonly number[]): Node {
  const tangents = Array.from({ length: x.size }, (_, j) => jvp(g, [x], [unit(x, j)])[1]);
  const piled = tangents.map((t) => reshape(t.node, [y.size, 1]));
  return reshape(piled.length === 1 ? piled[0]! : concat(piled, { axis: 1 }), shape);
}

/**
 * All second derivatives of a scalar function: H[i…, j…] = ∂²f / ∂xᵢ∂xⱼ, of shape [...x.shape, ...x.shape].
 *
 * @example
 * hessian((x: Tensor) => x.pow(3).sum())(tensor([1, 2])); // => [[ 6. 0.] [ 0. 12.]]
 */
export function hessian<A extends readonly unknown[]>(
  f: Differentiable<A>,
  { argnum = 0 }: { readonly argnum?: number } = {},
): (...args: A) => Tensor {
  return (...args) => {
    const [g, x] = ofArgument("hessian", f, args, argnum);
    return jacobian(grad(g), { mode: "reverse" })(x);
  };
}

/**
 * The Hessian of a scalar function times a vector, H v, at about the cost of two gradients: the derivative of the
 * gradient in direction v, forward over reverse (Pearlmutter 1994).
 *
 * @returns  a function of where (x) and which way (v, in x's shape)
 * @example
 * hvp((x: Tensor) => x.pow(3).sum())(tensor([1, 2]), tensor([1, 1])); // => [ 6. 12.]
 */
export function hvp(
  f: (x: Tensor) => Tensor,
  { mode = "forward" }: { readonly mode?: "forward" | "reverse" } = {},
): (x: Tensor, v: Tensor) => Tensor {
  const gradient = grad(f);
  return (x, v) => {
    if (mode === "forward") return jvp(gradient, [x], [v])[1];
    const [, pull] = vjp(gradient, x); // H is symmetric: vᵀ H = H v; for functions that have no forward mode
    return pull(v)[0];
  };
}
