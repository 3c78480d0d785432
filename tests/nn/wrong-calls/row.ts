/** The rows of the table of wrong calls, and what the rows share. */
import * as nn from "../../../src/nn/index.ts";
import { type Tensor, tensor, zeros } from "../../../src/tensor/index.ts";

/** What is wrong, the call, and what of the arguments its message must name. */
export type Wrong = readonly [what: string, call: () => unknown, found: string];

export interface Row {
  /** A call that works, with more options beside its own. */
  readonly right: (more?: never) => unknown;
  /** Whether it takes options at all. */
  readonly options: boolean;
  readonly wrong: readonly Wrong[];
}

/** All exports by name. */
export const library: typeof nn = nn;

export const row = (right: Row["right"], ...wrong: readonly Wrong[]): Row => ({ right, options: true, wrong });
export const plain = (right: Row["right"], ...wrong: readonly Wrong[]): Row => ({ right, options: false, wrong });

export type Rows = Readonly<Record<string, Row>>;

/** A row for each of some names. */
export function each<N extends string>(names: readonly N[], of: (name: N) => Row): Rows {
  return Object.fromEntries(names.map((name) => [name, of(name)]));
}

export const z = (...shape: number[]): Tensor => zeros(shape) as Tensor;
export const int = (...values: number[]): Tensor => tensor(Int32Array.from(values), { shape: [values.length] });
/** Whose values are known at the call. */
const zerosAtHand = (): Tensor => tensor([0, 0, 0, 0, 0, 0], { shape: [2, 3] });
export const x = zerosAtHand();

/** Shapes of 1, 2 and 3 axes of space. */
export const spatial = {
  1: z(1, 2, 6),
  2: z(1, 2, 6, 6),
  3: z(1, 2, 6, 6, 6),
} as const;
export type Axes = keyof typeof spatial;
export const axesOf = (name: string): Axes => Number(/(\d)d/.exec(name)![1]) as Axes;

export const noAxis: (call: (axis: number) => unknown) => Wrong = (call) => ["an axis", () => call(5), "5"];
export const probability: (call: (p: number) => unknown) => Wrong = (call) => ["a probability", () => call(1.5), "1.5"];
export const sizes = (make: (size: number) => unknown): Wrong => ["a size", () => make(-1), "-1"];
