/**
 * Printing as NumPy prints: `numpy.array2string` with its default options.
 *
 * All elements of an array share one format. Floats show the fewest digits that tell them apart from their neighbours of the same dtype, at
 * most 8 after the point, aligned at the point; with exponents when the greatest is 10⁸ or more, the least below 10⁻⁴, or their ratio above 1000. Arrays
 * of more than 1000 elements show three at either end of each axis.
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

/** Words side by side, broken into lines of `width` that begin with `indent` (which the first line owes to its bracket). */
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

// ----------------------------------------------------------------------------------------------------------------- elements

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
  const exponents = sizes.length > 0 && (greatest >= 1e8 || least < 1e-4 || greatest / least > 1000);
  const spelled = finite.map((x) => (exponents ? scientific(x, dtype) : positional(x, dtype)));
  const left = Math.max(0, ...spelled.map((s) => s.whole.length));
  const right = Math.max(0, ...spelled.map((s) => s.fraction.length));
  const tail = exponents ? Math.max(...spelled.map((s) => s.exponent.length)) : 0;
  const width = Math.max(
    left + 1 + right + tail,
    ...values.filter((x) => !Number.isFinite(x)).map((x) => odd(x).length),
  );
  return (x) => {
    if (!Number.isFinite(x)) return odd(x).padStart(width);
    const { whole, fraction, exponent } = exponents ? scientific(x, dtype) : positional(x, dtype);
    return (
      exponents ? `${whole}.${fraction.padEnd(right, "0")}${exponent}` : `${whole}.${fraction.padEnd(right)}`
    ).padStart(width);
  };
}

function odd(x: number): string {
  return Number.isNaN(x) ? "nan" : x > 0 ? "inf" : "-inf";
}

interface Spelled {
  readonly whole: string;
  readonly fraction: string;
  readonly exponent: string;
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

function scientific(x: number, dtype: DType): Spelled {
  const exact = shortest(x, dtype);
  const [mantissa, power] = (fractionOf(exact).length > precision ? x.toExponential(precision) : exact).split("e") as [
    string,
    string,
  ];
  const [whole, fraction = ""] = withSign(x, mantissa).split(".") as [string, string?];
  const digits = power.slice(1).padStart(2, "0");
  return { whole, fraction: fraction.replace(/0+$/, ""), exponent: `e${power[0]}${digits}` };
}

function positional(x: number, dtype: DType): Spelled {
  const unique = plain(shortest(x, dtype));
  const text = (unique.split(".")[1] ?? "").length > precision ? x.toFixed(precision) : unique;
  const [whole, fraction = ""] = withSign(x, text).split(".") as [string, string?];
  return { whole, fraction: fraction.replace(/0+$/, ""), exponent: "" };
}

/** JavaScript drops the sign of −0. */
function withSign(x: number, text: string): string {
  return Object.is(x, -0) ? `-${text}` : text;
}

function fractionOf(exponential: string): string {
  return exponential.split("e")[0]!.split(".")[1] ?? "";
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

/** A single number: with an exponent below 10⁻⁴ and from 10¹⁶ on, as Python does it. */
function scalar(x: number, dtype: DType): string {
  if (!Number.isFinite(x)) return odd(x);
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    const [mantissa, power] = shortest(x, dtype).split("e") as [string, string];
    return `${mantissa}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  }
  const text = withSign(x, plain(shortest(x, dtype)));
  return text.endsWith(".") ? `${text}0` : text;
}
