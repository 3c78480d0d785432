/**
 * The discrete Fourier transform of rows, made of matrix products and factors on the unit circle ("twiddles"), n log n in all.
 *
 *     X[k] = Σ_j x[j] ω^(jk),   ω = e^(∓2πi/n)
 *
 * - A short or prime length is one product with the matrix ω^(jk).
 * - n = r · m (Cooley & Tukey 1965): with j = j₁m + j₂ and k = k₁ + rk₂ there are m transforms of length r over j₁, a
 *   factor ω^(j₂k₁) each, and r transforms of length m over j₂.
 * - A long prime length (Bluestein 1970): from jk = (j² + k² − (k − j)²) / 2 it is a convolution with ω^(−j²/2), and that is a product
 *   of transforms whose length is a power of two.
 *
 * Rows are [rows, parts, n] with one part (real numbers) or two (real and imaginary), results have two. All factors come from
 * tables computed in float64 and rounded once. Being linear and composed, the transform has derivatives of every order.
 */
import { range, Storage } from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";

/** −1: ω = e^(−2πi/n), the forward transform. 1: the inverse without its 1/n. */
export type Direction = -1 | 1;

/** Up to this length one product with a matrix is fastest (measured on wasm). */
const longestMatrix = 32;
/** Primes up to this one are cheaper as a product than as a convolution. */
const longestPrime = 128;

/** [rows, parts, n] → [rows, 2, n]. */
export function transformRows(x: Node, direction: Direction): Node {
  const n = x.shape[2]!;
  if (n <= longestMatrix) return byMatrix(x, direction);
  const radix = radixOf(n);
  if (radix !== null) return byFactors(x, radix, direction);
  return n <= longestPrime ? byMatrix(x, direction) : byConvolution(x, direction);
}

/**
 * A factor of n for the first step: of those up to 32 the one that leaves steps of about equal size, else the least
 * prime factor; null for a prime.
 */
function radixOf(n: number): number | null {
  const steps = Math.ceil(Math.log(n) / Math.log(longestMatrix));
  const wanted = n ** (1 / steps);
  const distance = (r: number): number => Math.abs(Math.log(r / wanted));
  const small = range(longestMatrix + 1).filter((r) => r > 1 && r < n && n % r === 0);
  if (small.length > 0) return small.reduce((best, r) => (distance(r) < distance(best) ? r : best));
  for (let p = longestMatrix + 1; p * p <= n; p++) if (n % p === 0) return p;
  return null;
}

// ---------------------------------------------------------------------------------------------------------------- steps

/** One product with the matrix of all ω^(jk). */
function byMatrix(x: Node, direction: Direction): Node {
  const [, parts, n] = x.shape as [number, number, number]; // rows, parts, n
  const [matrix] = tables(`matrix ${parts} ${n} ${direction}`, [parts * n * 2 * n], ([values]) => {
    for (let j = 0; j < n; j++) {
      for (let k = 0; k < n; k++) {
        const [re, im] = power(j * k, n, direction);
        const at = (part: number, result: number): number => ((part * n + j) * 2 + result) * n + k;
        values![at(0, 0)] = re;
        values![at(0, 1)] = im;
        if (parts === 1) continue;
        values![at(1, 0)] = -im;
        values![at(1, 1)] = re;
      }
    }
  });
  return graph.contract(x, graph.data(matrix!, [parts, n, 2, n]), { batch: 0, rows: 1, columns: 2 });
}

/** Cooley and Tukey's step. */
function byFactors(x: Node, r: number, direction: Direction): Node {
  const [rows, parts, n] = x.shape as [number, number, number]; // rows, parts, n
  const m = n / r;
  const split = graph.permute(graph.reshape(x, [rows, parts, r, m]), [0, 3, 1, 2]); // [rows, j₂, parts, j₁]
  const inner = transformRows(graph.reshape(split, [rows * m, parts, r]), direction); // [rows · j₂, 2, k₁]
  const twiddles = factors(`twiddle ${m} ${r} ${direction}`, [m, r], (i) =>
    power(Math.floor(i / r) * (i % r), n, direction),
  );
  const turned = times(graph.reshape(inner, [rows, m, 2, r]), twiddles);
  const outer = graph.reshape(graph.permute(turned, [0, 3, 2, 1]), [rows * r, 2, m]); // [rows · k₁, 2, j₂]
  const found = graph.reshape(transformRows(outer, direction), [rows, r, 2, m]);
  return graph.reshape(graph.permute(found, [0, 2, 3, 1]), [rows, 2, n]); // k = k₁ + rk₂
}

/** Bluestein's convolution: with c[j] = ω^(j²/2), X[k] = c[k] Σ_j (x[j] c[j]) c*[k − j]. */
function byConvolution(x: Node, direction: Direction): Node {
  const [rows, parts, n] = x.shape as [number, number, number]; // rows, parts, n
  const length = 2 ** Math.ceil(Math.log2(2 * n - 1));
  const chirp = (j: number): Complex => power((j * j) % (2 * n), 2 * n, direction); // j² is exact up to n = 2²⁶
  const chirps = factors(`chirp ${n} ${direction}`, [1, n], chirp);
  const filter = factors(`filter ${n} ${direction}`, [1, length], chirpSpectrum(n, length, chirp));
  const both = parts === 2 ? x : lengthen(x, 1, 2);
  const weighted = graph.reshape(times(graph.reshape(both, [rows, 1, 2, n]), chirps), [rows, 2, n]);
  const spectrum = transformRows(lengthen(weighted, 2, length), -1);
  const product = graph.reshape(times(graph.reshape(spectrum, [rows, 1, 2, length]), filter), [rows, 2, length]);
  const convolved = crop(transformRows(product, 1), n);
  return graph.reshape(times(graph.reshape(convolved, [rows, 1, 2, n]), chirps), [rows, 2, n]);
}

/** The transform of c*[j], which runs around the circle from both sides, over its length: found when it is asked for. */
function chirpSpectrum(n: number, length: number, chirp: (j: number) => Complex): (i: number) => Complex {
  let spectrum: [Float64Array, Float64Array] | null = null;
  const find = (): [Float64Array, Float64Array] => {
    const [re, im] = [new Float64Array(length), new Float64Array(length)];
    for (let j = 0; j < n; j++) {
      const [a, b] = chirp(j);
      for (const at of [j, (length - j) % length]) [re[at], im[at]] = [a / length, -b / length];
    }
    transformInPlace(re, im);
    return [re, im];
  };
  return (i) => {
    spectrum ??= find();
    return [spectrum[0][i]!, spectrum[1][i]!];
  };
}

/** Forward transform of a power-of-two length in float64, for tables: bits reversed, then butterflies. */
function transformInPlace(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    [re[i], re[j]] = [re[j]!, re[i]!];
    [im[i], im[j]] = [im[j]!, im[i]!];
  }
  for (let size = 2; size <= n; size *= 2) {
    for (let k = 0; k < size / 2; k++) {
      const [c, s] = power(k, size, -1);
      for (let i = k; i < n; i += size) {
        const j = i + size / 2;
        const [a, b] = [re[j]! * c - im[j]! * s, re[j]! * s + im[j]! * c];
        [re[j], im[j]] = [re[i]! - a, im[i]! - b];
        [re[i], im[i]] = [re[i]! + a, im[i]! + b];
      }
    }
  }
}

// --------------------------------------------------------------------------------------------------------------- movement

/** Zeros after the entries of an axis until there are n. */
function lengthen(x: Node, axis: number, n: number): Node {
  const none = x.shape.map(() => 0);
  const after = x.shape.map((size, i) => (i === axis ? n - size : 0));
  return graph.pad(x, { before: none, after, interior: none });
}

/** The first n entries of the last axis. */
function crop(x: Node, n: number): Node {
  return graph.slice(x, { start: [0, 0, 0], size: [x.shape[0]!, 2, n], step: [1, 1, 1] });
}

// ---------------------------------------------------------------------------------------------------------------- factors

type Complex = readonly [re: number, im: number];

/** Complex factors for [rows, a, 2, b]: real parts [1, a, 1, b], and imaginary parts with their signs, [1, a, 2, b]. */
interface Factors {
  readonly re: Node;
  readonly im: Node;
}

/** z · w: what stays in its part, and what changes it: (a, b) → a Re w + (−b, a) Im w. */
function times(z: Node, { re, im }: Factors): Node {
  const stays = graph.mul(z, graph.expand(re, z.shape));
  return graph.add(stays, graph.mul(graph.flip(z, [2]), graph.expand(im, z.shape)));
}

/** Factors from `value` at each of a · b places. */
function factors(name: string, [a, b]: readonly [number, number], value: (i: number) => Complex): Factors {
  const [re, im] = tables(name, [a * b, 2 * a * b], ([stays, changes]) => {
    for (let row = 0; row < a; row++) {
      for (let column = 0; column < b; column++) {
        const [x, y] = value(row * b + column);
        stays![row * b + column] = x;
        changes![2 * row * b + column] = -y;
        changes![(2 * row + 1) * b + column] = y;
      }
    }
  });
  return { re: graph.data(re!, [1, a, 1, b]), im: graph.data(im!, [1, a, 2, b]) };
}

const quarters: readonly Complex[] = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
];

/** ω^t = e^(±2πi t/n); exact at quarter turns. */
function power(t: number, n: number, direction: Direction): Complex {
  const turn = t % n;
  const quarter = quarters[(4 * turn) / n]; // undefined between them
  if (quarter !== undefined) return [quarter[0], direction * quarter[1]];
  const angle = (2 * Math.PI * turn) / n;
  return [Math.cos(angle), direction * Math.sin(angle)];
}

/** Tables by name, the most recently used last. */
const made = /* @__PURE__ */ new Map<string, readonly Storage[]>();
/** How many numbers the tables may have together; those of a transform of 2²⁰ have 3 · 2²⁰. */
const keptNumbers = 2 ** 23;

/** Tables of the given sizes, which `fill` writes the first time. */
function tables(
  name: string,
  sizes: readonly number[],
  fill: (values: readonly Float32Array[]) => void,
): readonly Storage[] {
  let found = made.get(name);
  if (found === undefined) {
    const values = sizes.map((size) => new Float32Array(size));
    fill(values);
    found = values.map((array) => new Storage("float32", array.length, array));
  }
  made.delete(name);
  made.set(name, found);
  forgetOldest(name);
  return found;
}

function forgetOldest(newest: string): void {
  let kept = [...made.values()].flat().reduce((total, { size }) => total + size, 0);
  for (const [name, storages] of made) {
    if (kept <= keptNumbers || name === newest) return;
    made.delete(name);
    kept -= storages.reduce((total, { size }) => total + size, 0);
  }
}
