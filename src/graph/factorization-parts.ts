/**
 * What the entries of factorisations share: shape rules of stacks of matrices, the loop over a stack, and matrix algebra over nodes
 * in which their derivatives are written.
 */

import { type DType, numbersOf, range, type Shape, ShapeError, show, sizeOf, type TypedArray } from "../base/index.ts";
import { add } from "./addition.ts";
import { contract } from "./contraction.ts";
import { mul } from "./elementwise.ts";
import { equal, less, where } from "./elementwise-comparison.ts";
import { type Matrix, matrix } from "./factorization-kernels.ts";
import { concat } from "./indexing.ts";
import { constantLike, iota } from "./leaves.ts";
import { permute, reshape, slice } from "./movement.ts";
import type { Node } from "./node.ts";
import type { NDArray } from "./primitive.ts";
import { checkDType, floating, storedAs } from "./rules.ts";
import { expand, sum } from "./summation.ts";

// ------------------------------------------------------------------------------------------------------ rules, evaluation

/** Throws unless `shape` is a matrix or a stack of them. */
export function checkMatrix(operation: string, shape: Shape): void {
  if (shape.length < 2)
    throw new ShapeError(`${operation}: ${show(shape)} is no matrix; the shape is [..., rows, columns]`);
}

/** Throws unless `shape` is a square matrix or a stack of them. */
export function checkSquare(operation: string, shape: Shape): void {
  checkMatrix(operation, shape);
  const [rows, columns] = [shape.at(-2)!, shape.at(-1)!];
  if (rows !== columns)
    throw new ShapeError(
      `${operation}: ${show(shape)} is not square (${rows} ≠ ${columns}); lstsq and pinv take any matrix`,
    );
}

/** The dtype rule: floats, and nothing else. */
export function floatsOnly(operation: string): (dtypes: readonly DType[]) => DType {
  return ([dtype]) => {
    checkDType(operation, dtype!, floating);
    return dtype!;
  };
}

/** The axes before the last two. */
export const leadOf = (shape: Shape): Shape => shape.slice(0, -2);

/** Matrix number `i` of a stack, in float64. */
export function matrixAt(x: NDArray, i: number): Matrix {
  const [rows, columns] = [x.shape.at(-2)!, x.shape.at(-1)!];
  return matrix(
    rows,
    columns,
    Float64Array.from(numbersOf(x.data).subarray(i * rows * columns, (i + 1) * rows * columns)),
  );
}

/** ½ (A + Aᵀ). */
export function symmetricPart({ rows: n, data }: Matrix): Matrix {
  return matrix(
    n,
    n,
    data.map((entry, i) => (entry + data[(i % n) * n + Math.floor(i / n)]!) / 2),
  );
}

/** Fills a result matrix by matrix: `each` gives the numbers of the i-th. */
export function forEachMatrix(
  x: NDArray,
  shape: Shape,
  dtype: DType,
  each: (a: Matrix, i: number) => readonly ArrayLike<number>[],
): TypedArray {
  const out = new Float64Array(sizeOf(shape));
  let at = 0;
  for (let i = 0; i < sizeOf(leadOf(x.shape)); i++) {
    for (const part of each(matrixAt(x, i), i)) {
      out.set(part, at);
      at += part.length;
    }
  }
  return storedAs(dtype, out);
}

// -------------------------------------------------------------------------------------------------------- matrix algebra

/** Aᵀ of every matrix of a stack. */
export function mT(x: Node): Node {
  const n = x.shape.length;
  return permute(x, [...range(n - 2), n - 1, n - 2]);
}

/** A B of every pair of two equal stacks. */
export function mm(a: Node, b: Node): Node {
  return contract(a, b, { batch: a.shape.length - 2, rows: 1, columns: 1 });
}

/** A vector over each row of a matrix. */
export function overRows(v: Node, shape: Shape): Node {
  return expand(reshape(v, [...leadOf(shape), 1, shape.at(-1)!]), shape);
}

/** A vector over each column of a matrix. */
export function overColumns(v: Node, shape: Shape): Node {
  return expand(reshape(v, [...leadOf(shape), shape.at(-2)!, 1]), shape);
}

/** A number for each matrix over all of its elements. */
export function overMatrix(v: Node, shape: Shape): Node {
  return expand(reshape(v, [...leadOf(shape), 1, 1]), shape);
}

/** A diag(v): every column times its number. */
export function scaleColumns(x: Node, v: Node): Node {
  return mul(x, overRows(v, x.shape));
}

/** diag(v) A: every row times its number. */
export function scaleRows(x: Node, v: Node): Node {
  return mul(x, overColumns(v, x.shape));
}

/** Σ of all elements of each matrix of A ∘ B. */
export function innerProduct(a: Node, b: Node): Node {
  const n = a.shape.length;
  return sum(mul(a, b), [n - 2, n - 1]);
}

type Part = "diagonal" | "strictly lower";

/** What lies on or below the diagonal; zeros elsewhere. */
export function keep(part: Part, x: Node): Node {
  const n = x.shape.length;
  const [row, column] = [iota(x.shape, n - 2, "int32"), iota(x.shape, n - 1, "int32")];
  const test = part === "diagonal" ? equal(column, row) : less(column, row);
  return where(test, x, constantLike(x, 0));
}

/** The diagonal of each matrix. */
export function diagonalOf(x: Node): Node {
  return sum(keep("diagonal", x), [x.shape.length - 1]);
}

/** The identity in the shape of `x`. */
export function identityLike(x: Node): Node {
  return keep("diagonal", constantLike(x, 1));
}

/** A + Aᵀ. */
export function plusTransposed(x: Node): Node {
  return add(x, mT(x));
}

// ------------------------------------------------------------------------------------------------------- several results

/**
 * A primitive has one result: those with several lay them out one after the other along the last axis, and derivatives take
 * them apart again.
 */
export function unpack(x: Node, shapes: readonly Shape[]): Node[] {
  const lead = x.shape.slice(0, -1);
  let at = 0;
  return shapes.map((shape) => {
    const size = sizeOf(shape);
    const start = [...lead.map(() => 0), at];
    at += size;
    return reshape(slice(x, { start, size: [...lead, size], step: x.shape.map(() => 1) }), [...lead, ...shape]);
  });
}

/** The opposite of `unpack`: results behind `lead` axes. */
export function pack(lead: Shape, parts: readonly Node[]): Node {
  const flat = parts.map((part) => reshape(part, [...lead, sizeOf(part.shape.slice(lead.length))]));
  return concat(flat, { axis: lead.length });
}
