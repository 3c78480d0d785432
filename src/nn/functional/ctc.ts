/**
 * Connectionist temporal classification: the likelihood of a label sequence whose places in time are not known.
 *
 * The forward algorithm in logarithms, a loop over the time steps; its gradient follows from it. Source: Graves et al.
 * 2006.
 */
import { checkOptions, type Shape, ShapeError, show, ValueError } from "../../base/index.ts";
import {
  add,
  clamp,
  concat,
  div,
  expandDims,
  full,
  greater,
  logicalAnd,
  logsumexp,
  mean,
  neg,
  notEqual,
  reshape,
  scan,
  stack,
  type Tensor,
  takeAlongAxis,
  tensor,
  where,
} from "../../tensor/index.ts";
import { logSoftmax } from "./activation.ts";
import { checkedLabels } from "./labels.ts";
import { ctcNames } from "./option-names.ts";
import { type LossOptions, reduceLoss } from "./reduction.ts";

export interface CtcOptions extends LossOptions {
  /** The class that stands for no label; 0 by default. */
  readonly blank?: number;
  /** How many time steps of each sequence count; all by default. */
  readonly inputLengths?: readonly number[];
  /** How many labels of each sequence count; all by default. */
  readonly targetLengths?: readonly number[];
  /** Whether labels that do not fit into their time steps count as 0 instead of ∞; false by default. */
  readonly zeroInfinity?: boolean;
}

/** Logarithm of what cannot be: finite, so that no ∞ − ∞ arises, and far below any sum of logarithms. */
const impossible = -1e30;

/**
 * −ln of the probability that the classes, step by step, spell the labels once repetitions are merged and blanks dropped.
 *
 *     α_t(s) = y_t(l_s) · (α_(t−1)(s) + α_(t−1)(s−1) + α_(t−1)(s−2) [l_s is no blank and differs from l_(s−2)])
 *
 * l are the labels with blanks before, between and behind them, y the softmax of the logits.
 *
 * @param logits   [T, N, C]
 * @param targets  labels, int32 [N, S]; what lies behind a target's length may be any class, or −1
 * @returns        a scalar; with reduction "none" [N]. "mean" divides each loss by the length of its target first.
 * @throws ShapeError  when the shapes do not belong together
 * @throws ValueError  at lengths, labels or a blank out of range
 * @example
 * ctc(zeros([2, 1, 2]), tensor([[1]], { dtype: "int32" })); // => 0.2876…
 */
export function ctc(logits: Tensor, targets: Tensor, options: CtcOptions = {}): Tensor {
  checkOptions("ctc", options, ctcNames);
  if (logits.ndim !== 3 || targets.ndim !== 2 || targets.shape[0] !== logits.shape[1]) {
    throw new ShapeError(
      `ctc: logits ${show(logits.shape)} and targets ${show(targets.shape)} do not belong together; their shapes are [T, N, C] and [N, S]`,
    );
  }
  const [steps, batch, classes] = logits.shape as [number, number, number]; // three axes, just checked
  const { blank = 0, zeroInfinity = false, reduction = "mean" } = options;
  if (!Number.isInteger(blank) || blank < 0 || blank >= classes)
    throw new ValueError(`ctc: the blank ${blank} is not a class; ${classes} classes are numbered 0 to ${classes - 1}`);
  const spelled = checkedLabels("ctc", targets, classes, -1);
  const times = lengths("inputLengths", options.inputLengths, batch, steps, 1);
  const sizes = lengths("targetLengths", options.targetLengths, batch, targets.shape[1]!, 0);

  const labels = withBlanks(clamp(spelled, { min: 0 }), blank);
  const emitted = emissions(logSoftmax(logits), labels); // [T, N, L]
  const alpha = forward(emitted, skips(labels, blank), times);
  const end = ends(labels.shape, sizes, emitted.node.device);
  const likelihood = logsumexp(where(end, alpha, impossible), { axis: 1 }) as Tensor;
  const cannot = greater(impossible / 10, likelihood);
  const losses = where(cannot, zeroInfinity ? 0 : Number.POSITIVE_INFINITY, neg(likelihood));
  if (reduction !== "mean") return reduceLoss("ctc", losses, reduction);
  const divisors = sizes.map((size) => Math.max(size, 1));
  return mean(div(losses, constant(divisors, [batch], losses)));
}

/** [N, S] → [N, 2S + 1]: a blank before each label and one behind all. */
function withBlanks(targets: Tensor, blank: number): Tensor {
  const [n, s] = targets.shape as [number, number]; // [N, S]
  const device = targets.node.device ?? undefined;
  const blanks = (size: number): Tensor => full([n, size], blank, { dtype: targets.dtype, device });
  const pairs = reshape(stack([blanks(s), targets], { axis: 2 }), [n, 2 * s]);
  return concat([pairs, blanks(1)], { axis: 1 });
}

/** ln y_t(l_s): [T, N, C] and [N, L] → [T, N, L]. */
function emissions(logp: Tensor, labels: Tensor): Tensor {
  const places = expandDims(labels, 0).broadcastTo([logp.shape[0]!, ...labels.shape]);
  return clamp(takeAlongAxis(logp, places, { axis: 2 }), { min: impossible });
}

/** Where a label may follow the one before without a blank between them: [N, L]. */
function skips(labels: Tensor, blank: number): Tensor {
  const before = shifted(labels, 2, blank);
  return logicalAnd(notEqual(labels, blank), notEqual(labels, before));
}

/** `x` [N, L] moved to the right by so many places, which are filled. */
function shifted(x: Tensor, places: number, filling: number): Tensor {
  const [n, size] = x.shape as [number, number]; // [N, L]
  const count = Math.min(places, size);
  const filled: Tensor = full([n, count], filling, { dtype: x.dtype, device: x.node.device ?? undefined });
  return count === size ? filled : concat([filled, x.at(":", `:${size - count}`)], { axis: 1 });
}

/** ln α at each sequence's last step: [N, L]. */
function forward(emitted: Tensor, skip: Tensor, times: readonly number[]): Tensor {
  const [steps, n, size] = emitted.shape as [number, number, number]; // [T, N, L]
  const atStart = Array.from({ length: n * size }, (_, i) => (i % size < 2 ? 0 : impossible));
  const runs = Array.from({ length: (steps - 1) * n }, (_, i) => Number(1 + Math.floor(i / n) < times[i % n]!));
  const { state } = scan(
    ([before], [emission, running]) => {
      const alpha = before!;
      const jump = where(skip, shifted(alpha, 2, impossible), impossible);
      const ways = stack([alpha, shifted(alpha, 1, impossible), jump], { axis: 0 });
      const next = clamp(add(logsumexp(ways, { axis: 0 }) as Tensor, emission!), { min: impossible });
      return { state: [where(running!, next, alpha)] };
    },
    [add(emitted.at(0), constant(atStart, [n, size], emitted))],
    [
      emitted.at("1:"),
      tensor(runs, { shape: [steps - 1, n, 1], dtype: "bool", device: emitted.node.device ?? undefined }),
    ],
  );
  return state[0]!;
}

/** Where a sequence may end: on its last label or the blank behind it; bool [N, L]. */
function ends(shape: Shape, sizes: readonly number[], device: string | null): Tensor {
  const [n, size] = shape as readonly [number, number]; // [N, L]
  const values = sizes.flatMap((s) => Array.from({ length: size }, (_, i) => (i === 2 * s || i === 2 * s - 1 ? 1 : 0)));
  return tensor(values, { shape: [n, size], dtype: "bool", device: device ?? undefined });
}

function constant(values: readonly number[], shape: Shape, { dtype, node }: Tensor): Tensor {
  return tensor(values, { shape, dtype, device: node.device ?? undefined });
}

function lengths(
  name: string,
  given: readonly number[] | undefined,
  n: number,
  most: number,
  least: number,
): readonly number[] {
  if (given === undefined) return new Array<number>(n).fill(most);
  if (given.length !== n) throw new ShapeError(`ctc: there are ${given.length} ${name} for ${n} sequences`);
  const wrong = given.findIndex((length) => !Number.isInteger(length) || length < least || length > most);
  if (wrong >= 0)
    throw new ValueError(`ctc: ${name}[${wrong}] is ${given[wrong]}; it is a whole number from ${least} to ${most}`);
  return given;
}
