/**
 * Images from a file, told apart by their content: CSV (a row an image), IDX (the format of MNIST) or PGM; packed with gzip or not.
 *
 * They come out as rows of pixels in 0 … 1, 1 for full ink, as the networks are given them.
 */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { FormatError, show } from "../base/index.ts";
import { idx, parseCsv } from "../data/node.ts";
import { isPgm, parsePgm } from "./pgm.ts";

export interface Images {
  /** [count · width], row by row, 0 … 1 */
  readonly pixels: Float32Array;
  readonly count: number;
  /** The true classes, where the file has them. */
  readonly labels: Int32Array | null;
}

export interface ImageOptions {
  /** Pixels of an image. */
  readonly width: number;
  /** Pixels of its side, for formats that know rows. */
  readonly side: number;
  /** The value of full ink in CSV files. */
  readonly ink: number;
  /** The value of full ink in this file, whatever its format. */
  readonly scale?: number | undefined;
}

/**
 * The images of a file.
 *
 * @throws FormatError  when it is none of the formats, is cut short, or holds images of another size: where
 */
export async function readImages(path: string, options: ImageOptions): Promise<Images> {
  const bytes = unpack(path, new Uint8Array(await readFile(path)));
  if (bytes.length === 0) throw new FormatError(`${path}: the file is empty`);
  if (isPgm(bytes)) return fromPgm(path, bytes, options);
  if (bytes[0] === 0 && bytes[1] === 0) return fromIdx(path, options);
  return fromCsv(path, textOf(path, bytes), options);
}

function unpack(path: string, bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes; // RFC 1952: gzip begins so
  try {
    return new Uint8Array(gunzipSync(bytes));
  } catch (error) {
    throw new FormatError(
      `${path}: the gzip data is corrupt or truncated (${error instanceof Error ? error.message : String(error)})`,
    );
  }
}

function textOf(path: string, bytes: Uint8Array): string {
  const other = `${path}: neither CSV nor IDX nor PGM; a CSV file is text, one image a line`;
  if (bytes.includes(0)) throw new FormatError(other);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new FormatError(other);
  }
}

async function fromCsv(path: string, text: string, { width, ink, scale = ink }: ImageOptions): Promise<Images> {
  const { columns, records, lines } = await parseCsv(text, { name: path });
  const labelled = columns.length === width + 1;
  if (columns.length !== width && !labelled) {
    throw new FormatError(
      `${path}: line ${lines[0] ?? 1}: ${columns.length} numbers; an image has ${width}, and its class may follow`,
    );
  }
  if (records.length === 0) throw new FormatError(`${path}: there is no image in the file`);
  const pixels = new Float32Array(records.length * width);
  const labels = labelled ? new Int32Array(records.length) : null;
  records.forEach((record, row) => {
    record.forEach((field, column) => {
      const value = field.trim() === "" ? Number.NaN : Number(field);
      const limit = column === width ? 9 : scale;
      if (!(value >= 0 && value <= limit)) {
        const wanted =
          column === width
            ? "a class from 0 to 9"
            : `a number from 0 to ${scale}${column < width ? " (--scale sets the value of full ink)" : ""}`;
        throw new FormatError(`${path}: line ${lines[row]}, column ${column + 1}: "${field}" is not ${wanted}`);
      }
      if (column === width) labels![row] = value;
      else pixels[row * width + column] = value / scale;
    });
  });
  return { pixels, count: records.length, labels };
}

async function fromIdx(path: string, { width, side, scale = 255 }: ImageOptions): Promise<Images> {
  const array = await idx(path);
  const inImage = array.shape.slice(1);
  const fits =
    inImage.length === 1 ? inImage[0] === width : inImage.length === 2 && inImage[0] === side && inImage[1] === side;
  if (!fits)
    throw new FormatError(
      `${path}: the file holds ${show(array.shape)}; images are wanted, [count, ${side}, ${side}] or [count, ${width}]`,
    );
  const values = await array.data();
  return {
    pixels: Float32Array.from(values, (value) => Math.min(Math.max(value / scale, 0), 1)),
    count: array.shape[0]!,
    labels: null,
  };
}

function fromPgm(path: string, bytes: Uint8Array, { width, side, scale }: ImageOptions): Images {
  const images = parsePgm(bytes, path);
  const pixels = new Float32Array(images.length * width);
  images.forEach((image, i) => {
    if (image.width !== side || image.height !== side) {
      throw new FormatError(
        `${path}: image ${i + 1} has ${image.width} × ${image.height} pixels; the model takes ${side} × ${side}`,
      );
    }
    const values = image.values.map((value) => Math.min(value / (scale ?? image.white), 1));
    const brightness = values.reduce((a, b) => a + b, 0) / values.length;
    const isPaper = brightness > 0.5; // dark ink on light paper, as scanned: turned round
    pixels.set(isPaper ? values.map((value) => 1 - value) : values, i * width);
  });
  return { pixels, count: images.length, labels: null };
}
