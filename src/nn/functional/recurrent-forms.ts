/** Recurrent layers in forms that PyTorch does not have: gates that look at the memory, and the gated unit as it was published. */
import { checkOptions, ShapeError, show } from "../../base/index.ts";
import { add, expandDims, linear, mul, sigmoid, split, squeeze, sub, type Tensor, tanh } from "../../tensor/index.ts";
import { layers, type RecurrentOptions, type Swept, timeFirst } from "./recurrent.ts";
import { bothBiases, checkState, checkWeights, type Kind, lstmKind, type RecurrentWeights } from "./recurrent-cells.ts";

export interface PeepholeWeights {
  /** [4 · hidden, in], gates i, f, g, o */
  readonly weightIh: Tensor;
  /** [4 · hidden, hidden] */
  readonly weightHh: Tensor;
  /** [4 · hidden]; none when null or absent */
  readonly bias?: Tensor | null | undefined;
  /** [hidden] each: how the gates i, f and o look at the memory; a gate without them does not */
  readonly weightCi?: Tensor | null | undefined;
  readonly weightCf?: Tensor | null | undefined;
  readonly weightCo?: Tensor | null | undefined;
}

export interface SingleLayerOptions extends Pick<RecurrentOptions, "batchFirst" | "lengths"> {
  /** The state before the first step, [batch, hidden]; zeros when null or absent. */
  readonly h0?: Tensor | null | undefined;
}

export interface PeepholeOptions extends SingleLayerOptions {
  /** The memory before the first step, [batch, hidden]; zeros when null or absent. */
  readonly c0?: Tensor | null | undefined;
}

/**
 * A long short-term memory whose gates look at the memory, one layer: i and f at the old one, o at the new one.
 *
 *     i = σ(W_i x + U_i h + b_i + w_ci c),   f = σ(W_f x + U_f h + b_f + w_cf c),   g = tanh(W_g x + U_g h + b_g)
 *     c' = f c + i g,   o = σ(W_o x + U_o h + b_o + w_co c'),   h' = o tanh(c')
 *
 * Time is a loop of the program; the input's products of all steps are one contraction.
 *
 * @param x  [steps, batch, in], [batch, steps, in] with `batchFirst`, or [steps, in]
 * @returns  y [steps, batch, hidden] and the last states [hN, cN], [batch, hidden]; without a batch's axis where x has none
 * @throws ShapeError  when a shape does not fit, or there are no steps
 * Source: Gers & Schmidhuber 2000, Recurrent nets that time and count.
 * @example
 * const weights = { weightIh: zeros([8, 3]), weightHh: zeros([8, 2]), weightCo: ones([2]) };
 * peepholeLstm(ones([1, 3]), weights, { c0: tensor([2, 2]) })[1][1]; // => [1. 1.]
 */
export function peepholeLstm(
  x: Tensor,
  weights: PeepholeWeights,
  options: PeepholeOptions = {},
): readonly [y: Tensor, state: readonly [hN: Tensor, cN: Tensor]] {
  checkOptions("peepholeLstm", options, ["batchFirst", "lengths", "h0", "c0"]);
  const { weightIh, weightHh, bias: biasIh, weightCi, weightCf, weightCo } = weights;
  const hidden = weightHh.shape[1];
  for (const [name, w] of Object.entries({ weightCi, weightCf, weightCo })) {
    if (w && (w.ndim !== 1 || w.size !== hidden))
      throw new ShapeError(`peepholeLstm: ${name} ${show(w.shape)} does not fit; its shape is [${hidden}]`);
  }
  const look = (gate: Tensor, c: Tensor, w: Tensor | null | undefined): Tensor =>
    sigmoid(w ? add(gate, mul(w, c)) : gate);
  const kind: Kind = {
    ...lstmKind("peepholeLstm"),
    step:
      () =>
      (input, [h, c]) => {
        const [i, f, g, o] = split(add(input, linear(h!, weightHh)), 4, { axis: -1 }) as [
          Tensor,
          Tensor,
          Tensor,
          Tensor,
        ];
        const next = add(mul(look(f, c!, weightCf), c!), mul(look(i, c!, weightCi), tanh(g)));
        return [mul(look(o, next, weightCo), tanh(next)), next];
      },
  };
  const { y, states } = single(kind, x, { weightIh, weightHh, biasIh }, [options.h0, options.c0], options);
  return [y, states as readonly [Tensor, Tensor]];
}

/**
 * The gated recurrent unit as it was published, one layer: the state is reset before the product; no biases unless given.
 *
 *     r, z = σ(W x + U h),   h̃ = tanh(W_h x + U_h (r h)),   h' = (1 − z) h + z h̃;   the gates lie in the order r, z, h̃
 *
 * Time is a loop of the program; the input's products of all steps are one contraction.
 *
 * @param x  [steps, batch, in], [batch, steps, in] with `batchFirst`, or [steps, in]
 * @returns  y [steps, batch, hidden] and the last state hN [batch, hidden]; without a batch's axis where x has none
 * @throws ShapeError  when a shape does not fit, or there are no steps
 * Source: Chung et al. 2014, Empirical evaluation of gated recurrent neural networks, 3.2.
 * @example
 * const weights = { weightIh: zeros([6, 3]), weightHh: zeros([6, 2]) };
 * gruOriginal(ones([2, 3]), weights, { h0: ones([2]) })[1]; // => [0.25 0.25]
 */
export function gruOriginal(
  x: Tensor,
  weights: RecurrentWeights,
  options: SingleLayerOptions = {},
): readonly [y: Tensor, hN: Tensor] {
  checkOptions("gruOriginal", options, ["batchFirst", "lengths", "h0"]);
  const kind: Kind = {
    operation: "gruOriginal",
    gates: 3,
    states: 1,
    input: bothBiases,
    step: ({ weightHh }) => {
      const hidden = weightHh.shape[1]!;
      const [gates, candidate] = split(weightHh, [2 * hidden]) as [Tensor, Tensor];
      return (input, [h]) => {
        const [xrz, xh] = split(input, [2 * hidden], { axis: -1 }) as [Tensor, Tensor];
        const [r, z] = split(sigmoid(add(xrz, linear(h!, gates))), 2, { axis: -1 }) as [Tensor, Tensor];
        const proposed = tanh(add(xh, linear(mul(r, h!), candidate)));
        return [add(mul(sub(1, z), h!), mul(z, proposed))];
      };
    },
  };
  const { y, states } = single(kind, x, weights, [options.h0], options);
  return [y, states[0]!];
}

/** One layer in one direction, whose states have no axis of layers. */
function single(
  kind: Kind,
  x: Tensor,
  weights: RecurrentWeights,
  initial: readonly (Tensor | null | undefined)[],
  options: SingleLayerOptions,
): Swept {
  const sequence = timeFirst(kind.operation, x, options.batchFirst ?? false);
  checkWeights(kind, sequence, weights);
  const batch = x.ndim === 3 ? [sequence.shape[1]!] : [];
  const given = initial.map((state) => state ?? null);
  const hidden = weights.weightHh.shape[1]!;
  checkState(kind.operation, given, [...batch, hidden], batch.length > 0 ? "[batch, hidden]" : "[hidden]", [
    "h0",
    "c0",
  ]);
  const whole = given.map((state) => (state === null ? null : expandDims(state, 0)));
  const { y, states } = layers(kind, x, [weights], whole, options);
  return { y, states: states.map((state) => squeeze(state, 0)) };
}
