/** Graphs, pictures and what rearranges called wrongly. */
import * as nn from "../../../src/nn/index.ts";
import type { Tensor } from "../../../src/tensor/index.ts";
import { each, library, plain, type Row, type Rows, row, sizes, spatial, x, z } from "./row.ts";

export const graphs: Rows = {
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

export const pictures: Rows = {
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

export const arrangements: Rows = {
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
