/**
 * Where cells live in the memory of the device, and who must leave when it runs short.
 *
 * JavaScript tells that a cell was dropped only between tasks, so that a synchronous loop that makes and drops models would fill the memory. Values therefore have
 * a room in it: where they would take more, those that were used least recently move to JavaScript's memory, down to half of the room. A dropped cell's home, held
 * by nobody but the cell, is collected there; a cell that is used again moves in again. Nothing here holds a cell, not even weakly: a `WeakRef` keeps what it
 * points to until the task ends.
 *
 * The room is twice what one program needs at least. It doubles when half of what had to leave came back, for then it was in use: so the copies of values that come back
 * are at most as many as those of values that came for the first time.
 */
import { type Cell, DeviceError, type DType, dtypeInfo, type Residence, type TypedArray } from "../../base/index.ts";
import type { DeviceMemory } from "./memory.ts";

/** Enough for most models; a copy of as much takes milliseconds. */
const roomAtFirst = 64 * 2 ** 20;

/** What homes stand on: a device until it is deleted. */
interface Ground {
  readonly memory: DeviceMemory;
  readonly deleted: boolean;
}

export const deletedMessage =
  'the device "wasm" was deleted; the values that lived there are gone: keep what you need with data() before deleting it';

/** A cell's place in the memory of the device. Who has moved out never moves in again: the cell gets another home. */
export class Home implements Residence {
  readonly homes: Homes;
  readonly address: number;
  readonly bytes: number;
  readonly #dtype: DType;
  readonly #size: number;
  /** The value, once it has moved out. */
  #values: TypedArray | null = null;
  current = true;
  isIn = true;
  /** The number of the run that used it last. */
  lastRun = 0;

  constructor(homes: Homes, { dtype, size }: Cell, address: number, bytes: number) {
    this.homes = homes;
    this.address = address;
    this.bytes = bytes;
    this.#dtype = dtype;
    this.#size = size;
  }

  get isGone(): boolean {
    return this.isIn && this.homes.ground.deleted;
  }

  fetch(): TypedArray {
    if (this.#values !== null) return this.#values;
    if (this.isGone) throw new DeviceError(`reading a value: ${deletedMessage}`);
    return this.homes.ground.memory.read(this.#dtype, this.address, this.#size);
  }

  /** Brings a value that the host has assigned. */
  put(values: TypedArray): void {
    this.homes.ground.memory.write(this.#dtype, this.address, values);
    this.current = true;
  }

  /** Moves the value to JavaScript's memory; one that the host has replaced is not needed. */
  moveOut(): void {
    if (this.current) this.#values = this.fetch();
    this.free();
  }

  free(): void {
    this.homes.free(this);
    this.isIn = false;
  }
}

export class Homes {
  readonly ground: Ground;
  readonly #all = new Set<Home>();
  /** Frees what belonged to cells that nobody holds any more. */
  readonly #registry = new FinalizationRegistry<Home>((home) => home.free());
  #bytes = 0;
  #room: number;
  /** What the last move made room for, and how much of it has come back since, in bytes. */
  #left = 0;
  #back = 0;

  constructor(ground: Ground, room = roomAtFirst) {
    this.ground = ground;
    this.#room = room;
  }

  /**
   * Where a cell lives; one that comes for the first time, that has moved out, or whose device is gone moves in. `running` are the cells of the program that
   * is about to run: they stay.
   */
  of(cell: Cell, running: readonly Cell[]): Home {
    const { residence } = cell;
    if (residence === null) return this.#moveIn(cell, running);
    if (!(residence instanceof Home)) throw new DeviceError(twoDevices);
    if (residence.homes === this) return residence.isIn ? residence : this.#moveIn(cell, running);
    if (residence.isIn && !residence.isGone) throw new DeviceError(twoDevices);
    return this.#moveIn(cell, running);
  }

  #moveIn(cell: Cell, running: readonly Cell[]): Home {
    const values = cell.read().array();
    const bytes = cell.size * dtypeInfo[cell.dtype].itemsize + 16; // whole vectors are read past the end
    if (cell.residence instanceof Home && cell.residence.homes === this) this.#back += bytes;
    if (this.#bytes + bytes > this.#room) this.#makeRoom(bytes, running);
    const address = this.allocating(running, () => this.ground.memory.allocate(bytes));
    const home = new Home(this, cell, address, bytes);
    this.#all.add(home);
    this.#bytes += bytes;
    this.#registry.register(cell, home, home);
    home.put(values);
    cell.residence = home;
    return home;
  }

  #makeRoom(bytes: number, running: readonly Cell[]): void {
    if (2 * this.#back > this.#left) this.#room *= 2;
    else this.moveOut(running, this.#room / 2 - bytes);
    this.#left = this.#back = 0;
    this.#room = Math.max(this.#room, 2 * (this.#bytes + bytes));
  }

  /** Moves out who was used least recently, none of `running`, until no more than `goal` bytes are taken. */
  moveOut(running: readonly Cell[], goal: number): void {
    const staying = new Set(running.map((cell) => cell.residence));
    const leaving = [...this.#all].filter((home) => !staying.has(home)).sort((a, b) => a.lastRun - b.lastRun);
    for (const home of leaving) {
      if (this.#bytes <= goal) return;
      home.moveOut();
    }
  }

  /** What `allocate` gives; where the memory cannot grow, once all that can has moved out. */
  allocating(running: readonly Cell[], allocate: () => number): number {
    try {
      return allocate();
    } catch (error) {
      if (this.ground.deleted || this.#all.size === 0) throw error;
      this.moveOut(running, 0);
      return allocate();
    }
  }

  free(home: Home): void {
    if (!this.#all.delete(home)) return;
    this.#registry.unregister(home);
    this.#bytes -= home.bytes;
    if (!this.ground.deleted) this.ground.memory.free(home.address);
  }
}

const twoDevices = "a variable is in use on two devices; keep it on one";
