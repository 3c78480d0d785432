/** What the memory holds after garbage has been collected. */
import { getDevice } from "../../src/runtime/index.ts";

export interface Sample {
  /** How many steps have been made. */
  readonly step: number;
  /** Of JavaScript objects, in bytes. */
  readonly heap: number;
  /** Of typed arrays' buffers, in bytes. */
  readonly buffers: number;
  /** What the wasm device says of itself; it ends with the size of its memory. */
  readonly device: string;
}

export function sample(step: number): Sample {
  const collect = (globalThis as { gc?: () => void }).gc; // --expose-gc
  if (collect === undefined) throw new Error("run this with --expose-gc");
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { step, heap: heapUsed, buffers: arrayBuffers, device: getDevice("wasm").describe() };
}
