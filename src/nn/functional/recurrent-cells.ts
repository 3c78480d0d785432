/**
 * Cells of recurrent networks: one step, from an input and a state to the next state.
 *
 * Weights lie as in PyTorch: the gates of a cell below one another, `weightIh` [gates · hidden, in] for the input and `weightHh`
 * [gates · hidden, hidden] for the state.
 */
import { checkOptions, type Shape, ShapeError, sameShape, show, ValueError } from "../../base/index.ts";
import { add, linear, mul, relu, sigmoid, split, sub, type Tensor, tanh } from "../../tensor/index.ts";

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
export type Step = (input: Tensor, state: readonly Tensor[]) => readonly Tensor[];

export interface Kind {
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
export function bothBiases(x: Tensor, { weightIh, biasIh, biasHh }: RecurrentWeights): Tensor {
  const y = product(x, weightIh, biasIh);
  return biasHh ? add(y, biasHh) : y;
}

export function rnnKind(operation: string, { nonlinearity = "tanh" }: RnnCellOptions): Kind {
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

export function lstmKind(operation: string): Kind {
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

export function gruKind(operation: string): Kind {
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
  checkOptions("rnnCell", options, ["nonlinearity"]);
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

export function checkWeights({ operation, gates }: Kind, x: Tensor, weights: RecurrentWeights): void {
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

export function checkState(
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
