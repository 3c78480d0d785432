/**
 * Random loops: the body is drawn by fast-check, the loop runs on wasm, and the same steps written out one after another run on the reference
 * device. Values, gradients and gradients of gradients agree.
 */
import fc from "fast-check";
import { test } from "vitest";
import { grad } from "../../src/autodiff/index.ts";
import { softmax } from "../../src/nn/index.ts";
import * as T from "../../src/tensor/index.ts";
import { type Scanned, type Stepped, scan, type Tensor, tensor } from "../../src/tensor/index.ts";

const [rows, columns] = [2, 3];

/** What a step may do with one or two of the arrays [rows, columns] that it has; `w` comes from outside. */
const operations: readonly ((a: Tensor, b: Tensor, w: Tensor) => Tensor)[] = [
  (a) => T.tanh(a),
  (a) => T.sin(a),
  (a) => a.neg(),
  (a, b) => a.add(b),
  (a, b) => a.mul(b).mul(0.5),
  (a, b) => T.where(T.less(a, b), a, b.mul(2)),
  (a, _, w) => a.matmul(w),
  (a, _, w) => a.mul(w.at(0)),
  (a) => T.flip(a, 1),
  (a, b) => T.concat([a.at(":", "1:"), b.at(":", "0:1")], { axis: 1 }),
  (a, b) => T.stack([a, b]).sum({ axis: 0 }),
  (a, b) => {
    const [p, q, r] = T.split(a.add(b), 3, { axis: 1 }) as [Tensor, Tensor, Tensor];
    return T.concat([r, T.sigmoid(p), q.mul(p)], { axis: 1 });
  },
  (a) => a.sub(a.mean({ axis: 1, keepdims: true })),
  (a, b) => a.add(b.max({ axis: 0, keepdims: true })),
  (a) => softmax(a, { axis: 1 }),
  (a) => T.cumsum(a, { axis: 1 }).mul(0.5),
  (a) => T.take(a, tensor([2, 0, 1], { dtype: "int32", device: a.node.device ?? undefined }), { axis: 1 }),
  (a) => a.reshape([columns, rows]).transpose().reshape([rows, columns]),
  (a, b) => a.add(b.detach()),
  (a) => T.exp(a.mul(0.3)),
];

/** One operation on two of the arrays so far, counted from the last. */
type Line = readonly [operation: number, a: number, b: number];

interface Recipe {
  readonly lines: readonly Line[];
  /** Which arrays are the next states, and the outputs. */
  readonly next: readonly number[];
  readonly outputs: readonly number[];
  readonly steps: number;
  readonly reverse: boolean;
}

const place = fc.nat({ max: 30 });
const recipes: fc.Arbitrary<Recipe> = fc.record({
  lines: fc.array(fc.tuple(fc.nat({ max: operations.length - 1 }), place, place), { minLength: 1, maxLength: 9 }),
  next: fc.array(place, { minLength: 0, maxLength: 3 }),
  outputs: fc.array(place, { minLength: 1, maxLength: 3 }),
  steps: fc.integer({ min: 1, max: 4 }),
  reverse: fc.boolean(),
});

function stepOf({ lines, next, outputs }: Recipe, w: Tensor) {
  return (state: readonly Tensor[], inputs: readonly Tensor[]): Stepped => {
    const known = [...state, ...inputs];
    const at = (i: number): Tensor => known[known.length - 1 - (i % known.length)]!;
    for (const [operation, a, b] of lines) known.push(operations[operation]!(at(a), at(b), w));
    return { state: next.map(at), outputs: outputs.map(at) };
  };
}

function writtenOut(recipe: Recipe, w: Tensor, initial: readonly Tensor[], x: Tensor): Scanned {
  const step = stepOf(recipe, w);
  let state = initial;
  const outputs: (readonly Tensor[])[] = [];
  for (let k = 0; k < recipe.steps; k++) {
    const t = recipe.reverse ? recipe.steps - 1 - k : k;
    const done = step(state, [x.at(t)]);
    state = done.state;
    outputs[t] = done.outputs!;
  }
  return { state, outputs: outputs[0]!.map((_, i) => T.stack(outputs.map((row) => row[i]!))) };
}

/** One number that depends on all results. */
function total(run: (w: Tensor, initial: readonly Tensor[], x: Tensor) => Scanned) {
  return (...given: Tensor[]): Tensor => {
    const [w, x, ...initial] = given;
    const { state, outputs } = run(w!, initial, x!);
    return [...outputs, ...state].map((y, i) => T.sin(y.add(0.1 * i)).sum()).reduce((a, b) => a.add(b));
  };
}

/** Values in −1 … 1 that do not repeat. */
function irregular(shape: readonly number[], seed: number, device: string): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: size }, (_, i) => ((((i + 1) * 0.618 + seed * 0.377) * 7.3) % 2) - 1);
  return tensor(values, { shape, dtype: "float64", device });
}

/** The value, its gradient, and the gradient of a sum of squares of that. */
function everything(f: (...given: Tensor[]) => Tensor, given: readonly Tensor[]): number[] {
  const argnums = given.map((_, i) => i);
  const first = (...xs: Tensor[]) => grad(f, { argnums })(...xs) as readonly Tensor[];
  const second = grad(
    (...xs: Tensor[]) =>
      first(...xs)
        .map((g) => g.square().sum())
        .reduce((a, b) => a.add(b)),
    { argnums },
  )(...given) as readonly Tensor[];
  return [f(...given), ...first(...given), ...second].flatMap((y) => Array.from(y.dataSync(), Number));
}

test("random loops", { timeout: 300_000 }, () => {
  fc.assert(
    fc.property(recipes, (recipe) => {
      const given = (device: string): Tensor[] => [
        irregular([columns, columns], 1, device),
        irregular([recipe.steps, rows, columns], 2, device),
        ...recipe.next.map((_, i) => irregular([rows, columns], 3 + i, device)),
      ];
      const { steps, reverse } = recipe;
      const loop = total((w, initial, x) => scan(stepOf(recipe, w), initial, [x], { steps, reverse }));
      const plain = total((w, initial, x) => writtenOut(recipe, w, initial, x));
      const found = everything(loop, given("wasm"));
      const expected = everything(plain, given("reference"));
      const scale = Math.max(1, ...expected.map(Math.abs));
      return found.length === expected.length && found.every((y, i) => Math.abs(y - expected[i]!) <= 1e-8 * scale);
    }),
    { numRuns: 100, seed: 7 },
  );
});
