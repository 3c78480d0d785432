/**
 * What primitives mean for complex numbers, in terms of real and imaginary parts: z = a + ib, w = c + id.
 *
 * Each formula is made of differentiable operations on real nodes, so derivatives of every order follow by themselves.
 * Where the textbook's formula overflows or cancels, a better known one stands: Smith's division, hypot for |z|, log1p
 * for ln |z| near 1. An imaginary part that is known to be 0 costs nothing.
 */
import { DTypeError } from "../base/index.ts";
import { add, addition } from "./addition.ts";
import { detach, detachAlias } from "./alias.ts";
import { type ContractionParams, contract, contraction } from "./contraction.ts";
import { abs, cast, castElementwise, copysign, div, mul, neg, sign, sub } from "./elementwise-arithmetic.ts";
import {
  equal,
  less,
  logicalAnd,
  logicalOr,
  notEqual,
  signbit,
  where,
  whereElementwise,
} from "./elementwise-comparison.ts";
import { exp, exp2, log, log1p, log2, log10, pow, sqrt } from "./elementwise-exponential.ts";
import { atan2, cos, cosh, sin, sinh, tan, tanh } from "./elementwise-trigonometric.ts";
import { hypot } from "./hypot.ts";
import { constantLike, constantValue, isZero } from "./leaves.ts";
import { apply, type Node } from "./node.ts";
import type { Params, Primitive } from "./primitive.ts";

/** A complex array as two real ones. */
export interface Parts {
  readonly re: Node;
  readonly im: Node;
}

const zeroLike = (x: Node): Node => constantLike(x, 0);
const half = (x: Node): Node => mul(x, constantLike(x, 0.5));
const isReal = ({ im }: Parts): boolean => isZero(im);
const real = (re: Node): Parts => ({ re, im: zeroLike(re) });

// ---------------------------------------------------------------------------------------------------------- arithmetic

/** zw = (ac − bd) + i (ad + bc), for any product that is linear on both sides. */
function productBy(multiply: (x: Node, y: Node) => Node, z: Parts, w: Parts): Parts {
  const re = multiply(z.re, w.re);
  if (isReal(z)) return isReal(w) ? real(re) : { re, im: multiply(z.re, w.im) };
  if (isReal(w)) return { re, im: multiply(z.im, w.re) };
  return { re: sub(re, multiply(z.im, w.im)), im: add(multiply(z.re, w.im), multiply(z.im, w.re)) };
}

function product(z: Parts, w: Parts): Parts {
  return productBy(mul, z, w);
}

/**
 * z/w without overflow on the way: with r = d/c, t = c + dr where |c| ≥ |d|,
 *
 *     z/w = ((a + br) + i (b − ar)) / t,   and the other way round where |d| > |c|
 *
 * Source: R. L. Smith, Algorithm 116: Complex division, 1962.
 */
function quotient(z: Parts, w: Parts): Parts {
  if (isReal(w)) return { re: div(z.re, w.re), im: isReal(z) ? z.im : div(z.im, w.re) };
  const turned = less(abs(w.re), abs(w.im));
  const [greater, lesser] = [where(turned, w.im, w.re), where(turned, w.re, w.im)];
  const [p, q] = [where(turned, z.im, z.re), where(turned, z.re, z.im)];
  const r = div(lesser, greater);
  const t = add(greater, mul(lesser, r));
  const im = div(sub(q, mul(p, r)), t);
  return { re: div(add(p, mul(q, r)), t), im: where(turned, neg(im), im) };
}

/** zⁿ by squaring: as many products as n has binary digits, twice at most. */
function wholePower(z: Parts, n: number): Parts {
  if (n < 0) return quotient(real(constantLike(z.re, 1)), wholePower(z, -n));
  if (n === 0) return real(constantLike(z.re, 1));
  if (n === 1) return z;
  const root = wholePower(z, Math.floor(n / 2));
  const square = product(root, root);
  return n % 2 === 0 ? square : product(square, z);
}

const mostSquarings = 1024; // beyond this exponent rounding errors of products exceed those of the logarithm

/** z^w = e^(w ln z); 0^w is 0, and 1 for w = 0. A constant whole exponent becomes products. */
function power(z: Parts, w: Parts): Parts {
  const n = isReal(w) ? constantValue(w.re) : null;
  if (n !== null && Number.isInteger(n) && Math.abs(n) <= mostSquarings) return wholePower(z, n);
  const y = exponential(product(w, logarithm(z)));
  const isNothing = isNought(z);
  const ofNothing = cast(isNought(w), y.re.dtype);
  return { re: where(isNothing, ofNothing, y.re), im: where(isNothing, zeroLike(y.im), y.im) };
}

function isNought({ re, im }: Parts): Node {
  return logicalAnd(equal(re, zeroLike(re)), equal(im, zeroLike(im)));
}

// ------------------------------------------------------------------------------------------------- elementary functions

/** e^z = eᵃ (cos b + i sin b) */
function exponential({ re: a, im: b }: Parts): Parts {
  const size = exp(a);
  return isZero(b) ? real(size) : { re: mul(size, cos(b)), im: mul(size, sin(b)) };
}

/** 2^z = 2ᵃ e^(ib ln 2) */
function exponentialOfTwo({ re: a, im: b }: Parts): Parts {
  const size = exp2(a);
  if (isZero(b)) return real(size);
  const angle = mul(b, constantLike(b, Math.LN2));
  return { re: mul(size, cos(angle)), im: mul(size, sin(angle)) };
}

/** ln z · factor */
function scaledLogarithm(z: Parts, factor: number): Parts {
  const { re, im } = logarithm(z);
  return { re: mul(re, constantLike(re, factor)), im: mul(im, constantLike(im, factor)) };
}

/** ln z = ln |z| + i arg z, the principal value: −π < arg z ≤ π. */
function logarithm({ re: a, im: b }: Parts): Parts {
  const size = hypot(a, b);
  // near |z| = 1: ½ ln(1 + (p − 1)(p + 1) + q²), p being the greater part, keeps the digits that ln |z| would lose
  const turned = less(abs(a), abs(b));
  const [p, q] = [where(turned, b, a), where(turned, a, b)];
  const one = constantLike(p, 1);
  const excess = add(mul(sub(p, one), add(p, one)), mul(q, q));
  const near = logicalAnd(less(constantLike(size, 0.7), size), less(size, constantLike(size, 1.4)));
  return { re: where(near, half(log1p(excess)), log(size)), im: atan2(b, a) };
}

/**
 * √z with Re ≥ 0, the principal value: with t = √((|z| + |a|) / 2),
 *
 *     √z = t + i b/2t where a ≥ 0, |b|/2t ± i t (with the sign of b) where a < 0
 */
function squareRoot({ re: a, im: b }: Parts): Parts {
  const isLeft = less(a, zeroLike(a));
  const size = where(isLeft, neg(a), a); // not |a|, whose slope at 0 is neither side's
  const t = sqrt(add(half(hypot(a, b)), half(size)));
  const isOrigin = equal(t, zeroLike(t));
  const other = where(isOrigin, zeroLike(b), half(div(b, t))); // b / 2t
  const upright = where(signbit(b), neg(other), other);
  return { re: where(isLeft, upright, t), im: where(isLeft, copysign(t, b), other) };
}

/** sin z = sin a cosh b + i cos a sinh b */
const sine = ({ re: a, im: b }: Parts): Parts => ({ re: mul(sin(a), cosh(b)), im: mul(cos(a), sinh(b)) });

/** cos z = cos a cosh b − i sin a sinh b */
const cosine = ({ re: a, im: b }: Parts): Parts => ({ re: mul(cos(a), cosh(b)), im: neg(mul(sin(a), sinh(b))) });

/** sinh z = sinh a cos b + i cosh a sin b */
const hyperbolicSine = ({ re: a, im: b }: Parts): Parts => ({ re: mul(sinh(a), cos(b)), im: mul(cosh(a), sin(b)) });

/** cosh z = cosh a cos b + i sinh a sin b */
const hyperbolicCosine = ({ re: a, im: b }: Parts): Parts => ({ re: mul(cosh(a), cos(b)), im: mul(sinh(a), sin(b)) });

/** (x (1 + y²) + i y (1 − x²)) / (1 + x²y²): the hyperbolic tangent for x = tanh a, y = tan b, without overflow. */
function tangentOf(x: Node, y: Node): Parts {
  const one = constantLike(x, 1);
  const [xx, yy] = [mul(x, x), mul(y, y)];
  const below = add(one, mul(xx, yy));
  return { re: div(mul(x, add(one, yy)), below), im: div(mul(y, sub(one, xx)), below) };
}

/** tanh z */
const hyperbolicTangent = ({ re: a, im: b }: Parts): Parts => tangentOf(tanh(a), tan(b));

/** tan z = −i tanh iz, and iz = −b + ia */
function tangent({ re: a, im: b }: Parts): Parts {
  const { re, im } = tangentOf(tanh(neg(b)), tan(a));
  return { re: im, im: neg(re) };
}

/** z / |z|, and 0 at 0. */
function direction({ re, im }: Parts): Parts {
  const size = hypot(re, im);
  const isOrigin = equal(size, zeroLike(size));
  const part = (x: Node): Node => where(isOrigin, zeroLike(x), div(x, size));
  return { re: part(re), im: part(im) };
}

// --------------------------------------------------------------------------------------------------------------- table

type Unary = (z: Parts, params: Params) => Parts | Node;
type Binary = (z: Parts, w: Parts, params: Params) => Parts | Node;

const unary: ReadonlyMap<Primitive, Unary> = /* @__PURE__ */ new Map<Primitive, Unary>([
  [abs.primitive, ({ re, im }) => hypot(re, im)],
  [exp.primitive, exponential],
  [exp2.primitive, exponentialOfTwo],
  [log.primitive, logarithm],
  [log2.primitive, (z) => scaledLogarithm(z, Math.LOG2E)],
  [log10.primitive, (z) => scaledLogarithm(z, Math.LOG10E)],
  [sqrt.primitive, squareRoot],
  [sin.primitive, sine],
  [cos.primitive, cosine],
  [sinh.primitive, hyperbolicSine],
  [cosh.primitive, hyperbolicCosine],
  [tan.primitive, tangent],
  [tanh.primitive, hyperbolicTangent],
  [sign.primitive, direction],
  [detachAlias, ({ re, im }) => ({ re: detach(re), im: detach(im) })],
]);

const binary: ReadonlyMap<Primitive, Binary> = /* @__PURE__ */ new Map<Primitive, Binary>([
  [mul.primitive, product],
  [div.primitive, quotient],
  [pow.primitive, power],
  [equal.primitive, (z, w) => logicalAnd(equal(z.re, w.re), equal(z.im, w.im))],
  [notEqual.primitive, (z, w) => logicalOr(notEqual(z.re, w.re), notEqual(z.im, w.im))],
]);

/** Linear with real coefficients: real and imaginary parts go through it side by side. */
function isPartwise(op: Primitive): boolean {
  switch (op.kind) {
    case "movement":
    case "concatenation":
    case "gather":
    case "scatter":
    case "cumulative":
      return true;
    case "reduction":
      return op.combine === "add";
    default:
      return op === addition || op === neg.primitive || op === sub.primitive || op === whereElementwise;
  }
}

/** Operands that are not complex (conditions, places) are the same for both parts. */
function partwise(op: Primitive, operands: readonly (Parts | Node)[], params: Params): Parts {
  const side = (part: "re" | "im"): Node =>
    apply(
      op,
      operands.map((x) => ("im" in x ? x[part] : x)),
      params,
    );
  const re = side("re");
  return { re, im: operands.every((x) => !("im" in x) || isReal(x)) ? zeroLike(re) : side("im") };
}

function isContraction(op: Primitive, params: Params): params is ContractionParams {
  return op === (contraction as Primitive); // its own parameters come with it
}

/** A primitive applied to operands of which one at least is complex. */
export function applyToParts(op: Primitive, operands: readonly (Parts | Node)[], params: Params): Parts | Node {
  if (isPartwise(op)) return partwise(op, operands, params);
  const [z, w] = operands.map((x) => ("im" in x ? x : real(x)));
  if (isContraction(op, params)) return productBy((x, y) => contract(x, y, params), z!, w!);
  if (op === (castElementwise as Primitive)) return castParts(z!, String(params.dtype));
  const rule = w === undefined ? unary.get(op)?.(z!, params) : binary.get(op)?.(z!, w, params);
  if (rule !== undefined) return rule;
  throw withoutMeaning(op.name);
}

/** The error of an operation that has no meaning for complex numbers. */
export function withoutMeaning(operation: string): DTypeError {
  return new DTypeError(
    `${operation}: is not defined for complex64; take the real part, the imaginary part, abs() or angle() first`,
  );
}

function castParts(z: Parts, dtype: string): Parts | Node {
  if (dtype === "complex64") return z;
  if (dtype === "bool") return logicalOr(cast(z.re, "bool"), cast(z.im, "bool"));
  throw new DTypeError(`cast: complex64 to ${dtype} would lose the imaginary part; take real() or abs() first`);
}
