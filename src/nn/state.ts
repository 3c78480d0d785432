/** State dicts: named values of parameters and buffers, and what is told when they do not fit a network. */
import { nearest, sameShape, show, ValueError } from "../base/index.ts";
import type { Tensor } from "../tensor/index.ts";

/** Values of parameters and buffers under PyTorch's names. */
export type StateDict = Readonly<Record<string, Tensor>>;

/** What `loadStateDict` did not find a value or a place for. */
export interface LoadReport {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
}

/**
 * Assigns all of `dict` to `state`, or nothing.
 *
 * @example
 * const weight = new Parameter(zeros([2]));
 * loadState("a network", new Map([["weight", weight]]), { weight: tensor([1, 2]) }, true); // => { missing: [], unexpected: [] }
 * weight; // => [1. 2.]
 */
export function loadState(
  owner: string,
  state: ReadonlyMap<string, Tensor>,
  dict: StateDict,
  strict: boolean,
): LoadReport {
  const missing = [...state.keys()].filter((key) => !Object.hasOwn(dict, key));
  const unexpected = Object.keys(dict).filter((key) => !state.has(key));
  const present = [...state].filter(([key]) => Object.hasOwn(dict, key));
  const problems: string[] = [];
  if (strict && missing.length > 0) problems.push(`missing ${listWithNearest(missing, unexpected)}`);
  if (strict && unexpected.length > 0) problems.push(`unexpected ${listWithNearest(unexpected, missing)}`);
  for (const [key, target] of present) {
    const found = dict[key]!.shape;
    if (!sameShape(found, target.shape))
      problems.push(`${key} has shape ${show(found)}, expected ${show(target.shape)}`);
  }
  if (problems.length > 0)
    throw new ValueError(`loadStateDict: the state dict does not fit ${owner}: ${problems.join("; ")}`);
  for (const [key, target] of present) target.assign(dict[key]!.detach().astype(target.dtype));
  return { missing, unexpected };
}

/** `fc1.weight (nearest: fc_1.weight), fc1.bias` */
function listWithNearest(keys: readonly string[], others: readonly string[]): string {
  return keys
    .map((key) => {
      const other = nearest(key, others);
      return other === null ? key : `${key} (nearest: ${other})`;
    })
    .join(", ");
}
