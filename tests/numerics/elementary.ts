/**
 * The elementary and special functions of the library: for each an oracle in float64, and the bound that its docstring
 * states, in units in the last place.
 */
import * as nn from "../../src/nn/index.ts";
import type { Tensor } from "../../src/tensor/index.ts";
import * as T from "../../src/tensor/index.ts";
import { type Float, lastPlace, ulps } from "../support/ulps.ts";

/** A largest error: the same everywhere, or one that depends on the argument. */
type Bound = number | ((x: number, b: number) => number);

export interface Row {
  readonly name: string;
  readonly f: (x: Tensor, b: Tensor) => Tensor;
  /** Good to some units in the last place of float64. */
  readonly correct: (x: number, b: number) => number;
  /** Of float32 and float64, in units in the last place of the correct result. */
  readonly bound: Bound;
  /** In float32 of results below 2⁻¹¹⁹, where a factor of them is subnormal. */
  readonly tiny?: number;
  /** What the docstring says of a bound that is not a number. */
  readonly stated?: string;
  /** Whose last place is meant, if not that of the result. */
  readonly scale?: (x: number, b: number) => number;
}

/** The functions of two numbers. */
export const ofTwo: ReadonlySet<string> = new Set(["pow", "hypot", "atan2", "logaddexp", "logaddexp2"]);

/** The bound for a result y of x and b. */
export function boundAt({ bound, tiny }: Row, y: number, x: number, b: number): number {
  if (tiny !== undefined && Math.abs(y) < 2 ** -119) return tiny;
  return typeof bound === "number" ? bound : bound(x, b);
}

/** The error of a row's function that is worst next to its bound. */
export class Worst {
  /** In units in the last place. */
  error = 0;
  text = "";
  /** Its arguments. */
  place = "";
  readonly row: Row;
  readonly float: Float;
  #share = 0;

  constructor(row: Row, float: Float) {
    this.row = row;
    this.float = float;
  }

  /** Looks at the result `y` of x and b, whose correct value is `correct` and `rest` units in its last place. */
  note(y: number, correct: number, rest: number, x: number, b: number): void {
    const error = this.#scaled(ulps(this.float, y, correct, rest), y, correct, x, b);
    if (error === 0) return;
    const share = error / boundAt(this.row, correct, x, b);
    if (Number.isNaN(share)) throw new Error(`${this.row.name}(${x}, ${b}) = ${y} cannot be compared with ${correct}`);
    if (share <= this.#share) return;
    [this.#share, this.error] = [share, error];
    this.place = ofTwo.has(this.row.name) ? `${x}, ${b}` : `${x}`;
    this.text = `${this.row.name}(${this.place}) = ${y}, correct ${correct}: ${error} ulp`;
  }

  #scaled(error: number, y: number, correct: number, x: number, b: number): number {
    const { scale } = this.row;
    if (scale === undefined || error === 0 || !Number.isFinite(error)) return error;
    return Math.abs(y - correct) / lastPlace(this.float, scale(x, b));
  }

  get holds(): boolean {
    return this.#share <= 1;
  }
}

// ---- oracles that JavaScript does not have --------------------------------------------------------------------------

/** By the continued fraction DLMF 7.9.1, for x ≥ 2. */
function erfcBeyond(x: number): number {
  let fraction = 0;
  for (let n = x > 5 ? 60 : 200; n >= 1; n--) fraction = n / 2 / (x + fraction);
  const high = Math.fround(x); // e^(−x²) by parts: the rounding of x² would be one of the result
  const gaussian = Math.exp(-high * high) * Math.exp(-(x - high) * (x + high));
  return gaussian === 0 ? 0 : gaussian / Math.sqrt(Math.PI) / (x + fraction);
}

/** By the power series DLMF 7.6.2 near zero. */
function erf(x: number): number {
  if (Number.isNaN(x) || x === 0) return x;
  if (Math.abs(x) > 30) return Math.sign(x);
  if (Math.abs(x) >= 2) return Math.sign(x) * (1 - erfcBeyond(Math.abs(x)));
  let [term, sum] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

function erfc(x: number): number {
  if (x > 30) return 0;
  return x >= 2 ? erfcBeyond(x) : 1 - erf(x);
}

const sigmoid = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
const softplus = (x: number): number => (x < 0 ? 0 : x) + Math.log1p(Math.exp(-Math.abs(x)));

/** By whole powers and what is left. */
function exp2(x: number): number {
  const whole = Math.trunc(x);
  return Math.abs(x) < 1000 ? Math.exp((x - whole) * Math.LN2) * 2 ** whole : 2 ** x;
}

/** Around ½, where the logarithms of x and 1 − x are nearly equal, by their quotient. */
function logit(x: number): number {
  return Math.abs(x - 0.5) < 0.25 ? Math.log1p((2 * x - 1) / (1 - x)) : Math.log(x) - Math.log1p(-x);
}

function sinc(x: number): number {
  if (x === 0) return 1;
  if (!Number.isFinite(x)) return Number.NaN;
  const whole = Math.round(x); // the sign of 0 is that of x
  if (x === whole) return 0 / x;
  return ((whole % 2 === 0 ? 1 : -1) * Math.sin(Math.PI * (x - whole))) / (Math.PI * x);
}

const softsign = (x: number): number => (Math.abs(x) === Infinity ? Math.sign(x) : x / (1 + Math.abs(x)));
const isru = (x: number): number => (Math.abs(x) === Infinity ? Math.sign(x) : x / Math.sqrt(1 + x * x));

/** By its series near zero. */
function tanhshrink(x: number): number {
  const t = x * x;
  if (Math.abs(x) > 0.05) return x - Math.tanh(x);
  return ((x * t) / 3) * (1 - t * (2 / 5 - t * (17 / 105 - (t * 62) / 945)));
}

/** As C has it: 1 to any power is 1, and so is (−1)^±∞. */
const pow = (x: number, y: number): number => (x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y);

function logaddexp(a: number, b: number): number {
  return a === b ? a + Math.LN2 : Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}

function logaddexp2(a: number, b: number): number {
  return a === b ? a + 1 : Math.max(a, b) + Math.log1p(2 ** -Math.abs(a - b)) * Math.LOG2E;
}

/** Slope of the exponent of the tanh form of gelu, which multiplies the error of the exponent. */
const geluExponent = (x: number): number => Math.sqrt(8 / Math.PI) * (x + 0.044715 * x ** 3);

/** The greatest of |a|, |b| and 1, which what is added to the greater of a and b does not exceed. */
const ofGreater = (a: number, b: number): number => Math.max(1, Math.abs(a), Math.abs(b));

// ---- the table ------------------------------------------------------------------------------------------------------

export const rows: readonly Row[] = [
  { name: "exp", f: T.exp, correct: Math.exp, bound: 1.1 },
  { name: "expm1", f: T.expm1, correct: Math.expm1, bound: 1.8 },
  { name: "exp2", f: T.exp2, correct: exp2, bound: 1 },
  { name: "log", f: T.log, correct: Math.log, bound: 0.9 },
  { name: "log1p", f: T.log1p, correct: Math.log1p, bound: 0.9 },
  { name: "log2", f: T.log2, correct: Math.log2, bound: 1 },
  { name: "log10", f: T.log10, correct: Math.log10, bound: 1.75 },
  { name: "sqrt", f: T.sqrt, correct: Math.sqrt, bound: 0.5 },
  { name: "rsqrt", f: T.rsqrt, correct: (x) => 1 / Math.sqrt(x), bound: 1.5 },
  { name: "cbrt", f: T.cbrt, correct: Math.cbrt, bound: 1 },
  { name: "pow", f: T.pow, correct: pow, bound: 1.1 },
  { name: "pow 3", f: (x) => T.pow(x, 3), correct: (x) => x ** 3, bound: 2, stated: "of cubes 2 ulp" },
  { name: "hypot", f: T.hypot, correct: Math.hypot, bound: 2.5 },
  { name: "sin", f: T.sin, correct: Math.sin, bound: 1.75 },
  { name: "cos", f: T.cos, correct: Math.cos, bound: 1.75 },
  { name: "tan", f: T.tan, correct: Math.tan, bound: 3.5 },
  { name: "asin", f: T.asin, correct: Math.asin, bound: 2.1 },
  { name: "acos", f: T.acos, correct: Math.acos, bound: 1.2 },
  { name: "atan", f: T.atan, correct: Math.atan, bound: 2 },
  { name: "atan2", f: T.atan2, correct: Math.atan2, bound: 2 },
  { name: "sinh", f: T.sinh, correct: Math.sinh, bound: 2.4 },
  { name: "cosh", f: T.cosh, correct: Math.cosh, bound: 1.5 },
  { name: "tanh", f: T.tanh, correct: Math.tanh, bound: 2.5 },
  { name: "asinh", f: T.asinh, correct: Math.asinh, bound: 2 },
  { name: "acosh", f: T.acosh, correct: Math.acosh, bound: 2.5 },
  { name: "atanh", f: T.atanh, correct: Math.atanh, bound: 2.1 },
  { name: "sigmoid", f: T.sigmoid, correct: sigmoid, bound: 2.5 },
  { name: "softplus", f: T.softplus, correct: softplus, bound: 2 },
  { name: "logSigmoid", f: nn.logSigmoid, correct: (x) => -softplus(-x), bound: 2 },
  { name: "logit", f: T.logit, correct: logit, bound: 3.5 },
  { name: "erf", f: T.erf, correct: erf, bound: 1.9 },
  { name: "erfc", f: T.erfc, correct: erfc, bound: 3 },
  { name: "sinc", f: T.sinc, correct: sinc, bound: 4 },
  { name: "deg2rad", f: T.deg2rad, correct: (x) => x * (Math.PI / 180), bound: 1.5 },
  { name: "rad2deg", f: T.rad2deg, correct: (x) => x * (180 / Math.PI), bound: 1.5 },
  { name: "logaddexp", f: T.logaddexp, correct: logaddexp, bound: 2, scale: ofGreater },
  { name: "logaddexp2", f: T.logaddexp2, correct: logaddexp2, bound: 2, scale: ofGreater },
  { name: "silu", f: nn.silu, correct: (x) => x * sigmoid(x), bound: 3.5, tiny: 55 },
  { name: "mish", f: nn.mish, correct: (x) => x * Math.tanh(softplus(x)), bound: 4, tiny: 55 },
  {
    name: "gelu",
    f: (x) => nn.gelu(x),
    correct: (x) => (x / 2) * erfc(-x * Math.SQRT1_2),
    bound: (x) => 4 + 1.5 * Math.min(x, 0) ** 2,
    stated: "4 + 1.5 x² ulp",
  },
  {
    name: "gelu tanh",
    f: (x) => nn.gelu(x, { approximate: "tanh" }),
    correct: (x) => x * sigmoid(geluExponent(x)),
    bound: (x) => 4 + 3 * Math.abs(Math.min(geluExponent(x), 0)),
    stated: "4 + 6|u| ulp",
  },
  { name: "elu", f: (x) => nn.elu(x), correct: (x) => (x > 0 ? x : Math.expm1(x)), bound: 1.8 },
  { name: "softsign", f: nn.softsign, correct: softsign, bound: 2 },
  { name: "isru", f: (x) => nn.isru(x), correct: isru, bound: 3 },
  { name: "tanhshrink", f: nn.tanhshrink, correct: tanhshrink, bound: 4 },
];
