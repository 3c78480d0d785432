/**
 * Agreement: a program runs on the reference device and on wasm, and every output and every state must be the same but for rounding.
 *
 * How far roundings carry depends on the program: a comparison of two numbers that are equal but for the last bit may go either way. So
 * wherever a first, strict tolerance is exceeded, the program is evaluated again with small random errors in every operation that rounds; what these
 * errors do to an element is allowed to be the difference there too.
 */
import { Cell, type DType, epsilonOf, isFloat, numbersOf, Storage, type TypedArray } from "../../src/base/index.ts";
import {
  add,
  constant,
  data,
  detach,
  evaluateNode,
  iota,
  type NDArray,
  Node,
  topological,
} from "../../src/graph/index.ts";
import { flush, getDevice, programOf, realize, traceGraph, Variable } from "../../src/runtime/index.ts";
import { generator } from "../support/random.ts";
import { type Built, build, type Leaf, type Program } from "./recipe.ts";

/** Runs of a program one after another: states change from run to run. */
const runs = 2;

/** Distance of 1 to the next number, for the shortest floating dtype that takes part. */
function precisionOf(built: Built): number {
  const floats = topological(rootsOf(built)).filter((node) => isFloat(node.dtype));
  return floats.reduce((widest, node) => Math.max(widest, epsilonOf(node.dtype)), 2 ** -52);
}

function rootsOf(built: Built): Node[] {
  return [...built.outputs, ...built.updates.map((u) => u.value)];
}

// ---- ways to run -----------------------------------------------------------------------------------------------------------

/** Outputs and, after them, values assigned to states, one list a run. */
type Results = readonly (readonly TypedArray[])[];

function repeated(run: () => readonly Storage[], cells: readonly Cell[], { updates }: Built): Results {
  const results = Array.from({ length: runs }, () => {
    const values = run().map((storage) => storage.array());
    return [...values, ...updates.map(({ state }) => cells[state]!.read().array().slice())];
  });
  for (const cell of cells) cell.residence?.free(); // instead of waiting for the garbage collector
  return results;
}

function storageOf({ dtype, values }: Leaf): Storage {
  return new Storage(dtype, values.length, values);
}

function prepared(device: string, built: Built): Results {
  const [inputs, states] = [built.inputs, built.states].map((leaves) => leaves.map(({ node }) => node));
  const { outputs, updates } = built;
  const executable = getDevice(device).prepare({ inputs: inputs!, states: states!, outputs, updates });
  const cells = built.states.map(({ shape, dtype, values }) => new Cell(shape, dtype, values.slice()));
  const results = repeated(() => executable.run(built.inputs.map(storageOf), cells), cells, built);
  executable.dispose();
  return results;
}

function variableOf({ shape, dtype, values }: Leaf): Variable {
  return new Variable(shape, dtype, { values: values.slice(), requiresGrad: isFloat(dtype), device });
}

/** The device under test. */
const device = "wasm";

/** Runs another program, which leaves its own numbers in the memory that all programs share. */
function disturb(): void {
  const node = add(iota([5000], 0, "float32", device), constant(0.5, [5000], "float32", device));
  realize([node]);
}

/** Traced once, as by `compile`, and run again and again. */
function traced(program: Program, built: Built): Results {
  const variables = built.states.map(variableOf);
  const graph = traceGraph(
    built.inputs.map(({ shape, dtype }) => ({ shape, dtype, device })),
    (inputs) => {
      const { outputs, updates } = build(program, {
        input: (_, i) => leafOver(inputs[i]!),
        state: (_, i) => variables[i]!.read(),
      });
      for (const { state, value } of updates) variables[state]!.assign(value);
      return outputs;
    },
    {},
  );
  const step = programOf(graph);
  const cells = variables.map((variable) => variable.cell);
  const inputs = built.inputs.map(storageOf);
  const run = () => {
    const values = step.run(inputs);
    disturb();
    return values;
  };
  const results = repeated(run, cells, built);
  step.executable.dispose();
  return results;
}

/** A node at which derivatives end, as `grad` makes of arguments. */
function leafOver(x: Node): Node {
  const { op, inputs, params, shape, dtype } = detach(x);
  return new Node(op, inputs, params, shape, dtype, { requiresGrad: isFloat(dtype), device: x.device });
}

/** Built anew for every run, as without `compile`. */
function eager(program: Program, built: Built): Results {
  const variables = built.states.map(variableOf);
  const inputs = built.inputs.map(storageOf);
  const run = () => {
    const { outputs, updates } = build(program, {
      input: ({ shape, dtype }, i) => data(inputs[i]!, shape, { requiresGrad: isFloat(dtype), device }),
      state: (_, i) => variables[i]!.read(),
    });
    for (const { state, value } of updates) variables[state]!.assign(value);
    realize(outputs);
    flush();
    return outputs.map((node) => node.storage!);
  };
  const cells = variables.map((variable) => variable.cell);
  return repeated(run, cells, built);
}

const ways = { traced, eager } as const;
export type Way = keyof typeof ways;

// ---- comparison ------------------------------------------------------------------------------------------------------------

/** What is wrong with a program, or null; `shaky` if results agreed only at the second, tolerant look. */
export interface Finding {
  readonly text: string | null;
  readonly shaky: boolean;
}

/** Compares wasm with the reference device; `trials` are those of the tolerant looks, taken as long as they object. */
export function disagreement(program: Program, way: Way = "traced", trials: readonly number[] = [32, 512]): Finding {
  const built = build(program);
  const expected = prepared("reference", built);
  const found = ways[way](program, built);
  const precision = precisionOf(built);
  let text = firstDifference(built, expected, found, precision, null);
  if (text === null) return { text, shaky: false };
  for (const count of trials) {
    text = firstDifference(built, expected, found, precision, spreadsOf(built, expected, precision, count));
    if (text === null) return { text, shaky: true };
  }
  return { text: `${way}: ${text}`, shaky: false };
}

function firstDifference(
  built: Built,
  expected: Results,
  found: Results,
  precision: number,
  spreads: readonly (readonly Float64Array[])[] | null,
): string | null {
  const roots = rootsOf(built);
  for (let run = 0; run < runs; run++) {
    for (const [i, root] of roots.entries()) {
      const [wanted, got, spread] = [expected[run]![i]!, found[run]![i]!, spreads?.[run]?.[i]];
      if (wanted.length !== got.length) return `${nameOf(built, i)}: ${got.length} values, not ${wanted.length}`;
      const tolerance = toleranceOf(root.dtype, wanted, precision);
      const differs = (x: number | bigint, k: number) => !near(x, got[k]!, tolerance + 8 * (spread?.[k] ?? 0));
      const k = Array.from<number | bigint>(wanted).findIndex(differs);
      if (k < 0) continue;
      return `${nameOf(built, i)}, element ${k} of run ${run}: ${got[k]} where the reference has ${wanted[k]}`;
    }
  }
  return null;
}

function nameOf(built: Built, i: number): string {
  if (i < built.outputs.length) return `output ${i} ${shown(built.outputs[i]!)}`;
  const update = built.updates[i - built.outputs.length]!;
  return `state ${update.state} ${shown(update.value)}`;
}

function shown(node: Node): string {
  return `${node.dtype}[${node.shape.join(", ")}]`;
}

function toleranceOf(dtype: DType, values: TypedArray, precision: number): number {
  if (!isFloat(dtype)) return 0;
  let greatest = 1;
  for (const value of numbersOf(values)) if (Number.isFinite(value)) greatest = Math.max(greatest, Math.abs(value));
  return (precision > 2 ** -12 ? 4 : 128) * precision * greatest; // what is rounded to a half is rounded alike but for neighbours
}

function near(a: number | bigint, b: number | bigint, tolerance: number): boolean {
  if (typeof a === "bigint" || typeof b === "bigint") return a === b || tolerance === Infinity;
  return a === b || Math.abs(a - b) <= tolerance || (Number.isNaN(a) && Number.isNaN(b)) || tolerance === Infinity;
}

// ---- how far errors carry ------------------------------------------------------------------------------------------------

/** Operations whose results do not round. */
const exact: ReadonlySet<string> = new Set(
  ["neg", "sign", "abs", "maximum", "minimum", "floor", "ceil", "trunc", "round", "where", "max", "min"].concat(
    "detach",
  ),
);

/** For every run, root and element: how far results move when every operation errs a little. Infinite if they cease to be numbers. */
function spreadsOf(built: Built, expected: Results, precision: number, trials: number): Float64Array[][] {
  const spreads = expected.map((results) => results.map((values) => new Float64Array(values.length)));
  for (let trial = 0; trial < trials; trial++) {
    const random = generator(trial);
    let states = built.states.map((leaf) => leaf.values);
    for (const [run, results] of expected.entries()) {
      const found = evaluateWithErrors(built, states, random, precision);
      for (const [i, values] of found.entries()) widen(spreads[run]![i]!, values, results[i]!);
      states = statesAfter(built, states, found);
    }
  }
  return spreads;
}

function statesAfter(built: Built, states: readonly TypedArray[], results: readonly TypedArray[]): TypedArray[] {
  const next = [...states];
  for (const [i, { state }] of built.updates.entries()) next[state] = results[built.outputs.length + i]!;
  return next;
}

function widen(spread: Float64Array, found: TypedArray, expected: TypedArray): void {
  for (let k = 0; k < found.length; k++) {
    const distance = Object.is(found[k], expected[k]) ? 0 : Math.abs(Number(found[k]) - Number(expected[k]));
    spread[k] = Math.max(spread[k]!, Number.isNaN(distance) ? Infinity : distance);
  }
}

/** Errors of an operation in one trial, in units of the last place; often none, so that numbers that should be equal sometimes are. */
const errorSizes = [0, 0, 1, 4] as const;

/** Evaluates all roots with small relative errors in leaves and operations that round. */
function evaluateWithErrors(
  built: Built,
  states: readonly TypedArray[],
  random: () => number,
  precision: number,
): TypedArray[] {
  const known = new Map<Node, TypedArray>();
  for (const leaf of built.inputs) known.set(leaf.node, leaf.values);
  for (const [i, leaf] of built.states.entries()) known.set(leaf.node, states[i]!);
  const erring = (values: TypedArray, magnitudes: TypedArray) => {
    const size = precision * errorSizes[Math.floor(random() * errorSizes.length)]!;
    const error = (k: number) => Number(magnitudes[k]) * size * (2 * random() - 1);
    return numbersOf(values).map((x, k) => (Number.isFinite(x) ? x + error(k) : x));
  };
  const values = new Map<Node, TypedArray>();
  for (const node of topological(rootsOf(built))) {
    const operands = node.inputs.map((x) => ({ data: values.get(x)!, shape: x.shape, dtype: x.dtype }));
    const made = known.get(node) ?? evaluateNode(node, operands);
    values.set(node, rounds(node) ? erring(made, addsUp(node) ? sumOfMagnitudes(node, operands) : made) : made);
  }
  return rootsOf(built).map((root) => values.get(root)!);
}

/** Whether results are sums of many numbers: there every partial sum is rounded, however small the whole is. */
function addsUp({ op }: Node): boolean {
  return ["reduction", "contraction", "cumulative", "scatter"].includes(op.kind);
}

/** How far a sum errs in units of the last place: by the magnitudes of its terms, and more the more they are, at worst as their number. */
function sumOfMagnitudes(node: Node, operands: readonly NDArray[]): TypedArray {
  const evaluate = (change: (x: number) => number) => {
    const changed = operands.map((x) => (isFloat(x.dtype) ? { ...x, data: numbersOf(x.data).map(change) } : x));
    return numbersOf(evaluateNode(node, changed));
  };
  const counts = evaluate(() => 1);
  return evaluate(Math.abs).map((magnitude, k) => magnitude * Math.sqrt(Math.max(1, counts[k]!)));
}

function rounds(node: Node): boolean {
  const { kind, name } = node.op;
  const moves = kind === "movement" || kind === "generator" || kind === "concatenation" || kind === "gather";
  return isFloat(node.dtype) && !moves && !exact.has(name);
}
