/**
 * A ScalarBuilder whose program is JavaScript: every operation becomes one statement on numbers, rounded to float32
 * after each f32 operation, 64-bit integers as bigint. Slow next to a compiler, but as plain as the language it defines.
 */
import type { Register, ScalarBuilder, Value } from "../../src/graph/scalar.ts";

interface Variable extends Value {
  readonly name: string;
}

const floats = new Float64Array(1);
const singles = new Float32Array(floats.buffer);
const words = new Int32Array(floats.buffer);
const longs = new BigInt64Array(floats.buffer);

/** Writes x into one view of eight bytes and reads the other. */
function reinterpret<T extends number | bigint, U>(
  from: { [index: number]: T },
  to: { readonly [index: number]: U },
): (x: T) => U {
  return (x) => {
    from[0] = x;
    return to[0]!; // eight bytes hold at least one
  };
}

/** What the statements call. */
const runtime = {
  f32ToI32: reinterpret(singles, words),
  i32ToF32: reinterpret(words, singles),
  f64ToI64: reinterpret(floats, longs),
  i64ToF64: reinterpret(longs, floats),
  nearest: (x: number) => {
    const halvesUp = Math.round(x);
    return halvesUp - x === 0.5 && halvesUp % 2 !== 0 ? halvesUp - 1 : halvesUp;
  },
  saturate: (x: number) => (Number.isNaN(x) ? 0 : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x))) | 0),
};

const integers = new Set<Register>(["i32", "i64"]);
const bitcasts = {
  "f32 i32": "f32ToI32",
  "i32 f32": "i32ToF32",
  "f64 i64": "f64ToI64",
  "i64 f64": "i64ToF64",
} as const;

class JavaScriptBuilder implements ScalarBuilder {
  readonly statements: string[] = [];
  #variables = 0;

  #define(type: Register, expression: string): Variable {
    const name = `v${this.#variables++}`;
    this.statements.push(`const ${name} = ${expression};`);
    return { type, name };
  }

  /** Rounds an expression in JavaScript's own arithmetic to the type. */
  #rounded(type: Register, expression: string): Variable {
    const text = {
      f32: `Math.fround(${expression})`,
      f64: expression,
      i32: `(${expression}) | 0`,
      u32: `(${expression}) >>> 0`,
      i64: `BigInt.asIntN(64, ${expression})`,
      u64: `BigInt.asUintN(64, ${expression})`,
      mask: expression,
    }[type];
    return this.#define(type, text);
  }

  #names(operation: string, operands: readonly Value[], allowed: readonly Register[]): string[] {
    const variables = operands as readonly Variable[]; // values of this builder are variables
    for (const { type } of variables) {
      if (!allowed.includes(type) || type !== variables[0]!.type) {
        throw new Error(`${operation} of ${variables.map((v) => v.type).join(", ")}`);
      }
    }
    return variables.map((v) => v.name);
  }

  #arithmetic(operator: string, x: Value, y: Value): Variable {
    const [a, b] = this.#names(operator, [x, y], operator === "/" ? ["f32", "f64"] : ["f32", "f64", "i32", "i64"]);
    if (x.type === "i32" && operator === "*") return this.#define("i32", `Math.imul(${a}, ${b})`);
    return this.#rounded(x.type, `${a} ${operator} ${b}`);
  }

  #call(name: string, ...operands: readonly Value[]): Variable {
    return this.#rounded(operands[0]!.type, `${name}(${this.#names(name, operands, ["f32", "f64"]).join(", ")})`);
  }

  #compare(operator: string, x: Value, y: Value): Variable {
    const [a, b] = this.#names(operator, [x, y], ["f32", "f64", "i32", "i64"]);
    return this.#define("mask", `${a} ${operator} ${b}`);
  }

  #bitwise(operator: "&" | "|" | "^", x: Value, y: Value): Variable {
    const [a, b] = this.#names(operator, [x, y], ["i32", "i64", "mask"]);
    const logical = { "&": "&&", "|": "||", "^": "!==" }[operator];
    return this.#define(x.type, `${a} ${x.type === "mask" ? logical : operator} ${b}`);
  }

  #shift(operator: "<<" | ">>" | ">>>", x: Value, bits: number): Variable {
    const [a] = this.#names(operator, [x], ["i32", "i64"]);
    if (x.type === "i32") return this.#rounded("i32", `${a} ${operator} ${bits}`);
    const unsigned = operator === ">>>" ? `BigInt.asUintN(64, ${a}) >> ${bits}n` : `${a} ${operator} ${bits}n`;
    return this.#rounded("i64", unsigned);
  }

  constant(type: Register, value: number | bigint | boolean): Variable {
    if (integers.has(type) && BigInt.asIntN(type === "i32" ? 32 : 64, BigInt(value)) !== BigInt(value)) {
      throw new Error(`${value} is not a ${type}`);
    }
    const number = type === "f32" ? Math.fround(Number(value)) : value;
    return this.#define(type, type === "i64" ? `${BigInt(value)}n` : Object.is(number, -0) ? "-0" : `${number}`);
  }

  add = (a: Value, b: Value) => this.#arithmetic("+", a, b);
  sub = (a: Value, b: Value) => this.#arithmetic("-", a, b);
  mul = (a: Value, b: Value) => this.#arithmetic("*", a, b);
  div = (a: Value, b: Value) => this.#arithmetic("/", a, b);
  min = (a: Value, b: Value) => this.#call("Math.min", a, b);
  max = (a: Value, b: Value) => this.#call("Math.max", a, b);
  neg = (a: Value) => this.#rounded(a.type, `-${this.#names("neg", [a], ["f32", "f64", "i32", "i64"])[0]}`);
  abs = (a: Value) => this.#call("Math.abs", a);
  sqrt = (a: Value) => this.#call("Math.sqrt", a);
  floor = (a: Value) => this.#call("Math.floor", a);
  ceil = (a: Value) => this.#call("Math.ceil", a);
  trunc = (a: Value) => this.#call("Math.trunc", a);
  nearest = (a: Value) => this.#call("runtime.nearest", a);
  eq = (a: Value, b: Value) => this.#compare("===", a, b);
  ne = (a: Value, b: Value) => this.#compare("!==", a, b);
  lt = (a: Value, b: Value) => this.#compare("<", a, b);
  le = (a: Value, b: Value) => this.#compare("<=", a, b);
  gt = (a: Value, b: Value) => this.#compare(">", a, b);
  ge = (a: Value, b: Value) => this.#compare(">=", a, b);
  and = (a: Value, b: Value) => this.#bitwise("&", a, b);
  or = (a: Value, b: Value) => this.#bitwise("|", a, b);
  xor = (a: Value, b: Value) => this.#bitwise("^", a, b);
  not = (a: Value) =>
    this.#define(a.type, `${a.type === "mask" ? "!" : "~"}${this.#names("not", [a], ["i32", "i64", "mask"])[0]}`);
  shl = (a: Value, bits: number) => this.#shift("<<", a, bits);
  shrS = (a: Value, bits: number) => this.#shift(">>", a, bits);
  shrU = (a: Value, bits: number) => this.#shift(">>>", a, bits);

  select(mask: Value, x: Value, y: Value): Variable {
    const [m] = this.#names("select", [mask], ["mask"]);
    const [a, b] = this.#names("select", [x, y], ["f32", "f64", "i32", "i64", "mask"]);
    return this.#define(x.type, `${m} ? ${a} : ${b}`);
  }

  convert(to: Register, value: Value): Variable {
    const [a] = this.#names(`convert to ${to}`, [value], ["f32", "f64", "i32", "mask"]);
    if (to === "i64") throw new Error("convert to i64");
    if (to === "mask") return this.#define(to, `${a} !== 0`);
    if (value.type === "mask") return this.#define(to, `${a} ? 1 : 0`);
    return to === "i32" ? this.#define(to, `runtime.saturate(${a})`) : this.#rounded(to, a!);
  }

  bitcast(to: Register, value: Value): Variable {
    const [a] = this.#names(`bitcast to ${to}`, [value], ["f32", "f64", "i32", "i64"]);
    const key = `${value.type} ${to}` as keyof typeof bitcasts; // checked in the next line
    if (!(key in bitcasts)) throw new Error(`bitcast ${key}`);
    return this.#define(to, `runtime.${bitcasts[key]}(${a})`);
  }
}

/** The program of `lower` on operands of the given types as a function of numbers. */
export function compileToJavaScript(
  lower: (b: ScalarBuilder, ...operands: readonly Value[]) => Value,
  types: readonly Register[],
): (...operands: readonly number[]) => number {
  const b = new JavaScriptBuilder();
  const operands = types.map((type, i) => ({ type, name: `x${i}` }));
  const result = lower(b, ...operands) as Variable; // values of this builder are variables
  const body = `${b.statements.join("\n")}\nreturn ${result.name};`;
  return new Function("runtime", ...operands.map((x) => x.name), body).bind(null, runtime);
}
