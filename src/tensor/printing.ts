/**
 * Printing as NumPy prints: `numpy.array2string` with its default options.
 *
 * All elements of an array share one format. Floats show the fewest digits that tell them apart from their neighbours
 * of the same dtype, at most 8 after the point, aligned at the point; with exponents when the greatest is 10⁸ (float32:
 * 10⁶) or more, the least below 10⁻⁴, or their ratio above 1000. Arrays of more than 1000 elements show three at either
 * end of each axis.
 */
import { type DType, isFloat, type Shape, sizeOf, stridesOf, type TypedArray } from "../base/index.ts";

const precision = 8; // digits after the point
const threshold = 1000; // elements; above that, ends only
const edge = 3; // elements at either end
const lineWidth = 75; // characters

/** The values of an array of `shape`, laid out row by row. */
export function format(values: TypedArray, shape: Shape, dtype: DType): string {
  if (shape.length === 0) return isFloat(dtype) ? scalar(values[0]!, dtype) : elementFormat(values, dtype)(values[0]!);
  const size = sizeOf(shape);
  if (size === 0) return "[]";
  const short = size > threshold;
  const shown = short ? corners(values, shape) : values;
  return new Layout(values, shape, short, elementFormat(shown, dtype)).print(0, 0, " ", lineWidth);
}

/** The elements that are printed when an array is cut short. */
function corners(values: TypedArray, shape: Shape): number[] {
  const strides = stridesOf(shape);
  let places = [0];
  shape.forEach((n, axis) => {
    places = places.flatMap((place) => ends(n, true).flatMap((i) => (i === null ? [] : [place + i * strides[axis]!])));
  });
  return places.map((place) => values[place]!);
}

/** Indices along an axis of n, with null for what is left out. */
function ends(n: number, short: boolean): (number | null)[] {
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
  readonly #element: (value: number) => string;

  constructor(values: TypedArray, shape: Shape, short: boolean, element: (value: number) => string) {
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
function elementFormat(shown: ArrayLike<number>, dtype: DType): (value: number) => string {
  const values = Array.from(shown);
  if (isFloat(dtype)) return floatFormat(values, dtype);
  const spell = (x: number): string => (dtype === "bool" ? (x === 0 ? "False" : "True") : String(x));
  const width = Math.max(...values.map((x) => spell(x).length));
  return (x) => spell(x).padStart(width);
}

function floatFormat(values: readonly number[], dtype: DType): (value: number) => string {
  const finite = values.filter(Number.isFinite);
  const sizes = finite.map(Math.abs).filter((x) => x > 0);
  const [greatest, least] = [Math.max(0, ...sizes), Math.min(Number.POSITIVE_INFINITY, ...sizes)];
  const exponents = sizes.length > 0 && (greatest >= plainBelow(dtype) || least < 1e-4 || greatest / least > 1000);
  const spell = exponents ? exponentialFormat(finite, dtype) : positionalFormat(finite, dtype);
  const width = Math.max(0, ...values.map((x) => (Number.isFinite(x) ? spell(x) : odd(x)).length));
  return (x) => (Number.isFinite(x) ? spell(x) : odd(x)).padStart(width);
}

/** From where on floats have an exponent: 10⁸, or where float32 has no further digits before the point. */
function plainBelow(dtype: DType): number {
  return dtype === "float32" ? 1e6 : 1e8;
}

/** 1.25e-05, all with as many digits as the longest needs. */
function exponentialFormat(values: readonly number[], dtype: DType): (value: number) => string {
  const fraction = Math.max(...values.map((x) => Math.min(precision, fractionOf(shortest(x, dtype)).length)));
  const power = Math.max(2, ...values.map((x) => x.toExponential().split("e")[1]!.length - 1));
  return (x) => exponential(x, fraction, power);
}

function exponential(x: number, fractionDigits: number, powerDigits: number): string {
  const [mantissa, power] = x.toExponential(fractionDigits).split("e") as [string, string];
  const point = fractionDigits === 0 ? "." : "";
  return `${withSign(x, mantissa)}${point}e${power[0]}${power.slice(1).padStart(powerDigits, "0")}`;
}

/** 12.5, aligned at the point. */
function positionalFormat(values: readonly number[], dtype: DType): (value: number) => string {
  const fraction = Math.max(0, ...values.map((x) => fractionOf(positional(x, dtype)).length));
  return (x) => {
    const text = positional(x, dtype);
    return text + " ".repeat(fraction - fractionOf(text).length);
  };
}

/** The fewest digits, at most 8 after the point. */
function positional(x: number, dtype: DType): string {
  const unique = plain(shortest(x, dtype));
  const text = fractionOf(unique).length > precision ? x.toFixed(precision) : unique;
  return withSign(x, text.replace(/0+$/, ""));
}

function odd(x: number): string {
  return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
}

/** The fewest digits after which no other number of the dtype comes nearer: JavaScript's own for float64. */
function shortest(x: number, dtype: DType): string {
  if (dtype === "float64") return x.toExponential();
  for (let digits = 0; digits < 9; digits++) {
    const text = x.toExponential(digits);
    if (Math.fround(Number(text)) === x) return text;
  }
  return x.toExponential();
}

/** JavaScript drops the sign of −0. */
function withSign(x: number, text: string): string {
  return Object.is(x, -0) ? `-${text}` : text;
}

/** The digits after the point. */
function fractionOf(text: string): string {
  return text.split("e")[0]!.split(".")[1] ?? "";
}

/** `1.25e+1` as `12.5`. */
function plain(exponential: string): string {
  const [mantissa, power] = exponential.split("e") as [string, string];
  const negative = mantissa.startsWith("-");
  const digits = mantissa.replace(/[-.]/g, "");
  const point = 1 + Number(power);
  const padded = point > 0 ? digits.padEnd(point, "0") : "0".repeat(1 - point) + digits;
  const at = Math.max(1, point);
  return `${negative ? "-" : ""}${padded.slice(0, at)}.${padded.slice(at)}`;
}

/** A single number: with an exponent below 10⁻⁴ and from 10¹⁶ on (float32: 10⁶). */
function scalar(x: number, dtype: DType): string {
  if (!Number.isFinite(x)) return odd(x);
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-4 || size >= (dtype === "float32" ? 1e6 : 1e16))) {
    const [mantissa, power] = shortest(x, dtype).split("e") as [string, string];
    return `${mantissa}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  }
  const text = withSign(x, plain(shortest(x, dtype)));
  return text.endsWith(".") ? `${text}0` : text;
}
