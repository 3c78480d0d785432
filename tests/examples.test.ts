/**
 * The examples in docstrings: every `@example` that says what a value prints as (`// => …`) is run, and says the truth.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { format } from "node:util";
import { transform } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as gradus from "../src/node.ts";
import * as plot from "../src/plot/index.ts";
import { agrees, CHECK, instrument } from "./support/documents.ts";
import { filesBelow, root } from "./support/repository.ts";

interface Example {
  readonly place: string;
  readonly text: string;
}

/** The examples of a file that make claims, without the stars of the comment. */
function examplesOf(file: string): Example[] {
  const source = readFileSync(join(root, file), "utf8");
  return [...source.matchAll(/@example\n((?:\s*\*(?!\/)(?! @).*\n)+)/g)].flatMap((match) => {
    const text = match[1]!.replace(/^\s*\* ?/gm, "");
    const line = source.slice(0, match.index).split("\n").length + 1;
    return text.includes("// =>") ? [{ place: `${file}:${line}`, text }] : [];
  });
}

const examples = filesBelow("src")
  .filter((file) => file.endsWith(".ts"))
  .flatMap(examplesOf);

describe("docstrings", () => {
  const before = process.cwd();
  const place = mkdtempSync(join(tmpdir(), "gradus-examples-")); // what they write is written here
  beforeAll(() => process.chdir(place));
  afterAll(() => {
    process.chdir(before);
    rmSync(place, { recursive: true });
  });

  test("have examples", () => {
    expect(examples.length).toBeGreaterThan(10);
  });

  test.each(examples)("$place", async ({ text }) => {
    const { text: instrumented, claims } = instrument(text);
    expect(claims).toBeGreaterThan(0);
    const { code } = await transform(instrumented, { loader: "ts", target: "es2022" });
    const check = (expected: string, ...values: unknown[]): void => {
      const printed = format(...values);
      if (!agrees(printed, expected)) expect.fail(`prints ${printed}, not ${expected}`);
    };
    const names = { ...gradus, ...gradus.nn, plot };
    const body = `return (async () => { ${code} })()`;
    await new Function(CHECK, ...Object.keys(names), body)(check, ...Object.values(names));
  });
});
