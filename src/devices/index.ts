/** The devices of this build. Adding one is one line here and its folder. */
import type { Device } from "./device.ts";
import { createReferenceDevice } from "./reference/index.ts";
import { createWasmDevice } from "./wasm/index.ts";

export type { Device, Executable, Specification } from "./device.ts";
export { engineFeatures, useRelaxedSimd } from "./wasm/index.ts";

export const devices = {
  reference: createReferenceDevice,
  wasm: createWasmDevice,
} as const satisfies Record<string, () => Device>;
