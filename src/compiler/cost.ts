/** What is worth keeping in memory, and what is better computed again. */
import type { Node } from "../graph/index.ts";

export function isExpensive(node: Node): boolean {
  return node.op.kind === "elementwise" && node.op.expensive === true;
}

/** Recomputing it costs no more than reading it: no expensive arithmetic and at most one operand that is an array. */
export function isCheap(node: Node): boolean {
  if (node.op.kind !== "elementwise" || node.op.expensive === true) return false;
  return node.inputs.filter((input) => !isScalarLike(input)).length <= 1;
}

/** What computing an element of a node costs, in cheap operations: what is expensive comes to some dozens of instructions. */
export function workOf(node: Node): number {
  switch (node.op.kind) {
    case "elementwise":
      return node.op.expensive === true ? 8 : 1;
    case "gather":
    case "reduction":
      return 2;
    default:
      return 0;
  }
}

/**
 * The most work in one kernel, and the most nodes inside one another. No layer comes near; chains without end, such as a thousand sines, are cut here: an
 * engine's compiler takes more than twice the time for twice the code, and lowering goes from a node into its operands by calls.
 */
export const most = 1024;
export const deepest = 256;
/** The most movements inside one another: each makes the index longer. */
export const longestMovement = 32;

function isScalarLike(node: Node): boolean {
  let below = node;
  while (below.op.kind === "movement" || below.op.kind === "alias") below = below.inputs[0]!;
  return below.op.kind === "generator" || below.size <= 1;
}

/** Which nodes carry the result of a reduction or contraction. */
export class Anchors {
  /** The nodes that carry one, with the number of elements that go into it. */
  readonly #carries = new Map<Node, number>();
  readonly #broadcasts = new Set<Node>();

  /** Looks at nodes, operands first. */
  constructor(order: readonly Node[]) {
    for (const node of order) this.#add(node);
  }

  #add(node: Node): void {
    const { kind } = node.op;
    if (kind === "reduction") this.#carries.set(node, node.inputs[0]!.size);
    if (kind === "contraction") this.#carries.set(node, Number.POSITIVE_INFINITY);
    if (kind !== "elementwise" && kind !== "movement" && kind !== "alias") return;
    for (const input of node.inputs) {
      const carried = this.#carries.get(input);
      if (carried !== undefined && input.size < node.size) this.#broadcasts.add(node);
      else if (carried !== undefined) this.#carries.set(node, Math.max(carried, this.#carries.get(node) ?? 0));
      if (this.#broadcasts.has(input)) this.#broadcasts.add(node);
    }
  }

  /** Whether a reduction or contraction would be computed together with the node, were it a root: reached without broadcasting. */
  carried(node: Node): boolean {
    return this.#carries.has(node);
  }

  /** How many elements go into what the node carries; infinitely many into a contraction. */
  extent(node: Node): number {
    return this.#carries.get(node) ?? 0;
  }

  /** Whether the node uses the broadcast result of a reduction. */
  broadcast(node: Node): boolean {
    return this.#broadcasts.has(node);
  }
}
