/**
 * A row for every function, layer and loss: a right call, which takes further options, and wrong ones. Options are handed over as `never`:
 * they are what the compiler refuses.
 */
import * as nn from "../../src/nn/index.ts";
import { ones, type Tensor, tensor, zeros } from "../../src/tensor/index.ts";

/** What is wrong, the call, and what of the arguments its message must name. */
export type Wrong = readonly [what: string, call: () => unknown, found: string];

export interface Row {
  /** A call that works, with more options beside its own. */
  readonly right: (more?: never) => unknown;
  /** Whether it takes options at all. */
  readonly options: boolean;
  readonly wrong: readonly Wrong[];
}

/** All exports by name. */
const library: typeof nn = nn;

const row = (right: Row["right"], ...wrong: readonly Wrong[]): Row => ({ right, options: true, wrong });
const plain = (right: Row["right"], ...wrong: readonly Wrong[]): Row => ({ right, options: false, wrong });

type Rows = Readonly<Record<string, Row>>;

/** A row for each of some names. */
function each<N extends string>(names: readonly N[], of: (name: N) => Row): Rows {
  return Object.fromEntries(names.map((name) => [name, of(name)]));
}

const z = (...shape: number[]): Tensor => zeros(shape) as Tensor;
const int = (...values: number[]): Tensor => tensor(Int32Array.from(values), { shape: [values.length] });
/** Whose values are known at the call. */
const zerosAtHand = (): Tensor => tensor([0, 0, 0, 0, 0, 0], { shape: [2, 3] });
const x = zerosAtHand();

/** Shapes of 1, 2 and 3 axes of space. */
const spatial = {
  1: z(1, 2, 6),
  2: z(1, 2, 6, 6),
  3: z(1, 2, 6, 6, 6),
} as const;
type Axes = keyof typeof spatial;
const axesOf = (name: string): Axes => Number(/(\d)d/.exec(name)![1]) as Axes;

// -------------------------------------------------------------------------------------------------------- activations

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

const noAxis: (call: (axis: number) => unknown) => Wrong = (call) => ["an axis", () => call(5), "5"];

const activations: Rows = {
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

const activationLayers: Rows = {
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

// ------------------------------------------------------------------------------------------- convolution and pooling

const convolutions: Rows = {
  ...each(["conv1d", "conv2d", "conv3d"], (name) => {
    const axes = axesOf(name);
    const input = spatial[axes];
    const call = library[name] as (x: Tensor, w: Tensor, b?: Tensor | null, o?: object) => Tensor;
    const weight = (channels: number, size = 3): Tensor => z(4, channels, ...new Array<number>(axes).fill(size));
    return row(
      (o) => call(input, weight(2), z(4), o),
      ["axes", () => call(z(2), weight(2)), "[2]"],
      ["channels", () => call(input, weight(3)), "2 ≠ 3"],
      ["a weight", () => call(input, z(4, 2)), "[4, 2]"],
      ["a bias", () => call(input, weight(2), z(5)), "[5]"],
      ["a kernel", () => call(input, weight(2, 7)), "7 > 6"],
      ["a stride", () => call(input, weight(2), null, { stride: -1 }), "-1"],
      ["a padding", () => call(input, weight(2), null, { padding: -1 }), "-1"],
      ["a dilation", () => call(input, weight(2), null, { dilation: 0 }), "0"],
      ["groups", () => call(input, weight(1), null, { groups: 3 }), "3"],
      ["a padding mode", () => call(input, weight(2), null, { paddingMode: "mirror" }), "mirror"],
    );
  }),
  ...each(["convTranspose1d", "convTranspose2d", "convTranspose3d"], (name) => {
    const axes = axesOf(name);
    const input = spatial[axes];
    const call = library[name] as (x: Tensor, w: Tensor, b?: Tensor | null, o?: object) => Tensor;
    const weight = (channels: number): Tensor => z(channels, 4, ...new Array<number>(axes).fill(3));
    return row(
      (o) => call(input, weight(2), z(4), o),
      ["axes", () => call(z(2), weight(2)), "[2]"],
      ["channels", () => call(input, weight(3)), "2 ≠ 3"],
      ["a bias", () => call(input, weight(2), z(5)), "[5]"],
      ["a stride", () => call(input, weight(2), null, { stride: 0 }), "0"],
      ["an output padding", () => call(input, weight(2), null, { outputPadding: 1 }), "1"],
      ["a padding that leaves nothing", () => call(input, weight(2), null, { padding: 4 }), "4"],
    );
  }),
  ...each(["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"], (name) => {
    const axes = axesOf(name);
    const Layer = library[name] as unknown as new (i: number, o: number, k: unknown, options?: object) => nn.Module;
    return row(
      (o) => new Layer(2, 4, 3, o).forward(spatial[axes]),
      ["channels", () => new Layer(0, 4, 3), "0"],
      ["kernels", () => new Layer(2, -4, 3), "-4"],
      ["a kernel's size", () => new Layer(2, 4, 0), "0"],
      ["a kernel of other axes", () => new Layer(2, 4, [1, 2, 3, 4]), "[1,2,3,4]"],
      ["groups", () => new Layer(2, 4, 3, { groups: 3 }), "3"],
      ["a dtype", () => new Layer(2, 4, 3, { dtype: "int32" }), "int32"],
      ["other channels", () => new Layer(3, 4, 3).forward(spatial[axes]), "2"],
      ["other axes", () => new Layer(2, 4, 3).forward(z(2)), "[2]"],
    );
  }),
  unfold: row(
    (o) => nn.unfold(spatial[2], 2, o),
    ["axes", () => nn.unfold(x, 2), "[2, 3]"],
    ["a window", () => nn.unfold(spatial[2], 7), "7"],
    ["a stride", () => nn.unfold(spatial[2], 2, { stride: 0 }), "0"],
  ),
  fold: row(
    (o) => nn.fold(z(1, 4, 9), [4, 4], 2, o),
    ["columns", () => nn.fold(z(1, 4, 8), [4, 4], 2), "[1, 4, 8]"],
    ["axes", () => nn.fold(z(4), [4, 4], 2), "[4]"],
    ["a size", () => nn.fold(z(1, 4, 9), [-4, 4], 2), "-4"],
  ),
  Unfold: row(
    (o) => new nn.Unfold(2, o).forward(spatial[2]),
    ["a window", () => new nn.Unfold(7).forward(spatial[2]), "7"],
  ),
  Fold: row(
    (o) => new nn.Fold([4, 4], 2, o).forward(z(1, 4, 9)),
    ["columns", () => new nn.Fold([4, 4], 2).forward(z(1, 4, 8)), "[1, 4, 8]"],
  ),
};

type Pool = (x: Tensor, kernelSize: never, options?: object) => unknown;
type PoolLayer = new (kernelSize: never, options?: object) => nn.Module;

function poolRow(axes: Axes, call: (size: unknown, options?: object, input?: Tensor) => unknown, padding = true): Row {
  const wrong: Wrong[] = [
    ["axes", () => call(2, {}, z(2)), "[2]"],
    ["a window's size", () => call(-2), "-2"],
    ["a window of other axes", () => call([1, 2, 3, 4]), "[1,2,3,4]"],
    ["a window that does not fit", () => call(7), "7 > 6"],
    ["a stride", () => call(2, { stride: 0 }), "0"],
  ];
  if (padding) wrong.push(["a padding", () => call(2, { padding: 2 }), "2"]);
  return row((o) => call(2, o, spatial[axes]), ...wrong);
}

const pools: Rows = {
  ...each(
    [
      "maxPool1d",
      "maxPool2d",
      "maxPool3d",
      "maxPool1dWithIndices",
      "maxPool2dWithIndices",
      "maxPool3dWithIndices",
      "avgPool1d",
      "avgPool2d",
      "avgPool3d",
    ],
    (name) => {
      const axes = axesOf(name);
      return poolRow(axes, (size, o, input = spatial[axes]) => (library[name] as Pool)(input, size as never, o));
    },
  ),
  ...each(["MaxPool1d", "MaxPool2d", "MaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d"], (name) => {
    const axes = axesOf(name);
    return poolRow(axes, (size, o, input = spatial[axes]) =>
      new (library[name] as unknown as PoolLayer)(size as never, o).forward(input),
    );
  }),
  ...each(["lpPool1d", "lpPool2d", "lpPool3d"], (name) => {
    const axes = axesOf(name);
    const call = library[name] as (x: Tensor, p: number, size: never, o?: object) => unknown;
    const base = poolRow(axes, (size, o, input = spatial[axes]) => call(input, 2, size as never, o), false);
    return { ...base, wrong: [...base.wrong, ["a power", () => call(spatial[axes], 0, 2 as never), "0"]] };
  }),
  ...each(["LPPool1d", "LPPool2d", "LPPool3d"], (name) => {
    const axes = axesOf(name);
    const Layer = library[name] as unknown as new (p: number, size: never, o?: object) => nn.Module;
    return poolRow(axes, (size, o, input = spatial[axes]) => new Layer(2, size as never, o).forward(input), false);
  }),
  ...each(
    [
      "adaptiveAvgPool1d",
      "adaptiveAvgPool2d",
      "adaptiveAvgPool3d",
      "adaptiveMaxPool1d",
      "adaptiveMaxPool2d",
      "adaptiveMaxPool3d",
      "adaptiveMaxPool1dWithIndices",
      "adaptiveMaxPool2dWithIndices",
      "adaptiveMaxPool3dWithIndices",
    ],
    (name) => {
      const call = library[name] as (x: Tensor, size: never) => unknown;
      const input = spatial[axesOf(name)];
      return plain(
        () => call(input, 2 as never),
        ["axes", () => call(z(2), 2 as never), "[2]"],
        ["a number of regions", () => call(input, 0 as never), "0"],
        ["no places", () => call(z(...input.shape.map((n, i) => (i > 1 ? 0 : n))), 2 as never), "0]"],
      );
    },
  ),
  ...each(
    [
      "AdaptiveAvgPool1d",
      "AdaptiveAvgPool2d",
      "AdaptiveAvgPool3d",
      "AdaptiveMaxPool1d",
      "AdaptiveMaxPool2d",
      "AdaptiveMaxPool3d",
    ],
    (name) => {
      const Layer = library[name] as unknown as new (size: never) => nn.Module;
      return plain(
        () => new Layer(2 as never).forward(spatial[axesOf(name)]),
        ["axes", () => new Layer(2 as never).forward(z(2)), "[2]"],
        ["a number of regions", () => new Layer(-1 as never), "-1"],
      );
    },
  ),
  ...each(["globalAvgPool", "globalMaxPool"], (name) =>
    row((o) => library[name](spatial[2], o), ["axes", () => library[name](x), "[2, 3]"]),
  ),
  ...each(["GlobalAvgPool", "GlobalMaxPool"], (name) =>
    row((o) => new library[name](o).forward(spatial[2]), ["axes", () => new library[name]().forward(x), "[2, 3]"]),
  ),
  ...each(["maxUnpool1d", "maxUnpool2d", "maxUnpool3d"], (name) => {
    const axes = axesOf(name);
    const call = library[name] as (x: Tensor, indices: Tensor, size: never, o?: object) => unknown;
    const indices = spatial[axes].astype("int32") as Tensor;
    return row(
      (o) => call(spatial[axes], indices, 2 as never, o),
      ["indices", () => call(spatial[axes], int(0), 2 as never), "[1]"],
      ["indices of floats", () => call(spatial[axes], spatial[axes], 2 as never), "float32"],
      ["a window", () => call(spatial[axes], indices, 0 as never), "0"],
      ["axes", () => call(z(2), int(0, 1), 2 as never), "[2]"],
    );
  }),
  ...each(["MaxUnpool1d", "MaxUnpool2d", "MaxUnpool3d"], (name) => {
    const axes = axesOf(name);
    const Layer = library[name] as unknown as new (size: never, o?: object) => nn.Module<[Tensor, Tensor]>;
    return row(
      (o) => new Layer(2 as never, o).forward(spatial[axes], spatial[axes].astype("int32") as Tensor),
      ["indices", () => new Layer(2 as never).forward(spatial[axes], int(0)), "[1]"],
      ["a window", () => new Layer(0 as never), "0"],
    );
  }),
};

// ------------------------------------------------------------------------------------- normalisation, dropout, padding

const probability: (call: (p: number) => unknown) => Wrong = (call) => ["a probability", () => call(1.5), "1.5"];

const norms: Rows = {
  batchNorm: row(
    (o) => nn.batchNorm(x, { training: true, ...(o ?? {}) }),
    ["no channels", () => nn.batchNorm(z(3)), "[3]"],
    ["a weight", () => nn.batchNorm(x, { weight: z(2) }), "[2]"],
    ["one value a channel", () => nn.batchNorm(z(1, 3), { training: true }), "[1, 3]"],
  ),
  layerNorm: row(
    (o) => nn.layerNorm(x, 3, o),
    ["a shape", () => nn.layerNorm(x, 4), "[4]"],
    ["a weight", () => nn.layerNorm(x, 3, { weight: z(2) }), "[2]"],
  ),
  rmsNorm: row((o) => nn.rmsNorm(x, 3, o), ["a shape", () => nn.rmsNorm(x, [2, 2]), "[2, 2]"]),
  groupNorm: row(
    (o) => nn.groupNorm(z(2, 4), 2, o),
    ["groups", () => nn.groupNorm(z(2, 4), 3), "3"],
    ["no channels", () => nn.groupNorm(z(2), 1), "[2]"],
  ),
  instanceNorm: row(
    (o) => nn.instanceNorm(spatial[1], o),
    ["one place", () => nn.instanceNorm(z(2, 3, 1)), "[2, 3, 1]"],
    ["a weight", () => nn.instanceNorm(spatial[1], { weight: z(3) }), "[3]"],
  ),
  localResponseNorm: row(
    (o) => nn.localResponseNorm(x, 2, o),
    ["a size", () => nn.localResponseNorm(x, 0), "0"],
    ["no channels", () => nn.localResponseNorm(z(2), 2), "[2]"],
  ),
  normalize: row(
    (o) => nn.normalize(x, o),
    noAxis((axis) => nn.normalize(x, { axis })),
  ),
  standardize: row(
    (o) => nn.standardize(x, o),
    noAxis((axis) => nn.standardize(x, { axis })),
  ),
  minMaxScale: row(
    (o) => nn.minMaxScale(x, o),
    noAxis((axis) => nn.minMaxScale(x, { axis })),
    ["a range", () => nn.minMaxScale(x, { range: [1, 0] }), "[1,0]"],
  ),
  ...each(["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"], (name) =>
    row(
      (o) => new library[name](2, o).forward(spatial[axesOf(name)]),
      ["a number of channels", () => new library[name](0), "0"],
      ["channels", () => new library[name](3).forward(spatial[axesOf(name)]), "[1, 2, 6"],
      ["axes", () => new library[name](2).forward(z(2)), "[2]"],
    ),
  ),
  ...each(["LayerNorm", "RMSNorm"], (name) =>
    row(
      (o) => new library[name](3, o).forward(x),
      ["a size", () => new library[name](-3), "-3"],
      ["no axes", () => new library[name]([]), "normalizedShape"],
      ["a shape", () => new library[name](4).forward(x), "[2, 3]"],
    ),
  ),
  GroupNorm: row(
    (o) => new nn.GroupNorm(2, 4, o).forward(z(2, 4)),
    ["groups", () => new nn.GroupNorm(3, 4), "3"],
    ["channels", () => new nn.GroupNorm(2, 4).forward(x), "[2, 3]"],
  ),
  LocalResponseNorm: row(
    (o) => new nn.LocalResponseNorm(2, o).forward(x),
    ["a size", () => new nn.LocalResponseNorm(0), "0"],
  ),
};

const droppings: Rows = {
  dropout: row(
    (o) => nn.dropout(x, o),
    probability((p) => nn.dropout(x, { p })),
    ["a time of scaling", () => nn.dropout(x, { scaledAt: "test" as never }), "test"],
  ),
  channelDropout: row(
    (o) => nn.channelDropout(x, o),
    probability((p) => nn.channelDropout(x, { p })),
    ["no channels", () => nn.channelDropout(z(2)), "[2]"],
  ),
  alphaDropout: row(
    (o) => nn.alphaDropout(x, o),
    probability((p) => nn.alphaDropout(x, { p })),
  ),
  featureAlphaDropout: row(
    (o) => nn.featureAlphaDropout(x, o),
    probability((p) => nn.featureAlphaDropout(x, { p })),
    ["no channels", () => nn.featureAlphaDropout(z(2)), "[2]"],
  ),
  Dropout: row(
    (o) => new nn.Dropout(0.5, o).forward(x),
    probability((p) => new nn.Dropout(p)),
    ["a time of scaling", () => new nn.Dropout(0.5, { scaledAt: "test" as never }), "test"],
  ),
  AlphaDropout: plain(
    () => new nn.AlphaDropout(0.5).forward(x),
    probability((p) => new nn.AlphaDropout(p)),
  ),
  ...each(["ChannelDropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"], (name) =>
    plain(
      () => new library[name](0.5).forward(x),
      probability((p) => new library[name](p)),
      ["no channels", () => new library[name](0.5).forward(z(2)), "[2]"],
    ),
  ),
};

const paddings: Rows = {
  ...each(
    [
      "ZeroPad1d",
      "ZeroPad2d",
      "ZeroPad3d",
      "ReflectionPad1d",
      "ReflectionPad2d",
      "ReflectionPad3d",
      "ReplicationPad1d",
      "ReplicationPad2d",
      "ReplicationPad3d",
      "CircularPad1d",
      "CircularPad2d",
      "CircularPad3d",
    ],
    (name) =>
      plain(
        () => new library[name](1).forward(spatial[axesOf(name)]),
        ["a padding", () => new library[name](-1), "-1"],
        ["a list", () => new library[name]([1]), "[1]"],
        ["axes", () => new library[name](1).forward(z(2)), "[2]"],
      ),
  ),
  ...each(["ConstantPad1d", "ConstantPad2d", "ConstantPad3d"], (name) =>
    plain(
      () => new library[name](1, 7).forward(spatial[axesOf(name)]),
      ["a padding", () => new library[name](0.5, 7), "0.5"],
      ["axes", () => new library[name](1, 7).forward(z(2)), "[2]"],
    ),
  ),
};

// -------------------------------------------------------------------------------------------------------------- losses

type Loss = (input: Tensor, target: Tensor, options?: never) => unknown;

const shapesDiffer = (call: Loss): Wrong => ["shapes", () => call(z(4, 1), z(4)), "[4, 1]"];
const noReduction = (call: (o: never) => unknown): Wrong => [
  "a reduction",
  () => call({ reduction: "average" } as never),
  "average",
];

/** Of losses of numbers: their functions and their modules. */
function numberLoss(call: Loss, ...wrong: readonly Wrong[]): Row {
  return row(
    (o) => call(x, x, o),
    shapesDiffer(call),
    noReduction((o) => call(x, x, o)),
    ...wrong,
  );
}

const signs = tensor([1, -1, 1, 1, 1, -1], { shape: [2, 3] });
const notASign: (call: Loss) => Wrong = (call) => ["a sign", () => call(x, x), "0"];

/** Of losses of ±1. */
function signLoss(call: Loss): Row {
  return row(
    (o) => call(x, signs, o),
    shapesDiffer(call),
    notASign(call),
    noReduction((o) => call(x, signs, o)),
  );
}

function classLoss(call: Loss, ...wrong: readonly Wrong[]): Row {
  return row(
    (o) => call(x, int(0, 2), o),
    ["a label", () => call(x, int(0, 3)), "3"],
    ["a negative label", () => call(x, int(0, -1)), "-1"],
    ["a broken label", () => call(x, tensor([0, 0.5])), "0.5"],
    ["a number of labels", () => call(x, int(0)), "[1]"],
    ["a scalar", () => call(tensor(0), int(0)), "["],
    ["a weight", () => call(x, int(0, 2), { weight: z(2) } as never), "[2]"],
    noReduction((o) => call(x, int(0, 2), o)),
    ...wrong,
  );
}

type Threefold = (a: Tensor, b: Tensor, c: Tensor, options?: never) => unknown;

function rankingLoss(call: Threefold, target: Tensor): Row {
  return row(
    (o) => call(x, x, target, o),
    ["shapes", () => call(x, z(2, 4), target), "[2, 4]"],
    ["a target's shape", () => call(x, x, ones([5]) as Tensor), "[5]"],
    ["a sign", () => call(x, x, tensor(new Array(target.size).fill(2), { shape: target.shape })), "2"],
    noReduction((o) => call(x, x, target, o)),
  );
}

const ctcTargets = (): Tensor => tensor([[1, 2]], { dtype: "int32" });

function lossRows(form: "function" | "module"): Rows {
  /** The loss as a function of its inputs and options, named as it is in this form. */
  const two = (name: string, module: string): readonly [string, Loss] =>
    form === "function"
      ? [name, (a, b, o) => (nn as unknown as Record<string, Loss>)[name]!(a, b, o)]
      : [module, (a, b, o) => new (lossModules()[module]!)(o).forward(a, b)];
  const three = (name: string, module: string): readonly [string, Threefold] =>
    form === "function"
      ? [name, (a, b, c, o) => (nn as unknown as Record<string, Threefold>)[name]!(a, b, c, o)]
      : [module, (a, b, c, o) => new (lossModules()[module]!)(o).forward(a, b, c)];
  const rows: (readonly [string, Row])[] = [];
  const add = (named: readonly [string, Loss], of: (call: Loss) => Row): void =>
    void rows.push([named[0], of(named[1])]);
  const add3 = (named: readonly [string, Threefold], of: (call: Threefold) => Row): void =>
    void rows.push([named[0], of(named[1])]);
  add(two("mse", "MSELoss"), (c) => numberLoss(c));
  add(two("l1", "L1Loss"), (c) => numberLoss(c));
  add(two("smoothL1", "SmoothL1Loss"), (c) => numberLoss(c, ["beta", () => c(x, x, { beta: -1 } as never), "-1"]));
  add(two("huber", "HuberLoss"), (c) => numberLoss(c, ["delta", () => c(x, x, { delta: 0 } as never), "0"]));
  add(two("bce", "BCELoss"), (c) =>
    numberLoss(
      c,
      ["a probability", () => c(tensor([0.5, 1.5]), z(2)), "1.5"],
      ["a target", () => c(tensor([0.5, 0.5]), tensor([0, 2])), "2"],
    ),
  );
  add(two("bceWithLogits", "BCEWithLogitsLoss"), (c) =>
    numberLoss(c, ["a target", () => c(z(2), tensor([0, -1])), "-1"]),
  );
  add(two("klDiv", "KLDivLoss"), (c) => numberLoss(c, ["a target", () => c(z(2), tensor([0, -1])), "-1"]));
  add(two("poissonNll", "PoissonNLLLoss"), (c) => numberLoss(c));
  for (const [name, module] of [
    ["hinge", "HingeLoss"],
    ["logisticMargin", "LogisticMarginLoss"],
    ["exponentialMargin", "ExponentialMarginLoss"],
    ["sigmoidMargin", "SigmoidMarginLoss"],
    ["hingeEmbedding", "HingeEmbeddingLoss"],
  ] as const)
    add(two(name, module), signLoss);
  add(two("crossEntropy", "CrossEntropyLoss"), (c) =>
    classLoss(
      c,
      ["a smoothing", () => c(x, int(0, 2), { labelSmoothing: 2 } as never), "2"],
      ["a dtype", () => c(x, x.astype("int32") as Tensor), "int32"],
      ["a probability", () => c(x, signs), "-1"],
    ),
  );
  add(two("nll", "NLLLoss"), (c) => classLoss(c));
  add(two("multiMargin", "MultiMarginLoss"), (c) =>
    classLoss(c, ["a power", () => c(x, int(0, 2), { p: 3 } as never), "3"]),
  );
  add(two("multilabelMargin", "MultiLabelMarginLoss"), (c) =>
    row(
      (o) => c(x, x.astype("int32") as Tensor, o),
      ["shapes", () => c(x, int(0, 2)), "[2]"],
      ["a label", () => c(x, tensor(Int32Array.of(3, 0, 0, 0, 0, 0), { shape: [2, 3] })), "3"],
      noReduction((o) => c(x, x.astype("int32") as Tensor, o)),
    ),
  );
  add(two("multilabelSoftMargin", "MultiLabelSoftMarginLoss"), (c) =>
    numberLoss(c, ["a target", () => c(x, signs), "-1"], ["a weight", () => c(x, x, { weight: z(2) } as never), "[2]"]),
  );
  add(two("ctc", "CTCLoss"), (c) =>
    (form === "function" ? plain : row)(
      (o) => c(z(4, 1, 3), ctcTargets(), o),
      ["axes", () => c(z(4, 3), ctcTargets()), "[4, 3]"],
      ["a batch", () => c(z(4, 2, 3), ctcTargets()), "[1, 2]"],
      ["a label", () => c(z(4, 1, 2), ctcTargets()), "2"],
      ["a blank", () => c(z(4, 1, 3), ctcTargets(), { blank: 3 } as never), "3"],
      ["a length", () => c(z(4, 1, 3), ctcTargets(), { inputLengths: [5] } as never), "5"],
      noReduction((o) => c(z(4, 1, 3), ctcTargets(), o)),
    ),
  );
  add3(three("cosineEmbedding", "CosineEmbeddingLoss"), (c) => rankingLoss(c, ones([2]) as Tensor));
  add3(three("marginRanking", "MarginRankingLoss"), (c) => rankingLoss(c, signs));
  add3(three("tripletMargin", "TripletMarginLoss"), (c) =>
    row(
      (o) => c(x, x, x, o),
      ["shapes", () => c(x, x, z(2, 4)), "[2, 4]"],
      ["a power", () => c(x, x, x, { p: 0 } as never), "0"],
      noReduction((o) => c(x, x, x, o)),
    ),
  );
  add3(three("gaussianNll", "GaussianNLLLoss"), (c) =>
    row(
      (o) => c(x, x, ones([2, 3]) as Tensor, o),
      ["shapes", () => c(z(4, 1), z(4), ones([4]) as Tensor), "[4, 1]"],
      ["a variance's shape", () => c(x, x, z(5)), "[5]"],
      ["a variance", () => c(x, x, signs), "-1"],
      ["eps", () => c(x, x, ones([2, 3]) as Tensor, { eps: 0 } as never), "0"],
      noReduction((o) => c(x, x, ones([2, 3]) as Tensor, o)),
    ),
  );
  return Object.fromEntries(rows);
}

type LossModule = new (options?: never) => nn.Module<readonly Tensor[]>;

/** The modules whose names end with Loss. */
function lossModules(): Readonly<Record<string, LossModule>> {
  return Object.fromEntries(Object.entries(nn).filter(([name]) => name.endsWith("Loss"))) as unknown as Readonly<
    Record<string, LossModule>
  >;
}

const likeness: Rows = {
  cosineSimilarity: row(
    (o) => nn.cosineSimilarity(x, x, o),
    ["shapes", () => nn.cosineSimilarity(x, z(2, 4)), "[2, 4]"],
    noAxis((axis) => nn.cosineSimilarity(x, x, { axis })),
  ),
  pairwiseDistance: row(
    (o) => nn.pairwiseDistance(x, x, o),
    ["shapes", () => nn.pairwiseDistance(x, z(2, 4)), "[2, 4]"],
    ["scalars", () => nn.pairwiseDistance(tensor(1), tensor(2)), "scalars"],
    ["a power", () => nn.pairwiseDistance(x, x, { p: -1 }), "-1"],
  ),
  CosineSimilarity: row(
    (o) => new nn.CosineSimilarity(o).forward(x, x),
    ["shapes", () => new nn.CosineSimilarity().forward(x, z(2, 4)), "[2, 4]"],
  ),
  PairwiseDistance: row(
    (o) => new nn.PairwiseDistance(o).forward(x, x),
    ["shapes", () => new nn.PairwiseDistance().forward(x, z(2, 4)), "[2, 4]"],
  ),
  ...each(["l1Penalty", "l2Penalty"], (name) =>
    plain(
      () => library[name]([x], 1),
      ["lambda", () => library[name]([x], -1), "-1"],
      ["no parameters", () => library[name]([], 1), "no parameters"],
    ),
  ),
  elasticPenalty: row(
    (o) => nn.elasticPenalty([x], 1, o),
    ["lambda", () => nn.elasticPenalty([x], -1), "-1"],
    ["a ratio", () => nn.elasticPenalty([x], 1, { l1Ratio: 2 }), "2"],
  ),
  checkLabels: row((o) => nn.checkLabels(int(0, 1), 2, o), ["a label", () => nn.checkLabels(int(0, 2), 2), "2"]),
};

// ---------------------------------------------------------------------------------------- linear, words, attention

const sizes = (make: (size: number) => unknown): Wrong => ["a size", () => make(-1), "-1"];
const sequence = z(2, 5, 4);

function transformerRow(name: "TransformerEncoderLayer" | "TransformerEncoder"): Row {
  const small = { dimFeedforward: 6, dropout: 0 };
  const make = (o?: never): nn.TransformerEncoderLayer | nn.TransformerEncoder =>
    new library[name](4, 2, { ...small, ...(o ?? {}) });
  return row(
    (o) => make(o).forward(sequence),
    sizes((size) => new library[name](size, 2)),
    ["heads", () => new library[name](4, 3), "3"],
    ["a width", () => make({ dimFeedforward: 0 } as never), "0"],
    ["a probability", () => make({ dropout: 2 } as never), "2"],
    ["an activation", () => make({ activation: "tanh" } as never), "tanh"],
    ["another width", () => make().forward(z(2, 5, 3)), "[2, 5, 3]"],
    ["a mask's shape", () => make().forward(sequence, { mask: z(3, 3) }), "[3, 3]"],
    ["an option of the call", () => make().forward(sequence, { masks: null } as never), "masks"],
  );
}

function decoderRow(name: "TransformerDecoderLayer" | "TransformerDecoder"): Row {
  const small = { dimFeedforward: 6, dropout: 0 };
  const make = (o?: never): nn.TransformerDecoderLayer | nn.TransformerDecoder =>
    new library[name](4, 2, { ...small, ...(o ?? {}) });
  return row(
    (o) => make(o).forward(sequence, sequence),
    sizes((size) => new library[name](size, 2)),
    ["another width", () => make().forward(sequence, z(2, 5, 3)), "[2, 5, 3]"],
    ["a mask's shape", () => make().forward(sequence, sequence, { memoryMask: z(3, 3) }), "[3, 3]"],
    ["an option of the call", () => make().forward(sequence, sequence, { masks: null } as never), "masks"],
  );
}

const tables: Rows = {
  linear: plain(() => nn.linear(x, z(4, 3)), ["widths", () => nn.linear(x, z(4, 2)), "[2, 3]"]),
  Linear: row(
    (o) => new nn.Linear(3, 4, o ?? {}).forward(x),
    sizes((size) => new nn.Linear(size, 4)),
    ["a size out", () => new nn.Linear(3, 1.5), "1.5"],
    ["a dtype", () => new nn.Linear(3, 4, { dtype: "int32" }), "int32"],
    ["an input", () => new nn.Linear(4, 2).forward(x as never), "[2, 3]"],
  ),
  Bilinear: row(
    (o) => new nn.Bilinear(3, 3, 2, o).forward(x, x),
    sizes((size) => new nn.Bilinear(3, size, 2)),
    ["an input", () => new nn.Bilinear(3, 4, 2).forward(x, x), "[2, 3]"],
  ),
  embedding: row(
    (o) => nn.embedding(int(0, 1), z(4, 3), o),
    ["an index", () => nn.embedding(int(0, 4), z(4, 3)), "4"],
    ["indices of floats", () => nn.embedding(z(2), z(4, 3)), "float32"],
    ["a table", () => nn.embedding(int(0), z(4)), "[4]"],
    ["a padding row", () => nn.embedding(int(0), z(4, 3), { paddingIdx: 4 }), "4"],
    ["a bound", () => nn.embedding(int(0), z(4, 3), { maxNorm: -1 }), "-1"],
  ),
  Embedding: row(
    (o) => new nn.Embedding(4, 3, o).forward(int(0, 1)),
    sizes((size) => new nn.Embedding(size, 3)),
    ["an index", () => new nn.Embedding(4, 3).forward(int(0, 4)), "4"],
    ["indices of floats", () => new nn.Embedding(4, 3).forward(z(2)), "float32"],
    ["a padding row", () => new nn.Embedding(4, 3, { paddingIdx: -5 }), "-5"],
  ),
  embeddingBag: row(
    (o) => nn.embeddingBag(int(0, 1), z(4, 3), { offsets: int(0), ...(o ?? {}) }),
    ["bags", () => nn.embeddingBag(int(0, 1), z(4, 3)), "[2]"],
    ["a mode", () => nn.embeddingBag(int(0), z(4, 3), { offsets: int(0), mode: "min" as never }), "min"],
    ["a first offset", () => nn.embeddingBag(int(0), z(4, 3), { offsets: int(1) }), "1"],
    ["offsets that go down", () => nn.embeddingBag(int(0, 1), z(4, 3), { offsets: int(0, 2, 1) }), "1"],
    ["an offset behind the end", () => nn.embeddingBag(int(0, 1), z(4, 3), { offsets: int(0, 3) }), "3"],
    ["factors of a mean", () => nn.embeddingBag(int(0), z(4, 3), { offsets: int(0), perSampleWeights: z(1) }), "mean"],
    [
      "a number of factors",
      () => nn.embeddingBag(int(0), z(4, 3), { mode: "sum", offsets: int(0), perSampleWeights: z(2) }),
      "[2]",
    ],
    ["an index", () => nn.embeddingBag(int(4), z(4, 3), { offsets: int(0) }), "4"],
  ),
  EmbeddingBag: row(
    (o) => new nn.EmbeddingBag(4, 3, o).forward(int(0, 1), { offsets: int(0) }),
    sizes((size) => new nn.EmbeddingBag(4, size)),
    ["bags", () => new nn.EmbeddingBag(4, 3).forward(int(0, 1)), "[2]"],
    ["an option of the call", () => new nn.EmbeddingBag(4, 3).forward(int(0), { offset: int(0) } as never), "offset"],
  ),
  scaledDotProductAttention: row(
    (o) => nn.scaledDotProductAttention(x, x, x, o),
    ["axes", () => nn.scaledDotProductAttention(z(3), x, x), "[3]"],
    ["widths", () => nn.scaledDotProductAttention(x, z(2, 4), x), "3 ≠ 4"],
    ["a number of values", () => nn.scaledDotProductAttention(x, x, z(3, 3)), "[3, 3]"],
    ["a mask", () => nn.scaledDotProductAttention(x, x, x, { mask: z(3, 3) }), "[3, 3]"],
    probability((p) => nn.scaledDotProductAttention(x, x, x, { dropout: p })),
  ),
  sinusoidalPositions: row(
    (o) => nn.sinusoidalPositions(3, 4, o),
    ["an odd width", () => nn.sinusoidalPositions(3, 5), "5"],
    ["a length", () => nn.sinusoidalPositions(-1, 4), "-1"],
    ["a base", () => nn.sinusoidalPositions(3, 4, { base: 0 }), "0"],
  ),
  rotaryPositions: row(
    (o) => nn.rotaryPositions(z(3, 4), o),
    ["an odd width", () => nn.rotaryPositions(x), "3"],
    ["axes", () => nn.rotaryPositions(z(4)), "[4]"],
  ),
  PositionalEncoding: row(
    (o) => new nn.PositionalEncoding(o).forward(z(3, 4)),
    probability((dropout) => new nn.PositionalEncoding({ dropout })),
    ["axes", () => new nn.PositionalEncoding().forward(z(4)), "[4]"],
    ["an odd width", () => new nn.PositionalEncoding().forward(x), "3"],
  ),
  LearnedPositionalEncoding: row(
    (o) => new nn.LearnedPositionalEncoding(5, 4, o).forward(z(3, 4)),
    sizes((size) => new nn.LearnedPositionalEncoding(size, 4)),
    ["a length", () => new nn.LearnedPositionalEncoding(2, 4).forward(z(3, 4)), "3"],
    ["a width", () => new nn.LearnedPositionalEncoding(5, 3).forward(z(3, 4)), "4"],
  ),
  MultiheadAttention: row(
    (o) => new nn.MultiheadAttention(4, 2, o).forward(sequence, sequence, sequence),
    sizes((size) => new nn.MultiheadAttention(size, 2)),
    ["heads", () => new nn.MultiheadAttention(4, 3), "3"],
    probability((dropout) => new nn.MultiheadAttention(4, 2, { dropout })),
    ["a width", () => new nn.MultiheadAttention(4, 2).forward(sequence, z(2, 5, 3), sequence), "[2, 5, 3]"],
    [
      "a mask",
      () => new nn.MultiheadAttention(4, 2).forward(sequence, sequence, sequence, { attnMask: z(3, 3) }),
      "[3, 3]",
    ],
    [
      "an option of the call",
      () => new nn.MultiheadAttention(4, 2).forward(sequence, sequence, sequence, { needWeights: false } as never),
      "needWeights",
    ],
  ),
  TransformerEncoderLayer: transformerRow("TransformerEncoderLayer"),
  TransformerEncoder: transformerRow("TransformerEncoder"),
  TransformerDecoderLayer: decoderRow("TransformerDecoderLayer"),
  TransformerDecoder: decoderRow("TransformerDecoder"),
  Transformer: row(
    (o) =>
      new nn.Transformer(4, 2, {
        numEncoderLayers: 1,
        numDecoderLayers: 1,
        dimFeedforward: 6,
        ...(o ?? {}),
      }).forward(sequence, sequence),
    sizes((size) => new nn.Transformer(4, 2, { numDecoderLayers: size })),
    [
      "another width",
      () =>
        new nn.Transformer(4, 2, { numEncoderLayers: 1, numDecoderLayers: 1, dimFeedforward: 6 }).forward(
          z(2, 5, 3),
          sequence,
        ),
      "[2, 5, 3]",
    ],
  ),
};

// ----------------------------------------------------------------------------------------- graphs, pictures, arrangement

const graphs: Rows = {
  graphConvolution: plain(
    () => nn.graphConvolution(z(4, 3), z(4, 4), z(2, 3)),
    ["an adjacency", () => nn.graphConvolution(z(4, 3), z(3, 3), z(2, 3)), "[3, 3]"],
    ["a weight", () => nn.graphConvolution(z(4, 3), z(4, 4), z(2, 4)), "[2, 4]"],
  ),
  neighbourhoodConvolution: plain(
    () => nn.neighbourhoodConvolution(z(4, 3), z(4, 4), z(2, 3), z(2, 3)),
    ["an adjacency", () => nn.neighbourhoodConvolution(z(4, 3), z(4), z(2, 3), z(2, 3)), "[4]"],
  ),
  neighbourhoodPool: plain(
    () => nn.neighbourhoodPool(z(4, 3), z(4, 4)),
    ["an adjacency", () => nn.neighbourhoodPool(z(4, 3), z(4, 3)), "[4, 3]"],
  ),
  ...each(["GraphConv", "NeighbourhoodConv"], (name) =>
    row(
      (o) => new library[name](3, 2, o).forward(z(4, 3), z(4, 4)),
      sizes((size) => new library[name](size, 2)),
      ["an adjacency", () => new library[name](3, 2).forward(z(4, 3), z(3, 3)), "[3, 3]"],
      ["features", () => new library[name](2, 2).forward(z(4, 3), z(4, 4)), "[4, 3]"],
    ),
  ),
};

const pictures: Rows = {
  crop: row(
    (o) => nn.crop(x, { top: 0, left: 0, height: 1, width: 1, ...(o ?? {}) }),
    ["a rectangle", () => nn.crop(x, { top: 0, left: 2, height: 1, width: 2 }), "[2, 3]"],
    ["a size", () => nn.crop(x, { top: 0, left: 0, height: -1, width: 1 }), "-1"],
  ),
  centerCrop: row(
    (o) => nn.centerCrop(x, { height: 1, width: 1, ...(o ?? {}) }),
    ["a size", () => nn.centerCrop(x, { height: 3, width: 3 }), "[2, 3]"],
  ),
  padImage: row(
    (o) => nn.padImage(x, o),
    ["a number", () => nn.padImage(x, { top: 0.5 }), "0.5"],
    ["a mode", () => nn.padImage(x, { mode: "mirror" as never }), "mirror"],
    ["a scalar", () => nn.padImage(z(3)), "[3]"],
    ["a border too wide to mirror", () => nn.padImage(x, { top: 5, mode: "reflect" }), "5"],
  ),
  ...each(["flipHorizontal", "flipVertical"], (name) =>
    plain(() => library[name](x), ["axes", () => library[name](z(3)), "[3]"]),
  ),
  rotate90: row(
    (o) => nn.rotate90(x, o),
    ["turns", () => nn.rotate90(x, { k: 0.5 }), "0.5"],
    ["axes", () => nn.rotate90(z(3)), "[3]"],
  ),
  resize: row(
    (o) => nn.resize(x, { size: [4, 4], ...(o ?? {}) }),
    ["a size", () => nn.resize(x, { size: [0, 4] }), "0"],
    ["a mode", () => nn.resize(x, { size: [4, 4], mode: "area" as never }), "area"],
    ["a dtype", () => nn.resize(x.astype("int32") as Tensor, { size: [4, 4], mode: "bilinear" }), "int32"],
    ["no pixels", () => nn.resize(z(0, 3), { size: [4, 4] }), "[0, 3]"],
  ),
  affineGrid: row(
    (o) => nn.affineGrid(z(1, 2, 3), { size: [1, 1, 2, 2], ...(o ?? {}) }),
    ["a shape", () => nn.affineGrid(x, { size: [1, 1, 2, 2] }), "[2, 3]"],
    ["a size", () => nn.affineGrid(z(1, 2, 3), { size: [1, 1, 0, 2] }), "0"],
  ),
  gridSample: row(
    (o) => nn.gridSample(spatial[2], z(1, 2, 2, 2), o),
    ["a picture", () => nn.gridSample(x, z(1, 2, 2, 2)), "[2, 3]"],
    ["a grid", () => nn.gridSample(spatial[2], z(1, 2, 2, 3)), "[1, 2, 2, 3]"],
    ["a mode", () => nn.gridSample(spatial[2], z(1, 2, 2, 2), { mode: "cubic" as never }), "cubic"],
  ),
  affineSample: row(
    (o) => nn.affineSample(spatial[2], z(1, 2, 3), o),
    ["a picture", () => nn.affineSample(x, z(1, 2, 3)), "[2, 3]"],
  ),
  normalizeImage: plain(
    () => nn.normalizeImage(spatial[2], [0, 0], [1, 1]),
    ["a number of channels", () => nn.normalizeImage(spatial[2], [0, 0, 0], [1, 1, 1]), "[1, 2, 6, 6]"],
  ),
};

const upsampleRow = (call: (options: never, input?: Tensor) => unknown): Row =>
  row(
    (o) => call({ scaleFactor: 2, ...(o ?? {}) } as never),
    ["neither size nor factor", () => call({} as never), "either"],
    ["both", () => call({ size: 3, scaleFactor: 2 } as never), "either"],
    ["a size", () => call({ size: -3 } as never), "-3"],
    ["a factor", () => call({ scaleFactor: 0 } as never), "0"],
    ["a mode", () => call({ scaleFactor: 2, mode: "area" } as never), "area"],
    ["a mode of other axes", () => call({ scaleFactor: 2, mode: "bilinear" } as never), "[1, 2, 6]"],
    ["axes", () => call({ scaleFactor: 2 } as never, x), "[2, 3]"],
    ["no places", () => call({ size: 3 } as never, z(1, 2, 0)), "[1, 2, 0]"],
  );

const shuffleRow = (call: (factor: number, input?: Tensor) => unknown, input: Tensor): Row =>
  plain(
    () => call(2, input),
    ["a factor", () => call(0, input), "0"],
    ["axes", () => call(2, z(3)), "[3]"],
    ["a size", () => call(5, input), "5"],
  );

const arrangements: Rows = {
  upsample: upsampleRow((options, input = spatial[1]) => nn.upsample(input, options)),
  Upsample: upsampleRow((options, input = spatial[1]) => new nn.Upsample(options).forward(input)),
  pixelShuffle: shuffleRow((r, input) => nn.pixelShuffle(input!, r), z(1, 4, 2, 2)),
  PixelShuffle: shuffleRow((r, input) => new nn.PixelShuffle(r).forward(input!), z(1, 4, 2, 2)),
  pixelUnshuffle: shuffleRow((r, input) => nn.pixelUnshuffle(input!, r), z(1, 1, 4, 4)),
  PixelUnshuffle: shuffleRow((r, input) => new nn.PixelUnshuffle(r).forward(input!), z(1, 1, 4, 4)),
  channelShuffle: shuffleRow((r, input) => nn.channelShuffle(input!, r), z(1, 4)),
  ChannelShuffle: shuffleRow((r, input) => new nn.ChannelShuffle(r).forward(input!), z(1, 4)),
  Flatten: plain(() => new nn.Flatten().forward(x), ["an axis", () => new nn.Flatten(5).forward(x), "5"]),
  Unflatten: plain(
    () => new nn.Unflatten(1, [3, 1]).forward(x),
    ["a size", () => new nn.Unflatten(1, [-3, 1]), "-3"],
    ["sizes that do not fit", () => new nn.Unflatten(1, [2, 2]).forward(x), "[2, 3]"],
    ["an axis", () => new nn.Unflatten(7, [3]).forward(x), "7"],
  ),
  Residual: plain(
    () => new nn.Residual(new nn.ReLU()).forward(x),
    ["a shape", () => new nn.Residual(new nn.Linear(3, 4)).forward(x), "[2, 4]"],
  ),
  Sequential: plain(
    () => new nn.Sequential(new nn.Linear(3, 4)).forward(x),
    [
      "layers that do not fit",
      () => new nn.Sequential(new nn.ReLU(), new nn.Linear(4, 4)).forward(x as never),
      "[2, 3]",
    ],
  ),
  ModuleList: plain(() => new nn.ModuleList(), ["a call", () => new nn.ModuleList().forward(), "list"]),
  ModuleDict: plain(() => new nn.ModuleDict({}), ["a call", () => new nn.ModuleDict({}).forward(), "collection"]),
};

/** The function that tells what is wrong, where a module's name is not the function's. */
export const functionOf: Readonly<Record<string, string>> = {
  MSELoss: "mse",
  L1Loss: "l1",
  SmoothL1Loss: "smoothL1",
  HuberLoss: "huber",
  BCELoss: "bce",
  BCEWithLogitsLoss: "bceWithLogits",
  CrossEntropyLoss: "crossEntropy",
  NLLLoss: "nll",
  KLDivLoss: "klDiv",
  PoissonNLLLoss: "poissonNll",
  GaussianNLLLoss: "gaussianNll",
  HingeLoss: "hinge",
  LogisticMarginLoss: "logisticMargin",
  ExponentialMarginLoss: "exponentialMargin",
  SigmoidMarginLoss: "sigmoidMargin",
  HingeEmbeddingLoss: "hingeEmbedding",
  CosineEmbeddingLoss: "cosineEmbedding",
  MarginRankingLoss: "marginRanking",
  TripletMarginLoss: "tripletMargin",
  MultiMarginLoss: "multiMargin",
  MultiLabelMarginLoss: "multilabelMargin",
  MultiLabelSoftMarginLoss: "multilabelSoftMargin",
  CTCLoss: "ctc",
  Dropout1d: "channelDropout",
  Dropout2d: "channelDropout",
  Dropout3d: "channelDropout",
  GraphConv: "graphConvolution",
  NeighbourhoodConv: "neighbourhoodConvolution",
  checkLabels: "labels", // unless it is told another operation
};

/** What is not called by users with tensors, has a page of its own, or is only a base. */
export const elsewhere: Readonly<Record<string, string>> = {
  activations: "a table of facts",
  init: "initial values: tests/nn/init.test.ts",
  Module: "the base of all modules: tests/nn/module.test.ts",
  Elementwise: "a base",
  Parameter: "a variable: tests/nn/module.test.ts",
  Buffer: "a variable: tests/nn/module.test.ts",
  loadState: "state dicts: tests/nn/module.test.ts",
  rnn: "tests/nn/recurrent.test.ts",
  lstm: "tests/nn/recurrent.test.ts",
  gru: "tests/nn/recurrent.test.ts",
  rnnCell: "tests/nn/recurrent.test.ts",
  lstmCell: "tests/nn/recurrent.test.ts",
  gruCell: "tests/nn/recurrent.test.ts",
  peepholeLstm: "tests/nn/recurrent.test.ts",
  gruOriginal: "tests/nn/recurrent.test.ts",
  RNN: "tests/nn/recurrent-layers.test.ts",
  LSTM: "tests/nn/recurrent-layers.test.ts",
  GRU: "tests/nn/recurrent-layers.test.ts",
  RNNCell: "tests/nn/recurrent-layers.test.ts",
  LSTMCell: "tests/nn/recurrent-layers.test.ts",
  GRUCell: "tests/nn/recurrent-layers.test.ts",
  PeepholeLSTM: "tests/nn/recurrent-layers.test.ts",
  GRUOriginal: "tests/nn/recurrent-layers.test.ts",
  pairOf: "a check itself",
  sizesOf: "a check itself",
};

export const rows: Rows = {
  ...activations,
  ...activationLayers,
  ...convolutions,
  ...pools,
  ...norms,
  ...droppings,
  ...paddings,
  ...lossRows("function"),
  ...lossRows("module"),
  ...likeness,
  ...tables,
  ...graphs,
  ...pictures,
  ...arrangements,
};
