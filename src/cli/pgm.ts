/**
 * PGM, the plainest format of grey images: a header of words, then numbers as text (P2) or bytes (P5).
 *
 *     P5 8 8 255        magic number, width, height, the value of white; comments run from # to the end of a line
 *     …                 one white space, then width · height values row by row, two bytes each when white is above 255
 *
 * Source: netpbm, pgm(5). A file may hold several P5 images one after another; so may this reader's.
 */
import { FormatError } from "../base/index.ts";

export interface GreyImage {
  readonly width: number;
  readonly height: number;
  /** The value of white. */
  readonly white: number;
  readonly values: Float32Array;
}

/** True when the bytes begin as PGM does. */
export function isPgm(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && (bytes[1] === 0x32 || bytes[1] === 0x35); // P2, P5
}

/**
 * The images in a PGM file. `name` is for errors.
 *
 * @throws FormatError  when the file is no PGM file, or ends before its values do: at which byte
 */
export function parsePgm(bytes: Uint8Array, name: string): GreyImage[] {
  const images: GreyImage[] = [];
  const reader = new Reader(bytes, name);
  do images.push(readImage(reader));
  while (!reader.atEnd());
  return images;
}

function readImage(reader: Reader): GreyImage {
  const magic = reader.word("the magic number");
  if (magic !== "P2" && magic !== "P5") reader.fail(`"${magic}" is no PGM image; it begins with P2 or P5`);
  const width = reader.number("the width", 1, 65535);
  const height = reader.number("the height", 1, 65535);
  const white = reader.number("the value of white", 1, 65535);
  const values = new Float32Array(width * height);
  if (magic === "P2") {
    for (let i = 0; i < values.length; i++) values[i] = reader.number(`value ${i + 1} of ${values.length}`, 0, white);
  } else {
    reader.raster(values, white);
  }
  return { width, height, white, values };
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #name: string;
  #at = 0;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#name = name;
  }

  fail(message: string): never {
    throw new FormatError(`${this.#name}: byte ${this.#at}: ${message}`);
  }

  /** Skips white space; true when nothing else follows. */
  atEnd(): boolean {
    this.#skip();
    return this.#at >= this.#bytes.length;
  }

  word(what: string): string {
    this.#skip();
    let word = "";
    while (this.#at < this.#bytes.length && !isSpace(this.#bytes[this.#at]!))
      word += String.fromCharCode(this.#bytes[this.#at++]!);
    if (word === "") this.fail(`the file ends before ${what}; it is truncated`);
    return word;
  }

  number(what: string, least: number, greatest: number): number {
    const word = this.word(what);
    const value = Number(word);
    if (/^\d+$/.test(word) && value >= least && value <= greatest) return value;
    return this.fail(`${what} is "${word}"; it is a whole number from ${least} to ${greatest}`);
  }

  /** Reads bytes, or pairs of them with the more significant first, after the one white space that ends the header. */
  raster(values: Float32Array, white: number): void {
    this.#at++;
    const size = white > 255 ? 2 : 1;
    const left = this.#bytes.length - this.#at;
    if (left < values.length * size)
      this.fail(`${values.length * size} bytes of values are promised, ${Math.max(left, 0)} follow; it is truncated`);
    for (let i = 0; i < values.length; i++) {
      let value = this.#bytes[this.#at++]!;
      if (size === 2) value = value * 256 + this.#bytes[this.#at++]!;
      values[i] = value;
    }
  }

  #skip(): void {
    while (this.#at < this.#bytes.length) {
      const byte = this.#bytes[this.#at]!;
      if (byte === 0x23)
        while (this.#at < this.#bytes.length && this.#bytes[this.#at] !== 0x0a) this.#at++; // # … line feed
      else if (isSpace(byte)) this.#at++;
      else return;
    }
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
