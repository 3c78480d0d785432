/** The same training in a real page and in Node: every loss is the same, to the last bit. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { visitPage } from "../support/page.ts";
import { root } from "../support/repository.ts";

const place = mkdtempSync(join(tmpdir(), "gradus-page-"));
afterAll(() => rmSync(place, { recursive: true, force: true }));

interface Learned {
  readonly losses: number[];
  readonly accuracy: number;
  readonly device: string;
}

/** Trains a perceptron with dropout and Adam on the digits, without relaxed SIMD, whose roundings are the processor's own. */
const program = `
import { accuracy, cosine, data, evaluate, fit, getDevice, nn, optim, random, useRelaxedSimd } from "./src/browser.ts";

export async function learn(digits) {
  useRelaxedSimd(false);
  random.manualSeed(7);
  const [train, validation, test] = data.split(await data.digits({ source: digits }), [0.7, 0.1, 0.2], { seed: 7 });
  const model = new nn.Sequential(
    new nn.Linear(64, 96), new nn.ReLU(), new nn.Dropout(0.2), new nn.Linear(96, 48), new nn.Tanh(), new nn.Linear(48, 10),
  );
  const losses = [];
  const history = await fit(model, {
    train, validation, loss: nn.crossEntropy, metrics: [accuracy], epochs: 8, batchSize: 48, seed: 7,
    optimizer: new optim.AdamW(model.parameters(), { lr: 5e-3 }),
    schedule: cosine({ warmup: 0.1 }),
    callbacks: [{ onStepEnd: ({ loss }) => void losses.push(loss), onEpochEnd: ({ validation }) => void losses.push(validation.loss) }],
  });
  const found = await evaluate(model, test, { loss: nn.crossEntropy, metrics: [accuracy] });
  return { losses: [...losses, found.loss], accuracy: found.accuracy, device: getDevice("wasm").describe() };
}
`;

test("a page trains the digits with the losses of Node, bit for bit", async () => {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: root, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  const bundle = outputFiles[0]!.text;
  const digits = readFileSync(join(root, "data/digits.csv.gz"));

  const inPage = await visitPage({ "/learn.js": bundle, "/digits.csv.gz": digits }, (page) =>
    page.evaluate<Learned>(`import("/learn.js").then(({ learn }) => learn("/digits.csv.gz"))`),
  );

  writeFileSync(join(place, "learn.mjs"), bundle);
  const { learn } = await import(pathToFileURL(join(place, "learn.mjs")).href);
  const inNode: Learned = await learn(new Uint8Array(digits));

  expect(inPage.losses).toHaveLength(8 * (Math.ceil(1258 / 48) + 1) + 1);
  expect(inPage.losses).toEqual(inNode.losses);
  expect(inPage.accuracy).toBe(inNode.accuracy);
  expect(inPage.accuracy).toBeGreaterThan(0.95);
  for (const { device } of [inPage, inNode]) expect(device).toMatch(/^WebAssembly with SIMD, /); // and not relaxed
});
