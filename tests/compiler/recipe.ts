/**
 * Recipes: programs for the compiler as data. A recipe is a list of calls of graph builders, so that it can be built anew, made smaller,
 * and printed as the code that builds it.
 */
import {
  allocate,
  castScalar,
  type DType,
  dtypeInfo,
  type Elements,
  isBigInt,
  isFloat,
  type Shape,
  sizeOf,
  type TypedArray,
  wholeOf,
} from "../../src/base/index.ts";
import * as graph from "../../src/graph/index.ts";
import {
  backward,
  constant,
  mul,
  type Node,
  placeholder,
  type Root,
  sub,
  withRecording,
} from "../../src/graph/index.ts";
import { generator } from "../support/random.ts";

/** How the values of a leaf are drawn: anywhere, among few numbers so that many are equal, or from the whole numbers below one. */
export type Draw = "smooth" | "grid" | number;

/** A leaf of a program, with values for it. */
export interface Leaf {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly values: TypedArray;
}

/** Makes the nodes of leaves, each kind numbered from 0. */
export interface Leaves {
  input(leaf: Leaf, index: number): Node;
  state(leaf: Leaf, index: number): Node;
}

export const placeholders: Leaves = {
  input: ({ shape, dtype }, i) => placeholder(i, shape, dtype, { requiresGrad: isFloat(dtype) }),
  state: ({ shape, dtype }, i) => placeholder(-1 - i, shape, dtype, { requiresGrad: isFloat(dtype) }),
};

/** A program that has been built, with values for its inputs and states. */
export interface Built {
  readonly inputs: readonly (Leaf & { readonly node: Node })[];
  readonly states: readonly (Leaf & { readonly node: Node })[];
  readonly outputs: readonly Node[];
  readonly updates: readonly { readonly state: number; readonly value: Node }[];
}

/** Builds a program, node by node. */
export type Program = (p: ProgramBuilder) => void;

/** Values of a leaf; the same for the same seed. */
export function drawValues(shape: Shape, dtype: DType, seed: number, draw: Draw = "smooth"): TypedArray {
  const random = generator(seed);
  const { kind, signed } = dtypeInfo[dtype];
  const value = (u: number): number => {
    if (typeof draw === "number") return Math.floor(u * draw);
    if (kind === "bool") return Number(u < 0.5);
    if (kind === "integer") return signed ? Math.floor(u * 13) - 6 : Math.floor(u * (draw === "grid" ? 4 : 256));
    return draw === "grid" ? Math.floor(u * 5) / 2 - 1 : 3 * u - 1.5; // −1, −½, 0, ½, 1
  };
  const values = allocate(dtype, sizeOf(shape));
  const elements: Elements = values;
  for (let i = 0; i < values.length; i++) {
    const element = castScalar(value(random()), dtype);
    elements[i] = isBigInt(dtype) ? wholeOf(element) : element;
  }
  return values;
}

/** Collects a program while it is built. */
export class ProgramBuilder {
  readonly #leaves: Leaves;
  readonly #inputs: (Leaf & { readonly node: Node })[] = [];
  readonly #states: (Leaf & { readonly node: Node })[] = [];
  readonly #outputs: Node[] = [];
  readonly #updates: { readonly state: number; readonly value: Node }[] = [];
  readonly #descents: number[] = [];
  #gradients = false;

  constructor(leaves: Leaves = placeholders) {
    this.#leaves = leaves;
  }

  input(shape: Shape, dtype: DType, seed: number, draw?: Draw): Node {
    return this.#add("input", this.#inputs, { shape, dtype, values: drawValues(shape, dtype, seed, draw) });
  }

  state(shape: Shape, dtype: DType, seed: number, draw?: Draw): Node {
    return this.#add("state", this.#states, { shape, dtype, values: drawValues(shape, dtype, seed, draw) });
  }

  #add(kind: "input" | "state", list: (Leaf & { readonly node: Node })[], leaf: Leaf): Node {
    const node = this.#leaves[kind](leaf, list.length);
    list.push({ ...leaf, node });
    return node;
  }

  output(...nodes: readonly Node[]): void {
    this.#outputs.push(...nodes);
  }

  /** Assigns a value to a state at the end of every run. */
  update(state: Node, value: Node): void {
    this.#updates.push({ state: this.#numberOf(state), value });
  }

  #numberOf(state: Node): number {
    return this.#states.findIndex(({ node }) => node === state);
  }

  /** Asks for the gradients of all floating leaves, as further outputs. */
  gradients(): void {
    this.#gradients = true;
  }

  /** Takes a step of gradient descent on a state at the end of every run. */
  descend(state: Node): void {
    this.#descents.push(this.#numberOf(state));
  }

  finish(): Built {
    const found = this.#gradients || this.#descents.length > 0 ? this.#backward() : new Map<Node, Node>();
    const gradients = this.#gradients ? this.#nodes().flatMap((node) => found.get(node) ?? []) : [];
    const descents = this.#descents.map((state) => ({ state, value: descended(this.#states[state]!.node, found) }));
    return {
      inputs: this.#inputs,
      states: this.#states,
      outputs: [...this.#outputs, ...gradients],
      updates: [...this.#updates, ...descents],
    };
  }

  #nodes(): Node[] {
    return [...this.#inputs, ...this.#states].map((leaf) => leaf.node);
  }

  /** Gradients of Σ ⟨cotangent, output⟩ with cotangents that are inputs too. */
  #backward(): Map<Node, Node> {
    const targets = this.#nodes().filter((node) => node.requiresGrad);
    const differentiable = this.#outputs.filter((node) => node.requiresGrad);
    const roots = differentiable.map((node, i): Root => ({ node, cotangent: this.input(node.shape, node.dtype, i) }));
    return withRecording(false, () => backward(roots, targets));
  }
}

/** w − g/8; w itself where nothing flows into it. */
function descended(state: Node, gradients: ReadonlyMap<Node, Node>): Node {
  const gradient = gradients.get(state);
  return gradient === undefined ? state : sub(state, mul(constant(0.125, state.shape, state.dtype), gradient));
}

export function build(program: Program, leaves: Leaves = placeholders): Built {
  const builder = new ProgramBuilder(leaves);
  program(builder);
  return builder.finish();
}

// ---- recipes -----------------------------------------------------------------------------------------------------------

/** The value that an earlier step has made. */
export interface Reference {
  readonly step: number;
}

type Plain = number | string | boolean | readonly number[];
export type Argument = Reference | readonly Reference[] | Plain | { readonly [option: string]: Plain };

/** A call of a graph builder, or of `input` or `state`. */
export interface Step {
  readonly call: string;
  readonly args: readonly Argument[];
}

export interface Recipe {
  readonly steps: readonly Step[];
  readonly outputs: readonly number[];
  readonly updates: readonly { readonly state: number; readonly value: number }[];
  /** States that take a step of gradient descent. */
  readonly descents: readonly number[];
  readonly gradients: boolean;
}

export function isReference(arg: Argument): arg is Reference {
  return typeof arg === "object" && "step" in arg && typeof arg.step === "number";
}

function areReferences(arg: Argument): arg is readonly Reference[] {
  return Array.isArray(arg) && arg.length > 0 && typeof arg[0] === "object";
}

export function isLeafCall(call: string): boolean {
  return call === "input" || call === "state";
}

/** The steps that a step uses. */
export function operandsOf(step: Step): number[] {
  return step.args.flatMap((arg) => {
    if (isReference(arg)) return [arg.step];
    return areReferences(arg) ? arg.map((ref) => ref.step) : [];
  });
}

/** A step whose references are renamed. */
export function renamed(step: Step, name: (step: number) => number): Step {
  const args = step.args.map((arg): Argument => {
    if (isReference(arg)) return { step: name(arg.step) };
    return areReferences(arg) ? arg.map((ref) => ({ step: name(ref.step) })) : arg;
  });
  return { call: step.call, args };
}

/** Calls one builder. */
export function callBuilder(step: Step, node: (step: number) => Node, p: ProgramBuilder): Node {
  const args = step.args.map((arg) => {
    if (isReference(arg)) return node(arg.step);
    return areReferences(arg) ? arg.map((ref) => node(ref.step)) : arg;
  });
  if (step.call === "input" || step.call === "state") return p[step.call](...(args as [Shape, DType, number, Draw?]));
  // the generator gives each builder what it takes, and the builders check it again
  const builders = graph as unknown as Readonly<Record<string, (...args: readonly unknown[]) => Node>>;
  return builders[step.call]!(...args);
}

export function programOf(recipe: Recipe): Program {
  return (p) => {
    const nodes: Node[] = [];
    for (const step of recipe.steps) nodes.push(callBuilder(step, (i) => nodes[i]!, p));
    p.output(...recipe.outputs.map((i) => nodes[i]!));
    for (const { state, value } of recipe.updates) p.update(nodes[state]!, nodes[value]!);
    for (const state of recipe.descents) p.descend(nodes[state]!);
    if (recipe.gradients) p.gradients();
  };
}

// ---- as code -----------------------------------------------------------------------------------------------------------

function shownArgument(arg: Argument): string {
  if (isReference(arg)) return `v${arg.step}`;
  if (areReferences(arg)) return `[${arg.map(shownArgument).join(", ")}]`;
  if (Array.isArray(arg)) return `[${arg.join(", ")}]`;
  if (typeof arg === "object") {
    const options = Object.entries(arg).map(([name, value]) => `${name}: ${shownArgument(value)}`);
    return `{ ${options.join(", ")} }`;
  }
  if (typeof arg === "number") return Object.is(arg, -0) ? "-0" : String(arg);
  return JSON.stringify(arg);
}

/** The recipe as the code of a `Program`. */
export function codeOf(recipe: Recipe): string {
  const used = new Set([...recipe.steps.flatMap(operandsOf), ...recipe.outputs, ...recipe.descents]);
  for (const { state, value } of recipe.updates) used.add(state).add(value);
  const lines = recipe.steps.map(({ call, args }, i) => {
    const text = `${isLeafCall(call) ? "p." : ""}${call}(${args.map(shownArgument).join(", ")});`;
    return used.has(i) ? `const v${i} = ${text}` : text;
  });
  if (recipe.outputs.length > 0) lines.push(`p.output(${recipe.outputs.map((i) => `v${i}`).join(", ")});`);
  for (const { state, value } of recipe.updates) lines.push(`p.update(v${state}, v${value});`);
  for (const state of recipe.descents) lines.push(`p.descend(v${state});`);
  if (recipe.gradients) lines.push("p.gradients();");
  return `(p) => {\n${lines.map((line) => `  ${line}`).join("\n")}\n}`;
}
