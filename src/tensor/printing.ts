/**
 * Printing as NumPy prints: `numpy.array2string`. All elements of an array share one format (`printing-numbers.ts`);
 * large arrays show only the ends of each axis. What may be chosen is in `print-options.ts`.
 */
import {
  type DType,
  isComplex,
  isFloat,
  range,
  type Shape,
  sizeOf,
  stridesOf,
  type TypedArray,
} from "../base/index.ts";
import { printOptions } from "./print-options.ts";
import { complexText, floatFormat, scalarText } from "./printing-numbers.ts";

/** The values of an array of `shape`, laid out row by row. */
export function format(values: TypedArray, shape: Shape, dtype: DType): string {
  if (shape.length === 0) return alone(values, dtype);
  const size = sizeOf(shape);
  if (size === 0) return "[]";
  const { threshold, lineWidth } = printOptions();
  const short = size > threshold;
  const shown = short ? corners(shape) : range(size);
  return new Layout(shape, short, elementFormat(values, shown, dtype)).print(0, 0, " ", lineWidth);
}

/** A number by itself. */
function alone(values: TypedArray, dtype: DType): string {
  if (isComplex(dtype)) return complexText(Number(values[0]), Number(values[1]));
  return isFloat(dtype) ? scalarText(Number(values[0]), dtype) : elementFormat(values, [0], dtype)(0);
}

/** The places of the elements that are printed when an array is cut short. */
function corners(shape: Shape): number[] {
  const strides = stridesOf(shape);
  let places = [0];
  shape.forEach((n, axis) => {
    places = places.flatMap((place) => ends(n, true).flatMap((i) => (i === null ? [] : [place + i * strides[axis]!])));
  });
  return places;
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
  readonly #shape: Shape;
  readonly #strides: readonly number[];
  readonly #short: boolean;
  readonly #element: SpellAt;

  constructor(shape: Shape, short: boolean, element: SpellAt) {
    this.#shape = shape;
    this.#strides = stridesOf(shape);
    this.#short = short;
    this.#element = element;
  }

  /** The part of the array that begins at `offset` on `axis`; further lines begin with `indent`. */
  print(axis: number, offset: number, indent: string, width: number): string {
    const indices = ends(this.#shape[axis]!, this.#short);
    if (axis === this.#shape.length - 1) {
      const words = indices.map((i) => (i === null ? "..." : this.#element(offset + i)));
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

/** How the element at a place is written. */
type SpellAt = (place: number) => string;

/** How the elements at these places are written so that all have one width. */
function elementFormat(values: TypedArray, places: readonly number[], dtype: DType): SpellAt {
  const { sign } = printOptions();
  if (isComplex(dtype)) {
    const [re, im] = [0, 1].map((part) => {
      const at = (place: number): number => Number(values[2 * place + part]);
      const spell = floatFormat(places.map(at), dtype, part === 0 ? sign : "+");
      return (place: number) => spell(at(place));
    });
    return (place) => re!(place) + im!(place).replace(/ *$/, (blanks) => `j${blanks}`);
  }
  if (isFloat(dtype)) {
    const at = (place: number): number => Number(values[place]);
    const spell = floatFormat(places.map(at), dtype, sign);
    return (place) => spell(at(place));
  }
  const spell = (place: number): string =>
    dtype === "bool" ? (values[place] === 0 ? "False" : "True") : String(values[place]);
  const width = places.reduce((widest, place) => Math.max(widest, spell(place).length), 0);
  return (place) => spell(place).padStart(width);
}
