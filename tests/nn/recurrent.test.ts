/** Recurrent networks: golden values, derivatives, sequences of different lengths, errors. */
import { describe, expect, test } from "vitest";
import { gradCheck } from "../../src/autodiff/index.ts";
import { ShapeError, ValueError } from "../../src/base/index.ts";
import { embedding } from "../../src/nn/functional/embedding.ts";
import * as R from "../../src/nn/functional/index.ts";
import { crossEntropy, softmax } from "../../src/nn/functional/index.ts";
import { expandDims, squeeze, stack, type Tensor, tensor, zeros } from "../../src/tensor/index.ts";
import { type Call, describeArea, devices, type Options } from "../fixtures-harness.ts";

type Named = Readonly<Record<string, Tensor>>;
/** Options as the files hold them. */
type Given = Readonly<Record<string, never>>;

/** The weights under PyTorch's names, layer by layer and forwards before backwards. */
function weightsOf(named: Named): R.RecurrentWeights[] {
  const sweeps = Object.keys(named).filter((name) => name.startsWith("weight_ih"));
  return sweeps.map((name) => {
    const rest = name.slice("weight_ih".length);
    return {
      weightIh: named[name]!,
      weightHh: named[`weight_hh${rest}`]!,
      biasIh: named[`bias_ih${rest}`],
      biasHh: named[`bias_hh${rest}`],
    };
  });
}

/** The options of a case; its sizes and the names of layers are attributes of the layer, not of the function. */
function settings({ batchFirst, bidirectional, nonlinearity }: Options): Options {
  return Object.fromEntries(
    Object.entries({ batchFirst, bidirectional, nonlinearity }).filter(([, value]) => value !== undefined),
  );
}

const withState =
  (f: (x: Tensor, weights: readonly R.RecurrentWeights[], options: Given) => readonly [Tensor, Tensor]): Call =>
  (_, options, named) => {
    const [y, hN] = f(named.x!, weightsOf(named), { ...settings(options), h0: named.h0 } as unknown as Given);
    return { y, hN };
  };

const cellOf = (named: Named): R.RecurrentWeights => weightsOf(named)[0]!;

describeArea("recurrent", {
  rnn: withState(R.rnn),
  gru: withState(R.gru),
  lstm(_, options, named) {
    const [y, [hN, cN]] = R.lstm(named.x!, weightsOf(named), {
      ...(settings(options) as Given),
      h0: named.h0,
      c0: named.c0,
    });
    return { y, hN, cN };
  },
  rnnCell: (_, _options, named) => ({ h: R.rnnCell(named.x!, named.h!, cellOf(named)) }),
  gruCell: (_, _options, named) => ({ h: R.gruCell(named.x!, named.h!, cellOf(named)) }),
  lstmCell(_, _options, named) {
    const [h, c] = R.lstmCell(named.x!, [named.h!, named.c!], cellOf(named));
    return { h, c };
  },
  peepholeLstm(_, _options, named) {
    const { weight_ci: weightCi, weight_cf: weightCf, weight_co: weightCo, bias } = named;
    const weights = { ...cellOf(named), bias, weightCi, weightCf, weightCo };
    const [y, [hN, cN]] = R.peepholeLstm(named.x!, weights, { h0: named.h0, c0: named.c0 });
    return { y, hN, cN };
  },
  gruOriginal(_, _options, named) {
    const [y, hN] = R.gruOriginal(named.x!, cellOf(named), { h0: named.h0 });
    return { y, hN };
  },
  charRnn(_, _options, { tokens, targets, E, We, Wh, b1, W2, b2, h0 }) {
    const weights = { weightIh: We!, weightHh: Wh!, biasIh: b1 };
    const [h] = R.rnn(embedding(tokens!, E!.T), [weights], { h0: expandDims(h0!, 0) });
    const logits = h.matmul(W2!.T).add(b2!);
    return { loss: crossEntropy(logits, targets!), y: softmax(logits), h };
  },
  embedding: ([indices, weight], options: Options) => embedding(indices!, weight!, options as Given),
});

const dtype = "float64";

/** Irregular numbers in −0.75 … 0.75. */
function irregular(shape: readonly number[], device = "reference", seed = 1): Tensor {
  const golden = (1 + Math.sqrt(5)) / 2;
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: size }, (_, i) => ((((i + seed) * golden) % 1) - 0.5) * 1.5);
  return tensor(values, { shape, dtype, device });
}

function sweepOf(gates: number, input: number, hidden: number, device = "reference", seed = 1): R.RecurrentWeights {
  return {
    weightIh: irregular([gates * hidden, input], device, seed),
    weightHh: irregular([gates * hidden, hidden], device, seed + 3),
    biasIh: irregular([gates * hidden], device, seed + 5),
    biasHh: irregular([gates * hidden], device, seed + 7),
  };
}

describe("derivatives, first and second order", () => {
  const weights = ([weightIh, weightHh, biasIh, biasHh]: readonly Tensor[]): R.RecurrentWeights => ({
    weightIh: weightIh!,
    weightHh: weightHh!,
    biasIh,
    biasHh,
  });
  const args = (gates: number): Tensor[] => {
    const { weightIh, weightHh, biasIh, biasHh } = sweepOf(gates, 2, 2);
    return [irregular([3, 2, 2]), irregular([1, 2, 2], "reference", 4), weightIh, weightHh, biasIh!, biasHh!];
  };
  test.each<[string, (...xs: Tensor[]) => Tensor, Tensor[]]>([
    ["rnn", (x, h0, ...w) => R.rnn(x!, [weights(w)], { h0: h0! })[0], args(1)],
    ["lstm", (x, h0, ...w) => R.lstm(x!, [weights(w)], { h0: h0!, c0: h0! })[0], args(4)],
    ["lstm's memory", (x, h0, ...w) => R.lstm(x!, [weights(w)], { h0: h0! })[1][1], args(4)],
    ["gru", (x, h0, ...w) => R.gru(x!, [weights(w)], { h0: h0!, lengths: [3, 2] })[0], args(3)],
    ["gruOriginal", (x, h0, ...w) => R.gruOriginal(x!, weights(w), { h0: squeeze(h0!, 0) })[0], args(3)],
    [
      "peepholeLstm",
      (x, h0, weightIh, weightHh, bias, peep) =>
        R.peepholeLstm(
          x!,
          {
            weightIh: weightIh!,
            weightHh: weightHh!,
            bias: bias!,
            weightCi: peep!.at("0:2"),
            weightCo: peep!.at("2:4"),
          },
          { c0: squeeze(h0!, 0) },
        )[0],
      args(4),
    ],
    [
      "embedding",
      (w) => embedding(tensor([1, 0, 1], { dtype: "int32", device: "reference" }), w!).exp(),
      [irregular([3, 2])],
    ],
  ])("%s", (_, f, xs) => {
    gradCheck(f, xs, { rtol: 1e-5, atol: 1e-6 });
  });
});

const sequences = { rnn: R.rnn, gru: R.gru, lstm: R.lstm };

describe.each(devices)("on %s", (device) => {
  test.each([
    ["rnn", 1],
    ["gru", 3],
    ["lstm", 4],
  ] as const)("%s: a padded sequence gives what it gives by itself, and zeros behind", (name, gates) => {
    const layer = (x: Tensor, lengths: readonly number[] | null): Tensor[] => {
      const below = [sweepOf(gates, 2, 3, device), sweepOf(gates, 2, 3, device, 2)];
      const above = [sweepOf(gates, 6, 3, device, 3), sweepOf(gates, 6, 3, device, 4)];
      const options = { bidirectional: true, batchFirst: true, lengths };
      const [y, state] = sequences[name](x, [...below, ...above], options);
      return [y, ...(Array.isArray(state) ? (state as Tensor[]) : [state as Tensor])];
    };
    const x = irregular([2, 4, 2], device);
    const [y, ...states] = layer(x, [4, 2]);
    const [alone, ...stateAlone] = layer(x.at("1:2", "0:2"), null);
    expect(y!.at(1, "0:2").arraySync()).toEqual(alone!.at(0).arraySync());
    expect(y!.at(1, "2:").arraySync()).toEqual(zeros([2, 6]).arraySync());
    for (const [i, state] of states.entries())
      expect(state.at(":", 1).arraySync()).toEqual(stateAlone[i]!.at(":", 0).arraySync());
  });

  test("carried state continues a sequence", () => {
    const x = irregular([6, 2, 3], device);
    const weights = [sweepOf(4, 3, 2, device)];
    const [whole] = R.lstm(x, weights);
    const [first, [h0, c0]] = R.lstm(x.at("0:4"), weights);
    const [second] = R.lstm(x.at("4:"), weights, { h0, c0 });
    const joined = stack([...[0, 1, 2, 3].map((t) => first.at(t)), second.at(0), second.at(1)]);
    expect(joined.sub(whole).abs().max().itemSync()).toBeLessThan(1e-15);
  });
});

describe("wrong calls", () => {
  const z = (...shape: number[]): Tensor => zeros(shape);
  const weights = { weightIh: z(8, 3), weightHh: z(8, 2) };
  const x = z(4, 5, 3);
  test.each<[() => unknown, Error]>([
    [
      () => R.lstm(z(3), [weights]),
      new ShapeError("lstm: x [3] is no sequence; its shape is [steps, batch, in] or [steps, in]"),
    ],
    [
      () => R.lstm(z(0, 5, 3), [weights]),
      new ShapeError("lstm: x [0, 5, 3] has no steps; a sequence has one at least"),
    ],
    [
      () => R.lstm(z(4, 5, 7), [weights]),
      new ShapeError("lstm: weightIh [8, 3] does not fit x [4, 5, 7] and weightHh [8, 2]; its shape is [8, 7]"),
    ],
    [() => R.gru(x, [weights]), new ShapeError("gru: weightHh [8, 2] does not fit; its shape is [3 · hidden, hidden]")],
    [
      () => R.lstm(x, [{ ...weights, biasHh: z(2) }]),
      new ShapeError("lstm: biasHh [2] does not fit; its shape is [8]"),
    ],
    [
      () => R.lstm(x, [weights], { h0: z(1, 5, 2), c0: z(5, 2) }),
      new ShapeError("lstm: c0 [5, 2] does not fit; its shape is [layers · directions, batch, hidden] = [1, 5, 2]"),
    ],
    [
      () => R.lstm(x, [weights], { bidirectional: true }),
      new ValueError("lstm: weights of 1 sweeps do not make layers of 2 directions"),
    ],
    [
      () => R.lstm(x, [weights], { lengths: [1, 2] }),
      new ShapeError("lstm: lengths [2] do not fit; there are 5 sequences"),
    ],
    [
      () => R.rnn(x, [weights], { nonlinearity: "sin" as never }),
      new ValueError('rnn: nonlinearity "sin" does not exist; there are tanh and relu'),
    ],
    [
      () => R.lstmCell(z(5, 3), [z(5, 2), z(4, 2)], weights),
      new ShapeError("lstmCell: c [4, 2] does not fit; its shape is [batch, hidden] = [5, 2]"),
    ],
    [
      () => R.peepholeLstm(x, { ...weights, weightCf: z(3) }),
      new ShapeError("peepholeLstm: weightCf [3] does not fit; its shape is [2]"),
    ],
    [
      () => embedding(tensor([0], { dtype: "int32" }), z(3)),
      new ShapeError("embedding: the weight [3] is no table; its shape is [words, features]"),
    ],
    [
      () => embedding(tensor([0], { dtype: "int32" }), z(3, 2), { paddingIdx: 3 }),
      new ValueError("embedding: paddingIdx 3 is no row of [3, 2]"),
    ],
  ])("%s", (call, error) => {
    expect(call).toThrow(error);
  });
});
