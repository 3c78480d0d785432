/** Getting at the bytes of a file: from memory or from the network, packed with gzip or not. */
import { FormatError } from "../base/index.ts";

/** Where bytes come from: themselves, or an address to fetch (in Node also a path). */
export type ByteSource = Uint8Array | ArrayBuffer | URL | string;

/** The bytes of a source, and what errors call it. */
export interface NamedBytes {
  readonly bytes: Uint8Array;
  readonly name: string;
}

/** How a platform gets at the bytes of a source. */
export type Read = (source: ByteSource) => Promise<NamedBytes>;

/** Bytes from memory or from the network, unpacked if they were packed with gzip. */
export const fetchBytes: Read = async (source) => {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) {
    return {
      bytes: await gunzip(source instanceof ArrayBuffer ? new Uint8Array(source) : source, "bytes"),
      name: "bytes",
    };
  }
  const name = String(source);
  const response = await fetch(source);
  if (!response.ok) throw new FormatError(`${name}: the server answers ${response.status} ${response.statusText}`);
  return { bytes: await gunzip(new Uint8Array(await response.arrayBuffer()), name), name };
};

/** Unpacks gzip; other bytes come back as they are. `name` is for the error. */
export async function gunzip(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes; // RFC 1952: ID1, ID2
  try {
    const { readable, writable } = new DecompressionStream("gzip");
    const [unpacked] = await Promise.all([collect(readable), feed(writable, bytes)]);
    return unpacked;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError(`${name}: the gzip data is corrupt or truncated (${reason})`);
  }
}

async function feed(writable: WritableStream<BufferSource>, bytes: Uint8Array): Promise<void> {
  const writer = writable.getWriter();
  await writer.write(bytes as Uint8Array<ArrayBuffer>); // files and responses do not come in shared memory
  await writer.close();
}

async function collect(readable: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    parts.push(next.value);
    size += next.value.length;
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
