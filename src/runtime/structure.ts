/**
 * The structure of a graph as a text: two graphs with the same text are computed by the same program.
 *
 * Numbers written in the program (a learning rate, an exponent) belong to the text, so that the compiler can use them; a graph that keeps coming back with other
 * numbers is compiled once more, with its numbers as inputs.
 */
import { filledArray, Storage } from "../base/index.ts";
import { expand, Node, placeholder, reshape, topological } from "../graph/index.ts";

/** A graph whose leaves with values have been taken out. */
export interface Structure {
  readonly key: string;
  /** The text without its numbers. */
  readonly skeleton: string;
  /** The leaves with values, in the order in which the text numbers them. */
  readonly inputs: readonly Node[];
  /** The numbers, in the order of the text. */
  readonly numbers: readonly Node[];
}

/** True for what a program is given rather than computes. */
function isKnown(node: Node): boolean {
  return node.storage !== null;
}

export function structureOf(roots: readonly Node[], device: string): Structure {
  const places = new Map<Node, number>();
  const inputs: Node[] = [];
  const numbers: Node[] = [];
  const storages = new Map<Storage, number>();
  let skeleton = `${device};`;
  let values = "";
  for (const node of topological(roots, isKnown)) {
    const storage = node.storage;
    if (storage !== null) {
      // one input serves all leaves over the same values, so that the compiler sees that they are equal
      let at = storages.get(storage);
      if (at === undefined) {
        at = inputs.length;
        storages.set(storage, at);
        inputs.push(node);
      }
      skeleton += `@${at}:${node.dtype}${node.shape.join()};`;
    } else if (node.op.name === "constant") {
      numbers.push(node);
      values += `${Object.is(node.params.value, -0) ? "-0" : String(node.params.value)},`;
      skeleton += `#${node.dtype}${node.shape.join()};`;
    } else {
      skeleton += `${node.op.name}(`;
      for (const input of node.inputs) skeleton += `${places.get(input)} `;
      // the number of a loop's body is another at every call; what it does is the same
      skeleton += `)${node.op.kind === "scan" ? node.op.text() : paramsText(node)};`;
    }
    places.set(node, places.size);
  }
  for (const root of roots) skeleton += `${places.get(root)} `;
  return { key: `${skeleton}|${values}`, skeleton, inputs, numbers };
}

function paramsText(node: Node): string {
  let key = "";
  for (const name in node.params) {
    const value = node.params[name]!;
    const flat = typeof value !== "object" || typeof value[0] !== "object";
    key += `,${name}=${Object.is(value, -0) ? "-0" : flat ? String(value) : JSON.stringify(value)}`;
  }
  return key;
}

/** The graph below `roots` with some nodes replaced. */
function substituteNodes(roots: readonly Node[], replacement: (node: Node) => Node | undefined): Node[] {
  const made = new Map<Node, Node>();
  for (const node of topological(roots, (n) => replacement(n) !== undefined)) {
    const other = replacement(node);
    if (other !== undefined) {
      made.set(node, other);
      continue;
    }
    const inputs = node.inputs.map((input) => made.get(input)!);
    // what has no operands stays as it is; all others may become leaves when they are known
    const stays = inputs.length === 0;
    const op = node.op.kind === "scan" ? node.op.closed() : node.op;
    made.set(node, stays ? node : new Node(op, inputs, node.params, node.shape, node.dtype, { device: node.device }));
  }
  return roots.map((root) => made.get(root)!);
}

/**
 * Replaces known leaves by placeholders `first`, `first + 1`, …: what is compiled must not hold on to values. `numbers` become
 * placeholders after them.
 */
export function withPlaceholders(
  roots: readonly Node[],
  inputs: readonly Node[],
  numbers: readonly Node[] = [],
  first = 0,
): { roots: Node[]; placeholders: Node[] } {
  const placeholders = inputs.map((input, i) => placeholder(first + i, [input.size], input.dtype));
  const byStorage = new Map(inputs.map((input, i) => [input.storage, placeholders[i]!]));
  const replaced = new Map<Node, Node>();
  for (const [i, number] of numbers.entries()) {
    const one = placeholder(first + inputs.length + i, [1], number.dtype);
    placeholders.push(one);
    replaced.set(
      number,
      expand(
        reshape(
          one,
          number.shape.map(() => 1),
        ),
        number.shape,
      ),
    );
  }
  const rebuilt = substituteNodes(roots, (node) => {
    let other = replaced.get(node);
    if (other === undefined && node.storage !== null) {
      other = reshape(byStorage.get(node.storage)!, node.shape);
      replaced.set(node, other);
    }
    return other;
  });
  return { roots: rebuilt, placeholders };
}

/** The value of a constant, as an input. */
export function numberStorage(node: Node): Storage {
  const { value } = node.params;
  if (typeof value !== "number" && typeof value !== "bigint") throw new Error("runtime: a constant is a number");
  return new Storage(node.dtype, 1, filledArray(node.dtype, 1, value));
}
