/**
 * Loop axes: which loops a kernel runs, and along which of them it works on several elements at once.
 *
 * The loops need not be the axes of the arrays. Axes are joined where every array is read straight through both, and split where
 * an array is read through a reshape that cuts an axis, so that inside the loops every address moves in constant steps.
 */
import { type Shape, sizeOf } from "../base/index.ts";
import {
  type Index,
  type LoopVariable,
  linearIndex,
  unravelIndex,
  variableIndex,
  variablesOf,
} from "../graph/index.ts";
import { extentLimit } from "./builder.ts";
import { type Access, coefficientOf } from "./evaluate.ts";

/** A choice of loops for one group of axes: their extents, and every original axis as an index of them. */
export interface Axes {
  readonly variables: readonly LoopVariable[];
  readonly index: readonly Index[];
}

/** Loops of the given extents over the axes of `shape`; both have the same number of elements. */
export function axesOver(shape: Shape, extents: Shape, variable: (extent: number) => LoopVariable): Axes {
  const variables = extents.map(variable);
  const linear = linearIndex(variables.map(variableIndex), extents);
  return { variables, index: unravelIndex(linear, shape) };
}

/** Accesses of a kernel whose groups of axes run over the given extents, one list of extents a group. */
export type Probe = (groups: readonly Shape[]) => readonly Access[];

/** How many accesses do not move in constant steps. */
function broken(accesses: readonly Access[]): number {
  let count = 0;
  for (const { linear } of accesses) if (linear.terms.some((t) => t.atom.kind !== "variable")) count++;
  return count;
}

/** Chooses extents for every group of axes. */
export function chooseExtents(shapes: readonly Shape[], probe: Probe): Shape[] {
  let groups: Shape[] = shapes.map((shape) => shape.filter((n) => n !== 1));
  if (groups.every((g) => g.length === 0) || groups.some((g) => sizeOf(g) === 0)) return groups;
  const joined = groups.map((g) => (g.length > 1 && sizeOf(g) < extentLimit ? [sizeOf(g)] : g));
  if (broken(probe(joined)) === 0) return joined;
  groups = split(groups, probe);
  let best = broken(probe(groups));
  for (let g = 0; g < groups.length; g++) {
    for (let i = groups[g]!.length - 2; i >= 0; i--) {
      const axes = groups[g]!;
      const extent = axes[i]! * axes[i + 1]!;
      if (extent >= extentLimit) continue;
      const merged = [...axes.slice(0, i), extent, ...axes.slice(i + 2)];
      const attempt = groups.map((other, at) => (at === g ? merged : other));
      const count = broken(probe(attempt));
      if (count <= best) {
        best = count;
        groups = attempt;
      }
    }
  }
  return groups;
}

/** Splits axes at the sizes by which their variables are divided in some access. */
function split(start: readonly Shape[], probe: Probe): Shape[] {
  let groups = [...start];
  for (let round = 0; round < 3; round++) {
    const accesses = probe(groups);
    let count = broken(accesses);
    if (count === 0) break;
    let changed = false;
    for (const { extent, by } of divisions(accesses)) {
      const attempt = groups.map((g) => {
        const at = g.indexOf(extent);
        return at < 0 ? g : [...g.slice(0, at), extent / by, by, ...g.slice(at + 1)];
      });
      const now = broken(probe(attempt));
      if (now < count) {
        [groups, count, changed] = [attempt, now, true];
        break;
      }
    }
    if (!changed) break;
  }
  return groups;
}

/** Extents of single variables that some access divides, with the divisors that fit. */
function divisions(accesses: readonly Access[]): { extent: number; by: number }[] {
  const found = new Map<string, { extent: number; by: number }>();
  const visit = (index: Index): void => {
    for (const { atom } of index.terms) {
      if (atom.kind === "variable") continue;
      visit(atom.of);
      for (const variable of variablesOf(atom.of)) {
        if (atom.by < variable.extent && variable.extent % atom.by === 0)
          found.set(`${variable.extent}/${atom.by}`, { extent: variable.extent, by: atom.by });
      }
    }
  };
  for (const { linear } of accesses) visit(linear);
  return [...found.values()];
}

/** The loop along which to work in lanes: where most accesses read neighbours. Null if none is long enough to pay. */
export function chooseVector(
  variables: readonly LoopVariable[],
  accesses: readonly Access[],
  stores: readonly Index[],
  lanes: number,
): LoopVariable | null {
  if (lanes === 1) return null;
  let [best, bestScore]: [LoopVariable | null, number] = [null, 0];
  for (const variable of variables) {
    if (variable.extent < lanes) continue;
    let score = 0;
    for (const { linear, guarded } of accesses) score += weigh(coefficientOf(linear, variable), guarded);
    for (const store of stores) score += 2 * weigh(coefficientOf(store, variable), false);
    if (score > bestScore) [best, bestScore] = [variable, score];
  }
  return best;
}

function weigh(coefficient: number | null, guarded: boolean): number {
  if (coefficient === 1) return guarded ? -1 : 2;
  if (coefficient === 0) return 0.5; // one element serves all lanes
  return -2; // lanes are gathered one by one
}
