/**
 * Handwritten digits: 1797 images of 8×8 pixels, the data set of the package.
 *
 * Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository 1998 (CC BY 4.0), in the copy
 * of scikit-learn.
 */
import { FormatError, Storage } from "../base/index.ts";
import { fromStorage } from "../tensor/index.ts";
import type { NamedBytes } from "./bytes.ts";
import { columnNumbers, parseCsv } from "./csv.ts";
import type { Dataset } from "./dataset.ts";

const side = 8; // pixels
const pixels = side * side;
const darkest = 16;

export interface DigitsOptions {
  /** Whether x has the shape [N, 1, 8, 8] of images instead of [N, 64]; false by default. */
  readonly images?: boolean;
}

/** The data set in the bytes of the package's file `data/digits.csv.gz`. */
export async function parseDigits(
  { bytes, name }: NamedBytes,
  { images = false }: DigitsOptions = {},
): Promise<Dataset> {
  const table = await parseCsv(new TextDecoder().decode(bytes), { header: false, name });
  const n = table.records.length;
  if (table.columns.length !== pixels + 1) {
    throw new FormatError(
      `${name}: ${table.columns.length} columns; digits have ${pixels} pixels and the class in each line`,
    );
  }
  const x = Float32Array.from(
    columnNumbers(
      table,
      Array.from({ length: pixels }, (_, i) => i),
    ),
    (value) => value / darkest,
  );
  const y = Int32Array.from(columnNumbers(table, [pixels]));
  return {
    x: fromStorage(new Storage("float32", x.length, x), images ? [n, 1, side, side] : [n, pixels]),
    y: fromStorage(new Storage("int32", y.length, y), [n]),
    classes: Array.from({ length: 10 }, (_, i) => String(i)),
  };
}
