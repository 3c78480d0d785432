/**
 * Printing as NumPy prints: `numpy.array2string`. All elements of an array share one format (`printing-numbers.ts`);
 * large arrays show only the ends of each axis. What may be chosen is in `print-options.ts`.
 */
import { type DType, type Elements, isFloat, type Shape, sizeOf, stridesOf, type TypedArray } from "../base/index.ts";
import { printOptions } from "./print-options.ts";
import { floatFormat, type Spell, scalarText } from "./printing-numbers.ts";

/** The values of an array of `shape`, laid out row by row. */
export function format(values: TypedArray, shape: Shape, dtype: DType): string {
  if (shape.length === 0)
    return isFloat(dtype) ? scalarText(Number(values[0]), dtype) : elementFormat(values, dtype)(values[0]!);
  const size = sizeOf(shape);
  if (size === 0) return "[]";
  const { threshold, lineWidth } = printOptions();
  const short = size > threshold;
  const shown = short ? corners(values, shape) : values;
  return new Layout(values, shape, short, elementFormat(shown, dtype)).print(0, 0, " ", lineWidth);
}

/** The elements that are printed when an array is cut short. */
function corners(values: TypedArray, shape: Shape): Elements {
  const strides = stridesOf(shape);
  let places = [0];
  shape.forEach((n, axis) => {
    places = places.flatMap((place) => ends(n, true).flatMap((i) => (i === null ? [] : [place + i * strides[axis]!])));
  });
  return places.map((place) => values[place]!);
}

/** Indices along an axis of n, with null for what is left out. */
function ends(n: number, short: boolean): (number | null)[] {
  const edge = printOptions().edgeItems;
  const all = Array.from({ length: short && n > 2 * edge ? 2 * edge : n }, (_, i) => i);
  if (all.length === n) return all;
  return [...all.slice(0, edge), null, ...all.slice(edge).map((i) => n - 2 * edge + i)];
}

/** Brackets, line breaks and blank lines. */
class Layout {
  readonly #values: TypedArray;
  readonly #shape: Shape;
  readonly #strides: readonly number[];
  readonly #short: boolean;
  readonly #element: (value: number | bigint) => string;

  constructor(values: TypedArray, shape: Shape, short: boolean, element: (value: number | bigint) => string) {
    this.#values = values;
    this.#shape = shape;
    this.#strides = stridesOf(shape);
    this.#short = short;
    this.#element = element;
  }

  /** The part of the array that begins at `offset` on `axis`; further lines begin with `indent`. */
  print(axis: number, offset: number, indent: string, width: number): string {
    const indices = ends(this.#shape[axis]!, this.#short);
    if (axis === this.#shape.length - 1) {
      const words = indices.map((i) => (i === null ? "..." : this.#element(this.#values[offset + i]!)));
      return `[${fillLines(words, indent, width - 1)}]`;
    }
    const separator = `\n${"\n".repeat(this.#shape.length - axis - 2)}${indent}`;
    const parts = indices.map((i) =>
      i === null ? "..." : this.print(axis + 1, offset + i * this.#strides[axis]!, `${indent} `, width - 1),
    );
    return `[${parts.join(separator)}]`;
  }
}

/**
 * Words side by side, broken into lines of `width` that begin with `indent` (which the first line owes to its bracket).
 */
function fillLines(words: readonly string[], indent: string, width: number): string {
  let done = "";
  let line = indent;
  words.forEach((word, i) => {
    if (line.length + word.length > width && line.length > indent.length) {
      done += `${line.trimEnd()}\n`;
      line = indent;
    }
    line += i === words.length - 1 ? word : `${word} `;
  });
  return (done + line).slice(indent.length);
}

// ------------------------------------------------------------------------------------------------------------ elements

/** How each of these elements is written so that all have one width. */
function elementFormat(shown: Elements, dtype: DType): (value: number | bigint) => string {
  const values = Array.from(shown);
  if (isFloat(dtype)) {
    const spell: Spell = floatFormat(values.map(Number), dtype, printOptions().sign);
    return (x) => spell(Number(x));
  }
  const spell = (x: number | bigint): string => (dtype === "bool" ? (x === 0 ? "False" : "True") : String(x));
  const width = Math.max(...values.map((x) => spell(x).length));
  return (x) => spell(x).padStart(width);
}
