/** Tests of many random programs, some hundred in a test. A failing one is made smaller and printed as code. */
import { expect, test } from "vitest";
import { disagreement, type Finding, type Way } from "./agreement.ts";
import { randomProgram } from "./random-programs.ts";
import { codeOf, programOf, type Recipe } from "./recipe.ts";
import { shrink } from "./shrink.ts";

/** What is wrong with a program, an error that it throws included. */
function examine(recipe: Recipe, way: Way, trials?: readonly number[]): Finding {
  try {
    return disagreement(programOf(recipe), way, trials);
  } catch (error) {
    return { text: `throws ${error instanceof Error ? error.message : String(error)}`, shaky: false };
  }
}

function report(seed: number, recipe: Recipe, way: Way, complaint: string): string {
  const throws = complaint.startsWith("throws");
  const fails = (smaller: Recipe) => examine(smaller, way, [32]).text?.startsWith("throws") === throws;
  const smallest = shrink(recipe, fails);
  return `program ${seed}, ${complaint}\n\n${codeOf(smallest)}\n\n${examine(smallest, way).text}`;
}

/** Runs the programs of seeds `from` … `to`; one in `eagerOneIn` also without being traced. */
export function testPrograms(from: number, to: number, { chunk = 250, eagerOneIn = 5 } = {}): void {
  for (let first = from; first <= to; first += chunk) {
    const last = Math.min(to, first + chunk - 1);
    test(`programs ${first} to ${last}`, { timeout: 300_000 }, () => {
      let shaky = 0;
      for (let seed = first; seed <= last; seed++) {
        if (testProgram(seed, seed % eagerOneIn === 0 ? ["traced", "eager"] : ["traced"])) shaky++;
      }
      expect(shaky).toBeLessThan(0.04 * chunk); // few programs need the tolerant look
    });
  }
}

/** Whether results agreed only at the tolerant look. */
function testProgram(seed: number, ways: readonly Way[]): boolean {
  const recipe = randomProgram(seed);
  let shaky = false;
  for (const way of ways) {
    const found = examine(recipe, way);
    if (found.text !== null) expect.fail(report(seed, recipe, way, found.text));
    shaky ||= found.shaky;
  }
  return shaky;
}
