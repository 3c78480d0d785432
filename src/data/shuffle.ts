/**
 * Random numbers for the order of samples, on the host: no graph, no device. A seed gives the same order everywhere.
 *
 * Generator: xoshiro128** (D. Blackman and S. Vigna, Scrambled linear pseudorandom number generators, ACM TOMS 2021),
 * its state filled by splitmix32, as its authors advise for seeds with few bits.
 */

/** Whole numbers 0 … n − 1, one at each call. */
export type DrawBelow = (n: number) => number;

/** Draws from the sequence that `seed` and `stream` name. */
export function generator(seed: number, stream = 0): DrawBelow {
  const next = splitmix32(seed, stream);
  let [a, b, c, d] = [next(), next(), next(), next()];
  return (n) => {
    const x = Math.imul(b, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return Math.floor((result / 2 ** 32) * n); // uneven by less than n / 2³²
  };
}

function splitmix32(seed: number, stream: number): () => number {
  let state =
    Math.imul(seed | 0, 0x85ebca6b) ^ Math.imul((stream | 0) + 0x632be5ab, 0xc2b2ae35) ^ Math.floor(seed / 2 ** 32);
  return () => {
    state = (state + 0x9e3779b9) | 0; // 2³² / golden ratio
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return z ^ (z >>> 15);
  };
}

/** Brings `items` in random order, in place (Fisher and Yates). */
export function shuffle<A extends Int32Array | number[]>(items: A, below: DrawBelow): A {
  for (let i = items.length - 1; i > 0; i--) {
    const j = below(i + 1);
    const held = items[i]!;
    items[i] = items[j]!;
    items[j] = held;
  }
  return items;
}

/** 0, 1, …, n − 1 in random order. */
export function permutation(n: number, below: DrawBelow): Int32Array {
  return shuffle(
    Int32Array.from({ length: n }, (_, i) => i),
    below,
  );
}
