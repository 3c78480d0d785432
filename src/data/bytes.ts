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
    const packed = new Blob([bytes as Uint8Array<ArrayBuffer>]); // a Blob copies; shared memory has no business here
    const unpacked = packed.stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(unpacked).arrayBuffer());
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError(`${name}: the gzip data is corrupt or truncated (${reason})`);
  }
}
