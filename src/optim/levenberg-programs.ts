/** The programs of Levenberg and Marquardt's method: residuals, their slopes, and what becomes of them at other weights. */
import { ShapeError, show } from "../base/index.ts";
import * as graph from "../graph/index.ts";
import { asPlain, flush, realize } from "../runtime/index.ts";
import {
  arange,
  compile,
  enableGrad,
  equal,
  matmul,
  square,
  stack,
  sum,
  Tensor,
  tensor,
  zerosLike,
} from "../tensor/index.ts";
import { flat, pieces } from "./flat.ts";

export interface ResidualPrograms {
  /** ½ Σ r² and the residuals as a vector [m], both in float64. */
  readonly here: (inputs: readonly Tensor[]) => { readonly cost: Tensor; readonly r: Tensor };
  /** JᵀJ [n, n] and Jᵀ r [n], in float64. */
  readonly normal: (r: Tensor, inputs: readonly Tensor[]) => { readonly A: Tensor; readonly g: Tensor };
  /** Remembers the weights. */
  readonly keep: () => void;
  /** Moves the parameters to what was remembered + δ; ½ Σ r² there. */
  readonly at: (delta: Tensor, inputs: readonly Tensor[]) => Tensor;
  /** Gives the parameters what was remembered. */
  readonly restore: () => void;
}

/** JᵀJ and Jᵀ r from the columns of J, and from its rows. */
export type NormalPrograms = ReturnType<typeof normalPrograms>;

export function normalPrograms() {
  return {
    fromColumns: compile((columns: readonly Tensor[], r: Tensor) => normal(stack([...columns]), r)),
    fromRows: compile((rows: readonly Tensor[], r: Tensor) => normal(stack([...rows]).T, r)),
  };
}

/** @param compiled  whether `residuals` is compiled, or evaluated anew each time */
export function residualPrograms(
  params: readonly Tensor[],
  residuals: (...inputs: readonly Tensor[]) => Tensor,
  { fromColumns, fromRows }: NormalPrograms,
  compiled: boolean,
): ResidualPrograms {
  const n = params.reduce((size, p) => size + p.size, 0);
  let kept: readonly Tensor[] = [];
  const evaluate = (inputs: readonly Tensor[]): Tensor => {
    const r = residuals(...inputs);
    if (r.size === 0) throw new ShapeError(`LevenbergMarquardt: there are no residuals, the shape is ${show(r.shape)}`);
    return flat([r], "float64");
  };
  const half = (r: Tensor): Tensor => sum(square(r)).mul(0.5);
  const program = <A extends readonly unknown[]>(
    f: (...args: A) => readonly Tensor[],
  ): ((...args: A) => readonly Tensor[]) =>
    compiled
      ? compile(f)
      : (...args) => {
          const results = f(...args);
          realize(results.map((x) => x.node));
          flush();
          return results;
        };
  const values = program((inputs: readonly Tensor[]) => {
    const r = evaluate(inputs);
    return [half(r), r];
  });
  /** Column j of J, how all residuals move with one weight: forward mode. */
  const column = program((j: Tensor, inputs: readonly Tensor[]) => {
    const directions = pieces(oneAt(j, n), params);
    const moves = new Map(params.map((p, i) => [p.node, directions[i]!.node]));
    const r = asPlain(() => enableGrad(() => evaluate(inputs)));
    const [moved] = graph.forward([r.node], moves);
    return [moved === null || moved === undefined ? zerosLike(r) : new Tensor(moved)];
  });
  /** Row i of J, how one residual moves with all weights: reverse mode. */
  const row = program((i: Tensor, inputs: readonly Tensor[]) => {
    const nodes = params.map((p) => p.node);
    const r = asPlain(() => enableGrad(() => evaluate(inputs)));
    const found = graph.backward([{ node: r.node, cotangent: oneAt(i, r.size).node }], nodes);
    const slopes = params.map((p, k) => {
      const slope = found.get(nodes[k]!);
      return slope === undefined ? zerosLike(p) : new Tensor(slope);
    });
    return [flat(slopes, "float64")];
  });
  const moved = program((x: readonly Tensor[], delta: Tensor, inputs: readonly Tensor[]) => {
    const steps = pieces(delta, params);
    for (const [i, p] of params.entries()) p.assign(x[i]!.add(steps[i]!));
    return [half(evaluate(inputs))];
  });
  return {
    here: (inputs) => {
      const [cost, r] = values(inputs);
      return { cost: cost!, r: r! };
    },
    normal: (r, inputs) => {
      const byColumn = n <= r.size;
      const parts = Array.from({ length: Math.min(n, r.size) }, (_, i) => {
        const place = tensor(i, { dtype: "int32" });
        return (byColumn ? column(place, inputs) : row(place, inputs))[0]!;
      });
      const [A, g] = byColumn ? fromColumns(parts, r) : fromRows(parts, r);
      return { A: A!, g: g! };
    },
    keep: () => {
      kept = params.map((p) => p.detach());
    },
    at: (delta, inputs) => moved(kept, delta, inputs)[0]!,
    restore: () => {
      for (const [i, p] of params.entries()) p.assign(kept[i]!);
    },
  };
}

/** JᵀJ and Jᵀ r, from Jᵀ [n, m]. */
function normal(transposed: Tensor, r: Tensor): readonly Tensor[] {
  return [matmul(transposed, transposed.T), matmul(transposed, r)];
}

/** A vector of zeros but for a 1 at `place`. */
function oneAt(place: Tensor, size: number): Tensor {
  return equal(arange(size, { dtype: "int32" }), place).astype("float64");
}
