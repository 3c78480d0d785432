/** Options by name: what is not known is refused, with the name that was probably meant. */
import { describe, expect, test } from "vitest";
import { checkOptions, nearest, ValueError } from "../../src/base/index.ts";

describe("checkOptions", () => {
  const allowed = ["lr", "momentum", "weightDecay"];

  test("takes known names, and none at all", () => {
    expect(() => checkOptions("SGD", { lr: 1, weightDecay: 0 }, allowed)).not.toThrow();
    expect(() => checkOptions("SGD", {}, allowed)).not.toThrow();
    expect(() => checkOptions("SGD", undefined, allowed)).not.toThrow();
  });

  test.each<[string, unknown, string]>([
    [
      "a misspelled name",
      { momentun: 1 },
      'SGD: there is no option "momentun" (nearest: momentum); there are lr, momentum, weightDecay',
    ],
    [
      "Python's spelling",
      { weight_decay: 1 },
      'SGD: there is no option "weight_decay" (nearest: weightDecay); there are lr, momentum, weightDecay',
    ],
    [
      "a name like no other",
      { temperature: 1 },
      'SGD: there is no option "temperature"; there are lr, momentum, weightDecay',
    ],
    [
      "what every object inherits",
      { toString: 1 },
      'SGD: there is no option "toString"; there are lr, momentum, weightDecay',
    ],
    [
      "a number",
      0.1,
      "SGD: options are an object of names and values, not the number 0.1; there are lr, momentum, weightDecay",
    ],
    ["null", null, "SGD: options are an object of names and values, not null; there are lr, momentum, weightDecay"],
    [
      "an array",
      [1],
      "SGD: options are an object of names and values, not an array; there are lr, momentum, weightDecay",
    ],
  ])("refuses %s", (_, options, message) => {
    expect(() => checkOptions("SGD", options, allowed)).toThrow(new ValueError(message));
  });

  test("says what is missing", () => {
    for (const given of [undefined, {}, { pieces: undefined }])
      expect(() => checkOptions("maxout", given, ["pieces", "axis"], ["pieces"])).toThrow(
        new ValueError('maxout: the option "pieces" is missing; it has no default'),
      );
    checkOptions("maxout", { pieces: 2 }, ["pieces", "axis"], ["pieces"]);
  });

  test("says where there are none", () => {
    expect(() => checkOptions("relu", { p: 1 }, [])).toThrow(
      new ValueError('relu: there is no option "p"; there are none'),
    );
  });
});

test("the nearest name is at most a third of the letters, or two, away", () => {
  expect(nearest("bets", ["betas", "eps"])).toBe("betas");
  expect(nearest("learning", ["lr", "eps"])).toBe(null);
});
