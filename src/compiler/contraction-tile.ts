/**
 * The register tile: the innermost loop of a contraction. A few rows × a few vectors of sums stay in registers while
 * the loop runs along depth; each trip reads a column of A and a row of B and adds their outer product.
 */
import { addConstant, addIndex, type Index, type LoopVariable, linearIndex, variableIndex } from "../graph/index.ts";
import { cutAt } from "./accumulator.ts";
import type { LoopBuilder } from "./builder.ts";
import type { ContractionJob } from "./contraction.ts";
import { addExactly, Chains, chainOf, groupsOfLoops, inChains, type Run } from "./contraction-chains.ts";
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

/** Where packed panels begin; an operand without one is read in its place. */
export interface Panels {
  readonly a: Reg | null;
  readonly b: Reg | null;
}

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
  return Array.from({ length: tile.rows }, (_, i) => eachVector(tile, (v) => make(i, v)));
}

export function zeroSums({ b, job }: Frame, tile: TileAt): Sums {
  const zero = b.splat(b.constant(job.type, 0), tile.lanes);
  return eachSum(tile, () => b.mutable(zero));
}

/**
 * Adds the products along `depths`. Between two packed panels the loop's counter is the address in A's, and the address
 * in B's is stepped: with separate multiplication and addition the processor is bound by the number of instructions,
 * not by arithmetic. The loop is not unrolled: all loads of a longer body would be alive at once, and the engine itself
 * repeats the body without that.
 */
export function addProducts(f: Frame, tile: TileAt, panels: Panels, depths: Run, sums: Sums): void {
  const { b, job, itemsize } = f;
  const [columnBytes, vectorBytes] = [tile.rows * itemsize, tile.lanes * itemsize];
  const vectorsAt = (at: Reg) => eachVector(tile, (v) => b.loadHere(job.type, at, v * vectorBytes, tile.lanes));
  const columnAt = (at: Reg) => eachRow(tile, (i) => b.loadHere(job.type, at, i * itemsize, tile.lanes, true));
  const nextB = panels.b === null ? null : pointer(b, panels.b, tile.vectors * vectorBytes);
  const all = sums.flat();
  if (panels.a !== null && nextB !== null) {
    const start = panels.a;
    const run: Run = { from: 0, to: distance(b, depths.from, depths.to), most: depths.most };
    inChains(b, job, all, run, (from, to) => {
      const at = (n: number | Reg) =>
        n === 0 ? start : b.add(start, b.mul(numberIn(b, n), b.constant("i32", columnBytes)));
      b.walk(at(from), at(to), columnBytes, (column) => multiply(b, columnAt(column), vectorsAt(nextB()), sums));
    });
    return;
  }
  const nextA = panels.a === null ? null : pointer(b, panels.a, columnBytes);
  alongDepth(f, depths, all, (k) => {
    const ofB = nextB === null ? eachVector(tile, (v) => readB(f, tile, v, k)) : vectorsAt(nextB());
    const ofA = nextA === null ? eachRow(tile, (i) => readA(f, tile, i, k)) : columnAt(nextA());
    multiply(b, ofA, ofB, sums);
  });
}

function eachRow(tile: TileAt, make: (row: number) => Reg): Reg[] {
  return Array.from({ length: tile.rows }, (_, i) => make(i));
}

function eachVector(tile: TileAt, make: (vector: number) => Reg): Reg[] {
  return Array.from({ length: tile.vectors }, (_, v) => make(v));
}

/** An address that each call moves on by `bytes`. */
function pointer(b: LoopBuilder, start: Reg, bytes: number): () => Reg {
  const next = b.mutable(start);
  return () => {
    const at = b.current(next);
    b.set(next, b.add(at, b.constant("i32", bytes)));
    return at;
  };
}

/** sums += column · row */
function multiply(b: LoopBuilder, column: readonly Reg[], row: readonly Reg[], sums: Sums): void {
  for (const [i, ofRow] of sums.entries()) {
    for (const [v, sum] of ofRow.entries()) b.set(sum, b.madd(column[i]!, row[v]!, b.current(sum)));
  }
}

/** Loops over depths; over all of them axis by axis. */
function alongDepth({ b, job, k, axes }: Frame, run: Run, sums: readonly Reg[], body: (k: Index) => void): void {
  if (run.from !== 0 || run.to !== job.depth) {
    inChains(b, job, sums, run, (from, to) => b.range(k, from, to, 1, () => body(variableIndex(k))));
    return;
  }
  const sizes = axes.map((axis) => axis.extent);
  const cut = cutAt(sizes, chainOf(job));
  const chains = cut === null ? null : new Chains(b, job, sums, groupsOfLoops(sizes, cut));
  const open = (at: number): void => {
    if (at === axes.length) body(linearIndex(axes.map(variableIndex), sizes));
    else if (at !== cut?.loop || chains === null) b.loop(axes[at]!, 1, () => open(at + 1));
    else {
      const whole = { from: 0, to: sizes[at]!, most: sizes[at]! };
      chains.run(whole, cut.trips, (from, to) => b.range(axes[at]!, from, to, 1, () => open(at + 1)));
    }
  };
  open(0);
  chains?.end();
}

/** An element of A, in all lanes, from where A is. */
function readA({ b, job, batch }: Frame, tile: TileAt, row: number, depth: Index): Reg {
  return b.splat(job.a({ batch, row: addConstant(tile.row, row), depth }), tile.lanes);
}

/** A vector of B from where B is. */
function readB({ b, job, batch, lane }: Frame, tile: TileAt, vector: number, depth: Index): Reg {
  const column = addConstant(tile.column, vector * tile.lanes);
  if (tile.lanes === 1) return job.b({ batch, depth, column });
  const elements = job.b({ batch, depth, column: addIndex(column, variableIndex(lane)) }, lane, tile.lanes);
  return b.splat(elements, tile.lanes); // what is repeated across is one element
}

// ---- what becomes of the sums --------------------------------------------------------------------------------------

/** From how many operations on an epilogue is written once for all rows of a tile, not once for each. */
const longEpilogue = 8;

/** Hands every finished sum to the epilogue: whole vectors along columns, then columns one by one. */
export function finishSums(f: Frame, tile: TileAt, sums: Sums): void {
  const { b, job, itemsize } = f;
  if ((job.epilogueLength ?? 0) < longEpilogue || tile.rows === 1) {
    for (const [i, ofRow] of sums.entries()) {
      finishRow(f, tile, addConstant(tile.row, i), (v) => b.current(ofRow[v]!));
    }
    return;
  }
  // through memory that stays in the cache: registers cannot be counted through
  const vectorBytes = tile.lanes * itemsize;
  const rowBytes = tile.vectors * vectorBytes;
  const start = b.buffer(job.scratch(tile.rows * rowBytes));
  storeSums(f, tile, start, sums);
  const row = b.variable(tile.rows);
  b.loop(row, 1, () => {
    const at = b.add(start, b.index(variableIndex(row), rowBytes));
    finishRow(f, tile, addIndex(tile.row, variableIndex(row)), (v) =>
      b.loadHere(job.type, at, v * vectorBytes, tile.lanes),
    );
  });
}

function finishRow({ b, job, batch, lane }: Frame, tile: TileAt, row: Index, sumAt: (vector: number) => Reg): void {
  const { lanes } = tile;
  for (let v = 0; v < tile.vectors; v++) {
    const [column, sum] = [addConstant(tile.column, v * lanes), sumAt(v)];
    const valid = Math.min(lanes, tile.columns - v * lanes);
    if (valid === lanes && lanes > 1) {
      job.finish({ batch, row, column: addIndex(column, variableIndex(lane)) }, sum, lane, lanes);
    } else {
      for (let l = 0; l < valid; l++) job.finish({ batch, row, column: addConstant(column, l) }, b.extract(sum, l));
    }
  }
}

/** Adds the sums of a block of depths to those of earlier ones, in scratch memory with what was lost; a tile's lie one after the other. */
export function addSums(
  { b, job, itemsize }: Frame,
  tile: TileAt,
  at: { readonly sum: Reg; readonly lost: Reg | null },
  sums: Sums,
): void {
  const bytes = tile.lanes * itemsize;
  for (const [i, row] of sums.entries()) {
    for (const [v, sum] of row.entries()) {
      const [offset, term] = [(i * tile.vectors + v) * bytes, b.current(sum)];
      if (at.lost !== null) addExactly(b, job.type, { sum: at.sum, lost: at.lost }, offset, term);
      else b.store(job.type, at.sum, offset, b.add(b.loadHere(job.type, at.sum, offset, tile.lanes), term));
    }
  }
}

/** Sums that wait in scratch memory. */
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
