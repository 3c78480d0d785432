/** The page of functions, as far as it can be checked without running the tests that it tells of. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { pagePath, renderPage, undocumented, withoutEvidence } from "./support/functions/page.ts";
import { root } from "./support/repository.ts";

test("every public function and class has a docstring", () => {
  expect(undocumented().docstring).toEqual([]);
});

test("the page lists them all, with what their docstrings say; npm run docs writes it anew", () => {
  const page = readFileSync(join(root, pagePath), "utf8");
  expect(withoutEvidence(page)).toBe(withoutEvidence(renderPage(new Map())));
});
