/**
 * The nest of loops around the register tile: blocks of columns, of rows and of depth, and the edges.
 *
 *     for each block of columns                      for each block of columns, for each strip of rows
 *       pack B                                         for each block of depth
 *       for each block of rows                           pack B
 *         pack A                                         for each block of rows
 *         for each tile: multiply, finish                  pack A
 *                                                          for each tile: multiply, add to the sums so far
 *     where all depths fit a block                     for each tile: fetch sums, finish
 *
 * Every kind of tile (in the middle, at the edges) has its code once, whatever the number of blocks.
 */
import {
  addConstant,
  constantIndex,
  type Index,
  type LoopVariable,
  scaleIndex,
  variableIndex,
} from "../graph/index.ts";
import type { LoopBuilder } from "./builder.ts";
import type { ContractionJob } from "./contraction.ts";
import { fewSums, type Run } from "./contraction-chains.ts";
import {
  type Axis,
  blocksOf,
  cut,
  inBlocks,
  inLast,
  type Operand,
  origin,
  type Packing,
  pack,
  packedBytes,
  panelAddress,
  type Span,
  whole,
} from "./contraction-panels.ts";
import { itemsizeOf, lanesOf, type PanelPlan } from "./contraction-plan.ts";
import {
  addProducts,
  addSums,
  type Frame,
  finishSums,
  loadSums,
  type Panels,
  type Sums,
  type TileAt,
  zeroSums,
} from "./contraction-tile.ts";
import type { Lanes, Reg } from "./loops.ts";

/**
 * Bytes of partial sums that are kept at a time: they are visited once a depth block and may lie in the second cache.
 */
const partialBytes = 2 ** 20;

/** One panel of rows or columns: its first element, and its number, by which its copy is found. */
interface Part {
  readonly size: number;
  readonly start: Index;
  readonly slot: Index;
}

/** A panel of columns with the vectors that cover it. */
interface ColumnPart extends Part {
  readonly vectors: number;
  readonly lanes: Lanes;
}

/** What is worked on: some rows and some columns, with their packed copies. */
interface Region {
  readonly rows: Span;
  readonly columns: Span;
}

/** Emits a contraction over packed panels, or over the operands in their places where the plan does not pack them. */
export function emitPanels(b: LoopBuilder, job: ContractionJob, plan: PanelPlan): void {
  new Nest(b, job, plan).emit();
}

class Nest {
  readonly #b: LoopBuilder;
  readonly #job: ContractionJob;
  readonly #unit: number;
  readonly #frame: Frame;
  readonly #packing: Packing;
  readonly #rows: Operand;
  readonly #columns: Operand;
  readonly #batch: LoopVariable;
  readonly #lanes: Lanes;
  readonly #packedA: Reg | null;
  readonly #packedB: Reg | null;
  /** Depths, rows and columns packed at a time. */
  readonly #blocks: { readonly depth: number; readonly rows: number; readonly columns: number };

  constructor(b: LoopBuilder, job: ContractionJob, plan: PanelPlan) {
    [this.#b, this.#job] = [b, job];
    const { tile, packs } = plan;
    const [lanes, itemsize, unit] = [lanesOf(job), itemsizeOf(job), unitOf(job, plan)];
    this.#lanes = lanes;
    this.#unit = unit;
    this.#batch = b.variable(job.batch);
    const batch = variableIndex(this.#batch);
    const lane = b.variable(lanes);
    b.bind(lane, b.constant("i32", 0));
    const axes = (job.depthAxes ?? [job.depth]).map((n) => b.variable(n));
    this.#frame = { b, job, itemsize, batch, lane, k: b.variable(job.depth), axes };

    this.#blocks = {
      depth: packs.a || packs.b ? tile.depthBlock : job.depth,
      rows: packs.a ? tile.rowBlock : job.rows,
      columns: packs.b ? tile.columnBlock : job.columns,
    };
    const depth = cut(b, job.depth, unit);
    const deepest = Math.ceil(depth.panels / blocksOf(depth, this.#blocks.depth)) * unit;
    this.#packing = { b, type: job.type, lanes, itemsize, lane, depth, stride: deepest * itemsize };
    this.#rows = {
      axis: cut(b, job.rows, tile.rows),
      contiguous: job.contiguousA === "rows" ? "across" : job.contiguousA,
      read: (row, k, along, n) => job.a({ batch, row, depth: k }, along, n),
      padded: false,
    };
    this.#columns = {
      axis: cut(b, job.columns, tile.vectors * lanes),
      contiguous: job.contiguousB === "columns" ? "across" : job.contiguousB,
      read: (column, k, along, n) => job.b({ batch, depth: k, column }, along, n),
      padded: true,
    };
    this.#packedA = packs.a ? this.#panelBuffer(this.#rows.axis, this.#blocks.rows) : null;
    this.#packedB = packs.b ? this.#panelBuffer(this.#columns.axis, this.#blocks.columns) : null;
  }

  #panelBuffer(axis: Axis, elements: number): Reg {
    const most = Math.ceil(axis.panels / blocksOf(axis, elements));
    return this.#b.buffer(this.#job.scratch(packedBytes(this.#packing, axis, most)));
  }

  emit(): void {
    const { depth } = this.#packing;
    this.#b.loop(this.#batch, 1, () => {
      inBlocks(this.#b, this.#columns.axis, whole(this.#columns.axis), this.#blocks.columns, (columns) => {
        if (blocksOf(depth, this.#blocks.depth) === 1) this.#inOneBlock(columns);
        else this.#inDepthBlocks(columns);
      });
    });
  }

  /** Finishes sums as soon as they are made. */
  #inOneBlock(columns: Span): void {
    const all = whole(this.#packing.depth);
    this.#packB(columns, all);
    this.#inRowBlocks(whole(this.#rows.axis), all, (rows) => {
      this.#eachTile({ rows, columns }, (tile, row, column) => {
        const sums = zeroSums(this.#frame, tile);
        this.#multiply(tile, { rows, columns }, row, column, all, sums);
        finishSums(this.#frame, tile, sums);
      });
    });
  }

  /** Keeps partial sums of a strip of rows in scratch memory until the last block of depth. */
  #inDepthBlocks(columns: Span): void {
    const b = this.#b;
    const [rowAxis, columnAxis, depth] = [this.#rows.axis, this.#columns.axis, this.#packing.depth];
    const tileBytes = rowAxis.width * columnAxis.width * this.#frame.itemsize;
    const rowBytes = (columns.most + 1) * tileBytes; // of a panel of rows, the edge of the columns included
    const exact = this.#job.type === "f32" && blocksOf(depth, this.#blocks.depth) > fewSums;
    const strip = Math.max(1, Math.floor(partialBytes / (exact ? 2 : 1) / rowBytes)) * rowAxis.width;
    const bytes = (Math.ceil(rowAxis.panels / blocksOf(rowAxis, strip)) + 1) * rowBytes;
    const buffer = () => b.buffer(this.#job.scratch(bytes));
    const [partial, lost] = [buffer(), exact ? buffer() : null];
    inBlocks(b, rowAxis, whole(rowAxis), strip, (rows) => {
      const placeOf = (base: Reg, row: Part, column: Part) => {
        const start = origin(b, origin(b, base, rows.from, rowBytes), columns.from, tileBytes);
        return b.add(b.add(start, b.index(row.slot, rowBytes)), b.index(column.slot, tileBytes));
      };
      const sumsAt = (row: Part, column: Part) => placeOf(partial, row, column);
      b.zero(partial, bytes);
      if (lost !== null) b.zero(lost, bytes);
      inBlocks(b, depth, whole(depth), this.#blocks.depth, (units) => {
        this.#packB(columns, units);
        this.#inRowBlocks(rows, units, (block) => {
          this.#eachTile({ rows: block, columns }, (tile, row, column) => {
            const sums = zeroSums(this.#frame, tile);
            this.#multiply(tile, { rows: block, columns }, row, column, units, sums);
            const at = { sum: sumsAt(row, column), lost: lost === null ? null : placeOf(lost, row, column) };
            addSums(this.#frame, tile, at, sums);
          });
        });
      });
      this.#eachTile({ rows, columns }, (tile, row, column) =>
        finishSums(this.#frame, tile, loadSums(this.#frame, tile, sumsAt(row, column))),
      );
    });
  }

  #packB(columns: Span, units: Span): void {
    if (this.#packedB !== null) pack(this.#packing, this.#columns, columns, units, this.#packedB);
  }

  #inRowBlocks(rows: Span, units: Span, body: (block: Span) => void): void {
    inBlocks(this.#b, this.#rows.axis, rows, this.#blocks.rows, (block) => {
      if (this.#packedA !== null) pack(this.#packing, this.#rows, block, units, this.#packedA);
      body(block);
    });
  }

  #multiply(tile: TileAt, region: Region, row: Part, column: Part, units: Span, sums: Sums): void {
    const b = this.#b;
    const unit = this.#unit;
    const times = (n: number | Reg) => (typeof n === "number" ? n * unit : b.mul(n, b.constant("i32", unit)));
    const depths: Run = { from: times(units.from), to: times(units.to), most: units.most * unit };
    addProducts(this.#frame, tile, this.#panels(region, row, column), depths, sums);
  }

  #panels({ rows, columns }: Region, row: Part, column: Part): Panels {
    const at = ({ axis }: Operand, block: Span, buffer: Reg | null, slot: Index) =>
      buffer === null ? null : panelAddress(this.#packing, axis, block, buffer, slot);
    return {
      a: at(this.#rows, rows, this.#packedA, row.slot),
      b: at(this.#columns, columns, this.#packedB, column.slot),
    };
  }

  // ---- tiles -------------------------------------------------------------------------------------------------------

  /** Emits `visit` for the tiles of a region: once for those in the middle, once for each kind of edge. */
  #eachTile({ rows, columns }: Region, visit: (tile: TileAt, row: Part, column: Part) => void): void {
    this.#eachColumns(columns, (column) => {
      this.#eachRows(rows, (row) => {
        const { vectors, lanes, size } = column;
        visit({ rows: row.size, vectors, lanes, columns: size, row: row.start, column: column.start }, row, column);
      });
    });
  }

  #eachRows(span: Span, visit: (part: Part) => void): void {
    const { panel, width, panels, edge } = this.#rows.axis;
    const slot = variableIndex(panel);
    this.#b.range(panel, span.from, span.to, 1, () => visit({ size: width, start: scaleIndex(slot, width), slot }));
    if (edge === 0) return;
    const last = { size: edge, start: constantIndex(panels * width), slot: constantIndex(panels) };
    inLast(this.#b, span, () => visit(last));
  }

  #eachColumns(span: Span, visit: (part: ColumnPart) => void): void {
    const { panel, width, panels, edge } = this.#columns.axis;
    const lanes = this.#lanes;
    const slot = variableIndex(panel);
    const full = { size: width, vectors: width / lanes, lanes, start: scaleIndex(slot, width), slot };
    this.#b.range(panel, span.from, span.to, 1, () => visit(full));
    if (edge === 0) return;
    const last = { start: constantIndex(panels * width), slot: constantIndex(panels) };
    inLast(this.#b, span, () => {
      if (this.#packedB !== null) return visit({ ...last, size: edge, vectors: Math.ceil(edge / lanes), lanes });
      const rest = edge % lanes; // B itself must not be read beyond its end
      const inVectors = edge - rest;
      if (inVectors > 0) visit({ ...last, size: inVectors, vectors: inVectors / lanes, lanes });
      const start = addConstant(last.start, inVectors);
      if (rest > 0) visit({ ...last, start, size: rest, vectors: rest, lanes: 1 });
    });
  }
}

/**
 * Neighbours along depth that are copied by one trip: whole axes while they are short, so that the places within them
 * are constants; else a part of the last one, longer where each trip divides indices or goes on to another row of memory.
 */
function unitOf(job: ContractionJob, { packs }: PanelPlan): number {
  const axes = job.depthAxes ?? [job.depth];
  const cuts = (packs.a && job.contiguousA === "rows") || (packs.b && job.contiguousB === "columns");
  let unit = 1;
  for (const n of [...axes].reverse()) {
    if (unit === 1 && n > longestAxis) return largestDivisor(n, cuts || axes.length > 1 ? 8 : 2);
    if (unit * n > longestUnit) break;
    unit *= n;
  }
  return Math.max(1, unit);
}

/** Rows of a kernel of 9 × 9 are copied whole, and so are kernels of 5 × 5. */
const [longestAxis, longestUnit] = [9, 25];

function largestDivisor(n: number, most: number): number {
  let divisor = most;
  while (n % divisor !== 0) divisor--;
  return divisor;
}
