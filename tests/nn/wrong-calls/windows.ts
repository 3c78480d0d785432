/** Convolution and pooling called wrongly. */
import * as nn from "../../../src/nn/index.ts";
import type { Tensor } from "../../../src/tensor/index.ts";
import {
  type Axes,
  axesOf,
  each,
  int,
  library,
  plain,
  type Row,
  type Rows,
  row,
  spatial,
  type Wrong,
  x,
  z,
} from "./row.ts";

export const convolutions: Rows = {
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
      ["a word as padding", () => call(input, weight(2), null, { padding: "x" }), '"x"'],
      ["a word as stride", () => call(input, weight(2), null, { stride: "x" }), '"x"'],
      ["a dilation", () => call(input, weight(2), null, { dilation: 0 }), "0"],
      ["groups", () => call(input, weight(1), null, { groups: 3 }), "3"],
      ["a padding mode", () => call(input, weight(2), null, { paddingMode: "mirror" }), "mirror"],
      ["more than can be mirrored", () => call(input, weight(2), null, { paddingMode: "reflect", padding: 6 }), "6"],
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
      ["a word as padding", () => call(input, weight(2), null, { padding: "x" }), '"x"'],
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

export const pools: Rows = {
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
