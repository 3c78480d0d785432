/** The entry for pages. */
export * from "./index.ts";
