/**
 * Options by name. A misspelled option would otherwise be a default that nobody asked for, so names that a function does
 * not know are refused, with the nearest one that it does.
 */
import { ValueError } from "./errors.ts";
import { nearest } from "./nearest.ts";

/**
 * Throws unless `options` is an object of which every name is among `allowed` and in which all that is `required` is given; undefined stands
 * for no options.
 *
 * @throws ValueError  `SGD: there is no option "momentun" (nearest: momentum); there are lr, momentum, nesterov`
 */
export function checkOptions(
  operation: string,
  options: unknown,
  allowed: readonly string[],
  required: readonly string[] = [],
): void {
  const missing = required.find((name) => !hasOption(options, name));
  if (missing !== undefined)
    throw new ValueError(`${operation}: the option "${missing}" is missing; it has no default`);
  if (options === undefined) return;
  const names = allowed.length === 0 ? "there are none" : `there are ${allowed.join(", ")}`;
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new ValueError(`${operation}: options are an object of names and values, not ${describe(options)}; ${names}`);
  for (const name of Object.keys(options)) {
    if (allowed.includes(name)) continue;
    const meant = nearest(name, allowed);
    const hint = meant === null ? "" : ` (nearest: ${meant})`;
    throw new ValueError(`${operation}: there is no option "${name}"${hint}; ${names}`);
  }
}

function hasOption(options: unknown, name: string): boolean {
  return typeof options === "object" && options !== null && Reflect.get(options, name) !== undefined;
}

/** `the number 0.1`, `an array`, `null` */
function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "function") return "a function";
  return `the ${typeof value} ${typeof value === "string" ? `"${value}"` : String(value)}`;
}
