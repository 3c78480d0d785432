/** `npm run soak`: the tests that take minutes, in `tests/soak`. They are no part of `npm test`. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/soak/**/*.soak.ts"],
    environment: "node",
    pool: "forks",
    fileParallelism: false, // each may take the memory of a machine
    passWithNoTests: true,
    testTimeout: 3_600_000,
    hookTimeout: 3_600_000,
  },
});
