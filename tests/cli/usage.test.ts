import { describe, expect, test } from "vitest";
import { gradus } from "./terminal.ts";

describe("gradus --help", () => {
  test("lists the commands and what exit codes mean, and succeeds", async () => {
    const { code, out, err } = await gradus("--help");
    expect(code).toBe(0);
    expect(err).toBe("");
    for (const word of ["train", "predict", "doctor", "Exit codes: 0 done, 1 failed, 2 wrong usage, 130 stopped"]) {
      expect(out).toContain(word);
    }
  });

  test.each([
    ["train", ["--model", "--epochs", "--lr", "--seed", "--device", "--out", "--batch-size", "Ctrl-C"]],
    ["predict", ["<model>", "<file>", "--scale", "IDX", "PGM", "CSV"]],
    ["doctor", ["--device", "Exits with 0"]],
  ])("of %s lists its options", async (command, words) => {
    for (const args of [
      [command, "--help"],
      ["help", command],
    ]) {
      const { code, out } = await gradus(...args);
      expect(code).toBe(0);
      for (const word of words) expect(out).toContain(word);
    }
  });

  test("--version prints the package's version alone", async () => {
    expect(await gradus("--version")).toEqual({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: "" });
  });
});

describe("a command line that makes no sense ends with 2, says why on standard error, and prints no result", () => {
  test.each([
    [["trian"], "unknown command 'trian'"],
    [["train"], "missing required argument 'dataset'"],
    [["train", "letters"], "There is no such data set; there is digits."],
    [["train", "digits", "--model", "rnn"], "Allowed choices are mlp, cnn."],
    [["train", "digits", "--epochs", "0"], "A whole number from 1 is wanted."],
    [["train", "digits", "--epochs", "2.5"], "A whole number from 1 is wanted."],
    [["train", "digits", "--batch-size", "-4"], "A whole number from 1 is wanted."],
    [["train", "digits", "--lr", "fast"], "A number above zero is wanted."],
    [["train", "digits", "--lr", "0"], "A number above zero is wanted."],
    [["train", "digits", "--seed", "abc"], "A whole number from 0 is wanted."],
    [["train", "digits", "--rate", "1"], "unknown option '--rate'"],
    [["predict", "model.safetensors"], "missing required argument 'file'"],
    [["doctor", "--device", "gpu"], "there is no such device; there are auto, reference, wasm"],
  ])("%j", async (args, reason) => {
    const { code, out, err } = await gradus(...args);
    expect(err).toContain(reason);
    expect(out).toBe("");
    expect(code).toBe(2);
  });

  test("no command at all prints the help", async () => {
    const { code, out, err } = await gradus();
    expect(out + err).toContain("Usage: gradus");
    expect(code).toBe(2);
  });
});
