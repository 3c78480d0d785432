/** What fusion knows while it works: the kernels, how they read nodes, who keeps what, and which kernel needs which. */
import type { Node } from "../graph/index.ts";
import type { Demand, Kernel } from "./kernel.ts";
import { orderedBy, Precedence } from "./precedence.ts";

const nobody: ReadonlyMap<Kernel, Demand[]> = new Map();

export class Assignment {
  readonly kernels = new Set<Kernel>();
  /** How kernels read a node, by kernel. */
  readonly demands = new Map<Node, Map<Kernel, Demand[]>>();
  /** The kernel that keeps a node. */
  readonly keeper = new Map<Node, Kernel>();
  /** Which kernels read results of which, as far as is known. */
  readonly precedence = new Precedence<Kernel>();
  /** Nodes that must be kept whoever uses them. */
  readonly pinned: Set<Node>;

  constructor(pinned: Iterable<Node>) {
    this.pinned = new Set(pinned);
  }

  /** How kernels read a node. */
  demandsOf(node: Node): ReadonlyMap<Kernel, readonly Demand[]> {
    return this.demands.get(node) ?? nobody;
  }

  /** How one kernel reads a node. */
  demandsIn(node: Node, kernel: Kernel): readonly Demand[] {
    return this.demandsOf(node).get(kernel) ?? [];
  }

  /** Notes that a kernel reads a node. */
  demand(node: Node, demand: Demand): void {
    let users = this.demands.get(node);
    if (users === undefined) {
      users = new Map();
      this.demands.set(node, users);
    }
    const own = users.get(demand.kernel);
    if (own === undefined) users.set(demand.kernel, [demand]);
    else own.push(demand);
  }

  open(kernel: Kernel): void {
    this.kernels.add(kernel);
    this.precedence.prepend(kernel); // kernels are found from the results backwards
  }

  /** Notes that a kernel keeps a node; all uses of the node are known by then. */
  keep(node: Node, kernel: Kernel): void {
    this.keeper.set(node, kernel);
    for (const user of this.demandsOf(node).keys()) if (user !== kernel) this.precedence.add(user, kernel);
  }

  /** Whether `from` needs a result of one of `to`, directly or not. */
  needs(from: Kernel, to: readonly Kernel[]): boolean {
    return this.precedence.needs(from, to);
  }

  /** Kernels in an order in which each comes after those it needs, else as the program was written. */
  ordered(): Kernel[] {
    const last = (kernel: Kernel) => kernel.outputs.reduce((id, node) => Math.max(id, node.id), 0);
    const written = [...this.kernels].sort((a, b) => last(a) - last(b));
    return orderedBy(written, (kernel) => this.precedence.directNeeds(kernel));
  }
}
