/**
 * Contractions as inner products: where both operands lie along depth, a vector of neighbours of a row of A times one
 * of a column of B, lane by lane, needs no copy of either. That pays for few rows, such as one sample that goes through
 * a linear layer: each element of B is read for so few sums that a copy would cost as much as the sums.
 */
import {
  addConstant,
  addIndex,
  constantIndex,
  type Index,
  type LoopVariable,
  scaleIndex,
  variableIndex,
} from "../graph/index.ts";
import type { LoopBuilder } from "./builder.ts";
import type { ContractionJob } from "./contraction.ts";
import { inChains } from "./contraction-chains.ts";
import { type Axis, cut } from "./contraction-panels.ts";
import type { Lanes, Reg } from "./loops.ts";

/** Emits the contraction in tiles of `rows` × `columns` inner products. */
export function emitInnerProducts(b: LoopBuilder, job: ContractionJob, tile: { rows: number; columns: number }): void {
  new InnerProducts(b, job, tile).emit();
}

/** Some inner products that share a loop. */
interface Group {
  readonly rows: number;
  readonly columns: number;
  readonly row: Index;
  readonly column: Index;
}

class InnerProducts {
  readonly #b: LoopBuilder;
  readonly #job: ContractionJob;
  readonly #lanes: Lanes;
  readonly #batch: LoopVariable;
  readonly #rows: Axis;
  readonly #columns: Axis;
  /** Depth in vectors, and one by one. */
  readonly #vectors: Axis;
  readonly #k: LoopVariable;
  readonly #lane: LoopVariable;

  constructor(b: LoopBuilder, job: ContractionJob, tile: { rows: number; columns: number }) {
    [this.#b, this.#job] = [b, job];
    this.#lanes = job.type === "f32" ? 4 : 2;
    this.#batch = b.variable(job.batch);
    this.#rows = cut(b, job.rows, tile.rows);
    this.#columns = cut(b, job.columns, tile.columns);
    this.#vectors = cut(b, job.depth, this.#lanes);
    this.#k = b.variable(job.depth);
    this.#lane = b.variable(this.#lanes);
    b.bind(this.#lane, b.constant("i32", 0));
  }

  emit(): void {
    this.#b.loop(this.#batch, 1, () => {
      this.#eachPart(this.#columns, (columns, column) => {
        this.#eachPart(this.#rows, (rows, row) => this.#emitGroup({ rows, columns, row, column }));
      });
    });
  }

  #eachPart({ panel, panels, width, edge }: Axis, visit: (size: number, start: Index) => void): void {
    this.#b.loop(panel, 1, () => visit(width, scaleIndex(variableIndex(panel), width)));
    if (edge > 0) visit(edge, constantIndex(panels * width));
  }

  #emitGroup(g: Group): void {
    const b = this.#b;
    const { panel, panels, width: lanes } = this.#vectors;
    const inVectors = this.#sums(g, this.#lanes);
    const position = addIndex(scaleIndex(variableIndex(panel), lanes), variableIndex(this.#lane));
    inChains(b, this.#job, inVectors.flat(), { from: 0, to: panels, most: panels }, (from, to) => {
      b.range(panel, from, to, 1, () => this.#addProducts(g, inVectors, position, this.#lane));
    });
    const singly = this.#vectors.edge === 0 ? null : this.#sums(g, 1);
    if (singly !== null) {
      b.range(this.#k, panels * lanes, this.#job.depth, 1, () => this.#addProducts(g, singly, variableIndex(this.#k)));
    }
    this.#finish(g, inVectors, singly);
  }

  #sums(g: Group, lanes: Lanes): Reg[][] {
    const zero = this.#b.splat(this.#b.constant(this.#job.type, 0), lanes);
    return Array.from({ length: g.rows }, () => Array.from({ length: g.columns }, () => this.#b.mutable(zero)));
  }

  #addProducts(g: Group, sums: Reg[][], depth: Index, along?: LoopVariable): void {
    const [b, job, batch] = [this.#b, this.#job, variableIndex(this.#batch)];
    const lanes = along === undefined ? 1 : this.#lanes;
    const inLanes = (x: Reg) => b.splat(x, lanes); // what is repeated along depth is one element
    const columns = sums[0]!.map((_, j) => job.b({ batch, depth, column: addConstant(g.column, j) }, along, lanes));
    const rows = sums.map((_, i) => job.a({ batch, row: addConstant(g.row, i), depth }, along, lanes));
    for (const [i, row] of sums.entries()) {
      for (const [j, sum] of row.entries()) b.set(sum, b.madd(inLanes(rows[i]!), inLanes(columns[j]!), b.current(sum)));
    }
  }

  #finish(g: Group, inVectors: Reg[][], singly: Reg[][] | null): void {
    const [b, job, batch] = [this.#b, this.#job, variableIndex(this.#batch)];
    for (const [i, vectors] of inVectors.entries()) {
      const row = addConstant(g.row, i);
      const sums = vectors.map((vector, j) => {
        const sum = this.#across(b.current(vector));
        return singly === null ? sum : b.add(sum, b.current(singly[i]![j]!));
      });
      const together = g.columns - (g.columns % this.#lanes);
      for (let j = 0; j < together; j += this.#lanes) {
        const column = addIndex(addConstant(g.column, j), variableIndex(this.#lane));
        job.finish({ batch, row, column }, b.join(sums.slice(j, j + this.#lanes)), this.#lane, this.#lanes);
      }
      for (let j = together; j < g.columns; j++) job.finish({ batch, row, column: addConstant(g.column, j) }, sums[j]!);
    }
  }

  /** The sum of a vector's lanes. */
  #across(vector: Reg): Reg {
    const b = this.#b;
    let parts = Array.from({ length: vector.lanes }, (_, lane) => b.extract(vector, lane));
    while (parts.length > 1) {
      const half = parts.length / 2;
      parts = parts.slice(0, half).map((part, i) => b.add(part, parts[i + half]!));
    }
    return parts[0]!;
  }
}
