/**
 * The reference device: walks the graph and evaluates every primitive by its own plain definition, in float64 where
 * it can. Slow, and the oracle for every other device.
 */
import { type Cell, DeviceError, GradusError, placeLimit, ShapeError, Storage, show } from "../../base/index.ts";
import { evaluateNode, type NDArray, type Node, printGraph, topological } from "../../graph/index.ts";
import type { Device, Executable, Specification } from "../device.ts";

/** A node with what no later node needs any more once it is computed. */
interface Step {
  readonly node: Node;
  readonly releases: readonly Node[];
}

/** The steps to compute `roots`, which are kept. */
function plan(roots: readonly Node[], given: ReadonlySet<Node>): Step[] {
  const order = topological(roots, (node) => given.has(node) || node.storage !== null);
  const seen = new Set<Node>(roots);
  const backwards = order.toReversed().map((node): Step => {
    const operands = given.has(node) || node.storage !== null ? [] : node.inputs;
    const releases = [...new Set(operands)].filter((x) => !seen.has(x));
    for (const x of releases) seen.add(x);
    return { node, releases };
  });
  return backwards.reverse();
}

function arrayOf(node: Node, storage: Storage): NDArray {
  if (storage.size !== node.size || storage.dtype !== node.dtype) {
    throw new GradusError(
      `reference: a value of ${storage.size} elements of ${storage.dtype} was given for ${node.size} of ${node.dtype}`,
    );
  }
  return { data: storage.array(), shape: node.shape, dtype: node.dtype };
}

/** Computes a node from the values of its operands. */
function evaluate(node: Node, values: ReadonlyMap<Node, NDArray>): NDArray {
  if (node.storage !== null) return arrayOf(node, node.storage);
  if (node.size >= placeLimit) {
    const size = `${show(node.shape)} has ${node.size} elements`;
    throw new ShapeError(`${node.op.name}: ${size}, and the reference device keeps every value; compute it in parts`);
  }
  const operands = node.inputs.map((x) => values.get(x)!);
  const data = evaluateNode(node, operands);
  return { data, shape: node.shape, dtype: node.dtype };
}

/** The values of `roots`, given those of some nodes below them. */
function computeSteps(steps: readonly Step[], roots: readonly Node[], given: ReadonlyMap<Node, Storage>): Storage[] {
  const values = new Map<Node, NDArray>();
  for (const { node, releases } of steps) {
    const known = given.get(node);
    values.set(node, known === undefined ? evaluate(node, values) : arrayOf(node, known));
    for (const done of releases) values.delete(done);
  }
  return roots.map((root) => {
    const { data, dtype } = values.get(root)!;
    return new Storage(dtype, data.length, data);
  });
}

/** The values of nodes whose leaves are all known: for tests and for constants. */
export function evaluateGraph(roots: readonly Node[]): Storage[] {
  return computeSteps(plan(roots, new Set()), roots, new Map());
}

class ReferenceExecutable implements Executable {
  readonly kernels = 0;
  readonly #device: ReferenceDevice;
  readonly #specification: Specification;
  readonly #roots: readonly Node[];
  #steps: readonly Step[];

  constructor(device: ReferenceDevice, specification: Specification) {
    const { inputs, states, outputs, updates, checks = [] } = specification;
    this.#device = device;
    this.#specification = specification;
    this.#roots = [...outputs, ...updates.map((u) => u.value)];
    this.#steps = plan([...this.#roots, ...checks], new Set([...inputs, ...states]));
  }

  run(inputs: readonly Storage[], cells: readonly Cell[]): Storage[] {
    this.#device.check();
    const { inputs: placeholders, states, outputs, updates } = this.#specification;
    const given = new Map<Node, Storage>();
    placeholders.forEach((node, i) => {
      given.set(node, inputs[i]!);
    });
    states.forEach((node, i) => {
      given.set(node, cells[i]!.read());
    });
    const values = computeSteps(this.#steps, this.#roots, given);
    updates.forEach(({ state }, i) => {
      cells[state]!.write(values[outputs.length + i]!);
    });
    return values.slice(0, outputs.length);
  }

  describe(): string {
    return `reference: nothing is compiled, each node is evaluated in turn\n${printGraph(this.#roots)}`;
  }

  dispose(): void {
    this.#steps = [];
  }
}

class ReferenceDevice implements Device {
  readonly name = "reference";
  deleted = false;

  check(): void {
    if (this.deleted) throw new DeviceError('the device "reference" was deleted; start it anew before using it');
  }

  prepare(specification: Specification): Executable {
    this.check();
    return new ReferenceExecutable(this, specification);
  }

  describe(): string {
    return "reference: plain TypeScript, one node after another, accumulating in float64";
  }

  dispose(): void {
    this.deleted = true;
  }
}

export function createReferenceDevice(): Device {
  return new ReferenceDevice();
}
