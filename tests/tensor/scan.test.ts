/** Loops over steps: the same values and derivatives as the steps written out one after another, on both devices. */
import { beforeAll, describe, expect, test } from "vitest";
import { grad, jvp } from "../../src/autodiff/index.ts";
import { compile, setDefaultDevice } from "../../src/index.ts";
import * as T from "../../src/tensor/index.ts";
import { type LoopOptions, random, type Scanned, type Stepped, scan, type Tensor } from "../../src/tensor/index.ts";
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
