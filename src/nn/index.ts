export * from "./functional/index.ts";
export * as init from "./initialize.ts";
export * from "./layers/index.ts";
export { type AnyModule, type LoadOptions, Module } from "./module.ts";
export { Buffer, Parameter } from "./parameter.ts";
export { type LoadReport, loadState, type StateDict } from "./state.ts";
