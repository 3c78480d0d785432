import { describe, expect, test } from "vitest";
import { FormatError } from "../../src/base/index.ts";
import { isPgm, parsePgm } from "../../src/cli/pgm.ts";

const bytes = (...parts: (string | number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : part)));

describe("parsePgm", () => {
  test("reads numbers as text, with comments", () => {
    const [image] = parsePgm(bytes("P2 # grey\n3 2\n# white is\n15\n0 1 2\n13 14 15\n"), "a.pgm");
    expect(image).toEqual({ width: 3, height: 2, white: 15, values: Float32Array.of(0, 1, 2, 13, 14, 15) });
  });

  test("reads bytes, whose first may look like white space", () => {
    const [image] = parsePgm(bytes("P5 2 1 255\n", [10, 255]), "a.pgm");
    expect(image!.values).toEqual(Float32Array.of(10, 255));
  });

  test("reads pairs of bytes with the more significant first where white is above 255", () => {
    const [image] = parsePgm(bytes("P5 2 1 1000\n", [1, 2, 3, 232]), "a.pgm");
    expect(image!.values).toEqual(Float32Array.of(258, 1000));
  });

  test("reads several images one after another", () => {
    const images = parsePgm(bytes("P5 1 1 255\n", [7], "P5 1 1 255\n", [9]), "a.pgm");
    expect(images.map((i) => i.values[0])).toEqual([7, 9]);
  });

  test("knows its files by their first two bytes", () => {
    expect([bytes("P2 "), bytes("P5\n"), bytes("P6 "), bytes("1,2")].map(isPgm)).toEqual([true, true, false, false]);
  });

  test.each([
    ["P5 2 2", "a.pgm: byte 6: the file ends before the value of white; it is truncated"],
    ["P5 2 2 255\n123", "a.pgm: byte 11: 4 bytes of values are promised, 3 follow; it is truncated"],
    ["P2 1 1 15\n16", 'a.pgm: byte 12: value 1 of 1 is "16"; it is a whole number from 0 to 15'],
    ["P2 0 1 15\n", 'a.pgm: byte 4: the width is "0"; it is a whole number from 1 to 65535'],
    ["P2 1 1 15\n7 x", 'a.pgm: byte 13: "x" is no PGM image; it begins with P2 or P5'],
  ])("says where a file is wrong: %j", (text, message) => {
    expect(() => parsePgm(bytes(text), "a.pgm")).toThrow(new FormatError(message));
  });
});
