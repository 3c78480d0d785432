export * from "./dtype.ts";
export * from "./errors.ts";
export * from "./nearest.ts";
export * from "./options.ts";
export * from "./shape.ts";
export * from "./storage.ts";
export * from "./types.ts";
