/**
 * The contraction kernel: C[b, m, n] = Σ_k A[b, m, k] · B[b, k, n] over packed panels and a register tile.
 *
 * The schedule is that of Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication", in the form of BLIS: blocks
 * of columns, of depth and of rows, whose copies ("packed panels") stay in the caches, and a register tile in the middle. Where an operand is used
 * so few times that a copy would not pay, the tile reads it in its place.
 */
import type { Index, LoopVariable } from "../graph/index.ts";
import type { LoopBuilder } from "./builder.ts";
import { emitInnerProducts } from "./contraction-dot.ts";
import { emitPanels } from "./contraction-nest.ts";
import { choosePlan, lanesOf, type Plan, type Tile, transposed } from "./contraction-plan.ts";
import type { Lanes, Reg } from "./loops.ts";

export type { Tile } from "./contraction-plan.ts";

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
  /** Along which of two the elements of C are neighbours when `finish` stores them; along columns if it does not say, or rows if there is one column. */
  readonly contiguousC?: "rows" | "columns";
  /** Whether an element of A, of B is read by nothing but a load, so that it may be read more than once. */
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
  /** Emits the epilogue and the stores for a finished sum; with `along`, for `lanes` consecutive columns, or rows. */
  finish(
    at: { readonly batch: Index; readonly row: Index; readonly column: Index },
    sum: Reg,
    along?: LoopVariable,
    lanes?: Lanes,
  ): void;
  /** Scratch memory of this kernel in bytes; gives the number of the buffer. */
  scratch(bytes: number): number;
}

/** Emits the loops of a contraction; with `tile`, over panels packed for a register tile and blocks of these sizes. */
export function emitContraction(b: LoopBuilder, job: ContractionJob, tile?: Tile): void {
  if (tile === undefined) return emitPlan(b, job, choosePlan(job));
  const packs = { a: job.columns > tile.vectors * lanesOf(job), b: job.rows > tile.rows };
  emitPlan(b, job, { kind: "panels", swapped: false, tile, packs });
}

/** Emits the loops that a plan says. */
export function emitPlan(b: LoopBuilder, job: ContractionJob, plan: Plan): void {
  if (job.batch === 0 || job.rows === 0 || job.columns === 0) return;
  if (plan.kind === "inner") emitInnerProducts(b, job, plan);
  else emitPanels(b, plan.swapped ? transposed(job) : job, plan);
}
