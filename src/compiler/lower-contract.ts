/** Lowering of contractions: what the contraction kernel asks of its operands and gives back. */
import { sizeOf } from "../base/index.ts";
import {
  constantIndex,
  type Index,
  type LoopVariable,
  type Node,
  unravelIndex,
  variableIndex,
} from "../graph/index.ts";
import { type ContractionJob, emitContraction } from "./contraction.ts";
import { advance, coefficientOf, registerFor, type Scope, type Vector } from "./evaluate.ts";
import { Frame } from "./frame.ts";
import { contractionAxes } from "./kernel.ts";
import type { Lanes, Reg } from "./loops.ts";

export class ContractLowering extends Frame {
  run(): void {
    const node = this.kernel.anchor!;
    const [x, y] = [node.inputs[0]!, node.inputs[1]!];
    const axes = contractionAxes(node);
    const batch = node.shape.slice(0, axes.batch);
    const rows = node.shape.slice(axes.batch, axes.batch + axes.rows);
    const columns = node.shape.slice(axes.batch + axes.rows);
    const depth = x.shape.slice(axes.batch + axes.rows);
    const atA = (at: { batch: Index; row: Index; depth: Index }) => [
      ...unravelIndex(at.batch, batch),
      ...unravelIndex(at.row, rows),
      ...unravelIndex(at.depth, depth),
    ];
    const atB = (at: { batch: Index; depth: Index; column: Index }) => [
      ...unravelIndex(at.batch, batch),
      ...unravelIndex(at.depth, depth),
      ...unravelIndex(at.column, columns),
    ];
    const atC = (at: { batch: Index; row: Index; column: Index }) => [
      ...unravelIndex(at.batch, batch),
      ...unravelIndex(at.row, rows),
      ...unravelIndex(at.column, columns),
    ];
    const type = registerFor[node.dtype];
    if (type !== "f32" && type !== "f64")
      throw new Error(`compiler: a contraction of ${node.dtype} is a sum of products`);
    const b = this.b;
    const job: ContractionJob = {
      type,
      batch: sizeOf(batch),
      rows: sizeOf(rows),
      columns: sizeOf(columns),
      depth: sizeOf(depth),
      contiguousA: this.#contiguous(
        x,
        (v, w) => atA({ batch: constantIndex(0), row: v, depth: w }),
        sizeOf(rows),
        sizeOf(depth),
        "rows",
        "depth",
      ),
      contiguousB: this.#contiguous(
        y,
        (v, w) => atB({ batch: constantIndex(0), column: v, depth: w }),
        sizeOf(columns),
        sizeOf(depth),
        "columns",
        "depth",
      ),
      a: (at, along, lanes) => this.#read(x, atA(at), vectorOf(along, lanes)),
      b: (at, along, lanes) => this.#read(y, atB(at), vectorOf(along, lanes)),
      finish: (at, sum, along, lanes) => this.#finish(atC(at), sum, vectorOf(along, lanes)),
      scratch: (bytes) => this.around.scratch(bytes),
    };
    emitContraction(b, job);
  }

  /** An element of an operand or a vector of them; one by one where values of other types are computed on the way, which fill more registers. */
  #read(operand: Node, index: readonly Index[], vector: Vector | null): Reg {
    if (vector === null || vector.lanes <= this.lanes) {
      return this.evaluator.value(operand, index, { vector, bound: new Map(), memo: new Map() });
    }
    return this.b.join(lanesOf(vector).map((lane) => this.#read(operand, advance(index, vector.variable, lane), null)));
  }

  /** Computes and stores what becomes of a finished sum or a vector of them. */
  #finish(index: readonly Index[], sum: Reg, vector: Vector | null): void {
    if (vector !== null && vector.lanes > this.lanes) {
      for (const lane of lanesOf(vector)) {
        this.#finish(advance(index, vector.variable, lane), this.b.extract(sum, lane), null);
      }
      return;
    }
    const { anchor, outputs } = this.kernel;
    const scope: Scope = { vector, bound: new Map([[anchor!, sum]]), memo: new Map() };
    const values = outputs.map((out) => this.evaluator.value(out, index, scope));
    for (const [i, out] of outputs.entries()) this.evaluator.store(out, this.buffer(out), index, values[i]!, vector);
  }

  /** Along which of two variables the elements of an operand are neighbours in memory. */
  #contiguous<First extends string, Second extends string>(
    operand: Node,
    at: (v: Index, w: Index) => readonly Index[],
    sizeV: number,
    sizeW: number,
    first: First,
    second: Second,
  ): First | Second | null {
    const [v, w] = [this.b.variable(sizeV), this.b.variable(sizeW)];
    const accesses = this.accesses(
      [operand],
      () => at(variableIndex(v), variableIndex(w)),
      () => false,
    ).filter((a) => a.node.size > 1);
    const along = (variable: LoopVariable) =>
      variable.extent > 1 &&
      accesses.some((a) => coefficientOf(a.linear, variable) === 1) &&
      accesses.every((a) => [0, 1].includes(coefficientOf(a.linear, variable) ?? 2) && !a.guarded);
    return along(v) ? first : along(w) ? second : null;
  }
}

function vectorOf(along?: LoopVariable, lanes: Lanes = 1): Vector | null {
  return along === undefined || lanes === 1 ? null : { variable: along, lanes };
}

function lanesOf({ lanes }: Vector): number[] {
  return Array.from({ length: lanes }, (_, lane) => lane);
}
