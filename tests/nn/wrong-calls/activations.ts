/** Activations called wrongly. */
import * as nn from "../../../src/nn/index.ts";
import { each, library, noAxis, plain, type Rows, row, x, z } from "./row.ts";

/** Functions of every shape and dtype that have no options: nothing about a tensor is wrong for them. */
const total = [
  "arctan",
  "hardsigmoid",
  "hardswish",
  "identity",
  "logSigmoid",
  "mish",
  "relu",
  "relu6",
  "selu",
  "silu",
  "softsign",
  "step",
  "tanh",
  "tanhshrink",
] as const;

export const activations: Rows = {
  ...each(total, (name) => plain(() => library[name](x))),
  sigmoid: row((o) => nn.sigmoid(x, o)),
  gelu: row((o) => nn.gelu(x, o), ["an approximation", () => nn.gelu(x, { approximate: "erf" as never }), "erf"]),
  softmax: row(
    (o) => nn.softmax(x, o),
    noAxis((axis) => nn.softmax(x, { axis })),
  ),
  logSoftmax: row(
    (o) => nn.logSoftmax(x, o),
    noAxis((axis) => nn.logSoftmax(x, { axis })),
  ),
  softmin: row(
    (o) => nn.softmin(x, o),
    noAxis((axis) => nn.softmin(x, { axis })),
  ),
  maxout: row(
    (o) => nn.maxout(x, { pieces: 3, ...(o ?? {}) }),
    ["pieces", () => nn.maxout(x, { pieces: 0 }), "0"],
    ["a size", () => nn.maxout(x, { pieces: 2 }), "[2, 3]"],
    noAxis((axis) => nn.maxout(x, { pieces: 1, axis })),
  ),
  glu: row(
    (o) => nn.glu(z(2, 4), o),
    ["a size", () => nn.glu(x), "[2, 3]"],
    ["a gate", () => nn.glu(z(2, 4), { gate: "exp" as never }), "exp"],
    noAxis((axis) => nn.glu(z(2, 4), { axis })),
  ),
  isru: row((o) => nn.isru(x, o), ["alpha", () => nn.isru(x, { alpha: -1 }), "-1"]),
  elu: row((o) => nn.elu(x, o)),
  celu: row((o) => nn.celu(x, o), ["alpha", () => nn.celu(x, { alpha: 0 }), "0"]),
  softplus: row((o) => nn.softplus(x, o), ["beta", () => nn.softplus(x, { beta: 0 }), "0"]),
  leakyRelu: row((o) => nn.leakyRelu(x, o)),
  prelu: plain(
    () => nn.prelu(x, z(3)),
    ["a weight", () => nn.prelu(x, z(2)), "[2, 3]"],
    ["a matrix", () => nn.prelu(x, z(3, 1)), "[3, 1]"],
  ),
  rrelu: row((o) => nn.rrelu(x, o), ["slopes", () => nn.rrelu(x, { lower: 1, upper: 0 }), "1"]),
  hardtanh: row((o) => nn.hardtanh(x, o), ["bounds", () => nn.hardtanh(x, { minVal: 2 }), "2"]),
  threshold: row((o) => nn.threshold(x, { threshold: 1, value: 0, ...(o ?? {}) })),
  softshrink: row((o) => nn.softshrink(x, o), ["lambda", () => nn.softshrink(x, { lambda: -1 }), "-1"]),
  hardshrink: row((o) => nn.hardshrink(x, o), ["lambda", () => nn.hardshrink(x, { lambda: -1 }), "-1"]),
};

export const activationLayers: Rows = {
  ...each(
    [
      "ReLU",
      "Tanh",
      "SiLU",
      "Arctan",
      "Hardsigmoid",
      "Hardswish",
      "LogSigmoid",
      "Mish",
      "ReLU6",
      "SELU",
      "Softsign",
      "Step",
      "Tanhshrink",
      "Identity",
    ],
    (name) => plain(() => new library[name]().forward(x)),
  ),
  ...each(["Sigmoid", "ELU", "LeakyReLU"], (name) => row((o) => new library[name](o).forward(x))),
  ...each(["Softmax", "LogSoftmax", "Softmin"], (name) =>
    row(
      (o) => new library[name](o).forward(x),
      noAxis((axis) => new library[name]({ axis }).forward(x)),
    ),
  ),
  GELU: row(
    (o) => new nn.GELU(o).forward(x),
    ["an approximation", () => new nn.GELU({ approximate: "erf" as never }).forward(x), "erf"],
  ),
  ISRU: row((o) => new nn.ISRU(o).forward(x), ["alpha", () => new nn.ISRU({ alpha: 0 }).forward(x), "0"]),
  CELU: row((o) => new nn.CELU(o).forward(x), ["alpha", () => new nn.CELU({ alpha: 0 }).forward(x), "0"]),
  Softplus: row((o) => new nn.Softplus(o).forward(x), ["beta", () => new nn.Softplus({ beta: 0 }).forward(x), "0"]),
  Hardtanh: row((o) => new nn.Hardtanh(o).forward(x), ["bounds", () => new nn.Hardtanh({ minVal: 2 }).forward(x), "2"]),
  ...each(["Softshrink", "Hardshrink"], (name) =>
    row((o) => new library[name](o).forward(x), ["lambda", () => new library[name]({ lambda: -1 }).forward(x), "-1"]),
  ),
  Threshold: row((o) => new nn.Threshold({ threshold: 1, value: 0, ...(o ?? {}) }).forward(x)),
  RReLU: row((o) => new nn.RReLU(o).forward(x), ["slopes", () => new nn.RReLU({ lower: 1, upper: 0 }).forward(x), "1"]),
  PReLU: row(
    (o) => new nn.PReLU(o).forward(x),
    ["a number of slopes", () => new nn.PReLU({ numParameters: -1 }), "-1"],
    ["channels", () => new nn.PReLU({ numParameters: 2 }).forward(x), "[2, 3]"],
  ),
  Maxout: row(
    (o) => new nn.Maxout({ pieces: 3, ...(o ?? {}) }).forward(x),
    ["pieces", () => new nn.Maxout({ pieces: 1.5 }), "1.5"],
    ["a size", () => new nn.Maxout({ pieces: 2 }).forward(x), "[2, 3]"],
  ),
  GLU: row((o) => new nn.GLU(o).forward(z(2, 4)), ["a size", () => new nn.GLU().forward(x), "[2, 3]"]),
};
