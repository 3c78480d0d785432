/**
 * Notes of objects' fields: what they were when a function was traced, and whether they still are.
 *
 * Fields are compared by identity; arrays, plain objects, maps, sets and modules among them are looked into, to any depth. Objects of other classes are not.
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
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function valuesOf(object: object): unknown[] {
  if (object instanceof Map) return [...object].flat();
  if (object instanceof Set) return [...object];
  return Object.values(object);
}

function noteOf(object: object): Noted {
  if (object instanceof Map || object instanceof Set) return new ListNote(() => valuesOf(object));
  if (Array.isArray(object)) return new ListNote(() => object);
  return new ObjectNote(object as Fields); // any object has names
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

type Fields = Readonly<Record<string, unknown>>;

class ObjectNote implements Noted {
  readonly #object: Fields;
  readonly #keys: readonly string[];
  readonly #values: readonly unknown[];

  constructor(object: Fields) {
    this.#object = object;
    this.#keys = Object.keys(object);
    this.#values = Object.values(object);
  }

  holds(): boolean {
    const keys = Object.keys(this.#object);
    if (keys.length !== this.#keys.length) return false;
    return keys.every((key, i) => key === this.#keys[i] && Object.is(this.#object[key], this.#values[i]));
  }
}
