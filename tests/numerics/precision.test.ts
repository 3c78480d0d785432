/**
 * Full relative precision near zero, where functions saturate, and where squares or exponentials leave the dtype's range:
 * values of 60 digits (`precision.py`, mpmath), on every device in float32 and float64.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import * as T from "../../src/tensor/index.ts";
import { type Tensor, tensor } from "../../src/tensor/index.ts";
import { type Setting, settings } from "../fixtures-harness.ts";

interface Row {
  readonly fn: string;
  readonly options?: Readonly<Record<string, number>>;
  readonly args: readonly (readonly number[])[];
  readonly y: readonly number[];
  readonly dtypes: readonly string[];
}

const rows = JSON.parse(readFileSync(new URL("precision.json", import.meta.url), "utf8")) as readonly Row[]; // as precision.py says

type Function = (...args: (Tensor | Readonly<Record<string, number>>)[]) => Tensor;

const functions: Readonly<Record<string, unknown>> = { ...T, ...nn };

/** Distance between neighbouring numbers at 1, and the smallest positive number. */
const precision = { float32: [2 ** -23, 2 ** -149], float64: [2 ** -52, 2 ** -1074] } as const;

/** Errors allowed, in units in the last place: a few where one formula is computed, more as said. */
function allowed({ fn, args }: Row): number {
  const x = Math.max(...args.flat().map(Math.abs));
  switch (fn) {
    case "gelu":
      return 4 + x * x; // what one rounding of x / √2 makes of e^(−x²/2)
    case "variance":
    case "std":
      return 8; // sums of up to 1000 numbers
    default:
      return 4;
  }
}

/** Values to which errors are relative: each itself; of log-probabilities the sum that they are taken from. */
const scaleOf = (fn: string, y: number): number => (fn === "logSoftmax" ? Math.max(1, Math.abs(y)) : Math.abs(y));

/** The greatest error of a row in units in the last place. */
function error({ fn, options, args, y }: Row, { device, float }: Setting): number {
  const inputs = args.map((values): Tensor => tensor(values, { dtype: float, device }));
  const f = functions[fn] as Function; // every name in the file is one of these
  const found = (options === undefined ? f(...inputs) : f(...inputs, options)).dataSync();
  expect(found.length).toBe(y.length);
  const [unit, smallest] = precision[float];
  return Math.max(...y.map((value, i) => Math.abs(Number(found[i]) - value) / (unit * scaleOf(fn, value) + smallest)));
}

describe.each(settings)("on $device in $float", (setting) => {
  const here = rows.filter(({ dtypes }) => dtypes.includes(setting.float));
  test.each([...new Set(here.map(({ fn }) => fn))])("%s", (fn) => {
    for (const row of here.filter((r) => r.fn === fn)) {
      const place = `${fn}(${JSON.stringify(row.args).slice(0, 80)})`;
      expect.soft(error(row, setting), place).toBeLessThanOrEqual(allowed(row));
    }
  });
});
