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

function isScalarLike(node: Node): boolean {
  let below = node;
  while (below.op.kind === "movement" || below.op.kind === "alias") below = below.inputs[0]!;
  return below.op.kind === "generator" || below.size <= 1;
}

/** Which nodes carry the result of a reduction or contraction. */
export class Anchors {
  readonly #carries = new Set<Node>();
  readonly #broadcasts = new Set<Node>();

  /** Looks at nodes, operands first. */
  constructor(order: readonly Node[]) {
    for (const node of order) this.#add(node);
  }

  #add(node: Node): void {
    const { kind } = node.op;
    if (kind === "reduction" || kind === "contraction") this.#carries.add(node);
    if (kind !== "elementwise" && kind !== "movement" && kind !== "alias") return;
    for (const input of node.inputs) {
      const widened = input.size < node.size;
      if (this.#carries.has(input)) (widened ? this.#broadcasts : this.#carries).add(node);
      if (this.#broadcasts.has(input)) this.#broadcasts.add(node);
    }
  }

  /** Whether a reduction or contraction would be computed together with the node, were it a root: reached without broadcasting. */
  carried(node: Node): boolean {
    return this.#carries.has(node);
  }

  /** Whether the node uses the broadcast result of a reduction. */
  broadcast(node: Node): boolean {
    return this.#broadcasts.has(node);
  }
}
