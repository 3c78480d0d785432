/**
 * Keeping weights: those of the best epoch, and those that were last known to be good. A snapshot is a state dict; its tensors are
 * immutable, so it costs one copy of the parameters, made when training goes on.
 */
import { numbersOf } from "../base/index.ts";
import type { AnyModule, StateDict } from "../nn/index.ts";

/** The weights at some moment of a run. */
export interface Snapshot {
  /** Epochs that had ended. */
  readonly epoch: number;
  /** Steps that had been taken. */
  readonly step: number;
  readonly state: StateDict;
  /** Averages of the weights, where there are such. */
  readonly average: StateDict | null;
}

/** What a snapshot is taken of. */
export interface Kept {
  readonly model: AnyModule;
  readonly average: AnyModule | null;
}

export function takeSnapshot({ model, average }: Kept, epoch: number, step: number): Snapshot {
  return { epoch, step, state: model.stateDict(), average: average?.stateDict() ?? null };
}

export function restoreSnapshot({ model, average }: Kept, snapshot: Snapshot): void {
  model.loadStateDict(snapshot.state);
  if (snapshot.average !== null) average?.loadStateDict(snapshot.average);
}

/** Whether every number of a snapshot is finite: a step can ruin weights whose loss was still finite. */
export async function isFiniteSnapshot({ state }: Snapshot): Promise<boolean> {
  for (const tensor of Object.values(state)) {
    const values = numbersOf(await tensor.data());
    for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return false;
  }
  return true;
}
