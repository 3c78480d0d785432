/** Loops over steps in which each step needs the one before: recurrences, running quantities, dynamic programs. */
import { checkOptions, type Shape, ShapeError, sameShape, show, ValueError } from "../base/index.ts";
import {
  complex,
  dependentOn,
  type Node,
  realNodes,
  resultOf,
  scanLeaf,
  scan as scanNodes,
  topological,
} from "../graph/index.ts";
import { asPlain, collectChecks, noteCheck, watchAssignments } from "../runtime/index.ts";
import { zeros } from "./creation.ts";
import { Tensor } from "./tensor.ts";

/** What a step gives back. */
export interface Stepped {
  /** The state after the step: as many tensors as there were before it, of the same shapes and dtypes. */
  readonly state: readonly Tensor[];
  /** What the step has computed besides; none when absent. */
  readonly outputs?: readonly Tensor[] | undefined;
}

export interface LoopOptions {
  /** Whether the last entries of the inputs come first; the outputs keep the order of the inputs. False when absent. */
  readonly reverse?: boolean | undefined;
  /** How many steps there are; needed only where there are no inputs. */
  readonly steps?: number | undefined;
}

/** A loop done. */
export interface Scanned {
  /** The state after the last step. */
  readonly state: readonly Tensor[];
  /** What each step gave, along a new first axis: [steps, ...shape]. */
  readonly outputs: readonly Tensor[];
}

/**
 * Runs `step` along the first axis of the inputs, each time on the state that the step before has left:
 *
 *     state, outputs[t] = step(state, inputs[t])     for t = 0 … steps − 1
 *
 * `step` is called once, to learn what it does. It becomes a loop of the program: the time to compile and the size of the program do not depend on the number
 * of steps. What it uses from outside is the same at every step, random numbers included. Derivatives of any order, in both directions, are loops
 * likewise; a gradient with respect to what comes from outside, such as a weight, is one contraction over all steps.
 *
 * @param initial  the state before the first step
 * @param inputs   arrays with the same number of entries along their first axis
 * @throws ShapeError  when the inputs have not the same number of steps, or the state does not keep its shapes and dtypes
 * @throws ValueError  when nothing says how many steps there are, or the step assigns what depends on it to a variable
 * Source: Blelloch 1990, Prefix sums and their applications, for the name; the form is that of JAX's `lax.scan`.
 * @example
 * // a running product: 1, 1·2, 1·2·3, 1·2·3·4
 * const { state, outputs } = scan(
 *   ([p], [x]) => ({ state: [p.mul(x)], outputs: [p.mul(x)] }),
 *   [tensor(1)],
 *   [tensor([1, 2, 3, 4])],
 * );
 * outputs[0]; // => [ 1.  2.  6. 24.]
 * state[0]; // => 24.0
 */
export function scan(
  step: (state: readonly Tensor[], inputs: readonly Tensor[]) => Stepped,
  initial: readonly Tensor[],
  inputs: readonly Tensor[],
  options: LoopOptions = {},
): Scanned {
  checkOptions("scan", options, ["reverse", "steps"]);
  const { reverse = false, steps: wanted } = options;
  const steps = stepsOf(inputs, wanted);
  const leafOf = (x: Tensor, shape: Shape): Tensor => byParts(x.node, (part) => scanLeaf(shape, part));
  const states = initial.map((x) => leafOf(x, x.shape));
  const slices = inputs.map((x) => leafOf(x, x.shape.slice(1)));
  const {
    result: { state, outputs = [] },
    checks,
  } = collectChecks(() =>
    watchAssignments(refuseStepValues([...states, ...slices]), () => asPlain(() => step(states, slices))),
  );
  checkState(initial, state);
  if (steps === 0) {
    return { state: initial, outputs: outputs.map((y) => zeros([0, ...y.shape], { dtype: y.dtype })) };
  }
  const results = outputs.flatMap((y) => realNodes(y.node));
  const unneeded = checksBeside([...state.flatMap((y) => realNodes(y.node)), ...results], checks);
  const loop = scanNodes({
    steps,
    reverse,
    states: states.flatMap((leaf, i) => {
      const [before, after] = [realNodes(initial[i]!.node), realNodes(state[i]!.node)];
      return realNodes(leaf.node).map((part, k) => ({ leaf: part, initial: before[k]!, next: after[k]! }));
    }),
    slices: slices.flatMap((leaf, i) => {
      const values = realNodes(inputs[i]!.node);
      return realNodes(leaf.node).map((part, k) => ({ leaf: part, values: values[k]! }));
    }),
    outputs: [...results, ...unneeded],
  });
  for (const check of unneeded) noteCheck(resultOf(loop, check, true));
  return {
    state: state.map((x) => byParts(x.node, (part) => resultOf(loop, part, true))),
    outputs: outputs.map((y) => byParts(y.node, (part) => resultOf(loop, part, false))),
  };
}

/** Checks of a step that none of its results needs. */
function checksBeside(results: readonly Node[], checks: readonly Node[]): Node[] {
  if (checks.length === 0) return [];
  const needed = new Set(topological(results));
  return checks.filter((check) => !needed.has(check));
}

/** A tensor made from each real part of a node; loops know real numbers only. */
function byParts(node: Node, make: (part: Node) => Node): Tensor {
  const [re, im] = realNodes(node);
  return new Tensor(im === undefined ? make(re!) : complex(make(re!), make(im)));
}

/** A variable cannot hold what is another value at every step; it can be a state instead. */
function refuseStepValues(given: readonly Tensor[]): (value: Node) => void {
  const leaves = new Set(given.map((x) => x.node));
  return (value) => {
    if (!dependentOn(leaves, [value]).has(value)) return;
    throw new ValueError(
      "scan: the step assigns to a variable (running statistics, say) what is another value at every step; make it a state of the loop and assign the last one",
    );
  };
}

function stepsOf(inputs: readonly Tensor[], wanted: number | undefined): number {
  const flat = inputs.findIndex((x) => x.ndim === 0);
  if (flat >= 0) throw new ShapeError(`scan: input ${flat} is a scalar; its first axis counts the steps`);
  const steps = wanted ?? inputs[0]?.shape[0];
  if (steps === undefined || !Number.isInteger(steps) || steps < 0)
    throw new ValueError(
      `scan: ${steps === undefined ? "without inputs nothing says how many steps there are" : `${steps} steps are no whole number from 0`}; give { steps }`,
    );
  const other = inputs.find((x) => x.shape[0] !== steps);
  if (other !== undefined)
    throw new ShapeError(
      `scan: an input of shape ${show(other.shape)} has ${other.shape[0]} entries along its first axis; there are ${steps} steps`,
    );
  return steps;
}

function checkState(before: readonly Tensor[], after: readonly Tensor[]): void {
  if (after.length !== before.length)
    throw new ShapeError(`scan: the step gave a state of ${after.length} tensors; it was given ${before.length}`);
  before.forEach((x, i) => {
    const y = after[i]!;
    if (sameShape(x.shape, y.shape) && x.dtype === y.dtype) return;
    throw new ShapeError(
      `scan: state ${i} is ${y.dtype} ${show(y.shape)} after the step and was ${x.dtype} ${show(x.shape)} before it; a state keeps its shape and dtype`,
    );
  });
}
