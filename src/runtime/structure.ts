/** The structure of a graph as a text: two graphs with the same text are computed by the same program. */
import type { Storage } from "../base/index.ts";
import { Node, placeholder, reshape, topological } from "../graph/index.ts";

/** A graph whose leaves with values have been taken out. */
export interface Structure {
  readonly key: string;
  /** The values of its leaves, in the order in which the text numbers them. */
  readonly inputs: readonly Node[];
  /** Everything that has to be computed, operands first; leaves included. */
  readonly order: readonly Node[];
}

/** True for what a program is given rather than computes. */
export function isKnown(node: Node): boolean {
  return node.storage !== null;
}

export function structureOf(roots: readonly Node[], device: string): Structure {
  const order = topological(roots, isKnown);
  const numbers = new Map<Node, number>();
  const inputs: Node[] = [];
  const storages = new Map<Storage, number>();
  const parts: string[] = [device];
  for (const node of order) {
    const storage = node.storage;
    if (storage !== null) {
      // one input serves all leaves over the same values, so that the compiler sees that they are equal
      let at = storages.get(storage);
      if (at === undefined) {
        at = inputs.length;
        storages.set(storage, at);
        inputs.push(node);
      }
      parts.push(`@${at}:${node.dtype}${node.shape.join(",")}`);
    } else {
      const operands = node.inputs.map((input) => numbers.get(input)).join(" ");
      parts.push(`${node.op.name}(${operands})${paramsKey(node)}${node.inputs.length === 0 ? "" : node.dtype}`);
    }
    numbers.set(node, numbers.size);
  }
  parts.push(roots.map((root) => numbers.get(root)).join(" "));
  return { key: parts.join(";"), inputs, order };
}

function paramsKey(node: Node): string {
  let key = "";
  for (const name in node.params) {
    const value = node.params[name]!;
    key += `,${name}=${Object.is(value, -0) ? "-0" : String(value)}`;
    if (Array.isArray(value) && value.some((v) => Array.isArray(v))) key += JSON.stringify(value);
  }
  return key;
}

/** The graph below `roots` with some nodes replaced. */
export function substituteNodes(roots: readonly Node[], replacement: (node: Node) => Node | undefined): Node[] {
  const made = new Map<Node, Node>();
  const order = topological(roots, (node) => replacement(node) !== undefined);
  for (const node of order) {
    const other = replacement(node);
    if (other !== undefined) {
      made.set(node, other);
      continue;
    }
    const inputs = node.inputs.map((input) => made.get(input)!);
    const same = inputs.every((input, i) => input === node.inputs[i]);
    made.set(node, same ? node : new Node(node.op, inputs, node.params, node.shape, node.dtype, { device: node.device }));
  }
  return roots.map((root) => made.get(root)!);
}

/** Replaces known leaves by placeholders `first`, `first + 1`, …: what is compiled must not hold on to values. */
export function withPlaceholders(roots: readonly Node[], inputs: readonly Node[], first = 0): { roots: Node[]; placeholders: Node[] } {
  const placeholders = inputs.map((input, i) => placeholder(first + i, [input.size], input.dtype));
  const byStorage = new Map(inputs.map((input, i) => [input.storage, placeholders[i]!]));
  const reshaped = new Map<Node, Node>();
  const rebuilt = substituteNodes(roots, (node) => {
    if (node.storage === null) return undefined;
    let view = reshaped.get(node);
    if (view === undefined) {
      view = reshape(byStorage.get(node.storage)!, node.shape);
      reshaped.set(node, view);
    }
    return view;
  });
  return { roots: rebuilt, placeholders };
}
