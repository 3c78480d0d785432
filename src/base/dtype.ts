/**
 * Element types: what they are called, how they are stored, how they mix.
 *
 * Promotion follows NumPy within integers and within floats; an integer mixed with a float takes the float's type
 * (PyTorch, JAX), so that int32 + float32 stays float32. A JavaScript number is weak: it takes the tensor's dtype where that can hold it.
 */
import { DTypeError } from "./errors.ts";

export type DType = "float32" | "float64" | "int32" | "uint8" | "bool";

/** What a tensor's values are stored in, row by row; bool as 0 and 1 in bytes. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

type Kind = "bool" | "integer" | "float";

interface DTypeInfo {
  readonly kind: Kind;
  /** bytes of one element */
  readonly itemsize: number;
  /** its place in the order of promotion; of two dtypes the later one wins */
  readonly rank: number;
}

export const dtypeInfo: Readonly<Record<DType, DTypeInfo>> = {
  bool: { kind: "bool", itemsize: 1, rank: 0 },
  uint8: { kind: "integer", itemsize: 1, rank: 1 },
  int32: { kind: "integer", itemsize: 4, rank: 2 },
  float32: { kind: "float", itemsize: 4, rank: 3 },
  float64: { kind: "float", itemsize: 8, rank: 4 },
};

export const dtypes = Object.keys(dtypeInfo) as readonly DType[]; // Object.keys forgets the key type

export function isDType(name: string): name is DType {
  return Object.hasOwn(dtypeInfo, name);
}

export function isFloat(dtype: DType): boolean {
  return dtypeInfo[dtype].kind === "float";
}

/** The dtype that can take part in arithmetic with both. */
export function promote(a: DType, b: DType): DType {
  return dtypeInfo[a].rank >= dtypeInfo[b].rank ? a : b;
}

/**
 * The dtype of a JavaScript number beside a tensor of `dtype`: the tensor's own, except that a fraction beside an
 * integer is float32 and a whole number beside a bool is int32.
 */
export function weakScalarDType(value: number | boolean, dtype: DType): DType {
  if (typeof value === "boolean" || isFloat(dtype)) return dtype;
  if (!Number.isInteger(value)) return "float32";
  return dtype === "bool" ? "int32" : dtype;
}

/** The floating dtype of `dtype`: itself, or float32 for integers and bool. */
export function floatDType(dtype: DType): DType {
  return isFloat(dtype) ? dtype : "float32";
}

/** A zero-filled array for `size` elements. */
export function allocate(dtype: DType, size: number): TypedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(size);
    case "float64":
      return new Float64Array(size);
    case "int32":
      return new Int32Array(size);
    case "uint8":
    case "bool":
      return new Uint8Array(size);
    default:
      dtype satisfies never;
      throw new DTypeError(`unknown dtype ${String(dtype)}`);
  }
}

/** A view of `size` elements of `dtype` in `buffer` from byte `offset`. */
export function viewBuffer(dtype: DType, buffer: ArrayBufferLike, offset: number, size: number): TypedArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer, offset, size);
    case "float64":
      return new Float64Array(buffer, offset, size);
    case "int32":
      return new Int32Array(buffer, offset, size);
    case "uint8":
    case "bool":
      return new Uint8Array(buffer, offset, size);
    default:
      dtype satisfies never;
      throw new DTypeError(`unknown dtype ${String(dtype)}`);
  }
}

/** The nearest value of `dtype`: rounds to float32, wraps integers as C does, makes bool of anything but zero. */
export function castScalar(value: number, dtype: DType): number {
  switch (dtype) {
    case "float32":
      return Math.fround(value);
    case "float64":
      return value;
    case "int32":
      return value | 0;
    case "uint8":
      return value & 255;
    case "bool":
      return value !== 0 ? 1 : 0;
    default:
      return dtype satisfies never;
  }
}
