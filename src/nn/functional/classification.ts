/**
 * Losses between scores of classes and the true classes.
 *
 * The score of the true class is taken out by comparing the class axis with the label: a masked sum along rows, which
 * joins the softmax in one kernel, where gathering would need a pass of its own in each direction.
 */
import { checkOptions, isFloat, ShapeError, sameShape, show, ValueError } from "../../base/index.ts";
import {
  arange,
  div,
  equal,
  expandDims,
  mul,
  neg,
  onesLike,
  reshape,
  sum,
  type Tensor,
  where,
} from "../../tensor/index.ts";
import { logSoftmax } from "./activation.ts";
import { checkedLabels, checkedRange } from "./labels.ts";
import { crossEntropyNames, nllNames } from "./option-names.ts";
import { type LossOptions, reduceLoss } from "./reduction.ts";

export interface NllOptions extends LossOptions {
  /** Factor of each class, [C]; the mean then divides by the sum of the factors of the labels. */
  readonly weight?: Tensor | null;
  /** A label that counts for nothing; −100 by default. */
  readonly ignoreIndex?: number;
}

export interface CrossEntropyOptions extends NllOptions {
  /** Share ε of the target that is spread evenly over all classes; 0 by default. */
  readonly labelSmoothing?: number;
}

/**
 * Cross entropy of logits x with classes or with probabilities t:
 *
 *     −w_y · ln softmax(x)_y             for a class y
 *     −Σ_c w_c t_c · ln softmax(x)_c     for probabilities
 *
 * With smoothing ε a class becomes t = (1 − ε) onehot(y) + ε / C, and probabilities t become (1 − ε) t + ε / C.
 *
 * @param input   logits: [N, C], [N, C, …], or [C]
 * @param target  classes, int32 or whole-valued floats: [N], [N, …], or a scalar; or probabilities in the shape of
 *                `input`
 * @returns       a scalar; with reduction "none" the shape of the classes. The mean is over all that are not ignored,
 *                weighted by w.
 * @throws ShapeError  when the shapes do not belong together
 * @throws ValueError  at a label outside 0 … C − 1 that is not `ignoreIndex`, at a probability outside 0 … 1
 * @example
 * const logits = tensor([[0, Math.log(3)], [0, 0]]);
 * crossEntropy(logits, tensor([1, 0], { dtype: "int32" }), { reduction: "none" }).exp(); // => [1.333… 2. …]
 */
export function crossEntropy(input: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkOptions("crossEntropy", options, crossEntropyNames);
  const axis = classAxis("crossEntropy", input);
  const smoothing = options.labelSmoothing ?? 0;
  if (!(smoothing >= 0 && smoothing <= 1))
    throw new ValueError(`crossEntropy: labelSmoothing ${smoothing} is not within 0 … 1`);
  checkClassWeight("crossEntropy", options.weight, input.shape[axis]!);
  if (sameShape(target.shape, input.shape)) {
    if (!isFloat(target.dtype)) throw noProbabilities(input, target);
    const shares = checkedRange("crossEntropy", "the target", target, 0, 1);
    return fromProbabilities(logSoftmax(input, { axis }), shares, axis, smoothing, options);
  }
  const labels = checkedTarget("crossEntropy", input, target, axis, options.ignoreIndex);
  return fromClasses("crossEntropy", logSoftmax(input, { axis }), labels, axis, smoothing, options);
}

/**
 * Negative log likelihood −w_y · x_y of log probabilities x and classes y; shapes, options and errors as in
 * `crossEntropy`.
 *
 * @example
 * const logProbabilities = tensor([[0.25, 0.75], [0.5, 0.5]]).log();
 * nll(logProbabilities, tensor([1, 0], { dtype: "int32" }), { reduction: "none" }).exp(); // => [1.333… 2. …]
 */
export function nll(input: Tensor, target: Tensor, options: NllOptions = {}): Tensor {
  checkOptions("nll", options, nllNames);
  const axis = classAxis("nll", input);
  checkClassWeight("nll", options.weight, input.shape[axis]!);
  const labels = checkedTarget("nll", input, target, axis, options.ignoreIndex);
  return fromClasses("nll", input, labels, axis, 0, options);
}

function classAxis(operation: string, input: Tensor): number {
  if (input.ndim === 0)
    throw new ShapeError(`${operation}: a scalar has no classes; the prediction's shape is [N, C], [N, C, …] or [C]`);
  return input.ndim === 1 ? 0 : 1;
}

function checkedTarget(operation: string, input: Tensor, target: Tensor, axis: number, ignoreIndex = -100): Tensor {
  const expected = input.shape.filter((_, i) => i !== axis);
  if (!sameShape(target.shape, expected)) {
    throw new ShapeError(
      `${operation}: the prediction has shape ${show(input.shape)}, the target ${show(target.shape)}; ` +
        `classes have shape ${show(expected)}${operation === "nll" ? "" : `, probabilities ${show(input.shape)}`}`,
    );
  }
  return checkedLabels(operation, target, input.shape[axis]!, ignoreIndex);
}

function noProbabilities(input: Tensor, target: Tensor): ValueError {
  return new ValueError(
    `crossEntropy: a target in the shape of the prediction, ${show(input.shape)}, holds probabilities, but it is ${target.dtype}; cast it to ${input.dtype}`,
  );
}

function checkClassWeight(operation: string, weight: Tensor | null | undefined, classes: number): void {
  if (weight === null || weight === undefined || sameShape(weight.shape, [classes])) return;
  throw new ShapeError(
    `${operation}: the weight has shape ${show(weight.shape)}, but there are ${classes} classes; its shape is [${classes}]`,
  );
}

/** `x` of shape [C] as it lies along `axis` in `ndim` dimensions. */
function along(x: Tensor, axis: number, ndim: number): Tensor {
  return reshape(
    x,
    Array.from({ length: ndim }, (_, i) => (i === axis ? x.size : 1)),
  );
}

function fromClasses(
  operation: string,
  logp: Tensor,
  target: Tensor,
  axis: number,
  smoothing: number,
  options: NllOptions,
): Tensor {
  const { weight = null, ignoreIndex = -100, reduction = "mean" } = options;
  const classes = logp.shape[axis]!;
  const labels = target.dtype === "uint8" ? target.astype("int32") : target; // no −100 among bytes
  const isTrue = equal(along(arange(classes, { dtype: labels.dtype }), axis, logp.ndim), expandDims(labels, axis));
  const w = weight === null ? null : along(weight, axis, logp.ndim);
  const weighted = w === null ? logp : mul(logp, w);
  const ignored = equal(labels, ignoreIndex);
  const counted = (x: Tensor): Tensor => where(ignored, 0, x);
  const picked = neg(sum(where(isTrue, weighted, 0), { axis }));
  const spread = mul(sum(weighted, { axis }), -smoothing / classes);
  const losses = counted(smoothing === 0 ? picked : mul(picked, 1 - smoothing).add(spread));
  if (reduction !== "mean") return reduceLoss(operation, losses, reduction);
  const share = w === null ? onesLike(picked) : sum(where(isTrue, w, 0), { axis });
  return div(sum(losses), sum(counted(share)));
}

function fromProbabilities(logp: Tensor, target: Tensor, axis: number, smoothing: number, options: NllOptions): Tensor {
  const { weight = null, reduction = "mean" } = options;
  const classes = logp.shape[axis]!;
  const t = smoothing === 0 ? target : mul(target, 1 - smoothing).add(smoothing / classes);
  const weighted = weight === null ? logp : mul(logp, along(weight, axis, logp.ndim));
  return reduceLoss("crossEntropy", neg(sum(mul(t, weighted), { axis })), reduction);
}
