/**
 * Recurrent layers and cells; the formulas are at their functions. State dicts have PyTorch's names: `weight_ih_l0`, and
 * `weight_ih_l0_reverse` for the sweep from the end.
 *
 * Time is a loop of the program, so that nothing but the work grows with the number of steps.
 */
import { checkOptions, type Shape, ValueError } from "../../base/index.ts";
import { type Tensor, zeros } from "../../tensor/index.ts";
import {
  gru,
  gruCell,
  gruOriginal,
  lstm,
  lstmCell,
  peepholeLstm,
  type RecurrentOptions,
  type RecurrentWeights,
  type RnnCellOptions,
  rnn,
  rnnCell,
} from "../functional/index.ts";
import { type InitOptions, uniform } from "../init.ts";
import { Module } from "../module.ts";
import { Parameter } from "../parameter.ts";
import { checkSize, showOptions } from "./check.ts";

interface BiasOption {
  /** Whether b_ih and b_hh are added; true by default. */
  readonly bias?: boolean;
}

export interface RecurrentLayerOptions extends InitOptions, BiasOption {
  /** How many layers lie above one another; 1 by default. */
  readonly numLayers?: number;
  /** Whether x is [batch, steps, in] and y likewise; false by default: [steps, batch, …]. */
  readonly batchFirst?: boolean;
  /** Probability of dropping an output of any layer but the last, in training; 0 by default. */
  readonly dropout?: number;
  /** Whether each layer also reads the sequence from its end; false by default. */
  readonly bidirectional?: boolean;
}

export interface RnnLayerOptions extends RecurrentLayerOptions, RnnCellOptions {}

export interface SequenceOptions {
  /** How many steps of each sequence count, [batch]; all when absent. */
  readonly lengths?: Tensor | readonly number[] | null;
}

const layerOptions = ["numLayers", "bias", "batchFirst", "dropout", "bidirectional", "dtype", "device"] as const;
const cellOptions = ["bias", "dtype", "device"] as const;

const defaults = {
  numLayers: 1,
  batchFirst: false,
  dropout: 0,
  bidirectional: false,
  bias: true,
  nonlinearity: "tanh",
} as const;

/** Parameters of U(−1/√hidden, 1/√hidden), as in PyTorch. */
function drawn(hidden: number, { dtype, device }: InitOptions): (shape: Shape) => Tensor {
  return (shape) => new Parameter<Shape>(uniform(shape, 1 / Math.sqrt(hidden), { dtype, device }));
}

// ----------------------------------------------------------------------------------------------------------------- layers

/** The weights of one sweep of layer `layer` under PyTorch's names. */
type Sweep = readonly [suffix: string, weights: RecurrentWeights];

abstract class RecurrentLayer<State> extends Module<
  [x: Tensor, state?: State | null, options?: SequenceOptions],
  readonly [y: Tensor, state: State]
> {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly options: RnnLayerOptions;
  /** Of each layer: the sweep forwards, and with `bidirectional` the one backwards. */
  readonly sweeps: readonly Sweep[];

  constructor(inputSize: number, hiddenSize: number, options: RnnLayerOptions, gates: number) {
    super();
    const { numLayers = 1, dropout = 0, bidirectional = false, bias = true } = options;
    const name = this.constructor.name;
    checkOptions(name, options, gates === 1 ? [...layerOptions, "nonlinearity"] : layerOptions);
    checkSize(name, "inputSize", inputSize);
    checkSize(name, "hiddenSize", hiddenSize);
    checkSize(name, "numLayers", numLayers);
    if (!(dropout >= 0 && dropout <= 1))
      throw new ValueError(`${name}: the probability dropout ${dropout} is not within 0 … 1`);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.options = options;
    const draw = drawn(hiddenSize, options);
    const directions = bidirectional ? 2 : 1;
    const rows = gates * hiddenSize;
    this.sweeps = Array.from({ length: numLayers * directions }, (_, i): Sweep => {
      const layer = Math.floor(i / directions);
      const features = layer === 0 ? inputSize : directions * hiddenSize;
      const biases = bias ? { biasIh: draw([rows]), biasHh: draw([rows]) } : {};
      const weights = { weightIh: draw([rows, features]), weightHh: draw([rows, hiddenSize]), ...biases };
      return [`l${layer}${i % directions === 1 ? "_reverse" : ""}`, weights];
    });
  }

  /** PyTorch's names in place of the list of sweeps. */
  protected override *entries(): Iterable<[string, unknown]> {
    for (const [suffix, weights] of this.sweeps)
      for (const [name, weight] of Object.entries(weights)) yield [`${name}_${suffix}`, weight];
  }

  protected get weights(): readonly RecurrentWeights[] {
    return this.sweeps.map(([, weights]) => weights);
  }

  protected settings({ lengths = null }: SequenceOptions): RecurrentOptions {
    const { batchFirst, bidirectional, dropout } = this.options;
    return { batchFirst, bidirectional, dropout, training: this.training, lengths };
  }

  override describe(): string {
    const { dtype: _dtype, device: _device, ...others } = this.options;
    return `${this.constructor.name}(${this.inputSize}, ${this.hiddenSize}${showOptions(others, defaults)})`;
  }
}

/**
 * Elman's recurrent network: h' = tanh(W_ih x + b_ih + W_hh h + b_hh) at every step; see `rnn`.
 *
 *     x [steps, batch, in], h0 [layers · directions, batch, hidden]  →  [y [steps, batch, directions · hidden], hN like h0]
 *
 * Weights begin as U(−1/√hidden, 1/√hidden), as in PyTorch.
 *
 * @throws ValueError  when a size is not a whole number from 1
 * @example
 * const [y, hN] = new nn.RNN(3, 4, { numLayers: 2 }).forward(ones([5, 2, 3]));
 * [y.shape, hN.shape]; // => [ [ 5, 2, 4 ], [ 2, 2, 4 ] ]
 */
export class RNN extends RecurrentLayer<Tensor> {
  constructor(inputSize: number, hiddenSize: number, options: RnnLayerOptions = {}) {
    super(inputSize, hiddenSize, options, 1);
  }

  override forward(x: Tensor, h0: Tensor | null = null, options: SequenceOptions = {}): readonly [Tensor, Tensor] {
    const { nonlinearity } = this.options;
    return rnn(x, this.weights, { ...this.settings(options), nonlinearity, h0 });
  }
}

/**
 * A long short-term memory; see `lstm`. Gates lie in the order i, f, g, o.
 *
 *     x [steps, batch, in], [h0, c0] [layers · directions, batch, hidden]
 *     →  [y [steps, batch, directions · hidden], [hN, cN] like h0]
 *
 * Weights begin as U(−1/√hidden, 1/√hidden), as in PyTorch.
 *
 * @throws ValueError  when a size is not a whole number from 1
 * @example
 * const [y, [hN]] = new nn.LSTM(3, 4, { bidirectional: true, batchFirst: true }).forward(ones([2, 5, 3]));
 * [y.shape, hN.shape]; // => [ [ 2, 5, 8 ], [ 2, 2, 4 ] ]
 */
export class LSTM extends RecurrentLayer<readonly [h: Tensor, c: Tensor]> {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentLayerOptions = {}) {
    super(inputSize, hiddenSize, options, 4);
  }

  override forward(
    x: Tensor,
    state: readonly [h: Tensor, c: Tensor] | null = null,
    options: SequenceOptions = {},
  ): readonly [Tensor, readonly [h: Tensor, c: Tensor]] {
    return lstm(x, this.weights, { ...this.settings(options), h0: state?.[0], c0: state?.[1] });
  }
}

/**
 * Gated recurrent units in PyTorch's form; see `gru`. Gates lie in the order r, z, n.
 *
 *     x [steps, batch, in], h0 [layers · directions, batch, hidden]  →  [y [steps, batch, directions · hidden], hN like h0]
 *
 * Weights begin as U(−1/√hidden, 1/√hidden), as in PyTorch.
 *
 * @throws ValueError  when a size is not a whole number from 1
 * @example
 * new nn.GRU(3, 4).forward(ones([5, 3]))[0].shape; // => [ 5, 4 ]
 */
export class GRU extends RecurrentLayer<Tensor> {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentLayerOptions = {}) {
    super(inputSize, hiddenSize, options, 3);
  }

  override forward(x: Tensor, h0: Tensor | null = null, options: SequenceOptions = {}): readonly [Tensor, Tensor] {
    return gru(x, this.weights, { ...this.settings(options), h0 });
  }
}

// ------------------------------------------------------------------------------------------------------------------ cells

export interface CellOptions extends InitOptions, BiasOption {}

export interface RnnCellLayerOptions extends CellOptions, RnnCellOptions {}

abstract class Cell<State> extends Module<[x: Tensor, state?: State | null], State> {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly options: RnnCellLayerOptions;
  weightIh: Tensor;
  weightHh: Tensor;
  biasIh: Tensor | null;
  biasHh: Tensor | null;

  constructor(inputSize: number, hiddenSize: number, options: RnnCellLayerOptions, gates: number) {
    super();
    checkOptions(this.constructor.name, options, gates === 1 ? [...cellOptions, "nonlinearity"] : cellOptions);
    checkSize(this.constructor.name, "inputSize", inputSize);
    checkSize(this.constructor.name, "hiddenSize", hiddenSize);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.options = options;
    const { bias = true } = options;
    const draw = drawn(hiddenSize, options);
    this.weightIh = draw([gates * hiddenSize, inputSize]);
    this.weightHh = draw([gates * hiddenSize, hiddenSize]);
    this.biasIh = bias ? draw([gates * hiddenSize]) : null;
    this.biasHh = bias ? draw([gates * hiddenSize]) : null;
  }

  /** The state before the first step. */
  protected start(x: Tensor): Tensor {
    return zeros([...x.shape.slice(0, -1), this.hiddenSize], { dtype: x.dtype, device: x.node.device ?? undefined });
  }

  override describe(): string {
    const { dtype: _dtype, device: _device, ...others } = this.options;
    return `${this.constructor.name}(${this.inputSize}, ${this.hiddenSize}${showOptions(others, defaults)})`;
  }
}

/**
 * One step of Elman's network; see `rnnCell`. x [batch, in], h [batch, hidden] → h'; h is 0 when absent.
 *
 * @throws ValueError  when a size is not a whole number from 1
 * @example
 * new nn.RNNCell(3, 4).forward(ones([2, 3])).shape; // => [ 2, 4 ]
 */
export class RNNCell extends Cell<Tensor> {
  constructor(inputSize: number, hiddenSize: number, options: RnnCellLayerOptions = {}) {
    super(inputSize, hiddenSize, options, 1);
  }

  override forward(x: Tensor, h: Tensor | null = null): Tensor {
    return rnnCell(x, h ?? this.start(x), this, { nonlinearity: this.options.nonlinearity });
  }
}

/**
 * One step of a long short-term memory; see `lstmCell`. x [batch, in], [h, c] [batch, hidden] → [h', c']; both 0 when absent.
 *
 * @throws ValueError  when a size is not a whole number from 1
 * @example
 * const [h, c] = new nn.LSTMCell(3, 4).forward(ones([2, 3]));
 * [h.shape, c.shape]; // => [ [ 2, 4 ], [ 2, 4 ] ]
 */
export class LSTMCell extends Cell<readonly [h: Tensor, c: Tensor]> {
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super(inputSize, hiddenSize, options, 4);
  }

  override forward(x: Tensor, state: readonly [h: Tensor, c: Tensor] | null = null): readonly [h: Tensor, c: Tensor] {
    return lstmCell(x, state ?? [this.start(x), this.start(x)], this);
  }
}

/**
 * One step of a gated recurrent unit; see `gruCell`. x [batch, in], h [batch, hidden] → h'; h is 0 when absent.
 *
 * @throws ValueError  when a size is not a whole number from 1
 * @example
 * new nn.GRUCell(3, 4).forward(ones([2, 3])).shape; // => [ 2, 4 ]
 */
export class GRUCell extends Cell<Tensor> {
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super(inputSize, hiddenSize, options, 3);
  }

  override forward(x: Tensor, h: Tensor | null = null): Tensor {
    return gruCell(x, h ?? this.start(x), this);
  }
}

// ------------------------------------------------------------------------------------------------------------ other forms

export interface PeepholeLayerOptions extends InitOptions {
  /** Which gates look at the memory; all three by default. */
  readonly peepholes?: readonly ("i" | "f" | "o")[];
  readonly batchFirst?: boolean;
  readonly bias?: boolean;
}

/**
 * A long short-term memory whose gates look at the memory, one layer; see `peepholeLstm`.
 *
 *     x [steps, batch, in], [h0, c0] [batch, hidden]  →  [y [steps, batch, hidden], [hN, cN] like h0]
 *
 * @throws ValueError  when a size is not a whole number from 1, or a gate is none of i, f, o
 * @example
 * new nn.PeepholeLSTM(3, 4, { peepholes: ["o"] }).forward(ones([5, 2, 3]))[0].shape; // => [ 5, 2, 4 ]
 */
export class PeepholeLSTM extends Module<
  [x: Tensor, state?: readonly [h: Tensor, c: Tensor] | null, options?: SequenceOptions],
  readonly [y: Tensor, state: readonly [h: Tensor, c: Tensor]]
> {
  readonly batchFirst: boolean;
  weightIh: Tensor;
  weightHh: Tensor;
  bias: Tensor | null;
  weightCi: Tensor | null;
  weightCf: Tensor | null;
  weightCo: Tensor | null;

  constructor(inputSize: number, hiddenSize: number, options: PeepholeLayerOptions = {}) {
    super();
    checkOptions("PeepholeLSTM", options, ["peepholes", "batchFirst", "bias", "dtype", "device"]);
    const { peepholes = ["i", "f", "o"], batchFirst = false, bias = true } = options;
    checkSize("PeepholeLSTM", "inputSize", inputSize);
    checkSize("PeepholeLSTM", "hiddenSize", hiddenSize);
    const unknown = peepholes.find((gate) => !["i", "f", "o"].includes(gate));
    if (unknown !== undefined)
      throw new ValueError(`PeepholeLSTM: gate "${unknown}" has no peephole; those of i, f and o may`);
    const draw = drawn(hiddenSize, options);
    const peephole = (gate: "i" | "f" | "o"): Tensor | null => (peepholes.includes(gate) ? draw([hiddenSize]) : null);
    this.batchFirst = batchFirst;
    this.weightIh = draw([4 * hiddenSize, inputSize]);
    this.weightHh = draw([4 * hiddenSize, hiddenSize]);
    this.bias = bias ? draw([4 * hiddenSize]) : null;
    this.weightCi = peephole("i");
    this.weightCf = peephole("f");
    this.weightCo = peephole("o");
  }

  override forward(
    x: Tensor,
    state: readonly [h: Tensor, c: Tensor] | null = null,
    { lengths = null }: SequenceOptions = {},
  ): readonly [Tensor, readonly [h: Tensor, c: Tensor]] {
    return peepholeLstm(x, this, { batchFirst: this.batchFirst, lengths, h0: state?.[0], c0: state?.[1] });
  }
}

/**
 * The gated recurrent unit as it was published, one layer without biases; see `gruOriginal`.
 *
 *     x [steps, batch, in], h0 [batch, hidden]  →  [y [steps, batch, hidden], hN like h0]
 *
 * @throws ValueError  when a size is not a whole number from 1
 * @example
 * new nn.GRUOriginal(3, 4).forward(ones([5, 2, 3]))[1].shape; // => [ 2, 4 ]
 */
export class GRUOriginal extends Module<
  [x: Tensor, h0?: Tensor | null, options?: SequenceOptions],
  readonly [y: Tensor, hN: Tensor]
> {
  readonly batchFirst: boolean;
  weightIh: Tensor;
  weightHh: Tensor;

  constructor(
    inputSize: number,
    hiddenSize: number,
    { batchFirst = false, ...options }: InitOptions & { readonly batchFirst?: boolean } = {},
  ) {
    super();
    checkOptions("GRUOriginal", options, ["batchFirst", "dtype", "device"]);
    checkSize("GRUOriginal", "inputSize", inputSize);
    checkSize("GRUOriginal", "hiddenSize", hiddenSize);
    const draw = drawn(hiddenSize, options);
    this.batchFirst = batchFirst;
    this.weightIh = draw([3 * hiddenSize, inputSize]);
    this.weightHh = draw([3 * hiddenSize, hiddenSize]);
  }

  override forward(
    x: Tensor,
    h0: Tensor | null = null,
    { lengths = null }: SequenceOptions = {},
  ): readonly [Tensor, Tensor] {
    return gruOriginal(x, this, { batchFirst: this.batchFirst, lengths, h0 });
  }
}
