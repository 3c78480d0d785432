import { defineConfig } from "vitest/config";
import { recordCalls } from "./tests/support/functions/plugin.ts";
import { FunctionsReporter } from "./tests/support/functions/reporter.ts";

export default defineConfig({
  plugins: [recordCalls()],
  test: {
    reporters: ["default", new FunctionsReporter()],
    setupFiles: ["tests/support/functions/setup.ts"],
    include: ["tests/**/*.test.ts"],
    environment: "node",
    pool: "forks",
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
