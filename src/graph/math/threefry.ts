/**
 * Threefry-2x32 with 20 rounds: a random number generator without state. A block cipher with the key as the seed turns
 * the counter into bits, so that every element of an array can compute its own. Salmon, Moraes, Dror & Shaw, "Parallel
 * random numbers: as easy as 1, 2, 3", SC 2011.
 */
import type { ScalarBuilder, Value } from "../scalar.ts";

/** Left rotations of the second word, round after round; table 2 of the paper, column 2×32. */
const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** The third word of the key schedule is the exclusive or of the key and this constant (from Skein). */
const parity = 0x1bd11bda;

const rounds = 20;

/** Both output words for both counter words. All are i32, read as unsigned. */
export function threefry2x32(
  b: ScalarBuilder,
  [key0, key1]: readonly [Value, Value],
  [counter0, counter1]: readonly [Value, Value],
): [Value, Value] {
  const schedule = [key0, key1, b.xor(b.xor(key0, key1), b.constant("i32", parity))];
  const rotateLeft = (a: Value, bits: number) => b.or(b.shl(a, bits), b.shrU(a, 32 - bits));
  let x0 = b.add(counter0, key0);
  let x1 = b.add(counter1, key1);
  for (let round = 0; round < rounds; round++) {
    x0 = b.add(x0, x1);
    x1 = b.xor(rotateLeft(x1, rotations[round % rotations.length]!), x0);
    if (round % 4 === 3) {
      const injection = (round + 1) / 4; // the key is added after every fourth round, rotated by one word each time
      x0 = b.add(x0, schedule[injection % 3]!);
      x1 = b.add(b.add(x1, schedule[(injection + 1) % 3]!), b.constant("i32", injection));
    }
  }
  return [x0, x1];
}

/** 32 random bits for the counter (counter, 0). */
export function lowerThreefry(b: ScalarBuilder, key0: Value, key1: Value, counter: Value): Value {
  return threefry2x32(b, [key0, key1], [counter, b.constant("i32", 0)])[0];
}
