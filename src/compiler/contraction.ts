/**
 * The contraction kernel: C[b, m, n] = Σ_k A[b, m, k] · B[b, k, n] over packed panels and a register tile.
 *
 * The schedule is that of Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication", in the form of BLIS: blocks
 * of columns, of depth and of rows, whose copies ("packed panels") stay in the caches, and a register tile in the middle. Where an operand is used
 * so few times that a copy would not pay, the tile reads it in its place.
 */
import type { Index, LoopVariable } from "../graph/index.ts";
import type { LoopBuilder } from "./builder.ts";
import { Nest, type Plan } from "./contraction-nest.ts";
import type { Lanes, Reg } from "./loops.ts";

/** What is to be contracted: sizes, and how to emit the elements of both operands and what becomes of a finished sum. */
export interface ContractionJob {
  readonly type: "f32" | "f64";
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Whether neighbours along rows (of A) or columns (of B) or along depth lie next to each other in memory, so that reading in lanes along them is one load. */
  readonly contiguousA: "rows" | "depth" | null;
  readonly contiguousB: "columns" | "depth" | null;
  /** Whether an element of A, of B is read by nothing but a load: reading it again is cheap. */
  readonly plainA?: boolean;
  readonly plainB?: boolean;
  /** Sizes of the axes that make up depth, in row-major order: addresses are simple for steps within the last of them. */
  readonly depthAxes?: readonly number[];
  /** Emits A[batch, row, depth]; with `along`, the values for `lanes` consecutive positions of that variable, which occurs with coefficient 1 in one of the indices. */
  a(
    at: { readonly batch: Index; readonly row: Index; readonly depth: Index },
    along?: LoopVariable,
    lanes?: Lanes,
  ): Reg;
  /** Emits B[batch, depth, column], likewise. */
  b(
    at: { readonly batch: Index; readonly depth: Index; readonly column: Index },
    along?: LoopVariable,
    lanes?: Lanes,
  ): Reg;
  /** Emits the epilogue and the stores for a finished sum; with `along`, for `lanes` consecutive columns. */
  finish(
    at: { readonly batch: Index; readonly row: Index; readonly column: Index },
    sum: Reg,
    along?: LoopVariable,
    lanes?: Lanes,
  ): void;
  /** Scratch memory of this kernel in bytes; gives the number of the buffer. */
  scratch(bytes: number): number;
}

/** Sizes of the register tile and of the blocks, in elements but for the vectors. */
export interface Tile {
  readonly rows: number;
  readonly vectors: number;
  /** Rows of A packed at a time. */
  readonly rowBlock: number;
  /** Depths packed at a time. */
  readonly depthBlock: number;
  /** Columns of B packed at a time. */
  readonly columnBlock: number;
}

export const defaultTile: Tile = { rows: 4, vectors: 2, rowBlock: 128, depthBlock: 1024, columnBlock: 512 };

/** Emits the loops of a contraction. */
export function emitContraction(b: LoopBuilder, job: ContractionJob, tile: Tile = defaultTile): void {
  if (job.batch === 0 || job.rows === 0 || job.columns === 0) return;
  new Nest(b, job, planOf(job, tile)).emit();
}

function planOf(job: ContractionJob, tile: Tile): Plan {
  const lanes = job.type === "f32" ? 4 : 2;
  const packsB = job.rows > tile.rows;
  const packsA = packsB && job.columns > tile.vectors * lanes;
  return { tile, packs: { a: packsA, b: packsB }, unit: unitOf(job) };
}

/** Neighbours along depth that are copied by one trip: whole axes while they are short, else a part of the last one. */
function unitOf({ depth, depthAxes = [depth] }: ContractionJob): number {
  let unit = 1;
  for (const n of [...depthAxes].reverse()) {
    if (unit * n > longestUnit) return unit > 1 ? unit : largestDivisor(n, 8);
    unit *= n;
  }
  return Math.max(1, unit);
}

/** A kernel of 5 × 5 is copied whole. */
const longestUnit = 27;

function largestDivisor(n: number, most: number): number {
  let divisor = most;
  while (n % divisor !== 0) divisor--;
  return divisor;
}
