/**
 * Notes of objects' fields: what they were when a function was traced, and whether they still are.
 *
 * Fields are compared by identity; arrays, maps, sets, modules and other objects with fields among them are looked into, to any depth. Private fields and
 * the numbers in typed arrays are not seen.
 */

import { isWatched } from "./watched.ts";

/** Something outside of a traced graph on which it depends. */
export interface Noted {
  /** Whether it is as it was. */
  holds(): boolean;
}

/** Notes that need to be looked at only after a write, and others. */
export interface FieldsNoted {
  readonly watched: readonly Noted[];
  readonly unwatched: readonly Noted[];
}

export class FieldNotes {
  readonly #seen = new Set<object>();

  /** Takes down `object`, and what of its fields can be looked into. */
  note(object: object): void {
    const waiting = [object];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (this.#seen.has(next)) continue;
      this.#seen.add(next);
      for (const value of valuesOf(next)) if (isContainer(value)) waiting.push(value);
    }
  }

  /**
   * The fields as they are now, after the function has run: what it sets by itself (a counter, its last output) need not be set again for the
   * notes to hold, since no later run sets it either.
   */
  notes(): FieldsNoted {
    const now = new FieldNotes(); // the function may have put other arrays in the fields
    for (const object of this.#seen) now.note(object);
    const [watched, unwatched]: [Noted[], Noted[]] = [[], []];
    for (const object of now.#seen) {
      if (isWatched(object)) watched.push(noteOf(object));
      else if (!Object.isFrozen(object)) unwatched.push(noteOf(object));
    }
    return { watched, unwatched };
  }
}

function isContainer(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value) || value instanceof Map || value instanceof Set || isWatched(value)) return true;
  if (Object.getPrototypeOf(value) === Object.prototype) return true; // it may get its first field
  return !ArrayBuffer.isView(value) && Object.keys(value).length > 0;
}

function valuesOf(object: object): unknown[] {
  if (object instanceof Map) return [...object].flat();
  if (object instanceof Set) return [...object];
  return Reflect.ownKeys(object).map((key) => Reflect.get(object, key));
}

function noteOf(object: object): Noted {
  if (object instanceof Map || object instanceof Set) return new ListNote(() => valuesOf(object));
  if (Array.isArray(object)) return new ListNote(() => object);
  return new ObjectNote(object);
}

class ListNote implements Noted {
  readonly #read: () => readonly unknown[];
  readonly #seen: readonly unknown[];

  constructor(read: () => readonly unknown[]) {
    this.#read = read;
    this.#seen = [...read()];
  }

  holds(): boolean {
    const now = this.#read();
    const seen = this.#seen;
    if (now.length !== seen.length) return false;
    for (let i = 0; i < seen.length; i++) if (!Object.is(now[i], seen[i])) return false;
    return true;
  }
}

/** All own fields, those with symbols for names and a replaced `forward` too. */
class ObjectNote implements Noted {
  readonly #object: object;
  readonly #keys: readonly PropertyKey[];
  readonly #values: readonly unknown[];

  constructor(object: object) {
    this.#object = object;
    this.#keys = Reflect.ownKeys(object);
    this.#values = valuesOf(object);
  }

  holds(): boolean {
    const keys = Reflect.ownKeys(this.#object);
    if (keys.length !== this.#keys.length) return false;
    return keys.every((key, i) => key === this.#keys[i] && Object.is(Reflect.get(this.#object, key), this.#values[i]));
  }
}
