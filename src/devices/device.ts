/** What every device offers to the runtime. */
import type { Cell, Storage } from "../base/index.ts";
import type { Node } from "../graph/index.ts";

/**
 * A graph to be run many times. Its leaves are placeholders (and generators); the first `inputs` of them are given anew at each run, the
 * others stand for cells whose values the program may replace.
 */
export interface Specification {
  readonly inputs: readonly Node[];
  readonly states: readonly Node[];
  /** Values handed back from each run. */
  readonly outputs: readonly Node[];
  /** New values of states: `value` is assigned to the cell of `states[state]` after everything has been read. */
  readonly updates: readonly { readonly state: number; readonly value: Node }[];
  /** Checks that run though none of the others needs them: one that fails throws, and no state has changed. */
  readonly checks?: readonly Node[];
  /** Whether it will run again and again, so that a device may take its time over making it fast. */
  readonly repeated?: boolean;
}

/** A specification made ready. */
export interface Executable {
  /** One result for every output. */
  run(inputs: readonly Storage[], cells: readonly Cell[]): Storage[];
  /** What was made of the graph, for people: kernels, memory, FLOPs. */
  describe(): string;
  /** Number of kernels that run; 0 where nothing is compiled. */
  readonly kernels: number;
  /** Gives back what the program holds. */
  dispose(): void;
}

export interface Device {
  readonly name: string;
  /** True once `dispose` was called; programs and cells of the device are gone. */
  readonly deleted: boolean;
  prepare(specification: Specification): Executable;
  /** One line for `gradus doctor`: what runs, with which instructions. */
  describe(): string;
  dispose(): void;
}
