/**
 * A module is a function with parameters: a layer, or a network made of layers.
 *
 * Nothing is registered. Parameters, buffers and inner modules are found by looking at the properties of the object, in
 * the order in which they were set, through arrays and plain objects too: `this.blocks = [new Block(), new Block()]`
 * has the names `blocks.0` and `blocks.1`. (JavaScript's private `#fields` cannot be seen from here: what should be
 * trained or saved must be a property.)
 *
 * Names are PyTorch's: the path of properties, with a parameter's or buffer's own name in snake case (`bn.runningMean`
 * is `bn.running_mean`), so that a state dict travels in both directions.
 */
import type { Shape } from "../base/index.ts";
import { Watched } from "../runtime/index.ts";
import { noGrad, Tensor, zeros } from "../tensor/index.ts";
import { callModule, lastOutput } from "./call.ts";
import { isBuffer, isParameter } from "./parameter.ts";
import { type LoadReport, loadState, type StateDict } from "./state.ts";
import { layerTable } from "./table.ts";

export interface LoadOptions {
  /** Whether missing and unexpected keys are errors; true by default. Wrong shapes always are. */
  readonly strict?: boolean;
}

/**
 * What layers and networks extend: `forward` is theirs to write, everything else follows from their properties.
 *
 * @example
 * class Net extends Module {
 *   hidden = new Linear(4, 8);
 *   head = new Linear(8, 3);
 *
 *   override forward(x) {
 *     return this.head.forward(this.hidden.forward(x).relu());
 *   }
 * }
 * const net = new Net();
 * net.forward(ones([2, 4])).shape; // => [ 2, 3 ]
 * Object.keys(net.stateDict()); // => [ 'hidden.weight', 'hidden.bias', 'head.weight', 'head.bias' ]
 */
export abstract class Module<Input extends readonly unknown[] = [x: Tensor], Output = Tensor> extends Watched {
  /** Whether dropout drops and batch statistics are taken; set it for the whole network with `train()` and `eval()`. */
  training = true;

  constructor() {
    super();
    const forward = this.forward; // the class's own; the property below adds the module's path to its errors
    const value = (...inputs: Input): Output => callModule(this, forward, inputs);
    Object.defineProperty(this, "forward", { value, configurable: true, writable: true, enumerable: false });
  }

  /** The function itself. */
  abstract forward(...inputs: Input): Output;

  /** The class and its sizes, for the layer table: `Linear(784, 10)`. */
  describe(): string {
    return this.constructor.name;
  }

  /** The properties that are looked at for parameters, buffers and modules. */
  protected entries(): Iterable<[string, unknown]> {
    return Object.entries(this);
  }

  /** The modules directly inside this one. */
  *namedChildren(): Generator<[string, AnyModule]> {
    for (const [name, member] of this.#members()) if (member instanceof Module) yield [name, member];
  }

  /** This module (with the empty name) and all inside it, each once. */
  *namedModules(): Generator<[string, AnyModule]> {
    yield* walk(this, "", new Set());
  }

  modules(): AnyModule[] {
    return Array.from(this.namedModules(), ([, module]) => module);
  }

  /** Every parameter under its name; one that is shared comes once, under its first name. */
  namedParameters(): Generator<[string, Tensor]> {
    return unique(this.#leaves(), isParameter);
  }

  parameters(): Tensor[] {
    return Array.from(this.namedParameters(), ([, parameter]) => parameter);
  }

  /** Every buffer: state that is saved but not trained, such as running statistics. */
  namedBuffers(): Generator<[string, Tensor]> {
    return unique(this.#leaves(), isBuffer);
  }

  buffers(): Tensor[] {
    return Array.from(this.namedBuffers(), ([, buffer]) => buffer);
  }

  /** Sets this module and all inside it to training (or, with false, to evaluation). */
  train(on = true): this {
    for (const module of this.modules()) module.training = on;
    return this;
  }

  eval(): this {
    return this.train(false);
  }

  /** Calls `action` on this module and all inside it, inner ones first. */
  apply(action: (module: AnyModule) => void): this {
    for (const module of this.modules().reverse()) action(module);
    return this;
  }

  /** Forgets all gradients. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.grad = null;
  }

  /**
   * Gives back at once the device memory that parameters and buffers take. Never needed: memory that runs short is made free by itself. Their values move to
   * JavaScript's memory; nothing is lost, and a module that is used again moves in again.
   *
   * @example
   * const layer = new Linear(2, 1, { bias: false });
   * layer.weight.assign(tensor([[3, 4]]));
   * layer.dispose();
   * layer.forward(tensor([[1, 1]])); // => [[7.]]
   */
  dispose(): void {
    for (const [, leaf] of this.#leaves()) leaf.variable?.leave();
  }

  /** The present values of all parameters and buffers under PyTorch's names. Later training does not change them. */
  stateDict(): StateDict {
    return Object.fromEntries(Array.from(this.#leaves(), ([name, leaf]) => [name, leaf.detach()]));
  }

  /**
   * Sets all parameters and buffers.
   *
   * @returns  the keys that were missing and unexpected; both empty under `strict`
   * @throws ValueError  naming all missing and unexpected keys with the nearest names, and all shapes that differ;
   *                     nothing is set then
   */
  loadStateDict(dict: StateDict, { strict = true }: LoadOptions = {}): LoadReport {
    return loadState(this.constructor.name, new Map(this.#leaves()), dict, strict);
  }

  /**
   * A table of the layers: output shapes, weights, numbers of parameters.
   *
   * Output shapes are those of the last call of `forward`; with `input`, the shape of an input (or an input), of a call
   * made for the purpose.
   */
  override toString({ input }: { input?: Shape | Tensor } = {}): string {
    if (input !== undefined) this.#tryOn(input instanceof Tensor ? input : zeros(input));
    return layerTable(this.constructor.name, [...this.namedModules()], lastOutput);
  }

  #tryOn(input: Tensor): void {
    const modes = this.modules().map((module) => [module, module.training] as const);
    this.eval();
    try {
      // a network of several inputs cannot be tried on one: its forward says so
      noGrad(() => this.forward(...([input] as readonly unknown[] as Input)));
    } finally {
      for (const [module, mode] of modes) module.training = mode;
    }
  }

  #members(): Generator<[string, Member]> {
    return membersOf(this.entries());
  }

  /**
   * Parameters and buffers with their full names; shared ones under each of their names, as in PyTorch's state dict.
   */
  *#leaves(): Generator<[string, Tensor]> {
    for (const [path, module] of walk(this, "", null)) {
      for (const [name, member] of module.#members()) {
        if (!(member instanceof Module)) yield [join(path, snakeCase(name)), member];
      }
    }
  }
}

/** A module of whatever inputs and outputs. */
export type AnyModule = Module<never, unknown>;

type Member = Tensor | AnyModule;

function* membersOf(entries: Iterable<[string, unknown]>): Generator<[string, Member]> {
  for (const [name, value] of entries) {
    if (value instanceof Module || isParameter(value) || isBuffer(value)) yield [name, value];
    else if (isContainer(value))
      yield* membersOf(Object.entries(value).map(([key, inner]) => [`${name}.${key}`, inner]));
  }
}

function isContainer(value: unknown): value is object {
  return (
    Array.isArray(value) ||
    (typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype)
  );
}

/** The module and all inside it; each once when `seen` is given. */
function* walk(module: AnyModule, path: string, seen: Set<AnyModule> | null): Generator<[string, AnyModule]> {
  if (seen?.has(module)) return;
  seen?.add(module);
  yield [path, module];
  for (const [name, child] of module.namedChildren()) yield* walk(child, join(path, name), seen);
}

/** The leaves that are wanted, each once. */
function* unique(leaves: Iterable<[string, Tensor]>, wanted: (leaf: Tensor) => boolean): Generator<[string, Tensor]> {
  const seen = new Set<Tensor>();
  for (const [name, leaf] of leaves) {
    if (!wanted(leaf) || seen.has(leaf)) continue;
    seen.add(leaf);
    yield [name, leaf];
  }
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** weightIhL0 → weight_ih_l0 */
function snakeCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}
