/**
 * Derivatives as graph → graph. What comes out are nodes like all others, made of differentiable primitives, so that
 * they can be differentiated again, in either direction; whether new nodes remember that is the caller's choice
 * (`withRecording`).
 */
import { GradientError, isComplex, isInexact, sameShape, show } from "../base/index.ts";
import { detachAlias } from "./alias.ts";
import { complex, imag, real, realNodes } from "./complex.ts";
import { type Flow, flowOf, pull, push } from "./flow.ts";
import { constantLike } from "./leaves.ts";
import { type Node, topological } from "./node.ts";

/** A result with the cotangent to start from: what a change of each of its elements is worth. */
export interface Root {
  readonly node: Node;
  readonly cotangent: Node;
}

function checkRoot({ node, cotangent }: Root): void {
  if (!isInexact(node.dtype)) {
    throw new GradientError(`backward: a result of ${node.dtype} has no gradient; only float32 and float64 have one`);
  }
  if (!sameShape(node.shape, cotangent.shape) || node.dtype !== cotangent.dtype) {
    const [found, wanted] = [cotangent, node].map((x) => `${x.dtype} ${show(x.shape)}`);
    throw new GradientError(`backward: a cotangent of ${found} does not belong to a result of ${wanted}`);
  }
}

/** The name of a node's operation as the user knows it. */
function nameOf(node: Node): string {
  return node.op.name.replace(/^custom /, "");
}

function checkGradient(node: Node, input: Node, { value }: Flow): void {
  if (!sameShape(value.shape, input.shape) || value.dtype !== input.dtype) {
    const [found, wanted] = [value, input].map((x) => `${x.dtype} ${show(x.shape)}`);
    throw new GradientError(`${nameOf(node)}: its derivative gave ${found} for an operand of ${wanted}`);
  }
}

/** Which of the nodes, operands first, depend on a target or are one. */
function dependents(
  order: readonly Node[],
  isTarget: (node: Node) => boolean,
  isLeaf: (node: Node) => boolean,
): Set<Node> {
  const found = new Set<Node>();
  for (const node of order) {
    if (isTarget(node) || (flowsThrough(node) && !isLeaf(node) && node.inputs.some((x) => found.has(x))))
      found.add(node);
  }
  return found;
}

function flowsThrough(node: Node): boolean {
  return node.requiresGrad && node.op !== detachAlias;
}

/**
 * Reverse mode: the cotangents of `targets`, or of all leaves that have a sink, for the sum of ⟨cotangent, result⟩
 * over the roots. Targets that no derivative reaches are absent. Nothing flows further than to `leaves`, whatever they are made of.
 */
export function backward(
  roots: readonly Root[],
  targets?: readonly Node[],
  leaves: ReadonlySet<Node> = new Set(),
): Map<Node, Node> {
  roots.forEach(checkRoot);
  const found = realBackward(roots.flatMap(realRoots), targets?.flatMap(realNodes), leaves);
  for (const z of targets ?? []) {
    const cotangent = isComplex(z.dtype) ? joined(z, (part) => found.get(part)) : null;
    if (cotangent !== null) found.set(z, cotangent);
  }
  return found;
}

/** A complex result is two real ones. */
function realRoots(root: Root): Root[] {
  const { node, cotangent } = root;
  if (!isComplex(node.dtype)) return [root];
  return [real, imag].map((part) => ({ node: part(node), cotangent: part(cotangent) }));
}

/** What belongs to the parts of z as a complex node; null where nothing does. */
function joined(z: Node, of: (part: Node) => Node | null | undefined): Node | null {
  const [re, im] = [real(z), imag(z)];
  const [x, y] = [of(re) ?? null, of(im) ?? null];
  return x === null && y === null ? null : complex(x ?? constantLike(re, 0), y ?? constantLike(im, 0));
}

function realBackward(
  roots: readonly Root[],
  targets: readonly Node[] | undefined,
  leaves: ReadonlySet<Node>,
): Map<Node, Node> {
  const wanted = new Set(targets);
  const isTarget = targets === undefined ? (x: Node) => x.sink !== null : (x: Node) => wanted.has(x);
  const order = topological(
    roots.map((root) => root.node),
    (node) => !flowsThrough(node) || leaves.has(node),
  );
  const onTheWay = dependents(order, isTarget, (node) => leaves.has(node));
  const flows = new Map<Node, Flow>();
  const arrive = (node: Node, flow: Flow) => flows.set(node, flows.get(node)?.plus(flow) ?? flow);
  for (const { node, cotangent } of roots) arrive(node, flowOf(cotangent));
  const found = new Map<Node, Node>();
  for (const node of order.toReversed()) {
    const flow = flows.get(node);
    flows.delete(node);
    if (flow === undefined || !onTheWay.has(node)) continue;
    if (isTarget(node)) found.set(node, flow.full);
    if (!flowsThrough(node) || leaves.has(node) || !node.inputs.some((x) => onTheWay.has(x))) continue;
    pull(node, flow).forEach((part, i) => {
      const input = node.inputs[i]!;
      if (part === null || !onTheWay.has(input)) return;
      checkGradient(node, input, part);
      arrive(input, part);
    });
  }
  return found;
}

/**
 * Forward mode: the tangents of `outputs` when each key of `tangents` moves by its value; null where nothing moves. Of `leaves` nothing else
 * moves, whatever they are made of.
 */
export function forward(
  outputs: readonly Node[],
  tangents: ReadonlyMap<Node, Node>,
  leaves: ReadonlySet<Node> = new Set(),
): (Node | null)[] {
  const moves = [...tangents].flatMap(([node, tangent]): [Node, Node][] =>
    isComplex(node.dtype)
      ? [
          [real(node), real(tangent)],
          [imag(node), imag(tangent)],
        ]
      : [[node, tangent]],
  );
  const parts = outputs.flatMap(realNodes);
  const found = realForward(parts, new Map(moves), leaves);
  const of = (part: Node): Node | null => found[parts.indexOf(part)] ?? null;
  return outputs.map((y) => (isComplex(y.dtype) ? joined(y, of) : of(y)));
}

function realForward(
  outputs: readonly Node[],
  tangents: ReadonlyMap<Node, Node>,
  leaves: ReadonlySet<Node>,
): (Node | null)[] {
  const flows = new Map<Node, Flow>();
  const order = topological(outputs, (node) => tangents.has(node) || node.op === detachAlias || leaves.has(node));
  for (const node of order) {
    const given = tangents.get(node);
    if (given === undefined && leaves.has(node)) continue;
    const flow =
      given !== undefined
        ? flowOf(given)
        : push(
            node,
            node.inputs.map((x) => flows.get(x) ?? null),
          );
    if (flow !== null) flows.set(node, flow);
  }
  return outputs.map((output) => flows.get(output)?.full ?? null);
}
