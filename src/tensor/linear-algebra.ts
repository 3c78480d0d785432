/**
 * Products of vectors, matrices and stacks of them. Each is one contraction C[b, m, n] = Σ_k A[b, m, k] · B[b, k, n] of
 * operands whose axes have been brought into that order; nothing is copied for it, the kernel reads through the views.
 *
 * The result has the common dtype of the operands, but sums of bool and short integers are int32, those of uint32 int64. Complex numbers
 * are not conjugated.
 */
import {
  type Broadcast,
  broadcastShapes,
  type Fits,
  type LinearProduct,
  listedAxes,
  type MatMul,
  type Result,
  range,
  type Shape,
  ShapeError,
  show,
  sumDType,
} from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { add, mul } from "./arithmetic.ts";
import { contractNode, permuteNode } from "./contraction.ts";
import { einsum } from "./einsum.ts";
import { arithmetic, broadcastNode, castNode, commonDType } from "./operands.ts";
import { diagonalNode } from "./padding.ts";
import { sliceAxis } from "./shaping.ts";
import type { Tensor } from "./tensor.ts";

/** Both operands in their common dtype. */
function sameDType(operation: string, a: Tensor, b: Tensor): [Node, Node] {
  const dtype = arithmetic(commonDType([a, b]), operation);
  return [castNode(a.node, dtype), castNode(b.node, dtype)];
}

// -------------------------------------------------------------------------------------------------------------- matmul

/** Shape of a · b for matrices and stacks of matrices; a vector has been given its missing axis by the caller. */
export function matmulShape(a: Shape, b: Shape): Shape {
  const [inner, rows, columns] = [a.at(-1)!, b.at(-2)!, b.at(-1)!];
  if (inner !== rows) {
    const wayOut = inner === columns ? "; the transposed right side would fit: b.mT" : "";
    throw new ShapeError(`matmul: inner dimensions differ: ${show(a)} · ${show(b)} (${inner} ≠ ${rows})${wayOut}`);
  }
  return [...broadcastShapes("matmul", a.slice(0, -2), b.slice(0, -2)), a.at(-2)!, columns];
}

/**
 * Matrix product. A vector on the left is a row, one on the right a column, and loses that axis again; of stacks of
 * matrices, [..., m, k] · [..., k, n], the stack's axes broadcast.
 *
 * @param a  [..., m, k] or [k]
 * @param b  [..., k, n] or [k]
 * @returns  [..., m, n], without the axis of a vector; zeros where k is 0
 * @throws ShapeError  when the inner dimensions differ, the stacks do not broadcast, or an operand is a scalar
 * Source: NumPy's matmul.
 * @example
 * matmul(tensor([[1, 2], [3, 4]]), tensor([1, 10])); // => [21. 43.]
 */
export function matmul<A extends Shape, B extends Shape>(
  a: Tensor<A>,
  b: Tensor<B> & Fits<MatMul<A, B>, "matmul">,
): Tensor<Result<MatMul<A, B>>>;
export function matmul(a: Tensor, b: Tensor): Tensor {
  if (a.ndim === 0 || b.ndim === 0)
    throw new ShapeError(`matmul: the ${a.ndim === 0 ? "left" : "right"} operand is a scalar; use mul`);
  const [x, y] = sameDType("matmul", a, b);
  if (a.ndim === 1 && b.ndim === 1 && a.size !== b.size) {
    throw new ShapeError(
      `matmul: inner dimensions differ: ${show(a.shape)} · ${show(b.shape)} (${a.size} ≠ ${b.size})`,
    );
  }
  const left = a.ndim === 1 ? graph.reshape(x, [1, a.size]) : x;
  const right = b.ndim === 1 ? graph.reshape(y, [b.size, 1]) : y;
  const shape = matmulShape(left.shape, right.shape);
  const product = stackedMatmul(left, right, shape);
  const kept = shape.filter(
    (_, i) => !(a.ndim === 1 && i === shape.length - 2) && !(b.ndim === 1 && i === shape.length - 1),
  );
  return a.derive(kept.length === shape.length ? product : graph.reshape(product, kept));
}

function stackedMatmul(a: Node, b: Node, shape: Shape): Node {
  // one matrix on the right serves all rows of the stack on the left
  if (b.shape.length === 2) return contractNode(a, b, { batch: 0, rows: a.shape.length - 1, columns: 1 });
  const stack = shape.slice(0, -2);
  const left = broadcastNode(a, [...stack, ...a.shape.slice(-2)]);
  const right = broadcastNode(b, [...stack, ...b.shape.slice(-2)]);
  return contractNode(left, right, { batch: stack.length, rows: 1, columns: 1 });
}

/**
 * A layer's product x · Wᵀ + bias.
 *
 * @param x       [..., in]
 * @param weight  [out, in], as in PyTorch
 * @param bias    [out]
 * @returns       [..., out]
 * @throws ShapeError  when x has not `in` features, the weight is no matrix, or the bias does not broadcast
 * Source: PyTorch's nn.functional.linear.
 * @example
 * linear(tensor([[1, 2]]), tensor([[1, 1], [0, 3]]), tensor([0.5, 0])); // => [[3.5 6. ]]
 */
export function linear<X extends Shape, W extends Shape>(
  x: Tensor<X>,
  weight: Tensor<W> & Fits<LinearProduct<X, W>, "linear">,
  bias?: Tensor,
): Tensor<Result<LinearProduct<X, W>>>;
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const features = x.shape.at(-1);
  if (weight.ndim !== 2 || features !== weight.shape[1]) {
    throw new ShapeError(
      `linear: x ${show(x.shape)} has ${features ?? "no"} features, weight ${show(weight.shape)} takes ${weight.shape[1]}`,
    );
  }
  if (bias !== undefined) broadcastShapes("linear", [...x.shape.slice(0, -1), weight.shape[0]!], bias.shape);
  const [a, w] = sameDType("linear", x, weight);
  const y: Tensor = x.derive(contractNode(a, graph.permute(w, [1, 0]), { batch: 0, rows: x.ndim - 1, columns: 1 }));
  return bias === undefined ? y : add(y, bias);
}

/**
 * yₒ = x1ᵀ Wₒ x2 + biasₒ; x1 [..., in1], x2 [..., in2], weight [out, in1, in2].
 *
 * @param bias  [out]
 * @returns     [..., out]; the leading axes of x1 and x2 broadcast
 * @throws ShapeError  when the shapes do not fit
 * Source: PyTorch's nn.functional.bilinear.
 * @example
 * bilinear(tensor([1, 2]), tensor([3, 4]), ones([1, 2, 2])); // => [21.]
 */
export function bilinear(x1: Tensor, x2: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const y = einsum("...i,oij,...j->...o", x1, weight, x2);
  return bias === undefined ? y : add(y, bias);
}

// ------------------------------------------------------------------------------------------------------ other products

/** Σ over pairs of axes, which come last in the order of a and first in that of b. */
function tensordotNode(
  operation: string,
  a: Tensor,
  aAxes: readonly number[],
  b: Tensor,
  bAxes: readonly number[],
): Node {
  aAxes.forEach((axis, i) => {
    const [m, n] = [a.shape[axis]!, b.shape[bAxes[i]!]!];
    if (m !== n) {
      throw new ShapeError(
        `${operation}: axis ${axis} of ${show(a.shape)} and axis ${bAxes[i]} of ${show(b.shape)} differ (${m} ≠ ${n})`,
      );
    }
  });
  const [x, y] = sameDType(operation, a, b);
  const rows = range(a.ndim).filter((axis) => !aAxes.includes(axis));
  const columns = range(b.ndim).filter((axis) => !bAxes.includes(axis));
  const [left, right] = [permuteNode(x, [...rows, ...aAxes]), permuteNode(y, [...bAxes, ...columns])];
  return contractNode(left, right, { batch: 0, rows: rows.length, columns: columns.length });
}

/**
 * Σ over pairs of axes: the last n of a with the first n of b (2 when absent), or those listed for a and for b.
 *
 * @returns  the axes of a that are left, then those of b; 0 axes give the product of all elements with all
 * @throws ShapeError  when two axes of a pair differ, one does not exist or is listed twice, the lists differ in length, or the number is not whole from 0
 * Source: NumPy's tensordot.
 * @example
 * tensordot(tensor([[1, 2], [3, 4]]), tensor([[1, 0], [0, 1]]), 2); // => 5.0
 */
export function tensordot(
  a: Tensor,
  b: Tensor,
  axes: number | readonly [number | readonly number[], number | readonly number[]] = 2,
): Tensor {
  if (typeof axes === "number") {
    const most = Math.min(a.ndim, b.ndim);
    if (!Number.isInteger(axes) || axes < 0 || axes > most) {
      throw new ShapeError(
        `tensordot: ${show(a.shape)} and ${show(b.shape)} have no ${axes} axes to sum over; the number is whole, from 0 to ${most}`,
      );
    }
    return a.derive(
      tensordotNode(
        "tensordot",
        a,
        range(axes).map((i) => a.ndim - axes + i),
        b,
        range(axes),
      ),
    );
  }
  const left = listedAxes("tensordot", axes[0], a.ndim);
  const right = listedAxes("tensordot", axes[1], b.ndim);
  if (left.length !== right.length)
    throw new ShapeError(`tensordot: ${left.length} axes of a and ${right.length} of b are no pairs`);
  return a.derive(tensordotNode("tensordot", a, left, b, right));
}

/**
 * NumPy's dot: Σ over the last axis of a and the last but one of b (the only one of a vector); scalars multiply.
 *
 * @param a  [..., k]
 * @param b  [k] or [..., k, n]
 * @returns  the axes of a that are left, then those of b; of scalars what `mul` gives
 * @throws ShapeError  when the two axes differ
 * Source: NumPy's dot.
 * @example
 * dot(tensor([1, 2]), tensor([3, 4])); // => 11.0
 */
export function dot(a: Tensor, b: Tensor): Tensor {
  if (a.ndim === 0 || b.ndim === 0) return mul(a, b);
  return a.derive(tensordotNode("dot", a, [a.ndim - 1], b, [Math.max(0, b.ndim - 2)]));
}

/**
 * Σ over the last axes of both.
 *
 * @param a  [..., k]
 * @param b  [..., k]
 * @returns  the axes of a that are left, then those of b; of scalars what `mul` gives
 * @throws ShapeError  when the last axes differ
 * Source: NumPy's inner; complex operands are not conjugated.
 * @example
 * inner(tensor([[1, 2], [3, 4]]), tensor([1, 1])); // => [3. 7.]
 */
export function inner(a: Tensor, b: Tensor): Tensor {
  if (a.ndim === 0 || b.ndim === 0) return mul(a, b);
  return a.derive(tensordotNode("inner", a, [a.ndim - 1], b, [b.ndim - 1]));
}

/**
 * aᵢ · bⱼ of the flattened operands.
 *
 * @param a  any shape, m elements
 * @param b  any shape, n elements
 * @returns  [m, n]; integers keep their common dtype, bool becomes int32
 * Source: NumPy's outer.
 * @example
 * outer(tensor([1, 2]), tensor([3, 4])); // => [[3. 4.]
 * //  [6. 8.]]
 */
export function outer<A extends Shape, B extends Shape>(
  a: Tensor<A>,
  b: Tensor<B>,
): Tensor<
  A extends readonly [infer M extends number]
    ? B extends readonly [infer N extends number]
      ? readonly [M, N]
      : readonly [number, number]
    : readonly [number, number]
>;
export function outer(a: Tensor, b: Tensor): Tensor {
  return mul(a.derive(graph.reshape(a.node, [a.size, 1])), a.derive(graph.reshape(b.node, [1, b.size])));
}

/**
 * The products of all rows of x with all others, x xᵀ; of every matrix of a stack. Of complex x, no side is conjugated.
 *
 * @param x  [..., m, n]
 * @returns  [..., m, m]
 * @throws ShapeError  when x has fewer than two axes
 * @example
 * gram(tensor([[1, 2], [3, 4]])); // => [[ 5. 11.]
 * //  [11. 25.]]
 */
export function gram(x: Tensor): Tensor {
  if (x.ndim < 2) throw new ShapeError(`gram: ${show(x.shape)} is no matrix`);
  const order = [...range(x.ndim - 2), x.ndim - 1, x.ndim - 2];
  const v = castNode(x.node, arithmetic(x.dtype, "gram"));
  return x.derive(contractNode(v, graph.permute(v, order), { batch: x.ndim - 2, rows: 1, columns: 1 }));
}

/**
 * Kronecker product: every element of a times all of b, in blocks. The operand with fewer axes has ones in front.
 *
 * @param a  [m₁, m₂, …]
 * @param b  [n₁, n₂, …]
 * @returns  [m₁n₁, m₂n₂, …]; integers keep their common dtype, bool becomes int32
 * Source: NumPy's kron.
 * @example
 * kron(tensor([[1, 2]]), tensor([[1], [10]])); // => [[ 1. 2.]
 * //  [10. 20.]]
 */
export function kron(a: Tensor, b: Tensor): Tensor {
  const ndim = Math.max(a.ndim, b.ndim);
  const left = [...new Array<number>(ndim - a.ndim).fill(1), ...a.shape];
  const right = [...new Array<number>(ndim - b.ndim).fill(1), ...b.shape];
  const blocks = a.derive(
    graph.reshape(
      a.node,
      left.flatMap((n) => [n, 1]),
    ),
  );
  const inside = a.derive(
    graph.reshape(
      b.node,
      right.flatMap((n) => [1, n]),
    ),
  );
  const product: Tensor = mul(blocks, inside);
  return a.derive(
    graph.reshape(
      product.node,
      left.map((n, i) => n * right[i]!),
    ),
  );
}

/**
 * Vector product of three-dimensional vectors along the last axis; the other axes broadcast.
 *
 * @param a  [..., 3]
 * @param b  [..., 3]
 * @returns  [..., 3]; integers keep their common dtype (unsigned ones wrap around), bool becomes int32
 * @throws ShapeError  when the last axes are not 3, or the others do not broadcast
 * Source: NumPy's cross.
 * @example
 * cross(tensor([1, 0, 0]), tensor([0, 1, 0])); // => [0. 0. 1.]
 */
export function cross<A extends Shape, B extends Shape>(
  a: Tensor<A>,
  b: Tensor<B> & Fits<Broadcast<A, B>, "cross">,
): Tensor<Result<Broadcast<A, B>>>;
export function cross(a: Tensor, b: Tensor): Tensor {
  const shape = broadcastShapes("cross", a.shape, b.shape);
  if (a.shape.at(-1) !== 3 || b.shape.at(-1) !== 3) {
    throw new ShapeError(
      `cross: ${show(a.shape)} and ${show(b.shape)} do not hold vectors of 3 entries along the last axis`,
    );
  }
  const [x, y] = sameDType("cross", a, b).map((v) => broadcastNode(v, shape)) as [Node, Node]; // map forgets the length
  const last = shape.length - 1;
  const at = (v: Node, i: number): Node => sliceAxis(v, last, i, 1);
  const entry = (i: number, j: number): Node => graph.sub(graph.mul(at(x, i), at(y, j)), graph.mul(at(x, j), at(y, i)));
  return a.derive(graph.concat([entry(1, 2), entry(2, 0), entry(0, 1)], { axis: last }));
}

/**
 * The sum of the k-th diagonal; of every matrix in the last two axes of a stack.
 *
 * @param x  [..., m, n]
 * @param k  0 the main diagonal, above it > 0, below it < 0
 * @returns  [...]; 0 where the diagonal lies outside
 * @throws ShapeError  when x has fewer than two axes
 * Source: NumPy's trace, whose matrices are in the first two axes.
 * @example
 * trace(tensor([[1, 2], [3, 4]])); // => 5.0
 */
export function trace(x: Tensor, k = 0): Tensor {
  if (x.ndim < 2) throw new ShapeError(`trace: ${show(x.shape)} is no matrix`);
  const v = castNode(x.node, sumDType(x.dtype, Math.min(...x.shape.slice(-2))));
  const d = diagonalNode(v, x.ndim - 2, x.ndim - 1, k);
  return x.derive(graph.reshape(graph.sum(d, [d.shape.length - 1]), x.shape.slice(0, -2)));
}
