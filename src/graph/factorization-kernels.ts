/**
 * Factorisations of one dense matrix in float64, row by row, in the plainest way that is backward stable. Sizes here are those of
 * small networks and of statistics; whoever factors matrices of thousands of rows wants LAPACK's blocks. Source: Golub & Van Loan,
 * Matrix Computations, 4th edition; the sections are named below.
 */

/** A matrix of `rows` rows, one after the other. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

export function matrix(rows: number, columns: number, data = new Float64Array(rows * columns)): Matrix {
  return { rows, columns, data };
}

export function transposed({ rows, columns, data }: Matrix): Matrix {
  return matrix(
    columns,
    rows,
    Float64Array.from(data, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!),
  );
}

// ------------------------------------------------------------------------------------------------------ P A = L U (3.4)

export interface LU {
  /** U on and above the diagonal, L without its ones below */
  readonly factors: Matrix;
  /** Row i of P A is row order[i] of A. */
  readonly order: readonly number[];
  /** det P: 1 or −1 */
  readonly sign: number;
}

function swapRows(data: Float64Array, columns: number, i: number, j: number): void {
  for (let k = 0; k < columns; k++) {
    const held = data[i * columns + k]!;
    data[i * columns + k] = data[j * columns + k]!;
    data[j * columns + k] = held;
  }
}

/** The row from `k` on whose entry in column k is largest; its entry is 0 if all are. */
function pivotRow(data: Float64Array, n: number, k: number): number {
  let best = k;
  for (let i = k + 1; i < n; i++) if (Math.abs(data[i * n + k]!) > Math.abs(data[best * n + k]!)) best = i;
  return best;
}

/** Gaussian elimination with row pivots. A singular matrix leaves a 0 on the diagonal of U. */
export function lu(a: Matrix): LU {
  const n = a.rows;
  const data = a.data.slice();
  const order = Array.from({ length: n }, (_, i) => i);
  let sign = 1;
  for (let k = 0; k < n; k++) {
    const p = pivotRow(data, n, k);
    if (p !== k) {
      swapRows(data, n, p, k);
      [order[p], order[k]] = [order[k]!, order[p]!];
      sign = -sign;
    }
    const pivot = data[k * n + k]!;
    if (pivot === 0) continue; // the whole column is 0: nothing to eliminate
    for (let i = k + 1; i < n; i++) {
      const factor = data[i * n + k]! / pivot;
      data[i * n + k] = factor;
      for (let j = k + 1; j < n; j++) data[i * n + j]! -= factor * data[k * n + j]!;
    }
  }
  return { factors: matrix(n, n, data), order, sign };
}

export function isSingular({ factors: { rows: n, data } }: LU): boolean {
  for (let k = 0; k < n; k++) if (data[k * n + k] === 0) return true;
  return false;
}

/** X of A X = B: forward through L, backward through U (3.1). */
export function luSolve({ factors: { rows: n, data }, order }: LU, b: Matrix): Matrix {
  const width = b.columns;
  const x = matrix(n, width);
  for (let c = 0; c < width; c++) {
    for (let i = 0; i < n; i++) {
      let sum = b.data[order[i]! * width + c]!;
      for (let j = 0; j < i; j++) sum -= data[i * n + j]! * x.data[j * width + c]!;
      x.data[i * width + c] = sum;
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = x.data[i * width + c]!;
      for (let j = i + 1; j < n; j++) sum -= data[i * n + j]! * x.data[j * width + c]!;
      x.data[i * width + c] = sum / data[i * n + i]!;
    }
  }
  return x;
}

export function determinant(a: Matrix): number {
  const { factors, sign } = lu(a);
  let product = sign;
  for (let k = 0; k < a.rows; k++) product *= factors.data[k * a.rows + k]!;
  return product;
}

// --------------------------------------------------------------------------------------------------------- A = L Lᵀ (4.2)

/** The lower factor; null if a pivot is not positive. */
export function cholesky(a: Matrix): Matrix | null {
  const n = a.rows;
  const l = matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a.data[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l.data[i * n + k]! * l.data[j * n + k]!;
      if (i === j && !(sum > 0)) return null;
      l.data[i * n + j] = i === j ? Math.sqrt(sum) : sum / l.data[j * n + j]!;
    }
  }
  return l;
}

// ---------------------------------------------------------------------------------------------------------- A = Q R (5.2)

/** x ← x − 2 v vᵀ x / vᵀv for the columns of x from `first` on; v begins at row `k`. */
function reflect(x: Matrix, v: Float64Array, k: number, first: number): void {
  const scale = v.reduce((sum, entry) => sum + entry * entry, 0);
  if (scale === 0) return;
  for (let j = first; j < x.columns; j++) {
    let product = 0;
    for (let i = 0; i < v.length; i++) product += v[i]! * x.data[(k + i) * x.columns + j]!;
    const step = (2 * product) / scale;
    for (let i = 0; i < v.length; i++) x.data[(k + i) * x.columns + j]! -= step * v[i]!;
  }
}

/** √(Σ x²) without overflow, the sum with Kahan's compensation: as `Math.hypot`, of however many numbers. */
function lengthOf(v: Float64Array): number {
  let greatest = 0;
  for (const x of v) greatest = Math.max(greatest, Math.abs(x));
  if (greatest === 0 || !Number.isFinite(greatest)) return greatest;
  let [sum, lost] = [0, 0];
  for (const x of v) {
    const term = (x / greatest) ** 2 - lost;
    const next = sum + term;
    lost = next - sum - term;
    sum = next;
  }
  return Math.sqrt(sum) * greatest;
}

/** The vector whose reflection takes column k of r, from row k on, to a multiple of the first unit vector. */
function householder(r: Matrix, k: number): Float64Array {
  const v = Float64Array.from({ length: r.rows - k }, (_, i) => r.data[(k + i) * r.columns + k]!);
  const length = lengthOf(v);
  v[0]! += v[0]! < 0 ? -length : length; // away from 0: no cancellation
  return v;
}

/** Reduced factors of a matrix with at least as many rows as columns, by reflections; the diagonal of r is not negative. */
export function qr(a: Matrix): { readonly q: Matrix; readonly r: Matrix } {
  const { rows: m, columns: n } = a;
  const work = matrix(m, n, a.data.slice());
  const vectors: Float64Array[] = [];
  for (let k = 0; k < n; k++) {
    const v = householder(work, k);
    vectors.push(v);
    reflect(work, v, k, k);
  }
  const q = matrix(m, n);
  for (let k = 0; k < n; k++) q.data[k * n + k] = 1;
  for (let k = n - 1; k >= 0; k--) reflect(q, vectors[k]!, k, 0);
  const r = matrix(n, n);
  for (let i = 0; i < n; i++) {
    const sign = work.data[i * n + i]! < 0 ? -1 : 1;
    for (let j = i; j < n; j++) r.data[i * n + j] = sign * work.data[i * n + j]!;
    for (let row = 0; row < m; row++) q.data[row * n + i]! *= sign;
  }
  return { q, r };
}

// --------------------------------------------------------------------------------- Jacobi's rotations (8.5 and 8.6.4)

/** Tangent of the smaller angle that makes [[a, c], [c, b]] diagonal. */
function jacobiTangent(a: number, b: number, c: number): number {
  const ratio = (b - a) / (2 * c);
  return (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.hypot(1, ratio));
}

/** Columns p and q of x ← their rotation. */
function rotateColumns({ rows, columns, data }: Matrix, p: number, q: number, cosine: number, sine: number): void {
  for (let i = 0; i < rows; i++) {
    const [x, y] = [data[i * columns + p]!, data[i * columns + q]!];
    data[i * columns + p] = cosine * x - sine * y;
    data[i * columns + q] = sine * x + cosine * y;
  }
}

function identity(n: number): Matrix {
  const out = matrix(n, n);
  for (let i = 0; i < n; i++) out.data[i * n + i] = 1;
  return out;
}

const sweeps = 60; // quadratic convergence: ten are many

/** Columns of x in the order `order`, each times its sign. */
function rearranged(x: Matrix, order: readonly number[], signs: readonly number[]): Matrix {
  const out = matrix(x.rows, order.length);
  for (let i = 0; i < x.rows; i++)
    order.forEach((from, j) => {
      out.data[i * order.length + j] = signs[j]! * x.data[i * x.columns + from]!;
    });
  return out;
}

/** For each column −1 if its largest entry is negative, else 1: what makes the choice between v and −v unique. */
function columnSigns(x: Matrix, order: readonly number[]): number[] {
  return order.map((column) => {
    let largest = 0;
    for (let i = 0; i < x.rows; i++) {
      const entry = x.data[i * x.columns + column]!;
      if (Math.abs(entry) > Math.abs(largest) * (1 + 1e-10)) largest = entry; // of equal ones the first
    }
    return largest < 0 ? -1 : 1;
  });
}

/** A symmetric matrix as V diag(w) Vᵀ, w ascending; the largest entry of every column of V is positive. */
export function symmetricEigen(a: Matrix): { readonly w: Float64Array; readonly v: Matrix } {
  const n = a.rows;
  const work = matrix(n, n, a.data.slice());
  const v = identity(n);
  const at = (i: number, j: number): number => work.data[i * n + j]!;
  const negligible = 1e-17 * a.data.reduce((most, entry) => Math.max(most, Math.abs(entry)), 0);
  for (let sweep = 0, rotated = true; rotated && sweep < sweeps; sweep++) {
    rotated = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        if (!(Math.abs(at(p, q)) > negligible)) continue;
        const t = jacobiTangent(at(p, p), at(q, q), at(p, q));
        const cosine = 1 / Math.hypot(1, t);
        rotateColumns(work, p, q, cosine, t * cosine);
        rotateRows(work, p, q, cosine, t * cosine);
        rotateColumns(v, p, q, cosine, t * cosine);
        [work.data[p * n + q], work.data[q * n + p]] = [0, 0]; // what the angle was chosen for
        rotated = true;
      }
    }
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => at(i, i) - at(j, j));
  return { w: Float64Array.from(order, (i) => at(i, i)), v: rearranged(v, order, columnSigns(v, order)) };
}

function rotateRows({ columns, data }: Matrix, p: number, q: number, cosine: number, sine: number): void {
  for (let j = 0; j < columns; j++) {
    const [x, y] = [data[p * columns + j]!, data[q * columns + j]!];
    data[p * columns + j] = cosine * x - sine * y;
    data[q * columns + j] = sine * x + cosine * y;
  }
}

export interface Svd {
  /** rows × k, k the smaller side */
  readonly u: Matrix;
  /** descending */
  readonly s: Float64Array;
  /** columns × k */
  readonly v: Matrix;
}

/** A = U diag(s) Vᵀ with k = min(rows, columns) columns, by rotations that make the columns of A orthogonal. */
export function svd(a: Matrix): Svd {
  if (a.rows < a.columns) {
    const { u, s, v } = svd(transposed(a));
    return { u: v, s, v: u };
  }
  const n = a.columns;
  const work = matrix(a.rows, n, a.data.slice());
  const v = identity(n);
  const product = (p: number, q: number): number => {
    let sum = 0;
    for (let i = 0; i < work.rows; i++) sum += work.data[i * n + p]! * work.data[i * n + q]!;
    return sum;
  };
  for (let sweep = 0, rotated = true; rotated && sweep < sweeps; sweep++) {
    rotated = false;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const [alpha, beta, gamma] = [product(p, p), product(q, q), product(p, q)];
        if (!(Math.abs(gamma) > 1e-16 * Math.sqrt(alpha * beta))) continue;
        const t = jacobiTangent(alpha, beta, gamma);
        const cosine = 1 / Math.hypot(1, t);
        rotateColumns(work, p, q, cosine, t * cosine);
        rotateColumns(v, p, q, cosine, t * cosine);
        rotated = true;
      }
    }
  }
  const lengths = Float64Array.from({ length: n }, (_, j) => Math.sqrt(product(j, j)));
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => lengths[j]! - lengths[i]!);
  const signs = columnSigns(v, order);
  const s = Float64Array.from(order, (i) => lengths[i]!);
  return { u: orthonormal(rearranged(work, order, signs), s), s, v: rearranged(v, order, signs) };
}

/** The columns of x divided by their lengths s; in place of those of no length, unit vectors at right angles to the rest. */
function orthonormal(x: Matrix, s: Float64Array): Matrix {
  const { rows: m, columns: n } = x;
  const u = matrix(m, n);
  const tiny = (s[0] ?? 0) * 1e-300;
  for (let j = 0; j < n; j++) {
    if (s[j]! > tiny) for (let i = 0; i < m; i++) u.data[i * n + j] = x.data[i * n + j]! / s[j]!;
    else for (let i = 0; i < m; i++) u.data[i * n + j] = missingDirection(u, j)[i]!;
  }
  return u;
}

/** A unit vector at right angles to the first `j` columns of u: the unit vector that sticks out of them most. */
function missingDirection(u: Matrix, j: number): Float64Array {
  const { rows: m, columns: n } = u;
  let best = new Float64Array(m);
  let bestLength = -1;
  for (let axis = 0; axis < m; axis++) {
    const e = new Float64Array(m);
    e[axis] = 1;
    for (let pass = 0; pass < 2; pass++) {
      for (let c = 0; c < j; c++) {
        let product = 0;
        for (let i = 0; i < m; i++) product += e[i]! * u.data[i * n + c]!;
        for (let i = 0; i < m; i++) e[i]! -= product * u.data[i * n + c]!;
      }
    }
    const length = lengthOf(e);
    if (length > bestLength) [best, bestLength] = [e.map((entry) => entry / length), length];
  }
  return best;
}
