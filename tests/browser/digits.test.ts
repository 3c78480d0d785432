/** A real page trains on the digits, and computes what Node computes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import { visitPage } from "../support/page.ts";
import { root } from "../support/repository.ts";
import { type Options, type Run, trainDigits } from "./train-digits.ts";

const digits = readFileSync(join(root, "data/digits.csv.gz"));
let script: string;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [join(root, "tests/browser/page.ts")],
    bundle: true,
    write: false,
    format: "iife",
    platform: "browser",
    target: "es2022",
  });
  script = outputFiles[0]!.text;
});

function trainInPage(options: Options): Promise<Run> {
  const site = {
    "/index.html": '<!doctype html><title>Gradus</title><script src="/page.js"></script>',
    "/page.js": script,
    "/digits.csv.gz": digits,
  };
  return visitPage(site, (page) => page.evaluate<Run>(`train(${JSON.stringify(options)})`));
}

test("without relaxed SIMD, a page's losses equal Node's bit for bit", { timeout: 120_000 }, async () => {
  const options = { relaxedSimd: false, epochs: 3 };
  const inPage = await trainInPage(options);
  const inNode = await trainDigits(digits, options);
  expect(inPage.device).toMatch(/^WebAssembly with SIMD, /);
  expect(inPage.losses).toHaveLength(3 * Math.ceil(1797 / 64));
  expect(inPage.losses).toEqual(inNode.losses); // numbers pass through JSON unchanged
  expect(inPage.accuracy).toBe(inNode.accuracy);
});

test("with relaxed SIMD a page learns the digits", { timeout: 120_000 }, async () => {
  const { losses, accuracy, device } = await trainInPage({ relaxedSimd: true, epochs: 20 });
  expect(device).toMatch(/^WebAssembly with relaxed SIMD /);
  expect(losses.at(-1)!).toBeLessThan(0.1 * losses[0]!);
  expect(accuracy).toBeGreaterThan(0.97);
});
