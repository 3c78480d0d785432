/**
 * Loops over steps, as one node of the graph:
 *
 *     s_1 … s_K, values = body(s_1 … s_K, x_1[t] … x_M[t], constants)     for t = 0 … steps − 1, or backwards
 *
 * The body is a graph of its own. Its derivative is a loop in the other direction with the cotangents of the states as its states. Only what the
 * next of its steps waits for is computed in it: the cotangents of the x and of the constants follow from its values outside, for all
 * steps at once (`AllSteps`), so a weight's gradient is one contraction. From the loop forwards the derivative reads what was expensive to compute
 * (products, exponentials, reductions), of which then every step is kept; cheap arithmetic on that is done again.
 *
 * Source: Blelloch 1990 for the name; Griewank & Walther 2008, Evaluating derivatives, chapter 3, for the adjoint of a loop.
 */
import {
  allocate,
  type DType,
  isFloat,
  type Shape,
  ShapeError,
  sameShape,
  show,
  type TypedArray,
} from "../base/index.ts";
import { bundle, type ResultParams } from "./bundle.ts";
import { placeholder } from "./leaves.ts";
import { apply, type Node, topological } from "./node.ts";
import { AllSteps, isBatchable } from "./over-steps.ts";
import type { NDArray, Scan, ScanBody, ScanResult } from "./primitive.ts";
import {
  bodyText,
  closedBody,
  constantsBelow,
  dependentOn,
  leavesOf,
  type Run,
  runBody,
  type ScanSpec,
} from "./scan-body.ts";
import { type Loops, pullScan, pushScan } from "./scan-derivative.ts";

// ------------------------------------------------------------------------------------------------------------ evaluation

/** What the reference knows of loops that it has been asked for: a loop has no value itself, its results have. */
const runs = new WeakMap<TypedArray, () => Run>();

function evaluateScan(body: ScanBody, operands: readonly NDArray[]): TypedArray {
  const token = allocate("float32", 0);
  let run: Run | null = null;
  runs.set(token, () => {
    if (run === null || run.stacked.length < body.values.length) run = runBody(body, operands);
    return run;
  });
  return token;
}

/** Of the loops made by forward mode: the tangent of each value of the body that they are the derivative of. */
const tangents = new WeakMap<Node, readonly (Node | null)[]>();

type Described = ResultParams & { readonly shape: Shape; readonly dtype: DType };

export const scanResult: ScanResult<Described> = {
  kind: "result",
  name: "scanResult",
  shape: (_shapes, { shape }) => shape,
  dtype: (_dtypes, { dtype }) => dtype,
  vjp: (ct, _node, { value, final }) => [bundle([{ value, final, cotangent: ct }])],
  jvp([moved], _node, { value, final }) {
    const tangent = moved ? tangents.get(moved)?.[value] : null;
    return moved && tangent ? resultOf(moved, tangent, final) : null;
  },
  evaluate([scanned], { value, final }) {
    const run = runs.get(scanned!.data)!();
    return (final ? run.final : run.stacked)[value]!;
  },
  samples: [],
};

let bodies = 0;

function scanPrimitive(body: ScanBody): Scan<{ readonly body: number }> {
  return {
    kind: "scan",
    name: "scan",
    body,
    closed: () => scanPrimitive(closedBody(body)),
    text: () => bodyText(body),
    shape(shapes) {
      for (const [i, leaf] of leavesOf(body).entries()) checkOperand(body, leaf, shapes[i]!, i);
      return [0];
    },
    dtype: () => "float32",
    vjp: (ct, node) => pullScan(loops, node, body, ct),
    jvp(given, node) {
      const found = pushScan(loops, node, body, given);
      if (found === null) return null;
      tangents.set(found.moved, found.values);
      return found.moved;
    },
    evaluate: (operands) => evaluateScan(body, operands),
    samples: [],
  };
}

function checkOperand({ steps, states, slices }: ScanBody, leaf: Node, found: Shape, i: number): void {
  const isSlice = i >= states.length && i < states.length + slices.length;
  const expected = isSlice ? [steps, ...leaf.shape] : leaf.shape;
  if (sameShape(found, expected)) return;
  const what = i < states.length ? `state ${i}` : isSlice ? `slice ${i - states.length}` : "a constant";
  throw new ShapeError(`scan: ${what} is ${show(found)}; its shape is ${show(expected)}`);
}

// -------------------------------------------------------------------------------------------------------------- building

/** The loop. What it computes is read with `resultOf`. */
export function scan(spec: ScanSpec): Node {
  const { steps, reverse, states, outputs } = spec;
  const slices = [...spec.slices, ...productsBeforehand(spec)];
  const given = [...states.map((s) => s.leaf), ...slices.map((s) => s.leaf)];
  const next = states.map((s) => s.next);
  const constants = constantsBelow([...next, ...outputs], new Set(given));
  const body: ScanBody = {
    id: bodies++,
    steps,
    reverse,
    states: states.map((s) => s.leaf),
    slices: slices.map((s) => s.leaf),
    constants,
    next,
    values: [],
  };
  const operands = [...states.map((s) => s.initial), ...slices.map((s) => s.values), ...constants];
  return apply(scanPrimitive(body), operands, { body: body.id });
}

/**
 * Products in the body that do not wait for the states, such as an input times its weights: they are made for all steps at once and become slices. The
 * outermost ones are enough.
 */
function productsBeforehand({ steps, states, slices, outputs }: ScanSpec): ScanSpec["slices"] {
  const roots = [...states.map((s) => s.next), ...outputs];
  const stateLeaves = new Set(states.map((s) => s.leaf));
  const values = new Map(slices.map((s) => [s.leaf, s.values]));
  const leaves = new Set([...stateLeaves, ...values.keys()]);
  const waiting = dependentOn(stateLeaves, roots, leaves);
  const changing = dependentOn(leaves, roots);
  const all = new AllSteps(
    steps,
    (node) => changing.has(node),
    (node) => values.get(node) ?? null,
  );
  const found: { leaf: Node; values: Node }[] = [];
  const seen = new Set<Node>();
  const stack = [...roots];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node) || !changing.has(node) || leaves.has(node)) continue;
    seen.add(node);
    if (node.op.kind === "contraction" && !waiting.has(node) && canBatch(node, changing, leaves))
      found.push({ leaf: node, values: all.of(node) });
    else for (const input of node.inputs) stack.push(input);
  }
  return found;
}

/** Whether all that changes below a node can be computed for all steps at once. */
function canBatch(root: Node, changing: ReadonlySet<Node>, leaves: ReadonlySet<Node>): boolean {
  const order = topological([root], (node) => !changing.has(node) || leaves.has(node));
  return order.every((node) => !changing.has(node) || leaves.has(node) || isBatchable(node));
}

/** A leaf for the body of a loop, through which derivatives flow. */
export function scanLeaf(shape: Shape, like: Pick<Node, "dtype" | "device">): Node {
  return placeholder(0, shape, like.dtype, { device: like.device, requiresGrad: isFloat(like.dtype) });
}

function bodyOf(scanned: Node): ScanBody {
  if (scanned.op.kind !== "scan") throw new ShapeError(`scan: ${scanned.op.name} is no loop`);
  return scanned.op.body;
}

/** What a node of the body is at all steps, [steps, ...shape] in the order of the slices, or at the last step done. */
export function resultOf(scanned: Node, node: Node, final: boolean): Node {
  const { values, steps, states, slices } = bodyOf(scanned);
  const slice = slices.indexOf(node);
  if (slice >= 0 && !final) return scanned.inputs[states.length + slice]!;
  let value = values.indexOf(node);
  if (value < 0) value = values.push(node) - 1;
  const shape = final ? node.shape : [steps, ...node.shape];
  return apply(scanResult, [scanned], { value, final, shape, dtype: node.dtype });
}

const loops: Loops = { scan, resultOf, leafLike: (node) => scanLeaf(node.shape, node) };
