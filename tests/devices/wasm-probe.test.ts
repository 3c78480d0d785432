/**
 * What the engine is found to be able to do. Each case runs in a Node of its own, as flags count for the whole process.
 */
import { spawnSync } from "node:child_process";
import { buildSync } from "esbuild";
import { beforeAll, expect, test } from "vitest";
import { root } from "../support/repository.ts";

let probe: string;

beforeAll(() => {
  const built = buildSync({
    entryPoints: [`${root}/src/devices/wasm/probe.ts`],
    bundle: true,
    format: "esm",
    write: false,
  });
  probe = built.outputFiles[0]!.text;
});

/** What the script prints, as JSON; fails if it complains. */
function inNode(script: string): unknown {
  const code = `import v8 from "node:v8";\n${probe}\n${script}`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-"], {
    input: code,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

const [major = 0, minor = 0] = process.versions.v8.split(".").map(Number);
const withoutFlag = major > 11 || (major === 11 && minor >= 4); // since then relaxed SIMD is on

test("Node has SIMD, and relaxed SIMD by itself since V8 11.4", () => {
  expect(inNode("console.log(JSON.stringify(engineFeatures()))")).toEqual({ simd: true, relaxed: withoutFlag });
});

test("relaxed SIMD can be enabled before anything is compiled, without a complaint from versions that have it", () => {
  const script = "console.log(JSON.stringify([enableRelaxedSimd(v8.setFlagsFromString), engineFeatures()]))";
  const all = { simd: true, relaxed: true };
  expect(inNode(script)).toEqual([all, all]);
});

test("it can also be enabled after the engine was asked", () => {
  const script = "engineFeatures(); console.log(JSON.stringify(enableRelaxedSimd(v8.setFlagsFromString)))";
  expect(inNode(script)).toEqual({ simd: true, relaxed: true });
});

test("an engine whose flag does nothing stays without it", () => {
  const script = "console.log(JSON.stringify(enableRelaxedSimd(() => {}).relaxed))";
  expect(inNode(script)).toBe(withoutFlag);
});
