/**
 * Handwritten digits: 1797 images of 8×8 pixels, the data set of the package.
 *
 * Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository 1998
 * (CC BY 4.0), in the copy of scikit-learn.
 */
import { FormatError, Storage } from "../base/index.ts";
import { fromStorage } from "../tensor/index.ts";
import type { NamedBytes } from "./bytes.ts";
import type { Dataset } from "./dataset.ts";

const side = 8; // pixels
const pixels = side * side;
const darkest = 16;

export interface DigitsOptions {
  /** Whether x has the shape [N, 1, 8, 8] of images instead of [N, 64]; false by default. */
  readonly images?: boolean;
}

/**
 * The data set in the bytes of the package's file `data/digits.csv.gz`: lines of 64 pixels and the class, nothing else,
 * so that no parser of tables is needed.
 */
export function parseDigits({ bytes, name }: NamedBytes, { images = false }: DigitsOptions = {}): Dataset {
  const lines = new TextDecoder().decode(bytes).trim().split("\n");
  const n = lines.length;
  const x = new Float32Array(n * pixels);
  const y = new Int32Array(n);
  lines.forEach((line, i) => {
    const numbers = line.split(",").map(Number);
    if (numbers.length !== pixels + 1 || !numbers.every((v) => v >= 0 && v <= darkest)) {
      throw new FormatError(`${name}: line ${i + 1} does not hold ${pixels} pixels from 0 to ${darkest} and a class`);
    }
    for (let j = 0; j < pixels; j++) x[i * pixels + j] = numbers[j]! / darkest;
    y[i] = numbers[pixels]!;
  });
  return {
    x: fromStorage(new Storage("float32", x.length, x), images ? [n, 1, side, side] : [n, pixels]),
    y: fromStorage(new Storage("int32", y.length, y), [n]),
    classes: Array.from({ length: 10 }, (_, i) => String(i)),
  };
}
