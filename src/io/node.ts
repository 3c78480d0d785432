/** Files on disk, for Node, Deno and Bun. */
import { open, readFile, rename, unlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { FormatError } from "../base/index.ts";
import {
  type NamedTensors,
  readSafetensors,
  type SafetensorsFile,
  type WriteOptions,
  writeSafetensors,
} from "./index.ts";

export * from "./index.ts";

/**
 * Writes tensors to a safetensors file. The path holds the old file or the new one, never a part of it.
 *
 * @example
 * const model = new Linear(4, 2);
 * await io.saveSafetensors("model.safetensors", model.stateDict());
 * Object.keys((await io.loadSafetensors("model.safetensors")).tensors); // => [ 'weight', 'bias' ]
 */
export async function saveSafetensors(path: string, tensors: NamedTensors, options: WriteOptions = {}): Promise<void> {
  await writeFileAtomically(path, await writeSafetensors(tensors, options));
}

/**
 * Reads a safetensors file.
 *
 * @throws FormatError  naming the file, what is wrong, and where; nothing is loaded then
 * @example
 * const model = new Linear(4, 2);
 * await io.saveSafetensors("model.safetensors", model.stateDict());
 * const { tensors } = await io.loadSafetensors("model.safetensors");
 * model.loadStateDict(tensors); // => { missing: [], unexpected: [] }
 */
export async function loadSafetensors(path: string): Promise<SafetensorsFile> {
  const bytes = await readFile(path);
  try {
    return readSafetensors(bytes);
  } catch (error) {
    throw error instanceof FormatError ? new FormatError(`${path}: ${error.message}`) : error;
  }
}

let parts = 0;

/**
 * Replaces the file at `path`: writes beside it, sees to it that the bytes are on the disk, and renames. Whoever reads
 * meanwhile, and whoever looks after a power cut, finds either the old content or the new one.
 *
 * @example
 * await io.writeFileAtomically("notes.txt", "the whole of it, or nothing");
 */
export async function writeFileAtomically(path: string, content: Uint8Array | string): Promise<void> {
  const target = resolve(path);
  const part = `${target}.${process.pid}-${parts++}.part`;
  const file = await open(part, "wx");
  try {
    await file.writeFile(content);
    await file.sync();
    await file.close();
    await rename(part, target);
  } catch (error) {
    await file.close().catch(() => {}); // it may be closed already
    await unlink(part).catch(() => {}); // nor need it exist any more
    throw error;
  }
  await syncDirectory(dirname(target));
}

/** Sees to it that the new name is on the disk as well, where the system can do that for a directory. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, "r").catch(() => null); // Windows opens no directories
  if (directory === null) return;
  try {
    await directory.sync();
  } catch {
    // some file systems refuse; the content is safe, only the name's time is not
  } finally {
    await directory.close();
  }
}
