/** Whether two traces of a function are one program, and if not, what has changed. */
import { type Storage, show } from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import { defaultDevice } from "./devices.ts";
import { computeCaptured, rootsOf, type TracedGraph } from "./program.ts";
import { type Structure, structureOf } from "./structure.ts";
import type { Variable } from "./variable.ts";

/** What a trace computes, with the values that it has found outside. */
export interface Fingerprint {
  readonly structure: Structure;
  readonly captured: readonly Storage[];
  readonly variables: readonly Variable[];
}

export function fingerprintOf(graph: TracedGraph): Fingerprint {
  const roots = rootsOf(graph);
  computeCaptured(roots, graph.first);
  const structure = structureOf(roots, defaultDevice());
  const captured = structure.inputs.map((input) => input.storage!); // known ones
  return { structure, captured, variables: graph.states.map(({ variable }) => variable) };
}

/** What is different in the second of two traces, in words; null if nothing is. */
export function difference(before: Fingerprint, now: Fingerprint): string | null {
  const [a, b] = [before.structure, now.structure];
  if (a.skeleton !== b.skeleton) return changedText(a.skeleton.split(";"), b.skeleton.split(";"));
  const number = a.numbers.findIndex((node, i) => !Object.is(numberOf(node), numberOf(b.numbers[i]!)));
  if (number >= 0)
    return `a number that was ${String(numberOf(a.numbers[number]!))} is ${String(numberOf(b.numbers[number]!))}`;
  const place = before.captured.findIndex((storage, i) => !sameValues(storage, now.captured[i]!));
  if (place >= 0)
    return `a tensor of ${a.inputs[place]!.dtype} ${show(a.inputs[place]!.shape)} that is used from outside has other values`;
  const variable = before.variables.findIndex((v, i) => v !== now.variables[i]);
  if (variable >= 0) return `a variable of shape ${show(before.variables[variable]!.cell.shape)} is another one`;
  return null;
}

function changedText(before: readonly string[], now: readonly string[]): string {
  const i = before.findIndex((text, k) => text !== now[k]);
  const at = i < 0 ? before.length : i;
  return `operation ${at} is ${now[at] || "no more"}, it was ${before[at] || "not there"}`;
}

function numberOf(node: Node): unknown {
  return node.params.value;
}

function sameValues(a: Storage, b: Storage): boolean {
  if (a === b) return true;
  if (a.dtype !== b.dtype || a.size !== b.size) return false;
  const [x, y] = [a.array(), b.array()];
  for (let i = 0; i < x.length; i++) if (!Object.is(x[i], y[i])) return false;
  return true;
}
