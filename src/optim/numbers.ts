/**
 * Plain numbers in state dicts: as float64 tensors, so that one safetensors file holds all that a run needs to go on,
 * and every number comes back as it was.
 */
import { numbersOf, type Shape } from "../base/index.ts";
import { loadState, type StateDict } from "../nn/index.ts";
import { Variable } from "../runtime/index.ts";
import { Tensor, tensor } from "../tensor/index.ts";

/** Numbers by name: one, or a list. */
export type Numbers = Readonly<Record<string, number | readonly number[]>>;

/** The numbers as tensors of float64. */
export function saveNumbers(numbers: Numbers): StateDict {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [
      name,
      tensor([value].flat(), { dtype: "float64", shape: shapeOf(value) }),
    ]),
  );
}

/**
 * The numbers of a state dict under the names of `like`, and as many of each.
 *
 * @throws ValueError  when names or counts differ
 */
export function loadNumbers<Name extends string>(
  owner: string,
  like: Readonly<Record<Name, number | readonly number[]>>,
  dict: StateDict,
): Record<Name, number[]> {
  const places = new Map(
    Object.entries<number | readonly number[]>(like).map(([name, value]) => [name, numberPlace(shapeOf(value))]),
  );
  loadState(owner, places, dict, true);
  const found = Array.from(places, ([name, place]) => [name, readNumbers(place)]);
  return Object.fromEntries(found) as Record<Name, number[]>; // the names are those of `like`
}

/** A tensor's values, row by row. */
export function readNumbers(x: Tensor): number[] {
  return Array.from(numbersOf(x.dataSync()));
}

/** A variable into which `loadState` puts numbers to be read. */
export function numberPlace(shape: Shape = []): Tensor {
  return new Tensor(new Variable(shape, "float64"));
}

const shapeOf = (value: number | readonly number[]): Shape => (typeof value === "number" ? [] : [value.length]);
