/**
 * An interpreter of loop programs in plain JavaScript: the meaning of every statement and operation, as slow and as
 * clear as it can be. It stops at whatever a compiler must not emit: a register used before its definition or out of
 * its block, and memory outside of what the caller allows.
 */
import type {
  BinaryOp,
  Element,
  Expression,
  LoopProgram,
  LoopStep,
  Reg,
  ShiftOp,
  Statement,
  UnaryOp,
} from "../../src/compiler/index.ts";

type Scalar = number | bigint;
/** One value a lane; masks are 0 or 1. */
type Lanes = readonly Scalar[];

export interface InterpretOptions {
  readonly memory: ArrayBuffer;
  /** Start of the scratch memory, and of the table of the addresses of states. */
  readonly scratch?: number;
  readonly table?: number;
  readonly host?: (call: number) => void;
  /** Whether `madd` rounds once. */
  readonly fused?: boolean;
  /** Hears of every access before it is made. */
  readonly access?: (address: number, bytes: number, write: boolean) => void;
}

/** Runs all kernels of a program. */
export function interpret(program: LoopProgram, options: InterpretOptions): void {
  interpretSteps(program, program.functions, options);
}

function interpretSteps(program: LoopProgram, steps: readonly LoopStep[], options: InterpretOptions): void {
  for (const step of steps) {
    if ("counter" in step) {
      const place = program.buffers[step.counter];
      if (place?.in !== "scratch") throw new Error("a counter of steps lies in scratch memory");
      for (let k = 0; k < step.steps; k++) {
        const t = step.reverse ? step.steps - 1 - k : k;
        new DataView(options.memory).setInt32((options.scratch ?? 0) + place.offset, t, true);
        interpretSteps(program, step.body, options);
      }
      continue;
    }
    try {
      new Interpreter(program, options).run(step.body);
    } catch (error) {
      throw new Error(`${step.name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
}

const bytesOf: Readonly<Record<Element, number>> = {
  f32: 4,
  f64: 8,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  i64: 8,
  bool: 1,
};

class Interpreter {
  readonly #program: LoopProgram;
  readonly #options: InterpretOptions;
  readonly #view: DataView;
  readonly #values = new Map<number, Lanes>();

  constructor(program: LoopProgram, options: InterpretOptions) {
    this.#program = program;
    this.#options = options;
    this.#view = new DataView(options.memory);
  }

  /** Runs a block; the registers that it defines end with it. */
  run(block: readonly Statement[]): void {
    const own: number[] = [];
    for (const statement of block) {
      this.#execute(statement);
      if (statement.do === "let") own.push(statement.reg.id);
    }
    for (const id of own) this.#values.delete(id);
  }

  #execute(s: Statement): void {
    switch (s.do) {
      case "let":
        this.#values.set(s.reg.id, this.#lanesOf(s.reg, this.#evaluate(s.reg, s.value)));
        return;
      case "set":
        this.#get(s.reg); // must have been introduced
        this.#values.set(s.reg.id, this.#lanesOf(s.reg, this.#evaluate(s.reg, s.value)));
        return;
      case "store": {
        const at = this.#address(s.address) + s.offset;
        for (const [i, value] of this.#get(s.value).entries())
          this.#write(s.element, at + i * bytesOf[s.element], value);
        return;
      }
      case "loop": {
        const to = this.#bound(s.to);
        for (let i = this.#bound(s.from); i < to; i += s.step) {
          this.#values.set(s.counter.id, [i]);
          this.run(s.body);
        }
        this.#values.delete(s.counter.id);
        return;
      }
      case "if":
        if (this.#get(s.condition)[0] !== 0) this.run(s.body);
        return;
      case "zero": {
        const at = this.#touch(this.#address(s.address), s.bytes, true);
        new Uint8Array(this.#options.memory, at, s.bytes).fill(0);
        return;
      }
      case "copy": {
        const [to, from] = [
          this.#touch(this.#address(s.address), s.bytes, true),
          this.#touch(this.#address(s.from), s.bytes, false),
        ];
        new Uint8Array(this.#options.memory).copyWithin(to, from, from + s.bytes);
        return;
      }
      case "host":
        this.#options.host?.(s.call);
        return;
      default:
        s satisfies never;
    }
  }

  #get(reg: Reg): Lanes {
    const value = this.#values.get(reg.id);
    if (value === undefined) throw new Error(`register ${reg.id} has no value here`);
    return value;
  }

  #lanesOf(reg: Reg, value: Lanes): Lanes {
    if (value.length !== reg.lanes) throw new Error(`register ${reg.id} of ${reg.lanes} lanes gets ${value.length}`);
    return value;
  }

  #bound(bound: number | Reg): number {
    return typeof bound === "number" ? bound : this.#address(bound);
  }

  #address(reg: Reg): number {
    return Number(this.#get(reg)[0]);
  }

  // ---- memory ------------------------------------------------------------------------------------------------------

  #touch(address: number, bytes: number, write: boolean): number {
    this.#options.access?.(address, bytes, write);
    return address;
  }

  #read(element: Element, address: number): Scalar {
    const at = this.#touch(address, bytesOf[element], false);
    if (element === "f32") return this.#view.getFloat32(at, true);
    if (element === "f64") return this.#view.getFloat64(at, true);
    if (element === "i32") return this.#view.getInt32(at, true);
    if (element === "i64") return this.#view.getBigInt64(at, true);
    if (element === "i16") return this.#view.getInt16(at, true);
    if (element === "u16") return this.#view.getUint16(at, true);
    return element === "i8" ? this.#view.getInt8(at) : this.#view.getUint8(at);
  }

  #write(element: Element, address: number, value: Scalar): void {
    const at = this.#touch(address, bytesOf[element], true);
    if (element === "f32") this.#view.setFloat32(at, Number(value), true);
    else if (element === "f64") this.#view.setFloat64(at, Number(value), true);
    else if (element === "i32") this.#view.setInt32(at, Number(value), true);
    else if (element === "i64") this.#view.setBigInt64(at, BigInt(value), true);
    else if (element === "i16" || element === "u16") this.#view.setInt16(at, Number(value), true);
    else this.#view.setUint8(at, Number(value));
  }

  #buffer(number: number): number {
    const placement = this.#program.buffers[number];
    if (placement === undefined) throw new Error(`the program has no buffer ${number}`);
    const scratch = this.#options.scratch ?? 0;
    let address =
      placement.in === "scratch"
        ? scratch + placement.offset
        : this.#view.getUint32((this.#options.table ?? 0) + 4 * placement.slot, true);
    for (const { counter, stride } of placement.moves ?? []) {
      const place = this.#program.buffers[counter];
      if (place?.in !== "scratch") throw new Error("a counter of steps lies in scratch memory");
      address += stride * this.#view.getInt32(scratch + place.offset, true);
    }
    return address;
  }

  // ---- expressions -------------------------------------------------------------------------------------------------

  #evaluate(reg: Reg, e: Expression): Lanes {
    const each = (f: (...values: Scalar[]) => Scalar, ...operands: Reg[]): Lanes => {
      const values = operands.map((r) => this.#get(r));
      return values[0]!.map((_, lane) => rounded(reg.type, f(...values.map((v) => v[lane]!))));
    };
    switch (e.op) {
      case "constant":
        return [rounded(reg.type, e.value)];
      case "select": {
        const [mask, a, b] = [this.#get(e.mask), this.#get(e.a), this.#get(e.b)];
        return a.map((value, lane) => (mask[lane] !== 0 ? value : b[lane]!));
      }
      case "convert":
        return each((x) => converted(e.a.type, reg.type, x), e.a);
      case "bitcast":
        return each((x) => bits(e.a.type, reg.type, x), e.a);
      case "madd": {
        const product = this.#options.fused === true ? (x: Scalar) => x : (x: Scalar) => rounded(reg.type, x);
        return each((a, b, c) => Number(product(Number(a) * Number(b))) + Number(c), e.a, e.b, e.c);
      }
      case "splat":
        return new Array<Scalar>(reg.lanes).fill(this.#get(e.a)[0]!);
      case "join":
        return e.parts.map((part) => this.#get(part)[0]!);
      case "widen":
        return this.#get(e.a).slice(e.last ? 2 : 0, e.last ? 4 : 2);
      case "extract":
        return [this.#get(e.a)[e.lane]!];
      case "quotient":
        return each((a) => Math.floor(Number(a) / e.by), e.a);
      case "remainder":
        return each((a) => Number(a) % e.by, e.a);
      case "buffer":
        return [this.#buffer(e.buffer)];
      case "load": {
        const at = this.#address(e.address) + e.offset;
        return Array.from({ length: reg.lanes }, (_, lane) => this.#read(e.element, at + lane * bytesOf[e.element]));
      }
      case "loadSplat":
        return new Array<Scalar>(reg.lanes).fill(this.#read(e.element, this.#address(e.address) + e.offset));
      case "shl":
      case "shrS":
      case "shrU":
        return each((a) => shifts[e.op](a, e.bits), e.a);
      default:
        if ("b" in e) return each((a, b) => binary[e.op](a, b, e.a.type), e.a, e.b);
        return each((a) => unary[e.op](a, e.a.type), e.a);
    }
  }
}

/** What a register of the type can hold: integers wrap around. */
function rounded(type: Reg["type"], value: Scalar): Scalar {
  if (type === "f32") return Math.fround(Number(value));
  if (type === "f64") return Number(value);
  if (type === "i32") return Number(value) | 0;
  if (type === "u32") return Number(value) >>> 0;
  if (type === "i64") return BigInt.asIntN(64, BigInt(value));
  if (type === "u64") return BigInt.asUintN(64, BigInt(value));
  return Number(value) === 0 ? 0 : 1;
}

function converted(from: Reg["type"], to: Reg["type"], x: Scalar): Scalar {
  const whole = Math.trunc(Number(x)) || 0; // NaN becomes 0
  const fromFloat = from === "f32" || from === "f64";
  if (to === "i32" && fromFloat) return Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), whole));
  if (to !== "mask" && to !== "f32" && to !== "f64") {
    if (!fromFloat) return BigInt.asIntN(64, BigInt(x)) & (to === "i32" || to === "u32" ? 0xffffffffn : -1n);
    const most = to === "u64" ? 2n ** 64n - 1n : 2n ** 63n - 1n;
    const held = whole >= Number(most) ? most : whole <= -(2 ** 63) ? -(2n ** 63n) : BigInt(whole);
    return to === "u32" ? BigInt.asUintN(32, held) : held;
  }
  return to === "mask" ? Number(Number(x) !== 0) : x; // NaN is not 0
}

function bits(from: Reg["type"], to: Reg["type"], x: Scalar): Scalar {
  const view = new DataView(new ArrayBuffer(8));
  if (from === "f32") view.setFloat32(0, Number(x));
  else if (from === "f64") view.setFloat64(0, Number(x));
  else if (from === "i32") view.setInt32(0, Number(x));
  else view.setBigInt64(0, BigInt(x));
  if (to === "f32") return view.getFloat32(0);
  if (to === "f64") return view.getFloat64(0);
  return to === "i32" ? view.getInt32(0) : view.getBigInt64(0);
}

type Type = Reg["type"];

/** Arithmetic in the numbers that the type needs. */
function arithmetic(number: (a: number, b: number) => number, whole: (a: bigint, b: bigint) => bigint) {
  return (a: Scalar, b: Scalar, type: Type): Scalar =>
    type === "i64" || type === "u64" ? whole(BigInt(a), BigInt(b)) : number(Number(a), Number(b));
}

function bitwise(f: (a: bigint, b: bigint) => bigint) {
  return (a: Scalar, b: Scalar): Scalar => f(BigInt(a), BigInt(b));
}

const product = arithmetic(
  (a, b) => a * b,
  (a, b) => a * b,
);
const compare = (f: (a: Scalar, b: Scalar) => boolean) => (a: Scalar, b: Scalar) => Number(f(a, b));

const binary: Readonly<Record<BinaryOp, (a: Scalar, b: Scalar, type: Type) => Scalar>> = {
  add: arithmetic(
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  sub: arithmetic(
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  mul: (a, b, type) => (type === "i32" || type === "u32" ? Math.imul(Number(a), Number(b)) : product(a, b, type)),
  div: arithmetic(
    (a, b) => a / b,
    (a, b) => a / b,
  ),
  min: arithmetic(Math.min, (a, b) => (a < b ? a : b)),
  max: arithmetic(Math.max, (a, b) => (a > b ? a : b)),
  eq: compare((a, b) => a === b),
  ne: compare((a, b) => a !== b),
  lt: compare((a, b) => a < b),
  le: compare((a, b) => a <= b),
  gt: compare((a, b) => a > b),
  ge: compare((a, b) => a >= b),
  and: bitwise((a, b) => a & b),
  or: bitwise((a, b) => a | b),
  xor: bitwise((a, b) => a ^ b),
};

function nearestEven(x: number): number {
  if (Math.abs(x % 1) !== 0.5) return Math.round(x);
  const rounded = 2 * Math.round(x / 2);
  return rounded === 0 && x < 0 ? -0 : rounded;
}

const unary: Readonly<Record<UnaryOp, (a: Scalar, type: Type) => Scalar>> = {
  neg: (a) => -a,
  abs: (a) => (a < 0 || Object.is(a, -0) ? -a : a),
  sqrt: (a) => Math.sqrt(Number(a)),
  floor: (a) => Math.floor(Number(a)),
  ceil: (a) => Math.ceil(Number(a)),
  trunc: (a) => Math.trunc(Number(a)),
  nearest: (a) => nearestEven(Number(a)),
  not: (a, type) => (type === "mask" ? 1 - Number(a) : ~BigInt(a)),
};

const shifts: Readonly<Record<ShiftOp, (a: Scalar, bits: number) => Scalar>> = {
  shl: (a, n) => BigInt(a) << BigInt(n),
  shrS: (a, n) => BigInt(a) >> BigInt(n),
  shrU: (a, n) => (typeof a === "bigint" ? BigInt.asUintN(64, a) >> BigInt(n) : Number(a) >>> n),
};
