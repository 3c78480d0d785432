/** For the tests of contractions: products of matrices that lie in memory in any order, as loop programs, and what they should give. */
import { LoopBuilder } from "../../src/compiler/builder.ts";
import { type ContractionJob, emitContraction } from "../../src/compiler/contraction.ts";
import type { Lanes, LoopProgram, Placement, Reg } from "../../src/compiler/index.ts";
import {
  addConstant,
  addIndex,
  type Index,
  type LoopVariable,
  scaleIndex,
  substitute,
  variableIndex,
  variablesOf,
} from "../../src/graph/index.ts";

/** Where an element of an operand lies, across being the row of A or the column of B. */
export interface Operand {
  readonly size: number;
  readonly contiguous: "across" | "depth" | null;
  readonly at: (batch: Index, across: Index, depth: Index) => Index;
}

export interface Product {
  readonly type: "f32" | "f64";
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly a: Operand;
  readonly b: Operand;
  readonly depthAxes?: readonly number[];
  /** Whether A is read as 2a + 1, and B as b². */
  readonly prologue?: boolean;
  /** Whether relu(c + bias[column]) is stored instead of c. */
  readonly epilogue?: boolean;
}

/** A matrix per batch, its axis across or its axis of depth being the inner one. */
export function matrix(across: number, depth: number, inner: "across" | "depth", shared = false, batch = 1): Operand {
  const [stepAcross, stepDepth] = inner === "across" ? [1, across] : [depth, 1];
  return {
    size: across * depth * (shared ? 1 : batch),
    contiguous: inner,
    at: (z, i, k) =>
      addIndex(
        scaleIndex(z, shared ? 0 : across * depth),
        addIndex(scaleIndex(i, stepAcross), scaleIndex(k, stepDepth)),
      ),
  };
}

export interface Compiled {
  readonly program: LoopProgram;
  /** Byte offsets of A, B, bias and C, and of the end of everything; between all buffers there are guards. */
  readonly offsets: { readonly a: number; readonly b: number; readonly bias: number; readonly c: number };
  readonly bytes: number;
  /** Start and end of what may be accessed. */
  readonly regions: readonly (readonly [number, number])[];
}

const guard = 64; // bytes

/** How the loops of a product are emitted. */
export type Emit = (b: LoopBuilder, job: ContractionJob) => void;

/** The product as a loop program over one piece of memory. */
export function compileProduct(p: Product, emit: Emit = emitContraction): Compiled {
  const itemsize = p.type === "f32" ? 4 : 8;
  const buffers: Placement[] = [];
  const regions: [number, number][] = [];
  let end = guard;
  const place = (bytes: number): number => {
    const offset = end;
    buffers.push({ in: "scratch", offset });
    regions.push([offset, offset + bytes]);
    end = Math.ceil((offset + bytes) / 64) * 64 + guard;
    return offset;
  };
  const sizes = [p.a.size, p.b.size, p.columns, p.batch * p.rows * p.columns];
  const [a, b, bias, c] = sizes.map((n) => place(n * itemsize)) as [number, number, number, number]; // four sizes
  const builder = new LoopBuilder();
  const scratch = (bytes: number) => {
    place(bytes);
    return buffers.length - 1;
  };
  emit(builder, jobOf(builder, p, itemsize, scratch));
  const program = { functions: [{ name: "product", body: builder.statements }], buffers };
  return { program, offsets: { a, b, bias, c }, bytes: end, regions };
}

function jobOf(b: LoopBuilder, p: Product, itemsize: number, scratch: (bytes: number) => number): ContractionJob {
  const one = b.constant(p.type, 1);
  const bare = p.prologue !== true;
  const read = (buffer: number, linear: Index, along?: LoopVariable, lanes?: Lanes) =>
    readElements(b, p.type, itemsize, b.buffer(buffer), linear, along, lanes);
  return {
    ...p,
    contiguousA: p.a.contiguous === "across" ? "rows" : p.a.contiguous,
    contiguousB: p.b.contiguous === "across" ? "columns" : p.b.contiguous,
    plainA: bare,
    plainB: bare,
    a: ({ batch, row, depth }, along, lanes) => {
      const x = read(0, p.a.at(batch, row, depth), along, lanes);
      return bare ? x : b.add(b.add(x, x), one);
    },
    b: ({ batch, depth, column }, along, lanes) => {
      const x = read(1, p.b.at(batch, column, depth), along, lanes);
      return bare ? x : b.mul(x, x);
    },
    finish: ({ batch, row, column }, sum, along, lanes) => {
      const shifted = p.epilogue === true ? b.add(sum, read(2, column, along, lanes)) : sum;
      const value = p.epilogue === true ? b.max(shifted, b.constant(p.type, 0)) : shifted;
      const linear = addIndex(scaleIndex(batch, p.rows * p.columns), addIndex(scaleIndex(row, p.columns), column));
      writeElements(b, p.type, itemsize, b.buffer(3), linear, value, along);
    },
    scratch,
  };
}

/** The index some places further along a variable. */
function further(index: Index, along: LoopVariable, places: number): Index {
  return substitute(index, (v) => (v === along ? addConstant(variableIndex(v), places) : variableIndex(v)));
}

/** Whether elements that are neighbours along the variable are neighbours in memory. */
function isUnitStep(linear: Index, along: LoopVariable): boolean {
  const moving = linear.terms.filter((t) => variablesOf({ constant: 0, terms: [t] }).has(along));
  return moving.length === 1 && moving[0]!.coefficient === 1 && moving[0]!.atom.kind === "variable";
}

function readElements(
  b: LoopBuilder,
  type: "f32" | "f64",
  itemsize: number,
  base: Reg,
  linear: Index,
  along?: LoopVariable,
  lanes: Lanes = 1,
): Reg {
  const read = (index: Index, n: Lanes) => {
    const at = b.address(base, index, itemsize);
    return b.load(type, at.address, at.offset, n);
  };
  if (along === undefined || !variablesOf(linear).has(along)) return read(linear, 1);
  if (isUnitStep(linear, along)) return read(linear, lanes);
  return b.join(Array.from({ length: lanes }, (_, lane) => read(further(linear, along, lane), 1)));
}

function writeElements(
  b: LoopBuilder,
  type: "f32" | "f64",
  itemsize: number,
  base: Reg,
  linear: Index,
  value: Reg,
  along?: LoopVariable,
): void {
  const write = (index: Index, x: Reg) => {
    const at = b.address(base, index, itemsize);
    b.store(type, at.address, at.offset, x);
  };
  if (along === undefined || isUnitStep(linear, along)) write(linear, value);
  else for (let lane = 0; lane < value.lanes; lane++) write(further(linear, along, lane), b.extract(value, lane));
}

/** Value of an index when its variables have the given values. */
function numberAt(index: Index, at: ReadonlyMap<LoopVariable, number>): number {
  let sum = index.constant;
  for (const { coefficient, atom } of index.terms) {
    if (atom.kind === "variable") sum += coefficient * at.get(atom.variable)!;
    else if (atom.kind === "quotient") sum += coefficient * Math.floor(numberAt(atom.of, at) / atom.by);
    else sum += coefficient * (numberAt(atom.of, at) % atom.by);
  }
  return sum;
}

/** The result by the definition, in float64. */
export function expectedProduct(
  p: Product,
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  bias: ArrayLike<number>,
): number[] {
  const out: number[] = [];
  const variable = (id: number, extent: number): LoopVariable => ({ id, extent });
  const [z, m, n, k] = [variable(0, p.batch), variable(1, p.rows), variable(2, p.columns), variable(3, p.depth)];
  const [atA, atB] = [
    p.a.at(variableIndex(z), variableIndex(m), variableIndex(k)),
    p.b.at(variableIndex(z), variableIndex(n), variableIndex(k)),
  ];
  const at = new Map<LoopVariable, number>();
  for (let zi = 0; zi < p.batch; zi++) {
    for (let mi = 0; mi < p.rows; mi++) {
      for (let ni = 0; ni < p.columns; ni++) {
        at.set(z, zi).set(m, mi).set(n, ni);
        let sum = 0;
        for (let ki = 0; ki < p.depth; ki++) {
          at.set(k, ki);
          const [x, y] = [a[numberAt(atA, at)]!, b[numberAt(atB, at)]!];
          sum += p.prologue === true ? (2 * x + 1) * y * y : x * y;
        }
        out.push(p.epilogue === true ? Math.max(0, sum + bias[ni]!) : sum);
      }
    }
  }
  return out;
}
