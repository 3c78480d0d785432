/** Shrinking: the smallest program found that still fails in the same way. */
import { isFloat } from "../../src/base/index.ts";
import type { Node } from "../../src/graph/index.ts";
import { pruned } from "./random-programs.ts";
import { callBuilder, isReference, operandsOf, ProgramBuilder, type Recipe, renamed, type Step } from "./recipe.ts";

/** Tries smaller programs until none of them fails any more, or `attempts` are used up. */
export function shrink(recipe: Recipe, fails: (recipe: Recipe) => boolean, attempts = 600): Recipe {
  let [best, left] = [recipe, attempts];
  for (let progress = true; progress; ) {
    progress = false;
    for (const smaller of candidates(best)) {
      if (left-- <= 0) return best;
      if (!fails(smaller)) continue;
      [best, progress] = [smaller, true];
      break;
    }
  }
  return best;
}

/** Smaller programs, the most daring first. */
function* candidates(recipe: Recipe): Generator<Recipe> {
  const { outputs, updates, descents } = recipe;
  if (recipe.gradients && descents.length === 0) yield { ...recipe, gradients: false };
  for (const part of halves(outputs)) yield pruned({ ...recipe, outputs: part });
  for (const part of halves(updates)) yield pruned({ ...recipe, updates: part });
  for (const part of halves(descents)) yield pruned({ ...recipe, descents: part });
  const nodes = nodesOf(recipe);
  for (let i = recipe.steps.length - 1; i >= 0; i--) {
    const step = recipe.steps[i]!;
    if (operandsOf(step).length === 0) continue;
    yield replaced(recipe, i, leafLike(nodes[i]!, i, indexedBy(recipe, nodes, i))); // cut: its value is given
    for (const operand of operandsOf(step)) if (alike(nodes[i]!, nodes[operand]!)) yield bypassed(recipe, i, operand);
  }
  for (const [i, step] of recipe.steps.entries()) {
    if (step.call === "state" && isUnchanged(recipe, i)) yield replaced(recipe, i, { call: "input", args: step.args });
    if (step.args[3] === "grid") yield replaced(recipe, i, { call: step.call, args: step.args.slice(0, 3) });
  }
}

/** A list without its one half, the other, and each of its entries. */
function* halves<T>(list: readonly T[]): Generator<readonly T[]> {
  const middle = Math.floor(list.length / 2);
  if (list.length > 2) yield* [list.slice(0, middle), list.slice(middle)];
  for (let i = 0; i < list.length; i++) yield list.toSpliced(i, 1);
}

function nodesOf(recipe: Recipe): Node[] {
  const nodes: Node[] = [];
  const builder = new ProgramBuilder();
  for (const step of recipe.steps) nodes.push(callBuilder(step, (i) => nodes[i]!, builder));
  return nodes;
}

function leafLike({ shape, dtype }: Node, seed: number, below: number | null): Step {
  return { call: "input", args: [[...shape], dtype, seed, ...(below === null ? [] : [below])] };
}

/** How many entries the axis has that a step's values index, if they do. */
function indexedBy(recipe: Recipe, nodes: readonly Node[], i: number): number | null {
  for (const { call, args } of recipe.steps) {
    const [x, index] = args;
    if ((call !== "gather" && call !== "scatterAdd") || !isReference(x!) || !isReference(index!) || index.step !== i)
      continue;
    const { axis } = args.at(-1) as { axis: number }; // the options of both
    return nodes[x.step]!.shape[axis]!;
  }
  return null;
}

function alike(a: Node, b: Node): boolean {
  return a.dtype === b.dtype && a.shape.join() === b.shape.join() && isFloat(a.dtype) === isFloat(b.dtype);
}

function isUnchanged({ updates, descents }: Recipe, state: number): boolean {
  return !descents.includes(state) && updates.every((u) => u.state !== state);
}

function replaced(recipe: Recipe, i: number, step: Step): Recipe {
  return pruned({ ...recipe, steps: recipe.steps.with(i, step) });
}

/** Whoever used step `i` uses its operand. */
function bypassed(recipe: Recipe, i: number, operand: number): Recipe {
  const name = (old: number) => (old === i ? operand : old);
  return pruned({
    ...recipe,
    steps: recipe.steps.map((step) => renamed(step, name)),
    outputs: recipe.outputs.map(name),
    updates: recipe.updates.map(({ state, value }) => ({ state, value: name(value) })),
  });
}
