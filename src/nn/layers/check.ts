/** Checks of the sizes and options that layers are made with. */
import { checkOptions, DTypeError, isFloat, ValueError } from "../../base/index.ts";
import type { InitOptions } from "../init.ts";
import { placeNames } from "../place.ts";

/** Throws unless `value` is a whole number from `least` (1 unless named). */
export function checkSize(layer: string, name: string, value: number, least = 1): void {
  if (!Number.isInteger(value) || value < least)
    throw new ValueError(`${layer}: ${name} ${value} is not a whole number from ${least}`);
}

/** Throws unless `p` is a probability. */
export function checkProbability(layer: string, name: string, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new ValueError(`${layer}: the probability ${name} ${p} is not within 0 … 1`);
}

/** Throws at an option that is neither among `names` nor one of place, and at a dtype that holds no weights. */
export function checkLayerOptions(layer: string, options: InitOptions, names: readonly string[]): void {
  checkOptions(layer, options, [...names, ...placeNames]);
  const { dtype } = options;
  if (dtype !== undefined && !isFloat(dtype))
    throw new DTypeError(`${layer}: weights are floats, not ${dtype}; use float32 or float64`);
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
