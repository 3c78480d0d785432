/** Lowering of contractions: what the contraction kernel asks of its operands and gives back. */
import { dtypeInfo, isHalf, type Shape, sizeOf } from "../base/index.ts";
import {
  type Index,
  type LoopVariable,
  linearIndex,
  type Node,
  unravelIndex,
  variableIndex,
  zeroIndex,
} from "../graph/index.ts";
import { axesOver, chooseExtents } from "./axes.ts";
import { type ContractionJob, emitContraction } from "./contraction.ts";
import { type Access, advance, coefficientOf, type Scope, shortened, type Vector } from "./evaluate.ts";
import { Frame } from "./frame.ts";
import { contractionAxes, writesFor } from "./kernel.ts";
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
    const type = dtypeInfo[node.dtype].register;
    if (type !== "f32" && type !== "f64")
      throw new Error(`compiler: a contraction of ${node.dtype} is a sum of products`);
    const sizes = { batch: sizeOf(batch), rows: sizeOf(rows), columns: sizeOf(columns), depth: sizeOf(depth) };
    const readsA: Reads = (row, k) => this.#accesses(x, atA({ batch: zeroIndex, row, depth: k }));
    const readsB: Reads = (column, k) => this.#accesses(y, atB({ batch: zeroIndex, column, depth: k }));
    const [m, n, k] = [sizes.rows, sizes.columns, sizes.depth].map((size) => this.b.variable(size));
    const [accessesA, accessesB] = [
      readsA(variableIndex(m!), variableIndex(k!)),
      readsB(variableIndex(n!), variableIndex(k!)),
    ];
    const job: ContractionJob = {
      type,
      ...sizes,
      contiguousA: neighbours(accessesA, m!) ? "rows" : neighbours(accessesA, k!) ? "depth" : null,
      contiguousB: neighbours(accessesB, n!) ? "columns" : neighbours(accessesB, k!) ? "depth" : null,
      plainA: this.#isPlain(x, accessesA),
      plainB: this.#isPlain(y, accessesB),
      depthAxes: this.#depthAxes(depth, [readsA, readsB]),
      a: (at, along, lanes) => this.#read(x, atA(at), vectorOf(along, lanes)),
      b: (at, along, lanes) => this.#read(y, atB(at), vectorOf(along, lanes)),
      epilogueLength: this.kernel.members.size - 1,
      finish: (at, sum, along, lanes) => this.#finish(atC(at), sum, vectorOf(along, lanes)),
      scratch: (bytes) => this.around.scratch(bytes),
    };
    emitContraction(this.b, job);
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
    const product = shortened(this.b, anchor!.dtype, sum);
    const scope: Scope = { vector, bound: new Map([[anchor!, product]]), memo: new Map() };
    const writes = outputs.flatMap((out) => writesFor(this.kernel, out));
    const values = writes.map(({ value }) => this.evaluator.value(value, index, scope));
    for (const [i, { result, place }] of writes.entries()) {
      this.evaluator.store(result, this.buffer(result), place(index), values[i]!, vector);
    }
  }

  #accesses(operand: Node, index: readonly Index[]): Access[] {
    return this.accesses(
      [operand],
      () => index,
      () => false,
    );
  }

  /** Whether the elements of an operand are read by nothing but a load. Halves are converted, too: once, where they are copied. */
  #isPlain(operand: Node, accesses: readonly Access[]): boolean {
    if (isHalf(operand.dtype)) return false;
    let node = operand;
    while (!this.isLoaded(node)) {
      if (node.op.kind !== "movement" && node.op.kind !== "alias") return false;
      node = node.inputs[0]!;
    }
    return accesses.every((a) => !a.guarded);
  }

  /** The axes along which both operands are read in constant steps: those of the arrays, joined where that can be. */
  #depthAxes(depth: Shape, reads: readonly Reads[]): Shape {
    const [extents] = chooseExtents([depth], ([candidate]) => {
      const { index } = axesOver(depth, candidate!, (n) => this.b.variable(n));
      return reads.flatMap((read) => read(zeroIndex, linearIndex(index, depth)));
    });
    return extents!;
  }
}

/** Whether elements along the variable are neighbours in memory, as far as they are not the same. */
function neighbours(accesses: readonly Access[], variable: LoopVariable): boolean {
  if (variable.extent <= 1) return false;
  const steps = accesses
    .filter((a) => a.node.size > 1)
    .map((a) => (a.guarded ? null : coefficientOf(a.linear, variable)));
  return steps.includes(1) && steps.every((step) => step === 0 || step === 1);
}

/** The accesses of reading an operand at a place across (row or column) and a depth. */
type Reads = (across: Index, depth: Index) => Access[];

function vectorOf(along?: LoopVariable, lanes: Lanes = 1): Vector | null {
  return along === undefined || lanes === 1 ? null : { variable: along, lanes };
}

function lanesOf({ lanes }: Vector): number[] {
  return Array.from({ length: lanes }, (_, lane) => lane);
}
