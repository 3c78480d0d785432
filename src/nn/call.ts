/** Calling modules: their errors carry the path, the shape of what they gave is remembered for the layer table, and a trace notes their fields. */
import { GradusError, type Shape } from "../base/index.ts";
import { noteFields } from "../runtime/index.ts";
import { Tensor } from "../tensor/index.ts";
import type { AnyModule } from "./module.ts";

const outputs = new WeakMap<AnyModule, Shape>();
/** The innermost module in which an error arose. */
const origins = new WeakMap<Error, AnyModule>();
let depth = 0;

/** Sees what a module gave, may run its `forward` again, and says what is passed on. */
export type Observer = <Output>(module: AnyModule, output: Output, again: () => Output) => Output;
let observer: Observer | null = null;

/** Runs `run` with an observer of every call of a module in it. */
export function observing<Result>(seeing: Observer, run: () => Result): Result {
  const before = observer;
  observer = seeing;
  try {
    return run();
  } finally {
    observer = before;
  }
}

/** The shape of the last output of a module, if it was one tensor. */
export function lastOutput(module: AnyModule): Shape | undefined {
  return outputs.get(module);
}

/** Runs `forward`; an error that leaves the outermost module is told as `net.head.fc2: matmul: …`. */
export function callModule<Input extends readonly unknown[], Output>(
  module: AnyModule,
  forward: (...inputs: Input) => Output,
  inputs: Input,
): Output {
  depth++;
  noteFields(module);
  try {
    const again = (): Output => Reflect.apply(forward, module, inputs);
    const output = observer === null ? again() : observer(module, again(), again);
    if (output instanceof Tensor) outputs.set(module, output.shape);
    return output;
  } catch (error) {
    if (error instanceof GradusError) {
      if (!origins.has(error)) origins.set(error, module);
      if (depth === 1) addPath(error, module, origins.get(error)!);
    }
    throw error;
  } finally {
    depth--;
  }
}

function addPath(error: GradusError, root: AnyModule, origin: AnyModule): void {
  const named = [...root.namedModules()];
  if (named.length === 1) return; // a layer by itself: the operation says enough
  const name = root.constructor.name;
  const path = named.find(([, module]) => module === origin)?.[0] ?? ""; // made within forward: a module without a name
  const told = `${[name.charAt(0).toLowerCase() + name.slice(1), path].filter(Boolean).join(".")}: ${error.message}`;
  if (error.stack !== undefined) error.stack = error.stack.replace(error.message, () => told);
  error.message = told;
}
