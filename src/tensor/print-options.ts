/** How arrays are printed: NumPy's print options, under NumPy's meanings. They are read whenever a tensor becomes text. */
import { checkOptions, ValueError } from "../base/index.ts";

export interface PrintOptions {
  /** digits after the point, at most; 8 */
  readonly precision: number;
  /** arrays of more elements are cut short; 1000 */
  readonly threshold: number;
  /** how many elements an array that is cut short shows at either end of each axis; 3 */
  readonly edgeItems: number;
  /** characters of a line; 75 */
  readonly lineWidth: number;
  /** whether small numbers are printed as 0 rather than with exponents; false */
  readonly suppress: boolean;
  /** how NaN is spelled; "nan" */
  readonly nanStr: string;
  /** how infinity is spelled; "inf" */
  readonly infStr: string;
  /** before positive floats: nothing ("-"), a plus ("+"), a space (" "); "-" */
  readonly sign: "-" | "+" | " ";
  /**
   * `"maxprec"`: the digits that each float needs, at most `precision`; `"maxprec_equal"`: as many for all as the one
   * that needs most; `"fixed"`: always `precision`; `"unique"`: all that it needs to be told apart. `"maxprec"`
   */
  readonly floatMode: "fixed" | "unique" | "maxprec" | "maxprec_equal";
}

const defaults: PrintOptions = {
  precision: 8,
  threshold: 1000,
  edgeItems: 3,
  lineWidth: 75,
  suppress: false,
  nanStr: "nan",
  infStr: "inf",
  sign: "-",
  floatMode: "maxprec",
};

let current = defaults;

/** The least and the greatest that each number may be; JavaScript rounds to at most 100 digits. */
const bounds = {
  precision: [0, 100],
  threshold: [0, Number.POSITIVE_INFINITY],
  edgeItems: [1, Number.POSITIVE_INFINITY],
  lineWidth: [1, Number.POSITIVE_INFINITY],
} as const satisfies Partial<Record<keyof PrintOptions, readonly [number, number]>>;

const choices = {
  sign: ["-", "+", " "],
  floatMode: ["fixed", "unique", "maxprec", "maxprec_equal"],
} as const satisfies Partial<Record<keyof PrintOptions, readonly string[]>>;

function isKeyOf<T extends object>(table: T, name: PropertyKey): name is keyof T {
  return Object.hasOwn(table, name);
}

/** What a value of the option must be, if this one is not. */
function objection(name: keyof PrintOptions, value: unknown): string | undefined {
  if (isKeyOf(bounds, name)) {
    const [low, high] = bounds[name];
    const fits =
      typeof value === "number" && (Number.isInteger(value) || value === high) && value >= low && value <= high;
    return fits ? undefined : `a whole number from ${low}${Number.isFinite(high) ? ` to ${high}` : ""}`;
  }
  if (isKeyOf(choices, name)) {
    const allowed: readonly unknown[] = choices[name];
    return allowed.includes(value) ? undefined : `one of ${choices[name].map((c) => `"${c}"`).join(", ")}`;
  }
  return typeof value === typeof defaults[name] ? undefined : `a ${typeof defaults[name]}`;
}

function check(operation: string, options: Partial<PrintOptions>): void {
  checkOptions(operation, options, Object.keys(defaults));
  for (const [name, value] of Object.entries(options)) {
    const wanted = isKeyOf(defaults, name) ? objection(name, value) : undefined;
    if (wanted !== undefined) throw new ValueError(`${operation}: ${name} is ${String(value)}; it must be ${wanted}`);
  }
}

/**
 * The print options of now.
 *
 * Source: `numpy.get_printoptions`.
 *
 * @example
 * printOptions().precision; // => 8
 */
export function printOptions(): PrintOptions {
  return current;
}

/**
 * Changes how tensors are printed from now on; options that are not named stay as they are.
 *
 * Source: `numpy.set_printoptions`; a scalar is printed with all its digits whatever they are, as in NumPy.
 *
 * @throws ValueError  naming an option that does not exist, or a value that it cannot have; nothing is changed then
 * @example
 * setPrintOptions({ precision: 3 });
 * tensor([1 / 3, 2 / 3]); // => [0.333 0.667]
 * setPrintOptions({ precision: 8 });
 */
export function setPrintOptions(options: Partial<PrintOptions>): void {
  check("setPrintOptions", options);
  current = { ...current, ...options };
}

/**
 * What `body` gives, with other print options while it runs.
 *
 * Source: `numpy.printoptions`.
 *
 * @throws ValueError  as `setPrintOptions`
 * @example
 * withPrintOptions({ suppress: true, precision: 4 }, () => String(tensor([1e-7, 1.5]))); // => [0.  1.5]
 */
export function withPrintOptions<T>(options: Partial<PrintOptions>, body: () => T): T {
  check("withPrintOptions", options);
  const before = current;
  current = { ...current, ...options };
  try {
    return body();
  } finally {
    current = before;
  }
}
