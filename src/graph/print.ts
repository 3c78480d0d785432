/** Graphs as text: one line a node, operands first. */
import { show } from "../base/index.ts";
import { type Node, topological } from "./node.ts";
import type { ParamValue } from "./primitive.ts";

function shown(value: ParamValue): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(", ")}]`;
  return Object.is(value, -0) ? "-0" : String(value);
}

function line(node: Node, name: (node: Node) => string): string {
  const operands = node.inputs.map(name);
  const params = Object.entries(node.params)
    .filter(([key]) => key !== "dtype" && !(key === "shape" && node.inputs.length === 0))
    .map(([key, value]) => `${key}: ${shown(value)}`);
  const device = node.device === null ? "" : ` on ${node.device}`;
  const call = `${node.op.name}(${[...operands, ...params].join(", ")})`;
  return `${name(node)} = ${call} : ${node.dtype}${show(node.shape)}${device}`;
}

/**
 * The graph below `roots`, numbered from %0; what is known already is not taken apart.
 *
 *     %0 = placeholder(index: 0) : float32[2, 3]
 *     %1 = sum(%0, axes: [1]) : float32[2]
 *     return %1
 */
export function printGraph(roots: readonly Node[]): string {
  const order = topological(roots, (node) => node.storage !== null);
  const numbers = new Map(order.map((node, i) => [node, i]));
  const name = (node: Node) => (numbers.has(node) ? `%${numbers.get(node)}` : "?");
  const lines = order.map((node) => (node.storage === null ? line(node, name) : knownLine(node, name)));
  return [...lines, `return ${roots.map(name).join(", ")}`].join("\n");
}

function knownLine(node: Node, name: (node: Node) => string): string {
  const device = node.device === null ? "" : ` on ${node.device}`;
  return `${name(node)} = data : ${node.dtype}${show(node.shape)}${device}`;
}
