/** Safetensors: what is written is read back, what others write is read, and nothing that is wrong gets through. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FormatError } from "../../src/base/index.ts";
import {
  loadSafetensors,
  readSafetensors,
  saveSafetensors,
  writeFileAtomically,
  writeSafetensors,
} from "../../src/io/node.ts";
import { tensor, zeros } from "../../src/tensor/index.ts";

/** A file's bytes from a header (text or JSON) and data. */
function file(header: unknown, data: readonly number[] = []): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const entry = (dtype: string, shape: readonly number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

const bytes = (n: number): number[] => new Array<number>(n).fill(0);

describe("reading and writing", () => {
  test("every dtype, scalars and empty tensors come back as they were", async () => {
    const tensors = {
      mask: tensor([true, false, true]),
      "fc.weight": tensor([
        [1.5, -2],
        [Infinity, NaN],
      ]),
      scalar: tensor(0.1, { dtype: "float64" }),
      labels: tensor([-1, 2 ** 31 - 1], { dtype: "int32" }),
      pixels: tensor([0, 255], { dtype: "uint8" }),
      empty: zeros([0, 3]),
    };
    const metadata = { format: "gradus", note: "π" };
    const read = readSafetensors(await writeSafetensors(tensors, { metadata }));
    expect(read.metadata).toEqual(metadata);
    expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(tensors).sort());
    for (const [name, t] of Object.entries(tensors)) {
      const found = read.tensors[name]!;
      expect([name, found.dtype, found.shape, found.dataSync()]).toEqual([name, t.dtype, t.shape, t.dataSync()]);
    }
  });

  test("the layout is the format's: length, JSON padded to 8 bytes, data without gaps, widest elements first", async () => {
    const written = await writeSafetensors({
      a: tensor([1], { dtype: "uint8" }),
      b: tensor([2], { dtype: "float64" }),
    });
    const length = Number(new DataView(written.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(written.subarray(8, 8 + length)))).toEqual({
      a: entry("U8", [1], 8, 9),
      b: entry("F64", [1], 0, 8),
    });
    expect([...written.subarray(8 + length)]).toEqual([0, 0, 0, 0, 0, 0, 0, 64, 1]); // 2.0 is 0x4000000000000000
  });

  test("a file as PyTorch's writer makes it: unordered header, data at odd addresses", () => {
    const header = { __metadata__: { format: "pt" }, b: entry("F32", [1], 1, 5), a: entry("BOOL", [1], 0, 1) };
    const { tensors, metadata } = readSafetensors(file(header, [1, 0, 0, 128, 63]));
    expect(metadata).toEqual({ format: "pt" });
    expect([tensors.a!.dataSync(), tensors.b!.dataSync()]).toEqual([new Uint8Array([1]), new Float32Array([1])]);
  });

  test("int64 counters, such as PyTorch's num_batches_tracked, are bigints", () => {
    const { tensors } = readSafetensors(
      file({ n: entry("I64", [2], 0, 16) }, [7, ...bytes(7), ...new Array<number>(8).fill(255)]),
    );
    expect([tensors.n!.dtype, tensors.n!.dataSync()]).toEqual(["int64", new BigInt64Array([7n, -1n])]);
  });

  test("names that JavaScript treats specially are names", async () => {
    const read = readSafetensors(await writeSafetensors(Object.fromEntries([["__proto__", tensor([1])]])));
    expect(Object.keys(read.tensors)).toEqual(["__proto__"]);
  });
});

describe("files that are wrong", () => {
  const ok = { a: entry("F32", [2], 0, 8) };
  test.each<[string, Uint8Array, string]>([
    ["empty", new Uint8Array(), "the file has 0 bytes; it begins with 8 that hold the header's length"],
    [
      "cut in the length",
      file(ok, bytes(8)).subarray(0, 5),
      "the file has 5 bytes; it begins with 8 that hold the header's length",
    ],
    [
      "cut in the header",
      file(ok, bytes(8)).subarray(0, 30),
      "byte 0: the header has 54 bytes but only 22 follow; the file is truncated",
    ],
    [
      "cut in the data",
      file(ok, bytes(7)),
      'tensor "a": its data ends at byte 8, but there are 7 bytes of data; the file is truncated',
    ],
    [
      "a length beyond reason",
      new Uint8Array([255, 255, 255, 255, 255, 255, 255, 255]),
      "byte 0: a header of 18446744073709552000 bytes is longer than the 100000000 that are allowed; this is no safetensors file",
    ],
    ["no object", file("[]"), "byte 8: the header does not begin with {"],
    ["no UTF-8", file('{"a\xff"'.replace("\xff", "")).fill(255, 10, 12), "the header is not UTF-8"],
    [
      "a name twice",
      file(`{"a":${JSON.stringify(ok.a)},"\\u0061":${JSON.stringify(ok.a)}}`, bytes(8)),
      'the header has the key "a" twice',
    ],
    [
      "a key twice in an entry",
      file('{"a":{"dtype":"F32","dtype":"U8","shape":[0],"data_offsets":[0,0]}}'),
      'the header has the key "dtype" twice',
    ],
    ["an entry that is none", file({ a: 1 }), 'tensor "a": its entry is not an object'],
    ["an unknown key", file({ a: { ...ok.a, stride: [1] } }, bytes(8)), 'tensor "a": unknown key "stride"'],
    ["no dtype", file({ a: { shape: [], data_offsets: [0, 0] } }), 'tensor "a": the dtype is missing'],
    [
      "a dtype that is not read",
      file({ a: entry("F8_E4M3", [4], 0, 4) }, bytes(4)),
      'tensor "a": dtype F8_E4M3 cannot be read; BOOL, U8, I8, U16, I16, U32, I32, U64, I64, F16, BF16, F32, F64, C64 can',
    ],
    [
      "a negative size",
      file({ a: entry("F32", [-1], 0, 4) }, bytes(4)),
      'tensor "a": the shape [-1] is not a list of whole numbers from 0',
    ],
    [
      "one offset",
      file({ a: { ...ok.a, data_offsets: [0] } }, bytes(8)),
      'tensor "a": the data_offsets [0] are not two whole numbers from 0',
    ],
    [
      "offsets of another size",
      file({ a: entry("F32", [2], 0, 4) }, bytes(4)),
      'tensor "a": the data_offsets [0, 4] span 4 bytes, but F32 [2] needs 8',
    ],
    [
      "an overlap",
      file({ a: entry("F32", [2], 0, 8), b: entry("F32", [1], 4, 8) }, bytes(8)),
      'tensor "b" begins at byte 4 of the data, inside tensor "a", which ends at byte 8',
    ],
    [
      "a gap",
      file({ a: entry("U8", [1], 0, 1), b: entry("U8", [1], 3, 4) }, bytes(4)),
      'bytes 1 to 3 of the data, between tensor "a" and tensor "b", belong to no tensor',
    ],
    ["a rest", file(ok, bytes(10)), 'bytes 8 to 10 of the data, behind tensor "a", belong to no tensor'],
    ["a bool of 7", file({ a: entry("BOOL", [2], 0, 2) }, [1, 7]), 'tensor "a": element 1 is 7, but a BOOL is 0 or 1'],
    [
      "metadata that is no text",
      file({ __metadata__: { epoch: 3 } }),
      '__metadata__: the value of "epoch" is not a text',
    ],
  ])("%s", (_, content, message) => {
    expect(() => readSafetensors(content)).toThrow(new FormatError(`safetensors: ${message}`));
  });

  test("broken JSON is told with the parser's reason", () => {
    expect(() => readSafetensors(file('{"a":'))).toThrow(/^safetensors: the header is not JSON: /);
  });

  test("a file cut anywhere is refused", async () => {
    const whole = await writeSafetensors({ a: tensor([1, 2, 3]), b: tensor([true]) });
    for (let n = 0; n < whole.length; n++) expect(() => readSafetensors(whole.subarray(0, n))).toThrow(FormatError);
  });
});

describe("files on disk", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "gradus-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test("are saved and loaded, and leave nothing beside them", async () => {
    const path = join(folder, "model.safetensors");
    await saveSafetensors(path, { w: tensor([1, 2]) });
    await saveSafetensors(path, { w: tensor([3, 4]) });
    expect((await loadSafetensors(path)).tensors.w!.arraySync()).toEqual([3, 4]);
    expect(await readdir(folder)).toEqual(["model.safetensors"]);
  });

  test("an error names the file", async () => {
    const path = join(folder, "broken.safetensors");
    await writeFile(path, "abc");
    await expect(loadSafetensors(path)).rejects.toThrow(
      new FormatError(`${path}: safetensors: the file has 3 bytes; it begins with 8 that hold the header's length`),
    );
  });

  test("a write that fails leaves the old file whole and no part of the new one", async () => {
    const path = join(folder, "state.json");
    await writeFileAtomically(path, "old");
    const unwritable = {
      get length(): number {
        throw new Error("out of ink");
      },
    } as unknown as Uint8Array;
    await expect(writeFileAtomically(path, unwritable)).rejects.toThrow();
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await readdir(folder)).toEqual(["state.json"]);
  });
});
