/** Data: sets, batches, files. What reads from a file system is in `node.ts`. */
import type { Tensor } from "../tensor/index.ts";
import { type ByteSource, fetchBytes } from "./bytes.ts";
import type { CsvOptions } from "./csv.ts";
import type { Dataset } from "./dataset.ts";
import { type DigitsOptions, parseDigits } from "./digits.ts";
import { readCsvDataset, readIdx, readIdxDataset } from "./files.ts";
import type { ImagesOptions, TableOptions } from "./table.ts";

export type { ByteSource } from "./bytes.ts";
export { type CheckOptions, checkDataset } from "./check.ts";
export { type CsvOptions, type CsvTable, parseCsv } from "./csv.ts";
export { type Dataset, type SplitOptions, split } from "./dataset.ts";
export type { DigitsOptions } from "./digits.ts";
export { type Batch, Loader, type LoaderOptions, loader } from "./loader.ts";
export { datasetFromTable, type ImagesOptions, type TableOptions } from "./table.ts";

/**
 * The handwritten digits of the package, from wherever a page finds its file `data/digits.csv.gz`.
 *
 * @returns  x float32 [1797, 64] in 0 … 1 (or images [1797, 1, 8, 8]), y int32 [1797] in 0 … 9
 * @example
 * const { x, y } = await data.digits();
 * [x.shape, y.shape]; // => [ [ 1797, 64 ], [ 1797 ] ]
 */
export async function digits({
  source,
  ...options
}: DigitsOptions & { readonly source: ByteSource }): Promise<Dataset> {
  return parseDigits(await fetchBytes(source), options);
}

/**
 * A tensor from an IDX file, gzipped or not.
 *
 * @example
 * const images = await data.idx("train-images-idx3-ubyte.gz"); // a URL in a page, a path in Node
 */
export function idx(source: ByteSource): Promise<Tensor> {
  return readIdx(fetchBytes, source);
}

/**
 * A data set from two IDX files with images and labels, as MNIST has them; gzipped or not. x is float32 in 0 … 1, y
 * int32.
 *
 * @example
 * const mnist = await data.idxDataset("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz");
 */
export function idxDataset(images: ByteSource, labels: ByteSource, options: ImagesOptions = {}): Promise<Dataset> {
  return readIdxDataset(fetchBytes, images, labels, options);
}

/**
 * A data set from a file of comma-separated values, gzipped or not.
 *
 * @example
 * const houses = await data.csv("houses.csv", { target: "price", task: "numbers" });
 */
export function csv(source: ByteSource, options: CsvOptions & TableOptions = {}): Promise<Dataset> {
  return readCsvDataset(fetchBytes, source, options);
}
