/** Time is a loop of the program: what of a recurrent layer's training step is inside of it, what outside, and what it keeps. */
import { describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import { Adam } from "../../src/optim/index.ts";
import { explain, kernelCount, type Tensor, zeros } from "../../src/tensor/index.ts";

const [batch, features, hidden] = [8, 24, 40];

const layers = { RNN: nn.RNN, LSTM: nn.LSTM, GRU: nn.GRU };

function trainingStep(kind: keyof typeof layers) {
  const model = new layers[kind](features, hidden);
  const optimizer = new Adam(model.parameters());
  return (x: Tensor): Tensor => {
    optimizer.zeroGrad();
    const [y] = model.forward(x);
    const loss = y.at(-1).square().mean();
    loss.backward();
    optimizer.step();
    return loss;
  };
}

/** The lines of `explain` that are about kernels, and those about kernels within loops. */
function kernels(text: string): { outside: string[]; inside: string[] } {
  const lines = text.split("\n").filter((line) => /^ *\d+: /.test(line));
  const isOutside = (line: string) => line.startsWith("  ") && !line.startsWith("   ");
  return { outside: lines.filter(isOutside), inside: lines.filter((line) => !isOutside(line)) };
}

/** Bytes of planned memory; `explain` gives three digits and a unit. */
function planned(text: string): number {
  const [, number, unit] = /memory: ([\d.]+) ([kMG]?)B/.exec(text)!;
  return Number(number) * { "": 1, k: 1e3, M: 1e6, G: 1e9 }[unit as "" | "k" | "M" | "G"];
}

describe.each([
  ["RNN", 1],
  ["LSTM", 4],
  ["GRU", 3],
] as const)("a training step of %s", (kind, gates) => {
  const text = (steps: number) => explain(trainingStep(kind), zeros([steps, batch, features]));

  test("has as many kernels for 50 steps as for 5", () => {
    const counts = [5, 50].map((steps) => kernelCount(trainingStep(kind), zeros([steps, batch, features])));
    expect(counts[0]).toBe(counts[1]);
    expect(counts[0]).toBeLessThan(20);
  });

  test("multiplies all inputs at once, and sums up the gradient of each weight in one contraction", () => {
    const steps = 50;
    const { outside, inside } = kernels(text(steps));
    const contractions = outside.filter((line) => line.includes("contract"));
    const shapes = contractions.map((line) => /contract (\[[^\]]*\])/.exec(line)![1]);
    const rows = gates * hidden;
    expect(shapes.toSorted()).toEqual(
      [`[${steps}, ${batch}, ${rows}]`, `[${rows}, ${features}]`, `[${rows}, ${hidden}]`].toSorted(),
    );
    expect(outside.filter((line) => line.includes(`scan, ${steps} steps`))).toHaveLength(2);
    // in each step the product of the state, and on the way back that of its cotangent
    expect(inside.filter((line) => line.includes("contract"))).toHaveLength(2);
  });
});

test("an LSTM keeps inputs, products or their cotangents, four gates, the memory through tanh, and the states of every step", () => {
  const [few, many] = [100, 200].map((steps) =>
    planned(explain(trainingStep("LSTM"), zeros([steps, batch, features]))),
  );
  const kept = 4 * batch * (features + 4 * hidden + 5 * hidden + 2 * hidden);
  expect((many! - few!) / 100 / kept).toBeGreaterThan(0.9);
  expect((many! - few!) / 100 / kept).toBeLessThan(1.1);
});
