/** Runs in every file of tests: what its passed tests have exercised becomes a note on the file, for the reporter. */
import { afterAll, afterEach, beforeAll, beforeEach, type TaskMeta } from "vitest";
import { beginFile, type Exercises, exercises, finishTest } from "./recorder.ts";

declare module "vitest" {
  interface TaskMeta {
    exercises?: Exercises;
  }
}

let meta: TaskMeta = {}; // of the file whose tests run

beforeAll(() => beginFile());

beforeEach(({ task }) => {
  meta = task.file.meta;
  finishTest(false); // what ran outside of tests belongs to none
});

afterEach(({ task }) => finishTest(task.result?.state !== "fail"));

afterAll(() => {
  meta.exercises = exercises();
});
