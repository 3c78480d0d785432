/** Computing: from nodes to values, through a cache of programs by structure. */
import { DeviceError, ShapeError, type Storage, ValueError } from "../base/index.ts";
import type { Executable } from "../devices/index.ts";
import { know, type Node } from "../graph/index.ts";
import { defaultDevice, getDevice, onDeviceDeleted } from "./devices.ts";
import { numberStorage, structureOf, withPlaceholders } from "./structure.ts";
import { isTracing } from "./trace.ts";
import { pendingAssignments, type Variable } from "./variable.ts";

/** Programs by structure, the most recently used last. */
const programs = new Map<string, Executable>();
/** How many programs are kept. */
const programLimit = 512;

onDeviceDeleted((name) => {
  for (const key of programs.keys()) if (key.startsWith(`${name};`)) programs.delete(key);
});

function cached(key: string, make: () => Executable): Executable {
  let program = programs.get(key);
  if (program === undefined) {
    program = make();
    if (programs.size >= programLimit) {
      const [oldest, executable] = programs.entries().next().value!;
      executable.dispose();
      programs.delete(oldest);
    }
  } else {
    programs.delete(key);
  }
  programs.set(key, program);
  return program;
}

/** Losses on which `backward` was called: computed together with the step that follows, not again when they are read. */
let expected: Node[] = [];

/** Asks that `node` be computed along with the next program. */
export function expect(node: Node): void {
  if (!isTracing()) expected.push(node);
}

/** The values of a node that only shows known ones in another shape or under another name. */
function storageBelow(node: Node): Storage | null {
  let below = node;
  while (below.storage === null && (below.op.kind === "alias" || below.op.name === "reshape")) below = below.inputs[0]!;
  return below.storage;
}

/** Computes the values of `nodes`, and every pending assignment with them. */
export function realize(nodes: readonly Node[]): void {
  if (isTracing()) {
    for (const node of nodes)
      if (node.storage === null && dependsOnPlaceholder(node)) throw new DeviceError(unreadable);
  }
  for (const node of nodes) {
    const known = node.storage === null ? storageBelow(node) : null;
    if (known !== null) know(node, known);
  }
  const wanted = nodes.filter((node) => node.storage === null);
  if (wanted.length === 0) return;
  const assignments = isTracing() ? [] : [...pendingAssignments];
  const along = isTracing() ? [] : expected.filter((node) => node.storage === null && !wanted.includes(node));
  if (!isTracing()) expected = [];
  const values = assignments.map(([, value]) => value);
  try {
    compute([...wanted, ...along, ...values]);
  } catch (error) {
    if (error instanceof ShapeError || error instanceof ValueError) settle(assignments);
    throw error;
  }
  commit(assignments);
}

type Assignment = readonly [Variable, Node];

function commit(assignments: readonly Assignment[]): void {
  for (const [variable, value] of assignments) {
    variable.cell.write(value.storage!);
    pendingAssignments.delete(variable);
  }
}

/**
 * Values have turned out wrong. Assignments that have no part in it are made; if one has, the step that made them has failed, and all variables stay as
 * they were.
 */
function settle(assignments: readonly Assignment[]): void {
  try {
    compute(assignments.map(([, value]) => value));
  } catch {
    for (const [variable] of assignments) variable.takeBack();
    return;
  }
  commit(assignments);
}

/** One program for each device. */
function compute(nodes: readonly Node[]): void {
  const groups = new Map<string, Set<Node>>();
  for (const node of nodes) {
    if (node.storage !== null) continue;
    const device = node.device ?? defaultDevice();
    const group = groups.get(device);
    if (group === undefined) groups.set(device, new Set([node]));
    else group.add(node);
  }
  for (const [device, group] of groups) realizeOn(device, [...group]);
}

/** Computes pending assignments: the end of a step outside of `compile`. */
export function flush(): void {
  if (!isTracing() && pendingAssignments.size > 0) realize([...pendingAssignments.values()]);
  for (const [variable, value] of isTracing() ? [] : [...pendingAssignments]) {
    variable.cell.write(value.storage!); // all of them were known already
    pendingAssignments.delete(variable);
  }
}

/** With how many different sets of numbers a structure was compiled. */
const variants = new Map<string, number>();
/** From how many on its numbers become inputs. */
const variantLimit = 3;

function realizeOn(device: string, roots: readonly Node[]): void {
  const structure = structureOf(roots, device);
  const lifted = !programs.has(structure.key) && (variants.get(structure.skeleton) ?? 0) >= variantLimit;
  const numbers = lifted ? structure.numbers : [];
  const program = cached(lifted ? structure.skeleton : structure.key, () => {
    if (variants.size > 8 * programLimit) variants.clear();
    if (structure.numbers.length > 0) variants.set(structure.skeleton, (variants.get(structure.skeleton) ?? 0) + 1);
    const { roots: outputs, placeholders } = withPlaceholders(roots, structure.inputs, numbers);
    return getDevice(device).prepare({ inputs: placeholders, states: [], outputs, updates: [] });
  });
  const values = program.run([...structure.inputs.map((input) => input.storage!), ...numbers.map(numberStorage)], []);
  roots.forEach((root, i) => {
    know(root, values[i]!);
  });
}

const unreadable =
  "reading a value inside compile(): it is not known while the step is traced; return the tensor and read it from the step's result";

export function dependsOnPlaceholder(root: Node): boolean {
  const seen = new Set<Node>();
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node) || node.storage !== null) continue;
    seen.add(node);
    if (node.op.name === "placeholder") return true;
    for (const input of node.inputs) stack.push(input);
  }
  return false;
}

/** Throws if `node` was made inside a trace that has ended, so that nothing can compute it any more. */
export function checkReadable(node: Node): void {
  if (node.storage === null && dependsOnPlaceholder(node)) {
    throw new DeviceError(
      isTracing()
        ? unreadable
        : "reading a tensor that was made inside compile() or a step of scan(): return it from there to read it",
    );
  }
}
