export { engineFeatures, useRelaxedSimd } from "../devices/index.ts";
export {
  type Allowed,
  ascending,
  ascendingTo,
  checkFirst,
  checkNeighbours,
  checkNodes,
  checkValues,
  strictlyAscending,
} from "./checks.ts";
export { defaultDevice, deleteDevice, deviceNames, getDevice, restartDevice, setDefaultDevice } from "./devices.ts";
export { difference, type Fingerprint, fingerprintOf } from "./fingerprint.ts";
export { programOf, type TracedGraph, type TracedProgram, traceGraph } from "./program.ts";
export { checkReadable, expect, flush, realize } from "./realize.ts";
export {
  type Asked,
  asPlain,
  collectChecks,
  currentTrace,
  inTrace,
  isPlain,
  isTracing,
  type Leaving,
  noteCheck,
  noteFields,
  Trace,
  type TraceOptions,
} from "./trace.ts";
export { Variable, type VariableOptions, watchAssignments } from "./variable.ts";
export { isWatched, Watched, watched } from "./watched.ts";
