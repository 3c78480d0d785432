/**
 * Plain float64 evaluation of functions that JavaScript does not have, for the reference device: from series and
 * continued fractions of the textbooks, slow and independent of the polynomials that compiled code uses.
 */

/** e^(−x²) without the error that rounding x² would bring: x = h + (x − h) with a short h whose square is exact. */
function expMinusSquare(x: number): number {
  const h = Math.fround(x);
  return Math.exp(-h * h) * Math.exp(-(x - h) * (x + h));
}

/** 2/√π · Σ (−1)ⁿ x^(2n+1) / (n! (2n+1)), whose terms fall from the first on where |x| < 1; DLMF 7.6.1. */
function erfSeries(x: number): number {
  let [power, rest] = [x, 0];
  for (let n = 1; Math.abs(power) > Math.abs(x) * 1e-18; n++) {
    power *= (-x * x) / n;
    rest += power / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * (x + rest);
}

/** e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3/2/(x + …)))) for x ≥ ½, from the innermost fraction outwards; DLMF 7.9.1. */
function erfcFraction(x: number): number {
  const depth = Math.ceil(200 / (x * x)) + 20; // the rest is about e^(−2x√(2·depth))
  let fraction = x;
  for (let n = depth; n >= 1; n--) fraction = x + n / 2 / fraction;
  return expMinusSquare(x) / Math.sqrt(Math.PI) / fraction;
}

/** The error function, 2/√π ∫₀ˣ e^(−t²) dt. */
export function erf(x: number): number {
  if (x === 0 || Number.isNaN(x)) return x; // keeps −0
  if (Math.abs(x) > 6) return Math.sign(x);
  return Math.abs(x) < 1 ? erfSeries(x) : Math.sign(x) * (1 - erfcFraction(Math.abs(x)));
}

/** 1 − erf(x), to full relative accuracy where erf is close to 1. */
export function erfc(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > 30) return 0; // below the smallest float64
  return x < 0.5 ? 1 - erf(x) : erfcFraction(x);
}

/** 2ˣ, exact at whole numbers. */
export function exp2(x: number): number {
  const whole = Math.trunc(x);
  return Math.abs(x) < 1100 ? Math.exp((x - whole) * Math.LN2) * 2 ** whole : 2 ** x;
}

/** Math.pow as IEEE 754 and C have it: 1 to any power is 1, and so is (−1)^±∞; JavaScript says NaN. */
export function pow(x: number, y: number): number {
  if (x === 1 || (x === -1 && Math.abs(y) === Infinity)) return 1;
  return x ** y;
}

/** x to a whole power modulo 2⁶⁴; a negative power as in `integerPow`. */
export function bigintPow(x: bigint, y: bigint): bigint {
  if (y < 0n) return x === 1n ? 1n : x === -1n ? (y % 2n === 0n ? 1n : -1n) : 0n;
  let [result, square] = [1n, x];
  for (let rest = y; rest > 0n; rest /= 2n) {
    if (rest % 2n === 1n) result = BigInt.asIntN(64, result * square);
    square = BigInt.asIntN(64, square * square);
  }
  return result;
}

/** x to a whole power modulo 2³²; a negative power is the whole part of the fraction: 0 unless x is ±1. */
export function integerPow(x: number, y: number): number {
  if (y < 0) return x === 1 ? 1 : x === -1 ? (y % 2 === 0 ? 1 : -1) : 0;
  let [result, square] = [1, x];
  for (let rest = y; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = Math.imul(result, square);
    square = Math.imul(square, square);
  }
  return result;
}

/**
 * Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", 2011): the
 * first word of the counter (counter, 0) under the key (key0, key1).
 */
export function threefry(key0: number, key1: number, counter: number): number {
  const keys = [key0, key1, key0 ^ key1 ^ parity];
  let x0 = (counter + key0) | 0;
  let x1 = key1 | 0;
  for (let block = 0; block < 5; block++) {
    for (const bits of rotations[block % 2]!) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << bits) | (x1 >>> (32 - bits))) ^ x0;
    }
    x0 = (x0 + keys[(block + 1) % 3]!) | 0;
    x1 = (x1 + keys[(block + 2) % 3]! + block + 1) | 0;
  }
  return x0;
}

const parity = 0x1bd11bda; // of the key's third word, from Skein
const rotations: readonly (readonly number[])[] = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
];
