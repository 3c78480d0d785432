/** Activations that look along an axis: softmin, maxout and the gated linear units. */
import { checkOptions, normalizeAxis, type Shape, ShapeError, show, ValueError } from "../../base/index.ts";
import { max, mul, neg, relu, reshape, split, type Tensor, tanh } from "../../tensor/index.ts";
import { type AxisOption, gelu, sigmoid, silu, softmax } from "./activation.ts";
import { identity } from "./activation-piecewise.ts";
import { asFloat } from "./floating.ts";
import { axisNames, gluNames, maxoutNames } from "./option-names.ts";

/**
 * softmax(−x): the least entry gets the greatest probability.
 *
 * @example
 * softmin(tensor([0, Math.log(3)])); // => [0.75… 0.25…]
 */
export function softmin<S extends Shape>(x: Tensor<S>, options: AxisOption = {}): Tensor<S> {
  checkOptions("softmin", options, axisNames);
  const axis = normalizeAxis("softmin", options.axis ?? -1, x.ndim);
  return softmax(neg(asFloat(x)), { axis });
}

export interface MaxoutOptions extends AxisOption {
  /** k: how many neighbours make one unit. */
  readonly pieces: number;
}

/**
 * The greatest of every k neighbours along an axis:
 *
 *     y_j = max(x_(jk), …, x_(jk+k−1))
 *
 * The axis becomes k times shorter; ties share the gradient. Source: Goodfellow et al. 2013.
 *
 * @throws ShapeError  when k does not divide the axis
 * @example
 * maxout(tensor([1, 5, 4, 2]), { pieces: 2 }); // => [5. 4.]
 */
export function maxout(x: Tensor, options: MaxoutOptions): Tensor {
  checkOptions("maxout", options, maxoutNames, ["pieces"]);
  const { pieces, axis = -1 } = options;
  if (!Number.isInteger(pieces) || pieces < 1)
    throw new ValueError(`maxout: pieces ${pieces} is not a whole number from 1`);
  const place = normalizeAxis("maxout", axis, x.ndim);
  const size = x.shape[place]!;
  if (size % pieces !== 0) {
    throw new ShapeError(
      `maxout: axis ${axis} of ${show(x.shape)} has ${size} entries, which do not make units of ${pieces}`,
    );
  }
  const units = [...x.shape.slice(0, place), size / pieces, pieces, ...x.shape.slice(place + 1)];
  return max(reshape(x, units), { axis: place + 1 });
}

/** What a gate does to its half. */
const gates = { sigmoid, tanh, relu, gelu, silu, identity } as const;

export interface GluOptions extends AxisOption {
  /** sigmoid by default; gelu makes GEGLU, silu SwiGLU, relu ReGLU, identity the bilinear form. */
  readonly gate?: keyof typeof gates;
}

/**
 * Gated linear unit: a · σ(b), a and b the two halves of x along an axis; or with another gate than σ.
 *
 * The axis becomes half as long. Sources: Dauphin et al. 2016; the other gates: Shazeer 2020.
 *
 * @throws ShapeError  when the axis has no halves
 * @example
 * glu(tensor([2, 4, 0, 0])); // => [1. 2.]
 * glu(tensor([2, 4, 3, -1]), { gate: "relu" }); // => [6. 0.]
 */
export function glu(x: Tensor, options: GluOptions = {}): Tensor {
  checkOptions("glu", options, gluNames);
  const { axis = -1, gate = "sigmoid" } = options;
  const place = normalizeAxis("glu", axis, x.ndim);
  if (x.shape[place]! % 2 !== 0) {
    throw new ShapeError(
      `glu: axis ${axis} of ${show(x.shape)} has ${x.shape[place]} entries, which do not make two halves`,
    );
  }
  if (!Object.hasOwn(gates, gate))
    throw new ValueError(`glu: there is no gate "${gate}"; there are ${Object.keys(gates).join(", ")}`);
  const [a, b] = split(x, 2, { axis: place });
  return mul(a!, gates[gate](b!));
}
