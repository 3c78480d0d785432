/**
 * The safetensors format: named arrays in one file, safe to read from strangers because it holds nothing but numbers.
 *
 *     8 bytes          N, the header's length: unsigned, little endian
 *     N bytes          the header: JSON, `{"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, …}`, padded with spaces;
 *                      `__metadata__` holds texts by name
 *     the rest         the arrays' bytes, row by row, little endian; offsets count from here, without gap or overlap
 *
 * A reader checks everything before it hands out anything: a file that is wrong anywhere loads nothing.
 *
 * Source: https://huggingface.co/docs/safetensors, "Format".
 */
import {
  type DType,
  decode,
  dtypeInfo,
  dtypes,
  encode,
  FormatError,
  isHalf,
  type Shape,
  show,
  sizeOf,
  type TypedArray,
  viewBuffer,
} from "../base/index.ts";
import { duplicateKey } from "./json.ts";

/** An array as the file holds it. */
export interface StoredArray {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: TypedArray;
}

/** What a file holds. */
export interface SafetensorsContent {
  readonly arrays: ReadonlyMap<string, StoredArray>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** How dtypes are called in the header. */
const codeOf = {
  bool: "BOOL",
  uint8: "U8",
  int8: "I8",
  uint16: "U16",
  int16: "I16",
  uint32: "U32",
  int32: "I32",
  uint64: "U64",
  int64: "I64",
  float16: "F16",
  bfloat16: "BF16",
  float32: "F32",
  float64: "F64",
  complex64: "C64",
} as const satisfies Record<DType, string>;

const dtypeOf = new Map<string, DType>([...dtypes, "complex64" as const].map((dtype) => [codeOf[dtype], dtype]));

/** The format's own limit, against headers that exhaust memory. */
const longestHeader = 100_000_000; // bytes

/** The bytes of a file with these arrays. Larger elements come first, so that each array is aligned. */
export function encodeSafetensors(
  arrays: ReadonlyMap<string, StoredArray>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const entries: [string, unknown][] = Object.keys(metadata).length > 0 ? [["__metadata__", metadata]] : [];
  const placed: (StoredArray & { readonly begin: number })[] = [];
  let end = 0;
  const widestFirst = [...arrays].sort(([, a], [, b]) => dtypeInfo[b.dtype].itemsize - dtypeInfo[a.dtype].itemsize);
  for (const [name, { dtype, shape, data }] of widestFirst) {
    if (name === "__metadata__") throw new FormatError('safetensors: a tensor cannot be called "__metadata__"');
    const begin = end;
    end += sizeOf(shape) * dtypeInfo[dtype].itemsize;
    placed.push({ dtype, shape, data, begin });
    entries.push([name, { dtype: codeOf[dtype], shape, data_offsets: [begin, end] }]);
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const header = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + header + end).fill(0x20, 8, 8 + header); // spaces
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header), true);
  bytes.set(json, 8);
  for (const { dtype, shape, data, begin } of placed) {
    encode(dtype, data, viewBuffer(dtype, bytes.buffer, 8 + header + begin, sizeOf(shape))); // aligned: wider ones come first
  }
  return bytes;
}

/**
 * The content of a file.
 *
 * @throws FormatError  when anything is not as the format says: what, and where
 */
export function decodeSafetensors(bytes: Uint8Array): SafetensorsContent {
  // without the methods of Node's Buffer, whose slice copies nothing
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { header, start } = readHeader(plain);
  const { metadata, places } = readEntries(header);
  const data = plain.subarray(start);
  checkPlaces(places, data.length);
  const arrays = new Map<string, StoredArray>();
  for (const place of places) {
    arrays.set(place.name, { dtype: place.dtype, shape: place.shape, data: readValues(place, data) });
  }
  return { arrays, metadata };
}

/** The values of an array, in a buffer of their own: aligned, and the file's bytes can be let go. */
function readValues({ name, dtype, shape, begin, end }: Place, data: Uint8Array): TypedArray {
  const copy = data.slice(begin, end);
  if (dtype === "bool") checkBool(name, copy);
  const stored = viewBuffer(dtype, copy.buffer, 0, sizeOf(shape));
  return isHalf(dtype) ? decode(dtype, stored) : stored;
}

interface Place {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

function fail(message: string): never {
  throw new FormatError(`safetensors: ${message}`);
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) fail(`the file has ${bytes.length} bytes; it begins with 8 that hold the header's length`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > longestHeader)
    fail(
      `byte 0: a header of ${length} bytes is longer than the ${longestHeader} that are allowed; this is no safetensors file`,
    );
  if (length > bytes.length - 8)
    fail(`byte 0: the header has ${length} bytes but only ${bytes.length - 8} follow; the file is truncated`);
  const encoded = bytes.subarray(8, 8 + length);
  if (encoded[0] !== 0x7b) fail("byte 8: the header does not begin with {");
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(encoded);
  } catch {
    return fail("the header is not UTF-8");
  }
  try {
    header = JSON.parse(text);
  } catch (error) {
    return fail(`the header is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const twice = duplicateKey(text);
  if (twice !== null) fail(`the header has the key "${twice}" twice`);
  return { header: header as Record<string, unknown>, start: 8 + length }; // it begins with {, so an object
}

function readEntries(header: Record<string, unknown>): { metadata: Record<string, string>; places: Place[] } {
  let metadata: Record<string, string> = {};
  const places: Place[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") metadata = readMetadata(entry);
    else places.push(readPlace(name, entry));
  }
  return { metadata, places };
}

function readMetadata(entry: unknown): Record<string, string> {
  if (!isRecord(entry)) return fail("__metadata__ is not an object");
  for (const [key, value] of Object.entries(entry)) {
    if (typeof value !== "string") fail(`__metadata__: the value of "${key}" is not a text`);
  }
  return entry as Record<string, string>; // just checked
}

function readPlace(name: string, entry: unknown): Place {
  const where = `tensor "${name}"`;
  if (!isRecord(entry)) return fail(`${where}: its entry is not an object`);
  for (const key of Object.keys(entry)) {
    if (key !== "dtype" && key !== "shape" && key !== "data_offsets") fail(`${where}: unknown key "${key}"`);
  }
  const { dtype: code, shape, data_offsets: offsets } = entry;
  if (typeof code !== "string") return fail(`${where}: the dtype is missing`);
  const dtype = dtypeOf.get(code);
  if (dtype === undefined) return fail(`${where}: dtype ${code} cannot be read; ${[...dtypeOf.keys()].join(", ")} can`);
  if (!isSizes(shape))
    return fail(`${where}: the shape ${JSON.stringify(shape)} is not a list of whole numbers from 0`);
  if (!isSizes(offsets) || offsets.length !== 2)
    return fail(`${where}: the data_offsets ${JSON.stringify(offsets)} are not two whole numbers from 0`);
  const [begin, end] = [offsets[0]!, offsets[1]!];
  const needed = sizeOf(shape) * dtypeInfo[dtype].itemsize;
  if (end - begin !== needed) {
    fail(
      `${where}: the data_offsets [${begin}, ${end}] span ${end - begin} bytes, but ${code} ${show(shape)} needs ${needed}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** The arrays must lie in the data end to end: nothing outside, nothing twice, nothing left over. */
function checkPlaces(places: readonly Place[], size: number): void {
  for (const { name, end } of places) {
    if (end > size)
      fail(
        `tensor "${name}": its data ends at byte ${end}, but there are ${size} bytes of data; the file is truncated`,
      );
  }
  let reached = 0;
  let before = "the header";
  for (const { name, begin, end } of [...places].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin < reached)
      fail(`tensor "${name}" begins at byte ${begin} of the data, inside ${before}, which ends at byte ${reached}`);
    if (begin > reached)
      fail(`bytes ${reached} to ${begin} of the data, between ${before} and tensor "${name}", belong to no tensor`);
    reached = end;
    before = `tensor "${name}"`;
  }
  if (reached < size) fail(`bytes ${reached} to ${size} of the data, behind ${before}, belong to no tensor`);
}

function checkBool(name: string, bytes: Uint8Array): void {
  const at = bytes.findIndex((byte) => byte > 1);
  if (at >= 0) fail(`tensor "${name}": element ${at} is ${bytes[at]}, but a BOOL is 0 or 1`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
