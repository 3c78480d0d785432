/**
 * Which kernels need which, while that is still being decided: a graph without cycles, kept in an order in which everything comes after what it needs.
 *
 * The order answers most questions at once, since nothing needs what comes after it; a search looks only at what lies between. So the time a question
 * takes does not grow with the program. Source: Pearce & Kelly 2006, "A dynamic topological sort algorithm for directed acyclic graphs".
 */

interface Entry<T> {
  readonly item: T;
  /** Its place in the order. */
  at: number;
  readonly needs: Set<Entry<T>>;
  readonly neededBy: Set<Entry<T>>;
}

type Side = "needs" | "neededBy";

export class Precedence<T> {
  readonly #entries = new Map<T, Entry<T>>();
  #first = 0;
  #last = 0;
  #steps = 0;

  /** How many entries searches have looked at so far: what a test can hold against the size of the program. */
  get steps(): number {
    return this.#steps;
  }

  /** Adds an item before all others. */
  prepend(item: T): void {
    this.#entries.set(item, { item, at: --this.#first, needs: new Set(), neededBy: new Set() });
  }

  /** Adds an item after all others. */
  append(item: T): void {
    this.#entries.set(item, { item, at: this.#last++, needs: new Set(), neededBy: new Set() });
  }

  #of(item: T): Entry<T> {
    return this.#entries.get(item)!; // whoever asks has added it
  }

  /** Its place in the present order. */
  place(item: T): number {
    return this.#of(item).at;
  }

  /** What an item needs directly. */
  directNeeds(item: T): T[] {
    return Array.from(this.#of(item).needs, (entry) => entry.item);
  }

  needsDirectly(item: T, other: T): boolean {
    return this.#of(item).needs.has(this.#of(other));
  }

  /** Whether `item` needs one of the others, directly or not. */
  needs(item: T, others: readonly T[]): boolean {
    const from = this.#of(item);
    const targets = new Set<Entry<T>>();
    let lowest = from.at;
    for (const other of others) {
      const target = this.#of(other);
      if (target.at >= from.at) continue;
      targets.add(target);
      lowest = Math.min(lowest, target.at);
    }
    return targets.size > 0 && this.#reach(from, "needs", (entry) => entry.at >= lowest, targets) === null;
  }

  /** All that is reached from an entry, itself included, within bounds; null as soon as one of `targets` is. */
  #reach(
    from: Entry<T>,
    side: Side,
    within: (entry: Entry<T>) => boolean,
    targets: ReadonlySet<Entry<T>>,
  ): Set<Entry<T>> | null {
    const seen = new Set([from]);
    const stack = [from];
    for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
      this.#steps++;
      for (const next of entry[side]) {
        if (targets.has(next)) return null;
        if (seen.has(next) || !within(next)) continue;
        seen.add(next);
        stack.push(next);
      }
    }
    return seen;
  }

  /** Notes that `item` needs `other`, which must not need `item`. */
  add(item: T, other: T): void {
    const [after, before] = [this.#of(item), this.#of(other)];
    if (after === before || after.needs.has(before)) return;
    if (before.at > after.at) this.#reorder(before, after);
    after.needs.add(before);
    before.neededBy.add(after);
  }

  /** Moves `before`, and what it needs, in front of `after` and what needs that; all others keep their places. */
  #reorder(before: Entry<T>, after: Entry<T>): void {
    const [low, high] = [after.at, before.at];
    const later = this.#reach(after, "neededBy", (entry) => entry.at <= high, new Set([before]));
    if (later === null) throw new Error("compiler: kernels need each other");
    const earlier = this.#reach(before, "needs", (entry) => entry.at >= low, new Set())!;
    const inOrder = (entries: Iterable<Entry<T>>) => [...entries].sort((a, b) => a.at - b.at);
    const moved = [...inOrder(earlier), ...inOrder(later)];
    const places = moved.map((entry) => entry.at).sort((a, b) => a - b);
    for (const [i, entry] of moved.entries()) entry.at = places[i]!;
  }

  /** Makes one item of two, neither of which needs the other but directly: `into` takes over what `from` needs and what needs it. */
  merge(into: T, from: T): void {
    const gone = this.#of(from);
    const { needs, neededBy } = gone;
    this.#entries.delete(from);
    for (const entry of needs) entry.neededBy.delete(gone);
    for (const entry of neededBy) entry.needs.delete(gone);
    for (const { item } of needs) this.add(into, item);
    for (const { item } of neededBy) this.add(item, into);
  }
}

/** Items in the order given as far as what each needs allows: first comes what it needs, in the order in which that is listed. */
export function orderedBy<T>(items: Iterable<T>, needs: (item: T) => Iterable<T>): T[] {
  const order: T[] = [];
  const seen = new Set<T>();
  for (const first of items) {
    if (seen.has(first)) continue;
    seen.add(first);
    const open = [{ item: first, rest: needs(first)[Symbol.iterator]() }];
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const next = top.rest.next();
      if (next.done === true) {
        order.push(top.item);
        open.pop();
      } else if (!seen.has(next.value)) {
        seen.add(next.value);
        open.push({ item: next.value, rest: needs(next.value)[Symbol.iterator]() });
      }
    }
  }
  return order;
}
