/**
 * Movements and reductions are defined twice: by index arithmetic for compilers and by plain loops. Here the two
 * meet.
 */
import { describe, expect, test } from "vitest";
import { type Shape, sizeOf, stridesOf } from "../../src/base/index.ts";
import {
  type Index,
  type LoopVariable,
  type Movement,
  type NDArray,
  primitivesByFamily,
  type Reduction,
  type Sample,
  type Source,
  variableIndex,
} from "../../src/graph/index.ts";
import { applySample, inputsOf, rows, valuesOf } from "./support.ts";

/** The value of an index for given values of its variables, by the meaning of its parts. */
function indexValue(index: Index, values: ReadonlyMap<LoopVariable, number>): number {
  return index.terms.reduce((sum, { coefficient, atom }) => {
    if (atom.kind === "variable") return sum + coefficient * values.get(atom.variable)!;
    const quotient = Math.floor(indexValue(atom.of, values) / atom.by);
    return sum + coefficient * (atom.kind === "quotient" ? quotient : indexValue(atom.of, values) - atom.by * quotient);
  }, index.constant);
}

let variables = 0;

/** Loop variables for the axes of a shape, with their indices. */
function loopOver(shape: Shape): { loops: LoopVariable[]; index: Index[] } {
  const loops = shape.map((extent): LoopVariable => ({ id: variables++, extent }));
  return { loops, index: loops.map(variableIndex) };
}

/** All values of the loop variables, in row-major order. */
function* assignments(loops: readonly LoopVariable[]): Generator<ReadonlyMap<LoopVariable, number>> {
  const shape = loops.map((v) => v.extent);
  const strides = stridesOf(shape);
  for (let position = 0; position < sizeOf(shape); position++) {
    yield new Map(loops.map((v, i) => [v, Math.floor(position / strides[i]!) % shape[i]!]));
  }
}

/** The element that a source names, 0 outside its bounds; fails if it names none. */
function read(x: NDArray, source: Source, values: ReadonlyMap<LoopVariable, number>): number {
  const inside = (source.within ?? []).every((bound) => {
    const at = indexValue(bound.index, values);
    return at >= bound.low && at < bound.high;
  });
  if (!inside) return 0;
  const index = source.index.map((i) => indexValue(i, values));
  index.forEach((at, i) => {
    expect(at).toBeGreaterThanOrEqual(0);
    expect(at).toBeLessThan(x.shape[i]!);
  });
  const strides = stridesOf(x.shape);
  return Number(x.data[index.reduce((sum, at, i) => sum + at * strides[i]!, 0)]);
}

function movedBySource(op: Movement, sample: Sample, x: NDArray, output: Shape): number[] {
  const { loops, index } = loopOver(output);
  const source = op.source(index, sample.params ?? {}, x.shape, output);
  return [...assignments(loops)].map((values) => read(x, source, values));
}

function reducedBySource(op: Reduction, sample: Sample, x: NDArray, output: Shape): number[] {
  const combine = { add: (a: number, b: number) => a + b, max: Math.max, min: Math.min }[op.combine];
  const initial = { add: 0, max: -Infinity, min: Infinity }[op.combine];
  const params = sample.params ?? {};
  const out = loopOver(output);
  const inner = loopOver(op.loops(x.shape, params, output));
  const source = op.source(out.index, inner.index, params, x.shape, output);
  return [...assignments(out.loops)].map((place) =>
    [...assignments(inner.loops)].reduce(
      (sum, loop) => combine(sum, read(x, source, new Map([...place, ...loop]))),
      initial,
    ),
  );
}

describe("movements: source and evaluation agree", () => {
  const movements: readonly Movement[] = primitivesByFamily.movement;
  test.each(rows(movements))("$title", ({ op, sample }) => {
    const [x] = inputsOf(sample);
    const node = applySample(op, sample, [x!]);
    const entry = movements.find((m) => m.name === op.name)!;
    expect(movedBySource(entry, sample, x!, node.shape)).toEqual(Array.from(valuesOf(node)));
  });
});

describe("reductions: source and evaluation agree", () => {
  const reductions: readonly Reduction[] = primitivesByFamily.reduction;
  test.each(rows(reductions))("$title", ({ op, sample }) => {
    const [x] = inputsOf(sample);
    const node = applySample(op, sample, [x!]);
    const entry = reductions.find((r) => r.name === op.name)!;
    const expected = Array.from(valuesOf(node));
    const found = reducedBySource(entry, sample, x!, node.shape);
    expect(found.length).toBe(expected.length);
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 12);
    });
  });
});
