/**
 * What the tests of a file exercise, noted while they run: which public functions are called from tests, in which golden
 * cases, under which checks of derivatives, and on which devices their results are.
 *
 * `plugin.ts` puts `recorded` between a test and what it imports from `src`, so calls are seen at that border alone and
 * the library itself runs as it is. A test that fails leaves nothing.
 */

/** A tensor, as far as notes are concerned; this file loads nothing of the library, whose modules some tests replace. */
interface TensorLike {
  readonly device: string;
  readonly requiresGrad: boolean;
}

/** What is known of one function. */
export interface Exercise {
  /** `area/id` of golden cases, each on a device in a float type */
  readonly cases: readonly string[];
  /** derivatives that agreed with central differences, as the page calls them: 1st, 2nd; fwd when both modes agreed */
  readonly derivatives: readonly string[];
  readonly devices: readonly string[];
}

/** By function; and the cases that were held, as `area/id on device in float`. */
export interface Exercises {
  readonly functions: Readonly<Record<string, Exercise>>;
  readonly held: readonly string[];
}

class Notes {
  readonly functions = new Map<string, { cases: Set<string>; derivatives: Set<string>; devices: Set<string> }>();
  readonly held = new Set<string>();

  of(key: string): { cases: Set<string>; derivatives: Set<string>; devices: Set<string> } {
    const found = this.functions.get(key) ?? { cases: new Set(), derivatives: new Set(), devices: new Set() };
    this.functions.set(key, found);
    return found;
  }

  add(other: Notes): void {
    for (const [key, { cases, derivatives, devices }] of other.functions) {
      const mine = this.of(key);
      for (const id of cases) mine.cases.add(id);
      for (const order of derivatives) mine.derivatives.add(order);
      for (const device of devices) mine.devices.add(device);
    }
    for (const id of other.held) this.held.add(id);
  }
}

let ofFile = new Notes();
let ofTest = new Notes();
let currentCase: { readonly id: string; readonly device: string } | null = null;
/** The functions that act on what is being differentiated, while a check runs. */
let differentiated: Set<string> | null = null;

/** Begins anew for a file of tests: a process may run several. */
export function beginFile(): void {
  ofFile = new Notes();
}

/** Begins anew for a test; what the one before it noted counts if it passed. */
export function finishTest(passed: boolean): void {
  if (passed) ofFile.add(ofTest);
  ofTest = new Notes();
}

/** What the file's tests have exercised so far, as plain data. */
export function exercises(): Exercises {
  const functions = Array.from(ofFile.functions, ([key, { cases, derivatives, devices }]): [string, Exercise] => [
    key,
    { cases: [...cases], derivatives: [...derivatives], devices: [...devices] },
  ]);
  return { functions: Object.fromEntries(functions), held: [...ofFile.held] };
}

/** Runs a golden case: what is called meanwhile is called by it. */
export function inCase(id: string, runName: string, device: string, run: () => void): void {
  currentCase = { id, device };
  try {
    run();
    ofTest.held.add(runName);
  } finally {
    currentCase = null;
  }
}

/** Notes a call of `key` with these arguments and this result. */
function note(key: string, args: readonly unknown[], result: unknown): void {
  const notes = ofTest.of(key);
  if (currentCase !== null) {
    notes.cases.add(currentCase.id);
    notes.devices.add(currentCase.device);
  }
  for (const t of tensorsIn(result)) notes.devices.add(t.device);
  if (differentiated !== null && tensorsIn(args).some((t) => t.requiresGrad)) differentiated.add(key);
}

/** The tensors in a value, in lists and in plain objects. */
function tensorsIn(value: unknown): TensorLike[] {
  if (isTensor(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(tensorsIn);
  const plain = typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  return plain ? Object.values(value).filter(isTensor) : [];
}

const isTensor = (value: unknown): value is TensorLike =>
  typeof value === "object" && value !== null && "requiresGrad" in value && "device" in value;

type AnyFunction = (...args: unknown[]) => unknown;

const stands = new WeakMap<object, unknown>();
const keys = new WeakMap<object, string>();

/** `value` as tests get it: a function or a class that notes its calls, anything else as it is. */
export function recorded(key: string, value: unknown): unknown {
  if (typeof value !== "function") return value;
  const before = stands.get(value);
  if (before !== undefined) return before;
  keys.set(value, key);
  const prototype: unknown = value.prototype;
  if (typeof prototype === "object" && prototype !== null && "forward" in prototype) watchForward(prototype);
  const stand = new Proxy(value as AnyFunction, {
    apply(f, self, args: unknown[]) {
      const result = key.endsWith("#gradCheck") ? checked(f, args) : Reflect.apply(f, self, args);
      note(key, args, result);
      return result;
    },
    construct(f, args: unknown[], newTarget) {
      note(key, [], null);
      return Reflect.construct(f, args, newTarget) as object;
    },
  });
  stands.set(value, stand);
  return stand;
}

/** Runs `gradCheck`; what acted on the differentiated arguments has been checked when it does not throw. */
function checked(gradCheck: AnyFunction, args: readonly unknown[]): unknown {
  const outer = differentiated;
  differentiated = new Set();
  try {
    const result = gradCheck(...args);
    const { order = 2, forward = true } = (args[2] ?? {}) as { order?: number; forward?: boolean };
    const found = ["1st", ...(order === 2 ? ["2nd"] : []), ...(forward ? ["fwd"] : [])];
    const devices = new Set(tensorsIn(args[1]).map((t) => t.device));
    for (const key of differentiated) {
      const notes = ofTest.of(key);
      for (const name of found) notes.derivatives.add(name);
      for (const device of devices) notes.devices.add(device);
    }
    return result;
  } finally {
    differentiated = outer;
  }
}

const watched = new WeakSet<object>();

/** Notes calls of a layer's `forward` under the class of the layer, wherever in its ancestry the method stands. */
function watchForward(prototype: object): void {
  let owner: object | null = prototype;
  while (owner !== null && !Object.hasOwn(owner, "forward")) owner = Object.getPrototypeOf(owner) as object | null;
  if (owner === null || watched.has(owner)) return;
  watched.add(owner);
  const forward = Reflect.get(owner, "forward") as AnyFunction;
  Object.defineProperty(owner, "forward", {
    configurable: true,
    writable: true,
    value(this: object, ...args: unknown[]): unknown {
      const result = Reflect.apply(forward, this, args);
      const key = keys.get(this.constructor);
      if (key !== undefined) note(key, args, result);
      return result;
    },
  });
}
