/** Golden values of the fixtures, on every device. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { DType } from "../../src/base/index.ts";
import { type Tensor, tensor } from "../../src/tensor/index.ts";

export const devices = ["reference", "wasm"] as const;

/** NaN and infinities are texts in the files. */
type Stored = number | "NaN" | "Infinity" | "-Infinity";

export interface FixtureTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: readonly Stored[];
}

export interface FixtureCase {
  readonly id: string;
  readonly fn: string;
  readonly inputs: Readonly<Record<string, FixtureTensor>>;
  readonly options: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, FixtureTensor>>;
  readonly gradOutputs: Readonly<Record<string, FixtureTensor>>;
  readonly grads: Readonly<Record<string, FixtureTensor>>;
  readonly rtol: number;
  readonly atol: number;
}

export function casesOf(area: string, functions: readonly string[]): FixtureCase[] {
  const path = new URL(`../fixtures/${area}.json`, import.meta.url);
  const { cases } = JSON.parse(readFileSync(path, "utf8")) as { cases: FixtureCase[] };
  return cases.filter((c) => functions.includes(c.fn));
}

export function numbersOf({ data }: FixtureTensor): number[] {
  return data.map(Number);
}

export interface MakeOptions {
  readonly device: string;
  /** Instead of float32. */
  readonly float?: DType;
  readonly requiresGrad?: boolean;
}

export function make(t: FixtureTensor, { device, float, requiresGrad = false }: MakeOptions): Tensor {
  const floating = t.dtype === "float32" || t.dtype === "float64";
  const dtype = floating && float !== undefined ? float : t.dtype;
  return tensor(numbersOf(t), { shape: [...t.shape], dtype, device, requiresGrad: requiresGrad && floating });
}

/**
 * |actual − expected| ≤ atol + rtol · |expected|; NaN equals NaN, infinities equal themselves, whole numbers exactly.
 */
export function expectClose(name: string, actual: Tensor, expected: FixtureTensor, rtol: number, atol: number): void {
  expect(actual.shape, `${name}: shape`).toEqual(expected.shape);
  const found = actual.dataSync();
  const wanted = numbersOf(expected);
  const whole = expected.dtype !== "float32" && expected.dtype !== "float64";
  const wrong = wanted.findIndex((value, i) => {
    const got = found[i]!;
    if (Number.isNaN(value)) return !Number.isNaN(got);
    if (!Number.isFinite(value) || whole) return got !== value;
    return !(Math.abs(got - value) <= atol + rtol * Math.abs(value));
  });
  if (wrong >= 0)
    expect.fail(`${name}[${wrong}]: ${found[wrong]} instead of ${wanted[wrong]}\n got ${found}\n not ${wanted}`);
}

/** Runs a case: outputs and gradients, in float32 with the stored tolerances and in float64 with 1e-7. */
export function runCase(
  c: FixtureCase,
  device: string,
  call: (
    inputs: Readonly<Record<string, Tensor>>,
    options: Readonly<Record<string, unknown>>,
  ) => Readonly<Record<string, Tensor>>,
  float: DType = "float32",
): void {
  const [rtol, atol] = float === "float64" ? [1e-7, 1e-7] : [c.rtol, c.atol];
  const inputs = Object.fromEntries(
    Object.entries(c.inputs).map(([name, t]) => [name, make(t, { device, float, requiresGrad: name in c.grads })]),
  );
  const outputs = call(inputs, c.options);
  for (const [name, expected] of Object.entries(c.outputs)) expectClose(name, outputs[name]!, expected, rtol, atol);
  for (const [name, gradient] of Object.entries(c.gradOutputs)) {
    if (outputs[name]!.requiresGrad) outputs[name]!.backward({ gradient: make(gradient, { device, float }) });
  }
  for (const [name, expected] of Object.entries(c.grads))
    expectClose(`grad ${name}`, inputs[name]!.grad!, expected, rtol, atol);
}
