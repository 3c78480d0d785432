/**
 * Index arithmetic: what element of an operand an element of a result is read from, as a sum of loop variables with whole
 * coefficients. Reshaping brings quotients and remainders, which are simplified away wherever the ranges of the variables allow.
 */

/** A loop variable running over 0 … extent − 1. */
export interface LoopVariable {
  readonly id: number;
  readonly extent: number;
}

/** What a term multiplies: a loop variable, or the quotient or remainder of an index by a positive whole number. */
export type Atom =
  | { readonly kind: "variable"; readonly variable: LoopVariable; readonly key: string }
  | { readonly kind: "quotient" | "remainder"; readonly of: Index; readonly by: number; readonly key: string };

export interface Term {
  readonly coefficient: number;
  readonly atom: Atom;
}

/** constant + Σ coefficient · atom; terms ordered by their atom's key, no coefficient 0. */
export interface Index {
  readonly constant: number;
  readonly terms: readonly Term[];
  /** Its text, once somebody has asked: see `indexKey`. */
  key?: string;
}

/** The condition low ≤ index < high. */
export interface Bound {
  readonly index: Index;
  readonly low: number;
  readonly high: number;
}

/** Where a movement reads: an index for every axis of its operand, and 0 wherever a condition fails. */
export interface Source {
  readonly index: readonly Index[];
  readonly within?: readonly Bound[];
}

export const zeroIndex: Index = { constant: 0, terms: [] };

export function constantIndex(constant: number): Index {
  return constant === 0 ? zeroIndex : { constant, terms: [] };
}

export function variableIndex(variable: LoopVariable): Index {
  if (variable.extent === 1) return zeroIndex;
  return { constant: 0, terms: [{ coefficient: 1, atom: { kind: "variable", variable, key: `i${variable.id}` } }] };
}

/** An index as a text: equal indices have equal texts. */
export function indexKey(index: Index): string {
  if (index.key === undefined) {
    let key = String(index.constant);
    for (const t of index.terms) key += `+${t.coefficient}*${t.atom.key}`;
    index.key = key;
  }
  return index.key;
}

export function sameIndex(a: Index, b: Index): boolean {
  return a === b || indexKey(a) === indexKey(b);
}

/** The least and the greatest value. */
export function rangeOf(index: Index): { low: number; high: number } {
  let [low, high] = [index.constant, index.constant];
  for (const { coefficient, atom } of index.terms) {
    const r = atomRange(atom);
    low += coefficient > 0 ? coefficient * r.low : coefficient * r.high;
    high += coefficient > 0 ? coefficient * r.high : coefficient * r.low;
  }
  return { low, high };
}

function atomRange(atom: Atom): { low: number; high: number } {
  if (atom.kind === "variable") return { low: 0, high: Math.max(0, atom.variable.extent - 1) };
  const of = rangeOf(atom.of);
  if (atom.kind === "quotient") return { low: Math.floor(of.low / atom.by), high: Math.floor(of.high / atom.by) };
  return { low: 0, high: of.low >= 0 ? Math.min(of.high, atom.by - 1) : atom.by - 1 };
}

export function addIndex(a: Index, b: Index): Index {
  if (a.terms.length === 0)
    return b.constant === 0 && a.constant === 0 ? b : { constant: a.constant + b.constant, terms: b.terms };
  if (b.terms.length === 0) return b.constant === 0 ? a : { constant: a.constant + b.constant, terms: a.terms };
  return normalize(a.constant + b.constant, [...a.terms, ...b.terms]);
}

export function addConstant(a: Index, constant: number): Index {
  return constant === 0 ? a : { constant: a.constant + constant, terms: a.terms };
}

export function scaleIndex(a: Index, factor: number): Index {
  if (factor === 0) return zeroIndex;
  if (factor === 1) return a;
  return {
    constant: a.constant * factor,
    terms: a.terms.map((t) => ({ coefficient: t.coefficient * factor, atom: t.atom })),
  };
}

/** Sums equal atoms, and joins c·(x quotient n)·n + c·(x remainder n) back into c·x. */
function normalize(constant: number, terms: readonly Term[]): Index {
  if (terms.length === 2 && terms.every((t) => t.atom.kind === "variable")) {
    const [s, t] = [terms[0]!, terms[1]!];
    if (s.atom.key !== t.atom.key) return { constant, terms: s.atom.key < t.atom.key ? terms : [t, s] };
  }
  const byKey = new Map<string, Term>();
  for (const t of terms) {
    const old = byKey.get(t.atom.key);
    const coefficient = t.coefficient + (old?.coefficient ?? 0);
    if (coefficient === 0) byKey.delete(t.atom.key);
    else byKey.set(t.atom.key, { coefficient, atom: t.atom });
  }
  for (const t of byKey.values()) {
    if (t.atom.kind !== "remainder") continue;
    const quotient = byKey.get(quotientKey(t.atom.of, t.atom.by));
    if (quotient === undefined || quotient.coefficient !== t.coefficient * t.atom.by) continue;
    byKey.delete(t.atom.key);
    byKey.delete(quotient.atom.key);
    return addIndex(normalize(constant, [...byKey.values()]), scaleIndex(t.atom.of, t.coefficient));
  }
  return { constant, terms: [...byKey.values()].sort((a, b) => (a.atom.key < b.atom.key ? -1 : 1)) };
}

function atomKey(kind: "quotient" | "remainder", of: Index, by: number): string {
  return `(${indexKey(of)})${kind === "quotient" ? "/" : "%"}${by}`;
}

/** The key of the atom ⌊x / by⌋, where ⌊⌊x / a⌋ / b⌋ is written ⌊x / ab⌋. */
function quotientKey(x: Index, by: number): string {
  const atom = x.constant === 0 && x.terms.length === 1 && x.terms[0]!.coefficient === 1 ? x.terms[0]!.atom : null;
  return atom?.kind === "quotient" ? atomKey("quotient", atom.of, atom.by * by) : atomKey("quotient", x, by);
}

function atomIndex(kind: "quotient" | "remainder", of: Index, by: number): Index {
  return { constant: 0, terms: [{ coefficient: 1, atom: { kind, of, by, key: atomKey(kind, of, by) } }] };
}

/** Splits x into by·q + r where r's terms stay within 0 … by − 1, if that can be seen. */
function splitBy(x: Index, by: number): { quotient: Index; rest: Index } {
  const whole: Term[] = [];
  const rest: Term[] = [];
  for (const t of x.terms) {
    if (t.coefficient % by === 0) whole.push({ coefficient: t.coefficient / by, atom: t.atom });
    else rest.push(t);
  }
  const q = Math.floor(x.constant / by);
  return { quotient: { constant: q, terms: whole }, rest: { constant: x.constant - q * by, terms: rest } };
}

/** ⌊x / by⌋ */
export function quotientIndex(x: Index, by: number): Index {
  if (by === 1) return x;
  const { quotient, rest } = splitBy(x, by);
  const { low, high } = rangeOf(rest);
  const [first, last] = [Math.floor(low / by), Math.floor(high / by)];
  if (first === last) return addConstant(quotient, first);
  const only = rest.terms.length === 1 ? rest.terms[0]! : null;
  if (only !== null && rest.constant === 0 && only.coefficient === 1 && only.atom.kind === "quotient") {
    return addIndex(quotient, quotientIndex(only.atom.of, only.atom.by * by)); // ⌊⌊x / a⌋ / b⌋ = ⌊x / ab⌋
  }
  const common = commonStep(rest, by);
  if (common !== null) return addIndex(quotient, quotientIndex(common.steps, by / common.step));
  const lift = liftOf(low, by);
  return addIndex(addConstant(quotient, -lift), atomIndex("quotient", addConstant(rest, lift * by), by));
}

/** x − by·⌊x / by⌋ */
export function remainderIndex(x: Index, by: number): Index {
  if (by === 1) return zeroIndex;
  const { rest } = splitBy(x, by);
  const { low, high } = rangeOf(rest);
  const first = Math.floor(low / by);
  if (first === Math.floor(high / by)) return addConstant(rest, -first * by);
  const common = commonStep(rest, by);
  if (common !== null) {
    const { step, steps, within } = common;
    return addIndex(scaleIndex(remainderIndex(steps, by / step), step), within);
  }
  return atomIndex("remainder", addConstant(rest, liftOf(low, by) * by), by);
}

/** How many times `by` lifts an index that goes down to `low` to 0 or above: processors round quotients of others towards zero. */
function liftOf(low: number, by: number): number {
  return low < 0 ? Math.ceil(-low / by) : 0;
}

/**
 * Writes x as step·steps + within, where step divides `by` and 0 ≤ within < step: then the division sees only the steps, ⌊x / by⌋ = ⌊steps / (by / step)⌋.
 * So neighbours within a step stay neighbours: (4p + i) mod 56 = 4·(p mod 14) + i for i in 0 … 3.
 */
function commonStep(x: Index, by: number): { step: number; steps: Index; within: Index } | null {
  const candidates = new Set(x.terms.map((t) => greatestCommonDivisor(Math.abs(t.coefficient), by)));
  for (const step of [...candidates].sort((a, b) => b - a)) {
    if (step === 1) break;
    const { quotient, rest } = splitBy(x, step);
    const { low, high } = rangeOf(rest);
    if (low >= 0 && high < step) return { step, steps: quotient, within: rest };
  }
  return null;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The position in row-major order of the element at `index` of an array of `shape`. */
export function linearIndex(index: readonly Index[], shape: readonly number[]): Index {
  let linear = zeroIndex;
  for (let i = 0; i < shape.length; i++) linear = addIndex(scaleIndex(linear, shape[i]!), index[i]!);
  return linear;
}

/** The inverse of `linearIndex`. */
export function unravelIndex(linear: Index, shape: readonly number[]): Index[] {
  const out = new Array<Index>(shape.length);
  let rest = linear;
  for (let i = shape.length - 1; i >= 0; i--) {
    const n = shape[i]!;
    out[i] = i === 0 ? rest : n === 1 ? zeroIndex : remainderIndex(rest, n);
    rest = i === 0 ? rest : quotientIndex(rest, Math.max(1, n));
  }
  if (shape.length > 0 && shape[0] === 1) out[0] = zeroIndex;
  return out;
}

/** All loop variables in an index, those inside quotients and remainders too. */
export function variablesOf(index: Index, into: Set<LoopVariable> = new Set()): Set<LoopVariable> {
  for (const { atom } of index.terms) {
    if (atom.kind === "variable") into.add(atom.variable);
    else variablesOf(atom.of, into);
  }
  return into;
}

/** The index with every variable replaced. */
export function substitute(index: Index, replacement: (variable: LoopVariable) => Index): Index {
  let out = constantIndex(index.constant);
  for (const { coefficient, atom } of index.terms) {
    const value =
      atom.kind === "variable"
        ? replacement(atom.variable)
        : (atom.kind === "quotient" ? quotientIndex : remainderIndex)(substitute(atom.of, replacement), atom.by);
    out = addIndex(out, scaleIndex(value, coefficient));
  }
  return out;
}
