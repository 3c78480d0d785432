/**
 * `compile`: a function of tensors as one program. The first call with new shapes traces the function, with everything it does on the way (backward passes,
 * optimizer updates, random masks, running statistics); later calls run the program.
 */
import { checkOptions, isComplex, isFloat, type Shape, type Storage, ValueError } from "../base/index.ts";
import { complex, data, type GradientSink, isRecording, type Node, realNodes } from "../graph/index.ts";
import {
  checkReadable,
  defaultDevice,
  difference,
  type Fingerprint,
  fingerprintOf,
  isPlain,
  programOf,
  realize,
  type TracedGraph,
  type TracedProgram,
  traceGraph,
} from "../runtime/index.ts";
import { Gradient } from "./gradient.ts";
import { leaveGradients } from "./handle.ts";
import { Call, isSpent, spent } from "./pullback.ts";
import { type Form, formOf, rebuild } from "./result.ts";
import { type Signature, signatureOf } from "./signature.ts";
import { Tensor } from "./tensor.ts";

/** A compiled function. */
export interface Compiled<A extends readonly unknown[], R> {
  (...args: A): R;
  /** How many programs have been traced for it so far. */
  readonly programs: number;
  /**
   * Forgets its programs at once, and what they hold. Never needed; another call compiles anew.
   *
   * @example
   * const double = compile((x: Tensor) => x.mul(2));
   * double(tensor([1])).arraySync(); // => [ 2 ]
   * double.dispose();
   * double.programs; // => 0
   */
  dispose(): void;
}

export interface CompileOptions {
  /**
   * Whether the function is traced anew at every call and compared with its program: an error then names what has changed unseen. Slow, for finding
   * faults; false when absent.
   */
  readonly check?: boolean | undefined;
  /** Whether gradients that an optimizer's step inside of the function has consumed can be read afterwards; false when absent. */
  readonly keepGradients?: boolean | undefined;
}

/** A function traced for some arguments. */
interface Traced {
  readonly graph: TracedGraph;
  readonly signature: Signature;
  readonly isRecording: boolean;
  readonly defaultDevice: string;
  readonly form: Form;
  readonly results: readonly Result[];
  /** For each argument that derivatives are asked of: what a `backward` inside of the function leaves for it. */
  readonly gradients: readonly (Gradient | null)[];
}

/** With its program. */
interface Entry extends Traced {
  readonly program: TracedProgram;
  /** Whether derivatives can go through results: some want them, and the function does not change what they would go to. */
  readonly isDerivable: boolean;
  /** Whether derivatives of an argument are asked of. */
  readonly hasGradients: boolean;
  readonly fingerprint: Fingerprint | null;
}

/** Where a result stands among the program's outputs; a complex one takes two. */
interface Result {
  readonly at: number;
  readonly shape: Shape;
  readonly isPair: boolean;
  readonly isFloat: boolean;
  readonly requiresGrad: boolean;
}

/**
 * Compiles `fn` into one program for each combination of what decides which graph it builds:
 *
 * - shapes, dtypes and devices of tensors among the arguments; plain values, to the bit; which variables, modules and optimizers are handed over;
 * - modes and plain fields of modules and optimizers that it calls (`training`, the `p` of a dropout, a weight decay), and which parameters and modules they
 *   hold; which parameters require gradients; whether gradients are there that it adds to; `noGrad`; the default device.
 *
 * Variables of JavaScript that `fn` closes over cannot be seen: a number or tensor that changes there keeps the value it had when the function was traced. Hand it over as an
 * argument, or make it a `variable`. Nor can private fields, static ones, numbers in typed arrays that are fields, and modules of which other methods than `forward` are called. What `fn`
 * does to JavaScript's own objects (a counter in a field, a list among its arguments) is done once, while it is traced. `{ check: true }` finds changes of the first kind.
 *
 * Assignments to variables (by `assign`, optimizers, batch normalisation, the random generator) take effect in place when the program runs. Gradients that `fn` leaves are
 * there afterwards, as without `compile`, but for those that an optimizer's step has consumed (see `keepGradients`). Derivatives go through compiled
 * functions: `grad` and its relatives see the plain function, and `backward` from a result runs it once more, so differentiate inside where speed counts.
 *
 * @param fn  takes and returns tensors and plain values, nested in arrays and objects as they may be; arguments may be modules and optimizers, too
 * @returns   a function with the arguments and results of `fn`; it keeps the 64 programs used last
 * @throws DeviceError  when `fn` reads a value: it is not known while the function is traced
 * @throws ValueError  when an argument is a function, a symbol or an object whose changes cannot be seen; when `fn` is async, or returns what is neither a tensor nor plain; under
 *                     `check`, when something has changed unseen
 * Source: JAX's jit.
 * @example
 * const step = compile((x: Tensor) => x.mul(2).add(1));
 * step(tensor([1, 2])).arraySync(); // => [ 3, 5 ]
 */
export function compile<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: CompileOptions = {},
): Compiled<A, R> {
  checkOptions("compile", options, ["check", "keepGradients"]);
  const entries: Entry[] = [];
  const call = (...args: A): R => {
    if (isPlain()) return fn(...args);
    const tensors: Tensor[] = [];
    let entry = find(entries, args, tensors);
    if (entry === undefined) {
      entry = entryOf(trace(fn, args, options), options);
      entry.signature.matches(args, tensors);
      entries.unshift(entry);
      if (entries.length > entryLimit) entries.pop()?.program.executable.dispose();
    } else if (options.check === true) checkUnseen(entry, trace(fn, args, options));
    if (entry.hasGradients && tensors.some((x, i) => entry.gradients[i] !== null && !canLeave(x))) return fn(...args);
    return run(fn, entry, args, tensors) as R; // the form is that of fn's result
  };
  const dispose = (): void => {
    for (const { program } of entries.splice(0)) program.executable.dispose();
  };
  const members = { programs: { get: () => entries.length }, dispose: { value: dispose } };
  return Object.defineProperties(call, members) as Compiled<A, R>; // defineProperties forgets what it adds
}

/** How many programs a compiled function keeps. */
const entryLimit = 64;

/** The entry that serves these arguments, put first; their tensors. */
function find(entries: Entry[], args: readonly unknown[], tensors: Tensor[]): Entry | undefined {
  const recording = isRecording();
  const device = defaultDevice();
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i]!;
    if (entry.isRecording !== recording || entry.defaultDevice !== device) continue;
    if (!entry.signature.matches(args, tensors) || !entry.program.holds()) {
      tensors.length = 0;
      continue;
    }
    if (i > 0) {
      entries.splice(i, 1);
      entries.unshift(entry);
    }
    return entry;
  }
  return undefined;
}

function run<A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  entry: Entry,
  args: A,
  tensors: readonly Tensor[],
): unknown {
  const { program, form } = entry;
  const inputs = storagesOf(tensors);
  const refusing = entry.isRecording && refuse(tensors);
  const call = entry.isDerivable ? new Call(program, again(fn, entry.signature, args, tensors)) : null;
  const values = program.run(inputs);
  if (entry.hasGradients)
    entry.gradients.forEach((gradient, i) => {
      if (gradient !== null) hand(tensors[i]!.node, gradient);
    });
  if (form.kind === "tensor") return resultOf(entry, values, form.place, refusing, call);
  return rebuild(form, (place) => resultOf(entry, values, place, refusing, call));
}

/** The tensor of one result. Derivatives through it go on in `call`, or are refused. */
function resultOf(
  { program, results }: Entry,
  values: readonly Storage[],
  place: number,
  refusing: boolean,
  call: Call | null,
): Tensor {
  const { at, shape, isPair, isFloat, requiresGrad } = results[place]!;
  const { device } = program;
  const refuses = (refusing && isFloat) || (requiresGrad && call === null);
  const goesOn = requiresGrad && !refuses ? call : null;
  const sink = (i: number): GradientSink | null => (refuses ? spent : goesOn === null ? null : goesOn.sink(i));
  const first = leafOf(values[at]!, shape, device, sink(at));
  return new Tensor(isPair ? complex(first, leafOf(values[at + 1]!, shape, device, sink(at + 1))) : first);
}

/** A value; derivatives end in `sink`, if there is one. */
function leafOf(value: Storage, shape: Shape, device: string, sink: GradientSink | null): Node {
  const node = data(value, shape, { device, requiresGrad: sink !== null });
  node.sink = sink;
  return node;
}

/** Whether derivatives through one of them are refused. Plain loops: for a small program they are a part of the time. */
function refuse(tensors: readonly Tensor[]): boolean {
  for (let i = 0; i < tensors.length; i++) if (isRefusing(tensors[i]!)) return true;
  return false;
}

/** The call as one of the plain function, on a copy of the arguments: whoever gave them may change them afterwards. */
function again<A extends readonly unknown[]>(
  fn: (...args: A) => unknown,
  signature: Signature,
  args: A,
  tensors: readonly Tensor[],
): () => readonly Node[] {
  let at = 0;
  const copy = signature.shadow(args, () => tensors[at++]!) as A; // same form, same tensors
  return () => {
    const results: Tensor[] = [];
    formOf(fn(...copy), results);
    return results.flatMap((x) => realNodes(x.node));
  };
}

/** Whether what a `backward` inside of the function leaves for an argument can be handed on. */
function canLeave({ node }: Tensor): boolean {
  if (isComplex(node.dtype)) return false;
  return !(node.sink instanceof Gradient) || (!node.sink.isGone && node.sink.value === null);
}

/** Hands on what a `backward` inside of the function has left for an argument. */
function hand(node: Node, gradient: Gradient): void {
  const { value } = gradient;
  if (value === null) return;
  gradient.value = null;
  if (node.sink === null) leaveGradients(node, value);
  else node.sink.accumulate(value);
}

function checkUnseen(entry: Entry, traced: Traced): void {
  const change =
    difference(entry.fingerprint!, fingerprintOf(traced.graph)) ??
    (JSON.stringify(traced.form) === JSON.stringify(entry.form) ? null : "a plain part of the result is another one");
  if (change === null) return;
  throw new ValueError(
    `compile: the function does something else than when it was compiled: ${change}. Something that it closes over has changed; hand it over as an argument, or make it a variable`,
  );
}

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
  return entryOf(trace(fn, args, {}), {});
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

function trace<A extends readonly unknown[]>(fn: (...args: A) => unknown, args: A, options: CompileOptions): Traced {
  const signature = signatureOf(args);
  const tensors: Tensor[] = [];
  signature.matches(args, tensors);
  const inputs = tensors.flatMap(({ node }) =>
    realNodes(node).map(({ shape, dtype, device }) => ({ shape, dtype, device, requiresGrad: derivable(node) })),
  );
  const results: Tensor[] = [];
  const gradients = tensors.map(({ node }) => (derivable(node) ? new Gradient() : null));
  let form: Form = { kind: "value", value: undefined };
  const body = (placeholders: readonly Node[]): readonly Node[] => {
    const shadows = shadowsOf(tensors, placeholders, gradients);
    let at = 0;
    const shadowed = signature.shadow(args, () => shadows[at++]!) as A; // same form, other tensors
    form = formOf(fn(...shadowed), results);
    return results.flatMap((x) => realNodes(x.node));
  };
  const graph = traceGraph(inputs, body, { keepGradients: options.keepGradients === true });
  return {
    graph,
    signature,
    isRecording: isRecording(),
    defaultDevice: defaultDevice(),
    form,
    results: resultsOf(results),
    gradients,
  };
}

function derivable(node: Node): boolean {
  return node.requiresGrad && !isSpent(node);
}

function isRefusing({ node }: Tensor): boolean {
  return node.requiresGrad && isSpent(node);
}

/** A tensor for each argument, made of placeholders; gradients of what derivatives are asked of end there. */
function shadowsOf(
  tensors: readonly Tensor[],
  placeholders: readonly Node[],
  gradients: readonly (Gradient | null)[],
): Tensor[] {
  let at = 0;
  return tensors.map(({ dtype }, i) => {
    const leaf = placeholders[at++]!; // one for each of realNodes
    const gradient: GradientSink | null = gradients[i] ?? null;
    if (!isComplex(dtype)) leaf.sink = gradient;
    return new Tensor(isComplex(dtype) ? complex(leaf, placeholders[at++]!) : leaf);
  });
}

function entryOf(traced: Traced, { check = false }: CompileOptions): Entry {
  const { states, updates } = traced.graph;
  return {
    ...traced,
    program: programOf(traced.graph),
    isDerivable:
      traced.results.some((result) => result.requiresGrad) &&
      !updates.some(({ state }) => states[state]!.variable.requiresGrad),
    hasGradients: traced.gradients.some((gradient) => gradient !== null),
    fingerprint: check ? fingerprintOf(traced.graph) : null,
  };
}

function resultsOf(results: readonly Tensor[]): Result[] {
  let at = 0;
  return results.map(({ shape, dtype, node }) => {
    const isPair = isComplex(dtype);
    const place = { at, shape, isPair, isFloat: isPair || isFloat(dtype), requiresGrad: node.requiresGrad };
    at += isPair ? 2 : 1;
    return place;
  });
}
