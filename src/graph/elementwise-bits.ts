/** Bits of integers: logic, shifts, and the counter-based random bits that are made of them. */
import { allocate, sizeOf, ValueError } from "../base/index.ts";
import { binary, unary } from "./families.ts";
import { lowerThreefry } from "./math/index.ts";
import { apply, type Node } from "./node.ts";
import type { Elementwise } from "./primitive.ts";
import { checkDType, commonDType, commonShape, integers } from "./rules.ts";
import type { ScalarBuilder, Value } from "./scalar.ts";
import { threefry as threefryWord } from "./special.ts";

const words = [
  [0b1100, 0b1010],
  [-1, 5],
  [255, 256],
  [-2147483648, 2147483647],
] as const;

/** Every bit of x turned. */
export const bitwiseNot = unary("bitwiseNot", {
  dtypes: integers,
  evaluate: (x) => ~x,
  lower: (b, x) => b.not(x),
  at: [0, 1, -1, 255],
});

export const bitwiseAnd = binary("bitwiseAnd", {
  dtypes: integers,
  commutative: true,
  evaluate: (a, b) => a & b,
  lower: (b, x, y) => b.and(x, y),
  at: words,
});

export const bitwiseOr = binary("bitwiseOr", {
  dtypes: integers,
  commutative: true,
  evaluate: (a, b) => a | b,
  lower: (b, x, y) => b.or(x, y),
  at: words,
});

export const bitwiseXor = binary("bitwiseXor", {
  dtypes: integers,
  commutative: true,
  evaluate: (a, b) => a ^ b,
  lower: (b, x, y) => b.xor(x, y),
  at: words,
});

// ---- shifts by a constant -------------------------------------------------------------------------------------------

type ShiftParams = { readonly bits: number };

function shift(
  name: string,
  evaluate: (x: number, bits: number) => number,
  lower: (b: ScalarBuilder, x: Value, bits: number) => Value,
): Elementwise<ShiftParams> {
  return {
    kind: "elementwise",
    name,
    shape: (shapes) => commonShape(name, shapes),
    dtype(found) {
      checkDType(name, found[0]!, integers);
      return found[0]!;
    },
    vjp: () => [null],
    jvp: () => null,
    evaluate([x], { bits }, shape, dtype) {
      const out = allocate(dtype, sizeOf(shape));
      for (let i = 0; i < out.length; i++) out[i] = evaluate(x!.data[i]!, bits);
      return out;
    },
    lower: (b, [x], { bits }) => lower(b, x!, bits),
    samples: [
      { shapes: [[4]], dtypes: ["int32"], params: { bits: 3 }, values: [[1, -1, 2147483647, -2147483648]] },
      { shapes: [[2]], dtypes: ["int32"], params: { bits: 0 }, values: [[5, -5]] },
      { shapes: [[0]], dtypes: ["int32"], params: { bits: 31 } },
    ],
  };
}

export const leftShift = shift(
  "shiftLeft",
  (x, bits) => x << bits,
  (b, x, bits) => b.shl(x, bits),
);
export const arithmeticRightShift = shift(
  "shiftRight",
  (x, bits) => x >> bits,
  (b, x, bits) => b.shrS(x, bits),
);
export const logicalRightShift = shift(
  "shiftRightLogical",
  (x, bits) => x >>> bits,
  (b, x, bits) => b.shrU(x, bits),
);

function shifted(primitive: Elementwise<ShiftParams>, x: Node, bits: number): Node {
  if (!Number.isInteger(bits) || bits < 0 || bits > 31) {
    throw new ValueError(`${primitive.name}: shifts by 0 to 31 bits, not by ${bits}`);
  }
  return apply(primitive, [x], { bits });
}

/** x · 2^bits, modulo the dtype's size. */
export function shiftLeft(x: Node, bits: number): Node {
  return shifted(leftShift, x, bits);
}

/** ⌊x / 2^bits⌋ */
export function shiftRight(x: Node, bits: number): Node {
  return shifted(arithmeticRightShift, x, bits);
}

/** The bits of x moved down, zeros coming in from above. */
export function shiftRightLogical(x: Node, bits: number): Node {
  return shifted(logicalRightShift, x, bits);
}

// ---- random bits ----------------------------------------------------------------------------------------------------

export const threefryElementwise: Elementwise = {
  kind: "elementwise",
  name: "threefry",
  expensive: true,
  shape: (shapes) => commonShape("threefry", shapes),
  dtype: (found) => commonDType("threefry", found, ["int32"]),
  vjp: () => [null, null, null],
  jvp: () => null,
  evaluate([key0, key1, counter], _params, shape, dtype) {
    const out = allocate(dtype, sizeOf(shape));
    for (let i = 0; i < out.length; i++) out[i] = threefryWord(key0!.data[i]!, key1!.data[i]!, counter!.data[i]!);
    return out;
  },
  lower: (b, [key0, key1, counter]) => lowerThreefry(b, key0!, key1!, counter!),
  samples: [
    {
      shapes: [[5], [5], [5]],
      dtypes: ["int32", "int32", "int32"],
      values: [
        [0, 1, -1, 5, 5],
        [0, 2, -1, 7, 7],
        [0, 3, -1, 8, 9],
      ],
    },
    { shapes: [[0], [0], [0]], dtypes: ["int32", "int32", "int32"] },
  ],
};

/** Random bits that depend on nothing but the key and the counter, all int32; see `special.ts`. */
export const threefry = Object.assign(
  (key0: Node, key1: Node, counter: Node): Node => apply(threefryElementwise, [key0, key1, counter], {}),
  { primitive: threefryElementwise },
);
