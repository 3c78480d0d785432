/**
 * Factors at right angles: QR, eigenvalues of symmetric matrices, singular values, and the pseudo-inverse. Host operations on stacks
 * of matrices.
 *
 * Derivatives: Walter & Lehmann 2018, "Algorithmic differentiation of linear algebra functions" (QR); Giles 2008 (eigenvalues);
 * Townsend 2016, "Differentiating the singular value decomposition"; Golub & Pereyra 1973, formula 4.12 (pseudo-inverse). Where two
 * eigenvalues or singular values are equal, their vectors are not unique and have no derivative; the terms that would divide by
 * their difference are left out, so that the values alone can still be differentiated.
 */

import { range, type Shape, ShapeError, show, ValueError } from "../base/index.ts";
import { add } from "./addition.ts";
import { div, mul, neg, sub } from "./elementwise.ts";
import { equal, where } from "./elementwise-comparison.ts";
import { matrix, qr as qrKernel, svd as svdKernel, symmetricEigen } from "./factorization-kernels.ts";
import {
  checkMatrix,
  checkSquare,
  diagonalOf,
  floatsOnly,
  forEachMatrix,
  identityLike,
  keep,
  leadOf,
  mm,
  mT,
  overColumns,
  overRows,
  pack,
  plusTransposed,
  scaleColumns,
  scaleRows,
  symmetricPart,
  unpack,
} from "./factorization-parts.ts";
import { solve } from "./factorization-solve.ts";
import { concat } from "./indexing.ts";
import { constantLike } from "./leaves.ts";
import { slice } from "./movement.ts";
import { apply, type Node } from "./node.ts";
import type { Host } from "./primitive.ts";

const half = (x: Node): Node => mul(x, constantLike(x, 0.5));

/** 1 / (yⱼ − yᵢ) at [i, j], and 0 where they are equal. */
function reciprocalDifferences(y: Node): Node {
  const shape = [...y.shape, y.shape.at(-1)!];
  const gap = sub(overRows(y, shape), overColumns(y, shape));
  const same = equal(gap, constantLike(gap, 0));
  const one = constantLike(gap, 1);
  return where(same, constantLike(gap, 0), div(one, where(same, one, gap)));
}

/** diag(v) as a matrix. */
function diagonalMatrixOf(v: Node): Node {
  const shape = [...v.shape, v.shape.at(-1)!];
  return keep("diagonal", overRows(v, shape));
}

/** (I − U Uᵀ) X: what of X is at right angles to the columns of U. */
function outside(u: Node, x: Node): Node {
  return sub(x, mm(u, mm(mT(u), x)));
}

// --------------------------------------------------------------------------------------------------------------------- qr

const tall = (shape: Shape): readonly [Shape, Shape] => [
  [shape.at(-2)!, shape.at(-1)!],
  [shape.at(-1)!, shape.at(-1)!],
];

/** X R⁻¹. */
function overTriangle(x: Node, r: Node): Node {
  return mT(solve(mT(r), mT(x), { operation: "qr: the derivative" }));
}

export const tallQr: Host = {
  kind: "host",
  name: "qr",
  shape([a]) {
    checkMatrix("qr", a!);
    const [m, n] = [a!.at(-2)!, a!.at(-1)!];
    if (m < n) throw new ShapeError(`qr: ${show(a!)} has fewer rows than columns`);
    return [...leadOf(a!), m * n + n * n];
  },
  dtype: floatsOnly("qr"),
  // with M = R ctRᵀ − ctQᵀ Q and copy(M) its lower triangle mirrored: (ctQ + Q copy(M)) R⁻ᵀ
  vjp(ct, node) {
    const shapes = tall(node.inputs[0]!.shape);
    const [q, r] = unpack(node, shapes) as [Node, Node];
    const [ctQ, ctR] = unpack(ct, shapes) as [Node, Node];
    const m = sub(mm(r, mT(ctR)), mm(mT(ctQ), q));
    const mirrored = add(plusTransposed(keep("strictly lower", m)), keep("diagonal", m));
    return [overTriangle(add(ctQ, mm(q, mirrored)), mT(r))];
  },
  // with C = dA R⁻¹ and L the strictly lower part of QᵀC: dR = (QᵀC − L + Lᵀ) R, dQ = C − Q QᵀC + Q (L − Lᵀ)
  jvp([da], node) {
    if (!da) return null;
    const [q, r] = unpack(node, tall(da.shape)) as [Node, Node];
    const c = overTriangle(da, r);
    const qtc = mm(mT(q), c);
    const lower = keep("strictly lower", qtc);
    const upper = sub(qtc, sub(lower, mT(lower)));
    return pack(leadOf(da.shape), [sub(c, mm(q, upper)), mm(upper, r)]);
  },
  evaluate: ([a], _params, shape, dtype) =>
    forEachMatrix(a!, shape, dtype, (m) => {
      const { q, r } = qrKernel(m);
      return [q.data, r.data];
    }),
  samples: [
    { shapes: [[2, 2, 2]], values: [[3, 1, -1, 2, 1.5, 0.5, -2, 0.25]] },
    { shapes: [[4, 2]], values: [[2, -1, 0.5, 0.75, 3, 1, -0.5, 0.25]] },
    { shapes: [[0, 0]] },
  ],
};

/** Columns `from` to `to`. */
function columns(x: Node, from: number, to: number): Node {
  const last = x.shape.length - 1;
  const size = x.shape.map((n, i) => (i === last ? to - from : n));
  return slice(x, { start: range(x.shape.length).map((i) => (i === last ? from : 0)), size, step: size.map(() => 1) });
}

/**
 * Reduced factors of A = Q R, the diagonal of R not negative. Of a matrix with more columns than rows, A = [X Y], the first part
 * alone decides: X = Q U, and R = [U QᵀY].
 */
export function qr(a: Node): readonly [q: Node, r: Node] {
  checkMatrix("qr", a.shape);
  const [m, n] = [a.shape.at(-2)!, a.shape.at(-1)!];
  const first = m < n ? columns(a, 0, m) : a;
  const [q, r] = unpack(apply(tallQr, [first], {}), tall(first.shape)) as [Node, Node];
  if (m >= n) return [q, r];
  return [q, concat([r, mm(mT(q), columns(a, m, n))], { axis: a.shape.length - 1 })];
}

// ------------------------------------------------------------------------------------------------------------------- eigh

const eigenShapes = (n: number): readonly [Shape, Shape] => [[n], [n, n]];

export const symmetricEigenvalues: Host = {
  kind: "host",
  name: "eigh",
  shape([a]) {
    checkSquare("eigh", a!);
    const n = a!.at(-1)!;
    return [...leadOf(a!), n + n * n];
  },
  dtype: floatsOnly("eigh"),
  // V (diag(ctW) + F ∘ VᵀctV) Vᵀ, its symmetric part
  vjp(ct, node) {
    const shapes = eigenShapes(node.inputs[0]!.shape.at(-1)!);
    const [w, v] = unpack(node, shapes) as [Node, Node];
    const [ctW, ctV] = unpack(ct, shapes) as [Node, Node];
    const inner = add(diagonalMatrixOf(ctW), mul(reciprocalDifferences(w), mm(mT(v), ctV)));
    return [half(plusTransposed(mm(mm(v, inner), mT(v))))];
  },
  // P = Vᵀ dA V: dw is its diagonal, dV = V (F ∘ P)
  jvp([da], node) {
    if (!da) return null;
    const [w, v] = unpack(node, eigenShapes(da.shape.at(-1)!)) as [Node, Node];
    const p = mm(mm(mT(v), half(plusTransposed(da))), v);
    return pack(leadOf(da.shape), [diagonalOf(p), mm(v, mul(reciprocalDifferences(w), p))]);
  },
  evaluate: ([a], _params, shape, dtype) =>
    forEachMatrix(a!, shape, dtype, (m) => {
      const { w, v } = symmetricEigen(symmetricPart(m));
      return [w, v.data];
    }),
  samples: [
    { shapes: [[2, 2, 2]], values: [[2, 0.5, 0.5, -1, 3, -1, -1, 2]] },
    { shapes: [[3, 3]], values: [[4, 1, -0.5, 1, 2, 0.25, -0.5, 0.25, -1]] },
    { shapes: [[0, 0]] },
  ],
};

/** Eigenvalues, ascending, and eigenvectors as columns, of the symmetric part of every matrix. */
export function eigh(a: Node): readonly [w: Node, v: Node] {
  checkSquare("eigh", a.shape);
  return unpack(apply(symmetricEigenvalues, [a], {}), eigenShapes(a.shape.at(-1)!)) as [Node, Node];
}

// -------------------------------------------------------------------------------------------------------------------- svd

function svdShapes(shape: Shape): readonly [Shape, Shape, Shape] {
  const [m, n] = [shape.at(-2)!, shape.at(-1)!];
  const k = Math.min(m, n);
  return [[m, k], [k], [n, k]];
}

export const singularValues: Host = {
  kind: "host",
  name: "svd",
  shape([a]) {
    checkMatrix("svd", a!);
    const [m, n] = [a!.at(-2)!, a!.at(-1)!];
    const k = Math.min(m, n);
    return [...leadOf(a!), m * k + k + n * k];
  },
  dtype: floatsOnly("svd"),
  vjp(ct, node) {
    const shapes = svdShapes(node.inputs[0]!.shape);
    const [u, s, v] = unpack(node, shapes) as [Node, Node, Node];
    const [ctU, ctS, ctV] = unpack(ct, shapes) as [Node, Node, Node];
    const f = reciprocalDifferences(mul(s, s));
    const [uu, vv] = [mm(mT(u), ctU), mm(mT(v), ctV)];
    const turned = add(
      scaleColumns(mul(f, sub(uu, mT(uu))), s), // F ∘ (UᵀctU − ctUᵀU) S
      scaleRows(mul(f, sub(vv, mT(vv))), s), // S F ∘ (VᵀctV − ctVᵀV)
    );
    const within = mm(mm(u, add(turned, diagonalMatrixOf(ctS))), mT(v));
    const inv = reciprocalOrZero(s);
    const left = mm(scaleColumns(outside(u, ctU), inv), mT(v));
    const right = mm(scaleColumns(u, inv), mT(outside(v, ctV)));
    return [add(within, add(left, right))];
  },
  jvp([da], node) {
    if (!da) return null;
    const [u, s, v] = unpack(node, svdShapes(da.shape)) as [Node, Node, Node];
    const f = reciprocalDifferences(mul(s, s));
    const inv = reciprocalOrZero(s);
    const [dav, dau] = [mm(da, v), mm(mT(da), u)];
    const p = mm(mT(u), dav); // Uᵀ dA V
    const du = add(mm(u, mul(f, plusTransposed(scaleColumns(p, s)))), scaleColumns(outside(u, dav), inv));
    const dv = add(mm(v, mul(f, plusTransposed(scaleRows(p, s)))), scaleColumns(outside(v, dau), inv));
    return pack(leadOf(da.shape), [du, diagonalOf(p), dv]);
  },
  evaluate: ([a], _params, shape, dtype) =>
    forEachMatrix(a!, shape, dtype, (m) => {
      const { u, s, v } = svdKernel(m);
      return [u.data, s, v.data];
    }),
  samples: [
    { shapes: [[2, 2, 2]], values: [[3, 1, -1, 2, 1.5, 0.5, -2, 0.25]] },
    { shapes: [[4, 2]], values: [[2, -1, 0.5, 0.75, 3, 1, -0.5, 0.25]] },
    { shapes: [[2, 3]], values: [[2, -1, 0.5, 0.75, 3, 1]] },
    { shapes: [[0, 2]] },
  ],
};

function reciprocalOrZero(x: Node): Node {
  const zero = equal(x, constantLike(x, 0));
  const one = constantLike(x, 1);
  return where(zero, constantLike(x, 0), div(one, where(zero, one, x)));
}

/** U [..., m, k], s [..., k] descending and V [..., n, k] of A = U diag(s) Vᵀ, k = min(m, n). */
export function svd(a: Node): readonly [u: Node, s: Node, v: Node] {
  checkMatrix("svd", a.shape);
  return unpack(apply(singularValues, [a], {}), svdShapes(a.shape)) as [Node, Node, Node];
}

// ------------------------------------------------------------------------------------------------------------------- pinv

type PinvParams = { readonly rcond: number };

const swapped = (shape: Shape): Shape => [...leadOf(shape), shape.at(-1)!, shape.at(-2)!];

export const pseudoInverse: Host<PinvParams> = {
  kind: "host",
  name: "pinv",
  shape([a], { rcond }) {
    checkMatrix("pinv", a!);
    if (!(rcond >= 0)) throw new ValueError(`pinv: rcond ${rcond} is negative`);
    return swapped(a!);
  },
  dtype: floatsOnly("pinv"),
  // the transpose of what stands below
  vjp(ct, p) {
    const a = p.inputs[0]!;
    const [pt, ctT] = [mT(p), mT(ct)];
    const [left, right] = [sub(identityLike(mm(a, p)), mm(a, p)), sub(identityLike(mm(p, a)), mm(p, a))];
    const first = neg(mm(mm(pt, ct), pt));
    const second = mm(mm(left, ctT), mm(p, pt));
    const third = mm(mm(pt, p), mm(ctT, right));
    return [add(first, add(second, third))];
  },
  // dP = −P dA P + P Pᵀ dAᵀ (I − A P) + (I − P A) dAᵀ Pᵀ P
  jvp([da], p) {
    if (!da) return null;
    const a = p.inputs[0]!;
    const [pt, daT] = [mT(p), mT(da)];
    const [left, right] = [sub(identityLike(mm(a, p)), mm(a, p)), sub(identityLike(mm(p, a)), mm(p, a))];
    const first = neg(mm(mm(p, da), p));
    const second = mm(mm(p, pt), mm(daT, left));
    const third = mm(mm(right, daT), mm(pt, p));
    return add(first, add(second, third));
  },
  evaluate: ([a], { rcond }, shape, dtype) =>
    forEachMatrix(a!, shape, dtype, (m) => {
      const { u, s, v } = svdKernel(m);
      const k = s.length;
      const out = matrix(m.columns, m.rows);
      for (let j = 0; j < k; j++) {
        if (!(s[j]! > rcond * s[0]!)) continue;
        out.data.forEach((_, i) => {
          out.data[i]! += (v.data[Math.floor(i / m.rows) * k + j]! * u.data[(i % m.rows) * k + j]!) / s[j]!;
        });
      }
      return [out.data];
    }),
  samples: [
    { shapes: [[2, 2, 2]], params: { rcond: 1e-15 }, values: [[3, 1, -1, 2, 1.5, 0.5, -2, 0.25]] },
    { shapes: [[4, 2]], params: { rcond: 1e-15 }, values: [[2, -1, 0.5, 0.75, 3, 1, -0.5, 0.25]] },
    { shapes: [[2, 3]], params: { rcond: 1e-15 }, values: [[2, -1, 0.5, 0.75, 3, 1]] },
    { shapes: [[0, 2]], params: { rcond: 1e-15 } },
  ],
};

/** The pseudo-inverse; singular values up to `rcond` times the largest count as 0. Its derivative takes the rank as constant. */
export function pinv(a: Node, { rcond }: PinvParams): Node {
  return apply(pseudoInverse, [a], { rcond });
}
