/** All initial values, as `nn.init`. */
export * from "./init.ts";
export * from "./init-data.ts";
export * from "./init-structured.ts";
export * from "./init-truncated.ts";
