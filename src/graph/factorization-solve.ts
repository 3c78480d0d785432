/**
 * Linear systems, determinants and Cholesky's factor: host operations on stacks of square matrices.
 *
 * Derivatives: Giles 2008, "An extended collection of matrix derivative results for forward and reverse mode algorithmic
 * differentiation"; of Cholesky's factor: Murray 2016, "Differentiation of the Cholesky decomposition".
 */

import { type Shape, ShapeError, sameShape, show, ValueError } from "../base/index.ts";
import { add } from "./addition.ts";
import { mul, neg, sub } from "./elementwise.ts";
import {
  cholesky as choleskyKernel,
  determinant,
  isSingular,
  lu,
  luSolve,
  type Matrix,
  matrix,
  transposed,
} from "./factorization-kernels.ts";
import {
  checkSquare,
  floatsOnly,
  forEachMatrix,
  identityLike,
  innerProduct,
  keep,
  leadOf,
  matrixAt,
  mm,
  mT,
  overMatrix,
  pack,
  plusTransposed,
  symmetricPart,
  unpack,
} from "./factorization-parts.ts";
import { constantLike } from "./leaves.ts";
import { apply, type Node } from "./node.ts";
import type { Host } from "./primitive.ts";
import { commonDType, floating } from "./rules.ts";

/** Two well conditioned matrices, and one. */
const pair = [3, 1, -1, 2, 1.5, 0.5, -2, 0.25];
const single = [2, -1, 0.5, 0.75, 3, 1, -0.5, 0.25, -2];

// ------------------------------------------------------------------------------------------------------------------ solve

type SolveParams = { readonly operation: string };

export const linearSolve: Host<SolveParams> = {
  kind: "host",
  mayFail: true, // a singular matrix
  name: "solve",
  shape([a, b], { operation }) {
    checkSquare(operation, a!);
    if (b!.length !== a!.length || !sameShape(leadOf(a!), leadOf(b!)) || a!.at(-1) !== b!.at(-2)) {
      throw new ShapeError(
        `${operation}: a ${show(a!)} and b ${show(b!)} are no system; b has a row for every row of a`,
      );
    }
    return b!;
  },
  dtype: (dtypes, { operation }) => commonDType(operation, dtypes, floating),
  vjp(ct, x, { operation }) {
    const db = solve(mT(x.inputs[0]!), ct, { operation });
    return [neg(mm(db, mT(x))), db];
  },
  jvp([da, db], node, { operation }) {
    const right = da ? neg(mm(da, node)) : null; // A dX = dB − dA X
    if (!right && !db) return null;
    return solve(node.inputs[0]!, right && db ? add(db, right) : (right ?? db)!, { operation });
  },
  evaluate([a, b], { operation }, shape, dtype) {
    return forEachMatrix(a!, shape, dtype, (m, i) => {
      const factors = lu(m);
      if (isSingular(factors)) throw new ValueError(singular(operation, a!.shape, i));
      return [luSolve(factors, matrixAt(b!, i)).data];
    });
  },
  samples: [
    {
      shapes: [
        [2, 2, 2],
        [2, 2, 3],
      ],
      params: { operation: "solve" },
      values: [pair, [1, 2, 3, 4, 5, 6, -1, 0, 1, 2, -2, 0.5]],
    },
    {
      shapes: [
        [3, 3],
        [3, 1],
      ],
      params: { operation: "solve" },
      values: [single, [1, -2, 0.5]],
    },
    {
      shapes: [
        [0, 0],
        [0, 2],
      ],
      params: { operation: "solve" },
    },
    {
      shapes: [
        [2, 2],
        [2, 0],
      ],
      params: { operation: "solve" },
      values: [pair.slice(0, 4), []],
    },
  ],
};

function singular(operation: string, shape: Shape, i: number): string {
  const which = shape.length === 2 ? `the matrix ${show(shape)}` : `matrix ${i} of ${show(shape)}`;
  return `${operation}: ${which} is singular; pinv and lstsq take such matrices`;
}

/** X of A X = B, for stacks of square matrices; B has as many rows. `operation` is named in errors. */
export function solve(a: Node, b: Node, { operation }: SolveParams): Node {
  return apply(linearSolve, [a, b], { operation });
}

/** A⁻¹ of every matrix of a stack. */
export function inverse(a: Node): Node {
  checkSquare("inverse", a.shape);
  return solve(a, identityLike(a), { operation: "inverse" });
}

// ------------------------------------------------------------------------------------------------------------ determinants

/** What is left of A without a row and a column. */
function minor({ rows: n, data }: Matrix, row: number, column: number): Matrix {
  const kept = data.filter((_, i) => Math.floor(i / n) !== row && i % n !== column);
  return matrix(n - 1, n - 1, kept);
}

/** C with Cᵢⱼ = (−1)^(i+j) · the minor of i and j; by |A| A⁻ᵀ where that is as good and faster. */
function cofactors(a: Matrix): Float64Array {
  const n = a.rows;
  const factors = lu(a);
  if (n > 4 && !isSingular(factors)) {
    const scale = determinant(a);
    const identity = matrix(
      n,
      n,
      Float64Array.from(a.data, (_, i) => Number(i % (n + 1) === 0)),
    );
    return transposed(luSolve(factors, identity)).data.map((entry) => scale * entry);
  }
  return a.data.map((_, i) => {
    const [row, column] = [Math.floor(i / n), i % n];
    return ((row + column) % 2 === 0 ? 1 : -1) * determinant(minor(a, row, column));
  });
}

export const cofactorMatrix: Host = {
  kind: "host",
  name: "cofactor",
  shape([a]) {
    checkSquare("det", a!);
    return a!;
  },
  dtype: floatsOnly("det"),
  // C = |A| A⁻ᵀ, so that dC = |A| (tr(A⁻¹ dA) A⁻ᵀ − A⁻ᵀ dAᵀ A⁻ᵀ)
  vjp(ct, { inputs: [a] }) {
    const inv = inverse(a!);
    const turned = mT(inv);
    const parts = sub(mul(overMatrix(innerProduct(ct, turned), a!.shape), turned), mm(mm(turned, mT(ct)), turned));
    return [mul(overMatrix(det(a!), a!.shape), parts)];
  },
  jvp([da], { inputs: [a] }) {
    if (!da) return null;
    const inv = inverse(a!);
    const turned = mT(inv);
    const parts = sub(mul(overMatrix(innerProduct(turned, da), a!.shape), turned), mm(mm(turned, mT(da)), turned));
    return mul(overMatrix(det(a!), a!.shape), parts);
  },
  evaluate: ([a], _params, shape, dtype) => forEachMatrix(a!, shape, dtype, (m) => [cofactors(m)]),
  samples: [
    { shapes: [[2, 2, 2]], values: [pair] },
    { shapes: [[3, 3]], values: [single] },
    { shapes: [[1, 1]], values: [[3]] },
    { shapes: [[0, 0]] },
  ],
};

export const determinants: Host = {
  kind: "host",
  name: "det",
  shape([a]) {
    checkSquare("det", a!);
    return leadOf(a!);
  },
  dtype: floatsOnly("det"),
  vjp: (ct, { inputs: [a] }) => [mul(overMatrix(ct, a!.shape), apply(cofactorMatrix, [a!], {}))],
  jvp: ([da], { inputs: [a] }) => (da ? innerProduct(apply(cofactorMatrix, [a!], {}), da) : null),
  evaluate: ([a], _params, shape, dtype) => forEachMatrix(a!, shape, dtype, (m) => [[determinant(m)]]),
  samples: [
    { shapes: [[2, 2, 2]], values: [pair] },
    { shapes: [[3, 3]], values: [single] },
    { shapes: [[0, 0]] },
    { shapes: [[0, 2, 2]] },
  ],
};

/** |A| of every matrix; its slope is the matrix of cofactors, which exists for singular matrices too. */
export function det(a: Node): Node {
  return apply(determinants, [a], {});
}

export const signedLogDeterminants: Host = {
  kind: "host",
  name: "slogdet",
  shape([a]) {
    checkSquare("slogdet", a!);
    return [...leadOf(a!), 2];
  },
  dtype: floatsOnly("slogdet"),
  vjp(ct, { inputs: [a] }) {
    const [, slope] = unpack(ct, [[], []]);
    return [mul(overMatrix(slope!, a!.shape), mT(inverse(a!)))];
  },
  jvp([da], { inputs: [a] }) {
    if (!da) return null;
    const slope = innerProduct(mT(inverse(a!)), da);
    return pack(slope.shape, [constantLike(slope, 0), slope]);
  },
  evaluate: ([a], _params, shape, dtype) =>
    forEachMatrix(a!, shape, dtype, (m) => {
      const { factors, sign } = lu(m);
      const pivots = Array.from({ length: m.rows }, (_, k) => factors.data[k * m.rows + k]!);
      return [
        [
          pivots.reduce((product, pivot) => product * Math.sign(pivot), sign) + 0, // no −0
          pivots.reduce((total, pivot) => total + Math.log(Math.abs(pivot)), 0),
        ],
      ];
    }),
  samples: [{ shapes: [[2, 2, 2]], values: [pair] }, { shapes: [[3, 3]], values: [single] }, { shapes: [[0, 0]] }],
};

/** The sign of |A| and log |det A|, without overflow; 0 and −∞ for a singular matrix. */
export function slogdet(a: Node): readonly [sign: Node, logAbsDet: Node] {
  const [sign, logAbsDet] = unpack(apply(signedLogDeterminants, [a], {}), [[], []]);
  return [sign!, logAbsDet!];
}

// --------------------------------------------------------------------------------------------------------------- cholesky

/** Φ(A): the lower triangle with half of the diagonal. */
function lowerHalf(x: Node): Node {
  const half = mul(keep("diagonal", x), constantLike(x, 0.5));
  return add(keep("strictly lower", x), half);
}

export const choleskyFactor: Host = {
  kind: "host",
  name: "cholesky",
  mayFail: true, // a matrix that is not positive definite
  shape([a]) {
    checkSquare("cholesky", a!);
    return a!;
  },
  dtype: floatsOnly("cholesky"),
  // L⁻¹ dA L⁻ᵀ = L⁻¹ dL + (L⁻¹ dL)ᵀ with L⁻¹ dL lower: dL = L Φ(L⁻¹ dA L⁻ᵀ)
  vjp(ct, l) {
    const inner = lowerHalf(mm(mT(l), ct));
    const turned = solve(mT(l), mT(solve(mT(l), mT(inner), { operation: "cholesky" })), { operation: "cholesky" });
    return [mul(plusTransposed(turned), constantLike(turned, 0.5))];
  },
  jvp([da], node) {
    if (!da) return null;
    const symmetric = mul(plusTransposed(da), constantLike(da, 0.5));
    const inner = solve(node, mT(solve(node, symmetric, { operation: "cholesky" })), { operation: "cholesky" });
    return mm(node, lowerHalf(inner));
  },
  evaluate: ([a], _params, shape, dtype) =>
    forEachMatrix(a!, shape, dtype, (m, i) => {
      const l = choleskyKernel(symmetricPart(m));
      if (l === null) {
        const which = shape.length === 2 ? `the matrix ${show(shape)}` : `matrix ${i} of ${show(shape)}`;
        throw new ValueError(
          `cholesky: ${which} is not positive definite; add a multiple of the identity, or use eigh`,
        );
      }
      return [l.data];
    }),
  samples: [
    { shapes: [[2, 2, 2]], values: [[2, 0.5, 0.5, 1, 3, -1, -1, 2]] },
    { shapes: [[3, 3]], values: [[4, 1, -0.5, 1, 3, 0.25, -0.5, 0.25, 2]] },
    { shapes: [[0, 0]] },
  ],
};

/** The lower L with L Lᵀ = A, of the symmetric part of every matrix. */
export function cholesky(a: Node): Node {
  return apply(choleskyFactor, [a], {});
}
