/** 10,000 sequences of calls at the border of `compile`; see `tests/runtime/random-calls.ts`. */
import { describe, test } from "vitest";
import { setDefaultDevice } from "../../src/runtime/index.ts";
import { runSequence } from "../runtime/random-calls.ts";

describe.each([
  ["reference", 9_000],
  ["wasm", 1_000],
] as const)("on %s", (device, sequences) => {
  test(`${sequences} sequences of calls and changes leave what they leave without compile`, () => {
    setDefaultDevice(device);
    for (let seed = 1000; seed < 1000 + sequences; seed++) runSequence(seed, 8);
    setDefaultDevice("auto");
  });
});
