/**
 * Checks: conditions on values that are known only when a program runs.
 *
 * A check says of every element whether it is wrong. Running it throws at the first wrong one, with the values that the message names; else it leaves
 * nothing. `checked(x, check)` is x for whoever needs the check to have passed: the check belongs to every program in which
 * that is computed, but nothing waits for it save the assignments of the program (see `compile.ts` of the compiler), so an error leaves every
 * variable as it was.
 */
import {
  allocate,
  DTypeError,
  type GradusError,
  type Shape,
  ShapeError,
  sameShape,
  show,
  sizeOf,
  ValueError,
} from "../base/index.ts";
import { apply, type Node } from "./node.ts";
import type { Check, Checked, ParamValue } from "./primitive.ts";
import { commonShape } from "./rules.ts";

const errors = { ShapeError, ValueError } as const satisfies Record<string, new (message: string) => GradusError>;

/** What a check says when it finds a wrong element. */
export interface Complaint {
  readonly error: keyof typeof errors;
  /** `{0}`, `{1}`, … stand for the values shown, `{at}` for the place of the wrong element. */
  readonly message: string;
  /** The place of the first element; 0 when absent. */
  readonly first?: number;
}

type CheckParams = {
  readonly error: keyof typeof errors;
  readonly message: string;
  readonly first: number;
  /** Places are counted anew after so many elements: at every step of a loop. */
  readonly size: number;
  readonly shape: Shape;
};

/** The error of a check whose element at `place` is wrong. */
export function complaintOf(
  params: Readonly<Record<string, ParamValue>>,
  place: number,
  values: readonly (number | bigint)[],
): GradusError {
  const { error, message, first, size } = params as CheckParams; // of a node of `checkEach`
  const at = (place % size) + first;
  return new errors[error](
    message.replace(/\{(\w+)\}/g, (_, name) => String(name === "at" ? at : values[Number(name)])),
  );
}

export const checkEach: Check<CheckParams> = {
  kind: "check",
  name: "check",
  batched: (params, n) => ({ ...params, shape: [n, ...params.shape] }),
  shape(shapes, { shape }) {
    commonShape("check", shapes);
    return shape;
  },
  dtype([wrong]) {
    if (wrong !== "bool") throw new DTypeError(`check: what is wrong is bool, not ${wrong}; compare it with something`);
    return "bool";
  },
  vjp: (_ct, node) => node.inputs.map(() => null),
  jvp: () => null,
  evaluate([wrong, ...values], params, shape) {
    const place = wrong!.data.findIndex((element: number | bigint) => Number(element) !== 0);
    if (place >= 0) {
      throw complaintOf(
        params,
        place,
        values.map((x) => x.data[place]!),
      );
    }
    return allocate("bool", sizeOf(shape));
  },
  samples: [
    {
      shapes: [
        [2, 3],
        [2, 3],
      ],
      dtypes: ["bool", "float64"],
      values: [
        [0, 0, 0, 0, 0, 0],
        [1, 2, 3, 4, 5, 6],
      ],
      params: { error: "ValueError", message: "{0} at {at}", first: 0, size: 6, shape: [0] },
    },
    {
      shapes: [[0]],
      dtypes: ["bool"],
      params: { error: "ShapeError", message: "nothing", first: 0, size: 0, shape: [0] },
    },
  ],
};

/**
 * A check that throws at the first element that is true. The message shows the values at its place. The node has no elements; it is there to be
 * computed.
 */
export function check(wrong: Node, shown: readonly Node[], { error, message, first = 0 }: Complaint): Node {
  return apply(checkEach, [wrong, ...shown], { error, message, first, size: wrong.size, shape: [0] });
}

type CheckedParams = { readonly low: number; readonly high: number };

export const checkedValues: Checked<CheckedParams> = {
  kind: "checked",
  name: "checked",
  shape([x, token]) {
    if (sameShape(token!.slice(-1), [0])) return x!;
    throw new ShapeError(`checked: ${show(token!)} is no check`);
  },
  dtype: ([dtype]) => dtype!,
  vjp: (ct) => [ct, null],
  jvp: ([dx]) => dx ?? null,
  evaluate: ([x]) => x!.data,
  bounds: ({ params: { low, high } }) => ({ low: Number(low), high: Number(high) }),
  samples: [
    { shapes: [[2, 3], [0]], dtypes: ["float64", "bool"], params: { low: -2, high: 2 } },
    { shapes: [[], [2, 0]], dtypes: ["float64", "bool"], params: { low: -Infinity, high: Infinity } },
  ],
};

/** x, whose elements lie within `low` … `high` if the check passes. */
export function checked(x: Node, passed: Node, low = -Infinity, high = Infinity): Node {
  return apply(checkedValues, [x, passed], { low, high });
}
