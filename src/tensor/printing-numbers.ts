/**
 * How one number is spelled beside others: NumPy's `FloatingFormat`.
 *
 * The numbers of an array share one format. Floats show the fewest digits that tell them apart from their neighbours
 * of the same dtype, at most `precision` after the point, aligned at the point; with exponents when the greatest is 10⁸
 * or has more digits before the point than the dtype holds (float32 6, float16 3, bfloat16 2), the least is below 10⁻⁴, or
 * their ratio above 1000 (the last two not under `suppress`).
 */
import { castScalar, type DType, epsilonOf } from "../base/index.ts";
import { type PrintOptions, printOptions } from "./print-options.ts";

export type Spell = (value: number) => string;

/** How each of these floats is written so that all have one width. */
export function floatFormat(values: readonly number[], dtype: DType, sign: PrintOptions["sign"]): Spell {
  const finite = values.filter(Number.isFinite);
  const { left, right, spell } = needsExponents(finite, dtype)
    ? exponentialFormat(finite, dtype, sign)
    : positionalFormat(finite, dtype, sign);
  const spaced = sign === " " && !finite.some(isNegative) ? left + 1 : left;
  const column = finite.length === values.length ? spaced : Math.max(spaced, oddWidth(values, sign) - right);
  return (x) => (Number.isFinite(x) ? spell(x, column) : oddText(x, sign).padStart(column + right));
}

/** Characters that NaN and the infinities need; a sign is counted where one may stand. */
function oddWidth(values: readonly number[], sign: PrintOptions["sign"]): number {
  const { nanStr, infStr } = printOptions();
  const signed = sign !== "-" || values.includes(Number.NEGATIVE_INFINITY);
  return Math.max(nanStr.length, infStr.length + Number(signed));
}

/** A format without its final width: characters before the point, and from the point on. */
interface Format {
  readonly left: number;
  readonly right: number;
  readonly spell: (value: number, left: number) => string;
}

function needsExponents(finite: readonly number[], dtype: DType): boolean {
  const sizes = finite.map(Math.abs).filter((x) => x > 0);
  if (sizes.length === 0) return false;
  const greatest = sizes.reduce((a, b) => Math.max(a, b));
  const least = sizes.reduce((a, b) => Math.min(a, b));
  return greatest >= plainBelow(dtype) || (!printOptions().suppress && (least < 1e-4 || greatest / least > 1000));
}

/** From where on floats have an exponent: 10⁸, or where the dtype has no further digits before the point. */
function plainBelow(dtype: DType): number {
  return Math.min(1e8, 10 ** digitsOf(dtype));
}

/** How many decimal digits every number of the dtype keeps. */
function digitsOf(dtype: DType): number {
  return Math.floor(-Math.log10(epsilonOf(dtype)));
}

const longest = (texts: readonly string[]): number => texts.reduce((length, text) => Math.max(length, text.length), 0);

/** 1.25e-05, all with as many digits as the longest needs. */
function exponentialFormat(values: readonly number[], dtype: DType, sign: PrintOptions["sign"]): Format {
  const { precision, floatMode } = printOptions();
  const most = floatMode === "unique" ? Number.POSITIVE_INFINITY : precision;
  const fraction =
    floatMode === "fixed" ? precision : Math.min(most, longest(values.map((x) => fractionOf(shortest(x, dtype)))));
  const power = Math.max(2, longest(values.map((x) => x.toExponential().split("e")[1]!)) - 1);
  return {
    left: longest(values.map((x) => wholeOf(exponential(x, fraction, power, sign)))),
    right: 1 + fraction + 2 + power,
    spell: (x, left) => alignPoint(exponential(x, fraction, power, sign), left),
  };
}

function exponential(x: number, fractionDigits: number, powerDigits: number, sign: PrintOptions["sign"]): string {
  const [mantissa, power] = halfToEven(x.toExponential(fractionDigits), x.toExponential(100)).split("e") as [
    string,
    string,
  ];
  const point = fractionDigits === 0 ? "." : "";
  return `${withSign(x, mantissa, sign)}${point}e${power[0]}${power.slice(1).padStart(powerDigits, "0")}`;
}

/** 12.5, aligned at the point. */
function positionalFormat(values: readonly number[], dtype: DType, sign: PrintOptions["sign"]): Format {
  const { precision, floatMode } = printOptions();
  const most = floatMode === "unique" ? Number.POSITIVE_INFINITY : precision;
  const fewest = (x: number): string => {
    if (floatMode === "fixed") return withPoint(withSign(x, fixed(x, precision), sign));
    const unique = plain(shortest(x, dtype));
    const text = fractionOf(unique).length > most ? withPoint(fixed(x, most)) : unique;
    return withSign(x, text.replace(/0+$/, ""), sign);
  };
  const texts = values.map(fewest);
  const fraction = longest(texts.map(fractionOf));
  const fill = floatMode === "maxprec_equal" ? "0" : " ";
  return {
    left: longest(texts.map(wholeOf)),
    right: 1 + fraction,
    spell(x, left) {
      const text = fewest(x);
      return alignPoint(text + fill.repeat(fraction - fractionOf(text).length), left);
    },
  };
}

function alignPoint(text: string, left: number): string {
  return " ".repeat(Math.max(0, left - wholeOf(text).length)) + text;
}

function oddText(x: number, sign: PrintOptions["sign"]): string {
  const { nanStr, infStr } = printOptions();
  const plus = sign === "+" ? "+" : "";
  if (Number.isNaN(x)) return plus + nanStr;
  return x < 0 ? `-${infStr}` : plus + infStr;
}

/** The fewest digits after which no other number of the dtype comes nearer: JavaScript's own for float64. */
function shortest(x: number, dtype: DType): string {
  if (dtype === "float64") return x.toExponential();
  for (let digits = 0; digits < 9; digits++) {
    const text = x.toExponential(digits);
    if (castScalar(Number(text), dtype) === x) return text;
  }
  return x.toExponential();
}

/** `digits` after the point; what lies in the middle goes to the even digit (IEEE 754), where JavaScript goes up. */
function fixed(x: number, digits: number): string {
  return halfToEven(x.toFixed(digits), x.toFixed(100));
}

/** `rounded`, or what `exact` begins with where the rest of it is just one half and the digit before it even. */
function halfToEven(rounded: string, exact: string): string {
  const [digits, power] = rounded.split("e") as [string, string?];
  const all = exact.split("e")[0]!;
  const whole = !digits.includes(".");
  const [kept, rest] = [all.slice(0, digits.length), all.slice(digits.length + Number(whole))];
  const isTie = all.indexOf(".") === (whole ? digits.length : digits.indexOf(".")) && /^50*$/.test(rest);
  const even = "02468".includes(kept.at(-1)!);
  return isTie && even ? kept + (power === undefined ? "" : `e${power}`) : rounded;
}

function isNegative(x: number): boolean {
  return x < 0 || Object.is(x, -0);
}

/** JavaScript drops the sign of −0. */
function withSign(x: number, text: string, sign: PrintOptions["sign"] = "-"): string {
  const unsigned = text.replace("-", "");
  return isNegative(x) ? `-${unsigned}` : sign === "+" ? `+${unsigned}` : unsigned;
}

function withPoint(text: string): string {
  return text.includes(".") ? text : `${text}.`;
}

/** The digits after the point. */
function fractionOf(text: string): string {
  return text.split("e")[0]!.split(".")[1] ?? "";
}

/** The sign and the digits before the point. */
function wholeOf(text: string): string {
  return text.split("e")[0]!.split(".")[0]!;
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

/** A float alone, with all its digits: an exponent below 10⁻⁴, and from 10¹⁶ on or beyond the digits of a shorter dtype. */
export function scalarText(x: number, dtype: DType): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "nan" : x < 0 ? "-inf" : "inf"; // as NumPy's scalars, whatever the options
  const size = Math.abs(x);
  if (size !== 0 && (size < 1e-4 || size >= (dtype === "float64" ? 1e16 : plainBelow(dtype)))) {
    const [mantissa, power] = shortest(x, dtype).split("e") as [string, string];
    return `${mantissa}e${power[0]}${power.slice(1).padStart(2, "0")}`;
  }
  const text = withSign(x, plain(shortest(x, dtype)));
  return text.endsWith(".") ? `${text}0` : text;
}

/** A complex number by itself, as Python writes it: `(1+2j)`, and `2j` where the real part is 0. */
export function complexText(re: number, im: number): string {
  const spell = (x: number): string => scalarText(x, "complex64").replace(/\.0$/, "");
  if (Object.is(re, 0)) return `${spell(im)}j`;
  return `(${spell(re)}${isNegative(im) ? "" : "+"}${spell(im)}j)`;
}
