/** Linear layers, words, positions, attention and transformers called wrongly. */
import * as nn from "../../../src/nn/index.ts";
import { int, library, plain, probability, type Row, type Rows, row, sizes, x, z } from "./row.ts";

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

export const tables: Rows = {
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
