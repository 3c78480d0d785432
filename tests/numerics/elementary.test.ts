/**
 * The errors that docstrings state hold: over patterns of bits of float32, and in float64 against values of mpmath
 * (`elementary.py`), on every device. `npm run soak` tries many more.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { grad } from "../../src/autodiff/index.ts";
import { compile } from "../../src/compiler/index.ts";
import { renderProgram } from "../../src/devices/wasm/render.ts";
import * as T from "../../src/tensor/index.ts";
import { type Tensor, tensor } from "../../src/tensor/index.ts";
import { devices, settings } from "../fixtures-harness.ts";
import { root } from "../support/repository.ts";
import { randomSingles, structured } from "../support/ulps.ts";
import { rows, Worst } from "./elementary.ts";

interface Doubles {
  readonly x: readonly number[];
  readonly b?: readonly number[];
  readonly y: readonly number[];
  /** What is left of the value beside y, in thousandths of a unit in y's last place. */
  readonly rest: readonly number[];
}

const doubles = JSON.parse(readFileSync(new URL("elementary.json", import.meta.url), "utf8")) as Readonly<
  Record<string, Doubles>
>; // as elementary.py says

/** `count` numbers from `from`, over and over. */
const spread = (from: Float32Array, count: number, step: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => from[(i * step) % from.length]!);

describe.each(devices)("on %s", (device) => {
  const marks = structured();
  const [first, second] = [randomSingles(6000, 1), randomSingles(6000, 2)];
  const x = Float32Array.of(...marks, ...first);
  const b = Float32Array.of(...spread(marks, marks.length, 2731), ...second);
  // numbers alike, where differences vanish, and whole exponents
  for (let i = marks.length; i < b.length; i += 8) b[i] = x[i]! * (1 + (b[i]! % 2 ** -10));
  for (let i = marks.length + 2; i < b.length; i += 8) b[i] = Math.trunc(b[i]!) % 40;

  test.each(rows)("$name is within its bound over patterns of bits of float32", (row) => {
    const y = row.f(tensor(x, { device }), tensor(b, { device })).dataSync();
    const worst = new Worst(row, "f32");
    for (const [i, a] of x.entries()) worst.note(Number(y[i]), row.correct(a, b[i]!), 0, a, b[i]!);
    expect(worst.holds, worst.text).toBe(true);
  });

  test.each(rows.filter(({ name }) => name in doubles))("$name is within its bound in float64", (row) => {
    const given = doubles[row.name]!;
    const others = given.b ?? given.x;
    const [a, c] = [Float64Array.from(given.x), Float64Array.from(others)];
    const y = row.f(tensor(a, { device }), tensor(c, { device })).dataSync();
    const worst = new Worst(row, "f64");
    for (const [i, value] of given.y.entries()) worst.note(Number(y[i]), value, given.rest[i]! / 1000, a[i]!, c[i]!);
    expect(worst.holds, worst.text).toBe(true);
  });
});

test("a value beyond its bound is not forgotten for what follows", () => {
  const row = rows.find(({ scale }) => scale !== undefined)!;
  const worst = new Worst(row, "f32");
  worst.note(2 + 2 ** -20, 2, 0, 1, 1);
  for (const end of [Infinity, -Infinity, Number.NaN]) worst.note(end, end, 0, end, end);
  worst.note(2, 2, 0, 1, 1);
  expect(worst.error).toBe(8);
  expect(worst.holds).toBe(false);
});

test("relaxed SIMD changes no bit of them: their code is the same", () => {
  for (const row of rows) {
    const [x, b] = [tensor([1, 2, 3, 4, 5]), tensor([2, 3, 4, 5, 6])];
    const { loops } = compile({ inputs: [x.node, b.node], states: [], outputs: [row.f(x, b).node], updates: [] });
    const [relaxed, strict] = [renderProgram(loops, { relaxed: true }), renderProgram(loops, { relaxed: false })];
    expect(Buffer.from(relaxed).equals(Buffer.from(strict)), row.name).toBe(true);
  }
});

test("docstrings state the bounds that are tested", () => {
  const files = ["tensor/elementwise", "tensor/trigonometric", "tensor/arithmetic"]
    .concat(["activation", "activation-smooth", "activation-piecewise"].map((name) => `nn/functional/${name}`))
    .map((name) => readFileSync(join(root, "src", `${name}.ts`), "utf8"));
  for (const { name, bound, stated } of rows) {
    const definition = `export function ${name.split(" ")[0]}<`;
    const docs = files
      .filter((text) => text.includes(definition))
      .map((text) => text.slice(text.lastIndexOf("/**", text.indexOf(definition)), text.indexOf(definition)));
    const sentence = stated ?? `Error: at most ${bound} ulp`;
    expect(
      docs.filter((doc) => doc.includes(sentence)),
      `${name}: ${sentence}`,
    ).toHaveLength(1);
  }
});

describe.each(settings)("on $device in $float", ({ device, float }) => {
  const of = (...values: readonly number[]): Tensor => tensor(values, { dtype: float, device });

  test("whole results of exp2, log2 and log10 are exact", () => {
    const [lowest, highest] = float === "float32" ? [-149, 127] : [-1074, 1023];
    const exponents = Array.from({ length: highest - lowest + 1 }, (_, i) => lowest + i);
    const powers = exponents.map((n) => 2 ** n);
    expect(Array.from(T.exp2(of(...exponents)).dataSync())).toEqual(powers);
    expect(Array.from(T.log2(of(...powers)).dataSync())).toEqual(exponents);
    const tens = Array.from({ length: float === "float32" ? 11 : 23 }, (_, n) => n);
    expect(Array.from(T.log10(of(...tens.map((n) => Number(`1e${n}`)))).dataSync())).toEqual(tens);
  });

  test("slopes neither overflow nor vanish on the way", () => {
    const [unit, big] = [2 ** (float === "float32" ? -22 : -51), float === "float32" ? 1e30 : 1e300];
    const near = (slope: Tensor, expected: number): void => {
      expect(Math.abs(Number(slope.item()) / expected - 1)).toBeLessThan(2 * unit);
    };
    const slope = (f: (x: Tensor) => Tensor, x: number): Tensor => grad((t: Tensor) => f(t).sum())(of(x)) as Tensor;
    const third = Number(of(3 / big).dataSync()[0]);
    near(
      slope((y) => T.atan2(y, of(big)), 0),
      1 / Number(of(big).dataSync()[0]),
    ); // x / (x² + y²)
    near(
      slope((y) => T.atan2(y, of(third)), third),
      0.5 / third,
    );
    near(
      slope((x) => T.atan2(of(third), x), third),
      -0.5 / third,
    );
    near(slope(T.asinh, big), 1 / Number(of(big).dataSync()[0])); // 1 / √(1 + x²)
    near(slope(T.exp2, 10), 1024 * Math.LN2);
    near(slope(T.log2, 1 / 1024), 1024 * Math.LOG2E);
    near(slope(T.log10, 1 / 1024), 1024 * Math.LOG10E);
    near(slope(T.sinc, 1), -1); // (cos πx − sinc x) / x
  });
});
