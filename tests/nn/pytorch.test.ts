/**
 * Layers and functions that the shared fixtures do not hold, against PyTorch: outputs and gradients of Σ output · g on every device, in
 * both float types. `pytorch.json` is written by `pytorch.py`; inputs, weights and g are made here by the same formula.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/index.ts";
import { noGrad } from "../../src/index.ts";
import * as nn from "../../src/nn/index.ts";
import { mul, sum, Tensor, tensor } from "../../src/tensor/index.ts";
import { expectClose, type Setting, type StoredTensor, settings } from "../fixtures-harness.ts";

interface Recorded {
  readonly y: Stored;
  readonly grads: readonly Stored[];
  readonly weights?: Stored;
  readonly table?: Stored;
  readonly keys?: readonly string[];
}

type Stored = Omit<StoredTensor, "dtype">;

const { cases } = JSON.parse(readFileSync(new URL("pytorch.json", import.meta.url), "utf8")) as {
  cases: Readonly<Record<string, Recorded>>;
};

/** The numbers of pytorch.py. */
function irregular(shape: readonly number[], { start = 0, scale = 1 } = {}, place: Setting = exact): Tensor {
  const golden = (1 + Math.sqrt(5)) / 2;
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float64Array.from({ length: size }, (_, i) => ((((i + 1 + start) * golden) % 1) - 0.5) * 3 * scale);
  return tensor(values, { shape, dtype: place.float, device: place.device });
}

const exact: Setting = { device: "reference", float: "float64" };

/** A module in evaluation whose weights are the numbers, one after the other. */
function filled<M extends nn.AnyModule>(module: M, place: Setting): M {
  let start = 0;
  const state = Object.entries(module.stateDict()).map(([key, value]) => {
    const weight = irregular(value.shape, { start, scale: 0.5 }, place);
    start += value.size;
    return [key, weight] as const;
  });
  module.loadStateDict(Object.fromEntries(state));
  return module.eval() as M;
}

const whole = (values: readonly number[], shape: readonly number[] = [values.length]): Tensor =>
  tensor(Int32Array.from(values), { shape });

/** What is called, given the inputs on a device, and with which inputs. */
interface Called {
  readonly shapes: readonly (readonly [shape: readonly number[], start?: number])[];
  readonly call: (inputs: readonly Tensor[], place: Setting) => Tensor;
}

const upsampled = (shape: readonly number[], options: nn.UpsampleOptions): Called => ({
  shapes: [[shape]],
  call: ([x]) => nn.upsample(x!, options),
});

const [image, line, volume] = [
  [1, 2, 4, 3],
  [1, 2, 5],
  [1, 1, 2, 3, 2],
];

const aligned = [false, true].flatMap((alignCorners): [string, Called][] => [
  ...[
    [6, 5],
    [2, 2],
    [4, 7],
    [1, 1],
  ].map((size): [string, Called] => [
    `bicubic to [${size.join(", ")}], aligncorners ${alignCorners}`,
    upsampled(image!, { size, mode: "bicubic", alignCorners }),
  ]),
  [
    `bicubic by 1.7, aligncorners ${alignCorners}`,
    upsampled(image!, { scaleFactor: 1.7, mode: "bicubic", alignCorners }),
  ],
  [`linear by 1.7, aligncorners ${alignCorners}`, upsampled(line!, { scaleFactor: 1.7, mode: "linear", alignCorners })],
  [
    `trilinear by 1.5, aligncorners ${alignCorners}`,
    upsampled(volume!, { scaleFactor: 1.5, mode: "trilinear", alignCorners }),
  ],
]);

const words = [3, 1, 1, 0, 2, 3, 4];
const offsets = (): Tensor => whole([0, 2, 2, 6]);

const bags = (["sum", "mean", "max"] as const).flatMap((mode) =>
  [null, 1].map((paddingIdx): [string, Called] => [
    `bags, ${mode}, padding ${paddingIdx ?? "none"}`,
    {
      shapes: [[[5, 3]]],
      call: ([w], { device }) =>
        nn.embeddingBag(whole(words).to(device), w!, { mode, paddingIdx, offsets: offsets().to(device) }),
    },
  ]),
);

const reductions = ["mean", "sum", "none"] as const;
const classWeight = ({ float, device }: Setting): Tensor => tensor([0.5, 1, 2, 1.5], { dtype: float, device });
const scores = (call: Called["call"]): Called => ({ shapes: [[[3, 4]]], call });
const several = ({ device }: Setting): Tensor =>
  whole([2, 0, -1, 1, 3, -1, -1, -1, 0, 1, 2, 3], [3, 4]).to(device) as Tensor;
const tags = ({ float, device }: Setting): Tensor =>
  tensor([1, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 1], { shape: [3, 4], dtype: float, device });

const mask = ({ device }: Setting): Tensor =>
  tensor([0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0], { shape: [3, 4], dtype: "bool", device });
const padding = ({ device }: Setting): Tensor =>
  tensor([0, 0, 0, 1, 0, 0, 0, 0], { shape: [2, 4], dtype: "bool", device });

const placeOf = ({ float, device }: Setting) => ({ dtype: float, device });
const small = { dimFeedforward: 6, dropout: 0, batchFirst: true };

function attention(addBiasKv: boolean, addZeroAttn: boolean, place: Setting): nn.MultiheadAttention {
  return filled(
    new nn.MultiheadAttention(4, 2, { batchFirst: true, addBiasKv, addZeroAttn, ...placeOf(place) }),
    place,
  );
}

const extraKeys = [
  [true, false],
  [false, true],
  [true, true],
] as const;

const called: Readonly<Record<string, Called>> = {
  ...Object.fromEntries(aligned),
  "nearest by 1.7": upsampled(line!, { scaleFactor: 1.7 }),
  "nearest by 0.7": upsampled(line!, { scaleFactor: 0.7 }),
  ...Object.fromEntries(
    (["nearest", "bilinear", "bicubic"] as const).flatMap((mode) =>
      (mode === "bicubic" ? [1.3] : [1.3, 1.1]).map((scaleFactor): [string, Called] => [
        `${mode} of images by ${scaleFactor}`,
        upsampled(image!, { scaleFactor, mode }),
      ]),
    ),
  ),
  "linear by 1.1": upsampled(line!, { scaleFactor: 1.1, mode: "linear" }),
  ...Object.fromEntries(bags),
  "bags with their end": {
    shapes: [[[5, 3]]],
    call: ([w], { device }) =>
      nn.embeddingBag(whole(words).to(device), w!, {
        offsets: whole([0, 2, 2, 7]).to(device),
        includeLastOffset: true,
      }),
  },
  "bags with factors": {
    shapes: [[[5, 3]], [[7]]],
    call: ([w, perSampleWeights], { device }) =>
      nn.embeddingBag(whole(words).to(device), w!, {
        mode: "sum",
        offsets: offsets().to(device),
        perSampleWeights,
        paddingIdx: -2,
      }),
  },
  "rows with factors": {
    shapes: [[[5, 3]], [[2, 3]]],
    call: ([w, perSampleWeights], { device }) =>
      nn.embeddingBag(whole(words.slice(0, 6), [2, 3]).to(device), w!, { mode: "sum", perSampleWeights }),
  },
  ...Object.fromEntries(
    [2, 1].map((normType): [string, Called] => [
      `embedding with maxnorm, normtype ${normType}`,
      {
        shapes: [[[5, 3]]],
        call: ([w], { device }) => nn.embedding(whole(words.slice(0, 3)).to(device), w!, { maxNorm: 1, normType }),
      },
    ]),
  ),
  "pairwise distance": { shapes: [[[3, 4]], [[3, 4], 40]], call: ([a, b]) => nn.pairwiseDistance(a!, b!) },
  "pairwise distance, p 1, keepdims": {
    shapes: [[[3, 4]], [[3, 4], 40]],
    call: ([a, b]) => nn.pairwiseDistance(a!, b!, { p: 1, keepdims: true }),
  },
  "channel shuffle": { shapes: [[[2, 6, 2]]], call: ([x]) => nn.channelShuffle(x!, 3) },
  ...Object.fromEntries(
    reductions.flatMap((reduction): [string, Called][] => [
      [
        `multi margin, ${reduction}`,
        scores(([x], { device }) => nn.multiMargin(x!, whole([2, 0, 3]).to(device), { reduction })),
      ],
      [
        `multilabel margin, ${reduction}`,
        scores(([x], place) => nn.multilabelMargin(x!, several(place), { reduction })),
      ],
    ]),
  ),
  "multi margin, p 2, margin and weight": scores(([x], place) =>
    nn.multiMargin(x!, whole([2, 0, 3]).to(place.device), { p: 2, margin: 0.7, weight: classWeight(place) }),
  ),
  ...Object.fromEntries(
    (["mean", "none"] as const).map((reduction): [string, Called] => [
      `multilabel soft margin, ${reduction}`,
      scores(([x], place) => nn.multilabelSoftMargin(x!, tags(place), { reduction, weight: classWeight(place) })),
    ]),
  ),
  ...Object.fromEntries(
    extraKeys.map(([addBiasKv, addZeroAttn]): [string, Called] => [
      `attention, addbiaskv ${addBiasKv}, addzeroattn ${addZeroAttn}`,
      {
        shapes: [[[2, 3, 4]], [[2, 4, 4], 40]],
        call: ([q, k], place) =>
          attention(addBiasKv, addZeroAttn, place).forward(q!, k!, k!, {
            attnMask: mask(place),
            keyPaddingMask: padding(place),
          }).output,
      },
    ]),
  ),
  ...Object.fromEntries(
    [false, true].flatMap((normFirst): [string, Called][] => [
      [
        `encoder, normfirst ${normFirst}`,
        {
          shapes: [[[2, 3, 4]]],
          call: ([x], place) =>
            filled(
              new nn.TransformerEncoder(4, 2, {
                numLayers: 2,
                normFirst,
                finalNorm: true,
                ...small,
                ...placeOf(place),
              }),
              place,
            ).forward(x!, { causal: true }),
        },
      ],
      [
        `decoder, normfirst ${normFirst}`,
        {
          shapes: [[[2, 3, 4]], [[2, 4, 4], 40]],
          call: ([x, memory], place) =>
            filled(
              new nn.TransformerDecoder(4, 2, { numLayers: 2, normFirst, ...small, ...placeOf(place) }),
              place,
            ).forward(x!, memory!, { causal: true, memoryKeyPaddingMask: padding(place) }),
        },
      ],
    ]),
  ),
  transformer: {
    shapes: [[[2, 4, 4], 40], [[2, 3, 4]]],
    call: ([source, target], place) =>
      transformer(place).forward(source!, target!, {
        source: { keyPaddingMask: padding(place) },
        target: { causal: true, memoryKeyPaddingMask: padding(place) },
      }),
  },
};

function transformer(place: Setting): nn.Transformer {
  const layers = { numEncoderLayers: 1, numDecoderLayers: 2, activation: "gelu" } as const;
  return filled(new nn.Transformer(4, 2, { ...layers, ...small, ...placeOf(place) }), place);
}

const stored = ({ shape, data }: Stored, float: Setting["float"]): StoredTensor => ({ dtype: float, shape, data });

test("every recorded case is called, and every call recorded", () => {
  expect(Object.keys(called).sort()).toEqual(Object.keys(cases).sort());
});

describe.each(settings)("on $device in $float", (place) => {
  const [rtol, atol] = place.float === "float32" ? [2e-5, 2e-5] : [1e-9, 1e-10];

  test.each(Object.entries(called))("%s", (name, { shapes, call }) => {
    const { y, grads } = cases[name]!;
    const inputs = shapes.map(([shape, start]) => irregular(shape, { start: start ?? 0 }, place));
    const loss = (...xs: Tensor[]): readonly [Tensor, Tensor] => {
      const output = call(xs, place);
      return [sum(mul(output, irregular(output.shape, { start: 100 }, place))) as Tensor, output];
    };
    const [gradients, output] = grad(loss, { argnums: shapes.map((_, i) => i), hasAux: true })(...inputs);
    expectClose("y", output, stored(y, place.float), rtol, atol);
    gradients.forEach((g, i) => {
      expect(g).toBeInstanceOf(Tensor);
      expectClose(`gradient of input ${i}`, g as Tensor, stored(grads[i]!, place.float), rtol, atol);
    });
  });

  test.each(extraKeys)("the weights of attention, addBiasKv %s, addZeroAttn %s", (addBiasKv, addZeroAttn) => {
    const { weights } = attention(addBiasKv, addZeroAttn, place).forward(
      irregular([2, 3, 4], {}, place),
      irregular([2, 4, 4], { start: 40 }, place),
      irregular([2, 4, 4], { start: 40 }, place),
      { attnMask: mask(place), keyPaddingMask: padding(place) },
    );
    const recorded = cases[`attention, addbiaskv ${addBiasKv}, addzeroattn ${addZeroAttn}`]!.weights!;
    expectClose("weights", weights, stored(recorded, place.float), rtol, atol);
  });

  test.each([2, 1])("the table keeps its shortened rows, normType %i", (normType) => {
    const layer = new nn.Embedding(5, 3, { maxNorm: 1, normType, ...placeOf(place) });
    noGrad(() => layer.weight.assign(irregular([5, 3], {}, place)));
    const { y, table, grads } = cases[`embedding with maxnorm, normtype ${normType}`]!;
    const output = layer.forward(whole(words.slice(0, 3)).to(place.device));
    expectClose("y", output, stored(y, place.float), rtol, atol);
    sum(mul(output, irregular(output.shape, { start: 100 }, place))).backward();
    expectClose("table", layer.weight.detach(), stored(table!, place.float), rtol, atol);
    expectClose("gradient", layer.weight.grad!, stored(grads[0]!, place.float), rtol, atol);
  });
});

test("the whole transformer has PyTorch's names", () => {
  expect(Object.keys(transformer(exact).stateDict())).toEqual(cases.transformer!.keys);
});

test("a query sees itself and the keys that are added under causal, as under the mask that says so", () => {
  const layer = attention(true, true, exact);
  const x = irregular([1, 3, 4]);
  const later = tensor([0, 1, 1, 0, 0, 1, 0, 0, 0], { shape: [3, 3], dtype: "bool", device: "reference" });
  expect(layer.forward(x, x, x, { causal: true }).weights.dataSync()).toEqual(
    layer.forward(x, x, x, { attnMask: later }).weights.dataSync(),
  );
});
