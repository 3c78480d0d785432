/**
 * Errors in units in the last place, and the numbers at which functions are tried: special ones, those beside powers of
 * two, whole numbers and halves, the ends of ranges, and any patterns of bits.
 */
import { generator } from "./random.ts";

export type Float = "f32" | "f64";

const formats = {
  f32: { fraction: 23, largest: 2 ** 128 - 2 ** 104, smallest: 2 ** -149, round: Math.fround },
  f64: { fraction: 52, largest: Number.MAX_VALUE, smallest: Number.MIN_VALUE, round: (x: number) => x },
} as const;

const eight = new ArrayBuffer(8);
const asNumber = new Float64Array(eight);
const asWords = new Uint32Array(eight);

/** 2^⌊log₂ |x|⌋ for a normal float64; 2^−1023 for less. */
function binade(x: number): number {
  asNumber[0] = x;
  asWords[0] = 0;
  asWords[1]! &= 0x7ff00000;
  return asNumber[0] || 2 ** -1023;
}

/** The distance of neighbours where x is. */
export function lastPlace(type: Float, x: number): number {
  const { fraction, smallest } = formats[type];
  return Math.max(smallest, binade(x) * 2 ** -fraction);
}

/**
 * Distance of `actual` from `correct` + `rest` in units in the last place of the type; `rest` is in these units. A wrong
 * zero, infinity or NaN is infinitely far away; what rounds to an infinity may be the largest number, and the other way.
 */
export function ulps(type: Float, actual: number, correct: number, rest = 0): number {
  const { largest, round } = formats[type];
  if (actual === 0 || !Number.isFinite(actual)) if (Object.is(actual, round(correct))) return 0;
  if (Number.isNaN(actual) || Number.isNaN(correct)) return Infinity;
  if (actual === 0 && correct === 0) return Infinity; // the wrong zero
  const finite = (x: number) => Math.max(-largest, Math.min(largest, x));
  if (!Number.isFinite(correct) && Math.abs(actual) < largest) return Infinity;
  const goal = finite(correct);
  return Math.abs((finite(actual) - goal) / lastPlace(type, goal) - rest);
}

const both = (numbers: readonly number[]): number[] => numbers.flatMap((x) => [x, -x]);

/** Numbers at which formulas begin, end and change, as float32: some 5,000. */
export function structured(): Float32Array<ArrayBuffer> {
  const numbers = both([0, Infinity, 2 ** 128 - 2 ** 104, 2 ** -126 - 2 ** -149, 1e-20, 1e20, 1e30]);
  numbers.push(Number.NaN);
  const words = new Int32Array(1);
  const single = new Float32Array(words.buffer);
  const around = (x: number, reach: number): void => {
    single[0] = x;
    const middle = words[0]!;
    for (let step = -reach; step <= reach; step++) {
      words[0] = middle + step;
      numbers.push(single[0]!, -single[0]!);
    }
  };
  for (let k = -149; k < 128; k++) around(2 ** k, k < -146 ? 0 : 2);
  around(1, 64); // where logarithms vanish and inverse functions end
  for (let n = 1; n <= 160; n++) numbers.push(...both([n / 2]));
  for (let k = 0; k <= 38; k++) around(10 ** k, 1);
  for (let n = 1; n <= 64; n++) around((n * Math.PI) / 4, 1);
  // where e^x and 2^x leave the range, or round to 1 beside it; erfc likewise
  for (const end of [88.722839, 87.336545, 89.415985, 103.972084, 126, 127.99999, 149, 150, 9.0109, 8.66, 10.05, 17.33])
    around(end, 4);
  return Float32Array.from(numbers);
}

/** `count` float32 numbers: half of any bits, half of one sign or the other and 2^−10 to 2^8 in size. */
export function randomSingles(count: number, seed: number): Float32Array<ArrayBuffer> {
  const random = generator(seed);
  const numbers = new Float32Array(count);
  const words = new Uint32Array(numbers.buffer);
  for (let i = 0; i < count; i++) {
    const word = random() * 2 ** 32;
    words[i] = i % 2 === 0 ? word : (word & 0x807fffff) + ((117 + Math.floor(random() * 18)) << 23);
  }
  return numbers;
}
