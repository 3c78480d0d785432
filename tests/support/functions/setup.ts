/** Runs in every file of tests: what its passed tests have exercised becomes a note on the file, for the reporter. */
import { afterEach, beforeEach } from "vitest";
import { type Exercises, exercises, finishTest } from "./recorder.ts";

declare module "vitest" {
  interface TaskMeta {
    exercises?: Exercises;
  }
}

beforeEach(() => finishTest(false)); // what ran outside of tests belongs to none

afterEach(({ task }) => {
  finishTest(task.result?.state !== "fail");
  task.file.meta.exercises = exercises();
});
