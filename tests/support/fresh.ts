/** Runs in every file whose process serves other files too: what a file sets for the whole process ends with it. */
import { afterAll } from "vitest";
import { defaultDevice, setDefaultDevice } from "../../src/runtime/index.ts";

const device = defaultDevice();
afterAll(() => setDefaultDevice(device));
