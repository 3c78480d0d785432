/** All initial values, as `nn.init`. */
export * from "./init.ts";
export * from "./init-structured.ts";
