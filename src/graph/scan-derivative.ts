/**
 * Derivatives of loops.
 *
 * Backwards: a loop in the other direction whose states are the cotangents of the states. Of the body's derivative only what its next step waits for
 * is computed in it; the cotangents of slices and constants follow from that outside, for all steps at once. Forwards: a loop in the same direction whose states are
 * the tangents of the states.
 *
 * Both read the original loop: what was expensive to compute there (products, exponentials, reductions) is kept of every step; cheap arithmetic on
 * it is done again.
 */
import { isFloat, sameShape } from "../base/index.ts";
import { add } from "./addition.ts";
import { entriesOf } from "./bundle.ts";
import { backward, forward, type Root } from "./differentiate.ts";
import { constantLike, isZero } from "./leaves.ts";
import { pad, reshape } from "./movement.ts";
import type { Node } from "./node.ts";
import { AllSteps, isBatchable } from "./over-steps.ts";
import type { ScanBody } from "./primitive.ts";
import { constantsBelow, dependentOn, leavesOf, type ScanSpec } from "./scan-body.ts";

/** What derivatives build with; handed in by `scan.ts`, which needs them. */
export interface Loops {
  scan(spec: ScanSpec): Node;
  resultOf(scanned: Node, node: Node, final: boolean): Node;
  leafLike(node: Node): Node;
}

/** Cotangents of the operands of a loop from the bundle of those of its results. */
export function pullScan(loops: Loops, scanned: Node, body: ScanBody, ct: Node): (Node | null)[] {
  return new Adjoint(loops, scanned, body, ct).cotangents();
}

/** A loop that computes the tangents of the values of a body, with them; null if nothing moves. */
export function pushScan(
  loops: Loops,
  scanned: Node,
  body: ScanBody,
  tangents: readonly (Node | null)[],
): { readonly moved: Node; readonly values: readonly (Node | null)[] } | null {
  return new Tangent(loops, scanned, body, tangents).build();
}

/** What both directions know of the loop that they are the derivative of. */
class Derivative {
  readonly loops: Loops;
  readonly scanned: Node;
  readonly body: ScanBody;
  /** All leaves of the body. */
  readonly leaves: ReadonlySet<Node>;
  /** Those that change from step to step. */
  readonly #moving: ReadonlySet<Node>;

  constructor(loops: Loops, scanned: Node, body: ScanBody) {
    this.loops = loops;
    this.scanned = scanned;
    this.body = body;
    this.leaves = new Set(leavesOf(body));
    this.#moving = new Set([...body.states, ...body.slices]);
  }

  /** The nodes below `roots` that change from step to step, with `more` leaves. */
  changing(roots: readonly Node[], more: Iterable<Node>): Set<Node> {
    return dependentOn(new Set([...this.#moving, ...more]), roots, this.leaves);
  }

  /** The values of all steps of a node of the original loop that is kept rather than computed again; null of any other. */
  kept(node: Node): Node | null {
    const known = this.#moving.has(node) || this.body.values.includes(node);
    if (!known && (isCheap(node) || this.#readsMore(node))) return null;
    return this.loops.resultOf(this.scanned, node, false);
  }

  /** Whether a node reads something from outside that the original loop does not: the tangent of a weight, say. */
  #readsMore(node: Node): boolean {
    return constantsBelow([node], this.#moving).some((x) => !this.leaves.has(x));
  }

  /** The leaves by which a derivative's body, the graph below `roots`, reads the original loop. `own` depends on leaves of its own. */
  readings(
    roots: readonly Node[],
    changing: ReadonlySet<Node>,
    own: ReadonlySet<Node>,
  ): { leaf: Node; values: Node }[] {
    const found: { leaf: Node; values: Node }[] = [];
    const seen = new Set<Node>();
    const stack = [...roots];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (seen.has(node) || !changing.has(node)) continue;
      seen.add(node);
      const values = own.has(node) ? null : this.kept(node);
      if (values === null) for (const input of node.inputs) stack.push(input);
      else found.push({ leaf: node, values });
    }
    return found;
  }
}

/** Whether computing it again costs no more than reading it. */
function isCheap(node: Node): boolean {
  const { op } = node;
  if (op.kind === "elementwise") return op.expensive !== true;
  if (op.kind === "checked") return true; // the loop itself has checked it
  return op.kind === "movement" || op.kind === "concatenation" || (op.kind === "alias" && isBatchable(node));
}

class Adjoint extends Derivative {
  /** Cotangents of values of every step: the value, its leaf, what stands for it. */
  readonly #given = new Map<Node, { readonly leaf: Node; values: Node }>();
  /** States whose cotangents are carried from step to step: the leaf, and the cotangent after the last step. */
  readonly #carried = new Map<number, { readonly leaf: Node; readonly initial: Node }>();

  constructor(loops: Loops, scanned: Node, body: ScanBody, ct: Node) {
    super(loops, scanned, body);
    for (const { value, final, cotangent } of entriesOf(ct)) {
      const node = body.values[value]!;
      const state = body.next.indexOf(node);
      const last = final ? cotangent : ofLastStep(cotangent, body);
      if (state >= 0 && last !== null) this.#carry(state, last);
      else this.#give(node, final ? atLastStep(cotangent, body) : cotangent);
    }
  }

  #carry(state: number, cotangent: Node): void {
    const before = this.#carried.get(state);
    const leaf = before?.leaf ?? this.loops.leafLike(cotangent);
    this.#carried.set(state, { leaf, initial: before === undefined ? cotangent : add(before.initial, cotangent) });
  }

  #give(node: Node, values: Node): void {
    const before = this.#given.get(node);
    if (before === undefined) this.#given.set(node, { leaf: this.loops.leafLike(node), values });
    else before.values = add(before.values, values);
  }

  cotangents(): (Node | null)[] {
    const { body, scanned } = this;
    const { states, slices, constants } = body;
    const isWanted = (i: number): boolean => scanned.inputs[i]!.requiresGrad;
    const behind = states.length + slices.length;
    const targets = [
      ...states,
      ...slices.filter((_, i) => isWanted(states.length + i)),
      ...constants.filter((_, i) => isWanted(behind + i)),
    ].filter((leaf) => isFloat(leaf.dtype));
    const found = this.#derivative(targets);
    const all = this.#allSteps(found);
    const before = (i: number): Node | null => {
      const carried = this.#carried.get(i);
      return carried === undefined ? null : all.loop!.final(this.#before(i, found));
    };
    return [
      ...states.map((_, i) => (isWanted(i) ? before(i) : null)),
      ...slices.map((leaf) => (found.has(leaf) && !states.includes(leaf) ? all.steps.of(found.get(leaf)!) : null)),
      ...constants.map((leaf) => (found.has(leaf) ? all.steps.sum(found.get(leaf)!) : null)),
    ];
  }

  /** The cotangents of the leaves at one step. Those of more and more states are carried, until no other comes up. */
  #derivative(targets: readonly Node[]): Map<Node, Node> {
    for (;;) {
      const roots: Root[] = [...this.#carried].map(([i, { leaf }]) => ({ node: this.body.next[i]!, cotangent: leaf }));
      for (const [node, { leaf }] of this.#given) roots.push({ node, cotangent: leaf });
      const found = backward(roots, targets, this.leaves);
      const more = this.body.states.flatMap((leaf, i) => {
        const cotangent = this.#carried.has(i) ? undefined : found.get(leaf);
        return cotangent === undefined || isZero(cotangent) ? [] : [i];
      });
      if (more.length === 0) return found;
      for (const i of more) {
        const leaf = this.loops.leafLike(this.body.states[i]!);
        this.#carried.set(i, { leaf, initial: constantLike(leaf, 0) });
      }
    }
  }

  /** The cotangent of a carried state before a step. */
  #before(state: number, found: ReadonlyMap<Node, Node>): Node {
    const leaf = this.body.states[state]!;
    return found.get(leaf) ?? constantLike(leaf, 0);
  }

  /** The loop backwards, and everything that the derivative computes at all steps at once. */
  #allSteps(found: ReadonlyMap<Node, Node>): { steps: AllSteps; loop: { final(node: Node): Node } | null } {
    const { body, loops } = this;
    const { steps } = body;
    const given = [...this.#given.values()];
    const carried = [...this.#carried.values()];
    const ownLeaves = new Set([...given, ...carried].map((x) => x.leaf));
    const next = [...this.#carried.keys()].map((i) => this.#before(i, found));
    const roots = [...found.values(), ...next];
    const own = dependentOn(ownLeaves, roots, this.leaves);
    const changing = this.changing(roots, ownLeaves);
    const inLoop = carried.length === 0 ? new Set<Node>() : inLoopNodes(next, roots, own);
    const stops = new Set([...this.leaves, ...ownLeaves]);
    const outputs = [...inLoop].filter((node) => !isBatchable(node) && !stops.has(node));
    const read = this.readings([...next, ...outputs], changing, own);
    const reversed =
      carried.length === 0
        ? null
        : loops.scan({
            steps,
            reverse: !body.reverse,
            states: carried.map(({ leaf, initial }, i) => ({ leaf, initial, next: next[i]! })),
            slices: [...given.filter(({ leaf }) => inLoop.has(leaf)), ...read],
            outputs,
          });
    const known = (node: Node): Node | null => {
      const input = given.find(({ leaf }) => leaf === node);
      if (input !== undefined) return input.values;
      if (!own.has(node)) return this.kept(node);
      const isComputed = inLoop.has(node) || carried.some(({ leaf }) => leaf === node);
      return reversed !== null && isComputed ? loops.resultOf(reversed, node, false) : null;
    };
    return {
      steps: new AllSteps(steps, (node) => changing.has(node), known),
      loop: reversed && { final: (node) => loops.resultOf(reversed, node, true) },
    };
  }
}

/** What has to be computed step by step: what the next step waits for, and what cannot be done for all steps at once. */
function inLoopNodes(next: readonly Node[], roots: readonly Node[], own: ReadonlySet<Node>): Set<Node> {
  const inLoop = new Set<Node>();
  const enter = (from: readonly Node[]): void => {
    const stack = [...from];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (inLoop.has(node) || !own.has(node)) continue;
      inLoop.add(node);
      for (const input of node.inputs) stack.push(input);
    }
  };
  enter(next);
  const seen = new Set<Node>();
  const stack = [...roots];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node) || inLoop.has(node) || !own.has(node)) continue;
    seen.add(node);
    if (node.op.kind !== "leaf" && !isBatchable(node)) enter([node]);
    else for (const input of node.inputs) stack.push(input);
  }
  return inLoop;
}

/** A cotangent of the last step among zeros of all others. */
function atLastStep(cotangent: Node, { steps, reverse }: ScanBody): Node {
  const rest = cotangent.shape.map(() => 0);
  const [before, after] = reverse ? [0, steps - 1] : [steps - 1, 0];
  return pad(reshape(cotangent, [1, ...cotangent.shape]), {
    before: [before, ...rest],
    after: [after, ...rest],
    interior: [0, ...rest],
  });
}

/** The opposite: the cotangent of the last step where all others are zero, as it is if only the last step is read; else null. */
function ofLastStep(cotangent: Node, { steps, reverse }: ScanBody): Node | null {
  const [only] = cotangent.inputs;
  const { before, interior } = cotangent.params;
  if (cotangent.op.name !== "pad" || only?.shape[0] !== 1 || !Array.isArray(before) || !Array.isArray(interior))
    return null;
  const shape = cotangent.shape.slice(1);
  const whole = sameShape(only.shape.slice(1), shape) && interior.every((n) => n === 0);
  return whole && before[0] === (reverse ? 0 : steps - 1) ? reshape(only, shape) : null;
}

class Tangent extends Derivative {
  readonly #tangents: readonly (Node | null)[];

  constructor(loops: Loops, scanned: Node, body: ScanBody, tangents: readonly (Node | null)[]) {
    super(loops, scanned, body);
    this.#tangents = tangents;
  }

  build(): { readonly moved: Node; readonly values: readonly (Node | null)[] } | null {
    const { body, loops } = this;
    const { states, slices, constants, next } = body;
    const given = this.#tangents;
    const values = [...body.values]; // reading the loop adds more
    const moving = new Map<Node, Node>();
    const carried = new Map<number, { readonly leaf: Node; readonly initial: Node }>();
    const carry = (i: number, initial: Node): void => {
      const leaf = loops.leafLike(states[i]!);
      carried.set(i, { leaf, initial });
      moving.set(states[i]!, leaf);
    };
    states.forEach((_, i) => {
      const initial = given[i];
      if (initial) carry(i, initial);
    });
    const sliced = slices.flatMap((leaf, i) => {
      const tangent = given[states.length + i];
      return tangent ? [{ of: leaf, leaf: loops.leafLike(leaf), values: tangent }] : [];
    });
    for (const { of, leaf } of sliced) moving.set(of, leaf);
    constants.forEach((leaf, i) => {
      const tangent = given[states.length + slices.length + i];
      if (tangent) moving.set(leaf, tangent);
    });
    for (;;) {
      const found = forward([...next, ...values], moving, this.leaves);
      const more = states.flatMap((leaf, i) => (found[i] && !carried.has(i) && isFloat(leaf.dtype) ? [i] : []));
      for (const i of more) carry(i, constantLike(states[i]!, 0));
      if (more.length > 0) continue;
      const after = (i: number): Node => found[i] ?? constantLike(states[i]!, 0);
      const outputs = found.slice(next.length);
      if (carried.size === 0 && outputs.every((x) => x === null)) return null;
      const roots = [...[...carried.keys()].map(after), ...outputs.filter((x) => x !== null)];
      const ownLeaves = new Set([...[...carried.values()].map((c) => c.leaf), ...sliced.map((s) => s.leaf)]);
      const changing = this.changing(roots, ownLeaves);
      const own = dependentOn(ownLeaves, roots, this.leaves);
      const read = this.readings(roots, changing, own).filter(({ leaf }) => !ownLeaves.has(leaf));
      const moved = loops.scan({
        steps: body.steps,
        reverse: body.reverse,
        states: [...carried].map(([i, { leaf, initial }]) => ({ leaf, initial, next: after(i) })),
        slices: [...sliced, ...read],
        outputs: outputs.filter((x) => x !== null),
      });
      return { moved, values: outputs };
    }
  }
}
