export { engineFeatures, useRelaxedSimd } from "../devices/index.ts";
export { defaultDevice, deleteDevice, deviceNames, getDevice, restartDevice, setDefaultDevice } from "./devices.ts";
export { checkReadable, expect, flush, realize, type TracedProgram, traceProgram } from "./realize.ts";
export { guarded, isTracing, onTraceEnd } from "./trace.ts";
export { Variable, type VariableOptions, watchAssignments } from "./variable.ts";
