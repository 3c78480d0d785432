/**
 * The gradient of a batch in chunks: for batches whose activations do not fit into memory. Gradients add up from one
 * `backward` to the next until `zeroGrad`; what is here sees to the weights of the chunks.
 */
import { ShapeError, show, ValueError, wideDType } from "../base/index.ts";
import { isTracing, realize } from "../runtime/index.ts";
import { noGrad, type Tensor, takeGradient, tensor, variable, where, zerosLike } from "../tensor/index.ts";
import { parametersOf } from "./group.ts";
import { complete, count, oneOf, type Ranges } from "./ranges.ts";

export interface AccumulateOptions {
  /** How many chunks the inputs are cut into along axis 0; as equal as may be. */
  readonly chunks: number;
  /** Whether the loss is a mean over samples ("mean", the default) or a sum ("sum"). */
  readonly reduction?: "mean" | "sum";
}

const ranges: Ranges<AccumulateOptions> = { chunks: count, reduction: /* @__PURE__ */ oneOf("mean", "sum") };

/**
 * Calls `loss` and `backward` on one chunk of a batch after the other. What is then in `grad` is the gradient of the whole
 * batch, added to what was there.
 *
 *     ∇L = Σᵢ (nᵢ / N) ∇Lᵢ of a mean over samples,   ∇L = Σᵢ ∇Lᵢ of a sum;   nᵢ of N samples in chunk i
 *
 * Call it between `zeroGrad` and `step`. Each chunk's activations are forgotten before the next one's are made. Inside
 * `compile` it gives the same gradient, but all chunks are one program, whose memory is little less than the whole
 * batch's: to save it there, compile one chunk and sum with a `GradientAccumulator`. What the samples of a batch share,
 * such as the statistics of batch normalisation, is that of each chunk.
 *
 * @param parameters  whose gradients are computed
 * @param loss        of a chunk of each input: a mean, or a sum, over its samples
 * @param inputs      as many samples in each, along axis 0
 * @returns           the loss of the whole batch
 * @throws ShapeError  when inputs have different numbers of samples, or fewer than there are chunks
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * const [x, y] = [tensor([1, 2, 3]), tensor([1, 1, 1])];
 * optim.accumulate([w], (a, b) => w.mul(a).sub(b).square().mean(), [x, y], { chunks: 2 }); // => 11.6666…
 * w.grad; // => [14.6666…]
 */
export function accumulate<Inputs extends readonly Tensor[]>(
  parameters: Iterable<Tensor>,
  loss: (...chunk: Inputs) => Tensor,
  inputs: Inputs,
  options: AccumulateOptions,
): Tensor {
  const { chunks, reduction } = complete("accumulate", options, { reduction: "mean" }, ranges);
  const params = parametersOf("accumulate", parameters);
  const samples = samplesOf(inputs, chunks);
  let total: Tensor | null = null;
  for (let i = 0; i < chunks; i++) {
    const [start, end] = [Math.floor((i * samples) / chunks), Math.floor(((i + 1) * samples) / chunks)];
    const chunk = inputs.map((x) => x.at(`${start}:${end}`)) as readonly Tensor[] as Inputs; // as many as inputs
    const found = loss(...chunk);
    const weighed = reduction === "mean" ? found.mul((end - start) / samples) : found;
    weighed.backward();
    total = noGrad(() => (total === null ? weighed.detach() : total.add(weighed.detach())));
    // computed now, so that the chunk's activations are forgotten before the next one's are made
    if (!isTracing()) realize([total.node, ...params.flatMap((p) => (p.grad === null ? [] : [p.grad.node]))]);
  }
  return total!; // there is one chunk or more
}

function samplesOf(inputs: readonly Tensor[], chunks: number): number {
  const [samples, ...others] = inputs.map((x) => x.shape[0] ?? 0);
  if (samples === undefined || others.some((n) => n !== samples))
    throw new ShapeError(
      `accumulate: inputs have as many samples along axis 0, not ${inputs.map((x) => show(x.shape)).join(", ") || "none"}`,
    );
  if (samples < chunks) throw new ShapeError(`accumulate: ${samples} samples do not make ${chunks} chunks; take fewer`);
  return samples;
}

/**
 * Sums of gradients that are kept beside the gradients, and each with a weight: for steps made of compiled chunks.
 *
 *     sums ← sums + share · ∇L,  for each chunk;   ∇L ← scale · sums, sums ← 0,  before the optimizer's step
 *
 * @throws ValueError  when there are no parameters
 * @example
 * const w = new nn.Parameter(tensor([2]));
 * const optimizer = new optim.SGD([w], { lr: 0.5 });
 * const accumulator = new optim.GradientAccumulator([w]);
 * const chunk = compile((x) => {
 *   optimizer.zeroGrad();
 *   w.mul(x).sum().backward();
 *   accumulator.add(1 / 2); // the mean of two chunks
 * });
 * const update = compile(() => {
 *   accumulator.release();
 *   optimizer.step();
 * });
 * chunk(tensor([1]));
 * chunk(tensor([5]));
 * update();
 * w; // => [0.5]
 */
export class GradientAccumulator {
  readonly #sums: ReadonlyMap<Tensor, Tensor>;
  /** Whether the sums are those of a step that has been taken: they need not be set to 0, which would be a pass of its own. */
  readonly #isOver: Tensor;

  constructor(parameters: Iterable<Tensor>) {
    const params = parametersOf("GradientAccumulator", parameters);
    this.#sums = new Map(params.map((p) => [p, variable(zerosLike(p.detach().astype(wideDType(p.dtype))))]));
    this.#isOver = variable(tensor(true, { dtype: "bool" }));
  }

  /** Adds `share` times the present gradients to the sums; 1 by default. A parameter without a gradient adds nothing. */
  add(share: number | Tensor = 1): void {
    if (typeof share === "number" && !Number.isFinite(share))
      throw new ValueError(`GradientAccumulator: share ${share} is not a finite number`);
    noGrad(() => {
      for (const [p, sum] of this.#sums) {
        const before = this.#soFar(sum);
        const g = takeGradient(p);
        sum.assign(g === null ? before : before.add(g.astype(sum.dtype).mul(inDType(share, sum))));
      }
      this.#isOver.assign(tensor(false, { dtype: "bool" }));
    });
    // computed now, so that the activations are forgotten
    if (!isTracing()) realize(Array.from(this.#sums.values(), (sum) => sum.node));
  }

  /** Makes the sums, times `scale`, the parameters' gradients, and begins anew; 1 by default. */
  release(scale: number | Tensor = 1): void {
    noGrad(() => {
      for (const [p, sum] of this.#sums) {
        const total = this.#soFar(sum);
        p.grad = scale === 1 ? total : total.mul(inDType(scale, sum));
      }
      this.#isOver.assign(tensor(true, { dtype: "bool" }));
    });
  }

  #soFar(sum: Tensor): Tensor {
    return where(this.#isOver, 0, sum).astype(sum.dtype);
  }
}

/** A factor that leaves the dtype of `like` as it is. */
function inDType(factor: number | Tensor, like: Tensor): number | Tensor {
  return typeof factor === "number" ? factor : factor.astype(like.dtype);
}
