/** Every optimizer trained for 2,000 steps: memory stays flat, and the loss falls. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as optim from "../../src/optim/index.ts";
import type { Soaked } from "../soak/optimizers.ts";
import { root } from "../support/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-optimizers-"));
let soaked: Readonly<Record<string, Soaked>> = {};

beforeAll(async () => {
  const script = join(folder, "optimizers.mjs");
  const entry = join(root, "tests/soak/optimizers.ts");
  await build({ entryPoints: [entry], outfile: script, bundle: true, platform: "node", format: "esm" });
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", "--single-threaded-gc", script], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the run ended with ${status}\n${stdout}${stderr}`);
  soaked = JSON.parse(stdout);
}, 240_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the engine's compiled code and bounded caches may come to in the second half of a run, in bytes. */
const settling = { heap: 1_000_000, buffers: 65_536 };

const classes = Object.entries(optim).flatMap(([name, value]) =>
  typeof value === "function" && "step" in (value.prototype ?? {}) && "zeroGrad" in value.prototype ? [name] : [],
);
const optimizers = classes.filter((name) => name !== "Optimizer");

describe("2,000 steps", () => {
  test("there are as many runs as optimizers, and more", () => {
    expect(Object.keys(soaked)).toEqual(expect.arrayContaining([...optimizers, "LevenbergMarquardt"]));
  });

  test.each([
    ...optimizers,
    "LevenbergMarquardt",
    "LBFGS, its closure not compiled",
    "Adam with a schedule, chunks, clipping and averages",
  ])("of %s hold no more memory at their end than half-way, and lower the loss", (name) => {
    const { half, end, losses } = soaked[name]!;
    expect(end.heap - half.heap).toBeLessThan(settling.heap);
    expect(end.buffers - half.buffers).toBeLessThan(settling.buffers);
    expect(end.device).toBe(half.device); // it says how much memory it holds
    expect(losses[1]).toBeLessThan(0.6 * losses[0]);
  });
});
