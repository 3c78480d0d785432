/** Bundles: the cotangents of several results of one scan, on their way to it as one. */
import { GradusError } from "../base/index.ts";
import { add } from "./addition.ts";
import { Node } from "./node.ts";
import type { Bundle } from "./primitive.ts";

/** Which result of a scan: the number of a value of its body, at every step or at the last. */
export type ResultParams = { readonly value: number; readonly final: boolean };

type BundleParams = { readonly values: readonly number[]; readonly finals: readonly number[] };

function never(): never {
  throw new GradusError("bundle: cotangents on their way have no value of their own");
}

const bundlePrimitive: Bundle<BundleParams> = {
  kind: "bundle",
  name: "bundle",
  shape: () => [0],
  dtype: () => "float32",
  vjp: never,
  jvp: never,
  evaluate: never,
  samples: [],
};

/** A result with its cotangent. */
export interface BundleEntry extends ResultParams {
  readonly cotangent: Node;
}

export function bundle(entries: readonly BundleEntry[]): Node {
  const inputs = entries.map((entry) => entry.cotangent);
  const params = { values: entries.map((e) => e.value), finals: entries.map((e) => Number(e.final)) };
  return new Node(bundlePrimitive, inputs, params, [0], "float32", {});
}

function isBundle(node: Node): boolean {
  return node.op.kind === "bundle";
}

/** What a bundle holds; nothing in anything else, which is a zero. */
export function entriesOf(node: Node): BundleEntry[] {
  const { values, finals } = node.params;
  if (!isBundle(node) || !Array.isArray(values) || !Array.isArray(finals)) return [];
  return node.inputs.map((cotangent, i) => ({ value: Number(values[i]), final: finals[i] === 1, cotangent }));
}

/** The sum of two cotangents. */
export function addCotangents(a: Node, b: Node): Node {
  if (!isBundle(a)) return add(a, b);
  const sum = entriesOf(a);
  for (const entry of entriesOf(b)) {
    const at = sum.findIndex((e) => e.value === entry.value && e.final === entry.final);
    if (at < 0) sum.push(entry);
    else sum[at] = { ...entry, cotangent: add(sum[at]!.cotangent, entry.cotangent) };
  }
  return bundle(sum);
}
