/**
 * Where values live.
 *
 * A `Storage` is an immutable array of values in JavaScript's own memory, so that the garbage collector is the only memory
 * manager: programs copy inputs into their planned memory and results out of it. A `Cell` is a value that changes
 * (a parameter, a moment, the generator's counter); a device may keep the cell's current value in its own memory while compiled programs update it in place.
 */
import type { DType, TypedArray } from "./dtype.ts";
import { allocate } from "./elements.ts";
import { type Shape, sizeOf } from "./shape.ts";

/** Immutable values, row by row. */
export class Storage {
  readonly dtype: DType;
  readonly size: number;
  #array: TypedArray | null;
  #fetch: (() => TypedArray) | null;

  constructor(dtype: DType, size: number, values: TypedArray | (() => TypedArray)) {
    this.dtype = dtype;
    this.size = size;
    this.#array = typeof values === "function" ? null : values;
    this.#fetch = typeof values === "function" ? values : null;
  }

  /** The values. Not to be written to. */
  array(): TypedArray {
    if (this.#array === null) {
      this.#array = this.#fetch!();
      this.#fetch = null;
    }
    return this.#array;
  }
}

/** A device's copy of a cell's value, which programs update in place. */
export interface Residence {
  /** True when this copy, not the host's, is the cell's current value. */
  current: boolean;
  /** True once the device was deleted, and the value with it. */
  readonly isGone: boolean;
  /** Copies the value out, or gives it where the device has done so to make room. */
  fetch(): TypedArray;
  /** Gives the device memory back. */
  free(): void;
}

/** A value that is assigned again and again: a parameter, a moment, a running statistic, a counter. */
export class Cell {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly size: number;
  /** The value as of the last host assignment or read; null while only a device has the current one. */
  #host: Storage | null;
  /** Set and used by the one device that holds the cell. */
  residence: Residence | null = null;
  /** Counts assignments, so that readers notice. */
  version = 0;

  constructor(shape: Shape, dtype: DType, values?: TypedArray) {
    this.shape = shape;
    this.dtype = dtype;
    this.size = sizeOf(shape);
    this.#host = new Storage(dtype, this.size, values ?? allocate(dtype, this.size));
  }

  /** The current value. Stays what it is when the cell changes later (see `beforeUpdate`). */
  read(): Storage {
    const residence = this.residence;
    if (this.#host === null) this.#host = new Storage(this.dtype, this.size, () => residence!.fetch());
    return this.#host;
  }

  /** Assigns a new value from the host. Who read the old one keeps it. */
  write(value: Storage): void {
    const { residence } = this;
    if (residence?.current === true && !residence.isGone) this.#host?.array();
    this.#host = value;
    this.version++;
    if (this.residence !== null) this.residence.current = false;
  }

  /** A device calls this before a program changes its copy in place: who read the old value keeps it. */
  beforeUpdate(): void {
    if (this.#host !== null && this.residence!.current) this.#host.array();
    this.#host = null;
    this.version++;
  }

  /** Moves the value to JavaScript's memory; the device takes it in again when it is used there. */
  leave(): void {
    if (this.residence === null) return;
    this.read().array();
    this.residence.free();
    this.residence = null;
  }

  /** The host's copy, if it is the one to upload. */
  get host(): Storage | null {
    return this.#host;
  }
}
