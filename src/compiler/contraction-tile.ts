/**
 * The register tile: the innermost loop of a contraction. A few rows × a few vectors of sums stay in registers while the loop
 * runs along depth; each trip reads a column of A and a row of B and adds their outer product.
 */
import { addConstant, addIndex, type Index, linearIndex, type LoopVariable, variableIndex } from "../graph/index.ts";
import type { LoopBuilder } from "./builder.ts";
import type { ContractionJob } from "./contraction.ts";
import { distance, numberIn } from "./contraction-panels.ts";
import type { Lanes, Reg } from "./loops.ts";

/** Form and place of a tile. */
export interface TileAt {
  readonly rows: number;
  /** Vectors side by side, of which the first `columns` elements are columns of the result. */
  readonly vectors: number;
  readonly lanes: Lanes;
  readonly columns: number;
  /** Row and column of its first element. */
  readonly row: Index;
  readonly column: Index;
}

/** The depths to be summed. */
export interface Depths {
  readonly from: number | Reg;
  readonly to: number | Reg;
}

/** Where packed panels begin; an operand without one is read in its place. A packed means B packed. */
export type Panels =
  | { readonly a: Reg; readonly b: Reg }
  | { readonly a: null; readonly b: Reg }
  | { readonly a: null; readonly b: null };

export interface Frame {
  readonly b: LoopBuilder;
  readonly job: ContractionJob;
  readonly itemsize: number;
  readonly batch: Index;
  /** The place within a vector. */
  readonly lane: LoopVariable;
  /** Runs along depth. */
  readonly k: LoopVariable;
  /** Together they run along all depths, so that addresses move in constant steps. */
  readonly axes: readonly LoopVariable[];
}

/** Sums of a tile by row and vector, in registers that may change. */
export type Sums = readonly (readonly Reg[])[];

function eachSum(tile: TileAt, make: (row: number, vector: number) => Reg): Sums {
  return Array.from({ length: tile.rows }, (_, i) => Array.from({ length: tile.vectors }, (_, v) => make(i, v)));
}

export function zeroSums({ b, job }: Frame, tile: TileAt): Sums {
  const zero = b.splat(b.constant(job.type, 0), tile.lanes);
  return eachSum(tile, () => b.mutable(zero));
}

/**
 * Adds the products along `depths`. The loop's counter is the address of A's panel and B's address is stepped: with separate multiplication
 * and addition the processor is bound by the number of instructions, not by arithmetic.
 */
export function addProducts(f: Frame, tile: TileAt, panels: Panels, depths: Depths, sums: Sums): void {
  const { b, job, itemsize } = f;
  const next = panels.b === null ? null : b.mutable(panels.b);
  const addTrip = (column: (row: number) => Reg, k: Index): void => {
    const ofB = next === null ? readB(f, tile, k) : stepB(f, tile, next);
    const ofA = Array.from({ length: tile.rows }, (_, i) => column(i));
    for (const [i, row] of sums.entries()) {
      for (const [v, sum] of row.entries()) b.set(sum, b.madd(ofA[i]!, ofB[v]!, b.current(sum)));
    }
  };
  if (panels.a === null) {
    alongDepth(f, depths, (k) => addTrip((i) => readA(f, tile, i, k), k));
  } else {
    const step = tile.rows * itemsize;
    const end = b.add(panels.a, b.mul(numberIn(b, distance(b, depths.from, depths.to)), b.constant("i32", step)));
    const k = variableIndex(f.k); // not used: both panels are stepped through
    b.walk(panels.a, end, step, (at) => addTrip((i) => b.loadHere(job.type, at, i * itemsize, tile.lanes, true), k));
  }
}

/** Loops over depths; over all of them axis by axis. */
function alongDepth({ b, job, k, axes }: Frame, { from, to }: Depths, body: (k: Index) => void): void {
  if (from !== 0 || to !== job.depth) return b.range(k, from, to, 1, () => body(variableIndex(k)));
  const sizes = axes.map((axis) => axis.extent);
  const open = (at: number): void => {
    if (at < axes.length) b.loop(axes[at]!, 1, () => open(at + 1));
    else body(linearIndex(axes.map(variableIndex), sizes));
  };
  open(0);
}

/** An element of A, in all lanes, from where A is. */
function readA({ b, job, batch }: Frame, tile: TileAt, row: number, depth: Index): Reg {
  return b.splat(job.a({ batch, row: addConstant(tile.row, row), depth }), tile.lanes);
}

/** The tile's part of a row of B, from where B is. */
function readB({ job, batch, lane }: Frame, tile: TileAt, depth: Index): Reg[] {
  return Array.from({ length: tile.vectors }, (_, v) => {
    const column = addConstant(tile.column, v * tile.lanes);
    if (tile.lanes === 1) return job.b({ batch, depth, column });
    return job.b({ batch, depth, column: addIndex(column, variableIndex(lane)) }, lane, tile.lanes);
  });
}

/** The same from a packed panel, whose address is moved to the next row. */
function stepB({ b, job, itemsize }: Frame, tile: TileAt, next: Reg): Reg[] {
  const bytes = tile.lanes * itemsize;
  const at = b.current(next);
  b.set(next, b.add(at, b.constant("i32", tile.vectors * bytes)));
  return Array.from({ length: tile.vectors }, (_, v) => b.loadHere(job.type, at, v * bytes, tile.lanes));
}

// ---- what becomes of the sums --------------------------------------------------------------------------------------

/** Hands every finished sum to the epilogue: whole vectors along columns, then columns one by one. */
export function finishSums({ b, job, batch, lane }: Frame, tile: TileAt, sums: Sums): void {
  const { lanes } = tile;
  for (const [i, ofRow] of sums.entries()) {
    const row = addConstant(tile.row, i);
    for (const [v, register] of ofRow.entries()) {
      const [column, sum] = [addConstant(tile.column, v * lanes), b.current(register)];
      const valid = Math.min(lanes, tile.columns - v * lanes);
      if (valid === lanes && lanes > 1) {
        job.finish({ batch, row, column: addIndex(column, variableIndex(lane)) }, sum, lane, lanes);
      } else {
        for (let l = 0; l < valid; l++) job.finish({ batch, row, column: addConstant(column, l) }, b.extract(sum, l));
      }
    }
  }
}

/** Partial sums wait in scratch memory until the next block of depths; a tile's lie one after the other. */
export function loadSums({ b, job, itemsize }: Frame, tile: TileAt, address: Reg): Sums {
  const bytes = tile.lanes * itemsize;
  return eachSum(tile, (i, v) => b.mutable(b.loadHere(job.type, address, (i * tile.vectors + v) * bytes, tile.lanes)));
}

export function storeSums({ b, job, itemsize }: Frame, tile: TileAt, address: Reg, sums: Sums): void {
  const bytes = tile.lanes * itemsize;
  for (const [i, row] of sums.entries()) {
    for (const [v, sum] of row.entries()) b.store(job.type, address, (i * tile.vectors + v) * bytes, b.current(sum));
  }
}
