/**
 * Checking values: at once where they are known; else by a check in the graph, which throws the same error when it is computed.
 *
 * A trace runs its checks whether or not a result needs them, as the function would outside of it. Values that are not read yet are checked when
 * something that needs them is computed.
 */
import { dtypeInfo, isFloat, isHalf, leastOf, numbersOf, type Storage } from "../base/index.ts";
import {
  boundsOf,
  type Complaint,
  cast,
  check,
  checked,
  complaintOf,
  constantLike,
  floor,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  type Node,
  notEqual,
  slice,
} from "../graph/index.ts";
import { noteCheck } from "./trace.ts";

/** Which values are right. */
export interface Allowed {
  readonly low: number;
  readonly high: number;
  /** Only whole numbers, hence not NaN; else NaN is passed over. */
  readonly whole?: boolean;
  /** One more value. */
  readonly or?: number;
}

function isAllowed(value: number, { low, high, whole = false, or }: Allowed): boolean {
  return value === or || (!(value < low || value > high) && (!whole || Number.isInteger(value)));
}

/** What has been checked already, so that a batch that is used again costs nothing. */
const answered = /* @__PURE__ */ new WeakMap<Storage, Set<string>>();

/** x, checked; `{0}` in the complaint is the wrong value, `{at}` its place. */
export function checkValues(x: Node, allowed: Allowed, complaint: Complaint): Node {
  if (x.storage !== null) {
    checkStorage(x.storage, allowed, complaint);
    return x;
  }
  const { low, high } = rangeOf(allowed);
  const found = boundsOf(x);
  const settled = found.low >= allowed.low && found.high <= allowed.high && !isFloat(x.dtype);
  const wrong = settled ? null : wrongAmong(x, allowed);
  return wrong === null ? x : checkNodes(x, wrong, [x], complaint, isFloat(x.dtype) ? {} : { low, high });
}

/**
 * x, for whoever needs no element of `wrong` to be true; `shown` are the values of the complaint. Of values that are known already whoever calls
 * has made sure.
 */
export function checkNodes(
  x: Node,
  wrong: Node,
  shown: readonly Node[],
  complaint: Complaint,
  { low, high }: { readonly low?: number; readonly high?: number } = {},
): Node {
  const made = check(wrong, shown, complaint);
  noteCheck(made);
  return checked(x, made, low, high);
}

/** What is asked of an element of a vector and the one before it. */
interface NeighbourRule {
  /** Whether `here` may follow `before`. */
  readonly fits: (before: number, here: number) => boolean;
  /** The same of nodes. */
  readonly node: (before: Node, here: Node) => Node;
}

/** Vectors that ascend; NaN has no place in them. */
export const ascending: NeighbourRule = { fits: (a, b) => a <= b, node: lessEqual };
export const strictlyAscending: NeighbourRule = { fits: (a, b) => a < b, node: less };

/** Vectors that ascend up to a limit. */
export function ascendingTo(limit: number): NeighbourRule {
  return {
    fits: (a, b) => a <= b && b <= limit,
    node: (a, b) => logicalAnd(lessEqual(a, b), lessEqual(b, constantLike(b, limit))),
  };
}

/** A vector, each of whose elements may follow the one before; `{0}` is that one, `{1}` the wrong one, `{at}` its place. */
export function checkNeighbours(x: Node, { fits, node }: NeighbourRule, complaint: Complaint): Node {
  const n = x.size;
  if (n < 2) return x;
  if (x.storage !== null) {
    const values = x.storage.array();
    for (let i = 1; i < n; i++) {
      const [before, here] = [values[i - 1]!, values[i]!];
      if (!fits(Number(before), Number(here)))
        throw complaintOf({ ...complaint, first: 0, size: n }, i, [before, here]);
    }
    return x;
  }
  const from = (start: number): Node => slice(x, { start: [start], size: [n - 1], step: [1] });
  const [before, here] = [from(0), from(1)];
  return checkNodes(x, logicalNot(node(before, here)), [before, here], { ...complaint, first: 1 });
}

/** A vector that begins with `value`; `{0}` is what it begins with. */
export function checkFirst(x: Node, value: number, complaint: Complaint): Node {
  if (x.size === 0) return x;
  if (x.storage !== null) {
    const [found] = x.storage.array();
    if (Number(found) !== value) throw complaintOf({ ...complaint, first: 0, size: x.size }, 0, [found!]);
    return x;
  }
  const first = slice(x, { start: [0], size: [1], step: [1] });
  return checkNodes(x, notEqual(first, constantLike(first, value)), [first], complaint);
}

/** Bounds of what is allowed. */
function rangeOf({ low, high, or = low }: Allowed): { low: number; high: number } {
  return { low: Math.min(low, or), high: Math.max(high, or) };
}

function checkStorage(storage: Storage, allowed: Allowed, complaint: Complaint): void {
  const { low, high, whole, or } = allowed;
  const question = `${low}/${high}/${whole}/${or}`;
  const before = answered.get(storage) ?? new Set();
  if (before.has(question)) return;
  const values = numbersOf(storage.array());
  for (let i = 0; i < values.length; i++) {
    if (!isAllowed(values[i]!, allowed))
      throw complaintOf({ first: 0, size: values.length, ...complaint }, i, [storage.array()[i]!]);
  }
  answered.set(storage, before.add(question));
}

/** True where an element is not allowed; null if none can be. */
function wrongAmong(node: Node, { low, high, whole = false, or }: Allowed): Node | null {
  const x = isHalf(node.dtype) ? cast(node, "float32") : node; // whose own numbers are far apart
  const [least, most] = [Number(leastOf(x.dtype)), greatest(x)];
  const parts: Node[] = [];
  if (low > least) parts.push(less(x, constantLike(x, low)));
  if (high < most) parts.push(less(constantLike(x, high), x));
  if (whole && isFloat(x.dtype)) parts.push(notEqual(floor(x), x));
  if (parts.length === 0) return null;
  const outside = parts.reduce(logicalOr);
  return or === undefined || or < least || or > most ? outside : logicalAnd(outside, notEqual(x, constantLike(x, or)));
}

/** The greatest value of x's dtype. */
function greatest({ dtype }: Node): number {
  const { kind, itemsize, signed } = dtypeInfo[dtype];
  if (kind === "bool") return 1;
  return kind === "integer" ? 2 ** (8 * itemsize - (signed ? 1 : 0)) - 1 : Number.POSITIVE_INFINITY;
}
