/** For the tests of the renderer: writes kernels by hand, statement by statement, and runs them. */
import type { TypedArray } from "../../src/base/index.ts";
import type { Element, Expression, Lanes, LoopProgram, Placement, Reg, Statement } from "../../src/compiler/index.ts";
import { renderProgram } from "../../src/devices/wasm/render.ts";

export type RegisterType = Reg["type"];
export type Values = TypedArray;

/** Collects statements; `loop` and `when` write into inner blocks. */
export class KernelWriter {
  readonly body: Statement[] = [];
  #block: Statement[] = this.body;
  #registers = 0;

  reg(type: RegisterType, lanes: Lanes = 1): Reg {
    return { id: this.#registers++, type, lanes };
  }

  let(type: RegisterType, lanes: Lanes, value: Expression): Reg {
    const reg = this.reg(type, lanes);
    this.#block.push({ do: "let", reg, value });
    return reg;
  }

  do(statement: Statement): void {
    this.#block.push(statement);
  }

  number(type: RegisterType, value: number | bigint): Reg {
    return this.let(type, 1, { op: "constant", value });
  }

  buffer(buffer: number): Reg {
    return this.let("i32", 1, { op: "buffer", buffer });
  }

  add(a: Reg, b: Reg): Reg {
    return this.let(a.type, a.lanes, { op: "add", a, b });
  }

  load(element: Element, lanes: Lanes, address: Reg, offset = 0): Reg {
    return this.let(registerOf(element), lanes, { op: "load", element, address, offset });
  }

  store(element: Element, address: Reg, value: Reg, offset = 0): void {
    this.#block.push({ do: "store", element, address, offset, value });
  }

  set(reg: Reg, value: Expression): void {
    this.#block.push({ do: "set", reg, value });
  }

  loop(from: number | Reg, to: number | Reg, step: number, write: (counter: Reg) => void): void {
    const counter = this.reg("i32");
    this.#block.push({ do: "loop", counter, from, to, step, body: this.#inside(() => write(counter)) });
  }

  when(condition: Reg, write: () => void): void {
    this.#block.push({ do: "if", condition, body: this.#inside(write) });
  }

  #inside(write: () => void): Statement[] {
    const outer = this.#block;
    const inner: Statement[] = [];
    this.#block = inner;
    write();
    this.#block = outer;
    return inner;
  }
}

export function registerOf(element: Element): RegisterType {
  if (element === "bool") return "mask";
  return element === "f32" || element === "f64" || element === "i64" ? element : "i32";
}

export function kernel(write: (k: KernelWriter) => void): Statement[] {
  const writer = new KernelWriter();
  write(writer);
  return writer.body;
}

export interface MachineOptions {
  readonly relaxed?: boolean;
  /** Size of the memory in units of 64 KiB. */
  readonly pages?: number;
  readonly host?: (call: number, scratch: number, table: number) => void;
}

/** A memory with a program in it. */
export class Machine {
  readonly memory: WebAssembly.Memory;
  readonly #run: (scratch: number, table: number) => void;

  constructor(program: LoopProgram, { relaxed = false, pages = 16, host = () => {} }: MachineOptions = {}) {
    this.memory = new WebAssembly.Memory({ initial: pages });
    const module = new WebAssembly.Module(renderProgram(program, { relaxed }));
    const { exports } = new WebAssembly.Instance(module, { gradus: { memory: this.memory, host } });
    this.#run = exports.run as (scratch: number, table: number) => void; // as the renderer declares it
  }

  run(scratch = 1024, table = 0): void {
    this.#run(scratch, table);
  }

  write(address: number, values: Values): void {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(this.memory.buffer).set(bytes, address);
  }

  bytes(address: number, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.memory.buffer.slice(address, address + length));
  }
}

const scratch = 1024;
const bufferBytes = 131_072;

/**
 * Runs one kernel whose buffers 0, 1, … hold the inputs; the buffer after them is the output, of which `outputBytes`
 * are returned.
 */
export function runKernel(
  inputs: readonly Values[],
  outputBytes: number,
  write: (k: KernelWriter) => void,
  relaxed = false,
): ArrayBuffer {
  const buffers: Placement[] = [...inputs, null].map((_, i) => ({ in: "scratch", offset: i * bufferBytes }));
  const machine = new Machine({ functions: [{ name: "kernel", body: kernel(write) }], buffers }, { relaxed });
  inputs.forEach((values, i) => {
    machine.write(scratch + i * bufferBytes, values);
  });
  machine.run(scratch);
  return machine.bytes(scratch + inputs.length * bufferBytes, outputBytes).buffer;
}
