/** Arrays of elements: made, read from and written to memory as a dtype's row in `dtypeInfo` says. */
import {
  type BigIntArray,
  type DType,
  dtypeInfo,
  isComplex,
  isHalf,
  type NumberArray,
  type TypedArray,
  wholeOf,
} from "./dtype.ts";
import { bitsOf, type FloatFormat, fromBits } from "./float-format.ts";

/** Any typed array, as a list of numbers or bigints: for what only moves elements about. An element goes only where its like was. */
export interface Elements {
  readonly length: number;
  [index: number]: number | bigint;
}

/** A zero-filled array for `size` elements; complex ones take two places each, real part first. */
export function allocate(dtype: DType, size: number): TypedArray {
  return new dtypeInfo[dtype].array(placesOf(dtype, size));
}

function placesOf(dtype: DType, size: number): number {
  return isComplex(dtype) ? 2 * size : size;
}

/** An array of `size` elements, all of `value`, which must be one of `dtype`. */
export function filledArray(dtype: DType, size: number, value: number | bigint): TypedArray {
  const array = allocate(dtype, size);
  if (isBigIntArray(array)) return array.fill(wholeOf(value));
  return array.fill(Number(value));
}

export function isBigIntArray(array: TypedArray): array is BigIntArray {
  return array instanceof BigInt64Array || array instanceof BigUint64Array;
}

/** The values as numbers; bigints become the nearest float64. */
export function numbersOf(array: TypedArray): NumberArray {
  return isBigIntArray(array) ? Float64Array.from(array, Number) : array;
}

/** The greatest of the values, NaN if one is; `from` where there are none. A long list would not fit the stack as arguments of `Math.max`. */
export function maxOf(values: ArrayLike<number>, from = Number.NEGATIVE_INFINITY): number {
  let greatest = from;
  for (let i = 0; i < values.length; i++) greatest = Math.max(greatest, values[i]!);
  return greatest;
}

/** The least of the values, NaN if one is; infinity where there are none. */
export function minOf(values: ArrayLike<number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < values.length; i++) least = Math.min(least, values[i]!);
  return least;
}

// -------------------------------------------------------------------------------------------------------------- memory

/** `size` elements of `dtype` in `buffer` from byte `offset`, in place; halves as their bits. */
export function viewBuffer(dtype: DType, buffer: ArrayBufferLike, offset: number, size: number): TypedArray {
  const array = isHalf(dtype) ? Uint16Array : dtypeInfo[dtype].array;
  return new array(buffer, offset, placesOf(dtype, size));
}

/** A copy of the values in a view of memory. */
export function decode(dtype: DType, memory: TypedArray): TypedArray {
  const { format } = dtypeInfo[dtype];
  if (!isHalf(dtype) || format === undefined) return memory.slice();
  return Float32Array.from(numbersOf(memory), (bits) => fromBits(bits, format));
}

/** Writes values into a view of memory as long as they are. */
export function encode(dtype: DType, values: TypedArray, memory: TypedArray): void {
  const { format } = dtypeInfo[dtype];
  if (isHalf(dtype) && format !== undefined) writeBits(values, memory, format);
  else if (isBigIntArray(memory))
    memory.set(values as BigIntArray); // both are of the dtype
  else memory.set(values as NumberArray); // both are of the dtype
}

function writeBits(values: TypedArray, memory: Elements, format: FloatFormat): void {
  for (let i = 0; i < values.length; i++) memory[i] = bitsOf(Number(values[i]), format);
}
