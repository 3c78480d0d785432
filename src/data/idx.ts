/**
 * IDX, the format of the MNIST files: a big-endian array with its shape.
 *
 *     2 bytes     0
 *     1 byte      type: 08 unsigned byte, 09 signed byte, 0B int16, 0C int32, 0D float32, 0E float64
 *     1 byte      number of axes n
 *     4n bytes    sizes, int32
 *     the rest    values, row by row
 *
 * Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits, "File formats".
 */
import {
  allocate,
  type DType,
  FormatError,
  type NumberArray,
  numbersOf,
  type Shape,
  show,
  sizeOf,
} from "../base/index.ts";

export interface IdxArray {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: NumberArray;
}

interface IdxType {
  readonly dtype: DType;
  /** bytes of one value in the file */
  readonly size: number;
  readonly read: (view: DataView, at: number) => number;
}

const types: Readonly<Record<number, IdxType>> = {
  8: { dtype: "uint8", size: 1, read: (v, at) => v.getUint8(at) },
  9: { dtype: "int32", size: 1, read: (v, at) => v.getInt8(at) },
  11: { dtype: "int32", size: 2, read: (v, at) => v.getInt16(at) },
  12: { dtype: "int32", size: 4, read: (v, at) => v.getInt32(at) },
  13: { dtype: "float32", size: 4, read: (v, at) => v.getFloat32(at) },
  14: { dtype: "float64", size: 8, read: (v, at) => v.getFloat64(at) },
};

/**
 * The array in an unpacked IDX file; small integers become int32. `name` is for errors.
 *
 * @throws FormatError  when the file is no IDX file, or has fewer or more bytes than its shape says
 */
export function parseIdx(bytes: Uint8Array, name = "idx"): IdxArray {
  const fail = (message: string): never => {
    throw new FormatError(`${name}: ${message}`);
  };
  if (bytes.length < 4)
    return fail(`${bytes.length} bytes are too few for an IDX file, which begins with 4 that say what it holds`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0) !== 0) return fail(`byte 0: an IDX file begins with two zeros, found ${bytes[0]} ${bytes[1]}`);
  const type = types[bytes[2]!];
  if (type === undefined) return fail(`byte 2: ${bytes[2]} is no IDX type; 8, 9, 11, 12, 13, 14 are`);
  const ndim = bytes[3]!;
  const start = 4 + 4 * ndim;
  if (bytes.length < start)
    return fail(`byte ${bytes.length}: the file ends within the sizes of its ${ndim} axes; it is truncated`);
  const shape = Array.from({ length: ndim }, (_, i) => view.getUint32(4 + 4 * i));
  const needed = start + sizeOf(shape) * type.size;
  if (bytes.length < needed)
    return fail(`byte ${bytes.length}: the file ends early; ${show(shape)} needs ${needed} bytes; it is truncated`);
  if (bytes.length > needed)
    return fail(`byte ${needed}: the values of ${show(shape)} end here, but ${bytes.length - needed} bytes follow`);
  if (type.size === 1 && type.dtype === "uint8")
    return { dtype: "uint8", shape, data: Uint8Array.from(bytes.subarray(start)) };
  const data = numbersOf(allocate(type.dtype, sizeOf(shape)));
  for (let i = 0, at = start; i < data.length; i++, at += type.size) data[i] = type.read(view, at);
  return { dtype: type.dtype, shape, data };
}
