/** Checks of the sizes and options that layers are made with. */
import { ValueError } from "../../base/index.ts";

/** Throws unless `value` is a whole number from `least` (1 unless named). */
export function checkSize(layer: string, name: string, value: number, least = 1): void {
  if (!Number.isInteger(value) || value < least)
    throw new ValueError(`${layer}: ${name} ${value} is not a whole number from ${least}`);
}

/** `, { stride: 2 }`: the options that differ from their defaults, as one would write them; empty when none does. */
export function showOptions(
  options: Readonly<Record<string, unknown>>,
  defaults: Readonly<Record<string, unknown>>,
): string {
  const named = Object.entries(options).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(defaults[key]),
  );
  return named.length === 0
    ? ""
    : `, { ${named.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(", ")} }`;
}
