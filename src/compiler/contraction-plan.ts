/**
 * How to compute a contraction: the form of the register tile, which operands to copy, which of them to call A, or
 * inner products instead. All sizes are known, so the possible plans are compared by an estimate of the cycles that
 * they take.
 *
 * The costs are measured (Zen 4, V8 11.3 with relaxed SIMD, 128-bit vectors). They need not be exact: they are to
 * separate plans that differ by a quarter or more; others may be chosen either way.
 */
import type { ContractionJob } from "./contraction.ts";

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

/** Panels around a register tile. */
export interface PanelPlan {
  readonly kind: "panels";
  /** Whether A and B change their roles, and with them rows and columns. */
  readonly swapped: boolean;
  readonly tile: Tile;
  /** Whether the operands, as they are after swapping, are copied to panels. */
  readonly packs: { readonly a: boolean; readonly b: boolean };
}

/** Inner products, so many at a time. */
export interface InnerPlan {
  readonly kind: "inner";
  readonly rows: number;
  readonly columns: number;
}

export type Plan = PanelPlan | InnerPlan;

/**
 * Forms of a register tile: rows × vectors. The engine moves all loads of a trip before its arithmetic, so the sums, a
 * column of A and a row of B must fit in the 15 vector registers that it allocates, and separate multiplications need
 * one more: r·v + r + v ≤ 14. Beyond that the speed halves: 3 × 3 reaches 52 of 55 GFLOP/s fused, but 22 of 48
 * otherwise; 5 × 2 reaches 23. With seven sums the latency of addition leaves time to spill one.
 */
const forms: readonly (readonly [rows: number, vectors: number])[] = [
  [4, 2],
  [2, 4],
  [3, 2],
  [1, 6],
  [1, 7],
  [6, 1],
  [7, 1],
];

/**
 * A block of A stays in the second cache, a block of B in the second or third, and the tile reads their panels in
 * order, three bytes a cycle and operand. Shallower blocks lose by the partial sums that they put aside: 4 % for 256
 * depths.
 */
const blocks = { rowBlock: 128, depthBlock: 1024, columnBlock: 512 };

/** Bytes of the first cache. */
const firstCache = 32 * 1024;

/** The plan with the lowest estimate. */
export function choosePlan(job: ContractionJob): Plan {
  const flipped = transposed(job);
  let [best, lowest]: [Plan | null, number] = [null, Number.POSITIVE_INFINITY];
  for (const plan of plansFor(job)) {
    const cycles = plan.kind === "inner" ? innerCycles(job, plan) : panelCycles(plan.swapped ? flipped : job, plan);
    if (cycles < lowest) [best, lowest] = [plan, cycles];
  }
  return best!; // there is always one: operands may be copied
}

/** The plan for a given tile: an operand is copied if it is read more than once. */
export function packedPlan(job: ContractionJob, tile: Tile): PanelPlan {
  const packs = { a: job.columns > widthOf(job, tile), b: job.rows > tile.rows };
  return { kind: "panels", swapped: false, tile, packs };
}

/** All plans that are worth comparing. */
export function plansFor(job: ContractionJob): Plan[] {
  const plans: Plan[] = [];
  for (const [oriented, swapped] of [
    [job, false],
    [transposed(job), true],
  ] as const) {
    for (const [rows, vectors] of forms) {
      const tile = { rows, vectors, ...blocks };
      for (const a of packsA(oriented, tile)) {
        for (const b of packsB(oriented, tile)) plans.push({ kind: "panels", swapped, tile, packs: { a, b } });
      }
    }
  }
  // as many sums as the tile has vectors, each of them a vector
  for (const [rows, columns] of forms) {
    const plan: InnerPlan = { kind: "inner", rows, columns };
    if (mayBeInner(job, plan)) plans.push(plan);
  }
  return plans;
}

/** The same product with A and B exchanged: Cᵀ = Bᵀ · Aᵀ. */
export function transposed(job: ContractionJob): ContractionJob {
  const { rows, columns, contiguousA, contiguousB, plainA, plainB } = job;
  return {
    ...job,
    rows: columns,
    columns: rows,
    contiguousA: contiguousB === "columns" ? "rows" : contiguousB,
    contiguousB: contiguousA === "rows" ? "columns" : contiguousA,
    contiguousC: contiguousC(job) === "rows" ? "columns" : "rows",
    plainA: plainB === true,
    plainB: plainA === true,
    a: ({ batch, row, depth }, along, lanes) => job.b({ batch, depth, column: row }, along, lanes),
    b: ({ batch, depth, column }, along, lanes) => job.a({ batch, row: column, depth }, along, lanes),
    finish: ({ batch, row, column }, sum, along, lanes) =>
      job.finish({ batch, row: column, column: row }, sum, along, lanes),
  };
}

// ---- what is possible ----------------------------------------------------------------------------------------------

/** Whether A may be copied: there is no use if it is read once, from the first cache, or a few times straight along. */
function packsA(job: ContractionJob, tile: Tile): readonly boolean[] {
  const panels = Math.ceil(job.columns / widthOf(job, tile));
  if (panels === 1) return job.plainA === true ? [false] : [false, true];
  if (job.plainA !== true) return [true];
  if (job.rows * job.depth * itemsizeOf(job) <= firstCache) return [false];
  return panels <= 4 && job.contiguousA === "depth" && isStraight(job) ? [false] : [true];
}

function packsB(job: ContractionJob, tile: Tile): readonly boolean[] {
  if (job.rows <= tile.rows) return [false];
  if (job.plainB !== true || job.contiguousB !== "columns") return [true];
  return 2 * job.columns * job.depth * itemsizeOf(job) <= firstCache ? [false, true] : [true]; // beside A's panel
}

/** Whether addresses move in constant steps along all of depth. */
function isStraight({ depthAxes = [] }: ContractionJob): boolean {
  return depthAxes.length <= 1;
}

/** Inner products read A once for each column of the tile, and B once for each of its rows, in vectors along depth. */
function mayBeInner(job: ContractionJob, plan: InnerPlan): boolean {
  if (job.contiguousA !== "depth" || job.contiguousB !== "depth" || !isStraight(job)) return false;
  const [again, againB] = [job.columns > plan.columns, job.rows > plan.rows];
  if ((again && job.plainA !== true) || (againB && job.plainB !== true)) return false;
  return !again || job.rows * job.depth * itemsizeOf(job) <= 8 * firstCache; // A is read from the second cache
}

// ---- what it costs, in cycles --------------------------------------------------------------------------------------

/**
 * Two multiplications with addition begin in a cycle, and one that waits for another's sum begins four cycles later.
 */
const tripCycles = (sums: number): number => Math.max(4, sums / 2);

/** The same for numbers one by one, which are multiplied and added in two instructions. */
const scalarTripCycles = (sums: number): number => Math.max(4, sums);

/** Of copying an element: neighbours in vectors, or gathered one by one. */
const [copied, gathered] = [0.25, 0.5];
/** Of finding an element in its place where addresses do not move in constant steps. */
const found = 0.25;
/** Of computing an element before it is multiplied, in vectors and one by one: a guess. */
const [computed, computedSingly] = [0.5, 2];
/** Of storing an element, in vectors and one by one. */
const [stored, storedSingly] = [0.5, 1.5];
/** Of a tile besides its trips: the start, and the branch out of its loop, which the processor does not foresee. */
const perTile = 6;
/** The same for a group of inner products with the sums over lanes. */
const perGroup = 11;

function panelCycles(job: ContractionJob, plan: PanelPlan): number {
  const { rows, columns, depth } = job;
  const vectors = contiguousC(job) === "rows" ? 0 : columns - (columns % lanesOf(job)); // elements stored in vectors
  const { a, b } = plan.packs;
  return (
    tileCycles(job, plan) +
    rows *
      depth *
      readCycles(a, job.contiguousA === "rows", job.plainA === true, job.contiguousA === null ? found : 0) +
    columns * depth * readCycles(b, job.contiguousB === "columns", job.plainB === true, gathered) +
    rows * (vectors * stored + (columns - vectors) * storedSingly)
  );
}

/** Of all tiles: those in the middle and those at the edges. */
function tileCycles(job: ContractionJob, { tile, packs }: PanelPlan): number {
  const lanes = lanesOf(job);
  const [down, restRows] = divide(job.rows, tile.rows);
  const [along, edge] = divide(job.columns, tile.vectors * lanes);
  const restVectors = packs.b ? Math.ceil(edge / lanes) : Math.floor(edge / lanes);
  const restColumns = packs.b ? 0 : edge % lanes;
  const ofHeight = (height: number) =>
    height === 0
      ? 0
      : along * (tripCycles(height * tile.vectors) * job.depth + perTile) +
        (restVectors > 0 ? tripCycles(height * restVectors) * job.depth + perTile : 0) +
        (restColumns > 0 ? scalarTripCycles(height * restColumns) * job.depth + perTile : 0);
  return down * ofHeight(tile.rows) + ofHeight(restRows);
}

/**
 * Of bringing an element to the tile, besides the load from a panel or, where `neighbours` lie side by side, from its
 * own place.
 */
function readCycles(packs: boolean, neighbours: boolean, plain: boolean, otherwise: number): number {
  if (packs) return (neighbours ? copied : gathered) + (plain ? 0 : computed);
  return (neighbours ? 0 : otherwise) + (plain ? 0 : computedSingly);
}

function innerCycles(job: ContractionJob, { rows, columns }: InnerPlan): number {
  const lanes = lanesOf(job);
  const [down, restRows] = divide(job.rows, rows);
  const [along, restColumns] = divide(job.columns, columns);
  const [trips, rest] = divide(job.depth, lanes);
  const group = (count: number, sums: number) =>
    sums === 0 ? 0 : count * (tripCycles(sums) * trips + scalarTripCycles(sums) * rest + perGroup);
  return (
    group(down * along, rows * columns) +
    group(down, rows * restColumns) +
    group(along, restRows * columns) +
    group(1, restRows * restColumns) +
    job.rows * job.columns * storedSingly
  );
}

function divide(n: number, by: number): [quotient: number, rest: number] {
  return [Math.floor(n / by), n % by];
}

function contiguousC(job: ContractionJob): "rows" | "columns" {
  return job.contiguousC ?? (job.columns === 1 ? "rows" : "columns");
}

function widthOf(job: ContractionJob, tile: Tile): number {
  return tile.vectors * lanesOf(job);
}

export function lanesOf(job: ContractionJob): 2 | 4 {
  return job.type === "f32" ? 4 : 2;
}

export function itemsizeOf(job: ContractionJob): 4 | 8 {
  return job.type === "f32" ? 4 : 8;
}
