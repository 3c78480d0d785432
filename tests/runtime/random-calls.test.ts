/** Random calls of compiled functions agree with the same calls without `compile`; `npm run soak` makes 10,000 sequences of them. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setDefaultDevice } from "../../src/runtime/index.ts";
import { runSequence } from "./random-calls.ts";

// what happens at the border is the same on all devices; on the reference no time goes into compiling
describe.each([
  ["reference", 270],
  ["wasm", 30],
] as const)("on %s", (device, sequences) => {
  beforeAll(() => setDefaultDevice(device));
  afterAll(() => setDefaultDevice("auto"));

  test(`${sequences} sequences of calls and changes leave what they leave without compile`, () => {
    for (let seed = 1; seed <= sequences; seed++) expect(() => runSequence(seed, 5)).not.toThrow();
  });
});
