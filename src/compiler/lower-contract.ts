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
import { coefficientOf, registerFor, type Scope } from "./evaluate.ts";
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
    const scope = (along?: LoopVariable, lanes?: Lanes, bound = new Map<Node, Reg>()): Scope => ({
      vector: along === undefined || lanes === undefined || lanes === 1 ? null : { variable: along, lanes },
      bound,
      memo: new Map(),
    });
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
      a: (at, along, lanes) => this.evaluator.value(x, atA(at), scope(along, lanes)),
      b: (at, along, lanes) => this.evaluator.value(y, atB(at), scope(along, lanes)),
      finish: (at, sum, along, lanes) => {
        const inner = scope(along, lanes, new Map([[node, sum]]));
        const index = [
          ...unravelIndex(at.batch, batch),
          ...unravelIndex(at.row, rows),
          ...unravelIndex(at.column, columns),
        ];
        const values = this.kernel.outputs.map((out) => this.evaluator.value(out, index, inner));
        for (const [i, out] of this.kernel.outputs.entries())
          this.evaluator.store(out, this.buffer(out), index, values[i]!, inner.vector);
      },
      scratch: (bytes) => this.around.scratch(bytes),
    };
    emitContraction(b, job);
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
