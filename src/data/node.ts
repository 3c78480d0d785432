/** Data from files on disk, for Node, Deno and Bun: where a page takes an address, a path will do. */
import { readFile } from "node:fs/promises";
import type { Tensor } from "../tensor/index.ts";
import { type ByteSource, fetchBytes, gunzip, type Read } from "./bytes.ts";
import type { CsvOptions } from "./csv.ts";
import type { Dataset } from "./dataset.ts";
import { type DigitsOptions, parseDigits } from "./digits.ts";
import { readCsvDataset, readIdx, readIdxDataset } from "./files.ts";
import type { ImagesOptions, TableOptions } from "./table.ts";

export * from "./index.ts"; // of which the functions below take the places

/** Bytes from a path, or from wherever a page could read them. */
const readAny: Read = async (source) => {
  if (!isFile(source)) return fetchBytes(source);
  const name = String(source);
  return { bytes: await gunzip(await readFile(source), name), name };
};

function isFile(source: ByteSource): source is string | URL {
  return typeof source === "string" ? !/^https?:/.test(source) : source instanceof URL && source.protocol === "file:";
}

/**
 * The handwritten digits of the package.
 *
 * @returns  x float32 [1797, 64] in 0 … 1 (or images [1797, 1, 8, 8]), y int32 [1797] in 0 … 9
 */
export async function digits({
  source,
  ...options
}: DigitsOptions & { readonly source?: ByteSource } = {}): Promise<Dataset> {
  return parseDigits(await readAny(source ?? new URL("../../data/digits.csv.gz", import.meta.url)), options);
}

/** A tensor from an IDX file, gzipped or not. */
export function idx(source: ByteSource): Promise<Tensor> {
  return readIdx(readAny, source);
}

/**
 * A data set from two IDX files with images and labels, as MNIST has them; gzipped or not. x is float32 in 0 … 1, y
 * int32.
 */
export function idxDataset(images: ByteSource, labels: ByteSource, options: ImagesOptions = {}): Promise<Dataset> {
  return readIdxDataset(readAny, images, labels, options);
}

/** A data set from a file of comma-separated values, gzipped or not. */
export function csv(source: ByteSource, options: CsvOptions & TableOptions = {}): Promise<Dataset> {
  return readCsvDataset(readAny, source, options);
}
