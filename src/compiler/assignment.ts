/** What fusion knows while it works: the kernels, how they read nodes, who keeps what, and which kernel needs which. */
import type { Node } from "../graph/index.ts";
import type { Demand, Kernel } from "./kernel.ts";

export class Assignment {
  readonly kernels: Kernel[] = [];
  /** How kernels read a node. */
  readonly demands = new Map<Node, Demand[]>();
  /** The kernel that keeps a node. */
  readonly keeper = new Map<Node, Kernel>();
  /** Kernels whose results a kernel reads, as far as is known. */
  readonly producers = new Map<Kernel, Set<Kernel>>();
  /** Nodes that must be kept whoever uses them. */
  readonly pinned: Set<Node>;

  constructor(pinned: Iterable<Node>) {
    this.pinned = new Set(pinned);
  }

  demandsOf(node: Node): readonly Demand[] {
    return this.demands.get(node) ?? [];
  }

  open(kernel: Kernel): void {
    this.kernels.push(kernel);
    this.producers.set(kernel, new Set());
  }

  /** Notes that a kernel keeps a node; all uses of the node are known by then. */
  keep(node: Node, kernel: Kernel): void {
    this.keeper.set(node, kernel);
    for (const { kernel: user } of this.demandsOf(node)) if (user !== kernel) this.producers.get(user)!.add(kernel);
  }

  /** Whether `from` needs a result of one of `to`, directly or not. */
  needs(from: Kernel, ...to: readonly Kernel[]): boolean {
    const seen = new Set<Kernel>();
    const stack = [...this.producers.get(from)!];
    for (let kernel = stack.pop(); kernel !== undefined; kernel = stack.pop()) {
      if (to.includes(kernel)) return true;
      if (seen.has(kernel)) continue;
      seen.add(kernel);
      stack.push(...this.producers.get(kernel)!);
    }
    return false;
  }

  /** Kernels in an order in which each comes after those it needs, else as the program was written. */
  ordered(): Kernel[] {
    const done = new Set<Kernel>();
    const order: Kernel[] = [];
    const visit = (kernel: Kernel): void => {
      if (done.has(kernel)) return;
      done.add(kernel);
      for (const producer of this.producers.get(kernel)!) visit(producer);
      order.push(kernel);
    };
    const last = (kernel: Kernel) => Math.max(...kernel.outputs.map((node) => node.id));
    for (const kernel of [...this.kernels].sort((a, b) => last(a) - last(b))) visit(kernel);
    return order;
  }
}
