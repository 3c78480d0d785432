/** Files: named tensors as bytes, in Node and in pages. What needs a file system is in `node.ts`. */
import { Storage, sizeOf } from "../base/index.ts";
import { fromStorage, type Tensor } from "../tensor/index.ts";
import { decodeSafetensors, encodeSafetensors, type StoredArray } from "./safetensors.ts";

/** Named tensors: a state dict. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** What a safetensors file holds. */
export interface SafetensorsFile {
  readonly tensors: NamedTensors;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface WriteOptions {
  /** Texts by name that are kept beside the tensors. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The bytes of a safetensors file with these tensors.
 *
 * @throws FormatError  when a tensor is called `__metadata__`, which the format keeps for itself
 * @example
 * const bytes = await io.writeSafetensors({ weight: tensor([1, 2]) }, { metadata: { epoch: "3" } });
 * io.readSafetensors(bytes).metadata; // => { epoch: '3' }
 */
export async function writeSafetensors(
  tensors: NamedTensors,
  { metadata = {} }: WriteOptions = {},
): Promise<Uint8Array> {
  const arrays = new Map<string, StoredArray>();
  for (const [name, t] of Object.entries(tensors))
    arrays.set(name, { dtype: t.dtype, shape: t.shape, data: await t.data() });
  return encodeSafetensors(arrays, metadata);
}

/**
 * The tensors and texts in the bytes of a safetensors file. Checks everything first: a file that is wrong anywhere
 * loads nothing.
 *
 * @throws FormatError  saying what is wrong, and where
 * @example
 * const { tensors } = io.readSafetensors(await io.writeSafetensors({ weight: tensor([1, 2]) }));
 * tensors.weight; // => [1. 2.]
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { arrays, metadata } = decodeSafetensors(bytes);
  const tensors = Array.from(arrays, ([name, { dtype, shape, data }]) => [
    name,
    fromStorage(new Storage(dtype, sizeOf(shape), data), shape),
  ]);
  return { tensors: Object.fromEntries(tensors), metadata };
}
