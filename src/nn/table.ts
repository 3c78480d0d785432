/** The layer table: what a network is made of, at a glance. */
import { type Shape, show } from "../base/index.ts";
import type { AnyModule } from "./module.ts";

/**
 *     Net
 *     layer  type           output       weights                    parameters
 *     ────────────────────────────────────────────────────────────────────────
 *     fc1    Linear(64, 32) [64, 32]     weight [32, 64], bias [32]      2,080
 *     …
 *     total                                                              2,410
 */
export function layerTable(
  title: string,
  modules: readonly (readonly [string, AnyModule])[],
  outputOf: (module: AnyModule) => Shape | undefined,
): string {
  const rows = modules.flatMap(([path, module]) => layerRow(path, module, outputOf(module)));
  const root = modules[0]![1];
  const total = count(root.parameters());
  const frozen = count(root.parameters().filter((p) => !p.requiresGrad));
  const hasOutputs = rows.some((row) => row[2] !== "");
  const head = ["layer", "type", "output", "weights", "parameters"];
  const lines = alignColumns([head, ...rows, ["total", "", "", "", group(total)]], hasOutputs ? [] : [2]);
  const rule = "─".repeat(Math.max(...lines.map((line) => line.length)));
  const frozenLine = frozen === 0 ? [] : [`${group(frozen)} of them are not trained`];
  return [title, lines[0]!, rule, ...lines.slice(1, -1), rule, lines.at(-1)!, ...frozenLine].join("\n");
}

/** The row of a layer; none for what only holds other modules. */
function layerRow(path: string, module: AnyModule, output: Shape | undefined): string[][] {
  const own = ownParameters(module);
  const holder = own.length === 0 && [...module.namedChildren()].length > 0;
  if (holder) return [];
  const weights = own.map(([name, p]) => `${name} ${show(p.shape)}`).join(", ");
  const sum = count(own.map(([, p]) => p));
  return [[path === "" ? "·" : path, module.describe(), output === undefined ? "" : show(output), weights, group(sum)]];
}

function ownParameters(module: AnyModule): [string, { readonly size: number; readonly shape: Shape }][] {
  const inner = new Set([...module.namedChildren()].flatMap(([, child]) => child.parameters()));
  return [...module.namedParameters()].filter(([, p]) => !inner.has(p));
}

function count(parameters: readonly { readonly size: number }[]): number {
  return parameters.reduce((sum, p) => sum + p.size, 0);
}

/** 1,234,567 */
function group(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

function alignColumns(rows: readonly (readonly string[])[], without: readonly number[]): string[] {
  const kept = rows.map((row) => row.filter((_, i) => !without.includes(i)));
  const last = kept[0]!.length - 1;
  const widths = kept[0]!.map((_, i) => Math.max(...kept.map((row) => row[i]!.length)));
  return kept.map((row) =>
    row.map((cell, i) => (i === last ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join("  "),
  );
}
