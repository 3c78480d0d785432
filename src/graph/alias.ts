/** Aliases: the first operand under another name, for derivatives that are cut off or written by hand. */
import { GradientError, isComplex, isFloat } from "../base/index.ts";
import { isRecording, Node } from "./node.ts";
import type { Alias } from "./primitive.ts";

/** What all aliases have in common. */
const identity = {
  kind: "alias" as const,
  shape: ([x]: readonly (readonly number[])[]) => x!,
  dtype: ([dtype]: Parameters<Alias["dtype"]>[0]) => dtype!,
  evaluate: ([x]: Parameters<Alias["evaluate"]>[0]) => x!.data,
};

export const detachAlias: Alias = {
  ...identity,
  name: "detach",
  vjp: () => [null],
  jvp: () => null,
  samples: [{ shapes: [[2, 3]] }, { shapes: [[]] }, { shapes: [[0, 1]] }],
};

/** The same values, through which no derivative flows. */
export function detach(x: Node): Node {
  if (x.op.overload !== undefined) return x.op.overload(detachAlias, [x], {});
  return new Node(detachAlias, [x], {}, x.shape, x.dtype, { device: x.device });
}

/** Cotangents of the arguments from that of the result; null where there is none. */
export type CustomBackward = (ct: Node) => readonly (Node | null)[];

/** The tangent of the result from those of the arguments (null: zero). */
export type CustomForward = (tangents: readonly (Node | null)[]) => Node | null;

/**
 * The value of `result` with a derivative written by hand: `backward` gives the cotangents of `args`, whatever
 * `result` is made of. Forward mode needs `forward`, and says so where it is missing.
 */
export function custom(
  result: Node,
  args: readonly Node[],
  name: string,
  backward: CustomBackward,
  forward?: CustomForward,
): Node {
  if ([result, ...args].some((x) => isComplex(x.dtype))) {
    throw new GradientError(
      `${name}: derivatives written by hand are for real tensors; hand over the real and the imaginary part`,
    );
  }
  const primitive: Alias = {
    ...identity,
    name: `custom ${name}`, // never the name of another primitive
    vjp: (ct) => [null, ...checkedBackward(backward(ct), args, name)],
    jvp([, ...tangents]) {
      if (tangents.every((dx) => dx === null)) return null;
      if (forward === undefined) {
        throw new GradientError(
          `${name}: forward mode is not defined for it, only its backward function is; use reverse mode`,
        );
      }
      return forward(tangents);
    },
    samples: [],
  };
  const requiresGrad = isRecording() && isFloat(result.dtype) && args.some((x) => x.requiresGrad);
  return new Node(primitive, [result, ...args], {}, result.shape, result.dtype, {
    device: result.device,
    requiresGrad,
  });
}

function checkedBackward(
  found: readonly (Node | null)[],
  args: readonly Node[],
  name: string,
): readonly (Node | null)[] {
  if (found.length === args.length) return found;
  throw new GradientError(
    `${name}: backward gave ${found.length} gradients for ${args.length} arguments; give null where there is none`,
  );
}
