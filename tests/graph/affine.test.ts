import { describe, expect, test } from "vitest";
import {
  addConstant,
  addIndex,
  type Index,
  indexKey,
  type LoopVariable,
  linearIndex,
  quotientIndex,
  rangeOf,
  remainderIndex,
  scaleIndex,
  unravelIndex,
  variableIndex,
} from "../../src/graph/affine.ts";

const variable = (id: number, extent: number): LoopVariable => ({ id, extent });

/** An index in words: i0, i1, … are the variables. */
function show(index: Index): string {
  return indexKey(index);
}

function numberAt(index: Index, values: readonly number[]): number {
  let sum = index.constant;
  for (const { coefficient, atom } of index.terms) {
    if (atom.kind === "variable") sum += coefficient * values[atom.variable.id]!;
    else {
      const inner = numberAt(atom.of, values);
      const quotient = Math.floor(inner / atom.by);
      sum += coefficient * (atom.kind === "quotient" ? quotient : inner - atom.by * quotient);
    }
  }
  return sum;
}

describe("quotients and remainders", () => {
  const [i, j] = [variable(0, 14), variable(1, 4)];
  const x = addIndex(scaleIndex(variableIndex(i), 4), variableIndex(j)); // 4·i0 + i1

  test("a row-major position falls apart into its axes", () => {
    const linear = linearIndex([variableIndex(i), variableIndex(j)], [14, 4]);
    expect(unravelIndex(linear, [14, 4]).map(show)).toEqual(["0+1*i0", "0+1*i1"]);
  });

  test("neighbours within a common step stay neighbours", () => {
    expect(show(remainderIndex(x, 28))).toBe("0+4*(0+1*i0)%7+1*i1");
    expect(show(quotientIndex(x, 28))).toBe("0+1*(0+1*i0)/7");
    expect(show(remainderIndex(addConstant(scaleIndex(variableIndex(i), 9), 5), 27))).toBe("5+9*(0+1*i0)%3");
  });

  test("what was divided is put together again", () => {
    const again = addIndex(scaleIndex(quotientIndex(x, 28), 28), remainderIndex(x, 28));
    expect(show(again)).toBe(show(x));
  });

  test("axes of one position are put together again, however many there are", () => {
    const k = variableIndex(variable(0, 576));
    const shape = [2, 8, 4, 9];
    expect(show(linearIndex(unravelIndex(k, shape), shape))).toBe(show(k));
  });

  test("values and ranges are right for all small divisors, steps and offsets", () => {
    for (let step = 1; step <= 4; step++) {
      for (let offset = -3; offset <= 5; offset++) {
        const index = addConstant(addIndex(scaleIndex(variableIndex(i), step), variableIndex(j)), offset);
        for (let by = 2; by <= 9; by++) {
          const [quotient, remainder] = [quotientIndex(index, by), remainderIndex(index, by)];
          for (let a = 0; a < i.extent; a++) {
            for (let c = 0; c < j.extent; c++) {
              const expected = Math.floor((step * a + c + offset) / by);
              expect(numberAt(quotient, [a, c])).toBe(expected);
              expect(numberAt(remainder, [a, c])).toBe(step * a + c + offset - by * expected);
              expect(numberAt(remainder, [a, c])).toBeLessThanOrEqual(rangeOf(remainder).high);
            }
          }
        }
      }
    }
  });
});
