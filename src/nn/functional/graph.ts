/** Convolution and pooling on graphs: what a vertex learns from its neighbours. */
import { type Shape, ShapeError, show } from "../../base/index.ts";
import {
  add,
  div,
  expandDims,
  eye,
  linear,
  matmul,
  max,
  maximum,
  mul,
  notEqual,
  rsqrt,
  sum,
  type Tensor,
  where,
} from "../../tensor/index.ts";

/** A + I: every vertex is its own neighbour. */
function withSelf(adjacency: Tensor, like: Tensor): Tensor {
  const identity = eye(adjacency.shape.at(-1)!, { dtype: like.dtype, device: like.node.device ?? undefined });
  return adjacency.astype(like.dtype).add(identity as Tensor) as Tensor;
}

/**
 * Graph convolution:
 *
 *     Y = D̃^(−½) Ã D̃^(−½) X Wᵀ + b,   Ã = A + I,   D̃ᵢᵢ = Σⱼ Ãᵢⱼ
 *
 * Source: Kipf & Welling 2017 (their W is Wᵀ here, so that it has the shape of a linear layer's).
 *
 * @param x          [*, V, in], floating: the features of V vertices
 * @param adjacency  [*, V, V]: weights of edges, symmetric, none negative, without loops
 * @param weight     [out, in]
 * @param bias       [out]; none when absent or null
 * @returns          [*, V, out]
 * @throws ShapeError  when the adjacency does not belong to as many vertices
 * @example
 * const complete = ones([4, 4]).sub(eye(4)); // everyone is everyone's neighbour
 * graphConvolution(tensor([[1], [2], [3], [6]]), complete, tensor([[1]])).flatten(); // => [3. 3. 3. 3.]
 */
export function graphConvolution(x: Tensor, adjacency: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  checkGraph("graphConvolution", x.shape, adjacency.shape);
  checkFeatures("graphConvolution", x.shape, weight.shape);
  const a = withSelf(adjacency, x);
  const scale = rsqrt(sum(a, { axis: -1, keepdims: true })) as Tensor; // D̃^(−½), [*, V, 1]
  const mixed = mul(scale, matmul(a, mul(scale, x) as Tensor)) as Tensor;
  return linear(mixed, weight, bias ?? undefined) as Tensor;
}

/**
 * Neighbourhood convolution: one weight for the vertex itself, one for the mean of its neighbours.
 *
 *     yᵥ = W xᵥ + U mean of xᵤ over the neighbours u of v + b
 *
 * Neighbours count with the weight of their edge; a vertex without any gets nothing from U.
 *
 * @param x                [*, V, in], floating
 * @param adjacency        [*, V, V]: row v holds the weights of v's neighbours
 * @param weight           W, [out, in]
 * @param neighbourWeight  U, [out, in]
 * @param bias             [out]; none when absent or null
 * @returns                [*, V, out]
 * @throws ShapeError  when the adjacency does not belong to as many vertices
 * @example
 * const star = tensor([[0, 1, 1], [1, 0, 0], [1, 0, 0]]);
 * neighbourhoodConvolution(tensor([[1], [2], [4]]), star, tensor([[10]]), tensor([[1]])).flatten(); // => [13. 21. 41.]
 */
export function neighbourhoodConvolution(
  x: Tensor,
  adjacency: Tensor,
  weight: Tensor,
  neighbourWeight: Tensor,
  bias: Tensor | null = null,
): Tensor {
  checkGraph("neighbourhoodConvolution", x.shape, adjacency.shape);
  for (const { shape } of [weight, neighbourWeight]) checkFeatures("neighbourhoodConvolution", x.shape, shape);
  const a = adjacency.astype(x.dtype) as Tensor;
  const degree = sum(a, { axis: -1, keepdims: true }) as Tensor;
  const neighbours = div(matmul(a, x) as Tensor, where(notEqual(degree, 0), degree, 1)) as Tensor;
  return add(linear(x, weight, bias ?? undefined) as Tensor, linear(neighbours, neighbourWeight) as Tensor) as Tensor;
}

/**
 * Neighbourhood pooling: the greatest value of each feature over a vertex and its neighbours.
 *
 *     yᵥ = max of xᵤ over u = v and the neighbours u of v
 *
 * @param x          [*, V, features]
 * @param adjacency  [*, V, V]: whatever is not 0 is an edge
 * @returns          `x`'s shape
 * @throws ShapeError  when the adjacency does not belong to as many vertices
 * @example
 * const path = tensor([[0, 1, 0], [1, 0, 1], [0, 1, 0]]);
 * neighbourhoodPool(tensor([[1], [2], [4]]), path).flatten(); // => [2. 4. 4.]
 */
export function neighbourhoodPool(x: Tensor, adjacency: Tensor): Tensor {
  checkGraph("neighbourhoodPool", x.shape, adjacency.shape);
  const edges = expandDims(notEqual(adjacency, 0) as Tensor, -1) as Tensor; // [*, V, V, 1]
  const spread = where(edges, expandDims(x, -3) as Tensor, Number.NEGATIVE_INFINITY) as Tensor; // [*, V, V, features]
  return maximum(x, max(spread, { axis: -2 }) as Tensor) as Tensor;
}

function checkFeatures(operation: string, x: Shape, weight: Shape): void {
  if (weight.length === 2 && weight[1] === x.at(-1)) return;
  throw new ShapeError(
    `${operation}: a weight of shape ${show(weight)} does not fit features of shape ${show(x)}; its shape is [out, ${x.at(-1)}]`,
  );
}

function checkGraph(operation: string, x: Shape, adjacency: Shape): void {
  const vertices = x.at(-2);
  if (x.length < 2 || adjacency.length < 2 || adjacency.at(-1) !== vertices || adjacency.at(-2) !== vertices) {
    throw new ShapeError(
      `${operation}: an adjacency of shape ${show(adjacency)} does not belong to features of shape ${show(x)}; the shapes are [V, V] and [V, features]`,
    );
  }
}
