/** Margins between scores of classes: how far the right ones should lie above the others. Kinks have PyTorch's slopes. */
import { checkOptions, isFloat, type Shape, ShapeError, sameShape, show, ValueError } from "../../base/index.ts";
import {
  add,
  any,
  arange,
  clamp,
  cumprod,
  div,
  equal,
  expandDims,
  greaterEqual,
  logicalAnd,
  logicalNot,
  maximum,
  mul,
  neg,
  pow,
  reshape,
  softplus,
  sub,
  sum,
  type Tensor,
  takeAlongAxis,
  where,
} from "../../tensor/index.ts";
import { asFloats } from "./floating.ts";
import { checkedLabels, checkedRange } from "./labels.ts";
import { bceNames, lossNames, multiMarginNames } from "./option-names.ts";
import { type LossOptions, reduceLoss, refuseBroadcast } from "./reduction.ts";

export interface MultiMarginOptions extends LossOptions {
  /** Power of each hinge, 1 or 2; 1 by default. */
  readonly p?: 1 | 2;
  /** How far above the others the true class should be; 1 by default. */
  readonly margin?: number;
  /** Factor of each class, [C]. */
  readonly weight?: Tensor | null;
}

/**
 * The hinge of several classes:
 *
 *     1/C Σ_(j ≠ y) w_y max(margin − x_y + x_j, 0)^p
 *
 * Source: Crammer & Singer 2001, summed over classes as in Weston & Watkins 1999; torch.nn.MultiMarginLoss.
 *
 * @param input   scores [N, C] or [C], floating
 * @param target  classes, [N] or a scalar
 * @returns       a scalar; with reduction "none" the shape of `target`
 * @throws ShapeError  when the shapes do not belong together
 * @throws ValueError  for p other than 1 and 2, or an option that does not exist; at a label outside 0 … C − 1
 * @example
 * multiMargin(tensor([[0, 2, 1]]), tensor([1], { dtype: "int32" })); // => 0.…
 */
export function multiMargin(input: Tensor, target: Tensor, options: MultiMarginOptions = {}): Tensor {
  checkOptions("multiMargin", options, multiMarginNames);
  const { p = 1, margin = 1, weight = null, reduction } = options;
  if (p !== 1 && p !== 2) throw new ValueError(`multiMargin: p ${String(p)} does not exist; there are 1 and 2`);
  const { rows, classes } = scoresOf("multiMargin", input, target, input.shape.slice(0, -1));
  const given = checkedLabels("multiMargin", target, classes, 0);
  if (weight !== null && !sameShape(weight.shape, [classes]))
    throw new ShapeError(
      `multiMargin: the weight has shape ${show(weight.shape)}, but there are ${classes} classes; its shape is [${classes}]`,
    );
  const labels = reshape(given, [rows.shape[0]!, 1]).astype("int32") as Tensor; // [N, 1]
  const isTrue = equal(arange(classes, { dtype: "int32" }) as Tensor, labels) as Tensor; // [N, C]
  const own = sum(where(isTrue, rows, 0) as Tensor, { axis: 1, keepdims: true }) as Tensor;
  const apart = clamp(add(sub(margin, own), rows) as Tensor, { min: 0 }) as Tensor;
  const hinges = where(isTrue, 0, p === 1 ? apart : pow(apart, 2)) as Tensor;
  const total = div(sum(hinges, { axis: 1 }) as Tensor, classes) as Tensor;
  const factor = weight === null ? 1 : (sum(where(isTrue, weight, 0) as Tensor, { axis: 1 }) as Tensor);
  return reduceLoss("multiMargin", reshape(mul(total, factor) as Tensor, target.shape), reduction);
}

/**
 * Hinges between all true classes of a sample and all others:
 *
 *     1/C Σ_(y true) Σ_(i not true) max(1 − x_y + x_i, 0)
 *
 * Source: torch.nn.MultiLabelMarginLoss.
 *
 * @param input   scores [N, C] or [C], floating
 * @param target  the true classes of each sample and behind them −1, in the shape of `input`, integers
 * @returns       a scalar; with reduction "none" [N] or a scalar
 * @throws ShapeError  when the shapes differ
 * @throws ValueError  for an option that does not exist; at a label outside −1 … C − 1
 * @example
 * const target = tensor([[2, 0, -1, -1]], { dtype: "int32" });
 * multilabelMargin(tensor([[0.5, 0.25, 1, 0.75]]), target); // => 0.75
 */
export function multilabelMargin(input: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkOptions("multilabelMargin", options, lossNames);
  const { rows, classes } = scoresOf("multilabelMargin", input, target, input.shape);
  const given = checkedLabels("multilabelMargin", target, classes, -1);
  const labels = reshape(given, rows.shape).astype("int32") as Tensor; // [N, K]
  const counted = cumprod(greaterEqual(labels, 0).astype("int32") as Tensor, { axis: 1 }).astype("bool") as Tensor;
  const numbers = arange(classes, { dtype: "int32" }) as Tensor;
  const names = logicalAnd(equal(expandDims(labels, 2) as Tensor, numbers), expandDims(counted, 2) as Tensor); // [N, K, C]
  const isOther = expandDims(logicalNot(any(names as Tensor, { axis: 1 }) as Tensor) as Tensor, 1) as Tensor; // [N, 1, C]
  const own = expandDims(takeAlongAxis(rows, maximum(labels, 0) as Tensor, { axis: 1 }) as Tensor, 2) as Tensor;
  const apart = clamp(add(sub(1, own), expandDims(rows, 1) as Tensor) as Tensor, { min: 0 }); // [N, K, C]
  const hinges = where(logicalAnd(expandDims(counted, 2) as Tensor, isOther) as Tensor, apart as Tensor, 0) as Tensor;
  const total = div(sum(hinges, { axis: [1, 2] }) as Tensor, classes) as Tensor;
  return reduceLoss("multilabelMargin", reshape(total, input.shape.slice(0, -1)), options.reduction);
}

export interface MultilabelSoftMarginOptions extends LossOptions {
  /** Factor of each class, [C]. */
  readonly weight?: Tensor | null;
}

/**
 * Binary cross entropy of every class, in the mean over classes:
 *
 *     −1/C Σ_c w_c (t_c ln σ(x_c) + (1 − t_c) ln σ(−x_c))
 *
 * Source: torch.nn.MultiLabelSoftMarginLoss.
 *
 * @param input   logits [*, C], floating
 * @param target  0 or 1, in the shape of `input`, floating
 * @returns       a scalar; with reduction "none" [*]
 * @throws ShapeError  when the shapes differ, or are those of scalars
 * @throws ValueError  for an option that does not exist; at a target outside 0 … 1
 * @example
 * multilabelSoftMargin(tensor([[0, 0]]), tensor([[1, 0]])); // => 0.6931…
 */
export function multilabelSoftMargin(input: Tensor, target: Tensor, options: MultilabelSoftMarginOptions = {}): Tensor {
  checkOptions("multilabelSoftMargin", options, bceNames);
  const { weight = null, reduction } = options;
  refuseBroadcast("multilabelSoftMargin", input, target);
  checkScores("multilabelSoftMargin", input);
  const classes = input.shape.at(-1)!;
  if (weight !== null && !sameShape(weight.shape, [classes]))
    throw new ShapeError(
      `multilabelSoftMargin: the weight has shape ${show(weight.shape)}, but there are ${classes} classes; its shape is [${classes}]`,
    );
  const [x, t] = asFloats([input, checkedRange("multilabelSoftMargin", "the target", target, 0, 1)]);
  const losses = add(mul(t, softplus(neg(x))), mul(sub(1, t), softplus(x))) as Tensor;
  const weighted = (weight === null ? losses : mul(losses, weight)) as Tensor;
  return reduceLoss("multilabelSoftMargin", div(sum(weighted, { axis: -1 }), classes) as Tensor, reduction);
}

/** Throws unless the scores have an axis of classes and are floats. */
function checkScores(operation: string, input: Tensor): void {
  if (input.ndim === 0 || !isFloat(input.dtype))
    throw new ShapeError(
      `${operation}: ${show(input.shape)} of ${input.dtype} found; scores of classes are floats of shape [N, C] or [C]`,
    );
}

/** The scores as [N, C]; throws unless the target has its shape. */
function scoresOf(
  operation: string,
  input: Tensor,
  target: Tensor,
  wanted: Shape,
): { readonly rows: Tensor; readonly classes: number } {
  checkScores(operation, input);
  if (input.ndim > 2 || !sameShape(target.shape, wanted)) {
    throw new ShapeError(
      `${operation}: the prediction has shape ${show(input.shape)}, the target ${show(target.shape)}; with scores [N, C] or [C] the target has the shape ${show(wanted)}`,
    );
  }
  const classes = input.shape.at(-1)!;
  return { rows: reshape(input, [input.ndim === 1 ? 1 : input.shape[0]!, classes]), classes };
}
