/**
 * Addition, the one elementwise primitive that is written out in full. It stands before the families because they
 * need it: tangents and cotangents of one node are summed.
 */
import { allocate, type Elements, isBigInt, sizeOf } from "../base/index.ts";
import { apply, type Node } from "./node.ts";
import type { Elementwise } from "./primitive.ts";
import { commonDType, commonShape, numeric } from "./rules.ts";

export const addition: Elementwise = {
  kind: "elementwise",
  name: "add",
  commutative: true,
  shape: (shapes) => commonShape("add", shapes),
  dtype: (dtypes) => commonDType("add", dtypes, numeric),
  vjp: (ct, node) => node.inputs.map((x) => (x.requiresGrad ? ct : null)), // y = a + b: dy = da + db
  jvp: (tangents) => sumOfTangents(tangents),
  evaluate([a, b], _params, shape, dtype) {
    const out = allocate(dtype, sizeOf(shape));
    const sums: Elements = out;
    const [x, y] = [a!.data, b!.data];
    if (isBigInt(dtype)) for (let i = 0; i < sums.length; i++) sums[i] = BigInt(x[i]!) + BigInt(y[i]!);
    else for (let i = 0; i < sums.length; i++) sums[i] = Number(x[i]) + Number(y[i]);
    return out;
  },
  lower: (b, [x, y]) => b.add(x!, y!),
  samples: [
    {
      shapes: [
        [2, 3],
        [2, 3],
      ],
    },
    { shapes: [[], []] },
    {
      shapes: [
        [0, 1],
        [0, 1],
      ],
    },
    {
      shapes: [[5], [5]],
      values: [
        [0, -0, Infinity, Infinity, NaN],
        [0, -0, -Infinity, 1, 1],
      ],
    },
  ],
};

/** a + b */
export const add = Object.assign((a: Node, b: Node): Node => apply(addition, [a, b], {}), { primitive: addition });

/** The sum of those that are not zero; null if all are. */
export function sumOfTangents(tangents: readonly (Node | null)[]): Node | null {
  let sum: Node | null = null;
  for (const t of tangents) if (t !== null) sum = sum === null ? t : add(sum, t);
  return sum;
}
