/**
 * Weights between PyTorch and Gradus: a state dict of each layer family in a safetensors file loads on the other side,
 * strictly, and gives the same outputs. What PyTorch wrote is recorded and read on every run (pytorch/README.md); where a
 * Python with torch is found it writes anew, and reads what Gradus writes.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import * as io from "../../src/io/node.ts";
import type * as nn from "../../src/nn/index.ts";
import { manualSeed, noGrad, random, type Tensor } from "../../src/tensor/index.ts";
import { devices } from "../fixtures-harness.ts";
import { succeed } from "../support/repository.ts";
import { families } from "./pytorch/families.ts";

const folder = fileURLToPath(new URL("pytorch/", import.meta.url));
const recorded = join(folder, "recorded");
const script = join(folder, "weights.py");

type Named = Readonly<Record<string, Tensor>>;

const load = async (from: string, name: string): Promise<Named> =>
  (await io.loadSafetensors(join(from, `${name}.safetensors`))).tensors;

/** `family/kind0`, `family/kind1`, … in their order. */
const partsOf = (examples: Named, family: string, kind: "input" | "output"): Tensor[] =>
  Object.keys(examples)
    .filter((key) => key.startsWith(`${family}/${kind}`))
    .sort()
    .map((key) => examples[key]!);

/** What the header of a safetensors file says: names, dtypes as the format calls them, shapes; by name. */
function layout(bytes: Uint8Array): string[] {
  const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size))) as Record<string, unknown>;
  return Object.entries(header)
    .map(([name, entry]) => {
      const { dtype, shape } = entry as { dtype: string; shape: number[] }; // the format's word
      return `${name}: ${dtype}[${shape.join(", ")}]`;
    })
    .sort();
}

const evaluate = (name: string, model: nn.AnyModule, inputs: readonly Tensor[]): readonly Tensor[] =>
  noGrad(() => families[name]!.call(model.eval(), inputs));

/** A model with PyTorch's weights gives PyTorch's outputs, and its own state has the same names, dtypes and shapes. */
async function expectLoads(from: string, name: string, device: string): Promise<void> {
  const [state, examples] = [await load(from, name), await load(from, "examples")];
  const model = families[name]!.make();
  expect(layout(await io.writeSafetensors(model.stateDict()))).toEqual(
    layout(readFileSync(join(from, `${name}.safetensors`))),
  );
  model.loadStateDict(state);
  const inputs = partsOf(examples, name, "input").map((x) => x.to(device));
  const expected = partsOf(examples, name, "output");
  expect(expected.length).toBeGreaterThan(0);
  const found = evaluate(name, model, inputs);
  expect(found.map((y) => y.shape)).toEqual(expected.map((y) => y.shape));
  found.forEach((y, i) => {
    const wanted = expected[i]!.dataSync();
    y.dataSync().forEach((value, k) => {
      const away = Math.abs(Number(value) - Number(wanted[k]));
      expect(away, `output ${i}, element ${k}`).toBeLessThanOrEqual(2e-6 + 1e-5 * Math.abs(Number(wanted[k])));
    });
  });
}

const names = Object.keys(families);

describe("what PyTorch wrote", () => {
  test("is recorded for every family", () => {
    const files = readdirSync(recorded).map((file) => file.replace(".safetensors", ""));
    expect(files.sort()).toEqual([...names, "examples"].sort());
  });

  describe.each(devices)("computes the same on %s", (device) => {
    test.each(names)("%s", (name) => expectLoads(recorded, name, device));
  });
});

/** A Python that has torch, or null. GRADUS_PYTHON names another than those that are tried. */
function pythonWithTorch(): string | null {
  const asks = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)";
  const tried = [process.env.GRADUS_PYTHON, "python3", "/usr/bin/python3", "python"];
  return tried.find((python) => python && spawnSync(python, ["-c", asks]).status === 0) ?? null;
}

const python = pythonWithTorch();

describe.runIf(python !== null)("where PyTorch is installed", () => {
  const place = mkdtempSync(join(tmpdir(), "gradus-pytorch-"));
  afterAll(() => rmSync(place, { recursive: true }));

  const patience = 300_000; // ms; loading torch alone takes seconds

  test("it writes what Gradus loads", { timeout: patience }, async () => {
    const said = succeed(python!, [script, "write", place]);
    const had = names.filter((name) => !said.includes(`has no ${name}\n`));
    for (const name of had) await expectLoads(place, name, "wasm");
  });

  test("it loads strictly what Gradus writes, and computes the same", { timeout: patience }, async () => {
    manualSeed(7);
    const examples: Record<string, Tensor> = {};
    const given = await load(recorded, "examples");
    for (const name of names) {
      const model = moved(families[name]!.make());
      await io.saveSafetensors(join(place, `${name}.safetensors`), model.stateDict());
      const inputs = partsOf(given, name, "input");
      inputs.forEach((x, i) => {
        examples[`${name}/input${i}`] = x;
      });
      evaluate(name, model, inputs).forEach((y, i) => {
        examples[`${name}/output${i}`] = y;
      });
    }
    await io.saveSafetensors(join(place, "examples.safetensors"), examples);
    const said = succeed(python!, [script, "check", place]);
    for (const name of names) expect(said).toMatch(new RegExp(`^${name} ok$|has no ${name}$`, "m"));
  });
});

/** A model in which nothing is 0 or 1 any more, as after training; variances and counts stay positive. */
function moved(model: nn.AnyModule): nn.AnyModule {
  const dict = Object.entries(model.stateDict()).map(([key, value]) => {
    if (value.dtype !== "float32") return [key, value.add(3)] as const;
    const noise: Tensor = random.uniform({ shape: value.shape, low: 0.1, high: 0.4 });
    return [key, value.add(noise)] as const;
  });
  model.loadStateDict(Object.fromEntries(dict));
  return model;
}
