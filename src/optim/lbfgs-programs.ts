/** The programs of L-BFGS: loss and gradient as one program, and the sums over vectors between evaluations. */
import { show, ValueError } from "../base/index.ts";
import { abs, compile, enableGrad, max, mul, reshape, stack, sum, type Tensor } from "../tensor/index.ts";
import { flat, pieces } from "./flat.ts";

/** Loss, gradient [n], and the numbers f, max |gᵢ|, Σ |gᵢ|, gᵀ d at the present weights. */
export function measure(
  params: readonly Tensor[],
  dtype: Tensor["dtype"],
  closure: () => Tensor,
  d: Tensor | null,
): readonly Tensor[] {
  for (const p of params) p.grad = null;
  const loss = enableGrad(closure);
  if (loss.size !== 1)
    throw new ValueError(
      `LBFGS: the closure gives shape ${show(loss.shape)}; a loss is one number, reduce it with mean()`,
    );
  if (params.every((p) => p.grad === null)) loss.backward();
  const g = flat(
    params.map((p) => p.grad ?? p.mul(0)),
    dtype,
  );
  for (const p of params) p.grad = null;
  const size = abs(g).astype("float64");
  const slope = d === null ? max(size).mul(0) : dot(g, d);
  return [loss, g, stack([reshape(loss, []).astype("float64"), max(size), sum(size), slope])];
}

/** The programs that do not depend on a closure. */
export type Programs = ReturnType<typeof programs>;

export function programs(params: readonly Tensor[], dtype: Tensor["dtype"]) {
  /** x + t d into the parameters, as a part of whatever is computed. */
  const moveIn = (x: Tensor, d: Tensor, t: Tensor): void => {
    const moved = pieces(x.add(mul(d, t.astype(dtype))), params);
    for (const [i, p] of params.entries()) p.assign(moved[i]!);
  };
  return {
    moveIn,
    move: compile(moveIn),
    /** The parameters as a vector. */
    gather: compile(() => flat(params, dtype)),
    /** gᵀ d and max |dᵢ| */
    slope: compile((g: Tensor, d: Tensor) => stack([dot(g, d), max(abs(d)).astype("float64")])),
    /** s = t d, y = g − g₀, and sᵀ y, yᵀ y */
    pair: compile((d: Tensor, t: Tensor, g: Tensor, g0: Tensor): [Tensor, Tensor, Tensor] => {
      const [s, y] = [mul(d, t.astype(dtype)), g.sub(g0)];
      return [s, y, stack([dot(s, y), dot(y, y)])];
    }),
  };
}

/** aᵀ b, summed in float64 */
function dot(a: Tensor, b: Tensor): Tensor {
  return sum(mul(a.astype("float64"), b.astype("float64")));
}
