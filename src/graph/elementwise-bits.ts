/** Bits of integers: logic, shifts, and the counter-based random bits that are made of them. */
import {
  allocate,
  type DType,
  dtypeInfo,
  type Elements,
  isBigInt,
  numbersOf,
  sizeOf,
  ValueError,
} from "../base/index.ts";
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
  bigint: (x) => ~x,
  lower: (b, x) => b.not(x),
  at: [0, 1, -1, 255],
});

export const bitwiseAnd = binary("bitwiseAnd", {
  dtypes: integers,
  commutative: true,
  evaluate: (a, b) => a & b,
  bigint: (a, b) => a & b,
  lower: (b, x, y) => b.and(x, y),
  at: words,
});

export const bitwiseOr = binary("bitwiseOr", {
  dtypes: integers,
  commutative: true,
  evaluate: (a, b) => a | b,
  bigint: (a, b) => a | b,
  lower: (b, x, y) => b.or(x, y),
  at: words,
});

export const bitwiseXor = binary("bitwiseXor", {
  dtypes: integers,
  commutative: true,
  evaluate: (a, b) => a ^ b,
  bigint: (a, b) => a ^ b,
  lower: (b, x, y) => b.xor(x, y),
  at: words,
});

// ---- shifts by a constant -------------------------------------------------------------------------------------------

type ShiftParams = { readonly bits: number };

interface Shift {
  readonly number: (x: number, bits: number, dtype: DType) => number;
  readonly bigint: (x: bigint, bits: bigint) => bigint;
  readonly lower: (b: ScalarBuilder, x: Value, bits: number, dtype: DType) => Value;
}

function shift(name: string, { number, bigint, lower }: Shift): Elementwise<ShiftParams> {
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
      const results: Elements = out;
      const by = BigInt(bits);
      if (isBigInt(dtype)) for (let i = 0; i < out.length; i++) results[i] = bigint(BigInt(x!.data[i]!), by);
      else for (let i = 0; i < out.length; i++) results[i] = number(Number(x!.data[i]), bits, dtype);
      return out;
    },
    lower: (b, [x], { bits }, _dtypes, dtype) => lower(b, x!, bits, dtype),
    samples: [
      { shapes: [[4]], dtypes: ["int32"], params: { bits: 3 }, values: [[1, -1, 2147483647, -2147483648]] },
      { shapes: [[2]], dtypes: ["int32"], params: { bits: 0 }, values: [[5, -5]] },
      { shapes: [[0]], dtypes: ["int32"], params: { bits: 31 } },
    ],
  };
}

export const leftShift = shift("shiftLeft", {
  number: (x, bits) => x << bits,
  bigint: (x, bits) => x << bits,
  lower: (b, x, bits) => b.shl(x, bits),
});
export const arithmeticRightShift = shift("shiftRight", {
  number: (x, bits, dtype) => (dtypeInfo[dtype].signed ? x >> bits : x >>> bits),
  bigint: (x, bits) => x >> bits,
  lower: (b, x, bits, dtype) => (dtypeInfo[dtype].signed ? b.shrS(x, bits) : b.shrU(x, bits)),
});
export const logicalRightShift = shift("shiftRightLogical", {
  number: (x, bits, dtype) => (x & ownBits(dtype)) >>> bits,
  bigint: (x, bits) => BigInt.asUintN(64, x) >> bits,
  lower: (b, x, bits, dtype) => {
    const narrow = dtypeInfo[dtype].signed && dtypeInfo[dtype].itemsize < 4; // the register repeats the sign above
    return b.shrU(narrow ? b.and(x, b.constant(x.type, ownBits(dtype))) : x, bits);
  },
});

/** Ones where a register of 32 bits holds bits of the dtype itself. */
function ownBits(dtype: DType): number {
  return dtypeInfo[dtype].itemsize < 4 ? 2 ** (8 * dtypeInfo[dtype].itemsize) - 1 : -1;
}

function shifted(primitive: Elementwise<ShiftParams>, x: Node, bits: number): Node {
  const most = isBigInt(x.dtype) ? 63 : 31;
  if (!Number.isInteger(bits) || bits < 0 || bits > most) {
    throw new ValueError(`${primitive.name}: shifts ${x.dtype} by 0 to ${most} bits, not by ${bits}`);
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
    const out = numbersOf(allocate(dtype, sizeOf(shape)));
    const [first, second, index] = [key0!, key1!, counter!].map((x) => numbersOf(x.data));
    for (let i = 0; i < out.length; i++) out[i] = threefryWord(first![i]!, second![i]!, index![i]!);
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
