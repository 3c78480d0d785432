/** Lowering: from a kernel of nodes to loops over registers and memory. */
import { sizeOf } from "../base/index.ts";
import {
  addConstant,
  addIndex,
  constantIndex,
  type Index,
  type LoopVariable,
  linearIndex,
  type Node,
  type Reduction,
  scaleIndex,
  unravelIndex,
  variableIndex,
} from "../graph/index.ts";
import { axesOver, chooseExtents, chooseVector } from "./axes.ts";
import { LoopBuilder } from "./builder.ts";
import { type ContractionJob, emitContraction } from "./contraction.ts";
import {
  type Access,
  accessesOf,
  advance,
  coefficientOf,
  Evaluator,
  elementOf,
  itemsizeOf,
  lanesFor,
  registerFor,
  type Scope,
  type Vector,
} from "./evaluate.ts";
import { contractionAxes, type Kernel, numberParam } from "./kernel.ts";
import type { Lanes, LoopFunction, Reg } from "./loops.ts";

/** What lowering must know of the program around a kernel. */
export interface Surroundings {
  /** The buffer that holds a kept node or a leaf. */
  bufferOf(node: Node): number | undefined;
  /** Makes a scratch buffer for the kernel's own use. */
  scratch(bytes: number): number;
  /** Registers an operation that the host computes; gives its number. */
  host(node: Node): number;
}

export function lowerKernel(kernel: Kernel, around: Surroundings): LoopFunction {
  const lowering = new Lowering(kernel, around);
  if (kernel.outputs.some((node) => node.size > 0)) lowering.run();
  return { name: kernelName(kernel), body: lowering.b.statements };
}

/** What a kernel is called in listings: its kind and the operations in it. */
export function kernelName(kernel: Kernel): string {
  const names = [...kernel.members].map((n) => n.op.name).filter((n) => n !== "reshape" && n !== "expand");
  return `${kernel.kind} ${[...new Set(names)].reverse().join(" ")}`;
}

/** Scopes whose elements are computed side by side in one loop body. */
interface Strand {
  readonly row: readonly Index[];
  readonly vector: Vector | null;
  readonly bound: Map<Node, Reg>;
}

class Lowering {
  readonly b = new LoopBuilder();
  readonly #kernel: Kernel;
  readonly #around: Surroundings;
  readonly #evaluator: Evaluator;
  readonly #lanes: Lanes;

  constructor(kernel: Kernel, around: Surroundings) {
    this.#kernel = kernel;
    this.#around = around;
    this.#evaluator = new Evaluator(this.b, (node) => around.bufferOf(node), kernel.members);
    this.#lanes = lanesFor([...kernel.members].flatMap((n) => [n, ...n.inputs]));
  }

  run(): void {
    switch (this.#kernel.kind) {
      case "map":
        return this.#map();
      case "reduce":
        return this.#reduce();
      case "contract":
        return this.#contract();
      case "scatter":
        return this.#scatter();
      case "cumulative":
        return this.#cumulative();
      case "host":
        this.b.host(this.#around.host(this.#kernel.anchor!));
        return;
      default:
        this.#kernel.kind satisfies never;
    }
  }

  #buffer(node: Node): number {
    const buffer = this.#around.bufferOf(node);
    if (buffer === undefined) throw new Error(`compiler: ${node.op.name} has no buffer`);
    return buffer;
  }

  #isLoaded = (node: Node): boolean => !this.#kernel.members.has(node) && this.#around.bufferOf(node) !== undefined;

  #accesses(nodes: readonly Node[], index: (node: Node) => readonly Index[], bound: (node: Node) => boolean): Access[] {
    const [into, seen]: [Access[], Set<string>] = [[], new Set()];
    for (const node of nodes) accessesOf(node, index(node), this.#isLoaded, bound, into, seen);
    return into;
  }

  // ---- map ----------------------------------------------------------------------------------------------------------

  #map(): void {
    const { outputs } = this.#kernel;
    const shape = outputs[0]!.shape;
    const none = () => false;
    const [extents] = chooseExtents([shape], ([candidate]) => {
      const axes = axesOver(shape, candidate!, (n) => this.b.variable(n));
      return this.#accesses(outputs, (node) => fit(axes.index, shape, node), none);
    });
    const axes = axesOver(shape, extents!, (n) => this.b.variable(n));
    const accesses = this.#accesses(outputs, (node) => fit(axes.index, shape, node), none);
    const stores = outputs.map((node) => linearIndex(fit(axes.index, shape, node), node.shape));
    const along = chooseVector(axes.variables, accesses, stores, this.#lanes);
    this.#nest(axes.variables, along, (vector) => {
      const scope: Scope = { vector, bound: new Map(), memo: new Map() };
      const at = outputs.map((node) => fit(axes.index, shape, node));
      const values = outputs.map((node, i) => this.#evaluator.value(node, at[i]!, scope));
      for (const [i, node] of outputs.entries())
        this.#evaluator.store(node, this.#buffer(node), at[i]!, values[i]!, vector);
    });
  }

  /** Opens loops over all variables; the one in lanes is the innermost and is followed by its remainder. */
  #nest(variables: readonly LoopVariable[], along: LoopVariable | null, body: (vector: Vector | null) => void): void {
    const outer = variables.filter((v) => v !== along);
    const open = (at: number): void => {
      if (at < outer.length) this.b.loop(outer[at]!, 1, () => open(at + 1));
      else if (along === null) body(null);
      else this.#lanesOf(along, 1, body);
    };
    open(0);
  }

  /** A loop in lanes, `strands` vectors at a time, and one for what is left over. */
  #lanesOf(along: LoopVariable, strands: number, body: (vector: Vector | null, strands: number) => void): void {
    const step = this.#lanes * strands;
    const whole = along.extent - (along.extent % step);
    this.b.range(along, 0, whole, step, () => body({ variable: along, lanes: this.#lanes }, strands));
    if (strands > 1) {
      const rest = along.extent - (along.extent % this.#lanes);
      this.b.range(along, whole, rest, this.#lanes, () => body({ variable: along, lanes: this.#lanes }, 1));
      this.b.range(along, rest, along.extent, 1, () => body(null, 1));
    } else {
      this.b.range(along, whole, along.extent, 1, () => body(null, 1));
    }
  }

  // ---- reduce -------------------------------------------------------------------------------------------------------

  #reduce(): void {
    const kernel = this.#kernel;
    const first = kernel.reductions[0]!;
    const shapes = [first.shape, reductionOf(first).loops(first.inputs[0]!.shape, first.params, first.shape)];
    const levels = this.#levels();
    const inRows = (node: Node): boolean => node.size === first.size && !this.#isFull(node, first);
    const fullIndex = (rows: readonly Index[], loops: readonly Index[]) =>
      sourceOf(first, fit(rows, first.shape, first), loops).index;
    const probe = (rows: readonly Index[], loops: readonly Index[]): Access[] => {
      const bound = (node: Node) => kernel.reductions.includes(node);
      const roots = [...kernel.reductions.map((r) => r.inputs[0]!), ...kernel.outputs.filter((n) => !inRows(n))];
      const full = fullIndex(rows, loops);
      const found: Access[] = [];
      const seen = new Set<string>();
      for (const node of roots) {
        const reduction = kernel.reductions.find((r) => r.inputs[0] === node);
        const at =
          reduction === undefined
            ? fit(full, first.inputs[0]!.shape, node)
            : sourceOf(reduction, fit(rows, first.shape, reduction), fitLoops(loops, shapes[1]!, reduction)).index;
        accessesOf(node, at, this.#isLoaded, bound, found, seen);
      }
      return found;
    };
    const [rowExtents, loopExtents] = chooseExtents(shapes, ([r, l]) => {
      const rows = axesOver(shapes[0]!, r!, (n) => this.b.variable(n));
      const loops = axesOver(shapes[1]!, l!, (n) => this.b.variable(n));
      return probe(rows.index, loops.index);
    });
    const rows = axesOver(shapes[0]!, rowExtents!, (n) => this.b.variable(n));
    const loops = axesOver(shapes[1]!, loopExtents!, (n) => this.b.variable(n));
    const fullStores = kernel.outputs
      .filter((n) => !inRows(n))
      .map((n) => linearIndex(fit(fullIndex(rows.index, loops.index), first.inputs[0]!.shape, n), n.shape));
    const along = chooseVector(
      [...rows.variables, ...loops.variables],
      probe(rows.index, loops.index),
      fullStores,
      this.#lanes,
    );
    const plan: ReducePlan = {
      first,
      rows: rows.index,
      loops: loops.index,
      loopShape: shapes[1]!,
      loopVariables: loops.variables,
      levels,
      inRows,
      fullIndex,
    };
    if (along !== null && rows.variables.includes(along)) {
      const outer = rows.variables.filter((v) => v !== along);
      const open = (at: number): void => {
        if (at < outer.length) this.b.loop(outer[at]!, 1, () => open(at + 1));
        else
          this.#lanesOf(along, along.extent >= 4 * this.#lanes ? 4 : 1, (vector, strands) =>
            this.#rows(plan, null, this.#strands(plan, along, vector, strands)),
          );
      };
      open(0);
    } else {
      this.#nest(rows.variables, null, () =>
        this.#rows(plan, along, [{ row: plan.rows, vector: null, bound: new Map() }]),
      );
    }
  }

  #strands(plan: ReducePlan, along: LoopVariable, vector: Vector | null, count: number): Strand[] {
    return Array.from({ length: count }, (_, i) => ({
      row: advance(plan.rows, along, i * this.#lanes),
      vector,
      bound: new Map<Node, Reg>(),
    }));
  }

  /** How many passes over the row each value waits for: reductions of one level share a pass. */
  #levels(): Map<Node, number> {
    const levels = new Map<Node, number>();
    const level = (node: Node): number => {
      const known = levels.get(node);
      if (known !== undefined) return known;
      let found = 0;
      if (!this.#isLoaded(node)) for (const input of node.inputs) found = Math.max(found, level(input));
      if (this.#kernel.reductions.includes(node)) found++;
      levels.set(node, found);
      return found;
    };
    for (const node of [...this.#kernel.reductions, ...this.#kernel.outputs]) level(node);
    return levels;
  }

  /** Whether an output has an element for every element that is reduced, not for every row. */
  #isFull(node: Node, first: Node): boolean {
    if (this.#kernel.reductions.includes(node)) return false;
    return node.size === first.inputs[0]!.size && first.size !== first.inputs[0]!.size;
  }

  /** Everything about one row, or several neighbouring rows: the passes over it, then its results. */
  #rows(plan: ReducePlan, along: LoopVariable | null, strands: readonly Strand[]): void {
    const { outputs, reductions } = this.#kernel;
    const last = Math.max(...reductions.map((r) => plan.levels.get(r)!));
    const full = outputs.filter((n) => !plan.inRows(n));
    for (let pass = 1; pass <= last; pass++) {
      const now = reductions.filter((r) => plan.levels.get(r) === pass);
      const alongside = full.filter((n) => plan.levels.get(n)! === pass - 1);
      this.#pass(plan, along, strands, now, alongside);
    }
    const after = full.filter((n) => plan.levels.get(n)! >= last);
    if (after.length > 0) this.#pass(plan, along, strands, [], after);
    for (const strand of strands) {
      const scope: Scope = { vector: strand.vector, bound: strand.bound, memo: new Map() };
      const nodes = outputs.filter(plan.inRows);
      const at = nodes.map((node) => fit(strand.row, plan.first.shape, node));
      const values = nodes.map((node, i) => this.#evaluator.value(node, at[i]!, scope));
      for (const [i, node] of nodes.entries())
        this.#evaluator.store(node, this.#buffer(node), at[i]!, values[i]!, strand.vector);
    }
  }

  /** One run over the reduced axes: accumulates `reductions` and writes `outputs`. */
  #pass(
    plan: ReducePlan,
    along: LoopVariable | null,
    strands: readonly Strand[],
    reductions: readonly Node[],
    outputs: readonly Node[],
  ): void {
    const b = this.b;
    const wide = along !== null && along.extent >= 8 * this.#lanes ? (reductions.length > 2 ? 2 : 4) : 1;
    const vector: Vector | null = along === null ? null : { variable: along, lanes: this.#lanes };
    // one accumulator a strand, reduction and place in the unrolled body, and a plain one for the remainder
    const make = (strand: Strand, lanes: Lanes) =>
      reductions.map((r) => b.mutable(b.splat(identity(b, r), strand.vector?.lanes ?? lanes)));
    const sums = strands.map((strand) => Array.from({ length: wide }, () => make(strand, vector?.lanes ?? 1)));
    const rest = along !== null && along.extent % this.#lanes !== 0 ? strands.map((strand) => make(strand, 1)) : null;
    const body = (strand: Strand, lanes: Vector | null, unrolled: number, into: readonly Reg[]): void => {
      const scope: Scope = { vector: lanes ?? strand.vector, bound: strand.bound, memo: new Map() };
      const loops = lanes === null ? plan.loops : advance(plan.loops, lanes.variable, unrolled * lanes.lanes);
      const terms = reductions.map((r) => {
        const source = sourceOf(r, fit(strand.row, plan.first.shape, r), fitLoops(loops, plan.loopShape, r));
        return this.#term(r, source, scope);
      });
      const index = outputs.length === 0 ? [] : plan.fullIndex(strand.row, loops);
      const places = outputs.map((node) => fit(index, plan.first.inputs[0]!.shape, node));
      const values = outputs.map((node, i) => this.#evaluator.value(node, places[i]!, scope));
      for (const [i, r] of reductions.entries()) b.set(into[i]!, combine(b, r, b.current(into[i]!), terms[i]!));
      for (const [i, node] of outputs.entries())
        this.#evaluator.store(node, this.#buffer(node), places[i]!, values[i]!, scope.vector);
    };
    const inner = (): void => {
      if (along === null) {
        for (const [i, strand] of strands.entries()) body(strand, null, 0, sums[i]![0]!);
        return;
      }
      this.#lanesOf(along, wide, (lanes, unrolled) => {
        for (const [i, strand] of strands.entries()) {
          if (lanes === null) body(strand, null, 0, rest![i]!);
          else for (let u = 0; u < unrolled; u++) body(strand, lanes, u, sums[i]![u]!);
        }
      });
    };
    const outer = plan.loopVariables.filter((v) => v !== along);
    const open = (at: number): void => {
      if (at < outer.length) b.loop(outer[at]!, 1, () => open(at + 1));
      else inner();
    };
    open(0);
    for (const [i, strand] of strands.entries()) {
      for (const [j, r] of reductions.entries()) {
        let total = b.current(sums[i]![0]![j]!);
        for (let u = 1; u < wide; u++) total = combine(b, r, total, b.current(sums[i]![u]![j]!));
        if (vector !== null) total = this.#across(r, total);
        if (rest !== null) total = combine(b, r, total, b.current(rest[i]![j]!));
        strand.bound.set(r, r.dtype === "uint8" ? b.and(total, b.constant("i32", 255)) : total);
      }
    }
  }

  /** What joins into a reduction: its operand in the result's type, the identity where the operand is padding. */
  #term(reduction: Node, source: ReturnType<typeof sourceOf>, scope: Scope): Reg {
    const b = this.b;
    const bounds = source.within ?? [];
    const input = reduction.inputs[0]!;
    if (bounds.length === 0)
      return b.convert(registerFor[reduction.dtype], this.#evaluator.value(input, source.index, scope));
    const mask = this.#evaluator.mask(bounds, scope.vector);
    const value = b.convert(registerFor[reduction.dtype], this.#evaluator.value(input, source.index, scope, mask));
    return b.select(mask, value, identity(b, reduction));
  }

  /** Joins the lanes of an accumulator. */
  #across(reduction: Node, total: Reg): Reg {
    const b = this.b;
    let parts: Reg[] = Array.from({ length: total.lanes }, (_, lane) => b.extract(total, lane));
    while (parts.length > 1) {
      const half = parts.length / 2;
      parts = parts.slice(0, half).map((part, i) => combine(b, reduction, part, parts[i + half]!));
    }
    return parts[0]!;
  }

  // ---- contract -----------------------------------------------------------------------------------------------------

  #contract(): void {
    const node = this.#kernel.anchor!;
    const [x, y] = [node.inputs[0]!, node.inputs[1]!];
    const axes = contractionAxes(node);
    const split = (shape: readonly number[], ...counts: number[]) => {
      let at = 0;
      return counts.map((n) => shape.slice(at, (at += n)));
    };
    const [batch, rows] = split(node.shape, axes.batch, axes.rows) as [number[], number[]]; // two counts, two parts
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
      a: (at, along, lanes) => this.#evaluator.value(x, atA(at), scope(along, lanes)),
      b: (at, along, lanes) => this.#evaluator.value(y, atB(at), scope(along, lanes)),
      finish: (at, sum, along, lanes) => {
        const inner = scope(along, lanes, new Map([[node, sum]]));
        const index = [
          ...unravelIndex(at.batch, batch),
          ...unravelIndex(at.row, rows),
          ...unravelIndex(at.column, columns),
        ];
        const values = this.#kernel.outputs.map((out) => this.#evaluator.value(out, index, inner));
        for (const [i, out] of this.#kernel.outputs.entries())
          this.#evaluator.store(out, this.#buffer(out), index, values[i]!, inner.vector);
      },
      scratch: (bytes) => this.#around.scratch(bytes),
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
    const accesses = this.#accesses(
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

  // ---- scatter and running sums ---------------------------------------------------------------------------------------

  #scatter(): void {
    const node = this.#kernel.anchor!;
    const [base, where, updates] = [node.inputs[0]!, node.inputs[1]!, node.inputs[2]!];
    const b = this.b;
    const buffer = this.#buffer(node);
    const copied = axesOver(node.shape, [sizeOf(node.shape)], (n) => b.variable(n));
    this.#nest(
      copied.variables,
      this.#lanes > 1 && copied.variables[0]!.extent >= this.#lanes ? copied.variables[0]! : null,
      (vector) => {
        const value = this.#evaluator.value(base, copied.index, { vector, bound: new Map(), memo: new Map() });
        this.#evaluator.store(node, buffer, copied.index, value, vector);
      },
    );
    if (updates.size === 0) return;
    const axis = numberParam(node, "axis");
    const variables = updates.shape.map((n) => b.variable(n));
    const index = variables.map(variableIndex);
    this.#nest(variables, null, () => {
      const scope: Scope = { vector: null, bound: new Map(), memo: new Map() };
      const found = this.#evaluator.value(where, index, scope);
      const update = this.#evaluator.value(updates, index, scope);
      const extent = node.shape[axis]!;
      const inside = b.max(b.min(found, b.constant("i32", extent - 1)), b.constant("i32", 0));
      const target = index.map((i, a) => (a === axis ? this.#evaluator.dynamicIndex(inside, extent) : i));
      const element = elementOf[node.dtype];
      const at = b.address(b.buffer(buffer), linearIndex(target, node.shape), itemsizeOf[element]);
      b.store(element, at.address, at.offset, b.add(b.loadHere(element, at.address, at.offset, 1), update));
    });
  }

  #cumulative(): void {
    const node = this.#kernel.anchor!;
    const b = this.b;
    const rows = node.shape.slice(0, -1).map((n) => b.variable(n));
    const n = node.shape[node.shape.length - 1]!;
    const along = b.variable(n);
    const forward = variableIndex(along);
    const place =
      node.params.reverse === true ? addConstant(addIndex(constantIndex(0), scaleIndex(forward, -1)), n - 1) : forward;
    this.#nest(rows, null, () => {
      const sum = b.mutable(b.constant(registerFor[node.dtype], 0));
      b.loop(along, 1, () => {
        const index = [...rows.map(variableIndex), place];
        const term = this.#evaluator.value(node.inputs[0]!, index, { vector: null, bound: new Map(), memo: new Map() });
        const total = b.add(b.current(sum), b.convert(sum.type, term));
        b.set(sum, total);
        this.#evaluator.store(node, this.#buffer(node), index, total, null);
      });
    });
  }
}

interface ReducePlan {
  readonly first: Node;
  readonly rows: readonly Index[];
  readonly loops: readonly Index[];
  readonly loopShape: readonly number[];
  readonly loopVariables: readonly LoopVariable[];
  readonly levels: ReadonlyMap<Node, number>;
  inRows(node: Node): boolean;
  fullIndex(rows: readonly Index[], loops: readonly Index[]): readonly Index[];
}

function reductionOf(node: Node): Reduction {
  if (node.op.kind !== "reduction") throw new Error(`compiler: ${node.op.name} is no reduction`);
  return node.op;
}

function sourceOf(reduction: Node, out: readonly Index[], loop: readonly Index[]) {
  return reductionOf(reduction).source(out, loop, reduction.params, reduction.inputs[0]!.shape, reduction.shape);
}

/** An index of an array of `shape`, as an index of a node with as many elements in the same order. */
function fit(index: readonly Index[], shape: readonly number[], node: Node): readonly Index[] {
  if (shape.length === node.shape.length && shape.every((n, i) => n === node.shape[i])) return index;
  return unravelIndex(linearIndex(index, shape), node.shape);
}

function fitLoops(index: readonly Index[], shape: readonly number[], reduction: Node): readonly Index[] {
  const own = reductionOf(reduction).loops(reduction.inputs[0]!.shape, reduction.params, reduction.shape);
  return unravelIndex(linearIndex(index, shape), own);
}

function combine(b: LoopBuilder, reduction: Node, a: Reg, c: Reg): Reg {
  const { combine: how } = reductionOf(reduction);
  if (a.type === "mask") return how === "max" ? b.or(a, c) : b.and(a, c);
  return how === "add" ? b.add(a, c) : how === "max" ? b.max(a, c) : b.min(a, c);
}

/** What changes nothing when it is combined. */
function identity(b: LoopBuilder, reduction: Node): Reg {
  const { combine: how } = reductionOf(reduction);
  const type = registerFor[reduction.dtype];
  if (how === "add") return b.constant(type, 0);
  if (type === "mask") return b.constant(type, how === "min");
  if (type === "i32") return b.constant(type, how === "max" ? -(2 ** 31) : 2 ** 31 - 1);
  return b.constant(type, how === "max" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY);
}
