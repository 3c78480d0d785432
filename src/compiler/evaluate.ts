/**
 * Emitting one element, or a vector of neighbours, of a node at an index: the recursion that all kernels share.
 *
 * Elementwise nodes are spelled by their primitive; movements change the index; gathered indices become loop variables bound to the register that holds them;
 * kept nodes and leaves are loaded.
 */
import { type DType, dtypeInfo, isBigInt, isFloat, isHalf } from "../base/index.ts";
import {
  addConstant,
  type Bound,
  constantIndex,
  type Elementwise,
  type Index,
  indexKey,
  type LoopVariable,
  linearIndex,
  lowerFromBits,
  lowerRoundToFormat,
  lowerToBits,
  type Node,
  rangeOf,
  substitute,
  variableIndex,
  variablesOf,
} from "../graph/index.ts";
import type { LoopBuilder } from "./builder.ts";
import { numberParam } from "./kernel.ts";
import type { Lanes, Reg } from "./loops.ts";

/** A value of a dtype's register from what a load of its element gives. */
export function decoded(b: LoopBuilder, dtype: DType, loaded: Reg): Reg {
  const { register, format } = dtypeInfo[dtype];
  if (isHalf(dtype) && format !== undefined) return lowerFromBits(b, loaded, format) as Reg; // made by b
  return b.bitcast(register, loaded); // an unsigned register for the same bits
}

/** What to store for a value of a dtype. */
export function encoded(b: LoopBuilder, dtype: DType, value: Reg): Reg {
  const { format } = dtypeInfo[dtype];
  return isHalf(dtype) && format !== undefined ? (lowerToBits(b, value, format) as Reg) : value; // made by b
}

/** The result of an operation as a value of `dtype`, which may be shorter than the register: rounded or wrapped. */
export function shortened(b: LoopBuilder, dtype: DType, result: Reg): Reg {
  const { kind, itemsize, signed, format } = dtypeInfo[dtype];
  if (kind === "float") return isHalf(dtype) && format ? (lowerRoundToFormat(b, result, format) as Reg) : result; // made by b
  if (kind !== "integer" || itemsize >= 4) return result;
  const above = 32 - 8 * itemsize;
  return signed ? b.shrS(b.shl(result, above), above) : b.and(result, b.constant("i32", 2 ** (8 * itemsize) - 1));
}

/** Several neighbours along a loop variable at once. */
export interface Vector {
  readonly variable: LoopVariable;
  readonly lanes: Lanes;
}

/** What is known where code is emitted. */
export interface Scope {
  readonly vector: Vector | null;
  /** Which lane of a vector is computed by itself, if one is. */
  readonly lane?: number;
  /** Results of reductions and contractions that this kernel holds in registers. */
  readonly bound: ReadonlyMap<Node, Reg>;
  /** Values made in the block that is open, by the index (the very list) at which they were asked for. */
  readonly memo: Map<readonly Index[], Map<Node, Map<Reg | null, Reg>>>;
}

/** Bounds that do not hold everywhere. */
export function openBounds(within: readonly Bound[] | undefined): readonly Bound[] {
  return (within ?? []).filter(({ index, low, high }) => {
    const range = rangeOf(index);
    return range.low < low || range.high >= high;
  });
}

/** With what coefficient a variable moves an index; null if in a way that is not linear. */
export function coefficientOf(index: Index, variable: LoopVariable): number | null {
  let coefficient = 0;
  for (const term of index.terms) {
    if (term.atom.kind === "variable") {
      if (term.atom.variable === variable) coefficient += term.coefficient;
    } else if (variablesOf(term.atom.of).has(variable)) return null;
  }
  return coefficient;
}

export function dependsOn(index: readonly Index[], variable: LoopVariable): boolean {
  return index.some((i) => variablesOf(i).has(variable));
}

/** The index `lane` places further along the variable. */
export function advance(index: readonly Index[], variable: LoopVariable, lane: number): readonly Index[] {
  if (lane === 0) return index;
  return index.map((i) =>
    substitute(i, (v) => (v === variable ? addConstant(variableIndex(v), lane) : variableIndex(v))),
  );
}

/** What a map holds at `key`, made if it is not there. */
function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}

export class Evaluator {
  readonly b: LoopBuilder;
  /** Number of the buffer that holds a kept node or leaf. */
  readonly #bufferOf: (node: Node) => number | undefined;
  /** Kept nodes that this kernel computes itself, hence must not load. */
  readonly #own: ReadonlySet<Node>;
  readonly #dynamic = new Map<Reg, LoopVariable>();
  readonly #linears = new WeakMap<readonly Index[], { readonly shape: readonly number[]; readonly linear: Index }[]>();

  constructor(b: LoopBuilder, bufferOf: (node: Node) => number | undefined, own: ReadonlySet<Node>) {
    this.b = b;
    this.#bufferOf = bufferOf;
    this.#own = own;
  }

  /** The node's element at an index; 0 where `guard` is false. */
  value(node: Node, index: readonly Index[], scope: Scope, guard: Reg | null = null): Reg {
    const bound = scope.bound.get(node);
    if (bound !== undefined) return scope.lane === undefined ? bound : this.b.extract(bound, scope.lane);
    const here = entry(scope.memo, index, () => new Map<Node, Map<Reg | null, Reg>>());
    const guarded = entry(here, node, () => new Map<Reg | null, Reg>());
    const known = guarded.get(guard);
    if (known !== undefined) return known;
    const made = this.#make(node, index, scope, guard);
    guarded.set(guard, made);
    return made;
  }

  /** Where an element lies in an array of `shape`; asked for again and again with the same list. */
  #linear(index: readonly Index[], shape: readonly number[]): Index {
    let known = this.#linears.get(index);
    if (known === undefined) {
      known = [];
      this.#linears.set(index, known);
    }
    const found = known.find(
      (k) => k.shape === shape || (k.shape.length === shape.length && k.shape.every((n, i) => n === shape[i])),
    );
    if (found !== undefined) return found.linear;
    const linear = linearIndex(index, shape);
    known.push({ shape, linear });
    return linear;
  }

  #make(node: Node, index: readonly Index[], scope: Scope, guard: Reg | null): Reg {
    const buffer = this.#own.has(node) ? undefined : this.#bufferOf(node);
    if (buffer !== undefined) return this.#load(node, buffer, index, scope, guard);
    const { b } = this;
    const op = node.op;
    switch (op.kind) {
      case "generator": {
        const at = (axis: number) => this.#position(index[axis]!, scope.vector);
        const made = op.generate(b, at, node.params, node.dtype, node.shape) as Reg; // made by b
        return node.op.name === "constant" ? made : shortened(b, node.dtype, made);
      }
      case "alias":
        return this.value(node.inputs[0]!, index, scope, guard);
      case "elementwise": {
        const operands = node.inputs.map((input) => this.value(input, index, scope, guard));
        const made = this.#lowered(op, node, operands);
        return op.exact === true && isFloat(node.dtype) ? made : shortened(b, node.dtype, made);
      }
      case "movement": {
        const input = node.inputs[0]!;
        const source = op.source(index, node.params, input.shape, node.shape);
        return this.#under(openBounds(source.within), input, source.index, scope, guard, node.dtype);
      }
      case "gather":
        return this.#gather(node, index, scope, guard);
      case "concatenation":
        return this.#concatenate(node, index, scope, guard);
      default:
        throw new Error(`compiler: ${op.name} must have a kernel of its own`);
    }
  }

  /** What an elementwise primitive makes of its operands: in lanes, or one lane after another where it widens them. */
  #lowered(op: Elementwise, node: Node, operands: readonly Reg[]): Reg {
    const { b } = this;
    const dtypes = node.inputs.map((x) => x.dtype);
    const lower = (values: readonly Reg[]) => op.lower(b, values, node.params, dtypes, node.dtype) as Reg; // made by b
    const lanes = Math.max(1, ...operands.map((x) => x.lanes));
    if (lanes === 1 || op.widens?.(dtypes, node.params) !== true) return lower(operands);
    return b.join(Array.from({ length: lanes }, (_, lane) => lower(operands.map((x) => b.extract(x, lane)))));
  }

  /** The element where all bounds hold, else 0. */
  #under(
    bounds: readonly Bound[],
    input: Node,
    index: readonly Index[],
    scope: Scope,
    guard: Reg | null,
    dtype: DType,
  ): Reg {
    const { b } = this;
    if (bounds.length === 0) return this.value(input, index, scope, guard);
    if (bounds.some(({ low, high }) => high <= low) || input.size === 0)
      return b.constant(dtypeInfo[dtype].register, 0);
    const mask = this.mask(bounds, scope.vector);
    const value = this.value(input, index, scope, guard === null ? mask : b.and(guard, mask));
    return b.select(mask, value, b.constant(value.type, 0));
  }

  mask(bounds: readonly Bound[], vector: Vector | null): Reg {
    const { b } = this;
    let mask: Reg | null = null;
    for (const { index, low, high } of bounds) {
      const range = rangeOf(index);
      const at = this.#position(index, vector);
      const parts: Reg[] = [];
      if (range.low < low) parts.push(b.ge(at, b.constant(at.type, low)));
      if (range.high >= high) parts.push(b.lt(at, b.constant(at.type, high)));
      for (const part of parts) mask = mask === null ? part : b.and(mask, part);
    }
    return mask ?? b.constant("mask", 1);
  }

  /** An index as a number, in lanes if the vector's variable moves it: as f64 in two lanes, which are too wide for i32. */
  #position(index: Index, vector: Vector | null): Reg {
    const { b } = this;
    if (vector === null || !variablesOf(index).has(vector.variable)) return b.index(index);
    const type = vector.lanes === 2 ? "f64" : "i32";
    const coefficient = coefficientOf(index, vector.variable);
    const lanes = Array.from({ length: vector.lanes }, (_, lane) => lane);
    if (coefficient === null) {
      return b.join(lanes.map((lane) => b.convert(type, b.index(advance([index], vector.variable, lane)[0]!))));
    }
    return b.add(b.convert(type, b.index(index)), b.join(lanes.map((lane) => b.constant(type, lane * coefficient))));
  }

  #load(node: Node, buffer: number, index: readonly Index[], scope: Scope, guard: Reg | null): Reg {
    const { b } = this;
    if (node.size === 0) return b.constant(dtypeInfo[node.dtype].register, 0);
    return decoded(b, node.dtype, this.#loadElements(node, buffer, this.#linear(index, node.shape), scope, guard));
  }

  #loadElements(node: Node, buffer: number, linear: Index, { vector }: Scope, guard: Reg | null): Reg {
    const { b } = this;
    const { element, itemsize } = dtypeInfo[node.dtype];
    if (vector === null || !variablesOf(linear).has(vector.variable)) {
      if (guard !== null && guard.lanes > 1) {
        // one element for all lanes, of which some may not want it
        const lanes = Array.from({ length: guard.lanes }, (_, lane) =>
          this.#scalarLoad(buffer, node.dtype, linear, b.extract(guard, lane)),
        );
        return b.join(lanes);
      }
      return this.#scalarLoad(buffer, node.dtype, linear, guard);
    }
    const coefficient = coefficientOf(linear, vector.variable);
    if (coefficient === 1 && (guard === null || guard.lanes === 1)) {
      const at = this.#guarded(b.address(b.buffer(buffer), linear, itemsize), buffer, guard);
      return b.load(element, at.address, at.offset, vector.lanes);
    }
    const lanes = Array.from({ length: vector.lanes }, (_, lane) => {
      const at = advance([linear], vector.variable, lane)[0]!;
      return this.#scalarLoad(buffer, node.dtype, at, guard === null ? null : b.extract(guard, lane));
    });
    return b.join(lanes);
  }

  #scalarLoad(buffer: number, dtype: DType, linear: Index, guard: Reg | null): Reg {
    const { b } = this;
    const { element, itemsize } = dtypeInfo[dtype];
    const at = this.#guarded(b.address(b.buffer(buffer), linear, itemsize), buffer, guard);
    return b.load(element, at.address, at.offset, 1);
  }

  /** Where the guard is false, the address of the buffer's start, which may be read though nobody looks at it. */
  #guarded(at: { address: Reg; offset: number }, buffer: number, guard: Reg | null): { address: Reg; offset: number } {
    if (guard === null) return at;
    const { b } = this;
    const whole = at.offset === 0 ? at.address : b.add(at.address, b.constant("i32", at.offset));
    return { address: b.select(guard, whole, b.buffer(buffer)), offset: 0 };
  }

  #gather(node: Node, index: readonly Index[], scope: Scope, guard: Reg | null): Reg {
    const { b } = this;
    const [x, where] = [node.inputs[0]!, node.inputs[1]!];
    const axis = numberParam(node, "axis");
    if (x.size === 0) return b.constant(dtypeInfo[node.dtype].register, 0);
    const found = this.value(where, index, scope, guard);
    if (found.lanes === 1) return this.value(x, this.#replaceAxis(index, axis, found, x), scope, guard);
    const { variable } = scope.vector!;
    const lanes = Array.from({ length: found.lanes }, (_, lane) => {
      const at = this.#replaceAxis(advance(index, variable, lane), axis, b.extract(found, lane), x);
      const scalar: Scope = { vector: null, lane, bound: scope.bound, memo: new Map() };
      return this.value(x, at, scalar, guard === null ? null : b.extract(guard, lane));
    });
    return b.join(lanes);
  }

  /** The index with one axis read from a register, kept within the array. */
  #replaceAxis(index: readonly Index[], axis: number, found: Reg, x: Node): readonly Index[] {
    const { b } = this;
    const extent = x.shape[axis]!;
    const inside = b.max(b.min(found, b.constant("i32", extent - 1)), b.constant("i32", 0));
    return index.map((i, a) => (a === axis ? this.dynamicIndex(inside, extent) : i));
  }

  /** A loop variable for a number in a register. */
  dynamicIndex(reg: Reg, extent: number): Index {
    if (extent === 1) return constantIndex(0);
    let variable = this.#dynamic.get(reg);
    if (variable === undefined) {
      variable = this.b.variable(extent);
      this.#dynamic.set(reg, variable);
      this.b.bind(variable, reg);
    }
    return variableIndex(variable);
  }

  #concatenate(node: Node, index: readonly Index[], scope: Scope, guard: Reg | null): Reg {
    const { b } = this;
    const axis = numberParam(node, "axis");
    let [result, before]: [Reg | null, number] = [null, 0];
    for (const part of node.inputs) {
      const n = part.shape[axis]!;
      const at = addConstant(index[axis]!, -before);
      before += n;
      const range = rangeOf(at);
      if (n === 0 || range.high < 0 || range.low >= n) continue;
      const bounds = openBounds([{ index: at, low: 0, high: n }]);
      const shifted = index.map((i, a) => (a === axis ? at : i));
      if (bounds.length === 0) return this.value(part, shifted, scope, guard);
      const mask = this.mask(bounds, scope.vector);
      const value = this.value(part, shifted, scope, guard === null ? mask : b.and(guard, mask));
      result = result === null ? value : b.select(mask, value, result);
    }
    return result ?? b.constant(dtypeInfo[node.dtype].register, 0);
  }

  /** Writes an element, or the lanes of a vector, of an array of `shape`. */
  store(node: Node, buffer: number, index: readonly Index[], result: Reg, vector: Vector | null): void {
    const { b } = this;
    const { element, itemsize } = dtypeInfo[node.dtype];
    const value = encoded(b, node.dtype, result);
    const linear = this.#linear(index, node.shape);
    const base = b.buffer(buffer);
    if (vector === null) {
      const at = b.address(base, linear, itemsize);
      b.store(element, at.address, at.offset, value);
    } else if (coefficientOf(linear, vector.variable) === 1) {
      const at = b.address(base, linear, itemsize);
      b.store(element, at.address, at.offset, b.splat(value, vector.lanes));
    } else {
      for (let lane = 0; lane < vector.lanes; lane++) {
        const at = b.address(base, advance([linear], vector.variable, lane)[0]!, itemsize);
        b.store(element, at.address, at.offset, b.extract(value, lane));
      }
    }
  }
}

/** One array access of a kernel: at which linear index, once for each element computed. */
export interface Access {
  readonly node: Node;
  readonly linear: Index;
  readonly guarded: boolean;
}

/** Lists the accesses that evaluating a node at an index would make, without emitting anything. */
export function accessesOf(
  node: Node,
  index: readonly Index[],
  isLoaded: (node: Node) => boolean,
  isBound: (node: Node) => boolean,
  into: Access[] = [],
  seen: Set<string> = new Set(),
  guarded = false,
): Access[] {
  if (isBound(node)) return into;
  const key = `${node.id}[${index.map(indexKey).join()}]`;
  if (seen.has(key)) return into;
  seen.add(key);
  const again = (input: Node, at: readonly Index[], under = guarded) =>
    accessesOf(input, at, isLoaded, isBound, into, seen, under);
  if (isLoaded(node)) {
    into.push({ node, linear: linearIndex(index, node.shape), guarded });
    return into;
  }
  switch (node.op.kind) {
    case "movement": {
      const source = node.op.source(index, node.params, node.inputs[0]!.shape, node.shape);
      again(node.inputs[0]!, source.index, guarded || openBounds(source.within).length > 0);
      break;
    }
    case "gather": {
      const axis = numberParam(node, "axis");
      again(node.inputs[1]!, index);
      again(
        node.inputs[0]!,
        index.map((i, a) => (a === axis ? constantIndex(0) : i)),
        true,
      );
      break;
    }
    case "concatenation":
      for (const part of node.inputs) again(part, index, true);
      break;
    case "generator":
      break;
    default:
      for (const input of node.inputs) again(input, index);
  }
  return into;
}

/** How many elements fit a register when these dtypes are computed together: 4 below 64 bits; 2 in float64 alone; 1 in mixtures and integers of 64 bits. */
export function lanesFor(nodes: Iterable<Node>): Lanes {
  let [f64, other] = [false, false];
  for (const { dtype } of nodes) {
    if (isBigInt(dtype)) return 1; // vectors hardly compare or convert 64 bits
    if (dtypeInfo[dtype].itemsize === 8) f64 = true;
    else other = true;
  }
  return f64 ? (other ? 1 : 2) : 4;
}
