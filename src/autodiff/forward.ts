/** Forward mode: how a function's value changes when its arguments move. */
import { GradientError, ShapeError, sameShape, show } from "../base/index.ts";
import { fill, forward, type Node } from "../graph/index.ts";
import { asPlain } from "../runtime/index.ts";
import { enableGrad, Tensor } from "../tensor/index.ts";
import { argument, type Differentiable, replaceArguments } from "./argument.ts";

/**
 * A function's value and its tangent J v, when the arguments move by `tangents`.
 *
 * @param primals   where to differentiate: all arguments of f, floating tensors
 * @param tangents  how each of them moves, in its shape
 * @example
 * jvp((x: Tensor) => x.square(), [tensor([1, 2])], [tensor([1, 10])]); // => [ [1. 4.], [ 2. 40.] ]
 */
export function jvp<A extends readonly Tensor[]>(
  f: Differentiable<A>,
  primals: A,
  tangents: { readonly [K in keyof A]: Tensor },
): [value: Tensor, tangent: Tensor] {
  if (primals.length !== tangents.length) {
    throw new GradientError(`jvp: ${tangents.length} tangents do not fit ${primals.length} arguments`);
  }
  const places = primals.map((_, i) => i);
  const leaves = places.map((place) => argument("jvp", primals[place], place));
  const moves = new Map<Node, Node>();
  leaves.forEach((leaf, i) => {
    const tangent: Tensor = tangents[i]!;
    if (!sameShape(tangent.shape, leaf.shape)) {
      throw new ShapeError(
        `jvp: a tangent of shape ${show(tangent.shape)} does not fit argument ${i} of shape ${show(leaf.shape)}`,
      );
    }
    moves.set(leaf.node, tangent.astype(leaf.dtype).node);
  });
  const value = asPlain(() => enableGrad(() => f(...replaceArguments(primals, places, leaves))));
  const { node } = value;
  const [tangent] = forward([node], moves);
  return [value, new Tensor(tangent ?? fill(0, node.shape, node.dtype, node.device))];
}
