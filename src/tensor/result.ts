/** Results of compiled functions: their form, and the tensors in it. */
import { ValueError } from "../base/index.ts";
import { Tensor } from "./tensor.ts";

/** The form of a result. A number stands for the tensor of that place among those of the result. */
export type Form =
  | { readonly kind: "tensor"; readonly place: number }
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "array"; readonly parts: readonly Form[] }
  | { readonly kind: "record"; readonly parts: readonly (readonly [string, Form])[] };

/**
 * The form of a result; the tensors are added to `tensors`. Variables are returned as they are.
 *
 * @throws ValueError  when a part is neither a tensor nor plain
 */
export function formOf(result: unknown, tensors: Tensor[], around: ReadonlySet<object> = new Set()): Form {
  if (result instanceof Tensor) {
    if (result.variable !== null) return { kind: "value", value: result };
    return { kind: "tensor", place: tensors.push(result) - 1 };
  }
  if (typeof result === "function" || typeof result === "symbol") throw refusal(`a ${typeof result}`);
  if (typeof result !== "object" || result === null) return { kind: "value", value: result };
  if (result instanceof Promise) throw new ValueError("compile: the function is async; compile the part that computes");
  if (around.has(result)) throw refusal("an object that contains itself");
  const within = new Set([...around, result]);
  if (Array.isArray(result)) return { kind: "array", parts: result.map((part) => formOf(part, tensors, within)) };
  const prototype: unknown = Object.getPrototypeOf(result);
  if (prototype !== Object.prototype && prototype !== null) throw refusal(`a ${result.constructor.name}`);
  const parts = Object.entries(result).map(([key, part]) => [key, formOf(part, tensors, within)] as const);
  return { kind: "record", parts };
}

function refusal(what: string): ValueError {
  return new ValueError(`compile: the function returns ${what}; return tensors and plain values`);
}

/** A result of that form with new tensors. */
export function rebuild(form: Form, make: (place: number) => Tensor): unknown {
  switch (form.kind) {
    case "tensor":
      return make(form.place);
    case "value":
      return form.value;
    case "array":
      return form.parts.map((part) => rebuild(part, make));
    case "record":
      return Object.fromEntries(form.parts.map(([key, part]) => [key, rebuild(part, make)]));
  }
}
