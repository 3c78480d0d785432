/** The command as a process of its own: signals, exit codes, pipes. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureBuilt, execute, root } from "../support/repository.ts";

const main = join(root, "dist/bundled/cli.js");
const place = mkdtempSync(join(tmpdir(), "gradus-process-"));

beforeAll(() => ensureBuilt());
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Runs `gradus …args`, and sends SIGINT when standard output first holds `sign`. */
function interruptedAt(sign: string, ...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], { cwd: place });
    let [out, err, sent] = ["", "", false];
    child.stdout.on("data", (chunk) => {
      out += chunk;
      if (!sent && out.includes(sign)) {
        sent = true;
        child.kill("SIGINT");
      }
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

test("Ctrl-C ends a training after the step at hand, keeps the best model, and ends with 130", async () => {
  const { code, out, err } = await interruptedAt(
    "epoch    3/5000",
    "train",
    "digits",
    "--epochs",
    "5000",
    "--out",
    "run",
  );
  const history = JSON.parse(readFileSync(join(place, "run/history.json"), "utf8"));
  expect(code).toBe(130);
  expect(history.ending).toBe("interrupted");
  expect(history.epochs.length).toBeGreaterThanOrEqual(3);
  expect(history.epochs.length).toBeLessThan(5000);
  expect(history.keptEpoch).toBe(history.bestEpoch);
  const losses: number[] = history.epochs.map((e: { validation: { loss: number } }) => e.validation.loss);
  expect(history.bestEpoch).toBe(losses.indexOf(Math.min(...losses)) + 1);
  expect(err).toBe(`gradus: interrupted; the model of epoch ${history.bestEpoch} is kept\n`);
  expect(out.trimEnd().split("\n").at(-1)).toBe(`test accuracy ${history.test.accuracy.toFixed(4)}`);
  const predicted = execute(
    process.execPath,
    [main, "predict", "run/model.safetensors", join(root, "data/digits.csv.gz")],
    place,
  );
  expect(predicted.status).toBe(0);
});

test("exit codes reach the shell", () => {
  const status = (...args: string[]) => execute(process.execPath, [main, ...args], place).status;
  expect([status("--version"), status("doctor"), status("predict", "none", "none"), status("nothing")]).toEqual([
    0, 0, 1, 2,
  ]);
});

test("errors go to standard error, so that a pipe gets results only", () => {
  const { stdout, stderr } = execute(process.execPath, [main, "predict", "none.safetensors", "none.csv"], place);
  expect(stdout).toBe("");
  expect(stderr).toBe("gradus: ENOENT: no such file or directory, open 'none.safetensors'\n");
});

test("a reader that has seen enough is no failure", () => {
  const script = `"${process.execPath}" "${main}" --help | true; exit \${PIPESTATUS[0]}`;
  const { status, stderr } = execute("bash", ["-c", script], place);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

test("the environment turns relaxed SIMD off, and the doctor says so", () => {
  const env = { ...process.env, GRADUS_RELAXED_SIMD: "0" };
  const { status, stdout } = execute(process.execPath, [main, "doctor"], place, env);
  expect(stdout).toMatch(/^· relaxed simd {2}turned off by the environment \(GRADUS_RELAXED_SIMD=0\)/m);
  expect(status).toBe(0);
});
