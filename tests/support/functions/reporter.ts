/**
 * Gathers what the tests exercised, and at the end of a whole run says whether every golden case was held on every
 * device in both float types and whether `docs/functions.md` says what was found. `npm run docs` writes that page.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Reporter, TestModule, Vitest } from "vitest/node";
import { areas, loadCases, runName, settingsOf } from "../fixtures.ts";
import { filesBelow, root } from "../repository.ts";
import { keyOf } from "./exports.ts";
import { pagePath, renderPage, type Shown } from "./page.ts";
import { recordedFolders } from "./plugin.ts";
import type { Exercise, Exercises } from "./recorder.ts";

export class FunctionsReporter implements Reporter {
  readonly #write: boolean;
  #vitest: Vitest | null = null;

  constructor({ write = false }: { readonly write?: boolean } = {}) {
    this.#write = write;
  }

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    const filtered =
      this.#vitest?.config.testNamePattern !== undefined || process.env.GRADUS_TEST_DEVICES !== undefined;
    const ran = new Set(modules.filter((module) => module.state() === "passed").map((m) => m.relativeModuleId));
    const wanted = recordedFolders
      .flatMap((folder) => filesBelow(`tests/${folder}`))
      .filter((f) => f.endsWith(".test.ts"));
    const absent = wanted.filter((file) => !ran.has(file));
    if (filtered || absent.length > 0) {
      if (this.#write) fail(`the page of functions is not written: these files did not pass\n${absent.join("\n")}`);
      return; // part of the tests shows part of the page
    }
    const { found, held } = gather(modules.flatMap((module) => module.meta().exercises ?? []));
    const missing = notHeld(held);
    if (missing.length > 0) fail(`golden cases that no test holds:\n${missing.join("\n")}`);
    const page = renderPage((definition) => shown(found.get(keyOf(definition))));
    if (this.#write) writeFileSync(join(root, pagePath), page);
    else if (readFileSync(join(root, pagePath), "utf8") !== page)
      fail(`${pagePath} is not what the tests show; write it anew with: npm run docs`);
  }
}

function fail(message: string): void {
  console.error(`\n${message}\n`);
  process.exitCode = 1;
}

/** What all files showed together. */
function gather(notes: readonly Exercises[]): {
  readonly found: ReadonlyMap<string, Exercise>;
  readonly held: ReadonlySet<string>;
} {
  const found = new Map<string, Exercise>();
  for (const [key, one] of notes.flatMap(({ functions }) => Object.entries(functions))) {
    const before = found.get(key);
    const both = (field: keyof Exercise): string[] => [...new Set([...(before?.[field] ?? []), ...one[field]])];
    found.set(key, { cases: both("cases"), derivatives: both("derivatives"), devices: both("devices") });
  }
  return { found, held: new Set(notes.flatMap(({ held }) => held)) };
}

const shown = (found: Exercise | undefined): Shown | undefined => found && { ...found, cases: found.cases.length };

/** The runs of cases that were not held. */
function notHeld(held: ReadonlySet<string>): string[] {
  const wanted = areas.flatMap((area) =>
    loadCases(area).flatMap((c) => settingsOf(c).map((setting) => runName(area, c, setting))),
  );
  return wanted.filter((name) => !held.has(name));
}
