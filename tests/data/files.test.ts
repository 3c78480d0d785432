/** Reading data: CSV, IDX, gzip. Expected values are written out by hand from the formats' definitions. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FormatError, ValueError } from "../../src/base/index.ts";
import * as data from "../../src/data/node.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gradus-"));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe("CSV", () => {
  test("a header, quotes, CRLF and a byte-order mark are read; texts in the target are classes in alphabetical order", async () => {
    const path = await written(
      "iris.csv",
      '\ufeffwidth,"petal, length",species\r\n1.5,2e1,"setosa"\r\n-3,.5,"a ""b"""\r\n',
    );
    const { x, y, classes } = await data.csv(path);
    expect(x.arraySync()).toEqual([
      [1.5, 20],
      [-3, 0.5],
    ]);
    expect([y.dtype, y.arraySync(), classes]).toEqual(["int32", [1, 0], ['a "b"', "setosa"]]);
  });

  test("without a header columns have numbers; whole targets from 0 are classes, others numbers", async () => {
    const rows = new TextEncoder().encode("0,10,0.5\n1,20,1.5\n");
    expect((await data.csv(rows)).y.dtype).toBe("float32");
    const { x, y } = await data.csv(rows, { target: 0, features: ["2"] });
    expect([y.dtype, x.arraySync()]).toEqual(["int32", [[0.5], [1.5]]]);
  });

  test("gzipped tables are unpacked, and nan is a number", async () => {
    const { x } = await data.csv(gzipSync("a,b,t\nnan,-Infinity,0\n"));
    expect(x.arraySync()).toEqual([[Number.NaN, Number.NEGATIVE_INFINITY]]);
  });

  test.each<[string, string, string]>([
    ["a field that is no number", "a,b\n1,2\n\n3,x\n4,5\n", 'line 4, column "b": "x" is not a number'],
    ["an empty field", "a,b\n1,\n", 'line 2, column "b": the field is empty'],
    ["a row too long", "a,b\n1,2\n1,2,3\n", "line 3: 3 fields, but the first line has 2"],
    ["no content", "", "the file is empty"],
  ])("%s", async (_, text, message) => {
    const bytes = new TextEncoder().encode(text);
    await expect(data.csv(bytes, { task: "numbers", name: "t.csv" })).rejects.toThrow(
      new FormatError(`t.csv: ${message}`),
    );
  });

  test("a quote that never closes is told with its line", async () => {
    await expect(data.csv(new TextEncoder().encode('a,b\n1,"2\n'))).rejects.toThrow(/^bytes: .*line 2/);
  });

  test("an unknown column names the known ones", async () => {
    await expect(data.csv(new TextEncoder().encode("a,b\n1,2\n"), { target: "c", name: "t.csv" })).rejects.toThrow(
      new ValueError('t.csv: there is no column "c"; there are a, b'),
    );
  });
});

/** An IDX file: type code, sizes, bytes of the values. */
function idxFile(type: number, shape: readonly number[], values: readonly number[]): Uint8Array {
  const sizes = shape.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]);
  return new Uint8Array([0, 0, type, shape.length, ...sizes, ...values]);
}

describe("IDX", () => {
  test.each<[string, number, readonly number[], string, readonly number[]]>([
    ["unsigned bytes", 8, [0, 255], "uint8", [0, 255]],
    ["signed bytes", 9, [255, 1], "int32", [-1, 1]],
    ["int16", 11, [255, 254, 1, 0], "int32", [-2, 256]],
    ["int32", 12, [255, 255, 255, 255, 0, 1, 0, 0], "int32", [-1, 65536]],
    ["float32", 13, [63, 192, 0, 0, 0xc0, 0, 0, 0], "float32", [1.5, -2]],
    ["float64", 14, [63, 248, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], "float64", [1.5, 0]],
  ])("%s, big endian", async (_, type, values, dtype, expected) => {
    const x = await data.idx(idxFile(type, [2], values));
    expect([x.dtype, x.arraySync()]).toEqual([dtype, expected]);
  });

  test("images and labels by path, packed or not, make a data set as MNIST's", async () => {
    const images = await written(
      "images-idx3-ubyte.gz",
      gzipSync(idxFile(8, [2, 2, 2], [0, 51, 102, 255, 0, 0, 0, 255])),
    );
    const labels = await written("labels-idx1-ubyte", idxFile(8, [2], [7, 3]));
    const { x, y } = await data.idxDataset(images, pathToFileURL(labels));
    expect(x.shape).toEqual([2, 4]);
    expect(x.dataSync()[1]).toBeCloseTo(0.2, 6);
    expect([y.dtype, y.arraySync()]).toEqual(["int32", [7, 3]]);
    expect((await data.idxDataset(images, labels, { images: true })).x.shape).toEqual([2, 1, 2, 2]);
  });

  test("as many labels as images", async () => {
    await expect(data.idxDataset(idxFile(8, [1, 1, 1], [0]), idxFile(8, [2], [1, 2]))).rejects.toThrow(
      new FormatError("idx: images have shape [1, 1, 1], labels [2]; there is one label an image"),
    );
  });

  test.each<[string, Uint8Array, string]>([
    ["too short", new Uint8Array(3), "3 bytes are too few for an IDX file, which begins with 4 that say what it holds"],
    [
      "another format",
      new Uint8Array([0x89, 0x50, 0x4e, 0x47]),
      "byte 0: an IDX file begins with two zeros, found 137 80",
    ],
    ["an unknown type", idxFile(10, [1], [0]), "byte 2: 10 is no IDX type; 8, 9, 11, 12, 13, 14 are"],
    [
      "cut in the sizes",
      idxFile(8, [1, 1], []).subarray(0, 9),
      "byte 9: the file ends within the sizes of its 2 axes; it is truncated",
    ],
    [
      "cut in the values",
      idxFile(12, [2], [0, 0, 0, 1]),
      "byte 12: the file ends early; [2] needs 16 bytes; it is truncated",
    ],
    ["a rest", idxFile(8, [1], [1, 2]), "byte 9: the values of [1] end here, but 1 bytes follow"],
  ])("%s", async (_, content, message) => {
    await expect(data.idx(content)).rejects.toThrow(new FormatError(`bytes: ${message}`));
  });

  test("gzip that is cut or corrupt says so, and which file", async () => {
    const packed = gzipSync(
      idxFile(
        8,
        [64],
        new Array<number>(64).fill(0).map((_, i) => (i * 37) & 255),
      ),
    );
    const path = await written("cut.gz", packed.subarray(0, packed.length - 12));
    await expect(data.idx(path)).rejects.toThrow(/cut\.gz: the gzip data is corrupt or truncated/);
    const broken = packed.slice();
    broken[packed.length - 6]! ^= 255; // the checksum
    await expect(data.idx(broken)).rejects.toThrow(/^bytes: the gzip data is corrupt or truncated/);
  });
});

describe("digits", () => {
  test("are 1797 images of 64 pixels in 0 … 1 and their classes", async () => {
    const { x, y, classes } = await data.digits();
    expect([x.shape, x.dtype, y.shape, y.dtype]).toEqual([[1797, 64], "float32", [1797], "int32"]);
    expect(classes).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    const labels = [...y.dataSync()];
    // scikit-learn 1.2: np.bincount(load_digits().target)
    expect(classes!.map((_, c) => labels.filter((label) => label === c).length)).toEqual([
      178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
    ]);
    const values = Array.from(x.dataSync());
    // load_digits().data.mean() / 16
    expect(values.reduce((a, b) => a + b, 0) / values.length).toBeCloseTo(4.884164579855314 / 16, 5);
    expect([Math.min(...values.slice(0, 6400)), Math.max(...values.slice(0, 6400))]).toEqual([0, 1]);
  });

  test("another file is refused with the line", async () => {
    const source = new TextEncoder().encode(`${"1,".repeat(64)}3\n${"1,".repeat(64)}x\n`);
    await expect(data.digits({ source })).rejects.toThrow(
      new FormatError("bytes: line 2 does not hold 64 pixels from 0 to 16 and a class"),
    );
  });

  test("come as images too", async () => {
    expect((await data.digits({ images: true })).x.shape).toEqual([1797, 1, 8, 8]);
  });
});
