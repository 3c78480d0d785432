/** Grids of coordinates. */
import { checkOptions, ShapeError, show, ValueError } from "../base/index.ts";
import * as graph from "../graph/index.ts";
import { broadcastNode } from "./operands.ts";
import type { Tensor } from "./tensor.ts";

export interface MeshgridOptions {
  /** "ij": the i-th vector runs along axis i; "xy" (NumPy's default) exchanges the first two axes */
  readonly indexing?: "xy" | "ij" | undefined;
  /** whether each result has size 1 on all axes but its own, so that they meet by broadcasting; false */
  readonly sparse?: boolean | undefined;
}

/**
 * The coordinates of a grid: one tensor for each vector, which varies along an axis of its own and repeats on the others.
 *
 *     "ij":  yᵢ[a, b, c, …] = vectorᵢ[the i-th of a, b, c, …]
 *
 * Source: `numpy.meshgrid`.
 *
 * @param vectors  of n₁, n₂, … entries, or numbers
 * @param options  `indexing`, `sparse`
 * @returns        as many tensors of shape [n₁, n₂, …] ([n₂, n₁, …] for "xy"), or with ones where they repeat
 * @throws ShapeError  when one of them has two axes or more
 * @throws ValueError  when the indexing is neither "xy" nor "ij"
 * @example
 * const [x, y] = meshgrid([tensor([1, 2]), tensor([3, 4])]);
 * x; // => [[1. 2.]
 * //  [1. 2.]]
 * y; // => [[3. 3.]
 * //  [4. 4.]]
 */
export function meshgrid(vectors: readonly Tensor[], options: MeshgridOptions = {}): Tensor[] {
  checkOptions("meshgrid", options, ["indexing", "sparse"]);
  const { indexing = "xy", sparse = false } = options;
  if (indexing !== "xy" && indexing !== "ij")
    throw new ValueError(`meshgrid: indexing is ${String(indexing)}; it must be "xy" or "ij"`);
  if (vectors.some((v) => v.ndim > 1))
    throw new ShapeError(`meshgrid: takes vectors, not ${vectors.map((v) => show(v.shape)).join(", ")}`);
  const swap = indexing === "xy" && vectors.length > 1;
  const axisOf = (i: number): number => (swap && i < 2 ? 1 - i : i);
  const shape = vectors.map((_, i) => vectors[axisOf(i)]!.size);
  return vectors.map((v, i) => {
    const alone = shape.map((n, axis) => (axis === axisOf(i) ? n : 1));
    const line = graph.reshape(v.node, alone);
    return v.derive(sparse ? line : broadcastNode(line, shape));
  });
}
