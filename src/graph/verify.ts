/** What must hold of every graph, checked again from the rules: for tests, after whatever builds or rewrites graphs. */
import { GradusError, isFloat, type Shape, sameShape, show } from "../base/index.ts";
import { type Node, topological } from "./node.ts";

function failure(node: Node, what: string): GradusError {
  return new GradusError(`graph: node ${node.id} (${node.op.name} ${node.dtype}${show(node.shape)}): ${what}`);
}

function verifyNode(node: Node): void {
  const { op, inputs, params, shape, dtype, storage } = node;
  const late = inputs.find((x) => x.id >= node.id);
  if (late !== undefined) throw failure(node, `operand ${late.id} is not older than the node`);
  const expected: Shape = op.shape(
    inputs.map((x) => x.shape),
    params,
  );
  if (!sameShape(expected, shape)) throw failure(node, `the rule gives shape ${show(expected)}`);
  const expectedDType = op.dtype(
    inputs.map((x) => x.dtype),
    params,
  );
  if (expectedDType !== dtype) throw failure(node, `the rule gives ${expectedDType}`);
  if (node.requiresGrad && !isFloat(dtype)) throw failure(node, "only floats require gradients");
  const elsewhere = inputs.find((x) => x.device !== null && x.device !== node.device);
  if (elsewhere !== undefined) throw failure(node, `operand ${elsewhere.id} lives on "${elsewhere.device}"`);
  if (storage !== null && (storage.size !== node.size || storage.dtype !== dtype)) {
    throw failure(node, `its value is ${storage.size} elements of ${storage.dtype}`);
  }
}

/**
 * Throws at the first node below `roots` whose shape, dtype, device, value or place in the graph is not what it has
 * to be.
 */
export function verifyGraph(roots: readonly Node[]): void {
  for (const node of topological(roots)) verifyNode(node);
}
