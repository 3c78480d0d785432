/**
 * Every function, layer and loss called wrongly in each way that applies to it. An error names the operation as the user spelled it and what
 * was found, and says the way out; all texts are held in wrong-calls/messages.txt.
 */
import { expect, test } from "vitest";
import { GradusError, ValueError } from "../../src/base/index.ts";
import * as nn from "../../src/nn/index.ts";
import { elsewhere, functionOf, rows } from "./wrong-calls/index.ts";

/** What is thrown; fails when nothing is. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return expect.fail("nothing was thrown");
}

test("every export has a row, or is said to stand elsewhere", () => {
  const named = new Set([...Object.keys(rows), ...Object.keys(elsewhere)]);
  expect(Object.keys(nn).filter((name) => !named.has(name))).toEqual([]);
  expect([...named].filter((name) => !Object.hasOwn(nn, name))).toEqual([]);
});

const names = Object.keys(rows);

test.each(names)("%s works when it is called rightly", (name) => {
  rows[name]!.right();
});

test.each(names.filter((name) => rows[name]!.options))("%s refuses options that it does not know", (name) => {
  const error = thrownBy(() => rows[name]!.right({ noSuchOption: 1 } as never));
  expect(error).toBeInstanceOf(ValueError);
  expect((error as ValueError).message).toMatch(
    new RegExp(`^${name}: there is no option "noSuchOption"; there are \\w`),
  );
});

/** A layer's wrong input may be told by its function: conv2d for Conv2d. */
const spellings = (name: string): string[] => [name, functionOf[name] ?? name];

/** How the disagreement is told, and what would be right. */
const wayOut =
  /;| not | no |≠|>|shape is |shapes|whole number|more than|above|does not|leaves nothing|reach|is for |takes /;

const wrongs = names.flatMap((name) => rows[name]!.wrong.map(([what, call, found]) => ({ name, what, call, found })));

test.each(wrongs)("$name names a wrong thing: $what", ({ name, call, found }) => {
  const error = thrownBy(call);
  expect(error).toBeInstanceOf(GradusError);
  const { message } = error as GradusError;
  const spelled = spellings(name).some((spelling) =>
    new RegExp(`(^|: |\\.)${spelling}(\\.[\\w.]+)?: `, "i").test(message),
  );
  expect(spelled, message).toBe(true);
  expect(message).toContain(found);
  expect(message).toMatch(wayOut);
});

test("all texts are as they were read", async () => {
  const lines = wrongs.map(({ name, what, call }) => {
    const error = thrownBy(call) as Error;
    return `${name}, ${what}\n    ${error.name}: ${error.message}\n`;
  });
  await expect(lines.join("")).toMatchFileSnapshot("wrong-calls/messages.txt");
});
