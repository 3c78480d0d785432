/**
 * Arguments of compiled functions: for which of them a program was made.
 *
 * Tensors are told apart by their places, whatever they are; variables, modules and optimizers by themselves, since the function may change them; everything
 * else by its value. What has neither a value that can be compared nor notes of its changes is refused.
 */
import { type DType, type Shape, sameShape, ValueError } from "../base/index.ts";
import { isWatched } from "../runtime/index.ts";
import { Tensor } from "./tensor.ts";

/** What an argument, or a part of one, must be for a program to serve. */
export interface Signature {
  /** Whether `value` is that; its tensors are added to `tensors` in their order. */
  matches(value: unknown, tensors: Tensor[]): boolean;
  /** The same form as `value`, which matches, with other tensors in the places of its own. */
  shadow(value: unknown, next: () => Tensor): unknown;
}

/** The signature of all arguments. */
export function signatureOf(args: readonly unknown[]): Signature {
  return describe(args, new Set());
}

/** @param around  the objects that `value` is a part of */
function describe(value: unknown, around: ReadonlySet<object>): Signature {
  if (value instanceof Tensor) return value.variable === null ? new Place(value) : new Same(value);
  if (typeof value === "function" || typeof value === "symbol")
    throw new ValueError(`compile: an argument is a ${typeof value}; close over it instead`);
  if (typeof value !== "object" || value === null || isWatched(value)) return new Same(value);
  if (around.has(value)) throw new ValueError("compile: an argument contains itself; hand over its parts");
  const within = new Set([...around, value]);
  const parts = (values: Iterable<unknown>): Signature[] => Array.from(values, (part) => describe(part, within));
  if (Array.isArray(value)) return new List(parts(value));
  if (value instanceof Map) return new Pairs(parts(value.keys()), parts(value.values()));
  if (value instanceof Set) return new Members(parts(value));
  if (value instanceof Date) return new Moment(value.getTime());
  if (isNumbers(value)) return new Numbers(value.slice());
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new ValueError(
      `compile: an argument is a ${value.constructor.name}, whose changes cannot be seen; hand over its values, or close over it`,
    );
  if (Object.getOwnPropertySymbols(value).length > 0)
    throw new ValueError("compile: an argument has symbols for keys; give its fields names");
  return new Fields(Object.keys(value), parts(Object.values(value)));
}

/** A tensor of some shape, dtype and device, whatever its values. */
class Place implements Signature {
  readonly #shape: Shape;
  readonly #dtype: DType;
  readonly #device: string | null;
  readonly #requiresGrad: boolean;

  constructor({ node }: Tensor) {
    this.#shape = node.shape;
    this.#dtype = node.dtype;
    this.#device = node.device;
    this.#requiresGrad = node.requiresGrad;
  }

  matches(value: unknown, tensors: Tensor[]): boolean {
    if (!(value instanceof Tensor) || value.variable !== null) return false;
    const { node } = value;
    if (node.dtype !== this.#dtype || node.device !== this.#device || node.requiresGrad !== this.#requiresGrad)
      return false;
    if (node.shape !== this.#shape && !sameShape(node.shape, this.#shape)) return false;
    tensors.push(value);
    return true;
  }

  shadow(_: unknown, next: () => Tensor): Tensor {
    return next();
  }
}

/** A plain value, or an object that is noted. */
class Same implements Signature {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  matches(value: unknown): boolean {
    return Object.is(value, this.#value);
  }

  shadow(value: unknown): unknown {
    return value;
  }
}

class List implements Signature {
  readonly #parts: readonly Signature[];

  constructor(parts: readonly Signature[]) {
    this.#parts = parts;
  }

  matches(value: unknown, tensors: Tensor[]): boolean {
    if (!Array.isArray(value) || value.length !== this.#parts.length) return false;
    for (let i = 0; i < this.#parts.length; i++) if (!this.#parts[i]!.matches(value[i], tensors)) return false;
    return true;
  }

  shadow(value: readonly unknown[], next: () => Tensor): unknown[] {
    return this.#parts.map((part, i) => part.shadow(value[i], next));
  }
}

class Fields implements Signature {
  readonly #keys: readonly string[];
  readonly #parts: List;

  constructor(keys: readonly string[], parts: readonly Signature[]) {
    this.#keys = keys;
    this.#parts = new List(parts);
  }

  matches(value: unknown, tensors: Tensor[]): boolean {
    if (typeof value !== "object" || value === null) return false;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return false;
    const keys = Object.keys(value);
    if (keys.length !== this.#keys.length || keys.some((key, i) => key !== this.#keys[i])) return false;
    return this.#parts.matches(Object.values(value), tensors);
  }

  shadow(value: object, next: () => Tensor): object {
    const parts = this.#parts.shadow(Object.values(value), next);
    return Object.fromEntries(this.#keys.map((key, i) => [key, parts[i]]));
  }
}

class Pairs implements Signature {
  readonly #keys: List;
  readonly #values: List;

  constructor(keys: readonly Signature[], values: readonly Signature[]) {
    this.#keys = new List(keys);
    this.#values = new List(values);
  }

  matches(value: unknown, tensors: Tensor[]): boolean {
    if (!(value instanceof Map)) return false;
    return this.#keys.matches([...value.keys()], tensors) && this.#values.matches([...value.values()], tensors);
  }

  shadow(value: ReadonlyMap<unknown, unknown>, next: () => Tensor): Map<unknown, unknown> {
    const keys = this.#keys.shadow([...value.keys()], next);
    const values = this.#values.shadow([...value.values()], next);
    return new Map(keys.map((key, i) => [key, values[i]]));
  }
}

class Members implements Signature {
  readonly #parts: List;

  constructor(parts: readonly Signature[]) {
    this.#parts = new List(parts);
  }

  matches(value: unknown, tensors: Tensor[]): boolean {
    return value instanceof Set && this.#parts.matches([...value], tensors);
  }

  shadow(value: ReadonlySet<unknown>, next: () => Tensor): Set<unknown> {
    return new Set(this.#parts.shadow([...value], next));
  }
}

class Moment implements Signature {
  readonly #time: number;

  constructor(time: number) {
    this.#time = time;
  }

  matches(value: unknown): boolean {
    return value instanceof Date && Object.is(value.getTime(), this.#time);
  }

  shadow(): Date {
    return new Date(this.#time);
  }
}

/** A typed array. */
type Typed =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

function isNumbers(value: unknown): value is Typed {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

class Numbers implements Signature {
  readonly #values: Typed;

  constructor(values: Typed) {
    this.#values = values;
  }

  matches(value: unknown): boolean {
    const seen = this.#values;
    if (!isNumbers(value) || value.constructor !== seen.constructor || value.length !== seen.length) return false;
    for (let i = 0; i < seen.length; i++) if (!Object.is(value[i], seen[i])) return false;
    return true;
  }

  shadow(): Typed {
    return this.#values.slice();
  }
}
