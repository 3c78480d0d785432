/**
 * Random kernels against an interpreter of the loop language: whatever the renderer leaves on the operand stack,
 * computes late, or keeps in a local that had another register before, the memory ends up the same.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Expression, Reg, Statement } from "../../src/compiler/index.ts";
import { KernelWriter, Machine } from "./wasm-kernel.ts";

const scratch = 1024;
const words = 64;

/** The meaning of the part of the language that the kernels use: i32 in one lane. */
class Interpreter {
  readonly memory = new Int32Array(words);
  readonly #values = new Map<number, number>();

  run(block: readonly Statement[]): void {
    for (const statement of block) {
      if (statement.do === "let" || statement.do === "set") {
        this.#values.set(statement.reg.id, this.#evaluate(statement.value));
      } else if (statement.do === "store") {
        this.memory[this.#word(statement.address, statement.offset)] = this.#value(statement.value);
      } else if (statement.do === "if") {
        if (this.#value(statement.condition) !== 0) this.run(statement.body);
      } else if (statement.do === "loop") {
        const to = this.#value(statement.to);
        for (let i = this.#value(statement.from); i < to; i += statement.step) {
          this.#values.set(statement.counter.id, i);
          this.run(statement.body);
        }
      } else {
        throw new Error(`the interpreter knows no ${statement.do}`);
      }
    }
  }

  #value(of: Reg | number): number {
    return typeof of === "number" ? of : this.#values.get(of.id)!;
  }

  #word(address: Reg, offset: number): number {
    return (this.#value(address) + offset - scratch) / 4;
  }

  #evaluate(e: Expression): number {
    switch (e.op) {
      case "constant":
        return Number(e.value);
      case "convert":
        return this.#value(e.a);
      case "buffer":
        return scratch;
      case "load":
        return this.memory[this.#word(e.address, e.offset)]!;
      case "add":
        return (this.#value(e.a) + this.#value(e.b)) | 0;
      case "mul":
        return Math.imul(this.#value(e.a), this.#value(e.b));
      case "and":
        return this.#value(e.a) & this.#value(e.b);
      case "min": // its operands are pushed twice
        return Math.min(this.#value(e.a), this.#value(e.b));
      default:
        throw new Error(`the interpreter knows no ${e.op}`);
    }
  }
}

/** Writes statements that choices from `next` decide about; `next(n)` is one of 0 … n − 1. */
class RandomKernel {
  readonly writer = new KernelWriter();
  readonly #next: (n: number) => number;
  /** What may be read and what may be set where the writer stands. */
  #readable: Reg[] = [];
  #mutable: Reg[] = [];

  constructor(next: (n: number) => number) {
    this.#next = next;
    this.#readable.push(this.writer.buffer(0), this.writer.number("i32", 3));
    this.#block(3);
    for (const reg of this.#readable) this.writer.store("i32", this.#address(), reg, 4 * next(16));
  }

  #block(depth: number): void {
    const [readable, mutable] = [this.#readable.length, this.#mutable.length];
    for (let i = 2 + this.#next(8); i > 0; i--) this.#statement(depth);
    if (depth === 3) return; // the outermost block stays open
    this.#readable.length = readable;
    this.#mutable.length = mutable;
  }

  #statement(depth: number): void {
    const k = this.writer;
    const kind = this.#next(depth > 0 ? 10 : 8);
    if (kind < 3) {
      this.#readable.push(k.let("i32", 1, this.#expression()));
    } else if (kind === 3) {
      const reg = k.let("i32", 1, this.#expression());
      k.set(reg, this.#expression());
      this.#readable.push(reg);
      this.#mutable.push(reg);
    } else if (kind < 6) {
      k.store("i32", this.#address(), this.#any(), 4 * this.#next(16));
    } else if (kind < 8) {
      const reg = this.#mutable[this.#next(this.#mutable.length)];
      if (reg !== undefined) k.set(reg, this.#expression());
    } else if (kind === 8) {
      k.when(this.#any(), () => this.#block(depth - 1));
    } else {
      const bound = () => (this.#next(2) === 0 ? this.#next(4) : this.#masked(3));
      k.loop(bound(), bound(), 1 + this.#next(2), (counter) => {
        this.#readable.push(counter);
        this.#block(depth - 1);
        this.#readable = this.#readable.filter((reg) => reg !== counter);
      });
    }
  }

  #any(): Reg {
    const recent = Math.min(this.#readable.length, 4); // mostly what was computed last, so that trees grow
    return this.#next(3) === 0
      ? this.#readable[this.#next(this.#readable.length)]!
      : this.#readable.at(-1 - this.#next(recent))!;
  }

  #masked(mask: number): Reg {
    return this.writer.let("i32", 1, { op: "and", a: this.#any(), b: this.writer.number("i32", mask) });
  }

  /** One of the first words; an offset may be added. */
  #address(): Reg {
    const k = this.writer;
    const distance = k.let("i32", 1, { op: "mul", a: this.#masked(15), b: k.number("i32", 4) });
    return k.add(k.buffer(0), distance);
  }

  #expression(): Expression {
    const op = (["add", "mul", "and", "min"] as const)[this.#next(7)];
    if (op !== undefined) return { op, a: this.#any(), b: this.#any() };
    if (this.#next(3) === 0) return { op: "convert", a: this.#any() };
    return { op: "load", element: "i32", address: this.#address(), offset: 4 * this.#next(16) };
  }
}

test("random kernels leave the memory that the interpreter leaves", () => {
  const choices = fc.infiniteStream(fc.nat({ max: 1_000_000 }));
  const property = fc.property(choices, (stream) => {
    const next = (n: number) => (n === 0 ? 0 : (stream.next().value as number) % n); // an endless stream
    const { body } = new RandomKernel(next).writer;
    const interpreter = new Interpreter();
    interpreter.run(body);
    const machine = new Machine({ functions: [{ name: "random", body }], buffers: [{ in: "scratch", offset: 0 }] });
    machine.run(scratch);
    expect([...new Int32Array(machine.bytes(scratch, 4 * words).buffer)]).toEqual([...interpreter.memory]);
  });
  fc.assert(property, { numRuns: 500 });
});
