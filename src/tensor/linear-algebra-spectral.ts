/**
 * Factors at right angles, eigenvalues, singular values, least squares; of matrices and of stacks of them. Host operations.
 *
 * Integers and bool count as float32; floats give their own dtype.
 */
import { broadcastShapes, ShapeError, show, ValueError, wideDType } from "../base/index.ts";
import * as graph from "../graph/index.ts";
import { matmul } from "./linear-algebra.ts";
import { floatMatrix } from "./linear-algebra-solve.ts";
import { castNode, commonDType, floating } from "./operands.ts";
import { matrixTranspose } from "./shaping.ts";
import type { Tensor } from "./tensor.ts";

/**
 * The reduced factors of A = Q R: the columns of Q at right angles and of length 1, R upper triangular with a diagonal
 * that is not negative, which makes both unique.
 *
 * @param x  [..., m, n]
 * @returns  q [..., m, k], r [..., k, n] with k = min(m, n)
 * @throws ShapeError  when x is no matrix
 * @throws DTypeError  when x is complex
 * Source: Golub & Van Loan 5.2; derivative: Walter & Lehmann 2018. It needs the first k columns of x to be independent.
 * @example
 * const { q, r } = qr(tensor([[3, 1], [4, 2]]));
 * r.at(0, 0); // => 5.…
 */
export function qr(x: Tensor): { readonly q: Tensor; readonly r: Tensor } {
  const [q, r] = graph.qr(floatMatrix("qr", x));
  return { q: x.derive(q), r: x.derive(r) };
}

/**
 * Singular values and vectors, A = U diag(s) Vᵀ. The largest entry of each column of the longer of U and V is positive.
 *
 * @param x  [..., m, n]
 * @returns  u [..., m, k], s [..., k] descending, vT [..., k, n] with k = min(m, n)
 * @throws ShapeError  when x is no matrix
 * @throws DTypeError  when x is complex
 * Source: Golub & Van Loan 8.6.3 (one-sided Jacobi); derivative: Townsend 2016. Vectors of equal singular values are
 * not unique: only the values can be differentiated there.
 * @example
 * svd(tensor([[3, 0], [0, -2], [0, 0]])).s; // => [3. 2.]
 */
export function svd(x: Tensor): { readonly u: Tensor; readonly s: Tensor; readonly vT: Tensor } {
  const [u, s, v] = graph.svd(floatMatrix("svd", x));
  return { u: x.derive(u), s: x.derive(s), vT: matrixTranspose(x.derive(v) as Tensor) };
}

/**
 * Eigenvalues and eigenvectors of symmetric matrices, A = V diag(w) Vᵀ. Of a matrix that is not symmetric, the
 * symmetric part ½ (A + Aᵀ) is taken.
 *
 * @param x  [..., n, n]
 * @returns  w [..., n] ascending; v [..., n, n], a vector a column, its largest entry positive
 * @throws ShapeError  when x is not square
 * @throws DTypeError  when x is complex
 * Source: Golub & Van Loan 8.5 (Jacobi); derivative: Giles 2008, 3.1. Vectors of equal eigenvalues are not unique:
 * only the values can be differentiated there.
 * @example
 * eigh(tensor([[2, 1], [1, 2]])).w; // => [1.… 3.…]
 */
export function eigh(x: Tensor): { readonly w: Tensor; readonly v: Tensor } {
  const [w, v] = graph.eigh(floatMatrix("eigh", x));
  return { w: x.derive(w), v: x.derive(v) };
}

/**
 * The eigenvalues of symmetric matrices, ascending; see `eigh`.
 *
 *     ct → V diag(ct) Vᵀ
 *
 * @param x  [..., n, n]
 * @returns  [..., n]
 * @throws ShapeError  when x is not square
 * @throws DTypeError  when x is complex
 * Source: NumPy's linalg.eigvalsh.
 * @example
 * eigvalsh(tensor([[1, 2], [2, 1]])); // => [-1.… 3.…]
 */
export function eigvalsh(x: Tensor): Tensor {
  return eigh(x).w;
}

export interface PinvOptions {
  /** Singular values up to this part of the largest count as 0; max(m, n) · ε when absent, ε that of the dtype computed in: float32 for halves. */
  readonly rcond?: number | undefined;
}

/**
 * The pseudo-inverse A⁺ = V diag(1/s) Uᵀ over the singular values that are not 0: A A⁺ A = A with both products symmetric.
 *
 *     dA⁺ = −A⁺ dA A⁺ + A⁺ A⁺ᵀ dAᵀ (I − A A⁺) + (I − A⁺ A) dAᵀ A⁺ᵀ A⁺,   the rank being constant
 *
 * @param x  [..., m, n]
 * @returns  [..., n, m]; of halves computed in float32
 * @throws ShapeError  when x is no matrix
 * @throws ValueError  when rcond is negative or NaN
 * @throws DTypeError  when x is complex
 * Source: Penrose 1955; derivative: Golub & Pereyra 1973, 4.12; NumPy's linalg.pinv.
 * @example
 * pinv(tensor([[2, 0], [0, 0]])); // => [[0.5 0. ]
 *                                 //     [0.  0. ]]
 */
export function pinv(x: Tensor, { rcond }: PinvOptions = {}): Tensor {
  const a = floatMatrix("pinv", x);
  if (rcond !== undefined && !(rcond >= 0)) throw new ValueError(`pinv: rcond ${rcond} is not a number from 0`);
  const dtype = wideDType(a.dtype);
  const epsilon = dtype === "float64" ? 2 ** -52 : 2 ** -23;
  const cut = rcond ?? Math.max(x.shape.at(-2)!, x.shape.at(-1)!) * epsilon;
  return x.derive(castNode(graph.pinv(castNode(a, dtype), { rcond: cut }), a.dtype));
}

/**
 * X with the least ‖A X − B‖², and of those the smallest: A⁺ B. Where the columns of A are independent, that is the
 * solution (AᵀA)⁻¹ AᵀB of the normal equations, found without forming AᵀA.
 *
 * @param a  [..., m, n]
 * @param b  [m] or [..., m, k]; the leading axes broadcast
 * @returns  [..., n], [..., n, k] unless b is a vector, with the leading axes of both; of halves computed in float32
 * @throws ShapeError  when a is no matrix, b has another number of rows, or the leading axes do not broadcast
 * @throws ValueError  when rcond is negative or NaN
 * @throws DTypeError  when an operand is complex
 * Source: Golub & Van Loan 5.5; NumPy's linalg.lstsq.
 * @example
 * lstsq(tensor([[1, 0], [1, 1], [1, 2]]), tensor([1, 3, 5])).round(); // => [1. 2.]
 */
export function lstsq(a: Tensor, b: Tensor, options: PinvOptions = {}): Tensor {
  const m = floatMatrix("lstsq", a).shape.at(-2)!;
  const rows = b.ndim === 1 ? b.size : b.shape.at(-2);
  if (rows !== m || b.ndim === 0) {
    throw new ShapeError(
      `lstsq: a ${show(a.shape)} needs a b of ${m} rows, not ${show(b.shape)}; b is [${m}] or [..., ${m}, k]`,
    );
  }
  const dtype = floating(commonDType([a, b]), "lstsq");
  if (b.ndim > 1) broadcastShapes("lstsq", a.shape.slice(0, -2), b.shape.slice(0, -2));
  const wide = wideDType(dtype);
  const inverse = pinv(a.derive(castNode(a.node, wide)), options);
  const x: Tensor = matmul(inverse, b.derive(castNode(b.node, wide)));
  return x.derive(castNode(x.node, dtype));
}
