/**
 * What the options of optimizers and schedules may be, as tables: every option has its range beside its name, so that
 * none is forgotten, and each error says whose option it was, what was found and what would have been right.
 */
import { checkOptions, ValueError } from "../base/index.ts";

/** What is wrong with a value under a name, `lr -1 is not a number from 0`; null where nothing is. */
export type Range = (name: string, value: unknown) => string | null;

/** A range for every option. */
export type Ranges<Options> = { readonly [Name in keyof Options]-?: Range };

/**
 * Throws unless all of `options` are known and within their ranges.
 *
 * @throws ValueError  `SGD: lr -1 is not a number from 0`
 */
export function checkRanges<Options extends object>(name: string, options: Options, ranges: Ranges<Options>): void {
  checkOptions(name, options, Object.keys(ranges));
  for (const [key, range] of Object.entries<Range>(ranges)) {
    const complaint = range(key, (options as Readonly<Record<string, unknown>>)[key]); // any object has names
    if (complaint !== null) throw new ValueError(`${name}: ${complaint}`);
  }
}

/**
 * Options with the defaults for what is not given, all of them checked.
 *
 * @throws ValueError  as `checkRanges`; `stepLr: stepSize is missing; it is a whole number from 1`
 */
export function complete<Options extends object>(
  name: string,
  options: Options | undefined,
  defaults: Partial<Options>,
  ranges: Ranges<Options>,
): Required<Options> {
  checkOptions(name, options, Object.keys(ranges));
  const whole = { ...defaults, ...options } as Required<Options>; // every range refuses undefined
  checkRanges(name, whole, ranges as Ranges<Required<Options>>);
  return whole;
}

/** Numbers for which `holds`; `what` says which they are. */
export function numbers(what: (name: string) => string, holds: (value: number) => boolean): Range {
  return (name, value) => (typeof value === "number" && holds(value) ? null : complaint(name, value, what(name)));
}

/** 0 ≤ x < ∞ */
export const fromZero = /* @__PURE__ */ numbers(
  () => "a number from 0",
  (x) => x >= 0 && x < Number.POSITIVE_INFINITY,
);

/** 0 ≤ x ≤ ∞ */
export const fromZeroToInfinity = /* @__PURE__ */ numbers(
  () => "a number from 0, or Infinity",
  (x) => x >= 0,
);

/** 0 < x < ∞ */
export const aboveZero = /* @__PURE__ */ numbers(
  () => "a number above 0",
  (x) => x > 0 && x < Number.POSITIVE_INFINITY,
);

/** 1 < x < ∞ */
export const aboveOne = /* @__PURE__ */ numbers(
  () => "a number above 1",
  (x) => x > 1 && x < Number.POSITIVE_INFINITY,
);

/** −∞ < x < ∞ */
export const finite = /* @__PURE__ */ numbers(() => "a finite number", Number.isFinite);

/** 0 ≤ x < 1: how much of an average is kept. */
export const decay = /* @__PURE__ */ numbers(
  (name) => `within 0 ≤ ${name} < 1`,
  (x) => x >= 0 && x < 1,
);

/** 0 < x < 1 */
export const properShare = /* @__PURE__ */ numbers(
  (name) => `within 0 < ${name} < 1`,
  (x) => x > 0 && x < 1,
);

/** 0 ≤ x ≤ 1 */
export const share = /* @__PURE__ */ numbers(
  (name) => `within 0 ≤ ${name} ≤ 1`,
  (x) => x >= 0 && x <= 1,
);

/** Whole numbers from 1. */
export const count = /* @__PURE__ */ numbers(
  () => "a whole number from 1",
  (x) => Number.isSafeInteger(x) && x >= 1,
);

/** Whole numbers from 0. */
export const countFromZero = /* @__PURE__ */ numbers(
  () => "a whole number from 0",
  (x) => Number.isSafeInteger(x) && x >= 0,
);

/** true or false */
export const flag: Range = (name, value) =>
  typeof value === "boolean" ? null : complaint(name, value, "true or false");

/** One of some words. */
export function oneOf(...words: readonly string[]): Range {
  return (name, value) =>
    typeof value === "string" && words.includes(value)
      ? null
      : `there is no ${name} ${quoted(value)}; there are ${words.join(", ")}`;
}

/** What `range` allows, or null. */
export function orNull(range: Range): Range {
  return (name, value) => {
    const complaint = value === null ? null : range(name, value);
    return complaint === null ? null : `${complaint}, or null`;
  };
}

/** Two numbers with ranges and names of their own: `betas` are beta1 and beta2. */
export function pairOf(first: readonly [string, Range], second: readonly [string, Range]): Range {
  return (name, value) => {
    if (!Array.isArray(value) || value.length !== 2)
      return complaint(name, value, `a pair [${first[0]}, ${second[0]}]`);
    return first[1](first[0], value[0]) ?? second[1](second[0], value[1]);
  };
}

/** β₁ and β₂ */
export const betas = /* @__PURE__ */ pairOf(["beta1", decay], ["beta2", decay]);

/** Whole numbers from 0, none below the one before; the same one may come again. */
export const ordered: Range = (name, value) => {
  const holds =
    Array.isArray(value) &&
    value.every((x, i) => Number.isSafeInteger(x) && x >= 0 && (i === 0 || x >= (value as readonly number[])[i - 1]!));
  return holds ? null : complaint(name, value, "a list of whole numbers from 0 in ascending order");
};

/** Functions, one or more. */
export const functions: Range = (name, value) =>
  Array.isArray(value) && value.length > 0 && value.every((f) => typeof f === "function")
    ? null
    : complaint(name, value, "a list of functions");

/** `lr -1 is not a number from 0`, `stepSize is missing; it is a whole number from 1` */
function complaint(name: string, value: unknown, what: string): string {
  return value === undefined ? `${name} is missing; it is ${what}` : `${name} ${quoted(value)} is not ${what}`;
}

function quoted(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  return Array.isArray(value) ? `[${value.join(", ")}]` : String(value);
}
