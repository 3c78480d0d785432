import { defineConfig } from "vitest/config";
import { recordCalls } from "./tests/support/functions/plugin.ts";
import { FunctionsReporter } from "./tests/support/functions/reporter.ts";
import { LongestFirst } from "./tests/support/sequence.ts";

/** Files that replace modules, load them anew or count what a fresh process has: each gets a process of its own. */
const alone = ["tests/cli/doctor.test.ts", "tests/errors/runtime.test.ts", "tests/runtime/programs.test.ts"];

export default defineConfig({
  plugins: [recordCalls()],
  test: {
    reporters: ["default", new FunctionsReporter()],
    environment: "node",
    pool: "forks",
    maxWorkers: "100%", // one core in two would stand idle
    testTimeout: 60_000,
    hookTimeout: 120_000,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          // modules stay loaded and warm from file to file: half of the time of most files went into that
          name: "shared",
          isolate: false,
          setupFiles: ["tests/support/functions/setup.ts", "tests/support/fresh.ts"],
          include: ["tests/**/*.test.ts"],
          exclude: alone,
        },
      },
      {
        extends: true,
        test: {
          name: "alone",
          setupFiles: ["tests/support/functions/setup.ts"],
          include: alone,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
