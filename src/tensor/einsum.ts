/** Einstein's summation: products of any number of tensors, spelled with a letter for every axis. */
import { range, ShapeError, show } from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { contractNode, permuteNode } from "./contraction.ts";
import { arithmetic, broadcastNode, castNode, commonDType } from "./operands.ts";
import { diagonalNode } from "./padding.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Einstein's sum convention, as NumPy writes it: `einsum("ij,jk->ik", a, b)`.
 *
 * A letter in several operands is multiplied along, one that does not occur in the result is summed over, one that
 * stands twice in an operand takes the diagonal; "..." stands for axes that broadcast. Without "->" the result has the
 * letters that occur once, in alphabetical order. Operands are joined from left to right, one contraction a pair.
 *
 * @throws ShapeError  when an operand has another number of axes than letters, or a letter two different sizes
 * @example
 * einsum("ij,jk->ik", tensor([[1, 2]]), tensor([[3], [4]])); // => [[11.]]
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const { inputs, output } = parse(equation, operands);
  const twice = output.find((label, i) => output.indexOf(label) !== i);
  if (twice !== undefined)
    throw new ShapeError(`einsum: "${equation}": the result has ${twice} twice; name each of its axes once`);
  const dtype = arithmetic(commonDType(operands), "einsum");
  const sizes = labelSizes(equation, inputs, operands);
  let terms = operands.map((x, i) => withoutRepeats({ node: castNode(x.node, dtype), labels: inputs[i]! }, sizes));
  while (terms.length > 1) {
    const [a, b, ...others] = terms as [Term, Term, ...Term[]]; // two at least
    const wanted = new Set([...output, ...others.flatMap((t) => t.labels)]);
    terms = [joinTerms(a, b, wanted), ...others];
  }
  const only = sumOut(terms[0]!, new Set(output));
  const missing = output.filter((label) => !only.labels.includes(label));
  if (missing.length > 0)
    throw new ShapeError(`einsum: "${equation}": ${missing.join(", ")} of the result is in no operand`);
  return operands[0]!.derive(
    permuteNode(
      only.node,
      output.map((label) => only.labels.indexOf(label)),
    ),
  );
}

/** An operand with a letter for each axis. */
interface Term {
  readonly node: Node;
  readonly labels: readonly string[];
}

/** Letters for every axis; the axes under "..." are called …0, …1, … from the last. */
function parse(equation: string, operands: readonly Tensor[]): { inputs: string[][]; output: string[] } {
  const [left, right, ...more] = equation.replaceAll(" ", "").split("->");
  const terms = left!.split(",");
  if (more.length > 0 || terms.length !== operands.length) {
    throw new ShapeError(`einsum: "${equation}" is for ${terms.length} operands, ${operands.length} were given`);
  }
  const inputs = terms.map((term, i) => labelsOf(equation, term, operands[i]!));
  const hidden = inputs
    .map((labels) => labels.filter((l) => l.startsWith("…")))
    .reduce((a, b) => (a.length >= b.length ? a : b), []);
  if (right !== undefined) return { inputs, output: spell(right, hidden) };
  const all = inputs.flat().filter((l) => !l.startsWith("…"));
  const once = all.filter((l) => all.indexOf(l) === all.lastIndexOf(l)).sort();
  return { inputs, output: [...hidden, ...once] };
}

function spell(term: string, hidden: readonly string[]): string[] {
  const [before, after] = term.split("...");
  return after === undefined ? [...term] : [...before!, ...hidden, ...after];
}

function labelsOf(equation: string, term: string, x: Tensor): string[] {
  const named = term.replace("...", "");
  const free = x.ndim - named.length;
  if (!/^[A-Za-z]*$/.test(named))
    throw new ShapeError(`einsum: "${equation}": "${term}" has signs that are neither letters nor "..."`);
  if (free < 0 || (free > 0 && !term.includes("..."))) {
    throw new ShapeError(
      `einsum: "${equation}": "${term}" has ${named.length} letters for the ${x.ndim} axes of ${show(x.shape)}`,
    );
  }
  return spell(
    term,
    range(free).map((i) => `…${free - 1 - i}`),
  );
}

function labelSizes(
  equation: string,
  inputs: readonly (readonly string[])[],
  operands: readonly Tensor[],
): Map<string, number> {
  const sizes = new Map<string, number>();
  inputs.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      const n = operands[i]!.shape[axis]!;
      const before = operands[i]!.shape[labels.indexOf(label)]!;
      if (before !== n)
        throw new ShapeError(
          `einsum: "${equation}": ${label} stands for axes of ${before} and ${n} in ${show(operands[i]!.shape)}; a diagonal has one size`,
        );
      const known = sizes.get(label) ?? 1;
      if (known !== n && known !== 1 && n !== 1)
        throw new ShapeError(`einsum: "${equation}": ${label} has two sizes (${known} ≠ ${n})`);
      sizes.set(label, known === 1 ? n : known);
    });
  });
  return sizes;
}

/** Takes diagonals for letters that stand twice, and drops axes of size 1 whose letter is longer elsewhere. */
function withoutRepeats({ node, labels }: Term, sizes: ReadonlyMap<string, number>): Term {
  const repeated = labels.find((label, i) => labels.indexOf(label) !== i);
  if (repeated !== undefined) {
    const [a, b] = [labels.indexOf(repeated), labels.lastIndexOf(repeated)];
    const others = labels.filter((_, i) => i !== a && i !== b);
    return withoutRepeats({ node: diagonalNode(node, a, b, 0), labels: [...others, repeated] }, sizes);
  }
  const kept = labels.filter((label, i) => node.shape[i] === sizes.get(label));
  if (kept.length === labels.length) return { node, labels };
  return {
    node: graph.reshape(
      node,
      kept.map((label) => sizes.get(label)!),
    ),
    labels: kept,
  };
}

/** Sums over the letters that nobody wants any more. */
function sumOut({ node, labels }: Term, wanted: ReadonlySet<string>): Term {
  const axes = range(labels.length).filter((i) => !wanted.has(labels[i]!));
  if (axes.length === 0) return { node, labels };
  const kept = labels.filter((label) => wanted.has(label));
  const total = graph.sum(node, axes);
  return {
    node: graph.reshape(
      total,
      range(labels.length)
        .filter((i) => !axes.includes(i))
        .map((i) => node.shape[i]!),
    ),
    labels: kept,
  };
}

function joinTerms(first: Term, second: Term, wanted: ReadonlySet<string>): Term {
  const a = sumOut(first, new Set([...wanted, ...second.labels]));
  const b = sumOut(second, new Set([...wanted, ...first.labels]));
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => wanted.has(label));
  const summed = shared.filter((label) => !wanted.has(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  const arrange = (t: Term, labels: readonly string[]): Node =>
    permuteNode(
      t.node,
      labels.map((label) => t.labels.indexOf(label)),
    );
  const left = arrange(a, [...batch, ...rows, ...summed]);
  const right = arrange(b, [...batch, ...summed, ...columns]);
  const labels = [...batch, ...rows, ...columns];
  if (summed.length > 0) {
    return {
      node: contractNode(left, right, { batch: batch.length, rows: rows.length, columns: columns.length }),
      labels,
    };
  }
  const stack = left.shape.slice(0, batch.length);
  const apart = graph.reshape(left, [...left.shape, ...columns.map(() => 1)]);
  const spaced = graph.reshape(right, [...stack, ...rows.map(() => 1), ...right.shape.slice(batch.length)]);
  const shape = [...left.shape, ...right.shape.slice(batch.length)];
  return { node: graph.mul(broadcastNode(apart, shape), broadcastNode(spaced, shape)), labels };
}
