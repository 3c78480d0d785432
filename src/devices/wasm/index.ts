/** The wasm device: compiled programs as WebAssembly modules over one memory. */
import {
  allocate,
  type Cell,
  DeviceError,
  type DType,
  decode,
  type Elements,
  encode,
  type GradusError,
  isHalf,
  Storage,
  type TypedArray,
  viewBuffer,
} from "../../base/index.ts";
import {
  compile,
  countKernels,
  explainProgram,
  type HostCall,
  type Placement,
  type Program,
  reportSlot,
} from "../../compiler/index.ts";
import { complaintOf, evaluateNode } from "../../graph/index.ts";
import type { Device, Executable, Specification } from "../device.ts";
import { deletedMessage, type Home, Homes } from "./homes.ts";
import { DeviceMemory } from "./memory.ts";
import { type EngineFeatures, enableRelaxedSimd, engineFeatures as probeEngine } from "./probe.ts";
import { renderProgram } from "./render.ts";
import { counterOffset } from "./spell.ts";

/** What of Node's `process` decides how the engine is used; a page has none. */
interface Host {
  readonly process?: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly versions?: Readonly<Record<string, string | undefined>>;
    getBuiltinModule?(name: "node:v8"): { setFlagsFromString(flags: string): void };
  };
}

let features: EngineFeatures | null = null;

/**
 * What the engine can do, with everything switched on that can be: relaxed SIMD unless the environment says GRADUS_RELAXED_SIMD=0, for results that are the
 * same bits on every machine.
 *
 * @example
 * engineFeatures().simd; // => true
 */
export function engineFeatures(): EngineFeatures {
  if (features === null) {
    const { process } = globalThis as Host; // Node's types are not part of what a page imports
    const wanted = process?.env?.GRADUS_RELAXED_SIMD !== "0" && relaxedWanted;
    const v8 = wanted ? process?.getBuiltinModule?.("node:v8") : undefined;
    const found = v8 === undefined ? probeEngine() : enableRelaxedSimd((flags) => v8.setFlagsFromString(flags));
    features = { simd: found.simd, relaxed: found.relaxed && wanted };
  }
  return features;
}

/**
 * A module for many runs. V8 would run it first in code that is made quickly and is slow, and would compile what that cannot express (relaxed SIMD)
 * function by function; here all functions go to the optimizing compiler at once, on all threads. Other engines decide by themselves.
 */
function optimizedModule(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  const { process } = globalThis as Host; // Node's types are not part of what a page imports
  const v8 = process?.versions?.bun === undefined ? process?.getBuiltinModule?.("node:v8") : undefined;
  for (const flag of ["--no-liftoff", "--no-wasm-lazy-compilation"]) v8?.setFlagsFromString(flag);
  try {
    return new WebAssembly.Module(bytes);
  } finally {
    for (const flag of ["--liftoff", "--wasm-lazy-compilation"]) v8?.setFlagsFromString(flag);
  }
}

let relaxedWanted = true;

/**
 * * Whether fused multiply-add may be used (default true): faster, but its roundings differ between machines. Call it before anything is computed.
 *
 * @example
 * useRelaxedSimd(false); // the same bits on every machine
 * useRelaxedSimd(true);
 */
export function useRelaxedSimd(wanted: boolean): void {
  relaxedWanted = wanted;
  features = null;
}

/** @param room  how many bytes values of cells may take before others must leave, at first */
export function createWasmDevice(room?: number): Device {
  return new WasmDevice(room);
}

class WasmDevice implements Device {
  readonly name = "wasm";
  /** Null once the device is deleted. */
  #memory: DeviceMemory | null = new DeviceMemory();
  readonly homes: Homes;
  /** How many programs have run. */
  runs = 0;

  constructor(room?: number) {
    this.homes = new Homes(this, room);
  }

  get deleted(): boolean {
    return this.#memory === null;
  }

  get memory(): DeviceMemory {
    if (this.#memory === null) throw new DeviceError(deletedMessage);
    return this.#memory;
  }

  prepare(specification: Specification): Executable {
    this.check();
    const program = compile(specification);
    const { relaxed } = engineFeatures();
    const bytes = renderProgram(program.loops, { relaxed });
    const module = specification.repeated === true ? optimizedModule(bytes) : new WebAssembly.Module(bytes);
    return new WasmExecutable(this, program, module, specification.states.length);
  }

  describe(): string {
    const { simd, relaxed } = engineFeatures();
    const kind = relaxed ? "relaxed SIMD (fused multiply-add)" : simd ? "SIMD" : "no SIMD";
    return `WebAssembly with ${kind}, one thread, ${(this.memory.bytes / 2 ** 20).toFixed(1)} MiB held`;
  }

  dispose(): void {
    this.#memory = null;
  }

  check(): void {
    if (this.#memory === null) throw new DeviceError(deletedMessage);
  }
}

type Run = (scratch: number, table: number) => void;

/** What a view of memory holds, without a copy where JavaScript has it as memory does. */
function values(dtype: DType, view: TypedArray): TypedArray {
  return isHalf(dtype) ? decode(dtype, view) : view;
}

class WasmExecutable implements Executable {
  readonly #device: WasmDevice;
  readonly #memory: DeviceMemory;
  readonly #program: Program;
  readonly #run: Run;
  /** Where in scratch memory the table of the cells' addresses begins, as the program reads them. */
  readonly #tableOffset: number;
  readonly #scratchBytes: number;
  /** What the table says now, if nobody has used the scratch memory since. */
  readonly #homes: (Home | null)[];
  /** What lies in the inputs' places in scratch memory, if nobody has used it since. */
  readonly #loaded: (Storage | null)[];
  /** Which cells the program changes. */
  readonly #updated: boolean[] = [];
  readonly #scratchFor = (): number => this.#memory.scratch(this.#scratchBytes, this);
  #generation = -1;
  #scratch = 0;
  #buffer: ArrayBufferLike | null = null;
  #inputViews: TypedArray[] = [];
  #outputViews: (TypedArray | null)[] = [];

  constructor(device: WasmDevice, program: Program, module: WebAssembly.Module, states: number) {
    const { memory } = device;
    this.#device = device;
    this.#memory = memory;
    this.#program = program;
    this.#tableOffset = 4 * Math.ceil((program.scratchBytes + 64) / 4); // vectors are read past the end
    this.#scratchBytes = this.#tableOffset + 4 * states;
    this.#homes = new Array<Home | null>(states).fill(null);
    this.#loaded = program.inputs.map(() => null);
    for (const slot of program.updates) this.#updated[slot] = true;
    const host = (call: number, scratch: number, table: number) => this.#host(program.hostCalls[call]!, scratch, table);
    const instance = new WebAssembly.Instance(module, { gradus: { memory: memory.memory, host } });
    this.#run = instance.exports.run as Run; // the renderer's module exports run(scratch, table)
  }

  get kernels(): number {
    return countKernels(this.#program.kernels);
  }

  run(inputs: readonly Storage[], cells: readonly Cell[]): Storage[] {
    this.#device.check();
    const { outputs } = this.#program;
    const run = ++this.#device.runs;
    this.#openScratch(cells);
    for (let i = 0; i < cells.length; i++) this.#prepareCell(i, cells, run);
    this.#openViews();
    for (let i = 0; i < inputs.length; i++) {
      const storage = inputs[i]!;
      if (this.#loaded[i] === storage) continue;
      encode(storage.dtype, storage.array(), this.#inputViews[i]!);
      this.#loaded[i] = storage;
    }
    this.#run(this.#scratch, this.#scratch + this.#tableOffset);
    const results = new Array<Storage>(outputs.length);
    for (let i = 0; i < outputs.length; i++) {
      const { dtype, size } = outputs[i]!;
      results[i] = new Storage(dtype, size, this.#readOutput(i, dtype, size));
    }
    return results;
  }

  /** Sees to it that there is scratch memory; what was there may be gone. */
  #openScratch(cells: readonly Cell[]): void {
    const memory = this.#memory;
    const scratch = this.#device.homes.allocating(cells, this.#scratchFor);
    if (this.#generation !== memory.scratchGeneration) {
      this.#loaded.fill(null);
      this.#homes.fill(null);
      this.#generation = memory.scratchGeneration;
    }
    if (scratch === this.#scratch) return;
    this.#scratch = scratch;
    this.#buffer = null; // views are made anew
  }

  /** Sees to it that a cell's value is in device memory and that the table points there. */
  #prepareCell(slot: number, cells: readonly Cell[], run: number): void {
    const cell = cells[slot]!;
    const known = this.#homes[slot] ?? null;
    const isHere = known !== null && known === cell.residence && known.isIn;
    const home = isHere ? known : this.#device.homes.of(cell, cells);
    home.lastRun = run;
    if (!home.current) home.put(cell.read().array());
    if (this.#updated[slot] === true) cell.beforeUpdate();
    if (known === home) return;
    const place = this.#scratch + this.#tableOffset + 4 * slot;
    new DataView(this.#memory.memory.buffer).setUint32(place, home.address, true);
    this.#homes[slot] = home;
  }

  #openViews(): void {
    const { buffer } = this.#memory.memory;
    if (buffer === this.#buffer) return;
    this.#buffer = buffer;
    const scratch = this.#scratch;
    this.#inputViews = this.#program.inputs.map((offset, i) => {
      const { dtype, size } = this.#program.inputTypes[i]!;
      return viewBuffer(dtype, buffer, scratch + offset, size);
    });
    this.#outputViews = this.#program.outputs.map(({ placement, dtype, size }) =>
      placement.in === "scratch" ? viewBuffer(dtype, buffer, scratch + placement.offset, size) : null,
    );
  }

  #readOutput(i: number, dtype: DType, size: number): TypedArray {
    const view =
      this.#outputViews[i] ??
      this.#view(this.#program.outputs[i]!.placement, dtype, size, this.#scratch, this.#scratch + this.#tableOffset);
    if (size > 16 || isHalf(dtype)) return decode(dtype, view);
    const copy = allocate(dtype, size); // slice() costs more than a few elements
    const elements: Elements = copy;
    for (let k = 0; k < size; k++) elements[k] = view[k]!;
    return copy;
  }

  #view(placement: Placement, dtype: DType, size: number, scratch: number, table: number): TypedArray {
    const { buffer } = this.#memory.memory;
    const words = new DataView(buffer);
    let address =
      placement.in === "scratch" ? scratch + placement.offset : words.getUint32(table + 4 * placement.slot, true);
    for (const { counter, stride } of placement.moves ?? []) {
      const at = counterOffset(counter, this.#program.loops.buffers);
      address += words.getInt32(scratch + at, true) * stride;
    }
    return viewBuffer(dtype, buffer, address, size);
  }

  /** Computes an operation that has no kernel, from device memory to device memory. */
  #host(call: HostCall, scratch: number, table: number): void {
    const { node } = call;
    if (call.do === "fail") throw this.#failure(call, scratch, table);
    const inputs = node.inputs.map((input, i) => ({
      data: values(input.dtype, this.#view(call.inputs[i]!, input.dtype, input.size, scratch, table)),
      shape: input.shape,
      dtype: input.dtype,
    }));
    const output = this.#view(call.output, node.dtype, node.size, scratch, table);
    encode(node.dtype, evaluateNode(node, inputs), output);
  }

  /** The error of a check that has found a wrong element. */
  #failure({ node, report }: HostCall & { do: "fail" }, scratch: number, table: number): GradusError {
    const bytes = this.#view(report, "uint8", reportSlot * node.inputs.length, scratch, table);
    const at = (i: number, dtype: DType) =>
      values(dtype, viewBuffer(dtype, bytes.buffer, bytes.byteOffset + reportSlot * i, 1))[0]!;
    const shown = node.inputs.slice(1).map(({ dtype }, i) => at(i + 1, dtype));
    return complaintOf(node.params, Number(at(0, "int32")), shown);
  }

  describe(): string {
    return explainProgram(this.#program);
  }

  dispose(): void {
    this.#homes.fill(null);
    this.#loaded.fill(null);
  }
}
