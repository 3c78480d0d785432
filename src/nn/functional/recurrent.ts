/**
 * Recurrent networks: cells, which take one step, and layers, which take all steps of a sequence.
 *
 * Weights lie as in PyTorch: the gates of a cell below one another, `weightIh` [gates · hidden, in] for the input and `weightHh`
 * [gates · hidden, hidden] for the state. The products of all steps' inputs with `weightIh` do not wait for the state: they are one
 * contraction before the loop. The loop over time is a loop of the program (`scan`), and so is its derivative: what a step computes is compiled once,
 * every step's activations are kept for the way back, and the gradients of the weights are one contraction over all steps (back-propagation through time,
 * Werbos 1990). Truncated, it takes the last state of one stretch, cut off by `detach`, as the first of the next.
 */
import { type Shape, ShapeError, sameShape, show, ValueError } from "../../base/index.ts";
import {
  add,
  arange,
  concat,
  expandDims,
  less,
  linear,
  mul,
  permute,
  relu,
  scan,
  sigmoid,
  split,
  squeeze,
  stack,
  sub,
  type Tensor,
  tanh,
  tensor,
  where,
  zeros,
} from "../../tensor/index.ts";
import { dropout } from "./dropout.ts";

/** What a cell has learned: of one layer and one direction. */
export interface RecurrentWeights {
  /** [gates · hidden, in] */
  readonly weightIh: Tensor;
  /** [gates · hidden, hidden] */
  readonly weightHh: Tensor;
  /** [gates · hidden]; none when null or absent */
  readonly biasIh?: Tensor | null | undefined;
  /** [gates · hidden]; none when null or absent */
  readonly biasHh?: Tensor | null | undefined;
}

export interface RnnCellOptions {
  /** what the state goes through; "tanh" when absent */
  readonly nonlinearity?: "tanh" | "relu" | undefined;
}

/** One step: the next state from the input's product [batch, gates · hidden] and the last state. The first entry is the output. */
type Step = (input: Tensor, state: readonly Tensor[]) => readonly Tensor[];

interface Kind {
  readonly operation: string;
  readonly gates: number;
  /** how many tensors the state has: h, or h and c */
  readonly states: 1 | 2;
  /** The input's product with all that can be added to it beforehand; [..., gates · hidden]. */
  input(x: Tensor, weights: RecurrentWeights): Tensor;
  step(weights: RecurrentWeights): Step;
}

const product = (x: Tensor, weight: Tensor, bias: Tensor | null | undefined): Tensor =>
  linear(x, weight, bias ?? undefined);

/** W_ih x + b_ih + b_hh: both biases, where both are only added. */
function bothBiases(x: Tensor, { weightIh, biasIh, biasHh }: RecurrentWeights): Tensor {
  const y = product(x, weightIh, biasIh);
  return biasHh ? add(y, biasHh) : y;
}

function rnnKind(operation: string, { nonlinearity = "tanh" }: RnnCellOptions): Kind {
  if (nonlinearity !== "tanh" && nonlinearity !== "relu")
    throw new ValueError(
      `${operation}: nonlinearity "${String(nonlinearity)}" does not exist; there are tanh and relu`,
    );
  const activation = nonlinearity === "tanh" ? tanh : relu;
  return {
    operation,
    gates: 1,
    states: 1,
    input: bothBiases,
    step:
      ({ weightHh }) =>
      (input, [h]) => [activation(add(input, linear(h!, weightHh)))],
  };
}

function lstmKind(operation: string): Kind {
  return {
    operation,
    gates: 4,
    states: 2,
    input: bothBiases,
    step:
      ({ weightHh }) =>
      (input, [h, c]) => {
        const [i, f, g, o] = split(add(input, linear(h!, weightHh)), 4, { axis: -1 }) as [
          Tensor,
          Tensor,
          Tensor,
          Tensor,
        ];
        const next = add(mul(sigmoid(f), c!), mul(sigmoid(i), tanh(g)));
        return [mul(sigmoid(o), tanh(next)), next];
      },
  };
}

function gruKind(operation: string): Kind {
  return {
    operation,
    gates: 3,
    states: 1,
    input: (x, { weightIh, biasIh }) => product(x, weightIh, biasIh),
    step:
      ({ weightHh, biasHh }) =>
      (input, [h]) => {
        const [xr, xz, xn] = split(input, 3, { axis: -1 }) as [Tensor, Tensor, Tensor];
        const [hr, hz, hn] = split(product(h!, weightHh, biasHh), 3, { axis: -1 }) as [Tensor, Tensor, Tensor];
        const z = sigmoid(add(xz, hz));
        const n = tanh(add(xn, mul(sigmoid(add(xr, hr)), hn)));
        return [add(mul(sub(1, z), n), mul(z, h!))];
      },
  };
}

// ------------------------------------------------------------------------------------------------------------------ cells

/**
 * One step of Elman's network: h' = tanh(W_ih x + b_ih + W_hh h + b_hh), or relu in place of tanh.
 *
 * @param x  [batch, in] or [in]
 * @param h  [batch, hidden] or [hidden]
 * @returns  h', in the shape of h
 * @throws ShapeError  when a shape does not fit
 * Source: Elman 1990; PyTorch's RNNCell.
 * @example
 * const weights = { weightIh: tensor([[2]]), weightHh: tensor([[3]]) };
 * rnnCell(tensor([1]), tensor([10]), weights, { nonlinearity: "relu" }); // => [32.]
 */
export function rnnCell(x: Tensor, h: Tensor, weights: RecurrentWeights, options: RnnCellOptions = {}): Tensor {
  return cell(rnnKind("rnnCell", options), x, [h], weights)[0]!;
}

/**
 * One step of a long short-term memory; the gates lie in the order i, f, g, o.
 *
 *     i, f, o = σ(W x + b_ih + W h + b_hh),   g = tanh(likewise)
 *     c' = f c + i g,   h' = o tanh(c')
 *
 * @param x         [batch, in] or [in]
 * @param [h, c]    [batch, hidden] or [hidden]
 * @returns         [h', c']
 * @throws ShapeError  when a shape does not fit
 * Source: Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000; PyTorch's LSTMCell.
 * @example
 * const weights = { weightIh: zeros([8, 3]), weightHh: zeros([8, 2]) };
 * lstmCell(ones([3]), [zeros([2]), ones([2])], weights)[1]; // => [0.5 0.5]
 */
export function lstmCell(
  x: Tensor,
  [h, c]: readonly [h: Tensor, c: Tensor],
  weights: RecurrentWeights,
): readonly [h: Tensor, c: Tensor] {
  return cell(lstmKind("lstmCell"), x, [h, c], weights) as readonly [Tensor, Tensor];
}

/**
 * One step of a gated recurrent unit in PyTorch's form, whose reset comes after the product; the gates lie in the order r, z, n.
 *
 *     r, z = σ(W x + b_ih + W h + b_hh),   n = tanh(W_in x + b_in + r (W_hn h + b_hn)),   h' = (1 − z) n + z h
 *
 * @param x  [batch, in] or [in]
 * @param h  [batch, hidden] or [hidden]
 * @returns  h', in the shape of h
 * @throws ShapeError  when a shape does not fit
 * Source: Cho et al. 2014, in PyTorch's form (GRUCell); the paper's own is `gruOriginal`.
 * @example
 * const weights = { weightIh: zeros([6, 3]), weightHh: zeros([6, 2]) };
 * gruCell(ones([3]), ones([2]), weights); // => [0.5 0.5]
 */
export function gruCell(x: Tensor, h: Tensor, weights: RecurrentWeights): Tensor {
  return cell(gruKind("gruCell"), x, [h], weights)[0]!;
}

function cell(kind: Kind, x: Tensor, state: readonly Tensor[], weights: RecurrentWeights): readonly Tensor[] {
  checkWeights(kind, x, weights);
  const expected = [...x.shape.slice(0, -1), weights.weightHh.shape[1]!];
  checkState(kind.operation, state, expected, x.ndim === 1 ? "[hidden]" : "[batch, hidden]", ["h", "c"]);
  return kind.step(weights)(kind.input(x, weights), state);
}

// ----------------------------------------------------------------------------------------------------------------- layers

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
  const { y, states } = layers(gruKind("gru"), x, weights, [options.h0], options);
  return [y, states[0]!];
}

interface Swept {
  readonly y: Tensor;
  /** h, or h and c */
  readonly states: readonly Tensor[];
}

/** All layers in all directions. */
function layers(
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
function timeFirst(operation: string, x: Tensor, batchFirst: boolean): Tensor {
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

// ---------------------------------------------------------------------------------------------------------- other forms

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

// ----------------------------------------------------------------------------------------------------------------- checks

function checkLayers({ operation }: Kind, weights: readonly RecurrentWeights[], directions: number): void {
  if (weights.length > 0 && weights.length % directions === 0) return;
  throw new ValueError(
    `${operation}: weights of ${weights.length} sweeps do not make layers of ${directions} direction${directions === 1 ? "" : "s"}`,
  );
}

function checkWeights({ operation, gates }: Kind, x: Tensor, weights: RecurrentWeights): void {
  const { weightIh, weightHh } = weights;
  const hidden = weightHh.shape[1];
  if (weightHh.ndim !== 2 || weightHh.shape[0] !== gates * hidden!) {
    throw new ShapeError(
      `${operation}: weightHh ${show(weightHh.shape)} does not fit; its shape is [${gates === 1 ? "" : `${gates} · `}hidden, hidden]`,
    );
  }
  const features = x.shape.at(-1);
  if (!sameShape(weightIh.shape, [gates * hidden!, features ?? 0])) {
    throw new ShapeError(
      `${operation}: weightIh ${show(weightIh.shape)} does not fit x ${show(x.shape)} and weightHh ${show(weightHh.shape)}; its shape is [${gates * hidden!}, ${features}]`,
    );
  }
  for (const [name, bias] of Object.entries({ biasIh: weights.biasIh, biasHh: weights.biasHh })) {
    if (bias && !sameShape(bias.shape, [gates * hidden!]))
      throw new ShapeError(`${operation}: ${name} ${show(bias.shape)} does not fit; its shape is [${gates * hidden!}]`);
  }
}

function checkState(
  operation: string,
  states: readonly (Tensor | null)[],
  expected: Shape,
  meaning: string,
  names: readonly string[],
): void {
  states.forEach((state, i) => {
    if (state === null || sameShape(state.shape, expected)) return;
    throw new ShapeError(
      `${operation}: ${names[i]} ${show(state.shape)} does not fit; its shape is ${meaning} = ${show(expected)}`,
    );
  });
}
