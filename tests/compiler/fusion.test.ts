/** Fusion is real: what is expected to be one kernel is one, and nothing is read or written twice. */
import { describe, expect, test } from "vitest";
import { compile, functionsOf, type Program, type Statement } from "../../src/compiler/index.ts";
import { add, constant, div, mul, type Node, placeholder, sqrt, sub } from "../../src/graph/index.ts";
import * as nn from "../../src/nn/index.ts";
import { Adam, SGD } from "../../src/optim/index.ts";
import { explain, kernelCount, type Tensor, zeros } from "../../src/tensor/index.ts";

/** What stands in a line of `explain` that begins with a word. */
function line(text: string, word: string): string {
  return text.split("\n").find((l) => l.trimStart().startsWith(word)) ?? "";
}

describe("one kernel", () => {
  const rows = zeros([64, 100]);

  test("softmax over rows", () => {
    expect(kernelCount((x: Tensor) => nn.softmax(x, { axis: 1 }), rows)).toBe(1);
  });

  test("log softmax over rows", () => {
    expect(kernelCount((x: Tensor) => nn.logSoftmax(x, { axis: 1 }), rows)).toBe(1);
  });

  test("softmax over columns", () => {
    expect(kernelCount((x: Tensor) => nn.softmax(x, { axis: 0 }), rows)).toBe(1);
  });

  test("mean and variance of rows, and what is normalised with them", () => {
    const normalize = (x: Tensor) => {
      const centred = x.sub(x.mean({ axis: 1, keepdims: true }));
      return centred.div(centred.square().mean({ axis: 1, keepdims: true }).add(1e-5).sqrt());
    };
    expect(kernelCount(normalize, rows)).toBe(1);
  });

  test("a long elementwise formula over views, read by two results", () => {
    const formula = (x: Tensor) => {
      const y = x.T.exp().add(1).log();
      return [y.mul(2), y.tanh()];
    };
    expect(kernelCount(formula, rows)).toBe(1);
  });

  test("a contraction with its bias and activation", () => {
    const layer = (x: Tensor, w: Tensor, b: Tensor) => x.matmul(w.T).add(b).relu();
    const text = explain(layer, zeros([32, 64]), zeros([48, 64]), zeros([48]));
    expect(line(text, "kernels:")).toBe("kernels: 1");
    expect(line(text, "0:")).toContain("contract [32, 48]");
    expect(line(text, "fuses")).toMatch(/contract.*add/);
  });

  test("a convolution with its bias and activation", () => {
    const layer = (x: Tensor, w: Tensor, b: Tensor) => nn.conv2d(x, w, b).relu();
    expect(kernelCount(layer, zeros([4, 8, 12, 12]), zeros([16, 8, 3, 3]), zeros([16]))).toBe(1);
  });

  test("a residual connection around a contraction", () => {
    const layer = (x: Tensor, w: Tensor) => x.matmul(w).tanh().add(x);
    expect(kernelCount(layer, zeros([32, 64]), zeros([64, 64]))).toBe(1);
  });
});

describe("an update of a parameter", () => {
  /** One step of Adam without bias correction on `size` numbers. */
  function adam(size: number): Program {
    const [w, m, v] = [0, 1, 2].map((i) => placeholder(-1 - i, [size], "float32")) as [Node, Node, Node]; // three
    const g = placeholder(0, [size], "float32");
    const times = (factor: number, x: Node) => mul(constant(factor, [size], "float32"), x);
    const mt = add(times(0.9, m), times(0.1, g));
    const vt = add(times(0.999, v), times(0.001, mul(g, g)));
    const step = div(times(1e-3, mt), add(sqrt(vt), constant(1e-8, [size], "float32")));
    const updates = [sub(w, step), mt, vt].map((value, state) => ({ state, value }));
    return compile({ inputs: [g], states: [w, m, v], outputs: [], updates });
  }

  /** Loads and stores inside the innermost loops. */
  function traffic(statements: readonly Statement[], inLoop = false): { loads: number; stores: number } {
    const count = { loads: 0, stores: 0 };
    for (const s of statements) {
      if (s.do === "let" && s.value.op === "load" && inLoop) count.loads++;
      if (s.do === "store" && inLoop) count.stores++;
      if (s.do !== "loop") continue;
      const inner = traffic(s.body, true);
      count.loads += inner.loads;
      count.stores += inner.stores;
    }
    return count;
  }

  test("reads parameter, moments and gradient once, writes the former once, in place", () => {
    const program = adam(1024); // a multiple of the lanes: one loop, no remainder
    expect(program.kernels).toHaveLength(1);
    expect(program.copies).toBe(0);
    expect(program.loops.functions).toHaveLength(1);
    expect(traffic(functionsOf(program.loops.functions)[0]!.body)).toEqual({ loads: 4, stores: 3 });
    expect(program.scratchBytes).toBe(4 * 1024); // the gradient, which is an input
  });

  const shapes = [[100, 20], [20], [10, 20]];

  test.each([
    ["Adam", (p: Iterable<Tensor>) => new Adam(p)],
    ["SGD with momentum", (p: Iterable<Tensor>) => new SGD(p, { lr: 0.1, momentum: 0.9 })],
  ])("%s takes one kernel a parameter and no copies", (_, make) => {
    const parameters = shapes.map((shape) => new nn.Parameter(zeros(shape)));
    const optimizer = make(parameters);
    const step = (...gradients: readonly Tensor[]) => {
      for (const [i, p] of parameters.entries()) p.grad = gradients[i]!;
      optimizer.step();
    };
    const text = explain(step, ...shapes.map((shape) => zeros(shape)));
    const moves = text.split("\n").filter((l) => /^ {2}\d+: map \[\d/.test(l));
    expect(moves).toHaveLength(shapes.length);
    expect(line(text, "states:")).toMatch(/, 0 copied$/);
  });
});

describe("a train step of a three-layer perceptron with Adam", () => {
  const model = new nn.Sequential(
    new nn.Linear(784, 256),
    new nn.ReLU(),
    new nn.Linear(256, 128),
    new nn.ReLU(),
    new nn.Linear(128, 10),
  );
  const optimizer = new Adam(model.parameters());
  const step = (x: Tensor, labels: Tensor) => {
    optimizer.zeroGrad();
    const loss = nn.crossEntropy(model.forward(x), labels);
    loss.backward();
    optimizer.step();
    return loss;
  };
  const text = explain(step, zeros([128, 784]), zeros([128], { dtype: "int32" }));

  test("is at most 16 kernels", () => {
    expect(kernelCount(step, zeros([128, 784]), zeros([128], { dtype: "int32" }))).toBeLessThanOrEqual(16);
  });

  test("has a contraction for every product of its formulas, and not one more", () => {
    // three forward; three for the weights' gradients; two for the inputs of the upper layers
    expect(text.split("\n").filter((l) => /^ {2}\d+: contract/.test(l))).toHaveLength(8);
  });

  test("updates every parameter, moment and the counter in place", () => {
    expect(line(text, "states:")).toBe("states: 19 updated in place, 0 copied"); // 6 parameters, 2 moments each, t
  });
});
