/** The wasm device: compiled programs as WebAssembly modules over one memory. */
import {
  allocate,
  type Cell,
  DeviceError,
  type DType,
  decode,
  dtypeInfo,
  type Elements,
  encode,
  type GradusError,
  isHalf,
  type Residence,
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

export function createWasmDevice(): Device {
  return new WasmDevice();
}

class WasmDevice implements Device {
  readonly name = "wasm";
  /** Null once the device is deleted. */
  #memory: DeviceMemory | null = new DeviceMemory();
  /** Frees what belonged to cells and programs that nobody holds any more. */
  readonly #registry = new FinalizationRegistry<number>((address) => this.#memory?.free(address));

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
    return new WasmExecutable(this, program, module);
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

  /** The address of a block that `owner` holds until it gives it back or is forgotten. */
  allocate(bytes: number, owner: object): number {
    const address = this.memory.allocate(bytes);
    this.#registry.register(owner, address, owner);
    return address;
  }

  free(address: number, owner: object): void {
    this.#registry.unregister(owner);
    this.#memory?.free(address);
  }

  /** Where a cell lives in the device's memory; one that comes for the first time, or from a device that is gone, moves in. */
  homeOf(cell: Cell): Home {
    const { residence } = cell;
    if (residence instanceof Home) {
      if (residence.device === this) return residence;
      if (residence.device.deleted) return new Home(this, cell);
    }
    if (residence !== null) throw new DeviceError("a variable is in use on two devices; keep it on one");
    return new Home(this, cell);
  }
}

const deletedMessage =
  'the device "wasm" was deleted; the values that lived there are gone: keep what you need with data() before deleting it';

/** A cell's place in the memory of the device. */
class Home implements Residence {
  readonly device: WasmDevice;
  readonly address: number;
  readonly #cell: Cell;
  current = true;

  constructor(device: WasmDevice, cell: Cell) {
    const values = cell.read().array();
    this.device = device;
    this.#cell = cell;
    this.address = device.allocate(cell.size * dtypeInfo[cell.dtype].itemsize + 16, cell); // whole vectors are read past the end
    device.memory.write(cell.dtype, this.address, values);
    cell.residence = this;
  }

  fetch(): TypedArray {
    if (this.device.deleted) throw new DeviceError(`reading a value: ${deletedMessage}`);
    return this.device.memory.read(this.#cell.dtype, this.address, this.#cell.size);
  }

  /** Brings the value that the host has assigned. */
  refresh(): void {
    this.device.memory.write(this.#cell.dtype, this.address, this.#cell.read().array());
    this.current = true;
  }

  free(): void {
    this.device.free(this.address, this.#cell);
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
  /** Addresses of the cells, as the program reads them. */
  readonly #table: number;
  /** What the table says now. */
  #cells: (Cell | null)[];
  /** What lies in the inputs' places in scratch memory, if nobody has used it since. */
  #loaded: (Storage | null)[];
  /** Which cells the program changes. */
  readonly #updated: boolean[] = [];
  #generation = -1;
  #scratch = 0;
  #buffer: ArrayBufferLike | null = null;
  #inputViews: TypedArray[] = [];
  #outputViews: (TypedArray | null)[] = [];

  constructor(device: WasmDevice, program: Program, module: WebAssembly.Module) {
    const { memory } = device;
    this.#device = device;
    this.#memory = memory;
    this.#program = program;
    const states = program.loops.buffers.reduce(
      (n, place) => (place.in === "state" ? Math.max(n, place.slot + 1) : n),
      0,
    );
    this.#table = states === 0 ? 0 : device.allocate(4 * states, this);
    this.#cells = new Array<Cell | null>(states).fill(null);
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
    for (let i = 0; i < cells.length; i++) this.#prepareCell(i, cells[i]!);
    this.#openScratch();
    for (let i = 0; i < inputs.length; i++) {
      const storage = inputs[i]!;
      if (this.#loaded[i] === storage) continue;
      encode(storage.dtype, storage.array(), this.#inputViews[i]!);
      this.#loaded[i] = storage;
    }
    this.#run(this.#scratch, this.#table);
    const results = new Array<Storage>(outputs.length);
    for (let i = 0; i < outputs.length; i++) {
      const { dtype, size } = outputs[i]!;
      results[i] = new Storage(dtype, size, this.#readOutput(i, dtype, size));
    }
    return results;
  }

  /** Sees to it that a cell's value is in device memory and that the table points there. */
  #prepareCell(slot: number, cell: Cell): void {
    const home = this.#device.homeOf(cell);
    if (!home.current) home.refresh();
    if (this.#updated[slot] === true) cell.beforeUpdate();
    if (this.#cells[slot] === cell) return;
    new DataView(this.#memory.memory.buffer).setUint32(this.#table + 4 * slot, home.address, true);
    this.#cells[slot] = cell;
  }

  #openScratch(): void {
    const memory = this.#memory;
    const scratch = memory.scratch(this.#program.scratchBytes + 64, this); // vectors are read past the end
    if (this.#generation !== memory.scratchGeneration) {
      this.#loaded.fill(null);
      this.#generation = memory.scratchGeneration;
    }
    const { buffer } = memory.memory;
    if (buffer === this.#buffer && scratch === this.#scratch) return;
    this.#buffer = buffer;
    this.#scratch = scratch;
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
      this.#outputViews[i] ?? this.#view(this.#program.outputs[i]!.placement, dtype, size, this.#scratch, this.#table);
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
    if (this.#table !== 0) this.#device.free(this.#table, this);
  }
}
