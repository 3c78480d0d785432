/** Data sets and tensors from files of the known formats, given a way to read bytes. */
import type { Tensor } from "../tensor/index.ts";
import type { ByteSource, Read } from "./bytes.ts";
import { type CsvOptions, parseCsv } from "./csv.ts";
import type { Dataset } from "./dataset.ts";
import { parseIdx } from "./idx.ts";
import { datasetFromIdx, datasetFromTable, type ImagesOptions, type TableOptions, tensorFromIdx } from "./table.ts";

export async function readIdx(read: Read, source: ByteSource): Promise<Tensor> {
  const { bytes, name } = await read(source);
  return tensorFromIdx(parseIdx(bytes, name));
}

export async function readIdxDataset(
  read: Read,
  images: ByteSource,
  labels: ByteSource,
  options: ImagesOptions,
): Promise<Dataset> {
  const [x, y] = await Promise.all([read(images), read(labels)]);
  return datasetFromIdx(parseIdx(x.bytes, x.name), parseIdx(y.bytes, y.name), options);
}

export async function readCsvDataset(
  read: Read,
  source: ByteSource,
  options: CsvOptions & TableOptions,
): Promise<Dataset> {
  const { bytes, name } = await read(source);
  return datasetFromTable(await parseCsv(new TextDecoder().decode(bytes), { name, ...options }), options);
}
