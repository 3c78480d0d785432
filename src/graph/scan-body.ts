/**
 * What one step of a scan computes, as a graph between leaves: finding what it reads from outside, evaluating it step by step, copying it, and its text.
 *
 * Leaves are known by identity. The body of a derivative reads nodes of the body that it is the derivative of, so the same node may be computed
 * in one body and a leaf of another.
 */
import { allocate, type Elements, GradusError, type TypedArray } from "../base/index.ts";
import { placeholder } from "./leaves.ts";
import { Node, topological } from "./node.ts";
import type { NDArray, ScanBody } from "./primitive.ts";
import { printGraph } from "./print.ts";

/** A state of a loop: its leaf in the body, its value before the first step, and what it is after a step. */
export interface ScanState {
  readonly leaf: Node;
  readonly initial: Node;
  readonly next: Node;
}

/** What a loop is made of. */
export interface ScanSpec {
  readonly steps: number;
  readonly reverse: boolean;
  readonly states: readonly ScanState[];
  /** Leaves of the body with their values at all steps, [steps, ...shape]. */
  readonly slices: readonly { readonly leaf: Node; readonly values: Node }[];
  /** What will be asked of the loop besides its states. */
  readonly outputs: readonly Node[];
}

/** All leaves in the order of the scan's operands. */
export function leavesOf({ states, slices, constants }: ScanBody): readonly Node[] {
  return [...states, ...slices, ...constants];
}

/** The nodes of a body, leaves included, operands first. */
export function nodesOf(body: ScanBody): Node[] {
  const leaves = new Set(leavesOf(body));
  return topological([...body.next, ...body.values], (node) => leaves.has(node));
}

/** Which nodes below `roots` depend on one of `leaves`, or are one, without looking below `stops`. */
export function dependentOn(
  leaves: ReadonlySet<Node>,
  roots: readonly Node[],
  stops: ReadonlySet<Node> = leaves,
): Set<Node> {
  const found = new Set<Node>();
  const oldest = [...leaves].reduce((id, leaf) => Math.min(id, leaf.id), Number.POSITIVE_INFINITY);
  for (const node of topological(roots, (n) => n.id <= oldest || leaves.has(n) || stops.has(n))) {
    if (leaves.has(node) || (!stops.has(node) && node.inputs.some((input) => found.has(input)))) found.add(node);
  }
  return found;
}

/**
 * What the graph below `roots` reads from outside of the loop: the outermost nodes that are the same at every step. Movements of them stay inside,
 * where they cost nothing; so do generators.
 */
export function constantsBelow(roots: readonly Node[], leaves: ReadonlySet<Node>): Node[] {
  const changing = dependentOn(leaves, roots);
  const found = new Set<Node>();
  const seen = new Set<Node>();
  const stack = [...roots];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node) || leaves.has(node) || node.op.kind === "generator") continue;
    seen.add(node);
    const stays = node.storage === null && node.op.kind === "movement" && node.op.name !== "pad";
    if (changing.has(node) || stays) for (const input of node.inputs) stack.push(input);
    else found.add(node);
  }
  return [...found];
}

/** The body between leaves of its own, which hold on to nothing outside. */
export function closedBody(body: ScanBody): ScanBody {
  const made = new Map<Node, Node>();
  const fresh = (leaf: Node, i: number): Node => {
    const own = placeholder(i, leaf.shape, leaf.dtype, { device: leaf.device });
    made.set(leaf, own);
    return own;
  };
  const states = body.states.map(fresh);
  const slices = body.slices.map((leaf, i) => fresh(leaf, states.length + i));
  const constants = body.constants.map((leaf, i) => fresh(leaf, states.length + slices.length + i));
  for (const node of nodesOf(body)) {
    if (made.has(node)) continue;
    const inputs = node.inputs.map((input) => made.get(input)!);
    const { op, params, shape, dtype, device } = node;
    made.set(node, inputs.length === 0 ? node : new Node(op, inputs, params, shape, dtype, { device }));
  }
  const of = (node: Node) => made.get(node)!;
  return { ...body, states, slices, constants, next: body.next.map(of), values: body.values.map(of) };
}

/** Two bodies with the same text compute the same. */
export function bodyText(body: ScanBody): string {
  const closed = closedBody(body);
  const nested = nodesOf(closed).map(({ op }) => (op.kind === "scan" ? op.text() : ""));
  const { steps, reverse, states, slices, constants, next, values } = closed;
  const counts = [steps, Number(reverse), states.length, slices.length, constants.length, values.length].join();
  return `${counts}{${printGraph([...leavesOf(closed), ...next, ...values])}${nested.join("")}}`;
}

/** All that the values of a body are while it runs. */
export interface Run {
  /** Of each of the body's values, the entries of all steps, in the order of the slices. */
  readonly stacked: readonly TypedArray[];
  /** Of each of the body's values, what it is at the last step. */
  readonly final: readonly TypedArray[];
}

/** Runs a body on the values of the scan's operands, one node after another. */
export function runBody(body: ScanBody, operands: readonly NDArray[]): Run {
  const { steps, reverse, states, slices, constants, next, values } = body;
  const order = nodesOf(body);
  const known = new Map<Node, NDArray>();
  const give = (leaf: Node, data: TypedArray): void => {
    known.set(leaf, { data, shape: leaf.shape, dtype: leaf.dtype });
  };
  for (const [i, leaf] of states.entries()) give(leaf, operands[i]!.data);
  for (const [i, leaf] of constants.entries()) give(leaf, operands[states.length + slices.length + i]!.data);
  const given = new Set([...states, ...slices, ...constants]);
  const stacked = values.map((node) => allocate(node.dtype, steps * node.size));
  let final: TypedArray[] = [];
  for (let k = 0; k < steps; k++) {
    const t = reverse ? steps - 1 - k : k;
    slices.forEach((leaf, i) => {
      give(leaf, operands[states.length + i]!.data.slice(t * leaf.size, (t + 1) * leaf.size));
    });
    for (const node of order) {
      if (given.has(node)) continue;
      if (node.op.kind === "leaf") throw new GradusError(`scan: ${node.op.name} is no leaf of the loop's body`);
      const inputs = node.inputs.map((input) => known.get(input)!);
      give(node, node.op.evaluate(inputs, node.params, node.shape, node.dtype));
    }
    final = values.map((node) => known.get(node)!.data);
    final.forEach((data, i) => {
      const all: Elements = stacked[i]!;
      for (let at = 0; at < data.length; at++) all[t * data.length + at] = data[at]!;
    });
    const after = next.map((node) => known.get(node)!.data);
    for (const [i, leaf] of states.entries()) give(leaf, after[i]!);
  }
  return { stacked, final };
}
