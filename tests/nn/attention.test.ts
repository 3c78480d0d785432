/** Attention and the transformer's layers: golden values, derivatives of both orders, positions, errors. */
import { describe, expect, test } from "vitest";
import { gradCheck } from "../../src/autodiff/index.ts";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import { type Tensor, zeros } from "../../src/tensor/index.ts";
import { describeArea } from "../fixtures-harness.ts";
import { irregular } from "./irregular.ts";

/** Sets a module's weights under PyTorch's names to tensors that a gradient can be taken for. */
function withWeights<M extends object>(module: M, weights: Readonly<Record<string, Tensor>>): M {
  for (const [key, value] of Object.entries(weights)) {
    const path = key.split(".");
    const owner = path.slice(0, -1).reduce<object>((m, name) => Reflect.get(m, name) as object, module);
    const name = path.at(-1)!.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    expect(Reflect.has(owner, name), key).toBe(true);
    Reflect.set(owner, name, value);
  }
  return module;
}

type Numbers = Readonly<Record<string, number>>;

describeArea("attention", {
  scaledDotProductAttention: (_, options, { query, key, value, mask = null }) =>
    nn.scaledDotProductAttention(query!, key!, value!, { ...options, mask }),
  multiheadAttention: (_, { averageAttnWeights = true, ...options }, inputs) => {
    const { query, key, value, attnMask = null, keyPaddingMask = null, ...weights } = inputs;
    const { embedDim, numHeads, ...others } = options as Numbers;
    const layer = withWeights(new nn.MultiheadAttention(embedDim!, numHeads!, others), weights);
    const { output, weights: attnWeights } = layer.forward(query!, key!, value!, {
      attnMask,
      keyPaddingMask,
      averageAttnWeights: averageAttnWeights as boolean,
    });
    return { y: output, attnWeights };
  },
  transformerEncoderLayer: (_, options, { x, mask = null, keyPaddingMask = null, ...weights }) => {
    const { dModel, nhead, ...others } = options as Numbers;
    const layer = withWeights(new nn.TransformerEncoderLayer(dModel!, nhead!, others as object), weights);
    return layer.eval().forward(x!, { mask, keyPaddingMask });
  },
});

const shapes = (module: nn.AnyModule): Record<string, readonly number[]> =>
  Object.fromEntries(Object.entries(module.stateDict()).map(([key, value]) => [key, value.shape]));

test.each<[string, (...xs: Tensor[]) => Tensor, readonly Tensor[]]>([
  [
    "scaledDotProductAttention, causal",
    (q, k, v) => nn.scaledDotProductAttention(q!, k!, v!, { causal: true }),
    [irregular(2, 3), irregular(2, 3), irregular(2, 2)],
  ],
  ["rotaryPositions", (x) => nn.rotaryPositions(x!).square(), [irregular(2, 3, 4)]],
])("first and second derivatives of %s", (_, f, args) => {
  gradCheck(f, args, { rtol: 1e-5, atol: 1e-6 });
});

describe("layers", () => {
  const float64 = { dtype: "float64", device: "reference" } as const;
  const mask = zeros([2, 2], float64);

  test("first and second derivatives of MultiheadAttention and of a decoder's layer in the input", () => {
    const attention = new nn.MultiheadAttention(2, 2, { batchFirst: true, ...float64 });
    gradCheck((x: Tensor) => attention.forward(x, x, x, { attnMask: mask }).output, [irregular(1, 2, 2)], {
      rtol: 1e-5,
      atol: 1e-6,
    });
    const decoder = new nn.TransformerDecoderLayer(2, 1, {
      dimFeedforward: 3,
      dropout: 0,
      activation: "gelu",
      ...float64,
    });
    gradCheck((x: Tensor, memory: Tensor) => decoder.forward(x, memory), [irregular(2, 1, 2), irregular(1, 1, 2)], {
      rtol: 1e-4,
      atol: 1e-5,
    });
  });

  test("state is PyTorch's", () => {
    expect(shapes(new nn.MultiheadAttention(4, 2))).toEqual({
      in_proj_weight: [12, 4],
      in_proj_bias: [12],
      "out_proj.weight": [4, 4],
      "out_proj.bias": [4],
    });
    expect(Object.keys(shapes(new nn.MultiheadAttention(4, 2, { kdim: 3, bias: false })))).toEqual([
      "q_proj_weight",
      "k_proj_weight",
      "v_proj_weight",
      "out_proj.weight",
    ]);
    expect(Object.keys(shapes(new nn.TransformerDecoderLayer(4, 2, { dimFeedforward: 3 })))).toEqual([
      ...["self_attn", "multihead_attn"].flatMap((name) =>
        ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"].map((key) => `${name}.${key}`),
      ),
      ...["linear1", "linear2", "norm1", "norm2", "norm3"].flatMap((name) => [`${name}.weight`, `${name}.bias`]),
    ]);
  });

  test("dot products of turned vectors depend on their distance alone", () => {
    const turned = nn.rotaryPositions(irregular(1, 4).broadcastTo([5, 4]) as Tensor);
    const products = turned.matmul(turned.mT).dataSync();
    expect(products[1]).toBeCloseTo(products[3 * 5 + 4]!, 12);
  });

  test("positions are added to each sample", () => {
    const encode = (batchFirst: boolean, shape: number[]): Tensor =>
      new nn.PositionalEncoding({ dropout: 0, batchFirst }).forward(zeros(shape));
    const expected = nn.sinusoidalPositions(3, 4).dataSync();
    expect(encode(true, [2, 3, 4]).at(1).dataSync()).toEqual(expected);
    expect(encode(false, [3, 2, 4]).at(":", 1).dataSync()).toEqual(expected);
  });
});

describe("wrong calls", () => {
  test.each<[string, () => unknown, Error]>([
    [
      "widths",
      () => nn.scaledDotProductAttention(zeros([3, 4]), zeros([3, 5]), zeros([3, 4])),
      new ShapeError("scaledDotProductAttention: query [3, 4] and key [3, 5] differ in width (4 ≠ 5)"),
    ],
    [
      "numbers of keys and values",
      () => nn.scaledDotProductAttention(zeros([3, 4]), zeros([2, 4]), zeros([3, 4])),
      new ShapeError(
        "scaledDotProductAttention: there are 2 keys in [2, 4] and 3 values in [3, 4]; each key has its value",
      ),
    ],
    [
      "heads",
      () => new nn.MultiheadAttention(4, 3),
      new ValueError("MultiheadAttention: the width 4 does not divide into 3 heads"),
    ],
    [
      "the width of a layer",
      () => new nn.MultiheadAttention(4, 2).forward(zeros([2, 1, 4]), zeros([2, 1, 3]), zeros([2, 1, 4])),
      new ShapeError(
        "multiheadAttention: MultiheadAttention: key has shape [2, 1, 3]; the shape is [length, batch, 4]",
      ),
    ],
    [
      "activation",
      () => new nn.TransformerEncoderLayer(4, 2, { activation: "tanh" as "relu" }),
      new ValueError('TransformerEncoderLayer: activation "tanh" does not exist; there are relu and gelu'),
    ],
    [
      "an odd width",
      () => nn.sinusoidalPositions(4, 3),
      new ValueError("sinusoidalPositions: the width 3 is not an even number from 2; sines and cosines come in pairs"),
    ],
  ])("%s", (_, call, error) => {
    expect(call).toThrow(error);
  });

  test("a mask of another shape", () => {
    const x = zeros([2, 1, 4]);
    const layer = new nn.MultiheadAttention(4, 2);
    expect(() => layer.forward(x, x, x, { attnMask: zeros([3, 3]) })).toThrow(
      "MultiheadAttention: attnMask has shape [3, 3]; its shape is [2, 2] or [2, 2, 2]",
    );
  });
});
