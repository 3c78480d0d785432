/**
 * The contraction kernel: C[b, m, n] = Σ_k A[b, m, k] · B[b, k, n] over packed panels and a register tile.
 *
 * The schedule is that of Goto & van de Geijn 2008, "Anatomy of high-performance matrix multiplication", in the form of BLIS: blocks
 * of columns, of depth and of rows, whose copies ("packed panels") stay in the caches, and a register tile in the middle. Where an operand is used
 * so few times that a copy would not pay, the tile reads it in its place.
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
import {
  type Axis,
  blockSize,
  cut,
  inBlocks,
  inLast,
  type Operand,
  origin,
  type Packing,
  pack,
  packedBytes,
  panelBytes,
  type Span,
} from "./contraction-panels.ts";
import {
  addProducts,
  type Frame,
  finishSums,
  loadSums,
  type Panels,
  storeSums,
  type TileAt,
  zeroSums,
} from "./contraction-tile.ts";
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

export const defaultTile: Tile = { rows: 4, vectors: 2, rowBlock: 128, depthBlock: 512, columnBlock: 512 };

/** Emits the loops of a contraction. */
export function emitContraction(b: LoopBuilder, job: ContractionJob, tile: Tile = defaultTile): void {
  if (job.batch === 0 || job.rows === 0 || job.columns === 0) return;
  new Nest(b, job, tile).emit();
}

/** One panel of an axis: its extent, its first element, and its number, by which its copy is found. */
interface Part {
  readonly size: number;
  readonly vectors: number;
  readonly lanes: Lanes;
  readonly start: Index;
  readonly slot: Index;
}

class Nest {
  readonly #frame: Frame;
  readonly #packing: Packing;
  readonly #rows: Axis;
  readonly #columns: Axis;
  readonly #lanes: Lanes;
  readonly #batch: LoopVariable;
  readonly #packsA: boolean;
  readonly #packsB: boolean;
  readonly #tile: Tile;

  constructor(b: LoopBuilder, job: ContractionJob, tile: Tile) {
    this.#tile = tile;
    const itemsize = job.type === "f32" ? 4 : 8;
    this.#lanes = job.type === "f32" ? 4 : 2;
    this.#packsB = job.rows > tile.rows;
    this.#packsA = this.#packsB && job.columns > tile.vectors * this.#lanes;
    this.#batch = b.variable(job.batch);
    const lane = b.variable(this.#lanes);
    b.bind(lane, b.constant("i32", 0));
    this.#rows = cut(b, job.rows, tile.rows, this.#packsA ? tile.rowBlock : job.rows);
    this.#columns = cut(b, job.columns, tile.vectors * this.#lanes, this.#packsB ? tile.columnBlock : job.columns);
    const unit = unitOf(job);
    const depth = cut(b, job.depth, unit, this.#packsB ? tile.depthBlock : job.depth);
    this.#frame = { b, job, itemsize, batch: variableIndex(this.#batch), lane, k: b.variable(job.depth) };
    this.#packing = { b, type: job.type, lanes: this.#lanes, itemsize, lane, depth };
  }

  emit(): void {
    const { b, job } = this.#frame;
    const depth = this.#packing.depth;
    const packedA = this.#packsA ? b.buffer(job.scratch(packedBytes(this.#packing, this.#rows))) : null;
    const packedB = this.#packsB ? b.buffer(job.scratch(packedBytes(this.#packing, this.#columns))) : null;
    b.loop(this.#batch, 1, () => {
      if (depth.blocks === 1) this.#wholeDepth(packedA, packedB);
      else this.#depthBlocks(packedA, packedB);
    });
  }

  /** With all depths at once: B is packed once, and sums are finished as soon as they are made. */
  #wholeDepth(packedA: Reg | null, packedB: Reg | null): void {
    const { b } = this.#frame;
    const all: Span = { from: 0, to: this.#packing.depth.panels, last: true };
    inBlocks(b, this.#columns, (columns) => {
      if (packedB !== null) this.#packB(columns, all, packedB);
      inBlocks(b, this.#rows, (rows) => {
        if (packedA !== null) this.#packA(rows, all, packedA);
        this.#eachTile(rows, columns, (tile, row, column) => {
          const sums = zeroSums(this.#frame, tile);
          this.#addProducts(tile, row, column, rows, columns, all, packedA, packedB, sums);
          finishSums(this.#frame, tile, sums);
        });
      });
    });
  }

  /** With depth in blocks: the sums of a block of C wait in scratch memory, and are finished after the last one. */
  #depthBlocks(packedA: Reg | null, packedB: Reg | null): void {
    const { b, job } = this.#frame;
    const [rows, columns, depth] = [this.#rows, this.#columns, this.#packing.depth];
    const tileBytes = rows.width * columns.width * this.#frame.itemsize;
    const perRow = columns.perBlock + 1;
    const bytes = (rows.perBlock + 1) * perRow * tileBytes;
    const partial = b.buffer(job.scratch(bytes));
    inBlocks(b, columns, (cs) => {
      inBlocks(b, rows, (rs) => {
        const start = origin(b, origin(b, partial, rs.from, perRow * tileBytes), cs.from, tileBytes);
        const sumsAt = (row: Part, column: Part) =>
          b.add(b.add(start, b.index(row.slot, perRow * tileBytes)), b.index(column.slot, tileBytes));
        b.zero(partial, bytes);
        inBlocks(b, depth, (ks) => {
          if (packedB !== null) this.#packB(cs, ks, packedB);
          if (packedA !== null) this.#packA(rs, ks, packedA);
          this.#eachTile(rs, cs, (tile, row, column) => {
            const sums = loadSums(this.#frame, tile, sumsAt(row, column));
            this.#addProducts(tile, row, column, rs, cs, ks, packedA, packedB, sums);
            storeSums(this.#frame, tile, sumsAt(row, column), sums);
          });
        });
        this.#eachTile(rs, cs, (tile, row, column) =>
          finishSums(this.#frame, tile, loadSums(this.#frame, tile, sumsAt(row, column))),
        );
      });
    });
  }

  #packA(rows: Span, units: Span, buffer: Reg): void {
    const { job, batch } = this.#frame;
    const operand: Operand = {
      contiguous: job.contiguousA === "rows" ? "across" : job.contiguousA,
      read: (row, depth, along, lanes) => job.a({ batch, row, depth }, along, lanes),
      padded: false,
    };
    pack(this.#packing, operand, this.#rows, rows, units, buffer);
  }

  #packB(columns: Span, units: Span, buffer: Reg): void {
    const { job, batch } = this.#frame;
    const operand: Operand = {
      contiguous: job.contiguousB === "columns" ? "across" : job.contiguousB,
      read: (column, depth, along, lanes) => job.b({ batch, depth, column }, along, lanes),
      padded: true,
    };
    pack(this.#packing, operand, this.#columns, columns, units, buffer);
  }

  #addProducts(
    tile: TileAt,
    row: Part,
    column: Part,
    rows: Span,
    columns: Span,
    units: Span,
    packedA: Reg | null,
    packedB: Reg | null,
    sums: readonly (readonly Reg[])[],
  ): void {
    const { b } = this.#frame;
    const at = (buffer: Reg, axis: Axis, span: Span, part: Part) => {
      const bytes = panelBytes(this.#packing, axis);
      return b.add(origin(b, buffer, span.from, bytes), b.index(part.slot, bytes));
    };
    const panelB = packedB === null ? null : at(packedB, this.#columns, columns, column);
    const panels: Panels =
      panelB === null
        ? { a: null, b: null }
        : packedA === null
          ? { a: null, b: panelB }
          : { a: at(packedA, this.#rows, rows, row), b: panelB };
    const unit = this.#packing.depth.width;
    const times = (n: number | Reg) => (typeof n === "number" ? n * unit : b.mul(n, b.constant("i32", unit)));
    addProducts(this.#frame, tile, panels, { from: times(units.from), to: times(units.to) }, sums);
  }

  /** Emits `visit` for the tiles of a block: once for those in the middle, once for each kind of edge. */
  #eachTile(rows: Span, columns: Span, visit: (tile: TileAt, row: Part, column: Part) => void): void {
    this.#eachColumnPart(columns, (column) => {
      this.#eachRowPart(rows, (row) => {
        const { vectors, lanes, size } = column;
        visit({ rows: row.size, vectors, lanes, columns: size, row: row.start, column: column.start }, row, column);
      });
    });
  }

  #eachRowPart(span: Span, visit: (part: Part) => void): void {
    const { b } = this.#frame;
    const { panel, width, panels, edge } = this.#rows;
    const form = { vectors: 1, lanes: 1 } as const;
    const slot = variableIndex(panel);
    b.range(panel, span.from, span.to, 1, () => visit({ ...form, size: width, start: scaleIndex(slot, width), slot }));
    if (edge === 0) return;
    inLast(b, span, () =>
      visit({ ...form, size: edge, start: constantIndex(panels * width), slot: constantIndex(panels) }),
    );
  }

  #eachColumnPart(span: Span, visit: (part: Part) => void): void {
    const { b } = this.#frame;
    const { panel, width, panels, edge } = this.#columns;
    const slot = variableIndex(panel);
    const lanes = this.#lanes;
    b.range(panel, span.from, span.to, 1, () =>
      visit({ size: width, vectors: width / lanes, lanes, start: scaleIndex(slot, width), slot }),
    );
    if (edge === 0) return;
    const [start, last] = [constantIndex(panels * width), constantIndex(panels)];
    inLast(b, span, () => {
      if (this.#packsB) return visit({ size: edge, vectors: Math.ceil(edge / lanes), lanes, start, slot: last });
      const whole = Math.floor(edge / lanes);
      if (whole > 0) visit({ size: whole * lanes, vectors: whole, lanes, start, slot: last });
      const rest = edge - whole * lanes;
      if (rest > 0)
        visit({ size: rest, vectors: rest, lanes: 1, start: addConstant(start, whole * lanes), slot: last });
    });
  }
}

/** Neighbours along depth that are copied by one trip: a whole number of the last axes, or a part of the last one. */
function unitOf(job: ContractionJob): number {
  const axes = (job.depthAxes ?? [job.depth]).filter((n) => n > 1);
  let unit = 1;
  for (const n of axes.reverse()) {
    if (unit * n > 27) {
      if (unit === 1) for (let d = 8; d > 1 && unit === 1; d--) if (n % d === 0) unit = d;
      break;
    }
    unit *= n;
  }
  return unit;
}
