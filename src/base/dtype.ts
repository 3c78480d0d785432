/**
 * Element types: what they are called, how they are stored, how they mix.
 *
 * `dtypeInfo` is the one place that describes a dtype; devices, files and printing read its row. float16 and bfloat16 are formats of
 * storage: compiled code loads them into float32, computes there, and rounds every result to the nearest, ties to even. JavaScript holds
 * their values, exactly, in a `Float32Array`; only memory of devices and files have their two bytes (`encode`, `decode`).
 * Integers of 64 bits are bigints in JavaScript, so that none is rounded.
 */
import { type FloatFormat, roundToFormat } from "./float-format.ts";

/** What holds one number while compiled code computes with it. Unsigned ones compare, divide and convert unsigned; a mask is true or false. */
export type Register = "f32" | "f64" | "i32" | "u32" | "i64" | "u64" | "mask";

/** How compiled code finds a number in memory; a half is an i16 that holds the bits of its format. */
export type Element = "f32" | "f64" | "i8" | "u8" | "i16" | "u16" | "i32" | "i64" | "bool";

/** Values as JavaScript numbers; bool as 0 and 1 in bytes. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;

/** Values of int64 and uint64. */
export type BigIntArray = BigInt64Array | BigUint64Array;

/** What a tensor's values are held in, row by row. */
export type TypedArray = NumberArray | BigIntArray;

type Kind = "bool" | "integer" | "float" | "complex";

interface DTypeInfo {
  readonly kind: Kind;
  /** whether negative numbers are among its values */
  readonly signed: boolean;
  /** bytes of one element in devices and files */
  readonly itemsize: number;
  /** what JavaScript holds its values in */
  readonly array: {
    new (size: number): TypedArray;
    new (buffer: ArrayBufferLike, offset: number, size: number): TypedArray;
  };
  readonly element: Element;
  readonly register: Register;
  /** of floats: bits of exponent and fraction */
  readonly format?: FloatFormat;
}

const table = {
  bool: { kind: "bool", signed: false, itemsize: 1, array: Uint8Array, element: "bool", register: "mask" },
  uint8: { kind: "integer", signed: false, itemsize: 1, array: Uint8Array, element: "u8", register: "i32" },
  int8: { kind: "integer", signed: true, itemsize: 1, array: Int8Array, element: "i8", register: "i32" },
  uint16: { kind: "integer", signed: false, itemsize: 2, array: Uint16Array, element: "u16", register: "i32" },
  int16: { kind: "integer", signed: true, itemsize: 2, array: Int16Array, element: "i16", register: "i32" },
  uint32: { kind: "integer", signed: false, itemsize: 4, array: Uint32Array, element: "i32", register: "u32" },
  int32: { kind: "integer", signed: true, itemsize: 4, array: Int32Array, element: "i32", register: "i32" },
  uint64: { kind: "integer", signed: false, itemsize: 8, array: BigUint64Array, element: "i64", register: "u64" },
  int64: { kind: "integer", signed: true, itemsize: 8, array: BigInt64Array, element: "i64", register: "i64" },
  float16: {
    kind: "float",
    signed: true,
    itemsize: 2,
    array: Float32Array,
    element: "i16",
    register: "f32",
    format: { exponent: 5, fraction: 10 },
  },
  bfloat16: {
    kind: "float",
    signed: true,
    itemsize: 2,
    array: Float32Array,
    element: "i16",
    register: "f32",
    format: { exponent: 8, fraction: 7 },
  },
  float32: {
    kind: "float",
    signed: true,
    itemsize: 4,
    array: Float32Array,
    element: "f32",
    register: "f32",
    format: { exponent: 8, fraction: 23 },
  },
  float64: {
    kind: "float",
    signed: true,
    itemsize: 8,
    array: Float64Array,
    element: "f64",
    register: "f64",
    format: { exponent: 11, fraction: 52 },
  },
  // pairs of float32, real and imaginary part; devices see the parts alone
  complex64: {
    kind: "complex",
    signed: true,
    itemsize: 8,
    array: Float32Array,
    element: "f32",
    register: "f32",
    format: { exponent: 8, fraction: 23 },
  },
} as const satisfies Readonly<Record<string, DTypeInfo>>;

export type DType = keyof typeof table;

export const dtypeInfo: Readonly<Record<DType, DTypeInfo>> = table;

/** The dtypes of which devices hold elements: all but complex64. */
export const dtypes = /* @__PURE__ */ (Object.keys(dtypeInfo) as readonly DType[]) // Object.keys forgets the key type
  .filter((dtype) => !isComplex(dtype));

export function isDType(name: string): name is DType {
  return Object.hasOwn(dtypeInfo, name);
}

export function isFloat(dtype: DType): boolean {
  return dtypeInfo[dtype].kind === "float";
}

export function isComplex(dtype: DType): dtype is "complex64" {
  return dtypeInfo[dtype].kind === "complex";
}

/** Whether its numbers are rounded: floats and complex ones, which have derivatives and NaN. */
export function isInexact(dtype: DType): boolean {
  return isFloat(dtype) || isComplex(dtype);
}

/** Whether it is stored in two bytes and computed in float32. */
export function isHalf(dtype: DType): dtype is "float16" | "bfloat16" {
  return isFloat(dtype) && dtypeInfo[dtype].itemsize === 2;
}

/** The dtype in which statistics of `dtype` are computed: float32 for halves. */
export function wideDType(dtype: DType): DType {
  return isHalf(dtype) ? "float32" : dtype;
}

/** Whether JavaScript holds its values as bigints. */
export function isBigInt(dtype: DType): dtype is "int64" | "uint64" {
  return dtypeInfo[dtype].kind === "integer" && dtypeInfo[dtype].itemsize === 8;
}

/** Distance of 1 to the next number of a floating dtype. */
export function epsilonOf(dtype: DType): number {
  return 2 ** -formatOf(dtype).fraction;
}

/** The greatest number of a floating dtype: (2 − 2⁻ᶠ) · 2ᵇ with f bits of fraction and the exponent's bias b. */
export function greatestOf(dtype: DType): number {
  return (2 - epsilonOf(dtype)) * 2 ** (2 ** (formatOf(dtype).exponent - 1) - 1);
}

/** The least value of a dtype: −∞ of floats. */
export function leastOf(dtype: DType): number | bigint {
  const { kind, signed, itemsize } = dtypeInfo[dtype];
  if (kind === "float" || kind === "complex") return Number.NEGATIVE_INFINITY;
  return signed ? castScalar(-(2n ** BigInt(8 * itemsize - 1)), dtype) : 0;
}

function formatOf(dtype: DType): FloatFormat {
  const { format } = dtypeInfo[dtype];
  if (format === undefined) throw new Error(`base: ${dtype} is no floating dtype`);
  return format;
}

// ----------------------------------------------------------------------------------------------------------- promotion

/**
 * The dtype that can take part in arithmetic with all of them: NumPy's within integers and within floats; an integer mixed with a float
 * takes the float's dtype (PyTorch, JAX), so that int32 + float32 stays float32.
 *
 *                | bool   u8     i8     u16    i16    u32    i32    u64    i64   | f16   bf16  f32   f64
 *     -----------+---------------------------------------------------------------+----------------------
 *     bool       | bool   u8     i8     u16    i16    u32    i32    u64    i64   | f16   bf16  f32   f64
 *     uint8      |        u8     i16    u16    i16    u32    i32    u64    i64   | f16   bf16  f32   f64
 *     int8       |               i8     i32    i16    i64    i32    f64    i64   | f16   bf16  f32   f64
 *     uint16     |                      u16    i32    u32    i32    u64    i64   | f16   bf16  f32   f64
 *     int16      |                             i16    i64    i32    f64    i64   | f16   bf16  f32   f64
 *     uint32     |                                    u32    i64    u64    i64   | f16   bf16  f32   f64
 *     int32      |                                           i32    f64    i64   | f16   bf16  f32   f64
 *     uint64     |                                                  u64    f64   | f16   bf16  f32   f64
 *     int64      |                                                         i64   | f16   bf16  f32   f64
 *     float16    |                                                               | f16   f32   f32   f64
 *     bfloat16   |                                                               |       bf16  f32   f64
 *     float32    |                                                               |             f32   f64
 *     float64    |                                                               |                   f64
 *
 * Beside complex64 everything is complex64, float64 as well: there is no wider complex dtype.
 */
export function promote(first: DType, ...others: readonly DType[]): DType {
  const all = [first, ...others];
  if (all.some(isComplex)) return "complex64";
  const floats = all.filter(isFloat);
  return floats.length > 0 ? floats.reduce(widerFloat) : all.reduce(widerInteger);
}

function widerFloat(a: DType, b: DType): DType {
  if (a === b) return a;
  const [x, y] = [dtypeInfo[a].itemsize, dtypeInfo[b].itemsize];
  return x === y ? "float32" : x > y ? a : b; // of one size and different: the halves, neither of which holds the other
}

function widerInteger(a: DType, b: DType): DType {
  if (isFloat(a) || a === b) return a; // a float came of two integers before
  const [x, y] = [dtypeInfo[a], dtypeInfo[b]];
  if (x.kind === "bool" || y.kind === "bool") return x.kind === "bool" ? b : a;
  if (x.signed === y.signed) return x.itemsize > y.itemsize ? a : b;
  const [signed, unsigned] = x.signed ? [a, b] : [b, a];
  const [s, u] = [dtypeInfo[signed].itemsize, dtypeInfo[unsigned].itemsize];
  return s > u ? signed : (signedAbove[u] ?? "float64");
}

/** The least signed integer that holds unsigned ones of so many bytes. */
const signedAbove: Readonly<Record<number, DType>> = { 1: "int16", 2: "int32", 4: "int64" };

/**
 * The dtype of a JavaScript number beside a tensor of `dtype`: the tensor's own, except that a fraction beside an
 * integer is float32 and a whole number beside a bool is int32, a bigint int64. Where an integer dtype does not hold the number, the next
 * wider one that does: int8 beside 200 is int16, so that neither a sum nor a comparison is with another number.
 */
export function weakScalarDType(value: number | bigint | boolean, dtype: DType): DType {
  if (typeof value === "boolean" || isInexact(dtype)) return dtype;
  if (typeof value === "number" && !Number.isInteger(value)) return "float32";
  const own = dtype !== "bool" ? dtype : typeof value === "bigint" ? "int64" : "int32";
  if (holds(own, value)) return own;
  const wider = dtypes.filter((d) => dtypeInfo[d].kind === "integer").map((d) => promote(own, d));
  return wider.find((d) => isFloat(d) || holds(d, value)) ?? "float64";
}

function holds(dtype: DType, value: number | bigint): boolean {
  return castScalar(value, dtype) === simplest(value);
}

/** The floating or complex dtype of `dtype`: itself, or float32 for integers and bool. */
export function floatDType(dtype: DType): DType {
  return isInexact(dtype) ? dtype : "float32";
}

/** The least dtype in which numbers of `dtype` are added up or multiplied: floats in their own, integers and bool in 32 bits at least. */
export function leastSumDType(dtype: DType): DType {
  return isInexact(dtype) || isBigInt(dtype) ? dtype : promote(dtype, "int32");
}

/**
 * The dtype of a sum of `count` numbers of `dtype`: floats in their own; integers and bool in int32 if that holds every such sum, whatever
 * the numbers are, else in 64 bits, where only sums beyond 2⁶³ wrap around, as NumPy's. (NumPy takes 64 bits for all.)
 */
export function sumDType(dtype: DType, count: number): DType {
  const { low, high } = rangeOfDType(dtype);
  return dtypeWithin(dtype, count * low, count * high);
}

/** The same of a product of `count` numbers of `dtype`. */
export function productDType(dtype: DType, count: number): DType {
  const { low, high } = rangeOfDType(dtype);
  const most = Math.max(-low, high) ** count;
  return dtypeWithin(dtype, low < 0 ? -most : 0, most);
}

/**
 * The dtype of a sum of `count` products of two numbers of `dtype`. Integers below 32 bits take int32 if that holds it, else int64; those of
 * 32 and 64 bits keep their dtype and wrap around, as NumPy's matmul does.
 */
export function contractionDType(dtype: DType, count: number): DType {
  if (dtypeInfo[dtype].itemsize >= 4) return leastSumDType(dtype);
  const { low, high } = rangeOfDType(dtype);
  return dtypeWithin(dtype, count * low * high, count * Math.max(low * low, high * high));
}

/** The dtype of whole numbers from `low` to `high` made of those of `dtype`. */
function dtypeWithin(dtype: DType, low: number, high: number): DType {
  const least = leastSumDType(dtype);
  return least === "int32" && (low < -(2 ** 31) || high >= 2 ** 31) ? "int64" : least;
}

/** The least and the greatest value of a dtype, as float64. */
function rangeOfDType(dtype: DType): { readonly low: number; readonly high: number } {
  const { kind, signed, itemsize } = dtypeInfo[dtype];
  if (kind === "bool") return { low: 0, high: 1 };
  const bits = 8 * itemsize;
  return signed ? { low: -(2 ** (bits - 1)), high: 2 ** (bits - 1) - 1 } : { low: 0, high: 2 ** bits - 1 };
}

// -------------------------------------------------------------------------------------------------------------- values

/**
 * The nearest value of `dtype`: rounds floats, wraps integers as C does, makes bool of anything but zero. Of an integer of 64 bits a
 * number where that is exact, else a bigint.
 */
export function castScalar(value: number, dtype: Exclude<DType, "int64" | "uint64">): number;
export function castScalar(value: number | bigint, dtype: DType): number | bigint;
export function castScalar(value: number | bigint, dtype: DType): number | bigint {
  const { kind, signed, itemsize, format } = dtypeInfo[dtype];
  if (kind === "bool") return Number(value) !== 0 ? 1 : 0; // NaN is not 0
  if (format !== undefined) return roundToFormat(value, format);
  if (isBigInt(dtype)) return simplest((signed ? BigInt.asIntN : BigInt.asUintN)(64, wholeOf(value)));
  const bits = 32 - 8 * itemsize;
  const low = typeof value === "bigint" ? Number(BigInt.asIntN(32, value)) : value;
  return signed ? (low << bits) >> bits : (low << bits) >>> bits;
}

/** The whole part; 0 of what is no finite number. */
export function wholeOf(value: number | bigint): bigint {
  if (typeof value === "bigint") return value;
  return Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n;
}

/** A number instead of a bigint, if it is one exactly. */
export function simplest(value: number | bigint): number | bigint {
  if (typeof value === "number") return value;
  return BigInt.asIntN(53, value) === value ? Number(value) : value;
}
