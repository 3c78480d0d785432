/** Every layer is trained for 2,000 steps and evaluated as often, with flat memory: JavaScript's heap, buffers and the WebAssembly memory. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as nn from "../../src/nn/index.ts";
import type { LayerSamples } from "../soak/layer-steps.ts";
import { layers } from "../soak/layers.ts";
import type { Sample } from "../soak/sample.ts";
import { root } from "../support/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-layers-"));
const found = new Map<string, LayerSamples>();

beforeAll(async () => {
  const script = join(folder, "layers.mjs");
  const entry = join(root, "tests/soak/layer-steps.ts");
  await build({ entryPoints: [entry], outfile: script, bundle: true, platform: "node", format: "esm" });
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--expose-gc", "--single-threaded-gc", script], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(`it ended with ${status}\n${stderr}`);
  for (const samples of JSON.parse(stdout) as LayerSamples[]) found.set(samples.name, samples);
}, 600_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is no layer by itself: a base, and losses, which have no state. */
const others = ["Elementwise"];

test("every exported layer is trained", () => {
  const classes = Object.entries(nn)
    .filter(([, value]) => typeof value === "function" && value.prototype instanceof nn.Module)
    .map(([name]) => name);
  const exported = classes.filter((name) => !name.endsWith("Loss") && !others.includes(name));
  expect(Object.keys(layers).sort()).toEqual(exported.sort());
});

/**
 * What memory may grow by in a fifth of the steps, in bytes: less than 100 in a step. The engine's compiled code comes and goes in pieces
 * larger than that, but not in every fifth; what leaks does.
 */
const settling = { heap: 40_000, buffers: 4_096 };

/** The second least of the growths between neighbouring samples. */
function growth(samples: readonly Sample[], of: (sample: Sample) => number): number {
  const growths = samples.slice(1).map((sample, i) => of(sample) - of(samples[i]!));
  return growths.sort((a, b) => a - b)[1]!;
}

test.each(Object.keys(layers))("%s", (name) => {
  const samples = found.get(name)!;
  expect(samples.loss).not.toBeNaN();
  for (const phase of [samples.train, samples.eval]) {
    expect(phase.map(({ step }) => step)).toEqual([400, 800, 1200, 1600, 2000]);
    expect(growth(phase, ({ heap }) => heap)).toBeLessThan(settling.heap);
    expect(growth(phase, ({ buffers }) => buffers)).toBeLessThan(settling.buffers);
    expect(new Set(phase.map(({ device }) => device)).size).toBe(1); // it says how much memory it holds
  }
});
