/**
 * Nodes of the computation graph: immutable but for their value, checked when made, computed when somebody reads a value.
 *
 * A node says which primitive is applied to which nodes with which parameters; its shape and dtype follow. Its value, once some
 * program has computed it, is kept in `storage`, so that later programs start from there.
 */
import {
  checkCountable,
  DeviceError,
  type DType,
  DTypeError,
  isComplex,
  isFloat,
  type Shape,
  type Storage,
  sizeOf,
} from "../base/index.ts";
import type { Params, Primitive } from "./primitive.ts";

/** Takes the gradient that `backward` finds for a leaf. */
export interface GradientSink {
  accumulate(gradient: Node): void;
  /** True if it takes none: the leaf is of a graph that is gone, and asking for a derivative through it is an error. */
  readonly refuses?: boolean;
}

export interface NodeOptions {
  /** Of a leaf: whether derivatives with respect to it are wanted. */
  readonly requiresGrad?: boolean;
  /** Where it is computed; null for whatever has no preference (constants). */
  readonly device?: string | null;
}

let nodes = 0;
let recording = true;

export class Node {
  /** Counts up: an operand's id is lower than that of whoever uses it. */
  readonly id: number = nodes++;
  readonly op: Primitive;
  readonly inputs: readonly Node[];
  readonly params: Params;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly device: string | null;
  /** True if a derivative with respect to some leaf may flow through this node. */
  readonly requiresGrad: boolean;
  /** The value, once known. */
  storage: Storage | null = null;
  /** Of a leaf: who collects its gradient under `backward`. */
  sink: GradientSink | null = null;

  constructor(
    op: Primitive,
    inputs: readonly Node[],
    params: Params,
    shape: Shape,
    dtype: DType,
    options: NodeOptions,
  ) {
    if (isComplex(dtype) && op.overload === undefined)
      throw new DTypeError(`${op.name}: complex64 has no values of its own; it is made of two parts by complex()`);
    checkCountable(op.name, shape);
    this.op = op;
    this.inputs = inputs;
    this.params = params;
    this.shape = shape;
    this.dtype = dtype;
    this.device = options.device ?? null;
    this.requiresGrad = options.requiresGrad ?? false;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  /** Turns a node whose value is known into a leaf: it holds on to its operands no more. */
  become(leaf: Primitive, params: Params): void {
    Object.assign(this, { op: leaf, inputs: [], params }); // the one change in a node's life
  }
}

/** Applies a primitive: checks shapes and dtypes now, computes later. Complex operands do it their own way. */
export function apply<P extends Params>(op: Primitive<P>, inputs: readonly Node[], params: P): Node {
  for (const { op: maker } of inputs) if (maker.overload !== undefined) return maker.overload(op, inputs, params);
  const shape = op.shape(
    inputs.map((x) => x.shape),
    params,
  );
  const dtype = op.dtype(
    inputs.map((x) => x.dtype),
    params,
  );
  let device: string | null = null;
  let requiresGrad = false;
  for (const input of inputs) {
    if (input.device !== null) {
      if (device !== null && device !== input.device) {
        throw new DeviceError(
          `${op.name}: operands live on "${device}" and "${input.device}"; copy one of them with tensor(x.arraySync(), { device })`,
        );
      }
      device = input.device;
    }
    requiresGrad ||= input.requiresGrad;
  }
  return new Node(op, inputs, params, shape, dtype, {
    device,
    requiresGrad: requiresGrad && recording && isFloat(dtype),
  });
}

/** Whether new nodes remember that derivatives flow through them. */
export function isRecording(): boolean {
  return recording;
}

/** Runs `body` so that derivatives do not flow through the nodes it makes. */
export function withRecording<T>(on: boolean, body: () => T): T {
  const before = recording;
  recording = on;
  try {
    return body();
  } finally {
    recording = before;
  }
}

/**
 * `make` of `root`, where `make` of something may ask for `made` of what `before` names: that is made first, in a loop, since what would else call itself
 * goes as deep as the graph. `made` holds all that is known so far.
 */
export function bottomUp<K, V>(root: K, made: Map<K, V>, before: (item: K) => readonly K[], make: (item: K) => V): V {
  const stack = [root];
  for (let item = stack.at(-1); item !== undefined; item = stack.at(-1)) {
    const missing = made.has(item) ? [] : before(item).filter((other) => !made.has(other));
    if (missing.length > 0) {
      for (const other of missing) stack.push(other);
      continue;
    }
    if (!made.has(item)) made.set(item, make(item));
    stack.pop();
  }
  return made.get(root)!; // made in the loop
}

/** All nodes that the roots depend on, operands first, stopping below nodes for which `stop` holds (they are included). */
export function topological(roots: readonly Node[], stop: (node: Node) => boolean = () => false): Node[] {
  const order: Node[] = [];
  const seen = new Set<Node>();
  const stack: { node: Node; next: number }[] = [];
  for (const root of roots) {
    if (seen.has(root)) continue;
    seen.add(root);
    stack.push({ node: root, next: 0 });
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!;
      const inputs = stop(top.node) ? [] : top.node.inputs;
      if (top.next < inputs.length) {
        const input = inputs[top.next++]!;
        if (!seen.has(input)) {
          seen.add(input);
          stack.push({ node: input, next: 0 });
        }
      } else {
        order.push(top.node);
        stack.pop();
      }
    }
  }
  return order;
}
