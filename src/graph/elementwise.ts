/** The elementwise primitives, chapter by chapter. */
export * from "./elementwise-arithmetic.ts";
export * from "./elementwise-bits.ts";
export * from "./elementwise-comparison.ts";
export * from "./elementwise-exponential.ts";
export * from "./elementwise-trigonometric.ts";
