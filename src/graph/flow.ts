/**
 * Flows: cotangents and tangents on their way through a graph, with what is known about where they are zero.
 *
 * `where(c, a, b)` cuts the cotangent of `a` to c. If the next slope is infinite where the cut is (√x at 0), the
 * product of the cut cotangent and the slope would be 0 · ∞ = NaN. So the cut is not made before the slope but after
 * it: a flow carries its mask along, next to a value that may be anything where the mask is off, and the two are
 * joined, `where(mask, value, 0)`, only when the plain cotangent is needed. The derivative of that is cut the same
 * way again, so every order is safe.
 */
import { isFloat, sameShape } from "../base/index.ts";
import { add } from "./addition.ts";
import { addCotangents } from "./bundle.ts";
import { logicalAnd, logicalNot, logicalOr, where, whereElementwise } from "./elementwise-comparison.ts";
import { constantLike, isZero } from "./leaves.ts";

import type { Node } from "./node.ts";
import type { Primitive } from "./primitive.ts";
import { expandMovement, sumReduction } from "./summation.ts";

type MakeCondition = (conditions: readonly Node[]) => Node;

/**
 * Where a flow may differ from zero: where `condition` is true, or where it is false. Made only when it is asked for.
 */
export class Mask {
  /** Other masks of which it is made, and how. */
  readonly #parts: readonly Mask[];
  readonly #make: MakeCondition | null;
  #condition: Node | null;
  readonly on: boolean;

  private constructor(condition: Node | null, on: boolean, parts: readonly Mask[], make: MakeCondition | null) {
    this.#condition = condition;
    this.on = on;
    this.#parts = parts;
    this.#make = make;
  }

  static of(condition: Node, on = true): Mask {
    return new Mask(condition, on, [], null);
  }

  /** Made of the conditions of other masks once it is asked for. */
  static from(parts: readonly Mask[], make: MakeCondition, on = true): Mask {
    return new Mask(null, on, parts, make);
  }

  /** Masks on their way through a thousand layers are made of one another: first those that it needs, one after the other. */
  get condition(): Node {
    const stack: Mask[] = [this];
    for (let mask = stack.at(-1); mask !== undefined; mask = stack.at(-1)) {
      const missing = mask.#condition === null ? mask.#parts.filter((part) => part.#condition === null) : [];
      if (missing.length > 0) for (const part of missing) stack.push(part);
      else {
        mask.#condition ??= mask.#make!(mask.#parts.map((part) => part.#condition!));
        stack.pop();
      }
    }
    return this.#condition!;
  }

  /** The condition that is true where the flow may differ from zero, of the mask's own condition. */
  opened(condition: Node): Node {
    return this.on ? condition : logicalNot(condition);
  }

  /** Whether both are known to come from one condition. */
  isBeside(other: Mask): boolean {
    return this === other || (this.#condition !== null && this.#condition === other.#condition);
  }

  /** `value` where open, else zero. */
  cut(value: Node): Node {
    const zero = constantLike(value, 0);
    return this.on ? where(this.condition, value, zero) : where(this.condition, zero, value);
  }
}

function both(a: Mask | null, b: Mask | null): Mask | null {
  if (a === null || b === null) return a ?? b;
  if (a.isBeside(b) && a.on === b.on) return a;
  return Mask.from([a, b], ([x, y]) => logicalAnd(a.opened(x!), b.opened(y!)));
}

function either(a: Mask, b: Mask): Mask {
  return Mask.from([a, b], ([x, y]) => logicalOr(a.opened(x!), b.opened(y!)));
}

/** A cotangent or tangent: `value` where the mask is open, zero elsewhere. */
export class Flow {
  readonly value: Node;
  readonly mask: Mask | null;
  #full: Node | null;

  /** `full` where it is known already. */
  constructor(value: Node, mask: Mask | null, full: Node | null = null) {
    this.value = value;
    this.mask = mask;
    this.#full = mask === null ? value : full;
  }

  /** The plain cotangent or tangent. */
  get full(): Node {
    this.#full ??= this.mask!.cut(this.value);
    return this.#full;
  }

  get isZero(): boolean {
    return isZero(this.value);
  }

  /** The sum. Nothing is cut twice: parts with one mask are joined under it, complementary ones are chosen from. */
  plus(other: Flow): Flow {
    if (this.isZero) return other;
    if (other.isZero) return this;
    const [m, n] = [this.mask, other.mask];
    if (m === null || n === null) return new Flow(addCotangents(this.full, other.full), null);
    if (!m.isBeside(n)) {
      const sum = add(this.full, other.full);
      return new Flow(sum, either(m, n), sum);
    }
    if (m.on === n.on) return new Flow(add(this.value, other.value), m);
    const [inside, outside] = m.on ? [this.value, other.value] : [other.value, this.value];
    return new Flow(where(m.condition, inside, outside), null);
  }

  /** This under one more mask. */
  under(mask: Mask | null): Flow {
    return mask === null ? this : new Flow(this.value, both(mask, this.mask));
  }
}

/** The flow that a node stands for: sees a cut, `where(c, x, 0)` or `where(c, 0, x)`, and cuts inside of it. */
export function flowOf(node: Node): Flow {
  let [value, mask]: [Node, Mask | null] = [node, null];
  while (value.op === whereElementwise) {
    const [condition, a, b]: readonly Node[] = value.inputs;
    const on: boolean = isZero(b!);
    if (!on && !isZero(a!)) break;
    mask = both(mask, Mask.of(condition!, on));
    value = on ? a! : b!;
  }
  return new Flow(value, mask, node);
}

/** How the mask of a cotangent travels through the derivative of a primitive. */
type Travel =
  /** it stays as it is: every element flows to the same place */
  | "stays"
  /** every element flows to places of its own, and the mask moves likewise */
  | "moves"
  /**
   * it is cut here: where elements add up, a mask of the sum would cost a reduction of its own (but see `narrowMask`)
   */
  | "ends";

function travel(op: Primitive): Travel {
  switch (op.kind) {
    case "elementwise":
    case "checked":
      return "stays";
    case "movement":
      return op.repeats === true ? "ends" : "moves";
    case "reduction":
    case "concatenation":
      return "moves";
    default:
      return "ends";
  }
}

/** The rule by which masks move back through a node: the extremes spread theirs over the elements as a sum does. */
function maskRule(op: Primitive): Primitive {
  return op.kind === "reduction" && op.combine !== "add" ? sumReduction : op;
}

/** A mask from operand `i`'s point of view, where the node's result has `mask` and every element has its own place. */
function movedMask(mask: Mask, node: Node, i: number): Mask {
  return Mask.from([mask], ([condition]) => maskRule(node.op).vjp(condition!, node, node.params)[i]!, mask.on);
}

/**
 * What an operand and the mask were before both were repeated to the shape of the result: a mask that costs no
 * reduction.
 */
function narrowMask(mask: Mask, node: Node): Mask | null {
  if (node.op !== expandMovement || mask.condition.op !== expandMovement) return null;
  const [before] = mask.condition.inputs;
  return sameShape(before!.shape, node.inputs[0]!.shape) ? Mask.of(before!, mask.on) : null;
}

/** Reverse mode through one node: the cotangents of its operands, null where nothing flows. */
export function pull(node: Node, ct: Flow): (Flow | null)[] {
  const { op, params } = node;
  if (ct.isZero && op.kind !== "alias") {
    return node.inputs.map((x) => (isFloat(x.dtype) ? new Flow(constantLike(x, 0), null) : null));
  }
  const vjp = (value: Node, masked: (x: Flow, i: number) => Flow = (x) => x) =>
    op.vjp(value, node, params).map((x, i) => (x === null ? null : masked(flowOf(x), i)));
  const { mask } = ct;
  if (mask === null) return vjp(ct.value);
  switch (travel(op)) {
    case "stays":
      return vjp(ct.value, (x) => (x.value === ct.value && x.mask === null ? ct : x.under(mask)));
    case "moves":
      return vjp(ct.value, (x, i) => x.under(movedMask(mask, node, i)));
    case "ends": {
      const narrow = narrowMask(mask, node);
      return vjp(ct.full, (x) => (narrow === null ? x : new Flow(x.full, narrow, x.full)));
    }
  }
}

/** Forward mode through one node: the tangent of its result from those of its operands; null is zero. */
export function push(node: Node, tangents: readonly (Flow | null)[]): Flow | null {
  const { op, params } = node;
  const flows = tangents.map((t) => (t === null || t.isZero ? null : t));
  if (flows.every((t) => t === null)) return null;
  const jvp = (values: readonly (Node | null)[]): Flow | null => {
    const tangent = op.jvp(values, node, params);
    return tangent && flowOf(tangent);
  };
  const masked = flows.some((t) => t !== null && t.mask !== null);
  if (masked && travel(op) === "stays") {
    const alone = flows.map((t, i) => t && jvp(flows.map((_, j) => (i === j ? t.value : null)))?.under(t.mask));
    return alone.reduce<Flow | null>((sum, t) => (sum && t ? sum.plus(t) : (sum ?? t ?? null)), null);
  }
  const [only] = flows;
  if (masked && op.kind === "movement" && only) {
    const mask = only.mask!;
    return jvp([only.value])?.under(Mask.from([mask], ([c]) => op.jvp([mask.opened(c!)], node, params)!)) ?? null;
  }
  return jvp(flows.map((t) => t?.full ?? null));
}
