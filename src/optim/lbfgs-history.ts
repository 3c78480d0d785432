/**
 * The last pairs s, y of L-BFGS: two matrices with a row for each pair, in which the newest takes the place of the
 * oldest, and their inner products. Rows that are not filled yet are zeros, which change no sum; so one program serves
 * while the matrices are full and while they are not.
 */
import type { DType } from "../base/index.ts";
import { Variable } from "../runtime/index.ts";
import { arange, compile, concat, equal, matmul, stack, Tensor, tensor, where, zeros } from "../tensor/index.ts";
import type { Coordinates, PairProducts } from "./formulas/index.ts";
import { readNumbers } from "./numbers.ts";

/** What is saved of a history; rows in the order of the matrices. */
export interface SavedHistory {
  /** [k, n] */
  readonly s: Tensor;
  readonly y: Tensor;
  /** sᵢᵀ yⱼ and yᵢᵀ yⱼ, [k, k] */
  readonly sy: readonly (readonly number[])[];
  readonly yy: readonly (readonly number[])[];
  /** The row of the oldest pair. */
  readonly oldest: number;
}

export interface HistoryShape {
  /** How many pairs are kept at most. */
  readonly size: number;
  /** Entries of a vector. */
  readonly n: number;
  readonly dtype: DType;
  readonly device: string | null;
}

/** The matrices begin with so many rows; fuller ones are four times as high. */
const leastRows = 4;

export class History {
  readonly #shape: HistoryShape;
  #rows: Rows;
  #oldest: number;
  readonly #sy: number[][];
  readonly #yy: number[][];

  constructor(shape: HistoryShape, saved: SavedHistory | null = null) {
    this.#shape = shape;
    this.#sy = saved?.sy.map((row) => [...row]) ?? [];
    this.#yy = saved?.yy.map((row) => [...row]) ?? [];
    this.#oldest = saved?.oldest ?? 0;
    this.#rows = rowsFor(shape, this.length, saved?.s ?? null, saved?.y ?? null);
  }

  /** How many pairs there are. */
  get length(): number {
    return this.#sy.length;
  }

  /** Adds a pair; the oldest makes room for it. */
  add(s: Tensor, y: Tensor): void {
    const isFull = this.length === this.#shape.size;
    const row = isFull ? this.#oldest : this.length;
    if (isFull) this.#oldest = (this.#oldest + 1) % this.#shape.size;
    else this.#grow();
    this.#rows.put(tensor(row, { dtype: "int32" }), s, y);
    const [sBeside, yBeside] = this.#rows.products(stack([s, y]));
    for (let i = 0; i < this.length; i++) {
      this.#sy[row]![i] = yBeside[i]![0]!; // y of row i times the new s
      this.#sy[i]![row] = sBeside[i]![1]!;
      this.#yy[row]![i] = yBeside[i]![1]!;
      this.#yy[i]![row] = yBeside[i]![1]!;
    }
  }

  #grow(): void {
    const { s, y, count } = this.#rows;
    for (const products of [this.#sy, this.#yy]) products.push(new Array<number>(this.length).fill(0));
    if (this.length > count) this.#rows = rowsFor(this.#shape, this.length, s, y);
  }

  /** The rows from the oldest pair to the newest. */
  get #order(): number[] {
    return Array.from({ length: this.length }, (_, i) => (this.#oldest + i) % this.length);
  }

  /** All inner products of the pairs with each other and with g, the oldest first. */
  productsWith(g: Tensor): PairProducts {
    const order = this.#order;
    const [sg, yg] = this.#rows.products(stack([g]));
    const inOrder = (table: readonly number[][]) => order.map((i) => order.map((j) => table[i]![j]!));
    const { sy, yy } = { sy: inOrder(this.#sy), yy: inOrder(this.#yy) };
    return { sy, yy, sg: order.map((i) => sg[i]![0]!), yg: order.map((i) => yg[i]![0]!) };
  }

  /** The vector with these coordinates. */
  sum({ s, y, g: share }: Coordinates, g: Tensor): Tensor {
    const spread = (coordinates: readonly number[]): Tensor => {
      const byRow = new Array<number>(this.#rows.count).fill(0);
      for (const [i, row] of this.#order.entries()) byRow[row] = coordinates[i]!;
      return tensor(byRow, { dtype: "float64" });
    };
    return this.#rows.sum(spread(s), spread(y), tensor(share, { dtype: "float64" }), g);
  }

  /** Moves the matrices to JavaScript's memory. */
  leave(): void {
    for (const { variable } of [this.#rows.s, this.#rows.y]) variable?.leave();
  }

  save(): SavedHistory {
    const { s, y } = this.#rows;
    const filled = `:${this.length}`;
    return { s: s.detach().at(filled), y: y.detach().at(filled), sy: this.#sy, yy: this.#yy, oldest: this.#oldest };
  }
}

/** The matrices and the programs over them. */
interface Rows {
  readonly count: number;
  readonly s: Tensor;
  readonly y: Tensor;
  /** Writes a pair into a row. */
  readonly put: (row: Tensor, s: Tensor, y: Tensor) => void;
  /** S vᵀ and Y vᵀ for vectors v [c, n], summed in float64: float32 would lose what the differences of sums need. */
  readonly products: (v: Tensor) => readonly [number[][], number[][]];
  /** sᵀ S + yᵀ Y + g g */
  readonly sum: (s: Tensor, y: Tensor, share: Tensor, g: Tensor) => Tensor;
}

/** Matrices with room for `length` pairs, of which the first are given. */
function rowsFor({ size, n, dtype, device }: HistoryShape, length: number, s0: Tensor | null, y0: Tensor | null): Rows {
  let count = Math.min(leastRows, size);
  while (count < length) count = Math.min(4 * count, size);
  const [s, y] = [s0, y0].map((first) => {
    const matrix = new Tensor(new Variable([count, n], dtype, { device }));
    if (first !== null && first.shape[0]! > 0)
      matrix.assign(
        concat([first.detach(), zeros([count - first.shape[0]!, n], { dtype, device: device ?? undefined })]),
      );
    return matrix;
  }) as [Tensor, Tensor]; // two for two
  const put = compile((row: Tensor, si: Tensor, yi: Tensor) => {
    const here = equal(arange(count, { dtype: "int32" }).reshape([count, 1]), row);
    s.assign(where(here, si, s));
    y.assign(where(here, yi, y));
  });
  const multiply = compile((v: Tensor) => {
    const vectors = v.astype("float64").T;
    return concat([matmul(s.astype("float64"), vectors), matmul(y.astype("float64"), vectors)]);
  });
  const products = (v: Tensor): readonly [number[][], number[][]] => {
    const width = v.shape[0]!;
    const all = readNumbers(multiply(v));
    const rows = Array.from({ length: 2 * count }, (_, i) => all.slice(i * width, (i + 1) * width));
    return [rows.slice(0, count), rows.slice(count)];
  };
  const sum = compile((cs: Tensor, cy: Tensor, share: Tensor, g: Tensor) =>
    matmul(cs, s.astype("float64"))
      .add(matmul(cy, y.astype("float64")))
      .add(share.mul(g.astype("float64")))
      .astype(dtype),
  );
  return { count, s, y, put, products, sum };
}
