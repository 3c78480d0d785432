/** Elementary functions spelled in the operations of a ScalarBuilder. */

export * from "./division.ts";
export * from "./exponential.ts";
export * from "./hyperbolic.ts";
export * from "./threefry.ts";
