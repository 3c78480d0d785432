export { LoopBuilder } from "./builder.ts";
export { compile, type HostCall, type Program, type Source } from "./compile.ts";
export { countKernels, explainProgram } from "./explain.ts";
export * from "./loops.ts";
export { reportSlot } from "./lower.ts";
