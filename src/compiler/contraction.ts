/**
 * The contraction kernel: C[b, m, n] = Σ_k A[b, m, k] · B[b, k, n] over packed panels and a register tile.
 *
 * The schedule is that of Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication", in the form of
 * BLIS (Van Zee & van de Geijn 2015): blocks of columns, of depth and of rows, whose copies, the packed panels, stay in
 * the caches, and a register tile in the middle. Where an operand is used so few times that a copy would not pay, the
 * tile reads it in its place.
 */
import type { Index, LoopVariable } from "../graph/index.ts";
import type { LoopBuilder } from "./builder.ts";
import { emitInnerProducts } from "./contraction-dot.ts";
import { emitPanels } from "./contraction-nest.ts";
import { choosePlan, type Plan, packedPlan, type Tile, transposed } from "./contraction-plan.ts";
import type { Lanes, Reg } from "./loops.ts";

export type { Tile } from "./contraction-plan.ts";

/**
 * What is to be contracted: sizes, and how to emit the elements of both operands and what becomes of a finished sum.
 */
export interface ContractionJob {
  readonly type: "f32" | "f64";
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /**
   * Along rows (of A), columns (of B) or depth: where neighbours lie next to each other, a vector of them is one load.
   */
  readonly contiguousA: "rows" | "depth" | null;
  readonly contiguousB: "columns" | "depth" | null;
  /** The same for C as `finish` stores it; along columns when absent, along rows if there is but one column. */
  readonly contiguousC?: "rows" | "columns";
  /** Whether an element of A, of B is read by nothing but a load, so that it may be read more than once. */
  readonly plainA?: boolean;
  readonly plainB?: boolean;
  /** The axes that make up depth, in row-major order: along each of them addresses move in constant steps. */
  readonly depthAxes?: readonly number[];
  /**
   * Emits A[batch, row, depth]; with `along`, the values for `lanes` consecutive positions of that variable, which
   * occurs with coefficient 1 in one of the indices. Of one lane if they are all the same.
   */
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
  /** How many operations the epilogue has; 0 when absent. */
  readonly epilogueLength?: number;
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
  emitPlan(b, job, tile === undefined ? choosePlan(job) : packedPlan(job, tile));
}

/** Emits the loops that a plan says. */
export function emitPlan(b: LoopBuilder, job: ContractionJob, plan: Plan): void {
  if (job.batch === 0 || job.rows === 0 || job.columns === 0) return;
  if (plan.kind === "inner") emitInnerProducts(b, job, plan);
  else emitPanels(b, plan.swapped ? transposed(job) : job, plan);
}
