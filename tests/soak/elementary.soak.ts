/**
 * The elementary functions over every 1021st pattern of bits of float32, 4 million numbers each, and those of two numbers over as many pairs;
 * writes docs/numerics.md. GRADUS_SOAK_STRIDE is another odd distance of patterns: with 1 it takes all of them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, expect, test } from "vitest";
import { compile, type Tensor, tensor } from "../../src/tensor/index.ts";
import { ofTwo, type Row, rows, Worst } from "../numerics/elementary.ts";
import { root } from "../support/repository.ts";
import { randomSingles } from "../support/ulps.ts";

const usualStride = 1021;
const stride = Number(process.env.GRADUS_SOAK_STRIDE ?? usualStride);
const chunk = 2 ** 20;
const chunks = Math.ceil(2 ** 32 / stride / chunk);

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void; // Node's, once the flag is set

interface Doubles {
  readonly x: readonly number[];
  readonly b?: readonly number[];
  readonly y: readonly number[];
  readonly rest: readonly number[];
}

const doubles = JSON.parse(readFileSync(join(root, "tests/numerics/elementary.json"), "utf8")) as Readonly<
  Record<string, Doubles>
>; // as elementary.py says

/** The next arguments: patterns in their order, or pairs of any, of which some are alike or have whole second numbers. */
function argumentsOf(row: Row, turn: number): [x: Float32Array, b: Float32Array] {
  if (ofTwo.has(row.name)) {
    const [x, b] = [randomSingles(chunk, 2 * turn + 3), randomSingles(chunk, 2 * turn + 4)];
    for (let i = 0; i < chunk; i += 8) b[i] = x[i]! * (1 + (b[i]! % 2 ** -10));
    for (let i = 2; i < chunk; i += 8) b[i] = Math.trunc(b[i]!) % 40;
    return [x, b];
  }
  const bits = Uint32Array.from({ length: chunk }, (_, i) => (turn * chunk + i) * stride);
  return [new Float32Array(bits.buffer), new Float32Array(1)];
}

async function worstOfSingles(row: Row): Promise<Worst> {
  const f = compile((x: Tensor, b: Tensor): Tensor => row.f(x, b));
  const worst = new Worst(row, "f32");
  for (let turn = 0; turn < chunks; turn++) {
    const [x, b] = argumentsOf(row, turn);
    const y = f(tensor(x), tensor(b)).dataSync();
    for (let i = 0; i < chunk; i++) worst.note(Number(y[i]), row.correct(x[i]!, b[i]!), 0, x[i]!, b[i]!);
    if (turn % 16 === 15) collect();
    await setImmediate(); // what nobody holds is given back
  }
  return worst;
}

function worstOfDoubles(row: Row): Worst | null {
  const given = doubles[row.name];
  if (given === undefined) return null;
  const [x, b] = [Float64Array.from(given.x), Float64Array.from(given.b ?? given.x)];
  const y = row.f(tensor(x), tensor(b)).dataSync();
  const worst = new Worst(row, "f64");
  for (const [i, value] of given.y.entries()) worst.note(Number(y[i]), value, given.rest[i]! / 1000, x[i]!, b[i]!);
  return worst;
}

const lines: string[] = [];

test.each(rows)("$name", async (row) => {
  const [single, double] = [await worstOfSingles(row), worstOfDoubles(row)];
  const bound = typeof row.bound === "number" ? `${row.bound}` : row.stated!.replace(" ulp", "").replaceAll("|", "\\|");
  const upwards = (error: number): string => (Math.ceil(error * 100) / 100).toFixed(2);
  const doubled = double === null ? "" : upwards(double.error);
  lines.push(`| ${row.name} | ${bound} | ${upwards(single.error)} | ${single.place} | ${doubled} |`);
  expect(single.holds, single.text).toBe(true);
});

afterAll(() => {
  if (lines.length < rows.length || stride !== usualStride) return;
  const page = join(root, "docs/numerics.md");
  const before = readFileSync(page, "utf8");
  const head = before.slice(0, before.indexOf("\n| function"));
  const title = "| function | stated | float32 | where | float64 |\n| --- | --- | --- | --- | --- |";
  writeFileSync(page, `${head}\n${title}\n${lines.join("\n")}\n`);
});
