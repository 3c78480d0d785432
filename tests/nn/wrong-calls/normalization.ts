/** Normalisation, dropout and padding called wrongly. */
import * as nn from "../../../src/nn/index.ts";
import { axesOf, each, library, noAxis, plain, probability, type Rows, row, spatial, type Wrong, x, z } from "./row.ts";

export const norms: Rows = {
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

export const droppings: Rows = {
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

/** Mirrored places run out; those of the opposite side only beside an empty axis; zeros and the border's do not. */
const tooWide = (name: string, wide: () => unknown, empty: () => unknown): Wrong[] => {
  if (name.startsWith("Reflection")) return [["more places than there are", wide, "7"]];
  return name.startsWith("Circular") ? [["an empty axis", empty, "0"]] : [];
};

export const paddings: Rows = {
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
        ...tooWide(
          name,
          () => new library[name](7).forward(spatial[axesOf(name)]),
          () => new library[name](1).forward(z(1, 2, ...Array.from({ length: axesOf(name) }, () => 0))),
        ),
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
