/**
 * All steps at once: a node of a loop's body, which is one step's value, as one node over all steps, with the steps along a new first axis.
 *
 * What does not wait for the step before it is computed this way, outside of the loop: the products of all inputs with a weight are one contraction,
 * and so is a weight's gradient, Σ_t a_tᵀ b_t.
 */
import { range } from "../base/index.ts";
import { add } from "./addition.ts";
import { contract } from "./contraction.ts";
import { mul } from "./elementwise-arithmetic.ts";
import { constantLike } from "./leaves.ts";
import { permute, reshape } from "./movement.ts";
import { apply, bottomUp, type Node } from "./node.ts";
import { expand, sum } from "./summation.ts";

/** The steps of a loop. */
export class AllSteps {
  readonly steps: number;
  /** What is known of all steps; null of whatever the node itself says. */
  readonly #known: (node: Node) => Node | null;
  /** Whether a node changes from step to step. */
  readonly #changes: (node: Node) => boolean;
  readonly #made = new Map<Node, Node>();
  readonly #knowns = new Map<Node, Node | null>();
  readonly #sums = new Map<Node, Node>();

  constructor(steps: number, changes: (node: Node) => boolean, known: (node: Node) => Node | null) {
    this.steps = steps;
    this.#changes = changes;
    this.#known = known;
  }

  /** The node's values at all steps: [steps, ...shape]. */
  of(node: Node): Node {
    const before = (x: Node) => x.inputs.filter((input) => this.#changes(input));
    return bottomUp(
      node,
      this.#made,
      (x) => (this.#given(x) === null ? before(x) : []),
      (x) => this.#given(x) ?? this.#batched(x),
    );
  }

  /** What needs no values of operands: what is known, and what is the same at every step. */
  #given(node: Node): Node | null {
    let given = this.#knowns.get(node);
    if (given === undefined) {
      given = this.#changes(node) ? this.#known(node) : this.#repeated(node);
      this.#knowns.set(node, given);
    }
    return given;
  }

  #repeated(node: Node): Node {
    return expand(reshape(node, [1, ...node.shape]), [this.steps, ...node.shape]);
  }

  #batched(node: Node): Node {
    const { op, params, inputs } = node;
    const withWeight = op.kind === "contraction" ? this.#product(node) : null;
    if (withWeight !== null) return withWeight;
    return apply(
      op,
      inputs.map((input) => this.of(input)),
      op.batched?.(params, this.steps) ?? params,
    );
  }

  /** A product in which one operand is the same at all steps and which has no batch: the steps are further rows, or columns. */
  #product(node: Node): Node | null {
    const [a, b] = [node.inputs[0]!, node.inputs[1]!];
    const { batch, rows, columns } = contractionParams(node);
    if (batch > 0) return null;
    if (!this.#changes(b)) return contract(this.of(a), b, { batch, rows: rows + 1, columns });
    if (this.#changes(a)) return null;
    const depth = b.shape.length - columns;
    // b as [contracted, steps, columns] gives [rows, steps, columns]
    const later = permute(this.of(b), [
      ...range(depth).map((i) => i + 1),
      0,
      ...range(columns).map((i) => 1 + depth + i),
    ]);
    const product = contract(a, later, { batch, rows, columns: columns + 1 });
    return permute(product, [rows, ...range(rows), ...range(columns).map((i) => rows + 1 + i)]);
  }

  /** Σ over all steps of the node's values, in the node's shape. */
  sum(node: Node): Node {
    const apart = (x: Node) => this.#changes(x) && this.#given(x) === null;
    return bottomUp(
      node,
      this.#sums,
      (x) => (apart(x) && (x.op.name === "add" || x.op.kind === "movement") ? x.inputs : []),
      (x) => this.#sum(x),
    );
  }

  #sum(node: Node): Node {
    if (!this.#changes(node)) return mul(node, constantLike(node, this.steps));
    const { op, params, inputs } = node;
    if (this.#given(node) === null) {
      if (op.name === "add") return add(this.sum(inputs[0]!), this.sum(inputs[1]!));
      if (op.name === "sum") return this.#sumOfSums(node);
      if (op.kind === "movement") return apply(op, [this.sum(inputs[0]!)], params);
      if (op.kind === "contraction") {
        const total = this.#sumOfProducts(node);
        if (total !== null) return total;
      }
    }
    return sum(this.of(node), [0]);
  }

  /** Sums over axes of one step and then over the steps are one. */
  #sumOfSums(node: Node): Node {
    const { axes } = node.params;
    if (!Array.isArray(axes)) return sum(this.of(node), [0]);
    return sum(this.of(node.inputs[0]!), [0, ...axes.map((axis) => Number(axis) + 1)]);
  }

  /** Σ_t a_t · b_t: the steps are contracted along with the rest. */
  #sumOfProducts(node: Node): Node | null {
    const [a, b] = [node.inputs[0]!, node.inputs[1]!];
    const { batch, rows, columns } = contractionParams(node);
    if (!this.#changes(a) || !this.#changes(b)) return null;
    // a: [batch, rows, steps, contracted]; b: [batch, steps, contracted, columns]
    const behind = (x: Node, n: number): Node =>
      permute(this.of(x), [...range(n).map((i) => i + 1), 0, ...range(x.shape.length - n).map((i) => 1 + n + i)]);
    return contract(behind(a, batch + rows), behind(b, batch), { batch, rows, columns });
  }
}

function contractionParams({ params }: Node): { batch: number; rows: number; columns: number } {
  return { batch: Number(params.batch), rows: Number(params.rows), columns: Number(params.columns) };
}

/** Whether a primitive can be applied to all steps at once. */
export function isBatchable({ op, inputs }: Node): boolean {
  switch (op.kind) {
    case "scan":
    case "result":
    case "bundle":
    case "leaf":
      return false;
    case "alias":
      return inputs.length === 1;
    default:
      return true;
  }
}
