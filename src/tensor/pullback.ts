/**
 * Derivatives through compiled functions. What a compiled function returns is a value without a graph; should `backward` come to it, the
 * function is run once more, as the plain function that it was made of, on the arguments and variables of that call, and the cotangent goes on from there.
 */
import { GradientError, type Storage, show } from "../base/index.ts";
import { data, type GradientSink, type Node, realNodes, withRecording } from "../graph/index.ts";
import { type Asked, flush, inTrace, isTracing, Trace, type TracedProgram, type Variable } from "../runtime/index.ts";
import { leaveGradients } from "./handle.ts";

/** A call of a compiled function that derivatives may be asked of. */
export class Call {
  readonly #program: TracedProgram;
  readonly #again: () => readonly Node[];
  /** Values that the run has replaced: a generator's counter, running statistics. */
  readonly #before: ReadonlyMap<Variable, Storage>;
  readonly #versions: readonly number[];
  /** Gradients that were there, as far as the function has asked for them. */
  readonly #gradients: readonly (readonly [Asked, Node | null])[];
  #outputs: readonly Node[] | null = null;

  /** To be made before the run of `program`, which may replace values; `again` runs the plain function and gives its results. */
  constructor(program: TracedProgram, again: () => readonly Node[]) {
    flush(); // what was assigned and not computed yet is what the run will find
    const { states, updates, asked } = program.graph;
    this.#program = program;
    this.#again = again;
    const replaced = updates.map(({ state }) => states[state]!.variable);
    this.#before = new Map(replaced.map((variable) => [variable, variable.cell.read()]));
    this.#gradients = asked.size === 0 ? [] : Array.from(asked.keys(), (gradient) => [gradient, gradient.present]);
    this.#versions = states.map(({ variable }) => variable.cell.version);
  }

  /** Takes the cotangent of the result at `place`. */
  sink(place: number): GradientSink {
    return { accumulate: (cotangent) => this.#pull(place, cotangent) };
  }

  #pull(place: number, cotangent: Node): void {
    if (isTracing())
      throw new GradientError(
        "backward: a derivative inside compile() cannot go on into a compiled function that was called outside; call it inside, or cut its result off with detach()",
      );
    this.#outputs ??= this.#replay();
    leaveGradients(this.#outputs[place]!, cotangent);
  }

  #replay(): readonly Node[] {
    if (!this.#program.fieldsHold())
      throw new GradientError(
        "backward: a module or option has changed since the compiled function was called; call backward() before changing it",
      );
    const trace = new Trace();
    this.#program.graph.states.forEach(({ variable }, i) => {
      const leaf = this.#leafOf(variable, this.#versions[i]!);
      trace.states.set(variable, { variable, placeholder: leaf, current: leaf, assigned: null });
    });
    for (const [gradient, before] of this.#gradients) trace.asked.set(gradient, before);
    return inTrace(() => withRecording(true, this.#again), trace); // as at the call, also where backward() is called under noGrad()
  }

  #leafOf(variable: Variable, version: number): Node {
    const before = this.#before.get(variable);
    if (before !== undefined) return data(before, variable.cell.shape, { device: variable.device });
    if (variable.isAt(version)) return variable.read();
    throw new GradientError(
      `backward: a variable of shape ${show(variable.cell.shape)} has changed since the compiled function used it; call backward() before the step that changes it`,
    );
  }
}

/** Of results of a function that has changed its parameters itself: the graph they were made of is gone. */
export const spent: GradientSink = {
  refuses: true,
  accumulate() {
    throw new GradientError(
      "backward: a value that this one is made of came out of a compiled function that has changed its parameters since; call backward() inside of it, or cut the value off with detach()",
    );
  },
};

/** Whether derivatives of the node are refused. */
export function isSpent(node: Node): boolean {
  return realNodes(node).some((part) => part.sink?.refuses === true);
}
