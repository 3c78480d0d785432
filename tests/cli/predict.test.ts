import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { saveSafetensors } from "../../src/io/node.ts";
import { tensor } from "../../src/tensor/index.ts";
import { root } from "../support/repository.ts";
import { gradus } from "./terminal.ts";

const place = mkdtempSync(join(tmpdir(), "gradus-predict-"));
const model = join(place, "run/model.safetensors");
const packed = readFileSync(join(root, "data/digits.csv.gz"));
/** The first four images, with their classes: 0, 1, 2, 3. */
const rows = gunzipSync(packed)
  .toString()
  .split("\n")
  .slice(0, 4)
  .map((line) => line.split(",").map(Number));

function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(place, name), content);
  return join(place, name);
}

const lines = (images: readonly (readonly number[])[]) => images.map((row) => row.join(",")).join("\n");
const pixels = rows.map((row) => row.slice(0, 64));
const bytes = Uint8Array.from(pixels.flat(), (v) => Math.round((v / 16) * 255));
const idx = (...sizes: number[]) =>
  Uint8Array.from([0, 0, 8, sizes.length, ...sizes.flatMap((n) => [0, 0, n >> 8, n & 255])]);
const joined = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const text = (content: string) => new TextEncoder().encode(content);

beforeAll(async () => {
  expect((await gradus("train", "digits", "--epochs", "8", "--out", join(place, "run"))).code).toBe(0);
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

describe("gradus predict", () => {
  test("prints class and probability of each row of 64 numbers", async () => {
    const { code, out, err } = await gradus("predict", model, file("four.csv", lines(pixels)));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const found = out
      .trimEnd()
      .split("\n")
      .map((line) => line.trim().split(/\s+/));
    expect(found[0]).toEqual(["image", "class", "probability"]);
    expect(found.slice(1).map(([image, digit]) => [image, digit])).toEqual([
      ["1", "0"],
      ["2", "1"],
      ["3", "2"],
      ["4", "3"],
    ]);
    for (const [, , probability] of found.slice(1)) expect(Number(probability)).toBeGreaterThan(0.3);
  });

  test("compares with the classes where the file has them, gzipped or not", async () => {
    const { code, out } = await gradus("predict", model, join(root, "data/digits.csv.gz"));
    expect(code).toBe(0);
    const [, ...table] = out.trimEnd().split("\n");
    expect(table).toHaveLength(1797 + 1);
    const accuracy = Number(/^accuracy (\d\.\d{4})$/.exec(table.at(-1)!)![1]);
    expect(accuracy).toBeGreaterThan(0.85);
    expect(table.filter((line) => line.endsWith("(wrong)")).length).toBe(Math.round((1 - accuracy) * 1797));
  });

  test("takes IDX and PGM for the same images as CSV", async () => {
    const scaled = Array.from(bytes, (v) => (v * 16) / 255);
    const csv = lines([0, 1, 2, 3].map((i) => scaled.slice(i * 64, i * 64 + 64)));
    const expected = await gradus("predict", model, file("scaled.csv", csv));
    const images = [0, 1, 2, 3].map((i) => joined(text("P5 8 8 255\n"), bytes.slice(i * 64, i * 64 + 64)));
    const inverted = [0, 1, 2, 3].map((i) =>
      joined(
        text("P5 8 8 255\n"),
        bytes.slice(i * 64, i * 64 + 64).map((v) => 255 - v),
      ),
    );
    for (const path of [
      file("four.idx", joined(idx(4, 8, 8), bytes)),
      file("four.idx.gz", gzipSync(joined(idx(4, 64), bytes))),
      file("four.pgm", joined(...images)),
      file("paper.pgm", joined(...inverted)), // dark on light
      file("text.pgm", `P2 8 8 255\n${[...bytes.slice(0, 64)].join(" ")}\n`),
    ]) {
      const { code, out, err } = await gradus("predict", model, path);
      expect({ code, err }).toEqual({ code: 0, err: "" });
      expect(expected.out.startsWith(out.trimEnd())).toBe(true);
    }
  });

  test("takes the value of full ink from --scale", async () => {
    const bright = file("bright.csv", lines(pixels.map((row) => row.map((v) => v * 10))));
    const plain = await gradus("predict", model, file("plain.csv", lines(pixels)));
    expect(await gradus("predict", model, bright, "--scale", "160")).toEqual(plain);
    const { code, err } = await gradus("predict", model, bright);
    expect(code).toBe(1);
    expect(err).toMatch(
      /line 1, column 3: "50" is not a number from 0 to 16 \(--scale sets the value of full ink\)\n$/,
    );
  });
});

describe("a file of images that is wrong is refused, with its name and the place", () => {
  const bad = (row: number, column: number, field: string) =>
    pixels.map((r, i) => r.map((v, j) => (i === row && j === column ? field : v)).join(",")).join("\n");

  test.each<[string, string | Uint8Array, string]>([
    [
      "text.csv",
      bad(2, 4, "x"),
      ': line 3, column 5: "x" is not a number from 0 to 16 (--scale sets the value of full ink)',
    ],
    [
      "hole.csv",
      bad(1, 0, ""),
      ': line 2, column 1: "" is not a number from 0 to 16 (--scale sets the value of full ink)',
    ],
    [
      "nan.csv",
      bad(0, 0, "NaN"),
      ': line 1, column 1: "NaN" is not a number from 0 to 16 (--scale sets the value of full ink)',
    ],
    ["narrow.csv", "1,2,3\n4,5,6\n", ": line 1: 3 numbers; an image has 64, and its class may follow"],
    ["ragged.csv", `${lines(pixels)}\n1,2`, ": line 5: 2 fields, but the first line has 64"],
    ["class.csv", lines([[...pixels[0]!, 12]]), ': line 1, column 65: "12" is not a class from 0 to 9'],
    ["empty.csv", "", ": the file is empty"],
    [
      "photo.jpg",
      Uint8Array.of(255, 216, 255, 224, 0, 16),
      ": neither CSV nor IDX nor PGM; a CSV file is text, one image a line",
    ],
    [
      "cut.idx",
      joined(idx(4, 8, 8), bytes.slice(0, 100)),
      ": byte 116: the file ends early; [4, 8, 8] needs 272 bytes; it is truncated",
    ],
    [
      "big.idx",
      joined(idx(1, 28, 28), new Uint8Array(784)),
      ": the file holds [1, 28, 28]; images are wanted, [count, 8, 8] or [count, 64]",
    ],
    ["big.pgm", `P2 2 2 15 ${"1 ".repeat(4)}`, ": image 1 has 2 × 2 pixels; the model takes 8 × 8"],
    ["cut.csv.gz", packed.subarray(0, 1000), ": the gzip data is corrupt or truncated (unexpected end of file)"],
  ])("%s", async (name, content, message) => {
    const path = file(name, content);
    expect(await gradus("predict", model, path)).toEqual({ code: 1, out: "", err: `gradus: ${path}${message}\n` });
  });

  test("that is not there", async () => {
    const { code, err } = await gradus("predict", model, join(place, "none.csv"));
    expect({ code, err }).toEqual({
      code: 1,
      err: `gradus: ENOENT: no such file or directory, open '${join(place, "none.csv")}'\n`,
    });
  });
});

describe("a model that is wrong is refused, with its name and what is wrong", () => {
  const refused = async (path: string): Promise<string> => {
    const { code, out, err } = await gradus("predict", path, file("one.csv", lines(pixels)));
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err.startsWith(`gradus: ${path}: `)).toBe(true);
    return err.slice(`gradus: ${path}: `.length);
  };

  test("truncated, at any place", async () => {
    const whole = readFileSync(model);
    for (const size of [0, 5, 100, whole.length - 1]) {
      expect(await refused(file("cut.safetensors", whole.subarray(0, size)))).toMatch(/^safetensors: /);
    }
  });

  test("of another kind, or of none", async () => {
    const path = join(place, "other.safetensors");
    await saveSafetensors(path, { w: tensor([1]) });
    expect(await refused(path)).toBe(
      "the file does not say which model it is; gradus predict knows digits-mlp, digits-cnn, as gradus train writes them\n",
    );
    await saveSafetensors(path, { w: tensor([1]) }, { metadata: { model: "resnet" } });
    expect(await refused(path)).toMatch(/^the file is a model "resnet"; gradus predict knows/);
  });

  test("with other weights than its kind has", async () => {
    const path = join(place, "weights.safetensors");
    await saveSafetensors(path, { "fc1.weight": tensor([1]) }, { metadata: { model: "digits-mlp", ink: "16" } });
    expect(await refused(path)).toMatch(/^loadStateDict: the state dict does not fit DigitsMlp: missing fc1\.bias, /);
  });
});
