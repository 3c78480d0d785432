/**
 * For the tests of contractions: products of matrices that lie in memory in any order, as loop programs, and what they
 * should give.
 */
import { expect } from "vitest";
import { LoopBuilder } from "../../src/compiler/builder.ts";
import { type ContractionJob, emitContraction, emitPlan } from "../../src/compiler/contraction.ts";
import { type Plan, plansFor } from "../../src/compiler/contraction-plan.ts";
import type { Lanes, LoopProgram, Placement, Reg } from "../../src/compiler/index.ts";
import {
  addConstant,
  addIndex,
  type Index,
  type LoopVariable,
  linearIndex,
  scaleIndex,
  substitute,
  unravelIndex,
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
export function matrix(across: number, depth: number, inner: Order, batch = 1): Operand {
  const [stepAcross, stepDepth] = inner === "across" ? [1, across] : [depth, 1];
  return {
    size: across * depth * batch,
    contiguous: inner,
    at: (z, i, k) =>
      addIndex(scaleIndex(z, across * depth), addIndex(scaleIndex(i, stepAcross), scaleIndex(k, stepDepth))),
  };
}

type Order = "across" | "depth";

/** The product of two matrices, A contiguous along depth and B along columns if nothing else is said. */
export function product(
  rows: number,
  depth: number,
  columns: number,
  { orderA = "depth", orderB = "across", ...more }: Partial<Product> & { orderA?: Order; orderB?: Order } = {},
): Product {
  const batch = more.batch ?? 1;
  const a = matrix(rows, depth, orderA, batch);
  const b = matrix(columns, depth, orderB, batch);
  return { type: "f32", batch, rows, columns, depth, a, b, ...more };
}

/** Windows of 3 × 3 over images of C channels: rows are pixels (n, i, j), depth is (c, u, v). */
export function convolution(images: number, channels: number, size: number, filters: number): Product {
  const out = size - 2;
  const [rows, depth] = [images * out * out, channels * 9];
  const a = {
    size: images * channels * size * size,
    contiguous: null,
    at: (_: Index, row: Index, k: Index) => {
      const [n, i, j] = unravelIndex(row, [images, out, out]) as [Index, Index, Index];
      const [c, u, v] = unravelIndex(k, [channels, 3, 3]) as [Index, Index, Index];
      return linearIndex([n, c, addIndex(i, u), addIndex(j, v)], [images, channels, size, size]);
    },
  };
  const b = matrix(filters, depth, "depth");
  return { type: "f32", batch: 1, rows, columns: filters, depth, a, b, depthAxes: [channels, 3, 3] };
}

export interface Compiled {
  readonly program: LoopProgram;
  /** Byte offsets of A, B, bias and C, and of the end of everything; between all buffers there are guards. */
  readonly offsets: { readonly a: number; readonly b: number; readonly bias: number; readonly c: number };
  readonly bytes: number;
  /** Start and end of what may be accessed. */
  readonly regions: readonly (readonly [number, number])[];
}

/** One way of emitting the product for every plan that might be chosen. */
export function everyPlan(p: Product): { name: string; emit: Emit }[] {
  let plans: Plan[] = [];
  compileProduct(p, (_, job) => {
    plans = plansFor(job);
  });
  return plans.map((plan) => ({ name: JSON.stringify(plan), emit: (b, job) => emitPlan(b, job, plan) }));
}

/** Numbers are the same, 0 being −0, without a comparison of each that a test would report. */
export function expectSame(found: readonly number[], expected: readonly number[], message = ""): void {
  const at = expected.findIndex((x, i) => found[i] !== x);
  expect({ at, found: found[at], length: found.length }, message).toEqual({
    at: -1,
    found: undefined,
    length: expected.length,
  });
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
    epilogueLength: p.epilogue === true ? 20 : 0, // long ones are looped
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

// ---- values --------------------------------------------------------------------------------------------------------

/** Small whole numbers: every sum is exact, in whatever order and with or without fused multiplication. */
function wholeNumbers(n: number, seed: number): number[] {
  return Array.from({ length: n }, (_, i) => ((i * 7919 + seed * 104729) % 11) - 5);
}

/** A, B and the bias of a product. */
export function operandsOf(p: Product): [a: number[], b: number[], bias: number[]] {
  return [wholeNumbers(p.a.size, 1), wholeNumbers(p.b.size, 2), wholeNumbers(p.columns, 3)];
}

/** Writes the operands into memory, and NaN wherever nothing has been computed yet. */
export function writeOperands(p: Product, { offsets, regions }: Compiled, memory: ArrayBuffer, start = 0): void {
  for (const [from, to] of regions) new Uint8Array(memory, start + from, to - from).fill(0xff);
  const [a, b, bias] = operandsOf(p);
  arrayAt(p, memory, start + offsets.a, a.length).set(a);
  arrayAt(p, memory, start + offsets.b, b.length).set(b);
  arrayAt(p, memory, start + offsets.bias, bias.length).set(bias);
}

export function readResult(p: Product, { offsets }: Compiled, memory: ArrayBuffer, start = 0): number[] {
  return Array.from(arrayAt(p, memory, start + offsets.c, p.batch * p.rows * p.columns));
}

function arrayAt(p: Product, memory: ArrayBuffer, offset: number, length: number): Float32Array | Float64Array {
  return p.type === "f32" ? new Float32Array(memory, offset, length) : new Float64Array(memory, offset, length);
}

// ---- what it should give -------------------------------------------------------------------------------------------

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

/** The elements of an operand for one batch, as [across, depth]. */
function elements(o: Operand, array: ArrayLike<number>, z: number, across: number, depth: number): Float64Array {
  const [batch, i, k] = [z, across, depth].map((extent, id): LoopVariable => ({ id, extent: extent + 1 })) as [
    LoopVariable,
    LoopVariable,
    LoopVariable,
  ];
  const index = o.at(variableIndex(batch), variableIndex(i), variableIndex(k));
  const at = new Map<LoopVariable, number>([[batch, z]]);
  return Float64Array.from({ length: across * depth }, (_, n) => {
    at.set(i, Math.floor(n / depth)).set(k, n % depth);
    return array[numberAt(index, at)]!;
  });
}

/** The result by the definition, in float64. */
export function expectedProduct(p: Product): number[] {
  const [a, b, bias] = operandsOf(p);
  const out: number[] = [];
  for (let z = 0; z < p.batch; z++) {
    const [x, y] = [elements(p.a, a, z, p.rows, p.depth), elements(p.b, b, z, p.columns, p.depth)];
    if (p.prologue === true) {
      for (let i = 0; i < x.length; i++) x[i] = 2 * x[i]! + 1;
      for (let i = 0; i < y.length; i++) y[i] = y[i]! ** 2;
    }
    for (let m = 0; m < p.rows; m++) {
      for (let n = 0; n < p.columns; n++) {
        let sum = 0;
        for (let k = 0; k < p.depth; k++) sum += x[m * p.depth + k]! * y[n * p.depth + k]!;
        out.push(p.epilogue === true ? Math.max(0, sum + bias[n]!) : sum);
      }
    }
  }
  return out;
}
