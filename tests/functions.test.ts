/**
 * The page of functions, as far as it can be checked without running the tests that it tells of: what it says of them is taken from the
 * page itself here, and checked by the reporter at the end of a whole run.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { evidenceIn, pagePath, renderPage, undocumented } from "./support/functions/page.ts";
import { root } from "./support/repository.ts";

test("every public function and class has a docstring", () => {
  expect(undocumented().docstring).toEqual([]);
});

test("every public function and class has an example", () => {
  expect(undocumented().example).toEqual([]);
});

test("the page lists them all, with what their docstrings say; vitest run tests/functions.test.ts -u writes that anew", async () => {
  const page = readFileSync(join(root, pagePath), "utf8");
  await expect(renderPage(evidenceIn(page))).toMatchFileSnapshot(join(root, pagePath));
});
