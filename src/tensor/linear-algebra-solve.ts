/**
 * Linear systems, inverses, determinants and powers of square matrices, and of stacks of them. Host operations.
 *
 * Integers and bool count as float32; floats, halves included, give their own dtype.
 */
import { broadcastShapes, floatDType, type Shape, ShapeError, show, ValueError } from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { matmul } from "./linear-algebra.ts";
import { broadcastNode, castNode, checkReal, commonDType, floating } from "./operands.ts";
import type { Tensor } from "./tensor.ts";

/** A matrix, or a stack of them, in floats. */
export function floatMatrix(operation: string, x: Tensor): Node {
  if (x.ndim < 2)
    throw new ShapeError(`${operation}: ${show(x.shape)} is no matrix; the shape is [..., rows, columns]`);
  checkReal(operation, x);
  return castNode(x.node, floatDType(x.dtype));
}

/**
 * X of A X = B, by elimination with row pivots.
 *
 *     ctB = A⁻ᵀ ctX,   ctA = −ctB Xᵀ
 *
 * @param a  [..., n, n]
 * @param b  [n] or [..., n, k]; the leading axes broadcast
 * @returns  the shape of b, with the leading axes of both
 * @throws ShapeError  when a is not square, b has another number of rows, or the leading axes do not broadcast
 * @throws ValueError  when a matrix is singular, as soon as the value is read
 * @throws DTypeError  when an operand is complex
 * Source: Golub & Van Loan, Matrix Computations, 3.4; NumPy's linalg.solve.
 * @example
 * solve(tensor([[2, 1], [1, 3]]), tensor([3, 5])); // => [0.8… 1.4…]
 */
export function solve(a: Tensor, b: Tensor): Tensor {
  const dtype = floating(commonDType([a, b]), "solve");
  const left = castNode(floatMatrix("solve", a), dtype);
  const n = a.shape.at(-1)!;
  const rows = b.ndim === 1 ? b.size : b.shape.at(-2);
  if (rows !== n || b.ndim === 0) {
    throw new ShapeError(
      `solve: a ${show(a.shape)} needs a b of ${n} rows, not ${show(b.shape)}; b is [${n}] or [..., ${n}, k]`,
    );
  }
  const right = castNode(b.ndim === 1 ? graph.reshape(b.node, [n, 1]) : b.node, dtype);
  const lead = broadcastShapes("solve", a.shape.slice(0, -2), right.shape.slice(0, -2));
  const whole = (x: Node): Node => broadcastNode(x, [...lead, ...x.shape.slice(-2)]);
  const x = graph.solve(whole(left), whole(right), { operation: "solve" });
  return a.derive(b.ndim === 1 ? graph.reshape(x, x.shape.slice(0, -1)) : x);
}

/**
 * A⁻¹, with A A⁻¹ = I. To solve a system, `solve` is faster and more accurate.
 *
 *     ctA = −A⁻ᵀ ct A⁻ᵀ
 *
 * @param x  [..., n, n]
 * @returns  [..., n, n]
 * @throws ShapeError  when x is not square
 * @throws ValueError  when a matrix is singular, as soon as the value is read
 * @throws DTypeError  when x is complex
 * Source: Giles 2008, An extended collection of matrix derivative results, 2.2.3; NumPy's linalg.inv.
 * @example
 * inverse(tensor([[2, 0], [0, 4]])); // => [[0.5  0.  ]
 *                                    //     [0.   0.25]]
 */
export function inverse<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return x.derive<S>(graph.inverse(floatMatrix("inverse", x)));
}

/**
 * The determinant of every matrix.
 *
 *     ct → ct · C,   C the matrix of cofactors, |A| A⁻ᵀ where A⁻¹ exists
 *
 * The slope of a singular matrix is right too; its second derivative needs an inverse.
 *
 * @param x  [..., n, n]
 * @returns  [...]; 1 for n = 0
 * @throws ShapeError  when x is not square
 * @throws DTypeError  when x is complex
 * Source: Jacobi's formula; Giles 2008, 2.2.4; NumPy's linalg.det.
 * @example
 * det(tensor([[1, 2], [3, 4]])); // => -2.…
 */
export function det(x: Tensor): Tensor {
  return x.derive(graph.det(floatMatrix("det", x)));
}

/**
 * Sign and logarithm of the absolute value of the determinant, which itself may be too large or too small for a float.
 *
 *     ct → ct A⁻ᵀ;   the sign is constant
 *
 * @param x  [..., n, n]
 * @returns  both [...]; 0 and −∞ of a singular matrix, 1 and 0 for n = 0
 * @throws ShapeError  when x is not square
 * @throws DTypeError  when x is complex
 * Source: NumPy's linalg.slogdet.
 * @example
 * const { sign, logAbsDet } = slogdet(tensor([[1, 2], [3, 4]]));
 * sign; // => -1.…
 * logAbsDet; // => 0.693147…
 */
export function slogdet(x: Tensor): { readonly sign: Tensor; readonly logAbsDet: Tensor } {
  const [sign, logAbsDet] = graph.slogdet(floatMatrix("slogdet", x));
  return { sign: x.derive(sign), logAbsDet: x.derive(logAbsDet) };
}

/**
 * The lower triangle L with L Lᵀ = A, the diagonal positive.
 *
 * Of a matrix that is not symmetric, the symmetric part ½ (A + Aᵀ) is taken, so that the gradient is symmetric.
 *
 * @param x  [..., n, n], symmetric and positive definite
 * @returns  [..., n, n]
 * @throws ShapeError  when x is not square
 * @throws ValueError  when a matrix is not positive definite or has NaN, as soon as the value is read
 * @throws DTypeError  when x is complex
 * Source: Golub & Van Loan 4.2; derivative: Murray 2016; NumPy's linalg.cholesky.
 * @example
 * cholesky(tensor([[4, 2], [2, 5]])); // => [[2. 0.]
 *                                     //     [1. 2.]]
 */
export function cholesky<S extends Shape>(x: Tensor<S>): Tensor<S> {
  return x.derive<S>(graph.cholesky(floatMatrix("cholesky", x)));
}

/**
 * Aⁿ = A A … A for a whole n, by repeated squaring; A⁰ is the identity, negative powers are those of the inverse.
 *
 * @param x  [..., n, n]
 * @returns  [..., n, n]
 * @throws ShapeError  when x is not square
 * @throws ValueError  when n is not whole; when n < 0 and a matrix is singular, as soon as the value is read
 * @throws DTypeError  when x is complex
 * Source: Golub & Van Loan 9.2.5; NumPy's linalg.matrix_power.
 * @example
 * matrixPower(tensor([[1, 1], [0, 1]]), 5); // => [[1. 5.]
 *                                           //     [0. 1.]]
 */
export function matrixPower<S extends Shape>(x: Tensor<S>, n: number): Tensor<S> {
  if (!Number.isInteger(n)) throw new ValueError(`matrixPower: the power ${n} is not a whole number`);
  const a = floatMatrix("matrixPower", x);
  const size = x.shape.at(-1)!;
  if (size !== x.shape.at(-2))
    throw new ShapeError(`matrixPower: ${show(x.shape)} is not square (${x.shape.at(-2)} ≠ ${size})`);
  const power = x.derive(n < 0 ? graph.inverse(a) : a);
  if (n !== 0) return x.derive<S>(powerOf(power, Math.abs(n)).node);
  const [row, column] = [graph.iota(a.shape, x.ndim - 2, "int32"), graph.iota(a.shape, x.ndim - 1, "int32")];
  return x.derive<S>(graph.cast(graph.equal(row, column), a.dtype));
}

function powerOf(x: Tensor, n: number): Tensor {
  if (n === 1) return x;
  const root = powerOf(x, Math.floor(n / 2));
  const square = matmul(root, root);
  return n % 2 === 0 ? square : matmul(square, x);
}
