import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadSafetensors } from "../../src/io/node.ts";
import { parseXml, textsOf } from "../plot/xml.ts";
import { root } from "../support/repository.ts";
import { type Ended, gradus, gradusUnder } from "./terminal.ts";

const place = mkdtempSync(join(tmpdir(), "gradus-train-"));
const folder = join(place, "first");
const read = (name: string, from = folder) => readFileSync(join(from, name), "utf8");
let ended: Ended;

beforeAll(async () => {
  ended = await gradus("train", "digits", "--epochs", "3", "--seed", "5", "--out", folder);
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

describe("gradus train digits", () => {
  test("reports layers, each epoch and the confusion matrix, and ends with the accuracy", () => {
    const { code, out, err } = ended;
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^fc1 +Linear\(64, 256\) .* 16,640$/m);
    expect(out.match(/^epoch \d\/3 {2}loss .* validation loss .* accuracy/gm)).toHaveLength(3);
    expect(out).toContain("confusion matrix of the held-out images (rows: true, columns: predicted)");
    expect(out.trimEnd().split("\n").at(-1)).toMatch(/^test accuracy [01]\.\d{4}$/);
  });

  test("learns: three epochs take most digits apart", () => {
    expect(JSON.parse(read("history.json")).test.accuracy).toBeGreaterThan(0.7);
  });

  test("leaves five files and no parts of files", () => {
    const files = ["confusion.svg", "curves.svg", "history.json", "model.safetensors", "predictions.svg"];
    expect(readdirSync(folder).sort()).toEqual(files);
  });

  test("the history says all that is needed to repeat the run, and what came of it", () => {
    const history = JSON.parse(read("history.json"));
    expect(history).toMatchObject({
      command: "gradus train digits --model mlp --epochs 3 --batch-size 32 --lr 0.003 --seed 5 --device wasm",
      versions: { gradus: expect.stringMatching(/^\d/), node: process.versions.node, v8: process.versions.v8 },
      device: expect.stringMatching(/^wasm: /),
      settings: { model: "mlp", epochs: 3, batchSize: 32, lr: 0.003, seed: 5, device: "wasm" },
      data: {
        name: "digits",
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        train: 1258,
        validation: 180,
        test: 359,
      },
      ending: "finished",
      keptEpoch: 3,
      steps: 120, // 3 · ⌈1258 / 32⌉
    });
    expect(history.epochs.map((e: { epoch: number }) => e.epoch)).toEqual([1, 2, 3]);
    const { confusionMatrix, accuracy } = history.test;
    const total = confusionMatrix.flat().reduce((a: number, b: number) => a + b, 0);
    const right = confusionMatrix.reduce((a: number, row: number[], i: number) => a + row[i]!, 0);
    expect(total).toBe(359);
    expect(accuracy).toBeCloseTo(right / total, 12);
    expect(ended.out).toContain(`test accuracy ${accuracy.toFixed(4)}\n`);
  });

  test("repeated by the command in its history, a run gives the same numbers and the same weights", async () => {
    const again = join(place, "again");
    const args = JSON.parse(read("history.json")).command.split(" ").slice(1);
    expect((await gradus(...args, "--out", again)).code).toBe(0);
    const numbers = (from: string) => {
      const { epochs, test: tested } = JSON.parse(read("history.json", from));
      return { tested, epochs: epochs.map(({ seconds, ...rest }: { seconds: number }) => rest) };
    };
    expect(numbers(again)).toEqual(numbers(folder));
    const bytes = (from: string) => readFileSync(join(from, "model.safetensors"));
    expect(bytes(again).equals(bytes(folder))).toBe(true);
  });

  test("the model knows what it is", async () => {
    const { tensors, metadata } = await loadSafetensors(join(folder, "model.safetensors"));
    expect(metadata).toMatchObject({ model: "digits-mlp", ink: "16", seed: "5", gradus: expect.any(String) });
    expect(Object.keys(tensors)).toEqual(
      expect.arrayContaining(["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias"]),
    );
  });

  test("the pictures are well-formed and show this run", () => {
    const texts = (name: string) => textsOf(parseXml(read(name)));
    expect(texts("curves.svg")).toEqual(
      expect.arrayContaining(["Learning curves", "mlp on digits, seed 5", "Accuracy"]),
    );
    expect(texts("confusion.svg").join()).toContain("359 held-out images");
    expect(texts("predictions.svg").filter((t) => t.endsWith(" %"))).toHaveLength(40);
  });
});

test("a convolutional network is trained, written, and read by predict", async () => {
  const out = join(place, "cnn");
  const trained = await gradus("train", "digits", "--model", "cnn", "--epochs", "2", "--out", out);
  expect(trained.code).toBe(0);
  expect(trained.out).toMatch(/^conv2 +Conv2d\(16, 32, 3, .* 4,608$/m);
  const { test: tested } = JSON.parse(read("history.json", out));
  expect(tested.accuracy).toBeGreaterThan(0.9);
  const { code, out: answers } = await gradus(
    "predict",
    join(out, "model.safetensors"),
    join(root, "data/digits.csv.gz"),
  );
  expect(code).toBe(0);
  expect(Number(/^accuracy (\S+)$/m.exec(answers)![1])).toBeGreaterThan(0.9);
});

describe("a run that does not come to its end", () => {
  test("stopped before its first epoch has ended leaves nothing, says so, and ends with 130", async () => {
    const out = join(place, "stopped");
    const { code, err } = await gradusUnder(AbortSignal.abort(), "train", "digits", "--out", out);
    expect({ code, err }).toEqual({
      code: 130,
      err: "gradus: interrupted; nothing was kept\n",
    });
    expect(existsSync(out)).toBe(false);
  });

  test("with a loss that runs away says at which step, and ends with 1", async () => {
    const out = join(place, "away");
    const { code, err } = await gradus("train", "digits", "--lr", "1e30", "--out", out);
    expect(err).toMatch(
      /^gradus: fit: (the loss is|a weight is) .* at epoch 1, step \d+; the model has its last good weights again/,
    );
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
  });

  test("for want of a folder to write to ends with 1 before anything is trained", async () => {
    const { code, out, err } = await gradus("train", "digits", "--out", join(folder, "history.json", "below"));
    expect(err).toMatch(/^gradus: ENOTDIR/);
    expect({ code, out }).toEqual({ code: 1, out: "" });
  });
});
