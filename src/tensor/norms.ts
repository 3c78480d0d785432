/** Norms of vectors and matrices. */
import {
  type AxisOption,
  type Fits,
  isComplex,
  isHalf,
  normalizeAxes,
  type Reduce,
  type Shape,
  ValueError,
} from "../base/index.ts";
import type { Node } from "../graph/index.ts";
import * as graph from "../graph/index.ts";
import { castNode, fillNode, floating, inFloat32 } from "./operands.ts";
import {
  type Axes,
  countOf,
  maxNode,
  minNode,
  type Reduced,
  type ReduceOptions,
  reduce,
  reducedShape,
  reshapeNode,
  rootNode,
  sumNode,
} from "./reductions.ts";
import type { Tensor } from "./tensor.ts";

const like = (x: Node, value: number): Node => fillNode(value, x.shape, x.dtype);

export interface NormOptions<A extends AxisOption = AxisOption, K extends boolean = boolean>
  extends ReduceOptions<A, K> {
  /** of vectors: any number, ±∞; of matrices (two axes): "fro", ±1, ±∞; Euclidean when absent */
  readonly ord?: number | "fro" | undefined;
}

/**
 * A norm.
 *
 *     vectors:   (Σ |x|^p)^(1/p);  ∞: max |x|;  −∞: min |x|;  0: how many are not 0
 *     matrices:  "fro": √Σ x²;  1: greatest column sum of |x|;  ∞: greatest row sum;  −1, −∞: least ones
 *
 * Without `axis` and `ord`: the Euclidean norm of all elements. The slope at the origin is 0. Powers are taken of
 * x / max |x|, so that they stay within the dtype's range wherever the norm does.
 *
 * With an `ord` other than "fro", two axes are those of a matrix, rows first as they are named; any other number of axes
 * is joined into one vector. Source: NumPy's linalg.norm, without the orders of matrices that need singular values.
 *
 * @returns  x's shape without `axis`; floats keep their dtype, the others give float32, complex numbers by their sizes
 * @throws ShapeError  when x has no such axis, one is named twice, or a greatest or least one is sought among none
 * @throws ValueError  when matrices have no norm of that order here
 * @example
 * norm(tensor([3, -4])); // => 5.0
 * norm(tensor([[3, -4], [0, 1]]), { ord: 1, axis: 1 }); // => [7. 1.]
 */
export function norm<S extends Shape, const A extends AxisOption = undefined, K extends boolean = false>(
  x: Tensor<S>,
  options?: NormOptions<A, K> & Fits<Reduce<S, A, K>, "norm">,
): Reduced<S, A, K>;
export function norm(x: Tensor, { axis, keepdims = false, ord }: NormOptions = {}): Tensor {
  const axes = normalizeAxes("norm", axis, x.ndim);
  if (isHalf(x.dtype)) return inFloat32(x, (wide) => norm(wide, { axis, keepdims, ord }));
  const v = sizes(castNode(x.node, floating(x.dtype, "norm")));
  if (ord === undefined || ord === "fro") return x.derive(vectorNorm(v, axes, 2, keepdims));
  if (axes.length !== 2) return x.derive(vectorNorm(v, axes, ord, keepdims));
  return x.derive(reshapeNode(matrixNorm(v, order(axis, axes), ord), reducedShape(x.shape, axes, keepdims)));
}

/** Norms of complex numbers are those of their sizes. */
function sizes(x: Node): Node {
  return isComplex(x.dtype) ? graph.abs(x) : x;
}

/** The two axes of a matrix as they were named: rows first. */
function order(axis: AxisOption, axes: Axes): Axes {
  return Array.isArray(axis) && axis[0] !== undefined && axis.indexOf(axes[0]) === 1 ? [axes[1]!, axes[0]!] : axes;
}

function vectorNorm(x: Node, axes: Axes, p: number, keepdims: boolean): Node {
  const size = graph.abs(x);
  switch (p) {
    case 0:
      return reduce(sumNode, castNode(castNode(x, "bool"), x.dtype), axes, keepdims);
    case 1:
      return reduce(sumNode, size, axes, keepdims);
    case 2:
      return scaled(x, axes, (u) => rootNode(reduce(sumNode, graph.mul(u, u), axes, keepdims)));
    case Number.POSITIVE_INFINITY:
      return reduce(maxNode, size, axes, keepdims);
    case Number.NEGATIVE_INFINITY:
      return reduce(minNode, size, axes, keepdims);
    default:
      return scaled(size, axes, (u) => graph.rootOfPowers(reduce(sumNode, graph.powerOf(u, p), axes, keepdims), p));
  }
}

/**
 * s · f(x / s) with s = max |x| along `axes`, or 1 where that is 0, infinite or NaN. For a norm f this is f(x) whatever s
 * is; hence s counts as a constant.
 */
function scaled(x: Node, axes: Axes, f: (x: Node) => Node): Node {
  if (countOf(x, axes) === 0) return f(x);
  const largest = graph.detach(reduce(maxNode, graph.abs(x), axes, true));
  const [zero, infinity] = [like(largest, 0), like(largest, Number.POSITIVE_INFINITY)];
  const isScale = graph.logicalAnd(graph.less(zero, largest), graph.less(largest, infinity));
  const s = graph.where(isScale, largest, like(largest, 1));
  const y = f(graph.div(x, graph.expand(s, x.shape)));
  return graph.mul(y, reshapeNode(s, y.shape));
}

function matrixNorm(x: Node, [rows, columns]: Axes, ord: number): Node {
  const over = Math.abs(ord) === 1 ? rows! : columns!;
  if (Math.abs(ord) !== 1 && Math.abs(ord) !== Number.POSITIVE_INFINITY) {
    throw new ValueError(
      `norm: of matrices there are the orders "fro", 1, -1, Infinity, -Infinity, not ${ord}; name one axis for a vector's norm`,
    );
  }
  const sums = reduce(sumNode, graph.abs(x), [over], true);
  return reduce(
    ord > 0 ? maxNode : minNode,
    sums,
    [rows!, columns!].sort((a, b) => a - b),
    true,
  );
}
