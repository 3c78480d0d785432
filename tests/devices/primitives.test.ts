/** Every primitive on every device, with every dtype it takes, against its reference evaluation. */
import { afterAll, describe, expect, test } from "vitest";
import { type DType, DTypeError, dtypes, epsilonOf, isFloat, numbersOf } from "../../src/base/index.ts";
import { devices } from "../../src/devices/index.ts";
import {
  apply,
  type NDArray,
  type Node,
  type Primitive,
  placeholder,
  primitives,
  type Sample,
} from "../../src/graph/index.ts";
import { inputsOf, nodeOf, rows, storedOf, valuesOf } from "../graph/support.ts";

/** Relative errors allowed of elementary functions and of sums: some units in the last place. */
function toleranceOf(dtype: DType): number {
  if (!isFloat(dtype)) return 0;
  return dtype === "float64" ? 1e-14 : Math.max(1e-6, 1.01 * epsilonOf(dtype)); // halves: the neighbour, where float32 lies between
}

/** The sample with `dtype` in place of the usual float64. */
function withDType(sample: Sample, dtype: DType): Sample {
  const given = sample.shapes.map((_, i) => sample.dtypes?.[i] ?? "float64");
  return { ...sample, dtypes: given.map((d) => (d === "float64" ? dtype : d)) };
}

function build(op: Primitive, sample: Sample, operands: readonly Node[]): Node | null {
  try {
    return apply(op, operands, sample.params ?? {});
  } catch (error) {
    if (error instanceof DTypeError) return null; // the primitive does not take this dtype
    throw error;
  }
}

/** Elements that differ, with the operands' elements at the same place. */
function differences(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  inputs: readonly NDArray[],
) {
  return Array.from(expected).flatMap((wanted, i) => {
    const got = found[i]!;
    const same = Object.is(got, wanted) || Math.abs(got - wanted) <= tolerance * Math.abs(wanted);
    const isZeroOfOtherSign = got === 0 && wanted === 0 && !Object.is(got, wanted);
    return same && !isZeroOfOtherSign ? [] : [{ at: inputs.map((x) => x.data[i]), got, wanted }];
  });
}

const others = Object.entries(devices).filter(([name]) => name !== "reference");

describe.each(others)("%s", (_, create) => {
  const device = create();
  afterAll(() => device.dispose());

  describe.each(dtypes)("%s", (dtype) => {
    test.each(rows(primitives))("$title", ({ op, sample }) => {
      const typed = withDType(sample, dtype);
      const inputs = inputsOf(typed);
      const placeholders = inputs.map((x, i) => placeholder(i, x.shape, x.dtype));
      const node = build(op, typed, placeholders);
      if (node === null) return;
      const leaves = inputs.map((x) => nodeOf(x));
      const reference = apply(op, leaves, typed.params ?? {});
      const expected = valuesOf(reference);
      const program = device.prepare({ inputs: placeholders, states: [], outputs: [node], updates: [] });
      const [found] = program.run(
        leaves.map((leaf) => leaf.storage!),
        [],
      );
      program.dispose();
      expect(differences(numbersOf(found!.array()), expected, toleranceOf(node.dtype), inputs)).toEqual([]);
      if (isFloat(node.dtype)) expect(found!.array().constructor).toBe(storedOf(reference).constructor);
    });
  });
});
