/**
 * Recurrent layers: all steps of a sequence, in one direction or both, in several layers.
 *
 * The products of all steps' inputs with `weightIh` do not wait for the state: they are one contraction before the loop. The loop over time is a loop of the
 * program (`scan`), and so is its derivative: what a step computes is compiled once, every step's activations are kept for the way back, and the gradients of
 * the weights are one contraction over all steps (back-propagation through time, Werbos 1990). Truncated, it takes the last state of one stretch,
 * cut off by `detach`, as the first of the next.
 */
import { checkOptions, type Shape, ShapeError, show, ValueError } from "../../base/index.ts";
import {
  arange,
  concat,
  expandDims,
  less,
  permute,
  scan,
  squeeze,
  stack,
  type Tensor,
  tensor,
  where,
  zeros,
} from "../../tensor/index.ts";
import { dropout } from "./dropout.ts";
import {
  checkState,
  checkWeights,
  gruKind,
  type Kind,
  lstmKind,
  type RecurrentWeights,
  type RnnCellOptions,
  rnnKind,
  type Step,
} from "./recurrent-cells.ts";

export interface RecurrentOptions {
  /** Whether x is [batch, steps, in] and y likewise; [steps, batch, …] when absent. */
  readonly batchFirst?: boolean | undefined;
  /** Whether each layer also reads the sequence from its end; false when absent. */
  readonly bidirectional?: boolean | undefined;
  /** Probability of dropping an output of any layer but the last, in training; 0 when absent. */
  readonly dropout?: number | undefined;
  /** Whether dropout drops; true when absent. */
  readonly training?: boolean | undefined;
  /** How many steps of each sequence count, [batch] integers: beyond, y is 0 and the state stays. All when absent. */
  readonly lengths?: Tensor | readonly number[] | null | undefined;
  /** The state before the first step, [layers · directions, batch, hidden]; zeros when null or absent. */
  readonly h0?: Tensor | null | undefined;
}

export interface RnnOptions extends RecurrentOptions, RnnCellOptions {}

export interface LstmOptions extends RecurrentOptions {
  /** The memory before the first step, in the shape of h0; zeros when null or absent. */
  readonly c0?: Tensor | null | undefined;
}

/**
 * Elman's network over sequences: `rnnCell` at every step.
 *
 * Time is a loop of the program; the input's products of all steps are one contraction.
 *
 * @param x        [steps, batch, in], [batch, steps, in] with `batchFirst`, or [steps, in]
 * @param weights  of each layer: forwards, and with `bidirectional` backwards. A layer above reads all outputs of that below.
 * @returns        y [steps, batch, directions · hidden] and the last states hN [layers · directions, batch, hidden];
 *                 without a batch's axis where x has none
 * @throws ShapeError  when a shape does not fit, or there are no steps
 * @throws ValueError  for an option that does not exist
 * Source: Elman 1990; PyTorch's RNN.
 * @example
 * const weights = { weightIh: tensor([[1]]), weightHh: tensor([[1]]) };
 * const [y, hN] = rnn(tensor([[1], [2], [-1]]), [weights], { nonlinearity: "relu" });
 * y.flatten(); // => [1. 3. 2.]
 * hN; // => [[2.]]
 */
export function rnn(
  x: Tensor,
  weights: readonly RecurrentWeights[],
  options: RnnOptions = {},
): readonly [y: Tensor, hN: Tensor] {
  checkOptions("rnn", options, rnnOptions);
  const { y, states } = layers(rnnKind("rnn", options), x, weights, [options.h0], options);
  return [y, states[0]!];
}

/**
 * A long short-term memory over sequences: `lstmCell` at every step; arguments and results as those of `rnn`.
 *
 * Time is a loop of the program; the input's products of all steps are one contraction.
 *
 * @returns  y [steps, batch, directions · hidden] and the last states [hN, cN], [layers · directions, batch, hidden]
 * @throws ShapeError  when a shape does not fit, or there are no steps
 * Source: Hochreiter & Schmidhuber 1997; PyTorch's LSTM.
 * @example
 * const weights = { weightIh: zeros([8, 3]), weightHh: zeros([8, 2]) };
 * const [y, [hN, cN]] = lstm(ones([5, 4, 3]), [weights]);
 * [y.shape, hN.shape, cN.shape]; // => [ [ 5, 4, 2 ], [ 1, 4, 2 ], [ 1, 4, 2 ] ]
 */
export function lstm(
  x: Tensor,
  weights: readonly RecurrentWeights[],
  options: LstmOptions = {},
): readonly [y: Tensor, state: readonly [hN: Tensor, cN: Tensor]] {
  checkOptions("lstm", options, lstmOptions);
  const { y, states } = layers(lstmKind("lstm"), x, weights, [options.h0, options.c0], options);
  return [y, states as readonly [Tensor, Tensor]];
}

/**
 * Gated recurrent units over sequences: `gruCell` at every step; arguments and results as those of `rnn`.
 *
 * Time is a loop of the program; the input's products of all steps are one contraction.
 *
 * @returns  y [steps, batch, directions · hidden] and the last states hN [layers · directions, batch, hidden]
 * @throws ShapeError  when a shape does not fit, or there are no steps
 * Source: Cho et al. 2014; PyTorch's GRU.
 * @example
 * const weights = { weightIh: zeros([6, 3]), weightHh: zeros([6, 2]) };
 * gru(ones([5, 4, 3]), [weights], { h0: ones([1, 4, 2]) })[1].at(0, 0); // => [0.03125 0.03125]
 */
export function gru(
  x: Tensor,
  weights: readonly RecurrentWeights[],
  options: RecurrentOptions = {},
): readonly [y: Tensor, hN: Tensor] {
  checkOptions("gru", options, gruOptions);
  const { y, states } = layers(gruKind("gru"), x, weights, [options.h0], options);
  return [y, states[0]!];
}

const gruOptions = ["batchFirst", "bidirectional", "dropout", "training", "lengths", "h0"] as const;
const lstmOptions = ["batchFirst", "bidirectional", "dropout", "training", "lengths", "h0", "c0"] as const;
const rnnOptions = ["batchFirst", "bidirectional", "dropout", "training", "lengths", "h0", "nonlinearity"] as const;

export interface Swept {
  readonly y: Tensor;
  /** h, or h and c */
  readonly states: readonly Tensor[];
}

/** All layers in all directions. */
export function layers(
  kind: Kind,
  x: Tensor,
  weights: readonly RecurrentWeights[],
  initial: readonly (Tensor | null | undefined)[],
  options: RecurrentOptions,
): Swept {
  const { batchFirst = false, bidirectional = false, training = true, dropout: p = 0, lengths = null } = options;
  const directions = bidirectional ? 2 : 1;
  const batched = x.ndim === 3;
  let y = timeFirst(kind.operation, x, batchFirst);
  const [, batch] = y.shape as [number, number];
  checkLayers(kind, weights, directions);
  const hidden = weights[0]!.weightHh.shape[1]!;
  const shape = [weights.length, ...(batched ? [batch] : []), hidden];
  const given = initial.map((state) => state ?? null);
  checkState(
    kind.operation,
    given,
    shape,
    batched ? "[layers · directions, batch, hidden]" : "[layers · directions, hidden]",
    ["h0", "c0"],
  );
  const starts = given.map((state) => (state === null ? null : state.reshape([weights.length, batch, hidden])));
  const active = masks(kind.operation, y, lengths);
  const last: (readonly Tensor[])[] = [];
  for (let first = 0; first < weights.length; first += directions) {
    const read = first === 0 ? y : dropout(y, { p, training });
    const swept = weights.slice(first, first + directions).map((w, direction) => {
      checkWeights(kind, read, w);
      const state = starts.map((start) =>
        start === null ? zerosBeside(read, [batch, hidden]) : start.at(first + direction),
      );
      return sweep(kind.step(w), kind.input(read, w), state, active, direction === 1);
    });
    y =
      swept.length === 1
        ? swept[0]!.y
        : concat(
            swept.map((s) => s.y),
            { axis: -1 },
          );
    last.push(...swept.map((s) => s.states));
  }
  const states = initial.map((_, i) => {
    const all: Tensor = stack(last.map((state) => state[i]!));
    return batched ? all : squeeze(all, 1);
  });
  const laid = batched && batchFirst ? permute(y, [1, 0, 2]) : y;
  return { y: batched ? laid : squeeze(laid, 1), states };
}

/** [steps, batch, in] */
export function timeFirst(operation: string, x: Tensor, batchFirst: boolean): Tensor {
  if (x.ndim !== 2 && x.ndim !== 3) {
    const batched = batchFirst ? "[batch, steps, in]" : "[steps, batch, in]";
    throw new ShapeError(`${operation}: x ${show(x.shape)} is no sequence; its shape is ${batched} or [steps, in]`);
  }
  const y: Tensor = x.ndim === 2 ? expandDims(x, 1) : batchFirst ? permute(x, [1, 0, 2]) : x;
  if (y.shape[0] === 0)
    throw new ShapeError(`${operation}: x ${show(x.shape)} has no steps; a sequence has one at least`);
  return y;
}

function zerosBeside(x: Tensor, shape: Shape): Tensor {
  return zeros(shape, { dtype: x.dtype, device: x.node.device ?? undefined });
}

/** For every step whether it counts for each sequence, bool [steps, batch, 1]; null if all do. */
function masks(operation: string, x: Tensor, lengths: Tensor | readonly number[] | null): Tensor | null {
  if (lengths === null) return null;
  const [steps, batch] = x.shape as [number, number];
  const counts: Tensor =
    "node" in lengths ? lengths : tensor(lengths, { dtype: "int32", device: x.node.device ?? undefined });
  if (counts.ndim !== 1 || counts.size !== batch)
    throw new ShapeError(`${operation}: lengths ${show(counts.shape)} do not fit; there are ${batch} sequences`);
  return less(arange(steps, { dtype: "int32" }).reshape([steps, 1, 1]), counts.reshape([batch, 1]));
}

/** All steps in one direction. */
function sweep(step: Step, inputs: Tensor, start: readonly Tensor[], active: Tensor | null, backwards: boolean): Swept {
  const { state, outputs } = scan(
    (before, [input, mask]) => {
      const next = step(input!, before);
      if (mask === undefined) return { state: next, outputs: [next[0]!] };
      return { state: next.map((after, i) => where(mask, after, before[i]!)), outputs: [where(mask, next[0]!, 0)] };
    },
    start,
    active === null ? [inputs] : [inputs, active],
    { reverse: backwards },
  );
  return { y: outputs[0]!, states: state };
}

function checkLayers({ operation }: Kind, weights: readonly RecurrentWeights[], directions: number): void {
  if (weights.length > 0 && weights.length % directions === 0) return;
  throw new ValueError(
    `${operation}: weights of ${weights.length} sweeps do not make layers of ${directions} direction${directions === 1 ? "" : "s"}`,
  );
}
