/**
 * Random programs for the compiler. A program grows move by move: a move takes values that exist, mostly young ones or ones that nobody has used,
 * and applies one builder or a small pattern (softmax, normalisation, a layer, attention) to them.
 *
 * For every value the generator knows an interval in which its elements lie, so that numbers stay moderate and roots, logarithms and quotients
 * stay away from their poles: then two devices must agree but for rounding.
 */
import {
  castScalar,
  type DType,
  dtypeInfo,
  dtypes,
  isFloat,
  leastSumDType,
  type Shape,
  sameShape,
  sizeOf,
} from "../../src/base/index.ts";
import type { Node } from "../../src/graph/index.ts";
import { generator } from "../support/random.ts";
import { type Argument, callBuilder, operandsOf, ProgramBuilder, type Recipe, renamed, type Step } from "./recipe.ts";

/** The elements of a value lie between `low` and `high`. */
interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A value of the program that is being made. */
interface Value extends Interval {
  readonly step: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Sizes of axes with how often they come: around the numbers of lanes (2, 4) and of unrolled vectors (8 to 32). */
const sizes: readonly (readonly [size: number, weight: number])[] = [
  [1, 4],
  [2, 5],
  [3, 6],
  [4, 5],
  [5, 5],
  [6, 3],
  [7, 3],
  [8, 3],
  [9, 2],
  [12, 2],
  [16, 2],
  [17, 1],
  [33, 1],
  [40, 1],
];

const mostElements = 700;
const mostAxes = 4;
const mostOutputs = 6;
const fewestNodes = 10;
/** Greatest magnitude of a number before it is squashed. */
const moderate = 12;

function symmetric(size: number): Interval {
  return { low: -size, high: size };
}

function magnitude({ low, high }: Interval): number {
  return Math.max(Math.abs(low), Math.abs(high));
}

/** What a function that grows makes of an interval. */
function growing(f: (x: number) => number): (x: Interval) => Interval {
  return ({ low, high }) => ({ low: f(low), high: f(high) });
}

/** Functions of one floating operand: where they may be used, and where their results lie. */
const floatFunctions: readonly {
  readonly call: string;
  readonly inside?: Interval;
  readonly interval: (x: Interval) => Interval;
}[] = [
  { call: "neg", interval: ({ low, high }) => ({ low: -high, high: -low }) },
  { call: "abs", interval: (x) => ({ low: x.low > 0 ? x.low : 0, high: magnitude(x) }) },
  { call: "tanh", interval: growing(Math.tanh) },
  { call: "tanh", interval: growing(Math.tanh) },
  { call: "sin", interval: () => symmetric(1) },
  { call: "cos", interval: () => symmetric(1) },
  { call: "erf", interval: () => symmetric(1) },
  { call: "atan", interval: growing(Math.atan) },
  { call: "exp", inside: { low: -20, high: 2.2 }, interval: growing(Math.exp) },
  { call: "expm1", inside: { low: -20, high: 2.2 }, interval: growing(Math.expm1) },
  { call: "log", inside: { low: 0.05, high: 1e3 }, interval: growing(Math.log) },
  { call: "log1p", inside: { low: -0.9, high: 1e3 }, interval: growing(Math.log1p) },
  { call: "sqrt", inside: { low: 0.05, high: 1e3 }, interval: growing(Math.sqrt) },
  { call: "floor", interval: ({ low, high }) => ({ low: Math.floor(low), high: Math.ceil(high) }) },
  { call: "round", interval: ({ low, high }) => ({ low: Math.floor(low), high: Math.ceil(high) }) },
  { call: "sign", interval: () => symmetric(1) },
  { call: "detach", interval: (x) => x },
];

const floats: readonly DType[] = dtypes.filter(isFloat);
const integers: readonly DType[] = dtypes.filter((dtype) => dtypeInfo[dtype].kind === "integer");

const comparisons = ["less", "lessEqual", "equal", "notEqual", "greater", "greaterEqual"] as const;
const logic = ["logicalAnd", "logicalOr", "logicalXor"] as const;

/** The interval of f(a, b) where f takes its extremes at the ends of both intervals. */
function atEnds(f: (a: number, b: number) => number): (a: Interval, b: Interval) => Interval {
  return (a, b) => {
    const values = [f(a.low, b.low), f(a.low, b.high), f(a.high, b.low), f(a.high, b.high)];
    return { low: Math.min(...values), high: Math.max(...values) };
  };
}

const arithmetic: Readonly<Record<string, (a: Interval, b: Interval) => Interval>> = {
  add: atEnds((a, b) => a + b),
  sub: atEnds((a, b) => a - b),
  mul: atEnds((a, b) => a * b),
  maximum: atEnds(Math.max),
  minimum: atEnds(Math.min),
};

/** Makes one program. */
class Author {
  readonly #random: () => number;
  readonly #builder = new ProgramBuilder();
  readonly steps: Step[] = [];
  readonly values: Value[] = [];
  readonly #nodes: Node[] = [];
  readonly #uses: number[] = [];
  readonly float: DType;
  /** The whole numbers that the program is about. */
  readonly integer: DType;
  readonly #otherFloat: DType;
  readonly #axes: readonly number[];
  readonly #stateShare: number;
  readonly #grid: boolean;

  constructor(seed: number) {
    this.#random = generator(seed);
    const mixture = this.chance(0.15);
    this.float = this.weighted<DType>([
      ["float32", 12],
      ["float64", 6],
      ["float16", 1],
      ["bfloat16", 1],
    ]);
    this.integer = this.chance(0.4) ? "int32" : this.among(integers);
    this.#otherFloat = mixture ? this.among(floats.filter((dtype) => dtype !== this.float)) : this.float;
    const axes = Array.from({ length: this.whole(2, 4) }, () => this.weighted(sizes));
    this.#axes = this.chance(0.06) ? [...axes, 0] : axes;
    this.#stateShare = this.chance(0.7) ? this.#random() : 0;
    this.#grid = this.chance(0.2);
  }

  // ---- chance ------------------------------------------------------------------------------------------------------------

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return low + Math.floor(this.#random() * (high - low + 1));
  }

  among<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!;
  }

  weighted<T>(list: readonly (readonly [T, number])[]): T {
    let at = this.#random() * list.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [item, weight] of list) {
      at -= weight;
      if (at < 0) return item;
    }
    return list.at(-1)![0];
  }

  shuffled<T>(list: readonly T[]): T[] {
    const left = [...list];
    return list.map(() => left.splice(this.whole(0, left.length - 1), 1)[0]!);
  }

  /** Some of the axes of a shape, ascending; at least one if there is one. */
  someAxes(shape: Shape): number[] {
    const first = this.whole(0, shape.length - 1);
    return shape.flatMap((_, i) => (i === first || this.chance(0.35) ? [i] : []));
  }

  /** The size of a new axis. */
  size(): number {
    return this.chance(0.8) ? this.among(this.#axes) : this.weighted(sizes);
  }

  /** A shape with at most `most` elements. */
  shape(most = mostElements): number[] {
    const shape = Array.from(
      {
        length: this.weighted([
          [0, 1],
          [1, 4],
          [2, 9],
          [3, 5],
          [4, 1],
        ]),
      },
      () => this.size(),
    );
    while (sizeOf(shape) > most) shape.splice(this.whole(0, shape.length - 1), 1);
    return shape;
  }

  anyFloat(): DType {
    return this.chance(0.85) ? this.float : this.#otherFloat;
  }

  // ---- values ------------------------------------------------------------------------------------------------------------

  /** Calls a builder. */
  call(call: string, interval: Interval, ...args: readonly (Argument | Value | readonly Value[])[]): Value {
    const step: Step = { call, args: args.map(argumentOf) };
    const node = callBuilder(step, (i) => this.#nodes[i]!, this.#builder);
    for (const operand of operandsOf(step)) this.#uses[operand]!++;
    const { shape, dtype } = node;
    const value: Value = { step: this.steps.length, shape, dtype, low: interval.low, high: interval.high };
    this.steps.push(step);
    this.values.push(value);
    this.#nodes.push(node);
    this.#uses.push(0);
    return value;
  }

  usesOf(value: Value): number {
    return this.#uses[value.step]!;
  }

  leaf(shape: Shape, dtype: DType): Value {
    const call = this.chance(this.#stateShare) ? "state" : "input";
    const grid = this.#grid && this.chance(0.7);
    const { kind, signed } = dtypeInfo[dtype];
    const whole = signed ? symmetric(6) : { low: 0, high: 255 };
    const interval = kind === "bool" ? { low: 0, high: 1 } : kind === "integer" ? whole : symmetric(1.5);
    const draw: readonly Argument[] = grid ? ["grid"] : [];
    return this.call(call, interval, [...shape], dtype, this.steps.length, ...draw);
  }

  constant(value: number, like: { readonly shape: Shape; readonly dtype: DType }): Value {
    return this.call("constant", { low: value, high: value }, value, [...like.shape], like.dtype);
  }

  /** A value that exists, young and unused ones first; a new leaf if there is none. */
  pick(wanted: (value: Value) => boolean, dtype: DType = this.anyFloat()): Value {
    const found = this.values.filter((v) => wanted(v) && sizeOf(v.shape) <= mostElements);
    if (found.length === 0 || this.chance(0.04)) {
      for (let attempt = 0; attempt < 8; attempt++) {
        const value: Value = { ...symmetric(1), step: -1, dtype, shape: this.shape() };
        if (wanted(value)) return this.leaf(value.shape, dtype);
      }
      if (found.length === 0) return this.leaf([this.size() || 1], dtype);
    }
    return this.weighted(
      found.map((v) => [v, (this.usesOf(v) === 0 ? 4 : 1) * (1 + (4 * v.step) / this.steps.length)]),
    );
  }

  /** A floating value of moderate size. */
  pickFloat(wanted: (value: Value) => boolean = () => true): Value {
    return this.moderated(this.pick((v) => isFloat(v.dtype) && wanted(v)));
  }

  moderated(x: Value, most = moderate): Value {
    if (!isFloat(x.dtype) || magnitude(x) <= most) return x;
    if (this.chance(0.5)) return this.call("tanh", symmetric(1), x);
    return this.scaled(x, 2 / magnitude(x));
  }

  scaled(x: Value, factor: number): Value {
    const value = Number(castScalar(factor, x.dtype));
    return this.call("mul", atEnds((a, b) => a * b)(x, { low: factor, high: factor }), x, this.constant(value, x));
  }

  /** A value of a shape and dtype: one that exists, a smaller one repeated, a number, or a new leaf. */
  of(shape: Shape, dtype: DType): Value {
    const same = this.values.filter((v) => v.dtype === dtype && sameShape(v.shape, shape));
    if (same.length > 0 && this.chance(0.6)) return this.moderated(this.among(same));
    const smaller = this.values.filter((v) => v.dtype === dtype && stretches(v.shape, shape));
    if (smaller.length > 0 && this.chance(0.6)) return this.repeated(this.moderated(this.among(smaller)), shape);
    if (this.chance(0.15))
      return this.constant(dtypeInfo[dtype].signed ? this.whole(-2, 3) / (isFloat(dtype) ? 2 : 1) : 1, {
        shape,
        dtype,
      });
    if (this.chance(0.5)) {
      const thin = shape.map((n) => (this.chance(0.4) ? 1 : n));
      return this.repeated(this.leaf(thin.slice(this.chance(0.5) ? thin.findIndex((n) => n !== 1) : 0), dtype), shape);
    }
    return this.leaf(shape, dtype);
  }

  /** `x` as NumPy broadcasts it. */
  repeated(x: Value, shape: Shape): Value {
    if (sameShape(x.shape, shape)) return x;
    const wide = [...shape.map(() => 1).slice(x.shape.length), ...x.shape];
    const reshaped = sameShape(wide, x.shape) ? x : this.call("reshape", x, x, wide);
    return sameShape(wide, shape) ? reshaped : this.call("expand", x, reshaped, [...shape]);
  }

  /** `y` lacks `axes` of `shape`; it is repeated along them. */
  alongAgain(y: Value, shape: Shape, axes: readonly number[]): Value {
    return this.repeated(
      this.call(
        "reshape",
        y,
        y,
        shape.map((n, i) => (axes.includes(i) ? 1 : n)),
      ),
      shape,
    );
  }

  sum(x: Value, axes: readonly number[]): Value {
    const n = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
    const [low, high] = isFloat(x.dtype) ? [x.low * n, x.high * n] : [Math.min(0, x.low) * n, Math.max(0, x.high) * n];
    return this.call("sum", { low, high }, x, axes);
  }

  mean(x: Value, axes: readonly number[]): Value {
    const n = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
    return this.scaled(this.sum(x, axes), 1 / Math.max(1, n));
  }

  apply(call: keyof typeof arithmetic, a: Value, b: Value): Value {
    return this.call(call, arithmetic[call]!(a, b), a, b);
  }

  /** Whole numbers in 0 … n − 1. */
  indices(shape: Shape, n: number): Value {
    const x = this.of(shape, "int32");
    return this.call("remainder", { low: 0, high: n - 1 }, x, this.constant(n, { shape, dtype: "int32" }));
  }

  /** True or false in a shape: a comparison, logic, or a leaf. */
  condition(shape: Shape): Value {
    const same = this.values.filter((v) => v.dtype !== "bool" && sameShape(v.shape, shape));
    if (same.length === 0 || this.chance(0.2)) return this.of(shape, "bool");
    const a = this.among(same);
    return this.call(this.among(comparisons), { low: 0, high: 1 }, a, this.of(shape, a.dtype));
  }
}

function argumentOf(arg: Argument | Value | readonly Value[]): Argument {
  if (Array.isArray(arg) && arg.length > 0 && typeof arg[0] === "object")
    return arg.map(({ step }: Value) => ({ step }));
  if (typeof arg === "object" && "shape" in arg && "step" in arg) return { step: (arg as Value).step };
  return arg as Argument; // nothing else is left
}

/** Whether a shape broadcasts to another one. */
function stretches(from: Shape, to: Shape): boolean {
  const missing = to.length - from.length;
  return missing >= 0 && from.every((n, i) => n === 1 || n === to[missing + i]!);
}

// ---- moves -------------------------------------------------------------------------------------------------------------

type Move = (p: Author) => void;

function applyFunction(p: Author): void {
  const x = p.pickFloat();
  const fitting = floatFunctions.filter(
    ({ inside }) => inside === undefined || (x.low >= inside.low && x.high <= inside.high),
  );
  const { call, interval } = p.among(fitting);
  p.call(call, interval(x), x);
}

function combine(p: Author): void {
  const a = p.chance(0.2) ? p.pick((v) => v.dtype === p.integer, p.integer) : p.pick((v) => v.dtype !== "bool");
  if (isFloat(a.dtype)) combineFloats(p, p.moderated(a));
  else combineWhole(p, a);
}

function combineFloats(p: Author, a: Value): void {
  p.apply(p.among(Object.keys(arithmetic)), a, p.moderated(p.of(a.shape, a.dtype)));
}

/** All values of a dtype. */
function rangeOf(dtype: DType): Interval {
  const { kind, signed, itemsize } = dtypeInfo[dtype];
  if (kind !== "integer") return kind === "bool" ? { low: 0, high: 1 } : symmetric(Number.MAX_VALUE);
  return signed ? symmetric(2 ** (8 * itemsize - 1)) : { low: 0, high: 2 ** (8 * itemsize) };
}

/** So many times more that some of its values wrap around, often. */
function stretched(p: Author, x: Value): Value {
  if (p.chance(0.7)) return x;
  return p.call("mul", rangeOf(x.dtype), x, p.constant(2 ** (8 * dtypeInfo[x.dtype].itemsize - p.whole(2, 5)), x));
}

function combineWhole(p: Author, x: Value): void {
  const a = stretched(p, x);
  const calls = [
    "add",
    "sub",
    "mul",
    "maximum",
    "minimum",
    "bitwiseAnd",
    "bitwiseXor",
    "floorDivide",
    "remainder",
    "fmod",
  ];
  const found = p.call(p.among(calls), rangeOf(a.dtype), a, stretched(p, p.of(a.shape, a.dtype)));
  p.call("remainder", { low: 0, high: 10 }, found, p.constant(11, found));
}

/** Operations on single whole numbers. */
function applyWhole(p: Author): void {
  const picked = p.pick((v) => integers.includes(v.dtype), p.integer);
  if (!integers.includes(picked.dtype)) return;
  const x = stretched(p, picked);
  const bits = p.among(["shiftLeft", "shiftRight", "shiftRightLogical"]);
  const found = p.chance(0.3)
    ? p.call(bits, rangeOf(x.dtype), x, p.whole(0, 4))
    : p.call(p.among(["neg", "abs", "sign", "bitwiseNot"]), rangeOf(x.dtype), x);
  p.call("remainder", { low: 0, high: 10 }, found, p.constant(11, found));
}

function divide(p: Author): void {
  const a = p.pickFloat();
  const b = p.pickFloat((v) => sameShape(v.shape, a.shape) && v.dtype === a.dtype);
  const away = p.apply("add", p.call("abs", { low: 0, high: magnitude(b) }, b), p.constant(0.5, b));
  if (!sameShape(a.shape, away.shape) || a.dtype !== away.dtype) return;
  p.call("div", atEnds((x, y) => x / y)(a, { low: 0.5, high: away.high }), a, away);
}

function power(p: Author): void {
  const x = p.pickFloat((v) => magnitude(v) <= 3);
  const exponent = p.among(x.low > 0.1 ? [2, 3, 0.5, -1, 1, 0] : [2, 3, 1]);
  const ends = [x.low, x.high, 0].map((v) => Math.abs(v) ** Math.abs(exponent));
  p.call("pow", symmetric(Math.max(...ends, 10)), x, p.constant(exponent, x));
}

function compare(p: Author): void {
  const a = p.pick(() => true);
  const condition = p.call(p.among(comparisons), { low: 0, high: 1 }, a, p.of(a.shape, a.dtype));
  if (p.chance(0.4)) p.call(p.among(logic), { low: 0, high: 1 }, condition, p.condition(a.shape));
  else if (p.chance(0.2)) p.call("logicalNot", { low: 0, high: 1 }, condition);
}

function choose(p: Author): void {
  const a = p.pick(() => true);
  const b = p.of(a.shape, a.dtype);
  p.call("where", { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) }, p.condition(a.shape), a, b);
}

function convert(p: Author): void {
  const x = p.pick(() => true);
  const dtype = p.weighted<DType>([
    [p.float, 5],
    [p.anyFloat(), 3],
    [p.integer, 3],
    ["bool", 1],
    [p.among(dtypes), 1],
  ]);
  if (dtype === x.dtype) return;
  const range = rangeOf(dtype);
  p.call("cast", x.low >= range.low && x.high < range.high ? x : range, x, dtype);
}

function position(p: Author): void {
  const shape = p.shape();
  if (shape.length === 0) return;
  const axis = p.whole(0, shape.length - 1);
  p.call("iota", { low: 0, high: shape[axis]! }, shape, axis, p.chance(0.6) ? p.integer : p.anyFloat());
}

// ---- movement ----------------------------------------------------------------------------------------------------------

function view(p: Author): void {
  const x = p.pick((v) => v.shape.length > 0);
  if (x.shape.length === 0) return;
  p.among(views)(p, x);
}

const views: readonly ((p: Author, x: Value) => Value | null)[] = [
  (p, x) => p.call("permute", x, x, p.shuffled(x.shape.map((_, i) => i))),
  (p, x) => p.call("flip", x, x, p.someAxes(x.shape)),
  (p, x) => sliced(p, x),
  (p, x) => p.call("reshape", x, x, regrouped(p, x.shape)),
  (p, x) => p.call("reshape", x, x, regrouped(p, x.shape)),
  (p, x) => padded(p, x),
  (p, x) => windows(p, x),
  (p, x) => repeatedSomewhere(p, x),
];

function sliced(p: Author, x: Value): Value {
  const ranges = x.shape.map((n) => {
    if (n === 0 || p.chance(0.5)) return { start: 0, size: n, step: 1 };
    const start = p.whole(0, n - 1);
    const step = p.among([1, 1, 2, 3]);
    return { start, step, size: p.whole(p.chance(0.05) ? 0 : 1, Math.floor((n - 1 - start) / step) + 1) };
  });
  const list = (name: "start" | "size" | "step") => ranges.map((r) => r[name]);
  return p.call("slice", x, x, { start: list("start"), size: list("size"), step: list("step") });
}

/** Another shape for as many elements: axes split, joined, or ones put in and taken out. */
function regrouped(p: Author, shape: Shape): number[] {
  const axes = [...shape];
  for (let change = p.whole(1, 3); change > 0; change--) {
    const at = p.whole(0, axes.length);
    const n = axes[at];
    const divisors = n === undefined ? [] : [2, 3, 4, 5, 8].filter((d) => n > 0 && n % d === 0);
    if (n === 1 && p.chance(0.5)) axes.splice(at, 1);
    else if (axes[at + 1] !== undefined && p.chance(0.5)) axes.splice(at, 2, n! * axes[at + 1]!);
    else if (divisors.length > 0 && axes.length < mostAxes) {
      const d = p.among(divisors);
      axes.splice(at, 1, ...(p.chance(0.5) ? [d, n! / d] : [n! / d, d]));
    } else if (axes.length < mostAxes) axes.splice(at, 0, 1);
  }
  return axes;
}

function padded(p: Author, x: Value): Value | null {
  const amounts = () => x.shape.map(() => (p.chance(0.5) ? 0 : p.whole(1, 2)));
  const [before, after] = [amounts(), amounts()];
  const interior = x.shape.map(() => (p.chance(0.8) ? 0 : p.whole(1, 2)));
  const size = sizeOf(x.shape.map((n, i) => n + before[i]! + after[i]! + Math.max(0, n - 1) * interior[i]!));
  if (size > mostElements) return null;
  return p.call("pad", { low: Math.min(x.low, 0), high: Math.max(x.high, 0) }, x, { before, after, interior });
}

function windows(p: Author, x: Value): Value | null {
  const axes = p.someAxes(x.shape).filter((axis) => x.shape[axis]! > 1);
  if (axes.length === 0 || axes.length + x.shape.length > mostAxes + 1) return null;
  const size = axes.map((axis) => p.whole(1, Math.min(3, x.shape[axis]!)));
  const stride = axes.map((_, i) => (p.chance(0.3) ? size[i]! : p.whole(1, 2)));
  const dilation = axes.map(() => (p.chance(0.8) ? 1 : 2));
  if (sizeOf(x.shape) * sizeOf(size) > mostElements) return null;
  const y = p.call("window", x, x, { axes, size, stride, dilation });
  if (p.chance(0.7) || x.dtype === "bool") return y;
  const lengths = axes.map((axis) => x.shape[axis]!);
  return p.call("fold", symmetric(magnitude(x) * sizeOf(size)), y, { axes, size, stride, dilation, lengths });
}

function repeatedSomewhere(p: Author, x: Value): Value | null {
  const at = p.whole(0, x.shape.length);
  const n = p.size();
  if (x.shape.length >= mostAxes || sizeOf(x.shape) * n > mostElements) return null;
  const thin = p.call("reshape", x, x, x.shape.toSpliced(at, 0, 1));
  return p.call("expand", x, thin, x.shape.toSpliced(at, 0, n));
}

function join(p: Author): void {
  const a = p.pick((v) => v.shape.length > 0);
  if (a.shape.length === 0) return;
  const axis = p.whole(0, a.shape.length - 1);
  const alike = (v: Value) =>
    v.dtype === a.dtype && v.shape.length === a.shape.length && v.shape.every((n, i) => i === axis || n === a.shape[i]);
  const parts = [a, ...Array.from({ length: p.whole(1, 2) }, () => p.pick(alike, a.dtype))].filter(alike);
  const total = parts.reduce((sum, part) => sum + sizeOf(part.shape), 0);
  if (total > mostElements || parts.length < 2) return;
  const interval = { low: Math.min(...parts.map((x) => x.low)), high: Math.max(...parts.map((x) => x.high)) };
  p.call("concat", interval, p.shuffled(parts), { axis });
}

// ---- what combines several elements ----------------------------------------------------------------------------------------

function reduce(p: Author): void {
  const x = p.pick((v) => v.shape.length > 0);
  if (x.shape.length === 0) return;
  const axes = p.someAxes(x.shape);
  const call = p.weighted([
    ["sum", 4],
    ["max", 2],
    ["min", 1],
  ]);
  const empty = axes.some((axis) => x.shape[axis] === 0);
  if (call === "sum" || empty) {
    const y = p.sum(x, axes);
    if (p.chance(0.3) && isFloat(y.dtype)) p.alongAgain(p.moderated(y), x.shape, axes);
    return;
  }
  const y = p.call(call, x, x, axes);
  if (p.chance(0.3)) p.alongAgain(y, x.shape, axes);
}

/** e^(x − max) / Σ e^(x − max), or its logarithm. */
function softmax(p: Author): void {
  const logits = p.pickFloat((v) => v.shape.length > 0 && sizeOf(v.shape) > 0);
  const axes = p.someAxes(logits.shape);
  if (axes.length === 0 || sizeOf(logits.shape) === 0) return;
  const x = p.chance(0.2) ? masked(p, logits) : logits;
  const shifted = p.apply("sub", x, p.alongAgain(p.call("max", x, x, axes), x.shape, axes));
  const n = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
  const width = x.high - x.low;
  const e = p.call("exp", { low: Math.exp(-width), high: 1 }, shifted);
  const total = p.call("sum", { low: 1, high: n }, e, axes);
  if (p.chance(0.5)) return void p.call("div", { low: 0, high: 1 }, e, p.alongAgain(total, x.shape, axes));
  const log = p.call("log", { low: 0, high: Math.log(n) }, total);
  p.call("sub", { low: -width - Math.log(n), high: 0 }, shifted, p.alongAgain(log, x.shape, axes));
}

/** −∞ where a condition fails; a row of nothing else becomes NaN. */
function masked(p: Author, x: Value): Value {
  return p.call("where", x, p.condition(x.shape), x, p.constant(Number.NEGATIVE_INFINITY, x));
}

/** (x − mean) / √(variance + ε), scaled and shifted; over any axes, so batch and layer normalisation are among it. */
function normalize(p: Author): void {
  const x = p.pickFloat((v) => v.shape.length > 0 && sizeOf(v.shape) > 0);
  if (x.shape.length === 0 || sizeOf(x.shape) === 0) return;
  const axes = p.someAxes(x.shape);
  const centred = p.apply("sub", x, p.alongAgain(p.mean(x, axes), x.shape, axes));
  const square = p.call("mul", { low: 0, high: magnitude(centred) ** 2 }, centred, centred);
  const variance = p.mean(square, axes);
  const deviation = p.call(
    "sqrt",
    { low: 0.3, high: magnitude(centred) + 1 },
    p.apply("add", variance, p.constant(0.1, variance)),
  );
  const n = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
  const y = p.call("div", symmetric(Math.sqrt(n) + 1), centred, p.alongAgain(deviation, x.shape, axes));
  if (p.chance(0.5)) p.apply("add", p.moderated(p.apply("mul", y, p.of(x.shape, x.dtype))), p.of(x.shape, x.dtype));
}

function accumulate(p: Author): void {
  const x = p.pick((v) => v.shape.length > 0);
  if (x.shape.length === 0) return;
  p.call("cumsum", symmetric(magnitude(x) * Math.max(1, x.shape.at(-1)!)), x, { reverse: p.chance(0.4) });
}

function order(p: Author): void {
  const x = p.pick((v) => v.shape.length > 0);
  const n = x.shape.at(-1);
  if (n === undefined) return;
  const places = p.call("argsort", { low: 0, high: n }, x);
  if (p.chance(0.7)) p.call("gather", x, x, places, { axis: x.shape.length - 1 });
}

function pickOut(p: Author): void {
  const x = p.pick((v) => v.shape.length > 0);
  if (x.shape.length === 0) return;
  const axis = p.whole(0, x.shape.length - 1);
  const n = x.shape[axis]!;
  const shape = x.shape.toSpliced(axis, 1, n === 0 ? 0 : p.whole(1, 6));
  if (sizeOf(shape) > mostElements) return;
  p.call("gather", x, x, p.indices(shape, Math.max(1, n)), { axis });
}

function scatter(p: Author): void {
  const updates = p.pick((v) => v.shape.length > 0 && v.dtype !== "bool");
  if (updates.shape.length === 0) return;
  const axis = p.whole(0, updates.shape.length - 1);
  const n = p.size() || 1;
  const shape = updates.shape.toSpliced(axis, 1, n);
  if (sizeOf(shape) > mostElements) return;
  const base = p.chance(0.5) ? p.constant(0, { shape, dtype: updates.dtype }) : p.of(shape, updates.dtype);
  const most = magnitude(base) + magnitude(updates) * Math.max(1, updates.shape[axis]!);
  p.call("scatterAdd", symmetric(most), base, p.indices(updates.shape, n), updates, { axis });
}

// ---- contractions --------------------------------------------------------------------------------------------------------

/** Rows, columns and depth of larger contractions, which have a kernel of their own: whole tiles and edges of 4 × 8 and 2 × 4. */
const tiled = [5, 8, 13, 16, 17, 24, 33] as const;

function multiply(p: Author): void {
  const large = p.chance(0.5);
  const size = () => (large ? p.among(tiled) : p.size());
  const dtype = p.weighted<DType>([
    [p.float, 9],
    [p.anyFloat(), 2],
    [leastSumDType(p.integer), 1],
  ]);
  const counts = large ? { batch: p.whole(0, 1), rows: 1, columns: 1, depth: 1 } : groups(p);
  const axes = (n: number) => Array.from({ length: n }, size);
  const batch = axes(counts.batch).map((n) => (large ? Math.min(n, 3) : n));
  const [rows, columns, depth] = [axes(counts.rows), axes(counts.columns), axes(counts.depth)];
  if (large && p.chance(0.1)) p.among([rows, columns, depth])[0] = 530; // more than a block of any axis
  const sides = [
    [...batch, ...rows, ...depth],
    [...batch, ...depth, ...columns],
  ] as const;
  if (
    sizeOf([...batch, ...rows, ...columns, ...depth]) > 40_000 ||
    sizeOf([...batch, ...rows, ...columns]) > 2 * mostElements
  )
    return;
  contracted(p, operand(p, sides[0], dtype), operand(p, sides[1], dtype), counts.batch, counts.rows, counts.columns);
}

function groups(p: Author) {
  const few = () =>
    p.weighted([
      [0, 1],
      [1, 6],
      [2, 1],
    ]);
  return {
    batch: p.weighted([
      [0, 6],
      [1, 3],
    ]),
    rows: few(),
    columns: few(),
    depth: few(),
  };
}

/** An operand of a contraction: what is there in another order of axes, or something of that shape. */
function operand(p: Author, shape: Shape, dtype: DType): Value {
  const turned = p.values.filter((v) => v.dtype === dtype && sizeOf(v.shape) === sizeOf(shape) && sizeOf(shape) > 0);
  if (turned.length > 0 && p.chance(0.5)) {
    const x = p.moderated(p.among(turned), 4);
    return sameShape(x.shape, shape) ? x : p.call("reshape", x, x, [...shape]);
  }
  if (shape.length === 2 && p.chance(0.3))
    return p.call("permute", symmetric(4), p.moderated(p.of([shape[1]!, shape[0]!], dtype), 4), [1, 0]);
  return p.moderated(p.of(shape, dtype), 4);
}

/** The contraction of two values, scaled so that it stays moderate. */
function contracted(p: Author, a: Value, b: Value, batch: number, rows: number, columns: number): Value {
  const depth = sizeOf(a.shape.slice(batch + rows));
  const y = p.call("contract", symmetric(Math.max(1, depth * magnitude(a) * magnitude(b))), a, b, {
    batch,
    rows,
    columns,
  });
  return magnitude(y) > moderate && isFloat(y.dtype) ? p.scaled(y, 4 / Math.sqrt(magnitude(y))) : y;
}

/** activation(x · Wᵀ + b) over the last axis. */
function layer(p: Author): void {
  const x = p.pickFloat((v) => v.shape.length > 0 && sizeOf(v.shape) > 0);
  if (x.shape.length === 0) return;
  const [inputs, outputs] = [x.shape.at(-1)!, p.chance(0.3) ? p.among(tiled) : p.size()];
  const rows = x.shape.length - 1;
  const weight = p.leaf([outputs, inputs], x.dtype);
  const y = contracted(p, x, p.call("permute", weight, weight, [1, 0]), 0, rows, 1);
  const biased = p.apply("add", y, p.repeated(p.leaf([outputs], x.dtype), y.shape));
  if (p.chance(0.5)) p.call("maximum", { low: 0, high: magnitude(biased) }, biased, p.constant(0, biased));
  else p.call("tanh", symmetric(1), biased);
}

/** A convolution along the last one or two axes: [batch, channels, …] with [filters, channels, …]. */
function convolve(p: Author): void {
  const spatial = p.whole(1, 2);
  const shape = [p.whole(1, 2), p.whole(1, 3), ...Array.from({ length: spatial }, () => p.whole(4, 8))];
  const dtype = p.anyFloat();
  const image = p.moderated(p.of(shape, dtype), 4);
  const around = shape.map((_, i) => (i >= 2 && p.chance(0.6) ? 1 : 0));
  const wide = p.call("pad", { low: Math.min(0, image.low), high: Math.max(0, image.high) }, image, {
    before: around,
    after: around,
    interior: shape.map(() => 0),
  });
  const axes = shape.map((_, i) => i).slice(2);
  const size = axes.map(() => p.whole(2, 3));
  const patches = p.call("window", wide, wide, {
    axes,
    size,
    stride: axes.map(() => p.whole(1, 2)),
    dilation: axes.map(() => (p.chance(0.8) ? 1 : 2)),
  });
  if (sizeOf(patches.shape) === 0) return;
  // patches [batch, channels, positions, window] → [batch, positions, channels, window]
  const order = [0, ...axes, 1, ...axes.map((axis) => axis + spatial)];
  const rows = p.call("permute", patches, patches, order);
  const filters = p.leaf([p.whole(1, 8), shape[1]!, ...size], dtype);
  const turned = p.call("permute", filters, filters, [...filters.shape.keys()].slice(1).concat(0));
  const y = contracted(p, rows, turned, 0, 1 + spatial, 1);
  p.call("permute", y, y, [0, spatial + 1, ...axes.map((axis) => axis - 1)]);
}

/** softmax(Q Kᵀ / √d) V without the batch. */
function attend(p: Author): void {
  const [n, d, dtype] = [p.size(), p.size(), p.anyFloat()];
  if (n === 0 || d === 0) return;
  const [q, k, v] = [0, 1, 2].map(() => p.moderated(p.of([n, d], dtype), 2)) as [Value, Value, Value]; // three
  const scores = contracted(p, q, p.call("permute", k, k, [1, 0]), 0, 1, 1);
  const shifted = p.apply("sub", scores, p.alongAgain(p.call("max", scores, scores, [1]), scores.shape, [1]));
  const e = p.call("exp", { low: 0, high: 1 }, shifted);
  const total = p.call("sum", { low: 1, high: n }, e, [1]);
  const weights = p.call("div", { low: 0, high: 1 }, e, p.alongAgain(total, e.shape, [1]));
  p.call("contract", symmetric(magnitude(v)), weights, v, { batch: 0, rows: 1, columns: 1 });
}

const moves: readonly (readonly [Move, number])[] = [
  [applyFunction, 14],
  [combine, 14],
  [divide, 3],
  [power, 2],
  [compare, 4],
  [choose, 5],
  [convert, 4],
  [applyWhole, 2],
  [position, 2],
  [view, 18],
  [join, 4],
  [reduce, 10],
  [softmax, 2],
  [normalize, 2],
  [accumulate, 2],
  [order, 1],
  [pickOut, 3],
  [scatter, 2],
  [multiply, 5],
  [layer, 3],
  [convolve, 1.5],
  [attend, 0.7],
];

// ---- programs ------------------------------------------------------------------------------------------------------------

/** A program of 10 to 60 nodes; the same for the same seed. */
export function randomProgram(seed: number): Recipe {
  const p = new Author(seed);
  const size = p.whole(10, 60);
  p.leaf(p.shape(), p.float);
  while (p.steps.length < size) p.weighted(moves)(p);
  const gradients = p.chance(0.7);
  const outputs = outputsOf(p);
  const states = p.values.filter((v) => p.steps[v.step]!.call === "state");
  const updates = states
    .filter(() => p.chance(0.6))
    .map((state) => ({ state: state.step, value: newValue(p, state).step }));
  const descents = states.filter(
    (s) => isFloat(s.dtype) && gradients && !updates.some((u) => u.state === s.step) && p.chance(0.7),
  );
  return pruned({ steps: p.steps, outputs, updates, descents: descents.map((s) => s.step), gradients });
}

/** Values that nobody uses, until they depend on most of the program, and some that are used as well. */
function outputsOf(p: Author): number[] {
  const [outputs, needed] = [new Set<number>(), new Set<number>()];
  const add = (step: number) => {
    if (needed.has(step)) return;
    needed.add(step);
    for (const operand of operandsOf(p.steps[step]!)) add(operand);
  };
  for (const { step } of p.shuffled(p.values.filter((v) => p.usesOf(v) === 0))) {
    if (outputs.size >= mostOutputs && needed.size >= fewestNodes) break;
    outputs.add(step);
    add(step);
  }
  for (const { step } of p.shuffled(p.values).slice(
    0,
    p.weighted([
      [0, 2],
      [1, 2],
      [2, 1],
    ]),
  ))
    outputs.add(step);
  return [...outputs];
}

/** What a state becomes: something of its form that reads it, or does not, or reads it elsewhere than where it will be written. */
function newValue(p: Author, state: Value): Value {
  const alike = p.values.filter((v) => v.dtype === state.dtype && sameShape(v.shape, state.shape));
  const kinds =
    isFloat(state.dtype) && sizeOf(state.shape) > 0 ? [average, scaledBySum, turned, rolled] : [turned, rolled];
  if (state.shape.length > 0 && p.chance(0.6)) return p.among(kinds)(p, state);
  return p.moderated(p.among(p.chance(0.5) ? alike : alike.slice(-3)));
}

function average(p: Author, state: Value): Value {
  const other = p.moderated(p.of(state.shape, state.dtype));
  return p.apply("add", p.scaled(state, 0.75), p.scaled(other, 0.25));
}

function scaledBySum(p: Author, state: Value): Value {
  const axes = p.someAxes(state.shape);
  const total = p.sum(p.call("tanh", symmetric(1), state), axes);
  return p.apply("add", state, p.call("tanh", symmetric(1), p.alongAgain(total, state.shape, axes)));
}

/** Backwards, or with two axes of one size exchanged. */
function turned(p: Author, state: Value): Value {
  const order = p.shuffled(state.shape.map((_, i) => i));
  const fits = order.every((axis, i) => state.shape[axis] === state.shape[i]);
  return fits && p.chance(0.5)
    ? p.call("permute", state, state, order)
    : p.call("flip", state, state, p.someAxes(state.shape));
}

/** Without its first entries, with others at the end: a buffer of what came last. */
function rolled(p: Author, state: Value): Value {
  const axis = p.whole(0, state.shape.length - 1);
  const n = state.shape[axis]!;
  if (n < 2) return state;
  const gone = p.whole(1, n - 1);
  const part = (start: number, size: number) =>
    p.call("slice", state, state, {
      start: state.shape.map((_, i) => (i === axis ? start : 0)),
      size: state.shape.with(axis, size),
      step: state.shape.map(() => 1),
    });
  const news = p.chance(0.5) ? part(0, gone) : p.moderated(p.of(state.shape.with(axis, gone), state.dtype));
  const interval = { low: Math.min(state.low, news.low), high: Math.max(state.high, news.high) };
  return p.call("concat", interval, [part(gone, n - gone), news], { axis });
}

/** Without steps that nothing needs, renumbered. */
export function pruned(recipe: Recipe): Recipe {
  const needed = new Set([...recipe.outputs, ...recipe.descents]);
  for (const { state, value } of recipe.updates) needed.add(state).add(value);
  for (let i = recipe.steps.length - 1; i >= 0; i--)
    if (needed.has(i)) for (const j of operandsOf(recipe.steps[i]!)) needed.add(j);
  const kept = recipe.steps.map((_, i) => i).filter((i) => needed.has(i));
  const names = new Map(kept.map((old, now) => [old, now]));
  const name = (old: number) => names.get(old)!;
  return {
    steps: kept.map((i) => renamed(recipe.steps[i]!, name)),
    outputs: recipe.outputs.map(name),
    updates: recipe.updates.map(({ state, value }) => ({ state: name(state), value: name(value) })),
    descents: recipe.descents.map(name),
    gradients: recipe.gradients,
  };
}
