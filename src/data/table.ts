/** Data sets out of files: tables and IDX arrays. */
import { FormatError, numbersOf, Storage, show } from "../base/index.ts";
import { fromStorage, type Tensor } from "../tensor/index.ts";
import { type CsvTable, columnClasses, columnIndex, columnNumbers, isNumeric } from "./csv.ts";
import type { Dataset } from "./dataset.ts";
import type { IdxArray } from "./idx.ts";

export interface TableOptions {
  /** The column to be learned, by name or number; the last one by default. */
  readonly target?: string | number;
  /** The columns to learn from; all others by default. */
  readonly features?: readonly (string | number)[];
  /**
   * What the target is: classes, or numbers. By default classes if it holds texts or nothing but whole numbers from 0.
   */
  readonly task?: "classes" | "numbers";
}

/**
 * A data set from a table.
 *
 * @returns  x float32 [N, features]; y int32 [N] with the classes' names, or float32 [N]
 * @throws FormatError  at a field that is not a number: its line and column
 * @example
 * const table = await data.parseCsv("width,kind\n1,cat\n3,dog\n");
 * const { x, y } = data.datasetFromTable(table);
 * x; // => [[1.]
 *    //     [3.]]
 * y; // => [0 1]
 */
export function datasetFromTable(table: CsvTable, { target = -1, features, task }: TableOptions = {}): Dataset {
  const targetColumn = columnIndex(table, target);
  const columns =
    features?.map((name) => columnIndex(table, name)) ??
    table.columns.map((_, i) => i).filter((i) => i !== targetColumn);
  const n = table.records.length;
  const x = tensorOf(columnNumbers(table, columns), "float32", [n, columns.length]);
  if (!isNumeric(table, targetColumn)) {
    if (task === "numbers") columnNumbers(table, [targetColumn]); // says which field is none
    const { labels, classes } = columnClasses(table, targetColumn);
    return { x, y: tensorOf(labels, "int32", [n]), classes };
  }
  const values = columnNumbers(table, [targetColumn]);
  const whole = values.every((v) => Number.isInteger(v) && v >= 0);
  return { x, y: tensorOf(values, (task ?? (whole ? "classes" : "numbers")) === "classes" ? "int32" : "float32", [n]) };
}

export interface ImagesOptions {
  /** Whether x has the shape [N, 1, H, W] instead of [N, H · W]; false by default. */
  readonly images?: boolean;
}

/**
 * A data set from two IDX arrays, as MNIST has them: bytes become float32 in 0 … 1, labels int32.
 *
 * @throws FormatError  when the numbers of images and labels differ
 */
export function datasetFromIdx(images: IdxArray, labels: IdxArray, options: ImagesOptions = {}): Dataset {
  const [n, ...size] = images.shape;
  if (n === undefined || labels.shape.length !== 1 || labels.shape[0] !== n) {
    throw new FormatError(
      `idx: images have shape ${show(images.shape)}, labels ${show(labels.shape)}; there is one label an image`,
    );
  }
  const scale = images.dtype === "uint8" ? 1 / 255 : 1;
  const x = Float32Array.from(numbersOf(images.data), (value) => value * scale);
  const shape = options.images ? [n, 1, ...size] : [n, size.reduce((a, b) => a * b, 1)];
  return { x: tensorOf(x, "float32", shape), y: tensorOf(numbersOf(labels.data), "int32", [n]) };
}

/** A tensor of an IDX array. */
export function tensorFromIdx({ data, dtype, shape }: IdxArray): Tensor {
  return fromStorage(new Storage(dtype, data.length, data), shape);
}

function tensorOf(values: ArrayLike<number>, dtype: "int32" | "float32", shape: readonly number[]): Tensor {
  const array = dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values);
  return fromStorage(new Storage(dtype, array.length, array), shape);
}
