/** Loops over steps: the same values and derivatives as the steps written out one after another, on both devices. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { grad, jvp } from "../../src/autodiff/index.ts";
import { compile, explain, getDevice, setDefaultDevice } from "../../src/index.ts";
import { BatchNorm1d } from "../../src/nn/index.ts";
import * as T from "../../src/tensor/index.ts";
import {
  type LoopOptions,
  random,
  type Scanned,
  type Stepped,
  scan,
  type Tensor,
  tensor,
} from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";

type Step = (state: readonly Tensor[], inputs: readonly Tensor[]) => Stepped;

/** What `scan` means, step by step. */
function writtenOut(
  step: Step,
  initial: readonly Tensor[],
  inputs: readonly Tensor[],
  { reverse = false, steps = inputs[0]!.shape[0]! }: LoopOptions = {},
): Scanned {
  let state = initial;
  const outputs: (readonly Tensor[])[] = [];
  for (let k = 0; k < steps; k++) {
    const t = reverse ? steps - 1 - k : k;
    const done = step(
      state,
      inputs.map((x) => x.at(t)),
    );
    state = done.state;
    outputs[t] = done.outputs ?? [];
  }
  return { state, outputs: outputs[0]!.map((_, i) => T.stack(outputs.map((row) => row[i]!))) };
}

interface Case {
  readonly name: string;
  /** Tensors from outside, for which derivatives are taken too. */
  readonly outside: readonly (readonly number[])[];
  readonly initial: readonly (readonly number[])[];
  readonly inputs: readonly (readonly number[])[];
  readonly step: (outside: readonly Tensor[]) => Step;
  readonly options?: LoopOptions;
}

const recurrent: Case["step"] =
  ([w, u, b]) =>
  ([h], [x]) => {
    const next = T.tanh(x!.matmul(w!).add(h!.matmul(u!)).add(b!));
    return { state: [next], outputs: [next] };
  };

const memory: Case["step"] =
  ([u, p]) =>
  ([h, c], [x]) => {
    const [i, f, g, o] = T.split(x!.add(h!.matmul(u!)), 4, { axis: -1 }) as [Tensor, Tensor, Tensor, Tensor];
    const kept = T.sigmoid(f.add(c!.mul(p!))).mul(c!);
    const next = kept.add(T.sigmoid(i).mul(T.tanh(g)));
    const shown = T.sigmoid(o).mul(T.tanh(next));
    return { state: [shown, next], outputs: [shown] };
  };

const cases: readonly Case[] = [
  {
    name: "a running product",
    outside: [],
    initial: [[2]],
    inputs: [[4, 2]],
    step:
      () =>
      ([p], [x]) => ({ state: [p!.mul(x!)], outputs: [p!.mul(x!)] }),
  },
  {
    name: "a recurrent network",
    outside: [[3, 5], [5, 5], [5]],
    initial: [[2, 5]],
    inputs: [[4, 2, 3]],
    step: recurrent,
  },
  {
    name: "a recurrent network read from its end",
    outside: [[3, 5], [5, 5], [5]],
    initial: [[2, 5]],
    inputs: [[4, 2, 3]],
    step: recurrent,
    options: { reverse: true },
  },
  {
    name: "a memory with gates",
    outside: [[3, 12], [3]],
    initial: [
      [2, 3],
      [2, 3],
    ],
    inputs: [[3, 2, 12]],
    step: memory,
  },
  {
    name: "gates large enough for packed products",
    outside: [[20, 80], [20]],
    initial: [
      [8, 20],
      [8, 20],
    ],
    inputs: [[3, 8, 80]],
    step: memory,
  },
  {
    name: "states that change places, and one that stays",
    outside: [],
    initial: [[3], [3], [3]],
    inputs: [[5, 3]],
    step:
      () =>
      ([a, b, c], [x]) => ({ state: [b!, a!.mul(x!).add(c!), c!], outputs: [a!, x!, b!.sub(c!)] }),
  },
  {
    name: "two states with one value after the step",
    outside: [],
    initial: [[3], [3]],
    inputs: [[4, 3]],
    step:
      () =>
      ([a, b], [x]) => {
        const next = T.sin(a!.add(b!)).mul(x!);
        return { state: [next, next], outputs: [next, next] };
      },
  },
  {
    name: "one step",
    outside: [[3, 5], [5, 5], [5]],
    initial: [[2, 5]],
    inputs: [[1, 2, 3]],
    step: recurrent,
  },
  {
    name: "sums, extremes and softmax within a step",
    outside: [[4]],
    initial: [[2, 4]],
    inputs: [[3, 2, 4]],
    step:
      ([w]) =>
      ([s], [x]) => {
        const weights = T.exp(s!.mul(w!));
        const next = weights.div(weights.sum({ axis: 1, keepdims: true })).add(x!.max({ axis: 1, keepdims: true }));
        return { state: [next], outputs: [next.sum(), weights.mean({ axis: 0 })] };
      },
  },
  {
    name: "rows turned, cut and joined",
    outside: [[3, 2]],
    initial: [[2, 3]],
    inputs: [[3, 3, 2]],
    step:
      ([w]) =>
      ([s], [x]) => {
        const turned = s!.transpose().add(x!).mul(w!);
        const joined = T.concat([turned.at("1:"), turned.at("0:1").mul(2)]);
        return { state: [T.flip(joined.transpose(), 0)], outputs: [joined.reshape([6])] };
      },
  },
  {
    name: "a solution of equations within a step",
    outside: [[2, 2]],
    initial: [[2]],
    inputs: [[3, 2]],
    step:
      ([a]) =>
      ([s], [x]) => {
        const next = T.solve(a!.mul(0.1).add(T.eye(2, { dtype: a!.dtype }).mul(3)), s!.add(x!));
        return { state: [next], outputs: [next] };
      },
  },
  {
    name: "a loop within a loop",
    outside: [[3]],
    initial: [[3]],
    inputs: [[2, 4, 3]],
    step:
      ([w]) =>
      ([s], [x]) => {
        const inner = scan(([p], [y]) => ({ state: [T.tanh(p!.mul(w!).add(y!))], outputs: [p!] }), [s!], [x!]);
        return { state: [inner.state[0]!.add(s!)], outputs: [inner.outputs[0]!.sum({ axis: 0 })] };
      },
  },
  {
    name: "no inputs",
    outside: [[3]],
    initial: [[3]],
    inputs: [],
    step:
      ([w]) =>
      ([s]) => ({ state: [T.sin(s!.mul(w!))], outputs: [s!.square()] }),
    options: { steps: 4 },
  },
  {
    name: "a constant state",
    outside: [],
    initial: [[2]],
    inputs: [[3, 2]],
    step:
      () =>
      (_, [x]) => ({ state: [T.ones([2], { dtype: "float64" })], outputs: [x!.mul(2)] }),
  },
  {
    name: "what does not wait for the state",
    outside: [[3, 2]],
    initial: [[2]],
    inputs: [[4, 3]],
    step:
      ([w]) =>
      ([s], [x]) => ({ state: [s!], outputs: [T.tanh(x!.matmul(w!))] }),
  },
];

const drawn = (shapes: readonly (readonly number[])[]): Tensor[] =>
  shapes.map((shape) => random.uniform({ low: -1, high: 1, shape, dtype: "float64" }));

/** The loop as a function of everything it depends on: one number that depends on all of its results. */
function total({ step, outside, initial, options }: Case, loop: typeof scan, all: boolean) {
  return (...given: Tensor[]): Tensor => {
    const first = outside.length + initial.length;
    const result = loop(
      step(given.slice(0, outside.length)),
      given.slice(outside.length, first),
      given.slice(first),
      options,
    );
    const results = all ? [...result.outputs, ...result.state] : result.outputs;
    const terms = results.map((y, i) =>
      T.sin(y.add(0.3 * i))
        .mul(y)
        .sum(),
    );
    return terms.reduce((sum, term) => sum.add(term));
  };
}

const tolerance = 1e-9;
function close(found: readonly Tensor[], expected: readonly Tensor[]): void {
  expect(found.length).toBe(expected.length);
  for (const [i, y] of expected.entries()) {
    expect(found[i]!.shape).toEqual(y.shape);
    const values = y.dataSync();
    for (const [k, x] of Array.from(found[i]!.dataSync()).entries())
      expect(Math.abs(Number(x) - Number(values[k])), `${i}[${k}]: ${x} for ${values[k]}`).toBeLessThanOrEqual(
        tolerance * Math.max(1, Math.abs(Number(values[k]))),
      );
  }
}

describe.each(devices)("scan on %s", (device) => {
  beforeAll(() => setDefaultDevice(device));

  describe.each(cases)("$name", (row) => {
    const given = drawn([...row.outside, ...row.initial, ...row.inputs]);
    const argnums = given.map((_, i) => i);

    test("values", () => {
      const first = row.outside.length + row.initial.length;
      const run = (loop: typeof scan) =>
        loop(
          row.step(given.slice(0, row.outside.length)),
          given.slice(row.outside.length, first),
          given.slice(first),
          row.options,
        );
      const [found, expected] = [run(scan), run(writtenOut)];
      close(found.state, expected.state);
      close(found.outputs, expected.outputs);
    });

    test.each([true, false])("gradients (of the last state as well: %s)", (all) => {
      const [found, expected] = [scan, writtenOut].map((loop) => grad(total(row, loop, all), { argnums })(...given));
      close(found as Tensor[], expected as Tensor[]);
    });

    test("gradients compiled with the values", () => {
      const f = total(row, scan, true);
      const step = compile((...xs: Tensor[]) => [f(...xs), ...(grad(f, { argnums })(...xs) as readonly Tensor[])]);
      const g = total(row, writtenOut, true);
      close(step(...given) as Tensor[], [g(...given), ...(grad(g, { argnums })(...given) as readonly Tensor[])]);
    });

    test("tangents", () => {
      const directions = drawn(given.map((x) => x.shape));
      const [found, expected] = [scan, writtenOut].map((loop) => jvp(total(row, loop, true), given, directions));
      close(found as Tensor[], expected as Tensor[]);
    });

    test("second derivatives", () => {
      const directions = drawn(given.map((x) => x.shape));
      const along = (loop: typeof scan) => {
        const slopes = (...xs: Tensor[]): Tensor => {
          const parts = grad(total(row, loop, true), { argnums })(...xs) as readonly Tensor[];
          return parts.map((g, i) => g.mul(directions[i]!).sum()).reduce((a, b) => a.add(b));
        };
        return grad(slopes, { argnums })(...given) as readonly Tensor[];
      };
      close(along(scan), along(writtenOut));
    });
  });
});

describe.each(devices)("scan of other dtypes on %s", (device) => {
  beforeAll(() => setDefaultDevice(device));

  test("integers of 64 bits stay exact", () => {
    const x = tensor([2n ** 53n, 1n, 1n], { dtype: "int64" });
    const { state, outputs } = scan(
      ([sum], [y]) => ({ state: [sum!.add(y!)], outputs: [sum!] }),
      [tensor(0n, { dtype: "int64" })],
      [x],
    );
    expect(state[0]!.itemSync({ bigint: true })).toBe(2n ** 53n + 2n);
    expect(outputs[0]!.arraySync({ bigint: true })).toEqual([0n, 2n ** 53n, 2n ** 53n + 1n]);
  });

  test.each(["float16", "bfloat16", "float32", "int32", "uint8", "bool"] as const)("%s", (dtype) => {
    const x = tensor([1, 0, 1, 1], { dtype });
    const step: Step = ([seen], [y]) => {
      const next = T.where(y!.notEqual(0), y!, seen!);
      return { state: [next], outputs: [next, y!.notEqual(0)] };
    };
    const initial = [T.zeros([], { dtype })];
    const [found, expected] = [scan(step, initial, [x]), writtenOut(step, initial, [x])];
    for (const [i, y] of [...expected.outputs, ...expected.state].entries()) {
      const z = [...found.outputs, ...found.state][i]!;
      expect([z.dtype, z.shape, z.arraySync()]).toEqual([y.dtype, y.shape, y.arraySync()]);
    }
  });

  test("complex numbers, which turn by an angle at each step", () => {
    const turned = (angle: Tensor): Scanned => {
      const turn = T.complex(T.cos(angle), T.sin(angle));
      return scan(
        ([z], [x]) => ({ state: [z!.mul(turn).mul(x!)], outputs: [z!] }),
        [T.complex(tensor(1), tensor(0))],
        [T.complex(tensor([1, 1, 2]), tensor([0, 0, 0]))],
      );
    };
    const angle = tensor(Math.PI / 6);
    const { state, outputs } = turned(angle);
    expect(state[0]!.dtype).toBe("complex64");
    expect(T.imag(state[0]!).itemSync()).toBeCloseTo(2, 6); // 2 e^(iπ/2)
    expect(T.real(outputs[0]!).at(2).itemSync()).toBeCloseTo(Math.cos(Math.PI / 3), 6);
    expect(grad((a: Tensor) => T.real(turned(a).state[0]!))(angle).itemSync()).toBeCloseTo(-6, 5); // d 2 cos 3a
  });

  test("derivatives flow beside states of whole numbers", () => {
    const f = (x: Tensor): Tensor =>
      scan(
        ([t, s], [y]) => ({ state: [t!.add(1), s!.mul(y!).add(t!.cast("float64"))] }),
        [tensor(0, { dtype: "int32" }), tensor(1, { dtype: "float64" })],
        [x],
      ).state[1]!;
    // ((x₀ + 0) x₁ + 1) x₂ + 2
    expect(grad(f)(tensor([2, 3, 5], { dtype: "float64" })).arraySync()).toEqual([15, 10, 7]);
  });

  test("no steps: the state as it was, and no outputs", () => {
    const { state, outputs } = scan(
      ([s], [x]) => ({ state: [s!.add(x!)], outputs: [s!] }),
      [T.ones([2])],
      [T.zeros([0, 2])],
    );
    expect(state[0]!.arraySync()).toEqual([1, 1]);
    expect([outputs[0]!.shape, outputs[0]!.arraySync()]).toEqual([[0, 2], []]);
  });

  test("a loop that comes back is compiled once", () => {
    const prepare = vi.spyOn(getDevice(device), "prepare");
    let state: readonly Tensor[] = [T.zeros([3])];
    for (let i = 0; i < 3; i++) {
      state = scan(([s], [x]) => ({ state: [s!.add(x!)] }), state, [T.ones([4, 3])]).state;
      state[0]!.dataSync();
    }
    expect(state[0]!.arraySync()).toEqual([12, 12, 12]);
    expect(prepare).toHaveBeenCalledTimes(2); // the first state is a constant, the others are given
    prepare.mockRestore();
  });

  test("a state of a program is carried in place of the one before", () => {
    const memory = T.variable(T.zeros([2]));
    const step = compile((x: Tensor) => {
      const { state, outputs } = scan(([s], [y]) => ({ state: [s!.mul(0.5).add(y!)], outputs: [s!] }), [memory], [x]);
      memory.assign(state[0]!);
      return outputs[0]!;
    });
    expect(step(T.ones([2, 2])).arraySync()).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(step(T.ones([2, 2])).arraySync()).toEqual([
      [1.5, 1.5],
      [1.75, 1.75],
    ]);
    expect(memory.arraySync()).toEqual([1.875, 1.875]);
  });
});

describe("what a loop leaves to others", () => {
  const [w, u, v] = [T.zeros([32, 40]), T.zeros([40, 40]), T.zeros([40, 16])];
  const step: Step = ([h], [x]) => {
    const next = T.tanh(x!.matmul(w).add(h!.matmul(u)));
    return { state: [next], outputs: [next.matmul(v)] };
  };
  const run = (x: Tensor): Tensor => scan(step, [T.zeros([8, 40])], [x]).outputs[0]!;
  const contractions = (text: string, indent: RegExp): string[] =>
    text.split("\n").flatMap((line) => (indent.test(line) ? (/contract (\[[^\]]*\])/.exec(line)?.slice(1) ?? []) : []));
  const outside = /^ {2}\d/;
  const inside = /^ {7}\d/;

  test("products that do not wait for the state are made for all steps at once", () => {
    setDefaultDevice("wasm");
    const text = explain(run, T.zeros([20, 8, 32]));
    expect(contractions(text, outside)).toEqual(["[20, 8, 40]"]);
    expect(contractions(text, inside)).toEqual(["[8, 40]", "[8, 16]"]);
  });

  test("so are those of its derivative", () => {
    const slopes = grad((x: Tensor) => run(x).square().sum());
    const text = explain(slopes, T.zeros([20, 8, 32]));
    // the inputs' product, the cotangents of the outputs through v, and the gradient through w
    expect(contractions(text, outside).toSorted()).toEqual(["[20, 8, 32]", "[20, 8, 40]", "[20, 8, 40]"]);
  });
});

describe("what scan refuses", () => {
  const keep: Step = (state) => ({ state });
  test.each<[string, () => unknown, string]>([
    [
      "inputs of different lengths",
      () => scan(keep, [T.zeros([2])], [T.zeros([3]), T.zeros([4])]),
      "scan: an input of shape [4] has 4 entries along its first axis; there are 3 steps",
    ],
    ["a scalar input", () => scan(keep, [], [tensor(1)]), "scan: input 0 is a scalar; its first axis counts the steps"],
    [
      "no number of steps",
      () => scan(keep, [T.zeros([2])], []),
      "scan: without inputs nothing says how many steps there are; give { steps }",
    ],
    [
      "half a step",
      () => scan(keep, [T.zeros([2])], [], { steps: 1.5 }),
      "scan: 1.5 steps are no whole number from 0; give { steps }",
    ],
    [
      "a state of another shape",
      () => scan(([s]) => ({ state: [s!.reshape([2, 1])] }), [T.zeros([2])], [T.zeros([3])]),
      "scan: state 0 is float32 [2, 1] after the step and was float32 [2] before it; a state keeps its shape and dtype",
    ],
    [
      "a state of another dtype",
      () => scan(([s]) => ({ state: [s!.cast("float64")] }), [T.zeros([2])], [T.zeros([3])]),
      "scan: state 0 is float64 [2] after the step and was float32 [2] before it; a state keeps its shape and dtype",
    ],
    [
      "fewer states",
      () => scan(() => ({ state: [] }), [T.zeros([2])], [T.zeros([3])]),
      "scan: the step gave a state of 0 tensors; it was given 1",
    ],
    [
      "an unknown option",
      () => scan(keep, [], [T.zeros([3])], { reversed: true } as LoopOptions),
      'scan: there is no option "reversed" (nearest: reverse); there are reverse, steps',
    ],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(message);
  });

  test("running statistics within a step", () => {
    const norm = new BatchNorm1d(3);
    expect(() =>
      scan(([s], [x]) => ({ state: [norm.forward(s!.add(x!))] }), [T.zeros([2, 3])], [T.zeros([4, 2, 3])]),
    ).toThrow("make it a state of the loop");
    norm.eval();
    const { state } = scan(
      ([s], [x]) => ({ state: [norm.forward(s!.add(x!))] }),
      [T.zeros([2, 3])],
      [T.ones([1, 2, 3])],
    );
    expect(state[0]!.at(0, 0).itemSync()).toBeCloseTo(1, 4);
  });

  test("reading a value inside of a step", () => {
    expect(() => scan(([s]) => ({ state: [s!.mul(s!.itemSync())] }), [tensor(2)], [T.zeros([3])])).toThrow(
      "a step of scan()",
    );
  });
});
