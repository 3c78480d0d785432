/**
 * Memory stays flat in long runs: JavaScript's heap, the buffers of typed arrays and the WebAssembly memory, after garbage has been collected.
 * Each run is a process of its own.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Sample } from "../soak/sample.ts";
import { root } from "../support/repository.ts";

const folder = mkdtempSync(join(tmpdir(), "gradus-memory-"));
const script = join(folder, "workloads.mjs");

beforeAll(async () => {
  const entry = join(root, "tests/soak/workloads.ts");
  await build({ entryPoints: [entry], outfile: script, bundle: true, platform: "node", format: "esm" });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(workload: string): Sample[] {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--expose-gc", "--single-threaded-gc", script, workload],
    {
      encoding: "utf8",
    },
  );
  if (status !== 0) throw new Error(`${workload} ended with ${status}\n${stdout}${stderr}`);
  return JSON.parse(stdout);
}

/** What the engine's compiled code and bounded caches may come to in the second half of a run, in bytes. */
const settling = { heap: 2_000_000, buffers: 65_536 };

describe("memory is flat over", () => {
  test.each([
    ["a million compiled steps of a 2-3-1 network", "compiled"],
    ["20,000 steps of a perceptron that are not compiled", "eager"],
    ["steps whose loss nobody reads", "unread"],
    ["20,000 values made each of the one before", "recurrence"],
    ["10,000 programs of different shapes", "programs"],
    ["models that are trained and dropped", "droppedModels"],
  ])("%s", { timeout: 240_000 }, (_, workload) => {
    const [half, end] = run(workload).slice(-2) as [Sample, Sample]; // each run looks more than twice
    expect(end.heap - half.heap).toBeLessThan(settling.heap);
    expect(end.buffers - half.buffers).toBeLessThan(settling.buffers);
    expect(end.device).toBe(half.device); // it says how much memory it holds
  });
});
