/** Shaping, indexing, ordering, creation: golden values. */

import type { Tensor } from "../../src/tensor/index.ts";
import * as T from "../../src/tensor/index.ts";
import { type Call, describeArea, direct, type Setting } from "../fixtures-harness.ts";

/** The options that the file has, each of the type that it has there. */
interface FileOptions {
  readonly shape: number[];
  readonly startAxis: number;
  readonly endAxis: number;
  readonly axes: number[];
  readonly axis: number;
  readonly axis1: number;
  readonly axis2: number;
  readonly source: number;
  readonly destination: number;
  readonly shift: number;
  readonly repeats: number | number[];
  readonly reps: number[];
  readonly k: number;
  readonly sections?: number;
  readonly indices: number[];
  readonly slices: (number | string)[];
  readonly padding: [number, number][];
  readonly n: number;
  readonly start: number;
  readonly stop: number;
  readonly step: number;
  readonly num: number;
  readonly mode: T.PadOptions["mode"];
  readonly endpoint: boolean;
  readonly indexing: "xy" | "ij";
}

const withOptions =
  (f: (inputs: readonly Tensor[], options: FileOptions, dtype: Setting["float"]) => ReturnType<Call>): Call =>
  (inputs, options, _, { float }) =>
    f(inputs, options as unknown as FileOptions, float); // the file's word

const index = (item: number | string): number | string | null => (item === "newaxis" ? null : item);

describeArea("shaping", {
  ...direct(
    T,
    "sort argsort searchsorted oneHot booleanMask nonzero unique take gather scatter scatterAdd indexSelect indexAdd takeAlongAxis transpose diagonal",
  ),
  reshape: withOptions(([x], { shape }) => T.reshape(x!, shape)),
  flatten: withOptions(([x], { startAxis, endAxis }) => T.flatten(x!, startAxis, endAxis)),
  permute: withOptions(([x], { axes }) => T.permute(x!, axes)),
  swapaxes: withOptions(([x], { axis1, axis2 }) => T.swapaxes(x!, axis1, axis2)),
  moveaxis: withOptions(([x], { source, destination }) => T.moveaxis(x!, source, destination)),
  flip: withOptions(([x], { axis }) => T.flip(x!, axis)),
  roll: withOptions(([x], { shift, ...options }) => T.roll(x!, shift, options)),
  repeat: withOptions(([x], { repeats, ...options }) => T.repeat(x!, repeats, options)),
  tile: withOptions(([x], { reps }) => T.tile(x!, reps)),
  rot90: withOptions(([x], { k }) => T.rot90(x!, k)),
  squeeze: withOptions(([x], { axis }) => T.squeeze(x!, axis)),
  expandDims: withOptions(([x], { axis }) => T.expandDims(x!, axis)),
  broadcastTo: withOptions(([x], { shape }) => T.broadcastTo(x!, shape)),
  stack: withOptions((xs, { axis }) => T.stack(xs, { axis })),
  concat: withOptions((xs, { axis }) => T.concat(xs, { axis })),
  split: withOptions(([x], { sections, indices, axis }) => T.split(x!, sections ?? indices, { axis })),
  slice: withOptions(([x], { slices }) => T.at<readonly number[], readonly T.Index[]>(x!, ...slices.map(index))),
  index: ([x, ...indices]) => T.at<readonly number[], readonly T.Index[]>(x!, ...indices),
  pad: withOptions(([x], { padding, ...options }) => T.pad(x!, padding, options)),
  tril: withOptions(([x], { k }) => T.tril(x!, k)),
  triu: withOptions(([x], { k }) => T.triu(x!, k)),
  diag: withOptions(([x], { k }) => T.diag(x!, k)),
  topk: withOptions(([x], { k, ...options }) => T.topk(x!, k, options)),
  eye: withOptions((_, { n, ...options }, dtype) => T.eye(n, { ...options, dtype })),
  arange: withOptions((_, { start, stop, step }, dtype) => T.arange(start, stop, step, { dtype })),
  linspace: withOptions((_, { start, stop, num, ...options }, dtype) =>
    T.linspace(start, stop, num, { ...options, dtype }),
  ),
  logspace: withOptions((_, { start, stop, num }, dtype) => T.logspace(start, stop, num, { dtype })),
  meshgrid: withOptions((xs, options) => T.meshgrid(xs, options)),
});
