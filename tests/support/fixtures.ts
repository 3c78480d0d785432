/** The golden cases as data: what `tests/fixtures` holds and where each case must hold. See the README there. */
import { readdirSync, readFileSync } from "node:fs";

/** NaN and infinities are texts in the files. */
export type StoredNumber = number | "NaN" | "Infinity" | "-Infinity";

export type View =
  | { readonly kind: "permute"; readonly axes: readonly number[] }
  | { readonly kind: "step"; readonly axis: number; readonly step: number }
  | { readonly kind: "flip"; readonly axes: readonly number[] }
  | { readonly kind: "expand"; readonly axes: readonly number[] };

export interface StoredTensor {
  readonly dtype: "float32" | "float64" | "int32" | "bool";
  readonly shape: readonly number[];
  readonly data: readonly StoredNumber[];
  readonly view?: View;
}

export type Options = Readonly<Record<string, unknown>>;

export interface Case {
  readonly id: string;
  readonly fn: string;
  readonly note?: string;
  readonly inputs: Readonly<Record<string, StoredTensor>>;
  readonly options: Options;
  readonly outputs: Readonly<Record<string, StoredTensor>>;
  readonly gradOutputs?: Readonly<Record<string, StoredTensor>>;
  readonly grads?: Readonly<Record<string, StoredTensor>>;
  readonly rtol: number;
  readonly atol: number;
}

/** Where a case runs, and what its floats are. */
export interface Setting {
  readonly device: string;
  readonly float: "float32" | "float64";
}

/** The devices that every test runs on. GRADUS_TEST_DEVICES names others. */
export const devices: readonly string[] = (process.env.GRADUS_TEST_DEVICES ?? "reference,wasm").split(",");

/** Every device in both float types. */
export const settings: readonly Setting[] = devices.flatMap((device) => [
  { device, float: "float32" } as const,
  { device, float: "float64" } as const,
]);

const folder = new URL("../fixtures/", import.meta.url);

/** The areas that there are cases of: the names of the files. */
export const areas: readonly string[] = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length))
  .sort();

/** The cases of an area: all, or those of some functions. */
export function loadCases(area: string, functions?: readonly string[]): Case[] {
  const { cases } = JSON.parse(readFileSync(new URL(`${area}.json`, folder), "utf8")) as { cases: Case[] }; // the README's word
  return functions === undefined ? cases : cases.filter((c) => functions.includes(c.fn));
}

/** Where a case must hold: everywhere, but those of L-BFGS, whose line searches need its digits, in float64 alone. */
export const settingsOf = (c: Case): readonly Setting[] =>
  c.fn === "lbfgs" ? settings.filter(({ float }) => float === "float64") : settings;

/** One run of a case, as the notes on tests name it. */
export const runName = (area: string, c: Case, { device, float }: Setting): string =>
  `${area}/${c.id} on ${device} in ${float}`;
