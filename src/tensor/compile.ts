/**
 * `compile`: a function of tensors as one program. The first call with new shapes traces the function, with everything it does on the way (backward passes,
 * optimizer updates, random masks, running statistics); later calls run the program.
 */
import { type DType, isComplex, type Shape, type Storage, sameShape, ValueError } from "../base/index.ts";
import { complex, data, type Node, realNodes } from "../graph/index.ts";
import { checkReadable, isTracing, realize, type TracedProgram, traceProgram } from "../runtime/index.ts";
import { Tensor } from "./tensor.ts";

/** A compiled function. */
export interface Compiled<A extends readonly unknown[], R> {
  (...args: A): R;
  /** How many programs have been traced for it so far. */
  readonly programs: number;
}

/** A place for a tensor in a result. */
const slot = Symbol("tensor");

type Shell =
  | { readonly [slot]: number }
  | number
  | string
  | boolean
  | null
  | undefined
  | readonly Shell[]
  | { readonly [key: string]: Shell };

interface Entry {
  readonly program: TracedProgram;
  readonly shapes: readonly Shape[];
  readonly dtypes: readonly DType[];
  readonly devices: readonly (string | null)[];
  /** The plain values among the arguments, as text. */
  readonly plain: string;
  readonly shell: Shell;
  readonly results: readonly Result[];
}

/** Where a result stands among the program's outputs; a complex one takes two. */
interface Result {
  readonly at: number;
  readonly shape: Shape;
  readonly isPair: boolean;
}

/**
 * Compiles `fn` into one program for each combination of argument shapes, dtypes and plain values. Inside, assignments to variables (by
 * `assign`, optimizers, batch normalisation, the random generator) take effect in place when the program runs.
 *
 * @param fn  takes and returns tensors and plain values, nested in arrays and objects as they may be
 * @returns   a function with the arguments and results of `fn`; it keeps the 64 programs used last
 * @throws DeviceError  when `fn` reads a value: it is not known while the function is traced
 * @throws ValueError  when an argument is a function or symbol, or `fn` is async or returns a function, symbol or bigint
 * Source: JAX's jit.
 * @example
 * const step = compile((x: Tensor) => x.mul(2).add(1));
 * step(tensor([1, 2])).arraySync(); // => [ 3, 5 ]
 */
export function compile<A extends readonly unknown[], R>(fn: (...args: A) => R): Compiled<A, R> {
  const entries: Entry[] = [];
  const call = (...args: A): R => {
    if (isTracing()) return fn(...args);
    const tensors: Tensor[] = [];
    const plain = flatten(args, tensors);
    let entry = entries.find((e) => matches(e, tensors, plain));
    if (entry === undefined) {
      entry = trace(fn, args, tensors, plain);
      entries.unshift(entry);
      if (entries.length > entryLimit) entries.pop()?.program.executable.dispose();
    } else if (entry !== entries[0]) {
      entries.splice(entries.indexOf(entry), 1);
      entries.unshift(entry);
    }
    const values = entry.program.run(storagesOf(tensors));
    const { device } = entry.program;
    const { shell, results } = entry;
    const leaf = (at: number, shape: Shape): Node => data(values[at]!, shape, { device });
    return rebuild(shell, (i) => {
      const { at, shape, isPair } = results[i]!;
      return new Tensor(isPair ? complex(leaf(at, shape), leaf(at + 1, shape)) : leaf(at, shape));
    }) as R; // the shell has fn's result's form
  };
  return Object.defineProperty(call, "programs", { get: () => entries.length }) as Compiled<A, R>; // defineProperty forgets what it adds
}

/** How many programs a compiled function keeps. */
const entryLimit = 64;

/**
 * What the compiler makes of `fn` on these arguments: graph, kernels with what each fuses, planned memory and FLOPs. `fn` is traced, not run.
 *
 * @param args  tensors, of which shapes and dtypes count, and plain values
 * @throws DeviceError  when `fn` reads a value: it is not known while the function is traced
 * @throws ValueError  when an argument is a function or symbol, or `fn` is async or returns a function, symbol or bigint
 * @example
 * explain((x: Tensor) => x.exp().sum(), tensor([1, 2])).includes("exp"); // => true
 */
export function explain<A extends readonly unknown[]>(fn: (...args: A) => unknown, ...args: A): string {
  const entry = traced(fn, args);
  const text = entry.program.executable.describe();
  entry.program.executable.dispose();
  return text;
}

/**
 * The number of kernels that `fn` on these arguments becomes.
 *
 * @param args  tensors, of which shapes and dtypes count, and plain values
 * @throws DeviceError  when `fn` reads a value: it is not known while the function is traced
 * @throws ValueError  when an argument is a function or symbol, or `fn` is async or returns a function, symbol or bigint
 * @example
 * kernelCount((x: Tensor) => x.mul(2).exp().sum(), tensor([1, 2])); // => 1
 */
export function kernelCount<A extends readonly unknown[]>(fn: (...args: A) => unknown, ...args: A): number {
  const entry = traced(fn, args);
  entry.program.executable.dispose();
  return entry.program.executable.kernels;
}

function traced<A extends readonly unknown[]>(fn: (...args: A) => unknown, args: A): Entry {
  const tensors: Tensor[] = [];
  const plain = flatten(args, tensors);
  return trace(fn, args, tensors, plain);
}

function matches(entry: Entry, tensors: readonly Tensor[], plain: string): boolean {
  if (entry.shapes.length !== tensors.length || entry.plain !== plain) return false;
  for (let i = 0; i < tensors.length; i++) {
    const { node } = tensors[i]!;
    const shape = entry.shapes[i]!;
    if (node.dtype !== entry.dtypes[i] || node.device !== entry.devices[i]) return false;
    if (node.shape !== shape && !sameShape(node.shape, shape)) return false;
  }
  return entry.program.holds();
}

/** The values of all tensors, those of complex ones by parts. Plain loops: for a small program they are a part of the time. */
function storagesOf(tensors: readonly Tensor[]): Storage[] {
  const storages: Storage[] = [];
  for (const { node } of tensors) {
    if (isComplex(node.dtype)) for (const part of realNodes(node)) storages.push(storageOf(part));
    else storages.push(storageOf(node));
  }
  return storages;
}

function storageOf(node: Node) {
  if (node.storage === null) {
    checkReadable(node);
    realize([node]);
  }
  return node.storage!; // realize has set it
}

function trace<A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  args: A,
  tensors: readonly Tensor[],
  plain: string,
): Entry {
  const nodes = tensors.map((t) => t.node);
  const inputs = nodes.flatMap(realNodes).map(({ shape, dtype, device }) => ({ shape, dtype, device }));
  const results: Tensor[] = [];
  let shell: Shell;
  const program = traceProgram(inputs, (placeholders) => {
    const rest = [...placeholders];
    const next = (): Node => rest.shift()!; // one for each of realNodes
    const shadows = new Map(tensors.map((t) => [t, new Tensor(isComplex(t.dtype) ? complex(next(), next()) : next())]));
    const shadowed = map(args, (t) => shadows.get(t)!) as unknown as A; // same form, other tensors
    shell = shellOf(fn(...shadowed), results);
    return results.flatMap((t) => realNodes(t.node));
  });
  return {
    program,
    shapes: nodes.map((node) => node.shape),
    dtypes: nodes.map((node) => node.dtype),
    devices: nodes.map((node) => node.device),
    plain,
    shell,
    results: placesOf(results),
  };
}

function placesOf(results: readonly Tensor[]): Result[] {
  let at = 0;
  return results.map(({ shape, dtype }) => {
    const isPair = isComplex(dtype);
    const place = { at, shape, isPair };
    at += isPair ? 2 : 1;
    return place;
  });
}

/** Collects the tensors of a tree; gives the rest as text. */
function flatten(tree: unknown, into: Tensor[]): string {
  if (tree instanceof Tensor) {
    into.push(tree);
    return "T";
  }
  if (Array.isArray(tree)) {
    let text = "[";
    for (const part of tree) text += `${flatten(part, into)},`;
    return text;
  }
  if (typeof tree === "object" && tree !== null) {
    let text = "{";
    for (const [key, part] of Object.entries(tree)) text += `${key}:${flatten(part, into)},`;
    return text;
  }
  if (typeof tree === "function" || typeof tree === "symbol")
    throw new ValueError(`compile: an argument is a ${typeof tree}; close over it instead`);
  return `${typeof tree}${String(tree)}`;
}

function map(tree: unknown, change: (tensor: Tensor) => Tensor): unknown {
  if (tree instanceof Tensor) return change(tree);
  if (Array.isArray(tree)) return tree.map((part) => map(part, change));
  if (typeof tree === "object" && tree !== null)
    return Object.fromEntries(Object.entries(tree).map(([key, part]) => [key, map(part, change)]));
  return tree;
}

function shellOf(tree: unknown, into: Tensor[]): Shell {
  if (tree instanceof Tensor) return { [slot]: into.push(tree) - 1 };
  if (Array.isArray(tree)) return tree.map((part) => shellOf(part, into));
  if (tree instanceof Promise) throw new ValueError("compile: the function is async; compile the part that computes");
  if (typeof tree === "object" && tree !== null)
    return Object.fromEntries(Object.entries(tree).map(([key, part]) => [key, shellOf(part, into)]));
  if (typeof tree === "function" || typeof tree === "symbol" || typeof tree === "bigint")
    throw new ValueError(`compile: the function returns a ${typeof tree}; return tensors and plain values`);
  return tree as string | number | boolean | null | undefined; // nothing else is left
}

function rebuild(shell: Shell, make: (i: number) => Tensor): unknown {
  if (typeof shell !== "object" || shell === null) return shell;
  if (slot in shell) return make(shell[slot] as number);
  if (Array.isArray(shell)) return shell.map((part: Shell) => rebuild(part, make));
  return Object.fromEntries(Object.entries(shell).map(([key, part]) => [key, rebuild(part, make)]));
}
