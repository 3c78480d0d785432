/**
 * Contraction: C[b, m, n] = Σ_k A[b, m, k] · B[b, k, n], where each letter stands for several axes. Matrix products,
 * batched ones, einsum and convolution (over windows) all come down to it.
 */
import {
  type DType,
  isBigInt,
  isFloat,
  leastSumDType,
  range,
  type Shape,
  ShapeError,
  sameShape,
  show,
  sizeOf,
  type TypedArray,
} from "../base/index.ts";
import { sumOfTangents } from "./addition.ts";
import { permute } from "./movement.ts";
import { apply, type Node } from "./node.ts";
import type { Contraction, NDArray } from "./primitive.ts";
import { commonDType, numeric, Sums } from "./rules.ts";

/** How many axes are batch, rows and columns; the rest of both operands is contracted. */
export type ContractionParams = { readonly batch: number; readonly rows: number; readonly columns: number };

interface Sizes {
  readonly batch: Shape;
  readonly rows: Shape;
  readonly columns: Shape;
  readonly depth: Shape;
}

/** The sizes of each group of axes, once they have been found to agree. */
export function contractionSizes(a: Shape, b: Shape, { batch, rows, columns }: ContractionParams): Sizes {
  const depth = a.length - batch - rows;
  const fits = [batch, rows, columns].every((n) => Number.isInteger(n) && n >= 0) && depth >= 0;
  if (!fits || b.length !== batch + depth + columns) {
    throw new ShapeError(
      `contract: ${show(a)} · ${show(b)} do not have ${batch} batch, ${rows} row and ${columns} column axes and as many contracted ones`,
    );
  }
  const sizes = {
    batch: a.slice(0, batch),
    rows: a.slice(batch, batch + rows),
    depth: a.slice(batch + rows),
    columns: b.slice(batch + depth),
  };
  const [otherBatch, otherDepth] = [b.slice(0, batch), b.slice(batch, batch + depth)];
  if (!sameShape(sizes.batch, otherBatch)) {
    throw new ShapeError(
      `contract: batch axes differ: ${show(a)} · ${show(b)} (${show(sizes.batch)} ≠ ${show(otherBatch)})`,
    );
  }
  if (!sameShape(sizes.depth, otherDepth)) {
    throw new ShapeError(
      `contract: contracted axes differ: ${show(a)} · ${show(b)} (${show(sizes.depth)} ≠ ${show(otherDepth)})`,
    );
  }
  return sizes;
}

/** Σ_k a·b for every batch, row and column, in float64 or, for integers, modulo 2³² or 2⁶⁴. */
function contractEach(a: NDArray, b: NDArray, sizes: Sizes): TypedArray {
  const [batches, m, k, n] = [sizeOf(sizes.batch), sizeOf(sizes.rows), sizeOf(sizes.depth), sizeOf(sizes.columns)];
  const { dtype } = a;
  const multiply = isFloat(dtype) ? (x: number, y: number) => x * y : Math.imul;
  const sums = new Sums(dtype, batches * m * n);
  for (let batch = 0; batch < batches; batch++) {
    for (let i = 0; i < m; i++) {
      const row = (batch * m + i) * n;
      for (let l = 0; l < k; l++) {
        const x = a.data[(batch * m + i) * k + l]!;
        const from = (batch * k + l) * n;
        for (let j = 0; j < n; j++) {
          const y = b.data[from + j]!;
          sums.add(row + j, isBigInt(dtype) ? BigInt(x) * BigInt(y) : multiply(Number(x), Number(y)));
        }
      }
    }
  }
  return sums.result();
}

/** Axes in three groups of the given sizes, the second and the third exchanged. */
function exchange(first: number, second: number, third: number): number[] {
  const all = range(first + second + third);
  return [...all.slice(0, first), ...all.slice(first + second), ...all.slice(first, first + second)];
}

/** dA = dC · Bᵀ */
function leftCotangent(ct: Node, b: Node, { batch, rows, columns }: ContractionParams): Node {
  const depth = b.shape.length - batch - columns;
  return contract(ct, permute(b, exchange(batch, depth, columns)), { batch, rows, columns: depth });
}

/** dB = Aᵀ · dC */
function rightCotangent(ct: Node, a: Node, { batch, rows, columns }: ContractionParams): Node {
  const depth = a.shape.length - batch - rows;
  return contract(permute(a, exchange(batch, rows, depth)), ct, { batch, rows: depth, columns });
}

/** Floats, and integers as sums have them. */
const contractible: readonly DType[] = /* @__PURE__ */ numeric.filter((dtype) => leastSumDType(dtype) === dtype);

export const contraction: Contraction<ContractionParams> = {
  kind: "contraction",
  name: "contract",
  shape([a, b], params) {
    const { batch, rows, columns } = contractionSizes(a!, b!, params);
    return [...batch, ...rows, ...columns];
  },
  batched: ({ batch, rows, columns }) => ({ batch: batch + 1, rows, columns }),
  dtype: (dtypes) => commonDType("contract", dtypes, contractible),
  vjp(ct, { inputs: [a, b] }, params) {
    return [
      a!.requiresGrad ? leftCotangent(ct, b!, params) : null,
      b!.requiresGrad ? rightCotangent(ct, a!, params) : null,
    ];
  },
  jvp([da, db], { inputs: [a, b] }, params) {
    return sumOfTangents([da ? contract(da, b!, params) : null, db ? contract(a!, db, params) : null]);
  },
  evaluate: ([a, b], params) => contractEach(a!, b!, contractionSizes(a!.shape, b!.shape, params)),
  samples: [
    {
      shapes: [
        [2, 3],
        [3, 4],
      ],
      params: { batch: 0, rows: 1, columns: 1 },
    },
    {
      shapes: [
        [2, 3, 4],
        [2, 4, 2],
      ],
      params: { batch: 1, rows: 1, columns: 1 },
    },
    {
      shapes: [
        [2, 1, 3, 2, 2],
        [2, 2, 2, 3],
      ],
      params: { batch: 1, rows: 2, columns: 1 },
    },
    { shapes: [[3], [3]], params: { batch: 0, rows: 0, columns: 0 } },
    { shapes: [[2], [3]], params: { batch: 0, rows: 1, columns: 1 } },
    {
      shapes: [
        [2, 0],
        [0, 3],
      ],
      params: { batch: 0, rows: 1, columns: 1 },
    },
    {
      shapes: [
        [0, 3],
        [3, 2],
      ],
      params: { batch: 0, rows: 1, columns: 1 },
    },
  ],
};

/**
 * Σ over the contracted axes of a[batch, rows, contracted] · b[batch, contracted, columns]; gives [batch, rows,
 * columns].
 */
export function contract(a: Node, b: Node, { batch, rows, columns }: ContractionParams): Node {
  return apply(contraction, [a, b], { batch, rows, columns });
}
