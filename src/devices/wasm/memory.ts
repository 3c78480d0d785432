/**
 * The one WebAssembly memory of the device, and who has which part of it.
 *
 * Blocks hold the values of cells and live as long as these. One scratch region is shared by all programs, since one
 * runs at a time; it grows when a bigger program comes. Free space is a list of holes in the order of addresses: the
 * first that is large enough is taken, and a freed block joins the holes beside it.
 *
 * Growing detaches every `ArrayBuffer` of the memory, and with it every view, so views are made when they are needed
 * and not kept.
 */
import { DeviceError, type DType, decode, encode, type TypedArray, viewBuffer } from "../../base/index.ts";

const pageBytes = 65_536;
const addressablePages = 65_536; // 4 GiB: an address has 32 bits
const growthPages = 16; // 1 MiB at least, so that small blocks do not grow the memory one by one
const lineBytes = 64; // of the processor's cache; blocks begin and end on lines, so holes do too

interface Hole {
  readonly start: number;
  readonly end: number;
}

export class DeviceMemory {
  readonly memory: WebAssembly.Memory;
  readonly #maximumPages: number;
  /** In order, never empty, never touching one another. */
  #holes: readonly Hole[];
  /** Where the blocks end, by where they start. */
  readonly #blocks = new Map<number, number>();
  #scratch: Hole = { start: 0, end: 0 };
  #scratchUser: object | null = null;
  #scratchGeneration = 0;

  constructor({ maximumPages = addressablePages }: { readonly maximumPages?: number } = {}) {
    this.#maximumPages = maximumPages;
    this.memory = new WebAssembly.Memory({ initial: 1, maximum: maximumPages });
    this.#holes = [{ start: lineBytes, end: pageBytes }]; // nobody gets address 0
  }

  /** Size of the memory. It never shrinks. */
  get bytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** What blocks and scratch take of it. */
  get bytesInUse(): number {
    return this.bytes - lineBytes - this.#holes.reduce((sum, hole) => sum + hole.end - hole.start, 0);
  }

  /** The address of a new block, a multiple of `align` (a power of two). Its content is whatever was there. */
  allocate(bytes: number, align = lineBytes): number {
    const size = roundUp(Math.max(bytes, 1), lineBytes);
    let at = this.#holes.findIndex((hole) => roundUp(hole.start, align) + size <= hole.end);
    if (at < 0) {
      this.#grow(size, align);
      at = this.#holes.length - 1;
    }
    const hole = this.#holes[at]!;
    const start = roundUp(hole.start, align);
    this.#blocks.set(start, start + size);
    const rest = [
      { start: hole.start, end: start },
      { start: start + size, end: hole.end },
    ];
    this.#holes = this.#holes.toSpliced(at, 1, ...rest.filter((part) => part.start < part.end));
    return start;
  }

  /** Gives back the block at `address`. */
  free(address: number): void {
    const end = this.#blocks.get(address);
    if (end === undefined) throw new DeviceError(`wasm: no block begins at address ${address}`);
    this.#blocks.delete(address);
    this.#addHole({ start: address, end });
  }

  /**
   * The address of scratch memory of at least `bytes` for `user`. Its content is `user`'s own from the last time if
   * `scratchGeneration` is still the same, else anything. Valid until the next call.
   */
  scratch(bytes: number, user: object): number {
    const tooSmall = this.#scratch.end - this.#scratch.start < bytes;
    if (tooSmall || this.#scratch.start === 0) {
      if (this.#scratch.start !== 0) this.free(this.#scratch.start);
      this.#scratch = { start: 0, end: 0 }; // stays so if the allocation fails
      const start = this.allocate(bytes);
      this.#scratch = { start, end: this.#blocks.get(start)! };
    }
    if (tooSmall || user !== this.#scratchUser) this.#scratchGeneration++;
    this.#scratchUser = user;
    return this.#scratch.start;
  }

  /** Changes whenever the scratch memory goes to another user or moves. */
  get scratchGeneration(): number {
    return this.#scratchGeneration;
  }

  // ---- values ------------------------------------------------------------------------------------------------------

  /** `size` elements from `address`, in place; halves as their bits. Valid until the next `allocate` or `scratch`. */
  view(dtype: DType, address: number, size: number): TypedArray {
    return viewBuffer(dtype, this.memory.buffer, address, size);
  }

  /** A copy of `size` elements from `address`. */
  read(dtype: DType, address: number, size: number): TypedArray {
    return decode(dtype, this.view(dtype, address, size));
  }

  /** Copies `values` to `address`. */
  write(dtype: DType, address: number, values: TypedArray): void {
    encode(dtype, values, this.view(dtype, address, values.length));
  }

  // ---- holes -------------------------------------------------------------------------------------------------------

  #addHole({ start, end }: Hole): void {
    const before = this.#holes.filter((hole) => hole.end < start);
    const after = this.#holes.filter((hole) => hole.start > end);
    const touching = this.#holes.slice(before.length, this.#holes.length - after.length);
    const joined = {
      start: Math.min(start, ...touching.map((hole) => hole.start)),
      end: Math.max(end, ...touching.map((hole) => hole.end)),
    };
    this.#holes = [...before, joined, ...after];
  }

  /** Makes room for `bytes` at the end of the memory. */
  #grow(bytes: number, align: number): void {
    const held = this.bytes;
    const last = this.#holes.at(-1);
    const start = last?.end === held ? last.start : held;
    const missing = Math.ceil((roundUp(start, align) + bytes - held) / pageBytes);
    const possible = this.#maximumPages - held / pageBytes;
    const pages = Math.min(roundUp(missing, growthPages), possible);
    try {
      if (missing > possible) throw new RangeError("beyond the maximum");
      this.memory.grow(pages);
    } catch (cause) {
      const most = show(this.#maximumPages * pageBytes);
      throw new DeviceError(
        `wasm: out of memory: ${show(bytes)} asked for, ${show(this.bytesInUse)} in use of at most ${most}; ` +
          "take a smaller batch or model, or another device",
        { cause },
      );
    }
    this.#addHole({ start: held, end: held + pages * pageBytes });
  }
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step; // sums reach 2³², too large for bitwise operators
}

function show(bytes: number): string {
  const [unit, name] = bytes < 2 ** 20 ? [2 ** 10, "KiB"] : bytes < 2 ** 30 ? [2 ** 20, "MiB"] : [2 ** 30, "GiB"];
  return `${Number((bytes / unit).toPrecision(4))} ${name}`;
}
