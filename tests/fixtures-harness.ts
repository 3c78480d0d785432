/**
 * The golden values of `tests/fixtures`, on every device: outputs and gradients in float32 with the stored tolerances,
 * and again in float64, where the stored nine digits allow 10⁻⁷. What the files hold is said in their README.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { grad } from "../src/autodiff/index.ts";
import type { DType } from "../src/base/index.ts";
import { defaultDevice, setDefaultDevice } from "../src/runtime/index.ts";
import { add, fullLike, mul, stack, sum, Tensor, tensor } from "../src/tensor/index.ts";
import {
  type Case,
  loadCases,
  type Options,
  runName,
  type Setting,
  type StoredTensor,
  settings,
  settingsOf,
  type View,
} from "./support/fixtures.ts";
import { inCase } from "./support/functions/recorder.ts";

export {
  type Case,
  devices,
  loadCases,
  type Options,
  type Setting,
  type StoredTensor,
  settings,
} from "./support/fixtures.ts";

// ------------------------------------------------------------------------------------------------------------- tensors

const isFloat = (dtype: DType): boolean => dtype === "float32" || dtype === "float64";

/** A stored tensor on a device, handed over as the view that the file asks for. */
export function toTensor(stored: StoredTensor, { device, float }: Setting): Tensor {
  const dtype = isFloat(stored.dtype) ? float : stored.dtype;
  const plain: Tensor = tensor(stored.data.map(Number), { shape: stored.shape, dtype, device });
  return stored.view === undefined ? plain : viewed(plain, stored.view);
}

/** The same values read from a base that lies differently. */
function viewed(x: Tensor, view: View): Tensor {
  switch (view.kind) {
    case "permute": {
      const inverse = view.axes.map((_, i) => view.axes.indexOf(i));
      return computed(x.permute(inverse)).permute(view.axes);
    }
    case "step": {
      const index = x.shape.map((_, axis) => (axis === view.axis ? `::${view.step}` : ":"));
      const between = Array.from({ length: view.step - 1 }, () => fullLike(x, Number.NaN)); // whoever reads it shows it
      const shape = x.shape.map((size, axis) => (axis === view.axis ? size * view.step : size));
      return computed(stack([x, ...between], { axis: view.axis + 1 }).reshape(shape)).at(...index);
    }
    case "flip":
      return computed(x.flip(view.axes)).flip(view.axes);
    case "expand": {
      const index = x.shape.map((_, axis) => (view.axes.includes(axis) ? "0:1" : ":"));
      return computed(x.at(...index)).broadcastTo(x.shape);
    }
    default:
      throw new Error(`unknown view ${JSON.stringify(view satisfies never)}`);
  }
}

/** A leaf with the values that `x` has. */
function computed(x: Tensor): Tensor {
  x.dataSync();
  return x.detach();
}

/**
 * |actual − expected| ≤ atol + rtol · |expected|; NaN equals NaN, infinities each other, −0 equals 0; whole numbers and
 * shapes exactly.
 */
export function expectClose(what: string, actual: Tensor, expected: StoredTensor, rtol: number, atol: number): void {
  expect(actual.shape, `${what}: shape`).toEqual(expected.shape);
  const found = actual.dataSync();
  const whole = !isFloat(expected.dtype);
  if (whole) expect(actual.dtype, `${what}: dtype`).toBe(expected.dtype);
  expected.data.forEach((stored, i) => {
    const [x, y] = [found[i]!, Number(stored)];
    if (!near(x, y, whole ? 0 : rtol, whole ? 0 : atol)) {
      expect.fail(
        `${what}: element ${i} is ${x}, expected ${y}\nfound    ${actual}\nexpected ${expected.data.join(" ")}`,
      );
    }
  });
}

const float32Max = 3.4028235e38; // values beyond are stored as infinities

function near(x: number, y: number, rtol: number, atol: number): boolean {
  if (Number.isNaN(y)) return Number.isNaN(x);
  if (!Number.isFinite(y)) return x === y || (Math.abs(x) > float32Max && Math.sign(x) === Math.sign(y));
  return Math.abs(x - y) <= atol + rtol * Math.abs(y);
}

/**
 * As stored for float32. In float64 what the nine stored digits allow: 10⁻⁷ of the value, and 10⁻⁹ near zero where the
 * case does not ask for more.
 */
export function tolerances(c: Case, { float }: Setting): [rtol: number, atol: number] {
  return float === "float32" ? [c.rtol, c.atol] : [1e-7, Math.min(c.atol, 1e-9)];
}

// --------------------------------------------------------------------------------------------------------------- cases

/** What a case calls: its inputs in order and by name, its options; gives one result, several, or several by name. */
export type Call = (
  inputs: readonly Tensor[],
  options: Options,
  named: Readonly<Record<string, Tensor>>,
  setting: Setting,
) => Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>;

/** Results under the names that the files use: y, or y0, y1, … */
export function named(result: ReturnType<Call>): Readonly<Record<string, Tensor>> {
  if (result instanceof Tensor) return { y: result };
  if (Array.isArray(result)) return Object.fromEntries(result.map((y, i) => [`y${i}`, y]));
  return result as Readonly<Record<string, Tensor>>; // isArray does not know readonly arrays
}

/** Options as JavaScript values: infinities are texts in the files. */
export function decodeOptions(options: Options): Options {
  const special = new Set(["NaN", "Infinity", "-Infinity"]);
  return Object.fromEntries(
    Object.entries(options).map(([key, v]) => [key, typeof v === "string" && special.has(v) ? Number(v) : v]),
  );
}

/** Runs a case: its outputs, and the gradients of Σ output · gradOutput. */
export function runCase(c: Case, call: Call, setting: Setting): void {
  const names = Object.keys(c.inputs);
  const values = names.map((name) => toTensor(c.inputs[name]!, setting));
  const evaluate = (xs: readonly Tensor[]): Readonly<Record<string, Tensor>> =>
    named(call(xs, decodeOptions(c.options), Object.fromEntries(names.map((name, i) => [name, xs[i]!])), setting));
  const wanted = Object.keys(c.grads ?? {});
  if (wanted.length === 0) {
    checkOutputs(c, evaluate(values), setting);
    return;
  }
  const loss = (...xs: Tensor[]): readonly [Tensor, Readonly<Record<string, Tensor>>] => {
    const outputs = evaluate(xs);
    const parts = Object.entries(c.gradOutputs ?? {}).map(([name, g]) =>
      sum(mul(outputOf(outputs, name), toTensor(g, setting))),
    );
    return [parts.reduce<Tensor>((a, b) => add(a, b), tensor(0, { dtype: setting.float })), outputs];
  };
  const argnums = wanted.map((name) => names.indexOf(name));
  const [gradients, outputs] = grad(loss, { argnums, hasAux: true })(...values);
  checkOutputs(c, outputs, setting);
  wanted.forEach((name, i) => {
    checkOne(`gradient of ${name}`, gradients[i] as Tensor, c.grads![name]!, c, setting);
  });
}

function checkOutputs(c: Case, outputs: Readonly<Record<string, Tensor>>, setting: Setting): void {
  for (const [name, expected] of Object.entries(c.outputs))
    checkOne(name, outputOf(outputs, name), expected, c, setting);
}

function outputOf(outputs: Readonly<Record<string, Tensor>>, name: string): Tensor {
  return outputs[name] ?? expect.fail(`no output ${name} among ${Object.keys(outputs).join(", ")}`);
}

/** Values, shape, and that they came in the float type and from the device that were asked for. */
function checkOne(what: string, found: Tensor, expected: StoredTensor, c: Case, setting: Setting): void {
  if (isFloat(expected.dtype)) expect(found.dtype, `${what}: dtype`).toBe(setting.float);
  expect(found.device, `${what}: device`).toBe(setting.device);
  expectClose(what, found, expected, ...tolerances(c, setting));
}

// --------------------------------------------------------------------------------------------------------------- areas

/** How a file of tests runs a case. */
export type Run = (c: Case, setting: Setting) => void;

/**
 * One test for every case of some functions of an area in every setting, on that device as the default one; and one
 * that all of them were held. Which cases of an area no file runs at all, the page of functions finds out.
 */
export function describeCases(area: string, runs: Readonly<Record<string, Run>>, title = area): void {
  const cases = loadCases(area, Object.keys(runs));
  const held = new Set<string>();
  test.each(Object.keys(runs))(`${area} has cases of %s`, (fn) => {
    expect(cases.some((c) => c.fn === fn)).toBe(true);
  });
  describe.each(settings)(`${title} on $device in $float`, (setting) => {
    const here = cases.filter((c) => settingsOf(c).includes(setting));
    const before = defaultDevice();
    beforeAll(() => setDefaultDevice(setting.device));
    afterAll(() => setDefaultDevice(before));
    test.each(here.map((c) => [c.id, c] as const))("%s", (_, c) => {
      inCase(`${area}/${c.id}`, runName(area, c, setting), setting.device, () => runs[c.fn]!(c, setting));
      held.add(runName(area, c, setting));
    });
    test("every case was held", () => {
      const missing = here.filter((c) => !held.has(runName(area, c, setting)));
      expect(missing.map((c) => c.id)).toEqual([]);
    });
  });
}

/** The same for all functions of an area, called with the inputs of the case. */
export function describeArea(area: string, calls: Readonly<Record<string, Call>>): void {
  test(`every function of ${area} is called`, () => {
    const functions = [...new Set(loadCases(area).map((c) => c.fn))];
    expect(functions.filter((fn) => !(fn in calls))).toEqual([]);
  });
  const run =
    (call: Call): Run =>
    (c, setting) =>
      runCase(c, call, setting);
  describeCases(area, Object.fromEntries(Object.entries(calls).map(([fn, call]) => [fn, run(call)])));
}

/** The calls of functions that take the inputs in order and then, if there are any, the options. */
export function direct(functions: Readonly<Record<string, unknown>>, names: string): Record<string, Call> {
  return Object.fromEntries(
    names.split(/\s+/).map((name): [string, Call] => {
      const f = functions[name] as ((...args: unknown[]) => ReturnType<Call>) | undefined; // a file's word for the types
      if (f === undefined) throw new Error(`there is no function ${name}`);
      return [name, (inputs, options) => (Object.keys(options).length > 0 ? f(...inputs, options) : f(...inputs))];
    }),
  );
}
