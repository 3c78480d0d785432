/** Recurrent networks and their cells called wrongly. */
import * as nn from "../../../src/nn/index.ts";
import type { Tensor } from "../../../src/tensor/index.ts";
import { each, library, probability, type Row, type Rows, row, sizes, z } from "./row.ts";

const [features, hidden] = [3, 4];
const gatesOf = { rnn: 1, lstm: 4, gru: 3, peepholeLstm: 4, gruOriginal: 3 } as const;

const weights = (gates: number): nn.RecurrentWeights => ({
  weightIh: z(gates * hidden, features),
  weightHh: z(gates * hidden, hidden),
});
const misshapen = (gates: number): nn.RecurrentWeights => ({ ...weights(gates), weightHh: z(gates * hidden, 5) });

const steps = z(5, 2, features);

type Network = (x: Tensor, weights: readonly nn.RecurrentWeights[], options?: never) => unknown;
type Form = (x: Tensor, weights: nn.RecurrentWeights, options?: never) => unknown;

const sequenceRow = (call: (x: Tensor, w: nn.RecurrentWeights, o?: never) => unknown, gates: number): Row =>
  row(
    (o) => call(steps, weights(gates), o),
    ["axes", () => call(z(3), weights(gates)), "[3]"],
    ["no steps", () => call(z(0, 2, features), weights(gates)), "[0, 2, 3]"],
    ["features", () => call(z(5, 2, 7), weights(gates)), "[5, 2, 7]"],
    ["a weight", () => call(steps, misshapen(gates)), "5"],
    ["a state", () => call(steps, weights(gates), { h0: z(7) } as never), "[7]"],
    ["lengths", () => call(steps, weights(gates), { lengths: [5] } as never), "[1]"],
  );

export const networks: Rows = {
  ...each(["rnn", "lstm", "gru"], (name) =>
    sequenceRow((x, w, o) => (library[name] as Network)(x, [w], o), gatesOf[name]),
  ),
  ...each(["peepholeLstm", "gruOriginal"], (name) =>
    sequenceRow((x, w, o) => (library[name] as Form)(x, w, o), gatesOf[name]),
  ),
};

const [input, state] = [z(2, features), z(2, hidden)];

export const cells: Rows = {
  rnnCell: row(
    (o) => nn.rnnCell(input, state, weights(1), o),
    ["a weight", () => nn.rnnCell(input, state, misshapen(1)), "5"],
    ["a function", () => nn.rnnCell(input, state, weights(1), { nonlinearity: "sigmoid" as never }), "sigmoid"],
  ),
  gruCell: {
    options: false,
    right: () => nn.gruCell(input, state, weights(3)),
    wrong: [["a weight", () => nn.gruCell(input, state, weights(4)), "16"]],
  },
  lstmCell: {
    options: false,
    right: () => nn.lstmCell(input, [state, state], weights(4)),
    wrong: [["a weight", () => nn.lstmCell(input, [state, state], weights(3)), "12"]],
  },
};

type Layer = new (inputSize: number, hiddenSize: number, options?: never) => nn.Module<[x: Tensor], unknown>;
const layer = (name: string): Layer => (library as unknown as Readonly<Record<string, Layer>>)[name]!;

export const recurrentLayers: Rows = {
  ...each(["RNN", "LSTM", "GRU"], (name) =>
    row(
      (o) => new (layer(name))(features, hidden, o).forward(steps),
      sizes((size) => new (layer(name))(size, hidden)),
      ["a number of layers", () => new (layer(name))(features, hidden, { numLayers: 0 } as never), "0"],
      probability((dropout) => new (layer(name))(features, hidden, { dropout } as never)),
      ["features", () => new (layer(name))(features, hidden).forward(z(5, 2, 7)), "[5, 2, 7]"],
    ),
  ),
  ...each(["PeepholeLSTM", "GRUOriginal"], (name) =>
    row(
      (o) => new (layer(name))(features, hidden, o).forward(steps),
      sizes((size) => new (layer(name))(features, size)),
      ["features", () => new (layer(name))(features, hidden).forward(z(5, 2, 7)), "[5, 2, 7]"],
    ),
  ),
  ...each(["RNNCell", "LSTMCell", "GRUCell"], (name) =>
    row(
      (o) => new (layer(name))(features, hidden, o).forward(input),
      sizes((size) => new (layer(name))(size, hidden)),
      ["features", () => new (layer(name))(features, hidden).forward(z(2, 7)), "[2, 7]"],
    ),
  ),
};
